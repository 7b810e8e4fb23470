"""The steps at the left: four groups, a state each that is a shape as well as a colour. Goes back, never forward."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from scim_assistant.sentence import say
from scim_assistant.steps.step import StepGroup, StepKey
from scim_assistant.ui import theme
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.wording import SETTINGS, show

WIDE = 220
NARROW = 56


class RailState(Enum):
    """How a step stands."""

    DONE = "done"
    CURRENT = "current"
    ATTENTION = "attention"
    WAITING = "waiting"


SHAPES: dict[RailState, tuple[str, Tone, str]] = {
    RailState.DONE: ("pass", Tone.GOOD, say("done")),
    RailState.CURRENT: ("current", Tone.ACCENT, say("current step")),
    RailState.ATTENTION: ("warn", Tone.CAUTION, say("needs attention")),
    RailState.WAITING: ("waiting", Tone.QUIET, say("waiting")),
}


@dataclass(frozen=True)
class RailEntry:
    """One step on the rail."""

    key: StepKey
    group: StepGroup
    title: str


class RailItem(QAbstractButton):
    """One step: enabled only when the person may go back to it."""

    def __init__(self, entry: RailEntry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entry = entry
        self.state = RailState.WAITING
        self.is_here = False
        self.narrow = False
        self.setText(show(entry.title))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def set_state(self, state: RailState, *, here: bool, reachable: bool) -> None:
        """Show how the step stands.

        Args:
            state: Its state.
            here: True for the page that shows.
            reachable: True when the person may go back to it.
        """
        self.state = state
        self.is_here = here
        self.setEnabled(reachable or here)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if reachable and not here else Qt.FocusPolicy.NoFocus)
        self.setCursor(
            Qt.CursorShape.PointingHandCursor if reachable and not here else Qt.CursorShape.ArrowCursor
        )
        words = SHAPES[RailState.CURRENT if here and state is not RailState.ATTENTION else state][2]
        title = show(self.entry.title)
        self.setAccessibleName(f"{title}, {show(words)}")
        self.setToolTip(self.accessibleName() if self.narrow else "")
        self.update()

    def sizeHint(self) -> QSize:
        height = max(32, QFontMetrics(self.font()).height() + Space.MEDIUM)
        return QSize(NARROW if self.narrow else WIDE - 16, height)

    def minimumSizeHint(self) -> QSize:
        return QSize(NARROW - 16, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        palette = self.palette()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect())
        if self.is_here or (self.underMouse() and self.isEnabled()):
            painter.setPen(Qt.PenStyle.NoPen)
            fill = palette.color(QPalette.ColorRole.Midlight)
            painter.setBrush(fill)
            painter.drawRoundedRect(box, 5, 5)
        if self.is_here:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.color(QPalette.ColorRole.Highlight))
            painter.drawRoundedRect(QRectF(0, box.height() * 0.25, 3, box.height() * 0.5), 1.5, 1.5)
        shape, tone, _ = SHAPES[self.state]
        drawn = theme.pixmap(
            shape,
            theme.colour(palette, tone),
            palette.color(QPalette.ColorRole.Window),
            16,
            theme.ratio_of(self),
        )
        left = (self.width() - 16) // 2 if self.narrow else Space.MEDIUM
        painter.drawPixmap(left, (self.height() - 16) // 2, drawn)
        if not self.narrow:
            quiet = self.state is RailState.WAITING and not self.is_here
            painter.setPen(theme.colour(palette, Tone.QUIET if quiet else Tone.PLAIN))
            painter.setFont(theme.scaled(self.font(), 1.0, strong=self.is_here))
            place = QRect(
                left + 16 + Space.SMALL, 0, self.width() - left - 16 - Space.SMALL * 2, self.height()
            )
            text = painter.fontMetrics().elidedText(
                show(self.entry.title), Qt.TextElideMode.ElideRight, place.width()
            )
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)
        if self.hasFocus():
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Highlight), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 5, 5)
        painter.end()


class RailButton(QAbstractButton):
    """A quiet button at the rail's foot; an icon alone when the rail is narrow."""

    def __init__(self, text: str, icon: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = icon
        self.narrow = False
        self.setText(show(text))
        self.setAccessibleName(show(text))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_narrow(self, narrow: bool) -> None:
        """Show the icon alone, with the name on hover, or both."""
        self.narrow = narrow
        self.setToolTip(self.text() if narrow else "")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        height = max(32, QFontMetrics(self.font()).height() + Space.MEDIUM)
        return QSize(NARROW - 16 if self.narrow else WIDE - 16, height)

    def minimumSizeHint(self) -> QSize:
        return QSize(NARROW - 16, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        palette = self.palette()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.isDown():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.color(QPalette.ColorRole.Midlight))
            painter.drawRoundedRect(QRectF(self.rect()), 5, 5)
        ink = theme.colour(palette, Tone.QUIET)
        paper = palette.color(QPalette.ColorRole.Window)
        left = (self.width() - 16) // 2 if self.narrow else Space.MEDIUM
        drawn = theme.pixmap(self._icon, ink, paper, 16, theme.ratio_of(self))
        painter.drawPixmap(left, (self.height() - 16) // 2, drawn)
        if not self.narrow:
            painter.setPen(ink)
            place = self.rect().adjusted(left + 16 + Space.SMALL, 0, -Space.SMALL, 0)
            painter.drawText(
                place, int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextSingleLine), self.text()
            )
        if self.hasFocus():
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Highlight), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 5, 5)
        painter.end()


