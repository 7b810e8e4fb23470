"""The seam of tests with a real sign-in: leads https origins to servers on this computer, and nothing elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from scim_assistant.transport import HttpAnswer, HttpRequest, HttpTransport, Transport, is_loopback
from scim_assistant.transport.survey import Connected, Handshake, NameFound, Surveyor
from scim_assistant.work import Work

SIGN_IN = "https://login.microsoftonline.com"
GRAPH = "https://graph.microsoft.com"
ADDRESS = "203.0.113.10"
"""Where every mapped name leads, as far as the program is told.

Source: RFC 5737 (addresses for documentation).
"""


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

    A look at the way (``Surveyor``) to a mapped origin tells of a public address and a good certificate, once the server
    behind it takes a connection; what is loopback anyway is really looked at.

    Attributes:
        places: As handed in, a copy.
        sent: Method and address of every request, as the program wrote it.
        handshake: What every mapped origin shows; its names are left to the host that is asked for.
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
        now = datetime.now(UTC)
        self.handshake = Handshake(
            "TLSv1.3",
            "TLS_AES_256_GCM_SHA384",
            0.02,
            issuer="Example Trust, Example Trust R1",
            not_before=now - timedelta(days=30),
            not_after=now + timedelta(days=335),
            key="RSA 2048",
            key_bits=2048,
            public=True,
            for_microsoft=True,
            for_microsoft_said="TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384",
        )
        self._inner: Transport = inner if inner is not None else HttpTransport()
        self._network = HttpTransport()
        self._lock = threading.Lock()

    def send(self, request: HttpRequest, work: Work) -> HttpAnswer:
        """Send one request to where its origin leads."""
        with self._lock:
            self.sent.append((request.method, request.url))
        if self.on_send is not None:
            self.on_send(request)
        return self._inner.send(replace(request, url=self._led(request.url)), work)

    def look_up(self, url: str, work: Work) -> NameFound:
        """The address for documentation, for a mapped origin."""
        if self._led(url) == url:
            return self._looker().look_up(url, work)
        work.check()
        return NameFound(urlsplit(url).hostname or "", (ADDRESS,), (), 0.004)

    def connect(self, url: str, work: Work) -> Connected:
        """Whether the server behind an origin takes a connection."""
        led = self._led(url)
        found = self._looker().connect(led, work)
        return found if led == url else replace(found, address=ADDRESS, port=443)

    def shake_hands(self, url: str, work: Work) -> Handshake:
        """The good certificate, for a mapped origin."""
        if self._led(url) == url:
            return self._looker().shake_hands(url, work)
        work.check()
        host = urlsplit(url).hostname or ""
        return replace(self.handshake, subject=host, names=(host,))

    def close(self) -> None:
        """Give the connections back."""
        self._inner.close()
        self._network.close()

    def _looker(self) -> Surveyor:
        return self._inner if hasattr(self._inner, "shake_hands") else self._network  # type: ignore[return-value]

    def _led(self, url: str) -> str:
        """Where an address leads; itself for loopback."""
        origin = origin_of(url)
        with self._lock:
            place = self.places.get(origin)
        if place is None:
            assert is_loopback(urlsplit(url).hostname or ""), f"a test would have gone to {origin}"
            return url
        assert is_loopback(urlsplit(place).hostname or ""), f"{origin} is mapped to {place}"
        return place + url[len(origin) :]
