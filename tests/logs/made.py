"""Events and jobs for the tests of this room: hand-made, at example.com."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from scim_assistant.graph.types import LoggedEvent, ProvisioningEvent, SynchronizationJob
from scim_assistant.logs.row import Row, read_row
from scim_assistant.sentence import Sentence, say

DATA = Path(__file__).resolve().parents[1] / "data" / "logs"
MORNING = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)


def documents() -> list[dict[str, Any]]:
    """The sample events as JSON data, oldest first."""
    documents: list[dict[str, Any]] = json.loads((DATA / "events.json").read_text())["value"]
    return documents


def logged(document: dict[str, Any]) -> LoggedEvent:
    """An event as the reader of Graph's answers hands it on."""
    raw = json.dumps(document).encode()
    return LoggedEvent(msgspec.json.decode(raw, type=ProvisioningEvent), raw)


def plain_message(view: ProvisioningEvent) -> Sentence:
    """Stands in for the catalogue's sentence where a test is not about it."""
    name = (view.source_identity.display_name if view.source_identity else None) or "Somebody"
    return say("{action} of {name}", action=view.provisioning_action, name=name)


def row(document: dict[str, Any]) -> Row:
    """The row of one event."""
    return read_row(logged(document), plain_message)


def sample_rows() -> list[Row]:
    """Rows of all sample events, oldest first."""
    return [row(document) for document in documents()]


def numbered(
    number: int, *, seconds: float | None = None, status: str = "success", name: str = ""
) -> dict[str, Any]:
    """An event with a number of its own, ``seconds`` after the morning (else as many as its number)."""
    document = documents()[0]
    at = MORNING + timedelta(seconds=number if seconds is None else seconds)
    document["id"] = f"20000000-0000-4000-8000-{number:012d}"
    document["activityDateTime"] = at.strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
    document["provisioningStatusInfo"]["status"] = status
    document["sourceIdentity"]["displayName"] = name or f"Person {number:04d}"
    document["sourceIdentity"]["id"] = f"30000000-0000-4000-8000-{number:012d}"
    return document


def jobs() -> dict[str, SynchronizationJob]:
    """The sample jobs by name."""
    return msgspec.json.decode((DATA / "jobs.json").read_bytes(), type=dict[str, SynchronizationJob])
