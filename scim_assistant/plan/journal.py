"""The journal of a set-up: append-only JSON Lines, synced to disk before and after every write to a tenant.

It makes a set-up safe to kill. It never holds a secret; of a secret it keeps only that one was given.
What the entries add up to is read in ``ledger.py``.

One line is ``{"kind", "at", "change", "data"}``. Kinds:

======== =================================================================================================
begun    the set-up: format version, tenant, profile, wanted
planned  a plan that the person applies: wanted and its changes
before   a write is about to be sent: what for, under which name, what was there already
after    it took effect (``already``: it was so before; ``found``: learned by looking), with the ids
refused  it took no effect: refused by the service, or looked for longer than replication takes and not found
unknown  no answer came, so whether it took effect has to be looked up
tested   the credential test from Microsoft's cloud passed
confirmed  the settings were read back as written
chosen   the person said which app belongs to this set-up (none: a new one is made)
stopped  cancelled between two changes
mended   a line that a crash had cut off was removed
closed   finished, undone or abandoned
======== =================================================================================================
"""

from __future__ import annotations

import json
import os
import re
import secrets
import threading
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from scim_assistant import disk
from scim_assistant.errors import JournalInUse, JournalTrouble
from scim_assistant.plan.wanted import Mode, Principal, Wanted
from scim_assistant.secret import MASK, Secret
from scim_assistant.sentence import Sentence, say

VERSION = 1
"""Format of the lines. A program refuses a newer one."""

_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,99}")
_SHORTEST_HIDDEN = 6


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A set-up that was left half done.

    Attributes:
        setup_id: Its journal.
        tenant_id: In which tenant.
        app_name: Name that the app has or was to get.
        profile_id: App profile it was started with.
        begun_at, last_at: First and last entry (aware UTC).
        done, total: Changes finished and planned.
        needs_secret: The stored secret was not confirmed as written, so the person has to enter it again.
        damaged: The last line was cut off by a crash; what it said is looked up in the tenant.
        app_id: Object id of the app, where it is known; empty otherwise.
    """

    setup_id: str
    tenant_id: str
    app_name: str
    profile_id: str
    begun_at: datetime
    last_at: datetime
    done: int
    total: int
    needs_secret: bool
    damaged: bool = False
    app_id: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a journal: what kind, when (aware UTC), about which change, with which data."""

    kind: str
    at: datetime
    change: str = ""
    data: Mapping[str, Any] | None = None

    def get(self, name: str, default: Any = None) -> Any:
        """One value of the data."""
        return (self.data or {}).get(name, default)


