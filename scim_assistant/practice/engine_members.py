"""Group memberships: which members a group at the vendor should have, and the changes that get it there.

Groups are created empty and filled afterwards, when the people exist. Only people count as members, not groups
inside groups. Somebody who is not at the vendor is left out, and a later appearance alone does not bring them
in: the group has to change, or the job to start over.

Source: learn.microsoft.com, "Known issues for provisioning" and "Develop a SCIM endpoint" (read 2026-09).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from scim_assistant.practice.engine_directory import Source
from scim_assistant.practice.engine_object import ObjectWorker, Result, mark_failed
from scim_assistant.practice.log_rows import UNRESOLVED, Action, Report, Status
from scim_assistant.practice.scim_client import ScimFailure
from scim_assistant.practice.state import Link


def fill_group(
    worker: ObjectWorker,
    source: Source,
    link: Link,
    target_ids: Mapping[str, str],
    people: Collection[str],
) -> Result | None:
    """Bring a group's members at the vendor into step.

    Args:
        worker: For groups.
        link: The group at the vendor.
        target_ids: Person id to the vendor's id, for everybody who is there.
        people: Ids of the people of the directory; members that are not among them are groups and do not count.

    Returns:
        None when there is nothing to say.
    """
    members = [member for member in source.members if member in people]
    wanted = {target_ids[member] for member in members if member in target_ids}
    unresolved = [member for member in members if member not in target_ids]
    missing = wanted - link.members
    to_add = [target_ids[member] for member in members if target_ids.get(member) in missing]
    to_remove = sorted(link.members - wanted)
    return change_members(worker, source, link, to_add, to_remove, unresolved)


def change_members(  # noqa: PLR0917 - one group, its link, and three lists of ids
    worker: ObjectWorker,
    source: Source,
    link: Link,
    to_add: list[str],
    to_remove: list[str],
    unresolved: list[str],
) -> Result | None:
    """Add and remove members, and report it."""
    if not to_add and not to_remove and not unresolved:
        return None
    report = _report(worker, source, link)
    if unresolved:
        report.step(
            "ReferenceResolution",
            "referenceResolution",
            f"{len(unresolved)} of the members of Group '{source.name}' are not in {worker.app_name}",
            worker.now(),
            Status.SKIPPED,
            details={"SkipReason": UNRESOLVED, "UnresolvedReferences": ", ".join(unresolved[:20])},
        )
    if not to_add and not to_remove:
        report.skip(
            UNRESOLVED, f"Members of Group '{source.name}' are missing in {worker.app_name}", worker.now()
        )
        return Result(report, link)
    done = set(link.members)
    try:
        if to_add:
            worker.client.add_members(link.target_id, to_add)
            done |= set(to_add)
        if to_remove:
            worker.client.remove_members(link.target_id, to_remove)
            done -= set(to_remove)
    except ScimFailure as failure:
        report.step(
            "EntryExportUpdate",
            "export",
            f"Failed to update Group '{source.name}' in {worker.app_name}",
            worker.now(),
            Status.FAILURE,
            details={"ReportableIdentifier": source.name},
        )
        mark_failed(report, failure, retries=failure.retries, next_attempt_at=None)
        return Result(report, replace(link, members=done), failure)
    report.changes = [("members", ", ".join(to_remove) or None, ", ".join(to_add) or None)]
    report.step(
        "EntryExportUpdate",
        "export",
        f"Group '{source.name}' was updated in {worker.app_name}: "
        f"{len(to_add)} members added, {len(to_remove)} removed",
        worker.now(),
        details={"ReportableIdentifier": source.name},
    )
    return Result(report, replace(link, members=done), operations=1)


def _report(worker: ObjectWorker, source: Source, link: Link) -> Report:
    now = worker.now()
    report = Report(
        object_type="Group",
        source_id=source.id,
        name=source.name,
        display_name=source.display_name,
        target_type=worker.rule.target_type,
        began_at=now,
        ended_at=now,
        target_id=link.target_id,
        action=Action.UPDATE,
    )
    report.step(
        "EntryImportUpdate",
        "import",
        f"Received the members of Group '{source.name}' from Microsoft Entra ID",
        now,
    )
    return report
