"""Secrets, the credential test and provisioning on demand in the pretend Graph.

Source: Microsoft Graph v1.0 reference, pages 'Add synchronization secrets', 'validateCredentials' and
'provisionOnDemand'. Reading secrets follows the CSDL. Where the service's error nesting and status are not
published, the most likely form is used.
"""

from __future__ import annotations

import json
from typing import Any, Final

from scim_assistant.practice.answers import NO_CONTENT, Answer, Refused, bad_request, not_found, refuse
from scim_assistant.practice.call import ADMIN_ROLES, READ_SYNC, WRITE_SYNC, Call, Route
from scim_assistant.practice.odata import whole_list
from scim_assistant.practice.quirks import quirky_on_demand, quirky_validation
from scim_assistant.practice.state import App, Job, Json

KEYS: Final = frozenset(
    {
        "None",
        "UserName",
        "Password",
        "SecretToken",
        "AppKey",
        "BaseAddress",
        "ClientIdentifier",
        "ClientSecret",
        "SingleSignOnType",
        "Sandbox",
        "Url",
        "Domain",
        "ConsumerKey",
        "ConsumerSecret",
        "TokenKey",
        "TokenExpiration",
        "Oauth2AccessToken",
        "Oauth2AccessTokenCreationTime",
        "Oauth2RefreshToken",
        "SyncAll",
        "InstanceName",
        "Oauth2ClientId",
        "Oauth2ClientSecret",
        "CompanyId",
        "UpdateKeyOnSoftDelete",
        "SynchronizationSchedule",
        "SystemOfRecord",
        "SandboxName",
        "EnforceDomain",
        "SyncNotificationSettings",
        "SkipOutOfScopeDeletions",
        "Oauth2AuthorizationCode",
        "Oauth2RedirectUri",
        "ApplicationTemplateIdentifier",
        "Oauth2TokenExchangeUri",
        "Oauth2AuthorizationUri",
        "AuthenticationType",
        "Server",
        "PerformInboundEntitlementGrants",
        "HardDeletesEnabled",
        "SyncAgentCompatibilityKey",
        "SyncAgentADContainer",
        "ValidateDomain",
        "TestReferences",
        "ConnectionString",
    }
)
HIDDEN: Final = frozenset(
    {
        "Password",
        "SecretToken",
        "AppKey",
        "ClientSecret",
        "ConsumerSecret",
        "TokenKey",
        "Oauth2AccessToken",
        "Oauth2RefreshToken",
        "Oauth2ClientSecret",
        "Oauth2AuthorizationCode",
        "ConnectionString",
    }
)
MASKED: Final = "*"


def get_secrets(call: Call) -> Answer:
    """GET .../secrets: secret values come back as one asterisk."""
    app = call.app(synchronization=True)
    with call.tenant.lock:
        stored = dict(app.secrets)
    rows: list[Json] = [
        {"key": key, "value": MASKED if key in HIDDEN and value else value} for key, value in stored.items()
    ]
    return whole_list(call, rows, "Collection(microsoft.graph.synchronizationSecretKeyStringValuePair)")


def _pairs(body: Any, name: str) -> dict[str, str]:
    """Key and value pairs of a body; all values are text.

    Raises:
        Refused: 400: they are not.
    """
    entries = body.get(name) if isinstance(body, dict) else None
    if not isinstance(entries, list):
        refuse(f"The property '{name}' is missing or is not a collection.")
    pairs: dict[str, str] = {}
    for entry in entries:
        key = entry.get("key") if isinstance(entry, dict) else None
        value = entry.get("value") if isinstance(entry, dict) else None
        if key not in KEYS:
            refuse(f"The value '{key}' is not a valid synchronizationSecret.")
        if value is not None and not isinstance(value, str):
            refuse(f"The value of '{key}' is not a string.")
        pairs[key] = value or ""
    return pairs


def put_secrets(call: Call) -> Answer:
    """PUT .../secrets: the whole set is replaced. A masked value that is sent back is stored as it is."""
    app = call.app(synchronization=True)
    pairs = _pairs(call.body, "value")
    with call.tenant.lock:
        app.secrets = pairs
    return NO_CONTENT


