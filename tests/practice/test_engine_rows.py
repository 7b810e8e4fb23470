"""The rows that the engine writes have the shape of the provisioning log, and on-demand answers theirs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from scim_assistant.practice.state import Json
from tests.practice.engine_world import EngineWorld, engine_world, error_of
from tests.shared_data import needs_shared, shared_json


@pytest.fixture
def world() -> Iterator[EngineWorld]:
    with engine_world() as running:
        yield running


def judge(schema_name: str, documents: list[Json]) -> None:
    contract = shared_json("contract/graph-provisioning-v1.0.openapi.json")
    schema = {"$ref": f"#/components/schemas/{schema_name}", "components": contract["components"]}
    validator = Draft202012Validator(schema)
    assert documents
    for document in documents:
        assert list(validator.iter_errors(document)) == []


def wrong_role(mapping: Json) -> None:
    line = {
        "targetAttributeName": "userType",
        "matchingPriority": 0,
        "flowType": "Always",
        "source": {"type": "Attribute", "name": "jobTitle", "expression": "[jobTitle]"},
    }
    mapping["attributeMappings"] = [*mapping["attributeMappings"], line]


def every_kind_of_row(world: EngineWorld) -> list[Json]:
    """Create, update, disable, delete, skip, failure, staged removal, members."""
    world.change_mapping("User", wrong_role)
    ana, bo = world.person("ana.ruiz", job_title="reader"), world.person("bo.lind", job_title="reader")
    bad, off = world.person("bad.role", job_title="Chef"), world.person("off.line", account_enabled=False)
    writers = world.group("Writers", ana, off)
    world.assign(ana, bo, bad, writers)
    rows = world.cycle()
    world.change(ana, surname="Vega")
    world.unassign(bo)
    rows += world.cycle()
    world.change(ana, department="Sales")
    world.unassign(writers)
    rows += world.cycle()
    world.guard(0)
    world.unassign(ana)
    rows += world.cycle()
    return rows


def test_a_row_of_every_kind_appears(world: EngineWorld) -> None:
    rows = every_kind_of_row(world)
    found = {(row["provisioningAction"], row["provisioningStatusInfo"]["status"]) for row in rows}
    assert found == {
        ("create", "success"),
        ("create", "failure"),
        ("update", "success"),
        ("disable", "success"),
        ("delete", "success"),
        ("other", "skipped"),
        ("stagedDelete", "warning"),
    }


@needs_shared
def test_every_row_fits_the_contract(world: EngineWorld) -> None:
    judge("provisioningObjectSummary", every_kind_of_row(world))


def test_every_row_can_be_written_as_json_and_names_its_app_job_and_person(world: EngineWorld) -> None:
    for row in every_kind_of_row(world):
        assert json.loads(json.dumps(row)) == row
        assert row["jobId"] == world.job.id
        assert row["tenantId"] == world.tenant.tenant_id
        assert row["servicePrincipal"] == {"id": world.app.id, "displayName": "ScreenSteps"}
        assert row["targetSystem"]["details"]["ServicePrincipalId"] == world.app.id
        assert row["sourceIdentity"]["id"]
        assert row["sourceIdentity"]["displayName"]
        assert row["initiatedBy"]["initiatorType"] == "system"
        assert row["durationInMilliseconds"] > 0
        assert row["activityDateTime"].endswith("Z")


def test_only_failures_and_warnings_carry_an_error_and_only_skips_a_reason(world: EngineWorld) -> None:
    for row in every_kind_of_row(world):
        status = row["provisioningStatusInfo"]["status"]
        assert (error_of(row) is not None) == (status in ("failure", "warning"))
        assert ("SkipReason" in row["provisioningSteps"][-1]["details"]) == (status == "skipped")


def test_steps_come_in_the_engines_order(world: EngineWorld) -> None:
    order = ["import", "scoping", "matching", "referenceResolution", "export"]
    for row in every_kind_of_row(world):
        kinds = [step["provisioningStepType"] for step in row["provisioningSteps"]]
        assert kinds == sorted(kinds, key=order.index)
        assert kinds[0] == "import"


def test_no_row_holds_the_token(world: EngineWorld) -> None:
    assert "right-token" not in json.dumps(every_kind_of_row(world))


def test_a_row_is_readable_only_after_the_logs_delay(world: EngineWorld) -> None:
    world.assign(world.person("ana.ruiz"))
    world.cycle()
    (logged,) = world.tenant.log
    assert logged.readable_at > world.clock.now()


@needs_shared
def test_on_demand_answers_fit_the_observed_shapes(world: EngineWorld) -> None:
    ana, eli = world.person("ana.ruiz"), world.person("eli.fox")
    writers = world.group("Writers", ana)
    world.assign(ana, writers)
    answers = [
        world.on_demand(ana),
        world.on_demand(ana),
        world.on_demand(eli),
        world.on_demand(writers, ana),
    ]
    world.faults.scim_token_refused = True
    answers.append(world.on_demand(ana))
    judge("OnDemandResultKey", [key for key, _ in answers])
    judge("OnDemandResultValue", [value for _, value in answers])
    sample: dict[str, Any] = shared_json(
        "reference/samples/published/provision-on-demand-skipped.decoded.json"
    )
    for _, value in answers:
        assert value.keys() == sample["value"].keys()
        assert value["statusInfo"].keys() == sample["value"]["statusInfo"].keys()
        assert value["provisioningSteps"][0].keys() == sample["value"]["provisioningSteps"][0].keys()


@needs_shared
def test_the_jobs_own_document_fits_the_contract_in_every_state(world: EngineWorld) -> None:
    documents = [world.job.graph()]
    world.assign(world.person("ana.ruiz"))
    world.cycle()
    documents.append(world.job.graph())
    world.faults.scim_token_refused = True
    world.cycle()
    documents.append(world.job.graph())
    judge("synchronizationJob", documents)
