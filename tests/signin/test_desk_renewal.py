"""Without a person: renewals, claims challenges, a new start of the program, and signing out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import pytest

from scim_assistant.errors import Cancelled, SignInFailed, SignInNeeded, Unreachable
from scim_assistant.secret import Secret
from scim_assistant.signin.offer import Way
from scim_assistant.work import Work
from tests.authority.server import AUTHORIZE, TOKEN
from tests.authority.state import ADMIN, TENANT
from tests.signin.desk_rig import CHANGE, LOOK, OTHER, PATIENCE_S, Aside, Rig, nobody, rig

CHALLENGE = {"access_token": {"acrs": {"essential": True, "value": "c1"}}}
CLAIMS = json.dumps(CHALLENGE)


@pytest.fixture
def at() -> Iterator[Rig]:
    with rig() as made:
        yield made


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets so many seconds pass on the clock that everybody here looks at."""
    real, passed = time.time, [0.0]
    monkeypatch.setattr(time, "time", lambda: real() + passed[0])

    def pass_by(seconds: float) -> None:
        passed[0] += seconds

    return pass_by


def refreshes(at: Rig) -> int:
    return sum(1 for seen in at.authority.requests(TOKEN) if seen.fields["grant_type"] == "refresh_token")


# ---------------------------------------------------------------------------------------------------- renewals


def test_a_good_token_is_given_again_and_again_without_asking(at: Rig) -> None:
    desk = at.desk()
    source = desk.token_source(at.sign_in(desk))
    sent = len(at.transport.sent)
    assert source(Work()) == source(Work())
    assert len(at.transport.sent) == sent


def test_a_token_is_renewed_before_it_ends_and_nobody_is_asked(
    at: Rig, later: Callable[[float], None]
) -> None:
    at.authority.lifetime_s = 3900
    desk = at.desk()
    source = desk.token_source(at.sign_in(desk))
    first = source(Work())
    later(3500)
    assert source(Work()) == first
    later(200)  # 200 seconds are left
    second = source(Work())
    assert second != first
    assert at.authority.admission(second.reveal()) == frozenset(LOOK)
    assert len(at.authority.requests(AUTHORIZE)) == 1
    later(3500)
    assert source(Work()) == second


def test_a_short_lived_token_is_not_renewed_for_every_request(at: Rig) -> None:
    at.authority.lifetime_s = 240
    desk = at.desk()
    source = desk.token_source(at.sign_in(desk))
    assert source(Work()) == source(Work())
    assert refreshes(at) == 0


def test_a_token_that_was_turned_away_is_never_given_again(at: Rig) -> None:
    desk = at.desk()
    source = desk.token_source(at.sign_in(desk))
    first = source(Work())
    at.authority.expire_now()
    second = source(Work(), refused=first)
    assert second != first
    assert source(Work()) == second
    # Somebody who comes later with the old one gets what is there.
    assert source(Work(), refused=first) == second
    assert refreshes(at) == 1


def test_many_threads_make_one_renewal(at: Rig) -> None:
    desk = at.desk()
    source = desk.token_source(at.sign_in(desk))
    first = source(Work())
    at.authority.gate.clear()
    asides = [Aside(lambda: source(Work(), refused=first)) for _ in range(8)]
    assert Work().wait_until(lambda: refreshes(at) == 1, 0.01, PATIENCE_S)
    at.authority.gate.set()
    tokens = [aside.end() for aside in asides]
    assert all(token == tokens[0] for token in tokens)
    assert tokens[0] != first
    assert refreshes(at) == 1


def test_cancel_is_heard_by_whoever_waits_for_another_s_renewal(at: Rig) -> None:
    desk = at.desk()
    source = desk.token_source(at.sign_in(desk))
    first = source(Work())
    at.authority.gate.clear()
    busy = Aside(lambda: source(Work(), refused=first))
    assert Work().wait_until(lambda: refreshes(at) == 1, 0.01, PATIENCE_S)
    work = Work()
    waits = Aside(lambda: source(work, refused=first))
    work.cancel()
    with pytest.raises(Cancelled):
        waits.end()
    at.authority.gate.set()
    assert busy.end() != first


