"""Asking a SCIM service: what is sent, how an answer of any kind is read, and what of it may be shown."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from scim_assistant.errors import Cancelled, UnreadableAnswer
from scim_assistant.scim.answer import Flaw, Oddity, ScimAnswer, read_body, wait_asked_s
from scim_assistant.scim.asking import ScimAsker
from scim_assistant.scim.spoken import Masks
from scim_assistant.scim.target import Target
from scim_assistant.secret import MASK, Secret
from scim_assistant.transport import HttpAnswer, HttpTransport
from scim_assistant.work import Work
from tests.hostile import HostileServer, reply

TOKEN = "tok-3n-of-the-vendor-4711"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
SCIM = "application/scim+json"
EMPTY = {"schemas": [LIST], "totalResults": 0, "Resources": []}


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with HostileServer() as server:
        yield server.will_answer(reply(200, EMPTY, SCIM))


@pytest.fixture
def transport() -> Iterator[HttpTransport]:
    transport = HttpTransport()
    yield transport
    transport.close()


def asker(transport: HttpTransport, server: HostileServer, **more: Any) -> ScimAsker:
    options = {name: more.pop(name) for name in ("marker", "patience_s", "most") if name in more}
    path = more.pop("path", "/scim/v2")
    target = Target(server.url + path, Secret(TOKEN), allow_loopback=True, timeout_s=10, **more)
    return ScimAsker(transport, target, **options)


def read(body: bytes, kind: str = SCIM) -> Any:
    return read_body(HttpAnswer(200, {"content-type": kind}, body, 0.0))


def test_a_request_is_worded_as_entra_words_it(server: HostileServer, transport: HttpTransport) -> None:
    one = asker(transport, server)
    one.ask("GET", "/Users", Work(), query="filter=a")
    answer = one.ask("POST", "/Users", Work(), body={"userName": "é"})
    get, post = server.seen
    assert (get.method, get.target, get.body) == ("GET", "/scim/v2/Users?filter=a", b"")
    assert get.headers["authorization"] == f"Bearer {TOKEN}"
    assert get.headers["accept"].split(", ") == [SCIM, "application/json"]
    assert "content-type" not in get.headers
    assert (post.headers["content-type"], post.json()) == (SCIM, {"userName": "é"})
    assert one.requests == 2
    assert (answer.total, answer.resources, answer.good, answer.is_error) == (0, (), True, False)


def test_the_query_of_a_tenant_url_stays_behind_the_one_of_a_request(
    server: HostileServer, transport: HttpTransport
) -> None:
    one = asker(transport, server, path="/scim/?aadOptscim062020")
    one.ask("GET", "/Users", Work(), query="filter=a")
    one.ask("GET", "/Users/7", Work())
    assert [seen.target for seen in server.seen] == [
        "/scim/Users?filter=a&aadOptscim062020",
        "/scim/Users/7?aadOptscim062020",
    ]


READINGS: dict[str, tuple[bytes, Flaw | None, tuple[Oddity, ...]]] = {
    "nothing": (b" \r\n", Flaw.EMPTY, ()),
    "only a byte order mark": (b"\xef\xbb\xbf", Flaw.EMPTY, (Oddity.BYTE_ORDER_MARK,)),
    "byte order mark": (b"\xef\xbb\xbf{}", None, (Oddity.BYTE_ORDER_MARK,)),
    "a page": (b"  <!doctype html>", Flaw.PAGE, ()),
    "UTF-16": ("{}".encode("utf-16"), Flaw.NOT_UTF8, ()),
    "Latin-1": (b'{"a": "\xe9"}', Flaw.NOT_UTF8, ()),
    "cut in an object": (b'{"a": {"b": 1}', Flaw.BROKEN_OFF, ()),
    "cut in a text": (b'{"a": "b', Flaw.BROKEN_OFF, ()),
    "words": (b"ok", Flaw.NOT_JSON, ()),
    "a comma too many": (b'{"a": 1,}', Flaw.NOT_JSON, ()),
    "NaN": (b'{"a": NaN}', Flaw.NOT_JSON, ()),
    "infinity": (b'{"a": -Infinity}', Flaw.NOT_JSON, ()),
    "two documents": (b"{} {}", Flaw.NOT_JSON, ()),
    "a list": (b"[]", Flaw.NOT_OBJECT, ()),
    "a number": (b"7", Flaw.NOT_OBJECT, ()),
    "200 levels": (b'{"a":' * 200 + b"1" + b"}" * 200, Flaw.TOO_DEEP, ()),
    "a million levels": (b"[" * 1_000_000, Flaw.TOO_DEEP, ()),
    "brackets in a text": (b'{"a": "' + b"[" * 500 + b'"}', None, ()),
    "a huge whole number": (b'{"a": ' + b"9" * 100_000 + b"}", None, (Oddity.HUGE_NUMBER,)),
    "a huge broken number": (b'{"a": 1e999}', None, (Oddity.HUGE_NUMBER,)),
    "half a surrogate": (b'{"a": "\\ud800"}', None, ()),
    "the same key twice": (b'{"a": 1, "a": 2}', None, (Oddity.DUPLICATE_KEYS,)),
}


@pytest.mark.parametrize("case", READINGS)
def test_any_body_is_read_to_a_value(case: str) -> None:
    body, flaw, oddities = READINGS[case]
    found = read(body)
    assert (found.flaw, found.oddities) == (flaw, oddities)
    assert (found.document is None) == (flaw is not None)


def test_a_label_is_an_oddity_and_decides_nothing() -> None:
    assert read(b"{}", "application/json; charset=utf-8").oddities == (Oddity.PLAIN_JSON,)
    assert read(b"{}", "text/plain").oddities == (Oddity.OTHER_LABEL,)
    assert read(b"{}", "").oddities == (Oddity.NO_LABEL,)
    assert read(b"{}", "text/html").oddities == (Oddity.OTHER_LABEL,)
    assert read(b"Sign in", "text/html").flaw is Flaw.PAGE


def test_duplicate_keys_are_told_apart_by_where_they_stand() -> None:
    inner = read(b'{"Resources": [{"id": 1, "id": 2}], "totalResults": 1}')
    outer = read(b'{"totalResults": 0, "x": {"id": 1, "id": 2}, "totalResults": 5}')
    assert (inner.duplicates, inner.outer_duplicates) == (("id",), 0)
    assert (outer.duplicates, outer.outer_duplicates) == (("totalResults", "id"), 1)


def test_members_of_a_wrong_type_are_none(server: HostileServer, transport: HttpTransport) -> None:
    wrong = {"schemas": "x", "totalResults": "0", "Resources": {"a": 1}, "id": 7, "detail": [], "status": 1}
    answer = asker(transport, server.will_answer(reply(400, wrong, SCIM))).ask("GET", "/Users", Work())
    assert (answer.schemas, answer.total, answer.resources, answer.id, answer.detail) == (
        (),
        None,
        (),
        "",
        "",
    )
    for total in (True, 1.0, None):
        server.will_answer(reply(200, {"totalResults": total, "Resources": [1, {"id": "a"}]}, SCIM))
        answer = asker(transport, server).ask("GET", "/Users", Work())
        assert (answer.total, answer.resources) == (None, ({"id": "a"},))


def test_a_body_is_never_read_past_two_megabytes(server: HostileServer, transport: HttpTransport) -> None:
    server.will_answer(reply(200, b" " * 2_000_001, SCIM))
    with pytest.raises(UnreadableAnswer) as caught:
        asker(transport, server).ask("GET", "/Users", Work())
    assert caught.value.details.status == 200


def test_a_busy_service_is_asked_once_more_after_the_wait_it_names(
    server: HostileServer, transport: HttpTransport
) -> None:
    server.will_answer(reply(429, {"retry_in": 0.05}, SCIM), reply(200, EMPTY, SCIM))
    one = asker(transport, server)
    assert (one.ask("GET", "/Users", Work()).status, one.requests) == (200, 2)
    server.will_answer(reply(429, {"pause": 0.01}, SCIM))
    one = asker(transport, server, wait_field="pause")
    assert (one.ask("GET", "/Users", Work()).status, one.requests) == (429, 2)


@pytest.mark.parametrize(
    ("answer", "options"),
    [
        (reply(429, {}, SCIM, retry_after="3600"), {}),
        (reply(429, {}, SCIM, retry_after="0"), {"most": 1}),
        (reply(503, {}, SCIM), {}),
        (reply(503, {}, SCIM, retry_after="90"), {}),
    ],
)
def test_no_wait_is_longer_than_the_patience_and_none_is_guessed(
    server: HostileServer, transport: HttpTransport, answer: bytes, options: dict[str, int]
) -> None:
    one = asker(transport, server.will_answer(answer), **options)
    one.ask("GET", "/Users", Work())
    assert one.requests == 1


def test_a_write_is_not_repeated_where_it_may_have_been_done(
    server: HostileServer, transport: HttpTransport
) -> None:
    one = asker(transport, server.will_answer(reply(503, {}, SCIM, retry_after="0")))
    one.ask("POST", "/Users", Work(), body={})
    assert one.requests == 1
    one.ask("GET", "/Users", Work())
    assert one.requests == 3


def test_what_a_service_asks_to_wait_is_read_in_each_of_its_forms() -> None:
    soon = datetime.now(UTC) + timedelta(seconds=60)
    assert wait_asked_s({"retry-after": "7"}, None) == 7
    assert 0 < (wait_asked_s({"retry-after": format_datetime(soon, usegmt=True)}, None) or 0) <= 60
    assert wait_asked_s({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, None) == 0
    assert wait_asked_s({}, {"retry_in": 12}) == wait_asked_s({}, {"retry_in": "12"}) == 12
    assert wait_asked_s({"retry-after": "soon"}, {"pause": 3}, "pause") == 3
    for odd in (-1, 1e9, True, None, [], "soon", float("inf")):
        assert wait_asked_s({}, {"retry_in": odd}) is None
    assert wait_asked_s({"retry-after": "-5"}, None) is None


def test_the_vendors_limit_is_never_reached(server: HostileServer, transport: HttpTransport) -> None:
    """Below ten a minute the eleventh would be one too many; cancelled work does not wait for its turn."""
    one = asker(transport, server, requests_per_minute=10)
    work = Work()
    for _ in range(9):
        one.ask("GET", "/Users", work)
    waited: list[float] = []

    class Impatient(Work):
        def wait(self, seconds: float) -> None:
            waited.append(seconds)
            raise Cancelled

    with pytest.raises(Cancelled):
        one.ask("GET", "/Users", Impatient())
    assert one.requests == 9
    assert 30 < waited[0] <= 60


def spoken(server: HostileServer, transport: HttpTransport, answer: bytes, marker: str = "") -> ScimAnswer:
    return asker(transport, server.will_answer(answer), marker=marker).ask(
        "POST", "/Users", Work(), query="filter=a", body={"userName": "x", "note": TOKEN}
    )


def test_what_was_said_shows_everything_but_the_token(
    server: HostileServer, transport: HttpTransport
) -> None:
    detail = {"schemas": [ERROR], "status": "400", "detail": f"no {TOKEN}, begins with {TOKEN[:14]}"}
    answer = spoken(server, transport, reply(400, detail, SCIM, location=f"/x?{TOKEN}", set_cookie=TOKEN))
    request, said = answer.spoken.request, answer.spoken.answer
    assert request.startswith(f"POST /scim/v2/Users?filter=a\nHost: 127.0.0.1:{server.port}\n")
    assert f"Authorization: Bearer {MASK}" in request
    assert f"Content-Type: {SCIM}" in request
    assert said.startswith("HTTP 400 Bad Request\n")
    assert "begins with" in said
    for text in (request, said, repr(answer)):
        assert TOKEN[:12] not in text
    assert "cookie" not in said


@pytest.mark.parametrize(
    "written", ["ab\\/cd+ef==", "ab/cd+ef==", "ab%2Fcd%2Bef%3D%3D", "ab%2fcd%2bef%3d%3d"]
)
def test_a_short_token_is_hidden_in_every_spelling(written: str) -> None:
    masks = Masks((Secret("ab/cd+ef=="),))
    assert "cd" not in masks.text(f"no such token: {written}")


def test_other_peoples_data_is_masked_and_ours_is_not(
    server: HostileServer, transport: HttpTransport
) -> None:
    ana = {
        "id": "2819", "userName": "ana@corp.example.org", "name": {"familyName": "Novak"}, "active": True,
        "emails": [{"value": "ana@contoso.com", "primary": True}], "nickName": "Anči", "badge": 4711, "x": None,
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    }  # fmt: skip
    ours = {"id": "1", "userName": "check-7f@example.com", "displayName": "Check"}
    found = {"schemas": [LIST], "totalResults": 2, "Resources": [ana, ours]}
    said = spoken(server, transport, reply(200, found, SCIM), "check-7f").spoken.answer
    shown = json.loads(said.partition("\n\n")[2])
    other, mine = shown["Resources"]
    assert mine == ours
    assert other == {
        "id": "2819", "userName": "…", "name": {"familyName": "…"}, "active": True,
        "emails": [{"value": "…", "primary": True}], "nickName": "…", "badge": 0, "x": None, "schemas": ana["schemas"],
    }  # fmt: skip
    assert shown["totalResults"] == 2
    alone = spoken(server, transport, reply(200, ana, SCIM)).spoken.answer
    cut = spoken(server, transport, reply(200, json.dumps(found).encode()[:150], SCIM)).spoken.answer
    for text in (said, alone, cut):
        for word in ("ana@", "Novak", "Anč", "4711", "contoso"):
            assert word not in text
    assert "userName" in cut


def test_an_error_that_names_somebody_hides_the_address(
    server: HostileServer, transport: HttpTransport
) -> None:
    body = {
        "schemas": [ERROR],
        "status": "409",
        "detail": "ana@contoso.com exists; check-7f@contoso.com does not",
    }
    said = spoken(server, transport, reply(409, body, SCIM), "check-7f").spoken.answer
    assert "ana@" not in said
    assert "check-7f@contoso.com" in said
    assert "uniqueness" not in said


def test_an_id_that_is_the_user_name_is_masked_too() -> None:
    masked = Masks((), "").document({"id": "ana", "userName": "ana"})
    assert masked == {"id": "…", "userName": "…"}


def test_a_page_is_told_by_its_title_and_other_text_is_cut(
    server: HostileServer, transport: HttpTransport
) -> None:
    page = spoken(server, transport, reply(500, b"<html><title>Oh\n no</title>" + b"x" * 9000, "text/html"))
    assert page.spoken.answer.endswith("(a web page, titled “Oh no”)")
    text = spoken(server, transport, reply(500, b"boom\r\n\x1b[31m" + b"x" * 9000, "text/plain"))
    assert len(text.spoken.answer) < 800
    assert "\x1b" not in text.spoken.answer
    long = spoken(server, transport, reply(200, {"id": "1", "a": ["w"] * 5000}, SCIM))
    assert len(long.spoken.answer) <= 4001


def test_reading_and_masking_a_full_answer_takes_no_time_to_speak_of(
    server: HostileServer, transport: HttpTransport
) -> None:
    many = {"schemas": [LIST], "totalResults": 20000, "Resources": [{"id": "x", "userName": "ana"}] * 50_000}
    body = json.dumps(many).encode()
    assert 1_500_000 < len(body) < 2_000_000
    began = time.monotonic()
    answer = asker(transport, server.will_answer(reply(200, body, SCIM))).ask("GET", "/Users", Work())
    assert len(answer.resources) == 50_000
    assert time.monotonic() - began < 10
