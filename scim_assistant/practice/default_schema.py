"""The mappings that a new provisioning job starts from, as a whole ``synchronizationSchema`` document.

Targets of the ScreenSteps template follow Microsoft's ScreenSteps provisioning tutorial: userName, work e-mail,
given and family name, externalId; displayName, externalId and members for groups. Two things here are choices of the
pretend world, since no public page settles them for the real app: which directory attribute feeds each target,
and the mapping of ``active``, which is not in the tutorial's table. With it, somebody who leaves the scope is
disabled; the real app may delete the account instead, so the program has to read the real mapping.
"""

from __future__ import annotations

import uuid
from typing import Final

from scim_assistant.practice.state import Json
from scim_assistant.rules.expressions import mapping_source, parse

USER_TARGET: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP_TARGET: Final = "urn:ietf:params:scim:schemas:core:2.0:Group"
SOURCE_DIRECTORY: Final = "Azure Active Directory"
TARGET_DIRECTORY: Final = "customappsso"
ACTIVE: Final = 'Switch([IsSoftDeleted], , "False", "True", "True", "False")'
FULL_NAME: Final = 'Join(" ", [givenName], [surname])'

_SCREENSTEPS_USER: Final = (
    ("userName", "[userPrincipalName]"),
    ("active", ACTIVE),
    ('emails[type eq "work"].value', "[mail]"),
    ("name.givenName", "[givenName]"),
    ("name.familyName", "[surname]"),
    ("externalId", "[mailNickname]"),
)
_SCIM_USER: Final = (
    ("userName", "[userPrincipalName]"),
    ("active", ACTIVE),
    ("displayName", "[displayName]"),
    ("title", "[jobTitle]"),
    ('emails[type eq "work"].value', "[mail]"),
    ("preferredLanguage", "[preferredLanguage]"),
    ("name.givenName", "[givenName]"),
    ("name.familyName", "[surname]"),
    ("name.formatted", FULL_NAME),
    ("externalId", "[mailNickname]"),
    ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber", "[employeeId]"),
    ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "[department]"),
)
_GROUP: Final = (("displayName", "[displayName]"), ("externalId", "[objectId]"), ("members", "[members]"))

_SOURCE_USER: Final = (
    "objectId",
    "userPrincipalName",
    "originalUserPrincipalName",
    "mail",
    "otherMails",
    "givenName",
    "surname",
    "displayName",
    "mailNickname",
    "department",
    "jobTitle",
    "companyName",
    "employeeId",
    "city",
    "country",
    "state",
    "streetAddress",
    "postalCode",
    "physicalDeliveryOfficeName",
    "telephoneNumber",
    "mobile",
    "facsimileTelephoneNumber",
    "preferredLanguage",
    "usageLocation",
)
_ATTRIBUTE_METADATA: Final[Json] = {
    "anchor": False,
    "apiExpressions": [],
    "caseExact": False,
    "defaultValue": None,
    "flowNullValues": False,
    "metadata": [],
    "multivalued": False,
    "mutability": "ReadWrite",
    "referencedObjects": [],
    "required": False,
    "type": "String",
}


def _attribute(name: str, **different: object) -> Json:
    return {**_ATTRIBUTE_METADATA, "name": name, **different}


def _reference(target: str) -> list[Json]:
    return [{"referencedObjectName": target, "referencedProperty": None}]


def _mapping(name: str, source_object: str, target_object: str, pairs: tuple[tuple[str, str], ...]) -> Json:
    metadata = (
        ("IsCustomerDefined", "false"),
        ("DisableMonitoringForChanges", "false"),
        ("Disposition", '"Normal"'),
        ("ExcludeFromReporting", "false"),
        ("EscrowBehavior", '"Default"'),
        ("Unsynchronized", "false"),
    )
    return {
        "enabled": True,
        "flowTypes": "Add, Update, Delete",
        "metadata": [{"key": key, "value": value} for key, value in metadata],
        "name": name,
        "scope": None,
        "sourceObjectName": source_object,
        "targetObjectName": target_object,
        "attributeMappings": [
            {
                "defaultValue": None,
                "exportMissingReferences": False,
                "flowBehavior": "FlowWhenChanged",
                "flowType": "Always",
                # The first pair of each list is what objects are matched by.
                "matchingPriority": 1 if target == pairs[0][0] else 0,
                "source": mapping_source(parse(source)),
                "targetAttributeName": target,
            }
            for target, source in pairs
        ],
    }


