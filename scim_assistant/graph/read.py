"""Turns answers into types, or into an error that names the JSON path which was wrong."""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

from scim_assistant.errors import KnownError
from scim_assistant.graph.answer import NOT_JSON, GraphAnswer, json_body, not_json, unreadable
from scim_assistant.graph.client import GraphClient
from scim_assistant.graph.request import GraphRequest
from scim_assistant.sentence import say
from scim_assistant.work import Work

T = TypeVar("T")

_AT = re.compile(r" - at `([^`]*)`$")
_MISSING = re.compile(r"missing required field `([^`]*)`")


class _List(msgspec.Struct):
    value: list[msgspec.Raw]


def read(answer: GraphAnswer, kind: type[T]) -> T:
    """The body as one type.

    Raises:
        UnreadableAnswer: It is not JSON, or a member has the wrong type; ``json_path`` names it.
        OutcomeUnknown: The same, of a request that creates: what came of it has to be looked up.
    """
    return _decoded(answer, json_body(answer), kind, "$")


def read_list(answer: GraphAnswer, kind: type[T]) -> tuple[T, ...]:
    """The members of ``value`` as one type each.

    Raises:
        UnreadableAnswer: As ``read``, with paths such as ``$.value[3].id``.
    """
    return tuple(
        _decoded(answer, bytes(item), kind, f"$.value[{index}]")
        for index, item in enumerate(raw_list(answer))
    )


def raw_list(answer: GraphAnswer) -> list[msgspec.Raw]:
    """The members of ``value`` as JSON text each.

    Raises:
        UnreadableAnswer: There is no such list.
    """
    return _decoded(answer, json_body(answer), _List, "$").value


def read_item(answer: GraphAnswer, raw: bytes, kind: type[T], path: str) -> T:
    """One member that ``raw_list`` gave, as a type; ``path`` is where it stood."""
    return _decoded(answer, raw, kind, path)


def read_all(client: GraphClient, request: GraphRequest, kind: type[T], work: Work) -> tuple[T, ...]:
    """Send a list request and read every page of it."""
    return tuple(item for answer in client.pages(request, work) for item in read_list(answer, kind))


def _decoded(answer: GraphAnswer, body: bytes, kind: type[T], above: str) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as fault:
        raise _misbuilt(answer, fault, above) from fault
    except NOT_JSON as fault:
        raise not_json(answer, fault) from fault


def _misbuilt(answer: GraphAnswer, fault: msgspec.ValidationError, above: str) -> KnownError:
    path = _path(str(fault), above)
    return unreadable(
        answer,
        say(
            "Microsoft's answer is not built as expected at {path}: {fault}.",
            path=path,
            fault=_AT.sub("", str(fault)),
        ),
        json_path=path,
    )


def _path(fault: str, above: str) -> str:
    """Where in the whole answer a fault lies, from msgspec's words about one part of it."""
    found = _AT.search(fault)
    path = above + (found.group(1).removeprefix("$") if found else "")
    missing = _MISSING.search(fault)
    return f"{path}.{missing.group(1)}" if missing else path


def converted(answer: GraphAnswer, data: Any, kind: type[T]) -> T:
    """Data that was decoded as it came, as a type."""
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as fault:
        raise _misbuilt(answer, fault, "$") from fault
