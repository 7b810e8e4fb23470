"""Replacing the Secret Token writes everything else back as it was read, is journaled, and never taken for a set-up."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from scim_assistant.errors import KnownError
from scim_assistant.graph.synchronization import LIFT_QUARANTINE
from scim_assistant.graph.types import SecretEntry
from scim_assistant.plan.apply import apply_alone
from scim_assistant.plan.journal import Journals
from scim_assistant.plan.ledger import WRITE_SECRETS, Fate, read_ledger
from scim_assistant.plan.make import plan_lift, plan_pause, plan_token
from scim_assistant.secret import Secret
from scim_assistant.tenant.snapshot import AppSnapshot
from scim_assistant.work import Work
from tests.plan.fake_graph import TENANT, App, FakeGraph, Killed, session_on
from tests.plan.rig import URL, nobody, replace, snapshot

NEW = "tok-9-the-new-one"
STORED = {
    "BaseAddress": URL,
    "SecretToken": "tok-1-the-old-one",
    "SyncAll": "true",
    "SyncNotificationSettings": '{"Enabled":true,"Recipients":"it@example.com","DeleteThresholdEnabled":true,'
    '"DeleteThresholdValue":250,"HumanResourcesLookaheadQueryEnabled":false}',
    "SkipOutOfScopeDeletions": "True",
}


@pytest.fixture
def graph() -> FakeGraph:
    return FakeGraph()


@pytest.fixture
def app(graph: FakeGraph) -> App:
    made = graph.add("ScreenSteps")
    made.add_job(state="Active", code="Active")
    made.secrets = dict(STORED)
    return made


def test_only_the_token_changes_and_nothing_else_is_lost(graph: FakeGraph, app: App, tmp_path: Path) -> None:
    plan = plan_token(snapshot(graph, app), Secret(NEW))
    applied = apply_alone(plan, session_on(graph), Journals(tmp_path), Work(), nobody)
    assert applied.complete
    assert app.secrets == STORED | {"SecretToken": NEW}
    assert graph.writes == [("PUT", "secrets")]
    assert all(NEW not in file.read_text(encoding="utf-8") for file in tmp_path.rglob("*.jsonl"))


def test_it_says_that_the_earlier_token_cannot_come_back(graph: FakeGraph, app: App) -> None:
    plan = plan_token(snapshot(graph, app), Secret(NEW))
    assert any("cannot be put back" in warning for warning in plan.warnings)
    assert plan.changes[0].undo == ""
    assert NEW not in repr(plan)


def test_secrets_of_other_kinds_are_never_written_as_their_mask(graph: FakeGraph, app: App) -> None:
    read = snapshot(graph, app)
    read = replace(read, secrets=(*read.secrets, SecretEntry(key="Password", value="*")))
    plan = plan_token(read, Secret(NEW))
    assert "Password" not in {entry["key"] for entry in plan.changes[0].request.body["value"]}
    assert any("Password" in warning for warning in plan.warnings)


def test_without_an_address_there_is_nothing_that_the_token_belongs_to(graph: FakeGraph, app: App) -> None:
    app.secrets = {}
    with pytest.raises(KnownError, match="no Tenant URL"):
        plan_token(snapshot(graph, app), Secret(NEW))


def test_nothing_is_written_over_what_somebody_else_has_changed_meanwhile(
    graph: FakeGraph, app: App, tmp_path: Path
) -> None:
    plan = plan_token(snapshot(graph, app), Secret(NEW))
    app.secrets["SyncAll"] = "false"
    applied = apply_alone(plan, session_on(graph), Journals(tmp_path), Work(), nobody)
    assert applied.trouble is not None
    assert "somebody else" in applied.trouble.why
    assert app.secrets["SecretToken"] == STORED["SecretToken"]


def broken_off(graph: FakeGraph, app: AppSnapshot, folder: Path) -> None:
    """Kill the program right after the new token has arrived."""

    def kill(stage: str, method: str, path: str) -> None:
        if method == "PUT" and stage == "after":
            raise Killed

    graph.hook = kill
    with pytest.raises(Killed):
        apply_alone(plan_token(app, Secret(NEW)), session_on(graph), Journals(folder), Work(), nobody)
    graph.hook = lambda *_: None
    gc.collect()  # a killed process holds no lock


def test_killed_it_is_remembered_as_what_it_was_and_never_offered_as_a_set_up(
    graph: FakeGraph, app: App, tmp_path: Path
) -> None:
    broken_off(graph, snapshot(graph, app), tmp_path)
    journals = Journals(tmp_path)
    assert journals.unfinished() == ()
    (told,) = journals.unfinished(TENANT, alone=True)
    assert told.app_id == app.id
    ledger = read_ledger(journals.open(TENANT, told.setup_id).entries())
    assert ledger.fate(WRITE_SECRETS) is Fate.OPEN
    # Doing it again is all there is to do.
    plan = plan_token(snapshot(graph, app), Secret(NEW))
    assert apply_alone(plan, session_on(graph), journals, Work(), nobody).complete
    assert app.secrets == STORED | {"SecretToken": NEW}


def test_a_pause_that_broke_off_is_no_set_up_either(graph: FakeGraph, app: App, tmp_path: Path) -> None:
    def kill(stage: str, method: str, path: str) -> None:
        if path.endswith("pause"):
            raise Killed

    plan = plan_pause(snapshot(graph, app))
    graph.hook = kill
    with pytest.raises(Killed):
        apply_alone(plan, session_on(graph), Journals(tmp_path), Work(), nobody)
    gc.collect()
    assert Journals(tmp_path).unfinished() == ()


def test_lifting_a_quarantine_resets_that_and_nothing_else(
    graph: FakeGraph, app: App, tmp_path: Path
) -> None:
    plan = plan_lift(snapshot(graph, app))
    assert apply_alone(plan, session_on(graph), Journals(tmp_path), Work(), nobody).complete
    (body,) = [body for method, path, body in graph.requests if path.endswith("restart")]
    assert body == {"criteria": {"resetScope": LIFT_QUARANTINE}}
