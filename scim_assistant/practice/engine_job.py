"""What a job remembers between cycles: escrows with growing gaps, quarantine, the guard against mass removals.

All functions change the job and expect the tenant's lock to be held.

Source: learn.microsoft.com, "Application provisioning in quarantine status" and "Enable accidental deletions
prevention" (read 2026-09).
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Final

from scim_assistant.practice.clock import Clock
from scim_assistant.practice.engine_directory import Source
from scim_assistant.practice.limits import Limits
from scim_assistant.practice.scim_client import ScimFailure
from scim_assistant.practice.state import App, CycleError, Escrow, Job, Quarantine, ValidationFailure

CREDENTIALS_REFUSED: Final = "SystemForCrossDomainIdentityManagementCredentialValidationFailure"
VENDOR_UNAVAILABLE: Final = "SystemForCrossDomainIdentityManagementCredentialValidationUnavailable"
_THRESHOLD_SETTING: Final = "QuarantineTooManyDeletesThreshold"


def note_failure(
    job: Job, source: Source, failure: ScimFailure, clock: Clock, limits: Limits
) -> Escrow | None:
    """Put an object into escrow, or back with a longer gap.

    Returns:
        The escrow; None when its life is over and the object is dropped.
    """
    before = job.escrows.pop(source.id, None)
    attempts = before.attempts + 1 if before else 1
    first = before.first_failed_at if before else clock.now()
    due_s = limits.escrow_due_s(attempts)
    if due_s is None:
        return None
    escrow = Escrow(
        source_id=source.id,
        object_type=source.object_type,
        first_failed_at=first,
        attempts=attempts,
        next_attempt_at=first + timedelta(seconds=clock.real_s(due_s)),
        code=failure.code,
        reason=failure.body,
    )
    job.escrows[source.id] = escrow
    return escrow


def put_in_quarantine(job: Job, reason: str, error: CycleError, clock: Clock, limits: Limits) -> None:
    """Slow a job down: the gaps until the next attempt grow like those of escrows.

    A job that is in quarantine for the same reason already goes on with its series.
    """
    now = clock.now()
    before = job.quarantine
    goes_on = before is not None and before.reason == reason
    count = before.series_count + 1 if before is not None and goes_on else 1
    began = before.series_began_at if before is not None and goes_on else now
    due_s = limits.escrow_due_s(count)
    at = began + timedelta(seconds=clock.real_s(due_s if due_s is not None else limits.escrow_life_s))
    job.quarantine = Quarantine(
        reason=reason,
        error=error,
        series_began_at=began,
        current_began_at=now,
        next_attempt_at=max(at, clock.later(limits.cycle_interval_s)),
        series_count=count,
    )
    job.status_code = "Quarantine"


def volume_quarantine(failed: int, looked_at: int, limits: Limits) -> str | None:
    """The quarantine reason that the number of failures calls for, if any.

    Which of the two absolute thresholds carries which name is not published; this is the likelier reading.
    """
    if failed > limits.quarantine_total:
        return "EncounteredTotalEscrowThreshold"
    if failed > limits.quarantine_failures:
        return "EncounteredBaseEscrowThreshold"
    share = failed / looked_at if looked_at else 0.0
    if failed >= limits.quarantine_minimum and share > limits.quarantine_proportion:
        return "EncounteredEscrowProportionThreshold"
    return None


def delete_threshold(app: App, job: Job, limits: Limits) -> int | None:
    """How many removals one cycle may make; None without a guard.

    The guard is switched on in the notification settings, which are JSON in a text; the number is there too or,
    failing that, among the job's settings.
    """
    try:
        settings = json.loads(app.secrets.get("SyncNotificationSettings") or "{}")
    except ValueError:
        settings = {}
    if not isinstance(settings, dict) or settings.get("DeleteThresholdEnabled") is not True:
        return None
    for value in (settings.get("DeleteThresholdValue"), job.settings.get(_THRESHOLD_SETTING)):
        text = str(value if value is not None else "").strip()
        if text.isdigit():
            return int(text)
    return limits.delete_threshold


def validation_failure(failure: ScimFailure) -> ValidationFailure:
    """What the credential test says about an answer: refused credentials, or anything else that is not an answer."""
    code = CREDENTIALS_REFUSED if failure.is_refused else VENDOR_UNAVAILABLE
    answer = failure.body if failure.body else "(empty)"
    message = (
        f"Resource: {failure.url or 'unknown'} Operation: {failure.method or 'GET'} "
        f"Response Status Code: {failure.status_name} Response Content: {answer}"
    )
    return ValidationFailure(code, message)


def cycle_error(failure: ScimFailure) -> CycleError:
    """The same as the error of a cycle."""
    found = validation_failure(failure)
    return CycleError(found.code, found.message)
