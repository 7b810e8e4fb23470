"""A failed credential test tells what is inside, however deep the service nests it; nothing in it is ever a fault."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scim_assistant.errors import Details, Reach, ServiceRefused
from scim_assistant.graph.refusal import read_error
from scim_assistant.graph.validation import Validation, explain_validation
from scim_assistant.sentence import say

FAILURE = "SystemForCrossDomainIdentityManagementCredentialValidationFailure"
UNAVAILABLE = "SystemForCrossDomainIdentityManagementCredentialValidationUnavailable"
TOLD = (
    "Resource: https://scim.example.com/Users Operation: GET Response Status Code: Forbidden "
    'Response Headers: server: gate Response Content: {"detail": "not from here"}'
)


def understood(document: Any) -> Validation:
    """What comes out of an error body."""
    body = read_error(json.dumps(document).encode(), 400, {})
    return explain_validation(
        ServiceRefused(
            say("No."), say("So."), say("Go."), Details(status=400, codes=body.codes, said=body.said)
        )
    )


def told(message: str, *codes: str) -> Validation:
    """What comes out of a message and codes."""
    return explain_validation(
        ServiceRefused(say("No."), say("So."), say("Go."), Details(status=400, codes=codes, said=message))
    )


INSIDE = {"code": UNAVAILABLE, "message": TOLD}


@pytest.mark.parametrize(
    "error",
    [
        {"code": "CredentialValidationUnavailable", "message": "It failed.", "innerError": INSIDE},
        {
            "code": "BadRequest",
            "message": "x",
            "innererror": {"code": "a", "innerError": {"InnerError": INSIDE}},
        },
        {"code": "BadRequest", "message": "x", "details": [{"code": "b", "innererror": INSIDE}]},
        {"code": "BadRequest", "message": "x", "innerErrors": [{"code": "b"}, {"errors": [INSIDE]}]},
        {"code": "UnknownError", "message": f"{UNAVAILABLE}: {TOLD}"},
        {"code": "UnknownError", "message": json.dumps({"error": INSIDE}).replace('\\"', '"')},
    ],
)
def test_the_code_and_the_answer_inside_are_found_wherever_they_are_nested(error: dict[str, Any]) -> None:
    found = understood({"error": error})
    assert found.code == UNAVAILABLE
    assert (found.response_status, found.status) == ("Forbidden", 403)
    assert (found.resource, found.operation) == ("https://scim.example.com/Users", "GET")
    assert "not from here" in found.content
    assert found.is_about_credentials
    assert not found.is_refusal


@pytest.mark.parametrize(
    ("message", "status"),
    [
        ("Response Status Code: Unauthorized", 401),
        ("StatusCode: 503", 503),
        ("The target gave HTTP status code 404 back", 404),
        ("Response Status Code: Moved Response Content: ", 301),
        ("Response Status Code: Unreachable", None),
        ("An error occurred.", None),
        ("", None),
    ],
)
def test_the_answer_of_the_service_is_read_as_a_number(message: str, status: int | None) -> None:
    assert told(message, UNAVAILABLE).status == status


@pytest.mark.parametrize(
    ("message", "reach"),
    [
        ("An error occurred while sending the request.", Reach.BROKEN),
        ("No such host is known. (scim.example.com:443)", Reach.NAME),
        ("The request was canceled due to the configured HttpClient.Timeout", Reach.TIMEOUT),
        ("The SSL connection could not be established, see inner exception.", Reach.TLS),
        ("target machine actively refused it", Reach.REFUSED),
        ("Response Status Code: Unauthorized Response Content: timeout", None),
        ("The request is not valid.", None),
    ],
)
def test_where_no_answer_came_the_words_tell_how(message: str, reach: Reach | None) -> None:
    assert told(message, UNAVAILABLE).reach is reach


def test_a_refusal_counts_more_than_the_heading_above_it() -> None:
    assert told("", UNAVAILABLE, FAILURE).is_refusal
    assert told("", "CredentialValidationFailure", FAILURE).code == FAILURE
    # What the service answered is more certain than the name of the code.
    assert not told("Response Status Code: NotFound", FAILURE).is_refusal


def test_an_error_about_the_request_itself_says_nothing_of_the_app() -> None:
    assert not told("The template is not available.", "BadRequest").is_about_credentials
    assert told("", "CredentialValidationUnavailable").is_about_credentials


def test_an_error_without_end_is_looked_at_only_so_far() -> None:
    deep: Any = {"code": "innermost"}
    for _ in range(300):
        deep = {"innerError": deep, "details": [{"code": "x"}] * 3}
    assert understood({"error": deep}).code == "x"
    wide = {"code": "a", "details": [{"code": str(n)} for n in range(100_000)]}
    assert len(read_error(json.dumps({"error": wide}).encode(), 400, {}).codes) <= 200


JSON = st.recursive(
    st.none() | st.booleans() | st.text() | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "code", "message", "innerError", "innerErrors", "details"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_no_form_of_an_error_is_a_fault_of_ours(document: Any) -> None:
    assert isinstance(understood(document).code, str)
