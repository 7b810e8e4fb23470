"""The ways in which a person signs in: through the browser, with a code, through the platform's broker.

Each takes MSAL's application and gives back MSAL's result, in which ``error`` means no. Whether the result is what was
wished for is for ``desk`` to judge. All of them can be cancelled at any moment.
"""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from scim_assistant.errors import (
    Details,
    KnownError,
    ScimAssistantError,
    SignInFailed,
    Unreachable,
    UnreadableAnswer,
)
from scim_assistant.sentence import Sentence, say
from scim_assistant.signin import browser
from scim_assistant.signin.clouds import is_sign_in_address
from scim_assistant.signin.offer import Waiting, Way
from scim_assistant.transport import is_loopback
from scim_assistant.work import Work

Result = Mapping[str, Any]
OnWaiting = Callable[[Waiting], None]
"""Told what the person has to do now, from the sign-in's thread; again when it changes."""
OpenBrowser = Callable[[str], bool]
"""Opens a web page in the person's browser; False when there is none."""

NOT_SIGNED_IN: Final = say("You are not signed in.")
MOST_LOST_POLLS: Final = 3
"""So many questions in a row may get lost while a code is waited for."""
LONGEST_LIFE_S: Final = 366 * 86_400.0
"""No token and no code lives for longer; whatever says so means something else."""
LONGEST_INTERVAL_S: Final = 60
_CODE: Final = re.compile(r"[!-~]([ -~]{0,38}[!-~])?")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a sign-in asks for.

    Attributes:
        scopes: With the cloud's prefix.
        hint: User name of the account that is wanted; empty lets the person choose.
        claims: Claims challenge to answer, JSON text; empty for none.
        window: For a broker's dialog.
    """

    scopes: tuple[str, ...]
    hint: str = ""
    claims: str = ""
    window: int | None = None

    @property
    def prompt(self) -> str | None:
        """Without a wish the person chooses among the accounts that the browser knows."""
        return None if self.hint else "select_account"


class NoBroker(Exception):
    """The broker that seemed to be there does not work; nothing was shown."""


def guarded(call: Callable[[], Any]) -> Any:
    """MSAL's answer to a call, with what it raises over an odd answer turned into a known error.

    Its words are left behind: they may quote tokens.

    Raises:
        UnreadableAnswer: MSAL could not make sense of what the service said.
    """
    # Whatever kind: MSAL reads members of answers without a look at what they are.
    try:
        return call()
    except (ScimAssistantError, NoBroker, ImportError):
        raise
    except Exception as fault:
        raise misfit(type(fault).__name__) from None


def misfit(code: str = "") -> UnreadableAnswer:
    """The error for an answer that is the service's by its form and makes no sense.

    Args:
        code: For the details; nothing that was answered.
    """
    return UnreadableAnswer(
        NOT_SIGNED_IN,
        say("The answer of Microsoft's sign-in service does not fit what was asked."),
        say("Try again; if it stays so, report it with the details."),
        Details(codes=(code,) if code else ()),
    )


def has_token(result: Result) -> bool:
    """Whether a result holds a token.

    Raises:
        UnreadableAnswer: It does, and the token or its lifetime is of no kind that can be used.
    """
    if "access_token" not in result:
        return False
    token = result["access_token"]
    if not isinstance(token, str) or not token or not _is_time(result.get("expires_in", 0)):
        raise misfit("access_token")
    return True


def _is_time(told: object) -> bool:
    """Whether a service has told a number of seconds."""
    try:
        return isinstance(told, int | float | str) and 0 <= float(told) <= LONGEST_LIFE_S
    except (ValueError, OverflowError):
        return False


def _is_page(address: str) -> bool:
    """Whether an address may be opened in a browser: a secure page, or one of this computer itself."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


def by_browser(
    app: Any,
    asked: Asked,
    *,
    patience_s: float,
    open_browser: OpenBrowser,
    work: Work,
    on_waiting: OnWaiting,
    judge: Callable[[Result], Any],
) -> Any:
    """Let a person sign in on a web page that comes back to this computer (PKCE, form_post).

    Args:
        app: MSAL's.
        asked: For what.
        patience_s: So long the page is waited for.
        open_browser: Whether it works or not, the address is told to ``on_waiting`` before.
        judge: Told the result; what it returns is returned, what it raises is shown in the browser as well.

    Raises:
        SignInFailed: Nobody came back in time, or no port is to be had.
        Cancelled: The person pressed Cancel.
    """
    with browser.Receiver() as receiver:
        flow = guarded(
            lambda: app.initiate_auth_code_flow(
                list(asked.scopes),
                redirect_uri=receiver.address,
                prompt=asked.prompt,
                login_hint=asked.hint or None,
                claims_challenge=asked.claims or None,
                response_mode="form_post",
            )
        )
        address = str(flow["auth_uri"])
        if not _is_page(address) or not (is_sign_in_address(address) or address.startswith("http:")):
            raise misfit("authorization_endpoint")
        on_waiting(
            Waiting(Way.BROWSER, address, expires_at=datetime.now(UTC) + timedelta(seconds=patience_s))
        )
        _show(open_browser, address)
        try:
            answer = receiver.wait(flow["state"], time.monotonic() + patience_s, work)
        except browser.Late:
            raise SignInFailed(
                NOT_SIGNED_IN,
                say("Nobody came back from the browser in time."),
                say("Sign in again; when the page does not open, copy its address, or sign in with a code."),
                Details(codes=("expired",)),
            ) from None
        try:
            judged = judge(guarded(lambda: app.acquire_token_by_auth_code_flow(flow, answer)))
        except KnownError as error:
            receiver.answer(
                browser.NOT_SIGNED_IN, say("{why} {close}", why=error.why, close=browser.CLOSE_TAB)
            )
            raise
        receiver.answer(browser.SIGNED_IN, browser.CLOSE_TAB)
        return judged


