"""Reads ``$filter``: comparisons, ``contains``/``startswith``/``endswith``, ``and``, ``or``, ``not``, parentheses.

Each list says which properties take which operators; everything else is refused as the service does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from scim_assistant.practice.answers import Refused, bad_request
from scim_assistant.practice.state import Json

Allowed = frozenset[str]
Predicate = Callable[[Json], bool]

EQ: Final = frozenset({"eq"})
TEXT: Final = frozenset({"eq", "ne", "startswith"})

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<punct>[(),])"
    r"|(?P<word>[A-Za-z_@][\w./@-]*)|(?P<number>[0-9][\w:.+-]*))"
)
_OPERATORS: Final = frozenset({"eq", "ne", "gt", "lt", "ge", "le"})
_FUNCTIONS: Final = frozenset({"contains", "startswith", "endswith"})
_ADVANCED: Final = frozenset({"ne", "not", "endswith"})


def value_at(row: Mapping[str, Any], path: str) -> Any:
    """The value at a path with slashes, whatever the casing of its names; None when there is none."""
    value: Any = row
    for name in path.split("/"):
        if not isinstance(value, Mapping):
            return None
        value = next((each for key, each in value.items() if key.lower() == name.lower()), None)
    return value


def filter_rows(
    text: str, rows: Sequence[Json], allowed: Mapping[str, Allowed], *, advanced: bool
) -> list[Json]:
    """The rows that a filter lets through.

    Args:
        text: The filter.
        rows: What to look through.
        allowed: Property path to the operators it takes.
        advanced: The request carries header and count, so ``ne``, ``not`` and ``endswith`` are allowed.

    Raises:
        Refused: 400: it cannot be read, or this list does not take it.
    """
    keep = _Reader(text, allowed, advanced=advanced).read()
    return [row for row in rows if keep(row)]


def _same(value: Any, literal: Any, *, fold: bool) -> bool:
    if fold and isinstance(value, str) and isinstance(literal, str):
        return value.lower() == literal.lower()
    return bool(value == literal)


def _moment(text: str) -> datetime | None:
    """A timestamp, whatever the length of its fraction; None when it is none."""
    try:
        at = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


class _Reader:
    """A recursive-descent reader; knows one filter."""

    def __init__(self, text: str, allowed: Mapping[str, Allowed], *, advanced: bool) -> None:
        self._text = text
        self._allowed = {path.lower(): operators for path, operators in allowed.items()}
        self._advanced = advanced
        self._tokens = self._split(text)
        self._at = 0

    def _invalid(self) -> Refused:
        return bad_request(f"Invalid filter clause: {self._text[:200]}", "Request_UnsupportedQuery")

    def _split(self, text: str) -> list[tuple[str, str]]:
        tokens: list[tuple[str, str]] = []
        at = 0
        while text[at:].strip():
            match = _TOKEN.match(text, at)
            if match is None or match.lastgroup is None:
                raise self._invalid()
            tokens.append((match.lastgroup, match.group(match.lastgroup)))
            at = match.end()
        return tokens

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _take(self, kind: str = "", text: str = "") -> str:
        got_kind, got = self._peek()
        if got_kind == "end" or (kind and got_kind != kind) or (text and got != text):
            raise self._invalid()
        self._at += 1
        return got

    def read(self) -> Predicate:
        """The whole filter."""
        keep = self._either()
        if self._peek()[0] != "end":
            raise self._invalid()
        return keep

    def _either(self) -> Predicate:
        parts = [self._both()]
        while self._peek() == ("word", "or"):
            self._at += 1
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda row: any(part(row) for part in parts)

    def _both(self) -> Predicate:
        parts = [self._one()]
        while self._peek() == ("word", "and"):
            self._at += 1
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda row: all(part(row) for part in parts)

    def _one(self) -> Predicate:
        kind, text = self._peek()
        if (kind, text) == ("punct", "("):
            self._at += 1
            inner = self._either()
            self._take("punct", ")")
            return inner
        if (kind, text.lower()) == ("word", "not"):
            self._at += 1
            self._may("", "not")
            negated = self._one()
            return lambda row: not negated(row)
        word = self._take("word")
        if word.lower() in _FUNCTIONS and self._peek() == ("punct", "("):
            return self._function(word.lower())
        operator = self._take("word").lower()
        if operator not in _OPERATORS:
            raise self._invalid()
        return self._comparison(word, operator, self._literal())

    def _function(self, name: str) -> Predicate:
        self._take("punct", "(")
        path = self._take("word")
        self._take("punct", ",")
        literal = self._literal()
        self._take("punct", ")")
        if not isinstance(literal, str):
            raise self._invalid()
        self._may(path, name)

        def keep(row: Json) -> bool:
            value = value_at(row, path)
            if isinstance(value, list):
                return any(literal.lower() in str(item).lower() for item in value)
            text = str(value or "").lower()
            if name == "contains":
                return literal.lower() in text
            return (
                text.startswith(literal.lower()) if name == "startswith" else text.endswith(literal.lower())
            )

        return keep

    def _comparison(self, path: str, operator: str, literal: Any) -> Predicate:
        self._may(path, operator)
        if operator in ("eq", "ne"):
            # The log compares exactly, the directory does not mind casing; only the directory knows 'ne'.
            fold = "ne" in self._allowed[path.lower()]

            def equal(row: Json) -> bool:
                value = value_at(row, path)
                if isinstance(literal, datetime) and isinstance(value, str):
                    value = _moment(value)
                values = value if isinstance(value, list) else [value]
                return any(_same(each, literal, fold=fold) for each in values) == (operator == "eq")

            return equal

        def compare(row: Json) -> bool:
            value = value_at(row, path)
            if isinstance(literal, datetime) and isinstance(value, str):
                value = _moment(value)
            if value is None or literal is None or isinstance(value, str) != isinstance(literal, str):
                return False
            return bool(value > literal if operator == "gt" else value < literal)

        return compare

    def _literal(self) -> Any:
        kind, text = self._peek()
        self._at += 1
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind == "word" and text.lower() in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[text.lower()]
        if kind == "number":
            if text.isdigit():
                return int(text)
            return _moment(text) or text
        if kind == "word" and re.fullmatch(r"[0-9A-Fa-f-]{36}", text):
            return text
        raise self._invalid()

    def _may(self, path: str, operator: str) -> None:
        if operator != "not" and operator not in self._allowed.get(path.lower(), frozenset()):
            raise bad_request(
                f"Unsupported or invalid query filter clause specified for property '{path}'.",
                "Request_UnsupportedQuery",
            )
        if operator in _ADVANCED and not self._advanced:
            raise bad_request(
                f"Operator '{operator}' is not supported because the required parameters might be missing.",
                "Request_UnsupportedQuery",
            )
