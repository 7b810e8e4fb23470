"""What a window needs of the computer, looked at before Qt is: Qt ends the process where it cannot start.

Imports no Qt, so that it can speak when Qt cannot be loaded.
"""

from __future__ import annotations

import ctypes
import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from scim_assistant.errors import PreparationMissing
from scim_assistant.sentence import say

if TYPE_CHECKING:
    import socket

APT_LINE = (
    "apt-get install -y --no-install-recommends libgl1 libegl1 libxkbcommon0 libglib2.0-0 libfontconfig1 libdbus-1-3 "
    "libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0"
)
"""Measured on a bare Debian 12 by adding one missing library at a time."""

ALWAYS = (
    "libGL.so.1",
    "libEGL.so.1",
    "libxkbcommon.so.0",
    "libglib-2.0.so.0",
    "libfontconfig.so.1",
    "libdbus-1.so.3",
)
ON_X11 = (
    "libxkbcommon-x11.so.0",
    "libxcb-cursor.so.0",
    "libxcb-icccm.so.4",
    "libxcb-keysyms.so.1",
    "libxcb-shape.so.0",
)


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def missing_library(names: str) -> PreparationMissing:
    """The error for Qt libraries that are not installed."""
    return PreparationMissing(
        say("The window cannot be opened."),
        say("A system library that the window needs is missing: {names}.", names=names),
        say("On Debian or Ubuntu run as root: {line}", line=APT_LINE),
    )


def no_display() -> PreparationMissing:
    """The error for a computer without a display."""
    return PreparationMissing(
        say("The window cannot be opened."),
        say("There is no display."),
        say("Run 'scim-assistant practice --walk' to walk the whole set-up without a window."),
    )


def _x11_answers(display: str) -> bool:
    import socket

    match = re.fullmatch(r"(?:unix:?/?)?([^:]*):(\d+)(?:\.\d+)?", display)
    if match is None:
        return False
    host, number = match[1], int(match[2])
    if host in ("", "unix"):
        path = f"/tmp/.X11-unix/X{number}"  # noqa: S108 - where every X server listens
        return any(_connects(socket.AF_UNIX, address) for address in (path, "\0" + path))
    return _connects(socket.AF_INET, (host, 6000 + number))


def _connects(family: socket.AddressFamily, address: str | tuple[str, int]) -> bool:
    import socket

    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(2)
        try:
            probe.connect(address)
        except OSError:
            return False
    return True


def _wayland_answers(environment: Mapping[str, str]) -> bool:
    import socket

    name = environment.get("WAYLAND_DISPLAY", "")
    if not name:
        return False
    path = Path(environment.get("XDG_RUNTIME_DIR", "")) / name
    return _connects(socket.AF_UNIX, str(path))


def check(
    environment: Mapping[str, str] | None = None,
    platform: str = sys.platform,
    loads: Callable[[str], bool] = _loads,
) -> None:
    """Make sure that Qt can start. Quick: it loads a few libraries that Qt loads anyway.

    Args:
        environment: The process environment unless a test says otherwise.
        platform: As ``sys.platform``; only Linux is looked at.
        loads: Tells whether a shared library can be loaded.

    Raises:
        PreparationMissing: A library or the display is missing.
    """
    if platform != "linux":
        return
    environment = os.environ if environment is None else environment
    missing = [name for name in ALWAYS if not loads(name)]
    chosen = environment.get("QT_QPA_PLATFORM", "").partition(":")[0].partition(";")[0]
    on_x11 = chosen == "xcb" or (not chosen and bool(environment.get("DISPLAY")))
    if on_x11 or (not chosen and not missing):
        wayland = not chosen and _wayland_answers(environment)
        if not wayland and not (on_x11 and _x11_answers(environment.get("DISPLAY", ""))):
            raise no_display()
        if not wayland:
            missing += [name for name in ON_X11 if not loads(name)]
    if missing:
        raise missing_library(", ".join(missing))
