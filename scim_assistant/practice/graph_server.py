"""The pretend Microsoft Graph v1.0 on a port of this computer.

Routes each call to its handler (``graph_apps``, ``graph_jobs``, ``graph_credentials``, ``graph_schema``,
``graph_directory``, ``graph_logs``) after a look at token, path, method, rate, query options, scope and role, in that
order, and dresses the answer in the headers and error bodies that Graph has.
"""

from __future__ import annotations

import hmac
import json
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, MapAdapter, Rule

from scim_assistant.practice import (
    graph_apps,
    graph_credentials,
    graph_directory,
    graph_jobs,
    graph_logs,
    graph_schema,
)
from scim_assistant.practice.answers import JSON_TYPE, Answer, Refused, bad_request, denied, refuse
from scim_assistant.practice.call import Call, Route
from scim_assistant.practice.exchange import Exchange, OnExchange
from scim_assistant.practice.exchange_app import ExchangeApp, RawAnswer
from scim_assistant.practice.loopback import HOST, LoopbackServer
from scim_assistant.practice.replication import Replicas
from scim_assistant.practice.state import ProvisioningEngine, Tenant
from scim_assistant.practice.throttle import Throttle

Admission = Callable[[str], frozenset[str]]
"""Judges an access token: the delegated permissions it holds, or raises ``Refused``."""

VERSION: Final = "/v1.0"
_GUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PREFIX: Final = re.compile(r"/(?:microsoft\.)?graph\.(?=[a-zA-Z])")

ALL_ROUTES: Final[tuple[Route, ...]] = (
    *graph_apps.ROUTES,
    *graph_jobs.ROUTES,
    *graph_credentials.ROUTES,
    *graph_schema.ROUTES,
    *graph_directory.ROUTES,
    *graph_logs.ROUTES,
)


def plain_path(path: str) -> str:
    """A path without what OData allows but does not need: type prefixes and empty parentheses.

    ``/x/microsoft.graph.start`` and ``/x/functions()`` are other spellings of ``/x/start`` and ``/x/functions``.
    """
    return _PREFIX.sub("/", path).replace("()", "").rstrip("/")


