"""Step 2: who works on which tenant, and whether everything is there that a set-up needs."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import TYPE_CHECKING

from scim_assistant.check import Check, Outcome
from scim_assistant.errors import KnownError
from scim_assistant.sentence import say
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.profile import profile_of
from scim_assistant.steps.services import Services
from scim_assistant.steps.step import Problem, Step, StepGroup, StepKey, Tell, tell_nobody
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.tenant.session import Session


NEW_APP = "new"
"""Answer ``resume_app`` when none of the apps shown belongs to the set-up."""


class SignInStep(Step):
    """Signs in and checks readiness."""

    key = StepKey.SIGN_IN
    group = StepGroup.PREPARE
    title = say("Sign in")
    short_title = say("Sign in")
    purpose = say(
        "See which account and tenant you work with, and whether everything is there that a set-up needs."
    )

    def problems(self, answers: Answers, found: Found) -> tuple[Problem, ...]:
        """Missing permissions stop here; roles and licences only warn."""
        if found.session is None:
            return (Problem("", say("Sign in to go on.")),)
        if not found.readiness:
            return (Problem("", say("The checks are running.")),)
        for one in found.unfinished:
            if one.setup_id == answers.resume and one.tenant_id != found.session.tenant_id:
                return (
                    Problem(
                        "",
                        say(
                            "The set-up of {app} belongs to another tenant. Sign in there to go on.",
                            app=one.app_name,
                        ),
                    ),
                )
        if found.resumption is not None and found.resumption.choices:
            return (
                Problem(
                    "resume_app",
                    say(
                        "More than one app may belong to this set-up. Choose the one to go on with, or a new one."
                    ),
                ),
            )
        problems = [
            Problem("", check.sentence, blocks=check.blocks)
            for check in found.readiness
            if check.outcome in {Outcome.FAIL, Outcome.WARN}
        ]
        if any(check.outcome in {Outcome.RUNNING, Outcome.WAITING} for check in found.readiness):
            problems.append(Problem("", say("The checks are running.")))
        elif _belongs_here(answers, found) and found.resumption is None:
            # The checks end before that is known, and going on without it would be a set-up without its answers.
            problems.append(Problem("", say("How far the set-up had come is not known yet.")))
        return tuple(problems)

    def depends_on(self, answers: Answers, found: Found) -> Hashable:
        """Another scenario is another tenant, another profile asks for other things."""
        return (answers.scenario, answers.profile_id, answers.resume, answers.resume_app)

    def suggest(self, answers: Answers, found: Found) -> Answers:
        """Takes over the answers of the set-up that the person goes on with."""
        from scim_assistant.steps.targets import answers_from

        if (
            found.resumption is None
            or found.resumption.setup_id != answers.resume
            or found.resumption.choices
        ):
            return answers
        return answers_from(found.resumption.wanted, answers)

    def lookup(
        self, services: Services, answers: Answers, found: Found, work: Work, tell: Tell = tell_nobody
    ) -> Found:
        """Open the session, then ask what a set-up needs, one check after the other."""
        from scim_assistant.tenant.readiness import check_readiness, waiting_checks

        work.progress(0, None, say("Signing in"))
        session = _named(services.open_session(answers.scenario, work), work)
        profile = profile_of(answers, found)
        if profile is None:
            return replace(found, session=session)
        # A new session is another tenant perhaps: nothing that was read before holds any more.
        found = Found(
            profiles=found.profiles,
            scenarios=found.scenarios,
            unfinished=found.unfinished,
            session=session,
            readiness=waiting_checks(profile),
        )
        tell(found)
        rows = list(found.readiness)

        def on_check(check: Check) -> None:
            for place, row in enumerate(rows):
                if row.key == check.key:
                    rows[place] = check
            tell(replace(found, readiness=tuple(rows)))

        found = replace(found, readiness=check_readiness(session, profile, work, on_check))
        if _belongs_here(answers, found):
            found = take_up(services, answers, found, session, work)
        return found


def _belongs_here(answers: Answers, found: Found) -> bool:
    tenant_id = found.session.tenant_id if found.session else ""
    return any(one.setup_id == answers.resume and one.tenant_id == tenant_id for one in found.unfinished)


def take_up(services: Services, answers: Answers, found: Found, session: Session, work: Work) -> Found:
    """Look where a set-up that was left half done stands, and read its app.

    Raises:
        KnownError: The tenant could not be asked, or the app of the set-up is gone.
        Cancelled: The person pressed Cancel.
    """
    from scim_assistant.plan.resume import choose, look_again, read_app

    work.progress(0, None, say("Looking how far the set-up had come"))
    journal = services.journals.open(session.tenant_id, answers.resume)
    stands = look_again(journal, session, work)
    if stands.choices and answers.resume_app:
        chosen = [one for one in stands.choices if one.service_principal.id == answers.resume_app]
        if chosen or answers.resume_app == NEW_APP:
            stands = choose(journal, chosen[0] if chosen else None)
    app = None if stands.choices else read_app(stands, session, work)
    return replace(found, resumption=stands, setup_id=stands.setup_id, app=app)


def _named(session: Session, work: Work) -> Session:
    """The session with the name that the organisation gives itself, where that can be read."""
    from scim_assistant.graph import directory

    try:
        organization = directory.organization(session.graph, work)
    except KnownError:
        # Only the name is missing then; what really stops a set-up shows in the checks.
        return session
    return replace(
        session, tenant_name=(organization.display_name if organization else None) or session.tenant_name
    )
