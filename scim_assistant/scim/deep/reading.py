"""Reads what a service gave back, and compares it with what it was asked to keep.

As tolerant as SCIM is, and no more: names of attributes in any letter case, order and labels of a single e-mail
address, a telephone number in another notation; but a boolean is a boolean and never a text.

Source: RFC 7643 sections 2.1, 2.3.2, 2.4 and 4.1.2; RFC 7644 section 3.4.2.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from scim_assistant.scim.deep.wire import EXTENSION, EXTERNAL_ID, MANAGER, MEMBERS, TYPED, Values

SHOWN_CHARACTERS: Final = 80

Resource = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that is not there as it was written.

    Attributes:
        path: Which.
        wanted: What was written.
        got: What is there; None for nothing.
    """

    path: str
    wanted: object
    got: object

    def row(self) -> tuple[str, str]:
        """Label and value for evidence."""
        got = "nothing" if self.got is None else shown(self.got)
        return (short(self.path), f"{shown(self.wanted)} was written, {got} is there")


def shown(value: object) -> str:
    """A value as it stands in JSON, cut."""
    text = _whole(json.dumps(value, ensure_ascii=False, default=str))
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"


def _whole(text: str) -> str:
    """Text with a sign for each half of a surrogate pair: JSON can hold one alone, and no address or file can."""
    return text.encode("utf-8", "replace").decode()


def short(path: str) -> str:
    """A path as people know it: an extension's attribute by its own name."""
    extension = EXTENSION.fullmatch(path)
    return extension["name"] if extension else path


def member(resource: object, name: str) -> Any:
    """A member by its name in any letter case; None where there is none."""
    if not isinstance(resource, Mapping):
        return None
    if name in resource:
        return resource[name]
    wanted = name.casefold()
    return next((value for key, value in resource.items() if str(key).casefold() == wanted), None)


def value_at(resource: Resource, path: str) -> Any:
    """The value under one of Entra's paths; None where there is none."""
    typed = TYPED.fullmatch(path)
    if typed:
        entries = member(resource, typed["list"])
        entries = [each for each in entries if isinstance(each, Mapping)] if isinstance(entries, list) else []
        fitting = [each for each in entries if str(member(each, "type")).casefold() == typed["type"]]
        if not fitting and len(entries) == 1 and not member(entries[0], "type"):
            fitting = entries  # a service that keeps one address and no labels
        return member(fitting[0], typed["part"]) if fitting else None
    extension = EXTENSION.fullmatch(path)
    if extension:
        return member(member(resource, extension["schema"]), extension["name"])
    value: Any = resource
    for part in path.split("."):
        value = member(value, part)
    return value


def same(path: str, wanted: object, got: object) -> bool:
    """True when a value is there as it was written; of a manager the id, in the object that the schema makes of it."""
    if path == MANAGER and isinstance(got, Mapping):
        got = member(got, "value")
    if isinstance(wanted, bool) or isinstance(got, bool):
        return wanted is got
    if not isinstance(wanted, str) or not isinstance(got, str):
        return wanted == got
    if path == EXTERNAL_ID:
        return wanted == got
    if path.startswith("phoneNumbers"):
        return re.sub(r"\D", "", wanted) == re.sub(r"\D", "", got)
    return wanted.casefold() == got.casefold()


def differences(resource: Resource, wanted: Values) -> tuple[Difference, ...]:
    """Every value that is not there as it was written."""
    found = ((path, value, value_at(resource, path)) for path, value in wanted.items())
    return tuple(Difference(path, value, got) for path, value, got in found if not same(path, value, got))


def member_ids(group: Resource) -> tuple[str, ...]:
    """Who is in a group."""
    members = member(group, MEMBERS)
    if not isinstance(members, list):
        return ()
    values = (member(each, "value") for each in members if isinstance(each, Mapping))
    return tuple(str(value) for value in values if value is not None)


def id_of(resource: object) -> str:
    """The id of a resource, also one that is a number by mistake; empty for none, and for one that no path can hold."""
    found = member(resource, "id")
    if isinstance(found, str):
        return "" if found in (".", "..") or _whole(found) != found else found
    return str(found) if isinstance(found, int) and not isinstance(found, bool) else ""
