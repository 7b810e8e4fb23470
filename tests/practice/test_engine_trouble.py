"""What the engine does when the vendor says no: escrow, quarantine, recovery, the guard against mass removals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from scim_assistant.practice.clock import Clock, ManualClock
from scim_assistant.practice.engine_job import volume_quarantine
from scim_assistant.practice.limits import HOUR_S, REAL_LIMITS
from scim_assistant.practice.state import Json, Person
from tests.practice.engine_world import EngineWorld, engine_world, error_of, kinds, skip_reason

REFUSED = "SystemForCrossDomainIdentityManagementCredentialValidationFailure"
UNAVAILABLE = "SystemForCrossDomainIdentityManagementCredentialValidationUnavailable"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def world(clock: ManualClock) -> Iterator[EngineWorld]:
    with engine_world(clock=clock) as running:
        yield running


def role_from_job_title(mapping: Json) -> None:
    """Send the job title as the role: any other word than the app's three is refused with 400."""
    line = {
        "targetAttributeName": "userType",
        "matchingPriority": 0,
        "flowType": "Always",
        "source": {"type": "Attribute", "name": "jobTitle", "expression": "[jobTitle]", "parameters": []},
    }
    mapping["attributeMappings"] = [*mapping["attributeMappings"], line]


def a_bad_and_a_good_person(world: EngineWorld) -> tuple[Person, Person]:
    world.change_mapping("User", role_from_job_title)
    bad, good = world.person("bad.role", job_title="Chef"), world.person("good.role", job_title="editor")
    world.assign(bad, good)
    return bad, good


# ---------------------------------------------------------------- one object fails


def test_one_failure_does_not_stop_the_others(world: EngineWorld) -> None:
    bad, _ = a_bad_and_a_good_person(world)
    rows = world.cycle()
    assert kinds(rows) == [("create", "failure", "Bad Role"), ("create", "success", "Good Role")]
    assert world.names() == ["good.role@example.com"]
    assert world.job.status_code == "Active"
    assert world.job.last_execution is not None
    assert world.job.last_execution.state == "EntryLevelErrors"
    assert world.job.last_execution.escrowed == 1
    assert set(world.job.escrows) == {bad.id}


def test_the_reason_carries_status_answer_attempts_and_the_next_attempt(
    world: EngineWorld, clock: ManualClock
) -> None:
    a_bad_and_a_good_person(world)
    row = next(each for each in world.cycle() if each["provisioningStatusInfo"]["status"] == "failure")
    error = error_of(row)
    assert error["errorCode"] == "SystemForCrossDomainIdentityManagementServiceIncompatible"
    assert error["errorCategory"] == "nonServiceFailure"
    head, _, rest = error["reason"].partition("Web Response: \r\n")
    assert head.startswith("StatusCode: BadRequest\r\nMessage: ")
    body, _, tail = rest.partition(". This operation was retried ")
    assert json.loads(body)["scimType"] == "invalidValue"
    due = clock.now() + timedelta(hours=6)
    stamp = due.strftime("%Y-%m-%dT%H:%M:%S")
    assert tail == f"0 times. It will be retried again after this date: {stamp}.0000000Z UTC"
    assert row["provisioningSteps"][-1]["status"] == "failure"
    assert row["targetIdentity"]["id"] == ""


def test_a_failed_object_is_tried_again_after_6_12_and_24_hours_then_daily(
    world: EngineWorld, clock: ManualClock
) -> None:
    a_bad_and_a_good_person(world)
    world.cycle()
    started = clock.now()
    tried_at = []
    for hour in range(1, 75):
        clock.advance(started.timestamp() + hour * HOUR_S - clock.now().timestamp())
        if world.cycle():
            tried_at.append(hour)
    assert tried_at == [6, 12, 24, 48, 72]


def test_a_retry_says_that_it_is_one_and_how_often_it_failed(world: EngineWorld, clock: ManualClock) -> None:
    a_bad_and_a_good_person(world)
    world.cycle()
    clock.advance(6 * HOUR_S)
    (row,) = world.cycle()
    step = next(s for s in row["provisioningSteps"] if s["name"] == "EntryEscrowRetry")
    assert step["details"]["CountProcessed"] == "1"
    assert "This operation was retried 1 times." in error_of(row)["reason"]


def test_a_repaired_person_is_taken_at_once_and_leaves_escrow(world: EngineWorld) -> None:
    bad, _ = a_bad_and_a_good_person(world)
    world.cycle()
    world.change(bad, job_title="reader")
    assert kinds(world.cycle()) == [("create", "success", "Bad Role")]
    assert world.job.escrows == {}
    assert "bad.role@example.com" in world.names()


