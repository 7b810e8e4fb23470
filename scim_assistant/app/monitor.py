"""The monitor on one app: what it reads, and what may be done to the job, from the session that is signed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from scim_assistant.errors import KnownError
from scim_assistant.sentence import say
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.plan.change import Plan
    from scim_assistant.settings import SettingsStore
    from scim_assistant.steps.answers import Answers
    from scim_assistant.steps.found import Found
    from scim_assistant.steps.services import Services
    from scim_assistant.tenant.session import Session
    from scim_assistant.tenant.snapshot import AppSnapshot
    from scim_assistant.ui.jobs import Jobs
    from scim_assistant.ui.log_viewer.watched import Watched
    from scim_assistant.ui.log_viewer.window import MonitorWindow


def open_monitor(
    jobs: Jobs, answers: Answers, found: Found, store: SettingsStore, services: Callable[[Work], Services]
) -> MonitorWindow:
    """Make the monitor window of the app that was found.

    Args:
        jobs: Runs what is slow.
        answers, found, services: As for ``what_to_watch``.
        store: Remembers the layout.

    Raises:
        KnownError: There is no app with a provisioning job.
    """
    from scim_assistant.ui.log_viewer.window import MonitorWindow

    return MonitorWindow(what_to_watch(answers, found, services), jobs, store)


def what_to_watch(answers: Answers, found: Found, services: Callable[[Work], Services]) -> Watched:
    """The app that was found: what is read of it, and what may be done.

    Who looks only gets no actions. Who was asked for the permissions to look so far gets them, and is asked for the
    others when one is pressed.

    Args:
        answers: With which the app was found.
        found: Session and app.
        services: Gives what jobs may use.

    Raises:
        KnownError: There is no app with a provisioning job.
    """
    from scim_assistant.graph.synchronization import ALLOW_DELETES
    from scim_assistant.logs.explain import explain, explain_event
    from scim_assistant.logs.live import LiveFeed
    from scim_assistant.plan.apply import apply_alone
    from scim_assistant.plan.make import plan_pause, plan_restart, plan_start, wanted_of
    from scim_assistant.steps.profile import profile_of
    from scim_assistant.steps.rotation_acts import acts_on, note_day, read_life
    from scim_assistant.tenant.snapshot import fetch_app, fetch_job
    from scim_assistant.ui.log_viewer.watched import JobActions, TokenWatched, Watched

    session, app = found.session, found.app
    if session is None or app is None or app.job is None:
        raise KnownError(
            say("The monitor was not opened."),
            say("The app has no provisioning job yet."),
            say("Finish the set-up first."),
        )
    job_id = app.job.id
    app_id = app.service_principal.id

    def act(make: Callable[[AppSnapshot], Plan]) -> Callable[[Work], None]:
        def carry_out(work: Work) -> None:
            given = services(work)
            current = present_session(given, answers, session, work)
            current.require_write(say("Nothing was changed."))
            now = fetch_app(current, app_id, work, job_id=job_id, job_created_at=app.newest_at)
            applied = apply_alone(
                make(now), current, given.journals, work, lambda change, state, trouble: None
            )
            if applied.trouble is not None:
                raise applied.trouble

        return carry_out

    def given(work: Work) -> tuple[Services, Answers, Found]:
        now = services(work)
        return now, answers, replace(found, session=present_session(now, answers, session, work))

    actions = JobActions(
        start=act(lambda now: plan_start(wanted_of(now), now)),
        pause=act(plan_pause),
        restart=act(plan_restart),
        allow_removals=act(lambda now: plan_restart(now, ALLOW_DELETES)),
    )
    may_act = session.may_write or (session.signed_in is not None and not session.read_only)
    return Watched(
        app_name=app.service_principal.display_name or "",
        tenant_name=session.tenant_name,
        account=session.account,
        fetch_job=lambda work: fetch_job(session, app, work),
        feed=LiveFeed(session, job_id),
        explain=explain_event,
        explain_code=explain,
        actions=actions if may_act else None,
        token=TokenWatched(
            life=lambda work: read_life(services(work), answers, found),
            note=lambda made_on, ends_on, work: note_day(
                services(work), answers, found, made_on=made_on, ends_on=ends_on
            ),
            acts=acts_on(given, profile_of(answers, found)) if may_act else None,
        ),
        pace=session.pace,
        is_practice=session.is_practice,
    )


def present_session(services: Services, answers: Answers, session: Session, work: Work) -> Session:
    """The session of the same account as it is now: changes may have been allowed since the monitor opened."""
    if services.real is None or session.signed_in is None:
        return session
    answers = replace(answers, account_id=session.signed_in.account.id, read_only=session.read_only)
    now = services.real.resume(answers, work)
    if now is None or now.tenant_id != session.tenant_id or now.account != session.account:
        return session
    return now
