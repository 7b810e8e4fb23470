"""Turns the SCIM that Entra's provisioning service writes into the SCIM of RFC 7644.

The library behind the pretend ScreenSteps reads the standard forms and, by its policy, members removed by a value
list and typed values that are not there yet. What is left is done here, at the edge, on plain JSON:
capitalised operations, booleans as text, null members, a manager as a plain id, roles as JSON text in a string,
and ``manager`` without its schema.

Source: learn.microsoft.com, "SCIM 2.0 protocol compliance" and "Develop a SCIM endpoint" (read 2025-08);
RFC 7644 sections 3.5.2 and 3.4.2.2.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

ENTERPRISE_USER: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CORE_USER: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
CORE_GROUP: Final = "urn:ietf:params:scim:schemas:core:2.0:Group"
ADSCIM_GROUP: Final = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
KNOWN_SCHEMAS: Final = frozenset({ENTERPRISE_USER, CORE_USER, CORE_GROUP})

_MANAGER: Final = f"{ENTERPRISE_USER}:manager"
_MANAGER_PATHS: Final = frozenset({"manager", _MANAGER.lower()})
_BOOLEANS: Final = {"true": True, "false": False}
_BOOLEAN_NAMES: Final = frozenset({"active", "primary"})
_BARE_MANAGER: Final = re.compile(r"(?<![\w:.])manager(?=\s+eq\b)", re.IGNORECASE)
_QUOTED: Final = re.compile(r'("(?:[^"\\]|\\.)*")')


def standard_creation(body: Any) -> Any:
    """The body of a POST without nulls, foreign schemas and booleans as text.

    A member ``department`` or ``manager`` outside its extension, which Entra's published sample has, is left
    to the library, which ignores what it does not know.
    """
    if not isinstance(body, dict):
        return body
    clean = {name: _clean(name, value) for name, value in body.items() if value is not None}
    schemas = clean.get("schemas")
    if isinstance(schemas, list):
        # Entra announces a schema of its own on groups, and the extension even when it sends nothing of it.
        kept = [
            urn
            for urn in schemas
            if urn in KNOWN_SCHEMAS and (urn != ENTERPRISE_USER or ENTERPRISE_USER in clean)
        ]
        clean["schemas"] = kept
    return clean


def standard_patch(body: Any) -> Any:
    """The body of a PATCH with operations in RFC 7644's words."""
    if not isinstance(body, dict):
        return body
    name = next((key for key in body if key.lower() == "operations"), None)
    if name is None or not isinstance(body[name], list):
        return body
    operations = [_operation(each) if isinstance(each, dict) else each for each in body[name]]
    return {**body, name: operations}


def standard_filter(text: str) -> str:
    """A filter with ``manager`` written out; everything inside quotes stays as it is."""
    parts = _QUOTED.split(text)
    return "".join(
        part if part.startswith('"') else _BARE_MANAGER.sub(f"{_MANAGER}.value", part) for part in parts
    )


def _operation(operation: dict[str, Any]) -> dict[str, Any]:
    clean = dict(operation)
    if isinstance(clean.get("op"), str):
        clean["op"] = clean["op"].lower()
    path = clean.get("path")
    if not isinstance(path, str):
        value = clean.get("value")
        if isinstance(value, dict):
            clean["value"] = dict(_member(name, each) for name, each in value.items())
        return clean
    if "value" in clean:
        clean["path"], clean["value"] = _member(path, clean["value"])
    elif path.lower() in _MANAGER_PATHS:
        clean["path"] = _MANAGER
    return clean


def _member(path: str, value: Any) -> tuple[str, Any]:
    """One path and its value, where a value-list operation and a bundled key are written alike."""
    lower = path.lower()
    if lower in _MANAGER_PATHS:
        return _MANAGER, _manager(value)
    if lower == "roles" and isinstance(value, list):
        return path, [_role(each) for each in value]
    if isinstance(value, list):
        return path, [_clean(path, each) for each in value]
    name = lower.rsplit(".", 1)[-1].rsplit(":", 1)[-1]
    return path, _clean(name, value)


def _clean(name: str, value: Any) -> Any:
    if name.lower() in _BOOLEAN_NAMES and isinstance(value, str):
        return _BOOLEANS.get(value.strip().lower(), value)
    if name == ENTERPRISE_USER and isinstance(value, dict) and "manager" in value:
        value = {**value, "manager": _manager(value["manager"])}
    if isinstance(value, dict):
        return {key: _clean(key, each) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_clean(name, each) for each in value]
    return value


def _manager(value: Any) -> Any:
    """The complex value that RFC 7643 section 4.3 asks for, from an id, a list or the value itself."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, str):
        value = {"value": value}
    if isinstance(value, dict) and isinstance(value.get("value"), str) and not value.get("$ref"):
        return {**value, "$ref": f"Users/{value['value']}"}
    return value


def _role(value: Any) -> Any:
    """A role from the JSON text that un-flagged tenants put into ``value``."""
    if not isinstance(value, dict):
        return value
    clean = {key: each for key, each in value.items() if each is not None}
    inner: Any = clean.get("value")
    if isinstance(inner, str) and inner.lstrip().startswith("{"):
        try:
            inner = json.loads(inner)
        except ValueError:
            return clean
    if isinstance(inner, dict):
        clean = {**clean, "value": inner.get("value"), "display": inner.get("displayName")}
    if "displayName" in clean:
        clean["display"] = clean.pop("displayName")
    return {key: _clean(key, each) for key, each in clean.items() if each is not None}
