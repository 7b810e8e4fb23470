"""A real tenant as the program sees it, on this computer: sign-in service, Graph, a vendor, and somebody at a browser.

The program is put together as ``app`` does it; only the transport, the browser and the folders are handed in. Tokens,
consent and claims are the sign-in service's business, the rest is a practice world behind it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from scim_assistant.app.real import RealSessions, real_services
from scim_assistant.errors import KnownError, SignInNeeded
from scim_assistant.practice.exchange import Exchange
from scim_assistant.practice.world import World
from scim_assistant.secret import Secret
from scim_assistant.settings import Folders, SettingsStore
from scim_assistant.signin.offer import SignInOffer, Waiting, Way, Wish
from scim_assistant.steps import sign_in
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.services import Services
from scim_assistant.steps.step import StepKey
from scim_assistant.steps.walk import Picks, Stopped, Walker, read_picks
from scim_assistant.steps.walk_end import End
from scim_assistant.tenant.session import Session
from scim_assistant.transport import HttpTransport
from scim_assistant.vault import Vault
from scim_assistant.work import Pace, Work
from tests.authority.browser import Browser, HttpBrowser, Visitor
from tests.authority.mapped import GRAPH, MappedTransport
from tests.authority.server import Authority
from tests.authority.state import CLIENT, PASSWORD, Person
from tests.journeys.hosting import SPEED
from tests.journeys.outside import scenario
from tests.journeys.world_host import as_data

VENDOR = "https://example.screenstepslive.com"
COLLEAGUE = "colleague@example.com"
NOT_CHANGES = ("/validateCredentials", "/parseExpression", "/provisionOnDemand", "/$batch")
MOST_TRIES = 6


class RealTenant:
    """Everything outside the program.

    Args:
        scenario_name: What the tenant holds, and what is picked.
        browser: Where people sign in.

    Attributes:
        authority: The sign-in service.
        world: Graph and the vendor.
        transport: The one that the program is given; lives until the tenant is closed.
        visitor: Who sits at the browser.
        writes: What changed the tenant, in order: method and path.
        exchanges: All that was asked of Graph and the vendor.
        facts: The scenario's own file.
    """

    def __init__(self, scenario_name: str = "healthy", *, browser: Browser | None = None) -> None:
        self.authority = Authority()
        self.facts = scenario(scenario_name)
        self.writes: list[str] = []
        self.exchanges: list[Exchange] = []
        self._lock = threading.Lock()
        self._moments: dict[tuple[str, int], Callable[[], None]] = {}
        self.world = World(
            scenario_name,
            speed=SPEED,
            on_exchange=self._on_exchange,
            admission=self.authority.admission,
            public_graph=f"{GRAPH}/v1.0",
            public_scim=VENDOR,
        )
        tenant = self.world.tenant
        me = tenant.people[tenant.me]
        self.upn = me.user_principal_name.casefold()
        self.tenant_id = tenant.tenant_id
        self.authority.tenants = {tenant.tenant_id: tenant.tenant_id, "example.com": tenant.tenant_id}
        self.authority.people = {
            self.upn: Person(oid=me.id, name=me.display_name, home_tenant_id=tenant.tenant_id),
            COLLEAGUE: Person(name="Cleo Colleague", home_tenant_id=tenant.tenant_id),
        }
        self.authority.start()
        self.world.start()
        self.browser = browser or HttpBrowser()
        self.visitor = Visitor(self.browser, self.upn, PASSWORD)
        self.transport = MappedTransport(
            {
                **self.authority.place,
                GRAPH: self.world.line["graph"].removesuffix("/v1.0"),
                **self.world.hosts,
            },
            inner=HttpTransport(),
        )

    def close(self) -> None:
        """Stop everything."""
        self.visitor.leave()
        self.browser.close()
        self.transport.close()
        self.world.stop()
        self.authority.stop()

    # ------------------------------------------------------------------ what happens meanwhile

    def at_write(self, number: int, act: Callable[[], None], *, stage: str = "before") -> None:
        """Have something happen at one of the writes to Graph, from the thread that serves it.

        Args:
            number: Counts from 1: creating the app, the job, the secrets, each assignment, starting.
            act: Done once.
            stage: ``before`` the write is judged, or ``after`` its answer went out.
        """
        self._moments[(stage, number)] = act

    def _on_exchange(self, stage: str, exchange: Exchange) -> None:
        with self._lock:
            if stage == "after":
                self.exchanges.append(exchange)
            is_write = (
                exchange.side == "graph"
                and exchange.method in {"POST", "PUT", "PATCH", "DELETE"}
                and not exchange.path.endswith(NOT_CHANGES)
            )
            if not is_write:
                return
            if stage == "before":
                self.writes.append(f"{exchange.method} {exchange.path}")
            act = self._moments.pop((stage, len(self.writes)), None)
        if act is not None:
            act()

    # ------------------------------------------------------------------ seen from outside

    @property
    def outside(self) -> Mapping[str, Any]:
        """The world's line as other programs on this computer use it."""
        address = self.world.line["scim"]
        return {**self.world.line, "scim": self.world.hosts[VENDOR] + address[len(VENDOR) :]}

    def made(self, app_name: str) -> Mapping[str, Any]:
        """The one app of this name, with its jobs and assignments."""
        with self.world.tenant.lock:
            (app,) = [one for one in self.world.tenant.apps.values() if one.display_name == app_name]
            return {
                "jobs": [job.schedule_state for job in app.jobs.values()],
                "assignments": sorted(one.principal_display_name for one in app.assignments.values()),
                "secrets": dict(app.secrets),
            }

    def judged_exchanges(self) -> list[dict[str, Any]]:
        """All exchanges with Graph in the form that ``judged.judge`` reads."""
        with self._lock:
            return [as_data(each) for each in self.exchanges]

    def secrets(self) -> dict[str, str]:
        """Everything that may never be written down, by name."""
        return {**self.authority.secrets(), "vendor's token": str(self.world.line["scim_token"])}


