"""Step 3: the app in the tenant. A new one from the gallery, or one that is there already."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import TYPE_CHECKING

from scim_assistant.errors import Cancelled, KnownError, ServiceRefused, SignInNeeded
from scim_assistant.plan.wanted import Wanted
from scim_assistant.sentence import say
from scim_assistant.steps.answers import Answers, AppChoice
from scim_assistant.steps.clean import clean_app_name
from scim_assistant.steps.found import Found
from scim_assistant.steps.needed import explained, session_of
from scim_assistant.steps.profile import app_word, profile_of
from scim_assistant.steps.services import Services
from scim_assistant.steps.step import Problem, Step, StepGroup, StepKey, Tell, tell_nobody
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.graph.types import ApplicationTemplate
    from scim_assistant.plan.apply import OnChange
    from scim_assistant.plan.change import Plan
    from scim_assistant.tenant.session import Session


CUSTOM_TEMPLATE_ID = "8adf8e6e-67b2-4cf2-a259-e3dc5476c621"
"""The gallery's template for apps that are not in it. Source: applicationTemplate-instantiate page, read 2026-11."""


class RegisterStep(Step):
    """Registers the app, or picks one that exists."""

    key = StepKey.REGISTER
    group = StepGroup.PREPARE
    title = say("Register the app")
    short_title = say("App")
    purpose = say("Add the app from Microsoft's gallery to the tenant, or use one that is there already.")

    def problems(self, answers: Answers, found: Found) -> tuple[Problem, ...]:
        """A gallery entry that takes provisioning, and either a created app, a deferred one, or one that exists."""
        template = chosen_template(answers, found)
        if template is None:
            if found.searched[:1] != (search_text(answers, found),):
                return (Problem("", say("The gallery is being searched.")),)
            if not found.templates:
                return (
                    Problem(
                        "template_id", say("No gallery app of this name was found. Search for another name.")
                    ),
                )
            return (Problem("template_id", say("Choose the app in the gallery list.")),)
        if answers.read_only:
            return self._watch_problems(answers, found, template)
        if not template.can_provision:
            return (
                Problem(
                    "template_id",
                    say(
                        "{app} takes no automatic provisioning. Choose another entry.",
                        app=template.display_name or "",
                    ),
                ),
            )
        if answers.app_choice is AppChoice.REUSE:
            return self._reuse_problems(answers, found)
        return self._new_problems(answers, found)

    def _watch_problems(
        self, answers: Answers, found: Found, template: ApplicationTemplate
    ) -> tuple[Problem, ...]:
        """Who only looks needs an app that is there and has a job."""
        if not is_searched(answers, found):
            return (Problem("", say("The tenant is being searched.")),)
        if not found.instances:
            return (
                Problem(
                    "service_principal_id",
                    say(
                        "This tenant has no app of {name}. Search for another name.",
                        name=template.display_name or "",
                    ),
                ),
            )
        if not any(app.id == answers.service_principal_id for app in found.instances):
            return (Problem("service_principal_id", say("Choose the app to look at.")),)
        if not is_read(answers, found):
            return (Problem("", say("The app is being read.")),)
        app = found.app
        if app is None or app.job is None:
            return (
                Problem(
                    "service_principal_id",
                    say(
                        "{app} has no provisioning job, so there is nothing to watch.",
                        app=app_word(answers, found),
                    ),
                ),
            )
        if app.job.is_quarantined:
            return (
                Problem(
                    "service_principal_id",
                    say("Microsoft has paused provisioning in this app. The monitor says why."),
                    blocks=False,
                ),
            )
        return ()

    def _reuse_problems(self, answers: Answers, found: Found) -> tuple[Problem, ...]:
        if not any(app.id == answers.service_principal_id for app in found.instances):
            return (Problem("service_principal_id", say("Choose the app to use, or register a new one.")),)
        if not is_read(answers, found):
            return (Problem("", say("The app is being read.")),)
        job = found.app.job if found.app else None
        if job is not None and job.is_quarantined:
            return (
                Problem(
                    "service_principal_id",
                    say(
                        "Microsoft has paused provisioning in this app. Applying and starting it again lifts that."
                    ),
                    blocks=False,
                ),
            )
        if job is not None and job.is_scheduled:
            return (
                Problem(
                    "service_principal_id",
                    say(
                        "Provisioning runs in this app now. What you change here takes effect in its next cycle."
                    ),
                    blocks=False,
                ),
            )
        return ()

    def _new_problems(self, answers: Answers, found: Found) -> tuple[Problem, ...]:
        name = clean_app_name(answers.app_name)
        problems = [Problem("app_name", note, blocks=False) for note in name.notes]
        if name.problem is not None:
            return (*problems, Problem("app_name", name.problem))
        if is_read(answers, found):
            return tuple(problems)
        if answers.service_principal_id and found.setup_id:
            return (*problems, Problem("", say("The new app is being read.")))
        if any((app.display_name or "").casefold() == name.value.casefold() for app in found.instances):
            problems.append(
                Problem(
                    "app_name",
                    say(
                        "An app of this name exists in the tenant. Use that one, or choose a name that tells them apart."
                    ),
                    blocks=False,
                )
            )
        if not answers.create_later:
            problems.append(
                Problem(
                    "",
                    say("Create the app, or choose to create it together with everything else at the end."),
                )
            )
        return tuple(problems)

    def suggest(self, answers: Answers, found: Found) -> Answers:
        """Names a new app after its gallery entry; who only looks gets the app that is there, where there is one."""
        if answers.read_only:
            there = [app.id for app in found.instances]
            if len(there) == 1 and answers.service_principal_id not in there:
                answers = replace(answers, service_principal_id=there[0])
            return replace(answers, app_choice=AppChoice.REUSE)
        template = chosen_template(answers, found)
        if answers.app_name or template is None:
            return answers
        return replace(answers, app_name=template.display_name or "")

    def depends_on(self, answers: Answers, found: Found) -> Hashable:
        """The gallery search, the entry chosen, and the app to read."""
        return (
            found.session.tenant_id if found.session else "",
            answers.profile_id,
            answers.gallery_search.strip(),
            answers.template_id,
            answers.service_principal_id,
        )

    def lookup(
        self, services: Services, answers: Answers, found: Found, work: Work, tell: Tell = tell_nobody
    ) -> Found:
        """Search the gallery, then the tenant for apps of the entry chosen; read the one that is to be used."""
        session = session_of(found)
        with explained(session, work):
            return _look(session, answers, found, search_text(answers, found), work, tell)


