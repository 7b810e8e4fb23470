"""The table of the deep check: every check in its part, there from the start, filled as it ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from scim_assistant.check import Outcome
from scim_assistant.scim.deep.found import DeepCheck, Dialect, Severity
from scim_assistant.sentence import Sentence, say
from scim_assistant.ui import theme
from scim_assistant.ui.result_text import deep_check_as_text
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.glyph import OUTCOMES
from scim_assistant.ui.wording import OUTCOME_WORDS, show, visible


class Column(IntEnum):
    """Columns of the table."""

    CHECK = 0
    OUTCOME = 1
    WORDING = 2
    COST = 3


HEADS = {
    Column.CHECK: say("Check"),
    Column.OUTCOME: say("Outcome"),
    Column.WORDING: say("Wording"),
    Column.COST: say("In daily use"),
}

DIALECTS: dict[Dialect, Sentence] = {
    Dialect.BOTH: say("Both"),
    Dialect.LEGACY: say("Default"),
    Dialect.STANDARD: say("With flag"),
}
"""How Entra words a change, in the words of the window; the flag is ``aadOptscim062020``."""

SEVERITIES: dict[Severity, Sentence] = {
    Severity.STOPS: say("Stops all"),
    Severity.BREAKS: say("Loses changes"),
    Severity.HINDERS: say("Detour"),
    Severity.NOTE: say("Good to know"),
}
"""What a failed check costs, in the words of the window."""

ICON = 16

CHECK_SHARE = 0.56
"""At most so much of the room is for what is tried; the rest is for how it came out."""

_LOUD = (Outcome.FAIL, Outcome.WARN)


class _Roomy(QStyledItemDelegate):
    """Gives a row a little air, so that the eye keeps to its line."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        own = super().sizeHint(option, index)
        return QSize(own.width(), max(option.fontMetrics.height(), ICON) + Space.TIGHT)


