"""What Microsoft Graph v1.0 sends, as frozen types.

One class per Graph resource, with Microsoft's own property names in snake case. Readers are lenient where
the service is known to drift: every member that a published answer leaves out has a default, enums are
kept as text (compare them with ``same``), times are text until ``when`` reads them. Documents that are sent
back (the synchronization schema) and log events keep the whole original beside the typed view.

Source: Microsoft Graph v1.0 CSDL of 2026-08-20 (microsoftgraph/msgraph-metadata).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

ZERO_GUID = "00000000-0000-0000-0000-000000000000"


class Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Base of what comes over the wire; unknown members are ignored."""


def same(one: str | None, other: str | None) -> bool:
    """Compare two enum texts as Graph means them: casing drifts between calls."""
    return (one or "").casefold() == (other or "").casefold()


def when(text: str | None) -> datetime | None:
    """Read a Graph timestamp as aware UTC.

    Returns:
        None for nothing, an empty text, or the sentinel ``0001-01-01T00:00:00Z`` (never). A missing zone means UTC;
        fractions of up to seven digits are accepted.

    Raises:
        ValueError: It is no timestamp.
    """
    if not text or text.startswith("0001-01-01"):
        return None
    head, dot, tail = text.partition(".")
    if dot:
        digits = len(tail) - len(tail.lstrip("0123456789"))
        text = f"{head}.{tail[:digits][:6]}{tail[digits:]}" if digits else head + tail
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def duration(text: str | None) -> timedelta | None:
    """Read an ISO 8601 duration; None for nothing and for .NET's maximum, which means 'not scheduled'."""
    if not text or text.startswith("P10675199D"):
        return None
    try:
        return msgspec.convert(text, timedelta)
    except msgspec.ValidationError:
        return None


class ApplicationTemplate(Wire, frozen=True, kw_only=True):
    """An entry of the app gallery."""

    id: str
    display_name: str | None = None
    description: str | None = None
    publisher: str | None = None
    home_page_url: str | None = None
    logo_url: str | None = None
    categories: tuple[str, ...] | None = None
    supported_provisioning_types: tuple[str, ...] | None = None
    supported_single_sign_on_modes: tuple[str, ...] | None = None

    @property
    def can_provision(self) -> bool:
        """True when the gallery says that the app takes automatic provisioning (``sync``)."""
        return any(same(kind, "sync") for kind in self.supported_provisioning_types or ())


class AppRole(Wire, frozen=True, kw_only=True):
    """A role that an app declares and that an assignment names."""

    id: str
    display_name: str | None = None
    value: str | None = None
    is_enabled: bool = True
    allowed_member_types: tuple[str, ...] | None = None


class Application(Wire, frozen=True, kw_only=True):
    """An app registration."""

    id: str
    app_id: str | None = None
    display_name: str | None = None
    application_template_id: str | None = None
    created_date_time: str | None = None


class ServicePrincipal(Wire, frozen=True, kw_only=True):
    """An app as it stands in this tenant."""

    id: str
    app_id: str | None = None
    display_name: str | None = None
    application_template_id: str | None = None
    app_roles: tuple[AppRole, ...] | None = None
    app_role_assignment_required: bool | None = None
    preferred_single_sign_on_mode: str | None = None
    account_enabled: bool | None = None
    tags: tuple[str, ...] | None = None


class Instantiated(Wire, frozen=True, kw_only=True):
    """The answer of ``instantiate``: both halves of the new app."""

    application: Application
    service_principal: ServicePrincipal


class AppRoleAssignment(Wire, frozen=True, kw_only=True):
    """One person or group assigned to an app."""

    id: str
    principal_id: str | None = None
    principal_type: str | None = None
    principal_display_name: str | None = None
    resource_id: str | None = None
    app_role_id: str | None = None
    created_date_time: str | None = None


class User(Wire, frozen=True, kw_only=True):
    """A person in the directory."""

    id: str
    display_name: str | None = None
    user_principal_name: str | None = None
    mail: str | None = None
    given_name: str | None = None
    surname: str | None = None
    mail_nickname: str | None = None
    account_enabled: bool | None = None
    user_type: str | None = None
    department: str | None = None
    job_title: str | None = None