def test_while_the_service_is_away_a_token_serves_until_it_nearly_ends(
    at: Rig, later: Callable[[float], None]
) -> None:
    desk = at.desk()
    source = desk.token_source(at.sign_in(desk))
    first = source(Work())
    at.authority.stop()
    later(at.authority.lifetime_s - 200)
    assert source(Work()) == first
    with pytest.raises(Unreachable) as caught:
        source(Work(), refused=first)
    assert caught.value.what == "The sign-in was not renewed."
    later(170)
    with pytest.raises(Unreachable):
        source(Work())


def test_a_sign_in_that_was_withdrawn_asks_for_the_person(at: Rig) -> None:
    desk = at.desk()
    signed_in = at.sign_in(desk)
    source = desk.token_source(signed_in)
    at.authority.revoke(ADMIN)
    with pytest.raises(SignInNeeded) as caught:
        source(Work(), refused=source(Work()))
    assert caught.value.account_id == signed_in.account.id
    assert caught.value.scopes == LOOK
    assert caught.value.why.startswith("The sign-in was withdrawn.")
    assert caught.value.details.codes == ("invalid_grant", "AADSTS50173")
    # The person signs in again, and the same source goes on.
    at.sign_in(desk, caught.value.scopes, account_id=signed_in.account.id)
    assert at.authority.admission(source(Work()).reveal()) == frozenset(LOOK)


def test_a_registration_that_was_closed_is_not_answered_with_a_sign_in(at: Rig) -> None:
    desk = at.desk()
    source = desk.token_source(at.sign_in(desk))
    at.authority.fail_next("invalid_client", 7000112, status=401)
    with pytest.raises(SignInFailed, match="The app registration is disabled"):
        source(Work(), refused=source(Work()))


@pytest.mark.parametrize(
    "error", ["interaction_required", "login_required", "consent_required", "invalid_grant"]
)
def test_every_refusal_that_a_person_can_help_asks_for_one(at: Rig, error: str) -> None:
    desk = at.desk()
    source = desk.token_source(at.sign_in(desk))
    at.authority.fail_next(error)
    with pytest.raises(SignInNeeded) as caught:
        source(Work(), refused=source(Work()))
    assert caught.value.details.codes == (error,)


def test_a_service_in_trouble_is_waited_for_and_asked_anew_at_once(at: Rig) -> None:
    desk = at.desk()
    source = desk.token_source(at.sign_in(desk))
    at.authority.fail_next("temporarily_unavailable", status=503)
    with pytest.raises(SignInFailed, match="busy"):
        source(Work(), refused=source(Work()))
    first = source(Work())
    assert source(Work(), refused=first) != first


# --------------------------------------------------------------------------------------------- claims challenges


def test_a_claims_challenge_is_answered_silently_where_that_is_possible(at: Rig) -> None:
    desk = at.desk()
    source = desk.token_source(at.sign_in(desk))
    first = source(Work())
    at.authority.demand_claims(ADMIN, CHALLENGE)
    second = source(Work(), claims=CLAIMS)
    assert second != first
    assert at.authority.admission(second.reveal()) == frozenset(LOOK)
    asked = json.loads(at.authority.requests(TOKEN)[-1].fields["claims"])
    assert asked["access_token"]["acrs"] == CHALLENGE["access_token"]["acrs"]
    assert asked["access_token"]["xms_cc"] == {"values": ["CP1"]}
    # It serves from now on, also for whoever is challenged with the old one.
    assert source(Work()) == second
    assert source(Work(), claims=CLAIMS, refused=first) == second


