"""Sends Graph requests: bearer token, request ids, retries, budgets and pages. Nothing here knows what a call means.

Retries follow Microsoft's rules: what was turned away (429) is sent again after the wait that was asked for; what
failed (500, 502, 503, 504, no answer) only when sending twice does no harm. A POST that creates is never
repeated blindly: the caller gets ``OutcomeUnknown`` and looks. What was turned away for its token (401, a claims
challenge) had no effect, so it is sent once more with a better token, see ``tokens.py``.

Source: Microsoft Graph, throttling page and error responses page; microsoftgraph/msgraph-sdk-design, RetryHandler
(2026-11).
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import unquote, urlsplit

import msgspec

from scim_assistant.errors import (
    Details,
    OutcomeUnknown,
    Reach,
    ServiceRefused,
    Unreachable,
    UnreadableAnswer,
)
from scim_assistant.graph.answer import (
    NOT_JSON,
    GraphAnswer,
    json_body,
    not_json,
    refuse_page,
    unreadable,
)
from scim_assistant.graph.budgets import Budgets
from scim_assistant.graph.refusal import refused, retry_after_s
from scim_assistant.graph.request import GraphRequest, secrets_in
from scim_assistant.graph.tokens import Asked, Tokens, TokenSource, fixed
from scim_assistant.secret import Secret
from scim_assistant.sentence import say
from scim_assistant.transport import HttpAnswer, HttpRequest, NoAnswer, Transport
from scim_assistant.work import REAL_PACE, Pace, Work

__all__ = ["Budgets", "GraphAnswer", "GraphClient", "TokenSource", "fixed"]

MAX_TRIES = 6
MAX_TRIES_AFTER_FAULT = 3
PATIENCE_S = 300.0
"""The service's seconds that retries of one request may wait in all."""
FIRST_BACK_OFF_S = 1.0
LONGEST_BACK_OFF_S = 60.0
MAX_PAGES = 100_000


class _Paged(msgspec.Struct):
    next_link: str | None = msgspec.field(default=None, name="@odata.nextLink")


@dataclass(slots=True)
class _Tries:
    """How often and how long one request was tried."""

    sent: int = 0
    faults: int = 0
    waited_s: float = 0.0
    fresh: bool = False
    tokens: Asked = field(default_factory=Asked)


