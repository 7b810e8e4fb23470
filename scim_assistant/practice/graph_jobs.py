"""Synchronization templates and jobs of the pretend Graph.

Source: Microsoft Graph v1.0 reference, pages synchronizationTemplate, synchronizationJob (create, get, start, pause,
restart, delete).
"""

from __future__ import annotations

from typing import Final

from scim_assistant.practice.answers import NO_CONTENT, Answer, bad_request, not_found, refuse, text_member
from scim_assistant.practice.call import ADMIN_ROLES, READ_SYNC, WRITE_SYNC, Call, Route
from scim_assistant.practice.default_schema import default_schema
from scim_assistant.practice.odata import select, whole_list
from scim_assistant.practice.quirks import quirky_job
from scim_assistant.practice.state import App, Job, Json, new_id

_FLAGS: Final = {
    name.lower(): name
    for name in (
        "None",
        "ConnectorDataStore",
        "Escrows",
        "Watermark",
        "QuarantineState",
        "Full",
        "ForceDeletes",
    )
}
_PORTAL_RESTART: Final = frozenset({"QuarantineState", "Watermark", "Escrows"})
"""What a restart without a scope does, and the portal's button."""


def _prefix(app: App) -> str:
    return f"servicePrincipals('{app.id}')/synchronization"


def _template_row(app: App) -> Json:
    return {
        "id": app.sync_template_id,
        "applicationId": app.app_id,
        "default": True,
        "description": None,
        "discoverable": True,
        "factoryTag": "CustomSCIM",
        "metadata": [
            {"key": "GalleryApplicationIdentifier", "value": app.gallery_id},
            {"key": "GalleryApplicationKey", "value": app.sync_template_id},
            {"key": "IsOAuthEnabled", "value": "False"},
            {"key": "IsSynchronizationAgentRequired", "value": "False"},
        ],
    }


def list_templates(call: Call) -> Answer:
    """GET .../synchronization/templates."""
    app = call.app(synchronization=True)
    rows = [_template_row(app)] if app.sync_template_id else []
    return whole_list(call, rows, f"{_prefix(app)}/templates")


def _template(call: Call) -> App:
    app = call.app(synchronization=True)
    if not app.sync_template_id or call.args["template"] != app.sync_template_id:
        raise not_found(call.args["template"])
    return app


def get_template(call: Call) -> Answer:
    """GET .../synchronization/templates/{id}."""
    app = _template(call)
    context = call.context(f"{_prefix(app)}/templates/$entity")
    return Answer(200, {"@odata.context": context, **_template_row(app)})


def _job_row(call: Call, job: Job) -> Json:
    with call.tenant.lock:
        row = job.graph()
    return quirky_job(row) if call.quirks else row


def list_jobs(call: Call) -> Answer:
    """GET .../synchronization/jobs. A new job is missing while the replica that answers lacks it."""
    app = call.app(synchronization=True)
    with call.tenant.lock:
        jobs = list(app.jobs.values())
    rows = [_job_row(call, job) for job in jobs if call.replicas.has(job.id)]
    return whole_list(call, rows, f"{_prefix(app)}/jobs")


def new_job_id(template_id: str, tenant_id: str) -> str:
    """A job id in the published form."""
    return f"{template_id}.{tenant_id.replace('-', '')}.{new_id()}"


def create_job(call: Call) -> Answer:
    """POST .../synchronization/jobs: created disabled, and ``Paused`` from the start."""
    app = call.app(synchronization=True)
    template_id = text_member(call.body, "templateId")
    if template_id != app.sync_template_id:
        raise bad_request(f"The template '{template_id}' is not available for this application.")
    tenant = call.tenant
    job_id = new_job_id(template_id, tenant.tenant_id)
    job = Job(
        id=job_id,
        template_id=template_id,
        created_at=tenant.clock.now(),
        schema=default_schema(template_id, job_id),
        settings={"AzureIngestionAttributeOptimization": "False", "LookaheadQueryEnabled": "False"},
    )
    with tenant.lock:
        # Whether the service takes a second job of one template is not published, so a client's mistake stays
        # visible here instead of being caught.
        app.jobs[job_id] = job
        tenant.born[job_id] = job.created_at
    context = call.context(f"{_prefix(app)}/jobs/$entity")
    return Answer(201, {"@odata.context": context, **_job_row(call, job)})


