"""The functions that expressions may call: what they take and what they give.

One table, ``FUNCTIONS``. Names are case sensitive. An argument left empty arrives as None, like an attribute
without a value. Where Microsoft's page does not say what a function makes of nothing, nothing comes out.

Source: learn.microsoft.com, Microsoft Entra, "Reference for writing expressions for attribute mappings"; parameter
names as in Microsoft Graph, synchronizationSchema: functions and attributeMappingSource, where they are printed.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from scim_assistant.rules import expression_dates as dates
from scim_assistant.rules import expression_plain as plain
from scim_assistant.rules.expression_syntax import (
    Attribute,
    Comparison,
    Constant,
    EvaluationError,
    Node,
    walk,
)
from scim_assistant.rules.expression_values import (
    Value,
    as_boolean,
    as_integer,
    as_list,
    as_text,
    compare,
    is_empty,
)
from scim_assistant.sentence import say


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of a function.

    Attributes:
        name: As the schema's ``parameters[].key`` has it.
        type: Graph's attribute type.
        required: It may not be left out or empty.
        repeatable: It may come any number of times.
    """

    name: str
    type: str = "String"
    required: bool = True
    repeatable: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression can see while it is worked out."""

    inputs: Mapping[str, Any]
    now: datetime | None = None
    default_domain: str | None = None
    taken: Collection[str] = ()

    def value(self, node: Node | None) -> Value:
        """Work out one node."""
        if node is None:
            return None
        if isinstance(node, Attribute):
            return self.inputs.get(node.name)
        if isinstance(node, Constant):
            return node.value
        if isinstance(node, Comparison):
            return compare(self.value(node.left), node.operator, self.value(node.right))
        function = FUNCTIONS.get(node.name)
        if function is None:
            raise EvaluationError(say("There is no function {name} here.", name=node.name))
        if function.lazy is not None:
            return function.lazy(self, node.arguments)
        assert function.run is not None
        arguments = function.trimmed(node.arguments)
        if missing := function.missing(arguments):
            raise EvaluationError(
                say("{name} lacks its argument {missing}.", name=node.name, missing=missing)
            )
        if not function.takes(arguments):
            raise EvaluationError(say("{name} has too many arguments.", name=node.name))
        value = function.run(*(self.value(argument) for argument in arguments))
        if isinstance(value, str) and len(value) > plain.LONGEST_VALUE:
            raise EvaluationError(say("{name} gives a text that is too long to work with.", name=node.name))
        return value


Lazy = Callable[[Scope, tuple[Node | None, ...]], Value]


@dataclass(frozen=True, slots=True)
class Function:
    """A function: its parameters, and either ``run`` on values or ``lazy`` on the arguments as written."""

    name: str
    parameters: tuple[Parameter, ...]
    run: Callable[..., Value] | None = None
    lazy: Lazy | None = None

    def trimmed(self, arguments: tuple[Node | None, ...]) -> tuple[Node | None, ...]:
        """The arguments without empty ones at the end that no parameter waits for; published samples have those."""
        if any(parameter.repeatable for parameter in self.parameters):
            return arguments
        while len(arguments) > len(self.parameters) and arguments[-1] is None:
            arguments = arguments[:-1]
        return arguments

    def takes(self, arguments: tuple[Node | None, ...]) -> bool:
        """True when these are not too many."""
        return any(parameter.repeatable for parameter in self.parameters) or len(arguments) <= len(
            self.parameters
        )

    def missing(self, arguments: tuple[Node | None, ...]) -> str | None:
        """Name of the first required parameter that was left out or empty."""
        for index, parameter in enumerate(self.parameters):
            if parameter.required and (index >= len(arguments) or arguments[index] is None):
                return parameter.name
        return None


def _text_of(run: Callable[..., Value]) -> Callable[..., Value]:
    """A function of one text that gives nothing for nothing; further arguments go through untouched."""

    def on_text(source: Value, *rest: Value) -> Value:
        text = as_text(source)
        return None if text is None else run(text, *rest)

    return on_text


# Those that look at their arguments before these are worked out


def _iif(scope: Scope, arguments: tuple[Node | None, ...]) -> Value:
    condition, when_true, when_false = _exactly(arguments, 3, "IIF")
    # Microsoft: an IIF whose tested attribute is empty does not work. What it gives is not said; nothing flows here.
    if any(is_empty(scope.value(node)) for node in walk(condition) if isinstance(node, Attribute)):
        return None
    return scope.value(when_true if as_boolean(scope.value(condition), "IIF") else when_false)


def _switch(scope: Scope, arguments: tuple[Node | None, ...]) -> Value:
    if len(arguments) < 4 or len(arguments) % 2:
        raise EvaluationError(
            say("Switch needs a source, a default, and pairs of key and value."),
            say("Give every key a value; leave the default empty between two commas where there is none."),
        )
    source = as_text(scope.value(arguments[0])) or ""
    for key, value in zip(arguments[2::2], arguments[3::2], strict=True):
        if (as_text(scope.value(key)) or "") == source:
            return scope.value(value)
    return scope.value(arguments[1])


def _coalesce(scope: Scope, arguments: tuple[Node | None, ...]) -> Value:
    for argument in arguments:
        value = scope.value(argument)
        if value is not None:
            return value
    return None


def _select_unique(scope: Scope, arguments: tuple[Node | None, ...]) -> Value:
    taken = {name.casefold() for name in scope.taken}
    for argument in arguments:
        text = as_text(scope.value(argument))
        if text and text.casefold() not in taken:
            return text
    raise EvaluationError(say("Every value that SelectUniqueValue offers is taken."))


def _now(scope: Scope, arguments: tuple[Node | None, ...]) -> str:
    _exactly(arguments, 0, "Now")
    return dates.print_date(scope.now or datetime.now(UTC))


def _default_domain(scope: Scope, arguments: tuple[Node | None, ...]) -> str:
    _exactly(arguments, 0, "DefaultDomain")
    if scope.default_domain is None:
        raise EvaluationError(say("The tenant's default domain is not known here."))
    return scope.default_domain


def _exactly(arguments: tuple[Node | None, ...], count: int, name: str) -> tuple[Node | None, ...]:
    while len(arguments) > count and arguments[-1] is None:
        arguments = arguments[:-1]
    if len(arguments) != count:
        raise EvaluationError(
            say("{name} takes {count} arguments, not {given}.", name=name, count=count, given=len(arguments))
        )
    return arguments


def _not(source: Value) -> str | None:
    value = as_boolean(source, "Not")
    return None if value is None else str(not value)


def _format_date(source: Value, *rest: Value) -> str | None:
    text = as_text(source)
    if not text:
        return None
    # Microsoft's page has four places (the second holds styles), its Graph list three.
    read_as, print_as = rest[:3][-2:]
    return dates.reformat(text, as_text(read_as) or "", as_text(print_as) or "")


def _date_add(interval: Value, count: Value, at: Value) -> str | None:
    text = as_text(at)
    if not text:
        return None
    return dates.print_date(
        dates.add(as_text(interval) or "", as_integer(count, "DateAdd"), dates.read_date(text))
    )


def _date_diff(interval: Value, first: Value, second: Value) -> int | None:
    one, other = as_text(first), as_text(second)
    if not one or not other:
        return None
    return dates.difference(as_text(interval) or "", dates.read_date(one), dates.read_date(other))


def _required(*names: str) -> tuple[Parameter, ...]:
    return tuple(Parameter(name) for name in names)


_SOURCE: Final = _required("source")


def _table() -> dict[str, Function]:
    number = "Integer"
    functions = (
        Function(
            "Append", _required("source", "suffix"), _text_of(lambda s, suffix: s + (as_text(suffix) or ""))
        ),
        Function("AppRoleAssignmentsComplex", _SOURCE, plain.all_roles),
        Function("AssertiveAppRoleAssignmentsComplex", _SOURCE, plain.all_roles),
        Function(
            "BitAnd",
            (Parameter("value1", number), Parameter("value2", number)),
            lambda one, other: as_integer(one, "BitAnd") & as_integer(other, "BitAnd"),
        ),
        Function("CBool", _required("expression"), lambda value: as_boolean(value, "CBool")),
        Function("CDate", _required("expression"), _text_of(lambda s: dates.print_date(dates.read_date(s)))),
        Function("Coalesce", (Parameter("source", repeatable=True),), lazy=_coalesce),
        Function(
            "ConvertToBase64",
            _SOURCE,
            _text_of(lambda s: base64.b64encode(s.encode("utf-16-le", "surrogatepass")).decode("ascii")),
        ),
        Function(
            "ConvertToUTF8Hex", _SOURCE, _text_of(lambda s: s.encode("utf-8", "surrogatepass").hex().upper())
        ),
        Function("Count", _required("attribute"), lambda value: len(as_list(value))),
        Function("CStr", _required("value"), as_text),
        Function(
            "DateAdd",
            (Parameter("interval"), Parameter("value", number), Parameter("dateTime")),
            _date_add,
        ),
        Function("DateDiff", _required("interval", "date1", "date2"), _date_diff),
        Function(
            "DateFromNum",
            (Parameter("value", number),),
            lambda value: None if value is None else dates.from_ad_time(as_integer(value, "DateFromNum")),
        ),
        Function("DefaultDomain", (), lazy=_default_domain),
        Function(
            "FormatDateTime",
            (
                Parameter("source"),
                Parameter("dateTimeStyles", required=False),
                Parameter("inputFormat"),
                Parameter("outputFormat", required=False),
            ),
            _format_date,
        ),
        Function("Guid", (), lambda: str(uuid.uuid4())),
        Function("IgnoreFlowIfNullOrEmpty", _required("expression"), lambda v: None if is_empty(v) else v),
        Function(
            "IIF",
            (
                Parameter("condition"),
                Parameter("valueIfTrue", required=False),
                Parameter("valueIfFalse", required=False),
            ),
            lazy=_iif,
        ),
        Function(
            "InStr",
            (
                *_required("value1", "value2"),
                Parameter("start", number, required=False),
                Parameter("compareType", number, required=False),
            ),
            plain.in_str,
        ),
        Function("IsNull", _required("expression"), lambda value: value is None),
        Function("IsNullOrEmpty", _required("expression"), is_empty),
        Function("IsPresent", _required("expression"), lambda value: not is_empty(value)),
        Function("IsString", _required("expression"), lambda value: isinstance(value, str)),
        Function("Item", (Parameter("attribute"), Parameter("index", number)), plain.item),
        Function("Join", (Parameter("separator"), Parameter("source", repeatable=True)), plain.join),
        Function("Left", (Parameter("source"), Parameter("numChars", number)), plain.left),
        Function(
            "Mid", (Parameter("source"), Parameter("start", number), Parameter("length", number)), plain.mid
        ),
        Function("NormalizeDiacritics", _SOURCE, _text_of(plain.without_diacritics)),
        Function("Not", (Parameter("source", "Boolean"),), _not),
        Function("Now", (), lazy=_now),
        Function(
            "NumFromDate",
            _required("value"),
            _text_of(lambda s: dates.to_ad_time(dates.read_date(s)) if s else None),
        ),
        Function(
            "PCase",
            (Parameter("source"), Parameter("wordSeparators", required=False)),
            _text_of(plain.title_case),
        ),
        Function(
            "RandomString",
            (
                Parameter("length", number),
                Parameter("minimumNumbers", number),
                Parameter("minimumSpecialCharacters", number),
                Parameter("minimumCapital", number),
                Parameter("minimumLowerCase", number),
                Parameter("charactersToAvoid", required=False),
            ),
            plain.random_string,
        ),
        Function("Redact", _SOURCE, lambda value: value),
        Function("RemoveDuplicates", _required("attribute"), plain.without_duplicates),
        Function(
            "Replace",
            (
                Parameter("source"),
                Parameter("Find", required=False),
                Parameter("regexPattern", required=False),
                Parameter("regexGroupName", required=False),
                Parameter("Replacement", required=False),
                Parameter("replacementAttributeName", required=False),
                Parameter("template", required=False),
            ),
            plain.replace,
        ),
        Function("SelectUniqueValue", (Parameter("uniqueValueRule", repeatable=True),), lazy=_select_unique),
        Function("SingleAppRoleAssignment", _SOURCE, plain.one_role),
        Function("Split", _required("source", "delimiter"), plain.split),
        Function("StripSpaces", _SOURCE, _text_of(lambda s: s.replace(" ", ""))),
        Function(
            "Switch",
            (
                Parameter("source"),
                Parameter("defaultValue", required=False),
                Parameter("key", repeatable=True),
                Parameter("value", repeatable=True),
            ),
            lazy=_switch,
        ),
        Function(
            "ToLower",
            (Parameter("source"), Parameter("culture", required=False)),
            _text_of(lambda s, _culture=None: s.lower()),
        ),
        Function(
            "ToUpper",
            (Parameter("source"), Parameter("culture", required=False)),
            _text_of(lambda s, _culture=None: s.upper()),
        ),
        Function(
            "Word", (Parameter("source"), Parameter("number", number), Parameter("delimiters")), plain.word
        ),
    )
    return {function.name: function for function in functions}


FUNCTIONS: Final[Mapping[str, Function]] = _table()
