"""Makes plans: what the person wants minus what the tenant has. Pure; nothing is sent from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from scim_assistant.errors import KnownError
from scim_assistant.graph import applications, synchronization
from scim_assistant.graph.request import GraphRequest, segment
from scim_assistant.graph.types import same
from scim_assistant.plan import ledger
from scim_assistant.plan.app_settings import (
    BASE_ADDRESS,
    NONE,
    NOTIFICATIONS,
    OWN_SETTINGS,
    SECRET_TOKEN,
    SYNC_ALL,
    in_words,
    merged_notifications,
    same_setting,
    stored_settings,
    undo_in_words,
)
from scim_assistant.plan.change import Change, ChangeKind, Plan
from scim_assistant.plan.wanted import Mode, Wanted
from scim_assistant.secret import MASK, Secret
from scim_assistant.sentence import Sentence, counted, say
from scim_assistant.tenant.snapshot import AppSnapshot

APP, JOB, TEMPLATE, ROLE = "{app}", "{job}", "{template}", "{role}"
"""What stands in a request for ids that are known only once an earlier change is made."""

TOO_MANY_DELETES = "TooManyDeletes"


def now() -> datetime:
    """When a plan is made (aware UTC)."""
    return datetime.now(UTC)


def fill(request: GraphRequest, ids: Mapping[str, str]) -> GraphRequest:
    """Put ids in place of ``{app}``, ``{job}`` and so on, in the path and where a member of the body is just that.

    Args:
        ids: By placeholder, such as ``{"{app}": "..."}``; empty ids are left out.
    """
    path, body = request.path, request.body
    for placeholder, value in ids.items():
        if value:
            path = path.replace(segment(placeholder), segment(value)).replace(placeholder, segment(value))
            body = _filled(body, placeholder, value)
    return replace(request, path=path, body=body)


def _filled(body: Any, placeholder: str, value: str) -> Any:
    if isinstance(body, dict):
        return {key: _filled(item, placeholder, value) for key, item in body.items()}
    if isinstance(body, list):
        return [_filled(item, placeholder, value) for item in body]
    return value if isinstance(body, str) and body == placeholder else body


def plan_app(wanted: Wanted) -> Plan:
    """The plan that only creates the app, so that the connection can be tested and its mappings shown."""
    return _plan(
        wanted,
        (_create_app(wanted),),
        (say("Without a provisioning job or assignments the app does nothing yet."),),
    )


def plan_setup(wanted: Wanted, app: AppSnapshot | None) -> Plan:
    """Everything that is missing for provisioning, up to but without starting it.

    Args:
        app: What is there now; None while the app has to be created.

    Raises:
        KnownError: The Secret Token is needed to write the settings and was not given, or no role fits.
    """
    changes: list[Change] = []
    warnings: list[Sentence] = []
    job = app.job if app else None
    if app is not None:
        wanted = replace(wanted, service_principal_id=app.service_principal.id)
    elif not wanted.service_principal_id:
        changes.append(_create_app(wanted))
    if job is not None and job.is_scheduled and wanted.mode is Mode.MANUAL:
        changes.append(_pause(wanted))
    if job is None:
        changes.append(_create_job(wanted, app))
    settings = _write_secrets(wanted, app)
    if settings is not None:
        changes.append(settings)
    changes += _assignments(wanted, app)
    if _narrows(wanted, app):
        warnings.append(
            say(
                "Until now everyone was provisioned. People who are not assigned lose their access to {app} when the "
                "scope takes effect.",
                app=wanted.app_name,
            )
        )
        if job is not None and job.is_scheduled and wanted.mode is Mode.AUTOMATIC:
            changes.append(
                _restart(wanted, None, say("Restart provisioning, so that the narrower scope takes effect"))
            )
    return _plan(wanted, tuple(changes), (*_warnings(wanted, app), *warnings))


def plan_start(wanted: Wanted, app: AppSnapshot, *, again: bool = False) -> Plan:
    """Let the job run by itself: whoever asks for this has decided for automatic, whatever ``wanted`` says.

    Args:
        again: Also go through everybody again (``Ledger.needs_restart`` tells when a start alone is not enough).

    Raises:
        KnownError: The app has no provisioning job.
    """
    wanted = replace(wanted, service_principal_id=app.service_principal.id, mode=Mode.AUTOMATIC)
    # A server that lags may hide the job of a new app; applying knows it from the journal and waits for it.
    if app.job is None and app.created_at is None:
        raise _no_job(app)
    changes = [_start(wanted)]
    if again:
        changes.append(
            _restart(wanted, None, say("Go through everybody again, so that the new scope takes effect"))
        )
    return _plan(wanted, tuple(changes), _start_warnings(wanted, app))


def plan_pause(app: AppSnapshot) -> Plan:
    """Stop the job after its present cycle."""
    if app.job is None:
        raise _no_job(app)
    wanted = wanted_of(app)
    return _plan(
        wanted,
        (_pause(wanted),),
        (say("A cycle that is running now still finishes. Accounts stay as they are."),),
    )


def plan_restart(app: AppSnapshot, reset_scope: str | None = None) -> Plan:
    """Let the job begin anew.

    Args:
        reset_scope: What it forgets, as Graph's flags; None is the portal's *Restart provisioning*, and
            ``synchronization.ALLOW_DELETES`` lets removals go that the guard has held back.
    """
    if app.job is None:
        raise _no_job(app)
    wanted = wanted_of(app)
    if reset_scope == synchronization.ALLOW_DELETES:
        return _plan(
            wanted,
            (
                _restart(
                    wanted,
                    reset_scope,
                    say("Allow the removals that were held back in {app}", app=wanted.app_name),
                ),
            ),
            (say("The removals that were held back are carried out. This cannot be undone here."),),
        )
    warnings = [say("Everybody is evaluated again, which can take as long as the first cycle did.")]
    if _held_back(app):
        warnings.append(
            say("Removals are held back now. Assign the people again before the restart if they should stay.")
        )
    return _plan(
        wanted,
        (_restart(wanted, reset_scope, say("Restart provisioning of {app}", app=wanted.app_name)),),
        tuple(warnings),
    )


def plan_lift(app: AppSnapshot) -> Plan:
    """End a quarantine whose cause is mended: the job goes on where it stopped.

    Raises:
        KnownError: The app has no provisioning job.
    """
    if app.job is None:
        raise _no_job(app)
    wanted = wanted_of(app)
    sentence = say("Let provisioning of {app} go on after the quarantine", app=wanted.app_name)
    return _plan(wanted, (_restart(wanted, synchronization.LIFT_QUARANTINE, sentence),))


def plan_token(app: AppSnapshot, secret: Secret) -> Plan:
    """Replace the stored Secret Token, and leave every other setting as it is.

    Microsoft takes settings as a whole only, so all that can be read are written back as they were read.

    Raises:
        KnownError: The app has no Tenant URL stored, so there is nothing that the token belongs to.
    """
    wanted = replace(wanted_of(app), secret=secret)
    if not secret:
        raise ValueError("an empty token would take the stored one away")
    if not wanted.tenant_url:
        raise KnownError(
            say("The plan was not made."),
            say("{app} has no Tenant URL stored.", app=wanted.app_name),
            say("Set up provisioning for the app first."),
        )
    entries: list[tuple[str, str | Secret]] = [
        (entry.key, entry.value)
        for entry in app.secrets
        if entry.key != SECRET_TOKEN and entry.value and not entry.is_masked
    ]
    change = Change(
        key=ledger.WRITE_SECRETS,
        kind=ChangeKind.WRITE_SECRETS,
        sentence=say("Replace the Secret Token of {app}", app=wanted.app_name),
        old=say("stored") if app.secret(SECRET_TOKEN) else NONE,
        new=MASK,
        request=synchronization.put_secrets_request(_app_of(wanted), (*entries, (SECRET_TOKEN, secret))),
        was=tuple(stored_settings(app.secrets).items()),
    )
    warnings = (
        say("Microsoft does not show the earlier token, so it cannot be put back from here."),
        *_hidden_values(app),
    )
    return _plan(wanted, (change,), warnings)


def wanted_of(app: AppSnapshot) -> Wanted:
    """The target that an existing app stands for, for a plan that changes only its job."""
    principal = app.service_principal
    running = app.job is not None and app.job.is_scheduled
    return Wanted(
        template_id=principal.application_template_id or "",
        app_name=principal.display_name or principal.id,
        service_principal_id=principal.id,
        tenant_url=app.secret(BASE_ADDRESS) or "",
        mode=Mode.AUTOMATIC if running else Mode.MANUAL,
        everyone=same(app.secret(SYNC_ALL), "true"),
        cloud_tested=True,
    )


# Single changes


def _create_app(wanted: Wanted) -> Change:
    return Change(
        key=ledger.CREATE_APP,
        kind=ChangeKind.CREATE_APP,
        sentence=say("Register {app} from Microsoft's gallery", app=wanted.app_name),
        old="",
        new=wanted.app_name,
        request=applications.instantiate_request(wanted.template_id, wanted.app_name),
        undo=say(
            "Remove {app} with all that hangs under it. Microsoft keeps removed apps for a while.",
            app=wanted.app_name,
        ),
    )


def _create_job(wanted: Wanted, app: AppSnapshot | None) -> Change:
    template = app.template if app else None
    return Change(
        key=ledger.CREATE_JOB,
        kind=ChangeKind.CREATE_JOB,
        sentence=say("Create the provisioning job of {app}, not running yet", app=wanted.app_name),
        old=NONE,
        new=say("paused"),
        request=synchronization.create_job_request(_app_of(wanted), template.id if template else TEMPLATE),
        undo=say("Remove the provisioning job. Accounts at {app} stay.", app=wanted.app_name),
    )


def _write_secrets(wanted: Wanted, app: AppSnapshot | None) -> Change | None:
    stored = {entry.key: entry.value or "" for entry in app.secrets} if app else {}
    new: dict[str, str | Secret] = {
        BASE_ADDRESS: wanted.tenant_url,
        SECRET_TOKEN: wanted.secret or Secret(),
        SYNC_ALL: "true" if wanted.everyone else "false",
        NOTIFICATIONS: merged_notifications(
            stored.get(NOTIFICATIONS, ""),
            synchronization.notification_settings(wanted.notify_email, wanted.delete_threshold),
        ),
    }
    differing = [
        key
        for key, value in new.items()
        if isinstance(value, str) and not (stored.get(key) and same_setting(key, stored.get(key, ""), value))
    ]
    if not wanted.secret:
        if not differing and stored.get(SECRET_TOKEN):
            return None
        raise KnownError(
            say("The plan was not made."),
            say(
                "The settings can only be written together with the Secret Token, and Microsoft does not show the "
                "stored one."
            ),
            say("Enter the Secret Token on the Connect page."),
        )
    others = [
        (entry.key, entry.value)
        for entry in (app.secrets if app else ())
        if entry.key not in OWN_SETTINGS and entry.value and not entry.is_masked
    ]
    rows = [
        (label, was, now)
        for key, label, was, now in in_words(new, stored)
        if key in (*differing, SECRET_TOKEN)
    ]
    return Change(
        key=ledger.WRITE_SECRETS,
        kind=ChangeKind.WRITE_SECRETS,
        sentence=say("Save the connection and the settings of {app}", app=wanted.app_name),
        old="\n".join(f"{label}: {was}" for label, was, _ in rows),
        new="\n".join(f"{label}: {now}" for label, _, now in rows),
        request=synchronization.put_secrets_request(_app_of(wanted), (*new.items(), *others)),
        undo=undo_in_words(stored),
        was=tuple(stored_settings(app.secrets).items()) if app else None,
    )


def _assignments(wanted: Wanted, app: AppSnapshot | None) -> list[Change]:
    there = {(one.principal_id or "").casefold() for one in (app.assignments if app else ())}
    missing = []
    for one in wanted.principals:
        if one.id.casefold() not in there:
            there.add(one.id.casefold())
            missing.append(one)
    role = applications.assignment_role(app.service_principal) if app and missing else ROLE
    return [
        Change(
            key=ledger.assign_key(one.id),
            kind=ChangeKind.ASSIGN,
            sentence=say("Assign {name} to {app}", name=one.name, app=wanted.app_name),
            old=say("not assigned"),
            new=say("assigned"),
            request=applications.assign_request(_app_of(wanted), one.id, role),
            undo=say("Take the assignment of {name} back", name=one.name),
        )
        for one in missing
    ]


def _pause(wanted: Wanted) -> Change:
    return Change(
        key=ledger.PAUSE,
        kind=ChangeKind.PAUSE,
        sentence=say("Pause provisioning of {app}", app=wanted.app_name),
        old=say("runs by itself"),
        new=say("paused"),
        request=synchronization.pause_job_request(_app_of(wanted), JOB),
        undo=say("Start provisioning again"),
    )


def _start(wanted: Wanted) -> Change:
    return Change(
        key=ledger.START,
        kind=ChangeKind.START,
        sentence=say("Start provisioning of {app}", app=wanted.app_name),
        old=say("paused"),
        new=say("runs by itself"),
        request=synchronization.start_job_request(_app_of(wanted), JOB),
        undo=say("Pause provisioning. Accounts that were created stay."),
    )


def _restart(wanted: Wanted, reset_scope: str | None, sentence: Sentence) -> Change:
    return Change(
        key=ledger.RESTART,
        kind=ChangeKind.RESTART,
        sentence=sentence,
        old="",
        new=say("begins anew"),
        request=synchronization.restart_job_request(_app_of(wanted), JOB, reset_scope),
    )


# Words


def _warnings(wanted: Wanted, app: AppSnapshot | None) -> tuple[Sentence, ...]:
    warnings: list[Sentence] = []
    people = sum(one.kind != "Group" for one in wanted.principals)
    groups = len(wanted.principals) - people
    if wanted.everyone:
        warnings.append(
            say(
                "Everyone in the tenant who can be provisioned gets an account at {app}, whether assigned or not.",
                app=wanted.app_name,
            )
        )
    elif wanted.principals:
        warnings.append(
            say(
                "Provisioning is for those assigned: {people} and {groups} in this plan. Members of a group inside a "
                "group are left out.",
                people=counted(people, "person", "people"),
                groups=counted(groups, "group", "groups"),
            )
            if groups
            else say(
                "Provisioning is for those assigned: {people} in this plan.",
                people=counted(people, "person", "people"),
            )
        )
    elif not (app and app.assignments):
        warnings.append(say("Nobody is assigned, so nobody is provisioned until somebody is."))
    if wanted.delete_threshold is None:
        warnings.append(
            say(
                "The deletion guard is off: a mistake in the scope can remove any number of accounts in one cycle."
            )
        )
    elif not wanted.notify_email:
        warnings.append(say("Nobody gets a mail when the deletion guard stops provisioning."))
    job = app.job if app else None
    if wanted.mode is Mode.MANUAL:
        warnings.append(say("In manual mode nothing is provisioned by itself."))
    elif job is not None and job.is_scheduled:
        warnings.append(
            say("The app's provisioning runs already, so these changes take effect in its next cycle.")
        )
    return (*warnings, *_hidden_values(app))


def _hidden_values(app: AppSnapshot | None) -> tuple[Sentence, ...]:
    """A warning where the app keeps secrets of other kinds, which nobody can write back."""
    hidden = [
        entry.key
        for entry in (app.secrets if app else ())
        if entry.is_masked and entry.key not in OWN_SETTINGS
    ]
    if not hidden:
        return ()
    return (
        say(
            "The app also keeps hidden values ({names}), which cannot be written back and may be lost.",
            names=", ".join(hidden),
        ),
    )


def _start_warnings(wanted: Wanted, app: AppSnapshot) -> tuple[Sentence, ...]:
    warnings: list[Sentence] = []
    if not wanted.everyone and not app.assignments:
        warnings.append(say("Nobody is assigned, so nobody is provisioned until somebody is."))
    if _held_back(app):
        warnings.append(
            say("Removals are held back by the deletion guard. Look at them in the monitor before you start.")
        )
    return tuple(warnings)


# Smaller things


def _plan(wanted: Wanted, changes: tuple[Change, ...], warnings: tuple[Sentence, ...] = ()) -> Plan:
    return Plan(wanted=wanted, changes=changes, made_at=now(), warnings=warnings)


def _app_of(wanted: Wanted) -> str:
    return wanted.service_principal_id or APP


def _no_job(app: AppSnapshot) -> KnownError:
    return KnownError(
        say("The plan was not made."),
        say("{app} has no provisioning job.", app=app.service_principal.display_name or ""),
        say("Set up provisioning for the app first."),
    )


def _held_back(app: AppSnapshot) -> bool:
    job = app.job
    status = job.status if job else None
    return (
        job is not None
        and job.is_quarantined
        and status is not None
        and status.quarantine is not None
        and same(status.quarantine.reason, TOO_MANY_DELETES)
    )


def _narrows(wanted: Wanted, app: AppSnapshot | None) -> bool:
    return (
        app is not None and app.job is not None and not wanted.everyone and same(app.secret(SYNC_ALL), "true")
    )
