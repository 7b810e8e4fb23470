"""Everything that needs no window works without PySide6, and what it began the window can end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QRadioButton

from scim_assistant.steps.step import StepKey
from tests.journeys.ends import ENDS
from tests.journeys.hosting import WorldHost, hosted
from tests.journeys.journey import Journey, program
from tests.journeys.judged import judge
from tests.journeys.leaks import files_below, leaks, secrets_of
from tests.journeys.outside import assert_as_expected, scenario, scenario_names
from tests.journeys.person import Person

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")

BLOCK = "import sys\nsys.modules['PySide6'] = None\nsys.modules['shiboken6'] = None\n"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def without_qt(tmp_path: Path, own_home: Path) -> Mapping[str, str]:
    """An environment in which PySide6 cannot be imported, whatever is installed."""
    folder = tmp_path / "blocked"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(BLOCK, encoding="utf-8")
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join((str(folder), str(ROOT))),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    environment.pop("QT_QPA_PLATFORM", None)
    environment.pop("DISPLAY", None)
    return environment


def run(environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """One run of the command."""
    return subprocess.run(
        [sys.executable, "-m", "scim_assistant", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**environment, "PYTHONIOENCODING": "utf-8"},
        check=False,
        timeout=240,
    )


def test_the_block_blocks(without_qt: Mapping[str, str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", "import PySide6"], capture_output=True, text=True, env=without_qt, check=False
    )
    assert ended.returncode != 0
    assert "PySide6" in ended.stderr


@pytest.mark.parametrize(
    "arguments", [("--version",), ("--help",), ("practice", "--help"), ("check", "--help")]
)
def test_the_command_tells_about_itself_without_qt(
    without_qt: Mapping[str, str], arguments: tuple[str, ...]
) -> None:
    ended = run(without_qt, *arguments)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "SCIM" in ended.stdout or "practice" in ended.stdout


def test_the_window_without_qt_is_one_sentence_and_no_traceback(without_qt: Mapping[str, str]) -> None:
    ended = run({**without_qt, "QT_QPA_PLATFORM": "offscreen"}, "--practice")
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "The window cannot be opened." in ended.stderr


def test_the_world_runs_without_qt(without_qt: Mapping[str, str]) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "scim_assistant", "practice", "--json", "--scenario", "vendor-html"],
        stdout=subprocess.PIPE,
        text=True,
        env=without_qt,
    ) as process:
        assert process.stdout is not None
        line = json.loads(process.stdout.readline())
        assert line["scenario"] == "vendor-html"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0


@pytest.mark.parametrize("name", scenario_names())
def test_the_walk_ends_as_the_scenario_says_without_qt(
    name: str, without_qt: Mapping[str, str], world_host: WorldHost, tmp_path: Path, own_home: Path
) -> None:
    facts = scenario(name)
    with hosted(world_host, name, tmp_path) as world:
        ended = run(without_qt, "practice", "--walk", f"--practice={world.file}")
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert facts["end"]["sentence"] in ended.stdout
        assert ended.stderr == ""
        if facts["end"]["state"] == "quarantined":
            world.let_the_token_in()
        if facts["end"]["state"] != "stopped":
            assert_as_expected(world.line, facts)
        judge(world.exchanges())
        written = [*files_below(own_home), ("the terminal", ended.stdout.encode())]
        assert list(leaks(written, secrets_of(world.line))) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="SIGKILL is a POSIX signal")
@pytest.mark.parametrize(("write", "asks_for_the_token"), [(2, True), (4, False)])
def test_what_a_killed_walk_began_is_offered_in_the_window_and_ended_there(  # noqa: PLR0917
    write: int,
    asks_for_the_token: bool,
    qtbot: Any,
    without_qt: Mapping[str, str],
    world_host: WorldHost,
    tmp_path: Path,
) -> None:
    facts = scenario("healthy")
    name = facts["suggest"]["app_name"]
    with hosted(world_host, "healthy", tmp_path) as world:
        walk = subprocess.Popen(
            [sys.executable, "-m", "scim_assistant", "practice", "--walk", f"--practice={world.file}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=without_qt,
        )
        world_host.ask(do="arm", pid=walk.pid, stage="after", write=write)
        said, _ = walk.communicate(timeout=240)
        assert walk.returncode == -signal.SIGKILL, said

        with program(world.file) as window:
            person = Person(qtbot, window.shell)
            person.look_at(window.shell)
            person.wait(lambda: person.button(f"Go on with {name}"), "the set-up that was left half done")
            person.click(person.one(QRadioButton, f"Go on with {name}"))
            journey = Journey(person, window, facts)
            journey.to_the_end(ENDS["healthy"])
            assert (StepKey.CONNECT in journey.visited) is asks_for_the_token
            person.wait_to_see(ENDS["healthy"].sentence, journey.place(ENDS["healthy"]))
        (app,) = [app for app in world.state()["apps"] if app["name"] == name]
        assert len(app["jobs"]) == 1
        chosen = len(facts["suggest"]["people"]) + len(facts["suggest"]["groups"])
        assert len(app["assignments"]) == len(set(app["assignments"])) == chosen
        assert app["secrets"]["SecretToken"] == world.line["scim_token"]
        assert_as_expected(world.line, facts)
        judge(world.exchanges())

        with program(world.file) as window:
            person = Person(qtbot, window.shell)
            person.look_at(window.shell)
            person.wait(lambda: person.can_press("Next"), "the first page")
            person.wait(lambda: not window.shell.busy, "everything to be read")
            assert person.button(f"Go on with {name}") is None, "a set-up that is done is offered again"