class GraphClient:
    """One tenant's Graph. Safe from several threads.

    Args:
        transport: Sends HTTP.
        root: Graph root with version, without a trailing slash: ``https://graph.microsoft.com/v1.0``.
        token: Gives access tokens; asked before every request.
        pace: How fast the service's seconds pass.
        budgets: The process's turns for limited calls; without, the client counts for itself.
        account_id: Whose tokens these are (``Account.id``); empty where nobody can be asked to sign in again.
    """

    def __init__(
        self,
        transport: Transport,
        root: str,
        token: TokenSource,
        *,
        pace: Pace = REAL_PACE,
        budgets: Budgets | None = None,
        account_id: str = "",
    ) -> None:
        self.root = root
        self.pace = pace
        self._transport = transport
        self._tokens = Tokens(token, account_id)
        self._budgets = budgets or Budgets(pace)

    def send(self, request: GraphRequest, work: Work) -> GraphAnswer:
        """Send one request, with the retries that Microsoft asks for.

        Raises:
            ServiceRefused: The service answered with an error.
            OutcomeUnknown: A request that must not be repeated got no answer.
            Unreachable: No answer came.
            UnreadableAnswer: The answer is not what Graph promises.
            SignInNeeded: It was not taken for want of a token that only a person can get; it had no effect.
            Cancelled: The person pressed Cancel.
        """
        tries = _Tries()
        while True:
            work.check()
            if request.budget is not None:
                self._budgets.take(request.budget, work)
            token = self._tokens.next(request.what, tries.tokens, work)
            client_request_id = str(uuid.uuid4())
            try:
                answer = self._once(request, token, client_request_id, tries.fresh, work)
            except (Unreachable, UnreadableAnswer) as fault:
                self._after_fault(request, fault, client_request_id, tries, work)
                continue
            if 200 <= answer.status < 300:
                good = GraphAnswer(
                    request=request,
                    status=answer.status,
                    headers=answer.headers,
                    body=answer.body,
                    request_id=answer.headers.get("request-id"),
                    client_request_id=client_request_id,
                    url=self.root + request.target,
                )
                # Before anybody takes a write for made: a proxy's sign-in page comes with status 200 too.
                refuse_page(good)
                return good
            error = refused(
                request,
                self.root + request.target,
                answer.status,
                answer.headers,
                answer.body,
                client_request_id=client_request_id,
                secrets=(token, *secrets_in(request.body)),
            )
            self._after_refusal(request, answer, error, token=token, tries=tries, work=work)

    def pages(self, request: GraphRequest, work: Work) -> Iterator[GraphAnswer]:
        """Send a list request and follow its ``@odata.nextLink``, on the same scheme, host and port only.

        Every page is asked for with the headers of the first, as advanced queries need.

        Raises:
            UnreadableAnswer: A link leads elsewhere or in a circle.
        """
        seen: set[str] = set()
        for _ in range(MAX_PAGES):
            answer = self.send(request, work)
            link = _next_link(answer)
            target = self._below_root(answer, link) if link else ""
            yield answer
            if not target:
                return
            if target in seen:
                raise unreadable(
                    answer,
                    say("The list's pages lead in a circle: the same page was offered a second time."),
                    json_path="$.@odata.nextLink",
                )
            seen.add(target)
            request = replace(request, link=target)
        raise unreadable(answer, say("The list does not end after {pages:,} pages.", pages=MAX_PAGES))

    def renew(self, work: Work, *, used_for_s: float = 0.0) -> None:
        """Get a new token, for what only a new one may show: a role that was activated meanwhile.

        Args:
            used_for_s: Only where this client has used the present one for so long, in our seconds.

        Raises:
            SignInNeeded, Unreachable, Cancelled: As the token source does.
        """
        self._tokens.renew(work, used_for_s)

    def _once(
        self, request: GraphRequest, token: Secret, client_request_id: str, fresh: bool, work: Work
    ) -> HttpAnswer:
        body = request.wire_body()
        headers = {
            "Authorization": f"Bearer {token.reveal()}",
            "Accept": "application/json",
            "client-request-id": client_request_id,
            "return-client-request-id": "true",
            **dict(request.headers),
        }
        if body is not None:
            headers["Content-Type"] = "application/json"
        elif request.method in ("POST", "PUT", "PATCH"):
            body = b""  # so that a Content-Length is sent, without which some servers refuse
        return self._transport.send(
            HttpRequest(
                method=request.method,
                url=self.root + request.target,
                what=request.what,
                headers=headers,
                body=body,
                timeout_s=request.timeout_s,
                max_bytes=request.max_bytes,
                fresh=fresh,
            ),
            work,
        )

    def _after_fault(
        self,
        request: GraphRequest,
        fault: Unreachable | UnreadableAnswer,
        client_request_id: str,
        tries: _Tries,
        work: Work,
    ) -> None:
        """Wait before another try after no whole answer came, or raise."""
        tries.sent += 1
        fault.details = replace(fault.details, client_request_id=client_request_id)
        if not request.repeatable and isinstance(fault, NoAnswer | UnreadableAnswer):
            raise _outcome_unknown(request, fault.details) from fault
        # A name that does not resolve, a refused port or a wrong certificate will be the same in a second, and
        # an answer that is too long will be as long again: only what broke on the way is worth another try.
        broke = isinstance(fault, Unreachable) and fault.reach is Reach.BROKEN
        timed_out = isinstance(fault, Unreachable) and fault.reach is Reach.TIMEOUT and tries.sent == 1
        if not (broke or (timed_out and request.method == "GET")):
            raise fault
        tries.faults += 1
        if tries.faults >= MAX_TRIES_AFTER_FAULT or not self._wait(None, tries, work):
            raise fault
        tries.fresh = True

    def _after_refusal(
        self,
        request: GraphRequest,
        answer: HttpAnswer,
        error: ServiceRefused,
        *,
        token: Secret,
        tries: _Tries,
        work: Work,
    ) -> None:
        """Wait before another try after an error answer, or raise it."""
        tries.sent += 1
        status = answer.status
        if self._tokens.may_send_again(answer, error, token, tries.tokens, work):
            return
        if status in (500, 502, 503, 504) and not request.repeatable:
            raise _outcome_unknown(request, error.details) from error
        asked = retry_after_s(answer.headers)
        if status == 429:
            if request.budget is not None and asked is not None:
                # Whoever waits for a turn would otherwise wait as long as any answer says.
                self._budgets.hold(request.budget, min(asked, self.pace.real_s(PATIENCE_S)))
            again = tries.sent < MAX_TRIES
        elif status in (503, 504):
            again = tries.sent < MAX_TRIES
            tries.fresh = True
        elif status in (500, 502) and request.method == "GET":
            tries.faults += 1
            again = tries.faults < MAX_TRIES_AFTER_FAULT
            tries.fresh = True
        else:
            again = False
        if not again or not self._wait(asked, tries, work):
            raise error

    def _wait(self, asked_s: float | None, tries: _Tries, work: Work) -> bool:
        """Wait as asked, else longer each time; False when patience would run out."""
        back_off = min(LONGEST_BACK_OFF_S, FIRST_BACK_OFF_S * 2 ** (tries.sent - 1))
        # Jitter only ever adds: the service has asked not to be called earlier.
        # The header counts our own seconds, also where the service's pass faster.
        least_s = back_off if asked_s is None else self.pace.service_s(asked_s)
        wait_s = least_s + random.uniform(0, back_off / 4)  # noqa: S311
        if tries.waited_s + wait_s > PATIENCE_S:
            return False
        tries.waited_s += wait_s
        work.wait(self.pace.real_s(wait_s))
        return True

    def _below_root(self, answer: GraphAnswer, link: str) -> str:
        """Path and query of a next page below the root.

        A token must not go where a link in an answer points, unless that is where it went before.
        """
        root, rest = urlsplit(self.root), None
        try:
            rest = urlsplit(link)
            same_place = (
                rest.scheme == root.scheme
                and rest.hostname == root.hostname
                and _port(rest.scheme, rest.port) == _port(root.scheme, root.port)
                and "@" not in rest.netloc
                and rest.path.startswith(root.path + "/")
                and ".." not in unquote(rest.path).split("/")
                and "\\" not in link
                and not _needs_encoding(link)
            )
        except ValueError:
            same_place = False
        if rest is None or not same_place:
            raise unreadable(
                answer,
                say("The link to the next page leads away from Microsoft Graph, so it was not followed."),
                json_path="$.@odata.nextLink",
            )
        return rest.path.removeprefix(root.path) + (f"?{rest.query}" if rest.query else "")


def _needs_encoding(link: str) -> bool:
    """True when a link holds blanks, control characters or others that must be encoded in an address."""
    return any(not "!" <= character <= "~" for character in link)


def _port(scheme: str, port: int | None) -> int | None:
    return port or {"https": 443, "http": 80}.get(scheme)


def _next_link(answer: GraphAnswer) -> str | None:
    try:
        return msgspec.json.decode(json_body(answer), type=_Paged).next_link
    except msgspec.ValidationError as fault:
        raise unreadable(
            answer,
            say("Microsoft's answer is not a list that can be leafed through."),
            json_path="$.@odata.nextLink",
        ) from fault
    except NOT_JSON as fault:
        raise not_json(answer, fault) from fault


def _outcome_unknown(request: GraphRequest, details: Details) -> OutcomeUnknown:
    return OutcomeUnknown(
        request.what,
        say("The request was sent, but Microsoft's answer did not arrive, so it may have taken effect."),
        say("Look whether it took effect before it is tried again."),
        details,
    )
