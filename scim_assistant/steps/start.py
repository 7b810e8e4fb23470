"""Step 1: where to begin. Which tenant and app profile, or a set-up that was left half done."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from scim_assistant.sentence import Sentence, say
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found, ScenarioChoice
from scim_assistant.steps.profile import profile_of
from scim_assistant.steps.services import Services
from scim_assistant.steps.step import Problem, Step, StepGroup, StepKey, Tell, tell_nobody
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.plan.journal import Unfinished
    from scim_assistant.scim.profiles import AppProfile

SCENARIOS = "practice/scenarios"
"""Folder of the practice scenarios below ``resources/``."""
ENTERPRISE_APPS = "view/Microsoft_AAD_IAM/StartboardApplicationsMenuBlade/~/AppAppsPreview"
"""The list of enterprise apps in every cloud's portal."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """Where an app is connected that this program cannot connect.

    Attributes:
        title: That it is so.
        sentence: What to do there.
        portal: The portal's list of enterprise apps; empty where there is no portal.
        tutorial: The tutorial for the app; empty for none.
    """

    title: Sentence
    sentence: Sentence
    portal: str
    tutorial: str


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
                        "{app} is connected in the portal (Enterprise apps > {app} > Provisioning): set it up there, "
                        "or watch it here.",
                        app=profile.display_name,
                    ),
                ),
            )
        if answers.resume and not any(one.setup_id == answers.resume for one in found.unfinished):
            return (Problem("resume", say("That set-up is no longer on this computer. Start a new one.")),)
        return _ending_tokens(profile, found)

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
        days = services.token_days.all() if services.token_days is not None else ()
        return replace(found, unfinished=services.journals.unfinished(), token_days=days)


def _ending_tokens(profile: AppProfile, found: Found) -> tuple[Problem, ...]:
    """Advice where a token of this app that was saved from here ends soon; the one that ends first."""
    from scim_assistant.scim.token import Stage
    from scim_assistant.steps.token_life import life_of

    now = datetime.now(UTC)
    lives = [life_of(told, profile, now) for told in found.token_days if told.profile_id == profile.id]
    ending = [life for life in lives if life.stage in (Stage.SOON, Stage.LAST, Stage.PAST)]
    if not ending:
        return ()
    first = min(ending, key=lambda life: life.ends_on or date.max)
    sentence = say(
        "{what} Go on with the app that is there, and replace it on the Connect page.", what=first.what
    )
    return (Problem("profile_id", sentence, blocks=False),)


def hand_over(answers: Answers, found: Found, *, is_practice: bool) -> HandOver | None:
    """Where the chosen app is connected when it cannot be from here; None when it can, or is only looked at. Pure.

    Args:
        is_practice: True in a practice session, which leads into no real portal.
    """
    profile = profile_of(answers, found)
    if profile is None or answers.read_only or profile.auth != "portal":
        return None
    app = profile.display_name
    return HandOver(
        say("{app} is connected in the portal", app=app),
        say(
            "Its consent window opens there only. Go to Enterprise apps > {app} > Provisioning and press Authorize; "
            "mappings, scope and start are on the same page. Once it runs, SCIM Assistant shows how.",
            app=app,
        ),
        portal="" if is_practice else _enterprise_apps(found),
        tutorial=profile.help_link,
    )


def _enterprise_apps(found: Found) -> str:
    """The list of enterprise apps: of the tenant that is signed in, else in the cloud that is configured."""
    from scim_assistant.signin.clouds import GLOBAL

    if found.session is not None:
        return f"{found.session.portal}/#@{found.session.tenant_id}/{ENTERPRISE_APPS}"
    cloud = found.offer.client.cloud if found.offer is not None else GLOBAL
    return f"{cloud.portal}/#{ENTERPRISE_APPS}"


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
