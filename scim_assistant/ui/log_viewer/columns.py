"""The columns of the log table, and how a status looks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from scim_assistant.logs.row import FAILURE, SKIPPED, SUCCESS, WARNING
from scim_assistant.sentence import Sentence, say
from scim_assistant.ui.theme import Tone


class Column(IntEnum):
    """Place of each column in the model."""

    STATUS = 0
    TIME = 1
    ACTION = 2
    PERSON = 3
    MESSAGE = 4


@dataclass(frozen=True, slots=True)
class Looks:
    """Title, what sorting by it sorts by (an attribute of a row), and width in average characters."""

    title: Sentence
    sort: str
    characters: int


LOOKS = {
    Column.STATUS: Looks(say("Status"), "status", 12),
    Column.TIME: Looks(say("Time"), "at", 16),
    Column.ACTION: Looks(say("Action"), "action", 19),
    Column.PERSON: Looks(say("Person or group"), "person", 20),
    Column.MESSAGE: Looks(say("What happened"), "message", 60),
}

STATUS_LOOKS: dict[str, tuple[str, Tone]] = {
    SUCCESS: ("pass", Tone.GOOD),
    FAILURE: ("fail", Tone.BAD),
    WARNING: ("warn", Tone.CAUTION),
    SKIPPED: ("skipped", Tone.QUIET),
}
"""Shape and colour of each status; shapes differ, so that colour is never the only sign."""

OTHER_LOOKS = ("info", Tone.QUIET)
