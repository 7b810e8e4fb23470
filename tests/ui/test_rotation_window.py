"""The window that replaces a token: what can be pressed when, what is forgotten when, and how it is left."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from scim_assistant.check import Outcome
from scim_assistant.errors import Cancelled, KnownError, SignInNeeded
from scim_assistant.plan.wanted import Principal
from scim_assistant.scim.profiles import load_profile
from scim_assistant.secret import Secret
from scim_assistant.sentence import say
from scim_assistant.steps.rotation import (
    PROVED,
    SAVED,
    TESTED,
    OnRotated,
    Order,
    Rotated,
    Situation,
    problems,
)
from scim_assistant.steps.rotation_acts import RotationActs
from scim_assistant.steps.token_days import TokenDay
from scim_assistant.steps.token_life import TokenLife, life_of
from scim_assistant.ui.jobs import Jobs
from scim_assistant.ui.log_viewer.watched import TokenWatched
from scim_assistant.ui.log_viewer.window import MonitorWindow
from scim_assistant.ui.rotation_window import RotationWindow
from scim_assistant.ui.token_day_dialog import TokenDayDialog
from scim_assistant.work import Work
from tests.gallery.looks import clipped, settle, unnamed
from tests.gallery.rotation_states import MAKERS, PEOPLE, RotationPicture, _rows, _situation
from tests.gallery.states import Stage
from tests.ui.test_log_viewer_window import Service

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")

TOKEN = "abcdefgh-0123456789"
P, F = Outcome.PASS, Outcome.FAIL


class Acts:
    """What the window asks for, with answers of the test's choice."""

    def __init__(self) -> None:
        self.situation: Situation | KnownError = _situation()
        self.orders: list[tuple[Order, Rotated]] = []
        self.come_to: Callable[[Order, Rotated, Work, OnRotated], Rotated] = (
            lambda order, so_far, work, tell: replace(_rows(P, P, P, P, P), saved=True, complete=True)
        )
        self.lifted = 0
        self.found: tuple[Principal, ...] = ()

    def rotate(self, order: Order, so_far: Rotated, work: Work, tell: OnRotated) -> Rotated:
        self.orders.append((order, so_far))
        return self.come_to(order, so_far, work, tell)

    def look(self, work: Work) -> Situation:
        if isinstance(self.situation, KnownError):
            raise self.situation
        return self.situation

    def lift(self, work: Work) -> None:
        self.lifted += 1

    def all(self) -> RotationActs:
        profile = load_profile("screensteps")
        return RotationActs(
            self.look,
            self.rotate,
            self.lift,
            lambda text, work: self.found,
            lambda order, situation: problems(order, situation, profile),
            lambda secret: say("Opaque, {n} characters", n=len(secret)),
        )


@pytest.fixture
def acts() -> Acts:
    return Acts()


@pytest.fixture
def window(qtbot: QtBot, jobs: Jobs, acts: Acts) -> RotationWindow:
    made = RotationWindow("ScreenSteps", acts.all(), jobs)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    made.show()
    made.look()
    qtbot.waitUntil(lambda: not made.busy)
    return made


def enter(window: RotationWindow, text: str = TOKEN) -> None:
    window.secret.line.clear()
    QTest.keyClicks(window.secret.line, text)


def press(qtbot: QtBot, button: QPushButton) -> None:
    assert button.isEnabled(), button.toolTip()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize("picture", list(RotationPicture), ids=lambda picture: picture.file)
def test_nothing_is_cut_off_and_all_has_a_name(qtbot: QtBot, jobs: Jobs, picture: RotationPicture) -> None:
    made = MAKERS[picture](Stage(jobs))
    qtbot.addWidget(made, before_close_func=lambda one: setattr(one, "_running", None))
    for size in (made.size(), made.minimumSize()):
        if picture.page == "rotation":
            made.resize(size)
        settle()
        assert clipped(made) == []
        assert unnamed(made) == []
    if picture.page == "done":
        made._leaving = True  # type: ignore[attr-defined]


def test_every_picture_is_made() -> None:
    assert set(MAKERS) == set(RotationPicture)