def _look(  # noqa: PLR0917 - session first, work and its listener last, as everywhere here
    session: Session, answers: Answers, found: Found, text: str, work: Work, tell: Tell
) -> Found:
    """Gallery, then instances, then the app."""
    from scim_assistant.tenant.snapshot import fetch_app, find_instances

    work.progress(0, 3, say("Searching the gallery for {name}", name=text))
    found = replace(found, templates=search_gallery(session, text, work))
    template = chosen_template(answers, found)
    wanted = (text,) if template is None else (text, template.id)
    if found.searched != wanted:
        # Apps of another entry must not be taken for apps of this one.
        found = replace(found, instances=(), searched=(text,))
    tell(found)
    if template is None:
        return replace(found, instances=(), app=None, default_schema=None)
    work.progress(1, 3, say("Looking for apps of {name} in the tenant", name=template.display_name or text))
    found = replace(found, instances=find_instances(session, template.id, work), searched=wanted)
    tell(found)
    if not answers.service_principal_id:
        return replace(found, app=None, default_schema=None)
    if is_read(answers, found):
        return found
    work.progress(2, 3, say("Reading the app"))
    return replace(found, app=fetch_app(session, answers.service_principal_id, work), default_schema=None)


def search_text(answers: Answers, found: Found) -> str:
    """For what the gallery is searched: what the person typed, else the name of the profile's app. Pure."""
    profile = profile_of(answers, found)
    return answers.gallery_search.strip() or (profile.gallery_name or profile.display_name if profile else "")


def is_searched(answers: Answers, found: Found) -> bool:
    """True when the tenant was searched for apps of the entry that is chosen, so that none means none. Pure."""
    template = chosen_template(answers, found)
    return template is not None and found.searched == (search_text(answers, found), template.id)


def is_read(answers: Answers, found: Found) -> bool:
    """True when the app that the answers name is the one that was read."""
    return (
        bool(answers.service_principal_id)
        and found.app is not None
        and found.app.service_principal.id == answers.service_principal_id
    )


