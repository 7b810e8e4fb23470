"""Who is signed in, as far as tokens tell."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Account:
    """An account in a tenant, as MSAL keeps it.

    Attributes:
        id: MSAL's home account id (object id at home, a dot, home tenant id): tells accounts apart.
        username: User principal name.
        name: Display name; empty where the sign-in did not say.
        home_tenant_id: GUID text, lower case, of the tenant where the account lives.
        cloud: Name of its cloud (``clouds.Cloud.name``).
    """

    id: str
    username: str
    name: str = ""
    home_tenant_id: str = ""
    cloud: str = ""

    def is_guest_in(self, tenant_id: str) -> bool:
        """True when the account lives in another tenant than this one."""
        return bool(self.home_tenant_id) and self.home_tenant_id.casefold() != tenant_id.casefold()
