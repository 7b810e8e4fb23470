"""What a provisioning cycle does to accounts and groups, over real HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

import pytest

from scim_assistant.practice.exchange import Exchange
from scim_assistant.practice.state import Json
from tests.practice.engine_world import EngineWorld, engine_world, kinds, skip_reason


@pytest.fixture
def world() -> Iterator[EngineWorld]:
    with engine_world() as running:
        yield running


# ---------------------------------------------------------------- people


def test_the_first_cycle_creates_exactly_who_is_assigned(world: EngineWorld) -> None:
    ana, bo, _ = world.person("ana.ruiz"), world.person("bo.lind"), world.person("eli.fox")
    world.assign(ana, bo)
    rows = world.cycle()
    assert kinds(rows) == [("create", "success", "Ana Ruiz"), ("create", "success", "Bo Lind")]
    assert world.names() == ["ana.ruiz@example.com", "bo.lind@example.com"]
    account = world.account("ana.ruiz")
    assert account["givenName"] == "Ana"
    assert account["familyName"] == "Ruiz"
    assert account["email"] == "ana.ruiz@example.com"
    assert account["externalId"] == "ana.ruiz"
    assert account["active"] is True


def test_a_cycle_without_news_writes_and_logs_nothing(world: EngineWorld) -> None:
    world.assign(world.person("ana.ruiz"))
    world.cycle()
    assert world.cycle() == []
    assert world.writes() == []


def test_only_what_changed_is_sent(world: EngineWorld) -> None:
    ana, bo = world.person("ana.ruiz"), world.person("bo.lind")
    world.assign(ana, bo)
    world.cycle()
    world.change(ana, surname="Vega")
    rows = world.cycle()
    assert kinds(rows) == [("update", "success", "Ana Ruiz")]
    assert rows[0]["modifiedProperties"] == [
        {"displayName": "name.familyName", "oldValue": "Ruiz", "newValue": "Vega"}
    ]
    ((_, path, body),) = world.writes()
    assert path == f"/Users/{world.account('ana.ruiz')['id']}"
    assert body["Operations"] == [{"op": "Replace", "path": "name.familyName", "value": "Vega"}]
    assert world.account("ana.ruiz")["familyName"] == "Vega"


def test_a_change_that_is_not_mapped_is_skipped_as_redundant(world: EngineWorld) -> None:
    ana = world.person("ana.ruiz")
    world.assign(ana)
    world.cycle()
    world.change(ana, department="Sales")
    (row,) = world.cycle()
    assert (row["provisioningAction"], skip_reason(row)) == ("other", "RedundantExport")
    assert row["provisioningStatusInfo"] == {"status": "skipped", "errorInformation": None}


def test_a_change_of_case_alone_is_not_sent(world: EngineWorld) -> None:
    ana = world.person("ana.ruiz")
    world.assign(ana)
    world.cycle()
    world.change(ana, surname="RUIZ")
    assert [skip_reason(row) for row in world.cycle()] == ["RedundantExport"]


def test_an_emptied_value_stays_as_it_was_at_the_vendor(world: EngineWorld) -> None:
    ana = world.person("ana.ruiz")
    world.assign(ana)
    world.cycle()
    world.change(ana, mail=None)
    world.cycle()
    assert world.account("ana.ruiz")["email"] == "ana.ruiz@example.com"


def test_somebody_without_mail_gets_an_account_without_an_address(world: EngineWorld) -> None:
    world.assign(world.person("ana.ruiz", mail=None))
    world.cycle()
    assert world.account("ana.ruiz")["email"] is None


def test_a_guest_is_created_under_the_name_without_the_mark(world: EngineWorld) -> None:
    guest = world.person("guest.one", user_type="Guest")
    world.change(guest, user_principal_name="guest.one_example.com#EXT#@example.com")
    world.assign(guest)
    world.cycle()
    assert world.names() == ["guest.one_example.com@example.com"]


def test_an_existing_account_is_matched_and_not_doubled(world: EngineWorld) -> None:
    world.service.seed(
        [{"userName": "ana.ruiz@example.com", "id": "ss-7", "givenName": "Old", "active": False}]
    )
    world.assign(world.person("ana.ruiz"))
    (row,) = world.cycle()
    assert (row["provisioningAction"], row["targetIdentity"]["id"]) == ("update", "ss-7")
    assert world.names() == ["ana.ruiz@example.com"]
    account = world.account("ana.ruiz")
    assert (account["id"], account["givenName"], account["active"]) == ("ss-7", "Ana", True)


def test_an_account_that_already_matches_is_only_remembered(world: EngineWorld) -> None:
    ana = world.person("ana.ruiz")
    world.service.seed(
        [
            {
                "userName": "ana.ruiz@example.com",
                "id": "ss-7",
                "givenName": "Ana",
                "familyName": "Ruiz",
                "email": "ana.ruiz@example.com",
                "externalId": "ana.ruiz",
            }
        ]
    )
    world.assign(ana)
    assert [skip_reason(row) for row in world.cycle()] == ["RedundantExport"]
    assert world.writes() == []
    assert world.job.links[ana.id].target_id == "ss-7"


# ---------------------------------------------------------------- who is in scope


def test_direct_members_of_an_assigned_group_are_in_scope_and_nested_ones_are_not(world: EngineWorld) -> None:
    direct, nested = world.person("direct.one"), world.person("nested.one")
    inner = world.group("Inner", nested)
    world.assign(world.group("Writers", direct, inner))
    world.cycle()
    assert world.names() == ["direct.one@example.com"]


def test_a_group_that_is_not_for_security_brings_nobody(world: EngineWorld) -> None:
    ana = world.person("ana.ruiz")
    world.assign(world.group("Mail list", ana, security_enabled=False))
    rows = world.cycle()
    assert world.names() == []
    assert world.service.groups() == []
    assert {skip_reason(row) for row in rows} == {"NotEffectivelyEntitled"}


def test_a_disabled_person_is_skipped_and_the_steps_say_why(world: EngineWorld) -> None:
    world.assign(world.person("off.line", account_enabled=False))
    (row,) = world.cycle()
    assert world.names() == []
    assert skip_reason(row) == "NotEffectivelyEntitled"
    scoping = next(s for s in row["provisioningSteps"] if s["provisioningStepType"] == "scoping")
    assert scoping["details"]["IsActive"] == "False"
    assert scoping["details"]["Assigned"] == "True"


def test_unassigned_people_are_passed_over_in_silence_until_they_change(world: EngineWorld) -> None:
    eli = world.person("eli.fox")
    assert world.cycle() == []
    world.change(eli, department="Sales")
    (row,) = world.cycle()
    assert skip_reason(row) == "NotEffectivelyEntitled"
    assert row["sourceIdentity"]["id"] == eli.id


def test_with_everyone_in_scope_nobody_needs_an_assignment(world: EngineWorld) -> None:
    world.person("ana.ruiz")
    world.person("off.line", account_enabled=False)
    world.app.secrets["SyncAll"] = "true"
    world.cycle()
    assert world.names() == ["ana.ruiz@example.com"]


def test_a_new_assignment_reaches_the_engine_after_its_lag() -> None:
    with engine_world() as world:
        world.assign(world.person("ana.ruiz"))
        (assignment,) = world.app.assignments.values()
        world.tenant.born[assignment.id] = assignment.created_at
        world.cycle()
        assert world.names() == []
        world.clock.advance(world.tenant.limits.assignment_lag_s)  # type: ignore[attr-defined]
        world.cycle()
        assert world.names() == ["ana.ruiz@example.com"]


def only_sales(mapping: Json) -> None:
    clause = {
        "sourceOperandName": "department",
        "operatorName": "EQUALS",
        "targetOperand": {"values": ["Sales"]},
    }
    mapping["scope"] = {"groups": [{"name": "Sales only", "clauses": [clause]}]}


def test_a_scoping_filter_keeps_out_and_lets_in(world: EngineWorld) -> None:
    ana, bo = world.person("ana.ruiz", department="Sales"), world.person("bo.lind", department="Support")
    world.assign(ana, bo)
    world.change_mapping("User", only_sales)
    rows = world.cycle()
    assert world.names() == ["ana.ruiz@example.com"]
    assert kinds(rows) == [("create", "success", "Ana Ruiz"), ("other", "skipped", "Bo Lind")]
    world.change(bo, department="Sales")
    world.cycle()
    assert "bo.lind@example.com" in world.names()


# ---------------------------------------------------------------- leaving


def test_unassigning_disables_once_and_never_deletes(world: EngineWorld) -> None:
    ana = world.person("ana.ruiz")
    world.assign(ana)
    world.cycle()
    world.unassign(ana)
    (row,) = world.cycle()
    assert (row["provisioningAction"], row["provisioningStatusInfo"]["status"]) == ("disable", "success")
    assert row["modifiedProperties"] == [{"displayName": "active", "oldValue": "True", "newValue": "False"}]
    assert world.account("ana.ruiz")["active"] is False
    # Unassigned first, deleted later: the account stays disabled for ever.
    del world.tenant.people[ana.id]
    world.tenant.touch()
    assert world.cycle() == []
    assert world.account("ana.ruiz")["active"] is False


def test_being_assigned_again_enables_the_same_account(world: EngineWorld) -> None:
    ana = world.person("ana.ruiz")
    world.assign(ana)
    world.cycle()
    before = world.account("ana.ruiz")["id"]
    world.unassign(ana)
    world.cycle()
    world.assign(ana)
    world.cycle()
    account = world.account("ana.ruiz")
    assert (account["id"], account["active"]) == (before, True)


def test_blocking_sign_in_disables_and_unblocking_enables(world: EngineWorld) -> None:
    ana = world.person("ana.ruiz")
    world.assign(ana)
    world.cycle()
    world.change(ana, account_enabled=False)
    assert kinds(world.cycle()) == [("disable", "success", "Ana Ruiz")]
    assert world.account("ana.ruiz")["active"] is False
    world.change(ana, account_enabled=True)
    assert kinds(world.cycle()) == [("update", "success", "Ana Ruiz")]
    assert world.account("ana.ruiz")["active"] is True


def test_deleting_disables_first_and_purging_deletes(world: EngineWorld) -> None:
    ana = world.person("ana.ruiz")
    world.assign(ana)
    world.cycle()
    world.change(ana, deleted_at=world.clock.now())
    assert kinds(world.cycle()) == [("disable", "success", "Ana Ruiz")]
    del world.tenant.people[ana.id]
    world.tenant.touch()
    (row,) = world.cycle()
    assert row["provisioningAction"] == "delete"
    assert world.names() == []


def test_an_app_without_soft_delete_loses_the_account(world: EngineWorld) -> None:
    def without_active(mapping: Json) -> None:
        mapping["attributeMappings"] = [
            line for line in mapping["attributeMappings"] if line["targetAttributeName"] != "active"
        ]

    world.change_mapping("User", without_active)
    ana = world.person("ana.ruiz")
    world.assign(ana)
    world.cycle()
    world.unassign(ana)
    (row,) = world.cycle()
    assert row["provisioningAction"] == "delete"
    assert [(method, path.split("/")[1]) for method, path, _ in world.writes()] == [("DELETE", "Users")]
    assert world.names() == []


def test_leavers_can_be_left_alone(world: EngineWorld) -> None:
    ana = world.person("ana.ruiz")
    world.assign(ana)
    world.cycle()
    world.app.secrets["SkipOutOfScopeDeletions"] = "True"
    world.unassign(ana)
    assert [skip_reason(row) for row in world.cycle()] == ["EntrySynchronizationSkipped"]
    assert world.account("ana.ruiz")["active"] is True


@pytest.mark.parametrize(("flow_types", "left"), [("Update, Delete", []), ("Add", ["ana.ruiz@example.com"])])
def test_switched_off_actions_do_not_happen(flow_types: str, left: list[str], world: EngineWorld) -> None:
    world.change_mapping("User", lambda mapping: mapping.update(flowTypes=flow_types))
    ana = world.person("ana.ruiz")
    world.assign(ana)
    world.cycle()
    assert world.names() == left
    world.change(ana, surname="Vega")
    world.cycle()
    assert [account["familyName"] for account in world.service.accounts()] == ["Ruiz"] * len(left)


# ---------------------------------------------------------------- groups


def test_a_group_is_created_empty_and_then_filled(world: EngineWorld) -> None:
    ana, bo = world.person("ana.ruiz"), world.person("bo.lind")
    writers = world.group("Writers", ana, bo)
    world.assign(writers)
    rows = world.cycle()
    (group,) = world.service.groups()
    assert group["displayName"] == "Writers"
    assert group["externalId"] == writers.id
    assert group["members"] == ["ana.ruiz@example.com", "bo.lind@example.com"]
    group_writes = [(method, body) for method, path, body in world.writes() if path.startswith("/Groups")]
    assert [method for method, _ in group_writes] == ["POST", "PATCH"]
    assert "members" not in group_writes[0][1]
    assert [
        row["provisioningAction"] for row in rows if row["sourceIdentity"]["identityType"] == "Group"
    ] == [
        "create",
        "update",
    ]


def test_joining_and_leaving_a_group_changes_only_that_member(world: EngineWorld) -> None:
    ana, bo, cy = world.person("ana.ruiz"), world.person("bo.lind"), world.person("cy.park")
    writers = world.group("Writers", ana, bo)
    world.assign(writers, ana, bo, cy)
    world.cycle()
    world.change(writers, members=[bo.id, cy.id])
    world.cycle()
    (group,) = world.service.groups()
    assert group["members"] == ["bo.lind@example.com", "cy.park@example.com"]
    operations = [body["Operations"][0] for _, path, body in world.writes() if path.startswith("/Groups")]
    assert [(each["op"], [member["value"] for member in each["value"]]) for each in operations] == [
        ("Add", [world.account("cy.park")["id"]]),
        ("Remove", [world.account("ana.ruiz")["id"]]),
    ]


def test_a_renamed_group_keeps_its_members(world: EngineWorld) -> None:
    writers = world.group("Writers", world.person("ana.ruiz"))
    world.assign(writers)
    world.cycle()
    world.change(writers, display_name="Authors")
    world.cycle()
    (group,) = world.service.groups()
    assert (group["displayName"], group["members"]) == ("Authors", ["ana.ruiz@example.com"])


def test_a_member_who_is_not_provisioned_is_left_out_and_named(world: EngineWorld) -> None:
    ana, off = world.person("ana.ruiz"), world.person("off.line", account_enabled=False)
    world.assign(world.group("Writers", ana, off))
    rows = world.cycle()
    assert world.service.groups()[0]["members"] == ["ana.ruiz@example.com"]
    row = next(each for each in rows if kinds([each]) == [("update", "success", "Writers")])
    step = next(s for s in row["provisioningSteps"] if s["provisioningStepType"] == "referenceResolution")
    assert step["details"]["SkipReason"] == "UnableToResolveReferenceAttributeValue"
    assert step["details"]["UnresolvedReferences"] == off.id


def test_a_group_inside_a_group_is_no_missing_member(world: EngineWorld) -> None:
    writers = world.group("Writers", world.person("ana.ruiz"), world.group("Inner", world.person("bo.lind")))
    world.assign(writers)
    rows = world.cycle()
    assert "UnableToResolveReferenceAttributeValue" not in json.dumps(rows)
    assert world.service.groups()[0]["members"] == ["ana.ruiz@example.com"]


def test_a_member_who_appears_later_is_missing_until_the_job_starts_over(world: EngineWorld) -> None:
    ana, off = world.person("ana.ruiz"), world.person("off.line", account_enabled=False)
    world.assign(world.group("Writers", ana, off))
    world.cycle()
    world.change(off, account_enabled=True)
    world.cycle()
    assert "off.line@example.com" in world.names()
    assert world.service.groups()[0]["members"] == ["ana.ruiz@example.com"]
    world.job.watermark = None  # a restart
    world.cycle()
    assert world.service.groups()[0]["members"] == ["ana.ruiz@example.com", "off.line@example.com"]


def test_an_unassigned_group_is_deleted(world: EngineWorld) -> None:
    ana = world.person("ana.ruiz")
    writers = world.group("Writers", ana)
    world.assign(writers, ana)
    world.cycle()
    world.unassign(writers)
    assert kinds(world.cycle()) == [("delete", "success", "Writers")]
    assert world.service.groups() == []
    assert world.account("ana.ruiz")["active"] is True


def test_without_a_group_mapping_no_group_request_is_made(world: EngineWorld) -> None:
    world.change_mapping("Group", lambda mapping: mapping.update(enabled=False))
    world.assign(world.group("Writers", world.person("ana.ruiz")))
    world.cycle()
    assert world.names() == ["ana.ruiz@example.com"]
    assert [each.path for each in world.exchanges if "/Groups" in each.path] == []


# ---------------------------------------------------------------- the job


def test_every_cycle_begins_with_a_look_for_nobody(world: EngineWorld) -> None:
    world.cycle()
    first, second = world.exchanges
    assert first.path.endswith("/Users")
    assert re.fullmatch(r'filter=userName eq "[0-9a-f-]{36}"', unquote_plus(first.query))
    assert second.path.endswith("/Groups")
    assert re.fullmatch(
        r'excludedAttributes=members&filter=displayName eq "[0-9a-f-]{36}"', unquote_plus(second.query)
    )


def test_the_job_tells_how_the_cycle_went(world: EngineWorld) -> None:
    ana = world.person("ana.ruiz")
    world.assign(world.group("Writers", ana), ana)
    world.cycle()
    job = world.job
    assert job.status_code == "Active"
    assert job.quarantine is None
    assert job.counts == {"User": 1, "Group": 1}
    assert job.last_execution is job.last_successful is job.last_successful_with_exports
    execution = job.last_execution
    assert execution is not None
    assert (execution.state, execution.error) == ("Succeeded", None)
    assert (execution.entitled, execution.exports, execution.escrowed) == (2, 3, 0)
    assert job.steady_first_at is not None
    assert job.progress == []
    first_exports = job.last_successful_with_exports
    world.cycle()
    assert job.last_execution is not execution
    assert job.last_successful_with_exports is first_exports


def test_counts_never_fall(world: EngineWorld) -> None:
    ana, bo = world.person("ana.ruiz"), world.person("bo.lind")
    world.assign(ana, bo)
    world.cycle()
    world.unassign(bo)
    world.cycle()
    assert world.job.counts == {"User": 2}


def test_rows_of_one_cycle_share_its_id_and_no_other(world: EngineWorld) -> None:
    world.assign(world.person("ana.ruiz"), world.person("bo.lind"))
    first = world.cycle()
    world.assign(world.person("cy.park"))
    second = world.cycle()
    assert len({row["cycleId"] for row in first}) == 1
    assert {row["cycleId"] for row in first}.isdisjoint({row["cycleId"] for row in second})
    everything = [*first, *second]
    assert len({row["id"] for row in everything}) == len({row["changeId"] for row in everything}) == 3


def test_a_restart_looks_at_the_vendors_copy_and_repairs_it(world: EngineWorld) -> None:
    ana = world.person("ana.ruiz")
    world.assign(ana)
    world.cycle()
    target_id = world.job.links[ana.id].target_id
    kind = next(each for each in world.service.store.provider.resource_types if each.name == "User")
    with world.service.store.provider:
        user = world.service.store.get(kind, target_id)
        user.name.given_name = "Changed by hand"
        world.service.store.update(kind, user)
    world.cycle()
    assert world.account("ana.ruiz")["givenName"] == "Changed by hand"
    world.job.watermark = None
    world.cycle()
    assert world.account("ana.ruiz")["givenName"] == "Ana"


def test_a_schema_that_comes_in_during_a_cycle_is_not_forgotten(world: EngineWorld) -> None:
    world.assign(world.person("ana.ruiz"))
    world.cycle()
    world.assign(world.person("bo.lind"))

    def put_schema(exchange: Exchange) -> None:
        if exchange.method == "POST":
            world.change_mapping("User", only_sales)

    world.on_request = put_schema
    world.cycle()
    assert world.job.watermark is None


def test_a_deleted_job_ends_its_cycle_without_a_trace(world: EngineWorld) -> None:
    world.assign(world.person("ana.ruiz"))
    world.job.was_deleted = True
    assert world.cycle() == []
    assert world.job.last_execution is None
    assert world.names() == []
