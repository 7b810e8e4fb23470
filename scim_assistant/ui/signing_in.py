"""A sign-in that waits for the person, as the window sees it: start it, change the way, stop it.

The sign-in page, the dialog that asks for more, and the monitor all go through here; only one waits at a time, so
another way begins when the one before it has really ended.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from scim_assistant.errors import KnownError
from scim_assistant.signin.offer import Waiting, Way
from scim_assistant.ui.jobs import Handle


class Begin(Protocol):
    """Starts the job that signs in."""

    def __call__(
        self,
        way: Way,
        on_waiting: Callable[[Waiting], None],
        *,
        on_done: Callable[[Any], None],
        on_error: Callable[[KnownError], None],
        on_cancelled: Callable[[], None],
    ) -> Handle:
        """Start it.

        Args:
            way: How to sign in.
            on_waiting: Called on the window's thread with what the person has to do.
            on_done, on_error, on_cancelled: As for any job; one of them is called at its end.
        """
        ...


class SigningIn(QObject):
    """Runs one sign-in after the other.

    Signals:
        began: One was started; it does not wait for the person yet.
        waiting: What the person has to do now (``Waiting``).
        done: What the job came to.
        failed: The known error.
        stopped: The person stopped it, and nothing is left waiting.
    """

    began = Signal()
    waiting = Signal(object)
    done = Signal(object)
    failed = Signal(object)
    stopped = Signal()

    def __init__(self, begin: Begin, parent: QObject) -> None:
        super().__init__(parent)
        self._begin = begin
        self._handle: Handle | None = None
        self._next: Way | None = None
        self._starting = False

    @property
    def running(self) -> bool:
        """True while one is under way, from the moment it is asked for."""
        return self._starting or (self._handle is not None and self._handle.running)

    def start(self, way: Way) -> None:
        """Start a sign-in; while another one runs, after that has been stopped."""
        if self._starting:
            return
        if self._handle is not None and self._handle.running:
            self._next = way
            self._handle.cancel()
            return
        self._next = None
        # Starting the job makes the window show its state anew, and by then one has to be under way.
        self._starting = True
        try:
            self.began.emit()
            self._handle = self._begin(
                way,
                self._on_waiting,
                on_done=self.done.emit,
                on_error=self.failed.emit,
                on_cancelled=self._on_cancelled,
            )
        finally:
            self._starting = False

    def cancel(self) -> None:
        """Stop it."""
        self._next = None
        if self._handle is not None and self._handle.running:
            self._handle.cancel()

    def _on_waiting(self, waiting: Waiting) -> None:
        # What the sign-in before this one said last may come while it is being stopped.
        if self._handle is None or not self._handle.cancelled:
            self.waiting.emit(waiting)

    def _on_cancelled(self) -> None:
        way, self._next = self._next, None
        if way is not None:
            self.start(way)
        else:
            self.stopped.emit()


def open_page(address: str) -> None:
    """Open the page of a sign-in in the browser, again."""
    url = QUrl(address)
    if url.scheme() in ("https", "http"):
        QDesktopServices.openUrl(url)
