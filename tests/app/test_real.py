"""A real tenant as the program composes it: one desk and one session each, kept over a restart, and gone on sign-out.

The sign-in service, Graph and the person at the browser are on this computer; everything between them is the program's
own: MSAL, the configuration, the place of the tokens.
"""

from __future__ import annotations

import json
import platform
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from scim_assistant.app.real import RealSessions, real_services
from scim_assistant.errors import Cancelled, KnownError, SignInFailed, SignInNeeded
from scim_assistant.graph import directory
from scim_assistant.settings import Folders, SettingsStore
from scim_assistant.signin import broker
from scim_assistant.signin.client import COMMAND_LINE_CLIENT, Origin
from scim_assistant.signin.offer import Waiting, Way, Wish
from scim_assistant.signin.permissions import CHANGE, LOOK, names
from scim_assistant.signin.registration import shared_client
from scim_assistant.steps import sign_in
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.stored import stored
from scim_assistant.tenant.session import Session
from scim_assistant.transport import HttpAnswer, HttpRequest
from scim_assistant.transport.survey import Connected, Handshake, NameFound
from scim_assistant.vault import Vault
from scim_assistant.work import Work
from tests.authority.browser import HttpBrowser, Visitor
from tests.authority.mapped import MappedTransport
from tests.authority.server import Authority
from tests.authority.state import ADMIN, CLIENT, PASSWORD, TENANT, Person, Registration

BO = "bo@example.com"
OTHER_CLIENT = "22222222-7b8a-4990-a1b2-c3d4e5f60718"
FINE = Answers(client_id=CLIENT, tenant=TENANT)


