"""Step 10 on the screen: what now happens by itself, and when. Its button opens the monitor."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from scim_assistant.plan.wanted import Mode
from scim_assistant.sentence import say
from scim_assistant.steps import done
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.profile import app_word
from scim_assistant.steps.step import StepKey
from scim_assistant.ui.pages.step_page import StepPage
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.card import Card, Hairline
from scim_assistant.ui.widgets.glyph import Glyph
from scim_assistant.ui.widgets.message_bar import MessageBar
from scim_assistant.ui.widgets.section import Section
from scim_assistant.ui.widgets.text import Text
from scim_assistant.ui.wording import visible


class DonePage(StepPage):
    """Says what happens from now on."""

    key = StepKey.DONE
    quiet = True
    help_lines = (
        say(
            "The monitor shows the job's state and every person as they arrive, with the reason when one does not."
        ),
        say("You can close this program: provisioning runs in Microsoft's cloud, not here."),
    )

    def build(self, column: QVBoxLayout) -> None:
        """Make the widgets of the body."""
        self.state = MessageBar()
        column.addWidget(self.state)
        self.card = Card()
        self.section = Section(say("From now on")).add(self.card)
        column.addWidget(self.section)
        self._shown: tuple[str, ...] = ()

    def show_found(self, answers: Answers, found: Found) -> None:
        """Show the summary."""
        app = visible(app_word(answers, found), 80)
        if answers.read_only:
            self.set_head(say("Watch"), say("Where to see how provisioning goes."))
            self.state.show_message(Tone.ACCENT, say("{app} can be watched.", app=app))
        elif answers.mode is Mode.MANUAL:
            self.state.show_message(Tone.GOOD, say("{app} is set up for provisioning on demand.", app=app))
        elif found.started:
            self.state.show_message(Tone.GOOD, say("{app} is set up, and provisioning runs.", app=app))
        else:
            self.state.show_message(
                Tone.CAUTION, say("{app} is set up, but provisioning is not started.", app=app)
            )
        if not answers.read_only:
            self.set_head(self.step.title, self.step.purpose)
        self.section.title.set_text(say("Looking only") if answers.read_only else say("From now on"))
        lines = done.summary(answers, found)
        if lines == self._shown:
            return
        self._shown = lines
        while (item := self.card.rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()
        for number, line in enumerate(lines):
            if number:
                self.card.rows.addWidget(Hairline(self.card))
            row = QWidget(self.card)
            across = QHBoxLayout(row)
            across.setContentsMargins(Space.MEDIUM, Space.SMALL + 2, Space.MEDIUM, Space.SMALL + 2)
            across.setSpacing(Space.MEDIUM)
            across.addWidget(Glyph("arrow-right", Tone.ACCENT, 16), 0, Qt.AlignmentFlag.AlignTop)
            across.addWidget(Text(line), 1)
            self.card.rows.addWidget(row)
