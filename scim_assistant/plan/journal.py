"""The journal of a set-up: append-only JSON Lines, synced to disk before and after every write to a tenant.

It makes a set-up safe to kill. It never holds a secret; of a secret it keeps only that one was given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from scim_assistant.plan.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A set-up that was left half done.

    Attributes:
        setup_id: Its journal.
        tenant_id: In which tenant.
        app_name: Name that the app has or was to get.
        profile_id: App profile it was started with.
        begun_at, last_at: First and last entry (aware UTC).
        done, total: Changes finished and planned.
        needs_secret: The stored secret was not confirmed as written, so the person has to enter it again.
        damaged: The last line was cut off by a crash; what it said is looked up in the tenant.
    """

    setup_id: str
    tenant_id: str
    app_name: str
    profile_id: str
    begun_at: datetime
    last_at: datetime
    done: int
    total: int
    needs_secret: bool
    damaged: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a journal: what kind, when (aware UTC), about which change, with which data."""

    kind: str
    at: datetime
    change: str = ""
    data: Mapping[str, Any] | None = None


class Journal:
    """One set-up's journal."""

    setup_id: str

    def write(self, kind: str, change: str = "", **data: Any) -> None:
        """Append one entry and sync it to disk.

        Raises:
            JournalTrouble: The disk refused; nothing may be written to the tenant then.
        """
        raise NotImplementedError

    def entries(self) -> tuple[Entry, ...]:
        """All entries, oldest first; a line cut off by a crash at the end is left out."""
        raise NotImplementedError

    def wanted(self) -> Wanted:
        """What the set-up was for, without the secret."""
        raise NotImplementedError


class Journals:
    """All journals on this computer (one folder a tenant, readable by its owner only).

    Args:
        folder: Where they are; made when first needed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, tenant_id: str, profile_id: str, wanted: Wanted) -> Journal:
        """Start a journal for a new set-up."""
        raise NotImplementedError

    def open(self, tenant_id: str, setup_id: str) -> Journal:
        """Open one that exists, to go on with it."""
        raise NotImplementedError

    def unfinished(self, tenant_id: str = "") -> tuple[Unfinished, ...]:
        """Set-ups left half done, newest first; of one tenant, or of all."""
        raise NotImplementedError

    def close(self, journal: Journal, outcome: str) -> None:
        """Mark a set-up as finished, undone or abandoned, so that it is not offered again."""
        raise NotImplementedError
