"""One provisioning cycle of one job: test, look at the directory, export what is due, note it all on the job.

Source: learn.microsoft.com, "How application provisioning works" (read 2026-09).
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from scim_assistant.practice.engine_directory import DirectoryView, Source
from scim_assistant.practice.engine_job import (
    cycle_error,
    delete_threshold,
    note_failure,
    put_in_quarantine,
    volume_quarantine,
)
from scim_assistant.practice.engine_members import fill_group
from scim_assistant.practice.engine_object import ObjectWorker, Result, link_name, mark_failed
from scim_assistant.practice.engine_rules import ObjectRule, object_rules
from scim_assistant.practice.log_rows import TOO_MANY_DELETES, Report, Status, log_row
from scim_assistant.practice.scim_client import EngineStopped, ScimClient, ScimFailure
from scim_assistant.practice.state import (
    App,
    CycleError,
    Escrow,
    Execution,
    Job,
    Link,
    Tenant,
    new_id,
    stamp,
)
from scim_assistant.rules.entitlement import Decision

_EXCEPTION: Final = "EncounteredQuarantineException"
_MAX_SILENCES: Final = 3
"""Requests in a row without any answer, after which a cycle gives up. Not published; ours."""
_PROGRESS_EVERY: Final = 50


@dataclass(slots=True)
class _Item:
    """An object that this cycle has something to do with. ``source`` is None when it is gone for good."""

    rule: ObjectRule
    source: Source | None
    decision: Decision | None
    link: Link | None
    is_removal: bool = False
    source_id: str = ""


class Cycle:
    """One run. Make a new one for each.

    Args:
        guard: Held while one object is exported, so that provisioning on demand does not work on the same one.
    """

    def __init__(self, tenant: Tenant, app: App, job: Job, guard: threading.Lock) -> None:
        self._tenant = tenant
        self._app = app
        self._job = job
        self._guard = guard
        self._clock = tenant.clock
        self._limits = tenant.limits
        self._id = new_id()
        self._began_at = self._clock.now()
        self._entitled: set[str] = set()
        self._fresh_groups: set[str] = set()
        self._failed = self._exported = self._operations = 0
        self._deltas = self._looked_at = self._done = self._silences = 0
        with tenant.lock:
            self._schema = job.schema
            self._watermark = job.watermark
            self._force = job.force_deletes
            self._secrets = dict(app.secrets)
        self._rules = object_rules(self._schema)

    def run(self) -> None:
        """Run to the end. Never raises for what the vendor does."""
        try:
            with self._client() as client:
                for rule in self._rules:
                    client.probe(rule.target, rule.first_matching_attribute)
                view = DirectoryView.take(self._tenant, self._app)
                items = self._collect(view)
                held = self._export(client, view, items)
            self._finish(view, held)
        except EngineStopped:
            with self._tenant.lock:
                self._job.progress = []
        except ScimFailure as failure:
            self._break_off(failure)

    def _client(self) -> ScimClient:
        return ScimClient(
            self._secrets.get("BaseAddress", ""),
            self._secrets.get("SecretToken", ""),
            limits=self._limits,
            is_over=lambda: self._job.was_deleted,
            hosts=self._tenant.hosts,
            cut_off=self._tenant.faults.cloud_cut_off,
        )

    # ------------------------------------------------------------ what is due

    def _collect(self, view: DirectoryView) -> list[_Item]:
        items: list[_Item] = []
        for rule in self._rules:
            with self._tenant.lock:
                links = {
                    key: link for key, link in self._job.links.items() if link.object_type == rule.object_type
                }
                escrows = {
                    key: each
                    for key, each in self._job.escrows.items()
                    if each.object_type == rule.object_type
                }
            ids = view.candidates(rule.object_type, self._watermark) | links.keys() | escrows.keys()
            for source_id in ids:
                item = self._item(view, rule, source_id, links.get(source_id), escrows.get(source_id))
                if item is not None:
                    items.append(item)
        return sorted(items, key=lambda item: item.source.name.casefold() if item.source else "")

    def _item(
        self, view: DirectoryView, rule: ObjectRule, source_id: str, link: Link | None, escrow: Escrow | None
    ) -> _Item | None:
        """What there is to do for one object; None when there is nothing, not even to say."""
        source = view.source(rule.object_type, source_id)
        if source is None:
            if link is None:
                with self._tenant.lock:
                    self._job.escrows.pop(source_id, None)
                return None
            return _Item(rule, None, None, link, is_removal=True, source_id=source_id)
        self._looked_at += 1
        decision = view.decide(rule, source)
        is_changed = self._watermark is None or source.version > self._watermark
        self._deltas += is_changed and self._watermark is not None
        if decision.entitled:
            self._entitled.add(source_id)
        is_leaving = link is not None and link.active and not decision.entitled
        is_new = decision.entitled and (link is None or not link.active)
        if escrow is not None and not is_changed and escrow.next_attempt_at > self._clock.now():
            return None
        if not (is_changed or is_leaving or is_new or escrow is not None):
            return None
        if link is None and not decision.entitled and not self._is_tracked(view, rule, source_id):
            return None
        return _Item(rule, source, decision, link, is_leaving, source_id)

    def _is_tracked(self, view: DirectoryView, rule: ObjectRule, source_id: str) -> bool:
        """True for those whose skip is worth a row: assigned in some way, or noticed as a change."""
        if self._watermark is not None or view.sync_all or source_id in view.assigned:
            return True
        return rule.object_type == "User" and source_id in view.groups_of

    # ------------------------------------------------------------ doing it

    def _export(self, client: ScimClient, view: DirectoryView, items: list[_Item]) -> int:
        """Work on every item; the number of removals that were held back."""
        removals = sum(item.is_removal for item in items)
        with self._tenant.lock:
            threshold = delete_threshold(self._app, self._job, self._limits)
        holds = threshold is not None and removals > threshold and not self._force
        for rule in self._rules:
            worker = self._worker(client, rule)
            for item in items:
                if item.rule is rule:
                    self._progress(len(items))
                    if holds and item.is_removal and item.link is not None:
                        name = link_name(self._job, item.source_id)
                        self._log(worker.hold_back(item.source, item.link, name))
                    else:
                        self._work(worker, item)
        for rule in self._rules:
            if rule.object_type == "Group" and rule.carries_members and rule.flows("Update"):
                self._fill_groups(self._worker(client, rule), view, items)
        return removals if holds else 0

    def _worker(self, client: ScimClient, rule: ObjectRule) -> ObjectWorker:
        return ObjectWorker(
            client,
            rule,
            self._app.display_name,
            self._clock.now,
            refresh=self._watermark is None,
            keeps_leavers=self._secrets.get("SkipOutOfScopeDeletions", "").strip().lower() == "true",
        )

    def _work(self, worker: ObjectWorker, item: _Item) -> None:
        with self._guard:
            with self._tenant.lock:
                link = self._job.links.get(item.source_id)
                escrow = self._job.escrows.get(item.source_id)
            if item.source is None or item.decision is None:
                if link is None:
                    return
                result = worker.remove(link, link_name(self._job, item.source_id))
                source = Source(item.source_id, item.rule.object_type, result.report.name, "", {}, 0)
            else:
                source = item.source
                result = worker.work(source, item.decision, link, escrow)
                if link is None and result.link is not None and item.rule.object_type == "Group":
                    self._fresh_groups.add(source.id)
            self._settle(source, result)

    def _fill_groups(self, worker: ObjectWorker, view: DirectoryView, items: Iterable[_Item]) -> None:
        with self._tenant.lock:
            people = self._tenant.people.keys()
            target_ids = {
                key: link.target_id for key, link in self._job.links.items() if link.object_type == "User"
            }
        seen = {item.source_id for item in items if item.rule is worker.rule and item.source is not None}
        for group_id in sorted(seen | self._fresh_groups):
            source = view.source("Group", group_id)
            with self._tenant.lock:
                link = self._job.links.get(group_id)
            if source is None or link is None or group_id not in self._entitled:
                continue
            with self._guard:
                result = fill_group(worker, source, link, target_ids, people)
                if result is not None:
                    self._settle(source, result)

    def _settle(self, source: Source, result: Result) -> None:
        """Note how an object fared, and give up where going on makes no sense.

        Raises:
            ScimFailure: The vendor refuses the token, or has not answered several times in a row.
        """
        job, failure = self._job, result.failure
        with self._tenant.lock:
            if result.link is None:
                job.links.pop(source.id, None)
            else:
                job.links[source.id] = result.link
            if failure is None:
                job.escrows.pop(source.id, None)
            elif failure.status != 401:
                escrow = note_failure(job, source, failure, self._clock, self._limits)
                mark_failed(
                    result.report,
                    failure,
                    retries=escrow.attempts - 1 if escrow else 0,
                    next_attempt_at=escrow.next_attempt_at if escrow else None,
                )
        self._failed += failure is not None
        self._operations += result.operations
        self._exported += result.report.status is Status.SUCCESS
        self._log(result.report)
        if failure is not None:
            self._silences = self._silences + 1 if failure.status == 0 and failure.method else 0
            if failure.status == 401 or self._silences >= _MAX_SILENCES:
                raise failure
        elif result.operations:
            self._silences = 0

    def _count(self) -> None:
        """Objects that the job holds, by type; a figure never falls. The caller holds the lock."""
        counts = self._job.counts
        for object_type, held in Counter(link.object_type for link in self._job.links.values()).items():
            counts[object_type] = max(counts.get(object_type, 0), held)

    def _log(self, report: Report) -> None:
        row = log_row(
            report, tenant_id=self._tenant.tenant_id, app=self._app, job=self._job, cycle_id=self._id
        )
        self._tenant.add_log_row(row)

    def _progress(self, total: int) -> None:
        self._done += 1
        if self._done % _PROGRESS_EVERY == 1:
            row = {
                "units": "Objects",
                "completedUnits": self._done - 1,
                "totalUnits": total,
                "progressObservationDateTime": stamp(self._clock.now()),
            }
            with self._tenant.lock:
                self._job.progress = [row]
                self._count()

    # ------------------------------------------------------------ the end

    def _finish(self, view: DirectoryView, held: int) -> None:
        job = self._job
        with self._tenant.lock:
            if job.was_deleted:
                return
            job.progress = []
            execution = self._execution("EntryLevelErrors" if self._failed else "Succeeded")
            # A restart or a new schema that came in between stands.
            if job.schema is self._schema and job.watermark == self._watermark:
                job.watermark = view.version
            reason = volume_quarantine(len(job.escrows), max(self._looked_at, 1), self._limits)
            if held:
                error = CycleError(
                    TOO_MANY_DELETES,
                    f"{held} removals are waiting, more than the accidental-deletion threshold lets through.",
                )
                self._fail(execution, TOO_MANY_DELETES, error)
                return
            if reason is not None:
                error = CycleError(reason, f"{len(job.escrows)} objects could not be provisioned.")
                self._fail(execution, reason, error)
                return
            if self._force:
                job.force_deletes = False
            self._succeed(execution)

    def _succeed(self, execution: Execution) -> None:
        job = self._job
        job.last_execution = job.last_successful = execution
        if self._operations:
            job.last_successful_with_exports = execution
        job.successive_failures = 0
        job.quarantine = None
        job.steady_first_at = job.steady_first_at or execution.ended_at
        job.steady_last_at = execution.ended_at
        if job.is_scheduled:
            job.status_code = "Active"
        elif job.schedule_state == "Paused":
            job.status_code = "Paused"

    def _break_off(self, failure: ScimFailure) -> None:
        with self._tenant.lock:
            if self._job.was_deleted:
                return
            self._job.progress = []
            self._fail(self._execution("Failed"), _EXCEPTION, cycle_error(failure))

    def _fail(self, execution: Execution, reason: str, error: CycleError) -> None:
        """Note a cycle that failed as a whole. The caller holds the lock."""
        execution.state, execution.error = "Failed", error
        self._job.last_execution = execution
        self._job.successive_failures += 1
        put_in_quarantine(self._job, reason, error, self._clock, self._limits)

    def _execution(self, state: str) -> Execution:
        ended_at: datetime = self._clock.now()
        self._count()
        return Execution(
            activity_id=self._id,
            began_at=self._began_at,
            ended_at=ended_at,
            state=state,
            entitled=len(self._entitled),
            entitled_for_provisioning=len(self._entitled),
            escrowed=len(self._job.escrows),
            escrowed_raw=len(self._job.escrows),
            exported=self._exported,
            exports=self._operations,
            imported=self._looked_at,
            imported_deltas=self._deltas,
        )
