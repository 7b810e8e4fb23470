"""Answers that lie: each ends in bounded time and memory, as a known error that says what was wrong with it."""

from __future__ import annotations

import gzip
import socket
import time
import traceback
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from itertools import repeat

import pytest

from scim_assistant.errors import KnownError, Reach, UnreadableAnswer
from scim_assistant.sentence import say
from scim_assistant.transport import (
    HttpAnswer,
    HttpRequest,
    HttpTransport,
    NoAnswer,
    connections,
    exchange,
    faults,
    reading,
)
from scim_assistant.work import Work
from tests.hostile import HostileServer, Script, reply

WHAT = say("The page was not read.")
MOST = 2_000_000
LOADED = (connections, exchange, faults, reading)
"""What the transport loads with its first request, so that it does not count as memory of an answer."""
TOKEN = "top-secret-token"
PACKED = gzip.compress(b'{"totalResults": 0}' * 20, mtime=0)
ROOM = 12_000_000
"""Bytes that reading at most ``MOST`` may take in between: the body twice, and what is on its way."""


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with HostileServer() as server:
        yield server


@pytest.fixture
def transport() -> Iterator[HttpTransport]:
    transport = HttpTransport()
    yield transport
    transport.close()


def get(transport: HttpTransport, url: str, *, timeout_s: float = 30.0) -> HttpAnswer:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    request = HttpRequest("GET", url, WHAT, headers, timeout_s=timeout_s, max_bytes=MOST)
    return transport.send(request, Work())


def unreadable(transport: HttpTransport, url: str, *, timeout_s: float = 30.0) -> UnreadableAnswer:
    with pytest.raises(UnreadableAnswer) as caught:
        get(transport, url, timeout_s=timeout_s)
    assert TOKEN not in f"{caught.value} {caught.value.details.as_text()}"
    return caught.value


def no_answer(transport: HttpTransport, url: str, *, timeout_s: float = 30.0) -> NoAnswer:
    """The failure of a request that was sent: at the layer of HTTP, above connection and encryption."""
    with pytest.raises(NoAnswer) as caught:
        get(transport, url, timeout_s=timeout_s)
    assert caught.value.reach in (Reach.BROKEN, Reach.TIMEOUT)
    assert TOKEN not in f"{caught.value} {caught.value.details.as_text()}"
    return caught.value


