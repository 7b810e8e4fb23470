"""Whose side a fault is on, how sure that is, and what to do: what every test of a connection comes to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from scim_assistant.check import Check, Outcome
from scim_assistant.sentence import Sentence


class Side(StrEnum):
    """Who has to act."""

    NONE = "none"
    """Nobody."""
    ADDRESS = "address"
    """Whoever entered the Tenant URL."""
    NETWORK = "network"
    """Whoever runs the network of this computer."""
    TOKEN = "token"  # noqa: S105 - a side, not a password
    """Whoever made the token."""
    VENDOR = "vendor"
    """Whoever runs the service."""
    ENTRA = "entra"
    """Microsoft's side: the provisioning service or what is set there."""


class Sureness(StrEnum):
    """How sure a verdict is."""

    CERTAIN = "certain"
    """What was seen has no other explanation."""
    LIKELY = "likely"
    """Another explanation exists and is rare."""
    POSSIBLE = "possible"
    """One of several; the sentence names the others."""


@dataclass(frozen=True, slots=True)
class SidedCheck(Check):
    """A check that also tells whose side it points to.

    Attributes:
        side: Who has to act on it; ``NONE`` when all is well.
        sure: How sure that is.
        reach: At which layer the service was out of reach (a value of ``errors.Reach``); empty when it answered.
        next_step: What to do about it; empty when all is well.
    """

    side: Side = Side.NONE
    sure: Sureness = Sureness.CERTAIN
    reach: str = ""
    next_step: Sentence = Sentence("")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a test means.

    Attributes:
        side: Who has to act.
        sentence: What is the matter, or that nothing is.
        next_step: What to do now.
        may_go_on: Something is to be known that does not stop provisioning, so nobody has to decide to go on.
        sure: How sure it is.
    """

    side: Side
    sentence: Sentence
    next_step: Sentence
    may_go_on: bool = False
    sure: Sureness = Sureness.CERTAIN

    @property
    def outcome(self) -> Outcome:
        """WARN when one can go on in spite of something, else PASS when nobody has to act, else FAIL."""
        if self.may_go_on:
            return Outcome.WARN
        return Outcome.PASS if self.side is Side.NONE else Outcome.FAIL
