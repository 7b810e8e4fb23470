"""Why no answer came: which layer failed, and what a person can do about it."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterable, Iterator
from typing import TypeVar

from scim_assistant.errors import KnownError, Reach, Unreachable, UnreadableAnswer
from scim_assistant.sentence import Sentence, say
from scim_assistant.transport import HttpRequest, NoAnswer, connections, details_of
from scim_assistant.transport.exchange import Exchange
from scim_assistant.transport.proxies import Proxy
from scim_assistant.transport.tls_faults import Layer, broken_handshake, refused_handshake

SIGN_INS = re.compile(rb"^proxy-authenticate:[ \t]*([a-z0-9-]+)", re.IGNORECASE | re.MULTILINE)
STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([0-9]{3})(?: ([\x20-\x7e]*))?\r?\n")
QUOTED = re.compile(r"[ :]*(?:bytearray\()?b['\"].*", re.DOTALL)
"""Where the words of an HTTP library go on with the bytes that it did not like."""
WEB_PAGE = re.compile(rb"^content-type:[ \t]*text/html", re.IGNORECASE | re.MULTILINE)

_WANTS_CERTIFICATE = "TLSV13_ALERT_CERTIFICATE_REQUIRED"
"""OpenSSL's reason for alert 116. Source: RFC 8446 section 6.2."""


def explained(
    fault: Exception,
    request: HttpRequest,
    *,
    host: str,
    proxy: Proxy | None,
    status: int,
    exchange: Exchange,
) -> KnownError:
    """The known error for a failure of the network."""
    causes = tuple(_causes(fault))
    timed_out = isinstance(fault, connections.TIMEOUTS)
    if status:
        return UnreadableAnswer(
            request.what,
            _broke_off(request, host, timed_out, exchange),
            say("Try again; if it stays so, the service or a proxy on the way is at fault."),
            details_of(request, status, _spoken(causes)),
        )
    if proxy is not None and not exchange.sent:
        reach, why, next_step = _on_the_way(causes, timed_out, host, proxy, exchange)
        said = _status_line(exchange.heard) or _spoken(causes)
    else:
        reach, why, next_step = _direct(fault, causes, request, host=host, exchange=exchange)
        said = _spoken(causes)
    kind = NoAnswer if exchange.sent else Unreachable
    return kind(request.what, why, next_step, details_of(request, 0, said), reach=reach)


def refused_by_proxy(request: HttpRequest, host: str, proxy: Proxy, challenges: Iterable[str]) -> KnownError:
    """The known error where the proxy wants a sign-in before it passes a request on (no tunnel)."""
    reach, why, next_step = _sign_in(host, proxy, [each.split(" ")[0] for each in challenges])
    return Unreachable(request.what, why, next_step, details_of(request), reach=reach)


def unusable_proxy(request: HttpRequest, host: str, proxy: Proxy) -> KnownError:
    """The known error for a proxy that cannot be used as it is set."""
    if proxy.scheme:
        why = say(
            "The proxy {proxy} is of the kind {kind}, which this program cannot use.",
            proxy=proxy.host,
            kind=proxy.scheme.upper(),
        )
        next_step = say(
            "Set HTTPS_PROXY to the address of an HTTP proxy, or add {host} to NO_PROXY if it can be reached directly.",
            host=host,
        )
    else:
        why = (
            say("The proxy address in {variable} is not one that can be used.", variable=proxy.origin)
            if proxy.origin
            else say("The proxy address in this computer's settings is not one that can be used.")
        )
        next_step = say(
            "Write it as http://proxy.example.com:8080. Special characters in a user name or password need their"
            " percent form there, such as %40 for @."
        )
    return Unreachable(request.what, why, next_step, details_of(request), reach=Reach.PROXY)


