"""The other end of ``world_host``: starts that process and asks it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SPEED = 2400.0
"""A cycle a second."""


class WorldHost:
    """The process that holds the world."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.journeys.world_host"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )

    def ask(self, **command: Any) -> dict[str, Any]:
        """Send one command and read its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()


class HostedWorld:
    """One world in that process, with the file that ``--practice=FILE`` takes."""

    def __init__(self, host: WorldHost, scenario: str, folder: Path, speed: float) -> None:
        self._host = host
        self.line = host.ask(do="open", scenario=scenario, speed=speed)
        self.file = folder / "world.json"
        self.file.write_text(json.dumps(self.line), encoding="utf-8")

    def exchanges(self) -> list[dict[str, Any]]:
        """Every request so far and its answer."""
        recorded: list[dict[str, Any]] = []
        while True:
            part = self._host.ask(do="exchanges", start=len(recorded))["exchanges"]
            if not part:
                return recorded
            recorded += part

    def state(self) -> dict[str, Any]:
        """What the tenant holds."""
        return self._host.ask(do="state")

    def let_the_token_in(self) -> None:
        """Take back that the vendor refuses the token, so that a test can look at the service."""
        self._host.ask(do="let-in")


@contextmanager
def hosted(host: WorldHost, scenario: str, folder: Path, *, speed: float = SPEED) -> Iterator[HostedWorld]:
    """A world for as long as the block runs."""
    world = HostedWorld(host, scenario, folder, speed)
    try:
        yield world
    finally:
        host.ask(do="close")