class Group(Wire, frozen=True, kw_only=True):
    """A group in the directory."""

    id: str
    display_name: str | None = None
    description: str | None = None
    security_enabled: bool | None = None
    mail_enabled: bool | None = None
    group_types: tuple[str, ...] | None = None
    membership_rule: str | None = None


class DirectoryObject(Wire, frozen=True, kw_only=True):
    """A member of a group; ``odata_type`` is ``#microsoft.graph.user``, ``#microsoft.graph.group`` and so on."""

    id: str
    odata_type: str | None = msgspec.field(default=None, name="@odata.type")
    display_name: str | None = None
    user_principal_name: str | None = None
    mail: str | None = None
    account_enabled: bool | None = None
    user_type: str | None = None
    given_name: str | None = None
    surname: str | None = None
    mail_nickname: str | None = None
    department: str | None = None
    job_title: str | None = None

    @property
    def is_group(self) -> bool:
        """True for a group inside a group."""
        return same(self.odata_type, "#microsoft.graph.group")


class DirectoryRole(Wire, frozen=True, kw_only=True):
    """An active directory role. A null ``role_template_id`` means unknown, never missing."""

    id: str
    display_name: str | None = None
    role_template_id: str | None = None


class VerifiedDomain(Wire, frozen=True, kw_only=True):
    """A domain of the tenant."""

    name: str | None = None
    is_default: bool | None = None
    is_initial: bool | None = None


class Organization(Wire, frozen=True, kw_only=True):
    """The tenant itself."""

    id: str
    display_name: str | None = None
    tenant_type: str | None = None
    country_letter_code: str | None = None
    verified_domains: tuple[VerifiedDomain, ...] | None = None


class ServicePlan(Wire, frozen=True, kw_only=True):
    """One plan inside a licence."""

    service_plan_id: str | None = None
    service_plan_name: str | None = None
    provisioning_status: str | None = None


class SubscribedSku(Wire, frozen=True, kw_only=True):
    """A licence that the tenant holds."""

    id: str
    sku_part_number: str | None = None
    capability_status: str | None = None
    service_plans: tuple[ServicePlan, ...] | None = None


class KeyValue(Wire, frozen=True, kw_only=True):
    """A metadata entry."""

    key: str | None = None
    value: str | None = None


class SynchronizationTemplate(Wire, frozen=True, kw_only=True):
    """What a job of this app starts from."""

    id: str
    application_id: str | None = None
    default: bool = False
    factory_tag: str | None = None
    description: str | None = None
    discoverable: bool | None = None
    metadata: tuple[KeyValue, ...] | None = None


class SecretEntry(Wire, frozen=True, kw_only=True):
    """One stored credential or setting. Secret values come back masked with ``*``."""

    key: str
    value: str | None = None

    @property
    def is_masked(self) -> bool:
        """True when the service hides the value."""
        return bool(self.value) and set(self.value or "") == {"*"}


class SynchronizationError(Wire, frozen=True, kw_only=True):
    """Why a cycle or a job failed."""

    code: str | None = None
    message: str | None = None
    tenant_actionable: bool | None = None


class TaskExecution(Wire, frozen=True, kw_only=True):
    """One cycle of a job."""

    activity_identifier: str | None = None
    state: str | None = None
    time_began: str | None = None
    time_ended: str | None = None
    error: SynchronizationError | None = None
    count_entitled: int | None = None
    count_entitled_for_provisioning: int | None = None
    count_escrowed: int | None = None
    count_escrowed_raw: int | None = None
    count_exported: int | None = None
    count_exports: int | None = None
    count_imported: int | None = None
    count_imported_deltas: int | None = None
    count_imported_reference_deltas: int | None = None


class Quarantine(Wire, frozen=True, kw_only=True):
    """Why and since when Microsoft slowed the job down. Present does not mean quarantined: see ``status.code``."""

    reason: str | None = None
    current_began: str | None = None
    next_attempt: str | None = None
    series_began: str | None = None
    series_count: int | None = None
    error: SynchronizationError | None = None


