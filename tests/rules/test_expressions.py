"""Expressions give what Microsoft's page says, and trouble is told with its place."""

from __future__ import annotations

import json
import re
import string
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scim_assistant.rules import expressions
from scim_assistant.rules.expressions import (
    Attribute,
    Call,
    Comparison,
    Constant,
    EvaluationError,
    ExpressionError,
    evaluate,
    evaluate_source,
    lint,
    logged_value,
    mapping_source,
    parse,
    write,
)
from tests.shared_data import SHARED, needs_shared, shared_json

OWN = json.loads((Path(__file__).parents[1] / "data/rules/expressions.json").read_text(encoding="utf-8"))
PUBLISHED = (
    json.loads((SHARED / "reference/expression-cases.json").read_text(encoding="utf-8"))
    if SHARED.is_dir()
    else []
)

# What follows from Microsoft's rule where its printed sample does not (flagged doc_inconsistent in the cases).
FOLLOWS_FROM_THE_RULE = {
    "Replace": "+19998887777",
    "Split": ["PermissionSetOne", " PermissionSetTwo"],
    # Hex digits of the id's UTF-8 bytes without the letters, after 1000.
    "Join": "1000" + re.sub("[A-F]", "", b"00aa00aa-bb11-cc22-dd33-44ee44ee44ee".hex().upper()),
}


@pytest.mark.parametrize("case", OWN, ids=lambda case: case["expression"])
def test_gives_what_the_function_promises(case: dict[str, Any]) -> None:
    assert evaluate(case["expression"], case["inputs"]) == case["expected"]


@needs_shared
def test_every_published_function_case_was_judged() -> None:
    assert len(shared_json("reference/expression-cases.json")) == len(PUBLISHED) > 100


