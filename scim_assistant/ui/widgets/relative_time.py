"""*3 minutes ago*: relative first, absolute in UTC and local time on hover."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from scim_assistant.sentence import say
from scim_assistant.ui.theme import Tone
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import ago, both_times, show


class RelativeTime(Text):
    """An instant that keeps itself up to date while it is visible.

    Args:
        template: A sentence around it, such as ``"Last cycle {when}"``; alone by default.
        unknown: What stands there without an instant.
        now: The clock; a test hands in its own.
    """

    def __init__(
        self,
        template: str = "{when}",
        unknown: str = "",
        *,
        role: Role = Role.BODY,
        tone: Tone = Tone.PLAIN,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(role=role, tone=tone, parent=parent)
        self._template = template
        self._unknown = unknown
        self._now = now
        self._at: datetime | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_tick)
        self._on_tick()

    def set_time(self, at: datetime | None) -> None:
        """Show another instant; None shows the word for unknown."""
        self._at = at
        self._on_tick()

    def _on_tick(self) -> None:
        if self._at is None:
            self.set_text(self._unknown)
            self.setToolTip("")
            return
        now = self._now()
        self.set_text(say(self._template, when=show(ago(self._at, now))))
        self.setToolTip(both_times(self._at))
        age = abs((now - self._at).total_seconds())
        self._timer.setInterval(1_000 if age < 120 else 20_000)

    def showEvent(self, event: QShowEvent) -> None:
        self._on_tick()
        self._timer.start()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        super().hideEvent(event)
