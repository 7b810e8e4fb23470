"""On which line each key of a TOML document stands, which Python's own reader does not tell. Pure.

It is asked about documents that Python's reader has accepted, or refused for a key that stands twice; it checks no
syntax itself and says that it is lost where it cannot follow.

Source: TOML 1.0.0 (toml.io/en/v1.0.0, read 2026-11).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

Path = tuple[str | int, ...]
"""Keys and places in lists, outermost first."""

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_LITERAL = re.compile(r"'([^'\n]*)'")
_BASIC = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_LONG_LITERAL = re.compile(r"'''.*?'{3,5}(?!')", re.DOTALL)
_LONG_BASIC = re.compile(r'"""(?:[^"\\]|\\.|"(?!"")|""(?!"))*"{3,5}', re.DOTALL)
_PLAIN = re.compile(r"[^,\]}#\n]+")
_DEEPEST = 50


class Lost(Exception):
    """The document is no TOML that could be followed."""


@dataclass(frozen=True, slots=True)
class Twice:
    """A key that stands twice.

    Attributes:
        path: Which.
        line, first_line: Where it stands again, and where it stood first.
        span: From where to where its line lies in the text; None for the head of a table.
    """

    path: Path
    line: int
    first_line: int
    span: tuple[int, int] | None


@dataclass(slots=True)
class Lines:
    """What was found.

    Attributes:
        at: Line of each key, of each place in a list, and of each table's head; the first is 1.
        twice: Keys that stand twice, in order.
    """

    at: dict[Path, int] = field(default_factory=dict)
    twice: list[Twice] = field(default_factory=list)

    def of(self, path: Path) -> int:
        """The line of a key, or of the nearest thing around it; 0 when nothing is known."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.at:
                return self.at[path[:length]]
        return 0


def find_lines(text: str) -> Lines:
    """Find the line of every key.

    Args:
        text: The document, with line feeds only.

    Raises:
        Lost: It cannot be followed.
    """
    return _Finder(text).find()


class _Finder:
    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0
        self._line = 1
        self._counted_to = 0
        self._found = Lines()
        self._lists: dict[Path, int] = {}

    def find(self) -> Lines:
        table: Path = ()
        self._take(_BLANK)
        while self._place < len(self._text):
            began, line = self._place, self._line_here()
            if self._text.startswith("[", self._place):
                table = self._head(line)
            else:
                known = len(self._found.twice)
                self._pair(table, 0)
                # A line that repeats a key is known with its span, so that the rest can be judged without it.
                self._found.twice[known:] = [
                    Twice(one.path, one.line, one.first_line, (began, self._place))
                    for one in self._found.twice[known:]
                ]
            self._take(_BLANK)
        return self._found

    def _head(self, line: int) -> Path:
        is_list = self._text.startswith("[[", self._place)
        self._place += 2 if is_list else 1
        path: Path = ()
        parts = self._key()
        for number, part in enumerate(parts, start=1):
            path = (*path, part)
            if number == len(parts):
                break
            self._found.at.setdefault(path, line)
            if path in self._lists:
                path = (*path, self._lists[path])
        if is_list:
            self._found.at.setdefault(path, line)
            self._lists[path] = self._lists.get(path, -1) + 1
            path = (*path, self._lists[path])
            self._found.at[path] = line
        else:
            self._note(path, line)
        self._expect("]]" if is_list else "]")
        return path

    def _pair(self, table: Path, depth: int) -> None:
        line = self._line_here()
        path = table
        parts = self._key()
        for part in parts[:-1]:
            path = (*path, part)
            self._found.at.setdefault(path, line)
        path = (*path, parts[-1])
        self._note(path, line)
        self._expect("=")
        self._take(_SPACE)
        self._value(path, depth)

    def _note(self, path: Path, line: int) -> None:
        first = self._found.at.get(path)
        if first is None:
            self._found.at[path] = line
        else:
            self._found.twice.append(Twice(path, line, first, None))

    def _key(self) -> list[str]:
        parts = []
        while True:
            self._take(_SPACE)
            if (bare := _BARE.match(self._text, self._place)) is not None:
                parts.append(bare.group())
            elif (bare := _LITERAL.match(self._text, self._place)) is not None:
                parts.append(bare.group(1))
            elif (bare := _BASIC.match(self._text, self._place)) is not None:
                parts.append(bare.group(1))  # with its escapes as they are written: no key of ours has any
            else:
                raise Lost
            self._place = bare.end()
            self._take(_SPACE)
            if not self._text.startswith(".", self._place):
                return parts
            self._place += 1

    def _value(self, path: Path, depth: int) -> None:
        if depth > _DEEPEST:
            raise Lost
        for begin, rule in (('"""', _LONG_BASIC), ("'''", _LONG_LITERAL), ('"', _BASIC), ("'", _LITERAL)):
            if self._text.startswith(begin, self._place):
                found = rule.match(self._text, self._place)
                if found is None:
                    raise Lost
                self._place = found.end()
                return
        if self._text.startswith("[", self._place):
            self._list(path, depth)
        elif self._text.startswith("{", self._place):
            self._inline_table(path, depth)
        else:
            plain = _PLAIN.match(self._text, self._place)
            if plain is None:
                raise Lost
            self._place = plain.end()

    def _list(self, path: Path, depth: int) -> None:
        self._place += 1
        number = 0
        while True:
            self._take(_BLANK)
            if self._text.startswith("]", self._place):
                break
            self._found.at.setdefault((*path, number), self._line_here())
            self._value((*path, number), depth + 1)
            number += 1
            self._take(_BLANK)
            if not self._text.startswith(",", self._place):
                break
            self._place += 1
        self._expect("]")

    def _inline_table(self, path: Path, depth: int) -> None:
        self._place += 1
        while True:
            self._take(_BLANK)
            if self._text.startswith("}", self._place):
                break
            self._pair(path, depth + 1)
            self._take(_BLANK)
            if not self._text.startswith(",", self._place):
                break
            self._place += 1
        self._expect("}")

    def _take(self, rule: re.Pattern[str]) -> None:
        found = rule.match(self._text, self._place)
        assert found is not None
        self._place = found.end()

    def _expect(self, text: str) -> None:
        self._take(_SPACE)
        if not self._text.startswith(text, self._place):
            raise Lost
        self._place += len(text)

    def _line_here(self) -> int:
        self._line += self._text.count("\n", self._counted_to, self._place)
        self._counted_to = self._place
        return self._line
