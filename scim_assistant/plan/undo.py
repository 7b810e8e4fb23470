"""Take back what a set-up made, in reverse order, and nothing else; journaled like every write.

What was there before the set-up stays: an app that was reused, its assignments, its job. Earlier settings are put back
where they are known. The earlier Secret Token is not known to anybody but Microsoft, and the plan says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from scim_assistant.errors import ServiceRefused
from scim_assistant.graph import applications, synchronization
from scim_assistant.graph.types import same
from scim_assistant.plan import app_settings, ledger, make
from scim_assistant.plan.apply import Applied, OnChange, make_changes, require_write, same_tenant
from scim_assistant.plan.change import Change, ChangeKind, Plan
from scim_assistant.plan.journal import Journal
from scim_assistant.plan.ledger import Fate, Ledger, Write, read_ledger
from scim_assistant.secret import MASK, Secret
from scim_assistant.sentence import Sentence, counted, say
from scim_assistant.tenant.session import Session
from scim_assistant.tenant.snapshot import AppSnapshot, fetch_app
from scim_assistant.work import Work


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """What undoing a set-up does.

    Attributes:
        plan: The changes, last made first.
        stays: What is not taken back or cannot be restored, one sentence each.
    """

    plan: Plan
    stays: tuple[Sentence, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes in the order in which they are made."""
        return self.plan.changes


def read_for_undo(journal: Journal, session: Session, work: Work) -> AppSnapshot | None:
    """The app of a set-up as it is now; None when there is none, or when it is gone already.

    Raises:
        KnownError: The tenant could not be asked.
        Cancelled: The person pressed Cancel.
    """
    told = read_ledger(journal.entries())
    if not told.service_principal_id:
        return None
    try:
        app = fetch_app(
            session,
            told.service_principal_id,
            work,
            application_id=told.application_id or None,
            created_at=told.newest_at,
        )
    except ServiceRefused as error:
        if applications.is_gone(error):
            return None
        raise
    return replace(app, created_at=told.app_created_at)


def plan_undo(journal: Journal, app: AppSnapshot | None, *, secret: Secret | None = None) -> UndoPlan:
    """Plan to take back what this set-up made.

    Args:
        app: The app as it is now; None when it is gone, which leaves nothing to undo.
        secret: The token that is stored now, if it is still in memory: with it, earlier settings of an app that was
            reused can be put back while the Tenant URL stays.

    Raises:
        JournalTrouble: The journal cannot be read.
    """
    told = read_ledger(journal.entries())
    changes: list[Change] = []
    stays: list[Sentence] = []
    if app is not None:
        changes, stays = _taken_back(told, app, secret)
    return UndoPlan(
        plan=Plan(wanted=told.wanted, changes=tuple(changes), made_at=make.now(), warnings=tuple(stays)),
        stays=tuple(stays),
    )


def apply_undo(
    undo: UndoPlan, session: Session, journal: Journal, work: Work, on_change: OnChange
) -> Applied:
    """Take the changes back. When all are, the journal says *undone*, and the set-up is not offered again.

    Raises:
        JournalTrouble: The journal cannot be read, or belongs to another tenant; nothing was sent.
        SignInNeeded, KnownError: As ``apply_plan``.
    """
    same_tenant(journal, session)
    require_write(undo.plan, session)
    journal.write(
        "planned",
        changes=[{"key": one.key, "kind": one.kind, "sentence": one.sentence} for one in undo.changes],
    )
    applied = make_changes(undo.plan, session, journal, work, on_change, check=False)
    if applied.complete:
        journal.write("closed", outcome="undone")
    return applied


def _taken_back(told: Ledger, app: AppSnapshot, secret: Secret | None) -> tuple[list[Change], list[Sentence]]:
    ours = told.is_ours(ledger.CREATE_APP) or _open(told, ledger.CREATE_APP)
    job_ours = told.is_ours(ledger.CREATE_JOB) or _open(told, ledger.CREATE_JOB)
    changes: list[Change] = []
    stays: list[Sentence] = []
    job = app.job
    if job is not None and (ours or job_ours):
        # The job goes first: while it runs, taking assignments back would shut people's accounts.
        if job.is_scheduled:
            changes.append(_pause(app))
        changes.append(_remove_job(app))
    elif job is not None:
        changes += _job_as_before(told, app)
    if not ours:
        changes += _unassign(told, app, job_runs=job is not None and not job_ours and job.is_scheduled)
        settings, left = _settings_as_before(told, app, secret)
        changes += settings
        stays += left
    else:
        changes.append(_remove_app(app))
    if job is not None and job.status is not None and job.status.last_execution is not None:
        stays.append(
            say(
                "Accounts that provisioning created at {app} stay there. Remove them at {app} if they should go.",
                app=_name(app),
            )
        )
    return changes, stays


def _open(told: Ledger, key: str) -> bool:
    return told.fate(key) is Fate.OPEN


def _job_as_before(told: Ledger, app: AppSnapshot) -> list[Change]:
    """A job that was there before runs, or does not, as it did before the set-up touched it."""
    job = app.job
    first = next(
        (
            write
            for key, write in told.writes.items()
            if key in (ledger.PAUSE, ledger.START, ledger.RESTART) and write.fate in (Fate.DONE, Fate.OPEN)
        ),
        None,
    )
    if job is None or first is None or first.was is None:
        return []
    ran = bool(first.was.get("scheduled"))
    if ran and not job.is_scheduled:
        return [
            Change(
                key=ledger.UNDO + ledger.START,
                kind=ChangeKind.START,
                sentence=say("Start provisioning of {app} again, as before", app=_name(app)),
                old=say("paused"),
                new=say("runs by itself"),
                request=synchronization.start_job_request(app.service_principal.id, job.id),
            )
        ]
    if job.is_scheduled and not ran:
        return [_pause(app)]
    return []


