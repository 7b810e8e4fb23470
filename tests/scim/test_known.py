"""What is known beforehand counts: a token that says it has ended, and what a vendor is known for."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scim_assistant.check import Outcome
from scim_assistant.scim import layers
from scim_assistant.scim.known import run_known
from scim_assistant.scim.profiles import Quirk, load_profile
from scim_assistant.scim.verdict import Side, SidedCheck, Sureness
from scim_assistant.secret import Secret
from scim_assistant.sentence import say
from scim_assistant.transport import HttpTransport
from scim_assistant.work import Work
from tests.hostile import HostileServer, reply

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ANY, AWS, SLACK = (load_profile(name) for name in ("any", "aws-iam-identity-center", "slack"))
LIST = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0, "Resources": []}


def jwt(ends: datetime) -> str:
    """An unsigned token that says when it ends."""

    def part(data: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")

    return (
        f"{part({'alg': 'none'})}.{part({'exp': ends.timestamp(), 'iss': 'issuer.example.com'})}.c2lnbmF0dXJl"
    )


def looked_at(profile: object, token: str, *answers: bytes) -> dict[str, SidedCheck]:
    """The layers of a test against these answers; the verdict under an empty key."""
    shown: dict[str, SidedCheck] = {}
    transport = HttpTransport()
    with HostileServer() as server:
        server.will_answer(*answers)
        target = profile.target(server.url, Secret(token), allow_loopback=True)  # type: ignore[attr-defined]
        here = run_known(
            transport,
            replace(target, timeout_s=5.0),
            profile,  # type: ignore[arg-type]
            Work(),
            lambda check: shown.__setitem__(check.key, check),
            now=NOW,
        )
        transport.close()
    found = {check.key: check for check in here.layers}
    # What is told as it finishes is what stands there in the end.
    assert shown == found
    verdict = here.verdict
    found[""] = SidedCheck(
        "",
        say(""),
        verdict.outcome,
        verdict.sentence,
        side=verdict.side,
        sure=verdict.sure,
        next_step=verdict.next_step,
    )
    return found


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_has_ended_is_at_fault_before_the_vendor(status: int) -> None:
    found = looked_at(ANY, jwt(NOW - timedelta(days=3)), reply(status))
    for check in (found[layers.AUTHENTICATION], found[""]):
        assert (check.side, check.sure) == (Side.TOKEN, Sureness.CERTAIN)
        assert "17 November 2026" in check.sentence
    assert ("Issuer", "issuer.example.com") in found[layers.AUTHENTICATION].evidence


def test_a_token_that_has_not_ended_is_no_proof_of_anything() -> None:
    found = looked_at(ANY, jwt(NOW + timedelta(days=300)), reply(401))
    assert found[""].sure is not Sureness.CERTAIN
    assert "ended" not in found[""].sentence


@pytest.mark.parametrize(
    ("ends", "sure", "words"),
    [
        (NOW + timedelta(days=5), Sureness.LIKELY, "ends on 25 November 2026, in 5 days"),
        (NOW - timedelta(days=3), Sureness.POSSIBLE, "says that it ended on 17 November 2026, and"),
    ],
)
def test_a_token_that_works_is_warned_of_by_the_end_that_it_names(
    ends: datetime, sure: Sureness, words: str
) -> None:
    good, refused = reply(200, LIST, "application/scim+json"), reply(401)
    found = looked_at(ANY, jwt(ends), good, refused, good)
    row = found[layers.AUTHENTICATION]
    assert (row.outcome, row.side, row.sure) == (Outcome.WARN, Side.TOKEN, sure)
    assert words in row.sentence
    assert row.next_step
    assert (found[""].outcome, found[""].sentence) == (Outcome.WARN, row.sentence)
    far = looked_at(ANY, jwt(NOW + timedelta(days=300)), good, refused, good)
    assert far[layers.AUTHENTICATION].outcome is Outcome.PASS


def test_a_service_that_checks_no_token_is_at_fault_whatever_the_token_says() -> None:
    found = looked_at(ANY, jwt(NOW - timedelta(days=3)), reply(200, LIST, "application/scim+json"))
    assert found[layers.AUTHENTICATION].outcome is Outcome.FAIL
    assert found[layers.AUTHENTICATION].side is Side.VENDOR


def test_a_vendor_that_refuses_the_token_for_a_wrong_address_is_known_for_it() -> None:
    found = looked_at(AWS, "opaque-token-0123456789", reply(401))
    row = found[layers.AUTHENTICATION]
    assert (row.side, row.sure) == (Side.TOKEN, Sureness.LIKELY)
    assert "address" in row.next_step
    assert any(label == "Known of this app" for label, _ in row.evidence)
    assert found[""].next_step == row.next_step
    # The quirk is one of this vendor, and of this status.
    other = looked_at(ANY, "opaque-token-0123456789", reply(401))[layers.AUTHENTICATION]
    assert not any(label == "Known of this app" for label, _ in other.evidence)


def test_a_quirk_never_makes_an_ended_token_less_certain() -> None:
    found = looked_at(AWS, jwt(NOW - timedelta(days=3)), reply(401))
    assert found[""].sure is Sureness.CERTAIN


def test_what_the_profile_says_not_to_ask_is_not_asked_and_says_why() -> None:
    found = looked_at(SLACK, "opaque-token-0123456789", reply(200, LIST, "application/scim+json"), reply(401))
    for key in set(SLACK.skip_checks) & set(layers.TITLES):
        assert (found[key].outcome, found[key].sentence) == (Outcome.SKIPPED, SLACK.skip_checks[key])


def test_a_quirk_of_any_layer_stands_beside_what_was_found() -> None:
    profile = replace(ANY, quirks=(Quirk("case", say("Letters count."), "", 404),))
    row = looked_at(profile, "opaque-token-0123456789", reply(404, b"<html>", "text/html"))[layers.HTTP]
    assert ("Known of this app", "Letters count.") in row.evidence
