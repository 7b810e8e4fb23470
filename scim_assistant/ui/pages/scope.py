"""Step 7 on the screen: mode, who, the preview of who would arrive and who would be missed, and the safety net."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QListWidgetItem, QVBoxLayout, QWidget

from scim_assistant.errors import KnownError, SignInNeeded
from scim_assistant.plan.wanted import Mode, Principal
from scim_assistant.sentence import Sentence, counted, say
from scim_assistant.steps import scope
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.needed import session_of
from scim_assistant.steps.preview import PreviewPerson, ScopePreview
from scim_assistant.steps.profile import profile_of
from scim_assistant.steps.services import Services
from scim_assistant.steps.step import Problem, StepKey
from scim_assistant.ui.jobs import Handle
from scim_assistant.ui.pages.step_page import StepPage
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.card import Card
from scim_assistant.ui.widgets.choice import ChoiceList, Option
from scim_assistant.ui.widgets.disclosure import Disclosure
from scim_assistant.ui.widgets.field import Field
from scim_assistant.ui.widgets.people import PeoplePicker, PersonList, row_item
from scim_assistant.ui.widgets.section import Section
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import show, visible
from scim_assistant.work import Work

ASSIGNED = "assigned"
EVERYONE = "everyone"
MOST_ROWS = 500


class PreviewCard(Card):
    """Who would arrive and who would be missed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, padding=Space.MEDIUM)
        self.rows.setSpacing(Space.SMALL)
        self.counts = Text(role=Role.STRONG)
        self.rows.addWidget(self.counts)
        self.warnings = Text(tone=Tone.CAUTION)
        self.rows.addWidget(self.warnings)
        self.arriving = Disclosure("")
        self.missed = Disclosure("")
        self._lists: dict[str, PersonList] = {}
        for name, disclosure in (
            (say("Who would arrive"), self.arriving),
            (say("Who would be missed"), self.missed),
        ):
            people = PersonList(name)
            people.setFixedHeight(people.fontMetrics().height() * 12)
            disclosure.set_content(people)
            self._lists[show(name)] = people
            self.rows.addWidget(disclosure)
        self._shown: ScopePreview | None = None

    def show_preview(self, preview: ScopePreview | None) -> None:
        """Show a preview; None says that there is none yet."""
        if preview is not None and preview is self._shown:
            return
        self._shown = preview
        for disclosure in (self.arriving, self.missed):
            disclosure.setVisible(preview is not None)
        if preview is None:
            self.counts.set_text(say("Choose somebody to see who would arrive."))
            self.warnings.hide()
            return
        self.counts.set_text(_counts(preview))
        self.warnings.setVisible(bool(preview.warnings))
        self.warnings.set_text("\n".join(show(line) for line in preview.warnings))
        arriving, missed = self._lists.values()
        for people, disclosure, list_widget, title in (
            (preview.included, self.arriving, arriving, say("Who would arrive")),
            (preview.missed, self.missed, missed, say("Who would be missed")),
        ):
            label = show(say("{title} ({n})", title=show(title), n=f"{len(people):,}"))
            if len(people) > MOST_ROWS:
                label = show(say("{title}, the first {most} of them", title=label, most=MOST_ROWS))
            disclosure.button.setText(label)
            disclosure.button.setAccessibleName(label)
            disclosure.setVisible(bool(people))
            list_widget.set_rows([_person_row(one) for one in people[:MOST_ROWS]])


