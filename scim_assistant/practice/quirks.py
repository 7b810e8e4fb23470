"""The deviations from its own description that published answers of the service show. Off unless a world asks.

Readers must survive them: enum casing drifts, catalogue rows carry ``name`` for ``id``, a paused job may
show a quarantine with empty texts for dates, log rows name the initiator's type differently, and provisioning on
demand answers in three forms. How a failed credential test is nested is not published at all, so it comes in several.
"""

from __future__ import annotations

import json
from typing import Final

from scim_assistant.practice.answers import Refused
from scim_assistant.practice.state import Json, ValidationFailure

ON_DEMAND_TYPE: Final = "Microsoft.Identity.Health.CPP.Common.DataContracts.SyncFabric.StatusInfo"


def quirky_job(row: Json) -> Json:
    """A paused job with a quarantine object full of empty texts, as published."""
    status = row["status"]
    if status["code"] != "Paused" or status["quarantine"] is not None:
        return row
    quarantine = {
        "currentBegan": "",
        "nextAttempt": "",
        "reason": "",
        "seriesBegan": "",
        "seriesCount": 0,
        "error": {
            "code": "SystemForCrossDomainIdentityManagementCredentialValidationUnavailable",
            "message": "The connection to the target system could not be made.",
            "tenantActionable": True,
        },
    }
    return {**row, "status": {**status, "quarantine": quarantine}}


def quirky_log_row(row: Json) -> Json:
    """A log row with capital step types, another name for the initiator's type, and a drifting action."""
    steps = [
        {**step, "provisioningStepType": str(step.get("provisioningStepType") or "").capitalize()}
        if step.get("provisioningStepType") in ("import", "export")
        else step
        for step in row.get("provisioningSteps") or ()
    ]
    initiated_by = dict(row.get("initiatedBy") or {})
    if "initiatorType" in initiated_by:
        initiated_by["initiatingType"] = initiated_by.pop("initiatorType")
    action = row.get("provisioningAction")
    return {
        **row,
        "provisioningSteps": steps,
        "initiatedBy": initiated_by,
        "provisioningAction": "stageddelete" if action == "stagedDelete" else action,
    }


def quirky_schema(document: Json) -> Json:
    """A schema whose attribute types are in lower case."""
    changed: Json = json.loads(json.dumps(document))
    for directory in changed.get("directories") or ():
        for definition in directory.get("objects") or ():
            for attribute in definition.get("attributes") or ():
                attribute["type"] = str(attribute.get("type", "String")).lower()
    return changed


def quirky_catalogue(rows: list[Json]) -> list[Json]:
    """Functions or filter operators that carry ``name`` where the description has ``id``."""
    return [{("name" if key == "id" else key): value for key, value in row.items()} for row in rows]


def quirky_on_demand(key: Json, value: Json, object_type: str) -> tuple[str, str]:
    """Key and value of provisioning on demand in its rarer forms: empty for a group, an array for a person."""
    if object_type == "Group" and str(key.get("result", "")).lower() == "success":
        return json.dumps({"result": "Success", "details": {}}), "{}"
    if str(key.get("result", "")).lower() == "success":
        return ON_DEMAND_TYPE, json.dumps([value])
    return json.dumps(key), json.dumps(value)


def quirky_validation(failure: ValidationFailure) -> Refused:
    """A failed credential test with the code elsewhere: among details, two levels deep, or in the text alone."""
    inside: Json = {"code": failure.code, "message": failure.message}
    if failure.code.endswith("Failure"):
        detail = {"code": "TargetSystem", "message": "", "target": None, "innererror": inside}
        return Refused(400, "BadRequest", "The operation failed.", details=[detail])
    if "Response Status Code: Unreachable" in failure.message:
        return Refused(400, "UnknownError", f"{failure.code}: {failure.message}")
    return Refused(
        400, "BadRequest", "The operation failed.", inner={"code": "TargetSystem", "innerError": inside}
    )
