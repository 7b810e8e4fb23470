"""The pretend tenant: everything that can change, behind one lock.

The Graph server reads and writes it for its callers, the engine reads the directory and writes jobs and log rows,
the scheduler decides when a job runs. Rules for all of them:

- Hold ``tenant.lock`` while reading several things that belong together, and for every change. Never hold it over
  HTTP: copy what is needed, let go, call the vendor, take it again to note the result.
- Ids are GUID text in lower case. Times are aware UTC. Documents (schema, log rows, roles) are plain JSON data.
- ``version`` counts changes over the whole tenant. Whoever changes a person, a group or an assignment calls
  ``tenant.touch(it)``; a job whose watermark is N has to look at objects with ``version > N``. Watermark None
  means that the next cycle is an initial one.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from scim_assistant.practice.clock import Clock
from scim_assistant.practice.gallery import GalleryEntry
from scim_assistant.practice.limits import REAL_LIMITS, Limits

Json = dict[str, Any]

NEVER = "0001-01-01T00:00:00Z"
"""How Graph writes 'never' where a date must not be null."""

ZERO_GUID = "00000000-0000-0000-0000-000000000000"

INTERVAL = "PT40M"
"""How a job's interval is printed; the length itself is ``Limits.cycle_interval_s``."""


def stamp(at: datetime | None) -> str:
    """A moment as Graph writes it, with a fraction of seven digits; 'never' for None."""
    if at is None:
        return NEVER
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"


def new_id() -> str:
    """A fresh GUID as text."""
    return str(uuid.uuid4())


@dataclass(slots=True, eq=False)
class Person:
    """A user of the directory.

    ``deleted_at`` marks a soft-deleted person: still in ``tenant.people``, but gone for Graph's callers.
    """

    id: str
    user_principal_name: str
    display_name: str
    given_name: str | None = None
    surname: str | None = None
    mail: str | None = None
    mail_nickname: str | None = None
    department: str | None = None
    job_title: str | None = None
    account_enabled: bool = True
    user_type: str = "Member"
    more: Json = field(default_factory=dict)
    """Further Graph properties by their Graph names (``employeeId``, ``city``)."""
    created_at: datetime | None = None
    deleted_at: datetime | None = None
    version: int = 0

    def graph(self) -> Json:
        """The whole user in Graph's names."""
        return {
            "id": self.id,
            "userPrincipalName": self.user_principal_name,
            "displayName": self.display_name,
            "givenName": self.given_name,
            "surname": self.surname,
            "mail": self.mail,
            "mailNickname": self.mail_nickname,
            "department": self.department,
            "jobTitle": self.job_title,
            "accountEnabled": self.account_enabled,
            "userType": self.user_type,
            "createdDateTime": stamp(self.created_at) if self.created_at else None,
            "deletedDateTime": stamp(self.deleted_at) if self.deleted_at else None,
            "businessPhones": [],
            "mobilePhone": None,
            "officeLocation": None,
            "preferredLanguage": None,
            **self.more,
        }


@dataclass(slots=True, eq=False)
class Group:
    """A group. ``members`` are the ids of direct members, people or groups, in the order they were added."""

    id: str
    display_name: str
    description: str | None = None
    security_enabled: bool = True
    mail_enabled: bool = False
    mail_nickname: str | None = None
    group_types: tuple[str, ...] = ()
    membership_rule: str | None = None
    members: list[str] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)
    created_at: datetime | None = None
    version: int = 0

    def graph(self) -> Json:
        """The whole group in Graph's names."""
        return {
            "id": self.id,
            "deletedDateTime": None,
            "createdDateTime": stamp(self.created_at) if self.created_at else None,
            "displayName": self.display_name,
            "description": self.description,
            "groupTypes": list(self.group_types),
            "isAssignableToRole": None,
            "mail": f"{self.mail_nickname}@example.com" if self.mail_enabled else None,
            "mailEnabled": self.mail_enabled,
            "mailNickname": self.mail_nickname,
            "membershipRule": self.membership_rule,
            "membershipRuleProcessingState": "On" if self.membership_rule else None,
            "securityEnabled": self.security_enabled,
            "visibility": None,
        }


@dataclass(slots=True, eq=False)
class Assignment:
    """A person or group assigned to an app. ``principal_type`` is ``User`` or ``Group``."""

    id: str
    principal_id: str
    principal_type: str
    principal_display_name: str
    app_role_id: str
    created_at: datetime
    version: int = 0


