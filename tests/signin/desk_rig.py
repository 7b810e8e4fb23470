"""A sign-in desk in front of the pretend sign-in service, for the tests of signing in."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import msal

from scim_assistant.errors import KnownError
from scim_assistant.sentence import say
from scim_assistant.signin import permissions
from scim_assistant.signin.client import Client
from scim_assistant.signin.clouds import GLOBAL, Cloud
from scim_assistant.signin.desk import OpenBrowser, SignInDesk
from scim_assistant.signin.offer import Rest, SignedIn, TokenPlace, Waiting, Wish
from scim_assistant.signin.token_cache import KeptTokens
from scim_assistant.work import Work
from tests.authority.browser import HttpBrowser, Visitor
from tests.authority.mapped import MappedTransport
from tests.authority.server import Authority
from tests.authority.state import ADMIN, CLIENT, PASSWORD, TENANT, Person

LOOK = permissions.names(permissions.LOOK)
CHANGE = permissions.names(permissions.LOOK, permissions.CHANGE)
OTHER = "bo@example.com"
GUEST = "guest@example.com"
ELSEWHERE = "11111111-2222-4333-8444-555555555555"
PATIENCE_S = 60.0
"""Longer than any test takes on a busy machine."""


@dataclass
class Rig:
    """The service, the way to it, what is kept, and browsers.

    Attributes:
        waits: What the person was told to do, in order.
    """

    authority: Authority
    transport: MappedTransport
    browser: HttpBrowser
    cache: msal.SerializableTokenCache = field(default_factory=msal.SerializableTokenCache)
    waits: list[Waiting] = field(default_factory=list)
    visitors: list[Visitor] = field(default_factory=list)

    def person(self, upn: str = ADMIN, *, accept: bool = True, password: str = PASSWORD) -> Visitor:
        """Somebody who signs in whenever a page opens."""
        visitor = Visitor(self.browser, upn, password, accept=accept)
        self.visitors.append(visitor)
        return visitor

    def desk(
        self,
        open_browser: OpenBrowser | None = None,
        *,
        tenant: str = TENANT,
        client_id: str = CLIENT,
        cloud: Cloud = GLOBAL,
        **more: Any,
    ) -> SignInDesk:
        """A desk on what is kept; somebody who accepts everything sits at the browser unless told otherwise."""
        return SignInDesk(
            Client(client_id, tenant, cloud),
            transport=self.transport,
            kept=KeptTokens(self.cache, TokenPlace(Rest.MEMORY, say("Kept for this run only."))),
            open_browser=open_browser or self.person(),
            **more,
        )

    def sign_in(self, desk: SignInDesk, wanted: tuple[str, ...] = LOOK, **wish: Any) -> SignedIn:
        """Let the person at the browser sign in."""
        return desk.sign_in(Wish(wanted, **wish), Work(), self.waits.append)

    def refused(self, desk: SignInDesk, wanted: tuple[str, ...] = LOOK, **wish: Any) -> KnownError:
        """The error of a sign-in that must not succeed."""
        try:
            self.sign_in(desk, wanted, **wish)
        except KnownError as error:
            return error
        raise AssertionError("somebody is signed in")

    def restart(self) -> None:
        """What a program that starts anew finds: nothing but what was kept."""
        kept = self.cache.serialize()
        self.cache = msal.SerializableTokenCache()
        self.cache.deserialize(kept)

    def kept_text(self) -> str:
        """Everything that is kept, as text."""
        return str(self.cache.serialize())

    def kept(self, kind: str) -> list[Any]:
        """What is kept of one kind."""
        return list(json.loads(self.kept_text()).get(kind, {}).values())


@contextmanager
def rig(**authority: Any) -> Iterator[Rig]:
    """A rig for as long as the block runs; nothing of it is left afterwards."""
    with Authority(**authority) as service:
        service.people[OTHER] = Person(name="Bo Baker", admin=False)
        service.people[GUEST] = Person(name="Gus Guest", home_tenant_id=ELSEWHERE, guest_in={TENANT})
        transport = MappedTransport(service.place)
        browser = HttpBrowser()
        made = Rig(service, transport, browser)
        try:
            yield made
            for visitor in made.visitors:
                visitor.leave()
        finally:
            browser.close()
            transport.close()


class Aside:
    """Something that waits for a person, in a thread of its own.

    Args:
        call: What is done there.
    """

    def __init__(self, call: Callable[[], Any]) -> None:
        self.result: Any = None
        self.error: BaseException | None = None
        self._call = call
        self._thread = threading.Thread(target=self._run, name="somebody signs in", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.result = self._call()
        except BaseException as error:
            self.error = error

    def end(self) -> Any:
        """The result, once there is one; what was raised is raised here."""
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive(), "it still waits"
        if self.error is not None:
            raise self.error
        return self.result


def nobody(address: str) -> bool:
    """A browser in which nobody does anything."""
    return True
