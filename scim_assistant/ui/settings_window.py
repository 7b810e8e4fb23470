"""Preferences: with what one signs in, light or dark, and what is stored where. A window beside the wizard.

What is changed counts at once and is written by a job, as on the settings pages of Windows and macOS. What the
environment or the organisation has set can be seen but not typed over by accident.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from scim_assistant.errors import KnownError
from scim_assistant.sentence import say
from scim_assistant.settings import Settings, SettingsStore, Theme
from scim_assistant.signin.configuration import Configured, machine_folder, who_configured
from scim_assistant.ui import theme
from scim_assistant.ui.dialogs import ask
from scim_assistant.ui.jobs import Jobs, Lane
from scim_assistant.ui.settings_signing_in import SigningInBlock
from scim_assistant.ui.settings_stored import FORGET, StoredBlock
from scim_assistant.ui.theme import Scheme, Space, Tone
from scim_assistant.ui.widgets.card import column
from scim_assistant.ui.widgets.choice import ChoiceList, Option
from scim_assistant.ui.widgets.message_bar import MessageBar
from scim_assistant.ui.widgets.scrolled import Scrolled
from scim_assistant.ui.widgets.section import Section
from scim_assistant.ui.widgets.text import Text
from scim_assistant.ui.wording import APP_NAME, CLOSE, TRY_AGAIN, show
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.steps.answers import Answers
    from scim_assistant.steps.services import Services
    from scim_assistant.steps.stored import StoredThing

SIZE = (640, 680)

KEEP = say("Keep it")


class SettingsWindow(QDialog):
    """Settings. Esc closes it and keeps what was changed; the wizard stays usable.

    Args:
        jobs: Runs what may wait.
        store: The settings; changed at once, saved by a job.
        configured: Finds with what one signs in by given settings, from a job; None in a practice session.
        stored: Lists what is stored, from a job.
        forget: Forgets one of those by its key, from a job.
        on_saved: Told the settings each time something has changed.
        on_forgotten: Told the key of what was forgotten.
    """

    def __init__(
        self,
        *,
        jobs: Jobs,
        store: SettingsStore,
        configured: Callable[[Settings], Configured] | None,
        stored: Callable[[Work], Sequence[StoredThing]],
        forget: Callable[[str, Work], None],
        on_saved: Callable[[Settings], None] = lambda _: None,
        on_forgotten: Callable[[str], None] = lambda _: None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._store = store
        self._find = configured
        self._list = stored
        self._forget = forget
        self._on_saved = on_saved
        self._on_forgotten = on_forgotten
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("settings")
        self.setWindowTitle(show(say("{app}: settings", app=APP_NAME)))
        outer = column(self, 0)
        outer.setContentsMargins(0, 0, 0, Space.LARGE)
        self.scroll_area = Scrolled()
        inside = QWidget()
        body = column(inside, Space.BLOCK)
        body.setContentsMargins(Space.BLOCK, Space.BLOCK, Space.BLOCK, Space.LARGE)
        self.signing_in = SigningInBlock(store, self._commit, inside) if configured is not None else None
        if self.signing_in is not None:
            body.addWidget(self.signing_in)
        else:
            body.addWidget(
                Section(
                    say("Signing in"),
                    say(
                        "In a practice session nobody signs in to a real tenant. Open the program without practice to "
                        "set with what it signs in."
                    ),
                )
            )
        body.addWidget(self._appearance())
        self.things = StoredBlock(self._ask_to_forget, self.list_stored)
        body.addWidget(self.things)
        body.addStretch(1)
        self.scroll_area.setWidget(inside)
        outer.addWidget(self.scroll_area, 1)
        self.trouble = MessageBar(self)
        self.trouble.pressed.connect(lambda _: self._write())
        self.trouble.hide()
        holder = QVBoxLayout()
        holder.setContentsMargins(Space.BLOCK, Space.MEDIUM, Space.BLOCK, 0)
        holder.setSpacing(Space.MEDIUM)
        holder.addWidget(self.trouble)
        foot = QHBoxLayout()
        self.status = Text(say("Changes are kept at once."), tone=Tone.QUIET)
        foot.addWidget(self.status, 1)
        buttons = QDialogButtonBox()
        self.close_button = buttons.addButton(show(CLOSE), QDialogButtonBox.ButtonRole.RejectRole)
        self.close_button.setAutoDefault(False)
        buttons.rejected.connect(self.reject)
        foot.addWidget(buttons)
        holder.addLayout(foot)
        outer.addLayout(holder)
        self.resize(*SIZE)

    @classmethod
    def open_for(
        cls,
        parent: QWidget,
        *,
        jobs: Jobs,
        store: SettingsStore,
        services: Callable[[Work], Services],
        answers: Callable[[], Answers],
        practice: bool = False,
        on_saved: Callable[[Settings], None] = lambda _: None,
        on_forgotten: Callable[[str], None] = lambda _: None,
        environ: Mapping[str, str] = os.environ,
        file_folder: Path | None = None,
    ) -> SettingsWindow:
        """Open it above a window, or bring the one to the front that is open.

        Args:
            parent: The wizard.
            jobs: Runs what may wait.
            store: The settings.
            services: What lookups may use (``Parts.services``); called from jobs.
            answers: Gives the answers as they are now; called from jobs.
            practice: A practice session, which signs in to nothing real.
            on_saved: Told the settings each time something has changed.
            on_forgotten: Told the key of what was forgotten (``steps.stored``); a sign-in may be the one in use.
            environ: The process's environment.
            file_folder: Where the organisation's file is; None for the platform's place.
        """
        for old in parent.findChildren(cls):
            old.raise_()
            old.activateWindow()
            return old

        def configured(settings: Settings) -> Configured:
            return who_configured(settings, environ, file_folder or machine_folder())

        def stored(work: Work) -> Sequence[StoredThing]:
            from scim_assistant.steps import stored as room

            return room.stored(services(work), answers(), work)

        def forget(key: str, work: Work) -> None:
            from scim_assistant.steps import stored as room

            room.forget(services(work), answers(), key, work)

        window = cls(
            jobs=jobs,
            store=store,
            configured=None if practice else configured,
            stored=stored,
            forget=forget,
            on_saved=on_saved,
            on_forgotten=on_forgotten,
            parent=parent,
        )
        window.show()
        window.look()
        return window

    # Looking

    def look(self) -> None:
        """Find out with what one signs in and what is stored."""
        self._look_up()
        self.list_stored()

    def _look_up(self) -> None:
        find, settings = self._find, self._store.current
        if find is not None:
            self._jobs.start(
                lambda _: find(settings), owner=self, on_done=self.show_configured, lane=Lane.READ
            )

    def show_configured(self, configured: Configured) -> None:
        """Show with what one signs in."""
        if self.signing_in is not None:
            self.signing_in.show_configured(configured)

    def list_stored(self) -> None:
        """List what is stored, again."""
        self.things.show_looking()
        self._jobs.start(
            self._list,
            owner=self,
            on_done=self.things.show_things,
            on_error=self.things.show_trouble,
            lane=Lane.READ,
        )

    # Appearance

    def _appearance(self) -> QWidget:
        self.theme = ChoiceList(
            say("Appearance"),
            (
                Option(
                    Theme.SYSTEM.value,
                    show(say("As the system")),
                    show(say("Follows light and dark of the desktop.")),
                ),
                Option(Theme.LIGHT.value, show(say("Light"))),
                Option(Theme.DARK.value, show(say("Dark"))),
            ),
        )
        self.theme.set_value(self._store.current.theme.value)
        self.theme.chosen.connect(self._on_theme)
        return Section(say("Appearance")).add(self.theme)

    def _on_theme(self, key: str) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.apply(app, Scheme(key))
        self._commit(theme=Theme(key))

    # Keeping

    def _commit(self, **changes: object) -> None:
        """Take changes over at once, and write them."""
        now = self._store.current
        changed = {name: value for name, value in changes.items() if getattr(now, name) != value}
        if not changed:
            return
        self._on_saved(self._store.change(**changed))
        self._write()

    def _write(self) -> None:
        store = self._store
        self.trouble.hide()
        # Not the window's own: what was changed right before it closes is written all the same.
        self._jobs.start(
            lambda _: store.save(),
            owner=self._jobs,
            on_done=lambda _: self._on_written(),
            on_error=self._on_refused,
            lane=Lane.ARCHIVE,
        )

    def _on_written(self) -> None:
        if shiboken6.isValid(self):
            self.status.set_text(say("Saved."))
            self._look_up()

    def _on_refused(self, error: KnownError) -> None:
        if shiboken6.isValid(self):
            self.status.set_text(say("Kept until the program ends."))
            self.trouble.show_error(error, ("again", TRY_AGAIN))

    # Forgetting

    def _ask_to_forget(self, thing: StoredThing) -> None:
        ask(
            self,
            say("Forget this: {what}?", what=show(thing.title)),
            thing.detail,
            do=FORGET,
            stay=KEEP,
            on_do=lambda: self._forget_now(thing.key),
        )

    def _forget_now(self, key: str) -> None:
        self.things.show_forgetting(key)
        self._jobs.start(
            lambda work: self._forget(key, work),
            owner=self,
            on_done=lambda _: self._on_forgotten_now(key),
            on_error=self.things.show_trouble,
            lane=Lane.ARCHIVE,
        )

    def _on_forgotten_now(self, key: str) -> None:
        self._on_forgotten(key)
        self.list_stored()

    # Qt

    def done(self, result: int) -> None:
        if self.signing_in is not None:
            self.signing_in.commit()
        super().done(result)
