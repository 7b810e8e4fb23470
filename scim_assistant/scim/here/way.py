"""What a look at the way to a service means: its name, the connection, the encryption. Pure."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta

from scim_assistant.errors import KnownError
from scim_assistant.scim.here.row import (
    Rows,
    failed,
    masked_details,
    passed,
    rows,
    unanswered,
    warned,
)
from scim_assistant.scim.layers import NAME, TCP, TLS
from scim_assistant.scim.spoken import Masks
from scim_assistant.scim.verdict import Side, SidedCheck, Sureness
from scim_assistant.sentence import Sentence, counted, day, say
from scim_assistant.transport import is_loopback
from scim_assistant.transport.survey import Connected, Handshake, HandshakeFailed, NameFound, Refusal

WARN_DAYS = 30
"""A certificate that ends within so many days is worth a word, unless it never lives much longer."""
RSA_BITS, ECC_BITS = 2048, 256
"""The shortest keys that Microsoft asks for.

Source: Microsoft, "Develop and plan provisioning for a SCIM endpoint", security requirements (read 2026-11).
"""

_INSIDE = tuple(
    ipaddress.ip_network(one)
    for one in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.168.0.0/16", "198.18.0.0/15", "::/128", "::1/128", "fc00::/7", "fe80::/10",
    )
)  # fmt: skip
"""Addresses that have a meaning inside one network only.

Source: RFC 1918, RFC 6598, RFC 3927, RFC 2544, RFC 4193, RFC 4291.
"""


def is_inside(address: str) -> bool:
    """True for an address that nobody outside a network, or outside this computer, can reach."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return any(found in network for network in _INSIDE if network.version == found.version)


def judge_name(found: NameFound) -> SidedCheck:
    """What a host name leads to, seen from Microsoft's cloud."""
    evidence = rows(
        ("Host", found.host),
        ("IPv4 (A)", ", ".join(found.v4) or ("none" if not found.proxy else "")),
        ("IPv6 (AAAA)", ", ".join(found.v6) or ("none" if not found.proxy else "")),
        ("Looked up by", f"the proxy {found.proxy}" if found.proxy else ""),
    )
    if found.proxy:
        return passed(
            NAME,
            say("The proxy {proxy} looks the name up.", proxy=found.proxy),
            evidence,
            seconds=found.seconds,
        )
    addresses = (*found.v4, *found.v6)
    inside = tuple(one for one in addresses if is_inside(one))
    if inside and not is_loopback(found.host):
        every = len(inside) == len(addresses)
        return warned(
            NAME,
            Side.NETWORK,
            Sureness.LIKELY if every else Sureness.POSSIBLE,
            say("{host} leads to an address inside your network, where Microsoft's cloud cannot go.", host=found.host)
            if every
            else say(
                "{host} also leads to an address inside your network, where Microsoft's cloud cannot go.",
                host=found.host,
            ),
            say(
                "Make the service reachable from outside under this name, or provision through Microsoft's "
                "provisioning agent in your network."
            ),
            evidence=evidence,
            seconds=found.seconds,
        )  # fmt: skip
    if found.v6 and not found.v4 and not is_loopback(found.host):
        return warned(
            NAME,
            Side.ADDRESS,
            Sureness.POSSIBLE,
            say(
                "{host} has no IPv4 address; whether Microsoft's cloud gets there over IPv6 alone is not documented.",
                host=found.host,
            ),
            say("Ask the vendor for an IPv4 address if the test from Microsoft's cloud fails."),
            evidence=evidence,
            seconds=found.seconds,
        )
    return passed(
        NAME,
        say("{host} has {addresses}.", host=found.host, addresses=counted(len(addresses), "address", "addresses"))
        if found.seconds
        else say("{host} is an address already.", host=found.host),
        evidence,
        seconds=found.seconds,
    )  # fmt: skip


def judge_connected(found: Connected) -> SidedCheck:
    """A connection that stands, perhaps after other addresses did not answer."""
    evidence = rows(
        ("Address", f"[{found.address}]:{found.port}" if ":" in found.address else f"{found.address}:{found.port}"),
        ("Proxy", found.proxy),
        *((f"No answer from {address}", said) for address, said in found.failed),
    )  # fmt: skip
    if found.failed:
        return warned(
            TCP,
            Side.VENDOR,
            Sureness.POSSIBLE,
            say(
                "{failed} of {all} addresses did not take a connection; another one did.",
                failed=len(found.failed),
                all=len(found.failed) + 1,
            ),
            say("If provisioning is unsteady, tell the vendor which address did not answer."),
            evidence=evidence,
            seconds=found.seconds,
        )
    return passed(
        TCP,
        say("The proxy {proxy} takes connections.", proxy=found.proxy)
        if found.proxy
        else say("The service takes connections."),
        evidence,
        seconds=found.seconds,
    )


