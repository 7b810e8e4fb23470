"""Reads one profile's file, and names every mistake in it with its line.

Whatever is in the file, the outcome is a profile or a list of mistakes. Nothing of it is run; only links that begin
with https:// are taken, since they end on buttons.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from scim_assistant.errors import KnownError
from scim_assistant.scim import toml_lines
from scim_assistant.scim.layers import TITLES
from scim_assistant.scim.profile_keys import KEYS, Key, Kind
from scim_assistant.scim.profiles import (
    DEEP,
    Advice,
    AppProfile,
    Prerequisite,
    Quirk,
    RateLimit,
    TenantUrlForm,
    TokenFacts,
    TokenForm,
    Where,
)
from scim_assistant.sentence import Sentence, say

LARGEST_BYTES = 256 * 1024
LONGEST_TEXT = 600
LONGEST_REGEX = 500
MOST_MISTAKES = 50
"""So many are told; a file with more is something else."""

_ID = re.compile(r"[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?")
_TOLD_LINE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_TWICE = ("Cannot overwrite a value", "Cannot declare", "Cannot mutate", "Cannot redefine", "Duplicate")


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong in a file.

    Attributes:
        line: Where, counted from 1; 0 for the file as a whole.
        sentence: What is wrong.
    """

    line: int
    sentence: Sentence

    def in_file(self, name: str) -> Sentence:
        """With the file's name and the line in front."""
        if self.line:
            return say("{file}, line {line}: {what}", file=name, line=self.line, what=self.sentence)
        return say("{file}: {what}", file=name, what=self.sentence)


class Mistakes(KnownError):
    """A file is no profile.

    Attributes:
        mistakes: All of them, in the order of the lines.
    """

    def __init__(self, name: str, mistakes: tuple[Mistake, ...]) -> None:
        self.mistakes = mistakes
        super().__init__(
            say("The profile {file} cannot be used.", file=name),
            Sentence(" ".join(mistake.in_file(name) for mistake in mistakes)),
            say("Correct the file, then start again."),
        )


def read_profile_file(file: Path) -> AppProfile:
    """Read a person's own profile. Its id is the file's name without the ending.

    Raises:
        Mistakes: It cannot be read, or is not a profile.
    """
    name = file.name
    if not file.is_file():
        raise Mistakes(name, (Mistake(0, say("This is not a file.")),))
    try:
        with file.open("rb") as opened:
            raw = opened.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise Mistakes(
            name,
            (
                Mistake(
                    0,
                    say("The file cannot be read ({why}).", why=error.strerror or "no reason given"),
                ),
            ),
        ) from error
    if len(raw) > LARGEST_BYTES:
        raise Mistakes(name, (Mistake(0, say("The file is larger than 256 KiB, too large for a profile.")),))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise Mistakes(
            name, (Mistake(line, say("The text is not UTF-8: save the file as UTF-8.")),)
        ) from error
    return read_profile(file.stem, text)


def read_profile(profile_id: str, text: str) -> AppProfile:
    """Read a profile.

    Args:
        profile_id: Its id, which is its file's name without the ending.
        text: TOML.

    Raises:
        Mistakes: It is not a profile.
    """
    text = text.replace("\r\n", "\n")
    reader = _Reader()
    if _ID.fullmatch(profile_id) is None:
        reader.add(
            0, say("The file's name has to be of small letters, digits and hyphens, and end in .toml.")
        )
    data, lines = _parsed(text, reader)
    profile = None
    if data is not None:
        reader.lines = lines
        kept = reader.table(data, KEYS, ())
        _look_closer(reader, kept)
        if not reader.mistakes:
            profile = _profile(profile_id, kept)
    if profile is None:
        found = sorted(reader.mistakes, key=lambda mistake: mistake.line or len(text))
        raise Mistakes(f"{profile_id}.toml", tuple(found[:MOST_MISTAKES]))
    return profile


