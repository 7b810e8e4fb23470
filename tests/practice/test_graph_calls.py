"""A foreign client uses the pretend Graph as if it were Microsoft's; every exchange fits the contract."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from scim_assistant.practice.exchange import Exchange
from scim_assistant.practice.graph_server import ALL_ROUTES
from scim_assistant.practice.world import World
from tests.contract import Contract
from tests.practice.plain import Plain, SetUp, error_code, until

EVENTUAL = {"ConsistencyLevel": "eventual"}


class Recorder:
    """Keeps the exchanges of one world's Graph."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    def __call__(self, stage: str, exchange: Exchange) -> None:
        if stage == "during" and exchange.side == "graph":
            self.exchanges.append(exchange)


@pytest.fixture(scope="module")
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture(scope="module")
def world(recorder: Recorder) -> Iterator[World]:
    with World("healthy", speed=2400, on_exchange=recorder) as world:
        yield world


@pytest.fixture(scope="module")
def graph(world: World) -> Iterator[Plain]:
    with Plain(world.line) as graph:
        yield graph


@pytest.fixture(scope="module")
def app(graph: Plain) -> SetUp:
    return SetUp(graph).with_job().with_secrets()


def test_every_call_of_a_whole_set_up_fits_the_contract() -> None:
    """Every route at least once, with good and bad answers, all judged by the description that others wrote."""
    judge = Contract.load()
    recorder = Recorder()
    with World("healthy", speed=2400, on_exchange=recorder) as world, Plain(world.line) as graph:
        _use_everything(world, graph)
    reached = set()
    for exchange in recorder.exchanges:
        path = exchange.path.removeprefix("/v1.0")
        judge.check_request(exchange.method, path, exchange.query, exchange.request_body or None)
        judge.check_answer(exchange.method, path, exchange.status or 0, exchange.response_body)
        reached |= {
            (route.method, route.rule)
            for route in ALL_ROUTES
            if route.method == exchange.method
            and re.fullmatch(re.sub(r"<\w+>", "[^/]+", route.rule), path.replace("microsoft.graph.", ""))
        }
    assert judge.judged > 100
    # Casts of members, and changing a schema by PATCH, are forms that the description leaves out.
    missed = {(route.method, route.rule) for route in ALL_ROUTES if route.method != "PATCH"} - reached
    assert {rule for _, rule in missed} <= {
        "/groups/<group>/members/<cast>",
        "/groups/<group>/transitiveMembers/<cast>",
    }