def test_threads_that_are_challenged_together_share_the_answer(at: Rig) -> None:
    desk = at.desk()
    source = desk.token_source(at.sign_in(desk))
    source(Work())
    at.authority.gate.clear()
    asides = [Aside(lambda: source(Work(), claims=CLAIMS))]
    assert Work().wait_until(lambda: refreshes(at) == 1, 0.01, PATIENCE_S)
    asides += [Aside(lambda: source(Work(), claims=CLAIMS)) for _ in range(4)]
    # They stand in line before the first has its answer.
    assert Work().wait_until(lambda: _waiting_in_line(desk) >= 4, 0.01, PATIENCE_S)
    at.authority.gate.set()
    tokens = [aside.end() for aside in asides]
    assert all(token == tokens[0] for token in tokens)
    assert refreshes(at) == 1


def _waiting_in_line(desk: object) -> int:
    import sys
    import threading

    names = [thread.ident for thread in threading.enumerate() if thread.name == "somebody signs in"]
    frames = sys._current_frames()
    count = 0
    for ident in names:
        frame = frames.get(ident or 0)
        while frame is not None:
            count += frame.f_code.co_name == "_turn"
            frame = frame.f_back
    return count


def test_a_claims_challenge_that_needs_a_person_is_answered_once_by_one(at: Rig) -> None:
    desk = at.desk()
    signed_in = at.sign_in(desk)
    source = desk.token_source(signed_in)
    first = source(Work())
    at.authority.demand_claims(ADMIN, CHALLENGE, needs_person=True)
    with pytest.raises(SignInNeeded) as caught:
        source(Work(), claims=CLAIMS, refused=first)
    needed = caught.value
    assert json.loads(needed.claims) == CHALLENGE
    assert (needed.scopes, needed.account_id) == (LOOK, signed_in.account.id)
    at.sign_in(desk, needed.scopes, account_id=needed.account_id, claims=needed.claims)
    asked = at.authority.requests(AUTHORIZE)[-1]
    assert json.loads(asked.fields["claims"])["access_token"]["acrs"] == CHALLENGE["access_token"]["acrs"]
    second = source(Work())
    assert at.authority.admission(second.reveal()) == frozenset(LOOK)
    assert source(Work(), claims=CLAIMS, refused=first) == second


def test_a_challenge_that_the_sign_in_service_adds_goes_before_the_one_of_graph(at: Rig) -> None:
    desk = at.desk()
    source = desk.token_source(at.sign_in(desk))
    own = json.dumps({"access_token": {"capolids": {"essential": True, "values": ["x"]}}})
    at.authority.fail_next("interaction_required", 50076, claims=own)
    with pytest.raises(SignInNeeded) as caught:
        source(Work(), claims=CLAIMS, refused=source(Work()))
    assert caught.value.claims == own


# ------------------------------------------------------------------------------------------ the program starts anew


def test_after_a_new_start_nobody_has_to_sign_in(at: Rig) -> None:
    signed_in = at.sign_in(at.desk())
    at.restart()
    desk = at.desk(nobody)
    assert desk.accounts(Work()) == (signed_in.account,)
    resumed = desk.resume(signed_in.account.id, LOOK, Work())
    assert resumed is not None
    assert (resumed.account, resumed.tenant_id, resumed.permissions, resumed.way) == (
        signed_in.account,
        TENANT,
        frozenset(LOOK),
        Way.BROWSER,
    )
    assert at.authority.admission(desk.token_source(resumed)(Work()).reveal()) == frozenset(LOOK)
    assert len(at.authority.requests(AUTHORIZE)) == 1


def test_after_a_long_pause_the_sign_in_is_renewed_at_the_start(
    at: Rig, later: Callable[[float], None]
) -> None:
    signed_in = at.sign_in(at.desk())
    at.restart()
    later(2 * 86400.0)
    desk = at.desk(nobody)
    resumed = desk.resume(signed_in.account.id, LOOK, Work())
    assert resumed is not None
    assert resumed.permissions == frozenset(LOOK)
    assert refreshes(at) == 1
    assert desk.token_source(resumed)(Work())


def test_a_sign_in_that_was_withdrawn_meanwhile_is_not_resumed(
    at: Rig, later: Callable[[float], None]
) -> None:
    signed_in = at.sign_in(at.desk())
    at.authority.revoke(ADMIN)
    at.restart()
    later(86400.0)
    desk = at.desk()
    assert desk.resume(signed_in.account.id, LOOK, Work()) is None
    assert desk.accounts(Work()) == (signed_in.account,)
    assert at.sign_in(desk, account_id=signed_in.account.id).account == signed_in.account


