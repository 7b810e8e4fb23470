"""Builds everything and connects it, without Qt. The only module that knows every room.

Three ways in: the window (``open_window``), the whole journey without one (``walk``), and the pretend
tenant alone (``run_practice_world``). What the rooms need of each other is handed in here.
"""

from __future__ import annotations

import codecs
import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scim_assistant.errors import KnownError, PreparationMissing, SignInFailed
from scim_assistant.secret import Secret
from scim_assistant.sentence import Sentence, say
from scim_assistant.work import Work

if TYPE_CHECKING:
    import subprocess

    from scim_assistant.plan.change import Plan
    from scim_assistant.settings import SettingsStore
    from scim_assistant.steps.found import Found
    from scim_assistant.steps.services import Services
    from scim_assistant.tenant.session import Session
    from scim_assistant.tenant.snapshot import AppSnapshot
    from scim_assistant.ui.jobs import Jobs
    from scim_assistant.ui.log_viewer.window import MonitorWindow
    from scim_assistant.ui.start import Parts, Window


WORLD_START_S = 30.0
"""How long a practice world may take to start, in seconds."""
_LONGEST_LINE = 1_000_000


def _practice_missing(error: ImportError) -> PreparationMissing:
    return PreparationMissing(
        say("The practice tenant cannot be started."),
        say("The practice tenant is not installed: {name} is missing.", name=error.name or "a package"),
        say('Run: python -m pip install "scim-assistant[practice]"'),
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
    from scim_assistant.vault import PRACTICE_SERVICE, Vault

    return Services(
        open_session=sessions,
        journals=Journals(folders(practice=True).journals),
        secrets=Vault(PRACTICE_SERVICE),
        is_practice=True,
        scenario_is_given=worlds.is_fixed,
        practice_hint=sessions.hint,
    )


def real_services() -> Services:
    """What the steps may use outside a practice session. Signing in to a real tenant is not in this version."""
    from scim_assistant.plan.journal import Journals
    from scim_assistant.settings import folders
    from scim_assistant.steps.services import Services
    from scim_assistant.vault import Vault

    def not_in_this_version(scenario: str, work: Work) -> Session:
        raise SignInFailed(
            say("Nobody was signed in."),
            say("Signing in to a real tenant is not part of this version."),
            say("Choose the practice tenant on the first page."),
        )

    return Services(
        open_session=not_in_this_version,
        journals=Journals(folders(practice=False).journals),
        secrets=Vault(),
        is_practice=False,
    )


class Once:
    """Makes something once, in whichever job asks first, and hands the same to all."""

    def __init__(self, make: Callable[[], Services]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: Services | None = None

    def __call__(self, work: Work) -> Services:
        """The services."""
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made


def open_window(
    *,
    practice: bool,
    scenario: str,
    speed: float,
    file: Path | None,
    on_ready: Callable[[Window], None] | None = None,
) -> int:
    """Show the window and stay until it is closed.

    Args:
        practice: A practice session.
        scenario: Practice scenario that the first page proposes.
        speed: Clock of practice worlds started here.
        file: Holds the line of a practice world that runs already.
        on_ready: Called once, right after the first picture.

    Returns:
        The exit code.

    Raises:
        PreparationMissing: This computer cannot show a window.
    """
    from scim_assistant.ui import preparation

    preparation.check()
    try:
        from scim_assistant.ui.start import PRACTISE, run
    except ImportError as error:
        # A missing shared library speaks through the text, a missing package through the name.
        if (error.name or "").startswith("PySide6") or ".so" in str(error):
            raise preparation.missing_library(str(error).partition(":")[0]) from error
        raise

    with window_parts(
        practice=practice, scenario=scenario, speed=speed, file=file, on_ready=on_ready
    ) as parts:
        ended = run(parts)
    if ended == PRACTISE:
        return open_window(practice=True, scenario=scenario, speed=speed, file=file, on_ready=on_ready)
    return ended


@contextmanager
def window_parts(
    *,
    practice: bool,
    scenario: str,
    speed: float,
    file: Path | None,
    on_ready: Callable[[Window], None] | None = None,
) -> Iterator[Parts]:
    """What the window is built from, and the practice world behind it for as long as it is open.

    Args:
        practice, scenario, speed, file, on_ready: As for ``open_window``.
    """
    from scim_assistant.settings import SettingsStore, folders
    from scim_assistant.steps.answers import Answers
    from scim_assistant.ui.start import Parts

    store = SettingsStore(folders(practice).config)
    worlds = PracticeWorlds(speed, file)
    sessions = PracticeSessions(worlds)
    try:
        yield Parts(
            services=Once(lambda: practice_services(worlds, sessions) if practice else real_services()),
            open_monitor=lambda jobs, answers, found: _monitor(jobs, found, store),
            practice=practice,
            answers=Answers(profile_id=store.current.last_profile, scenario=scenario),
            memory=store,
            on_ready=on_ready,
            on_quit=store.save,
        )
    finally:
        sessions.close()
        worlds.close()


def _monitor(jobs: Jobs, found: Found, store: SettingsStore) -> MonitorWindow:
    from scim_assistant.graph.synchronization import ALLOW_DELETES
    from scim_assistant.logs.explain import explain, explain_event
    from scim_assistant.logs.live import LiveFeed
    from scim_assistant.plan.apply import apply_alone
    from scim_assistant.plan.journal import Journals
    from scim_assistant.plan.make import plan_pause, plan_restart, plan_start, wanted_of
    from scim_assistant.settings import folders
    from scim_assistant.tenant.snapshot import fetch_app, fetch_job
    from scim_assistant.ui.log_viewer.watched import JobActions, Watched
    from scim_assistant.ui.log_viewer.window import MonitorWindow

    session, app = found.session, found.app
    if session is None or app is None or app.job is None:
        raise KnownError(
            say("The monitor was not opened."),
            say("The app has no provisioning job yet."),
            say("Finish the set-up first."),
        )
    job_id = app.job.id
    app_id = app.service_principal.id
    journals = Journals(folders(session.is_practice).journals)

    def act(make: Callable[[AppSnapshot], Plan]) -> Callable[[Work], None]:
        def carry_out(work: Work) -> None:
            now = fetch_app(session, app_id, work, job_id=job_id, job_created_at=app.newest_at)
            applied = apply_alone(make(now), session, journals, work, lambda change, state, trouble: None)
            if applied.trouble is not None:
                raise applied.trouble

        return carry_out

    may_write = "Synchronization.ReadWrite.All" in session.scopes
    return MonitorWindow(
        Watched(
            app_name=app.service_principal.display_name or "",
            tenant_name=session.tenant_name,
            account=session.account,
            fetch_job=lambda work: fetch_job(session, app, work),
            feed=LiveFeed(session, job_id),
            explain=explain_event,
            explain_code=explain,
            actions=JobActions(
                start=act(lambda now: plan_start(wanted_of(now), now)),
                pause=act(plan_pause),
                restart=act(plan_restart),
                allow_removals=act(lambda now: plan_restart(now, ALLOW_DELETES)),
            )
            if may_write
            else None,
            pace=session.pace,
            is_practice=session.is_practice,
        ),
        jobs,
        store,
    )


def run_practice_world(scenario: str, speed: float, *, until_stdin_closes: bool = False) -> int:
    """Run the pretend tenant alone until it is interrupted.

    Returns:
        The exit code.

    Raises:
        PreparationMissing: The extra package is not installed.
        KnownError: There is no such scenario.
    """
    try:
        from scim_assistant.practice.process import run_world
    except ImportError as error:
        raise _practice_missing(error) from error
    return run_world(scenario, speed, until_stdin_closes=until_stdin_closes)


def walk(scenario: str, speed: float, file: Path | None) -> int:
    """Walk the whole set-up without a window, through the same steps, plan and journal, and say each outcome.

    Args:
        scenario: Which world to start, unless a file names one that runs.
        speed: Its clock.
        file: Holds the line of a world that runs already.

    Returns:
        0 when the journey ended as the scenario says it does, else 1.
    """
    from scim_assistant.steps.walk import walk as walk_steps

    worlds = PracticeWorlds(speed, file)
    sessions = PracticeSessions(worlds)
    try:
        name = str(worlds.open(scenario, Work())["scenario"])
        return walk_steps(practice_services(worlds, sessions), name, _say_line, Work())
    finally:
        sessions.close()
        worlds.close()


def _say_line(text: str) -> None:
    print(text, flush=True)
