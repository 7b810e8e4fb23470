"""Order, branches and the state of the rail; and that every step keeps its side of the contract."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from scim_assistant.check import Check, Outcome
from scim_assistant.plan.journal import Unfinished
from scim_assistant.plan.resume import Resumption
from scim_assistant.plan.wanted import Mode, Principal, Wanted
from scim_assistant.secret import Secret
from scim_assistant.sentence import say
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.flow import (
    ORDER,
    STEPS,
    StepState,
    next_step,
    path,
    state_of,
    step_of,
    why_not_next,
)
from scim_assistant.steps.found import Found
from scim_assistant.steps.start import to_go_on_with
from scim_assistant.steps.step import StepKey
from scim_assistant.steps.targets import answers_from
from tests.steps import made

ANA = Principal("1", "User", "Ana Ruiz", "ana.ruiz@example.com")


def _resumption(**more: Any) -> Resumption:
    wanted = Wanted("template-1", "ScreenSteps", "app-1", tenant_url="http://127.0.0.1:1/api/scim/v2")
    stands = Resumption(
        setup_id="setup-1",
        profile_id="screensteps",
        wanted=wanted,
        service_principal_id="app-1",
        application_id="application-1",
        job_id="",
        created_at=None,
        newest_at=None,
        needs_secret=True,
    )
    return replace(stands, **more)


def test_there_is_one_step_for_each_key_in_the_order_of_the_journey() -> None:
    assert tuple(StepKey) == ORDER
    assert [step_of(key).key for key in StepKey] == list(StepKey)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.key.value)
def test_every_step_names_itself_in_plain_words(step: Any) -> None:
    for text in (step.title, step.short_title, step.purpose):
        assert text
        assert "!" not in text
        assert "please" not in text.casefold()
    assert step.purpose.endswith(".")
    assert len(step.short_title.split()) <= 2


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.key.value)
def test_every_step_judges_empty_answers_without_a_lookup(step: Any) -> None:
    for found in (Found(), made.found(), made.found(app=made.app(job=True, schema=made.schema(made.USUAL)))):
        for problem in step.problems(Answers(), found):
            assert problem.sentence
        hash(step.depends_on(Answers(secret=Secret("abc")), found))
        step.suggest(Answers(), found)


@pytest.mark.parametrize("key", list(StepKey)[:-2])
def test_nothing_that_is_missing_lets_one_go_on_in_silence(key: StepKey) -> None:
    """Before anything was read, every step up to the review says why Next is off, save those with nothing to ask."""
    silent = {StepKey.MAPPINGS, StepKey.DONE}
    assert bool(why_not_next(key, Answers(), Found())) == (key not in silent)


def test_a_new_setup_goes_through_all_steps() -> None:
    key, seen = StepKey.START, [StepKey.START]
    while (following := next_step(key, Answers(), Found())) is not None:
        key = following
        seen.append(key)
    assert seen == list(StepKey)


def test_who_only_looks_goes_from_the_app_to_the_end_whatever_was_begun_before() -> None:
    looking = (StepKey.START, StepKey.SIGN_IN, StepKey.REGISTER, StepKey.DONE)
    for answers in (Answers(read_only=True), Answers(read_only=True, resume="setup-1")):
        assert path(answers, made.found(resumption=_resumption())) == looking
    assert next_step(StepKey.REGISTER, Answers(read_only=True), Found()) is StepKey.DONE


def test_who_only_looks_is_offered_no_setup_and_every_app_profile() -> None:
    now = datetime.now(UTC)
    unfinished = (Unfinished("setup-1", made.TENANT, "ScreenSteps", "screensteps", now, now, 1, 4, True),)
    found = made.found(unfinished=unfinished)
    assert to_go_on_with(Answers(), found) == unfinished
    assert to_go_on_with(Answers(read_only=True), found) == ()
    for profile in found.profiles:
        answers = Answers(profile_id=profile.id, read_only=True, resume="gone")
        assert why_not_next(StepKey.START, answers, found) == ""
    assert any(why_not_next(StepKey.START, Answers(profile_id=one.id), found) for one in found.profiles)


def test_a_setup_left_half_done_goes_to_the_token_then_the_test_then_the_review() -> None:
    answers = Answers(resume="setup-1")
    found = made.found(resumption=_resumption())
    assert path(answers, found) == (
        StepKey.START,
        StepKey.SIGN_IN,
        StepKey.CONNECT,
        StepKey.TEST_CONNECTION,
        StepKey.REVIEW,
        StepKey.PROVE,
        StepKey.DONE,
    )


def test_with_the_token_stored_it_goes_straight_to_the_review() -> None:
    found = made.found(resumption=_resumption(needs_secret=False))
    assert next_step(StepKey.SIGN_IN, Answers(resume="setup-1"), found) is StepKey.REVIEW


def test_one_that_broke_off_while_the_app_was_registered_is_decided_anew() -> None:
    stands = _resumption(wanted=Wanted("template-1", "ScreenSteps"), service_principal_id="")
    assert path(Answers(resume="setup-1"), made.found(resumption=stands)) == tuple(StepKey)


def test_what_the_journal_knows_is_answered_again() -> None:
    wanted = Wanted(
        "template-1",
        "ScreenSteps",
        "app-1",
        tenant_url="http://127.0.0.1:1/api/scim/v2",
        mode=Mode.MANUAL,
        principals=(ANA, Principal("2", "Group", "Authors")),
        notify_email="it@example.com",
        delete_threshold=5,
    )
    answers = answers_from(wanted, Answers(resume="setup-1"))
    assert answers.service_principal_id == "app-1"
    assert answers.people == (ANA,)
    assert [group.name for group in answers.groups] == ["Authors"]
    assert (answers.mode, answers.notify_email, answers.delete_threshold) == (
        Mode.MANUAL,
        "it@example.com",
        "5",
    )
    assert not answers.secret


def test_what_the_person_has_typed_since_stays() -> None:
    wanted = Wanted("template-1", "ScreenSteps", "app-1", tenant_url="http://127.0.0.1:1/old")
    answers = answers_from(wanted, Answers(tenant_url="http://127.0.0.1:1/new"))
    assert answers.tenant_url == "http://127.0.0.1:1/new"


def test_the_rail_shows_done_current_attention_and_waiting() -> None:
    answers, found = Answers(), made.found()
    assert state_of(StepKey.START, StepKey.CONNECT, answers, found) is StepState.DONE
    assert state_of(StepKey.REGISTER, StepKey.CONNECT, answers, found) is StepState.ATTENTION
    assert state_of(StepKey.CONNECT, StepKey.CONNECT, answers, found) is StepState.CURRENT
    assert state_of(StepKey.SCOPE, StepKey.CONNECT, answers, found) is StepState.WAITING


def test_steps_that_a_resumed_setup_skips_count_as_done() -> None:
    found = made.found(resumption=_resumption(needs_secret=False))
    assert state_of(StepKey.REGISTER, StepKey.REVIEW, Answers(resume="setup-1"), found) is StepState.DONE


class TestStart:
    """Step 1."""

    step = step_of(StepKey.START)

    def test_an_app_that_takes_no_token_is_handed_to_the_portal(self) -> None:
        (problem,) = self.step.problems(Answers(profile_id="slack"), made.found())
        assert problem.blocks
        assert "Enterprise apps > Slack > Provisioning" in problem.sentence

    def test_a_profile_has_to_be_chosen(self) -> None:
        (problem,) = self.step.problems(Answers(profile_id="nothing"), made.found())
        assert problem.field == "profile_id"

    def test_a_setup_that_is_gone_from_this_computer_cannot_be_gone_on_with(self) -> None:
        (problem,) = self.step.problems(Answers(resume="setup-9"), made.found())
        assert problem.field == "resume"

    def test_a_setup_of_this_computer_can(self) -> None:
        now = datetime.now(UTC)
        one = Unfinished("setup-1", made.TENANT, "ScreenSteps", "screensteps", now, now, 1, 4, True)
        assert self.step.problems(Answers(resume="setup-1"), made.found(unfinished=(one,))) == ()


_PASSED = (Check("role", say("Your directory role"), Outcome.PASS),)


class TestSignIn:
    """Step 2."""

    step = step_of(StepKey.SIGN_IN)

    def test_a_setup_of_another_tenant_cannot_be_gone_on_with_here(self) -> None:
        now = datetime.now(UTC)
        one = Unfinished("setup-1", "another", "ScreenSteps", "screensteps", now, now, 1, 4, True)
        (problem,) = self.step.problems(
            Answers(resume="setup-1"), made.found(unfinished=(one,), readiness=(object(),))
        )
        assert "another tenant" in problem.sentence

    def test_nobody_goes_on_before_it_is_known_how_far_the_setup_had_come(self) -> None:
        now = datetime.now(UTC)
        answers, found = Answers(resume="setup-1"), made.found(readiness=_PASSED)
        one = Unfinished("setup-1", made.TENANT, "ScreenSteps", "screensteps", now, now, 1, 4, True)
        found = replace(found, unfinished=(one,))
        (problem,) = self.step.problems(answers, found)
        assert problem.blocks
        assert problem.sentence == "How far the set-up had come is not known yet."
        assert self.step.problems(answers, replace(found, resumption=_resumption())) == ()

    def test_where_two_apps_may_belong_to_it_the_person_says_which(self) -> None:
        found = made.found(readiness=(object(),), resumption=_resumption(choices=(object(),)))
        (problem,) = self.step.problems(Answers(), found)
        assert problem.field == "resume_app"
        assert self.step.suggest(Answers(resume="setup-1"), found) == Answers(resume="setup-1")


class TestLog:
    """What of the answers may be logged."""

    def test_no_secret_name_or_address_is_in_it(self) -> None:
        answers = Answers(
            tenant_url="https://acme.example/scim",
            secret=Secret("very-secret-token"),
            people=(ANA,),
            notify_email="it@example.com",
            app_name="Our ScreenSteps",
        )
        for text in (repr(answers.for_log()), repr(answers.secret)):
            for hidden in ("acme", "very-secret", "Ana", "ana.ruiz", "it@", "Our"):
                assert hidden not in text
        assert "very-secret" not in repr(answers)
