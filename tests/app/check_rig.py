"""Runs the check command inside a test, with folders of its own, and looks at what it printed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from scim_assistant.app.check import CheckOptions, run_check
from scim_assistant.settings import Folders

TOKEN = "right-token-of-the-practice-service"
VARIABLE = "SCIM_CHECK_TOKEN"

_TEXT = {"type": "string"}
_ROW = {
    "name": {"type": "string", "minLength": 1},
    "title": {"type": "string", "minLength": 1},
    "status": {"enum": ["pass", "warn", "fail", "skipped"]},
    "seconds": {"type": ["number", "null"], "minimum": 0},
    "summary": _TEXT,
    "evidence": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"label": _TEXT, "value": _TEXT},
            "required": ["label", "value"],
            "additionalProperties": False,
        },
    },
}
_SIDE = {"enum": ["none", "address", "network", "token", "vendor", "entra"]}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


SCHEMA = _object(
    {
        "verdict": {"enum": ["pass", "warn", "fail"]},
        "side": _SIDE,
        "sure": {"enum": ["certain", "likely", "possible"]},
        "summary": {"type": "string", "minLength": 1},
        "next_step": _TEXT,
        "url": _TEXT,
        "profile": _TEXT,
        "token": _object(
            {
                "kind": {"enum": ["jwt", "opaque"]},
                "summary": _TEXT,
                "issuer": _TEXT,
                "audience": {"type": "array", "items": _TEXT},
                "expires_at": {"type": ["string", "null"]},
                "problem": _TEXT,
                "warnings": {"type": "array", "items": _TEXT},
            }
        ),
        "notes": {"type": "array", "items": _TEXT},
        "layers": {"type": "array", "items": _object({**_ROW, "side": _SIDE, "next_step": _TEXT})},
        "checks": {
            "type": "array",
            "items": _object(
                {
                    **_ROW,
                    "severity": {"enum": ["stops", "breaks", "hinders", "note"]},
                    "dialect": {"enum": ["legacy", "standard", "both"]},
                    "means": _TEXT,
                    "source": _TEXT,
                    "exchanges": {
                        "type": "array",
                        "items": _object({"request": _TEXT, "answer": _TEXT, "seconds": {"type": "number"}}),
                    },
                }
            ),
        },
        "flag": {"enum": ["without", "with", "either", "neither", "unknown"]},
        "flag_advice": _TEXT,
        "breaks": {"type": "array", "items": _TEXT},
        "left_behind": {"type": "array", "items": _TEXT},
        "cancelled": {"type": "boolean"},
        "requests": {"type": "integer", "minimum": 0},
        "seconds": {"type": "number", "minimum": 0},
    }
)
"""What other programs may rely on; the README lists the same."""


@dataclass(frozen=True)
class Ended:
    """One run of the command."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """What ``--json`` printed: one document, of the agreed form, and nothing else."""
        found: dict[str, Any] = json.loads(self.out)
        jsonschema.validate(found, SCHEMA)
        return found

    def layer(self, name: str) -> dict[str, Any]:
        """One layer of that document."""
        return next(each for each in self.document["layers"] if each["name"] == name)


class CheckRig:
    """The command with folders of its own.

    Attributes:
        folders: Where profiles and the record of what is to be taken away are.
    """

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.folders = Folders(
            config=folder / "config", data=folder / "data", journals=folder / "journals", logs=folder / "logs"
        )

    def run(self, url: str, token: str | None = TOKEN, **options: Any) -> Ended:
        """Check ``url`` with a token in a variable; None leaves the variable out."""
        environ = {} if token is None else {VARIABLE: token}
        wanted = {"token_env": VARIABLE, "timeout_s": 20.0, **options}
        self._capsys.readouterr()
        code = run_check(CheckOptions(url, **wanted), environ=environ, folders=self.folders)
        told = self._capsys.readouterr()
        return Ended(code, told.out, told.err)


@pytest.fixture
def rig(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CheckRig:
    return CheckRig(tmp_path, capsys)
