"""Each foreign server is started once, in the process of the tests that ask it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.scim.foreign.host import SERVERS
from tests.scim.foreign.hosting import ForeignServer, running

NEEDED = {
    "scim2-server": "scim2_server",
    "scim2-server-token": "scim2_server",
    "django-scim2": "django_scim",
    "django-scim2-server": "django_scim2_server",
    "canaille": "canaille",
}
"""The package without which a server cannot be started."""


@pytest.fixture(
    scope="session",
    params=[pytest.param(name, marks=pytest.mark.xdist_group(f"foreign-{name}")) for name in SERVERS],
)
def name(request: pytest.FixtureRequest) -> str:
    """What the server is called; every test that uses it runs against all of them."""
    found: str = request.param
    pytest.importorskip(NEEDED[found], reason=f"{found} is not installed")
    return found


@pytest.fixture(scope="session")
def server(name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForeignServer]:
    """The server itself."""
    with running(name, tmp_path_factory.mktemp("foreign")) as started:
        yield started