def _pause(app: AppSnapshot) -> Change:
    return Change(
        key=ledger.UNDO + ledger.PAUSE,
        kind=ChangeKind.PAUSE,
        sentence=say("Pause provisioning of {app}", app=_name(app)),
        old=say("runs by itself"),
        new=say("paused"),
        request=synchronization.pause_job_request(
            app.service_principal.id, app.job.id if app.job else make.JOB
        ),
    )


def _remove_job(app: AppSnapshot) -> Change:
    return Change(
        key=ledger.UNDO + ledger.CREATE_JOB,
        kind=ChangeKind.REMOVE_JOB,
        sentence=say("Remove the provisioning job of {app}; accounts there stay", app=_name(app)),
        old=say("there"),
        new=app_settings.NONE,
        request=synchronization.delete_job_request(
            app.service_principal.id, app.job.id if app.job else make.JOB
        ),
    )


def _remove_app(app: AppSnapshot) -> Change:
    if app.application_id:
        request = applications.delete_application_request(app.application_id)
    else:
        request = applications.delete_service_principal_request(app.service_principal.id)
    people = len(app.assignments)
    return Change(
        key=ledger.UNDO + ledger.CREATE_APP,
        kind=ChangeKind.REMOVE_APP,
        sentence=say(
            "Remove {app} from the tenant, with its {assignments}; Microsoft keeps removed apps for a while",
            app=_name(app),
            assignments=counted(people, "assignment", "assignments"),
        )
        if people
        else say("Remove {app} from the tenant; Microsoft keeps removed apps for a while", app=_name(app)),
        old=_name(app),
        new=app_settings.NONE,
        request=request,
    )


def _unassign(told: Ledger, app: AppSnapshot, *, job_runs: bool) -> list[Change]:
    prefix = ledger.assign_key("")
    changes = []
    for key in reversed(list(told.writes)):
        if not key.startswith(prefix) or not (told.is_ours(key) or _open(told, key)):
            continue
        principal_id = key.removeprefix(prefix)
        assignment = next((one for one in app.assignments if same(one.principal_id, principal_id)), None)
        if assignment is None:
            continue
        name = assignment.principal_display_name or _planned_name(told, principal_id)
        changes.append(
            Change(
                key=ledger.UNDO + key,
                kind=ChangeKind.UNASSIGN,
                sentence=say(
                    "Take the assignment of {name} back; the next cycle shuts the account at {app}",
                    name=name,
                    app=_name(app),
                )
                if job_runs
                else say("Take the assignment of {name} back", name=name),
                old=say("assigned"),
                new=say("not assigned"),
                request=applications.unassign_request(app.service_principal.id, assignment.id),
            )
        )
    return changes


def _settings_as_before(
    told: Ledger, app: AppSnapshot, secret: Secret | None
) -> tuple[list[Change], list[Sentence]]:
    write = told.writes.get(ledger.WRITE_SECRETS)
    if write is None or write.fate not in (Fate.DONE, Fate.OPEN):
        return [], []
    was = _was(write)
    others = [
        (entry.key, entry.value)
        for entry in app.secrets
        if entry.key not in app_settings.OWN_SETTINGS and entry.value and not entry.is_masked
    ]
    url = was.get(app_settings.BASE_ADDRESS, "")
    now_url = app.secret(app_settings.BASE_ADDRESS) or ""
    token_before = app_settings.SECRET_TOKEN in was
    stays: list[Sentence] = []
    if token_before and app_settings.same_setting(app_settings.BASE_ADDRESS, url, now_url):
        if not secret:
            return [], [
                say(
                    "The settings of {app} stay as they are now: they can only be written together with the Secret "
                    "Token, which is not in memory any more.",
                    app=_name(app),
                )
            ]
        token = secret
        stays.append(
            say("The Secret Token stays the one of this set-up: Microsoft does not show the earlier one.")
        )
    else:
        token = Secret()  # the new token must never be sent to the earlier address
        if token_before:
            stays.append(
                say(
                    "The earlier Secret Token cannot be restored, since Microsoft does not show it. Provisioning of "
                    "{app} stands still until it is entered again.",
                    app=_name(app),
                )
            )
    entries: list[tuple[str, str | Secret]] = [
        (app_settings.BASE_ADDRESS, url),
        (app_settings.SECRET_TOKEN, token),
        (app_settings.SYNC_ALL, was.get(app_settings.SYNC_ALL, "")),
        (app_settings.NOTIFICATIONS, was.get(app_settings.NOTIFICATIONS, "")),
    ]
    change = Change(
        key=ledger.UNDO + ledger.WRITE_SECRETS,
        kind=ChangeKind.RESTORE_SECRETS,
        sentence=say("Put the earlier settings of {app} back", app=_name(app))
        if was
        else say("Clear the connection and the settings of {app}", app=_name(app)),
        old=_two_lines(now_url, hidden=True),
        new=_two_lines(url, hidden=bool(token)),
        request=synchronization.put_secrets_request(app.service_principal.id, (*entries, *others)),
    )
    return [change], stays


def _two_lines(url: str, *, hidden: bool) -> str:
    none = app_settings.NONE
    return f"{say('Tenant URL')}: {url or none}\n{say('Secret Token')}: {MASK if hidden else none}"


def _was(write: Write) -> Mapping[str, str]:
    return {str(key): str(value) for key, value in (write.was or {}).items()}


def _planned_name(told: Ledger, principal_id: str) -> str:
    return next((one.name for one in told.wanted.principals if same(one.id, principal_id)), principal_id)


def _name(app: AppSnapshot) -> str:
    return app.service_principal.display_name or app.service_principal.id
