"""What one app looked like when we read it: unchanging, so that a plan can be made against it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from scim_assistant.errors import KnownError
from scim_assistant.graph import applications, synchronization
from scim_assistant.graph.types import (
    AppRoleAssignment,
    SecretEntry,
    ServicePrincipal,
    SynchronizationJob,
    SynchronizationSchema,
    SynchronizationTemplate,
)
from scim_assistant.sentence import say
from scim_assistant.tenant.patience import PATIENCE_S, patiently
from scim_assistant.tenant.session import Session
from scim_assistant.work import Work

__all__ = ["PATIENCE_S", "AppSnapshot", "fetch_app", "fetch_job", "find_instances"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AppSnapshot:
    """An app with all that hangs under it.

    Attributes:
        service_principal: The app in this tenant.
        application_id: Object id of its registration, when known (needed to undo its creation).
        created_at: When this program created it (aware UTC); None for an app that was there before.
        newest_at: When this program last created the app or its job (aware UTC); None when both were there before.
            Servers take turns in knowing what is that young, so later calls wait as long as this one did.
        templates: Synchronization templates it offers.
        job: Its provisioning job, if it has one.
        schema: Mappings of the job, or of the template while there is no job.
        secrets: Stored credentials and settings, secret values masked; empty when never written.
        assignments: Who is assigned.
        read_at: When this was read (aware UTC).
    """

    service_principal: ServicePrincipal
    application_id: str | None
    created_at: datetime | None
    templates: tuple[SynchronizationTemplate, ...]
    job: SynchronizationJob | None
    schema: SynchronizationSchema | None
    secrets: tuple[SecretEntry, ...]
    assignments: tuple[AppRoleAssignment, ...]
    read_at: datetime
    newest_at: datetime | None = None

    @property
    def template(self) -> SynchronizationTemplate | None:
        """The synchronization template to use: the default one, else the only one."""
        chosen = [template for template in self.templates if template.default]
        return chosen[0] if chosen else (self.templates[0] if len(self.templates) == 1 else None)

    def secret(self, key: str) -> str | None:
        """The stored value of one setting, None when it is not there."""
        return next((entry.value for entry in self.secrets if entry.key == key), None)


def fetch_app(
    session: Session,
    service_principal_id: str,
    work: Work,
    *,
    application_id: str | None = None,
    created_at: datetime | None = None,
    job_id: str = "",
    job_created_at: datetime | None = None,
) -> AppSnapshot:
    """Read an app with its job, mappings, settings and assignments.

    Args:
        session: Who asks where.
        service_principal_id: Object id of the app.
        work: Cancel and progress.
        application_id: Object id of its registration, when known.
        created_at: When this program created it; a young app may answer 'not found' for a while, and is waited for.
        job_id: Its job, when known: a new one may be missing from the list for a while, and is asked for by its id.
        job_created_at: When this program created the job (aware UTC).

    Raises:
        KnownError: It could not be read.
        Cancelled: The person pressed Cancel.
    """
    client = session.graph
    app = service_principal_id
    born_at = max((at for at in (created_at, job_created_at) if at is not None), default=None)

    def read(action: Callable[[], T]) -> T:
        work.check()
        if born_at is None:
            return action()
        return patiently(action, session=session, born_at=born_at, work=work)

    steps = 5
    work.progress(0, steps, say("Reading the app"))
    principal = read(lambda: applications.get_service_principal(client, app, work))
    work.progress(1, steps, say("Reading how {app} can be provisioned", app=principal.display_name or app))
    templates = read(lambda: synchronization.list_templates(client, app, work))
    work.progress(2, steps, say("Reading its provisioning job"))
    jobs = read(lambda: synchronization.list_jobs(client, app, work))
    job = next((one for one in jobs if one.id == job_id), None)
    if job is None and job_id and born_at is not None:
        job = read(lambda: synchronization.get_job(client, app, job_id, work))
    job = job or _usual(jobs)
    work.progress(3, steps, say("Reading its mappings"))
    schema: SynchronizationSchema | None = None
    if job is not None:
        found_id = job.id
        schema = read(lambda: synchronization.get_schema(client, app, found_id, work))
    else:
        template = _default(templates)
        if template is not None:
            template_id = template.id
            schema = read(lambda: synchronization.get_template_schema(client, app, template_id, work))
    work.progress(4, steps, say("Reading its settings and who is assigned"))
    secrets = read(lambda: synchronization.get_secrets(client, app, work))
    assignments = read(lambda: applications.list_assignments(client, app, work))
    work.progress(steps, steps, say("The app was read"))
    return AppSnapshot(
        service_principal=principal,
        application_id=application_id,
        created_at=created_at,
        templates=tuple(templates),
        job=job,
        schema=schema,
        secrets=tuple(secrets),
        assignments=tuple(assignments),
        read_at=datetime.now(UTC),
        newest_at=born_at,
    )


def _usual(jobs: tuple[SynchronizationJob, ...]) -> SynchronizationJob | None:
    """The job to work with; an app usually has one, and where it has more, the one that runs counts."""
    return next((job for job in jobs if job.is_scheduled), jobs[0] if jobs else None)


def _default(templates: tuple[SynchronizationTemplate, ...]) -> SynchronizationTemplate | None:
    return next((t for t in templates if t.default), templates[0] if len(templates) == 1 else None)


def fetch_job(session: Session, app: AppSnapshot, work: Work) -> SynchronizationJob:
    """The job of an app as it is now, waited for while it is so new that not every server knows it.

    Raises:
        KnownError: It could not be read, or the app has none.
        Cancelled: The person pressed Cancel.
    """
    job = app.job
    if job is None:
        raise KnownError(
            say("The provisioning job was not read."),
            say("The app has no provisioning job yet."),
            say("Finish the set-up first."),
        )
    return patiently(
        lambda: synchronization.get_job(session.graph, app.service_principal.id, job.id, work),
        session=session,
        born_at=app.newest_at,
        work=work,
    )


def find_instances(session: Session, template_id: str, work: Work) -> tuple[ServicePrincipal, ...]:
    """Apps of a gallery template that exist in the tenant already, by name."""
    found = applications.find_service_principals(session.graph, template_id, work)
    return tuple(sorted(found, key=lambda app: ((app.display_name or "").casefold(), app.id)))
