"""A refusal is explained by what was granted, which roles are active and whether there is a licence."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scim_assistant.errors import Cancelled, Details, ServiceRefused, SignInNeeded
from scim_assistant.graph import applications, directory, logs, synchronization
from scim_assistant.graph.client import GraphClient
from scim_assistant.graph.refusal import refused
from scim_assistant.graph.request import GraphRequest
from scim_assistant.graph.types import DirectoryRole
from scim_assistant.secret import Secret
from scim_assistant.sentence import say
from scim_assistant.tenant.checks import Cause
from scim_assistant.tenant.explain import ASSIGN, Explained, explain_refusal, judge_cause
from scim_assistant.tenant.patience import PATIENCE_S, patiently
from scim_assistant.tenant.session import Session
from scim_assistant.work import Work
from tests.steps.made import NoNetwork
from tests.steps.worlds import open_world
from tests.tenant.people import ALL, LOOK, as_real

INSTANTIATE = applications.instantiate_request("t", "ScreenSteps")
JOBS = synchronization.list_jobs_request("s")
LOG = logs.events_request("j")
PREMIUM = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
ADMINISTRATOR = DirectoryRole(id="1", role_template_id="9B895D92-2CD3-44C7-9D02-A6AC2D5EA5C3")
READER = DirectoryRole(id="2", role_template_id="4a5d8f65-41da-4de4-8968-e035b65339cf")


def refusal(
    session: Session, request: GraphRequest, status: int = 403, code: str = "Authorization_RequestDenied"
) -> ServiceRefused:
    body = json.dumps({"error": {"code": code, "message": "No."}}).encode()
    headers = {"content-type": "application/json", "request-id": "r-1"}
    return refused(request, session.graph.root + request.target, status, headers, body, client_request_id="c")


class TestCause:
    """What is missing, from what is known; without asking anybody."""

    @pytest.fixture
    def session(self) -> Session:
        def nobody(work: Work, *, claims: str = "", refused: Secret | None = None) -> Secret:
            raise AssertionError("nothing may be asked")

        graph = GraphClient(NoNetwork(), "https://graph.example.com/v1.0", nobody)
        session = Session(graph, NoNetwork(), "tenant", "Example", "noor@example.com", frozenset(ALL))
        return as_real(session, ALL)

    @pytest.mark.parametrize(
        ("request_", "without", "known", "cause"),
        [
            (LOG, "", ((READER,), True), Cause.UNKNOWN),
            (LOG, "ProvisioningLog.Read.All", ((READER,), True), Cause.PERMISSION),
            (LOG, "", ((), True), Cause.ROLE),
            (LOG, "", ((READER,), False), Cause.LICENCE),
            (LOG, "", ((READER,), None), Cause.UNKNOWN),
            (JOBS, "", ((READER,), True), Cause.ROLE),
            (JOBS, "", ((ADMINISTRATOR,), False), Cause.UNKNOWN),
            (JOBS, "Synchronization", ((ADMINISTRATOR,), True), Cause.PERMISSION),
            (INSTANTIATE, "", (None, None), Cause.ROLE),
            (directory.list_users_request(), "", ((), None), Cause.UNKNOWN),
            (directory.list_users_request(), "User.", ((), None), Cause.PERMISSION),
        ],
    )
    def test_it_is_judged_by_permission_role_and_licence(
        self,
        session: Session,
        request_: GraphRequest,
        without: str,
        known: tuple[tuple[DirectoryRole, ...] | None, bool | None],
        cause: Cause,
    ) -> None:
        granted = tuple(one for one in ALL if not without or not one.startswith(without))
        session = as_real(session, granted)
        roles, premium = known
        assert judge_cause(refusal(session, request_), session, roles, premium=premium) is cause

    def test_the_service_s_own_word_on_the_licence_counts_most(self, session: Session) -> None:
        error = refusal(session, LOG, code=PREMIUM)
        assert judge_cause(error, as_real(session, ()), (), premium=True) is Cause.LICENCE


class TestExplained:
    """What the person reads."""

    def explain(self, session: Session, request: GraphRequest, **more: object) -> ServiceRefused:
        return explain_refusal(refusal(session, request, **more), session, Work())  # type: ignore[arg-type]

    def test_a_role_that_is_not_active_is_the_cause_where_the_permission_is_there(
        self, tmp_path: Path
    ) -> None:
        with open_world("missing-role", tmp_path) as place:
            error = self.explain(as_real(place.session, ALL), INSTANTIATE)
        assert isinstance(error, Explained)
        assert error.cause is Cause.ROLE
        assert error.what == INSTANTIATE.what
        assert error.why == (
            "The permission Application.ReadWrite.All was granted; no role that may do this is active, as far as "
            "roles show."
        )
        assert "Application Administrator or Cloud Application Administrator" in error.next_step
        assert error.fix is not None
        assert "ActivationMenuBlade" in error.fix.link
        assert (error.status, error.details.request_id) == (403, "r-1")

    def test_a_role_that_was_activated_meanwhile_is_seen(self, tmp_path: Path) -> None:
        with open_world("missing-role", tmp_path) as place:
            session = as_real(place.session, ALL)
            with place.world.tenant.lock:
                place.world.tenant.roles = ["Application Administrator"]
            error = self.explain(session, INSTANTIATE)
        assert isinstance(error, Explained)
        assert error.cause is Cause.UNKNOWN
        assert "the role Application Administrator is active" in error.why
        assert "can take some minutes to count" in error.next_step

    @pytest.mark.parametrize("status_code", [(403, "Authorization_RequestDenied"), (401, "UnknownError")])
    def test_a_permission_that_was_not_granted_is_named_with_who_can_give_it(
        self, tmp_path: Path, status_code: tuple[int, str]
    ) -> None:
        status, code = status_code
        with open_world("healthy", tmp_path) as place:
            granted = tuple(one for one in LOOK if not one.startswith("Synchronization"))
            error = self.explain(as_real(place.session, granted), JOBS, status=status, code=code)
        assert isinstance(error, Explained)
        assert error.cause is Cause.PERMISSION
        assert error.why == "The permission Synchronization.Read.All was not granted to this sign-in."
        assert "administrator" in error.next_step
        assert error.fix is not None
        assert "adminconsent" in error.fix.link

    def test_where_no_administrator_is_needed_none_is_named(self, tmp_path: Path) -> None:
        with open_world("healthy", tmp_path) as place:
            session = as_real(place.session, ("Application.Read.All",))
            error = self.explain(session, directory.subscribed_skus_request())
        assert error.next_step == "Sign in again, and agree to LicenseAssignment.Read.All."

    def test_an_assignment_that_is_refused_all_the_same_names_the_documented_permission(
        self, tmp_path: Path
    ) -> None:
        with open_world("healthy", tmp_path) as place:
            request = applications.assign_request("s", "p", "r")
            error = self.explain(as_real(place.session, ALL), request)
            held = self.explain(as_real(place.session, (*ALL, ASSIGN)), request)
        assert ASSIGN in error.next_step
        assert isinstance(held, Explained)
        assert held.cause is Cause.UNKNOWN

    def test_a_log_without_a_licence_is_told_from_the_licences(self, tmp_path: Path) -> None:
        with open_world("no-premium-licence", tmp_path) as place:
            error = self.explain(as_real(place.session), LOG)
            named = self.explain(as_real(place.session), LOG, code=PREMIUM)
        for one in (error, named):
            assert isinstance(one, Explained)
            assert one.cause is Cause.LICENCE
            assert "P1 or P2" in one.why

    def test_in_a_practice_session_no_link_leads_into_a_real_portal(self, tmp_path: Path) -> None:
        with open_world("missing-role", tmp_path) as place:
            error = self.explain(place.session, INSTANTIATE)
        assert isinstance(error, Explained)
        assert error.fix is None

    def test_roles_that_cannot_be_read_are_not_called_missing(self, tmp_path: Path) -> None:
        with open_world("healthy", tmp_path) as place:
            session = as_real(place.session, ALL)
            place.world.stop()
            error = self.explain(session, INSTANTIATE)
        assert "could not be read" in error.why

    @pytest.mark.parametrize(
        ("status", "code"),
        [
            (401, "InvalidAuthenticationToken"),
            (404, "Request_ResourceNotFound"),
            (400, "BadRequest"),
            (403, "insufficient_claims"),
        ],
    )
    def test_what_is_about_something_else_is_left_as_it_is(
        self, tmp_path: Path, status: int, code: str
    ) -> None:
        with open_world("missing-role", tmp_path) as place:
            error = refusal(place.session, INSTANTIATE, status, code)
            assert explain_refusal(error, place.session, Work()) is error

    def test_another_service_and_a_proxy_on_the_way_know_nothing_of_rights(self, tmp_path: Path) -> None:
        with open_world("missing-role", tmp_path) as place:
            session = place.session
            details = refusal(session, INSTANTIATE).details
            scim = ServiceRefused(
                say("a."), say("b."), say("c."), replace(details, address="https://example.com/scim/v2/Users")
            )
            proxy = ServiceRefused(
                say("a."), say("b."), say("c."), replace(details, codes=(), request_id=None)
            )
            assert explain_refusal(scim, session, Work()) is scim
            assert explain_refusal(proxy, session, Work()) is proxy

    def test_it_is_explained_once(self, tmp_path: Path) -> None:
        with open_world("missing-role", tmp_path) as place:
            once = explain_refusal(refusal(place.session, INSTANTIATE), place.session, Work())
            assert explain_refusal(once, place.session, Work()) is once

    def test_cancel_and_a_sign_in_that_has_ended_are_heard(self, tmp_path: Path) -> None:
        def ended(work: Work, *, claims: str = "", refused: Secret | None = None) -> Secret:
            raise SignInNeeded(say("No token."), say("It has ended."), say("Sign in again."))

        with open_world("missing-role", tmp_path) as place:
            error = refusal(place.session, INSTANTIATE)
            work = Work()
            work.cancel()
            with pytest.raises(Cancelled):
                explain_refusal(error, place.session, work)
            graph = GraphClient(place.session.scim, place.session.graph.root, ended)
            with pytest.raises(SignInNeeded):
                explain_refusal(error, replace(place.session, graph=graph), Work())


class TestPatience:
    """What is new is waited for, a missing right is not."""

    def test_a_sign_in_that_has_ended_is_never_waited_out(self, tmp_path: Path) -> None:
        calls: list[int] = []

        def action() -> None:
            calls.append(1)
            raise SignInNeeded(say("No token."), say("It has ended."), say("Sign in again."))

        with open_world("healthy", tmp_path) as place, pytest.raises(SignInNeeded):
            patiently(action, session=place.session, born_at=datetime.now(UTC), work=Work())
        assert calls == [1]

    @pytest.mark.parametrize("scenario", ["missing-role", "healthy"])
    def test_roles_are_looked_at_once_when_the_refusal_lasts(self, tmp_path: Path, scenario: str) -> None:
        calls: list[int] = []
        asked: list[str] = []
        with open_world(
            scenario,
            tmp_path,
            on_exchange=lambda when, exchange: asked.append(exchange.path) if when == "before" else None,
        ) as place:
            session = as_real(place.session, ALL)

            def action() -> None:
                calls.append(1)
                raise refusal(session, JOBS)

            began = time.monotonic()
            with pytest.raises(ServiceRefused):
                patiently(action, session=session, born_at=datetime.now(UTC), work=Work())
            waited_s = session.pace.service_s(time.monotonic() - began)
        assert len([path for path in asked if path.endswith("directoryRole")]) == 1
        if scenario == "healthy":
            assert waited_s >= PATIENCE_S
        else:
            assert len(calls) < 25, "a quarter of an hour has ninety"

    def test_an_answer_to_another_question_is_waited_for_as_before(self, tmp_path: Path) -> None:
        calls: list[int] = []

        def action() -> str:
            calls.append(1)
            if len(calls) < 4:
                raise ServiceRefused(
                    say("a."), say("b."), say("c."), Details(status=404, codes=("NotFound",))
                )
            return "done"

        with open_world("missing-role", tmp_path) as place:
            born_at = datetime.now(UTC)
            assert patiently(action, session=place.session, born_at=born_at, work=Work()) == "done"