class MemoryKeyring(KeyringBackend):
    """A keyring that lives as long as the test."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class Lent:
    """A transport that outlives the program that it is lent to; counts how often it was given back."""

    def __init__(self, inner: MappedTransport) -> None:
        self._inner = inner
        self.closed = 0

    def send(self, request: HttpRequest, work: Work) -> HttpAnswer:
        return self._inner.send(request, work)

    def look_up(self, url: str, work: Work) -> NameFound:
        return self._inner.look_up(url, work)

    def connect(self, url: str, work: Work) -> Connected:
        return self._inner.connect(url, work)

    def shake_hands(self, url: str, work: Work) -> Handshake:
        return self._inner.shake_hands(url, work)

    def close(self) -> None:
        self.closed += 1


@dataclass
class Place:
    """What is outside the program, and what it keeps."""

    home: Path
    authority: Authority
    transport: MappedTransport
    visitor: Visitor
    keyring: MemoryKeyring = field(default_factory=MemoryKeyring)
    environ: dict[str, str] = field(default_factory=dict)
    lent: list[Lent] = field(default_factory=list)

    @property
    def folders(self) -> Folders:
        return Folders(self.home / "config", self.home / "data", self.home / "journals", self.home / "logs")

    def lend(self) -> Lent:
        self.lent.append(Lent(self.transport))
        return self.lent[-1]

    @contextmanager
    def program(self, open_browser: Callable[[str], bool] | None = None) -> Iterator[RealSessions]:
        """The program; again is a restart."""
        sessions = RealSessions(
            SettingsStore(self.folders.config),
            folders=self.folders,
            vault=Vault(backend=self.keyring),
            make_transport=self.lend,
            open_browser=open_browser or self.visitor,
            environ=self.environ,
            machine_folder=self.home / "machine",
        )
        try:
            yield sessions
        finally:
            sessions.close()
            self.visitor.leave()

    def settings(self) -> Mapping[str, Any]:
        told: dict[str, Any] = json.loads((self.folders.config / "settings.json").read_text(encoding="utf-8"))
        return told


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    browser = HttpBrowser()
    with Authority() as authority:
        authority.people[BO] = Person(name="Bo Baker")
        transport = MappedTransport(authority.place)
        try:
            yield Place(tmp_path, authority, transport, Visitor(browser, ADMIN, PASSWORD))
        finally:
            transport.close()
            browser.close()


def enter(
    sessions: RealSessions, answers: Answers = FINE, permissions: tuple[str, ...] = names(LOOK), **wish: Any
) -> Session:
    """Somebody signs in."""
    return sessions.sign_in(answers, Wish(permissions, **wish), Work(), lambda waiting: None)


def account_of(session: Session | None) -> str:
    assert session is not None
    assert session.signed_in is not None
    return session.signed_in.account.id


class TestOffer:
    """With what one would sign in."""

    def test_nothing_is_loaded_or_asked_before_a_client_id_is_known(self, place: Place) -> None:
        with place.program() as sessions:
            offer = sessions.offer(Answers(), Work())
            assert offer.client.client_id == ""
            assert sessions.resume(Answers(), Work()) is None
        assert place.lent == []
        assert place.keyring.kept == {}

    @pytest.mark.skipif(
        sys.platform == "darwin" and platform.machine() != "arm64", reason="an Intel Mac has no broker"
    )
    def test_the_well_known_client_can_be_offered_before_a_client_id_is_known(
        self, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / f"{broker.RUNTIME}.py").touch()
        monkeypatch.syspath_prepend(tmp_path)
        with place.program() as sessions:
            offer = sessions.offer(Answers(), Work())
        shared = shared_client(offer.ways)
        assert shared is not None
        assert shared.client.client_id == COMMAND_LINE_CLIENT

    def test_what_is_typed_counts_before_what_is_configured(self, place: Place) -> None:
        place.environ.update(SCIM_ASSISTANT_CLIENT_ID=OTHER_CLIENT, SCIM_ASSISTANT_TENANT="example.com")
        with place.program() as sessions:
            configured = sessions.offer(Answers(), Work()).client
            typed = sessions.offer(Answers(client_id=f" {CLIENT.upper()} "), Work()).client
        assert (configured.client_id, configured.client_id_from) == (OTHER_CLIENT, Origin.ENVIRONMENT)
        assert (typed.client_id, typed.client_id_from) == (CLIENT, Origin.SETTINGS)
        assert typed.tenant == "example.com"

    def test_the_well_known_client_says_that_it_is_one(self, place: Place) -> None:
        with place.program() as sessions:
            offer = sessions.offer(Answers(client_id=COMMAND_LINE_CLIENT), Work())
        assert offer.client.client_id_from is Origin.BUILT_IN

    def test_offline_it_is_there_all_the_same(self, place: Place) -> None:
        place.transport.places.clear()
        with place.program() as sessions:
            offer = sessions.offer(FINE, Work())
        assert offer.ways == (Way.BROWSER, Way.CODE)
        assert offer.place is not None
        assert place.transport.sent == []

    @pytest.mark.parametrize("answers", [Answers(client_id="my app"), Answers(tenant="not a tenant")])
    def test_what_cannot_be_used_is_refused_in_words(self, place: Place, answers: Answers) -> None:
        with place.program() as sessions, pytest.raises(SignInFailed) as told:
            sessions.offer(answers, Work())
        assert told.value.why

    def test_signing_in_without_a_client_id_says_what_to_enter(self, place: Place) -> None:
        with place.program() as sessions, pytest.raises(SignInFailed, match="client ID"):
            enter(sessions, Answers())


class TestSession:
    """The session of a run is one object, until its account signs in again."""

    def test_it_is_a_session_on_the_tenant_of_the_token(self, place: Place) -> None:
        with place.program() as sessions:
            session = enter(sessions)
        assert session.tenant_id == TENANT
        assert session.account == ADMIN
        assert not session.is_practice
        assert not session.may_write
        assert session.graph.root == "https://graph.microsoft.com/v1.0"

    def test_asked_for_again_it_is_the_same(self, place: Place) -> None:
        with place.program() as sessions:
            session = enter(sessions)
            sent = len(place.transport.sent)
            assert sessions.resume(FINE, Work()) is session
            assert len(place.transport.sent) == sent, "nobody was asked for it"
            chosen = Answers(client_id=CLIENT, tenant=TENANT, account_id=account_of(session))
            assert sessions.resume(chosen, Work()) is session

    def test_allowing_more_takes_its_place(self, place: Place) -> None:
        with place.program() as sessions:
            session = enter(sessions)
            wider = enter(sessions, permissions=names(LOOK, CHANGE), account_id=account_of(session))
            assert wider.may_write
            assert sessions.resume(FINE, Work()) is wider

    def test_looking_only_is_a_session_of_its_own_that_never_may_write(self, place: Place) -> None:
        looking = Answers(client_id=CLIENT, tenant=TENANT, read_only=True)
        with place.program() as sessions:
            wide = enter(sessions, permissions=names(LOOK, CHANGE))
            narrow = sessions.resume(looking, Work())
            assert narrow is not None
            assert narrow is not wide
            assert narrow.read_only
            assert not narrow.may_write

    def test_what_an_administrator_granted_meanwhile_is_seen_without_a_person(self, place: Place) -> None:
        place.authority.withheld.add("ProvisioningLog.Read.All")
        with place.program() as sessions:
            session = enter(sessions)
            assert "ProvisioningLog.Read.All" not in session.scopes
            assert sessions.resume(FINE, Work()) is session
            place.authority.withheld.clear()
            wider = sessions.resume(FINE, Work())
            assert wider is not None
            assert wider.scopes == session.scopes | {"ProvisioningLog.Read.All"}
            assert sessions.resume(FINE, Work()) is wider
        assert len(place.visitor.opened) == 1

    def test_offline_a_session_that_lacks_something_stays(self, place: Place) -> None:
        place.authority.withheld.add("ProvisioningLog.Read.All")
        with place.program() as sessions:
            session = enter(sessions)
            place.authority.fail_next("temporarily_unavailable", where="token")
            assert sessions.resume(FINE, Work()) is session

    def test_two_accounts_are_signed_in_side_by_side(self, place: Place) -> None:
        with place.program() as sessions:
            first = enter(sessions)
            place.visitor.upn = BO
            second = enter(sessions)
            assert account_of(first) != account_of(second)
            accounts = sessions.offer(FINE, Work()).accounts
            assert [one.username for one in accounts] == [ADMIN, BO]
            back = Answers(client_id=CLIENT, tenant=TENANT, account_id=account_of(first))
            assert sessions.resume(back, Work()) is first
            assert sessions.resume(FINE, Work()) is second, "the last one, where nobody is named"

    def test_another_account_than_the_one_that_is_needed_is_refused(self, place: Place) -> None:
        with place.program() as sessions:
            session = enter(sessions)
            place.visitor.upn = BO
            with pytest.raises(SignInFailed):
                enter(sessions, account_id=account_of(session))
            assert [one.username for one in sessions.offer(FINE, Work()).accounts] == [ADMIN]
            assert sessions.resume(FINE, Work()) is session

    def test_one_transport_serves_the_whole_run_and_is_given_back(self, place: Place) -> None:
        with place.program() as sessions:
            enter(sessions)
            enter(sessions, Answers(client_id=CLIENT, tenant="example.com"))
            assert len(place.lent) == 1
            assert place.lent[0].closed == 0
        assert place.lent[0].closed == 1

    def test_after_the_end_nobody_signs_in(self, place: Place) -> None:
        with place.program() as sessions:
            pass
        with pytest.raises(KnownError):
            enter(sessions)
        assert place.visitor.opened == []

    def test_cancel_while_the_browser_waits_leaves_nothing_behind(self, place: Place) -> None:
        work = Work()

        def stop(waiting: Waiting) -> None:
            work.cancel()

        with place.program(open_browser=lambda address: True) as sessions:
            with pytest.raises(Cancelled):
                sessions.sign_in(FINE, Wish(names(LOOK)), work, stop)
            assert sessions.resume(FINE, Work()) is None
            assert sessions.offer(FINE, Work()).accounts == ()


class TestRestart:
    """What is kept is enough to go on without a person; what was forgotten is not."""

    @pytest.fixture(autouse=True)
    def encrypted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The test's keyring counts as one that encrypts."""
        from scim_assistant import vault

        name = f"{MemoryKeyring.__module__}.{MemoryKeyring.__qualname__}"
        monkeypatch.setattr(vault, "ENCRYPTED", vault.ENCRYPTED | {name})

    def test_the_last_account_goes_on_silently(self, place: Place) -> None:
        with place.program() as sessions:
            first = enter(sessions)
        opened = len(place.visitor.opened)
        with place.program() as sessions:
            again = sessions.resume(Answers(), Work())
            assert account_of(again) == account_of(first)
            assert again is not first
        assert len(place.visitor.opened) == opened

    def test_client_tenant_and_aim_are_proposed_again(self, place: Place) -> None:
        with place.program() as sessions:
            enter(sessions, Answers(client_id=CLIENT, tenant="example.com", read_only=True))
        kept = place.settings()
        assert (kept["client_id"], kept["tenant"], kept["read_only"]) == (CLIENT, "example.com", True)
        assert "token" not in json.dumps(kept)

    def test_what_came_from_the_organisation_is_not_written_into_the_settings(self, place: Place) -> None:
        place.environ.update(SCIM_ASSISTANT_CLIENT_ID=CLIENT, SCIM_ASSISTANT_TENANT=TENANT)
        with place.program() as sessions:
            enter(sessions, Answers())
        assert (place.settings()["client_id"], place.settings()["tenant"]) == ("", "")

    def test_after_sign_out_nothing_is_left(self, place: Place) -> None:
        with place.program() as sessions:
            session = enter(sessions)
            account_id = account_of(session)
            sessions.sign_out(FINE, account_id, Work())
            assert sessions.offer(FINE, Work()).accounts == ()
            assert sessions.resume(FINE, Work()) is None
            assert sessions.resume(replace(FINE, account_id=account_id), Work()) is None
            with pytest.raises(SignInNeeded):
                directory.organization(session.graph, Work())
        with place.program() as sessions:
            assert sessions.resume(Answers(client_id=CLIENT, account_id=account_id), Work()) is None
        kept = json.dumps(list(place.keyring.kept.values()))
        for name, secret in place.authority.secrets().items():
            assert secret not in kept, name
        assert place.settings()["last_account"] == ""

    def test_signing_out_counts_for_every_registration_that_the_account_signed_in_with(
        self, place: Place
    ) -> None:
        place.authority.clients[OTHER_CLIENT] = Registration()
        other = replace(FINE, client_id=OTHER_CLIENT)
        with place.program() as sessions:
            first, second = enter(sessions), enter(sessions, other)
            sessions.sign_out(FINE, account_of(first), Work())
            for session in (first, second):
                with pytest.raises(SignInNeeded):
                    directory.organization(session.graph, Work())
            assert sessions.resume(replace(other, account_id=account_of(second)), Work()) is None

    @pytest.mark.parametrize("now", [Answers(), Answers(client_id="nonsense", tenant="also / nonsense")])
    def test_who_signed_in_with_a_client_that_is_configured_no_more_is_listed_and_forgotten(
        self, place: Place, now: Answers
    ) -> None:
        with place.program() as sessions:
            account_id = account_of(enter(sessions))
        SettingsStore(place.folders.config).change(client_id="", last_account="")
        (place.folders.config / "settings.json").unlink()
        with place.program() as sessions:
            services = real_services(sessions, place.folders, Vault(backend=place.keyring))
            listed = {thing.key: thing for thing in stored(services, now, Work())}
            assert listed[f"sign-in:{account_id}"].title == f"Sign-in of {ADMIN}"
            sessions.sign_out(now, account_id, Work())
            assert sessions.kept(Work())[0] == ()
        text = json.dumps(list(place.keyring.kept.values()))
        for name, secret in place.authority.secrets().items():
            assert secret not in text, name

    def test_where_the_keyring_does_not_forget_the_account_is_gone_from_this_run_all_the_same(
        self, place: Place
    ) -> None:
        with place.program() as sessions:
            session = enter(sessions)

            def refuse(*_: str) -> None:
                raise KeyringLocked("no")

            place.keyring.delete_password = refuse  # type: ignore[method-assign]
            with pytest.raises(KnownError):
                sessions.sign_out(FINE, account_of(session), Work())
            assert sessions.resume(replace(FINE, account_id=account_of(session)), Work()) is None
            with pytest.raises(SignInNeeded):
                directory.organization(session.graph, Work())


