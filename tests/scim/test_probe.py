"""Asking a SCIM service for nobody: every kind of answer is judged, and the token goes nowhere else."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from scim_assistant.check import Outcome
from scim_assistant.errors import Cancelled
from scim_assistant.scim.address import address_problem, users_address
from scim_assistant.scim.probe import probe_users
from scim_assistant.scim.verdict import SidedCheck
from scim_assistant.secret import Secret
from scim_assistant.transport import HttpTransport
from scim_assistant.work import Work
from tests.hostile import HostileServer, Script, reply

TOKEN = "tok-3n-of-the-vendor"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
EMPTY = {"schemas": [LIST], "totalResults": 0, "Resources": []}
SCIM = "application/scim+json"


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with HostileServer() as server:
        yield server


@pytest.fixture
def transport() -> Iterator[HttpTransport]:
    transport = HttpTransport()
    yield transport
    transport.close()


def probe(
    transport: HttpTransport, server: HostileServer, answer: bytes | Script, path: str = "/scim/v2"
) -> SidedCheck:
    server.will_answer(answer)
    check = probe_users(transport, server.url + path, Secret(TOKEN), "userName", Work(), allow_loopback=True)
    assert TOKEN not in f"{check!r} {check.details and check.details.as_text()}"
    assert check.sentence.endswith(".")
    return check


def test_an_empty_list_is_what_is_wanted(server: HostileServer, transport: HttpTransport) -> None:
    check = probe(transport, server, reply(200, EMPTY, SCIM + "; charset=utf-8"), "/scim/v2/")
    assert (check.outcome, check.side) == (Outcome.PASS, "none")
    evidence = dict(check.evidence)
    assert (evidence["Status"], evidence["Content type"]) == ("200", SCIM)
    assert "Note" not in evidence
    assert check.seconds is not None


def test_one_filtered_question_for_somebody_who_cannot_exist(
    server: HostileServer, transport: HttpTransport
) -> None:
    probe(transport, server, reply(200, EMPTY, SCIM))
    probe(transport, server, reply(200, EMPTY, SCIM))
    names = set()
    for seen in server.seen:
        assert (seen.method, urlsplit(seen.target).path) == ("GET", "/scim/v2/Users")
        asked = parse_qs(urlsplit(seen.target).query)["filter"][0]
        assert asked.startswith('userName eq "')
        names.add(uuid.UUID(asked.removeprefix('userName eq "').removesuffix('"')))
        assert seen.headers["authorization"] == f"Bearer {TOKEN}"
    assert len(names) == len(server.seen) == 2


def test_the_flag_in_a_tenant_url_is_kept() -> None:
    address = users_address("https://x.example/scim/?aadOptscim062020", "filter=a")
    assert address == "https://x.example/scim/Users?filter=a&aadOptscim062020"


CASES: dict[str, tuple[bytes, Outcome, str, str]] = {
    "wrong token": (reply(401, {"detail": f"no {TOKEN}"}, SCIM), Outcome.FAIL, "token", "refused the token"),
    "token without rights": (reply(403, EMPTY, SCIM), Outcome.FAIL, "token", "does not allow"),
    "wrong path": (reply(404, {}, SCIM), Outcome.FAIL, "address", "no SCIM service"),
    "page": (reply(200, b"<html><body>Welcome", "text/html"), Outcome.FAIL, "address", "web page"),
    "page for 404": (reply(404, b"<html>", "text/html"), Outcome.FAIL, "address", "web page"),
    "unlabelled page": (reply(200, b"  <!doctype html>", SCIM), Outcome.FAIL, "address", "web page"),
    "redirect": (reply(302, b"", location="https://login.example.com/"), Outcome.FAIL, "address", "redirects"),
    "busy": (reply(429, {"retry_in": 12}, "application/json"), Outcome.WARN, "vendor", "12 seconds"),
    "busy with a header": (reply(429, b"", SCIM, retry_after="7"), Outcome.WARN, "vendor", "7 seconds"),
    "busy without a word": (reply(429, b"", SCIM), Outcome.WARN, "vendor", "busy"),
    "no filter": (reply(400, {"scimType": "invalidFilter"}, SCIM), Outcome.FAIL, "vendor", "question"),
    "no list": (reply(405, b"", SCIM), Outcome.FAIL, "vendor", "list of people"),
    "fault": (reply(500, b"", SCIM), Outcome.FAIL, "vendor", "fault of its own"),
    "busy vendor": (reply(503, b"", SCIM), Outcome.FAIL, "vendor", "fault of its own"),
    "odd success": (reply(204, b"", ""), Outcome.FAIL, "vendor", "204"),
    "empty": (reply(200, b"", SCIM), Outcome.FAIL, "vendor", "empty"),
    "truncated": (reply(200, b'{"schemas": [', SCIM), Outcome.FAIL, "vendor", "breaks off"),
    "too long": (reply(200, b" " * 1_100_000, SCIM), Outcome.FAIL, "vendor", "longer than 1,000,000"),
    "wrong label": (reply(200, EMPTY, "text/plain"), Outcome.FAIL, "vendor", "text/plain"),
    "no label": (reply(200, EMPTY, ""), Outcome.FAIL, "vendor", "what kind"),
    "array": (reply(200, [], SCIM), Outcome.FAIL, "address", "not a SCIM list"),
    "other JSON": (reply(200, {"status": "ok"}, SCIM), Outcome.FAIL, "address", "not a SCIM list"),
    "total as text": (reply(200, EMPTY | {"totalResults": "0"}, SCIM), Outcome.FAIL, "address", "not a SCIM list"),
    "version 1": (
        reply(200, {"schemas": ["urn:scim:schemas:core:1.0"], "totalResults": 0}, SCIM),
        Outcome.FAIL, "address", "SCIM 1",
    ),
    "filter ignored": (
        reply(200, EMPTY | {"totalResults": 61, "Resources": [{"id": "1"}]}, SCIM),
        Outcome.FAIL, "vendor", "61 people",
    ),
    "filter ignored, total wrong": (
        reply(200, EMPTY | {"Resources": [{"id": "1"}]}, SCIM), Outcome.FAIL, "vendor", "ignores the filter",
    ),
    "list without its mark": (reply(200, {"totalResults": 0}, SCIM), Outcome.WARN, "vendor", "lacks the mark"),
    "no resources": (reply(200, {"schemas": [LIST], "totalResults": 0}, SCIM), Outcome.PASS, "none", "accepted"),
    "byte order mark": (
        reply(200, b'\xef\xbb\xbf{"schemas": ["' + LIST.encode() + b'"], "totalResults": 0}', SCIM),
        Outcome.PASS, "none", "accepted",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_every_answer_has_its_verdict(server: HostileServer, transport: HttpTransport, case: str) -> None:
    answer, outcome, side, words = CASES[case]
    check = probe(transport, server, answer)
    assert (check.outcome, check.side) == (outcome, side)
    assert words in check.sentence
    assert dict(check.evidence)["Status"] in answer.decode("latin-1")
    assert check.reach == ""


def test_plain_json_is_taken_and_noted(server: HostileServer, transport: HttpTransport) -> None:
    check = probe(transport, server, reply(200, EMPTY, "application/json"))
    assert check.outcome is Outcome.PASS
    assert "application/scim+json" in dict(check.evidence)["Note"]


def test_the_token_does_not_follow_a_redirect(server: HostileServer, transport: HttpTransport) -> None:
    with HostileServer() as other:
        other.will_answer(reply(200, EMPTY, SCIM))
        check = probe(transport, server, reply(307, b"", location=f"{other.url}/Users?token={TOKEN}"))
        assert other.seen == []
    assert dict(check.evidence)["Redirects to"] == "127.0.0.1"


def test_a_body_that_breaks_off_is_the_vendors_fault(server: HostileServer, transport: HttpTransport) -> None:
    cut = b"HTTP/1.1 200 X\r\nContent-Length: 99\r\nConnection: close\r\n\r\n{"
    check = probe(transport, server, cut)
    assert (check.outcome, check.side) == (Outcome.FAIL, "vendor")
    assert dict(check.evidence)["Status"] == "200"


def test_a_service_that_is_not_there_names_the_layer(transport: HttpTransport) -> None:
    with HostileServer() as gone:
        url = gone.url
    check = probe_users(transport, url, Secret(TOKEN), "userName", Work(), allow_loopback=True)
    assert (check.outcome, check.side, check.reach) == (Outcome.FAIL, "vendor", "refused")
    assert dict(check.evidence)["What to do"]


def test_a_token_that_cannot_be_sent_is_the_tokens_fault(
    server: HostileServer, transport: HttpTransport
) -> None:
    server.will_answer(reply(200, EMPTY, SCIM))
    for token, words in (("a\nb", "characters"), ("", "no token")):
        check = probe_users(transport, server.url, Secret(token), "userName", Work(), allow_loopback=True)
        assert (check.outcome, check.side) == (Outcome.FAIL, "token")
        assert words in check.sentence
    assert server.seen == []


def test_cancel_is_no_verdict(server: HostileServer, transport: HttpTransport) -> None:
    work = Work()
    work.cancel()
    with pytest.raises(Cancelled):
        probe_users(transport, server.url, Secret(TOKEN), "userName", work, allow_loopback=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://app.example.com/scim",
        "https://127.0.0.1/scim",
        "https://localhost/scim",
        "https://[::1]/scim",
        "https://10.1.2.3/scim",
        "https://192.168.1.1/scim",
        "https://169.254.169.254/scim",
        "https://[fe80::1]/scim",
        "https://[::ffff:127.0.0.1]/scim",
        "https://127.1/scim",
        "https://2130706433/scim",
        "https://0x7f000001/scim",
        "https://0177.0.0.1/scim",
        "https://ann:word@app.example.com/scim",
        "ftp://app.example.com",
        "app.example.com/scim",
        "https://",
        "https://[::1/",
        "https://app.example.com:port/",
        "",
    ],
)
def test_the_token_is_sent_to_no_address_that_microsoft_could_not_use(
    transport: HttpTransport, url: str
) -> None:
    check: Any = probe_users(transport, url, Secret(TOKEN), "userName", Work())
    assert (check.outcome, check.side, check.evidence) == (Outcome.FAIL, "address", ())


def test_loopback_is_taken_in_practice_only_and_nothing_else_private_then() -> None:
    for url in ("http://127.0.0.1:80/x", "http://[::1]/x", "http://localhost/x"):
        assert address_problem(url, allow_loopback=True) is None
        assert address_problem(url, allow_loopback=False) is not None
    for url in ("http://127.0.0.1.example.com/x", "http://app.example.com", "https://10.0.0.1/"):
        assert address_problem(url, allow_loopback=True) is not None
    assert address_problem("https://app.example.com:8443/scim", allow_loopback=False) is None


def test_a_token_that_the_service_repeats_in_escaped_form_is_not_quoted(
    server: HostileServer, transport: HttpTransport
) -> None:
    server.will_answer(reply(401, b'{"detail": "no such token: ab\\/cd+ef=="}'))
    check = probe_users(transport, server.url, Secret("ab/cd+ef=="), "userName", Work(), allow_loopback=True)
    assert check.details is not None
    assert "ef==" not in check.details.as_text()


def test_a_wait_beyond_all_numbers_is_no_wait(server: HostileServer, transport: HttpTransport) -> None:
    server.will_answer(reply(429, b'{"retry_in": 1' + b"0" * 400 + b"}"))
    check = probe_users(transport, server.url, Secret(TOKEN), "userName", Work(), allow_loopback=True)
    assert check.outcome is Outcome.WARN
