"""Practice: worlds in processes of their own, sessions on them, and what the steps may use there.

Never loads MSAL, the token cache or a real journal: practice is a kind of session, not a setting.
"""

from __future__ import annotations

import codecs
import json
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scim_assistant.errors import KnownError
from scim_assistant.secret import Secret
from scim_assistant.sentence import Sentence, say
from scim_assistant.work import Work

if TYPE_CHECKING:
    import subprocess

    from scim_assistant.steps.services import Services
    from scim_assistant.tenant.session import Session

WORLD_START_S = 30.0
"""How long a practice world may take to start, in seconds."""
_LONGEST_LINE = 1_000_000


def check_scenario(name: str) -> None:
    """See that there is a practice scenario of this name. Reads one folder.

    Raises:
        KnownError: There is none.
    """
    from scim_assistant import resources
    from scim_assistant.steps.start import SCENARIOS

    known = resources.names(SCENARIOS, ".toml")
    if name not in known:
        raise KnownError(
            say("The practice tenant was not started."),
            say("There is no scenario {name}.", name=name),
            say("Choose one of: {names}.", names=", ".join(known)),
        )


def read_world_line(text: str) -> dict[str, Any]:
    """The line that a practice world prints, as data.

    Raises:
        KnownError: It is not such a line.
    """
    try:
        # A shell may have put more into the file than the first line.
        line = json.loads(text.strip().partition("\n")[0])
    except (ValueError, RecursionError):
        line = None
    wanted = ("graph", "token", "scim", "scim_token", "tenant_id", "scenario")
    if not isinstance(line, dict) or not all(isinstance(line.get(key), str) for key in wanted):
        raise KnownError(
            say("The practice tenant was not opened."),
            say("The file does not hold the line that a practice tenant prints."),
            say("Run 'scim-assistant practice --json' with its output in the file, and name that file."),
        )
    return line


def _text(file: Path) -> str:
    """The beginning of a file that a shell wrote: PowerShell 5.1 redirects in UTF-16."""
    with file.open("rb") as opened:
        raw = opened.read(_LONGEST_LINE)
    wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return raw.decode("utf-16" if wide else "utf-8-sig", "replace")


