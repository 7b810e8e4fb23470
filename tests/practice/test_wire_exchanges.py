"""What Entra's provisioning service sends, the pretend ScreenSteps takes: exchange by exchange, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from scim_assistant.practice.scim_service import ScimService
from tests.practice.scim_wire import ENTERPRISE, LIST, Actors, play, put_actors
from tests.shared_data import SHARED, needs_shared

OWN: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "scim" / "wire.json").read_text(encoding="utf-8")
)
_SHARED_FILE = SHARED / "reference" / "scim-wire.json"
INDEPENDENT: list[dict[str, Any]] = (
    [
        # The token endpoint of an OAuth service is not the SCIM service.
        each
        for each in json.loads(_SHARED_FILE.read_text(encoding="utf-8"))
        if "token endpoint" not in each["path"]
    ]
    if _SHARED_FILE.exists()
    else []
)


@pytest.fixture
def service() -> Iterator[ScimService]:
    with ScimService("right-token") as running:
        yield running


@pytest.fixture
def client(service: ScimService) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=service.base_address, headers={"Authorization": "Bearer right-token"}, timeout=60
    ) as plain:
        yield plain


@pytest.fixture
def actors(client: httpx.Client) -> Actors:
    return put_actors(client)


def own(name: str) -> dict[str, Any]:
    return next(each for each in OWN if each["name"] == name)


def account(service: ScimService, user_id: str) -> dict[str, Any]:
    return next(each for each in service.accounts() if each["id"] == user_id)


def members(service: ScimService) -> list[str]:
    return list(service.groups()[0]["members"])


@pytest.mark.parametrize("entry", OWN, ids=lambda each: each["name"])
def test_every_exchange_is_answered_with_the_status_that_entra_expects(
    entry: dict[str, Any], client: httpx.Client, actors: Actors
) -> None:
    assert play(client, entry, actors).status_code == entry["expected_status"]


@needs_shared
@pytest.mark.parametrize("entry", INDEPENDENT, ids=lambda each: each["name"])
def test_every_exchange_of_the_independent_collection_is_answered_as_expected(
    entry: dict[str, Any], client: httpx.Client, actors: Actors
) -> None:
    answer = play(client, entry, actors)
    assert answer.status_code == entry["expected_status"], answer.text
    if entry["expected_status"] == 200:
        assert answer.headers["content-type"].startswith("application/scim+json")


def test_a_search_without_hits_is_an_empty_list(client: httpx.Client, actors: Actors) -> None:
    found = play(client, own("probe_users"), actors).json()
    assert found["schemas"] == [LIST]
    assert found["totalResults"] == 0
    assert found.get("Resources", []) == []


@pytest.mark.parametrize(
    "attribute", ["userName", "externalId", 'emails[type eq "work"].value', "id", "title"]
)
def test_any_attribute_can_be_probed_for_a_value_that_is_not_there(
    attribute: str, client: httpx.Client, actors: Actors
) -> None:
    probe = client.get("/Users", params={"filter": f'{attribute} eq "5c3c1b52-9f0e-4a41-9a8f-3f6c1d5d0a11"'})
    assert (probe.status_code, probe.json()["totalResults"]) == (200, 0)


def test_values_changed_one_by_one_arrive(service: ScimService, client: httpx.Client, actors: Actors) -> None:
    play(client, own("change_many_one_by_one"), actors)
    ana = account(service, actors.ana)
    assert (ana["email"], ana["givenName"]) == ("a.ruiz@example.com", "Anna")
    whole = client.get(f"/Users/{actors.ana}").json()
    assert whole[ENTERPRISE]["department"] == "Sales"


def test_values_bundled_under_dotted_keys_are_not_lost(
    service: ScimService, client: httpx.Client, actors: Actors
) -> None:
    play(client, own("change_many_bundled"), actors)
    ana = account(service, actors.ana)
    assert (ana["givenName"], ana["familyName"]) == ("Anna", "Ruiz Vega")
    whole = client.get(f"/Users/{actors.ana}").json()
    assert whole[ENTERPRISE]["employeeNumber"] == "17"


@pytest.mark.parametrize("name", ["disable_as_text", "disable_as_boolean"])
def test_both_spellings_of_false_disable(
    name: str, service: ScimService, client: httpx.Client, actors: Actors
) -> None:
    assert account(service, actors.ana)["active"] is True
    play(client, own(name), actors)
    assert account(service, actors.ana)["active"] is False


def test_a_disabled_account_is_still_found(client: httpx.Client, actors: Actors) -> None:
    play(client, own("disable_as_text"), actors)
    assert play(client, own("find_user_by_name"), actors).json()["totalResults"] == 1


@pytest.mark.parametrize("name", ["manager_as_list", "manager_as_text"])
def test_both_forms_of_a_manager_are_kept_and_found(name: str, client: httpx.Client, actors: Actors) -> None:
    assert play(client, own("ask_for_manager"), actors).json()["totalResults"] == 0
    play(client, own(name), actors)
    assert play(client, own("ask_for_manager"), actors).json()["totalResults"] == 1


def test_a_role_in_json_text_is_unwrapped(client: httpx.Client, actors: Actors) -> None:
    play(client, own("role_as_json_text"), actors)
    roles = client.get(f"/Users/{actors.ana}").json()["roles"]
    assert [role["value"] for role in roles] == ["Writer"]


@pytest.mark.parametrize("name", ["remove_member_by_list", "remove_member_by_filter"])
def test_removing_one_member_leaves_the_others(
    name: str, service: ScimService, client: httpx.Client, actors: Actors
) -> None:
    assert members(service) == ["ana@example.com", "boss@example.com"]
    play(client, own(name), actors)
    assert members(service) == ["boss@example.com"]


def test_adding_a_member_twice_counts_once(
    service: ScimService, client: httpx.Client, actors: Actors
) -> None:
    play(client, own("add_member"), actors)
    assert members(service) == ["ana@example.com", "boss@example.com"]


@pytest.mark.parametrize("name", ["find_group", "get_group"])
def test_members_stay_out_when_they_are_excluded(name: str, client: httpx.Client, actors: Actors) -> None:
    answer = play(client, own(name), actors)
    assert "Writers" in answer.text
    assert "members" not in answer.text


def test_a_deleted_user_is_gone_from_the_groups_too(
    service: ScimService, client: httpx.Client, actors: Actors
) -> None:
    play(client, own("delete_user"), actors)
    assert client.get(f"/Users/{actors.ana}").status_code == 404
    assert members(service) == ["boss@example.com"]
