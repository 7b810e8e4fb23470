"""Reads error answers of Microsoft Graph: which codes, what they mean, and what the person can do.

Pure. Codes decide, never messages, except where a published error has nothing else to tell it by.

Source: Microsoft Graph, error responses and throttling pages (2026-11).
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from scim_assistant.errors import Details, ServiceRefused
from scim_assistant.graph.challenge import CLAIMS_CODE, asks_for_claims
from scim_assistant.graph.request import GraphRequest
from scim_assistant.graph.rights import Role, right_for
from scim_assistant.secret import Secret
from scim_assistant.sentence import Sentence, counted, say
from scim_assistant.transport import plain_address

SAID_CHARACTERS = 2000
DEEPEST = 20
"""So deep an error is looked into."""
MOST_PARTS = 200
"""So many objects of an error are looked at."""
_NESTED = (frozenset({"details"}), frozenset({"error", "errors", "innererror", "innererrors"}))
PREMIUM_CODES = frozenset({"Authentication_RequestFromNonPremiumTenantOrB2CTenant"})


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """What an error answer holds.

    Attributes:
        codes: Outermost first, the most specific last; empty codes and repeated statuses are left out.
        said: The messages, one a line.
        request_id: As the body names it.
        is_page: A web page came, so something on the way answered.
    """

    codes: tuple[str, ...] = ()
    said: str = ""
    request_id: str | None = None
    is_page: bool = False


def read_error(body: bytes, status: int, headers: Mapping[str, str]) -> ErrorBody:
    """Read an error body of any shape; never fails.

    Shape: ``$.error.code``, ``$.error.details[].code``, then ``innerError`` (in any case, also in lists) as deep as it
    nests; also ``{"error": "text", "error_description": "..."}``.
    """
    text = body.decode("utf-8", "replace").strip()
    if text[:1] == "<" or "html" in headers.get("content-type", "").lower():
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        return ErrorBody(said=" ".join(title.group(1).split()) if title else "", is_page=True)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return ErrorBody(said=text)
    codes: list[str] = []
    messages: list[str] = []
    request_id: str | None = None
    for part in _parts(document):
        code, message = _sound(part.get("code")), _sound(part.get("message"))
        if isinstance(code, str) and code.strip() and code != str(status) and code not in codes:
            codes.append(code)
        if isinstance(message, str) and message.strip() and message not in messages:
            messages.append(message)
        found = _sound(part.get("request-id") or part.get("requestId"))
        request_id = found if isinstance(found, str) else request_id
    if CLAIMS_CODE not in codes and asks_for_claims(headers):
        codes.append(CLAIMS_CODE)
    return ErrorBody(tuple(codes), "\n".join(messages), request_id)


def _sound(value: Any) -> Any:
    """Text without halves of surrogate pairs, which JSON can hold and no file or terminal can."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _parts(document: Any) -> Iterator[Mapping[str, Any]]:
    """Every object that may hold a code: the error, its details, its inner errors from the outside in."""
    error = document.get("error", document) if isinstance(document, Mapping) else None
    if isinstance(error, str) and isinstance(document, Mapping):
        yield {"code": error, "message": document.get("error_description")}
        return
    yield from itertools.islice(_within(error, 0), MOST_PARTS)


