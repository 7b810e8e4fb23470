"""The one door for work that may wait: network, disk, keyring, sign-in.

A job is a plain function that takes a ``Work``. It runs on a thread of its lane; what comes of it is delivered
on the window's thread, once, to exactly one place: the result to ``on_done``, a ``KnownError`` to ``on_error``,
anything else to the "unexpected" dialog. What a cancelled job found, or a job whose owner is gone, is dropped;
only what a write to the tenant has come to is always told while its owner lives, since it is a fact by then.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, QThreadPool, QTimer, Signal, Slot

from scim_assistant.errors import Cancelled, KnownError
from scim_assistant.ui.collector import Collector
from scim_assistant.work import Progress, Work

T = TypeVar("T")

PROGRESS_EVERY_S = 0.1
"""Progress is shown at most ten times a second."""


class Lane(Enum):
    """Which jobs may run side by side."""

    TENANT_WRITE = "tenant-write"
    """One at a time: writes to a tenant keep their order."""
    READ = "read"
    """A few."""
    ARCHIVE = "archive"
    """One at a time: the files of this program."""
    SIGN_IN = "sign-in"
    """Waits for a person, for minutes perhaps, so it takes no thread from others. Two fit, so that a second sign-in is
    refused with a sentence instead of standing in a queue."""


THREADS = {Lane.TENANT_WRITE: 1, Lane.READ: 3, Lane.ARCHIVE: 1, Lane.SIGN_IN: 2}


class Handle:
    """One job that was started."""

    def __init__(self, owner: QObject, lane: Lane) -> None:
        self.work = Work(self._on_progress)
        self.lane = lane
        self.finished = False
        self.owner_gone = False
        self._owner = owner
        self._announce: Callable[[], None] = lambda: None
        self._latest: Progress | None = None
        self._announced = False
        self._delivered_at = 0.0

    def cancel(self) -> None:
        """Ask the job to stop at its next check. A write stops between two changes, never inside one."""
        self.work.cancel()

    @property
    def cancelled(self) -> bool:
        """True once ``cancel`` was called."""
        return self.work.cancelled

    @property
    def running(self) -> bool:
        """True until its end was delivered or dropped."""
        return not self.finished

    @property
    def wanted(self) -> bool:
        """True while somebody still wants to hear of it."""
        if self.owner_gone or not shiboken6.isValid(self._owner):
            return False
        return self.lane is Lane.TENANT_WRITE or not self.cancelled

    def _on_progress(self, progress: Progress) -> None:  # in the job's thread
        self._latest = progress
        if not self._announced:
            self._announced = True
            self._announce()


class Jobs(QObject):
    """Runs jobs. Lives as long as the application and owns the signal that brings results home.

    Args:
        on_unexpected: Gets every exception that is a fault of ours. Called on the window's thread.

    Signals:
        changed: A job was started or has ended.
    """

    changed = Signal()
    _arrived = Signal(object)

    def __init__(self, on_unexpected: Callable[[BaseException], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._on_unexpected = on_unexpected
        self._handles: set[Handle] = set()
        self._closed = False
        self._collector = Collector(self)
        self._pools: dict[Lane, QThreadPool] = {}
        for lane, threads in THREADS.items():
            pool = QThreadPool(self)
            pool.setMaxThreadCount(threads)
            self._pools[lane] = pool
        self._arrived.connect(self._on_arrived, Qt.ConnectionType.QueuedConnection)

    def start(
        self,
        function: Callable[[Work], T],
        *,
        owner: QObject,
        on_done: Callable[[T], None],
        on_error: Callable[[KnownError], None] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        on_cancelled: Callable[[], None] | None = None,
        lane: Lane = Lane.READ,
    ) -> Handle:
        """Start a job.

        Args:
            function: Runs on a thread of the lane; gets the cancel token and may report progress through it.
            owner: When it is destroyed the job is cancelled and nothing is delivered.
            on_done: Gets the result.
            on_error: Gets a known error; without it a known error counts as unexpected.
            on_progress: Gets the latest progress, at most ten times a second.
            on_cancelled: Called when a job that was cancelled has really ended, while the owner lives.
            lane: Which jobs it may run beside.

        Returns:
            A handle to cancel it with.
        """
        if self._closed:
            raise RuntimeError("no job is started after close()")
        handle = Handle(owner, lane)
        arrived = self._arrived  # the bound signal; the thread gets nothing else of the window

        def announce_progress() -> None:
            if on_progress is not None:
                arrived.emit(lambda: self._deliver_progress(handle, on_progress))

        handle._announce = announce_progress

        def gone() -> None:
            handle.owner_gone = True
            handle.cancel()

        # Bound to the handle, not to the owner: the owner's Python half may be gone by then.
        owner.destroyed.connect(gone)

        def run() -> None:
            result: Any = None
            error: BaseException | None = None
            try:
                handle.work.check()
                result = function(handle.work)
            except BaseException as caught:  # everything has exactly one place to go
                error = caught
            arrived.emit(
                lambda: self._deliver_end(
                    handle,
                    result,
                    error,
                    on_done=on_done,
                    on_error=on_error,
                    on_cancelled=on_cancelled,
                )
            )

        self._handles.add(handle)
        self._pools[lane].start(run)
        self.changed.emit()
        return handle

    def poster(self, owner: QObject, slot: Callable[..., None]) -> Callable[..., None]:
        """Make a function that a job may call from its thread to tell the window something.

        Args:
            owner: Nothing is delivered once it is destroyed.
            slot: Called on the window's thread, in the order of the calls, before the job's own end.
        """
        arrived = self._arrived

        def post(*values: object) -> None:
            arrived.emit(lambda: slot(*values) if shiboken6.isValid(owner) else None)

        return post

    @property
    def busy(self) -> bool:
        """True while any job runs."""
        return bool(self._handles)

    @property
    def writing(self) -> bool:
        """True while a write to a tenant runs."""
        return any(handle.lane is Lane.TENANT_WRITE for handle in self._handles)

    def close(self, at_most_s: float = 10.0) -> bool:
        """Cancel everything and wait for the threads; nothing is delivered any more.

        Returns:
            False when a thread did not end in time.
        """
        self._closed = True
        for handle in self._handles:
            handle.owner_gone = True
            handle.cancel()
        end = time.monotonic() + at_most_s
        ended = [
            pool.waitForDone(max(1, int((end - time.monotonic()) * 1000))) for pool in self._pools.values()
        ]
        self._handles.clear()
        if all(ended):
            self._collector.stop()
        return all(ended)

    def _deliver_progress(self, handle: Handle, on_progress: Callable[[Progress], None]) -> None:
        if handle.finished or not handle.wanted:
            return
        left = handle._delivered_at + PROGRESS_EVERY_S - time.monotonic()
        if left > 0:
            QTimer.singleShot(int(left * 1000) + 1, self, lambda: self._deliver_progress(handle, on_progress))
            return
        handle._delivered_at = time.monotonic()
        handle._announced = False
        if handle._latest is not None:
            on_progress(handle._latest)

    def _deliver_end(
        self,
        handle: Handle,
        result: Any,
        error: BaseException | None,
        *,
        on_done: Callable[[Any], None],
        on_error: Callable[[KnownError], None] | None,
        on_cancelled: Callable[[], None] | None,
    ) -> None:
        if handle.finished:
            return
        handle.finished = True
        self._handles.discard(handle)
        try:
            stopped = isinstance(error, Cancelled) or not handle.wanted
            if error is not None and not isinstance(error, KnownError | Cancelled):
                self._on_unexpected(error)  # a fault of ours is told even when nobody waits for the result
            elif stopped:
                if on_cancelled is not None and not handle.owner_gone and shiboken6.isValid(handle._owner):
                    on_cancelled()
            elif error is None:
                on_done(result)
            elif isinstance(error, KnownError) and on_error is not None:
                on_error(error)
            else:
                self._on_unexpected(error)
        finally:
            self.changed.emit()

    @Slot(object)
    def _on_arrived(self, deliver: Callable[[], None]) -> None:
        if self._closed:
            return
        try:
            deliver()
        except Exception as fault:  # a slot that fails is a fault of ours, shown like any other
            self._on_unexpected(fault)
