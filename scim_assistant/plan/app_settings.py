"""The settings of an app that a set-up writes: their keys, what is stored, whether it means the same, and in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from scim_assistant.graph.request import GraphRequest
from scim_assistant.graph.types import SecretEntry, same
from scim_assistant.secret import MASK, Secret
from scim_assistant.sentence import Sentence, counted, say

BASE_ADDRESS, SECRET_TOKEN = "BaseAddress", "SecretToken"
SYNC_ALL, NOTIFICATIONS = "SyncAll", "SyncNotificationSettings"
OWN_SETTINGS = (BASE_ADDRESS, SECRET_TOKEN, SYNC_ALL, NOTIFICATIONS)
"""The settings that a set-up writes, always together."""

NONE = say("none")


def stored_settings(entries: tuple[SecretEntry, ...]) -> dict[str, str]:
    """The settings of ours that are stored now. A hidden token stands as the mask, never as what the service sent."""
    return {
        entry.key: MASK if entry.is_masked or entry.key == SECRET_TOKEN else entry.value
        for entry in entries
        if entry.key in OWN_SETTINGS and entry.value
    }


def same_setting(key: str, one: str, other: str) -> bool:
    """True when two values of a setting mean the same, however the service writes them."""
    if key == SYNC_ALL:
        return same(one or "false", other or "false")
    if key == NOTIFICATIONS:
        return read_notifications(one) == read_notifications(other)
    if key == BASE_ADDRESS:
        return one.rstrip("/") == other.rstrip("/")
    return one == other


def in_words(new: Mapping[str, str | Secret], stored: Mapping[str, str]) -> list[tuple[str, str, str, str]]:
    """Setting, label, old and new value, for the person."""
    was, will = read_notifications(stored.get(NOTIFICATIONS, "")), read_notifications(str(new[NOTIFICATIONS]))
    never = not stored.get(NOTIFICATIONS)
    return [
        (BASE_ADDRESS, say("Tenant URL"), stored.get(BASE_ADDRESS) or NONE, str(new[BASE_ADDRESS])),
        (SECRET_TOKEN, say("Secret Token"), say("stored") if stored.get(SECRET_TOKEN) else NONE, MASK),
        (
            SYNC_ALL,
            say("Who is provisioned"),
            _scope_words(stored[SYNC_ALL]) if stored.get(SYNC_ALL) else NONE,
            _scope_words(str(new[SYNC_ALL])),
        ),
        (NOTIFICATIONS, say("Failure mail"), NONE if never else _mail_words(was), _mail_words(will)),
        (NOTIFICATIONS, say("Deletion guard"), NONE if never else _guard_words(was), _guard_words(will)),
    ]


def _scope_words(sync_all: str) -> Sentence:
    return say("everyone") if same(sync_all, "true") else say("only assigned people and groups")


def _mail_words(settings: Mapping[str, Any]) -> str:
    return str(settings.get("Recipients") or "") if settings.get("Enabled") else say("nobody")


def _guard_words(settings: Mapping[str, Any]) -> Sentence:
    if not settings.get("DeleteThresholdEnabled"):
        return say("off")
    most = settings.get("DeleteThresholdValue", 0)
    return say(
        "stops at more than {removals} in one cycle",
        removals=counted(most if isinstance(most, int) else 0, "removal", "removals"),
    )


def undo_in_words(stored: Mapping[str, str]) -> Sentence:
    """What undoing a write of the settings would do."""
    if not any(stored.get(key) for key in OWN_SETTINGS):
        return say("Clear the connection and the settings")
    if stored.get(SECRET_TOKEN):
        return say(
            "Put the earlier settings back, except the earlier Secret Token, which Microsoft does not show"
        )
    return say("Put the earlier settings back")


def read_notifications(text: str) -> dict[str, Any]:
    """The notification settings, which are JSON inside a text; never fails."""
    try:
        data = json.loads(text) if text else {}
    except ValueError:
        return {"unreadable": text}
    return data if isinstance(data, dict) else {"unreadable": text}


def merged_notifications(stored: str, ours: str) -> str:
    """Our notification settings, with the members that others keep there and we do not know."""
    known = {"Enabled", "Recipients", "DeleteThresholdEnabled", "DeleteThresholdValue"}
    kept = {
        key: value for key, value in read_notifications(stored).items() if key not in known | {"unreadable"}
    }
    return json.dumps(json.loads(ours) | kept, separators=(",", ":")) if kept else ours


def settings_of(request: GraphRequest) -> dict[str, str | Secret]:
    """Key and value that a request would write."""
    return {str(entry["key"]): entry["value"] for entry in request.body["value"]}


def as_written(key: str, written: str | Secret, stored: str) -> bool:
    """True when what is stored is what was written; of a secret, that there is one."""
    if isinstance(written, Secret):
        return bool(written) == bool(stored)
    return bool(written) == bool(stored) and same_setting(key, written, stored)