class Hurried:
    """``RealSessions`` whose sessions take the tenant's time to pass as fast as the practice world's does."""

    def __init__(self, inner: RealSessions) -> None:
        self._inner = inner

    def offer(self, answers: Answers, work: Work) -> SignInOffer:
        """As it is."""
        return self._inner.offer(answers, work)

    def resume(self, answers: Answers, work: Work) -> Session | None:
        """In a hurry."""
        session = self._inner.resume(answers, work)
        return replace(session, pace=Pace(SPEED)) if session is not None else None

    def sign_in(
        self, answers: Answers, wish: Wish, work: Work, on_waiting: Callable[[Waiting], None]
    ) -> Session:
        """In a hurry."""
        return replace(self._inner.sign_in(answers, wish, work, on_waiting), pace=Pace(SPEED))

    def sign_out(self, answers: Answers, account_id: str, work: Work) -> None:
        """As it is."""
        self._inner.sign_out(answers, account_id, work)


@contextmanager
def program(
    tenant: RealTenant, home: Path, *, vault: Vault | None = None, open_browser: Any = None
) -> Iterator[Services]:
    """The program's own composition, with folders below ``home``; again with the same folders is a restart."""
    folders = Folders(
        **{name: home / name for name in Folders.__dataclass_fields__}  # config, data, journals ...
    )
    keyring = vault or Vault(names=folders.data / "kept")
    sessions = RealSessions(
        SettingsStore(folders.config),
        folders=folders,
        vault=keyring,
        make_transport=lambda: Lent(tenant.transport),
        open_browser=open_browser or tenant.visitor,
        environ={},
        machine_folder=home / "machine",
    )
    try:
        yield replace(real_services(sessions, folders, keyring), real=Hurried(sessions))
    finally:
        sessions.close()


class Lent:
    """The tenant's transport, which outlives the program that it is lent to."""

    def __init__(self, inner: MappedTransport) -> None:
        self.send = inner.send
        self.look_up = inner.look_up
        self.connect = inner.connect
        self.shake_hands = inner.shake_hands

    def close(self) -> None:
        """Keep it open."""


