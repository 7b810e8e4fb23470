"""A small drawing that goes with a word: a state, a kind of object."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from scim_assistant.check import Outcome
from scim_assistant.ui import theme
from scim_assistant.ui.theme import Tone

OUTCOMES: dict[Outcome, tuple[str, Tone]] = {
    Outcome.WAITING: ("waiting", Tone.QUIET),
    Outcome.RUNNING: ("running", Tone.ACCENT),
    Outcome.PASS: ("pass", Tone.GOOD),
    Outcome.WARN: ("warn", Tone.CAUTION),
    Outcome.FAIL: ("fail", Tone.BAD),
    Outcome.SKIPPED: ("skipped", Tone.QUIET),
}
"""Shape and colour of each outcome. Shapes differ so that colour is never the only sign."""


class Glyph(QWidget):
    """An icon that is not a button. Says nothing to a screen reader: the word beside it does."""

    def __init__(
        self, name: str = "info", tone: Tone = Tone.PLAIN, size: int = 20, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._name = name
        self._tone = tone
        self._size = size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set(self, name: str, tone: Tone) -> None:
        """Show another drawing."""
        self._name = name
        self._tone = tone
        self.update()

    def set_outcome(self, outcome: Outcome) -> None:
        """Show the shape of an outcome."""
        self.set(*OUTCOMES[outcome])

    @property
    def name(self) -> str:
        """Which drawing it shows."""
        return self._name

    def sizeHint(self) -> QSize:
        return QSize(self._size, self._size)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        palette = self.palette()
        painter = QPainter(self)
        drawn = theme.pixmap(
            self._name,
            theme.colour(palette, self._tone),
            palette.color(QPalette.ColorRole.Base),
            self._size,
            theme.ratio_of(self),
        )
        painter.drawPixmap(QPoint((self.width() - self._size) // 2, (self.height() - self._size) // 2), drawn)
        painter.end()
