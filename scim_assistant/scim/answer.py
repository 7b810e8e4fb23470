"""What a SCIM service answered, read within bounds: any bytes come out as a value, none as a crash.

The transport has bounded time and size; here nesting, numbers and names are. What is wrong with an answer is a
``Flaw`` or an ``Oddity`` of it; what that means is judged elsewhere. Pure.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any, Final

from scim_assistant.scim.deep.found import Spoken
from scim_assistant.transport import HttpAnswer

LIST: Final = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR: Final = "urn:ietf:params:scim:api:messages:2.0:Error"
RESOURCES: Final = (
    "urn:ietf:params:scim:schemas:core:2.0:User",
    "urn:ietf:params:scim:schemas:core:2.0:Group",
)
VERSION_1: Final = "urn:scim:schemas:core:1.0"
SCIM_TYPE: Final = "application/scim+json"
JSON_TYPE: Final = "application/json"

MAX_DEPTH: Final = 64
"""Levels of objects and lists that are read; SCIM itself needs no more than eight."""
MAX_PARTS: Final = 100_000
"""Objects and lists that are read: each takes a hundred times more memory than its two characters of JSON."""
_LONGEST_WHOLE = 20
"""Digits of a whole number that is kept as one; no count or id of SCIM is longer."""
_LONGEST_WAIT_S = 1e6


class Flaw(StrEnum):
    """Why an answer has no document."""

    EMPTY = "empty"
    PAGE = "page"
    """A web page, or other markup."""
    NOT_UTF8 = "not-utf8"
    NOT_JSON = "not-json"
    BROKEN_OFF = "broken-off"
    """JSON that ends too early."""
    TOO_DEEP = "too-deep"
    TOO_MANY = "too-many"
    """More objects and lists than are read."""
    NOT_OBJECT = "not-object"
    """JSON, but a list or a single value."""


class Oddity(StrEnum):
    """What a reader may stumble over although the document could be read."""

    PLAIN_JSON = "plain-json"
    """Labelled ``application/json``, which SCIM allows readers to take."""
    OTHER_LABEL = "other-label"
    NO_LABEL = "no-label"
    BYTE_ORDER_MARK = "byte-order-mark"
    DUPLICATE_KEYS = "duplicate-keys"
    HUGE_NUMBER = "huge-number"


@dataclass(frozen=True, slots=True)
class ScimAnswer:
    """One answer of a SCIM service. Other people's data may stand in ``document``: show ``spoken`` instead.

    Attributes:
        method, address: What was asked; the address has no query.
        headers: With lower-case names.
        kind: Content type without parameters, lower case; empty for none.
        document: The JSON object; None when there is a flaw, and for an answer without body.
        flaw: Why there is no document; None for a good one.
        oddities: What was strange about it.
        duplicates: Keys that stood twice in one object, in order; those of the outermost object come first.
        outer_duplicates: How many of them the outermost object has.
        size_bytes: Of the body, unpacked.
        seconds: Until the last byte.
        wait_s: Seconds that the service asks to wait, in a header or in the body; None where it names none.
        spoken: Request and answer as they may be shown.
        http_version: As the service wrote it.
    """

    method: str
    address: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    kind: str = ""
    document: Mapping[str, Any] | None = field(default=None, repr=False)
    flaw: Flaw | None = None
    oddities: tuple[Oddity, ...] = ()
    duplicates: tuple[str, ...] = ()
    outer_duplicates: int = 0
    size_bytes: int = 0
    seconds: float = 0.0
    wait_s: float | None = None
    spoken: Spoken = Spoken("", "")
    http_version: str = ""

    @property
    def good(self) -> bool:
        """True for a status of success."""
        return 200 <= self.status < 300

    def spellings(self, name: str) -> tuple[str, ...]:
        """How a member's name stands in the document: SCIM takes it in any letter case, so several may."""
        return tuple(key for key in self.document or () if key.casefold() == name.casefold())

    def named(self, name: str) -> Any:
        """A member of the document by its name, in other letters too; None where there is none."""
        document = self.document or {}
        if name in document:
            return document[name]
        return next((document[key] for key in self.spellings(name)), None)

    @property
    def schemas(self) -> tuple[str, ...]:
        """The URIs that the document lists, or nothing."""
        listed = self.named("schemas")
        return tuple(one for one in listed if isinstance(one, str)) if isinstance(listed, list) else ()

    @property
    def is_error(self) -> bool:
        """True for an error in SCIM's own form: with its mark, or with status and detail alone."""
        document = self.document
        if document is None or self.good:
            return False
        return ERROR in self.schemas or (
            "status" in document and ("detail" in document or "scimType" in document)
        )

    @property
    def detail(self) -> str:
        """What a SCIM error says for people. May name somebody: mask it before it is shown."""
        return self._text("detail")

    @property
    def scim_type(self) -> str:
        """The error's code, such as ``uniqueness``."""
        return self._text("scimType")

    @property
    def id(self) -> str:
        """The ``id`` of a resource; empty where there is none that is text."""
        return self._text("id")

    @property
    def total(self) -> int | None:
        """``totalResults`` of a list; None where it is no whole number."""
        total = self.named("totalResults")
        return total if isinstance(total, int) and not isinstance(total, bool) else None

    @property
    def resources(self) -> tuple[Mapping[str, Any], ...]:
        """The objects of a list; what is no object is left out."""
        listed = self.named("Resources")
        return tuple(one for one in listed if isinstance(one, dict)) if isinstance(listed, list) else ()

    def _text(self, name: str) -> str:
        value = self.document.get(name) if self.document is not None else None
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class Body:
    """A body that was read: see ``ScimAnswer`` for the members."""

    document: Mapping[str, Any] | None = None
    flaw: Flaw | None = None
    oddities: tuple[Oddity, ...] = ()
    duplicates: tuple[str, ...] = ()
    outer_duplicates: int = 0
    text: str = field(default="", repr=False)
    """As it came, for ``Spoken``; may hold secrets and people."""
    value: Any = field(default=None, repr=False)
    """The JSON value, also where it is no object."""


