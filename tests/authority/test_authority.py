"""The pretend sign-in service keeps the rules that Entra keeps, since tests of signing in lean on them."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from scim_assistant.practice.answers import Refused
from scim_assistant.practice.loopback import LoopbackServer
from scim_assistant.sentence import say
from scim_assistant.transport import HttpRequest
from scim_assistant.work import Work
from tests.authority.browser import Browser, HttpBrowser, Visitor
from tests.authority.chromium import chromium
from tests.authority.mapped import GRAPH, SIGN_IN, MappedTransport
from tests.authority.server import AUTHORIZE, Authority
from tests.authority.state import ADMIN, CLIENT, PASSWORD, TENANT, Person

HELPER = "helper@example.com"
VERIFIER = "a-verifier-of-some-forty-and-more-characters-0123"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
READ = f"{GRAPH}/User.Read"
SYNC = f"{GRAPH}/Synchronization.ReadWrite.All"


class Program:
    """The least that a program does to sign somebody in; answers come back to its own port."""

    def __init__(self, authority: Authority) -> None:
        self.authority = authority
        self.transport = MappedTransport(authority.place)
        self.came: list[dict[str, str]] = []
        self._server = LoopbackServer(self._take, "program")
        self.redirect = f"http://localhost:{self._server.start()}"

    def _take(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        text = environ["wsgi.input"].read().decode() or environ["QUERY_STRING"]
        if environ["PATH_INFO"] == "/":
            self.came.append({name: values[0] for name, values in parse_qs(text).items()})
        start_response("200 OK", [("Content-Type", "text/html")])
        return [b"<p>You are back.</p>"]

    def address(self, scopes: str = READ, **more: str) -> str:
        fields = {
            "client_id": CLIENT,
            "response_type": "code",
            "redirect_uri": self.redirect,
            "scope": f"openid profile offline_access {scopes}",
            "state": "state-1",
            "nonce": "nonce-1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "response_mode": "form_post",
            **more,
        }
        return f"{self.authority.root}/{TENANT}/oauth2/v2.0/authorize?{urlencode(fields)}"

    def post(self, what: str, **fields: str) -> dict[str, Any]:
        body = urlencode({"client_id": CLIENT, **fields}).encode()
        request = HttpRequest(
            "POST",
            f"{SIGN_IN}/{TENANT}/oauth2/v2.0/{what}",
            say("Nothing."),
            {"Content-Type": "application/x-www-form-urlencoded"},
            body,
        )
        told: dict[str, Any] = json.loads(self.transport.send(request, Work()).body)
        return told

    def redeem(self, code: str, **more: str) -> dict[str, Any]:
        fields = {"code": code, "redirect_uri": self.redirect, "code_verifier": VERIFIER, **more}
        return self.post("token", grant_type="authorization_code", **fields)

    def refresh(self, token: str, scopes: str = READ, **more: str) -> dict[str, Any]:
        return self.post("token", grant_type="refresh_token", refresh_token=token, scope=scopes, **more)

    def close(self) -> None:
        self._server.stop()
        self.transport.close()


@pytest.fixture
def authority() -> Iterator[Authority]:
    with Authority() as authority:
        authority.people[HELPER] = Person(name="Hella Helper", admin=False)
        yield authority


@pytest.fixture
def program(authority: Authority) -> Iterator[Program]:
    program = Program(authority)
    yield program
    program.close()


@pytest.fixture
def browser() -> Iterator[HttpBrowser]:
    browser = HttpBrowser()
    yield browser
    browser.close()


def signed_in(program: Program, browser: Browser, upn: str = ADMIN, **more: str) -> dict[str, Any]:
    """Sign in from page to tokens."""
    browser.sign_in(program.address(**more), upn, PASSWORD)
    return program.redeem(program.came[-1]["code"])


def sign_in_and_read_the_page(program: Program, browser: Browser) -> None:
    shown = browser.sign_in(program.address(), ADMIN, PASSWORD)
    assert shown.text == "You are back."
    assert program.came[0]["state"] == "state-1"
    told = program.redeem(program.came[0]["code"])
    assert told["scope"] == f"openid profile {READ}"
    claims = json.loads(base64.urlsafe_b64decode(told["id_token"].split(".")[1] + "=="))
    assert claims["tid"] == TENANT
    assert claims["nonce"] == "nonce-1"
    assert claims["preferred_username"] == ADMIN
    assert program.authority.admission(told["access_token"]) == {"User.Read"}


def test_a_person_signs_in_and_the_program_gets_tokens(program: Program, browser: HttpBrowser) -> None:
    sign_in_and_read_the_page(program, browser)


def test_a_real_browser_does_the_same(program: Program) -> None:
    with chromium() as browser:
        sign_in_and_read_the_page(program, browser)
        wrong = browser.sign_in(program.address(), ADMIN, "wrong")
        assert "incorrect" in wrong.text
        browser.sign_in(program.address(SYNC), ADMIN, PASSWORD, accept=False)
        assert program.came[-1]["error"] == "access_denied"
        device = program.post("devicecode", scope=READ)
        shown = browser.enter_code(device["verification_uri"], device["user_code"], ADMIN, PASSWORD)
        assert shown.title == "Signed in"


def test_an_answer_by_address_comes_back_too(program: Program, browser: HttpBrowser) -> None:
    browser.sign_in(program.address(response_mode="query"), ADMIN, PASSWORD)
    assert program.redeem(program.came[0]["code"])["access_token"]


def test_a_code_works_once_and_only_for_who_began(program: Program, browser: HttpBrowser) -> None:
    browser.sign_in(program.address(), ADMIN, PASSWORD)
    code = program.came[0]["code"]
    assert program.redeem(code)["access_token"]
    assert program.redeem(code)["error"] == "invalid_grant"
    for other in ({"code_verifier": "another"}, {"redirect_uri": "http://localhost:1"}, {"client_id": "x"}):
        browser.sign_in(program.address(), ADMIN, PASSWORD)
        assert "error" in program.redeem(program.came[-1]["code"], **other), other


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"redirect_uri": "http://127.0.0.1:5000"}, "50011"),
        ({"redirect_uri": "https://example.com"}, "50011"),
        ({"client_id": "11111111-1111-4111-8111-111111111111"}, "700016"),
    ],
)
def test_what_cannot_be_answered_is_a_page(
    program: Program, browser: HttpBrowser, more: dict[str, str], said: str
) -> None:
    shown = browser.sign_in(program.address(**more), ADMIN, PASSWORD)
    assert f"AADSTS{said}" in shown.text
    assert not program.came


def test_without_pkce_there_is_no_code(program: Program, browser: HttpBrowser) -> None:
    browser.sign_in(program.address(code_challenge=""), ADMIN, PASSWORD)
    assert program.came[0]["error"] == "invalid_request"


def test_consent_is_asked_once_and_can_be_refused(program: Program, browser: HttpBrowser) -> None:
    browser.sign_in(program.address(SYNC), ADMIN, PASSWORD, accept=False)
    assert program.came[-1]["error"] == "access_denied"
    assert "AADSTS65004" in program.came[-1]["error_description"]
    assert program.authority.consents_of(ADMIN) == set()
    told = signed_in(program, browser, scopes=SYNC)
    assert program.authority.admission(told["access_token"]) == {"Synchronization.ReadWrite.All"}
    browser.sign_in(program.address(SYNC), ADMIN, PASSWORD, accept=False)
    assert "code" in program.came[-1], "nothing is left to ask"


def test_only_an_administrator_grants_the_wide_permissions(program: Program, browser: HttpBrowser) -> None:
    browser.sign_in(program.address(SYNC), HELPER, PASSWORD)
    assert "AADSTS90094" in program.came[-1]["error_description"]
    program.authority.consented.add("Synchronization.ReadWrite.All")
    told = signed_in(program, browser, HELPER, scopes=SYNC)
    assert program.authority.admission(told["access_token"]) == {"Synchronization.ReadWrite.All"}


def test_a_token_holds_all_that_was_consented_to_unless_told(program: Program, browser: HttpBrowser) -> None:
    signed_in(program, browser, scopes=SYNC)
    told = signed_in(program, browser)
    assert program.authority.admission(told["access_token"]) == {"Synchronization.ReadWrite.All", "User.Read"}
    program.authority.gives_all_consented = False
    told = program.refresh(told["refresh_token"])
    assert program.authority.admission(told["access_token"]) == {"User.Read"}
    program.authority.withheld.add("User.Read")
    told = program.refresh(told["refresh_token"])
    assert program.authority.admission(told["access_token"]) == set()


def test_a_renewal_needs_consent_and_dies_when_it_is_revoked(program: Program, browser: HttpBrowser) -> None:
    told = signed_in(program, browser)
    again = program.refresh(told["refresh_token"])
    assert again["refresh_token"] != told["refresh_token"]
    refused = program.refresh(again["refresh_token"], SYNC)
    assert (refused["error"], refused["suberror"]) == ("invalid_grant", "consent_required")
    program.authority.revoke(ADMIN)
    refused = program.refresh(again["refresh_token"])
    assert (refused["error"], refused["error_codes"]) == ("invalid_grant", [50173])
    assert program.authority.admission(again["access_token"]), "an access token outlives it"


def test_access_tokens_expire(program: Program, browser: HttpBrowser) -> None:
    told = signed_in(program, browser)
    program.authority.expire_now()
    with pytest.raises(Refused, match="expired"):
        program.authority.admission(told["access_token"])
    again = program.refresh(told["refresh_token"])
    assert program.authority.admission(again["access_token"]) == {"User.Read"}
    program.authority.lifetime_s = -1
    late = program.refresh(told["refresh_token"])
    with pytest.raises(Refused, match="expired"):
        program.authority.admission(late["access_token"])


def challenge(authority: Authority, token: str) -> dict[str, Any]:
    """The claims that Graph would ask for."""
    with pytest.raises(Refused) as refused:
        authority.admission(token)
    header = refused.value.headers["WWW-Authenticate"]
    assert refused.value.status == 401
    assert 'error="insufficient_claims"' in header
    told: dict[str, Any] = json.loads(base64.b64decode(header.partition('claims="')[2].partition('"')[0]))
    return told


def test_a_claims_challenge_stands_until_a_token_answers_it(program: Program, browser: HttpBrowser) -> None:
    told = signed_in(program, browser)
    wanted = {"access_token": {"nbf": {"essential": True, "value": "1"}}}
    program.authority.demand_claims(ADMIN, wanted)
    assert challenge(program.authority, told["access_token"]) == wanted
    blind = program.refresh(told["refresh_token"])
    challenge(program.authority, blind["access_token"])
    capable = {"access_token": {**wanted["access_token"], "xms_cc": {"values": ["CP1"]}}}
    answered = program.refresh(told["refresh_token"], claims=json.dumps(capable))
    assert program.authority.admission(answered["access_token"]) == {"User.Read"}
    later = program.refresh(answered["refresh_token"])
    assert program.authority.admission(later["access_token"]) == {"User.Read"}, "once is enough"
    challenge(program.authority, told["access_token"])


def test_a_claims_challenge_may_need_the_person(program: Program, browser: HttpBrowser) -> None:
    told = signed_in(program, browser)
    wanted = {"access_token": {"acrs": {"essential": True, "value": "c1"}}}
    program.authority.demand_claims(ADMIN, wanted, needs_person=True)
    refused = program.refresh(told["refresh_token"], claims=json.dumps(wanted))
    assert refused["error"] == "interaction_required"
    assert json.loads(refused["claims"]) == wanted
    again = signed_in(program, browser, claims=json.dumps(wanted))
    assert program.authority.admission(again["access_token"]) == {"User.Read"}


def test_a_device_code_waits_for_the_person(program: Program, browser: HttpBrowser) -> None:
    def poll(device: dict[str, Any]) -> dict[str, Any]:
        grant = "urn:ietf:params:oauth:grant-type:device_code"
        return program.post("token", grant_type=grant, device_code=device["device_code"])

    device = program.post("devicecode", scope=f"openid {READ}")
    assert poll(device)["error"] == "authorization_pending"
    wrong = browser.enter_code(device["verification_uri"], "WRONG", ADMIN, PASSWORD)
    assert "did not work" in wrong.text
    browser.enter_code(device["verification_uri"], device["user_code"].lower(), ADMIN, PASSWORD)
    assert program.authority.admission(poll(device)["access_token"]) == {"User.Read"}

    device = program.post("devicecode", scope=SYNC)
    browser.enter_code(device["verification_uri"], device["user_code"], ADMIN, PASSWORD, accept=False)
    assert poll(device)["error"] == "authorization_declined"

    program.authority.device_lifetime_s = 0
    assert poll(program.post("devicecode", scope=READ))["error"] == "expired_token"
    program.authority.device_lifetime_s = 900
    program.authority.clients[CLIENT].public_flows = False
    assert poll(program.post("devicecode", scope=READ))["error_codes"] == [7000218]


def test_accounts_of_other_tenants_come_in_when_invited(program: Program, browser: HttpBrowser) -> None:
    home = "aaaaaaaa-1111-4222-8333-444444444444"
    program.authority.tenants[home] = home
    program.authority.people["guest@example.com"] = guest = Person(home_tenant_id=home)
    shown = browser.sign_in(program.address(), "guest@example.com", PASSWORD)
    assert "AADSTS50020" in shown.text
    guest.guest_in.add(TENANT)
    told = signed_in(program, browser, "guest@example.com")
    claims = json.loads(base64.urlsafe_b64decode(told["id_token"].split(".")[1] + "=="))
    who = json.loads(base64.urlsafe_b64decode(told["client_info"] + "=="))
    assert (claims["tid"], who["utid"]) == (TENANT, home)


def test_failures_are_answered_once_and_in_order(program: Program, browser: HttpBrowser) -> None:
    authority = program.authority
    authority.fail_next("invalid_grant", 50076, suberror="basic_action")
    authority.fail_next("temporarily_unavailable", 90033, status=503)
    authority.fail_next("server_error", 50000, where=AUTHORIZE)
    first, second = program.refresh("any"), program.refresh("any")
    assert (first["error"], first["suberror"]) == ("invalid_grant", "basic_action")
    assert first["error_description"].startswith("AADSTS50076: ")
    assert second["error"] == "temporarily_unavailable"
    browser.sign_in(program.address(), ADMIN, PASSWORD)
    assert program.came[-1]["error"] == "server_error"
    signed_in(program, browser)


def test_a_portal_stands_in_the_way_of_programs(program: Program) -> None:
    program.authority.instead = (200, "text/html", b"<h1>Hotel</h1>")
    with pytest.raises(ValueError, match="Expecting value"):
        program.refresh("any")


def test_its_clock_can_be_wrong(program: Program, browser: HttpBrowser) -> None:
    program.authority.offset_s = 7200
    told = signed_in(program, browser)
    claims = json.loads(base64.urlsafe_b64decode(told["id_token"].split(".")[1] + "=="))
    assert claims["iat"] - time.time() > 6000


def test_a_tenant_that_nobody_knows(program: Program) -> None:
    address = f"{SIGN_IN}/nowhere.example.com/v2.0/.well-known/openid-configuration"
    answer = program.transport.send(HttpRequest("GET", address, say("Nothing.")), Work())
    assert answer.status == 400
    assert json.loads(answer.body)["error"] == "invalid_tenant"


def test_everything_given_out_is_remembered(program: Program, browser: HttpBrowser) -> None:
    told = signed_in(program, browser)
    device = program.post("devicecode", scope=READ)
    known = set(program.authority.secrets().values())
    assert {told["access_token"], told["refresh_token"], device["device_code"]} <= known
    assert program.came[0]["code"] in known
    (seen,) = program.authority.requests("token")
    assert seen.fields["code_verifier"] == VERIFIER


def test_nothing_goes_elsewhere(program: Program, browser: HttpBrowser) -> None:
    with pytest.raises(AssertionError, match="graph"):
        program.transport.send(HttpRequest("GET", f"{GRAPH}/v1.0/me", say("Nothing.")), Work())
    for other in (f"{SIGN_IN}.example.com/", f"{SIGN_IN}:444/", "http://login.microsoftonline.com/"):
        with pytest.raises(AssertionError):
            program.transport.send(HttpRequest("GET", other, say("Nothing.")), Work())
    with pytest.raises(AssertionError):
        browser.sign_in("https://login.microsoftonline.com/", ADMIN, PASSWORD)
    assert program.transport.sent[0] == ("GET", f"{GRAPH}/v1.0/me")


def test_a_visitor_signs_in_beside_the_program(program: Program, browser: HttpBrowser) -> None:
    visitor = Visitor(browser, ADMIN, PASSWORD)
    assert visitor(program.address()) is True
    visitor.leave()
    assert visitor.shown[0].text == "You are back."
    assert urlsplit(visitor.opened[0]).path.endswith("/authorize")
    visitor("http://localhost:1/")
    with pytest.raises(httpx.ConnectError):
        visitor.leave()
