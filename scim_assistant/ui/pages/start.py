"""Step 1 on the screen: which tenant, what to do there, which app, or a set-up that was left half done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from scim_assistant.sentence import Sentence, say
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.start import hand_over, to_go_on_with
from scim_assistant.steps.step import Problem, StepKey
from scim_assistant.ui.pages.step_page import StepPage
from scim_assistant.ui.widgets.choice import ChoiceList, Option
from scim_assistant.ui.widgets.field import Field
from scim_assistant.ui.widgets.section import Section
from scim_assistant.ui.wording import ago, show

if TYPE_CHECKING:
    from scim_assistant.plan.journal import Unfinished
    from scim_assistant.scim.profiles import AppProfile
    from scim_assistant.ui.pages.start_panels import BrokenProfilesPanel, HandOverPanel

PRACTICE = "practice"
REAL = "real"
NEW = "new"
SET_UP = "set-up"
LOOK = "look"


class StartPage(StepPage):
    """Asks where to begin."""

    key = StepKey.START
    quiet = True
    help_lines = (
        say(
            "The practice tenant is a pretend Microsoft tenant on this computer. Nothing there reaches a real one."
        ),
        say(
            "A scenario decides what goes well and what goes wrong there, so that you can see both before it counts."
        ),
        say("Look only never asks for the right to change anything, so it fits whoever answers questions."),
        say("A set-up that was left half done is offered here again, with what is written already."),
    )

    def build(self, column: QVBoxLayout) -> None:
        """Make the widgets of the body."""
        self.tenants = ChoiceList(say("Tenant"))
        self.tenants.set_options(_tenants(practice=self.host.practice))
        self.tenants.set_value(PRACTICE if self.host.practice else REAL)
        column.addWidget(Section(say("Tenant")).add(self.tenants))

        self.aims = ChoiceList(say("What to do"), _AIMS)
        self.aims.chosen.connect(self.note_edit)
        column.addWidget(Section(say("What to do")).add(self.aims))

        self.scenario = QComboBox()
        self.scenario.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.scenario.setMinimumContentsLength(24)
        self.scenario.activated.connect(self._on_scenario)
        self.scenario_field = Field(say("Practice scenario"), self.scenario)
        self.profile = QComboBox()
        self.profile.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.profile.setMinimumContentsLength(24)
        self.profile.activated.connect(self.note_edit)
        self.profile_field = Field(say("App"), self.profile, keep_place=False)
        self.profile_field.label.hide()  # the section's title says the same
        self.app_section = Section(say("App")).add(self.profile_field, self.scenario_field)
        column.addWidget(self.app_section)
        self.hand_over: HandOverPanel | None = None
        self.broken_profiles: BrokenProfilesPanel | None = None

        self.setups = ChoiceList(say("Set-up"))
        self.setups.chosen.connect(self.note_edit)
        self.setup_section = Section(
            say("Set-up"), say("A set-up on this computer was left half done. Going on makes nothing twice.")
        ).add(self.setups)
        column.addWidget(self.setup_section)
        self.setup_section.hide()

    def show_answers(self, answers: Answers) -> None:
        """Fill the widgets."""
        self.aims.set_value(LOOK if answers.read_only else SET_UP)
        _choose(self.profile, answers.profile_id)
        _choose(self.scenario, answers.scenario)
        self._describe()

    def show_found(self, answers: Answers, found: Found) -> None:
        """Fill the lists."""
        _fill(self.profile, [(profile.id, _profile_name(profile)) for profile in found.profiles])
        _choose(self.profile, answers.profile_id)
        _fill(self.scenario, [(choice.name, choice.title) for choice in found.scenarios])
        _choose(self.scenario, answers.scenario)
        self.scenario_field.setVisible(len(found.scenarios) > 0)
        self._descriptions = {choice.name: choice.description for choice in found.scenarios}
        self._describe()
        self._show_panels(answers, found)
        self.setup_section.setVisible(bool(to_go_on_with(answers, found)))
        now = datetime.now(UTC)
        options = [Option(NEW, say("Start a new set-up"))]
        options += [_setup_option(one, now) for one in found.unfinished]
        self.setups.set_options(options)
        self.setups.set_value(answers.resume or NEW)

    def answers(self, before: Answers) -> Answers:
        """The answers with what the widgets hold."""
        resume = self.setups.value()
        after = replace(
            before,
            read_only=self.aims.value() == LOOK,
            profile_id=self.profile.currentData() or before.profile_id,
            scenario=self.scenario.currentData() or before.scenario,
            resume="" if resume in (NEW, "") else resume,
        )
        self.setup_section.setVisible(bool(to_go_on_with(after, self.host.found)))
        self._show_panels(after, self.host.found)
        if after.resume and after.resume != before.resume:
            for one in self.host.found.unfinished:
                if one.setup_id == after.resume:
                    after = replace(after, profile_id=one.profile_id)
                    _choose(self.profile, one.profile_id)
        return after

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """That an app is connected elsewhere is no mistake of the person's: the panel below says it, with the way."""
        handed_over = self.hand_over is not None and not self.hand_over.isHidden()
        super().show_problems(
            [one for one in problems if not (handed_over and one.field == "profile_id" and one.blocks)]
        )

    def fields(self) -> dict[str, Field]:
        """The fields by the names that problems use."""
        return {"profile_id": self.profile_field, "scenario": self.scenario_field}

    def _show_panels(self, answers: Answers, found: Found) -> None:
        """What seldom shows is made when it first does."""
        told = hand_over(answers, found, is_practice=self.host.practice)
        if told is not None and self.hand_over is None:
            from scim_assistant.ui.pages.start_panels import HandOverPanel

            self.hand_over = HandOverPanel()
            self.hand_over.link_pressed.connect(self.host.open_address)
            self.hand_over.watch_pressed.connect(self._on_watch)
            # Right below the app that it is about, before the scenario.
            column = self.app_section.column
            column.insertWidget(column.indexOf(self.profile_field) + 1, self.hand_over)
        if self.hand_over is not None:
            self.hand_over.show_hand_over(told)
        if found.broken_profiles and self.broken_profiles is None:
            from scim_assistant.ui.pages.start_panels import BrokenProfilesPanel

            self.broken_profiles = BrokenProfilesPanel()
            self.broken_profiles.again_pressed.connect(self.host.look_up_again)
            self.app_section.add(self.broken_profiles)
        if self.broken_profiles is not None:
            self.broken_profiles.show_broken(found.broken_profiles)

    def _on_watch(self) -> None:
        self.aims.set_value(LOOK)
        self.note_edit()
        button = self.aims.button(LOOK)
        if button is not None:
            button.setFocus()

    def may_leave(self) -> bool:
        """The practice tenant is a session of its own: the program begins again in it."""
        if self.tenants.value() == PRACTICE and not self.host.practice:
            self.host.practise()
            return False
        return True

    def first_focus(self) -> QWidget | None:
        """Where the person starts."""
        return self.setups.button(NEW) if not self.setup_section.isHidden() else self.profile

    _descriptions: dict[str, str] = {}  # noqa: RUF012 - replaced, never changed in place

    def _on_scenario(self, _: int) -> None:
        self._describe()
        self.note_edit()

    def _describe(self) -> None:
        self.scenario_field.set_hint(Sentence(self._descriptions.get(self.scenario.currentData() or "", "")))


