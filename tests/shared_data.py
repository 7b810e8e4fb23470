"""Where the second, independent set of facts lies, for tests that compare with it.

It is beside the checkout where it exists at all; a plain clone has none, and those tests skip with the reason.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"
REASON = "no independent reference data beside this checkout"

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason=REASON)


def shared_path(name: str) -> Path:
    """A file of the reference data; skips the running test where there is none."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(REASON)
    return path


def shared_json(name: str) -> Any:
    """A JSON file of the reference data, decoded."""
    return json.loads(shared_path(name).read_text(encoding="utf-8"))
