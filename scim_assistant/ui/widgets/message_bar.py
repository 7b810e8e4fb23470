"""What went wrong, why, and the next step; with details to copy and one or two actions."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from scim_assistant.errors import Details, KnownError, SignInNeeded
from scim_assistant.sentence import Sentence, say
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.card import Card
from scim_assistant.ui.widgets.disclosure import CodeBlock, Disclosure
from scim_assistant.ui.widgets.glyph import Glyph
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import DETAILS, show

SHAPES = {
    Tone.BAD: ("fail", say("Problem")),
    Tone.CAUTION: ("warn", say("Warning")),
    Tone.GOOD: ("pass", say("Done")),
    Tone.ACCENT: ("info", say("Note")),
}


class MessageBar(Card):
    """A bar with severity by shape and word, then colour.

    Signals:
        pressed: An action was chosen; carries its key.
    """

    pressed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, tone=Tone.ACCENT)
        row = QHBoxLayout()
        row.setContentsMargins(Space.MEDIUM, Space.MEDIUM, Space.MEDIUM, Space.MEDIUM)
        row.setSpacing(Space.MEDIUM)
        self._glyph = Glyph("info", Tone.ACCENT)
        row.addWidget(self._glyph, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(Space.TIGHT)
        self.what = Text(role=Role.STRONG, widest=760)
        self.why = Text(widest=760)
        self.next_step = Text(widest=760)
        for text in (self.what, self.why, self.next_step):
            words.addWidget(text)
        self._details = Disclosure(DETAILS)
        words.addWidget(self._details)
        row.addLayout(words, 1)
        self._buttons = QVBoxLayout()
        self._buttons.setSpacing(Space.SMALL)
        row.addLayout(self._buttons)
        row.setAlignment(self._buttons, Qt.AlignmentFlag.AlignTop)
        self.rows.addLayout(row)
        self._made: list[QPushButton] = []

    def show_message(
        self,
        tone: Tone,
        what: str,
        why: str = "",
        next_step: str = "",
        *,
        details: Details | None = None,
        actions: tuple[tuple[str, Sentence], ...] = (),
    ) -> None:
        """Show a message.

        Args:
            tone: How serious it is.
            what: What happened; with the severity's word for a screen reader.
            why: The cause.
            next_step: What to do.
            details: For the report.
            actions: Key and label of at most two buttons.
        """
        shape, word = SHAPES[tone]
        self.set_tone(tone)
        self._glyph.set(shape, tone)
        for text, content in ((self.what, what), (self.why, why), (self.next_step, next_step)):
            text.set_text(content)
            text.setVisible(bool(content))
        self.setAccessibleName(
            " ".join(show(part) for part in (say("{word}:", word=show(word)), what, why, next_step) if part)
        )
        lines = details.lines() if details is not None else ()
        # The time alone is no detail worth opening.
        worth = any(label not in ("Time (UTC)",) for label, _ in lines)
        self._details.setVisible(worth)
        self._details.open(False)
        if worth and details is not None:
            self._details.set_content(CodeBlock(details.as_text(), show(DETAILS)))
        for button in self._made:
            self._buttons.removeWidget(button)
            button.setParent(None)
            button.deleteLater()
        self._made = []
        for key, label in actions:
            button = QPushButton(show(label), self)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, key=key: self.pressed.emit(key))
            self._buttons.addWidget(button)
            self._made.append(button)
        self.setVisible(True)

    def show_error(self, error: KnownError, *actions: tuple[str, Sentence]) -> None:
        """Show a known error."""
        # That somebody has to sign in is nothing that went wrong.
        tone = Tone.CAUTION if isinstance(error, SignInNeeded) else Tone.BAD
        self.show_message(
            tone, error.what, error.why, error.next_step, details=error.details, actions=actions
        )

    def button(self, index: int = 0) -> QPushButton | None:
        """One of its actions, for focus and tests."""
        return self._made[index] if index < len(self._made) else None
