"""The deep check: what will happen, the table that fills, what it comes to. A window beside the wizard.

It runs nothing itself: the page that opens it hands in how a run is started, so that the run is a write like any other
and what it made is taken away even when this window is closed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from scim_assistant.check import Outcome
from scim_assistant.errors import KnownError
from scim_assistant.scim.deep.found import DeepCheck, DeepOutcome
from scim_assistant.scim.deep.mine import DOMAIN, read_domain
from scim_assistant.scim.verdict import Side
from scim_assistant.sentence import Sentence, counted, say
from scim_assistant.ui import theme
from scim_assistant.ui.deep_check_detail import DeepDetail
from scim_assistant.ui.deep_check_table import DeepTable
from scim_assistant.ui.result_text import deep_as_text
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.card import column
from scim_assistant.ui.widgets.check_list import took
from scim_assistant.ui.widgets.field import Field
from scim_assistant.ui.widgets.message_bar import MessageBar
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.widgets.verdict_panel import VerdictPanel
from scim_assistant.ui.wording import APP_NAME, CLOSE, STOP, show, visible

SIZE = (1200, 760)
WIDE = 1000
"""From this width on the details stand beside the table, not below it."""
LETTER = "letter"
AGAIN = "again"
CONNECT = "connect"

_ENDED = (Outcome.PASS, Outcome.WARN, Outcome.FAIL, Outcome.SKIPPED)


class Running(Protocol):
    """A run that can be stopped (``jobs.Handle``)."""

    @property
    def running(self) -> bool:
        """True until its end was told."""
        ...

    def cancel(self) -> None:
        """Ask it to stop; it still takes away what it made."""
        ...


class Listener(Protocol):
    """Who is told how a run goes, on the window's thread."""

    def on_check(self, check: DeepCheck) -> None:
        """A check has begun or ended."""
        ...

    def on_outcome(self, outcome: DeepOutcome) -> None:
        """It has ended."""
        ...

    def on_error(self, error: KnownError) -> None:
        """It could not be made."""
        ...

    def on_stopped(self) -> None:
        """It was stopped before anything was made."""
        ...


StartRun = Callable[[str, Listener], Running]
"""Starts a run with this mail domain."""


class State(Enum):
    """How the window stands."""

    BEFORE = "before"
    RUNNING = "running"
    STOPPING = "stopping"
    ENDED = "ended"


