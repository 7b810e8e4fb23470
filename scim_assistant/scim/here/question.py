"""What the answer to the search for nobody means: for a person, and for a group. Pure.

Microsoft's cloud takes whoever comes back for the person that it asked for. So the one good answer is an empty list.

Source: RFC 7644 section 3.4.2; Microsoft, "Develop and plan provisioning for a SCIM endpoint" (read 2026-11).
"""

from __future__ import annotations

from dataclasses import dataclass

from scim_assistant.scim.answer import ERROR, LIST, RESOURCES, VERSION_1, Flaw, Oddity, ScimAnswer
from scim_assistant.scim.here.row import (
    ASK_VENDOR,
    COPY_ADDRESS,
    Rows,
    details_of,
    failed,
    passed,
    rows,
    warned,
)
from scim_assistant.scim.layers import GROUPS, SCIM
from scim_assistant.scim.spoken import Masks
from scim_assistant.scim.verdict import Side, SidedCheck, Sureness
from scim_assistant.sentence import Sentence, counted, lasted, say


@dataclass(frozen=True, slots=True)
class Words:
    """How the same finding is worded for people and for groups."""

    one: str
    many: str
    taken: Sentence
    """What Microsoft's cloud would do with whoever came back."""


_PEOPLE = Words(
    "person",
    "people",
    say("Do not provision before the vendor has mended this: Microsoft's cloud would take over the wrong account."),
)  # fmt: skip
_GROUPS = Words(
    "group",
    "groups",
    say("Do not provision groups before the vendor has mended this: members would land in the wrong group."),
)
_MEMBERS = ("schemas", "totalResults", "Resources")
_TELL = say("Send the details to the vendor: Microsoft's cloud puts this question before everything else.")
_FLAWS = {
    Flaw.EMPTY: say("The answer is empty where an empty list was expected."),
    Flaw.NOT_UTF8: say("The answer is not in UTF-8, as JSON has to be."),
    Flaw.NOT_JSON: say("The answer is not valid JSON."),
    Flaw.BROKEN_OFF: say("The answer breaks off in the middle."),
    Flaw.TOO_DEEP: say("The answer is nested deeper than any list of SCIM."),
    Flaw.PAGE: say("A web page came back where a list was expected."),
}


def list_rows(answer: ScimAnswer, question: str, masks: Masks) -> Rows:
    """The facts of a list: counts, never who is in it."""
    return rows(
        ("Question", question),
        ("Status", answer.status),
        ("Time", lasted(answer.seconds)),
        ("totalResults", _shown(answer, "totalResults")),
        ("Resources", _count_of_resources(answer)),
        ("Schemas", masks.text(", ".join(answer.schemas[:4]), 200)),
        ("Keys that stand twice", masks.text(", ".join(answer.duplicates[:6]), 200)),
        ("Byte order mark", "yes" if Oddity.BYTE_ORDER_MARK in answer.oddities else ""),
        ("Error code", masks.text(answer.scim_type, 60)),
        ("Service said", masks.text(answer.detail, 300)),
    )


def _shown(answer: ScimAnswer, name: str) -> str:
    if answer.document is None:
        return ""
    if not answer.spellings(name):
        return "missing" if answer.good else ""
    value = answer.named(name)
    if isinstance(value, bool) or value is None:
        return f"{value} (no number)".lower()
    if isinstance(value, int | float):
        return f"{value}"
    return f"{type(value).__name__} (no number)".replace("str ", "text ").replace("dict ", "object ")


def _count_of_resources(answer: ScimAnswer) -> str:
    if answer.document is None or not answer.spellings("Resources"):
        return "missing" if answer.document is not None and answer.good else ""
    listed = answer.named("Resources")
    return str(len(listed)) if isinstance(listed, list) else "not a list"


