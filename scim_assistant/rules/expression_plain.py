"""What the functions of expressions make of plain values: text, lists, roles and chance.

Everything here takes values that were worked out already; ``expression_functions`` gives each its name and place.
"""

from __future__ import annotations

import random
import re
import string
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from scim_assistant.rules import expression_regex as patterns
from scim_assistant.rules.expression_syntax import EvaluationError
from scim_assistant.rules.expression_values import Value, as_integer, as_list, as_text
from scim_assistant.sentence import say

LONGEST_VALUE: Final = 100_000
"""Most characters of a text in between; a guard against expressions that double themselves."""


# Text


def join(separator: Value, *sources: Value) -> str:
    """All values with the separator in between; empty ones are left out, and an attribute gives all it holds."""
    texts = (as_text(one) for source in sources for one in as_list(source))
    return (as_text(separator) or "").join(text for text in texts if text)


def left(source: Value, count: Value) -> str:
    """The first characters; the whole text for a negative count, an empty text for nothing."""
    text = as_text(source) or ""
    n = as_integer(count, "Left")
    return text if n < 0 else text[:n]


def mid(source: Value, start: Value, length: Value) -> str:
    """Characters from a place on, counted from 1; whatever there is when fewer are left."""
    text = as_text(source) or ""
    first, n = as_integer(start, "Mid"), as_integer(length, "Mid")
    if first < 1:
        raise EvaluationError(
            say("Mid counts characters from 1, and was told to start at {start}.", start=first)
        )
    return text[first - 1 :] if n < 0 else text[first - 1 : first - 1 + n]


def in_str(text: Value, find: Value, start: Value = None, mode: Value = None) -> int:
    """Where a text occurs in another, counted from 1; 0 when it does not."""
    within, wanted = as_text(text) or "", as_text(find) or ""
    first = 1 if start is None else as_integer(start, "InStr")
    if first < 1:
        raise EvaluationError(
            say("InStr counts characters from 1, and was told to start at {start}.", start=first)
        )
    if mode is not None and as_integer(mode, "InStr") == 1:
        within, wanted = within.lower(), wanted.lower()
    return within.find(wanted, first - 1) + 1


# What Unicode does not take apart by itself.
_LETTERS: Final = str.maketrans(
    {
        "æ": "ae",
        "Æ": "AE",
        "ø": "oe",
        "Ø": "OE",
        "œ": "oe",
        "Œ": "OE",
        "ß": "ss",
        "ẞ": "SS",
        "ı": "i",
        "ł": "l",
    }
    | {
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "ð": "d",
        "Ð": "D",
        "þ": "th",
        "Þ": "TH",
        "ħ": "h",
        "Ħ": "H",
        "ŧ": "t",
        "Ŧ": "T",
    }
)


def without_diacritics(text: str) -> str:
    """Latin letters without their marks; ø becomes oe and ß becomes ss. Other scripts stay as they are."""
    parts = unicodedata.normalize("NFD", text.translate(_LETTERS))
    kept: list[str] = []
    on_latin = False
    for character in parts:
        if unicodedata.combining(character):
            if on_latin:
                continue
        else:
            on_latin = "LATIN" in unicodedata.name(character, "")
        kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept))


_WORD: Final = re.compile(r"[^\W\d_](?:[^\W_]|['’](?=[^\W\d_]))*")


def title_case(text: str, separators: Value = None) -> str:
    """Every word with a capital in front; words end at the separators, or where letters do when there are none."""
    chosen = as_text(separators)
    if not chosen:
        return _WORD.sub(lambda match: match[0][0].upper() + match[0][1:].lower(), text)
    cased: list[str] = []
    starts = True
    for character in text:
        cased.append(character.upper() if starts else character.lower())
        starts = character in chosen
    return "".join(cased)


def word(source: Value, number: Value, delimiters: Value) -> str:
    """One word of a text, counted from 1; an empty text when there are fewer."""
    text, borders = as_text(source) or "", as_text(delimiters) or ""
    n = as_integer(number, "Word")
    for border in borders:
        text = text.replace(border, "\0")
    words = [word for word in text.split("\0") if word]
    return words[n - 1] if 1 <= n <= len(words) else ""


def split(source: Value, delimiter: Value) -> list[str] | None:
    """The parts of a text; blanks around them stay."""
    text, border = as_text(source), as_text(delimiter)
    if text is None:
        return None
    return text.split(border) if border else [text]


