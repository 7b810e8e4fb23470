"""Step 8: every change as a sentence, then apply, with undo."""

from __future__ import annotations

from collections.abc import Hashable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from scim_assistant.errors import Cancelled, KnownError
from scim_assistant.plan.wanted import Mode, Wanted
from scim_assistant.secret import Secret
from scim_assistant.sentence import counted, say
from scim_assistant.steps.answers import Answers, AppChoice
from scim_assistant.steps.clean import clean_secret, fingerprint
from scim_assistant.steps.found import Found
from scim_assistant.steps.needed import session_of
from scim_assistant.steps.register import is_read
from scim_assistant.steps.services import Services
from scim_assistant.steps.step import Problem, Step, StepGroup, StepKey, Tell, tell_nobody
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.plan.apply import Applied, OnChange
    from scim_assistant.plan.journal import Journal
    from scim_assistant.plan.undo import UndoPlan
    from scim_assistant.tenant.session import Session
    from scim_assistant.tenant.snapshot import AppSnapshot


class ReviewStep(Step):
    """Shows the plan; applying it is the page's commit."""

    key = StepKey.REVIEW
    group = StepGroup.DECIDE
    title = say("Review and apply")
    short_title = say("Review")
    purpose = say(
        "Every change that is made in the tenant, in order. Nothing is written before you apply it."
    )

    def problems(self, answers: Answers, found: Found) -> tuple[Problem, ...]:
        """The plan has to be applied to the end before one can go on."""
        if found.plan is None:
            return (Problem("", say("The plan is being made.")),)
        warnings = tuple(Problem("", warning, blocks=False) for warning in found.plan.warnings)
        if not found.plan.changes:
            return (
                *warnings,
                Problem(
                    "", say("Everything is in place already, so there is nothing to apply."), blocks=False
                ),
            )
        if found.applied is None:
            changes = counted(len(found.plan.changes), "change", "changes")
            return (*warnings, Problem("", say("Apply the {changes} to go on.", changes=changes)))
        if not found.applied.complete:
            return (
                *warnings,
                Problem("", say("Not every change is made. Apply again to go on where it stopped.")),
            )
        if not _is_known(found):
            return (*warnings, Problem("", say("Everything is applied; the app is being read once more.")))
        return warnings

    def depends_on(self, answers: Answers, found: Found) -> Hashable:
        """Everything that a plan is made of; once applied, nothing."""
        if is_applied(found):
            return ("applied", found.setup_id, _is_known(found))
        return (
            found.session.tenant_id if found.session else "",
            answers.profile_id,
            answers.template_id,
            answers.service_principal_id,
            answers.app_name,
            answers.tenant_url,
            answers.test_overridden,
            answers.mode,
            answers.everyone,
            answers.principals,
            answers.notify_email,
            answers.delete_guard,
            answers.delete_threshold,
            fingerprint(clean_secret(answers.secret).value),
            tuple((check.key, check.outcome) for check in (*found.connection, *found.cloud)),
        )

    def suggest(self, answers: Answers, found: Found) -> Answers:
        """Takes over the app that applying has created."""
        if answers.service_principal_id or found.applied is None or not found.applied.service_principal_id:
            return answers
        return replace(answers, service_principal_id=found.applied.service_principal_id)

    def lookup(
        self, services: Services, answers: Answers, found: Found, work: Work, tell: Tell = tell_nobody
    ) -> Found:
        """Read the app once more and make the plan."""
        if is_applied(found):
            return found if _is_known(found) else read_applied(services, found, work)
        return make_plan(services, answers, found, work)


def is_applied(found: Found) -> bool:
    """True when the plan was applied to the end."""
    return found.applied is not None and found.applied.complete


def _is_known(found: Found) -> bool:
    """True when the app was read after applying, with its job."""
    return found.app is not None and found.app.job is not None


