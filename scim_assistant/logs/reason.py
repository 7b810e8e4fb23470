"""The reason text of a failed event, taken apart.

Microsoft writes it for people, and its shape is not published; this one was seen again and again:
``StatusCode: Conflict``, ``Message: ...``, ``Web Response:`` with the app's own answer, then how often the operation
was repeated and when it is repeated next. Every part may be missing. Nothing here decides anything; the parts are
shown, and help to choose an explanation.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from scim_assistant.graph.status_names import status_number
from scim_assistant.graph.types import when

_STATUS: Final = re.compile(r"Status ?Code:\s*([A-Za-z]+|\d{3})\b", re.IGNORECASE)
_STATUS_WORDS: Final = re.compile(r"HTTP status code (?:of )?(\d{3})\b", re.IGNORECASE)
_BODY: Final = re.compile(r"Web Response:\s*", re.IGNORECASE)
_MESSAGE: Final = re.compile(r"Message:\s*(.*?)(?=\s*Web Response:|$)", re.IGNORECASE | re.DOTALL)
_RETRIED: Final = re.compile(r"\.?\s*This operation was retried (\d+) times?", re.IGNORECASE)
_AGAIN: Final = re.compile(r"retried again after this date:\s*(\d{4}-\d\d-\d\dT[\d:.]+)Z?", re.IGNORECASE)
_BOILERPLATE: Final = "Processing of the HTTP request resulted in an exception"
_SCIM_TYPE: Final = re.compile(r'"scimType"\s*:\s*"(\w+)"')


@dataclass(frozen=True, slots=True)
class Reason:
    """What a reason text says.

    Attributes:
        http_status_name: As written, such as ``Conflict`` or ``409``; empty when there is none.
        http_status: Its number, where the name is known.
        body: The app's answer as text; empty when there is none.
        detail: The app's own words: from its answer, else from the message.
        scim_type: Error type of RFC 7644, such as ``uniqueness``.
        retries: How often the operation was repeated so far.
        next_retry_at: When it is repeated next (aware UTC).
    """

    http_status_name: str = ""
    http_status: int | None = None
    body: str = ""
    detail: str = ""
    scim_type: str = ""
    retries: int | None = None
    next_retry_at: datetime | None = None


def parse_reason(text: str | None) -> Reason:
    """Take a reason text apart; whatever is not found stays empty. Never raises."""
    if not text:
        return Reason()
    retried = _RETRIED.search(text)
    again = _AGAIN.search(text)
    told = text[: retried.start()] if retried else text
    status = _STATUS.search(told) or _STATUS_WORDS.search(told)
    opening = _BODY.search(told)
    body = told[opening.end() :].strip() if opening else ""
    document = _decoded(body)
    scim_type = ""
    if isinstance(document, dict) and isinstance(document.get("scimType"), str):
        scim_type = document["scimType"]
    elif match := _SCIM_TYPE.search(told):
        scim_type = match[1]
    return Reason(
        http_status_name=status[1] if status else "",
        http_status=status_number(status[1]) if status else None,
        body=body,
        detail=_detail(document, body) or _message(told),
        scim_type=scim_type,
        retries=int(retried[1][:6]) if retried else None,
        next_retry_at=_moment(again[1]) if again else None,
    )


def _moment(text: str) -> datetime | None:
    try:
        return when(text + "Z")
    except ValueError:
        return None


def _decoded(body: str) -> Any:
    start = min((at for at in (body.find("{"), body.find("[")) if at >= 0), default=-1)
    if start < 0:
        return None
    try:
        return json.JSONDecoder().raw_decode(body, start)[0]
    except (ValueError, RecursionError):
        return None


def _detail(document: Any, body: str) -> str:
    """The most telling text of an answer: SCIM's ``detail``, or what other APIs call it."""
    if isinstance(document, list) and document:
        document = document[0]
    if isinstance(document, dict):
        for key in ("detail", "message", "error_description", "description", "error", "errors", "title"):
            value = document.get(key)
            if isinstance(value, str) and value.strip():
                return value.strip()
            if isinstance(value, dict | list) and value and (inner := _detail(value, "")):
                return inner
        return ""
    if isinstance(document, str):
        return document.strip()
    if "<" in body and re.search(r"<(?:!doctype|html|body)\b", body, re.IGNORECASE):
        return ""  # a web page says nothing that fits into a sentence
    return body.strip()


def _message(told: str) -> str:
    match = _MESSAGE.search(told)
    message = (match[1] if match else "").strip()
    return "" if message.startswith(_BOILERPLATE) else message
