"""Which proxy leads to an address: from the environment, else from the settings of Windows or macOS.

A script that computes the proxy (PAC) is not read. This computer itself is never asked for through a proxy.
"""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from scim_assistant.secret import Secret
from scim_assistant.transport import is_loopback

WEB = ("http", "https")
"""The kinds of proxy that can be used, by the scheme of their address."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy as somebody set it.

    Attributes:
        scheme: How to speak to it, in lower case; empty when what was set is no address.
        host: Its name.
        port: Its port; None for the usual one of the scheme.
        user: Signs in to the proxy, together with ``password``; empty for nobody.
        origin: The environment variable that names it; empty for the settings of this computer.
    """

    scheme: str
    host: str = ""
    port: int | None = None
    user: Secret = field(default_factory=Secret, repr=False)
    password: Secret = field(default_factory=Secret, repr=False)
    origin: str = ""

    def address(self) -> str:
        """Scheme, name and port, without the sign-in."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + (f":{self.port}" if self.port is not None else "")


def proxy_for(url: str) -> Proxy | None:
    """The proxy to use for an address; None for a direct connection.

    Raises:
        ValueError: The address cannot be read.
    """
    import urllib.request

    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    if is_loopback(host):
        return None
    environment = urllib.request.getproxies_environment()
    if environment:
        kind = parts.scheme if environment.get(parts.scheme) else "all"
        text = environment.get(kind)
        if not text or _bypassed(host, port, environment.get("no", "")):
            return None
        return _read(text, _variable(kind))
    system = urllib.request.getproxies()
    # macOS tells of its SOCKS proxy under that name alone.
    text = system.get(parts.scheme) or system.get("socks")
    if not text or urllib.request.proxy_bypass(host):
        return None
    return _read(text)


def _variable(kind: str) -> str:
    name = f"{kind}_proxy"
    return name if os.environ.get(name) else name.upper()


def _read(text: str, origin: str = "") -> Proxy:
    text = text.strip()
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return Proxy("", origin=origin)
    if not host.isascii() or not host or any(sign.isspace() for sign in host):
        return Proxy("", origin=origin)
    return Proxy(
        parts.scheme,
        host,
        port,
        Secret(unquote(parts.username or "")),
        Secret(unquote(parts.password or "")),
        origin,
    )


def _bypassed(host: str, port: int | None, rules: str) -> bool:
    """Whether NO_PROXY takes a host out.

    A rule is a name and all below it (with or without a leading dot or ``*.``), an IP address or network, each with an
    optional port, or ``*`` for everything.
    """
    host = host.casefold().rstrip(".")
    for rule in rules.casefold().replace(",", " ").split():
        name, wanted = _split_port(rule)
        if wanted is not None and wanted != port:
            continue
        if name == "*" or _in_network(host, name):
            return True
        name = name.removeprefix("*").strip(".")
        if name and (host == name or host.endswith(f".{name}")):
            return True
    return False


def _split_port(rule: str) -> tuple[str, int | None]:
    name, colon, port = rule.rpartition(":")
    if colon and port.isascii() and port.isdigit() and (":" not in name or name.endswith("]")):
        return name.strip("[]"), int(port)
    return rule.strip("[]"), None


def _in_network(host: str, rule: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(rule, strict=False)
    except ValueError:
        return False
