"""Apply a plan: one change after the other, each journaled before and after, cancel taking effect between changes."""

from __future__ import annotations

from dataclasses import dataclass

from scim_assistant.errors import KnownError
from scim_assistant.plan.change import Change, ChangeState


@dataclass(frozen=True, slots=True)
class Applied:
    """How far a plan has come.

    Attributes:
        setup_id: The journal that tells the same on disk.
        states: State of each change, by change key, in plan order.
        service_principal_id, application_id, job_id: What exists now; empty when unknown.
        trouble: Why it stopped, if it did.
        stopped: True when the person cancelled between two changes.
    """

    setup_id: str
    states: tuple[tuple[Change, ChangeState], ...]
    service_principal_id: str = ""
    application_id: str = ""
    job_id: str = ""
    trouble: KnownError | None = None
    stopped: bool = False

    @property
    def complete(self) -> bool:
        """True when every change is done."""
        return bool(self.states) and all(
            state in (ChangeState.DONE, ChangeState.ALREADY) for _, state in self.states
        )
