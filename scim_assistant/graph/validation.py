"""Takes a failed credential test apart: the code inside, and what the app's service answered Microsoft's cloud.

How the error is nested is not published, and its heading is the same for nearly every cause. So every code is looked
at wherever it stands, also in the text; the text repeats the request and the service's answer, each behind a label.
Pure, and never raises.

Source: Microsoft Graph v1.0 reference, synchronizationJob: validateCredentials; codes as seen in public
troubleshooting articles (2026-11).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from scim_assistant.errors import KnownError, Reach
from scim_assistant.graph.status_names import status_number

_STATUS: Final = re.compile(
    r"(?:Response )?Status ?Code\s*[:=]\s*['\"]?([A-Za-z]+|\d{3})\b|\bHTTP status code (?:of )?(\d{3})\b",
    re.IGNORECASE,
)
_CODE: Final = re.compile(r"\b[A-Za-z]*CredentialValidation(?:Unavailable|Failure)\b")
_LABELS: Final = (
    r"Resource|Operation|Response Status Code|Status ?Code|Response Headers|Response Content|Web Response"
)
_REFUSED: Final = "credentialvalidationfailure"
_OF_CREDENTIALS: Final = "credentialvalidation"

# How libraries below Microsoft's service word it when no answer came. Only the kind is read from it, never a verdict.
_NO_ANSWER: Final[tuple[tuple[Reach, re.Pattern[str]], ...]] = tuple(
    (reach, re.compile(words, re.IGNORECASE))
    for reach, words in (
        (Reach.TLS, r"\bSSL\b|\bTLS\b|certificate|secure channel|AuthenticationException"),
        (
            Reach.NAME,
            r"name (?:could|can)(?:not| not) be resolved|no such host|name or service not known|NameResolution",
        ),
        (
            Reach.TIMEOUT,
            r"tim(?:ed|e) ?-?out|did not (?:properly )?respond|TaskCanceled|operation was cancell?ed",
        ),
        (Reach.REFUSED, r"actively refused|connection (?:was )?refused|unable to connect|ConnectFailure"),
        (
            Reach.BROKEN,
            r"sending the request|forcibly closed|connection (?:was )?(?:closed|reset|aborted)|unreachable"
            r"|ProtocolError|ConnectError",
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Validation:
    """What a failed credential test says.

    Attributes:
        code: The most specific code; empty when there is none.
        response_status: How the SCIM service answered, in the cloud's words (``Unauthorized``, ``404``); None when it
            does not say, or says that no answer came.
        status: The same as a number.
        resource: What was asked for: an address, or ``Users`` or ``Groups``.
        operation: How, such as ``GET``.
        content: What the service wrote.
        text: The cloud's own words, all of them.
        reach: How the service was out of reach, where no answer came and the words tell; None otherwise.
    """

    code: str = ""
    response_status: str | None = None
    status: int | None = None
    resource: str = ""
    operation: str = ""
    content: str = ""
    text: str = ""
    reach: Reach | None = None

    @property
    def is_about_credentials(self) -> bool:
        """False when the error is about the request to Graph itself, which says nothing of the app."""
        return _OF_CREDENTIALS in self.code.casefold() or self.response_status is not None

    @property
    def is_refusal(self) -> bool:
        """True when the service did not take the token."""
        return self.status == 401 or (self.status is None and self.code.casefold().endswith(_REFUSED))


def explain_validation(error: KnownError) -> Validation:
    """Take a failed credential test apart."""
    text = error.details.said or ""
    codes = [*error.details.codes, *_CODE.findall(text)]
    about_credentials = [code for code in codes if _OF_CREDENTIALS in code.casefold()]
    status = _STATUS.search(text)
    name = next((part for part in status.groups() if part), "") if status else ""
    number = status_number(name) if name else None
    return Validation(
        # A refusal is more specific than "unavailable", and a code with the connector's name than one without.
        code=max(about_credentials or codes, key=_specific, default=""),
        response_status=name if number is not None else None,
        status=number,
        resource=_labelled("Resource", text),
        operation=_labelled("Operation", text).partition(" ")[0],
        content=_labelled("Response Content", text) or _labelled("Web Response", text),
        text=text,
        reach=_reach(text) if number is None else None,
    )


def _specific(code: str) -> tuple[bool, int]:
    return code.casefold().endswith(_REFUSED), len(code)


def _labelled(label: str, text: str) -> str:
    """What stands behind a label, up to the next one or the end."""
    found = re.search(rf"\b{label}\s*:\s*(.*?)\s*(?=\b(?:{_LABELS})\s*:|$)", text, re.IGNORECASE | re.DOTALL)
    return found[1].rstrip(",;") if found else ""


def _reach(text: str) -> Reach | None:
    return next((reach for reach, words in _NO_ANSWER if words.search(text)), None)
