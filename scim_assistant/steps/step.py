"""What a step of the wizard is, without a window.

A step knows what it needs, what is wrong with the answers, and how to look up what it shows. Its page
(same file name under ``ui/pages``) only shows it. Order and branching are in ``flow.py``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import Enum

from scim_assistant.sentence import Sentence, say
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.services import Services
from scim_assistant.work import Work

Tell = Callable[[Found], None]
"""Told a changed copy each time a lookup has found a part, from the lookup's thread."""


def tell_nobody(found: Found) -> None:
    """The listener of a lookup whose parts nobody watches."""


class StepGroup(Enum):
    """The four groups of the rail."""

    PREPARE = say("Prepare")
    CONNECT = say("Connect")
    DECIDE = say("Decide")
    GO_LIVE = say("Go live")


class StepKey(Enum):
    """The ten steps, by file name."""

    START = "start"
    SIGN_IN = "sign_in"
    REGISTER = "register"
    CONNECT = "connect"
    TEST_CONNECTION = "test_connection"
    MAPPINGS = "mappings"
    SCOPE = "scope"
    REVIEW = "review"
    PROVE = "prove"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about the answers that the person should know.

    Attributes:
        field: Name of the answer it belongs to (``tenant_url``), or empty for the whole page.
        sentence: What is wrong and what to do, one sentence.
        blocks: True keeps Next disabled; False is advice ("a trailing slash was left out").
    """

    field: str
    sentence: Sentence
    blocks: bool = True


class Step(ABC):
    """One step.

    Attributes:
        key: Which one.
        group: Its group in the rail.
        title: What the person does, a verb phrase.
        short_title: One or two words for the rail.
        purpose: One sentence below the title.
    """

    key: StepKey
    group: StepGroup
    title: Sentence
    short_title: Sentence
    purpose: Sentence

    @abstractmethod
    def problems(self, answers: Answers, found: Found) -> tuple[Problem, ...]:
        """What is wrong with the answers as they stand. Pure and quick."""

    def depends_on(self, answers: Answers, found: Found) -> Hashable:
        """What the lookup's result depends on; when it changes, the lookup runs again. None: nothing to look up."""
        return None

    def suggest(self, answers: Answers, found: Found) -> Answers:
        """The answers with this step's empty ones filled in from what was found; asked when the page is entered and
        again after its lookup. Never changes what the person has answered. Pure and quick.
        """
        return answers

    def lookup(
        self, services: Services, answers: Answers, found: Found, work: Work, tell: Tell = tell_nobody
    ) -> Found:
        """Find what the page shows. Runs as a job.

        Args:
            services: The world outside.
            answers: As they stood when the job began.
            found: What was found before; the result is a changed copy.
            work: Cancel and progress.
            tell: Told partial results, for pages that show rows as they come.

        Raises:
            KnownError: It could not be found.
            Cancelled: The person pressed Cancel.
        """
        return found
