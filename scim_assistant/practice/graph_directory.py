"""People, groups, the signed-in person and the tenant itself in the pretend Graph.

Source: Microsoft Graph v1.0 reference, pages user, group, organization, subscribedSku and 'List a user's direct and
transitive memberships'; the concept pages on the search query parameter and on advanced queries.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Final

from scim_assistant.practice.answers import Answer, not_found
from scim_assistant.practice.call import (
    LIST_OPTIONS,
    READ_GROUPS,
    READ_LICENCES,
    READ_ME,
    READ_MEMBERS,
    READ_PEOPLE,
    READ_TENANT,
    Call,
    Route,
)
from scim_assistant.practice.odata import is_advanced, list_answer, select, unsupported, whole_list
from scim_assistant.practice.odata_filter import EQ, TEXT
from scim_assistant.practice.state import Group, Json, Person, stamp

_USER_DEFAULT: Final = (
    "id",
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
)
_USER_BASIC: Final = ("id", "displayName", "givenName", "mail", "surname", "userPrincipalName")
_USER_FILTERS: Final = {
    "id": EQ,
    "displayName": TEXT,
    "givenName": TEXT,
    "surname": TEXT,
    "mail": TEXT | {"endswith"},
    "userPrincipalName": TEXT | {"endswith"},
    "mailNickname": TEXT,
    "department": TEXT,
    "jobTitle": TEXT,
    "userType": EQ | {"ne"},
    "accountEnabled": EQ,
}
_GROUP_FILTERS: Final = {
    "id": EQ,
    "displayName": TEXT,
    "mailNickname": TEXT,
    "securityEnabled": EQ,
    "mailEnabled": EQ,
}

ROLE_TEMPLATES: Final = {
    "Application Administrator": "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
    "Cloud Application Administrator": "158c047a-c907-4556-b7ef-446551a6b5f7",
    "Global Administrator": "62e90394-69f5-4237-9190-012177145e10",
    "Hybrid Identity Administrator": "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2",
    "Reports Reader": "4a5d8f65-41da-4de4-8968-e035b65339cf",
    "Security Reader": "5d6b6bb7-de71-4623-b4af-96380a352509",
    "Security Operator": "5f2222b1-57c3-48ba-8ad5-d4759f1fde6f",
    "Security Administrator": "194ae4cb-b126-40b2-bd5b-6091b380977d",
    "Global Reader": "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
    "Directory Readers": "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",
    "User Administrator": "fe930be7-5e62-47db-91af-98c3a49a38b1",
}
"""Template ids of directory roles, as published."""


def _user_row(call: Call, person: Person) -> Json:
    """A user, without what User.ReadBasic.All leaves out when nothing better is granted."""
    row = person.graph()
    granted = call.scopes & READ_PEOPLE
    if granted == {"User.ReadBasic.All"}:
        return {name: value for name, value in row.items() if name in _USER_BASIC}
    return row


def list_users(call: Call) -> Answer:
    """GET /users."""
    with call.tenant.lock:
        people = [person for person in call.tenant.people.values() if not person.deleted_at]
    return list_answer(
        call,
        [_user_row(call, person) for person in people],
        context="users",
        shape=lambda row: select(call, row, _USER_DEFAULT, "user"),
        page=call.tenant.limits.users_page,
        page_max=call.tenant.limits.users_page_max,
        filters=_USER_FILTERS,
        searches=("displayName", "mail", "userPrincipalName", "givenName", "surname"),
        orders=("displayName", "userPrincipalName"),
        needs_advanced_order=True,
    )


def _person(call: Call, key: str) -> Person:
    """A person by object id or user principal name."""
    with call.tenant.lock:
        person = call.tenant.people.get(key) or next(
            (each for each in call.tenant.people.values() if each.user_principal_name.lower() == key.lower()),
            None,
        )
    if person is None or person.deleted_at:
        raise not_found(key)
    return person


def get_user(call: Call) -> Answer:
    """GET /users/{id or user principal name}."""
    row = _user_row(call, _person(call, call.args["user"]))
    body = select(call, row, _USER_DEFAULT, "user")
    return Answer(200, {"@odata.context": call.context("users/$entity"), **body})


def get_me(call: Call) -> Answer:
    """GET /me."""
    row = _person(call, call.tenant.me).graph()
    body = select(call, row, _USER_DEFAULT, "user")
    return Answer(200, {"@odata.context": call.context("users/$entity"), **body})


def my_roles(call: Call) -> Answer:
    """GET /me/transitiveMemberOf/microsoft.graph.directoryRole: a cast, so an advanced query."""
    if not is_advanced(call):
        raise unsupported("An OData cast needs the header ConsistencyLevel and $count=true.")
    rows = [
        {
            "@odata.type": "#microsoft.graph.directoryRole",
            "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{call.tenant.tenant_id}/{role}")),
            "deletedDateTime": None,
            "description": f"{role} of the practice tenant.",
            "displayName": role,
            "roleTemplateId": ROLE_TEMPLATES.get(role),
        }
        for role in call.tenant.roles
    ]
    return list_answer(
        call,
        rows,
        context="directoryRoles",
        shape=lambda row: select(call, row, row.keys(), "directoryRole"),
        page=call.tenant.limits.users_page,
        page_max=call.tenant.limits.users_page_max,
    )


def list_groups(call: Call) -> Answer:
    """GET /groups."""
    with call.tenant.lock:
        groups = list(call.tenant.groups.values())
    return list_answer(
        call,
        [group.graph() for group in groups],
        context="groups",
        shape=lambda row: select(call, row, row.keys(), "group"),
        page=call.tenant.limits.users_page,
        page_max=call.tenant.limits.users_page_max,
        filters=_GROUP_FILTERS,
        searches=("displayName", "description", "mailNickname"),
        orders=("displayName",),
        needs_advanced_order=True,
    )


def _group(call: Call) -> Group:
    group = call.tenant.groups.get(call.args["group"])
    if group is None:
        raise not_found(call.args["group"])
    return group


def get_group(call: Call) -> Answer:
    """GET /groups/{id}."""
    row = _group(call).graph()
    body = select(call, row, row.keys(), "group")
    return Answer(200, {"@odata.context": call.context("groups/$entity"), **body})


def _object_rows(call: Call, ids: Iterable[str]) -> list[Json]:
    """Directory objects with their type, people and groups alike."""
    tenant = call.tenant
    rows: list[Json] = []
    with tenant.lock:
        for object_id in ids:
            if (person := tenant.people.get(object_id)) is not None and not person.deleted_at:
                rows.append({"@odata.type": "#microsoft.graph.user", **person.graph()})
            elif (group := tenant.groups.get(object_id)) is not None:
                rows.append({"@odata.type": "#microsoft.graph.group", **group.graph()})
    return rows


def _members_answer(call: Call, ids: Iterable[str]) -> Answer:
    cast = call.args.get("cast", "")
    rows = _object_rows(call, ids)
    if cast:
        if cast not in ("user", "group"):
            raise not_found(cast)
        if not is_advanced(call):
            raise unsupported("An OData cast needs the header ConsistencyLevel and $count=true.")
        rows = [row for row in rows if row["@odata.type"].endswith(f".{cast}")]

    def shape(row: Json) -> Json:
        is_group = row["@odata.type"] == "#microsoft.graph.group"
        if "$select" not in call.query:
            return select(call, row, row.keys() if is_group else _USER_DEFAULT, "directoryObject")
        # A property that only people or only groups have is null on the other kind.
        asked = [name.strip() for name in call.query["$select"].split(",")]
        return {"@odata.type": row["@odata.type"], **{name: row.get(name) for name in asked}}

    return list_answer(
        call,
        rows,
        context="directoryObjects",
        shape=shape,
        page=call.tenant.limits.users_page,
        page_max=call.tenant.limits.users_page_max,
        filters={"displayName": TEXT, "accountEnabled": EQ},
        orders=("displayName",),
    )


def list_members(call: Call) -> Answer:
    """GET /groups/{id}/members: direct ones. With a cast as the page on members has it."""
    return _members_answer(call, list(_group(call).members))


def list_transitive_members(call: Call) -> Answer:
    """GET /groups/{id}/transitiveMembers: flattened, each once. With a cast as the page has it."""
    tenant = call.tenant
    with tenant.lock:
        seen: dict[str, None] = {}
        waiting = list(_group(call).members)
        while waiting:
            object_id = waiting.pop(0)
            if object_id in seen:
                continue
            seen[object_id] = None
            if (group := tenant.groups.get(object_id)) is not None:
                waiting.extend(group.members)
    return _members_answer(call, seen)


def list_owners(call: Call) -> Answer:
    """GET /groups/{id}/owners."""
    return _members_answer(call, list(_group(call).owners))


def list_organization(call: Call) -> Answer:
    """GET /organization: one row."""
    tenant = call.tenant
    row: Json = {
        "id": tenant.tenant_id,
        "deletedDateTime": None,
        "displayName": tenant.name,
        "tenantType": "AAD",
        "countryLetterCode": "US",
        "assignedPlans": [
            {
                "assignedDateTime": stamp(tenant.clock.now()),
                "capabilityStatus": "Enabled",
                "service": plan["servicePlanName"],
                "servicePlanId": plan["servicePlanId"],
            }
            for sku in tenant.licences
            for plan in sku["servicePlans"]
        ],
        "verifiedDomains": [
            {
                "capabilities": "Email, OfficeCommunicationsOnline",
                "isDefault": True,
                "isInitial": False,
                "name": "example.com",
                "type": "Managed",
            }
        ],
    }
    return whole_list(call, [select(call, row, row.keys(), "organization")], "organization")


def list_licences(call: Call) -> Answer:
    """GET /subscribedSkus."""
    rows = [select(call, sku, sku.keys(), "subscribedSku") for sku in call.tenant.licences]
    return whole_list(call, rows, "subscribedSkus")


_SELECT: Final = frozenset({"$select"})
_MEMBERS: Final = frozenset({"$select", "$filter", "$top", "$count", "$orderby", "$skiptoken"})

ROUTES: Final = (
    Route("GET", "/users", list_users, READ_PEOPLE, options=LIST_OPTIONS),
    Route("GET", "/users/<user>", get_user, READ_PEOPLE, options=_SELECT),
    Route("GET", "/me", get_me, READ_ME, options=_SELECT),
    Route(
        "GET",
        "/me/transitiveMemberOf/directoryRole",
        my_roles,
        READ_ME,
        options=frozenset({"$select", "$top", "$count", "$skiptoken"}),
    ),
    Route("GET", "/groups", list_groups, READ_GROUPS, options=LIST_OPTIONS),
    Route("GET", "/groups/<group>", get_group, READ_GROUPS, options=_SELECT),
    Route("GET", "/groups/<group>/members", list_members, READ_MEMBERS, options=_MEMBERS),
    Route("GET", "/groups/<group>/members/<cast>", list_members, READ_MEMBERS, options=_MEMBERS),
    Route(
        "GET", "/groups/<group>/transitiveMembers", list_transitive_members, READ_MEMBERS, options=_MEMBERS
    ),
    Route(
        "GET",
        "/groups/<group>/transitiveMembers/<cast>",
        list_transitive_members,
        READ_MEMBERS,
        options=_MEMBERS,
    ),
    Route("GET", "/groups/<group>/owners", list_owners, READ_GROUPS, options=_MEMBERS),
    Route("GET", "/organization", list_organization, READ_TENANT, options=_SELECT),
    Route("GET", "/subscribedSkus", list_licences, READ_LICENCES, options=_SELECT),
)