def by_code(app: Any, asked: Asked, *, work: Work, on_waiting: OnWaiting) -> Result:
    """Let a person type a code on any device.

    MSAL's own loop sleeps where no Cancel is heard, so the questions are asked one by one from here.

    Raises:
        Unreachable: The sign-in service was out of reach several times in a row.
        Cancelled: The person pressed Cancel.
    """
    claims = asked.claims or None
    flow = guarded(lambda: app.initiate_device_flow(list(asked.scopes), claims_challenge=claims))
    if "error" in flow or not flow.get("user_code"):
        return dict(flow)
    code, address = str(flow["user_code"]), str(flow.get("verification_uri") or "")
    until, interval = float(flow["expires_at"]), flow.get("interval", 5)
    if not _CODE.fullmatch(code) or not _is_page(address):
        raise misfit("user_code")
    if not _is_time(until - time.time()) or not _is_time(interval):
        raise misfit("expires_in")
    flow["interval"] = int(float(interval))
    on_waiting(Waiting(Way.CODE, address, code, datetime.fromtimestamp(until, UTC)))
    lost = 0
    while True:
        # MSAL loops without end over an interval of 0.
        flow["interval"] = min(max(1, flow["interval"]), LONGEST_INTERVAL_S)
        work.wait(min(flow["interval"], max(0.0, until - time.time())))
        if time.time() >= until:
            return {"error": "expired_token"}
        try:
            result: Result = guarded(
                lambda: app.acquire_token_by_device_flow(
                    flow, claims_challenge=claims, exit_condition=lambda _: True
                )
            )
        except Unreachable:
            lost += 1
            if lost >= MOST_LOST_POLLS:
                raise
            continue
        lost = 0
        if result.get("error") not in ("authorization_pending", "slow_down"):
            return result


def by_broker(
    app: Any,
    asked: Asked,
    *,
    work: Work,
    on_waiting: OnWaiting,
    under: Callable[[Callable[[], Result]], Result],
    when_too_late: Callable[[Result], None],
) -> Result:
    """Let a person sign in with the account that the operating system knows.

    The broker's dialog cannot be taken back. On Cancel it is left alone, and what it still brings is not used. Brokers
    are on Windows, Macs and managed Linux only, so no test has this one answer.

    Args:
        under: Runs a call of MSAL with what the network part needs, in whatever thread.
        when_too_late: Told a result that came after Cancel.

    Raises:
        NoBroker: It does not work here.
        SignInFailed: It does not know the app registration's return address.
        Cancelled: The person pressed Cancel.
    """
    on_waiting(Waiting(Way.BROKER))
    ended = threading.Event()
    results: list[Result | Exception] = []

    def only_broker(ui: str = "", **_: Any) -> None:
        if ui != "broker":  # MSAL would open a browser of its own that cannot be cancelled
            raise NoBroker

    def ask() -> None:
        try:
            result = under(
                lambda: app.acquire_token_interactive(
                    list(asked.scopes),
                    prompt=asked.prompt,
                    login_hint=asked.hint or None,
                    claims_challenge=asked.claims or None,
                    parent_window_handle=asked.window
                    if asked.window is not None
                    else app.CONSOLE_WINDOW_HANDLE,
                    on_before_launching_ui=only_broker,
                )
            )
            results.append(result)
            if work.cancelled:
                when_too_late(result)
        except Exception as fault:
            results.append(fault)
        finally:
            ended.set()

    threading.Thread(target=ask, name="sign in with the broker", daemon=True).start()
    while not ended.is_set():
        work.wait(0.1)
    outcome = results[0]
    if isinstance(outcome, KnownError | NoBroker):
        raise outcome
    if isinstance(outcome, ImportError):
        raise NoBroker from None
    if isinstance(outcome, Exception):
        raise SignInFailed(
            NOT_SIGNED_IN,
            say("The account service of this computer does not take the app registration."),
            say("Add the return address for it to the app registration, or sign in with the browser."),
            Details(codes=(type(outcome).__name__,)),
        ) from None
    return outcome


def _show(open_browser: OpenBrowser, address: str) -> None:
    """Open the browser on the side: some are waited for until they end, and none may keep Cancel from being heard."""

    def show() -> None:
        # What goes wrong here is no failure of the sign-in: the person has been told the address.
        with contextlib.suppress(Exception):
            open_browser(address)

    threading.Thread(target=show, name="open the browser", daemon=True).start()


def another_waits() -> SignInFailed:
    """The error for a second sign-in while one waits for a person."""
    return SignInFailed(
        NOT_SIGNED_IN,
        say("Another sign-in is waiting already."),
        say("Finish it, or cancel it and start again."),
    )


def no_way(why: Sentence) -> SignInFailed:
    """The error for a way to sign in that does not exist here."""
    return SignInFailed(
        NOT_SIGNED_IN, why, say("Choose another way to sign in, or enter your own client ID.")
    )