def _use_everything(world: World, graph: Plain) -> None:
    for path in (
        "/me",
        "/organization",
        "/subscribedSkus",
        "/users?$top=5&$select=id,displayName,accountEnabled,userType",
        "/groups?$top=3",
        "/applications",
        "/servicePrincipals",
        "/applicationTemplates?$top=3&$orderby=displayName",
    ):
        graph.get(path)
    graph.get("/me/transitiveMemberOf/microsoft.graph.directoryRole?$count=true", **EVENTUAL)
    graph.get('/users?$search="displayName:ana" OR "mail:ana"&$count=true', **EVENTUAL)
    app = SetUp(graph).with_job().with_secrets()
    template = app.app["applicationTemplateId"]
    graph.get(f"/applicationTemplates/{template}")
    group, person = app.group("ScreenSteps Readers"), app.person("ana.ruiz@example.com")
    graph.get(f"/groups/{group}")
    graph.get(f"/groups/{group}/members?$select=id,displayName,userPrincipalName")
    graph.get(f"/groups/{group}/transitiveMembers?$count=true", **EVENTUAL)
    graph.get(f"/groups/{group}/owners")
    graph.well("GET", f"/applications/{app.application['id']}")
    graph.well("GET", f"/servicePrincipals/{app.app['id']}/owners")
    graph.well(
        "POST",
        f"{app.base}/jobs/validateCredentials",
        {"templateId": "ScreenSteps", "useSavedCredentials": False, "credentials": app.credentials()},
    )
    graph.well("POST", f"{app.job}/validateCredentials", {"useSavedCredentials": True})
    graph.well("GET", f"{app.base}/secrets")
    for schema in (f"{app.job}/schema", f"{app.base}/templates/ScreenSteps/schema"):
        document = graph.well("GET", schema)
        graph.well("GET", f"{schema}/functions")
        graph.well("GET", f"{schema}/filterOperators")
        if schema.startswith(app.job):
            graph.well("GET", f"{schema}/directories")
            graph.well("PUT", schema, document)
        for expression in ("[mail]", 'Append([mail], "x")', "Append(", 'Join(" ", [givenName], [surname])'):
            test = {"definition": None, "properties": [{"key": "mail", "value": "a@example.com"}]}
            graph.well(
                "POST", f"{schema}/parseExpression", {"expression": expression, "testInputObject": test}
            )
    graph.well("GET", f"{app.base}/templates/ScreenSteps")
    assert app.assign(person).status_code == 201
    assert app.assign(person).status_code == 400
    assert app.assign(group).status_code == 201
    for kind, object_id, members in (
        ("User", person, ()),
        ("Group", group, (app.person("hana.kim@example.com"),)),
    ):
        assert app.provision(object_id, kind, members).status_code == 200
    app.until_settled()
    graph.well("POST", f"{app.job}/pause")
    graph.well("POST", f"{app.job}/restart", {"criteria": {"resetScope": "Watermark, Escrows"}})
    until(lambda: bool(graph.get("/auditLogs/provisioning")["value"]), "no log row", 5)
    graph.ask("GET", f"/auditLogs/provisioning?$filter=jobId eq '{app.job.rpartition('/')[2]}'&$top=2")
    assignments = graph.well("GET", f"/servicePrincipals/{app.app['id']}/appRoleAssignedTo")["value"]
    graph.well("DELETE", f"/servicePrincipals/{app.app['id']}/appRoleAssignedTo/{assignments[0]['id']}")
    graph.ask("GET", "/users/unknown@example.com")
    graph.ask("POST", f"{app.job}/restart", {"criteria": {"resetScope": "Watermark"}})
    graph.well("DELETE", f"{app.job}/schema")
    graph.well("DELETE", app.job)
    graph.well("DELETE", f"/servicePrincipals/{app.app['id']}")
    graph.well("DELETE", f"/applications/{app.application['id']}")


def test_answers_carry_what_graph_answers_carry(graph: Plain) -> None:
    own_id = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
    answer = graph.ask("GET", "/me", client_request_id=own_id)
    assert answer.headers["client-request-id"] == own_id
    assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["request-id"])
    assert answer.headers["date"].endswith("GMT")
    assert answer.headers["content-type"].startswith("application/json;odata.metadata=minimal")
    assert answer.json()["@odata.context"] == f"{graph.line['graph']}/$metadata#users/$entity"


def test_connections_are_kept_open(graph: Plain) -> None:
    ports = {
        graph.ask("GET", "/me").extensions["network_stream"].get_extra_info("client_addr") for _ in range(4)
    }
    assert len(ports) == 1


@pytest.mark.parametrize("form", ["Bearer wrong", "Bearer {token}x", "Basic {token}", "{token}"])
def test_an_unknown_token_gets_401_on_every_path(graph: Plain, form: str) -> None:
    header = form.format(token=graph.line["token"])
    for path in ("/me", "/nowhere", "/servicePrincipals"):
        answer = graph.ask("GET", path, Authorization=header)
        assert answer.status_code == 401
        assert error_code(answer) == "InvalidAuthenticationToken"
        assert answer.headers["www-authenticate"].startswith("Bearer ")


def test_an_unknown_path_gets_404_and_a_wrong_method_405(graph: Plain) -> None:
    for path in ("/nowhere", "/servicePrincipals/x/nowhere", "/users/ana.ruiz@example.com/nowhere"):
        answer = graph.ask("GET", path)
        assert (answer.status_code, error_code(answer)) == (404, "ResourceNotFound")
    outside = graph.http.get(graph.line["graph"].removesuffix("/v1.0") + "/beta/me")
    assert (outside.status_code, error_code(outside)) == (404, "ResourceNotFound")
    answer = graph.ask("DELETE", "/me")
    assert (answer.status_code, error_code(answer)) == (405, "Request_BadRequest")


