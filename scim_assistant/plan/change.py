"""A plan is an ordered list of changes, each a sentence with old and new value and the Graph call behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from scim_assistant.graph.request import GraphRequest
from scim_assistant.plan.wanted import Wanted
from scim_assistant.sentence import Sentence


class ChangeKind(Enum):
    """What a change does to the tenant."""

    CREATE_APP = "create-app"
    CREATE_JOB = "create-job"
    WRITE_SECRETS = "write-secrets"
    ASSIGN = "assign"
    PAUSE = "pause"
    START = "start"
    RESTART = "restart"
    UNASSIGN = "unassign"
    RESTORE_SECRETS = "restore-secrets"
    REMOVE_JOB = "remove-job"
    REMOVE_APP = "remove-app"


class ChangeState(Enum):
    """Where a change stands while the plan is applied."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    ALREADY = "already"
    """It was so before; nothing was sent."""
    FAILED = "failed"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Change:
    """One write.

    Attributes:
        key: Stable within a set-up: ``create-app``, ``assign:<principal id>`` and so on. The journal uses it.
        kind: What it does.
        sentence: The change for the person: *Assign Ana Ruiz to ScreenSteps*.
        old: The value before, in words; empty where there was none.
        new: The value after, in words; secrets are masked.
        request: The call behind it. Ids that are not known yet stand as ``{app}`` and ``{job}``.
        undo: What undoing it would do, as a sentence; empty where there is nothing to undo.
        was: For settings, key and value as read when the plan was made (secrets masked): applying stops when somebody
            else has changed them since. None where nothing was read.
    """

    key: str
    kind: ChangeKind
    sentence: Sentence
    old: str
    new: str
    request: GraphRequest
    undo: Sentence = Sentence("")
    was: tuple[tuple[str, str], ...] | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Changes in the order in which they are made, and what they are for."""

    wanted: Wanted
    changes: tuple[Change, ...]
    made_at: datetime
    warnings: tuple[Sentence, ...] = ()
    """What the person should know before applying: how many, how risky, whether it can be undone."""
