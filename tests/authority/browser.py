"""Two browsers for the sign-in service, with one face: a reader of forms, and a real Chromium without a window."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Protocol
from urllib.parse import urljoin, urlsplit

import httpx

from scim_assistant.transport import is_loopback

MOST_PAGES = 12


@dataclass
class Form:
    """A form: where it goes, its fields with their values, and its buttons by what they say they do."""

    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, str] = field(default_factory=dict)


@dataclass
class Shown:
    """What a browser shows.

    Attributes:
        address: Where it is.
        text: The words on the page.
        status: HTTP status; 0 where the browser does not tell.
    """

    address: str
    text: str
    status: int = 0
    title: str = ""


class Browser(Protocol):
    """What a person does at the sign-in service."""

    def sign_in(self, address: str, upn: str, password: str, *, accept: bool = True) -> Shown:
        """Open a sign-in page and go on until nothing is asked any more.

        Args:
            address: The page.
            upn: Typed as user name.
            password: Typed as password.
            accept: Press Accept where permissions are asked for, else Cancel.

        Returns:
            The last page.
        """
        ...

    def enter_code(self, address: str, code: str, upn: str, password: str, *, accept: bool = True) -> Shown:
        """Open the page for device codes, type the code, and sign in."""
        ...

    def close(self) -> None:
        """End it."""
        ...


class _Page(HTMLParser):
    """Reads the first form, the title and the text of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.form: Form | None = None
        self.submits_itself = False
        self.title = ""
        self.words: list[str] = []
        self._within = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self._within = tag
        if tag == "body" and "submit()" in told.get("onload", ""):
            self.submits_itself = True
        elif tag == "form" and self.form is None:
            self.form = Form(told.get("action", ""))
        elif self.form is not None and tag == "input" and told.get("name"):
            self.form.fields[told["name"]] = told.get("value", "")
        elif self.form is not None and tag == "button" and told.get("name"):
            self.form.buttons[told.get("value", "")] = told["name"]

    def handle_endtag(self, tag: str) -> None:
        self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within == "title":
            self.title += data
        elif self._within not in {"style", "script"} and data.strip():
            self.words.append(data.strip())


class HttpBrowser:
    """Reads the forms of the pages and posts them, as a browser would; quick, and there everywhere."""

    def __init__(self) -> None:
        self._client = httpx.Client(trust_env=False, timeout=30, follow_redirects=True)

    def sign_in(self, address: str, upn: str, password: str, *, accept: bool = True) -> Shown:
        """See ``Browser``."""
        return self._go(address, {"login": upn, "passwd": password}, accept)

    def enter_code(self, address: str, code: str, upn: str, password: str, *, accept: bool = True) -> Shown:
        """See ``Browser``."""
        return self._go(address, {"user_code": code, "login": upn, "passwd": password}, accept)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _go(self, address: str, typed: Mapping[str, str], accept: bool) -> Shown:
        answer = self._open("GET", address, None)
        for _ in range(MOST_PAGES):
            page = _Page()
            page.feed(answer.text)
            form = page.form
            shown = Shown(str(answer.url), " ".join(page.words), answer.status_code, page.title.strip())
            if form is None:
                return shown
            data = dict(form.fields)
            unknown = [name for name in typed if name in form.fields]
            if not page.submits_itself and not unknown and not {"accept", "back"} & set(form.buttons):
                return shown
            if "did not work" in shown.text or "incorrect" in shown.text:
                return shown
            data.update({name: typed[name] for name in unknown})
            for choice in ("accept" if accept else "cancel", "sign-in", "code", "back"):
                if choice in form.buttons:
                    data[form.buttons[choice]] = choice
                    break
            answer = self._open("POST", urljoin(str(answer.url), form.action), data)
        raise AssertionError(f"the sign-in did not end within {MOST_PAGES} pages")

    def _open(self, method: str, address: str, data: Mapping[str, str] | None) -> httpx.Response:
        assert is_loopback(urlsplit(address).hostname or ""), f"a test's browser would have gone to {address}"
        return self._client.request(method, address, data=dict(data) if data is not None else None)


class Visitor:
    """A person at a browser, for the ``open_browser`` of a sign-in: opens the page in a thread of their own.

    Args:
        browser: Where it is opened.
        upn: Who signs in.
        password: With what.
        accept: Presses Accept where permissions are asked for.
        on_shown: Told of the last page.

    Attributes:
        opened: Every address that was opened.
        shown: The last page of each visit that has ended.
    """

    def __init__(
        self,
        browser: Browser,
        upn: str,
        password: str,
        *,
        accept: bool = True,
        on_shown: Callable[[Shown], None] = lambda shown: None,
    ) -> None:
        self.browser = browser
        self.upn = upn
        self.password = password
        self.accept = accept
        self.opened: list[str] = []
        self.shown: list[Shown] = []
        self.troubles: list[Exception] = []
        self._on_shown = on_shown
        self._threads: list[threading.Thread] = []

    def __call__(self, address: str) -> bool:
        """Open a sign-in page; returns at once, as a system's browser does."""
        self._begin(
            address, lambda: self.browser.sign_in(address, self.upn, self.password, accept=self.accept)
        )
        return True

    def type_code(self, address: str, code: str) -> None:
        """Open the page for device codes and type this one; returns at once."""
        self._begin(
            address,
            lambda: self.browser.enter_code(address, code, self.upn, self.password, accept=self.accept),
        )

    def _begin(self, address: str, visit: Callable[[], Shown]) -> None:
        self.opened.append(address)
        thread = threading.Thread(
            target=self._visit, args=(visit,), name="a person at a browser", daemon=True
        )
        self._threads.append(thread)
        thread.start()

    def _visit(self, visit: Callable[[], Shown]) -> None:
        try:
            shown = visit()
        except Exception as trouble:
            self.troubles.append(trouble)
            return
        self.shown.append(shown)
        self._on_shown(shown)

    def leave(self) -> None:
        """Wait until every visit has ended.

        Raises:
            Exception: What went wrong in one of them.
        """
        for thread in self._threads:
            thread.join(timeout=60)
            assert not thread.is_alive(), "a person still sits at the browser"
        self._threads.clear()
        if self.troubles:
            raise self.troubles[0]
