"""Rate limits with a sliding window, and the fault that holds back every n-th call."""

from __future__ import annotations

import itertools
import threading
from collections import deque
from datetime import datetime

from scim_assistant.practice.answers import throttled
from scim_assistant.practice.clock import Clock
from scim_assistant.practice.state import Tenant


class Window:
    """So many calls in so many of the service's seconds."""

    def __init__(self, clock: Clock, calls: int, window_s: float) -> None:
        self._clock = clock
        self._calls = calls
        self._window_s = window_s
        self._lock = threading.Lock()
        self._taken: deque[datetime] = deque()

    def take(self) -> float:
        """Take one call; 0 when it is let through, else the service's seconds until one will be."""
        with self._lock:
            while self._taken and self._clock.passed_s(self._taken[0]) >= self._window_s:
                self._taken.popleft()
            if len(self._taken) < self._calls:
                self._taken.append(self._clock.now())
                return 0.0
            return self._window_s - self._clock.passed_s(self._taken[0])


class Throttle:
    """All limits of the pretend Graph.

    The limits of the audit logs and of provisionOnDemand count each by itself; the other limits of the real
    service are far above what one program can reach, so only the fault ``graph_throttle_every`` stands for them.
    """

    def __init__(self, tenant: Tenant) -> None:
        limits = tenant.limits
        self._tenant = tenant
        self._calls = itertools.count(1)
        self._windows = {
            "logs": Window(tenant.clock, limits.log_calls, limits.call_window_s),
            "on-demand": Window(tenant.clock, limits.on_demand_calls, limits.call_window_s),
        }

    def check(self, budget: str) -> None:
        """Count a call.

        Raises:
            Refused: 429, with a Retry-After in our seconds.
        """
        clock = self._tenant.clock
        every = self._tenant.faults.graph_throttle_every
        if every and next(self._calls) % every == 0:
            raise throttled(clock.real_s(self._tenant.limits.throttle_retry_after_s))
        window = self._windows.get(budget)
        if window is not None and (wait_s := window.take()) > 0:
            raise throttled(clock.real_s(wait_s))
