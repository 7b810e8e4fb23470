"""Signing in with a code that is typed on any device."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from scim_assistant.errors import Cancelled, SignInFailed, Unreachable
from scim_assistant.signin.offer import SignedIn, Waiting, Way, Wish
from scim_assistant.transport import HttpRequest
from scim_assistant.work import Work
from tests.authority.browser import Browser
from tests.authority.chromium import chromium
from tests.authority.server import DEVICECODE, TOKEN
from tests.authority.state import ADMIN, CLIENT, PASSWORD, TENANT
from tests.signin.desk_rig import LOOK, PATIENCE_S, Aside, Rig, nobody, rig


@pytest.fixture
def at() -> Iterator[Rig]:
    with rig() as made:
        yield made


class CodeWait:
    """A sign-in with a code that waits in a thread of its own."""

    def __init__(self, at: Rig, **wish: str) -> None:
        self.work = Work()
        self.waiting: Waiting | None = None
        self._told = threading.Event()
        self.desk = at.desk(nobody)
        self._aside = Aside(
            lambda: self.desk.sign_in(Wish(LOOK, Way.CODE, **wish), self.work, self._on_waiting)
        )

    def _on_waiting(self, waiting: Waiting) -> None:
        self.waiting = waiting
        self._told.set()

    def told(self) -> Waiting:
        """What the person is told to do."""
        assert self._told.wait(PATIENCE_S)
        assert self.waiting is not None
        return self.waiting

    def end(self) -> SignedIn:
        """How it ends."""
        signed_in = self._aside.end()
        assert isinstance(signed_in, SignedIn)
        return signed_in


def _enter(browser: Browser, waiting: Waiting, *, accept: bool = True) -> str:
    return browser.enter_code(waiting.address, waiting.code, ADMIN, PASSWORD, accept=accept).text


def test_the_person_is_told_the_page_the_code_and_until_when(at: Rig) -> None:
    wait = CodeWait(at)
    waiting = wait.told()
    assert waiting.way is Way.CODE
    assert waiting.address.endswith("/devicelogin")
    assert len(waiting.code) == 9
    assert waiting.expires_at is not None
    left = waiting.expires_at - datetime.now(UTC)
    assert timedelta(minutes=10) < left <= timedelta(minutes=15)
    wait.work.cancel()
    with pytest.raises(Cancelled):
        wait.end()


def test_whoever_types_the_code_is_signed_in(at: Rig) -> None:
    wait = CodeWait(at)
    assert "You have signed in" in _enter(at.browser, wait.told())
    signed_in = wait.end()
    assert (signed_in.account.username, signed_in.tenant_id) == (ADMIN, TENANT)
    assert signed_in.way is Way.CODE
    assert signed_in.permissions == frozenset(LOOK)
    at.restart()
    resumed = at.desk(nobody).resume(signed_in.account.id, LOOK, Work())
    assert resumed is not None
    assert resumed.way is Way.CODE


def test_a_claims_challenge_is_asked_with_the_code_too(at: Rig) -> None:
    claims = {"access_token": {"nbf": {"essential": True, "value": "1700000000"}}}
    wait = CodeWait(at, claims=json.dumps(claims))
    wait.told()
    asked = json.loads(at.authority.requests(DEVICECODE)[0].fields["claims"])
    assert asked["access_token"]["nbf"] == claims["access_token"]["nbf"]
    wait.work.cancel()
    with pytest.raises(Cancelled):
        wait.end()


def test_whoever_declines_is_not_signed_in(at: Rig) -> None:
    wait = CodeWait(at)
    _enter(at.browser, wait.told(), accept=False)
    with pytest.raises(SignInFailed, match="declined where the code was entered") as caught:
        wait.end()
    assert caught.value.details.codes[0] == "authorization_declined"


def test_a_code_that_nobody_types_runs_out_and_can_be_asked_for_again(at: Rig) -> None:
    at.authority.device_lifetime_s = 1
    error = at.refused(at.desk(nobody), way=Way.CODE)
    assert error.why == "The time to sign in was over before somebody did."
    assert error.next_step == "Start the sign-in again."
    at.authority.device_lifetime_s = 900
    wait = CodeWait(at)
    _enter(at.browser, wait.told())
    assert wait.end().account.username == ADMIN


def test_a_code_that_has_run_out_is_not_asked_about_for_ever(at: Rig) -> None:
    at.authority.device_lifetime_s = 1
    for _ in range(10):
        at.authority.fail_next("authorization_pending", 70016)
    assert at.refused(at.desk(nobody), way=Way.CODE).details.codes == ("expired_token",)
    assert len(at.authority.requests(TOKEN)) <= 2


def test_a_service_that_names_no_pause_is_not_flooded(at: Rig) -> None:
    at.authority.device_interval_s = 0
    wait = CodeWait(at)
    _enter(at.browser, wait.told())
    assert wait.end().account.username == ADMIN
    assert len(at.authority.requests(TOKEN)) <= 2


def test_cancel_is_heard_at_once_and_nothing_is_asked_any_more(at: Rig) -> None:
    at.authority.device_interval_s = 3600
    wait = CodeWait(at)
    wait.told()
    wait.work.cancel()
    with pytest.raises(Cancelled):
        wait.end()
    assert at.authority.requests(TOKEN) == []


def test_a_registration_without_public_flows_is_named_as_the_cause(at: Rig) -> None:
    at.authority.clients[CLIENT].public_flows = False
    wait = CodeWait(at)
    with pytest.raises(SignInFailed, match="Allow public client flows") as caught:
        wait.end()
    assert caught.value.details.codes == ("invalid_client", "AADSTS7000218")


def test_a_refusal_before_there_is_a_code_is_told(at: Rig) -> None:
    at.authority.fail_next("unauthorized_client", 700016, where=DEVICECODE)
    error = at.refused(at.desk(nobody), way=Way.CODE)
    assert error.details.codes == ("unauthorized_client", "AADSTS700016")
    assert at.waits == []


def test_one_lost_question_does_not_end_the_wait(at: Rig) -> None:
    lost: list[str] = []

    def lose_one(request: HttpRequest) -> None:
        if request.url.endswith("/token") and not lost:
            lost.append(request.url)
            raise Unreachable(request.what, request.what, request.what)

    at.transport.on_send = lose_one
    wait = CodeWait(at)
    _enter(at.browser, wait.told())
    assert wait.end().account.username == ADMIN
    assert lost


def test_a_network_that_is_gone_ends_the_wait_and_says_so(at: Rig) -> None:
    def lose_all(request: HttpRequest) -> None:
        if request.url.endswith("/token"):
            raise Unreachable(request.what, request.what, request.what)

    at.transport.on_send = lose_all
    assert isinstance(at.refused(at.desk(nobody), way=Way.CODE), Unreachable)


def test_a_real_browser_takes_the_code(at: Rig) -> None:
    with chromium() as browser:
        wait = CodeWait(at)
        assert "You have signed in" in _enter(browser, wait.told())
        assert wait.end().account.username == ADMIN
