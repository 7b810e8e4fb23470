"""A plain HTTP client for the practice world: knows Graph's addresses and nothing of the program."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx

LAG = (401, 403, 404, 409, 429)
"""What a service says while an object is young or while it is busy."""


def until(ready: Callable[[], bool], what: str, at_most_s: float = 60.0) -> None:
    """Wait for something that happens by itself."""
    end = time.monotonic() + at_most_s
    pause = threading.Event()
    while not ready():
        assert time.monotonic() < end, f"{what}: not within {at_most_s} s"
        pause.wait(0.01)


class Plain:
    """Speaks to the Graph of one world.

    Args:
        line: What the world printed.
    """

    def __init__(self, line: Mapping[str, Any]) -> None:
        self.line = line
        self.http = httpx.Client(
            base_url=line["graph"],
            headers={"Authorization": f"Bearer {line['token']}"},
            trust_env=False,
            timeout=60,
        )

    def __enter__(self) -> Plain:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """One request; underscores in header names stand for dashes."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.request(method, path, json=body, headers=named)

    def get(self, path: str, **headers: str) -> Any:
        """A GET that has to go well; its JSON."""
        answer = self.ask("GET", path, **headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def rows(self, path: str, **headers: str) -> list[Any]:
        """All rows of a list, page after page."""
        found: list[Any] = []
        link: str | None = path
        while link is not None:
            page = self.get(link, **headers)
            found += page["value"]
            link = page.get("@odata.nextLink")
        return found

    def patiently(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """One request, again and again while the object may be young."""
        answer = self.ask(method, path, body)

        def done() -> bool:
            nonlocal answer
            if answer.status_code in LAG:
                answer = self.ask(method, path, body)
            return answer.status_code not in LAG

        until(done, f"{method} {path} ({answer.status_code} {answer.text})")
        return answer

    def well(self, method: str, path: str, body: Any = None) -> Any:
        """As ``patiently``, and it has to go well; its JSON, None for 204."""
        answer = self.patiently(method, path, body)
        assert answer.status_code in (200, 201, 204), f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None


def error_code(answer: httpx.Response) -> str:
    """The code of a Graph error body, after a look at the whole body."""
    error = answer.json()["error"]
    assert set(error) >= {"code", "message", "innerError"}
    assert {"date", "request-id", "client-request-id"} <= set(error["innerError"])
    assert error["innerError"]["request-id"] == answer.headers["request-id"]
    code: str = error["code"]
    return code


class SetUp:
    """An app set up by plain requests, as far as a test wants it.

    Attributes:
        app: The service principal.
        job: Path of its job.
        base: Path of everything about its synchronization.
    """

    def __init__(self, graph: Plain, name: str = "ScreenSteps", *, reuse: bool = False) -> None:
        self.graph = graph
        (template,) = graph.get("/applicationTemplates?$filter=displayName eq 'ScreenSteps'")["value"]
        if reuse:
            (self.app,) = graph.get(
                f"/servicePrincipals?$filter=applicationTemplateId eq '{template['id']}'"
            )["value"]
            self.application: Any = None
        else:
            made = graph.well(
                "POST", f"/applicationTemplates/{template['id']}/instantiate", {"displayName": name}
            )
            self.app, self.application = made["servicePrincipal"], made["application"]
            graph.well("GET", f"/servicePrincipals/{self.app['id']}")
        self.base = f"/servicePrincipals/{self.app['id']}/synchronization"
        self.job = ""

    def with_job(self) -> SetUp:
        """Also its job: the one that is there, or a new one."""
        (template,) = self.graph.well("GET", f"{self.base}/templates")["value"]
        jobs = self.graph.well("GET", f"{self.base}/jobs")["value"]
        job = (
            jobs[0] if jobs else self.graph.well("POST", f"{self.base}/jobs", {"templateId": template["id"]})
        )
        self.job = f"{self.base}/jobs/{job['id']}"
        self.graph.well("GET", self.job)
        return self

    def credentials(self) -> list[dict[str, str]]:
        """What the vendor's page shows."""
        return [
            {"key": "BaseAddress", "value": self.graph.line["scim"]},
            {"key": "SecretToken", "value": self.graph.line["scim_token"]},
        ]

    def with_secrets(self, *, delete_threshold: int = 500, email: str = "") -> SetUp:
        """Also the credentials, for assigned people and groups only."""
        settings = {
            "Enabled": bool(email),
            "Recipients": email,
            "DeleteThresholdEnabled": True,
            "DeleteThresholdValue": delete_threshold,
        }
        entries = [
            *self.credentials(),
            {"key": "SyncAll", "value": "false"},
            {"key": "SyncNotificationSettings", "value": json.dumps(settings)},
        ]
        self.graph.well("PUT", f"{self.base}/secrets", {"value": entries})
        return self

    def assign(self, principal_id: str) -> httpx.Response:
        """Assign somebody to the first role."""
        body = {
            "principalId": principal_id,
            "resourceId": self.app["id"],
            "appRoleId": self.app["appRoles"][0]["id"],
        }
        return self.graph.patiently("POST", f"/servicePrincipals/{self.app['id']}/appRoleAssignedTo", body)

    def person(self, name: str) -> str:
        """Object id of a person by user principal name."""
        found: str = self.graph.well("GET", f"/users/{name}")["id"]
        return found

    def group(self, name: str) -> str:
        """Object id of a group by display name."""
        found: str = self.graph.well("GET", f"/groups?$filter=displayName eq '{name}'")["value"][0]["id"]
        return found

    def state(self) -> Any:
        """The job as it stands."""
        return self.graph.well("GET", self.job)

    def provision(self, object_id: str, kind: str = "User", members: tuple[str, ...] = ()) -> httpx.Response:
        """Provision one object on demand."""
        rule = self.graph.well("GET", f"{self.job}/schema")["synchronizationRules"][0]["id"]
        subject: dict[str, Any] = {"objectId": object_id, "objectTypeName": kind}
        if members:
            subject["links"] = {"members": [{"objectId": each, "objectTypeName": "User"} for each in members]}
        return self.graph.patiently(
            "POST", f"{self.job}/provisionOnDemand", {"parameters": [{"ruleId": rule, "subjects": [subject]}]}
        )

    def until_settled(self) -> Any:
        """Start, and wait until a cycle that began afterwards has ended; the job."""
        last = (self.state()["status"]["lastExecution"] or {}).get("activityIdentifier")
        self.graph.well("POST", f"{self.job}/start")
        until(
            lambda: ((self.state()["status"]["lastExecution"] or {}).get("activityIdentifier")) != last,
            "the cycle did not end",
        )
        return self.state()
