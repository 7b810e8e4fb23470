"""The calls that Microsoft limits to five in ten seconds, counted for the whole process.

``app.py`` makes one ``Budgets`` and hands it to every ``GraphClient``; a call waits here for its turn instead of
being refused over there.
"""

from __future__ import annotations

import threading
import time
from collections import deque

from scim_assistant.graph.request import Budget
from scim_assistant.work import REAL_PACE, Pace, Work

CALLS = 5
WINDOW_S = 10.0
MARGIN_S = 0.3
"""The service counts arrivals, we count departures: what the way there may differ between two calls."""


class Budgets:
    """Sliding windows, one a kind of call. Safe from several threads.

    Args:
        pace: How fast the service's seconds pass.

    Source: Microsoft Graph, provisionOnDemand page and throttling limits of the reports workload (2026-11).
    """

    def __init__(self, pace: Pace = REAL_PACE) -> None:
        self._window_s = pace.real_s(WINDOW_S + MARGIN_S) + 0.005
        self._lock = threading.Lock()
        self._taken: dict[Budget, deque[float]] = {kind: deque() for kind in Budget}
        self._held_until: dict[Budget, float] = dict.fromkeys(Budget, 0.0)

    def take(self, kind: Budget, work: Work) -> None:
        """Wait for a turn and take it.

        Raises:
            Cancelled: The person pressed Cancel.
        """
        while True:
            work.check()
            with self._lock:
                now = time.monotonic()
                taken = self._taken[kind]
                while taken and now - taken[0] >= self._window_s:
                    taken.popleft()
                wait = self._held_until[kind] - now
                if wait <= 0:
                    if len(taken) < CALLS:
                        taken.append(now)
                        return
                    wait = taken[0] + self._window_s - now
            work.wait(wait)

    def hold(self, kind: Budget, real_s: float) -> None:
        """Hold back every call of a kind: the service has said that another program used the turns up."""
        with self._lock:
            self._held_until[kind] = max(self._held_until[kind], time.monotonic() + real_s)
