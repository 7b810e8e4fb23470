"""The pretend ScreenSteps behaves as its help pages say the real one does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import httpx
import pytest

from scim_assistant.practice.clock import ManualClock
from scim_assistant.practice.exchange import Exchange
from scim_assistant.practice.limits import REAL_LIMITS, Limits
from scim_assistant.practice.scim_service import ScimService
from scim_assistant.practice.state import Faults
from tests.practice.scim_wire import ERROR, GROUP, PATCH, USER

TOKEN = {"Authorization": "Bearer right-token"}


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def service(faults: Faults, clock: ManualClock) -> Iterator[ScimService]:
    with ScimService("right-token", clock=clock, faults=faults) as running:
        yield running


@pytest.fixture
def client(service: ScimService) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.base_address, headers=TOKEN, timeout=60) as plain:
        yield plain


def user(name: str, **more: object) -> dict[str, object]:
    return {"schemas": [USER], "userName": f"{name}@example.com", **more}


# ---------------------------------------------------------------- token


@pytest.mark.parametrize("header", [None, "", "Bearer wrong", "Basic right-token", "right-token"])
def test_any_other_token_is_refused_with_a_scim_error(header: str | None, service: ScimService) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = httpx.get(f"{service.base_address}/Users", headers=headers, timeout=60)
    assert answer.status_code == 401
    assert answer.json()["schemas"] == [ERROR]
    assert answer.json()["status"] == "401"


def test_a_token_can_be_taken_back_while_the_service_runs(client: httpx.Client, faults: Faults) -> None:
    assert client.get("/Users").status_code == 200
    faults.scim_token_refused = True
    assert client.get("/Users").status_code == 401


# ---------------------------------------------------------------- roles


@pytest.mark.parametrize("role", ["admin", "editor", "reader"])
def test_the_three_roles_are_kept(role: str, client: httpx.Client) -> None:
    created = client.post("/Users", json=user("ana", userType=role))
    assert created.status_code == 201
    assert created.json()["userType"] == role


def test_without_a_role_a_user_becomes_a_reader(client: httpx.Client) -> None:
    assert client.post("/Users", json=user("ana")).json()["userType"] == "reader"


def test_any_other_role_is_refused_without_saying_which_value_was_wrong(client: httpx.Client) -> None:
    refused = client.post("/Users", json=user("ana", userType="Contributor"))
    assert refused.status_code == 400
    assert "userType" not in refused.text
    assert "Contributor" not in refused.text


def test_the_schema_names_the_roles_that_are_taken(client: httpx.Client) -> None:
    schema = client.get(f"/Schemas/{USER}").json()
    (role,) = [each for each in schema["attributes"] if each["name"] == "userType"]
    assert role["canonicalValues"] == ["admin", "editor", "reader"]


def test_a_role_that_is_taken_away_stays_away_and_its_owner_counts_as_a_reader(
    service: ScimService, client: httpx.Client
) -> None:
    created = client.post("/Users", json=user("ana", userType="admin")).json()
    removal = {"schemas": [PATCH], "Operations": [{"op": "remove", "path": "userType"}]}
    assert "userType" not in client.patch(f"/Users/{created['id']}", json=removal).json()
    assert service.accounts()[0]["userType"] == "reader"


# ---------------------------------------------------------------- discovery


@pytest.mark.parametrize("path", ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas", f"/Schemas/{USER}"])
def test_a_service_that_does_not_describe_itself_answers_404_there_and_works_all_the_same(path: str) -> None:
    with (
        ScimService("right-token", discovery=False) as service,
        httpx.Client(base_url=service.base_address, headers=TOKEN, timeout=60) as client,
    ):
        assert client.get(path).status_code == 404
        assert client.post("/Users", json=user("ana")).status_code == 201
        assert client.get("/Users").json()["totalResults"] == 1


# ---------------------------------------------------------------- accounts and groups


def test_the_first_address_is_the_accounts_address_whatever_its_type(
    service: ScimService, client: httpx.Client
) -> None:
    mails = [{"type": "home", "value": "home@example.com"}, {"type": "work", "value": "work@example.com"}]
    client.post("/Users", json=user("ana", emails=mails))
    assert service.accounts()[0]["email"] == "home@example.com"


def test_an_address_that_is_none_is_refused(client: httpx.Client) -> None:
    assert client.post("/Users", json=user("ana", emails=[{"value": "ana"}])).status_code == 400


def test_a_name_is_taken_only_once(client: httpx.Client) -> None:
    client.post("/Users", json=user("ana"))
    refused = client.post("/Users", json=user("Ana"))
    assert (refused.status_code, refused.json()["scimType"]) == (409, "uniqueness")
    group = {"schemas": [GROUP], "displayName": "Writers"}
    assert client.post("/Groups", json=group).status_code == 201
    assert client.post("/Groups", json=group).status_code == 409


def test_a_member_has_to_exist(client: httpx.Client) -> None:
    group = {"schemas": [GROUP], "displayName": "Writers", "members": [{"value": "nobody"}]}
    assert client.post("/Groups", json=group).status_code == 400


def test_accounts_from_before_are_found_under_the_ids_they_were_given(
    service: ScimService, client: httpx.Client
) -> None:
    service.seed(
        [
            {"userName": "old@example.com", "id": "ss-7", "givenName": "Old", "email": "old@example.com"},
            {"userName": "older@example.com", "active": False},
        ],
        [{"displayName": "Writers", "id": "ss-g-1", "members": ["old@example.com", "older@example.com"]}],
    )
    found = client.get("/Users", params={"filter": 'userName eq "OLD@example.com"'}).json()
    assert [each["id"] for each in found["Resources"]] == ["ss-7"]
    assert client.get("/Users/ss-7").json()["name"]["givenName"] == "Old"
    assert [each["active"] for each in service.accounts()] == [True, False]
    assert service.groups() == [
        {
            "id": "ss-g-1",
            "displayName": "Writers",
            "externalId": None,
            "members": ["old@example.com", "older@example.com"],
        }
    ]


def test_lists_come_in_pages_of_fifty(service: ScimService, client: httpx.Client) -> None:
    service.seed([{"userName": f"u{number}@example.com"} for number in range(120)])
    first = client.get("/Users").json()
    assert (first["totalResults"], first["itemsPerPage"], len(first["Resources"])) == (120, 50, 50)
    seen = set()
    for start in (1, 51, 101):
        page = client.get("/Users", params={"startIndex": start, "count": 500}).json()
        seen |= {each["id"] for each in page["Resources"]}
    assert len(seen) == 120


# ---------------------------------------------------------------- request limit


def test_the_301st_request_of_a_minute_is_told_when_to_come_back(
    client: httpx.Client, clock: ManualClock
) -> None:
    for _ in range(REAL_LIMITS.scim_calls):
        assert client.get("/ServiceProviderConfig").status_code == 200
    clock.advance(20)
    refused = client.get("/ServiceProviderConfig")
    assert refused.status_code == 429
    assert refused.json()["retry_in"] == 40
    assert refused.headers["Retry-After"] == "40"
    clock.advance(39)
    assert client.get("/ServiceProviderConfig").status_code == 429
    clock.advance(1)
    assert client.get("/ServiceProviderConfig").status_code == 200


def test_the_limit_can_be_lifted() -> None:
    with (
        ScimService("right-token", clock=ManualClock(), limits=Limits(scim_calls=0)) as service,
        httpx.Client(base_url=service.base_address, headers=TOKEN, timeout=60) as client,
    ):
        answers = [
            client.get("/ServiceProviderConfig").status_code for _ in range(REAL_LIMITS.scim_calls + 1)
        ]
    assert set(answers) == {200}


def test_the_limits_window_shrinks_with_the_worlds_speed(client: httpx.Client, clock: ManualClock) -> None:
    clock.speed = 120  # a minute passes in half a second
    for _ in range(REAL_LIMITS.scim_calls):
        client.get("/ServiceProviderConfig")
    refused = client.get("/ServiceProviderConfig")
    assert (refused.status_code, refused.json()["retry_in"]) == (429, 0.5)
    assert refused.headers["Retry-After"] == "1"
    clock.advance(0.5)
    assert client.get("/ServiceProviderConfig").status_code == 200


# ---------------------------------------------------------------- the old version, and what is not SCIM


def test_the_old_version_answers_in_its_old_schema(service: ScimService, client: httpx.Client) -> None:
    service.seed([{"userName": "ana@example.com", "email": "ana@example.com"}])
    old = service.base_address.removesuffix("v2") + "v1"
    found = client.get(f"{old}/Users", params={"filter": 'userName eq "ana@example.com"'}).json()
    assert found["schemas"] == ["urn:scim:schemas:core:1.0"]
    assert [(each["id"], each["role"]) for each in found["Resources"]] == [(1, "learner")]
    assert client.post(f"{old}/Users", json=user("kim")).status_code == 501


def test_addresses_beside_the_service_are_not_found(service: ScimService, client: httpx.Client) -> None:
    root = service.base_address.removesuffix("/api/scim/v2")
    for path in ("/", "/api/scim", "/api/scim/v22/Users", "/Users"):
        answer = client.get(root + path)
        assert answer.status_code == 404
        assert answer.json()["schemas"] == [ERROR]
    assert client.get("/Nothing").status_code == 404


def test_broken_json_is_refused_and_the_service_lives_on(client: httpx.Client) -> None:
    assert client.post("/Users", content=b"{").status_code == 400
    assert client.patch("/Users/x", content=b"[1]").status_code in (400, 404)
    assert client.post("/Users", json=[1, 2]).status_code == 400
    assert client.get("/Users").status_code == 200


def test_a_login_page_can_stand_in_front(client: httpx.Client, faults: Faults) -> None:
    faults.scim_html = True
    answer = client.get("/Users")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")


def test_a_dead_port_refuses_and_stays_reserved() -> None:
    with ScimService("right-token", faults=Faults(scim_down=True)) as service:
        with pytest.raises(httpx.ConnectError):
            httpx.get(service.base_address, timeout=60)
        port = httpx.URL(service.base_address).port
        with socket.socket() as other, pytest.raises(OSError):  # noqa: PT011
            other.bind(("127.0.0.1", port or 0))


# ---------------------------------------------------------------- as a server


def test_connections_are_kept_and_the_end_leaves_neither_thread_nor_socket() -> None:
    before = set(threading.enumerate())
    service = ScimService("right-token")
    base = service.start()
    assert base.endswith("/api/scim/v2")
    assert base.startswith("http://127.0.0.1:")
    with httpx.Client(base_url=base, headers=TOKEN, timeout=60) as client:
        for _ in range(5):
            client.get("/Users")
        # The server and the one kept connection.
        assert len(set(threading.enumerate()) - before) == 2
        service.stop()
        assert set(threading.enumerate()) <= before
    with pytest.raises(httpx.ConnectError):
        httpx.get(base, timeout=60)
    service.stop()


def test_every_exchange_is_told_before_during_and_after() -> None:
    told: list[tuple[str, Exchange, int]] = []
    done = threading.Event()

    def listen(stage: str, exchange: Exchange) -> None:
        told.append((stage, exchange, len(service.accounts())))
        if stage == "after":
            done.set()

    service = ScimService("right-token", on_exchange=listen)
    with service, httpx.Client(base_url=service.base_address, headers=TOKEN, timeout=60) as client:
        client.post("/Users?attributes=id", json=user("ana"))
        assert done.wait(60)
    assert [(stage, accounts) for stage, _, accounts in told] == [("before", 0), ("during", 1), ("after", 1)]
    first, last = told[0][1], told[-1][1]
    assert (first.side, first.number, first.method, first.path, first.query) == (
        "scim",
        1,
        "POST",
        "/api/scim/v2/Users",
        "attributes=id",
    )
    assert first.status is None
    assert b"ana@example.com" in first.request_body
    assert last.status == 201
    assert b"ss-1001" in last.response_body
    assert "right-token" not in repr(last)
