"""Who is working on which tenant, and with what: the one object that sign-in hands on.

A session is made by ``signin`` for a real tenant (its own issue) or from a practice world's line. Nothing in
it changes while it lives; signing in again makes another.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from scim_assistant.graph.client import GraphClient
from scim_assistant.transport import Transport
from scim_assistant.work import REAL_PACE, Pace


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in person on one tenant.

    Attributes:
        graph: Speaks to this tenant's Microsoft Graph.
        scim: Speaks to customers' SCIM services from this computer.
        tenant_id: GUID text, lower case.
        tenant_name: As the organisation calls itself.
        account: User principal name of who signed in.
        scopes: Delegated permissions that were granted, by name.
        portal: Root of this cloud's portal, without a trailing slash.
        is_practice: True for a pretend tenant.
        pace: How fast the services' seconds pass.
    """

    graph: GraphClient = field(repr=False)
    scim: Transport = field(repr=False)
    tenant_id: str
    tenant_name: str
    account: str
    scopes: frozenset[str]
    portal: str = "https://portal.azure.com"
    is_practice: bool = False
    pace: Pace = REAL_PACE
