"""Provisioning on demand, and the credential test."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from scim_assistant.practice.state import Json
from tests.practice.engine_world import EngineWorld, engine_world

REFUSED = "SystemForCrossDomainIdentityManagementCredentialValidationFailure"
UNAVAILABLE = "SystemForCrossDomainIdentityManagementCredentialValidationUnavailable"


@pytest.fixture
def world() -> Iterator[EngineWorld]:
    with engine_world() as running:
        yield running


def types(value: Json) -> list[str]:
    return [step["type"] for step in value["provisioningSteps"]]


def test_an_assigned_person_is_created_step_by_step(world: EngineWorld) -> None:
    ana = world.person("ana.ruiz")
    world.assign(ana)
    key, value = world.on_demand(ana)
    assert key == {"result": "Success", "details": {}}
    assert (value["action"], value["statusInfo"]["status"]) == ("Create", "Success")
    assert types(value) == ["Import", "Scoping", "Matching", "Export"]
    assert value["targetIdentity"]["id"] == world.account("ana.ruiz")["id"]
    assert {"displayName": "userName", "oldValue": None, "newValue": "ana.ruiz@example.com"} in value[
        "modifiedProperties"
    ]
    assert value["provisioningSteps"][0]["details"]["mail"] == "ana.ruiz@example.com"


def test_it_works_before_the_job_was_ever_started_and_the_cycle_then_finds_nothing_to_do(
    world: EngineWorld,
) -> None:
    ana = world.person("ana.ruiz")
    world.assign(ana)
    world.job.schedule_state = world.job.status_code = "Paused"
    world.on_demand(ana)
    assert world.job.status_code == "Paused"
    world.cycle()
    assert world.names() == ["ana.ruiz@example.com"]
    assert world.writes() == []


def test_an_existing_account_is_shown_as_found(world: EngineWorld) -> None:
    world.service.seed([{"userName": "ana.ruiz@example.com", "id": "ss-7"}])
    ana = world.person("ana.ruiz")
    world.assign(ana)
    _, value = world.on_demand(ana)
    assert value["action"] == "Update"
    matching = next(step for step in value["provisioningSteps"] if step["type"] == "Matching")
    assert matching["details"]["id"] == "ss-7"
    assert matching["details"]["userName"] == "ana.ruiz@example.com"


def test_nothing_to_change_is_a_skip_with_its_reason(world: EngineWorld) -> None:
    ana = world.person("ana.ruiz")
    world.assign(ana)
    world.on_demand(ana)
    key, value = world.on_demand(ana)
    assert (key["result"], key["details"]["errorCode"]) == ("Skipped", "RedundantExport")
    assert value["statusInfo"]["status"] == "Skipped"
    assert value["statusInfo"]["errorCode"] is None
    assert value["provisioningSteps"][-1]["details"] == {"SkipReason": "RedundantExport"}


def test_an_unassigned_person_is_a_skip_and_nothing_is_written(world: EngineWorld) -> None:
    key, value = world.on_demand(world.person("eli.fox"))
    assert (key["result"], key["details"]["errorCode"]) == ("Skipped", "NotEffectivelyEntitled")
    scoping = next(step for step in value["provisioningSteps"] if step["type"] == "Scoping")
    assert scoping["details"]["Assigned"] == "False"
    assert world.names() == []


def test_an_unassigned_person_with_an_account_is_disabled(world: EngineWorld) -> None:
    ana = world.person("ana.ruiz")
    world.assign(ana)
    world.on_demand(ana)
    world.unassign(ana)
    key, value = world.on_demand(ana)
    assert (key["result"], value["action"]) == ("Success", "Disable")
    assert world.account("ana.ruiz")["active"] is False


def test_what_the_vendor_refuses_is_a_failure_with_its_answer(world: EngineWorld) -> None:
    def wrong_role(mapping: Json) -> None:
        source = {"type": "Constant", "name": "Chef", "expression": '"Chef"'}
        mapping["attributeMappings"] = [
            *mapping["attributeMappings"],
            {
                "targetAttributeName": "userType",
                "matchingPriority": 0,
                "flowType": "Always",
                "source": source,
            },
        ]

    world.change_mapping("User", wrong_role)
    ana = world.person("ana.ruiz")
    world.assign(ana)
    key, value = world.on_demand(ana)
    assert key["result"] == "Failure"
    assert key["details"]["errorCode"] == "SystemForCrossDomainIdentityManagementServiceIncompatible"
    assert "BadRequest" in key["details"]["errorMessage"]
    assert value["statusInfo"]["errorCategory"] == "NonServiceFailure"
    assert value["provisioningSteps"][-1]["status"] == "Failure"
    assert world.job.escrows == {}


@pytest.mark.parametrize(("fault", "code"), [("scim_token_refused", REFUSED), ("scim_html", UNAVAILABLE)])
def test_a_failed_connection_test_comes_first(fault: str, code: str, world: EngineWorld) -> None:
    ana = world.person("ana.ruiz")
    world.assign(ana)
    setattr(world.faults, fault, True)
    key, value = world.on_demand(ana)
    assert (key["result"], key["details"]["errorCode"]) == ("Failure", code)
    assert value["provisioningSteps"][-1]["status"] == "Failure"


def test_a_group_brings_the_named_members_along(world: EngineWorld) -> None:
    ana, bo, stranger = world.person("ana.ruiz"), world.person("bo.lind"), world.person("eli.fox")
    writers = world.group("Writers", ana, bo)
    world.assign(writers)
    key, value = world.on_demand(writers, ana, stranger)
    assert key["result"] == "Success"
    assert value["action"] == "Create"
    assert world.names() == ["ana.ruiz@example.com"]
    assert world.service.groups()[0]["members"] == ["ana.ruiz@example.com"]
    world.cycle()
    assert world.service.groups()[0]["members"] == ["ana.ruiz@example.com", "bo.lind@example.com"]


def test_it_writes_the_log_like_a_cycle_does(world: EngineWorld) -> None:
    ana = world.person("ana.ruiz")
    world.assign(ana)
    _, value = world.on_demand(ana)
    (logged,) = world.tenant.log
    assert logged.row["changeId"] == value["changeId"]
    assert logged.row["provisioningAction"] == "create"


def test_the_flag_in_the_tenant_url_does_not_apply_on_demand(world: EngineWorld) -> None:
    world.app.secrets["BaseAddress"] += "?aadOptscim062020"
    ana = world.person("ana.ruiz")
    world.assign(ana)
    world.on_demand(ana)
    world.unassign(ana)
    world.on_demand(ana)
    ((_, _, body),) = world.writes()
    assert body["Operations"] == [{"op": "Replace", "path": "active", "value": "False"}]


def test_objects_and_rules_that_do_not_exist_are_lookup_errors(world: EngineWorld) -> None:
    ana = world.person("ana.ruiz")
    with pytest.raises(LookupError):
        world.engine.provision_on_demand(world.app, world.job, "no rule", ana.id, "User")
    with pytest.raises(LookupError):
        world.engine.provision_on_demand(world.app, world.job, world.rule_id, "nobody", "User")
    world.change(ana, deleted_at=world.clock.now())
    with pytest.raises(LookupError):
        world.on_demand(ana)


# ---------------------------------------------------------------- credential test


def test_the_right_credentials_pass(world: EngineWorld) -> None:
    base = world.service.base_address
    assert world.engine.validate_credentials(base, "right-token") is None
    assert world.engine.validate_credentials(base + "/", "right-token") is None
    assert world.engine.validate_credentials(base + "/?aadOptscim062020", "right-token") is None


def test_a_wrong_token_is_told_from_a_wrong_address(world: EngineWorld) -> None:
    base = world.service.base_address
    failure = world.engine.validate_credentials(base, "wrong-token")
    assert failure is not None
    assert failure.code == REFUSED
    assert "Response Status Code: Unauthorized" in failure.message
    assert "wrong-token" not in failure.message
    for address in (base.removesuffix("2") + "1", base + "/nowhere", "http://127.0.0.1:1/api/scim/v2", ""):
        failure = world.engine.validate_credentials(address, "right-token")
        assert failure is not None
        assert failure.code == UNAVAILABLE
    world.faults.scim_html = True
    failure = world.engine.validate_credentials(base, "right-token")
    assert failure is not None
    assert failure.code == UNAVAILABLE


@pytest.mark.parametrize("token", ["", "tökén", "two\nlines", "x" * 10_000, "\u202etoken"])
def test_a_token_that_cannot_be_one_is_refused_and_no_fault(token: str, world: EngineWorld) -> None:
    failure = world.engine.validate_credentials(world.service.base_address, token)
    assert failure is not None
    assert failure.code in (REFUSED, UNAVAILABLE)
    assert not token or token not in failure.message


def test_a_firewall_or_a_list_of_addresses_keeps_the_engine_out_and_nobody_else(world: EngineWorld) -> None:
    base = world.service.base_address

    def asked_by(agent: str) -> int:
        headers = {"Authorization": "Bearer right-token", "User-Agent": agent}
        return httpx.get(f"{base}/Users", headers=headers, trust_env=False).status_code

    for fault, value, said in (
        ("scim_turns_away", "cloud", "Response Status Code: Forbidden"),
        ("cloud_cut_off", True, "timed out"),
    ):
        before = getattr(world.faults, fault)
        setattr(world.faults, fault, value)
        failure = world.engine.validate_credentials(base, "right-token")
        assert failure is not None
        assert said in failure.message
        assert asked_by("scim-assistant") == asked_by("another client") == 200
        setattr(world.faults, fault, before)
    world.faults.scim_turns_away = "desk"
    assert world.engine.validate_credentials(base, "right-token") is None
    assert (asked_by("scim-assistant"), asked_by("another client")) == (403, 200)
