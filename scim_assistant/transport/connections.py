"""The part of the transport that knows httpx; imported with the first request, since httpx takes a while to load.

httpx limits single operations (one read, one write), not an exchange, and a read cannot be called off. So
connections are made by a network backend of our own that shakes hands and reads in short slices: between two of them it
looks at the exchange's deadline and at Cancel.
"""

from __future__ import annotations

import base64
import re
import socket
import ssl
import time
import typing
from collections.abc import Callable, Iterable, Iterator
from http.cookiejar import CookieJar

import httpcore
import httpx

from scim_assistant.secret import Secret
from scim_assistant.transport.exchange import Exchange, current
from scim_assistant.transport.proxies import Proxy
from scim_assistant.work import Asker, Slow

SLICE_S = 0.1
CONNECT_S = 20.0
IDLE_S = 5.0
"""A kept connection is used again only when it rested for less than this, since services close idle ones."""
LEAST_SHARE_S = 3.0
"""What each address of a name is given to answer, so far as there is time: room for a packet that was lost."""
HEARD_BYTES = 16384
HEAD_BYTES = 100 * 1024
"""How long the head of an answer may be: httpcore's own limit."""
TUNNEL_OPEN = re.compile(rb"HTTP/1\.[01] 2[0-9]{2}[ \r]")

ADDRESS_FAULTS = (httpx.InvalidURL, httpx.UnsupportedProtocol, httpcore.UnsupportedProtocol)
TIMEOUTS = (httpcore.TimeoutException, TimeoutError)
BAD_HTTP = (httpcore.RemoteProtocolError,)
CONNECT_FAULTS = (httpcore.ConnectError, httpcore.ConnectTimeout)
NETWORK_FAULTS = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    OSError,
)


def addresses_of(host: str, port: int) -> tuple[str, ...]:
    """The IP addresses of a host, in the order in which the system wants them tried.

    Raises:
        OSError: It has none, or nobody could tell.
        httpx.InvalidURL: No name can be written like that.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:  # a part of the name that is empty or longer than 63 characters
        raise httpx.InvalidURL("no host name can be written like that") from None
    return tuple(dict.fromkeys(_written(address) for _, _, _, _, address in found))


def _written(address: tuple[typing.Any, ...]) -> str:
    """An IP address as text, with the network card where it is one that only counts there (fe80::1)."""
    text = str(address[0])
    scope = address[3] if len(address) == 4 else 0
    return f"{text}%{scope}" if scope and "%" not in text else text


class _SlicedStream(httpcore.NetworkStream):
    """A connection whose reads look up every tenth of a second."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        exchange = current()
        while True:
            left = exchange.left_s()
            try:
                data = self._inner.read(max_bytes, min(SLICE_S, left))
            except httpcore.ReadTimeout:
                continue
            exchange.note(data)
            return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # Not sliced: a write that timed out half way cannot be taken up again.
        exchange = current()
        left = exchange.left_s()
        exchange.sent = exchange.sent or (bool(buffer) and not exchange.pending)
        self._inner.write(buffer, left)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        exchange = current()
        stream = self._inner.start_tls(ssl_context, server_hostname, min(exchange.left_s(), CONNECT_S))
        exchange.pending -= 1
        return _SlicedStream(stream)

    def get_extra_info(self, info: str) -> typing.Any:
        return self._inner.get_extra_info(info)


