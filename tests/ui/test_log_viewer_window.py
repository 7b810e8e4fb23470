"""The monitor window: rows appear by themselves, the state is told, and acting on a job is asked for first."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox, QPushButton

from scim_assistant.errors import Details, KnownError, Reach, ServiceRefused, SignInNeeded, Unreachable
from scim_assistant.graph.types import ProvisioningEvent, SynchronizationJob
from scim_assistant.logs.live import Lack, LogsRefused
from scim_assistant.logs.row import Row
from scim_assistant.sentence import say
from scim_assistant.ui.jobs import Jobs
from scim_assistant.ui.log_viewer.columns import Column
from scim_assistant.ui.log_viewer.watched import JobActions, Watched
from scim_assistant.ui.log_viewer.window import MonitorWindow
from scim_assistant.work import Work
from tests.logs.made import MORNING, documents, jobs, numbered, row

# The offscreen platform says so of every dialog of a fixed size.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


class Told:
    title = "The user name is taken"
    meaning = "Somebody else has it."
    causes = ("An account was made by hand",)
    fixes = ("Rename it",)
    also = None


class Service(QObject):
    """What the window watches: a job and a log that tests write, and actions that are noted."""

    def __init__(self) -> None:
        super().__init__()
        self.job: SynchronizationJob | KnownError = jobs()["active"]
        self.waiting: list[Row] = []
        self.trouble: KnownError | None = None
        self.did: list[str] = []
        self.act_trouble: KnownError | None = None
        self.may_act = threading.Event()
        self.may_act.set()
        self.interval_s = 0.05
        self.rounds = 0

    def write(self, *made: dict[str, Any]) -> None:
        self.waiting += [row(document) for document in made]

    def fetch_job(self, work: Work) -> SynchronizationJob:
        if isinstance(self.job, KnownError):
            raise self.job
        return self.job

    def fetch_pages(self, work: Work) -> Iterator[tuple[Row, ...]]:
        if self.trouble is not None:
            raise self.trouble
        page, self.waiting = tuple(self.waiting), []
        self.rounds += 1
        yield page

    def act(self, name: str) -> Any:
        def run(work: Work) -> None:
            assert self.may_act.wait(10)
            if self.act_trouble is not None:
                raise self.act_trouble
            self.did.append(name)

        return run

    def watched(self, **changes: Any) -> Watched:
        def explain(view: ProvisioningEvent) -> Told:
            return Told()

        settings: dict[str, Any] = {
            "app_name": "ScreenSteps",
            "tenant_name": "Example",
            "account": "admin@example.com",
            "fetch_job": self.fetch_job,
            "feed": self,
            "explain": explain,
            "explain_code": lambda code: Told(),
            "actions": JobActions(*(self.act(name) for name in ("start", "pause", "restart", "allow"))),
            "is_practice": True,
            "now": lambda: MORNING + timedelta(minutes=10),
        }
        return Watched(**(settings | changes))


class Sizes:
    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def layout(self, name: str) -> bytes:
        return self.kept.get(name, b"")

    def remember_layout(self, name: str, layout: bytes) -> None:
        self.kept[name] = layout


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def runner(qapp) -> Iterator[Jobs]:
    faults: list[BaseException] = []
    jobs_ = Jobs(faults.append)
    yield jobs_
    assert jobs_.close()
    assert faults == []


@pytest.fixture
def open_window(qtbot, runner, service):
    def open_it(layouts: Sizes | None = None, **changes: Any) -> MonitorWindow:
        window = MonitorWindow(service.watched(**changes), runner, layouts)
        qtbot.addWidget(window)
        window.show()
        qtbot.waitExposed(window)
        qtbot.waitUntil(lambda: window._log_rounds > 0 or window.log_round.failures > 0)
        return window

    return open_it


def people(window: MonitorWindow) -> list[str]:
    return [window.model.index(at, Column.PERSON).data() for at in range(window.model.rowCount())]


def choose(qtbot, window: MonitorWindow, person: str) -> None:
    window.table.selectRow(people(window).index(person))
    qtbot.waitUntil(lambda: window.detail.detail is not None and window.detail.detail.row.person == person)


def test_rows_appear_without_a_refresh(qtbot, open_window, service) -> None:
    service.write(numbered(1))
    window = open_window()
    qtbot.waitUntil(lambda: people(window) == ["Person 0001"])
    with qtbot.waitSignal(window.fed):
        service.write(numbered(3))
    with qtbot.waitSignal(window.fed):
        service.write(numbered(2))
    assert people(window) == ["Person 0003", "Person 0002", "Person 0001"]


def test_many_rows_at_once_all_arrive(qtbot, open_window, service) -> None:
    window = open_window()
    service.write(*(numbered(number) for number in range(1500)))
    qtbot.waitUntil(lambda: window.model.rowCount() == 1500)
    assert people(window)[0] == "Person 1499"


def test_the_head_tells_the_state(qtbot, open_window) -> None:
    window = open_window()
    qtbot.waitUntil(lambda: window.header.pill.label.text() == "Running")
    assert window.header.last.value.text() == "7 minutes ago"
    assert "11 read, 9 in scope, 4 written" in window.header.last.more.text()
    assert window.header.next.value.text() == "in 32 minutes"
    assert window.header.synced.value.text() == "9 people, 2 groups"
    assert window.windowTitle().startswith("PRACTICE")


def test_filters_and_search_narrow_and_say_so(qtbot, open_window, service) -> None:
    service.write(*documents())
    window = open_window()
    qtbot.waitUntil(lambda: window.model.rowCount() == 8)
    window.filters.statuses["failure"].click()
    qtbot.waitUntil(lambda: people(window) == ["Editors", "Flo Reed"])
    assert window.filters.shown.text() == "2 of 8 events"
    qtbot.keyClicks(window.filters.search, "reed")
    qtbot.waitUntil(lambda: people(window) == ["Flo Reed"])
    qtbot.keyClick(window.filters.search, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: people(window) == ["Editors", "Flo Reed"])
    window.filters.clear.click()
    qtbot.waitUntil(lambda: window.model.rowCount() == 8)


def test_a_search_without_hits_offers_all_events(qtbot, open_window, service) -> None:
    service.write(*documents())
    window = open_window()
    qtbot.waitUntil(lambda: window.model.rowCount() == 8)
    qtbot.keyClicks(window.filters.search, "nobody at all")
    qtbot.waitUntil(window.empty.isVisible)
    assert window.empty.what.text() == "No event fits the filter"
    qtbot.mouseClick(window.empty.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.model.rowCount() == 8)


def test_rows_that_arrive_during_a_search_are_not_lost(qtbot, open_window, service) -> None:
    window = open_window()
    for number in range(30):
        service.write(numbered(number))
        window._search()
        qtbot.wait(2)
    qtbot.waitUntil(lambda: window.model.rowCount() == 30)


def test_only_one_person_and_back(qtbot, open_window, service) -> None:
    service.write(*documents())
    window = open_window()
    qtbot.waitUntil(lambda: window.model.rowCount() == 8)
    choose(qtbot, window, "Eli Fox")
    window.table.only_asked.emit(window.table.current_event())
    qtbot.waitUntil(lambda: people(window) == ["Eli Fox"])
    assert window.filters.only.text() == "Only Eli Fox"
    window.filters.only.click()
    qtbot.waitUntil(lambda: window.model.rowCount() == 8)


def test_a_failure_is_explained(qtbot, open_window, service) -> None:
    service.write(*documents())
    window = open_window()
    qtbot.waitUntil(lambda: window.model.rowCount() == 8)
    choose(qtbot, window, "Flo Reed")
    pane = window.detail
    assert pane.pill.label.text() == "Failure"
    assert pane.title.text() == "The user name is taken"
    assert pane.fixes.text() == "1. Rename it"
    assert pane.steps.isVisibleTo(pane)
    assert pane.steps.row("step-2").title.text() == "Write to the app"
    assert not pane.said.opened
    choose(qtbot, window, "Bo Lind")
    assert not pane.explanation.isVisibleTo(pane)
    shown = [label.text() for label in pane.changes.findChildren(type(pane.title))]
    assert "Lindh → Lind" in shown


def test_ids_can_be_copied(qtbot, open_window, service) -> None:
    service.write(*documents())
    window = open_window()
    qtbot.waitUntil(lambda: window.model.rowCount() == 8)
    choose(qtbot, window, "Flo Reed")
    button = next(
        b
        for b in window.detail.ids.findChildren(QObject)
        if getattr(b, "accessibleName", str)() == "Copy Change id"
    )
    button.click()
    assert QGuiApplication.clipboard().text() == documents()[5]["changeId"]


def test_the_keyboard_reaches_everything(qtbot, open_window, service) -> None:
    service.write(*documents())
    window = open_window()
    qtbot.waitUntil(lambda: window.model.rowCount() == 8)
    window.activateWindow()
    window.table.setFocus()
    qtbot.keyClick(window.table, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: window.detail.detail is not None)
    assert window.detail.isVisible()
    qtbot.keyClick(window.table, Qt.Key.Key_Return)
    assert window.detail.scroller.hasFocus()
    qtbot.keyClick(window.detail.scroller, Qt.Key.Key_Escape)
    assert window.table.hasFocus()
    assert not window.detail.isVisible()
    qtbot.keyClick(window.table, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert window.filters.search.hasFocus()
    service.interval_s = 1000.0
    qtbot.waitUntil(lambda: window.log_round.timer.remainingTime() > 900_000)
    rounds = service.rounds
    qtbot.keyClick(window, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: service.rounds > rounds)


@pytest.mark.parametrize(
    ("job", "offered"),
    [
        ("created", {"start"}),
        ("first-cycle", {"pause", "restart"}),
        ("active", {"pause", "restart"}),
        ("paused", {"start", "restart"}),
        ("quarantine-token", {"pause"}),
    ],
)
def test_only_what_helps_is_offered(open_window, service, job: str, offered: set[str]) -> None:
    service.job = jobs()[job]
    window = open_window()
    window.show_job(*window.judge(service.job))
    assert {key for key, button in window.header.buttons.items() if button.isVisible()} == offered


def test_pausing_runs_once_and_says_what_came_of_it(qtbot, open_window, service) -> None:
    window = open_window()
    qtbot.waitUntil(window.header.buttons["pause"].isVisible)
    service.may_act.clear()
    window.header.buttons["pause"].click()
    assert not window.header.buttons["pause"].isEnabled()
    assert window.header.note.text() == "Pausing provisioning…"
    window.ask("pause")  # a second press while it runs does nothing
    service.job = jobs()["paused"]
    service.may_act.set()
    qtbot.waitUntil(lambda: window.header.pill.label.text() == "Paused")
    assert service.did == ["pause"]
    assert (
        window.action_message.what.text() == "Provisioning is paused. A cycle that is running still finishes."
    )


def box_of(qtbot, window: MonitorWindow) -> QMessageBox:
    qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox)))
    return window.findChildren(QMessageBox)[-1]


def press(box: QMessageBox, text: str) -> None:
    next(button for button in box.buttons() if button.text() == text).click()


def test_a_restart_is_asked_for_first(qtbot, open_window, service) -> None:
    window = open_window()
    qtbot.waitUntil(window.header.buttons["restart"].isVisible)
    window.header.buttons["restart"].click()
    box = box_of(qtbot, window)
    assert "cannot be undone" in box.informativeText()
    press(box, "Keep as it is")
    qtbot.waitUntil(lambda: not window.findChildren(QMessageBox))
    assert service.did == []
    window.header.buttons["restart"].click()
    press(box_of(qtbot, window), "Restart provisioning")
    qtbot.waitUntil(lambda: service.did == ["restart"])


def test_allowing_removals_says_how_many_and_that_it_is_final(qtbot, open_window, service) -> None:
    service.job = jobs()["quarantine-removals"]
    service.write(*documents())
    again = documents()[7]
    again["id"] = "another event about the same person"
    service.write(again)
    window = open_window()
    qtbot.waitUntil(window.banner.allow_button.isVisible)
    window.banner.allow_button.click()
    box = box_of(qtbot, window)
    assert box.text() == "Remove 1 person or group from ScreenSteps?"
    assert "cannot be undone" in box.informativeText()
    assert box.defaultButton().text() == "Keep as it is"
    press(box, "Allow removals")
    qtbot.waitUntil(lambda: service.did == ["allow"])


def test_a_restart_with_removals_held_back_warns_that_it_lets_them_through(
    qtbot, open_window, service
) -> None:
    service.job = jobs()["quarantine-removals"]
    window = open_window()
    qtbot.waitUntil(window.banner.restart_button.isVisible)
    window.banner.restart_button.click()
    assert "lets the removals through" in box_of(qtbot, window).informativeText()


def test_quarantine_tells_cause_clock_and_what_to_do(qtbot, open_window, service) -> None:
    service.job = jobs()["quarantine-token"]
    window = open_window(now=lambda: MORNING + timedelta(hours=3))
    qtbot.waitUntil(window.banner.isVisible)
    assert window.banner.what.text() == "Microsoft has paused provisioning. The app refused the Secret Token."
    assert window.banner.since.text() == "Began 2 hours ago"
    assert window.banner.next_try.text() == "Next try in 3 hours"
    assert window.banner.disabled.text() == "Disabled in 27 days if nothing changes (an estimate)"
    assert window.banner.advice.text() == "1. Rename it"
    assert not window.banner.allow_button.isVisible()
    service.job = jobs()["active"]
    window.refresh()
    qtbot.waitUntil(lambda: not window.banner.isVisible())


def test_what_a_quarantine_means_is_looked_up_away_from_the_window(qtbot, open_window, service) -> None:
    """The explanations are files, and the first look into them may be this one."""
    looked: list[threading.Thread] = []

    def explain_code(code: str) -> Told:
        looked.append(threading.current_thread())
        return Told()

    service.job = jobs()["quarantine-token"]
    window = open_window(explain_code=explain_code)
    qtbot.waitUntil(window.banner.isVisible)
    assert looked
    assert threading.main_thread() not in looked


def test_an_action_that_fails_says_why_and_gives_the_buttons_back(qtbot, open_window, service) -> None:
    window = open_window()
    qtbot.waitUntil(window.header.buttons["pause"].isVisible)
    service.act_trouble = KnownError(
        say("It was not paused."), say("Microsoft refused."), say("Ask for the role.")
    )
    window.header.buttons["pause"].click()
    qtbot.waitUntil(window.action_message.isVisible)
    assert window.action_message.what.text() == "It was not paused."
    assert window.header.buttons["pause"].isEnabled()


def test_a_read_only_session_shows_no_button_that_writes_and_says_why(qtbot, open_window, service) -> None:
    service.job = jobs()["quarantine-removals"]
    window = open_window(actions=None)
    qtbot.waitUntil(window.banner.isVisible)
    buttons: list[QPushButton] = [
        window.header.buttons["pause"],
        window.banner.restart_button,
        window.banner.allow_button,
    ]
    assert not any(button.isVisible() for button in buttons)
    assert window.header.note.isVisible()
    assert window.header.note.text().startswith("Read only")
    window.ask("pause")
    assert service.did == []
    service.job = jobs()["active"]
    window.refresh()
    qtbot.waitUntil(lambda: window.header.pill.label.text() == "Running")
    assert not any(button.isVisible() for button in (*buttons, *window.header.buttons.values()))


def test_without_the_right_to_read_the_log_the_state_still_shows(qtbot, open_window, service) -> None:
    empty = say("")
    refused = ServiceRefused(empty, empty, empty, Details(status=403))
    service.trouble = LogsRefused(Lack.LICENCE, refused)
    window = open_window()
    qtbot.waitUntil(window.log_message.isVisible)
    assert "P1 or P2" in window.log_message.why.text()
    qtbot.waitUntil(lambda: window.header.pill.label.text() == "Running")
    assert not window.log_round.timer.isActive()
    service.trouble = None
    service.write(numbered(1))
    button = window.log_message.button()
    assert button is not None
    button.click()
    qtbot.waitUntil(lambda: people(window) == ["Person 0001"])
    qtbot.waitUntil(lambda: not window.log_message.isVisible())


def test_offline_keeps_what_was_read_and_goes_on_trying(qtbot, open_window, service) -> None:
    service.write(numbered(1))
    window = open_window()
    qtbot.waitUntil(lambda: people(window) == ["Person 0001"])
    lost = Unreachable(say("The log was not read."), say("No network."), say("Check it."), reach=Reach.NAME)
    service.trouble = lost
    service.job = lost
    window.refresh()
    qtbot.waitUntil(lambda: window.log_message.isVisible() and window.job_message.isVisible())
    assert "What is shown is from" in window.log_message.next_step.text()
    assert people(window) == ["Person 0001"]
    service.trouble = None
    service.job = jobs()["active"]
    service.write(numbered(2))
    qtbot.waitUntil(lambda: people(window) == ["Person 0002", "Person 0001"])
    window.refresh()
    qtbot.waitUntil(lambda: not window.job_message.isVisible() and not window.log_message.isVisible())


def test_another_order_is_kept_for_new_rows_and_the_next_window(qtbot, open_window, service) -> None:
    sizes = Sizes()
    service.write(*documents())
    window = open_window(sizes)
    qtbot.waitUntil(lambda: window.model.rowCount() == 8)
    window.table.horizontalHeader().setSortIndicator(Column.PERSON, Qt.SortOrder.AscendingOrder)
    qtbot.waitUntil(lambda: people(window)[0] == "Ana Ruiz")
    service.write(numbered(1, name="Bea Holm"))
    qtbot.waitUntil(lambda: people(window)[1] == "Bea Holm")
    window.table.setColumnWidth(Column.ACTION, 77)
    window.resize(720, 640)
    window.close()
    again = open_window(sizes, rows=window.watched.rows)
    qtbot.waitUntil(lambda: people(again)[:2] == ["Ana Ruiz", "Bea Holm"])
    assert again.table.columnWidth(Column.ACTION) == 77
    assert again.size().width() == 720


def test_damaged_sizes_do_no_harm(open_window) -> None:
    sizes = Sizes()
    for name in ("window", "splitter", "columns"):
        sizes.remember_layout(f"monitor/{name}", b"\x00not a layout")
    assert open_window(sizes).isVisible()


def test_the_window_does_not_close_on_a_write(qtbot, open_window, service) -> None:
    window = open_window()
    qtbot.waitUntil(window.header.buttons["pause"].isVisible)
    service.may_act.clear()
    window.header.buttons["pause"].click()
    assert not window.close()
    assert window.isVisible()
    service.may_act.set()
    qtbot.waitUntil(lambda: service.did == ["pause"])
    qtbot.waitUntil(lambda: not window.acting.busy)
    assert window.close()


def test_a_narrow_window_puts_the_details_below(open_window) -> None:
    window = open_window()
    assert window.splitter.orientation() is Qt.Orientation.Horizontal
    window.resize(700, 600)
    assert window.splitter.orientation() is Qt.Orientation.Vertical


@pytest.mark.parametrize(
    ("job", "words"),
    [
        ("created", "once provisioning is started"),
        ("first-cycle", "The first cycle is running"),
        ("active", "by itself"),
    ],
)
def test_an_empty_log_says_what_will_come_and_when(qtbot, open_window, service, job: str, words: str) -> None:
    service.job = jobs()[job]
    window = open_window()
    qtbot.waitUntil(lambda: words in window.empty.why.text())
    assert window.empty.isVisible()


ENDED = SignInNeeded(
    say("The job was not read."),
    say("The sign-in has ended."),
    say("Sign in again, and the same thing goes on."),
)


def test_a_sign_in_that_has_ended_stops_the_rounds_until_somebody_signs_in(
    qtbot, open_window, service: Service
) -> None:
    service.job = service.trouble = ENDED
    window = open_window()
    asked: list[Any] = []
    window.sign_in_wanted.connect(lambda needed, again: asked.append((needed, again)))
    qtbot.waitUntil(lambda: window.job_message.isVisible() and window.log_message.isVisible())
    assert not window.job_round.timer.isActive()
    assert not window.log_round.timer.isActive()
    button = window.log_message.button()
    assert button.text() == "Sign in again"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    needed, again = asked[0]
    assert needed is ENDED
    service.job, service.trouble = jobs()["active"], None
    service.write(numbered(1))
    again()
    qtbot.waitUntil(lambda: window.model.rowCount() == 1)
    qtbot.waitUntil(lambda: not window.job_message.isVisible() and not window.log_message.isVisible())


def test_an_action_that_has_to_be_allowed_asks_at_once_and_is_then_done(
    qtbot, open_window, service: Service
) -> None:
    service.act_trouble = ENDED
    window = open_window()
    asked: list[Any] = []
    window.sign_in_wanted.connect(lambda needed, again: asked.append((needed, again)))
    qtbot.waitUntil(lambda: window.acting.view is not None)
    window.ask("pause")
    qtbot.waitUntil(lambda: len(asked) == 1)
    assert service.did == []
    qtbot.mouseClick(window.action_message.button(), Qt.MouseButton.LeftButton)
    assert len(asked) == 2, "whoever closed the dialog can open it again"
    service.act_trouble = None
    asked[1][1]()
    qtbot.waitUntil(lambda: service.did == ["pause"])
