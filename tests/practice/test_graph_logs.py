"""The provisioning log: filters, order and pages that hold while new rows arrive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from scim_assistant.practice.state import stamp
from scim_assistant.practice.world import World
from tests.practice.plain import Plain, error_code


@pytest.fixture
def world() -> Iterator[World]:
    with World("healthy", speed=100_000) as world:
        began_at = world.clock.now()
        for n in range(25):
            at = began_at - timedelta(seconds=100 - n)
            row = {
                "id": f"row-{n:03d}",
                "activityDateTime": stamp(at),
                "jobId": "job-a" if n % 5 else "job-b",
                "provisioningStatusInfo": {"status": "failure" if n == 7 else "success"},
                "sourceIdentity": {"id": f"person-{n}", "displayName": f"Person {n}"},
            }
            world.tenant.add_log_row(row, readable_at=at)
        yield world


@pytest.fixture
def graph(world: World) -> Iterator[Plain]:
    with Plain(world.line) as graph:
        yield graph


def _ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


def test_rows_come_newest_first_unless_asked_otherwise(graph: Plain) -> None:
    newest = _ids(graph.rows("/auditLogs/provisioning"))
    assert newest == [f"row-{n:03d}" for n in reversed(range(25))]
    oldest = _ids(graph.rows("/auditLogs/provisioning?$orderby=activityDateTime"))
    assert oldest == newest[::-1]


def test_filters_compare_exactly_and_combine(graph: Plain, world: World) -> None:
    def found(text: str) -> list[str]:
        return sorted(_ids(graph.rows(f"/auditLogs/provisioning?$filter={text}")))

    assert found("jobId eq 'job-b'") == ["row-000", "row-005", "row-010", "row-015", "row-020"]
    assert found("jobId eq 'JOB-B'") == []
    assert found("provisioningStatusInfo/status eq 'failure'") == ["row-007"]
    assert found("contains(sourceIdentity/displayName, 'Person 2')")[0] == "row-002"
    third_last = world.tenant.log[-3].row["activityDateTime"]
    assert found(f"jobId eq 'job-a' and activityDateTime gt {third_last}") == ["row-023", "row-024"]
    # A fraction of another length is the same moment.
    assert found(f"activityDateTime gt {third_last[:-2]}Z") == ["row-023", "row-024"]
    assert found(f"activityDateTime lt {world.tenant.log[1].row['activityDateTime']}") == ["row-000"]


def test_pages_hold_while_new_rows_arrive(graph: Plain, world: World) -> None:
    first = graph.get("/auditLogs/provisioning?$top=10")
    now = world.clock.now()
    for n in range(100, 110):
        world.tenant.add_log_row({"id": f"row-{n}", "activityDateTime": stamp(now)}, readable_at=now)
    rest = graph.rows(first["@odata.nextLink"])
    assert _ids(first["value"] + rest) == [f"row-{n:03d}" for n in reversed(range(25))]
    assert len(graph.rows("/auditLogs/provisioning?$top=100")) == 35


def test_a_row_that_is_still_on_its_way_is_not_shown(graph: Plain, world: World) -> None:
    later = world.clock.now() + timedelta(hours=1)
    world.tenant.add_log_row({"id": "late", "activityDateTime": stamp(later)}, readable_at=later)
    assert "late" not in _ids(graph.rows("/auditLogs/provisioning"))


@pytest.mark.parametrize(
    "text", ["activityDateTime ge 2026-01-01T00:00:00Z", "severity eq 'x'", "jobId gt 'a'"]
)
def test_a_filter_that_the_log_does_not_take_is_refused(graph: Plain, text: str) -> None:
    answer = graph.ask("GET", f"/auditLogs/provisioning?$filter={text}")
    assert (answer.status_code, error_code(answer)) == (400, "Request_UnsupportedQuery")
