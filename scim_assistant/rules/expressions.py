"""Mapping expressions: read them, work them out, say what is doubtful about them.

The door to the rest of ``rules/expression_*``. Two kinds of trouble are told apart: ``ExpressionError`` when the
text is not an expression (with the position), ``EvaluationError`` when it is one but gives nothing usable for
these values. ``None`` as a result means that no value flows.

Source: learn.microsoft.com, Microsoft Entra, "Reference for writing expressions for attribute mappings".
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from scim_assistant.rules.expression_functions import FUNCTIONS, Function, Parameter, Scope
from scim_assistant.rules.expression_lint import Finding, check_call, lint_expression
from scim_assistant.rules.expression_syntax import (
    Attribute,
    Call,
    Comparison,
    Constant,
    EvaluationError,
    Expression,
    ExpressionError,
    Node,
    quote,
    read,
    walk,
    write,
)
from scim_assistant.rules.expression_values import as_text
from scim_assistant.sentence import say

__all__ = [
    "REDACTED",
    "Attribute",
    "Call",
    "Comparison",
    "Constant",
    "EvaluationError",
    "Expression",
    "ExpressionError",
    "Finding",
    "Function",
    "Node",
    "Parameter",
    "as_text",
    "attributes_of_source",
    "evaluate",
    "evaluate_source",
    "functions",
    "lint",
    "logged_value",
    "mapping_source",
    "parse",
    "source_expression",
    "write",
]

REDACTED = "[Redact]"
"""What the provisioning log shows in place of a value that ``Redact`` hides."""


def parse(text: str, *, any_function: bool = False) -> Expression:
    """Read an expression.

    Args:
        text: As in ``source.expression`` of a mapping, or as typed.
        any_function: Accept functions that this program does not know, with any number of arguments.

    Raises:
        ExpressionError: Not well formed, a function is unknown or spelled in another case, or arguments are
            missing or too many; ``position`` says where.
    """
    expression = _read(text)
    if not any_function:
        for node in walk(expression.root):
            if isinstance(node, Call):
                _check_known(node)
    return expression


@functools.lru_cache(maxsize=512)
def _read(text: str) -> Expression:
    return read(text)  # trees never change, and the engine asks for the same few again and again


def _check_known(node: Call) -> None:
    function = FUNCTIONS.get(node.name)
    if function is None:
        near = {name.casefold(): name for name in FUNCTIONS}.get(node.name.casefold())
        close = [near] if near else difflib.get_close_matches(node.name, FUNCTIONS, 1)
        raise ExpressionError(
            say("There is no function {name}.", name=node.name),
            say("Did you mean {other}? Upper and lower case count.", other=close[0])
            if close
            else say("Check the name; upper and lower case count."),
            node.position,
        )
    if problem := check_call(node, function):
        raise ExpressionError(
            problem, say("Look at character {position}.", position=f"{node.position + 1:,}"), node.position
        )


def evaluate(
    expression: Expression | str,
    inputs: Mapping[str, Any],
    *,
    now: datetime | None = None,
    default_domain: str | None = None,
    taken: Collection[str] = (),
) -> Any:
    """Work out an expression for one person.

    Args:
        expression: Read already, or as text.
        inputs: Attribute name to value: None, text, number, bool or a list of these.
        now: What ``Now()`` says (aware); the clock's time without it.
        default_domain: What ``DefaultDomain()`` says.
        taken: Values that ``SelectUniqueValue`` has to avoid.

    Returns:
        The value; None when none flows.

    Raises:
        ExpressionError: The text is no expression.
        EvaluationError: It gives nothing usable for these values.
    """
    ready = parse(expression) if isinstance(expression, str) else expression
    return Scope(inputs, now, default_domain, taken).value(ready.root)


def logged_value(expression: Expression | str, value: Any) -> str | None:
    """How the provisioning log shows a value that this expression gave; None for none."""
    ready = parse(expression, any_function=True) if isinstance(expression, str) else expression
    if value is None:
        return None
    if any(isinstance(node, Call) and node.name == "Redact" for node in walk(ready.root)):
        return REDACTED
    if isinstance(value, list | tuple):
        return ", ".join(as_text(one) or "" for one in value)
    return as_text(value)


def lint(text: str) -> tuple[Finding, ...]:
    """Say what is wrong or doubtful about an expression, in reading order; empty when nothing is.

    Never raises: an expression that cannot be read is one finding of severity ``error``.
    """
    try:
        expression = parse(text, any_function=True)
    except ExpressionError as problem:
        return (Finding("syntax", "error", problem.position or 0, say("{why}", why=problem.why)),)
    found = list(lint_expression(expression))
    for node in walk(expression.root):
        if isinstance(node, Call):
            try:
                _check_known(node)
            except ExpressionError as problem:
                code = "unknown-function" if node.name not in FUNCTIONS else "arguments"
                words = say("{why} {next_step}", why=problem.why, next_step=problem.next_step)
                found.append(Finding(code, "error", node.position, words))
    return tuple(sorted(found, key=lambda finding: finding.position))


def functions() -> tuple[Function, ...]:
    """Every function, sorted by name: ``name`` and ``parameters`` (name, type, required, repeatable)."""
    return tuple(FUNCTIONS[name] for name in sorted(FUNCTIONS, key=str.casefold))


# The ``source`` member of an attribute mapping


def evaluate_source(
    source: Mapping[str, Any] | None,
    inputs: Mapping[str, Any],
    *,
    now: datetime | None = None,
    default_domain: str | None = None,
    taken: Collection[str] = (),
) -> Any:
    """Work out the ``source`` of an attribute mapping: an attribute, a constant, or a function.

    Returns:
        The value; None when there is no source or no value flows.

    Raises:
        ExpressionError: The expression in it cannot be read.
        EvaluationError: It gives nothing usable for these values.
    """
    expression = source_expression(source)
    if expression is None:
        return None
    return evaluate(expression, inputs, now=now, default_domain=default_domain, taken=taken)


def source_expression(source: Mapping[str, Any] | None) -> Expression | None:
    """The expression of a mapping's ``source``; None when there is none.

    The expression text wins; without one the tree of ``name`` and ``parameters`` is read.

    Raises:
        ExpressionError: It cannot be read.
    """
    if not source:
        return None
    kind = str(source.get("type") or "").casefold()
    text = str(source.get("expression") or "").strip()
    name = str(source.get("name") or "")
    if kind == "constant":
        if text.startswith('"'):
            return parse(text, any_function=True)
        return _wrapped(Constant(text or name))
    if kind == "attribute" and (not text or not text.startswith("[")):
        return _wrapped(Attribute((text or name).strip("[] "))) if text or name else None
    if text:
        return parse(text)
    if kind == "function" and name:
        return _wrapped(_call_of(source, 1))
    return None


def attributes_of_source(source: Mapping[str, Any] | None) -> frozenset[str]:
    """Names of the attributes that a mapping's ``source`` reads; none when it cannot be read."""
    try:
        expression = source_expression(source)
    except ExpressionError:
        return frozenset()
    return expression.attributes if expression else frozenset()


