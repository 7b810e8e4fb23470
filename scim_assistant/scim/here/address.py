"""Whether a Tenant URL is one that Microsoft's cloud and this test can use, before anything is looked up. Pure."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, unquote, urlsplit

from scim_assistant.scim.address import FLAG, TOKEN_IN_HOST, address_problem, has_flag, holds_token
from scim_assistant.scim.here.row import COPY_ADDRESS, Rows, failed, passed, rows, warned
from scim_assistant.scim.layers import ADDRESS
from scim_assistant.scim.spoken import shown_query
from scim_assistant.scim.target import Target
from scim_assistant.scim.verdict import Side, SidedCheck, Sureness
from scim_assistant.sentence import Sentence, say

MAX_CHARACTERS = 2_000

_RESOURCE = re.compile(
    r"/(Users|Groups|Schemas|ResourceTypes|ServiceProviderConfigs?|Bulk|Me)(/[^/]*)?/*$", re.I
)
_STRANGE = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060\ufeff\\]")
_OF_ONE_REQUEST = re.compile(r"(^|&)(filter|startIndex|count|attributes|excludedAttributes)=", re.I)
_BLANK = re.compile(r"\{[^{}/]{1,60}\}|<[^<>/]{1,60}>")
"""What documentation writes in place of a value."""


def judge_address(target: Target) -> SidedCheck:
    """What is to be said of the Tenant URL. Where it fails, nothing may be sent."""
    url = target.tenant_url
    if holds_token(url, target.secret):
        return failed(ADDRESS, Side.ADDRESS, Sureness.CERTAIN, TOKEN_IN_HOST, COPY_ADDRESS)
    problem = _form_problem(url) or address_problem(url, allow_loopback=target.allow_loopback)
    if problem is not None:
        return failed(ADDRESS, Side.ADDRESS, Sureness.CERTAIN, problem, COPY_ADDRESS)
    parts = urlsplit(url)
    evidence = _evidence(parts)
    found = _place_problem(url, parts)
    if found is not None:
        sure, sentence, better = found
        return failed(
            ADDRESS,
            Side.ADDRESS,
            sure,
            sentence,
            say("Enter {better} as the Tenant URL.", better=better) if better else COPY_ADDRESS,
            evidence=evidence,
        )
    if "//" in parts.path:
        better = parts._replace(path=re.sub(r"/{2,}", "/", parts.path)).geturl()
        return warned(
            ADDRESS,
            Side.ADDRESS,
            Sureness.POSSIBLE,
            say("The path of the address has two slashes in a row, which many services do not take."),
            say("If the test fails, enter {better} as the Tenant URL.", better=better),
            evidence=evidence,
        )
    if parts.scheme == "http" and not target.practice:
        # Nobody's fault: whoever tests a service on this computer knows where it is.
        return warned(
            ADDRESS,
            Side.NONE,
            Sureness.CERTAIN,
            say(
                "The address begins with http:// and leads to this computer: good for a test, but Microsoft's cloud "
                "needs https:// and a host that it can reach."
            ),
            say("Use the public https address for provisioning."),
            evidence=evidence,
        )
    if re.search(r"/scim/v1$", parts.path.rstrip("/"), re.IGNORECASE):
        return warned(
            ADDRESS,
            Side.ADDRESS,
            Sureness.POSSIBLE,
            say("The address ends like one of SCIM 1, which Microsoft's cloud does not speak."),
            say("Look whether the app shows an address for SCIM 2 as well."),
            evidence=evidence,
        )
    return passed(ADDRESS, say("The address has the form of a Tenant URL."), evidence)


def _form_problem(url: str) -> Sentence | None:
    if len(url) > MAX_CHARACTERS:
        return say("The address is {n:,} characters long, so it is not a Tenant URL.", n=len(url))
    strange = _STRANGE.search(url)
    if strange is not None:
        return say(
            "The address holds a character that no address has (U+{code:04X}).", code=ord(strange.group())
        )
    return None


def _place_problem(url: str, parts: SplitResult) -> tuple[Sureness, Sentence, str] | None:
    """What is wrong with where the address leads: how sure, why, and a better one where there is one."""
    if parts.port == 0:
        return Sureness.CERTAIN, say("The address names port 0, which no service can have."), ""
    if "#" in url:
        return (
            Sureness.CERTAIN,
            say("The address has a part from '#' on, which is never sent to a service."),
            parts._replace(fragment="").geturl(),
        )
    tail = _RESOURCE.search(parts.path)
    if tail is not None:
        return (
            Sureness.LIKELY,
            say(
                "The address ends in {tail}, which Microsoft's cloud adds by itself.",
                tail=tail[0].rstrip("/"),
            ),
            parts._replace(path=_RESOURCE.sub("", parts.path), query="").geturl(),
        )
    if _OF_ONE_REQUEST.search(parts.query):
        return (
            Sureness.LIKELY,
            say("The part from '?' on belongs to one request, not to a Tenant URL."),
            parts._replace(query="").geturl(),
        )
    blank = _BLANK.search(unquote(parts.path))
    if blank is not None:
        return (
            Sureness.LIKELY,
            say("The address still has {blank} where a value of your own belongs.", blank=blank[0]),
            "",
        )
    if ".." in unquote(parts.path).split("/"):
        return Sureness.CERTAIN, say("The path of the address goes back on itself with '..'."), ""
    return None


def _evidence(parts: SplitResult) -> Rows:
    host = parts.hostname or ""
    return rows(
        ("Host", host),
        ("Port", parts.port or {"https": 443, "http": 80}[parts.scheme]),
        ("Path", parts.path or "/"),
        (
            "Flag",
            f"{FLAG}: Microsoft's cloud words its changes in the standard form. Provisioning on demand ignores it."
            if has_flag(parts.geturl())
            else "",
        ),
        ("Query", shown_query(parts.query)),
    )
