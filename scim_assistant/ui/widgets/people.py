"""Rows of people and groups, and the picker that searches the directory."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from scim_assistant.errors import KnownError
from scim_assistant.plan.wanted import Principal
from scim_assistant.sentence import Sentence, counted, say
from scim_assistant.ui import theme
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.search_line import SearchLine
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import show, visible

PRINCIPAL = Qt.ItemDataRole.UserRole
BADGES = Qt.ItemDataRole.UserRole + 1
CHOSEN = Qt.ItemDataRole.UserRole + 2
SEARCH_AFTER_MS = 300


class PersonDelegate(QStyledItemDelegate):
    """Paints a person or group: drawing, name, detail below, badges at the right."""

    def __init__(self, parent: QWidget, action: str = "") -> None:
        super().__init__(parent)
        self._action = action

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        line = option.fontMetrics.height()
        return QSize(160, line * 2 + Space.SMALL + 4)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        principal: Principal = index.data(PRINCIPAL)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        palette = option.palette
        painter.save()
        style = option.widget.style() if option.widget else None
        if style is not None:
            style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget)
        ink = palette.color(QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text)
        quiet = ink if selected else theme.colour(palette, Tone.QUIET)
        box = option.rect.adjusted(Space.SMALL, 2, -Space.SMALL, -2)
        icon = "group" if principal.kind == "Group" else "person"
        ratio = float(option.widget.devicePixelRatioF()) if option.widget else 1.0
        drawn = theme.pixmap(icon, quiet, palette.color(QPalette.ColorRole.Base), 20, ratio)
        painter.drawPixmap(box.left(), box.center().y() - 9, drawn)
        left = box.left() + 20 + Space.SMALL
        right = box.right()
        if index.data(CHOSEN) and self._action:
            mark = theme.pixmap(
                "pass",
                ink if selected else theme.colour(palette, Tone.GOOD),
                palette.color(QPalette.ColorRole.Highlight if selected else QPalette.ColorRole.Base),
                16,
                ratio,
            )
            painter.drawPixmap(right - 16, box.center().y() - 7, mark)
            right -= 16 + Space.SMALL
        for badge in reversed(index.data(BADGES) or ()):
            font = theme.scaled(option.font, 0.88)
            painter.setFont(font)
            width = painter.fontMetrics().horizontalAdvance(badge) + 12
            if right - width < left + 60:
                break
            place = QRect(right - width, box.center().y() - 9, width, 19)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(quiet)
            painter.drawRoundedRect(place, 9, 9)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, badge)
            right -= width + Space.TIGHT
        room = max(20, right - left)
        line = option.fontMetrics.height()
        top = box.center().y() - line
        painter.setFont(option.font)
        painter.setPen(ink)
        elide = Qt.TextElideMode.ElideRight
        name = option.fontMetrics.elidedText(visible(principal.name, 200), elide, room)
        flags = int(Qt.TextFlag.TextSingleLine) | int(Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QRect(left, top, room, line), flags, name)
        painter.setPen(quiet)
        detail = option.fontMetrics.elidedText(visible(principal.detail, 200), elide, room)
        painter.drawText(QRect(left, top + line, room, line), flags, detail)
        painter.restore()


def row_item(principal: Principal, badges: Sequence[str] = (), *, chosen: bool = False) -> QListWidgetItem:
    """A list item for a person or group, named for screen readers."""
    item = QListWidgetItem()
    item.setData(PRINCIPAL, principal)
    item.setData(BADGES, tuple(show(badge) for badge in badges))
    item.setData(CHOSEN, chosen)
    words = [principal.name, principal.detail, *(show(badge) for badge in badges)]
    if chosen:
        words.append(show(say("chosen")))
    name = ", ".join(word for word in words if word)
    item.setData(Qt.ItemDataRole.AccessibleTextRole, name)
    item.setToolTip(visible(name))
    return item


class PersonList(QListWidget):
    """A list of people and groups.

    Signals:
        activated_principal: Enter, Space or a click on a row.
        removed: Delete or Backspace on a row.
    """

    activated_principal = Signal(object)
    removed = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None, *, action: str = "") -> None:
        super().__init__(parent)
        self.setAccessibleName(show(name))
        self.setItemDelegate(PersonDelegate(self, action))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setUniformItemSizes(True)
        self.itemClicked.connect(lambda item: self.activated_principal.emit(item.data(PRINCIPAL)))

    def set_rows(self, items: Sequence[QListWidgetItem]) -> None:
        """Show these rows; the current row stays where it was."""
        row = self.currentRow()
        self.clear()
        for item in items:
            self.addItem(item)
        if row >= 0:
            self.setCurrentRow(min(row, self.count() - 1))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        if item is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.activated_principal.emit(item.data(PRINCIPAL))
            event.accept()
            return
        if item is not None and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit(item.data(PRINCIPAL))
            event.accept()
            return
        super().keyPressEvent(event)


class PeoplePicker(QWidget):
    """Search at the left, what was chosen at the right. Finding is the page's business.

    Signals:
        search_wanted: The person paused in typing; carries the text.
        changed: Something was chosen or taken out.
    """

    search_wanted = Signal(str)
    changed = Signal()

    def __init__(
        self, search_label: str, chosen_label: str, parent: QWidget | None = None, *, rows: int = 5
    ) -> None:
        super().__init__(parent)
        self.refuse: Callable[[Principal], Sentence | None] = lambda _: None
        self._chosen: tuple[Principal, ...] = ()
        self._results: tuple[Principal, ...] = ()
        both = QHBoxLayout(self)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(Space.LARGE)
        left = QVBoxLayout()
        left.setSpacing(Space.TIGHT)
        self.search_label = Text(search_label)
        left.addWidget(self.search_label)
        self.search = SearchLine()
        self.search.setAccessibleName(show(search_label))
        self.search.setPlaceholderText(show(say("Type a name")))
        left.addWidget(self.search)
        self.results = PersonList(say("Search results"), action="choose")
        left.addWidget(self.results)
        self.note = Text(role=Role.HINT, tone=Tone.QUIET, at_most_lines=2)
        left.addWidget(self.note)
        both.addLayout(left, 1)
        right = QVBoxLayout()
        right.setSpacing(Space.TIGHT)
        self._chosen_label = chosen_label
        self.chosen_title = Text(chosen_label)
        right.addWidget(self.chosen_title)
        self.chosen_list = PersonList(chosen_label)
        right.addWidget(self.chosen_list)
        self.remove_note = Text(
            say("Press Delete or click a name to take it out."),
            role=Role.HINT,
            tone=Tone.QUIET,
            at_most_lines=2,
        )
        right.addWidget(self.remove_note)
        both.addLayout(right, 1)
        height = self.results.fontMetrics().height() * 2 + Space.SMALL + 4
        self.results.setMinimumHeight(height * rows // 2 + 4)
        self.results.setMaximumHeight(height * rows + 4)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SEARCH_AFTER_MS)
        self._timer.timeout.connect(self._on_pause)
        self.search.textEdited.connect(lambda _: self._timer.start())
        self.search.returnPressed.connect(self._on_return)
        self.results.activated_principal.connect(self._on_toggled)
        self.chosen_list.activated_principal.connect(self._on_removed)
        self.chosen_list.removed.connect(self._on_removed)
        self._show()

    def chosen(self) -> tuple[Principal, ...]:
        """Who was chosen, in that order."""
        return self._chosen

    def set_chosen(self, chosen: Sequence[Principal]) -> None:
        """Fill it without telling anybody."""
        self._chosen = tuple(chosen)
        self._show()

    def set_results(self, results: Sequence[Principal]) -> None:
        """Show what was found."""
        self._results = tuple(results)
        if self._results:
            self.note.set_text(
                say("{found} found. Enter or a click chooses.", found=f"{len(self._results):,}"), Tone.QUIET
            )
        elif self.search.text().strip():
            self.note.set_text(say("Nobody found. Try the start of a name or address."), Tone.QUIET)
        else:
            self.note.set_text("")
        self._show()

    def set_searching(self) -> None:
        """Say that a search is under way."""
        self.note.set_text(say("Searching…"), Tone.QUIET)

    def set_trouble(self, error: KnownError) -> None:
        """Say why the search failed."""
        self.note.set_text(say("{what} {why}", what=show(error.what), why=show(error.why)), Tone.BAD)

    def _on_pause(self) -> None:
        self.search_wanted.emit(self.search.text().strip())

    def _on_return(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
            self._on_pause()
        elif len(self._results) == 1:
            self._on_toggled(self._results[0])
        elif self._results:
            self.results.setFocus()
            self.results.setCurrentRow(0)

    def _on_toggled(self, principal: Principal) -> None:
        if any(one.id == principal.id for one in self._chosen):
            self._on_removed(principal)
            return
        refusal = self.refuse(principal)
        if refusal:
            self.note.set_text(refusal, Tone.BAD)
            return
        self._chosen = (*self._chosen, principal)
        self._show()
        self.changed.emit()

    def _on_removed(self, principal: Principal) -> None:
        self._chosen = tuple(one for one in self._chosen if one.id != principal.id)
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        ids = {one.id for one in self._chosen}
        self.results.set_rows([row_item(one, chosen=one.id in ids) for one in self._results])
        self.chosen_list.set_rows([row_item(one) for one in self._chosen])
        people = sum(one.kind != "Group" for one in self._chosen)
        groups = len(self._chosen) - people
        parts = []
        if people:
            parts.append(counted(people, "person", "people"))
        if groups:
            parts.append(counted(groups, "group", "groups"))
        title = show(self._chosen_label)
        self.chosen_title.set_text(
            say("{title}: {count}", title=title, count=", ".join(parts)) if parts else title
        )
        self.remove_note.setVisible(bool(self._chosen))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.search.text():
            self.search.clear()
            self.set_results(())
            self.search.setFocus()
            event.accept()
            return
        super().keyPressEvent(event)
