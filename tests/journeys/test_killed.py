"""Safe to kill: whatever moment of *apply* the program dies at, going on makes nothing twice and forgets nothing.

The world is a process of its own and kills the program (SIGKILL) from its side of the wire: before a write
arrives, after it took effect but before the answer is sent, and after the answer was sent.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.hosting import WorldHost
from tests.journeys.outside import assert_as_expected, scenario

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="SIGKILL is a POSIX signal"),
    pytest.mark.xdist_group("killed"),
]

FACTS = scenario("healthy")
ASSIGNED = len(FACTS["suggest"]["people"]) + len(FACTS["suggest"]["groups"])
WRITES = 4 + ASSIGNED
"""Create the app, create the job, write the secrets, assign each, start."""

STAGES = ("before", "during", "after")


@pytest.fixture(scope="module")
def host() -> Iterator[WorldHost]:
    host = WorldHost()
    yield host
    host.close()


class Program:
    """The program, walking the journey in the host's world, with a home of its own."""

    def __init__(self, line: dict[str, Any], home: Path) -> None:
        self.file = home / "world.json"
        self.file.write_text(json.dumps(line), encoding="utf-8")
        self.environment = os.environ | {
            "HOME": str(home),
            "XDG_DATA_HOME": str(home / "data"),
            "XDG_CONFIG_HOME": str(home / "config"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "scim_assistant", "practice", "--walk", f"--practice={self.file}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.environment,
        )


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("write", range(1, WRITES + 1))
def test_killed_at_a_write_the_setup_goes_on_without_making_anything_twice(
    host: WorldHost, tmp_path: Path, stage: str, write: int
) -> None:
    line = host.ask(do="open", scenario="healthy", speed=2400)
    try:
        program = Program(line, tmp_path)
        killed = program.start()
        host.ask(do="arm", pid=killed.pid, stage=stage, write=write)
        said, _ = killed.communicate(timeout=240)
        assert killed.returncode == -9, said
        assert host.ask(do="writes")["killed"]

        again = program.start()
        said, _ = again.communicate(timeout=240)
        assert again.returncode == 0, said

        (app,) = [app for app in host.ask(do="state")["apps"] if app["name"] == FACTS["suggest"]["app_name"]]
        (job,) = app["jobs"]
        assert job["schedule"] == "Active"
        assert len(app["assignments"]) == len(set(app["assignments"])) == ASSIGNED
        assert app["secrets"]["BaseAddress"].rstrip("/") == line["scim"].rstrip("/")
        assert app["secrets"]["SecretToken"] == line["scim_token"]
        assert app["secrets"]["SyncAll"].lower() == "false"
        assert_as_expected(line, FACTS)
    finally:
        host.ask(do="close")
