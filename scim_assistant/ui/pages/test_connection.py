"""Step 5 on the screen: the two tests side by side, what they mean, and going on anyway."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from scim_assistant.sentence import say
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.step import Problem, StepKey
from scim_assistant.ui import theme
from scim_assistant.ui.pages.step_page import StepPage
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.check_list import CheckList
from scim_assistant.ui.widgets.field import Field
from scim_assistant.ui.widgets.message_bar import MessageBar
from scim_assistant.ui.widgets.section import Section
from scim_assistant.ui.wording import TEST_AGAIN, show

SIDES = {
    "none": say("Nobody has to act"),
    "network": say("To act: your network"),
    "token": say("To act: whoever made the token"),
    "address": say("To act: you, on the Tenant URL"),
    "vendor": say("To act: the vendor"),
    "entra": say("To act: Microsoft's side"),
}


class TestConnectionPage(StepPage):
    """Shows the connection test."""

    __test__ = False

    key = StepKey.TEST_CONNECTION
    quiet = True
    help_lines = (
        say("The test searches the app for a person who cannot exist. Nothing is created or changed."),
        say("Provisioning comes from Microsoft's cloud, so its test counts in the end."),
        say("Some apps fail Microsoft's test and provision all the same, so you can go on after a failure."),
    )

    def build(self, column: QVBoxLayout) -> None:
        """Make the widgets of the body."""
        self.checks = CheckList(say("Connection test"))
        self.checks.fix_pressed.connect(self.host.open_address)
        column.addWidget(Section(say("Test")).add(self.checks))
        self.verdict = MessageBar()
        self.verdict.hide()
        column.addWidget(self.verdict)
        self.again = QPushButton(show(TEST_AGAIN))
        self.again.setAutoDefault(False)
        theme.give_icon(self.again, "restart")
        self.again.clicked.connect(lambda _: self.host.look_up_again())
        self.override = QCheckBox(show(say("Go on although the test failed")))
        self.override.toggled.connect(self.note_edit)
        row = QHBoxLayout()
        row.setSpacing(Space.LARGE)
        row.addWidget(self.again)
        row.addWidget(self.override)
        row.addStretch(1)
        column.addLayout(row)

    def show_answers(self, answers: Answers) -> None:
        """Fill the widgets."""
        self.override.setChecked(answers.test_overridden)

    def show_found(self, answers: Answers, found: Found) -> None:
        """Show the checks and what they mean."""
        self.checks.set_checks(found.connection)
        verdict = found.verdict
        self.verdict.setVisible(verdict is not None)
        self.again.setEnabled(verdict is not None)
        failed = verdict is not None and verdict.side != "none" and not verdict.may_go_on
        self.override.setVisible(failed)
        if verdict is None:
            return
        good = verdict.side == "none"
        tone = Tone.GOOD if good else Tone.CAUTION if verdict.may_go_on else Tone.BAD
        side = "" if good else SIDES.get(verdict.side, "")
        self.verdict.show_message(
            tone, verdict.sentence, side and say("{side}.", side=show(side)), verdict.next_step
        )

    def answers(self, before: Answers) -> Answers:
        """The answers with what the widgets hold."""
        return replace(before, test_overridden=self.override.isChecked())

    def fields(self) -> dict[str, Field]:
        """The fields by the names that problems use."""
        return {}

    def holds(self, problems: Sequence[Problem]) -> Problem | None:
        """What to do to go on; what went wrong stands above already."""
        held = super().holds(problems)
        if held is not None and self.host.found.verdict is not None:
            return replace(
                held,
                sentence=say(
                    "To go on, test again after a change, or choose to go on although the test failed."
                ),
            )
        return held

    def first_focus(self) -> QWidget | None:
        """Where the person starts."""
        return self.again
