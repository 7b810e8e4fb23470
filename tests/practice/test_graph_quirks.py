"""The published deviations are there when a world asks for them, and only then."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from scim_assistant.practice.world import World
from tests.practice.plain import Plain, SetUp, until


@pytest.fixture(params=[False, True], ids=["as described", "with quirks"])
def quirks(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def world(quirks: bool) -> Iterator[World]:
    with World("healthy", speed=2400, quirks=quirks) as world:
        yield world


@pytest.fixture
def app(world: World) -> Iterator[SetUp]:
    with Plain(world.line) as graph:
        yield SetUp(graph).with_job().with_secrets()


def test_a_paused_job_may_show_a_quarantine_full_of_empty_texts(app: SetUp, quirks: bool) -> None:
    status = app.state()["status"]
    assert status["code"] == "Paused"
    if quirks:
        assert status["quarantine"]["reason"] == status["quarantine"]["nextAttempt"] == ""
    else:
        assert status["quarantine"] is None


def test_functions_and_operators_may_carry_name_for_id(app: SetUp, quirks: bool) -> None:
    for catalogue in ("functions", "filterOperators"):
        rows = app.graph.well("GET", f"{app.job}/schema/{catalogue}")["value"]
        assert {"EQUALS", "Append"} & {row["name" if quirks else "id"] for row in rows}
        assert ("id" in rows[0]) != quirks


def test_attribute_types_may_be_in_lower_case(app: SetUp, quirks: bool) -> None:
    document = app.graph.well("GET", f"{app.job}/schema")
    first = document["directories"][0]["objects"][0]["attributes"][0]
    assert first["type"] == ("string" if quirks else "String")


def _decoded(answer: Any) -> tuple[Any, Any]:
    try:
        return json.loads(answer["key"]), json.loads(answer["value"])
    except ValueError:
        return answer["key"], json.loads(answer["value"])


def test_provisioning_on_demand_answers_in_three_forms(app: SetUp, world: World, quirks: bool) -> None:
    person, group = app.person("ana.ruiz@example.com"), app.group("ScreenSteps Readers")
    key, value = _decoded(app.provision(person).json())
    assert key["result"] == "Skipped"
    assert value["provisioningSteps"]
    app.assign(person)
    app.assign(group)
    assigned = world.tenant.apps[app.app["id"]]
    until(lambda: len(world.tenant.known_assignments(assigned)) == 2, "not known")
    key, value = _decoded(app.provision(person).json())
    if quirks:
        assert key == "Microsoft.Identity.Health.CPP.Common.DataContracts.SyncFabric.StatusInfo"
        (value,) = value
    else:
        assert key == {"result": "Success", "details": {}}
    assert value["action"].lower() == "create"
    key, value = _decoded(app.provision(group, "Group", (person,)).json())
    assert key == {"result": "Success", "details": {}}
    assert (value == {}) == quirks


def test_log_rows_may_drift_in_casing_and_in_the_initiators_name(
    app: SetUp, world: World, quirks: bool
) -> None:
    app.assign(app.person("ana.ruiz@example.com"))
    until(lambda: len(world.tenant.known_assignments(world.tenant.apps[app.app["id"]])) == 1, "not known")
    app.until_settled()
    until(lambda: any(row.readable_at <= world.clock.now() for row in world.tenant.log), "no row")
    row = app.graph.well("GET", "/auditLogs/provisioning")["value"][0]
    assert ("initiatingType" in row["initiatedBy"]) == quirks
    assert ("initiatorType" in row["initiatedBy"]) != quirks
    kinds = {step["provisioningStepType"] for step in row["provisioningSteps"]}
    assert ("Import" if quirks else "import") in kinds


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        ("scim_token_refused", "CredentialValidationFailure", "Unauthorized"),
        ("scim_html", "CredentialValidationUnavailable", "OK"),
        ("cloud_cut_off", "CredentialValidationUnavailable", "Unreachable"),
    ],
)
def test_a_failed_credential_test_is_nested_in_several_ways(  # noqa: PLR0917
    world: World, app: SetUp, quirks: bool, fault: str, code: str, status: str
) -> None:
    setattr(world.tenant.faults, fault, True)
    answer = app.graph.patiently("POST", f"{app.job}/validateCredentials", {"credentials": app.credentials()})
    error = answer.json()["error"]
    assert (error["innerError"].get("code", "").endswith(code)) != quirks
    assert code in answer.text
    assert f"Response Status Code: {status}" in answer.text
