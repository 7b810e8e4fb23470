"""What MSAL gets to see of the network: JSON of the sign-in service, and nothing else."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from email.utils import formatdate

import pytest

from scim_assistant.errors import Cancelled, KnownError, SignInFailed, UnreadableAnswer
from scim_assistant.sentence import say
from scim_assistant.signin.msal_http import MAX_BYTES, TIMEOUT_S, MsalHttp
from scim_assistant.transport import HttpAnswer, HttpRequest
from scim_assistant.work import Work

URL = "https://login.microsoftonline.com/organizations/oauth2/v2.0/token"
WHAT = say("You are not signed in.")


class Wire:
    """A network on which the next answer is laid out beforehand."""

    def __init__(self, status: int = 200, body: object = None, **headers: str) -> None:
        self.lay(status, {} if body is None else body, **headers)
        self.sent: list[HttpRequest] = []

    def lay(self, status: int, body: object, **headers: str) -> None:
        """Lay out the next answer; what is no text is sent as JSON."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        told: Mapping[str, str] = {
            "content-type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        self.answer = HttpAnswer(status, told, raw, 0.0)

    def send(self, request: HttpRequest, work: Work) -> HttpAnswer:
        work.check()
        self.sent.append(request)
        return self.answer

    def close(self) -> None:
        raise AssertionError("the transport belongs to the caller")


def post(http: MsalHttp, data: Mapping[str, object] | None = None, **more: object) -> tuple[int, str]:
    with http.call(WHAT, Work()):
        answer = http.post(URL, data=data or {"a": "b"}, **more)
    return answer.status_code, answer.text


def test_a_form_goes_out_as_msal_has_it_with_a_deadline_and_a_limit() -> None:
    wire = Wire(200, {"ok": 1}, x_one="1")
    http = MsalHttp(wire)
    with http.call(WHAT, Work()):
        answer = http.post(
            URL, params={"p": "1 2"}, data={"scope": "a b", "n": 1}, headers={"x-client-sku": "MSAL"}
        )
    (sent,) = wire.sent
    assert (sent.method, sent.url, sent.body) == ("POST", f"{URL}?p=1+2", b"scope=a+b&n=1")
    assert sent.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert sent.headers["x-client-sku"] == "MSAL"
    assert (sent.timeout_s, sent.max_bytes, sent.what) == (TIMEOUT_S, MAX_BYTES, WHAT)
    assert (answer.status_code, json.loads(answer.text), answer.headers["x-one"]) == (200, {"ok": 1}, "1")
    http.close()


def test_a_header_that_cannot_be_sent_is_left_out() -> None:
    wire = Wire()
    post(MsalHttp(wire), headers={"X-AnchorMailbox": "upn:zo\u00eb@example.com", "x-kept": "1"})
    assert "X-AnchorMailbox" not in wire.sent[0].headers
    assert wire.sent[0].headers["x-kept"] == "1"


def test_refusals_that_oauth_defines_are_left_to_msal() -> None:
    status, text = post(MsalHttp(Wire(400, {"error": "invalid_grant"})))
    assert (status, json.loads(text)) == (400, {"error": "invalid_grant"})


def test_nothing_that_was_sent_in_secret_comes_back_in_a_refusal() -> None:
    sent = {
        name: f"Very/Secret+{name}=="
        for name in ("code", "code_verifier", "device_code", "refresh_token", "client_secret")
    }
    repeated = " ".join(sent.values())
    _, text = post(MsalHttp(Wire(400, {"error": "invalid_grant", "error_description": repeated})), sent)
    assert json.loads(text)["error"] == "invalid_grant"
    for value in sent.values():
        assert value not in json.loads(text)["error_description"]


def test_no_answer_and_no_request_shows_in_what_is_printed() -> None:
    http = MsalHttp(Wire(200, {"access_token": "very-secret"}))
    with http.call(WHAT, Work()):
        answer = http.post(URL, data={"refresh_token": "also-secret"})
    assert "secret" not in repr(answer) + repr(http)


