"""Looks whether a write took effect when nobody can say: for longer than replication takes, before it is made again.

What a set-up made is known by what its journal says was there before, by its name and by its age. Where that leaves
a doubt, the person is asked; this module only finds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from scim_assistant.errors import ServiceRefused
from scim_assistant.graph import applications, synchronization
from scim_assistant.graph.replication import may_be_replication
from scim_assistant.graph.types import AppRoleAssignment, ServicePrincipal, SynchronizationJob, same, when
from scim_assistant.plan.ledger import Write
from scim_assistant.sentence import Sentence, say
from scim_assistant.tenant.patience import rights_judge
from scim_assistant.tenant.session import Session
from scim_assistant.work import Work

T = TypeVar("T")

LOOK_S = 900.0
"""How old, in the service's seconds, something has to be before not finding it means that it is not there.

Source: no figure is published; public deployment tools wait ten minutes at most, and this is longer.
"""
LOOK_EVERY_S = 10.0
LEAST_LOOKS = 3
"""Servers take turns, so one look at one of them says little."""

CLOCK_SKEW_S = 120.0
"""How far this computer's clock may be off, in our seconds."""
LONGEST_SEND_S = 300.0
"""How long a request may be held up before it takes effect, in the service's seconds: the client's own patience."""
LONGEST_EXCHANGE_S = 60.0
"""How long one exchange may take, in our seconds."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An app that may be the one that this set-up made.

    Attributes:
        service_principal: The app.
        application_id: Object id of its registration; empty when unknown.
        created_at: When its registration was made (aware UTC); None when unknown.
        fits: True when it appeared just when this set-up sent its request.
    """

    service_principal: ServicePrincipal
    application_id: str
    created_at: datetime | None
    fits: bool


def look_until(
    find: Callable[[], T | None],
    *,
    since: datetime,
    session: Session,
    work: Work,
    sentence: Sentence,
    look_s: float = LOOK_S,
    young: bool = True,
) -> T | None:
    """Look again and again until something is found or would be older than ``look_s``.

    Args:
        find: One look; None for not found.
        since: When what is looked for was made, if it was (aware UTC).
        sentence: Told while waiting.
        young: What hangs above it may be too new to be known everywhere, so 'not found' and the like are only a look
            that says nothing.

    Returns:
        What was found; None only after looks that answered.

    Raises:
        ServiceRefused: Not even the last look answered.
        Cancelled: The person pressed Cancel.
    """
    pace = session.pace
    age_s = max(0.0, (datetime.now(UTC) - since).total_seconds())
    gives_up = rights_judge(session, work)
    began = time.monotonic()
    end = began + max(0.0, pace.real_s(look_s) - age_s)
    looks = 0
    while True:
        work.check()
        # Taken before the look: only a look that began when time was up may be the one that decides.
        left = end - time.monotonic()
        unanswered: ServiceRefused | None = None
        try:
            found = find()
        except ServiceRefused as error:
            if not young or not may_be_replication(error):
                raise
            if gives_up(error, pace.service_s(time.monotonic() - began)):
                raise
            unanswered, found = error, None
        looks += 1
        if found is not None:
            return found
        if left <= 0 and looks >= LEAST_LOOKS:
            if unanswered is not None:
                raise unanswered
            return None
        work.progress(0, None, sentence)
        every = pace.real_s(LOOK_EVERY_S)
        work.wait(min(every, left) if left > 0 else every)


def find_apps(session: Session, write: Write, work: Work) -> tuple[Candidate, ...]:
    """Apps with the intended name that were not there when the journal was written.

    An app whose age is not known yet counts as not found while it may become known: ask through ``look_until``.
    """
    client = session.graph
    name, template_id = str(write.before.get("name", "")), str(write.before.get("template_id", ""))
    there = {str(one).casefold() for one in write.before.get("there", ())}
    found = []
    for principal in applications.find_service_principals(client, template_id, work):
        if principal.id.casefold() in there or (principal.display_name or "") != name:
            continue
        application = (
            applications.find_application_by_app_id(client, principal.app_id, work)
            if principal.app_id
            else None
        )
        created_at = _moment(application.created_date_time if application else None)
        found.append(
            Candidate(
                service_principal=principal,
                application_id=application.id if application else "",
                created_at=created_at,
                fits=_fits(session, write.before_at, created_at),
            )
        )
    return tuple(found)


def look_for_app(session: Session, write: Write, work: Work) -> tuple[Candidate, ...]:
    """Apps that may come from a write whose outcome is open; empty when there is none.

    Raises:
        KnownError: The tenant could not be asked.
        Cancelled: The person pressed Cancel.
    """
    last: tuple[Candidate, ...] = ()

    def find() -> tuple[Candidate, ...] | None:
        nonlocal last
        last = find_apps(session, write, work) or last
        return last if last and all(one.created_at is not None for one in last) else None

    look_until(
        find,
        since=write.before_at,
        session=session,
        work=work,
        sentence=say("Looking whether the app was registered before the connection broke"),
    )
    return last


def look_for_job(
    session: Session, app_id: str, work: Work, *, template_id: str, since: datetime
) -> SynchronizationJob | None:
    """The job of an app, waited for as long as it could still turn up."""
    return look_until(
        lambda: usual_job(synchronization.list_jobs(session.graph, app_id, work), template_id),
        since=since,
        session=session,
        work=work,
        sentence=say("Looking whether the job was created before the connection broke"),
    )


def look_for_assignment(
    session: Session, app_id: str, work: Work, *, principal_id: str, since: datetime
) -> AppRoleAssignment | None:
    """The assignment of a person or group, waited for as long as it could still turn up."""
    return look_until(
        lambda: assignment_of(applications.list_assignments(session.graph, app_id, work), principal_id),
        since=since,
        session=session,
        work=work,
        sentence=say("Looking whether the assignment was made before the connection broke"),
    )


def usual_job(jobs: tuple[SynchronizationJob, ...], template_id: str = "") -> SynchronizationJob | None:
    """The job to work with; an app usually has one. Of several, one of this template, and one that runs first."""
    fitting = [job for job in jobs if template_id and same(job.template_id, template_id)] or list(jobs)
    return next((job for job in fitting if job.is_scheduled), fitting[0] if fitting else None)


def assignment_of(assignments: tuple[AppRoleAssignment, ...], principal_id: str) -> AppRoleAssignment | None:
    """The assignment of one person or group."""
    return next((one for one in assignments if same(one.principal_id, principal_id)), None)


def _fits(session: Session, sent_at: datetime, created_at: datetime | None) -> bool:
    if created_at is None:
        return False
    latest_s = CLOCK_SKEW_S + LONGEST_EXCHANGE_S + session.pace.real_s(LONGEST_SEND_S)
    return timedelta(seconds=-CLOCK_SKEW_S) <= created_at - sent_at <= timedelta(seconds=latest_s)


def _moment(text: str | None) -> datetime | None:
    try:
        return when(text)
    except ValueError:
        return None