@dataclass(slots=True)
class ValidationFailure:
    """Why the vendor's service did not pass the credential test.

    ``code`` is one of the codes ending in ``CredentialValidationUnavailable`` or ``CredentialValidationFailure``;
    ``message`` carries resource, operation, HTTP status and answer text, as Microsoft's does.
    """

    code: str
    message: str


@dataclass(slots=True)
class CycleError:
    """Why a cycle or a job failed."""

    code: str
    message: str
    tenant_actionable: bool = True

    def graph(self) -> Json:
        """As ``synchronizationError``."""
        return {"code": self.code, "message": self.message, "tenantActionable": self.tenant_actionable}


@dataclass(slots=True)
class Execution:
    """One cycle that has run. ``state`` is ``Succeeded``, ``Failed`` or ``EntryLevelErrors``."""

    activity_id: str
    began_at: datetime
    ended_at: datetime
    state: str = "Succeeded"
    error: CycleError | None = None
    entitled: int = 0
    entitled_for_provisioning: int = 0
    escrowed: int = 0
    escrowed_raw: int = 0
    exported: int = 0
    exports: int = 0
    imported: int = 0
    imported_deltas: int = 0
    imported_reference_deltas: int = 0

    def graph(self) -> Json:
        """As ``synchronizationTaskExecution``."""
        return {
            "activityIdentifier": self.activity_id,
            "countEntitled": self.entitled,
            "countEntitledForProvisioning": self.entitled_for_provisioning,
            "countEscrowed": self.escrowed,
            "countEscrowedRaw": self.escrowed_raw,
            "countExported": self.exported,
            "countExports": self.exports,
            "countImported": self.imported,
            "countImportedDeltas": self.imported_deltas,
            "countImportedReferenceDeltas": self.imported_reference_deltas,
            "state": self.state,
            "error": self.error.graph() if self.error else None,
            "timeBegan": stamp(self.began_at),
            "timeEnded": stamp(self.ended_at),
        }


@dataclass(slots=True)
class Quarantine:
    """A job that Microsoft slows down. ``reason`` is a ``quarantineReason``."""

    reason: str
    error: CycleError
    series_began_at: datetime
    current_began_at: datetime
    next_attempt_at: datetime
    series_count: int = 1

    def graph(self) -> Json:
        """As ``synchronizationQuarantine``."""
        return {
            "currentBegan": stamp(self.current_began_at),
            "nextAttempt": stamp(self.next_attempt_at),
            "reason": self.reason,
            "seriesBegan": stamp(self.series_began_at),
            "seriesCount": self.series_count,
            "error": self.error.graph(),
        }


@dataclass(slots=True)
class Link:
    """What the engine remembers of an object at the vendor.

    Attributes:
        source_id: Object id in the directory.
        object_type: ``User`` or ``Group``.
        target_id: The vendor's id.
        values: Target attribute name to the value last exported.
        members: For a group: vendor ids of the members last exported.
        active: False once the person was disabled at the vendor.
    """

    source_id: str
    object_type: str
    target_id: str
    values: Json = field(default_factory=dict)
    members: set[str] = field(default_factory=set)
    active: bool = True


@dataclass(slots=True)
class Escrow:
    """An object whose export failed and is tried again later."""

    source_id: str
    object_type: str
    first_failed_at: datetime
    attempts: int
    next_attempt_at: datetime
    code: str
    reason: str


