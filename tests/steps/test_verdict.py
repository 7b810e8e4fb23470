"""What both columns of the connection test mean together: whose side, how sure, whether one may go on, what to do."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace

import pytest

from scim_assistant.check import Check, Outcome
from scim_assistant.errors import Details, Reach
from scim_assistant.scim import layers
from scim_assistant.scim.here.verdict import judge_here
from scim_assistant.scim.verdict import Side, SidedCheck, Sureness, Verdict
from scim_assistant.sentence import say
from scim_assistant.steps.from_cloud import CLOUD, CloudCheck, Told
from scim_assistant.steps.verdict import judge_test, nothing_known

NONE, ADDRESS, NETWORK, TOKEN, VENDOR, ENTRA = (
    Side.NONE,
    Side.ADDRESS,
    Side.NETWORK,
    Side.TOKEN,
    Side.VENDOR,
    Side.ENTRA,
)
CERTAIN, LIKELY, POSSIBLE = Sureness.CERTAIN, Sureness.LIKELY, Sureness.POSSIBLE

Here = tuple[tuple[Check, ...], Verdict | None]


def passes(**changed: SidedCheck) -> Here:
    """This computer finds no fault; rows by their key may be others."""
    rows: dict[str, Check] = {
        key: SidedCheck(key, title, Outcome.PASS, say("Well.")) for key, title in layers.TITLES.items()
    }
    rows |= changed
    warned = next((row for row in changed.values() if row.outcome is Outcome.WARN), None)
    if warned is None:
        return tuple(rows.values()), Verdict(NONE, say("Well."), say("Go on."))
    own = Verdict(warned.side, warned.sentence, say("Mind it."), may_go_on=True, sure=warned.sure)
    return tuple(rows.values()), own


def warns(
    key: str, side: Side = VENDOR, sure: Sureness = LIKELY, *, status: int | None = None, last: bool = False
) -> Here:
    """This computer found something to mind at this layer; with ``last``, it asked nothing after that."""
    row = SidedCheck(
        key,
        layers.TITLES[key],
        Outcome.WARN,
        say("Mind this."),
        details=Details(status=status),
        side=side,
        sure=sure,
    )
    rows, own = passes(**{key: row})
    at = list(layers.TITLES).index(key)
    if last:
        rows = (*rows[: at + 1], *(replace(one, outcome=Outcome.WAITING) for one in rows[at + 1 :]))
    return rows, own


def fails(
    key: str,
    side: Side,
    *,
    status: int | None = None,
    reach: Reach | None = None,
    sure: Sureness = LIKELY,
) -> Here:
    """This computer found a fault at this layer; the ones above it were not reached."""
    keys = list(layers.TITLES)
    at = keys.index(key)
    failed = SidedCheck(
        key,
        layers.TITLES[key],
        Outcome.FAIL,
        say("It failed here."),
        details=Details(status=status),
        side=side,
        sure=sure,
        reach=reach.value if reach else "",
        next_step=say("Do this."),
    )
    rows = [SidedCheck(one, layers.TITLES[one], Outcome.PASS) for one in keys[:at]]
    rows += [failed, *(SidedCheck(one, layers.TITLES[one], Outcome.SKIPPED) for one in keys[at + 1 :])]
    return tuple(rows), Verdict(side, failed.sentence, failed.next_step, sure=sure)


def stored(here: Here | None = None) -> Here:
    """Only Microsoft's cloud knows the token."""
    if here is None:
        return tuple(SidedCheck(key, title, Outcome.SKIPPED) for key, title in layers.TITLES.items()), None
    return here[0], None


def cloud(
    told: Told,
    status: int | None = None,
    *,
    asked_for: str = "",
    warn: bool = False,
    reach: Reach | None = None,
) -> CloudCheck:
    """What Microsoft's cloud says."""
    outcome = {Told.NOT_ASKED: Outcome.SKIPPED, Told.ACCEPTED: Outcome.PASS}.get(told, Outcome.FAIL)
    return CloudCheck(
        CLOUD,
        say("As entered"),
        Outcome.WARN if warn else outcome,
        say("The cloud said this."),
        told=told,
        status=status,
        asked_for=asked_for,
        reach=reach.value if reach else "",
    )


