"""What the entries of a journal add up to: which writes took effect, which are open, what is ours to undo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Any

from scim_assistant.errors import JournalTrouble
from scim_assistant.plan.journal import Entry, Unfinished, latest_wanted, read_wanted
from scim_assistant.plan.wanted import Wanted
from scim_assistant.secret import Secret

CREATE_APP = "create-app"
CREATE_JOB = "create-job"
WRITE_SECRETS = "write-secrets"
PAUSE = "pause"
START = "start"
RESTART = "restart"
UNDO = "undo:"
"""Prefix of the key of a change that takes another one back."""


def assign_key(principal_id: str) -> str:
    """Key of the change that assigns a person or group."""
    return f"assign:{principal_id}"


class Fate(Enum):
    """What is known of a write."""

    OPEN = "open"
    """Sent, perhaps; whether it took effect has to be looked up."""
    DONE = "done"
    REFUSED = "refused"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Write:
    """One change as the journal tells it.

    Attributes:
        key: Key of the change.
        fate: What is known of it.
        ours: True when this set-up made it, False when it was so before.
        before: What was journaled before sending, last attempt.
        before_at: When (aware UTC).
        after: Ids that the answer, or a look, gave.
        was: What stood there before the first attempt that took effect, for undoing.
    """

    key: str
    fate: Fate
    ours: bool
    before: Mapping[str, Any]
    before_at: datetime
    after: Mapping[str, Any] = field(default_factory=dict)
    was: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """The sum of a journal.

    Attributes:
        wanted: What was planned last, with the app filled in when it is known.
        profile_id: App profile.
        writes: Each change by key, in the order of the first attempt.
        planned: Keys of all changes that were ever planned, in order.
        service_principal_id, application_id, job_id: What exists now; empty when unknown.
        app_created_at: When this set-up created the app (aware UTC); None when it did not.
        newest_at: When it made the app or the job, whichever was later: as long as that is new, servers may not know
            it yet. None when it made neither.
        tested: The credential test from Microsoft's cloud passed with what was planned last.
        needs_secret: The service is not known to hold the secret.
        closed: Outcome, empty while the set-up is not closed.
    """

    wanted: Wanted
    profile_id: str
    writes: Mapping[str, Write]
    planned: tuple[str, ...]
    service_principal_id: str = ""
    application_id: str = ""
    app_created_at: datetime | None = None
    newest_at: datetime | None = None
    job_id: str = ""
    tested: bool = False
    needs_secret: bool = True
    closed: str = ""

    def fate(self, key: str) -> Fate | None:
        """What is known of a change, None when it was never tried."""
        write = self.writes.get(key)
        return write.fate if write else None

    def is_ours(self, key: str) -> bool:
        """True when this set-up made it and has not taken it back."""
        write = self.writes.get(key)
        return write is not None and write.fate is Fate.DONE and write.ours

    @property
    def open_writes(self) -> tuple[Write, ...]:
        """Writes whose effect has to be looked up, undoing left out."""
        return tuple(
            write
            for write in self.writes.values()
            if write.fate is Fate.OPEN and not write.key.startswith(UNDO)
        )

    @property
    def done(self) -> int:
        """How many planned changes are finished."""
        return sum(self.fate(key) in (Fate.DONE, Fate.UNDONE) for key in self.planned)

    @property
    def needs_restart(self) -> bool:
        """True when the scope was narrowed from everyone to those assigned and nothing was evaluated again since.

        Source: "Application provisioning known issues" on Microsoft Learn: changing the scope from all to assigned
        takes effect with a restart only (read August 2026).
        """
        narrowed, restarted = self.writes.get(WRITE_SECRETS), self.writes.get(RESTART)
        if narrowed is None or narrowed.fate is not Fate.DONE or not narrowed.before.get("narrowed"):
            return False
        return (
            restarted is None or restarted.fate is not Fate.DONE or restarted.before_at < narrowed.before_at
        )


def read_ledger(entries: tuple[Entry, ...]) -> Ledger:
    """Add up a journal.

    Raises:
        JournalTrouble: It does not say what the set-up is for.
    """
    wanted = latest_wanted(entries)
    writes: dict[str, Write] = {}
    planned: dict[str, None] = {}
    ids = {"service_principal_id": "", "application_id": "", "job_id": ""}
    created_at: datetime | None = None
    newest_at: datetime | None = None
    tested = confirmed = False
    closed = profile_id = ""
    secret_given = False
    for entry in entries:
        match entry.kind:
            case "begun":
                profile_id = str(entry.get("profile_id", ""))
                secret_given = _secret_given(entry)
                ids["service_principal_id"] = _wanted_app(entry)
            case "planned":
                closed = ""
                planned.update(
                    dict.fromkeys(
                        str(change.get("key", ""))
                        for change in entry.get("changes", ())
                        if not str(change.get("key", "")).startswith(UNDO)
                    )
                )
                if _secret_given(entry):
                    # A secret typed again has to be tested and confirmed again.
                    secret_given, confirmed, tested = True, False, False
                ids["service_principal_id"] = _wanted_app(entry) or ids["service_principal_id"]
            case "before":
                known = writes.get(entry.change)
                writes[entry.change] = Write(
                    key=entry.change,
                    fate=Fate.OPEN,
                    # An attempt that was open may have taken effect, so what follows stays ours.
                    ours=True,
                    before=entry.data or {},
                    before_at=entry.at,
                    was=(known.was if known and known.was is not None else entry.get("was")),
                )
            case "after":
                known = writes.get(entry.change)
                already = bool(entry.get("already"))
                writes[entry.change] = Write(
                    key=entry.change,
                    fate=Fate.DONE,
                    ours=_is_ours(known, already=already),
                    before=known.before if known else {},
                    before_at=known.before_at if known else entry.at,
                    after=entry.data or {},
                    was=known.was if known else None,
                )
                for name, known_id in ids.items():
                    ids[name] = str(entry.get(name) or known_id)
                if entry.change == CREATE_APP and writes[entry.change].ours:
                    created_at = _moment(entry.get("created_at")) or entry.at
                    newest_at = max(created_at, newest_at or created_at)
                if entry.change == CREATE_JOB and writes[entry.change].ours:
                    made_at = writes[entry.change].before_at if entry.get("found") else entry.at
                    newest_at = max(made_at, newest_at or made_at)
                if entry.change.startswith(UNDO):
                    _take_back(entry.change.removeprefix(UNDO), writes, ids)
                    if entry.change == UNDO + CREATE_APP:
                        created_at, newest_at, confirmed = None, None, False
                    if entry.change == UNDO + WRITE_SECRETS:
                        confirmed = False
            case "refused":
                known = writes.get(entry.change)
                if known is not None:
                    writes[entry.change] = replace(known, fate=Fate.REFUSED)
            case "chosen":
                app = str(entry.get("service_principal_id") or "")
                ids["service_principal_id"] = app
                ids["application_id"] = str(entry.get("application_id") or "")
                if not app:
                    ids["job_id"], created_at, newest_at, confirmed = "", None, None, False
                    writes.clear()
            case "tested":
                tested = True
            case "confirmed":
                confirmed = True
            case "closed":
                closed = str(entry.get("outcome", "")) or "closed"
            case _:
                pass
    app_id = ids["service_principal_id"]
    keeps_stored = not secret_given and bool(wanted.service_principal_id) and created_at is None
    return Ledger(
        wanted=replace(wanted, service_principal_id=app_id or None),
        profile_id=profile_id,
        writes=writes,
        planned=tuple(planned),
        service_principal_id=app_id,
        application_id=ids["application_id"],
        app_created_at=created_at,
        newest_at=newest_at,
        job_id=ids["job_id"],
        tested=tested,
        needs_secret=not confirmed and not keeps_stored,
        closed=closed,
    )


def read_unfinished(
    setup_id: str, tenant_id: str, entries: tuple[Entry, ...], *, damaged: bool
) -> Unfinished | None:
    """A journal as something to go on with; None when it is closed, empty, or nothing was planned in it yet."""
    if not entries or not any(entry.kind in ("planned", "before", "after") for entry in entries):
        return None
    try:
        ledger = read_ledger(entries)
    except JournalTrouble:
        return None
    if ledger.closed:
        return None
    return Unfinished(
        setup_id=setup_id,
        tenant_id=tenant_id,
        app_name=ledger.wanted.app_name,
        profile_id=ledger.profile_id,
        begun_at=entries[0].at,
        last_at=entries[-1].at,
        done=ledger.done,
        total=len(ledger.planned),
        needs_secret=ledger.needs_secret,
        damaged=damaged,
        app_id=ledger.service_principal_id,
    )


def with_secret(wanted: Wanted, secret: Secret | None) -> Wanted:
    """The target of a journal with the secret that the person entered again."""
    return replace(wanted, secret=secret) if secret else wanted


def _is_ours(known: Write | None, *, already: bool) -> bool:
    """An attempt whose outcome was open says that it was not there before, so what is there now is its effect."""
    if known is not None and known.fate is Fate.OPEN:
        return True
    if known is not None and known.fate is Fate.DONE:
        return known.ours
    return not already


def _take_back(key: str, writes: dict[str, Write], ids: dict[str, str]) -> None:
    if key in writes:
        writes[key] = replace(writes[key], fate=Fate.UNDONE)
    if key == CREATE_JOB:
        ids["job_id"] = ""
    if key == CREATE_APP:
        ids.update(service_principal_id="", application_id="", job_id="")
        for other, write in writes.items():
            # What hung under the app went with it.
            if not other.startswith(UNDO) and write.fate is Fate.DONE:
                writes[other] = replace(write, fate=Fate.UNDONE)


def _secret_given(entry: Entry) -> bool:
    data = entry.get("wanted")
    return isinstance(data, Mapping) and bool(data.get("secret_given"))


def _wanted_app(entry: Entry) -> str:
    data = entry.get("wanted")
    return str(data.get("service_principal_id") or "") if isinstance(data, Mapping) else ""


def _moment(text: object) -> datetime | None:
    from scim_assistant.graph.types import when

    try:
        return when(text) if isinstance(text, str) else None
    except ValueError:
        return None


__all__ = ["Fate", "Ledger", "Write", "read_ledger", "read_unfinished", "read_wanted", "with_secret"]