def judge_handshake(found: Handshake, host: str, now: datetime) -> SidedCheck:
    """Whether Microsoft's cloud will agree on encryption too, and how long the certificate lasts.

    Args:
        now: Aware UTC.
    """
    evidence = handshake_evidence(found, now)

    def warn(side: Side, sure: Sureness, sentence: Sentence, next_step: Sentence) -> SidedCheck:
        return warned(TLS, side, sure, sentence, next_step, evidence=evidence, seconds=found.seconds)

    if found.for_microsoft is False:
        return warn(
            Side.VENDOR,
            Sureness.LIKELY,
            say("The service does not speak TLS 1.2 with any of the cipher suites that Microsoft asks for."),
            say("Ask the vendor to allow TLS 1.2 with ECDHE and AES, as Microsoft's SCIM requirements say."),
        )
    if found.public is False and not is_loopback(host):
        return warn(
            Side.NETWORK,
            Sureness.POSSIBLE,
            say(
                "The certificate, from {issuer}, is trusted on this computer but not by everybody: a filter in your "
                "network signs anew, or Microsoft's cloud does not trust the service.",
                issuer=found.issuer or "an unknown authority",
            ),
            say(
                "Compare with the test from Microsoft's cloud. If that fails too, the service needs a certificate of a "
                "public authority."
            ),
        )
    if is_weak(found):
        return warn(
            Side.VENDOR,
            Sureness.LIKELY,
            say("The key of the certificate ({key}) is shorter than Microsoft asks for.", key=found.key),
            say(
                "Ask the vendor for a certificate with RSA of 2,048 bits or an elliptic curve of 256, or more."
            ),
        )
    left = days_left(found, now)
    if left is not None and left < _warn_days(found) and found.not_after is not None:
        return warn(
            Side.VENDOR,
            Sureness.CERTAIN,
            say("The certificate ends on {day}, in {left}.", day=day(found.not_after), left=counted(left, "day", "days"))
            if left > 0
            else say("The certificate ends on {day}, within a day.", day=day(found.not_after)),
            say("Whoever runs the service has to renew it before it ends."),
        )  # fmt: skip
    return passed(
        TLS,
        say("{version}, and the certificate is good.", version=_version(found.version)),
        evidence,
        seconds=found.seconds,
    )


def judge_refused_handshake(
    error: KnownError, host: str, masks: Masks, now: datetime, seconds: float
) -> SidedCheck:
    """Why no encryption was agreed on, and whose side that is."""
    if not isinstance(error, HandshakeFailed):
        return unanswered(TLS, error, masks, seconds=seconds)
    shown = error.shown
    evidence: Rows = handshake_evidence(shown, now) if shown is not None else ()
    side, sure = _SIDE_OF.get(error.refusal) or _side_of_refusal(shown, host, now)
    details = masked_details(error.details, masks)
    why, next_step = error.why, error.next_step
    if error.refusal is Refusal.UNTRUSTED and (ended := _ended(shown, now)) is not None:
        # The system names one of two faults; this is the one that only the service's side can mend.
        why = say(
            "The certificate of {host} ended on {day}, and this computer does not trust who signed it.",
            host=host,
            day=day(ended),
        )
        next_step = say(
            "Check this computer's date and time. If they are right, whoever runs {host} has to renew it, with one of "
            "a public authority.",
            host=host,
        )
    return failed(
        TLS,
        side,
        sure,
        why,
        next_step,
        evidence=(*evidence, *rows(("The system said", details.said or ""))),
        seconds=seconds,
        details=details,
        reach=error.reach.value,
    )


