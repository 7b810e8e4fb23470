"""A SCIM service on a real loopback port, of which each answer can be made wrong on its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from scim_assistant.scim.connection import HereTest, run_layers
from scim_assistant.scim.layers import TITLES
from scim_assistant.scim.target import Target
from scim_assistant.scim.verdict import SidedCheck
from scim_assistant.secret import Secret
from scim_assistant.transport import HttpTransport
from scim_assistant.work import Work
from tests.hostile import HostileServer, Script, reply

TOKEN = "tok-3n-of-the-vendor-4711"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
SCIM = "application/scim+json"
EMPTY: dict[str, Any] = {
    "schemas": [LIST],
    "totalResults": 0,
    "startIndex": 1,
    "itemsPerPage": 0,
    "Resources": [],
}
PAGE = EMPTY | {"totalResults": 61, "itemsPerPage": 1, "Resources": [{"id": "1"}]}
CONFIG = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
    "patch": {"supported": True},
    "filter": {"supported": True, "maxResults": 50},
    "authenticationSchemes": [{"type": "oauthbearertoken", "name": "Token"}],
}
USER_SCHEMA = {
    "id": "urn:ietf:params:scim:schemas:core:2.0:User",
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
}

Answer = bytes | Script


def error(status: int, **more: Any) -> bytes:
    """A refusal in SCIM's own form."""
    return reply(status, {"schemas": [ERROR], "status": str(status), "detail": "No.", **more}, SCIM)


@dataclass
class Service(HostileServer):
    """Answers as a good service does, but for what a test changes.

    Attributes:
        users: To the search for a person.
        page: To people without a filter.
        groups, config, schemas: To ``/Groups``, ``/ServiceProviderConfig``, ``/Schemas``.
        wrong: To any token but the right one; None for the answer that the right one gets.
    """

    users: Answer = reply(200, EMPTY, SCIM)
    page: Answer = reply(200, PAGE, SCIM)
    groups: Answer = reply(200, EMPTY, SCIM)
    config: Answer = reply(200, CONFIG, SCIM)
    schemas: Answer = reply(200, EMPTY | {"totalResults": 1, "Resources": [USER_SCHEMA]}, SCIM)
    wrong: Answer | None = error(401)

    def answer_to(self, method: str, target: str, headers: Mapping[str, str]) -> Answer:
        """What a request gets."""
        if self.wrong is not None and headers.get("authorization") != f"Bearer {TOKEN}":
            return self.wrong
        parts = urlsplit(target)
        if parts.path.endswith("/Users"):
            return self.users if "filter" in parse_qs(parts.query) else self.page
        places = {"/Groups": self.groups, "/ServiceProviderConfig": self.config, "/Schemas": self.schemas}
        return next((found for end, found in places.items() if parts.path.endswith(end)), error(404))

    @property
    def tokens(self) -> list[str]:
        """The tokens that arrived, in order."""
        return [seen.headers.get("authorization", "").removeprefix("Bearer ") for seen in self.seen]


def target_of(server: HostileServer, path: str = "/scim/v2", token: str = TOKEN, **more: Any) -> Target:
    """The way to a server of the tests; plain http to it is no finding unless a test wants it to be."""
    return Target(
        server.url + path,
        Secret(token),
        **{"allow_loopback": True, "practice": True, "timeout_s": 10.0, **more},
    )


def run(target: Target, work: Work | None = None, told: list[SidedCheck] | None = None) -> HereTest:
    """The test, with what holds of every one: all layers, in order, and the token nowhere in them."""
    transport = HttpTransport()
    try:
        found = run_layers(transport, target, work or Work(), (told if told is not None else []).append)
    finally:
        transport.close()
    assert [check.key for check in found.layers] == list(TITLES)
    assert found.requests <= 8
    text = f"{found!r}" + "".join(
        check.details.as_text() for check in found.layers if check.details is not None
    )
    if len(target.secret) >= 12:
        assert target.secret.reveal() not in text
    for check in found.layers:
        assert not check.sentence or check.sentence.endswith(".")
        good = check.outcome.value in ("pass", "skipped")
        assert bool(check.next_step) == (not good), check
        # Plain http to this computer warns, and is nobody's fault.
        assert (check.side == "none") == (good or "http://" in check.sentence), check
    return found
