"""Values inside an expression: how one kind is read as another, and how they compare.

A value is None (nothing), text, a number, True or False, or a list of values (an attribute that holds several).
"""

from __future__ import annotations

from typing import Any

from scim_assistant.rules.expression_dates import read_printed_date
from scim_assistant.rules.expression_syntax import EvaluationError
from scim_assistant.sentence import say

Value = Any


def is_empty(value: Value) -> bool:
    """True for nothing, an empty text and an empty list."""
    return value is None or value == "" or (isinstance(value, list | tuple) and not value)


def as_text(value: Value) -> str | None:
    """One value as text, as the engine prints it: ``True`` for a boolean, no decimals for a whole number.

    Raises:
        EvaluationError: It holds several values.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list | tuple):
        if len(value) == 1:
            return as_text(value[0])
        if not value:
            return None
        raise EvaluationError(
            say("A function that takes one value was given {count}.", count=len(value)),
            say("Pick one value with Item(), or put them together with Join()."),
        )
    return str(value)


def as_list(value: Value) -> list[Value]:
    """One or several values as a list; nothing is an empty list."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def as_number(value: Value, what: str) -> int | float:
    """A number, also one written as text (the schema keeps ``1`` as ``"1"``).

    Raises:
        EvaluationError: It is none.
    """
    number = number_or_none(value)
    if number is None:
        raise EvaluationError(
            say("“{value}” is not a number, and {what} needs one.", value=as_text(value) or "", what=what)
        )
    return number


def as_integer(value: Value, what: str) -> int:
    """A whole number, also one written as text.

    Raises:
        EvaluationError: It is none.
    """
    number = as_number(value, what)
    if number != int(number):
        raise EvaluationError(
            say("“{value}” is not a whole number, and {what} needs one.", value=number, what=what)
        )
    return int(number)


def number_or_none(value: Value) -> int | float | None:
    """The number that a value or its text is, if it is one."""
    if isinstance(value, bool) or value is None or isinstance(value, list | tuple):
        return None
    if isinstance(value, int | float):
        return value
    text = str(value).strip()
    if not text or len(text) > 40 or not text.isascii():
        return None
    try:
        return int(text)
    except ValueError:
        pass
    if not set(text) <= set("0123456789.+-"):
        return None  # Python would also take 'nan' and '1e5'
    try:
        return float(text)
    except ValueError:
        return None


def as_boolean(value: Value, what: str) -> bool | None:
    """True or False, also as text or as a number (anything but zero is True).

    Raises:
        EvaluationError: It is neither.
    """
    if value is None or isinstance(value, bool):
        return value
    number = number_or_none(value)
    if number is not None:
        return number != 0
    text = (as_text(value) or "").strip().casefold()
    if text in ("true", "false"):
        return text == "true"
    raise EvaluationError(
        say("“{value}” is neither True nor False, and {what} needs one of them.", value=text, what=what)
    )


def compare(left: Value, operator: str, right: Value) -> bool:
    """Compare two values: as numbers if both are, as dates if both are printed dates, else as text by code point.

    Upper and lower case differ.
    """
    one, other = _comparable(left, right)
    match operator:
        case "=":
            return bool(one == other)
        case "<>":
            return bool(one != other)
        case "<":
            return bool(one < other)
        case "<=":
            return bool(one <= other)
        case ">":
            return bool(one > other)
        case _:
            return bool(one >= other)


def _comparable(left: Value, right: Value) -> tuple[Any, Any]:
    numbers = number_or_none(left), number_or_none(right)
    if numbers[0] is not None and numbers[1] is not None:
        return numbers
    texts = as_text(left) or "", as_text(right) or ""
    dates = read_printed_date(texts[0]), read_printed_date(texts[1])
    if dates[0] is not None and dates[1] is not None:
        return dates
    return texts