def test_after_28_days_the_engine_gives_an_object_up(world: EngineWorld, clock: ManualClock) -> None:
    bad, _ = a_bad_and_a_good_person(world)
    world.cycle()
    for _ in range(32):
        clock.advance(24 * HOUR_S)
        rows = world.cycle()
        if not world.job.escrows:
            break
    (row,) = rows
    assert "It will be retried again" not in error_of(row)["reason"]
    assert clock.now() - world.job.created_at >= timedelta(days=27)
    assert bad.id not in world.job.links


def test_two_accounts_with_the_matching_value_are_a_failure_and_nothing_is_written(
    world: EngineWorld,
) -> None:
    def match_by_external_id(mapping: Json) -> None:
        for line in mapping["attributeMappings"]:
            line["matchingPriority"] = 1 if line["targetAttributeName"] == "externalId" else 0

    world.change_mapping("User", match_by_external_id)
    world.service.seed(
        [{"userName": f"{name}@example.com", "externalId": "ana.ruiz"} for name in ("one", "two")]
    )
    world.assign(world.person("ana.ruiz"))
    (row,) = world.cycle()
    assert error_of(row)["errorCode"] == "DuplicateTargetEntries"
    assert world.writes() == []


def test_a_second_matching_attribute_is_asked_when_the_first_finds_nobody(world: EngineWorld) -> None:
    def match_twice(mapping: Json) -> None:
        for line in mapping["attributeMappings"]:
            if line["targetAttributeName"] == "externalId":
                line["matchingPriority"] = 2

    world.change_mapping("User", match_twice)
    world.service.seed([{"userName": "old.name@example.com", "externalId": "ana.ruiz", "id": "ss-7"}])
    world.assign(world.person("ana.ruiz"))
    (row,) = world.cycle()
    assert (row["provisioningAction"], row["targetIdentity"]["id"]) == ("update", "ss-7")
    assert world.names() == ["ana.ruiz@example.com"]


def test_a_name_that_is_taken_by_somebody_else_is_a_conflict(world: EngineWorld) -> None:
    def match_by_external_id(mapping: Json) -> None:
        for line in mapping["attributeMappings"]:
            line["matchingPriority"] = 1 if line["targetAttributeName"] == "externalId" else 0

    world.change_mapping("User", match_by_external_id)
    world.service.seed([{"userName": "ana.ruiz@example.com", "externalId": "somebody else"}])
    world.assign(world.person("ana.ruiz"))
    (row,) = world.cycle()
    assert error_of(row)["errorCode"] == "EntryConflict"
    assert "StatusCode: Conflict" in error_of(row)["reason"]
    assert '"uniqueness"' in error_of(row)["reason"]


def test_somebody_without_a_matching_value_is_skipped(world: EngineWorld) -> None:
    def match_by_mail(mapping: Json) -> None:
        for line in mapping["attributeMappings"]:
            wanted = line["targetAttributeName"] == 'emails[type eq "work"].value'
            line["matchingPriority"] = 1 if wanted else 0

    world.change_mapping("User", match_by_mail)
    world.assign(world.person("ana.ruiz", mail=None), world.person("bo.lind"))
    rows = world.cycle()
    assert kinds(rows) == [("create", "success", "Bo Lind"), ("other", "skipped", "Ana Ruiz")]
    assert "EntryJoiningPropertyValueIsMissing" in {skip_reason(row) for row in rows}


def test_a_required_value_that_is_missing_is_named(world: EngineWorld) -> None:
    def name_from_city(mapping: Json) -> None:
        for line in mapping["attributeMappings"]:
            name = line["targetAttributeName"]
            line["matchingPriority"] = 1 if name == "externalId" else 0
            if name == "userName":
                line["source"] = {"type": "Attribute", "name": "city", "expression": "[city]"}

    world.change_mapping("User", name_from_city)
    world.assign(world.person("ana.ruiz"))
    (row,) = world.cycle()
    assert error_of(row)["errorCode"] == "MandatoryFieldsMissing"
    assert "userName" in error_of(row)["reason"]


def test_an_account_that_somebody_deleted_at_the_vendor_is_a_lost_link(world: EngineWorld) -> None:
    ana = world.person("ana.ruiz")
    world.assign(ana)
    world.cycle()
    kind = next(each for each in world.service.store.provider.resource_types if each.name == "User")
    world.service.store.delete(kind, world.job.links[ana.id].target_id)
    world.change(ana, surname="Vega")
    (row,) = world.cycle()
    assert error_of(row)["errorCode"] == "InvalidAnchor"
    assert world.names() == []


