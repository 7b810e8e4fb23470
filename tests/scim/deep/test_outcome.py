"""What follows from the checks: the advice on the flag, what breaks, and a verdict that claims no more than was seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scim_assistant.check import Outcome
from scim_assistant.scim.deep.catalogue import PLANNED, planned_checks
from scim_assistant.scim.deep.found import DeepCheck, DeepOutcome, Flag, Severity
from scim_assistant.scim.deep.outcome import judge
from scim_assistant.scim.target import Target
from scim_assistant.scim.verdict import Side, Sureness
from scim_assistant.secret import Secret
from scim_assistant.sentence import say

TARGET = Target("https://scim.example.com/scim/v2", Secret("a-token"))
FAIL, WARN, PASS, SKIPPED = Outcome.FAIL, Outcome.WARN, Outcome.PASS, Outcome.SKIPPED


def checks(**outcomes: Outcome) -> tuple[DeepCheck, ...]:
    """All checks passed but those that are named."""
    return tuple(
        replace(
            each,
            outcome=outcomes.get(each.key.replace("-", "_"), PASS),
            means=say("It means {key}.", key=each.key),
        )
        for each in planned_checks()
    )


def judged(found: tuple[DeepCheck, ...], url: str = TARGET.tenant_url, **more: object) -> DeepOutcome:
    left = more.pop("left", ())
    return judge(found, replace(TARGET, tenant_url=url), left, None, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("outcomes", "flag"),
    [
        ({}, Flag.EITHER),
        ({"user_disable_legacy": FAIL}, Flag.WITH),
        ({"member_remove_standard": FAIL}, Flag.WITHOUT),
        ({"user_disable_legacy": FAIL, "member_remove_standard": FAIL}, Flag.NEITHER),
        ({"user_add_typed": FAIL, "group_find": FAIL}, Flag.EITHER),
        ({"user_disable_legacy": WARN}, Flag.EITHER),
        ({each.key.replace("-", "_"): SKIPPED for each in planned_checks()}, Flag.UNKNOWN),
    ],
)
def test_the_flag_follows_from_what_failed_in_one_dialect_alone(
    outcomes: dict[str, Outcome], flag: Flag
) -> None:
    assert judged(checks(**outcomes)).flag is flag


def test_what_breaks_is_what_breaks_when_the_advice_is_followed_and_the_worst_comes_first() -> None:
    found = judged(checks(user_gone=WARN, user_find=FAIL, group_find=FAIL, user_disable_legacy=FAIL))
    assert found.flag is Flag.WITH
    assert found.breaks == ("It means user-find.", "It means group-find.", "It means user-gone.")
    assert found.verdict.side is Side.VENDOR
    assert found.verdict.sentence == "It means user-find."
    assert found.outcome is FAIL


def test_the_flag_is_advised_with_what_it_does_not_reach() -> None:
    sentence = judged(checks(user_disable_legacy=FAIL)).flag_sentence
    assert "?aadOptscim062020" in sentence
    assert "Provisioning on demand" in sentence
    assert "gallery" in sentence


def test_what_is_only_good_to_know_breaks_nothing() -> None:
    noted = tuple(
        replace(each, severity=Severity.NOTE) if each.outcome is WARN else each
        for each in checks(user_disable_standard=WARN)
    )
    assert judged(noted).breaks == ()
    assert judged(noted).outcome is PASS


def test_something_left_behind_is_never_all_well() -> None:
    found = judged(checks(), left=("person x (id 1)",))
    assert found.outcome is WARN
    assert "still in the app" in found.verdict.sentence


def test_a_check_that_was_stopped_claims_no_more_than_it_saw() -> None:
    found = judged(checks(group_create=SKIPPED), cancelled=True)
    assert found.verdict.sure is Sureness.POSSIBLE
    assert "stopped" in found.verdict.sentence


def test_what_was_not_tried_is_not_called_good() -> None:
    nothing = {each.key.replace("-", "_"): SKIPPED for each in planned_checks() if each.key != "user-absent"}
    found = judged(checks(**nothing))
    assert found.flag is Flag.UNKNOWN
    assert "Not everything was tried" in found.verdict.sentence


def test_what_a_fault_means_names_first_what_happens_to_people() -> None:
    for one in PLANNED:
        for said in (str(one.good), str(one.bad)):
            assert not said.startswith(("Who ", "With the flag", "As Microsoft")), said
            assert ", who " not in said, said
