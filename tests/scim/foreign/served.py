"""What every one of the servers here is reduced to: a WSGI application, its path, and a look into what it keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

TOKEN = "a-token-of-the-foreign-server"
"""The token that those accept which look at tokens at all."""

PEOPLE = (("ana@example.com", "Ana", "Costa"), ("ben@example.com", "Ben", "Okafor"))
"""User name, given name and family name of those who were there before."""

GROUP = "Editors"
"""The group that was there before, with Ana in it."""


@dataclass(frozen=True)
class Served:
    """One server, ready to be put on a port.

    Attributes:
        wsgi: The application, taking its own path.
        path: Where SCIM begins in it.
        kept: Everything it keeps, as plain data, read behind SCIM's back.
    """

    wsgi: Callable[..., Any]
    path: str
    kept: Callable[[], dict[str, list[str]]]
