"""Calls about provisioning: templates, jobs, mappings, credentials, the credential test and provisioning on demand.

All of them hang under a service principal and want its object id. Job ids are opaque and are encoded.

Source: Microsoft Graph v1.0 reference, pages on synchronization (jobs, schema, secrets, validateCredentials,
provisionOnDemand), 2026-11.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from scim_assistant.graph.client import GraphAnswer, GraphClient
from scim_assistant.graph.on_demand import read_on_demand
from scim_assistant.graph.read import converted, read, read_all
from scim_assistant.graph.request import Budget, GraphRequest, segment
from scim_assistant.graph.types import (
    OnDemandResult,
    SchemaView,
    SecretEntry,
    SynchronizationJob,
    SynchronizationSchema,
    SynchronizationTemplate,
)
from scim_assistant.secret import Secret
from scim_assistant.sentence import say
from scim_assistant.work import Work

PORTAL_RESTART = "Watermark, Escrows, QuarantineState"
"""What *Restart provisioning* in the portal resets."""
LIFT_QUARANTINE = "QuarantineState"
"""What only ends a quarantine: the job goes on where it stopped, and nobody is evaluated anew."""
ALLOW_DELETES = "ForceDeletes"
"""What *Allow deletes* in the portal resets, after the accidental-deletion guard has stopped a job."""
MOST_GROUP_MEMBERS = 5
"""So many members can be provisioned on demand with their group."""
ON_DEMAND_TIMEOUT_S = 300.0
_SCHEMA_MAX_BYTES = 16 * 1024 * 1024


def _below(sp_id: str, rest: str) -> str:
    return f"/servicePrincipals/{segment(sp_id)}/synchronization/{rest}"


def _job(sp_id: str, job_id: str, rest: str = "") -> str:
    return _below(sp_id, f"jobs/{segment(job_id)}{rest}")


# Templates


def list_templates_request(sp_id: str) -> GraphRequest:
    """List what jobs of an app can start from."""
    return GraphRequest(
        "GET",
        _below(sp_id, "templates"),
        say("What this app offers for provisioning could not be read."),
        max_bytes=_SCHEMA_MAX_BYTES,
    )


def list_templates(client: GraphClient, sp_id: str, work: Work) -> tuple[SynchronizationTemplate, ...]:
    """What jobs of an app can start from."""
    return read_all(client, list_templates_request(sp_id), SynchronizationTemplate, work)


def get_template_schema_request(sp_id: str, template_id: str) -> GraphRequest:
    """Read the default mappings of a template."""
    return GraphRequest(
        "GET",
        _below(sp_id, f"templates/{segment(template_id)}/schema"),
        say("The default mappings of this app could not be read."),
        max_bytes=_SCHEMA_MAX_BYTES,
    )


def get_template_schema(
    client: GraphClient, sp_id: str, template_id: str, work: Work
) -> SynchronizationSchema:
    """The default mappings of a template."""
    return read_schema(client.send(get_template_schema_request(sp_id, template_id), work))


# Jobs


def list_jobs_request(sp_id: str) -> GraphRequest:
    """List the provisioning jobs of an app; there is usually one at most."""
    return GraphRequest(
        "GET", _below(sp_id, "jobs"), say("The provisioning jobs of the app could not be listed.")
    )


def list_jobs(client: GraphClient, sp_id: str, work: Work) -> tuple[SynchronizationJob, ...]:
    """The provisioning jobs of an app."""
    return read_all(client, list_jobs_request(sp_id), SynchronizationJob, work)


def get_job_request(sp_id: str, job_id: str) -> GraphRequest:
    """Read a job with its state."""
    return GraphRequest("GET", _job(sp_id, job_id), say("The provisioning job could not be read."))


def get_job(client: GraphClient, sp_id: str, job_id: str, work: Work) -> SynchronizationJob:
    """A job with its state."""
    return read(client.send(get_job_request(sp_id, job_id), work), SynchronizationJob)


def create_job_request(sp_id: str, template_id: str) -> GraphRequest:
    """Make a job; it does not run yet. Not repeatable: list the jobs before it is sent again."""
    return GraphRequest(
        "POST",
        _below(sp_id, "jobs"),
        say("The provisioning job was not created."),
        body={"templateId": template_id},
        repeatable=False,
    )


def create_job(client: GraphClient, sp_id: str, template_id: str, work: Work) -> SynchronizationJob:
    """Make a job; it does not run yet.

    Raises:
        OutcomeUnknown: It may have been made.
    """
    return read(client.send(create_job_request(sp_id, template_id), work), SynchronizationJob)


def start_job_request(sp_id: str, job_id: str) -> GraphRequest:
    """Let a job run by itself, where it stopped."""
    return GraphRequest("POST", _job(sp_id, job_id, "/start"), say("Provisioning was not started."))


def start_job(client: GraphClient, sp_id: str, job_id: str, work: Work) -> None:
    """Let a job run by itself. Not to be called on one that runs: Microsoft warns of that."""
    client.send(start_job_request(sp_id, job_id), work)


def pause_job_request(sp_id: str, job_id: str) -> GraphRequest:
    """Stop a job after its present cycle, keeping its state."""
    return GraphRequest("POST", _job(sp_id, job_id, "/pause"), say("Provisioning was not paused."))


def pause_job(client: GraphClient, sp_id: str, job_id: str, work: Work) -> None:
    """Stop a job after its present cycle, keeping its state."""
    client.send(pause_job_request(sp_id, job_id), work)


def restart_job_request(sp_id: str, job_id: str, reset_scope: str | None = None) -> GraphRequest:
    """Let a job begin anew.

    Args:
        reset_scope: Flags, separated by a comma and a blank; None resets what the portal's button resets.
    """
    return GraphRequest(
        "POST",
        _job(sp_id, job_id, "/restart"),
        say("Provisioning was not restarted."),
        body={"criteria": {"resetScope": reset_scope or PORTAL_RESTART}},
    )


def restart_job(
    client: GraphClient, sp_id: str, job_id: str, work: Work, *, reset_scope: str | None = None
) -> None:
    """Let a job begin anew: see ``restart_job_request``."""
    client.send(restart_job_request(sp_id, job_id, reset_scope), work)


def delete_job_request(sp_id: str, job_id: str) -> GraphRequest:
    """Remove a job with all it knows; accounts at the app stay."""
    return GraphRequest("DELETE", _job(sp_id, job_id), say("The provisioning job was not removed."))


def delete_job(client: GraphClient, sp_id: str, job_id: str, work: Work) -> None:
    """Remove a job with all it knows; accounts at the app stay."""
    client.send(delete_job_request(sp_id, job_id), work)


# Mappings


def get_schema_request(sp_id: str, job_id: str) -> GraphRequest:
    """Read the mappings of a job, whole."""
    return GraphRequest(
        "GET",
        _job(sp_id, job_id, "/schema"),
        say("The mappings of the job could not be read."),
        max_bytes=_SCHEMA_MAX_BYTES,
    )


def get_schema(client: GraphClient, sp_id: str, job_id: str, work: Work) -> SynchronizationSchema:
    """The mappings of a job: the typed view, and the whole document for sending back."""
    return read_schema(client.send(get_schema_request(sp_id, job_id), work))


def read_schema(answer: GraphAnswer) -> SynchronizationSchema:
    """A schema out of an answer, every member kept.

    Raises:
        UnreadableAnswer: A member has the wrong type.
    """
    document = read(answer, dict[str, Any])
    return SynchronizationSchema(view=converted(answer, document, SchemaView), document=document)


def put_schema_request(sp_id: str, job_id: str, document: dict[str, Any]) -> GraphRequest:
    """Replace the mappings of a job, all of them, with a document that was read before and changed."""
    return GraphRequest(
        "PUT",
        _job(sp_id, job_id, "/schema"),
        say("The mappings were not changed."),
        body={key: value for key, value in document.items() if key != "@odata.context"},
    )


def put_schema(client: GraphClient, sp_id: str, job_id: str, document: dict[str, Any], work: Work) -> None:
    """Replace the mappings of a job; its next cycle goes through everybody again."""
    client.send(put_schema_request(sp_id, job_id, document), work)


# Credentials and settings


def get_secrets_request(sp_id: str) -> GraphRequest:
    """Read the stored credentials and settings; secret values come back masked."""
    return GraphRequest("GET", _below(sp_id, "secrets"), say("The stored connection could not be read."))


def get_secrets(client: GraphClient, sp_id: str, work: Work) -> tuple[SecretEntry, ...]:
    """The stored credentials and settings; secret values are masked."""
    return read_all(client, get_secrets_request(sp_id), SecretEntry, work)


def put_secrets_request(sp_id: str, entries: Iterable[tuple[str, str | Secret]]) -> GraphRequest:
    """Write credentials and settings: always the whole set, since whether others survive is not documented.

    Raises:
        ValueError: A value is the mask that the service shows in place of a secret.
    """
    pairs = tuple(entries)
    for key, value in pairs:
        text = value.reveal() if isinstance(value, Secret) else value
        if text and not text.strip("*"):
            raise ValueError(f"{key} holds the mask that stands for a secret, not the secret")
    return GraphRequest(
        "PUT",
        _below(sp_id, "secrets"),
        say("The connection and settings were not saved."),
        body={"value": [{"key": key, "value": value} for key, value in pairs]},
    )


def put_secrets(
    client: GraphClient, sp_id: str, entries: Iterable[tuple[str, str | Secret]], work: Work
) -> None:
    """Write credentials and settings, the whole set: keys such as ``BaseAddress``, ``SecretToken``, ``SyncAll``."""
    client.send(put_secrets_request(sp_id, entries), work)


def notification_settings(email: str, delete_threshold: int | None) -> str:
    """The value of the setting ``SyncNotificationSettings``, which is JSON inside a text.

    Args:
        email: Who gets failure mail; empty for nobody.
        delete_threshold: Most removals in one cycle before the job stops; None for no guard.
    """
    settings: dict[str, object] = {"Enabled": bool(email)}
    if email:
        settings["Recipients"] = email
    settings["DeleteThresholdEnabled"] = delete_threshold is not None
    if delete_threshold is not None:
        settings["DeleteThresholdValue"] = delete_threshold
    return json.dumps(settings, separators=(",", ":"))


def validate_credentials_request(
    sp_id: str,
    *,
    job_id: str | None = None,
    template_id: str | None = None,
    tenant_url: str = "",
    secret: Secret | None = None,
    use_saved: bool = False,
) -> GraphRequest:
    """Have Microsoft's cloud ask the SCIM service with these credentials.

    Args:
        job_id: The job, once there is one; before, ``template_id`` says what it would be.
        tenant_url, secret: What to test, unless ``use_saved`` tests what is stored (with a job only).
    """
    body: dict[str, Any] = {}
    if use_saved:
        body["useSavedCredentials"] = True
    else:
        body["credentials"] = [
            {"key": "BaseAddress", "value": tenant_url},
            {"key": "SecretToken", "value": secret or Secret()},
        ]
    if job_id is None:
        body |= {"templateId": template_id, "useSavedCredentials": use_saved}
    return GraphRequest(
        "POST",
        _below(sp_id, "jobs/validateCredentials")
        if job_id is None
        else _job(sp_id, job_id, "/validateCredentials"),
        say("Microsoft's cloud could not confirm the connection."),
        body=body,
        timeout_s=120.0,
    )


def validate_credentials(  # noqa: PLR0917 - client first, work last, as everywhere here
    client: GraphClient,
    sp_id: str,
    job_id: str | None,
    template_id: str | None,
    tenant_url: str,
    secret: Secret | None,
    work: Work,
    *,
    use_saved: bool = False,
) -> None:
    """Have Microsoft's cloud ask the SCIM service; returns when it was content.

    Raises:
        ServiceRefused: It was not; ``validation.explain_validation`` takes the error apart.
    """
    client.send(
        validate_credentials_request(
            sp_id,
            job_id=job_id,
            template_id=template_id,
            tenant_url=tenant_url,
            secret=secret,
            use_saved=use_saved,
        ),
        work,
    )


# Provisioning on demand


def provision_on_demand_request(
    sp_id: str,
    job_id: str,
    *,
    rule_id: str,
    object_id: str,
    object_type: str = "User",
    members: Sequence[str] = (),
) -> GraphRequest:
    """Provision one person or group now.

    Args:
        rule_id: The synchronization rule, as the schema names it (may end in ``#V2``).
        object_type: ``User`` or ``Group``.
        members: Object ids of people to carry over with a group, five at most.

    Raises:
        ValueError: Too many members.
    """
    if len(members) > MOST_GROUP_MEMBERS:
        raise ValueError(f"{len(members)} members, {MOST_GROUP_MEMBERS} at most")
    subject: dict[str, Any] = {"objectId": object_id, "objectTypeName": object_type}
    if members:
        subject["links"] = {"members": [{"objectId": member, "objectTypeName": "User"} for member in members]}
    return GraphRequest(
        "POST",
        _job(sp_id, job_id, "/provisionOnDemand"),
        say("Provisioning on demand did not take place."),
        body={"parameters": [{"ruleId": rule_id, "subjects": [subject]}]},
        repeatable=False,
        budget=Budget.ON_DEMAND,
        timeout_s=ON_DEMAND_TIMEOUT_S,
        max_bytes=_SCHEMA_MAX_BYTES,
    )


def provision_on_demand(  # noqa: PLR0917 - client first, work last, as everywhere here
    client: GraphClient,
    sp_id: str,
    job_id: str,
    rule_id: str,
    object_id: str,
    object_type: str,
    work: Work,
    *,
    members: Sequence[str] = (),
) -> OnDemandResult:
    """Provision one person or group now, and tell what came of it. That there is a result does not mean success.

    Raises:
        OutcomeUnknown: No answer came; the provisioning log will tell.
    """
    request = provision_on_demand_request(
        sp_id, job_id, rule_id=rule_id, object_id=object_id, object_type=object_type, members=members
    )
    return read_on_demand(client.send(request, work))


def schema_from(document: dict[str, Any]) -> SynchronizationSchema:
    """A schema from a document that was changed in this program.

    Raises:
        msgspec.ValidationError: The change broke it.
    """
    return SynchronizationSchema(view=msgspec.convert(document, SchemaView), document=document)
