"""One way to live with Microsoft's replication: what was just made is not known on every server at once.

For some minutes a new app can answer 404, 401, 403 or 409, also after it has answered 200: servers take turns.
The same statuses have other causes too, so they are only waited out while the object is young.

Source: hashicorp/terraform-provider-azuread (retries of the synchronization calls) and manicminer/hamilton, as
described in public; Microsoft publishes no figure (2026-11).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from scim_assistant.errors import ServiceRefused
from scim_assistant.graph.challenge import CLAIMS_CODE
from scim_assistant.graph.refusal import PREMIUM_CODES
from scim_assistant.work import REAL_PACE, Pace, Work

T = TypeVar("T")

PATIENCE_S = 900.0
"""How long a new object may stay unknown, in the service's seconds: what the public tools wait at most."""

GivesUp = Callable[[ServiceRefused, float], bool]
"""Given a refusal that lag could cause and for how long it was waited (the service's seconds): True to wait no more."""

_WAITS_S = (1.0, 2.0, 3.0, 5.0, 8.0, 10.0)


def may_be_replication(error: ServiceRefused) -> bool:
    """True when an error can also mean 'not known on this server yet'."""
    codes = error.details.codes
    if error.status == 401:
        return "UnknownError" in codes and CLAIMS_CODE not in codes
    if error.status == 403:
        return not PREMIUM_CODES.intersection(codes) and CLAIMS_CODE not in codes
    return error.status in (404, 409)


def when_replicated(
    action: Callable[[], T],
    *,
    born_at: datetime | None,
    work: Work,
    patience_s: float = PATIENCE_S,
    pace: Pace = REAL_PACE,
    on_wait: Callable[[], None] | None = None,
    gives_up: GivesUp | None = None,
) -> T:
    """Do something with an object that may be too new to be known everywhere.

    Args:
        action: What to do; may be called more than once.
        born_at: When the object was made (aware UTC); None for one that was there before, which is not waited for.
        patience_s: How old it may be, in the service's seconds, and still be excused.
        on_wait: Called before each wait, to tell the person.
        gives_up: Knows when a refusal has another cause than the object's age (``tenant/patience.py`` has one).

    Raises:
        ServiceRefused: The last error, with ``not_there_yet`` where lag is still the likely cause.
        Cancelled: The person pressed Cancel.
    """
    # An object from the future was made by a clock that is ahead of ours; it is waited for no longer for that.
    age_s = (
        float("inf")
        if born_at is None
        else max(0.0, pace.service_s((datetime.now(UTC) - born_at).total_seconds()))
    )
    began = time.monotonic()
    end = began + pace.real_s(patience_s - age_s)
    tried = 0
    while True:
        work.check()
        # Taken before the try: an answer that was slow to come says nothing of what is known by now.
        left = end - time.monotonic()
        try:
            return action()
        except ServiceRefused as error:
            if not may_be_replication(error):
                raise
            if left <= 0:
                # A 403 that outlived the patience is a missing right, not a server that lags.
                error.not_there_yet = tried > 0 and error.status != 403
                raise
            if gives_up is not None and gives_up(error, pace.service_s(time.monotonic() - began)):
                raise
        if on_wait is not None:
            on_wait()
        wait_s = _WAITS_S[min(tried, len(_WAITS_S) - 1)]
        tried += 1
        work.wait(min(pace.real_s(wait_s), left))
