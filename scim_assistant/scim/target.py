"""The service that a test asks: where, with which token, and what its profile says of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from scim_assistant.secret import Secret


@dataclass(frozen=True, slots=True)
class Target:
    """One SCIM service.

    Attributes:
        tenant_url: Cleaned, without a trailing slash; may have a query.
        secret: Bearer token.
        matching_user, matching_group: SCIM attributes that people and groups are recognised by.
        groups: The app takes groups.
        allow_loopback: Also ask this computer itself, by plain http too: in a practice session and from the command.
        practice: The pretend service of a practice session, where plain http to this computer is as it should be.
        skip: Keys of checks that this vendor's profile says not to run.
        requests_per_minute: The vendor's limit; 0 where none is known.
        wait_field: Member of a refusal's body that holds the seconds to wait; empty for none.
        timeout_s: Seconds for one whole exchange.
    """

    tenant_url: str
    secret: Secret = field(repr=False)
    matching_user: str = "userName"
    matching_group: str = "displayName"
    groups: bool = True
    allow_loopback: bool = False
    practice: bool = False
    skip: frozenset[str] = frozenset()
    requests_per_minute: int = 0
    wait_field: str = ""
    timeout_s: float = 30.0
