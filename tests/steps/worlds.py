"""Practice worlds for tests of the steps: a session on one, services with their own journals, and a memory keyring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scim_assistant.graph.budgets import Budgets
from scim_assistant.plan.journal import Journals
from scim_assistant.practice.world import World
from scim_assistant.secret import Secret
from scim_assistant.steps.services import Services
from scim_assistant.steps.token_days import TokenDays
from scim_assistant.tenant.session import Session, practice_pace, practice_session
from scim_assistant.transport import HttpTransport
from scim_assistant.work import Work

SPEED = 2400.0


@dataclass
class MemoryStore:
    """A keyring that forgets everything at the end of the test."""

    held: dict[tuple[str, str], Secret] = field(default_factory=dict)

    def save(self, tenant_id: str, app_id: str, secret: Secret, work: Work | None = None) -> None:
        self.held[tenant_id, app_id] = secret

    def load(self, tenant_id: str, app_id: str, work: Work | None = None) -> Secret | None:
        return self.held.get((tenant_id, app_id))

    def forget(self, tenant_id: str, app_id: str, work: Work | None = None) -> None:
        self.held.pop((tenant_id, app_id), None)


@dataclass
class Place:
    """A world with a session and services on it."""

    world: World
    session: Session
    services: Services
    store: MemoryStore

    @property
    def line(self) -> Mapping[str, Any]:
        return self.world.line

    @property
    def hint(self) -> tuple[str, Secret]:
        return str(self.line["scim"]), Secret(str(self.line["scim_token"]))


@contextmanager
def open_world(scenario: str, folder: Path, *, speed: float = SPEED, **more: Any) -> Iterator[Place]:
    """Start a world and open a session on it; end both."""
    with World(scenario, speed=speed, **more) as world, connected(world, folder) as place:
        yield place


@contextmanager
def connected(world: World, folder: Path) -> Iterator[Place]:
    """A session on a world that runs; journals live in ``folder``."""
    transport = HttpTransport()
    journals = Journals(folder)
    try:
        session = practice_session(
            world.line, transport=transport, budgets=Budgets(practice_pace(world.line))
        )
        store = MemoryStore()
        hint = (str(world.line["scim"]), Secret(str(world.line["scim_token"])))
        services = Services(
            open_session=lambda scenario, work: session,
            journals=journals,
            secrets=store,
            practice_hint=lambda: hint,
            leftovers=folder / "deep-check",
            token_days=TokenDays(folder / "token-days"),
            practice_new_token=lambda: Secret(str(world.line["new_scim_token"])),
        )
        yield Place(world, session, services, store)
    finally:
        journals.release_all()
        transport.close()
