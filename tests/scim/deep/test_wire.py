"""What is sent is what Entra sends, in the words of both of its dialects."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest

from scim_assistant.scim.deep import wire
from scim_assistant.scim.deep.mine import Names
from scim_assistant.scim.deep.wire import ENTERPRISE, GROUPS, USERS
from tests.shared_data import needs_shared, shared_json

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def operations(ask: wire.Ask) -> Any:
    assert ask.method == "PATCH"
    assert ask.body is not None
    assert ask.body["schemas"] == [PATCH]
    return ask.body["Operations"]


def test_a_person_is_created_as_entra_creates_one() -> None:
    body = wire.create_user(Names.of("0" * 12, "example.com").person()).body
    assert body == {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
        "userName": "scim-assistant-check-000000000000@example.com",
        "externalId": "scim-assistant-check-000000000000",
        "active": True,
        "displayName": "scim-assistant-check-000000000000",
        "name": {"givenName": "Throwaway", "familyName": "Check"},
        "emails": [
            {"type": "work", "value": "scim-assistant-check-000000000000@example.com", "primary": True}
        ],
        "phoneNumbers": [{"type": "mobile", "value": "+12025550143"}],
        ENTERPRISE: {"department": "Checks"},
        "meta": {"resourceType": "User"},
    }


def test_the_legacy_dialect_has_an_operation_each_with_a_capital_and_booleans_as_text() -> None:
    ask = wire.change_legacy(
        "7", {wire.WORK_EMAIL: "a@example.com", wire.ACTIVE: False}, {wire.DEPARTMENT: "Retail"}
    )
    assert operations(ask) == [
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "a@example.com"},
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "Add", "path": f"{ENTERPRISE}:department", "value": "Retail"},
    ]


def test_the_standard_dialect_bundles_simple_values_under_their_paths() -> None:
    ask = wire.change_standard(
        "7",
        {
            wire.WORK_EMAIL: "a@example.com",
            wire.GIVEN_NAME: "Kkom",
            wire.DEPARTMENT: "Retail",
            wire.ACTIVE: True,
        },
    )
    assert operations(ask) == [
        {"op": "replace", "path": 'emails[type eq "work"].value', "value": "a@example.com"},
        {
            "op": "replace",
            "value": {"name.givenName": "Kkom", f"{ENTERPRISE}:department": "Retail", "active": True},
        },
    ]


def test_one_simple_value_alone_keeps_its_path_in_the_standard_dialect() -> None:
    assert operations(wire.change_standard("7", {wire.ACTIVE: False})) == [
        {"op": "replace", "path": "active", "value": False}
    ]


def test_ids_and_values_of_a_service_cannot_leave_their_place() -> None:
    ask = wire.delete(USERS, "../Groups/1?x=1#")
    assert ask.path == "/Users/..%2FGroups%2F1%3Fx%3D1%23"
    assert operations(wire.remove_member_standard("1", 'a" or "b')) == [
        {"op": "remove", "path": r'members[value eq "a\" or \"b"]'}
    ]
    assert unquote(wire.find(USERS, "userName", 'a"b').query) == r'filter=userName eq "a\"b"'


def documented(name: str) -> Any:
    return next(entry for entry in shared_json("reference/scim-wire.json") if entry["name"] == name)


@needs_shared
@pytest.mark.parametrize(
    ("name", "ask"),
    [
        ("user_disable_legacy", wire.change_legacy("{id}", {wire.ACTIVE: False})),
        ("user_disable_flag", wire.change_standard("{id}", {wire.ACTIVE: False})),
        ("user_enable_flag", wire.change_standard("{id}", {wire.ACTIVE: True})),
        (
            "user_patch_multi",
            wire.change_legacy("{id}", {wire.WORK_EMAIL: "updated@example.com", wire.FAMILY_NAME: "Updated"}),
        ),
        (
            "user_patch_many_flag",
            wire.change_standard(
                "{id}",
                {
                    wire.WORK_EMAIL: "a@example.com",
                    wire.DISPLAY_NAME: "Bjfe",
                    wire.GIVEN_NAME: "Kkom",
                    wire.FAMILY_NAME: "Unua",
                    f"{ENTERPRISE}:employeeNumber": "Aklq",
                },
            ),
        ),
        (
            "user_patch_add_work_email_missing",
            wire.change_legacy("{id}", {}, {wire.WORK_EMAIL: "x@example.com"}),
        ),
        ("group_add_members", wire.add_member("{id}", "{userId}", standard=False)),
        ("group_remove_members_legacy", wire.remove_member_legacy("{id}", "{userId}")),
        ("group_remove_member_flag", wire.remove_member_standard("{id}", "{userId}")),
        ("user_delete", wire.delete(USERS, "{id}")),
        ("group_delete", wire.delete(GROUPS, "{id}")),
        (
            "group_create",
            wire.create_group({"externalId": "{objectId}", "displayName": "{displayName}"}),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_requests_agree_with_what_is_documented_and_was_observed(name: str, ask: wire.Ask) -> None:
    entry = documented(name)
    assert ask.method == entry["method"]
    assert unquote(ask.path) == entry["path"]
    assert ask.body == entry["body"]


@needs_shared
def test_searches_agree_with_what_is_documented() -> None:
    users, groups = documented("user_lookup_by_matching_attribute"), documented("group_lookup_by_displayName")
    user = wire.find(USERS, "userName", "{userPrincipalName}")
    group = wire.find(GROUPS, "displayName", "{displayName}")
    assert unquote(f"{user.path}?{user.query}") == users["path"]
    assert unquote(f"{group.path}?{group.query}") == groups["path"]
