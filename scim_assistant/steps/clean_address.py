"""Cleaning of a pasted Tenant URL: what is safe is put right and said so, the rest is one sentence. Pure."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from scim_assistant.sentence import Sentence, say
from scim_assistant.steps.pasted import (
    INVISIBLE_LEFT_OUT,
    LABEL,
    QUOTES_LEFT_OUT,
    SPACES_LEFT_OUT,
    Cleaned,
    looks_like_address,
    looks_like_token,
    strange_character,
    unquoted,
    visible,
)

if TYPE_CHECKING:
    from scim_assistant.scim.profiles import AppProfile

MAX_ADDRESS = 2_000
"""Characters in a Tenant URL; longer is a paste of something else."""

_FLAGS = ("aadoptscim062020", "azureadscimpatch2017")
_PORTALS = (
    "portal.azure.com",
    "portal.azure.us",
    "portal.azure.cn",
    "entra.microsoft.com",
    "entra.microsoft.us",
    "entra.microsoftonline.cn",
    "aad.portal.azure.com",
    "admin.microsoft.com",
    "myapps.microsoft.com",
    "myapplications.microsoft.com",
    "login.microsoftonline.com",
    "graph.microsoft.com",
    "learn.microsoft.com",
)
_RESOURCE = re.compile(
    r"/(users|groups|schemas|resourcetypes|serviceproviderconfigs?)(/[^/]*)?/*$", re.IGNORECASE
)


def clean_tenant_url(text: str, profile: AppProfile, *, is_practice: bool) -> Cleaned[str]:
    """Clean the address of a SCIM service.

    Args:
        text: As pasted.
        profile: Whose address it should be: pattern, and endings that are known to be wrong.
        is_practice: True allows plain http to a literal loopback address, and nothing else.

    Returns:
        The address without a trailing slash. The part after a question mark is kept where there is one.
    """
    app = profile.name_in_text
    if len(text) > MAX_ADDRESS:
        return Cleaned(
            text[:MAX_ADDRESS],
            problem=say(
                "This text is {n} characters long, so it is not a Tenant URL: copy the address alone.",
                n=f"{len(text):,}",
            ),
        )
    notes: list[Sentence] = []
    bare, had = visible(text)
    if had:
        notes.append(INVISIBLE_LEFT_OUT)
    bare, had = unquoted(bare)
    if had:
        notes.append(QUOTES_LEFT_OUT)
    label = LABEL.match(bare)
    if label and looks_like_address(bare[label.end() :]):
        bare = bare[label.end() :]
        notes.append(say("The words in front of the address were left out."))
    if looks_like_token(bare):
        return Cleaned(
            bare,
            tuple(notes),
            say("This looks like a token, not an address: paste it under Secret Token and the address here."),
        )
    if any(character.isspace() for character in bare):
        bare = "".join(bare.split())
        notes.append(SPACES_LEFT_OUT)
    elif text != text.strip() and not notes:
        notes.append(SPACES_LEFT_OUT)
    if not bare:
        return Cleaned("", tuple(notes), say("Enter the Tenant URL that {app} shows.", app=app))
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", bare) and re.match(
        r"[^/:@]+(\.[^/:@]+)+(:\d+)?(/|$)", bare
    ):
        bare = f"https://{bare}"
        notes.append(say("https:// was put in front."))
    return _clean_parts(bare, profile, notes, is_practice=is_practice)


def _clean_parts(text: str, profile: AppProfile, notes: list[Sentence], *, is_practice: bool) -> Cleaned[str]:
    strange = strange_character(text)
    if strange:
        return Cleaned(
            text,
            tuple(notes),
            say(
                "The address holds a character that no address has ({character}): copy it again.",
                character=strange,
            ),
        )
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return Cleaned(text, tuple(notes), _no_address(profile))
    # Browsers and libraries read a backslash differently, so nobody can say which host is meant.
    if parts.scheme.lower() not in {"http", "https"} or not host or "\\" in text:
        return Cleaned(text, tuple(notes), _no_address(profile))
    if "@" in parts.netloc:
        notes.append(
            say(
                "The user name and password in the address were left out: the Secret Token takes their place."
            )
        )
    # A portal keeps everything that matters behind the '#', so it is judged before that is cut.
    problem = _portal_problem(host, profile)
    if parts.fragment or text.endswith("#"):
        notes.append(say("The part from '#' on was left out."))
    path = re.sub(r"/{2,}", "/", parts.path)
    cut = _RESOURCE.sub("", path)
    if cut != path:
        notes.append(
            say("{tail} was left out at the end: Microsoft adds it by itself.", tail=path[len(cut) :][:60])
        )
    elif path.endswith("/") and path != "/":
        notes.append(say("The slash at the end was left out."))
    path = cut.rstrip("/")
    query = _kept_query(parts.query, notes, had_tail=cut != parts.path and bool(_RESOURCE.search(parts.path)))
    netloc = f"[{host}]" if ":" in host else host
    if port is not None and port != {"http": 80, "https": 443}[parts.scheme.lower()]:
        netloc += f":{port}"
    cleaned = SplitResult(parts.scheme.lower(), netloc, path, query, "")
    problem = problem or _host_problem(cleaned, host, profile, is_practice=is_practice)
    if problem is None and cleaned.scheme == "http" and not is_practice:
        cleaned = cleaned._replace(scheme="https")
        notes.append(say("http was changed to https."))
    problem = problem or _path_problem(cleaned, host, profile, notes, is_practice=is_practice)
    return Cleaned(cleaned.geturl(), tuple(notes), problem)


def _no_address(profile: AppProfile) -> Sentence:
    return say("This is not a web address: copy the Tenant URL that {app} shows.", app=profile.name_in_text)


def _kept_query(query: str, notes: list[Sentence], *, had_tail: bool) -> str:
    if not query:
        return ""
    if query.casefold().strip("=&") in _FLAGS:
        notes.append(say("{flag} was kept. Provisioning on demand ignores it.", flag=query.strip("=&")))
        return query.strip("=&")
    if had_tail or re.search(r"(^|&)(filter|startIndex|count|attributes)=", query, re.IGNORECASE):
        notes.append(say("The part from '?' on was left out: it belongs to one request."))
        return ""
    notes.append(say("The part from '?' on was kept, although a Tenant URL seldom has one."))
    return query


def _portal_problem(host: str, profile: AppProfile) -> Sentence | None:
    if host.casefold() in _help_hosts(profile):
        return say(
            "This is a help page, not the SCIM address: copy the Tenant URL that {app} shows.",
            app=profile.name_in_text,
        )
    if host.casefold() in _PORTALS or host.casefold().endswith(".portal.azure.com"):
        return say(
            "This is a page of Microsoft, not the address of {app}: copy the Tenant URL that {app} shows.",
            app=profile.name_in_text,
        )
    return None


def _is_literal_loopback(host: str) -> bool:
    """True for a literal loopback address; ``localhost`` is a name, which somebody else may answer for."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _help_hosts(profile: AppProfile) -> frozenset[str]:
    """Hosts of the help pages that the profile links to."""
    links = (profile.where_url.link, profile.where_token.link, profile.help_link)
    return frozenset(host for link in links if link and (host := urlsplit(link).hostname))


