"""Something that is asked again and again: the next round starts only when the last has ended.

A round that fails is tried again after longer and longer waits; a failure that asking cannot change stops it
until somebody asks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from scim_assistant.errors import KnownError
from scim_assistant.ui.jobs import Handle, Jobs, Lane
from scim_assistant.work import Work

SLOWEST = 6
"""A round that keeps failing is tried again after at most so many intervals."""


class Round(QObject):
    """Runs a function in rounds.

    Args:
        ask: Runs as a job.
        every_s: Gives our seconds between the end of one round and the start of the next.
        final: True for an error that asking again cannot change.

    Signals:
        answered: What a round came to.
        failed: The known error, and our seconds until the next round (None: not by itself).
    """

    answered = Signal(object)
    failed = Signal(object, object)

    def __init__(
        self,
        ask: Callable[[Work], Any],
        every_s: Callable[[], float],
        jobs: Jobs,
        parent: QObject,
        final: Callable[[KnownError], bool] = lambda error: False,
    ) -> None:
        super().__init__(parent)
        self._ask = ask
        self._every_s = every_s
        self._jobs = jobs
        self._final = final
        self._handle: Handle | None = None
        self._stopped = False
        self.failures = 0
        """How many rounds have failed in a row."""
        self.timer = QTimer(self)
        self.timer.setSingleShot(True)
        self.timer.timeout.connect(self.ask_now)

    def ask_now(self) -> None:
        """Start a round, unless one runs."""
        if self._stopped or (self._handle is not None and self._handle.running):
            return
        self.timer.stop()
        self._handle = self._jobs.start(
            self._ask, owner=self, on_done=self._on_done, on_error=self._on_error, lane=Lane.READ
        )

    def stop(self) -> None:
        """End for good."""
        self._stopped = True
        self.timer.stop()
        if self._handle is not None:
            self._handle.cancel()

    def _on_done(self, result: object) -> None:
        self.failures = 0
        self._again_in(self._every_s())
        self.answered.emit(result)

    def _on_error(self, error: KnownError) -> None:
        self.failures += 1
        if self._final(error):
            self.failed.emit(error, None)
            return
        wait_s = self._every_s() * min(SLOWEST, 2 ** (self.failures - 1))
        self._again_in(wait_s)
        self.failed.emit(error, wait_s)

    def _again_in(self, seconds: float) -> None:
        if not self._stopped:
            self.timer.start(max(1, int(seconds * 1000)))