@dataclass(slots=True, eq=False)
class Job:
    """A provisioning job.

    The engine keeps ``status_code``, the executions, counts, quarantine, links, escrows and watermark; the Graph
    server keeps schedule, schema and settings; the scheduler keeps ``next_run_at`` and ``is_running``.

    Attributes:
        schedule_state: ``Active`` runs by itself; ``Disabled`` right after creation; ``Paused``.
        status_code: ``NotConfigured``, ``NotRun``, ``Active``, ``Paused`` or ``Quarantine``.
        schema: The whole schema document, as last put. Replaced as a whole, never changed in place.
        settings: ``synchronizationJobSettings``, name to value.
        counts: Objects the job holds, by type. They never fall on removals.
        progress: ``synchronizationProgress`` rows while a cycle runs.
        watermark: Tenant version up to which changes are done; None makes the next cycle an initial one.
        force_deletes: The next cycle lets held-back removals go, then clears this.
        was_deleted: The job or its app is gone; a running cycle ends at its next look.
        good_cycles: Cycles that ended without a failure of the whole.
    """

    id: str
    template_id: str
    created_at: datetime
    schema: Json
    schedule_state: str = "Disabled"
    status_code: str = "Paused"
    settings: dict[str, str] = field(default_factory=dict)
    successive_failures: int = 0
    escrows_pruned: bool = False
    last_execution: Execution | None = None
    last_successful: Execution | None = None
    last_successful_with_exports: Execution | None = None
    quarantine: Quarantine | None = None
    counts: dict[str, int] = field(default_factory=dict)
    progress: list[Json] = field(default_factory=list)
    steady_first_at: datetime | None = None
    steady_last_at: datetime | None = None
    links: dict[str, Link] = field(default_factory=dict)
    escrows: dict[str, Escrow] = field(default_factory=dict)
    watermark: int | None = None
    force_deletes: bool = False
    next_run_at: datetime | None = None
    is_running: bool = False
    was_deleted: bool = False
    good_cycles: int = 0

    @property
    def is_scheduled(self) -> bool:
        """True while the job runs by itself."""
        return self.schedule_state == "Active" and not self.was_deleted

    def graph(self) -> Json:
        """As ``synchronizationJob``, without its schema."""
        return {
            "id": self.id,
            "templateId": self.template_id,
            "schedule": {"expiration": None, "interval": INTERVAL, "state": self.schedule_state},
            "status": {
                "countSuccessiveCompleteFailures": self.successive_failures,
                "escrowsPruned": self.escrows_pruned,
                "code": self.status_code,
                "lastExecution": _execution(self.last_execution),
                "lastSuccessfulExecution": _execution(self.last_successful),
                "lastSuccessfulExecutionWithExports": _execution(self.last_successful_with_exports),
                "progress": list(self.progress),
                "quarantine": self.quarantine.graph() if self.quarantine else None,
                "steadyStateFirstAchievedTime": stamp(self.steady_first_at),
                "steadyStateLastAchievedTime": stamp(self.steady_last_at),
                "synchronizedEntryCountByType": [
                    {"key": key, "value": value} for key, value in sorted(self.counts.items())
                ],
                "troubleshootingUrl": None,
            },
            "synchronizationJobSettings": [
                {"name": name, "value": value} for name, value in self.settings.items()
            ],
        }


def _execution(execution: Execution | None) -> Json | None:
    return execution.graph() if execution else None


@dataclass(slots=True, eq=False)
class App:
    """A gallery app in the tenant: service principal, application and all that hangs under them.

    Attributes:
        id: Object id of the service principal.
        application_id: Object id of the application.
        app_id: Client id, the same on both.
        gallery_id: Template it was made from.
        sync_template_id: Synchronization template that it offers; empty when it offers none.
        roles: ``appRoles`` as JSON.
        assignments: By assignment id.
        secrets: Credentials and settings in clear (``BaseAddress``, ``SecretToken``, ``SyncAll`` ...), all text.
        jobs: By job id.
        sign_on_mode: How it signs people in (``saml``, ``oidc``...); None while that is not set up.
    """

    id: str
    application_id: str
    app_id: str
    gallery_id: str
    sync_template_id: str
    display_name: str
    created_at: datetime
    homepage: str | None = None
    roles: list[Json] = field(default_factory=list)
    assignments: dict[str, Assignment] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    owners: list[str] = field(default_factory=list)
    sign_on_mode: str | None = None

    @property
    def syncs_everyone(self) -> bool:
        """True when the secret ``SyncAll`` says so: everyone is in scope, assigned or not."""
        return self.secrets.get("SyncAll", "false").strip().lower() == "true"


@dataclass(slots=True)
class Faults:
    """What goes wrong in this world. May be changed while it runs; everybody reads it afresh each time.

    Attributes:
        scim_token_refused: The SCIM service answers 401 to its first token; one that was made later works.
        scim_revoked_after_cycles: After so many good cycles ``scim_token_refused`` becomes true; None for never.
        scim_down: Nothing listens on the SCIM port (decided when the world starts).
        scim_html: The SCIM service answers 200 with a login page.
        scim_turns_away: Whom the SCIM service answers with 403 whatever the token: ``cloud`` for the provisioning
            engine, ``desk`` for this program; empty for nobody.
        cloud_cut_off: The provisioning engine reaches no SCIM service, as if a firewall stood before it.
        graph_throttle_every: Every n-th Graph call gets 429; 0 for never.
        replication_factor: Multiplies ``Limits.replication_lag_s`` and ``replication_early_s``.
    """

    scim_token_refused: bool = False
    scim_revoked_after_cycles: int | None = None
    scim_down: bool = False
    scim_html: bool = False
    scim_turns_away: str = ""
    cloud_cut_off: bool = False
    graph_throttle_every: int = 0
    replication_factor: float = 1.0


