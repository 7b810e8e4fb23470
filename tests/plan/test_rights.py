"""Applying without the right to: asked for before anything is sent, gone on with after a sign-in, told with its cause."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from scim_assistant.errors import KnownError, ServiceRefused, SignInNeeded
from scim_assistant.plan.apply import Applied, apply_alone, apply_plan
from scim_assistant.plan.change import ChangeState, Plan
from scim_assistant.plan.journal import Journals
from scim_assistant.plan.make import plan_app, plan_pause, plan_setup
from scim_assistant.plan.resume import look_again, resume
from scim_assistant.plan.undo import apply_undo, plan_undo, read_for_undo
from scim_assistant.secret import Secret
from scim_assistant.sentence import say
from scim_assistant.tenant.checks import Cause
from scim_assistant.tenant.explain import Explained
from scim_assistant.tenant.session import Session
from scim_assistant.work import Work
from tests.plan.fake_graph import LOOK, FakeGraph, session_on, signed_in
from tests.plan.rig import TOKEN, WANTED, Watch, assert_complete, begin, nobody, set_up, snapshot

DONE, WAITING = ChangeState.DONE, ChangeState.WAITING
DENIED = (403, {"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges"}})
VAGUE = (401, {"error": {"code": "UnknownError", "message": ""}})
REQUESTS = 17
"""So many one whole run sends."""


@pytest.fixture
def journals(tmp_path: Path) -> Journals:
    return Journals(tmp_path)


@dataclass
class Tokens:
    """A sign-in that ends after so many requests were sent, and lives again when the person has signed in."""

    graph: FakeGraph
    after: int
    number: int = 1

    def __call__(self, work: Work, *, claims: str = "", refused: Secret | None = None) -> Secret:
        if self.number == 1 and len(self.graph.requests) >= self.after:
            self.graph.takes = {"token-2"}
            if refused is not None:
                raise SignInNeeded(say("No token."), say("The sign-in has ended."), say("Sign in again."))
        return Secret(f"token-{self.number}")

    def sign_in_again(self) -> Session:
        self.number = 2
        return session_on(self.graph, self, who=signed_in())


def begun(after: int, **more: float) -> tuple[FakeGraph, Tokens, Session]:
    graph = FakeGraph(**more)
    graph.takes = {"token-1"}
    tokens = Tokens(graph, after)
    return graph, tokens, session_on(graph, tokens, who=signed_in())


class TestAsking:
    """The right to change something is asked for just before the first change."""

    def looking(self, graph: FakeGraph, **more: bool) -> Session:
        return session_on(graph, who=signed_in(LOOK), **more)

    def test_nothing_is_sent_or_journaled_before_it_is_asked_for(self, journals: Journals) -> None:
        graph, journal = FakeGraph(), begin(journals)
        lines = len(journal.entries())
        with pytest.raises(SignInNeeded) as caught:
            apply_plan(plan_app(WANTED), self.looking(graph), journal, Work(), nobody)
        assert set(caught.value.scopes) >= {"Application.ReadWrite.All", "Synchronization.ReadWrite.All"}
        assert caught.value.account_id == "oid.tid"
        assert caught.value.what == "The app ScreenSteps was not registered."
        assert (graph.requests, len(journal.entries())) == ([], lines)
        assert apply_plan(
            plan_app(WANTED), session_on(graph, who=signed_in()), journal, Work(), nobody
        ).complete

    def test_a_single_change_of_the_monitor_leaves_no_journal_behind(self, journals: Journals) -> None:
        graph = FakeGraph()
        app = graph.add("ScreenSteps")
        app.add_job(state="Active", code="Active")
        plan = plan_pause(snapshot(graph, app))
        graph.requests.clear()
        with pytest.raises(SignInNeeded, match="pause"):
            apply_alone(plan, self.looking(graph), journals, Work(), nobody)
        assert graph.requests == []
        assert not list(journals.folder.rglob("*.jsonl"))

    def test_undoing_asks_too(self, journals: Journals) -> None:
        graph, journal = FakeGraph(), begin(journals)
        set_up(graph, journal)
        undo = plan_undo(journal, read_for_undo(journal, session_on(graph), Work()))
        lines = len(journal.entries())
        with pytest.raises(SignInNeeded):
            apply_undo(undo, self.looking(graph), journal, Work(), nobody)
        assert len(journal.entries()) == lines
        assert apply_undo(undo, session_on(graph, who=signed_in()), journal, Work(), nobody).complete
        assert graph.apps == {}

    def test_looking_only_never_asks(self, journals: Journals) -> None:
        graph = FakeGraph()
        with pytest.raises(KnownError, match="looking only") as caught:
            apply_plan(plan_app(WANTED), self.looking(graph, read_only=True), begin(journals), Work(), nobody)
        assert not isinstance(caught.value, SignInNeeded)
        assert graph.requests == []

    def test_a_plan_without_changes_needs_no_right(self, journals: Journals) -> None:
        plan = Plan(wanted=WANTED, changes=(), made_at=plan_app(WANTED).made_at)
        assert apply_plan(plan, self.looking(FakeGraph()), begin(journals), Work(), nobody).complete


class TestEnded:
    """The sign-in ends in the middle."""

    def test_the_requests_of_a_run_are_all_tried(self, journals: Journals) -> None:
        graph = FakeGraph()
        set_up(graph, begin(journals))
        assert len(graph.requests) == REQUESTS

    @pytest.mark.parametrize("lag_s", [0.0, 120.0])
    @pytest.mark.parametrize("after", range(REQUESTS))
    def test_before_any_request_the_same_plan_goes_on_after_a_sign_in(
        self, journals: Journals, after: int, lag_s: float
    ) -> None:
        graph, tokens, session = begun(after, lag_s=lag_s)
        journal, watch = begin(journals), Watch()
        plan = plan_setup(WANTED, None)
        applied = apply_plan(plan, session, journal, Work(), watch)
        needed = applied.trouble
        assert isinstance(needed, SignInNeeded)
        assert needed.account_id == "oid.tid"
        assert ChangeState.FAILED not in [state for _, state in applied.states]
        assert journal.entries()[-1].kind == "stopped"
        again = apply_plan(plan, tokens.sign_in_again(), journal, Work(), nobody)
        assert again.complete, again.trouble
        self.nothing_twice(graph, again)

    @pytest.mark.parametrize("after", range(1, REQUESTS, 3))
    def test_so_does_the_set_up_when_the_program_was_ended_meanwhile(
        self, journals: Journals, after: int
    ) -> None:
        graph, tokens, session = begun(after)
        journal = begin(journals)
        apply_plan(plan_setup(WANTED, None), session, journal, Work(), nobody)
        again = resume(journal, tokens.sign_in_again(), Work(), nobody, secret=Secret(TOKEN))
        assert again.complete, again.trouble
        self.nothing_twice(graph, again)

    def test_what_took_effect_before_its_reading_back_counts_as_done(self, journals: Journals) -> None:
        graph = FakeGraph()
        set_up(graph, begin(journals))
        first = next(n for n, (method, _, _) in enumerate(graph.requests) if method == "POST")
        graph, _, session = begun(first + 1)
        applied = apply_plan(plan_setup(WANTED, None), session, begin(journals), Work(), nobody)
        assert len(graph.apps) == 1
        assert [state for _, state in applied.states] == [DONE] + [WAITING] * 5
        assert applied.service_principal_id in graph.apps

    def test_settings_that_were_turned_away_for_the_token_are_not_taken_for_written(
        self, journals: Journals
    ) -> None:
        graph = FakeGraph()
        set_up(graph, begin(journals))
        put = next(n for n, (method, _, _) in enumerate(graph.requests) if method == "PUT")
        graph, _, session = begun(put)
        journal = begin(journals)
        applied = apply_plan(plan_setup(WANTED, None), session, journal, Work(), nobody)
        assert isinstance(applied.trouble, SignInNeeded)
        (app,) = graph.apps.values()
        assert app.secrets == {}
        last = [entry.kind for entry in journal.entries() if entry.change == "write-secrets"]
        assert last == ["before", "refused", "stopped"]

    def test_looking_how_far_a_set_up_came_says_so_as_well(self, journals: Journals) -> None:
        _, tokens, session = begun(5)
        journal = begin(journals)
        apply_plan(plan_setup(WANTED, None), session, journal, Work(), nobody)
        with pytest.raises(SignInNeeded):
            look_again(journal, session, Work())
        assert look_again(journal, tokens.sign_in_again(), Work()).choices == ()

    @staticmethod
    def nothing_twice(graph: FakeGraph, applied: Applied) -> None:
        assert_complete(graph)
        assert [end for _, end in graph.writes].count("instantiate") == 1
        assert applied.service_principal_id in graph.apps


class TestRefused:
    """A right that is really missing is not waited for, and is told with its cause."""

    def apply(self, graph: FakeGraph, journals: Journals, **more: tuple[str, ...]) -> Applied:
        return apply_plan(
            plan_setup(WANTED, None), session_on(graph, **more), begin(journals), Work(), nobody
        )

    @pytest.mark.parametrize("answer", [DENIED, VAGUE])
    def test_a_permission_that_was_not_granted_ends_the_wait_for_a_new_app_at_once(
        self, journals: Journals, answer: tuple[int, object]
    ) -> None:
        graph = FakeGraph()
        graph.refuse["GET", "synchronization/templates"] = answer
        scopes = tuple(one for one in signed_in().permissions if not one.startswith("Synchronization"))
        trouble = self.apply(graph, journals, scopes=scopes).trouble
        assert isinstance(trouble, Explained)
        assert trouble.cause is Cause.PERMISSION
        assert "Synchronization.Read.All" in trouble.why
        assert len([path for _, path, _ in graph.requests if path.endswith("templates")]) == 1

    def test_a_role_that_is_missing_ends_it_soon(self, journals: Journals) -> None:
        graph = FakeGraph()
        graph.refuse["GET", "synchronization/templates"] = DENIED
        graph.roles = []
        trouble = self.apply(graph, journals).trouble
        assert isinstance(trouble, Explained)
        assert trouble.cause is Cause.ROLE
        assert "Application Administrator" in trouble.next_step
        tries = len([path for _, path, _ in graph.requests if path.endswith("templates")])
        assert tries < 20, "a quarter of an hour has ninety"

    def test_where_everything_is_there_the_new_app_is_waited_for(self, journals: Journals) -> None:
        graph = FakeGraph()
        graph.refuse["GET", "synchronization/templates"] = DENIED

        def soon(stage: str, method: str, path: str) -> None:
            if sum(one.endswith("templates") for _, one, _ in graph.requests) > 12:
                graph.refuse.clear()

        graph.hook = soon
        # Slow enough that a busy machine does not use up the quarter of an hour.
        session = session_on(graph, speed=200.0)
        assert apply_plan(plan_setup(WANTED, None), session, begin(journals), Work(), nobody).complete

    def test_a_refused_creation_names_its_cause(self, journals: Journals) -> None:
        graph, watch = FakeGraph(), Watch()
        graph.refuse["POST", "instantiate"] = DENIED
        graph.roles = []
        applied = apply_plan(plan_app(WANTED), session_on(graph), begin(journals), Work(), watch)
        trouble = applied.trouble
        assert isinstance(trouble, ServiceRefused)
        assert trouble.what == "The app ScreenSteps was not registered."
        assert trouble.why == (
            "The permission Application.ReadWrite.All was granted; no role that may do this is active, as far as "
            "roles show."
        )
        assert trouble.details.status == 403
