"""Readiness: asked of a tenant, reported row by row, right for each scenario and after a right was given meanwhile."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scim_assistant.check import Check, Outcome
from scim_assistant.errors import Cancelled, SignInNeeded
from scim_assistant.graph import applications
from scim_assistant.graph.client import GraphClient
from scim_assistant.scim.profiles import load_profile
from scim_assistant.secret import Secret
from scim_assistant.sentence import say
from scim_assistant.tenant import readiness
from scim_assistant.tenant.checks import TITLES
from scim_assistant.tenant.readiness import check_readiness, waiting_checks
from scim_assistant.tenant.session import Session
from scim_assistant.work import Progress, Work
from tests.steps.worlds import Place, open_world
from tests.tenant.people import ALL, HOME, LOOK, as_real

SCREENSTEPS = load_profile("screensteps")
KEYS = list(TITLES)


def by_key(session: Session, *, profile: str = "screensteps") -> dict[str, Check]:
    return {check.key: check for check in check_readiness(session, load_profile(profile), Work())}


def grant(place: Place, *scopes: str) -> None:
    """What the world's Graph lets through."""
    with place.world.tenant.lock:
        place.world.tenant.scopes = frozenset(scopes)


class TestPractice:
    """The scenarios."""

    def test_each_check_is_reported_as_it_begins_and_ends_in_rows_that_were_there(
        self, tmp_path: Path
    ) -> None:
        told: list[Check] = []
        steps: list[Progress] = []
        with open_world("healthy", tmp_path) as place:
            checks = check_readiness(place.session, SCREENSTEPS, Work(steps.append), told.append)
        assert [check.key for check in checks] == [check.key for check in waiting_checks(SCREENSTEPS)]
        assert [check.outcome for check in checks[: len(KEYS)]] == [Outcome.PASS] * len(KEYS)
        assert [check.key for check in told if check.outcome is Outcome.RUNNING] == KEYS
        assert steps[-1].done == steps[-1].total == len(KEYS)
        assert any("Enterprise plan" in check.sentence for check in checks)
        assert all(check.fix is None or "portal" not in check.fix.link for check in checks)

    @pytest.mark.parametrize(
        ("scenario", "outcomes"),
        [
            ("missing-consent", {"scopes": Outcome.FAIL}),
            ("missing-role", {"role": Outcome.WARN, "logs": Outcome.WARN}),
            ("no-premium-licence", {"licence": Outcome.WARN, "logs": Outcome.WARN}),
        ],
    )
    def test_what_is_missing_shows_at_its_rows_and_nowhere_else(
        self, tmp_path: Path, scenario: str, outcomes: dict[str, Outcome]
    ) -> None:
        with open_world(scenario, tmp_path) as place:
            found = by_key(place.session)
        assert {key: found[key].outcome for key in KEYS} == dict.fromkeys(KEYS, Outcome.PASS) | outcomes

    def test_why_the_log_cannot_be_read_is_told_by_what_else_is_missing(self, tmp_path: Path) -> None:
        with open_world("missing-role", tmp_path / "a") as place:
            assert "Reports Reader is enough" in by_key(place.session)["logs"].sentence
        with open_world("no-premium-licence", tmp_path / "b") as place:
            assert "no Entra ID P1 or P2" in by_key(place.session)["logs"].sentence
        with open_world("healthy", tmp_path / "c") as place:
            grant(place, *(scope for scope in ALL if scope != "ProvisioningLog.Read.All"))
            session = replace(place.session, scopes=frozenset(place.world.tenant.scopes))
            assert "ProvisioningLog.Read.All was not granted" in by_key(session)["logs"].sentence

    def test_a_role_that_is_activated_meanwhile_is_seen(self, tmp_path: Path) -> None:
        with open_world("missing-role", tmp_path) as place:
            assert by_key(place.session)["role"].outcome is Outcome.WARN
            with place.world.tenant.lock:
                place.world.tenant.roles = ["Application Administrator"]
            found = by_key(place.session)
        assert {found[key].outcome for key in KEYS} == {Outcome.PASS}

    def test_an_app_that_is_there_already_is_named_with_its_sign_in(self, tmp_path: Path) -> None:
        with open_world("quarantine", tmp_path) as place:
            assert by_key(place.session)["apps"].sentence.startswith("ScreenSteps can be reused")
            with place.world.tenant.lock:
                (app,) = place.world.tenant.apps.values()
                app.sign_on_mode = "saml"
            found = by_key(place.session)["apps"]
        assert found.sentence.startswith("ScreenSteps is used for sign-in already: reuse it")
        assert found.evidence == (("ScreenSteps", "sign-in with SAML"),)

    def test_an_app_outside_the_gallery_is_not_looked_for(self, tmp_path: Path) -> None:
        with open_world("healthy", tmp_path) as place:
            assert by_key(place.session, profile="generic")["apps"].outcome is Outcome.SKIPPED

    def test_a_gallery_without_the_entry_is_said(self, tmp_path: Path) -> None:
        with open_world("healthy", tmp_path) as place:
            with place.world.tenant.lock:
                place.world.tenant.gallery.clear()
            assert "no entry called ScreenSteps" in by_key(place.session)["apps"].sentence

    def test_what_cannot_be_asked_warns_and_the_rest_is_asked_all_the_same(self, tmp_path: Path) -> None:
        with open_world("healthy", tmp_path) as place:
            place.world.stop()
            found = by_key(place.session)
        asked = ("role", "licence", "logs", "apps")
        assert {found[key].outcome for key in asked} == {Outcome.WARN}
        assert all(found[key].sentence.endswith(".") for key in asked)

    def test_cancel_is_heard(self, tmp_path: Path) -> None:
        work = Work()
        work.cancel()
        with open_world("healthy", tmp_path) as place, pytest.raises(Cancelled):
            check_readiness(place.session, SCREENSTEPS, work)


