"""What a window remembers of its own layout, and who keeps it."""

from __future__ import annotations

from typing import Protocol


class LayoutMemory(Protocol):
    """Keeps geometry, splitters and columns by name. Quick: it never waits for the disk."""

    def layout(self, name: str) -> bytes:
        """What was remembered; empty when there is none."""
        ...

    def remember_layout(self, name: str, layout: bytes) -> None:
        """Remember it for the next run."""
        ...


class ShortMemory:
    """Remembers until the program ends."""

    def __init__(self) -> None:
        self._layouts: dict[str, bytes] = {}

    def layout(self, name: str) -> bytes:
        """What was remembered; empty when there is none."""
        return self._layouts.get(name, b"")

    def remember_layout(self, name: str, layout: bytes) -> None:
        """Remember it until the program ends."""
        self._layouts[name] = layout
