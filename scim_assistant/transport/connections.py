"""The part of the transport that knows httpx; imported with the first request, since httpx takes a while to load.

httpx limits single operations (one read, one write), not an exchange, and a read cannot be called off. So
connections are made by a network backend of our own that shakes hands and reads in short slices: between two of them it
looks at the exchange's deadline and at Cancel.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
import typing
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpcore
import httpx

from scim_assistant.transport.proxies import Proxy
from scim_assistant.work import Work

SLICE_S = 0.1
CONNECT_S = 20.0
IDLE_S = 5.0
"""A kept connection is used again only when it rested for less than this, since services close idle ones."""
HEARD_BYTES = 8192

ADDRESS_FAULTS = (httpx.InvalidURL, httpx.UnsupportedProtocol, httpcore.UnsupportedProtocol)
DECODING_FAULTS = (httpx.DecodingError,)
TIMEOUTS = (httpcore.TimeoutException, TimeoutError)
PROXY_FAULTS = (httpcore.ProxyError,)
CONNECT_FAULTS = (httpcore.ConnectError, httpcore.ConnectTimeout)
NETWORK_FAULTS = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    OSError,
)


class Exchange:
    """One request and its answer: until when, for whom, and how far it came.

    Args:
        end: On the monotonic clock, in seconds.
        work: Cancels it.
        handshakes: How many TLS handshakes a new connection takes before the request itself goes out.
        tunnel: True where a proxy is asked for a way to the service first.

    Attributes:
        reached: A connection to the first host on the way stands.
        pending: Handshakes that are still to be made.
        heard: What a proxy has answered before the tunnel stood, cut to 8 KB.
        sent: Some of the request itself has gone out.
    """

    def __init__(self, end: float, work: Work, *, handshakes: int = 0, tunnel: bool = False) -> None:
        self.end = end
        self.work = work
        self.handshakes = handshakes
        self.tunnel = tunnel
        self.reached = False
        self.pending = 0
        self.heard = b""
        self.sent = False

    def left_s(self) -> float:
        """Seconds until the deadline.

        Raises:
            httpcore.ReadTimeout: It has passed.
            Cancelled: The person pressed Cancel.
        """
        self.work.check()
        left = self.end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time for the whole exchange is over")
        return left


class _Current(threading.local):
    exchange: Exchange | None = None


_current = _Current()
"""The exchange of this thread: httpx has no way to hand one through to its connections."""


@contextmanager
def under(exchange: Exchange) -> Iterator[None]:
    """Hold everything that this thread does on the network to one exchange's deadline."""
    _current.exchange = exchange
    try:
        yield
    finally:
        _current.exchange = None


def _exchange() -> Exchange:
    if _current.exchange is None:
        raise RuntimeError("network use outside an exchange")
    return _current.exchange


class _SlicedStream(httpcore.NetworkStream):
    """A connection whose reads look up every tenth of a second."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        exchange = _exchange()
        while True:
            left = exchange.left_s()
            try:
                data = self._inner.read(max_bytes, min(SLICE_S, left))
            except httpcore.ReadTimeout:
                continue
            if exchange.pending and len(exchange.heard) < HEARD_BYTES:
                exchange.heard += data
            return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # Not sliced: a write that timed out half way cannot be taken up again.
        exchange = _exchange()
        left = exchange.left_s()
        exchange.sent = exchange.sent or (bool(buffer) and not exchange.pending)
        self._inner.write(buffer, left)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        exchange = _exchange()
        if exchange.tunnel and exchange.pending == 1 and exchange.heard.partition(b"\r\n\r\n")[2]:
            # In TLS the client speaks first: who has sent more than the head of an answer has made no tunnel.
            raise httpcore.ProxyError("the proxy sent a page instead of a tunnel")
        stream = self._inner.start_tls(ssl_context, server_hostname, min(exchange.left_s(), CONNECT_S))
        exchange.pending -= 1
        return _SlicedStream(stream)

    def get_extra_info(self, info: str) -> typing.Any:
        return self._inner.get_extra_info(info)


class _SlicedBackend(httpcore.NetworkBackend):
    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: typing.Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        exchange = _exchange()
        exchange.reached, exchange.pending, exchange.heard = False, exchange.handshakes, b""
        left = min(exchange.left_s(), CONNECT_S)
        stream = self._inner.connect_tcp(host, port, left, local_address, socket_options)
        exchange.reached = True
        return _SlicedStream(stream)


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        if isinstance(self._stream, _Closable):
            self._stream.close()


@typing.runtime_checkable
class _Closable(typing.Protocol):
    def close(self) -> None: ...


class _Pool(httpx.BaseTransport):
    """httpx over a pool with our backend, direct or through a proxy."""

    def __init__(self, proxy: Proxy | None, connections: int) -> None:
        judge = typing.cast("ssl.SSLContext", _Trust())
        backend = _SlicedBackend()
        self._pool: httpcore.ConnectionPool
        if proxy is not None:
            self._pool = httpcore.HTTPProxy(
                proxy.address(),
                # In UTF-8, as RFC 7617 wants it where a name is more than ASCII.
                proxy_auth=(proxy.user.reveal().encode(), proxy.password.reveal().encode())
                if proxy.user
                else None,
                ssl_context=judge,
                proxy_ssl_context=judge if proxy.scheme == "https" else None,
                network_backend=backend,
                max_connections=connections,
                keepalive_expiry=IDLE_S,
            )
        else:
            self._pool = httpcore.ConnectionPool(
                ssl_context=judge,
                network_backend=backend,
                max_connections=connections,
                keepalive_expiry=IDLE_S,
            )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Body(typing.cast("Iterable[bytes]", answer.stream)),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        self._pool.close()


class _Trust:
    """What httpcore asks of an ``ssl.SSLContext``, with a context and a patient handshake for each connection.

    The operating system judges certificates, so that a company's own authority counts. truststore locks its context while hands are shaken: one silent service would hold up all others.
    """

    def __init__(self) -> None:
        self._protocols: list[str] = []

    def set_alpn_protocols(self, protocols: list[str]) -> None:
        self._protocols = protocols

    def wrap_socket(self, plain: socket.socket, server_hostname: str) -> ssl.SSLSocket:
        wrapped = self._context().wrap_socket(
            plain, server_hostname=server_hostname, do_handshake_on_connect=False
        )
        exchange = _exchange()
        end = time.monotonic() + CONNECT_S
        try:
            while True:
                wrapped.settimeout(min(SLICE_S, exchange.left_s()))
                try:
                    wrapped.do_handshake()
                except TimeoutError:
                    if time.monotonic() > end:
                        raise
                else:
                    return wrapped
        except BaseException:
            wrapped.close()
            raise

    def wrap_bio(
        self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, server_hostname: str | None = None
    ) -> ssl.SSLObject:
        return self._context().wrap_bio(incoming, outgoing, server_hostname=server_hostname)

    def _context(self) -> ssl.SSLContext:
        import truststore

        context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.set_alpn_protocols(self._protocols)
        return context


def new_client(proxy: Proxy | None, connections: int) -> httpx.Client:
    """An httpx client that follows no redirect, keeps no cookie and reads nothing from the environment."""
    return httpx.Client(
        transport=_Pool(proxy, connections),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        follow_redirects=False,
        trust_env=False,
        timeout=None,  # noqa: S113 - each exchange has a deadline of its own
    )
