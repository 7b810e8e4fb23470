"""A real tenant: the app registration to sign in with, one desk for each, and the sessions of this run.

Put together here from the settings, the environment and the organisation's file (``signin.configuration``), the place
where tokens rest (``signin.token_cache``), the desk that signs in (``signin.desk``) and what a session is
(``tenant.session``). Nothing of it is loaded before it is asked for, from a job.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scim_assistant.errors import KnownError, SignInFailed
from scim_assistant.sentence import Sentence, say
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.graph.budgets import Budgets
    from scim_assistant.settings import Folders, SettingsStore
    from scim_assistant.signin.account import Account
    from scim_assistant.signin.client import Client
    from scim_assistant.signin.desk import SignInDesk
    from scim_assistant.signin.offer import SignedIn, SignInOffer, TokenPlace, Waiting, Wish
    from scim_assistant.signin.token_cache import KeptTokens
    from scim_assistant.steps.answers import Answers
    from scim_assistant.steps.services import Services
    from scim_assistant.tenant.session import Session
    from scim_assistant.transport.survey import Surveyor
    from scim_assistant.vault import Vault

_Registration = tuple[str, str, str]
"""Client id, tenant and name of the cloud."""

_LONGEST_TURN_S = 600.0
"""Somebody may have to unlock the keyring before the first has his turn."""


def _network() -> Surveyor:
    from scim_assistant.transport import HttpTransport

    return HttpTransport()


def _browser(address: str) -> bool:
    import webbrowser

    return webbrowser.open(address)


class RealSessions:
    """Signs in to real tenants: ``steps.services.RealSignIn``. Safe from several threads.

    One desk for each app registration, tenant and cloud; one transport, one set of budgets and one place for tokens for
    the whole run. The session of an account stays the same object until that account signs in again.

    Args:
        store: The settings: what is configured, and whose sign-in was last.
        folders: Where tokens that are kept in a file lie.
        vault: The keyring, where tokens are kept in one.
        make_transport: Makes what sends HTTP; the seam for tests.
        open_browser: Opens the sign-in page; False when there is no browser.
        environ: The process's environment.
        machine_folder: Where an organisation's file is; None for the platform's place.
    """

    def __init__(
        self,
        store: SettingsStore,
        *,
        folders: Folders,
        vault: Vault,
        make_transport: Callable[[], Surveyor] = _network,
        open_browser: Callable[[str], bool] = _browser,
        environ: Mapping[str, str] = os.environ,
        machine_folder: Path | None = None,
    ) -> None:
        self._store = store
        self._folders = folders
        self._vault = vault
        self._make_transport = make_transport
        self._open_browser = open_browser
        self._environ = environ
        self._machine_folder = machine_folder
        self._turn = threading.Lock()
        self._transport: Surveyor | None = None
        self._budgets: Budgets | None = None
        self._kept: KeptTokens | None = None
        self._desks: dict[_Registration, SignInDesk] = {}
        self._sessions: dict[tuple[_Registration, str, bool], Session] = {}
        self._closed = False

    def offer(self, answers: Answers, work: Work) -> SignInOffer:
        """See ``steps.services.RealSignIn``."""
        from scim_assistant.signin import broker
        from scim_assistant.signin.offer import SignInOffer, ways_with

        client, note = self._client(answers)
        if not client.client_id:
            # Who has no registration yet is the one whom the well-known client helps, where the broker takes it.
            return SignInOffer(client, ways=ways_with("", has_broker=broker.is_available()), note=note)
        desk = self._desk(client, work)
        return SignInOffer(client, desk.accounts(work), desk.ways, desk.place, note)

    def resume(self, answers: Answers, work: Work) -> Session | None:
        """See ``steps.services.RealSignIn``. Without an account in the answers, the one that was last is meant.

        A session that lacks something to look with is asked for once more: an administrator may have consented meanwhile.
        """
        from scim_assistant.signin.permissions import LOOK, missing, names

        client, _ = self._client(answers)
        account_id = answers.account_id or self._store.current.last_account
        if not client.client_id or not account_id:
            return None
        held = self._sessions.get((_registration(client), account_id, answers.read_only))
        if held is not None and not missing(LOOK, held.scopes):
            return held
        try:
            signed_in = self._desk(client, work).resume(account_id, names(LOOK), work)
        except KnownError:
            if held is None:
                raise
            return held
        if signed_in is None or (held is not None and not held.scopes < signed_in.permissions):
            return held
        return self._session(signed_in, answers, work)

    def sign_in(
        self, answers: Answers, wish: Wish, work: Work, on_waiting: Callable[[Waiting], None]
    ) -> Session:
        """See ``steps.services.RealSignIn``."""
        client, _ = self._client(answers)
        if not client.client_id:
            raise SignInFailed(
                say("Nobody was signed in."),
                say("No app registration to sign in with is known."),
                say("Enter the client ID of your app registration."),
            )
        signed_in = self._desk(client, work).sign_in(wish, work, on_waiting)
        session = self._session(signed_in, answers, work)
        self._remember(answers, signed_in)
        return session

    def sign_out(self, answers: Answers, account_id: str, work: Work) -> None:
        """See ``steps.services.RealSignIn``. Whatever the account signed in with, it is signed out of it."""
        try:
            self._forget(answers, account_id, work)
        finally:
            # In memory the account is gone, also where the place refused.
            for key in [key for key in list(self._sessions) if key[1] == account_id]:
                self._sessions.pop(key, None)
            if self._store.current.last_account == account_id:
                self._store.change(last_account="")
                self._save()

    def kept(self, work: Work) -> tuple[tuple[Account, ...], TokenPlace]:
        """Everybody whose sign-in is kept, for whatever client and cloud, and where. Asks no network.

        Raises:
            KnownError: The place where tokens rest cannot be read.
            Cancelled: The person pressed Cancel.
        """
        from scim_assistant.signin import known

        with self._taking_turns(work):
            kept = self._tokens(work)
        with kept.during(work):
            return known.everybody(kept.cache), kept.place

    def close(self) -> None:
        """Give the connections back. Nothing is left waiting."""
        with self._turn:
            self._closed = True
            for desk in self._desks.values():
                desk.close()
            self._desks.clear()
            self._sessions.clear()
            if self._transport is not None:
                self._transport.close()
                self._transport = None

    def _client(self, answers: Answers) -> tuple[Client, Sentence]:
        """With what these answers sign in: what was typed, else what is configured.

        Raises:
            SignInFailed: What was typed cannot be used.
        """
        from scim_assistant.signin.client import COMMAND_LINE_CLIENT, Origin
        from scim_assistant.signin.clouds import cloud_named
        from scim_assistant.signin.configuration import find_client, machine_folder
        from scim_assistant.signin.tenant_text import read_client_id, read_tenant

        client, note = find_client(
            self._store.current, self._environ, self._machine_folder or machine_folder()
        )
        if answers.client_id.strip():
            read_id = read_client_id(answers.client_id)
            if read_id.problem is not None:
                raise _unusable(say("The client ID cannot be used."), read_id.problem)
            built_in = read_id.client_id == COMMAND_LINE_CLIENT
            client = replace(
                client,
                client_id=read_id.client_id,
                client_id_from=Origin.BUILT_IN if built_in else Origin.SETTINGS,
            )
        if answers.tenant.strip():
            read = read_tenant(answers.tenant)
            if read.problem is not None:
                raise _unusable(say("The tenant cannot be used."), read.problem)
            client = replace(client, tenant=read.tenant, tenant_from=Origin.SETTINGS)
        if answers.cloud:
            client = replace(client, cloud=cloud_named(answers.cloud), cloud_from=Origin.SETTINGS)
        return client, note

    def _desk(self, client: Client, work: Work) -> SignInDesk:
        """The desk of an app registration, made when it is first needed."""
        with self._taking_turns(work):
            key = _registration(client)
            if key not in self._desks:
                from scim_assistant.signin import broker
                from scim_assistant.signin.desk import SignInDesk

                self._desks[key] = SignInDesk(
                    client,
                    transport=self._wire(),
                    kept=self._tokens(work),
                    open_browser=self._open_browser,
                    with_broker=broker.is_available(),
                )
            return self._desks[key]

    def _tokens(self, work: Work) -> KeptTokens:
        """The place where tokens rest, opened once a run; whoever asks has the turn."""
        from scim_assistant.signin.token_cache import open_tokens

        if self._kept is None:
            self._kept = open_tokens(self._folders.data, self._vault, work=work)
        return self._kept

    def _forget(self, answers: Answers, account_id: str, work: Work) -> None:
        """Sign an account out at every desk of this run, each of which holds tokens of its own, and of the place."""
        with suppress(SignInFailed):  # what was typed since is no reason to stay signed in
            client, _ = self._client(answers)
            if client.client_id:
                self._desk(client, work)
        with self._taking_turns(work):
            desks, kept = tuple(self._desks.values()), self._tokens(work)
        refusals = []
        for desk in desks:
            try:
                desk.sign_out(account_id, work)
            except KnownError as refusal:
                refusals.append(refusal)
        if not desks:
            kept.forget_account(account_id, work)
        if refusals:
            raise refusals[-1]

    def _session(self, signed_in: SignedIn, answers: Answers, work: Work) -> Session:
        """The session of a sign-in, which takes the place of the one before."""
        from scim_assistant.graph.budgets import Budgets
        from scim_assistant.tenant.session import real_session

        desk = self._desk(signed_in.client, work)
        with self._taking_turns(work):
            self._budgets = self._budgets or Budgets()
            session = real_session(
                signed_in,
                desk.token_source(signed_in),
                transport=self._wire(),
                budgets=self._budgets,
                read_only=answers.read_only,
            )
            key = (_registration(signed_in.client), signed_in.account.id, answers.read_only)
            self._sessions[key] = session
            return session

    def _wire(self) -> Surveyor:
        if self._closed:
            raise SignInFailed(
                say("Nobody was signed in."), say("The program is ending."), say("Start it again.")
            )
        if self._transport is None:
            self._transport = self._make_transport()
        return self._transport

    @contextmanager
    def _taking_turns(self, work: Work) -> Iterator[None]:
        """One thread at a time; the wait for it ends on Cancel, since the first may wait for the keyring's owner."""
        if not work.wait_until(lambda: self._turn.acquire(blocking=False), 0.02, _LONGEST_TURN_S):
            raise SignInFailed(
                say("Nobody was signed in."),
                say("Another sign-in still waits for the place where sign-ins are kept."),
                say("Unlock the keyring, then try again."),
            )
        try:
            yield
        finally:
            self._turn.release()

    def _remember(self, answers: Answers, signed_in: SignedIn) -> None:
        """Propose the same next time."""
        client = signed_in.client
        changes: dict[str, object] = {
            "last_account": signed_in.account.id,
            "last_profile": answers.profile_id,
            "read_only": answers.read_only,
        }
        if answers.client_id.strip():
            changes["client_id"] = client.client_id
        if answers.tenant.strip():
            changes["tenant"] = client.tenant
        if answers.cloud:
            changes["cloud"] = client.cloud.name
        self._store.change(**changes)
        self._save()

    def _save(self) -> None:
        with suppress(
            KnownError
        ):  # only the proposal for next time is lost, and the end of the program tries again
            self._store.save()


def _registration(client: Client) -> _Registration:
    return (client.client_id, client.tenant, client.cloud.name)


def _unusable(what: Sentence, why: Sentence) -> SignInFailed:
    return SignInFailed(what, why, say("Correct it, then sign in."))


def real_vault(folders: Folders) -> Vault:
    """The keyring under the program's own name, with a list of what it holds."""
    from scim_assistant.vault import Vault

    return Vault(names=folders.data / "kept")


def real_services(sessions: RealSessions, folders: Folders, vault: Vault) -> Services:
    """What the steps may use outside a practice session."""
    from scim_assistant.plan.journal import Journals
    from scim_assistant.steps.services import Services
    from scim_assistant.steps.token_days import TokenDays

    def no_practice(scenario: str, work: Work) -> Session:
        raise SignInFailed(
            say("The practice tenant was not opened."),
            say("This window works on real tenants."),
            say("Choose the practice tenant on the first page."),
        )

    return Services(
        open_session=no_practice,
        journals=Journals(folders.journals),
        secrets=vault,
        is_practice=False,
        real=sessions,
        own_profiles=folders.config / "profiles",
        leftovers=folders.deep_check,
        token_days=TokenDays(folders.token_days),
    )
