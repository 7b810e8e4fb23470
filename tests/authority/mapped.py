"""The seam of tests with a real sign-in: leads https origins to servers on this computer, and nothing elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from scim_assistant.transport import HttpAnswer, HttpRequest, HttpTransport, Transport, is_loopback
from scim_assistant.work import Work

SIGN_IN = "https://login.microsoftonline.com"
GRAPH = "https://graph.microsoft.com"


def origin_of(url: str) -> str:
    """Scheme, host and port of an address, as far as they are written."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


class MappedTransport:
    """The program's own transport behind a change of scheme, host and port.

    Anything that is neither mapped nor loopback fails the test: nothing leaves this computer.

    Args:
        places: From an https origin, exactly as the program writes it, to a loopback origin. May change meanwhile.
        inner: Sends what is left; the program's own unless told.
        on_send: Told of each request before it goes, from its thread; what it raises is what the program gets.

    Attributes:
        places: As handed in, a copy.
        sent: Method and address of every request, as the program wrote it.
    """

    def __init__(
        self,
        places: Mapping[str, str],
        *,
        inner: Transport | None = None,
        on_send: Callable[[HttpRequest], None] | None = None,
    ) -> None:
        self.places = dict(places)
        self.sent: list[tuple[str, str]] = []
        self.on_send = on_send
        self._inner: Transport = inner if inner is not None else HttpTransport()
        self._lock = threading.Lock()

    def send(self, request: HttpRequest, work: Work) -> HttpAnswer:
        """Send one request to where its origin leads."""
        origin = origin_of(request.url)
        with self._lock:
            self.sent.append((request.method, request.url))
            place = self.places.get(origin)
        if self.on_send is not None:
            self.on_send(request)
        if place is None:
            host = urlsplit(request.url).hostname or ""
            assert is_loopback(host), f"a test would have gone to {origin}"
            return self._inner.send(request, work)
        assert is_loopback(urlsplit(place).hostname or ""), f"{origin} is mapped to {place}"
        return self._inner.send(replace(request, url=place + request.url[len(origin) :]), work)

    def close(self) -> None:
        """Give the connections back."""
        self._inner.close()
