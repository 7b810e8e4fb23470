"""Calls about apps: the gallery, app registrations, service principals and who is assigned to them.

Every call comes as a pair: a builder that ends in ``_request`` and gives pure data, and a function that sends it and
reads the answer. ``sp_id`` is always the object id of the service principal, never the app id.

Source: Microsoft Graph v1.0 reference, applicationTemplate, application, servicePrincipal and appRoleAssignment pages
(2026-11).
"""

from __future__ import annotations

from scim_assistant.errors import KnownError, ServiceRefused
from scim_assistant.graph.client import GraphClient
from scim_assistant.graph.read import read, read_all
from scim_assistant.graph.request import GraphRequest, odata_text, segment
from scim_assistant.graph.types import (
    ZERO_GUID,
    Application,
    ApplicationTemplate,
    AppRoleAssignment,
    Instantiated,
    ServicePrincipal,
    same,
)
from scim_assistant.sentence import say
from scim_assistant.work import Work

_TEMPLATE = (
    "id,displayName,description,publisher,homePageUrl,logoUrl,categories,"
    "supportedProvisioningTypes,supportedSingleSignOnModes"
)
_SERVICE_PRINCIPAL = (
    "id,appId,displayName,applicationTemplateId,appRoles,appRoleAssignmentRequired,"
    "preferredSingleSignOnMode,accountEnabled,tags"
)
_APPLICATION = "id,appId,displayName,applicationTemplateId,createdDateTime"


def find_templates_request(name: str, *, exactly: bool = False) -> GraphRequest:
    """Search the gallery by display name; only ``eq`` and ``contains`` work there."""
    wanted = odata_text(name)
    return GraphRequest(
        "GET",
        "/applicationTemplates",
        say("The app gallery could not be searched."),
        query=(
            ("$filter", f"displayName eq {wanted}" if exactly else f"contains(displayName,{wanted})"),
            ("$select", _TEMPLATE),
            ("$top", "50"),
        ),
    )


def find_templates(client: GraphClient, name: str, work: Work) -> tuple[ApplicationTemplate, ...]:
    """Gallery entries with this name: those that are called exactly so, else those that contain it."""
    exact = read_all(client, find_templates_request(name, exactly=True), ApplicationTemplate, work)
    return exact or read_all(client, find_templates_request(name), ApplicationTemplate, work)


def find_service_principals_request(template_id: str) -> GraphRequest:
    """Look for the apps of this tenant that were made from a gallery entry."""
    return GraphRequest(
        "GET",
        "/servicePrincipals",
        say("The apps of this tenant could not be listed."),
        query=(
            ("$filter", f"applicationTemplateId eq {odata_text(template_id)}"),
            ("$select", _SERVICE_PRINCIPAL),
        ),
    )


def find_service_principals(
    client: GraphClient, template_id: str, work: Work
) -> tuple[ServicePrincipal, ...]:
    """The apps of this tenant that were made from a gallery entry."""
    return read_all(client, find_service_principals_request(template_id), ServicePrincipal, work)


def get_service_principal_request(sp_id: str) -> GraphRequest:
    """Read one app."""
    return GraphRequest(
        "GET",
        f"/servicePrincipals/{segment(sp_id)}",
        say("The app could not be read."),
        query=(("$select", _SERVICE_PRINCIPAL),),
    )


def get_service_principal(client: GraphClient, sp_id: str, work: Work) -> ServicePrincipal:
    """One app with its roles."""
    return read(client.send(get_service_principal_request(sp_id), work), ServicePrincipal)


def instantiate_request(template_id: str, display_name: str) -> GraphRequest:
    """Make an app from a gallery entry. Not repeatable: a second one would be made."""
    return GraphRequest(
        "POST",
        f"/applicationTemplates/{segment(template_id)}/instantiate",
        say("The app {name} was not registered.", name=display_name),
        body={"displayName": display_name},
        repeatable=False,
    )


def instantiate(client: GraphClient, template_id: str, display_name: str, work: Work) -> Instantiated:
    """Make an app from a gallery entry; both halves are unknown to most servers for a while.

    Raises:
        OutcomeUnknown: It may have been made; look for ``display_name`` among the template's apps.
    """
    return read(client.send(instantiate_request(template_id, display_name), work), Instantiated)


def get_application_request(application_id: str) -> GraphRequest:
    """Read an app registration by object id."""
    return GraphRequest(
        "GET",
        f"/applications/{segment(application_id)}",
        say("The app registration could not be read."),
        query=(("$select", _APPLICATION),),
    )


def get_application(client: GraphClient, application_id: str, work: Work) -> Application:
    """An app registration."""
    return read(client.send(get_application_request(application_id), work), Application)


def find_application_by_app_id_request(app_id: str) -> GraphRequest:
    """Look for an app registration by its app id.

    Source: Microsoft Graph v1.0 reference, page *List applications* (2026-11).
    """
    return GraphRequest(
        "GET",
        "/applications",
        say("The app registration could not be looked up."),
        query=(("$filter", f"appId eq {odata_text(app_id)}"), ("$select", _APPLICATION)),
    )


