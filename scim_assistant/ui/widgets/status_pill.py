"""A state in one word, with a shape."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from scim_assistant.ui import theme
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.glyph import Glyph
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import show


class StatusPill(QFrame):
    """A rounded tag: shape, word, colour."""

    def __init__(
        self, text: str = "", name: str = "info", tone: Tone = Tone.ACCENT, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(Space.SMALL, 2, Space.SMALL + 2, 2)
        row.setSpacing(Space.TIGHT)
        self._tone = tone
        self._glyph = Glyph(name, tone, 16)
        row.addWidget(self._glyph)
        self.label = Text(role=Role.STRONG, tone=tone, firm=True)
        row.addWidget(self.label)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.set_state(text, name, tone)

    def set_state(self, text: str, name: str, tone: Tone) -> None:
        """Show another state."""
        self._tone = tone
        self._glyph.set(name, tone)
        self.label.set_text(text, tone)
        self.setAccessibleName(show(text))
        self._row.invalidate()
        self.updateGeometry()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = theme.colour(self.palette(), self._tone)
        edge.setAlphaF(0.4)
        painter.setBrush(theme.wash(self.palette(), self._tone))
        painter.setPen(QPen(edge, 1))
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        painter.end()
