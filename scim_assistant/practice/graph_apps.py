"""Gallery, applications, service principals and assignments of the pretend Graph.

Source: Microsoft Graph v1.0 reference, pages applicationTemplate, application, servicePrincipal and
appRoleAssignment. ``GET /applications`` as a list follows the page 'List applications'.
"""

from __future__ import annotations

import secrets
from typing import Final

from scim_assistant.practice.answers import NO_CONTENT, Answer, Refused, bad_request, not_found, text_member
from scim_assistant.practice.call import (
    ADMIN_ROLES,
    ASSIGN,
    LIST_OPTIONS,
    READ_APPS,
    WRITE_APPS,
    Call,
    Route,
)
from scim_assistant.practice.gallery import GalleryEntry
from scim_assistant.practice.odata import list_answer, select
from scim_assistant.practice.odata_filter import EQ, TEXT
from scim_assistant.practice.state import (
    ZERO_GUID,
    App,
    Assignment,
    Group,
    Json,
    Person,
    new_id,
    stamp,
)

_CONTAINS: Final = frozenset({"eq", "contains"})


def list_templates(call: Call) -> Answer:
    """GET /applicationTemplates."""
    return list_answer(
        call,
        [entry.graph() for entry in call.tenant.gallery.values()],
        context="applicationTemplates",
        shape=lambda row: select(call, row, row.keys(), "applicationTemplate"),
        page=call.tenant.limits.templates_page,
        page_max=1000,
        filters={"displayName": _CONTAINS, "categories": _CONTAINS},
        orders=("displayName",),
    )


def _template(call: Call) -> GalleryEntry:
    entry = call.tenant.gallery.get(call.args["template"])
    if entry is None:
        raise not_found(call.args["template"])
    return entry


def get_template(call: Call) -> Answer:
    """GET /applicationTemplates/{id}."""
    row = _template(call).graph()
    body = select(call, row, row.keys(), "applicationTemplate")
    return Answer(200, {"@odata.context": call.context("applicationTemplates/$entity"), **body})


def default_roles() -> list[Json]:
    """The roles of a new gallery app; the second has no value, as published."""
    return [
        {
            "allowedMemberTypes": ["User"],
            "description": name,
            "displayName": name,
            "id": new_id(),
            "isEnabled": True,
            "origin": "Application",
            "value": None,
        }
        for name in ("User", "msiam_access")
    ]


def application_row(app: App) -> Json:
    """An ``application``."""
    return {
        "id": app.application_id,
        "deletedDateTime": None,
        "appId": app.app_id,
        "applicationTemplateId": app.gallery_id,
        "createdDateTime": stamp(app.created_at),
        "displayName": app.display_name,
        "identifierUris": [],
        "signInAudience": "AzureADMyOrg",
        "tags": [],
        "appRoles": app.roles,
    }


def service_principal_row(call: Call, app: App) -> Json:
    """A ``servicePrincipal``."""
    return {
        "id": app.id,
        "deletedDateTime": None,
        "accountEnabled": True,
        "appId": app.app_id,
        "applicationTemplateId": app.gallery_id,
        "appDisplayName": app.display_name,
        "appOwnerOrganizationId": call.tenant.tenant_id,
        "appRoleAssignmentRequired": True,
        "description": None,
        "displayName": app.display_name,
        "homepage": app.homepage,
        "loginUrl": None,
        "notes": None,
        "notificationEmailAddresses": [],
        "preferredSingleSignOnMode": app.sign_on_mode,
        "replyUrls": [],
        "servicePrincipalNames": [app.app_id],
        "servicePrincipalType": "Application",
        "tags": ["WindowsAzureActiveDirectoryIntegratedApp"],
        "appRoles": app.roles,
    }


def instantiate(call: Call) -> Answer:
    """POST /applicationTemplates/{id}/instantiate."""
    entry = _template(call)
    name = text_member(call.body, "displayName")
    tenant = call.tenant
    app = App(
        id=new_id(),
        application_id=new_id(),
        app_id=new_id(),
        gallery_id=entry.id,
        sync_template_id=entry.sync_template_id,
        display_name=name,
        created_at=tenant.clock.now(),
        homepage=entry.home_page,
        roles=default_roles(),
        owners=[tenant.me],
    )
    with tenant.lock:
        tenant.apps[app.id] = app
        tenant.born[app.id] = tenant.born[app.application_id] = app.created_at
    return Answer(
        201,
        {
            "@odata.context": call.context("microsoft.graph.applicationServicePrincipal"),
            "application": application_row(app),
            "servicePrincipal": service_principal_row(call, app),
        },
    )


