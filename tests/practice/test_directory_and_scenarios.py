"""The directory has the people that cause trouble, and every scenario ends at the vendor as its file says by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from scim_assistant.errors import KnownError
from scim_assistant.practice.clock import ManualClock
from scim_assistant.practice.directory import fill_directory
from scim_assistant.practice.scenario import load_scenario, scenario_names
from scim_assistant.practice.state import Tenant, new_id
from scim_assistant.practice.world import World
from tests.practice.plain import Plain, SetUp, until

NAMES = (
    "allow-list",
    "cloud-only",
    "healthy",
    "inside-only",
    "large",
    "missing-consent",
    "missing-role",
    "no-premium-licence",
    "quarantine",
    "slow-replication",
    "throttled",
    "token-revoked-later",
    "too-many-deletes",
    "vendor-down",
    "vendor-html",
    "wrong-token",
)
ENDS = {"live", "stopped", "quarantined", "held-back"}


@pytest.fixture(scope="module")
def tenant() -> Tenant:
    tenant = Tenant(new_id(), ManualClock())
    fill_directory(tenant)
    return tenant


def test_about_sixty_people_and_eight_groups_all_at_example_com(tenant: Tenant) -> None:
    assert 55 <= len(tenant.people) <= 65
    assert len(tenant.groups) == 8
    for person in tenant.people.values():
        assert person.user_principal_name.endswith("@example.com")
        assert person.mail is None or person.mail.endswith("@example.com")


def test_the_directory_holds_every_kind_of_trouble(tenant: Tenant) -> None:
    people, groups = tenant.people.values(), tenant.groups
    assert sum(person.user_type == "Guest" for person in people) >= 2
    assert any(not person.account_enabled for person in people)
    assert sum(person.mail is None for person in people) >= 2
    assert any(not group.security_enabled for group in groups.values())
    assert any(member in groups for group in groups.values() for member in group.members)
    (dynamic,) = [group for group in groups.values() if group.membership_rule]
    assert "DynamicMembership" in dynamic.group_types
    members = {tenant.people[member] for member in dynamic.members}
    assert members == {each for each in people if each.account_enabled and each.user_type == "Member"}
    assert tenant.me in tenant.people


def test_every_member_exists(tenant: Tenant) -> None:
    for group in tenant.groups.values():
        for member in group.members:
            assert member in tenant.people or member in tenant.groups, group.display_name


def test_a_large_directory_is_the_same_every_time() -> None:
    def people() -> list[dict[str, Any]]:
        tenant = Tenant(new_id(), ManualClock())
        fill_directory(tenant, 10_000)
        return [person.graph() for person in tenant.people.values()]

    first = people()
    assert len(first) == 10_000
    assert len({row["userPrincipalName"] for row in first}) == 10_000
    assert first == people()


def test_all_sixteen_scenarios_are_there() -> None:
    assert scenario_names() == NAMES


def test_an_unknown_scenario_is_met_with_the_names_of_those_there_are() -> None:
    with pytest.raises(KnownError) as caught:
        load_scenario("sunny")
    assert "sunny" in caught.value.what
    assert "too-many-deletes" in caught.value.next_step


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_suggests_people_and_groups_that_exist(name: str, tenant: Tenant) -> None:
    scenario = load_scenario(name)
    people = {person.user_principal_name for person in tenant.people.values()}
    groups = {group.display_name for group in tenant.groups.values()}
    assert {*scenario.suggest["people"], scenario.suggest["pilot"]} <= people
    assert set(scenario.suggest["groups"]) <= groups
    assert scenario.title
    assert scenario.description.endswith(".")
    assert scenario.end["state"] in ENDS
    assert scenario.end["sentence"].endswith(".")
    if scenario.suggest["reuse"]:
        assert scenario.suggest["app_name"] in {app["name"] for app in scenario.apps}


def _assert_at_the_vendor(world: World) -> None:
    expected = {user["userName"]: user for user in world.scenario.expect["users"]}
    there = {account["userName"]: account for account in world.scim.accounts()}
    assert set(there) == set(expected)
    for name, person in expected.items():
        for member, value in person.items():
            assert (there[name][member] or "") == (value or ""), (name, member)
    groups = {group["displayName"]: group["members"] for group in world.scim.groups()}
    assert groups == {row["displayName"]: sorted(row["members"]) for row in world.scenario.expect["groups"]}


def _set_up(graph: Plain, suggest: Mapping[str, Any]) -> SetUp:
    app = SetUp(graph, suggest["app_name"], reuse=suggest["reuse"]).with_job()
    app.with_secrets(
        delete_threshold=suggest.get("delete_threshold", 500), email=suggest.get("notify_email", "")
    )
    for person in suggest["people"]:
        assert app.assign(app.person(person)).status_code == 201
    for group in suggest["groups"]:
        assert app.assign(app.group(group)).status_code == 201
    return app


def _prove(app: SetUp, pilot: str) -> None:
    person = app.person(pilot)

    def proved() -> bool:
        result = json.loads(app.provision(person).json()["key"])
        # Where the job runs already, a cycle can have been there first; then there is nothing left to change.
        return result["result"] == "Success" or result["details"].get("errorCode") == "RedundantExport"

    until(proved, "the pilot was not provisioned")


@pytest.mark.parametrize("name", [name for name in NAMES if load_scenario(name).end["state"] == "live"])
def test_a_plain_client_goes_the_whole_way_and_the_vendor_has_exactly_the_people_expected(name: str) -> None:
    with World(name, speed=1200) as world, Plain(world.line) as graph:
        app = _set_up(graph, world.scenario.suggest)
        _prove(app, world.scenario.suggest["pilot"])
        job = app.until_settled()
        assert job["status"]["code"] == "Active"
        until(lambda: len(world.scim.accounts()) == len(world.scenario.expect["users"]), "people are missing")
        groups = world.scenario.expect["groups"]
        until(
            lambda: (
                [len(each["members"]) for each in world.scim.groups()]
                == [len(each["members"]) for each in groups]
            ),
            "members are missing",
        )
        _assert_at_the_vendor(world)


@pytest.mark.parametrize(
    ("name", "reason", "state"),
    [
        ("token-revoked-later", "EncounteredQuarantineException", "quarantined"),
        ("too-many-deletes", "TooManyDeletes", "held-back"),
    ],
)
def test_where_the_journey_ends_in_quarantine_the_vendor_still_has_everybody(
    name: str, reason: str, state: str
) -> None:
    with World(name, speed=1200) as world, Plain(world.line) as graph:
        assert world.scenario.end["state"] == state
        app = _set_up(graph, world.scenario.suggest)
        _prove(app, world.scenario.suggest["pilot"])
        app.until_settled()
        until(
            lambda: (app.state()["status"]["quarantine"] or {}).get("reason") == reason,
            "not in quarantine",
        )
        assert app.state()["status"]["code"] == "Quarantine"
        _assert_at_the_vendor(world)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("allow-list", "SystemForCrossDomainIdentityManagementCredentialValidationFailure"),
        ("inside-only", "SystemForCrossDomainIdentityManagementCredentialValidationUnavailable"),
        ("wrong-token", "SystemForCrossDomainIdentityManagementCredentialValidationFailure"),
        ("vendor-down", "SystemForCrossDomainIdentityManagementCredentialValidationUnavailable"),
        ("vendor-html", "SystemForCrossDomainIdentityManagementCredentialValidationUnavailable"),
    ],
)
def test_where_the_vendor_does_not_answer_as_it_should_the_credential_test_says_so(
    name: str, code: str
) -> None:
    with World(name, speed=2400) as world, Plain(world.line) as graph:
        assert world.scenario.end["step"] == "test_connection"
        app = SetUp(graph)
        body = {"templateId": "ScreenSteps", "credentials": app.credentials()}
        refused = graph.patiently("POST", f"{app.base}/jobs/validateCredentials", body)
        assert refused.status_code == 400
        assert refused.json()["error"]["innerError"]["code"] == code
        _assert_at_the_vendor(world)


@pytest.mark.parametrize(
    ("name", "step", "method", "path"),
    [
        (
            "missing-consent",
            "sign_in",
            "GET",
            "/servicePrincipals/{app}/synchronization/jobs/job/schema/functions",
        ),
        ("missing-role", "register", "POST", "/applicationTemplates/{template}/instantiate"),
    ],
)
def test_where_a_right_is_missing_the_call_that_needs_it_is_denied(
    name: str, step: str, method: str, path: str
) -> None:
    with World(name, speed=2400) as world, Plain(world.line) as graph:
        assert world.scenario.end["step"] == step
        (template,) = graph.get("/applicationTemplates?$filter=displayName eq 'ScreenSteps'")["value"]
        app = SetUp(graph).app["id"] if name == "missing-consent" else ""
        answer = graph.ask(
            method,
            path.format(app=app, template=template["id"]),
            {"displayName": "X"} if method == "POST" else None,
        )
        assert answer.status_code == 403
        _assert_at_the_vendor(world)
