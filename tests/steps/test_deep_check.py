"""The deep check as the test page runs it: it leaves nothing in a practice world, and says why where it is not made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scim_assistant.check import Outcome
from scim_assistant.errors import KnownError
from scim_assistant.scim.deep.found import DeepCheck
from scim_assistant.scim.deep.run import planned_checks
from scim_assistant.scim.profiles import DEEP
from scim_assistant.secret import Secret
from scim_assistant.sentence import say
from scim_assistant.steps.answers import Answers, AppChoice
from scim_assistant.steps.deep_check import run_deep_check, why_no_deep_check
from scim_assistant.steps.found import Found
from scim_assistant.work import Work
from tests.steps import made
from tests.steps.worlds import Place, open_world


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with open_world("healthy", tmp_path) as place:
        yield place


def typed(place: Place) -> tuple[Answers, Found]:
    """The address and the token as the person has pasted them."""
    url, secret = place.hint
    return Answers(tenant_url=url, secret=secret), made.found(session=place.session)


def test_what_is_made_is_told_as_it_goes_and_taken_away(place: Place, tmp_path: Path) -> None:
    before = place.world.scim.accounts(), place.world.scim.groups()
    told: list[DeepCheck] = []
    outcome = run_deep_check(place.services, *typed(place), Work(), told.append)
    assert outcome.outcome is not Outcome.FAIL
    assert [check.key for check in outcome.checks] == [check.key for check in planned_checks()]
    assert {check.key for check in told} == {check.key for check in outcome.checks}
    assert outcome.left_behind == ()
    assert (place.world.scim.accounts(), place.world.scim.groups()) == before
    assert not any(path.is_file() for path in (tmp_path / "deep-check").rglob("*"))
    assert place.line["scim_token"] not in repr(outcome)


def test_cancel_leaves_nothing_either(place: Place) -> None:
    before = place.world.scim.accounts(), place.world.scim.groups()
    work = Work()

    def stop_at_the_group(check: DeepCheck) -> None:
        if check.key.startswith("group"):
            work.cancel()

    outcome = run_deep_check(place.services, *typed(place), work, stop_at_the_group)
    assert outcome.cancelled
    assert (place.world.scim.accounts(), place.world.scim.groups()) == before


def test_it_is_not_made_where_something_speaks_against_it(place: Place) -> None:
    answers, found = typed(place)
    assert why_no_deep_check(answers, found) is None
    profile = found.profiles[0]
    refusals: dict[str, tuple[Answers, Found]] = {
        "only.": (answers, replace(found, session=replace(place.session, read_only=True))),
        "No deep check here.": (
            answers,
            replace(found, profiles=(replace(profile, skip_checks={DEEP: say("No deep check here.")}),)),
        ),
        "known to Microsoft's cloud only": (
            replace(answers, secret=Secret(), app_choice=AppChoice.REUSE),
            replace(
                found, app=made.app(job=True, secrets={"SecretToken": "*", "BaseAddress": answers.tenant_url})
            ),
        ),
        "sign in first": (answers, replace(found, session=None)),
        "practice tenant": (
            replace(answers, tenant_url="https://acme.screenstepslive.com/api/scim/v2"),
            found,
        ),
    }
    for words, (typed_now, found_now) in refusals.items():
        reason = why_no_deep_check(typed_now, found_now)
        assert reason is not None, words
        if found_now.session is not None:
            with pytest.raises(KnownError) as refused:
                run_deep_check(place.services, typed_now, found_now, Work())
            assert refused.value.why == reason
    accounts = place.world.scim.accounts()
    with pytest.raises(KnownError):
        run_deep_check(replace(place.services, leftovers=None), answers, found, Work())
    assert place.world.scim.accounts() == accounts