@pytest.mark.parametrize("status", [200, 204, 301, 302, 400, 401, 403, 404, 407, 500, 502, 503, 511])
@pytest.mark.parametrize("body", [b"", b"<html>Access-Token-9</html>", b"[]", b'"x"', b"{", b"\xff\xfe"])
def test_whatever_is_no_json_object_is_a_known_error_that_quotes_nothing(status: int, body: bytes) -> None:
    with pytest.raises(UnreadableAnswer) as caught:
        post(MsalHttp(Wire(status, body, content_type="text/html")))
    error = caught.value
    assert (error.what, error.details.status, error.details.address) == (WHAT, status, URL)
    assert error.next_step
    assert "Access-Token-9" not in str(error) + error.details.as_text()


def test_a_redirect_is_not_followed_even_with_json() -> None:
    with pytest.raises(UnreadableAnswer, match="led to another address"):
        post(MsalHttp(Wire(302, {"access_token": "x"}, location="https://example.com")))


@pytest.mark.parametrize("status", [500, 503])
def test_trouble_of_the_service_is_told_and_not_remembered(status: int) -> None:
    wire = Wire(status, {"error": "temporarily_unavailable", "trace_id": "t-1", "error_codes": [90033]})
    http = MsalHttp(wire)
    with pytest.raises(SignInFailed, match="busy") as caught:
        post(http)
    assert caught.value.details.request_id == "t-1"
    wire.lay(200, {"ok": 1})
    assert post(http)[0] == 200


def test_a_service_that_asks_for_quiet_is_left_alone_for_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [time.monotonic()]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    wire = Wire(429, {"error": "x"}, retry_after="17")
    http = MsalHttp(wire)
    with pytest.raises(SignInFailed) as caught:
        post(http)
    assert caught.value.next_step == "Try again in 17 seconds."
    wire.lay(200, {"ok": 1})
    now[0] += 10
    with pytest.raises(SignInFailed) as caught:
        post(http)
    assert caught.value.next_step == "Try again in 7 seconds."
    assert len(wire.sent) == 1
    now[0] += 8
    assert post(http)[0] == 200


@pytest.mark.parametrize("asked", ["", "soon", "-1", "99999999999999"])
def test_an_odd_wish_for_quiet_is_still_one(asked: str) -> None:
    http = MsalHttp(Wire(429, b"", retry_after=asked))
    with pytest.raises(SignInFailed, match="Try again in 60 seconds"):
        post(http)


def test_metadata_that_the_service_refuses_is_told_in_its_own_words() -> None:
    http = MsalHttp(Wire(400, {"error": "invalid_tenant", "error_codes": [90002]}))
    with http.call(WHAT, Work()), pytest.raises(SignInFailed) as caught:
        http.get("https://login.microsoftonline.com/x/v2.0/.well-known/openid-configuration")
    assert caught.value.details.codes == ("invalid_tenant", "AADSTS90002")


@pytest.mark.parametrize("offset_s", [-7200, 0, 7200])
def test_the_clock_is_compared_with_the_service_s(offset_s: int) -> None:
    http = MsalHttp(Wire(200, {}, date=formatdate(time.time() - offset_s, usegmt=True)))
    assert http.clock_skew_s is None
    post(http)
    assert http.clock_skew_s == pytest.approx(offset_s, abs=60)


@pytest.mark.parametrize("date", ["", "yesterday", "Tue, 99 Foo 2026 10:00:00 GMT", "0"])
def test_a_date_that_cannot_be_read_says_nothing(date: str) -> None:
    http = MsalHttp(Wire(200, {}, date=date))
    post(http)
    assert http.clock_skew_s is None


def test_cancel_ends_what_is_under_way() -> None:
    http, work = MsalHttp(Wire()), Work()
    work.cancel()
    with http.call(WHAT, work), pytest.raises(Cancelled):
        http.post(URL, data={})


def test_a_call_within_a_call_speaks_for_itself_only() -> None:
    wire = Wire()
    http = MsalHttp(wire)
    inner = say("The sign-in was not renewed.")
    with http.call(WHAT, Work()):
        with http.call(inner, Work()):
            http.post(URL, data={})
        http.post(URL, data={})
    assert [request.what for request in wire.sent] == [inner, WHAT]
    with pytest.raises(RuntimeError):
        http.post(URL, data={})


def test_what_msal_would_raise_is_no_surprise() -> None:
    http = MsalHttp(Wire(403, {"error": "x"}))
    with http.call(WHAT, Work()):
        answer = http.post(URL, data={})
    with pytest.raises(RuntimeError, match="403"):
        answer.raise_for_status()
    assert not isinstance(RuntimeError(), KnownError)
