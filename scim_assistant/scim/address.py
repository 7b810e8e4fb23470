"""Which addresses a token may be sent to, and where the resources of a SCIM service are. Pure."""

from __future__ import annotations

import ipaddress
import re
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

from scim_assistant.secret import Secret
from scim_assistant.sentence import Sentence, say
from scim_assistant.transport import is_loopback

FLAG: Final = "aadOptscim062020"
"""Microsoft's flag for the standard wording of changes, in its own spelling."""


def has_flag(tenant_url: str) -> bool:
    """True when a Tenant URL asks for the standard wording of changes."""
    return FLAG.casefold() in tenant_url.casefold()


def address_problem(tenant_url: str, *, allow_loopback: bool) -> Sentence | None:
    """Why a token is not sent to this address, or None.

    Args:
        allow_loopback: Also take this computer itself, and plain http there: see ``Target``.
    """
    try:
        parts = urlsplit(tenant_url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return say("The address is not one that can be opened.")
    if not host or parts.scheme not in ("http", "https"):
        return say("The address has to begin with https:// and a host name.")
    if parts.username is not None or parts.password is not None:
        return say("The address holds a user name or password, which does not belong there.")
    if is_loopback(host):
        if allow_loopback:
            return None
        return say("The address leads to this computer itself, where Microsoft's cloud cannot go.")
    if parts.scheme == "http":
        return say("The address begins with http://, so the token would travel unprotected: use https://.")
    if _is_disguised_number(host):
        return say("The address has an unusual number for a host name: copy the address again.")
    if _is_private(host):
        return say("The address is private to a network, so Microsoft's cloud cannot reach it.")
    return None


def _is_private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


def _is_disguised_number(host: str) -> bool:
    """True for 127.1, 2130706433, 0x7f000001 and the like, which many systems read as an IP address."""
    last = host.rstrip(".").rpartition(".")[2]
    if ":" in host or not (last.isdecimal() or last[:2] == "0x"):
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return True
    return False


def resource_address(tenant_url: str, path: str, query: str = "") -> str:
    """The address of a resource: below the Tenant URL's path, with a query in front of any that the Tenant URL has.

    Entra's flag in a Tenant URL stays in it: whether Microsoft's cloud leaves it out is not documented, and a service
    that stumbles over it should be noticed here.
    """
    parts = urlsplit(tenant_url)
    queries = "&".join(one for one in (query, parts.query) if one)
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/") + path, queries, ""))


def filter_query(attribute: str, value: str) -> str:
    """A query that asks for one value of one attribute.

    Source: RFC 7644 section 3.4.2.2 (read 2026-11).
    """
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return "filter=" + quote(f'{attribute} eq "{escaped}"', safe="")


LEAST_TOKEN = 12
"""A shorter token may well be a word of the host name."""

TOKEN_IN_HOST = say(
    "The host name of the address holds the token, and every name server on the way would see it."
)


def holds_token(url: str, secret: Secret) -> bool:
    """Whether the token stands where a host name belongs, in any case of letters: hosts have none."""
    token = secret.reveal().casefold()
    if len(token) < LEAST_TOKEN:
        return False
    place = url.casefold().partition("://")[2] or url.casefold()
    return token in re.split(r"[/?#\\]", place, maxsplit=1)[0].rpartition("@")[2]
