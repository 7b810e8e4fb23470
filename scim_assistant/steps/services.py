"""What the steps may use of the world outside: handed in by ``app.py``, replaced by tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from scim_assistant.secret import Secret
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.plan.journal import Journals
    from scim_assistant.signin.offer import SignInOffer, Waiting, Wish
    from scim_assistant.steps.answers import Answers
    from scim_assistant.steps.token_days import TokenDays
    from scim_assistant.tenant.session import Session


class SecretStore(Protocol):
    """The system keyring, as far as the steps need it (``vault.py`` has the real one)."""

    def save(self, tenant_id: str, app_id: str, secret: Secret, work: Work | None = None) -> None:
        """Keep a secret. It may wait for somebody to unlock the keyring.

        Raises:
            KnownError: The keyring refused or lost it; nothing else keeps it.
            Cancelled: The person pressed Cancel.
        """
        ...

    def load(self, tenant_id: str, app_id: str, work: Work | None = None) -> Secret | None:
        """A kept secret, or None."""
        ...

    def forget(self, tenant_id: str, app_id: str, work: Work | None = None) -> None:
        """Remove a kept secret; nothing happens when there is none."""
        ...


class SessionOpener(Protocol):
    """Opens practice sessions."""

    def __call__(self, scenario: str, work: Work) -> Session:
        """Open a session; in a practice session on the world of this scenario.

        Raises:
            SignInFailed: Nobody is signed in.
        """
        ...


class RealSignIn(Protocol):
    """Signing in to a real tenant (``app.py`` has the real one). Safe from several threads."""

    def offer(self, answers: Answers, work: Work) -> SignInOffer:
        """With what one would sign in by these answers and the configuration, and who has before. Asks no network.

        Raises:
            KnownError: The answers cannot be used (a tenant that is none), or the tokens' place refused.
        """
        ...

    def resume(self, answers: Answers, work: Work) -> Session | None:
        """A session of the account in ``answers.account_id``, without a person; None when one has to sign in.

        The session of a run is one object: asked again for the same account and client, the same comes back.

        Raises:
            Unreachable: The sign-in service had to be asked and did not answer.
        """
        ...

    def sign_in(
        self, answers: Answers, wish: Wish, work: Work, on_waiting: Callable[[Waiting], None]
    ) -> Session:
        """Let a person sign in, or allow more; the session that comes back serves from now on.

        Raises:
            SignInFailed, Unreachable, UnreadableAnswer: Nobody signed in.
            Cancelled: The person pressed Cancel.
        """
        ...

    def sign_out(self, answers: Answers, account_id: str, work: Work) -> None:
        """Forget an account and its tokens.

        Raises:
            KnownError: The place where tokens rest refused.
        """
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a lookup may use.

    Attributes:
        open_session: Opens a session on a practice world.
        journals: The journals on this computer's disk.
        secrets: The system keyring.
        is_practice: True in a practice session; real sign-in is not offered there.
        scenario_is_given: The practice world runs already, so that its scenario cannot be chosen.
        real: Signing in to a real tenant; None in a practice session.
        practice_hint: In a practice session, the Tenant URL and pretend Secret Token that the pretend vendor's page
            shows, so that the person can copy them; None otherwise.
        own_profiles: Folder of the person's own app profiles, whether it is there or not; None for none.
        leftovers: Folder in which a deep check remembers what it is about to make, so that the next one can take away
            what a killed one left; None makes deep checks impossible.
        token_days: Since when each app's token is in use; None remembers nothing.
        practice_new_token: In a practice session, a second token that the pretend vendor has made, for replacing the
            first; None otherwise.
    """

    open_session: SessionOpener
    journals: Journals
    secrets: SecretStore
    is_practice: bool = True
    scenario_is_given: bool = False
    real: RealSignIn | None = None
    practice_hint: PracticeHint | None = None
    own_profiles: Path | None = None
    leftovers: Path | None = None
    token_days: TokenDays | None = None
    practice_new_token: Callable[[], Secret] | None = None


class PracticeHint(Protocol):
    """Where the pretend vendor shows its address and token."""

    def __call__(self) -> tuple[str, Secret]:
        """Tenant URL and Secret Token of the practice world that is open now."""
        ...