def _wrapped(node: Node) -> Expression:
    return Expression(write(node), node)


def _call_of(source: Mapping[str, Any], depth: int) -> Call:
    name = str(source.get("name") or "")
    if depth > 50:
        raise ExpressionError(say("Its functions are nested too deeply."), say("Simplify the expression."))
    function = FUNCTIONS.get(name)
    places = [parameter.name.casefold() for parameter in function.parameters] if function else []
    arguments: list[Node | None] = []
    for pair in source.get("parameters") or ():
        key = str(pair.get("key") or "").casefold()
        node = _node_of(pair.get("value"), depth + 1)
        place = places.index(key) if key in places else len(arguments)
        while len(arguments) < place:
            arguments.append(None)  # the schema leaves out arguments that are empty
        arguments.append(node)
    return Call(name, tuple(arguments))


def _node_of(source: Mapping[str, Any] | None, depth: int) -> Node | None:
    if not source:
        return None
    if str(source.get("type") or "").casefold() == "function" and not source.get("expression"):
        return _call_of(source, depth)
    expression = source_expression(source)
    return expression.root if expression else None


def mapping_source(expression: Expression) -> dict[str, Any]:
    """The expression as Graph's ``attributeMappingSource``: type, name, expression, parameters (empty ones left out).

    A comparison has no published form there; it is given as a function named after its operator.
    """
    return _source_of(expression.root)


def _source_of(node: Node) -> dict[str, Any]:
    match node:
        case Attribute():
            kind, name, parameters = "Attribute", node.name, []
        case Constant():
            name = node.spelled or str(node.value)
            return {"expression": quote(name), "name": name, "parameters": [], "type": "Constant"}
        case Comparison():
            kind, name = "Function", node.operator
            parameters = [
                {"key": "left", "value": _source_of(node.left)},
                {"key": "right", "value": _source_of(node.right)},
            ]
        case Call():
            kind, name = "Function", node.name
            parameters = [
                {"key": _key(node.name, index), "value": _source_of(argument)}
                for index, argument in enumerate(node.arguments)
                if argument is not None
            ]
    return {"expression": write(node), "name": name, "parameters": parameters, "type": kind}


def _key(function_name: str, index: int) -> str:
    function = FUNCTIONS.get(function_name)
    names = [parameter.name for parameter in function.parameters] if function else []
    repeating = (
        [parameter.name for parameter in function.parameters if parameter.repeatable] if function else []
    )
    if repeating and index >= len(names) - len(repeating):
        return repeating[(index - (len(names) - len(repeating))) % len(repeating)]
    return names[index] if index < len(names) else f"parameter{index + 1}"
