"""Asks a customer's SCIM service for somebody who cannot exist: what Microsoft's own credential test asks too.

A good service answers with status 200 and an empty list. Everything else is judged here: whose side it points
to, and what to do. The token goes to the host it was entered for and nowhere else.

Source: RFC 7644 sections 3.4.2 and 3.12; Microsoft Entra documentation on developing a SCIM endpoint (2026-11).
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from scim_assistant.check import Outcome
from scim_assistant.errors import Details, KnownError, Reach, Unreachable
from scim_assistant.scim.address import address_problem, filter_query, users_address
from scim_assistant.scim.verdict import Side, SidedCheck
from scim_assistant.secret import Secret
from scim_assistant.sentence import Sentence, counted, say
from scim_assistant.transport import HttpAnswer, HttpRequest, Transport, plain_address
from scim_assistant.work import Work

KEY = "desk-users"
TITLE = say("The app's SCIM service, asked from this computer")
MAX_BYTES = 1_000_000
TIMEOUT_S = 30.0
SAID_CHARACTERS = 2000
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
SCIM_TYPE, JSON_TYPE = "application/scim+json", "application/json"


@dataclass(frozen=True, slots=True)
class _Judged:
    outcome: Outcome
    side: Side
    sentence: Sentence


def probe_users(
    transport: Transport,
    tenant_url: str,
    secret: Secret,
    matching_attribute: str,
    work: Work,
    *,
    allow_loopback: bool = False,
) -> SidedCheck:
    """Ask the service for a user name that nobody has, and judge the answer.

    Args:
        tenant_url: SCIM base URL, cleaned.
        secret: Bearer token.
        matching_attribute: SCIM attribute that people are recognised by, such as ``userName``.
        allow_loopback: Also ask this computer itself, in a practice session.

    Raises:
        Cancelled: The person pressed Cancel.
    """
    problem = address_problem(tenant_url, allow_loopback=allow_loopback)
    if problem is not None:
        return SidedCheck(KEY, TITLE, Outcome.FAIL, problem, side=Side.ADDRESS)
    if not secret:
        return SidedCheck(KEY, TITLE, Outcome.FAIL, say("There is no token to ask with."), side=Side.TOKEN)
    url = users_address(tenant_url, filter_query(matching_attribute, str(uuid.uuid4())))
    request = HttpRequest(
        "GET",
        url,
        say("The SCIM service could not be asked."),
        headers={"Authorization": f"Bearer {secret.reveal()}", "Accept": f"{SCIM_TYPE}, {JSON_TYPE}"},
        timeout_s=TIMEOUT_S,
        max_bytes=MAX_BYTES,
    )
    try:
        answer = transport.send(request, work)
    except Unreachable as error:
        return SidedCheck(
            KEY,
            TITLE,
            Outcome.FAIL,
            error.why,
            _rows(("Address", plain_address(url)), ("What to do", error.next_step)),
            details=error.details,
            side=_REACH_SIDES[error.reach],
            reach=error.reach.value,
        )
    except KnownError as error:  # the answer was too long or broke off, or the token cannot be sent at all
        answered = error.details.status is not None
        status = f"{error.details.status}" if answered else ""
        return SidedCheck(
            KEY,
            TITLE,
            Outcome.FAIL,
            error.why,
            _rows(("Address", plain_address(url)), ("Status", status), ("What to do", error.next_step)),
            details=error.details,
            side=Side.VENDOR if answered else Side.TOKEN,
        )
    judged = judge(answer)
    return SidedCheck(
        KEY,
        TITLE,
        judged.outcome,
        judged.sentence,
        _evidence(answer, url, matching_attribute),
        seconds=answer.elapsed_s,
        details=Details(
            method="GET", address=plain_address(url), status=answer.status, said=_said(answer, secret)
        ),
        side=judged.side,
    )


_REACH_SIDES = {
    Reach.NAME: Side.ADDRESS,
    Reach.REFUSED: Side.VENDOR,
    Reach.TIMEOUT: Side.VENDOR,
    Reach.BROKEN: Side.VENDOR,
    Reach.TLS: Side.NETWORK,
    Reach.PROXY: Side.NETWORK,
}


def judge(answer: HttpAnswer) -> _Judged:
    """What an answer to the question means. Pure."""
    status, kind = answer.status, _kind(answer)
    if status in (401, 403):
        return _fail(
            Side.TOKEN,
            say("The service refused the token: check that it was copied whole and is still valid.")
            if status == 401
            else say("The service knows the token but does not allow it to list people."),
        )
    if 300 <= status < 400:
        return _fail(
            Side.ADDRESS,
            say(
                "The service redirects to another address, where the token was not sent: enter the SCIM address itself."
            ),
        )
    if _is_page(answer):
        return _fail(
            Side.ADDRESS, say("A web page came back: this is not the SCIM address but a page for people.")
        )
    if status == 404:
        return _fail(Side.ADDRESS, say("There is no SCIM service at this address: check its path."))
    if status == 429:
        wait = wait_s(answer)
        return _Judged(
            Outcome.WARN,
            Side.VENDOR,
            say(
                "The service is busy and asks to wait {wait}.", wait=counted(round(wait), "second", "seconds")
            )
            if wait
            else say("The service is busy: it takes only so many requests in a stretch of time."),
        )
    if status == 400:
        return _fail(
            Side.VENDOR,
            say("The service does not accept the question for one person, which Microsoft asks too."),
        )
    if status in (405, 501):
        return _fail(
            Side.VENDOR, say("The service does not offer a list of people, which Microsoft asks for.")
        )
    if status >= 500:
        return _fail(
            Side.VENDOR, say("The service has a fault of its own: ask the vendor, or try again later.")
        )
    if status != 200:
        return _fail(Side.VENDOR, say("The service answered with status {status}, not 200.", status=status))
    return _judge_body(answer, kind)


def _judge_body(answer: HttpAnswer, kind: str) -> _Judged:
    body = answer.body.removeprefix(b"\xef\xbb\xbf").strip()
    if not body:
        return _fail(Side.VENDOR, say("The answer is empty where an empty list was expected."))
    if kind not in (SCIM_TYPE, JSON_TYPE):
        return _fail(
            Side.VENDOR,
            say("The answer is labelled as {kind}, not as SCIM.", kind=kind)
            if kind
            else say("The answer does not say what kind of data it is."),
        )
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        return _fail(Side.VENDOR, say("The answer breaks off or is not valid JSON."))
    if not isinstance(document, dict):
        return _fail(Side.ADDRESS, say("The answer is not a SCIM list: check the address."))
    schemas, total = document.get("schemas"), document.get("totalResults")
    if isinstance(schemas, list) and "urn:scim:schemas:core:1.0" in schemas:
        return _fail(
            Side.ADDRESS, say("The service at this address speaks SCIM 1: enter the address of version 2.")
        )
    if not isinstance(total, int) or isinstance(total, bool):
        return _fail(Side.ADDRESS, say("The answer is not a SCIM list: check the address."))
    if total != 0 or document.get("Resources"):
        return _fail(
            Side.VENDOR,
            say(
                "The service named {people} for a name that nobody has: it ignores the filter, and people would be mixed"
                " up.",
                people=counted(total, "person", "people"),
            ),
        )
    if not isinstance(schemas, list) or LIST not in schemas:
        return _Judged(
            Outcome.WARN,
            Side.VENDOR,
            say(
                "The service accepted the token; its empty list lacks the mark of a SCIM list, which may matter."
            ),
        )
    return _Judged(Outcome.PASS, Side.NONE, say("The service accepted the token and answered as it should."))


def _fail(side: Side, sentence: Sentence) -> _Judged:
    return _Judged(Outcome.FAIL, side, sentence)


def wait_s(answer: HttpAnswer) -> float | None:
    """Seconds that a busy service asks to wait: ``Retry-After``, or ``retry_in`` in the body as ScreenSteps writes it."""
    text = answer.headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,6}(\.\d+)?", text):
        return float(text)
    try:
        document = json.loads(answer.body)
        wait = document.get("retry_in") if isinstance(document, dict) else None
        return float(wait) if wait is not None and 0 <= float(wait) < 1e6 else None
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None


def _kind(answer: HttpAnswer) -> str:
    return answer.headers.get("content-type", "").partition(";")[0].strip().lower()


def _is_page(answer: HttpAnswer) -> bool:
    return _kind(answer) in ("text/html", "application/xhtml+xml") or answer.body.lstrip()[:1] == b"<"


def _evidence(answer: HttpAnswer, url: str, attribute: str) -> tuple[tuple[str, str], ...]:
    kind = _kind(answer)
    location = answer.headers.get("location", "")
    return _rows(
        ("Address", plain_address(url)),
        ("Question", f"one person by {attribute}, whom nobody has"),
        ("Status", str(answer.status)),
        ("Time", f"{answer.elapsed_s:.2f} seconds"),
        ("Content type", kind or "none"),
        (
            "Note",
            "The answer is labelled application/json; SCIM's own label is application/scim+json."
            if kind == JSON_TYPE and answer.status == 200
            else "",
        ),
        ("Redirects to", _host_of(location) if location else ""),
        ("Protocol", answer.http_version),
    )


def _host_of(location: str) -> str:
    try:
        return urlsplit(location).hostname or "a path of the same host"
    except ValueError:
        return "an address that cannot be read"


def _rows(*rows: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((label, str(value)) for label, value in rows if value)


def _said(answer: HttpAnswer, secret: Secret) -> str | None:
    """What the service wrote in a refusal, never with the token that it may have repeated."""
    if answer.status < 300 or _is_page(answer):
        return None
    text = secret.masked_in(answer.body.decode("utf-8", "replace").strip())
    return text[:SAID_CHARACTERS] or None
