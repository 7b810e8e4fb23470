"""A check is a value: what was looked at, how it came out, and what to do about it.

Readiness, the connection test, apply and provision on demand all report in this one shape, so that one
widget and one printed form serve them all. The room that runs a check explains it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from scim_assistant.errors import Details
from scim_assistant.sentence import Sentence


class Outcome(Enum):
    """How a check came out."""

    WAITING = "waiting"
    RUNNING = "running"
    PASS = "pass"  # noqa: S105 - an outcome, not a password
    WARN = "warn"
    FAIL = "fail"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Fix:
    """One thing the person can do about it: a verb for a button, and where it leads."""

    label: Sentence
    link: str = ""
    """A web address, or ``step:NAME`` for a page of the wizard."""


@dataclass(frozen=True, slots=True)
class Check:
    """One row of a check list."""

    key: str
    """Stable name, such as ``scopes`` or ``cloud-credentials``."""
    title: Sentence
    """What is looked at, a noun phrase."""
    outcome: Outcome = Outcome.WAITING
    sentence: Sentence = Sentence("")
    """The outcome in one sentence; for a failure with the cause."""
    evidence: tuple[tuple[str, str], ...] = ()
    """Label and value pairs behind a disclosure. Never a secret."""
    fix: Fix | None = None
    seconds: float | None = None
    """How long it took, in seconds."""
    details: Details | None = None

    @property
    def blocks(self) -> bool:
        """True for a failure."""
        return self.outcome is Outcome.FAIL


def worst(checks: tuple[Check, ...]) -> Outcome:
    """The outcome that a summary of these checks should show."""
    order = (Outcome.FAIL, Outcome.WARN, Outcome.RUNNING, Outcome.WAITING, Outcome.PASS, Outcome.SKIPPED)
    present = {check.outcome for check in checks}
    return next((outcome for outcome in order if outcome in present), Outcome.WAITING)