def _parsed(text: str, reader: _Reader) -> tuple[dict[str, Any] | None, toml_lines.Lines]:
    """The document and where its keys stand; None where it is not TOML, with the mistake noted.

    A line that repeats a key is noted and passed over, so that the rest is judged all the same.
    """
    while True:
        try:
            lines: toml_lines.Lines | None = toml_lines.find_lines(text)
        except toml_lines.Lost:
            lines = None
        try:
            return tomllib.loads(text), lines or toml_lines.Lines()
        except RecursionError:
            reader.add(0, say("Its lists are nested too deeply."))
            return None, toml_lines.Lines()
        except ValueError as error:
            again = lines.twice if lines is not None and str(error).startswith(_TWICE) else []
            for one in again:
                reader.add(
                    one.line,
                    say(
                        "{key} stands here a second time; the first is in line {line}.",
                        key=_named(one.path),
                        line=one.first_line,
                    ),
                )
            spans = [one.span for one in again if one.span is not None]
            if not again:
                reader.add(_line_told(error, text), _syntax(error))
            if not spans or len(spans) < len(again):
                return None, toml_lines.Lines()
            for begin, end in sorted(set(spans), reverse=True):
                text = text[:begin] + re.sub(r"[^\n]+", "", text[begin:end]) + text[end:]


def _line_told(error: ValueError, text: str) -> int:
    told = _TOLD_LINE.search(str(error))
    if told is None:
        return 0
    return int(told.group(1)) if told.group(1) else text.rstrip("\n").count("\n") + 1


def _syntax(error: ValueError) -> Sentence:
    what = _TOLD_LINE.sub("", str(error))
    return say("This is not valid TOML ({what}).", what=what[:1].lower() + what[1:])


def _named(path: toml_lines.Path) -> str:
    """A key as a person would say it: ``token.life``."""
    return ".".join(str(part) for part in path if isinstance(part, str))


