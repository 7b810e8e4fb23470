"""How the Django projects here let a client in: one token, as the projects' documents leave it to each site."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.scim.foreign.served import TOKEN


def has_token(request: Any) -> bool:
    """Whether the request carries the token."""
    return bool(request.headers.get("Authorization") == f"Bearer {TOKEN}")


class BearerMiddleware:
    """Signs the holder of the token in as the user ``entra``."""

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self._get_response = get_response

    def __call__(self, request: Any) -> Any:
        """Handle one request."""
        from django.contrib.auth.models import AnonymousUser

        request.user = _Entra() if has_token(request) else AnonymousUser()
        return self._get_response(request)


class _Entra:
    """Somebody who is signed in, without being a row of the database."""

    is_authenticated = True
    is_superuser = True
    is_active = True
