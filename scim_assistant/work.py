"""What a long job is given: a way to hear Cancel, to wait, and to report progress.

``Work`` crosses threads: the window holds it and calls ``cancel``; the job calls the rest. ``Pace`` says how
fast the service's seconds pass: 1 for Microsoft, faster for a practice world, so that every wait that
a service dictates (back-off, limits, polling, replication) shrinks together.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from scim_assistant.errors import Cancelled
from scim_assistant.sentence import Sentence


@dataclass(frozen=True, slots=True)
class Pace:
    """How many of the service's seconds pass in one of ours. Real services: 1."""

    speed: float = 1.0

    def real_s(self, service_s: float) -> float:
        """Our seconds for a wait that is given in the service's seconds."""
        return service_s / self.speed

    def service_s(self, real_s: float) -> float:
        """The service's seconds in a stretch of ours."""
        return real_s * self.speed


REAL_PACE = Pace()


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a job stands. ``total`` is None when nobody knows, never a made-up figure."""

    done: int
    total: int | None
    sentence: Sentence


class Work:
    """One job's cancel token and progress callback.

    Args:
        on_progress: Called from the job's thread.
    """

    def __init__(self, on_progress: Callable[[Progress], None] | None = None) -> None:
        self._cancelled = threading.Event()
        self._on_progress = on_progress

    def cancel(self) -> None:
        """Ask the job to stop at its next check. Safe from any thread, more than once."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """True once ``cancel`` was called."""
        return self._cancelled.is_set()

    def check(self) -> None:
        """Call between requests.

        Raises:
            Cancelled: The person has pressed Cancel.
        """
        if self._cancelled.is_set():
            raise Cancelled

    def wait(self, seconds: float) -> None:
        """Wait, but wake at once on Cancel.

        Raises:
            Cancelled: The person pressed Cancel before or during the wait.
        """
        if self._cancelled.wait(max(0.0, seconds)):
            raise Cancelled

    def wait_until(self, ready: Callable[[], bool], every_s: float, at_most_s: float) -> bool:
        """Ask ``ready`` again and again; True as soon as it says so, False when time is up."""
        end = time.monotonic() + at_most_s
        while True:
            self.check()
            if ready():
                return True
            left = end - time.monotonic()
            if left <= 0:
                return False
            self.wait(min(every_s, left))

    def progress(self, done: int, total: int | None, sentence: Sentence) -> None:
        """Report where the job stands."""
        if self._on_progress is not None:
            self._on_progress(Progress(done, total, sentence))
