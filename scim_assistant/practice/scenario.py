"""Practice scenarios, read from ``resources/practice/scenarios/NAME.toml``, and the tenants they start with.

A file has ``title`` and ``description`` for the start page, and these tables:

- ``[world]``: ``scopes_missing``, ``roles``, ``premium``, ``people`` (how many), where they differ from the usual.
- ``[faults]``: members of ``state.Faults``.
- ``[[app]]``: an app that exists already: ``name``, ``template`` (synchronization template), ``assigned_people``,
  ``assigned_groups``, ``provisioned`` and ``provisioned_groups`` (who is at the vendor, linked), ``job``
  (``active``, ``quarantined`` or ``paused``), ``quarantined_hours``, ``token`` (``right`` or ``wrong``),
  ``delete_threshold``, ``notify_email``.
- ``[suggest]``: what a walk or a test picks: ``people`` and ``pilot`` (user principal names), ``groups`` (names),
  ``app_name``, ``mode``, ``reuse`` (use the existing app of that name), and now and then ``delete_threshold`` and
  ``notify_email``.
- ``[expect]``: the accounts and groups at the SCIM service when the journey has ended, written by hand.
- ``[end]``: ``state`` (``live``, ``stopped``, ``quarantined`` or ``held-back``), ``step`` (the last step reached),
  ``sentence`` (how it ends for the person), ``log`` (false where the log cannot be read).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Final

from scim_assistant.errors import bad_input
from scim_assistant.practice.state import Faults, Json
from scim_assistant.resources import names, read_toml

FOLDER: Final = "practice/scenarios"
SCOPES: Final = frozenset(
    {
        "User.Read",
        "User.Read.All",
        "GroupMember.Read.All",
        "Application.Read.All",
        "Application.ReadWrite.All",
        "Synchronization.Read.All",
        "Synchronization.ReadWrite.All",
        "ProvisioningLog.Read.All",
        "LicenseAssignment.Read.All",
    }
)
"""What looking and changing need; a person who was asked for both was granted all of it."""

ROLES: Final = ("Application Administrator",)


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a world starts with.

    Attributes:
        scopes: Delegated permissions granted.
        roles: Active directory roles.
        premium: The tenant has P1.
        people: Least number of people in the directory.
        faults: What goes wrong. Each world takes a copy.
        apps: The ``[[app]]`` tables.
        suggest, expect, end: The tables of these names.
    """

    name: str
    title: str
    description: str
    scopes: frozenset[str]
    roles: tuple[str, ...]
    premium: bool
    people: int
    faults: Faults
    apps: tuple[Json, ...]
    suggest: Json
    expect: Json
    end: Json


def scenario_names() -> tuple[str, ...]:
    """All scenarios, sorted."""
    return names(FOLDER, ".toml")


def load_scenario(name: str) -> Scenario:
    """Read a scenario.

    Raises:
        KnownError: There is none of this name.
    """
    if name not in scenario_names():
        raise bad_input(
            "There is no practice scenario named {name}.",
            "Choose one of these: {names}.",
            name=name,
            names=", ".join(scenario_names()),
        )
    data: dict[str, Any] = read_toml(f"{FOLDER}/{name}.toml")
    world: Json = data.get("world", {})
    return Scenario(
        name=name,
        title=data["title"],
        description=data["description"],
        scopes=SCOPES - frozenset(world.get("scopes_missing", ())),
        roles=tuple(world.get("roles", ROLES)),
        premium=world.get("premium", True),
        people=world.get("people", 0),
        faults=dataclasses.replace(Faults(), **data.get("faults", {})),
        apps=tuple(data.get("app", ())),
        suggest=data["suggest"],
        expect=data["expect"],
        end=data["end"],
    )
