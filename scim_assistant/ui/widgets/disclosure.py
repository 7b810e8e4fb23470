"""Details behind a chevron: closed at first, opened by mouse, Enter or Space, closed by Esc."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase, QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPlainTextEdit,
    QSizePolicy,
    QStyle,
    QStyleOptionToolButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from scim_assistant.ui import theme
from scim_assistant.ui.theme import Space
from scim_assistant.ui.widgets.copy_button import CopyButton
from scim_assistant.ui.wording import DETAILS, show, visible


class DisclosureButton(QToolButton):
    """The chevron with its word."""

    def __init__(self, text: str = DETAILS, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(show(text))
        self.setAccessibleName(show(text))
        self.setCheckable(True)
        self.setAutoRaise(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme.give_icon(self, "chevron-right")
        self.toggled.connect(self._on_toggled)

    def _on_toggled(self, opened: bool) -> None:
        theme.give_icon(self, "chevron-down" if opened else "chevron-right")

    def initStyleOption(self, option: QStyleOptionToolButton) -> None:
        super().initStyleOption(option)
        # The chevron tells that it is open; a button that looks pressed would ask to be released.
        option.state &= ~QStyle.StateFlag.State_On

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isChecked():
            self.setChecked(False)
            event.accept()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.toggle()
            event.accept()
            return
        super().keyPressEvent(event)


class Disclosure(QWidget):
    """A disclosure button and what it opens.

    Signals:
        toggled: It was opened (True) or closed.
    """

    toggled = Signal(bool)

    def __init__(
        self, text: str = DETAILS, content: QWidget | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.TIGHT)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        self.button = DisclosureButton(text)
        head.addWidget(self.button)
        head.addStretch(1)
        column.addLayout(head)
        self._column = column
        self._content: QWidget | None = None
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.button.toggled.connect(self._on_toggled)
        if content is not None:
            self.set_content(content)

    def set_content(self, content: QWidget) -> None:
        """What it opens; replaces what was there."""
        if self._content is not None:
            self._column.removeWidget(self._content)
            self._content.deleteLater()
        self._content = content
        self._column.addWidget(content)
        content.setVisible(self.button.isChecked())

    @property
    def opened(self) -> bool:
        """True while its content shows."""
        return self.button.isChecked()

    def open(self, opened: bool = True) -> None:
        """Open or close it."""
        self.button.setChecked(opened)

    def _on_toggled(self, opened: bool) -> None:
        if self._content is not None:
            self._content.setVisible(opened)
        self.toggled.emit(opened)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.opened:
            self.open(False)
            self.button.setFocus()
            event.accept()
            return
        super().keyPressEvent(event)


class CodeBlock(QWidget):
    """Text that a person may want to select, read slowly or copy: a request, evidence, details of an error."""

    def __init__(self, text: str, name: str, parent: QWidget | None = None, *, most_lines: int = 12) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.TIGHT)
        self._text = text
        self.view = QPlainTextEdit(visible(text, 20_000))
        self.view.setReadOnly(True)
        self.view.setFont(theme.scaled(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont), 0.95))
        self.view.setAccessibleName(show(name))
        self.view.setTabChangesFocus(True)
        self.view.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        lines = min(
            most_lines, max(2, text.count("\n") + 1 + sum(len(line) // 80 for line in text.split("\n")))
        )
        height = self.view.fontMetrics().lineSpacing() * lines + 2 * self.view.frameWidth() + 12
        self.view.setFixedHeight(height)
        row.addWidget(self.view, 1)
        self.copy_button = CopyButton(lambda: self._text, show(name))
        row.addWidget(self.copy_button, 0, Qt.AlignmentFlag.AlignTop)
