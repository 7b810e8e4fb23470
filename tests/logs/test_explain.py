"""Every known code is explained, and every event can be told in one sentence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scim_assistant import resources
from scim_assistant.graph.types import ProvisioningEvent
from scim_assistant.logs.explain import (
    Catalogue,
    Explanation,
    catalogue,
    event_code,
    explain,
    explain_event,
    message,
    parse_reason,
)
from tests.shared_data import SHARED, needs_shared, shared_json

PUBLISHED: list[dict[str, Any]] = shared_json("reference/error-codes.json") if SHARED.is_dir() else []

SIDES = {"entra", "vendor", "either"}
RETRIES = {"automatic", "after_fix", "restart_needed"}
SEVERITIES = {"critical", "high", "medium", "low", "info"}
KINDS = {"error", "skip", "quarantine", "http", "signin"}

CONFLICT = (
    "StatusCode: Conflict\r\nMessage: Processing of the HTTP request resulted in an exception. See the response."
    '\r\nWeb Response: \r\n{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"scimType":"uniqueness",'
    '"detail":"userName is taken.","status":"409"}. This operation was retried 2 times. '
    "It will be retried again after this date: 2026-03-01T12:00:00.1234567Z UTC"
)


def _event(status: str = "success", action: str = "create", **more: Any) -> ProvisioningEvent:
    code, reason = more.pop("code", None), more.pop("reason", None)
    details, scoping = more.pop("details", {}), more.pop("scoping", {})
    document = {
        "id": "1",
        "provisioningAction": action,
        "sourceIdentity": {"id": "p1", "displayName": "Flo Reed", "identityType": "User"},
        "targetSystem": {"displayName": "ScreenSteps"},
        "provisioningStatusInfo": {
            "status": status,
            "errorInformation": {"errorCode": code, "reason": reason} if code or reason else None,
        },
        "provisioningSteps": [
            {
                "name": "EntrySynchronizationScoping",
                "provisioningStepType": "scoping",
                "status": "success",
                "details": scoping,
            },
            {"name": "Last", "provisioningStepType": "export", "status": status, "details": details},
        ],
        **more,
    }
    return msgspec.convert(document, ProvisioningEvent)


# The catalogue


@needs_shared
def test_all_published_codes_were_judged() -> None:
    assert len(PUBLISHED) > 100


@pytest.mark.parametrize("published", PUBLISHED, ids=lambda published: published["code"])
def test_every_published_code_is_explained(published: dict[str, Any]) -> None:
    for code in (published["code"], *published.get("aliases", ())):
        explanation = explain(code)
        assert explanation.title != explain("NoSuchCode").title, code
        assert explanation.exact is (published["scope"] != "pattern")
        assert (explanation.kind, explanation.side, explanation.retry, explanation.severity) == (
            published["kind"],
            published["fix_side"],
            published["retry"],
            published["severity"],
        )


@pytest.mark.parametrize("code", sorted(catalogue().codes))
def test_every_entry_is_whole(code: str) -> None:
    explanation = explain(code)
    assert explanation.code == code
    assert explanation.kind in KINDS
    assert explanation.side in SIDES
    assert explanation.retry in RETRIES
    assert explanation.severity in SEVERITIES
    for text in (explanation.meaning, *explanation.causes, *explanation.fixes):
        assert text.endswith(".")
    assert explanation.causes
    assert explanation.fixes
    words = " ".join(
        (explanation.title, explanation.meaning, *explanation.causes, *explanation.fixes)
    ).casefold()
    assert "!" not in words
    assert not {"please", "successfully", "unconfirmed"} & set(
        words.replace(".", " ").replace(",", " ").split()
    )
    if explanation.kind in ("error", "skip", "quarantine"):
        assert explanation.short
        assert not explanation.short.endswith(".")


def test_no_code_has_two_entries() -> None:
    seen: list[str] = []
    for name in resources.names("codes", ".toml"):
        document = resources.read_toml(f"codes/{name}.toml")
        for code, entry in document.items():
            if isinstance(entry, dict):
                seen += [code.casefold(), *(other.casefold() for other in entry.get("aliases", ()))]
    # 'schemaInvalid' and 'Timeout' are known in two casings, which is one code for the look-up.
    doubled = {code for code in seen if seen.count(code) > 1}
    assert doubled == {"schemainvalid", "timeout"}


# Looking up


@pytest.mark.parametrize(
    ("code", "title_of"),
    [
        ("entryconflict", "EntryConflict"),
        ("TimeOut", "Timeout"),
        ("QuarantineOnDemand", "QuarantinedOnDemand"),
        (
            "CredentialValidationUnavailable",
            "SystemForCrossDomainIdentityManagementCredentialValidationUnavailable",
        ),
    ],
)
def test_a_code_is_found_in_other_spellings(code: str, title_of: str) -> None:
    assert explain(code).title == explain(title_of).title
    assert explain(code).exact
    assert explain(code).code == code


def test_a_code_with_an_apps_name_in_front_is_found_by_its_ending() -> None:
    explanation = explain("AcmeLicenseLimitExceeded")
    assert explanation.title == explain("LicenseLimitExceeded").title
    assert explanation.code == "AcmeLicenseLimitExceeded"
    assert not explanation.exact
    assert explain("SalesforceLicenseLimitExceeded").exact


def test_the_longest_ending_wins() -> None:
    entries = {code: Explanation(code, code, "") for code in ("Limit", "LicenseLimit")}
    own = Catalogue(entries, {}, {code: code for code in entries})
    assert own.explain("AcmeLicenseLimit").title == "LicenseLimit"
    assert own.explain("AcmeSeatLimit").title == "Limit"


def test_an_unknown_code_falls_back_to_the_http_status_and_then_to_a_general_text() -> None:
    assert explain("NewCode", 429).title == explain("HTTP_429").title
    assert explain("NewCode", text="StatusCode: NotFound Message: gone").title == explain("HTTP_404").title
    assert explain("NewCode", text=CONFLICT).title == explain("scimType:uniqueness").title
    general = explain("NewCode")
    assert general.code == "NewCode"
    assert general.causes
    assert general.fixes
    assert not any((explain("NewCode", 429).exact, explain("NewCode", text=CONFLICT).exact, general.exact))
    assert explain(None).title == general.title


def test_a_catch_all_code_also_tells_what_the_reason_says() -> None:
    explanation = explain("SystemForCrossDomainIdentityManagementServiceIncompatible", text=CONFLICT)
    assert explanation.also is not None
    assert explanation.also.code == "scimType:uniqueness"
    assert explain("SystemForCrossDomainIdentityManagementServiceIncompatible").also is None
    assert explain("EntryConflict", text=CONFLICT).also is None


def test_a_sign_in_number_is_found_inside_the_text() -> None:
    assert (
        explain("invalid_grant", text="AADSTS50076: Due to a change ...").title
        == explain("AADSTS50076").title
    )


def test_the_catalogue_can_be_loaded_afresh() -> None:
    assert Catalogue.load().codes == catalogue().codes


# The reason text


def test_the_parts_of_a_reason_are_found() -> None:
    reason = parse_reason(CONFLICT)
    assert reason.http_status_name == "Conflict"
    assert reason.http_status == 409
    assert reason.scim_type == "uniqueness"
    assert reason.detail == "userName is taken."
    assert reason.body.startswith('{"schemas"')
    assert reason.body.endswith('"409"}')
    assert reason.retries == 2
    assert reason.next_retry_at == datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "status", "detail"),
    [
        ("StatusCode: Conflict Message: userName already taken.", 409, "userName already taken."),
        ("Message: Acme returned an error response with the HTTP status code 409.", 409, None),
        ('StatusCode: BadRequest\r\nWeb Response: \r\n{"message":"no"}', 400, "no"),
        ('StatusCode: 422\r\nWeb Response: {"error":{"code":"x","message":"bad mail"}}', 422, "bad mail"),
        (
            'StatusCode: BadRequest\r\nWeb Response: {"Errors":1,"errors":[{"description":"too long"}]}',
            400,
            "too long",
        ),
        ("StatusCode: InternalServerError\r\nWeb Response: \r\n<!DOCTYPE html><html>Oops</html>", 500, ""),
        ("StatusCode: Unauthorized\r\nWeb Response: \r\nBad token", 401, "Bad token"),
        ("StatusCode: Teapot Message: odd", None, "odd"),
        ("", None, ""),
        (None, None, ""),
    ],
)
def test_odd_reasons_are_read_as_far_as_they_go(
    text: str | None, status: int | None, detail: str | None
) -> None:
    reason = parse_reason(text)
    assert reason.http_status == status
    if detail is not None:
        assert reason.detail == detail


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=20),
            st.sampled_from(
                [
                    "StatusCode: ",
                    "Message: ",
                    "Web Response: ",
                    "{",
                    "[[",
                    '"detail":',
                    "This operation was retried 9 times",
                    "retried again after this date: 2026-99-01T00:00:00Z UTC",
                ]
            ),
        ),
        max_size=12,
    )
)
def test_no_reason_is_too_odd_to_be_read(parts: list[str]) -> None:
    text = "".join(parts)
    parse_reason(text)
    explain("SomeCode", text=text)
    assert message(_event("failure", code="SomeCode", reason=text)).startswith("Flo Reed was not created: ")


# Events


@pytest.mark.parametrize(
    ("given_", "sentence"),
    [
        ({}, "Flo Reed was created"),
        ({"action": "update"}, "Flo Reed was updated"),
        ({"action": "disable"}, "Flo Reed was disabled"),
        ({"action": "Delete", "status": "Success"}, "Flo Reed was deleted"),
        ({"action": "other"}, "Nothing to change for Flo Reed"),
        (
            {"action": "StagedDelete", "status": "warning", "code": "TooManyDeletes"},
            "The removal of Flo Reed is held back by the accidental-deletion guard",
        ),
        (
            {"status": "skipped", "details": {"SkipReason": "RedundantExport"}},
            "Nothing to change for Flo Reed",
        ),
        (
            {"status": "skipped", "code": "EntryJoiningPropertyValueIsMissing"},
            "Flo Reed was passed over: the value for matching is empty",
        ),
        ({"status": "skipped"}, "Flo Reed was passed over"),
        (
            {"status": "failure", "code": "EntryConflict", "reason": "Message: userName already taken."},
            "Flo Reed was not created: the user name is already taken at ScreenSteps",
        ),
        (
            {"status": "failure", "code": "EntryConflict"},
            "Flo Reed was not created: ScreenSteps already has a record with one of these values",
        ),
        (
            {"status": "failure", "code": "MandatoryFieldsMissing", "action": "update"},
            "Flo Reed was not updated: a value that ScreenSteps requires is empty in Entra",
        ),
        (
            {
                "status": "failure",
                "code": "SystemForCrossDomainIdentityManagementServiceIncompatible",
                "reason": 'StatusCode: BadRequest Web Response: {"detail":"userType is not valid."}',
            },
            "Flo Reed was not created: ScreenSteps says “userType is not valid”",
        ),
        (
            {
                "status": "failure",
                "code": "SystemForCrossDomainIdentityManagementServiceIncompatible",
                "reason": "StatusCode: ServiceUnavailable Web Response: <html></html>",
            },
            "Flo Reed was not created: ScreenSteps is out of reach for the moment",
        ),
        (
            {"status": "failure", "action": "disable", "code": "BrandNew"},
            "Flo Reed was not disabled: the reason is given as “BrandNew”",
        ),
        ({"status": "failure", "action": "other"}, "Flo Reed was not provisioned: no reason is given"),
        (
            {"status": "warning", "code": "Timeout", "action": "update"},
            "Flo Reed was updated, with a warning: ScreenSteps took too long to answer",
        ),
        ({"status": "paused"}, "Flo Reed: Microsoft reports “paused”"),
    ],
)
def test_an_event_is_told_in_one_sentence(given_: dict[str, Any], sentence: str) -> None:
    assert message(_event(**given_)) == sentence


@pytest.mark.parametrize(
    ("scoping", "sentence", "title_of"),
    [
        (
            {"IsActive": "True", "Assigned": "False", "IsInProvisioningScopeDisplayName": "False"},
            "Flo Reed is not assigned to the app",
            "NotEffectivelyEntitled/Assigned",
        ),
        (
            {"IsActive": "False", "Assigned": "False"},
            "Flo Reed is disabled in Entra",
            "NotEffectivelyEntitled/IsActive",
        ),
        (
            {"IsActive": "True", "Assigned": "True", "IsInProvisioningScopeDisplayName": "False"},
            "Flo Reed is left out by a scoping filter",
            "NotEffectivelyEntitled/IsInProvisioningScope",
        ),
        (
            {"Active in the source system": "True", "Assigned to the application": "False"},
            "Flo Reed is not assigned to the app",
            "NotEffectivelyEntitled/Assigned",
        ),
        (
            {"IsActive": "True", "Assigned": "True"},
            "Flo Reed was passed over: not entitled to the app",
            "NotEffectivelyEntitled",
        ),
    ],
)
def test_a_skip_for_want_of_entitlement_is_narrowed_down(
    scoping: dict[str, str], sentence: str, title_of: str
) -> None:
    event = _event("skipped", "other", scoping=scoping, details={"SkipReason": "NotEffectivelyEntitled"})
    assert event_code(event) == "NotEffectivelyEntitled"
    assert message(event) == sentence
    explanation = explain_event(event)
    assert explanation is not None
    assert explanation.title == explain(title_of).title
    assert explanation.code == "NotEffectivelyEntitled"


def test_people_who_were_never_assigned_are_no_problem_to_solve() -> None:
    event = _event("skipped", scoping={"Assigned": "False"}, details={"SkipReason": "NotEffectivelyEntitled"})
    explanation = explain_event(event)
    assert explanation is not None
    assert explanation.severity == "info"


def test_only_what_went_wrong_is_explained() -> None:
    assert explain_event(_event("success")) is None
    assert explain_event(_event("skipped")) is None
    explanation = explain_event(_event("failure", reason=CONFLICT))
    assert explanation is not None
    assert explanation.title == explain("scimType:uniqueness").title


def test_a_group_that_exists_is_told_as_a_group() -> None:
    event = _event(
        "failure",
        code="AcmeEntryConflict",
        sourceIdentity={"id": "g", "displayName": "Authors", "identityType": "Group"},
    )
    assert message(event) == "Authors was not created: ScreenSteps already has a group of this name"


@pytest.mark.parametrize(
    ("more", "name"),
    [
        (
            {"sourceIdentity": {"id": "p", "details": {"UserPrincipalName": "flo@example.com"}}},
            "flo@example.com",
        ),
        ({"sourceIdentity": None, "targetIdentity": {"id": "t", "displayName": "Flo"}}, "Flo"),
        (
            {
                "sourceIdentity": {"id": "p"},
                "modifiedProperties": [{"displayName": "userName", "newValue": "flo@example.com"}],
            },
            "flo@example.com",
        ),
        ({"sourceIdentity": {"id": "p9"}}, "the object p9"),
        ({"sourceIdentity": None}, "an object without a name"),
        ({"sourceIdentity": {"displayName": "Flo\nReed\u202e"}}, "Flo␊Reed⟨U+202E⟩"),
    ],
)
def test_somebody_is_named_as_well_as_the_event_allows(more: dict[str, Any], name: str) -> None:
    assert message(_event(**more)) == f"{name} was created"


def test_an_app_without_a_name_of_its_own_is_called_the_app() -> None:
    event = _event("failure", code="Timeout", targetSystem={"displayName": "customappsso"})
    assert message(event) == "Flo Reed was not created: the app took too long to answer"
    named = _event(
        "failure",
        code="Timeout",
        targetSystem={"displayName": "x", "details": {"ServicePrincipalDisplayName": "Docs {live}"}},
    )
    assert message(named) == "Flo Reed was not created: Docs {live} took too long to answer"


def test_an_empty_event_is_told_too() -> None:
    bare = msgspec.convert({"id": "1"}, ProvisioningEvent)
    assert message(bare)
    assert explain_event(bare) is None


@needs_shared
@pytest.mark.parametrize(
    "name", ["derived/provisioning-log-page-mixed", "published/provisioning-log-failure"]
)
def test_published_events_are_told(name: str) -> None:
    told = [
        str(message(msgspec.convert(event, ProvisioningEvent)))
        for event in shared_json(f"reference/samples/{name}.json")["value"]
    ]
    assert len(set(told)) == len(told)
    if name.startswith("derived"):
        assert "Flo Reed was not created: the user name is already taken at ScreenSteps (test)" in told
        assert "Eli Fox is not assigned to the app" in told
        assert "Nothing to change for Dee Oak" in told
