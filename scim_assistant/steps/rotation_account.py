"""Whether a new token belongs to the account that is provisioned into: a vendor with one address for all its customers
picks the account by the token, so a search for nobody passes under anybody's.

The provisioning log says under which id the app keeps somebody; that one person is asked for with the new token. Only
a log that tells of somebody, and an app that says of each that nobody is there, make a doubt; all else claims nothing.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from scim_assistant.errors import KnownError
from scim_assistant.sentence import Sentence, say
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.graph.types import LoggedEvent, ProvisioningEvent
    from scim_assistant.scim.target import Target
    from scim_assistant.tenant.session import Session

_ROWS: Final = 200
"""So many of the newest events are looked at."""
_PEOPLE: Final = 3
"""One person may have been removed at the app by hand, so the next ones are asked for too."""
_WAIT_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class SameAccount:
    """What is known of the account behind a new token.

    Attributes:
        doubt: Why it may be another account; empty when nothing speaks for that.
        evidence: Who was looked for, and what came of it.
    """

    doubt: Sentence = Sentence("")
    evidence: tuple[tuple[str, str], ...] = ()


def look_for_people(session: Session, job_id: str, target: Target, app: str, work: Work) -> SameAccount:
    """Ask the app, with the new token, for people whom Microsoft has provisioned there. Changes nothing.

    Args:
        app: What to call the app.

    Raises:
        Cancelled: The person pressed Cancel.
    """
    from scim_assistant.scim.asking import ScimAsker

    asker, missing = ScimAsker(session.scim, target, most=_PEOPLE), []
    with suppress(
        KnownError
    ):  # a log that may not be read, or an app that is slow now: nothing is claimed then
        for name, target_id in _provisioned(session, job_id, work):
            status = asker.ask("GET", f"/Users/{quote(target_id, safe='')}", work).status
            if status == HTTPStatus.OK:
                return SameAccount(
                    evidence=(("Account", str(say("{name}, provisioned before, is there.", name=name))),)
                )
            if status != HTTPStatus.NOT_FOUND:
                return SameAccount()
            missing.append(name)
        if missing:
            return SameAccount(
                say(
                    "{app} does not know {name} under the new token, whom Microsoft has provisioned there: the token "
                    "may belong to another account.",
                    app=app,
                    name=missing[0],
                ),
                tuple(("Not there", name) for name in missing),
            )
    return SameAccount()


def _provisioned(session: Session, job_id: str, work: Work) -> tuple[tuple[str, str], ...]:
    """Names of the people provisioned last, with the ids that the app gave them."""
    from scim_assistant.graph.logs import events_request, read_events

    request = replace(events_request(job_id, top=_ROWS), timeout_s=_WAIT_S)
    return people_in(read_events(session.graph.send(request, work)))


def people_in(events: tuple[LoggedEvent, ...]) -> tuple[tuple[str, str], ...]:
    """Names and ids of people whom the newest word on each says to be at the app. Pure."""
    from scim_assistant.graph.types import same

    found: dict[str, str] = {}
    for event in sorted(events, key=lambda one: one.view.activity_date_time or "", reverse=True):
        view = event.view
        source, target, status = view.source_identity, view.target_identity, view.provisioning_status_info
        if source is None or target is None or status is None or not target.id:
            continue
        unchanged = _is_unchanged(view)
        if not same(source.identity_type, "User") or not (same(status.status, "success") or unchanged):
            continue
        # Whoever was disabled or deleted last may be hidden by the app, and says nothing.
        there = unchanged or (view.provisioning_action or "").casefold() in ("create", "update")
        found.setdefault(target.id, (source.display_name or source.id or "") if there else "")
    return tuple((name, target_id) for target_id, name in found.items() if name)[:_PEOPLE]


def _is_unchanged(event: ProvisioningEvent) -> bool:
    """True for somebody who was found at the app with the same values, which the log calls skipped."""
    from scim_assistant.graph.types import same

    status = event.provisioning_status_info
    error = status.error_information if status is not None else None
    reasons = [str((step.details or {}).get("SkipReason", "")) for step in event.provisioning_steps or ()]
    return any(same(one, "RedundantExport") for one in (*reasons, error.error_code if error else ""))
