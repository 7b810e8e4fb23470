"""Signing in through the browser: what is asked for, what comes of it, and every way in which it can end."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from scim_assistant.errors import Cancelled, Reach, SignInFailed, SignInNeeded, Unreachable, UnreadableAnswer
from scim_assistant.signin import broker
from scim_assistant.signin.client import COMMAND_LINE_CLIENT
from scim_assistant.signin.clouds import cloud_named
from scim_assistant.signin.offer import Waiting, Way, Wish
from scim_assistant.work import Work
from tests.authority.browser import Visitor
from tests.authority.chromium import chromium
from tests.authority.mapped import SIGN_IN
from tests.authority.server import AUTHORIZE, TOKEN
from tests.authority.state import ADMIN, CLIENT, PASSWORD, TENANT
from tests.signin.desk_rig import (
    CHANGE,
    ELSEWHERE,
    GUEST,
    LOOK,
    OTHER,
    PATIENCE_S,
    Aside,
    Rig,
    nobody,
    rig,
)


@pytest.fixture
def at() -> Iterator[Rig]:
    with rig() as made:
        yield made


def port_of(waiting: Waiting) -> int:
    redirect = parse_qs(urlsplit(waiting.address).query)["redirect_uri"][0]
    return urlsplit(redirect).port or 0


def is_closed(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


# ------------------------------------------------------------------------------------------------ it works


def test_somebody_signs_in_and_is_known_with_what_was_granted(at: Rig) -> None:
    desk = at.desk()
    signed_in = at.sign_in(desk)
    assert (signed_in.account.username, signed_in.account.name) == (ADMIN, "Alex Admin")
    assert signed_in.tenant_id == TENANT
    assert signed_in.permissions == frozenset(LOOK)
    assert signed_in.way is Way.BROWSER
    assert not signed_in.account.is_guest_in(TENANT)
    assert desk.accounts(Work()) == (signed_in.account,)
    token = desk.token_source(signed_in)(Work())
    assert at.authority.admission(token.reveal()) == frozenset(LOOK)


def test_the_browser_is_told_that_it_worked(at: Rig) -> None:
    person = at.person()
    at.sign_in(at.desk(person))
    person.leave()
    assert person.shown[0].title == "You are signed in - SCIM Assistant"
    assert "You can close this tab" in person.shown[0].text
    assert urlsplit(person.shown[0].address).query == ""


def test_only_what_is_wanted_is_asked_for_with_proof_and_as_a_form(at: Rig) -> None:
    at.sign_in(at.desk())
    (asked,) = at.authority.requests(AUTHORIZE)
    scopes = set(asked.fields["scope"].split())
    assert {f"https://graph.microsoft.com/{name}" for name in LOOK} < scopes
    assert scopes - {f"https://graph.microsoft.com/{name}" for name in LOOK} == {
        "openid",
        "profile",
        "offline_access",
    }
    assert asked.fields["response_mode"] == "form_post"
    assert asked.fields["prompt"] == "select_account"
    assert asked.fields["redirect_uri"].startswith("http://localhost:")
    assert json.loads(asked.fields["claims"]) == {"access_token": {"xms_cc": {"values": ["CP1"]}}}
    (redeemed,) = at.authority.requests(TOKEN)
    digest = hashlib.sha256(redeemed.fields["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == asked.fields["code_challenge"]


def test_somebody_who_is_known_is_not_asked_who_it_is(at: Rig) -> None:
    desk = at.desk()
    signed_in = at.sign_in(desk)
    again = at.sign_in(desk, CHANGE, account_id=signed_in.account.id)
    asked = at.authority.requests(AUTHORIZE)[-1]
    assert asked.fields["login_hint"] == ADMIN
    assert "prompt" not in asked.fields
    assert again.permissions == frozenset(CHANGE)


def test_a_later_sign_in_serves_who_asked_for_less(at: Rig) -> None:
    desk = at.desk()
    looking = desk.token_source(at.sign_in(desk))
    at.sign_in(desk, CHANGE)
    assert at.authority.admission(looking(Work()).reveal()) == frozenset(CHANGE)


def test_several_people_are_signed_in_side_by_side(at: Rig) -> None:
    first = at.desk()
    admin = at.sign_in(first)
    at.authority.consented |= set(LOOK)
    second = at.desk(at.person(OTHER))
    other = at.sign_in(second)
    assert [account.username for account in first.accounts(Work())] == [ADMIN, OTHER]
    assert first.token_source(admin)(Work()) != second.token_source(other)(Work())


def test_a_guest_is_told_by_where_the_account_is_at_home(at: Rig) -> None:
    signed_in = at.sign_in(at.desk(at.person(GUEST)))
    assert signed_in.account.home_tenant_id == ELSEWHERE
    assert signed_in.tenant_id == TENANT
    assert signed_in.account.is_guest_in(signed_in.tenant_id)


def test_without_a_tenant_it_is_the_account_s_own(at: Rig) -> None:
    at.authority.tenants[ELSEWHERE] = ELSEWHERE
    desk = at.desk(at.person(GUEST), tenant="organizations")
    signed_in = at.sign_in(desk)
    assert signed_in.tenant_id == ELSEWHERE
    at.restart()
    resumed = at.desk(nobody, tenant="organizations").resume(signed_in.account.id, LOOK, Work())
    assert resumed is not None
    assert resumed.tenant_id == ELSEWHERE


def test_a_tenant_can_be_named_by_its_domain(at: Rig) -> None:
    assert at.sign_in(at.desk(tenant="example.com")).tenant_id == TENANT


def test_another_cloud_is_asked_for_its_own_permissions_and_no_other_cloud_is_asked_at_all() -> None:
    cloud = cloud_named("usgov-dod")
    with rig(sign_in=cloud.authority, graph=cloud.graph) as at:
        desk = at.desk(cloud=cloud)
        signed_in = at.sign_in(desk)
        assert signed_in.permissions == frozenset(LOOK)
        assert signed_in.account.cloud == "usgov-dod"
        assert {urlsplit(address).netloc for _, address in at.transport.sent} == {"login.microsoftonline.us"}


def test_where_no_browser_opens_the_address_can_be_opened_by_hand(at: Rig) -> None:
    def none_here(address: str) -> bool:
        raise OSError("no browser")

    told = threading.Event()

    def on_waiting(waiting: Waiting) -> None:
        at.waits.append(waiting)
        told.set()

    desk = at.desk(none_here)
    aside = Aside(lambda: desk.sign_in(Wish(LOOK), Work(), on_waiting))
    assert told.wait(PATIENCE_S)
    at.browser.sign_in(at.waits[0].address, ADMIN, PASSWORD)
    assert aside.end().account.username == ADMIN


# ------------------------------------------------------------------------------------------- it ends otherwise


def test_consent_declined_says_so_in_the_program_and_in_the_browser(at: Rig) -> None:
    person = at.person(accept=False)
    error = at.refused(at.desk(person))
    person.leave()
    assert isinstance(error, SignInFailed)
    assert error.details.codes == ("access_denied", "AADSTS65004")
    assert error.why.startswith("Consent was declined.")
    assert error.next_step == "Sign in again and accept."
    assert person.shown[0].title == "Nobody was signed in - SCIM Assistant"
    assert "Consent was declined." in person.shown[0].text
    assert at.kept_text() == "{}"


def test_somebody_who_may_not_grant_it_is_sent_to_an_administrator(at: Rig) -> None:
    error = at.refused(at.desk(at.person(OTHER)))
    assert error.details.codes == ("access_denied", "AADSTS90094")
    assert "administrator" in error.next_step


def test_the_program_that_is_told_no_at_the_token_tells_the_browser_so(at: Rig) -> None:
    person = at.person()
    at.authority.fail_next("invalid_grant", 50173)
    at.refused(at.desk(person))
    person.leave()
    assert person.shown[0].title == "Nobody was signed in - SCIM Assistant"


def test_a_refusal_carries_what_a_support_engineer_asks_for_and_no_secret(at: Rig) -> None:
    at.authority.fail_next("invalid_grant", 50105, said="Not assigned.")
    error = at.refused(at.desk())
    text = error.details.as_text()
    assert error.details.codes == ("invalid_grant", "AADSTS50105")
    assert "Not assigned." in text
    assert error.details.request_id
    assert error.details.client_request_id
    for secret in at.authority.secrets().values():
        assert secret not in text


def test_another_account_than_the_wanted_one_is_refused_and_nothing_of_it_is_kept(at: Rig) -> None:
    signed_in = at.sign_in(at.desk())
    at.authority.consented |= set(CHANGE)
    stranger = at.desk(at.person(OTHER))
    error = at.refused(stranger, CHANGE, account_id=signed_in.account.id)
    assert isinstance(error, SignInFailed)
    assert error.why == f"You signed in as {OTHER}, but this goes on with {ADMIN}."
    assert stranger.accounts(Work()) == (signed_in.account,)
    assert OTHER not in at.kept_text()
    assert at.authority.people[OTHER].oid not in at.kept_text()


def test_another_account_that_was_known_before_stays_known(at: Rig) -> None:
    at.authority.consented |= set(CHANGE)
    first = at.sign_in(at.desk())
    other_desk = at.desk(at.person(OTHER))
    other = at.sign_in(other_desk)
    at.refused(other_desk, account_id=first.account.id)
    assert set(other_desk.accounts(Work())) == {first.account, other.account}
    assert other_desk.token_source(other)(Work())


def test_cancel_ends_the_wait_and_leaves_nothing_behind(at: Rig) -> None:
    threads = set(threading.enumerate())
    people: list[Visitor] = []
    desk = at.desk(lambda address: bool(people and people[0](address)))
    work, told = Work(), threading.Event()

    def on_waiting(waiting: Waiting) -> None:
        at.waits.append(waiting)
        told.set()

    aside = Aside(lambda: desk.sign_in(Wish(LOOK), work, on_waiting))
    assert told.wait(PATIENCE_S)
    port = port_of(at.waits[0])
    assert not is_closed(port)
    work.cancel()
    with pytest.raises(Cancelled):
        aside.end()
    assert is_closed(port)
    for thread in set(threading.enumerate()) - threads:
        if thread.name == "open the browser":
            thread.join(PATIENCE_S)
            assert not thread.is_alive()
    # And the next one is not kept out.
    people.append(at.person())
    assert at.sign_in(desk).account.username == ADMIN


def test_cancel_is_heard_while_the_service_is_slow(at: Rig) -> None:
    at.authority.gate.clear()
    desk, work = at.desk(nobody), Work()
    aside = Aside(lambda: desk.sign_in(Wish(LOOK), work, at.waits.append))
    assert Work().wait_until(lambda: bool(at.transport.sent), 0.01, PATIENCE_S)
    work.cancel()
    with pytest.raises(Cancelled):
        aside.end()
    at.authority.gate.set()


def test_a_second_sign_in_is_refused_while_one_waits(at: Rig) -> None:
    desk, work, told = at.desk(nobody), Work(), threading.Event()
    aside = Aside(lambda: desk.sign_in(Wish(LOOK), work, lambda waiting: told.set()))
    assert told.wait(PATIENCE_S)
    error = at.refused(desk)
    assert error.why == "Another sign-in is waiting already."
    work.cancel()
    with pytest.raises(Cancelled):
        aside.end()


def test_a_tab_that_was_closed_is_waited_for_until_time_is_over(at: Rig) -> None:
    error = at.refused(at.desk(nobody, patience_s=0.2))
    assert error.why == "Nobody came back from the browser in time."
    assert is_closed(port_of(at.waits[0]))


def test_offline_says_which_layer_failed(at: Rig) -> None:
    at.authority.stop()
    error = at.refused(at.desk())
    assert isinstance(error, Unreachable)
    assert error.reach is Reach.REFUSED
    assert error.what == "You are not signed in."


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ((200, "text/html", b"<!doctype html><title>Hotel</title>"), "A web page came back"),
        ((302, "text/plain", b""), "led to another address"),
        ((511, "text/html", b"<html>Sign in to the network</html>"), "A web page came back"),
        ((503, "text/html", b"<html>Down</html>"), "has trouble of its own"),
        ((407, "text/html", b"<html>Who are you</html>"), "A proxy on the way wants to know who you are"),
        ((200, "application/json", b"[1, 2]"), "no answer of Microsoft's sign-in service"),
    ],
)
@pytest.mark.parametrize("way", [Way.BROWSER, Way.CODE])
def test_what_is_not_the_sign_in_service_is_told_apart(
    at: Rig, way: Way, page: tuple[int, str, bytes], said: str
) -> None:
    at.authority.instead = page
    desk = at.desk()
    error = at.refused(desk, way=way)
    assert isinstance(error, UnreadableAnswer)
    assert said in error.why
    # Once it is gone, the same desk signs in.
    at.authority.instead = None
    assert at.sign_in(desk).account.username == ADMIN


def test_a_web_page_in_place_of_the_token_is_told_apart_too(at: Rig) -> None:
    desk = at.desk()
    signed_in = at.sign_in(desk)
    source = desk.token_source(signed_in)
    token = source(Work())
    at.authority.instead = (200, "text/html", b"<html>Hotel</html>")
    with pytest.raises(UnreadableAnswer, match="A web page came back"):
        source(Work(), refused=token)
    at.authority.instead = None
    assert source(Work(), refused=token) != token


@pytest.mark.parametrize("offset_h", [-3, 5])
def test_a_clock_that_is_off_by_hours_is_named_as_the_cause(at: Rig, offset_h: int) -> None:
    at.authority.offset_s = offset_h * 3600.0
    at.authority.fail_next("invalid_grant", 50173)
    error = at.refused(at.desk())
    direction = "behind" if offset_h > 0 else "ahead of"
    assert f"The clock of this computer is {abs(offset_h)} hours {direction} Microsoft's" in error.why
    assert "date, time and time zone" in error.next_step


def test_a_clock_that_is_off_does_not_hide_what_a_person_decided(at: Rig) -> None:
    at.authority.offset_s = 7200.0
    error = at.refused(at.desk(at.person(accept=False)))
    assert error.why.startswith("Consent was declined.")


@pytest.mark.parametrize("offset_s", [-7200.0, 7200.0])
def test_a_clock_that_is_off_does_not_keep_anybody_out(at: Rig, offset_s: float) -> None:
    at.authority.offset_s = offset_s
    assert at.sign_in(at.desk()).account.username == ADMIN


@pytest.mark.parametrize("tenant", ["nowhere.example.com", "99999999-2222-4333-8444-555555555555"])
def test_a_tenant_that_does_not_exist_is_named_as_the_cause(at: Rig, tenant: str) -> None:
    error = at.refused(at.desk(tenant=tenant))
    assert isinstance(error, SignInFailed)
    assert error.details.codes == ("invalid_tenant", "AADSTS90002")
    assert error.why == f"There is no tenant {tenant} in this cloud."


@pytest.mark.parametrize("tenant", ["", "a/b", "../common", "two words", "https://example.com"])
def test_what_is_no_tenant_is_never_put_into_an_address(at: Rig, tenant: str) -> None:
    error = at.refused(at.desk(tenant=tenant))
    assert "no such tenant" in error.why or f"There is no tenant {tenant}" in error.why
    assert at.transport.sent == []


def test_without_a_client_id_it_says_what_to_enter(at: Rig) -> None:
    assert "client ID" in at.refused(at.desk(client_id="")).next_step
    assert at.transport.sent == []


def test_an_app_registration_that_nobody_knows_ends_at_the_page(at: Rig) -> None:
    # Entra says this in the browser and does not come back; the wait ends with Cancel or in time.
    person = at.person()
    error = at.refused(at.desk(person, client_id=ELSEWHERE, patience_s=0.5))
    person.leave()
    assert "unauthorized_client" in person.shown[0].text
    assert error.why == "Nobody came back from the browser in time."


# ------------------------------------------------------------------------------------- what stays in the house


def test_what_msal_logs_reaches_no_handler(at: Rig, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        desk = at.desk()
        signed_in = at.sign_in(desk)
        source = desk.token_source(signed_in)
        source(Work(), refused=source(Work()))
        at.authority.instead = (200, "text/html", b"<html></html>")
        with pytest.raises(UnreadableAnswer):
            source(Work(), refused=source(Work()))
    assert not [record for record in caplog.records if record.name.startswith("msal")]
    for secret in at.authority.secrets().values():
        assert secret not in caplog.text


def test_msal_stays_unloaded_until_somebody_signs_in() -> None:
    code = (
        "import sys; import scim_assistant.signin.desk, scim_assistant.signin.token_cache;"
        "print([name for name in ('msal', 'cryptography', 'httpx', 'keyring', 'requests') if name in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert ran.stdout.strip() == "[]"


def test_only_the_authority_of_the_cloud_is_asked(at: Rig) -> None:
    desk = at.desk()
    source = desk.token_source(at.sign_in(desk))
    source(Work(), refused=source(Work()))
    # Where nobody is known and where nothing can be renewed, MSAL would look for other names of the cloud.
    at.authority.revoke(ADMIN)
    with pytest.raises(SignInNeeded):
        source(Work(), refused=source(Work()))
    assert {address.partition("?")[0] for _, address in at.transport.sent} == {
        f"{SIGN_IN}/{TENANT}/v2.0/.well-known/openid-configuration",
        f"{SIGN_IN}/{TENANT}/oauth2/v2.0/token",
    }


# ---------------------------------------------------------------------------------------------------- the choice


def test_the_broker_comes_first_where_there_is_one(at: Rig) -> None:
    assert at.desk(nobody).ways == (Way.BROWSER, Way.CODE)
    assert at.desk(nobody, with_broker=True).ways == (Way.BROKER, Way.BROWSER, Way.CODE)


def test_the_well_known_client_works_only_with_the_broker(at: Rig) -> None:
    assert at.desk(nobody, client_id=COMMAND_LINE_CLIENT, with_broker=True).ways == (Way.BROKER,)
    without = at.desk(nobody, client_id=COMMAND_LINE_CLIENT)
    assert without.ways == ()
    assert "account service" in at.refused(without).why
    assert at.transport.sent == []


def test_a_way_that_does_not_work_here_is_refused_in_words(at: Rig) -> None:
    assert at.refused(at.desk(nobody), way=Way.BROKER).why == "This way to sign in does not work here."


@pytest.mark.skipif(broker.is_available(), reason="this computer has the runtime of a broker")
def test_a_broker_that_does_not_work_gives_way_to_the_browser(at: Rig) -> None:
    signed_in = at.sign_in(at.desk(with_broker=True))
    assert signed_in.way is Way.BROWSER
    assert [waiting.way for waiting in at.waits] == [Way.BROKER, Way.BROWSER]
    error = at.refused(at.desk(nobody, with_broker=True), way=Way.BROKER)
    assert "does not answer" in error.why


@pytest.mark.parametrize(
    ("system", "machine", "may_be"),
    [
        ("win32", "AMD64", True),
        ("darwin", "arm64", True),
        ("darwin", "x86_64", False),
        ("freebsd14", "", False),
    ],
)
def test_a_broker_is_looked_for_where_a_platform_can_have_one(
    system: str, machine: str, may_be: bool
) -> None:
    has_runtime = broker.is_available("win32", "AMD64")
    assert broker.is_available(system, machine) is (may_be and has_runtime)
    assert bool(broker.switches(system)) is (system != "freebsd14")


# ----------------------------------------------------------------------------------------------- a real browser


def test_a_real_browser_signs_in_and_consents(at: Rig) -> None:
    with chromium() as browser:
        person = at.person()
        person.browser = browser
        desk = at.desk(person)
        signed_in = at.sign_in(desk)
        person.leave()
        assert person.shown[0].title == "You are signed in - SCIM Assistant"
        assert at.authority.consents_of(ADMIN, CLIENT) == frozenset(LOOK)
        assert desk.token_source(signed_in)(Work())


def test_a_real_browser_brings_back_a_refusal(at: Rig) -> None:
    with chromium() as browser:
        person = at.person(accept=False)
        person.browser = browser
        error = at.refused(at.desk(person))
        person.leave()
        assert error.details.codes == ("access_denied", "AADSTS65004")
        assert "Consent was declined." in person.shown[0].text
