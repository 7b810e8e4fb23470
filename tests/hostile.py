"""A server on a real loopback port that answers whatever a test wants, however wrong.

Bytes go out as they are given, so that an answer can be cut off, dripped, mislabelled or endless.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

CRLF = "\r\n"
Script = Callable[[socket.socket], None]


@dataclass(frozen=True)
class Seen:
    """A request that arrived."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    connection: int

    def json(self) -> Any:
        return json.loads(self.body)


def reply(status: int, body: object = b"", kind: str = "application/json", **headers: str) -> bytes:
    """An HTTP answer in bytes; a body that is no bytes becomes JSON. ``retry_after="2"`` is a header."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(data)}"]
    if kind:
        lines.append(f"Content-Type: {kind}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


@dataclass
class HostileServer:
    """Answers with what stands in ``answers``, one after the other, the last again and again.

    An answer is bytes, or a function that is given the socket. Connections are kept open unless ``keep`` is off. With
    ``tls`` it speaks TLS.
    """

    answers: deque[bytes | Script] = field(default_factory=deque)
    seen: list[Seen] = field(default_factory=list)
    keep: bool = True
    connections: int = 0
    tls: ssl.SSLContext | None = None

    def __enter__(self) -> HostileServer:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.ended = threading.Event()
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, name="hostile-accept")]
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ended.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        with self._lock:
            open_sockets = list(self._open)
        for one in open_sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive(), "the hostile server does not end"

    def will_answer(self, *answers: bytes | Script) -> HostileServer:
        """Set what comes next."""
        self.answers = deque(answers)
        return self

    def answer_to(self, method: str, target: str, headers: Mapping[str, str]) -> bytes | Script:
        """What a request gets; called with the lock held."""
        return self.answers.popleft() if len(self.answers) > 1 else self.answers[0]

    def _accept(self) -> None:
        while not self.ended.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                self._open.append(connection)
                thread = threading.Thread(target=self._serve, args=(connection, self.connections))
                self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        if self.tls is not None:
            try:
                secure = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
            except OSError:  # the client has gone
                self._forget(connection)
                return
            with self._lock:
                self._open[self._open.index(connection)] = secure
            connection = secure
            try:
                secure.do_handshake()
            except OSError:  # the client does not trust the certificate, or has gone
                self._forget(connection)
                return
        with connection, contextlib.suppress(OSError), connection.makefile("rb") as stream:
            while not self.ended.is_set():
                first = stream.readline().decode("latin-1")
                if not first:
                    break
                if not first.endswith(f" HTTP/1.1{CRLF}"):
                    connection.sendall(reply(400))
                    break
                method, target, _ = first.split(" ", 2)
                headers: dict[str, str] = {}
                while line := stream.readline().decode("latin-1").strip():
                    name, _, value = line.partition(":")
                    headers[name.lower()] = value.strip()
                body = stream.read(int(headers.get("content-length", 0)))
                with self._lock:
                    self.seen.append(Seen(method, target, headers, body, number))
                    answer = self.answer_to(method, target, headers)
                if callable(answer):
                    answer(connection)
                    break
                connection.sendall(answer)
                if not self.keep or b"connection: close" in answer.lower():
                    break
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._forget(connection)

    def _forget(self, connection: socket.socket) -> None:
        connection.close()
        with self._lock:
            self._open.remove(connection)
