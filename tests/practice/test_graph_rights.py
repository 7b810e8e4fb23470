"""Scopes, roles and licences are enforced as the service does, each with its own refusal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scim_assistant.practice.scenario import SCOPES
from scim_assistant.practice.world import World
from tests.practice.plain import Plain, SetUp, error_code

EVENTUAL = {"ConsistencyLevel": "eventual"}


@pytest.fixture
def world() -> Iterator[World]:
    with World("healthy", speed=2400) as world:
        yield world


@pytest.fixture
def graph(world: World) -> Iterator[Plain]:
    with Plain(world.line) as graph:
        yield graph


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("/servicePrincipals", "Application.ReadWrite.All"),
        ("/applications", "Application.ReadWrite.All"),
        ("/users", "User.Read.All"),
        ("/groups", "GroupMember.Read.All"),
        ("/auditLogs/provisioning", "ProvisioningLog.Read.All"),
        ("/subscribedSkus", "LicenseAssignment.Read.All"),
    ],
)
def test_without_its_scope_a_call_is_denied(world: World, graph: Plain, path: str, scope: str) -> None:
    assert graph.ask("GET", path).status_code == 200
    world.tenant.scopes = SCOPES - {scope, scope.replace("ReadWrite", "Read")}
    answer = graph.ask("GET", path)
    assert (answer.status_code, error_code(answer)) == (403, "Authorization_RequestDenied")


def test_reading_synchronization_does_not_allow_writing_it(world: World, graph: Plain) -> None:
    app = SetUp(graph).with_job()
    world.tenant.scopes = SCOPES - {"Synchronization.ReadWrite.All"}
    assert graph.patiently("GET", app.job).status_code == 200
    for method, path in (("POST", f"{app.job}/start"), ("GET", f"{app.job}/schema/functions")):
        assert error_code(graph.ask(method, path)) == "Authorization_RequestDenied"


def test_the_gallery_needs_no_scope(world: World, graph: Plain) -> None:
    world.tenant.scopes = frozenset()
    assert graph.ask("GET", "/applicationTemplates").status_code == 200


def test_basic_reading_leaves_out_what_decides_about_provisioning(world: World, graph: Plain) -> None:
    world.tenant.scopes = frozenset({"User.ReadBasic.All"})
    row = graph.get("/users?$filter=displayName eq 'Ana Ruiz'")["value"][0]
    assert set(row) == {"id", "displayName", "givenName", "mail", "surname", "userPrincipalName"}


def test_without_an_admin_role_reading_works_and_writing_does_not(world: World, graph: Plain) -> None:
    app = SetUp(graph).with_job()
    person = app.person("ana.ruiz@example.com")
    world.tenant.roles = ()
    assert graph.ask("GET", "/servicePrincipals").status_code == 200
    assert graph.patiently("GET", app.job).status_code == 200
    for method, path, body in (
        (
            "POST",
            f"/applicationTemplates/{app.app['applicationTemplateId']}/instantiate",
            {"displayName": "X"},
        ),
        ("POST", f"{app.job}/start", None),
        ("PUT", f"{app.base}/secrets", {"value": []}),
        ("POST", f"/servicePrincipals/{app.app['id']}/appRoleAssignedTo", {"principalId": person}),
        ("GET", "/auditLogs/provisioning", None),
    ):
        answer = graph.ask(method, path, body)
        assert (answer.status_code, error_code(answer)) == (403, "Authorization_RequestDenied"), path


@pytest.mark.parametrize("role", ["Cloud Application Administrator", "Global Administrator"])
def test_other_roles_are_enough_too(world: World, graph: Plain, role: str) -> None:
    world.tenant.roles = (role,)
    assert SetUp(graph).with_job().state()["status"]["code"] == "Paused"
    cast = "/me/transitiveMemberOf/microsoft.graph.directoryRole?$count=true"
    (row,) = graph.get(cast, **EVENTUAL)["value"]
    assert row["displayName"] == role
    assert row["roleTemplateId"]


def test_a_reader_of_reports_reads_logs_and_configures_nothing(world: World, graph: Plain) -> None:
    world.tenant.roles = ("Reports Reader",)
    assert graph.ask("GET", "/auditLogs/provisioning").status_code == 200
    (template,) = graph.get("/applicationTemplates?$filter=displayName eq 'ScreenSteps'")["value"]
    made = graph.ask("POST", f"/applicationTemplates/{template['id']}/instantiate", {"displayName": "X"})
    assert made.status_code == 403


def test_without_premium_there_is_no_log_and_no_group_assignment() -> None:
    with World("no-premium-licence", speed=2400) as world, Plain(world.line) as graph:
        log = graph.ask("GET", "/auditLogs/provisioning")
        code = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
        assert (log.status_code, error_code(log)) == (403, code)
        app = SetUp(graph)
        assert app.assign(app.group("ScreenSteps Authors")).status_code == 400
        assert app.assign(app.person("ana.ruiz@example.com")).status_code == 201
        plans = [
            plan["servicePlanName"]
            for sku in graph.get("/subscribedSkus")["value"]
            for plan in sku["servicePlans"]
        ]
        assert plans
        assert not [plan for plan in plans if plan.startswith("AAD_PREMIUM")]


def test_rate_limits_scale_with_the_clock_and_say_so_in_a_fraction() -> None:
    with World("healthy", speed=4) as world, Plain(world.line) as graph:
        answers = [graph.ask("GET", "/auditLogs/provisioning") for _ in range(30)]
    busy = next(answer for answer in answers if answer.status_code == 429)
    assert [answer.status_code for answer in answers[:5]] == [200] * 5
    assert error_code(busy) == "TooManyRequests"
    assert 0 < float(busy.headers["retry-after"]) <= 10 / 4
