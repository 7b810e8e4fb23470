"""The HTTP clients: proxy, trust, limits, deadlines. The one seam between the program and any service.

Everything above this room speaks ``HttpRequest`` and ``HttpAnswer``; only ``HttpTransport`` knows httpx. Tests hand in
a transport of their own. Redirects are never followed: a bearer token goes to the host it was entered for.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from scim_assistant.errors import Details, KnownError, Reach, Unreachable, UnreadableAnswer
from scim_assistant.sentence import Sentence, say
from scim_assistant.work import Work

if TYPE_CHECKING:
    import httpx

DEFAULT_MAX_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One HTTP request.

    Attributes:
        url: Absolute, already encoded, without credentials.
        headers: Sent as they are; may hold a bearer token, so they are left out of ``repr``.
        what: What could not be done if no answer comes, as a full sentence.
        timeout_s: Seconds for the whole exchange.
        max_bytes: A longer body is refused.
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
            UnreadableAnswer: The body was longer than ``max_bytes`` or broke off.
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
    environment and the system's settings, but never for loopback. No cookie is kept.

    Args:
        connections: At most so many at a time to all services together.
        trust: Judges certificates instead of the operating system; only tests hand one in.
    """

    def __init__(self, *, connections: int = 8, trust: ssl.SSLContext | None = None) -> None:
        self._connections = connections
        self._trust = trust
        self._lock = threading.Lock()
        self._clients: dict[str, httpx.Client] = {}
        self._closed = False

    def send(self, request: HttpRequest, work: Work) -> HttpAnswer:
        """Send one request and read the whole answer: see ``Transport``."""
        work.check()
        _refuse_odd_headers(request)
        try:
            host, proxy = urlsplit(request.url).hostname or "", _proxy_for(request.url)
        except ValueError:
            raise _odd_address(request) from None
        if not host:
            raise _odd_address(request)
        if request.fresh:
            client = self._new_client(proxy)
            try:
                return _exchange(client, request, work, host, proxy)
            finally:
                client.close()
        return _exchange(self._client(proxy), request, work, host, proxy)

    def close(self) -> None:
        """Give the connections back. Sending afterwards is an error of the caller."""
        with self._lock:
            self._closed = True
            clients = list(self._clients.values())
            self._clients.clear()
        for client in clients:
            client.close()

    def _client(self, proxy: str) -> httpx.Client:
        with self._lock:
            if self._closed:
                raise RuntimeError("the transport is closed")
            if proxy not in self._clients:
                self._clients[proxy] = self._new_client(proxy)
            return self._clients[proxy]

    def _new_client(self, proxy: str) -> httpx.Client:
        from scim_assistant.transport.connections import new_client

        return new_client(proxy, self._connections, self._trust)


def _exchange(client: httpx.Client, request: HttpRequest, work: Work, host: str, proxy: str) -> HttpAnswer:
    from scim_assistant.transport import connections

    started = time.monotonic()
    exchange = connections.Exchange(started + request.timeout_s, work)
    status = 0
    try:
        with (
            connections.under(exchange),
            client.stream(
                request.method,
                request.url,
                headers={"Accept-Encoding": "gzip", "User-Agent": "scim-assistant", **request.headers},
                content=request.body,
            ) as response,
        ):
            status = response.status_code
            body = _whole_body(response.iter_bytes(), request, status)
            return HttpAnswer(
                status=status,
                headers={name.lower(): value for name, value in response.headers.items()},
                body=body,
                elapsed_s=time.monotonic() - started,
                http_version=response.http_version,
            )
    except connections.ADDRESS_FAULTS:
        raise _odd_address(request) from None
    except connections.DECODING_FAULTS as fault:
        raise UnreadableAnswer(
            request.what,
            say("The answer of {host} was damaged: it could not be unpacked.", host=host),
            say("Try again; if it stays so, the service or a proxy on the way is at fault."),
            _details(request, status),
        ) from fault
    except connections.NETWORK_FAULTS as fault:
        raise _explained(fault, request, host=host, proxy=proxy, status=status, sent=exchange.sent) from fault


def _whole_body(chunks: Iterator[bytes], request: HttpRequest, status: int) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > request.max_bytes:
            raise UnreadableAnswer(
                request.what,
                say(
                    "The answer was longer than {limit:,} bytes, so reading it was stopped.",
                    limit=request.max_bytes,
                ),
                say("Check that the address leads to the service and not to a download or a web page."),
                _details(request, status),
            )
    return bytes(body)


