"""Regular expressions as .NET writes them, run by Python's engine.

Named groups, references and character sets are translated. What has no counterpart (balancing groups, set
subtraction, ``\\p{...}``) is refused instead of being read in another sense.
"""

from __future__ import annotations

import re
from typing import Final

from scim_assistant.rules.expression_syntax import EvaluationError
from scim_assistant.sentence import say

LONGEST_INPUT: Final = 20_000
"""Longest text that a pattern is tried on here."""

_NAMED = re.compile(r"\(\?(?:<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)')", re.ASCII)
_BACK = re.compile(r"\\k(?:<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)')", re.ASCII)
_SUBSTITUTION = re.compile(r"\$(?:\$|&|0|(\d{1,2})|\{(\w+)\})", re.ASCII)


def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern, ready for use.

    Raises:
        EvaluationError: It is not valid, or uses a feature that only .NET has.
    """
    try:
        return re.compile(_translated(pattern))
    except (re.error, OverflowError, RecursionError) as problem:
        reason = problem.msg if isinstance(problem, re.error) else str(problem)
        raise EvaluationError(
            say(
                "The pattern “{pattern}” cannot be tried here ({reason}).",
                pattern=pattern[:120],
                reason=reason,
            ),
            say("Check the pattern. In an expression every backslash of a pattern is written twice."),
        ) from None


def substitute(pattern: re.Pattern[str], replacement: str, text: str) -> str:
    """Replace every match; ``$1`` and ``${name}`` stand for groups, ``$&`` for the match, ``$$`` for a dollar."""

    def put(match: re.Match[str]) -> str:
        def part(reference: re.Match[str]) -> str:
            number, name = reference.groups()
            if number is None and name is None:
                return "$" if reference[0] == "$$" else match[0]
            key: int | str = int(number) if number is not None else int(name) if name.isdigit() else name
            try:
                return match[key] or ""
            except IndexError:
                return reference[0]  # .NET leaves a reference to no group as it is

        return _SUBSTITUTION.sub(part, replacement)

    if len(replacement) * (len(text) + 1) > 5_000_000:
        raise EvaluationError(say("The value and its replacement are too long to try a pattern on."))
    return pattern.sub(put, _bounded(text))


def found(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The first match anywhere in the text."""
    return pattern.search(_bounded(text))


def _bounded(text: str) -> str:
    if len(text) > LONGEST_INPUT:
        raise EvaluationError(
            say("The value is too long to try a pattern on: {n} characters.", n=f"{len(text):,}")
        )
    return text


def _translated(pattern: str) -> str:
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        if match := _NAMED.match(pattern, at):
            parts.append(f"(?P<{match[1] or match[2]}>")
            at = match.end()
        elif match := _BACK.match(pattern, at):
            parts.append(f"(?P={match[1] or match[2]})")
            at = match.end()
        elif pattern[at] == "\\":
            parts.append(pattern[at : at + 2].replace("\\z", "\\Z"))
            at += 2
        elif pattern[at] == "[":
            inside, at = _character_set(pattern, at)
            parts.append(inside)
        else:
            parts.append(pattern[at])
            at += 1
    return "".join(parts)


def _character_set(pattern: str, start: int) -> tuple[str, int]:
    """A set copied with what Python reserves there escaped; the index after it."""
    at = start + 1
    parts = ["["]
    if pattern[at : at + 1] == "^":
        parts.append("^")
        at += 1
    first = True
    while at < len(pattern):
        character = pattern[at]
        if character == "]" and not first:
            return "".join(parts) + "]", at + 1
        if character == "\\":
            parts.append(pattern[at : at + 2])
            at += 2
        elif character == "-" and pattern[at + 1 : at + 2] == "[":
            raise re.error("one set subtracted from another")
        elif character in "[&~|" or (character == "]" and first):
            parts.append("\\" + character)
            at += 1
        elif character == "-" and pattern[at + 1 : at + 2] == "-":
            parts.append("\\-")
            at += 1
        else:
            parts.append(character)
            at += 1
        first = False
    return pattern[start:], len(pattern)
