"""What the sign-in page offers: the client, the accounts signed in before, the ways to sign in, and where tokens rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from scim_assistant.sentence import Sentence
from scim_assistant.signin.account import Account
from scim_assistant.signin.client import COMMAND_LINE_CLIENT, Client


class Way(Enum):
    """A way to sign in."""

    AUTOMATIC = "automatic"
    """The broker where the platform has one that works, else the browser."""
    BROWSER = "browser"
    """The system's browser, which comes back to this computer."""
    CODE = "code"
    """A code that is typed on any device."""
    BROKER = "broker"
    """The account that the operating system knows."""


class Rest(Enum):
    """Where tokens rest between two runs."""

    DPAPI = "dpapi"
    """A file that Windows encrypts for this user."""
    KEYCHAIN = "keychain"
    SECRET_SERVICE = "secret-service"  # noqa: S105 - a place, not a password
    MEMORY = "memory"
    """Nowhere: they are gone when the program ends."""


def ways_with(client_id: str, *, has_broker: bool) -> tuple[Way, ...]:
    """What works here, the one that ``Way.AUTOMATIC`` takes first; also while no client ID is known yet.

    Empty for the well-known command-line client where there is no broker.
    """
    if client_id == COMMAND_LINE_CLIENT:
        return (Way.BROKER,) if has_broker else ()
    return (Way.BROKER, Way.BROWSER, Way.CODE) if has_broker else (Way.BROWSER, Way.CODE)


@dataclass(frozen=True, slots=True)
class TokenPlace:
    """Where the tokens of this run rest, and why there.

    Attributes:
        rest: The place.
        sentence: For the person: where they are, or that they are kept for this run only, and why.
    """

    rest: Rest
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class SignInOffer:
    """Everything that the page shows before somebody is signed in.

    Attributes:
        client: With what one would sign in now; its ``client_id`` is empty when none is configured.
        accounts: Who has signed in with it before and is still known.
        ways: What works here, the one that ``Way.AUTOMATIC`` takes first.
        place: Where tokens rest.
        note: About a configuration that could not be used; empty when all is well.
    """

    client: Client
    accounts: tuple[Account, ...] = ()
    ways: tuple[Way, ...] = (Way.BROWSER, Way.CODE)
    place: TokenPlace | None = None
    note: Sentence = Sentence("")


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the person has to do now, while a sign-in waits.

    Attributes:
        way: Browser, code or broker.
        address: Web page to open; empty for a broker. It belongs to this one sign-in and is not kept.
        code: What to type there, for ``Way.CODE``.
        expires_at: Until when (aware UTC).
    """

    way: Way
    address: str = ""
    code: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to sign in for.

    Attributes:
        permissions: Delegated permissions by name, all that are wanted.
        way: How.
        account_id: Whose sign-in is wanted; empty lets the person choose.
        claims: Claims challenge to answer, JSON text; empty for none.
        window: Handle of the window that a broker's dialog belongs to; None without one.
    """

    permissions: tuple[str, ...]
    way: Way = Way.AUTOMATIC
    account_id: str = ""
    claims: str = ""
    window: int | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody is signed in.

    Attributes:
        account: Who.
        tenant_id: GUID text, lower case: the tenant that the tokens are for, not always the account's own.
        permissions: Delegated permissions that were granted, by name.
        client: With what.
        way: How; ``Way.AUTOMATIC`` never.
        expires_at: When the present token ends (aware UTC); it is renewed silently before.
        asked: Permissions that were asked for; renewals ask for the same. Empty for those that were granted.
    """

    account: Account
    tenant_id: str
    permissions: frozenset[str]
    client: Client
    way: Way
    expires_at: datetime
    asked: tuple[str, ...] = ()