def _causes(fault: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    cause: BaseException | None = fault
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__


F = TypeVar("F", bound=BaseException)


def first_cause(fault: BaseException, kind: type[F]) -> F | None:
    """The first of a kind among a failure and what it came from."""
    return next((cause for cause in _causes(fault) if isinstance(cause, kind)), None)


def spoken(fault: BaseException) -> str:
    """The system's own words for a failure."""
    return _spoken(tuple(_causes(fault))) or ""


def _spoken(causes: tuple[BaseException, ...]) -> str | None:
    """The system's own words for a failure; never a header, since those were looked at before.

    What a service has sent is left out of them: it may repeat the token.
    """
    for cause in reversed(causes):
        if isinstance(cause, OSError) and str(cause):
            return str(cause)[:300]
    return QUOTED.sub("", str(causes[0]))[:300] or None


def _status_line(heard: bytes) -> str | None:
    found = STATUS_LINE.match(heard)
    return " ".join(part.decode() for part in found.groups() if part)[:300] if found else None


def _on_the_way(
    causes: tuple[BaseException, ...],
    timed_out: bool,
    host: str,
    proxy: Proxy,
    exchange: Exchange,
) -> Layer:
    """What failed between here and the service, where a proxy stands between."""
    check = (
        say("Check the proxy address in {variable}, or ask your network team.", variable=proxy.origin)
        if proxy.origin
        else say("Check the proxy in this computer's network settings, or ask your network team.")
    )
    if not exchange.reached:
        if any(isinstance(cause, socket.gaierror) for cause in causes):
            why = say("The name of the proxy, {proxy}, was not found.", proxy=proxy.host)
        elif timed_out:
            why = say("No connection to the proxy {proxy} could be made in time.", proxy=proxy.host)
        else:
            why = say("No connection to the proxy {proxy} could be made.", proxy=proxy.host)
        return Reach.PROXY, why, check
    tls = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
    if tls is not None and proxy.scheme == "https" and exchange.pending == exchange.handshakes:
        return Reach.PROXY, refused_handshake(tls, proxy.host, exchange.suite)[1], check
    head, _, rest = exchange.heard.partition(b"\r\n\r\n")
    found = STATUS_LINE.match(exchange.heard)
    if found is None:
        if exchange.heard:
            return Reach.PROXY, say("What answers at {proxy} is not a web proxy.", proxy=proxy.host), check
        if timed_out:
            return Reach.PROXY, say("The proxy {proxy} did not answer in time.", proxy=proxy.host), check
        return (
            Reach.PROXY,
            say("The proxy {proxy} closed the connection without an answer.", proxy=proxy.host),
            check,
        )
    status = int(found[1])
    if 200 <= status < 300:
        if rest or (tls is not None and WEB_PAGE.search(head)):
            return (
                Reach.PROXY,
                say("The proxy {proxy} answered with a web page instead of a connection.", proxy=proxy.host),
                check,
            )
        if tls is not None:
            return refused_handshake(tls, host, exchange.suite)
        return (
            (
                Reach.TIMEOUT,
                say("{host} did not answer in time through the proxy {proxy}.", host=host, proxy=proxy.host),
            )
            if timed_out
            else (
                Reach.BROKEN,
                say("The connection to {host} broke behind the proxy {proxy}.", host=host, proxy=proxy.host),
            )
        ) + (
            say(
                "Try again; if it stays so, ask your network team whether the proxy may reach {host}.",
                host=host,
            ),
        )
    if status == 407:
        return _sign_in(host, proxy, [kind.decode() for kind in SIGN_INS.findall(head)])
    if 300 <= status < 400:
        return (
            Reach.PROXY,
            say("The proxy {proxy} wants to show a web page first.", proxy=proxy.host),
            say("Open any web page in a browser, sign in to the network there, then try again."),
        )
    if status in (502, 503, 504):
        return (
            Reach.PROXY,
            say("The proxy {proxy} could not reach {host}.", proxy=proxy.host, host=host),
            say(
                "Check the spelling of {host}, then try again; if it stays so, ask your network team.",
                host=host,
            ),
        )
    return (
        Reach.PROXY,
        say("The proxy {proxy} did not let the connection through.", proxy=proxy.host),
        say(
            "Check the proxy settings of this computer, or ask your network team to allow {host}.", host=host
        ),
    )


def _sign_in(host: str, proxy: Proxy, kinds: Iterable[str]) -> Layer:
    """The proxy wants to know who asks. Only a user name and password in its address can be given (Basic).

    Source: RFC 9110 sections 11.7.1 (Proxy-Authenticate) and 15.5.8 (status 407).
    """
    kinds = list(dict.fromkeys(kind.strip(",").capitalize() for kind in kinds))
    if kinds and "Basic" not in kinds:
        return (
            Reach.PROXY,
            say(
                "The proxy {proxy} asks for a sign-in of the kind {kinds}, which this program cannot give.",
                proxy=proxy.host,
                kinds=", ".join("NTLM" if kind == "Ntlm" else kind for kind in kinds),
            ),
            say("Ask your network team to let this computer reach {host} without that sign-in.", host=host),
        )
    if proxy.user:
        return (
            Reach.PROXY,
            say(
                "The proxy {proxy} did not accept the user name and password in its address.",
                proxy=proxy.host,
            ),
            say(
                "Correct them in {variable} and start the program again. Special characters need their percent form,"
                " such as %40 for @.",
                variable=proxy.origin or "HTTPS_PROXY",
            ),
        )
    return (
        Reach.PROXY,
        say("The proxy {proxy} asks for a user name and password.", proxy=proxy.host),
        say(
            "Set the environment variable {variable} to http://name:password@{address} and start the program again."
            " Special characters need their percent form, such as %40 for @.",
            variable=proxy.origin or "HTTPS_PROXY",
            address=proxy.address().partition("://")[2],
        ),
    )


def _direct(
    fault: Exception,
    causes: tuple[BaseException, ...],
    request: HttpRequest,
    *,
    host: str,
    exchange: Exchange,
) -> Layer:
    """What failed where nothing stands between here and the service, or where the request was through already."""
    sent = exchange.sent
    tls = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
    if tls is not None and tls.reason == _WANTS_CERTIFICATE:  # TLS 1.3 says so after the request only
        return (
            Reach.BROKEN,
            say("{host} wants a certificate of whoever connects, not only a token.", host=host),
            say("Ask whoever runs {host} for an address where the token is enough.", host=host),
        )
    if tls is not None and not sent:
        return refused_handshake(tls, host, exchange.suite)
    if exchange.reached and exchange.pending and not sent:
        return broken_handshake(host, timed_out=isinstance(fault, connections.TIMEOUTS))
    unknown = next((cause for cause in causes if isinstance(cause, socket.gaierror)), None)
    if unknown is not None:
        return _no_name(unknown, host)
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes) and not sent:
        return (
            Reach.REFUSED,
            say("{host} refused the connection: nothing listens at that address.", host=host),
            say("Check the address and its port, and whether the service is running."),
        )
    if isinstance(fault, connections.TIMEOUTS):
        if sent:
            return (
                Reach.TIMEOUT,
                say(
                    "{host} did not answer within {seconds:g} seconds.", host=host, seconds=request.timeout_s
                ),
                say("Check this computer's network and firewall, then try again."),
            )
        return (
            Reach.TIMEOUT,
            say("No connection to {host} could be made in time.", host=host),
            _perhaps_a_proxy(),
        )
    if not sent and isinstance(fault, connections.CONNECT_FAULTS):
        return (
            Reach.REFUSED,
            say("This computer's network has no way to {host}.", host=host),
            _perhaps_a_proxy(),
        )
    if sent and isinstance(fault, connections.BAD_HTTP) and exchange.received:
        return _no_http(host, exchange)
    return (
        Reach.BROKEN,
        say("{host} closed the connection without an answer.", host=host)
        if exchange.ended
        else say("The connection to {host} broke before an answer came.", host=host),
        say("Try again; if it stays so, the service or a proxy on the way is at fault."),
    )


