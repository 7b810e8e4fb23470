"""A list of checks: shape, title, one sentence, time; evidence behind a chevron; at most one fix a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from scim_assistant.check import Check, Outcome
from scim_assistant.sentence import Sentence, say
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.card import Card, Hairline
from scim_assistant.ui.widgets.disclosure import CodeBlock, DisclosureButton
from scim_assistant.ui.widgets.glyph import OUTCOMES, Glyph
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import DETAILS, OUTCOME_WORDS, show, visible


class CheckRow(QWidget):
    """One check.

    Signals:
        fix_pressed: The link of its fix (a web address, or ``step:NAME``).
    """

    fix_pressed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.check: Check | None = None
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.MEDIUM, Space.SMALL + 2, Space.MEDIUM, Space.SMALL + 2)
        row.setSpacing(Space.MEDIUM)
        self._glyph = Glyph("waiting", Tone.QUIET)
        row.addWidget(self._glyph, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(2)
        self.title = Text(role=Role.STRONG)
        self.sentence = Text(tone=Tone.QUIET)
        words.addWidget(self.title)
        words.addWidget(self.sentence)
        self._evidence_place = QVBoxLayout()
        words.addLayout(self._evidence_place)
        self._evidence: CodeBlock | None = None
        row.addLayout(words, 1)
        side = QVBoxLayout()
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(Space.TIGHT)
        top = QHBoxLayout()
        top.setSpacing(Space.SMALL)
        self.took = Text(role=Role.HINT, tone=Tone.QUIET, firm=True)
        self.took.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        top.addStretch(1)
        top.addWidget(self.took)
        self.more = DisclosureButton(DETAILS)
        self.more.toggled.connect(self._on_more)
        top.addWidget(self.more)
        side.addLayout(top)
        self.fix = QPushButton()
        self.fix.setAutoDefault(False)
        self.fix.clicked.connect(self._on_fix)
        side.addWidget(self.fix, 0, Qt.AlignmentFlag.AlignRight)
        side.addStretch(1)
        row.addLayout(side)

    def show_check(self, check: Check) -> None:
        """Show how it stands. A row that says the same again is left as it is, with what was opened."""
        if check == self.check:
            return
        self.check = check
        self._glyph.set_outcome(check.outcome)
        self.title.set_text(check.title)
        word = OUTCOME_WORDS[check.outcome]
        tone = OUTCOMES[check.outcome][1] if check.outcome in (Outcome.FAIL, Outcome.WARN) else Tone.QUIET
        self.sentence.set_text(check.sentence or word, tone)
        duration = "" if check.seconds is None else show(took(check.seconds))
        self.took.set_text(duration)
        self.took.setVisible(bool(duration))
        facts = list(check.evidence)
        if check.details is not None:
            facts += [line for line in check.details.lines() if line[0] != "Time (UTC)" or len(facts) > 0]
        self.more.setVisible(bool(facts))
        name = show(check.title)
        self.more.setAccessibleName(show(say("Details of {title}", title=name)))
        if self._evidence is not None:
            self._evidence_place.removeWidget(self._evidence)
            self._evidence.setParent(None)
            self._evidence.deleteLater()
            self._evidence = None
        if facts:
            text = "\n".join(f"{show(label)}: {visible(value)}" for label, value in facts)
            self._evidence = CodeBlock(text, show(say("Details of {title}", title=name)))
            self._evidence_place.addWidget(self._evidence)
            self._evidence.setVisible(self.more.isChecked())
        self.fix.setVisible(check.fix is not None)
        if check.fix is not None:
            self.fix.setText(show(check.fix.label))
            self.fix.setAccessibleName(
                show(say("{action}, for {title}", action=show(check.fix.label), title=name))
            )
        self.setAccessibleName(f"{name}: {show(word)}. {show(check.sentence)}".strip())

    def _on_more(self, opened: bool) -> None:
        if self._evidence is not None:
            self._evidence.setVisible(opened)

    def _on_fix(self) -> None:
        if self.check is not None and self.check.fix is not None:
            self.fix_pressed.emit(self.check.fix.link)


def took(seconds: float) -> Sentence:
    """How long something took: milliseconds, and seconds from one on."""
    if seconds < 0.9995:
        return say("{n} ms", n=f"{seconds * 1000:.0f}")
    return say("{n} s", n=f"{seconds:.1f}")


class CheckList(Card):
    """Rows of checks, kept in place by key while their outcomes arrive.

    Attributes:
        row_class: What a row is made of: it has ``show_check`` and ``fix_pressed``.

    Signals:
        fix_pressed: The link of a fix.
    """

    fix_pressed = Signal(str)

    row_class: ClassVar[type[Any]] = CheckRow

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(show(name))
        self._rows: dict[str, Any] = {}
        self._lines: list[Hairline] = []

    def set_checks(self, checks: Sequence[Check]) -> None:
        """Show these checks, in this order."""
        keys = [check.key for check in checks]
        if list(self._rows) != keys:
            self._rebuild(keys)
        for check in checks:
            self._rows[check.key].show_check(check)
        self.setVisible(bool(checks))

    def row(self, key: str) -> Any:
        """One row, for tests and focus."""
        return self._rows[key]

    def _rebuild(self, keys: list[str]) -> None:
        for widget in (*self._rows.values(), *self._lines):
            self.rows.removeWidget(widget)
        for line in self._lines:
            line.setParent(None)
            line.deleteLater()
        self._lines = []
        for key in set(self._rows) - set(keys):
            gone = self._rows.pop(key)
            gone.setParent(None)
            gone.deleteLater()
        ordered: dict[str, Any] = {}
        for index, key in enumerate(keys):
            row = self._rows.get(key)
            if row is None:
                row = self.row_class(self)
                row.fix_pressed.connect(self.fix_pressed)
            if index:
                line = Hairline(self)
                self._lines.append(line)
                self.rows.addWidget(line)
            self.rows.addWidget(row)
            row.show()
            ordered[key] = row
        self._rows = ordered
