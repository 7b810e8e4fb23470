"""A Graph call before it is sent: pure data, so that it can be shown, tested and planned.

Builders in this room return one; ``client.py`` sends it. A body may hold ``Secret`` values: they are revealed
only while the bytes for the wire are made, and ``shown_body`` masks them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import quote, urlencode

from scim_assistant.secret import MASK, Secret
from scim_assistant.sentence import Sentence
from scim_assistant.transport import DEFAULT_MAX_BYTES


class Budget(Enum):
    """Calls that Microsoft limits to 5 in 10 seconds, each kind by itself."""

    LOGS = "logs"
    ON_DEMAND = "on-demand"


@dataclass(frozen=True, slots=True)
class GraphRequest:
    """One call to Microsoft Graph v1.0.

    Attributes:
        method: HTTP method.
        path: Below the Graph root, with every segment already percent-encoded.
        what: What could not be done if it fails, as a full sentence.
        query: Names and values, unencoded.
        headers: Beyond those that every call carries.
        body: JSON data, or None for no body. May hold ``Secret`` values.
        repeatable: May be sent again when no answer came or the service failed. False for a POST that creates: that
            one is repeated only when the service turned it away unprocessed (429).
        budget: Which process-wide limit it counts against.
        timeout_s: Seconds to wait for an answer.
        max_bytes: A longer answer is refused.
        link: Path and query of a next page as the service gave them, below the root; sent verbatim instead of
            ``path`` and ``query``.
    """

    method: str
    path: str
    what: Sentence
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: Any = None
    repeatable: bool = True
    budget: Budget | None = None
    timeout_s: float = 60.0
    max_bytes: int = DEFAULT_MAX_BYTES
    link: str = ""

    @property
    def target(self) -> str:
        """Path and query as they go over the wire."""
        if self.link:
            return self.link
        return self.path + (f"?{urlencode(self.query, quote_via=quote)}" if self.query else "")

    def wire_body(self) -> bytes | None:
        """The bytes to send. Holds secrets in clear: never log it."""
        return None if self.body is None else json.dumps(_plain(self.body, reveal=True)).encode()

    def shown_body(self) -> str:
        """The body for a person, secrets masked, indented."""
        return (
            ""
            if self.body is None
            else json.dumps(_plain(self.body, reveal=False), indent=2, ensure_ascii=False)
        )


def _plain(value: Any, *, reveal: bool) -> Any:
    if isinstance(value, Secret):
        return value.reveal() if reveal else MASK
    if isinstance(value, Mapping):
        return {key: _plain(item, reveal=reveal) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, reveal=reveal) for item in value]
    return value


def segment(text: str) -> str:
    """One path segment, percent-encoded."""
    return quote(text, safe="")


def odata_text(text: str) -> str:
    """A string literal for ``$filter``: quoted, inner quotes doubled."""
    return "'" + text.replace("'", "''") + "'"


def secrets_in(value: Any) -> tuple[Secret, ...]:
    """Every secret that a body holds, so that an answer which repeats one can be cleaned."""
    if isinstance(value, Secret):
        return (value,)
    if isinstance(value, Mapping):
        return tuple(secret for item in value.values() for secret in secrets_in(item))
    if isinstance(value, list | tuple):
        return tuple(secret for item in value for secret in secrets_in(item))
    return ()
