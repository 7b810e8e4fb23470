"""Scoping filters let through whom Microsoft's page says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scim_assistant.rules.scoping import in_scope, operators


def _clause(source: str, operator: str, *values: str) -> dict[str, Any]:
    return {"sourceOperandName": source, "operatorName": operator, "targetOperand": {"values": list(values)}}


def _filter(*groups: list[dict[str, Any]]) -> dict[str, Any]:
    return {"groups": [{"name": f"group {n}", "clauses": clauses} for n, clauses in enumerate(groups, 1)]}


def _holds(operator: str, value: Any, *values: str) -> bool:
    result = in_scope(_filter([_clause("department", operator, *values)]), {"department": value})
    assert result.unknown == ()
    return result.included


@pytest.mark.parametrize(
    "scope", [None, {}, {"groups": []}, {"groups": None}, {"groups": [], "inputFilterGroups": []}]
)
def test_without_a_filter_everybody_is_in_scope(scope: dict[str, Any] | None) -> None:
    assert in_scope(scope, {}).included


@pytest.mark.parametrize(
    ("operator", "value", "wanted", "holds"),
    [
        ("EQUALS", "Sales", "Sales", True),
        ("EQUALS", "sales", "Sales", False),
        ("NOT EQUALS", "sales", "Sales", True),
        ("NOT EQUALS", "Sales", "Sales", False),
        ("Includes", "Pre-Sales EMEA", "Sales", True),
        ("Includes", "Presales", "Sales", False),
        ("ENDS_WITH", "Pre-Sales", "Sales", True),
        ("ENDS_WITH", "Sales EMEA", "Sales", False),
        ("&", "Sales", "Sales, Support", True),
        ("&", "Legal", "Sales, Support", False),
        ("!&", "Legal", "Sales, Support", True),
        ("Greater_Than", "10", "9", True),
        ("Greater_Than", 9, "9", False),
        ("Greater_Than_OR_EQUALS", 9, "9", True),
        ("Greater_Than", "9.5", "9", False),
        ("Greater_Than", "Sales", "9", False),
        ("REGEX MATCH", "CC-4711", "^CC-\\d{4}$", True),
        ("REGEX MATCH", "CC-47", "^CC-\\d{4}$", False),
        ("NOT REGEX MATCH", "CC-47", "^CC-\\d{4}$", True),
    ],
)
def test_each_operator_compares_exactly(operator: str, value: Any, wanted: str, holds: bool) -> None:
    assert _holds(operator, value, wanted) is holds


@pytest.mark.parametrize(
    ("operator", "value", "holds"),
    [
        ("IS TRUE", True, True),
        ("IS TRUE", "True", True),
        ("IS TRUE", "false", False),
        ("IS FALSE", False, True),
        ("IS FALSE", "perhaps", False),
        ("IS NULL", "Sales", False),
        ("IS NOT NULL", "Sales", True),
        ("IS NOT NULL", False, True),
    ],
)
def test_operators_without_a_value(operator: str, value: Any, holds: bool) -> None:
    assert _holds(operator, value) is holds


@pytest.mark.parametrize("operator", [operator.name for operator in operators()])
@pytest.mark.parametrize("empty", [None, "", []])
def test_an_empty_attribute_makes_every_clause_false_but_is_null(operator: str, empty: Any) -> None:
    assert _holds(operator, empty, "Sales") is (operator == "IS NULL")


@pytest.mark.parametrize(
    "spelling", ["NOT EQUALS", "NOT_EQUALS", "NotEquals", "not equals", "NOT-EQUALS", "NOT EQUAL"]
)
def test_an_operator_is_understood_in_either_spelling(spelling: str) -> None:
    assert _holds(spelling, "Legal", "Sales")
    assert not _holds(spelling, "Sales", "Sales")


def test_clauses_of_a_group_must_all_hold_and_one_group_is_enough() -> None:
    scope = _filter(
        [_clause("department", "EQUALS", "Sales"), _clause("country", "EQUALS", "NO")],
        [_clause("jobTitle", "EQUALS", "Director")],
    )
    assert in_scope(scope, {"department": "Sales", "country": "NO"}).included
    assert not in_scope(scope, {"department": "Sales", "country": "SE"}).included
    assert not in_scope(scope, {"department": "Legal", "country": "NO"}).included
    assert in_scope(scope, {"department": "Legal", "jobTitle": "Director"}).included
    assert not in_scope(scope, {}).included


def test_every_clause_is_reported_as_the_log_labels_it() -> None:
    scope = {"groups": [{"name": "Sales only", "clauses": [_clause("department", "EQUALS", "Sales")]}]}
    result = in_scope(scope, {"department": "Legal"})
    assert result.clauses == (("Sales only.department EQUALS", False),)
    assert result.failed == ("Sales only.department EQUALS",)
    assert json.loads(result.as_log_text()) == {"Sales only.department EQUALS": False}


@pytest.mark.parametrize(("operator", "value"), [("SOUNDS LIKE", "Sales"), ("REGEX MATCH", "("), ("", "x")])
def test_what_cannot_be_judged_counts_as_false_and_is_said(operator: str, value: str) -> None:
    result = in_scope(_filter([_clause("department", operator, value)]), {"department": "Sales"})
    assert not result.included
    assert len(result.unknown) == 1


def test_input_filters_narrow_the_scope_too() -> None:
    scope = _filter([_clause("department", "EQUALS", "Sales")])
    scope["inputFilterGroups"] = [{"clauses": [_clause("country", "EQUALS", "NO")]}]
    assert in_scope(scope, {"department": "Sales", "country": "NO"}).included
    assert not in_scope(scope, {"department": "Sales"}).included
    assert not in_scope(scope, {"country": "NO"}).included


_values = st.one_of(
    st.none(), st.text(max_size=6), st.booleans(), st.integers(), st.lists(st.text(max_size=3))
)


@settings(deadline=None)
@given(st.sampled_from([operator.name for operator in operators()]), _values, st.lists(st.text(max_size=6)))
def test_any_value_is_judged(operator: str, value: Any, wanted: list[str]) -> None:
    in_scope(_filter([_clause("a", operator, *wanted)]), {"a": value})
