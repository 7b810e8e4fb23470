"""Rights in the middle of a set-up: asked for just before a write, and nothing is journaled or sent without them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scim_assistant.check import Check, Outcome
from scim_assistant.errors import Cancelled, KnownError, SignInNeeded
from scim_assistant.plan.wanted import Mode
from scim_assistant.practice.exchange import Exchange
from scim_assistant.scim import layers
from scim_assistant.secret import Secret
from scim_assistant.sentence import say
from scim_assistant.signin.offer import Way
from scim_assistant.steps import flow, prove, register, review, scope, sign_in
from scim_assistant.steps.answers import Answers, AppChoice
from scim_assistant.steps.done import summary
from scim_assistant.steps.found import Found
from scim_assistant.steps.from_cloud import ALLOW, STORED, CloudCheck
from scim_assistant.steps.needed import session_of
from scim_assistant.steps.services import Services
from scim_assistant.steps.step import StepKey
from scim_assistant.steps.verdict import judge_test
from scim_assistant.work import Work
from tests.authority.mapped import MappedTransport, origin_of
from tests.steps import made
from tests.steps.signed_in import PretendSignIn
from tests.steps.worlds import MemoryStore, Place, open_world

LOOKED = (StepKey.SIGN_IN, StepKey.REGISTER)


class Watched:
    """A world that notes what was written to its tenant."""

    def __init__(self) -> None:
        self.writes: list[str] = []

    def __call__(self, stage: str, exchange: Exchange) -> None:
        if stage == "before" and exchange.side == "graph" and exchange.method != "GET":
            self.writes.append(f"{exchange.method} {exchange.path}")


@pytest.fixture
def watched() -> Watched:
    return Watched()


@pytest.fixture
def place(tmp_path: Path, watched: Watched) -> Iterator[Place]:
    with open_world("healthy", tmp_path / "journals", on_exchange=watched) as place:
        yield place


@pytest.fixture
def services(place: Place) -> Services:
    return replace(place.services, is_practice=False, real=PretendSignIn(place.session))


def signed_in(services: Services, answers: Answers) -> Found:
    """Somebody has signed in to look."""
    found = flow.step_of(StepKey.START).lookup(services, answers, Found(), Work())
    found = sign_in.sign_in(
        services, answers, found, sign_in.look_wish(answers), Work(), lambda waiting: None
    )
    return flow.step_of(StepKey.SIGN_IN).lookup(services, answers, found, Work())


def looked(services: Services, answers: Answers, found: Found, key: StepKey) -> tuple[Answers, Found]:
    """What a page does when it opens."""
    step = flow.step_of(key)
    for _ in range(3):
        answers = step.suggest(answers, found)
        if step.depends_on(answers, found) is None:
            return answers, found
        seen = step.depends_on(answers, found)
        found = step.lookup(services, answers, found, Work())
        answers = step.suggest(answers, found)
        if step.depends_on(answers, found) == seen:
            return answers, found
    raise AssertionError("the page never comes to rest")


def allowed(services: Services, answers: Answers, found: Found, needed: SignInNeeded) -> Found:
    """The person allows it."""
    return sign_in.allow(services, answers, found, needed, Way.AUTOMATIC, None, Work(), lambda waiting: None)


def typed(place: Place, **more: Any) -> Answers:
    """Answers, filled in as far as the person types; the session is not a practice one, so the address is made up."""
    return Answers(
        app_name="ScreenSteps",
        tenant_url="https://example.screenstepslive.com/api/scim/v2",
        secret=place.hint[1],
        notify_email="it@example.com",
        people=scope.search_people(place.session, "ana.ruiz", Work()),
        **more,
    )


Write = Callable[[Services, Answers, Found], object]
WRITES: dict[str, Write] = {
    "create the app": lambda services, answers, found: register.create_app(services, answers, found, Work()),
    "apply": lambda services, answers, found: review.apply(services, answers, found, Work()),
    "provision one": lambda services, answers, found: prove.provision_one(services, answers, found, Work()),
    "start": lambda services, answers, found: prove.start_job(services, answers, found, Work()),
}


@pytest.mark.parametrize("name", WRITES)
def test_every_write_says_what_it_needs_before_anything_is_sent_or_journaled(
    place: Place, services: Services, watched: Watched, tmp_path: Path, name: str
) -> None:
    answers = typed(place, create_later=True)
    answers, found = looked(services, answers, signed_in(services, answers), StepKey.REGISTER)
    answers, found = looked(services, answers, found, StepKey.REVIEW)
    if name in {"provision one", "start"}:
        found = replace(found, app=made.app(job=True, schema=made.schema(made.USUAL)))
        answers = replace(answers, pilot=answers.people[0], service_principal_id="app-1")
    with pytest.raises(SignInNeeded) as needed:
        WRITES[name](services, answers, found)
    assert needed.value.scopes == sign_in.allow_wish(answers, found, needed.value).permissions
    assert [one.name for one in sign_in.asked_for(needed.value, found)] == [
        "Application.ReadWrite.All",
        "Synchronization.ReadWrite.All",
    ]
    assert watched.writes == []
    assert list((tmp_path / "journals").rglob("*.jsonl")) == []


def test_the_same_thing_again_works_once_it_is_allowed(
    place: Place, services: Services, watched: Watched
) -> None:
    answers = typed(place)
    answers, found = looked(services, answers, signed_in(services, answers), StepKey.REGISTER)
    with pytest.raises(SignInNeeded) as needed:
        register.create_app(services, answers, found, Work())
    found = allowed(services, answers, found, needed.value)
    answers, found = register.create_app(services, answers, found, Work())
    assert found.trouble is None
    assert answers.service_principal_id
    assert len([one for one in watched.writes if one.endswith("instantiate")]) == 1


class TestConnectionTest:
    """Microsoft's own test needs the permission for changes although it changes nothing."""

    @pytest.fixture
    def there(self, place: Place, services: Services) -> tuple[Answers, Found]:
        answers = typed(place, app_choice=AppChoice.REUSE, service_principal_id="app-1")
        found = signed_in(services, answers)
        return answers, replace(found, app=made.app(job=True, secrets={"SecretToken": "*"}))

    def test_its_row_waits_with_a_way_to_allow_it_and_the_page_goes_on(
        self, place: Place, services: Services, there: tuple[Answers, Found], watched: Watched
    ) -> None:
        answers, found = there
        answers = replace(answers, secret=Secret())  # the one that is stored stays
        # The made-up address leads to the world; without a token only the way to it is looked at.
        vendor = MappedTransport({origin_of(answers.tenant_url): origin_of(place.hint[0])})
        found = replace(found, session=replace(session_of(found), scim=vendor))
        found = flow.step_of(StepKey.TEST_CONNECTION).lookup(services, answers, found, Work())
        (cloud,) = (row for row in found.cloud if row.key == STORED)
        assert cloud.outcome is Outcome.SKIPPED
        assert "permissions for changes" in cloud.sentence
        assert cloud.fix is not None
        assert cloud.fix.link == ALLOW
        assert flow.why_not_next(StepKey.TEST_CONNECTION, answers, found) == ""
        assert found.verdict is not None
        assert found.verdict.sentence == "The stored token was not tested."
        assert {check.key for check in found.connection if check.outcome is Outcome.PASS} == {
            layers.ADDRESS,
            layers.NAME,
            layers.TCP,
            layers.TLS,
        }
        assert vendor.sent == []
        assert watched.writes == []
        vendor.close()

    def test_once_allowed_the_test_is_made_by_itself(
        self, services: Services, there: tuple[Answers, Found]
    ) -> None:
        answers, found = there
        step = flow.step_of(StepKey.TEST_CONNECTION)
        before = step.depends_on(answers, found)
        with pytest.raises(SignInNeeded) as needed:
            session_of(found).require_write(say("Nothing was tested."))
        found = allowed(services, answers, found, needed.value)
        assert step.depends_on(answers, found) != before

    def test_nothing_tested_is_never_called_an_answer(self) -> None:
        title = flow.step_of(StepKey.TEST_CONNECTION).title
        here = Check("scim", title, Outcome.SKIPPED)
        verdict = judge_test((here,), None, (CloudCheck(STORED, title, Outcome.SKIPPED),), "ScreenSteps")
        assert verdict.side == "none"
        assert "answers" not in verdict.sentence


