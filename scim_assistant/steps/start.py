"""Step 1: where to begin. Which tenant and app profile, or a set-up that was left half done."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import TYPE_CHECKING

from scim_assistant.sentence import say
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found, ScenarioChoice
from scim_assistant.steps.profile import profile_of
from scim_assistant.steps.services import Services
from scim_assistant.steps.step import Problem, Step, StepGroup, StepKey, Tell, tell_nobody
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.plan.journal import Unfinished

SCENARIOS = "practice/scenarios"
"""Folder of the practice scenarios below ``resources/``."""


class StartStep(Step):
    """Asks where to begin."""

    key = StepKey.START
    group = StepGroup.PREPARE
    title = say("Choose where to begin")
    short_title = say("Start")
    purpose = say("Pick the tenant and the app to provision, or go on with a set-up that was left half done.")

    def problems(self, answers: Answers, found: Found) -> tuple[Problem, ...]:
        """The profile has to be one that can be connected from here."""
        if not found.profiles:
            return (Problem("", say("The app profiles are being read.")),)
        profile = profile_of(answers, found)
        if profile is None:
            return (Problem("profile_id", say("Choose the app to provision.")),)
        if answers.read_only:
            return ()
        if not profile.can_be_set_up:
            return (
                Problem(
                    "profile_id",
                    say(
                        "{app} is connected in a consent window of the portal (Enterprise apps > {app} > Provisioning > "
                        "Authorize), which SCIM Assistant cannot open. Set it up there, then watch it here.",
                        app=profile.display_name,
                    ),
                ),
            )
        if answers.resume and not any(one.setup_id == answers.resume for one in found.unfinished):
            return (Problem("resume", say("That set-up is no longer on this computer. Start a new one.")),)
        return ()

    def depends_on(self, answers: Answers, found: Found) -> Hashable:
        """Read once."""
        return ("start",)

    def lookup(
        self, services: Services, answers: Answers, found: Found, work: Work, tell: Tell = tell_nobody
    ) -> Found:
        """Read profiles, scenarios and the set-ups that were left half done."""
        from scim_assistant.scim.profiles import all_profiles

        read = all_profiles(services.own_profiles)
        found = replace(found, profiles=read.offered, broken_profiles=read.broken)
        tell(found)
        if services.is_practice and not services.scenario_is_given:
            found = replace(found, scenarios=scenario_choices())
            tell(found)
        work.check()
        return replace(found, unfinished=services.journals.unfinished())


def to_go_on_with(answers: Answers, found: Found) -> tuple[Unfinished, ...]:
    """The set-ups that are offered to go on with: none to somebody who only looks. Pure."""
    return () if answers.read_only else found.unfinished


def scenario_choices() -> tuple[ScenarioChoice, ...]:
    """The practice scenarios of this installation, *healthy* first."""
    from scim_assistant import resources

    choices = []
    for name in resources.names(SCENARIOS, ".toml"):
        told = resources.read_toml(f"{SCENARIOS}/{name}.toml")
        choices.append(ScenarioChoice(name, str(told.get("title", name)), str(told.get("description", ""))))
    return tuple(sorted(choices, key=lambda choice: (choice.name != "healthy", choice.name)))
