"""Sending to Graph: what is sent again and what never is, and which answers can be used."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest

from scim_assistant.errors import (
    Cancelled,
    KnownError,
    OutcomeUnknown,
    Reach,
    ServiceRefused,
    Unreachable,
    UnreadableAnswer,
)
from scim_assistant.graph import client as client_module
from scim_assistant.graph.client import GraphClient, fixed
from scim_assistant.graph.read import read, read_all
from scim_assistant.graph.request import GraphRequest
from scim_assistant.graph.types import User
from scim_assistant.secret import MASK, Secret
from scim_assistant.sentence import say
from scim_assistant.work import Pace, Work
from tests.graph.conftest import Desk
from tests.hostile import HostileServer, reply

READ = GraphRequest("GET", "/users", say("People were not listed."))
CREATE = GraphRequest("POST", "/x", say("It was not created."), body={"a": 1}, repeatable=False)
START = GraphRequest("POST", "/x/start", say("It was not started."))
GOOD = reply(200, {"value": []}, request_id="r-1")


def error(code: str = "X", **more: Any) -> dict[str, Any]:
    return {"error": {"code": code, "message": "m", **more}}


def test_a_request_carries_the_token_and_an_id_of_its_own(desk: Desk) -> None:
    desk.server.will_answer(reply(503, error()), GOOD)
    answer = desk.client.send(READ, desk.work)
    first, second = desk.server.seen
    assert first.headers["authorization"] == "Bearer token-1"
    assert uuid.UUID(first.headers["client-request-id"]) != uuid.UUID(second.headers["client-request-id"])
    assert answer.client_request_id == second.headers["client-request-id"]
    assert answer.request_id == "r-1"


@pytest.mark.parametrize("status", [429, 503, 504])
@pytest.mark.parametrize("request_", [READ, START])
def test_a_busy_service_is_asked_again(desk: Desk, status: int, request_: GraphRequest) -> None:
    desk.server.will_answer(reply(status, error()), reply(status, error()), GOOD)
    assert desk.client.send(request_, desk.work).status == 200
    assert len(desk.server.seen) == 3


def test_a_busy_service_is_asked_again_on_a_new_connection(desk: Desk) -> None:
    desk.server.will_answer(GOOD, reply(503, error()), GOOD)
    desk.client.send(READ, desk.work)
    desk.client.send(READ, desk.work)
    assert [seen.connection for seen in desk.server.seen] == [1, 1, 2]


def test_the_wait_that_was_asked_for_is_kept_also_as_a_fraction(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(desk.work, "wait", waits.append)
    client = GraphClient(desk.client._transport, desk.client.root, fixed(Secret("t")), pace=Pace(10.0))
    desk.server.will_answer(reply(429, error(), retry_after="2.128"), GOOD)
    client.send(READ, desk.work)
    # The header counts seconds on our clock; only the jitter is in the service's, ten of which pass in one of ours.
    assert 2.128 <= waits[0] <= 2.128 + 0.03


def test_waits_grow_when_none_is_asked_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(desk.work, "wait", waits.append)
    desk.server.will_answer(reply(429, error()))
    with pytest.raises(ServiceRefused):
        desk.client.send(READ, desk.work)
    grown = [wait * 2000 for wait in waits]
    assert len(grown) == client_module.MAX_TRIES - 1
    assert all(2**n <= wait <= 2**n * 1.25 for n, wait in enumerate(grown))


def test_patience_ends_and_the_refusal_says_how_long_to_wait(desk: Desk) -> None:
    desk.server.will_answer(reply(429, error("TooManyRequests"), retry_after="3000"))
    with pytest.raises(ServiceRefused) as caught:
        desk.client.send(READ, desk.work)
    assert len(desk.server.seen) == 1
    assert "3,000 seconds" in caught.value.next_step
    assert caught.value.code == "TooManyRequests"


@pytest.mark.parametrize("status", [500, 502])
def test_a_fault_of_the_service_is_read_a_few_times_only(desk: Desk, status: int) -> None:
    desk.server.will_answer(reply(status, error()))
    with pytest.raises(ServiceRefused):
        desk.client.send(READ, desk.work)
    assert len(desk.server.seen) == client_module.MAX_TRIES_AFTER_FAULT


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 418])
def test_a_plain_refusal_is_final(desk: Desk, status: int) -> None:
    desk.server.will_answer(reply(status, error("Some_Code"), request_id="r-9"))
    with pytest.raises(ServiceRefused) as caught:
        desk.client.send(READ, desk.work)
    assert len(desk.server.seen) == 1
    seen, details = desk.server.seen[0], caught.value.details
    assert (details.status, details.codes, details.request_id) == (status, ("Some_Code",), "r-9")
    assert details.client_request_id == seen.headers["client-request-id"]
    assert (caught.value.what, bool(caught.value.why), bool(caught.value.next_step)) == (
        READ.what,
        True,
        True,
    )


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_what_creates_is_never_repeated_blindly(desk: Desk, status: int) -> None:
    desk.server.will_answer(reply(status, error()), reply(201, {"id": "1"}))
    with pytest.raises(OutcomeUnknown) as caught:
        desk.client.send(CREATE, desk.work)
    assert len(desk.server.seen) == 1
    assert caught.value.details.status == status


def test_what_creates_is_not_repeated_when_the_connection_breaks(desk: Desk) -> None:
    desk.server.will_answer(lambda connection: None)
    with pytest.raises(OutcomeUnknown) as caught:
        desk.client.send(CREATE, desk.work)
    assert len(desk.server.seen) == 1
    assert caught.value.details.client_request_id == desk.server.seen[0].headers["client-request-id"]


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 201 X\r\nContent-Length: 50\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{",
        reply(201, b"<html></html>", "text/html"),
        reply(201, b'{"id": 1}'),
        reply(201, b'{"id": "1"'),
    ],
)
def test_a_creation_whose_answer_cannot_be_read_has_an_unknown_outcome(desk: Desk, answer: bytes) -> None:
    desk.server.will_answer(answer)
    with pytest.raises(OutcomeUnknown):
        read(desk.client.send(CREATE, desk.work), User)
    assert len(desk.server.seen) == 1


def test_a_creation_that_was_turned_away_unprocessed_is_sent_again(desk: Desk) -> None:
    desk.server.will_answer(reply(429, error(), retry_after="0.001"), reply(201, {"id": "1"}))
    assert read(desk.client.send(CREATE, desk.work), User).id == "1"


def test_a_creation_that_never_left_is_no_unknown_outcome(desk: Desk) -> None:
    with HostileServer() as gone:
        root = gone.url
    client = GraphClient(desk.client._transport, root, fixed(Secret("t")), pace=desk.client.pace)
    with pytest.raises(Unreachable) as caught:
        client.send(CREATE, desk.work)
    assert caught.value.reach is Reach.REFUSED


def test_a_read_whose_connection_breaks_is_tried_again(desk: Desk) -> None:
    desk.server.will_answer(lambda connection: None, lambda connection: None, GOOD)
    assert desk.client.send(READ, desk.work).status == 200
    desk.server.will_answer(lambda connection: None)
    with pytest.raises(Unreachable):
        desk.client.send(READ, desk.work)
    assert len(desk.server.seen) == 3 + client_module.MAX_TRIES_AFTER_FAULT


def test_a_token_that_ran_out_on_the_way_is_renewed_once(desk: Desk) -> None:
    desk.tokens[:] = ["old", "new"]
    desk.server.will_answer(reply(401, error("InvalidAuthenticationToken")), GOOD)
    assert desk.client.send(READ, desk.work).status == 200
    assert [seen.headers["authorization"] for seen in desk.server.seen] == ["Bearer old", "Bearer new"]


def test_cancel_ends_the_wait_for_another_try(desk: Desk) -> None:
    client = GraphClient(desk.client._transport, desk.client.root, fixed(Secret("t")))
    work = Work()
    desk.server.will_answer(
        lambda connection: (connection.sendall(reply(429, error(), retry_after="200")), work.cancel())
    )
    with pytest.raises(Cancelled):
        client.send(READ, work)


def test_no_secret_reaches_an_error_even_when_the_service_repeats_it(desk: Desk) -> None:
    desk.tokens[:] = ["bearer-secret"]
    request = replace(START, body={"value": [{"key": "SecretToken", "value": Secret("scim-secret")}]})
    desk.server.will_answer(
        reply(400, {"error": {"code": "X", "message": "got scim-secret by bearer-secret", "innerError": {}}})
    )
    with pytest.raises(ServiceRefused) as caught:
        desk.client.send(request, desk.work)
    assert desk.server.seen[0].json()["value"][0]["value"] == "scim-secret"
    shown = f"{caught.value!r} {caught.value.details} {caught.value.details.as_text()} {request!r}"
    assert "scim-secret" not in shown
    assert "bearer-secret" not in shown
    assert MASK in (caught.value.details.said or "")


def page(server: HostileServer, link: str | None, *ids: str) -> bytes:
    body: dict[str, Any] = {"value": [{"id": one} for one in ids]}
    if link is not None:
        body["@odata.nextLink"] = link
    return reply(200, body)


def test_pages_are_followed_verbatim_with_the_header_of_the_first(desk: Desk) -> None:
    link = f"{desk.server.url}/v1.0/users?$skiptoken=a%2Bb+c'd&$top=2"
    desk.server.will_answer(
        page(desk.server, link, "1", "2"), page(desk.server, f"{link}&x", "3"), page(desk.server, None)
    )
    request = replace(READ, query=(("$count", "true"),), headers=(("ConsistencyLevel", "eventual"),))
    assert [user.id for user in read_all(desk.client, request, User, desk.work)] == ["1", "2", "3"]
    assert desk.server.seen[1].target == "/v1.0/users?$skiptoken=a%2Bb+c'd&$top=2"
    assert {seen.headers["consistencylevel"] for seen in desk.server.seen} == {"eventual"}


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example.com/v1.0/users?$skiptoken=1",
        "{other}/v1.0/users",
        "https://127.0.0.1:{port}/v1.0/users",
        "http://127.0.0.1:{port}/beta/users",
        "http://127.0.0.1:{port}/v1.0x/users",
        "http://127.0.0.1:{port}/v1.0/../beta/users",
        "http://127.0.0.1:{port}/v1.0/%2e%2e/beta/users",
        "http://ann@127.0.0.1:{port}/v1.0/users",
        "http://127.0.0.1:{port}@evil.example.com/v1.0/users",
        "http://localhost:{port}/v1.0/users",
        "//evil.example.com/v1.0/users",
        "/v1.0/users?$skiptoken=1",
        "http://[::1/v1.0/users",
        "javascript:alert(1)",
    ],
)
def test_a_next_page_elsewhere_is_never_asked_for(desk: Desk, link: str) -> None:
    with HostileServer() as other:
        other.will_answer(GOOD)
        desk.server.will_answer(page(desk.server, link.format(port=desk.server.port, other=other.url), "1"))
        with pytest.raises(UnreadableAnswer, match="away from Microsoft Graph") as caught:
            read_all(desk.client, READ, User, desk.work)
        assert other.seen == []
    assert len(desk.server.seen) == 1
    assert caught.value.json_path == "$.@odata.nextLink"


def test_pages_that_lead_in_a_circle_are_stopped(desk: Desk) -> None:
    desk.server.will_answer(page(desk.server, f"{desk.server.url}/v1.0/users?$skiptoken=1", "1"))
    with pytest.raises(UnreadableAnswer, match="circle"):
        read_all(desk.client, READ, User, desk.work)
    assert len(desk.server.seen) == 2


SENTENCES = {
    "page": (reply(200, b"<html><title>Sign in</title></html>", "text/html; charset=utf-8"), "web page"),
    "page labelled as JSON": (reply(200, b"<!doctype html>"), "web page"),
    "empty": (reply(200, b""), "empty"),
    "label": (reply(200, b"{}", "text/plain"), "labelled as text/plain"),
    "no label": (reply(200, b"{}", ""), "does not say what kind"),
    "truncated": (reply(200, b'{"value": [{"id": "1"'), "breaks off"),
    "no JSON": (reply(200, b"}{"), "not valid JSON"),
    "bad text": (reply(200, b'{"value": [{"id": "\xff"}]}'), "not valid JSON"),
    "deep": (reply(200, b'{"value": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"), "not valid JSON"),
    "no list": (reply(200, {"values": []}), "$.value"),
    "wrong list": (reply(200, {"value": {}}), "$.value"),
    "long": (reply(200, b" " * 5_000_000), "longer than"),
    "array": (reply(200, []), "list that can be leafed through"),
}


@pytest.mark.parametrize("case", SENTENCES)
def test_every_unusable_answer_is_said_in_a_sentence_of_its_own(desk: Desk, case: str) -> None:
    answer, words = SENTENCES[case]
    desk.server.will_answer(answer)
    with pytest.raises(UnreadableAnswer) as caught:
        read_all(desk.client, READ, User, desk.work)
    assert words in caught.value.why
    assert caught.value.what == READ.what
    assert caught.value.next_step
    assert caught.value.details.client_request_id


def test_a_web_page_as_an_error_is_blamed_on_the_way_there(desk: Desk) -> None:
    desk.server.will_answer(reply(403, b"<html><title>Blocked by\n Filter</title></html>", "text/html"))
    with pytest.raises(ServiceRefused, match="proxy or filter") as caught:
        desk.client.send(READ, desk.work)
    assert caught.value.details.said == "Blocked by Filter"


def test_a_redirect_is_a_refusal_and_the_token_stays(desk: Desk) -> None:
    with HostileServer() as other:
        other.will_answer(GOOD)
        desk.server.will_answer(reply(302, b"", location=other.url))
        with pytest.raises(ServiceRefused, match="redirects"):
            desk.client.send(READ, desk.work)
        assert other.seen == []


def test_a_member_of_the_wrong_type_is_named_by_its_path(desk: Desk) -> None:
    desk.server.will_answer(reply(200, {"value": [{"id": "1"}, {"id": "2", "displayName": 7}]}))
    with pytest.raises(UnreadableAnswer) as wrong:
        read_all(desk.client, READ, User, desk.work)
    assert wrong.value.json_path == "$.value[1].displayName"
    desk.server.will_answer(reply(200, {"value": [{"displayName": "x"}]}))
    with pytest.raises(UnreadableAnswer) as missing:
        read_all(desk.client, READ, User, desk.work)
    assert missing.value.json_path == "$.value[0].id"


def test_an_error_of_ours_is_not_hidden(desk: Desk) -> None:
    def broken(work: Work, *, claims: str = "", refused: Secret | None = None) -> Secret:
        raise KnownError(say("a"), say("b"), say("c"))

    client = GraphClient(desk.client._transport, desk.client.root, broken)
    with pytest.raises(KnownError, match="a b c"):
        client.send(READ, desk.work)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST"])
def test_a_web_page_does_not_pass_for_a_write_that_was_made(desk: Desk, method: str) -> None:
    """A network that wants a sign-in first answers everything with status 200."""
    desk.server.will_answer(reply(200, b"<html><title>Wi-Fi sign-in</title></html>", "text/html"))
    request = GraphRequest(method, "/servicePrincipals/1/synchronization/secrets", say("It was not saved."))
    with pytest.raises(UnreadableAnswer, match="web page"):
        desk.client.send(request, desk.work)
    assert len(desk.server.seen) == 1


def test_a_secret_is_masked_in_codes_and_in_escaped_form_too(desk: Desk) -> None:
    secret = Secret("ab/c+d==xyz")
    request = replace(START, body={"value": [{"key": "SecretToken", "value": secret}]})
    escaped = secret.reveal().replace("/", "\\/")
    desk.server.will_answer(
        reply(400, {"error": {"code": secret.reveal(), "message": f'the app said {{"token": "{escaped}"}}'}})
    )
    with pytest.raises(ServiceRefused) as caught:
        desk.client.send(request, desk.work)
    assert "d==xyz" not in caught.value.details.as_text()
