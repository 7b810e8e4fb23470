"""The grammar of mapping expressions: from text to a tree, and back.

An expression is functions only, nested freely. Arguments are ``[attribute]``, ``"text"``, a number, another
function, or nothing at all between two commas. An argument may also compare two values (``[a] = "b"``), which only
``IIF`` and ``CBool`` make sense of. Inside a text a backslash and a quotation mark are written with a backslash
in front.

Source: learn.microsoft.com, Microsoft Entra, "Reference for writing expressions for attribute mappings".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NoReturn

from scim_assistant.errors import Details, KnownError
from scim_assistant.sentence import Sentence, say

LONGEST: Final = 10_000
"""Most characters that Entra accepts in one expression."""

DEEPEST: Final = 60
"""Most functions inside one another that this program follows; Entra's own limit is not published."""

CONSTANT_NAMES: Final = {"vbBinaryCompare": 0, "vbTextCompare": 1}
"""The names that may stand without brackets or quotation marks."""

COMPARISONS: Final = ("<=", ">=", "<>", "=", "<", ">")

_NUMBER = re.compile(r"-?\d{1,30}(?:\.\d{1,30})?(?![\w.])", re.ASCII)
_HEX = re.compile(r"&[Hh]([0-9A-Fa-f]{1,16})(?!\w)")
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_SPACE = re.compile(r"\s*")


class ExpressionError(KnownError):
    """An expression cannot be read or cannot be worked out.

    Attributes:
        position: Index of the character that is wrong, counted from 0; None when the expression as a whole is.
    """

    def __init__(self, why: Sentence, next_step: Sentence, position: int | None = None) -> None:
        super().__init__(say("The expression cannot be used."), why, next_step, Details())
        self.position = position


class EvaluationError(ExpressionError):
    """The expression is well formed, but gives nothing usable for these values."""

    def __init__(self, why: Sentence, next_step: Sentence | None = None) -> None:
        super().__init__(why, next_step or say("Change the expression, or the value it reads."))


@dataclass(frozen=True, slots=True)
class Attribute:
    """A value of the person, ``[mail]``."""

    name: str
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Constant:
    """A text, a number, or one of ``CONSTANT_NAMES`` (``spelled`` keeps how it was written, where that differs)."""

    value: str | int | float
    position: int = field(default=0, compare=False)
    spelled: str = ""
    loose_backslash: bool = field(default=False, compare=False)
    """The text holds a backslash that escapes nothing; Entra's own reading of it is not documented."""


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments; None is an argument left empty."""

    name: str
    arguments: tuple[Node | None, ...]
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two values compared: ``=``, ``<>``, ``<``, ``<=``, ``>`` or ``>=``."""

    left: Node
    operator: str
    right: Node
    position: int = field(default=0, compare=False)


