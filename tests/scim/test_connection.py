"""The connection test from this computer against services of every kind: which layer, whose side, how sure."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from scim_assistant.check import Outcome
from scim_assistant.errors import Cancelled
from scim_assistant.scim.connection import HereTest, run_layers
from scim_assistant.scim.layers import TITLES
from scim_assistant.scim.verdict import Side, SidedCheck
from scim_assistant.transport import HttpTransport
from scim_assistant.work import Work
from tests.hostile import reply
from tests.scim.service import CONFIG, EMPTY, ERROR, LIST, PAGE, SCIM, TOKEN, Service, error, run, target_of


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as service:
        yield service


def outcomes(found: HereTest) -> dict[str, str]:
    return {check.key: check.outcome.value for check in found.layers}


def test_a_good_service_passes_every_layer(service: Service) -> None:
    told: list[SidedCheck] = []
    found = run(target_of(service), told=told)
    assert set(outcomes(found).values()) - {"skipped"} == {"pass"}
    assert found.layer("tls").outcome is Outcome.SKIPPED
    assert (found.verdict.side, found.verdict.outcome, found.requests) == ("none", Outcome.PASS, 6)
    assert found.seconds > 0
    # Each layer is told as running and then as it came out, in order; the one without encryption only as skipped.
    began = [check.key for check in told if check.outcome is Outcome.RUNNING]
    assert began == [key for key in TITLES if key != "tls"]
    assert [check for check in told if check.outcome is not Outcome.RUNNING] == list(found.layers)
    assert all(check.seconds is not None for check in found.layers if check.key not in ("address", "tls"))


def test_it_asks_as_entra_asks_for_names_that_cannot_exist(service: Service) -> None:
    run(target_of(service, "/scim/v2?aadOptscim062020", matching_user="externalId"))
    run(target_of(service))
    asked = [urlsplit(seen.target) for seen in service.seen]
    assert [place.path.rpartition("/")[2] for place in asked[:6]] == [
        "Users", "Users", "Groups", "ServiceProviderConfig", "Schemas", "Users",
    ]  # fmt: skip
    assert {seen.method for seen in service.seen} == {"GET"}
    names = set()
    for place, attribute in ((asked[0], "externalId"), (asked[2], "displayName"), (asked[6], "userName")):
        text = parse_qs(place.query)["filter"][0]
        assert text.startswith(f'{attribute} eq "')
        names.add(uuid.UUID(text.removeprefix(f'{attribute} eq "').removesuffix('"')))
    assert len(names) == 3
    assert parse_qs(asked[2].query)["excludedAttributes"] == ["members"]
    assert asked[0].query.endswith("&aadOptscim062020")
    assert asked[5].query == "startIndex=1&count=1&attributes=id&aadOptscim062020"


def test_the_spoilt_token_looks_like_the_real_one_and_is_sent_once(service: Service) -> None:
    run(target_of(service))
    first, second, *rest = service.tokens
    assert first == TOKEN
    assert second != TOKEN
    assert len(second) == len(TOKEN)
    assert set(rest) == {TOKEN}
    assert service.seen[0].target == service.seen[1].target


def changed(**more: Any) -> bytes:
    return reply(200, EMPTY | more, SCIM)


def without(name: str) -> bytes:
    return reply(200, {key: value for key, value in EMPTY.items() if key != name}, SCIM)


LOGIN = b"<html><head><title>Sign in</title>"
URN = LIST.encode()
USER_URN = "urn:ietf:params:scim:schemas:core:2.0:User"
PERSON = {"id": "7", "userName": "ana@contoso.com"}

CASES: dict[str, tuple[dict[str, Any], str, str, str, str, str]] = {
    # name: what the service does; layer, outcome, side, how sure, words
    "page for people": ({"users": reply(200, LOGIN, "text/html")},
        "http", "fail", "address", "likely", "page for people"),
    "page labelled as SCIM": ({"users": reply(200, LOGIN, SCIM)}, "http", "fail", "address", "likely", "web page"),
    "page for 404": ({"users": reply(404, LOGIN, "text/html"), "page": reply(404, LOGIN, "text/html")},
        "http", "fail", "address", "likely", "no SCIM service"),
    "404 without a body": ({"users": reply(404, b"", ""), "page": reply(404, b"", "")},
        "http", "fail", "address", "likely", "no SCIM service"),
    "404 of a SCIM service": ({"users": error(404), "page": error(404)},
        "scim", "fail", "address", "possible", "nothing at this address"),
    "404 for nobody": ({"users": error(404)}, "scim", "fail", "vendor", "certain", "404 where nobody is found"),
    "plain 404 for nobody": ({"users": reply(404, b"none", "text/plain")},
        "scim", "fail", "vendor", "certain", "404 where nobody is found"),
    "redirect elsewhere": ({"users": reply(302, b"", location="https://api.example.com/scim/Users?a=1")},
        "http", "fail", "address", "likely", "api.example.com"),
    "redirect to a sign-in": ({"users": reply(302, b"", location="/users/sign_in")},
        "http", "fail", "address", "likely", "sign-in page"),
    "redirect for a slash": ({"users": reply(301, b"", location="/scim/v2/Users/?filter=a")},
        "http", "fail", "vendor", "likely", "another slash"),
    "redirect to nowhere": ({"users": reply(307, b"", location="http://[::1/")},
        "http", "fail", "address", "likely", "without a usable address"),
    "redirect without a place": ({"users": reply(300, b"")}, "http", "fail", "address", "likely", "somewhere else"),
    "not modified": ({"users": reply(304, b"")}, "http", "fail", "address", "likely", "304"),
    "proxy in the way": ({"users": reply(407, b"")}, "http", "fail", "network", "likely", "sign-in before"),
    "captive portal": ({"users": reply(511, LOGIN, "text/html")}, "http", "fail", "network", "likely", "sign-in before"),
    "fault": ({"users": reply(500, LOGIN, "text/html")}, "http", "fail", "vendor", "likely", "fault of its own"),
    "gateway": ({"users": reply(502, b"")}, "http", "fail", "vendor", "likely", "not up"),
    "odd status": ({"users": reply(451, b"")}, "http", "fail", "vendor", "likely", "451"),
    "text": ({"users": reply(200, b"hello", "text/plain")}, "http", "fail", "address", "likely", "text/plain"),
    "bytes": ({"users": reply(200, b"\x00\xff", "")}, "http", "fail", "address", "likely", "Something else"),
    "wrong label": ({"users": reply(200, EMPTY, "text/plain")}, "http", "warn", "vendor", "possible", "text/plain"),
    "label of a page": ({"users": reply(200, EMPTY, "text/html")}, "http", "warn", "vendor", "possible", "text/html"),
    "label of a page, no JSON": ({"users": reply(200, b"{{ page }}", "text/html")},
        "http", "fail", "address", "likely", "text/html"),
    "a person and no list": ({"users": reply(200, PERSON | {"schemas": [USER_URN]}, SCIM)},
        "scim", "fail", "vendor", "certain", "names 1 person"),
    "no label": ({"users": reply(200, EMPTY, "")}, "http", "warn", "vendor", "possible", "what kind"),
    "firewall": ({"users": reply(403, LOGIN, "text/html")}, "http", "fail", "vendor", "possible", "firewall"),
    "wrong token": ({"users": error(401)}, "authentication", "fail", "token", "likely", "refuses the token"),
    "wrong token, no words": ({"users": reply(401, b"", "")}, "authentication", "fail", "token", "likely", "refuses"),
    "wrong token, a page": ({"users": reply(401, LOGIN, "text/html")},
        "authentication", "fail", "token", "likely", "refuses"),
    "other sign-in": ({"users": reply(401, b"", "", www_authenticate='Basic realm="x", NTLM')},
        "authentication", "fail", "address", "possible", "Basic, NTLM"),
    "token without rights": ({"users": error(403)}, "authentication", "fail", "token", "likely", "does not allow"),
    "tokens unchecked": ({"wrong": None}, "authentication", "fail", "vendor", "certain", "does not check tokens"),
    "spoilt token 403": ({"wrong": error(403)}, "authentication", "warn", "vendor", "certain", "status 403"),
    "spoilt token 400": ({"wrong": error(400)}, "authentication", "warn", "vendor", "likely", "status 400"),
    "spoilt token 500": ({"wrong": reply(500, b"")}, "authentication", "warn", "vendor", "likely", "status 500"),
    "spoilt token page": ({"wrong": reply(200, LOGIN, "text/html")},
        "authentication", "warn", "vendor", "likely", "something else"),
    "spoilt token 200 error": ({"wrong": reply(200, {"error": "who?"}, SCIM)},
        "authentication", "warn", "vendor", "likely", "something else"),
    "spoilt token redirect": ({"wrong": reply(302, b"", location="/login")},
        "authentication", "warn", "vendor", "likely", "302"),
    "spoilt token busy": ({"wrong": reply(429, b"", retry_after="99")},
        "authentication", "warn", "vendor", "possible", "not known"),
    "spoilt token hangs up": ({"wrong": lambda connection: None},
        "authentication", "warn", "vendor", "possible", "no usable answer"),
    "same refusal for both": ({"users": error(400), "wrong": error(400)},
        "scim", "fail", "vendor", "likely", "does not accept"),
    "filter ignored": ({"users": changed(totalResults=61, Resources=[PERSON] * 61)},
        "scim", "fail", "vendor", "certain", "61 people"),
    "filter ignored, a page of many": ({"users": changed(totalResults=4711, Resources=[PERSON])},
        "scim", "fail", "vendor", "certain", "4,711 people"),
    "none counted, one named": ({"users": changed(Resources=[PERSON])},
        "scim", "fail", "vendor", "certain", "1 person"),
    "no people, only odd things": ({"users": changed(Resources=[None])}, "scim", "fail", "vendor", "certain", "1 person"),
    "counted, not named": ({"users": changed(totalResults=3)}, "scim", "fail", "vendor", "likely", "counts 3 people"),
    "less than none": ({"users": changed(totalResults=-1)}, "scim", "fail", "vendor", "likely", "counts"),
    "total as text": ({"users": changed(totalResults="0")}, "scim", "fail", "vendor", "likely", "whole number"),
    "total as fraction": ({"users": changed(totalResults=0.5)}, "scim", "fail", "vendor", "likely", "whole number"),
    "total as truth": ({"users": changed(totalResults=False)}, "scim", "fail", "vendor", "likely", "whole number"),
    "total beyond numbers": ({"users": reply(200, b'{"schemas":["%s"],"totalResults":%s}' % (URN, b"9" * 999), SCIM)},
        "scim", "fail", "vendor", "likely", "whole number"),
    "no total": ({"users": without("totalResults")}, "scim", "fail", "vendor", "likely", "whole number"),
    "resources as object": ({"users": changed(Resources={"a": 1})}, "scim", "fail", "vendor", "likely", "not a list"),
    "people in other letters": (
        {"users": reply(200, {"schemas": [LIST], "totalResults": 0, "resources": [PERSON]}, SCIM)},
        "scim", "fail", "vendor", "certain", "1 person"),
    "counted in other letters": (
        {"users": reply(200, {"schemas": [LIST], "totalResults": 0, "TotalResults": 5, "Resources": []}, SCIM)},
        "scim", "fail", "vendor", "likely", "same thing twice"),
    "empty in other letters": ({"users": reply(200, {"Schemas": [LIST], "TotalResults": 0, "resources": []}, SCIM)},
        "scim", "warn", "vendor", "possible", "other letters"),
    "an error as success": ({"users": reply(200, {"schemas": [ERROR], "status": "404", "detail": "No."}, SCIM)},
        "scim", "fail", "vendor", "likely", "an error"),
    "an error that is a list": ({"users": changed(schemas=[LIST, ERROR], status="500")},
        "scim", "fail", "vendor", "likely", "an error"),
    "any token gets an empty list and a note": ({"wrong": changed(note="hello")},
        "authentication", "fail", "vendor", "certain", "does not check tokens"),
    "a sign-in of the kind Token": ({"users": reply(401, b"", www_authenticate="Token")},
        "authentication", "fail", "token", "likely", "refuses the token"),
    "no mark": ({"users": without("schemas")}, "scim", "warn", "vendor", "possible", "lacks the mark"),
    "mark as text": ({"users": changed(schemas=LIST)}, "scim", "warn", "vendor", "possible", "lacks the mark"),
    "said twice": ({"users": reply(200, b'{"schemas":["%s"],"totalResults":5,"totalResults":0}' % URN, SCIM)},
        "scim", "fail", "vendor", "likely", "same thing twice"),
    "odd key twice": ({"users": reply(200, b'{"schemas":["%s"],"totalResults":0,"x":1,"x":2}' % URN, SCIM)},
        "scim", "warn", "vendor", "possible", "stand twice"),
    "byte order mark": ({"users": reply(200, b"\xef\xbb\xbf" + json.dumps(EMPTY).encode(), SCIM)},
        "scim", "warn", "vendor", "possible", "byte order mark"),
    "other JSON": ({"users": reply(200, {"status": "ok"}, SCIM)}, "scim", "fail", "address", "likely", "not a SCIM list"),
    "an array": ({"users": reply(200, [], SCIM)}, "scim", "fail", "address", "likely", "not a SCIM list"),
    "version 1": ({"users": reply(200, {"schemas": ["urn:scim:schemas:core:1.0"], "totalResults": 0}, SCIM)},
        "scim", "fail", "address", "certain", "SCIM 1"),
    "empty": ({"users": reply(200, b"", SCIM)}, "scim", "fail", "vendor", "certain", "empty"),
    "cut": ({"users": reply(200, b'{"schemas": [', SCIM)}, "scim", "fail", "vendor", "certain", "breaks off"),
    "not JSON": ({"users": reply(200, b"{'a': 1}", SCIM)}, "scim", "fail", "vendor", "certain", "not valid JSON"),
    "Latin-1": ({"users": reply(200, b'{"a": "\xe9"}', SCIM)}, "scim", "fail", "vendor", "certain", "UTF-8"),
    "200 levels": ({"users": reply(200, b'{"a":' * 200 + b"1" + b"}" * 200, SCIM)},
        "scim", "fail", "vendor", "certain", "nested"),
    "no content": ({"users": reply(204, b"", "")}, "scim", "fail", "vendor", "likely", "204"),
    "no filter": ({"users": error(400, scimType="invalidFilter")}, "scim", "fail", "vendor", "likely", "does not accept"),
    "no search": ({"users": reply(405, b"")}, "scim", "fail", "vendor", "likely", "does not offer"),
    "no such kind": ({"users": reply(406, b"")}, "scim", "fail", "vendor", "likely", "scim+json"),
    "conflict": ({"users": error(409)}, "scim", "fail", "vendor", "likely", "409"),
    "no groups": ({"groups": error(404)}, "groups", "warn", "vendor", "likely", "no groups"),
    "groups not built": ({"groups": reply(501, b"")}, "groups", "warn", "vendor", "likely", "no groups"),
    "groups forbidden": ({"groups": error(403)}, "groups", "fail", "token", "likely", "not for groups"),
    "groups broken": ({"groups": reply(500, b"")}, "groups", "fail", "vendor", "likely", "500"),
    "groups ignore the filter": ({"groups": changed(totalResults=2, Resources=[{"id": "1"}, {"id": "2"}])},
        "groups", "fail", "vendor", "certain", "2 groups"),
    "groups as page": ({"groups": reply(200, LOGIN, "text/html")}, "groups", "fail", "address", "certain", "web page"),
    "groups led elsewhere": ({"groups": reply(302, b"", location="/login")},
        "groups", "fail", "vendor", "likely", "302"),
    "says no PATCH": ({"config": reply(200, CONFIG | {"patch": {"supported": False}}, SCIM)},
        "discovery", "warn", "vendor", "possible", "PATCH"),
    "says no filter": ({"config": reply(200, CONFIG | {"filter": {"supported": False}}, SCIM)},
        "discovery", "warn", "vendor", "possible", "searches"),
    "page size ignored": ({"page": reply(200, PAGE | {"Resources": [PERSON] * 50}, SCIM)},
        "limits", "warn", "vendor", "possible", "ignores the page size"),
    "page counts too few": ({"page": reply(200, PAGE | {"totalResults": 0}, SCIM)},
        "limits", "warn", "vendor", "possible", "more people"),
    "page counts in words": ({"page": reply(200, PAGE | {"totalResults": "61"}, SCIM)},
        "limits", "warn", "vendor", "possible", "whole number"),
    "page begins at none": ({"page": reply(200, PAGE | {"startIndex": 0}, SCIM)},
        "limits", "warn", "vendor", "possible", "number 1"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_every_answer_is_named_by_layer_side_and_sureness(service: Service, case: str) -> None:
    does, layer, outcome, side, sure, words = CASES[case]
    for name, answer in does.items():
        setattr(service, name, answer)
    found = run(target_of(service))
    check = found.layer(layer)
    assert (check.outcome.value, check.side, check.sure) == (outcome, side, sure), check
    assert words in check.sentence
    before = [one for one in found.layers if list(TITLES).index(one.key) < list(TITLES).index(layer)]
    assert not [one.key for one in before if one.outcome is Outcome.FAIL]
    assert (found.verdict.outcome.value, found.verdict.side) == (outcome, side)
    assert "contoso" not in repr(found)


def test_a_fault_that_nothing_can_pass_ends_the_questions(service: Service) -> None:
    for name in ("no SCIM service", "wrong token", "version 1"):
        service.users = {
            "no SCIM service": reply(200, LOGIN, "text/html"),
            "wrong token": error(401),
            "version 1": reply(200, {"schemas": ["urn:scim:schemas:core:1.0"], "totalResults": 0}, SCIM),
        }[name]
        found = run(target_of(service))
        failed = list(outcomes(found).values()).index("fail")
        assert set(list(outcomes(found).values())[failed + 1 :]) == {"skipped"}, name


def test_healthy_discovery_does_not_help_people_that_are_a_500_page(service: Service) -> None:
    service.users = reply(500, LOGIN, "text/html")
    found = run(target_of(service))
    assert (found.layer("http").outcome, found.verdict.side) == (Outcome.FAIL, "vendor")
    assert found.layer("discovery").outcome is Outcome.SKIPPED
    assert [seen.target.partition("?")[0] for seen in service.seen] == ["/scim/v2/Users"]


@pytest.mark.parametrize(
    "answer", [error(404), reply(500, b""), error(401), reply(200, b"{", SCIM), lambda _: None]
)
def test_a_service_that_does_not_describe_itself_passes(service: Service, answer: Any) -> None:
    service.config = service.schemas = answer
    found = run(target_of(service))
    assert (found.layer("discovery").outcome, found.verdict.side) == (Outcome.PASS, "none")
    assert "does without" in found.layer("discovery").sentence


def test_no_page_and_odd_headers_are_no_fault(service: Service) -> None:
    service.page = error(400)
    service.users = reply(200, EMPTY, SCIM, X_RateLimit_Remaining="12", Retry_After="later")
    found = run(target_of(service, requests_per_minute=300))
    evidence = dict(found.layer("limits").evidence)
    assert found.layer("limits").outcome is Outcome.SKIPPED
    assert (evidence["x-ratelimit-remaining"], evidence["Vendor's limit"]) == ("12", "300 requests a minute")
    assert "Asked to wait" not in evidence


def test_plain_json_is_taken_and_noted(service: Service) -> None:
    service.users = reply(200, EMPTY, "application/json; charset=utf-8")
    found = run(target_of(service))
    assert found.verdict.outcome is Outcome.PASS
    assert "application/scim+json" in dict(found.layer("http").evidence)["Note"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (reply(500), "with status 500"),
        (error(403), "with status 403"),
        (reply(200, b"<p>Hello</p>", "text/html"), "with something else than SCIM"),
    ],
)
def test_a_page_that_did_not_come_is_not_known_and_not_called_well(
    service: Service, answer: bytes, words: str
) -> None:
    service.page = answer
    found = run(target_of(service))
    check = found.layer("limits")
    assert check.outcome is Outcome.SKIPPED
    assert check.sentence.startswith("Not known: a page of people without a search was answered")
    assert words in check.sentence
    assert dict(check.evidence)["Question"].startswith("a page of at most one person")
    assert found.verdict.outcome is Outcome.PASS


def test_only_counts_are_shown_of_the_page(service: Service) -> None:
    service.page = reply(200, PAGE | {"Resources": [PERSON]}, SCIM)
    found = run(target_of(service))
    evidence = dict(found.layer("limits").evidence)
    assert (evidence["totalResults"], evidence["On the page"]) == ("61", "1 person")
    assert "contoso" not in repr(found)
    assert "contoso" not in "".join(spoken.answer for _, spoken in found.spoken)


def test_unchecked_tokens_do_not_hide_a_list_that_would_take_over_accounts(service: Service) -> None:
    service.wrong = None
    service.users = changed(totalResults=61, Resources=[PERSON] * 61)
    found = run(target_of(service))
    assert (outcomes(found)["authentication"], outcomes(found)["scim"]) == ("fail", "fail")
    assert found.verdict.sentence == found.layer("scim").sentence


def test_how_a_token_was_refused_is_in_the_evidence(service: Service) -> None:
    service.users = reply(401, b"", "")
    bare = dict(run(target_of(service)).layer("authentication").evidence)
    assert (bare["WWW-Authenticate"], bare["Body"]) == ("none", "none")
    service.users = reply(401, {"schemas": [LIST], "status": "401", "detail": f"bad {TOKEN}"}, SCIM,
        www_authenticate=f'Bearer error="invalid_token", token="{TOKEN}"')  # fmt: skip
    full = dict(run(target_of(service)).layer("authentication").evidence)
    assert full["WWW-Authenticate"].startswith('Bearer error="invalid_token"')
    assert (full["Body"], full["Service said"][:4]) == ("a SCIM error", "bad ")


def test_an_error_code_that_is_the_token_is_not_shown(service: Service) -> None:
    service.users = error(400, scimType=f"{TOKEN}\x1b[31m")
    details = run(target_of(service)).layer("scim").details
    assert details is not None
    assert TOKEN not in details.as_text()
    assert "\x1b" not in details.as_text()


def test_a_jwt_is_spoilt_in_its_signature_alone(service: Service) -> None:
    """A service that reads a JWT without verifying it answers to a spoilt signature as to the real one."""
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
    service.wrong = None
    found = run(target_of(service, token=token))
    assert found.layer("authentication").outcome is Outcome.FAIL
    real, wrong = service.tokens[:2]
    assert real.rpartition(".")[0] == wrong.rpartition(".")[0]
    assert real != wrong
    assert token.rpartition(".")[2][20:40] not in repr(found)


def test_a_busy_service_is_waited_for_once_and_then_said_to_be_busy(service: Service) -> None:
    service.users = reply(429, {"retry_in": 0.01}, SCIM)
    found = run(target_of(service))
    assert found.requests == 2
    assert (found.layer("http").outcome, found.verdict.outcome) == (Outcome.WARN, Outcome.WARN)
    assert outcomes(found)["authentication"] == "skipped"
    service.users = reply(429, b"", retry_after="3600")
    found = run(target_of(service))
    assert found.requests == 1
    assert "3,600 seconds" in found.verdict.sentence


def test_a_service_that_is_busy_all_the_time_gets_eight_requests_at_most(service: Service) -> None:
    busy = reply(429, {"retry_in": 0}, SCIM)
    service.wrong = service.groups = service.config = service.schemas = service.page = busy
    found = run(target_of(service))
    assert found.requests == len(service.seen) == 8
    assert found.layer("limits").outcome in (Outcome.WARN, Outcome.SKIPPED)
    assert found.verdict.outcome is Outcome.WARN


def test_checks_that_a_profile_leaves_out_are_not_asked(service: Service) -> None:
    skip = frozenset({"authentication", "groups", "discovery", "limits"})
    found = run(target_of(service, skip=skip))
    assert [key for key, outcome in outcomes(found).items() if outcome == "skipped"] == [
        "tls", "authentication", "groups", "discovery", "limits",
    ]  # fmt: skip
    assert (found.requests, set(service.tokens)) == (1, {TOKEN})
    found = run(target_of(service, groups=False))
    assert "people only" in found.layer("groups").sentence


@pytest.mark.parametrize(
    ("token", "words"), [("", "no token"), ("a\nb", "characters"), ("tök", "characters")]
)
def test_a_token_that_cannot_be_sent_is_the_tokens_fault(service: Service, token: str, words: str) -> None:
    found = run(target_of(service, token=token))
    check = found.layer("authentication")
    assert (check.outcome, check.side, check.sure) == (Outcome.FAIL, "token", "certain")
    assert words in check.sentence
    assert found.layer("http").outcome is Outcome.SKIPPED
    assert service.seen == []


def test_plain_http_to_this_computer_is_said_unless_it_is_practice(service: Service) -> None:
    found = run(target_of(service, practice=False))
    assert (found.layer("address").outcome, found.verdict.outcome) == (Outcome.WARN, Outcome.WARN)
    assert found.verdict.may_go_on
    assert found.verdict.side is Side.NONE
    assert "http://" in found.verdict.sentence
    assert all(outcome in ("pass", "skipped") for key, outcome in outcomes(found).items() if key != "address")


def test_a_double_slash_that_is_redirected_is_named_with_the_better_address(service: Service) -> None:
    service.users = reply(308, b"", location="/scim/v2/Users?filter=a")
    found = run(target_of(service, "//scim/v2", practice=False))
    check = found.layer("http")
    assert found.layer("address").outcome is Outcome.WARN
    assert (check.outcome, check.side, check.sure) == (Outcome.FAIL, "address", "certain")
    assert "double slash" in check.sentence
    assert f"{service.url}/scim/v2 " in check.next_step


def test_cancel_is_heard_between_layers_and_is_no_verdict(service: Service) -> None:
    for stop_at in ("address", "tcp", "http", "groups"):
        work = Work()

        def tell(check: SidedCheck, work: Work = work, stop_at: str = stop_at) -> None:
            if check.key == stop_at and check.outcome is not Outcome.RUNNING:
                work.cancel()

        transport = HttpTransport()
        with pytest.raises(Cancelled):
            run_layers(transport, target_of(service), work, tell)
        transport.close()


def test_a_service_that_is_not_there_fails_at_the_connection() -> None:
    with Service() as gone:
        target = target_of(gone)
    found = run(target)
    check = found.layer("tcp")
    assert (check.outcome, check.side, check.sure, check.reach) == (
        Outcome.FAIL,
        "vendor",
        "likely",
        "refused",
    )
    assert outcomes(found)["http"] == "skipped"
    assert found.requests == 0
