"""Plays exchanges of Entra's provisioning service against a SCIM service, with real ids put in for placeholders."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@dataclass(frozen=True)
class Actors:
    """What is at the service before an exchange: Ana, her manager, and a group with both in it."""

    ana: str
    boss: str
    group: str


def put_actors(client: httpx.Client) -> Actors:
    """Create them."""
    boss = client.post("/Users", json={"schemas": [USER], "userName": "boss@example.com"}).json()["id"]
    ana = client.post(
        "/Users",
        json={
            "schemas": [USER],
            "userName": "ana@example.com",
            "externalId": "ana",
            "name": {"givenName": "Ana", "familyName": "Ruiz"},
            "emails": [{"type": "work", "value": "ana@example.com", "primary": True}],
        },
    ).json()["id"]
    group = client.post(
        "/Groups",
        json={
            "schemas": [GROUP],
            "displayName": "Writers",
            "members": [{"value": ana}, {"value": boss}],
        },
    ).json()["id"]
    return Actors(ana, boss, group)


def play(client: httpx.Client, entry: dict[str, Any], actors: Actors) -> httpx.Response:
    """Send one exchange with the placeholders filled in."""
    words = {
        "random-guid": "5c3c1b52-9f0e-4a41-9a8f-3f6c1d5d0a11",
        "userPrincipalName": "ana@example.com" if "conflict" in entry["name"] else "new@example.com",
        "mail": "ana@example.com",
        "mailNickname-or-objectId": "ana",
        "objectId-or-mailNickname": "new",
        "objectId": "0d4f7d0e-1111-4222-8333-444444444444",
        "displayName": "Editors",
        "new": "Authors",
        "newUserName": "ana.ruiz@example.com",
        "managerId": actors.boss,
        "userId": actors.ana,
        "groupId": actors.group,
        "n": "1",
        "m": "10",
        "display": "New Person",
        "surname": "Person",
        "givenName": "New",
        "id": actors.group if entry["path"].startswith("/Groups") else actors.ana,
    }

    def fill(value: Any) -> Any:
        if isinstance(value, str):
            for word, real in words.items():
                value = value.replace("{" + word + "}", real)
            return value
        if isinstance(value, list):
            return [fill(each) for each in value]
        if isinstance(value, dict):
            return {key: fill(each) for key, each in value.items()}
        return value

    body = fill(entry["body"])
    return client.request(
        entry["method"],
        fill(entry["path"]),
        content=json.dumps(body).encode() if body is not None else None,
        headers={"Content-Type": "application/scim+json; charset=utf-8"} if body is not None else None,
    )
