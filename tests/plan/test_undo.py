"""Undo takes back what this set-up made, in reverse order, and leaves alone what was there before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scim_assistant.plan.apply import apply_plan
from scim_assistant.plan.change import ChangeState
from scim_assistant.plan.journal import Journal, Journals
from scim_assistant.plan.ledger import read_ledger
from scim_assistant.plan.make import plan_setup, plan_start
from scim_assistant.plan.resume import resume
from scim_assistant.plan.undo import UndoPlan, apply_undo, plan_undo, read_for_undo
from scim_assistant.plan.wanted import Mode
from scim_assistant.secret import Secret
from scim_assistant.transport import HttpAnswer, HttpRequest
from scim_assistant.work import Work
from tests.plan.fake_graph import App, FakeGraph, Killed, session_on
from tests.plan.rig import (
    ANA,
    BEN,
    TOKEN,
    URL,
    WANTED,
    WRITERS,
    assert_complete,
    begin,
    nobody,
    set_up,
    snapshot,
)

OLD = {
    "BaseAddress": "https://old.example.com/scim",
    "SecretToken": "the-old-token",
    "SyncAll": "true",
    "SyncNotificationSettings": '{"Enabled":false,"DeleteThresholdEnabled":false}',
    "SkipOutOfScopeDeletions": "True",
}


@pytest.fixture
def journals(tmp_path: Path) -> Journals:
    return Journals(tmp_path)


def planned(graph: FakeGraph, journal: Journal, **more: Any) -> UndoPlan:
    return plan_undo(journal, read_for_undo(journal, session_on(graph), Work()), **more)


def keys(undo: UndoPlan) -> list[str]:
    return [change.key for change in undo.changes]


def reused(graph: FakeGraph, **job: Any) -> App:
    app = graph.add("ScreenSteps")
    app.secrets = dict(OLD)
    app.add_job(**job)
    app.assign(ANA.id, "Ana Ruiz")
    return app


def test_an_app_that_was_made_here_goes_with_all_that_hangs_under_it(journals: Journals) -> None:
    graph, journal = FakeGraph(), begin(journals)
    other = graph.add("ScreenSteps")
    set_up(graph, journal)
    undo = planned(graph, journal)
    assert keys(undo) == ["undo:create-job", "undo:create-app"]
    assert "3 assignments" in undo.changes[-1].sentence
    applied = apply_undo(undo, session_on(graph), journal, Work(), nobody)
    assert applied.complete
    assert list(graph.apps.values()) == [other]
    assert journals.unfinished() == ()


def test_a_running_job_is_paused_before_anything_is_removed(journals: Journals) -> None:
    graph, journal = FakeGraph(), begin(journals)
    set_up(graph, journal)
    (app,) = graph.apps.values()
    apply_plan(plan_start(WANTED, snapshot(graph, app)), session_on(graph), journal, Work(), nobody)
    next(iter(app.jobs.values()))["status"]["lastExecution"] = {"state": "Succeeded"}
    undo = planned(graph, journal)
    assert keys(undo) == ["undo:pause", "undo:create-job", "undo:create-app"]
    assert any("stay there" in sentence for sentence in undo.stays)


def test_a_reused_app_keeps_what_it_had(journals: Journals) -> None:
    graph, journal = FakeGraph(), begin(journals)
    app = reused(graph)
    (job_id,) = app.jobs
    set_up(graph, journal, app=app)
    undo = planned(graph, journal)
    assert keys(undo) == [f"undo:assign:{WRITERS.id}", f"undo:assign:{BEN.id}", "undo:write-secrets"]
    assert apply_undo(undo, session_on(graph), journal, Work(), nobody).complete
    assert [one["principalId"] for one in app.assignments.values()] == [ANA.id]
    assert list(app.jobs) == [job_id]
    assert app.secrets == OLD | {"SecretToken": ""}


def test_the_new_token_is_never_left_with_the_earlier_address(journals: Journals) -> None:
    graph, journal = FakeGraph(), begin(journals)
    app = reused(graph)
    set_up(graph, journal, app=app)
    undo = planned(graph, journal, secret=Secret(TOKEN))
    assert any("earlier Secret Token cannot be restored" in sentence for sentence in undo.stays)
    apply_undo(undo, session_on(graph), journal, Work(), nobody)
    assert app.secrets["BaseAddress"] == OLD["BaseAddress"]
    assert TOKEN not in app.secrets.values()


def test_at_the_same_address_the_token_stays_and_the_settings_go_back(journals: Journals) -> None:
    graph, journal = FakeGraph(), begin(journals)
    app = reused(graph)
    app.secrets["BaseAddress"] = URL
    set_up(graph, journal, app=app)
    assert app.secrets["SyncAll"] == "false"
    without = planned(graph, journal)
    assert "undo:write-secrets" not in keys(without)
    assert any("stay as they are" in sentence for sentence in without.stays)
    undo = planned(graph, journal, secret=Secret(TOKEN))
    apply_undo(undo, session_on(graph), journal, Work(), nobody)
    assert app.secrets["SyncAll"] == "true"
    assert app.secrets["SecretToken"] == TOKEN
    assert app.secrets["SkipOutOfScopeDeletions"] == "True"


def test_an_app_without_settings_is_cleared(journals: Journals) -> None:
    graph, journal = FakeGraph(), begin(journals)
    app = graph.add("ScreenSteps")
    set_up(graph, journal, app=app)
    undo = planned(graph, journal)
    assert keys(undo)[0] == "undo:create-job"
    assert any(change.sentence.startswith("Clear") for change in undo.changes)
    assert apply_undo(undo, session_on(graph), journal, Work(), nobody).complete
    assert set(app.secrets.values()) == {""}
    assert app.jobs == {}
    assert app.assignments == {}
    assert app.id in graph.apps


def test_a_job_that_ran_before_runs_again(journals: Journals) -> None:
    graph, journal = FakeGraph(), begin(journals)
    app = reused(graph, state="Active", code="Active")
    set_up(graph, journal, replace(WANTED, mode=Mode.MANUAL), app=app)
    (job,) = app.jobs.values()
    assert job["schedule"]["state"] == "Disabled"
    undo = planned(graph, journal)
    assert keys(undo)[0] == "undo:start"
    apply_undo(undo, session_on(graph), journal, Work(), nobody)
    assert job["schedule"]["state"] == "Active"


def test_a_job_that_was_paused_before_is_paused_again(journals: Journals) -> None:
    graph, journal = FakeGraph(), begin(journals)
    app = reused(graph)
    set_up(graph, journal, app=app)
    apply_plan(plan_start(WANTED, snapshot(graph, app)), session_on(graph), journal, Work(), nobody)
    undo = planned(graph, journal)
    assert keys(undo)[0] == "undo:pause"
    apply_undo(undo, session_on(graph), journal, Work(), nobody)
    assert next(iter(app.jobs.values()))["schedule"]["state"] == "Disabled"


def test_taking_an_assignment_back_under_a_running_job_says_what_it_does(journals: Journals) -> None:
    graph, journal = FakeGraph(), begin(journals)
    app = reused(graph, state="Active", code="Active")
    set_up(graph, journal, app=app)
    undo = planned(graph, journal)
    sentences = [change.sentence for change in undo.changes if "assignment" in change.sentence]
    assert sentences
    assert all("shuts the account" in sentence for sentence in sentences)


def test_what_is_gone_already_counts_as_undone(journals: Journals) -> None:
    graph, journal = FakeGraph(), begin(journals)
    app = reused(graph)
    set_up(graph, journal, app=app)
    undo = planned(graph, journal)
    app.assignments.clear()
    applied = apply_undo(undo, session_on(graph), journal, Work(), nobody)
    assert [state for _, state in applied.states][:2] == [ChangeState.ALREADY] * 2
    assert applied.complete


@pytest.mark.parametrize("stage", ["before", "after"])
@pytest.mark.parametrize("end", ["application", "job"])
def test_undoing_is_safe_to_kill_too(journals: Journals, stage: str, end: str) -> None:
    graph, journal = FakeGraph(), begin(journals)
    set_up(graph, journal)

    def hook(now: str, method: str, path: str) -> None:
        if now == stage and method == "DELETE" and ("/jobs/" in path) == (end == "job"):
            raise Killed

    graph.hook = hook
    with pytest.raises(Killed):
        apply_undo(planned(graph, journal), session_on(graph), journal, Work(), nobody)
    graph.hook = lambda *_: None
    assert journals.unfinished()
    assert apply_undo(planned(graph, journal), session_on(graph), journal, Work(), nobody).complete
    assert graph.apps == {}
    assert journals.unfinished() == ()


def test_an_undone_set_up_can_be_made_again(journals: Journals) -> None:
    graph, journal = FakeGraph(), begin(journals)
    set_up(graph, journal)
    apply_undo(planned(graph, journal), session_on(graph), journal, Work(), nobody)
    told = read_ledger(journal.entries())
    assert (told.service_principal_id, told.job_id, told.app_created_at) == ("", "", None)
    assert told.needs_secret
    assert apply_plan(plan_setup(WANTED, None), session_on(graph), journal, Work(), nobody).complete
    assert_complete(graph)


def test_nothing_made_means_nothing_to_undo(journals: Journals) -> None:
    graph, journal = FakeGraph(), begin(journals)
    undo = planned(graph, journal)
    assert undo.changes == ()
    assert apply_undo(undo, session_on(graph), journal, Work(), nobody).complete
    assert graph.writes == []


def test_a_write_of_unknown_outcome_is_undone_when_it_shows(journals: Journals) -> None:
    graph, journal = FakeGraph(), begin(journals)
    app = reused(graph)

    def hook(stage: str, method: str, path: str) -> None:
        if stage == "after" and method == "POST" and path.endswith("appRoleAssignedTo"):
            raise Killed

    graph.hook = hook
    with pytest.raises(Killed):
        set_up(graph, journal, app=app)
    graph.hook = lambda *_: None
    assert f"undo:assign:{BEN.id}" in keys(planned(graph, journal))
    resume(journal, session_on(graph), Work(), nobody)
    apply_undo(planned(graph, journal), session_on(graph), journal, Work(), nobody)
    assert [one["principalId"] for one in app.assignments.values()] == [ANA.id]


def test_what_a_killed_run_assigned_stays_ours_when_the_next_run_finds_it(journals: Journals) -> None:
    graph, journal = FakeGraph(), begin(journals)
    app = reused(graph)

    def hook(stage: str, method: str, path: str) -> None:
        if stage == "after" and method == "POST" and path.endswith("appRoleAssignedTo"):
            raise Killed

    graph.hook = hook
    plan = plan_setup(WANTED, snapshot(graph, app))
    with pytest.raises(Killed):
        apply_plan(plan, session_on(graph), journal, Work(), nobody)
    graph.hook = lambda *_: None
    assert apply_plan(plan, session_on(graph), journal, Work(), nobody).complete
    assert f"undo:assign:{BEN.id}" in keys(planned(graph, journal))


def test_narrowing_the_scope_is_remembered_until_everybody_was_looked_at_again(journals: Journals) -> None:
    graph, journal = FakeGraph(), begin(journals)
    app = reused(graph)
    set_up(graph, journal, app=app)
    assert read_ledger(journal.entries()).needs_restart
    plan = plan_start(WANTED, snapshot(graph, app), again=True)
    assert apply_plan(plan, session_on(graph), journal, Work(), nobody).complete
    assert not read_ledger(journal.entries()).needs_restart


def test_a_page_of_a_proxy_does_not_pass_for_an_app_that_is_gone(journals: Journals) -> None:
    """It would close the set-up as undone and leave the app behind."""
    graph, journal = FakeGraph(), begin(journals)
    set_up(graph, journal)
    session = session_on(graph)
    undo = planned(graph, journal)
    serve = graph.send

    def in_between(request: HttpRequest, work: Work) -> HttpAnswer:
        if request.method == "DELETE" or "appRoleAssignedTo" in request.url:
            return HttpAnswer(404, {"content-type": "text/html"}, b"<html><title>Blocked</title></html>", 0.0)
        return serve(request, work)

    graph.send = in_between  # type: ignore[method-assign]
    applied = apply_undo(undo, session, journal, Work(), nobody)
    assert not applied.complete
    assert applied.trouble is not None
    assert len(graph.apps) == 1
    graph.send = serve  # type: ignore[method-assign]
    assert journals.unfinished()
    assert apply_undo(planned(graph, journal), session, journal, Work(), nobody).complete
    assert graph.apps == {}
