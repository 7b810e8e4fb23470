"""Step 3 on the screen: gallery matches, apps that exist, a name, and the one change that is made here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from scim_assistant.errors import KnownError, SignInNeeded
from scim_assistant.graph.types import ApplicationTemplate, ServicePrincipal
from scim_assistant.plan.change import Change, ChangeState
from scim_assistant.sentence import counted, say
from scim_assistant.steps import register
from scim_assistant.steps.answers import Answers, AppChoice
from scim_assistant.steps.found import Found
from scim_assistant.steps.profile import profile_of
from scim_assistant.steps.services import Services
from scim_assistant.steps.step import StepKey
from scim_assistant.ui import theme
from scim_assistant.ui.jobs import Lane
from scim_assistant.ui.pages.step_page import StepPage
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.choice import ChoiceList, Option
from scim_assistant.ui.widgets.disclosure import DisclosureButton
from scim_assistant.ui.widgets.field import Field
from scim_assistant.ui.widgets.message_bar import MessageBar
from scim_assistant.ui.widgets.plan_row import PlanList
from scim_assistant.ui.widgets.search_line import SearchLine
from scim_assistant.ui.widgets.section import Section
from scim_assistant.ui.widgets.text import Text
from scim_assistant.ui.wording import show, visible
from scim_assistant.work import Work

NEW = "new"
FIRST_MATCHES = 3


class RegisterPage(StepPage):
    """Registers the app, or picks one that exists."""

    key = StepKey.REGISTER
    quiet = True
    help_lines = (
        say(
            "The gallery is Microsoft's list of apps. Only entries that take automatic provisioning can be chosen."
        ),
        say(
            "Creating the app is the one change made before the review: Microsoft's own connection test needs it."
        ),
        say(
            "Without a provisioning job and assignments the new app does nothing. It can be undone at any time."
        ),
    )

    def build(self, column: QVBoxLayout) -> None:
        """Make the widgets of the body."""
        self.search = SearchLine()
        self.search.textEdited.connect(self.note_edit)
        self.search_field = Field(say("Search the gallery"), self.search, keep_place=False)
        self.templates = ChoiceList(say("Gallery apps"))
        self.templates.chosen.connect(self.note_edit)
        self.more = DisclosureButton()
        self.more.toggled.connect(lambda _: self._show_templates())
        self.template_field = Field(say("Matches"), self.templates, keep_place=False)
        self.template_field.label.hide()
        gallery = Section(say("Gallery")).add(self.search_field, self.template_field)
        gallery.column.addWidget(self.more)
        column.addWidget(gallery)

        self.apps = ChoiceList(say("App in the tenant"))
        self.apps.chosen.connect(self.note_edit)
        self.apps_field = Field(say("New or existing"), self.apps, keep_place=False)
        self.apps_field.label.hide()
        self.name = QLineEdit()
        self.name.setMaxLength(20_000)
        self.name.textEdited.connect(self.note_edit)
        self.name_field = Field(
            say("Name of the new app"),
            self.name,
            say("As it will stand in the portal under Enterprise apps."),
        )
        self.app_section = Section(say("App in the tenant")).add(self.apps_field, self.name_field)
        column.addWidget(self.app_section)

        self.plan = PlanList(say("The change made here"))
        self.create_button = QPushButton(show(say("Create the app")))
        self.create_button.setAutoDefault(False)
        theme.give_icon(self.create_button, "add")
        self.create_button.clicked.connect(self._on_create)
        self.later = QCheckBox(show(say("Create it at the end, together with everything else")))
        self.later.toggled.connect(self.note_edit)
        self.later_note = Text(
            say("Microsoft's connection test and the mappings are then checked when applied."),
            tone=Tone.QUIET,
        )
        row = QHBoxLayout()
        row.setSpacing(Space.LARGE)
        row.addWidget(self.create_button)
        row.addWidget(self.later)
        row.addStretch(1)
        self.create_section = Section(
            say("Create it now"),
            say("One change, harmless until provisioning starts, and it can be undone."),
        ).add(self.plan)
        self.create_section.column.addLayout(row)
        self.create_section.add(self.later_note)
        column.addWidget(self.create_section)
        self.done = MessageBar()
        self.done.hide()
        column.addWidget(self.done)
        self._templates: tuple[ApplicationTemplate, ...] = ()
        self._chosen = ""

    def show_answers(self, answers: Answers) -> None:
        """Fill the widgets."""
        if answers.read_only:
            self.set_head(
                say("Choose the app to look at"),
                say("Find the app in the tenant whose provisioning you look at."),
            )
        else:
            self.set_head(self.step.title, self.step.purpose)
        if self.search.text() != answers.gallery_search:
            self.search.setText(answers.gallery_search)
        if self.name.text() != answers.app_name:
            self.name.setText(answers.app_name)
        self.later.setChecked(answers.create_later)

    def show_found(self, answers: Answers, found: Found) -> None:
        """Show matches, instances and the plan."""
        profile = profile_of(answers, found)
        if profile is not None:
            self.search.setPlaceholderText(profile.gallery_name or profile.display_name)
        template = register.chosen_template(answers, found)
        self._templates = found.templates
        self._chosen = template.id if template else ""
        self._show_templates()
        created = register.is_read(answers, found) and answers.app_choice is AppChoice.NEW
        look = answers.read_only
        searched = register.is_searched(answers, found)
        options = (
            [] if look else [Option(NEW, say("Register a new app"), _new_hint(found, searched=searched))]
        )
        options += [
            _app_option(app, look=look)
            for app in found.instances
            if not created or app.id != answers.service_principal_id
        ]
        self.apps.set_options(options)
        self.apps.setVisible(bool(options))
        self.apps_field.set_hint(say("Looking for it in the tenant.") if look and not searched else "")
        self.apps.set_value(answers.service_principal_id if answers.app_choice is AppChoice.REUSE else NEW)
        new = answers.app_choice is AppChoice.NEW and not look
        self.app_section.setVisible(template is not None and not created)
        self.name_field.setVisible(new)
        self._show_plan(answers, found, offer=template is not None and new and not created)
        self.done.setVisible(created)
        if created and found.app is not None:
            self.done.show_message(
                Tone.GOOD,
                say("{app} is registered.", app=visible(found.app.service_principal.display_name or "")),
                say("It does nothing until provisioning starts. Undo on the later pages removes it again."),
            )

    def answers(self, before: Answers) -> Answers:
        """The answers with what the widgets hold."""
        search = self.search.text()
        template = self.templates.value() if search == before.gallery_search else ""
        after = replace(
            before,
            gallery_search=search,
            template_id=template if template != self._chosen or before.template_id else before.template_id,
            app_name=self.name.text(),
            create_later=self.later.isChecked(),
        )
        if register.is_read(before, self.host.found) and before.app_choice is AppChoice.NEW:
            return after
        choice = self.apps.value()
        if before.read_only:
            return replace(after, app_choice=AppChoice.REUSE, service_principal_id=choice)
        if choice in {"", NEW}:
            created = before.service_principal_id if before.app_choice is AppChoice.NEW else ""
            return replace(after, app_choice=AppChoice.NEW, service_principal_id=created)
        return replace(after, app_choice=AppChoice.REUSE, service_principal_id=choice)

    def fields(self) -> dict[str, Field]:
        """The fields by the names that problems use."""
        return {
            "template_id": self.template_field,
            "service_principal_id": self.apps_field,
            "app_name": self.name_field,
        }

    def first_focus(self) -> QWidget | None:
        """Where the person starts."""
        if self.host.answers.read_only and self.apps.value():
            return self.apps.button(self.apps.value())
        return (
            self.create_button
            if self.create_button.isVisible() and self.create_button.isEnabled()
            else self.search
        )

    def show_problems(self, problems: Any) -> None:
        """Also: a name with a problem cannot be created."""
        super().show_problems(problems)
        bad = any(problem.blocks and problem.field for problem in problems)
        self.create_button.setEnabled(not bad and not self.later.isChecked())
        self.plan.setEnabled(not self.later.isChecked())

    def _show_templates(self) -> None:
        first = first_matches(self._templates, self._chosen)
        shown = self._templates if self.more.isChecked() else first
        self.templates.set_options([_template_option(one) for one in shown])
        self.templates.set_value(self._chosen)
        self.template_field.setVisible(bool(self._templates) or bool(self.search.text()))
        self.templates.setVisible(bool(self._templates))
        rest = len(self._templates) - len(first)
        self.more.setVisible(rest > 0)
        label = show(
            say("Show fewer matches")
            if self.more.isChecked()
            else say("Show {n}", n=counted(max(rest, 0), "more match", "more matches"))
        )
        self.more.setText(label)
        self.more.setAccessibleName(label)

    def _show_plan(self, answers: Answers, found: Found, *, offer: bool) -> None:
        self.create_section.setVisible(offer)
        self.later_note.setVisible(answers.create_later)
        if not offer:
            return
        try:
            self.plan.set_changes(register.app_plan(answers, found).changes)
        except KnownError:
            self.plan.set_changes(())  # the field says what is missing

    def _on_create(self) -> None:
        on_change = self.host.poster(self._on_change)

        def task(services: Services, answers: Answers, found: Found, work: Work) -> tuple[Answers, Found]:
            return register.create_app(services, answers, found, work, on_change)

        self.host.show_trouble(None)
        self.host.run(
            task,
            self._on_created,
            busy=say("Creating the app in the tenant. Microsoft may take a minute to show it everywhere."),
            lane=Lane.TENANT_WRITE,
        )

    def _on_change(self, change: Change, state: ChangeState, error: KnownError | None) -> None:
        self.plan.set_state(change.key, state, error)

    def _on_created(self, result: tuple[Answers, Found]) -> None:
        answers, found = result
        self.host.change(answers, replace(found, trouble=None))
        if isinstance(found.trouble, SignInNeeded):
            self.host.allow(found.trouble, self._on_create)
        elif found.trouble is not None:
            self.host.show_trouble(found.trouble)


def first_matches(templates: Sequence[ApplicationTemplate], chosen: str) -> tuple[ApplicationTemplate, ...]:
    """What shows before *more matches* is opened: a few that take provisioning, and the one chosen in any case."""
    able = [one for one in templates if one.can_provision] or list(templates)
    first = able[:FIRST_MATCHES]
    first += [one for one in templates if one.id == chosen and one not in first]
    return tuple(first)


def _template_option(template: ApplicationTemplate) -> Option:
    publisher = visible(template.publisher or "", 80)
    takes = (
        say("Takes automatic provisioning.")
        if template.can_provision
        else say("Takes no automatic provisioning.")
    )
    hint = say("{publisher}. {takes}", publisher=publisher, takes=show(takes)) if publisher else takes
    return Option(
        template.id, visible(template.display_name or template.id, 120), hint, enabled=template.can_provision
    )


def _app_option(app: ServicePrincipal, *, look: bool) -> Option:
    name = visible(app.display_name or app.id, 120)
    return Option(
        app.id,
        say("Look at {app}", app=name) if look else say("Use {app}", app=name),
        say("Exists in the tenant. Object id {id}", id=app.id),
    )


def _new_hint(found: Found, *, searched: bool) -> str:
    if not found.instances:
        if not searched:
            return say("Others of this kind are being looked for in the tenant.")
        return say("None of this kind exists in the tenant.")
    return say(
        "{n} of this kind in the tenant already. A separate one keeps first tests apart.",
        n=counted(len(found.instances), "app", "apps"),
    )
