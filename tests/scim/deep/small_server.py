"""A small SCIM server on a real loopback port that does as Entra wants, unless a test makes it lie.

Written for these tests, from RFC 7643 and RFC 7644; shares no code with the practice service. A lie is a subclass that
overrides one method, or a switch. ``store`` is looked at without SCIM.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable
from copy import deepcopy
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote

from scim_assistant.practice.loopback import LoopbackServer

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
TOKEN = "a-token-of-the-small-server-5d2c"
Json = dict[str, Any]
Answer = tuple[int, Json | None]


class Died(Exception):
    """The server is gone: the connection breaks without an answer."""


class SmallScim:
    """The server.

    Attributes:
        store: Resources by kind and id.
        seen: Method and path of every request that arrived, in order.
        dies_at: Number of the request (from 0) from which on nobody answers; None for never.
        dies_after: Whether that request is still carried out.
        busy_at: Numbers of requests that are answered with 429.
        on_request: Called with the number of each request, once it was carried out.
    """

    caseless = True

    def __init__(self) -> None:
        self.store: dict[str, dict[str, Json]] = {"Users": {}, "Groups": {}}
        self.seen: list[tuple[str, str]] = []
        self.bodies: list[Any] = []
        self.dies_at: int | None = None
        self.dies_after = False
        self.busy_at: set[int] = set()
        self.on_request: Callable[[int], None] = lambda number: None
        self._next = 100
        self._lock = threading.RLock()
        self._server = LoopbackServer(self._app, "small scim")

    def __enter__(self) -> SmallScim:
        self.url = f"http://127.0.0.1:{self._server.start()}/scim"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()

    def put(self, kind: str, **values: Any) -> str:
        """Somebody, or a group, that was there before."""
        return str(self._keep(kind, values)["id"])

    def look(self) -> dict[str, dict[str, Json]]:
        """Everything as it stands."""
        with self._lock:
            return deepcopy(self.store)

    def writes(self) -> list[tuple[str, str]]:
        """Every request that changes something, but creations."""
        return [each for each in self.seen if each[0] in ("PATCH", "PUT", "DELETE")]

    # ------------------------------------------------------------ HTTP

    def _app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["RAW_URI"].partition("?")[0]
        query = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
        raw = environ["wsgi.input"].read()
        with self._lock:
            number = len(self.seen)
            is_dead = self.dies_at is not None and number >= self.dies_at
            self.seen.append((method, path.removeprefix("/scim")))
            self.bodies.append(json.loads(raw) if raw else None)
            if is_dead and not (self.dies_after and number == self.dies_at):
                raise Died
            is_known = environ.get("HTTP_AUTHORIZATION") == f"Bearer {TOKEN}"
            if number in self.busy_at:
                status, document = 429, {"retry_in": 0.01}
            elif is_known:
                status, document = self.answer(method, path.removeprefix("/scim"), query, self.bodies[-1])
            else:
                status, document = error(401, "Who is that?")
        self.on_request(number)
        if is_dead:
            raise Died
        content = b"" if document is None else json.dumps(document).encode()
        headers = [("Content-Type", "application/scim+json")] if content else []
        start_response(f"{status} X", headers)
        return [content]

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        """Answer one request."""
        parts = [unquote(part) for part in path.strip("/").split("/")]
        kind, resource_id = parts[0], parts[1] if len(parts) > 1 else ""
        if kind not in self.store:
            return error(404, "no such endpoint")
        if not resource_id:
            return self.create(kind, body) if method == "POST" else self.search(kind, query)
        if resource_id not in self.store[kind]:
            return error(404, "not found")
        if method == "GET":
            return 200, self.shown(self.store[kind][resource_id], query)
        if method == "PATCH":
            return self.patch(kind, resource_id, body["Operations"])
        if method == "DELETE":
            return self.delete(kind, resource_id)
        return error(405, "not offered")

    # ------------------------------------------------------------ what a lie overrides

    def create(self, kind: str, body: Json) -> Answer:
        name = "userName" if kind == "Users" else "displayName"
        if any(self.same(each.get(name), body.get(name)) for each in self.store[kind].values()):
            return error(409, "taken", "uniqueness")
        return 201, deepcopy(self._keep(kind, body))

    def search(self, kind: str, query: dict[str, str]) -> Answer:
        found = [each for each in self.store[kind].values() if self.fits(each, query.get("filter", ""))]
        return 200, {
            "schemas": [LIST],
            "totalResults": len(found),
            "Resources": [self.shown(each, query) for each in found],
        }

    def fits(self, resource: Json, text: str) -> bool:
        parsed = re.fullmatch(r'(\w+) eq "([^"]*)"', text)
        return parsed is not None and self.same(resource.get(parsed[1]), parsed[2])

    def same(self, one: object, other: object) -> bool:
        if self.caseless and isinstance(one, str) and isinstance(other, str):
            return one.casefold() == other.casefold()
        return one == other

    def shown(self, resource: Json, query: dict[str, str]) -> Json:
        left_out = query.get("excludedAttributes", "")
        return {name: deepcopy(value) for name, value in resource.items() if name != left_out}

    def patch(self, kind: str, resource_id: str, operations: list[Json]) -> Answer:
        resource = self.store[kind][resource_id]
        for operation in operations:
            self.operate(resource, str(operation["op"]).lower(), operation)
        return (204, None) if kind == "Groups" else (200, deepcopy(resource))

    def delete(self, kind: str, resource_id: str) -> Answer:
        del self.store[kind][resource_id]
        return 204, None

    def operate(self, resource: Json, op: str, operation: Json) -> None:
        path, value = operation.get("path"), operation.get("value")
        if path is None:
            for key, each in value.items():
                self.set_bundled(resource, key, each)
        elif str(path).startswith("members"):
            self.change_members(resource, op, str(path), value)
        else:
            self.set_value(resource, str(path), value)

    def set_bundled(self, resource: Json, key: str, value: Any) -> None:
        self.set_value(resource, key, value)

    def set_value(self, resource: Json, path: str, value: Any) -> None:
        typed = re.fullmatch(r'(\w+)\[type eq "(\w+)"\]\.(\w+)', path)
        if typed:
            self.set_typed(resource.setdefault(typed[1], []), typed[2], typed[3], value)
        elif path.startswith("urn:"):
            schema, _, name = path.rpartition(":")
            resource.setdefault(schema, {})[name] = value
        elif path == "active":
            resource["active"] = self.boolean(value)
        else:
            *outer, last = path.split(".")
            for part in outer:
                resource = resource.setdefault(part, {})
            resource[last] = value

    def set_typed(self, entries: list[Json], kind: str, name: str, value: Any) -> None:
        entry = next((each for each in entries if each.get("type") == kind), None)
        if entry is None:
            entry = {"type": kind}
            entries.append(entry)
        entry[name] = value

    def boolean(self, value: Any) -> Any:
        return value.lower() == "true" if isinstance(value, str) else value

    def change_members(self, group: Json, op: str, path: str, value: Any) -> None:
        members = group.setdefault("members", [])
        filtered = re.fullmatch(r'members\[value eq "([^"]*)"\]', path)
        if op == "add":
            members += [{"value": each["value"]} for each in value if {"value": each["value"]} not in members]
        elif filtered:
            group["members"] = [each for each in members if each["value"] != filtered[1]]
        else:
            self.remove_members(group, value)

    def remove_members(self, group: Json, value: Any) -> None:
        gone = {each["value"] for each in value}
        group["members"] = [each for each in group["members"] if each["value"] not in gone]

    # ------------------------------------------------------------

    def new_id(self) -> str:
        self._next += 1
        return f"small-{self._next}"

    def _keep(self, kind: str, values: Json) -> Json:
        with self._lock:
            resource = {**deepcopy(values), "id": self.new_id()}
            self.store[kind][resource["id"]] = resource
            return resource


def error(status: int, detail: str, scim_type: str = "") -> Answer:
    """A refusal in SCIM's own form."""
    more = {"scimType": scim_type} if scim_type else {}
    return status, {"schemas": [ERROR], "status": str(status), "detail": detail, **more}
