"""A certificate authority of the tests' own."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class Authority:
    """Signs certificates.

    Attributes:
        root: The file with its own certificate, for those who trust it.
    """

    def __init__(self, folder: Path, name: str = "Example Authority") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self._certificate = _signed(self._name, self._key, self._name, self._key, authority=True)
        self.root = folder / f"{name}.pem"
        self.root.write_bytes(_pem(self._certificate))

    def context(
        self,
        *names: str,
        days: tuple[float, float] = (-1, 1),
        self_signed: bool = False,
        rsa_bits: int = 0,
        logged: bool = False,
    ) -> ssl.SSLContext:
        """A server's context with a certificate for names and IP addresses, valid from and until days from now.

        Its key is ECC 256 unless ``rsa_bits`` says otherwise. ``logged`` adds what public logs hand out.
        """
        key: Key = (
            rsa.generate_private_key(65537, rsa_bits) if rsa_bits else ec.generate_private_key(ec.SECP256R1())
        )
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
        issuer = (name, key) if self_signed else (self._name, self._key)
        certificate = _signed(name, key, *issuer, names=names, days=days, logged=logged)
        file = self._folder / f"{x509.random_serial_number()}.pem"
        file.write_bytes(
            _pem(certificate)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if 0 < rsa_bits < 2048:  # OpenSSL would not even serve it
            context.set_ciphers("ALL:@SECLEVEL=0")
        context.load_cert_chain(file)
        return context


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _signed(
    name: x509.Name,
    key: Key,
    issuer: x509.Name,
    issuer_key: Key,
    *,
    names: tuple[str, ...] = (),
    days: tuple[float, float] = (-1, 1),
    authority: bool = False,
    logged: bool = False,
) -> x509.Certificate:
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if names:
        certificate = certificate.add_extension(
            x509.SubjectAlternativeName([_general(each) for each in names]), critical=False
        )
    if logged:
        # An empty list of timestamps, which is enough for who only asks whether there is one.
        certificate = certificate.add_extension(
            x509.UnrecognizedExtension(
                x509.ExtensionOID.PRECERT_SIGNED_CERTIFICATE_TIMESTAMPS, b"\x04\x02\x00\x00"
            ),
            critical=False,
        )
    return certificate.sign(issuer_key, hashes.SHA256())


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
