"""Step 5 on the screen: what it comes to, the two columns of the test, and the deep check that one can add."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget
from shiboken6 import isValid

from scim_assistant.check import Check, Outcome
from scim_assistant.errors import KnownError
from scim_assistant.scim import layers
from scim_assistant.scim.verdict import Side, Verdict
from scim_assistant.sentence import Sentence, say
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.asked import only_stored
from scim_assistant.steps.deep_check import run_deep_check, what_to_expect, why_no_deep_check
from scim_assistant.steps.found import Found
from scim_assistant.steps.from_cloud import planned_rows
from scim_assistant.steps.profile import app_word
from scim_assistant.steps.services import Services
from scim_assistant.steps.step import Problem, StepKey
from scim_assistant.steps.verdict import nothing_known
from scim_assistant.ui import theme
from scim_assistant.ui.jobs import Handle, Lane
from scim_assistant.ui.pages.step_page import StepPage
from scim_assistant.ui.replacing import REPLACE_LINK
from scim_assistant.ui.result_text import CLOUD as CLOUD_TITLE
from scim_assistant.ui.result_text import HERE as HERE_TITLE
from scim_assistant.ui.result_text import test_as_text
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.card import column as plain_column
from scim_assistant.ui.widgets.check_list import took
from scim_assistant.ui.widgets.columns import Columns
from scim_assistant.ui.widgets.disclosure import DisclosureButton
from scim_assistant.ui.widgets.field import Field
from scim_assistant.ui.widgets.layer_list import LayerList, ShortLayerList
from scim_assistant.ui.widgets.section import Section
from scim_assistant.ui.widgets.status_pill import StatusPill
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.widgets.verdict_panel import VerdictPanel
from scim_assistant.ui.wizard_frame import NARROW_BELOW
from scim_assistant.ui.wording import TEST_AGAIN, show, visible
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.scim.deep.found import DeepCheck, DeepOutcome
    from scim_assistant.ui.deep_check_window import DeepCheckWindow, Listener
    from scim_assistant.ui.letter_window import LetterWindow

AGAIN = "again"
CONNECT = "connect"
LETTER = "letter"
REPLACE = "replace"
DEEP = "deep"
OPEN_DEEP = say("Open the deep check…")
BACK_TO_CONNECT = say("Back to Connect")
WRITE = say("Write to the vendor…")

_ENDED = (Outcome.PASS, Outcome.WARN, Outcome.FAIL, Outcome.SKIPPED)


class Column(Section):
    """One side of the test: heading, how long it took, and its rows."""

    def __init__(self, title: Sentence, kind: type[LayerList] = LayerList) -> None:
        super().__init__()
        head = QHBoxLayout()
        head.addWidget(Text(title, role=Role.HEADING), 1)
        self.took = Text(role=Role.HINT, tone=Tone.QUIET, firm=True)
        head.addWidget(self.took)
        # The sum stands below nothing and above the times of the rows, left of their chevrons.
        head.setContentsMargins(0, 0, DisclosureButton("").sizeHint().width() + Space.SMALL, 0)
        self.column.addLayout(head)
        self.checks = kind(title)
        self.add(self.checks)

    def show_checks(self, checks: Sequence[Check]) -> None:
        """Show these rows."""
        self.checks.set_checks(checks)
        whole = sum(check.seconds or 0 for check in checks)
        self.took.set_text(took(whole) if whole else "")


class TestConnectionPage(StepPage):
    """Shows the connection test."""

    __test__ = False

    key = StepKey.TEST_CONNECTION
    quiet = True
    help_lines = (
        say("The test searches the app for a person who cannot exist. Nothing is created or changed."),
        say("Provisioning comes from Microsoft's cloud, so its test counts in the end."),
        say(
            "A row opens with Enter or a click and shows what was seen. The first layer that fails is the fault."
        ),
        say("Some apps fail Microsoft's test and provision all the same, so you can go on after a failure."),
        say(
            "The deep check is for a new or doubtful service: it tries every kind of change that Microsoft sends."
        ),
    )

    def build(self, column: QVBoxLayout) -> None:
        """Make the widgets of the body."""
        column.setSpacing(Space.LARGE)
        self.verdict = VerdictPanel(say("Result of the test"), self._as_text, say("the result of the test"))
        self.verdict.pressed.connect(self._on_action)
        column.addWidget(self.verdict)
        self.override = QCheckBox(show(say("Go on although the test failed")))
        self.override.toggled.connect(self.note_edit)
        keep = self.override.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self.override.setSizePolicy(keep)
        self.verdict.add_beside(self.override)
        self.here = Column(HERE_TITLE)
        self.cloud = Column(CLOUD_TITLE, ShortLayerList)
        for side in (self.here, self.cloud):
            side.checks.fix_pressed.connect(self.host.open_address)
        right = QWidget()
        right.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        beside = plain_column(right, Space.BLOCK)
        beside.addWidget(self.cloud)
        beside.addWidget(self._deep())
        beside.addStretch(1)
        left = QWidget()
        left.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        above = plain_column(left, Space.MEDIUM)
        above.addWidget(self.here)
        above.addStretch(1)
        self.columns = Columns(left, right)
        column.addWidget(self.columns)
        self._shown = Found()
        self._app = ""
        self._deep_of: Hashable = None
        self._judged: Verdict | None = None
        self._ordered: list[tuple[Column, str]] = []

    def _deep(self) -> QWidget:
        self.deep = Section(say("Deep check"))
        self.deep_pill = StatusPill()
        self.deep_told = Text(tone=Tone.QUIET)
        self.deep_button = QPushButton()
        self.deep_button.setAutoDefault(False)
        theme.give_icon(self.deep_button, "test")
        self.deep_button.clicked.connect(lambda _: self.open_deep_check())
        self.deep_why = Text(role=Role.HINT, tone=Tone.QUIET)
        self.deep.add(self.deep_pill, self.deep_told)
        self.deep.column.addWidget(self.deep_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.deep.add(self.deep_why)
        return self.deep

    def show_answers(self, answers: Answers) -> None:
        """Fill the widgets."""
        self.override.setChecked(answers.test_overridden)

    def show_found(self, answers: Answers, found: Found) -> None:
        """Show the checks and what they mean."""
        self._show(answers, found, running=self.host.busy)

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Nothing stands under a field here; but whether the test runs may have changed."""
        super().show_problems(problems)
        self._show(self.host.answers, self.host.found, running=self.host.busy)

    def _show(self, answers: Answers, found: Found, *, running: bool) -> None:
        self._shown, self._app = found, visible(app_word(answers, found), 80)
        verdict = found.verdict
        here = found.connection or tuple(Check(key, title) for key, title in layers.TITLES.items())
        cloud = found.cloud or planned_rows(found.app, stored=only_stored(answers, found))
        if verdict is None and not running:
            # It was stopped: nothing runs any more, whatever was told last.
            here, cloud = (tuple(_stopped(check) for check in side) for side in (here, cloud))
        self.here.show_checks(here)
        self.cloud.show_checks(cloud)
        if verdict is not None and verdict is not self._judged and not _any_failed(here):
            # Where a layer failed from here, that is the fault, and what the cloud said is one press away.
            for check in cloud:
                if check.outcome is Outcome.FAIL:
                    self.cloud.checks.row(check.key).more.setChecked(True)
        self._judged = verdict
        self._order_tabs(
            [
                (side, check.key)
                for side, checks in ((self.here, here), (self.cloud, cloud))
                for check in checks
            ]
        )
        begun = any(check.outcome is not Outcome.WAITING for check in here)
        actions = _actions(verdict, stored=only_stored(answers, found) and _has_job(found))
        primary = actions[0][0] if _failed(verdict) else ""
        if _is_unknown(found):
            actions = actions[-1:]
        deep = self._deep_outcome(answers, found)
        if verdict is not None and not _failed(verdict) and deep is not None and _failed(deep.verdict):
            # All is well with the way there, and not with what comes after it.
            verdict = Verdict(
                deep.verdict.side,
                say("{app} answers, and the deep check found faults.", app=self._app),
                say("Before you go on, open the deep check and see what will go wrong."),
                may_go_on=True,
                sure=deep.verdict.sure,
            )
            actions = ((DEEP, OPEN_DEEP, "test"), actions[-1])
        self.verdict.set_actions(*actions, primary=primary)
        if verdict is None and not begun:
            self.verdict.buttons[AGAIN].setText(show(say("Test now")))
        self.verdict.buttons[AGAIN].setEnabled(not running)
        self.verdict.copy_button.setEnabled(verdict is not None)
        if verdict is not None:
            self.verdict.show_verdict(verdict)
        elif running:
            done = sum(check.outcome in _ENDED for check in (*here, *cloud))
            self.verdict.show_running(
                say("{app} is being tested", app=self._app),
                done,
                len(here) + len(cloud),
            )
        else:
            self.verdict.show_idle(say("The test was stopped") if begun else None)
        self.override.setVisible(_failed(verdict))
        self._show_deep(answers, found, running=running)

    def _order_tabs(self, rows: list[tuple[Column, str]]) -> None:
        """Let the Tab key go through the rows as they are read: they were made after what stands below them."""
        if rows == self._ordered:
            return
        self._ordered = rows
        before: QWidget = self.override
        for side, key in rows:
            row = side.checks.row(key)
            for each in (row.more, row.fix):
                QWidget.setTabOrder(before, each)
                before = each
        QWidget.setTabOrder(before, self.deep_button)

    def _show_deep(self, answers: Answers, found: Found, *, running: bool) -> None:
        outcome = self._deep_outcome(answers, found)
        self.deep_pill.setVisible(outcome is not None)
        if outcome is not None:
            self.deep_pill.set_state(*deep_state(outcome))
            self.deep_told.set_text(outcome.verdict.sentence)
            self.deep_button.setText(show(OPEN_DEEP))
        else:
            self.deep_told.set_text(
                say(
                    "Makes one throw-away person and one group at {app}, tries every kind of change that Microsoft "
                    "sends, and takes both away again. About 30 requests, mostly under a minute.",
                    app=self._app,
                )
            )
            self.deep_button.setText(show(say("Run the deep check…")))
        why = why_no_deep_check(answers, found) or _why_not_yet(found, running=running)
        if outcome is not None:
            why = None  # what it found can be read at any time
        self.deep_button.setEnabled(why is None)
        told = why or (what_to_expect(answers, found) if outcome is None else "")
        self.deep_why.set_text(told)
        self.deep_why.setVisible(bool(told))

    def _deep_outcome(self, answers: Answers, found: Found) -> DeepOutcome | None:
        """What the deep check found, unless it was run with another address or token."""
        other = self._deep_of is not None and self._deep_of != self.step.depends_on(answers, found)
        return None if other else found.deep

    def open_deep_check(self) -> DeepCheckWindow:
        """Open the window of the deep check, in place of one that is open and runs nothing."""
        from scim_assistant.scim.deep.catalogue import PART_TITLES, PLANNED, planned_checks
        from scim_assistant.ui.deep_check_window import DeepCheckWindow

        answers, found = self.host.answers, self.host.found
        parts = [
            (title, [one.key for one in PLANNED if one.part is part]) for part, title in PART_TITLES.items()
        ]
        return DeepCheckWindow.open_for(
            self.window(),
            app=app_word(answers, found),
            parts=parts,
            planned=planned_checks(),
            start=partial(self._start_deep_check, app_word(answers, found)),
            expect=what_to_expect(answers, found),
            outcome=self._deep_outcome(answers, found),
            write_letter=self.write_letter,
            open_connect=lambda: self.host.open_address("step:connect"),
        )

    def _start_deep_check(self, app: str, domain: str, listener: Listener) -> Handle:
        """Run it as the write that it is, so that nobody leaves half way and its end is always told."""
        answers, found = self.host.answers, self.host.found
        tried = self.step.depends_on(answers, found)

        def tell(check: DeepCheck) -> None:
            if isValid(listener):
                listener.on_check(check)

        def done(outcome: DeepOutcome) -> None:
            self._deep_of = tried
            self.host.change(found=replace(self.host.found, deep=outcome))
            if isValid(listener):
                listener.on_outcome(outcome)

        def failed(error: KnownError) -> None:
            if isValid(listener):
                listener.on_error(error)

        def stopped() -> None:
            if isValid(listener):
                listener.on_stopped()

        post = self.host.poster(tell)

        def check(services: Services, answers: Answers, found: Found, work: Work) -> DeepOutcome:
            if app_word(answers, found) != app:  # the window outlives a turn of the wizard to another app
                raise KnownError(
                    say("The deep check was not started."),
                    say("This window belongs to {app}, and the wizard has turned to another app.", app=app),
                    say("Close it, and open the deep check again from the page Test."),
                )
            return run_deep_check(services, answers, found, work, post, domain=domain)

        return self.host.run(
            check,
            done,
            doing=say("Deep check of {app}", app=app),
            lane=Lane.TENANT_WRITE,
            on_error=failed,
            on_cancelled=stopped,
        )

    def write_letter(self, outcome: DeepOutcome | None = None) -> LetterWindow:
        """Open the message to the vendor about the test, or about a deep check too."""
        from scim_assistant.steps.letter import letter_for, save_letter
        from scim_assistant.ui.letter_window import LetterWindow

        answers, found = self.host.answers, self.host.found
        deep = outcome or self._deep_outcome(answers, found)

        def save(
            path: str, text: str, on_done: Callable[[], None], on_error: Callable[[KnownError], None]
        ) -> Handle:
            return self.host.run(
                lambda services, answers, found, work: save_letter(path, text),
                lambda _: on_done(),
                lane=Lane.ARCHIVE,
                on_error=on_error,
            )

        return LetterWindow.open_for(self.window(), letter_for(answers, found, deep), save)

    def answers(self, before: Answers) -> Answers:
        """The answers with what the widgets hold."""
        return replace(before, test_overridden=self.override.isChecked())

    def fields(self) -> dict[str, Field]:
        """The fields by the names that problems use."""
        return {}

    def holds(self, problems: Sequence[Problem]) -> Problem | None:
        """What to do to go on; what went wrong stands above already."""
        held = super().holds(problems)
        if held is not None and self.host.found.verdict is None and not self.host.busy:
            return replace(held, sentence=say("To go on, test the connection."))
        if held is not None and self.host.found.verdict is not None:
            return replace(
                held,
                sentence=say(
                    "To go on, test again after a change, or choose to go on although the test failed."
                ),
            )
        return held

    def first_focus(self) -> QWidget | None:
        """Where the person starts: at the one next action, which is Next where nothing failed."""
        verdict = self.host.found.verdict
        if verdict is not None and not _failed(verdict) and not _is_unknown(self.host.found):
            return None
        return next(iter(self.verdict.buttons.values()))

    def _as_text(self) -> str:
        found = self._shown
        return test_as_text(self._app, found.connection, found.cloud, found.verdict)

    def _on_action(self, key: str) -> None:
        if key == AGAIN:
            self.host.look_up_again()
        elif key == CONNECT:
            self.host.open_address("step:connect")
        elif key == LETTER:
            self.write_letter()
        elif key == DEEP:
            self.open_deep_check()
        elif key == REPLACE:
            self.host.open_address(REPLACE_LINK)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.columns.stack(self.window().width() < NARROW_BELOW)


