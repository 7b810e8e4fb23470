"""What the person has answered so far: one frozen object, copied with ``dataclasses.replace``.

Texts are kept as typed; cleaning happens on the way to a plan (``clean.py``), so nothing typed is ever lost.
``for_log`` is the only form that may be logged: an allow-list without secrets, names or addresses.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from scim_assistant.plan.wanted import Mode, Principal
from scim_assistant.secret import Secret


class AppChoice(Enum):
    """Whether a new app is registered or one that exists is used."""

    NEW = "new"
    REUSE = "reuse"


@dataclass(frozen=True, slots=True)
class Answers:
    """All answers of the wizard.

    Attributes:
        profile_id: Which app profile (``resources/profiles/*.toml``).
        scenario: Practice scenario by name, for a practice session.
        read_only: Look only, as the helpdesk does: the right to change anything is never asked for.
        client_id: Own app registration to sign in with, as typed; empty takes the one that is configured.
        tenant: Tenant to sign in to, as typed: a domain, an id or an address of the portal; empty for the account's own.
        cloud: Name of the Microsoft cloud; empty takes the one that is configured.
        account_id: Account that was chosen among those signed in before; empty for none.
        resume: Set-up id of an unfinished journal that the person wants to go on with; empty for a new set-up.
        resume_app: Which app belongs to that set-up, where the person has to say so: an object id, or ``new`` for none.
        gallery_search: Name to look for in the gallery; empty looks for the profile's app.
        template_id: Gallery template chosen; empty takes the best match.
        app_choice: New app or existing one.
        service_principal_id: The existing app chosen, or the one that this set-up created.
        app_name: Name for a new app.
        create_later: The person defers creating the app to *apply*.
        tenant_url: As typed.
        secret: As typed.
        keep_secret: Also keep it in the system keyring.
        test_overridden: The person goes on although the connection test failed.
        mode: Automatic or manual.
        everyone: True for everyone, False for assigned people and groups only.
        people, groups: Whom to assign.
        notify_email: As typed.
        delete_guard: Hold back unusual numbers of removals.
        delete_threshold: As typed: most removals in one cycle.
        pilot: The person to prove it on.
    """

    profile_id: str = "screensteps"
    scenario: str = "healthy"
    read_only: bool = False
    client_id: str = ""
    tenant: str = ""
    cloud: str = ""
    account_id: str = ""
    resume: str = ""
    resume_app: str = ""
    gallery_search: str = ""
    template_id: str = ""
    app_choice: AppChoice = AppChoice.NEW
    service_principal_id: str = ""
    app_name: str = ""
    create_later: bool = False
    tenant_url: str = ""
    secret: Secret = field(default_factory=Secret, repr=False)
    keep_secret: bool = False
    test_overridden: bool = False
    mode: Mode = Mode.AUTOMATIC
    everyone: bool = False
    people: tuple[Principal, ...] = ()
    groups: tuple[Principal, ...] = ()
    notify_email: str = ""
    delete_guard: bool = True
    delete_threshold: str = "500"
    pilot: Principal | None = None

    @property
    def principals(self) -> tuple[Principal, ...]:
        """People, then groups."""
        return self.people + self.groups

    def for_log(self) -> dict[str, object]:
        """What may be written to a log: choices and counts, no secret, name or address."""
        return {
            "profile": self.profile_id,
            "scenario": self.scenario,
            "read_only": self.read_only,
            "cloud": self.cloud,
            "resume": bool(self.resume),
            "app_choice": self.app_choice.value,
            "create_later": self.create_later,
            "secret_characters": len(self.secret),
            "mode": self.mode.value,
            "everyone": self.everyone,
            "people": len(self.people),
            "groups": len(self.groups),
        }
