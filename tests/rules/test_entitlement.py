"""Who is provisioned, and who is passed over and why."""

from __future__ import annotations

from typing import Any

import pytest

from scim_assistant.rules.entitlement import Reason, decide, directory_attributes, with_decision

SALES = {
    "groups": [
        {
            "name": "Sales only",
            "clauses": [
                {
                    "sourceOperandName": "department",
                    "operatorName": "EQUALS",
                    "targetOperand": {"values": ["Sales"]},
                }
            ],
        }
    ]
}


def _ana(**more: Any) -> dict[str, Any]:
    user = {
        "id": "ana",
        "userPrincipalName": "ana@example.com",
        "accountEnabled": True,
        "department": "Legal",
    }
    return directory_attributes(user | more)


def test_somebody_assigned_is_entitled() -> None:
    decision = decide(_ana(), assigned={"ana"})
    assert decision.entitled
    assert decision.reason is Reason.ASSIGNED
    assert decision.sentence("Ana Ruiz", "ScreenSteps") == "Ana Ruiz is assigned to ScreenSteps"


def test_direct_members_of_assigned_security_groups_are_entitled() -> None:
    decision = decide(_ana(), assigned={"g1", "g2"}, groups={"g0": True, "g1": True, "g2": False})
    assert decision.entitled
    assert decision.reason is Reason.THROUGH_GROUP
    assert decision.through == ("g1",)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"assigned": set()}, Reason.NOT_ASSIGNED),
        ({"assigned": {"g1"}, "groups": {"g1": False}}, Reason.GROUP_NOT_SECURITY),
        ({"assigned": {"g1"}, "groups": {"g2": True}, "nested_groups": ["g1"]}, Reason.NESTED_GROUP),
        ({"assigned": {"ana"}, "scope": SALES}, Reason.FILTERED_OUT),
    ],
)
def test_others_are_passed_over_with_the_reason(given: dict[str, Any], reason: Reason) -> None:
    decision = decide(_ana(), **given)
    assert not decision.entitled
    assert decision.active
    assert decision.reason is reason
    assert decision.assigned is (reason is Reason.FILTERED_OUT)
    assert decision.in_scope is (reason is not Reason.FILTERED_OUT)
    assert "Ana" in decision.sentence("Ana", "ScreenSteps")


def test_everyone_needs_no_assignment_but_still_passes_the_filter() -> None:
    assert decide(_ana(), assigned=set(), sync_all=True).reason is Reason.EVERYONE
    assert not decide(_ana(), assigned=set(), sync_all=True, scope=SALES).entitled
    assert decide(_ana(department="Sales"), assigned=set(), sync_all=True, scope=SALES).entitled


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"accountEnabled": False}, Reason.DISABLED),
        ({"deletedDateTime": "2026-01-01T00:00:00Z"}, Reason.SOFT_DELETED),
    ],
)
def test_disabled_and_deleted_people_are_not_entitled_though_assigned(
    change: dict[str, Any], reason: Reason
) -> None:
    decision = decide(_ana(**change), assigned={"ana"})
    assert not decision.entitled
    assert not decision.active
    assert decision.assigned
    assert decision.reason is reason


def test_the_deleted_mark_is_set_in_all_four_cases() -> None:
    person = _ana()
    decisions = [
        decide(person, assigned=set()),
        decide(person, assigned={"ana"}, scope=SALES),
        decide(_ana(accountEnabled=False), assigned={"ana"}),
        decide(_ana(deletedDateTime="2026-01-01T00:00:00Z"), assigned={"ana"}),
    ]
    assert [with_decision(person, decision)["IsSoftDeleted"] for decision in decisions] == [True] * 4
    assert with_decision(person, decide(person, assigned={"ana"}))["IsSoftDeleted"] is False


def test_a_group_is_entitled_when_assigned_itself_and_a_security_group() -> None:
    group = directory_attributes({"id": "g1", "displayName": "Authors", "securityEnabled": True})
    assert decide(group, assigned={"g1"}).entitled
    mail_group = directory_attributes({"id": "g2", "displayName": "All", "securityEnabled": False})
    assert decide(mail_group, assigned={"g2"}).reason is Reason.GROUP_NOT_SECURITY


def test_the_scoping_step_of_the_log_shows_each_answer_as_text() -> None:
    assert decide(_ana(), assigned={"ana"}, scope=SALES).step_details() == {
        "IsActive": "True",
        "Assigned": "True",
        "IsEffectivelyEntitledForProvisioning": "False",
        "IsInProvisioningScopeDisplayName": "False",
        "ScopeEvaluationResult": '{"Sales only.department EQUALS": false}',
    }
    assert "Sales only.department EQUALS" in decide(_ana(), assigned={"ana"}, scope=SALES).sentence(
        "Ana", "X"
    )


def test_graph_users_become_the_engines_attributes() -> None:
    attributes = directory_attributes(
        {
            "@odata.type": "#microsoft.graph.user",
            "id": "7",
            "userPrincipalName": "eva_partner.example.com#EXT#@example.com",
            "mail": "eva@example.com",
            "accountEnabled": True,
            "businessPhones": ["+1 555 0100"],
            "officeLocation": "2/11",
            "onPremisesExtensionAttributes": {"extensionAttribute1": "x"},
        }
    )
    assert attributes["objectId"] == "7"
    assert attributes["userPrincipalName"] == "eva_partner.example.com@example.com"
    assert attributes["originalUserPrincipalName"] == "eva_partner.example.com#EXT#@example.com"
    assert attributes["telephoneNumber"] == "+1 555 0100"
    assert attributes["physicalDeliveryOfficeName"] == "2/11"
    assert attributes["extensionAttribute1"] == "x"
    assert attributes["IsSoftDeleted"] is False
    assert "@odata.type" not in attributes
