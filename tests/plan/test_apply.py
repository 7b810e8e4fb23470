"""Applying a plan: each write once, journaled around it, cancelled between changes, never blind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scim_assistant.errors import JournalTrouble, Unreachable
from scim_assistant.plan.apply import apply_alone, apply_plan
from scim_assistant.plan.change import ChangeState
from scim_assistant.plan.journal import Journals
from scim_assistant.plan.make import plan_app, plan_pause, plan_setup, plan_start
from scim_assistant.sentence import say
from scim_assistant.tenant.session import Session
from scim_assistant.work import Work
from tests.plan.fake_graph import FakeGraph, no_answer, session_on
from tests.plan.rig import ANA, TOKEN, WANTED, Watch, assert_complete, begin, nobody, set_up, snapshot

DONE, ALREADY = ChangeState.DONE, ChangeState.ALREADY


@pytest.fixture
def journals(tmp_path: Path) -> Journals:
    return Journals(tmp_path)


def test_a_plan_for_a_new_app_makes_everything_in_order(journals: Journals) -> None:
    graph = FakeGraph()
    journal, watch = begin(journals), Watch()
    applied = apply_plan(plan_setup(WANTED, None), session_on(graph), journal, Work(), watch)
    assert applied.trouble is None
    assert applied.complete
    app = assert_complete(graph)
    assert (applied.service_principal_id, applied.application_id) == (app.id, app.application_id)
    assert applied.job_id in app.jobs
    assert [state for _, state in watch.told][::2] == [ChangeState.RUNNING] * 6
    assert [state for _, state in watch.told][1::2] == [DONE] * 6
    assert [end for _, end in graph.writes] == [
        "instantiate",
        "jobs",
        "validateCredentials",
        "secrets",
        "appRoleAssignedTo",
        "appRoleAssignedTo",
        "appRoleAssignedTo",
    ]


def test_every_write_stands_in_the_journal_before_it_is_sent_and_after(journals: Journals) -> None:
    graph, journal = FakeGraph(), begin(journals)
    seen: list[tuple[str, str, str]] = []

    def watching(stage: str, method: str, path: str) -> None:
        if method != "GET" and not path.endswith("validateCredentials"):
            last = journal.entries()[-1]
            seen.append((stage, last.kind, last.change))

    graph.hook = watching
    set_up(graph, journal)
    assert {(stage, kind) for stage, kind, _ in seen} == {("before", "before"), ("after", "before")}
    keys = [key for stage, _, key in seen if stage == "before"]
    done = [entry.change for entry in journal.entries() if entry.kind == "after"]
    assert keys == done
    assert len(keys) == 6


def test_no_secret_is_ever_in_the_journal(journals: Journals) -> None:
    graph, journal = FakeGraph(), begin(journals)
    set_up(graph, journal)
    graph.refuse["POST", "appRoleAssignedTo"] = (400, {"error": {"code": TOKEN, "message": f"no {TOKEN}"}})
    set_up(
        graph,
        journal,
        replace(WANTED, principals=(replace(ANA, id="new", name=TOKEN),)),
        *graph.apps.values(),
    )
    assert TOKEN not in journal.path.read_text(encoding="utf-8")


def test_servers_that_do_not_know_the_new_app_yet_are_waited_for(journals: Journals) -> None:
    graph = FakeGraph(lag_s=120.0)
    applied = set_up(graph, begin(journals))
    assert applied.trouble is None
    assert_complete(graph)


def test_a_missing_right_is_told_and_nothing_else_is_sent(journals: Journals) -> None:
    graph, watch = FakeGraph(), Watch()
    graph.refuse["POST", "instantiate"] = (
        403,
        {"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges"}},
    )
    journal = begin(journals)
    applied = apply_plan(plan_setup(WANTED, None), session_on(graph), journal, Work(), watch)
    assert applied.trouble is not None
    assert applied.trouble.details.status == 403
    assert [state for _, state in applied.states] == [ChangeState.FAILED] + [ChangeState.WAITING] * 5
    assert watch.told[-1] == ("create-app", ChangeState.FAILED)
    assert graph.writes == [("POST", "instantiate")]
    assert journal.entries()[-1].kind == "stopped"


def test_what_is_there_already_is_not_sent(journals: Journals) -> None:
    graph = FakeGraph()
    plan = plan_setup(WANTED, snapshot(graph, graph.add("ScreenSteps")))
    (app,) = graph.apps.values()
    app.add_job()
    app.assign(ANA.id)
    applied = apply_plan(plan, session_on(graph), begin(journals), Work(), nobody)
    assert {change.key: state for change, state in applied.states} == {
        "create-job": ALREADY,
        "write-secrets": DONE,
        f"assign:{ANA.id}": ALREADY,
        f"assign:{WANTED.principals[1].id}": DONE,
        f"assign:{WANTED.principals[2].id}": DONE,
    }
    assert applied.complete
    assert_complete(graph)


def test_an_assignment_that_somebody_made_meanwhile_counts_as_done(journals: Journals) -> None:
    graph = FakeGraph()
    app = graph.add("ScreenSteps")

    def rival(stage: str, method: str, path: str) -> None:
        if (
            stage == "before"
            and method == "POST"
            and path.endswith("appRoleAssignedTo")
            and not app.assignments
        ):
            app.assign(ANA.id)

    graph.hook = rival
    applied = set_up(graph, begin(journals), app=app)
    assert [state for change, state in applied.states if change.key == f"assign:{ANA.id}"] == [ALREADY]
    assert applied.complete
    assert_complete(graph)


@pytest.mark.parametrize("stage", ["before", "after"])
@pytest.mark.parametrize("end", ["instantiate", "jobs", "appRoleAssignedTo"])
def test_a_write_without_an_answer_is_looked_up_before_it_is_tried_again(
    journals: Journals, stage: str, end: str
) -> None:
    graph = FakeGraph(lag_s=60.0)
    broken = []

    def breaking(now: str, method: str, path: str) -> None:
        if now == stage and method == "POST" and path.endswith(end) and not broken:
            broken.append(path)
            raise no_answer()

    graph.hook = breaking
    applied = set_up(graph, begin(journals))
    assert broken
    assert applied.trouble is None
    assert_complete(graph)
    tries = [one for _, one in graph.writes if one == end]
    expected = {"instantiate": 1, "jobs": 1, "appRoleAssignedTo": 3}[end]
    assert len(tries) == expected + (stage == "before")


def test_an_unreadable_answer_to_a_creation_is_looked_up_too(journals: Journals) -> None:
    graph = FakeGraph()
    real, spoiled = graph._answer, []

    def spoil(status: int, said: object) -> object:
        if isinstance(said, dict) and "servicePrincipal" in said and not spoiled:
            spoiled.append(said)
            said = {"servicePrincipal": 7}
        return real(status, said)

    graph._answer = spoil  # type: ignore[method-assign,assignment]
    assert set_up(graph, begin(journals)).trouble is None
    assert spoiled
    assert_complete(graph)


def test_a_lost_network_stops_and_the_same_plan_goes_on_later(journals: Journals) -> None:
    graph, journal = FakeGraph(), begin(journals)

    def lost(stage: str, method: str, path: str) -> None:
        if path.endswith("appRoleAssignedTo") and stage == "before":
            raise Unreachable(say("It was not sent."), say("No network."), say("Check the network."))

    graph.hook = lost
    plan = plan_setup(WANTED, None)
    applied = apply_plan(plan, session_on(graph), journal, Work(), nobody)
    assert isinstance(applied.trouble, Unreachable)
    assert [state for _, state in applied.states][:4] == [DONE, DONE, DONE, ChangeState.FAILED]
    graph.hook = lambda *_: None
    again = apply_plan(plan, session_on(graph), journal, Work(), nobody)
    assert again.complete
    assert_complete(graph)


def test_cancel_takes_effect_between_changes(journals: Journals) -> None:
    graph, work = FakeGraph(), Work()

    def cancelling(stage: str, method: str, path: str) -> None:
        if stage == "before" and method == "PUT":
            work.cancel()

    graph.hook = cancelling
    journal = begin(journals)
    plan = plan_setup(replace(WANTED, cloud_tested=True), None)
    applied = apply_plan(plan, session_on(graph), journal, work, nobody)
    assert applied.stopped
    assert applied.trouble is None
    assert not applied.complete
    (app,) = graph.apps.values()
    assert app.secrets["SecretToken"] == TOKEN, "the write under way was finished"
    assert app.assignments == {}
    assert [state for _, state in applied.states][2:] == [DONE] + [ChangeState.WAITING] * 3
    again = apply_plan(plan, session_on(graph), journal, Work(), nobody)
    assert again.complete
    assert_complete(graph)


def test_cancel_while_the_new_app_is_waited_for_keeps_the_app(journals: Journals) -> None:
    graph, work = FakeGraph(lag_s=600.0), Work()

    def cancelling(stage: str, method: str, path: str) -> None:
        if method == "GET" and path.startswith("/applications/"):
            work.cancel()

    graph.hook = cancelling
    journal = begin(journals)
    applied = apply_plan(plan_app(WANTED), session_on(graph), journal, work, nobody)
    assert applied.stopped
    assert [state for _, state in applied.states] == [DONE]
    again = apply_plan(plan_app(WANTED), session_on(graph), journal, Work(), nobody)
    assert [state for _, state in again.states] == [ALREADY]
    assert len(graph.apps) == 1


def test_the_cloud_test_stops_a_deferred_set_up_before_the_secrets(journals: Journals) -> None:
    graph, journal = FakeGraph(), begin(journals)
    graph.refuse["POST", "validateCredentials"] = (
        400,
        {
            "error": {
                "code": "CredentialValidationUnavailable",
                "message": "Response Status Code: Unauthorized",
                "innerError": {"code": "SystemForCrossDomainIdentityManagementCredentialValidationFailure"},
            }
        },
    )
    plan = plan_setup(WANTED, None)
    applied = apply_plan(plan, session_on(graph), journal, Work(), nobody)
    assert [state for _, state in applied.states][:3] == [DONE, DONE, ChangeState.FAILED]
    assert applied.trouble is not None
    assert "test from Microsoft's cloud failed" in applied.trouble.what
    assert "refused the Secret Token (Unauthorized)" in applied.trouble.why
    (app,) = graph.apps.values()
    assert app.secrets == {}
    overridden = replace(plan, wanted=replace(WANTED, cloud_tested=True))
    assert apply_plan(overridden, session_on(graph), journal, Work(), nobody).complete
    assert_complete(graph)


def test_a_refusal_by_the_credential_test_does_not_pass_for_lag(journals: Journals) -> None:
    graph = FakeGraph()
    graph.refuse["POST", "validateCredentials"] = (
        401,
        {"error": {"code": "UnknownError", "innerError": {"code": "XCredentialValidationFailure"}}},
    )
    set_up(graph, begin(journals))
    assert len([end for _, end in graph.writes if end == "validateCredentials"]) == 1


def test_settings_that_somebody_changed_since_are_not_overwritten(journals: Journals) -> None:
    graph = FakeGraph()
    app = graph.add("ScreenSteps")
    app.secrets = {"BaseAddress": "https://old.example.com/scim", "SecretToken": "t", "SyncAll": "false"}
    plan = plan_setup(WANTED, snapshot(graph, app))
    app.secrets["BaseAddress"] = "https://colleague.example.com/scim"
    applied = apply_plan(plan, session_on(graph), begin(journals), Work(), nobody)
    assert applied.trouble is not None
    assert "somebody else" in applied.trouble.why
    assert app.secrets["BaseAddress"] == "https://colleague.example.com/scim"


def test_settings_are_read_back_before_they_count(journals: Journals) -> None:
    graph = FakeGraph()
    real = graph._below

    def losing(app: object, method: str, rest: list[str], body: object) -> tuple[int, object]:
        return (204, None) if method == "PUT" else real(app, method, rest, body)  # type: ignore[arg-type]

    graph._below = losing  # type: ignore[method-assign,assignment]
    journal = begin(journals)
    applied = set_up(graph, journal)
    assert applied.trouble is not None
    assert "not confirmed" in applied.trouble.what
    assert "confirmed" not in [entry.kind for entry in journal.entries()]


def test_an_app_that_is_gone_is_told_before_anything_is_sent(journals: Journals) -> None:
    graph = FakeGraph()
    app = graph.add("ScreenSteps")
    plan = plan_setup(WANTED, snapshot(graph, app))
    del graph.apps[app.id]
    applied = apply_plan(plan, session_on(graph), begin(journals), Work(), nobody)
    assert applied.trouble is not None
    assert applied.trouble.details.status == 404
    assert graph.writes == []


def test_a_running_job_is_not_started_again(journals: Journals) -> None:
    graph = FakeGraph()
    app = graph.add("ScreenSteps")
    app.add_job()
    plan = plan_start(WANTED, snapshot(graph, app))
    assert apply_plan(plan, session_on(graph), begin(journals), Work(), nobody).complete
    again = apply_plan(plan, session_on(graph), begin(journals), Work(), nobody)
    assert [state for _, state in again.states] == [ALREADY]
    assert graph.writes == [("POST", "start")]


def test_a_quarantined_job_is_started_although_it_is_scheduled(journals: Journals) -> None:
    graph = FakeGraph()
    app = graph.add("ScreenSteps")
    app.add_job(state="Active", code="Quarantine")
    apply_plan(plan_start(WANTED, snapshot(graph, app)), session_on(graph), begin(journals), Work(), nobody)
    assert graph.writes == [("POST", "start")]


def test_a_plan_of_its_own_leaves_no_unfinished_set_up(journals: Journals) -> None:
    graph = FakeGraph()
    app = graph.add("ScreenSteps")
    app.add_job(state="Active", code="Active")
    applied = apply_alone(plan_pause(snapshot(graph, app)), session_on(graph), journals, Work(), nobody)
    assert applied.complete
    assert journals.unfinished() == ()
    assert next(iter(app.jobs.values()))["schedule"]["state"] == "Disabled"


def test_a_journal_of_another_tenant_is_refused(journals: Journals) -> None:
    graph = FakeGraph()
    journal = journals.begin("99999999-2222-3333-4444-555555555555", "screensteps", WANTED)
    with pytest.raises(JournalTrouble, match="another tenant"):
        apply_plan(plan_app(WANTED), session_on(graph), journal, Work(), nobody)
    assert graph.requests == []


def test_a_journal_that_cannot_be_written_stops_before_the_write(
    journals: Journals, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph, journal = FakeGraph(), begin(journals)

    def full(kind: str, change: str = "", **data: object) -> None:
        if kind == "before":
            raise JournalTrouble(say("Not written."), say("Disk full."), say("Make room."))

    plan = plan_app(WANTED)
    monkeypatch.setattr(journal, "write", full)
    applied = apply_plan(plan, session_on(graph), journal, Work(), nobody)
    assert isinstance(applied.trouble, JournalTrouble)
    assert graph.apps == {}


def test_the_session_type_is_what_the_rig_makes() -> None:
    assert isinstance(session_on(FakeGraph()), Session)
