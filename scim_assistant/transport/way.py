"""Looks at the way to a service, layer below layer: its name, a connection, the handshake. Sends nothing of HTTP to it.

What is looked at goes the way of every request: same proxy, same order of addresses, same trust.
"""

from __future__ import annotations

import ipaddress
import ssl
import time
import typing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import certifi
import httpcore
import httpx

from scim_assistant.errors import Reach, Unreachable
from scim_assistant.sentence import Sentence, say
from scim_assistant.transport import (
    HttpRequest,
    connections,
    details_of,
    faults,
    odd_address,
    proxies,
)
from scim_assistant.transport.certificates import Certificate, read_certificate
from scim_assistant.transport.exchange import Exchange, under
from scim_assistant.transport.proxies import Proxy
from scim_assistant.transport.survey import Connected, Handshake, HandshakeFailed, NameFound
from scim_assistant.transport.tls_faults import refusal_of
from scim_assistant.work import Asker, Slow, Work

MICROSOFT_SUITES = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-SHA256",
    "ECDHE-ECDSA-AES256-SHA384",
    "ECDHE-RSA-AES128-SHA256",
    "ECDHE-RSA-AES256-SHA384",
)
"""The TLS 1.2 suites of which a service has to speak one, by OpenSSL's names.

Source: Microsoft, "Develop and plan provisioning for a SCIM endpoint", security requirements.
"""

SIDE_LOOK = 0.25
"""The share of the time that each look beside the first may take; without it there is one fact less."""
LINK_MISSING = frozenset({2, 20, 21})
"""What a chain with a link missing is refused for: OpenSSL's numbers.

Source: OpenSSL's x509_vfy.h.
"""


def look_up(url: str, work: Work, patience_s: float) -> NameFound:
    """Ask for the addresses of the host in ``url``: see ``Surveyor``."""
    place = _place(url, say("The host name was not looked up."), patience_s)
    if place.proxy is not None:
        return NameFound(place.host, proxy=place.proxy.host)
    try:
        literal = ipaddress.ip_address(place.host)
    except ValueError:
        pass
    else:
        text = (str(literal),)
        return NameFound(place.host, v4=text) if literal.version == 4 else NameFound(place.host, v6=text)
    exchange = Exchange(time.monotonic() + patience_s, work)
    began = time.monotonic()
    with _explaining(place, exchange):
        try:
            found = Asker("look up").ask(
                lambda: connections.addresses_of(place.host, place.port), work=work, patience_s=patience_s
            )
        except Slow:
            raise _no_name_server(place) from None
    seconds = time.monotonic() - began
    v6 = tuple(each for each in found if ":" in each)
    return NameFound(place.host, tuple(each for each in found if each not in v6), v6, seconds)


def connect(url: str, work: Work, patience_s: float) -> Connected:
    """Open a connection to the host and port in ``url`` and close it: see ``Surveyor``."""
    place = _place(url, say("No connection was made."), patience_s)
    exchange = place.exchange(work)
    began = time.monotonic()
    with under(exchange), _explaining(place, exchange):
        place.open().close()
    seconds = time.monotonic() - began
    failed = tuple(exchange.failed)
    if place.proxy is None:
        return Connected(exchange.address, place.port, exchange.connect_s, failed=failed)
    return Connected(exchange.address, place.proxy_port(), seconds, place.proxy.host, failed)


def shake_hands(url: str, work: Work, patience_s: float) -> Handshake:
    """Agree on encryption as a request would, and look at the certificate: see ``Surveyor``.

    Three connections, one after the other: as requests make it; judged by Mozilla's list alone; and as Microsoft's
    service would, with TLS 1.2 and its suites. Where the first is refused, a look that accepts everything sees why.
    """
    place = _place(url, say("No encryption was agreed on."), patience_s)
    if not place.secure:
        raise odd_address(place.request)
    context = connections.system_trust()
    exchange = place.exchange(work)
    try:
        with _explaining(place, exchange):
            shaken = _shake(place, exchange, context)
    except Unreachable as error:
        if error.reach is not Reach.TLS:
            raise
        shown = _look(place, place.beside(work), _everything())
        raise HandshakeFailed(
            error.what,
            error.why,
            error.next_step,
            error.details,
            refusal=refusal_of(faults.first_cause(error, ssl.SSLError), exchange.suite),
            shown=_completed(shown, place, work) if isinstance(shown, _Shaken) else None,
        ) from error
    return _completed(shaken, place, work)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a look goes."""

    host: str
    port: int
    secure: bool
    proxy: Proxy | None
    request: HttpRequest

    def proxy_port(self) -> int:
        """The port of the proxy that leads there."""
        if self.proxy is None:
            return 0
        return self.proxy.port or (443 if self.proxy.scheme == "https" else 80)

    def beside(self, work: Work) -> Exchange:
        """The time of a look beside the first."""
        return self.exchange(work, SIDE_LOOK)

    def exchange(self, work: Work, share: float = 1.0) -> Exchange:
        """A look's own time, or a share of it, and what it learns."""
        return Exchange(
            time.monotonic() + self.request.timeout_s * share,
            work,
            handshakes=int(self.secure) + int(self.proxy is not None and self.proxy.scheme == "https"),
        )

    def open(self) -> httpcore.NetworkStream:
        """Connect as a request would; a plain one goes no further than to the proxy, which passes it on itself."""
        if self.proxy is not None and not self.secure:
            return connections.backend_for(None).connect_tcp(self.proxy.host, self.proxy_port())
        return connections.backend_for(self.proxy).connect_tcp(self.host, self.port)