class EntryCount(Wire, frozen=True, kw_only=True):
    """How many objects of a kind the job holds."""

    key: str | None = None
    value: int | None = None


class JobProgress(Wire, frozen=True, kw_only=True):
    """How far a cycle has come; the units are pages, not people."""

    units: str | None = None
    completed_units: int | None = None
    total_units: int | None = None
    progress_observation_date_time: str | None = None


class JobStatus(Wire, frozen=True, kw_only=True):
    """State of a job. Trust ``code``."""

    code: str | None = None
    count_successive_complete_failures: int | None = None
    escrows_pruned: bool | None = None
    last_execution: TaskExecution | None = None
    last_successful_execution: TaskExecution | None = None
    last_successful_execution_with_exports: TaskExecution | None = None
    progress: tuple[JobProgress, ...] | None = None
    quarantine: Quarantine | None = None
    steady_state_first_achieved_time: str | None = None
    steady_state_last_achieved_time: str | None = None
    synchronized_entry_count_by_type: tuple[EntryCount, ...] | None = None
    troubleshooting_url: str | None = None


class Schedule(Wire, frozen=True, kw_only=True):
    """When a job runs."""

    interval: str | None = None
    state: str | None = None
    expiration: str | None = None


class JobSetting(Wire, frozen=True, kw_only=True):
    """A name and value that tune a job."""

    name: str | None = None
    value: str | None = None


class SynchronizationJob(Wire, frozen=True, kw_only=True):
    """A provisioning job. Treat ``id`` as opaque and URL-encode it."""

    id: str
    template_id: str | None = None
    schedule: Schedule | None = None
    status: JobStatus | None = None
    synchronization_job_settings: tuple[JobSetting, ...] | None = None

    @property
    def code(self) -> str:
        """``status.code``, or an empty text."""
        return (self.status.code if self.status else None) or ""

    @property
    def is_scheduled(self) -> bool:
        """True when the job runs by itself (``schedule.state`` is Active)."""
        return self.schedule is not None and same(self.schedule.state, "Active")

    @property
    def is_quarantined(self) -> bool:
        """True when Microsoft has put the job in quarantine."""
        return same(self.code, "Quarantine")


class MappingSource(Wire, frozen=True, kw_only=True):
    """Where a mapped value comes from."""

    type: str | None = None
    name: str | None = None
    expression: str | None = None


class AttributeMapping(Wire, frozen=True, kw_only=True):
    """One line of a mapping."""

    target_attribute_name: str | None = None
    source: MappingSource | None = None
    default_value: str | None = None
    matching_priority: int | None = None
    flow_type: str | None = None
    flow_behavior: str | None = None


class FilterOperand(Wire, frozen=True, kw_only=True):
    """What a clause compares with."""

    values: tuple[str, ...] | None = None


class FilterClause(Wire, frozen=True, kw_only=True):
    """One condition of a scoping filter."""

    source_operand_name: str | None = None
    operator_name: str | None = None
    target_operand: FilterOperand | None = None


class FilterGroup(Wire, frozen=True, kw_only=True):
    """Clauses that must all hold."""

    name: str | None = None
    clauses: tuple[FilterClause, ...] | None = None


class ScopingFilter(Wire, frozen=True, kw_only=True):
    """Groups of clauses, one of which must hold."""

    groups: tuple[FilterGroup, ...] | None = None


class ObjectMapping(Wire, frozen=True, kw_only=True):
    """How one kind of object (people, groups) is carried over."""

    name: str | None = None
    enabled: bool | None = None
    flow_types: str | None = None
    source_object_name: str | None = None
    target_object_name: str | None = None
    scope: ScopingFilter | None = None
    attribute_mappings: tuple[AttributeMapping, ...] | None = None

    def does(self, action: str) -> bool:
        """True when ``flowTypes`` holds the action: ``Add``, ``Update`` or ``Delete``."""
        return any(same(flag.strip(), action) for flag in (self.flow_types or "").split(","))


