"""The rooms keep to their import rules, and breaking one is noticed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def _judge(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_import_rule_of_the_project_holds() -> None:
    judged = _judge(ROOT)
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert " 0 broken" in judged.stdout


@pytest.mark.parametrize(
    ("module", "line", "rule"),
    [
        ("rules/__init__.py", "import scim_assistant.resources", "Rules and errors stand alone"),
        ("graph/__init__.py", "import scim_assistant.steps.step", "Upper rooms import lower rooms only"),
        ("plan/__init__.py", "import scim_assistant.logs", "Upper rooms import lower rooms only"),
        ("steps/__init__.py", "import PySide6.QtCore", "Qt lives in ui"),
        ("ui/__init__.py", "import sqlite3", "The window asks jobs, it does no input or output"),
        ("graph/__init__.py", "import httpx", "httpx has one owner"),
        ("practice/__init__.py", "import scim_assistant.graph.types", "shares no client with the program"),
        (
            "steps/__init__.py",
            "import scim_assistant.practice",
            "Only app and __main__ know the practice world",
        ),
    ],
)
def test_a_broken_import_rule_is_noticed(tmp_path: Path, module: str, line: str, rule: str) -> None:
    shutil.copytree(
        ROOT / "scim_assistant", tmp_path / "scim_assistant", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    broken = tmp_path / "scim_assistant" / module
    broken.write_text(broken.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    judged = _judge(tmp_path)
    assert judged.returncode != 0
    assert any(rule in row and "BROKEN" in row for row in judged.stdout.splitlines()), judged.stdout