def get_job(call: Call) -> Answer:
    """GET .../synchronization/jobs/{id}."""
    app, job = call.job()
    row = _job_row(call, job)
    body = select(call, row, row.keys(), "synchronizationJob")
    return Answer(200, {"@odata.context": call.context(f"{_prefix(app)}/jobs/$entity"), **body})


def delete_job(call: Call) -> Answer:
    """DELETE .../synchronization/jobs/{id}: all its state goes; accounts at the vendor stay."""
    app, job = call.job()
    with call.tenant.lock:
        app.jobs.pop(job.id, None)
        job.was_deleted = True
    return NO_CONTENT


def _schedule(call: Call, job: Job) -> None:
    """Let the job run by itself, soon. The caller holds the lock."""
    job.schedule_state = "Active"
    if job.quarantine is None:
        job.status_code = "Active" if job.last_successful else "NotRun"
    job.next_run_at = call.tenant.clock.later(call.tenant.limits.cycle_start_delay_s)


def start_job(call: Call) -> Answer:
    """POST .../start: goes on where it stopped, and lifts a quarantine."""
    _, job = call.job()
    with call.tenant.lock:
        job.quarantine = None
        _schedule(call, job)
    call.wake()
    return NO_CONTENT


def pause_job(call: Call) -> Answer:
    """POST .../pause: state is kept, and a running cycle still ends."""
    _, job = call.job()
    with call.tenant.lock:
        job.schedule_state = "Paused"
        job.status_code = "Paused"
        job.next_run_at = None
    return NO_CONTENT


def _reset_scope(body: object) -> frozenset[str]:
    if body is None:
        return _PORTAL_RESTART
    if not isinstance(body, dict):
        refuse("The request body is not an object.")
    criteria = body.get("criteria")
    if criteria is None:
        return _PORTAL_RESTART
    scope = criteria.get("resetScope") if isinstance(criteria, dict) else ""
    if scope is None:
        return _PORTAL_RESTART
    names = [part.strip().lower() for part in scope.split(",")] if isinstance(scope, str) else [""]
    if any(name not in _FLAGS for name in names):
        raise bad_request(f"The value '{scope}' is not a valid synchronizationJobRestartScope.")
    return frozenset(_FLAGS[name] for name in names)


def restart_job(call: Call) -> Answer:
    """POST .../restart: forgets what the scope names, then runs."""
    _, job = call.job()
    scope = _reset_scope(call.body)
    full = "Full" in scope
    with call.tenant.lock:
        if full or "Watermark" in scope:
            job.watermark = None
        if full or "Escrows" in scope:
            job.escrows.clear()
        if full or "QuarantineState" in scope or "ForceDeletes" in scope:
            job.quarantine = None
        if full or "ConnectorDataStore" in scope:
            job.links.clear()
            job.counts.clear()
        job.force_deletes = job.force_deletes or "ForceDeletes" in scope
        _schedule(call, job)
    call.wake()
    return NO_CONTENT


_BASE: Final = "/servicePrincipals/<app>/synchronization"
_JOB: Final = f"{_BASE}/jobs/<job>"

ROUTES: Final = (
    Route("GET", f"{_BASE}/templates", list_templates, READ_SYNC),
    Route("GET", f"{_BASE}/templates/<template>", get_template, READ_SYNC),
    Route("GET", f"{_BASE}/jobs", list_jobs, READ_SYNC),
    Route("POST", f"{_BASE}/jobs", create_job, WRITE_SYNC, ADMIN_ROLES),
    Route("GET", _JOB, get_job, READ_SYNC, options=frozenset({"$select"})),
    Route("DELETE", _JOB, delete_job, WRITE_SYNC, ADMIN_ROLES),
    Route("POST", f"{_JOB}/start", start_job, WRITE_SYNC, ADMIN_ROLES),
    Route("POST", f"{_JOB}/pause", pause_job, WRITE_SYNC, ADMIN_ROLES),
    Route("POST", f"{_JOB}/restart", restart_job, WRITE_SYNC, ADMIN_ROLES),
)