HERE: Mapping[str, Here] = {
    "passes": passes(),
    "a private name": warns(layers.NAME, NETWORK),
    "weak encryption": warns(layers.TLS, VENDOR),
    "also a private name": warns(layers.NAME, NETWORK, POSSIBLE),
    "own authority": warns(layers.TLS, NETWORK, POSSIBLE),
    "certificate ends soon": warns(layers.TLS, VENDOR, CERTAIN),
    "busy": warns(layers.HTTP, VENDOR, CERTAIN, status=429, last=True),
    "no groups": warns(layers.GROUPS, VENDOR, status=404),
    "busy for groups": warns(layers.GROUPS, VENDOR, CERTAIN, status=429),
    "slow": warns(layers.HTTP, VENDOR),
    "bad address": fails(layers.ADDRESS, ADDRESS, sure=CERTAIN),
    "no such name": fails(layers.NAME, ADDRESS, reach=Reach.NAME, sure=CERTAIN),
    "connection refused": fails(layers.TCP, VENDOR, reach=Reach.REFUSED),
    "no connection": fails(layers.TCP, VENDOR, reach=Reach.TIMEOUT),
    "proxy in the way": fails(layers.TCP, NETWORK, reach=Reach.PROXY, sure=CERTAIN),
    "bad certificate": fails(layers.TLS, NETWORK, reach=Reach.TLS),
    "no answer": fails(layers.HTTP, VENDOR, reach=Reach.TIMEOUT),
    "network wants a sign-in": fails(layers.HTTP, NETWORK, status=511),
    "web page": fails(layers.HTTP, ADDRESS, status=200),
    "not found": fails(layers.HTTP, ADDRESS, status=404),
    "own fault": fails(layers.HTTP, VENDOR, status=500),
    "token refused": fails(layers.AUTHENTICATION, TOKEN, status=401, sure=LIKELY),
    "turned away": fails(layers.AUTHENTICATION, TOKEN, status=403, sure=LIKELY),
    "no token check": fails(layers.AUTHENTICATION, VENDOR, status=200, sure=CERTAIN),
    "ignores the filter": fails(layers.SCIM, VENDOR, status=200, sure=CERTAIN),
    "odd list": fails(layers.SCIM, VENDOR, status=200, sure=LIKELY),
    "stored token": stored(),
}
CLOUDS: Mapping[str, CloudCheck] = {
    "accepted": cloud(Told.ACCEPTED),
    "refused": cloud(Told.REFUSED, 401),
    "forbidden": cloud(Told.FORBIDDEN, 403),
    "busy": cloud(Told.BUSY, 429),
    "not found": cloud(Told.ODD, 404),
    "own fault": cloud(Told.ODD, 500),
    "odd answer": cloud(Told.ODD, 200),
    "no answer": cloud(Told.UNREACHED, reach=Reach.TIMEOUT),
    "no name": cloud(Told.UNREACHED, reach=Reach.NAME),
    "no encryption": cloud(Told.UNREACHED, reach=Reach.TLS),
    "unclear": cloud(Told.UNCLEAR),
    "unreadable": cloud(Told.UNCLEAR, warn=True),
    "not asked": cloud(Told.NOT_ASKED),
}

