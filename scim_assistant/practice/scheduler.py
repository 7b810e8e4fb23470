"""Runs provisioning cycles when they are due, one thread for the whole world."""

from __future__ import annotations

import logging
import threading
from datetime import datetime

from scim_assistant.practice.state import App, Job, ProvisioningEngine, Tenant

_LOG = logging.getLogger(__name__)


class Scheduler:
    """Decides when a job runs; the engine decides what then happens.

    Args:
        tenant: Where the jobs are.
        engine: Runs a cycle to its end.
    """

    def __init__(self, tenant: Tenant, engine: ProvisioningEngine) -> None:
        self._tenant = tenant
        self._engine = engine
        self._changed = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="practice scheduler", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end, and wait for it. A running cycle ends first, at its next look at the job."""
        self._stopping.set()
        self._changed.set()
        with self._tenant.lock:
            for app in self._tenant.apps.values():
                for job in app.jobs.values():
                    job.was_deleted = True
        if self._thread is not None:
            self._thread.join(timeout=10)
            self._thread = None

    def wake(self) -> None:
        """A job may be due earlier than was thought."""
        self._changed.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._changed.clear()
            due, next_at = self._look()
            for app, job in due:
                if not self._stopping.is_set():
                    self.run(app, job)
            if due:
                continue
            if next_at is None:
                self._changed.wait()
            else:
                self._tenant.clock.wait_until(next_at, self._changed)

    def _look(self) -> tuple[list[tuple[App, Job]], datetime | None]:
        """The jobs that are due, and when the next one is."""
        now = self._tenant.clock.now()
        due: list[tuple[App, Job]] = []
        next_at: datetime | None = None
        with self._tenant.lock:
            for app in self._tenant.apps.values():
                for job in app.jobs.values():
                    if not job.is_scheduled or job.next_run_at is None:
                        continue
                    if job.next_run_at <= now:
                        due.append((app, job))
                    elif next_at is None or job.next_run_at < next_at:
                        next_at = job.next_run_at
        return due, next_at

    def run(self, app: App, job: Job) -> None:
        """Run one cycle, then say when the next is due."""
        tenant = self._tenant
        with tenant.lock:
            job.is_running = True
            asked_at = job.next_run_at
        try:
            self._engine.run_cycle(app, job)
        except Exception:
            # A fault of the engine must not end all cycles of this world.
            _LOG.exception("The practice engine failed in a cycle")
        finally:
            with tenant.lock:
                job.is_running = False
                self._after(job, asked_at)

    def _after(self, job: Job, asked_at: datetime | None) -> None:
        """Note when the job runs next. The caller holds the lock."""
        tenant = self._tenant
        if job.quarantine is None and job.last_execution is not None and job.last_execution.error is None:
            job.good_cycles += 1
            limit = tenant.faults.scim_revoked_after_cycles
            if limit is not None and job.good_cycles >= limit:
                tenant.faults.scim_token_refused = True
        if not job.is_scheduled:
            # It was paused while it ran: the cycle has ended, and the pause holds.
            if job.schedule_state == "Paused":
                job.status_code = "Paused"
            job.next_run_at = None
            return
        if job.next_run_at != asked_at:
            return  # started, restarted or changed while it ran: that moment stands
        if job.quarantine is None:
            job.next_run_at = tenant.clock.later(tenant.limits.cycle_interval_s)
            return
        job.next_run_at = job.quarantine.next_attempt_at
        if tenant.clock.passed_s(job.quarantine.series_began_at) > tenant.limits.escrow_life_s:
            # Four weeks in quarantine: the service gives up.
            job.schedule_state = "Disabled"
            job.next_run_at = None
