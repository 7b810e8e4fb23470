"""Which values flow from a person or group to the app.

Works on ``synchronizationRules[].objectMappings[]`` as JSON, whoever wrote it. Nothing that is empty in Entra
empties anything in the app: an attribute without a value does not flow.

Source: learn.microsoft.com, Microsoft Entra, "Customize user provisioning attribute-mappings"; Microsoft Graph,
synchronization: objectMapping, attributeMapping, attributeMappingSource.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from scim_assistant.rules.expression_syntax import EvaluationError, ExpressionError, write
from scim_assistant.rules.expression_values import is_empty
from scim_assistant.rules.expressions import (
    attributes_of_source,
    evaluate_source,
    logged_value,
    source_expression,
)
from scim_assistant.sentence import say

Json = Mapping[str, Any]


def attribute_mappings(object_mapping: Json) -> Iterator[Json]:
    """The lines of an object mapping that have a target."""
    for line in object_mapping.get("attributeMappings") or ():
        if line.get("targetAttributeName"):
            yield line


def mapped_values(
    object_mapping: Json,
    attributes: Json,
    *,
    creating: bool,
    now: datetime | None = None,
    default_domain: str | None = None,
) -> dict[str, Any]:
    """The values that flow to the app for one object.

    Args:
        object_mapping: An object mapping as JSON.
        attributes: The engine's attribute name to value (see ``entitlement.directory_attributes``).
        creating: The object is about to be created: lines that flow only then take part, and default values fill
            what is empty.
        now: What ``Now()`` says (aware); the clock's time without it.
        default_domain: What ``DefaultDomain()`` says.

    Returns:
        Target attribute name (``emails[type eq "work"].value``) to value, in the order of the mapping. Values that
        are nothing are left out; an empty text is kept where a function made it, since Microsoft gives a function
        of its own to stop those.

    Raises:
        ExpressionError: An expression cannot be read.
        EvaluationError: An expression gives nothing usable for this object; ``why`` names the target attribute.
    """
    values: dict[str, Any] = {}
    for line in attribute_mappings(object_mapping):
        if _is(line.get("flowType"), "ObjectAddOnly") and not creating:
            continue
        source = line.get("source")
        try:
            value = evaluate_source(source, attributes, now=now, default_domain=default_domain)
        except EvaluationError as problem:
            target = line["targetAttributeName"]
            raise EvaluationError(
                say("The value for {target} cannot be worked out: {why}", target=target, why=problem.why),
                problem.next_step,
            ) from None
        if is_empty(value):
            default = line.get("defaultValue")
            if creating and not is_empty(default):
                value = default
            elif value != "" or not _is((source or {}).get("type"), "Function"):
                continue
        values[str(line["targetAttributeName"])] = value
    return values


def logged_values(object_mapping: Json, values: Json) -> dict[str, str]:
    """The values of ``mapped_values`` as the provisioning log shows them; what ``Redact`` hides is not shown."""
    shown: dict[str, str] = {}
    for line in attribute_mappings(object_mapping):
        name = str(line["targetAttributeName"])
        if name not in values:
            continue
        expression = source_expression(line.get("source"))
        text = logged_value(expression, values[name]) if expression else str(values[name])
        if text is not None:
            shown[name] = text
    return shown


def matching_attributes(object_mapping: Json) -> tuple[tuple[str, str], ...]:
    """Target attribute and source expression of the matching lines, the one that is tried first in front."""
    return tuple(
        (str(line["targetAttributeName"]), _expression_text(line)) for line in _matching_lines(object_mapping)
    )


def matching_values(object_mapping: Json, attributes: Json) -> tuple[tuple[str, Any], ...]:
    """Target attribute and this object's value, in the order in which the app is searched; empty ones left out.

    Nothing at all means that the object cannot be linked, and the engine stops there.

    Raises:
        ExpressionError: An expression cannot be read.
        EvaluationError: An expression gives nothing usable for this object.
    """
    pairs = (
        (str(line["targetAttributeName"]), evaluate_source(line.get("source"), attributes))
        for line in _matching_lines(object_mapping)
    )
    return tuple((target, value) for target, value in pairs if not is_empty(value))


def source_attributes(object_mapping: Json) -> frozenset[str]:
    """Names of every attribute that the mapping or its scoping filter reads."""
    names: set[str] = set()
    for line in attribute_mappings(object_mapping):
        names |= attributes_of_source(line.get("source"))
    for group in _filter_groups(object_mapping.get("scope") or {}):
        for clause in group.get("clauses") or ():
            if clause.get("sourceOperandName"):
                names.add(str(clause["sourceOperandName"]))
    return frozenset(names)


def flows(object_mapping: Json, action: str) -> bool:
    """True when the mapping is on and ``flowTypes`` holds the action: ``Add``, ``Update`` or ``Delete``."""
    if object_mapping.get("enabled") is False:
        return False
    return any(_is(flag.strip(), action) for flag in str(object_mapping.get("flowTypes") or "").split(","))


def object_mapping_for(schema: Json, source_object: str) -> tuple[Json, Json] | None:
    """The rule and object mapping of a synchronization schema that carry ``User`` or ``Group``, if any."""
    for rule in schema.get("synchronizationRules") or ():
        for mapping in rule.get("objectMappings") or ():
            if _is(mapping.get("sourceObjectName"), source_object):
                return rule, mapping
    return None


def _matching_lines(object_mapping: Json) -> list[Json]:
    lines = [
        line for line in attribute_mappings(object_mapping) if int(line.get("matchingPriority") or 0) > 0
    ]
    return sorted(lines, key=lambda line: int(line["matchingPriority"]))


def _expression_text(line: Json) -> str:
    source = line.get("source") or {}
    try:
        expression = source_expression(source)
    except ExpressionError:
        return str(source.get("expression") or "")
    return write(expression.root) if expression else ""


def _filter_groups(scope: Json) -> Iterator[Json]:
    for member in ("groups", "inputFilterGroups"):
        yield from scope.get(member) or ()


def _is(one: Any, other: str) -> bool:
    return str(one or "").casefold() == other.casefold()