class _SlicedBackend(httpcore.NetworkBackend):
    """Connects straight to a host, one of its addresses after the other."""

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
        exchange = current()
        exchange.reached, exchange.pending, exchange.heard = False, exchange.handshakes, b""
        exchange.address, exchange.failed = "", []
        left = min(exchange.left_s(), CONNECT_S)
        options = list(socket_options or ())
        try:
            # On the side: looking a name up knows no time limit, and neither it nor a connect hears Cancel.
            stream = Asker("connect").ask(
                lambda: self._dial(host, port, exchange, time.monotonic() + left, options),
                work=exchange.work,
                patience_s=left,
                when_late=lambda late: late.close(),
            )
        except Slow:
            raise httpcore.ConnectTimeout("no connection in time") from None
        exchange.reached = True
        return _SlicedStream(stream)

    def _dial(
        self, host: str, port: int, exchange: Exchange, end: float, options: list[httpcore.SOCKET_OPTION]
    ) -> httpcore.NetworkStream:
        """Try one address after the other; each has its share of the time, so that a dead one leaves some."""
        try:
            addresses = addresses_of(host, port)
        except OSError as fault:
            raise httpcore.ConnectError(str(fault)) from fault
        began = time.monotonic()
        last: Exception = httpcore.ConnectTimeout("no address was tried in time")
        for number, address in enumerate(addresses):
            exchange.work.check()
            left = end - time.monotonic()
            if left <= 0:
                break
            share = min(left, max(left / (len(addresses) - number), LEAST_SHARE_S))
            try:
                stream = self._inner.connect_tcp(address, port, share, None, options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                exchange.failed.append((address, str(failed)))
                last = failed
            else:
                exchange.address = address
                exchange.connect_s = time.monotonic() - began
                return stream
        raise last


class _TunnelBackend(_SlicedBackend):
    """Connects through tunnels that a proxy opens.

    httpcore has tunnels of its own, but one that fails keeps its place in the pool for ever (1.0.9), and of the
    proxy's answer only the status is told.

    Source: RFC 9110 section 9.3.6 (CONNECT).
    """

    def __init__(self, proxy: Proxy, judge: ssl.SSLContext) -> None:
        super().__init__()
        self._proxy = proxy
        self._judge = judge

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: typing.Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        secure = self._proxy.scheme == "https"
        stream = super().connect_tcp(
            self._proxy.host,
            self._proxy.port or (443 if secure else 80),
            timeout,
            local_address,
            socket_options,
        )
        try:
            if secure:
                stream = stream.start_tls(self._judge, self._proxy.host)
            self._open(stream, f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
        except BaseException:
            stream.close()
            raise
        return stream

    def _open(self, stream: httpcore.NetworkStream, target: str) -> None:
        lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}", "User-Agent: scim-assistant"]
        if self._proxy.user:
            lines.append(f"Proxy-Authorization: {basic(self._proxy).reveal()}")
        stream.write("".join(f"{line}\r\n" for line in [*lines, ""]).encode())
        exchange = current()
        while b"\r\n\r\n" not in exchange.heard:
            data = stream.read(HEARD_BYTES)
            exchange.heard += data
            if not data or not exchange.heard.startswith(b"HTTP/1"[: len(exchange.heard)]):
                raise httpcore.ProxyError("the proxy gave no answer that can be read")
            if len(exchange.heard) > HEARD_BYTES:
                raise httpcore.ProxyError("the answer of the proxy has no end")
        # In TLS the client speaks first: who has sent more than the head of an answer has opened no tunnel.
        if exchange.heard.partition(b"\r\n\r\n")[2] or not TUNNEL_OPEN.match(exchange.heard):
            raise httpcore.ProxyError("the proxy has opened no tunnel")


def basic(proxy: Proxy) -> Secret:
    """The header value that signs in to a proxy.

    Source: RFC 7617 section 2; in UTF-8, as section 2.1 wants it where a name is more than ASCII.
    """
    pair = f"{proxy.user.reveal()}:{proxy.password.reveal()}"
    return Secret("Basic " + base64.b64encode(pair.encode()).decode())


def backend_for(proxy: Proxy | None) -> httpcore.NetworkBackend:
    """What connects to a host as requests do: straight, or through a tunnel of the proxy."""
    if proxy is None:
        return _SlicedBackend()
    return _TunnelBackend(proxy, typing.cast("ssl.SSLContext", Handshaker()))


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


class _Answer(httpx.Response):
    """An answer whose ``Location`` is not opened, not even to see whether it could be: it may hold anything."""

    @property
    def has_redirect_location(self) -> bool:
        return False


class _NoCookies(CookieJar):
    """Keeps no cookie, and reads none."""

    def extract_cookies(self, response: typing.Any, request: typing.Any) -> None:
        """Leave the cookies of an answer alone."""


class _Pool(httpx.BaseTransport):
    """httpx over pools with our backend: direct, or through a proxy, which passes plain requests on itself."""

    def __init__(self, proxy: Proxy | None, connections: int) -> None:
        judge = typing.cast("ssl.SSLContext", Handshaker())
        self._pool = httpcore.ConnectionPool(
            ssl_context=judge,
            network_backend=backend_for(proxy),
            max_connections=connections,
            keepalive_expiry=IDLE_S,
        )
        self._plain = self._pool
        if proxy is not None:
            self._plain = httpcore.HTTPProxy(
                proxy.address(),
                proxy_headers={"Proxy-Authorization": basic(proxy).reveal()} if proxy.user else None,
                proxy_ssl_context=judge if proxy.scheme == "https" else None,
                network_backend=_SlicedBackend(),
                max_connections=connections,
                keepalive_expiry=IDLE_S,
            )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        pool = self._pool if request.url.scheme == "https" else self._plain
        answer = pool.handle_request(
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
                # Only waiting for a free connection is httpcore's to limit.
                extensions={"timeout": {"pool": current().left_s()}},
            )
        )
        return _Answer(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Body(typing.cast("Iterable[bytes]", answer.stream)),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        self._pool.close()
        self._plain.close()


def system_trust() -> ssl.SSLContext:
    """A context in which the operating system judges certificates, so that a company's own authority counts."""
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Handshaker:
    """What httpcore asks of an ``ssl.SSLContext``, with a context and a patient handshake for each connection.

    truststore locks its context while hands are shaken: one silent service would hold up all others.

    Args:
        make: Makes the context of one connection.
    """

    def __init__(self, make: Callable[[], ssl.SSLContext] = system_trust) -> None:
        self._make = make
        self._protocols: list[str] = []

    def set_alpn_protocols(self, protocols: list[str]) -> None:
        self._protocols = protocols

    def wrap_socket(self, plain: socket.socket, server_hostname: str) -> ssl.SSLSocket:
        wrapped = self._context().wrap_socket(
            plain, server_hostname=server_hostname, do_handshake_on_connect=False
        )
        exchange = current()
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
        except BaseException as fault:
            if isinstance(fault, ssl.SSLError | ConnectionError) and (agreed := wrapped.cipher()) is not None:
                exchange.suite = f"{agreed[1]} {agreed[0]}"
            wrapped.close()
            raise

    def wrap_bio(
        self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, server_hostname: str | None = None
    ) -> ssl.SSLObject:
        return self._context().wrap_bio(incoming, outgoing, server_hostname=server_hostname)

    def _context(self) -> ssl.SSLContext:
        context = self._make()
        context.set_alpn_protocols(self._protocols)
        return context


def new_client(proxy: Proxy | None, connections: int) -> httpx.Client:
    """An httpx client that follows no redirect, keeps no cookie and reads nothing from the environment."""
    return httpx.Client(
        transport=_Pool(proxy, connections),
        cookies=_NoCookies(),
        follow_redirects=False,
        trust_env=False,
        timeout=None,  # noqa: S113 - each exchange has a deadline of its own
    )
