"""A real Chromium without a window, spoken to in plain WebDriver: signs people in with the forms that they would see.

Comes from the system's packages only (Debian: ``chromium``, ``chromium-driver``); nothing is downloaded. It opens
loopback addresses and nothing else.

Source: W3C, WebDriver (read 2026-11).
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from scim_assistant.transport import is_loopback
from tests.authority.browser import MOST_PAGES, Shown

MISSING = "no Chromium from the system's packages"
PATIENCE_S = 60.0
MOST_STARTS = 3
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
_BROWSERS, _DRIVERS = ("chromium", "chromium-browser"), ("chromedriver",)

_ARGUMENTS = (
    "--headless=new",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-sync",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-proxy-server",
    "--password-store=basic",
    # Whatever a page or the browser itself wants from elsewhere is not found.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",
)

_STATE = """
const one = (css) => document.querySelector(css) !== null;
return {
  complete: document.readyState === 'complete' && window.leaving === undefined,
  address: location.href,
  title: document.title,
  text: document.body === null ? '' : document.body.innerText,
  problem: one('#problem') ? document.querySelector('#problem').innerText : '',
  login: one('input[name=passwd]'), code: one('input[name=user_code]'),
  accept: one('#accept'), back: one('#back'), said: one('#said')};
"""


def _first(names: tuple[str, ...]) -> str:
    return next((found for name in names if (found := shutil.which(name))), "")


def chromium_missing() -> str:
    """Why the tests with Chromium are skipped; empty where it is installed."""
    return "" if _first(_BROWSERS) and _first(_DRIVERS) else MISSING


@contextmanager
def chromium() -> Iterator[ChromiumBrowser]:
    """A Chromium for as long as the block runs; skips the test where there is none."""
    if missing := chromium_missing():
        pytest.skip(missing)
    browser = ChromiumBrowser()
    try:
        yield browser
    finally:
        browser.close()


class ChromiumBrowser:
    """Signs in with a real browser: the same face as ``browser.HttpBrowser``. One visit at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        for left in reversed(range(MOST_STARTS)):
            try:
                self._start()
                return
            except BaseException as fault:
                self.close()
                # On a machine that has much to do a driver or a browser does not come up now and then.
                if not left or not isinstance(fault, httpx.HTTPError | AssertionError | _PageLeft):
                    raise

    def _start(self) -> None:
        self._session = ""
        self._home = Path(tempfile.mkdtemp(prefix="chromium-"))
        self._client = httpx.Client(trust_env=False, timeout=PATIENCE_S)
        # The driver and all that it starts form a group of their own, and end with it.
        self._driver = subprocess.Popen(
            [_first(_DRIVERS), "--port=0"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
            env={
                **{name: value for name, value in os.environ.items() if name in {"PATH", "LANG"}},
                "HOME": str(self._home),
            },
        )
        root = self._root()
        self._session = f"{root}/session/{self._new_session(root)}"

    def _root(self) -> str:
        assert self._driver.stdout is not None
        # One that says nothing is ended, which ends the lines.
        late = threading.Timer(PATIENCE_S, self._kill)
        late.start()
        try:
            for line in self._driver.stdout:
                if told := re.search(r"on port ([1-9]\d*)", line):
                    return f"http://127.0.0.1:{told[1]}"
        finally:
            late.cancel()
            late.join()
        raise AssertionError("chromedriver did not start")

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._driver.pid, signal.SIGKILL)

    def _new_session(self, root: str) -> str:
        arguments = [*_ARGUMENTS, f"--user-data-dir={self._home / 'profile'}"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            arguments.append("--no-sandbox")  # it refuses to run as root otherwise
        options = {"binary": _first(_BROWSERS), "args": arguments}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options}
        told = self._send("POST", f"{root}/session", {"capabilities": {"alwaysMatch": wanted}})
        return str(told["sessionId"])

    # ------------------------------------------------------------------ what a person does

    def sign_in(self, address: str, upn: str, password: str, *, accept: bool = True) -> Shown:
        """See ``browser.Browser``."""
        with self._lock:
            self._open(address)
            return self._go_on(upn, password, accept)

    def enter_code(self, address: str, code: str, upn: str, password: str, *, accept: bool = True) -> Shown:
        """See ``browser.Browser``."""
        with self._lock:
            self._open(address)
            self._wait(lambda state: state["code"])
            self._type("input[name=user_code]", code)
            self._click("#next")
            return self._go_on(upn, password, accept)

    def _go_on(self, upn: str, password: str, accept: bool) -> Shown:
        for _ in range(MOST_PAGES):
            state = self._wait(_is_for_a_person)
            if state["problem"] or state["said"] or _is_back(state):
                return Shown(state["address"], state["text"], 0, state["title"])
            if state["login"]:
                self._type("input[name=login]", upn)
                self._type("input[name=passwd]", password)
                self._click("#next")
            elif state["accept"]:
                self._click("#accept" if accept else "#cancel")
            else:
                self._click("#back")
        raise AssertionError(f"the sign-in did not end within {MOST_PAGES} pages")

    # ------------------------------------------------------------------ WebDriver

    def _open(self, address: str) -> None:
        assert is_loopback(urlsplit(address).hostname or ""), f"a test's browser would have gone to {address}"
        self._do("url", {"url": address})

    def _wait(self, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        end = time.monotonic() + PATIENCE_S
        state: dict[str, Any] = {}
        while time.monotonic() < end:
            with contextlib.suppress(_PageLeft):
                state = self._script(_STATE)
                if state["complete"] and until(state):
                    return state
            time.sleep(0.02)
        raise AssertionError(f"the browser stayed at: {state.get('title')} {state.get('text')}")

    def _type(self, css: str, text: str) -> None:
        element = self._find(css)
        self._do(f"element/{element}/clear", {})
        self._do(f"element/{element}/value", {"text": text})

    def _click(self, css: str) -> None:
        element = self._find(css)
        self._script("window.leaving = true;")
        with contextlib.suppress(_PageLeft):
            self._do(f"element/{element}/click", {})

    def _find(self, css: str) -> str:
        return str(self._do("element", {"using": "css selector", "value": css})[_ELEMENT])

    def _script(self, script: str) -> Any:
        return self._do("execute/sync", {"script": script, "args": []})

    def _do(self, command: str, body: dict[str, Any]) -> Any:
        return self._send("POST", f"{self._session}/{command}", body)

    def _send(self, method: str, address: str, body: dict[str, Any] | None = None) -> Any:
        answer = self._client.request(method, address, json=body)
        told = answer.json()["value"]
        if not answer.is_success:
            # A page that submits itself goes away under whoever looks at it.
            if told.get("error") in _LEFT:
                raise _PageLeft(told["error"])
            raise AssertionError(f"WebDriver: {told.get('error')}: {told.get('message')}")
        return told

    def close(self) -> None:
        """End the browser, its driver and everything that they started. Harmless when done already."""
        with contextlib.suppress(httpx.HTTPError, AssertionError, _PageLeft, AttributeError):
            if self._session and self._driver.poll() is None:
                self._send("DELETE", self._session)
        self._kill()
        self._driver.wait()
        if self._driver.stdout is not None:
            self._driver.stdout.close()
        self._client.close()
        shutil.rmtree(self._home, ignore_errors=True)


class _PageLeft(Exception):
    """The page went away meanwhile."""


_LEFT = frozenset({
    "stale element reference",
    "no such element",
    "javascript error",
    "no such execution context",
    "unknown error",
    "detached shadow root",
})  # fmt: skip


def _is_back(state: dict[str, Any]) -> bool:
    """True on the program's own page, where the sign-in comes back to."""
    return urlsplit(state["address"]).hostname == "localhost"


def _is_for_a_person(state: dict[str, Any]) -> bool:
    known = ("problem", "said", "login", "accept", "back")
    return any(state[name] for name in known) or _is_back(state)
