"""The top of the monitor: which app, how its job stands, last and next cycle, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from scim_assistant.logs.job_state import JobState, JobView, Severity
from scim_assistant.scim.token import Stage
from scim_assistant.sentence import Sentence, counted, say
from scim_assistant.steps.token_life import TokenLife
from scim_assistant.ui import theme
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.relative_time import RelativeTime
from scim_assistant.ui.widgets.status_pill import StatusPill
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import show

SEVERITY_LOOKS = {
    Severity.GOOD: ("pass", Tone.GOOD),
    Severity.BUSY: ("running", Tone.ACCENT),
    Severity.NEUTRAL: ("pause", Tone.QUIET),
    Severity.WARN: ("warn", Tone.CAUTION),
    Severity.BAD: ("fail", Tone.BAD),
}

REPLACE = say("Replace…")
REPLACE_NAME = say("Replace the Secret Token")
NOTE = say("Note the day…")
START = say("Start provisioning")
PAUSE = say("Pause provisioning")
RESTART = say("Restart provisioning…")


TOKEN_TONES = {Stage.SOON: Tone.CAUTION, Stage.LAST: Tone.BAD, Stage.PAST: Tone.BAD}
"""Colours of a token's end, beside the words."""


class CycleTime(RelativeTime):
    """A time that may be unknown for more than one reason."""

    def show_time(self, at: datetime | None, unknown: str) -> None:
        """Show an instant, or why there is none."""
        self._unknown = show(unknown)
        self.set_time(at)


