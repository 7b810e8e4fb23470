"""The SCIM documents that Entra's provisioning service writes, as plain data.

Two dialects of PATCH: the old one, which tenants get by default, and the one that a Tenant URL with
``aadOptscim062020`` in it asks for.

Source: learn.microsoft.com, "Develop a SCIM endpoint" and "SCIM 2.0 protocol compliance" (read 2025-08);
RFC 7644.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from scim_assistant.practice.scim_dialect import ADSCIM_GROUP, CORE_GROUP, CORE_USER, ENTERPRISE_USER

FLAG: Final = "aadOptscim062020"
PATCH_OP: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_TYPED: Final = re.compile(r'^(?P<list>\w+)\[type eq "(?P<type>[^"]+)"\]\.(?P<sub>\w+)$')
_SPLIT_URN: Final = re.compile(r"^(?P<urn>urn:.+):(?P<name>[^:]+)$")


@dataclass(frozen=True, slots=True)
class Target:
    """One kind of object at the vendor: ``Users`` with ``User``, or ``Groups`` with ``Group``."""

    endpoint: str
    resource_type: str

    @property
    def is_group(self) -> bool:
        """True for groups."""
        return self.resource_type == "Group"


USERS: Final = Target("Users", "User")
GROUPS: Final = Target("Groups", "Group")


@dataclass(frozen=True, slots=True)
class Change:
    """One value to write: where, what, and whether there was one before."""

    path: str
    value: Any
    had_value: bool
    is_boolean: bool = False


def split_tenant_url(address: str) -> tuple[str, str, bool]:
    """Take a Tenant URL apart.

    Returns:
        Base without a slash at its end, a query to send along (without the flag), and whether the flag was in it.
        What is no address at all comes back as it is; the first request then says so.
    """
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return address, "", False
    flagged = FLAG.lower() in address.lower()
    kept = [part for part in parts.query.split("&") if part and FLAG.lower() not in part.lower()]
    path = re.sub(re.escape(FLAG), "", parts.path, flags=re.IGNORECASE).rstrip("/&?")
    return urlunsplit((parts.scheme, parts.netloc, path, "", "")), "&".join(kept), flagged


def creation_body(target: Target, values: Sequence[Change]) -> dict[str, Any]:
    """The body of a POST: paths become nested members, booleans are real ones."""
    schemas = [CORE_GROUP, ADSCIM_GROUP] if target.is_group else [CORE_USER, ENTERPRISE_USER]
    body: dict[str, Any] = {"schemas": schemas}
    for change in values:
        _put(body, change.path, as_typed(change))
    body["meta"] = {"resourceType": target.resource_type}
    return body


def patch_body(changes: Sequence[Change], *, is_modern: bool) -> dict[str, Any]:
    """The body of a PATCH in one of the two dialects."""
    if is_modern:
        operations = _modern_operations(changes)
    else:
        operations = [
            {
                "op": "Replace" if change.had_value else "Add",
                "path": change.path,
                "value": _as_old_text(change),
            }
            for change in changes
        ]
    return {"schemas": [PATCH_OP], "Operations": operations}


def read_value(resource: Mapping[str, Any], path: str) -> Any:
    """The value under a target attribute path in a resource as the service sent it; None for none."""
    typed = _TYPED.match(path)
    if typed:
        entries = resource.get(typed["list"])
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and entry.get("type") == typed["type"]:
                return entry.get(typed["sub"])
        return None
    urn = _SPLIT_URN.match(path)
    if urn:
        # A dot of a version (2.0) is no separator, so the schema is split off first.
        inner = resource.get(urn["urn"])
        resource, path = (inner, urn["name"]) if isinstance(inner, dict) else ({}, path)
    value: Any = resource
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _modern_operations(changes: Sequence[Change]) -> list[dict[str, Any]]:
    operations: list[dict[str, Any]] = []
    for op in ("replace", "add"):
        mine = [change for change in changes if change.had_value == (op == "replace")]
        simple = [change for change in mine if not _TYPED.match(change.path)]
        operations += [
            {"op": op, "path": change.path, "value": change.value} for change in mine if change not in simple
        ]
        if len(simple) > 1:
            operations.append({"op": op, "value": {change.path: as_typed(change) for change in simple}})
        else:
            operations += [{"op": op, "path": change.path, "value": as_typed(change)} for change in simple]
    return operations


def as_typed(change: Change) -> Any:
    """The value with text that stands for a boolean made one, where the schema says boolean."""
    return _as_boolean(change.value) if change.is_boolean else change.value


def _as_old_text(change: Change) -> Any:
    """Booleans as text with a capital, everything else as it is."""
    return str(_as_boolean(change.value)) if change.is_boolean else change.value


def _as_boolean(value: Any) -> Any:
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    return value


def _put(body: dict[str, Any], path: str, value: Any) -> None:
    typed = _TYPED.match(path)
    if typed:
        entries = body.setdefault(typed["list"], [])
        entry = next((each for each in entries if each["type"] == typed["type"]), None)
        if entry is None:
            entry = {"primary": typed["type"] == "work", "type": typed["type"]}
            entries.append(entry)
        entry[typed["sub"]] = value
        return
    urn = _SPLIT_URN.match(path)
    if urn:
        body = body.setdefault(urn["urn"], {})
        path = urn["name"]
    *outer, last = path.split(".")
    for part in outer:
        body = body.setdefault(part, {})
    body[last] = value
