"""A web proxy on a real loopback port: opens tunnels to where a test leads them, or answers whatever a test wants."""

from __future__ import annotations

import base64
import contextlib
import selectors
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.hostile import HostileServer, Script

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


@dataclass
class TunnelProxy(HostileServer):
    """Answers CONNECT with a tunnel, and plain requests from ``answers``.

    Args:
        places: From ``host:port``, as asked for, to a loopback port. Anything else is answered with 502.
        sign_in: ``name:password`` that is wanted (Basic); empty for nobody.
        challenges: What the proxy offers when it wants a sign-in.
        refusal: Answers every CONNECT instead of a tunnel.
    """

    places: Mapping[str, int] = field(default_factory=dict)
    sign_in: str = ""
    challenges: tuple[str, ...] = ('Basic realm="proxy"',)
    refusal: bytes | Script | None = None

    def answer_to(self, method: str, target: str, headers: Mapping[str, str]) -> bytes | Script:
        """A tunnel for CONNECT, unless the sign-in is wrong or a refusal is set."""
        if self.sign_in:
            wanted = "Basic " + base64.b64encode(self.sign_in.encode()).decode()
            if headers.get("proxy-authorization") != wanted:
                offers = "".join(f"Proxy-Authenticate: {each}\r\n" for each in self.challenges)
                return (
                    f"HTTP/1.1 407 Proxy Authentication Required\r\n{offers}Content-Type: text/html\r\n"
                    "Content-Length: 16\r\n\r\n<h1>Who are you?"
                ).encode()
        if method != "CONNECT":
            return super().answer_to(method, target, headers)
        if self.refusal is not None:
            return self.refusal
        port = self.places.get(target)
        if port is None:
            return b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"
        return lambda client: self._tunnel(client, port)

    def _tunnel(self, client: socket.socket, port: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as service:
            client.sendall(ESTABLISHED)
            carry(client, service)


def carry(one: socket.socket, other: socket.socket) -> None:
    """Pass bytes both ways until a side ends."""
    with selectors.DefaultSelector() as selector, contextlib.suppress(OSError):
        selector.register(one, selectors.EVENT_READ, other)
        selector.register(other, selectors.EVENT_READ, one)
        while True:
            for key, _ in selector.select():
                data = key.fileobj.recv(65536)  # type: ignore[union-attr]
                # TLS may hold more than the socket shows.
                while isinstance(key.fileobj, ssl.SSLSocket) and key.fileobj.pending():
                    data += key.fileobj.recv(65536)
                if not data:
                    return
                key.data.sendall(data)
