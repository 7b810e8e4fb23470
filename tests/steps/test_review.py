"""Steps 8 to 10: the plan is applied once, taken back on request, proved on one person, and started."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scim_assistant.check import Outcome
from scim_assistant.errors import KnownError, Unreachable
from scim_assistant.graph import synchronization
from scim_assistant.graph.types import OnDemandResult, OnDemandStep
from scim_assistant.logs.explain import Catalogue
from scim_assistant.plan.change import Change, ChangeKind, ChangeState
from scim_assistant.plan.wanted import Mode
from scim_assistant.secret import Secret
from scim_assistant.sentence import say
from scim_assistant.steps import flow, prove, register, review, scope
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.done import summary
from scim_assistant.steps.found import Found
from scim_assistant.steps.prove import ProveStep, proof_checks
from scim_assistant.steps.review import ReviewStep
from scim_assistant.steps.step import StepKey
from scim_assistant.work import Work
from tests.journeys.outside import graph, people_at_the_service
from tests.steps import made
from tests.steps.worlds import MemoryStore, Place, open_world

ORDER = [StepKey.REGISTER, StepKey.TEST_CONNECTION, StepKey.MAPPINGS, StepKey.SCOPE, StepKey.REVIEW]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with open_world("healthy", tmp_path / "journals") as place:
        yield place


def _answers(place: Place, **more: Any) -> Answers:
    url, secret = place.hint
    people = scope.search_people(place.session, "ana.ruiz", Work())
    given = Answers(
        app_name="ScreenSteps",
        tenant_url=url,
        secret=secret,
        people=people,
        notify_email="it@example.com",
    )
    return replace(given, **more)


def _planned(place: Place, **more: Any) -> tuple[Answers, Found]:
    """Answers and findings with a plan, as the wizard has them on the review page."""
    answers, found = _answers(place, **more), made.found(session=place.session)
    for key in ORDER:
        step = flow.step_of(key)
        if step.depends_on(answers, found) is not None:
            found = step.lookup(place.services, answers, found, Work())
        answers = step.suggest(answers, found)
        if key is StepKey.REGISTER and not answers.create_later:
            answers, found = register.create_app(place.services, answers, found, Work())
    return answers, found


def _apps(place: Place) -> list[dict[str, Any]]:
    return list(graph(place.line, "/servicePrincipals?$filter=displayName eq 'ScreenSteps'")["value"])


class TestApply:
    """Applying."""

    def test_the_plan_names_every_change_with_old_and_new(self, place: Place) -> None:
        _, found = _planned(place)
        assert found.plan is not None
        assert [change.kind for change in found.plan.changes] == [
            ChangeKind.CREATE_JOB,
            ChangeKind.WRITE_SECRETS,
            ChangeKind.ASSIGN,
        ]
        secrets = found.plan.changes[1]
        assert place.line["scim"] in secrets.new
        assert place.line["scim_token"] not in secrets.new + repr(found.plan)

    def test_nobody_goes_on_before_it_is_applied(self, place: Place) -> None:
        answers, found = _planned(place)
        assert "Apply the 3 changes" in flow.why_not_next(StepKey.REVIEW, answers, found)
        found = review.apply(place.services, answers, found, Work())
        assert flow.why_not_next(StepKey.REVIEW, answers, found) == ""

    def test_each_change_is_told_as_it_happens(self, place: Place) -> None:
        answers, found = _planned(place)
        seen: list[tuple[str, ChangeState]] = []

        def on_change(change: Change, state: ChangeState, trouble: KnownError | None) -> None:
            seen.append((change.key.partition(":")[0], state))

        review.apply(place.services, answers, found, Work(), on_change)
        assert seen == [
            (key, state)
            for key in ("create-job", "write-secrets", "assign")
            for state in (ChangeState.RUNNING, ChangeState.DONE)
        ]

    def test_what_was_applied_is_there_and_known(self, place: Place) -> None:
        answers, found = _planned(place)
        found = review.apply(place.services, answers, found, Work())
        assert found.trouble is None
        assert found.app is not None
        assert found.app.job is not None
        (app,) = _apps(place)
        (assigned,) = graph(place.line, f"/servicePrincipals/{app['id']}/appRoleAssignedTo")["value"]
        assert assigned["principalDisplayName"] == "Ana Ruiz"
        with place.world.tenant.lock:
            secrets = place.world.tenant.apps[app["id"]].secrets
            assert secrets["SecretToken"] == place.line["scim_token"]
            assert secrets["SyncAll"] == "false"

    def test_the_day_on_which_the_token_was_saved_is_remembered_and_not_the_token(self, place: Place) -> None:
        days = place.services.token_days
        assert days is not None
        answers, found = _planned(place)
        assert days.all() == ()
        found = review.apply(place.services, answers, found, Work())
        (told,) = days.all()
        assert found.app is not None
        assert (told.tenant_id, told.app_id) == (place.session.tenant_id, found.app.service_principal.id)
        assert (told.profile_id, told.ends_at, told.entered) == ("screensteps", None, False)
        assert told.set_on == datetime.now(UTC).date()
        (file,) = days.folder.rglob("*.json")
        assert place.line["scim_token"] not in file.read_text(encoding="utf-8")

    def test_a_deferred_app_is_created_with_everything_else(self, place: Place) -> None:
        answers, found = _planned(place, create_later=True)
        assert found.plan is not None
        assert found.plan.changes[0].kind is ChangeKind.CREATE_APP
        found = review.apply(place.services, answers, found, Work())
        assert found.trouble is None
        answers = ReviewStep().suggest(answers, found)
        assert [app["id"] for app in _apps(place)] == [answers.service_principal_id]

    def test_looking_again_after_applying_plans_nothing_anew(self, place: Place) -> None:
        step = ReviewStep()
        answers, found = _planned(place, create_later=True)
        found = review.apply(place.services, answers, found, Work())
        answers = step.suggest(answers, found)
        again = step.lookup(place.services, answers, found, Work())
        assert again.plan is found.plan
        assert again.applied is found.applied

    def test_stopped_half_way_it_goes_on_where_it_stopped(self, place: Place) -> None:
        answers, found = _planned(place)
        work = Work()

        def stop(change: Change, state: ChangeState, trouble: KnownError | None) -> None:
            if change.kind is ChangeKind.CREATE_JOB and state is ChangeState.DONE:
                work.cancel()

        found = review.apply(place.services, answers, found, work, stop)
        assert found.applied is not None
        assert found.applied.stopped
        assert "Apply again" in flow.why_not_next(StepKey.REVIEW, answers, found)
        found = review.apply(place.services, answers, found, Work())
        assert found.applied is not None
        assert found.applied.complete
        (app,) = _apps(place)
        assert len(graph(place.line, f"/servicePrincipals/{app['id']}/synchronization/jobs")["value"]) == 1

    def test_a_reading_that_fails_afterwards_loses_nothing_that_was_made(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answers, found = _planned(place)

        def fail(*_: object, **__: object) -> object:
            raise Unreachable(say("Not read."), say("The network is gone."), say("Try again."))

        with monkeypatch.context() as patched:
            patched.setattr("scim_assistant.tenant.snapshot.fetch_app", fail)
            found = review.apply(place.services, answers, found, Work())
        assert found.applied is not None
        assert found.applied.complete
        assert found.trouble is not None
        assert flow.why_not_next(StepKey.REVIEW, answers, found)
        found = ReviewStep().lookup(place.services, answers, found, Work())
        assert flow.why_not_next(StepKey.REVIEW, answers, found) == ""

    def test_a_wrong_token_is_found_before_it_is_stored_where_the_app_was_deferred(
        self, place: Place
    ) -> None:
        answers, found = _planned(
            place, create_later=True, secret=Secret("wrong-token-1234"), test_overridden=False
        )
        found = review.apply(place.services, answers, found, Work())
        assert found.applied is not None
        assert not found.applied.complete
        assert found.trouble is not None
        (app,) = _apps(place)
        with place.world.tenant.lock:
            assert place.world.tenant.apps[app["id"]].secrets.get("SecretToken", "") == ""

    def test_the_secret_is_kept_in_the_keyring_only_when_asked(self, place: Place) -> None:
        answers, found = _planned(place)
        review.apply(place.services, answers, found, Work())
        assert place.store.held == {}

    def test_and_then_under_its_app(self, place: Place) -> None:
        answers, found = _planned(place, keep_secret=True)
        found = review.apply(place.services, answers, found, Work())
        ((key, secret),) = place.store.held.items()
        assert key == (place.session.tenant_id, answers.service_principal_id)
        assert secret == place.hint[1]

    def test_a_keyring_that_refuses_is_said_and_nothing_is_lost(self, place: Place) -> None:
        class Refusing(MemoryStore):
            def save(self, tenant_id: str, app_id: str, secret: Secret, work: Work | None = None) -> None:
                raise KnownError(say("Not kept."), say("The keyring is locked."), say("Unlock it."))

        answers, found = _planned(place, keep_secret=True)
        services = replace(place.services, secrets=Refusing())
        found = review.apply(services, answers, found, Work())
        assert found.applied is not None
        assert found.applied.complete
        assert found.trouble is not None
        assert found.trouble.what == "Not kept."


class TestUndo:
    """Undo."""

    def test_it_takes_back_what_was_made_and_nothing_is_left_to_go_on_with(self, place: Place) -> None:
        answers, found = _planned(place, keep_secret=True)
        found = review.apply(place.services, answers, found, Work())
        plan = review.make_undo(place.services, answers, found, Work())
        assert plan.changes
        answers, found = review.undo(place.services, answers, found, plan, Work())
        assert found.trouble is None
        assert _apps(place) == []
        assert (answers.service_principal_id, found.setup_id, found.app) == ("", "", None)
        assert place.services.journals.unfinished() == ()
        assert place.store.held == {}

    def test_what_was_there_before_stays(self, tmp_path: Path) -> None:
        with open_world("quarantine", tmp_path) as place:
            (app,) = _apps(place)
            before = len(graph(place.line, f"/servicePrincipals/{app['id']}/appRoleAssignedTo")["value"])
            answers, found = _planned_on(place, app["id"])
            found = review.apply(place.services, answers, found, Work())
            assert found.trouble is None
            plan = review.make_undo(place.services, answers, found, Work())
            answers, found = review.undo(place.services, answers, found, plan, Work())
            (app,) = _apps(place)
            after = graph(place.line, f"/servicePrincipals/{app['id']}/appRoleAssignedTo")["value"]
        assert len(after) == before
        assert answers.service_principal_id == app["id"]

    def test_an_app_that_went_before_the_answer_came_is_undone_all_the_same(self, place: Place) -> None:
        """The network broke after Microsoft had removed it; the person presses Undo once more."""
        answers, found = _planned(place)
        found = review.apply(place.services, answers, found, Work())
        with place.world.tenant.lock:
            place.world.tenant.apps.clear()
        plan = review.make_undo(place.services, answers, found, Work())
        assert plan.changes == ()
        answers, found = review.undo(place.services, answers, found, plan, Work())
        assert (answers.service_principal_id, found.setup_id) == ("", "")
        assert place.services.journals.unfinished() == ()

    def test_there_is_nothing_to_undo_before_anything_was_written(self, place: Place) -> None:
        with pytest.raises(KnownError):
            review.make_undo(place.services, Answers(), made.found(session=place.session), Work())


def _planned_on(place: Place, app_id: str) -> tuple[Answers, Found]:
    """Like ``_planned``, on an app that exists."""
    from scim_assistant.steps.answers import AppChoice

    answers = _answers(place, app_choice=AppChoice.REUSE, service_principal_id=app_id, app_name="")
    found = made.found(session=place.session)
    for key in ORDER:
        found = flow.step_of(key).lookup(place.services, answers, found, Work())
    return answers, found


class TestProve:
    """One person, then the start."""

    def _applied(self, place: Place, **more: Any) -> tuple[Answers, Found]:
        answers, found = _planned(place, **more)
        found = review.apply(place.services, answers, found, Work())
        return ProveStep().suggest(answers, found), found

    def test_the_first_person_who_would_arrive_is_suggested(self, place: Place) -> None:
        answers, _ = self._applied(place)
        assert answers.pilot is not None
        assert answers.pilot.name == "Ana Ruiz"

    def test_each_step_is_a_check_and_the_person_is_there(self, place: Place) -> None:
        answers, found = self._applied(place)
        shown: list[list[Outcome]] = []
        found = prove.provision_one(
            place.services,
            answers,
            found,
            Work(),
            lambda checks: shown.append([one.outcome for one in checks]),
        )
        assert [check.key for check in found.proof] == ["import", "scoping", "matching", "export", "outcome"]
        assert {check.outcome for check in found.proof} == {Outcome.PASS}
        assert found.proof[-1].sentence == "Ana Ruiz was created at ScreenSteps."
        assert shown[0] == [Outcome.RUNNING] * 4
        assert "ana.ruiz@example.com" in people_at_the_service(place.line)

    def test_done_again_it_says_that_nothing_had_to_change(self, place: Place) -> None:
        answers, found = self._applied(place)
        prove.provision_one(place.services, answers, found, Work())
        found = prove.provision_one(place.services, answers, found, Work())
        assert found.proof[-1].outcome is Outcome.PASS
        assert "already" in found.proof[-1].sentence

    def test_somebody_not_in_scope_is_passed_over_with_the_reason(self, place: Place) -> None:
        answers, found = self._applied(place)
        (hana,) = scope.search_people(place.session, "hana.kim", Work())
        found = prove.provision_one(place.services, replace(answers, pilot=hana), found, Work())
        assert found.proof[-1].outcome is Outcome.WARN
        assert "Hana Kim was passed over" in found.proof[-1].sentence
        assert "hana.kim@example.com" not in people_at_the_service(place.line)

    def test_an_assignment_that_is_not_seen_yet_is_asked_again(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answers, found = self._applied(place)
        ask = synchronization.provision_on_demand
        asked = 0

        def late(*given: Any, **more: Any) -> OnDemandResult:
            nonlocal asked
            asked += 1
            if asked < 3:
                return OnDemandResult(
                    status="skipped",
                    error_code="NotEffectivelyEntitled",
                    steps=(OnDemandStep(type="Scoping", status="Skipped", details={"Assigned": "False"}),),
                )
            return ask(*given, **more)

        monkeypatch.setattr(synchronization, "provision_on_demand", late)
        found = prove.provision_one(place.services, answers, found, Work())
        assert asked == 3
        assert found.proof[-1].outcome is Outcome.PASS

    def test_but_not_for_ever(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        answers, found = self._applied(place)
        never = OnDemandResult(
            status="skipped",
            error_code="NotEffectivelyEntitled",
            steps=(OnDemandStep(type="Scoping", status="Skipped", details={"Assigned": "False"}),),
        )
        monkeypatch.setattr(synchronization, "provision_on_demand", lambda *given, **more: never)
        found = prove.provision_one(place.services, answers, found, Work())
        assert found.proof[-1].outcome is Outcome.WARN

    def test_starting_is_journaled_and_finishes_the_setup(self, place: Place) -> None:
        answers, found = self._applied(place)
        assert len(place.services.journals.unfinished()) == 1
        found = prove.start_job(place.services, answers, found, Work())
        assert found.started
        assert found.trouble is None
        assert place.services.journals.unfinished() == ()
        (app,) = _apps(place)
        (job,) = graph(place.line, f"/servicePrincipals/{app['id']}/synchronization/jobs")["value"]
        assert job["schedule"]["state"] == "Active"

    def test_nothing_can_be_proved_or_started_before_it_is_applied(self, place: Place) -> None:
        (ana,) = scope.search_people(place.session, "ana.ruiz", Work())
        for app in (None, made.app()):
            found = made.found(session=place.session, app=app)
            with pytest.raises(KnownError):
                prove.provision_one(place.services, Answers(pilot=ana), found, Work())
        with pytest.raises(KnownError):
            prove.start_job(place.services, Answers(), made.found(session=place.session), Work())


class TestProofChecks:
    """The service's answer in words, in each of its forms."""

    catalogue = Catalogue.load()

    def test_a_failure_says_what_it_means_and_keeps_the_services_words(self) -> None:
        result = OnDemandResult(
            status="failure",
            action="create",
            error_code="EntryConflict",
            reason="Conflict in the target.",
            change_id="change-1",
            steps=(
                OnDemandStep(type="Import", status="Success"),
                OnDemandStep(type="Export", status="Failure", description="It did not work."),
            ),
        )
        checks = proof_checks(result, "Ana Ruiz", "ScreenSteps", self.catalogue)
        assert [check.outcome for check in checks] == [
            Outcome.PASS,
            Outcome.SKIPPED,
            Outcome.SKIPPED,
            Outcome.FAIL,
            Outcome.FAIL,
        ]
        evidence = dict(checks[-1].evidence)
        assert evidence["Code"] == "EntryConflict"
        assert evidence["Microsoft said"] == "Conflict in the target."
        assert evidence["Change id"] == "change-1"
        assert "Ana Ruiz was not provisioned" in checks[-1].sentence

    def test_the_reason_of_a_skip_is_found_in_its_last_step(self) -> None:
        result = OnDemandResult(
            status="Skipped",
            steps=(OnDemandStep(type="Export", status="Skipped", details={"SkipReason": "RedundantExport"}),),
        )
        assert proof_checks(result, "Ana Ruiz", "ScreenSteps", self.catalogue)[-1].outcome is Outcome.PASS

    def test_steps_of_a_kind_that_nobody_knows_are_shown_too(self) -> None:
        result = OnDemandResult(
            status="success", steps=(OnDemandStep(name="EntryProcessing", type="processing", status="Odd"),)
        )
        checks = proof_checks(result, "Ana Ruiz", "ScreenSteps", self.catalogue)
        (odd,) = [check for check in checks if check.key == "processing"]
        assert (odd.title, odd.outcome) == ("EntryProcessing", Outcome.WARN)

    @pytest.mark.parametrize("action", ["create", "update", "disable", "delete", "other", ""])
    def test_success_is_one_sentence_for_each_action(self, action: str) -> None:
        result = OnDemandResult(status="success", action=action)
        sentence = proof_checks(result, "Ana Ruiz", "ScreenSteps", self.catalogue)[-1].sentence
        assert sentence.startswith("Ana Ruiz ")
        assert sentence.endswith("at ScreenSteps.")


class TestDone:
    """The last page."""

    def test_a_started_job_says_when_things_happen(self) -> None:
        lines = " ".join(summary(Answers(notify_email="it@example.com"), made.found(started=True)))
        assert "20 minutes to several hours" in lines
        assert "about every 40 minutes" in lines
        assert "writes to it@example.com" in lines
        assert "More than 500 removals" in lines

    def test_manual_mode_says_that_nothing_runs(self) -> None:
        lines = " ".join(summary(Answers(mode=Mode.MANUAL), made.found()))
        assert "Nobody is provisioned by itself" in lines
        assert "40 minutes" not in lines

    def test_not_started_says_so(self) -> None:
        assert "not started" in summary(Answers(), made.found())[0]

    def test_in_scope_is_told_in_numbers(self, place: Place) -> None:
        people = scope.search_people(place.session, "ana.ruiz", Work())
        lines = " ".join(summary(Answers(people=people), made.found()))
        assert "In scope: 1 person" in lines
