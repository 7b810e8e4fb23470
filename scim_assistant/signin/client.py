"""With what one signs in: which app registration, in which tenant and cloud, and where that was told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from scim_assistant.signin.clouds import GLOBAL, Cloud

COMMAND_LINE_CLIENT = "14d82eec-204b-4c2f-b7e8-296a70dab67e"
"""Microsoft Graph Command Line Tools: works where the platform's broker does, see ``registration``.

Source: microsoftgraph/msgraph-sdk-powershell, issues 3489 and 3529 (read 2026-11).
"""


class Origin(Enum):
    """Who said it."""

    NOBODY = "nobody"
    SETTINGS = "settings"
    """Typed here, kept in the preferences."""
    ENVIRONMENT = "environment"
    MACHINE = "machine"
    """The organisation's file on this computer."""
    BUILT_IN = "built-in"
    """The well-known command-line client."""


@dataclass(frozen=True, slots=True)
class Client:
    """An app registration and the tenant and cloud it is used in.

    Attributes:
        client_id: GUID text, lower case; empty when none is known yet.
        tenant: As it goes into the authority: a domain, a GUID, or ``organizations`` for the account's own.
        cloud: Which cloud.
        client_id_from, tenant_from, cloud_from: Who said each.
    """

    client_id: str
    tenant: str = "organizations"
    cloud: Cloud = GLOBAL
    client_id_from: Origin = Origin.NOBODY
    tenant_from: Origin = Origin.NOBODY
    cloud_from: Origin = Origin.NOBODY

    @property
    def authority(self) -> str:
        """Where to sign in."""
        return f"{self.cloud.authority}/{self.tenant}"
