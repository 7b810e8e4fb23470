"""Sends Graph requests: bearer token, request ids, retries, budgets and pages. Nothing here knows what a call means."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from scim_assistant.graph.request import GraphRequest
from scim_assistant.secret import Secret
from scim_assistant.transport import Transport
from scim_assistant.work import REAL_PACE, Pace, Work


@dataclass(frozen=True, slots=True)
class GraphAnswer:
    """A good answer (2xx): status, headers in lower case, body, and the ids for a report."""

    request: GraphRequest
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    request_id: str | None = None
    client_request_id: str | None = None


class GraphClient:
    """One tenant's Graph.

    Args:
        transport: Sends HTTP.
        root: Graph root with version, without a trailing slash: ``https://graph.microsoft.com/v1.0``.
        token: Gives an access token, renewing it silently; called before every request.
        pace: How fast the service's seconds pass.
    """

    def __init__(
        self, transport: Transport, root: str, token: Callable[[], Secret], *, pace: Pace = REAL_PACE
    ) -> None:
        self.root = root
        self.pace = pace

    def send(self, request: GraphRequest, work: Work) -> GraphAnswer:
        """Send one request, with the retries that Microsoft asks for.

        Raises:
            ServiceRefused: The service answered with an error.
            OutcomeUnknown: A request that must not be repeated got no answer.
            Unreachable: No answer came.
            UnreadableAnswer: The answer is not what Graph promises.
            Cancelled: The person pressed Cancel.
        """
        raise NotImplementedError

    def pages(self, request: GraphRequest, work: Work) -> Iterator[GraphAnswer]:
        """Send a list request and follow its ``@odata.nextLink``, on the same scheme, host and port only."""
        raise NotImplementedError