TABLE: tuple[tuple[str, str, Side, Sureness, bool], ...] = (
    # All is well, as far as it was seen.
    ("passes", "accepted", NONE, CERTAIN, False),
    ("passes", "not asked", NONE, CERTAIN, False),
    ("slow", "accepted", VENDOR, LIKELY, True),
    ("slow", "not asked", VENDOR, LIKELY, True),
    ("weak encryption", "accepted", VENDOR, LIKELY, True),
    # A private name that Microsoft's cloud knows another address for is no fault.
    ("a private name", "accepted", NONE, CERTAIN, False),
    ("a private name", "not asked", NETWORK, LIKELY, True),
    # Only from inside the company.
    ("a private name", "no name", NETWORK, CERTAIN, False),
    # Another address may be known outside, behind a firewall.
    ("a private name", "no answer", NETWORK, LIKELY, False),
    ("a private name", "unclear", NETWORK, LIKELY, False),
    # Microsoft did reach something by that name.
    ("a private name", "no encryption", VENDOR, LIKELY, False),
    ("also a private name", "no answer", VENDOR, LIKELY, False),
    ("also a private name", "accepted", NONE, CERTAIN, False),
    # A firewall, a list of addresses, a token that is tied to some.
    ("passes", "no answer", VENDOR, LIKELY, False),
    ("passes", "forbidden", VENDOR, LIKELY, False),
    ("passes", "refused", VENDOR, LIKELY, False),
    ("weak encryption", "no encryption", VENDOR, LIKELY, False),
    ("weak encryption", "no answer", VENDOR, LIKELY, False),
    # A filter in this network that signs anew, which the cloud does not meet.
    ("own authority", "accepted", NONE, LIKELY, True),
    ("own authority", "not asked", NETWORK, POSSIBLE, True),
    ("own authority", "no encryption", VENDOR, LIKELY, False),
    ("network wants a sign-in", "accepted", NETWORK, LIKELY, True),
    ("network wants a sign-in", "refused", TOKEN, LIKELY, False),
    ("network wants a sign-in", "no answer", VENDOR, POSSIBLE, False),
    ("proxy in the way", "no answer", VENDOR, POSSIBLE, False),
    ("proxy in the way", "refused", TOKEN, LIKELY, False),
    ("proxy in the way", "not asked", NETWORK, CERTAIN, False),
    # This computer was put off, so it knows nothing of the token.
    ("busy", "accepted", VENDOR, CERTAIN, True),
    ("busy", "refused", TOKEN, LIKELY, False),
    ("busy", "forbidden", VENDOR, POSSIBLE, False),
    ("busy", "busy", VENDOR, LIKELY, False),
    ("busy", "own fault", VENDOR, LIKELY, False),
    ("busy", "not found", ADDRESS, LIKELY, False),
    ("busy", "unclear", VENDOR, CERTAIN, True),
    ("busy for groups", "unclear", ENTRA, POSSIBLE, False),
    ("no connection", "accepted", NETWORK, LIKELY, True),
    ("proxy in the way", "accepted", NETWORK, CERTAIN, True),
    ("bad certificate", "accepted", NETWORK, LIKELY, True),
    ("no such name", "accepted", NETWORK, LIKELY, True),
    ("turned away", "accepted", VENDOR, LIKELY, True),
    ("token refused", "accepted", TOKEN, LIKELY, True),
    # The service answers the two differently.
    ("passes", "busy", VENDOR, LIKELY, False),
    ("passes", "not found", VENDOR, LIKELY, False),
    ("passes", "own fault", VENDOR, LIKELY, False),
    ("passes", "odd answer", VENDOR, LIKELY, False),
    ("no groups", "not found", VENDOR, LIKELY, False),
    ("own fault", "accepted", VENDOR, POSSIBLE, True),
    # The cloud found SCIM at the same address, so the address is right.
    ("web page", "accepted", NETWORK, POSSIBLE, True),
    ("not found", "accepted", NETWORK, POSSIBLE, True),
    ("bad address", "accepted", ADDRESS, POSSIBLE, True),
    ("odd list", "accepted", VENDOR, POSSIBLE, True),
    # Microsoft's own test.
    ("passes", "unclear", ENTRA, POSSIBLE, False),
    ("no groups", "unclear", VENDOR, LIKELY, False),
    ("weak encryption", "unclear", VENDOR, POSSIBLE, False),
    ("passes", "unreadable", ENTRA, POSSIBLE, True),
    # What would reach the wrong person is never let pass.
    ("ignores the filter", "accepted", VENDOR, CERTAIN, False),
    ("no token check", "accepted", VENDOR, CERTAIN, False),
    ("ignores the filter", "not asked", VENDOR, CERTAIN, False),
    # Both fail.
    ("token refused", "refused", TOKEN, LIKELY, False),
    ("token refused", "no answer", TOKEN, LIKELY, False),
    ("turned away", "forbidden", TOKEN, LIKELY, False),
    ("not found", "not found", ADDRESS, CERTAIN, False),
    ("bad address", "no answer", ADDRESS, CERTAIN, False),
    ("no such name", "no answer", ADDRESS, CERTAIN, False),
    ("connection refused", "no answer", VENDOR, LIKELY, False),
    ("own fault", "own fault", VENDOR, CERTAIN, False),
    ("own fault", "not found", VENDOR, LIKELY, False),
    ("bad certificate", "no encryption", VENDOR, LIKELY, False),
    # A certificate that only this network shows is no reason why no name or no connection was found.
    ("bad certificate", "no answer", VENDOR, POSSIBLE, False),
    # Microsoft's cloud gets further than this computer, and it is the one that counts.
    ("no connection", "refused", TOKEN, LIKELY, False),
    ("bad certificate", "not found", ADDRESS, LIKELY, False),
    ("no connection", "unclear", VENDOR, LIKELY, False),
    ("no connection", "not asked", VENDOR, LIKELY, False),
    # Only Microsoft's cloud knows the token.
    ("stored token", "accepted", NONE, CERTAIN, False),
    ("stored token", "refused", TOKEN, LIKELY, False),
    ("stored token", "forbidden", VENDOR, POSSIBLE, False),
    ("stored token", "not found", ADDRESS, LIKELY, False),
    ("stored token", "own fault", VENDOR, LIKELY, False),
    ("stored token", "no answer", VENDOR, POSSIBLE, False),
    ("stored token", "unclear", ENTRA, POSSIBLE, False),
    ("stored token", "not asked", NONE, CERTAIN, False),
)