@pytest.mark.parametrize("case", PUBLISHED, ids=lambda case: case["expression"][:60])
def test_agrees_with_the_published_case(case: dict[str, Any]) -> None:
    expression, expected = case["expression"], case["expected"]
    if case.get("syntax_only"):
        assert parse(expression).text == expression
        return
    if case.get("lint"):
        assert [finding.severity for finding in lint(expression)] == ["warning"]
        assert "Switch" in lint(expression)[0].sentence
        return
    value = evaluate(
        expression, case["inputs"], default_domain="example.com", taken=case.get("existing_in_target", ())
    )
    if not isinstance(expected, dict):
        if case.get("doc_inconsistent"):
            expected = FOLLOWS_FROM_THE_RULE[case["function"]]
        assert value == expected
        assert type(value) is type(expected)
    elif "pattern" in expected:
        assert re.search(expected["pattern"], value)
    elif "flow" in expected:
        assert value is None
    elif "log_value" in expected:
        assert logged_value(expression, value) == expected["log_value"]
        assert value == case["inputs"]["userPrincipalName"]
    else:
        assert len(value) == expected["length"]
        assert sum(one.isdigit() for one in value) >= expected.get("min_digits", 0)
        assert sum(one.islower() for one in value) >= expected.get("min_lower", 0)
        assert sum(one.isupper() for one in value) >= expected.get("min_upper", 0)
        assert sum(one in string.punctuation for one in value) >= expected.get("min_special", 0)
        assert not set(value) & set(expected.get("excluded", ""))


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("", 0, "empty"),
        ("mail", 0, "brackets"),
        ("[mail", 0, "not closed"),
        ("[]", 0, "no attribute name"),
        ('"mail', 0, "not closed"),
        ("Left([mail], 3", 14, "not closed"),
        ("Left([mail] 3)", 12, "comma"),
        ("[mail] [upn]", 7, "left over"),
        ("Join(;)", 5, "not expected"),
        ('Append([mail], tolower("A"))', 15, "ToLower"),
        ("Apend([mail], [upn])", 0, "Append"),
        ("Left([mail])", 0, "numChars"),
        ("Left([mail], 1, 2)", 0, "2 arguments"),
        ('Switch([a], "b", "c")', 0, "pairs"),
        ("Not(" * 200 + "[a]" + ")" * 200, 240, "nested"),
        ("[" + "a" * 10_000 + "]", 10_000, "10,000"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text: str, position: int, words: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert caught.value.position == position
    assert words in str(caught.value)
    assert caught.value.next_step


def test_ten_thousand_characters_are_accepted() -> None:
    assert parse("[" + "a" * 9_998 + "]").attributes == {"a" * 9_998}


@pytest.mark.parametrize(
    ("text", "inputs", "words"),
    [
        ("Item([a], 0)", {"a": ["x"]}, "from 1"),
        ("ToLower([a])", {"a": ["x", "y"]}, "takes one value"),
        ('CDate("yesterday")', {}, "date"),
        ('Left("a", "b")', {}, "not a number"),
        ('DateAdd("d", 9999999, CDate("2026-01-01"))', {}, "years 1 to 9999"),
        ('DateAdd("z", 1, CDate("2026-01-01"))', {}, "interval"),
        ('FormatDateTime("2026", , "yyyy-MM-dd", "yyyy")', {}, "does not fit"),
        ('Replace("a", , "(", , "b", , )', {}, "pattern"),
        ('Replace("a", , "(a)", "missing", "b", , )', {}, "no group"),
        ("RandomString(3, 2, 2, 0, 0)", {}, "RandomString"),
        ('RandomString(3, 0, 0, 0, 3, "abcdefghijklmnopqrstuvwxyz")', {}, "RandomString"),
        ("DefaultDomain()", {}, "default domain"),
        ('Not("maybe")', {}, "True nor False"),
        ("SelectUniqueValue([a])", {"a": None}, "taken"),
    ],
)
def test_what_cannot_be_worked_out_is_told(text: str, inputs: dict[str, Any], words: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        evaluate(text, inputs)
    assert words in str(caught.value)


def test_an_expression_cannot_swell_without_limit() -> None:
    doubling = "[a]"
    for _ in range(40):
        doubling = f'Replace({doubling}, "a", , , "aaaaaaaaaa", , )'
    with pytest.raises(EvaluationError):
        evaluate(doubling, {"a": "a"})


def test_now_is_utc_and_can_be_given() -> None:
    assert evaluate("Now()", {}, now=datetime(2026, 3, 1, 0, 5, tzinfo=UTC)) == "3/1/2026 12:05:00 AM"


def test_branches_that_are_not_taken_are_not_worked_out() -> None:
    assert evaluate('IIF([a]="1","ok",CDate("no date"))', {"a": "1"}) == "ok"
    assert evaluate('Switch([a], CDate("no date"), "1", "ok")', {"a": "1"}) == "ok"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (None, None),
        ({"type": "Attribute", "name": "mail", "expression": "[mail]", "parameters": []}, "ana@example.com"),
        ({"type": "attribute", "name": "mail"}, "ana@example.com"),
        ({"type": "Constant", "name": "True", "expression": '"True"'}, "True"),
        ({"type": "Constant", "name": "Boston", "expression": "Boston"}, "Boston"),
        ({"type": "Function", "name": "ToUpper", "expression": "ToUpper([mail])"}, "ANA@EXAMPLE.COM"),
        (
            {
                "type": "Function",
                "name": "Replace",
                "parameters": [
                    {"key": "source", "value": {"type": "Attribute", "name": "mail"}},
                    {"key": "Find", "value": {"type": "Constant", "name": "ana", "expression": '"ana"'}},
                    {
                        "key": "Replacement",
                        "value": {"type": "Constant", "name": "eva", "expression": '"eva"'},
                    },
                ],
            },
            "eva@example.com",
        ),
    ],
)
def test_the_source_of_a_mapping_is_worked_out_whichever_way_it_is_written(
    source: dict[str, Any] | None, expected: str | None
) -> None:
    assert evaluate_source(source, {"mail": "ana@example.com"}) == expected


def test_an_expression_becomes_the_source_that_graph_stores() -> None:
    source = mapping_source(parse("Mid([userPrincipalName], 1, 8)"))
    assert source["type"] == "Function"
    assert [pair["key"] for pair in source["parameters"]] == ["source", "start", "length"]
    assert source["parameters"][1]["value"] == {
        "expression": '"1"',
        "name": "1",
        "parameters": [],
        "type": "Constant",
    }
    del source["expression"]
    assert evaluate_source(source, {"userPrincipalName": "ana@example.com"}) == "ana@exam"