class PracticeWorlds:
    """The practice worlds of one run of the program: a file's, or processes of our own, one at a time.

    A world of our own ends with this program, also when the program is killed: it watches its standard input.

    Args:
        speed: Clock of the worlds started here.
        file: Holds the line of a world that runs already; then scenarios cannot be chosen.
    """

    def __init__(self, speed: float, file: Path | None = None) -> None:
        self._speed = speed
        self._file = file
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._line: dict[str, Any] | None = None

    @property
    def is_fixed(self) -> bool:
        """True when the world was given and its scenario cannot be changed here."""
        return self._file is not None

    @property
    def line(self) -> Mapping[str, Any] | None:
        """The line of the world that is open now."""
        return self._line

    def open(self, scenario: str, work: Work) -> Mapping[str, Any]:
        """The world of this scenario, started unless it is open already.

        Raises:
            KnownError: It could not be opened.
            Cancelled: The person pressed Cancel.
        """
        with self._lock:
            if self._file is not None:
                if self._line is None:
                    try:
                        text = _text(self._file)
                    except OSError as error:
                        raise KnownError(
                            say("The practice tenant was not opened."),
                            say("The file {name} cannot be read.", name=self._file.name),
                            say("Check the path after --practice=."),
                        ) from error
                    self._line = read_world_line(text)
                return self._line
            if (
                self._line is None
                or self._line["scenario"] != scenario
                or self._process is None
                or self._ended()
            ):
                self._stop()
                self._line = self._start(scenario, work)
            return self._line

    def _ended(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def _start(self, scenario: str, work: Work) -> dict[str, Any]:
        import queue
        import subprocess

        frozen = getattr(sys, "frozen", False)
        command = [sys.executable] if frozen else [sys.executable, "-m", "scim_assistant"]
        command += [
            "practice",
            "--json",
            "--until-stdin-closes",
            "--scenario",
            scenario,
            "--speed",
            str(self._speed),
        ]
        process = subprocess.Popen(  # noqa: S603 - our own program with our own arguments
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._process = process
        first: queue.Queue[str] = queue.Queue()
        # Reading blocks, and Cancel must not wait for it.
        threading.Thread(
            target=lambda: first.put(_first_line(process)), name="practice-line", daemon=True
        ).start()
        try:
            work.wait_until(lambda: not first.empty(), every_s=0.02, at_most_s=WORLD_START_S)
            text = first.get_nowait() if not first.empty() else ""
            if not text:
                said = process.stderr.read() if process.poll() is not None and process.stderr else ""
                raise KnownError(
                    say("The practice tenant was not started."),
                    Sentence(said.strip()[-600:])
                    or say("It did not answer within {n} seconds.", n=int(WORLD_START_S)),
                    say("Try again, or choose another scenario."),
                )
            return read_world_line(text)
        except BaseException:
            self._stop()
            raise

    def _stop(self) -> None:
        import subprocess

        process, self._process, self._line = self._process, None, None
        if process is None:
            return
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def close(self) -> None:
        """End the world that was started here."""
        with self._lock:
            self._stop()


def _first_line(process: subprocess.Popen[str]) -> str:
    return process.stdout.readline() if process.stdout is not None else ""


class PracticeSessions:
    """Opens sessions on practice worlds, with one transport and one set of budgets each world.

    Never loads MSAL, the token cache or a real journal: practice is a kind of session, not a setting.
    """

    def __init__(self, worlds: PracticeWorlds) -> None:
        self._worlds = worlds
        self._open: tuple[Mapping[str, Any], Session] | None = None

    def __call__(self, scenario: str, work: Work) -> Session:
        """A session on the world of a scenario; the same one while that world lives."""
        from scim_assistant.graph.budgets import Budgets
        from scim_assistant.tenant.session import practice_pace, practice_session
        from scim_assistant.transport import HttpTransport

        line = self._worlds.open(scenario, work)
        if self._open is None or self._open[0] is not line:
            self.close()
            session = practice_session(line, transport=HttpTransport(), budgets=Budgets(practice_pace(line)))
            self._open = (line, session)
        return self._open[1]

    def hint(self) -> tuple[str, Secret]:
        """What the pretend vendor's settings page shows: Tenant URL and Secret Token."""
        line = self._worlds.line
        return (str(line["scim"]), Secret(str(line["scim_token"]))) if line is not None else ("", Secret())

    def new_token(self) -> Secret:
        """A second token that the pretend vendor has made; empty for a world of an older version."""
        line = self._worlds.line
        return Secret(str(line.get("new_scim_token", ""))) if line is not None else Secret()

    def close(self) -> None:
        """Give the connections back."""
        if self._open is not None:
            self._open[1].scim.close()
            self._open = None


def practice_services(worlds: PracticeWorlds, sessions: PracticeSessions) -> Services:
    """What the steps may use in a practice session: own folders, own keyring name, worlds instead of sign-in."""
    from scim_assistant.plan.journal import Journals
    from scim_assistant.settings import folders
    from scim_assistant.steps.services import Services
    from scim_assistant.steps.token_days import TokenDays
    from scim_assistant.vault import PRACTICE_SERVICE, Vault

    places = folders(practice=True)
    return Services(
        open_session=sessions,
        journals=Journals(places.journals),
        secrets=Vault(PRACTICE_SERVICE, names=places.data / "kept"),
        is_practice=True,
        scenario_is_given=worlds.is_fixed,
        practice_hint=sessions.hint,
        own_profiles=places.config / "profiles",
        leftovers=places.deep_check,
        token_days=TokenDays(places.token_days),
        practice_new_token=sessions.new_token,
    )
