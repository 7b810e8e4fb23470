"""What one app looked like when we read it: unchanging, so that a plan can be made against it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scim_assistant.graph.types import (
    AppRoleAssignment,
    SecretEntry,
    ServicePrincipal,
    SynchronizationJob,
    SynchronizationSchema,
    SynchronizationTemplate,
)


@dataclass(frozen=True, slots=True)
class AppSnapshot:
    """An app with all that hangs under it.

    Attributes:
        service_principal: The app in this tenant.
        application_id: Object id of its registration, when known (needed to undo its creation).
        created_at: When this program created it (aware UTC); None for an app that was there before.
        templates: Synchronization templates it offers.
        job: Its provisioning job, if it has one.
        schema: Mappings of the job, or of the template while there is no job.
        secrets: Stored credentials and settings, secret values masked; empty when never written.
        assignments: Who is assigned.
        read_at: When this was read (aware UTC).
    """

    service_principal: ServicePrincipal
    application_id: str | None
    created_at: datetime | None
    templates: tuple[SynchronizationTemplate, ...]
    job: SynchronizationJob | None
    schema: SynchronizationSchema | None
    secrets: tuple[SecretEntry, ...]
    assignments: tuple[AppRoleAssignment, ...]
    read_at: datetime

    @property
    def template(self) -> SynchronizationTemplate | None:
        """The synchronization template to use: the default one, else the only one."""
        chosen = [template for template in self.templates if template.default]
        return chosen[0] if chosen else (self.templates[0] if len(self.templates) == 1 else None)

    def secret(self, key: str) -> str | None:
        """The stored value of one setting, None when it is not there."""
        return next((entry.value for entry in self.secrets if entry.key == key), None)