# ---------------------------------------------------------------- the vendor throttles


def test_the_request_limit_slows_a_cycle_down_and_loses_nobody() -> None:
    clock = Clock(speed=120)  # a minute passes in half a second
    with engine_world(clock=clock, scim_calls=4) as world:
        people = [world.person(f"person.no{number}") for number in range(6)]
        world.assign(*people)
        rows = world.cycle()
        assert {each.status for each in world.exchanges} == {200, 201, 429}
        assert len(world.names()) == 6
        assert {row["provisioningStatusInfo"]["status"] for row in rows} == {"success"}


# ---------------------------------------------------------------- quarantine


def test_a_refused_token_is_quarantine_at_once(world: EngineWorld, clock: ManualClock) -> None:
    world.assign(world.person("ana.ruiz"))
    world.faults.scim_token_refused = True
    assert world.cycle() == []
    job = world.job
    assert job.status_code == "Quarantine"
    assert job.quarantine is not None
    assert job.quarantine.reason == "EncounteredQuarantineException"
    assert job.quarantine.error.code == REFUSED
    assert "Unauthorized" in job.quarantine.error.message
    assert "right-token" not in job.quarantine.error.message
    assert job.quarantine.next_attempt_at == clock.now() + timedelta(hours=6)
    assert job.last_execution is not None
    assert job.last_execution.state == "Failed"
    assert job.last_successful is None
    assert job.successive_failures == 1


def test_a_login_page_is_quarantine_too(world: EngineWorld) -> None:
    world.faults.scim_html = True
    world.cycle()
    assert world.job.quarantine is not None
    assert world.job.quarantine.error.code == UNAVAILABLE


def test_an_address_that_answers_in_the_old_schema_is_quarantine(world: EngineWorld) -> None:
    world.app.secrets["BaseAddress"] = world.service.base_address.removesuffix("v2") + "v1"
    world.cycle()
    assert world.job.quarantine is not None
    assert world.job.quarantine.error.code == UNAVAILABLE


def test_a_dead_service_is_quarantine(world: EngineWorld) -> None:
    world.service.stop()
    world.cycle()
    assert world.job.quarantine is not None
    assert world.job.quarantine.error.code == UNAVAILABLE


@pytest.mark.parametrize("address", ["", "not an address", "http://127.0.0.1:1/%zz", "http://[::1"])
def test_an_address_that_is_none_is_quarantine_and_no_fault(address: str, world: EngineWorld) -> None:
    world.app.secrets["BaseAddress"] = address
    world.cycle()
    assert world.job.status_code == "Quarantine"


def test_gaps_in_quarantine_grow_and_the_series_goes_on(world: EngineWorld, clock: ManualClock) -> None:
    world.faults.scim_token_refused = True
    began = clock.now()
    attempts = []
    for _ in range(5):
        world.cycle()
        assert world.job.quarantine is not None
        attempts.append((world.job.quarantine.next_attempt_at - began) / timedelta(hours=1))
        clock.advance((world.job.quarantine.next_attempt_at - clock.now()).total_seconds())
    assert attempts == [6, 12, 24, 48, 72]
    assert world.job.quarantine.series_began_at == began
    assert world.job.quarantine.series_count == 5
    assert world.job.successive_failures == 5


def test_a_good_attempt_ends_quarantine(world: EngineWorld) -> None:
    world.assign(world.person("ana.ruiz"))
    world.faults.scim_token_refused = True
    world.cycle()
    world.faults.scim_token_refused = False
    rows = world.cycle()
    assert kinds(rows) == [("create", "success", "Ana Ruiz")]
    assert world.job.quarantine is None
    assert world.job.status_code == "Active"
    assert world.job.successive_failures == 0


def test_a_token_taken_back_in_the_middle_of_a_cycle_stops_it(world: EngineWorld) -> None:
    world.assign(*(world.person(f"person.no{number}") for number in range(5)))

    def revoke(exchange: object) -> None:
        if len(world.names()) == 2:
            world.faults.scim_token_refused = True

    world.on_request = revoke
    world.cycle()
    assert len(world.names()) == 2
    assert world.job.status_code == "Quarantine"
    assert world.job.escrows == {}
    assert world.job.watermark is None
    world.on_request = lambda exchange: None
    world.faults.scim_token_refused = False
    world.cycle()
    assert len(world.names()) == 5


