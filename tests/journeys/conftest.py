"""One world host for each process that runs tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.hosting import WorldHost


@pytest.fixture(scope="session")
def world_host() -> Iterator[WorldHost]:
    """The process that holds the worlds."""
    host = WorldHost()
    yield host
    host.close()