class TestReplacing:
    """From a typed token to the end."""

    def test_nothing_can_be_begun_before_there_is_a_token(self, window: RotationWindow) -> None:
        assert not window.go.isEnabled()
        assert "Enter the Secret Token" in window.go.accessibleDescription()
        enter(window)
        assert window.go.isEnabled()
        enter(window, "https://example.com/scim")
        assert not window.go.isEnabled()
        assert "web address" in window.secret_field.problem

    def test_enter_begins_on_the_button_and_not_in_a_field(
        self, qtbot: QtBot, window: RotationWindow, acts: Acts
    ) -> None:
        enter(window)
        QTest.keyClick(window.secret.line, Qt.Key.Key_Return)
        assert not window.busy
        assert acts.orders == []
        window.go.setFocus()
        with qtbot.waitSignal(window.saved):
            QTest.keyClick(window.go, Qt.Key.Key_Return)
        assert len(acts.orders) == 1

    def test_it_orders_what_stands_in_the_fields_and_then_forgets_the_token(
        self, qtbot: QtBot, window: RotationWindow, acts: Acts
    ) -> None:
        enter(window)
        with qtbot.waitSignal(window.saved):
            press(qtbot, window.go)
        qtbot.waitUntil(lambda: not window.busy)
        ((order, so_far),) = acts.orders
        assert (order.secret, order.pilot, order.save_anyway) == (Secret(TOKEN), PEOPLE[0], False)
        assert so_far == Rotated()
        assert window.secret.line.text() == ""
        assert window.outcome.what.text() == "The token was replaced."
        assert not window.go.isVisible()

    def test_after_a_stop_it_goes_on_with_what_was_done(
        self, qtbot: QtBot, window: RotationWindow, acts: Acts
    ) -> None:
        half = replace(_rows(P, P, P, F), saved=True)
        acts.come_to = lambda order, so_far, work, tell: half
        enter(window)
        press(qtbot, window.go)
        qtbot.waitUntil(lambda: bool(acts.orders) and not window.busy)
        assert window.outcome.what.text() == "The new token is stored, and is not proved yet."
        assert window.go.text() == "Go on"
        assert not window.secret.isEnabled()
        window.people.setCurrentIndex(0)
        window.people.activated.emit(0)
        press(qtbot, window.go)
        qtbot.waitUntil(lambda: len(acts.orders) == 2 and not window.busy)
        order, so_far = acts.orders[1]
        assert order.pilot is None
        assert so_far == half

    def test_a_doubtful_test_asks_before_it_saves(
        self, qtbot: QtBot, window: RotationWindow, acts: Acts
    ) -> None:
        acts.come_to = lambda order, so_far, work, tell: (
            replace(_rows(P, P, P, P, P), saved=True, complete=True)
            if order.save_anyway
            else replace(_rows(F), may_save_anyway=True)
        )
        enter(window)
        press(qtbot, window.go)
        qtbot.waitUntil(lambda: not window.busy and window.outcome.isVisible())
        button = window.outcome.button()
        assert button is not None
        assert button.text() == "Save it all the same"
        assert window.secret.line.text() == TOKEN
        press(qtbot, button)
        qtbot.waitUntil(lambda: window.outcome.what.text() == "The token was replaced.")

    @pytest.mark.parametrize("stopped", [False, True])
    def test_what_may_be_saved_is_not_called_unsaved_and_can_be_tried_again(
        self, qtbot: QtBot, window: RotationWindow, acts: Acts, *, stopped: bool
    ) -> None:
        lost = replace(_rows(P) if stopped else _rows(P, F), doubtful=True, stopped=stopped)
        acts.come_to = lambda order, so_far, work, tell: lost
        enter(window)
        press(qtbot, window.go)
        qtbot.waitUntil(lambda: not window.busy and window.outcome.isVisible())
        assert window.outcome.what.text() == "Whether the new token was saved is not known."
        assert "Keep both tokens" in window.outcome.why.text()
        # It stands there still, so that it need not be found again.
        assert window.secret.line.text() == TOKEN
        press(qtbot, window.go)
        qtbot.waitUntil(lambda: len(acts.orders) == 2 and not window.busy)
        assert acts.orders[1][1] == lost

    def test_a_refused_token_offers_no_way_around(
        self, qtbot: QtBot, window: RotationWindow, acts: Acts
    ) -> None:
        acts.come_to = lambda order, so_far, work, tell: _rows(F, tested="The app refused the token.")
        enter(window)
        press(qtbot, window.go)
        qtbot.waitUntil(lambda: not window.busy and window.outcome.isVisible())
        assert window.outcome.what.text() == "Nothing was saved."
        assert window.outcome.button() is None

    def test_a_job_that_microsoft_holds_back_is_let_go_on(
        self, qtbot: QtBot, window: RotationWindow, acts: Acts
    ) -> None:
        acts.come_to = lambda order, so_far, work, tell: replace(
            _rows(P, P, P, P, P), saved=True, complete=True, may_lift=True
        )
        enter(window)
        press(qtbot, window.go)
        qtbot.waitUntil(lambda: window.outcome.button() is not None)
        button = window.outcome.button()
        assert button is not None
        with qtbot.waitSignal(window.lifted):
            press(qtbot, button)
        assert acts.lifted == 1
        qtbot.waitUntil(lambda: not window.busy)

    def test_where_a_permission_is_missing_it_asks_and_does_the_same_again(
        self, qtbot: QtBot, window: RotationWindow, acts: Acts
    ) -> None:
        needed = SignInNeeded(
            say("No."), say("Only looking so far."), say("Allow."), scopes=("A",), account_id="a"
        )
        well = acts.come_to

        def refuse(order: Order, so_far: Rotated, work: Work, tell: OnRotated) -> Rotated:
            acts.come_to = well
            raise needed

        acts.come_to = refuse
        enter(window)
        with qtbot.waitSignal(window.sign_in_wanted) as asked:
            press(qtbot, window.go)
        error, again = asked.args
        assert error is needed
        qtbot.waitUntil(lambda: not window.busy)
        assert window.secret.line.text() == TOKEN
        again()
        qtbot.waitUntil(lambda: window.outcome.what.text() == "The token was replaced.")
        first, second = (order for order, _ in acts.orders)
        assert first == second