def test_other_spellings_that_odata_allows_lead_to_the_same_calls(graph: Plain, app: SetUp) -> None:
    plain = graph.well("GET", f"{app.job}/schema/functions")
    assert graph.well("GET", f"{app.job}/schema/functions()")["value"] == plain["value"]
    assert graph.well("GET", f"{app.job}/schema/microsoft.graph.functions()")["value"] == plain["value"]
    cast = "/me/transitiveMemberOf/graph.directoryRole?$count=true"
    assert graph.get(cast, **EVENTUAL)["value"][0]["displayName"] == "Application Administrator"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"displayName": 5}', "application/json", 400),
        (b"displayName=x", "application/x-www-form-urlencoded", 415),
        (b"", "application/json", 400),
    ],
)
def test_a_bad_body_is_refused_in_words(graph: Plain, body: bytes, kind: str, status: int) -> None:
    (template,) = graph.get("/applicationTemplates?$filter=displayName eq 'ScreenSteps'")["value"]
    answer = graph.http.post(
        f"/applicationTemplates/{template['id']}/instantiate", content=body, headers={"Content-Type": kind}
    )
    assert answer.status_code == status
    assert error_code(answer)


@pytest.mark.parametrize(
    "path",
    [
        "/users?$filter=nickname eq 'x'",
        "/users?$filter=displayName gt 'x'",
        "/users?$filter=displayName eq x",
        "/users?$filter=",
        "/users?$filter=endswith(mail,'example.com')",
        "/users?$search=ana",
        '/users?$search="displayName:ana"',
        "/users?$top=1000",
        "/users?$top=0",
        "/users?$select=shoeSize",
        "/users?$skip=3",
        "/users?$count=true",
        "/users?$skiptoken=nonsense",
        "/users?$top=1&$top=2",
        "/me/transitiveMemberOf/microsoft.graph.directoryRole",
        "/applicationTemplates?$filter=publisher eq 'x'",
        "/auditLogs/provisioning?$filter=activityDateTime ge 2026-01-01T00:00:00Z",
    ],
)
def test_a_query_that_the_service_does_not_take_gets_400(graph: Plain, path: str) -> None:
    answer = graph.ask("GET", path)
    assert answer.status_code == 400, answer.text
    assert error_code(answer)


def test_search_finds_words_and_beginnings(graph: Plain) -> None:
    def names(search: str) -> list[str]:
        found = graph.get(f"/users?$search={search}&$count=true", **EVENTUAL)
        assert found["@odata.count"] == len(found["value"])
        return sorted(row["displayName"] for row in found["value"])

    assert names('"displayName:haddad"') == ["Noor Haddad", "Yara Haddad"]
    assert names('"displayName:ruiz ana"') == ["Ana Ruiz"]
    assert names('"mail:ruiz"') == []
    assert names('"displayName:zzz" OR "mail:ana."') == ["Ana Ruiz"]
    assert names('"displayName:haddad" AND "mail:noor"') == ["Noor Haddad"]
    assert names('"displayName:o\'brien"') == ["Tara O'Brien"]


def test_filters_do_what_they_say(graph: Plain) -> None:
    def names(path: str, text: str, **headers: str) -> set[str]:
        return {row["displayName"] for row in graph.rows(f"/{path}?$filter={text}", **headers)}

    assert names("users", "userPrincipalName eq 'ANA.RUIZ@example.com'") == {"Ana Ruiz"}
    assert names("users", "surname eq 'O''Brien'") == {"Tara O'Brien"}
    assert names("users", "accountEnabled eq false") == {"Frank Osei", "Viktor Novak"}
    assert names("users", "userType eq 'Guest' and startswith(displayName,'I')") == {"Iris Lopez"}
    assert names("users", "(department eq 'IT' or department eq 'Legal')") == {
        "Noor Haddad",
        "Mia Chen",
        "Daria Popescu",
    }
    counted = "startswith(displayName,'Z')&$count=true"
    assert len(names("users", f"not {counted}", **EVENTUAL)) == 60
    assert names("applicationTemplates", "contains(displayName,'screensteps')") == {
        "ScreenSteps",
        "ScreenSteps Classic",
    }


def test_people_show_few_properties_unless_asked(graph: Plain) -> None:
    plain = graph.get("/users/ana.ruiz@example.com")
    assert "department" not in plain
    asked = graph.get("/users/ana.ruiz@example.com?$select=department,accountEnabled")
    assert {name: value for name, value in asked.items() if "@" not in name} == {
        "department": "Marketing",
        "accountEnabled": True,
    }


