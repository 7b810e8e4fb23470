"""The command opens its window before anything slow is loaded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SLOW = ("httpx", "msal", "keyring", "pydantic", "werkzeug", "truststore", "scim2_models", "jsonschema")

FIRST_PICTURE = """
import json, os, sys
from scim_assistant.__main__ import main
from scim_assistant.ui.shell import Shell

paint = Shell.paintEvent

def painted(shell, event):
    paint(shell, event)
    print(json.dumps({"visible": shell.isVisible(), "title": shell.windowTitle(), "loaded": sorted(sys.modules)}))
    sys.stdout.flush()
    os._exit(0)

Shell.paintEvent = painted
sys.exit(main(json.loads(sys.argv[1])))
"""

READY = """
import json, sys
from scim_assistant import app

def ready(window):
    print(json.dumps({"title": window.shell.windowTitle()}), flush=True)
    window.shell.leave()

sys.exit(app.open_window(practice=True, scenario="healthy", speed=2400.0, file=None, on_ready=ready))
"""


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """One process with a window."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("arguments", [["--practice"], []])
def test_at_the_first_picture_nothing_slow_is_loaded(arguments: list[str]) -> None:
    ended = run(FIRST_PICTURE, json.dumps(arguments))
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert told["visible"]
    assert ("PRACTICE" in told["title"]) is bool(arguments)
    assert [name for name in SLOW if name in told["loaded"]] == []
    assert "scim_assistant.practice" not in told["loaded"]


def test_the_window_that_is_left_ends_the_program() -> None:
    ended = run(READY)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "PRACTICE" in json.loads(ended.stdout)["title"]