@dataclass(frozen=True, slots=True)
class _Shaken:
    """What came of a handshake."""

    version: str
    cipher: str
    seconds: float
    certificate: Certificate


def _place(url: str, what: Sentence, patience_s: float) -> _Place:
    request = HttpRequest("", url, what, timeout_s=patience_s)
    try:
        asked = urlsplit(url).hostname or ""
        proxy = proxies.proxy_for(url)
        address = httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        raise odd_address(request) from None
    # As httpx writes it: names beyond ASCII in their IDNA form, IPv6 without its brackets.
    host, secure = address.raw_host.decode("ascii"), address.scheme == "https"
    if not asked or not host or address.scheme not in proxies.WEB:
        raise odd_address(request)
    if proxy is not None and proxy.scheme not in proxies.WEB:
        raise faults.unusable_proxy(request, asked, proxy)
    return _Place(host, address.port or (443 if secure else 80), secure, proxy, request)


@contextmanager
def _explaining(place: _Place, exchange: Exchange) -> Iterator[None]:
    try:
        yield
    except connections.ADDRESS_FAULTS:
        raise odd_address(place.request) from None
    except connections.NETWORK_FAULTS as fault:
        raise faults.explained(
            fault, place.request, host=place.host, proxy=place.proxy, status=0, exchange=exchange
        ) from fault


def _no_name_server(place: _Place) -> Unreachable:
    return Unreachable(
        place.request.what,
        say(
            "Nobody answered within {seconds:g} seconds when {host} was looked up.",
            seconds=place.request.timeout_s,
            host=place.host,
        ),
        say("Check that this computer is online, and its VPN and name servers, then try again."),
        details_of(place.request),
        reach=Reach.NAME,
    )


def _shake(place: _Place, exchange: Exchange, context: ssl.SSLContext) -> _Shaken:
    context.set_alpn_protocols(["http/1.1"])
    judge = typing.cast("ssl.SSLContext", connections.Handshaker(lambda: context))
    with under(exchange):
        stream = place.open()
        try:
            began = time.monotonic()
            stream = stream.start_tls(judge, place.host)
            seconds = time.monotonic() - began
            tls = stream.get_extra_info("ssl_object")
            der = tls.getpeercert(True)
            cipher = tls.cipher()
            return _Shaken(
                str(tls.version() or ""),
                str(cipher[0]) if cipher else "",
                seconds,
                read_certificate(der) if der else Certificate(),
            )
        finally:
            stream.close()


def _look(place: _Place, exchange: Exchange, context: ssl.SSLContext) -> _Shaken | Exception:
    """A handshake whose failure is a fact like any other."""
    try:
        return _shake(place, exchange, context)
    except (*connections.NETWORK_FAULTS, *connections.ADDRESS_FAULTS) as fault:
        return fault


def _completed(shaken: _Shaken, place: _Place, work: Work) -> Handshake:
    certificate = shaken.certificate
    handshake = Handshake(
        shaken.version,
        shaken.cipher,
        shaken.seconds,
        certificate.subject,
        certificate.names,
        certificate.issuer,
        certificate.not_before,
        certificate.not_after,
        certificate.key,
        certificate.key_bits,
        public=_is_public(_look(place, place.beside(work), _public()), certificate),
    )
    exchange = place.beside(work)
    agreed = _look(place, exchange, _microsoft())
    if isinstance(agreed, _Shaken):
        return replace(handshake, for_microsoft=True, for_microsoft_said=f"{agreed.version} {agreed.cipher}")
    if exchange.suite:  # agreed on, and then refused for something else, such as a certificate that is wanted
        return replace(handshake, for_microsoft=True, for_microsoft_said=exchange.suite)
    return replace(
        handshake,
        for_microsoft=False if _refused(agreed) else None,
        for_microsoft_said=faults.spoken(agreed),
    )


def _is_public(found: _Shaken | Exception, certificate: Certificate) -> bool | None:
    if isinstance(found, _Shaken):
        return True
    refusal = faults.first_cause(found, ssl.SSLCertVerificationError)
    if refusal is None:
        return None
    # Some systems fetch a link that the service forgot to send; only who sees it can tell where the chain leads.
    if refusal.verify_code in LINK_MISSING and certificate.logged:
        return None
    return False


def _refused(fault: Exception) -> bool:
    """Whether the other side did not want to, rather than was out of reach."""
    return any(
        faults.first_cause(fault, kind) is not None
        for kind in (ssl.SSLError, ConnectionResetError, ConnectionAbortedError, BrokenPipeError)
    )


def _public() -> ssl.SSLContext:
    """Trusts Mozilla's list and nothing that this computer was told to trust."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # the name was judged already
    context.load_verify_locations(certifi.where())
    return context


def _microsoft() -> ssl.SSLContext:
    """Speaks what Microsoft's service speaks, and judges nothing."""
    context = _unjudging()
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(":".join(MICROSOFT_SUITES))
    return context


def _everything() -> ssl.SSLContext:
    """Accepts every certificate and every version that this computer still knows: to look, not to send."""
    context = _unjudging()
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def _unjudging() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
