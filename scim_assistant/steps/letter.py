"""The message to the vendor about a test: put together from what was found, and written to a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scim_assistant.check import Outcome
from scim_assistant.errors import KnownError
from scim_assistant.scim.verdict import Side, SidedCheck
from scim_assistant.sentence import say
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.asked import target_of
from scim_assistant.steps.found import Found
from scim_assistant.steps.profile import app_word

if TYPE_CHECKING:
    from scim_assistant.scim.deep.found import DeepOutcome
    from scim_assistant.scim.deep.letter import Letter


def letter_for(answers: Answers, found: Found, outcome: DeepOutcome | None = None) -> Letter | None:
    """Write to the vendor about what was found. Pure and quick.

    What Microsoft's cloud was answered goes into it too, where both columns together say that it is the vendor's to
    mend.

    Args:
        answers: Address and token; the token never shows.
        found: Both columns of the test.
        outcome: The deep check; None when it was not made.

    Returns:
        None when nothing is wrong at the vendor's side.
    """
    from scim_assistant.scim.connection import HereTest
    from scim_assistant.scim.deep.letter import letter

    here, verdict = found.here, found.verdict
    if verdict is not None and verdict.side is Side.VENDOR:
        cloud = tuple(
            replace(
                row, side=Side.VENDOR, title=say("Test by Microsoft's own service: {what}", what=row.title)
            )
            for row in found.cloud
            if isinstance(row, SidedCheck) and row.outcome is Outcome.FAIL
        )
        before = here or HereTest((), verdict, 0, 0.0)
        here = replace(before, layers=(*before.layers, *cloud))
    written = letter(outcome, here, target_of(answers, found), app=app_word(answers, found))
    return None if written.is_empty else written


def save_letter(path: str, text: str) -> None:
    """Write the message to a file that the person has chosen. Runs as a job.

    Raises:
        KnownError: The disk refused.
    """
    try:
        Path(path).write_text(text, encoding="utf-8", errors="replace")  # half a pair has no UTF-8
    except OSError as error:
        raise KnownError(
            say("The message was not saved."),
            say("The system says: {reason}.", reason=error.strerror or type(error).__name__),
            say("Choose another folder, or copy the message instead."),
        ) from error
