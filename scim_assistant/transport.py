"""The HTTP clients: proxy, trust, limits, deadlines. The one seam between the program and any service.

Everything above this room speaks ``HttpRequest`` and ``HttpAnswer``; only ``HttpTransport`` knows httpx. Tests hand in
a transport of their own. Redirects are never followed: a bearer token goes to the host it was entered for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from scim_assistant.sentence import Sentence
from scim_assistant.work import Work

DEFAULT_MAX_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One HTTP request.

    Attributes:
        url: Absolute, already encoded, without credentials.
        headers: Sent as they are; may hold a bearer token, so they are left out of ``repr``.
        what: What could not be done if no answer comes, as a full sentence.
        timeout_s: Seconds for the whole exchange.
        max_bytes: A longer body is refused.
    """

    method: str
    url: str
    what: Sentence
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    timeout_s: float = 60.0
    max_bytes: int = DEFAULT_MAX_BYTES


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """One HTTP answer. ``headers`` has lower-case names; ``elapsed_s`` counts until the last byte."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    elapsed_s: float
    http_version: str = "HTTP/1.1"


class Transport(Protocol):
    """Sends requests. Safe from several threads."""

    def send(self, request: HttpRequest, work: Work) -> HttpAnswer:
        """Send one request and read the whole answer.

        Raises:
            Unreachable: No answer came.
            UnreadableAnswer: The body was longer than ``max_bytes`` or broke off.
            Cancelled: The person pressed Cancel.
        """
        ...

    def close(self) -> None:
        """Give the connections back."""
        ...
