"""The one way to ask a customer's SCIM service: the token, the headers, the vendor's limit, and a bounded answer.

The connection test and the deep check both speak through this. The token goes to the address it was entered for and
nowhere else: addresses are made from the Tenant URL alone, and the transport follows no redirect.

Source: RFC 7644 sections 3.1 and 3.12 (read 2026-11).
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from scim_assistant.scim.address import resource_address
from scim_assistant.scim.answer import JSON_TYPE, SCIM_TYPE, ScimAnswer, content_kind, read_body, wait_asked_s
from scim_assistant.scim.deep.found import Spoken
from scim_assistant.scim.spoken import Masks, shown_query, spoken_answer, spoken_request
from scim_assistant.scim.target import Target
from scim_assistant.secret import Secret
from scim_assistant.sentence import Sentence, say
from scim_assistant.transport import HttpAnswer, HttpRequest, Transport, plain_address
from scim_assistant.work import Work

MAX_BYTES: Final = 2_000_000
"""A longer body is not read."""
PATIENCE_S: Final = 20.0
"""The longest wait that a busy service is granted before it is asked once more."""
_UNSAID_WAIT_S = 1.0
_MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class _Asked:
    method: str
    path: str
    query: str
    body: Mapping[str, Any] | None
    secret: Secret | None
    what: Sentence


class ScimAsker:
    """Asks one service, never faster than its vendor allows. For one thread.

    Args:
        transport: The connection.
        target: Where, with which token, and the vendor's limit.
        marker: Text in the names of what is ours; everything else is masked in what may be shown.
        patience_s: Longest wait that a busy service is granted.
        most: Requests that may be sent at all; 0 for no limit. A busy service is not asked again beyond it.

    Attributes:
        requests: How many were sent.
        masks: What hides the token and other people's data.
    """

    def __init__(
        self,
        transport: Transport,
        target: Target,
        *,
        marker: str = "",
        patience_s: float = PATIENCE_S,
        most: int = 0,
    ) -> None:
        self._transport = transport
        self._target = target
        self._marker = marker
        self._patience_s = patience_s
        self._most = most
        self._sent_at: deque[float] = deque()
        self.requests = 0
        self.masks = Masks((target.secret,), marker)

    def address(self, path: str, query: str = "") -> str:
        """The whole address of a resource, as it is sent."""
        return resource_address(self._target.tenant_url, path, query)

    def ask(
        self,
        method: str,
        path: str,
        work: Work,
        *,
        query: str = "",
        body: Mapping[str, Any] | None = None,
        secret: Secret | None = None,
        what: Sentence | None = None,
    ) -> ScimAnswer:
        """Send one request and read its answer; a busy service that names a short wait is asked once more.

        Args:
            path: Below the Tenant URL, such as ``/Users`` or ``/Users/2819``; ids in it are quoted already.
            query: Encoded; goes in front of the query that the Tenant URL has itself.
            body: Sent as SCIM's own kind of JSON.
            secret: In place of the target's token.
            what: What could not be done if no answer comes.

        Raises:
            Unreachable: No answer came; ``NoAnswer`` where the request may have taken effect.
            UnreadableAnswer: The answer was too long, damaged or late.
            KnownError: The token or the address cannot be sent.
            Cancelled: The person pressed Cancel.
        """
        asked = _Asked(method, path, query, body, secret, what or say("The SCIM service could not be asked."))
        answer = self._ask_once(asked, work)
        if not self._is_worth_waiting_for(answer):
            return answer
        work.wait(answer.wait_s if answer.wait_s is not None else _UNSAID_WAIT_S)
        return self._ask_once(asked, work)

    def spoken_request(
        self, method: str, path: str, *, query: str = "", body: Mapping[str, Any] | None = None
    ) -> str:
        """A request as it may be shown, also where no answer came."""
        return spoken_request(
            self.masks, method, self._shown_address(path, query), _headers(Secret(), body), body
        )

    def _shown_address(self, path: str, query: str) -> str:
        parts = urlsplit(self._target.tenant_url)
        return resource_address(parts._replace(query=shown_query(parts.query)).geturl(), path, query)

    def _is_worth_waiting_for(self, answer: ScimAnswer) -> bool:
        if self._most and self.requests >= self._most:
            return False
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            return answer.wait_s is None or answer.wait_s <= self._patience_s
        # Unlike 429, 503 does not promise that nothing was done: only a question is put again.
        return (
            answer.status == HTTPStatus.SERVICE_UNAVAILABLE
            and answer.method == "GET"
            and answer.wait_s is not None
            and answer.wait_s <= self._patience_s
        )

    def _ask_once(self, asked: _Asked, work: Work) -> ScimAnswer:
        token = self._target.secret if asked.secret is None else asked.secret
        request = HttpRequest(
            asked.method,
            self.address(asked.path, asked.query),
            asked.what,
            headers=_headers(token, asked.body),
            body=None if asked.body is None else json.dumps(asked.body, ensure_ascii=False).encode(),
            timeout_s=self._target.timeout_s,
            max_bytes=MAX_BYTES,
        )
        self._keep_the_limit(work)
        self.requests += 1
        answer = self._transport.send(request, work)
        masks = (
            self.masks if asked.secret is None else Masks((self._target.secret, asked.secret), self._marker)
        )
        shown = spoken_request(
            masks,
            asked.method,
            self._shown_address(asked.path, asked.query),
            request.headers,
            asked.body,
        )
        return _read(request, answer, masks, shown, self._target.wait_field)

    def _keep_the_limit(self, work: Work) -> None:
        limit = self._target.requests_per_minute
        work.check()
        if limit <= 0:
            return
        # One in ten is left to whoever else uses the account, Microsoft first of all.
        limit = max(1, limit - limit // 10)
        while True:
            now = time.monotonic()
            while self._sent_at and now - self._sent_at[0] >= _MINUTE_S:
                self._sent_at.popleft()
            if len(self._sent_at) < limit:
                self._sent_at.append(now)
                return
            work.wait(_MINUTE_S - (now - self._sent_at[0]))


def _headers(token: Secret, body: Mapping[str, Any] | None) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {token.reveal()}", "Accept": f"{SCIM_TYPE}, {JSON_TYPE}"}
    if body is not None:
        headers["Content-Type"] = SCIM_TYPE
    return headers


def _read(
    request: HttpRequest,
    answer: HttpAnswer,
    masks: Masks,
    shown: str,
    wait_field: str,
) -> ScimAnswer:
    body = read_body(answer)
    return ScimAnswer(
        method=request.method,
        address=plain_address(request.url),
        status=answer.status,
        headers=answer.headers,
        kind=content_kind(answer),
        document=body.document,
        flaw=body.flaw,
        oddities=body.oddities,
        duplicates=body.duplicates,
        outer_duplicates=body.outer_duplicates,
        size_bytes=len(answer.body),
        seconds=answer.elapsed_s,
        wait_s=wait_asked_s(answer.headers, body.document, wait_field),
        spoken=Spoken(
            shown,
            spoken_answer(masks, answer.status, _reason(answer.status), answer.headers, body),
            answer.elapsed_s,
        ),
        http_version=answer.http_version,
    )


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
