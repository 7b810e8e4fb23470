"""Provisioning of one object now, with its steps as the answer.

Always speaks the old dialect of PATCH, whatever the Tenant URL asks for, as the real service does. A group brings
along at most a few named members, who are provisioned first where they are entitled.

Source: Microsoft Graph v1.0 reference, provisionOnDemand; learn.microsoft.com, "On-demand provisioning" (read
2026-09).
"""

from __future__ import annotations

import threading

from scim_assistant.practice.engine_directory import DirectoryView, Source
from scim_assistant.practice.engine_job import validation_failure
from scim_assistant.practice.engine_members import change_members
from scim_assistant.practice.engine_object import ObjectWorker
from scim_assistant.practice.engine_rules import ObjectRule, object_rules
from scim_assistant.practice.log_rows import (
    Action,
    Report,
    Status,
    error_category,
    log_row,
    on_demand_key,
    on_demand_value,
)
from scim_assistant.practice.scim_client import ScimClient, ScimFailure
from scim_assistant.practice.state import App, Job, Json, Tenant, new_id


class OnDemand:
    """One run. Make a new one for each.

    Args:
        guard: Held while the object is exported, so that a cycle does not work on the same one.
    """

    def __init__(self, tenant: Tenant, app: App, job: Job, guard: threading.Lock) -> None:
        self._tenant = tenant
        self._app = app
        self._job = job
        self._guard = guard
        self._now = tenant.clock.now
        with tenant.lock:
            self._secrets = dict(app.secrets)
            self._rules = object_rules(job.schema)

    def run(
        self, rule_id: str, object_id: str, object_type: str, members: tuple[str, ...]
    ) -> tuple[Json, Json]:
        """Provision the object.

        Returns:
            The documents ``key`` and ``value``.

        Raises:
            LookupError: There is no such rule, or no such object in the directory.
        """
        rule = self._rule(rule_id, object_type)
        view = DirectoryView.take(self._tenant, self._app)
        source = view.source(rule.object_type, object_id)
        if source is None or source.attributes.get("IsDeleted"):
            raise LookupError(f"{rule.object_type} {object_id}")
        with ScimClient(
            self._secrets.get("BaseAddress", ""),
            self._secrets.get("SecretToken", ""),
            limits=self._tenant.limits,
            is_over=lambda: self._job.was_deleted,
            honour_flag=False,
            hosts=self._tenant.hosts,
            cut_off=self._tenant.faults.cloud_cut_off,
        ) as client:
            try:
                client.probe(rule.target, rule.first_matching_attribute)
            except ScimFailure as failure:
                report = self._untested(rule, source, failure)
            else:
                if members and rule.object_type == "Group":
                    self._work_on_members(client, view, members)
                report = self._work(client, view, rule, source)
                if report.status is not Status.FAILURE and members and rule.object_type == "Group":
                    report = self._put_in(client, rule, source, members, report)
        return on_demand_key(report), on_demand_value(report, self._job)

    def _rule(self, rule_id: str, object_type: str) -> ObjectRule:
        for rule in self._rules:
            if rule.rule_id == rule_id and rule.object_type.lower() == object_type.lower():
                return rule
        raise LookupError(f"rule {rule_id} for {object_type}")

    def _work(self, client: ScimClient, view: DirectoryView, rule: ObjectRule, source: Source) -> Report:
        worker = self._worker(client, rule)
        with self._guard:
            with self._tenant.lock:
                link = self._job.links.get(source.id)
            result = worker.work(source, view.decide(rule, source), link)
            with self._tenant.lock:
                if result.link is None:
                    self._job.links.pop(source.id, None)
                else:
                    self._job.links[source.id] = result.link
                if result.failure is None:
                    self._job.escrows.pop(source.id, None)
        self._log(result.report)
        return result.report

    def _work_on_members(self, client: ScimClient, view: DirectoryView, members: tuple[str, ...]) -> None:
        rule = next((each for each in self._rules if each.object_type == "User"), None)
        for member in members:
            person = view.source("User", member)
            if rule is not None and person is not None and view.decide(rule, person).entitled:
                self._work(client, view, rule, person)

    def _put_in(
        self,
        client: ScimClient,
        rule: ObjectRule,
        source: Source,
        members: tuple[str, ...],
        before: Report,
    ) -> Report:
        """Add the named members; the report that says most: of the group's own change, or of its members."""
        worker = self._worker(client, rule)
        named = [member for member in members if member in source.members]
        with self._guard:
            with self._tenant.lock:
                link = self._job.links.get(source.id)
                links = {member: self._job.links.get(member) for member in named}
            if link is None:
                return before
            there = [found.target_id for found in links.values() if found is not None]
            to_add = [target_id for target_id in there if target_id not in link.members]
            missing = [member for member, found in links.items() if found is None]
            result = change_members(worker, source, link, to_add, [], missing)
            if result is None:
                return before
            with self._tenant.lock:
                self._job.links[source.id] = result.link or link
        self._log(result.report)
        if result.report.status is Status.SKIPPED and before.status is Status.SUCCESS:
            return before
        report = result.report
        report.steps = [*before.steps, *report.steps]
        report.began_at = before.began_at
        if before.action is Action.CREATE and report.status is Status.SUCCESS:
            report.action = Action.CREATE
            report.changes = [*before.changes, *report.changes]
        return report

    def _worker(self, client: ScimClient, rule: ObjectRule) -> ObjectWorker:
        return ObjectWorker(
            client,
            rule,
            self._app.display_name,
            self._now,
            refresh=True,
            tells_attributes=True,
            keeps_leavers=self._secrets.get("SkipOutOfScopeDeletions", "").strip().lower() == "true",
        )

    def _untested(self, rule: ObjectRule, source: Source, failure: ScimFailure) -> Report:
        """The vendor's service did not pass the test that goes first."""
        now = self._now()
        found = validation_failure(failure)
        report = Report(
            object_type=rule.object_type,
            source_id=source.id,
            name=source.name,
            display_name=source.display_name,
            target_type=rule.target_type,
            began_at=now,
            ended_at=now,
            status=Status.FAILURE,
            error_code=found.code,
            reason=found.message,
            error_category=error_category(failure),
        )
        report.step(
            "EntryImport",
            "import",
            f"{self._app.display_name} did not pass the connection test",
            self._now(),
            Status.FAILURE,
        )
        return report

    def _log(self, report: Report) -> None:
        row = log_row(
            report, tenant_id=self._tenant.tenant_id, app=self._app, job=self._job, cycle_id=new_id()
        )
        self._tenant.add_log_row(row)
