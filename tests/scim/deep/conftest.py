"""What the tests of the deep check share: a transport, a folder for what a run remembers, and a quick way to run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scim_assistant.scim.deep.found import DeepOutcome
from scim_assistant.scim.deep.leftovers import Leftovers
from scim_assistant.scim.deep.run import run_deep
from scim_assistant.scim.target import Target
from scim_assistant.secret import Secret
from scim_assistant.transport import HttpTransport, Transport
from scim_assistant.work import Work
from tests.scim.deep.small_server import TOKEN, SmallScim

Run = Callable[..., DeepOutcome]


@pytest.fixture(scope="session")
def transport() -> Iterator[HttpTransport]:
    """One for all of these tests: making one loads the system's certificates."""
    made = HttpTransport()
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where runs remember what they make."""
    return tmp_path / "deep-check"


@pytest.fixture
def run(transport: HttpTransport, folder: Path) -> Run:
    """Run the deep check against a small server, without the pauses of real services."""

    def run_it(
        server: SmallScim,
        *,
        through: Transport | None = None,
        work: Work | None = None,
        on_check: Callable[[Any], None] = lambda check: None,
        **target: Any,
    ) -> DeepOutcome:
        return run_deep(
            through or transport,
            Target(server.url, Secret(TOKEN), allow_loopback=True, timeout_s=5, **target),
            Leftovers(folder),
            work or Work(),
            on_check,
            settle_s=0.0,
            clean_up_s=20.0,
        )

    return run_it


def records(folder: Path) -> list[Path]:
    """What is remembered still."""
    return sorted(folder.iterdir()) if folder.is_dir() else []