def replace(  # noqa: PLR0917 - seven places, as Microsoft made them
    source: Value,
    old: Value = None,
    regex: Value = None,
    group: Value = None,
    new: Value = None,
    new_attribute: Value = None,
    template: Value = None,
) -> Value:
    """Five functions in one; which one depends on the places that are filled.

    With a pattern, a group and an attribute to take from, the group's part of that attribute replaces the source.
    Microsoft's text says that an empty source stays empty there and its sample fills one: the sample is followed.
    """
    text = as_text(source)
    pattern, group_name = as_text(regex), as_text(group)
    replacement, offered, form = as_text(new), as_text(new_attribute), as_text(template)
    if pattern and group_name and replacement is None:
        match = patterns.found(patterns.compiled(pattern), offered) if offered else None
        return _group(match, group_name) if match else text
    if text is None:
        return None
    if pattern:
        ready = patterns.compiled(pattern)
        if not group_name:
            return patterns.substitute(ready, replacement or "", text)
        return _replace_group(ready, group_name, replacement or "", text)
    searched = as_text(old)
    if not searched:
        return text
    form, put = (form, text) if form is not None else (text, replacement or "")
    if form.count(searched) * len(put) > LONGEST_VALUE:
        raise EvaluationError(say("Replace gives a text that is too long to work with."))
    return form.replace(searched, put)


def _group(match: re.Match[str], name: str) -> str:
    try:
        return match[int(name) if name.isdigit() else name] or ""
    except IndexError:
        raise EvaluationError(say("The pattern has no group “{name}”.", name=name)) from None


def _replace_group(pattern: re.Pattern[str], name: str, replacement: str, text: str) -> str:
    def put(match: re.Match[str]) -> str:
        _group(match, name)
        key: int | str = int(name) if name.isdigit() else name
        start, end = match.span(key)
        if start < 0:
            return match[0]
        offset = match.start()
        return match[0][: start - offset] + replacement + match[0][end - offset :]

    patterns.found(pattern, text)
    return pattern.sub(put, text)


# Several values


def item(source: Value, index: Value) -> Value:
    """One of several values, counted from 1; nothing when there are fewer."""
    values, n = as_list(source), as_integer(index, "Item")
    if n < 1:
        raise EvaluationError(say("Item counts from 1, and was asked for {index}.", index=n))
    return values[n - 1] if n <= len(values) else None


def without_duplicates(source: Value) -> list[Value] | None:
    """Each value once, in order."""
    if source is None:
        return None
    kept: list[Value] = []
    for value in as_list(source):
        if value not in kept:
            kept.append(value)
    return kept


# Roles


def _role_name(role: Value) -> str | None:
    if isinstance(role, Mapping):
        return as_text(role.get("value") or role.get("displayName"))
    return as_text(role)


def one_role(source: Value) -> Value:
    """The first of the assigned roles. Entra takes any of them."""
    names = [_role_name(role) for role in as_list(source)]
    return names[0] if names else None


def all_roles(source: Value) -> list[dict[str, Any]] | None:
    """Every assigned role in the form that SCIM services receive."""
    names = [_role_name(role) for role in as_list(source)]
    roles = [
        {"primary": False, "type": "WindowsAzureActiveDirectoryRole", "display": name, "value": name}
        for name in names
        if name
    ]
    return roles or None


# Numbers and chance

_SPECIAL: Final = "!#$%&*+-.:;<=>?@^_~,"


def random_string(  # noqa: PLR0917 - the order is Microsoft's
    length: Value,
    digits: Value = None,
    special: Value = None,
    upper: Value = None,
    lower: Value = None,
    avoid: Value = None,
) -> str:
    """A text by chance with at least so many characters of each kind."""
    total = as_integer(length, "RandomString")
    unwanted = as_text(avoid) or ""
    kinds = (
        (digits, string.digits),
        (special, _SPECIAL),
        (upper, string.ascii_uppercase),
        (lower, string.ascii_lowercase),
    )
    least = [(0 if n is None else as_integer(n, "RandomString"), letters) for n, letters in kinds]
    usable = [(n, [letter for letter in letters if letter not in unwanted]) for n, letters in least]
    needed = sum(n for n, _ in usable)
    usable_letters = any(letters for _, letters in usable)
    if (
        not 1 <= total <= 256
        or needed > total
        or not usable_letters
        or any(n < 0 or (n and not letters) for n, letters in usable)
    ):
        raise EvaluationError(say("RandomString cannot make a text of {n} characters that way.", n=total))
    chance = random.SystemRandom()
    chosen = [chance.choice(letters) for n, letters in usable for _ in range(n)]
    asked = [letter for n, letters in usable if n for letter in letters]
    pool = asked or [letter for _, letters in usable for letter in letters]
    chosen += [chance.choice(pool) for _ in range(total - needed)]
    chance.shuffle(chosen)
    return "".join(chosen)
