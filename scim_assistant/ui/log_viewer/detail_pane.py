"""Everything about one event, beside the table: what happened, why, what to do, how it went, what changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from scim_assistant.logs.detail import Change, EventDetail, Explained
from scim_assistant.logs.text import visible, visible_lines
from scim_assistant.sentence import Sentence, say
from scim_assistant.ui import theme
from scim_assistant.ui.log_viewer.columns import OTHER_LOOKS, STATUS_LOOKS
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.card import Card
from scim_assistant.ui.widgets.check_list import CheckList
from scim_assistant.ui.widgets.copy_button import CopyButton
from scim_assistant.ui.widgets.disclosure import CodeBlock, Disclosure
from scim_assistant.ui.widgets.relative_time import RelativeTime
from scim_assistant.ui.widgets.scrolled import Scrolled
from scim_assistant.ui.widgets.status_pill import StatusPill
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import both_times, show

WIDEST = 720


class Section(QWidget):
    """A heading and what stands under it."""

    def __init__(self, title: Sentence, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(Space.SMALL)
        self.heading = Text(title, role=Role.HEADING)
        self.column.addWidget(self.heading)


class DetailPane(QWidget):
    """Shows one event; hidden while none is chosen.

    Signals:
        closed: The person wants to go back to the table.
    """

    closed = Signal()

    def __init__(self, now: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(show(say("Details of the event")))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.scroller = Scrolled()
        self.scroller.setAccessibleName(show(say("Details of the event")))
        self.scroller.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        outer.addWidget(self.scroller)
        body = QWidget()
        self.scroller.setWidget(body)
        column = QVBoxLayout(body)
        column.setContentsMargins(Space.LARGE, 0, Space.MEDIUM, Space.LARGE)
        column.setSpacing(Space.LARGE)
        head = QVBoxLayout()
        head.setSpacing(Space.SMALL)
        top = QHBoxLayout()
        top.setSpacing(Space.SMALL)
        self.pill = StatusPill()
        self.when = RelativeTime(tone=Tone.QUIET, now=now)
        top.addWidget(self.pill)
        top.addWidget(self.when, 1)
        self.close_button = QToolButton()
        self.close_button.setAutoRaise(True)
        self.close_button.setAccessibleName(show(say("Close details")))
        self.close_button.setToolTip(show(say("Close details (Esc)")))
        self.close_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme.give_icon(self.close_button, "remove")
        self.close_button.clicked.connect(self.closed)
        top.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(top)
        self.headline = Text(role=Role.HEADING, widest=WIDEST)
        self.who = Text(role=Role.HINT, tone=Tone.QUIET, widest=WIDEST)
        self.absolute = Text(role=Role.HINT, tone=Tone.QUIET, widest=WIDEST)
        for part in (self.headline, self.who, self.absolute):
            head.addWidget(part)
        column.addLayout(head)
        self.explanation = Card(padding=Space.MEDIUM)
        self.explanation.rows.setSpacing(Space.SMALL)
        self.title = Text(role=Role.STRONG, widest=WIDEST)
        self.meaning = Text(widest=WIDEST)
        self.also = Text(widest=WIDEST)
        self.causes_label = Text(say("Likely causes"), role=Role.HINT, tone=Tone.QUIET)
        self.causes = Text(widest=WIDEST)
        self.fixes_label = Text(say("What to do"), role=Role.HINT, tone=Tone.QUIET)
        self.fixes = Text(widest=WIDEST)
        for part in (
            self.title,
            self.meaning,
            self.also,
            self.causes_label,
            self.causes,
            self.fixes_label,
            self.fixes,
        ):
            self.explanation.rows.addWidget(part)
        column.addWidget(self.explanation)
        self.said = Disclosure(say("What the service said"))
        column.addWidget(self.said)
        self.steps_section = Section(say("Steps"))
        self.steps = CheckList(say("Steps"))
        self.steps_section.column.addWidget(self.steps)
        column.addWidget(self.steps_section)
        self.changes_section = Section(say("Changed values"))
        self.changes = Card(padding=Space.MEDIUM)
        self.changes_section.column.addWidget(self.changes)
        column.addWidget(self.changes_section)
        self.ids_section = Section(say("Ids"))
        self.ids = Card(padding=Space.SMALL)
        self.ids_section.column.addWidget(self.ids)
        column.addWidget(self.ids_section)
        self.original = Disclosure(say("Event as it came (JSON)"))
        column.addWidget(self.original)
        column.addStretch(1)
        self._detail: EventDetail | None = None
        self._grids: dict[Card, QWidget] = {}
        self.hide()

    @property
    def detail(self) -> EventDetail | None:
        """What it shows."""
        return self._detail

    def show_detail(self, detail: EventDetail | None) -> None:
        """Show an event from the top; None shows nothing and gives the room to the table."""
        self._detail = detail
        self.setVisible(detail is not None)
        if detail is None:
            return
        row = detail.row
        self.pill.set_state(row.status_word, *STATUS_LOOKS.get(row.status, OTHER_LOOKS))
        self.when.set_time(row.at)
        self.headline.set_text(visible_lines(show(row.message)))
        who = " · ".join(
            part for part in (row.kind, visible(row.user_name or row.person), show(row.action)) if part
        )
        self.who.set_text(who)
        self.absolute.set_text(
            both_times(row.at) if row.at is not None else say("The event does not say when.")
        )
        self._show_explanation(detail.explanation)
        self.said.setVisible(bool(detail.said))
        if detail.said:
            self.said.set_content(CodeBlock(visible_lines(detail.said), show(say("What the service said"))))
        self.steps.set_checks(())
        self.steps.set_checks(detail.steps)
        self.steps_section.setVisible(bool(detail.steps))
        self._show_changes(detail.changes)
        self._show_ids(detail.ids)
        self.original.set_content(
            CodeBlock(visible_lines(detail.original), show(say("Event as it came (JSON)")), most_lines=24)
        )
        self.scroller.verticalScrollBar().setValue(0)

    def _show_explanation(self, explanation: Explained | None) -> None:
        self.explanation.setVisible(explanation is not None)
        if explanation is None:
            return
        self.title.set_text(explanation.title)
        self.meaning.set_text(explanation.meaning)
        also = explanation.also
        self.also.setVisible(also is not None)
        if also is not None:
            self.also.set_text(
                say("The app's answer says more: {title}. {meaning}", title=also.title, meaning=also.meaning)
            )
            # What is known about the answer comes first: the code itself covers too much.
            explanation = also
        causes = "\n".join(f"• {show(cause)}" for cause in explanation.causes)
        fixes = "\n".join(f"{number}. {show(fix)}" for number, fix in enumerate(explanation.fixes, 1))
        self.causes.set_text(causes)
        self.fixes.set_text(fixes)
        for label, text in ((self.causes_label, self.causes), (self.fixes_label, self.fixes)):
            label.setVisible(bool(text.text()))
            text.setVisible(bool(text.text()))

    def _grid(self, card: Card) -> QGridLayout:
        """A fresh grid in a card, in place of the one before."""
        before = self._grids.pop(card, None)
        if before is not None:
            card.rows.removeWidget(before)
            before.setParent(None)
            before.deleteLater()
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(Space.MEDIUM)
        grid.setVerticalSpacing(Space.TIGHT)
        card.rows.addWidget(holder)
        self._grids[card] = holder
        return grid

    def _show_changes(self, changes: Sequence[Change]) -> None:
        self.changes_section.setVisible(bool(changes))
        grid = self._grid(self.changes)
        grid.setColumnStretch(1, 1)
        for number, change in enumerate(changes):
            none = show(say("(nothing)"))
            words = say("{old} → {new}", old=change.old or none, new=change.new or none)
            name = Text(change.name, role=Role.HINT, tone=Tone.QUIET, widest=200)
            value = Text(words if change.old else change.new or none, widest=WIDEST)
            value.setAccessibleName(
                show(
                    say(
                        "{name}: was {old}, is {new}",
                        name=change.name,
                        old=change.old or none,
                        new=change.new or none,
                    )
                )
            )
            grid.addWidget(name, number, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(value, number, 1, Qt.AlignmentFlag.AlignTop)

    def _show_ids(self, ids: Sequence[tuple[Sentence, str]]) -> None:
        self.ids_section.setVisible(bool(ids))
        grid = self._grid(self.ids)
        grid.setColumnStretch(1, 1)
        grid.setVerticalSpacing(0)
        for number, (label, text) in enumerate(ids):
            grid.addWidget(Text(label, role=Role.HINT, tone=Tone.QUIET, widest=160), number, 0)
            grid.addWidget(Text(visible(text), widest=WIDEST), number, 1)
            grid.addWidget(CopyButton(partial(str, text), show(label)), number, 2)

    def first_focus(self) -> QWidget:
        """Where the keyboard goes when the details are opened."""
        return self.scroller

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
            event.accept()
            return
        super().keyPressEvent(event)
