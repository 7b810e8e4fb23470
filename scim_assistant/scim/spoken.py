"""What was said to a service and what it said, so that anybody may see it: no token, and nobody else's data.

A resource that is not ours keeps its keys and the types of its values; counts and ids stay, words do not. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from scim_assistant.scim.answer import Body, Flaw
from scim_assistant.secret import MASK, Secret

SHOWN_CHARACTERS: Final = 4_000
HIDDEN: Final = "…"
"""Stands where a person's data was."""

_SHOWN_OF_A_HEADER = 300
_SHOWN_OF_OTHER_TEXT = 500
_REQUEST_HEADERS = ("Accept", "Content-Type")
_ANSWER_HEADERS = (
    "content-type",
    "content-encoding",
    "location",
    "www-authenticate",
    "retry-after",
    "server",
    "date",
    "allow",
    "etag",
    "x-request-id",
    "request-id",
    "x-correlation-id",
    "cf-ray",
)
_LIMIT_HEADER = re.compile(r"(x-)?rate-?limit[a-z-]*")
_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
_NOBODYS = re.compile(r"@([a-z0-9-]+\.)*(example\.(com|net|org)|[a-z0-9-]+\.(invalid|example|test))$", re.I)
_OPEN_KEYS = frozenset({
    "schemas", "totalResults", "itemsPerPage", "startIndex", "status", "scimType", "resourceType", "id", "$ref",
    "active", "primary",
})  # fmt: skip
"""Members whose values say nothing of a person beyond an id."""
_OF_THE_SERVICE = (
    "urn:ietf:params:scim:api:messages:2.0:Error",
    "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig",
    "urn:ietf:params:scim:schemas:core:2.0:ResourceType",
    "urn:ietf:params:scim:schemas:core:2.0:Schema",
)
_ID_KEYS = frozenset({"id", "$ref"})
_OWN_NAMES = ("userName", "externalId", "displayName")
_WINDOW: Final = 12
"""Characters of a token in a row that are taken for a part of it."""
_LOOKED_AT: Final = 20_000
"""Characters of a token whose parts are looked for; no vendor's token is longer."""
_CONTROLS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


class Masks:
    """Hides what nobody else may read.

    Args:
        secrets: Tokens that were sent.
        marker: Text that marks what is ours; empty where nothing is. A resource is ours when its user name, external
            id or display name holds it.
    """

    def __init__(self, secrets: Iterable[Secret], marker: str = "") -> None:
        self._secrets = tuple(secret for secret in secrets if secret)
        self._marker = marker
        self._pieces = frozenset(
            piece for secret in self._secrets for piece in _windows(secret.reveal()[:_LOOKED_AT])
        )

    def text(self, text: str, longest: int = SHOWN_CHARACTERS) -> str:
        """Any text of a service: without token and without other people's e-mail addresses, cut, on visible signs."""
        for secret in self._secrets:
            text = secret.masked_in(text)
        cut = self._without_pieces(text[: longest + _WINDOW].replace("\r\n", "\n"))
        cut = _EMAIL.sub(self._hidden_email, cut)
        cut = _CONTROLS.sub("\ufffd", cut)
        return cut if len(text) <= longest and len(cut) <= longest else cut[:longest] + "…"

    def document(self, document: Any) -> Any:
        """A JSON value in which people who are not ours have no words."""
        if isinstance(document, dict) and isinstance(document.get("Resources"), list):
            kept = {key: value for key, value in document.items() if key != "Resources"}
            return {
                **{key: _masked(key, value) for key, value in kept.items()},
                "Resources": [self._resource(one) for one in document["Resources"]],
            }
        return self._resource(document)

    def is_ours(self, resource: Any) -> bool:
        """True for a resource that carries the marker."""
        return (
            bool(self._marker)
            and isinstance(resource, dict)
            and any(self._marker in str(resource.get(name, "")) for name in _OWN_NAMES)
        )

    def _resource(self, resource: Any) -> Any:
        if self.is_ours(resource) or _says_no_more_than_it_must(resource):
            return resource
        return _masked("", resource)

    def _hidden_email(self, found: re.Match[str]) -> str:
        address = found.group()
        ours = (bool(self._marker) and self._marker in address) or _NOBODYS.search(address) is not None
        return address if ours else f"{HIDDEN}@{HIDDEN}"

    def _without_pieces(self, text: str) -> str:
        """Also a part of a token is hidden, as in a message that cuts it short."""
        if not self._pieces:
            return text
        hidden = bytearray(len(text))
        for at in range(len(text) - _WINDOW + 1):
            if text[at : at + _WINDOW] in self._pieces:
                hidden[at : at + _WINDOW] = b"\1" * _WINDOW
        if not any(hidden):
            return text
        made, at = [], 0
        while at < len(text):
            if not hidden[at]:
                made.append(text[at])
                at += 1
                continue
            made.append(MASK)
            while at < len(text) and hidden[at]:
                at += 1
        return "".join(made)