_SIDE_OF = {
    Refusal.EXPIRED: (Side.VENDOR, Sureness.LIKELY),
    Refusal.NOT_YET_VALID: (Side.NETWORK, Sureness.LIKELY),
    Refusal.WRONG_NAME: (Side.ADDRESS, Sureness.LIKELY),
    Refusal.SELF_SIGNED: (Side.VENDOR, Sureness.LIKELY),
    Refusal.OLD_VERSION: (Side.VENDOR, Sureness.LIKELY),
    Refusal.WEAK: (Side.VENDOR, Sureness.CERTAIN),
    Refusal.REVOKED: (Side.VENDOR, Sureness.LIKELY),
    Refusal.NOTHING_SHARED: (Side.VENDOR, Sureness.LIKELY),
    Refusal.WANTS_CERTIFICATE: (Side.VENDOR, Sureness.LIKELY),
    Refusal.NOT_TLS: (Side.ADDRESS, Sureness.LIKELY),
    Refusal.UNKNOWN_NAME: (Side.ADDRESS, Sureness.LIKELY),
}
"""Refusals that point to one side whatever else the certificate says: an intermediate one may be at fault."""


def _side_of_refusal(shown: Handshake | None, host: str, now: datetime) -> tuple[Side, Sureness]:
    if shown is None:
        return Side.VENDOR, Sureness.POSSIBLE
    if shown.version in ("SSLv3", "TLSv1", "TLSv1.1"):
        return Side.VENDOR, Sureness.CERTAIN
    if shown.not_before is not None and now < shown.not_before:
        return Side.NETWORK, Sureness.LIKELY
    if _ended(shown, now) is not None:
        return Side.VENDOR, Sureness.LIKELY
    if shown.names and not _is_for(shown, host):
        return Side.ADDRESS, Sureness.LIKELY
    if shown.issuer and shown.issuer == shown.subject:
        return Side.VENDOR, Sureness.LIKELY
    # Signed by somebody whom nobody knows: a filter of this network, or an authority of the vendor's own.
    return Side.NETWORK, Sureness.LIKELY if shown.public else Sureness.POSSIBLE


def _ended(shown: Handshake | None, now: datetime) -> datetime | None:
    """When a certificate ended; None for one that has not, or where that is not known."""
    ends = shown.not_after if shown is not None else None
    return ends if ends is not None and now > ends else None


def _is_for(shown: Handshake, host: str) -> bool:
    name = host.casefold().rstrip(".")
    for one in shown.names:
        pattern = one.casefold().rstrip(".")
        if pattern == name or (pattern.startswith("*.") and name.partition(".")[2] == pattern[2:]):
            return True
    return False


def handshake_evidence(found: Handshake, now: datetime) -> Rows:
    """What was seen of encryption and certificate."""
    left = days_left(found, now)
    ends = ""
    if found.not_after is not None and left is not None:
        ends = (
            f"{day(found.not_after)} ({counted(left, 'day', 'days')} left)"
            if left >= 0
            else day(found.not_after)
        )
    return rows(
        ("Version", _version(found.version)),
        ("Cipher suite", found.cipher),
        ("Certificate for", ", ".join((found.subject, *(n for n in found.names if n != found.subject))[:6])),
        ("Issued by", found.issuer),
        ("Valid from", day(found.not_before) if found.not_before else ""),
        ("Valid until", ends),
        ("Key", found.key),
        ("Public authority", {True: "yes", False: "no", None: ""}[found.public]),
        (
            "As Microsoft asks",
            {True: found.for_microsoft_said or "yes", False: f"no: {found.for_microsoft_said or 'refused'}", None: ""}[
                found.for_microsoft
            ],
        ),
    )  # fmt: skip


def days_left(found: Handshake, now: datetime) -> int | None:
    """Whole days until the certificate ends; negative when it has ended, None when that is not known."""
    if found.not_after is None:
        return None
    return (found.not_after - now) // timedelta(days=1)


def is_weak(found: Handshake) -> bool:
    """True for a key that is shorter than Microsoft asks for."""
    kind = found.key.partition(" ")[0]
    if not found.key_bits:
        return False
    return (kind == "RSA" and found.key_bits < RSA_BITS) or (kind == "ECC" and found.key_bits < ECC_BITS)


def _warn_days(found: Handshake) -> float:
    """Certificates that live for weeks are renewed in their last third, so that warning earlier would be noise."""
    if found.not_before is None or found.not_after is None:
        return WARN_DAYS
    return min(WARN_DAYS, (found.not_after - found.not_before) / timedelta(days=3))


def _version(version: str) -> str:
    return version.replace("TLSv", "TLS ")