class Fact(QWidget):
    """A quiet label over what it names, with room for a second line."""

    def __init__(self, label: Sentence, value: Text, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self.label = Text(label, role=Role.HINT, tone=Tone.QUIET)
        self.value = value
        self.more = Text(role=Role.HINT, tone=Tone.QUIET, widest=340)
        for part in (self.label, self.value, self.more):
            column.addWidget(part)
        self._buttons = QHBoxLayout()
        self._buttons.setContentsMargins(0, Space.TIGHT, 0, 0)
        self._buttons.setSpacing(Space.SMALL)
        column.addLayout(self._buttons)
        column.addStretch(1)

    def add(self, button: QPushButton) -> None:
        """Add a button below."""
        if self._buttons.count():
            self._buttons.insertWidget(self._buttons.count() - 1, button)
        else:
            self._buttons.addWidget(button)
            self._buttons.addStretch(1)


class JobHeader(QWidget):
    """How one job stands.

    Signals:
        asked: A button was pressed: ``start``, ``pause``, ``restart``, ``replace`` (the token) or ``note`` (its day).
    """

    asked = Signal(str)

    def __init__(
        self, app_name: str, where: str, now: Callable[[], datetime], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.SMALL)
        top = QHBoxLayout()
        top.setSpacing(Space.MEDIUM)
        self.name = Text(app_name, role=Role.TITLE, at_most_lines=1)
        top.addWidget(self.name, 1)
        self.buttons = {
            key: self._button(key, text, icon)
            for key, text, icon in (
                ("start", START, "play"),
                ("pause", PAUSE, "pause"),
                ("restart", RESTART, "restart"),
            )
        }
        for button in self.buttons.values():
            top.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(top)
        state = QHBoxLayout()
        state.setSpacing(Space.MEDIUM)
        self.pill = StatusPill(say("Looking"), "waiting", Tone.QUIET)
        state.addWidget(self.pill, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        self.sentence = Text(widest=900)
        self.where = Text(where, role=Role.HINT, tone=Tone.QUIET, at_most_lines=1, widest=900)
        words.addWidget(self.sentence)
        words.addWidget(self.where)
        state.addLayout(words, 1)
        column.addLayout(state)
        self.note = Text(role=Role.HINT, tone=Tone.QUIET, widest=900)
        column.addWidget(self.note)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(4)
        self.progress.setAccessibleName(show(say("Progress of the first cycle")))
        self.progress_words = Text(role=Role.HINT, tone=Tone.QUIET)
        column.addWidget(self.progress)
        column.addWidget(self.progress_words)
        facts = QHBoxLayout()
        facts.setSpacing(Space.BLOCK)
        self.last = Fact(say("Last cycle"), CycleTime(now=now))
        self.next = Fact(say("Next cycle"), CycleTime(now=now))
        self.synced = Fact(say("Kept in sync"), Text(widest=300))
        self.token = Fact(say("Secret Token"), Text(widest=300))
        for fact in (self.last, self.next, self.synced, self.token):
            facts.addWidget(fact, 1)
        self.replace = self._button("replace", REPLACE, "key")
        self.replace.setAccessibleName(show(REPLACE_NAME))
        self.note_day = self._button("note", NOTE, "")
        for button in (self.replace, self.note_day):
            self.token.add(button)
        self._life: TokenLife | None = None
        self.can_replace = False
        """The token can be replaced from here."""
        self.token.hide()
        column.addLayout(facts)
        self._view: JobView | None = None
        self._enabled = True
        self._offered = True
        self._why_not = ""
        self._show_buttons()
        for widget in (self.note, self.progress, self.progress_words):
            widget.hide()

    def _button(self, key: str, text: Sentence, icon: str) -> QPushButton:
        button = QPushButton(show(text))
        button.setAutoDefault(False)
        if icon:
            theme.give_icon(button, icon)
        button.clicked.connect(lambda: self.asked.emit(key))
        return button

    def show_job(self, view: JobView) -> None:
        """Show how the job stands."""
        self._view = view
        icon, tone = SEVERITY_LOOKS[view.severity]
        if view.state is JobState.NOT_STARTED:
            icon = "waiting"
        self.pill.set_state(view.word, icon, tone)
        self.sentence.set_text(view.sentence)
        last = view.last_cycle
        self._set_time(self.last, last.ended_at or last.began_at if last else None, say("None yet"))
        if last is not None:
            self.last.more.set_text(
                "\n".join((show(last.result), ", ".join(show(count) for count in last.counts)))
            )
        else:
            self.last.more.set_text("")
        self._set_time(self.next, view.next_at, view.next_sentence)
        self.next.more.set_text(self._next_words(view))
        self.synced.value.set_text(", ".join(show(each) for each in view.synced) or say("Nobody yet"))
        self.synced.more.set_text(
            say(
                "{failing} failing, tried again later",
                failing=counted(view.failing, "person or group", "people or groups"),
            )
            if view.failing
            else "",
            Tone.CAUTION if view.failing else Tone.QUIET,
        )
        self.progress.setVisible(bool(view.progress))
        self.progress_words.setVisible(bool(view.progress))
        self.progress_words.set_text(view.progress)
        # A range of 0 to 0 is Qt's "nobody knows how much there is".
        self.progress.setRange(0, view.progress_total or 0)
        self.progress.setValue(view.progress_done or 0)
        self._show_buttons()

    def show_token(self, life: TokenLife | None) -> None:
        """Show how long the Secret Token still works; None hides it."""
        self._life = life
        self.token.setVisible(life is not None)
        if life is not None:
            self.token.value.set_text(life.short, TOKEN_TONES.get(life.stage, Tone.PLAIN))
            self.token.more.set_text(life.more)
            self.token.setToolTip(show(life.why))
        self._show_buttons()

    @staticmethod
    def _next_words(view: JobView) -> str:
        if view.next_at is None:
            return ""
        return show(say("Microsoft's next try") if view.quarantine is not None else say("An estimate"))

    @staticmethod
    def _set_time(fact: Fact, at: datetime | None, unknown: str) -> None:
        assert isinstance(fact.value, CycleTime)
        fact.value.show_time(at, unknown)

    def allow(self, enabled: bool, why_not: str = "", *, offered: bool = True) -> None:
        """Let the buttons be pressed, or say in a visible line why not; who may only look is offered none at all."""
        self._enabled = enabled
        self._offered = offered
        self._why_not = why_not
        self._show_buttons()

    def _show_buttons(self) -> None:
        view = self._view
        # Once it becomes urgent, a message below offers it.
        calm = self._life is not None and self._life.stage in (Stage.FAR, Stage.AHEAD)
        self.replace.setVisible(self._offered and self.can_replace and calm)
        self.replace.setEnabled(self._enabled)
        self.note_day.setVisible(
            calm and self._life is not None and (not self._life.sure or self._life.by_hand)
        )
        offered = {
            "start": view is not None and view.can_start,
            "pause": view is not None and view.can_pause,
            # In quarantine the banner offers it, beside what has to be done first.
            "restart": view is not None and view.can_restart and view.quarantine is None,
        }
        for key, button in self.buttons.items():
            button.setVisible(self._offered and offered[key])
            button.setEnabled(self._enabled)
            button.setToolTip(show(self._why_not))
            button.setAccessibleDescription(show(self._why_not))
        self.note.set_text(self._why_not)
        self.note.setVisible(bool(self._why_not))
