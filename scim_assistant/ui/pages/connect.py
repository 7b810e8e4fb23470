"""Step 4 on the screen: Tenant URL and Secret Token, and where the vendor shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QMouseEvent
from PySide6.QtWidgets import QCheckBox, QLineEdit, QPushButton, QVBoxLayout, QWidget

from scim_assistant.scim.profiles import AppProfile
from scim_assistant.scim.token import TokenKind, TokenReading
from scim_assistant.secret import MASK, Secret
from scim_assistant.sentence import Sentence, say
from scim_assistant.steps import connect
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.profile import profile_of
from scim_assistant.steps.services import Services
from scim_assistant.steps.step import Problem, StepKey
from scim_assistant.ui import theme
from scim_assistant.ui.pages.step_page import StepPage
from scim_assistant.ui.replacing import REPLACE_LINK
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.disclosure import CodeBlock, Disclosure
from scim_assistant.ui.widgets.field import Field
from scim_assistant.ui.widgets.help_panel import CopyValue, HelpPanel
from scim_assistant.ui.widgets.secret_field import SecretField
from scim_assistant.ui.widgets.section import Section
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import DETAILS, show, visible
from scim_assistant.work import Work


class AddressLine(QLineEdit):
    """A line whose text was proposed: the first click selects all of it, so that pasting replaces it."""

    def __init__(self) -> None:
        super().__init__()
        self.proposed = False
        """True until the person changes it."""
        self._came_by_mouse = False
        self.textEdited.connect(lambda _: setattr(self, "proposed", False))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._came_by_mouse = event.reason() is Qt.FocusReason.MouseFocusReason
        if self.proposed and not self._came_by_mouse:
            self.selectAll()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if self.proposed and self._came_by_mouse and not self.hasSelectedText():
            self.selectAll()
        self._came_by_mouse = False


class ConnectPage(StepPage):
    """Asks for the address and token of the SCIM service."""

    key = StepKey.CONNECT
    help_lines = (
        say(
            "Tenant URL is the address of the app's SCIM service. Secret Token is the key that lets Microsoft in."
        ),
        say("What you paste is cleaned where that is safe, and the line below the field says what was done."),
        say(
            "The token is kept in memory until the changes are applied. It is never written to a file or a log."
        ),
    )

    def build(self, column: QVBoxLayout) -> None:
        """Make the widgets of the body."""
        self.url = AddressLine()
        self.url.setMaxLength(20_000)
        self.url.textEdited.connect(self.note_edit)
        self.url_field = Field(say("Tenant URL"), self.url)
        self.secret = SecretField()
        self.secret.edited.connect(self.note_edit)
        self.secret_field = Field(
            say("Secret Token"), self.secret, say("Paste it here. It stays hidden; hold the eye to see it.")
        )
        self.strength = Text(role=Role.HINT, tone=Tone.QUIET)
        self.token_details = Disclosure(DETAILS)
        self.token_details.button.setAccessibleName(show(say("Details of the token")))
        self._evidence: tuple[tuple[str, str], ...] = ()
        self.keep = QCheckBox(show(say("Also keep the token in this computer's keyring")))
        self.keep.toggled.connect(self.note_edit)
        self.keep_note = Text(role=Role.HINT, tone=Tone.QUIET)
        fields = Section().add(
            self.url_field, self.secret_field, self.strength, self.token_details, self.keep, self.keep_note
        )
        fields.column.setSpacing(Space.MEDIUM)
        self.replace_stored = QPushButton(show(say("Replace the stored token…")))
        self.replace_stored.setAutoDefault(False)
        theme.give_icon(self.replace_stored, "key")
        self.replace_stored.clicked.connect(lambda _: self.host.open_address(REPLACE_LINK))
        fields.column.insertWidget(
            fields.column.indexOf(self.strength), self.replace_stored, 0, Qt.AlignmentFlag.AlignLeft
        )
        self.replace_stored.hide()
        column.addWidget(fields)
        self.practice = HelpPanel(say("Pretend ScreenSteps: account settings"), "app")
        self.practice.hide()
        column.addWidget(self.practice)
        self.vendor = HelpPanel(say("Where to find them"))
        self.vendor.link_pressed.connect(self.host_address)
        column.addWidget(self.vendor)
        self._hint: tuple[str, Secret] | None = None
        self._shown_for = ""

    def host_address(self, address: str) -> None:
        """Open the vendor's help page."""
        self.host.open_address(address)

    def show_answers(self, answers: Answers) -> None:
        """Fill the widgets."""
        if self.url.text() != answers.tenant_url:
            self.url.setText(answers.tenant_url)
            self.url.proposed = bool(answers.tenant_url)
        self.secret.set_secret(answers.secret)
        self.keep.setChecked(answers.keep_secret)

    def show_found(self, answers: Answers, found: Found) -> None:
        """Show the vendor's panel."""
        profile = profile_of(answers, found)
        if profile is not None and self._shown_for != profile.id:
            self._shown_for = profile.id
            self._show_vendor(profile)

    def answers(self, before: Answers) -> Answers:
        """The answers with what the widgets hold."""
        return replace(
            before, tenant_url=self.url.text(), secret=self.secret.secret(), keep_secret=self.keep.isChecked()
        )

    def fields(self) -> dict[str, Field]:
        """The fields by the names that problems use."""
        return {"tenant_url": self.url_field, "secret": self.secret_field}

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """An empty field is no mistake yet: it keeps its hint until something is in it."""
        answers = self.host.answers
        quiet = [
            problem
            for problem in problems
            if not (problem.field == "tenant_url" and problem.blocks and not answers.tenant_url)
            and not (
                problem.field == "secret" and problem.blocks and not answers.secret and not answers.tenant_url
            )
        ]
        super().show_problems(quiet)
        reading = connect.token_reading(answers, self.host.found)
        blocked = any(problem.field == "secret" and problem.blocks for problem in quiet)
        if reading.problem and self.secret_field.problem and not blocked:
            self.secret_field.set_problem(Sentence(self.secret_field.problem), blocks=False, warns=True)
        self._show_reading(reading)
        self.replace_stored.setVisible(connect.can_replace(answers, self.host.found))
        there = bool(self.host.answers.secret)
        self.keep.setEnabled(there)
        note = (
            say("So that a later check can use it. Otherwise it is forgotten when applied.")
            if there
            else say("Possible once a token is entered above.")
        )
        self.keep_note.set_text(note)
        self.keep.setAccessibleDescription(show(note))

    def _show_reading(self, reading: TokenReading) -> None:
        """Say what is to be seen of the token, and open what it says of itself to whoever wants to read it."""
        told = reading.sentence
        self.strength.set_text(
            told and say("Token: {what}", what=show(told)), Tone.BAD if reading.problem else Tone.QUIET
        )
        evidence = reading.evidence() if reading.kind is TokenKind.JWT else ()
        self.token_details.setVisible(bool(evidence))
        if evidence and evidence != self._evidence:
            text = "\n".join(f"{show(label)}: {visible(value)}" for label, value in evidence)
            self.token_details.set_content(CodeBlock(text, show(say("Details of the token"))))
        self._evidence = evidence

    def first_focus(self) -> QWidget | None:
        """Where the person starts."""
        return self.url if not self.url.text() else self.secret.line

    def entered(self) -> None:
        """Ask the practice world for the values of the pretend vendor's page."""

        def task(services: Services, answers: Answers, found: Found, work: Work) -> tuple[str, Secret] | None:
            return services.practice_hint() if services.practice_hint is not None else None

        self.host.run(task, self._on_hint, on_error=lambda _: None)

    def _on_hint(self, hint: tuple[str, Secret] | None) -> None:
        self.show_hint(hint)

    def show_hint(self, hint: tuple[str, Secret] | None) -> None:
        """Show the pretend vendor's page with its values, or nothing."""
        self._hint = hint
        self.practice.setVisible(hint is not None)
        if hint is None:
            return
        address, secret = hint
        self.practice.set_content(
            (say("In practice the vendor's page is here. Copy each value into its field above."),),
            (
                CopyValue(say("SCIM Base URL"), lambda: address, address),
                CopyValue(say("API token"), secret.reveal, MASK, secret=True),
            ),
        )

    def _show_vendor(self, profile: AppProfile) -> None:
        form = profile.tenant_url
        hint: list[str] = []
        if form.pattern:
            patterns = " or ".join((form.pattern, *form.alternatives))
            hint.append(show(say("Looks like {pattern}", pattern=patterns)))
        if form.note:
            hint.append(show(form.note))
        self.url_field.set_hint(
            Sentence(". ".join(part.rstrip(".") for part in hint) + ("." if hint else ""))
        )
        lines: list[str] = [
            show(say("Tenant URL: {where}", where=show(profile.where_url.sentence))),
            show(say("Secret Token: {where}", where=show(profile.where_token.sentence))),
        ]
        lines += [show(line) for line in _token_lines(profile)]
        lines += [show(line) for line in profile.advice_for("connect")]
        self.vendor.title.set_text(say("Where {app} shows them", app=profile.name_in_text))
        link = profile.where_token.link or profile.where_url.link or profile.help_link
        self.vendor.set_content(
            lines, link=link, link_label=say("Open the help page of {app}", app=profile.name_in_text)
        )


def _token_lines(profile: AppProfile) -> tuple[Sentence, ...]:
    """What is known of the vendor's token."""
    token = profile.token
    lines = []
    if token.belongs_to:
        lines.append(say("The token belongs to {whose}.", whose=show(token.belongs_to)))
    if token.life:
        lines.append(say("How long the token works: {life}.", life=show(token.life)))
    if token.shown_once:
        lines.append(say("The token is shown once: paste it here before you close the vendor's page."))
    if token.rotation or token.note:
        lines.append(token.note or token.rotation)
    return tuple(lines)