@dataclass(slots=True)
class LogRow:
    """A row of the provisioning log (``provisioningObjectSummary`` as sent), readable from a moment on."""

    row: Json
    readable_at: datetime


class Versioned(Protocol):
    """What ``Tenant.touch`` can mark as changed."""

    version: int


class Tenant:
    """The pretend tenant.

    Args:
        tenant_id: GUID text.
        clock: The world's clock.
        limits: The world's figures.

    Attributes:
        lock: Guards everything below; reentrant.
        gallery: By template id.
        people, groups, apps: By object id (apps: of the service principal).
        bare_applications: Applications whose service principal was deleted, by object id.
        born: When an object was created, for replication lag; objects that were there from the start are not in it.
        log: Oldest first, in the order of writing.
        scopes: Delegated permissions granted to whoever is signed in.
        roles: Names of the active directory roles of whoever is signed in.
        licences: ``subscribedSku`` rows.
        faults: What goes wrong.
        hosts: Where the engine finds services that have a public address: from an https origin to a loopback one.
    """

    def __init__(self, tenant_id: str, clock: Clock, limits: Limits = REAL_LIMITS) -> None:
        self.tenant_id = tenant_id
        self.clock = clock
        self.limits = limits
        self.lock = threading.RLock()
        self.name = "Example Company"
        self.me = ""
        self.gallery: dict[str, GalleryEntry] = {}
        self.people: dict[str, Person] = {}
        self.groups: dict[str, Group] = {}
        self.apps: dict[str, App] = {}
        self.bare_applications: dict[str, App] = {}
        self.born: dict[str, datetime] = {}
        self.log: list[LogRow] = []
        self.scopes: frozenset[str] = frozenset()
        self.roles: tuple[str, ...] = ()
        self.licences: list[Json] = []
        self.faults = Faults()
        self.hosts: Mapping[str, str] = {}
        self.version = 0
        self._logged = 0

    def touch(self, *changed: Versioned) -> int:
        """Mark objects as changed; the new version of the tenant."""
        with self.lock:
            self.version += 1
            for each in changed:
                each.version = self.version
            return self.version

    def add_log_row(self, row: Json, *, readable_at: datetime | None = None) -> None:
        """Write a row of the provisioning log. It becomes readable after the log's delay, some rows later than others.

        Args:
            row: A whole ``provisioningObjectSummary``.
            readable_at: For rows that were there before the world began.
        """
        with self.lock:
            self._logged += 1
            # Real rows come late and out of order, so a fixed share of these does too.
            delay_s = self.limits.log_delay_s * (2 if self._logged % 9 == 0 else 1)
            self.log.append(LogRow(row, readable_at or self.clock.later(delay_s)))

    def known_assignments(self, app: App) -> list[Assignment]:
        """The assignments that the provisioning engine has heard of by now: new ones take a while to reach it."""
        lag_s = self.limits.assignment_lag_s
        with self.lock:
            return [
                assignment
                for assignment in app.assignments.values()
                if assignment.id not in self.born or self.clock.passed_s(assignment.created_at) >= lag_s
            ]

    @property
    def has_premium(self) -> bool:
        """True with a usable P1 or P2 plan: group assignment and provisioning logs need one."""
        return any(
            sku.get("capabilityStatus") in ("Enabled", "Warning")
            and any(
                plan.get("servicePlanName") in ("AAD_PREMIUM", "AAD_PREMIUM_P2")
                and plan.get("provisioningStatus") == "Success"
                for plan in sku.get("servicePlans") or ()
            )
            for sku in self.licences
        )


class ProvisioningEngine(Protocol):
    """What the Graph server and the scheduler ask of the engine (``engine.Engine``)."""

    def run_cycle(self, app: App, job: Job) -> None:
        """Run one cycle to its end and note everything on the job. Never raises for what the vendor does."""
        ...

    def provision_on_demand(  # noqa: PLR0917 - one agreed order for both rooms
        self,
        app: App,
        job: Job,
        rule_id: str,
        object_id: str,
        object_type: str,
        members: tuple[str, ...] = (),
    ) -> tuple[Json, Json]:
        """Provision one object now; the two JSON documents of the answer, ``key`` and ``value``."""
        ...

    def validate_credentials(self, base_address: str, token: str) -> ValidationFailure | None:
        """Ask the vendor's service for nobody in particular; None when it answered as it should."""
        ...
