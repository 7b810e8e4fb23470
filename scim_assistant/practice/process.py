"""The practice world as a process of its own: ``scim-assistant practice --json``."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from types import FrameType
from typing import TextIO

from scim_assistant.practice.world import World


def run_world(
    scenario: str, speed: float, *, until_stdin_closes: bool = False, out: TextIO | None = None
) -> int:
    """Start a world, print its line as the first one, flushed, and run until told to end.

    SIGINT and SIGTERM end it, and so does the end of standard input when asked for.

    Args:
        scenario: Name of the scenario.
        speed: How many of the services' seconds pass in one of ours.
        until_stdin_closes: Also end when standard input does: with the program that started this one.
        out: Where the line goes; standard output unless told.

    Returns:
        0.

    Raises:
        KnownError: There is no such scenario.
    """
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with World(scenario, speed=speed) as world:
            print(json.dumps(world.line), file=out or sys.stdout, flush=True)
            if until_stdin_closes and sys.stdin is not None:
                threading.Thread(
                    target=_watch, args=(sys.stdin.fileno(), ended), name="practice stdin", daemon=True
                ).start()
            # Short waits, since on Windows a signal is not seen during a long one.
            while not ended.wait(0.2):
                pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0


def _watch(descriptor: int, ended: threading.Event) -> None:
    # Not through sys.stdin: Python aborts when it ends while a thread waits inside that object.
    while os.read(descriptor, 1024):
        pass
    ended.set()
