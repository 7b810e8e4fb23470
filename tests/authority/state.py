"""What the pretend sign-in service knows: people, clients, tenants, and everything that it has given out."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TENANT = "7d1c2f0e-3a5b-4c6d-8e9f-0a1b2c3d4e5f"
CLIENT = "0f4e5d6c-7b8a-4990-a1b2-c3d4e5f60718"
ADMIN = "admin@example.com"
PASSWORD = "Pretend-Password-1"

ADMIN_ONLY = frozenset({
    "Application.Read.All",
    "Application.ReadWrite.All",
    "AuditLog.Read.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
    "GroupMember.Read.All",
    "ProvisioningLog.Read.All",
    "Synchronization.Read.All",
    "Synchronization.ReadWrite.All",
    "User.Read.All",
})  # fmt: skip
"""Permissions that only an administrator can grant."""

OPENID = frozenset({"openid", "profile", "offline_access", "email"})


def new_guid() -> str:
    """A GUID that nobody has."""
    text = secrets.token_hex(16)
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@dataclass
class Person:
    """Somebody who can sign in.

    Attributes:
        password: Theirs.
        oid: Object id at home.
        name: Display name.
        home_tenant_id: Where the account lives.
        admin: May grant what only an administrator can.
        guest_in: Tenants that have invited the account.
    """

    password: str = PASSWORD
    oid: str = field(default_factory=new_guid)
    name: str = "Alex Admin"
    home_tenant_id: str = TENANT
    admin: bool = True
    guest_in: set[str] = field(default_factory=set)


@dataclass
class Registration:
    """An app registration.

    Attributes:
        name: Shown when it asks for permissions.
        redirect: What a redirect address has to begin with; any port is allowed behind ``http://localhost``.
        public_flows: Device codes are allowed.
    """

    name: str = "SCIM Assistant"
    redirect: str = "http://localhost"
    public_flows: bool = True


@dataclass(frozen=True)
class Failure:
    """What the service answers instead of what was asked.

    Attributes:
        error: OAuth's word.
        code: Number behind AADSTS; 0 for none.
        status: HTTP status at the token and device code endpoints.
        more: Further members: ``suberror``, ``claims``, ``error_subcode``.
    """

    error: str
    code: int = 0
    status: int = 400
    more: Mapping[str, Any] = field(default_factory=dict)
    said: str = "Said by the pretend sign-in service."


class Denied(Exception):
    """The service refuses."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.error)
        self.failure = failure


def deny(error: str, code: int = 0, **more: Any) -> Denied:
    """A refusal to raise; ``status`` is the HTTP status."""
    status = int(more.pop("status", 400))
    return Denied(Failure(error, code, status, more))


@dataclass
class Asked:
    """One request of a program to sign somebody in, from the browser or from a device code."""

    client_id: str
    tenant: str
    permissions: tuple[str, ...]
    openid: tuple[str, ...]
    claims: Mapping[str, Any]
    redirect: str = ""
    state: str = ""
    nonce: str = ""
    challenge: str = ""
    mode: str = "query"
    device_code: str = ""
    upn: str = ""


@dataclass
class Device:
    """A device code and what became of it."""

    asked: Asked
    user_code: str
    expires_at: float
    outcome: str = "authorization_pending"
    """``authorization_pending``, ``authorization_declined`` or ``done``."""


@dataclass(frozen=True)
class Grant:
    """What a token stands for.

    Attributes:
        number: Counts up over everything that is issued.
        tenant_id: Which tenant the token is for.
        expires_at: Epoch seconds of this computer's clock.
        with_person: A person has just signed in for it.
    """

    number: int
    upn: str
    tenant_id: str
    client_id: str
    permissions: frozenset[str]
    expires_at: float
    with_person: bool


@dataclass
class Demand:
    """What a token has to be asked for with, before Graph takes it: a claims challenge.

    Attributes:
        claims: JSON object.
        needs_person: Only a sign-in with a person answers it; a renewal is refused.
        answered: Number of the first token that answers it; None while there is none.
    """

    claims: Mapping[str, Any]
    needs_person: bool
    answered: int | None = None


def holds(wanted: Any, given: Any) -> bool:
    """True when everything in a JSON value is also in the other."""
    if isinstance(wanted, Mapping):
        return isinstance(given, Mapping) and all(
            name in given and holds(value, given[name]) for name, value in wanted.items()
        )
    return bool(wanted == given)


def read_claims(text: str) -> Mapping[str, Any]:
    """The ``claims`` parameter.

    Raises:
        Denied: It is not a JSON object.
    """
    if not text:
        return {}
    try:
        claims = json.loads(text)
    except ValueError:
        claims = None
    if not isinstance(claims, dict):
        raise deny("invalid_request", 9000411)
    return claims


def part(data: Any) -> str:
    """One part of a JWT: JSON in base64 for addresses, without padding."""
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")


def failure_body(failure: Failure, offset_s: float) -> dict[str, Any]:
    """The JSON that the token endpoint sends with a refusal."""
    trace, correlation = new_guid(), new_guid()
    stamp = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(time.time() + offset_s))
    return {
        "error": failure.error,
        "error_description": described(failure, trace, correlation, stamp),
        "error_codes": [failure.code] if failure.code else [],
        "timestamp": stamp,
        "trace_id": trace,
        "correlation_id": correlation,
        **failure.more,
    }


def described(failure: Failure, trace: str, correlation: str, stamp: str) -> str:
    """The description as Entra lays it out: number, words, ids and time."""
    head = f"AADSTS{failure.code}: {failure.said}" if failure.code else failure.said
    return f"{head} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}"
