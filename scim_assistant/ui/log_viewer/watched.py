"""What a monitor window watches and what it may do: handed in by who opens it, so that tests hand in their own.

Every callable runs in a job; none of them touches Qt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Protocol

from scim_assistant.graph.types import SynchronizationJob
from scim_assistant.logs.detail import Explain, Explained
from scim_assistant.logs.row import Row
from scim_assistant.logs.rows import MemoryRows, Rows
from scim_assistant.sentence import Sentence, say
from scim_assistant.steps.rotation_acts import RotationActs
from scim_assistant.steps.token_life import TokenLife
from scim_assistant.work import REAL_PACE, Pace, Work

JOB_EVERY_S = 20.0
"""Between two looks at the job, in the service's seconds."""

READ_ONLY = say("Read only: this sign-in may look, but not change anything.")


@dataclass(frozen=True, slots=True)
class JobActions:
    """What can be done to a job. Each writes its journal and returns when the service has taken it.

    Attributes:
        start: Start or go on; lifts a quarantine.
        pause: Pause; a running cycle still finishes.
        restart: Begin again with everybody, keeping the links between accounts.
        allow_removals: Let the removals go ahead that the accidental-deletion guard holds back.
    """

    start: Callable[[Work], object]
    pause: Callable[[Work], object]
    restart: Callable[[Work], object]
    allow_removals: Callable[[Work], object]


@dataclass(frozen=True, slots=True)
class TokenWatched:
    """The Secret Token of the app that is watched.

    Attributes:
        life: How long it still works, as far as it is known on this computer.
        note: Notes by hand on which day it was made, or on which it ends.
        acts: What replacing it may ask for; None in a session that may only look.
    """

    life: Callable[[Work], TokenLife]
    note: Callable[[date | None, date | None, Work], TokenLife]
    acts: RotationActs | None = None


class Feed(Protocol):
    """Where new rows come from: ``logs.live.LiveFeed``."""

    @property
    def interval_s(self) -> float:
        """Our seconds between two rounds."""
        ...

    def fetch_pages(self, work: Work) -> Iterator[tuple[Row, ...]]:
        """One round, page by page."""
        ...


@dataclass(frozen=True, slots=True)
class Watched:
    """One app whose provisioning is watched.

    Attributes:
        app_name: Its name in the tenant.
        tenant_name, account: Who looks, where.
        fetch_job: Reads the job.
        feed: New rows of its log.
        explain: What the catalogue says about an event.
        explain_code: What it says about a code alone (a quarantine has no event).
        actions: What may be done; None in a session that may only look.
        token: Its Secret Token; None where that is of no interest.
        read_only: Why nothing may be done, shown beside the buttons.
        rows: Where the rows are kept.
        pace: How fast the service's seconds pass.
        is_practice: Says PRACTICE in the title.
        now: The clock (aware UTC).
    """

    app_name: str
    tenant_name: str
    account: str
    fetch_job: Callable[[Work], SynchronizationJob]
    feed: Feed
    explain: Explain
    explain_code: Callable[[str], Explained | None] = lambda code: None
    actions: JobActions | None = None
    token: TokenWatched | None = None
    read_only: Sentence = READ_ONLY
    rows: Rows = field(default_factory=MemoryRows)
    pace: Pace = REAL_PACE
    is_practice: bool = False
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def job_every_s(self) -> float:
        """Our seconds between two looks at the job."""
        return max(0.5, self.pace.real_s(JOB_EVERY_S))
