"""Sentences that can be printed as they are and still be translated in the window.

A sentence is an ordinary ``str`` in English that remembers the template it was made from and the
values that were put in. Headless commands print it; ``ui/wording.py`` looks the template up in Qt's
translations and puts the same values in.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType


class Sentence(str):
    """English text that knows its template.

    Attributes:
        template: The text as written in the code, with ``{names}``.
        values: What was put in for each name.
    """

    template: str = ""
    values: Mapping[str, object] = MappingProxyType({})


def say(template: str, /, **values: object) -> Sentence:
    """Make a sentence.

    Args:
        template: English text; ``{name}`` marks a value. Without values it is taken literally.
        values: What to put in.

    Returns:
        The finished English text, which remembers template and values.
    """
    text = Sentence(template.format(**values) if values else template)
    text.template = template
    text.values = MappingProxyType(dict(values))
    return text


def counted(n: int, one: str, many: str) -> str:
    """A number with its noun: ``counted(3, "person", "people")`` is ``"3 people"``."""
    return f"{n:,} {one if n == 1 else many}"


def day(at: date) -> str:
    """A day in words, in UTC where it is a moment: ``3 March 2027``."""
    if isinstance(at, datetime):
        at = at.astimezone(UTC)
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def lasted(seconds: float) -> str:
    """How long something took: milliseconds, and seconds from one on: ``14 ms``, ``1.2 seconds``."""
    return f"{seconds * 1000:.0f} ms" if seconds < 0.9995 else f"{seconds:.1f} seconds"


_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
