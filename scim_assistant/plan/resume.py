"""Go on with a set-up that was left half done, without making anything twice.

First ``look_again`` brings journal and tenant together: what was sent and never confirmed is looked for, longer than
replication takes. Where it cannot be certain which app belongs to the set-up, it returns choices for the person, whose
answer ``choose`` journals. Then ``resume`` plans what is still missing, and applies it with the same journal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from scim_assistant.errors import KnownError
from scim_assistant.graph import applications
from scim_assistant.plan import ledger, look
from scim_assistant.plan.apply import Applied, OnChange, apply_plan, same_tenant
from scim_assistant.plan.carry_out import app_data
from scim_assistant.plan.change import Plan
from scim_assistant.plan.journal import Journal
from scim_assistant.plan.ledger import Ledger, Write, read_ledger, with_secret
from scim_assistant.plan.look import Candidate
from scim_assistant.plan.make import plan_setup
from scim_assistant.plan.wanted import Wanted
from scim_assistant.secret import Secret
from scim_assistant.sentence import Sentence, say
from scim_assistant.tenant.patience import patiently
from scim_assistant.tenant.session import Session
from scim_assistant.tenant.snapshot import AppSnapshot, fetch_app
from scim_assistant.work import Work

PREFIX = ledger.assign_key("")


class AppGone(KnownError):
    """The app of a set-up is not in the tenant any more."""


@dataclass(frozen=True, slots=True)
class Resumption:
    """Where a set-up stands, seen from its journal and from the tenant.

    Attributes:
        setup_id: Its journal.
        profile_id: App profile it was started with.
        wanted: What it was for, with the app filled in where it is known; the secret is never there.
        service_principal_id, application_id, job_id: What exists; empty when unknown.
        created_at: When this set-up created the app (aware UTC); None when it did not.
        newest_at: When it made the app or the job, whichever was later; None when it made neither.
        needs_secret: The Secret Token has to be entered again, since it is not confirmed as stored.
        choices: Apps of which the person has to say which belongs to this set-up; empty where that is clear.
        told: What was found out, one sentence each.
    """

    setup_id: str
    profile_id: str
    wanted: Wanted
    service_principal_id: str
    application_id: str
    job_id: str
    created_at: datetime | None
    newest_at: datetime | None
    needs_secret: bool
    choices: tuple[Candidate, ...] = ()
    told: tuple[Sentence, ...] = ()


def look_again(journal: Journal, session: Session, work: Work) -> Resumption:
    """Find out what became of every write that was sent and never confirmed, and journal it.

    Raises:
        KnownError: The tenant could not be asked, or is not that of the set-up, or the app of this set-up is gone.
        Cancelled: The person pressed Cancel; what was found out until then is kept.
    """
    # Not finding something in another tenant says nothing about this one.
    same_tenant(journal, session)
    told: list[Sentence] = []
    for write in read_ledger(journal.entries()).open_writes:
        if write.key == ledger.CREATE_APP:
            candidates = look.look_for_app(session, write, work)
            if len(candidates) > 1 or (candidates and not candidates[0].fits):
                return _resumption(journal, choices=candidates)
            if candidates:
                journal.write("after", write.key, found=True, **app_data(candidates[0]))
                told.append(say("The app was registered before the set-up broke off."))
            else:
                journal.write("refused", write.key, looked=True)
                told.append(say("The app was not registered before the set-up broke off."))
    now = read_ledger(journal.entries())
    if now.service_principal_id:
        _check_app(now, session, work)
        for write in now.open_writes:
            told += _settle(write, now.service_principal_id, journal, session, work)
    return replace(_resumption(journal), told=tuple(told))


def choose(journal: Journal, candidate: Candidate | None) -> Resumption:
    """Journal which app belongs to the set-up.

    Args:
        candidate: One of ``Resumption.choices``; None when none of them does, so that a new app is made.

    Raises:
        JournalTrouble: The disk refused.
    """
    if candidate is None:
        journal.write("refused", ledger.CREATE_APP, chosen=True)
    elif candidate.fits:
        journal.write("after", ledger.CREATE_APP, found=True, **app_data(candidate))
    else:
        # Taken over, not made here: undoing the set-up leaves it alone.
        journal.write("refused", ledger.CREATE_APP, chosen=True)
        journal.write(
            "chosen",
            service_principal_id=candidate.service_principal.id,
            application_id=candidate.application_id,
        )
    return _resumption(journal)


def read_app(resumption: Resumption, session: Session, work: Work) -> AppSnapshot | None:
    """The app of the set-up as it is now; None while it has to be created.

    A server that does not know the job of a new app yet is not believed: the journal knows it.

    Raises:
        KnownError: It could not be read.
        Cancelled: The person pressed Cancel.
    """
    if not resumption.service_principal_id:
        return None
    last: AppSnapshot | None = None

    def read() -> AppSnapshot | None:
        nonlocal last
        last = fetch_app(
            session,
            resumption.service_principal_id,
            work,
            application_id=resumption.application_id or None,
            created_at=resumption.newest_at,
        )
        return last if last.job is not None or not resumption.job_id else None

    look.look_until(
        read,
        since=resumption.newest_at or datetime.min.replace(tzinfo=UTC),
        session=session,
        work=work,
        sentence=say("Waiting until Microsoft shows the app with its provisioning job"),
        young=resumption.newest_at is not None,
    )
    return replace(last, created_at=resumption.created_at) if last else None


def plan_rest(resumption: Resumption, app: AppSnapshot | None, secret: Secret | None) -> Plan:
    """What is still missing.

    Args:
        secret: The Secret Token, entered again; None keeps the one that is confirmed as stored.

    Raises:
        KnownError: The Secret Token is needed and was not given.
    """
    if resumption.needs_secret and not secret and resumption.wanted.tenant_url:
        raise KnownError(
            say("The set-up does not go on yet."),
            say("The Secret Token is not confirmed as stored, and it is never kept on disk."),
            say("Enter the Secret Token on the Connect page."),
        )
    return plan_setup(with_secret(resumption.wanted, secret), app)


def resume(
    journal: Journal, session: Session, work: Work, on_change: OnChange, *, secret: Secret | None = None
) -> Applied:
    """Look again, plan what is missing, apply it: the whole way for a caller who has nothing to ask.

    Raises:
        KnownError: The person has to choose an app or enter the secret, or the tenant could not be asked.
        Cancelled: The person pressed Cancel while it was looked.
    """
    found = look_again(journal, session, work)
    if found.choices:
        raise KnownError(
            say("The set-up does not go on yet."),
            say("It is not certain which of the apps in the tenant belongs to it."),
            say("Choose the app on the start page."),
        )
    plan = plan_rest(found, read_app(found, session, work), secret)
    return apply_plan(plan, session, journal, work, on_change)


def _settle(write: Write, app_id: str, journal: Journal, session: Session, work: Work) -> list[Sentence]:
    """Find out about one write below the app."""
    if write.key == ledger.CREATE_JOB:
        job = look.look_for_job(
            session, app_id, work, template_id=str(write.before.get("template_id", "")), since=write.before_at
        )
        if job is None:
            journal.write("refused", write.key, looked=True)
            return [say("The provisioning job was not created before the set-up broke off.")]
        journal.write("after", write.key, found=True, job_id=job.id)
        return [say("The provisioning job was created before the set-up broke off.")]
    if write.key.startswith(PREFIX):
        found = look.look_for_assignment(
            session, app_id, work, principal_id=write.key.removeprefix(PREFIX), since=write.before_at
        )
        if found is None:
            journal.write("refused", write.key, looked=True)
            return [say("The last assignment was not made before the set-up broke off.")]
        journal.write("after", write.key, found=True, assignment_id=found.id)
        return [say("The last assignment was made before the set-up broke off.")]
    if write.key == ledger.WRITE_SECRETS:
        return [say("Whether the Secret Token was stored cannot be seen, so it is written again.")]
    return []  # starting, pausing and restarting show in the job, and are planned from what it shows


def _check_app(now: Ledger, session: Session, work: Work) -> None:
    """See that the app is still there: a set-up never goes on with one that somebody has removed."""
    try:
        patiently(
            lambda: applications.get_service_principal(session.graph, now.service_principal_id, work),
            session=session,
            born_at=now.newest_at,
            patience_s=look.LOOK_S,
            work=work,
        )
    except KnownError as error:
        if not applications.is_gone(error):
            raise
        raise AppGone(
            say("The set-up does not go on."),
            say("Its app {app} is not in the tenant any more.", app=now.wanted.app_name),
            say("Begin a new set-up, or bring the app back in the portal under Enterprise apps."),
            error.details,
        ) from error


def _resumption(journal: Journal, choices: tuple[Candidate, ...] = ()) -> Resumption:
    now = read_ledger(journal.entries())
    return Resumption(
        setup_id=journal.setup_id,
        profile_id=now.profile_id,
        wanted=now.wanted,
        service_principal_id=now.service_principal_id,
        application_id=now.application_id,
        job_id=now.job_id,
        created_at=now.app_created_at,
        newest_at=now.newest_at,
        needs_secret=now.needs_secret,
        choices=choices,
    )