def _windows(token: str) -> Iterable[str]:
    return (token[at : at + _WINDOW] for at in range(len(token) - _WINDOW + 1))


def _says_no_more_than_it_must(document: Any) -> bool:
    """True for SCIM's own documents, which describe the service: an error, its abilities, its schemas."""
    schemas = document.get("schemas") if isinstance(document, dict) else None
    if not isinstance(schemas, list):
        return False
    return any(isinstance(one, str) and one.startswith(_OF_THE_SERVICE) for one in schemas)


def _masked(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        own = value.get("userName")
        return {
            name: HIDDEN if name in _ID_KEYS and part == own and own else _masked(name, part)
            for name, part in value.items()
        }
    if isinstance(value, list):
        return [_masked(key, part) for part in value]
    if key in _OPEN_KEYS or value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return HIDDEN if value else ""
    return 0


def spoken_request(
    masks: Masks, method: str, url: str, headers: Mapping[str, str], body: Mapping[str, Any] | None
) -> str:
    """A request as it may be shown: method, address with query, headers that matter, the body."""
    parts = urlsplit(url)
    lines = [f"{method} {parts.path}{'?' + parts.query if parts.query else ''}", f"Host: {parts.netloc}"]
    if "Authorization" in headers:
        lines.append(f"Authorization: Bearer {MASK}")
    lines += [f"{name}: {headers[name]}" for name in _REQUEST_HEADERS if name in headers]
    if body is not None:
        lines += ["", _pretty(body)]
    return masks.text("\n".join(lines))


def shown_query(query: str) -> str:
    """The query of a Tenant URL without its values, since some vendors put a key there; a bare flag stays."""
    return "&".join(
        f"{name}={HIDDEN}" if value else f"{name}{equals}"
        for name, equals, value in (one.partition("=") for one in query.split("&"))
        if name or value
    )


def spoken_answer(masks: Masks, status: int, reason: str, headers: Mapping[str, str], body: Body) -> str:
    """An answer as it may be shown: status, headers that matter, the body with other people's data masked."""
    lines = [f"HTTP {status} {reason}".rstrip()]
    lines += [
        f"{name}: {masks.text(value, _SHOWN_OF_A_HEADER)}"
        for name, value in headers.items()
        if name in _ANSWER_HEADERS or _LIMIT_HEADER.fullmatch(name)
    ]
    said = _said(masks, body)
    if said:
        lines += ["", said]
    return masks.text("\n".join(lines))


def _said(masks: Masks, body: Body) -> str:
    if body.flaw is Flaw.EMPTY:
        return ""
    if body.value is not None:
        return _pretty(masks.document(_beginning(body.value, [SHOWN_CHARACTERS])))
    if body.flaw is Flaw.PAGE:
        title = page_title(body.text)
        return f"(a web page{f', titled “{title}”' if title else ''})"
    if body.text.lstrip()[:1] in ("{", "["):
        # Broken JSON may still hold people: what stands after a colon or in a list is hidden.
        return _WORDS.sub(_hidden_word, body.text[: SHOWN_CHARACTERS * 4])
    return masks.text(body.text, _SHOWN_OF_OTHER_TEXT)


def _beginning(value: Any, left: list[int]) -> Any:
    """As much of a JSON value as can be shown: each value in it is a character at least, and a line far inside."""
    left[0] -= 1
    if isinstance(value, dict):
        shown = {}
        for name, part in value.items():
            if left[0] <= 0:
                break
            shown[name] = _beginning(part, left)
        return shown
    if isinstance(value, list):
        return [_beginning(part, left) for part in value[: max(0, left[0])] if left[0] > 0]
    return value


_WORDS = re.compile(r'"((?:[^"\\]|\\.)*+)"?(\s*:)?')


def _hidden_word(found: re.Match[str]) -> str:
    words, colon = found[1], found[2] or ""
    return f'"{words}"{colon}' if colon or words.startswith("urn:") else f'"{HIDDEN}"'


def page_title(text: str) -> str:
    """The title of a web page, on one line; empty where it has none."""
    found = re.search(r"<title[^>]{0,200}>([^<]{1,300})", text[:100_000], re.IGNORECASE)
    return " ".join(found[1].split())[:120] if found else ""


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
