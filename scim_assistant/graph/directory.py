"""Calls about the tenant's own directory: who signed in, licences, people, groups and their members.

Source: Microsoft Graph v1.0 reference, user, group, organization, subscribedSku and directoryRole pages; concepts pages
on ``$search`` and advanced queries (2026-11).
"""

from __future__ import annotations

from collections.abc import Iterator

from scim_assistant.graph.client import GraphClient
from scim_assistant.graph.read import read, read_all, read_list
from scim_assistant.graph.request import GraphRequest, segment
from scim_assistant.graph.types import (
    DirectoryObject,
    DirectoryRole,
    Group,
    Organization,
    SubscribedSku,
    User,
)
from scim_assistant.sentence import Sentence, say
from scim_assistant.work import Work

USER_FIELDS = (
    "id,displayName,userPrincipalName,mail,givenName,surname,mailNickname,"
    "accountEnabled,userType,department,jobTitle"
)
GROUP_FIELDS = "id,displayName,description,securityEnabled,mailEnabled,groupTypes,membershipRule"
ADVANCED = (("ConsistencyLevel", "eventual"),)
"""Header of queries that Microsoft answers from an index a little behind: search, count, casts."""


def me_request() -> GraphRequest:
    """Read who is signed in."""
    return GraphRequest(
        "GET", "/me", say("The signed-in account could not be read."), query=(("$select", USER_FIELDS),)
    )


def me(client: GraphClient, work: Work) -> User:
    """Who is signed in."""
    return read(client.send(me_request(), work), User)


def own_roles_request() -> GraphRequest:
    """List the active directory roles of who is signed in; the cast needs the header and the count."""
    return GraphRequest(
        "GET",
        "/me/transitiveMemberOf/microsoft.graph.directoryRole",
        say("The directory roles of the signed-in account could not be read."),
        query=(("$count", "true"), ("$select", "id,displayName,roleTemplateId")),
        headers=ADVANCED,
    )


def own_roles(client: GraphClient, work: Work) -> tuple[DirectoryRole, ...]:
    """Active roles only: an eligible one that is not activated is absent, and so are custom roles."""
    return read_all(client, own_roles_request(), DirectoryRole, work)


def organization_request() -> GraphRequest:
    """Read the tenant."""
    return GraphRequest(
        "GET",
        "/organization",
        say("The tenant could not be read."),
        query=(("$select", "id,displayName,tenantType,countryLetterCode,verifiedDomains"),),
    )


def organization(client: GraphClient, work: Work) -> Organization | None:
    """The tenant; None when the account may not see it."""
    found = read_all(client, organization_request(), Organization, work)
    return found[0] if found else None


def subscribed_skus_request() -> GraphRequest:
    """List the tenant's licences."""
    return GraphRequest(
        "GET",
        "/subscribedSkus",
        say("The licences of the tenant could not be read."),
        query=(("$select", "id,skuPartNumber,capabilityStatus,servicePlans"),),
    )


def subscribed_skus(client: GraphClient, work: Work) -> tuple[SubscribedSku, ...]:
    """The tenant's licences with the plans inside them."""
    return read_all(client, subscribed_skus_request(), SubscribedSku, work)


def search_text(text: str, fields: tuple[str, ...]) -> str:
    """A ``$search`` value: the same text looked for in any of the fields.

    Every clause stands in double quotes, with inner quotes and backslashes escaped. An ampersand becomes a blank:
    the service is known to cut the search there.
    """
    text = " ".join(text.replace("&", " ").split())
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return " OR ".join(f'"{field}:{escaped}"' for field in fields)


def search_users_request(text: str, top: int = 25) -> GraphRequest:
    """Look for people by the beginning of their name, mail or user principal name; without text, any."""
    return _search(
        "/users",
        search_text(text, ("displayName", "mail", "userPrincipalName")) if text.strip(" &") else "",
        USER_FIELDS,
        top,
        say("People could not be searched."),
    )


def search_users(client: GraphClient, text: str, work: Work, *, top: int = 25) -> tuple[User, ...]:
    """The first people that fit."""
    return read_list(client.send(search_users_request(text, top), work), User)


def search_groups_request(text: str, top: int = 25) -> GraphRequest:
    """Look for groups by words of their name; without text, any."""
    return _search(
        "/groups",
        search_text(text, ("displayName",)) if text.strip(" &") else "",
        GROUP_FIELDS,
        top,
        say("Groups could not be searched."),
    )


def search_groups(client: GraphClient, text: str, work: Work, *, top: int = 25) -> tuple[Group, ...]:
    """The first groups that fit."""
    return read_list(client.send(search_groups_request(text, top), work), Group)


def _search(path: str, search: str, fields: str, top: int, what: Sentence) -> GraphRequest:
    query = (("$search", search),) if search else ()
    return GraphRequest(
        "GET",
        path,
        what,
        query=(*query, ("$count", "true"), ("$select", fields), ("$top", str(top))),
        headers=ADVANCED,
    )


def list_users_request() -> GraphRequest:
    """List everybody."""
    return GraphRequest(
        "GET",
        "/users",
        say("The people of the tenant could not be listed."),
        query=(("$select", USER_FIELDS), ("$top", "999")),
    )


def list_users(client: GraphClient, work: Work) -> Iterator[tuple[User, ...]]:
    """Everybody, page by page, so that a caller can stop early."""
    for answer in client.pages(list_users_request(), work):
        yield read_list(answer, User)


def get_user_request(user_id: str) -> GraphRequest:
    """Read a person by object id or user principal name."""
    return GraphRequest(
        "GET",
        f"/users/{segment(user_id)}",
        say("The person could not be read."),
        query=(("$select", USER_FIELDS),),
    )


def get_user(client: GraphClient, user_id: str, work: Work) -> User:
    """A person."""
    return read(client.send(get_user_request(user_id), work), User)


def get_group_request(group_id: str) -> GraphRequest:
    """Read a group."""
    return GraphRequest(
        "GET",
        f"/groups/{segment(group_id)}",
        say("The group could not be read."),
        query=(("$select", GROUP_FIELDS),),
    )


def get_group(client: GraphClient, group_id: str, work: Work) -> Group:
    """A group."""
    return read(client.send(get_group_request(group_id), work), Group)


def list_members_request(group_id: str) -> GraphRequest:
    """List the direct members of a group: the only ones that provisioning counts."""
    return _members(group_id, "members")


def list_members(client: GraphClient, group_id: str, work: Work) -> tuple[DirectoryObject, ...]:
    """Direct members: people, groups inside the group, devices and others."""
    return read_all(client, list_members_request(group_id), DirectoryObject, work)


def list_transitive_members_request(group_id: str) -> GraphRequest:
    """List the members of a group and of the groups inside it."""
    return _members(group_id, "transitiveMembers")


def list_transitive_members(client: GraphClient, group_id: str, work: Work) -> tuple[DirectoryObject, ...]:
    """Members through any number of groups, to tell who would be missed."""
    return read_all(client, list_transitive_members_request(group_id), DirectoryObject, work)


def _members(group_id: str, relation: str) -> GraphRequest:
    return GraphRequest(
        "GET",
        f"/groups/{segment(group_id)}/{relation}",
        say("The members of the group could not be listed."),
        query=(("$select", USER_FIELDS), ("$top", "999")),
    )
