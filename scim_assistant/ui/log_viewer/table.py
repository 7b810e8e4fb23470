"""The log table: Qt's own table in everything but the painting.

A stock view asks the model seven things a cell in Python and misses a frame on every repaint, so this one paints its
cells itself; header, selection, keyboard and accessibility stay Qt's. While somebody reads, new rows push nothing:
the place on screen is kept. Only a reader at the very top with nothing selected sees new rows come in.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QEvent, QItemSelectionRange, QModelIndex, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QStyle, QTableView, QWidget

from scim_assistant.logs.row import Row
from scim_assistant.sentence import Sentence, say
from scim_assistant.ui import theme
from scim_assistant.ui.log_viewer.columns import LOOKS, OTHER_LOOKS, STATUS_LOOKS, Column
from scim_assistant.ui.log_viewer.model import EventModel
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.wording import show

ICON = 16
ICON_GAP = 6
KEPT_FITTED = 1_000
"""Rows whose cut texts are kept."""
TIMES_EVERY_MS = 5_000
"""How often relative times are drawn again."""

COPY_ROW = say("Copy row")
COPY_ROWS = say("Copy rows")
COPY_ID = say("Copy id of the event")
COPY_CHANGE_ID = say("Copy change id, for Microsoft support")
ONLY_PERSON = say("Show only this person or group")


class EventTable(QTableView):
    """Shows an ``EventModel``.

    Signals:
        chosen: Another row is current; carries it, or None.
        opened: Enter or a double click on a row: the reader wants its details.
        sort_asked: Column and whether descending; the window searches anew.
        only_asked: Show only the person or group of this row.
        unseen_changed: How many rows came in above what is on screen.
    """

    chosen = Signal(object)
    opened = Signal()
    sort_asked = Signal(int, bool)
    only_asked = Signal(object)
    unseen_changed = Signal(int)

    def __init__(self, model: EventModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._hovered = -1
        self._unseen = 0
        self._coming = False
        self._fitted: dict[int, tuple[Row, tuple[str, ...]]] = {}
        self._fitted_to: tuple[int, ...] = ()
        self._held: tuple[int | None, set[int], bool, int] | None = None
        self.setModel(model)
        self.setAccessibleName(show(say("Provisioning events")))
        self.setAccessibleDescription(
            show(say("Newest first. Enter opens the details of an event, Control C copies it."))
        )
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setMouseTracking(True)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        columns = self.horizontalHeader()
        columns.setHighlightSections(False)
        columns.setSectionsMovable(True)
        columns.setStretchLastSection(True)
        columns.setSectionsClickable(True)
        columns.setSortIndicatorShown(True)
        columns.setSortIndicator(Column.TIME, Qt.SortOrder.DescendingOrder)
        columns.sortIndicatorChanged.connect(self._on_sort)
        self._fit_font()
        model.rowsAboutToBeInserted.connect(self._on_rows_coming)
        model.rowsInserted.connect(self._on_rows_came)
        model.rowsAboutToBeRemoved.connect(self._on_rows_going)
        model.modelAboutToBeReset.connect(self._on_reset_coming)
        model.modelReset.connect(self._on_reset)
        self.selectionModel().currentRowChanged.connect(self._on_current)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self._times = QTimer(self)
        self._times.setInterval(TIMES_EVERY_MS)
        self._times.timeout.connect(self.viewport().update)

    def _fit_font(self) -> None:
        self._fitted.clear()
        metrics = self.fontMetrics()
        self.verticalHeader().setDefaultSectionSize(max(metrics.height(), ICON) + Space.SMALL + 2)
        self._pad = self.style().pixelMetric(QStyle.PixelMetric.PM_HeaderMargin, None, self) + 2
        for column, looks in LOOKS.items():
            if column == Column.MESSAGE:
                continue  # the last column takes the room that is left
            self.setColumnWidth(column, metrics.averageCharWidth() * looks.characters + Space.LARGE)

    # What the window asks

    @property
    def unseen(self) -> int:
        """How many rows came in above what is on screen."""
        return self._unseen

    def selected_rows(self) -> list[int]:
        """Rows of the table that are selected, from the top."""
        return sorted({row for first, last in self._selected_runs() for row in range(first, last + 1)})

    def _selected_runs(self) -> list[tuple[int, int]]:
        # Qt's types for Python do not say that a selection can be gone through.
        selection: Iterable[QItemSelectionRange] = self.selectionModel().selection()  # type: ignore[assignment]
        return [(part.top(), part.bottom()) for part in selection]

    def current_event(self) -> Row | None:
        """The event of the current row."""
        return self._model.event_at(self.currentIndex().row())

    def go_to_newest(self) -> None:
        """Scroll to the top and let go of the selection, so that new rows are seen as they come."""
        self.let_go()
        self.scrollToTop()
        self._set_unseen(0)

    def let_go(self) -> None:
        """Choose nothing."""
        self.clearSelection()
        self.setCurrentIndex(QModelIndex())

    def copy_rows(self) -> None:
        """Put the selected rows on the clipboard, one a line, times absolute."""
        events = [self._model.event_at(row) for row in self.selected_rows()]
        text = "\n".join(event.as_text() for event in events if event is not None)
        if text:
            QGuiApplication.clipboard().setText(text)

    # What the model tells

    def _on_rows_coming(self, parent: QModelIndex, first: int, last: int) -> None:
        top = self.verticalScrollBar().value()
        reading = self.currentIndex().isValid() or bool(self.selectionModel().hasSelection())
        self._coming = (first <= top) and (top > 0 or reading)

    def _on_rows_came(self, parent: QModelIndex, first: int, last: int) -> None:
        if not self._coming:
            return
        count = last - first + 1
        self._set_unseen(self._unseen + count)
        bar = self.verticalScrollBar()
        # The scroll bar learns of the new rows only with the next layout; it must take the new value now.
        bar.setMaximum(bar.maximum() + count)
        bar.setValue(bar.value() + count)

    def _on_rows_going(self, parent: QModelIndex, first: int, last: int) -> None:
        bar = self.verticalScrollBar()
        if last < bar.value():
            bar.setValue(bar.value() - (last - first + 1))

    def _on_reset_coming(self) -> None:
        current = self._model.key_at(self.currentIndex().row())
        selected = {key for row in self.selected_rows() if (key := self._model.key_at(row)) is not None}
        offset = self.currentIndex().row() - self.verticalScrollBar().value()
        self._held = (current, selected, self.verticalScrollBar().value() == 0, offset)

    def _on_reset(self) -> None:
        held, self._held = self._held, None
        self._hovered = -1
        self._set_unseen(0)
        if held is None:
            return
        current, selected, was_top, offset = held
        model = self.selectionModel()
        flags = model.SelectionFlag
        for key in selected:
            row = self._model.row_of(key)
            if row is not None:
                model.select(self._model.index(row, 0), flags.Select | flags.Rows)
        row = self._model.row_of(current) if current is not None else None
        if row is None:
            if current is not None:
                self.chosen.emit(None)
            self.scrollToTop()
            return
        model.setCurrentIndex(self._model.index(row, 0), flags.Current)
        self.updateGeometries()
        if was_top and row < self.verticalScrollBar().pageStep():
            self.scrollToTop()
        else:
            self.verticalScrollBar().setValue(max(0, row - max(0, offset)))

    # What the person does

    def _on_current(self, current: QModelIndex, previous: QModelIndex) -> None:
        self.chosen.emit(self._model.event_at(current.row()) if current.isValid() else None)

    def _on_sort(self, column: int, order: Qt.SortOrder) -> None:
        self.sort_asked.emit(column, order == Qt.SortOrder.DescendingOrder)

    def _on_scrolled(self, value: int) -> None:
        if self._unseen and value < self._unseen:
            self._set_unseen(value)

    def _set_unseen(self, count: int) -> None:
        if count != self._unseen:
            self._unseen = count
            self.unseen_changed.emit(count)

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        event = self.current_event()
        many = len(self.selected_rows()) > 1

        def add(text: Sentence, run: Any, shortcut: QKeySequence | None = None) -> None:
            action = menu.addAction(show(text))
            action.triggered.connect(run)
            if shortcut is not None:
                action.setShortcut(shortcut)

        add(COPY_ROWS if many else COPY_ROW, self.copy_rows, QKeySequence(QKeySequence.StandardKey.Copy))
        if event is not None:
            add(COPY_ID, lambda: QGuiApplication.clipboard().setText(event.id))
            if event.change_id:
                add(COPY_CHANGE_ID, lambda: QGuiApplication.clipboard().setText(event.change_id))
            if event.source_id:
                menu.addSeparator()
                add(ONLY_PERSON, lambda: self.only_asked.emit(event))
        return menu

    # Qt's own

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        area = event.rect()
        palette = self.palette()
        group = QPalette.ColorGroup.Active if self.isActiveWindow() else QPalette.ColorGroup.Inactive
        first = self.rowAt(area.top())
        last = self.rowAt(area.bottom())
        if first < 0:
            painter.end()
            return
        if last < 0:
            last = self._model.rowCount() - 1
        header = self.horizontalHeader()
        columns = []
        for column in Column:
            if not header.isSectionHidden(column):
                left, width = self.columnViewportPosition(column), self.columnWidth(column)
                if left <= area.right() and left + width >= area.left():
                    columns.append((column, left, width))
        selected = self._selected_runs()
        focused = self.currentIndex().row() if self.hasFocus() else -1
        now = self._model.now()
        height = self.verticalHeader().defaultSectionSize()
        full = QRect(0, 0, max(self.viewport().width(), header.length() - header.offset()), height)
        alternate = palette.color(group, QPalette.ColorRole.AlternateBase)
        highlight = palette.color(group, QPalette.ColorRole.Highlight)
        on_highlight = palette.color(group, QPalette.ColorRole.HighlightedText)
        plain = palette.color(group, QPalette.ColorRole.Text)
        base = palette.color(group, QPalette.ColorRole.Base)
        quiet = theme.colour(palette, Tone.QUIET)
        hover = theme.wash(palette, Tone.ACCENT)
        tints = {status: theme.colour(palette, tone) for status, (_, tone) in STATUS_LOOKS.items()}
        ratio = theme.ratio_of(self)
        pad = self._pad
        flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft) | int(
            Qt.TextFlag.TextSingleLine
        )
        icon_top = (height - ICON) // 2
        widths = tuple(width for _, _, width in columns)
        if widths != self._fitted_to or len(self._fitted) > KEPT_FITTED:
            self._fitted_to = widths
            self._fitted.clear()
        for row in range(first, last + 1):
            top = self.rowViewportPosition(row)
            full.moveTop(top)
            is_selected = any(begin <= row <= end for begin, end in selected)
            paper = base
            if is_selected:
                paper = highlight
            elif row == self._hovered:
                paper = hover
            elif row % 2:
                paper = alternate
            if paper is not base:
                painter.fillRect(full, paper)
            ink = on_highlight if is_selected else plain
            fitted = self._fit(row, columns)
            if fitted is None:
                painter.setPen(on_highlight if is_selected else quiet)
                painter.drawText(full.adjusted(pad, 0, 0, 0), flags, "…")
                continue
            found, texts = fitted
            painter.setPen(ink)
            for (column, left, width), text in zip(columns, texts, strict=True):
                room = width - 2 * pad
                if column > Column.TIME and room > 0:
                    painter.drawText(left + pad, top, room, height, flags, text)
            tint = ink if is_selected else tints.get(found.status, quiet)
            for (column, left, width), text in zip(columns, texts, strict=True):
                room = width - 2 * pad
                if column == Column.TIME and room > 0:
                    if not is_selected:
                        painter.setPen(quiet)
                    painter.drawText(
                        left + pad, top, room, height, flags, self._model.time_words(found.at, now)
                    )
                elif column == Column.STATUS:
                    name, _ = STATUS_LOOKS.get(found.status, OTHER_LOOKS)
                    painter.drawPixmap(
                        left + pad, top + icon_top, theme.pixmap(name, tint, paper, ICON, ratio)
                    )
                    if room > ICON + ICON_GAP:
                        painter.setPen(tint)
                        painter.drawText(
                            left + pad + ICON + ICON_GAP, top, room - ICON - ICON_GAP, height, flags, text
                        )
            if row == focused:
                painter.setPen(QPen(ink if is_selected else highlight, 1, Qt.PenStyle.DotLine))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(full.adjusted(1, 1, -2, -2))
        if self.hasFocus() and focused < 0:
            painter.setPen(QPen(highlight, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.viewport().rect().adjusted(0, 0, -1, -1))
        painter.end()

    def focusInEvent(self, event: QFocusEvent) -> None:
        chosen = self.currentIndex().isValid()
        super().focusInEvent(event)
        if not chosen:
            # Qt makes the first row current on focus. Nobody chose it, and it would stop new rows from showing.
            self.selectionModel().setCurrentIndex(QModelIndex(), self.selectionModel().SelectionFlag.NoUpdate)

    def _fit(self, row: int, columns: list[tuple[Column, int, int]]) -> tuple[Row, tuple[str, ...]] | None:
        """A row and its texts, cut to the columns as they are now; kept, since most repaints show the same rows."""
        key = self._model.key_at(row)
        kept = self._fitted.get(key) if key is not None else None
        if kept is not None:
            return kept
        found = self._model.words_at(row)
        if found is None or key is None:
            return None
        event, words = found
        by_column = dict(
            zip((Column.STATUS, Column.ACTION, Column.PERSON, Column.MESSAGE), words, strict=True)
        )
        metrics = self.fontMetrics()
        texts = []
        for column, _, width in columns:
            room = width - 2 * self._pad - (ICON + ICON_GAP if column == Column.STATUS else 0)
            texts.append(
                metrics.elidedText(by_column.get(column, ""), Qt.TextElideMode.ElideRight, max(0, room))
            )
        self._fitted[key] = event, tuple(texts)
        return self._fitted[key]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_rows()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.opened.emit()
        elif event.key() == Qt.Key.Key_Home and not event.modifiers() and self._model.rowCount():
            self.setCurrentIndex(self._model.index(0, 0))
            self.scrollToTop()
        elif event.key() == Qt.Key.Key_End and not event.modifiers() and self._model.rowCount():
            self.setCurrentIndex(self._model.index(self._model.rowCount() - 1, 0))
        elif event.key() == Qt.Key.Key_Escape and self.currentIndex().isValid():
            self.let_go()
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.indexAt(event.position().toPoint()).isValid():
            self.opened.emit()
        super().mouseDoubleClickEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.rowAt(event.position().toPoint().y()))
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(-1)
        super().leaveEvent(event)

    def _hover(self, row: int) -> None:
        if row != self._hovered:
            self._hovered = row
            self.viewport().update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if not self.currentIndex().isValid():
            return
        menu = self._menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        at = event.globalPos()
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            at = self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).bottomLeft())
        menu.popup(at)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.FontChange:
            self._fit_font()
        super().changeEvent(event)

    def showEvent(self, event: Any) -> None:
        self._times.start()
        super().showEvent(event)

    def hideEvent(self, event: Any) -> None:
        self._times.stop()
        super().hideEvent(event)
