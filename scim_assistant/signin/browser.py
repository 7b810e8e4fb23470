"""Where the browser comes back to after a sign-in: a loopback address of this computer, for as long as one is awaited.

There is no server and no thread: whoever waits for the answer does the reading and writing, and looks up at Cancel in
between, so nothing is left when the wait ends in whatever way. Only an answer that carries the state of this very
sign-in counts; strangers, favicons and connections that a browser opens and never uses are dealt with on the side.
The page is answered when it is known how the sign-in ended, so that it never says what is not so.

Source: RFC 8252 sections 7.3 and 8.3 (loopback), OAuth 2.0 Form Post Response Mode, RFC 9112 (read 2026-11).
"""

from __future__ import annotations

import hmac
import html
import selectors
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final
from urllib.parse import parse_qs, urlsplit

from scim_assistant.errors import SignInFailed
from scim_assistant.sentence import Sentence, say
from scim_assistant.work import Work

HOST: Final = "127.0.0.1"
SLICE_S: Final = 0.1
IDLE_S: Final = 30.0
"""A connection that has not said everything by then is closed."""
MOST_CONNECTIONS: Final = 32
MAX_HEAD: Final = 32 * 1024
MAX_BODY: Final = 64 * 1024
PATIENCE_TO_ANSWER_S: Final = 5.0

SIGNED_IN: Final = say("You are signed in")
NOT_SIGNED_IN: Final = say("Nobody was signed in")
CLOSE_TAB: Final = say("You can close this tab and go back to SCIM Assistant.")

_NOTHING_HERE: Final = say("There is nothing at this address")
_NOT_EXPECTED: Final = say("This was not expected")
_NO_TEXT: Final = Sentence("")
_START_AGAIN: Final = say(
    "It does not belong to a sign-in that is under way. Start it again in SCIM Assistant."
)


class Late(Exception):
    """Nobody came back in time."""


@dataclass(slots=True)
class _Visitor:
    """A connection and what it has said so far."""

    connection: socket.socket
    until: float
    said: bytearray = field(default_factory=bytearray)


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class _Refused(Exception):
    """A request that is answered with a page and forgotten."""

    def __init__(self, status: str, heading: Sentence, text: Sentence = _NO_TEXT) -> None:
        super().__init__(status)
        self.status, self.heading, self.text = status, heading, text


