"""What a look at the way to a service means, from made facts: the name, the connection, the certificate."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scim_assistant.check import Outcome
from scim_assistant.errors import Details, Reach, Unreachable
from scim_assistant.scim.here.address import judge_address
from scim_assistant.scim.here.verdict import judge_here
from scim_assistant.scim.here.way import (
    is_inside,
    judge_connected,
    judge_handshake,
    judge_name,
    judge_refused_handshake,
)
from scim_assistant.scim.spoilt import spoilt
from scim_assistant.scim.spoken import Masks
from scim_assistant.scim.target import Target
from scim_assistant.scim.verdict import Side, SidedCheck, Sureness
from scim_assistant.secret import Secret
from scim_assistant.sentence import say
from scim_assistant.transport.survey import Connected, Handshake, HandshakeFailed, NameFound, Refusal

NOW = datetime(2026, 11, 20, tzinfo=UTC)
TARGET = Target("https://app.example.com/scim", Secret("tok-4711-abcdef"))
GOOD = Handshake(
    "TLSv1.3",
    "TLS_AES_256_GCM_SHA384",
    0.02,
    "app.example.com",
    ("app.example.com",),
    "Example Trust, Example Trust R1",
    NOW - timedelta(days=30),
    NOW + timedelta(days=335),
    "RSA 2048",
    2048,
    public=True,
    for_microsoft=True,
    for_microsoft_said="TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384",
)


def told(check: SidedCheck) -> tuple[str, str, str]:
    return check.outcome.value, check.side.value, check.sure.value


@pytest.mark.parametrize(
    ("found", "expected", "words"),
    [
        (NameFound("a.example", ("203.0.113.7",), seconds=0.01), ("pass", "none", "certain"), "1 address"),
        (NameFound("a.example", ("203.0.113.7",), ("2001:db8::1",), 0.01), ("pass", "none", "certain"), "2 addresses"),
        (NameFound("a.example", ("10.1.2.3",), seconds=0.01), ("warn", "network", "likely"), "inside your network"),
        (NameFound("a.example", ("127.0.0.1",), ("::1",), 0.01), ("warn", "network", "likely"), "inside your network"),
        (NameFound("a.example", (), ("fe80::1%eth0",), 0.01), ("warn", "network", "likely"), "inside your network"),
        (NameFound("a.example", (), ("::ffff:10.0.0.1",), 0.01), ("warn", "network", "likely"), "inside"),
        (NameFound("a.example", ("10.0.0.1", "203.0.113.7"), seconds=0.01), ("warn", "network", "possible"), "also"),
        (NameFound("a.example", (), ("2001:db8::1",), 0.01), ("warn", "address", "possible"), "IPv6 alone"),
        (NameFound("a.example", proxy="proxy.example.com"), ("pass", "none", "certain"), "proxy.example.com"),
        (NameFound("203.0.113.7", ("203.0.113.7",)), ("pass", "none", "certain"), "an address already"),
    ],
)  # fmt: skip
def test_a_name_is_looked_at_with_the_eyes_of_microsofts_cloud(
    found: NameFound, expected: tuple[str, str, str], words: str
) -> None:
    check = judge_name(found)
    assert told(check) == expected
    assert words in check.sentence


def test_this_computer_is_no_fault_where_it_was_asked_for() -> None:
    assert judge_name(NameFound("localhost", (), ("::1",), 0.01)).outcome is Outcome.PASS
    assert judge_name(NameFound("127.0.0.1", ("127.0.0.1",))).outcome is Outcome.PASS


def test_addresses_of_one_network_are_told_from_those_of_the_world() -> None:
    inside = (
        "10.9.9.9",
        "172.31.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.1.1",
        "0.0.0.0",
        "fd00::1",
        "::",
        "198.18.0.1",
    )
    outside = ("203.0.113.7", "20.1.2.3", "172.32.0.1", "100.128.0.1", "2001:db8::1", "2603::1", "no address")
    assert all(is_inside(one) for one in inside)
    assert not any(is_inside(one) for one in outside)


def test_a_connection_after_a_dead_address_is_said() -> None:
    assert judge_connected(Connected("203.0.113.7", 443, 0.01)).outcome is Outcome.PASS
    check = judge_connected(Connected("2001:db8::1", 443, 0.01, failed=(("203.0.113.7", "timed out"),)))
    assert told(check) == ("warn", "vendor", "possible")
    assert ("No answer from 203.0.113.7", "timed out") in check.evidence
    assert dict(check.evidence)["Address"] == "[2001:db8::1]:443"


@pytest.mark.parametrize(
    ("change", "expected", "words"),
    [
        ({}, ("pass", "none", "certain"), "TLS 1.3"),
        ({"public": None, "for_microsoft": None, "not_after": None, "key_bits": 0}, ("pass", "none", "certain"), ""),
        ({"for_microsoft": False}, ("warn", "vendor", "likely"), "TLS 1.2"),
        ({"public": False}, ("warn", "network", "possible"), "signs anew"),
        ({"key": "RSA 1024", "key_bits": 1024}, ("warn", "vendor", "likely"), "RSA 1024"),
        ({"key": "ECC 224", "key_bits": 224}, ("warn", "vendor", "likely"), "ECC 224"),
        ({"key": "ECC 256", "key_bits": 256}, ("pass", "none", "certain"), ""),
        ({"not_after": NOW + timedelta(days=12, hours=5)}, ("warn", "vendor", "certain"), "2 December 2026, in 12 days"),
        ({"not_after": NOW + timedelta(days=31)}, ("pass", "none", "certain"), ""),
        # A certificate that never lives longer than six days is no news on its third.
        ({"not_before": NOW - timedelta(days=3), "not_after": NOW + timedelta(days=3)}, ("pass", "none", "certain"), ""),
        ({"not_before": NOW - timedelta(days=5), "not_after": NOW + timedelta(days=1)},
            ("warn", "vendor", "certain"), "in 1 day"),
        ({"not_after": NOW + timedelta(hours=5)}, ("warn", "vendor", "certain"), "20 November 2026, within a day"),
    ],
)  # fmt: skip
def test_a_handshake_is_held_to_what_microsoft_asks(
    change: dict[str, Any], expected: tuple[str, str, str], words: str
) -> None:
    check = judge_handshake(replace(GOOD, **change), "app.example.com", NOW)
    assert told(check) == expected
    assert words in check.sentence


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_an_authority_of_ones_own_is_as_it_should_be_on_this_computer(host: str) -> None:
    assert judge_handshake(replace(GOOD, public=False), host, NOW).outcome is Outcome.PASS


def refusal(shown: Handshake | None, why: Refusal = Refusal.UNTRUSTED) -> HandshakeFailed:
    return HandshakeFailed(
        say("Not done."), say("Not trusted."), say("Look."), Details(said="ssl"), refusal=why, shown=shown
    )


@pytest.mark.parametrize(
    ("shown", "side", "sure"),
    [
        (None, "vendor", "possible"),
        (replace(GOOD, version="TLSv1.1"), "vendor", "certain"),
        (replace(GOOD, not_before=NOW + timedelta(days=2)), "network", "likely"),
        (replace(GOOD, not_after=NOW - timedelta(days=2)), "vendor", "likely"),
        (replace(GOOD, names=("other.example.com",)), "address", "likely"),
        (replace(GOOD, names=("*.example.com",)), "network", "likely"),
        (replace(GOOD, issuer="app.example.com", public=False), "vendor", "likely"),
        (replace(GOOD, issuer="Example Filter", public=False), "network", "possible"),
    ],
)
def test_a_refused_certificate_points_to_whoever_has_to_act(
    shown: Handshake | None, side: str, sure: str
) -> None:
    check = judge_refused_handshake(refusal(shown), "app.example.com", Masks(()), NOW, 0.1)
    assert told(check) == ("fail", side, sure)
    assert check.reach == "tls"
    assert ("The system said", "ssl") in check.evidence


def test_the_end_of_a_certificate_is_named_before_who_signed_it() -> None:
    ended = refusal(replace(GOOD, not_after=NOW - timedelta(days=2), issuer="Unknown", public=False))
    check = judge_refused_handshake(ended, "app.example.com", Masks(()), NOW, 0.1)
    assert check.sentence == (
        "The certificate of app.example.com ended on 18 November 2026, and this computer does not trust who signed it."
    )
    assert "has to renew it" in check.next_step
    assert told(check) == ("fail", "vendor", "likely")


def test_every_reason_for_which_encryption_fails_has_its_side() -> None:
    sides = {}
    for why in Refusal:
        check = judge_refused_handshake(refusal(GOOD, why), "app.example.com", Masks(()), NOW, 0.1)
        assert check.outcome is Outcome.FAIL
        assert check.side is not Side.NONE
        sides[why] = check.side
    assert (sides[Refusal.NOT_TLS], sides[Refusal.WEAK]) == (Side.ADDRESS, Side.VENDOR)


def test_a_lower_layer_that_fails_during_the_handshake_keeps_its_name() -> None:
    error = Unreachable(say("Not done."), say("Refused."), say("Look."), reach=Reach.PROXY)
    check = judge_refused_handshake(error, "app.example.com", Masks(()), NOW, 0.1)
    assert (check.key, check.side, check.reach) == ("tls", "network", "proxy")


@pytest.mark.parametrize(
    ("url", "outcome", "words"),
    [
        ("https://app.example.com/scim", "pass", "form of a Tenant URL"),
        ("https://app.example.com:8443/", "pass", ""),
        ("https://app.example.com/scim?aadOptscim062020", "pass", ""),
        ("https://app.example.com/scim?tenant=1", "pass", ""),
        ("https://app.example.com/api/scim/v1", "warn", "SCIM 1"),
        ("https://app.example.com//scim", "warn", "two slashes"),
        ("https://app.example.com/users", "fail", "/users"),
        ("https://app.example.com/scim#", "fail", "'#'"),
    ],
)
def test_a_tenant_url_is_looked_at_before_anything_is_asked(url: str, outcome: str, words: str) -> None:
    check = judge_address(replace(TARGET, tenant_url=url))
    assert check.outcome.value == outcome
    assert words in check.sentence
    assert (check.side == "none") == (outcome == "pass")


def test_a_token_in_the_host_name_is_refused_before_it_is_looked_up() -> None:
    url = f"https://{TARGET.secret.reveal().upper()}.example.com/scim"
    check = judge_address(replace(TARGET, tenant_url=url))
    assert (check.outcome, check.side) == (Outcome.FAIL, "address")
    assert "holds the token" in check.sentence
    assert check.evidence == ()
    short = judge_address(Target("https://example.com/scim", Secret("example")))
    assert short.outcome is Outcome.PASS, "a short one may well be a word of the name"


def test_a_better_address_is_offered_where_there_is_one() -> None:
    check = judge_address(replace(TARGET, tenant_url="https://app.example.com/scim/Users/"))
    assert "https://app.example.com/scim as" in check.next_step
    flag = judge_address(replace(TARGET, tenant_url="https://app.example.com/scim?aadOptscim062020="))
    assert "Provisioning on demand ignores it" in dict(flag.evidence)["Flag"]
    key = judge_address(replace(TARGET, tenant_url="https://app.example.com/scim?code=s3cret&a"))
    assert dict(key.evidence)["Query"] == "code=…&a"


JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"


@pytest.mark.parametrize(
    "token",
    [
        "a",
        "9",
        "-",
        "--__--",
        "zz",
        "ab",
        "Z9z",
        "ghp_AbCdEf0123456789xyz",
        "d41d8cd98f00b204e980-ff",
        JWT,
        "é" * 9,
    ],
)
def test_a_spoilt_token_is_never_the_real_one_and_keeps_its_shape(token: str) -> None:
    wrong = spoilt(Secret(token)).reveal()
    assert wrong != token
    if any(one.isascii() and one.isalnum() for one in token):
        assert [one.isdigit() for one in wrong] == [one.isdigit() for one in token]
        assert [one.isupper() for one in wrong] == [one.isupper() for one in token]
    if token == JWT:
        assert wrong.rpartition(".")[0] == token.rpartition(".")[0]
    if token.startswith("d41d"):
        assert set(wrong) <= set("0123456789abcdef-")


def row(key: str, outcome: Outcome, side: Side = Side.NONE, sure: Sureness = Sureness.CERTAIN) -> SidedCheck:
    return SidedCheck(key, say("T"), outcome, say("It is {key}.", key=key), side=side, sure=sure)


def test_of_a_service_that_was_too_busy_to_answer_nothing_else_is_said() -> None:
    busy = replace(row("http", Outcome.WARN, Side.VENDOR), details=Details(status=429))
    ends = row("tls", Outcome.WARN, Side.VENDOR)
    verdict = judge_here([ends, busy])
    assert (verdict.side, verdict.outcome) == (Side.VENDOR, Outcome.WARN)
    assert verdict.sentence == f"{busy.sentence} Nothing is known of it yet."


def test_one_verdict_comes_of_all_layers() -> None:
    """The first fault; else the surest warning; a wrong list before tokens that nobody checks."""
    passed, failed, warned = Outcome.PASS, Outcome.FAIL, Outcome.WARN
    assert judge_here([row("name", passed), row("tls", Outcome.SKIPPED)]).side is Side.NONE
    both = judge_here(
        [
            row("tls", warned, Side.NETWORK),
            row("http", failed, Side.VENDOR, Sureness.LIKELY),
            row("scim", failed, Side.ADDRESS),
        ]
    )
    assert (both.side, both.sure, both.may_go_on, both.sentence) == (
        Side.VENDOR,
        Sureness.LIKELY,
        False,
        "It is http.",
    )
    unsure, sure = row("name", warned, Side.ADDRESS, Sureness.POSSIBLE), row("tls", warned, Side.VENDOR)
    assert (judge_here([unsure, sure]).side, judge_here([unsure, sure]).may_go_on) == (Side.VENDOR, True)
    unchecked, wrong = row("authentication", failed, Side.VENDOR), row("scim", failed, Side.VENDOR)
    assert judge_here([unchecked, wrong]).sentence == "It is scim."
    assert judge_here([row("authentication", failed, Side.TOKEN), wrong]).sentence == "It is authentication."
