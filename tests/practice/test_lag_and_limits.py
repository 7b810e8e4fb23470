"""Replication lag and rate limits at their real figures, under a clock that a test moves."""

from __future__ import annotations

import itertools

import pytest

from scim_assistant.practice.answers import Refused
from scim_assistant.practice.clock import ManualClock
from scim_assistant.practice.replication import Replicas
from scim_assistant.practice.state import App, Assignment, Tenant, new_id
from scim_assistant.practice.throttle import Throttle


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def tenant(clock: ManualClock) -> Tenant:
    return Tenant(new_id(), clock)


def _seen(replicas: Replicas, times: int = 12) -> list[bool]:
    return [replicas.has("object") for _ in range(times)]


def test_a_new_object_is_nowhere_then_here_and_there_then_everywhere(
    tenant: Tenant, clock: ManualClock
) -> None:
    tenant.born["object"] = clock.now()
    replicas = Replicas(tenant)
    assert not any(_seen(replicas))
    clock.advance(14)
    assert not any(_seen(replicas))
    clock.advance(10)
    seen = _seen(replicas)
    assert any(seen)
    assert not all(seen)
    # A good answer may be followed by a refusal.
    assert (True, False) in itertools.pairwise(seen)
    clock.advance(36)
    assert all(_seen(replicas))


def test_an_object_that_was_there_from_the_start_never_lags(tenant: Tenant) -> None:
    assert all(Replicas(tenant).has("old") for _ in range(10))


def test_slow_replication_takes_ten_times_as_long(tenant: Tenant, clock: ManualClock) -> None:
    tenant.faults.replication_factor = 10
    tenant.born["object"] = clock.now()
    replicas = Replicas(tenant)
    clock.advance(149)
    assert not any(_seen(replicas))
    clock.advance(450)
    assert not all(_seen(replicas))
    clock.advance(1)
    assert all(_seen(replicas))


def _refusals(replicas: Replicas, *, synchronization: bool) -> list[tuple[int, str]]:
    found = []
    for _ in range(8):
        with pytest.raises(Refused) as caught:
            replicas.check("object", synchronization=synchronization)
        found.append((caught.value.status, caught.value.code))
    return found


def test_the_directory_says_404_and_synchronization_says_four_things_in_turn(
    tenant: Tenant, clock: ManualClock
) -> None:
    tenant.born["object"] = clock.now()
    replicas = Replicas(tenant)
    assert set(_refusals(replicas, synchronization=False)) == {(404, "Request_ResourceNotFound")}
    assert _refusals(replicas, synchronization=True)[:4] == [
        (401, "UnknownError"),
        (404, "Request_ResourceNotFound"),
        (403, "Authorization_RequestDenied"),
        (409, "Conflict"),
    ]


def test_the_engine_hears_of_a_new_assignment_after_a_minute(tenant: Tenant, clock: ManualClock) -> None:
    app = App("a", "b", "c", "gallery", "ScreenSteps", "App", clock.now())
    app.assignments["new"] = Assignment("new", "p", "User", "P", "role", clock.now())
    tenant.born["new"] = clock.now()
    app.assignments["old"] = Assignment("old", "q", "User", "Q", "role", clock.now())
    assert [each.id for each in tenant.known_assignments(app)] == ["old"]
    clock.advance(60)
    assert [each.id for each in tenant.known_assignments(app)] == ["new", "old"]


@pytest.mark.parametrize("budget", ["logs", "on-demand"])
def test_five_calls_in_ten_seconds_then_a_fractional_retry_after(
    tenant: Tenant, clock: ManualClock, budget: str
) -> None:
    throttle = Throttle(tenant)
    for _ in range(5):
        throttle.check(budget)
        clock.advance(0.5)
    with pytest.raises(Refused) as caught:
        throttle.check(budget)
    assert caught.value.status == 429
    assert caught.value.headers["Retry-After"] == "7.500"
    clock.advance(7.49)
    with pytest.raises(Refused):
        throttle.check(budget)
    clock.advance(0.01)
    throttle.check(budget)
    # The window slides: the next call is free half a second later, not ten.
    with pytest.raises(Refused):
        throttle.check(budget)
    clock.advance(0.5)
    throttle.check(budget)


def test_logs_and_on_demand_count_apart_and_other_calls_do_not_count(tenant: Tenant) -> None:
    throttle = Throttle(tenant)
    for _ in range(5):
        throttle.check("logs")
        throttle.check("on-demand")
    for _ in range(100):
        throttle.check("")


def test_a_throttled_world_holds_back_every_third_call(tenant: Tenant) -> None:
    tenant.faults.graph_throttle_every = 3
    throttle = Throttle(tenant)

    for _ in range(3):
        throttle.check("")
        throttle.check("")
        with pytest.raises(Refused) as caught:
            throttle.check("")
        assert (caught.value.status, caught.value.headers["Retry-After"]) == (429, "2.128")


def test_log_rows_become_readable_late_and_some_out_of_order(tenant: Tenant, clock: ManualClock) -> None:
    began = clock.now()
    for n in range(18):
        tenant.add_log_row({"id": str(n)})
        clock.advance(1)
    waits = [(logged.readable_at - began).total_seconds() - n for n, logged in enumerate(tenant.log)]
    assert set(waits) == {30, 60}
    moments = [logged.readable_at for logged in tenant.log]
    assert moments != sorted(moments)
