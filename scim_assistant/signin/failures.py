"""What MSAL and the sign-in service say when they refuse, in words.

Branches on OAuth's ``error``, which is a contract. AADSTS numbers, which Microsoft may change, only choose a better help
text (``resources/codes/signin.toml``). Prose is shown in the details and decides nothing.

Source: RFC 6749 sections 4.1.2.1 and 5.2, RFC 8628 section 3.5, OpenID Connect Core section 3.1.2.6; Microsoft
identity platform, error codes page (read 2026-11).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from scim_assistant import resources
from scim_assistant.errors import Details, SignInFailed, SignInNeeded
from scim_assistant.sentence import Sentence, counted, say

SAID_CHARACTERS: Final = 2000
SKEW_WORTH_SAYING_S: Final = 300.0
"""A clock that is off by more than this many seconds gets blamed; tokens allow for five minutes."""

NEED_A_PERSON: Final = frozenset(
    {"invalid_grant", "interaction_required", "login_required", "consent_required"}
)
"""OAuth errors of a silent renewal after which a person can help."""

_AGAIN: Final = say("Sign in again.")
_LATER: Final = say("Try again in a few minutes.")
_REGISTRATION: Final = say(
    "Compare the client ID and the tenant with the app registration, and see that it allows public client flows."
)
_REPORT: Final = say("Try again; if it stays so, report it with the details.")

_WORDS: Final[Mapping[str, tuple[Sentence, Sentence]]] = {
    "access_denied": (
        say("The sign-in was cancelled, or the permissions were not granted."),
        say("Sign in again, and accept what is asked for; some of it only an administrator can grant."),
    ),
    "authorization_declined": (
        say("The sign-in was declined where the code was entered."),
        say("Sign in again, and go on there."),
    ),
    "consent_required": (
        say("The permissions that are asked for were not granted."),
        say("Sign in and accept them, or ask an administrator to grant them."),
    ),
    "interaction_required": (
        say("Microsoft wants to ask the person something."),
        say("Sign in with the browser."),
    ),
    "login_required": (say("Nobody is signed in."), say("Sign in with the browser.")),
    "invalid_grant": (say("What was granted before does not count any more."), _AGAIN),
    "expired_token": (
        say("The time to sign in was over before somebody did."),
        say("Start the sign-in again."),
    ),
    "bad_verification_code": (
        say("Microsoft does not know the code any more."),
        say("Start the sign-in again."),
    ),
    "invalid_client": (say("Microsoft does not accept the app registration."), _REGISTRATION),
    "unauthorized_client": (say("The app registration may not be used in this way."), _REGISTRATION),
    "unsupported_grant_type": (say("The app registration may not be used in this way."), _REGISTRATION),
    "unsupported_response_type": (say("The app registration may not be used in this way."), _REGISTRATION),
    "invalid_request": (say("Microsoft does not accept the request to sign in."), _REGISTRATION),
    "invalid_scope": (
        say(
            "A permission that is asked for does not exist in this cloud, or is not in the app registration."
        ),
        say("Check the cloud, and the permissions of the app registration."),
    ),
    "invalid_resource": (
        say("Microsoft Graph is not known in this tenant."),
        say("Check the tenant and the cloud."),
    ),
    "invalid_tenant": (
        say("There is no such tenant in this cloud."),
        say("Check the tenant's domain or ID, and the cloud."),
    ),
    "temporarily_unavailable": (say("Microsoft's sign-in service is busy."), _LATER),
    "server_error": (say("Microsoft's sign-in service has trouble of its own."), _LATER),
    "broker_error": (
        say("The account service of this computer could not sign you in."),
        say("Try again, or choose to sign in with the browser."),
    ),
}
_UNKNOWN: Final = (say("Microsoft refused, with a reason that this program does not know."), _REPORT)

_UNKNOWN_TENANT: Final = frozenset({"invalid_tenant", "AADSTS90002"})
TENANT_CHARACTERS: Final = 80
"""So much of a tenant that was typed is said in a sentence."""

_NOT_THE_CLOCK: Final = frozenset({
    "access_denied",
    "authorization_declined",
    "consent_required",
    "invalid_client",
    "unauthorized_client",
    "invalid_scope",
    "invalid_tenant",
    "invalid_resource",
    "unsupported_grant_type",
    "unsupported_response_type",
})  # fmt: skip


def failed(
    result: Mapping[str, Any],
    what: Sentence,
    *,
    status: int | None = None,
    skew_s: float | None = None,
) -> SignInFailed:
    """The error for a refusal.

    Args:
        result: As MSAL gives it, or as the service's JSON says it; may lack anything.
        what: What is not done, as a full sentence.
        status: HTTP status, where one is known.
        skew_s: By how many seconds this computer's clock is ahead.
    """
    why, next_step = _words(result, skew_s)
    return SignInFailed(what, why, next_step, _details(result, status))


def naming_tenant(error: SignInFailed, tenant: str) -> SignInFailed:
    """The same error; where no such tenant is its cause, it names the tenant as it was typed.

    Args:
        error: A refusal.
        tenant: Domain or ID that was asked for; may be anything that a person can type.
    """
    if not _UNKNOWN_TENANT.intersection(error.details.codes) or not tenant.strip():
        return error
    why = say("There is no tenant {tenant} in this cloud.", tenant=_as_typed(tenant))
    return SignInFailed(error.what, why, _WORDS["invalid_tenant"][1], error.details)


def needed(
    result: Mapping[str, Any],
    what: Sentence,
    *,
    scopes: tuple[str, ...] = (),
    claims: str = "",
    account_id: str = "",
) -> SignInNeeded:
    """The error for a renewal that only a person can help.

    Args:
        result: The refusal; empty where nothing was asked, because nothing is kept any more.
        scopes: Permissions to ask for.
        claims: The claims challenge to answer; one in the refusal itself, which is newer, goes before it.
        account_id: Whose sign-in is wanted.
    """
    if result:
        why, next_step = _words(result, None)
    else:
        why, next_step = say("This account is not signed in any more."), _AGAIN
    own = result.get("claims")
    return SignInNeeded(
        what,
        why,
        next_step,
        _details(result, None),
        scopes=scopes,
        claims=own if isinstance(own, str) and own else claims,
        account_id=account_id,
    )


def wants_person(result: Mapping[str, Any]) -> bool:
    """True for a refusal that a person can help by signing in."""
    return _text(result, "error") in NEED_A_PERSON


def numbers(result: Mapping[str, Any]) -> tuple[str, ...]:
    """The AADSTS numbers of a refusal, such as ``AADSTS65001``.

    The page of the browser's flow gives them nowhere but at the head of the description.
    """
    codes = result.get("error_codes")
    if isinstance(codes, list) and codes:
        return tuple(f"AADSTS{code}" for code in codes if isinstance(code, int) and code > 0)
    return tuple(re.findall(r"\AAADSTS\d{1,9}(?=:)", _text(result, "error_description")))


def clock_words(skew_s: float) -> tuple[Sentence, Sentence]:
    """Why and next step for a clock that is off by so many seconds; ahead when positive."""
    off = _span(abs(skew_s))
    why = (
        say(
            "The clock of this computer is {off} ahead of Microsoft's, and sign-ins are judged by time.",
            off=off,
        )
        if skew_s > 0
        else say(
            "The clock of this computer is {off} behind Microsoft's, and sign-ins are judged by time.",
            off=off,
        )
    )
    return why, say("Set this computer's date, time and time zone, then try again.")


def _words(result: Mapping[str, Any], skew_s: float | None) -> tuple[Sentence, Sentence]:
    error = _text(result, "error")
    if skew_s is not None and abs(skew_s) > SKEW_WORTH_SAYING_S and error not in _NOT_THE_CLOCK:
        return clock_words(skew_s)
    helps = _help_texts()
    for number in numbers(result):
        if number in helps:
            return helps[number]
    return _WORDS.get(error, _UNKNOWN)


@functools.cache
def _help_texts() -> Mapping[str, tuple[Sentence, Sentence]]:
    """Why and next step by AADSTS number. Immutable once read."""
    return {
        code: (
            say("{title}. {meaning}", title=entry["title"], meaning=entry["meaning"]),
            say("{fixes}", fixes=" ".join(entry["fixes"])),
        )
        for code, entry in resources.read_toml("codes/signin.toml").items()
        if isinstance(entry, dict)
    }


def _details(result: Mapping[str, Any], status: int | None) -> Details:
    return Details(
        at=_time(_text(result, "timestamp")),
        status=status,
        codes=tuple(one for one in (_text(result, "error"), *numbers(result)) if one),
        request_id=_text(result, "trace_id") or None,
        client_request_id=_text(result, "correlation_id") or None,
        said=_text(result, "error_description")[:SAID_CHARACTERS] or None,
    )


def _text(result: Mapping[str, Any], name: str) -> str:
    """A member as text; halves of surrogate pairs, which JSON can hold, are replaced."""
    value = result.get(name)
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _time(text: str) -> datetime:
    """When the service says that it refused, else now."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return datetime.now(UTC)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _as_typed(tenant: str) -> str:
    """What a person typed, fit for a sentence: one line, nothing in it that cannot be seen, cut."""
    seen = "".join(one if one.isprintable() else "?" for one in " ".join(tenant.split()))
    return seen if len(seen) <= TENANT_CHARACTERS else f"{seen[: TENANT_CHARACTERS - 1]}…"


def _span(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 120:
        return counted(minutes, "minute", "minutes")
    hours = round(seconds / 3600)
    return counted(hours, "hour", "hours") if hours < 48 else counted(round(hours / 24), "day", "days")
