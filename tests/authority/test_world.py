"""A practice world behind a real sign-in: tokens are judged by the sign-in service, and public names lead to loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from scim_assistant.practice.answers import Refused
from scim_assistant.practice.world import World
from scim_assistant.sentence import say
from scim_assistant.transport import HttpRequest
from scim_assistant.work import Work
from tests.authority.mapped import GRAPH, MappedTransport

VENDOR = "https://example.screenstepslive.com"


def admission(token: str) -> frozenset[str]:
    """Lets two tokens in, one of them for looking only."""
    if token == "may-all":
        return frozenset({"User.Read.All", "Synchronization.ReadWrite.All", "Application.ReadWrite.All"})
    if token == "may-look":
        return frozenset({"User.Read.All"})
    raise Refused(401, "InvalidAuthenticationToken", "Access token validation failure.")


@pytest.fixture
def world() -> Iterator[World]:
    with World(admission=admission, public_graph=f"{GRAPH}/v1.0", public_scim=VENDOR) as world:
        yield world


@pytest.fixture
def transport(world: World) -> Iterator[MappedTransport]:
    transport = MappedTransport({GRAPH: world.line["graph"].removesuffix("/v1.0"), **world.hosts})
    yield transport
    transport.close()


def ask(
    transport: MappedTransport, token: str, path: str, method: str = "GET", body: object = None
) -> object:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    content = None if body is None else json.dumps(body).encode()
    request = HttpRequest(method, f"{GRAPH}/v1.0{path}", say("Nothing."), headers, content)
    answer = transport.send(request, Work())
    return json.loads(answer.body) if answer.status == 200 else answer.status


def test_each_call_has_the_scopes_of_its_own_token(transport: MappedTransport) -> None:
    assert isinstance(ask(transport, "may-look", "/users"), dict)
    assert ask(transport, "may-look", "/servicePrincipals") == 403
    assert isinstance(ask(transport, "may-all", "/servicePrincipals"), dict)
    assert ask(transport, "unknown", "/users") == 401
    batch = {"requests": [{"id": "1", "method": "GET", "url": "/servicePrincipals"}]}
    answer = ask(transport, "may-look", "/$batch", "POST", batch)
    assert isinstance(answer, dict)
    assert answer["responses"][0]["status"] == 403


def test_links_in_answers_name_the_public_graph(transport: MappedTransport) -> None:
    page = ask(transport, "may-look", "/users?$top=2")
    assert isinstance(page, dict)
    assert page["@odata.context"].startswith(f"{GRAPH}/v1.0/$metadata#users")
    assert page["@odata.nextLink"].startswith(f"{GRAPH}/v1.0/users?")
    rest = ask(transport, "may-look", page["@odata.nextLink"].removeprefix(f"{GRAPH}/v1.0"))
    assert isinstance(rest, dict)
    assert rest["value"]


def test_the_engine_finds_a_service_by_its_public_name(world: World) -> None:
    assert world.line["scim"] == f"{VENDOR}/api/scim/v2"
    assert world.engine.validate_credentials(world.line["scim"], world.line["scim_token"]) is None
    wrong = world.engine.validate_credentials(world.line["scim"], "another-token")
    assert wrong is not None
    elsewhere = world.engine.validate_credentials("https://example.org/api/scim/v2", world.line["scim_token"])
    assert elsewhere is not None, "what has no place on this computer is not reached"
