"""The HTTP clients: proxy, trust, limits, deadlines. The one seam between the program and any service.

Everything above this room speaks ``HttpRequest`` and ``HttpAnswer``; only ``HttpTransport`` knows httpx. Tests hand in
a transport of their own. Redirects are never followed: a bearer token goes to the host it was entered for.
"""

from __future__ import annotations

import ipaddress
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from scim_assistant.errors import Details, KnownError, Unreachable
from scim_assistant.sentence import Sentence, say
from scim_assistant.work import Work

if TYPE_CHECKING:
    import httpx

    from scim_assistant.transport.proxies import Proxy
    from scim_assistant.transport.survey import Connected, Handshake, NameFound

DEFAULT_MAX_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One HTTP request.

    Attributes:
        url: Absolute, already encoded, without credentials.
        headers: Sent as they are; may hold a bearer token, so they are left out of ``repr``.
        what: What could not be done if no answer comes, as a full sentence.
        timeout_s: Seconds for the whole exchange.
        max_bytes: A longer body is refused, and never read or unpacked much further than that.
        fresh: Opens a connection of its own, for a service that is busy behind the present one.
    """

    method: str
    url: str
    what: Sentence
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    timeout_s: float = 60.0
    max_bytes: int = DEFAULT_MAX_BYTES
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """One HTTP answer. ``headers`` has lower-case names; ``elapsed_s`` counts until the last byte."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    elapsed_s: float
    http_version: str = "HTTP/1.1"


class Transport(Protocol):
    """Sends requests. Safe from several threads."""

    def send(self, request: HttpRequest, work: Work) -> HttpAnswer:
        """Send one request and read the whole answer.

        Raises:
            NoAnswer: The request went out, and no answer came.
            Unreachable: No answer came, and the request was not sent.
            UnreadableAnswer: The body was longer than ``max_bytes``, damaged or broke off.
            Cancelled: The person pressed Cancel.
        """
        ...

    def close(self) -> None:
        """Give the connections back."""
        ...


class NoAnswer(Unreachable):
    """The request was on its way, wholly or in part, when the connection failed: it may have taken effect."""


