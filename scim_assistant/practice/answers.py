"""What the pretend Graph says: good answers, refusals, and the bodies that refusals have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

from scim_assistant.practice.state import Json

JSON_TYPE: Final = (
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer; ``body`` is None for 204."""

    status: int = 200
    body: Json | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


NO_CONTENT: Final = Answer(204)


class Refused(Exception):
    """A Graph error: HTTP status, code, message, and what else the body holds."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        details: list[Json] | None = None,
        inner: Json | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})
        self.details = details
        self.inner = inner or {}

    def body(self, request_id: str, client_request_id: str) -> Json:
        """The error body. Its date has no zone, as published."""
        error: Json = {"code": self.code, "message": self.message}
        if self.details is not None:
            error["details"] = self.details
        error["innerError"] = {
            **self.inner,
            "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            "request-id": request_id,
            "client-request-id": client_request_id,
        }
        return {"error": error}


def not_found(what: str) -> Refused:
    """The directory's 404 for an object."""
    return Refused(
        404,
        "Request_ResourceNotFound",
        f"Resource '{what}' does not exist or one of its queried reference-property objects are not present.",
    )


def bad_request(message: str, code: str = "Request_BadRequest") -> Refused:
    """A 400."""
    return Refused(400, code, message)


def denied() -> Refused:
    """The 403 for a missing scope or role."""
    return Refused(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def throttled(retry_after_s: float) -> Refused:
    """The 429, with a fractional Retry-After in our seconds."""
    return Refused(
        429,
        "TooManyRequests",
        "Please retry again later.",
        headers={"Retry-After": f"{max(retry_after_s, 0.001):.3f}"},
        inner={"code": "429", "message": "Please retry after", "status": "429"},
    )


def refuse(message: str) -> NoReturn:
    """Raise a 400."""
    raise bad_request(message)


def text_member(body: Any, name: str) -> str:
    """A text that a request body must have."""
    value = body.get(name) if isinstance(body, dict) else None
    if not isinstance(value, str) or not value:
        refuse(f"The property '{name}' is missing or is not a non-empty string.")
    return value