def content_kind(answer: HttpAnswer) -> str:
    """The content type without parameters, lower case; empty for none."""
    return answer.headers.get("content-type", "").partition(";")[0].strip().lower()


def read_body(answer: HttpAnswer) -> Body:
    """Read the body of an answer. Never raises."""
    data, kind = answer.body, content_kind(answer)
    oddities: list[Oddity] = []
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
        oddities.append(Oddity.BYTE_ORDER_MARK)
    text = data.decode("utf-8", "replace")
    bare = text.strip()
    if not bare:
        return Body(flaw=Flaw.EMPTY, oddities=tuple(oddities))
    # Some services put the label of a page on their JSON.
    if bare[0] == "<" or (kind in ("text/html", "application/xhtml+xml") and bare[0] not in "{["):
        return Body(flaw=Flaw.PAGE, oddities=tuple(oddities), text=text)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return Body(flaw=Flaw.NOT_UTF8, oddities=tuple(oddities), text=text)
    if kind == JSON_TYPE:
        oddities.append(Oddity.PLAIN_JSON)
    elif kind != SCIM_TYPE:
        oddities.append(Oddity.OTHER_LABEL if kind else Oddity.NO_LABEL)
    return _read_json(text, bare, oddities)


def _read_json(text: str, bare: str, oddities: list[Oddity]) -> Body:
    excess = _excess(bare)
    if excess is not None:
        return Body(flaw=excess, oddities=tuple(oddities), text=text)
    reader = _Reader()
    try:
        value = json.loads(
            bare,
            object_pairs_hook=reader.object_of,
            parse_constant=reader.refuse,
            parse_int=reader.whole,
            parse_float=reader.broken,
        )
    except json.JSONDecodeError as fault:
        ended = fault.pos >= len(bare) or fault.msg.startswith("Unterminated string")
        flaw = Flaw.BROKEN_OFF if ended and bare[0] in '{["' else Flaw.NOT_JSON
        return Body(flaw=flaw, oddities=tuple(oddities), text=text)
    except (ValueError, RecursionError):  # a number that is none of JSON's, or more levels than were counted
        return Body(flaw=Flaw.NOT_JSON, oddities=tuple(oddities), text=text)
    outer = reader.last if isinstance(value, dict) else ()
    if reader.duplicates:
        oddities.append(Oddity.DUPLICATE_KEYS)
    if reader.huge:
        oddities.append(Oddity.HUGE_NUMBER)
    return Body(
        document=value if isinstance(value, dict) else None,
        flaw=None if isinstance(value, dict) else Flaw.NOT_OBJECT,
        oddities=tuple(oddities),
        duplicates=tuple(dict.fromkeys((*outer, *reader.duplicates))),
        outer_duplicates=len(outer),
        text=text,
        value=value,
    )


class _Reader:
    """The hooks of the JSON reader: what Python would pass over in silence is noted."""

    def __init__(self) -> None:
        self.duplicates: list[str] = []
        self.last: tuple[str, ...] = ()
        """Those of the object that ended last: at the end, the outermost one."""
        self.huge = False

    def object_of(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        twice: list[str] = []
        for key, value in pairs:
            if key in made:
                twice.append(key)
            made[key] = value
        self.last = tuple(dict.fromkeys(twice))
        self.duplicates += self.last
        return made

    def refuse(self, text: str) -> float:
        raise ValueError(text)  # NaN and Infinity are Python's, not JSON's

    def whole(self, text: str) -> int | float:
        if len(text) <= _LONGEST_WHOLE:
            return int(text)
        self.huge = True
        return float(text)

    def broken(self, text: str) -> float:
        number = float(text)
        self.huge = self.huge or math.isinf(number)
        return number


_MARKS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)


def _excess(text: str) -> Flaw | None:
    """Whether objects and lists lie in each other too deep, or are too many: counted, so that no reader has to try."""
    parts = level = 0
    for found in _MARKS.finditer(text):
        mark = found.group()
        if mark in ("[", "{"):
            parts += 1
            level += 1
            if level > MAX_DEPTH:
                return Flaw.TOO_DEEP
            if parts > MAX_PARTS:
                return Flaw.TOO_MANY
        elif mark in ("]", "}"):
            level -= 1
    return None


def wait_asked_s(headers: Mapping[str, str], document: Any, field_name: str = "") -> float | None:
    """Seconds that a busy service asks to wait.

    Args:
        headers: ``Retry-After`` holds seconds or a date.
        document: The body, where it is JSON.
        field_name: Member of the body that holds seconds, as a vendor's profile says; ``retry_in`` is always looked at.

    Returns:
        None where none is named, or none that can be meant.

    Source: RFC 9110 section 10.2.3 (read 2026-11).
    """
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,7}(\.\d{1,6})?", text):
        return float(text)
    if text:
        try:
            at = parsedate_to_datetime(text)
            at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
            return max(0.0, (at - datetime.now(UTC)).total_seconds())
        except (ValueError, TypeError, OverflowError):
            pass
    for name in dict.fromkeys((field_name, "retry_in")):
        value = document.get(name) if name and isinstance(document, dict) else None
        if isinstance(value, str) and re.fullmatch(r"\d{1,7}(\.\d{1,6})?", value.strip()):
            value = float(value)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _LONGEST_WAIT_S:
            return float(value)
    return None