def test_the_step_goes_on_after_a_restart_with_nothing_typed(place: Place) -> None:
    """The answers are empty then, and what was typed before is configured."""
    with place.program() as sessions:
        services = real_services(sessions, place.folders, Vault(backend=place.keyring))
        found = sign_in.sign_in(
            services, FINE, Found(), sign_in.look_wish(FINE), Work(), lambda waiting: None
        )
        assert found.session is not None
        offer = sessions.offer(Answers(), Work())
        assert (offer.client.client_id, offer.client.tenant) == (CLIENT, TENANT)
        held = sessions.resume(Answers(), Work())
        assert held is found.session
    with pytest.raises(SignInFailed, match="practice"):
        services.open_session("healthy", Work())


def test_a_wait_for_the_place_of_the_tokens_ends_on_cancel(place: Place) -> None:
    """One job waits for somebody to unlock the keyring; another one that wants to sign in can still be stopped."""
    asked, let_go = threading.Event(), threading.Event()

    class Locked(MemoryKeyring):
        def get_password(self, service: str, username: str) -> str | None:
            asked.set()
            let_go.wait(60)
            return None

    from scim_assistant import vault

    place.keyring = Locked()
    name = f"{Locked.__module__}.{Locked.__qualname__}"
    with pytest.MonkeyPatch.context() as patched, place.program() as sessions:
        patched.setattr(vault, "ENCRYPTED", vault.ENCRYPTED | {name})
        first = threading.Thread(target=lambda: sessions.offer(FINE, Work()))
        first.start()
        try:
            assert asked.wait(60)
            work = Work()
            threading.Timer(0.05, work.cancel).start()
            with pytest.raises(Cancelled):
                sessions.offer(FINE, work)
            assert first.is_alive(), "it was stopped while the first still waits"
        finally:
            let_go.set()
            first.join(60)
        assert not first.is_alive()
