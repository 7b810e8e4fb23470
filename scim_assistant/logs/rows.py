"""The rows that are at hand: add, look at, search. In memory for now, behind the interface that an archive keeps too.

A row has a number here, its *key*: rows are added by a job, and the window holds keys only, so the same
window serves fifty rows in memory and a million on disk.
"""

from __future__ import annotations

import heapq
import threading
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from scim_assistant.logs.row import Row
from scim_assistant.work import Work

DEFAULT_CAPACITY: Final = 50_000

_RUN: Final = 2_000
# One sort of all rows is a single call that keeps the window from drawing for its whole length; runs of this size
# take about 2 ms each.

SORTS: Final = ("at", "status", "action", "person", "message")
"""What rows can be sorted by: names of ``Row`` attributes."""


@dataclass(frozen=True, slots=True)
class Query:
    """Which rows to show, and in which order.

    Attributes:
        statuses: Only these; empty for all.
        text: Every word of it has to occur, in any case, anywhere in what a row says.
        source_id: Only events of this person or group; empty for all.
        operation: Only this action, in Microsoft's word and lower case; empty for all.
        sort: One of ``SORTS``. Rows that are equal in it are ordered by time, then id.
    """

    statuses: frozenset[str] = frozenset()
    text: str = ""
    source_id: str = ""
    operation: str = ""
    sort: str = "at"
    words: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", tuple(self.text.casefold().split()))

    @property
    def narrows(self) -> bool:
        """True when it may leave rows out."""
        return bool(self.statuses or self.words or self.source_id or self.operation)

    def accepts(self, row: Row) -> bool:
        """True when the row is one of those asked for."""
        if self.statuses and row.status not in self.statuses:
            return False
        if self.source_id and row.source_id != self.source_id:
            return False
        if self.operation and row.operation != self.operation:
            return False
        return all(word in row.searched for word in self.words)

    def place(self, row: Row) -> tuple[str, datetime, str]:
        """Where the row belongs, to be compared with that of other rows (from oldest or lowest)."""
        at, event_id = row.order
        if self.sort == "at":
            return "", at, event_id
        return str(getattr(row, self.sort)).casefold(), at, event_id


@dataclass(frozen=True, slots=True)
class Added:
    """What came of adding rows: keys of the new ones in the order given, and keys that had to go for them."""

    keys: tuple[int, ...]
    dropped: tuple[int, ...] = ()


class Rows(Protocol):
    """Where rows are kept. ``add`` and ``search`` are called from jobs, the rest from the window."""

    def add(self, rows: Iterable[Row]) -> Added:
        """Keep rows; those known already by id are left out."""
        ...

    def search(self, query: Query, work: Work) -> array[int]:
        """Keys of the rows asked for, from oldest or lowest in sort order."""
        ...

    def peek(self, key: int) -> Row | None:
        """A row, without waiting; None when it is not at hand."""
        ...

    def counts(self) -> dict[str, int]:
        """How many rows there are of each status."""
        ...


class MemoryRows:
    """Rows in memory, the oldest dropped when there are too many.

    Args:
        capacity: Most rows to keep.
    """

    def __init__(self, capacity: int = DEFAULT_CAPACITY) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()
        self._rows: dict[int, Row] = {}
        self._keys: dict[str, int] = {}
        self._oldest: list[tuple[tuple[datetime, str], int]] = []
        self._next = 1
        self._counts: dict[str, int] = {}

    def add(self, rows: Iterable[Row]) -> Added:
        """Keep rows; those known already by id are left out."""
        with self._lock:
            keys: list[int] = []
            for row in rows:
                if row.id in self._keys:
                    continue
                key = self._next
                self._next += 1
                self._rows[key] = row
                self._keys[row.id] = key
                self._counts[row.status] = self._counts.get(row.status, 0) + 1
                heapq.heappush(self._oldest, (row.order, key))
                keys.append(key)
            dropped = self._make_room()
        gone = set(dropped)
        return Added(
            tuple(key for key in keys if key not in gone),
            tuple(key for key in dropped if key < keys[0]) if keys else (),
        )

    def _make_room(self) -> list[int]:
        dropped = []
        while len(self._rows) > self._capacity:
            _, key = heapq.heappop(self._oldest)
            row = self._rows.pop(key)
            del self._keys[row.id]
            self._counts[row.status] -= 1
            dropped.append(key)
        return dropped

    def search(self, query: Query, work: Work) -> array[int]:
        """Keys of the rows asked for, from oldest or lowest in sort order."""
        with self._lock:
            rows = list(self._rows.items())
        runs = []
        for start in range(0, len(rows), _RUN):
            work.check()
            runs.append(
                sorted(
                    (query.place(row), key) for key, row in rows[start : start + _RUN] if query.accepts(row)
                )
            )
        return array("q", [key for _, key in heapq.merge(*runs)])

    def peek(self, key: int) -> Row | None:
        """A row, without waiting; None when it was dropped."""
        return self._rows.get(key)

    def counts(self) -> dict[str, int]:
        """How many rows there are of each status."""
        # No lock: the window asks, and must not wait for a job that adds a page. Copying a dict is one step.
        return {status: n for status, n in self._counts.copy().items() if n}