def judged(here: str, told: str) -> Verdict:
    """The verdict of two entries of the tables above."""
    rows, own = HERE[here]
    return judge_test(rows, own, (CLOUDS[told],), "ScreenSteps")


@pytest.mark.parametrize(("here", "told", "side", "sure", "may_go_on"), TABLE)
def test_each_pair_names_a_side_and_how_sure_it_is(
    here: str, told: str, side: Side, sure: Sureness, may_go_on: bool
) -> None:
    verdict = judged(here, told)
    assert (verdict.side, verdict.sure, verdict.may_go_on) == (side, sure, may_go_on), verdict


@pytest.mark.parametrize(("here", "told"), list(itertools.product(HERE, CLOUDS)))
def test_every_pair_ends_in_two_sentences_and_a_side(here: str, told: str) -> None:
    verdict = judged(here, told)
    for sentence in (verdict.sentence, verdict.next_step):
        assert sentence.endswith(".")
        assert "{" not in sentence
        assert "!" not in sentence
    # Nothing that anybody tested is called well while both or the deciding side say otherwise.
    if verdict.side is NONE:
        assert CLOUDS[told].told in (Told.ACCEPTED, Told.NOT_ASKED)


@pytest.mark.parametrize(
    ("here", "told", "claim"),
    [
        ("busy", "refused", "accepts the token from here"),
        ("busy", "forbidden", "lets this computer in"),
        ("busy", "own fault", "this computer as it should"),
        ("busy", "unclear", "this computer as it should"),
        ("certificate ends soon", "no encryption", "Mind this"),
        ("certificate ends soon", "unclear", "Mind this"),
        ("weak encryption", "unclear", "gets no answer"),
        ("own authority", "no answer", "Mind this"),
        ("bad certificate", "no answer", "It failed here"),
        ("proxy in the way", "accepted", "only certain addresses"),
        ("a private name", "no encryption", "only from inside"),
        ("also a private name", "no answer", "only from inside your network, and"),
        ("busy for groups", "unclear", "not groups"),
    ],
)
def test_nothing_is_claimed_that_was_not_seen(here: str, told: str, claim: str) -> None:
    verdict = judged(here, told)
    assert claim not in f"{verdict.sentence} {verdict.next_step}"


