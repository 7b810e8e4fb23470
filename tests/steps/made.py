"""Hand-made answers and findings for tests that need no world. People are at example.com."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from scim_assistant.graph.client import GraphClient, fixed
from scim_assistant.graph.synchronization import schema_from
from scim_assistant.graph.types import (
    ApplicationTemplate,
    Schedule,
    SecretEntry,
    ServicePrincipal,
    SynchronizationJob,
    SynchronizationSchema,
    SynchronizationTemplate,
)
from scim_assistant.scim.profiles import profiles
from scim_assistant.secret import Secret
from scim_assistant.steps.found import Found
from scim_assistant.tenant.session import Session
from scim_assistant.tenant.snapshot import AppSnapshot
from scim_assistant.transport import HttpAnswer, HttpRequest
from scim_assistant.transport.survey import Connected, Handshake, NameFound
from scim_assistant.work import Work

TENANT = "0f6a1d2e-3b4c-4d5e-8f60-718293a4b5c6"
TEMPLATE = ApplicationTemplate(
    id="template-1", display_name="ScreenSteps", supported_provisioning_types=("sync",)
)
APP = ServicePrincipal(id="app-1", display_name="ScreenSteps", application_template_id="template-1")


class NoNetwork:
    """A transport that fails the test when anything is sent."""

    def send(self, request: HttpRequest, work: Work) -> HttpAnswer:
        raise AssertionError(f"{request.method} {request.url} was sent")

    def look_up(self, url: str, work: Work) -> NameFound:
        raise AssertionError(f"{url} was looked up")

    def connect(self, url: str, work: Work) -> Connected:
        raise AssertionError(f"{url} was connected to")

    def shake_hands(self, url: str, work: Work) -> Handshake:
        raise AssertionError(f"{url} was looked at")

    def close(self) -> None:
        """Nothing is open."""


def session(*, practice: bool = True, account: str = "noor@example.com") -> Session:
    """A session that sends nothing."""
    transport = NoNetwork()
    client = GraphClient(transport, "http://127.0.0.1:9/v1.0", fixed(Secret("t")))
    return Session(client, transport, TENANT, "Example", account, frozenset(), is_practice=practice)


def line(target: str, source_name: str | None, **more: Any) -> dict[str, Any]:
    """One attribute mapping."""
    made: dict[str, Any] = {
        "targetAttributeName": target,
        "source": None
        if source_name is None
        else {"type": "Attribute", "name": source_name, "expression": f"[{source_name}]", "parameters": []},
        "matchingPriority": 0,
        "flowType": "Always",
    }
    return made | more


def expression(text: str) -> dict[str, Any]:
    """A source that is an expression."""
    return {"source": {"type": "Function", "name": text.partition("(")[0], "expression": text}}


def schema(
    people: list[dict[str, Any]],
    *,
    flows: str = "Add, Update, Delete",
    scope: Any = None,
    groups: bool = True,
) -> SynchronizationSchema:
    """A schema with mappings for people, and for groups."""
    mappings = [
        {
            "name": "people",
            "enabled": True,
            "flowTypes": flows,
            "sourceObjectName": "User",
            "targetObjectName": "urn:ietf:params:scim:schemas:core:2.0:User",
            "scope": scope,
            "attributeMappings": people,
        }
    ]
    if groups:
        mappings.append(
            {
                "name": "groups",
                "enabled": True,
                "flowTypes": "Add, Update, Delete",
                "sourceObjectName": "Group",
                "targetObjectName": "urn:ietf:params:scim:schemas:core:2.0:Group",
                "scope": None,
                "attributeMappings": [line("displayName", "displayName", matchingPriority=1)],
            }
        )
    return schema_from(
        {"id": "s", "version": "1", "synchronizationRules": [{"id": "rule", "objectMappings": mappings}]}
    )


USUAL = [
    line("userName", "userPrincipalName", matchingPriority=1),
    line("active", None, **expression('Switch([IsSoftDeleted], , "False", "True", "True", "False")')),
    line('emails[type eq "work"].value', "mail"),
    line("name.givenName", "givenName"),
]


def app(
    *,
    job: bool = False,
    runs: bool = False,
    schema: SynchronizationSchema | None = None,
    secrets: dict[str, str] | None = None,
) -> AppSnapshot:
    """An app as it was read."""
    made = SynchronizationJob(
        id="job-1", template_id="scim", schedule=Schedule(state="Active" if runs else "Disabled")
    )
    return AppSnapshot(
        service_principal=APP,
        application_id="application-1",
        created_at=None,
        templates=(SynchronizationTemplate(id="scim", default=True),),
        job=made if job else None,
        schema=schema,
        secrets=tuple(SecretEntry(key=key, value=value) for key, value in (secrets or {}).items()),
        assignments=(),
        read_at=datetime.now(UTC),
    )


def found(**more: Any) -> Found:
    """Findings after the first two pages."""
    return replace(Found(profiles=profiles(), session=session()), **more)