class TestLeaving:
    """A write is never left half way."""

    def test_closing_while_it_runs_stops_it_first(
        self, qtbot: QtBot, window: RotationWindow, acts: Acts
    ) -> None:
        running, seen = threading.Event(), []

        def wait(order: Order, so_far: Rotated, work: Work, tell: OnRotated) -> Rotated:
            tell(_rows(P, Outcome.RUNNING))
            running.set()
            try:
                work.wait(60)
            except Cancelled:
                seen.append("stopped")
            return replace(_rows(P), stopped=True)

        acts.come_to = wait
        enter(window)
        press(qtbot, window.go)
        assert running.wait(20)
        qtbot.waitUntil(lambda: window.leave.text() == "Cancel")
        assert not window.close()
        assert window.isVisible()
        qtbot.waitUntil(lambda: not window.busy)
        assert seen == ["stopped"]
        assert "Nothing was saved" in window.outcome.why.text()
        assert window.close()
        assert window.secret.line.text() == ""

    def test_escape_closes_only_while_nothing_runs(self, qtbot: QtBot, window: RotationWindow) -> None:
        QTest.keyClick(window, Qt.Key.Key_Escape)
        assert not window.isVisible()

    def test_an_app_that_cannot_be_read_can_be_tried_again(
        self, qtbot: QtBot, jobs: Jobs, acts: Acts
    ) -> None:
        acts.situation = KnownError(say("Not read."), say("No network."), say("Check it."))
        made = RotationWindow("ScreenSteps", acts.all(), jobs)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(made)
        made.show()
        made.look()
        qtbot.waitUntil(lambda: made.trouble.isVisible() and not made.busy)
        acts.situation = _situation()
        button = made.trouble.button()
        assert button is not None
        press(qtbot, button)
        qtbot.waitUntil(made.secret.isEnabled)


