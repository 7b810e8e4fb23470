"""Step 2 on the screen: account and tenant, then the readiness checks as they finish."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from scim_assistant.sentence import say
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.step import StepKey
from scim_assistant.ui import theme
from scim_assistant.ui.pages.step_page import StepPage
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.card import Card
from scim_assistant.ui.widgets.check_list import CheckList
from scim_assistant.ui.widgets.choice import ChoiceList, Option
from scim_assistant.ui.widgets.glyph import Glyph
from scim_assistant.ui.widgets.message_bar import MessageBar
from scim_assistant.ui.widgets.section import Section
from scim_assistant.ui.widgets.status_pill import StatusPill
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import both_times, show, visible

NONE_OF_THEM = "new"
"""What ``Answers.resume_app`` holds when no app in the tenant belongs to the set-up."""


class SignInPage(StepPage):
    """Shows who works where, and whether everything is there."""

    key = StepKey.SIGN_IN
    quiet = True
    help_lines = (
        say("Permissions are what this program may do on your behalf; an administrator grants them once."),
        say("A directory role is a hint: a role that waits for activation does not show here."),
        say("Groups can be assigned, and provisioning logs can be read, only with Entra ID P1 or P2."),
    )

    def build(self, column: QVBoxLayout) -> None:
        """Make the widgets of the body."""
        card = Card()
        row = QHBoxLayout()
        row.setContentsMargins(Space.MEDIUM, Space.MEDIUM, Space.MEDIUM, Space.MEDIUM)
        row.setSpacing(Space.MEDIUM)
        row.addWidget(Glyph("tenant", Tone.ACCENT, 32), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        self.tenant = Text(role=Role.STRONG)
        self.account = Text()
        self.tenant_id = Text(role=Role.HINT, tone=Tone.QUIET)
        for text in (self.tenant, self.account, self.tenant_id):
            words.addWidget(text)
        row.addLayout(words, 1)
        self.kind = StatusPill()
        row.addWidget(self.kind, 0, Qt.AlignmentFlag.AlignTop)
        card.rows.addLayout(row)
        self.card = card
        column.addWidget(Section(say("Account")).add(card))

        self.resume_apps = ChoiceList(say("App of this set-up"))
        self.resume_apps.chosen.connect(self.note_edit)
        self.resume_section = Section(
            say("Which app belongs to this set-up?"),
            say(
                "The set-up broke off while the app was being created. Say which one it is, so that none is made twice."
            ),
        ).add(self.resume_apps)
        self.resume_section.hide()
        column.addWidget(self.resume_section)
        self.resume_told = MessageBar()
        self.resume_told.hide()
        column.addWidget(self.resume_told)

        self.checks = CheckList(say("Readiness checks"))
        self.checks.fix_pressed.connect(self._on_fix)
        self.again = QPushButton(show(say("Check again")))
        self.again.setAutoDefault(False)
        theme.give_icon(self.again, "restart")
        self.again.clicked.connect(lambda _: self.host.look_up_again())
        again = QHBoxLayout()
        again.addWidget(self.again)
        again.addStretch(1)
        self.section = Section(say("Ready for the set-up")).add(self.checks)
        self.section.column.addLayout(again)
        column.addWidget(self.section)

    def show_found(self, answers: Answers, found: Found) -> None:
        """Show the session and the checks."""
        session = found.session
        if session is None:
            self.tenant.set_text(say("Signing in"))
            self.account.set_text("")
            self.tenant_id.set_text("")
        else:
            self.tenant.set_text(visible(session.tenant_name) or say("Tenant without a name"))
            self.account.set_text(say("Signed in as {account}", account=visible(session.account)))
            self.tenant_id.set_text(say("Tenant {id}", id=session.tenant_id))
        self.kind.setVisible(session is not None)
        if session is not None and session.is_practice:
            self.kind.set_state(say("Practice"), "info", Tone.ACCENT)
        else:
            self.kind.set_state(say("Microsoft cloud"), "shield", Tone.GOOD)
        self._show_resumption(answers, found)
        self.checks.set_checks(found.readiness)
        self.section.setVisible(bool(found.readiness))
        self.again.setEnabled(session is not None)

    def answers(self, before: Answers) -> Answers:
        """The answers with what the widgets hold."""
        return replace(before, resume_app=self.resume_apps.value() or before.resume_app)

    def _show_resumption(self, answers: Answers, found: Found) -> None:
        stands = found.resumption
        choices = stands.choices if stands is not None else ()
        self.resume_section.setVisible(bool(choices))
        options = [
            Option(
                one.service_principal.id,
                visible(one.service_principal.display_name or one.service_principal.id, 120),
                say(
                    "Created {at}. Object id {id}", at=both_times(one.created_at), id=one.service_principal.id
                )
                if one.created_at is not None
                else say("Object id {id}", id=one.service_principal.id),
            )
            for one in choices
        ]
        if choices:
            options.append(
                Option(NONE_OF_THEM, say("None of them"), say("A new app is created when you apply."))
            )
        self.resume_apps.set_options(options)
        self.resume_apps.set_value(answers.resume_app)
        told = stands.told if stands is not None and not choices else ()
        self.resume_told.setVisible(bool(told))
        if told:
            self.resume_told.show_message(
                Tone.ACCENT, say("Where the set-up stands"), " ".join(show(line) for line in told)
            )

    def first_focus(self) -> QWidget | None:
        """Where the person starts."""
        return None

    def _on_fix(self, link: str) -> None:
        self.host.open_address(link)
