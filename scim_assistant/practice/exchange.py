"""One HTTP request to the practice world and its answer, for whoever records, judges or interrupts them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, and the answer as far as there is one.

    Attributes:
        side: ``graph`` or ``scim``.
        number: Counts up from 1 within its side.
        path: Decoded, with a leading slash, without the query.
        query: As sent, without the question mark.
        request_headers: Lower-case names.
        status: None before there is an answer.
    """

    side: str
    number: int
    method: str
    path: str
    query: str
    request_headers: Mapping[str, str] = field(repr=False)
    request_body: bytes = field(repr=False)
    status: int | None = None
    response_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    response_body: bytes = field(default=b"", repr=False)


OnExchange = Callable[[str, Exchange], None]
"""Called with ``before`` (received, nothing changed), ``during`` (changed, not answered), ``after`` (answered)."""
