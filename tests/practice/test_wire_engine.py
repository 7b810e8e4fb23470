"""What the engine puts on the wire has the form that Entra's provisioning service uses, in both dialects."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

import pytest

from scim_assistant.practice.scim_bodies import Change, patch_body, read_value, split_tenant_url
from tests.practice.engine_world import EngineWorld, engine_world
from tests.practice.scim_wire import ENTERPRISE, GROUP, USER
from tests.shared_data import needs_shared, shared_json


@pytest.fixture(params=[False, True], ids=["legacy", "flag"])
def is_modern(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def world(is_modern: bool) -> Iterator[EngineWorld]:
    with engine_world() as running:
        if is_modern:
            running.app.secrets["BaseAddress"] += "/?aadOptscim062020"
        yield running


def operations(world: EngineWorld) -> list[dict[str, Any]]:
    return [each for _, _, body in world.writes() if body for each in body["Operations"]]


def test_a_user_is_created_with_nested_members_and_a_real_boolean(world: EngineWorld) -> None:
    world.assign(world.person("ana.ruiz"))
    world.cycle()
    ((method, path, body),) = world.writes()
    assert (method, path) == ("POST", "/Users")
    assert body == {
        "schemas": [USER, ENTERPRISE],
        "userName": "ana.ruiz@example.com",
        "active": True,
        "emails": [{"primary": True, "type": "work", "value": "ana.ruiz@example.com"}],
        "name": {"givenName": "Ana", "familyName": "Ruiz"},
        "externalId": "ana.ruiz",
        "meta": {"resourceType": "User"},
    }
    post = next(each for each in world.exchanges if each.method == "POST")
    assert post.request_headers["content-type"] == "application/scim+json; charset=utf-8"
    assert post.request_headers["authorization"] == "Bearer right-token"


def test_a_group_is_created_empty_and_announces_microsofts_schema(world: EngineWorld) -> None:
    writers = world.group("Writers")
    world.assign(writers)
    world.cycle()
    ((_, path, body),) = world.writes()
    assert path == "/Groups"
    assert body == {
        "schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "externalId": writers.id,
        "displayName": "Writers",
        "meta": {"resourceType": "Group"},
    }


def test_several_simple_values_are_one_operation_each_or_bundled(world: EngineWorld, is_modern: bool) -> None:
    ana = world.person("ana.ruiz")
    world.assign(ana)
    world.cycle()
    world.change(ana, given_name="Anna", surname="Vega", mail="a.vega@example.com")
    world.cycle()
    mail = {"path": 'emails[type eq "work"].value', "value": "a.vega@example.com"}
    if is_modern:
        assert operations(world) == [
            {"op": "replace", **mail},
            {"op": "replace", "value": {"name.givenName": "Anna", "name.familyName": "Vega"}},
        ]
    else:
        assert operations(world) == [
            {"op": "Replace", **mail},
            {"op": "Replace", "path": "name.givenName", "value": "Anna"},
            {"op": "Replace", "path": "name.familyName", "value": "Vega"},
        ]
    account = world.account("ana.ruiz")
    assert (account["givenName"], account["familyName"], account["email"]) == (
        "Anna",
        "Vega",
        "a.vega@example.com",
    )


def test_a_value_that_was_empty_is_added(world: EngineWorld, is_modern: bool) -> None:
    ana = world.person("ana.ruiz", mail=None)
    world.assign(ana)
    world.cycle()
    world.change(ana, mail="ana@example.com")
    world.cycle()
    (operation,) = operations(world)
    assert operation["op"] == ("add" if is_modern else "Add")
    assert world.account("ana.ruiz")["email"] == "ana@example.com"


def test_disabling_is_text_or_a_boolean(world: EngineWorld, is_modern: bool) -> None:
    ana = world.person("ana.ruiz")
    world.assign(ana)
    world.cycle()
    world.unassign(ana)
    world.cycle()
    expected = {"op": "replace", "path": "active", "value": False}
    assert operations(world) == [
        expected if is_modern else {"op": "Replace", "path": "active", "value": "False"}
    ]
    assert world.account("ana.ruiz")["active"] is False


def test_members_come_and_go(world: EngineWorld, is_modern: bool) -> None:
    ana, bo = world.person("ana.ruiz"), world.person("bo.lind")
    writers = world.group("Writers", ana)
    world.assign(writers, ana, bo)
    world.cycle()
    ana_id, bo_id = world.account("ana.ruiz")["id"], world.account("bo.lind")["id"]
    world.change(writers, members=[bo.id])
    world.cycle()
    added = {"path": "members", "value": [{"$ref": None, "value": bo_id}]}
    if is_modern:
        assert operations(world) == [
            {"op": "add", **added},
            {"op": "remove", "path": f'members[value eq "{ana_id}"]'},
        ]
    else:
        assert operations(world) == [
            {"op": "Add", **added},
            {"op": "Remove", "path": "members", "value": [{"$ref": None, "value": ana_id}]},
        ]
    assert world.service.groups()[0]["members"] == ["bo.lind@example.com"]


def test_many_members_go_in_few_requests(world: EngineWorld) -> None:
    people = [world.person(f"person.no{number:03}") for number in range(60)]
    world.assign(world.group("Writers", *people))
    world.cycle()
    assert len([path for _, path, _ in world.writes() if path.startswith("/Groups/")]) == 1
    assert len(world.service.groups()[0]["members"]) == 60


def test_extension_attributes_travel_in_their_extension(world: EngineWorld) -> None:
    path = f"{ENTERPRISE}:department"

    def with_department(mapping: dict[str, Any]) -> None:
        source = {"type": "Attribute", "name": "department", "expression": "[department]"}
        line = {"targetAttributeName": path, "matchingPriority": 0, "flowType": "Always", "source": source}
        mapping["attributeMappings"] = [*mapping["attributeMappings"], line]

    world.change_mapping("User", with_department)
    ana = world.person("ana.ruiz", department="Sales")
    world.assign(ana)
    world.cycle()
    ((_, _, body),) = world.writes()
    assert body[ENTERPRISE] == {"department": "Sales"}
    world.job.watermark = None  # looks at the vendor's copy: nothing may differ
    world.cycle()
    assert world.writes() == []
    world.change(ana, department="Support")
    world.cycle()
    (operation,) = operations(world)
    assert (operation["path"], operation["value"]) == (path, "Support")


def test_values_with_quotes_and_ampersands_are_searched_for_as_they_are(world: EngineWorld) -> None:
    odd = 'R&D "inner" + 100 % #1'
    world.assign(world.group(odd))
    world.cycle()
    world.job.links.clear()
    world.job.watermark = None
    world.cycle()
    assert [group["displayName"] for group in world.service.groups()] == [odd]
    assert world.writes() == []


@pytest.mark.parametrize(
    ("address", "base", "query", "flagged"),
    [
        ("https://host.example.com/scim/v2", "https://host.example.com/scim/v2", "", False),
        ("https://host.example.com/scim/v2/", "https://host.example.com/scim/v2", "", False),
        ("https://host.example.com/scim/?aadOptscim062020", "https://host.example.com/scim", "", True),
        ("https://host.example.com/scim?a=1&aadOptscim062020", "https://host.example.com/scim", "a=1", True),
        ("https://host.example.com/scim&aadOptscim062020", "https://host.example.com/scim", "", True),
        ("https://host.example.com/scim?a=1", "https://host.example.com/scim", "a=1", False),
        ("http://[::1", "http://[::1", "", False),
    ],
)
def test_the_flag_is_taken_out_of_the_tenant_url(address: str, base: str, query: str, flagged: bool) -> None:
    assert split_tenant_url(address) == (base, query, flagged)


def test_values_are_read_back_under_the_paths_they_were_written_to() -> None:
    resource = {
        "userName": "ana",
        "name": {"givenName": "Ana"},
        "emails": [{"type": "home", "value": "h@example.com"}, {"type": "work", "value": "w@example.com"}],
        ENTERPRISE: {"department": "Sales"},
        "active": False,
    }
    paths = {
        "userName": "ana",
        "name.givenName": "Ana",
        "name.familyName": None,
        'emails[type eq "work"].value': "w@example.com",
        'emails[type eq "other"].value': None,
        f"{ENTERPRISE}:department": "Sales",
        f"{ENTERPRISE}:manager": None,
        "active": False,
    }
    assert {path: read_value(resource, path) for path in paths} == paths


# ---------------------------------------------------------------- against the independent collection


def exchange(name: str) -> dict[str, Any]:
    return next(each for each in shared_json("reference/scim-wire.json") if each["name"] == name)


@needs_shared
@pytest.mark.parametrize(
    ("name", "changes", "modern"),
    [
        (
            "user_patch_many_legacy",
            [
                Change("displayName", "Pvlo", True),
                Change('emails[type eq "work"].value', "a@example.com", True),
                Change("name.givenName", "Gtfd", True),
                Change("name.familyName", "Pkqf", True),
                Change("externalId", "Eqpj", True),
                Change(f"{ENTERPRISE}:employeeNumber", "Eqpj", True),
            ],
            False,
        ),
        (
            "user_patch_many_flag",
            [
                Change('emails[type eq "work"].value', "a@example.com", True),
                Change("displayName", "Bjfe", True),
                Change("name.givenName", "Kkom", True),
                Change("name.familyName", "Unua", True),
                Change(f"{ENTERPRISE}:employeeNumber", "Aklq", True),
            ],
            True,
        ),
        ("user_patch_add_string_legacy", [Change("nickName", "Babs", False)], False),
        ("user_patch_add_string_flag", [Change("nickName", "Babs", False)], True),
        ("user_disable_legacy", [Change("active", "False", True, is_boolean=True)], False),
        ("user_disable_flag", [Change("active", "False", True, is_boolean=True)], True),
        ("user_enable_legacy", [Change("active", "True", True, is_boolean=True)], False),
        ("user_enable_flag", [Change("active", "True", True, is_boolean=True)], True),
    ],
)
def test_changes_are_written_as_in_the_independent_collection(
    name: str, changes: list[Change], modern: bool
) -> None:
    assert patch_body(changes, is_modern=modern) == exchange(name)["body"]


@needs_shared
@pytest.mark.parametrize(
    "name", ["test_connection_user", "user_lookup_by_matching_attribute", "group_lookup_by_displayName"]
)
def test_questions_are_asked_as_in_the_independent_collection(name: str) -> None:
    with engine_world() as world:
        world.assign(world.person("ana.ruiz"), world.group("Writers"))
        world.cycle()
        asked = {
            f"{each.path.partition('/v2')[2]}?{unquote_plus(each.query)}"
            for each in world.exchanges
            if each.method == "GET"
        }
    wanted = unquote_plus(exchange(name)["path"])
    pattern = re.escape(wanted)
    for placeholder, real in {
        "{random-guid}": "[0-9a-f-]{36}",
        "{userPrincipalName}": re.escape("ana.ruiz@example.com"),
        "{displayName}": "Writers",
    }.items():
        pattern = pattern.replace(re.escape(placeholder), real)
    assert any(re.fullmatch(pattern, each) for each in asked), json.dumps(sorted(asked), indent=1)
