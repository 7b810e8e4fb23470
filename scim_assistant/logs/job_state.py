"""The state of a provisioning job for people: words, times and sentences, made from what Graph says.

Pure: a job, the time and the pace in, a view out. What Microsoft does not say is left out or called an estimate;
``status.code`` decides the state, since a quarantine record may still hang on a job that is merely paused.

Source: Microsoft Graph v1.0 synchronizationStatus, synchronizationTaskExecution and synchronizationQuarantine; Microsoft
Entra "Application provisioning in quarantine status" (read 2026-09).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from scim_assistant.graph.types import (
    EntryCount,
    JobStatus,
    Quarantine,
    SynchronizationJob,
    TaskExecution,
    duration,
    same,
    when,
)
from scim_assistant.sentence import Sentence, counted, say
from scim_assistant.work import REAL_PACE, Pace

DISABLED_AFTER: Final = timedelta(days=28)
"""How long Microsoft keeps retrying a job in quarantine before it disables it."""

_NOTHING: Final = Sentence("")


class Severity(Enum):
    """How much a state should worry the person."""

    GOOD = "good"
    BUSY = "busy"
    NEUTRAL = "neutral"
    WARN = "warn"
    BAD = "bad"


class JobState(Enum):
    """What a job is doing."""

    NOT_STARTED = "not-started"
    FIRST_CYCLE = "first-cycle"
    ACTIVE = "active"
    PAUSED = "paused"
    QUARANTINE = "quarantine"
    DISABLED = "disabled"
    """In quarantine, and no longer scheduled: nothing is tried any more."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CycleView:
    """One cycle.

    Attributes:
        began_at, ended_at: Aware UTC; None where Microsoft does not say.
        result: How it ended, one sentence.
        severity: How bad that is.
        counts: ``14 read``, ``12 in scope`` and so on, those that are not zero.
        code, said: Microsoft's code and text when it failed, else empty.
    """

    began_at: datetime | None
    ended_at: datetime | None
    result: Sentence
    severity: Severity
    counts: tuple[Sentence, ...] = ()
    code: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class QuarantineView:
    """Why Microsoft paused a job, and its clock.

    Attributes:
        reason: Microsoft's reason, for the catalogue.
        code: The more specific code of the error inside, else the reason.
        what: What happened, one sentence.
        why: Microsoft's own text, else empty.
        since: When this quarantine began (aware UTC).
        next_try: When Microsoft tries again (aware UTC).
        disabled_at: When Microsoft disables the job if nothing changes: an estimate.
        times: How often the job has been in quarantine in this series.
        removals_held: Removals were held back, so that the person has to decide about them.
    """

    reason: str
    code: str
    what: Sentence
    why: str = ""
    since: datetime | None = None
    next_try: datetime | None = None
    disabled_at: datetime | None = None
    times: int = 0
    removals_held: bool = False


@dataclass(frozen=True, slots=True)
class JobView:
    """A job for people.

    Attributes:
        state, severity: What it does and how much that should worry.
        word: The state in one or two words.
        sentence: The state in one sentence.
        last_cycle: The cycle that ended last.
        next_at: When the next one is due (aware UTC), an estimate; None when nobody can say.
        next_sentence: Why there is no figure, when there is none.
        synced: How many objects of each kind the job keeps in sync: ``12 people``.
        progress: How far the running cycle has come, in pages; empty when Microsoft does not say.
        progress_done, progress_total: The same as numbers; None when Microsoft does not say.
        failing: People and groups that failed and are tried again later.
        quarantine: Only while the job is in quarantine.
        delete_threshold: Accidental-deletion guard as the job states it; None when it does not.
    """

    state: JobState
    severity: Severity
    word: Sentence
    sentence: Sentence
    last_cycle: CycleView | None = None
    next_at: datetime | None = None
    next_sentence: Sentence = _NOTHING
    synced: tuple[Sentence, ...] = ()
    progress: Sentence = _NOTHING
    progress_done: int | None = None
    progress_total: int | None = None
    failing: int = 0
    quarantine: QuarantineView | None = None
    delete_threshold: int | None = None

    @property
    def can_start(self) -> bool:
        """Starting it would change something. A running job must not be started again."""
        return self.state in (JobState.NOT_STARTED, JobState.PAUSED, JobState.UNKNOWN)

    @property
    def can_pause(self) -> bool:
        """Pausing it would change something."""
        return self.state in (JobState.FIRST_CYCLE, JobState.ACTIVE, JobState.QUARANTINE, JobState.UNKNOWN)

    @property
    def can_restart(self) -> bool:
        """It has run, so that there is something to begin again."""
        return self.state is not JobState.NOT_STARTED


