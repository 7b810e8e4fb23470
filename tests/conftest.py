"""Guards that hold for every test: a home of its own, and for tests with a window a watch on what it must not do.

The guard on the window's thread looks at who called: reading a file, opening a socket, asking the keyring or signing in
is a fault only where a frame of ``scim_assistant/ui`` is on the stack and no import is under way.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

if TYPE_CHECKING:
    from tests.secret_service.daemon import SecretService

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# No test may reach the keyring of whoever runs it; ``secret_service`` gives a real one that belongs to the test.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"

hypothesis.settings.register_profile(
    "busy", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("busy")
"""How fast a machine is says nothing about the program."""

TESTS_BETWEEN_ALL = 50
"""So many tests lie between two looks of the garbage collector at everything there is."""

PATIENCE_MS = 60_000
"""How long a test of the window waits at most for what comes by itself, in milliseconds."""

WATCHED = frozenset({
    "open",
    "os.listdir",
    "os.scandir",
    "os.mkdir",
    "os.rename",
    "os.remove",
    "shutil.rmtree",
    "socket.connect",
    "socket.bind",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.sendto",
    "sqlite3.connect",
    "subprocess.Popen",
    "time.sleep",
})  # fmt: skip
"""Audit events that mean waiting for something outside the process."""

UI = f"{os.sep}scim_assistant{os.sep}ui{os.sep}"
_IMPORTING = (
    "importlib._bootstrap",
    "importlib._bootstrap_external",
    "<frozen importlib",
    "shibokensupport",  # PySide reads the source of every module that imports something
)


class WindowGuard:
    """Collects what the window's thread did that only a job may do."""

    def __init__(self) -> None:
        self.armed = False
        self.caught: list[str] = []

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """The audit hook. Audit hooks cannot be removed, so there is one for the whole run."""
        if not self.armed or event not in WATCHED:
            return
        self.note(event, sys._getframe(1))

    def note(self, event: str, frame: FrameType | None) -> None:
        """Take note if this is the window's thread, inside code of the window, and no import."""
        if threading.current_thread() is not threading.main_thread():
            return
        blamed = ""
        while frame is not None:
            name = frame.f_code.co_filename
            if any(part in name for part in _IMPORTING):
                return
            if UI in name and not blamed:
                blamed = f"{name.rpartition(UI)[2]}:{frame.f_lineno} in {frame.f_code.co_name}"
            frame = frame.f_back
        if blamed:
            self.caught.append(f"{event} from ui/{blamed}")


GUARD = WindowGuard()
sys.addaudithook(GUARD)


def pytest_configure() -> None:
    """Garbage with a widget in it crashes the process where another thread than the window's collects it."""
    gc.disable()


@pytest.fixture(autouse=True)
def garbage_collected_here() -> Iterator[None]:
    """What a test leaves is collected on this thread, after it."""
    yield
    if gc.get_count()[2] <= TESTS_BETWEEN_ALL:
        gc.collect(1)
        return
    gc.collect()
    # What has outlived so many tests is modules and the like: it need not be looked through again and again.
    gc.freeze()


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and XDG folders that belong to this test alone."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    for name, folder in (
        ("XDG_CONFIG_HOME", ".config"),
        ("XDG_DATA_HOME", ".local/share"),
        ("XDG_STATE_HOME", ".local/state"),
        ("XDG_CACHE_HOME", ".cache"),
        ("LOCALAPPDATA", "AppData/Local"),
        ("APPDATA", "AppData/Roaming"),
    ):
        monkeypatch.setenv(name, str(home / folder))
    return home


@pytest.fixture
def secret_service(monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretService]:
    """A real keyring on a bus of its own, unlocked; skips with the reason where the system has none.

    Programs use it through its ``environ``; in this process, use ``secret_service.vault()``.
    """
    from tests.secret_service.daemon import SecretService, connections_closed, missing

    reason = missing()
    if reason:
        pytest.skip(reason)
    with SecretService() as service, connections_closed(monkeypatch):
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", service.address)
        yield service


def _threads() -> set[threading.Thread]:
    # A thread that Qt started shows as a dummy once Python code has run on it; Qt ends it by itself.
    return {
        thread
        for thread in threading.enumerate()
        if not isinstance(thread, threading._DummyThread) and thread is not threading.main_thread()
    }


