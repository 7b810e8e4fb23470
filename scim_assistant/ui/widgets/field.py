"""A label, an input, and one line below that is a hint or the problem; its place is kept so that nothing jumps."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from scim_assistant.sentence import Sentence
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.glyph import Glyph
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import show

NO_LIMIT = 16_777_215
"""Qt's own word for a width without a limit."""


class Field(QWidget):
    """One question of a page.

    Args:
        label: What is asked for.
        editor: The input; its accessible name becomes the label.
        hint: What helps to answer; a problem takes its place.
        beside: A button or the like at the right of the input.
        keep_place: Keep the line below while it is empty; not needed for lists, which move nothing when it comes.
    """

    def __init__(
        self,
        label: str,
        editor: QWidget,
        hint: str = "",
        *,
        beside: QWidget | None = None,
        keep_place: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.editor = editor
        self._hint = hint
        self._keep_place = keep_place
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.TIGHT)
        self.label = QLabel(show(label))
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        focus = editor.focusProxy() or editor
        self.label.setBuddy(focus)
        focus.setAccessibleName(show(label))
        column.addWidget(self.label)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.SMALL)
        narrow = editor.maximumWidth() < NO_LIMIT
        row.addWidget(editor, 0 if narrow else 1)
        if narrow:
            row.addStretch(1)
        if beside is not None:
            row.addWidget(beside)
        column.addLayout(row)
        below = QHBoxLayout()
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(Space.TIGHT)
        self._glyph = Glyph("fail", Tone.BAD, 16)
        below.addWidget(self._glyph, 0, Qt.AlignmentFlag.AlignTop)
        self.below = Text(role=Role.HINT, tone=Tone.QUIET)
        self.below.setMinimumHeight(self._glyph.sizeHint().height())
        below.addWidget(self.below, 1)
        column.addLayout(below)
        self.set_problem(None)

    def set_hint(self, hint: str) -> None:
        """Change the hint; a problem that shows stays."""
        self._hint = hint
        if self._glyph.isHidden():
            self.set_problem(None)

    def set_problem(self, sentence: Sentence | None, *, blocks: bool = True, warns: bool = False) -> None:
        """Show a problem in place of the hint; None shows the hint again.

        Args:
            sentence: What is the matter.
            blocks: It stops the person; else it is advice.
            warns: Of advice: whoever does not follow it will fail.
        """
        if sentence:
            shape, tone = ("warn", Tone.CAUTION) if warns else ("info", Tone.ACCENT)
            self._glyph.set("fail" if blocks else shape, Tone.BAD if blocks else tone)
            self._glyph.show()
            self.below.set_text(sentence, Tone.BAD if blocks else Tone.PLAIN)
        else:
            self._glyph.hide()
            self.below.set_text(self._hint, Tone.QUIET)
        self.below.setVisible(self._keep_place or bool(self.below.text()))
        focus = self.editor.focusProxy() or self.editor
        focus.setAccessibleDescription(show(sentence or self._hint))

    @property
    def problem(self) -> str:
        """The sentence that shows below, when it is a problem or advice."""
        return "" if self._glyph.isHidden() else self.below.text()

    @property
    def shape(self) -> str:
        """The drawing beside what shows below: a problem, a warning, advice; empty for a hint."""
        return "" if self._glyph.isHidden() else self._glyph.name
