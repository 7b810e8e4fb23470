"""A request whose token was not taken: sent once more with a better one, and where only a person can help, said so."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from scim_assistant.errors import Details, OutcomeUnknown, ServiceRefused, SignInNeeded
from scim_assistant.graph.challenge import LONGEST_CLAIMS, LONGEST_HEADER, read_claims
from scim_assistant.graph.client import GraphClient
from scim_assistant.graph.request import GraphRequest
from scim_assistant.secret import Secret
from scim_assistant.sentence import say
from scim_assistant.transport import HttpTransport
from scim_assistant.work import Pace, Work
from tests.hostile import HostileServer, reply

READ = GraphRequest("GET", "/users", say("People were not listed."))
CREATE = GraphRequest("POST", "/x", say("It was not created."), body={"a": 1}, repeatable=False)
GOOD = reply(200, {"value": []})
# Its base64 has both characters in which the two alphabets differ, and needs padding.
CLAIMS = json.dumps(
    {"access_token": {"nbf": {"essential": True, "value": "17?~>>"}}, "x": "ÿþ?"}, ensure_ascii=False
)
ACCOUNT = "oid.tid"


def encoded(claims: str = CLAIMS) -> str:
    return base64.b64encode(claims.encode()).decode()


def challenge(claims: str | None = None, error: str = "insufficient_claims") -> str:
    value = encoded() if claims is None else claims
    return (
        'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", '
        f'client_id="00000003-0000-0000-c000-000000000000", error="{error}", claims="{value}"'
    )


def challenged(status: int = 401, header: str = "") -> bytes:
    body = {"error": {"code": "InvalidAuthenticationToken", "message": "Continuous access evaluation."}}
    return reply(status, body, www_authenticate=header or challenge(), request_id="r-7")


@dataclass
class Source:
    """A token source as ``signin`` has one: what it was asked for, and what it cannot do without a person."""

    number: int = 1
    only_a_person: bool = False
    answers_claims: bool = True
    asked: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, work: Work, *, claims: str = "", refused: Secret | None = None) -> Secret:
        self.asked.append((claims, refused.reveal() if refused else ""))
        if self.only_a_person or (claims and not self.answers_claims):
            raise SignInNeeded(
                say("No token was had."),
                say("The sign-in has ended."),
                say("Sign in again."),
                account_id=ACCOUNT,
                scopes=("User.Read",),
            )
        if claims or (refused is not None and refused.reveal() == f"token-{self.number}"):
            self.number += 1
        return Secret(f"token-{self.number}")


@dataclass
class Desk:
    """A server that answers as told, and a client on it."""

    server: HostileServer
    source: Source
    client: GraphClient

    @property
    def sent(self) -> list[str]:
        return [seen.headers["authorization"].removeprefix("Bearer ") for seen in self.server.seen]


@pytest.fixture
def desk() -> Iterator[Desk]:
    transport, source = HttpTransport(), Source()
    with HostileServer() as server:
        client = GraphClient(transport, f"{server.url}/v1.0", source, pace=Pace(2000.0), account_id=ACCOUNT)
        yield Desk(server, source, client)
        transport.close()


class TestChallenge:
    """Reading the header."""

    @pytest.mark.parametrize(
        "value",
        [
            encoded(),
            encoded().rstrip("="),
            encoded().replace("+", "-").replace("/", "_"),
            encoded().rstrip("=").replace("+", "-").replace("/", "_"),
        ],
    )
    def test_every_spelling_of_base64_is_read(self, value: str) -> None:
        assert "/" in encoded()
        assert "+" in encoded()
        assert encoded().endswith("=")
        assert read_claims({"www-authenticate": challenge(value)}) == CLAIMS

    @pytest.mark.parametrize(
        "header",
        [
            f"Negotiate, {challenge()}",
            f'Basic realm="a, Bearer b=\\"c\\"", {challenge()}',
            f'{challenge("e30=", "invalid_token")}, {challenge()}, PoP alg="RS256"',
            f"{challenge()}, {challenge('e30=')}",
            f"bearer  ERROR = insufficient_claims , Claims={encoded()}",
            f"NTLM TlRMTVNTUAA=, {challenge('%%%')}, {challenge()}",
        ],
    )
    def test_it_is_found_among_several_in_one_line(self, header: str) -> None:
        assert read_claims({"www-authenticate": header}) == CLAIMS

    @pytest.mark.parametrize(
        "header",
        [
            "",
            "Bearer",
            challenge(error="invalid_token"),
            challenge(""),
            challenge("no base64!"),
            challenge(encoded("[1]")),
            challenge(encoded("{}")),
            challenge(encoded('"text"')),
            challenge(encoded("{")),
            challenge(base64.b64encode(b"{\xff}").decode()),
            challenge(encoded("[" * 9_000)),
            challenge(encoded(json.dumps({"a": "b" * LONGEST_CLAIMS}))),
            challenge() + " " * LONGEST_HEADER,
            # The error of one challenge and the claims of another are no challenge.
            f'Bearer error="insufficient_claims", Other claims="{encoded()}"',
            'Bearer error="insufficient_claims, claims="x',
        ],
    )
    def test_what_is_none_is_none(self, header: str) -> None:
        assert read_claims({"www-authenticate": header}) == ""

    def test_a_hostile_header_takes_no_time(self) -> None:
        for piece in ('a="', "a" * 100, 'a="\\', "a =", "=", "\\", '"'):
            assert read_claims({"www-authenticate": piece * (LONGEST_HEADER // len(piece))}) == ""


class TestClaims:
    """Answering a challenge."""

    @pytest.mark.parametrize("status", [401, 403])
    @pytest.mark.parametrize("request_", [READ, CREATE])
    def test_it_is_answered_once_and_the_request_sent_again(
        self, desk: Desk, status: int, request_: GraphRequest
    ) -> None:
        desk.server.will_answer(challenged(status), GOOD)
        assert desk.client.send(request_, Work()).status == 200
        assert desk.sent == ["token-1", "token-2"]
        assert desk.source.asked == [("", ""), (CLAIMS, "")]
        assert desk.server.seen[0].body == desk.server.seen[1].body

    def test_several_headers_of_that_name_are_all_read(self, desk: Desk) -> None:
        one = reply(401, {"error": {"code": "InvalidAuthenticationToken", "message": "m"}})
        head, _, body = one.partition(b"\r\n\r\n")
        lines = b"\r\nWWW-Authenticate: Negotiate\r\nWWW-Authenticate: " + challenge().encode()
        desk.server.will_answer(head + lines + b"\r\n\r\n" + body, GOOD)
        assert desk.client.send(READ, Work()).status == 200
        assert desk.source.asked[-1] == (CLAIMS, "")

    def test_a_second_one_asks_for_a_person_rather_than_looping(self, desk: Desk) -> None:
        desk.server.will_answer(challenged())
        with pytest.raises(SignInNeeded) as caught:
            desk.client.send(CREATE, Work())
        assert desk.sent == ["token-1", "token-2"]
        assert (caught.value.claims, caught.value.account_id) == (CLAIMS, ACCOUNT)
        assert caught.value.what == CREATE.what
        assert caught.value.details.request_id == "r-7"
        assert CLAIMS not in str(caught.value) + caught.value.details.as_text()

    def test_where_a_person_has_to_answer_it_the_challenge_goes_along(self, desk: Desk) -> None:
        desk.source.answers_claims = False
        desk.server.will_answer(challenged())
        with pytest.raises(SignInNeeded) as caught:
            desk.client.send(CREATE, Work())
        assert desk.sent == ["token-1"]
        assert (caught.value.claims, caught.value.scopes) == (CLAIMS, ("User.Read",))
        assert (caught.value.what, caught.value.why) == (CREATE.what, "The sign-in has ended.")
        assert caught.value.details.request_id == "r-7"

    def test_one_that_cannot_be_read_is_a_refusal_in_words(self, desk: Desk) -> None:
        desk.server.will_answer(challenged(header=challenge("no base64!")))
        with pytest.raises(ServiceRefused, match="stronger or newer sign-in"):
            desk.client.send(READ, Work())
        assert desk.sent == ["token-1"]

    def test_a_challenge_after_a_renewal_is_answered_too(self, desk: Desk) -> None:
        old = reply(401, {"error": {"code": "InvalidAuthenticationToken", "message": "m"}})
        desk.server.will_answer(old, challenged(), GOOD)
        assert desk.client.send(READ, Work()).status == 200
        assert desk.sent == ["token-1", "token-2", "token-3"]

    def test_a_creation_of_unknown_outcome_stays_one(self, desk: Desk) -> None:
        desk.server.will_answer(challenged(), reply(503, {"error": {"code": "X", "message": "m"}}))
        with pytest.raises(OutcomeUnknown):
            desk.client.send(CREATE, Work())


class TestRenewal:
    """A token that is not taken any more."""

    OLD = reply(401, {"error": {"code": "InvalidAuthenticationToken", "message": "m"}})
    LAG = reply(401, {"error": {"code": "UnknownError", "message": ""}})

    def test_it_is_renewed_once_and_then_a_person_is_needed(self, desk: Desk) -> None:
        desk.server.will_answer(self.OLD)
        with pytest.raises(SignInNeeded) as caught:
            desk.client.send(CREATE, Work())
        assert desk.sent == ["token-1", "token-2"]
        assert caught.value.account_id == ACCOUNT
        assert caught.value.details.status == 401

    def test_without_anybody_to_ask_it_stays_a_refusal(self, desk: Desk) -> None:
        transport = HttpTransport()
        client = GraphClient(transport, desk.client.root, desk.source, pace=Pace(2000.0))
        desk.server.will_answer(self.OLD)
        with pytest.raises(ServiceRefused):
            client.send(READ, Work())
        transport.close()

    def test_a_source_that_needs_a_person_says_so_of_the_request(self, desk: Desk) -> None:
        desk.source.only_a_person = True
        with pytest.raises(SignInNeeded) as caught:
            desk.client.send(CREATE, Work())
        assert desk.server.seen == []
        assert (caught.value.what, caught.value.scopes) == (CREATE.what, ("User.Read",))

    def test_the_ids_of_the_source_are_kept_where_it_has_some(self, desk: Desk) -> None:
        def source(work: Work, *, claims: str = "", refused: Secret | None = None) -> Secret:
            if refused is None:
                return Secret("token")
            raise SignInNeeded(say("a"), say("b"), say("c"), Details(codes=("invalid_grant",)))

        transport = HttpTransport()
        client = GraphClient(transport, desk.client.root, source, account_id=ACCOUNT)
        desk.server.will_answer(self.OLD)
        with pytest.raises(SignInNeeded) as caught:
            client.send(READ, Work())
        transport.close()
        assert caught.value.details.codes == ("invalid_grant",)
        assert caught.value.account_id == ACCOUNT

    def test_a_server_that_lags_does_not_cost_a_renewal_each_time(self, desk: Desk) -> None:
        desk.server.will_answer(self.LAG)
        for _ in range(5):
            with pytest.raises(ServiceRefused):
                desk.client.send(READ, Work())
        assert [refused for _, refused in desk.source.asked if refused] == ["token-1"]

    def test_a_new_token_is_had_when_asked_for_and_only_where_the_old_was_used(self, desk: Desk) -> None:
        desk.client.renew(Work(), used_for_s=3600.0)
        assert desk.source.number == 1
        desk.client.renew(Work())
        assert desk.source.number == 2