class GroupTitle(QWidget):
    """The name of a group; a short line when the rail is narrow."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = show(title)
        self.narrow = False
        self.setAccessibleName(self._title)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(
            NARROW - 16, QFontMetrics(self.font()).height() + (Space.TIGHT if self.narrow else Space.SMALL)
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.narrow:
            y = self.height() // 2
            painter.fillRect(
                QRect(self.width() // 4, y, self.width() // 2, 1),
                self.palette().color(QPalette.ColorRole.Mid),
            )
        else:
            painter.setPen(theme.colour(self.palette(), Tone.QUIET))
            painter.setFont(theme.scaled(self.font(), 0.88, strong=True))
            box = self.rect().adjusted(Space.MEDIUM, 0, 0, -2)
            painter.drawText(box, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, self._title)
        painter.end()


class Rail(QScrollArea):
    """All steps in their groups.

    Signals:
        chosen: The person wants to go back to a step; carries its key.
        settings_pressed: The person opens the settings.
    """

    chosen = Signal(object)
    settings_pressed = Signal()

    def __init__(self, entries: Sequence[RailEntry], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(show(say("Steps")))
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(Space.SMALL, Space.MEDIUM, Space.SMALL, Space.MEDIUM)
        column.setSpacing(2)
        self._items: dict[StepKey, RailItem] = {}
        self._titles: dict[GroupTitle, list[StepKey]] = {}
        group: StepGroup | None = None
        for entry in entries:
            if entry.group is not group:
                group = entry.group
                if self._titles:
                    column.addSpacing(Space.SMALL)
                title = GroupTitle(group.value)
                self._titles[title] = []
                column.addWidget(title)
            self._titles[title].append(entry.key)
            item = RailItem(entry)
            item.clicked.connect(lambda _=False, key=entry.key: self._on_clicked(key))
            self._items[entry.key] = item
            column.addWidget(item)
        column.addStretch(1)
        column.addSpacing(Space.SMALL)
        self.settings = RailButton(SETTINGS, "settings")
        self.settings.clicked.connect(self.settings_pressed)
        column.addWidget(self.settings)
        self.setWidget(inside)
        self.set_narrow(False)

    def set_narrow(self, narrow: bool) -> None:
        """Shrink to icons with names on hover, or show the names."""
        for item in self._items.values():
            item.narrow = narrow
            item.setToolTip(item.accessibleName() if narrow else "")
            item.updateGeometry()
            item.update()
        self.settings.set_narrow(narrow)
        for title in self._titles:
            title.narrow = narrow
            title.updateGeometry()
            title.update()
        self.setFixedWidth(NARROW if narrow else WIDE)

    @property
    def narrow(self) -> bool:
        """True while it shows icons only."""
        return self.width() == NARROW

    def item(self, key: StepKey) -> RailItem:
        """One step."""
        return self._items[key]

    def update_states(
        self, state_of: Callable[[StepKey], RailState], here: StepKey, reachable: Callable[[StepKey], bool]
    ) -> None:
        """Show how all steps stand."""
        for key, item in self._items.items():
            item.set_state(state_of(key), here=key is here, reachable=reachable(key))

    def show_only(self, keys: Collection[StepKey]) -> None:
        """Leave out the steps that this session does not go through, and groups without any."""
        for key, item in self._items.items():
            item.setVisible(key in keys)
        for title, members in self._titles.items():
            title.setVisible(any(key in keys for key in members))

    def _on_clicked(self, key: StepKey) -> None:
        item = self._items[key]
        if item.isEnabled() and not item.is_here:
            self.chosen.emit(key)

    def sizeHint(self) -> QSize:
        return QSize(self.minimumWidth(), 200)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.minimumWidth(), 120)
