"""The pretend directory, read from ``resources/practice/directory.toml``, and enlarged for the scenario ``large``.

Ids are derived from names, so that they are the same in every world.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any, Final

from scim_assistant.practice.state import Group, Json, Person, Tenant
from scim_assistant.resources import read_toml

DOMAIN: Final = "example.com"
CREATED_AT: Final = datetime(2024, 5, 6, 8, 0, tzinfo=UTC)


def object_id(name: str) -> str:
    """The id of a directory object, the same in every world."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://{DOMAIN}/practice/directory/{name.lower()}"))


def _person(row: Json) -> Person:
    alias: str = row["alias"]
    principal_name = row.get("upn", f"{alias}@{DOMAIN}")
    mail = row.get("mail", f"{alias}@{DOMAIN}")
    return Person(
        id=object_id(alias),
        user_principal_name=principal_name,
        display_name=f"{row['given_name']} {row['surname']}",
        given_name=row["given_name"],
        surname=row["surname"],
        mail=mail or None,
        mail_nickname=alias,
        department=row.get("department"),
        job_title=row.get("job_title"),
        account_enabled=row.get("enabled", True),
        user_type="Guest" if row.get("guest") else "Member",
        created_at=CREATED_AT,
    )


def _generated(crowd: Json, n: int) -> Person:
    givens, surnames, departments = crowd["given_names"], crowd["surnames"], crowd["departments"]
    given = givens[n % len(givens)]
    surname = surnames[n // len(givens) % len(surnames)]
    alias = f"{given}.{surname}.{n:05d}".lower()
    return Person(
        id=object_id(alias),
        user_principal_name=f"{alias}@{DOMAIN}",
        display_name=f"{given} {surname}",
        given_name=given,
        surname=surname,
        mail=f"{alias}@{DOMAIN}",
        mail_nickname=alias,
        department=departments[n % len(departments)],
        job_title="Colleague",
        created_at=CREATED_AT,
    )


def _group(row: Json, everybody: list[str]) -> Group:
    members: Any = row["members"]
    ids = everybody if isinstance(members, str) else [object_id(name) for name in members]
    return Group(
        id=object_id(f"@{row['alias']}"),
        display_name=row["name"],
        description=row.get("description"),
        security_enabled=row.get("security_enabled", True),
        mail_enabled=row.get("mail_enabled", False),
        mail_nickname=row["alias"],
        group_types=tuple(row.get("types", ())),
        membership_rule=row.get("rule"),
        members=list(ids),
        created_at=CREATED_AT,
    )


def fill_directory(tenant: Tenant, people: int = 0) -> None:
    """Put people and groups into a tenant.

    Args:
        tenant: Still empty.
        people: Generate further people until there are so many.
    """
    data = read_toml("practice/directory.toml")
    found = [_person(row) for row in data["person"]]
    found += [_generated(data["crowd"], n) for n in range(max(0, people - len(found)))]
    everybody = [person.id for person in found if person.account_enabled and person.user_type == "Member"]
    with tenant.lock:
        tenant.me = object_id(data["me"])
        tenant.people = {person.id: person for person in found}
        tenant.groups = {group.id: group for group in (_group(row, everybody) for row in data["group"])}
        for group in tenant.groups.values():
            group.owners = [tenant.me]


def vendor_accounts() -> list[Json]:
    """Accounts that are at the pretend vendor before anybody sets provisioning up."""
    accounts: list[Json] = read_toml("practice/directory.toml")["vendor_account"]
    return accounts
