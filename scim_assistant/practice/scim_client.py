"""The engine's own SCIM client: sends what Entra's provisioning service sends, byte for byte where that is known.

The documents are those of ``scim_bodies``. Shares nothing with the program's own clients, so that it cannot share
their misunderstandings.

Source: learn.microsoft.com, "Develop a SCIM endpoint" and "SCIM 2.0 protocol compliance" (read 2025-08);
RFC 7644.
"""

from __future__ import annotations

import ipaddress
import json
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, urlsplit

import httpx

from scim_assistant.practice.limits import REAL_LIMITS, Limits
from scim_assistant.practice.scim_bodies import (
    PATCH_OP,
    Change,
    Target,
    creation_body,
    patch_body,
    split_tenant_url,
)

LIST_RESPONSE: Final = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
MEMBER_BATCH: Final = 200
"""Members in one PATCH. Microsoft asks services to take several, and names no number; ours."""
AGENT: Final = "practice-provisioning"
"""How the engine names itself, so that the pretend vendor can tell it from this computer: both are on loopback."""
_MAX_TRIES: Final = 4
_REST_SLICE_S: Final = 0.05


class EngineStopped(Exception):
    """The world is shutting down, or the job is gone."""


class ScimFailure(Exception):
    """The vendor's service did not do what it was asked.

    Attributes:
        code: Entra's error code for it.
        status: HTTP status; 0 when no answer came.
        body: What the service wrote, cut to 2,000 characters.
        retries: How often the request was repeated in vain.
        url: The request's address, without credentials.
        method: The request's method.
    """

    def __init__(
        self, code: str, status: int, body: str, *, method: str = "", url: str = "", retries: int = 0
    ) -> None:
        super().__init__(f"{code} {status}")
        self.code = code
        self.status = status
        self.body = body[:2000]
        self.method = method
        self.url = url
        self.retries = retries

    @property
    def status_name(self) -> str:
        """The status as .NET calls it: ``BadRequest``, ``Conflict``."""
        try:
            return re.sub(r"\W", "", HTTPStatus(self.status).phrase)
        except ValueError:
            return str(self.status) if self.status else "Unreachable"

    @property
    def is_refused(self) -> bool:
        """True when the credentials were not taken."""
        return self.status in (401, 403)


_CODES: Final = {
    401: "Unauthorized",
    403: "InsufficientRights",
    404: "InvalidAnchor",
    405: "MethodNotAllowed",
    408: "Timeout",
    409: "EntryConflict",
    422: "UnprocessableEntity",
    429: "TooManyRequests",
    501: "NotImplemented",
    504: "Timeout",
}
_INCOMPATIBLE: Final = "SystemForCrossDomainIdentityManagementServiceIncompatible"
_BAD_ANSWER: Final = "SystemForCrossDomainIdentityManagementBadResponse"


