"""Reads what a certificate says. Whether it is to be trusted is decided elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.x509.oid import ExtensionOID, NameOID


@dataclass(frozen=True, slots=True)
class Certificate:
    """What stands in a certificate; empty, zero or None where it could not be read.

    Attributes:
        subject: Common name, else the first name that it is for.
        names: DNS names and IP addresses that it is for.
        issuer: Who signed it: organisation and common name.
        not_before, not_after: Validity, aware UTC.
        key: Kind and size of the public key, such as ``RSA 2048``.
        key_bits: Its size in bits.
        logged: It says that it stands in public logs, as browsers want it of every authority that they trust.
    """

    subject: str = ""
    names: tuple[str, ...] = ()
    issuer: str = ""
    not_before: datetime | None = None
    not_after: datetime | None = None
    key: str = ""
    key_bits: int = 0
    logged: bool = False


def read_certificate(der: bytes) -> Certificate:
    """Read a certificate as it came over the wire. One that cannot be read has nothing to say.

    Source: RFC 5280 section 4; RFC 6962 section 3.3 for the logs.
    """
    try:
        found = x509.load_der_x509_certificate(der)
        subject, issuer = _text(found.subject, NameOID.COMMON_NAME), _issuer(found.issuer)
        validity = found.not_valid_before_utc, found.not_valid_after_utc
    except (ValueError, x509.InvalidVersion):
        return Certificate()
    names = _names(found)
    key, bits = _key(found)
    return Certificate(
        subject or next(iter(names), ""), names, issuer, *validity, key, bits, _is_logged(found)
    )


def _text(name: x509.Name, what: x509.ObjectIdentifier) -> str:
    values = [each.value for each in name.get_attributes_for_oid(what)]
    return next((each for each in values if isinstance(each, str)), "")


def _issuer(name: x509.Name) -> str:
    organisation, common = _text(name, NameOID.ORGANIZATION_NAME), _text(name, NameOID.COMMON_NAME)
    parts = dict.fromkeys(part for part in (organisation, common) if part)
    return ", ".join(parts) or name.rfc4514_string()


def _names(found: x509.Certificate) -> tuple[str, ...]:
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return (
            *names.get_values_for_type(x509.DNSName),
            *map(str, names.get_values_for_type(x509.IPAddress)),
        )
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return ()


def _key(found: x509.Certificate) -> tuple[str, int]:
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        key = found.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return "", 0
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}", key.key_size
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"ECC {key.key_size}", key.key_size
    if isinstance(key, dsa.DSAPublicKey):
        return f"DSA {key.key_size}", key.key_size
    return type(key).__name__.strip("_").removesuffix("PublicKey"), 0


def _is_logged(found: x509.Certificate) -> bool:
    try:
        found.extensions.get_extension_for_oid(ExtensionOID.PRECERT_SIGNED_CERTIFICATE_TIMESTAMPS)
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension):
        return False
    return True
