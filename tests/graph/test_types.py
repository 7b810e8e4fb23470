"""Times and texts as Graph writes them, odd ones included."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from scim_assistant.graph.types import (
    ObjectMapping,
    SecretEntry,
    SynchronizationJob,
    duration,
    same,
    when,
)


def test_a_time_is_utc_whatever_its_form() -> None:
    expected = datetime(2026, 3, 2, 9, 0, 0, tzinfo=UTC)
    for text in ("2026-03-02T09:00:00Z", "2026-03-02T09:00:00", "2026-03-02T10:00:00+01:00"):
        assert when(text) == expected
    assert when("2026-03-02T09:00:00.1234567Z") == expected.replace(microsecond=123456)
    assert when("2026-03-02T09:00:00.5Z") == expected.replace(microsecond=500000)


@pytest.mark.parametrize("text", [None, "", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00"])
def test_never_is_no_time(text: str | None) -> None:
    assert when(text) is None


def test_a_duration_that_means_not_scheduled_is_none() -> None:
    assert duration("PT40M") == timedelta(minutes=40)
    for text in (None, "", "P10675199DT2H48M5.4775807S", "soon"):
        assert duration(text) is None


def test_unknown_enum_values_missing_and_additional_members_are_survived() -> None:
    job = msgspec.json.decode(
        b'{"id": "a.b", "status": {"code": "Hibernating", "quarantine": {"reason": ""}}, "new": 1}',
        type=SynchronizationJob,
    )
    assert (job.code, job.is_quarantined, job.is_scheduled) == ("Hibernating", False, False)
    assert msgspec.json.decode(b'{"id": "a", "status": null}', type=SynchronizationJob).code == ""


def test_enums_compare_without_case() -> None:
    assert same("stageddelete", "stagedDelete")
    mapping = ObjectMapping(flow_types="add, Update")
    assert mapping.does("Add")
    assert not mapping.does("Delete")


def test_a_masked_secret_is_recognised() -> None:
    assert SecretEntry(key="SecretToken", value="****").is_masked
    assert not SecretEntry(key="SecretToken", value="").is_masked
    assert not SecretEntry(key="BaseAddress", value="https://x.example/*").is_masked
