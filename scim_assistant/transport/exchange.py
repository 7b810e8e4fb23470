"""One request and its answer, as its connections see it: until when, for whom, and how far it came."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpcore

from scim_assistant.work import Work

BEGINS_BYTES = 8


class Exchange:
    """One request and its answer: until when, for whom, and how far it came.

    Args:
        end: On the monotonic clock, in seconds.
        work: Cancels it.
        handshakes: How many TLS handshakes a new connection takes before the request itself goes out.

    Attributes:
        reached: A connection to the first host on the way stands.
        pending: Handshakes that are still to be made.
        heard: What a proxy has answered when it was asked for a tunnel.
        sent: Some of the request itself has gone out.
        received: How many bytes have come since.
        begins: The first of them.
        ended: The other side has closed the connection since.
        suite: The version and cipher suite that was agreed on in a handshake that was refused after that.
        address: IP address of the first host on the way, once it is reached.
        failed: Addresses of that host that were tried before in vain, with what the system said.
        connect_s: How long connecting to it took, without the look-up of its name.
    """

    def __init__(self, end: float, work: Work, *, handshakes: int = 0) -> None:
        self.end = end
        self.work = work
        self.handshakes = handshakes
        self.reached = False
        self.pending = 0
        self.heard = b""
        self.sent = False
        self.received = 0
        self.begins = b""
        self.ended = False
        self.suite = ""
        self.address = ""
        self.failed: list[tuple[str, str]] = []
        self.connect_s = 0.0

    def left_s(self) -> float:
        """Seconds until the deadline.

        Raises:
            httpcore.ReadTimeout: It has passed.
            Cancelled: The person pressed Cancel.
        """
        self.work.check()
        left = self.end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time for the whole exchange is over")
        return left

    def note(self, data: bytes) -> None:
        """Take note of what came from the other side; nothing is its end."""
        if self.sent:
            self.received += len(data)
            self.begins = (self.begins + data[:BEGINS_BYTES])[:BEGINS_BYTES]
            self.ended = self.ended or not data


class _Current(threading.local):
    exchange: Exchange | None = None


_current = _Current()
"""The exchange of this thread: httpx has no way to hand one through to its connections."""


@contextmanager
def under(exchange: Exchange) -> Iterator[None]:
    """Hold everything that this thread does on the network to one exchange's deadline."""
    _current.exchange = exchange
    try:
        yield
    finally:
        _current.exchange = None


def current() -> Exchange:
    """The exchange of this thread."""
    if _current.exchange is None:
        raise RuntimeError("network use outside an exchange")
    return _current.exchange
