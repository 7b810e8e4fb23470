"""The words of the window: the way from a ``Sentence`` to what is shown, and the texts that several pages share.

Sentences are made all over the program with ``say``; here is the only place that puts them into the person's
language. Qt looks the template up (context ``scim_assistant``) and the same values are put in.
"""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import QCoreApplication

from scim_assistant.check import Outcome
from scim_assistant.sentence import Sentence, say

CONTEXT = "scim_assistant"

APP_NAME = "SCIM Assistant"
PRACTICE_MARK = say("PRACTICE")

BACK = say("Back")
NEXT = say("Next")
CANCEL = say("Cancel")
CLOSE = say("Close")
LEAVE = say("Leave set-up")
STAY = say("Stay")
APPLY = say("Apply")
UNDO = say("Undo set-up…")
OPEN_MONITOR = say("Open monitor")
HELP = say("Help")
COPY = say("Copy")
COPIED = say("Copied")
DETAILS = say("Details")
TRY_AGAIN = say("Try again")
TEST_AGAIN = say("Test again")
STOP = say("Stop")
SIGN_IN = say("Sign in")
SIGN_IN_AGAIN = say("Sign in again")
ALLOW_CHANGES = say("Allow changes")
SETTINGS = say("Settings")
WATCH = say("Watch")

OUTCOME_WORDS = {
    Outcome.WAITING: say("Waiting"),
    Outcome.RUNNING: say("Checking"),
    Outcome.PASS: say("Passed"),
    Outcome.WARN: say("Warning"),
    Outcome.FAIL: say("Failed"),
    Outcome.SKIPPED: say("Skipped"),
}


def show(text: str) -> str:
    """The text for the window: translated where it is a sentence of ours, unchanged where it is data."""
    if not isinstance(text, Sentence) or not text.template:
        return str(text)
    template = QCoreApplication.translate(CONTEXT, text.template)
    if not text.values:
        return template
    try:
        return template.format(**{name: _value(value) for name, value in text.values.items()})
    except (KeyError, IndexError, ValueError):
        # A translation that lost one of its names must not take the sentence away.
        return str(text)


def _value(value: object) -> object:
    return show(value) if isinstance(value, Sentence) else value


def visible(text: str, at_most: int = 2000) -> str:
    """Text that came from outside, fit for display: control and direction characters made visible, cut."""
    cut = text if len(text) <= at_most else text[: at_most - 1] + "…"
    return "".join(_visible(character) for character in cut)


def _visible(character: str) -> str:
    code = ord(character)
    if character == "\n":
        return character
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069 or code in (0x200B, 0x200E, 0x200F, 0xFEFF):
        return f"‹U+{code:04X}›"
    return character


def both_times(at: datetime) -> str:
    """An instant for hover and copies: UTC first, then this computer's own time where that differs."""
    utc = at.astimezone(UTC)
    local = at.astimezone()
    text = f"{utc:%Y-%m-%d %H:%M:%S} UTC"
    return text if local.utcoffset() == utc.utcoffset() else f"{text} ({local:%Y-%m-%d %H:%M:%S %Z})"


def ago(at: datetime, now: datetime) -> Sentence:
    """An instant relative to now: *12 seconds ago*, *in 3 minutes*, *2 days ago*."""
    seconds = round((now - at).total_seconds())
    future = seconds < 0
    seconds = abs(seconds)
    if seconds < 2:
        return say("now")
    for size, one, many in (
        (86_400, "day", "days"),
        (3_600, "hour", "hours"),
        (60, "minute", "minutes"),
        (1, "second", "seconds"),
    ):
        if seconds >= size:
            number = seconds // size
            noun = one if number == 1 else many
            template = "in {number} " + noun if future else "{number} " + noun + " ago"
            return say(template, number=number)
    return say("now")