def test_pages_link_to_the_same_host_and_show_everybody_once(graph: Plain) -> None:
    first = graph.get("/users?$top=7&$count=true&$select=id", **EVENTUAL)
    assert first["@odata.count"] == 62
    assert first["@odata.nextLink"].startswith(f"{graph.line['graph']}/users?")
    second = graph.get(first["@odata.nextLink"], **EVENTUAL)
    assert "@odata.count" not in second
    ids = [row["id"] for row in graph.rows("/users?$top=7&$select=id")]
    assert len(ids) == len(set(ids)) == 62
    halves = graph.get("/users?$top=31&$select=id")
    assert "@odata.nextLink" not in graph.get(halves["@odata.nextLink"])
    templates = graph.rows("/applicationTemplates?$top=4")
    assert len({row["id"] for row in templates}) == len(templates) == 17


def test_members_direct_and_flattened(graph: Plain, app: SetUp) -> None:
    readers = app.group("ScreenSteps Readers")
    direct = graph.get(f"/groups/{readers}/members?$select=id,displayName,accountEnabled")["value"]
    kinds = [row["@odata.type"] for row in direct]
    assert kinds.count("#microsoft.graph.user") == 5
    assert kinds.count("#microsoft.graph.group") == 1
    cast = f"/groups/{readers}/transitiveMembers/microsoft.graph.user?$count=true"
    assert graph.get(cast, **EVENTUAL)["@odata.count"] == 9


def test_a_new_app_has_both_halves_roles_and_its_template(app: SetUp) -> None:
    assert app.application["appId"] == app.app["appId"]
    assert app.application["id"] != app.app["id"]
    assert [role["displayName"] for role in app.app["appRoles"]] == ["User", "msiam_access"]
    assert app.app["appRoles"][1]["value"] is None


def test_a_new_job_is_paused_and_disabled_and_has_never_run(graph: Plain) -> None:
    app = SetUp(graph, "Fresh").with_job()
    job = app.state()
    assert job["schedule"] == {"expiration": None, "interval": "PT40M", "state": "Disabled"}
    assert job["status"]["code"] == "Paused"
    assert job["status"]["lastExecution"] is None
    assert job["status"]["steadyStateFirstAchievedTime"] == "0001-01-01T00:00:00Z"
    assert re.fullmatch(r"ScreenSteps\.[0-9a-f]{32}\.[0-9a-f-]{36}", job["id"])


def test_secrets_come_back_masked_and_a_put_replaces_the_whole_set(graph: Plain, app: SetUp) -> None:
    own = SetUp(graph, "Secrets")
    own.with_secrets()
    stored = {row["key"]: row["value"] for row in graph.well("GET", f"{own.base}/secrets")["value"]}
    assert stored["SecretToken"] == "*"
    assert stored["BaseAddress"] == graph.line["scim"]
    assert json.loads(stored["SyncNotificationSettings"])["DeleteThresholdValue"] == 500
    graph.well("PUT", f"{own.base}/secrets", {"value": [{"key": "SyncAll", "value": "true"}]})
    rows = graph.well("GET", f"{own.base}/secrets")["value"]
    assert rows == [{"key": "SyncAll", "value": "true"}]
    for bad in (
        {"credentials": []},
        {"value": [{"key": "Nope", "value": "x"}]},
        {"value": [{"key": "SyncAll", "value": True}]},
    ):
        assert graph.ask("PUT", f"{own.base}/secrets", bad).status_code == 400


def test_the_credential_test_asks_the_vendor(graph: Plain, app: SetUp, world: World) -> None:
    body: dict[str, Any] = {"templateId": "ScreenSteps", "credentials": app.credentials()}
    graph.well("POST", f"{app.base}/jobs/validateCredentials", body)
    body["credentials"][1]["value"] = "mistyped-token"
    refused = graph.ask("POST", f"{app.job}/validateCredentials", body)
    assert refused.status_code == 400
    inner = refused.json()["error"]["innerError"]
    assert inner["code"] == "SystemForCrossDomainIdentityManagementCredentialValidationFailure"
    assert "mistyped-token" not in refused.text
    missing = graph.ask("POST", f"{app.base}/jobs/validateCredentials", {"credentials": []})
    assert missing.status_code == 400


