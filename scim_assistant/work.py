"""What a long job is given: a way to hear Cancel, to wait, to give up what never ends, and to report progress.

``Work`` crosses threads: the window holds it and calls ``cancel``; the job calls the rest. ``Pace`` says how
fast the service's seconds pass: 1 for Microsoft, faster for a practice world, so that every wait that
a service dictates (back-off, limits, polling, replication) shrinks together.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from scim_assistant.errors import Cancelled
from scim_assistant.sentence import Sentence

T = TypeVar("T")

_LOOK_EVERY_S = 0.05


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


class Slow(Exception):
    """The call did not end in time."""


class Asker:
    """Makes calls that may never come back, one at a time, each on a thread that can be left behind.

    The next call begins only when the last one has really ended, also where that was given up: so a write that was
    given up can never overtake a later one.

    Args:
        name: What the threads are called.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._turn = threading.Lock()

    def ask(
        self,
        call: Callable[[], T],
        *,
        work: Work | None = None,
        patience_s: float,
        when_late: Callable[[T], object] | None = None,
    ) -> T:
        """Make a call and wait for it.

        Args:
            call: What to do; whatever it raises comes out here.
            work: Cancel ends the wait at once.
            patience_s: How long to wait, in seconds.
            when_late: Called with the result, on the call's thread, when a good end came after it was given up.

        Raises:
            Cancelled: The person pressed Cancel.
            Slow: It took too long.
        """
        asked = _Call(call, self._turn, when_late)
        if work is not None:
            work.check()
        threading.Thread(target=asked.run, name=self._name, daemon=True).start()
        end = time.monotonic() + patience_s
        while not asked.ended.wait(max(0.0, min(_LOOK_EVERY_S, end - time.monotonic()))):
            cancelled = work is not None and work.cancelled
            if (cancelled or time.monotonic() >= end) and asked.give_up():
                raise Cancelled if cancelled else Slow
        return asked.result()


class _Call(Generic[T]):
    """One call, its end, and whether anybody still waits for it."""

    def __init__(
        self, call: Callable[[], T], turn: threading.Lock, when_late: Callable[[T], object] | None
    ) -> None:
        self.ended = threading.Event()
        self._call = call
        self._turn = turn
        self._when_late = when_late
        self._deciding = threading.Lock()
        self._given_up = threading.Event()
        self._results: list[T] = []
        self._error: BaseException | None = None

    def run(self) -> None:
        with self._turn:
            if self._given_up.is_set():
                return
            try:
                self._results.append(self._call())
            except BaseException as error:  # the thread that waits raises it
                self._error = error
            with self._deciding:
                self.ended.set()
                late = self._given_up.is_set()
            if late and self._results and self._when_late is not None:
                with suppress(Exception):  # nobody is left to be told, and the next look finds what is there
                    self._when_late(self._results[0])

    def give_up(self) -> bool:
        """Stop waiting; False when it has ended meanwhile."""
        with self._deciding:
            if self.ended.is_set():
                return False
            self._given_up.set()
            return True

    def result(self) -> T:
        if self._error is not None:
            raise self._error
        return self._results[0]
