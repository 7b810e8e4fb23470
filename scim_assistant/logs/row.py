"""One line of the provisioning log as a person reads it.

A row is made once, when an event arrives, and never changes. It holds the words of the table and, packed, the
event as it came; ``event`` unpacks it for the detail pane. Decoding is lenient: whatever a service leaves out or
spells in a new way becomes a plain text, never an error, since one odd event must not hide the others.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from scim_assistant.graph.types import LoggedEvent, ProvisioningEvent, when
from scim_assistant.logs.explain import event_code
from scim_assistant.sentence import Sentence, say

HELD_BACK: Final = "stageddelete"
"""The operation of a removal that the accidental-deletion guard holds back."""

SUCCESS: Final = "success"
FAILURE: Final = "failure"
SKIPPED: Final = "skipped"
WARNING: Final = "warning"

LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
"""Stands in for a time that an event lacks, so that it sorts below all others."""

_ACTIONS: Final = {
    "create": say("Create"),
    "update": say("Update"),
    "disable": say("Disable"),
    "delete": say("Delete"),
    "stageddelete": say("Removal held back"),
    "other": say("Check"),
    "": say("Check"),
}

_STATUS_WORDS: Final = {
    SUCCESS: say("Success"),
    FAILURE: say("Failure"),
    SKIPPED: say("Skipped"),
    WARNING: say("Warning"),
    "": say("Unknown"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One event.

    Attributes:
        id: Of the event; the service never uses one twice.
        at: When it happened (aware UTC), None when the event does not say.
        status: ``success``, ``failure``, ``skipped``, ``warning``, or the service's own word in lower case.
        action: What was done, in the person's words.
        operation: The same in Microsoft's word, lower case: ``create``, ``stageddelete``.
        person: Display name of the person or group, else user name, else id.
        user_name: User principal name where the event holds one, else empty.
        kind: ``User``, ``Group`` or the service's own word.
        message: What happened, one sentence.
        code: The service's code for a failure or a skip, else empty.
        source_id: Object id in Entra, else empty.
        change_id: What support asks for.
    """

    id: str
    at: datetime | None
    status: str
    action: Sentence
    operation: str
    person: str
    user_name: str
    kind: str
    message: Sentence
    code: str
    source_id: str
    change_id: str
    packed: bytes = field(repr=False)
    searched: str = field(repr=False)
    """Everything the search looks at, folded."""

    @property
    def order(self) -> tuple[datetime, str]:
        """Sorts rows from oldest to newest, the same way every time."""
        return self.at or LONG_AGO, self.id

    @property
    def status_word(self) -> Sentence:
        """The status for a person."""
        return _STATUS_WORDS.get(self.status) or say("{word}", word=self.status.capitalize())

    @property
    def raw(self) -> bytes:
        """The JSON text of the event as it came."""
        return zlib.decompress(self.packed)

    @property
    def event(self) -> LoggedEvent:
        """The whole event, unpacked afresh on every call."""
        raw = self.raw
        try:
            view = msgspec.json.decode(raw, type=ProvisioningEvent)
        except msgspec.MsgspecError:
            view = ProvisioningEvent(id=self.id)
        return LoggedEvent(view, raw)

    def as_text(self) -> str:
        """The row for the clipboard: one line, tabs between the columns, the time absolute."""
        at = self.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if self.at else ""
        who = (
            f"{self.person} ({self.user_name})"
            if self.user_name and self.user_name != self.person
            else self.person
        )
        return "\t".join((at, self.status_word, self.action, who, self.message, self.code)).rstrip("\t")


def action_words(action: str | None) -> Sentence:
    """An action of the log in the person's words; a new one as the service writes it."""
    text = (action or "").strip()
    return _ACTIONS.get(text.casefold()) or say("{word}", word=text[:1].upper() + text[1:])


def _detail(details: Mapping[str, Any] | None, *names: str) -> str:
    """The first text among some members of an open object, their case ignored."""
    if not details:
        return ""
    folded = {str(key).casefold(): value for key, value in details.items()}
    for name in names:
        value = folded.get(name.casefold())
        if isinstance(value, str) and value.strip():
            return value
    return ""


def _user_name(view: ProvisioningEvent) -> str:
    for identity in (view.source_identity, view.target_identity):
        if identity is not None:
            found = _detail(identity.details, "userPrincipalName", "upn")
            if found:
                return found
    for step in view.provisioning_steps or ():
        found = _detail(step.details, "ReportableIdentifier", "userPrincipalName")
        if "@" in found:
            return found
    for change in view.modified_properties or ():
        if (change.display_name or "").casefold() in {"username", "userprincipalname"}:
            return change.new_value or change.old_value or ""
    return ""


def _person(view: ProvisioningEvent, user_name: str) -> str:
    source, target = view.source_identity, view.target_identity
    candidates = (
        source.display_name if source else None,
        _detail(source.details, "displayName") if source else None,
        target.display_name if target else None,
        user_name,
        source.id if source else None,
        target.id if target else None,
    )
    return next((text for text in candidates if text and text.strip()), "")


def _kind(view: ProvisioningEvent) -> str:
    for identity in (view.source_identity, view.target_identity):
        text = (identity.identity_type if identity else None) or ""
        if text:
            tail = text.rsplit(":", 1)[-1]  # the target's type may be a SCIM schema name
            return {"user": "User", "group": "Group"}.get(tail.casefold(), tail)
    return ""


def _time(text: str | None) -> datetime | None:
    try:
        return when(text)
    except ValueError:
        return None


def read_row(event: LoggedEvent, message: Callable[[ProvisioningEvent], Sentence]) -> Row:
    """Make the row of one event.

    Args:
        event: As it came.
        message: Says in one sentence what happened (``explain.message``).
    """
    view = event.view
    info = view.provisioning_status_info
    error = info.error_information if info else None
    user_name = _user_name(view)
    person = _person(view, user_name)
    code = event_code(view)
    sentence = message(view)
    source_id = (view.source_identity.id if view.source_identity else None) or ""
    target_id = (view.target_identity.id if view.target_identity else None) or ""
    action = action_words(view.provisioning_action)
    searched = (
        person, user_name, sentence, code, action, source_id, target_id, view.id, view.change_id,
        error.reason if error else None,
    )  # fmt: skip
    return Row(
        id=view.id,
        at=_time(view.activity_date_time),
        status=((info.status if info else None) or "").strip().casefold(),
        action=action,
        operation=(view.provisioning_action or "").strip().casefold(),
        person=person,
        user_name=user_name,
        kind=_kind(view),
        message=sentence,
        code=code,
        source_id=source_id,
        change_id=view.change_id or "",
        packed=zlib.compress(event.raw, 1),
        searched="\n".join(text for text in searched if text).casefold(),
    )
