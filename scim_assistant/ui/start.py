"""Opens the window: the QApplication, the theme, the shell, and what connects them. ``app.py`` hands in the rest.

The first picture comes before anything slow is loaded: services are made in a job, after the window shows.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QLibraryInfo, QLocale, QTimer, QTranslator
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QWidget

from scim_assistant import __version__
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.services import Services
from scim_assistant.steps.start import StartStep
from scim_assistant.steps.step import Step, StepKey
from scim_assistant.ui import theme
from scim_assistant.ui.jobs import Jobs
from scim_assistant.ui.memory import LayoutMemory, ShortMemory
from scim_assistant.ui.pages import PAGES, RAIL
from scim_assistant.ui.shell import NextStep, Shell
from scim_assistant.ui.theme import Scheme
from scim_assistant.ui.unexpected import Unexpected
from scim_assistant.ui.wording import APP_NAME
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.errors import SignInNeeded
    from scim_assistant.settings import SettingsStore
    from scim_assistant.signin.offer import Waiting, Way

PRACTISE = 75
"""What ``run`` returns when the person wants a practice session instead."""

MonitorMaker = Callable[[Jobs, Answers, Found], QWidget]
"""Makes the monitor of the app that was set up; the widget is shown by the caller."""


@dataclass(frozen=True)
class Parts:
    """What the window is built from.

    Attributes:
        services: Gives what lookups may use. Called from job threads, every time; it keeps what it has made.
        open_monitor: Makes the monitor window of the app that was set up.
        practice: True in a practice session.
        answers: Where the wizard begins: last profile, scenario.
        memory: Keeps window layouts; saving to disk is its own business, outside the window's thread.
        settings: What the settings window shows and changes; None leaves the window without one.
        scheme: Light, dark, or as the system is.
        on_ready: Called once, right after the first picture; a test or a measurement hooks in here.
        on_quit: Called when the last window is gone and all jobs have ended; may save settings.
    """

    services: Callable[[Work], Services]
    open_monitor: MonitorMaker | None = None
    practice: bool = False
    answers: Answers = field(default_factory=Answers)
    memory: LayoutMemory = field(default_factory=ShortMemory)
    settings: SettingsStore | None = None
    scheme: Scheme = Scheme.SYSTEM
    on_ready: Callable[[Window], None] | None = None
    on_quit: Callable[[], None] | None = None


class Window:
    """The wizard and the monitors of one run of the program."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.monitors: list[QWidget] = []
        self.unexpected = Unexpected(QApplication.activeWindow)
        self.jobs = Jobs(self.unexpected)
        self.shell = self._make_shell(parts.answers)

    def _make_shell(self, answers: Answers) -> Shell:
        first = StartStep()
        shell = Shell(
            jobs=self.jobs,
            steps=(first,),
            pages=PAGES,
            next_step=lambda *_: StepKey.SIGN_IN,
            rest=_all_steps,
            entries=RAIL,
            services=self.parts.services,
            answers=answers,
            practice=self.parts.practice,
            memory=self.parts.memory,
        )
        shell.monitor_wanted.connect(self.open_monitor)
        shell.practise_wanted.connect(self._practise)
        shell.settings_wanted.connect(self.open_settings)
        shell.rail.settings.setVisible(self.parts.settings is not None)
        return shell

    def _practise(self) -> None:
        self.shell.leave()
        QApplication.exit(PRACTISE)

    def open_monitor(self) -> None:
        """Open the monitor on the app that was set up, and close the wizard."""
        if self.parts.open_monitor is None:
            return
        answers, found = self.shell.answers, self.shell.found
        monitor = self.parts.open_monitor(self.jobs, answers, found)
        self._let_sign_in(monitor, answers, found)
        self.monitors.append(monitor)
        monitor.show()
        monitor.activateWindow()
        self.shell.leave()

    def _let_sign_in(self, monitor: QWidget, answers: Answers, found: Found) -> None:
        """Open the dialog over a monitor that needs a person to sign in, then let it go on.

        The tokens of a later sign-in serve the session that the monitor reads with, and what it does to the job asks
        for the session of that moment.
        """
        from scim_assistant.ui.log_viewer.window import MonitorWindow

        if not isinstance(monitor, MonitorWindow) or found.session is None or found.session.signed_in is None:
            return
        now = found

        def task(
            needed: SignInNeeded, way: Way, window: int | None, work: Work, tell: Callable[[Waiting], None]
        ) -> Found:
            from scim_assistant.steps import sign_in

            return sign_in.allow(self.parts.services(work), answers, now, needed, way, window, work, tell)

        def ask(needed: SignInNeeded, again: Callable[[], None]) -> None:
            from scim_assistant.ui.allowing import open_dialog

            dialog = open_dialog(needed, task, self.jobs, monitor.front, now)

            def go_on(result: Found) -> None:
                nonlocal now
                now = result
                again()

            dialog.signed_in.connect(go_on)

        monitor.sign_in_wanted.connect(ask)

    def open_settings(self) -> None:
        """Open the settings, or bring them to the front."""
        store = self.parts.settings
        if store is None:
            return
        from scim_assistant.ui.settings_window import SettingsWindow

        SettingsWindow.open_for(
            self.shell,
            jobs=self.jobs,
            store=store,
            services=self.parts.services,
            answers=lambda: self.shell.answers,
            practice=self.parts.practice,
            on_saved=lambda _: self.shell.look_up_before_sign_in(),
            on_forgotten=self._on_forgotten,
        )

    def _on_forgotten(self, key: str) -> None:
        from scim_assistant.steps import sign_in
        from scim_assistant.steps.stored import SIGN_IN

        session = self.shell.found.session
        signed_in = session.signed_in if session is not None else None
        if signed_in is not None and key == f"{SIGN_IN}{signed_in.account.id}" and not self.shell.busy:
            # Nobody is signed in any more, so nothing can be read or written until somebody is.
            self.shell.start_over(
                *sign_in.another_account(self.shell.answers, self.shell.found), at=StepKey.SIGN_IN
            )

    def close(self) -> None:
        """End all jobs and take the windows away, and a secret that was copied from the clipboard."""
        from scim_assistant.ui.widgets.copy_button import take_secret_back

        self.jobs.close()
        take_secret_back()
        if self.shell.isVisible():
            # Closed from outside (Ctrl+C, the end of the session): nobody answers a question any more.
            self.shell.leave()
        for widget in (*self.monitors, self.shell):
            widget.close()
            widget.deleteLater()
        self.monitors = []


