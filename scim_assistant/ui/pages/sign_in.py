"""Step 2 on the screen: with what and as whom one signs in, the sign-in itself, then the readiness checks.

In a practice session nobody signs in: the card shows the practice tenant at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from scim_assistant.check import Outcome
from scim_assistant.errors import KnownError
from scim_assistant.sentence import say
from scim_assistant.signin.offer import Waiting, Way
from scim_assistant.steps import sign_in
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.services import Services
from scim_assistant.steps.step import Problem, StepKey
from scim_assistant.tenant.session import Session
from scim_assistant.ui import theme
from scim_assistant.ui.jobs import Handle, Lane
from scim_assistant.ui.pages.step_page import StepPage
from scim_assistant.ui.sign_in_offer import OfferPanel
from scim_assistant.ui.signing_in import SigningIn, open_page
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.card import Card
from scim_assistant.ui.widgets.check_list import CheckList
from scim_assistant.ui.widgets.choice import ChoiceList, Option
from scim_assistant.ui.widgets.field import Field
from scim_assistant.ui.widgets.glyph import Glyph
from scim_assistant.ui.widgets.message_bar import MessageBar
from scim_assistant.ui.widgets.section import Section
from scim_assistant.ui.widgets.status_pill import StatusPill
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.widgets.waiting_panel import WaitingPanel
from scim_assistant.ui.wording import both_times, show, visible
from scim_assistant.work import Work

CONSENT = "consent"
SHOW_CONSENT_LINK = say("Show the consent link")

NONE_OF_THEM = "new"
"""What ``Answers.resume_app`` holds when no app in the tenant belongs to the set-up."""


class AccountCard(Card):
    """Who works where."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout()
        row.setContentsMargins(Space.MEDIUM, Space.MEDIUM, Space.MEDIUM, Space.MEDIUM)
        row.setSpacing(Space.MEDIUM)
        row.addWidget(Glyph("tenant", Tone.ACCENT, 32), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        self.tenant = Text(role=Role.STRONG)
        self.account = Text()
        self.guest = Text(tone=Tone.CAUTION)
        self.guest.hide()
        self.tenant_id = Text(role=Role.HINT, tone=Tone.QUIET)
        for text in (self.tenant, self.account, self.guest, self.tenant_id):
            words.addWidget(text)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(0, Space.SMALL, 0, 0)
        buttons.setSpacing(Space.SMALL)
        self.sign_out = QPushButton(show(say("Sign out")))
        self.other_account = QPushButton(show(say("Use another account")))
        self.buttons = QWidget()
        self.buttons.setLayout(buttons)
        for button in (self.other_account, self.sign_out):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        buttons.addStretch(1)
        words.addWidget(self.buttons)
        self.buttons.hide()
        row.addLayout(words, 1)
        self.kind = StatusPill()
        row.addWidget(self.kind, 0, Qt.AlignmentFlag.AlignTop)
        self.rows.addLayout(row)

    def show_session(self, session: Session | None, *, practice: bool) -> None:
        """Show who is signed in where; None while that is looked up."""
        signed_in = session.signed_in if session is not None else None
        self.kind.setVisible(session is not None)
        self.buttons.setVisible(signed_in is not None)
        if session is None:
            self.tenant.set_text(say("Signing in") if practice else say("Looking who is signed in"))
            self.account.set_text("")
            self.tenant_id.set_text("")
            self.guest.hide()
            return
        self.tenant.set_text(visible(session.tenant_name) or say("Tenant without a name"))
        account = visible(session.account)
        if signed_in is not None and signed_in.account.name:
            account = show(
                say("{name} ({account})", name=visible(signed_in.account.name, 200), account=account)
            )
        self.account.set_text(say("Signed in as {account}", account=account))
        self.tenant_id.set_text(say("Tenant {id}", id=session.tenant_id))
        guest = signed_in is not None and signed_in.account.is_guest_in(session.tenant_id)
        self.guest.setVisible(guest)
        if guest and signed_in is not None:
            self.guest.set_text(
                say(
                    "A guest here: this account is at home in tenant {id}.",
                    id=signed_in.account.home_tenant_id,
                )
            )
        if session.read_only:
            self.kind.set_state(say("Look only"), "eye", Tone.ACCENT)
        elif session.is_practice:
            self.kind.set_state(say("Practice"), "info", Tone.ACCENT)
        else:
            self.kind.set_state(say("Signed in"), "shield", Tone.GOOD)
        if signed_in is not None:
            cloud = show(signed_in.client.cloud.title)
            self.tenant_id.set_text(say("Tenant {id}, {cloud}", id=session.tenant_id, cloud=cloud))


class SignInPage(StepPage):
    """Signs in, and shows whether everything is there."""

    key = StepKey.SIGN_IN
    quiet = True
    help_lines = (
        say("Permissions are what this program may do on your behalf; an administrator grants them once."),
        say(
            "Signing in asks for the permissions to look. Those to change are asked for before the first change."
        ),
        say("A directory role is a hint: a role that waits for activation does not show here."),
        say("Groups can be assigned, and provisioning logs can be read, only with Entra ID P1 or P2."),
    )

    def build(self, column: QVBoxLayout) -> None:
        """Make the widgets of the body."""
        self._offered = False
        self._for_account = ""
        self.offer = OfferPanel(self.body)
        self.offer.hide()
        self.offer.edited.connect(self.note_edit)
        self.offer.sign_in_wanted.connect(self._on_sign_in)
        self.offer.registration_wanted.connect(self._on_registration)
        self.banner_pressed.connect(self._on_banner)
        column.addWidget(self.offer)
        self.signing_in = SigningIn(self._begin, self)
        self.waiting = WaitingPanel(self.body)
        self.waiting.hide()
        column.addWidget(self.waiting)
        self.signing_in.began.connect(self._on_began)
        self.signing_in.waiting.connect(self.show_waiting)
        self.signing_in.done.connect(self._on_signed_in)
        self.signing_in.failed.connect(self._on_failed)
        self.signing_in.stopped.connect(self._on_stopped)
        self.waiting.cancelled.connect(self.signing_in.cancel)
        self.waiting.other_way.connect(self.signing_in.start)
        self.waiting.open_wanted.connect(open_page)
        self.card = AccountCard()
        self.card.sign_out.clicked.connect(lambda _: self._on_sign_out())
        self.card.other_account.clicked.connect(lambda _: self._on_other_account())
        self.account_section = Section(say("Account")).add(self.card)
        column.addWidget(self.account_section)

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
        self.card.show_session(session, practice=self.host.practice)
        if found.offer is not None:
            self.offer.show_offer(found.offer, answers)
        self._show_resumption(answers, found)
        self.checks.set_checks(found.readiness)
        if answers.read_only:
            self.set_head(
                self.step.title,
                say("Sign in to the tenant, and see whether its provisioning can be looked at."),
            )
        else:
            self.set_head(self.step.title, self.step.purpose)
        self.section.title.set_text(
            say("Ready to look") if answers.read_only else say("Ready for the set-up")
        )
        self.again.setEnabled(session is not None)
        self._arrange()

    def answers(self, before: Answers) -> Answers:
        """The answers with what the widgets hold."""
        after = replace(before, resume_app=self.resume_apps.value() or before.resume_app)
        found = self.host.found
        return self.offer.answers(after) if found.offer is not None and found.session is None else after

    def fields(self) -> dict[str, Field]:
        """The fields by the names that problems use."""
        return self.offer.fields()

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """An empty field is no mistake yet; nobody can sign in while something in a field is."""
        bad = any(problem.blocks and problem.field for problem in problems)
        empty = not self.offer.client_id.text()
        super().show_problems([one for one in problems if not (one.field == "client_id" and empty)])
        self.offer.allow(not bad)
        self._arrange()

    def first_focus(self) -> QWidget | None:
        """Where the person starts."""
        if not self.waiting.isHidden():
            return self.waiting.first_focus()
        if not self.offer.isHidden():
            return self.offer.first_focus()
        return self._way_on()

    def _way_on(self) -> QWidget | None:
        """What helps where the checks hold the set-up up; None where Next does."""
        held = [row for row in self.host.found.readiness if row.blocks and row.outcome is Outcome.FAIL]
        if not held or self.section.isHidden():
            return None
        fix = self.checks.row(held[0].key).fix
        return self.again if fix.isHidden() else fix

    def show_waiting(self, waiting: Waiting) -> None:
        """Show what the person has to do."""
        self._arrange(waiting=True)  # first, since what is hidden takes no focus
        self.waiting.show_waiting(waiting)

    def _arrange(self, *, waiting: bool = False) -> None:
        """Show the one part that counts now: the sign-in that waits, the way in, or who is signed in."""
        found = self.host.found
        waiting = waiting or self.signing_in.running
        nobody = found.session is None and found.offer is not None
        # While it is found out who is signed in, nothing is asked; once it was, the fields stay where they are.
        self._offered = nobody and (self._offered or not self.host.busy)
        self.waiting.setVisible(waiting)
        self.offer.setVisible(self._offered and not waiting)
        self.account_section.setVisible(not waiting and not self._offered)
        self.section.setVisible(bool(found.readiness) and not waiting and not self._offered)

    # Signing in and out

    def _begin(
        self,
        way: Way,
        on_waiting: Callable[[Waiting], None],
        *,
        on_done: Callable[[Any], None],
        on_error: Callable[[KnownError], None],
        on_cancelled: Callable[[], None],
    ) -> Handle:
        tell = self.host.poster(on_waiting)
        window = int(self.window().winId())
        account = self._for_account

        def task(services: Services, answers: Answers, found: Found, work: Work) -> Found:
            wish = sign_in.look_wish(replace(answers, account_id=account), way, window)
            return sign_in.sign_in(services, answers, found, wish, work, tell)

        self.host.show_trouble(None)
        return self.host.run(
            task,
            on_done,
            doing=say("Waiting for you to sign in."),
            lane=Lane.SIGN_IN,
            on_error=on_error,
            on_cancelled=on_cancelled,
        )

    def _on_sign_in(self, way: Way) -> None:
        self._for_account = self.offer.account_id
        self.signing_in.start(way)

    def _on_other_account(self) -> None:
        self._for_account = sign_in.OTHER_ACCOUNT
        self.signing_in.start(Way.AUTOMATIC)

    def _on_began(self) -> None:
        offer = self.host.found.offer
        self.waiting.begin(offer.ways if offer is not None else ())
        self._arrange(waiting=True)
        self.scroll_area.verticalScrollBar().setValue(0)
        self.waiting.first_focus().setFocus()

    def _on_signed_in(self, found: Found) -> None:
        signed_in = found.session.signed_in if found.session is not None else None
        account = signed_in.account.id if signed_in is not None else ""
        self.host.change(replace(self.host.answers, account_id=account), found)
        self.host.look_up_again()

    def _on_failed(self, error: KnownError) -> None:
        self._arrange()
        if sign_in.wants_consent(error):
            self.host.show_trouble(error, (CONSENT, SHOW_CONSENT_LINK))
        else:
            self.host.show_trouble(error)
        self._focus()

    def _on_stopped(self) -> None:
        self._arrange()
        self._focus()

    def _focus(self) -> None:
        widget = self.first_focus() or self.card.other_account
        if widget.isVisible():
            widget.setFocus()

    def _on_sign_out(self) -> None:
        session = self.host.found.session
        if session is None or session.signed_in is None:
            return
        account_id = session.signed_in.account.id

        def task(services: Services, answers: Answers, found: Found, work: Work) -> Found:
            return sign_in.sign_out(services, answers, found, account_id, work)

        def refused(error: KnownError) -> None:
            # Nobody is signed in any more, though the place where tokens rest still has them.
            self._on_signed_out(sign_in.without_session(self.host.found, account_id))
            self.host.show_trouble(error)

        self.host.show_trouble(None)
        self.host.run(task, self._on_signed_out, busy=say("Signing out"), on_error=refused)

    def _on_signed_out(self, found: Found) -> None:
        self.host.change(replace(self.host.answers, account_id=sign_in.OTHER_ACCOUNT), found)
        self._focus()

    def _on_registration(self, *, consent: bool = False) -> None:
        from scim_assistant.ui.registration_window import RegistrationWindow

        offer = self.host.found.offer
        if offer is not None:
            window = RegistrationWindow.open_for(
                self.window(), offer.client, self._on_registered, ways=offer.ways
            )
            if consent:
                window.show_consent()

    def _on_banner(self, key: str) -> None:
        if key == CONSENT:
            self._on_registration(consent=True)

    def _on_registered(self, client_id: str, tenant: str) -> None:
        self.host.change(replace(self.host.answers, client_id=client_id, tenant=tenant))
        self.host.look_up_again()

    # A set-up that is gone on with

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

    def _on_fix(self, link: str) -> None:
        self.host.open_address(link)