@pytest.fixture
def qtbot(qapp: Any, request: pytest.FixtureRequest) -> Any:
    """pytest-qt's own, but on a busy machine everything that is waited for may take longer."""
    from pytestqt.qtbot import QtBot

    class PatientBot(QtBot):
        def waitUntil(self, callback: Any, *, timeout: int = 0) -> None:
            super().waitUntil(callback, timeout=max(timeout, PATIENCE_MS))

        def waitSignal(self, signal: Any, *, timeout: int = 0, **more: Any) -> Any:
            return super().waitSignal(signal, timeout=max(timeout, PATIENCE_MS), **more)

        def waitExposed(self, widget: Any, *, timeout: int = 0) -> Any:
            return super().waitExposed(widget, timeout=max(timeout, PATIENCE_MS))

    return PatientBot(request)


@pytest.fixture(autouse=True)
def clean_window(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """For tests with a window: no waiting on its thread, and nothing left behind."""
    if not {"qtbot", "qapp"} & set(request.fixturenames):
        yield
        return
    from PySide6.QtCore import QCoreApplication, QEvent, QThreadPool, QTimer
    from PySide6.QtWidgets import QApplication

    _watch_slow_libraries(monkeypatch)
    before_threads = _threads()
    GUARD.caught.clear()
    GUARD.armed = True
    yield
    GUARD.armed = False
    caught = list(GUARD.caught)
    GUARD.caught.clear()

    # Qt would end what Python has put there after Python itself has ended, and crash.
    QApplication.clipboard().clear()
    # What pytest-qt and the test have asked to be deleted goes now, so that only real leaks are left.
    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QCoreApplication.processEvents()
    left = [
        f"{type(widget).__name__} {widget.windowTitle()!r}"
        for widget in QApplication.topLevelWidgets()
        if widget.parent() is None and widget.isVisible()
    ]
    # Single shots that are on their way are no leak.
    end = time.monotonic() + 5
    while (orphans := _orphans(QTimer)) and time.monotonic() < end:
        QCoreApplication.processEvents()
        time.sleep(0.005)
    timers = [repr(timer) for timer in orphans]
    end = time.monotonic() + 30
    while (new := _threads() - before_threads) and time.monotonic() < end:
        time.sleep(0.01)
    busy = QThreadPool.globalInstance().activeThreadCount()
    faults = [
        *(f"on the window's thread: {what}" for what in caught),
        *(f"window left open: {what}" for what in left),
        *(f"timer left running: {what}" for what in timers),
        *(f"thread left running: {thread.name}" for thread in new),
    ]
    if busy:
        faults.append(f"{busy} threads of Qt's own pool left running")
    if faults:
        pytest.fail("\n".join(faults), pytrace=False)


def _orphans(kind: Any) -> list[Any]:
    import shiboken6

    return [
        timer
        for timer in gc.get_objects()
        if isinstance(timer, kind)
        and shiboken6.isValid(timer)
        and timer.isActive()
        and timer.parent() is None
    ]


def _watch_slow_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keyring and sign-in raise no audit event of their own, so their doors are watched."""

    def watched(name: str, original: Any) -> Any:
        def call(*arguments: Any, **more: Any) -> Any:
            GUARD.note(name, sys._getframe(1))
            return original(*arguments, **more)

        return call

    if "keyring" in sys.modules:
        import keyring

        for name in ("get_password", "set_password", "delete_password"):
            monkeypatch.setattr(keyring, name, watched(f"keyring.{name}", getattr(keyring, name)))
    if "scim_assistant.work" in sys.modules:
        from scim_assistant.work import Asker

        # It asks on a thread of its own, where no frame of the window is on the stack.
        monkeypatch.setattr(Asker, "ask", watched("waiting", Asker.ask))
    if "msal" in sys.modules:
        import msal

        for kind in (msal.PublicClientApplication, msal.ConfidentialClientApplication):
            monkeypatch.setattr(kind, "__init__", watched("msal", kind.__init__))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen platform warns of what it cannot ask of a window manager, since it has none."""
    for item in items:
        if {"qtbot", "qapp"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support", extend=True))
