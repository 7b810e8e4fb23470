"""Builds a scenario's tenant, and tells which accounts the pretend vendor has from the start."""

from __future__ import annotations

import dataclasses
import json
import secrets
from datetime import timedelta
from typing import Final

from scim_assistant.practice.clock import Clock
from scim_assistant.practice.default_schema import default_schema
from scim_assistant.practice.directory import fill_directory, object_id, vendor_accounts
from scim_assistant.practice.gallery import load_gallery
from scim_assistant.practice.graph_apps import default_roles
from scim_assistant.practice.graph_jobs import new_job_id
from scim_assistant.practice.limits import HOUR_S, Limits
from scim_assistant.practice.scenario import Scenario
from scim_assistant.practice.state import (
    App,
    Assignment,
    CycleError,
    Execution,
    Group,
    Job,
    Json,
    Link,
    Person,
    Quarantine,
    Tenant,
    new_id,
)

WRONG_TOKEN: Final = "a-token-that-was-replaced"  # noqa: S105 - it opens nothing
REFUSED_CODE: Final = "SystemForCrossDomainIdentityManagementCredentialValidationFailure"


def _licence(tenant_id: str, sku: str, sku_id: str, plan: str, plan_id: str) -> Json:
    return {
        "id": f"{tenant_id}_{sku_id}",
        "accountId": tenant_id,
        "accountName": "example",
        "appliesTo": "User",
        "capabilityStatus": "Enabled",
        "consumedUnits": 58,
        "prepaidUnits": {"enabled": 100, "suspended": 0, "warning": 0, "lockedOut": 0},
        "servicePlans": [
            {
                "appliesTo": "User",
                "provisioningStatus": "Success",
                "servicePlanId": plan_id,
                "servicePlanName": plan,
            }
        ],
        "skuId": sku_id,
        "skuPartNumber": sku,
        "subscriptionIds": [],
    }


def build_tenant(scenario: Scenario, tenant_id: str, clock: Clock, limits: Limits) -> Tenant:
    """The tenant of a scenario, as it is when the world begins; existing apps come with ``add_apps``."""
    tenant = Tenant(tenant_id, clock, limits)
    tenant.gallery = load_gallery()
    tenant.scopes = scenario.scopes
    tenant.roles = scenario.roles
    tenant.faults = dataclasses.replace(scenario.faults)
    tenant.licences = [
        _licence(
            tenant_id,
            "POWER_BI_STANDARD",
            "a403ebcc-fae0-4ca2-8c8c-7a907fd6c235",
            "BI_AZURE_P0",
            "2049e525-b859-401b-b2a0-e0a31c4b1fe4",
        )
    ]
    if scenario.premium:
        tenant.licences.append(
            _licence(
                tenant_id,
                "AAD_PREMIUM",
                "078d2b04-f1bd-4111-bbd4-b4b1b354cef4",
                "AAD_PREMIUM",
                "41781fb2-bc02-4b7c-bd55-b576c07bb09d",
            )
        )
    fill_directory(tenant, scenario.people)
    return tenant


class _Names:
    """Looks people and groups up by the names that scenario files use."""

    def __init__(self, tenant: Tenant) -> None:
        self._people = {person.user_principal_name: person for person in tenant.people.values()}
        self._groups = {group.display_name: group for group in tenant.groups.values()}

    def person(self, name: str) -> Person:
        """By user principal name."""
        return self._people[name]

    def group(self, name: str) -> Group:
        """By display name."""
        return self._groups[name]


def vendor_seed(scenario: Scenario, tenant: Tenant) -> tuple[list[Json], list[Json]]:
    """Accounts and groups at the vendor from the start: its own, and those that existing apps have provisioned."""
    look = _Names(tenant)
    accounts = vendor_accounts()
    groups: list[Json] = []
    for app in scenario.apps:
        done = [look.person(name) for name in app.get("provisioned", ())]
        accounts += [_account(person) for person in done]
        groups += [_vendor_group(look.group(name), done) for name in app.get("provisioned_groups", ())]
    return accounts, groups


def _vendor_id(source_id: str) -> str:
    return f"ss-{source_id[:8]}"


def _account(person: Person) -> Json:
    return {
        "id": _vendor_id(person.id),
        "userName": person.user_principal_name,
        "givenName": person.given_name,
        "familyName": person.surname,
        "email": person.mail or "",
        "externalId": person.mail_nickname,
        "active": True,
    }


def _vendor_group(group: Group, people: list[Person]) -> Json:
    return {
        "id": _vendor_id(group.id),
        "displayName": group.display_name,
        "externalId": group.id,
        "members": [person.user_principal_name for person in people if person.id in group.members],
    }


def _exported(person: Person) -> Json:
    """What the engine remembers of a person whom it has provisioned with the default mappings."""
    values = {
        "userName": person.user_principal_name,
        "active": "True",
        'emails[type eq "work"].value': person.mail,
        "name.givenName": person.given_name,
        "name.familyName": person.surname,
        "externalId": person.mail_nickname,
    }
    return {name: value for name, value in values.items() if value is not None}


