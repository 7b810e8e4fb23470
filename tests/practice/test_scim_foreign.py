"""A SCIM client that shares no code with ours can use the pretend ScreenSteps."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scim_assistant.practice.scim_service import ScimService

scim2_client = pytest.importorskip("scim2_client", reason="the foreign SCIM client is not installed")


@pytest.fixture
def service() -> Iterator[ScimService]:
    with ScimService("right-token") as running:
        yield running


def test_a_foreign_client_discovers_creates_searches_changes_and_deletes(service: ScimService) -> None:
    from scim2_client.engines.wsgi import WSGISCIMClient
    from scim2_models import SearchRequest

    client = WSGISCIMClient(
        service.wsgi, service.base_address, headers={"Authorization": "Bearer right-token"}
    )
    client.discover()
    user_model = client.get_resource_model("User")
    created = client.create(
        user_model(user_name="kim@example.com", emails=[{"value": "kim@example.com", "type": "work"}])
    )
    assert created.user_type == "reader"
    found = client.query(user_model, query_parameters=SearchRequest(filter='userName eq "kim@example.com"'))
    assert [each.id for each in found.resources] == [created.id]
    created.active = False
    client.replace(created)
    assert service.accounts()[0]["active"] is False
    client.delete(user_model, created.id)
    assert service.accounts() == []
