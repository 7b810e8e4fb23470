"""Opens the window: the QApplication, the theme, the shell, and what connects them. ``app.py`` hands in the rest.

The first picture comes before anything slow is loaded: services are made in a job, after the window shows.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType

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
        scheme: Light, dark, or as the system is.
        on_ready: Called once, right after the first picture; a test or a measurement hooks in here.
        on_quit: Called when the last window is gone and all jobs have ended; may save settings.
    """

    services: Callable[[Work], Services]
    open_monitor: MonitorMaker | None = None
    practice: bool = False
    answers: Answers = field(default_factory=Answers)
    memory: LayoutMemory = field(default_factory=ShortMemory)
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
        return shell

    def _practise(self) -> None:
        self.shell.leave()
        QApplication.exit(PRACTISE)

    def open_monitor(self) -> None:
        """Open the monitor on the app that was set up, and close the wizard."""
        if self.parts.open_monitor is None:
            return
        monitor = self.parts.open_monitor(self.jobs, self.shell.answers, self.shell.found)
        self.monitors.append(monitor)
        monitor.show()
        monitor.activateWindow()
        self.shell.leave()

    def close(self) -> None:
        """End all jobs and take the windows away."""
        self.jobs.close()
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
