"""Answers that are JSON and make no sense: each is a known error, nothing goes to a stranger, the next sign-in works."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from scim_assistant.errors import Cancelled, KnownError, UnreadableAnswer
from scim_assistant.signin.clouds import CLOUDS, is_sign_in_address
from scim_assistant.signin.offer import Waiting, Way, Wish
from scim_assistant.transport import HttpAnswer, HttpRequest
from scim_assistant.work import Work
from tests.signin.desk_rig import LOOK, Rig, nobody, rig

Change = Callable[[dict[str, Any]], dict[str, Any]]
INFINITE = float("inf")


@dataclass
class Bent:
    """The way to the service, on which answers from one place are changed."""

    inner: Any
    where: str = ""
    change: Change = dict

    def send(self, request: HttpRequest, work: Work) -> HttpAnswer:
        answer: HttpAnswer = self.inner.send(request, work)
        if urlsplit(request.url).path.rpartition("/")[2] != self.where:
            return answer
        return replace(answer, body=json.dumps(self.change(json.loads(answer.body))).encode())

    def close(self) -> None:
        self.inner.close()


@pytest.fixture
def at() -> Iterator[Rig]:
    with rig() as made:
        yield made


def bend(at: Rig, where: str, name: str, value: object) -> Bent:
    """Let one member of one answer be something else."""
    bent = Bent(at.transport, where, lambda told: {**told, name: value})
    at.transport = bent  # type: ignore[assignment]
    return bent


def jwt(payload: bytes) -> str:
    return f"a.{base64.urlsafe_b64encode(payload).decode().rstrip('=')}.c"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("access_token", None),
        ("access_token", 5),
        ("access_token", ""),
        ("id_token", None),
        ("id_token", 5),
        ("id_token", "x"),
        ("id_token", jwt(b"[]")),
        ("id_token", jwt(b"null")),
        ("id_token", jwt(b"\xff")),
        ("id_token", jwt(b"[" * 50_000)),
        ("client_info", []),
        ("scope", None),
        ("scope", ["a"]),
        ("expires_in", 1e300),
        ("expires_in", INFINITE),
        ("expires_in", -5),
        ("expires_in", "soon"),
        ("refresh_in", INFINITE),
    ],
)
def test_a_token_answer_that_makes_no_sense_is_a_known_error(at: Rig, name: str, value: object) -> None:
    bent = bend(at, "token", name, value)
    error = at.refused(at.desk())
    assert isinstance(error, UnreadableAnswer)
    assert error.why
    assert error.next_step
    bent.where = ""
    assert at.sign_in(at.desk()).account.username == "admin@example.com"


def test_a_renewal_that_makes_no_sense_is_a_known_error(at: Rig) -> None:
    desk = at.desk()
    source = desk.token_source(at.sign_in(desk))
    token = source(Work())
    bent = bend(at, "token", "access_token", 5)
    again = at.desk(nobody)
    (account,) = again.accounts(Work())
    signed_in = again.resume(account.id, LOOK, Work())
    assert signed_in is not None
    with pytest.raises(UnreadableAnswer):
        again.token_source(signed_in)(Work(), refused=token)
    bent.where = ""
    assert again.token_source(signed_in)(Work(), refused=token) != token


@pytest.mark.parametrize("member", ["token_endpoint", "authorization_endpoint"])
@pytest.mark.parametrize(
    "value",
    [
        None,
        5,
        [1],
        "",
        "x",
        "https://[",
        "http://login.microsoftonline.com/x/token",
        "https://login.microsoftonline.com:444/x/token",
        "https://login.microsoftonline.com@elsewhere.example.com/x/token",
        "https://somebody@login.microsoftonline.com/x/token",
        "https://elsewhere.example.com/x/token",
        "https://login.microsoftonline.com.example.com/x/token",
        "file:///etc/hostname",
    ],
)
def test_no_code_token_or_person_is_led_elsewhere_by_metadata(at: Rig, member: str, value: object) -> None:
    plain = at.transport
    bend(at, "openid-configuration", member, value)
    person = at.person()
    error = at.refused(at.desk(person))
    assert isinstance(error, UnreadableAnswer)
    assert {urlsplit(url).netloc for _, url in plain.sent} == {"login.microsoftonline.com"}
    if member == "authorization_endpoint":
        assert person.opened == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("user_code", "\x07"),
        ("user_code", "a\nb"),
        ("user_code", "A" * 400),
        ("user_code", "\u202eABC"),
        ("verification_uri", None),
        ("verification_uri", "file:///etc/hostname"),
        ("verification_uri", "javascript:alert(1)"),
        ("verification_uri", "http://elsewhere.example.com/devicelogin"),
        ("expires_in", 1e300),
        ("expires_in", INFINITE),
        ("expires_in", None),
        ("interval", INFINITE),
        ("interval", "often"),
        ("interval", None),
    ],
)
def test_a_code_that_makes_no_sense_is_a_known_error_and_is_not_shown(
    at: Rig, name: str, value: object
) -> None:
    bend(at, "devicecode", name, value)
    work = Work()
    with pytest.raises(UnreadableAnswer):
        at.desk().sign_in(Wish(LOOK, Way.CODE), work, lambda waiting: work.cancel())


def test_a_service_that_wants_to_be_asked_once_a_year_is_still_cancelled_at_once(at: Rig) -> None:
    bend(at, "devicecode", "interval", 86_400 * 365)
    work = Work()

    def on_waiting(waiting: Waiting) -> None:
        work.cancel()

    with pytest.raises(Cancelled):
        at.desk().sign_in(Wish(LOOK, Way.CODE), work, on_waiting)


@pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)
def test_every_cloud_s_own_service_may_be_asked(cloud: Any) -> None:
    assert is_sign_in_address(f"{cloud.authority}/organizations/v2.0/.well-known/openid-configuration")


def test_every_odd_answer_keeps_its_words_to_itself(at: Rig) -> None:
    bend(at, "token", "id_token", {"a": "Very-Secret-1"})
    error: BaseException | None = at.refused(at.desk())
    assert isinstance(error, KnownError)
    assert "Very-Secret-1" not in f"{error} {error!r} {error.details.as_text()}"