def view_job(job: SynchronizationJob, now: datetime, pace: Pace = REAL_PACE) -> JobView:
    """See a job as a person does.

    Args:
        job: As Graph sent it.
        now: Aware UTC.
        pace: How fast the service's seconds pass; the estimates shrink with it.
    """
    status = job.status or JobStatus()
    state = _state(job, status)
    last = _cycle(status.last_execution)
    failing = (status.last_execution.count_escrowed if status.last_execution else None) or 0
    quarantine = (
        _quarantine(status.quarantine or Quarantine(), pace)
        if state in (JobState.QUARANTINE, JobState.DISABLED)
        else None
    )
    next_at, next_sentence = _next(job, state, last, quarantine, now=now, pace=pace)
    done, total, progress = (
        _progress(status) if state in (JobState.FIRST_CYCLE, JobState.ACTIVE) else (None, None, _NOTHING)
    )
    severity, word, sentence = _words(state, last, failing, job.code)
    return JobView(
        state=state,
        severity=severity,
        word=word,
        sentence=sentence,
        last_cycle=last,
        next_at=next_at,
        next_sentence=next_sentence,
        synced=_synced(status.synchronized_entry_count_by_type or ()),
        progress=progress,
        progress_done=done,
        progress_total=total,
        failing=failing,
        quarantine=quarantine,
        delete_threshold=_threshold(job),
    )


def _time(text: str | None) -> datetime | None:
    try:
        return when(text)
    except ValueError:
        return None


def _state(job: SynchronizationJob, status: JobStatus) -> JobState:
    code = job.code.casefold()
    if code == "quarantine":
        return JobState.QUARANTINE if job.is_scheduled or job.schedule is None else JobState.DISABLED
    has_run = status.last_execution is not None
    if code in ("notconfigured", "notrun"):
        return JobState.FIRST_CYCLE if job.is_scheduled else JobState.NOT_STARTED
    if code == "paused":
        return (
            JobState.PAUSED
            if has_run or _time(status.steady_state_first_achieved_time)
            else JobState.NOT_STARTED
        )
    if code == "active":
        return JobState.ACTIVE if has_run else JobState.FIRST_CYCLE
    return JobState.UNKNOWN


def _words(
    state: JobState, last: CycleView | None, failing: int, code: str
) -> tuple[Severity, Sentence, Sentence]:
    if state is JobState.NOT_STARTED:
        return (
            Severity.NEUTRAL,
            say("Not started"),
            say("Provisioning is set up and has not been started: nobody is created until it is."),
        )
    if state is JobState.FIRST_CYCLE:
        return (
            Severity.BUSY,
            say("First cycle running"),
            say("Microsoft is going through all people and groups for the first time."),
        )
    if state is JobState.ACTIVE:
        if last is not None and last.severity is Severity.BAD:
            return (
                Severity.BAD,
                say("Running, last cycle failed"),
                say("Provisioning runs by itself, but the last cycle failed."),
            )
        if failing:
            return (
                Severity.WARN,
                say("Running, some failing"),
                say(
                    "Provisioning runs by itself; {failing} failed and {verb} tried again later.",
                    failing=counted(failing, "person or group", "people or groups"),
                    verb="is" if failing == 1 else "are",
                ),
            )
        if last is not None and last.severity is Severity.WARN:
            return (
                Severity.WARN,
                say("Running, some failed"),
                say("Provisioning runs by itself; some people or groups failed in the last cycle."),
            )
        return Severity.GOOD, say("Running"), say("Provisioning runs by itself and the last cycle went well.")
    if state is JobState.PAUSED:
        return (
            Severity.NEUTRAL,
            say("Paused"),
            say("Provisioning is paused: changes in Entra wait until it is started again."),
        )
    if state is JobState.QUARANTINE:
        return (
            Severity.BAD,
            say("Paused by Microsoft"),
            say("Microsoft has put provisioning in quarantine and tries again only now and then."),
        )
    if state is JobState.DISABLED:
        return (
            Severity.BAD,
            say("Stopped in quarantine"),
            say(
                "Provisioning is in quarantine and is not scheduled any more: nothing is tried until it is restarted."
            ),
        )
    return (
        Severity.WARN,
        say("State not known"),
        say("Microsoft reports a state that this program does not know: {code}.", code=code or "(none)"),
    )


_RESULTS: Final = {
    "succeeded": (Severity.GOOD, say("It went well.")),
    "failed": (Severity.BAD, say("It failed.")),
    "entrylevelerrors": (Severity.WARN, say("It finished, and some people or groups failed.")),
}


def _cycle(execution: TaskExecution | None) -> CycleView | None:
    if execution is None:
        return None
    state = (execution.state or "").casefold()
    if state in _RESULTS:
        severity, result = _RESULTS[state]
    else:
        severity = Severity.NEUTRAL
        result = say("Microsoft reports: {state}.", state=execution.state or "nothing")
    counts = (
        ("{n} read", execution.count_imported),
        ("{n} in scope", execution.count_entitled_for_provisioning or execution.count_entitled),
        ("{n} written", execution.count_exported),
        ("{n} waiting for another try", execution.count_escrowed),
    )
    error = execution.error
    return CycleView(
        began_at=_time(execution.time_began),
        ended_at=_time(execution.time_ended),
        result=result,
        severity=severity,
        counts=tuple(say(template, n=f"{n:,}") for template, n in counts if n),
        code=(error.code if error else None) or "",
        said=(error.message if error else None) or "",
    )


