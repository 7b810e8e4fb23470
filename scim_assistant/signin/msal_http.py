"""MSAL's way to the network: our own transport, so that proxies, trust, deadlines and Cancel are the program's.

MSAL gets to see nothing but JSON objects. What else can come back from where a sign-in service should be (the page of
a hotel's network, of a filter, of a proxy) becomes a known error here, before MSAL reads, keeps or logs it; so does
every answer that says "later". Nothing that a request carried is let through in what an error answer repeats.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlencode

from scim_assistant.errors import Details, SignInFailed, UnreadableAnswer
from scim_assistant.secret import Secret
from scim_assistant.sentence import Sentence, counted, say
from scim_assistant.signin import failures
from scim_assistant.signin.clouds import is_sign_in_address
from scim_assistant.transport import HttpAnswer, HttpRequest, Transport, plain_address
from scim_assistant.work import Work

TIMEOUT_S: Final = 30.0
MAX_BYTES: Final = 1024 * 1024
"""A token with every group and role in it has some tens of kilobytes."""
LONGEST_HOLD_S: Final = 3600.0
"""However long the service asks for quiet, it is asked again after this."""

_SECRET_FIELDS: Final = ("code", "code_verifier", "device_code", "refresh_token", "client_secret")
_HEADER: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?")


@dataclass(frozen=True, slots=True)
class MsalAnswer:
    """An answer as MSAL wants it. The text may hold tokens, so it is in no ``repr``."""

    status_code: int
    text: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    def raise_for_status(self) -> None:
        """For MSAL, which calls this for a failure of the service; none comes so far."""
        if self.status_code >= 400:
            raise RuntimeError(f"the sign-in service answered with status {self.status_code}")


class MsalHttp:
    """MSAL's ``http_client`` on our transport. Safe from several threads.

    Args:
        transport: Sends. It belongs to the caller and stays open.

    Attributes:
        clock_skew_s: By how many seconds this computer's clock is ahead of the sign-in service's, as the last answer
            said; None before one came.
    """

    def __init__(self, transport: Transport) -> None:
        self.clock_skew_s: float | None = None
        self._transport = transport
        self._call = threading.local()
        self._quiet_until: dict[str, float] = {}

    @contextmanager
    def call(self, what: Sentence, work: Work) -> Iterator[None]:
        """Say what everything that this thread lets MSAL do is for.

        Args:
            what: What is not done if it fails, as a full sentence.
            work: Stops what is under way.
        """
        before = getattr(self._call, "now", None)
        self._call.now = (what, work)
        try:
            yield
        finally:
            self._call.now = before

    def get(
        self, url: str, *, params: Any = None, headers: Mapping[str, str] | None = None, **_: Any
    ) -> MsalAnswer:
        """Read metadata; anything but a whole answer is raised, since MSAL would describe it in words of its own.

        Raises:
            SignInFailed: The service refused, as for a tenant that does not exist.
            Unreachable: No answer came.
            UnreadableAnswer: One that is none of the service's, or the address is not one of Microsoft's.
            Cancelled: The person pressed Cancel.
        """
        answer, document = self._exchange("GET", url, params, headers or {}, None)
        if answer.status_code != 200:
            raise failures.failed(document, self._now[0], status=answer.status_code, skew_s=self.clock_skew_s)
        return answer

    def post(
        self,
        url: str,
        *,
        params: Any = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> MsalAnswer:
        """Send a form; refusals that OAuth defines are left to MSAL.

        Raises:
            SignInFailed: The service has trouble of its own, or asks to wait.
            Unreachable: No answer came.
            UnreadableAnswer: One that is none of the service's, or the address is not one of Microsoft's.
            Cancelled: The person pressed Cancel.
        """
        return self._exchange("POST", url, params, headers or {}, data or {})[0]

    def close(self) -> None:
        """Nothing: the transport belongs to the caller."""

    @property
    def _now(self) -> tuple[Sentence, Work]:
        now: tuple[Sentence, Work] | None = getattr(self._call, "now", None)
        if now is None:
            raise RuntimeError("MSAL was used outside a call")
        return now

    def _exchange(
        self,
        method: str,
        url: str,
        params: Any,
        headers: Mapping[str, str],
        data: Mapping[str, Any] | None,
    ) -> tuple[MsalAnswer, dict[str, Any]]:
        what, work = self._now
        if not is_sign_in_address(url):
            # Where to send tokens is read from the service's own metadata: that may lead to another of Microsoft's
            # sign-in services, and nowhere else.
            raise UnreadableAnswer(what, _ELSEWHERE, _PORTAL)
        self._keep_quiet(url, what)
        query = urlencode(params) if params else ""
        sent_at = time.time()
        answer = self._transport.send(
            HttpRequest(
                method=method,
                url=f"{url}{'&' if '?' in url else '?'}{query}" if query else url,
                what=what,
                headers=_sendable(headers, has_body=data is not None),
                body=urlencode(data).encode() if data is not None else None,
                timeout_s=TIMEOUT_S,
                max_bytes=MAX_BYTES,
            ),
            work,
        )
        self._note_clock(answer, sent_at)
        text = answer.body.decode("utf-8", "replace")
        if answer.status >= 400:
            text = _without_secrets(text, data or {})
        document = _object(text)
        details = Details(
            method=method,
            address=plain_address(url),
            status=answer.status,
            request_id=answer.headers.get("x-ms-request-id"),
        )
        if answer.status == 429:
            self._hold(url, answer)
            raise _busy(what, self._quiet_until[url] - time.monotonic(), details)
        if document is None or 300 <= answer.status < 400:
            raise _not_the_service(what, answer, details)
        if answer.status >= 500:
            raise failures.failed(
                {"error": "server_error", **document}, what, status=answer.status, skew_s=self.clock_skew_s
            )
        return MsalAnswer(answer.status, text, answer.headers), document

    def _keep_quiet(self, url: str, what: Sentence) -> None:
        left_s = self._quiet_until.get(url, 0.0) - time.monotonic()
        if left_s > 0:
            raise _busy(what, left_s, Details(address=plain_address(url)))

    def _hold(self, url: str, answer: HttpAnswer) -> None:
        asked = answer.headers.get("retry-after", "")
        wait_s = float(asked) if re.fullmatch(r"\d{1,9}", asked) else 60.0
        self._quiet_until[url] = time.monotonic() + min(max(wait_s, 1.0), LONGEST_HOLD_S)

    def _note_clock(self, answer: HttpAnswer, sent_at: float) -> None:
        try:
            theirs = parsedate_to_datetime(answer.headers.get("date", ""))
        except ValueError:
            return
        theirs = theirs.replace(tzinfo=UTC) if theirs.tzinfo is None else theirs
        ours = datetime.fromtimestamp((sent_at + time.time()) / 2, UTC)
        self.clock_skew_s = (ours - theirs).total_seconds()


def _sendable(headers: Mapping[str, str], *, has_body: bool) -> dict[str, str]:
    """MSAL's headers without those that no header line can carry, such as a hint with an accent in it."""
    kept = {name: str(value) for name, value in headers.items() if _HEADER.fullmatch(str(value))}
    return {
        "Accept": "application/json",
        **({"Content-Type": "application/x-www-form-urlencoded"} if has_body else {}),
        **kept,
    }


