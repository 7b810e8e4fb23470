"""Reaching services: one deadline for the whole exchange, and every failure named by its layer."""

from __future__ import annotations

import gc
import gzip
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from scim_assistant.errors import Cancelled, KnownError, Reach, Unreachable, UnreadableAnswer
from scim_assistant.sentence import say
from scim_assistant.transport import (
    HttpAnswer,
    HttpRequest,
    HttpTransport,
    NoAnswer,
    is_loopback,
    plain_address,
)
from scim_assistant.work import Work
from tests.hostile import HostileServer, Script, reply

WHAT = say("The page was not read.")


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with HostileServer() as server:
        yield server


@pytest.fixture
def transport() -> Iterator[HttpTransport]:
    transport = HttpTransport()
    yield transport
    transport.close()


def get(transport: HttpTransport, url: str, work: Work | None = None, **options: object) -> HttpAnswer:
    return transport.send(HttpRequest("GET", url, WHAT, **options), work or Work())  # type: ignore[arg-type]


def dripping(server: HostileServer, head: bytes) -> Script:
    """One byte every twentieth of a second, for ever."""

    def drip(connection: socket.socket) -> None:
        connection.sendall(head)
        while not server.ended.wait(0.05):
            connection.sendall(b"x")

    return drip


def silent(server: HostileServer) -> Script:
    def wait(connection: socket.socket) -> None:
        server.ended.wait()

    return wait


def test_an_answer_comes_back_whole_with_lower_case_header_names(
    server: HostileServer, transport: HttpTransport
) -> None:
    server.will_answer(reply(418, {"a": 1}, Request_Id="abc"))
    answer = transport.send(
        HttpRequest("POST", f"{server.url}/a%2Fb?q=%20", WHAT, {"X-Y": "z"}, b"{}"), Work()
    )
    assert (answer.status, answer.body) == (418, b'{"a": 1}')
    assert answer.headers["request-id"] == "abc"
    assert answer.elapsed_s >= 0
    assert (server.seen[0].target, server.seen[0].body) == ("/a%2Fb?q=%20", b"{}")
    assert server.seen[0].headers["x-y"] == "z"


def test_a_compressed_answer_is_unpacked(server: HostileServer, transport: HttpTransport) -> None:
    server.will_answer(reply(200, gzip.compress(b"hello"), content_encoding="gzip"))
    assert get(transport, server.url).body == b"hello"
    server.will_answer(reply(200, b"not gzip at all", content_encoding="gzip"))
    with pytest.raises(UnreadableAnswer, match="unpacked"):
        get(transport, server.url)


def test_a_redirect_is_handed_back_and_never_followed(
    server: HostileServer, transport: HttpTransport
) -> None:
    with HostileServer() as elsewhere:
        elsewhere.will_answer(reply(200, b"{}"))
        server.will_answer(reply(302, b"", location=f"{elsewhere.url}/x"))
        answer = get(transport, server.url, headers={"Authorization": "Bearer secret"})
        assert answer.status == 302
        assert elsewhere.seen == []


def test_no_cookie_is_kept(server: HostileServer, transport: HttpTransport) -> None:
    server.will_answer(reply(200, b"{}", set_cookie="a=b"))
    get(transport, server.url)
    get(transport, server.url)
    assert "cookie" not in server.seen[1].headers


def test_connections_are_kept_but_a_fresh_one_can_be_asked_for(
    server: HostileServer, transport: HttpTransport
) -> None:
    server.will_answer(reply(200, b"{}"))
    get(transport, server.url)
    get(transport, server.url)
    get(transport, server.url, fresh=True)
    assert [seen.connection for seen in server.seen] == [1, 1, 2]


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 X\r\nContent-Length: 100000\r\n\r\n", b"HTTP/1.1 200 X\r\nA: "]
)
def test_a_dripping_answer_ends_at_the_deadline_of_the_whole_exchange(
    server: HostileServer, transport: HttpTransport, head: bytes
) -> None:
    server.will_answer(dripping(server, head))
    began = time.monotonic()
    with pytest.raises((NoAnswer, UnreadableAnswer)) as caught:
        get(transport, server.url, timeout_s=2.0)
    assert time.monotonic() - began < 15
    assert "2 seconds" in caught.value.why


def test_a_silent_service_is_a_timeout_that_may_have_taken_effect(
    server: HostileServer, transport: HttpTransport
) -> None:
    server.will_answer(silent(server))
    with pytest.raises(NoAnswer) as caught:
        get(transport, server.url, timeout_s=2.0)
    assert caught.value.reach is Reach.TIMEOUT


def test_cancel_ends_a_read_in_flight(server: HostileServer, transport: HttpTransport) -> None:
    work = Work()
    arrived = threading.Event()

    def wait(connection: socket.socket) -> None:
        arrived.set()
        server.ended.wait()

    server.will_answer(wait)
    canceller = threading.Thread(target=lambda: (arrived.wait(10), work.cancel()))
    canceller.start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        get(transport, server.url, work, timeout_s=60)
    canceller.join()
    assert time.monotonic() - began < 30
    server.will_answer(reply(200, b"{}"))
    assert get(transport, server.url).status == 200