def _no_name(fault: socket.gaierror, host: str) -> Layer:
    if fault.errno == socket.EAI_AGAIN:
        return (
            Reach.NAME,
            say("No name server answered when {host} was looked up.", host=host),
            say(
                "Check that this computer is online, and its VPN, then try again. Where only a proxy leads out of the"
                " network, set HTTPS_PROXY to its address."
            ),
        )
    return (
        Reach.NAME,
        say("The name {host} was not found.", host=host),
        say(
            "Check the spelling of the address, and that this computer is online. Where only a proxy leads out of"
            " the network, set HTTPS_PROXY to its address."
        ),
    )


def left_over(request: HttpRequest, host: str, status: int) -> KnownError:
    """The known error where the answer was there before the question: the rest of an earlier one."""
    return UnreadableAnswer(
        request.what,
        say(
            "An earlier answer of {host} was longer than it said, and its rest came as the next one.",
            host=host,
        ),
        say(
            "Whoever runs {host} has to correct the length that its answers give (Content-Length).", host=host
        ),
        details_of(request, status),
    )


def _broke_off(request: HttpRequest, host: str, timed_out: bool, exchange: Exchange) -> Sentence:
    """Why an answer has a head but no end."""
    if timed_out:
        return say(
            "The answer of {host} did not arrive in full within {seconds:g} seconds.",
            host=host,
            seconds=request.timeout_s,
        )
    if exchange.ended:
        return say("{host} stopped in the middle of its answer.", host=host)
    return say("The answer of {host} is cut into pieces whose lengths cannot be read.", host=host)


def _no_http(host: str, exchange: Exchange) -> Layer:
    """What came that is no HTTP answer, told by its first bytes.

    Source: RFC 9112 section 4 (status line); RFC 8446 section 5.1 (alert and handshake records).
    """
    again = say("Try again; if it stays so, the service or a proxy on the way is at fault.")
    if exchange.begins[:2] in (b"\x15\x03", b"\x16\x03"):
        return (
            Reach.BROKEN,
            say("What answers at {host} wants an encrypted connection.", host=host),
            say("Begin the address with https, or correct its port."),
        )
    if not exchange.begins.startswith(b"HTTP/"[: len(exchange.begins)]):
        return (
            Reach.BROKEN,
            say("What answers at {host} is not a web service.", host=host),
            say("Check the address and its port; something else listens there."),
        )
    if exchange.received >= connections.HEAD_BYTES:
        return (
            Reach.BROKEN,
            say(
                "The answer of {host} begins with headers longer than {limit:,} bytes, so reading it was stopped.",
                host=host,
                limit=connections.HEAD_BYTES,
            ),
            again,
        )
    if exchange.ended:
        return Reach.BROKEN, say("{host} stopped in the middle of its answer.", host=host), again
    return (
        Reach.BROKEN,
        say("The beginning of the answer of {host} cannot be read: it breaks the rules of HTTP.", host=host),
        again,
    )


def _perhaps_a_proxy() -> Sentence:
    return say(
        "Check that this computer is online, and its VPN and firewall, then try again. If your network hands out its"
        " proxy by a script (PAC), this program cannot read it: set HTTPS_PROXY to the proxy's address."
    )
