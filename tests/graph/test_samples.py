"""Every published and derived sample is read, and what we keep whole comes back with equal JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scim_assistant.errors import ServiceRefused
from scim_assistant.graph import applications, directory, logs, synchronization
from scim_assistant.graph.answer import GraphAnswer
from scim_assistant.graph.read import read, read_list
from scim_assistant.graph.request import GraphRequest
from scim_assistant.graph.types import (
    ApplicationTemplate,
    AppRoleAssignment,
    DirectoryRole,
    Group,
    Instantiated,
    ObjectMapping,
    SecretEntry,
    SubscribedSku,
    SynchronizationJob,
    SynchronizationTemplate,
    User,
    when,
)
from scim_assistant.graph.validation import explain_validation
from scim_assistant.secret import Secret
from scim_assistant.sentence import say
from tests.contract import Contract
from tests.graph.conftest import Desk
from tests.hostile import reply
from tests.shared_data import SHARED, needs_shared, shared_json

SAMPLES = "reference/samples"
FOLDER = SHARED / SAMPLES


def names(pattern: str) -> list[str]:
    """Samples whose file name fits; one made-up name in a plain clone, so that the test skips with its reason."""
    found = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.glob(f"*/{pattern}"))
    return found or [pattern]


def sample(name: str) -> Any:
    return shared_json(f"{SAMPLES}/{name}")


def answer(document: object) -> GraphAnswer:
    return GraphAnswer(
        GraphRequest("GET", "/sample", say("It was not read.")),
        200,
        {"content-type": "application/json"},
        json.dumps(document).encode(),
    )


@pytest.mark.parametrize("name", names("schema-*.json"))
def test_a_schema_survives_reading_and_sending(name: str) -> None:
    document = sample(name)
    schema = synchronization.read_schema(answer(document))
    assert schema.document == document
    sent = json.loads(synchronization.put_schema_request("s", "j", schema.document).wire_body() or b"")
    assert sent == {key: value for key, value in document.items() if key != "@odata.context"}
    assert len(schema.view.synchronization_rules or ()) == len(document.get("synchronizationRules", ()))


def test_the_derived_schema_is_understood() -> None:
    schema = synchronization.read_schema(answer(sample("derived/schema-scim-users-groups.json")))
    rule, people = schema.mapping_of("User") or (None, None)
    assert rule is not None
    assert people is not None
    assert people.does("Add")
    assert any(mapping.target_attribute_name == "userName" for mapping in people.attribute_mappings or ())
    assert people.scope is not None or schema.mapping_of("Group") is not None


@pytest.mark.parametrize("name", names("provisioning-log-*.json"))
def test_a_log_row_survives_reading_and_keeping(name: str) -> None:
    document = sample(name)
    page = document if "value" in document else {"value": [document]}
    events = logs.read_events(answer(page))
    assert [json.loads(event.raw) for event in events] == page["value"]
    for event, original in zip(events, page["value"], strict=True):
        assert event.view.id == original["id"]
        assert when(event.view.activity_date_time) is not None
        steps = event.view.provisioning_steps or ()
        assert [step.provisioning_step_type for step in steps] == [
            step["provisioningStepType"] for step in original["provisioningSteps"]
        ]
        status = event.view.provisioning_status_info
        assert status is not None
        assert status.status == original["provisioningStatusInfo"]["status"]


@pytest.mark.parametrize("name", [n for n in names("job-*.json") if "list" not in n])
def test_a_job_is_read(name: str) -> None:
    document = sample(name)
    job = read(answer(document), SynchronizationJob)
    assert job.id == document["id"]
    assert job.code == document["status"]["code"]
    assert job.is_quarantined == (document["status"]["code"] == "Quarantine")


@pytest.mark.parametrize("name", names("job-list*.json"))
def test_a_list_of_jobs_is_read(name: str) -> None:
    document = sample(name)
    jobs = read_list(answer(document), SynchronizationJob)
    assert [job.id for job in jobs] == [job["id"] for job in document["value"]]


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in names("provision-on-demand-*.json")
        if not name.endswith(("-request.json", ".decoded.json"))
    ],
)
def test_an_on_demand_result_is_read_in_every_form(desk: Desk, name: str) -> None:
    document = sample(name)
    desk.server.will_answer(reply(200, document))
    result = synchronization.provision_on_demand(desk.client, "s", "j", "r", "o", "User", desk.work)
    text = document["value"]
    entry = json.loads(text)
    entry = entry[0] if isinstance(entry, list) else entry
    assert result.document["value"] == json.loads(text)
    assert len(result.steps) == len(entry.get("provisioningSteps", ()))
    assert len(result.modified) == len(entry.get("modifiedProperties", ()))
    expected = entry.get("statusInfo", {}).get("status") or json.loads(document["key"])["result"]
    assert result.status == expected.lower()


def test_the_decoded_on_demand_sample_is_what_we_decode(desk: Desk) -> None:
    desk.server.will_answer(reply(200, sample("published/provision-on-demand-skipped.json")))
    result = synchronization.provision_on_demand(desk.client, "s", "j", "r", "o", "User", desk.work)
    assert result.document == sample("published/provision-on-demand-skipped.decoded.json")
    assert (result.status, result.error_code) == ("skipped", "RedundantExport")


def test_on_demand_requests_are_built_as_published() -> None:
    for name in ("provision-on-demand-user-request.json", "provision-on-demand-group-request.json"):
        document = sample(f"published/{name}")
        parameters = document["parameters"][0]
        subject = parameters["subjects"][0]
        request = synchronization.provision_on_demand_request(
            "s",
            "j",
            rule_id=parameters["ruleId"],
            object_id=subject["objectId"],
            object_type=subject["objectTypeName"],
            members=[member["objectId"] for member in subject.get("links", {}).get("members", ())],
        )
        assert json.loads(request.wire_body() or b"") == document


def test_secrets_are_written_as_published() -> None:
    document = sample("published/secrets-put-request.json")
    entries = [
        (entry["key"], Secret(entry["value"]) if entry["key"] == "SecretToken" else entry["value"])
        for entry in document["value"]
    ]
    assert json.loads(synchronization.put_secrets_request("s", entries).wire_body() or b"") == document
    notification = next(e["value"] for e in document["value"] if e["key"] == "SyncNotificationSettings")
    assert synchronization.notification_settings("", None) == notification


def test_stored_secrets_come_back_masked() -> None:
    entries = read_list(answer(sample("derived/secrets-get-response.json")), SecretEntry)
    assert any(entry.is_masked for entry in entries)


def test_a_restart_is_built_as_published() -> None:
    document = sample("published/restart-request.json")
    scope = document["criteria"]["resetScope"]
    request = synchronization.restart_job_request("s", "j", scope)
    assert request.body == document
    flags = {flag.strip() for flag in synchronization.PORTAL_RESTART.split(",")}
    assert flags == {"Watermark", "Escrows", "QuarantineState"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("published/application-templates-list.json", ApplicationTemplate),
        ("published/template-list.json", SynchronizationTemplate),
        ("published/me-memberof-directory-role.json", DirectoryRole),
        ("published/subscribed-skus.json", SubscribedSku),
        ("derived/subscribed-skus-p1.json", SubscribedSku),
    ],
)
def test_a_published_list_is_read(name: str, kind: type[Any]) -> None:
    document = sample(name)
    rows = document.get("value", [document])
    assert [row.id for row in read_list(answer({"value": rows}), kind)] == [row["id"] for row in rows]


def test_other_published_answers_are_read() -> None:
    made = read(answer(sample("published/instantiate-response.trimmed.json")), Instantiated)
    assert applications.assignment_role(made.service_principal)
    assignment = read(answer(sample("published/app-role-assignment-created.json")), AppRoleAssignment)
    assert assignment.principal_type == "Group"
    mapping = msgspec.convert(sample("published/object-mapping-salesforce.json"), ObjectMapping)
    assert mapping.attribute_mappings


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("failure", "SystemForCrossDomainIdentityManagementCredentialValidationFailure"),
        ("unavailable", "SystemForCrossDomainIdentityManagementCredentialValidationUnavailable"),
    ],
)
def test_a_failed_credential_test_is_understood(desk: Desk, name: str, code: str) -> None:
    desk.server.will_answer(reply(400, sample(f"derived/error-validate-credentials-{name}.json")))
    with pytest.raises(ServiceRefused) as caught:
        synchronization.validate_credentials(
            desk.client, "s", "j", None, "https://x.example", Secret("t"), desk.work
        )
    explained = explain_validation(caught.value)
    assert explained.code == code
    assert explained.response_status == ("Unauthorized" if name == "failure" else None)


def test_the_published_assignment_conflict_is_recognised(desk: Desk) -> None:
    desk.server.will_answer(reply(400, sample("derived/error-400-assignment-exists.json")))
    with pytest.raises(ServiceRefused) as caught:
        applications.assign(desk.client, "s", "p", "r", desk.work)
    assert applications.is_already_assigned(caught.value)


def test_people_are_asked_for_with_exactly_the_members_we_read() -> None:
    assert directory.USER_FIELDS.split(",") == list(User.__struct_encode_fields__)
    assert directory.GROUP_FIELDS.split(",") == list(Group.__struct_encode_fields__)


@needs_shared
def test_the_contract_helper_judges() -> None:
    contract = Contract.load()
    for bad in (
        lambda: contract.check_request("GET", "/nowhere"),
        lambda: contract.check_request("PATCH", "/me"),
        lambda: contract.check_request("GET", "/me", "$top=1"),
        lambda: contract.check_request("GET", "/users", "$top=many"),
        lambda: contract.check_request("GET", "/users", "$count=true", headers={}),
        lambda: contract.check_request("GET", "/me", body=b"{}"),
        lambda: contract.check_request("POST", "/servicePrincipals/s/synchronization/jobs", body={}),
        lambda: contract.check_answer("GET", "/me", 200, None),
        lambda: contract.check_answer("GET", "/me", 204, None),
        lambda: contract.check_answer("GET", "/me", 404, {"fault": 1}),
        lambda: contract.check_answer(
            "GET", "/auditLogs/provisioning", 200, {"value": [{"id": "1", "activityDateTime": "yesterday"}]}
        ),
        lambda: contract.check_answer(
            "GET", "/auditLogs/provisioning", 200, {"value": [{"id": "1", "x": 1}]}
        ),
    ):
        with pytest.raises(AssertionError):
            bad()
    contract.check_answer("GET", "/v1.0/me", 404, sample("derived/error-404-not-replicated.json"))
    contract.check_answer(
        "GET", "/auditLogs/provisioning", 200, sample("derived/provisioning-log-page-mixed.json")
    )


def test_no_sample_is_forgotten() -> None:
    """Each file is either read by a test here or is no answer that the program reads."""
    source = Path(__file__).read_text(encoding="utf-8") + (
        Path(__file__).with_name("test_refusal.py").read_text(encoding="utf-8")
    )
    not_read = {
        "claims-challenge-headers.json", "filter-operators.json", "functions.json", "parse-expression-response.json",
        "sts-error.json", "validate-credentials-request-collection.json", "validate-credentials-request-job.json",
        "error-403-non-premium-tenant.json", "error-404-not-replicated.json", "error-409-conflict.json",
    }  # fmt: skip
    patterns = ("schema-", "provisioning-log-", "job-", "provision-on-demand-", "error-validate-credentials-")
    for path in FOLDER.glob("*/*.json"):
        assert path.name in not_read or path.name in source or path.name.startswith(patterns), (
            f"{path.name} is read by no test"
        )
