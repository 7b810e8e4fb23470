"""The other end of ``host``: starts one of the servers and asks what it keeps."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]


class ForeignServer:
    """One of them, running.

    Attributes:
        url: Tenant URL.
        token: What it accepts.
    """

    def __init__(self, name: str, folder: Path) -> None:
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.scim.foreign.host", name, str(folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=ROOT,
            )
        line = self._read()
        self.url: str = line["url"]
        self.token: str = line["token"]

    def kept(self) -> dict[str, list[str]]:
        """Everything it keeps, read behind SCIM's back."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        kept: dict[str, list[str]] = self._read()
        return kept

    def _read(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the foreign server has ended"
        return json.loads(line)

    def stop(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()


@contextmanager
def running(name: str, folder: Path) -> Iterator[ForeignServer]:
    """One of the servers for as long as the block runs."""
    server = ForeignServer(name, folder)
    try:
        yield server
    finally:
        server.stop()