def add_apps(scenario: Scenario, tenant: Tenant, base_address: str, token: str) -> None:
    """Put the apps that exist already into a tenant.

    Args:
        scenario: Names them.
        tenant: Gets them.
        base_address: Of the pretend vendor.
        token: That the pretend vendor accepts.
    """
    for row in scenario.apps:
        _add_app(row, tenant, base_address, token)


def _add_app(row: Json, tenant: Tenant, base_address: str, token: str) -> None:
    look = _Names(tenant)
    clock = tenant.clock
    began_at = clock.now() - timedelta(days=60)
    template_id: str = row["template"]
    entry = next(each for each in tenant.gallery.values() if each.sync_template_id == template_id)
    app = App(
        id=object_id(f"service-principal/{row['name']}"),
        application_id=object_id(f"application/{row['name']}"),
        app_id=object_id(f"client/{row['name']}"),
        gallery_id=entry.id,
        sync_template_id=template_id,
        display_name=row["name"],
        created_at=began_at,
        homepage=entry.home_page,
        roles=default_roles(),
        owners=[tenant.me],
    )
    threshold = row.get("delete_threshold")
    app.secrets = {
        "BaseAddress": base_address,
        "SecretToken": token if row.get("token", "right") == "right" else WRONG_TOKEN,
        "SyncAll": "false",
        "SyncNotificationSettings": json.dumps(
            {
                "Enabled": bool(row.get("notify_email")),
                "Recipients": row.get("notify_email", ""),
                "DeleteThresholdEnabled": threshold is not None,
                "DeleteThresholdValue": threshold or tenant.limits.delete_threshold,
            }
        ),
    }
    principals: list[Person | Group] = [look.person(name) for name in row.get("assigned_people", ())]
    principals += [look.group(name) for name in row.get("assigned_groups", ())]
    for principal in principals:
        assignment = Assignment(
            id=secrets.token_urlsafe(32),
            principal_id=principal.id,
            principal_type="User" if isinstance(principal, Person) else "Group",
            principal_display_name=principal.display_name,
            app_role_id=app.roles[0]["id"],
            created_at=began_at,
        )
        app.assignments[assignment.id] = assignment
    job = _job(row, tenant, look, template_id)
    job.created_at = began_at
    with tenant.lock:
        app.jobs[job.id] = job
        tenant.apps[app.id] = app


def _job(row: Json, tenant: Tenant, look: _Names, template_id: str) -> Job:
    job_id = new_job_id(template_id, tenant.tenant_id)
    job = Job(
        id=job_id,
        template_id=template_id,
        created_at=tenant.clock.now(),
        schema=default_schema(template_id, job_id),
        schedule_state="Active",
        settings={"AzureIngestionAttributeOptimization": "False", "LookaheadQueryEnabled": "False"},
        watermark=tenant.version,
        good_cycles=1,
    )
    people = [look.person(name) for name in row.get("provisioned", ())]
    for person in people:
        job.links[person.id] = Link(person.id, "User", _vendor_id(person.id), _exported(person))
    for name in row.get("provisioned_groups", ()):
        group = look.group(name)
        job.links[group.id] = Link(
            group.id,
            "Group",
            _vendor_id(group.id),
            {"displayName": group.display_name, "externalId": group.id},
            {_vendor_id(person.id) for person in people if person.id in group.members},
        )
    job.counts = {"User": len(people), "Group": len(row.get("provisioned_groups", ()))}
    _note_last_cycle(row, tenant, job, len(people))
    return job


def _note_last_cycle(row: Json, tenant: Tenant, job: Job, people: int) -> None:
    """What the job's status says of cycles before the world began."""
    clock, limits = tenant.clock, tenant.limits
    hours = row.get("quarantined_hours", 0)
    good_at = clock.now() - timedelta(hours=hours, minutes=40)
    job.last_execution = job.last_successful = job.last_successful_with_exports = Execution(
        activity_id=new_id(),
        began_at=good_at - timedelta(seconds=50),
        ended_at=good_at,
        entitled=people,
        entitled_for_provisioning=people,
        exported=people,
        exports=people,
        imported=people,
    )
    job.steady_first_at = job.steady_last_at = good_at
    if row["job"] == "paused":
        job.schedule_state = job.status_code = "Paused"
    elif row["job"] == "active":
        job.status_code = "Active"
        job.next_run_at = clock.later(limits.cycle_start_delay_s)
    else:
        error = CycleError(
            REFUSED_CODE,
            "The provisioning service was refused by the target system. Response Status Code: Unauthorized.",
        )
        began_at = clock.now() - timedelta(hours=hours)
        job.status_code = "Quarantine"
        job.successive_failures = 4
        job.last_execution = Execution(
            activity_id=new_id(),
            began_at=clock.now() - timedelta(hours=2, seconds=4),
            ended_at=clock.now() - timedelta(hours=2),
            state="Failed",
            error=error,
        )
        job.quarantine = Quarantine(
            reason="EncounteredQuarantineException",
            error=error,
            series_began_at=began_at,
            current_began_at=began_at,
            next_attempt_at=clock.later(22 * HOUR_S),
            series_count=4,
        )
        job.next_run_at = job.quarantine.next_attempt_at
