"""The provisioning log of the pretend Graph.

Source: Microsoft Graph v1.0 reference, page 'List provisioningObjectSummary', with the table of filters that its older
edition prints; Microsoft Entra pages on analysing provisioning logs for the licence they need.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from scim_assistant.practice.answers import Answer, Refused
from scim_assistant.practice.call import LOG_ROLES, READ_LOGS, Call, Route
from scim_assistant.practice.odata import decode_token, encode_token, list_answer
from scim_assistant.practice.quirks import quirky_log_row
from scim_assistant.practice.state import Json

_TEXT: Final = frozenset({"eq", "contains"})
_ORDERED: Final = frozenset({"eq", "gt", "lt"})
FILTERS: Final = {
    **dict.fromkeys(
        (
            "id",
            "tenantId",
            "jobId",
            "changeId",
            "cycleId",
            "provisioningAction",
            "provisioningStatusInfo/status",
            "sourceSystem/displayName",
            "targetSystem/displayName",
            "sourceIdentity/identityType",
            "targetIdentity/identityType",
            "sourceIdentity/id",
            "targetIdentity/id",
            "sourceIdentity/displayName",
            "targetIdentity/displayName",
            "initiatedBy/displayName",
        ),
        _TEXT,
    ),
    "activityDateTime": _ORDERED,
    "durationInMilliseconds": _ORDERED,
    "servicePrincipal/id": frozenset({"eq"}),
    "servicePrincipal/displayName": frozenset({"eq"}),
}


def list_events(call: Call) -> Answer:
    """GET /auditLogs/provisioning: newest first, only rows that have become readable."""
    tenant = call.tenant
    if not tenant.has_premium:
        raise Refused(
            403,
            "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
            "The tenant has no premium licence.",
        )
    token = decode_token(call)
    # Later pages show what was readable when the first was asked for, so that nothing shifts from page to page.
    until = datetime.fromisoformat(token["until"]) if "until" in token else tenant.clock.now()
    with tenant.lock:
        rows = [logged.row for logged in tenant.log if logged.readable_at <= until]
    rows.sort(key=lambda row: str(row.get("activityDateTime")), reverse=True)
    query = dict(call.query)
    query["$skiptoken"] = encode_token({"at": token.get("at", 0), "until": until.isoformat()})

    def shape(row: Json) -> Json:
        return quirky_log_row(row) if call.quirks else row

    return list_answer(
        replace(call, query=query),
        rows,
        context="auditLogs/provisioning",
        shape=shape,
        page=tenant.limits.logs_page,
        page_max=tenant.limits.logs_page_max,
        filters=FILTERS,
        orders=("activityDateTime", "durationInMilliseconds"),
    )


ROUTES: Final = (
    Route(
        "GET",
        "/auditLogs/provisioning",
        list_events,
        READ_LOGS,
        LOG_ROLES,
        "logs",
        frozenset({"$filter", "$top", "$orderby", "$skiptoken"}),
    ),
)
