"""Narrows the log table: by status, by words, by one person or group."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QToolButton, QVBoxLayout, QWidget

from scim_assistant.logs.row import FAILURE, SKIPPED, SUCCESS, WARNING, Row
from scim_assistant.logs.rows import Query
from scim_assistant.logs.text import visible
from scim_assistant.sentence import say
from scim_assistant.ui import theme
from scim_assistant.ui.log_viewer.columns import STATUS_LOOKS
from scim_assistant.ui.theme import Space
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import show

SEARCH_AFTER_MS = 150
"""After the last key, so that each letter of a word does not search."""
LONGEST_SEARCH = 200

WORDS = {
    FAILURE: say("Failure"),
    WARNING: say("Warning"),
    SUCCESS: say("Success"),
    SKIPPED: say("Skipped"),
}


class SearchField(QLineEdit):
    """A line that Esc empties."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            event.accept()
            return
        super().keyPressEvent(event)


class FilterBar(QWidget):
    """What to show.

    Signals:
        changed: The person asks for other rows; read ``query``.
        newest_asked: Go to the newest row.
    """

    changed = Signal()
    newest_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.SMALL)
        row = QHBoxLayout()
        row.setSpacing(Space.SMALL)
        self.search = SearchField()
        self.search.setPlaceholderText(show(say("Search name, message, code or id")))
        self.search.setAccessibleName(show(say("Search in events")))
        self.search.setClearButtonEnabled(True)
        self.search.setMaxLength(LONGEST_SEARCH)
        self.search.setMinimumWidth(160)
        row.addWidget(self.search, 1)
        self.statuses: dict[str, QToolButton] = {}
        for status, word in WORDS.items():
            button = QToolButton()
            button.setText(show(word))
            button.setCheckable(True)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            theme.give_icon(button, *STATUS_LOOKS[status])
            button.toggled.connect(self._on_changed)
            self.statuses[status] = button
            row.addWidget(button)
        column.addLayout(row)
        self._below = QWidget()
        below = QHBoxLayout(self._below)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(Space.SMALL)
        self.only = QPushButton()
        self.only.setAutoDefault(False)
        theme.give_icon(self.only, "remove")
        self.only.clicked.connect(self.show_everybody)
        self.clear = QPushButton(show(say("Show all events")))
        self.clear.setAutoDefault(False)
        self.clear.clicked.connect(self.reset)
        self.shown = Text(role=Role.HINT)
        below.addWidget(self.shown, 1)
        below.addWidget(self.only)
        below.addWidget(self.clear)
        column.addWidget(self._below)
        self._source_id = ""
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(SEARCH_AFTER_MS)
        self._later.timeout.connect(self.changed)
        self.search.textChanged.connect(lambda _: self._later.start())
        self.search.returnPressed.connect(self._on_changed)
        self._show_state()
        self.set_counts({})

    def query(self, sort: str) -> Query:
        """What the person asks for."""
        return Query(
            statuses=frozenset(status for status, button in self.statuses.items() if button.isChecked()),
            text=self.search.text(),
            source_id=self._source_id,
            sort=sort,
        )

    def set_counts(self, counts: dict[str, int]) -> None:
        """Say beside each status how many rows have it."""
        for status, button in self.statuses.items():
            number = counts.get(status, 0)
            text = show(say("{word} {number}", word=show(WORDS[status]), number=f"{number:,}"))
            if button.text() != text:
                button.setText(text)
                button.setAccessibleName(
                    show(say("Show only {word}, {number} events", word=show(WORDS[status]), number=number))
                )

    def set_shown(self, text: str) -> None:
        """Say how many rows are shown."""
        if self.shown.text() != show(text):
            self.shown.set_text(text)

    def only_person(self, row: Row) -> None:
        """Show only one person or group."""
        self._source_id = row.source_id
        self.only.setText(show(say("Only {name}", name=visible(row.person, 40))))
        self.only.setAccessibleName(
            show(say("Only {name}: show everybody again", name=visible(row.person, 40)))
        )
        self._on_changed()

    def show_everybody(self) -> None:
        """Take the one-person filter away."""
        self._source_id = ""
        self._on_changed()

    def reset(self) -> None:
        """Show all events."""
        for button in self.statuses.values():
            blocked = button.blockSignals(True)
            button.setChecked(False)
            button.blockSignals(blocked)
        blocked = self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(blocked)
        self._source_id = ""
        self._on_changed()

    @property
    def narrows(self) -> bool:
        """True while some rows may be left out."""
        return self.query("at").narrows

    def _on_changed(self) -> None:
        self._later.stop()
        self._show_state()
        self.changed.emit()

    def _show_state(self) -> None:
        self.only.setVisible(bool(self._source_id))
        self.clear.setVisible(self.narrows)
