"""The part of the transport that knows httpx; imported with the first request, since httpx takes a while to load.

httpx limits single operations (one read, one write), not an exchange, and a read cannot be called off. So
connections are made by a network backend of our own that reads in short slices: between two of them it
looks at the exchange's deadline and at Cancel.
"""

from __future__ import annotations

import ssl
import threading
import time
import typing
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import unquote, urlsplit

import httpcore
import httpx

from scim_assistant.work import Work

SLICE_S = 0.1
CONNECT_S = 20.0
IDLE_S = 5.0
"""A kept connection is used again only when it rested for less than this, since services close idle ones."""

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
    """One request and its answer: until when, for whom, and whether any of the request has gone out."""

    def __init__(self, end: float, work: Work) -> None:
        self.end = end
        self.work = work
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
                return self._inner.read(max_bytes, min(SLICE_S, left))
            except httpcore.ReadTimeout:
                continue

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # Not sliced: a write that timed out half way cannot be taken up again.
        exchange = _exchange()
        left = exchange.left_s()
        exchange.sent = exchange.sent or bool(buffer)
        self._inner.write(buffer, left)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        exchange = _exchange()
        exchange.sent = False  # what went out so far was the CONNECT to a proxy
        return _SlicedStream(
            self._inner.start_tls(ssl_context, server_hostname, min(exchange.left_s(), CONNECT_S))
        )

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
        left = min(_exchange().left_s(), CONNECT_S)
        return _SlicedStream(self._inner.connect_tcp(host, port, left, local_address, socket_options))


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

    def __init__(self, proxy: str, connections: int, trust: ssl.SSLContext | None) -> None:
        trust = trust or _system_trust()
        backend = _SlicedBackend()
        parts = urlsplit(proxy)
        self._fault = ""
        self._pool: httpcore.ConnectionPool
        if parts.scheme in ("http", "https"):
            self._pool = httpcore.HTTPProxy(
                f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}",
                proxy_auth=(unquote(parts.username), unquote(parts.password or ""))
                if parts.username
                else None,
                ssl_context=trust,
                network_backend=backend,
                max_connections=connections,
                keepalive_expiry=IDLE_S,
            )
            return
        self._pool = httpcore.ConnectionPool(
            ssl_context=trust,
            network_backend=backend,
            max_connections=connections,
            keepalive_expiry=IDLE_S,
        )
        if proxy:
            self._fault = f"proxies of the kind {parts.scheme} are not supported"

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self._fault:
            raise httpcore.ProxyError(self._fault)
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


def _system_trust() -> ssl.SSLContext:
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def new_client(proxy: str, connections: int, trust: ssl.SSLContext | None) -> httpx.Client:
    """An httpx client that follows no redirect, keeps no cookie and reads nothing from the environment."""
    return httpx.Client(
        transport=_Pool(proxy, connections, trust),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        follow_redirects=False,
        trust_env=False,
        timeout=None,  # noqa: S113 - each exchange has a deadline of its own
    )