class Receiver:
    """Listens on a loopback port of the system's choice until it is closed; a context manager.

    Raises:
        SignInFailed: No port can be had.
    """

    def __init__(self) -> None:
        self._asking: socket.socket | None = None
        self._visitors: dict[socket.socket, _Visitor] = {}
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            if sys.platform == "win32":
                # Windows would let another program share the port, and with it the answer.
                self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            self._listener.bind((HOST, 0))
            self._listener.listen(MOST_CONNECTIONS)
        except OSError:
            self._listener.close()
            raise SignInFailed(
                say("You are not signed in."),
                say("This computer gave the program no port where the browser could come back to."),
                say("Sign in with a code instead, or see what the firewall or security software forbids."),
            ) from None
        self._listener.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._port: int = self._listener.getsockname()[1]

    @property
    def address(self) -> str:
        """The redirect address. ``localhost``, since that is what app registrations take with any port."""
        return f"http://localhost:{self._port}"

    def __enter__(self) -> Receiver:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def wait(self, state: str, until: float, work: Work) -> dict[str, str]:
        """Wait for the answer to one sign-in.

        Args:
            state: What the answer has to carry.
            until: On the monotonic clock, in seconds.
            work: Cancel.

        Returns:
            The fields of the answer: a code, or an error.

        Raises:
            Late: It did not come in time.
            Cancelled: The person pressed Cancel.
        """
        while True:
            work.check()
            left = until - time.monotonic()
            if left <= 0:
                raise Late
            for key, _ in self._selector.select(min(SLICE_S, left)):
                if key.fileobj is self._listener:
                    self._let_in()
                elif isinstance(key.fileobj, socket.socket):
                    answer = self._heard(self._visitors[key.fileobj], state)
                    if answer is not None:
                        return answer
            self._drop_idle()

    def answer(self, heading: Sentence, text: Sentence) -> None:
        """Show the person in the browser how it ended; nothing happens when no browser waits."""
        if self._asking is not None:
            connection, self._asking = self._asking, None
            _send(connection, "200 OK", heading, text)

    def close(self) -> None:
        """Stop listening, and close every connection."""
        self.answer(NOT_SIGNED_IN, CLOSE_TAB)
        for visitor in list(self._visitors.values()):
            self._drop(visitor)
        self._selector.close()
        self._listener.close()

    def _let_in(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return  # it went away again
        if len(self._visitors) >= MOST_CONNECTIONS:
            # The oldest goes, so that no number of idle connections can keep the answer out.
            self._drop(next(iter(self._visitors.values())))
        connection.setblocking(False)
        self._visitors[connection] = _Visitor(connection, time.monotonic() + IDLE_S)
        self._selector.register(connection, selectors.EVENT_READ)

    def _drop(self, visitor: _Visitor) -> None:
        self._release(visitor)
        visitor.connection.close()

    def _release(self, visitor: _Visitor) -> None:
        self._selector.unregister(visitor.connection)
        del self._visitors[visitor.connection]

    def _drop_idle(self) -> None:
        now = time.monotonic()
        for visitor in [one for one in self._visitors.values() if one.until < now]:
            self._drop(visitor)

    def _heard(self, visitor: _Visitor, state: str) -> dict[str, str] | None:
        """Read on; the answer to the sign-in when this is it."""
        try:
            more = visitor.connection.recv(65536)
        except BlockingIOError:
            return None
        except OSError:
            more = b""
        if not more:
            self._drop(visitor)
            return None
        visitor.said += more
        try:
            request = _read(bytes(visitor.said))
            if request is None:
                return None
            answer = _fields(request, self._port)
            if not hmac.compare_digest(answer.get("state", "").encode(), state.encode()):
                raise _Refused("400 Bad Request", _NOT_EXPECTED, _START_AGAIN)
        except _Refused as refused:
            self._release(visitor)
            _send(visitor.connection, refused.status, refused.heading, refused.text)
            return None
        self._release(visitor)
        self._asking = visitor.connection
        return answer


def _read(said: bytes) -> _Request | None:
    """A whole request, or None while more has to come."""
    head, end, rest = said.partition(b"\r\n\r\n")
    if len(head) > MAX_HEAD:
        raise _Refused("431 Request Header Fields Too Large", _NOT_EXPECTED)
    if not end:
        return None
    lines = head.decode("latin-1").split("\r\n")
    first = lines[0].split(" ")
    if len(first) != 3 or not first[2].startswith("HTTP/1."):
        raise _Refused("400 Bad Request", _NOT_EXPECTED)
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    length = headers.get("content-length", "0")
    if "transfer-encoding" in headers or not length.isascii() or not length.isdigit():
        raise _Refused("400 Bad Request", _NOT_EXPECTED)
    if len(length) > 9 or int(length) > MAX_BODY:
        raise _Refused("413 Content Too Large", _NOT_EXPECTED)
    if len(rest) < int(length):
        return None
    return _Request(first[0], first[1], headers, rest[: int(length)])


def _fields(request: _Request, port: int) -> dict[str, str]:
    """The fields of an answer to a sign-in: a posted form, or an error in the address."""
    # A page of a stranger whose name leads to this computer shows by the name that it asks for.
    if request.headers.get("host", "").casefold() not in {f"localhost:{port}", f"{HOST}:{port}"}:
        raise _Refused("400 Bad Request", _NOT_EXPECTED)
    try:
        parts = urlsplit(request.target)
        text = parts.query if request.method == "GET" else request.body.decode("ascii")
        told = parse_qs(text, keep_blank_values=True, max_num_fields=50)
    except ValueError:
        raise _Refused("400 Bad Request", _NOT_EXPECTED) from None
    if parts.path != "/" or request.method not in {"GET", "POST"} or (request.method == "GET" and not told):
        raise _Refused("404 Not Found", _NOTHING_HERE)
    answer = {name: values[0] for name, values in told.items()}
    twice = any(len(values) > 1 for values in told.values())
    # A code in an address would stay in the browser's history; it was asked for as a form.
    by_address = request.method == "GET" and "error" not in answer
    if twice or by_address or not (answer.get("code") or answer.get("error")):
        raise _Refused("400 Bad Request", _NOT_EXPECTED, _START_AGAIN)
    return answer


def _send(connection: socket.socket, status: str, heading: Sentence, text: Sentence) -> None:
    """Answer with a page and close, whether or not anybody still reads it."""
    body = _page(heading, text).encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n"
        "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'\r\n"
        "Connection: close\r\n\r\n"
    )
    try:
        connection.settimeout(PATIENCE_TO_ANSWER_S)
        connection.sendall(head.encode("ascii") + body)
        connection.shutdown(socket.SHUT_WR)
    except OSError:
        pass
    finally:
        connection.close()


def _page(heading: Sentence, text: Sentence) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(heading)} - SCIM Assistant</title>"
        "<style>:root{color-scheme:light dark}"
        "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1.5rem}</style></head>"
        f"<body><main><h1>{html.escape(heading)}</h1><p>{html.escape(text)}</p></main></body></html>"
    )
