"""Jobs start, pause and restart as the service's do, and the scheduler runs them when they are due."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from scim_assistant.practice.clock import Clock, ManualClock
from scim_assistant.practice.limits import DAY_S
from scim_assistant.practice.scheduler import Scheduler
from scim_assistant.practice.state import (
    App,
    CycleError,
    Escrow,
    Execution,
    Job,
    Json,
    Link,
    Quarantine,
    Tenant,
    ValidationFailure,
    new_id,
)
from scim_assistant.practice.world import World
from tests.practice.plain import Plain, SetUp, error_code, until


class CountingEngine:
    """Ends every cycle at once and remembers that it was asked."""

    def __init__(self, tenant: Tenant, *, fails: bool = False) -> None:
        self.tenant = tenant
        self.fails = fails
        self.cycles: list[str] = []
        self.pause_during = False

    def run_cycle(self, app: App, job: Job) -> None:
        now = self.tenant.clock.now()
        self.cycles.append(job.id)
        if self.pause_during:
            job.schedule_state = job.status_code = "Paused"
            job.next_run_at = None
        if self.fails:
            raise RuntimeError("a fault of the engine")
        job.last_execution = job.last_successful = Execution(new_id(), now, now)
        job.status_code = "Active"

    def provision_on_demand(  # noqa: PLR0917
        self,
        app: App,
        job: Job,
        rule_id: str,
        object_id: str,
        object_type: str,
        members: tuple[str, ...] = (),
    ) -> tuple[Json, Json]:
        raise NotImplementedError

    def validate_credentials(self, base_address: str, token: str) -> ValidationFailure | None:
        raise NotImplementedError


def _job(tenant: Tenant) -> tuple[App, Job]:
    now = tenant.clock.now()
    app = App("app", "application", "client", "gallery", "ScreenSteps", "App", now)
    job = Job("job", "ScreenSteps", now, {}, schedule_state="Active", status_code="NotRun", next_run_at=now)
    app.jobs[job.id] = job
    tenant.apps[app.id] = app
    return app, job


def test_after_a_good_cycle_the_next_is_due_in_forty_minutes() -> None:
    tenant = Tenant(new_id(), ManualClock())
    app, job = _job(tenant)
    Scheduler(tenant, CountingEngine(tenant)).run(app, job)
    assert job.next_run_at == tenant.clock.now() + timedelta(minutes=40)
    assert job.good_cycles == 1
    assert not job.is_running


def test_in_quarantine_the_next_is_due_when_it_says_and_after_four_weeks_never() -> None:
    clock = ManualClock()
    tenant = Tenant(new_id(), clock)
    app, job = _job(tenant)
    error = CycleError("Code", "Message")
    job.quarantine = Quarantine("TooManyDeletes", error, clock.now(), clock.now(), clock.later(6 * 3600))
    scheduler = Scheduler(tenant, CountingEngine(tenant))
    scheduler.run(app, job)
    assert job.next_run_at == clock.now() + timedelta(hours=6)
    assert job.schedule_state == "Active"
    clock.advance(28 * DAY_S + 1)
    scheduler.run(app, job)
    assert (job.schedule_state, job.next_run_at) == ("Disabled", None)


def test_a_pause_while_a_cycle_runs_holds() -> None:
    tenant = Tenant(new_id(), ManualClock())
    app, job = _job(tenant)
    engine = CountingEngine(tenant)
    engine.pause_during = True
    Scheduler(tenant, engine).run(app, job)
    assert (job.schedule_state, job.status_code, job.next_run_at) == ("Paused", "Paused", None)


def test_the_token_is_revoked_after_the_first_good_cycle_where_the_world_says_so() -> None:
    tenant = Tenant(new_id(), ManualClock())
    tenant.faults.scim_revoked_after_cycles = 1
    app, job = _job(tenant)
    assert not tenant.faults.scim_token_refused
    Scheduler(tenant, CountingEngine(tenant)).run(app, job)
    assert tenant.faults.scim_token_refused


@pytest.mark.parametrize("fails", [False, True])
def test_cycles_come_by_themselves_even_after_a_fault(fails: bool, caplog: pytest.LogCaptureFixture) -> None:
    tenant = Tenant(new_id(), Clock(240_000))
    _job(tenant)
    engine = CountingEngine(tenant, fails=fails)
    scheduler = Scheduler(tenant, engine)
    before = set(threading.enumerate())
    scheduler.start()
    try:
        until(lambda: len(engine.cycles) >= 3, "three cycles")
    finally:
        scheduler.stop()
    assert ("a fault of the engine" in caplog.text) == fails
    assert set(threading.enumerate()) <= before


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World("healthy", speed=2400) as world:
        yield world


@pytest.fixture
def app(world: World) -> Iterator[SetUp]:
    with Plain(world.line) as graph:
        yield SetUp(graph).with_job().with_secrets()


def test_start_runs_a_first_cycle_and_then_the_job_is_active(app: SetUp) -> None:
    job = app.until_settled()
    assert job["schedule"]["state"] == "Active"
    assert job["status"]["code"] == "Active"
    assert job["status"]["lastExecution"]["state"] == "Succeeded"
    assert job["status"]["steadyStateFirstAchievedTime"] > "2026"


def test_pause_keeps_what_the_job_knows(app: SetUp) -> None:
    app.until_settled()
    app.graph.well("POST", f"{app.job}/pause")
    job = app.state()
    assert (job["schedule"]["state"], job["status"]["code"]) == ("Paused", "Paused")
    assert job["status"]["lastSuccessfulExecution"]


def _inside(world: World, app: SetUp) -> Job:
    return world.tenant.apps[app.app["id"]].jobs[app.job.rpartition("/")[2]]


@pytest.mark.parametrize(
    ("body", "forgets_watermark", "forgets_escrows", "forgets_links", "lets_go"),
    [
        (None, True, True, False, False),
        ({}, True, True, False, False),
        ({"criteria": {"resetScope": "Watermark"}}, True, False, False, False),
        ({"criteria": {"resetScope": "escrows, quarantineState"}}, False, True, False, False),
        ({"criteria": {"resetScope": "Full"}}, True, True, True, False),
        ({"criteria": {"resetScope": "ForceDeletes"}}, False, False, False, True),
    ],
)
def test_restart_forgets_what_its_scope_names(  # noqa: PLR0917
    app: SetUp,
    world: World,
    body: Json | None,
    forgets_watermark: bool,
    forgets_escrows: bool,
    forgets_links: bool,
    lets_go: bool,
) -> None:
    job = _inside(world, app)
    # Far in the future, so that no cycle starts before this test has looked.
    original = world.tenant.limits
    world.tenant.limits = replace(original, cycle_start_delay_s=10 * DAY_S)
    now = world.clock.now()
    with world.tenant.lock:
        job.watermark = 5
        job.links["x"] = Link("x", "User", "y")
        job.escrows["x"] = Escrow("x", "User", now, 1, now, "Code", "Reason")
    try:
        app.graph.well("POST", f"{app.job}/restart", body)
        forgot = (job.watermark is None, not job.escrows, not job.links, job.force_deletes)
        assert app.state()["schedule"]["state"] == "Active"
    finally:
        world.tenant.limits = original
    assert forgot == (forgets_watermark, forgets_escrows, forgets_links, lets_go)


def test_a_restart_scope_that_does_not_exist_is_refused(app: SetUp) -> None:
    answer = app.graph.patiently("POST", f"{app.job}/restart", {"criteria": {"resetScope": "Everything"}})
    assert (answer.status_code, error_code(answer)) == (400, "Request_BadRequest")


def test_deleting_the_application_takes_the_service_principal_and_its_job_along(app: SetUp) -> None:
    app.graph.well("DELETE", f"/applications/{app.application['id']}")
    assert app.graph.ask("GET", f"/servicePrincipals/{app.app['id']}").status_code == 404
    assert app.graph.ask("GET", app.job).status_code == 404


def test_deleting_the_service_principal_leaves_the_application(app: SetUp) -> None:
    app.graph.well("DELETE", f"/servicePrincipals/{app.app['id']}")
    assert app.graph.ask("GET", f"/servicePrincipals/{app.app['id']}").status_code == 404
    assert app.graph.well("GET", f"/applications/{app.application['id']}")["displayName"] == "ScreenSteps"


def test_the_threshold_holds_removals_back_until_force_deletes_lets_them_go() -> None:
    with World("too-many-deletes", speed=2400) as world, Plain(world.line) as graph:
        app = SetUp(graph, reuse=True).with_job()
        until(lambda: app.state()["status"]["code"] == "Quarantine", "not held back")
        assert app.state()["status"]["quarantine"]["reason"] == "TooManyDeletes"
        assert all(account["active"] for account in world.scim.accounts())
        graph.well("POST", f"{app.job}/restart", {"criteria": {"resetScope": "ForceDeletes"}})
        until(lambda: sum(not each["active"] for each in world.scim.accounts()) == 12, "not let go")
        until(lambda: app.state()["status"]["code"] == "Active", "still in quarantine")
