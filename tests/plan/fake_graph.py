"""A small Graph in memory behind the transport's seam: keeps state, lags, breaks off and counts what it is asked."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from scim_assistant.graph.client import GraphClient, TokenSource, fixed
from scim_assistant.secret import Secret
from scim_assistant.sentence import say
from scim_assistant.signin import permissions
from scim_assistant.signin.account import Account
from scim_assistant.signin.client import Client
from scim_assistant.signin.offer import SignedIn, Way
from scim_assistant.tenant.session import Session
from scim_assistant.transport import HttpAnswer, HttpRequest, NoAnswer
from scim_assistant.work import Pace, Work

ROOT = "https://graph.example.com/v1.0"
TENANT = "11111111-2222-3333-4444-555555555555"
TEMPLATE = "aaaaaaaa-0000-0000-0000-000000000001"
ROLE = "bbbbbbbb-0000-0000-0000-000000000001"
ADMINISTRATOR = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
LOOK = permissions.names(permissions.LOOK)
ALL = permissions.names(permissions.LOOK, permissions.CHANGE)
SPEED = 10_000.0
"""So fast that fifteen minutes of the service pass in 90 ms."""


class Killed(BaseException):
    """The program was killed here; nothing in it may catch this."""


@dataclass
class App:
    """An app of the pretend tenant with all that hangs under it."""

    name: str
    template_id: str = TEMPLATE
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    app_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    application_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    born: float = field(default_factory=time.monotonic)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    assignments: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add_job(self, *, state: str = "Disabled", code: str = "Paused", **more: Any) -> dict[str, Any]:
        job_id = f"scim.{TENANT.replace('-', '')}.{uuid.uuid4()}"
        self.jobs[job_id] = {
            "id": job_id,
            "templateId": "scim",
            "schedule": {"state": state, "interval": "PT40M"},
            "status": {"code": code, **more},
        }
        return self.jobs[job_id]

    def assign(self, principal_id: str, name: str = "") -> dict[str, Any]:
        one = {
            "id": uuid.uuid4().hex,
            "principalId": principal_id,
            "principalDisplayName": name or None,
            "principalType": "User",
            "resourceId": self.id,
            "appRoleId": ROLE,
        }
        self.assignments[one["id"]] = one
        return one


class FakeGraph:
    """The transport and the tenant behind it.

    Attributes:
        lag_s: For so long (the service's seconds) every second look at a new app finds nothing.
        hook: Called with ``before`` and ``after`` around the effect of every request; may raise.
        refuse: Method and end of path mapped to (status, body) to answer instead.
        takes: Tokens that are taken; all others get a 401, before anything takes effect.
        roles: Template ids of the person's active roles.
    """

    def __init__(self, *, lag_s: float = 0.0) -> None:
        self.apps: dict[str, App] = {}
        self.lag_s = lag_s
        self.hook: Callable[[str, str, str], None] = lambda stage, method, path: None
        self.refuse: dict[tuple[str, str], tuple[int, Any]] = {}
        self.requests: list[tuple[str, str, Any]] = []
        self.takes = {"token"}
        self.roles = [ADMINISTRATOR]
        self._looks = 0

    def add(self, name: str, **more: Any) -> App:
        app = App(name, **more)
        self.apps[app.id] = app
        return app

    @property
    def writes(self) -> list[tuple[str, str]]:
        """Methods and ends of paths of everything that is no reading."""
        return [(method, path.rsplit("/", 1)[-1]) for method, path, _ in self.requests if method != "GET"]

    def close(self) -> None:
        """Nothing to give back."""

    def send(self, request: HttpRequest, work: Work) -> HttpAnswer:
        work.check()
        parts = urlsplit(request.url)
        path = parts.path.removeprefix("/v1.0")
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        body = json.loads(request.body) if request.body else None
        if request.headers["Authorization"].removeprefix("Bearer ") not in self.takes:
            return self._answer(401, _error("InvalidAuthenticationToken", "Lifetime validation failed."))
        self.requests.append((request.method, path, body))
        self.hook("before", request.method, path)
        for (method, end), (status, said) in self.refuse.items():
            if request.method == method and path.endswith(end):
                return self._answer(status, said)
        status, said = self._serve(request.method, [unquote(one) for one in path[1:].split("/")], query, body)
        self.hook("after", request.method, path)
        work.check()  # as the real transport does between two pieces of an answer
        return self._answer(status, said)

    @staticmethod
    def _answer(status: int, said: Any) -> HttpAnswer:
        raw = b"" if said is None else json.dumps(said).encode()
        return HttpAnswer(status, {"content-type": "application/json", "request-id": "r-1"}, raw, 0.001)

    def _serve(self, method: str, path: list[str], query: dict[str, str], body: Any) -> tuple[int, Any]:
        match method, path:
            case "POST", ["applicationTemplates", template_id, "instantiate"]:
                app = self.add(body["displayName"], template_id=template_id)
                return 201, {"application": self._application(app), "servicePrincipal": self._principal(app)}
            case "GET", ["servicePrincipals"]:
                wanted = re.fullmatch(r"applicationTemplateId eq '(.*)'", query["$filter"])
                assert wanted
                found = [
                    app for app in self.apps.values() if app.template_id == wanted[1] and self._seen(app)
                ]
                return 200, {"value": [self._principal(app) for app in found]}
            case "GET", ["applications"]:
                wanted = re.fullmatch(r"appId eq '(.*)'", query["$filter"])
                assert wanted
                found = [app for app in self.apps.values() if app.app_id == wanted[1] and self._seen(app)]
                return 200, {"value": [self._application(app) for app in found]}
            case _, ["applications", application_id]:
                app = next((one for one in self.apps.values() if one.application_id == application_id), None)
                if app is None or not self._seen(app):
                    return _NOT_FOUND
                if method == "DELETE":
                    del self.apps[app.id]
                    return 204, None
                return 200, self._application(app)
            case _, ["servicePrincipals", app_id, *rest]:
                app = self.apps.get(app_id)
                if app is None or not self._seen(app):
                    return _NOT_FOUND
                if not rest:
                    if method == "DELETE":
                        del self.apps[app.id]
                        return 204, None
                    return 200, self._principal(app)
                return self._below(app, method, rest, body)
            case "GET", ["me", "transitiveMemberOf", "microsoft.graph.directoryRole"]:
                return 200, {"value": [{"id": one, "roleTemplateId": one} for one in self.roles]}
            case _:
                raise AssertionError(f"the fake does not know {method} {path}")

    def _below(self, app: App, method: str, rest: list[str], body: Any) -> tuple[int, Any]:
        match method, rest:
            case "GET", ["appRoleAssignedTo"]:
                return 200, {"value": list(app.assignments.values())}
            case "POST", ["appRoleAssignedTo"]:
                assert body["resourceId"] == app.id
                assert body["appRoleId"] == ROLE
                if any(one["principalId"] == body["principalId"] for one in app.assignments.values()):
                    return 400, _error(
                        "Request_BadRequest", "Permission being assigned already exists on the object"
                    )
                return 201, app.assign(body["principalId"])
            case "DELETE", ["appRoleAssignedTo", assignment_id]:
                if app.assignments.pop(assignment_id, None) is None:
                    return _NOT_FOUND
                return 204, None
            case "GET", ["synchronization", "templates"]:
                return 200, {"value": [{"id": "scim", "default": True}]}
            case "GET", ["synchronization", ("templates" | "jobs"), _, "schema"]:
                return 200, {"id": "schema", "synchronizationRules": []}
            case "GET", ["synchronization", "secrets"]:
                shown = {
                    key: "*" if key == "SecretToken" and value else value
                    for key, value in app.secrets.items()
                }
                return 200, {"value": [{"key": key, "value": value} for key, value in shown.items()]}
            case "PUT", ["synchronization", "secrets"]:
                app.secrets = {one["key"]: one["value"] for one in body["value"]}
                return 204, None
            case "GET", ["synchronization", "jobs"]:
                return 200, {"value": list(app.jobs.values())}
            case "POST", ["synchronization", "jobs"]:
                assert body == {"templateId": "scim"}
                return 201, app.add_job()
            case "POST", ["synchronization", "jobs", "validateCredentials"]:
                return 204, None
            case _, ["synchronization", "jobs", job_id, *act]:
                return self._job(app, method, job_id, act)
            case _:
                raise AssertionError(f"the fake does not know {method} {rest}")

    @staticmethod
    def _job(app: App, method: str, job_id: str, act: list[str]) -> tuple[int, Any]:
        job = app.jobs.get(job_id)
        if job is None:
            return _NOT_FOUND
        match method, act:
            case "GET", []:
                return 200, job
            case "DELETE", []:
                del app.jobs[job_id]
            case "POST", ["start"] | ["restart"]:
                job["schedule"]["state"], job["status"]["code"] = "Active", "Active"
            case "POST", ["pause"]:
                job["schedule"]["state"], job["status"]["code"] = "Disabled", "Paused"
            case "POST", ["validateCredentials"]:
                pass
            case _:
                raise AssertionError(f"the fake does not know {method} {act}")
        return 204, None

    def _seen(self, app: App) -> bool:
        """A new app is known to every second server only, and to none at first."""
        age_s = (time.monotonic() - app.born) * SPEED
        if age_s >= self.lag_s:
            return True
        self._looks += 1
        return age_s >= self.lag_s / 2 and self._looks % 2 == 0

    @staticmethod
    def _principal(app: App) -> dict[str, Any]:
        return {
            "id": app.id,
            "appId": app.app_id,
            "displayName": app.name,
            "applicationTemplateId": app.template_id,
            "appRoles": [
                {"id": ROLE, "displayName": "User", "isEnabled": True, "allowedMemberTypes": ["User"]}
            ],
        }

    @staticmethod
    def _application(app: App) -> dict[str, Any]:
        return {
            "id": app.application_id,
            "appId": app.app_id,
            "displayName": app.name,
            "applicationTemplateId": app.template_id,
            "createdDateTime": app.created_at.isoformat(),
        }


def signed_in(scopes: tuple[str, ...] = ALL) -> SignedIn:
    """Somebody who signed in to the pretend tenant."""
    return SignedIn(
        account=Account("oid.tid", "admin@example.com", "Noor", TENANT, "global"),
        tenant_id=TENANT,
        permissions=frozenset(scopes),
        client=Client("cccccccc-1111-2222-3333-444444444444", TENANT),
        way=Way.BROWSER,
        expires_at=datetime.now(UTC) + timedelta(hours=1),
    )


def session_on(
    graph: FakeGraph,
    token: TokenSource | None = None,
    *,
    scopes: tuple[str, ...] = ALL,
    who: SignedIn | None = None,
    read_only: bool = False,
    speed: float = SPEED,
) -> Session:
    """A session whose clock runs ``speed`` times as fast; with ``who`` it is that of a real tenant."""
    pace = Pace(speed)
    account_id = who.account.id if who else ""
    return Session(
        graph=GraphClient(graph, ROOT, token or fixed(Secret("token")), pace=pace, account_id=account_id),
        scim=graph,
        tenant_id=TENANT,
        tenant_name="Example",
        account="admin@example.com",
        scopes=who.permissions if who else frozenset(scopes),
        pace=pace,
        signed_in=who,
        read_only=read_only,
    )


def no_answer() -> NoAnswer:
    """What the transport raises when the line breaks after the request went out."""
    return NoAnswer(say("It broke."), say("The connection broke."), say("Try again."))


def _error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


_NOT_FOUND = (404, _error("Request_ResourceNotFound", "Resource does not exist."))