def _within(error: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    """An object and, wherever the service nests them, those inside: details first, then inner errors, also in lists."""
    if depth >= DEEPEST:
        return
    if isinstance(error, list):
        for each in error:
            yield from _within(each, depth + 1)
        return
    if not isinstance(error, Mapping):
        return
    yield error
    for wanted in _NESTED:
        for key, value in error.items():
            if key.lower() in wanted:
                yield from _within(value, depth + 1)


def retry_after_s(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds that ``Retry-After`` asks for: a number, also fractional, or an HTTP date.

    Returns:
        None when the header is missing or cannot be read.
    """
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    if re.fullmatch(r"\d{1,9}(\.\d+)?", text):
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return max(0.0, (at - (now or datetime.now(UTC))).total_seconds())


def cleaned(text: str, secrets: tuple[Secret, ...]) -> str:
    """Text of a service without any secret that it may have repeated."""
    for secret in secrets:
        text = secret.masked_in(text)
    return text[:SAID_CHARACTERS]


def refused(
    request: GraphRequest,
    url: str,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    client_request_id: str,
    secrets: tuple[Secret, ...] = (),
) -> ServiceRefused:
    """The error for an answer that is no success."""
    error = read_error(body, status, headers)
    details = Details(
        method=request.method,
        address=plain_address(url),
        status=status,
        codes=tuple(cleaned(code, secrets) for code in error.codes),
        request_id=headers.get("request-id") or error.request_id,
        client_request_id=client_request_id,
        said=cleaned(error.said, secrets) or None,
    )
    why, next_step = _explained(request, status, headers, error)
    return ServiceRefused(request.what, why, next_step, details)


def _explained(
    request: GraphRequest, status: int, headers: Mapping[str, str], error: ErrorBody
) -> tuple[Sentence, Sentence]:
    codes = frozenset(error.codes)
    if error.is_page:
        return (
            say("A web page came back instead of an answer from Microsoft Graph."),
            say(
                "Try again. If it stays so, ask your network team whether a proxy or filter answers in"
                " Microsoft's place."
            ),
        )
    if 300 <= status < 400:
        return (
            say("Something on the way redirects to another address, where a sign-in is never sent."),
            say("Ask your network team whether a proxy or filter stands before Microsoft Graph."),
        )
    if codes & PREMIUM_CODES:
        return (
            say("This tenant has no licence for it: provisioning logs need Microsoft Entra ID P1 or P2."),
            say("Add a P1 or P2 licence in the Microsoft 365 admin center, then try again."),
        )
    if CLAIMS_CODE in codes:
        return (
            say("Your organization asks for a stronger or newer sign-in before this is allowed."),
            say("Sign in again, and follow what the sign-in page asks for."),
        )
    if status == 400:
        return (
            say("Microsoft did not accept the request as it was sent."),
            say("Open Details for Microsoft's own words; correct what they name, then try again."),
        )
    if status == 401:
        if "UnknownError" in codes:
            return (
                say("Microsoft does not know this app everywhere yet, or the sign-in is no longer accepted."),
                say("Wait a minute and try again; if it stays so, sign in again."),
            )
        return say("Microsoft did not accept the sign-in."), say("Sign in again.")
    if status == 403:
        return _forbidden(request)
    if status == 404:
        return (
            say(
                "Microsoft does not find it: it was removed, or it is so new that not every server knows it yet."
            ),
            say("Wait a minute and try again; if it stays so, look for it in the portal."),
        )
    if status == 409:
        return (
            say("It is in conflict with something that exists already or that has just been changed."),
            say("Wait a minute, read the present state again, and try again."),
        )
    if status == 429:
        wait = retry_after_s(headers)
        return (
            say("Microsoft takes only so many requests in a stretch of time, and the limit is reached."),
            say("Try again in {wait}.", wait=counted(max(1, round(wait)), "second", "seconds"))
            if wait is not None
            else say("Try again in a minute."),
        )
    if status >= 500:
        return (
            say("Microsoft's service had a fault of its own."),
            say(
                "Try again in some minutes. If it stays so, look at the service health page of the Microsoft 365"
                " admin center."
            ),
        )
    return (
        say("Microsoft refused the request."),
        say("Open Details for Microsoft's own words, and report them if they do not help."),
    )


def _forbidden(request: GraphRequest) -> tuple[Sentence, Sentence]:
    """What a 403 can mean by the call alone; ``tenant/explain.py`` looks which of it is the case."""
    right = right_for(request.method, request.path)
    if right is None:
        return (
            say("The signed-in account is not allowed to do this."),
            say("Sign in with an account that may, or ask an administrator."),
        )
    if not right.roles:
        return (
            say("The permission {scope} was not granted to this program.", scope=right.permission),
            say("Ask an administrator to consent to {scope}, then sign in again.", scope=right.permission),
        )
    return (
        say(
            "The signed-in account lacks the role {roles}, or the permission {scope} was not granted to this program.",
            roles=role_names(right.roles),
            scope=right.permission,
        ),
        say(
            "Have the role assigned, or activate it if it is only eligible, and ask an administrator to consent to "
            "{scope}; then sign in again.",
            scope=right.permission,
        ),
    )


def role_names(roles: tuple[Role, ...]) -> str:
    """The two least mighty of some roles, for a sentence."""
    return " or ".join(role.name for role in roles[:2])