class SynchronizationRule(Wire, frozen=True, kw_only=True):
    """One direction of synchronization. ``id`` may end in ``#V2``."""

    id: str | None = None
    name: str | None = None
    editable: bool | None = None
    priority: int | None = None
    source_directory_name: str | None = None
    target_directory_name: str | None = None
    metadata: tuple[KeyValue, ...] | None = None
    object_mappings: tuple[ObjectMapping, ...] | None = None


class SchemaView(Wire, frozen=True, kw_only=True):
    """The part of a synchronization schema that the program reads."""

    id: str | None = None
    version: str | None = None
    synchronization_rules: tuple[SynchronizationRule, ...] | None = None


class SynchronizationSchema(msgspec.Struct, frozen=True):
    """A schema: the typed view for reading, the whole document for sending back unharmed."""

    view: SchemaView
    document: dict[str, Any]

    def mapping_of(self, source_object_name: str) -> tuple[SynchronizationRule, ObjectMapping] | None:
        """The rule and mapping that carry ``User`` or ``Group`` objects, if any."""
        for rule in self.view.synchronization_rules or ():
            for mapping in rule.object_mappings or ():
                if same(mapping.source_object_name, source_object_name):
                    return rule, mapping
        return None


class ErrorInformation(Wire, frozen=True, kw_only=True):
    """Why an event failed or was skipped."""

    error_code: str | None = None
    reason: str | None = None
    additional_details: str | None = None
    error_category: str | None = None
    recommended_action: str | None = None


class StatusInfo(Wire, frozen=True, kw_only=True):
    """Outcome of an event: success, failure, skipped, warning."""

    status: str | None = None
    error_information: ErrorInformation | None = None


class ProvisioningStep(Wire, frozen=True, kw_only=True):
    """One step of an event. ``details`` is an open object."""

    name: str | None = None
    provisioning_step_type: str | None = None
    status: str | None = None
    description: str | None = None
    details: dict[str, Any] | None = None


class ModifiedProperty(Wire, frozen=True, kw_only=True):
    """One value that changed."""

    display_name: str | None = None
    old_value: str | None = None
    new_value: str | None = None


class Identity(Wire, frozen=True, kw_only=True):
    """The object on one side of an event."""

    id: str | None = None
    display_name: str | None = None
    identity_type: str | None = None
    details: dict[str, Any] | None = None


class ProvisioningSystem(Wire, frozen=True, kw_only=True):
    """The system on one side of an event."""

    id: str | None = None
    display_name: str | None = None
    details: dict[str, Any] | None = None


class ProvisioningEvent(Wire, frozen=True, kw_only=True):
    """A row of the provisioning log (``provisioningObjectSummary``), without the whole original: see ``LoggedEvent``."""

    id: str
    activity_date_time: str | None = None
    tenant_id: str | None = None
    job_id: str | None = None
    cycle_id: str | None = None
    change_id: str | None = None
    provisioning_action: str | None = None
    duration_in_milliseconds: int | None = None
    provisioning_status_info: StatusInfo | None = None
    provisioning_steps: tuple[ProvisioningStep, ...] | None = None
    modified_properties: tuple[ModifiedProperty, ...] | None = None
    source_identity: Identity | None = None
    target_identity: Identity | None = None
    source_system: ProvisioningSystem | None = None
    target_system: ProvisioningSystem | None = None


class LoggedEvent(msgspec.Struct, frozen=True):
    """A log row: the typed view, and the JSON text as it came."""

    view: ProvisioningEvent
    raw: bytes


class OnDemandStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step of provisioning a person on demand. Key on ``type``: two steps may share a name."""

    name: str | None = None
    type: str | None = None
    status: str | None = None
    description: str | None = None
    timestamp: str | None = None
    details: dict[str, Any] | None = None


class OnDemandResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of provisioning one person on demand, whichever of the three published forms it came in."""

    status: str
    """success, failure, skipped, warning or the service's own word, lower case."""
    action: str = ""
    error_code: str | None = None
    reason: str | None = None
    recommended_action: str | None = None
    source_id: str | None = None
    target_id: str | None = None
    change_id: str | None = None
    steps: tuple[OnDemandStep, ...] = ()
    modified: tuple[ModifiedProperty, ...] = ()
    document: Any = None
    """Key and value, decoded, as they came."""
