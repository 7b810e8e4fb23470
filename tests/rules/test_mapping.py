"""Values flow to the app as the mapping says."""

from __future__ import annotations

from typing import Any

import pytest

from scim_assistant.rules.expressions import EvaluationError
from scim_assistant.rules.mapping import (
    flows,
    logged_values,
    mapped_values,
    matching_attributes,
    matching_values,
    object_mapping_for,
    source_attributes,
)
from tests.shared_data import shared_json

ANA = {
    "objectId": "1",
    "userPrincipalName": "ana@example.com",
    "mail": None,
    "givenName": "Ana",
    "IsSoftDeleted": False,
}


def _line(target: str, source: str | None, **more: Any) -> dict[str, Any]:
    if source is None:
        return {"targetAttributeName": target, "source": None, **more}
    kind = "Attribute" if source.startswith("[") else "Function"
    name = source.strip("[]") if kind == "Attribute" else source.split("(")[0]
    return {
        "targetAttributeName": target,
        "source": {"type": kind, "name": name, "expression": source, "parameters": []},
        "matchingPriority": 0,
        "flowType": "Always",
        **more,
    }


def _mapping(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"sourceObjectName": "User", "flowTypes": "Add, Update", "attributeMappings": list(lines), **more}


def test_what_is_empty_in_entra_does_not_flow() -> None:
    mapping = _mapping(
        _line("userName", "[userPrincipalName]"), _line('emails[type eq "work"].value', "[mail]")
    )
    assert mapped_values(mapping, ANA, creating=True) == {"userName": "ana@example.com"}


def test_active_follows_the_deleted_mark() -> None:
    mapping = _mapping(_line("active", 'Switch([IsSoftDeleted], , "False", "True", "True", "False")'))
    assert mapped_values(mapping, ANA, creating=False) == {"active": "True"}
    assert mapped_values(mapping, ANA | {"IsSoftDeleted": True}, creating=False) == {"active": "False"}


def test_lines_for_creation_only_take_part_when_creating() -> None:
    mapping = _mapping(_line("nickName", "[givenName]", flowType="ObjectAddOnly"))
    assert mapped_values(mapping, ANA, creating=True) == {"nickName": "Ana"}
    assert mapped_values(mapping, ANA, creating=False) == {}


@pytest.mark.parametrize("source", [None, "[mail]", "IgnoreFlowIfNullOrEmpty([mail])", 'Join("", [mail])'])
def test_a_default_fills_what_is_empty_but_only_on_creation(source: str | None) -> None:
    mapping = _mapping(_line("locale", source, defaultValue="en"))
    assert mapped_values(mapping, ANA, creating=True) == {"locale": "en"}
    assert "en" not in mapped_values(mapping, ANA, creating=False).values()


def test_a_default_does_not_hide_a_value() -> None:
    mapping = _mapping(_line("nickName", "[givenName]", defaultValue="nobody"))
    assert mapped_values(mapping, ANA, creating=True) == {"nickName": "Ana"}


def test_an_empty_text_flows_only_when_a_function_made_it() -> None:
    mapping = _mapping(_line("a", 'Join("", [mail])'), _line("b", "[mail]"))
    assert mapped_values(mapping, ANA | {"mail": ""}, creating=False) == {"a": ""}


def test_a_value_that_cannot_be_worked_out_names_its_target() -> None:
    with pytest.raises(EvaluationError, match=r"startDate.*date"):
        mapped_values(_mapping(_line("startDate", "CDate([givenName])")), ANA, creating=True)


def test_the_log_hides_what_is_redacted() -> None:
    mapping = _mapping(_line("userName", "Redact([userPrincipalName])"), _line("active", "[IsSoftDeleted]"))
    values = mapped_values(mapping, ANA, creating=True)
    assert values["userName"] == "ana@example.com"
    assert logged_values(mapping, values) == {"userName": "[Redact]", "active": "False"}


def test_matching_attributes_come_in_the_order_they_are_tried() -> None:
    mapping = _mapping(
        _line("externalId", "[mailNickname]", matchingPriority=2),
        _line("displayName", "[givenName]"),
        _line("userName", "ToLower([userPrincipalName])", matchingPriority=1),
    )
    assert matching_attributes(mapping) == (
        ("userName", "ToLower([userPrincipalName])"),
        ("externalId", "[mailNickname]"),
    )
    assert matching_values(mapping, ANA) == (("userName", "ana@example.com"),)
    assert matching_values(mapping, {}) == ()


def test_source_attributes_include_those_of_expressions_and_filters() -> None:
    mapping = _mapping(
        _line("name.formatted", 'Join(" ", [givenName], [surname])'),
        scope={"groups": [{"clauses": [{"sourceOperandName": "department", "operatorName": "IS NOT NULL"}]}]},
    )
    assert source_attributes(mapping) == {"givenName", "surname", "department"}


def test_actions_follow_the_flow_types() -> None:
    assert flows(_mapping(), "Add")
    assert flows(_mapping(flowTypes="add,update"), "Update")
    assert not flows(_mapping(), "Delete")
    assert not flows(_mapping(enabled=False), "Add")
    assert not flows({}, "Add")


def test_the_published_schema_is_read() -> None:
    schema = shared_json("reference/samples/derived/schema-scim-users-groups.json")
    found = object_mapping_for(schema, "user")
    assert found is not None
    person = ANA | {
        "mail": "ana@example.com",
        "surname": "Ruiz",
        "mailNickname": "ana",
        "department": "Sales",
    }
    assert mapped_values(found[1], person, creating=True) == {
        "userName": "ana@example.com",
        "active": "True",
        'emails[type eq "work"].value': "ana@example.com",
        "name.givenName": "Ana",
        "name.familyName": "Ruiz",
        "externalId": "ana",
    }
    assert matching_attributes(found[1]) == (("userName", "[userPrincipalName]"),)
    assert object_mapping_for(schema, "Device") is None


def test_the_published_salesforce_mapping_is_read() -> None:
    mapping = shared_json("reference/samples/published/object-mapping-salesforce.json")
    person = {
        "userPrincipalName": "ana@example.com",
        "IsSoftDeleted": "False",
        "preferredLanguage": "en-US",
        "appRoleAssignments": ["Editor"],
    }
    values = mapped_values(mapping, person, creating=True)
    assert values["IsActive"] == "True"
    assert values["Alias"] == "ana@exam"
    assert values["LocaleSidKey"] == "en_US"
    assert values["ProfileName"] == "Editor"
    assert values["LastName"] == "."
    assert "Email" not in values
