"""The practice world: a pretend Microsoft Graph, a pretend ScreenSteps, and the engine between them.

``World`` runs inside this process, for tests and for ``process.py``; other programs know it only by the line that
``start`` returns, which holds everything a client needs.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from scim_assistant.practice.clock import Clock
from scim_assistant.practice.engine import Engine
from scim_assistant.practice.exchange import Exchange, OnExchange
from scim_assistant.practice.graph_server import Admission, GraphServer
from scim_assistant.practice.limits import REAL_LIMITS, Limits
from scim_assistant.practice.scenario import load_scenario
from scim_assistant.practice.scheduler import Scheduler
from scim_assistant.practice.scim_service import ScimService
from scim_assistant.practice.seeding import add_apps, build_tenant, vendor_seed
from scim_assistant.practice.state import Tenant, new_id

__all__ = ["Exchange", "OnExchange", "World"]

Line = dict[str, Any]


def practice_token(tenant: Tenant, speed: float) -> str:
    """An unsigned token in the form of a JWT; the program reads account, scopes and speed from its payload."""
    me = tenant.people[tenant.me]

    def part(data: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")

    payload = {
        "tid": tenant.tenant_id,
        "upn": me.user_principal_name,
        "name": me.display_name,
        "scp": " ".join(sorted(tenant.scopes)),
        "speed": speed,
        "practice": True,
        # So that no token opens another world.
        "jti": secrets.token_urlsafe(12),
    }
    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(payload)}.practice"


class World:
    """One practice world.

    Args:
        scenario: Name of its scenario.
        speed: How many of the services' seconds pass in one of ours.
        limits: Its figures; the real ones unless told.
        quirks: Graph answers with the published deviations.
        on_exchange: Called with ``before``, ``during`` or ``after`` and the exchange, for Graph and SCIM alike, from
            the thread that serves it.
        admission, public_graph, hosts, public_scim: Only tests of a real sign-in hand these in: who judges tokens; the
            Graph root in the addresses that are answered; where services with a public address are on this computer,
            from an https origin to a loopback one; and the https origin that the pretend vendor is known by.

    Attributes:
        scenario: What it started with.
        tenant: The state; hold ``tenant.lock`` to look at several things at once.
        scim: The pretend vendor, whose ``accounts()`` and ``groups()`` show what is there.
        line: What ``start`` returned.

    Raises:
        KnownError: There is no such scenario.
    """

    def __init__(
        self,
        scenario: str = "healthy",
        *,
        speed: float = 120.0,
        limits: Limits | None = None,
        quirks: bool = False,
        on_exchange: OnExchange | None = None,
        admission: Admission | None = None,
        public_graph: str = "",
        hosts: Mapping[str, str] | None = None,
        public_scim: str = "",
    ) -> None:
        self.scenario = load_scenario(scenario)
        self.clock = Clock(speed)
        figures = limits or REAL_LIMITS
        self.tenant = build_tenant(self.scenario, new_id(), self.clock, figures)
        self._scim_token = secrets.token_urlsafe(40)
        # What the pretend vendor hands out when somebody makes a second token.
        new_scim_token = secrets.token_urlsafe(40)
        self.scim = ScimService(
            self._scim_token,
            newer_token=new_scim_token,
            clock=self.clock,
            limits=figures,
            faults=self.tenant.faults,
            on_exchange=on_exchange,
        )
        self.engine = Engine(self.tenant)
        self._scheduler = Scheduler(self.tenant, self.engine)
        token = practice_token(self.tenant, speed)
        self._graph = GraphServer(
            self.tenant,
            self.engine,
            token,
            wake=self._scheduler.wake,
            quirks=quirks,
            on_exchange=on_exchange,
            admission=admission,
            public_root=public_graph,
        )
        self._hosts = dict(hosts or {})
        self._public_scim = public_scim.rstrip("/")
        self.line: Line = {
            "graph": "",
            "token": token,
            "scim": "",
            "scim_token": self._scim_token,
            "new_scim_token": new_scim_token,
            "tenant_id": self.tenant.tenant_id,
            "scenario": self.scenario.name,
        }

    def start(self) -> Line:
        """Start everything, and return the line."""
        self.scim.seed(*vendor_seed(self.scenario, self.tenant))
        self.line["scim"] = self._known_as(self.scim.start())
        self.tenant.hosts = self._hosts
        add_apps(self.scenario, self.tenant, self.line["scim"], self._scim_token)
        self.line["graph"] = self._graph.start()
        self._scheduler.start()
        return dict(self.line)

    def _known_as(self, address: str) -> str:
        """The pretend vendor's Tenant URL, by its public name where it has one."""
        if not self._public_scim:
            return address
        parts = urlsplit(address)
        origin = f"{parts.scheme}://{parts.netloc}"
        self._hosts[self._public_scim] = origin
        return self._public_scim + address[len(origin) :]

    @property
    def hosts(self) -> Mapping[str, str]:
        """Where services with a public address are on this computer, once started."""
        return dict(self._hosts)

    def stop(self) -> None:
        """Stop everything; leaves neither thread nor socket. Harmless when not started."""
        self._scheduler.stop()
        self._graph.stop()
        self.scim.stop()

    def __enter__(self) -> World:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
