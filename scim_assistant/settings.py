"""Preferences that are not secret: read at start, written when they change. And where this program's folders are."""

from __future__ import annotations

import base64
import binascii
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from scim_assistant import disk
from scim_assistant.errors import KnownError
from scim_assistant.sentence import Sentence, say

FILE_NAME = "settings.json"
_LARGEST_BYTES = 1024 * 1024


class Theme(Enum):
    """Light or dark."""

    SYSTEM = "system"
    """As the desktop is."""
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the program remembers between two runs.

    Attributes:
        theme: Light, dark, or as the desktop is.
        last_profile: App profile that was used last.
        last_scenario: Practice scenario that was used last.
        client_id: Own app registration for signing in; empty for none.
        tenant: Tenant to sign in to; empty for the account's own.
        cloud: Name of the Microsoft cloud to sign in to; empty takes what is configured elsewhere, else the global one.
        read_only: Look only, as the helpdesk does; chosen last time.
        last_account: Account that was signed in last (``signin.account.Account.id``); empty for none.
        layouts: Window geometry, splitters and columns by name, as the window system's own bytes.
    """

    theme: Theme = Theme.SYSTEM
    last_profile: str = "screensteps"
    last_scenario: str = "healthy"
    client_id: str = ""
    tenant: str = ""
    cloud: str = ""
    read_only: bool = False
    last_account: str = ""
    layouts: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))

    def with_layout(self, name: str, layout: bytes) -> Settings:
        """A copy that remembers one window's layout."""
        return replace(self, layouts=MappingProxyType({**self.layouts, name: layout}))


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the program keeps its files; a practice session has its own, so that it never touches real ones.

    Attributes:
        config: Settings.
        data: What must not be lost.
        journals: Journals of set-ups.
        logs: The program's own log files.
    """

    config: Path
    data: Path
    journals: Path
    logs: Path

    @property
    def deep_check(self) -> Path:
        """Where a deep check remembers what it is about to make at an app."""
        return self.data / "deep-check"

    @property
    def token_days(self) -> Path:
        """Since when which app's Secret Token is in use; no token."""
        return self.data / "token-days"


def folders(practice: bool) -> Folders:
    """This user's folders. Nothing is made here."""
    import platformdirs

    name = "SCIM Assistant practice" if practice else "SCIM Assistant"
    data = platformdirs.user_data_path(name, appauthor=False)
    return Folders(
        config=platformdirs.user_config_path(name, appauthor=False),
        data=data,
        journals=data / "journals",
        logs=platformdirs.user_log_path(name, appauthor=False),
    )


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings as found, and a sentence for the person when the file was damaged (else empty)."""

    settings: Settings
    note: Sentence = Sentence("")


def load_settings(folder: Path) -> LoadedSettings:
    """Read the settings. What is missing, of a wrong type or unknown falls back to the default, value by value.

    A file that is no settings file at all is kept aside under another name, and the defaults are used.
    """
    path = folder / FILE_NAME
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST_BYTES + 1)
    except FileNotFoundError:
        return LoadedSettings(Settings())
    except OSError as error:
        return LoadedSettings(
            Settings(),
            say(
                "Your preferences cannot be read ({why}), so the standard ones are used.",
                why=error.strerror or "no reason given",
            ),
        )
    data = _decoded(raw)
    if data is not None:
        return LoadedSettings(_from_data(data))
    aside = folder / f"settings-damaged-{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    try:
        path.replace(aside)
    except OSError:
        return LoadedSettings(
            Settings(), say("The file with your preferences is damaged, so the standard ones are used.")
        )
    return LoadedSettings(
        Settings(),
        say(
            "The file with your preferences is damaged, so the standard ones are used. It was kept as {name}.",
            name=aside.name,
        ),
    )


def save_settings(folder: Path, settings: Settings) -> None:
    """Write the settings, all or nothing: a crash leaves the old file or the new one, never half of it.

    Raises:
        KnownError: The disk refused.
    """
    text = json.dumps(_to_data(settings), indent=2, ensure_ascii=False).encode()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        disk.replace_file(folder / FILE_NAME, text)
    except OSError as error:
        raise KnownError(
            say("Your preferences were not saved."),
            say("The disk refused: {why}.", why=error.strerror or "no reason given"),
            say("Check the rights of the folder {folder}.", folder=str(folder)),
        ) from error


class SettingsStore:
    """The settings of a running program: read in memory, changed in memory, saved by a job. Safe from any thread.

    Args:
        folder: Where the file is.
    """

    def __init__(self, folder: Path) -> None:
        loaded = load_settings(folder)
        self._folder = folder
        self._settings = self._saved = loaded.settings
        self._lock = threading.Lock()
        self.note = loaded.note
        """What to tell the person about a damaged file; empty when all is well."""

    @property
    def current(self) -> Settings:
        """The settings as they are now."""
        return self._settings

    def change(self, **changes: Any) -> Settings:
        """Replace some values, in memory only."""
        with self._lock:
            self._settings = replace(self._settings, **changes)
            return self._settings

    def layout(self, name: str) -> bytes:
        """A window's remembered layout; empty when there is none."""
        return self._settings.layouts.get(name, b"")

    def remember_layout(self, name: str, layout: bytes) -> None:
        """Keep a window's layout, in memory only."""
        with self._lock:
            self._settings = self._settings.with_layout(name, layout)

    def save(self) -> None:
        """Write what has changed since the last save. Touches the disk, so it belongs in a job.

        Raises:
            KnownError: The disk refused.
        """
        with self._lock:
            settings = self._settings
            if settings == self._saved:
                return
            save_settings(self._folder, settings)
            self._saved = settings


def _to_data(settings: Settings) -> dict[str, Any]:
    return {
        "theme": settings.theme.value,
        "last_profile": settings.last_profile,
        "last_scenario": settings.last_scenario,
        "client_id": settings.client_id,
        "tenant": settings.tenant,
        "cloud": settings.cloud,
        "read_only": settings.read_only,
        "last_account": settings.last_account,
        "layouts": {
            name: base64.b64encode(layout).decode("ascii") for name, layout in settings.layouts.items()
        },
    }


def _decoded(raw: bytes) -> dict[str, Any] | None:
    if len(raw) > _LARGEST_BYTES:
        return None
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _from_data(data: Mapping[str, Any]) -> Settings:
    default = Settings()

    def text(name: str, otherwise: str) -> str:
        value = data.get(name)
        return value if isinstance(value, str) else otherwise

    theme = next((one for one in Theme if one.value == data.get("theme")), default.theme)
    found = data.get("layouts")
    layouts = {}
    for name, value in found.items() if isinstance(found, Mapping) else ():
        layout = _bytes(value)
        if layout:
            layouts[name] = layout
    return Settings(
        theme=theme,
        last_profile=text("last_profile", default.last_profile),
        last_scenario=text("last_scenario", default.last_scenario),
        client_id=text("client_id", default.client_id),
        tenant=text("tenant", default.tenant),
        cloud=text("cloud", default.cloud),
        read_only=data.get("read_only") is True,
        last_account=text("last_account", default.last_account),
        layouts=MappingProxyType(layouts),
    )


def _bytes(value: object) -> bytes:
    try:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else b""
    except (binascii.Error, ValueError):
        return b""
