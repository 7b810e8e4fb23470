"""A judge of SCIM servers that nobody here wrote finds no fault with the pretend ScreenSteps."""

from __future__ import annotations

from collections import Counter

import pytest

from scim_assistant.practice.limits import Limits
from scim_assistant.practice.scim_service import ScimService

scim2_tester = pytest.importorskip(
    "scim2_tester", reason="the foreign judge of SCIM servers is not installed"
)


REAL_MINUTE = Limits().scim_calls
"""What the service takes in a minute unless the limit is lifted."""


def test_scim2_tester_finds_no_error_over_http_and_everything_it_made_is_gone() -> None:
    from httpx2 import Client
    from scim2_client.engines.httpx2 import SyncSCIMClient
    from scim2_tester import Status, check_server

    methods: Counter[str] = Counter()
    with (
        ScimService(
            "right-token",
            limits=Limits(scim_calls=0),
            on_exchange=lambda stage, exchange: methods.update([exchange.method] * (stage == "before")),
        ) as service,
        Client(
            base_url=service.base_address, headers={"Authorization": "Bearer right-token"}, timeout=60
        ) as client,
    ):
        results = check_server(SyncSCIMClient(client))
        left = service.accounts(), service.groups()
    wrong = [
        f"{result.title} {result.resource_type}: {result.reason}"
        for result in results
        if result.status is not Status.SUCCESS
    ]
    assert wrong == []
    assert {result.resource_type for result in results} == {None, "User", "Group"}
    # It really went through everything: reading alone would find few faults.
    assert methods.total() > REAL_MINUTE
    assert min(methods[method] for method in ("GET", "POST", "PUT", "PATCH", "DELETE")) >= 5
    assert left == ([], [])
