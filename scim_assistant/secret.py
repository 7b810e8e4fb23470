"""Secrets as a type of their own, so that none is printed by accident.

A secret shows nothing in ``repr``, ``str``, f-strings, pickles or logs. Only ``reveal()`` gives the
text, and only ``graph/`` (request bodies), ``scim/`` (the bearer header), ``signin/`` and ``vault.py`` call it.
"""

from __future__ import annotations

import hmac
from typing import Final, NoReturn

MASK: Final = "••••••••"


class Secret:
    """A token or password. Compare with ``==`` (constant time); empty is falsy."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself. Never store the result."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __len__(self) -> int:
        return len(self._text)

    def __repr__(self) -> str:
        return f"Secret({len(self._text)} characters)" if self._text else "Secret(empty)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")
