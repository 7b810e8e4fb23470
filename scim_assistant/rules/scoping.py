"""Scoping filters: does a person or group pass?

Clauses of one group must all hold; one group that holds is enough. No filter lets everybody through. A clause on
an empty attribute is false, also the negative ones; only ``IS NULL`` is true there. Comparison is exact and upper
and lower case differ.

The portal and Graph spell operators differently, and Graph publishes one only (``EQUALS``). Spaces, underscores,
hyphens and case are ignored, so that either spelling is understood.

Source: learn.microsoft.com, Microsoft Entra, "Scoping users or groups to be provisioned with scoping filters";
Microsoft Graph, synchronization: filter, filterGroup, filterClause.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from scim_assistant.rules import expression_regex as patterns
from scim_assistant.rules.expression_syntax import EvaluationError
from scim_assistant.rules.expression_values import as_boolean, as_list, as_text, is_empty, number_or_none


@dataclass(frozen=True, slots=True)
class ScopeResult:
    """What the filters decided.

    Attributes:
        included: The object is in scope.
        clauses: Every clause that was looked at, labelled as the provisioning log labels it
            (``Sales only.department EQUALS``), and whether it holds.
        unknown: Labels of clauses that this program cannot judge (an operator it does not know, a pattern it
            cannot run). They count as false, so ``included`` may be wrong; say so where it matters.
    """

    included: bool
    clauses: tuple[tuple[str, bool], ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[str, ...]:
        """Labels of the clauses that do not hold."""
        return tuple(label for label, holds in self.clauses if not holds)

    def as_log_text(self) -> str:
        """The step detail ``ScopeEvaluationResult``: a JSON object in a text."""
        return json.dumps(dict(self.clauses), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Operator:
    """A comparison that a clause can make.

    Attributes:
        name: As a clause carries it.
        arity: ``Binary`` (compares with values) or ``Unary``.
        multivalued: How an attribute with several values is judged, ``All`` or ``Any``.
        types: Graph's attribute types that it is for.
    """

    name: str
    arity: str
    multivalued: str
    types: tuple[str, ...]
    holds: Callable[[Any, tuple[str, ...]], bool]
    on_empty: bool = False


def _texts_equal(value: Any, wanted: tuple[str, ...]) -> bool:
    return (as_text(value) or "") in wanted


def _is(expected: bool) -> Callable[[Any, tuple[str, ...]], bool]:
    def holds(value: Any, _wanted: tuple[str, ...]) -> bool:
        try:
            return as_boolean(value, "a clause") is expected
        except EvaluationError:
            return False

    return holds


def _number_holds(value: Any, wanted: tuple[str, ...], test: Callable[[float, float], bool]) -> bool:
    number = number_or_none(value)
    limits = [number_or_none(one) for one in wanted]
    whole = isinstance(number, int) and all(isinstance(limit, int) for limit in limits)
    return whole and any(test(number or 0, limit or 0) for limit in limits)


def _matches(value: Any, wanted: tuple[str, ...]) -> bool:
    text = as_text(value) or ""
    return any(patterns.found(patterns.compiled(pattern), text) is not None for pattern in wanted)


def _table() -> tuple[Operator, ...]:
    text, number = ("String", "Integer"), ("Integer",)
    return (
        Operator("EQUALS", "Binary", "All", text, _texts_equal),
        Operator("NOT EQUALS", "Binary", "All", text, lambda value, wanted: not _texts_equal(value, wanted)),
        Operator(
            "INCLUDES",
            "Binary",
            "All",
            ("String",),
            lambda value, wanted: any(one in (as_text(value) or "") for one in wanted),
        ),
        Operator(
            "ENDS_WITH",
            "Binary",
            "All",
            ("String",),
            lambda value, wanted: any((as_text(value) or "").endswith(one) for one in wanted),
        ),
        Operator(
            "&",
            "Binary",
            "All",
            text,
            lambda value, wanted: any((as_text(value) or "") in one for one in wanted),
        ),
        Operator(
            "!&",
            "Binary",
            "All",
            text,
            lambda value, wanted: not any((as_text(value) or "") in one for one in wanted),
        ),
        Operator(
            "GREATER_THAN",
            "Binary",
            "All",
            number,
            lambda value, wanted: _number_holds(value, wanted, lambda one, other: one > other),
        ),
        Operator(
            "GREATER_THAN_OR_EQUALS",
            "Binary",
            "All",
            number,
            lambda value, wanted: _number_holds(value, wanted, lambda one, other: one >= other),
        ),
        Operator("IS TRUE", "Unary", "All", ("Boolean",), _is(True)),
        Operator("IS FALSE", "Unary", "All", ("Boolean",), _is(False)),
        Operator("IS NULL", "Unary", "All", (*text, "Boolean"), lambda _value, _wanted: False, on_empty=True),
        Operator("IS NOT NULL", "Unary", "All", (*text, "Boolean"), lambda _value, _wanted: True),
        Operator("REGEX MATCH", "Binary", "All", text, _matches),
        Operator("NOT REGEX MATCH", "Binary", "All", text, lambda value, wanted: not _matches(value, wanted)),
    )


OPERATORS: Final = _table()


def _key(name: str) -> str:
    return "".join(character for character in name.casefold() if character not in " _-")


_BY_KEY: Final[Mapping[str, Operator]] = {
    **{_key(operator.name): operator for operator in OPERATORS},
    **{
        _key(other): operator
        for operator in OPERATORS
        for name, other in (("EQUALS", "EQUAL"), ("NOT EQUALS", "NOT EQUAL"), ("INCLUDES", "CONTAINS"))
        if operator.name == name
    },
}


def operators() -> tuple[Operator, ...]:
    """Every operator: name, arity, how several values are judged, and types."""
    return OPERATORS


def in_scope(scope: Mapping[str, Any] | None, attributes: Mapping[str, Any]) -> ScopeResult:
    """Judge the ``scope`` member of an object mapping for one object.

    Both ``groups`` and, where there are any, ``inputFilterGroups`` have to let it through.

    Args:
        scope: JSON of the filter, or None.
        attributes: The engine's attribute name to value.
    """
    clauses: list[tuple[str, bool]] = []
    unknown: list[str] = []
    included = True
    for member in ("groups", "inputFilterGroups"):
        groups = (scope or {}).get(member) or ()
        passes = not groups
        for group in groups:
            passes = _group_holds(group, attributes, clauses, unknown) or passes
        included = included and passes
    return ScopeResult(included, tuple(clauses), tuple(unknown))


def _group_holds(
    group: Mapping[str, Any],
    attributes: Mapping[str, Any],
    clauses: list[tuple[str, bool]],
    unknown: list[str],
) -> bool:
    every = True
    for clause in group.get("clauses") or ():
        name = str(clause.get("operatorName") or "")
        source = str(clause.get("sourceOperandName") or "")
        label = f"{group.get('name') or ''}.{source} {name}".lstrip(".")
        try:
            holds = _clause_holds(clause, name, attributes.get(source))
        except (EvaluationError, KeyError):
            unknown.append(label)
            holds = False
        clauses.append((label, holds))
        every = every and holds
    return every


def _clause_holds(clause: Mapping[str, Any], name: str, value: Any) -> bool:
    operator = _BY_KEY[_key(name)]
    if is_empty(value):
        return operator.on_empty
    wanted = tuple(
        str(one) for one in (clause.get("targetOperand") or {}).get("values") or () if one is not None
    )
    return all(operator.holds(one, wanted) for one in as_list(value))
