"""How each scenario ends for the person at the window: where, what the state is, and the sentence that says so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from scim_assistant.steps.step import StepKey


class Place(Enum):
    """Where on the screen the sentence stands."""

    CHECK = "a row of checks"
    VERDICT = "the bar below the checks"
    PAGE_BANNER = "the banner of the page"
    MONITOR_STATE = "the head of the monitor"
    MONITOR_BANNER = "the quarantine banner of the monitor"
    MONITOR_LOG = "the bar above the log"


@dataclass(frozen=True, slots=True)
class End:
    """How one scenario ends.

    Attributes:
        state: The word for it, as in the scenario's own file.
        step: The page that shows; ``DONE`` means the monitor that opens from it.
        place: Where on it.
        sentence: What stands there.
    """

    state: str
    step: StepKey
    place: Place
    sentence: str


RUNS = End(
    "live",
    StepKey.DONE,
    Place.MONITOR_STATE,
    "Provisioning runs by itself and the last cycle went well.",
)

ENDS: dict[str, End] = {
    "healthy": RUNS,
    "large": RUNS,
    "slow-replication": RUNS,
    "throttled": RUNS,
    "quarantine": RUNS,
    "wrong-token": End(
        "stopped",
        StepKey.TEST_CONNECTION,
        Place.VERDICT,
        "ScreenSteps refuses the Secret Token.",
    ),
    "vendor-down": End(
        "stopped",
        StepKey.TEST_CONNECTION,
        Place.VERDICT,
        "ScreenSteps cannot be reached: the connection is refused.",
    ),
    "vendor-html": End(
        "stopped",
        StepKey.TEST_CONNECTION,
        Place.VERDICT,
        "The Tenant URL answers with a web page, not with SCIM.",
    ),
    "cloud-only": RUNS,
    "allow-list": End(
        "stopped",
        StepKey.TEST_CONNECTION,
        Place.VERDICT,
        "ScreenSteps lets this computer in and turns Microsoft's cloud away.",
    ),
    "inside-only": End(
        "stopped",
        StepKey.TEST_CONNECTION,
        Place.VERDICT,
        "ScreenSteps answers this computer; Microsoft's cloud gets no answer.",
    ),
    "missing-consent": End(
        "stopped",
        StepKey.SIGN_IN,
        Place.CHECK,
        "The permission Synchronization.ReadWrite.All was not granted. An administrator has to consent, "
        "then sign in again.",
    ),
    "missing-role": End(
        "stopped",
        StepKey.REGISTER,
        Place.PAGE_BANNER,
        "The app was not created: no administrator role is active.",
    ),
    "token-revoked-later": End(
        "quarantined",
        StepKey.DONE,
        Place.MONITOR_BANNER,
        "Microsoft has paused provisioning. The app refused the Secret Token.",
    ),
    "too-many-deletes": End(
        "held-back",
        StepKey.DONE,
        Place.MONITOR_BANNER,
        "Microsoft has paused provisioning. More people would be removed than the accidental-deletion guard allows, "
        "so the removals are held back.",
    ),
    "no-premium-licence": End(
        "live",
        StepKey.DONE,
        Place.MONITOR_LOG,
        "This tenant has no Microsoft Entra ID P1 or P2 licence, and the log needs one.",
    ),
}
"""By name of the scenario."""
