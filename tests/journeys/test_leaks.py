"""The search for secrets finds them, in every spelling; without that its silence would say nothing."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.journeys.leaks import files_below, leaks

SECRET = "v3nd0r/t0ken+with=all-kinds_of.letters~0123456789"


@pytest.mark.parametrize(
    "text",
    [
        f"token={SECRET}",
        json.dumps({"value": SECRET}),
        urlencode({"token": SECRET}),
        base64.b64encode(f"a{SECRET}z".encode()).decode(),
        base64.b64encode(f"ab{SECRET}".encode()).decode(),
        base64.urlsafe_b64encode(f"abc{SECRET}abc".encode()).decode(),
        SECRET.encode().hex(),
    ],
)
def test_a_secret_is_found_however_it_is_written(text: str, tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir()
    file = tmp_path / "journal" / "a.jsonl"
    file.write_text(text, encoding="utf-8")
    assert list(leaks(files_below(tmp_path), {"token": SECRET})) == [f"token in {file.relative_to(tmp_path)}"]


def test_a_secret_in_a_file_name_is_found(tmp_path: Path) -> None:
    (tmp_path / "secret-token").write_text("nothing", encoding="utf-8")
    assert list(leaks(files_below(tmp_path), {"token": "secret-token"})) == ["token in secret-token"]


def test_where_there_is_none_nothing_is_found(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(SECRET[:20], encoding="utf-8")
    assert list(leaks(files_below(tmp_path), {"token": SECRET})) == []
