"""What people type or paste for a tenant and for a client ID, read as what it most likely is. Pure.

Nothing typed is repeated in a problem: it may be anything, a token among others.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from scim_assistant.sentence import Sentence, say
from scim_assistant.signin.client import COMMAND_LINE_CLIENT
from scim_assistant.signin.clouds import SIGN_IN_HOSTS

OWN_TENANT = "organizations"
"""What stands in the authority for the tenant of whichever work account signs in."""
LONGEST = 4_000
"""Characters; a portal's address may be long, anything longer is a paste of something else."""

_QUOTES = "\"'`“”„‘’‚«»‹›<>{}()[]"
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_LONGEST_DOMAIN = 253
_PERSONAL_TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad"
"""Where Microsoft keeps personal accounts. Source: Microsoft identity platform, access token claims (read 2026-11)."""
_PERSONAL_DOMAINS = frozenset({"outlook.com", "hotmail.com", "live.com", "msn.com"})
_PORTAL_HOSTS = frozenset({
    "portal.azure.com",
    "portal.azure.us",
    "portal.azure.cn",
    "aad.portal.azure.com",
    "entra.microsoft.com",
    "entra.microsoft.us",
    "entra.microsoftonline.cn",
    "myapps.microsoft.com",
    "admin.microsoft.com",
    "portal.office.com",
})  # fmt: skip
_TENANT_PARAMETERS = frozenset({"tenantid", "tenant", "tid", "realm"})

_ENTER_ONE = say(
    "Enter a domain of the tenant, such as example.onmicrosoft.com, or its tenant ID; empty takes the tenant of the "
    "account that signs in."
)
_NO_TENANT_INSIDE = say(
    "This address names no tenant: enter its domain, or copy the tenant ID from the portal (Microsoft Entra ID > "
    "Overview)."
)
_PERSONAL = say(
    "Personal Microsoft accounts have no provisioning: enter the domain or the tenant ID of an organization."
)
_COMMON = say(
    "'common' would let personal accounts in, which have no provisioning: leave this empty to take the tenant of the "
    "work account that signs in."
)
_COMMAND_LINE = say(
    "This is Microsoft Graph Command Line Tools, shared by everybody: it works only where the operating system signs in."
)


@dataclass(frozen=True, slots=True)
class TenantText:
    """A tenant as it was read.

    Attributes:
        tenant: As it goes into the authority: a domain or a GUID, lower case, or ``organizations``; empty where there
            is a problem.
        note: What was taken out of what was typed; empty when it stands as typed.
        problem: Why it is no tenant and what to enter, in one sentence; None when it is one.
    """

    tenant: str
    note: Sentence = Sentence("")
    problem: Sentence | None = None


@dataclass(frozen=True, slots=True)
class ClientIdText:
    """A client ID as it was read.

    Attributes:
        client_id: GUID text, lower case; empty where nothing was typed or there is a problem.
        note: Worth knowing about it; empty mostly.
        problem: Why it is none and what to enter, in one sentence; None when it is one, or nothing was typed.
    """

    client_id: str
    note: Sentence = Sentence("")
    problem: Sentence | None = None


def read_tenant(text: str) -> TenantText:
    """Read what was typed for a tenant: a domain, an ID, a mail address, or an address of the portal or sign-in page.

    Nothing at all is the tenant of the account that signs in.
    """
    if len(text) > LONGEST:
        return _no(_too_long(text))
    bare, had_invisible = _bare(text)
    if not bare:
        return TenantText(OWN_TENANT)
    mail = re.fullmatch(r"[^<>]*<\s*([^<>\s]+@[^<>\s]+)\s*>?", _visible(text)[0].strip())
    if mail:
        bare = mail.group(1)
    if any(character.isspace() for character in bare):
        return _no(
            say("Enter one tenant on one line: a domain such as example.onmicrosoft.com, or a tenant ID.")
        )
    if "/" in bare:
        return _from_address(bare)
    if "@" in bare:
        domain = bare.rpartition("@")[2]
        read = _from_word(domain)
        if read.problem is not None or read.tenant == OWN_TENANT:
            return read if read.problem is _PERSONAL else _no(_ENTER_ONE)
        return TenantText(
            read.tenant, say("The domain of the e-mail address was taken: {domain}", domain=read.tenant)
        )
    read = _from_word(bare)
    if read.problem is None and had_invisible:
        return TenantText(read.tenant, say("Invisible characters were left out."))
    return read


