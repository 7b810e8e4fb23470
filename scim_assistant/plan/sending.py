"""Sends the writes of a plan so that none happens twice: journal, send, journal; look before a second try."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from scim_assistant.errors import (
    Cancelled,
    KnownError,
    OutcomeUnknown,
    ScimAssistantError,
    ServiceRefused,
    SignInNeeded,
    UnreadableAnswer,
)
from scim_assistant.graph.client import GraphAnswer
from scim_assistant.plan import look, make
from scim_assistant.plan.change import Change
from scim_assistant.plan.journal import Journal
from scim_assistant.plan.ledger import Fate, Ledger, Write
from scim_assistant.sentence import Sentence, say
from scim_assistant.tenant.patience import patiently
from scim_assistant.tenant.session import Session
from scim_assistant.work import Work

T = TypeVar("T")


@dataclass(slots=True)
class Ids:
    """What is known of the app so far; empty when unknown."""

    app: str = ""
    application: str = ""
    job: str = ""
    template: str = ""
    role: str = ""

    def placeholders(self) -> dict[str, str]:
        """By the placeholder that stands for each in a plan."""
        return {make.APP: self.app, make.JOB: self.job, make.TEMPLATE: self.template, make.ROLE: self.role}


class SteadyWork(Work):
    """For a request that changes something: Cancel is heard in the waits between two tries, not in mid-flight."""

    def __init__(self, outer: Work) -> None:
        super().__init__()
        self._outer = outer

    def wait(self, seconds: float) -> None:
        """Wait; Cancel wakes it, since the try before was turned away or may be repeated."""
        self._outer.wait(seconds)

    def progress(self, done: int, total: int | None, sentence: Sentence) -> None:
        """Passed on."""
        self._outer.progress(done, total, sentence)


class Sending:
    """Sends requests for one set-up in one tenant.

    Args:
        told: What the journal says so far.
        session: Who writes where.
        journal: Told before and after each write.
        work: Cancel and progress.
    """

    def __init__(self, told: Ledger, session: Session, journal: Journal, work: Work) -> None:
        self._session = session
        self._client = session.graph
        self._journal = journal
        self._work = work
        self._steady = SteadyWork(work)
        self._writes = dict(told.writes)
        self._effective: set[str] = set()
        self._born_at = told.newest_at  # of the app or its job, whichever is newer
        self.ids = Ids(app=told.service_principal_id, application=told.application_id, job=told.job_id)

    def _create(
        self,
        change: Change,
        before: Mapping[str, Any],
        read_ids: Callable[[GraphAnswer], dict[str, Any]],
        find: Callable[[Write], dict[str, Any] | None],
    ) -> dict[str, Any]:
        """Send a request that must not take effect twice; look before it is sent a second time."""
        for attempt in (1, 2):
            self._journal.write("before", change.key, **before)
            write = Write(change.key, Fate.OPEN, True, before, datetime.now(UTC))
            try:
                ids = read_ids(self._send(change))
            except Cancelled:
                self._journal.write("refused", change.key, cancelled=True)
                raise
            except (OutcomeUnknown, UnreadableAnswer) as error:
                self._journal.write("unknown", change.key, **error_data(error))
                found = find(write)
                if found is not None:
                    self._after(change.key, found=True, **found)
                    return found
                self._journal.write("refused", change.key, looked=True)
                if attempt == 2:
                    raise
            except KnownError as error:
                self._journal.write("refused", change.key, **error_data(error))
                raise
            else:
                self._after(change.key, **ids)
                return ids
        raise AssertionError("two attempts end in one of the ways above")

    def _after(self, key: str, **data: Any) -> None:
        self._journal.write("after", key, **data)
        self._effective.add(key)

    def _pending(self, key: str) -> Write | None:
        """An earlier attempt that took effect, or may have, and may not be visible everywhere yet."""
        write = self._writes.get(key)
        return write if write is not None and write.fate in (Fate.OPEN, Fate.DONE) else None

    def took_effect(self, change: Change) -> bool:
        """True when the journal says that a change of this run is made, though it is not waited out."""
        return change.key in self._effective

    def _send(self, change: Change) -> GraphAnswer:
        request = make.fill(change.request, self.ids.placeholders())
        return self._patiently(lambda: self._client.send(request, self._steady))

    def _send_repeatable(self, change: Change) -> None:
        try:
            self._send(change)
        except (ServiceRefused, SignInNeeded) as error:
            # A server that failed may have done it all the same; what was turned away for its token was not done.
            if isinstance(error, SignInNeeded) or error.status < 500:
                self._journal.write("refused", change.key, **error_data(error))
            raise

    def _patiently(self, action: Callable[[], T]) -> T:
        """Do something with the app, excusing a server that does not know it yet while it is new."""
        return patiently(
            action,
            session=self._session,
            born_at=self._born_at,
            patience_s=look.LOOK_S,
            work=self._work,
            on_wait=lambda: self._say(say("Waiting until Microsoft knows everywhere what was made just now")),
        )

    def _say(self, sentence: Sentence) -> None:
        self._work.progress(0, None, sentence)


def error_data(error: ScimAssistantError) -> dict[str, Any]:
    """What the journal keeps of an error: what finds it again in a report, never what a service wrote."""
    if not isinstance(error, KnownError):
        return {"cancelled": isinstance(error, Cancelled)}
    return {
        "error": type(error).__name__,
        "status": error.details.status,
        "codes": list(error.details.codes),
        "request_id": error.details.request_id,
        "client_request_id": error.details.client_request_id,
    }