def test_an_assignment_is_made_once_for_a_role_that_exists(graph: Plain, app: SetUp) -> None:
    person = app.person("zoe.adams@example.com")
    assert app.assign(person).status_code == 201
    again = app.assign(person)
    assert again.status_code == 400
    assert again.json()["error"]["details"][0]["message"].startswith("Permission being assigned already")
    path = f"/servicePrincipals/{app.app['id']}/appRoleAssignedTo"
    body = {
        "principalId": person,
        "resourceId": app.app["id"],
        "appRoleId": "00000000-0000-0000-0000-000000000000",
    }
    assert graph.ask("POST", path, body).status_code == 400
    body = {
        "principalId": "00000000-0000-0000-0000-000000000001",
        "resourceId": app.app["id"],
        "appRoleId": app.app["appRoles"][0]["id"],
    }
    assert graph.ask("POST", path, body).status_code == 404
    assert [row["principalDisplayName"] for row in graph.rows(path)].count("Zoe Adams") == 1


def test_only_security_enabled_groups_can_be_assigned(app: SetUp) -> None:
    refused = app.assign(app.group("Project Falcon"))
    assert refused.status_code == 400
    assert "security-enabled" in refused.json()["error"]["message"]
    assert app.assign(app.group("Leadership")).status_code == 201


def test_a_schema_is_replaced_whole_kept_whole_and_reset(graph: Plain) -> None:
    own = SetUp(graph, "Schema").with_job()
    before = graph.well("GET", f"{own.job}/schema")
    changed = json.loads(json.dumps(before))
    users = changed["synchronizationRules"][0]["objectMappings"][0]
    users["attributeMappings"] = [
        row for row in users["attributeMappings"] if row["targetAttributeName"] != "externalId"
    ]
    users["strange"] = {"kept": True}
    graph.well("PUT", f"{own.job}/schema", changed)
    after = graph.well("GET", f"{own.job}/schema")
    assert after["synchronizationRules"] == changed["synchronizationRules"]
    graph.well("DELETE", f"{own.job}/schema")
    assert graph.well("GET", f"{own.job}/schema")["synchronizationRules"] == before["synchronizationRules"]
    users["attributeMappings"][0]["source"]["expression"] = "Append("
    assert graph.ask("PUT", f"{own.job}/schema", changed).status_code == 400
    assert graph.ask("PUT", f"{own.job}/schema", {"synchronizationRules": "x"}).status_code == 400


def test_a_schema_can_be_changed_member_by_member_as_microsofts_sdks_do(graph: Plain) -> None:
    own = SetUp(graph, "Patched").with_job()
    before = graph.well("GET", f"{own.job}/schema")
    rules = json.loads(json.dumps(before["synchronizationRules"]))
    rules[0]["name"] = "Renamed"
    # The SDK for Python leaves flowTypes out; the published default then holds.
    sent = json.loads(json.dumps(rules))
    del sent[0]["objectMappings"][0]["flowTypes"]
    graph.well("PATCH", f"{own.job}/schema", {"synchronizationRules": sent})
    after = graph.well("GET", f"{own.job}/schema")
    assert after["synchronizationRules"] == rules
    assert after["directories"] == before["directories"]


def test_provisioning_on_demand_takes_one_known_object_and_five_members(app: SetUp) -> None:
    body: dict[str, Any] = {
        "parameters": [{"ruleId": "unknown", "subjects": [{"objectId": "x", "objectTypeName": "User"}]}]
    }
    assert app.graph.patiently("POST", f"{app.job}/provisionOnDemand", body).status_code == 400
    members = tuple(
        app.person(f"{name}@example.com")
        for name in ("hana.kim", "ivan.petrov", "jade.wong", "karim.aziz", "lena.fischer", "marco.bianchi")
    )
    assert app.provision(app.group("ScreenSteps Readers"), "Group", members).status_code == 400


def test_a_batch_answers_each_request_by_itself(graph: Plain) -> None:
    requests = [
        {"id": "1", "method": "GET", "url": "/me?$select=id"},
        {"id": "2", "method": "GET", "url": "/nowhere"},
        {"id": "3", "method": "GET", "url": "/organization", "dependsOn": ["2"]},
    ]
    answer = graph.ask("POST", "/$batch", {"requests": requests})
    rows = {row["id"]: row for row in answer.json()["responses"]}
    assert {key: row["status"] for key, row in rows.items()} == {"1": 200, "2": 404, "3": 424}
    assert graph.ask("POST", "/$batch", {"requests": requests * 2}).status_code == 400
    assert graph.ask("POST", "/$batch", {"requests": []}).status_code == 400