def find_application_by_app_id(client: GraphClient, app_id: str, work: Work) -> Application | None:
    """The app registration with this app id, or None when this tenant has none (an app of another tenant)."""
    found = read_all(client, find_application_by_app_id_request(app_id), Application, work)
    return found[0] if found else None


def delete_application_request(application_id: str) -> GraphRequest:
    """Remove an app registration; its service principal in this tenant goes with it, both recoverable for a while."""
    return GraphRequest(
        "DELETE", f"/applications/{segment(application_id)}", say("The app registration was not removed.")
    )


def delete_application(client: GraphClient, application_id: str, work: Work) -> None:
    """Remove an app registration with its service principal. ``is_gone`` tells one that was not there."""
    client.send(delete_application_request(application_id), work)


def delete_service_principal_request(sp_id: str) -> GraphRequest:
    """Remove a service principal alone."""
    return GraphRequest(
        "DELETE", f"/servicePrincipals/{segment(sp_id)}", say("The app was not removed from this tenant.")
    )


def delete_service_principal(client: GraphClient, sp_id: str, work: Work) -> None:
    """Remove a service principal alone. ``is_gone`` tells one that was not there."""
    client.send(delete_service_principal_request(sp_id), work)


def is_gone(error: KnownError) -> bool:
    """True when Graph itself says that there is nothing (any more, or not yet on that server).

    A 404 that carries neither a code nor a request id was not Graph's: a proxy on the way knows nothing of the tenant.
    """
    return (
        isinstance(error, ServiceRefused)
        and error.status == 404
        and bool(error.details.codes or error.details.request_id)
    )


def list_assignments_request(sp_id: str) -> GraphRequest:
    """List who is assigned to an app."""
    return GraphRequest(
        "GET",
        f"/servicePrincipals/{segment(sp_id)}/appRoleAssignedTo",
        say("The people and groups assigned to the app could not be listed."),
        query=(("$top", "999"),),
    )


def list_assignments(client: GraphClient, sp_id: str, work: Work) -> tuple[AppRoleAssignment, ...]:
    """Everybody and every group assigned to an app."""
    return read_all(client, list_assignments_request(sp_id), AppRoleAssignment, work)


def assign_request(sp_id: str, principal_id: str, app_role_id: str) -> GraphRequest:
    """Assign a person or group to an app. Not repeatable: look at the list before it is sent again."""
    return GraphRequest(
        "POST",
        f"/servicePrincipals/{segment(sp_id)}/appRoleAssignedTo",
        say("The person or group was not assigned to the app."),
        body={"principalId": principal_id, "resourceId": sp_id, "appRoleId": app_role_id},
        repeatable=False,
    )


def assign(
    client: GraphClient, sp_id: str, principal_id: str, app_role_id: str, work: Work
) -> AppRoleAssignment:
    """Assign a person or group to an app.

    Raises:
        ServiceRefused: Refused; ``is_already_assigned`` tells an assignment that exists.
        OutcomeUnknown: It may have been made.
    """
    return read(client.send(assign_request(sp_id, principal_id, app_role_id), work), AppRoleAssignment)


def is_already_assigned(error: KnownError) -> bool:
    """True when an assignment was refused since it exists.

    The status and code (400, ``Request_BadRequest``) also stand for other faults, and no published code is its own;
    so here, as an exception, the message decides.
    """
    return (
        isinstance(error, ServiceRefused)
        and error.status in (400, 409)
        and "permission being assigned already exists" in (error.details.said or "").casefold()
    )


def unassign_request(sp_id: str, assignment_id: str) -> GraphRequest:
    """Take an assignment back."""
    return GraphRequest(
        "DELETE",
        f"/servicePrincipals/{segment(sp_id)}/appRoleAssignedTo/{segment(assignment_id)}",
        say("The assignment was not removed."),
    )


def unassign(client: GraphClient, sp_id: str, assignment_id: str, work: Work) -> None:
    """Take an assignment back. ``is_gone`` tells one that was not there."""
    client.send(unassign_request(sp_id, assignment_id), work)


def assignment_role(service_principal: ServicePrincipal) -> str:
    """The role id to assign people and groups with.

    The role named *User*, else ``msiam_access``, which gallery apps carry in its place; the zero GUID for an
    app that declares no roles at all.

    Raises:
        KnownError: The app has only other roles, such as *Administrator*, and a person has to choose.
    """
    roles = service_principal.app_roles or ()
    if not roles:
        return ZERO_GUID
    usable = [
        role
        for role in roles
        if role.is_enabled and any(same(kind, "User") for kind in role.allowed_member_types or ())
    ]
    for name in ("User", "msiam_access"):
        for role in usable:
            if same(role.display_name, name):
                return role.id
    names = ", ".join(role.display_name or role.id for role in usable)
    raise KnownError(
        say("No role to assign people with was found in {app}.", app=service_principal.display_name or ""),
        say("The app offers only these roles: {names}.", names=names)
        if usable
        else say("The app offers no role that people can have."),
        say(
            "Assign one person in the portal under Enterprise apps, with the role that fits, then continue here."
        ),
    )
