"""Opening the window: what is not loaded before the first picture, faults of ours, and ending cleanly."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from scim_assistant.errors import Details
from scim_assistant.steps.flow import STEPS
from scim_assistant.ui.dialogs import UnexpectedDialog, fault_text
from scim_assistant.ui.jobs import Jobs
from scim_assistant.ui.start import Parts, Window
from scim_assistant.ui.unexpected import Unexpected

ROOT = Path(__file__).resolve().parents[2]

FIRST_PICTURE = """
import os, sys
from scim_assistant.ui import start
from scim_assistant.ui.shell import Shell

paint = Shell.paintEvent

def painted(shell, event):
    paint(shell, event)
    heavy = ["httpx", "msal", "keyring", "msgspec", "sqlite3", "platformdirs"]
    print(*[name for name in heavy if name in sys.modules], sep=",", flush=True)
    os._exit(0)

Shell.paintEvent = painted
start.run(start.Parts(services=lambda work: None, practice=True))
"""

LIVE_AND_END = """
import signal, sys
from PySide6.QtCore import QTimer
from scim_assistant.ui import start

def ready(window):
    def look():
        if len(window.shell._pages) == 10:
            QTimer.singleShot(0, window.shell, lambda: signal.raise_signal(signal.SIGINT))
        else:
            QTimer.singleShot(20, window.shell, look)
    look()

from pathlib import Path
from scim_assistant.plan.journal import Journals
from scim_assistant.steps.services import Services
services = Services(open_session=None, journals=Journals(Path(sys.argv[1])), secrets=None)
code = start.run(
    start.Parts(services=lambda work: services, practice=True, on_ready=ready, on_quit=lambda: print("quit", flush=True))
)
print("code", code, flush=True)
"""


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env=dict(os.environ, QT_QPA_PLATFORM="offscreen"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_nothing_slow_is_loaded_before_the_first_picture() -> None:
    done = run(FIRST_PICTURE)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


def test_the_window_makes_its_other_pages_and_ends_on_ctrl_c(tmp_path: Path) -> None:
    done = run(LIVE_AND_END, str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["quit", "code", "0"]
    assert "Traceback" not in done.stderr


def test_a_fault_of_ours_opens_one_dialog_with_a_report_that_quotes_nothing(qtbot: QtBot, qapp: Any) -> None:
    unexpected = Unexpected()
    for _ in range(3):
        try:
            raise ValueError("the secret tok-1 of ana@example.com")
        except ValueError as error:
            unexpected(error)
    assert unexpected.count == 3
    dialogs = [
        one for one in QApplication.topLevelWidgets() if isinstance(one, UnexpectedDialog) and one.isVisible()
    ]
    assert len(dialogs) == 1
    assert "ValueError" in dialogs[0].report
    assert "test_start.py" in dialogs[0].report
    assert "tok-1" not in dialogs[0].report
    assert "ana@example.com" not in dialogs[0].report
    qtbot.keyClick(dialogs[0], Qt.Key.Key_Escape)
    qtbot.waitUntil(
        lambda: not any(isinstance(one, UnexpectedDialog) for one in QApplication.topLevelWidgets())
    )


def test_a_report_names_causes_and_no_folder_of_this_computer() -> None:
    try:
        try:
            Details(codes=(1,)).lines()  # type: ignore[arg-type]
        except TypeError as error:
            raise RuntimeError("outer") from error
    except RuntimeError as error:
        text = fault_text(error)
    assert "caused by TypeError" in text
    assert "ui/test_start.py" in text
    assert "errors.py" in text
    assert str(ROOT) not in text


def test_the_first_page_can_be_left_only_when_the_steps_are_there(
    qtbot: QtBot, qapp: Any, tmp_path: Path
) -> None:
    from scim_assistant.plan.journal import Journals
    from scim_assistant.steps.services import Services

    services = Services(open_session=None, journals=Journals(tmp_path), secrets=None)  # type: ignore[arg-type]
    window = Window(Parts(services=lambda work: services, practice=True))
    shell = window.shell
    try:
        shell.show()
        assert len(shell._pages) == 1
        assert not shell.page_here.isComplete()
        qtbot.waitUntil(
            lambda: shell.page_here.isComplete() and len(shell._pages) == len(STEPS), timeout=20_000
        )
        assert [step.key for step in STEPS] == list(shell._order)
    finally:
        window.close()
    assert isinstance(window.jobs, Jobs)
    assert window.unexpected.count == 0
