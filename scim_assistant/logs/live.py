"""Follow the provisioning log of one job while it is being written.

Microsoft writes rows late and out of order, so every round asks again for a stretch that was read before and
leaves out what is known by id. The feed remembers ids only as far back as it still asks, so it can run for weeks.
Where rows are kept and shown is up to others: ``rows.py`` keeps them, ``ui/log_viewer`` shows them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final

from scim_assistant.errors import ServiceRefused
from scim_assistant.graph.logs import fetch_events
from scim_assistant.graph.types import ProvisioningEvent
from scim_assistant.logs.explain import message as explained
from scim_assistant.logs.row import Row, read_row
from scim_assistant.sentence import Sentence, say
from scim_assistant.tenant.checks import Cause
from scim_assistant.tenant.explain import Explained, explain_refusal
from scim_assistant.tenant.session import Session
from scim_assistant.work import Pace, Work

POLL_EVERY_S: Final = 20.0
"""Between two rounds, in the service's seconds; 15 to 30 leaves room in the limit of 5 log calls in 10 seconds."""
POLL_AT_LEAST_S: Final = 0.5
"""Between two rounds, in our seconds, however fast a practice world runs."""
OVERLAP_S: Final = 20 * 60.0
"""How far an ordinary round looks back behind the newest row, in the service's seconds."""
FAR_OVERLAP_S: Final = 3 * 60 * 60.0
"""How far every tenth round looks back, for rows that came later still."""
FAR_EVERY: Final = 10
OVERLAP_AT_LEAST_S: Final = 30.0
"""Clocks differ by seconds however fast a practice world runs."""
BURST: Final = 16
REST_S: Final = 0.003
# Making a row takes 0.1 ms of Python, during which nothing else in this process runs. A window must be able to draw
# between two bursts; 16 rows and a rest still make 3,000 rows a second, six times what Microsoft's limits let through.

FIRST_LOOK: Final = timedelta(days=7)
"""How far the first round looks back; what every licence keeps."""


class Lack(Enum):
    """What is missing when Microsoft refuses to show the log. Each has its own remedy."""

    LICENCE = "licence"
    SCOPE = "scope"
    ROLE = "role"


class LogsRefused(ServiceRefused):
    """Microsoft does not show this person the provisioning log. ``lack`` says what is missing.

    Args:
        lack: What is missing.
        error: The refusal; an ``Explained`` one says more exactly what to do about a role.
    """

    def __init__(self, lack: Lack, error: ServiceRefused) -> None:
        why, next_step = _REFUSALS[lack]
        if lack is Lack.ROLE and isinstance(error, Explained):
            why, next_step = error.why, error.next_step
        super().__init__(say("The provisioning log cannot be shown."), why, next_step, error.details)
        self.lack = lack


_REFUSALS: Final = {
    Lack.LICENCE: (
        say("This tenant has no Microsoft Entra ID P1 or P2 licence, and the log needs one."),
        say(
            "Provisioning itself can go on; look at the people in the app, or add a licence and open the log again."
        ),
    ),
    Lack.SCOPE: (
        say("This sign-in does not hold the permission ProvisioningLog.Read.All."),
        say("Ask an administrator to consent to ProvisioningLog.Read.All, then sign in again."),
    ),
    Lack.ROLE: (
        say(
            "Microsoft refused, although the sign-in holds the permission; a directory role is the likely reason."
        ),
        say(
            "Ask for the role Reports Reader (enough for the log) or Application Administrator, then try again."
        ),
    ),
}
_LACKS: Final = {Cause.LICENCE: Lack.LICENCE, Cause.PERMISSION: Lack.SCOPE}


def tell_apart(error: ServiceRefused, session: Session, work: Work) -> ServiceRefused:
    """Say which of the three things is missing when the log is refused. May ask for the person's roles and licences.

    Args:
        error: As the service answered.
        session: Who asked.
        work: Cancel.

    Returns:
        A ``LogsRefused`` for a 403, the error itself for everything else.

    Raises:
        SignInNeeded: The sign-in has ended.
        Cancelled: The person pressed Cancel.
    """
    if error.status != 403:
        return error
    explained = explain_refusal(error, session, work)
    if not isinstance(explained, Explained):
        return explained
    return LogsRefused(_LACKS.get(explained.cause, Lack.ROLE), explained)


class LiveFeed:
    """One job's log, read in rounds. Use it from one job at a time.

    Args:
        session: Whose eyes see the log.
        job_id: Which provisioning job.
        message: Says in one sentence what happened in an event; the catalogue's sentence unless tests say otherwise.
        now: The clock (aware UTC).
    """

    def __init__(
        self,
        session: Session,
        job_id: str,
        *,
        message: Callable[[ProvisioningEvent], Sentence] = explained,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._session = session
        self._job_id = job_id
        self._message = message
        self._now = now
        self._seen: dict[str, datetime | None] = {}
        self._newest: datetime | None = None
        self._rounds = 0

    @property
    def interval_s(self) -> float:
        """Our seconds between the end of one round and the start of the next."""
        return max(POLL_AT_LEAST_S, self._session.pace.real_s(POLL_EVERY_S))

    def fetch_new(self, work: Work) -> tuple[Row, ...]:
        """One round: all rows that were not there before, newest first.

        Raises:
            LogsRefused: Licence, permission or role is missing.
            KnownError: The log could not be read.
            Cancelled: The person pressed Cancel.
        """
        rows = [row for page in self.fetch_pages(work) for row in page]
        return tuple(sorted(rows, key=lambda row: row.order, reverse=True))

    def fetch_pages(self, work: Work) -> Iterator[tuple[Row, ...]]:
        """One round, page by page as they come, each newest first; a page may be empty.

        A round that breaks off costs nothing: what it gave out is known, and the next round asks for the rest.

        Raises:
            LogsRefused: Licence, permission or role is missing.
            KnownError: The log could not be read.
            Cancelled: The person pressed Cancel.
        """
        since = self._since()
        newest = self._newest
        message = self._message
        try:
            for page in fetch_events(self._session.graph, self._job_id, since, work):
                rows = []
                for event in page:
                    if event.view.id in self._seen:
                        continue
                    row = read_row(event, message)
                    if row.at is not None:
                        if row.at <= since:
                            continue  # a service that ignores the filter sends the whole log
                        newest = row.at if newest is None else max(newest, row.at)
                    self._seen[row.id] = row.at
                    rows.append(row)
                    if len(rows) % BURST == 0:
                        work.wait(REST_S)
                yield tuple(sorted(rows, key=lambda row: row.order, reverse=True))
                work.check()
        except ServiceRefused as error:
            raise tell_apart(error, self._session, work) from error
        self._newest = newest
        self._rounds += 1
        self._forget()

    def _since(self) -> datetime:
        if self._newest is None:
            return self._now() - FIRST_LOOK
        far = self._rounds % FAR_EVERY == 0
        return self._newest - _overlap(self._session.pace, FAR_OVERLAP_S if far else OVERLAP_S)

    def _forget(self) -> None:
        if self._newest is None or self._rounds % FAR_EVERY != 1:
            return
        # The far look-back is measured from a newest row that only gets newer, so ids before it are never asked for.
        horizon = self._newest - _overlap(self._session.pace, FAR_OVERLAP_S)
        self._seen = {event_id: at for event_id, at in self._seen.items() if at is None or at > horizon}


def _overlap(pace: Pace, service_s: float) -> timedelta:
    return timedelta(seconds=max(OVERLAP_AT_LEAST_S, pace.real_s(service_s)))
