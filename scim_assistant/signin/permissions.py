"""The delegated permissions that the program asks for, in two sets, each with the reason in one sentence.

*Look* is asked for when somebody signs in; *change* only when something is about to be written. The helpdesk never
asks for the second.

Source: Microsoft Graph permissions reference, read 2026-11.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scim_assistant.sentence import Sentence, say


@dataclass(frozen=True, slots=True)
class Permission:
    """A delegated permission.

    Attributes:
        name: Its name, without the cloud's prefix.
        reason: What it is for.
        also: Wider permissions that cover it.
        essential: Without it there is no set-up; else only a part is missing.
        needs_admin: An administrator has to consent.
    """

    name: str
    reason: Sentence
    also: frozenset[str] = frozenset()
    essential: bool = True
    needs_admin: bool = True

    def is_covered_by(self, granted: Iterable[str]) -> bool:
        """True when it, or a wider one, is among those granted."""
        held = {name.casefold() for name in granted}
        return bool(({self.name.casefold()} | {wider.casefold() for wider in self.also}) & held)


_DIRECTORY_READ = frozenset({"Directory.Read.All", "Directory.ReadWrite.All"})

LOOK: tuple[Permission, ...] = (
    Permission(
        "User.Read",
        say("Shows who is signed in, and your own roles"),
        _DIRECTORY_READ | {"User.Read.All", "User.ReadWrite.All"},
        needs_admin=False,
    ),
    Permission(
        "User.Read.All",
        say("Finds people and shows who would be provisioned"),
        _DIRECTORY_READ | {"User.ReadWrite.All"},
    ),
    Permission(
        "GroupMember.Read.All",
        say("Finds groups and reads their members"),
        _DIRECTORY_READ | {"Group.Read.All", "Group.ReadWrite.All", "GroupMember.ReadWrite.All"},
    ),
    Permission(
        "Application.Read.All",
        say("Finds the app and reads who is assigned to it"),
        _DIRECTORY_READ | {"Application.ReadWrite.All"},
    ),
    Permission(
        "Synchronization.Read.All",
        say("Reads provisioning: its state, settings and mappings"),
        frozenset({"Synchronization.ReadWrite.All"}),
    ),
    Permission(
        "ProvisioningLog.Read.All",
        say("Reads the provisioning log"),
        frozenset({"AuditLog.Read.All"}),
        essential=False,
    ),
    Permission(
        "LicenseAssignment.Read.All",
        say("Sees whether the tenant has Entra ID P1 or P2"),
        _DIRECTORY_READ | {"Organization.Read.All", "Organization.ReadWrite.All"},
        essential=False,
        needs_admin=False,
    ),
)
"""The least that looking needs."""

CHANGE: tuple[Permission, ...] = (
    Permission(
        "Application.ReadWrite.All",
        say("Registers the app and assigns people and groups to it"),
        frozenset({"Directory.ReadWrite.All"}),
    ),
    Permission("Synchronization.ReadWrite.All", say("Creates, tests and starts provisioning")),
)
"""What has to be added before the first change."""


def missing(wanted: Iterable[Permission], granted: Iterable[str]) -> tuple[Permission, ...]:
    """The permissions of a set that are not among those granted, wider ones counted."""
    held = tuple(granted)
    return tuple(one for one in wanted if not one.is_covered_by(held))


def names(*sets: Iterable[Permission]) -> tuple[str, ...]:
    """The names of all permissions in these sets, in order: what a sign-in asks for."""
    return tuple(one.name for each in sets for one in each)
