"""Every refusal of the sign-in service is explained: why, what to do, and what a support engineer asks for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from scim_assistant import resources
from scim_assistant.errors import SignInFailed
from scim_assistant.sentence import say
from scim_assistant.signin import failures
from scim_assistant.signin.offer import Way
from tests.authority.server import AUTHORIZE, DEVICECODE, TOKEN
from tests.shared_data import shared_json
from tests.signin.desk_rig import Rig, nobody, rig

WHAT = say("You are not signed in.")
TEXTS = {
    code: entry for code, entry in resources.read_toml("codes/signin.toml").items() if isinstance(entry, dict)
}
OAUTH = sorted(failures._WORDS)
ERRORS = {
    "AADSTS65001": "consent_required",
    "AADSTS65004": "access_denied",
    "AADSTS90094": "access_denied",
    "AADSTS90002": "invalid_tenant",
    "AADSTS700016": "unauthorized_client",
    "AADSTS7000218": "invalid_client",
    "AADSTS7000112": "unauthorized_client",
    "AADSTS7000215": "invalid_client",
    "AADSTS7000222": "invalid_client",
    "AADSTS70011": "invalid_scope",
    "AADSTS50076": "interaction_required",
    "AADSTS50079": "interaction_required",
    "AADSTS50058": "login_required",
    "AADSTS70019": "expired_token",
    "AADSTS500011": "invalid_resource",
}


@pytest.fixture(scope="module")
def at() -> Iterator[Rig]:
    with rig() as made:
        yield made


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_every_code_reaches_the_person_with_its_own_words(at: Rig, code: str) -> None:
    error = ERRORS.get(code, "invalid_grant")
    at.authority.fail_next(error, int(code.removeprefix("AADSTS")), where=TOKEN, said="Said by the service.")
    failed = at.refused(at.desk())
    text = TEXTS[code]
    assert isinstance(failed, SignInFailed)
    assert failed.what == "You are not signed in."
    assert failed.why == f"{text['title']}. {text['meaning']}"
    assert failed.next_step == " ".join(text["fixes"])
    assert failed.details.codes == (error, code)
    assert "Said by the service." in (failed.details.said or "")
    assert failed.details.client_request_id
    assert failed.details.request_id
    assert "AADSTS" not in str(failed)


@pytest.mark.parametrize("code", ["AADSTS50105", "AADSTS53003"])
def test_a_code_that_comes_back_with_the_browser_is_explained_too(at: Rig, code: str) -> None:
    at.authority.fail_next("access_denied", int(code.removeprefix("AADSTS")), where=AUTHORIZE)
    failed = at.refused(at.desk())
    assert failed.why.startswith(TEXTS[code]["title"])
    assert failed.details.codes == ("access_denied", code)


@pytest.mark.parametrize("error", OAUTH)
def test_every_oauth_error_is_explained_without_a_code(at: Rig, error: str) -> None:
    at.authority.fail_next(error, where=DEVICECODE)
    failed = at.refused(at.desk(nobody), way=Way.CODE)
    assert failed.details.codes == (error,)
    assert failed.why == failures._WORDS[error][0]
    assert failed.why.endswith(".")
    assert failed.next_step.endswith(".")
    assert error not in str(failed)


def test_an_error_that_nobody_knows_is_still_a_sentence_with_details(at: Rig) -> None:
    at.authority.fail_next("something_new", 999999, where=DEVICECODE)
    failed = at.refused(at.desk(nobody), way=Way.CODE)
    assert "a reason that this program does not know" in failed.why
    assert failed.details.codes == ("something_new", "AADSTS999999")


def test_every_known_code_of_the_independent_list_has_a_text() -> None:
    listed = {row["code"] for row in shared_json("reference/error-codes.json") if row["kind"] == "signin"}
    assert listed <= set(TEXTS)
    assert len(listed) >= 39


def test_what_the_service_writes_decides_nothing() -> None:
    prose = "AADSTS50105 is mentioned here, and so is access_denied."
    failed = failures.failed({"error": "invalid_grant", "error_description": prose}, WHAT)
    assert failed.why == failures._WORDS["invalid_grant"][0]
    assert failed.details.codes == ("invalid_grant",)


@pytest.mark.parametrize(
    "result",
    [
        {},
        {"error": 5},
        {"error": "invalid_grant", "error_codes": "65001"},
        {"error": "invalid_grant", "error_codes": [None, "x", -1, {}]},
        {"error": "invalid_grant", "error_description": ["no text"], "timestamp": "yesterday"},
        {"error": "invalid_grant", "error_description": "\udc00", "trace_id": {}, "correlation_id": 7},
    ],
)
def test_an_odd_refusal_is_a_refusal_all_the_same(result: dict[str, Any]) -> None:
    failed = failures.failed(result, WHAT)
    assert failed.why
    assert failed.next_step
    failed.details.as_text().encode()


def test_the_time_of_the_refusal_is_the_service_s() -> None:
    result = {"error": "invalid_grant", "timestamp": "2026-11-03 10:11:12Z"}
    assert failures.failed(result, WHAT).details.at == datetime(2026, 11, 3, 10, 11, 12, tzinfo=UTC)


def test_a_long_description_is_cut() -> None:
    result = {"error": "invalid_grant", "error_description": "x" * 5000}
    assert len(failures.failed(result, WHAT).details.said or "") == 2000


@pytest.mark.parametrize(
    ("skew_s", "off"),
    [
        (360.0, "6 minutes ahead of"),
        (-3600.0 * 2, "2 hours behind"),
        (3600.0 * 30, "30 hours ahead of"),
        (-86400.0 * 365, "365 days behind"),
    ],
)
def test_it_is_said_by_how_much_a_clock_is_off(skew_s: float, off: str) -> None:
    failed = failures.failed({"error": "invalid_grant"}, WHAT, skew_s=skew_s)
    assert f"The clock of this computer is {off} Microsoft's" in failed.why


@pytest.mark.parametrize("skew_s", [None, 0.0, 299.0, -299.0])
def test_a_clock_that_is_nearly_right_is_not_blamed(skew_s: float | None) -> None:
    assert "clock" not in failures.failed({"error": "invalid_grant"}, WHAT, skew_s=skew_s).why


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("exmaple.com", "exmaple.com"),
        ("  two \n words ", "two words"),
        ("evil\u202emoc.com", "evil?moc.com"),
        ("x" * 500, "x" * 79 + "…"),
    ],
)
def test_an_unknown_tenant_is_named_as_it_was_typed(typed: str, named: str) -> None:
    error = failures.naming_tenant(failures.failed({"error": "invalid_tenant"}, WHAT), typed)
    assert error.why == f"There is no tenant {named} in this cloud."
    assert error.details.codes == ("invalid_tenant",)
    assert "cloud" in error.next_step


def test_another_refusal_names_no_tenant() -> None:
    error = failures.failed({"error": "access_denied"}, WHAT)
    assert failures.naming_tenant(error, "example.com") is error


def test_the_texts_are_written_as_the_program_speaks() -> None:
    texts = [str(part) for pair in failures._WORDS.values() for part in pair]
    texts += [text for entry in TEXTS.values() for text in (entry["meaning"], *entry["fixes"])]
    for text in texts:
        assert "!" not in text
        assert "please" not in text.casefold()
        assert text.endswith(".")
