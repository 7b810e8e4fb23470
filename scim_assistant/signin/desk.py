"""The door to signing in: accounts, flows, silent renewal, signing out. All of MSAL is behind it.

One desk serves one ``Client`` (app registration, tenant, cloud). Several accounts may be signed in side by side; each
``token_source`` gives one account's tokens. MSAL and cryptography are imported when the desk is first used.

Authorities are the four clouds' own, so MSAL need not ask the worldwide cloud whether they exist, and is told not to.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from scim_assistant.errors import Cancelled, KnownError, SignInFailed, Unreachable, UnreadableAnswer
from scim_assistant.secret import Secret
from scim_assistant.sentence import Sentence, say
from scim_assistant.signin import broker, failures, flows, known
from scim_assistant.signin.account import Account
from scim_assistant.signin.client import Client
from scim_assistant.signin.flows import NOT_SIGNED_IN, OnWaiting, OpenBrowser, Result
from scim_assistant.signin.msal_http import MsalHttp
from scim_assistant.signin.offer import SignedIn, TokenPlace, Way, Wish, ways_with
from scim_assistant.transport import Transport
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.signin.token_cache import KeptTokens

__all__ = ["AccountTokens", "OnWaiting", "OpenBrowser", "SignInDesk"]

PATIENCE_S: Final = 900.0
"""So long a page in the browser is waited for."""
RENEW_BEFORE_S: Final = 300.0
"""A token is renewed when it has less than this left; MSAL looks at the same limit."""
LAST_USE_S: Final = 60.0
"""While the sign-in service is out of reach, a token serves until it has less than this left."""

_NOT_RENEWED: Final = say("The sign-in was not renewed.")
_TENANT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}")


@dataclass(frozen=True, slots=True)
class _Held:
    """The newest token of an account for what was asked.

    Attributes:
        expires_at, renew_at: Epoch seconds of this computer's clock.
        answered: The claims challenge that it was asked for with; empty for none.
    """

    token: Secret
    expires_at: float
    renew_at: float
    answered: str

    def serves(self, claims: str, refused: Secret | None, now: float) -> bool:
        """True when it can be given out without asking anybody."""
        if claims:
            return refused is not None and self.answered == claims and self.token != refused
        return now < self.renew_at and (refused is None or self.token != refused)


class AccountTokens:
    """One account's tokens, as ``graph.tokens.TokenSource`` wants them. Safe from several threads.

    Args:
        desk: Where the account is signed in.
        account_id: Whose.
        asked: Permissions that a renewal asks for.
    """

    def __init__(self, desk: SignInDesk, account_id: str, asked: tuple[str, ...]) -> None:
        self._desk = desk
        self._account_id = account_id
        self._asked = asked

    def __call__(self, work: Work, *, claims: str = "", refused: Secret | None = None) -> Secret:
        """See ``graph.tokens.TokenSource``.

        Raises:
            SignInNeeded: It cannot be had without a person.
            SignInFailed: The service refused in a way that no sign-in helps, such as a disabled app registration.
            Unreachable, UnreadableAnswer: The sign-in service did not answer, or something else did.
            Cancelled: The person pressed Cancel.
        """
        return self._desk._token(self._account_id, self._asked, work, claims, refused)


class SignInDesk:
    """Signs people in with one app registration.

    Args:
        client: With what; its ``client_id`` must not be empty.
        transport: Sends what MSAL has to send; the seam for tests. Stays open when the desk closes.
        kept: Where tokens rest.
        open_browser: Opens the sign-in page; called in a thread of its own.
        with_broker: Whether the platform's broker may be used (``broker.is_available``).
        patience_s: So long a page in the browser is waited for.
    """

    def __init__(
        self,
        client: Client,
        *,
        transport: Transport,
        kept: KeptTokens,
        open_browser: OpenBrowser,
        with_broker: bool = False,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.client = client
        self._kept = kept
        self._open_browser = open_browser
        self._with_broker = with_broker
        self._patience_s = patience_s
        self._http = MsalHttp(transport)
        self._remembered: dict[str, Any] = {}
        self._app: Any = None
        self._building = threading.Lock()
        self._renewing = threading.Lock()
        self._person = threading.Lock()
        self._held: dict[tuple[str, frozenset[str]], _Held] = {}

    @property
    def ways(self) -> tuple[Way, ...]:
        """What works here; see ``offer.ways_with``."""
        return ways_with(self.client.client_id, has_broker=self._with_broker)

    @property
    def place(self) -> TokenPlace:
        """Where tokens rest."""
        return self._kept.place

    def accounts(self, work: Work) -> tuple[Account, ...]:
        """Who has signed in with this client and is still known, by user name. Asks no network.

        Raises:
            KnownError: The place where tokens rest cannot be read.
        """
        work.check()
        with self._kept.during(work):
            return known.accounts(self._kept.cache, self.client.client_id, self.client.cloud)

    def sign_in(self, wish: Wish, work: Work, on_waiting: OnWaiting) -> SignedIn:
        """Let a person sign in. Only one waits at a time.

        Raises:
            SignInFailed: It was refused, broke off, or another one waits already.
            Unreachable, UnreadableAnswer: The sign-in service did not answer, or something else did.
            Cancelled: The person pressed Cancel; nothing is left waiting.
        """
        if not self._person.acquire(blocking=False):
            raise flows.another_waits()
        try:
            with self._at_work(NOT_SIGNED_IN, work):
                return self._signed_in_by_person(wish, work, on_waiting)
        finally:
            self._person.release()

    def resume(self, account_id: str, permissions: tuple[str, ...], work: Work) -> SignedIn | None:
        """Sign in again without a person, from what is kept; None when that cannot be done.

        Raises:
            Unreachable, UnreadableAnswer: The sign-in service had to be asked and did not answer, or something else
                did.
            Cancelled: The person pressed Cancel.
        """
        work.check()
        cache, cloud = self._kept.cache, self.client.cloud
        with self._kept.during(work):
            if known.entry_of(cache, account_id, cloud) is None:
                return None
        with _turn(self._renewing, work), self._at_work(_NOT_RENEWED, work):
            # A refusal that MSAL remembers for a minute must not outlive the consent that was given meanwhile.
            self._remembered.clear()
            try:
                result = self._silently(account_id, permissions, work)
            except SignInFailed:
                return None  # a person who signs in is told why
            entry = known.entry_of(cache, account_id, cloud)
            if result is None or not flows.has_token(result) or entry is None:
                return None
            self._hold(account_id, permissions, result)
            return self._described(result, account_id, permissions, known.way_of(entry))

    def token_source(self, signed_in: SignedIn) -> AccountTokens:
        """What ``GraphClient`` asks for tokens. Later sign-ins of the same account serve it too."""
        return AccountTokens(
            self, signed_in.account.id, signed_in.asked or tuple(sorted(signed_in.permissions))
        )

    def sign_out(self, account_id: str, work: Work) -> None:
        """Forget an account and all of its tokens, on disk or in the keyring as well. Needs no network.

        Where the operating system's broker signed the account in, it is told as well.

        Raises:
            KnownError: The place where tokens rest refused.
        """
        with _turn(self._renewing, work), self._at_work(say("The account was not signed out."), work):
            entry = known.entry_of(self._kept.cache, account_id, self.client.cloud)
            self._let_go(account_id)
            self._kept.forget_account(account_id, work)
            if entry is not None and self._with_broker and known.way_of(entry) is Way.BROKER:
                app = self._msal(work)
                flows.guarded(lambda: app.remove_account(dict(entry)))

    def close(self) -> None:
        """Forget what is in memory. What is kept stays, and so does the transport, which belongs to the caller."""
        self._held.clear()
        self._app = None

    # -------------------------------------------------------------------------------------------- with a person

    def _signed_in_by_person(self, wish: Wish, work: Work, on_waiting: OnWaiting) -> SignedIn:
        way = self._way(wish.way)
        before = {account.id: account for account in self.accounts(work)}
        app = self._msal(work)
        self._remembered.clear()
        wanted = before.get(wish.account_id)
        asked = flows.Asked(
            tuple(self.client.cloud.scope(name) for name in wish.permissions),
            hint=wanted.username if wanted is not None else "",
            claims=wish.claims,
            window=wish.window,
        )
        if way is Way.BROKER:
            try:
                result = flows.by_broker(
                    app,
                    asked,
                    work=work,
                    on_waiting=on_waiting,
                    under=lambda call: self._in_this_thread(work, call),
                    when_too_late=lambda late: self._forget_stranger(known.home_id(late), before, Work()),
                )
                return self._accepted(result, wish, Way.BROKER, before, work)
            except flows.NoBroker:
                if wish.way is not Way.AUTOMATIC or Way.BROWSER not in self.ways:
                    raise flows.no_way(say("The account service of this computer does not answer.")) from None
        if way is Way.CODE:
            result = flows.by_code(app, asked, work=work, on_waiting=on_waiting)
            return self._accepted(result, wish, way, before, work)
        accepted: SignedIn = flows.by_browser(
            app,
            asked,
            patience_s=self._patience_s,
            open_browser=self._open_browser,
            work=work,
            on_waiting=on_waiting,
            judge=lambda result: self._accepted(result, wish, Way.BROWSER, before, work),
        )
        return accepted

    def _way(self, wished: Way) -> Way:
        ways = self.ways
        if not ways:
            raise flows.no_way(
                say("The well-known client works only through the account service of the operating system.")
            )
        way = ways[0] if wished is Way.AUTOMATIC else wished
        if way not in ways:
            raise flows.no_way(say("This way to sign in does not work here."))
        return way

    def _accepted(
        self, result: Result, wish: Wish, way: Way, before: Mapping[str, Account], work: Work
    ) -> SignedIn:
        """Judge what a person's sign-in brought."""
        if not flows.has_token(result):
            raise failures.failed(result, NOT_SIGNED_IN, skew_s=self._http.clock_skew_s)
        account_id = known.home_id(result)
        if wish.account_id and account_id != wish.account_id:
            claims = result.get("id_token_claims") or {}
            self._forget_stranger(account_id, before, work)
            wanted = before.get(wish.account_id)
            raise _wrong_account(
                str(claims.get("preferred_username") or ""), wanted.username if wanted is not None else ""
            )
        self._hold(account_id, wish.permissions, result, wish.claims)
        return self._described(result, account_id, wish.permissions, way)

    def _forget_stranger(self, account_id: str, before: Mapping[str, Account], work: Work) -> None:
        if account_id and account_id not in before:
            # Where the place refuses to forget, it refused to keep a moment before.
            with suppress(KnownError, Cancelled):
                self._kept.forget_account(account_id, work)

    # ----------------------------------------------------------------------------------------- without a person

    def _token(
        self, account_id: str, asked: tuple[str, ...], work: Work, claims: str, refused: Secret | None
    ) -> Secret:
        """See ``AccountTokens``."""
        work.check()
        key = (account_id, frozenset(asked))
        before = self._held.get(key)
        if before is not None and before.serves(claims, refused, time.time()):
            return before.token
        with _turn(self._renewing, work), self._at_work(_NOT_RENEWED, work):
            held = self._held.get(key)
            if held is not None and held is not before:
                # Another thread was faster. What it got answers this thread's challenge as well, when it is the same.
                not_this = (
                    refused if refused is not None else before.token if before is not None else Secret()
                )
                if held.serves(claims, not_this if claims else refused, time.time()):
                    return held.token
            try:
                result = self._silently(account_id, asked, work, claims=claims, force=refused is not None)
            except Unreachable:
                left_s = held.expires_at - time.time() if held is not None else 0.0
                if held is None or claims or held.token == refused or left_s < LAST_USE_S:
                    raise
                return held.token
            if result is not None and flows.has_token(result):
                return self._hold(account_id, asked, result, claims).token
            if result is not None and not failures.wants_person(result):
                raise failures.failed(result, _NOT_RENEWED, skew_s=self._http.clock_skew_s)
            raise failures.needed(
                result or {}, _NOT_RENEWED, scopes=asked, claims=claims, account_id=account_id
            )

    def _silently(
        self,
        account_id: str,
        permissions: tuple[str, ...],
        work: Work,
        *,
        claims: str = "",
        force: bool = False,
    ) -> Result | None:
        """MSAL's silent way; None when nothing is kept that it could use."""
        app = self._msal(work)
        account = next((one for one in app.get_accounts() if one["home_account_id"] == account_id), None)
        if account is None:
            return None
        result: Result | None = flows.guarded(
            lambda: app.acquire_token_silent_with_error(
                [self.client.cloud.scope(name) for name in permissions],
                account,
                force_refresh=force,
                claims_challenge=claims or None,
            )
        )
        return result

    def _hold(self, account_id: str, asked: tuple[str, ...], result: Result, claims: str = "") -> _Held:
        """Remember the newest token, also for whoever asks for less of the same account."""
        now = time.time()
        left_s = max(0.0, float(result.get("expires_in") or 600))
        expires_at = now + left_s
        renew_at = expires_at - min(RENEW_BEFORE_S, left_s / 2)
        if isinstance(result.get("refresh_on"), int):
            renew_at = min(renew_at, max(float(result["refresh_on"]), now + left_s / 2))
        held = _Held(Secret(str(result["access_token"])), expires_at, renew_at, claims)
        wide = frozenset(asked)
        self._held[account_id, wide] = held
        for key in list(self._held):
            if key[0] == account_id and key[1] < wide:
                self._held[key] = held
        return held

    def _let_go(self, account_id: str) -> None:
        for key in [key for key in self._held if key[0] == account_id]:
            del self._held[key]

    # ---------------------------------------------------------------------------------------------------- both

    def _described(self, result: Result, account_id: str, asked: tuple[str, ...], way: Way) -> SignedIn:
        cache, cloud = self._kept.cache, self.client.cloud
        claims = result.get("id_token_claims") or known.claims_kept(
            cache, account_id, self.client.client_id, cloud, self._app.authority.tenant
        )
        tenant_id = str(claims.get("tid") or "").lower()
        account = next(
            (one for one in known.accounts(cache, self.client.client_id, cloud) if one.id == account_id), None
        )
        if account is None or not tenant_id:
            raise UnreadableAnswer(
                NOT_SIGNED_IN,
                say("The answer of Microsoft's sign-in service does not say who signed in."),
                say("Try again; if it stays so, report it with the details."),
            )
        scopes = result.get("scope") or known.scopes_kept(cache, str(result["access_token"]))
        return SignedIn(
            account=account,
            tenant_id=tenant_id,
            permissions=known.permissions_in(str(scopes).split(), cloud),
            client=self.client,
            way=way,
            expires_at=datetime.fromtimestamp(self._held[account_id, frozenset(asked)].expires_at, UTC),
            asked=asked,
        )

    def _msal(self, work: Work) -> Any:
        """MSAL's application; made on first use, when it reads the tenant's metadata.

        Raises:
            SignInFailed: There is no such tenant, or no client ID.
            Unreachable, UnreadableAnswer: The sign-in service did not answer, or something else did.
        """
        with _turn(self._building, work):
            if self._app is None:
                if not self.client.client_id:
                    raise SignInFailed(
                        NOT_SIGNED_IN,
                        say("No client ID is known yet."),
                        say("Enter the client ID of your app registration."),
                    )
                if not _TENANT.fullmatch(self.client.tenant):
                    refused = failures.failed({"error": "invalid_tenant"}, NOT_SIGNED_IN)
                    raise failures.naming_tenant(refused, self.client.tenant)
                try:
                    self._app = self._new_app(**(broker.switches() if self._with_broker else {}))
                except ImportError:
                    # The broker's runtime is there and cannot be loaded: whoever asks for it is told then.
                    self._app = self._new_app()
                except SignInFailed as error:
                    raise failures.naming_tenant(error, self.client.tenant) from error
            return self._app

    def _new_app(self, **switches: bool) -> Any:
        msal = _quiet_msal()
        return flows.guarded(
            lambda: msal.PublicClientApplication(
                self.client.client_id,
                authority=self.client.authority,
                token_cache=self._kept.cache,
                client_capabilities=["CP1"],
                http_client=self._http,
                http_cache=self._remembered,
                instance_discovery=False,
                **switches,
            )
        )

    @contextmanager
    def _at_work(self, what: Sentence, work: Work) -> Iterator[None]:
        """Let everything that this thread has MSAL do be stopped by one work, on the network and where tokens rest."""
        with self._http.call(what, work), self._kept.during(work):
            yield

    def _in_this_thread(self, work: Work, call: Callable[[], Result]) -> Result:
        with self._at_work(NOT_SIGNED_IN, work):
            return call()


@contextmanager
def _turn(lock: threading.Lock, work: Work) -> Iterator[None]:
    """Wait for a lock, and for Cancel meanwhile."""
    while not lock.acquire(timeout=0.1):
        work.check()
    try:
        yield
    finally:
        lock.release()


def _quiet_msal() -> Any:
    """MSAL, whose loggers write codes and tokens at their lowest level: nothing of them reaches a handler."""
    import logging

    import msal  # type: ignore[import-untyped]

    for name in ("msal", "msal_extensions"):
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.setLevel(logging.CRITICAL + 1)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
    return msal


def _wrong_account(signed_in: str, wanted: str) -> SignInFailed:
    return SignInFailed(
        NOT_SIGNED_IN,
        say(
            "You signed in as {signed_in}, but this goes on with {wanted}.",
            signed_in=signed_in,
            wanted=wanted,
        )
        if signed_in and wanted
        else say("You signed in with another account than the one that this goes on with."),
        say("Sign in with that account, or sign out and begin again with the other one."),
    )