def read_client_id(text: str) -> ClientIdText:
    """Read what was typed for the client ID of an app registration."""
    if len(text) > LONGEST:
        return ClientIdText("", problem=_too_long(text))
    bare, had_invisible = _bare(text)
    if not bare:
        return ClientIdText("")
    found = bare.casefold()
    if not _GUID.fullmatch(found):
        inside = set(_GUID_INSIDE.findall(found))
        if len(inside) != 1:
            return ClientIdText("", problem=_NO_CLIENT_ID)
        found = inside.pop()
        if "/" not in bare and not re.fullmatch(r"[a-z ()]{1,40}[:=]?\s*" + found, bare.casefold()):
            return ClientIdText("", problem=_NO_CLIENT_ID)
        return ClientIdText(found, say("The ID was taken out of the text: {id}", id=found))
    if found == COMMAND_LINE_CLIENT:
        return ClientIdText(found, _COMMAND_LINE)
    if found == "00000000-0000-0000-0000-000000000000":
        return ClientIdText("", problem=_NO_CLIENT_ID)
    return ClientIdText(found, say("Invisible characters were left out.") if had_invisible else Sentence(""))


_GUID_INSIDE = re.compile(r"(?<![0-9a-f-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f-])")
_NO_CLIENT_ID = say(
    "A client ID looks like 11111111-2222-3333-4444-555555555555: copy 'Application (client) ID' from the app "
    "registration."
)


def _from_address(text: str) -> TenantText:
    """The tenant out of an address of Microsoft's sign-in service or of one of its portals."""
    parts = _split(text)
    host = (parts.hostname or "") if parts is not None else ""
    if parts is None or (host not in SIGN_IN_HOSTS and host not in _PORTAL_HOSTS):
        return _no(_NO_TENANT_INSIDE)
    for candidate in _candidates(parts):
        read = _from_word(candidate)
        if read.problem is None:
            if read.tenant == OWN_TENANT:
                return read
            return TenantText(
                read.tenant, say("The tenant was taken out of the address: {tenant}", tenant=read.tenant)
            )
        if read.problem in (_PERSONAL, _COMMON):
            return read
    return _no(_NO_TENANT_INSIDE)


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        _ = parts.hostname, parts.port
    except ValueError:
        return None
    return parts if parts.scheme.casefold() in ("http", "https") else None


def _candidates(parts: SplitResult) -> list[str]:
    """Where a tenant may stand: ``#@tenant/...``, the first part of the path, a parameter."""
    fragment = unquote(parts.fragment)
    found = []
    if fragment.startswith("@"):
        found.append(re.split(r"[/?&#]", fragment[1:], maxsplit=1)[0])
    found.append(unquote(parts.path.strip("/").partition("/")[0]))
    for query in (parts.query, fragment.partition("?")[2]):
        found += [
            value
            for name, value in parse_qsl(query, max_num_fields=100)
            if name.casefold() in _TENANT_PARAMETERS
        ]
    return [candidate for candidate in found if candidate]


def _from_word(text: str) -> TenantText:
    """A domain, an ID, or one of Microsoft's words for no tenant in particular."""
    word = text.casefold().rstrip(".")
    if word == OWN_TENANT:
        return TenantText(OWN_TENANT)
    if word == "common":
        return _no(_COMMON)
    if word in ("consumers", _PERSONAL_TENANT) or word in _PERSONAL_DOMAINS:
        return _no(_PERSONAL)
    if _GUID.fullmatch(word):
        return TenantText(word) if word.strip("0-") else _no(_ENTER_ONE)
    if not word.isascii():
        try:
            word = word.encode("idna").decode("ascii")
        except UnicodeError:
            return _no(_ENTER_ONE)
    if word in SIGN_IN_HOSTS or word in _PORTAL_HOSTS:
        return _no(_NO_TENANT_INSIDE)
    labels = word.split(".")
    if word.startswith("eyj") and len(labels) == 3:
        return _no(_ENTER_ONE)  # a token, which must not become part of an address
    if len(labels) == 1 and _LABEL.fullmatch(word):
        return _no(
            say(
                "A domain has a dot: enter it in full, such as example.onmicrosoft.com, or enter the tenant ID."
            )
        )
    if (
        len(word) > _LONGEST_DOMAIN
        or len(labels) < 2
        or not all(_LABEL.fullmatch(label) for label in labels)
        or labels[-1].isdigit()
    ):
        return _no(_ENTER_ONE)
    return TenantText(word)


def _bare(text: str) -> tuple[str, bool]:
    """The text without invisible characters, blanks and quotes around it, and whether there were invisible ones."""
    seen, had = _visible(text)
    return seen.strip().strip(_QUOTES).strip(), had


def _visible(text: str) -> tuple[str, bool]:
    kept = "".join(
        character
        for character in text
        if character.isspace() or unicodedata.category(character) not in {"Cc", "Cf", "Co", "Cn", "Cs"}
    )
    return kept, len(kept) != len(text)


def _too_long(text: str) -> Sentence:
    return say("This text is {n} characters long: enter the value alone.", n=f"{len(text):,}")


def _no(problem: Sentence) -> TenantText:
    return TenantText("", problem=problem)
