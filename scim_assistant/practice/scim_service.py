"""A pretend ScreenSteps SCIM service on a port of this computer.

Wraps the protocol and storage of ``scim_store`` in what the real service is known for: a bearer token, pages of 50,
300 requests a minute, roles by ``userType``, an old version at ``/api/scim/v1`` that answers in another
schema. Entra's dialect is put into standard words at the edge (``scim_dialect``). What goes wrong is read from the
world's ``Faults`` at every request.
"""

from __future__ import annotations

import hmac
import json
import math
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from scim2_models import SCIMException
from scim2_server.handler import ScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import SCIM_MEDIA_TYPE

from scim_assistant.practice.clock import Clock
from scim_assistant.practice.exchange import Exchange, OnExchange
from scim_assistant.practice.exchange_app import ExchangeApp, RawAnswer
from scim_assistant.practice.limits import REAL_LIMITS, Limits
from scim_assistant.practice.loopback import HOST, LoopbackServer, RefusedPort
from scim_assistant.practice.scim_client import AGENT
from scim_assistant.practice.scim_dialect import standard_creation, standard_filter, standard_patch
from scim_assistant.practice.scim_old import old_answer
from scim_assistant.practice.scim_store import ScreenStepsProtocol, ScreenStepsStore, screensteps_provider
from scim_assistant.practice.state import Faults

if TYPE_CHECKING:
    pass

ROOT: Final = "/api/scim/v2"
OLD_ROOT: Final = "/api/scim/v1"
DISCOVERY: Final = ("/ServiceProviderConfig", "/ResourceTypes", "/Schemas")
"""Where a SCIM service describes itself."""
_DESK_AGENT: Final = "scim-assistant"
"""How the program itself asks from this computer."""
_ERROR: Final = "urn:ietf:params:scim:api:messages:2.0:Error"
_LOGIN_PAGE: Final = (
    b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><h1>Sign in</h1>"
    b'<form method="post" action="/login"><input name="email"><input name="password" type="password">'
    b"<button>Sign in</button></form></body></html>\n"
)


class RequestWindow:
    """Counts requests in a sliding window of the service's seconds. Safe from several threads."""

    def __init__(self, clock: Clock, calls: int, window_s: float) -> None:
        self._clock = clock
        self._calls = calls
        self._window_s = window_s
        self._taken: deque[datetime] = deque()
        self._lock = threading.Lock()

    def take(self) -> float:
        """Take one request; 0 when it may pass, else our seconds until one may."""
        if not self._calls:
            return 0.0
        with self._lock:
            now = self._clock.now()
            while self._taken and self._clock.passed_s(self._taken[0]) >= self._window_s:
                self._taken.popleft()
            if len(self._taken) < self._calls:
                self._taken.append(now)
                return 0.0
            left_s = self._window_s - self._clock.passed_s(self._taken[0])
            return max(self._clock.real_s(left_s), 0.001)