def test_somebody_unknown_is_not_resumed_and_nobody_is_asked(at: Rig) -> None:
    assert at.desk(nobody).resume("nobody.nowhere", LOOK, Work()) is None
    assert at.transport.sent == []


def test_resuming_while_offline_says_so(at: Rig) -> None:
    signed_in = at.sign_in(at.desk())
    at.restart()
    at.authority.stop()
    with pytest.raises(Unreachable):
        at.desk(nobody).resume(signed_in.account.id, LOOK, Work())


def test_consent_that_was_granted_meanwhile_counts_at_once(at: Rig) -> None:
    desk = at.desk()
    signed_in = at.sign_in(desk)
    assert desk.resume(signed_in.account.id, CHANGE, Work()) is None
    assert desk.resume(signed_in.account.id, CHANGE, Work()) is None
    at.authority.consented |= set(CHANGE)
    resumed = desk.resume(signed_in.account.id, CHANGE, Work())
    assert resumed is not None
    assert resumed.permissions == frozenset(CHANGE)
    # What is held for looking went on all the while.
    assert desk.token_source(signed_in)(Work())


def test_a_permission_that_was_not_granted_is_not_claimed(at: Rig) -> None:
    at.authority.withheld.add("ProvisioningLog.Read.All")
    signed_in = at.sign_in(at.desk())
    assert signed_in.permissions == frozenset(LOOK) - {"ProvisioningLog.Read.All"}


# ------------------------------------------------------------------------------------------------- signing out


def test_signing_out_forgets_everything_of_the_account(at: Rig) -> None:
    desk = at.desk()
    signed_in = at.sign_in(desk)
    source = desk.token_source(signed_in)
    source(Work(), refused=source(Work()))
    desk.sign_out(signed_in.account.id, Work())
    kept = at.kept_text()
    for secret in at.authority.secrets().values():
        assert secret not in kept
    assert at.authority.people[ADMIN].oid not in kept
    assert ADMIN not in kept
    assert desk.accounts(Work()) == ()
    assert desk.resume(signed_in.account.id, LOOK, Work()) is None
    with pytest.raises(SignInNeeded) as caught:
        source(Work())
    assert caught.value.why == "This account is not signed in any more."
    assert caught.value.account_id == signed_in.account.id


def test_signing_out_needs_no_network(at: Rig) -> None:
    signed_in = at.sign_in(at.desk())
    at.restart()
    at.authority.stop()
    desk = at.desk(nobody)
    desk.sign_out(signed_in.account.id, Work())
    assert desk.accounts(Work()) == ()
    assert at.kept("RefreshToken") == []


def test_signing_out_leaves_other_people_alone(at: Rig) -> None:
    first = at.desk()
    admin = at.sign_in(first)
    at.authority.consented |= set(LOOK)
    other_desk = at.desk(at.person(OTHER))
    other = at.sign_in(other_desk)
    first.sign_out(admin.account.id, Work())
    assert first.accounts(Work()) == (other.account,)
    assert other_desk.token_source(other)(Work())
    assert len(at.kept("RefreshToken")) == 1


def test_signing_out_twice_is_no_failure(at: Rig) -> None:
    desk = at.desk()
    signed_in = at.sign_in(desk)
    desk.sign_out(signed_in.account.id, Work())
    desk.sign_out(signed_in.account.id, Work())


def test_no_token_shows_in_what_is_printed(at: Rig) -> None:
    desk = at.desk()
    signed_in = at.sign_in(desk)
    source = desk.token_source(signed_in)
    token = source(Work())
    assert isinstance(token, Secret)
    shown = f"{desk!r} {signed_in!r} {source!r} {token!r} {desk._held!r} {vars(desk)!r}"
    for secret in at.authority.secrets().values():
        assert secret not in shown
