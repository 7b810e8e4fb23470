"""What a look at the way to a service brings, layer below layer, before anything is asked: facts, no judgement.

``HttpTransport`` makes these facts (``Surveyor``); ``scim/`` judges them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from scim_assistant.errors import Details, Reach, Unreachable
from scim_assistant.sentence import Sentence
from scim_assistant.transport import Transport
from scim_assistant.work import Work


@dataclass(frozen=True, slots=True)
class NameFound:
    """What a host name leads to.

    Attributes:
        host: The name that was asked for, or the address that stood in its place.
        v4: IPv4 addresses (A).
        v6: IPv6 addresses (AAAA).
        seconds: How long the answer took.
        proxy: Who looks the name up instead; ``v4`` and ``v6`` are empty then. Empty for a direct connection.
    """

    host: str
    v4: tuple[str, ...] = ()
    v6: tuple[str, ...] = ()
    seconds: float = 0.0
    proxy: str = ""


@dataclass(frozen=True, slots=True)
class Connected:
    """A TCP connection that stood.

    Attributes:
        address: IP address that was connected to; the proxy's where there is one.
        port: Port of it.
        seconds: From the first packet until it stood (through a proxy: until its tunnel was open).
        proxy: Host of the proxy that it leads through; empty for none.
        failed: Addresses of the same name that did not answer, with what the system said.
    """

    address: str
    port: int
    seconds: float
    proxy: str = ""
    failed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Handshake:
    """A TLS handshake and the certificate that came with it.

    Attributes:
        version: Such as ``TLSv1.3``.
        cipher: OpenSSL's name of the cipher suite.
        seconds: How long it took.
        subject: Common name, else the first name that the certificate is for.
        names: DNS names and IP addresses that it is for.
        issuer: Who signed it: organisation and common name.
        not_before, not_after: Validity, aware UTC; None where it could not be read.
        key: Kind and size of the public key, such as ``RSA 2048``; empty where it could not be read.
        key_bits: Its size in bits; 0 where unknown.
        public: Whether it also leads to an authority that everybody trusts (Mozilla's list), not only to one that
            this computer was told to trust: a filter that signs anew, or a company's own authority. None: not known.
        for_microsoft: Whether TLS 1.2 with one of the suites that Microsoft's service speaks was agreed on as well.
            None: not tried.
        for_microsoft_said: What was agreed on there (version and suite), or what the system said where nothing was.
    """

    version: str
    cipher: str
    seconds: float
    subject: str = ""
    names: tuple[str, ...] = ()
    issuer: str = ""
    not_before: datetime | None = None
    not_after: datetime | None = None
    key: str = ""
    key_bits: int = 0
    public: bool | None = None
    for_microsoft: bool | None = None
    for_microsoft_said: str = ""


class Refusal(StrEnum):
    """Why no encryption was agreed on."""

    EXPIRED = "expired"
    NOT_YET_VALID = "not yet valid"
    WRONG_NAME = "wrong name"
    SELF_SIGNED = "self signed"
    WEAK = "weak"
    """A key or a signature that is too short or too old."""
    REVOKED = "revoked"
    UNTRUSTED = "untrusted"
    """This computer does not know who signed it, or cannot tell."""
    OLD_VERSION = "old version"
    NOTHING_SHARED = "nothing shared"
    """No suite in common; some services say the same of other things that they do not like."""
    NOT_TLS = "not tls"
    """What answers speaks without encryption."""
    WANTS_CERTIFICATE = "wants certificate"
    """The service wants a certificate of whoever connects, or so it seems."""
    UNKNOWN_NAME = "unknown name"
    """The server that was reached says that it does not know the name."""
    CLOSED = "closed"
    """The connection was closed in the middle: by the service, or by somebody on the way."""
    OTHER = "other"


class HandshakeFailed(Unreachable):
    """No encryption was agreed on, or the certificate was not accepted. Nothing was sent.

    Attributes:
        refusal: Why.
        shown: What a second look that accepts everything has seen: the certificate that was refused, or the old
            version that the service speaks. None where nothing was to be seen. ``public`` tells whether the
            certificate leads to an authority that everybody trusts although this computer does not.
    """

    def __init__(
        self,
        what: Sentence,
        why: Sentence,
        next_step: Sentence,
        details: Details | None = None,
        *,
        refusal: Refusal = Refusal.OTHER,
        shown: Handshake | None = None,
    ) -> None:
        super().__init__(what, why, next_step, details, reach=Reach.TLS)
        self.refusal = refusal
        self.shown = shown


class Surveyor(Transport, Protocol):
    """A transport that can also look at the way. No look sends a token, or anything else of HTTP."""

    def look_up(self, url: str, work: Work) -> NameFound:
        """Ask for the addresses of the host in ``url``.

        Raises:
            Unreachable: It has none (``Reach.NAME``), or the proxy that is set cannot be used (``Reach.PROXY``).
            Cancelled: The person pressed Cancel.
        """
        ...

    def connect(self, url: str, work: Work) -> Connected:
        """Open a connection to the host and port in ``url``, through the proxy where one is set, and close it.

        Raises:
            Unreachable: ``Reach.REFUSED``, ``TIMEOUT``, ``PROXY``, ``NAME`` or ``BROKEN``.
            Cancelled: The person pressed Cancel.
        """
        ...

    def shake_hands(self, url: str, work: Work) -> Handshake:
        """Agree on encryption with the host in ``url`` as a request would, and look at its certificate.

        Raises:
            HandshakeFailed: The certificate is not accepted or nothing was agreed on.
            Unreachable: A lower layer failed.
            Cancelled: The person pressed Cancel.
        """
        ...
