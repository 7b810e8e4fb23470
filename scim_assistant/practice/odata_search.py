"""Reads ``$search``: clauses in double quotes, joined by AND or OR in capitals."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final

from scim_assistant.practice.answers import bad_request
from scim_assistant.practice.odata_filter import Predicate, value_at
from scim_assistant.practice.state import Json

_CLAUSE: Final = re.compile(r'\s*"((?:[^"\\]|\\.)*)"\s*')
_JOIN: Final = re.compile(r"(AND|OR)\b")
_WORD: Final = re.compile(r"[^\W_]+")
TOKENISED: Final = frozenset({"displayname", "description"})
"""Properties that are searched word by word; the others by how they start."""


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def _clause(text: str, searches: Collection[str]) -> Predicate:
    name, colon, wanted = re.sub(r"\\(.)", r"\1", text).partition(":")
    known = {each.lower() for each in searches}
    if not colon or name.lower() not in known:
        raise bad_request(f"Property '{name}' cannot be searched.", "Request_UnsupportedQuery")
    if name.lower() not in TOKENISED:
        return lambda row: str(value_at(row, name) or "").lower().startswith(wanted.lower())
    wanted_words = _words(wanted)

    def keep(row: Json) -> bool:
        words = _words(str(value_at(row, name) or ""))
        return bool(wanted_words) and all(
            any(word.startswith(wanted) for word in words) for wanted in wanted_words
        )

    return keep


def search_rows(text: str, rows: Sequence[Json], searches: Collection[str]) -> list[Json]:
    """The rows that a search finds. AND binds closer than OR.

    Raises:
        Refused: 400: it cannot be read, or names a property that is not searched.
    """
    alternatives: list[list[Predicate]] = [[]]
    at = 0
    while True:
        match = _CLAUSE.match(text, at)
        if match is None:
            raise bad_request(f"Syntax error: the search '{text[:200]}' is not understood.")
        alternatives[-1].append(_clause(match.group(1), searches))
        at = match.end()
        if at == len(text):
            break
        join = _JOIN.match(text, at)
        if join is None:
            raise bad_request(f"Syntax error: the search '{text[:200]}' is not understood.")
        if join.group(1) == "OR":
            alternatives.append([])
        at = join.end()
    return [row for row in rows if any(all(part(row) for part in parts) for parts in alternatives)]
