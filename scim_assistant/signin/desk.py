"""The door to signing in: accounts, flows, silent renewal, signing out. All of MSAL is behind it.

One desk serves one ``Client`` (app registration, tenant, cloud). Several accounts may be signed in side by side; each
``token_source`` gives one account's tokens. MSAL and cryptography are imported when the desk is first used.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from scim_assistant.signin.account import Account
from scim_assistant.signin.client import Client
from scim_assistant.signin.offer import SignedIn, TokenPlace, Waiting, Way, Wish
from scim_assistant.transport import Transport
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.secret import Secret
    from scim_assistant.signin.token_cache import KeptTokens

OnWaiting = Callable[[Waiting], None]
"""Told what the person has to do now, from the sign-in's thread; again when it changes."""
OpenBrowser = Callable[[str], bool]
"""Opens a web page in the person's browser; False when there is none."""


class AccountTokens:
    """One account's tokens, as ``graph.client.TokenSource`` wants them. Safe from several threads."""

    def __call__(self, work: Work, *, claims: str = "", refused: Secret | None = None) -> Secret:
        """See ``graph.client.TokenSource``."""
        raise NotImplementedError


class SignInDesk:
    """Signs people in with one app registration.

    Args:
        client: With what; its ``client_id`` must not be empty.
        transport: Sends what MSAL has to send; the seam for tests.
        kept: Where tokens rest.
        open_browser: Opens the sign-in page.
        with_broker: Whether the platform's broker may be used (``broker.is_available``).
    """

    def __init__(
        self,
        client: Client,
        *,
        transport: Transport,
        kept: KeptTokens,
        open_browser: OpenBrowser,
        with_broker: bool = False,
    ) -> None:
        self.client = client

    @property
    def ways(self) -> tuple[Way, ...]:
        """What works here; the first is what ``Way.AUTOMATIC`` takes."""
        raise NotImplementedError

    @property
    def place(self) -> TokenPlace:
        """Where tokens rest."""
        raise NotImplementedError

    def accounts(self, work: Work) -> tuple[Account, ...]:
        """Who has signed in with this client and is still known, by user name.

        Raises:
            KnownError: The place where tokens rest cannot be read.
        """
        raise NotImplementedError

    def sign_in(self, wish: Wish, work: Work, on_waiting: OnWaiting) -> SignedIn:
        """Let a person sign in. Only one waits at a time.

        Raises:
            SignInFailed: It was refused, broke off, or another one waits already.
            Unreachable, UnreadableAnswer: The sign-in service did not answer, or something else did.
            Cancelled: The person pressed Cancel; nothing is left waiting.
        """
        raise NotImplementedError

    def resume(self, account_id: str, permissions: tuple[str, ...], work: Work) -> SignedIn | None:
        """Sign in again without a person, from what is kept; None when that cannot be done.

        Raises:
            Unreachable: The sign-in service had to be asked and did not answer.
            Cancelled: The person pressed Cancel.
        """
        raise NotImplementedError

    def token_source(self, signed_in: SignedIn) -> AccountTokens:
        """What ``GraphClient`` asks for tokens. Later sign-ins of the same account serve it too."""
        raise NotImplementedError

    def sign_out(self, account_id: str, work: Work) -> None:
        """Forget an account and all of its tokens, on disk or in the keyring as well.

        Raises:
            KnownError: The place where tokens rest refused.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Give connections back."""