class _Reader:
    """Checks values against the table of keys, and collects what is wrong."""

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []
        self.lines = toml_lines.Lines()
        self._checks: frozenset[str] | None = None

    def add(self, at: int | toml_lines.Path, sentence: Sentence) -> None:
        """Note a mistake at a line, or where a key stands."""
        line = at if isinstance(at, int) else self.lines.of(at)
        if (mistake := Mistake(line, sentence)) not in self.mistakes:
            self.mistakes.append(mistake)

    def table(self, data: Mapping[str, Any], keys: tuple[Key, ...], path: toml_lines.Path) -> dict[str, Any]:
        """The values of a table that are as they should be."""
        known = {key.name: key for key in keys}
        kept = {}
        for name, value in data.items():
            here = (*path, name)
            key = known.get(name)
            if key is None:
                self.add(here, _unknown(name, tuple(known)))
                continue
            was = len(self.mistakes)
            good = _READ[key.kind](self, value, key, here)
            if len(self.mistakes) == was or good:
                kept[name] = good
        for key in keys:
            if key.needed and key.name not in data:
                self.add(path, say("{key} is missing.", key=_named((*path, key.name))))
        return kept

    def wrong(self, path: toml_lines.Path, wanted: str) -> None:
        """Note a value of a wrong type."""
        self.add(path, say("{key} has to be {wanted}.", key=_named(path), wanted=wanted))

    def text(self, value: Any, key: Key, path: toml_lines.Path) -> str:
        """One line of text, not empty."""
        if not isinstance(value, str):
            self.wrong(path, key.kind.value if key.kind is not Kind.TEXTS else Kind.TEXT.value)
        elif not value.strip():
            self.add(path, say("{key} is empty: leave it out instead.", key=_named(path)))
        elif not value.isprintable():
            self.add(path, say("{key} has to be one line without control characters.", key=_named(path)))
        elif len(value) > LONGEST_TEXT:
            self.add(path, say("{key} is longer than {n} characters.", key=_named(path), n=LONGEST_TEXT))
        else:
            return value
        return ""

    def sentence(self, value: Any, key: Key, path: toml_lines.Path) -> Sentence:
        """A sentence."""
        text = self.text(value, key, path)
        if text and not text.endswith("."):
            self.add(path, say("{key} has to end with a full stop.", key=_named(path)))
        return say(text)

    def address(self, value: Any, key: Key, path: toml_lines.Path) -> str:
        """An address for a button or as an example."""
        text = self.text(value, key, path)
        try:
            parts = urlsplit(text)
            good = parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
        except ValueError:
            good = False
        if text and (not good or " " in text):
            self.add(path, say("{key} has to be an address that begins with https://.", key=_named(path)))
        return text

    def regex(self, value: Any, key: Key, path: toml_lines.Path) -> str:
        """A regular expression that can be used."""
        text = self.text(value, key, path)
        if len(text) > LONGEST_REGEX:
            self.add(path, say("{key} is longer than {n} characters.", key=_named(path), n=LONGEST_REGEX))
            return ""
        try:
            re.compile(text)
        except (re.error, OverflowError, RecursionError) as error:
            self.add(
                path, say("{key} is not a regular expression: {why}.", key=_named(path), why=str(error)[:120])
            )
            return ""
        return text

    def word(self, value: Any, key: Key, path: toml_lines.Path) -> str:
        """One of the words of a key."""
        if isinstance(value, str) and value in key.words:
            return value
        *others, last = key.words
        self.wrong(path, f"{', '.join(others)} or {last}")
        return ""

    def check(self, value: Any, key: Key, path: toml_lines.Path) -> str:
        """The key of a layer or check."""
        text = self.text(value, key, path)
        if text and not self._is_check(text):
            self.add(
                path,
                say("{key}: there is no layer or check called {name}.", key=_named(path), name=text[:60]),
            )
        return text

    def flag(self, value: Any, key: Key, path: toml_lines.Path) -> bool:
        """True or false."""
        if not isinstance(value, bool):
            self.wrong(path, key.kind.value)
        return value is True

    def number(self, value: Any, key: Key, path: toml_lines.Path) -> int:
        """A whole number in its bounds."""
        if isinstance(value, int) and not isinstance(value, bool) and key.least <= value <= key.most:
            return value
        self.wrong(path, f"a whole number from {key.least:,} to {key.most:,}")
        return 0

    def texts(self, value: Any, key: Key, path: toml_lines.Path) -> tuple[str, ...]:
        """A list of texts or addresses."""
        if not isinstance(value, list):
            self.wrong(path, key.kind.value)
            return ()
        one = self.address if key.kind is Kind.ADDRESSES else self.text
        return tuple(one(item, key, (*path, number)) for number, item in enumerate(value))

    def inner(self, value: Any, key: Key, path: toml_lines.Path) -> dict[str, Any]:
        """A table."""
        if isinstance(value, dict):
            return self.table(value, key.inside, path)
        self.wrong(path, f"a table, written as [{key.name}]")
        return {}

    def inners(self, value: Any, key: Key, path: toml_lines.Path) -> tuple[dict[str, Any], ...]:
        """A list of tables."""
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            return tuple(self.table(item, key.inside, (*path, number)) for number, item in enumerate(value))
        self.wrong(path, f"a list of tables, each written as [[{key.name}]]")
        return ()

    def named_reasons(self, value: Any, key: Key, path: toml_lines.Path) -> Mapping[str, Sentence]:
        """A table of reasons under the keys of layers and checks."""
        if not isinstance(value, dict):
            self.wrong(path, key.kind.value)
            return {}
        for name in value:
            if not self._is_check(name):
                self.add(
                    (*path, name),
                    say("{key}: there is no layer or check called {name}.", key=key.name, name=name[:60]),
                )
        return {name: self.sentence(text, key, (*path, name)) for name, text in value.items()}

    def _is_check(self, name: str) -> bool:
        if name == DEEP or name in TITLES:
            return True
        if self._checks is None:
            from scim_assistant.scim.deep.catalogue import planned_checks

            self._checks = frozenset(check.key for check in planned_checks())
        return name in self._checks


_READ: Mapping[Kind, Callable[..., Any]] = {
    Kind.TEXT: _Reader.text,
    Kind.SENTENCE: _Reader.sentence,
    Kind.ADDRESS: _Reader.address,
    Kind.REGEX: _Reader.regex,
    Kind.WORD: _Reader.word,
    Kind.CHECK: _Reader.check,
    Kind.FLAG: _Reader.flag,
    Kind.NUMBER: _Reader.number,
    Kind.TEXTS: _Reader.texts,
    Kind.ADDRESSES: _Reader.texts,
    Kind.TABLE: _Reader.inner,
    Kind.TABLES: _Reader.inners,
    Kind.NAMED_REASONS: _Reader.named_reasons,
}