Node = Attribute | Constant | Call | Comparison


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that was read.

    Attributes:
        text: As it was written.
        root: The tree.
    """

    text: str
    root: Node

    @property
    def attributes(self) -> frozenset[str]:
        """Names of the attributes it reads."""
        return frozenset(node.name for node in walk(self.root) if isinstance(node, Attribute))


def walk(node: Node | None) -> Iterator[Node]:
    """The node and everything below it, outermost first."""
    if node is None:
        return
    yield node
    if isinstance(node, Call):
        for argument in node.arguments:
            yield from walk(argument)
    elif isinstance(node, Comparison):
        yield from walk(node.left)
        yield from walk(node.right)


def read(text: str) -> Expression:
    """Read an expression, whatever its functions are called.

    Raises:
        ExpressionError: It is not well formed; ``position`` says where.
    """
    if len(text) > LONGEST:
        raise ExpressionError(
            say(
                "It has {length} characters, and Entra takes {limit} at most.",
                length=f"{len(text):,}",
                limit=f"{LONGEST:,}",
            ),
            say("Shorten the expression."),
            LONGEST,
        )
    reader = _Reader(text)
    reader.skip()
    if reader.at == len(text):
        raise ExpressionError(say("It is empty."), say("Write a function, an attribute or a text."), 0)
    root = reader.value(1)
    reader.skip()
    if reader.at < len(text):
        reader.fail(say("Something is left over after the end of the expression."))
    return Expression(text, root)


def write(node: Node | None) -> str:
    """The text of a tree, in one tidy spelling; ``read(write(x))`` gives ``x`` again, positions apart."""
    if node is None:
        return ""
    if isinstance(node, Attribute):
        return f"[{node.name}]"
    if isinstance(node, Constant):
        if node.spelled:
            return node.spelled
        return quote(node.value) if isinstance(node.value, str) else str(node.value)
    if isinstance(node, Comparison):
        return f"{write(node.left)} {node.operator} {write(node.right)}"
    return f"{node.name}({', '.join(write(argument) for argument in node.arguments)})"


def quote(text: str) -> str:
    """A text as it is written inside an expression, quotation marks included."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class _Reader:
    """Reads from left to right; ``at`` is the next character."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def fail(self, why: Sentence, next_step: Sentence | None = None, at: int | None = None) -> NoReturn:
        position = self.at if at is None else at
        raise ExpressionError(
            why,
            next_step or say("Look at character {position}.", position=f"{position + 1:,}"),
            position,
        )

    def skip(self) -> None:
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self.text, self.at)
        if match:
            self.at = match.end()
        return match

    def value(self, depth: int) -> Node:
        start = self.at
        if depth > DEEPEST:
            self.fail(
                say("More than {limit} functions are nested inside one another.", limit=DEEPEST),
                say("Split the expression, or work part of it out elsewhere."),
            )
        first = self.peek()
        if first == "[":
            return self.attribute()
        if first == '"':
            return self.quoted()
        if first == "&" and (match := self.take(_HEX)):
            return Constant(int(match[1], 16), start, match[0])
        if match := self.take(_NUMBER):
            return Constant(_number(match[0]), start, match[0])
        if match := self.take(_NAME):
            name = match[0]
            self.skip()
            if self.peek() == "(":
                return self.call(name, start, depth)
            if name in CONSTANT_NAMES:
                return Constant(CONSTANT_NAMES[name], start, name)
            self.fail(
                say("“{name}” is neither in brackets nor in quotation marks.", name=name),
                say('Write [{name}] for an attribute, "{name}" for a text.', name=name),
                start,
            )
        if not first:
            self.fail(say("The expression ends too early."), at=start)
        self.fail(
            say("“{character}” is not expected here.", character=first),
            say('Write [attribute], "text", a number or a function.'),
            start,
        )

    def attribute(self) -> Attribute:
        start = self.at
        open_brackets = 0
        for index in range(start, len(self.text)):
            character = self.text[index]
            open_brackets += (character == "[") - (character == "]")
            if open_brackets == 0:
                name = self.text[start + 1 : index].strip()
                self.at = index + 1
                if not name:
                    self.fail(
                        say("The brackets hold no attribute name."),
                        say("Write a name, such as [mail]."),
                        start,
                    )
                return Attribute(name, start)
        self.fail(say("An attribute name is not closed."), say("Add the bracket that closes it: ]"), start)

    def quoted(self) -> Constant:
        start = self.at
        parts: list[str] = []
        loose = False
        index = start + 1
        while index < len(self.text):
            character = self.text[index]
            if character == '"':
                self.at = index + 1
                return Constant("".join(parts), start, "", loose)
            following = self.text[index + 1 : index + 2]
            if character == "\\" and following in ("\\", '"'):
                parts.append(following)
                index += 2
                continue
            loose = loose or character == "\\"
            parts.append(character)
            index += 1
        self.fail(say("A text is not closed."), say("Add the quotation mark that closes it."), start)

    def call(self, name: str, start: int, depth: int) -> Call:
        self.at += 1  # the opening parenthesis
        arguments: list[Node | None] = []
        self.skip()
        if self.peek() == ")":
            self.at += 1
            return Call(name, (), start)
        while True:
            self.skip()
            arguments.append(None if self.peek() in (",", ")") else self.argument(depth + 1))
            self.skip()
            following = self.peek()
            if following not in (",", ")"):
                self.fail(
                    say("The arguments of {name} are not closed.", name=name)
                    if not following
                    else say("A comma is missing between two arguments of {name}.", name=name)
                )
            self.at += 1
            if following == ")":
                return Call(name, tuple(arguments), start)

    def argument(self, depth: int) -> Node:
        start = self.at
        left = self.value(depth)
        self.skip()
        for operator in COMPARISONS:
            if self.text.startswith(operator, self.at):
                self.at += len(operator)
                self.skip()
                return Comparison(left, operator, self.value(depth), start)
        return left


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)
