"""Opening the window: what is not loaded before the first picture, faults of ours, and ending cleanly."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from scim_assistant.errors import Details
from scim_assistant.plan.journal import Journals
from scim_assistant.settings import SettingsStore
from scim_assistant.signin.offer import SignInOffer
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.flow import STEPS
from scim_assistant.steps.services import Services
from scim_assistant.steps.step import StepKey
from scim_assistant.ui.dialogs import UnexpectedDialog, fault_text
from scim_assistant.ui.jobs import Jobs
from scim_assistant.ui.settings_window import SettingsWindow
from scim_assistant.ui.start import Parts, Window
from scim_assistant.ui.unexpected import Unexpected
from scim_assistant.work import Work
from tests.gallery import sample

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


class NobodySignedIn:
    """``RealSignIn`` where a client is configured and nobody is known."""

    def offer(self, answers: Answers, work: Work) -> SignInOffer:
        return sample.offer()

    def resume(self, answers: Answers, work: Work) -> None:
        return None


@pytest.fixture
def real_window(qtbot: QtBot, qapp: Any, tmp_path: Path) -> Iterator[Window]:
    """The program on a real tenant where nobody is signed in, with settings of its own."""
    journals = Journals(tmp_path / "journals")
    services = Services(
        open_session=None,  # type: ignore[arg-type]
        journals=journals,
        secrets=None,  # type: ignore[arg-type]
        is_practice=False,
        real=NobodySignedIn(),  # type: ignore[arg-type]
    )
    window = Window(Parts(services=lambda work: services, settings=SettingsStore(tmp_path / "config")))
    window.shell.show()
    qtbot.waitUntil(lambda: window.shell.page_here.isComplete() and len(window.shell._pages) == len(STEPS))
    yield window
    window.close()
    assert window.unexpected.count == 0


def test_the_settings_open_once_from_the_rail(qtbot: QtBot, real_window: Window) -> None:
    shell = real_window.shell
    qtbot.mouseClick(shell.rail.settings, Qt.MouseButton.LeftButton)
    real_window.open_settings()
    opened = shell.findChildren(SettingsWindow)
    assert len(opened) == 1
    assert opened[0].isVisible()
    qtbot.waitUntil(lambda: not real_window.jobs.busy)
    qtbot.keyClick(opened[0], Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not shell.findChildren(SettingsWindow))
    assert shell.isVisible()


def test_forgetting_the_sign_in_that_is_used_leads_back_to_signing_in(
    qtbot: QtBot, real_window: Window
) -> None:
    shell = real_window.shell
    shell.start_over(Answers(), sample.really_signed_in(), at=StepKey.CONNECT)
    qtbot.waitUntil(lambda: not shell.busy)
    real_window._on_forgotten("sign-in:of.somebody.else")
    assert shell.here is StepKey.CONNECT
    real_window._on_forgotten(f"sign-in:{sample.ANA.id}")
    assert shell.here is StepKey.SIGN_IN
    assert shell.found.session is None
    page: Any = shell.page_here
    qtbot.waitUntil(page.offer.isVisible)


def test_without_settings_there_is_no_button_for_them(qapp: Any, tmp_path: Path) -> None:
    window = Window(Parts(services=lambda work: None))  # type: ignore[arg-type,return-value]
    try:
        assert window.shell.rail.settings.isHidden()
    finally:
        window.close()