def _next(
    job: SynchronizationJob,
    state: JobState,
    last: CycleView | None,
    quarantine: QuarantineView | None,
    *,
    now: datetime,
    pace: Pace,
) -> tuple[datetime | None, Sentence]:
    if state in (JobState.NOT_STARTED, JobState.PAUSED):
        return None, say("None until provisioning is started.")
    if state is JobState.DISABLED:
        return None, say("None until provisioning is restarted.")
    if state is JobState.FIRST_CYCLE and pace != REAL_PACE:
        return None, say("After the first cycle.")
    if state is JobState.FIRST_CYCLE:
        return None, say("After the first cycle, which takes from 20 minutes to several hours.")
    if state is JobState.QUARANTINE:
        if quarantine is not None and quarantine.next_try is not None:
            return quarantine.next_try, _NOTHING
        return None, say("Microsoft gives no time.")
    interval = duration(job.schedule.interval if job.schedule else None)
    if interval is None or last is None or last.ended_at is None or state is JobState.UNKNOWN:
        return None, say("Microsoft gives no figure.")
    wait = timedelta(seconds=pace.real_s(interval.total_seconds()))
    due = last.ended_at + wait
    if now - due > wait:
        return None, say("Overdue: the last cycle ended longer ago than two intervals.")
    return due, _NOTHING


_NOUNS: Final = {"user": ("person", "people"), "group": ("group", "groups")}


def _synced(entries: Iterable[EntryCount]) -> tuple[Sentence, ...]:
    shown = []
    order = {key: place for place, key in enumerate(_NOUNS)}  # people first, whatever order they come in
    for entry in sorted(entries, key=lambda entry: order.get((entry.key or "").casefold(), len(order))):
        if entry.value is None:
            continue
        key = (entry.key or "").rsplit(":", 1)[-1]
        one, many = _NOUNS.get(key.casefold(), (key or "object", key or "objects"))
        shown.append(say("{amount}", amount=counted(entry.value, one, many)))
    return tuple(shown)


def _progress(status: JobStatus) -> tuple[int | None, int | None, Sentence]:
    for entry in status.progress or ():
        done, total = entry.completed_units, entry.total_units
        if done is None:
            continue
        unit = (entry.units or "pages").casefold()
        if total:
            return (
                done,
                total,
                say("{done} of {total} {unit} read", done=f"{done:,}", total=f"{total:,}", unit=unit),
            )
        return done, None, say("{done} {unit} read", done=f"{done:,}", unit=unit)
    return None, None, _NOTHING


_REASONS: Final = {
    "encounteredbaseescrowthreshold": say("Too many people and groups failed."),
    "encounteredtotalescrowthreshold": say("Too many people and groups failed."),
    "encounteredescrowproportionthreshold": say("Too large a share of people and groups failed."),
    "encounteredquarantineexception": say(
        "The app refused the connection or answered in a way that Microsoft cannot use."
    ),
    "quarantinedondemand": say("Microsoft put this app in quarantine by hand."),
    "quarantineondemand": say("Microsoft put this app in quarantine by hand."),
    "toomanydeletes": say(
        "More people would be removed than the accidental-deletion guard allows, so the removals are held back."
    ),
    "ingestioninterrupted": say("Reading from Entra was interrupted."),
}

_CODES: Final = (
    ("credentialvalidationfailure", say("The app refused the Secret Token.")),
    ("credentialvalidationunavailable", say("Microsoft could not reach the app to check the Secret Token.")),
    ("invalidcredentials", say("The app refused the Secret Token.")),
    ("serviceincompatible", say("The app answered in a way that Microsoft cannot use.")),
)


def _quarantine(record: Quarantine, pace: Pace) -> QuarantineView:
    reason = record.reason or ""
    inner = (record.error.code if record.error else None) or ""
    code = inner or reason
    what = next((text for ending, text in _CODES if inner.casefold().endswith(ending)), None)
    what = what or _REASONS.get(reason.casefold()) or _REASONS.get(inner.casefold())
    since = _time(record.current_began)
    series = _time(record.series_began) or since
    return QuarantineView(
        reason=reason,
        code=code,
        what=what or say("Microsoft does not say why."),
        why=(record.error.message if record.error else None) or "",
        since=since,
        next_try=_time(record.next_attempt),
        disabled_at=series + timedelta(seconds=pace.real_s(DISABLED_AFTER.total_seconds()))
        if series
        else None,
        times=record.series_count or 0,
        removals_held=any(same(text, "TooManyDeletes") for text in (reason, inner)),
    )


def _threshold(job: SynchronizationJob) -> int | None:
    for setting in job.synchronization_job_settings or ():
        if same(setting.name, "QuarantineTooManyDeletesThreshold"):
            text = (setting.value or "").strip()
            return int(text) if text.isdecimal() and text.isascii() else None
    return None
