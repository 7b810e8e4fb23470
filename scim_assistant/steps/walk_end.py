"""How a journey ended: looked up in the tenant, from the job and the first rows of its log."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from scim_assistant.graph.types import SynchronizationJob, same
from scim_assistant.logs.job_state import JobView, view_job
from scim_assistant.logs.live import Lack, LiveFeed, LogsRefused
from scim_assistant.logs.row import Row
from scim_assistant.plan.wanted import Mode
from scim_assistant.sentence import Sentence, counted, say
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.needed import session_of
from scim_assistant.steps.profile import app_word
from scim_assistant.steps.step import StepKey
from scim_assistant.tenant.snapshot import fetch_job
from scim_assistant.work import Work

ROWS = 12
"""So many log rows are printed."""
CYCLES_S = 3 * 2_400.0
"""How long to watch: three cycles, in the service's seconds."""
AT_LEAST_S = 60.0
"""How long to watch at least, in our seconds, however fast the practice world runs."""
LOOK_EVERY_S = 20.0
"""Between two looks at the job, in the service's seconds."""


_COMING = frozenset({"live", "quarantined", "held-back"})
"""States that are worth waiting for, though the job is in another one now."""


@dataclass(frozen=True, slots=True)
class End:
    """How a journey ended.

    Attributes:
        state: ``stopped``, ``live``, ``prepared`` (manual mode), ``quarantined``, ``held-back`` or ``waiting``.
        step: Where.
        sentence: For the person.
        log: False when the provisioning log could not be read.
    """

    state: str
    step: StepKey
    sentence: str
    log: bool = True

    def fits(self, expected: Mapping[str, Any]) -> bool:
        """True when it ended as a scenario says: state, step, and whether the log was read."""
        return bool(
            self.state == expected.get("state", "live")
            and self.step.value == expected.get("step", "done")
            and self.log == expected.get("log", self.log)
        )


def watch(
    answers: Answers,
    found: Found,
    expected: Mapping[str, Any],
    line: Callable[[str], None],
    work: Work,
    *,
    was_quarantined: bool = False,
) -> End:
    """Watch the job until it has come to a state, then print the first rows of its log.

    Args:
        answers, found: As the journey left them.
        expected: State that the scenario says; watching goes on until it is there or the time is up.
        line: Told each line.
        work: Cancel.
        was_quarantined: Microsoft had paused the job before this journey.

    Raises:
        KnownError: The job could not be read.
        Cancelled: The journey was broken off.
    """
    session = session_of(found)
    if found.app is None or found.app.job is None:
        return End("stopped", StepKey.DONE, say("There is no provisioning job to watch."))
    before = found.app.job
    wanted = str(expected.get("state", "live"))
    end = time.monotonic() + max(AT_LEAST_S, session.pace.real_s(CYCLES_S))
    feed = LiveFeed(session, before.id)
    rows: list[Row] = []
    log: Lack | None = None
    job = before
    state = _state(before, job, answers)
    work.progress(0, None, say("Watching the first cycle"))
    while answers.mode is Mode.AUTOMATIC:
        job = fetch_job(session, found.app, work)
        state = _state(before, job, answers)
        settled = state != "waiting" and wanted not in _COMING
        if state == wanted or settled or time.monotonic() >= end:
            break
        work.wait(max(0.1, session.pace.real_s(LOOK_EVERY_S)))
    while True:
        try:
            rows += feed.fetch_new(work)
        except LogsRefused as error:
            log = error.lack
            line(error.why)
            break
        if rows or answers.mode is Mode.MANUAL or time.monotonic() >= end:
            break
        work.wait(max(0.1, feed.interval_s))
    view = view_job(job, datetime.now(UTC), session.pace)
    line(view.sentence)
    _say_rows(rows, line)
    return End(
        state,
        StepKey.DONE,
        _sentence(state, view, log, rows, app_word(answers, found), was_quarantined=was_quarantined),
        log=log is None,
    )


def _say_rows(rows: list[Row], line: Callable[[str], None]) -> None:
    if not rows:
        return
    line(say("Provisioning log, the newest of {n}:", n=counted(len(rows), "row", "rows")))
    for row in sorted(rows, key=lambda one: one.order, reverse=True)[:ROWS]:
        at = row.at.strftime("%H:%M:%S") if row.at else "no time"
        line(f"  {at} UTC  {row.status_word}  {row.message}")


def _state(before: SynchronizationJob, job: SynchronizationJob, answers: Answers) -> str:
    """Where the job stands: only a cycle that ended after the journey's last look counts."""
    if job.is_quarantined:
        quarantine = job.status.quarantine if job.status else None
        return (
            "held-back" if same(quarantine.reason if quarantine else "", "TooManyDeletes") else "quarantined"
        )
    if answers.mode is Mode.MANUAL:
        return "prepared"
    if job.is_scheduled and _cycle(job) and _cycle(job) != _cycle(before):
        return "live"
    return "waiting"


def _cycle(job: SynchronizationJob) -> str:
    """The last cycle that ended well, told apart from others."""
    execution = job.status.last_successful_execution if job.status else None
    return f"{execution.activity_identifier} {execution.time_ended}" if execution else ""


_NUMBERS = (
    "No",
    "One",
    "Two",
    "Three",
    "Four",
    "Five",
    "Six",
    "Seven",
    "Eight",
    "Nine",
    "Ten",
    "Eleven",
    "Twelve",
)


def _sentence(
    state: str, view: JobView, log: Lack | None, rows: list[Row], app: str, *, was_quarantined: bool
) -> Sentence:
    if state == "live" and log is Lack.LICENCE:
        return say(
            "People are provisioned, but the provisioning log cannot be read: it needs a P1 or P2 licence."
        )
    if state == "live" and log is not None:
        return say("People are provisioned, but the provisioning log cannot be read.")
    if state == "live" and was_quarantined:
        return say("The provisioning has left quarantine, and people are provisioned again.")
    if state == "live":
        return say("People and groups are provisioned, and the next cycle comes by itself.")
    if state == "prepared":
        return say("Everything is prepared, and people are provisioned on demand.")
    if state == "held-back":
        held = len({row.source_id or row.person for row in rows if row.operation == "stageddelete"})
        number = _NUMBERS[held] if held < len(_NUMBERS) else f"{held:,}"
        return say(
            "{number} {removals} held back until somebody allows them.",
            number=number,
            removals="removal is" if held == 1 else "removals are",
        )
    quarantine = view.quarantine
    if quarantine is not None and "credential" in quarantine.code.casefold() and view.synced:
        return say(
            "The first cycle provisioned everybody, then {app} refused the token and Microsoft paused the provisioning.",
            app=app,
        )
    if state == "quarantined":
        return say(
            "Microsoft paused the provisioning. {why}", why=quarantine.what if quarantine else view.sentence
        )
    return say("Provisioning was started, and its first cycle has not ended yet.")