class DeepCheckWindow(QDialog):
    """Explains, runs and shows the deep check. Esc closes it; a run is stopped first.

    Args:
        app: What to call the app.
        parts: Title of each part of the table and the keys of its checks.
        planned: Every check, waiting.
        start: Starts a run.
        expect: What to know of this vendor before anything is made there; empty where nothing is known.
        outcome: What an earlier run found; None before the first.
        write_letter: Opens the message to the vendor about an outcome.
        open_connect: Leads to the page with address and token.
    """

    def __init__(
        self,
        *,
        app: str,
        parts: Sequence[tuple[Sentence, Sequence[str]]],
        planned: Sequence[DeepCheck],
        start: StartRun,
        expect: str = "",
        outcome: DeepOutcome | None = None,
        write_letter: Callable[[DeepOutcome], object] = lambda _: None,
        open_connect: Callable[[], object] = lambda: None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._app = visible(app, 80)
        self._planned = tuple(planned)
        self._start = start
        self._write_letter = write_letter
        self._open_connect = open_connect
        self._handle: Running | None = None
        self._closing = False
        self._stopped_here = False
        self.outcome: DeepOutcome | None = None
        self.state = State.BEFORE
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("deep-check")
        self.setWindowTitle(show(say("{app}: deep check", app=APP_NAME)))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(Space.BLOCK, Space.LARGE, Space.BLOCK, Space.LARGE)
        outer.setSpacing(Space.MEDIUM)
        outer.addWidget(Text(say("Deep check of {app}", app=self._app), role=Role.TITLE))
        outer.addWidget(self._intro(expect))
        self.panel = VerdictPanel(
            say("Result of the deep check"), self._as_text, say("the result of the deep check")
        )
        self.panel.pressed.connect(self._on_action)
        outer.addWidget(self.panel)
        self.left = MessageBar()
        self.trouble = MessageBar()
        for bar in (self.left, self.trouble):
            outer.addWidget(bar)
            bar.hide()
        self.table = DeepTable(parts)
        self.detail = DeepDetail()
        self.table.chosen.connect(self._on_chosen)
        self.detail.overview_wanted.connect(self._show_overview)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(Space.LARGE)
        self.splitter.addWidget(self.table)
        self.splitter.addWidget(self.detail)
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 2)
        self.splitter.setSizes([3 * SIZE[0] // 5, 2 * SIZE[0] // 5])
        self.table.setMinimumSize(300, 120)
        self.detail.setMinimumSize(260, 100)
        outer.addWidget(self.splitter, 1)
        outer.addLayout(self._buttons())
        self._show_planned()
        self.resize(*SIZE)
        if outcome is not None:
            self.on_outcome(outcome)
        else:
            self._show_state(State.BEFORE)

    @classmethod
    def open_for(cls, parent: QWidget, **more: Any) -> DeepCheckWindow:
        """Open it above a window, in place of one that is open; one that runs a check is brought to the front."""
        for old in parent.findChildren(cls):
            if old.state in (State.RUNNING, State.STOPPING):
                old.raise_()
                old.activateWindow()
                return old
            old.close()
        window = cls(**more, parent=parent)
        window.show()
        window.first_focus().setFocus()
        return window

    # Its blocks

    def _intro(self, expect: str) -> QWidget:
        self.intro = QWidget()
        rows = column(self.intro, Space.MEDIUM)
        words = column(spacing=Space.TIGHT)
        for sentence in (
            say(
                "One person and one group are made at {app}, changed as Microsoft changes people and groups, and taken "
                "away again, also when you stop. Both are named scim-assistant-check, so that anybody can tell them.",
                app=self._app,
            ),
            say(
                "{checks}, about 30 requests, never faster than {app} allows: mostly under a minute. Nobody else's data "
                "is read out or changed.",
                checks=counted(len(self._planned), "check", "checks"),
                app=self._app,
            ),
            say(
                "Microsoft words changes in two ways, by default and with the flag aadOptscim062020 at the end of the "
                "Tenant URL. Both are tried, and the result says which one to use."
            ),
        ):
            words.addWidget(Text(sentence, widest=860))
        rows.addLayout(words)
        self.expect = MessageBar()
        # Placed first: what is shown without a parent is a window of its own.
        rows.addWidget(self.expect)
        if expect:
            self.expect.show_message(Tone.ACCENT, say("About {app}", app=self._app), expect)
        else:
            self.expect.hide()
        self.domain = QLineEdit(DOMAIN)
        self.domain.setMaxLength(300)
        self.domain.setMinimumWidth(280)
        self.domain.setMaximumWidth(320)
        self.domain.textEdited.connect(lambda _: self._show_domain())
        self.domain.returnPressed.connect(self.start)
        self.domain_field = Field(
            say("E-mail domain of the throw-away person"),
            self.domain,
            say(
                "Some services take only domains that you have proved there. No mail arrives at example.com."
            ),
        )
        rows.addWidget(self.domain_field)
        return self.intro

    def _buttons(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        self.told = Text(role=Role.HINT, tone=Tone.QUIET, at_most_lines=2, widest=2000)
        self.told.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        foot.addWidget(self.told, 1)
        box = QDialogButtonBox()
        self.start_button = QPushButton(show(say("Start the deep check")))
        self.start_button.setAutoDefault(True)
        theme.make_primary(self.start_button)
        theme.give_icon(self.start_button, "play")
        self.start_button.clicked.connect(lambda _: self.start())
        box.addButton(self.start_button, QDialogButtonBox.ButtonRole.ActionRole)
        self.stop_button = QPushButton(show(STOP))
        self.stop_button.setAutoDefault(False)
        self.stop_button.clicked.connect(lambda _: self.stop())
        box.addButton(self.stop_button, QDialogButtonBox.ButtonRole.ActionRole)
        self.close_button = box.addButton(show(CLOSE), QDialogButtonBox.ButtonRole.RejectRole)
        self.close_button.setAutoDefault(False)
        box.rejected.connect(self.reject)
        foot.addWidget(box)
        return foot

    # Running

    def start(self) -> None:
        """Start a run; nothing happens while one runs or the domain is none."""
        domain, problem = read_domain(self.domain.text())
        if problem is not None or self.state in (State.RUNNING, State.STOPPING):
            return
        self.outcome = None
        self.detail.show_overview(None)
        self.trouble.hide()
        self.left.hide()
        self._show_planned()
        self._show_state(State.RUNNING)
        self._handle = self._start(domain, self)

    def stop(self) -> None:
        """Ask the run to stop; it takes away what it made, and then says so."""
        if self.state is State.RUNNING and self._handle is not None:
            self._stopped_here = self.focusWidget() is self.stop_button
            self._show_state(State.STOPPING)
            self._handle.cancel()

    def on_check(self, check: DeepCheck) -> None:
        """A check has begun or ended."""
        self.table.show_check(check)
        if self.state in (State.RUNNING, State.STOPPING):
            self._show_progress()

    def on_outcome(self, outcome: DeepOutcome) -> None:
        """It has ended: show all of it, first what it comes to."""
        self.outcome = outcome
        stood_on_stop = self._stopped_here or self.focusWidget() is self.stop_button
        self._stopped_here = False
        for check in outcome.checks:
            self.table.show_check(check)
        self._show_state(State.ENDED)
        self._show_outcome(outcome)
        self._show_overview()
        self.table.show_first_fault()  # the rows were followed to the last
        if stood_on_stop:
            self.first_focus().setFocus()
        if self._closing and not outcome.left_behind:
            self.close()
        self._closing = False

    def on_error(self, error: KnownError) -> None:
        """It could not be made."""
        self._show_planned()
        self._show_state(State.BEFORE)
        self.trouble.show_error(error)
        if self._closing:
            self.close()

    def on_stopped(self) -> None:
        """It was stopped before anything was made."""
        self._show_planned()
        self._show_state(State.BEFORE)
        self.told.set_text(say("Stopped. Nothing was made."))
        if self._closing:
            self.close()

    # Showing

    def _on_chosen(self, check: DeepCheck | None) -> None:
        if check is not None:
            self.detail.show_check(check, may_go_back=self.state is State.ENDED)

    def _show_overview(self) -> None:
        """Show again what it comes to, in place of one check."""
        self.table.choose_none()
        self.detail.show_overview(self.outcome)

    def _show_planned(self) -> None:
        for check in self._planned:
            self.table.show_check(check)

    def _show_state(self, state: State) -> None:
        self.state = state
        runs = state in (State.RUNNING, State.STOPPING)
        buttons = (self.start_button, self.stop_button, self.domain, *self.panel.buttons.values())
        had_focus = self.focusWidget() in buttons
        self.intro.setVisible(state is State.BEFORE)
        self.panel.setVisible(state is not State.BEFORE)
        self.start_button.setVisible(state is State.BEFORE)
        self.stop_button.setVisible(runs)
        self.stop_button.setEnabled(state is State.RUNNING)
        self.stop_button.setText(show(STOP if state is not State.STOPPING else say("Stopping…")))
        self.close_button.setEnabled(not runs)
        self.panel.copy_button.setEnabled(state is State.ENDED)
        self.told.set_text("")
        if state is State.BEFORE:
            self._show_domain()
        elif runs:
            self.panel.set_actions()
            self._show_progress()
        if had_focus and state is not State.ENDED:
            (self.stop_button if runs else self.start_button).setFocus()

    def _show_domain(self) -> None:
        _, problem = read_domain(self.domain.text())
        self.domain_field.set_problem(problem)
        self.start_button.setEnabled(problem is None)

    def _show_progress(self) -> None:
        checks = self.table.checks.values()
        done = sum(check.outcome in _ENDED for check in checks)
        now = next((check.title for check in checks if check.outcome is Outcome.RUNNING), say(""))
        if self.state is State.STOPPING:
            what, now = say("Stopping"), say("What was made at {app} is being taken away.", app=self._app)
        else:
            what = say("{app} is being checked", app=self._app)
        self.panel.show_running(what, done, len(self.table.checks), now)

    def _show_outcome(self, outcome: DeepOutcome) -> None:
        verdict = outcome.verdict
        if outcome.cancelled and verdict.side is Side.NONE:
            self.panel.show_idle(verdict.sentence, verdict.next_step, "skipped")
        else:
            self.panel.show_verdict(verdict)
        again = (AGAIN, say("Run again"), "restart")
        first = {
            Side.VENDOR: (LETTER, say("Write to the vendor…"), "mail"),
            Side.ADDRESS: (CONNECT, say("Back to Connect"), "undo"),
            Side.TOKEN: (CONNECT, say("Back to Connect"), "undo"),
        }.get(verdict.side)
        if first is None:
            self.panel.set_actions(again)
        else:
            self.panel.set_actions(first, again, primary=first[0])
        self.detail.show_overview(outcome)
        if outcome.left_behind:
            self.left.show_message(
                Tone.CAUTION,
                say("Not everything could be taken away at {app}.", app=self._app),
                "\n".join(f"• {visible(one, 300)}" for one in outcome.left_behind),
                say("Remove it there by hand; the next deep check tries again too."),
            )
        else:
            self.left.hide()
        gone = say("Nothing of it is left at the app.") if not outcome.left_behind else say("")
        told = say(
            "{requests} in {time}. {gone}",
            requests=counted(outcome.requests, "request", "requests"),
            time=show(took(outcome.seconds)),
            gone=gone,
        )
        self.told.set_text(told if outcome.requests else "")

    def _as_text(self) -> str:
        return deep_as_text(self._app, self.outcome) if self.outcome is not None else ""

    def _on_action(self, key: str) -> None:
        if key == AGAIN:
            self.start()
        elif key == LETTER and self.outcome is not None:
            self._write_letter(self.outcome)
        elif key == CONNECT:
            self.close()
            self._open_connect()

    def first_focus(self) -> QWidget:
        """Where the person starts."""
        if self.state is State.BEFORE:
            return self.start_button
        return next(iter(self.panel.buttons.values()), self.close_button)

    # Closing

    def reject(self) -> None:
        """Close it; a run is stopped first, and the window goes when all is taken away."""
        if self.state in (State.RUNNING, State.STOPPING):
            self._closing = True
            self.stop()
            return
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.state in (State.RUNNING, State.STOPPING):
            event.ignore()
            self.reject()
            return
        super().closeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = event.size().width() >= WIDE
        self.splitter.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)
