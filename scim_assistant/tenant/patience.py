"""Wait for what was just made, but not for a right that is really missing.

``graph/replication.py`` knows how long new things may be unknown. Here is added who asks: a refusal that has its cause
in this sign-in is not waited out.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeVar

from scim_assistant.errors import ServiceRefused
from scim_assistant.graph.replication import GivesUp, when_replicated
from scim_assistant.tenant import explain
from scim_assistant.tenant.session import Session
from scim_assistant.work import Work

T = TypeVar("T")

PATIENCE_S: Final = 900.0
"""How long a new app or job may take to be known everywhere, in the service's seconds.

Source: no figure is published; public deployment tools allow ten minutes, and this is longer.
"""
ROLES_AFTER_S: Final = 60.0
"""How long a refusal is taken for lag before roles are looked at, in the service's seconds."""


def patiently(
    action: Callable[[], T],
    *,
    session: Session,
    born_at: datetime | None,
    work: Work,
    patience_s: float = PATIENCE_S,
    on_wait: Callable[[], None] | None = None,
) -> T:
    """Do something with an object that may be too new to be known everywhere: ``when_replicated`` for a session.

    Raises:
        ServiceRefused: The last error.
        SignInNeeded: It is never waited out.
        Cancelled: The person pressed Cancel.
    """
    return when_replicated(
        action,
        born_at=born_at,
        work=work,
        patience_s=patience_s,
        pace=session.pace,
        on_wait=on_wait,
        gives_up=rights_judge(session, work),
    )


def rights_judge(session: Session, work: Work) -> GivesUp:
    """Tells refusals for want of a right from lag, for one stretch of waiting.

    A permission that was not granted is certain. Roles do not all show, so they are looked at once, and only when the
    refusal has lasted longer than lag usually does.
    """
    seen: list[bool] = []

    def gives_up(error: ServiceRefused, waited_s: float) -> bool:
        if error.status not in (401, 403):
            return False
        if explain.lacks_permission(error, session):
            return True
        if waited_s < ROLES_AFTER_S:
            return False
        if not seen:
            seen.append(explain.lacks_role(error, explain.own_roles(session, work), session))
        return seen[0]

    return gives_up
