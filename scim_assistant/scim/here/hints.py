"""What a service says of itself, its pages and its limits: hints, none of which decides anything. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from scim_assistant.scim.answer import ScimAnswer
from scim_assistant.scim.here.answer import SLOW_S
from scim_assistant.scim.here.row import Rows, passed, rows, skipped, warned
from scim_assistant.scim.layers import DISCOVERY, LIMITS
from scim_assistant.scim.spoken import Masks
from scim_assistant.scim.target import Target
from scim_assistant.scim.verdict import Side, SidedCheck, Sureness
from scim_assistant.sentence import Sentence, counted, lasted, say

_LIMIT_HEADER = re.compile(r"(x-)?rate-?limit[a-z-]*")
_USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"


def judge_discovery(config: ScimAnswer | None, schemas: ScimAnswer | None, masks: Masks) -> SidedCheck:
    """What the service says it can do. Provisioning does without, and what is said there may be wrong.

    Args:
        config: Answer of ``/ServiceProviderConfig``; None where none came.
        schemas: Answer of ``/Schemas``; None where none came.
    """
    said = _document(config)
    evidence = (
        *rows(("ServiceProviderConfig", _state(config)), ("Schemas", _state(schemas))),
        *_abilities(said, masks),
        *rows(("Described", _described(schemas, masks))),
    )
    seconds = sum(answer.seconds for answer in (config, schemas) if answer is not None)
    lacking = tuple(
        word
        for name, word in (("patch", "changes of single attributes (PATCH)"), ("filter", "searches (filter)"))
        if _supported(said, name) is False
    )
    if lacking:
        return warned(
            DISCOVERY,
            Side.VENDOR,
            Sureness.POSSIBLE,
            say(
                "The service says that it does not take {what}, which Microsoft's cloud sends.",
                what=" and ".join(lacking),
            ),
            say("The deep check shows whether that is so."),
            evidence=evidence,
            seconds=seconds,
        )
    if said is None and _document(schemas) is None:
        return passed(
            DISCOVERY,
            say("The service does not describe itself, which provisioning does without."),
            evidence,
            seconds=seconds,
        )
    return passed(DISCOVERY, say("The service describes itself."), evidence, seconds=seconds)


def _document(answer: ScimAnswer | None) -> Mapping[str, Any] | None:
    return answer.document if answer is not None and answer.status == 200 else None


def _state(answer: ScimAnswer | None) -> str:
    if answer is None:
        return "no answer"
    if answer.status != 200:
        return f"status {answer.status}"
    return "there" if answer.document is not None else "there, but not readable"


def _supported(document: Mapping[str, Any] | None, name: str) -> bool | None:
    part = document.get(name) if document is not None else None
    value = part.get("supported") if isinstance(part, dict) else None
    return value if isinstance(value, bool) else None


def _abilities(document: Mapping[str, Any] | None, masks: Masks) -> Rows:
    if document is None:
        return ()
    words = {True: "yes", False: "no", None: ""}
    schemes = document.get("authenticationSchemes")
    kinds = (
        [str(one.get("type", "")) for one in schemes if isinstance(one, dict)]
        if isinstance(schemes, list)
        else []
    )
    part = document.get("filter")
    most = part.get("maxResults") if isinstance(part, dict) else None
    return rows(
        ("Says it takes PATCH", words[_supported(document, "patch")]),
        ("Says it takes filters", words[_supported(document, "filter")]),
        ("Says at most a page", most if isinstance(most, int) and not isinstance(most, bool) else ""),
        ("Says it takes sign-ins", masks.text(", ".join(kind for kind in kinds if kind), 120)),
    )


def _described(schemas: ScimAnswer | None, masks: Masks) -> str:
    document = _document(schemas)
    if schemas is None or document is None:
        return ""
    ids = [one["id"] for one in schemas.resources if isinstance(one.get("id"), str)]
    if not ids:
        return ""
    users = "people" if _USER_SCHEMA in ids else "not people"
    return masks.text(f"{counted(len(ids), 'schema', 'schemas')}, {users} among them", 120)


def judge_limits(
    page: ScimAnswer | None, answers: Sequence[ScimAnswer], target: Target, masks: Masks
) -> SidedCheck:
    """Whether pages come as asked, and what was to be seen of limits.

    Args:
        page: Answer to a page of at most one person, of which only counts are looked at; None where none came.
        answers: Every answer of the test, for limits and times.
    """
    slowest = max((answer.seconds for answer in answers), default=0.0)
    evidence = (
        *_page_rows(page),
        *rows(
            ("Vendor's limit", f"{target.requests_per_minute} requests a minute" if target.requests_per_minute else ""),
            ("Asked to wait", _waits(answers)),
            ("Slowest answer", lasted(slowest) if answers else ""),
        ),
        *_limit_rows(answers, masks),
    )  # fmt: skip
    seconds = page.seconds if page is not None else None

    def warn(sentence: Sentence, next_step: Sentence) -> SidedCheck:
        return warned(
            LIMITS, Side.VENDOR, Sureness.POSSIBLE, sentence, next_step, evidence=evidence, seconds=seconds
        )

    if any(answer.status == 429 for answer in answers):
        return warn(
            say("The service asked to wait during this short test."),
            say("Expect the first cycle to take long; ask the vendor how many requests it takes a minute."),
        )
    if slowest > SLOW_S:
        return warn(
            say("The slowest answer took {seconds:.0f} seconds.", seconds=slowest),
            say("If provisioning is slow or breaks off, tell the vendor."),
        )
    if page is None or page.status != 200 or page.document is None:
        return replace(skipped(LIMITS, _no_page(page)), evidence=evidence, seconds=seconds)
    problem = _page_problem(page)
    if problem is not None:
        return warn(
            problem,
            say("It matters where all accounts are listed, as for account discovery. Tell the vendor."),
        )
    return passed(LIMITS, say("Pages come as they are asked for."), evidence, seconds=seconds)


def _no_page(page: ScimAnswer | None) -> Sentence:
    if page is None:
        return say("Not known: no page of people without a search came, which provisioning does without.")
    if page.status != 200:
        return say(
            "Not known: a page of people without a search was answered with status {status}; provisioning does without "
            "one.",
            status=page.status,
        )
    return say(
        "Not known: a page of people without a search was answered with something else than SCIM; provisioning does "
        "without one."
    )


def _page_problem(page: ScimAnswer) -> Sentence | None:
    document = page.document or {}
    total, shown = page.total, len(page.resources)
    if total is None:
        return say("A page does not say as a whole number how many there are (totalResults).")
    if shown > 1:
        return say(
            "A page of one was asked for, and {shown} came: the service ignores the page size.", shown=shown
        )
    if total < shown or total < 0:
        return say("A page has more people than the service counts.")
    start, per_page = document.get("startIndex", 1), document.get("itemsPerPage", shown)
    if isinstance(start, bool) or start != 1:
        return say("The first page does not begin with number 1 (startIndex).")
    if isinstance(per_page, bool) or not isinstance(per_page, int):
        return say("A page does not say as a whole number how many it has (itemsPerPage).")
    return None


def _page_rows(page: ScimAnswer | None) -> Rows:
    if page is None:
        return ()
    document = page.document or {}
    numbers = {
        name: value
        for name in ("totalResults", "itemsPerPage", "startIndex")
        if isinstance(value := document.get(name), int) and not isinstance(value, bool)
    }
    return rows(
        ("Question", "a page of at most one person, of which only the counts are looked at"),
        ("Status", page.status),
        *((name, f"{value:,}") for name, value in numbers.items()),
        ("On the page", counted(len(page.resources), "person", "people") if page.document else ""),
    )


def _waits(answers: Sequence[ScimAnswer]) -> str:
    waits = [answer.wait_s for answer in answers if answer.wait_s is not None]
    return f"{max(waits):g} seconds" if waits else ""


def _limit_rows(answers: Sequence[ScimAnswer], masks: Masks) -> Rows:
    """The latest of each header that tells of a limit."""
    found: dict[str, str] = {}
    for answer in answers:
        for name, value in answer.headers.items():
            if _LIMIT_HEADER.fullmatch(name) and len(found) < 8:
                found[name] = masks.text(value, 60)
    return tuple(sorted(found.items()))
