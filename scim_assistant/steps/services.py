"""What the steps may use of the world outside: handed in by ``app.py``, replaced by tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from scim_assistant.secret import Secret
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.plan.journal import Journals
    from scim_assistant.tenant.session import Session


class SecretStore(Protocol):
    """The system keyring, as far as the steps need it (``vault.py`` has the real one)."""

    def save(self, tenant_id: str, app_id: str, secret: Secret) -> None:
        """Keep a secret.

        Raises:
            KnownError: The keyring refused or lost it; nothing else keeps it.
        """
        ...

    def load(self, tenant_id: str, app_id: str) -> Secret | None:
        """A kept secret, or None."""
        ...

    def forget(self, tenant_id: str, app_id: str) -> None:
        """Remove a kept secret; nothing happens when there is none."""
        ...


class SessionOpener(Protocol):
    """Signs somebody in."""

    def __call__(self, scenario: str, work: Work) -> Session:
        """Open a session; in a practice session on the world of this scenario.

        Raises:
            SignInFailed: Nobody is signed in.
        """
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a lookup may use.

    Attributes:
        open_session: Signs in.
        journals: The journals on this computer's disk.
        secrets: The system keyring.
        is_practice: True in a practice session; real sign-in is not offered there.
        scenario_is_given: The practice world runs already, so that its scenario cannot be chosen.
        practice_hint: In a practice session, the Tenant URL and pretend Secret Token that the pretend vendor's page
            shows, so that the person can copy them; None otherwise.
    """

    open_session: SessionOpener
    journals: Journals
    secrets: SecretStore
    is_practice: bool = True
    scenario_is_given: bool = False
    practice_hint: PracticeHint | None = None


class PracticeHint(Protocol):
    """Where the pretend vendor shows its address and token."""

    def __call__(self) -> tuple[str, Secret]:
        """Tenant URL and Secret Token of the practice world that is open now."""
        ...
