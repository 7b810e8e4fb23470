"""Who is working on which tenant, and with what: the one object that sign-in hands on.

A session is made of what ``signin`` brings for a real tenant, or from a practice world's line. Nothing in
it changes while it lives; signing in again makes another.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scim_assistant.errors import KnownError, SignInFailed, SignInNeeded
from scim_assistant.graph.client import GraphClient, TokenSource, fixed
from scim_assistant.secret import Secret
from scim_assistant.sentence import Sentence, say
from scim_assistant.signin import permissions
from scim_assistant.signin.offer import SignedIn
from scim_assistant.transport.survey import Surveyor
from scim_assistant.work import REAL_PACE, Pace

if TYPE_CHECKING:
    from scim_assistant.graph.client import Budgets

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

FASTEST = 100_000.0
"""The highest speed that a practice world may claim."""


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in person on one tenant.

    Attributes:
        graph: Speaks to this tenant's Microsoft Graph.
        scim: Speaks to customers' SCIM services from this computer, and looks at the way to them.
        tenant_id: GUID text, lower case.
        tenant_name: As the organisation calls itself.
        account: User principal name of who signed in.
        scopes: Delegated permissions that were granted, by name.
        portal: Root of this cloud's portal, without a trailing slash.
        signed_in: How a real session was signed in; None in a practice session.
        read_only: Nothing is written in this session, and nothing that would allow it is asked for.
        is_practice: True for a pretend tenant.
        pace: How fast the services' seconds pass.
    """

    graph: GraphClient = field(repr=False)
    scim: Surveyor = field(repr=False)
    tenant_id: str
    tenant_name: str
    account: str
    scopes: frozenset[str]
    portal: str = "https://portal.azure.com"
    is_practice: bool = False
    pace: Pace = REAL_PACE
    signed_in: SignedIn | None = None
    read_only: bool = False

    @property
    def may_write(self) -> bool:
        """True when everything is granted that changes need, and this is not a session for looking only."""
        return not self.read_only and not permissions.missing(permissions.CHANGE, self.scopes)

    def require_write(self, what: Sentence) -> None:
        """See that changes are allowed, before anything is sent or journaled.

        Args:
            what: What is not done otherwise, as a full sentence.

        Raises:
            SignInNeeded: The person has not been asked for the permissions yet.
            KnownError: This session is for looking only.
        """
        if self.may_write:
            return
        if self.read_only:
            raise KnownError(
                what,
                say("This session is for looking only."),
                say("Start a set-up on the first page to change something."),
            )
        if self.signed_in is None:
            return  # a practice session: whoever opened it has been granted all there is, and the service decides
        raise SignInNeeded(
            what,
            say("So far only the permissions for looking were asked for."),
            say("Allow changes, and the same thing goes on."),
            scopes=permissions.names(permissions.LOOK, permissions.CHANGE),
            account_id=self.signed_in.account.id,
        )


def real_session(
    signed_in: SignedIn,
    token: TokenSource,
    *,
    transport: Surveyor,
    budgets: Budgets,
    read_only: bool = False,
) -> Session:
    """A session on a real tenant. Sends nothing; its name is read later.

    Args:
        signed_in: Who signed in, where, and what was granted.
        token: Gives that account's tokens.
        transport: Sends HTTP to Graph and to SCIM services.
        budgets: Process-wide call limits.
        read_only: As chosen on the first page.
    """
    cloud = signed_in.client.cloud
    return Session(
        graph=GraphClient(
            transport, cloud.graph_root, token, budgets=budgets, account_id=signed_in.account.id
        ),
        scim=transport,
        tenant_id=signed_in.tenant_id,
        tenant_name="",
        account=signed_in.account.username,
        scopes=signed_in.permissions,
        portal=cloud.portal,
        signed_in=signed_in,
        read_only=read_only,
    )


def practice_session(
    line: Mapping[str, Any], *, transport: Surveyor, budgets: Budgets | None = None
) -> Session:
    """A session on a practice world, made from the line that the world printed. Sends nothing.

    Account, granted scopes and speed are read from the pretend token, as a real one would be read for its
    account; the world itself treats the token as opaque. Nothing but a literal loopback address is accepted, so a line
    can never lead anywhere else.

    Args:
        line: ``graph``, ``token``, ``scim``, ``tenant_id`` and so on, decoded.
        transport: Sends HTTP to the world's Graph and to its SCIM service.
        budgets: Process-wide call limits.

    Raises:
        SignInFailed: It is not the line of a practice world on this computer.
    """
    root = line.get("graph")
    if not isinstance(root, str) or not is_loopback_address(root):
        raise _refused(say("The practice tenant must be on a loopback address of this computer."))
    scim = line.get("scim")
    if not isinstance(scim, str) or not is_loopback_address(scim):
        raise _refused(say("The pretend SCIM service must be on a loopback address of this computer."))
    token = line.get("token")
    claims = _practice_claims(token) if isinstance(token, str) else None
    if not isinstance(token, str) or claims is None:
        raise _refused(say("The token in the line is not one of a practice tenant."))
    tenant_id = line.get("tenant_id")
    if not isinstance(tenant_id, str) or not re.fullmatch(
        r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", tenant_id
    ):
        raise _refused(say("The line names no tenant."))
    pace = _pace(claims)
    held = Secret(token)
    client = (
        GraphClient(transport, root.rstrip("/"), fixed(held), pace=pace)
        if budgets is None
        else GraphClient(transport, root.rstrip("/"), fixed(held), pace=pace, budgets=budgets)
    )
    return Session(
        graph=client,
        scim=transport,
        tenant_id=tenant_id.lower(),
        tenant_name=PRACTICE_NAME,
        account=str(claims.get("upn") or ""),
        scopes=frozenset(str(claims.get("scp") or "").split()),
        is_practice=True,
        pace=pace,
    )


def practice_pace(line: Mapping[str, Any]) -> Pace:
    """How fast the clock of a practice world runs, from its line; for what has to be made before the session.

    Raises:
        SignInFailed: It is not the line of a practice world.
    """
    token = line.get("token")
    claims = _practice_claims(token) if isinstance(token, str) else None
    if claims is None:
        raise _refused(say("The token in the line is not one of a practice tenant."))
    return _pace(claims)


def _pace(claims: Mapping[str, Any]) -> Pace:
    speed = claims.get("speed", 1.0)
    if isinstance(speed, bool) or not isinstance(speed, int | float) or not 0 < speed <= FASTEST:
        raise _refused(say("The line names no speed that makes sense."))
    return Pace(float(speed))


PRACTICE_NAME = "Practice tenant"
"""What a practice tenant is called until its own name is read."""


def is_loopback_address(address: str) -> bool:
    """True for an http(s) address of a literal loopback host with a port, without credentials, query or fragment."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
        return (
            parts.scheme in {"http", "https"}
            and port is not None
            and "@" not in parts.netloc
            and not parts.query
            and not parts.fragment
            and ipaddress.ip_address(host).is_loopback
        )
    except ValueError:
        return False


def _practice_claims(token: str) -> dict[str, Any] | None:
    parts = token.split(".")
    if len(parts) != 3 or parts[2] != "practice":
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return None
    return claims if isinstance(claims, dict) and claims.get("practice") is True else None


def _refused(why: Sentence) -> SignInFailed:
    return SignInFailed(
        say("The practice tenant was not opened."),
        why,
        say("Start it with 'scim-assistant practice --json' and use the line that it prints."),
    )