class Journal:
    """One set-up's journal, locked for this program as long as this object lives or until ``release``.

    Attributes:
        setup_id: Which set-up.
        tenant_id: In which tenant.
        path: The file.
    """

    def __init__(self, path: Path, handle: int, *, secret: Secret | None = None) -> None:
        self.setup_id = path.stem
        self.tenant_id = path.parent.name
        self.path = path
        self._handle = handle
        self._secret = secret
        self._writing = threading.Lock()
        # The lock is the open file: it has to go when nobody holds this journal any more.
        self._finalizer = weakref.finalize(self, os.close, handle)

    def write(self, kind: str, change: str = "", **data: Any) -> None:
        """Append one entry and sync it to disk.

        Secrets in the data are left out: of each stays only whether there was one.

        Raises:
            JournalTrouble: The disk refused; nothing may be written to the tenant then.
        """
        entry = {
            "kind": kind,
            "at": datetime.now(UTC).isoformat(),
            "change": change,
            "data": self._without_secrets(data),
        }
        text = json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
        # Half of a surrogate pair in a name becomes the escape that JSON has for it.
        line = text.encode("utf-8", "backslashreplace") + b"\n"
        with self._writing:
            if not self._finalizer.alive:
                raise _trouble(say("The set-up's journal was not written."), say("It is closed already."))
            size: int | None = None
            try:
                size = os.fstat(self._handle).st_size
                disk.write_all(self._handle, line)
                disk.sync(self._handle)
            except OSError as error:
                self._cut(size)
                raise _trouble(
                    say("The set-up's journal was not written."),
                    say("The disk refused: {why}.", why=error.strerror or "no reason given"),
                    say("Make room on the disk or check its rights, then go on with the set-up."),
                ) from error

    def _cut(self, size: int | None) -> None:
        """Take back half a line, so that the next one starts on a line of its own."""
        if size is not None:
            try:
                os.ftruncate(self._handle, size)
            except OSError:
                return  # opening the journal the next time mends it

    def entries(self) -> tuple[Entry, ...]:
        """All entries, oldest first; a line cut off by a crash at the end is left out.

        Raises:
            JournalTrouble: The file cannot be read, or a line in its middle is damaged.
        """
        return _read(self.path).strictly()

    def wanted(self) -> Wanted:
        """What the set-up was for, without the secret.

        Raises:
            JournalTrouble: The file cannot be read.
        """
        return latest_wanted(self.entries())

    def release(self) -> None:
        """Give up the lock, so that another program may go on with this set-up."""
        with self._writing:
            self._finalizer()

    def hide(self, secret: Secret | None) -> None:
        """Never write this text, whatever it hides in. Kept in memory only."""
        self._secret = secret or self._secret

    def _without_secrets(self, value: Any) -> Any:
        if isinstance(value, Secret):
            return {"secret": "given" if value else "none"}
        if isinstance(value, str):
            return self._hidden(value)
        if isinstance(value, Enum):
            return value.value
        if isinstance(value, datetime):
            return value.astimezone(UTC).isoformat()
        if isinstance(value, Mapping):
            return {self._hidden(str(key)): self._without_secrets(item) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._without_secrets(item) for item in value]
        if value is None or isinstance(value, bool | int | float):
            return value
        raise TypeError(f"a journal does not hold a {type(value).__name__}")

    def _hidden(self, text: str) -> str:
        """The text with the secret of this set-up masked, found without ever revealing it."""
        secret = self._secret
        length = len(secret) if secret is not None else 0
        if length < _SHORTEST_HIDDEN:
            return str(text)
        start = 0
        while start + length <= len(text):
            if Secret(text[start : start + length]) == secret:
                text = text[:start] + MASK + text[start + length :]
                start += len(MASK)
            else:
                start += 1
        return str(text)