def _applications(call: Call) -> list[App]:
    with call.tenant.lock:
        return [*call.tenant.apps.values(), *call.tenant.bare_applications.values()]


def _application(call: Call) -> App:
    wanted = call.args["application"]
    app = next((each for each in _applications(call) if each.application_id == wanted), None)
    if app is None:
        raise not_found(wanted)
    call.replicas.check(wanted)
    return app


def list_applications(call: Call) -> Answer:
    """GET /applications, as the page 'List applications' has it."""
    rows = [application_row(app) for app in _applications(call) if call.replicas.has(app.application_id)]
    return list_answer(
        call,
        rows,
        context="applications",
        shape=lambda row: select(call, row, row.keys(), "application"),
        page=call.tenant.limits.users_page,
        page_max=call.tenant.limits.users_page_max,
        filters={"appId": EQ, "displayName": TEXT, "id": EQ},
        searches=("displayName",),
        orders=("displayName",),
        needs_advanced_order=True,
    )


def get_application(call: Call) -> Answer:
    """GET /applications/{id}."""
    row = application_row(_application(call))
    body = select(call, row, row.keys(), "application")
    return Answer(200, {"@odata.context": call.context("applications/$entity"), **body})


def delete_application(call: Call) -> Answer:
    """DELETE /applications/{id}: its service principal in the same tenant goes with it."""
    app = _application(call)
    with call.tenant.lock:
        call.tenant.bare_applications.pop(app.application_id, None)
        _forget(call, app)
    return NO_CONTENT


def _forget(call: Call, app: App) -> None:
    call.tenant.apps.pop(app.id, None)
    for job in app.jobs.values():
        job.was_deleted = True


def list_service_principals(call: Call) -> Answer:
    """GET /servicePrincipals. A new one is missing from the list while the replica that answers lacks it."""
    with call.tenant.lock:
        apps = list(call.tenant.apps.values())
    return list_answer(
        call,
        [service_principal_row(call, app) for app in apps if call.replicas.has(app.id)],
        context="servicePrincipals",
        shape=lambda row: select(call, row, row.keys(), "servicePrincipal"),
        page=call.tenant.limits.users_page,
        page_max=call.tenant.limits.users_page_max,
        filters={"applicationTemplateId": TEXT, "appId": EQ, "displayName": TEXT, "id": EQ},
        searches=("displayName",),
        orders=("displayName",),
        needs_advanced_order=True,
    )


def get_service_principal(call: Call) -> Answer:
    """GET /servicePrincipals/{id}."""
    row = service_principal_row(call, call.app())
    body = select(call, row, row.keys(), "servicePrincipal")
    return Answer(200, {"@odata.context": call.context("servicePrincipals/$entity"), **body})


def delete_service_principal(call: Call) -> Answer:
    """DELETE /servicePrincipals/{id}: the application stays."""
    app = call.app()
    with call.tenant.lock:
        _forget(call, app)
        call.tenant.bare_applications[app.application_id] = app
    return NO_CONTENT


def list_owners(call: Call) -> Answer:
    """GET /servicePrincipals/{id}/owners."""
    with call.tenant.lock:
        people = [call.tenant.people[owner] for owner in call.app().owners if owner in call.tenant.people]
    return list_answer(
        call,
        [{"@odata.type": "#microsoft.graph.user", **person.graph()} for person in people],
        context="directoryObjects",
        shape=lambda row: select(call, row, ("id", "displayName", "userPrincipalName", "mail"), "user"),
        page=call.tenant.limits.users_page,
        page_max=call.tenant.limits.users_page_max,
    )


def assignment_row(app: App, assignment: Assignment) -> Json:
    """An ``appRoleAssignment``."""
    return {
        "id": assignment.id,
        "deletedDateTime": None,
        "appRoleId": assignment.app_role_id,
        "createdDateTime": stamp(assignment.created_at),
        "principalDisplayName": assignment.principal_display_name,
        "principalId": assignment.principal_id,
        "principalType": assignment.principal_type,
        "resourceDisplayName": app.display_name,
        "resourceId": app.id,
    }


def list_assignments(call: Call) -> Answer:
    """GET /servicePrincipals/{id}/appRoleAssignedTo."""
    app = call.app()
    with call.tenant.lock:
        rows = [assignment_row(app, each) for each in app.assignments.values()]
    return list_answer(
        call,
        rows,
        context="appRoleAssignments",
        shape=lambda row: select(call, row, row.keys(), "appRoleAssignment"),
        page=call.tenant.limits.users_page,
        page_max=call.tenant.limits.users_page_max,
        filters={"principalId": EQ, "principalType": EQ},
    )