class TestPerson:
    """On whom it is tried."""

    def test_somebody_else_is_searched_for_by_typing(
        self, qtbot: QtBot, window: RotationWindow, acts: Acts
    ) -> None:
        cy = Principal("3", "User", "Cy Park", "cy.park@example.com")
        acts.found = (cy,)
        line = window.people.lineEdit()
        assert isinstance(line, QLineEdit)
        line.selectAll()
        QTest.keyClicks(line, "cy.park")
        QTest.keyClick(line, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: window.people.chosen == cy)
        assert window.order().pilot == cy

    def test_leaving_it_out_is_said_to_prove_less(self, window: RotationWindow) -> None:
        window.people.activated.emit(0)
        assert window.people.chosen is None
        assert "only the next cycle shows" in window.people_field.problem


class TestMonitor:
    """What the monitor says of the token."""

    @pytest.fixture
    def monitor(self, qtbot: QtBot, jobs: Jobs, acts: Acts) -> Any:
        service = Service()
        noted: list[tuple[date | None, date | None]] = []

        def make(days_left: int | None, *, may_act: bool = True) -> MonitorWindow:
            def life(work: Work) -> TokenLife:
                if days_left is None:
                    return life_of(None, None, watched.now())
                ends = watched.now() + timedelta(days=days_left)
                return life_of(TokenDay("t", "a", "", watched.now().date(), ends), None, watched.now())

            def note(made_on: date | None, ends_on: date | None, work: Work) -> TokenLife:
                noted.append((made_on, ends_on))
                return life_of(TokenDay("t", "a", "", made_on, None, entered=True), None, watched.now())

            token = TokenWatched(life, note, acts.all() if may_act else None)
            watched = service.watched(token=token, **({} if may_act else {"actions": None}))
            window = MonitorWindow(watched, jobs)
            qtbot.addWidget(window)
            window.show()
            qtbot.waitUntil(window.header.token.isVisible)
            return window

        make.noted = noted  # type: ignore[attr-defined]
        return make

    def test_far_from_its_end_it_is_a_fact_among_others(self, monitor: Any) -> None:
        window = monitor(200)
        assert window.header.token.value.text() == "Ends in 200 days"
        assert not window.token_message.isVisible()
        assert window.header.replace.isVisible()

    @pytest.mark.parametrize(("days", "words"), [(12, "in 12 days"), (5, "Replace it now"), (-1, "ended on")])
    def test_near_its_end_a_message_offers_to_replace_it(
        self, qtbot: QtBot, monitor: Any, days: int, words: str
    ) -> None:
        window = monitor(days)
        assert window.token_message.isVisible()
        assert words in window.token_message.what.text()
        assert not window.header.replace.isVisible()
        button = window.token_message.button()
        assert button is not None
        press(qtbot, button)
        (rotation,) = window.findChildren(RotationWindow)
        qtbot.waitUntil(lambda: rotation.isVisible() and not rotation.busy)
        assert window.front is rotation
        assert rotation.close()
        assert window.front is window

    def test_who_only_looks_is_told_and_offered_nothing(self, monitor: Any) -> None:
        window = monitor(5, may_act=False)
        assert window.token_message.isVisible()
        button = window.token_message.button()
        assert button is not None
        assert button.text() == "Note the day…"
        assert window.token_message.button(1) is None
        assert not window.header.replace.isVisible()

    def test_where_nobody_knows_the_day_can_be_noted(self, qtbot: QtBot, monitor: Any) -> None:
        window = monitor(None)
        assert window.header.token.value.text() == "End not known"
        press(qtbot, window.header.note_day)
        (dialog,) = window.findChildren(TokenDayDialog)
        dialog.made.setChecked(True)
        today = window.watched.now().date()
        press(qtbot, dialog.note)
        qtbot.waitUntil(lambda: monitor.noted == [(today, None)])
        qtbot.waitUntil(lambda: "as noted by hand" in window.header.token.more.text())


def test_the_rows_are_there_from_the_start(window: RotationWindow) -> None:
    for key in (TESTED, SAVED, PROVED):
        assert window.rows.row(key).isVisibleTo(window)
