"""Replacing the Secret Token of an app: the new one is asked for, then five rows fill in. A window beside its owner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QCloseEvent, QDesktopServices, QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QWidget

from scim_assistant.check import Outcome
from scim_assistant.errors import KnownError, SignInNeeded
from scim_assistant.plan.wanted import Principal
from scim_assistant.secret import MASK, Secret
from scim_assistant.sentence import Sentence, say
from scim_assistant.steps.rotation import PROVED, Order, Rotated, Situation
from scim_assistant.steps.rotation_acts import RotationActs
from scim_assistant.steps.step import Problem
from scim_assistant.ui import theme
from scim_assistant.ui.jobs import Handle, Jobs, Lane
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.card import column
from scim_assistant.ui.widgets.check_list import CheckList
from scim_assistant.ui.widgets.field import Field
from scim_assistant.ui.widgets.help_panel import CopyValue, HelpPanel
from scim_assistant.ui.widgets.message_bar import MessageBar
from scim_assistant.ui.widgets.person_box import PersonBox
from scim_assistant.ui.widgets.scrolled import Scrolled
from scim_assistant.ui.widgets.secret_field import SecretField
from scim_assistant.ui.widgets.section import Section
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import (
    APP_NAME,
    CANCEL,
    CLOSE,
    PRACTICE_MARK,
    SIGN_IN,
    TRY_AGAIN,
    show,
    visible,
)
from scim_assistant.work import Progress, Work

SIZE = (760, 720)
SMALLEST = (560, 480)

REPLACE = say("Test and replace")
GO_ON = say("Go on")
NOBODY = say("Nobody: leave this row out")
_NO_NEWS = Sentence("")
_NOT_KNOWN = say("Whether the new token was saved is not known.")


class RotationWindow(QDialog):
    """Replaces a token. Esc closes it while nothing runs.

    Args:
        app_name: What to call the app until it was read.
        acts: What may be asked for.
        jobs: Runs everything that waits.

    Signals:
        sign_in_wanted: A person has to sign in (``SignInNeeded``), and what is to be called once that is done.
        saved: A new token is stored; its life is another one now.
        lifted: Provisioning goes on that was paused.
        closed: The window is gone.
    """

    sign_in_wanted = Signal(object, object)
    saved = Signal()
    lifted = Signal()
    closed = Signal()

    def __init__(
        self,
        app_name: str,
        acts: RotationActs,
        jobs: Jobs,
        parent: QWidget | None = None,
        *,
        is_practice: bool = False,
    ) -> None:
        super().__init__(parent)
        self._acts = acts
        self._jobs = jobs
        self._running: Handle | None = None
        self._situation: Situation | None = None
        self._rotated = Rotated()
        self._needed: tuple[SignInNeeded, bool] | None = None
        self._to_end = False
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("rotation")
        mark = f"{show(PRACTICE_MARK)} – " if is_practice else ""
        title = show(say("Replace the Secret Token"))
        self.setWindowTitle(f"{mark}{visible(app_name, 80)} – {title} – {APP_NAME}")
        self.setMinimumSize(*SMALLEST)
        self.resize(*SIZE)
        self._build(app_name)
        self._show()

    @classmethod
    def open_for(
        cls, parent: QWidget, app_name: str, acts: RotationActs, jobs: Jobs, *, is_practice: bool = False
    ) -> RotationWindow:
        """Open it above a window, or bring the one that is open to the front."""
        for old in parent.findChildren(cls):
            if old.isVisible():
                old.raise_()
                old.activateWindow()
                return old
        window = cls(app_name, acts, jobs, parent, is_practice=is_practice)
        window.show()
        window.look()
        window.first_focus().setFocus()
        return window

    def _build(self, app_name: str) -> None:
        outer = column(self, 0)
        outer.setContentsMargins(0, 0, 0, Space.LARGE)
        self.scroll_area = Scrolled()
        inside = QWidget()
        body = column(inside, Space.LARGE)
        body.setContentsMargins(Space.BLOCK, Space.BLOCK, Space.BLOCK, Space.LARGE)
        self.title = Text(
            say("Replace the Secret Token of {app}", app=visible(app_name, 80)), role=Role.TITLE
        )
        self.before = Text(tone=Tone.QUIET)
        head = Section()
        head.add(self.title, self.before)
        body.addWidget(head)
        self.trouble = MessageBar()
        self.trouble.pressed.connect(self._on_pressed)
        self.trouble.hide()
        body.addWidget(self.trouble)
        self.warnings = MessageBar()
        self.warnings.hide()
        body.addWidget(self.warnings)
        self.practice = HelpPanel(say("Pretend ScreenSteps: a new API token"), "app")
        self.practice.hide()
        body.addWidget(self.practice)
        self.vendor = HelpPanel(say("Where to make the new token"))
        self.vendor.link_pressed.connect(lambda address: QDesktopServices.openUrl(QUrl(address)))
        self.vendor.hide()
        body.addWidget(self.vendor)
        self.secret = SecretField()
        self.secret.edited.connect(self._show)
        self.secret_field = Field(say("New Secret Token"), self.secret)
        self.strength = Text(role=Role.HINT, tone=Tone.QUIET)
        self.people = PersonBox(NOBODY)
        self.people.changed.connect(self._show)
        self.people.search_wanted.connect(self._search)
        self.people_field = Field(say("Person to try it on"), self.people)
        line = self.people.lineEdit()
        assert line is not None  # a box that can be edited has one
        line.setAccessibleName(show(say("Person to try it on")))
        self.fields = Section().add(self.secret_field, self.strength, self.people_field)
        body.addWidget(self.fields)
        self.rows = CheckList(say("Steps of the replacement"))
        self.steps = Section(say("Step by step")).add(self.rows)
        body.addWidget(self.steps)
        self.outcome = MessageBar()
        self.outcome.pressed.connect(self._on_pressed)
        self.outcome.hide()
        body.addWidget(self.outcome)
        body.addStretch(1)
        self.scroll_area.setWidget(inside)
        outer.addWidget(self.scroll_area, 1)
        self.scroll_area.verticalScrollBar().rangeChanged.connect(lambda *_: self._follow())
        self.scroll_area.verticalScrollBar().sliderPressed.connect(self._let_go)
        self.progress = Text(role=Role.HINT, tone=Tone.QUIET, at_most_lines=2)
        self.go = QPushButton(show(REPLACE))
        self.go.setAutoDefault(False)  # Enter in a field must not begin to save
        theme.make_primary(self.go)
        theme.give_icon(self.go, "key")
        self.go.clicked.connect(lambda _: self.begin())
        self.leave = QPushButton(show(CLOSE))
        self.leave.setAutoDefault(False)
        self.leave.clicked.connect(self._on_leave)
        foot = QHBoxLayout()
        foot.setContentsMargins(Space.BLOCK, Space.MEDIUM, Space.BLOCK, 0)
        foot.setSpacing(Space.MEDIUM)
        foot.addWidget(self.progress, 1)
        foot.addWidget(self.go)
        foot.addWidget(self.leave)
        outer.addLayout(foot)

    @property
    def busy(self) -> bool:
        """True while something runs for this window."""
        return self._running is not None and self._running.running

    # Looking

    def look(self) -> None:
        """Read what the replacement starts from."""
        self.trouble.hide()
        self._start(self._acts.look, self.show_situation, Lane.READ, say("Reading the app"))

    def show_situation(self, situation: Situation) -> None:
        """Show what the replacement starts from."""
        self._situation = situation
        self.people.set_people(situation.people, self.people.chosen or situation.pilot)
        self.title.set_text(say("Replace the Secret Token of {app}", app=visible(situation.name, 80)))
        self.before.set_text(situation.before)
        lines = "\n".join(show(line) for line in situation.warnings)
        self.warnings.setVisible(bool(lines))
        if lines:
            # What always holds is good to know; what is special to this app or to an earlier try is a warning.
            tone = Tone.CAUTION if len(situation.warnings) > 1 else Tone.ACCENT
            self.warnings.show_message(tone, say("Before the new token is saved"), lines)
        token = situation.practice_token
        self.practice.setVisible(bool(token))
        if token:
            self.practice.set_content(
                (say("In practice the vendor's page is here: a second token that it has made."),),
                (CopyValue(say("New API token"), token.reveal, MASK, secret=True),),
            )
        self.vendor.setVisible(bool(situation.where) and not token)
        if situation.where:
            self.vendor.set_content(
                (situation.where,), link=situation.link, link_label=say("Open the vendor's help page")
            )
        self._show()
        if self.focusWidget() in (None, self.leave) and not self._rotated.saved:
            self.secret.line.setFocus()

    def _search(self, typed: str) -> None:
        if self.busy:
            return
        self.people_field.set_hint(say("Searching…"))

        def on_found(found: Sequence[Principal]) -> None:
            self.people.add_found(found)
            self._show()
            if not found:
                self.people_field.set_hint(
                    say("Nobody's name or address begins with {typed}.", typed=visible(typed, 60))
                )

        self._jobs.start(
            lambda work: self._acts.search(typed, work),
            owner=self,
            on_done=on_found,
            on_error=lambda error: self.people_field.set_hint(error.why),
        )

    # Replacing

    def order(self, *, save_anyway: bool = False) -> Order:
        """What the fields say."""
        return Order(self.secret.secret(), self.people.chosen, save_anyway)

    def begin(self, *, save_anyway: bool = False) -> None:
        """Begin, or go on where it stopped."""
        if self.busy or self._situation is None:
            return
        self._let_go()
        order, so_far = self.order(save_anyway=save_anyway), self._rotated
        tell = self._jobs.poster(self, self._on_told)
        self.outcome.hide()
        self.trouble.hide()
        self._start(
            lambda work: self._acts.rotate(order, so_far, work, tell),
            self._on_rotated,
            Lane.TENANT_WRITE,
            say("Testing the new token"),
            again=lambda: self.begin(save_anyway=save_anyway),
        )

    def _on_told(self, rotated: Rotated) -> None:
        self._take(rotated)
        running = next((row for row in rotated.rows if row.outcome is Outcome.RUNNING), None)
        if running is not None:
            self.scroll_area.ensureWidgetVisible(self.rows.row(running.key), 0, Space.BLOCK)

    def _on_rotated(self, rotated: Rotated) -> None:
        self.show_rotated(rotated)
        if isinstance(rotated.trouble, SignInNeeded):
            self.sign_in_wanted.emit(rotated.trouble, self.begin)

    def _take(self, rotated: Rotated) -> None:
        newly_saved = rotated.saved and not self._rotated.saved
        self._rotated = rotated
        if newly_saved:
            # It is stored now, and nothing that follows needs it here.
            self.secret.set_secret(Secret())
            self.saved.emit()
        self._show()

    def show_rotated(self, rotated: Rotated) -> None:
        """Show how far it has come."""
        self._take(rotated)
        self.show_outcome()

    def show_outcome(self) -> None:
        """Say what it came to, and what can be done now."""
        now = self._rotated
        bar = self.outcome
        if now.complete and now.may_lift:
            bar.show_message(
                Tone.GOOD,
                say("The token was replaced."),
                say("Microsoft still holds provisioning back because of the old token."),
                say("Let it go on: it starts where it stopped, and nobody is evaluated anew."),
                actions=(("lift", say("Let provisioning go on")),),
            )
        elif now.complete:
            bar.show_message(Tone.GOOD, say("The token was replaced."), now.rows[-1].sentence)
        elif now.stopped and now.saved:
            bar.show_message(
                Tone.ACCENT,
                say("Stopped after the new token was saved."),
                say("Microsoft's cloud uses the new token from now on."),
                say("Go on to see that it works, before the old one is revoked."),
            )
        elif now.stopped and not now.doubtful:
            bar.show_message(
                Tone.ACCENT, say("Stopped."), say("Nothing was saved, so the old token is in use as before.")
            )
        elif now.may_save_anyway:
            bar.show_message(
                Tone.CAUTION,
                _NOT_KNOWN if now.doubtful else say("Nothing was saved."),
                say(
                    "The test can be wrong where the app answers it in its own way. Whoever knows that the token is "
                    "right can save it all the same; the rows after that show whether it works."
                ),
                actions=(("anyway", say("Save it all the same")),),
            )
        elif isinstance(now.trouble, SignInNeeded):
            self._needed = (now.trouble, False)
            bar.show_error(now.trouble, ("sign-in", SIGN_IN))
        elif now.doubtful:
            bar.show_message(
                Tone.CAUTION,
                _NOT_KNOWN,
                say(
                    "It was sent, and Microsoft's answer did not arrive. Keep both tokens until all rows are done."
                ),
                say("Try again with the new token: saving it once more does no harm."),
            )
        elif now.failed is not None:
            self._show_failed(now.failed.key, saved=now.saved)
        else:
            bar.hide()
            return
        self._to_end = True
        QTimer.singleShot(0, self, self._follow)

    def _let_go(self) -> None:
        self._to_end = False

    def _follow(self) -> None:
        """Keep the outcome in view while the layout comes to rest."""
        if self._to_end:
            bar = self.scroll_area.verticalScrollBar()
            bar.setValue(bar.maximum())

    def _show_failed(self, key: str, *, saved: bool) -> None:
        if not saved:
            self.outcome.show_message(
                Tone.BAD,
                say("Nothing was saved."),
                say("The old token is in use as before."),
                say("Look at the row that failed, then try again."),
            )
            return
        self.outcome.show_message(
            Tone.BAD,
            say("The new token is stored, and is not proved yet."),
            say("Keep the old token until all rows are done."),
            say("Choose somebody else, or nobody, and go on.")
            if key == PROVED
            else say("Look at the row that failed, then go on."),
        )

    def _on_pressed(self, key: str) -> None:
        if key == "anyway":
            self.begin(save_anyway=True)
        elif key == "lift":
            self._lift()
        elif key == "look":
            self.look()
        elif key == "sign-in" and self._needed is not None:
            needed, lifting = self._needed
            self.sign_in_wanted.emit(needed, self._lift if lifting else self.begin)

    def _lift(self) -> None:
        def on_done(_: object) -> None:
            self.outcome.show_message(
                Tone.GOOD,
                say("The token was replaced, and provisioning goes on."),
                say("Its next cycle begins within minutes."),
            )
            self.lifted.emit()

        def on_error(error: KnownError) -> None:
            if isinstance(error, SignInNeeded):
                self._needed = (error, True)
                self.outcome.show_error(error, ("sign-in", SIGN_IN))
                self.sign_in_wanted.emit(error, self._lift)
            else:
                self.outcome.show_error(error, ("lift", TRY_AGAIN))

        self._start(
            self._acts.lift, on_done, Lane.TENANT_WRITE, say("Letting provisioning go on"), on_error=on_error
        )

    # Running

    def _start(
        self,
        task: Callable[[Work], Any],
        on_done: Callable[[Any], None],
        lane: Lane,
        doing: Sentence,
        *,
        on_error: Callable[[KnownError], None] | None = None,
        again: Callable[[], None] | None = None,
    ) -> None:
        """Run something for this window; one thing at a time.

        Args:
            again: Does the same once more, for what needs a sign-in first.
        """

        def ended() -> None:
            self._running = None
            self.progress.set_text("")

        def done(result: object) -> None:
            ended()
            on_done(result)
            self._show()

        def failed(error: KnownError) -> None:
            ended()
            if on_error is not None:
                on_error(error)
            elif isinstance(error, SignInNeeded) and again is not None:
                self._needed = (error, False)
                self.trouble.show_error(error, ("sign-in", SIGN_IN))
                self.sign_in_wanted.emit(error, again)
            else:
                action = (("look", TRY_AGAIN),) if self._situation is None else ()
                self.trouble.show_error(error, *action)
            self._show()

        def cancelled() -> None:
            ended()
            self._show()

        def progressed(progress: Progress) -> None:
            self.progress.set_text(progress.sentence)

        self._running = self._jobs.start(
            task,
            owner=self,
            on_done=done,
            on_error=failed,
            on_progress=progressed,
            on_cancelled=cancelled,
            lane=lane,
        )
        self.progress.set_text(doing)
        self._show()

    def _on_leave(self) -> None:
        if self.busy and self._running is not None:
            self._running.cancel()
            self.progress.set_text(say("Stopping after this step"))
            self.leave.setEnabled(False)
        else:
            self.close()

    # Showing

    def _show(self) -> None:
        """Bring every control in line with how it stands."""
        now, busy = self._rotated, self.busy
        ready = self._situation is not None
        self.rows.set_checks(now.rows)
        asks = not now.complete and not busy and ready
        self.secret.setEnabled(asks and not now.saved)
        self.people.setEnabled(asks)
        self.fields.setVisible(not now.complete)
        self.practice.setVisible(not now.saved and bool(self._situation and self._situation.practice_token))
        self.vendor.setVisible(
            not now.saved and self.practice.isHidden() and bool(self._situation and self._situation.where)
        )
        self.warnings.setVisible(not now.saved and bool(self._situation and self._situation.warnings))
        self.before.setVisible(not now.saved and bool(self.before.text()))
        problems = self._problems()
        blocking = next((problem for problem in problems if problem.blocks), None)
        self._show_problems()
        self.go.setVisible(not now.complete)
        self.go.setEnabled(asks and blocking is None)
        self.go.setText(show(GO_ON if now.saved else REPLACE))
        why = blocking.sentence if blocking is not None and not busy else _NO_NEWS
        self.go.setToolTip(show(why))
        self.go.setAccessibleDescription(show(why))
        self.leave.setText(show(CANCEL if busy else CLOSE))
        self.leave.setEnabled(not (busy and self._running is not None and self._running.cancelled))

    def _problems(self) -> tuple[Problem, ...]:
        if self._situation is None or self._rotated.saved or self._rotated.complete:
            return ()
        return self._acts.problems(self.order(), self._situation)

    def _show_problems(self) -> None:
        problems = self._problems()
        typed = bool(self.secret.secret())
        if self._rotated.saved:
            self.secret_field.set_hint(say("Saved in Microsoft's cloud, and forgotten here."))
        else:
            self.secret_field.set_hint(
                say("Paste it here. It stays hidden, is kept in memory until it is saved, and never on disk.")
            )
        # An empty field is no mistake yet: it keeps its hint until something is in it.
        of_secret = [one for one in problems if one.field == "secret" and (typed or not one.blocks)]
        worst = next((one for one in of_secret if one.blocks), of_secret[0] if of_secret else None)
        self.secret_field.set_problem(
            worst.sentence if worst is not None else None, blocks=worst is not None and worst.blocks
        )
        told = self._acts.reading(self.secret.secret()) if typed else _NO_NEWS
        self.strength.set_text(say("Token: {what}", what=told) if told else "")
        self.strength.setVisible(bool(told))
        of_person = next((one for one in problems if one.field == "pilot"), None)
        self.people_field.set_hint(
            say("Somebody whose account at the app you can look at. Type another name to search for it.")
        )
        self.people_field.set_problem(
            of_person.sentence if of_person is not None else None,
            blocks=of_person is not None and of_person.blocks,
        )

    def first_focus(self) -> QWidget:
        """Where the person starts."""
        return self.secret.line

    def keyPressEvent(self, event: QKeyEvent) -> None:
        stands_on = self.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(stands_on, QPushButton):
            stands_on.click()
            event.accept()
            return
        if event.key() == Qt.Key.Key_Escape:
            if not self.busy:
                self.close()
            event.accept()
            return
        super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.busy and self._running is not None and self._running.lane is Lane.TENANT_WRITE:
            # A write is never abandoned half way: it is asked to stop, and the window stays until it has.
            self._on_leave()
            event.ignore()
            return
        if self._running is not None:
            self._running.cancel()
        self.secret.set_secret(Secret())
        super().closeEvent(event)
        self.closed.emit()
