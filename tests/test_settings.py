"""Preferences survive a restart, a crash while saving, and a damaged file."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scim_assistant.errors import KnownError
from scim_assistant.settings import (
    FILE_NAME,
    Settings,
    SettingsStore,
    Theme,
    folders,
    load_settings,
    save_settings,
)

CHOSEN = Settings(
    theme=Theme.DARK,
    last_profile="generic",
    last_scenario="throttled",
    client_id="abc",
    tenant="example.com",
    cloud="usgov",
    read_only=True,
    last_account="1.2",
).with_layout("wizard", b"\x01\xd9\xd0\xcb\x00\xff")


def test_nothing_saved_yet_means_the_defaults(tmp_path: Path) -> None:
    loaded = load_settings(tmp_path / "not-made-yet")
    assert loaded.settings == Settings()
    assert loaded.note == ""
    assert not (tmp_path / "not-made-yet").exists()


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    save_settings(tmp_path / "new" / "folder", CHOSEN)
    assert load_settings(tmp_path / "new" / "folder").settings == CHOSEN


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff\xfe\x00", b"null", b'"x"', b"[" * 100_000])
def test_a_damaged_file_is_kept_aside(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(raw)
    loaded = load_settings(tmp_path)
    assert loaded.settings == Settings()
    assert "damaged" in loaded.note
    aside = [path for path in tmp_path.iterdir() if path.name != FILE_NAME]
    assert [path.read_bytes() for path in aside] == [raw]
    assert aside[0].name in loaded.note
    assert load_settings(tmp_path).note == ""


def test_one_wrong_value_does_not_cost_the_others(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(
        json.dumps(
            {
                "theme": "pink",
                "last_profile": 7,
                "client_id": "abc",
                "tenant": ["example.com"],
                "read_only": "yes",
                "last_account": None,
                "layouts": {"wizard": "AAEC", "monitor": "%%%", "x": 3},
                "from_a_newer_version": True,
            }
        ),
        encoding="utf-8",
    )
    settings = load_settings(tmp_path).settings
    assert settings.theme is Theme.SYSTEM
    assert settings.last_profile == "screensteps"
    assert settings.client_id == "abc"
    assert (settings.tenant, settings.read_only, settings.last_account) == ("", False, "")
    assert dict(settings.layouts) == {"wizard": b"\x00\x01\x02"}


def test_a_failed_save_leaves_the_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_settings(tmp_path, CHOSEN)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KnownError, match="No space left"):
        save_settings(tmp_path, Settings())
    assert load_settings(tmp_path).settings == CHOSEN
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_changes_are_kept_in_memory_until_saved(tmp_path: Path) -> None:
    store = SettingsStore(tmp_path)
    store.save()
    assert list(tmp_path.iterdir()) == []
    store.change(theme=Theme.LIGHT)
    store.remember_layout("monitor", b"\x00\x01")
    assert store.current.theme is Theme.LIGHT
    assert load_settings(tmp_path).settings == Settings()
    store.save()
    again = SettingsStore(tmp_path)
    assert again.current.theme is Theme.LIGHT
    assert again.layout("monitor") == b"\x00\x01"
    assert again.layout("never seen") == b""


def test_practice_keeps_away_from_the_real_folders() -> None:
    real, practice = folders(practice=False), folders(practice=True)
    for one, other in zip(
        (real.config, real.data, real.journals, real.logs),
        (practice.config, practice.data, practice.journals, practice.logs),
        strict=True,
    ):
        assert one != other
        assert one not in other.parents
        assert other not in one.parents


@given(
    st.text(max_size=30),
    st.dictionaries(st.text(max_size=10), st.binary(min_size=1, max_size=60), max_size=4),
)
def test_any_layout_survives(tmp_path_factory: pytest.TempPathFactory, profile: str, layouts: dict) -> None:
    folder = tmp_path_factory.mktemp("settings")
    settings = Settings(last_profile=profile)
    for name, layout in layouts.items():
        settings = settings.with_layout(name, layout)
    save_settings(folder, settings)
    assert load_settings(folder).settings == settings