def _details(request: HttpRequest, status: int = 0, said: str | None = None) -> Details:
    return Details(
        method=request.method, address=plain_address(request.url), status=status or None, said=said
    )


def _odd_address(request: HttpRequest) -> KnownError:
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


def _proxy_for(url: str) -> str:
    """The proxy to use for an address, from the environment or the system's settings; empty for none."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(host):
        return ""
    proxies = urllib.request.getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all") or ""
    if not proxy or urllib.request.proxy_bypass(host):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _causes(fault: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    cause: BaseException | None = fault
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__


def _explained(
    fault: Exception, request: HttpRequest, *, host: str, proxy: str, status: int, sent: bool
) -> KnownError:
    """Which layer failed, and what to do about it."""
    from scim_assistant.transport import connections

    causes = tuple(_causes(fault))
    said = _spoken(causes)
    timed_out = isinstance(fault, connections.TIMEOUTS)
    if status:
        return UnreadableAnswer(
            request.what,
            say("{host} stopped in the middle of its answer.", host=host)
            if not timed_out
            else say(
                "The answer of {host} did not arrive in full within {seconds:g} seconds.",
                host=host,
                seconds=request.timeout_s,
            ),
            say("Try again; if it stays so, the service or a proxy on the way is at fault."),
            _details(request, status, said),
        )
    reach, why, next_step = _layer(
        fault, causes, request, host=host, proxy=proxy, sent=sent, timed_out=timed_out
    )
    kind = NoAnswer if sent else Unreachable
    return kind(request.what, why, next_step, _details(request, 0, said), reach=reach)


def _spoken(causes: tuple[BaseException, ...]) -> str | None:
    """The system's own words for a failure; never a header, since those were looked at before."""
    for cause in reversed(causes):
        if isinstance(cause, OSError) and str(cause):
            return str(cause)[:300]
    return str(causes[0])[:300] or None


def _layer(
    fault: Exception,
    causes: tuple[BaseException, ...],
    request: HttpRequest,
    *,
    host: str,
    proxy: str,
    sent: bool,
    timed_out: bool,
) -> tuple[Reach, Sentence, Sentence]:
    from scim_assistant.transport import connections

    proxy_name = urlsplit(proxy).hostname or "" if proxy else ""
    tls = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
    if isinstance(fault, connections.PROXY_FAULTS) or (
        proxy and not sent and tls is None and isinstance(fault, connections.CONNECT_FAULTS)
    ):
        return (
            Reach.PROXY,
            say("The proxy {proxy} did not let the connection through.", proxy=proxy_name),
            say(
                "Check the proxy settings of this computer, or ask your network team to allow {host}.",
                host=host,
            ),
        )
    if tls is not None and not sent:
        return _tls(tls, host)
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return (
            Reach.NAME,
            say("The name {host} was not found.", host=host),
            say("Check the spelling of the address, and that this computer is online."),
        )
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes) and not sent:
        return (
            Reach.REFUSED,
            say("{host} refused the connection: nothing listens at that address.", host=host),
            say("Check the address and its port, and whether the service is running."),
        )
    if timed_out:
        return (
            Reach.TIMEOUT,
            say("{host} did not answer within {seconds:g} seconds.", host=host, seconds=request.timeout_s)
            if sent
            else say("No connection to {host} could be made in time.", host=host),
            say("Check this computer's network and firewall, then try again."),
        )
    if not sent and isinstance(fault, connections.CONNECT_FAULTS):
        return (
            Reach.REFUSED,
            say("This computer's network has no way to {host}.", host=host),
            say("Check that this computer is online, and its VPN and firewall, then try again."),
        )
    return (
        Reach.BROKEN,
        say("The connection to {host} broke before an answer came.", host=host),
        say("Try again; if it stays so, the service or a proxy on the way is at fault."),
    )


def _tls(fault: ssl.SSLError, host: str) -> tuple[Reach, Sentence, Sentence]:
    if isinstance(fault, ssl.SSLCertVerificationError):
        return (
            Reach.TLS,
            say("This computer does not trust the certificate of {host}.", host=host),
            say(
                "Check the address. If your company inspects encrypted traffic, ask your network team to install"
                " its certificate on this computer."
            ),
        )
    return (
        Reach.TLS,
        say("No encrypted connection to {host} could be agreed on.", host=host),
        say(
            "Check that the address begins with the right scheme and port, and that the service speaks TLS 1.2."
        ),
    )