@pytest.mark.parametrize("told", ["not asked", "unclear", "unreadable"])
def test_of_a_busy_service_nothing_is_known_and_one_tests_again(told: str) -> None:
    rows, _ = HERE["busy"]
    verdict = judge_test(rows, judge_here(rows), (CLOUDS[told],), "ScreenSteps")
    assert verdict.sentence.endswith("Nothing is known of it yet.")
    assert verdict.next_step == "Test again in a moment."
    assert nothing_known(rows, (CLOUDS[told],))


def test_what_the_cloud_was_told_by_a_busy_service_is_known() -> None:
    rows, _ = HERE["busy"]
    verdict = judge_test(rows, judge_here(rows), (CLOUDS["accepted"],), "ScreenSteps")
    assert "Nothing is known" not in verdict.sentence
    assert verdict.next_step.startswith("Go on")
    assert not nothing_known(rows, (CLOUDS["accepted"],))
    assert not nothing_known(HERE["slow"][0], (CLOUDS["not asked"],))


@pytest.mark.parametrize("here", [name for name in HERE if name not in ("stored token", "passes")])
def test_what_one_may_pass_over_is_a_warning_and_all_else_a_failure(here: str) -> None:
    for told in CLOUDS:
        verdict = judged(here, told)
        if verdict.outcome is Outcome.PASS:
            assert here in ("a private name", "also a private name")
        if verdict.may_go_on:
            assert verdict.outcome is Outcome.WARN


@pytest.mark.parametrize(
    ("here", "told", "words"),
    [
        ("a private name", "no answer", "inside your network"),
        ("a private name", "no answer", "provisioning agent"),
        ("passes", "no answer", "AzureActiveDirectory"),
        ("passes", "no answer", "provisioning agent"),
        ("passes", "forbidden", "AzureActiveDirectory"),
        ("passes", "refused", "tied to certain addresses"),
        ("turned away", "accepted", "some addresses only"),
        ("no connection", "accepted", "only certain addresses"),
        ("weak encryption", "no encryption", "TLS 1.2"),
        ("weak encryption", "unclear", "This may be it"),
        ("no groups", "not found", "a group too"),
        ("passes", "unclear", "The test can be wrong"),
        ("passes", "odd answer", "The test can be wrong"),
        ("own fault", "own fault", "Do this."),
        ("token refused", "no answer", "Microsoft's cloud gets no answer"),
    ],
)
def test_the_cause_and_what_to_do_are_named(here: str, told: str, words: str) -> None:
    verdict = judged(here, told)
    assert words in f"{verdict.sentence} {verdict.next_step}"


def test_what_microsoft_asked_for_tells_of_groups_too() -> None:
    rows, own = HERE["passes"]
    asked = cloud(Told.ODD, 404, asked_for="https://scim.example.com/v2/Groups?filter=x")
    assert "not groups" in judge_test(rows, own, (asked,), "the app").sentence


def test_the_row_that_knows_something_counts() -> None:
    rows, own = HERE["passes"]
    first, other = CLOUDS["unclear"], replace(CLOUDS["accepted"], key="cloud-other")
    assert judge_test(rows, own, (first, other), "the app").side is NONE


def _stored_verdict(here: Here, told: str) -> Verdict:
    rows, own = stored(here)
    return judge_test(rows, own, (CLOUDS[told],), "the app")


def test_a_stored_token_does_not_hide_that_the_way_is_barred() -> None:
    barred = HERE["no such name"]
    verdict = _stored_verdict(barred, "not asked")
    # Nothing was entered, so nobody is stopped by what stood in the way before.
    assert (verdict.side, verdict.may_go_on) == (ADDRESS, True)
    assert _stored_verdict(barred, "accepted").side is NONE
    assert _stored_verdict(barred, "no answer").side is ADDRESS
    assert _stored_verdict(barred, "refused").side is TOKEN
    assert _stored_verdict(HERE["a private name"], "no answer").side is NETWORK
    assert "TLS 1.2" in _stored_verdict(HERE["weak encryption"], "no encryption").next_step
