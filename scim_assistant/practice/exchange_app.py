"""Turns one WSGI request into one exchange, lets a service answer it, and tells an observer at each stage."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from scim_assistant.practice.exchange import Exchange, OnExchange

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

RawAnswer = tuple[int, dict[str, str], bytes]
"""Status, headers, body."""


class ExchangeApp:
    """A WSGI application around a service of the practice world.

    Args:
        side: ``graph`` or ``scim``, as exchanges name it.
        answer: The service. Called from several threads.
        on_exchange: Told of every exchange, from the thread that serves it.
    """

    def __init__(
        self, side: str, answer: Callable[[Exchange], RawAnswer], on_exchange: OnExchange | None
    ) -> None:
        self._side = side
        self._answer = answer
        self._on_exchange = on_exchange
        self._numbers = itertools.count(1)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        body = environ["wsgi.input"].read()
        headers = {
            key[5:].replace("_", "-").lower(): value
            for key, value in environ.items()
            if key.startswith("HTTP_")
        }
        if environ.get("CONTENT_TYPE"):
            headers["content-type"] = environ["CONTENT_TYPE"]
        exchange = Exchange(
            side=self._side,
            number=next(self._numbers),
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace"),
            query=environ.get("QUERY_STRING", ""),
            request_headers=headers,
            request_body=body,
        )
        self._tell("before", exchange)
        status, answer_headers, content = self._answer(exchange)
        answered = replace(exchange, status=status, response_headers=answer_headers, response_body=content)
        self._tell("during", answered)
        start_response(_status_line(status), list(answer_headers.items()))
        return _Answered(content, lambda: self._tell("after", answered))

    def _tell(self, stage: str, exchange: Exchange) -> None:
        if self._on_exchange is not None:
            self._on_exchange(stage, exchange)


class _Answered(Iterable[bytes]):
    """A finished body that tells when it has been sent.

    Args:
        body: All of it.
        on_sent: Called once the server has written the body, or has found the client gone.
    """

    def __init__(self, body: bytes, on_sent: Callable[[], None]) -> None:
        self._body = body
        self._on_sent = on_sent

    def __iter__(self) -> Iterator[bytes]:
        return iter((self._body,))

    def close(self) -> None:
        """Called by the server when the answer has gone out."""
        self._on_sent()


def _status_line(status: int) -> str:
    """The status as WSGI wants it: ``200 OK``."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Status"