def endless(head: bytes, again: bytes) -> Script:
    """A head, and then the same again and again until the other side has enough."""

    def pour(connection: socket.socket) -> None:
        connection.sendall(head)
        for piece in repeat(again * max(1, 65536 // len(again))):
            connection.sendall(piece)

    return pour


def bomb(megabytes: int) -> bytes:
    """Gzip that unpacks to a thousand times its size."""
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    zeros = bytes(1_000_000)
    return b"".join(packer.compress(zeros) for _ in range(megabytes)) + packer.flush()


def short(value: object) -> str:
    """What a test is called for a value: the same in every process, and not as long as some of the values."""
    return "script" if callable(value) else repr(value)[:50]


def peak_of(call: Callable[[], object]) -> int:
    """The most bytes that were held at a time while something was called."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_bomb_is_unpacked_no_further_than_the_limit(
    server: HostileServer, transport: HttpTransport
) -> None:
    server.will_answer(reply(200, bomb(150), content_encoding="gzip"))
    errors: list[UnreadableAnswer] = []
    assert peak_of(lambda: errors.append(unreadable(transport, server.url))) < ROOM
    assert "longer than 2,000,000 bytes" in errors[0].why


@pytest.mark.parametrize(
    ("head", "again"),
    [
        (b"HTTP/1.1 200 X\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 X\r\nContent-Length: 99999999999\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n", b"80\r\n" + b"x" * 128 + b"\r\n"),
        # Members of gzip that each unpack to nothing.
        (b"HTTP/1.1 200 X\r\nContent-Encoding: gzip\r\n\r\n", gzip.compress(b"", mtime=0)),
    ],
    ids=short,
)
def test_a_body_without_end_is_read_no_further_than_the_limit(
    server: HostileServer, transport: HttpTransport, head: bytes, again: bytes
) -> None:
    server.will_answer(endless(head, again))
    errors: list[UnreadableAnswer] = []
    assert peak_of(lambda: errors.append(unreadable(transport, server.url))) < ROOM
    assert "longer than 2,000,000 bytes" in errors[0].why


def test_a_body_of_exactly_the_limit_is_read_packed_or_not(
    server: HostileServer, transport: HttpTransport
) -> None:
    # Does not shrink, so that packing makes it longer than the limit.
    noise = b"".join(number.to_bytes(8, "little") for number in range(1, MOST // 8 + 1))
    stored = gzip.compress(noise, compresslevel=0)
    assert len(stored) > MOST
    for answer in (reply(200, noise), reply(200, stored, content_encoding="gzip")):
        server.will_answer(answer)
        assert get(transport, server.url).body == noise
    server.will_answer(reply(200, gzip.compress(noise + b"x", 1), content_encoding="gzip"))
    assert "longer than" in unreadable(transport, server.url).why


@pytest.mark.parametrize("kind", ["br", "deflate", "zstd", "gzip, gzip", "br, gzip"])
def test_what_is_packed_as_nobody_offered_is_not_taken_for_the_answer(
    server: HostileServer, transport: HttpTransport, kind: str
) -> None:
    server.will_answer(reply(200, PACKED, content_encoding=kind))
    error = unreadable(transport, server.url)
    assert f"is packed as {kind}, although only gzip was offered" in error.why
    assert error.details.status == 200


def test_a_kind_of_packing_that_the_service_made_up_is_not_repeated(
    server: HostileServer, transport: HttpTransport
) -> None:
    server.will_answer(reply(200, PACKED, content_encoding=TOKEN))
    assert "packed in a way that nobody offered" in unreadable(transport, server.url).why


@pytest.mark.parametrize("kind", ["gzip", "GZIP", "x-gzip", "identity, gzip"])
def test_gzip_is_unpacked_by_each_of_its_names(
    server: HostileServer, transport: HttpTransport, kind: str
) -> None:
    server.will_answer(reply(200, PACKED, content_encoding=kind))
    assert get(transport, server.url).body == gzip.decompress(PACKED)


def test_nothing_needs_no_unpacking_and_identity_is_as_it_is(
    server: HostileServer, transport: HttpTransport
) -> None:
    for kind in ("gzip", "br"):
        server.will_answer(reply(204, b"", content_encoding=kind))
        assert get(transport, server.url).body == b""
    server.will_answer(reply(200, b"{}", content_encoding="identity"))
    assert get(transport, server.url).body == b"{}"


def test_gzip_in_several_members_and_single_bytes_comes_out_whole(
    server: HostileServer, transport: HttpTransport
) -> None:
    data = gzip.compress(b"one ") + gzip.compress(b"two")
    pieces = b"".join(b"1\r\n" + bytes([each]) + b"\r\n" for each in data) + b"0\r\n\r\n"
    server.will_answer(
        b"HTTP/1.1 200 X\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" + pieces
    )
    assert get(transport, server.url).body == b"one two"


@pytest.mark.parametrize(
    "data",
    [
        PACKED[:-1],
        PACKED[:-8],
        PACKED[:15],
        PACKED[:5],
        PACKED[:-8] + bytes(8),  # a wrong checksum
        PACKED + b"rubbish",
        PACKED + PACKED[:12],
        b"{}",
    ],
    ids=short,
)
def test_gzip_that_is_cut_off_or_damaged_is_not_taken_for_the_answer(
    server: HostileServer, transport: HttpTransport, data: bytes
) -> None:
    server.will_answer(reply(200, data, content_encoding="gzip"))
    error = unreadable(transport, server.url)
    assert error.why == "The answer of 127.0.0.1 was damaged: it could not be unpacked."
    assert error.details.said


def test_gzip_that_drips_ends_at_the_deadline(server: HostileServer, transport: HttpTransport) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 X\r\nContent-Encoding: gzip\r\n\r\n")
        for each in bomb(20):
            if server.ended.wait(0.05):
                return
            connection.sendall(bytes([each]))

    server.will_answer(drip)
    began = time.monotonic()
    assert "did not arrive in full within 1 seconds" in unreadable(transport, server.url, timeout_s=1.0).why
    assert time.monotonic() - began < 15


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 200 X\r\nA: " + b"x" * 1_000_000 + b"\r\n\r\n", "headers longer than 102,400 bytes"),
        (endless(b"HTTP/1.1 200 X\r\n", b"X-More: and more\r\n"), "headers longer than 102,400 bytes"),
        (endless(b"HTTP/1.1 200 ", b"x"), "headers longer than 102,400 bytes"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "is not a web service"),
        (b"<html>hello</html>\r\n\r\n", "is not a web service"),
        (endless(b"", b"x"), "is not a web service"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "wants an encrypted connection"),
        (b"HTTP/1.1 2000 X\r\n\r\n", "breaks the rules of HTTP"),
        (b"HTTP/1.1 OK\r\n\r\n", "breaks the rules of HTTP"),
        (b"HTTP/1.1 200 X\r\nno colon\r\n\r\n", "breaks the rules of HTTP"),
        (b"HTTP/1.1 200 X\r\nA: \x00\r\n\r\n", "breaks the rules of HTTP"),
        (b"HTTP/1.1 200 X\r\nContent-Length: many\r\n\r\n", "breaks the rules of HTTP"),
        (b"HTTP/1.1 200 X\r\nContent-Length: -5\r\n\r\n", "breaks the rules of HTTP"),
        (b"HTTP/1.1 200 X\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", "breaks the rules of HTTP"),
        (b"HTTP/1.1 200 X\r\nTransfer-Encoding: made-up\r\n\r\n", "breaks the rules of HTTP"),
        (
            b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n",
            "breaks the rules of HTTP",
        ),
        (lambda connection: None, "closed the connection without an answer"),
        (b"HTTP/1.1 20", "stopped in the middle of its answer"),
    ],
    ids=short,
)
def test_what_is_no_answer_is_named_for_what_it_is(
    server: HostileServer, transport: HttpTransport, answer: bytes | Script, words: str
) -> None:
    server.keep = False
    server.will_answer(answer)
    errors: list[NoAnswer] = []
    assert peak_of(lambda: errors.append(no_answer(transport, server.url))) < ROOM
    assert words in errors[0].why
    assert errors[0].reach is Reach.BROKEN


@pytest.mark.parametrize(
    "answer",
    [
        f"HTTP/1.1 Bearer {TOKEN}\r\n\r\n",
        f"Bearer {TOKEN}\r\n\r\n",
        f"HTTP/1.1 200 X\r\nBearer {TOKEN}\r\n\r\n",
        f"HTTP/1.1 200 X\r\nA: {TOKEN}\x00\r\n\r\n",
        f"HTTP/1.1 200 X\r\nContent-Length: {TOKEN}\r\n\r\n",
        f"HTTP/1.1 200 X\r\nTransfer-Encoding: {TOKEN}\r\n\r\n",
        f"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n{TOKEN}\r\n",
        f"HTTP/1.1 200 X\r\nContent-Encoding: {TOKEN}\r\nContent-Length: 2\r\n\r\n{{}}",
    ],
)
def test_a_service_that_repeats_the_token_where_it_does_not_belong_is_not_quoted(
    server: HostileServer, transport: HttpTransport, answer: str
) -> None:
    server.keep = False
    server.will_answer(answer.encode())
    with pytest.raises(KnownError) as caught:
        get(transport, server.url)
    shown = "".join(traceback.format_exception(caught.value))
    assert TOKEN not in f"{shown} {caught.value.details.as_text()}"


def test_an_answer_that_is_always_about_to_come_ends_at_the_deadline(
    server: HostileServer, transport: HttpTransport
) -> None:
    server.will_answer(endless(b"", b"HTTP/1.1 102 Processing\r\n\r\n"))
    error = no_answer(transport, server.url, timeout_s=1.0)
    assert error.reach is Reach.TIMEOUT
    assert "did not answer within 1 seconds" in error.why


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"zz\r\nhello\r\n0\r\n\r\n", "cut into pieces whose lengths cannot be read"),
        (b"3\r\nhello\r\n0\r\n\r\n", "cut into pieces whose lengths cannot be read"),
        (b"-5\r\nhello\r\n0\r\n\r\n", "cut into pieces whose lengths cannot be read"),
        (b"fffffffffffffffffffffffff\r\nhello", "cut into pieces whose lengths cannot be read"),
        (b"50\r\nhello", "stopped in the middle"),
        (b"5\r\nhello\r\n", "stopped in the middle"),
    ],
    ids=short,
)
def test_pieces_that_lie_about_their_length_are_not_taken_for_the_answer(
    server: HostileServer, transport: HttpTransport, body: bytes, words: str
) -> None:
    server.keep = False
    server.will_answer(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
    assert words in unreadable(transport, server.url).why


def test_what_an_answer_did_not_announce_is_not_taken_for_the_next_one(
    server: HostileServer, transport: HttpTransport
) -> None:
    forged = reply(200, {"totalResults": 0})
    server.will_answer(b"HTTP/1.1 200 X\r\nContent-Length: 2\r\n\r\n{}" + forged, reply(200, b'"real"'))
    assert get(transport, server.url).body == b"{}"
    assert "longer than it said" in unreadable(transport, server.url).why
    assert get(transport, server.url).body == b'"real"', "a new connection starts afresh"


def test_an_answer_that_is_shorter_than_announced_ends_at_the_deadline(
    server: HostileServer, transport: HttpTransport
) -> None:
    def wait(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 X\r\nContent-Length: 50\r\n\r\n{}")
        server.ended.wait()

    server.will_answer(wait)
    assert "did not arrive in full" in unreadable(transport, server.url, timeout_s=1.0).why


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_token_goes_to_no_other_host_port_or_scheme(
    server: HostileServer, transport: HttpTransport, status: int
) -> None:
    with HostileServer() as elsewhere:
        port = elsewhere.port
        for place in (
            f"http://127.0.0.1:{port}/Users",
            f"http://localhost:{port}/Users",
            f"https://127.0.0.1:{port}/Users",
            f"//127.0.0.1:{port}/Users",
            f"http://ann:word@127.0.0.1:{port}/Users",
        ):
            server.will_answer(
                reply(status, b"", location=place, refresh=f"0;url={place}", content_location=place)
            )
            answer = get(transport, f"{server.url}/Users")
            assert (answer.status, answer.headers["location"]) == (status, place)
        assert elsewhere.connections == 0
    assert len(server.seen) == 5, "nor was anything asked twice"


@pytest.mark.parametrize(
    "place",
    [
        b"https://[::1",
        b"http://a:99999/",
        b"http://a:b/",
        b"//",
        b"\xff\xfe",
        b"https://xn--/",
        b"javascript:alert(1)",
        b"http://" + b"a" * 70_000,
    ],
    ids=short,
)
def test_a_redirect_to_what_is_no_address_is_handed_back_all_the_same(
    server: HostileServer, transport: HttpTransport, place: bytes
) -> None:
    server.will_answer(b"HTTP/1.1 302 X\r\nContent-Length: 0\r\nLocation: " + place + b"\r\n\r\n")
    assert get(transport, server.url).status == 302


@pytest.mark.parametrize(
    "cookie",
    [
        b"a=b; Expires=" + b"0 " * 30_000,
        b"=" * 50_000,
        b'a="' + b"\\" * 50_000,
        b"a=b; Max-Age=x; Version=\xff",
    ],
    ids=short,
)
def test_a_cookie_is_not_even_read(server: HostileServer, transport: HttpTransport, cookie: bytes) -> None:
    server.will_answer(b"HTTP/1.1 200 X\r\nContent-Length: 0\r\nSet-Cookie: " + cookie + b"\r\n\r\n")
    assert get(transport, server.url).status == 200
    assert get(transport, server.url).status == 200
    assert "cookie" not in server.seen[1].headers


def test_a_request_shows_neither_its_token_nor_its_body() -> None:
    request = HttpRequest("POST", "https://scim.example.com/Users", WHAT, {"Authorization": TOKEN}, b"person")
    assert TOKEN not in repr(request)
    assert "person" not in repr(request)


@pytest.mark.parametrize("name", [f"{'a' * 64}.example.com", "a..example.com", "scim.example.com."])
def test_a_name_that_cannot_be_looked_up_is_a_known_error(
    transport: HttpTransport, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for variable in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.upper(), raising=False)
    with pytest.raises(KnownError):
        get(transport, f"http://{name}:9/", timeout_s=5)
