"""Going on with a set-up: what is certain is taken up, what is not is asked, a lost secret is asked for again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scim_assistant.errors import JournalTrouble, KnownError
from scim_assistant.plan.apply import apply_plan
from scim_assistant.plan.journal import Journal, Journals, wanted_data
from scim_assistant.plan.ledger import read_ledger
from scim_assistant.plan.make import plan_app, plan_setup
from scim_assistant.plan.resume import choose, look_again, plan_rest, read_app, resume
from scim_assistant.plan.undo import plan_undo
from scim_assistant.secret import Secret
from scim_assistant.work import Work
from tests.plan.fake_graph import TEMPLATE, FakeGraph, Killed, no_answer, session_on
from tests.plan.rig import ANA, TOKEN, WANTED, assert_complete, begin, nobody, set_up, snapshot


@pytest.fixture
def journals(tmp_path: Path) -> Journals:
    return Journals(tmp_path)


def killed_at(graph: FakeGraph, journal: Journal, stage: str, method: str, end: str) -> None:
    """Apply, and kill the program around one request."""

    def hook(now: str, verb: str, path: str) -> None:
        if (now, verb) == (stage, method) and path.endswith(end):
            raise Killed

    graph.hook = hook
    with pytest.raises(Killed):
        set_up(graph, journal)
    graph.hook = lambda *_: None


def test_the_app_that_was_made_is_taken_up(journals: Journals) -> None:
    graph, journal = FakeGraph(lag_s=200.0), begin(journals)
    killed_at(graph, journal, "after", "POST", "instantiate")
    found = look_again(journal, session_on(graph), Work())
    (app,) = graph.apps.values()
    assert (found.service_principal_id, found.application_id) == (app.id, app.application_id)
    assert found.created_at is not None
    assert found.choices == ()
    assert found.needs_secret
    assert found.wanted.service_principal_id == app.id
    assert "was registered" in found.told[0]


def test_an_app_that_was_not_made_is_looked_for_longer_than_replication_takes(journals: Journals) -> None:
    graph, journal = FakeGraph(), begin(journals)
    killed_at(graph, journal, "before", "POST", "instantiate")
    began = datetime.now(UTC)
    session = session_on(graph)
    found = look_again(journal, session, Work())
    since = read_ledger(journal.entries()).writes["create-app"].before_at
    assert session.pace.service_s((datetime.now(UTC) - since).total_seconds()) >= 900
    assert found.service_principal_id == ""
    assert "was not registered" in found.told[0]
    assert datetime.now(UTC) - began < timedelta(seconds=20)
    assert resume(journal, session, Work(), nobody, secret=Secret(TOKEN)).complete
    assert_complete(graph)


def test_an_app_of_the_same_name_that_was_there_before_is_left_alone(journals: Journals) -> None:
    graph, journal = FakeGraph(), begin(journals)
    old = graph.add("ScreenSteps")
    killed_at(graph, journal, "after", "POST", "instantiate")
    found = look_again(journal, session_on(graph), Work())
    assert found.service_principal_id not in ("", old.id)
    assert found.choices == ()


def test_a_strangers_app_is_asked_about(journals: Journals) -> None:
    """Same name and template, not there before, but made at another time than our request."""
    graph, journal = FakeGraph(), begin(journals)
    killed_at(graph, journal, "before", "POST", "instantiate")
    stranger = graph.add("ScreenSteps", created_at=datetime.now(UTC) + timedelta(hours=2))
    session = session_on(graph)
    found = look_again(journal, session, Work())
    assert [one.service_principal.id for one in found.choices] == [stranger.id]
    assert not found.choices[0].fits
    with pytest.raises(KnownError, match="not certain"):
        resume(journal, session, Work(), nobody, secret=Secret(TOKEN))
    assert len(graph.apps) == 1

    taken = choose(journal, found.choices[0])
    assert taken.service_principal_id == stranger.id
    assert resume(journal, session, Work(), nobody, secret=Secret(TOKEN)).complete
    assert_complete(graph)
    undo = plan_undo(journal, read_app(look_again(journal, session, Work()), session, Work()))
    assert "undo:create-app" not in [change.key for change in undo.changes]


def test_no_candidate_may_be_the_right_one(journals: Journals) -> None:
    graph, journal = FakeGraph(), begin(journals)
    killed_at(graph, journal, "before", "POST", "instantiate")
    stranger = graph.add("ScreenSteps", created_at=datetime.now(UTC) - timedelta(days=2))
    session = session_on(graph)
    assert look_again(journal, session, Work()).choices
    assert choose(journal, None).service_principal_id == ""
    assert resume(journal, session, Work(), nobody, secret=Secret(TOKEN)).complete
    assert len(graph.apps) == 2
    assert stranger.jobs == {}


def test_two_apps_that_fit_are_asked_about(journals: Journals) -> None:
    graph, journal = FakeGraph(), begin(journals)
    killed_at(graph, journal, "after", "POST", "instantiate")
    graph.add("ScreenSteps")
    assert len(look_again(journal, session_on(graph), Work()).choices) == 2
    with pytest.raises(KnownError, match="not certain"):
        resume(journal, session_on(graph), Work(), nobody, secret=Secret(TOKEN))
    assert len(graph.apps) == 2


def test_apps_of_other_names_or_templates_are_no_candidates(journals: Journals) -> None:
    graph, journal = FakeGraph(), begin(journals)
    killed_at(graph, journal, "before", "POST", "instantiate")
    graph.add("Another name")
    graph.add("ScreenSteps", template_id=TEMPLATE.replace("a", "e"))
    found = look_again(journal, session_on(graph), Work())
    assert found.choices == ()
    assert found.service_principal_id == ""


def test_in_doubt_applying_asks_as_well_rather_than_making_a_second_app(journals: Journals) -> None:
    graph, journal = FakeGraph(), begin(journals)
    graph.add("ScreenSteps")

    def rival(stage: str, method: str, path: str) -> None:
        if method == "POST" and path.endswith("instantiate") and stage == "before":
            graph.add("ScreenSteps")
            graph.add("ScreenSteps")
            raise no_answer()

    graph.hook = rival
    applied = apply_plan(plan_app(WANTED), session_on(graph), journal, Work(), nobody)
    assert applied.trouble is not None
    assert "not certain" in applied.trouble.why
    assert graph.writes == [("POST", "instantiate")]
    assert len(look_again(journal, session_on(graph), Work()).choices) == 2


@pytest.mark.parametrize("stage", ["before", "after"])
def test_a_secret_that_is_not_confirmed_is_asked_for_again(journals: Journals, stage: str) -> None:
    graph, journal = FakeGraph(), begin(journals)
    killed_at(graph, journal, stage, "PUT", "secrets")
    (told,) = journals.unfinished()
    assert told.needs_secret
    found = look_again(journal, session_on(graph), Work())
    assert found.needs_secret
    with pytest.raises(KnownError, match="never kept on disk"):
        resume(journal, session_on(graph), Work(), nobody)
    assert resume(journal, session_on(graph), Work(), nobody, secret=Secret(TOKEN)).complete
    assert_complete(graph)


def test_a_confirmed_secret_is_not_asked_for_again(journals: Journals) -> None:
    graph, journal = FakeGraph(), begin(journals)
    killed_at(graph, journal, "after", "POST", "appRoleAssignedTo")
    (told,) = journals.unfinished()
    assert not told.needs_secret
    assert (told.done, told.total) == (3, 6)
    assert resume(journal, session_on(graph), Work(), nobody).complete
    assert_complete(graph)
    (told,) = journals.unfinished()
    assert (told.done, told.total) == (6, 6)
    journals.close(journal, "finished")
    assert journals.unfinished() == ()


def test_a_new_token_has_to_be_confirmed_anew(journals: Journals) -> None:
    graph, journal = FakeGraph(), begin(journals)
    set_up(graph, journal)
    assert not journals.unfinished()[0].needs_secret
    (app,) = graph.apps.values()
    newer = replace(WANTED, secret=Secret("another-token"))

    def hook(stage: str, method: str, path: str) -> None:
        if method == "PUT":
            raise Killed

    graph.hook = hook
    with pytest.raises(Killed):
        set_up(graph, journal, newer, app)
    assert journals.unfinished()[0].needs_secret


def test_applying_a_broken_off_journal_without_looking_again_makes_no_second_app(journals: Journals) -> None:
    graph, journal = FakeGraph(lag_s=300.0), begin(journals)
    killed_at(graph, journal, "after", "POST", "instantiate")
    assert apply_plan(plan_setup(WANTED, None), session_on(graph), journal, Work(), nobody).complete
    assert_complete(graph)


def test_a_set_up_whose_app_was_removed_says_so(journals: Journals) -> None:
    graph, journal = FakeGraph(), begin(journals)
    killed_at(graph, journal, "before", "POST", "jobs")
    graph.apps.clear()
    with pytest.raises(KnownError, match="not in the tenant any more"):
        look_again(journal, session_on(graph), Work())


def test_the_journal_of_the_first_page_goes_on_with_the_whole_set_up(journals: Journals) -> None:
    """The app is created on its own page; the rest is planned and applied later, in another run."""
    graph, journal = FakeGraph(lag_s=60.0), begin(journals)
    assert apply_plan(plan_app(WANTED), session_on(graph), journal, Work(), nobody).complete
    session = session_on(graph)
    found = look_again(journal, session, Work())
    plan = plan_rest(found, read_app(found, session, Work()), Secret(TOKEN))
    assert [change.key for change in plan.changes][:2] == ["create-job", "write-secrets"]
    assert apply_plan(plan, session, journal, Work(), nobody).complete
    assert_complete(graph)


def test_a_job_hidden_by_a_server_that_lags_is_not_made_twice(journals: Journals) -> None:
    """The plan was made from a look that did not show the job, though the journal knows it."""
    graph, journal = FakeGraph(), begin(journals)
    set_up(graph, journal)
    (app,) = graph.apps.values()
    stale = snapshot(graph, app)
    stale = type(stale)(
        **{name: getattr(stale, name) for name in stale.__slots__} | {"job": None, "assignments": ()}
    )
    hidden, looks = dict(app.jobs), []

    def hook(stage: str, method: str, path: str) -> None:
        if stage == "before" and method == "GET" and path.endswith("/jobs"):
            looks.append(path)
            app.jobs = {} if len(looks) < 4 else hidden

    graph.hook = hook
    applied = apply_plan(plan_setup(WANTED, stale), session_on(graph), journal, Work(), nobody)
    assert applied.complete
    app.jobs = hidden
    assert_complete(graph)
    assert [end for _, end in graph.writes].count("jobs") == 1


def test_a_job_hidden_by_a_server_that_lags_is_waited_for_when_the_app_is_read(journals: Journals) -> None:
    graph, journal = FakeGraph(), begin(journals)
    set_up(graph, journal)
    (app,) = graph.apps.values()
    hidden, looks = dict(app.jobs), []

    def hook(stage: str, method: str, path: str) -> None:
        if stage == "before" and method == "GET" and path.endswith("/jobs"):
            looks.append(path)
            app.jobs = {} if len(looks) < 3 else hidden

    graph.hook = hook
    session = session_on(graph)
    found = look_again(journal, session, Work())
    read = read_app(found, session, Work())
    assert read is not None
    assert read.job is not None
    assert plan_rest(found, read, None).changes == ()


def test_a_cancelled_look_keeps_what_it_found(journals: Journals) -> None:
    from scim_assistant.errors import Cancelled

    graph, journal, work = FakeGraph(), begin(journals), Work()
    killed_at(graph, journal, "before", "POST", "instantiate")
    work.cancel()
    with pytest.raises(Cancelled):
        look_again(journal, session_on(graph), work)
    assert read_ledger(journal.entries()).open_writes


def test_another_target_is_remembered_by_the_latest_plan(journals: Journals) -> None:
    journal = begin(journals)
    journal.write("planned", wanted=wanted_data(plan_app(WANTED).wanted), changes=[{"key": "create-app"}])
    assert read_ledger(journal.entries()).wanted.principals[0] == ANA


def test_another_tenant_is_not_asked_what_became_of_a_write(journals: Journals) -> None:
    """Not finding the app there would be journaled as 'not made', and it would be made a second time."""
    graph, journal = FakeGraph(), begin(journals)
    journal.write("planned", changes=[])
    journal.write("before", "create-app", name="ScreenSteps", template_id=TEMPLATE, there=[])
    before = journal.entries()
    elsewhere = replace(session_on(graph), tenant_id="99999999-0000-0000-0000-000000000000")
    with pytest.raises(JournalTrouble, match="another tenant"):
        look_again(journal, elsewhere, Work())
    assert journal.entries() == before
