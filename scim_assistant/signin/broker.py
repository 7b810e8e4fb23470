"""The account that the operating system knows: whether its broker can be asked here.

Windows has one built in (Web Account Manager), a Mac with Apple silicon has one with Company Portal, Linux with Intune.
All of them are spoken to through ``pymsalruntime``, which comes with the extra ``broker``. Whether a broker really
answers shows only when it is asked, so the tests hold no more than the choice.

Source: MSAL Python, PublicClientApplication, enable_broker_on_windows and the like (1.39, read 2026-11).
"""

from __future__ import annotations

import importlib.util
import platform
import sys
from typing import Final

RUNTIME: Final = "pymsalruntime"
_SWITCHES: Final = {
    "win32": "enable_broker_on_windows",
    "darwin": "enable_broker_on_mac",
    "linux": "enable_broker_on_linux",
}


def is_available(system: str = sys.platform, machine: str | None = None) -> bool:
    """Whether there is something to ask: a platform that can have a broker, and the extra ``broker``.

    Loads nothing.

    Args:
        system: As ``sys.platform`` has it.
        machine: As ``platform.machine`` has it.
    """
    if system not in _SWITCHES:
        return False
    if system == "darwin" and (machine or platform.machine()) != "arm64":
        return False
    try:
        return importlib.util.find_spec(RUNTIME) is not None
    except (ImportError, ValueError):
        return False


def switches(system: str = sys.platform) -> dict[str, bool]:
    """What MSAL has to be told so that it asks the broker of this platform."""
    return {_SWITCHES[system]: True} if system in _SWITCHES else {}