def _object(text: str) -> dict[str, Any] | None:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _without_secrets(text: str, data: Mapping[str, Any]) -> str:
    for name in _SECRET_FIELDS:
        if data.get(name):
            text = Secret(str(data[name])).masked_in(text)
    return text


def _busy(what: Sentence, wait_s: float, details: Details) -> SignInFailed:
    seconds = max(1, round(wait_s))
    return SignInFailed(
        what,
        say("Microsoft's sign-in service was asked too often and wants to be left alone for a while."),
        say("Try again in {wait}.", wait=counted(seconds, "second", "seconds")),
        details,
    )


def _not_the_service(what: Sentence, answer: HttpAnswer, details: Details) -> UnreadableAnswer:
    """Somebody else answered. What the page says is left out: it may repeat what was sent."""
    kind = answer.headers.get("content-type", "").casefold()
    if answer.status == 407:
        why = say("A proxy on the way wants to know who you are.")
        next_step = say(
            "Enter your name and password for the proxy in this computer's settings, or ask your network team."
        )
    elif answer.status >= 500 and answer.status != 511:  # 511: a network wants a sign-in of its own first
        why = say("Microsoft's sign-in service, or a proxy on the way to it, has trouble of its own.")
        next_step = say("Try again in a few minutes.")
    elif 300 <= answer.status < 400:
        why = say("Something on the way led to another address instead of Microsoft's sign-in service.")
        next_step = _PORTAL
    elif "html" in kind or answer.body.lstrip()[:1] == b"<":
        why = say("A web page came back instead of Microsoft's sign-in service.")
        next_step = _PORTAL
    else:
        why = say("What came back is no answer of Microsoft's sign-in service.")
        next_step = _PORTAL
    return UnreadableAnswer(what, why, next_step, details)


_PORTAL = say(
    "Open any web page in the browser: where a network asks for a name or for consent, it shows there. If none does,"
    " ask your network team whether a filter stands in the way. Then try again."
)
_ELSEWHERE = say(
    "What came back names an address that is not Microsoft's as the place to sign in, so nothing was sent there."
)