def _stopped(check: Check) -> Check:
    return replace(check, outcome=Outcome.WAITING) if check.outcome is Outcome.RUNNING else check


def _any_failed(checks: Sequence[Check]) -> bool:
    return any(check.outcome is Outcome.FAIL for check in checks)


def _failed(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict.outcome is Outcome.FAIL


def _is_unknown(found: Found) -> bool:
    """True when the service was too busy to answer anybody: there is nothing to send or to go on with yet."""
    return found.verdict is not None and nothing_known(found.connection, found.cloud)


def _has_job(found: Found) -> bool:
    return found.app is not None and found.app.job is not None


def _actions(verdict: Verdict | None, *, stored: bool = False) -> tuple[tuple[str, Sentence, str], ...]:
    """The one next action, then the test again.

    Args:
        stored: It is about the token that Microsoft's cloud has stored, of an app with provisioning.
    """
    again = (AGAIN, TEST_AGAIN, "restart")
    side = Side.NONE if verdict is None else verdict.side
    if side is Side.TOKEN and stored:
        return ((REPLACE, say("Replace the token…"), "key"), again)
    if side in (Side.ADDRESS, Side.TOKEN):
        return ((CONNECT, BACK_TO_CONNECT, "undo"), again)
    if side is Side.VENDOR:
        return ((LETTER, WRITE, "mail"), again)
    return (again,)


def deep_state(outcome: DeepOutcome) -> tuple[Sentence, str, Tone]:
    """A deep check in one word, with drawing and colour."""
    if outcome.cancelled:
        return (say("Stopped"), "skipped", Tone.QUIET)
    if outcome.outcome is Outcome.PASS:
        return (say("Passed"), "pass", Tone.GOOD)
    if outcome.outcome is Outcome.WARN:
        return (say("Passed with warnings"), "warn", Tone.CAUTION)
    return (say("Failed"), "fail", Tone.BAD)


def _why_not_yet(found: Found, *, running: bool) -> Sentence | None:
    """Why the deep check would be of no use now; None when it would be."""
    if running or found.verdict is None:
        return say("It can be run once the test has ended.")
    rows = {check.key: check.outcome for check in found.connection}
    token = rows.get(layers.AUTHENTICATION)
    if token in (Outcome.FAIL, Outcome.SKIPPED):
        return say("It can be run once the token is accepted.")
    return None
