"""One clock scales every wait, and the figures are the real ones unless told."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from scim_assistant.practice.clock import Clock, ManualClock
from scim_assistant.practice.limits import DAY_S, HOUR_S, REAL_LIMITS, Limits


def test_the_real_figures_are_the_default() -> None:
    assert (REAL_LIMITS.log_calls, REAL_LIMITS.on_demand_calls, REAL_LIMITS.call_window_s) == (5, 5, 10)
    assert REAL_LIMITS.cycle_interval_s == 40 * 60
    assert REAL_LIMITS.escrow_gaps_s == (6 * HOUR_S, 12 * HOUR_S, 24 * HOUR_S)
    assert REAL_LIMITS.escrow_life_s == 28 * DAY_S
    thresholds = (
        REAL_LIMITS.quarantine_minimum,
        REAL_LIMITS.quarantine_proportion,
        REAL_LIMITS.quarantine_failures,
        REAL_LIMITS.quarantine_total,
    )
    assert thresholds == (5_000, 0.40, 40_000, 60_000)
    assert (REAL_LIMITS.scim_calls, REAL_LIMITS.scim_window_s, REAL_LIMITS.scim_page) == (300, 60, 50)
    assert Limits() == REAL_LIMITS


@pytest.mark.parametrize(
    ("attempts", "hours"), [(1, 6), (2, 12), (3, 24), (4, 48), (5, 72), (30, 28 * 24), (31, None)]
)
def test_a_failed_object_is_tried_after_6_12_and_24_hours_then_daily_for_28_days(
    attempts: int, hours: int | None
) -> None:
    assert REAL_LIMITS.escrow_due_s(attempts) == (None if hours is None else hours * HOUR_S)


def test_speed_divides_waits_and_announced_moments() -> None:
    clock = Clock(120)
    assert clock.real_s(2400) == 20
    before = clock.now()
    later = clock.later(2400)
    assert timedelta(seconds=20) <= later - before < timedelta(seconds=21)
    assert clock.now().tzinfo is not None
    assert clock.passed_s(before) >= 0


def test_a_clock_needs_a_speed_above_zero() -> None:
    for speed in (0, -1):
        with pytest.raises(ValueError, match="above zero"):
            Clock(speed)


def test_a_wait_ends_early_when_woken() -> None:
    wake = threading.Event()
    wake.set()
    assert Clock(1).wait(3600, wake)
    assert not Clock(1_000_000).wait(10, threading.Event())


def test_a_manual_clock_moves_only_when_told() -> None:
    clock = ManualClock()
    began = clock.now()
    assert clock.now() == began
    clock.advance(90)
    assert clock.now() - began == timedelta(seconds=90)
    assert clock.passed_s(began) == 90
    waited = threading.Event()
    thread = threading.Thread(
        target=lambda: (clock.wait(60, threading.Event()), waited.set()), name="waits on a manual clock"
    )
    thread.start()
    assert not waited.wait(0.05)
    clock.advance(60)
    assert waited.wait(60)
    thread.join()