class DeepTable(QTreeWidget):
    """Shows the checks of a run.

    Args:
        parts: Title of each part and the keys of its checks, in order.

    Signals:
        chosen: Another check is current; carries it, or None.
    """

    chosen = Signal(object)

    def __init__(
        self, parts: Sequence[tuple[Sentence, Sequence[str]]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._checks: dict[str, DeepCheck] = {}
        self._items: dict[str, QTreeWidgetItem] = {}
        self.setAccessibleName(show(say("Checks")))
        self.setAccessibleDescription(
            show(
                say(
                    "Up and Down choose a check, whose requests and answers stand beside. Control C copies it."
                )
            )
        )
        self.setColumnCount(len(Column))
        self.setHeaderLabels([show(HEADS[column]) for column in Column])
        self.setRootIsDecorated(False)
        self.setItemsExpandable(False)
        self.setExpandsOnDoubleClick(False)
        self.setIndentation(8)
        self.setUniformRowHeights(True)
        self.setItemDelegate(_Roomy(self))
        self.setAllColumnsShowFocus(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for title, keys in parts:
            head = QTreeWidgetItem(self, [show(title)])
            head.setFlags(Qt.ItemFlag.ItemIsEnabled)
            head.setFirstColumnSpanned(True)
            head.setFont(0, theme.scaled(self.font(), 1.0, strong=True))
            for key in keys:
                item = QTreeWidgetItem(head)
                item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
                item.setData(Column.CHECK, Qt.ItemDataRole.UserRole, key)
                self._items[key] = item
        self.expandAll()
        columns = self.header()
        columns.setSectionsMovable(False)
        columns.setStretchLastSection(False)
        columns.setMinimumSectionSize(48)
        columns.setSectionResizeMode(Column.CHECK, QHeaderView.ResizeMode.Fixed)
        columns.setSectionResizeMode(Column.OUTCOME, QHeaderView.ResizeMode.Stretch)
        metrics = self.fontMetrics()
        for column, words in ((Column.WORDING, DIALECTS.values()), (Column.COST, SEVERITIES.values())):
            texts = [show(word) for word in (*words, HEADS[column])]
            widest = max(metrics.horizontalAdvance(text) for text in texts)
            columns.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            columns.resizeSection(column, widest + 24)
        self.currentItemChanged.connect(lambda item: self.chosen.emit(self.check_of(item)))

    def check_of(self, item: QTreeWidgetItem | None) -> DeepCheck | None:
        """The check of a row; None for the head of a part."""
        key = item.data(Column.CHECK, Qt.ItemDataRole.UserRole) if item is not None else None
        return self._checks.get(key) if key else None

    @property
    def current(self) -> DeepCheck | None:
        """The check that is chosen."""
        return self.check_of(self.currentItem())

    @property
    def checks(self) -> Mapping[str, DeepCheck]:
        """What it shows, by key."""
        return self._checks

    def item(self, key: str) -> QTreeWidgetItem:
        """One row, for tests."""
        return self._items[key]

    def choose(self, key: str) -> None:
        """Make a check the current one, and visible."""
        self.setCurrentItem(self._items[key])
        self.scrollToItem(self._items[key])

    def choose_none(self) -> None:
        """Let no check be the current one."""
        self.setCurrentIndex(QModelIndex())

    def show_first_fault(self) -> None:
        """Bring the first check that did not come out well into sight, or else the first of all."""
        loud = (self._items[key] for key, check in self._checks.items() if check.outcome in _LOUD)
        first = next(loud, None)
        self.scrollToTop()
        if first is not None:
            self.scrollToItem(first)

    def show_check(self, check: DeepCheck) -> None:
        """Show how a check stands. One that was not planned gets a row at the end of the last part."""
        item = self._items.get(check.key)
        if item is None:
            last = self.topLevelItem(self.topLevelItemCount() - 1)
            item = QTreeWidgetItem(last) if last is not None else QTreeWidgetItem(self)
            item.setData(Column.CHECK, Qt.ItemDataRole.UserRole, check.key)
            self._items[check.key] = item
        self._checks[check.key] = check
        self._draw(check, item)
        if item is self.currentItem():
            self.chosen.emit(check)
        elif check.outcome is Outcome.RUNNING and self.current is None:
            self.scrollToItem(item)  # whoever reads a row is not carried away

    def _draw(self, check: DeepCheck, item: QTreeWidgetItem) -> None:
        shape, tone = OUTCOMES[check.outcome]
        loud = check.outcome in _LOUD
        word = show(OUTCOME_WORDS[check.outcome])
        said = visible(show(check.sentence) if check.sentence else word, 300)
        cells = {
            Column.CHECK: show(check.title),
            Column.OUTCOME: said,
            Column.WORDING: show(DIALECTS[check.dialect]),
            Column.COST: show(SEVERITIES[check.severity]) if loud else "",
        }
        palette = self.palette()
        quiet = check.outcome in (Outcome.WAITING, Outcome.SKIPPED)
        for column, text in cells.items():
            item.setText(column, text)
            strong = loud and column in (Column.OUTCOME, Column.COST)
            item.setForeground(
                column, theme.colour(palette, tone if strong else Tone.QUIET if quiet else Tone.PLAIN)
            )
        item.setIcon(Column.CHECK, theme.icon(shape, palette, tone, ICON))
        for column in (Column.CHECK, Column.OUTCOME):
            item.setToolTip(column, cells[column])
        heard = f"{cells[Column.CHECK]}: {word}. {show(check.sentence)}".strip()
        item.setData(Column.CHECK, Qt.ItemDataRole.AccessibleTextRole, heard)

    def copy_current(self) -> None:
        """Put the current check on the clipboard, with what was said."""
        check = self.current
        if check is not None:
            QGuiApplication.clipboard().setText(deep_check_as_text(check, spoken=True))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_current()
            event.accept()
            return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self.current is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(show(say("Copy check"))).triggered.connect(lambda _: self.copy_current())
        menu.popup(event.globalPos())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        taken = self.columnWidth(Column.WORDING) + self.columnWidth(Column.COST)
        room = self.viewport().width() - taken
        widest = max(
            (self.fontMetrics().horizontalAdvance(item.text(0)) for item in self._items.values()), default=0
        )
        self.header().resizeSection(Column.CHECK, int(min(widest + 60, room * CHECK_SHARE)))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            for key, check in self._checks.items():
                self._draw(check, self._items[key])
