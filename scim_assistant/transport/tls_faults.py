"""Why no encryption was agreed on, told by numbers and reasons, never by prose."""

from __future__ import annotations

import ssl

from scim_assistant.errors import Reach
from scim_assistant.sentence import Sentence, say
from scim_assistant.transport.survey import Refusal

Layer = tuple[Reach, Sentence, Sentence]
"""Which layer, why, and the next step."""

OF_CERTIFICATE = {
    Refusal.EXPIRED: frozenset({10, 0x800B0101, -67818}),
    Refusal.NOT_YET_VALID: frozenset({9, -67819}),
    Refusal.WRONG_NAME: frozenset({62, 64, 0x800B010F, -67602}),
    Refusal.SELF_SIGNED: frozenset({18}),
    Refusal.WEAK: frozenset({66, 67, 68}),
    Refusal.REVOKED: frozenset({23, 0x800B010C, 0x80092010, -67820}),
}
"""What a certificate can be refused for: OpenSSL's, Windows' and macOS' numbers.

Source: OpenSSL's x509_vfy.h, Windows' winerror.h (CERT_E_..., CRYPT_E_...), macOS' SecBase.h (errSec...).
"""

OF_HANDSHAKE = {
    Refusal.OLD_VERSION: frozenset(
        {"TLSV1_ALERT_PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "WRONG_SSL_VERSION"}
    ),
    Refusal.NOT_TLS: frozenset(
        {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE"}
    ),
    Refusal.UNKNOWN_NAME: frozenset({"TLSV1_UNRECOGNIZED_NAME"}),
    Refusal.WANTS_CERTIFICATE: frozenset(
        {
            "SSLV3_ALERT_NO_CERTIFICATE",
            "SSLV3_ALERT_BAD_CERTIFICATE",
            "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
        }
    ),
    Refusal.NOTHING_SHARED: frozenset(
        {"SSLV3_ALERT_HANDSHAKE_FAILURE", "NO_SHARED_CIPHER", "DH_KEY_TOO_SMALL"}
    ),
}
"""Why nothing was agreed on: OpenSSL's reasons.

Source: OpenSSL's sslerr.h (SSL_R_...).
"""


def refusal_of(fault: BaseException | None, suite: str = "") -> Refusal:
    """Why hands were not shaken.

    Args:
        fault: The error that ended it; None for a connection that was closed.
        suite: What was agreed on before; a "handshake failure" after that is about something else, and the one thing
            that is left to refuse then is that no certificate was sent (RFC 5246 section 7.4.6).
    """
    if isinstance(fault, ssl.SSLCertVerificationError):
        number = getattr(fault, "verify_code", 0)
        return next((why for why, numbers in OF_CERTIFICATE.items() if number in numbers), Refusal.UNTRUSTED)
    if isinstance(fault, ssl.SSLError) and not isinstance(fault, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        if suite and fault.reason == "SSLV3_ALERT_HANDSHAKE_FAILURE":
            return Refusal.WANTS_CERTIFICATE
        return next((why for why, reasons in OF_HANDSHAKE.items() if fault.reason in reasons), Refusal.OTHER)
    return Refusal.CLOSED


def refused_handshake(fault: ssl.SSLError, host: str, suite: str) -> Layer:
    """What an error of TLS itself means; ``suite`` is what was agreed on before, if anything."""
    return Reach.TLS, *_worded(refusal_of(fault, suite), host)


def broken_handshake(host: str, *, timed_out: bool) -> Layer:
    """A connection that stood and then failed while hands were shaken."""
    if timed_out:
        return (
            Reach.TIMEOUT,
            say("{host} took the connection, and then said nothing about encryption in time.", host=host),
            say(
                "Check the port of the address, and whether a firewall or VPN on the way lets encrypted connections"
                " through."
            ),
        )
    return Reach.TLS, *_worded(Refusal.CLOSED, host)


def _worded(refusal: Refusal, host: str) -> tuple[Sentence, Sentence]:
    """Why, and the next step."""
    match refusal:
        case Refusal.EXPIRED:
            return (
                say("The certificate of {host} has expired.", host=host),
                say(
                    "Check this computer's date and time. If they are right, whoever runs {host} has to renew it.",
                    host=host,
                ),
            )
        case Refusal.NOT_YET_VALID:
            return (
                say("The certificate of {host} is not valid yet.", host=host),
                say("Check this computer's date and time, then try again."),
            )
        case Refusal.WRONG_NAME:
            return (
                say("The certificate that came from {host} was issued for another name.", host=host),
                say("Check the spelling of the address; what answers there may not be the service you mean."),
            )
        case Refusal.SELF_SIGNED:
            return (
                say("{host} vouches for itself: no authority has signed its certificate.", host=host),
                say(
                    "Check the address. If it is right, whoever runs {host} has to install a certificate of an"
                    " authority that this computer trusts.",
                    host=host,
                ),
            )
        case Refusal.WEAK:
            return (
                say("The certificate of {host} has a key or a signature that is too weak.", host=host),
                say(
                    "Whoever runs {host} has to install one with a key of at least 2,048 bits (RSA) or 256 bits (ECC).",
                    host=host,
                ),
            )
        case Refusal.REVOKED:
            return (
                say("The certificate of {host} was withdrawn by the authority that issued it.", host=host),
                say("Whoever runs {host} has to install a new one.", host=host),
            )
        case Refusal.UNTRUSTED:
            return (
                say("This computer does not trust the certificate of {host}.", host=host),
                say(
                    "Check the address. If your company inspects encrypted traffic, ask your network team to install"
                    " its certificate on this computer."
                ),
            )
        case Refusal.OLD_VERSION:
            return (
                say("{host} speaks no version of TLS that is still safe.", host=host),
                say("Whoever runs {host} has to switch TLS 1.2 on.", host=host),
            )
        case Refusal.NOTHING_SHARED:
            return (
                say("{host} and this computer have no way of encryption in common.", host=host),
                say("Whoever runs {host} has to allow TLS 1.2 with the cipher suites of today.", host=host),
            )
        case Refusal.WANTS_CERTIFICATE:
            return (
                say(
                    "{host} broke off while encryption was agreed on: most likely it wants a certificate of whoever"
                    " connects, not only a token.",
                    host=host,
                ),
                say("Ask whoever runs {host} for an address where the token is enough.", host=host),
            )
        case Refusal.NOT_TLS:
            return (
                say("What answers at {host} speaks without encryption.", host=host),
                say("Check the address and its port: another port may be the one for https."),
            )
        case Refusal.UNKNOWN_NAME:
            return (
                say("The server that was reached does not know the name {host}.", host=host),
                say("Check the spelling of the address."),
            )
        case Refusal.CLOSED:
            return (
                say("{host} closed the connection while encryption was agreed on.", host=host),
                say(
                    "Check the address and its port. If they are right, a firewall on the way may be at fault, or"
                    " whoever runs {host} has to make TLS 1.2 work.",
                    host=host,
                ),
            )
        case Refusal.OTHER:
            return (
                say("No encrypted connection to {host} could be agreed on.", host=host),
                say(
                    "Check that the address begins with the right scheme and port, and that the service speaks TLS 1.2."
                ),
            )
