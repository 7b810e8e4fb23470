"""A good answer of Microsoft Graph, and what can be wrong with one although its status was good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from scim_assistant.errors import Details, KnownError, OutcomeUnknown, UnreadableAnswer
from scim_assistant.graph.request import GraphRequest
from scim_assistant.sentence import Sentence, say
from scim_assistant.transport import plain_address

NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for text that is no JSON, beside its complaints about types."""


@dataclass(frozen=True, slots=True)
class GraphAnswer:
    """A good answer (2xx): status, headers in lower case, body, and the ids for a report."""

    request: GraphRequest
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    request_id: str | None = None
    client_request_id: str | None = None
    url: str = ""
    """The address it came from, as sent."""


def json_body(answer: GraphAnswer) -> bytes:
    """The body, once it is sure that it claims to be JSON and is not empty.

    Raises:
        UnreadableAnswer: It is empty, a web page, or of another kind.
    """
    body = answer.body.removeprefix(b"\xef\xbb\xbf").strip()
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not body:
        raise unreadable(answer, say("Microsoft's answer was empty where data was promised."))
    refuse_page(answer)
    if kind != "application/json" and not kind.endswith("+json"):
        raise unreadable(
            answer,
            say("The answer is labelled as {kind}, not as JSON.", kind=kind)
            if kind
            else say("The answer does not say what kind of data it is."),
        )
    return body


def refuse_page(answer: GraphAnswer) -> None:
    """Stop a web page that came with a good status.

    Raises:
        UnreadableAnswer: It is one.
        OutcomeUnknown: The same, of a request that creates.
    """
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "text/html" or answer.body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
        raise unreadable(
            answer,
            say("A web page came back instead of an answer from Microsoft Graph."),
            next_step=say(
                "Open a web page in the browser to see whether this network wants a sign-in first, or ask your"
                " network team whether a proxy or filter answers in Microsoft's place."
            ),
        )


def unreadable(
    answer: GraphAnswer, why: Sentence, *, next_step: Sentence | None = None, json_path: str = ""
) -> KnownError:
    """The error for an answer that came with a good status and cannot be used."""
    next_step = next_step or say("Try again; if it stays so, report it with the details.")
    details = Details(
        method=answer.request.method,
        address=plain_address(answer.url),
        status=answer.status,
        request_id=answer.request_id,
        client_request_id=answer.client_request_id,
    )
    if not answer.request.repeatable:
        return OutcomeUnknown(answer.request.what, why, say("Look it up before it is tried again."), details)
    return UnreadableAnswer(answer.request.what, why, next_step, details, json_path=json_path)


def not_json(answer: GraphAnswer, fault: Exception) -> KnownError:
    """The error for a body that claims to be JSON and is not."""
    if "truncated" in str(fault):
        return unreadable(answer, say("Microsoft's answer breaks off in the middle."))
    return unreadable(answer, say("Microsoft's answer is not valid JSON."))