def test_a_service_that_dies_in_the_middle_of_a_cycle_stops_it(world: EngineWorld) -> None:
    world.assign(*(world.person(f"person.no{number:02}") for number in range(20)))

    def die(exchange: object) -> None:
        if len(world.names()) == 2:
            world.service.stop()

    world.on_request = die
    rows = world.cycle()
    assert world.job.status_code == "Quarantine"
    assert len(rows) < 10


@pytest.mark.parametrize(
    ("failed", "looked_at", "reason"),
    [
        (4_999, 5_000, None),
        (5_000, 20_000, None),
        (5_000, 12_000, "EncounteredEscrowProportionThreshold"),
        (40_001, 1_000_000, "EncounteredBaseEscrowThreshold"),
        (60_001, 1_000_000, "EncounteredTotalEscrowThreshold"),
    ],
)
def test_many_failures_are_quarantine_by_the_published_figures(
    failed: int, looked_at: int, reason: str | None, world: EngineWorld
) -> None:
    assert volume_quarantine(failed, looked_at, REAL_LIMITS) == reason


def test_a_cycle_with_too_many_failures_ends_in_quarantine() -> None:
    with engine_world(quarantine_minimum=3) as world:
        world.change_mapping("User", role_from_job_title)
        world.assign(*(world.person(f"person.no{number}", job_title="Chef") for number in range(3)))
        world.cycle()
        assert world.job.quarantine is not None
        assert world.job.quarantine.reason == "EncounteredEscrowProportionThreshold"


# ---------------------------------------------------------------- too many removals


def leave(world: EngineWorld, count: int) -> list[Person]:
    people = [world.person(f"person.no{number:02}") for number in range(count)]
    world.assign(*people)
    world.cycle()
    world.unassign(*people)
    return people


def active(world: EngineWorld) -> int:
    return sum(bool(account["active"]) for account in world.service.accounts())


def test_more_removals_than_the_threshold_are_held_back(world: EngineWorld) -> None:
    world.guard(5)
    leave(world, 6)
    rows = world.cycle()
    assert active(world) == 6
    assert {(row["provisioningAction"], row["provisioningStatusInfo"]["status"]) for row in rows} == {
        ("stagedDelete", "warning")
    }
    assert {error_of(row)["errorCode"] for row in rows} == {"TooManyDeletes"}
    assert len(rows) == 6
    assert world.job.status_code == "Quarantine"
    assert world.job.quarantine is not None
    assert world.job.quarantine.reason == "TooManyDeletes"
    assert world.writes() == []


def test_exactly_the_threshold_goes_through(world: EngineWorld) -> None:
    world.guard(5)
    leave(world, 5)
    world.cycle()
    assert active(world) == 0
    assert world.job.quarantine is None


def test_without_the_guard_everything_goes_through(world: EngineWorld) -> None:
    leave(world, 6)
    world.cycle()
    assert active(world) == 0


def test_new_people_are_created_while_removals_are_held_back(world: EngineWorld) -> None:
    world.guard(2)
    leave(world, 3)
    world.assign(world.person("new.person"))
    world.cycle()
    assert "new.person@example.com" in world.names()
    assert active(world) == 4


def test_letting_go_removes_them_once_and_the_guard_stands_again(world: EngineWorld) -> None:
    world.guard(5)
    leave(world, 6)
    world.cycle()
    world.job.force_deletes = True
    rows = world.cycle()
    assert {row["provisioningAction"] for row in rows} == {"disable"}
    assert active(world) == 0
    assert world.job.quarantine is None
    assert world.job.force_deletes is False


def test_bringing_the_assignments_back_ends_the_danger(world: EngineWorld) -> None:
    world.guard(5)
    people = leave(world, 6)
    world.cycle()
    world.assign(*people)
    world.cycle()
    assert active(world) == 6
    assert world.job.quarantine is None


def test_groups_count_towards_the_threshold(world: EngineWorld) -> None:
    world.guard(1)
    ana, writers = world.person("ana.ruiz"), world.group("Writers")
    world.assign(ana, writers)
    world.cycle()
    world.unassign(ana, writers)
    world.cycle()
    assert len(world.service.groups()) == 1
    assert active(world) == 1


def test_a_guard_without_a_figure_uses_the_jobs_then_the_default(world: EngineWorld) -> None:
    world.app.secrets["SyncNotificationSettings"] = json.dumps({"DeleteThresholdEnabled": True})
    world.job.settings["QuarantineTooManyDeletesThreshold"] = "2"
    leave(world, 3)
    world.cycle()
    assert active(world) == 3
    del world.job.settings["QuarantineTooManyDeletesThreshold"]
    world.cycle()
    assert active(world) == 0
