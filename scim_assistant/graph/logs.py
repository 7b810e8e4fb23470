"""Calls about the provisioning log.

Limited to five requests in ten seconds for the whole program; rows arrive late and out of order, so whoever keeps
them asks for an overlapping window and drops those already known.

Source: Microsoft Graph v1.0 reference, page *List provisioningObjectSummary*; throttling limits of the reports workload
(2026-11).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from scim_assistant.errors import ServiceRefused
from scim_assistant.graph.client import GraphAnswer, GraphClient
from scim_assistant.graph.read import raw_list, read_item
from scim_assistant.graph.request import Budget, GraphRequest, odata_text
from scim_assistant.graph.types import LoggedEvent, ProvisioningEvent, when
from scim_assistant.sentence import say
from scim_assistant.work import Work

PAGE_SIZE = 1000
MAX_BYTES = 64 * 1024 * 1024


def events_request(
    job_id: str, since: datetime | None = None, *, top: int | None = PAGE_SIZE
) -> GraphRequest:
    """List the events of a job.

    Args:
        since: Only later ones (aware UTC); the service knows 'later than', not 'at or later than'.
        top: Events a page; None leaves it to the service.
    """
    wanted = f"jobId eq {odata_text(job_id)}"
    if since is not None:
        at = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        wanted += f" and activityDateTime gt {at}Z"
    query = (("$filter", wanted),)
    return GraphRequest(
        "GET",
        "/auditLogs/provisioning",
        say("The provisioning log could not be read."),
        query=query if top is None else (*query, ("$top", str(top))),
        budget=Budget.LOGS,
        timeout_s=120.0,
        max_bytes=MAX_BYTES,
    )


def fetch_events(
    client: GraphClient, job_id: str, since: datetime | None, work: Work, *, top: int | None = PAGE_SIZE
) -> Iterator[tuple[LoggedEvent, ...]]:
    """The events of a job, page by page, each with its JSON text as it came.

    Which combinations of filters the service takes is not published: where it refuses ours, all events of the job are
    read and the older ones left out here.

    Raises:
        ServiceRefused: The log cannot be read: no permission, no role, or no licence.
        UnreadableAnswer: An event is not built as expected.
    """
    pages = client.pages(events_request(job_id, since, top=top), work)
    try:
        first = next(pages, None)
    except ServiceRefused as error:
        if error.status != 400 or since is None:
            raise
        for answer in client.pages(events_request(job_id, top=top), work):
            yield tuple(event for event in read_events(answer) if _is_later(event, since))
        return
    if first is not None:
        yield read_events(first)
    for answer in pages:
        yield read_events(answer)


def read_events(answer: GraphAnswer) -> tuple[LoggedEvent, ...]:
    """The events of one page.

    Raises:
        UnreadableAnswer: One is not built as expected; the path names it.
    """
    return tuple(
        LoggedEvent(view=read_item(answer, raw, ProvisioningEvent, f"$.value[{index}]"), raw=raw)
        for index, raw in enumerate(map(bytes, raw_list(answer)))
    )


def _is_later(event: LoggedEvent, since: datetime) -> bool:
    try:
        at = when(event.view.activity_date_time)
    except ValueError:
        return True  # whoever keeps it decides; it is not dropped unseen
    return at is None or at > since
