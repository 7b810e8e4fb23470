"""One object's way through the engine: import, scoping, matching, export.

Used by cycles and by provisioning on demand. Nothing here knows of schedules, escrows or quarantine; what the
vendor refuses comes back as a failed report, and the caller decides what follows from it.

Source: learn.microsoft.com, "How application provisioning works" and "Customize attribute mappings" (read 2026-09).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from scim_assistant.practice.engine_directory import Source
from scim_assistant.practice.engine_rules import ACTIVE, MEMBERS, ObjectRule, text_of
from scim_assistant.practice.log_rows import (
    NO_MATCHING_VALUE,
    REDUNDANT,
    SKIPPED,
    TOO_MANY_DELETES,
    Action,
    Report,
    Status,
    error_category,
    reason_text,
)
from scim_assistant.practice.scim_bodies import read_value
from scim_assistant.practice.scim_client import ScimClient, ScimFailure
from scim_assistant.practice.state import Escrow, Job, Json, Link, stamp
from scim_assistant.rules.entitlement import NOT_ENTITLED, Decision, Reason, with_decision
from scim_assistant.rules.expressions import ExpressionError
from scim_assistant.rules.mapping import logged_values, mapped_values, matching_values, source_attributes

_INCOMPATIBLE: Final = "SystemForCrossDomainIdentityManagementServiceIncompatible"
_STILL_IN_SCOPE: Final = frozenset({Reason.SOFT_DELETED, Reason.DISABLED})


@dataclass(slots=True)
class Result:
    """How an object fared.

    Attributes:
        link: What to remember of it from now on; None when nothing is remembered.
        failure: What the vendor refused, if it did.
        operations: Writes that reached the vendor.
    """

    report: Report
    link: Link | None
    failure: ScimFailure | None = None
    operations: int = 0


@dataclass(slots=True)
class ObjectWorker:
    """Works on objects of one rule, one after the other.

    Attributes:
        refresh: Look at the vendor's copy before an update instead of trusting what was last written.
        keeps_leavers: Accounts of people who leave the scope are left alone (``SkipOutOfScopeDeletions``).
        tells_attributes: The import step lists the attributes that were read, as provisioning on demand does.
    """

    client: ScimClient
    rule: ObjectRule
    app_name: str
    now: Callable[[], datetime]
    refresh: bool = False
    keeps_leavers: bool = False
    tells_attributes: bool = False

    # ------------------------------------------------------------ the way

    def work(
        self, source: Source, decision: Decision, link: Link | None, escrow: Escrow | None = None
    ) -> Result:
        """Provision, disable or skip an object that is in the directory."""
        report = self._begin(source, link, escrow)
        scoping = Status.SUCCESS if decision.entitled else Status.SKIPPED
        report.step(
            "EntrySynchronizationScoping",
            "scoping",
            f"{self.rule.object_type} is judged by assignment and by each scoping filter",
            self.now(),
            scoping,
            details={**decision.step_details()},
        )
        try:
            if decision.entitled:
                return self._provision(source, decision, link, report)
            if link is not None and link.active:
                return self._leave(source, decision, link, report)
        except ScimFailure as failure:
            return self._failed(report, link, failure)
        except ExpressionError as problem:
            report.skip(SKIPPED, str(problem.why), self.now())
            return Result(report, link)
        report.skip(
            NOT_ENTITLED,
            f"{self._called(source)} is passed over: {decision.sentence(source.name, self.app_name)}",
            self.now(),
        )
        return Result(report, link)

    def remove(self, link: Link, name: str) -> Result:
        """Delete an object whose source is gone for good."""
        report = self._report(link.source_id, name, name)
        report.target_id = link.target_id
        report.step(
            "EntryImportDelete",
            "import",
            f"{self.rule.object_type} '{name}' was deleted in Microsoft Entra ID",
            self.now(),
        )
        try:
            return self._delete(report, link, name)
        except ScimFailure as failure:
            return self._failed(report, link, failure)

    def hold_back(self, source: Source | None, link: Link, name: str) -> Report:
        """Report a removal that the accidental-deletion guard keeps from happening."""
        display_name = source.display_name if source else name
        report = self._report(link.source_id, name, display_name)
        report.target_id = link.target_id
        report.action, report.status = Action.STAGED_DELETE, Status.WARNING
        report.error_code, report.error_category = TOO_MANY_DELETES, "nonServiceFailure"
        report.reason = "More removals are waiting than the accidental-deletion threshold lets through."
        report.step(
            "EntryImportDelete" if source is None else "EntryImport",
            "import",
            f"Received {self.rule.object_type} '{name}' from Microsoft Entra ID",
            self.now(),
        )
        report.step(
            "EntryExportDelete",
            "export",
            f"The removal of {self.rule.object_type} '{name}' is held back",
            self.now(),
            Status.SKIPPED,
        )
        return report

    # ------------------------------------------------------------ in scope

    def _provision(self, source: Source, decision: Decision, link: Link | None, report: Report) -> Result:
        attributes = with_decision(source.attributes, decision)
        current: Json | None = None
        report.action = Action.CREATE if link is None else Action.UPDATE
        if link is None:
            wanted = matching_values(self.rule.mapping, attributes)
            if not wanted:
                report.skip(
                    NO_MATCHING_VALUE,
                    f"{self._called(source)} has no value in any matching attribute",
                    self.now(),
                )
                return Result(report, None)
            found = self._match(wanted)
            if found is not None:
                report.target_id = str(found.get("id") or "")
                current = self._read(found)
                self._matched(report, source, current)
                link = Link(source.id, source.object_type, report.target_id, active=False)
        elif self.refresh:
            document = self.client.get(self.rule.target, link.target_id)
            if document is None:
                raise ScimFailure("InvalidAnchor", HTTPStatus.NOT_FOUND, "", method="GET")
            current = self._read(document)
            self._matched(report, source, current)
        else:
            current = dict(link.values)
        if link is None:
            return self._create(source, attributes, report)
        return self._update(source, attributes, link, current or {}, report)

    def _match(self, wanted: tuple[tuple[str, Any], ...]) -> Json | None:
        """The one object at the vendor that has a matching value; the first attribute that finds any decides."""
        for attribute, value in wanted:
            found = self.client.find(self.rule.target, attribute, value)
            if len(found) > 1:
                ids = ", ".join(str(each.get("id")) for each in found[:5])
                raise ScimFailure(
                    "DuplicateTargetEntries", 200, f"{attribute} is shared by {ids}", method="GET"
                )
            if found:
                return found[0]
        return None

    def _matched(self, report: Report, source: Source, current: Json) -> None:
        report.step(
            "EntryImport",
            "matching",
            f"Retrieved {self._called(source)} from {self.app_name}",
            self.now(),
            details={
                "id": report.target_id,
                **{name: text for name, value in current.items() if (text := text_of(value)) is not None},
            },
        )

    def _create(self, source: Source, attributes: Json, report: Report) -> Result:
        report.step(
            "EntrySynchronizationAdd",
            "matching",
            f"{self._called(source)} will be created in {self.app_name}: nobody there matches",
            self.now(),
        )
        if not self.rule.flows("Add"):
            report.skip(SKIPPED, "The mapping does not create objects", self.now())
            return Result(report, None)
        values = self._values(attributes, creating=True)
        missing = sorted(self.rule.required - values.keys() - {MEMBERS})
        if missing:
            raise ScimFailure("MandatoryFieldsMissing", 0, f"No value for {', '.join(missing)}")
        self._note_changes(report, {}, values)
        try:
            target_id = self.client.create(
                self.rule.target, [self.rule.change(path, None, value) for path, value in values.items()]
            )
        except ScimFailure as failure:
            if failure.status == HTTPStatus.NOT_FOUND:
                failure.code = _INCOMPATIBLE
            raise
        report.target_id = target_id
        report.step(
            "EntryExportAdd",
            "export",
            f"{self._called(source)} was created in {self.app_name}",
            self.now(),
            details={"ReportableIdentifier": source.name},
        )
        link = Link(source.id, source.object_type, target_id, values)
        return Result(report, link, operations=1)

    def _update(self, source: Source, attributes: Json, link: Link, current: Json, report: Report) -> Result:
        report.action = Action.UPDATE
        report.target_id = link.target_id
        values = self._values(attributes, creating=False)
        different = {
            path: value
            for path, value in values.items()
            if not self.rule.is_same(path, current.get(path), value)
        }
        now_known = replace(link, values={**current, **values}, active=True)
        if not different:
            report.skip(
                REDUNDANT,
                f"Nothing to change for {self._called(source)}: both sides already match",
                self.now(),
            )
            return Result(report, now_known)
        if not self.rule.flows("Update"):
            report.skip(SKIPPED, "The mapping does not update objects", self.now())
            return Result(report, link)
        self._note_changes(report, current, different)
        changes = [self.rule.change(path, current.get(path), value) for path, value in different.items()]
        self.client.change(self.rule.target, link.target_id, changes)
        report.step(
            "EntryExportUpdate",
            "export",
            f"{self._called(source)} was updated in {self.app_name}",
            self.now(),
            details={"ReportableIdentifier": source.name},
        )
        return Result(report, now_known, operations=1)

    # ------------------------------------------------------------ out of scope

    def _leave(self, source: Source, decision: Decision, link: Link, report: Report) -> Result:
        report.target_id = link.target_id
        if self.keeps_leavers and decision.reason not in _STILL_IN_SCOPE:
            report.skip(SKIPPED, "Accounts out of scope are left alone, as configured", self.now())
            return Result(report, link)
        if not self.rule.disables:
            return self._delete(report, link, source.name)
        values = self._values(with_decision(source.attributes, decision), creating=False)
        if ACTIVE not in values or self.rule.is_same(ACTIVE, link.values.get(ACTIVE, "True"), values[ACTIVE]):
            report.skip(REDUNDANT, "The mapping gives no other value for active", self.now())
            return Result(report, link)
        report.action = Action.DISABLE
        if not self.rule.flows("Update"):
            report.skip(SKIPPED, "The mapping does not update objects", self.now())
            return Result(report, link)
        old = link.values.get(ACTIVE, "True")
        self._note_changes(report, {ACTIVE: old}, {ACTIVE: values[ACTIVE]})
        self.client.change(self.rule.target, link.target_id, [self.rule.change(ACTIVE, old, values[ACTIVE])])
        report.step(
            "EntryExportUpdate",
            "export",
            f"{self._called(source)} was disabled in {self.app_name}",
            self.now(),
            details={"ReportableIdentifier": source.name},
        )
        # Who left the scope is no longer looked after: a later deletion in the directory is not passed on.
        kept = (
            replace(link, values={**link.values, ACTIVE: values[ACTIVE]}, active=False)
            if decision.reason in _STILL_IN_SCOPE
            else None
        )
        return Result(report, kept, operations=1)

    def _delete(self, report: Report, link: Link, name: str) -> Result:
        report.action = Action.DELETE
        if not self.rule.flows("Delete"):
            report.skip(SKIPPED, "The mapping does not delete objects", self.now())
            return Result(report, link)
        self.client.delete(self.rule.target, link.target_id)
        report.step(
            "EntryExportDelete",
            "export",
            f"{self.rule.object_type} '{name}' was deleted in {self.app_name}",
            self.now(),
            details={"ReportableIdentifier": name},
        )
        return Result(report, None, operations=1)

    # ------------------------------------------------------------ pieces

    def _begin(self, source: Source, link: Link | None, escrow: Escrow | None) -> Report:
        report = self._report(source.id, source.name, source.display_name)
        if link is not None:
            report.target_id = link.target_id
        kind = "Add" if link is None else "Update"
        report.step(
            f"EntryImport{kind}",
            "import",
            f"Received {self._called(source)} (change of type {kind}) from Microsoft Entra ID",
            report.began_at,
            details=self._read_attributes(source) if self.tells_attributes else None,
        )
        if escrow is not None:
            report.step(
                "EntryEscrowRetry",
                "import",
                f"{self._called(source)} failed before and is tried again",
                self.now(),
                details={
                    "CountProcessed": str(escrow.attempts),
                    "CreationTime": stamp(escrow.first_failed_at),
                    "NextAttempt": stamp(escrow.next_attempt_at),
                    "ModificationType": kind,
                    "TypeName": self.rule.object_type,
                },
            )
        return report

    def _read_attributes(self, source: Source) -> Json:
        names = sorted(source_attributes(self.rule.mapping) | {"objectId", "accountEnabled"})
        values = {name: source.attributes.get(name) for name in names}
        return {name: str(value) for name, value in values.items() if value is not None}

    def _report(self, source_id: str, name: str, display_name: str) -> Report:
        now = self.now()
        return Report(
            object_type=self.rule.object_type,
            source_id=source_id,
            name=name,
            display_name=display_name,
            target_type=self.rule.target_type,
            began_at=now,
            ended_at=now,
        )

    def _called(self, source: Source) -> str:
        return f"{self.rule.object_type} '{source.name}'"

    def _values(self, attributes: Json, *, creating: bool) -> dict[str, Any]:
        values = mapped_values(self.rule.mapping, attributes, creating=creating, now=self.now())
        # References need the vendor's ids and follow on their own.
        return {path: value for path, value in values.items() if path not in self.rule.references}

    def _read(self, document: Json) -> dict[str, Any]:
        """The vendor's values of everything that is mapped."""
        current = {}
        for line in self.rule.mapping.get("attributeMappings") or ():
            path = str(line.get("targetAttributeName") or "")
            if path and path not in self.rule.references:
                value = read_value(document, path)
                if value is not None:
                    current[path] = value
        return current

    def _note_changes(self, report: Report, current: Json, values: Json) -> None:
        shown = logged_values(self.rule.mapping, values)
        report.changes = [(path, text_of(current.get(path)), shown.get(path)) for path in values]

    def _failed(self, report: Report, link: Link | None, failure: ScimFailure) -> Result:
        verbs = {
            Action.CREATE: ("EntryExportAdd", "create"),
            Action.UPDATE: ("EntryExportUpdate", "update"),
            Action.DISABLE: ("EntryExportUpdate", "disable"),
            Action.DELETE: ("EntryExportDelete", "delete"),
        }
        called = f"{self.rule.object_type} '{report.name}'"
        if report.action in verbs and failure.method != "GET":
            name, verb = verbs[report.action]
            report.step(
                name,
                "export",
                f"Failed to {verb} {called} in {self.app_name}",
                self.now(),
                Status.FAILURE,
                details={"ReportableIdentifier": report.name},
            )
        else:
            report.step(
                "EntryImport",
                "matching",
                f"Failed to look for {called} in {self.app_name}",
                self.now(),
                Status.FAILURE,
            )
        mark_failed(report, failure, retries=failure.retries, next_attempt_at=None)
        return Result(report, link, failure)


def mark_failed(
    report: Report, failure: ScimFailure, *, retries: int, next_attempt_at: datetime | None
) -> None:
    """Note a failure on a report, with the attempts so far and the next one."""
    report.status = Status.FAILURE
    report.error_code = failure.code
    report.error_category = error_category(failure)
    report.reason = reason_text(failure, retries, next_attempt_at)


def link_name(job: Job, source_id: str) -> str:
    """How to call an object whose source is gone: by what it was matched by, else by its id."""
    link = job.links.get(source_id)
    values = link.values if link else {}
    return str(values.get("userName") or values.get("displayName") or source_id)