class ScimClient:
    """Talks to one vendor service until it is closed.

    Args:
        address: The Tenant URL.
        token: The Secret Token.
        limits: How long to wait for an answer.
        is_over: True once nobody wants the outcome any more: no further request is sent.
        honour_flag: False for provisioning on demand, which always speaks the old dialect.
        hosts: Where services that have a public address are on this computer: from an https origin to a loopback one.
        cut_off: No service is reached.
    """

    def __init__(
        self,
        address: str,
        token: str,
        *,
        limits: Limits = REAL_LIMITS,
        is_over: Callable[[], bool] = lambda: False,
        honour_flag: bool = True,
        hosts: Mapping[str, str] | None = None,
        cut_off: bool = False,
    ) -> None:
        self._base, self._query, flagged = split_tenant_url(address)
        self.is_modern = flagged and honour_flag
        self._place = _place(self._base, hosts or {})
        self._is_here = _is_on_this_computer(self._place)
        self._is_cut_off = cut_off
        self._is_over = is_over
        self._never = threading.Event()
        self._client = httpx.Client(
            # As bytes, since a token may hold whatever somebody pasted.
            headers={
                b"Authorization": f"Bearer {token}".encode(),
                b"Accept": b"application/scim+json",
                b"User-Agent": AGENT.encode(),
            },
            timeout=limits.scim_timeout_s,
            # A practice world is on this computer; no proxy has a part in it.
            trust_env=False,
        )
        self.requests = 0

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def __enter__(self) -> ScimClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------ reading

    def probe(self, target: Target, attribute: str) -> None:
        """Ask for an object that cannot exist, as the connection test and every cycle do.

        Raises:
            ScimFailure: The answer was anything but an empty list.
        """
        found = self._search(target, attribute, str(uuid.uuid4()), plus=not target.is_group)
        if found:
            raise ScimFailure(_INCOMPATIBLE, 200, json.dumps(found)[:500], method="GET")

    def find(self, target: Target, attribute: str, value: Any) -> list[dict[str, Any]]:
        """Everything that has this value in this attribute.

        Raises:
            ScimFailure: The search failed.
        """
        return self._search(target, attribute, str(value))

    def get(self, target: Target, target_id: str) -> dict[str, Any] | None:
        """One object by its id; a group comes without members. None when it is gone.

        Raises:
            ScimFailure: The service answered neither with it nor with 404.
        """
        tail = "?excludedAttributes=members" if target.is_group else ""
        try:
            document = self._send("GET", f"/{target.endpoint}/{quote(target_id, safe='')}{tail}")
        except ScimFailure as failure:
            if failure.status == HTTPStatus.NOT_FOUND:
                return None
            raise
        return document

    def _search(
        self, target: Target, attribute: str, value: str, *, plus: bool = False
    ) -> list[dict[str, Any]]:
        text = f"{attribute} eq {json.dumps(value, ensure_ascii=False)}"
        # The connection test has been seen with plus signs, other searches with spaces.
        encoded = quote(text, safe='"').replace("%20", "+") if plus else quote(text, safe="")
        head = "excludedAttributes=members&" if target.is_group else ""
        path = f"/{target.endpoint}?{head}filter={encoded}"
        try:
            document = self._send("GET", path)
        except ScimFailure as failure:
            if failure.status == HTTPStatus.NOT_FOUND:
                failure.code = _INCOMPATIBLE  # a search without hits is a list, not 404
            raise
        schemas = document.get("schemas") if document else None
        resources = (document or {}).get("Resources") or []
        if not isinstance(schemas, list) or LIST_RESPONSE not in schemas or not isinstance(resources, list):
            raise ScimFailure(_BAD_ANSWER, 200, json.dumps(document), method="GET", url=self._base + path)
        return [each for each in resources if isinstance(each, dict)]

    # ------------------------------------------------------------ writing

    def create(self, target: Target, values: Sequence[Change]) -> str:
        """Create an object; its id.

        Raises:
            ScimFailure: It was not created, or the answer has no id.
        """
        document = self._send("POST", f"/{target.endpoint}", creation_body(target, values))
        target_id = (document or {}).get("id")
        if not isinstance(target_id, str) or not target_id:
            raise ScimFailure(_BAD_ANSWER, 201, json.dumps(document), method="POST")
        return target_id

    def change(self, target: Target, target_id: str, changes: Sequence[Change]) -> None:
        """Write some values.

        Raises:
            ScimFailure: Nothing was written.
        """
        body = patch_body(changes, is_modern=self.is_modern)
        self._send("PATCH", f"/{target.endpoint}/{quote(target_id, safe='')}", body)

    def add_members(self, group_id: str, members: Iterable[str]) -> None:
        """Put members into a group, many in one request.

        Raises:
            ScimFailure: Some were not added.
        """
        for batch in _batches(members):
            operation = {
                "op": "add" if self.is_modern else "Add",
                "path": "members",
                "value": [{"$ref": None, "value": member} for member in batch],
            }
            self._patch_group(group_id, [operation])

    def remove_members(self, group_id: str, members: Iterable[str]) -> None:
        """Take members out of a group.

        Raises:
            ScimFailure: Some were not removed.
        """
        for batch in _batches(members):
            if self.is_modern:
                operations: list[dict[str, Any]] = [
                    {"op": "remove", "path": f"members[value eq {json.dumps(member)}]"} for member in batch
                ]
            else:
                value = [{"$ref": None, "value": member} for member in batch]
                operations = [{"op": "Remove", "path": "members", "value": value}]
            self._patch_group(group_id, operations)

    def delete(self, target: Target, target_id: str) -> None:
        """Delete an object; one that is gone already is fine.

        Raises:
            ScimFailure: It is still there.
        """
        try:
            self._send("DELETE", f"/{target.endpoint}/{quote(target_id, safe='')}")
        except ScimFailure as failure:
            if failure.status != HTTPStatus.NOT_FOUND:
                raise

    def _patch_group(self, group_id: str, operations: list[dict[str, Any]]) -> None:
        body = {"schemas": [PATCH_OP], "Operations": operations}
        self._send("PATCH", f"/Groups/{quote(group_id, safe='')}", body)

    # ------------------------------------------------------------ HTTP

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
        url = self._base + path
        if not self._is_here:
            # Whatever stands in the settings of an app: nothing that is sent in practice leaves this computer.
            raise ScimFailure("WebExceptionProtocolError", 0, _ELSEWHERE, method=method, url=url)
        if self._is_cut_off:
            raise ScimFailure("Timeout", 0, _SILENCE, method=method, url=url)
        if self._query:
            url += ("&" if "?" in path else "?") + self._query
        content = json.dumps(body, ensure_ascii=False).encode() if body is not None else None
        headers = {"Content-Type": "application/scim+json; charset=utf-8"} if content else {}
        tries = 0
        while True:
            if self._is_over():
                raise EngineStopped
            tries += 1
            self.requests += 1
            try:
                # What is noted of a request names the address that people know.
                answer = self._client.request(
                    method, self._place + url[len(self._base) :], content=content, headers=headers
                )
            except httpx.TimeoutException as silence:
                failure = ScimFailure("Timeout", 0, _words(silence), method=method, url=url)
            except httpx.HTTPError as broken:
                failure = ScimFailure("WebExceptionProtocolError", 0, _words(broken), method=method, url=url)
            except (httpx.InvalidURL, ValueError) as wrong:
                raise ScimFailure(
                    "WebExceptionProtocolError", 0, _words(wrong), method=method, url=url
                ) from None
            else:
                if answer.is_success:
                    return _document(answer, method, url)
                failure = ScimFailure(
                    _code(answer.status_code), answer.status_code, answer.text, method=method, url=url
                )
                if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS and tries < _MAX_TRIES:
                    self._rest(_retry_after_s(answer))
                    continue
            failure.retries = tries - 1
            raise failure

    def _rest(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if self._is_over():
                raise EngineStopped
            self._never.wait(min(left, _REST_SLICE_S))


def _batches(members: Iterable[str]) -> Iterable[list[str]]:
    ordered = list(members)
    for start in range(0, len(ordered), MEMBER_BATCH):
        yield ordered[start : start + MEMBER_BATCH]


def _document(answer: httpx.Response, method: str, url: str) -> dict[str, Any] | None:
    if not answer.content:
        return None
    try:
        document = answer.json()
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise ScimFailure(_BAD_ANSWER, answer.status_code, answer.text, method=method, url=url)
    return document


def _code(status: int) -> str:
    if status in _CODES:
        return _CODES[status]
    return "InternalServerError" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else _INCOMPATIBLE


def _retry_after_s(answer: httpx.Response) -> float:
    """When to come back, in our seconds: the body's figure, else the header's, else a second."""
    try:
        document = answer.json()
    except ValueError:
        document = {}
    told: Any = document.get("retry_in") if isinstance(document, dict) else None
    if told is None:
        told = answer.headers.get("Retry-After")
    try:
        return min(max(float(told), 0.0), 120.0)
    except (TypeError, ValueError):
        return 1.0


_SILENCE: Final = "An error occurred while sending the request: the connection timed out."
_ELSEWHERE: Final = "A practice world reaches services on this computer only."


def _place(address: str, hosts: Mapping[str, str]) -> str:
    """The address to open: another one where the origin has a place on this computer."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return address
    origin = f"{parts.scheme}://{parts.netloc}"
    return hosts[origin] + address[len(origin) :] if origin in hosts else address


def _is_on_this_computer(address: str) -> bool:
    try:
        host = urlsplit(address).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _words(problem: Exception) -> str:
    if isinstance(problem, httpx.LocalProtocolError):
        return type(problem).__name__  # its message quotes the header, and with it the token
    return f"{type(problem).__name__}: {problem}"
