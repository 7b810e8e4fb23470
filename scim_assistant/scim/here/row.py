"""One layer's finding as a row of the test."""

from __future__ import annotations

from scim_assistant.check import Outcome
from scim_assistant.errors import Details, KnownError, Reach, Unreachable
from scim_assistant.scim.answer import ScimAnswer
from scim_assistant.scim.layers import TITLES
from scim_assistant.scim.spoken import Masks
from scim_assistant.scim.verdict import Side, SidedCheck, Sureness
from scim_assistant.sentence import Sentence, say

Rows = tuple[tuple[str, str], ...]
ASK_VENDOR = say("Send the details to the vendor's support.")
COPY_ADDRESS = say("Copy the Tenant URL again where the app shows it.")


def rows(*pairs: tuple[str, object]) -> Rows:
    """Evidence without the lines that have nothing to say."""
    return tuple((label, str(value)) for label, value in pairs if value not in ("", None, ()))


def running(key: str) -> SidedCheck:
    """A layer that is being looked at."""
    return SidedCheck(key, TITLES[key], Outcome.RUNNING)


def skipped(key: str, sentence: Sentence) -> SidedCheck:
    """A layer that is not looked at."""
    return SidedCheck(key, TITLES[key], Outcome.SKIPPED, sentence)


def passed(
    key: str,
    sentence: Sentence,
    evidence: Rows = (),
    *,
    seconds: float | None = None,
    details: Details | None = None,
) -> SidedCheck:
    """A layer where all is well."""
    return SidedCheck(key, TITLES[key], Outcome.PASS, sentence, evidence, seconds=seconds, details=details)


def warned(
    key: str,
    side: Side,
    sure: Sureness,
    sentence: Sentence,
    next_step: Sentence,
    *,
    evidence: Rows = (),
    seconds: float | None = None,
    details: Details | None = None,
) -> SidedCheck:
    """A layer with something to know that does not stop provisioning."""
    return SidedCheck(
        key,
        TITLES[key],
        Outcome.WARN,
        sentence,
        evidence,
        seconds=seconds,
        details=details,
        side=side,
        sure=sure,
        next_step=next_step,
    )


def failed(
    key: str,
    side: Side,
    sure: Sureness,
    sentence: Sentence,
    next_step: Sentence,
    *,
    evidence: Rows = (),
    seconds: float | None = None,
    details: Details | None = None,
    reach: str = "",
) -> SidedCheck:
    """A layer where a fault shows."""
    return SidedCheck(
        key,
        TITLES[key],
        Outcome.FAIL,
        sentence,
        evidence,
        seconds=seconds,
        details=details,
        side=side,
        sure=sure,
        reach=reach,
        next_step=next_step,
    )


def details_of(answer: ScimAnswer, masks: Masks) -> Details:
    """What a report needs of an answer: for a refusal with the service's own words, masked."""
    said = answer.spoken.answer.partition("\n\n")[2] if answer.status >= 300 else ""
    return Details(
        method=answer.method,
        address=answer.address,
        status=answer.status,
        codes=(masks.text(answer.scim_type, 60),) if answer.scim_type else (),
        request_id=masks.text(_first(answer, "x-request-id", "request-id", "x-correlation-id"), 100) or None,
        said=said[:2000] or None,
    )


def _first(answer: ScimAnswer, *names: str) -> str:
    return next((answer.headers[name] for name in names if answer.headers.get(name)), "")


REACH_SIDES: dict[Reach, tuple[Side, Sureness]] = {
    Reach.NAME: (Side.ADDRESS, Sureness.LIKELY),
    Reach.REFUSED: (Side.VENDOR, Sureness.LIKELY),
    Reach.TIMEOUT: (Side.VENDOR, Sureness.POSSIBLE),
    Reach.BROKEN: (Side.VENDOR, Sureness.POSSIBLE),
    Reach.TLS: (Side.NETWORK, Sureness.POSSIBLE),
    Reach.PROXY: (Side.NETWORK, Sureness.CERTAIN),
}
"""Who most likely has to act when nothing came through, seen from this computer alone."""


def unanswered(
    key: str, error: KnownError, masks: Masks, evidence: Rows = (), *, seconds: float | None = None
) -> SidedCheck:
    """The finding for a layer where no usable answer came."""
    details = masked_details(error.details, masks)
    if isinstance(error, Unreachable):
        side, sure = REACH_SIDES[error.reach]
        evidence = (*evidence, *rows(("The system said", details.said or "")))
        return failed(
            key, side, sure, error.why, error.next_step, evidence=evidence, seconds=seconds, details=details,
            reach=error.reach.value,
        )  # fmt: skip
    if error.details.status is not None:  # an answer began, and was too long, damaged or late
        return failed(
            key, Side.VENDOR, Sureness.LIKELY, error.why, error.next_step,
            evidence=(*evidence, *rows(("Status", error.details.status), ("The system said", details.said or ""))),
            seconds=seconds, details=details,
        )  # fmt: skip
    return failed(
        key,
        Side.TOKEN,
        Sureness.CERTAIN,
        error.why,
        error.next_step,
        evidence=evidence,
        seconds=seconds,
        details=details,
    )


def masked_details(details: Details, masks: Masks) -> Details:
    """Details without anything of the token."""
    said = masks.text(details.said, 2000) if details.said else None
    return Details(
        at=details.at, method=details.method, address=details.address, status=details.status, said=said
    )