_AIMS = (
    Option(
        SET_UP,
        say("Set up provisioning"),
        say("Connect, prove and start an app. The right to change is asked for at the first change."),
    ),
    Option(
        LOOK,
        say("Look only"),
        say("For the helpdesk: see how an app's provisioning runs. Asks for no right to change anything."),
    ),
)


def _tenants(*, practice: bool) -> tuple[Option, ...]:
    pretend = Option(
        PRACTICE,
        say("Practice tenant"),
        say("A pretend Microsoft tenant and a pretend ScreenSteps on this computer. No account, no network."),
    )
    if practice:
        elsewhere = say("To sign in to a real tenant, start the program without --practice.")
        return (pretend, Option(REAL, say("Microsoft Entra ID"), elsewhere, enabled=False))
    return (Option(REAL, say("Microsoft Entra ID"), say("Sign in to your organization's tenant.")), pretend)


def _setup_option(one: Unfinished, now: datetime) -> Option:
    hint = say(
        "{done} of {total} changes done, last {when}.",
        done=one.done,
        total=one.total,
        when=show(ago(one.last_at, now)),
    )
    if one.needs_secret:
        hint = say("{hint} The Secret Token has to be entered again.", hint=show(hint))
    if one.damaged:
        hint = say(
            "{hint} The last entry was cut off; what it said is looked up in the tenant.", hint=show(hint)
        )
    return Option(one.setup_id, say("Go on with {app}", app=one.app_name), hint)


def _profile_name(profile: AppProfile) -> str:
    return show(say("{app} (yours)", app=profile.display_name)) if profile.yours else profile.display_name


def _fill(box: QComboBox, entries: list[tuple[str, str]]) -> None:
    if [(box.itemData(row), box.itemText(row)) for row in range(box.count())] == [
        (key, show(text)) for key, text in entries
    ]:
        return
    box.clear()
    for key, text in entries:
        box.addItem(show(text), key)


def _choose(box: QComboBox, key: str) -> None:
    row = box.findData(key)
    if row >= 0:
        box.setCurrentIndex(row)