class TestReal:
    """A sign-in that brought the permissions for looking."""

    def test_everything_is_ready_and_changes_are_asked_for_later(self, tmp_path: Path) -> None:
        with open_world("healthy", tmp_path) as place:
            grant(place, *LOOK)
            found = by_key(as_real(place.session))
        assert {found[key].outcome for key in KEYS} == {Outcome.PASS}
        assert "before the first change" in found["scopes"].sentence

    def test_a_missing_permission_leads_to_the_administrators_consent(self, tmp_path: Path) -> None:
        with open_world("healthy", tmp_path) as place:
            granted = tuple(scope for scope in LOOK if scope != "Synchronization.Read.All")
            grant(place, *granted)
            found = by_key(as_real(place.session, granted))["scopes"]
            fix = found.fix
            assert (found.outcome, fix is not None) == (Outcome.FAIL, True)
            assert fix is not None
            assert fix.link.startswith(
                f"https://login.microsoftonline.com/{place.session.tenant_id}/v2.0/adminconsent?"
            )

    def test_a_role_is_activated_in_the_portal_of_the_cloud_and_tenant(self, tmp_path: Path) -> None:
        with open_world("missing-role", tmp_path) as place:
            session = replace(as_real(place.session), portal="https://portal.azure.us")
            found = by_key(session)
        for key in ("role", "logs"):
            fix = found[key].fix
            assert fix is not None
            assert fix.link.startswith(
                f"https://portal.azure.us/#@{session.tenant_id}/view/Microsoft_Azure_PIMCommon/"
            )

    def test_a_guest_is_noticed(self, tmp_path: Path) -> None:
        with open_world("healthy", tmp_path) as place:
            session = as_real(place.session, username="ana@partner.example.com", home=HOME)
            assert by_key(session)["account"].outcome is Outcome.WARN

    def test_looking_only_asks_for_no_more_and_leaves_the_vendor_out(self, tmp_path: Path) -> None:
        with open_world("missing-role", tmp_path) as place:
            grant(place, *LOOK)
            with place.world.tenant.lock:
                place.world.tenant.roles = ["Reports Reader"]
            checks = check_readiness(as_real(place.session, read_only=True), SCREENSTEPS, Work())
        assert [check.key for check in checks] == KEYS
        assert [check.key for check in waiting_checks(SCREENSTEPS, read_only=True)] == KEYS
        found = {check.key: check for check in checks}
        assert {found[key].outcome for key in ("scopes", "role", "logs")} == {Outcome.PASS}
        assert "nothing else is asked for" in found["scopes"].sentence

    def test_an_app_is_sent_nothing_that_a_look_may_not(self, tmp_path: Path) -> None:
        with open_world("quarantine", tmp_path) as place:
            grant(place, *LOOK)
            assert by_key(as_real(place.session))["apps"].outcome is Outcome.PASS
            (template,) = [
                one
                for one in applications.find_templates(place.session.graph, "ScreenSteps", Work())
                if one.display_name == "ScreenSteps"
            ]
            (app,) = applications.find_service_principals(place.session.graph, template.id, Work())
        assert app.preferred_single_sign_on_mode is None


class TestTokens:
    """A new token is had before the checks are asked again, and a sign-in that has ended is not swallowed."""

    def test_asked_again_after_a_while_it_works_with_a_new_token(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with open_world("healthy", tmp_path) as place:
            refused: list[str] = []

            def source(
                work: Work, *, claims: str = "", refused_: Secret | None = None, **more: Secret
            ) -> Secret:
                if more.get("refused") is not None:
                    refused.append("renewed")
                return Secret(str(place.line["token"]))

            graph = GraphClient(place.session.scim, place.session.graph.root, source, pace=place.session.pace)
            session = replace(place.session, graph=graph)
            check_readiness(session, SCREENSTEPS, Work())
            assert refused == []
            monkeypatch.setattr(readiness, "NEW_TOKEN_AFTER_S", 0.0)
            check_readiness(session, SCREENSTEPS, Work())
            assert refused == ["renewed"]

    @pytest.mark.parametrize("after", range(6))
    def test_a_sign_in_that_has_ended_is_told_and_not_taken_for_an_answer(
        self, tmp_path: Path, after: int
    ) -> None:
        asked: list[int] = []
        with open_world("healthy", tmp_path) as place:

            def source(work: Work, *, claims: str = "", refused: Secret | None = None) -> Secret:
                asked.append(1)
                if len(asked) > after:
                    raise SignInNeeded(say("No token."), say("The sign-in has ended."), say("Sign in again."))
                return Secret(str(place.line["token"]))

            graph = GraphClient(place.session.scim, place.session.graph.root, source, pace=place.session.pace)
            with pytest.raises(SignInNeeded):
                check_readiness(replace(place.session, graph=graph), SCREENSTEPS, Work())
