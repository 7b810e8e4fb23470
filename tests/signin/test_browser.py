"""The address where the browser comes back to: it takes the one answer that it waits for, and nothing else."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from scim_assistant.errors import Cancelled, SignInFailed
from scim_assistant.sentence import say
from scim_assistant.signin import browser
from scim_assistant.signin.browser import Late, Receiver
from scim_assistant.work import Work
from tests.signin.desk_rig import PATIENCE_S, Aside

STATE = "state-of-this-sign-in"


class Waiting:
    """A receiver that is waited at, in a thread of its own, until the test ends it."""

    def __init__(self) -> None:
        self.receiver = Receiver()
        self.port = int(self.receiver.address.rpartition(":")[2])
        self.work = Work()
        self._aside = Aside(self._wait)

    def _wait(self) -> dict[str, str]:
        with self.receiver:
            answer = self.receiver.wait(STATE, time.monotonic() + PATIENCE_S, self.work)
            self.receiver.answer(browser.SIGNED_IN, browser.CLOSE_TAB)
            return answer

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)

    def say(self, text: str) -> str:
        """Send a request as it is, and read the whole answer."""
        with self.connect() as connection:
            connection.sendall(text.replace("\n", "\r\n").encode("latin-1"))
            return everything(connection)

    def get(self, target: str, host: str = "") -> str:
        return self.say(f"GET {target} HTTP/1.1\nHost: {host or f'localhost:{self.port}'}\n\n")

    def post(self, body: str, target: str = "/", host: str = "") -> str:
        return self.say(
            f"POST {target} HTTP/1.1\nHost: {host or f'localhost:{self.port}'}\n"
            f"Content-Type: application/x-www-form-urlencoded\nContent-Length: {len(body)}\n\n{body}"
        )

    def come_back(self, **fields: str) -> str:
        return self.post(urlencode({"state": STATE, **fields}))

    def end(self) -> dict[str, str]:
        answer = self._aside.end()
        assert isinstance(answer, dict)
        return answer


def everything(connection: socket.socket) -> str:
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass  # an answer that came before everything was read may end so
    return b"".join(parts).decode()


@pytest.fixture
def waiting() -> Iterator[Waiting]:
    made = Waiting()
    yield made
    made.work.cancel()
    with contextlib.suppress(Cancelled):
        made.end()


def test_the_answer_comes_as_a_form(waiting: Waiting) -> None:
    page = waiting.come_back(code="the-code", session_state="x")
    assert page.startswith("HTTP/1.1 200 OK\r\n")
    assert "<h1>You are signed in</h1>" in page
    assert "the-code" not in page
    assert waiting.end() == {"state": STATE, "code": "the-code", "session_state": "x"}


def test_the_page_is_kept_nowhere_and_runs_nothing(waiting: Waiting) -> None:
    page = waiting.come_back(code="the-code")
    head = page.partition("\r\n\r\n")[0]
    assert "Cache-Control: no-store" in head
    assert "Content-Security-Policy: default-src 'none'" in head
    assert "Referrer-Policy: no-referrer" in head
    assert "<script" not in page


def test_an_error_may_come_as_a_form_or_in_the_address(waiting: Waiting) -> None:
    waiting.get(f"/?error=access_denied&error_description=AADSTS65004%3A%20No&state={STATE}")
    assert waiting.end()["error"] == "access_denied"


def test_a_code_in_the_address_is_not_taken(waiting: Waiting) -> None:
    assert "400" in waiting.get(f"/?code=the-code&state={STATE}").splitlines()[0]
    waiting.come_back(code="as-a-form")
    assert waiting.end()["code"] == "as-a-form"


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        ("GET /favicon.ico HTTP/1.1\nHost: localhost:PORT\n\n", 404),
        ("GET / HTTP/1.1\nHost: localhost:PORT\n\n", 404),
        ("GET /elsewhere?error=x&state=STATE HTTP/1.1\nHost: localhost:PORT\n\n", 404),
        ("DELETE / HTTP/1.1\nHost: localhost:PORT\n\n", 404),
        ("GET /?error=x&state=another HTTP/1.1\nHost: localhost:PORT\n\n", 400),
        ("GET /?error=x HTTP/1.1\nHost: localhost:PORT\n\n", 400),
        ("GET /?error=x&state=STATE HTTP/1.1\nHost: evil.example.com\n\n", 400),
        ("GET /?error=x&state=STATE HTTP/1.1\nHost: localhost:1\n\n", 400),
        ("GET /?error=x&state=STATE HTTP/1.1\n\n", 400),
        ("GET /?error=x&error=y&state=STATE HTTP/1.1\nHost: localhost:PORT\n\n", 400),
        ("POST / HTTP/1.1\nHost: localhost:PORT\nContent-Length: 17\n\ncode=x&state=fals", 400),
        ("POST / HTTP/1.1\nHost: localhost:PORT\nContent-Length: 11\n\nstate=STATE", 400),
        ("POST / HTTP/1.1\nHost: localhost:PORT\nContent-Length: -5\n\n", 400),
        ("POST / HTTP/1.1\nHost: localhost:PORT\nContent-Length: many\n\n", 400),
        ("POST / HTTP/1.1\nHost: localhost:PORT\nContent-Length: 99999999\n\n", 413),
        ("POST / HTTP/1.1\nHost: localhost:PORT\nContent-Length: 99999999999999999999\n\n", 413),
        ("POST / HTTP/1.1\nHost: localhost:PORT\nTransfer-Encoding: chunked\n\n0\n\n", 400),
        ("POST / HTTP/1.1\nHost: localhost:PORT\nContent-Length: 6\n\ncode=\xff", 400),
        ("nonsense\n\n", 400),
        ("GET / SPDY/9\n\n", 400),
        ("GET http://[/ HTTP/1.1\nHost: localhost:PORT\n\n", 400),
        (f"GET / HTTP/1.1\nHost: localhost:PORT\nX: {'x' * 40_000}\n\n", 431),
    ],
)
def test_strangers_and_mistakes_are_turned_away_and_the_wait_goes_on(
    waiting: Waiting, request_text: str, status: int
) -> None:
    text = request_text.replace("PORT", str(waiting.port)).replace("STATE", STATE)
    page = waiting.say(text)
    assert page.startswith(f"HTTP/1.1 {status} ") or (status in {413, 431} and page == "")
    assert STATE not in page
    waiting.come_back(code="the-code")
    assert waiting.end()["code"] == "the-code"


def test_what_comes_in_pieces_is_put_together(waiting: Waiting) -> None:
    body = urlencode({"state": STATE, "code": "the-code"})
    text = f"POST / HTTP/1.1\r\nHost: localhost:{waiting.port}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    with waiting.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(text), 7):
            connection.sendall(text[start : start + 7].encode())
        assert "You are signed in" in everything(connection)
    assert waiting.end()["code"] == "the-code"


def test_connections_that_say_nothing_keep_nobody_out(waiting: Waiting) -> None:
    idle = [waiting.connect() for _ in range(browser.MOST_CONNECTIONS * 2)]
    waiting.come_back(code="the-code")
    assert waiting.end()["code"] == "the-code"
    for connection in idle:
        connection.close()


def test_a_browser_that_goes_away_in_the_middle_does_no_harm(waiting: Waiting) -> None:
    for _ in range(3):
        with waiting.connect() as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: loc")
    waiting.come_back(code="the-code")
    assert waiting.end()["code"] == "the-code"


def test_words_in_a_page_are_never_markup() -> None:
    with Receiver() as receiver:
        port = int(receiver.address.rpartition(":")[2])
        body = urlencode({"state": STATE, "error": "<script>"})
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
            connection.sendall(
                f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
            )
            answer = receiver.wait(STATE, time.monotonic() + PATIENCE_S, Work())
            receiver.answer(say("{x}", x=answer["error"]), say("<b>&</b>"))
            page = everything(connection)
    assert "<script>" not in page
    assert "<h1>&lt;script&gt;</h1><p>&lt;b&gt;&amp;&lt;/b&gt;</p>" in page


def test_whoever_waits_in_the_browser_is_told_when_it_ends_without_an_answer() -> None:
    with Receiver() as receiver:
        port = int(receiver.address.rpartition(":")[2])
        body = urlencode({"state": STATE, "code": "c"})
        connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        connection.sendall(
            f"POST / HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        receiver.wait(STATE, time.monotonic() + PATIENCE_S, Work())
    with connection:
        assert "Nobody was signed in" in everything(connection)


def test_it_listens_on_this_computer_only() -> None:
    with Receiver() as receiver:
        assert receiver.address.startswith("http://localhost:")
        assert receiver._listener.getsockname()[0] == "127.0.0.1"


def test_it_ends_when_time_is_over() -> None:
    with Receiver() as receiver, pytest.raises(Late):
        receiver.wait(STATE, time.monotonic() + 0.05, Work())


def test_cancel_ends_the_wait_and_gives_the_port_back() -> None:
    threads = set(threading.enumerate())
    waiting = Waiting()
    idle = waiting.connect()
    waiting.work.cancel()
    with pytest.raises(Cancelled):
        waiting.end()
    with pytest.raises(ConnectionRefusedError):
        waiting.connect()
    idle.close()
    assert set(threading.enumerate()) <= threads


def test_a_port_that_cannot_be_had_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    class NoPorts(socket.socket):
        def bind(self, address: object) -> None:
            raise PermissionError("forbidden by the firewall")

    monkeypatch.setattr(socket, "socket", NoPorts)
    with pytest.raises(SignInFailed, match="no port where the browser could come back to") as caught:
        Receiver()
    assert "Sign in with a code instead" in caught.value.next_step