def read_applied(services: Services, found: Found, work: Work) -> Found:
    """Read the app as it is after applying.

    Raises:
        KnownError: It could not be read.
        Cancelled: The person pressed Cancel.
    """
    from scim_assistant.plan.ledger import read_ledger
    from scim_assistant.tenant.snapshot import fetch_app

    session = session_of(found)
    told = read_ledger(services.journals.open(session.tenant_id, found.setup_id).entries())
    app = fetch_app(
        session,
        told.service_principal_id,
        work,
        application_id=told.application_id or None,
        created_at=told.app_created_at,
        job_id=told.job_id,
        job_created_at=told.newest_at,
    )
    return replace(found, app=app)


def make_plan(services: Services, answers: Answers, found: Found, work: Work) -> Found:
    """Read the app as it is now and plan what is missing.

    Raises:
        KnownError: The app could not be read, or something is missing that a plan needs.
        Cancelled: The person pressed Cancel.
    """
    from scim_assistant.plan.make import plan_setup
    from scim_assistant.steps.targets import wanted_from

    if answers.service_principal_id:
        found = replace(found, app=_read(services, answers, found, work))
    plan = plan_setup(wanted_from(answers, found), found.app if answers.service_principal_id else None)
    return replace(found, plan=plan, applied=None)


def _read(services: Services, answers: Answers, found: Found, work: Work) -> AppSnapshot:
    from scim_assistant.plan.ledger import read_ledger
    from scim_assistant.tenant.snapshot import fetch_app

    session = session_of(found)
    known = found.app if is_read(answers, found) else None
    newest_at = None
    if found.setup_id:
        journal = services.journals.open(session.tenant_id, found.setup_id)
        newest_at = read_ledger(journal.entries()).newest_at
    return fetch_app(
        session,
        answers.service_principal_id,
        work,
        application_id=known.application_id if known else None,
        created_at=known.created_at if known else None,
        job_id=known.job.id if known and known.job else "",
        job_created_at=newest_at,
    )


def apply(
    services: Services, answers: Answers, found: Found, work: Work, on_change: OnChange | None = None
) -> Found:
    """Make the changes of the plan, journaled; called again after trouble or Cancel, it goes on where it stopped.

    Returns:
        ``found`` with ``applied``, the journal's ``setup_id`` and the app as it is now; ``trouble`` says why it
        stopped, or why the secret could not be kept in the keyring.

    Raises:
        SignInNeeded: The permissions for changes have to be allowed first; nothing was sent then.
        KnownError: There is no plan, or the journal cannot be written; nothing was sent then.
    """
    from scim_assistant.plan.apply import apply_plan

    session = session_of(found)
    plan = found.plan
    if plan is None:
        raise KnownError(
            say("Nothing was applied."), say("There is no plan yet."), say("Open the Review page again.")
        )
    session.require_write(say("The changes were not applied."))
    journal = open_journal(services, answers, found, plan.wanted)
    found = replace(found, setup_id=journal.setup_id)
    applied = apply_plan(plan, session, journal, work, on_change or _nobody)
    found = replace(found, applied=applied, trouble=applied.trouble)
    if applied.service_principal_id:
        try:
            found = read_applied(services, found, work)
        except Cancelled:
            pass  # what was made must not get lost with the reading of it; the page reads it again
        except KnownError as error:
            found = replace(found, trouble=applied.trouble or error)
    _remember_day(services, answers, found, applied)
    if applied.complete:
        if answers.mode is Mode.MANUAL:
            services.journals.close(journal, "finished")
        found = _keep_secret(services, answers, found, session, work)
    return found


def _nobody(change: object, state: object, trouble: object) -> None:
    """Nobody watches the changes."""


def open_journal(services: Services, answers: Answers, found: Found, wanted: Wanted) -> Journal:
    """The journal of this set-up: the one that it has, or a new one.

    Raises:
        JournalTrouble: The disk refused, or another program works on this set-up.
    """
    tenant_id = session_of(found).tenant_id
    if found.setup_id:
        return services.journals.open(tenant_id, found.setup_id)
    return services.journals.begin(tenant_id, answers.profile_id, wanted)


