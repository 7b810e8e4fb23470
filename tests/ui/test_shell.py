"""The frame of the wizard: when Next works and why not, what runs meanwhile, going back, leaving, resuming."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QMessageBox, QVBoxLayout, QWidget, QWizard
from pytestqt.qtbot import QtBot

from scim_assistant.errors import KnownError
from scim_assistant.sentence import say
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.services import Services
from scim_assistant.steps.step import Problem, Step, StepGroup, StepKey, Tell, tell_nobody
from scim_assistant.ui.help_window import HelpWindow
from scim_assistant.ui.jobs import Jobs, Lane
from scim_assistant.ui.memory import ShortMemory
from scim_assistant.ui.pages.step_page import StepPage
from scim_assistant.ui.shell import Shell
from scim_assistant.ui.widgets.field import Field
from scim_assistant.ui.widgets.rail import RailState
from scim_assistant.work import Work
from tests.gallery.looks import settle
from tests.ui.conftest import ShellMaker

Button = QWizard.WizardButton
KEYS = (StepKey.START, StepKey.CONNECT, StepKey.REVIEW, StepKey.PROVE)
TITLES = {
    StepKey.START: "Start",
    StepKey.CONNECT: "Connect",
    StepKey.REVIEW: "Review",
    StepKey.PROVE: "Prove",
}
REFUSED = KnownError(say("It was not read."), say("The service said no."), say("Try again later."))


class FakeStep(Step):
    """A step whose lookup does what the test says."""

    def __init__(self, key: StepKey) -> None:
        self.key = key
        self.group = StepGroup.PREPARE
        self.title = say("Do {what}", what=TITLES[key])
        self.short_title = say(TITLES[key])
        self.purpose = say("One sentence.")
        self.looks: list[str] = []
        self.look: Callable[[Found, Work, Tell], Found] | None = None

    def problems(self, answers: Answers, found: Found) -> tuple[Problem, ...]:
        if self.key is StepKey.CONNECT and not answers.tenant_url:
            return (Problem("tenant_url", say("Enter the Tenant URL.")),)
        return ()

    def depends_on(self, answers: Answers, found: Found) -> Hashable:
        return answers.tenant_url if self.look is not None else None

    def lookup(
        self, services: Services, answers: Answers, found: Found, work: Work, tell: Tell = tell_nobody
    ) -> Found:
        self.looks.append(answers.tenant_url)
        assert self.look is not None
        return self.look(found, work, tell)


class FakePage(StepPage):
    """A page with one field."""

    def build(self, column: QVBoxLayout) -> None:
        self.line = QLineEdit()
        self.line.textEdited.connect(self.note_edit)
        self.field = Field(say("Tenant URL"), self.line)
        column.addWidget(self.field)
        self.seen: list[Found] = []
        self.leave_when_asked = True

    def show_answers(self, answers: Answers) -> None:
        self.line.setText(answers.tenant_url)

    def show_found(self, answers: Answers, found: Found) -> None:
        self.seen.append(found)

    def answers(self, before: Answers) -> Answers:
        return replace(before, tenant_url=self.line.text())

    def fields(self) -> dict[str, Field]:
        return {"tenant_url": self.field}

    def first_focus(self) -> QWidget | None:
        return self.line

    def may_leave(self) -> bool:
        return self.leave_when_asked


class QuietPage(FakePage):
    quiet = True


@pytest.fixture
def steps() -> dict[StepKey, FakeStep]:
    return {key: FakeStep(key) for key in KEYS}


@pytest.fixture
def make(make_shell: ShellMaker, steps: dict[StepKey, FakeStep]) -> Callable[..., Shell]:
    def after(key: StepKey, answers: Answers, found: Found) -> StepKey | None:
        place = KEYS.index(key) + 1
        return KEYS[place] if place < len(KEYS) else None

    def build(page: type[FakePage] = FakePage, **more: Any) -> Shell:
        shell = make_shell(
            steps=list(steps.values()), pages=dict.fromkeys(KEYS, page), next_step=after, **more
        )
        settle()
        return shell

    return build


def button(shell: Shell, which: Button) -> Any:
    return shell.button(which)


def press_next(qtbot: QtBot, shell: Shell) -> None:
    before = shell.here
    qtbot.waitUntil(lambda: button(shell, Button.NextButton).isEnabled())
    qtbot.mouseClick(button(shell, Button.NextButton), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shell.here is not before)


def page(shell: Shell) -> Any:
    return shell.page_here


def test_next_is_disabled_with_a_visible_reason_and_enabled_by_the_answer(
    qtbot: QtBot, make: Callable[..., Shell]
) -> None:
    shell = make()
    press_next(qtbot, shell)
    assert not button(shell, Button.NextButton).isEnabled()
    assert page(shell).foot.text.text() == "Enter the Tenant URL."
    assert page(shell).foot.text.isVisible()
    assert page(shell).field.problem == "Enter the Tenant URL."
    qtbot.keyClicks(page(shell).line, "https://example.com")
    assert button(shell, Button.NextButton).isEnabled()
    assert page(shell).foot.text.text() == ""
    assert shell.answers.tenant_url == "https://example.com"


def test_focus_starts_at_the_first_thing_to_do(qtbot: QtBot, make: Callable[..., Shell]) -> None:
    shell = make()
    qtbot.waitUntil(lambda: shell.focusWidget() is page(shell).line)
    press_next(qtbot, shell)
    qtbot.waitUntil(lambda: shell.focusWidget() is page(shell).line)


class RunningPage(QuietPage):
    """A page on which nothing can be done while something runs."""

    def first_focus(self) -> QWidget | None:
        return None if self.host.busy else self.line


def test_enter_asks_nobody_to_leave_while_something_runs_nor_after_it(
    qtbot: QtBot, make: Callable[..., Shell], steps: dict[StepKey, FakeStep]
) -> None:
    go = threading.Event()

    def look(found: Found, work: Work, tell: Tell) -> Found:
        go.wait(10)
        return found

    steps[StepKey.CONNECT].look = look
    shell = make(RunningPage)
    press_next(qtbot, shell)
    settle()
    assert shell.focusWidget() is page(shell).scroll_area
    qtbot.keyClick(shell.focusWidget(), Qt.Key.Key_Return)
    assert not shell.findChildren(QMessageBox)
    go.set()
    qtbot.waitUntil(lambda: shell.focusWidget() is page(shell).line)


def test_after_what_a_button_began_the_focus_is_on_the_page_again(
    qtbot: QtBot, make: Callable[..., Shell]
) -> None:
    shell = make()
    press_next(qtbot, shell)
    settle()
    ended: list[str] = []
    button(shell, Button.CancelButton).setFocus()  # where Qt puts it when the pressed button is disabled
    shell.run(lambda services, answers, found, work: "done", ended.append, lane=Lane.TENANT_WRITE)
    qtbot.waitUntil(lambda: ended == ["done"])
    assert shell.focusWidget() is page(shell).line


def test_a_lookup_runs_as_a_job_and_the_page_shows_what_it_found(
    qtbot: QtBot, make: Callable[..., Shell], steps: dict[StepKey, FakeStep]
) -> None:
    threads: list[threading.Thread] = []

    def look(found: Found, work: Work, tell: Tell) -> Found:
        threads.append(threading.current_thread())
        return replace(found, setup_id="found")

    steps[StepKey.START].look = look
    shell = make()
    qtbot.waitUntil(lambda: shell.found.setup_id == "found")
    assert threads[0] is not threading.main_thread()
    assert page(shell).seen[-1].setup_id == "found"
    assert steps[StepKey.START].looks == [""]


class DecidingPage(QuietPage):
    waits = True


def test_next_waits_where_the_decision_hangs_on_what_is_looked_up(
    qtbot: QtBot, make: Callable[..., Shell], steps: dict[StepKey, FakeStep]
) -> None:
    go_on = threading.Event()
    go_on.set()

    def look(found: Found, work: Work, tell: Tell) -> Found:
        go_on.wait(10)
        return found

    steps[StepKey.START].look = look
    shell = make(DecidingPage)
    qtbot.waitUntil(button(shell, Button.NextButton).isEnabled)
    go_on.clear()
    qtbot.keyClicks(page(shell).line, "a")
    assert not button(shell, Button.NextButton).isEnabled(), "from the first key on"
    qtbot.waitUntil(lambda: len(steps[StepKey.START].looks) == 2)
    assert not button(shell, Button.NextButton).isEnabled()
    assert page(shell).line.isEnabled()
    qtbot.keyClicks(page(shell).line, "b")
    go_on.set()
    qtbot.waitUntil(button(shell, Button.NextButton).isEnabled)
    assert steps[StepKey.START].looks[-1] == "ab"


def test_parts_show_as_they_come(
    qtbot: QtBot, make: Callable[..., Shell], steps: dict[StepKey, FakeStep]
) -> None:
    go_on = threading.Event()

    def look(found: Found, work: Work, tell: Tell) -> Found:
        tell(replace(found, setup_id="half"))
        go_on.wait(5)
        return replace(found, setup_id="whole")

    steps[StepKey.START].look = look
    shell = make(QuietPage)
    qtbot.waitUntil(lambda: shell.found.setup_id == "half")
    assert page(shell).seen[-1].setup_id == "half"
    go_on.set()
    qtbot.waitUntil(lambda: shell.found.setup_id == "whole")


def test_next_waits_while_something_is_looked_up_and_the_veil_can_stop_it(
    qtbot: QtBot, make: Callable[..., Shell], steps: dict[StepKey, FakeStep]
) -> None:
    steps[StepKey.START].look = lambda found, work, tell: work.wait(30) or found
    shell = make()
    qtbot.waitUntil(page(shell).veil.isVisible, timeout=3000)
    assert not button(shell, Button.NextButton).isEnabled()
    qtbot.mouseClick(page(shell).veil.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not shell.busy)
    assert not page(shell).veil.isVisible()
    assert page(shell).banner.isVisible()
    assert page(shell).banner.what.text() == "Stopped."
    assert len(steps[StepKey.START].looks) == 1, "what was stopped does not begin again by itself"


def test_a_failed_lookup_shows_why_and_can_be_tried_again(
    qtbot: QtBot, make: Callable[..., Shell], steps: dict[StepKey, FakeStep]
) -> None:
    answers: list[Any] = [REFUSED, "fine"]

    def look(found: Found, work: Work, tell: Tell) -> Found:
        now = answers.pop(0)
        if isinstance(now, KnownError):
            raise now
        return replace(found, setup_id=now)

    steps[StepKey.START].look = look
    shell = make()
    qtbot.waitUntil(page(shell).banner.isVisible)
    assert page(shell).banner.why.text() == "The service said no."
    assert shell.rail.item(StepKey.START).state is RailState.ATTENTION
    qtbot.mouseClick(page(shell).banner.button(), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shell.found.setup_id == "fine")
    assert not page(shell).banner.isVisible()


def test_when_the_banner_comes_nothing_above_moves(
    qtbot: QtBot, make: Callable[..., Shell], steps: dict[StepKey, FakeStep]
) -> None:
    shell = make()
    before = page(shell).line.mapTo(shell, page(shell).line.rect().topLeft())
    shell.show_trouble(REFUSED)
    settle()
    assert page(shell).line.mapTo(shell, page(shell).line.rect().topLeft()) == before


def test_what_depends_on_an_answer_is_looked_up_again_after_a_pause_in_typing(
    qtbot: QtBot, make: Callable[..., Shell], steps: dict[StepKey, FakeStep]
) -> None:
    steps[StepKey.START].look = lambda found, work, tell: found
    shell = make(QuietPage)
    qtbot.waitUntil(lambda: steps[StepKey.START].looks == [""] and not shell.busy)
    qtbot.keyClicks(page(shell).line, "abc")
    qtbot.waitUntil(lambda: len(steps[StepKey.START].looks) == 2, timeout=3000)
    qtbot.waitUntil(lambda: not shell.busy)
    assert steps[StepKey.START].looks == ["", "abc"]


def test_an_answer_that_comes_too_late_is_not_shown(
    qtbot: QtBot, make: Callable[..., Shell], steps: dict[StepKey, FakeStep]
) -> None:
    go_on = threading.Event()

    def look(found: Found, work: Work, tell: Tell) -> Found:
        go_on.wait(5)
        return replace(found, setup_id="late")

    steps[StepKey.START].look = look
    shell = make(QuietPage)
    qtbot.waitUntil(lambda: shell.busy)
    shell.go_on()
    assert shell.here is StepKey.CONNECT
    go_on.set()
    qtbot.waitUntil(lambda: not shell._jobs.busy)
    assert shell.found.setup_id == ""


def test_a_part_that_comes_too_late_is_not_shown(
    qtbot: QtBot, make: Callable[..., Shell], steps: dict[StepKey, FakeStep]
) -> None:
    go_on = threading.Event()

    def look(found: Found, work: Work, tell: Tell) -> Found:
        go_on.wait(5)
        tell(replace(found, setup_id="late"))
        return found

    steps[StepKey.START].look = look
    shell = make(QuietPage)
    qtbot.waitUntil(lambda: shell.busy)
    shell.go_on()
    go_on.set()
    qtbot.waitUntil(lambda: not shell._jobs.busy)
    assert shell.found.setup_id == ""


def test_a_slow_next_holds_the_page_and_goes_on_when_the_job_is_done(
    qtbot: QtBot, make: Callable[..., Shell]
) -> None:
    shell = make()
    start = page(shell)
    start.leave_when_asked = False
    button(shell, Button.NextButton).click()
    assert shell.here is StepKey.START
    shell.run(lambda services, answers, found, work: "done", lambda _: shell.go_on(), lane=Lane.TENANT_WRITE)
    assert not button(shell, Button.NextButton).isEnabled()
    qtbot.waitUntil(lambda: shell.here is StepKey.CONNECT)


def test_past_the_commit_page_back_is_disabled_and_undo_is_there(
    qtbot: QtBot, make: Callable[..., Shell]
) -> None:
    shell = make(answers=Answers(tenant_url="x"))
    shell.walk_to(StepKey.REVIEW)
    assert button(shell, Button.BackButton).isEnabled()
    assert not button(shell, Button.CustomButton1).isVisible()
    shell.change(found=applied())
    button(shell, Button.CommitButton).click()
    assert shell.here is StepKey.PROVE
    assert not button(shell, Button.BackButton).isEnabled()
    assert button(shell, Button.CustomButton1).isVisible()
    assert not shell.rail.item(StepKey.START).isEnabled()


def applied() -> Found:
    from scim_assistant.plan.apply import Applied

    return Found(setup_id="x", applied=Applied(setup_id="x", states=()))


def test_the_rail_goes_back_never_forward_and_back_leads_through_all_pages(
    qtbot: QtBot, make: Callable[..., Shell]
) -> None:
    shell = make(answers=Answers(tenant_url="x"))
    shell.walk_to(StepKey.REVIEW)
    assert shell.here is StepKey.REVIEW
    assert not shell.rail.item(StepKey.PROVE).isEnabled()
    button(shell, Button.BackButton).click()
    assert shell.here is StepKey.CONNECT
    qtbot.mouseClick(shell.rail.item(StepKey.START), Qt.MouseButton.LeftButton)
    assert shell.here is StepKey.START
    shell.rail.chosen.emit(StepKey.REVIEW)
    assert shell.here is StepKey.START


def test_walking_to_a_page_looks_nothing_up_on_the_way(
    qtbot: QtBot, make: Callable[..., Shell], steps: dict[StepKey, FakeStep]
) -> None:
    steps[StepKey.CONNECT].look = lambda found, work, tell: found
    shell = make(answers=Answers(tenant_url="x"))
    shell.walk_to(StepKey.REVIEW)
    assert steps[StepKey.CONNECT].looks == []


def test_the_rail_shrinks_to_icons_that_keep_their_names(qtbot: QtBot, make: Callable[..., Shell]) -> None:
    shell = make()
    shell.resize(960, 680)
    settle()
    assert not shell.rail.narrow
    shell.resize(680, 600)
    settle()
    assert shell.rail.narrow
    item = shell.rail.item(StepKey.CONNECT)
    assert item.toolTip() == "Connect, waiting"
    assert item.accessibleName() == "Connect, waiting"


def dialog(shell: Shell) -> QMessageBox:
    return next(box for box in shell.findChildren(QMessageBox) if box.isVisible())


def test_escape_asks_and_staying_keeps_the_answers(qtbot: QtBot, make: Callable[..., Shell]) -> None:
    shell = make()
    qtbot.keyClicks(page(shell).line, "kept")
    qtbot.keyClick(shell, Qt.Key.Key_Escape)
    box = dialog(shell)
    assert "Nothing was written" in box.informativeText()
    assert {one.text() for one in box.buttons()} == {"Leave set-up", "Stay"}
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    settle()
    assert shell.isVisible()
    assert shell.answers.tenant_url == "kept"
    assert page(shell).line.text() == "kept"


def test_leaving_after_something_was_written_says_what_stays(
    qtbot: QtBot, make: Callable[..., Shell]
) -> None:
    shell = make(found=Found(setup_id="x"))
    shell.close()
    assert shell.isVisible()
    box = dialog(shell)
    assert "offered again" in box.informativeText()
    with qtbot.waitSignal(shell.left):
        next(one for one in box.buttons() if one.text() == "Leave set-up").click()
    assert not shell.isVisible()


def test_the_window_remembers_its_geometry(qtbot: QtBot, make: Callable[..., Shell]) -> None:
    memory = ShortMemory()
    shell = make(memory=memory)
    shell.resize(720, 640)
    shell.leave()
    again = make(memory=memory)
    assert (again.width(), again.height()) == (720, 640)


def test_f1_opens_help_for_the_page_and_escape_closes_it(qtbot: QtBot, make: Callable[..., Shell]) -> None:
    shell = make()
    qtbot.keyClick(shell, Qt.Key.Key_F1)
    window = shell.findChild(HelpWindow)
    assert window is not None
    assert window.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    settle()
    assert shell.findChild(HelpWindow) is None
    assert shell.isVisible()


def test_a_practice_session_says_so_in_the_title(qtbot: QtBot, make: Callable[..., Shell]) -> None:
    assert "PRACTICE" in make(practice=True).windowTitle()
    assert "PRACTICE" not in make(practice=False).windowTitle()


def test_services_are_asked_for_only_in_jobs_and_after_the_first_picture(
    qtbot: QtBot, make: Callable[..., Shell], steps: dict[StepKey, FakeStep], jobs: Jobs
) -> None:
    asked: list[threading.Thread] = []
    steps[StepKey.START].look = lambda found, work, tell: replace(found, setup_id="found")

    def services(work: Work) -> None:
        asked.append(threading.current_thread())

    shell = make(services=services)
    qtbot.waitUntil(lambda: shell.found.setup_id == "found")
    assert threading.main_thread() not in asked
    assert shell._painted
