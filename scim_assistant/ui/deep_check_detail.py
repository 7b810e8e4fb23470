"""One deep check in full: how it came out, what that means for a real sync, and every request with its answer."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from scim_assistant.check import Outcome
from scim_assistant.scim.deep.found import DeepCheck, DeepOutcome, Dialect
from scim_assistant.sentence import Sentence, say
from scim_assistant.ui import theme
from scim_assistant.ui.deep_check_table import DIALECTS, SEVERITIES
from scim_assistant.ui.result_text import deep_check_as_text
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.check_list import took
from scim_assistant.ui.widgets.copy_button import CopyButton
from scim_assistant.ui.widgets.disclosure import CodeBlock
from scim_assistant.ui.widgets.glyph import OUTCOMES, Glyph
from scim_assistant.ui.widgets.layer_list import Evidence
from scim_assistant.ui.widgets.scrolled import Scrolled
from scim_assistant.ui.widgets.section import Section
from scim_assistant.ui.widgets.status_pill import StatusPill
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import OUTCOME_WORDS, show, visible

WIDEST = 720
_LOUD = (Outcome.FAIL, Outcome.WARN)


class Overview(QWidget):
    """What a run comes to: which Tenant URL to use, and what goes wrong in daily use."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, Space.MEDIUM, Space.SMALL)
        self._column.setSpacing(Space.BLOCK)
        self.waiting = Text(
            say("Choose a check to see what it is for, and what was sent and answered."),
            tone=Tone.QUIET,
            widest=WIDEST,
        )
        self.flag_section = Section(say("Which Tenant URL to use"))
        self.flag = Text(widest=WIDEST)
        self.flag_section.add(_beside_glyph("flag", Tone.ACCENT, self.flag))
        self._column.addWidget(self.flag_section)
        self.breaks_section = Section(say("What goes wrong in daily use"))
        self._column.addWidget(self.breaks_section)
        self._column.addWidget(self.waiting)
        self._column.addStretch(1)
        self.breaks: list[Text] = []

    def show_outcome(self, outcome: DeepOutcome | None) -> None:
        """Show it; None says what could be here."""
        self.flag_section.setVisible(outcome is not None and bool(outcome.flag_sentence))
        self.flag.set_text(outcome.flag_sentence if outcome is not None else "")
        for row in self._rows():
            self.breaks_section.column.removeWidget(row)
            row.setParent(None)
            row.deleteLater()
        self.breaks = []
        breaks = outcome.breaks if outcome is not None else ()
        self.breaks_section.setVisible(bool(breaks))
        for sentence in breaks:
            text = Text(sentence, widest=WIDEST)
            self.breaks.append(text)
            self.breaks_section.add(_beside_glyph("warn", Tone.CAUTION, text))

    def _rows(self) -> list[QWidget]:
        return [parent for text in self.breaks if (parent := text.parentWidget()) is not None]


def _beside_glyph(icon: str, tone: Tone, text: Text) -> QWidget:
    row = QWidget()
    row.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    across = QHBoxLayout(row)
    across.setContentsMargins(0, 0, 0, 0)
    across.setSpacing(Space.SMALL)
    across.addWidget(Glyph(icon, tone, 16), 0, Qt.AlignmentFlag.AlignTop)
    across.addWidget(text, 1)
    return row