class TestLookingOnly:
    """The helpdesk: find the app, watch it, and never a question for more."""

    @pytest.fixture
    def place(self, tmp_path: Path, watched: Watched) -> Iterator[Place]:
        with open_world("quarantine", tmp_path / "journals", on_exchange=watched) as place:
            yield place

    def test_the_whole_way_writes_nothing_and_asks_for_looking_only(
        self, services: Services, watched: Watched
    ) -> None:
        answers = Answers(read_only=True)
        found = signed_in(services, answers)
        assert list(flow.path(answers, found)) == [
            StepKey.START,
            StepKey.SIGN_IN,
            StepKey.REGISTER,
            StepKey.DONE,
        ]
        answers, found = looked(services, answers, found, StepKey.REGISTER)
        assert found.app is not None, "the only app of this template is taken"
        assert found.app.job is not None
        assert flow.why_not_next(StepKey.REGISTER, answers, found) == ""
        told = " ".join(summary(answers, found))
        assert "Nothing was changed" in told
        assert "monitor" in told
        assert watched.writes == []
        real = services.real
        assert isinstance(real, PretendSignIn)
        assert not any("ReadWrite" in name for wish in real.wishes for name in wish.permissions)

    def test_every_write_is_refused_in_words(self, services: Services, watched: Watched) -> None:
        answers = Answers(read_only=True)
        answers, found = looked(services, answers, signed_in(services, answers), StepKey.REGISTER)
        answers = replace(answers, app_name="ScreenSteps", mode=Mode.AUTOMATIC, tenant_url="x")
        with pytest.raises(KnownError, match="looking only"):
            prove.start_job(services, answers, found, Work())
        assert watched.writes == []

    def test_in_practice_too(self, place: Place) -> None:
        answers = Answers(read_only=True)
        found = flow.step_of(StepKey.SIGN_IN).lookup(
            place.services, answers, made.found(session=None), Work()
        )
        session = session_of(found)
        assert session.read_only
        assert not session.may_write


class TestKeyring:
    """Waiting for the keyring ends on Cancel, and what was applied is not lost with it."""

    def test_stopping_the_wait_for_the_keyring_keeps_the_set_up(self, place: Place) -> None:
        class Stopped(MemoryStore):
            def save(self, tenant_id: str, app_id: str, secret: Secret, work: Work | None = None) -> None:
                raise Cancelled

        url, secret = place.hint
        answers = replace(typed(place), tenant_url=url, secret=secret, keep_secret=True, create_later=True)
        found = made.found(session=place.session)
        for key in (StepKey.REGISTER, StepKey.SCOPE, StepKey.REVIEW):
            answers, found = looked(place.services, answers, found, key)
        found = review.apply(replace(place.services, secrets=Stopped()), answers, found, Work())
        assert found.applied is not None
        assert found.applied.complete
        assert found.trouble is not None
        assert "not kept" in found.trouble.what
