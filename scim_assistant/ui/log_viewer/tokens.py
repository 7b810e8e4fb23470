"""The Secret Token of the app that is watched: how long it works, noting its day, and the window that replaces it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from scim_assistant.steps.token_life import TokenLife
from scim_assistant.ui.jobs import Handle, Jobs, Lane
from scim_assistant.ui.log_viewer.watched import Watched
from scim_assistant.ui.rotation_window import RotationWindow
from scim_assistant.ui.token_day_dialog import TokenDayDialog

LOOK_EVERY = timedelta(hours=1)


class TokenWatching(QObject):
    """Looks at the token's day, and opens what can be done about it.

    Signals:
        known: How long the token still works (``TokenLife``).
        sign_in_wanted: As of the monitor.
        lifted: Provisioning goes on that was paused.
    """

    known = Signal(object)
    sign_in_wanted = Signal(object, object)
    lifted = Signal()

    def __init__(self, watched: Watched, jobs: Jobs, window: QWidget) -> None:
        super().__init__(window)
        self._watched = watched
        self._jobs = jobs
        self._over = window
        self._looking: Handle | None = None
        self._rotation: RotationWindow | None = None
        self._looked_at: datetime | None = None

    @property
    def can_replace(self) -> bool:
        """True when this session may change something."""
        return self._watched.token is not None and self._watched.token.acts is not None

    @property
    def window(self) -> QWidget | None:
        """The window of a replacement, while it is open."""
        return self._rotation

    def look(self) -> None:
        """Look how long the token still works."""
        token = self._watched.token
        if token is None or (self._looking is not None and self._looking.running):
            return
        self._looked_at = self._watched.now()
        self._looking = self._jobs.start(
            token.life, owner=self, on_done=self.known.emit, on_error=lambda _: None, lane=Lane.ARCHIVE
        )

    def look_now_and_then(self) -> None:
        """Look again when that is long ago: a monitor may be open for weeks, and days pass."""
        if self._looked_at is None or self._watched.now() - self._looked_at > LOOK_EVERY:
            self.look()

    def replace(self) -> None:
        """Open the window that replaces it."""
        token = self._watched.token
        if token is None or token.acts is None:
            return
        watched = self._watched
        window = RotationWindow.open_for(
            self._over, watched.app_name, token.acts, self._jobs, is_practice=watched.is_practice
        )
        if window is not self._rotation:
            window.sign_in_wanted.connect(self.sign_in_wanted)
            window.saved.connect(self.look)
            window.lifted.connect(self.lifted)
            window.closed.connect(self._on_closed)
            self._rotation = window

    def _on_closed(self) -> None:
        self._rotation = None

    def note(self) -> None:
        """Ask on which day it was made, or on which it ends, and note that."""
        token = self._watched.token
        if token is None:
            return
        note = token.note

        def on_chosen(made_on: date | None, ends_on: date | None) -> None:
            def on_done(life: TokenLife) -> None:
                dialog.accept()
                self.known.emit(life)

            self._jobs.start(
                lambda work: note(made_on, ends_on, work),
                owner=dialog,
                on_done=on_done,
                on_error=dialog.show_trouble,
                lane=Lane.ARCHIVE,
            )

        dialog = TokenDayDialog(self._watched.app_name, self._watched.now(), on_chosen, self._over)
        dialog.open()

    def close(self) -> bool:
        """Close what is open; False while a replacement is under way, which stops first."""
        return self._rotation is None or self._rotation.close()