class ScimService:
    """The pretend service.

    Args:
        token: The API token that it accepts until it is revoked.
        newer_token: A second one that it accepts beside the first, and after it; empty for none.
        clock: The world's clock; its speed shortens the window of the request limit.
        limits: Page size and request limit.
        faults: Read afresh at every request; ``scim_down`` is looked at when the service starts.
        on_exchange: Told of every exchange, from the thread that serves it.
        discovery: Whether the service describes itself.

    Attributes:
        store: Accounts and groups; ``store.seed`` puts some in, ``store.accounts`` and ``store.groups`` show them.
        wsgi: The same service without a port, for clients that call it in the same process.
    """

    def __init__(
        self,
        token: str,
        *,
        clock: Clock | None = None,
        limits: Limits = REAL_LIMITS,
        faults: Faults | None = None,
        on_exchange: OnExchange | None = None,
        newer_token: str = "",
        discovery: bool = True,
    ) -> None:
        self._token = token
        self._discovery = discovery
        self._newer_token = newer_token
        self._clock = clock or Clock()
        self._faults = faults or Faults()
        self.wsgi = ExchangeApp("scim", self._answer, on_exchange)
        self._window = RequestWindow(self._clock, limits.scim_calls, limits.scim_window_s)
        provider = screensteps_provider(limits.scim_page)
        self.store = ScreenStepsStore(provider)
        self._protocol = ScreenStepsProtocol(provider)
        self._handler = ScimHandler(self._protocol, self.store)
        self._server: LoopbackServer | RefusedPort | None = None
        self._base = ""

    def start(self) -> str:
        """Listen, and return the base address, which ends in ``/api/scim/v2``."""
        if self._faults.scim_down:
            self._server = RefusedPort()
        else:
            self._server = LoopbackServer(self.wsgi, "practice SCIM service")
        self._base = f"http://{HOST}:{self._server.start()}"
        return self._base + ROOT

    def stop(self) -> None:
        """Stop at once. Harmless when not started."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def __enter__(self) -> ScimService:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def base_address(self) -> str:
        """The address that ``start`` returned."""
        return self._base + ROOT

    def accounts(self) -> list[dict[str, Any]]:
        """Every account as it stands; see ``ScreenStepsStore.accounts``."""
        return self.store.accounts()

    def groups(self) -> list[dict[str, Any]]:
        """Every group as it stands; see ``ScreenStepsStore.groups``."""
        return self.store.groups()

    def seed(self, users: Iterable[Mapping[str, Any]], groups: Iterable[Mapping[str, Any]] = ()) -> None:
        """Put accounts and groups in that were there before; see ``ScreenStepsStore.seed``."""
        self.store.seed(users, groups)

    # ------------------------------------------------------------------ HTTP

    def _answer(self, exchange: Exchange) -> RawAnswer:
        if self._turns_away(exchange.request_headers.get("user-agent", "")):
            return _error(403, "Requests from this address are not allowed.")
        if self._faults.scim_html:
            return 200, {"Content-Type": "text/html; charset=utf-8"}, _LOGIN_PAGE
        if not self._token_fits(exchange.request_headers.get("authorization", "")):
            return _error(
                401, "The token is missing, wrong or no longer valid.", {"WWW-Authenticate": "Bearer"}
            )
        wait_s = self._window.take()
        if wait_s:
            return self._throttled(wait_s)
        for root, answer in ((ROOT, self._new), (OLD_ROOT, self._old)):
            if exchange.path == root or exchange.path.startswith(root + "/"):
                return answer(exchange, exchange.path[len(root) :] or "/")
        return _error(404, "Nothing is served at this address.")

    def _turns_away(self, agent: str) -> bool:
        """Whether the list of allowed addresses leaves out who asks; all are on loopback, so their names tell."""
        names = {"cloud": AGENT, "desk": _DESK_AGENT}
        return agent == names.get(self._faults.scim_turns_away)

    def _token_fits(self, header: str) -> bool:
        scheme, _, token = header.partition(" ")
        given = token.strip().encode()
        first = hmac.compare_digest(given, self._token.encode()) and not self._faults.scim_token_refused
        newer = bool(self._newer_token) and hmac.compare_digest(given, self._newer_token.encode())
        return scheme.lower() == "bearer" and (first or newer)

    def _throttled(self, wait_s: float) -> RawAnswer:
        """Too many requests: the body says when to come back, and so does a header.

        In real time both are whole seconds; a faster world says fractions in the body, which are honoured as they are.
        """
        retry_in: float = math.ceil(wait_s) if self._clock.speed <= 1 else math.ceil(wait_s * 1000) / 1000
        extra = {"Retry-After": str(math.ceil(wait_s))}
        return _error(429, "Too many requests.", extra, retry_in=retry_in)

    def _old(self, exchange: Exchange, path: str) -> RawAnswer:
        status, document = old_answer(self.store, exchange.method, path, exchange.query)
        return status, {"Content-Type": "application/json"}, json.dumps(document).encode()

    def _new(self, exchange: Exchange, path: str) -> RawAnswer:
        if not self._discovery and any(path == one or path.startswith(one + "/") for one in DISCOVERY):
            return _error(404, "Nothing is served at this address.")
        query = dict(parse_qsl(exchange.query, keep_blank_values=True))
        if "filter" in query:
            query["filter"] = standard_filter(query["filter"])
        request = ScimRequest(
            method=exchange.method,
            base_url=self._base + ROOT,
            path=path,
            query=query,
            headers=dict(exchange.request_headers),
            body=_standard_body(exchange),
        )
        try:
            response = self._handler.handle(request)
        except SCIMException as refused:
            response = self._protocol.error_response(refused)
        except Exception as fault:  # the pretend service answers its own faults as a real one would
            response = self._protocol.error_response(fault)
        headers = dict(response.headers)
        if response.body is None:
            headers.pop("Content-Type", None)
            return response.status.value, headers, b""
        return response.status.value, headers, json.dumps(response.body).encode()


def _standard_body(exchange: Exchange) -> bytes:
    """The body in standard words; what is not JSON stays as it is, for the library to refuse."""
    rewrite: dict[str, Callable[[Any], Any]] = {
        "POST": standard_creation,
        "PUT": standard_creation,
        "PATCH": standard_patch,
    }
    if exchange.method not in rewrite or not exchange.request_body:
        return exchange.request_body
    try:
        body = json.loads(exchange.request_body)
    except ValueError:
        return exchange.request_body
    return json.dumps(rewrite[exchange.method](body)).encode()


def _error(status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> RawAnswer:
    document = {"schemas": [_ERROR], "status": str(status), "detail": detail, **more}
    return status, {"Content-Type": SCIM_MEDIA_TYPE, **(headers or {})}, json.dumps(document).encode()
