"""Waiting for a lock between programs. The file it is on is empty and stays.

A lock that is the file's mere existence, as the token library brings along, would outlive a program that was killed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scim_assistant import disk
from scim_assistant.work import Work

_TRY_EVERY_S = 0.05


@contextmanager
def locked(path: Path, *, work: Work | None = None, at_most_s: float) -> Iterator[None]:
    """Hold a lock while the block runs.

    Args:
        path: The lock's file; made when it is not there, in a folder that is.
        work: Cancel ends the wait.
        at_most_s: How long to wait for another program, in seconds.

    Raises:
        TimeoutError: Another program still holds it.
        OSError: The disk refused.
        Cancelled: The person pressed Cancel.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    try:
        end = time.monotonic() + at_most_s
        while not disk.lock(handle):
            if time.monotonic() >= end:
                raise TimeoutError
            (work or Work()).wait(_TRY_EVERY_S)
        yield
    finally:
        os.close(handle)  # which gives the lock up
