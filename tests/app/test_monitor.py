"""What the monitor may do, by who is signed in for what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scim_assistant.app.monitor import present_session, what_to_watch
from scim_assistant.errors import KnownError, SignInNeeded
from scim_assistant.plan.journal import Journals
from scim_assistant.secret import Secret
from scim_assistant.signin.offer import Way
from scim_assistant.signin.permissions import CHANGE, LOOK, names
from scim_assistant.steps import sign_in
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.rotation import Order, Rotated
from scim_assistant.steps.services import Services
from scim_assistant.steps.token_days import TokenDays
from scim_assistant.work import Work
from tests.steps import made
from tests.steps.signed_in import PretendSignIn
from tests.steps.worlds import MemoryStore


def refused(*_: Any) -> Any:
    raise AssertionError("no practice session is opened")


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return Services(
        open_session=refused,
        journals=Journals(tmp_path),
        secrets=MemoryStore(),
        is_practice=False,
        real=PretendSignIn(made.session()),
    )


def signed_in(services: Services, answers: Answers) -> Found:
    found = made.found(session=None, app=made.app(job=True, runs=True))
    wish = sign_in.look_wish(answers)
    entered = sign_in.sign_in(services, answers, found, wish, Work(), lambda waiting: None)
    return replace(entered, app=found.app)


def giving(services: Services) -> Callable[[Work], Services]:
    return lambda work: services


def test_without_a_job_there_is_no_monitor() -> None:
    for found in (Found(), made.found(), made.found(app=made.app())):
        with pytest.raises(KnownError, match="no provisioning job"):
            what_to_watch(Answers(), found, refused)


def test_who_only_looks_gets_no_actions(services: Services) -> None:
    answers = Answers(read_only=True)
    watched = what_to_watch(answers, signed_in(services, answers), giving(services))
    assert watched.actions is None


def test_a_practice_session_acts_as_far_as_it_was_granted() -> None:
    found = made.found(app=made.app(job=True))
    assert found.session is not None
    assert what_to_watch(Answers(), found, refused).actions is None
    granted = replace(found.session, scopes=frozenset(names(LOOK, CHANGE)))
    assert what_to_watch(Answers(), replace(found, session=granted), refused).actions is not None
    looking = replace(granted, read_only=True)
    assert what_to_watch(Answers(), replace(found, session=looking), refused).actions is None


@pytest.mark.parametrize("action", ["start", "pause", "restart", "allow_removals"])
def test_an_action_asks_for_the_right_first_and_sends_nothing_without(
    services: Services, action: str
) -> None:
    watched = what_to_watch(Answers(), signed_in(services, Answers()), giving(services))
    assert watched.actions is not None
    with pytest.raises(SignInNeeded) as needed:
        getattr(watched.actions, action)(Work())
    assert set(names(CHANGE)) <= set(needed.value.scopes)
    assert services.journals.unfinished() == ()


def test_what_was_allowed_meanwhile_counts_for_a_monitor_that_is_open(services: Services) -> None:
    found = signed_in(services, Answers())
    watched = what_to_watch(Answers(), found, giving(services))
    assert found.session is not None
    assert watched.actions is not None
    with pytest.raises(SignInNeeded) as needed:
        watched.actions.pause(Work())
    allowed = sign_in.allow(
        services, Answers(), found, needed.value, Way.AUTOMATIC, None, Work(), lambda waiting: None
    )
    assert allowed.session is not None
    now = present_session(services, Answers(), found.session, Work())
    assert now.may_write
    with pytest.raises(AssertionError, match="was sent"):  # past the question, on to Graph
        watched.actions.pause(Work())


def test_a_session_that_is_gone_stays_the_one_that_says_so(services: Services) -> None:
    found = signed_in(services, Answers())
    assert found.session is not None
    assert found.session.signed_in is not None
    services.real.sign_out(Answers(), found.session.signed_in.account.id, Work())  # type: ignore[union-attr]
    assert present_session(services, Answers(), found.session, Work()) is found.session


def test_who_only_looks_is_told_of_the_token_and_cannot_replace_it(services: Services) -> None:
    answers = Answers(read_only=True)
    watched = what_to_watch(answers, signed_in(services, answers), giving(services))
    assert watched.token is not None
    assert watched.token.acts is None
    assert watched.token.life(Work()).noted is False


def test_replacing_the_token_asks_for_the_right_first_and_goes_on_with_what_was_allowed(
    services: Services,
) -> None:
    found = signed_in(services, Answers())
    watched = what_to_watch(Answers(), found, giving(services))
    assert watched.token is not None
    acts = watched.token.acts
    assert acts is not None
    order = Order(Secret("abcdefgh-0123456789"))
    with pytest.raises(SignInNeeded) as needed:
        acts.rotate(order, Rotated(), Work(), lambda rotated: None)
    assert set(names(CHANGE)) <= set(needed.value.scopes)
    assert services.journals.unfinished(alone=True) == ()
    sign_in.allow(services, Answers(), found, needed.value, Way.AUTOMATIC, None, Work(), lambda waiting: None)
    with pytest.raises(AssertionError, match="was sent"):  # past the question, on to Graph
        acts.rotate(order, Rotated(), Work(), lambda rotated: None)


def test_a_day_noted_by_hand_is_there_the_next_time(services: Services, tmp_path: Path) -> None:
    services = replace(services, token_days=TokenDays(tmp_path / "token-days"))
    found = signed_in(services, Answers())
    watched = what_to_watch(Answers(), found, giving(services))
    assert watched.token is not None
    ends = datetime.now(UTC).date() + timedelta(days=5)
    noted = watched.token.note(None, ends, Work())
    assert (noted.ends_on, noted.sure, noted.by_hand) == (ends, True, True)
    assert watched.token.life(Work()) == noted
