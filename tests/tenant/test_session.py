"""A practice session leads to a literal loopback address with a practice token, and nowhere else."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scim_assistant.errors import SignInFailed
from scim_assistant.tenant.session import is_loopback_address, practice_pace, practice_session
from tests.steps.made import NoNetwork

CLAIMS = {
    "tid": "0f6a1d2e-3b4c-4d5e-8f60-718293a4b5c6",
    "upn": "noor@example.com",
    "scp": "User.Read Synchronization.ReadWrite.All",
    "speed": 120,
    "practice": True,
}


def _token(**more: Any) -> str:
    def part(data: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none'})}.{part(CLAIMS | more)}.practice"


def _line(**more: Any) -> dict[str, Any]:
    return {
        "graph": "http://127.0.0.1:8123/v1.0",
        "token": _token(),
        "scim": "http://127.0.0.1:8124/api/scim/v2",
        "scim_token": "abc",
        "tenant_id": CLAIMS["tid"],
        "scenario": "healthy",
    } | more


def test_account_scopes_and_speed_are_those_of_the_token() -> None:
    session = practice_session(_line(), transport=NoNetwork())
    assert session.account == "noor@example.com"
    assert session.scopes == {"User.Read", "Synchronization.ReadWrite.All"}
    assert session.pace.speed == 120
    assert session.is_practice
    assert session.tenant_id == CLAIMS["tid"]
    assert practice_pace(_line()).speed == 120


def test_the_token_shows_nowhere() -> None:
    line = _line()
    session = practice_session(line, transport=NoNetwork())
    assert line["token"] not in repr(session)
    assert line["token"] not in repr(vars(session.graph))


@pytest.mark.parametrize(
    "graph",
    [
        "https://graph.microsoft.com/v1.0",
        "http://localhost:8123/v1.0",
        "http://127.0.0.1.example.com:8123/v1.0",
        "http://user@127.0.0.1:8123/v1.0",
        "http://127.0.0.1/v1.0",
        "http://127.0.0.1:8123/v1.0?x=1",
        "http://10.0.0.1:8123/v1.0",
        "ftp://127.0.0.1:8123/v1.0",
        "http://[::1",
        "127.0.0.1:8123",
        "",
        None,
        7,
    ],
)
def test_any_other_address_is_refused(graph: object) -> None:
    with pytest.raises(SignInFailed) as told:
        practice_session(_line(graph=graph), transport=NoNetwork())
    assert "loopback" in told.value.why
    with pytest.raises(SignInFailed):
        practice_session(_line(scim=graph), transport=NoNetwork())


@pytest.mark.parametrize(
    "token",
    [
        "",
        None,
        "abc",
        _token(practice=False),
        _token(practice="true"),
        _token().removesuffix(".practice") + ".signature",
        "a.b.practice",
        "a." + base64.urlsafe_b64encode(b"[1]").decode() + ".practice",
    ],
)
def test_a_token_that_is_not_a_practice_token_is_refused_and_not_repeated(token: object) -> None:
    with pytest.raises(SignInFailed) as told:
        practice_session(_line(token=token), transport=NoNetwork())
    if token:
        assert str(token) not in str(told.value)


@pytest.mark.parametrize("speed", [0, -1, "fast", True, 1e9, None])
def test_a_speed_that_makes_no_sense_is_refused(speed: object) -> None:
    with pytest.raises(SignInFailed):
        practice_session(_line(token=_token(speed=speed)), transport=NoNetwork())


@pytest.mark.parametrize("tenant_id", ["", "x", "../../etc", None])
def test_a_tenant_id_that_is_none_is_refused(tenant_id: object) -> None:
    with pytest.raises(SignInFailed):
        practice_session(_line(tenant_id=tenant_id), transport=NoNetwork())


def test_both_kinds_of_literal_loopback_are_taken() -> None:
    assert is_loopback_address("http://127.8.9.1:80/v1.0")
    assert is_loopback_address("http://[::1]:8123/v1.0")


@given(st.dictionaries(st.sampled_from(list(_line())), st.text() | st.none() | st.integers(), max_size=6))
def test_no_line_breaks_it(line: dict[str, object]) -> None:
    with pytest.raises(SignInFailed):
        practice_session(line, transport=NoNetwork())
