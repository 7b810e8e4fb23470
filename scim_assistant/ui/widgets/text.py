"""Plain text that wraps anywhere if it must, so that no long name or address is ever cut off."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from scim_assistant.ui import theme
from scim_assistant.ui.theme import Tone
from scim_assistant.ui.wording import show


class Role(Enum):
    """What a text is on its page: size and weight relative to the platform's font."""

    TITLE = (1.55, True)
    VERDICT = (1.3, True)
    HEADING = (1.12, True)
    STRONG = (1.0, True)
    BODY = (1.0, False)
    HINT = (0.94, False)


class Text(QLabel):
    """A label for text of any length, from anywhere. Never interprets markup.

    Args:
        text: Sentence or data.
        role: Size and weight.
        tone: Colour by meaning.
        at_most_lines: Cut with an ellipsis after so many lines; the whole text is then in the tool tip.
        widest: Pixels after which it wraps even if there is room; body text stays readable so.
        firm: Never narrower than its text; for single words that others make room for.
    """

    def __init__(
        self,
        text: str = "",
        *,
        role: Role = Role.BODY,
        tone: Tone = Tone.PLAIN,
        at_most_lines: int | None = None,
        widest: int = theme.TEXT_WIDTH,
        firm: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._role = role
        self._tone = tone
        self._at_most_lines = at_most_lines
        self._widest = widest
        self._firm = firm
        self._heights: dict[int, float] = {}
        self.setTextFormat(Qt.TextFormat.PlainText)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._set_font()
        self.set_text(text)

    def set_text(self, text: str, tone: Tone | None = None) -> None:
        """Change what it says, and its colour if given."""
        if tone is not None:
            self._tone = tone
        self._heights = {}
        shown = show(text)
        super().setText(shown)
        self.setAccessibleName(shown)
        if self._at_most_lines is not None:
            self.setToolTip(shown)
        self.updateGeometry()
        self.update()

    @property
    def tone(self) -> Tone:
        """Its colour by meaning."""
        return self._tone

    def _set_font(self) -> None:
        factor, strong = self._role.value
        parent = self.parentWidget()
        base = parent.font() if parent is not None else QFont()
        self.setFont(theme.scaled(base, factor, strong=strong))

    def _layout(self, width: float) -> tuple[QTextLayout, float]:
        layout = QTextLayout(self.text().replace("\n", "\u2028"), self.font())
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        option.setAlignment(self.alignment() & Qt.AlignmentFlag.AlignHorizontal_Mask)
        layout.setTextOption(option)
        metrics = QFontMetricsF(self.font())
        layout.beginLayout()
        height = 0.0
        lines = 0
        while True:
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(max(1.0, width))
            if self._at_most_lines is not None and lines >= self._at_most_lines:
                break
            line.setPosition(QPointF(0, height))
            height += max(metrics.lineSpacing(), line.height())
            lines += 1
        layout.endLayout()
        return layout, max(height, metrics.lineSpacing())

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(self.font())
        natural = max((metrics.horizontalAdvance(part) for part in self.text().split("\n")), default=0.0)
        width = int(min(natural + 2, self._widest))
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        metrics = QFontMetricsF(self.font())
        natural = max((metrics.horizontalAdvance(part) for part in self.text().split("\n")), default=0.0)
        if self._firm:
            return self.sizeHint()
        return QSize(int(min(natural + 2, 64)), int(metrics.lineSpacing() + 0.999))

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        width = min(width, self._widest)
        if width not in self._heights:
            self._heights[width] = self._layout(width)[1]
        return int(self._heights[width] + 0.999)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        group = self.palette().ColorGroup.Active if self.isEnabled() else self.palette().ColorGroup.Disabled
        if self.isEnabled():
            painter.setPen(theme.colour(self.palette(), self._tone))
        else:
            painter.setPen(self.palette().color(group, self.palette().ColorRole.WindowText))
        width = min(self.width(), self._widest)
        layout, height = self._layout(width)
        top = 0.0
        if self.alignment() & Qt.AlignmentFlag.AlignVCenter:
            top = max(0.0, (self.height() - height) / 2)
        shown = layout.lineCount()
        if self._at_most_lines is not None:
            shown = min(shown, self._at_most_lines)
        for index in range(shown):
            line = layout.lineAt(index)
            last = index == shown - 1
            if last and layout.lineCount() > shown:
                start = line.textStart()
                rest = layout.text()[start:]
                text = QFontMetricsF(self.font()).elidedText(rest, Qt.TextElideMode.ElideRight, width)
                painter.setFont(self.font())
                box = QRect(0, int(top + line.y()), int(width), int(line.height() + 1))
                painter.drawText(box, Qt.TextFlag.TextSingleLine, text)
            else:
                line.draw(painter, QPointF(0, top))
        painter.end()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._heights = {}
        super().changeEvent(event)
