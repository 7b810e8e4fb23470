"""A block of a page: a heading and what stands below it."""

from __future__ import annotations

from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.text import Role, Text


class Section(QWidget):
    """A heading, perhaps a sentence, and the widgets of one block."""

    def __init__(self, title: str = "", sentence: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(Space.SMALL)
        self.title = Text(title, role=Role.HEADING)
        self.sentence = Text(sentence, tone=Tone.QUIET)
        for text in (self.title, self.sentence):
            # Placed first: what is shown without a parent is a window of its own, and takes the keyboard with it.
            self.column.addWidget(text)
            text.setVisible(bool(text.text()))

    def add(self, *widgets: QWidget) -> Section:
        """Add widgets below each other."""
        for widget in widgets:
            self.column.addWidget(widget)
        return self