class RealWalker(Walker):
    """The walk of ``steps.walk`` as a person at a real tenant does it: signs in, allows, and does the same thing again.

    Args:
        tenant: What is outside.
        services: The program.
        picks: What is chosen.
        on_trouble: Asked before something that went wrong is tried again: what somebody changes meanwhile. False gives
            up.
        keep_secret: The vendor's token goes into the keyring too.
        way: How to sign in.

    Attributes:
        lines: What was said.
        needed: Every time a person was needed, in order.
        troubles: Everything else that went wrong and was tried again.
        waited: What the person was told to do.
        sessions: Each that a sign-in brought.
    """

    def __init__(
        self,
        tenant: RealTenant,
        services: Services,
        picks: Picks | None = None,
        *,
        on_trouble: Callable[[KnownError], bool] = lambda trouble: False,
        keep_secret: bool = False,
        way: Way = Way.AUTOMATIC,
    ) -> None:
        self.lines: list[str] = []
        super().__init__(services, picks or read_picks("healthy", tenant.facts), self.lines.append, Work())
        self.answers = replace(self.answers, client_id=CLIENT, tenant="example.com", keep_secret=keep_secret)
        self.tenant = tenant
        self.needed: list[SignInNeeded] = []
        self.troubles: list[KnownError] = []
        self.waited: list[Waiting] = []
        self.sessions: list[Session] = []
        self._on_trouble = on_trouble
        self._way = way
        self._acts = {key: self._until_done(act) for key, act in self._acts.items()}

    @property
    def said(self) -> str:
        """Everything that was said."""
        return "\n".join(self.lines)

    def finish(self) -> End:
        """Walk to the end."""
        end = self.go()
        self.tenant.visitor.leave()
        return end

    def _pick(self, key: StepKey) -> None:
        super()._pick(key)
        if key is StepKey.CONNECT and not self.answers.secret:
            line = self.tenant.world.line
            self.answers = replace(
                self.answers, tenant_url=str(line["scim"]), secret=Secret(str(line["scim_token"]))
            )

    def _look(self, key: StepKey) -> None:
        look = super()._look
        self._until_done(lambda: look(key))()
        if key is StepKey.SIGN_IN and self.found.session is None:
            self._until_done(self._sign_in_first)()
            self._until_done(lambda: look(key))()

    def _sign_in_first(self) -> None:
        wish = sign_in.look_wish(self.answers, self._way)
        self.found = sign_in.sign_in(
            self.services, self.answers, self.found, wish, self.work, self._on_waiting
        )
        self._note_session()

    def _on_waiting(self, waiting: Waiting) -> None:
        self.waited.append(waiting)
        if waiting.code:
            self.tenant.visitor.type_code(waiting.address, waiting.code)

    def _note_session(self) -> None:
        if self.found.session is not None:
            self.sessions.append(self.found.session)

    def _until_done(self, act: Callable[[], None]) -> Callable[[], None]:
        """The same thing again and again, with a person's help in between, as the window does it."""

        def until_done() -> None:
            for _ in range(MOST_TRIES):
                trouble: KnownError | None = None
                try:
                    act()
                    return
                except KnownError as error:
                    trouble = error
                except Stopped:
                    trouble = self.found.trouble
                    if trouble is None:
                        raise
                self.found = replace(self.found, trouble=None)
                self._get_help(trouble)
            raise AssertionError(f"no end after {MOST_TRIES} tries: {self.said}")

        return until_done

    def _get_help(self, trouble: KnownError) -> None:
        if not isinstance(trouble, SignInNeeded):
            if not self._on_trouble(trouble):
                raise trouble
            self.troubles.append(trouble)
            return
        self.needed.append(trouble)
        try:
            self.found = sign_in.allow(
                self.services,
                self.answers,
                self.found,
                trouble,
                self._way,
                None,
                self.work,
                self._on_waiting,
            )
        except KnownError as refused:
            if not self._on_trouble(refused):
                raise
            self.troubles.append(refused)
            return
        self._note_session()
