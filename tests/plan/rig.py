"""What the tests of this room share: a target, a tenant, and the acts of one run of the program."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from scim_assistant.errors import KnownError
from scim_assistant.plan.apply import Applied, apply_plan
from scim_assistant.plan.change import Change, ChangeState
from scim_assistant.plan.journal import Journal, Journals
from scim_assistant.plan.make import plan_setup
from scim_assistant.plan.resume import look_again, plan_rest, read_app
from scim_assistant.plan.wanted import Principal, Wanted
from scim_assistant.secret import Secret
from scim_assistant.tenant.snapshot import AppSnapshot, fetch_app
from scim_assistant.work import Work
from tests.plan.fake_graph import TEMPLATE, TENANT, App, FakeGraph, session_on

TOKEN = "tok-Zq7-very-secret"
URL = "https://example.screenstepslive.com/api/scim/v2"
ANA = Principal("cccccccc-0000-0000-0000-00000000000a", "User", "Ana Ruiz", "ana.ruiz@example.com")
BEN = Principal("cccccccc-0000-0000-0000-00000000000b", "User", "Ben Okoro", "ben.okoro@example.com")
WRITERS = Principal("dddddddd-0000-0000-0000-000000000001", "Group", "Writers")
WANTED = Wanted(
    template_id=TEMPLATE,
    app_name="ScreenSteps",
    tenant_url=URL,
    secret=Secret(TOKEN),
    principals=(ANA, BEN, WRITERS),
    notify_email="it@example.com",
    delete_threshold=500,
)


class Watch:
    """Remembers what was told about each change."""

    def __init__(self) -> None:
        self.told: list[tuple[str, ChangeState]] = []

    def __call__(self, change: Change, state: ChangeState, trouble: KnownError | None) -> None:
        self.told.append((change.key, state))


def nobody(change: Change, state: ChangeState, trouble: KnownError | None) -> None:
    """Told everything, keeps nothing."""


def snapshot(graph: FakeGraph, app: App) -> AppSnapshot:
    """The app as the program reads it."""
    return fetch_app(session_on(graph), app.id, Work(), application_id=app.application_id)


def begin(journals: Journals, wanted: Wanted = WANTED) -> Journal:
    return journals.begin(TENANT, "screensteps", wanted)


def set_up(graph: FakeGraph, journal: Journal, wanted: Wanted = WANTED, app: App | None = None) -> Applied:
    """Plan and apply the whole set-up in one go."""
    plan = plan_setup(wanted, snapshot(graph, app) if app else None)
    return apply_plan(plan, session_on(graph), journal, Work(), nobody)


def run_again(graph: FakeGraph, folder: Path, *, wire: Callable[[Journal], None] | None = None) -> Applied:
    """What the program does when it is started again after a kill, the person entering the secret when asked."""
    gc.collect()  # a killed process holds no lock
    journals = Journals(folder)
    told = journals.unfinished(TENANT)
    if not told:
        journal = begin(journals)
        if wire:
            wire(journal)
        return set_up(graph, journal)
    journal = journals.open(TENANT, told[0].setup_id)
    if wire:
        wire(journal)
    session = session_on(graph)
    found = look_again(journal, session, Work())
    assert found.choices == ()
    plan = plan_rest(found, read_app(found, session, Work()), Secret(TOKEN) if found.needs_secret else None)
    return apply_plan(plan, session, journal, Work(), nobody)


def assert_complete(graph: FakeGraph, wanted: Wanted = WANTED) -> App:
    """One app, one job, each assignment once, the right settings: nothing twice, nothing forgotten."""
    (app,) = graph.apps.values()
    assert app.name == wanted.app_name
    assert len(app.jobs) == 1
    assert sorted(one["principalId"] for one in app.assignments.values()) == sorted(
        one.id for one in wanted.principals
    )
    assert app.secrets["BaseAddress"] == URL
    assert app.secrets["SecretToken"] == TOKEN
    assert app.secrets["SyncAll"] == "false"
    assert '"DeleteThresholdValue":500' in app.secrets["SyncNotificationSettings"]
    return app


__all__ = ["replace"]