def _validate(call: Call, app: App) -> Answer:
    body = call.body
    if not isinstance(body, dict):
        refuse("The request body is not an object.")
    if body.get("useSavedCredentials") is True:
        with call.tenant.lock:
            pairs = dict(app.secrets)
    else:
        pairs = _pairs(body, "credentials")
    failure = call.engine.validate_credentials(pairs.get("BaseAddress", ""), pairs.get("SecretToken", ""))
    if failure is None:
        return NO_CONTENT
    if call.quirks:
        raise quirky_validation(failure)
    raise Refused(
        400,
        "CredentialValidationUnavailable",
        "The credentials could not be validated against the target system.",
        inner={"code": failure.code, "message": failure.message, "details": [], "target": None},
    )


def validate_for_app(call: Call) -> Answer:
    """POST .../jobs/validateCredentials: before there is a job; needs the template."""
    app = call.app(synchronization=True)
    template_id = call.body.get("templateId") if isinstance(call.body, dict) else None
    if template_id != app.sync_template_id:
        raise bad_request(f"The template '{template_id}' is not available for this application.")
    return _validate(call, app)


def validate_for_job(call: Call) -> Answer:
    """POST .../jobs/{id}/validateCredentials."""
    app, _ = call.job()
    return _validate(call, app)


def _one(rows: object, what: str) -> Json:
    if not isinstance(rows, list) or len(rows) != 1 or not isinstance(rows[0], dict):
        refuse(f"Exactly one entry is expected in '{what}'.")
    row: Json = rows[0]
    return row


def _members(call: Call, subject: Json) -> tuple[str, ...]:
    links = subject.get("links") or {}
    rows = links.get("members") if isinstance(links, dict) else None
    if rows is None:
        return ()
    if not isinstance(rows, list) or not all(
        isinstance(row, dict) and isinstance(row.get("objectId"), str) for row in rows
    ):
        refuse("The members of the subject are not understood.")
    most = call.tenant.limits.on_demand_members
    if len(rows) > most:
        refuse(f"At most {most} members can be provisioned in one request.")
    return tuple(row["objectId"] for row in rows)


def _rule(job: Job, rule_id: object) -> str:
    if not any(rule.get("id") == rule_id for rule in job.schema.get("synchronizationRules") or ()):
        raise bad_request(f"The rule '{rule_id}' does not exist in the schema of this job.")
    return str(rule_id)


def provision_on_demand(call: Call) -> Answer:
    """POST .../provisionOnDemand: one object now. 200 says nothing of the outcome; the two texts in it do."""
    app, job = call.job()
    parameters = _one(call.body.get("parameters") if isinstance(call.body, dict) else None, "parameters")
    subject = _one(parameters.get("subjects"), "subjects")
    rule_id = _rule(job, parameters.get("ruleId"))
    object_type, object_id = subject.get("objectTypeName"), subject.get("objectId")
    if object_type not in ("User", "Group"):
        raise bad_request(f"The object type '{object_type}' is not part of the rule.")
    tenant = call.tenant
    with tenant.lock:
        person = tenant.people.get(str(object_id))
        known = tenant.groups.keys() if object_type == "Group" else tenant.people.keys()
        if object_id not in known or (person is not None and person.deleted_at is not None):
            raise not_found(str(object_id))
    members = _members(call, subject) if object_type == "Group" else ()
    key, value = call.engine.provision_on_demand(app, job, rule_id, str(object_id), object_type, members)
    texts = json.dumps(key), json.dumps(value)
    if call.quirks:
        texts = quirky_on_demand(key, value, object_type)
    return Answer(
        200,
        {
            "@odata.context": call.context("microsoft.graph.stringKeyStringValuePair"),
            "key": texts[0],
            "value": texts[1],
        },
    )


_BASE: Final = "/servicePrincipals/<app>/synchronization"
_JOB: Final = f"{_BASE}/jobs/<job>"

ROUTES: Final = (
    Route("GET", f"{_BASE}/secrets", get_secrets, READ_SYNC),
    Route("PUT", f"{_BASE}/secrets", put_secrets, WRITE_SYNC, ADMIN_ROLES),
    Route("POST", f"{_BASE}/jobs/validateCredentials", validate_for_app, WRITE_SYNC, ADMIN_ROLES),
    Route("POST", f"{_JOB}/validateCredentials", validate_for_job, WRITE_SYNC, ADMIN_ROLES),
    Route("POST", f"{_JOB}/provisionOnDemand", provision_on_demand, WRITE_SYNC, ADMIN_ROLES, "on-demand"),
)
