"""Sessions of a real tenant for the tests of this room: a practice world's Graph, and what a sign-in would bring."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from scim_assistant.signin import permissions
from scim_assistant.signin.account import Account
from scim_assistant.signin.client import Client
from scim_assistant.signin.offer import SignedIn, Way
from scim_assistant.tenant.session import Session

LOOK = permissions.names(permissions.LOOK)
ALL = permissions.names(permissions.LOOK, permissions.CHANGE)
HOME = "99999999-2222-4333-8444-555555555555"
CLIENT_ID = "cccccccc-1111-4222-8333-444444444444"


def account(
    username: str = "noor@example.com",
    *,
    home: str = "",
    tenant_id: str = "0f6a1d2e-3b4c-4d5e-8f60-718293a4b5c6",
) -> Account:
    """Somebody of this tenant, or of another."""
    return Account("oid.tid", username, "Noor", home or tenant_id, "global")


def as_real(
    session: Session,
    scopes: tuple[str, ...] = LOOK,
    *,
    username: str = "noor@example.com",
    home: str = "",
    read_only: bool = False,
) -> Session:
    """A practice session as that of a real tenant."""
    signed_in = SignedIn(
        account=account(username, home=home, tenant_id=session.tenant_id),
        tenant_id=session.tenant_id,
        permissions=frozenset(scopes),
        client=Client(CLIENT_ID),
        way=Way.BROWSER,
        expires_at=datetime.now(UTC) + timedelta(hours=1),
    )
    return replace(
        session,
        signed_in=signed_in,
        scopes=signed_in.permissions,
        account=username,
        is_practice=False,
        read_only=read_only,
    )
