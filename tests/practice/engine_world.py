"""A small tenant, a pretend ScreenSteps and an engine between them, for tests of the engine."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from scim_assistant.practice.clock import Clock, ManualClock
from scim_assistant.practice.default_schema import default_schema
from scim_assistant.practice.engine import Engine
from scim_assistant.practice.exchange import Exchange
from scim_assistant.practice.limits import REAL_LIMITS, Limits
from scim_assistant.practice.scim_service import ScimService
from scim_assistant.practice.state import (
    App,
    Assignment,
    Faults,
    Group,
    Job,
    Json,
    Person,
    ProvisioningEngine,
    Tenant,
    new_id,
)

TOKEN = "right-token"
TENANT_ID = "3f2b8c1e-0000-4000-8000-000000000001"


class EngineWorld:
    """One app with one job, and what a test does to it.

    Attributes:
        exchanges: Every request that reached the SCIM service, with its answer.
        on_request: Called with each of them before it is answered.
    """

    def __init__(self, service: ScimService, clock: Clock, faults: Faults, limits: Limits) -> None:
        self.service = service
        self.clock = clock
        self.faults = faults
        self.exchanges: list[Exchange] = []
        self.on_request: Callable[[Exchange], None] = lambda exchange: None
        self.tenant = Tenant(TENANT_ID, clock, limits)
        self.tenant.faults = faults
        self.app = App(
            id=new_id(),
            application_id=new_id(),
            app_id=new_id(),
            gallery_id=new_id(),
            sync_template_id="ScreenSteps",
            display_name="ScreenSteps",
            created_at=clock.now(),
            secrets={"BaseAddress": service.base_address, "SecretToken": TOKEN, "SyncAll": "false"},
        )
        self.tenant.apps[self.app.id] = self.app
        self.job = Job(
            id=f"ScreenSteps.{TENANT_ID.replace('-', '')}.{new_id()}",
            template_id="ScreenSteps",
            created_at=clock.now(),
            schema=default_schema("ScreenSteps", "job"),
            schedule_state="Active",
            status_code="NotRun",
        )
        self.app.jobs[self.job.id] = self.job
        self.engine: ProvisioningEngine = Engine(self.tenant)

    # ---------------------------------------------------------------- the directory

    def person(self, name: str, **more: Any) -> Person:
        """Put a person into the directory: ``ana.ruiz`` is Ana Ruiz with an address of her own."""
        given, _, family = name.partition(".")
        values: dict[str, Any] = {
            "given_name": given.title(),
            "surname": family.title() or None,
            "mail": f"{name}@example.com",
            "mail_nickname": name,
            **more,
        }
        person = Person(
            id=new_id(),
            user_principal_name=f"{name}@example.com",
            display_name=name.replace(".", " ").title(),
            **values,
        )
        self.tenant.people[person.id] = person
        self.tenant.touch(person)
        return person

    def group(self, name: str, *members: Person | Group, **more: Any) -> Group:
        """Put a group into the directory."""
        group = Group(id=new_id(), display_name=name, members=[each.id for each in members], **more)
        self.tenant.groups[group.id] = group
        self.tenant.touch(group)
        return group

    def assign(self, *principals: Person | Group) -> None:
        """Assign people and groups to the app; the engine knows of it at once."""
        for each in principals:
            kind = "Group" if isinstance(each, Group) else "User"
            assignment = Assignment(new_id(), each.id, kind, each.display_name, new_id(), self.clock.now())
            self.app.assignments[assignment.id] = assignment
            self.tenant.touch(assignment)

    def unassign(self, *principals: Person | Group) -> None:
        """Take assignments back."""
        gone = {each.id for each in principals}
        for key, assignment in list(self.app.assignments.items()):
            if assignment.principal_id in gone:
                del self.app.assignments[key]
        self.tenant.touch()

    def change(self, it: Person | Group, **values: Any) -> None:
        """Change a person or group."""
        for name, value in values.items():
            setattr(it, name, value)
        self.tenant.touch(it)

    # ---------------------------------------------------------------- settings

    def change_mapping(self, object_type: str, change: Callable[[Json], None]) -> None:
        """Put a changed schema, as a client would: the job starts over."""
        schema = copy.deepcopy(self.job.schema)
        for mapping in schema["synchronizationRules"][0]["objectMappings"]:
            if mapping["sourceObjectName"] == object_type:
                change(mapping)
        self.job.schema = schema
        self.job.watermark = None

    def guard(self, threshold: int) -> None:
        """Switch the guard against mass removals on."""
        self.app.secrets["SyncNotificationSettings"] = json.dumps(
            {
                "Enabled": True,
                "Recipients": "ops@example.com",
                "DeleteThresholdEnabled": True,
                "DeleteThresholdValue": threshold,
            }
        )

    @property
    def rule_id(self) -> str:
        """Of the job's one synchronization rule."""
        return str(self.job.schema["synchronizationRules"][0]["id"])

    # ---------------------------------------------------------------- running and looking

    def cycle(self) -> list[Json]:
        """Run a cycle; the log rows that it wrote."""
        before = len(self.tenant.log)
        self.exchanges.clear()
        self.engine.run_cycle(self.app, self.job)
        return [each.row for each in self.tenant.log[before:]]

    def on_demand(self, it: Person | Group, *members: Person) -> tuple[Json, Json]:
        """Provision one object on demand."""
        kind = "Group" if isinstance(it, Group) else "User"
        self.exchanges.clear()
        return self.engine.provision_on_demand(
            self.app, self.job, self.rule_id, it.id, kind, tuple(each.id for each in members)
        )

    def names(self) -> list[str]:
        """User names at the vendor."""
        return [account["userName"] for account in self.service.accounts()]

    def account(self, name: str) -> Mapping[str, Any]:
        """One account at the vendor."""
        return next(each for each in self.service.accounts() if each["userName"] == f"{name}@example.com")

    def writes(self) -> list[tuple[str, str, Any]]:
        """Method, path below the base and body of every write since the last cycle began."""
        return [
            (
                each.method,
                each.path.partition("/v2")[2],
                json.loads(each.request_body) if each.request_body else None,
            )
            for each in self.exchanges
            if each.method != "GET"
        ]


@contextmanager
def engine_world(*, clock: Clock | None = None, **limits: Any) -> Iterator[EngineWorld]:
    """A world that runs until the block ends."""
    clock = clock or ManualClock()
    faults = Faults()
    figures = replace(REAL_LIMITS, **limits) if limits else REAL_LIMITS

    def record(stage: str, exchange: Exchange) -> None:
        if stage == "during":
            world.exchanges.append(exchange)
            world.on_request(exchange)

    service = ScimService(TOKEN, clock=clock, limits=figures, faults=faults, on_exchange=record)
    with service:
        world = EngineWorld(service, clock, faults, figures)
        yield world


def kind_of(row: Json) -> tuple[str, str, str]:
    """A row in three words: action, status, whom."""
    return (
        row["provisioningAction"],
        row["provisioningStatusInfo"]["status"],
        row["sourceIdentity"]["displayName"],
    )


def kinds(rows: list[Json]) -> list[tuple[str, str, str]]:
    """Rows in three words each, in an order of their own."""
    return sorted(kind_of(row) for row in rows)


def error_of(row: Json) -> Json:
    """The error of a failed row."""
    error: Json = row["provisioningStatusInfo"]["errorInformation"]
    return error


def skip_reason(row: Json) -> str:
    """Why a skipped row was skipped."""
    return str(row["provisioningSteps"][-1]["details"].get("SkipReason"))
