"""Which call of Microsoft Graph needs which permission and which directory role: the one place that says so.

Both are needed: a permission that was granted to this program, and a role of the person. Roles that wait for
activation, custom roles and ownership of an app do not show, so a role that is not seen is a hint and no proof.

Source: Microsoft Graph permissions reference and the pages of the calls; Entra built-in roles reference; Entra, page on
provisioning logs (2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from scim_assistant.graph.types import DirectoryRole


@dataclass(frozen=True, slots=True)
class Role:
    """A built-in directory role.

    Attributes:
        template_id: The same in every tenant, lower case.
        name: What Microsoft calls it.
    """

    template_id: str
    name: str


APPLICATION_ADMINISTRATOR: Final = Role("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "Application Administrator")
CLOUD_APPLICATION_ADMINISTRATOR: Final = Role(
    "158c047a-c907-4556-b7ef-446551a6b5f7", "Cloud Application Administrator"
)
GLOBAL_ADMINISTRATOR: Final = Role("62e90394-69f5-4237-9190-012177145e10", "Global Administrator")
GLOBAL_READER: Final = Role("f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader")
"""Reads the log, but not how provisioning is configured."""

CONFIGURE: Final = (APPLICATION_ADMINISTRATOR, CLOUD_APPLICATION_ADMINISTRATOR, GLOBAL_ADMINISTRATOR)
"""Roles that may configure provisioning, the least mighty first."""
READ_LOGS: Final = (
    Role("4a5d8f65-41da-4de4-8968-e035b65339cf", "Reports Reader"),
    Role("5d6b6bb7-de71-4623-b4af-96380a352509", "Security Reader"),
    Role("5f2222b1-57c3-48ba-8ad5-d4759f1fde6f", "Security Operator"),
    Role("194ae4cb-b126-40b2-bd5b-6091b380977d", "Security Administrator"),
    GLOBAL_READER,
    *CONFIGURE,
)
"""Roles that may read the provisioning log, the least mighty first."""


@dataclass(frozen=True, slots=True)
class Right:
    """What a call needs.

    Attributes:
        method: HTTP method; empty for any.
        path: Pattern of the path below the Graph root, from its beginning.
        permission: The least delegated permission that allows it.
        also: Wider ones that allow it too.
        roles: Directory roles, any of which allows it; empty where none is needed.
    """

    method: str
    path: str
    permission: str
    also: frozenset[str] = frozenset()
    roles: tuple[Role, ...] = ()

    def is_granted_by(self, scopes: Iterable[str]) -> bool:
        """True when one of these permissions allows the call."""
        held = {scope.casefold() for scope in scopes}
        return any(name.casefold() in held for name in (self.permission, *self.also))

    def held(self, roles: Iterable[DirectoryRole]) -> tuple[Role, ...]:
        """Those of a person's active roles that allow the call."""
        return holds(self.roles, roles)


def holds(wanted: Iterable[Role], roles: Iterable[DirectoryRole]) -> tuple[Role, ...]:
    """Those of the wanted roles that are among a person's active ones."""
    held = {(role.role_template_id or "").lower() for role in roles}
    return tuple(role for role in wanted if role.template_id in held)


def right_for(method: str, path: str) -> Right | None:
    """What a call needs; None where any sign-in will do, or nothing is known.

    Args:
        path: Below the Graph root, as ``GraphRequest.path``.
    """
    for right in _RIGHTS:
        if right.method in ("", method) and re.match(right.path, path):
            return right
    return None


_DIRECTORY_WRITE: Final = "Directory.ReadWrite.All"
_DIRECTORY: Final = frozenset({"Directory.Read.All", _DIRECTORY_WRITE})
_JOBS: Final = r"/servicePrincipals/[^/]+/synchronization/"

_RIGHTS: Final = (
    Right("", r"/auditLogs/", "ProvisioningLog.Read.All", frozenset({"AuditLog.Read.All"}), READ_LOGS),
    # Reading only, and yet among the writes by the permissions reference.
    Right(
        "GET", _JOBS + r".*/(functions|filterOperators)\b", "Synchronization.ReadWrite.All", roles=CONFIGURE
    ),
    Right(
        "GET",
        _JOBS,
        "Synchronization.Read.All",
        frozenset({"Synchronization.ReadWrite.All"}),
        CONFIGURE,
    ),
    Right("", _JOBS, "Synchronization.ReadWrite.All", roles=CONFIGURE),
    Right(
        "GET",
        r"/(servicePrincipals|applications)\b",
        "Application.Read.All",
        _DIRECTORY | {"Application.ReadWrite.All"},
        CONFIGURE,
    ),
    Right(
        "",
        r"/servicePrincipals/[^/]+/appRoleAssignedTo\b",
        "AppRoleAssignment.ReadWrite.All",
        frozenset({"Application.ReadWrite.All", _DIRECTORY_WRITE}),
        CONFIGURE,
    ),
    Right(
        "",
        r"/(servicePrincipals|applications)\b|/applicationTemplates/[^/]+/instantiate\b",
        "Application.ReadWrite.All",
        frozenset({_DIRECTORY_WRITE}),
        CONFIGURE,
    ),
    Right(
        "GET",
        r"/users\b",
        "User.Read.All",
        _DIRECTORY | {"User.ReadBasic.All", "User.ReadWrite.All"},
    ),
    Right(
        "GET",
        r"/groups\b",
        "GroupMember.Read.All",
        _DIRECTORY
        | {
            "Group.Read.All",
            "Group.ReadWrite.All",
            "GroupMember.ReadWrite.All",
            "Group.ReadBasic.All",
            "GroupMember.ReadBasic.All",
        },
    ),
    Right(
        "GET",
        r"/subscribedSkus\b",
        "LicenseAssignment.Read.All",
        _DIRECTORY | {"Organization.Read.All", "Organization.ReadWrite.All"},
    ),
    Right(
        "GET",
        r"/(me|organization)\b",
        "User.Read",
        _DIRECTORY
        | {
            "User.ReadWrite",
            "User.ReadBasic.All",
            "User.Read.All",
            "User.ReadWrite.All",
            "Organization.Read.All",
        },
    ),
)
"""The first that fits counts."""
