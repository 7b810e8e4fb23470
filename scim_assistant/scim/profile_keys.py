"""Every key that a profile may have: its kind, whether it has to be there, and what it may hold.

The reader (``profile_file.py``) checks files against this table, and a test holds ``resources/profiles/README.md`` to
it, so that a key cannot be there without being documented.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

STEPS: Final = (
    "start",
    "sign_in",
    "register",
    "connect",
    "test_connection",
    "mappings",
    "scope",
    "review",
    "prove",
    "done",
)
"""The wizard's steps, where advice may stand; a test holds them to ``steps.step.StepKey``."""


class Kind(Enum):
    """What a key holds, as it is named to the person who writes a profile."""

    TEXT = "text"
    SENTENCE = "text (a sentence)"
    ADDRESS = "text (an address that begins with https://)"
    REGEX = "text (a regular expression)"
    WORD = "one of a few words"
    CHECK = "text (the key of a layer or check)"
    FLAG = "true or false"
    NUMBER = "a whole number"
    TEXTS = "a list of texts"
    ADDRESSES = "a list of addresses that begin with https://"
    TABLE = "a table"
    TABLES = "a list of tables"
    NAMED_REASONS = "a table of sentences, each under the key of a layer or check"


@dataclass(frozen=True, slots=True)
class Key:
    """One key.

    Attributes:
        name: As written.
        kind: What it holds.
        needed: It has to be there.
        words: For ``WORD``, what may stand there.
        least, most: For ``NUMBER``.
        inside: For tables, their keys.
    """

    name: str
    kind: Kind
    needed: bool = False
    words: tuple[str, ...] = ()
    least: int = 1
    most: int = 100_000
    inside: tuple[Key, ...] = ()


_WHERE = (
    Key("sentence", Kind.SENTENCE, needed=True),
    Key("menu", Kind.TEXTS),
    Key("link", Kind.ADDRESS),
)

KEYS: Final[tuple[Key, ...]] = (
    Key("display_name", Kind.TEXT, needed=True),
    Key("gallery_names", Kind.TEXTS),
    Key("auth", Kind.WORD, needed=True, words=("bearer", "portal")),
    Key("plan", Kind.TEXT),
    Key("groups", Kind.FLAG, needed=True),
    Key("matching_user", Kind.TEXT),
    Key("matching_group", Kind.TEXT),
    Key("required_attributes", Kind.TEXTS),
    Key("scope_recommended", Kind.WORD, needed=True, words=("assigned", "everyone")),
    Key("help_link", Kind.ADDRESS),
    Key("one_app_for_sign_in", Kind.FLAG),
    Key("only_check", Kind.FLAG),
    Key("sources", Kind.TEXTS),
    Key(
        "tenant_url",
        Kind.TABLE,
        inside=(
            Key("pattern", Kind.TEXT),
            Key("regex", Kind.REGEX),
            Key("examples", Kind.ADDRESSES),
            Key("examples_bad", Kind.TEXTS),
            Key("alternatives", Kind.TEXTS),
            Key("bad_endings", Kind.TEXTS),
            Key("note", Kind.SENTENCE),
        ),
    ),
    Key("where_url", Kind.TABLE, needed=True, inside=_WHERE),
    Key("where_token", Kind.TABLE, needed=True, inside=_WHERE),
    Key(
        "token",
        Kind.TABLE,
        inside=(
            Key("belongs_to", Kind.TEXT),
            Key("life", Kind.TEXT),
            Key("life_days", Kind.NUMBER, most=36_500),
            Key("shown_once", Kind.FLAG),
            Key("max_active", Kind.NUMBER, most=1_000),
            Key("rotation", Kind.SENTENCE),
            Key("form", Kind.WORD, words=("jwt", "opaque")),
            Key("shape", Kind.REGEX),
            Key("shape_note", Kind.TEXT),
            Key("note", Kind.SENTENCE),
        ),
    ),
    Key(
        "prerequisites",
        Kind.TABLES,
        inside=(
            Key("title", Kind.TEXT, needed=True),
            Key("sentence", Kind.SENTENCE, needed=True),
            Key("link", Kind.ADDRESS),
        ),
    ),
    Key(
        "rate_limit",
        Kind.TABLE,
        inside=(Key("per_minute", Kind.NUMBER, needed=True), Key("body_field", Kind.TEXT)),
    ),
    Key(
        "advice",
        Kind.TABLES,
        inside=(
            Key("key", Kind.TEXT, needed=True),
            Key("step", Kind.WORD, needed=True, words=STEPS),
            Key("sentence", Kind.SENTENCE, needed=True),
        ),
    ),
    Key(
        "quirk",
        Kind.TABLES,
        inside=(
            Key("key", Kind.TEXT, needed=True),
            Key("sentence", Kind.SENTENCE, needed=True),
            Key("explains", Kind.CHECK),
            Key("status", Kind.NUMBER, least=100, most=599),
        ),
    ),
    Key("skip_checks", Kind.NAMED_REASONS),
    Key(
        "deep",
        Kind.TABLE,
        inside=(Key("sentence", Kind.SENTENCE, needed=True),),
    ),
)
"""The keys of a profile, in the order in which they are documented."""


def dotted(keys: tuple[Key, ...] = KEYS, before: str = "") -> Iterator[tuple[str, Key]]:
    """Every key with its full name, such as ``tenant_url.pattern``."""
    for key in keys:
        name = f"{before}{key.name}"
        yield name, key
        yield from dotted(key.inside, f"{name}.")
