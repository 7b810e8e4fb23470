"""What the deep check found: values that the window's table, the command and the letter are made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from scim_assistant.check import Check, Outcome
from scim_assistant.scim.verdict import Verdict
from scim_assistant.sentence import Sentence


class Severity(StrEnum):
    """What a failed check costs in daily use."""

    STOPS = "stops"
    """Provisioning does not work at all, or Microsoft pauses it."""
    BREAKS = "breaks"
    """Some changes never arrive, or reach the wrong person."""
    HINDERS = "hinders"
    """It works, with detours that somebody has to know of."""
    NOTE = "note"
    """Good to know."""


class Dialect(StrEnum):
    """How Entra words its changes."""

    LEGACY = "legacy"
    """By default."""
    STANDARD = "standard"
    """With ``aadOptscim062020`` at the end of the Tenant URL."""
    BOTH = "both"
    """The same in both."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One request and its answer, as they may be shown to anybody: the token and other people's data are masked.

    Attributes:
        request: Method, address with query, and headers that matter, one a line; then an empty line and the body.
        answer: Status line, headers that matter, an empty line and the body, cut to 4,000 characters.
        seconds: Until the last byte.
    """

    request: str
    answer: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class DeepCheck(Check):
    """One thing that was tried. Its key is stable, such as ``user-disable-legacy``.

    Attributes:
        severity: What it costs where it failed.
        dialect: In which dialect it was asked.
        means: What the outcome means for a real sync, in one or two sentences.
        source: Where it is written that Entra does so, or that a service must.
        spoken: What was said, in order; empty when it was not tried.
    """

    severity: Severity = Severity.NOTE
    dialect: Dialect = Dialect.BOTH
    means: Sentence = Sentence("")
    source: str = ""
    spoken: tuple[Spoken, ...] = ()


class Flag(StrEnum):
    """Which Tenant URL to use."""

    WITHOUT = "without"
    WITH = "with"
    EITHER = "either"
    NEITHER = "neither"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DeepOutcome:
    """All of it.

    Attributes:
        checks: In the order they were made.
        flag: Which Tenant URL serves better.
        flag_sentence: The same as advice.
        breaks: What will go wrong in daily use, worst first; empty when nothing will.
        left_behind: What could not be taken away, in words (kind, name and id); empty when all is gone.
        verdict: What it comes to.
        requests: How many were sent, those of the clean-up included.
        seconds: How long it took.
        cancelled: It was stopped by the person; what was made was taken away all the same.
    """

    checks: tuple[DeepCheck, ...]
    flag: Flag
    flag_sentence: Sentence
    breaks: tuple[Sentence, ...]
    left_behind: tuple[str, ...]
    verdict: Verdict
    requests: int = 0
    seconds: float = 0.0
    cancelled: bool = False

    @property
    def outcome(self) -> Outcome:
        """PASS, WARN or FAIL."""
        return self.verdict.outcome