def _principal(call: Call, principal_id: str) -> Person | Group:
    tenant = call.tenant
    found = tenant.people.get(principal_id) or tenant.groups.get(principal_id)
    if found is None or (isinstance(found, Person) and found.deleted_at):
        raise not_found(principal_id)
    if isinstance(found, Group):
        # Which status and code the service gives for these two is not published; the rule is.
        if not tenant.has_premium:
            raise bad_request("Assigning a group to an application needs a premium licence of this tenant.")
        if not found.security_enabled:
            raise bad_request("Only groups that are security-enabled can be assigned to an application.")
    return found


def _role(app: App, role_id: str) -> str:
    declared = [role["id"] for role in app.roles if role.get("isEnabled")]
    if role_id in declared or (role_id == ZERO_GUID and not declared):
        return role_id
    raise bad_request("Permission being assigned was not found on application")


def assign(call: Call) -> Answer:
    """POST /servicePrincipals/{id}/appRoleAssignedTo."""
    app = call.app()
    principal_id = text_member(call.body, "principalId")
    if text_member(call.body, "resourceId") != app.id:
        raise bad_request("The resourceId does not name this service principal.")
    tenant = call.tenant
    with tenant.lock:
        role_id = _role(app, text_member(call.body, "appRoleId"))
        principal = _principal(call, principal_id)
        if any(
            each.principal_id == principal_id and each.app_role_id == role_id
            for each in app.assignments.values()
        ):
            raise Refused(
                400,
                "Request_BadRequest",
                "One or more properties are invalid.",
                details=[
                    {
                        "code": "ObjectConflict",
                        "message": "Permission being assigned already exists on the object",
                        "target": None,
                    }
                ],
            )
        assignment = Assignment(
            id=secrets.token_urlsafe(32),
            principal_id=principal_id,
            principal_type="User" if isinstance(principal, Person) else "Group",
            principal_display_name=principal.display_name,
            app_role_id=role_id,
            created_at=tenant.clock.now(),
        )
        app.assignments[assignment.id] = assignment
        tenant.born[assignment.id] = assignment.created_at
        tenant.touch(assignment)
    context = call.context(f"servicePrincipals('{app.id}')/appRoleAssignedTo/$entity")
    return Answer(201, {"@odata.context": context, **assignment_row(app, assignment)})


def unassign(call: Call) -> Answer:
    """DELETE /servicePrincipals/{id}/appRoleAssignedTo/{id}."""
    app = call.app()
    with call.tenant.lock:
        if app.assignments.pop(call.args["assignment"], None) is None:
            raise not_found(call.args["assignment"])
        call.tenant.touch()
    return NO_CONTENT


_SELECT: Final = frozenset({"$select"})

ROUTES: Final = (
    Route(
        "GET",
        "/applicationTemplates",
        list_templates,
        options=frozenset({"$select", "$filter", "$top", "$skip", "$orderby", "$skiptoken"}),
    ),
    Route("GET", "/applicationTemplates/<template>", get_template, options=_SELECT),
    Route("POST", "/applicationTemplates/<template>/instantiate", instantiate, WRITE_APPS, ADMIN_ROLES),
    Route("GET", "/applications", list_applications, READ_APPS, options=LIST_OPTIONS),
    Route("GET", "/applications/<application>", get_application, READ_APPS, options=_SELECT),
    Route("DELETE", "/applications/<application>", delete_application, WRITE_APPS, ADMIN_ROLES),
    Route("GET", "/servicePrincipals", list_service_principals, READ_APPS, options=LIST_OPTIONS),
    Route("GET", "/servicePrincipals/<app>", get_service_principal, READ_APPS, options=_SELECT),
    Route("DELETE", "/servicePrincipals/<app>", delete_service_principal, WRITE_APPS, ADMIN_ROLES),
    Route(
        "GET",
        "/servicePrincipals/<app>/owners",
        list_owners,
        READ_APPS,
        options=frozenset({"$select", "$top", "$skiptoken"}),
    ),
    Route(
        "GET",
        "/servicePrincipals/<app>/appRoleAssignedTo",
        list_assignments,
        READ_APPS,
        options=frozenset({"$select", "$filter", "$top", "$count", "$skiptoken"}),
    ),
    Route("POST", "/servicePrincipals/<app>/appRoleAssignedTo", assign, ASSIGN, ADMIN_ROLES),
    Route("DELETE", "/servicePrincipals/<app>/appRoleAssignedTo/<assignment>", unassign, ASSIGN, ADMIN_ROLES),
)