def _is_private(host: str) -> bool:
    name = host.casefold()
    if name == "localhost" or name.endswith(
        (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".intranet")
    ):
        return True
    if "." not in name and ":" not in name:
        return True
    try:
        return not ipaddress.ip_address(name).is_global
    except ValueError:
        # 127.1, 0x7f000001 and the like reach loopback on many systems; no public host is all digits.
        return re.fullmatch(r"(0x[0-9a-f]+|\d+)(\.(0x[0-9a-f]+|\d+))*", name) is not None


def _host_problem(
    address: SplitResult, host: str, profile: AppProfile, *, is_practice: bool
) -> Sentence | None:
    if is_practice:
        if _is_literal_loopback(host):
            return None
        return say(
            "This is the practice tenant, which reaches its pretend {app} only: copy the Tenant URL shown there.",
            app=profile.name_in_text,
        )
    if _is_private(host):
        return say(
            "{host} is reached from inside your network only, and Microsoft's cloud cannot reach it: "
            "enter the public address.",
            host=host,
        )
    if not re.fullmatch(r"(?!-)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+", host) and ":" not in host:
        return say("{host} is not a host name: copy the address again.", host=host[:80])
    if address.scheme == "http" and not _matches(profile, address._replace(scheme="https")):
        return say("Microsoft connects over https only: enter the address that starts with https://.")
    return None


def _matches(profile: AppProfile, address: SplitResult) -> bool:
    """True when the vendor has a rule and the address keeps to it; the flag behind '?' does not count."""
    return bool(profile.tenant_url.regex) and profile.tenant_url.fits(address._replace(query="").geturl())


def _vendor_suffix(profile: AppProfile) -> str:
    """The part of the vendor's host that is the same for all customers: ``.screenstepslive.com``."""
    pattern = profile.tenant_url.pattern or ""
    host = pattern.partition("://")[2].partition("/")[0]
    fixed = host.rpartition("}")[2]
    return fixed.casefold() if fixed.count(".") >= 1 else ""


def _vendor_path(profile: AppProfile) -> str:
    """The path that every address of this vendor has: ``/api/scim/v2``; empty where it differs by customer."""
    path = (profile.tenant_url.pattern or "").partition("://")[2].partition("/")[2]
    return f"/{path}".rstrip("/") if path and "{" not in path else ""


def _path_problem(
    address: SplitResult, host: str, profile: AppProfile, notes: list[Sentence], *, is_practice: bool
) -> Sentence | None:
    app, wanted = profile.name_in_text, _vendor_path(profile)
    path = address.path.casefold()
    for ending in profile.tenant_url.bad_endings:
        if path.endswith(ending.casefold().rstrip("/")):
            return say(
                "This address ends in {ending}, which is for old integrations: use the one that ends in {wanted}.",
                ending=ending,
                wanted=wanted or "the current version",
            )
    if is_practice:
        if wanted and path != wanted.casefold():
            return say(
                "The Tenant URL of the pretend {app} ends in {wanted}: copy it again.", app=app, wanted=wanted
            )
        return None
    if not profile.tenant_url.regex or _matches(profile, address):
        return None
    suffix = _vendor_suffix(profile)
    if suffix and wanted and (host.casefold().endswith(suffix) or host.casefold() == suffix.lstrip(".")):
        return say(
            "This is a page of {app}, not its SCIM address: that one looks like {pattern}.",
            app=app,
            pattern=profile.tenant_url.pattern or "",
        )
    notes.append(
        say(
            "{app} addresses usually look like {pattern}. Go on only if yours is different.",
            app=app,
            pattern=profile.tenant_url.pattern or "",
        )
    )
    return None
