"""Where tokens rest between two runs: encrypted by the operating system, or nowhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scim_assistant.signin.offer import TokenPlace

if TYPE_CHECKING:
    import msal  # type: ignore[import-untyped]


@dataclass(frozen=True, slots=True)
class KeptTokens:
    """MSAL's cache and where it rests.

    Attributes:
        cache: Given to MSAL.
        place: For the person.
    """

    cache: msal.TokenCache = field(repr=False)
    place: TokenPlace