class SlowNames:
    """Looks names up as the system does, but not before it is let."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked = threading.Event()
        self.let = threading.Event()
        self._before = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._look_up)

    def _look_up(self, *arguments: object, **more: object) -> object:
        self.asked.set()
        self.let.wait(60)
        return self._before(*arguments, **more)  # type: ignore[arg-type]


def test_cancel_is_heard_while_a_name_is_looked_up_and_the_late_connection_is_given_back(
    server: HostileServer, transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, names = Work(), SlowNames(monkeypatch)

    def cancel() -> None:
        names.asked.wait(60)
        work.cancel()

    canceller = threading.Thread(target=cancel)
    canceller.start()
    with pytest.raises(Cancelled):
        get(transport, server.url, work, timeout_s=60)
    canceller.join()
    left = [each for each in threading.enumerate() if each.name == "connect"]
    assert left
    names.let.set()
    for each in left:
        each.join(60)
    # A connection that nobody closed would be a warning, and warnings fail.
    gc.collect()
    assert server.seen == []
    server.will_answer(reply(200, b"{}"))
    assert get(transport, server.url).status == 200


def test_a_name_that_is_looked_up_for_ever_is_a_timeout(
    server: HostileServer, transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = SlowNames(monkeypatch)
    with pytest.raises(Unreachable) as caught:
        get(transport, server.url, timeout_s=0.3)
    names.let.set()
    assert caught.value.reach is Reach.TIMEOUT
    assert not isinstance(caught.value, NoAnswer)


def test_a_body_longer_than_allowed_is_not_read_to_its_end(
    server: HostileServer, transport: HttpTransport
) -> None:
    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 X\r\nContent-Length: 1000000000\r\n\r\n")
        while not server.ended.is_set():
            connection.sendall(b"x" * 65536)

    server.will_answer(endless)
    with pytest.raises(UnreadableAnswer, match="longer than 5,000,000 bytes"):
        get(transport, server.url, max_bytes=5_000_000)


def test_a_body_that_breaks_off_is_unreadable_and_a_missing_answer_is_not(
    server: HostileServer, transport: HttpTransport
) -> None:
    server.keep = False
    server.will_answer(b"HTTP/1.1 200 X\r\nContent-Length: 50\r\n\r\nonly this")
    with pytest.raises(UnreadableAnswer, match="stopped in the middle") as cut:
        get(transport, server.url)
    assert cut.value.details.status == 200
    server.will_answer(lambda connection: None)
    with pytest.raises(NoAnswer) as gone:
        get(transport, server.url)
    assert gone.value.reach is Reach.BROKEN


def test_what_is_no_http_at_all_is_a_broken_connection(
    server: HostileServer, transport: HttpTransport
) -> None:
    server.will_answer(lambda connection: connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n"))
    with pytest.raises(Unreachable) as caught:
        get(transport, server.url)
    assert caught.value.reach is Reach.BROKEN


def test_a_refused_port_and_an_unknown_name_were_not_sent(transport: HttpTransport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unreachable) as refused:
        get(transport, f"http://127.0.0.1:{port}/x?token=1")
    assert refused.value.reach is Reach.REFUSED
    assert not isinstance(refused.value, NoAnswer)
    assert refused.value.details.address == f"http://127.0.0.1:{port}/x"


def test_an_unknown_name_says_so(transport: HttpTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> object:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(Unreachable) as caught:
        get(transport, "https://scim.example.com/")
    assert caught.value.reach is Reach.NAME
    assert "scim.example.com" in caught.value.why


def test_a_proxy_is_taken_from_the_environment_but_never_for_loopback(
    server: HostileServer, transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    with HostileServer() as proxy:
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, f"http://ann:word@127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        server.will_answer(reply(200, b"{}"))
        for host in ("127.0.0.1", "localhost"):
            assert get(transport, f"http://{host}:{server.port}/").status == 200
        assert proxy.seen == []
        proxy.will_answer(reply(200, b'{"by": "proxy"}'))
        assert get(transport, "http://scim.example.com/x").body == b'{"by": "proxy"}'
        assert proxy.seen[0].target == "http://scim.example.com/x"
        assert proxy.seen[0].headers["proxy-authorization"].startswith("Basic ")
        proxy.will_answer(reply(403, b"no"))
        with pytest.raises(Unreachable) as caught:
            get(transport, "https://scim.example.com/x", headers={"Authorization": "Bearer secret"})
        assert caught.value.reach is Reach.PROXY
        assert proxy.seen[-1].method == "CONNECT"
        assert "authorization" not in proxy.seen[-1].headers
        assert "word" not in f"{caught.value} {caught.value.details}"


@pytest.mark.parametrize("token", ["top\nsecret", "topsécret", "topsecret\r\nX-Evil: 1", "top\x00secret"])
def test_a_token_that_no_header_can_carry_is_refused_without_being_shown(
    server: HostileServer, transport: HttpTransport, token: str
) -> None:
    server.will_answer(reply(200, b"{}"))
    with pytest.raises(KnownError) as caught:
        get(transport, server.url, headers={"Authorization": f"Bearer {token}"})
    shown = f"{caught.value!r} {caught.value} {caught.value.details} {caught.value.__cause__!r}"
    assert "secret" not in shown
    assert server.seen == []


@pytest.mark.parametrize(
    "url", ["", "nonsense", "ftp://example.com/", "http://", "http://[::1/", "http://a:99999/"]
)
def test_an_address_that_is_none_is_said_to_be_one(transport: HttpTransport, url: str) -> None:
    with pytest.raises(KnownError):
        get(transport, url)


def test_loopback_is_told_from_names_that_look_like_it() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost", "LOCALHOST.")))
    assert not any(
        map(is_loopback, ("127.0.0.1.example.com", "localhost.example.com", "10.0.0.1", "", "128.0.0.1"))
    )


def test_a_shown_address_has_no_credentials_and_no_query() -> None:
    assert plain_address("https://ann:word@example.com:8443/a/b?token=1#x") == "https://example.com:8443/a/b"


def test_httpx_is_not_loaded_before_the_first_request() -> None:
    code = (
        "import sys, scim_assistant.transport as t; t.HttpTransport(); import scim_assistant.graph.synchronization;"
        "sys.exit('httpx' in sys.modules or 'httpcore' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
