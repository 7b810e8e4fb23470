"""Looks at a practice world from outside: plain HTTP, sharing no client with the program.

What a journey claims is checked here: at the SCIM service itself, and at Graph's own endpoints.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

PATIENCE_S = 60.0
SCENARIOS = Path(__file__).parents[2] / "resources" / "practice" / "scenarios"


def scenario(name: str) -> dict[str, Any]:
    """The facts of a scenario, from its own file."""
    return tomllib.loads((SCENARIOS / f"{name}.toml").read_text(encoding="utf-8"))


def scenario_names() -> list[str]:
    """All scenarios."""
    return sorted(path.stem for path in SCENARIOS.glob("*.toml"))


def graph(line: Mapping[str, Any], path: str) -> dict[str, Any]:
    """One GET at the world's Graph."""
    headers = {"Authorization": f"Bearer {line['token']}"}
    answer = httpx.get(line["graph"] + path, headers=headers, trust_env=False, timeout=PATIENCE_S)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def scim_all(line: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    """Every ``Users`` or ``Groups`` resource at the SCIM service."""
    headers = {"Authorization": f"Bearer {line['scim_token']}"}
    found: list[dict[str, Any]] = []
    with httpx.Client(headers=headers, trust_env=False, timeout=PATIENCE_S) as client:
        while True:
            answer = client.get(f"{line['scim']}/{kind}", params={"startIndex": len(found) + 1, "count": 50})
            assert answer.status_code == 200, answer.text
            page = answer.json()
            found += page.get("Resources") or []
            if len(found) >= page["totalResults"]:
                return found


def people_at_the_service(line: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What the SCIM service holds of each person, in the form of a scenario's ``[expect]``."""
    return {
        user["userName"]: {
            "userName": user["userName"],
            "givenName": user.get("name", {}).get("givenName", ""),
            "familyName": user.get("name", {}).get("familyName", ""),
            "email": next((mail["value"] for mail in user.get("emails") or ()), ""),
            "externalId": user.get("externalId", ""),
            "active": user.get("active", True),
        }
        for user in scim_all(line, "Users")
    }


def groups_at_the_service(line: Mapping[str, Any]) -> dict[str, set[str]]:
    """The groups that the SCIM service holds, with the user names of their members."""
    names = {user["id"]: user["userName"] for user in scim_all(line, "Users")}
    return {
        group["displayName"]: {names[member["value"]] for member in group.get("members") or ()}
        for group in scim_all(line, "Groups")
    }


def assert_as_expected(line: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    """The SCIM service holds exactly the people and groups that the scenario's file names, with their values."""
    expected = {person["userName"]: person for person in facts["expect"]["users"]}
    there = people_at_the_service(line)
    assert set(there) == set(expected)
    for name, person in expected.items():
        for field, value in person.items():
            assert there[name][field] == value, (name, field)
    assert groups_at_the_service(line) == {
        group["displayName"]: set(group["members"]) for group in facts["expect"]["groups"]
    }


def find_user(line: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Somebody in the directory, by user principal name."""
    return graph(line, f"/users/{name}")


def assign(line: Mapping[str, Any], app_name: str, user_id: str) -> None:
    """Assign somebody to an app, as an administrator in the portal does."""
    (app,) = graph(line, f"/servicePrincipals?$filter=displayName eq '{app_name}'")["value"]
    roles = graph(line, f"/servicePrincipals/{app['id']}")["appRoles"]
    role = next((each["id"] for each in roles if each["isEnabled"]), "00000000-0000-0000-0000-000000000000")
    answer = httpx.post(
        f"{line['graph']}/servicePrincipals/{app['id']}/appRoleAssignedTo",
        headers={"Authorization": f"Bearer {line['token']}"},
        json={"principalId": user_id, "resourceId": app["id"], "appRoleId": role},
        trust_env=False,
        timeout=PATIENCE_S,
    )
    assert answer.status_code == 201, answer.text
