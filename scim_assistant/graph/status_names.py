"""HTTP statuses by the names that Microsoft's services write in place of their numbers (``Unauthorized``, ``Conflict``).

Source: .NET, System.Net.HttpStatusCode (2026-11).
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

_DOTNET_NAMES: Final = {
    "Moved": 301,
    "Redirect": 302,
    "RedirectKeepVerb": 307,
    "RequestEntityTooLarge": 413,
    "UnprocessableContent": 422,
}
_BY_NAME: Final = {
    **{
        "".join(part.capitalize() for part in status.name.split("_")).casefold(): int(status)
        for status in HTTPStatus
    },
    **{name.casefold(): number for name, number in _DOTNET_NAMES.items()},
}


def status_number(name: str) -> int | None:
    """The number of a status that is written as a name or as a number; None for anything else."""
    return int(name) if name.isdecimal() else _BY_NAME.get(name.casefold())
