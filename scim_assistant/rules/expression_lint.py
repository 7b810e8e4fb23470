"""What is doubtful about an expression that is well formed.

Microsoft's own pages contradict each other on ``IIF`` and ``Switch``; both sides are told, and the person chooses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from scim_assistant.rules import expression_regex as patterns
from scim_assistant.rules.expression_functions import Function
from scim_assistant.rules.expression_syntax import (
    Attribute,
    Call,
    Comparison,
    Constant,
    EvaluationError,
    Expression,
    Node,
    walk,
)
from scim_assistant.sentence import Sentence, say

_TESTS: Final = frozenset({"IsNull", "IsNullOrEmpty", "IsPresent"})
_NOT_SELECTABLE: Final = frozenset({"samaccountname", "usertype"})
_ROLES: Final = frozenset(
    {"SingleAppRoleAssignment", "AppRoleAssignmentsComplex", "AssertiveAppRoleAssignmentsComplex"}
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark.

    Attributes:
        code: Ours, stable, for tests and grouping.
        severity: ``error`` (Entra would not take it), ``warning`` (likely not what is wanted) or ``note``.
        position: Index of the character it is about, from 0.
        sentence: For the person.
    """

    code: str
    severity: str
    position: int
    sentence: Sentence


def check_call(node: Call, function: Function) -> Sentence | None:
    """What is wrong with the number of arguments, if anything."""
    if node.name == "Switch":
        if len(node.arguments) < 4 or len(node.arguments) % 2:
            return say("Switch needs a source, a default, and pairs of key and value.")
        return None
    arguments = function.trimmed(node.arguments)
    if missing := function.missing(arguments):
        return say("{name} lacks its argument {missing}.", name=node.name, missing=missing)
    if not function.takes(arguments):
        return say(
            "{name} takes {count} arguments at most, not {given}.",
            name=node.name,
            count=len(function.parameters),
            given=len(arguments),
        )
    return None


def lint_expression(expression: Expression) -> Iterator[Finding]:
    """Remarks on a whole expression, in no particular order."""
    for node in walk(expression.root):
        if isinstance(node, Attribute) and node.name.casefold() in _NOT_SELECTABLE:
            yield Finding(
                "attribute-not-selectable",
                "warning",
                node.position,
                say("Entra does not offer {name} as a source.", name=node.name),
            )
        elif isinstance(node, Constant) and node.loose_backslash:
            yield Finding(
                "loose-backslash",
                "warning",
                node.position,
                say("A backslash inside a text is written twice."),
            )
        elif isinstance(node, Call):
            yield from _call(node, node is expression.root)


def _call(node: Call, is_outermost: bool) -> Iterator[Finding]:
    match node.name:
        case "IIF":
            yield from _iif(node)
        case "Switch":
            yield from _switch(node)
        case "Replace":
            yield from _replace(node)
        case "SelectUniqueValue":
            if not is_outermost:
                yield Finding(
                    "select-unique-inside",
                    "error",
                    node.position,
                    say("SelectUniqueValue may only be the outermost function."),
                )
            yield Finding(
                "select-unique-inbound",
                "warning",
                node.position,
                say("SelectUniqueValue only works for provisioning into Active Directory, not into an app."),
            )
        case name if name in _ROLES:
            yield Finding(
                "roles-need-assignment",
                "note",
                node.position,
                say(
                    "{name} needs assigned people; it does not work when everyone is provisioned.", name=name
                ),
            )
            if name == "SingleAppRoleAssignment":
                yield Finding(
                    "single-role",
                    "note",
                    node.position,
                    say("Somebody with several roles gets any one of them."),
                )


def _first(node: Call) -> Node | None:
    return node.arguments[0] if node.arguments else None


def _iif(node: Call) -> Iterator[Finding]:
    condition = _first(node)
    inside = list(walk(condition))
    tests_for_empty = any(isinstance(one, Call) and one.name in _TESTS for one in inside) or any(
        isinstance(one, Comparison)
        and any(isinstance(side, Constant) and side.value == "" for side in (one.left, one.right))
        for one in inside
    )
    if tests_for_empty:
        yield Finding(
            "iif-empty-source",
            "warning",
            node.position,
            say(
                'IIF does not work when the attribute it tests is empty. Use Switch with "" as a key instead.'
            ),
        )
    elif any(isinstance(one, Attribute) for one in inside):
        yield Finding(
            "iif-reads-attribute",
            "note",
            node.position,
            say("For people whose tested attribute is empty this IIF gives nothing."),
        )


def _switch(node: Call) -> Iterator[Finding]:
    source = _first(node)
    if isinstance(source, Call) and source.name in _TESTS:
        yield Finding(
            "switch-tests-source",
            "note",
            node.position,
            say(
                "Microsoft advises against {name} as the source of Switch, yet shows it in examples. "
                "Try it on one person.",
                name=source.name,
            ),
        )
    own = {one.name for one in walk(source) if isinstance(one, Attribute)}
    others = [
        one
        for argument in node.arguments[1:]
        for one in walk(argument)
        if isinstance(one, Attribute) and one.name not in own
    ]
    if others:
        yield Finding(
            "switch-other-attribute",
            "note",
            node.position,
            say(
                "Microsoft warns that Switch can give nothing when {name} changes and the source does not.",
                name=others[0].name,
            ),
        )


def _replace(node: Call) -> Iterator[Finding]:
    pattern = node.arguments[2] if len(node.arguments) > 2 else None
    if isinstance(pattern, Constant) and isinstance(pattern.value, str):
        try:
            patterns.compiled(pattern.value)
        except EvaluationError as problem:
            yield Finding("pattern", "warning", pattern.position, problem.why)
