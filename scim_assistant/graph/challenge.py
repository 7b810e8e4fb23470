"""Reads the claims challenge of a refusal: what a token has to prove before the request is taken.

Pure. The challenge goes to the sign-in service and back into nothing else: it is never shown, kept or followed.

Source: RFC 9110, section 11.6.1, for the header; Microsoft identity platform, page on claims challenges (2026-11).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Final

CLAIMS_CODE: Final = "insufficient_claims"
LONGEST_HEADER: Final = 32_000
LONGEST_CLAIMS: Final = 16_000
"""Characters, before decoding. Published challenges are a few hundred long."""

_TOKEN: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]++"  # noqa: S105 - RFC 9110's word for a word
_PART: Final = re.compile(rf'({_TOKEN})(?:\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^\s",]*+)))?+')
"""A name with its value, or a word alone, which is the scheme that the next challenge begins with."""


def asks_for_claims(headers: Mapping[str, str]) -> bool:
    """True when a refusal asks for a token that proves more.

    Args:
        headers: By lower-case name; several headers of one name stand in one text, with commas between.
    """
    return any(_is_ours(challenge) for challenge in _challenges(headers))


def read_claims(headers: Mapping[str, str]) -> str:
    """The claims that a refusal asks for, as JSON text that holds an object; empty where none can be read.

    Of several challenges the one counts that says ``insufficient_claims``. Base64 is taken with or without padding, in
    either alphabet.
    """
    for challenge in _challenges(headers):
        if _is_ours(challenge) and (claims := _decoded(challenge.get("claims", ""))):
            return claims
    return ""


def _is_ours(challenge: Mapping[str, str]) -> bool:
    return challenge.get("error", "").casefold() == CLAIMS_CODE


def _challenges(headers: Mapping[str, str]) -> list[dict[str, str]]:
    text = headers.get("www-authenticate", "")
    found: list[dict[str, str]] = []
    if len(text) > LONGEST_HEADER:
        return found
    for part in _PART.finditer(text):
        name, quoted, bare = part.groups()
        if quoted is None and bare is None:
            found.append({})
        elif found:
            found[-1].setdefault(
                name.lower(), re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else bare
            )
    return found


def _decoded(text: str) -> str:
    if not text or len(text) > LONGEST_CLAIMS:
        return ""
    plain = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        claims = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode()
        document = json.loads(claims)
    except (ValueError, binascii.Error, RecursionError):
        return ""
    return claims if isinstance(document, dict) and document else ""