def _all_steps() -> tuple[Sequence[Step], NextStep]:
    from scim_assistant.steps.flow import STEPS, next_step

    return STEPS, next_step


def make_application(arguments: Sequence[str] = ()) -> QApplication:
    """The QApplication, named and dressed."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication([APP_NAME, *arguments])
    app.setApplicationName(APP_NAME)
    app.setApplicationDisplayName("")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("scim-assistant")
    return app


def run(parts: Parts) -> int:
    """Show the window and stay until it is closed.

    Returns:
        The exit code, or ``PRACTISE``.
    """
    app = make_application()
    theme.apply(app, parts.scheme)
    _translate(app)
    window = Window(parts)
    before = sys.excepthook

    def on_fault(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, KeyboardInterrupt):
            app.exit(0)
        else:
            window.unexpected(error)

    sys.excepthook = on_fault
    # Python hears Ctrl+C in the terminal only when it gets to run now and then. Not quit(): that asks the windows first.
    signal.signal(signal.SIGINT, lambda *_: app.exit(0))
    pulse = QTimer()
    pulse.timeout.connect(lambda: None)
    pulse.start(250)
    try:
        window.shell.show()
        QTimer.singleShot(200, window.shell, lambda: app.setWindowIcon(_window_icon(app)))
        if parts.on_ready is not None:
            ready = parts.on_ready
            QTimer.singleShot(0, window.shell, lambda: ready(window))
        return app.exec()
    finally:
        pulse.stop()
        sys.excepthook = before
        window.close()
        if parts.on_quit is not None:
            parts.on_quit()


def _window_icon(app: QApplication) -> QIcon:
    return theme.icon("logo", app.palette(), theme.Tone.ACCENT, 64)


def _translate(app: QApplication) -> None:
    """Qt's own texts (Cut, Paste, Undo) in the person's language, where Qt has it."""
    translator = QTranslator(app)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if QLocale().language() is not QLocale.Language.English and translator.load(
        QLocale(), "qtbase", "_", folder
    ):
        app.installTranslator(translator)
