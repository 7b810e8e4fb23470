"""A job's state in the words that people read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scim_assistant.graph.types import SynchronizationJob
from scim_assistant.logs.job_state import JobState, Severity, view_job
from scim_assistant.work import Pace
from tests.logs.made import jobs
from tests.shared_data import needs_shared, shared_path

NOW = datetime(2026, 5, 4, 8, 10, tzinfo=UTC)

WORDS = {
    "created": ("not-started", "neutral", "Not started"),
    "created-paused": ("not-started", "neutral", "Not started"),
    "first-cycle": ("first-cycle", "busy", "First cycle running"),
    "active": ("active", "good", "Running"),
    "active-some-failing": ("active", "warn", "Running, some failing"),
    "active-last-failed": ("active", "bad", "Running, last cycle failed"),
    "paused": ("paused", "neutral", "Paused"),
    "paused-with-old-quarantine": ("paused", "neutral", "Paused"),
    "quarantine-token": ("quarantine", "bad", "Paused by Microsoft"),
    "quarantine-removals": ("quarantine", "bad", "Paused by Microsoft"),
    "quarantine-disabled": ("disabled", "bad", "Stopped in quarantine"),
    "bare": ("unknown", "warn", "State not known"),
    "new-words": ("unknown", "warn", "State not known"),
}


def test_every_sample_job_is_in_the_table() -> None:
    assert set(WORDS) == set(jobs())


@pytest.mark.parametrize("name", WORDS)
def test_the_state_is_said_in_words(name: str) -> None:
    view = view_job(jobs()[name], NOW)
    assert (view.state.value, view.severity.value, view.word) == WORDS[name]
    assert view.sentence.endswith(".")
    assert view.next_at or view.next_sentence


def test_one_person_failing_is_counted_and_said() -> None:
    view = view_job(jobs()["active-some-failing"], NOW)
    assert view.failing == 1
    assert view.sentence == "Provisioning runs by itself; 1 person or group failed and is tried again later."


def test_the_next_cycle_is_the_end_of_the_last_plus_the_interval() -> None:
    view = view_job(jobs()["active"], NOW)
    assert view.next_at == datetime(2026, 5, 4, 8, 42, 30, tzinfo=UTC)


def test_the_next_cycle_comes_sooner_in_a_faster_world() -> None:
    view = view_job(jobs()["active"], datetime(2026, 5, 4, 8, 2, 31, tzinfo=UTC), Pace(120))
    assert view.next_at == datetime(2026, 5, 4, 8, 2, 50, tzinfo=UTC)


def test_no_figure_is_made_up_when_the_last_cycle_is_long_ago() -> None:
    view = view_job(jobs()["active"], NOW + timedelta(hours=6))
    assert view.next_at is None
    assert view.next_sentence == "Overdue: the last cycle ended longer ago than two intervals."


def test_counts_have_nouns() -> None:
    assert view_job(jobs()["active"], NOW).synced == ("9 people", "2 groups")
    assert view_job(jobs()["new-words"], NOW).synced == ("1 person", "3 Device")
    last = view_job(jobs()["active"], NOW).last_cycle
    assert last is not None
    assert last.counts == ("11 read", "9 in scope", "4 written")


def test_progress_counts_pages_as_microsoft_does() -> None:
    view = view_job(jobs()["first-cycle"], NOW)
    assert (view.progress, view.progress_done, view.progress_total) == ("3 of 10 pages read", 3, 10)


def test_quarantine_has_reason_and_clock() -> None:
    found = view_job(jobs()["quarantine-token"], NOW).quarantine
    assert found is not None
    assert found.what == "The app refused the Secret Token."
    assert found.code == "SystemForCrossDomainIdentityManagementCredentialValidationFailure"
    assert found.since == datetime(2026, 5, 4, 8, 40, tzinfo=UTC)
    assert found.next_try == datetime(2026, 5, 4, 14, 40, tzinfo=UTC)
    assert found.disabled_at == datetime(2026, 6, 1, 8, 40, tzinfo=UTC)
    assert not found.removals_held


def test_held_back_removals_are_a_decision() -> None:
    found = view_job(jobs()["quarantine-removals"], NOW).quarantine
    assert found is not None
    assert found.removals_held
    assert "held back" in found.what


def test_a_quarantine_record_on_a_paused_job_is_history() -> None:
    assert view_job(jobs()["paused-with-old-quarantine"], NOW).quarantine is None


@pytest.mark.parametrize(
    ("name", "start", "pause", "restart"),
    [
        ("created", True, False, False),
        ("first-cycle", False, True, True),
        ("active", False, True, True),
        ("paused", True, False, True),
        ("quarantine-token", False, True, True),
    ],
)
def test_only_what_changes_something_is_offered(name: str, start: bool, pause: bool, restart: bool) -> None:
    view = view_job(jobs()[name], NOW)
    assert (view.can_start, view.can_pause, view.can_restart) == (start, pause, restart)


@needs_shared
@pytest.mark.parametrize(
    ("name", "state", "severity"),
    [
        ("derived/job-active.json", JobState.ACTIVE, Severity.GOOD),
        ("derived/job-active-entry-errors.json", JobState.ACTIVE, Severity.WARN),
        ("derived/job-not-run.json", JobState.FIRST_CYCLE, Severity.BUSY),
        ("derived/job-paused.json", JobState.PAUSED, Severity.NEUTRAL),
        ("derived/job-quarantined-credentials.json", JobState.QUARANTINE, Severity.BAD),
        ("derived/job-quarantined-too-many-deletes.json", JobState.QUARANTINE, Severity.BAD),
        ("published/job-create-response.json", JobState.NOT_STARTED, Severity.NEUTRAL),
        ("published/job-create-response-cross-tenant.json", JobState.NOT_STARTED, Severity.NEUTRAL),
        ("published/job-get-paused-with-quarantine-error.json", JobState.NOT_STARTED, Severity.NEUTRAL),
    ],
)
def test_independent_samples_are_read(name: str, state: JobState, severity: Severity) -> None:
    import msgspec

    job = msgspec.json.decode(shared_path(f"reference/samples/{name}").read_bytes(), type=SynchronizationJob)
    view = view_job(job, NOW)
    assert (view.state, view.severity) == (state, severity)