class ScopePage(StepPage):
    """Asks who is provisioned and how."""

    key = StepKey.SCOPE
    quiet = True
    waits = True
    help_lines = (
        say(
            "Only direct members of an assigned group are provisioned; groups inside groups are not looked into."
        ),
        say("A group can be assigned only when it is a security group, and only with Entra ID P1 or P2."),
        say("The guard holds removals back when one cycle would remove more than the number you give."),
    )

    def build(self, column: QVBoxLayout) -> None:
        """Make the widgets of the body."""
        self.mode = ChoiceList(
            say("Provisioning mode"),
            (
                Option(
                    Mode.AUTOMATIC.value,
                    say("Automatic"),
                    say("Microsoft provisions by itself, about every 40 minutes."),
                    mark=say("Recommended"),
                ),
                Option(
                    Mode.MANUAL.value,
                    say("Manual"),
                    say("Everything is prepared, and people are provisioned only when you do it on demand."),
                ),
            ),
        )
        self.mode.chosen.connect(self.note_edit)
        column.addWidget(Section(say("Mode")).add(self.mode))

        self.who = ChoiceList(
            say("Who is provisioned"),
            (
                Option(
                    ASSIGNED,
                    say("Assigned people and groups only"),
                    say("Those you choose here, and whoever is assigned to the app later."),
                    mark=say("Recommended"),
                ),
                Option(
                    EVERYONE,
                    say("Everyone in the directory"),
                    say("Every account, as far as the mappings let it."),
                ),
            ),
        )
        self.who.chosen.connect(self.note_edit)
        self.who_field = Field(say("Who is provisioned"), self.who, keep_place=False)
        self.who_field.label.hide()
        self.picker = PeoplePicker(say("Search people and groups"), say("Chosen"), rows=4)
        self.picker.refuse = _refusal
        self.picker.search_wanted.connect(self._on_search)
        self.picker.changed.connect(self.note_edit)
        self.people_field = Field(say("People and groups"), self.picker, keep_place=False)
        self.people_field.label.hide()
        self.advice = Text(tone=Tone.QUIET)
        self.preview = PreviewCard()
        who = Section(say("Who")).add(self.who_field, self.people_field, self.advice, self.preview)
        who.column.setSpacing(Space.MEDIUM)
        column.addWidget(who)

        self.email = QLineEdit()
        self.email.setMaxLength(20_000)
        self.email.textEdited.connect(self.note_edit)
        self.email_field = Field(
            say("Address for failure mail"),
            self.email,
            say("Microsoft writes there when it pauses provisioning."),
        )
        self.guard = QCheckBox(show(say("Hold back unusual numbers of removals")))
        self.guard.toggled.connect(self._on_guard)
        self.threshold = QLineEdit()
        self.threshold.setMaxLength(20_000)
        self.threshold.textEdited.connect(self.note_edit)
        self.threshold.setMaximumWidth(140)
        self.threshold_field = Field(
            say("Most removals in one cycle"),
            self.threshold,
            say("More than that are held back until you allow them."),
        )
        guard = QHBoxLayout()
        guard.addWidget(self.guard)
        guard.addStretch(1)
        safety = Section(say("Safety net")).add(self.email_field)
        safety.column.addLayout(guard)
        safety.add(self.threshold_field)
        column.addWidget(safety)
        self._searching: Handle | None = None

    def show_answers(self, answers: Answers) -> None:
        """Fill the widgets."""
        self.mode.set_value(answers.mode.value)
        self.who.set_value(EVERYONE if answers.everyone else ASSIGNED)
        if self.picker.chosen() != answers.principals:
            self.picker.set_chosen(answers.principals)
        self.people_field.setVisible(not answers.everyone)
        if self.email.text() != answers.notify_email:
            self.email.setText(answers.notify_email)
        self.guard.setChecked(answers.delete_guard)
        if self.threshold.text() != answers.delete_threshold:
            self.threshold.setText(answers.delete_threshold)
        self.threshold_field.setEnabled(answers.delete_guard)

    def show_found(self, answers: Answers, found: Found) -> None:
        """Show advice and preview."""
        profile = profile_of(answers, found)
        lines = [show(line) for line in scope.advice(answers, found)]
        self.advice.set_text("\n".join(lines))
        self.advice.setVisible(bool(lines))
        self.preview.show_preview(found.preview if answers.principals or answers.everyone else None)
        if profile is not None:
            self.who_field.set_hint("")

    def answers(self, before: Answers) -> Answers:
        """The answers with what the widgets hold."""
        chosen = self.picker.chosen()
        everyone = self.who.value() == EVERYONE
        self.people_field.setVisible(not everyone)
        return replace(
            before,
            mode=Mode(self.mode.value() or before.mode.value),
            everyone=everyone,
            people=tuple(one for one in chosen if one.kind != "Group"),
            groups=tuple(one for one in chosen if one.kind == "Group"),
            notify_email=self.email.text(),
            delete_guard=self.guard.isChecked(),
            delete_threshold=self.threshold.text(),
        )

    def fields(self) -> dict[str, Field]:
        """The fields by the names that problems use."""
        return {
            "everyone": self.who_field,
            "people": self.people_field,
            "notify_email": self.email_field,
            "delete_threshold": self.threshold_field,
        }

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """What concerns groups stands below the picker too."""
        moved = [replace(one, field="people") if one.field == "groups" else one for one in problems]
        super().show_problems(moved)

    def first_focus(self) -> QWidget | None:
        """Where the person starts."""
        return (
            self.picker.search if not self.host.answers.everyone else self.mode.button(Mode.AUTOMATIC.value)
        )

    def _on_guard(self, on: bool) -> None:
        self.threshold_field.setEnabled(on)
        self.note_edit()

    def _on_search(self, text: str) -> None:
        if self._searching is not None:
            self._searching.cancel()
            self._searching = None
        if not text:
            self.picker.set_results(())
            return
        self.picker.set_searching()

        def task(services: Services, answers: Answers, found: Found, work: Work) -> tuple[Principal, ...]:
            session = session_of(found)
            groups = scope.search_groups(session, text, work)
            work.check()
            return groups + scope.search_people(session, text, work)

        self._searching = self.host.run(task, self.picker.set_results, on_error=self._on_search_failed)

    def _on_search_failed(self, error: KnownError) -> None:
        self.picker.set_trouble(error)
        if isinstance(error, SignInNeeded):
            self.host.show_trouble(error, again=lambda: self._on_search(self.picker.search.text().strip()))


def _refusal(principal: Principal) -> Sentence | None:
    if scope.is_assignable(principal):
        return None
    return say("{name} was not chosen: {why}.", name=visible(principal.name, 80), why=principal.detail)


def _counts(preview: ScopePreview) -> Sentence:
    arriving = counted(len(preview.included), "person", "people")
    missed = len(preview.missed)
    groups = counted(len(preview.groups), "group", "groups")
    if not preview.complete:
        arriving = show(say("at least {n}", n=arriving))
    if missed:
        return say(
            "{people} and {groups} would arrive; {missed} would be missed.",
            people=arriving,
            groups=groups,
            missed=counted(missed, "person", "people"),
        )
    return say("{people} and {groups} would arrive; nobody would be missed.", people=arriving, groups=groups)


def _person_row(one: PreviewPerson) -> QListWidgetItem:
    user = one.user
    principal = Principal(user.id, "User", user.display_name or user.id, "")
    detail = user.user_principal_name or ""
    badges = []
    if (user.user_type or "").casefold() == "guest":
        badges.append(say("guest"))
    if user.account_enabled is False:
        badges.append(say("disabled"))
    if one.through:
        badges.append(say("through {group}", group=visible(one.through[0], 40)))
    if not one.included:
        detail = show(one.reason)
    item = row_item(replace(principal, detail=detail), badges)
    lines = [f"{target}: {visible(value, 120)}" for target, value in one.values]
    if lines:
        item.setToolTip("\n".join([visible(user.user_principal_name or ""), *lines]))
    return item
