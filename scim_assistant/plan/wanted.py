"""What the person wants, as far as a plan needs it: the answers of the wizard, boiled down."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from scim_assistant.secret import Secret


class Mode(Enum):
    """How people are provisioned."""

    AUTOMATIC = "automatic"
    """The job runs by itself."""
    MANUAL = "manual"
    """Everything is prepared, and people are provisioned on demand only."""


@dataclass(frozen=True, slots=True)
class Principal:
    """A person or group to assign.

    Attributes:
        id: Object id.
        kind: ``User`` or ``Group``.
        name: Display name.
        detail: User principal name, or a word on the group.
    """

    id: str
    kind: str
    name: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The target of a set-up.

    Attributes:
        template_id: Gallery template.
        app_name: Display name of the app.
        service_principal_id: The app to reuse or already created; None while it has to be created.
        tenant_url: SCIM base URL, cleaned.
        secret: Bearer token; None keeps the stored one (only when the app has one).
        mode: Automatic or manual.
        everyone: True provisions all users and groups (``SyncAll``), False only those assigned.
        principals: Whom to assign.
        notify_email: Address for failure mail; empty for none.
        delete_threshold: Accidental-deletion guard: most removals in one cycle; None for no guard.
        cloud_tested: The credential test from Microsoft's cloud has passed, or the person goes on regardless of it.
            While it is False, applying runs the test before it writes the secrets, and stops where it fails.
    """

    template_id: str
    app_name: str
    service_principal_id: str | None = None
    tenant_url: str = ""
    secret: Secret | None = field(default=None, repr=False)
    mode: Mode = Mode.AUTOMATIC
    everyone: bool = False
    principals: tuple[Principal, ...] = ()
    notify_email: str = ""
    delete_threshold: int | None = None
    cloud_tested: bool = False
