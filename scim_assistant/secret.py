"""Secrets as a type of their own, so that none is printed by accident.

A secret shows nothing in ``repr``, ``str``, f-strings, pickles or logs. Only ``reveal()`` gives the
text, and only ``graph/`` (request bodies), ``scim/`` (the bearer header), ``signin/`` and ``vault.py`` call it.
"""

from __future__ import annotations

from typing import Final, NoReturn

MASK: Final = "••••••••"
SHORTEST_MASKED: Final = 4


class Secret:
    """A token or password. Compare with ``==`` (constant time); empty is falsy."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself. Never store the result."""
        return self._text

    def masked_in(self, text: str) -> str:
        """A service's text without this secret, however the service has spelled it: as it is, or escaped in JSON,
        in an address or in a web page. A secret of fewer than four characters is found in too many words."""
        if len(self._text) < SHORTEST_MASKED:
            return text
        for spelling in sorted(_spellings(self._text), key=len, reverse=True):
            text = text.replace(spelling, MASK)
        return text

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
        import hmac  # loads OpenSSL, which the first window need not wait for

        # Half of a surrogate pair, as a broken paste may hold, has no UTF-8 of its own.
        mine, theirs = (one._text.encode("utf-8", "surrogatepass") for one in (self, other))
        return hmac.compare_digest(mine, theirs)

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


def _spellings(text: str) -> set[str]:
    import html
    import json
    import re
    from urllib.parse import quote, quote_plus

    plain = text.encode("utf-8", "replace").decode()
    in_json = {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    in_address = {quote(plain, safe=""), quote(plain), quote_plus(plain)}
    return {
        text,
        html.escape(text),
        *in_json,
        *(one.replace("/", "\\/") for one in in_json),
        *in_address,
        *(re.sub("%..", lambda found: found.group().lower(), one) for one in in_address),
    }