def judge_nobody(
    answer: ScimAnswer, question: str, masks: Masks, *, found_anyway: bool = False
) -> SidedCheck:
    """What the service said when it was asked for a person that nobody is.

    Args:
        question: What was asked, in words.
        found_anyway: The answer was 404, but the same address lists people when it is asked without a filter.
    """
    judge = _Judge(SCIM, answer, _PEOPLE, list_rows(answer, question, masks), masks)
    status = answer.status
    if status == 404 and found_anyway:
        return judge.fail(
            Side.VENDOR,
            Sureness.CERTAIN,
            say("The service answers 404 where nobody is found; Microsoft's cloud takes it for no SCIM service then."),
            say("Ask the vendor to answer a search without a hit with status 200 and an empty list."),
        )  # fmt: skip
    if status == 404:
        return judge.fail(
            Side.ADDRESS,
            Sureness.POSSIBLE,
            say(
                "A SCIM service answers that there is nothing at this address: its path is wrong, or the service says "
                "404 where nobody is found."
            ),
            say("Check the path of the Tenant URL. If it is right, ask the vendor to answer with an empty list."),
        )  # fmt: skip
    if status in (400, 422):
        return judge.fail(
            Side.VENDOR,
            Sureness.LIKELY,
            say("The service does not accept the search for one person, which Microsoft's cloud makes too."),
            say("Ask the vendor which attribute people can be searched by, and match by that one."),
        )
    if status in (405, 501):
        return judge.fail(
            Side.VENDOR,
            Sureness.LIKELY,
            say("The service does not offer a search for people, which Microsoft's cloud needs."),
            _TELL,
        )
    if status in (406, 415):
        return judge.fail(
            Side.VENDOR,
            Sureness.LIKELY,
            say(
                "The service does not give answers of the kind application/scim+json, which Microsoft's cloud asks for."
            ),
            _TELL,
        )
    if status != 200:
        return judge.fail(
            Side.VENDOR,
            Sureness.LIKELY,
            say("The service answers the search with status {status}, where 200 is expected.", status=status),
            _TELL,
        )
    return judge.list()


def judge_no_group(answer: ScimAnswer, question: str, masks: Masks) -> SidedCheck:
    """What the service said when it was asked for a group that does not exist."""
    judge = _Judge(GROUPS, answer, _GROUPS, list_rows(answer, question, masks), masks)
    status = answer.status
    if status in (404, 405, 501):
        return judge.warn(
            Side.VENDOR,
            Sureness.LIKELY,
            say(
                "The service has no groups (status {status}). Microsoft's own test was seen to fail on that.",
                status=status,
            ),
            say(
                "Switch the provisioning of groups off in the mappings. If Microsoft's test fails all the same, ask the "
                "vendor to answer with an empty list."
            ),
        )
    if status == 429:
        return judge.warn(
            Side.VENDOR,
            Sureness.CERTAIN,
            say("The service was busy when it was asked for a group."),
            say("Test again later."),
        )
    if status in (401, 403):
        return judge.fail(
            Side.TOKEN,
            Sureness.LIKELY,
            say("The token is good for people, and not for groups (status {status}).", status=status),
            say("Check which rights the token was given, or switch the provisioning of groups off."),
        )
    if status != 200:
        return judge.fail(
            Side.VENDOR,
            Sureness.LIKELY,
            say("The service answers the search for a group with status {status}.", status=status),
            say("Ask the vendor, or switch the provisioning of groups off in the mappings."),
        )
    return judge.list()