@needs_shared
def test_parsed_expressions_look_as_published() -> None:
    published = shared_json("reference/samples/published/parse-expression-response.json")["parsedExpression"]
    assert mapping_source(parse(published["expression"])) == published


@pytest.mark.parametrize(
    ("text", "code", "severity"),
    [
        ("Left([a]", "syntax", "error"),
        ("left([a], 1)", "unknown-function", "error"),
        ("Left([a])", "arguments", "error"),
        ('IIF([a]="", "x", [a])', "iif-empty-source", "warning"),
        ('IIF([a]="b", "x", [a])', "iif-reads-attribute", "note"),
        ('Switch(IsPresent([a]), "x", "True", "y")', "switch-tests-source", "note"),
        ('Switch([a], [b], "", "y")', "switch-other-attribute", "note"),
        ("SelectUniqueValue([a])", "select-unique-inbound", "warning"),
        ("ToLower([samAccountName])", "attribute-not-selectable", "warning"),
        ('Replace([a], , "\\d", , "", , )', "loose-backslash", "warning"),
        ('Replace([a], , "(", , "", , )', "pattern", "warning"),
        ("SingleAppRoleAssignment([appRoleAssignments])", "roles-need-assignment", "note"),
    ],
)
def test_doubts_are_told(text: str, code: str, severity: str) -> None:
    assert (code, severity) in [(finding.code, finding.severity) for finding in lint(text)]


@pytest.mark.parametrize(
    "text",
    [
        "[mail]",
        'Switch([IsSoftDeleted], , "False", "True", "True", "False")',
        'Join(" ", [givenName], [surname])',
    ],
)
def test_ordinary_mappings_raise_no_doubt(text: str) -> None:
    assert lint(text) == ()


def test_functions_tell_their_parameters() -> None:
    by_name = {function.name: function for function in expressions.functions()}
    assert len(by_name) > 40
    assert [parameter.name for parameter in by_name["Append"].parameters] == ["source", "suffix"]
    assert by_name["Join"].parameters[-1].repeatable
    assert not by_name["Switch"].parameters[1].required


# Whatever is typed


_names = st.text(string.ascii_letters + string.digits + "_.", min_size=1, max_size=12)
_leaves = st.one_of(
    _names.map(Attribute),
    st.text(max_size=12).map(Constant),
    st.integers(-10_000, 10_000).map(lambda number: Constant(number, spelled=str(number))),
)


_NAMES = [function.name for function in expressions.functions()]


@st.composite
def _calls(draw: st.DrawFn, inner: st.SearchStrategy[Any]) -> Call:
    def argument() -> Any:
        kind = draw(st.integers(0, 3))
        if kind == 0:
            return None
        if kind == 1:
            return Comparison(
                draw(inner), draw(st.sampled_from(["=", "<>", "<", "<=", ">", ">="])), draw(inner)
            )
        return draw(inner)

    given_ = tuple(argument() for _ in range(draw(st.integers(0, 4))))
    # One empty argument alone is written like no argument at all.
    return Call(draw(st.sampled_from(_NAMES)), () if given_ == (None,) else given_)


# A shared machine stalls for longer than the deadline of a single example now and then.
_patient = settings(deadline=None)
_trees = st.recursive(_leaves, _calls, max_leaves=12)


@_patient
@given(_trees)
def test_a_tree_survives_being_written_and_read(tree: Any) -> None:
    assert parse(write(tree), any_function=True).root == tree


@_patient
@given(
    _trees, st.dictionaries(_names, st.one_of(st.none(), st.text(max_size=8), st.booleans(), st.integers()))
)
def test_working_out_never_fails_in_another_way(tree: Any, inputs: dict[str, Any]) -> None:
    text = write(tree)
    with suppress(ExpressionError):
        logged_value(text, evaluate(text, inputs))
    lint(text)


@_patient
@given(st.one_of(st.text(max_size=60), st.text('[]()",\\&Ha1 =<>NotJoin', max_size=40)))
def test_reading_never_fails_in_another_way(text: str) -> None:
    try:
        position: int | None = parse(text).root.position
    except ExpressionError as problem:
        position = problem.position
    assert position is not None
    assert 0 <= position <= len(text)
    lint(text)
