"""Reads what provisioning on demand answers: two texts with JSON inside, in three published forms.

1. ``key`` is an object with ``result`` and ``details``, ``value`` an object.
2. The same with an empty ``value`` (groups).
3. ``key`` is the name of a type, ``value`` an array of one object.

Source: Microsoft Graph v1.0 reference, page *synchronizationJob: provisionOnDemand*; Microsoft Entra documentation,
configuring cross-tenant synchronization through Graph (2026-11).
"""

from __future__ import annotations

from typing import Any

import msgspec

from scim_assistant.graph.answer import NOT_JSON, GraphAnswer, unreadable
from scim_assistant.graph.read import converted, read
from scim_assistant.graph.types import ErrorInformation, ModifiedProperty, OnDemandResult, OnDemandStep, Wire
from scim_assistant.sentence import say


class _Pair(Wire, frozen=True, kw_only=True):
    key: str | None = None
    value: str | None = None


class _Status(ErrorInformation, frozen=True, kw_only=True):
    status: str | None = None


class _Side(Wire, frozen=True, kw_only=True):
    id: str | None = None


class _Entry(Wire, frozen=True, kw_only=True):
    action: str | None = None
    change_id: str | None = None
    status_info: _Status | None = None
    source_identity: _Side | None = None
    target_identity: _Side | None = None
    modified_properties: tuple[ModifiedProperty, ...] | None = None
    provisioning_steps: tuple[OnDemandStep, ...] | None = None


class _KeyDetails(Wire, frozen=True, kw_only=True):
    error_code: str | None = None
    error_message: str | None = None


class _Key(Wire, frozen=True, kw_only=True):
    result: str | None = None
    details: _KeyDetails | None = None


def read_on_demand(answer: GraphAnswer) -> OnDemandResult:
    """What came of provisioning one person or group.

    Raises:
        UnreadableAnswer, OutcomeUnknown: It has none of the published forms.
    """
    pair = read(answer, _Pair)
    key_data = _inner(pair.key)
    key = converted(answer, key_data, _Key) if isinstance(key_data, dict) else _Key()
    value_data = _inner(pair.value)
    entries = value_data if isinstance(value_data, list) else [value_data]
    entry = converted(answer, entries[0], _Entry) if entries and isinstance(entries[0], dict) else _Entry()
    status = entry.status_info or _Status()
    word = status.status or key.result
    if not word:
        raise unreadable(
            answer,
            say("Microsoft's answer does not say what came of it."),
            json_path="$.key.result",
        )
    details = key.details or _KeyDetails()
    return OnDemandResult(
        status=word.lower(),
        action=entry.action or "",
        error_code=status.error_code or details.error_code,
        reason=status.reason or details.error_message,
        recommended_action=status.recommended_action,
        source_id=entry.source_identity.id if entry.source_identity else None,
        target_id=entry.target_identity.id if entry.target_identity else None,
        change_id=entry.change_id,
        steps=entry.provisioning_steps or (),
        modified=entry.modified_properties or (),
        document={
            "key": pair.key if key_data is None else key_data,
            "value": pair.value if value_data is None else value_data,
        },
    )


def _inner(text: str | None) -> Any:
    """JSON inside a text; None where it is none."""
    try:
        return msgspec.json.decode(text or "")
    except NOT_JSON:
        return None
