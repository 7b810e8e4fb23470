"""Builds everything and connects it, without Qt. The only room that knows every other.

Three ways in: the window (``open_window``), the whole journey without one (``walk``), and the pretend
tenant alone (``run_practice_world``). What the rooms need of each other is handed in here: ``practice`` and ``real`` hold
what the steps may use, ``monitor`` the window that watches a job.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from scim_assistant.app.practice import (
    PracticeSessions,
    PracticeWorlds,
    check_scenario,
    practice_services,
    read_world_line,
)
from scim_assistant.errors import PreparationMissing
from scim_assistant.sentence import say
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.steps.answers import Answers
    from scim_assistant.steps.found import Found
    from scim_assistant.steps.services import Services
    from scim_assistant.ui.jobs import Jobs
    from scim_assistant.ui.log_viewer.window import MonitorWindow
    from scim_assistant.ui.start import Parts, Window

__all__ = [
    "Once",
    "PracticeSessions",
    "PracticeWorlds",
    "check_scenario",
    "open_window",
    "practice_services",
    "read_world_line",
    "run_practice_world",
    "walk",
    "window_parts",
]


def _practice_missing(error: ImportError) -> PreparationMissing:
    return PreparationMissing(
        say("The practice tenant cannot be started."),
        say("The practice tenant is not installed: {name} is missing.", name=error.name or "a package"),
        say('Run: python -m pip install "scim-assistant[practice]"'),
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
    from scim_assistant.ui.theme import Scheme

    places = folders(practice)
    store = SettingsStore(places.config)
    worlds = PracticeWorlds(speed, file)
    practised = PracticeSessions(worlds)
    opened = ExitStack()

    def real() -> Services:
        from scim_assistant.app.real import RealSessions, real_services, real_vault

        vault = real_vault(places)
        sessions = opened.enter_context(closing(RealSessions(store, folders=places, vault=vault)))
        return real_services(sessions, places, vault)

    services = Once(lambda: practice_services(worlds, practised) if practice else real())

    def monitor(jobs: Jobs, answers: Answers, found: Found) -> MonitorWindow:
        from scim_assistant.app.monitor import open_monitor

        return open_monitor(jobs, answers, found, store, services)

    try:
        yield Parts(
            services=services,
            open_monitor=monitor,
            practice=practice,
            answers=Answers(
                profile_id=store.current.last_profile,
                scenario=scenario,
                read_only=store.current.read_only and not practice,
            ),
            memory=store,
            settings=store,
            scheme=Scheme(store.current.theme.value),
            on_ready=on_ready,
            on_quit=store.save,
        )
    finally:
        opened.close()
        practised.close()
        worlds.close()


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
