"""What would be here, why it is empty, and what to do about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.glyph import Glyph
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import show


class EmptyState(QWidget):
    """An empty place that explains itself.

    Signals:
        pressed: Its action was chosen.
    """

    pressed = Signal()

    def __init__(
        self,
        icon: str,
        what: str,
        why: str = "",
        action: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.LARGE, Space.BLOCK, Space.LARGE, Space.BLOCK)
        column.setSpacing(Space.SMALL)
        centre = Qt.AlignmentFlag.AlignHCenter
        self._glyph = Glyph(icon, Tone.QUIET, 32)
        column.addWidget(self._glyph, 0, centre)
        self.what = Text(role=Role.STRONG, widest=420)
        self.why = Text(tone=Tone.QUIET, widest=420)
        for text in (self.what, self.why):
            text.setAlignment(centre)
            column.addWidget(text, 0, centre)
        self.button = QPushButton()
        self.button.setAutoDefault(False)
        self.button.clicked.connect(self.pressed)
        column.addWidget(self.button, 0, centre)
        self.set_words(what, why, action)

    def set_words(self, what: str, why: str = "", action: str = "") -> None:
        """Say something else."""
        self.what.set_text(what)
        self.why.set_text(why)
        self.why.setVisible(bool(why))
        self.button.setText(show(action))
        self.button.setVisible(bool(action))
