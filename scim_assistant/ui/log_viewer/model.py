"""What the log table shows: keys of rows in display order, nothing else.

Rows arrive while somebody reads, so they are inserted where they belong and never by a reset; only another
filter or sort replaces everything. Words for the cells are made once a row and kept for those on screen.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from scim_assistant.logs.row import LONG_AGO, Row
from scim_assistant.logs.rows import Query, Rows
from scim_assistant.logs.text import visible
from scim_assistant.ui.log_viewer.columns import LOOKS, Column
from scim_assistant.ui.wording import ago, both_times, show

CELL_LIMIT = 300
"""Characters of a cell; more than any width shows. The detail pane has the whole text."""
KEPT_CELLS = 2_000
"""Rows whose words are kept."""
MANY_RUNS = 200
"""Above so many separate removals one reset is quicker than all of them."""

_LOWEST = ("", LONG_AGO, "")
_NO_PARENT = QModelIndex()

Index = QModelIndex | QPersistentModelIndex


class EventModel(QAbstractTableModel):
    """Rows of the log in display order.

    Args:
        rows: Where they are kept.
        now: The clock, for relative times.
    """

    def __init__(
        self,
        rows: Rows,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._rows = rows
        self.now = now
        self._keys: array[int] = array("q")  # from oldest or lowest, whatever the direction shown
        self._query = Query()
        self._descending = True
        self._words: dict[int, tuple[str, str, str, str]] = {}

    @property
    def query(self) -> Query:
        """Which rows are shown."""
        return self._query

    @property
    def descending(self) -> bool:
        """True when the newest or highest is on top."""
        return self._descending

    def replace(self, keys: array[int], query: Query, *, descending: bool) -> None:
        """Show the result of another search. Resets the model: the view restores what was selected."""
        self.beginResetModel()
        self._keys = keys
        self._query = query
        self._descending = descending
        self.endResetModel()

    def insert(self, keys: Iterable[int]) -> int:
        """Insert new rows where they belong; those that the filter leaves out or that are there stay out.

        Returns:
            How many were inserted.
        """
        query = self._query
        placed = []
        for key in keys:
            row = self._rows.peek(key)
            if row is not None and query.accepts(row):
                placed.append((query.place(row), key))
        placed.sort()
        runs: list[tuple[int, list[int]]] = []
        for place, key in placed:
            at = self._position(place)
            if at < len(self._keys) and self._keys[at] == key:
                continue
            if runs and runs[-1][0] == at:
                runs[-1][1].append(key)
            else:
                runs.append((at, [key]))
        for at, run in reversed(runs):
            first = self._shown(at) + 1 if self._descending else at
            self.beginInsertRows(_NO_PARENT, first, first + len(run) - 1)
            self._keys[at:at] = array("q", run)
            self.endInsertRows()
        return sum(len(run) for _, run in runs)

    def remove(self, keys: Iterable[int]) -> None:
        """Take rows away that are no longer kept."""
        gone = set(keys)
        for key in gone:
            self._words.pop(key, None)
        if not gone or not self._keys:
            return
        head = min(len(gone), len(self._keys))
        if self._query.sort == "at" and gone.issuperset(self._keys[:head]):
            runs = [(0, head)]  # the oldest, in one piece
        else:
            runs = self._runs(at for at, key in enumerate(self._keys) if key in gone)
        if len(runs) > MANY_RUNS:
            self.replace(
                array("q", (key for key in self._keys if key not in gone)),
                self._query,
                descending=self._descending,
            )
            return
        for at, length in reversed(runs):
            first = self._shown(at + length - 1) if self._descending else at
            self.beginRemoveRows(_NO_PARENT, first, first + length - 1)
            del self._keys[at : at + length]
            self.endRemoveRows()

    @staticmethod
    def _runs(positions: Iterable[int]) -> list[tuple[int, int]]:
        runs: list[tuple[int, int]] = []
        for at in positions:
            if runs and sum(runs[-1]) == at:
                runs[-1] = (runs[-1][0], runs[-1][1] + 1)
            else:
                runs.append((at, 1))
        return runs

    def _place(self, key: int) -> tuple[str, datetime, str]:
        row = self._rows.peek(key)
        # A row that was dropped a moment ago, with the word of it still on its way, was the oldest.
        return self._query.place(row) if row is not None else _LOWEST

    def _position(self, place: tuple[str, datetime, str]) -> int:
        if not self._keys or place > self._place(self._keys[-1]):
            return len(self._keys)
        return bisect_left(self._keys, place, key=self._place)

    def _shown(self, position: int) -> int:
        """The row of the table for a position in our order, and the reverse."""
        return len(self._keys) - 1 - position if self._descending else position

    def key_at(self, row: int) -> int | None:
        """Key of a row of the table."""
        return self._keys[self._shown(row)] if 0 <= row < len(self._keys) else None

    def row_of(self, key: int) -> int | None:
        """Row of the table that shows a key, if any."""
        row = self._rows.peek(key)
        if row is None or not self._query.accepts(row):
            return None
        at = self._position(self._query.place(row))
        return self._shown(at) if at < len(self._keys) and self._keys[at] == key else None

    def event_at(self, row: int) -> Row | None:
        """What a row of the table shows; None while it is not at hand."""
        key = self.key_at(row)
        return None if key is None else self._rows.peek(key)

    def words_at(self, row: int) -> tuple[Row, tuple[str, str, str, str]] | None:
        """Status, action, person and message of a row of the table, fit for display."""
        key = self.key_at(row)
        event = None if key is None else self._rows.peek(key)
        if key is None or event is None:
            return None
        words = self._words.get(key)
        if words is None:
            if len(self._words) >= KEPT_CELLS:
                self._words.clear()
            words = self._words[key] = (
                show(event.status_word),
                visible(show(event.action), CELL_LIMIT),
                visible(event.person, CELL_LIMIT),
                visible(show(event.message), CELL_LIMIT),
            )
        return event, words

    def time_words(self, at: datetime | None, now: datetime | None = None) -> str:
        """A time relative to now."""
        return show(ago(at, now or self.now())) if at is not None else ""

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._keys)

    def columnCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(Column)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or role not in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.ToolTipRole,
            Qt.ItemDataRole.AccessibleTextRole,
        ):
            return None
        found = self.words_at(index.row())
        if found is None:
            return None
        event, (status, action, person, message) = found
        column = index.column()
        if column == Column.TIME:
            if role == Qt.ItemDataRole.ToolTipRole:
                return both_times(event.at) if event.at is not None else None
            return self.time_words(event.at)
        if role == Qt.ItemDataRole.ToolTipRole:
            if column == Column.PERSON and event.user_name:
                return visible(f"{event.person} – {event.user_name}", CELL_LIMIT)
            return message if column == Column.MESSAGE else None
        return {
            Column.STATUS: status,
            Column.ACTION: action,
            Column.PERSON: person,
            Column.MESSAGE: message,
        }.get(Column(column))

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Horizontal and 0 <= section < len(Column):
            if role == Qt.ItemDataRole.DisplayRole:
                return show(LOOKS[Column(section)].title)
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None
