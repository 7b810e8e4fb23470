"""What more than one room needs of the disk: locks that die with their program, private folders, durable writes.

Only this module knows how the platforms differ.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    _LOCKED_BYTE = 1 << 30
    """Windows locks ranges and forbids others to read them, so the range lies far behind the text."""

    def lock(handle: int) -> bool:
        """Lock an open file for this program; False when another one holds it.

        Raises:
            OSError: The file system cannot lock.
        """
        os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

    def sync(handle: int) -> None:
        """Wait until what was written to a file is on the disk."""
        os.fsync(handle)

    def sync_folder(folder: Path) -> None:
        """Nothing to do: Windows keeps folder entries by itself and opens no folder for syncing."""

else:
    import fcntl

    def lock(handle: int) -> bool:
        """Lock an open file for this program; False when another one holds it.

        Raises:
            OSError: The file system cannot lock.
        """
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def sync(handle: int) -> None:
        """Wait until what was written to a file is on the disk."""
        full = getattr(fcntl, "F_FULLFSYNC", None)
        if full is not None:  # macOS: fsync alone leaves it in the drive's own cache
            try:
                fcntl.fcntl(handle, full)
            except OSError:  # some network file systems know only the plain form
                os.fsync(handle)
        else:
            os.fsync(handle)

    def sync_folder(folder: Path) -> None:
        """Wait until the names in a folder are on the disk, so that a new file survives a power cut."""
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def open_for_append(path: Path, *, new: bool) -> int:
    """Open a file that only its owner may read, for appending.

    Args:
        new: Make it, and fail when it is there already.

    Raises:
        OSError: It cannot be opened.
    """
    flags = os.O_RDWR | os.O_APPEND | getattr(os, "O_BINARY", 0)
    if new:
        flags |= os.O_CREAT | os.O_EXCL
    return os.open(path, flags, 0o600)


def write_all(handle: int, data: bytes) -> None:
    """Write every byte; the system may take them in pieces.

    Raises:
        OSError: The disk refused.
    """
    while data:
        data = data[os.write(handle, data) :]


def replace_file(path: Path, data: bytes) -> None:
    """Write a whole file that only its owner may read: a crash leaves the old one or the new one, never half of it.

    Raises:
        OSError: The disk refused; the old file is as it was.
    """
    import tempfile  # loads random numbers, which the first window need not wait for

    handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            sync(file.fileno())
        Path(name).replace(path)
    except BaseException:  # also on Ctrl+C: no half file stays
        Path(name).unlink(missing_ok=True)
        raise


def private_folder(folder: Path) -> None:
    """Make a folder that only its owner may enter; one that exists is closed to others.

    Raises:
        OSError: It cannot be made.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name != "nt":
        folder.chmod(0o700)
