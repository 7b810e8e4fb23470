"""Every call: what is sent, and that what comes back is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from scim_assistant.errors import KnownError, OutcomeUnknown, ServiceRefused
from scim_assistant.graph import applications, directory, logs, synchronization
from scim_assistant.graph.request import GraphRequest
from scim_assistant.graph.types import ZERO_GUID, AppRole, ServicePrincipal
from scim_assistant.graph.validation import Validation, explain_validation
from scim_assistant.secret import MASK, Secret
from tests.contract import Contract
from tests.graph.conftest import Desk
from tests.hostile import reply

SP = "5a0c7c1e-6c55-4a5e-9d1e-2b8f3f7e9a10"
USER = "11111111-0000-4000-8000-000000000001"
GROUP = "22222222-0000-4000-8000-000000000001"
JOB = "scim.0f6a1d2e3b4c.7d1b2c3e"
SINCE = datetime(2026, 3, 2, 9, 0, 0, 250_000, tzinfo=UTC)

REQUESTS: dict[str, GraphRequest] = {
    "templates exactly": applications.find_templates_request("O'Neil & Co", exactly=True),
    "templates": applications.find_templates_request("ScreenSteps"),
    "service principals": applications.find_service_principals_request("t-1"),
    "service principal": applications.get_service_principal_request(SP),
    "instantiate": applications.instantiate_request("t-1", "ScreenSteps (test)"),
    "application": applications.get_application_request("a-1"),
    "application by app id": applications.find_application_by_app_id_request("app-1"),
    "delete application": applications.delete_application_request("a-1"),
    "delete service principal": applications.delete_service_principal_request(SP),
    "assignments": applications.list_assignments_request(SP),
    "assign": applications.assign_request(SP, USER, ZERO_GUID),
    "unassign": applications.unassign_request(SP, "-Wmt/M5+na="),
    "sync templates": synchronization.list_templates_request(SP),
    "template schema": synchronization.get_template_schema_request(SP, "scim"),
    "jobs": synchronization.list_jobs_request(SP),
    "job": synchronization.get_job_request(SP, JOB),
    "create job": synchronization.create_job_request(SP, "scim"),
    "start": synchronization.start_job_request(SP, JOB),
    "pause": synchronization.pause_job_request(SP, JOB),
    "restart": synchronization.restart_job_request(SP, JOB),
    "restart with deletes": synchronization.restart_job_request(SP, JOB, synchronization.ALLOW_DELETES),
    "delete job": synchronization.delete_job_request(SP, JOB),
    "schema": synchronization.get_schema_request(SP, JOB),
    "put schema": synchronization.put_schema_request(
        SP, JOB, {"@odata.context": "x", "id": "s", "synchronizationRules": []}
    ),
    "secrets": synchronization.get_secrets_request(SP),
    "put secrets": synchronization.put_secrets_request(
        SP,
        [
            ("BaseAddress", "https://example.screenstepslive.com/api/scim/v2"),
            ("SecretToken", Secret("s3cret")),
            ("SyncAll", "false"),
            ("SyncNotificationSettings", synchronization.notification_settings("ops@example.com", 500)),
        ],
    ),
    "validate before a job": synchronization.validate_credentials_request(
        SP, template_id="scim", tenant_url="https://x.example/scim", secret=Secret("s3cret")
    ),
    "validate": synchronization.validate_credentials_request(
        SP, job_id=JOB, tenant_url="https://x.example/scim", secret=Secret("s3cret")
    ),
    "validate what is saved": synchronization.validate_credentials_request(SP, job_id=JOB, use_saved=True),
    "on demand": synchronization.provision_on_demand_request(SP, JOB, rule_id="r#V2", object_id=USER),
    "on demand group": synchronization.provision_on_demand_request(
        SP, JOB, rule_id="r", object_id=GROUP, object_type="Group", members=[USER]
    ),
    "me": directory.me_request(),
    "own roles": directory.own_roles_request(),
    "organization": directory.organization_request(),
    "licences": directory.subscribed_skus_request(),
    "search people": directory.search_users_request('ann "x" \\ & b'),
    "search people without text": directory.search_users_request("  "),
    "search groups": directory.search_groups_request("Docs"),
    "people": directory.list_users_request(),
    "person": directory.get_user_request("ana@example.com"),
    "group": directory.get_group_request(GROUP),
    "members": directory.list_members_request(GROUP),
    "transitive members": directory.list_transitive_members_request(GROUP),
    "log": logs.events_request(JOB),
    "log since": logs.events_request("j'1", SINCE, top=50),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_every_request_is_one_that_the_contract_knows(name: str) -> None:
    request = REQUESTS[name]
    parts = urlsplit(request.target)
    contract = Contract.load()
    contract.check_request(
        request.method, parts.path, parts.query, request.wire_body(), dict(request.headers)
    )


@pytest.mark.parametrize("name", REQUESTS)
def test_every_request_says_what_failed_when_it_fails(name: str) -> None:
    request = REQUESTS[name]
    assert request.what.endswith(".")
    assert request.path.startswith("/")
    assert "s3cret" not in f"{request.shown_body()} {request!r}"


def test_only_requests_that_create_are_not_repeated() -> None:
    once = {name for name, request in REQUESTS.items() if not request.repeatable}
    assert once == {"instantiate", "assign", "create job", "on demand", "on demand group"}


def test_the_calls_that_microsoft_limits_are_counted() -> None:
    assert {name for name, request in REQUESTS.items() if request.budget} == {
        "log",
        "log since",
        "on demand",
        "on demand group",
    }


def query(request: GraphRequest) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(request.target).query))


def test_texts_in_a_filter_cannot_end_it() -> None:
    assert query(REQUESTS["templates exactly"])["$filter"] == "displayName eq 'O''Neil & Co'"
    assert "%20" in REQUESTS["templates exactly"].target
    assert "+" not in REQUESTS["templates exactly"].target


def test_ids_in_a_path_are_encoded() -> None:
    assert REQUESTS["unassign"].path.endswith("/appRoleAssignedTo/-Wmt%2FM5%2Bna%3D")
    assert REQUESTS["person"].path == "/users/ana%40example.com"


def test_a_search_quotes_each_clause_and_drops_the_ampersand() -> None:
    assert query(REQUESTS["search people"])["$search"] == (
        '"displayName:ann \\"x\\" \\\\ b" OR "mail:ann \\"x\\" \\\\ b" OR "userPrincipalName:ann \\"x\\" \\\\ b"'
    )
    assert "$search" not in query(REQUESTS["search people without text"])
    for name in ("search people", "search groups", "own roles"):
        assert dict(REQUESTS[name].headers) == {"ConsistencyLevel": "eventual"}
        assert query(REQUESTS[name])["$count"] == "true"


def test_the_log_is_asked_for_what_is_later_in_utc() -> None:
    assert query(REQUESTS["log since"])["$filter"] == (
        "jobId eq 'j''1' and activityDateTime gt 2026-03-02T09:00:00.250Z"
    )


def test_the_secret_is_revealed_on_the_wire_only() -> None:
    request = REQUESTS["put secrets"]
    sent = {entry["key"]: entry["value"] for entry in json.loads(request.wire_body() or b"")["value"]}
    shown = {entry["key"]: entry["value"] for entry in json.loads(request.shown_body())["value"]}
    assert (sent["SecretToken"], shown["SecretToken"]) == ("s3cret", MASK)
    assert json.loads(sent["SyncNotificationSettings"]) == {
        "Enabled": True,
        "Recipients": "ops@example.com",
        "DeleteThresholdEnabled": True,
        "DeleteThresholdValue": 500,
    }
    assert (
        synchronization.notification_settings("", None) == '{"Enabled":false,"DeleteThresholdEnabled":false}'
    )


@pytest.mark.parametrize("value", ["*", "*****", Secret("***")])
def test_the_mask_is_never_written_back_as_a_secret(value: str | Secret) -> None:
    with pytest.raises(ValueError, match="mask"):
        synchronization.put_secrets_request(SP, [("SecretToken", value)])


def test_a_schema_is_sent_back_with_all_its_members() -> None:
    document = {"@odata.context": "c", "id": "s", "unknown": {"a": [1]}, "synchronizationRules": []}
    request = synchronization.put_schema_request(SP, JOB, document)
    assert request.body == {"id": "s", "unknown": {"a": [1]}, "synchronizationRules": []}


def test_more_members_than_microsoft_takes_are_refused_before_asking() -> None:
    with pytest.raises(ValueError, match="5 at most"):
        synchronization.provision_on_demand_request(
            SP, JOB, rule_id="r", object_id=GROUP, object_type="Group", members=list("abcdef")
        )


# Answers

Call = Callable[[Desk], Any]


def answered(desk: Desk, status: int, body: object, call: Call) -> Any:
    desk.server.will_answer(
        reply(status, body if status != 204 else b"", "" if status == 204 else "application/json")
    )
    return call(desk)


@pytest.mark.parametrize(
    "call",
    [
        lambda desk: applications.delete_application(desk.client, "a", desk.work),
        lambda desk: applications.delete_service_principal(desk.client, SP, desk.work),
        lambda desk: applications.unassign(desk.client, SP, "x", desk.work),
        lambda desk: synchronization.start_job(desk.client, SP, JOB, desk.work),
        lambda desk: synchronization.pause_job(desk.client, SP, JOB, desk.work),
        lambda desk: synchronization.restart_job(desk.client, SP, JOB, desk.work),
        lambda desk: synchronization.delete_job(desk.client, SP, JOB, desk.work),
        lambda desk: synchronization.put_schema(desk.client, SP, JOB, {"id": "s"}, desk.work),
        lambda desk: synchronization.put_secrets(desk.client, SP, [("SyncAll", "false")], desk.work),
        lambda desk: synchronization.validate_credentials(
            desk.client, SP, JOB, "scim", "https://x.example", Secret("t"), desk.work
        ),
    ],
)
def test_a_call_without_an_answer_body_is_content_with_none(desk: Desk, call: Call) -> None:
    assert answered(desk, 204, b"", call) is None


def test_a_new_app_comes_back_in_both_halves(desk: Desk) -> None:
    body = {"application": {"id": "a", "appId": "x"}, "servicePrincipal": {"id": SP, "appRoles": []}}
    made = answered(desk, 201, body, lambda d: applications.instantiate(d.client, "t", "ScreenSteps", d.work))
    assert (made.application.id, made.service_principal.id) == ("a", SP)
    assert desk.server.seen[0].json() == {"displayName": "ScreenSteps"}


def test_the_gallery_is_searched_by_part_of_a_name_only_when_no_entry_has_it_whole(desk: Desk) -> None:
    none, some = (
        reply(200, {"value": []}),
        reply(200, {"value": [{"id": "t", "displayName": "ScreenSteps X"}]}),
    )
    desk.server.will_answer(none, some)
    assert applications.find_templates(desk.client, "ScreenSteps", desk.work)[0].id == "t"
    assert ["eq" in seen.target for seen in desk.server.seen] == [True, False]


def test_lists_are_read_over_all_their_pages(desk: Desk) -> None:
    link = f"{desk.server.url}/v1.0/servicePrincipals/{SP}/appRoleAssignedTo?$skiptoken=2"
    desk.server.will_answer(
        reply(200, {"value": [{"id": "1", "principalId": USER}], "@odata.nextLink": link}),
        reply(200, {"value": [{"id": "2"}]}),
    )
    assert [one.id for one in applications.list_assignments(desk.client, SP, desk.work)] == ["1", "2"]


def test_people_come_page_by_page_so_that_a_reader_can_stop(desk: Desk) -> None:
    desk.server.will_answer(
        reply(200, {"value": [{"id": "1"}], "@odata.nextLink": f"{desk.server.url}/v1.0/users?a=1"})
    )
    assert [user.id for user in next(iter(directory.list_users(desk.client, desk.work)))] == ["1"]
    assert len(desk.server.seen) == 1


def test_the_tenant_and_an_app_registration_may_be_missing(desk: Desk) -> None:
    desk.server.will_answer(reply(200, {"value": []}))
    assert directory.organization(desk.client, desk.work) is None
    assert applications.find_application_by_app_id(desk.client, "x", desk.work) is None


def test_an_assignment_that_exists_is_recognised_and_other_refusals_are_not(desk: Desk) -> None:
    def refusal(message: str, details: list[dict[str, Any]]) -> ServiceRefused:
        body = {"error": {"code": "Request_BadRequest", "message": message, "details": details}}
        with pytest.raises(ServiceRefused) as caught:
            answered(desk, 400, body, lambda d: applications.assign(d.client, SP, USER, ZERO_GUID, d.work))
        return caught.value

    exists = "Permission being assigned already exists on the object"
    assert applications.is_already_assigned(refusal(exists, []))
    assert applications.is_already_assigned(refusal("Invalid.", [{"code": "X", "message": exists}]))
    assert not applications.is_already_assigned(refusal("The role was not found.", []))


def test_what_is_gone_is_recognised(desk: Desk) -> None:
    with pytest.raises(ServiceRefused) as caught:
        answered(
            desk,
            404,
            {"error": {"code": "Request_ResourceNotFound"}},
            lambda d: applications.delete_application(d.client, "a", d.work),
        )
    assert applications.is_gone(caught.value)


def role(name: str, *kinds: str, enabled: bool = True, id: str = "") -> AppRole:
    return AppRole(id=id or name, display_name=name, is_enabled=enabled, allowed_member_types=kinds)


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ((), ZERO_GUID),
        (None, ZERO_GUID),
        ((role("Admin", "User"), role("User", "User", id="u")), "u"),
        ((role("msiam_access", "User", id="m"), role("Admin", "User")), "m"),
        ((role("User", "User", enabled=False), role("msiam_access", "User", id="m")), "m"),
        ((role("User", "Application"), role("msiam_access", "Application", "User", id="m")), "m"),
    ],
)
def test_people_are_assigned_with_the_role_for_ordinary_people(
    roles: tuple[AppRole, ...] | None, expected: str
) -> None:
    assert applications.assignment_role(ServicePrincipal(id=SP, app_roles=roles)) == expected


@pytest.mark.parametrize("roles", [(role("Admin", "User"),), (role("User", "Application"),)])
def test_a_person_chooses_where_no_role_is_for_ordinary_people(roles: tuple[AppRole, ...]) -> None:
    with pytest.raises(KnownError):
        applications.assignment_role(ServicePrincipal(id=SP, app_roles=roles))


def test_a_failed_credential_test_is_taken_apart(desk: Desk) -> None:
    body = {
        "error": {
            "code": "CredentialValidationUnavailable",
            "message": "It failed.",
            "innerError": {
                "code": "SystemForCrossDomainIdentityManagementCredentialValidationFailure",
                "message": "Resource: Users Operation: GET Response Status Code: Unauthorized Content: s3cret",
            },
        }
    }
    with pytest.raises(ServiceRefused) as caught:
        answered(
            desk,
            400,
            body,
            lambda d: synchronization.validate_credentials(
                d.client, SP, None, "scim", "https://x.example/scim", Secret("s3cret"), d.work
            ),
        )
    told = explain_validation(caught.value)
    assert told.code == "SystemForCrossDomainIdentityManagementCredentialValidationFailure"
    assert told.response_status == "Unauthorized"
    assert "It failed." in told.text
    assert "s3cret" not in told.text
    assert desk.server.seen[0].json() == {
        "credentials": [
            {"key": "BaseAddress", "value": "https://x.example/scim"},
            {"key": "SecretToken", "value": "s3cret"},
        ],
        "templateId": "scim",
        "useSavedCredentials": False,
    }


def test_a_credential_test_that_says_nothing_is_survived(desk: Desk) -> None:
    with pytest.raises(ServiceRefused) as caught:
        answered(
            desk,
            400,
            b"",
            lambda d: synchronization.validate_credentials(
                d.client, SP, JOB, None, "", None, d.work, use_saved=True
            ),
        )
    assert explain_validation(caught.value) == Validation()


def test_a_schema_keeps_what_we_do_not_know(desk: Desk) -> None:
    document = {
        "id": "s",
        "version": "v1",
        "brandNew": {"deep": [1.5, None, "ü"]},
        "synchronizationRules": [
            {
                "id": "r#V2",
                "metadata": [{"key": "k", "value": '"Normal"'}],
                "objectMappings": [
                    {
                        "sourceObjectName": "user",
                        "flowTypes": "Add, Update",
                        "attributeMappings": [{"source": None}],
                    }
                ],
            }
        ],
        "directories": [{"id": "d", "objects": [{"attributes": [{"type": "string"}]}]}],
    }
    schema = answered(desk, 200, document, lambda d: synchronization.get_schema(d.client, SP, JOB, d.work))
    assert schema.document == document
    rule, mapping = schema.mapping_of("User")
    assert (rule.id, mapping.does("Update"), mapping.does("Delete")) == ("r#V2", True, False)
    assert synchronization.schema_from(document) == schema


def test_a_job_with_a_leftover_quarantine_is_not_quarantined(desk: Desk) -> None:
    body = {
        "id": JOB,
        "schedule": {"state": "active", "interval": "PT40M"},
        "status": {"code": "Active", "quarantine": {"reason": "", "currentBegan": ""}, "lastExecution": None},
    }
    job = answered(desk, 200, body, lambda d: synchronization.get_job(d.client, SP, JOB, d.work))
    assert (job.is_quarantined, job.is_scheduled) == (False, True)


# The log


def event(number: int, at: str = "2026-03-02T09:30:00Z", **more: Any) -> dict[str, Any]:
    return {"id": f"e{number}", "activityDateTime": at, "jobId": JOB, **more}


def test_log_rows_keep_the_text_they_came_as(desk: Desk) -> None:
    rows = [event(1, provisioningAction="stageddelete", brandNew={"a": [1, None]}), event(2)]
    desk.server.will_answer(reply(200, {"value": rows}))
    (page,) = logs.fetch_events(desk.client, JOB, None, desk.work)
    assert [json.loads(one.raw) for one in page] == rows
    assert page[0].view.provisioning_action == "stageddelete"


def test_a_refused_combination_of_filters_falls_back_to_the_job_alone(desk: Desk) -> None:
    desk.server.will_answer(
        reply(400, {"error": {"code": "BadRequest"}}),
        reply(200, {"value": [event(1, "2026-03-02T08:00:00Z"), event(2), event(3, "never")]}),
    )
    pages = list(logs.fetch_events(desk.client, JOB, SINCE, desk.work))
    assert [[one.view.id for one in page] for page in pages] == [["e2", "e3"]]
    assert "activityDateTime" not in desk.server.seen[1].target


def test_a_refused_log_is_not_asked_again_in_another_way(desk: Desk) -> None:
    desk.server.will_answer(reply(403, {"error": {"code": "X"}}))
    with pytest.raises(ServiceRefused):
        list(logs.fetch_events(desk.client, JOB, SINCE, desk.work))
    assert len(desk.server.seen) == 1


def test_a_log_row_that_cannot_be_read_is_named_by_its_path(desk: Desk) -> None:
    desk.server.will_answer(reply(200, {"value": [event(1), event(2, provisioningSteps=[{"name": 7}])]}))
    with pytest.raises(KnownError, match=r"\$\.value\[1\]\.provisioningSteps\[0\]\.name"):
        list(logs.fetch_events(desk.client, JOB, None, desk.work))


# On demand


def on_demand(desk: Desk, key: str, value: str) -> Any:
    return answered(
        desk,
        200,
        {"key": key, "value": value},
        lambda d: synchronization.provision_on_demand(d.client, SP, JOB, "r", USER, "User", d.work),
    )


ENTRY = {
    "action": "Create",
    "changeId": "c1",
    "statusInfo": {
        "status": "Failure",
        "errorCode": "EntryConflict",
        "reason": "Taken.",
        "recommendedAction": "Ask.",
    },
    "sourceIdentity": {"id": "s1"},
    "targetIdentity": None,
    "modifiedProperties": [{"displayName": "userName", "newValue": "ana@example.com"}],
    "provisioningSteps": [
        {"name": "EntryImport", "type": "Import", "status": "Success", "details": {"a": "b"}},
        {"name": "EntryImport", "type": "Matching", "status": "Failure"},
    ],
}


def test_provisioning_on_demand_is_read_in_its_first_form(desk: Desk) -> None:
    key = {"result": "Failure", "details": {"errorCode": "Other", "errorMessage": "m"}}
    result = on_demand(desk, json.dumps(key), json.dumps(ENTRY))
    assert (result.status, result.action, result.error_code, result.reason) == (
        "failure",
        "Create",
        "EntryConflict",
        "Taken.",
    )
    assert (result.source_id, result.target_id, result.change_id) == ("s1", None, "c1")
    assert [step.type for step in result.steps] == ["Import", "Matching"]
    assert result.modified[0].new_value == "ana@example.com"
    assert result.document == {"key": key, "value": ENTRY}


def test_provisioning_on_demand_is_read_in_its_second_form(desk: Desk) -> None:
    result = on_demand(desk, '{"result":"Success","details":{}}', "{}")
    assert (result.status, result.steps, result.error_code) == ("success", (), None)


def test_provisioning_on_demand_is_read_in_its_third_form(desk: Desk) -> None:
    name = "Some.Type.StatusInfo"
    result = on_demand(desk, name, json.dumps([ENTRY]))
    assert (result.status, result.recommended_action) == ("failure", "Ask.")
    assert result.document["key"] == name


@pytest.mark.parametrize(("key", "value"), [("", ""), ("x", "y"), ("{}", "[]"), ("[]", "{}"), ("7", "null")])
def test_an_on_demand_answer_that_says_nothing_leaves_the_outcome_unknown(
    desk: Desk, key: str, value: str
) -> None:
    with pytest.raises(OutcomeUnknown):
        on_demand(desk, key, value)
