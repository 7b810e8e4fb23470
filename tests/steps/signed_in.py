"""Somebody who signs in to a tenant that is not a practice one, without a sign-in service: behaves as a real one does.

Behind it is a practice world or no network at all. What was granted stays granted, who signed out is not resumed, and
every wish is remembered.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from scim_assistant.errors import Cancelled, SignInFailed
from scim_assistant.sentence import say
from scim_assistant.signin.account import Account
from scim_assistant.signin.client import Client
from scim_assistant.signin.clouds import cloud_named
from scim_assistant.signin.offer import Rest, SignedIn, SignInOffer, TokenPlace, Waiting, Way, Wish
from scim_assistant.steps.answers import Answers
from scim_assistant.tenant.session import Session
from scim_assistant.work import Work

CLIENT = "0f4e5d6c-7b8a-4990-a1b2-c3d4e5f60718"
NOOR = Account("noor.home", "noor@example.com", "Noor Haddad", "home", "global")
BO = Account("bo.home", "bo@example.com", "Bo Baker", "home", "global")


@dataclass
class PretendSignIn:
    """``RealSignIn`` with people who do as the test says.

    Attributes:
        base: The session that is handed out, with who signed in filled in.
        client_id: What is configured.
        at_the_browser: Who signs in when somebody has to.
        tenant_id: The tenant that tokens are for.
        declined: Permissions that are never granted.
        consented: Permissions that an administrator has granted for everybody meanwhile.
        cancels: The person presses Cancel instead of signing in.
        wishes: Everything that a person was asked for, in order.
        resumed: For which account a silent sign-in was tried, in order.
    """

    base: Session
    client_id: str = CLIENT
    at_the_browser: Account = NOOR
    tenant_id: str = ""
    declined: frozenset[str] = frozenset()
    consented: frozenset[str] = frozenset()
    cancels: bool = False
    known: dict[str, Account] = field(default_factory=dict)
    alive: set[str] = field(default_factory=set)
    granted: dict[str, frozenset[str]] = field(default_factory=dict)
    sessions: dict[tuple[str, str, bool], Session] = field(default_factory=dict)
    wishes: list[Wish] = field(default_factory=list)
    resumed: list[str] = field(default_factory=list)
    last: str = ""

    def offer(self, answers: Answers, work: Work) -> SignInOffer:
        """With what, and who has before."""
        return SignInOffer(
            self._client(answers),
            tuple(sorted(self.known.values(), key=lambda one: one.username)),
            place=TokenPlace(Rest.MEMORY, say("Sign-ins are kept for this run only.")),
        )

    def resume(self, answers: Answers, work: Work) -> Session | None:
        """Only who is still signed in."""
        account_id = answers.account_id or self.last
        self.resumed.append(account_id)
        if account_id not in self.alive:
            return None
        held = self.sessions.get(self._key(answers, account_id))
        if held is not None and not self.consented - held.scopes:
            return held
        self.granted[account_id] |= self.consented
        return self._session(answers, self.known[account_id])

    def sign_in(
        self, answers: Answers, wish: Wish, work: Work, on_waiting: Callable[[Waiting], None]
    ) -> Session:
        """The person at the browser signs in."""
        assert threading.current_thread() is threading.main_thread()
        self.wishes.append(wish)
        on_waiting(Waiting(Way.BROWSER, "https://login.microsoftonline.com/once"))
        if self.cancels:
            raise Cancelled
        account = self.at_the_browser
        if wish.account_id and wish.account_id != account.id:
            raise SignInFailed(
                say("Nobody was signed in."), say("Somebody else signed in."), say("Try again.")
            )
        self.known[account.id] = account
        self.alive.add(account.id)
        self.last = account.id
        before = self.granted.get(account.id, frozenset())
        self.granted[account.id] = before | (frozenset(wish.permissions) - self.declined)
        return self._session(answers, account)

    def sign_out(self, answers: Answers, account_id: str, work: Work) -> None:
        """Everything of the account goes."""
        self.known.pop(account_id, None)
        self.alive.discard(account_id)
        self.granted.pop(account_id, None)
        self.sessions = {key: one for key, one in self.sessions.items() if key[1] != account_id}
        self.last = "" if self.last == account_id else self.last

    def _client(self, answers: Answers) -> Client:
        typed = answers.client_id.strip() or self.client_id
        return Client(typed, answers.tenant.strip() or "organizations", cloud_named(answers.cloud))

    def _key(self, answers: Answers, account_id: str) -> tuple[str, str, bool]:
        client = self._client(answers)
        return (f"{client.client_id} {client.authority}", account_id, answers.read_only)

    def _session(self, answers: Answers, account: Account) -> Session:
        signed_in = SignedIn(
            account,
            self.tenant_id or self.base.tenant_id,
            self.granted[account.id],
            self._client(answers),
            Way.BROWSER,
            datetime.now(UTC) + timedelta(hours=1),
        )
        session = replace(
            self.base,
            signed_in=signed_in,
            account=account.username,
            tenant_id=signed_in.tenant_id,
            tenant_name="",
            scopes=signed_in.permissions,
            is_practice=False,
            read_only=answers.read_only,
        )
        self.sessions[self._key(answers, account.id)] = session
        return session