class GraphServer:
    """The pretend Graph.

    Args:
        tenant: What it serves.
        engine: Asked for the credential test and for provisioning on demand.
        token: The only access token that it accepts, compared as a whole, unless there is an ``admission``.
        wake: Tells the scheduler that a job may be due.
        quirks: Answer with the published deviations.
        on_exchange: Told of every exchange, from the thread that serves it.
        admission: Judges tokens; the scopes of a call are then the token's, not the tenant's.
        public_root: Root with version in the addresses that it answers; its own unless told.
    """

    def __init__(
        self,
        tenant: Tenant,
        engine: ProvisioningEngine,
        token: str,
        *,
        wake: Callable[[], None] = lambda: None,
        quirks: bool = False,
        on_exchange: OnExchange | None = None,
        admission: Admission | None = None,
        public_root: str = "",
    ) -> None:
        self._tenant = tenant
        self._engine = engine
        self._token = token
        self._wake = wake
        self._quirks = quirks
        self._admission = admission
        self._public_root = public_root.rstrip("/")
        self._replicas = Replicas(tenant)
        self._throttle = Throttle(tenant)
        # Path and method are told apart by werkzeug; converters are not needed, since ids are opaque.
        self._map = Map(
            [Rule(route.rule, methods=[route.method], endpoint=str(n)) for n, route in enumerate(ALL_ROUTES)],
            strict_slashes=False,
            merge_slashes=False,
        )
        self._server = LoopbackServer(ExchangeApp("graph", self._answer, on_exchange), "practice Graph")
        self._root = ""

    def start(self) -> str:
        """Listen, and return the Graph root, which ends in ``/v1.0``."""
        self._root = f"http://{HOST}:{self._server.start()}{VERSION}"
        return self._root

    def stop(self) -> None:
        """Stop at once. Harmless when not started."""
        self._server.stop()

    def __enter__(self) -> GraphServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def root(self) -> str:
        """The Graph root that ``start`` returned."""
        return self._root

    # ------------------------------------------------------------------ HTTP

    def _answer(self, exchange: Exchange) -> RawAnswer:
        request_id = str(uuid.uuid4())
        asked_id = exchange.request_headers.get("client-request-id", "")
        client_request_id = asked_id if _GUID.fullmatch(asked_id) else request_id
        try:
            answer = self._serve(exchange)
        except Refused as error:
            answer = Answer(error.status, error.body(request_id, client_request_id), error.headers)
        except Exception as error:
            # A fault of the practice world must not look like a hang; the type is enough to find it by.
            fault = Refused(
                500, "UnknownError", f"The practice world failed: {type(error).__name__}: {error}"
            )
            answer = Answer(500, fault.body(request_id, client_request_id))
        content = b"" if answer.body is None else json.dumps(answer.body, ensure_ascii=False).encode()
        headers = {
            "request-id": request_id,
            "client-request-id": client_request_id,
            "x-ms-ags-diagnostic": '{"ServerInfo":{"DataCenter":"Practice","Slice":"E","Ring":"1"}}',
            "Cache-Control": "no-cache",
            **answer.headers,
        }
        if answer.status != 204:
            headers["Content-Type"] = JSON_TYPE
            headers["Content-Length"] = str(len(content))
        return answer.status, headers, content

    # ------------------------------------------------------------------ what a call must pass

    def _serve(self, exchange: Exchange) -> Answer:
        scopes = self._admit(exchange.request_headers.get("authorization", ""))
        if not exchange.path.startswith(VERSION + "/"):
            raise _no_such_path(exchange.path)
        path = exchange.path[len(VERSION) :]
        if path == "/$batch":
            self._throttle.check("")
            return self._batch(exchange, scopes)
        return self._dispatch(
            exchange.method, path, exchange.query, exchange.request_headers, exchange.request_body, scopes
        )

    def _dispatch(  # noqa: PLR0917 - the parts of one request
        self,
        method: str,
        path: str,
        query_text: str,
        headers: Mapping[str, str],
        body: bytes,
        scopes: frozenset[str],
    ) -> Answer:
        route, args = self._route(method, path)
        self._throttle.check(route.budget)
        query = _query(query_text, route)
        with self._tenant.lock:
            roles = frozenset(self._tenant.roles)
        if (route.scopes and not route.scopes & scopes) or (route.roles and not route.roles & roles):
            raise denied()
        return route.handler(
            Call(
                tenant=self._tenant,
                engine=self._engine,
                replicas=self._replicas,
                root=self._public_root or self._root,
                path=path,
                args=args,
                query=query,
                headers=headers,
                body=_json(headers, body, self._tenant.limits.body_bytes),
                wake=self._wake,
                scopes=scopes,
                quirks=self._quirks,
            )
        )

    def _admit(self, header: str) -> frozenset[str]:
        """The scopes of the caller.

        Raises:
            Refused: 401: the token is none that opens this tenant.
        """
        scheme, _, token = header.partition(" ")
        is_bearer = scheme.lower() == "bearer"
        if is_bearer and self._admission is not None:
            return self._admission(token.strip())
        if not is_bearer or not hmac.compare_digest(token.strip().encode(), self._token.encode()):
            message = "Access token is empty." if not token.strip() else "Access token validation failure."
            challenge = 'Bearer realm="", error="invalid_token", error_description="The token is not valid."'
            raise Refused(401, "InvalidAuthenticationToken", message, headers={"WWW-Authenticate": challenge})
        with self._tenant.lock:
            return self._tenant.scopes

    def _route(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        adapter: MapAdapter = self._map.bind(HOST)
        try:
            endpoint, args = adapter.match(plain_path(path), method="GET" if method == "HEAD" else method)
        except NotFound:
            raise _no_such_path(path) from None
        except MethodNotAllowed as error:
            raise Refused(
                405,
                "Request_BadRequest",
                "Specified HTTP method is not allowed for the request target.",
                headers={"Allow": ", ".join(sorted(set(error.valid_methods or ()) - {"HEAD"}))},
            ) from None
        return ALL_ROUTES[int(endpoint)], {name: str(value) for name, value in args.items()}

    # ------------------------------------------------------------------ batches

    def _batch(self, exchange: Exchange, scopes: frozenset[str]) -> Answer:
        """POST /$batch: up to 20 calls, each judged by itself; a failed dependency gives 424."""
        if exchange.method != "POST":
            raise Refused(405, "Request_BadRequest", "Specified HTTP method is not allowed.")
        body = _json(exchange.request_headers, exchange.request_body, self._tenant.limits.body_bytes)
        requests = body.get("requests") if isinstance(body, dict) else None
        if not isinstance(requests, list) or not 1 <= len(requests) <= 20:
            refuse("A batch holds 1 to 20 requests.")
        ids = [item.get("id") if isinstance(item, dict) else None for item in requests]
        if len(set(ids)) != len(ids) or not all(isinstance(each, str) for each in ids):
            refuse("Each request of a batch needs an id of its own.")
        statuses: dict[str, int] = {}
        rows = []
        for item in requests:
            row = self._batch_item(item, statuses, scopes)
            statuses[item["id"]] = row["status"]
            rows.append(row)
        return Answer(200, {"responses": rows})

    def _batch_item(
        self, item: dict[str, Any], statuses: Mapping[str, int], scopes: frozenset[str]
    ) -> dict[str, Any]:
        request_id = str(uuid.uuid4())
        try:
            if any(statuses.get(other, 424) >= 400 for other in item.get("dependsOn") or ()):
                raise Refused(424, "FailedDependency", "A request that this one depends on has failed.")
            url = item.get("url")
            if not isinstance(url, str) or not isinstance(item.get("method"), str):
                raise bad_request("A request of a batch needs a method and a relative url.")
            path, _, query = url.partition("?")
            headers = {str(key).lower(): str(value) for key, value in (item.get("headers") or {}).items()}
            content = b"" if item.get("body") is None else json.dumps(item["body"]).encode()
            answer = self._dispatch(
                item["method"].upper(), unquote("/" + path.lstrip("/")), query, headers, content, scopes
            )
        except Refused as error:
            answer = Answer(error.status, error.body(request_id, request_id), error.headers)
        row: dict[str, Any] = {"id": item["id"], "status": answer.status, "headers": dict(answer.headers)}
        if answer.body is not None:
            row["headers"]["Content-Type"] = "application/json"
            row["body"] = answer.body
        return row


def _no_such_path(path: str) -> Refused:
    segment = path.rstrip("/").rpartition("/")[2] or path
    return Refused(404, "ResourceNotFound", f"Resource not found for the segment '{segment[:100]}'.")


def _query(text: str, route: Route) -> dict[str, str]:
    """Query options by name; an unknown one with a dollar, or one given twice, is refused."""
    query: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        # SDKs may leave the dollar out, which OData 4.01 allows; others write it in another casing.
        plain = name.lower() if name.startswith("$") else name
        if plain.startswith("$") and plain not in route.options:
            raise bad_request(f"The query option '{name}' is not allowed for this request.")
        if plain in query:
            raise bad_request(f"The query option '{name}' must be given once only.")
        query[plain] = value
    return query


def _json(headers: Mapping[str, str], body: bytes, most: int) -> Any:
    """The request body as data; None without one."""
    if not body:
        return None
    if len(body) > most:
        raise Refused(413, "RequestEntityTooLarge", "The request body is too large.")
    if "json" not in headers.get("content-type", ""):
        raise Refused(415, "Request_BadRequest", "The Content-Type of the request is not supported.")
    try:
        return json.loads(body)
    except ValueError:
        raise bad_request(
            "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of "
            "valid JSON format.",
            "BadRequest",
        ) from None
