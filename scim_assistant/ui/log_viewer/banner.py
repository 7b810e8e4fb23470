"""Why Microsoft has paused a job, since when, when it tries again, and what to do: the quarantine banner."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from scim_assistant.logs.detail import Explained
from scim_assistant.logs.job_state import QuarantineView
from scim_assistant.logs.text import visible_lines
from scim_assistant.sentence import Sentence, say
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.card import Card
from scim_assistant.ui.widgets.disclosure import CodeBlock, Disclosure
from scim_assistant.ui.widgets.glyph import Glyph
from scim_assistant.ui.widgets.relative_time import RelativeTime
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import show

RESTART = say("Restart provisioning…")
ALLOW = say("Allow removals…")
REPLACE = say("Replace the token…")

_REMOVALS = (
    say("If the removals are wanted, allow them."),
    say(
        "If they are not, put the people and groups back first (assignments and scoping filters), and restart only then: "
        "a restart before that lets the removals through."
    ),
)
_OTHERWISE = (
    say("Repair the cause, then restart provisioning: it starts again at once instead of waiting."),
)


class QuarantineBanner(Card):
    """Says that Microsoft has paused the job.

    Signals:
        asked: A button was pressed: ``restart``, ``allow`` or ``replace`` (the token).
    """

    asked = Signal(str)

    def __init__(self, now: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__(parent, tone=Tone.BAD)
        row = QHBoxLayout()
        row.setContentsMargins(Space.MEDIUM, Space.MEDIUM, Space.MEDIUM, Space.MEDIUM)
        row.setSpacing(Space.MEDIUM)
        row.addWidget(Glyph("fail", Tone.BAD), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(Space.TIGHT)
        self.what = Text(role=Role.STRONG, widest=760)
        words.addWidget(self.what)
        clock = QHBoxLayout()
        clock.setSpacing(Space.BLOCK)
        self.since = RelativeTime("Began {when}", show(say("When it began is not known")), now=now)
        self.next_try = RelativeTime(
            "Next try {when}", show(say("Microsoft gives no time for its next try")), now=now
        )
        self.disabled = RelativeTime(
            "Disabled {when} if nothing changes (an estimate)", tone=Tone.QUIET, now=now
        )
        clock.addWidget(self.since)
        clock.addWidget(self.next_try)
        clock.addStretch(1)
        words.addLayout(clock)
        words.addWidget(self.disabled)
        self.meaning = Text(widest=760)
        words.addWidget(self.meaning)
        self.advice = Text(widest=760)
        words.addWidget(self.advice)
        self.said = Disclosure(say("What Microsoft says"))
        words.addWidget(self.said)
        row.addLayout(words, 1)
        buttons = QVBoxLayout()
        buttons.setSpacing(Space.SMALL)
        self.allow_button = self._button("allow", ALLOW)
        self.restart_button = self._button("restart", RESTART)
        self.replace_button = self._button("replace", REPLACE)
        buttons.addWidget(self.replace_button)
        buttons.addWidget(self.allow_button)
        buttons.addWidget(self.restart_button)
        buttons.addStretch(1)
        row.addLayout(buttons)
        self.rows.addLayout(row)
        self._shown: QuarantineView | None = None
        self._offered = True
        self.can_replace = False
        """The token can be replaced here, which is what helps where the app refuses it."""
        self.hide()

    def _button(self, key: str, text: Sentence) -> QPushButton:
        button = QPushButton(show(text))
        button.setAutoDefault(False)
        button.clicked.connect(lambda: self.asked.emit(key))
        return button

    def show_quarantine(self, found: QuarantineView | None, explanation: Explained | None) -> None:
        """Show why and since when; None hides the banner."""
        if found is None:
            self._shown = None
            self.hide()
            return
        if found == self._shown:
            return  # what the person has opened or selected stays
        self._shown = found
        self.what.set_text(say("Microsoft has paused provisioning. {what}", what=found.what))
        self.since.set_time(found.since)
        self.next_try.set_time(found.next_try)
        self.disabled.set_time(found.disabled_at)
        self.disabled.setVisible(found.disabled_at is not None)
        # Of held-back removals the first line says all that there is to say.
        told = explanation is not None and not found.removals_held
        self.meaning.set_text(show(explanation.meaning) if explanation is not None else "")
        self.meaning.setVisible(told)
        self.advice.set_text(_steps(found, explanation))
        said = "\n".join(part for part in (found.reason, found.code, visible_lines(found.why)) if part)
        self.said.setVisible(bool(said))
        if said:
            self.said.set_content(CodeBlock(said, show(say("What Microsoft says")), most_lines=5))
        self._show_buttons()
        self.setAccessibleName(self.what.text())
        self.show()

    def allow(self, enabled: bool, why_not: str = "", *, offered: bool = True) -> None:
        """Let the buttons be pressed, or say why not; who may only look is offered none at all."""
        self._offered = offered
        self._show_buttons()
        for button in (self.replace_button, self.allow_button, self.restart_button):
            button.setEnabled(enabled)
            button.setToolTip(show(why_not))
            button.setAccessibleDescription(show(why_not))

    def _show_buttons(self) -> None:
        held = self._shown is not None and self._shown.removals_held
        self.allow_button.setVisible(self._offered and held)
        code = self._shown.code.casefold() if self._shown is not None else ""
        self.replace_button.setVisible(self._offered and self.can_replace and "credential" in code)
        self.restart_button.setVisible(self._offered)


def _steps(found: QuarantineView, explanation: Explained | None) -> str:
    if found.removals_held:
        steps: tuple[str, ...] = _REMOVALS
    else:
        steps = (explanation.fixes if explanation is not None else ()) or _OTHERWISE
    return "\n".join(f"{number}. {show(step)}" for number, step in enumerate(steps, 1))