@dataclass(frozen=True, slots=True)
class _Judge:
    """Judges one answer that should be an empty list."""

    key: str
    answer: ScimAnswer
    words: Words
    evidence: Rows
    masks: Masks

    def fail(self, side: Side, sure: Sureness, sentence: Sentence, next_step: Sentence) -> SidedCheck:
        return failed(
            self.key,
            side,
            sure,
            sentence,
            next_step,
            evidence=self.evidence,
            seconds=self.answer.seconds,
            details=details_of(self.answer, self.masks),
        )

    def warn(self, side: Side, sure: Sureness, sentence: Sentence, next_step: Sentence) -> SidedCheck:
        return warned(
            self.key,
            side,
            sure,
            sentence,
            next_step,
            evidence=self.evidence,
            seconds=self.answer.seconds,
            details=details_of(self.answer, self.masks),
        )

    def list(self) -> SidedCheck:
        """The status is 200: is it the empty list?"""
        answer = self.answer
        if answer.flaw is Flaw.NOT_OBJECT:
            return self._no_list()
        if answer.flaw is Flaw.TOO_MANY:
            return self.fail(
                Side.VENDOR,
                Sureness.LIKELY,
                say("The answer holds so much that the service seems to ignore what is searched for."),
                self.words.taken,
            )
        if answer.document is None:
            flaw = answer.flaw or Flaw.EMPTY
            side = Side.ADDRESS if flaw is Flaw.PAGE else Side.VENDOR
            return self.fail(side, Sureness.CERTAIN, _FLAWS[flaw], _TELL)
        if VERSION_1 in answer.schemas:
            return self.fail(
                Side.ADDRESS,
                Sureness.CERTAIN,
                say("The service at this address speaks SCIM 1, which Microsoft's cloud does not."),
                say("Enter the address of SCIM 2 where the app has one."),
            )
        if ERROR in answer.schemas:
            return self.fail(
                Side.VENDOR,
                Sureness.LIKELY,
                say("The service puts an error into an answer with status 200, which says that all is well."),
                _TELL,
            )
        twice = {name for name in _MEMBERS if len(answer.spellings(name)) > 1}
        if twice or set(answer.duplicates[: answer.outer_duplicates]) & set(_MEMBERS):
            return self.fail(
                Side.VENDOR,
                Sureness.LIKELY,
                say("The list says the same thing twice, so that each reader may understand something else."),
                _TELL,
            )
        return self._counts()

    def _no_list(self) -> SidedCheck:
        if self.answer.id and any(one in RESOURCES for one in self.answer.schemas):
            return self._somebody(1)
        return self.fail(
            Side.ADDRESS,
            Sureness.LIKELY,
            say("The answer is JSON, but not a SCIM list: check the address."),
            COPY_ADDRESS,
        )

    def _somebody(self, number: int) -> SidedCheck:
        return self.fail(
            Side.VENDOR,
            Sureness.CERTAIN,
            say(
                "The service names {some} for a name that nobody has, so it ignores what is searched for.",
                some=counted(number, self.words.one, self.words.many),
            ),
            self.words.taken,
        )

    def _counts(self) -> SidedCheck:
        listed, total, words = self.answer.named("Resources"), self.answer.total, self.words
        marked = LIST in self.answer.schemas
        if isinstance(listed, list) and listed:
            return self._somebody(max(len(listed), total or 0))
        if listed is not None and not isinstance(listed, list):
            return self.fail(Side.VENDOR, Sureness.LIKELY, say("Resources in the list is not a list."), _TELL)
        if total is None:
            if not (marked or self.answer.spellings("Resources") or self.answer.spellings("totalResults")):
                return self._no_list()
            return self.fail(
                Side.VENDOR,
                Sureness.LIKELY,
                say("The list does not say as a whole number how many it has (totalResults)."),
                _TELL,
            )
        if total != 0:
            return self.fail(
                Side.VENDOR,
                Sureness.LIKELY,
                say(
                    "The service counts {some} for a name that nobody has, and names none of them.",
                    some=counted(total, words.one, words.many),
                ),
                words.taken,
            )
        if not marked:
            return self.warn(
                Side.VENDOR,
                Sureness.POSSIBLE,
                say("The empty list lacks the mark of a SCIM list (schemas), which may matter."),
                ASK_VENDOR,
            )
        return self._oddities()

    def _oddities(self) -> SidedCheck:
        odd, said = self.answer.oddities, self.answer.document or {}
        if any(name not in said and self.answer.spellings(name) for name in _MEMBERS):
            return self.warn(
                Side.VENDOR,
                Sureness.POSSIBLE,
                say(
                    "The list writes its names in other letters than SCIM does, over which some readers stumble."
                ),
                ASK_VENDOR,
            )
        if Oddity.BYTE_ORDER_MARK in odd:
            return self.warn(
                Side.VENDOR,
                Sureness.POSSIBLE,
                say("The answer begins with a byte order mark, over which some readers of JSON stumble."),
                ASK_VENDOR,
            )
        if Oddity.DUPLICATE_KEYS in odd or Oddity.HUGE_NUMBER in odd:
            return self.warn(
                Side.VENDOR,
                Sureness.POSSIBLE,
                say("The answer has keys that stand twice, or numbers beyond what most readers take."),
                ASK_VENDOR,
            )
        return passed(
            self.key,
            say("A search for a name that nobody has finds no {one}, as it should.", one=self.words.one),
            self.evidence,
            seconds=self.answer.seconds,
        )