def _remember_day(services: Services, answers: Answers, found: Found, applied: Applied) -> None:
    """Remember that the token was saved today, to warn before it ends."""
    from scim_assistant.plan.change import ChangeKind, ChangeState
    from scim_assistant.steps.profile import profile_of
    from scim_assistant.steps.token_days import remember_saved

    saved = any(
        change.kind is ChangeKind.WRITE_SECRETS and state is ChangeState.DONE
        for change, state in applied.states
    )
    if not saved or found.plan is None:
        return
    with suppress(KnownError):  # a day that was not noted is no reason to hold up a set-up that is made
        remember_saved(
            services,
            session_of(found).tenant_id,
            applied.service_principal_id,
            profile_of(answers, found),
            found.plan.wanted.secret or Secret(),
        )


def _keep_secret(services: Services, answers: Answers, found: Found, session: Session, work: Work) -> Found:
    secret = clean_secret(answers.secret).value
    if not answers.keep_secret or not secret or found.applied is None:
        return found
    try:
        services.secrets.save(session.tenant_id, found.applied.service_principal_id, secret, work)
    except Cancelled:
        # The changes are made, and what is known of them must not get lost with the wait for the keyring.
        stopped = KnownError(
            say("The Secret Token was not kept in the system keyring."),
            say("You stopped waiting for the keyring."),
            say("Go on: the set-up works without."),
        )
        return replace(found, trouble=found.trouble or stopped)
    except KnownError as error:
        return replace(found, trouble=found.trouble or error)
    return found


def make_undo(services: Services, answers: Answers, found: Found, work: Work) -> UndoPlan:
    """What undoing this set-up means: only what it made, last made first, and what stays.

    Raises:
        KnownError: There is nothing to undo, or the app or the journal cannot be read.
        Cancelled: The person pressed Cancel.
    """
    from scim_assistant.plan.undo import plan_undo, read_for_undo

    session = session_of(found)
    if not found.setup_id:
        raise KnownError(
            say("Nothing was undone."),
            say("This set-up has written nothing."),
            say("Go on, or close the window."),
        )
    journal = services.journals.open(session.tenant_id, found.setup_id)
    app = read_for_undo(journal, session, work)
    return plan_undo(journal, app, secret=clean_secret(answers.secret).value or None)


def undo(  # noqa: PLR0917 - as apply, with the plan that the person has seen
    services: Services,
    answers: Answers,
    found: Found,
    plan: UndoPlan,
    work: Work,
    on_change: OnChange | None = None,
) -> tuple[Answers, Found]:
    """Take back what this set-up made.

    Returns:
        Answers and findings as they stand before the app was registered, or before the changes to an existing one;
        ``found.trouble`` says why it stopped half way.

    Raises:
        SignInNeeded: The permissions for changes have to be allowed first; nothing was sent then.
        KnownError: The journal cannot be written; nothing was sent then.
    """
    from scim_assistant.plan.ledger import read_ledger
    from scim_assistant.plan.undo import apply_undo

    session = session_of(found)
    session.require_write(say("Nothing was undone."))
    journal = services.journals.open(session.tenant_id, found.setup_id)
    told = read_ledger(journal.entries())
    applied = apply_undo(plan, session, journal, work, on_change or _nobody)
    if not applied.complete:
        return answers, replace(found, trouble=applied.trouble)
    journal.release()
    if told.service_principal_id and answers.keep_secret:
        # One that stays is still listed under what is stored, and can be forgotten there.
        with suppress(KnownError, Cancelled):
            services.secrets.forget(session.tenant_id, told.service_principal_id, work)
    if answers.app_choice is AppChoice.NEW:
        answers = replace(answers, service_principal_id="")
    found = replace(
        found,
        resumption=None,
        setup_id="",
        app=None,
        default_schema=None,
        preview=None,
        plan=None,
        applied=None,
        proof=(),
        proof_result=None,
        started=False,
        trouble=None,
    )
    return replace(answers, resume="", resume_app=""), found
