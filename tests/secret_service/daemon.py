"""Starts gnome-keyring on a bus of its own, and ends both by their ids.

The bus activates nothing, so a question that would need a person (a password to unlock) is dismissed at once, and
nothing of the desktop that the tests may run on is ever reached.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

    from scim_assistant.vault import Vault

MISSING = "no Secret Service from the system's packages"
"""Reason of a skip; the CI takes it for a failure."""

START_S = 30.0
"""How long a daemon may take to start, in seconds; it takes a fraction of one on an idle computer."""

PASSWORD = "only-for-this-test"
NAME = "org.freedesktop.secrets"
ROOT = Path(__file__).resolve().parents[2]

_BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={path}</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


def missing() -> str:
    """Why there can be no Secret Service here; empty when there can."""
    absent = [name for name in ("dbus-daemon", "gnome-keyring-daemon") if shutil.which(name) is None]
    return f"{MISSING}: {', '.join(absent)} missing" if absent else ""


class SecretService:
    """A bus with gnome-keyring on it, and one collection that is unlocked.

    Attributes:
        environ: For programs that shall use it.
    """

    def __init__(self) -> None:
        # Not under pytest's own folder: the path of a socket may have 107 bytes only.
        self.folder = Path(tempfile.mkdtemp(prefix="scim-keyring-"))
        self._bus: subprocess.Popen[bytes] | None = None
        self._daemon: subprocess.Popen[bytes] | None = None
        self.address = f"unix:path={self.folder / 'bus'}"
        self.environ = {
            **{key: value for key, value in os.environ.items() if key != "PYTHON_KEYRING_BACKEND"},
            "DBUS_SESSION_BUS_ADDRESS": self.address,
            "HOME": str(self.folder),
            "XDG_DATA_HOME": str(self.folder / "data"),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "XDG_RUNTIME_DIR": str(self.folder),
            "PYTHONPATH": str(ROOT),
        }
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "XDG_CURRENT_DESKTOP"):
            self.environ.pop(name, None)

    def __enter__(self) -> SecretService:
        try:
            (self.folder / "data").mkdir()
            config = self.folder / "bus.conf"
            config.write_text(_BUS_CONFIG.format(path=self.folder / "bus"), encoding="utf-8")
            self._bus = self._started("dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile")
            _until(self._bus_answers, "the bus")
            self.start()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end()

    def start(self, *, unlocked: bool = True) -> None:
        """Start the keyring; its data are what an earlier one has left."""
        command = ["gnome-keyring-daemon", "--foreground", "--components=secrets"]
        if unlocked:
            command.append("--unlock")
        self._daemon = self._started(*command, f"--control-directory={self.folder / 'control'}")
        assert self._daemon.stdin is not None
        if unlocked:
            self._daemon.stdin.write(PASSWORD.encode())
        self._daemon.stdin.close()
        _until(self._service_answers, "the keyring")

    def stop(self) -> None:
        """End the keyring, not the bus."""
        daemon, self._daemon = self._daemon, None
        if daemon is not None:
            self.resume(daemon)
            _ended(daemon)
            if self._bus is not None:
                _until(lambda: not self._service_answers(), "the end of the keyring")

    def hang(self) -> None:
        """Let the keyring stop answering while it is still there."""
        assert self._daemon is not None
        os.kill(self._daemon.pid, signal.SIGSTOP)

    def resume(self, daemon: subprocess.Popen[bytes] | None = None) -> None:
        """Let it answer again."""
        daemon = daemon or self._daemon
        if daemon is not None and daemon.poll() is None:
            os.kill(daemon.pid, signal.SIGCONT)

    def end(self) -> None:
        """End both, and remove what they wrote."""
        bus, self._bus = self._bus, None
        try:
            self.stop()
        finally:
            if bus is not None:
                _ended(bus)
            shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """A connection to the bus, for what a foreign program would do."""
        from jeepney.io.blocking import open_dbus_connection

        with closing(open_dbus_connection(bus=self.address)) as connection:
            yield connection

    def lock(self) -> None:
        """Lock the collection, as a desktop does when its owner leaves."""
        import secretstorage

        with self.connection() as connection:
            secretstorage.get_default_collection(connection).lock()

    def vault(self, names: Path | None = None) -> Vault:
        """The product's vault on this keyring, for use in the test's own process (fixture ``secret_service``)."""
        from keyring.backends.SecretService import Keyring

        from scim_assistant.vault import Vault

        return Vault(names=names, backend=Keyring())

    def run(self, *arguments: str, timeout_s: float = 120.0) -> subprocess.CompletedProcess[str]:
        """Run Python as a program of its own that uses this keyring."""
        return subprocess.run(
            [sys.executable, *arguments],
            env=self.environ,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_s,
        )

    def _started(self, *command: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{Path(command[0]).name}.log").open("ab") as log:
            return subprocess.Popen(
                command, env=self.environ, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT
            )

    def _bus_answers(self) -> bool:
        try:
            with self.connection():
                return True
        except OSError:
            return False

    def _service_answers(self) -> bool:
        from jeepney import DBusAddress, new_method_call

        bus = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
        with self.connection() as connection:
            reply = connection.send_and_get_reply(new_method_call(bus, "NameHasOwner", "s", (NAME,)))
        return bool(reply.body[0])


@contextmanager
def connections_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close what the keyring library leaves open on this process's side when it could not unlock."""
    import secretstorage

    opened: list[Any] = []
    connect = secretstorage.dbus_init

    def remembered() -> Any:
        connection = connect()
        opened.append(connection)
        return connection

    monkeypatch.setattr(secretstorage, "dbus_init", remembered)
    try:
        yield
    finally:
        for connection in opened:
            connection.close()


def _until(ready: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + START_S
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not come")
        time.sleep(0.02)


def _ended(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
