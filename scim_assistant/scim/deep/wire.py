"""What Entra's provisioning service sends, in both of its dialects, as plain values. Nothing is sent here.

By default Entra writes one operation for each attribute, with a capital letter, and booleans as text (the legacy
dialect). With ``aadOptscim062020`` at the end of the Tenant URL it bundles simple attributes into one operation without
a path, whose keys are paths, and writes booleans as booleans (the standard dialect).

Source: Microsoft Learn, "Develop and plan provisioning for a SCIM endpoint" and "Known issues and resolutions with
SCIM 2.0 protocol compliance" (read 2025-08); RFC 7643; RFC 7644.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from scim_assistant.scim.address import filter_query

USER: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP: Final = "urn:ietf:params:scim:schemas:core:2.0:Group"
MICROSOFT_GROUP: Final = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
"""Entra names this schema, which is its own, on every group that it creates."""
PATCH_OP: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

USERS: Final = "Users"
GROUPS: Final = "Groups"

USER_NAME: Final = "userName"
EXTERNAL_ID: Final = "externalId"
DISPLAY_NAME: Final = "displayName"
ACTIVE: Final = "active"
GIVEN_NAME: Final = "name.givenName"
FAMILY_NAME: Final = "name.familyName"
WORK_EMAIL: Final = 'emails[type eq "work"].value'
MOBILE_PHONE: Final = 'phoneNumbers[type eq "mobile"].value'
WORK_PHONE: Final = 'phoneNumbers[type eq "work"].value'
DEPARTMENT: Final = f"{ENTERPRISE}:department"
MANAGER: Final = f"{ENTERPRISE}:manager"
"""Entra writes it as a plain id in both dialects, where the schema has an object."""
MEMBERS: Final = "members"

Values = Mapping[str, object]
"""Values by the paths that Entra's mappings name."""

TYPED: Final = re.compile(r'(?P<list>\w+)\[type eq "(?P<type>[^"]+)"\]\.(?P<part>\w+)')
"""A path to one entry of a list by its type."""
EXTENSION: Final = re.compile(r"(?P<schema>urn:.+):(?P<name>[^:]+)")
"""A path into an extension: its schema holds a dot (2.0) that separates nothing."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request below the Tenant URL.

    Attributes:
        method: HTTP method.
        path: Encoded, with a slash in front.
        query: Encoded; empty for none.
        body: JSON members; None for no body.
        about: Id of the resource that is read or written; empty for a search or a creation.
    """

    method: str
    path: str
    query: str = ""
    body: Mapping[str, Any] | None = field(default=None)
    about: str = ""


# ---------------------------------------------------------------- reading


def find(kind: str, attribute: str, value: str) -> Ask:
    """Search by one value, as before every creation; groups come without their members."""
    head = f"excludedAttributes={MEMBERS}&" if kind == GROUPS else ""
    return Ask("GET", f"/{kind}", head + filter_query(attribute, value))


def read(kind: str, resource_id: str) -> Ask:
    """One resource as it stands, whole."""
    return Ask("GET", _place(kind, resource_id), about=resource_id)


# ---------------------------------------------------------------- writing


def create_user(values: Values) -> Ask:
    """Create a person. Booleans are real ones here in both dialects, and the extension is announced always."""
    body: dict[str, Any] = {"schemas": [USER, ENTERPRISE]}
    for path, value in values.items():
        _put(body, path, value)
    body["meta"] = {"resourceType": "User"}
    return Ask("POST", f"/{USERS}", body=body)


def create_group(values: Values, *, with_microsoft: bool = True) -> Ask:
    """Create a group, empty: members follow by themselves.

    Args:
        values: By simple paths.
        with_microsoft: Name Microsoft's own schema, as Entra does.
    """
    schemas = [GROUP, MICROSOFT_GROUP] if with_microsoft else [GROUP]
    body = {"schemas": schemas, **values, "meta": {"resourceType": "Group"}}
    return Ask("POST", f"/{GROUPS}", body=body)


def delete(kind: str, resource_id: str) -> Ask:
    """Delete one resource."""
    return Ask("DELETE", _place(kind, resource_id), about=resource_id)


def change_legacy(user_id: str, replaced: Values, added: Values | None = None) -> Ask:
    """Change a person in the legacy dialect: an operation for each value, booleans as text.

    Args:
        replaced: What had a value before.
        added: What had none.
    """
    operations = [
        {"op": op, "path": path, "value": _legacy_text(value)}
        for op, values in (("Replace", replaced), ("Add", added or {}))
        for path, value in values.items()
    ]
    return _patch(USERS, user_id, operations)


def change_standard(user_id: str, replaced: Values) -> Ask:
    """Change a person in the standard dialect: values of lists by their path, all the others under their paths in one
    operation without a path; a single simple value has an operation with its path."""
    typed = {path: value for path, value in replaced.items() if TYPED.fullmatch(path)}
    simple = {path: value for path, value in replaced.items() if path not in typed}
    operations: list[dict[str, Any]] = [
        {"op": "replace", "path": path, "value": value} for path, value in typed.items()
    ]
    if len(simple) == 1:
        operations += [{"op": "replace", "path": path, "value": value} for path, value in simple.items()]
    elif simple:
        operations.append({"op": "replace", "value": dict(simple)})
    return _patch(USERS, user_id, operations)


def add_standard(user_id: str, added: Values) -> Ask:
    """Give a person values that it had none of, in the standard dialect: an operation for each."""
    operations = [{"op": "add", "path": path, "value": value} for path, value in added.items()]
    return _patch(USERS, user_id, operations)


def add_member(group_id: str, user_id: str, *, standard: bool) -> Ask:
    """Put one person into a group."""
    operation = {"op": "add" if standard else "Add", "path": MEMBERS, "value": _members(user_id)}
    return _patch(GROUPS, group_id, [operation])


def remove_member_legacy(group_id: str, user_id: str) -> Ask:
    """Take one person out of a group by a list of values: who is not in the list has to stay."""
    return _patch(GROUPS, group_id, [{"op": "Remove", "path": MEMBERS, "value": _members(user_id)}])


def remove_member_standard(group_id: str, user_id: str) -> Ask:
    """Take one person out of a group by a path with a filter."""
    path = f"{MEMBERS}[value eq {json.dumps(user_id, ensure_ascii=False)}]"
    return _patch(GROUPS, group_id, [{"op": "remove", "path": path}])


def _members(user_id: str) -> list[dict[str, Any]]:
    return [{"$ref": None, "value": user_id}]


def _patch(kind: str, resource_id: str, operations: Sequence[Mapping[str, Any]]) -> Ask:
    body = {"schemas": [PATCH_OP], "Operations": list(operations)}
    return Ask("PATCH", _place(kind, resource_id), body=body, about=resource_id)


def _place(kind: str, resource_id: str) -> str:
    return f"/{kind}/{quote(resource_id, safe='')}"


def _legacy_text(value: object) -> object:
    return str(value) if isinstance(value, bool) else value


def _put(body: dict[str, Any], path: str, value: object) -> None:
    typed = TYPED.fullmatch(path)
    if typed:
        entry = {"type": typed["type"], typed["part"]: value}
        if typed["type"] == "work":
            entry["primary"] = True
        body.setdefault(typed["list"], []).append(entry)
        return
    extension = EXTENSION.fullmatch(path)
    if extension:
        body.setdefault(extension["schema"], {})[extension["name"]] = value
        return
    *outer, last = path.split(".")
    for part in outer:
        body = body.setdefault(part, {})
    body[last] = value
