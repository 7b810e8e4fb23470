"""A Graph client against a server that answers whatever the test wants; its seconds pass quickly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from scim_assistant.graph.client import GraphClient
from scim_assistant.secret import Secret
from scim_assistant.transport import HttpTransport
from scim_assistant.work import Pace, Work
from tests.hostile import HostileServer

QUICK = Pace(2000.0)


@dataclass
class Desk:
    """What a test works with.

    Attributes:
        server: Answers and remembers.
        client: Asks it.
        tokens: What the client gets as tokens, the last again and again.
    """

    server: HostileServer
    client: GraphClient
    tokens: list[str]
    work: Work


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A server, a client on it, and a job."""
    transport = HttpTransport()
    tokens = ["token-1"]

    def token(work: Work, *, claims: str = "", refused: Secret | None = None) -> Secret:
        return Secret(tokens.pop(0) if len(tokens) > 1 else tokens[0])

    with HostileServer() as server:
        client = GraphClient(transport, f"{server.url}/v1.0", token, pace=QUICK)
        yield Desk(server, client, tokens, Work())
        transport.close()
