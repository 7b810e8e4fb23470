"""Everything about one event, in the order in which a person asks: what, why, what to do, how it went, what changed.

Pure: made from a row and the catalogue, shown by the detail pane and printed by headless commands.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from scim_assistant.check import Check, Outcome
from scim_assistant.graph.types import ProvisioningEvent, ProvisioningStep
from scim_assistant.logs.row import FAILURE, SKIPPED, SUCCESS, WARNING, Row
from scim_assistant.logs.text import visible
from scim_assistant.sentence import Sentence, say

VALUE_LIMIT: Final = 2_000
"""Characters of one value or description; the original has them all."""


class Explained(Protocol):
    """What the catalogue says about a code, as far as it is shown."""

    @property
    def title(self) -> str:
        """One line."""
        ...

    @property
    def meaning(self) -> str:
        """What it means."""
        ...

    @property
    def causes(self) -> tuple[str, ...]:
        """Likely causes, the likeliest first."""
        ...

    @property
    def fixes(self) -> tuple[str, ...]:
        """What to do, in order."""
        ...

    @property
    def also(self) -> Explained | None:
        """What the app's own answer adds to a code that covers too much."""
        ...


Explain = Callable[[ProvisioningEvent], "Explained | None"]


@dataclass(frozen=True, slots=True)
class Change:
    """One value that changed; empty where there was or is none."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class EventDetail:
    """One event in full.

    Attributes:
        row: The line of the table.
        explanation: What the catalogue says, None for an event that needs no explanation.
        steps: What the service did, as checks in its order.
        changes: Values that changed.
        ids: Label and id, for support.
        said: What the service wrote as the reason, else empty.
        original: The JSON as it came, indented; as it came where it cannot be read.
    """

    row: Row
    explanation: Explained | None
    steps: tuple[Check, ...]
    changes: tuple[Change, ...]
    ids: tuple[tuple[Sentence, str], ...]
    said: str
    original: str


def read_detail(row: Row, explain: Explain) -> EventDetail:
    """Unpack a row and explain it."""
    event = row.event
    view = event.view
    info = view.provisioning_status_info
    error = info.error_information if info else None
    return EventDetail(
        row=row,
        explanation=explain(view) if row.status != SUCCESS else None,
        steps=tuple(_step(number, step) for number, step in enumerate(view.provisioning_steps or ())),
        changes=tuple(
            Change(
                visible(change.display_name or "", VALUE_LIMIT),
                visible(change.old_value or "", VALUE_LIMIT),
                visible(change.new_value or "", VALUE_LIMIT),
            )
            for change in view.modified_properties or ()
        ),
        ids=_ids(view, row.code),
        said=(error.reason if error else None) or "",
        original=_indented(event.raw),
    )


_OUTCOMES: Final = {
    SUCCESS: Outcome.PASS,
    FAILURE: Outcome.FAIL,
    SKIPPED: Outcome.SKIPPED,
    WARNING: Outcome.WARN,
}

_STEPS: Final = {
    "import": say("Read the change"),
    "scoping": say("Decide whether it is in scope"),
    "matching": say("Look for the account"),
    "processing": say("Work out what to send"),
    "referenceresolution": say("Look up linked people and groups"),
    "export": say("Write to the app"),
}


def _step(number: int, step: ProvisioningStep) -> Check:
    kind = (step.provisioning_step_type or "").casefold()
    evidence: list[tuple[str, str]] = []
    if step.name:
        evidence.append((say("Microsoft's name"), visible(step.name)))
    evidence += [(visible(key), visible(text, VALUE_LIMIT)) for key, text in _flat(step.details or {})]
    return Check(
        key=f"step-{number}",
        title=_STEPS.get(kind) or say("{name}", name=visible(step.name or kind or "Step")),
        outcome=_OUTCOMES.get((step.status or "").casefold(), Outcome.WAITING),
        sentence=say("{text}", text=visible(step.description or "", VALUE_LIMIT)),
        evidence=tuple(evidence),
    )


def _flat(details: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """An open object as label and text; texts that hold JSON (scope results do) are opened too."""
    lines: list[tuple[str, str]] = []
    for key, value in details.items():
        name = f"{prefix}{key}"
        if isinstance(value, str) and value[:1] == "{":
            try:
                opened = json.loads(value)
            except ValueError:
                opened = None
            value = opened if isinstance(opened, dict) else value  # noqa: PLW2901
        if isinstance(value, Mapping):
            lines += _flat(value, f"{name}: ") if len(prefix) < 200 else [(name, json.dumps(value))]
        elif value is not None and value != "":
            lines.append((name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)))
    return lines


def _ids(view: ProvisioningEvent, code: str) -> tuple[tuple[Sentence, str], ...]:
    source, target = view.source_identity, view.target_identity
    app = (view.target_system.display_name if view.target_system else None) or say("the app")
    found = (
        (say("Code"), code),
        (say("Id in Entra"), source.id if source else None),
        (say("Id in {app}", app=visible(app, 100)), target.id if target else None),
        (say("Change id"), view.change_id),
        (say("Cycle id"), view.cycle_id),
        (say("Event id"), view.id),
        (say("Job id"), view.job_id),
    )
    return tuple((label, text) for label, text in found if text)


def _indented(raw: bytes) -> str:
    try:
        return json.dumps(json.loads(raw), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return raw.decode(errors="replace")
