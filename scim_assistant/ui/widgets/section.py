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
        self.title.setVisible(bool(title))
        self.column.addWidget(self.title)
        self.sentence = Text(sentence, tone=Tone.QUIET)
        self.sentence.setVisible(bool(sentence))
        self.column.addWidget(self.sentence)

    def add(self, *widgets: QWidget) -> Section:
        """Add widgets below each other."""
        for widget in widgets:
            self.column.addWidget(widget)
        return self
