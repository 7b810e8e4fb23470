"""Python's garbage collector, kept on the window's thread.

By itself it runs on whichever thread makes objects, and what it finds it ends there. A widget that is part of a cycle,
such as a closed window, would then be taken apart on a job's thread while the window's thread uses Qt: the
program crashes, now and then. So the collector that runs by itself is switched off while jobs may run, and a timer
does the same work here.
"""

from __future__ import annotations

import gc
import time

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 200
OLDEST_EVERY_S = 60.0
"""Between two looks at everything there is, which takes long where a log is on the screen."""


class Collector(QObject):
    """Collects garbage on the thread it was made on, until it is stopped."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._had = gc.isenabled()
        gc.disable()
        self._looked_at = time.monotonic()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._collect)
        self._timer.start(EVERY_MS)

    def stop(self) -> None:
        """Give the collector back to Python. No job may run any more."""
        self._timer.stop()
        if self._had:
            gc.enable()

    def _collect(self) -> None:
        limits, made = gc.get_threshold(), gc.get_count()
        now = time.monotonic()
        if made[2] > limits[2] and now - self._looked_at >= OLDEST_EVERY_S:
            self._looked_at = now
            gc.collect(2)
        elif made[1] > limits[1]:
            gc.collect(1)
        elif made[0] > limits[0]:
            gc.collect(0)
