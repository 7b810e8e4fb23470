"""Whatever Graph answers, at any call of the whole set-up: the journey ends with words, never with a fault of ours.

Every kind of call of a healthy journey is answered wrongly, each in some of the ways that there are; which ways a call
gets is by its place in the journey, so that a run stays short and all of them are tried.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from scim_assistant.errors import KnownError
from scim_assistant.steps.walk import walk
from scim_assistant.transport import HttpAnswer, HttpRequest, Transport
from scim_assistant.work import Work
from tests.steps.worlds import Place, open_world

Wrong = Callable[[HttpAnswer], HttpAnswer]
EVERY = 11
"""Of all pairs of a way and a call, one in so many is tried; 1 tries all, which takes minutes."""
PAGE = b"<!DOCTYPE html><html><title>Sign in to the network</title></html>"


def _with(body: bytes, kind: str = "application/json") -> Wrong:
    return lambda answer: replace(answer, body=body, headers={**answer.headers, "content-type": kind})


def _more(members: str) -> Wrong:
    """The same object with members behind its own, of which some come twice then."""

    def wrong(answer: HttpAnswer) -> HttpAnswer:
        whole = answer.body.rstrip()
        body = whole[:-1] + b"," + members.encode() + b"}" if whole.endswith(b"}") else b"{}"
        return replace(answer, body=body)

    return wrong


def _each_text(text: object) -> Wrong:
    """The same document with another value in place of each text."""

    def changed(value: object) -> object:
        if isinstance(value, dict):
            return {key: changed(item) for key, item in value.items()}
        if isinstance(value, list):
            return [changed(item) for item in value]
        return text if isinstance(value, str) else value

    def wrong(answer: HttpAnswer) -> HttpAnswer:
        return replace(answer, body=json.dumps(changed(json.loads(answer.body or b"{}"))).encode())

    return wrong


def _status(status: int, body: bytes, **headers: str) -> Wrong:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda answer: replace(answer, status=status, body=body, headers=named)


WRONG: dict[str, Wrong] = {
    "a web page": _with(PAGE, "text/html"),
    "another label": lambda answer: replace(answer, headers={**answer.headers, "content-type": "text/plain"}),
    "nothing": _with(b""),
    "half of it": lambda answer: replace(answer, body=answer.body[: len(answer.body) // 2]),
    "null": _with(b"null"),
    "an empty object": _with(b"{}"),
    "null for the list": _with(b'{"value": null}'),
    "nulls in the list": _with(b'{"value": [null]}'),
    "empty objects in the list": _with(b'{"value": [{}]}'),
    "a number without end": _with(b'{"value": [{"id": ' + b"9" * 6000 + b"}]}"),
    "a nest without end": _with(b'{"value": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"),
    "members twice": _more('"value": 7, "id": 8'),
    "a next page elsewhere": _more('"@odata.nextLink": "https://elsewhere.example.com/v1.0/users"'),
    "unknown words": _each_text("sur\u202eprise\x1b[2J"),
    "halves of pairs": _each_text("\ud800"),
    "nulls for texts": _each_text(None),
    "numbers for texts": _each_text(10**400),
    "a redirect": _status(302, b"", location="https://elsewhere.example.com/"),
    "an odd refusal": _status(418, b'{"error": []}'),
    "an error of odd types": _status(400, b'{"error": {"code": 5, "message": {}, "details": [null]}}'),
    "a wait without end": _status(429, b'{"error": {"code": "\\ud800"}}', retry_after="999999999"),
    "bytes that are no text": _with(b'{"value": [{"id": "\xff"}]}'),
}


def _call(request: HttpRequest) -> str:
    path = re.sub(r"^.*?/v1\.0|\?.*$", "", request.url)
    path = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "*", path)
    return f"{request.method} {re.sub(r'/jobs/[^/]+', '/jobs/*', path)}"


class _Between:
    """Passes everything on, and changes the good answers to one kind of call."""

    def __init__(self, inner: Transport, call: str = "", wrong: Wrong | None = None) -> None:
        self.inner, self.call, self.wrong = inner, call, wrong
        self.calls: dict[str, None] = {}
        self.changed = 0
        self._lock = threading.Lock()

    def send(self, request: HttpRequest, work: Work) -> HttpAnswer:
        answer = self.inner.send(request, work)
        with self._lock:
            self.calls[_call(request)] = None
            if self.wrong is None or _call(request) != self.call or not 200 <= answer.status < 300:
                return answer
            self.changed += 1
            return self.wrong(answer)

    def close(self) -> None:
        """The inner one is closed by whoever made it."""


def _walk(place: Place, between: _Between) -> str:
    place.session.graph._transport = between
    said: list[str] = []
    work = Work()
    alarm = threading.Timer(60, work.cancel)  # Cancelled is no KnownError, so a journey without end fails
    alarm.start()
    try:
        walk(place.services, "healthy", said.append, work)
    except KnownError as error:
        said.append(f"{error.what} {error.why} {error.next_step}")
    finally:
        alarm.cancel()
        alarm.join()
    return "\n".join(said)


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Every kind of call of a healthy journey, in order."""
    with open_world("healthy", tmp_path_factory.mktemp("healthy")) as place:
        between = _Between(place.session.scim)
        _walk(place, between)
    assert len(between.calls) > 20
    return list(between.calls)


@pytest.mark.parametrize("way", WRONG)
def test_no_answer_at_any_call_is_a_fault_of_ours(way: str, calls: list[str], tmp_path: Path) -> None:
    for number, call in enumerate(calls[list(WRONG).index(way) % EVERY :: EVERY]):
        with open_world("healthy", tmp_path / str(number), speed=20_000) as place:
            between = _Between(place.session.scim, call, WRONG[way])
            text = _walk(place, between)
            assert between.changed, call
            assert text.encode(), call
            assert "\x1b" not in text, call
            assert place.line["scim_token"] not in text, call
            assert place.line["token"] not in text, call