def is_loopback(host: str) -> bool:
    """True for this computer itself: 127.0.0.0/8, ::1 and localhost."""
    if host.casefold().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def plain_address(url: str) -> str:
    """An address as it may be shown and logged: without credentials, query or fragment."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


class HttpTransport:
    """The transport that goes over the network.

    Certificates are judged by the operating system, so that a company's own authority counts. Proxies come from the
    environment or the system's settings, but never for loopback. No cookie is kept. It is a ``Surveyor`` too.

    Args:
        connections: At most so many at a time to all services together.
        look_s: Seconds that each look at the way to a service may take.
    """

    def __init__(self, *, connections: int = 8, look_s: float = 20.0) -> None:
        self._connections = connections
        self._look_s = look_s
        self._lock = threading.Lock()
        self._clients: list[tuple[Proxy | None, httpx.Client]] = []
        self._closed = False

    def send(self, request: HttpRequest, work: Work) -> HttpAnswer:
        """Send one request and read the whole answer: see ``Transport``."""
        work.check()
        _refuse_odd_headers(request)
        from scim_assistant.transport import faults, proxies

        try:
            host, proxy = urlsplit(request.url).hostname or "", proxies.proxy_for(request.url)
        except ValueError:
            raise odd_address(request) from None
        if not host:
            raise odd_address(request)
        if proxy is not None and proxy.scheme not in proxies.WEB:
            raise faults.unusable_proxy(request, host, proxy)
        if request.fresh:
            client = self._new_client(proxy)
            try:
                return _exchange(client, request, work, host, proxy)
            finally:
                client.close()
        return _exchange(self._client(proxy), request, work, host, proxy)

    def look_up(self, url: str, work: Work) -> NameFound:
        """Ask for the addresses of a host: see ``Surveyor``."""
        from scim_assistant.transport import way

        return way.look_up(url, work, self._look_s)

    def connect(self, url: str, work: Work) -> Connected:
        """Open a connection and close it: see ``Surveyor``."""
        from scim_assistant.transport import way

        return way.connect(url, work, self._look_s)

    def shake_hands(self, url: str, work: Work) -> Handshake:
        """Agree on encryption and look at the certificate: see ``Surveyor``."""
        from scim_assistant.transport import way

        return way.shake_hands(url, work, self._look_s)

    def close(self) -> None:
        """Give the connections back. Sending afterwards is an error of the caller."""
        with self._lock:
            self._closed = True
            clients = list(self._clients)
            self._clients.clear()
        for _, client in clients:
            client.close()

    def _client(self, proxy: Proxy | None) -> httpx.Client:
        with self._lock:
            if self._closed:
                raise RuntimeError("the transport is closed")
            for known, client in self._clients:
                if known == proxy:
                    return client
            client = self._new_client(proxy)
            self._clients.append((proxy, client))
            return client

    def _new_client(self, proxy: Proxy | None) -> httpx.Client:
        from scim_assistant.transport.connections import new_client

        return new_client(proxy, self._connections)


def _exchange(
    client: httpx.Client, request: HttpRequest, work: Work, host: str, proxy: Proxy | None
) -> HttpAnswer:
    from scim_assistant.transport import connections, faults, reading
    from scim_assistant.transport.exchange import Exchange, under

    started = time.monotonic()
    secure = urlsplit(request.url).scheme == "https"
    exchange = Exchange(
        started + request.timeout_s,
        work,
        handshakes=int(secure) + int(proxy is not None and proxy.scheme == "https"),
    )
    status = 0
    try:
        with (
            under(exchange),
            client.stream(
                request.method,
                request.url,
                headers={"Accept-Encoding": "gzip", "User-Agent": "scim-assistant", **request.headers},
                content=request.body,
            ) as response,
        ):
            status = response.status_code
            if status == 407 and proxy is not None:
                raise faults.refused_by_proxy(
                    request, host, proxy, response.headers.get_list("proxy-authenticate")
                )
            if not exchange.received:
                raise faults.left_over(request, host, status)
            body = reading.whole_body(
                response.iter_raw(),
                response.headers.get("content-encoding", ""),
                request,
                host=host,
                status=status,
            )
            return HttpAnswer(
                status=status,
                headers={name.lower(): value for name, value in response.headers.items()},
                body=body,
                elapsed_s=time.monotonic() - started,
                http_version=response.http_version,
            )
    except connections.ADDRESS_FAULTS:
        raise odd_address(request) from None
    except connections.NETWORK_FAULTS as fault:
        # What came from the service is no cause to keep: it may repeat the token.
        raise faults.explained(
            fault, request, host=host, proxy=proxy, status=status, exchange=exchange
        ) from None if isinstance(fault, connections.BAD_HTTP) else fault


def details_of(request: HttpRequest, status: int = 0, said: str | None = None) -> Details:
    """What is known of a request that failed, without its credentials and query."""
    return Details(
        method=request.method, address=plain_address(request.url), status=status or None, said=said
    )


def odd_address(request: HttpRequest) -> KnownError:
    """The known error for an address that is none."""
    return KnownError(
        request.what,
        say("The address is not one that can be opened."),
        say("Check the address for missing or extra characters."),
        Details(method=request.method),
    )


_HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?|")


def _refuse_odd_headers(request: HttpRequest) -> None:
    """Stop what no header can carry, before httpx does so with the value, perhaps a token, in its message."""
    for name, value in request.headers.items():
        if not _HEADER_VALUE.fullmatch(value):
            token = name.casefold() == "authorization"
            raise KnownError(
                request.what,
                say("The token holds characters that no token can have, such as a line break or an accent.")
                if token
                else say("The header {name} holds characters that cannot be sent.", name=name),
                say("Copy the token again, and paste nothing but the token.")
                if token
                else say("Report this with the details."),
                Details(method=request.method, address=plain_address(request.url)),
            )
