"""Error answers are read whatever their shape, and say what the person can do."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from scim_assistant.graph import applications, directory, logs, synchronization
from scim_assistant.graph.refusal import read_error, refused, retry_after_s
from scim_assistant.graph.request import GraphRequest
from scim_assistant.sentence import say
from tests.shared_data import shared_json

ANY = GraphRequest("GET", "/somewhere", say("It was not read."))


def codes(document: Any, status: int = 400) -> tuple[str, ...]:
    return read_error(json.dumps(document).encode(), status, {}).codes


def test_codes_run_from_the_outermost_to_the_deepest_however_it_is_spelt() -> None:
    assert codes({"error": {"code": "A", "innerError": {"code": "B", "innererror": {"code": "C"}}}}) == (
        "A",
        "B",
        "C",
    )
    assert codes({"error": {"code": "A", "details": [{"code": "D"}], "innerError": {"code": "B"}}}) == (
        "A",
        "D",
        "B",
    )


def test_an_empty_code_and_one_that_only_repeats_the_status_are_left_out() -> None:
    assert codes({"error": {"code": "", "message": "no"}}) == ()
    assert codes({"error": {"code": "TooManyRequests", "innerError": {"code": "429"}}}, 429) == (
        "TooManyRequests",
    )


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"7", b'"x"', b'{"error": null}', b'{"error": [1]}', b'{"error": {"code": 7}}',
     b'{"error": {"details": {}, "innerError": "x"}}', b"\xff\xfe", b"[" * 100_000, b"Service Unavailable"],
)  # fmt: skip
def test_an_error_body_of_any_shape_is_survived(body: bytes) -> None:
    error = refused(ANY, "https://example.com/v1.0/somewhere?x=1", 500, {}, body, client_request_id="c")
    assert error.why
    assert error.details.address == "https://example.com/v1.0/somewhere"


def test_an_endless_nesting_is_not_followed_for_ever() -> None:
    error: dict[str, Any] = {"code": "deepest"}
    for level in range(100):
        error = {"code": f"level {level}", "innerError": error}
    assert len(codes({"error": error})) == 20


def test_long_words_of_the_service_are_cut() -> None:
    error = refused(ANY, "https://example.com", 400, {}, b"x" * 9_000, client_request_id="c")
    assert len(error.details.said or "") == 2_000


def test_a_sign_in_style_error_is_read_too() -> None:
    assert codes({"error": "invalid_grant", "error_description": "no"}) == ("invalid_grant",)


def test_retry_after_is_seconds_fractions_or_a_date() -> None:
    now = datetime(2026, 3, 2, 9, 0, 0, tzinfo=UTC)
    assert retry_after_s({"retry-after": "2.128"}) == 2.128
    assert retry_after_s({"retry-after": " 7 "}) == 7
    assert retry_after_s({"retry-after": "Mon, 02 Mar 2026 09:00:30 GMT"}, now) == 30
    assert retry_after_s({"retry-after": "Mon, 02 Mar 2026 08:00:30 GMT"}, now) == 0
    for text in ("", "-1", "soon", "NaN", "1e9", "9" * 400):
        assert retry_after_s({"retry-after": text}) is None


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (logs.events_request("j"), ("ProvisioningLog.Read.All", "Reports Reader")),
        (synchronization.list_jobs_request("s"), ("Synchronization.Read.All", "Application Administrator")),
        (synchronization.start_job_request("s", "j"), ("Synchronization.ReadWrite.All",)),
        (applications.assign_request("s", "p", "r"), ("AppRoleAssignment.ReadWrite.All",)),
        (applications.list_assignments_request("s"), ("Application.Read.All",)),
        (applications.instantiate_request("t", "n"), ("Application.ReadWrite.All",)),
        (directory.search_users_request("a"), ("User.Read.All",)),
        (directory.list_members_request("g"), ("GroupMember.Read.All",)),
        (directory.subscribed_skus_request(), ("LicenseAssignment.Read.All",)),
    ],
)
def test_a_missing_right_names_what_the_call_needs(request_: GraphRequest, words: tuple[str, ...]) -> None:
    body = {"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges."}}
    error = refused(
        request_, "https://example.com", 403, {}, json.dumps(body).encode(), client_request_id="c"
    )
    assert all(word in f"{error.why} {error.next_step}" for word in words)


def test_a_missing_licence_is_not_mistaken_for_a_missing_right() -> None:
    body = {"error": {"code": "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "message": "no"}}
    error = refused(
        logs.events_request("j"),
        "https://x.example",
        403,
        {},
        json.dumps(body).encode(),
        client_request_id="c",
    )
    assert "P1 or P2" in error.why


def test_a_claims_challenge_asks_to_sign_in_again() -> None:
    headers = {"www-authenticate": 'Bearer realm="", error="insufficient_claims", claims="e30="'}
    error = refused(ANY, "https://x.example", 401, headers, b"{}", client_request_id="c")
    assert error.code == "insufficient_claims"
    assert "Sign in again" in error.next_step


def test_no_sentence_scolds_or_shows_a_bare_number() -> None:
    for status in (301, 400, 401, 402, 403, 404, 405, 409, 410, 412, 429, 500, 503, 504, 599):
        error = refused(ANY, "https://example.com", status, {}, b"{}", client_request_id="c")
        for sentence in (error.why, error.next_step):
            assert sentence.endswith(".")
            assert str(status) not in sentence
            assert not any(word in sentence.casefold() for word in ("please", "!", "successfully", "oops"))


@pytest.mark.parametrize(
    ("name", "status", "expected"),
    [
        ("published/error-403-authorization-request-denied.json", 403, ("Authorization_RequestDenied",)),
        ("published/error-403-empty-code.json", 403, ()),
        ("published/error-405-bad-method.json", 405, ("Request_BadRequest",)),
        ("published/error-429-throttled.json", 429, ("TooManyRequests",)),
        ("published/error-generic.json", 400, ("invalidRange",)),
        ("derived/error-400-assignment-exists.json", 400, ("Request_BadRequest", "ObjectConflict")),
        ("derived/error-401-unknown-error.json", 401, ("UnknownError",)),
    ],
)
def test_the_published_errors_are_read(name: str, status: int, expected: tuple[str, ...]) -> None:
    document = shared_json(f"reference/samples/{name}")
    error = read_error(json.dumps(document).encode(), status, {})
    assert error.codes == expected
    assert document["error"]["message"] in error.said or not document["error"]["message"]
    assert error.request_id == document["error"]["innerError"].get("request-id")


def test_halves_of_surrogate_pairs_reach_no_file_and_no_terminal() -> None:
    error = read_error(
        b'{"error": {"code": "A\\ud800", "message": "b\\udfff", "request-id": "c\\ud800"}}', 429, {}
    )
    assert (error.codes, error.said, error.request_id) == (("A?",), "b?", "c?")
