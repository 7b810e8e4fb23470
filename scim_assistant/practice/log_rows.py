"""What the engine reports: one change of one object, as a row of the provisioning log or as an on-demand answer.

``Report`` is what the engine collects while it works on an object; the two builders write it in the shapes of
Microsoft Graph. Skips carry their reason in the last step and no error; failures carry the vendor's answer in one
text with the number of attempts and the next one.

Source: Microsoft Graph v1.0 reference, provisioningObjectSummary and provisionOnDemand; shapes of the reason text
and of on-demand answers as seen in published samples (read 2026-09).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from scim_assistant.practice.scim_client import ScimFailure
from scim_assistant.practice.state import App, Job, Json, new_id, stamp

DIRECTORY: Final = "Microsoft Entra ID"
SERVICE: Final = "Azure AD Provisioning Service"

REDUNDANT: Final = "RedundantExport"
NO_MATCHING_VALUE: Final = "EntryJoiningPropertyValueIsMissing"
UNRESOLVED: Final = "UnableToResolveReferenceAttributeValue"
SKIPPED: Final = "EntrySynchronizationSkipped"
TOO_MANY_DELETES: Final = "TooManyDeletes"


class Action(StrEnum):
    """What was done or tried, as ``provisioningAction`` spells it."""

    CREATE = "create"
    UPDATE = "update"
    DISABLE = "disable"
    DELETE = "delete"
    STAGED_DELETE = "stagedDelete"
    OTHER = "other"


class Status(StrEnum):
    """How it came out, as ``provisioningResult`` spells it."""

    SUCCESS = "success"
    FAILURE = "failure"
    SKIPPED = "skipped"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Step:
    """One step. ``kind`` is a ``provisioningStepType``."""

    name: str
    kind: str
    status: Status
    description: str
    at: datetime
    details: Json = field(default_factory=dict)


@dataclass(slots=True)
class Report:
    """Everything about one object in one run.

    Attributes:
        name: How descriptions call the object (user principal name, or the group's name).
        display_name: For the log's identity column.
        changes: Target attribute, old and new value.
        error_code: Entra's code of a failure or warning; None for successes and skips.
        skip_reason: Why nothing was done; None otherwise.
    """

    object_type: str
    source_id: str
    name: str
    display_name: str
    target_type: str
    began_at: datetime
    ended_at: datetime
    target_id: str = ""
    action: Action = Action.OTHER
    status: Status = Status.SUCCESS
    steps: list[Step] = field(default_factory=list)
    changes: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    error_code: str | None = None
    reason: str | None = None
    error_category: str | None = None
    skip_reason: str | None = None
    change_id: str = field(default_factory=new_id)

    def step(
        self,
        name: str,
        kind: str,
        description: str,
        at: datetime,
        status: Status = Status.SUCCESS,
        *,
        details: Json | None = None,
    ) -> None:
        """Add a step."""
        self.steps.append(Step(name, kind, status, description, at, details or {}))
        self.ended_at = at

    def skip(self, reason: str, description: str, at: datetime) -> None:
        """End with nothing done."""
        self.action = Action.OTHER
        self.status = Status.SKIPPED
        self.skip_reason = reason
        self.step(
            "EntrySynchronizationSkip",
            "export",
            description,
            at,
            Status.SKIPPED,
            details={"SkipReason": reason},
        )


def reason_text(failure: ScimFailure, retries: int, next_attempt_at: datetime | None) -> str:
    """The reason of a failure as the log writes it.

    Args:
        failure: What the vendor answered.
        retries: Attempts that went before.
        next_attempt_at: When it is tried again; None when it is not.
    """
    text = (
        f"StatusCode: {failure.status_name}\r\n"
        "Message: Processing of the HTTP request resulted in an exception.\r\n"
        f"Web Response: \r\n{failure.body}. "
        f"This operation was retried {retries} times."
    )
    if next_attempt_at is not None:
        text += f" It will be retried again after this date: {_iso(next_attempt_at)} UTC"
    return text


def error_category(failure: ScimFailure) -> str:
    """Whose failure it counts as: ``nonServiceFailure`` when the vendor said no, ``failure`` otherwise."""
    return "nonServiceFailure" if 400 <= failure.status < 500 else "failure"


def log_row(report: Report, *, tenant_id: str, app: App, job: Job, cycle_id: str) -> Json:
    """A ``provisioningObjectSummary``."""
    return {
        "id": new_id(),
        "activityDateTime": stamp(report.ended_at),
        "tenantId": tenant_id,
        "jobId": job.id,
        "cycleId": cycle_id,
        "changeId": report.change_id,
        "provisioningAction": report.action.value,
        "durationInMilliseconds": _duration_ms(report),
        "initiatedBy": {"id": "", "displayName": SERVICE, "initiatorType": "system"},
        "servicePrincipal": {"id": app.id, "displayName": app.display_name},
        "sourceSystem": {"id": _directory_id(job, 0), "displayName": DIRECTORY, "details": {}},
        "targetSystem": {
            "id": _directory_id(job, 1),
            "displayName": app.display_name,
            "details": {
                "ApplicationId": app.app_id,
                "ServicePrincipalId": app.id,
                "ServicePrincipalDisplayName": app.display_name,
            },
        },
        "sourceIdentity": {
            "id": report.source_id,
            "displayName": report.display_name,
            "identityType": report.object_type,
            "details": {
                "id": report.source_id,
                "odatatype": report.object_type,
                "DisplayName": report.display_name,
                **({"UserPrincipalName": report.name} if report.object_type == "User" else {}),
            },
        },
        "targetIdentity": {
            "id": report.target_id,
            "displayName": "",
            "identityType": report.target_type,
            "details": {},
        },
        "provisioningStatusInfo": {"status": report.status.value, "errorInformation": _error(report)},
        "provisioningSteps": [
            {
                "name": step.name,
                "provisioningStepType": step.kind,
                "status": step.status.value,
                "description": step.description,
                "details": step.details,
            }
            for step in report.steps
        ],
        "modifiedProperties": _modified(report),
    }


def on_demand_key(report: Report) -> Json:
    """The ``key`` document of an on-demand answer: the outcome, and for skips their reason as the code."""
    result = report.status.value.capitalize()
    code = report.error_code or report.skip_reason
    if code is None:
        return {"result": result, "details": {}}
    message = report.reason or (report.steps[-1].description if report.steps else "")
    return {"result": result, "details": {"errorCode": code, "errorMessage": message}}


def on_demand_value(report: Report, job: Job) -> Json:
    """The ``value`` document of an on-demand answer: the whole run with its steps."""
    return {
        "action": report.action.value[0].upper() + report.action.value[1:],
        "changeId": report.change_id,
        "endTime": stamp(report.ended_at),
        "modifiedProperties": _modified(report),
        "provisioningSteps": [
            {
                "name": step.name,
                "type": step.kind[0].upper() + step.kind[1:],
                "status": step.status.value.capitalize(),
                "description": step.description,
                "timestamp": stamp(step.at),
                "details": step.details,
            }
            for step in report.steps
        ],
        "reportableIdentifier": report.name,
        "startTime": stamp(report.began_at),
        "statusInfo": {
            "status": report.status.value.capitalize(),
            "errorCode": report.error_code,
            "reason": report.reason,
            "additionalDetails": None,
            "errorCategory": _capital(report.error_category),
            "recommendedAction": None,
        },
        "sourceIdentity": {
            "id": report.source_id,
            "type": report.object_type,
            "displayName": report.display_name,
            "details": None,
        },
        "sourceSystem": {"id": None, "name": _directory_name(job, 0), "details": None},
        "targetIdentity": {
            "id": report.target_id,
            "type": report.target_type,
            "displayName": None,
            "details": None,
        },
        "targetSystem": {"id": None, "name": _directory_name(job, 1), "details": None},
    }


def _error(report: Report) -> Json | None:
    if report.error_code is None:
        return None
    return {
        "errorCode": report.error_code,
        "reason": report.reason,
        "additionalDetails": None,
        "errorCategory": report.error_category,
        "recommendedAction": None,
    }


def _modified(report: Report) -> list[Json]:
    return [{"displayName": name, "oldValue": old, "newValue": new} for name, old, new in report.changes]


def _duration_ms(report: Report) -> int:
    return max(1, int((report.ended_at - report.began_at).total_seconds() * 1000))


def _directory_id(job: Job, index: int) -> str:
    directories = job.schema.get("directories") or []
    return str(directories[index].get("id", "")) if len(directories) > index else ""


def _directory_name(job: Job, index: int) -> str:
    directories = job.schema.get("directories") or []
    return str(directories[index].get("name", "")) if len(directories) > index else ""


def _capital(text: str | None) -> str | None:
    return text[0].upper() + text[1:] if text else None


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"
