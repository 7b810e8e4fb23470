"""A quiet panel that holds what belongs together, and a hairline between its rows."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from scim_assistant.ui import theme
from scim_assistant.ui.theme import Space, Tone


class Card(QFrame):
    """A panel with rounded corners, in the palette's base colour or the wash of a meaning.

    Its ``rows`` layout has no margin of its own: rows bring theirs.
    """

    def __init__(self, parent: QWidget | None = None, *, tone: Tone | None = None, padding: int = 0) -> None:
        super().__init__(parent)
        self._tone = tone
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(padding, padding, padding, padding)
        self.rows.setSpacing(0)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

    def set_tone(self, tone: Tone | None) -> None:
        """Change the wash."""
        self._tone = tone
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        palette = self.palette()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._tone is None:
            fill = palette.color(QPalette.ColorRole.Base)
            edge = palette.color(QPalette.ColorRole.Mid)
        else:
            fill = theme.wash(palette, self._tone)
            edge = theme.colour(palette, self._tone)
            edge.setAlphaF(0.45)
        painter.setBrush(fill)
        painter.setPen(QPen(edge, 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.end()


class Hairline(QWidget):
    """One pixel between two rows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.Mid))
        painter.end()


def column(parent: QWidget | None = None, spacing: int = Space.SMALL) -> QVBoxLayout:
    """A column without margins."""
    layout = QVBoxLayout(parent) if parent is not None else QVBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    return layout
