"""One request to the pretend Graph as its handler sees it, and the routes that lead to handlers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from scim_assistant.practice.answers import Answer, not_found
from scim_assistant.practice.replication import Replicas
from scim_assistant.practice.state import App, Job, ProvisioningEngine, Tenant

READ_APPS: Final = frozenset(
    {"Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
)
WRITE_APPS: Final = frozenset({"Application.ReadWrite.All", "Directory.ReadWrite.All"})
ASSIGN: Final = frozenset({"AppRoleAssignment.ReadWrite.All", "Application.ReadWrite.All"})
READ_SYNC: Final = frozenset({"Synchronization.Read.All", "Synchronization.ReadWrite.All"})
WRITE_SYNC: Final = frozenset({"Synchronization.ReadWrite.All"})
READ_LOGS: Final = frozenset({"ProvisioningLog.Read.All", "AuditLog.Read.All"})
READ_PEOPLE: Final = frozenset(
    {
        "User.ReadBasic.All",
        "User.Read.All",
        "User.ReadWrite.All",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
    }
)
READ_GROUPS: Final = frozenset(
    {
        "Group.ReadBasic.All",
        "Group.Read.All",
        "Group.ReadWrite.All",
        "GroupMember.Read.All",
        "GroupMember.ReadWrite.All",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
    }
)
READ_MEMBERS: Final = READ_GROUPS | {"GroupMember.ReadBasic.All"}
READ_ME: Final = frozenset(
    {"User.Read", "User.ReadWrite", "User.Read.All", "User.ReadBasic.All", "Directory.Read.All"}
)
READ_TENANT: Final = frozenset(
    {"User.Read", "User.Read.All", "Organization.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"}
)
READ_LICENCES: Final = frozenset(
    {"LicenseAssignment.Read.All", "Organization.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"}
)

ADMIN_ROLES: Final = frozenset(
    {"Application Administrator", "Cloud Application Administrator", "Global Administrator"}
)
LOG_ROLES: Final = ADMIN_ROLES | {
    "Reports Reader",
    "Security Reader",
    "Security Operator",
    "Security Administrator",
    "Global Reader",
}


@dataclass(frozen=True, slots=True)
class Call:
    """A request that has passed token, scope and role.

    Attributes:
        root: Root with version in the addresses that are answered, without a trailing slash.
        args: Path parameters.
        query: Query options by name.
        headers: Lower-case names.
        body: Decoded JSON, None without a body.
        wake: Tells the scheduler that a job may be due.
        scopes: Delegated permissions that the call's token holds.
        quirks: Answer with the deviations that have been published.
    """

    tenant: Tenant
    engine: ProvisioningEngine
    replicas: Replicas
    root: str
    path: str
    args: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    wake: Callable[[], None]
    scopes: frozenset[str]
    quirks: bool = False

    def context(self, what: str) -> str:
        """``@odata.context`` for something."""
        return f"{self.root}/$metadata#{what}"

    def app(self, *, synchronization: bool = False) -> App:
        """The app named in the path, when this replica has it already."""
        app_id = self.args["app"]
        with self.tenant.lock:
            app = self.tenant.apps.get(app_id)
        if app is None:
            raise not_found(app_id)
        self.replicas.check(app_id, synchronization=synchronization)
        return app

    def job(self) -> tuple[App, Job]:
        """The job named in the path, with its app."""
        app = self.app(synchronization=True)
        job_id = self.args["job"]
        with self.tenant.lock:
            job = app.jobs.get(job_id)
        if job is None:
            raise not_found(job_id)
        self.replicas.check(job_id, synchronization=True)
        return app, job


Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """Where a call goes.

    Attributes:
        rule: In werkzeug's spelling, below the version.
        scopes: Any one of them is enough; empty needs none.
        roles: Any one of them is enough; empty needs none.
        budget: Name of the rate limit it counts against.
        options: Query options with a dollar that it takes.
    """

    method: str
    rule: str
    handler: Handler
    scopes: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    budget: str = ""
    options: frozenset[str] = frozenset()


LIST_OPTIONS: Final = frozenset({"$select", "$filter", "$top", "$count", "$search", "$orderby", "$skiptoken"})
"""What directory lists take."""
