"""The watch on the window's thread sees what it is there for, and nothing else."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from tests.conftest import GUARD, UI


def _as_code_of_the_window(source: str) -> CodeType:
    return compile(source, f"{UI}pages{Path('/')}imagined.py", "exec")


@pytest.mark.parametrize(
    "source",
    [
        "open(path).close()",
        "import socket; socket.getaddrinfo('127.0.0.1', 80)",
        "import sqlite3; sqlite3.connect(':memory:').close()",
    ],
)
def test_waiting_in_code_of_the_window_is_noticed(qapp: Any, tmp_path: Path, source: str) -> None:
    file = tmp_path / "x"
    file.write_text("x")
    exec(_as_code_of_the_window(source), {"path": str(file)})
    assert GUARD.caught
    assert "imagined.py" in GUARD.caught[0]
    GUARD.caught.clear()


def test_the_same_in_a_job_or_in_a_test_is_nobodys_business(qapp: Any, tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_text("x")
    code = _as_code_of_the_window("open(path).close()")
    thread = threading.Thread(target=lambda: exec(code, {"path": str(file)}))
    thread.start()
    thread.join()
    assert file.read_text() == "x"
    assert GUARD.caught == []


def test_importing_on_demand_is_no_waiting(
    qapp: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "imported_late.py").write_text("number = 3\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    exec(_as_code_of_the_window("import imported_late"), {})
    assert sys.modules.pop("imported_late").number == 3
    assert GUARD.caught == []
