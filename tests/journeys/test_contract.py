"""The judge of the journeys judges: an exchange that the contract does not know is refused."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.hosting import WorldHost, hosted
from tests.journeys.judged import judge
from tests.journeys.outside import graph
from tests.shared_data import needs_shared

pytestmark = needs_shared


@pytest.fixture
def exchange(world_host: WorldHost, tmp_path: Path) -> dict[str, Any]:
    """One good exchange."""
    with hosted(world_host, "healthy", tmp_path) as world:
        graph(world.line, "/organization")
        return next(each for each in world.exchanges() if each["side"] == "graph")


def test_a_good_exchange_passes(exchange: dict[str, Any]) -> None:
    assert judge([exchange]) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"path": "/v1.0/organisation"},
        {"method": "DELETE"},
        {"query": "$flavour=sweet"},
        {"request_body": '{"a": 1}'},
        {"status": 204},
        {"response_body": "[]"},
    ],
)
def test_a_bad_one_does_not(exchange: dict[str, Any], change: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        judge([copy.deepcopy(exchange) | change])


def test_a_journey_without_any_is_no_journey() -> None:
    with pytest.raises(AssertionError, match="no exchange"):
        judge([])
