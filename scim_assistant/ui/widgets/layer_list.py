"""A dense list of checks for a column: one line each while all is well, opened where something is the matter."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QMenu, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from scim_assistant.check import Check, Outcome
from scim_assistant.scim.verdict import SidedCheck
from scim_assistant.sentence import say
from scim_assistant.ui.result_text import check_as_text
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.check_list import CheckList, took
from scim_assistant.ui.widgets.disclosure import DisclosureButton
from scim_assistant.ui.widgets.glyph import OUTCOMES, Glyph
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import OUTCOME_WORDS, show, visible

WIDE = 520
"""From this width on the sentence of a row that is closed stands beside its title."""
MOST_SHOWN = 600
"""Characters of one value that are shown; a copy has all of it."""

LABEL_WIDTH = 140
"""Pixels for the label of a value; a longer one wraps."""
LEAST_S = 0.0005
"""Less than this took no time worth a figure, such as looking at an address."""

_LOUD = (Outcome.FAIL, Outcome.WARN)


class Evidence(QWidget):
    """What was seen: labels and values below each other, as narrow as its column."""

    def __init__(self, facts: tuple[tuple[str, str], ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, Space.TIGHT, 0, 0)
        grid.setHorizontalSpacing(Space.MEDIUM)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        for number, (label, value) in enumerate(facts):
            name = Text(label, role=Role.HINT, tone=Tone.QUIET, widest=LABEL_WIDTH)
            said = Text(visible(show(value), MOST_SHOWN), role=Role.HINT)
            said.setAccessibleName(f"{show(label)}: {said.text()}")
            grid.addWidget(name, number, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(said, number, 1, Qt.AlignmentFlag.AlignTop)


class LayerRow(QWidget):
    """One layer: a line that a click, Enter or Space opens.

    Signals:
        fix_pressed: The link of its fix.
    """

    fix_pressed = Signal(str)

    spells_out: ClassVar[bool] = False
    """Say under the title why a row was skipped; else that is one press away where it does not fit beside it."""

    opens_itself: ClassVar[bool] = True
    """Show what was seen as soon as the check has failed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.check: Check | None = None
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.SMALL + 2, 3, Space.SMALL, 3)
        column.setSpacing(2)
        head = QHBoxLayout()
        head.setSpacing(Space.SMALL)
        self._glyph = Glyph("waiting", Tone.QUIET, 16)
        head.addWidget(self._glyph)
        self.title = Text()
        head.addWidget(self.title)
        self.beside = Text(role=Role.HINT, tone=Tone.QUIET, at_most_lines=1, widest=2000)
        self.beside.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.beside, 1)
        self._room = QWidget()
        head.addWidget(self._room, 1)
        self.took = Text(role=Role.HINT, tone=Tone.QUIET, firm=True)
        head.addWidget(self.took)
        self.more = DisclosureButton("")
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        keep = self.more.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self.more.setSizePolicy(keep)
        self.more.toggled.connect(self._on_more)
        head.addWidget(self.more)
        column.addLayout(head)
        self._head_height = head
        self._below = QVBoxLayout()
        self._below.setContentsMargins(16 + Space.SMALL, 0, Space.SMALL, 0)
        self._below.setSpacing(2)
        self.sentence = Text(tone=Tone.QUIET)
        self.next_step = Text()
        self._evidence: Evidence | None = None
        self.fix = QPushButton()
        self.fix.setAutoDefault(False)
        self.fix.clicked.connect(self._on_fix)
        for widget in (self.sentence, self.next_step):
            self._below.addWidget(widget)
        self._evidence_place = QVBoxLayout()
        self._below.addLayout(self._evidence_place)
        self._below.addWidget(self.fix, 0, Qt.AlignmentFlag.AlignLeft)
        self._keeper = QWidget()
        self._keeper.setFixedHeight(3)
        self._below.addWidget(self._keeper)
        column.addLayout(self._below)
        self._facts: tuple[tuple[str, str], ...] = ()
        self._show_parts()

    def show_check(self, check: Check) -> None:
        """Show how it stands. A row that says the same again is left as it is, with what was opened."""
        if check == self.check:
            return
        failed_before = self.check is not None and self.check.outcome is Outcome.FAIL
        self.check = check
        self._glyph.set_outcome(check.outcome)
        idle = check.outcome in (Outcome.WAITING, Outcome.SKIPPED)
        self.title.set_text(check.title, Tone.QUIET if idle else Tone.PLAIN)
        word = OUTCOME_WORDS[check.outcome]
        tone = OUTCOMES[check.outcome][1] if check.outcome in _LOUD else Tone.QUIET
        self.sentence.set_text(check.sentence, tone)
        self.beside.set_text(check.sentence)
        self.next_step.set_text(check.next_step if isinstance(check, SidedCheck) else "")
        self.took.set_text(
            took(check.seconds) if check.seconds and check.seconds >= LEAST_S and not idle else ""
        )
        facts = list(check.evidence)
        if check.details is not None:
            facts += [line for line in check.details.lines() if line[0] != "Time (UTC)" or facts]
        self._facts = tuple(facts)
        if self._evidence is not None:
            self._evidence_place.removeWidget(self._evidence)
            self._evidence.setParent(None)
            self._evidence.deleteLater()
            self._evidence = None
        name = show(check.title)
        self.fix.setText(show(check.fix.label) if check.fix is not None else "")
        self.fix.setAccessibleName(
            show(say("{action}, for {title}", action=self.fix.text(), title=name)) if check.fix else ""
        )
        said = f"{name}: {show(word)}. {show(check.sentence)}".strip()
        self.setAccessibleName(said)
        self.more.setAccessibleName(show(say("Details of {title}", title=name)))
        self.more.setAccessibleDescription(said)
        if check.outcome is Outcome.FAIL and not failed_before and self.opens_itself:
            self.more.setChecked(True)
        elif check.outcome is Outcome.RUNNING:
            self.more.setChecked(False)  # the last test's answer was opened; this one's is not there yet
        self._show_parts()

    @property
    def opened(self) -> bool:
        """True while what was seen shows."""
        return self.more.isChecked() and self._can_open

    @property
    def _can_open(self) -> bool:
        if self._facts or self.check is None:
            return bool(self._facts)
        if self.check.outcome is Outcome.SKIPPED and self.spells_out:
            return False
        if self.check.outcome is Outcome.SKIPPED:
            return not self._fits_beside
        return self.check.outcome not in _LOUD and bool(self.check.sentence)

    @property
    def _fits_beside(self) -> bool:
        """True when the whole sentence has room beside the title."""
        taken = (
            16 + self.title.sizeHint().width() + self.took.sizeHint().width() + self.more.sizeHint().width()
        )
        room = self.width() - taken - 6 * Space.SMALL
        return self.beside.sizeHint().width() <= room

    def _show_parts(self) -> None:
        check = self.check
        loud = check is not None and (
            check.outcome in _LOUD or (self.spells_out and check.outcome is Outcome.SKIPPED)
        )
        opened = self.opened
        if opened and self._evidence is None and self._facts:
            self._evidence = Evidence(self._facts)
            self._evidence_place.addWidget(self._evidence)
        if self._evidence is not None:
            self._evidence.setVisible(opened)
        self.more.setVisible(self._can_open)
        self.sentence.setVisible(bool(self.sentence.text()) and (loud or opened))
        self.next_step.setVisible(bool(self.next_step.text()) and (loud or opened))
        self.fix.setVisible(check is not None and check.fix is not None)
        self._keeper.setVisible(loud or opened or self.fix.isVisibleTo(self))
        skipped = check is not None and check.outcome is Outcome.SKIPPED
        beside = (
            (self.width() >= WIDE or (skipped and self._fits_beside))
            and bool(self.beside.text())
            and not loud
            and not opened
        )
        self.beside.setVisible(beside)
        self._room.setVisible(not beside)
        self.updateGeometry()

    def _on_more(self, opened: bool) -> None:
        self._show_parts()

    def _on_fix(self) -> None:
        if self.check is not None and self.check.fix is not None:
            self.fix_pressed.emit(self.check.fix.link)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        on_line = event.position().y() <= self.more.geometry().bottom() + 3
        if event.button() == Qt.MouseButton.LeftButton and on_line and self._can_open:
            self.more.toggle()
            event.accept()
            return
        super().mouseReleaseEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self.check is None:
            return
        check = self.check
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        copy = menu.addAction(show(say("Copy this row")))
        copy.triggered.connect(lambda: QGuiApplication.clipboard().setText(check_as_text(check)))
        menu.popup(event.globalPos())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._show_parts()


class LayerList(CheckList):
    """Layers below each other, kept in place by key while their outcomes arrive."""

    row_class = LayerRow


class SpelledRow(LayerRow):
    """A row that says why it was skipped, and leaves it to its page whether it opens."""

    spells_out = True
    opens_itself = False


class ShortLayerList(LayerList):
    """A list of so few rows that each may say why it was skipped."""

    row_class = SpelledRow
