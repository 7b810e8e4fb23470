"""What a job's schema says about one kind of object, read once per cycle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from scim_assistant.practice.scim_bodies import GROUPS, USERS, Change, Target
from scim_assistant.practice.state import Json
from scim_assistant.rules.expressions import as_text
from scim_assistant.rules.mapping import attribute_mappings, flows, matching_attributes

ACTIVE: Final = "active"
MEMBERS: Final = "members"


@dataclass(frozen=True, slots=True)
class ObjectRule:
    """An enabled object mapping with what the directory definitions know of its targets.

    Attributes:
        rule_id: Of the synchronization rule.
        object_type: ``User`` or ``Group``.
        mapping: The object mapping as JSON.
        booleans, references, case_exact, required: Names of target attributes.
    """

    rule_id: str
    object_type: str
    target_type: str
    mapping: Json
    booleans: frozenset[str] = frozenset()
    references: frozenset[str] = frozenset()
    case_exact: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()

    @property
    def target(self) -> Target:
        """Where these objects live at the vendor."""
        return GROUPS if self.object_type == "Group" else USERS

    @property
    def disables(self) -> bool:
        """True when the app has a soft delete: a mapping for ``active``."""
        return any(line["targetAttributeName"] == ACTIVE for line in attribute_mappings(self.mapping))

    @property
    def carries_members(self) -> bool:
        """True when group members are mapped."""
        return any(line["targetAttributeName"] == MEMBERS for line in attribute_mappings(self.mapping))

    @property
    def first_matching_attribute(self) -> str:
        """The target attribute that the connection test asks for."""
        pairs = matching_attributes(self.mapping)
        default = "displayName" if self.object_type == "Group" else "userName"
        return pairs[0][0] if pairs else default

    def flows(self, action: str) -> bool:
        """True when the mapping lets ``Add``, ``Update`` or ``Delete`` through."""
        return flows(self.mapping, action)

    def is_same(self, path: str, old: Any, new: Any) -> bool:
        """True when writing ``new`` over ``old`` would change nothing: case counts only where the app says so."""
        one, other = text_of(old), text_of(new)
        if path in self.case_exact:
            return one == other
        return (one or "").casefold() == (other or "").casefold()

    def change(self, path: str, old: Any, new: Any) -> Change:
        """The change that writes ``new`` over ``old``."""
        return Change(path, new, had_value=old not in (None, ""), is_boolean=path in self.booleans)


def text_of(value: Any) -> str | None:
    """A value as the log writes it: booleans with a capital, nothing as None."""
    return as_text(value)


def object_rules(schema: Json) -> tuple[ObjectRule, ...]:
    """The enabled object mappings for people and groups, people first since groups refer to them."""
    found: list[ObjectRule] = []
    for rule in schema.get("synchronizationRules") or ():
        for mapping in rule.get("objectMappings") or ():
            if mapping.get("enabled") is False or mapping.get("sourceObjectName") not in ("User", "Group"):
                continue
            target_type = str(mapping.get("targetObjectName") or "")
            attributes = _definitions(schema, str(rule.get("targetDirectoryName") or ""), target_type)
            found.append(
                ObjectRule(
                    rule_id=str(rule.get("id") or ""),
                    object_type=str(mapping["sourceObjectName"]),
                    target_type=target_type,
                    mapping=mapping,
                    booleans=_named(attributes, "type", "boolean") | {ACTIVE},
                    references=_named(attributes, "type", "reference"),
                    case_exact=_named(attributes, "caseExact", "true"),
                    required=_named(attributes, "required", "true"),
                )
            )
    return tuple(sorted(found, key=lambda each: each.object_type == "Group"))


def _definitions(schema: Json, directory_name: str, object_name: str) -> list[Json]:
    for directory in schema.get("directories") or ():
        if directory.get("name") != directory_name:
            continue
        for each in directory.get("objects") or ():
            if each.get("name") == object_name:
                return list(each.get("attributes") or ())
    return []


def _named(attributes: list[Json], member: str, value: str) -> frozenset[str]:
    return frozenset(
        str(each.get("name")) for each in attributes if str(each.get(member, "")).lower() == value
    )