class DeepDetail(QWidget):
    """Shows the check that is chosen in the table, or else what the run comes to.

    Signals:
        overview_wanted: The person wants to go back to what it comes to.
    """

    overview_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        name = show(say("Details of the check"))
        self.setAccessibleName(name)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.stack = QStackedWidget()
        outer.addWidget(self.stack)
        self.overview = Overview()
        around = Scrolled()
        around.setAccessibleName(show(say("Overview")))
        around.setWidget(self.overview)
        self.stack.addWidget(around)
        self.scroller = Scrolled()
        self.scroller.setAccessibleName(name)
        self.scroller.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # so that the keyboard can scroll it
        self.stack.addWidget(self.scroller)
        body = QWidget()
        self.scroller.setWidget(body)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, Space.MEDIUM, Space.SMALL)
        column.setSpacing(Space.SMALL)
        head = QHBoxLayout()
        head.setSpacing(Space.SMALL)
        self.title = Text(role=Role.HEADING, widest=WIDEST)
        head.addWidget(self.title, 1)
        self.back = QToolButton()
        self.back.setText(show(say("Overview")))
        self.back.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.back.setAutoRaise(True)
        self.back.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme.give_icon(self.back, "undo")
        self.back.clicked.connect(lambda _: self.overview_wanted.emit())
        head.addWidget(self.back, 0, Qt.AlignmentFlag.AlignTop)
        self.copy_button = CopyButton(self._as_text, show(say("this check")))
        head.addWidget(self.copy_button, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(head)
        line = QHBoxLayout()
        line.setSpacing(Space.SMALL)
        self.pill = StatusPill()
        self.beside = Text(role=Role.HINT, tone=Tone.QUIET)
        line.addWidget(self.pill)
        line.addWidget(self.beside, 1)
        column.addLayout(line)
        self.sentence = Text(widest=WIDEST)
        self.means = Text(widest=WIDEST)
        self.source = Text(role=Role.HINT, tone=Tone.QUIET, widest=WIDEST)
        for part in (self.sentence, self.means, self.source):
            column.addWidget(part)
        self._said = QVBoxLayout()
        self._said.setSpacing(Space.SMALL)
        column.addLayout(self._said)
        column.addStretch(1)
        self._check: DeepCheck | None = None
        self.blocks: list[CodeBlock] = []
        self.show_overview(None)

    @property
    def check(self) -> DeepCheck | None:
        """What it shows."""
        return self._check

    def show_overview(self, outcome: DeepOutcome | None) -> None:
        """Show what the run comes to; None says what could be here."""
        self._check = None
        self.overview.show_outcome(outcome)
        self.overview.waiting.setVisible(True)
        self.stack.setCurrentIndex(0)

    def show_check(self, check: DeepCheck, *, may_go_back: bool = False) -> None:
        """Show a check from its top. The same again changes nothing."""
        self.back.setVisible(may_go_back)
        if check == self._check:
            return
        other = self._check is None or check.key != self._check.key
        self._check = check
        self.stack.setCurrentIndex(1)
        shape, tone = OUTCOMES[check.outcome]
        self.title.set_text(check.title)
        self.pill.set_state(OUTCOME_WORDS[check.outcome], shape, tone)
        self.beside.set_text(" · ".join(show(part) for part in _beside(check)))
        self.sentence.set_text(visible(show(check.sentence)))
        self.sentence.setVisible(bool(check.sentence))
        self.means.set_text(check.means)
        self.means.setVisible(bool(check.means))
        self.source.set_text(say("Source: {source}", source=check.source) if check.source else "")
        self.source.setVisible(bool(check.source))
        self._show_said(check)
        if other:
            self.scroller.verticalScrollBar().setValue(0)

    def _show_said(self, check: DeepCheck) -> None:
        while (item := self._said.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()
        self.blocks = []
        if check.evidence:
            self._said.addWidget(Evidence(check.evidence))
        many = len(check.spoken)
        for number, spoken in enumerate(check.spoken, 1):
            head = say("Request") if many == 1 else say("Request {n} of {many}", n=number, many=many)
            answer = say("Answer") if many == 1 else say("Answer {n} of {many}", n=number, many=many)
            timed = say("{what}, after {time}", what=show(answer), time=show(took(spoken.seconds)))
            for title, text in ((head, spoken.request), (timed if spoken.seconds else answer, spoken.answer)):
                block = CodeBlock(text, show(title), most_lines=16)
                self.blocks.append(block)
                head_row = QWidget()
                across = QHBoxLayout(head_row)
                across.setContentsMargins(0, 0, 0, 0)
                across.addWidget(Text(title, role=Role.STRONG), 1)
                across.addWidget(block.copy_button)  # above the text, which needs the whole width
                self._said.addWidget(head_row)
                self._said.addWidget(block)

    def _as_text(self) -> str:
        return deep_check_as_text(self._check, spoken=True) if self._check is not None else ""


def _beside(check: DeepCheck) -> list[Sentence]:
    parts = []
    if check.outcome in _LOUD:
        parts.append(SEVERITIES[check.severity])
    if check.dialect is not Dialect.BOTH:
        parts.append(say("wording: {name}", name=DIALECTS[check.dialect]))
    if check.seconds:
        parts.append(took(check.seconds))
    return parts
