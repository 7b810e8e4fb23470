"""The old version of the pretend ScreenSteps interface, kept for integrations that nobody has moved.

A Tenant URL that ends in ``/v1`` reaches it. It answers 200, in the schema of SCIM 1.0 with numeric ids, which
no provisioning service of today understands: that is the trap.
"""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import parse_qs

from scim_assistant.practice.scim_store import ScreenStepsStore

OLD_SCHEMA: Final = "urn:scim:schemas:core:1.0"
_BY_NAME: Final = re.compile(r'^userName eq "((?:[^"\\]|\\.)*)"$', re.IGNORECASE)
_OLD_ROLES: Final = {"reader": "learner"}


def old_answer(store: ScreenStepsStore, method: str, path: str, query: str) -> tuple[int, dict[str, Any]]:
    """Answer a request to the old version.

    Returns:
        HTTP status and JSON document.
    """
    parts = path.strip("/").split("/")
    if parts[0] != "Users" or len(parts) > 2:
        return 404, _error(404, "Not found")
    if method != "GET":
        return 501, _error(501, "This version is read only for new integrations")
    rows = [_old_user(number, account) for number, account in enumerate(store.accounts(), 1)]
    if len(parts) == 2:
        found = next((row for row in rows if str(row["id"]) == parts[1]), None)
        return (200, found) if found else (404, _error(404, "Not found"))
    text = parse_qs(query).get("filter", [""])[0]
    if text:
        match = _BY_NAME.match(text)
        if match is None:
            return 400, _error(400, "Unknown filter")
        rows = [row for row in rows if row["userName"].lower() == match[1].lower()]
    return 200, {
        "schemas": [OLD_SCHEMA],
        "totalResults": len(rows),
        "itemsPerPage": 50,
        "startIndex": 1,
        "Resources": rows[:50],
    }


def _old_user(number: int, account: dict[str, Any]) -> dict[str, Any]:
    return {
        "schemas": [OLD_SCHEMA],
        "id": number,
        "userName": account["userName"],
        "name": {"givenName": account["givenName"], "familyName": account["familyName"]},
        "emails": [{"value": account["email"]}] if account["email"] else [],
        "active": account["active"],
        "timezone": "UTC",
        "role": _OLD_ROLES.get(account["userType"], account["userType"]),
    }


def _error(status: int, text: str) -> dict[str, Any]:
    return {"Errors": [{"description": text, "code": str(status)}]}
