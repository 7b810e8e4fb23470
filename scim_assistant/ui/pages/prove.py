"""Step 9 on the screen: one person on demand, each step as it is reported; then start."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QCompleter, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from scim_assistant.check import Check
from scim_assistant.errors import KnownError, SignInNeeded
from scim_assistant.plan.wanted import Mode, Principal
from scim_assistant.sentence import Sentence, say
from scim_assistant.steps import prove
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.profile import app_word
from scim_assistant.steps.services import Services
from scim_assistant.steps.step import StepKey
from scim_assistant.ui import theme
from scim_assistant.ui.jobs import Lane
from scim_assistant.ui.pages.step_page import StepPage
from scim_assistant.ui.theme import Tone
from scim_assistant.ui.widgets.check_list import CheckList
from scim_assistant.ui.widgets.field import Field
from scim_assistant.ui.widgets.message_bar import MessageBar
from scim_assistant.ui.widgets.section import Section
from scim_assistant.ui.wording import show, visible
from scim_assistant.work import Work

MOST_CANDIDATES = 200


class ProvePage(StepPage):
    """Proves it on one person, then starts."""

    key = StepKey.PROVE
    help_lines = (
        say(
            "Provisioning on demand does for one person what the job does for everybody, and shows each step."
        ),
        say(
            "Right after assigning, Microsoft may not see the assignment yet; it is asked again for some minutes."
        ),
        say("The person stays at the app: the job finds them there and goes on from that."),
    )

    def build(self, column: QVBoxLayout) -> None:
        """Make the widgets of the body."""
        self.people = QComboBox()
        self.people.setEditable(True)
        self.people.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.people.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.people.setMinimumContentsLength(24)
        line, completer = self.people.lineEdit(), self.people.completer()
        assert line is not None  # a box that can be edited has both
        assert completer is not None
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.people.activated.connect(self._on_pilot)
        line.editingFinished.connect(self._on_typed)
        self.provision = QPushButton(show(say("Provision this person")))
        self.provision.setAutoDefault(False)
        theme.give_icon(self.provision, "person")
        self.provision.clicked.connect(self._on_provision)
        self.people_field = Field(say("Person to prove it on"), self.people, beside=self.provision)
        line.setAccessibleName(show(say("Person to prove it on")))
        column.addWidget(self.people_field)
        self.steps = CheckList(say("Steps"))
        self.steps_section = Section(say("What happened")).add(self.steps)
        column.addWidget(self.steps_section)
        self.start = QPushButton(show(say("Start provisioning")))
        self.start.setAutoDefault(False)
        theme.give_icon(self.start, "play")
        self.start.clicked.connect(self._on_start)
        row = QHBoxLayout()
        row.addWidget(self.start)
        row.addStretch(1)
        self.start_section = Section(
            say("Let it run"),
            say(
                "From then on Microsoft provisions everybody in scope by itself. It can be paused at any time."
            ),
        )
        self.start_section.column.addLayout(row)
        column.addWidget(self.start_section)
        self.started = MessageBar()
        self.started.hide()
        column.addWidget(self.started)
        self._candidates: tuple[Principal, ...] = ()
        self._pilot: Principal | None = None
        self._live: tuple[Check, ...] = ()

    def show_answers(self, answers: Answers) -> None:
        """Fill the widgets."""
        self._pilot = answers.pilot

    def show_found(self, answers: Answers, found: Found) -> None:
        """Show candidates, steps and whether it runs."""
        self._candidates = candidates(answers, found)
        self._show_candidates()
        shown = found.proof or self._live or prove.waiting_steps()
        self.steps.set_checks(shown)
        app = app_word(answers, found)
        automatic = answers.mode is Mode.AUTOMATIC
        self.start_section.setVisible(automatic and not found.started)
        self.started.setVisible(found.started or not automatic)
        if found.started:
            self.started.show_message(
                Tone.GOOD,
                say("Provisioning runs."),
                say("The first cycle for {app} has begun.", app=visible(app, 80)),
            )
        elif not automatic:
            self.started.show_message(
                Tone.ACCENT,
                say("Manual mode: nothing runs by itself."),
                say("Provision people here or in the monitor, one by one."),
            )

    def answers(self, before: Answers) -> Answers:
        """The answers with what the widgets hold."""
        return replace(before, pilot=self._pilot)

    def fields(self) -> dict[str, Field]:
        """The fields by the names that problems use."""
        return {"pilot": self.people_field}

    def first_focus(self) -> QWidget | None:
        """Where the person starts."""
        return self.provision if self._pilot is not None else self.people

    def _show_candidates(self) -> None:
        entries = [(one.id, _line(one)) for one in self._candidates[:MOST_CANDIDATES]]
        if [
            (self.people.itemData(row), self.people.itemText(row)) for row in range(self.people.count())
        ] != entries:
            self.people.clear()
            for key, text in entries:
                self.people.addItem(text, key)
        row = self.people.findData(self._pilot.id) if self._pilot else -1
        self.people.setCurrentIndex(row)
        if row < 0:
            self.people.clearEditText()
        if not self._candidates:
            self.people_field.set_hint(say("Nobody is in scope yet, so there is nobody to prove it on."))
        elif len(self._candidates) > MOST_CANDIDATES:
            self.people_field.set_hint(
                say("The first {n} of those in scope. Type part of a name to find one.", n=MOST_CANDIDATES)
            )
        else:
            self.people_field.set_hint(say("Somebody whose account you can look at afterwards."))
        self._show_buttons()

    def _show_buttons(self) -> None:
        # While one person is under way, a second press would provision that person twice.
        self.provision.setEnabled(self._pilot is not None and not self._live)
        self.start.setEnabled(not self._live)

    def _on_pilot(self, row: int) -> None:
        chosen = self.people.itemData(row)
        self._pilot = next((one for one in self._candidates if one.id == chosen), None)
        self._show_buttons()
        self.note_edit()

    def _on_typed(self) -> None:
        typed = self.people.currentText().strip().casefold()
        matching = [one for one in self._candidates if typed and typed in _line(one).casefold()]
        exact = [one for one in matching if _line(one).casefold() == typed]
        found = (exact or matching)[:1] if len(exact or matching) == 1 else []
        if found and found[0] != self._pilot:
            self._on_pilot(self.people.findData(found[0].id))
        self._show_candidates()

    def _on_provision(self) -> None:
        on_checks = self.host.poster(self._on_checks)

        def task(services: Services, answers: Answers, found: Found, work: Work) -> Found:
            return prove.provision_one(services, answers, found, work, on_checks)

        self._live = prove.waiting_steps()
        self.host.show_trouble(None)
        self.host.change(found=replace(self.host.found, proof=(), proof_result=None))
        name = self._pilot.name if self._pilot else ""
        self.host.run(
            task,
            self._on_proved,
            lane=Lane.TENANT_WRITE,
            doing=say("Provisioning {name}", name=name),
            on_error=self._on_failed,
            on_cancelled=self._on_stopped,
        )

    def _on_checks(self, checks: tuple[Check, ...]) -> None:
        self._live = checks
        self.steps.set_checks(checks)

    def _on_proved(self, found: Found) -> None:
        self._live = ()
        self.host.change(found=replace(self.host.found, proof=found.proof, proof_result=found.proof_result))

    def _on_failed(self, error: KnownError) -> None:
        self._on_stopped()
        self.host.show_trouble(error, again=self._on_provision)

    def _on_stopped(self) -> None:
        self._live = ()
        self.host.change()

    def _on_start(self) -> None:
        def task(services: Services, answers: Answers, found: Found, work: Work) -> Found:
            return prove.start_job(services, answers, found, work)

        self.host.show_trouble(None)
        self.host.run(task, self._on_started, busy=say("Starting provisioning"), lane=Lane.TENANT_WRITE)

    def _on_started(self, found: Found) -> None:
        self.host.change(found=replace(found, trouble=None))
        if isinstance(found.trouble, SignInNeeded):
            self.host.allow(found.trouble, self._on_start)
        elif found.trouble is not None:
            self.host.show_trouble(found.trouble)


def _line(one: Principal) -> str:
    return visible(f"{one.name} ({one.detail})" if one.detail else one.name, 160)


def candidates(answers: Answers, found: Found) -> tuple[Principal, ...]:
    """Whom it can be proved on: people who were chosen, then those whom the preview brings in."""
    seen: dict[str, Principal] = {one.id: one for one in answers.people}
    for person in found.preview.included if found.preview else ():
        user = person.user
        through: Sentence | str = ""
        if person.through:
            through = say("through {group}", group=person.through[0])
        detail = ", ".join(show(part) for part in (user.user_principal_name or "", through) if part)
        seen.setdefault(user.id, Principal(user.id, "User", user.display_name or user.id, detail))
    missed = {person.user.id for person in (found.preview.missed if found.preview else ())}
    return tuple(one for key, one in seen.items() if key not in missed)