class Journals:
    """All journals on this computer (one folder a tenant, readable by its owner only).

    Args:
        folder: Where they are; made when first needed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: weakref.WeakValueDictionary[Path, Journal] = weakref.WeakValueDictionary()
        self._opening = threading.Lock()

    def begin(self, tenant_id: str, profile_id: str, wanted: Wanted, *, alone: bool = False) -> Journal:
        """Start a journal for a new set-up.

        Args:
            alone: For a single act, such as pausing: never offered as a set-up to go on with.

        Raises:
            JournalTrouble: The disk refused; nothing may be written to the tenant then.
        """
        at = datetime.now(UTC)
        setup_id = f"{at:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"
        path = self._path(tenant_id, setup_id)
        try:
            disk.private_folder(self.folder)
            disk.private_folder(path.parent)
            handle = disk.open_for_append(path, new=True)
        except OSError as error:
            raise _trouble(
                say("The set-up was not begun."),
                say("Its journal cannot be made: {why}.", why=error.strerror or "no reason given"),
                say("Check the rights of the folder {folder}, then try again.", folder=str(self.folder)),
            ) from error
        journal = Journal(path, handle, secret=wanted.secret)
        self._lock(journal, handle)
        marks: dict[str, Any] = {"alone": True} if alone else {}
        journal.write(
            "begun",
            version=VERSION,
            tenant_id=tenant_id,
            profile_id=profile_id,
            wanted=wanted_data(wanted),
            **marks,
        )
        try:
            disk.sync_folder(path.parent)
            disk.sync_folder(self.folder)
        except OSError as error:
            raise _trouble(
                say("The set-up was not begun."),
                say("Its journal is not safe on the disk: {why}.", why=error.strerror or "no reason given"),
            ) from error
        with self._opening:
            self._open[path] = journal
        return journal

    def open(self, tenant_id: str, setup_id: str) -> Journal:
        """Open one that exists, to go on with it. Opened twice in one program, it is the same object.

        Raises:
            JournalTrouble: It is not there, damaged, made by a newer version, or another program works on it.
        """
        path = self._path(tenant_id, setup_id)
        with self._opening:
            known = self._open.get(path)
            if known is not None and known._finalizer.alive:
                return known
            try:
                handle = disk.open_for_append(path, new=False)
            except OSError as error:
                raise _trouble(
                    say("The set-up was not opened."),
                    say("Its journal cannot be read: {why}.", why=error.strerror or "no reason given"),
                ) from error
            journal = Journal(path, handle)
            self._lock(journal, handle)
            text = _read(path)
            if text.tail:
                try:
                    os.ftruncate(handle, text.whole_bytes)
                    disk.sync(handle)
                except OSError as error:
                    raise _trouble(
                        say("The set-up was not opened."),
                        say("Its journal cannot be mended: {why}.", why=error.strerror or "no reason given"),
                    ) from error
                journal.write("mended", bytes=len(text.tail))
            _check_version(text.strictly())
            self._open[path] = journal
            return journal

    def unfinished(self, tenant_id: str = "", *, alone: bool = False) -> tuple[Unfinished, ...]:
        """Set-ups left half done, newest first; of one tenant, or of all.

        Args:
            alone: Those single acts instead that broke off.
        """
        from scim_assistant.plan.ledger import read_unfinished  # it reads entries, so it imports this module

        pattern = f"{self._checked(tenant_id)}/*.jsonl" if tenant_id else "*/*.jsonl"
        found = []
        for path in self.folder.glob(pattern):
            try:
                text = _read(path)
            except JournalTrouble:
                continue  # one file that cannot be read must not hide the others
            if not text.entries or bool(text.entries[0].get("alone")) is not alone:
                continue
            unfinished = read_unfinished(
                path.stem, path.parent.name, text.entries, damaged=bool(text.tail or text.bad_line)
            )
            if unfinished is not None:
                found.append(unfinished)
        return tuple(sorted(found, key=lambda one: one.last_at, reverse=True))

    def close(self, journal: Journal, outcome: str) -> None:
        """Mark a set-up as ``finished``, ``undone`` or ``abandoned``, so that it is not offered again.

        Raises:
            JournalTrouble: The disk refused.
        """
        entries = journal.entries()
        if not entries or entries[-1].kind != "closed":
            journal.write("closed", outcome=outcome)
        journal.release()

    def release_all(self) -> None:
        """Give up every lock, at the end of the program."""
        with self._opening:
            for journal in list(self._open.values()):
                journal.release()

    def _path(self, tenant_id: str, setup_id: str) -> Path:
        return self.folder / self._checked(tenant_id) / f"{self._checked(setup_id)}.jsonl"

    @staticmethod
    def _checked(name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError("not the id of a tenant or a set-up")
        return name

    @staticmethod
    def _lock(journal: Journal, handle: int) -> None:
        try:
            mine = disk.lock(handle)
        except OSError as error:
            journal.release()
            raise _trouble(
                say("The set-up was not opened."),
                say(
                    "Its journal cannot be locked on this disk: {why}.",
                    why=error.strerror or "no reason given",
                ),
                say("Keep the program's data folder on a disk of this computer."),
            ) from error
        if not mine:
            journal.release()
            raise JournalInUse(
                say("The set-up was not opened."),
                say("Another window of SCIM Assistant is working on it."),
                say("Go on in that window, or close it first."),
            )


def wanted_data(wanted: Wanted) -> dict[str, Any]:
    """A target as journal data: everything but the secret, of which it says only whether one was given."""
    return {
        "template_id": wanted.template_id,
        "app_name": wanted.app_name,
        "service_principal_id": wanted.service_principal_id,
        "tenant_url": wanted.tenant_url,
        "secret_given": bool(wanted.secret),
        "mode": wanted.mode.value,
        "everyone": wanted.everyone,
        "principals": [
            {"id": one.id, "kind": one.kind, "name": one.name, "detail": one.detail}
            for one in wanted.principals
        ],
        "notify_email": wanted.notify_email,
        "delete_threshold": wanted.delete_threshold,
        "cloud_tested": wanted.cloud_tested,
    }


def read_wanted(data: Mapping[str, Any]) -> Wanted:
    """A target from journal data, without the secret.

    Raises:
        JournalTrouble: The data is not what this program writes.
    """
    try:
        return Wanted(
            template_id=str(data["template_id"]),
            app_name=str(data["app_name"]),
            service_principal_id=data.get("service_principal_id") or None,
            tenant_url=str(data.get("tenant_url", "")),
            mode=Mode(data.get("mode", Mode.AUTOMATIC.value)),
            everyone=bool(data.get("everyone", False)),
            principals=tuple(
                Principal(str(one["id"]), str(one["kind"]), str(one["name"]), str(one.get("detail", "")))
                for one in data.get("principals", ())
            ),
            notify_email=str(data.get("notify_email", "")),
            delete_threshold=data.get("delete_threshold"),
            cloud_tested=bool(data.get("cloud_tested", False)),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _damaged() from error


def latest_wanted(entries: tuple[Entry, ...]) -> Wanted:
    """The target that was planned last, or the one that the set-up began with.

    Raises:
        JournalTrouble: There is none.
    """
    for entry in reversed(entries):
        data = entry.get("wanted")
        if entry.kind in ("begun", "planned") and isinstance(data, Mapping):
            return read_wanted(data)
    raise _damaged()


@dataclass(frozen=True, slots=True)
class _Text:
    """A journal file: readable entries, what follows the last line end, and the first bad line before it."""

    entries: tuple[Entry, ...]
    tail: bytes
    whole_bytes: int
    bad_line: int

    def strictly(self) -> tuple[Entry, ...]:
        if self.bad_line or not self.entries:
            raise _damaged(self.bad_line)
        return self.entries


def _read(path: Path) -> _Text:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise _trouble(
            say("The set-up was not opened."),
            say("Its journal cannot be read: {why}.", why=error.strerror or "no reason given"),
        ) from error
    lines = raw.split(b"\n")
    tail = lines.pop()
    whole = len(raw) - len(tail)
    entries: list[Entry] = []
    bad_line = 0
    for number, line in enumerate(lines, start=1):
        entry = _entry(line)
        if entry is not None:
            entries.append(entry)
        elif number == len(lines) and not tail:
            # A power cut can leave a line end behind a line whose middle never reached the disk.
            tail, whole = line + b"\n", whole - len(line) - 1
        elif not bad_line:
            bad_line = number
    return _Text(tuple(entries), tail, whole, bad_line)


def _entry(line: bytes) -> Entry | None:
    try:
        data = json.loads(line)
        at = datetime.fromisoformat(data["at"])
        content = data.get("data") or {}
        if at.tzinfo is None or not isinstance(content, dict):
            return None
        return Entry(str(data["kind"]), at.astimezone(UTC), str(data.get("change", "")), content)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _check_version(entries: tuple[Entry, ...]) -> None:
    first = entries[0]
    version = first.get("version")
    if first.kind != "begun" or not isinstance(version, int):
        raise _damaged(1)
    if version > VERSION:
        raise _trouble(
            say("The set-up was not opened."),
            say("It was begun with a newer version of SCIM Assistant."),
            say("Go on with that version."),
        )


def _trouble(what: Sentence, why: Sentence, next_step: Sentence | None = None) -> JournalTrouble:
    return JournalTrouble(
        what, why, next_step or say("Begin a new set-up and choose the app that exists already.")
    )


def _damaged(line: int = 0) -> JournalTrouble:
    where = say("Line {n} of its journal is damaged.", n=line) if line else say("Its journal is damaged.")
    return _trouble(say("The set-up was not opened."), where)