def _target_user(pairs: tuple[tuple[str, str], ...]) -> list[Json]:
    attributes = [_attribute("id", anchor=True, mutability="ReadOnly")]
    for target, _ in pairs:
        attributes.append(
            _attribute(
                target, required=target == "userName", type="Boolean" if target == "active" else "String"
            )
        )
    return attributes


def _directories(template_id: str, pairs: tuple[tuple[str, str], ...]) -> list[Json]:
    source_user = [_attribute(name, anchor=name == "objectId") for name in _SOURCE_USER]
    source_user += [
        _attribute("accountEnabled", type="Boolean"),
        _attribute("IsSoftDeleted", type="Boolean"),
        _attribute("manager", type="Reference", referencedObjects=_reference("User")),
        _attribute("appRoleAssignments", multivalued=True),
    ]
    source_group = [_attribute(name, anchor=name == "objectId") for name in ("objectId", "displayName")]
    source_group += [
        _attribute("description"),
        _attribute("mailNickname"),
        _attribute("securityEnabled", type="Boolean"),
        _attribute("members", multivalued=True, type="Reference", referencedObjects=_reference("User")),
    ]
    target_group = [
        _attribute("id", anchor=True, mutability="ReadOnly"),
        _attribute("displayName", required=True),
        _attribute("externalId"),
        _attribute("members", multivalued=True, type="Reference", referencedObjects=_reference(USER_TARGET)),
    ]

    def definition(kind: str, name: str, discoverabilities: str, objects: dict[str, list[Json]]) -> Json:
        return {
            "id": _stable_id(template_id, kind),
            "discoverabilities": discoverabilities,
            "discoveryDateTime": None,
            "name": name,
            "objects": [
                {"metadata": [], "name": name, "supportedApis": [], "attributes": attributes}
                for name, attributes in objects.items()
            ],
            "readOnly": False,
            "version": None,
        }

    return [
        definition("source", SOURCE_DIRECTORY, "None", {"User": source_user, "Group": source_group}),
        definition(
            "target",
            TARGET_DIRECTORY,
            "AttributeNames, AttributeDataTypes",
            {USER_TARGET: _target_user(pairs), GROUP_TARGET: target_group},
        ),
    ]


def _stable_id(template_id: str, kind: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://example.com/practice/{template_id}/{kind}"))


def rule_id(template_id: str) -> str:
    """The id of the one rule that jobs of this template have."""
    return _stable_id(template_id, "rule")


def default_schema(template_id: str, schema_id: str) -> Json:
    """A fresh schema document.

    Args:
        template_id: Synchronization template; ``ScreenSteps`` has its own mappings, all others the generic ones.
        schema_id: The job's id, or the template's.
    """
    pairs = _SCREENSTEPS_USER if template_id == "ScreenSteps" else _SCIM_USER
    return {
        "id": schema_id,
        "version": "v1.1",
        "synchronizationRules": [
            {
                "containerFilter": None,
                "editable": True,
                "groupFilter": None,
                "id": rule_id(template_id),
                "metadata": [{"key": "supportsProvisionOnDemand", "value": "true"}],
                "name": "USER_OUTBOUND_USER",
                "priority": 1,
                "sourceDirectoryName": SOURCE_DIRECTORY,
                "targetDirectoryName": TARGET_DIRECTORY,
                "objectMappings": [
                    _mapping("Provision Microsoft Entra ID Users", "User", USER_TARGET, pairs),
                    _mapping("Provision Microsoft Entra ID Groups", "Group", GROUP_TARGET, _GROUP),
                ],
            }
        ],
        "directories": _directories(template_id, pairs),
    }