def search_gallery(session: Session, text: str, work: Work) -> tuple[ApplicationTemplate, ...]:
    """Gallery entries that match a name: the same name first, then those that take provisioning, then the rest."""
    from scim_assistant.graph import applications

    if not text.strip():
        return ()
    wanted = text.strip().casefold()
    return tuple(
        sorted(
            applications.find_templates(session.graph, text.strip(), work),
            key=lambda entry: (
                (entry.display_name or "").casefold() != wanted,
                not entry.can_provision,
                (entry.display_name or "").casefold(),
            ),
        )
    )


def chosen_template(answers: Answers, found: Found) -> ApplicationTemplate | None:
    """The gallery entry that the person chose, else the one that bears the profile's name exactly."""
    if answers.template_id:
        return next((entry for entry in found.templates if entry.id == answers.template_id), None)
    profile = profile_of(answers, found)
    custom = next((entry for entry in found.templates if entry.id == CUSTOM_TEMPLATE_ID), None)
    if custom is not None:
        return custom
    name = (answers.gallery_search.strip() or (profile.gallery_name if profile else "") or "").casefold()
    exact = [entry for entry in found.templates if (entry.display_name or "").casefold() == name]
    return next((entry for entry in exact if entry.can_provision), exact[0] if exact else None)


def app_wanted(answers: Answers, found: Found) -> Wanted:
    """What the one-change plan of this page is for.

    Raises:
        KnownError: No gallery entry is chosen.
    """
    template = chosen_template(answers, found)
    if template is None:
        raise KnownError(
            say("The app was not created."),
            say("No gallery app is chosen."),
            say("Choose one in the gallery list."),
        )
    return Wanted(template_id=template.id, app_name=clean_app_name(answers.app_name).value)


def app_plan(answers: Answers, found: Found) -> Plan:
    """The one-change plan that the person confirms on this page. Pure."""
    from scim_assistant.plan.make import plan_app

    return plan_app(app_wanted(answers, found))


def create_app(
    services: Services,
    answers: Answers,
    found: Found,
    work: Work,
    on_change: OnChange | None = None,
) -> tuple[Answers, Found]:
    """Create the app now, as a one-change plan with its own journal.

    A second call after trouble goes on with the same journal, so that no second app is made.

    Returns:
        The answers with the new app chosen, and what was found; ``found.trouble`` says why it was not created.

    Raises:
        SignInNeeded: The permissions for changes have to be allowed first; nothing was sent then.
        KnownError: The journal cannot be written, or the new app cannot be read.
        Cancelled: The person pressed Cancel.
    """
    from scim_assistant.plan.apply import apply_plan
    from scim_assistant.plan.ledger import read_ledger
    from scim_assistant.tenant.snapshot import fetch_app

    session = session_of(found)
    plan = app_plan(answers, found)
    session.require_write(say("The app was not created."))
    if found.setup_id:
        journal = services.journals.open(session.tenant_id, found.setup_id)
    else:
        journal = services.journals.begin(session.tenant_id, answers.profile_id, plan.wanted)
    found = replace(found, setup_id=journal.setup_id, trouble=None)
    applied = apply_plan(plan, session, journal, work, on_change or (lambda change, state, trouble: None))
    if not applied.complete or not applied.service_principal_id:
        return answers, replace(found, trouble=_in_plain_words(applied.trouble, session, work))
    answers = replace(
        answers,
        app_choice=AppChoice.NEW,
        service_principal_id=applied.service_principal_id,
        create_later=False,
    )
    app = fetch_app(
        session,
        applied.service_principal_id,
        work,
        application_id=applied.application_id or None,
        created_at=read_ledger(journal.entries()).app_created_at,
    )
    return answers, replace(found, app=app, default_schema=None)


def _in_plain_words(trouble: KnownError | None, session: Session, work: Work) -> KnownError | None:
    """A refused creation, with the cause already in what was not done where it is certain that a role is missing."""
    from scim_assistant.tenant.checks import Cause
    from scim_assistant.tenant.explain import Explained, lacks_role, own_roles

    if not isinstance(trouble, Explained) or trouble.cause is not Cause.ROLE:
        return trouble
    plain = ServiceRefused(
        say("The app was not created: no administrator role is active."),
        trouble.why,
        trouble.next_step,
        trouble.details,
    )
    try:
        if not lacks_role(plain, own_roles(session, work), session):
            return trouble  # the roles could not all be read, so nothing is claimed of them
    except (Cancelled, SignInNeeded):
        return trouble
    return Explained(plain, trouble.cause, trouble.why, trouble.next_step, trouble.fix)
