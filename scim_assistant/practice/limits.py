"""Every figure by which the pretend services hold people back, in one frozen object.

The defaults are the real services' figures, in the service's seconds; the world's clock divides them by its speed.
Where the vendor publishes no figure, the comment says that it is ours.
"""

from __future__ import annotations

from dataclasses import dataclass

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S


@dataclass(frozen=True, slots=True)
class Limits:
    """Rates, waits, sizes and thresholds.

    Source: Microsoft Graph throttling limits for Entra logs and reports; synchronizationJob provisionOnDemand;
    Entra application provisioning in quarantine status; accidental deletions; ScreenSteps' page on its SCIM
    interface. Read 2026-09.
    """

    log_calls: int = 5
    """Requests to the audit logs in one window, per app and tenant."""
    on_demand_calls: int = 5
    """provisionOnDemand requests in one window."""
    call_window_s: float = 10.0
    """Length of both windows."""

    cycle_interval_s: float = 2400.0
    """From the end of one cycle to the start of the next."""
    cycle_start_delay_s: float = 20.0
    """From start or restart to the first read. No figure is published; ours."""
    log_delay_s: float = 30.0
    """From an event to its row being readable. No figure is published for outbound jobs; ours."""

    replication_lag_s: float = 60.0
    """Until a new object is there on every replica. Microsoft publishes none; seconds to minutes are seen."""
    replication_early_s: float = 15.0
    """Until the first replicas have it: before that nobody does."""
    assignment_lag_s: float = 60.0
    """Until the provisioning engine knows of a new assignment ("a few minutes" in the real service)."""

    throttle_retry_after_s: float = 2.128
    """Retry-After of a directory call that was held back; fractional, as published."""

    escrow_gaps_s: tuple[float, ...] = (6 * HOUR_S, 12 * HOUR_S, 24 * HOUR_S)
    """When a failed object is tried again, counted from its first failure; afterwards daily."""
    escrow_daily_s: float = DAY_S
    """Gap between later attempts."""
    escrow_life_s: float = 28 * DAY_S
    """After this an escrow is dropped, and a job that long in quarantine is disabled."""

    quarantine_minimum: int = 5_000
    """Failures from which the proportion is looked at."""
    quarantine_proportion: float = 0.40
    """Failing share that puts a job in quarantine from the minimum on."""
    quarantine_failures: int = 40_000
    """Failures, references left out, that put a job in quarantine."""
    quarantine_total: int = 60_000
    """Failures, references included, that put a job in quarantine."""
    delete_threshold: int = 500
    """Removals in one cycle that a job's guard lets through unless its settings say otherwise."""

    scim_calls: int = 300
    """Requests that the vendor's SCIM service takes in one window; 0 for as many as come."""
    scim_window_s: float = 60.0
    """Length of that window."""
    scim_page: int = 50
    """Resources on one page of the vendor's SCIM service."""
    scim_timeout_s: float = 30.0
    """How long the engine waits for the vendor, in our seconds: a dead port is dead at any speed."""

    users_page: int = 100
    """Default page of /users and /groups."""
    users_page_max: int = 999
    """Largest $top of /users and /groups."""
    logs_page: int = 100
    """Default page of the provisioning log. Not published; ours."""
    logs_page_max: int = 1000
    """Largest $top of the provisioning log, as the sibling audit log has it."""
    templates_page: int = 100
    """Default page of the app gallery. Not published; ours."""
    on_demand_members: int = 5
    """Members that one provisionOnDemand call may name for a group."""
    body_bytes: int = 4_000_000
    """Largest request body taken."""

    def escrow_due_s(self, attempts: int) -> float | None:
        """When, counted from the first failure, an object that failed ``attempts`` times is tried again.

        Returns:
            Seconds since the first failure, or None when the escrow's life is over by then.
        """
        if attempts <= len(self.escrow_gaps_s):
            due = self.escrow_gaps_s[max(attempts, 1) - 1]
        else:
            due = self.escrow_gaps_s[-1] + (attempts - len(self.escrow_gaps_s)) * self.escrow_daily_s
        return due if due <= self.escrow_life_s else None


REAL_LIMITS = Limits()
"""The real services' figures."""
