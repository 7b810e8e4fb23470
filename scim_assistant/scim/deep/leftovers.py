"""What a deep check is about to make, remembered on disk, so that the next run takes away what a killed one left.

One file a run: JSON Lines, synced before anything is made and after every id that is learned, erased when all is gone.
The file of a run that is under way is locked, so that no other run takes its things away. No secret stands in it.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from scim_assistant import disk
from scim_assistant.errors import KnownError
from scim_assistant.scim.address import FLAG
from scim_assistant.scim.deep.mine import Names
from scim_assistant.sentence import Sentence, say
from scim_assistant.transport import plain_address

VERSION: Final = 1
MOST_AT_ONCE: Final = 3
"""Runs that one deep check cleans up after, the newest first; the others wait for the next one."""
_FILE: Final = re.compile(r"check-[0-9a-f]{12}\.jsonl")
_LONGEST: Final = 64_000
_YOUNG_S: Final = 3600.0
"""An empty file of this age may be one that another program is just making."""


class Record:
    """What one run is about to make and has made.

    Attributes:
        names: How its person and its group are called.
        kinds: What it was about to make.
        ids: Kind and id of everything that it made, as the service said.
    """

    def __init__(
        self,
        path: Path,
        handle: int,
        names: Names,
        kinds: tuple[str, ...] = (),
        ids: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self.names = names
        self.kinds = kinds
        self.ids = ids
        self._path = path
        self._handle = handle
        self._open = True

    def about(self, kind: str) -> None:
        """Remember that one of a kind is about to be made.

        Raises:
            KnownError: The disk refused; it may not be made then.
        """
        if kind in self.kinds:
            return
        try:
            self._write({"about": kind})
        except OSError as error:
            raise _refused(say("The deep check was not finished."), error, self._path.parent) from error
        self.kinds += (kind,)

    def note(self, kind: str, resource_id: str) -> None:
        """Remember an id that the service gave. What the disk refuses is found by its name, which is there already."""
        self.ids += ((kind, resource_id),)
        with suppress(OSError):
            self._write({"kind": kind, "id": resource_id})

    def _write(self, line: dict[str, str]) -> None:
        disk.write_all(self._handle, json.dumps(line).encode() + b"\n")
        disk.sync(self._handle)

    def erase(self) -> None:
        """Forget the run: nothing of it is left, or nothing that could be taken away."""
        # Emptied first: an empty file is nobody's leftover, also where the name cannot be removed while it is open.
        with suppress(OSError):
            os.ftruncate(self._handle, 0)
        self.close()
        try:
            self._path.unlink(missing_ok=True)
            disk.sync_folder(self._path.parent)
        except OSError:
            return

    def close(self) -> None:
        """Leave it for the next run. Harmless when closed or erased already."""
        if self._open:
            self._open = False
            os.close(self._handle)


@dataclass(frozen=True, slots=True)
class Leftovers:
    """The records of this computer's deep checks.

    Attributes:
        folder: Where they are; made when first needed, for its owner only.
    """

    folder: Path

    def begin(self, tenant_url: str, domain: str) -> Record:
        """Choose the names of a new run and remember them, before anything is made.

        Raises:
            KnownError: The disk refused; nothing may be made then.
        """
        try:
            disk.private_folder(self.folder)
            record = None
            while record is None:
                record = self._begin(tenant_url, domain)
            disk.sync_folder(self.folder)
        except OSError as error:
            raise _refused(say("The deep check was not begun."), error, self.folder) from error
        return record

    def _begin(self, tenant_url: str, domain: str) -> Record | None:
        """A new file, locked and with its head; None where another program looked into it at just this moment."""
        token = secrets.token_hex(6)
        head = {
            "version": VERSION,
            "tenant_url": plain_address(tenant_url),
            "target": _target(tenant_url),
            "token": token,
            "domain": domain,
            "begun_at": datetime.now(UTC).isoformat(),
        }
        path = self.folder / f"check-{token}.jsonl"
        handle = disk.open_for_append(path, new=True)
        try:
            if not disk.lock(handle):
                os.close(handle)
                return None
            disk.write_all(handle, json.dumps(head).encode() + b"\n")
            disk.sync(handle)
        except OSError:
            os.close(handle)
            raise
        return Record(path, handle, Names.of(token, domain))

    def left(self, tenant_url: str) -> Iterator[Record]:
        """Records of runs at this service that did not end, the newest first and locked for the caller.

        What another program works with is left out, and what a crash left without a word is removed.
        """
        try:
            paths = [path for path in self.folder.iterdir() if _FILE.fullmatch(path.name)]
            paths.sort(key=_changed_at, reverse=True)
        except OSError:
            return
        found = 0
        for path in paths:
            record = _open(path, _target(tenant_url))
            if record is not None:
                found += 1
                yield record
            if found >= MOST_AT_ONCE:
                return


def _changed_at(path: Path) -> float:
    """When it was written last; long ago for one that another program has just taken away."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _open(path: Path, target: str) -> Record | None:
    try:
        handle = disk.open_for_append(path, new=False)
    except OSError:
        return None
    record: Record | None = None
    try:
        if disk.lock(handle):
            record = _read(path, handle, target)
    except OSError:
        record = None
    if record is None:
        os.close(handle)
    return record


def _read(path: Path, handle: int, target: str) -> Record | None:
    with path.open("rb") as file:
        text = file.read(_LONGEST).decode("utf-8", "replace")
    lines = [_line(line) for line in text.splitlines()]
    if not lines or not lines[0]:
        # Nothing is made before the first line is on the disk.
        if time.time() - path.stat().st_mtime > _YOUNG_S:
            path.unlink(missing_ok=True)
        return None
    head = lines[0]
    if head.get("version") != VERSION or head.get("target") != target:
        return None
    token, domain = str(head.get("token", "")), str(head.get("domain", ""))
    if not re.fullmatch(r"[0-9a-f]{12}", token) or not domain:
        return None
    kinds = tuple(str(line["about"]) for line in lines[1:] if "about" in line)
    ids = tuple((str(line["kind"]), str(line["id"])) for line in lines[1:] if "kind" in line and "id" in line)
    return Record(path, handle, Names.of(token, domain), kinds, ids)


def _refused(what: Sentence, error: OSError, folder: Path) -> KnownError:
    return KnownError(
        what,
        say(
            "What it makes has to be remembered on this computer, and the disk refused: {why}.",
            why=error.strerror or "no reason given",
        ),
        say("Check the rights of the folder {folder}, then try again.", folder=str(folder)),
    )


def _line(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _target(tenant_url: str) -> str:
    """Stands for a service, by its address without Microsoft's flag; its query may hold what nobody else should read."""
    parts = urlsplit(tenant_url)
    query = "&".join(
        one for one in parts.query.split("&") if one.partition("=")[0].casefold() != FLAG.casefold()
    )
    place = parts._replace(netloc=parts.netloc.lower(), path=parts.path.rstrip("/"), query=query, fragment="")
    return sha256(place.geturl().encode("utf-8", "replace")).hexdigest()[:32]