def _unknown(name: str, known: tuple[str, ...]) -> Sentence:
    import difflib

    near = difflib.get_close_matches(name, known, 1)
    if near:
        return say("There is no key {name} here; {near} is near it.", name=name[:60], near=near[0])
    return say("There is no key {name} here.", name=name[:60])


def _look_closer(reader: _Reader, kept: Mapping[str, Any]) -> None:
    """What is right by itself may still contradict something else."""
    _look_at_address(reader, kept.get("tenant_url", {}))
    token = kept.get("token", {})
    if token.get("shape") and not token.get("shape_note"):
        reader.add(("token", "shape"), say("token.shape needs token.shape_note, which says it in words."))
    if token.get("shape_note") and "shape" not in token:
        reader.add(("token", "shape_note"), say("token.shape_note needs token.shape."))
    if token.get("shape") and token.get("form") == TokenForm.JWT:
        reader.add(("token", "shape"), say("token.shape is for tokens of the form opaque."))
    for name, member in (("advice", "key"), ("quirk", "key"), ("prerequisites", "title")):
        seen: set[str] = set()
        for number, item in enumerate(kept.get(name, ())):
            value = item.get(member, "")
            if value and value in seen:
                reader.add(
                    (name, number, member),
                    say(
                        "{name} has {value} twice: choose another {member}.",
                        name=name,
                        value=value,
                        member=member,
                    ),
                )
            seen.add(value)


def _look_at_address(reader: _Reader, form: Mapping[str, Any]) -> None:
    path = ("tenant_url",)
    rule = TenantUrlForm(regex=form.get("regex", ""), bad_endings=form.get("bad_endings", ()))
    for number, example in enumerate(form.get("examples", ())):
        if example and rule.refuses(example):
            reader.add(
                (*path, "examples", number),
                say("This example does not fit tenant_url.regex, or ends as tenant_url.bad_endings forbids."),
            )
    for number, example in enumerate(form.get("examples_bad", ())):
        if example and not rule.refuses(example):
            reader.add(
                (*path, "examples_bad", number),
                say("Neither tenant_url.regex nor tenant_url.bad_endings tells that this example is bad."),
            )


def _profile(profile_id: str, kept: Mapping[str, Any]) -> AppProfile:
    limit = kept.get("rate_limit")
    return AppProfile(
        id=profile_id,
        display_name=kept["display_name"],
        gallery_names=kept.get("gallery_names", ()),
        auth=kept["auth"],
        tenant_url=TenantUrlForm(**kept.get("tenant_url", {})),
        where_url=Where(**kept["where_url"]),
        where_token=Where(**kept["where_token"]),
        token=_token(kept.get("token", {})),
        plan=kept.get("plan", ""),
        prerequisites=tuple(
            Prerequisite(say(item["title"]), item["sentence"], item.get("link", ""))
            for item in kept.get("prerequisites", ())
        ),
        groups=kept["groups"],
        matching_user=kept.get("matching_user", "userName"),
        matching_group=kept.get("matching_group", "displayName"),
        required_attributes=kept.get("required_attributes", ()),
        scope_recommended=kept["scope_recommended"],
        advice=tuple(Advice(**item) for item in kept.get("advice", ())),
        quirks=tuple(Quirk(**item) for item in kept.get("quirk", ())),
        skip_checks=MappingProxyType(dict(kept.get("skip_checks", {}))),
        deep_note=kept.get("deep", {}).get("sentence", Sentence("")),
        rate_limit=RateLimit(**limit) if limit else None,
        help_link=kept.get("help_link", ""),
        sources=kept.get("sources", ()),
        one_app_for_sign_in=kept.get("one_app_for_sign_in", False),
        only_check=kept.get("only_check", False),
    )


def _token(kept: Mapping[str, Any]) -> TokenFacts:
    return TokenFacts(
        belongs_to=say(kept.get("belongs_to", "")),
        life=say(kept.get("life", "")),
        life_days=kept.get("life_days"),
        shown_once=kept.get("shown_once"),
        max_active=kept.get("max_active"),
        rotation=kept.get("rotation", say("")),
        form=TokenForm(kept.get("form", "")),
        shape=kept.get("shape", ""),
        shape_note=say(kept.get("shape_note", "")),
        note=kept.get("note", say("")),
    )
