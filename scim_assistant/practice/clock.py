"""The world's one clock: real UTC for timestamps, a speed that divides every wait.

Durations are always given in the service's own seconds (a cycle every 2,400, replication of about 60). The clock
turns them into ours: at speed 120 a cycle comes every 20 seconds. Timestamps stay real UTC, so a moment in
the future that a service announces is ``later(seconds)``: already divided.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Real time.

    Args:
        speed: How many of the service's seconds pass in one of ours.
    """

    def __init__(self, speed: float = 1.0) -> None:
        if not speed > 0:
            raise ValueError("a clock's speed is above zero")
        self.speed = speed
        # Anchored once, so that a correction of the computer's clock does not upset windows and lags.
        self._epoch = datetime.now(UTC)
        self._start = time.monotonic()

    def now(self) -> datetime:
        """The time, aware UTC."""
        return self._epoch + timedelta(seconds=time.monotonic() - self._start)

    def real_s(self, service_s: float) -> float:
        """Our seconds for a stretch of the service's."""
        return service_s / self.speed

    def later(self, service_s: float) -> datetime:
        """The moment that many of the service's seconds from now."""
        return self.now() + timedelta(seconds=self.real_s(service_s))

    def passed_s(self, since: datetime) -> float:
        """The service's seconds that have passed since a moment."""
        return (self.now() - since).total_seconds() * self.speed

    def wait(self, service_s: float, wake: threading.Event) -> bool:
        """Wait in the service's seconds; True when woken early."""
        return wake.wait(max(0.0, self.real_s(service_s)))

    def wait_until(self, at: datetime, wake: threading.Event) -> bool:
        """Wait for a moment; True when woken early."""
        return wake.wait(max(0.0, (at - self.now()).total_seconds()))


class ManualClock(Clock):
    """Time that passes only when a test says so. Speed stays 1, so the real figures can be tested as they are."""

    def __init__(self, at: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) -> None:
        super().__init__()
        self._now = at
        self._moved = threading.Condition()

    def now(self) -> datetime:
        """The time that was last set, aware UTC."""
        return self._now

    def advance(self, service_s: float) -> None:
        """Let time pass."""
        with self._moved:
            self._now += timedelta(seconds=service_s)
            self._moved.notify_all()

    def wait(self, service_s: float, wake: threading.Event) -> bool:
        """Wait until ``advance`` has gone far enough; True when woken early."""
        return self.wait_until(self._now + timedelta(seconds=service_s), wake)

    def wait_until(self, at: datetime, wake: threading.Event) -> bool:
        """Wait until ``advance`` has reached a moment; True when woken early."""
        with self._moved:
            while self._now < at:
                if wake.is_set():
                    return True
                # Nobody notifies the condition when the event is set, so look again now and then.
                self._moved.wait(0.01)
        return wake.is_set()
