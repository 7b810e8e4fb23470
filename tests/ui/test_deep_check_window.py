"""The window of the deep check: says what it will do, fills its table in place, and tells what is left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPalette
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from scim_assistant.check import Outcome
from scim_assistant.scim.deep import catalogue as key
from scim_assistant.scim.deep.catalogue import PLANNED, planned_checks
from scim_assistant.scim.deep.found import DeepOutcome, Dialect, Severity
from scim_assistant.scim.deep.mine import DOMAIN, read_domain
from scim_assistant.steps.step import StepKey
from scim_assistant.ui.deep_check_table import DIALECTS, SEVERITIES, Column
from scim_assistant.ui.deep_check_window import DeepCheckWindow, Listener, State
from scim_assistant.ui.jobs import Jobs
from scim_assistant.ui.letter_window import LetterWindow
from scim_assistant.ui.theme import Tone
from tests.gallery import deep_results, sample
from tests.gallery.connection_states import deep_window
from tests.gallery.looks import clipped, settle, unnamed
from tests.steps.worlds import Place, open_world
from tests.ui.conftest import ShellMaker


class Runs:
    """Runs that the test ends."""

    def __init__(self) -> None:
        self.domains: list[str] = []
        self.listener: Any = None
        self.cancelled = 0
        self.running = True

    def start(self, domain: str, listener: Listener) -> Runs:
        self.domains.append(domain)
        self.listener = listener
        return self

    def cancel(self) -> None:
        self.cancelled += 1


@pytest.fixture
def runs() -> Runs:
    return Runs()


@pytest.fixture
def opened(qtbot: QtBot, jobs: Jobs, runs: Runs) -> Iterator[Callable[..., DeepCheckWindow]]:
    """Opens the window, with runs that the test ends."""
    made: list[DeepCheckWindow] = []

    def make(**more: Any) -> DeepCheckWindow:
        window = deep_window(start=runs.start, **more)
        made.append(window)
        window.show()
        settle()
        return window

    yield make
    for window in made:
        if isValid(window):  # one that was closed is gone
            window.state = State.ENDED
            window.close()
    settle()


def cell(window: DeepCheckWindow, name: str, column: Column) -> str:
    return window.table.item(name).text(column)


def test_before_it_starts_it_says_what_is_made_and_taken_away_and_lists_every_check(
    opened: Callable[..., DeepCheckWindow],
) -> None:
    window = opened()
    said = " ".join(label.text() for label in window.intro.findChildren(type(window.told)))
    for part in (
        "One person and one group",
        "taken away again",
        "28 checks",
        "never faster than",
        "aadOptscim062020",
    ):
        assert part in said
    assert window.domain.text() == DOMAIN
    assert list(window.table.checks) == [one.key for one in PLANNED]
    assert all(cell(window, one.key, Column.OUTCOME) == "Waiting" for one in PLANNED)
    assert not window.panel.isVisible()
    assert window.start_button.isVisible()


def test_what_the_profile_says_is_read_before_anything_is_made(
    opened: Callable[..., DeepCheckWindow], runs: Runs
) -> None:
    assert not opened().expect.isVisible()
    window = opened(expect="Each person takes a seat.")
    assert window.expect.why.text() == "Each person takes a seat."
    assert window.expect.isVisible()


def test_every_wording_and_every_cost_has_its_words() -> None:
    assert set(DIALECTS) == set(Dialect)
    assert set(SEVERITIES) == set(Severity)


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        ("", "example.com"),
        (" Example.ORG ", "example.org"),
        ("ana.ruiz@people.example.com", "people.example.com"),
        ("@example.com", "example.com"),
        ("example", ""),
        ("not a domain", ""),
        ("-a.example", ""),
        ("a" * 64 + ".example.com", ""),
        ("@", ""),
        ("example.com/scim", ""),
        ("x." * 200 + "com", ""),
    ],
)
def test_a_mail_domain_is_read_out_of_what_was_typed(typed: str, domain: str) -> None:
    read, problem = read_domain(typed)
    assert read == domain
    assert (problem is None) is bool(domain)


def test_it_starts_with_the_domain_and_not_with_something_that_is_none(
    qtbot: QtBot, opened: Callable[..., DeepCheckWindow], runs: Runs
) -> None:
    window = opened()
    window.domain.selectAll()
    qtbot.keyClicks(window.domain, "no domain")
    assert not window.start_button.isEnabled()
    assert window.domain_field.problem == "Enter a domain such as example.com."
    qtbot.keyClick(window.domain, Qt.Key.Key_Return)
    assert runs.domains == []
    window.domain.selectAll()
    qtbot.keyClicks(window.domain, "people.example.com")
    qtbot.keyClick(window.domain, Qt.Key.Key_Return)
    assert runs.domains == ["people.example.com"]
    assert window.state is State.RUNNING
    assert window.stop_button.isVisible()
    assert not window.close_button.isEnabled()


def test_enter_starts_it_where_the_person_begins_and_presses_what_the_result_leads_to(
    qtbot: QtBot, opened: Callable[..., DeepCheckWindow], runs: Runs
) -> None:
    window = opened()
    window.first_focus().setFocus()
    qtbot.keyClick(window.first_focus(), Qt.Key.Key_Return)
    assert runs.domains == [DOMAIN]
    written: list[DeepOutcome] = []
    ended = opened(outcome=deep_results.FAILED, write_letter=written.append)
    qtbot.keyClick(ended.first_focus(), Qt.Key.Key_Return)
    assert written == [deep_results.FAILED]


def test_whoever_stopped_it_with_the_keyboard_stands_on_the_next_thing_to_do(
    qtbot: QtBot, opened: Callable[..., DeepCheckWindow], runs: Runs
) -> None:
    window = opened()
    window.first_focus().setFocus()
    qtbot.keyClick(window.start_button, Qt.Key.Key_Return)
    assert window.focusWidget() is window.stop_button
    qtbot.keyClick(window.stop_button, Qt.Key.Key_Space)
    assert runs.cancelled == 1
    runs.listener.on_outcome(deep_results.STOPPED)
    assert window.focusWidget() is window.panel.buttons["again"]
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Return)
    runs.listener.on_stopped()
    assert window.focusWidget() is window.start_button


def test_what_to_do_after_a_stop_stands_right_below_what_happened(
    opened: Callable[..., DeepCheckWindow],
) -> None:
    panel = opened(outcome=deep_results.STOPPED).panel
    settle()
    assert panel.next_step.geometry().top() - panel.what.geometry().bottom() <= 16


def test_rows_fill_in_place_and_the_one_that_is_read_stays_chosen(
    opened: Callable[..., DeepCheckWindow], runs: Runs
) -> None:
    window = opened()
    window.start()
    for check in deep_results.running(5):
        runs.listener.on_check(check)
    window.table.choose(key.USER_CREATE)
    place = window.table.visualItemRect(window.table.item(key.USER_CREATE))
    for check in deep_results.running(12):
        runs.listener.on_check(check)
    settle()
    assert window.table.visualItemRect(window.table.item(key.USER_CREATE)) == place
    assert window.detail.check is not None
    assert window.detail.check.key == key.USER_CREATE
    assert window.panel.sure.text() == "12 of 28 checks done"


def test_the_row_that_runs_is_followed_and_at_the_end_the_first_fault_is_in_sight(
    opened: Callable[..., DeepCheckWindow], runs: Runs
) -> None:
    window = opened()
    window.start()
    for number in range(1, len(PLANNED)):
        runs.listener.on_check(deep_results.running(number)[number])
    settle()
    assert window.table.verticalScrollBar().value() > 0
    runs.listener.on_outcome(deep_results.FAILED)
    settle()
    first = window.table.visualItemRect(window.table.item(key.USER_FIND_CASE))
    assert window.table.viewport().rect().contains(first)
    assert window.table.verticalScrollBar().value() == 0


def test_a_row_of_the_table_has_air_and_its_drawing_keeps_its_contrast_where_it_is_chosen(
    opened: Callable[..., DeepCheckWindow],
) -> None:
    window = opened(outcome=deep_results.FAILED)
    row = window.table.visualItemRect(window.table.item(key.USER_FIND_CASE))
    assert row.height() >= window.table.fontMetrics().height() + 4
    drawn = window.table.item(key.USER_FIND_CASE).icon(Column.CHECK)
    image = drawn.pixmap(16, QIcon.Mode.Selected).toImage()
    inks = {
        image.pixelColor(x, y).name()
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).alpha() == 255
    }
    assert window.palette().color(QPalette.ColorRole.HighlightedText).name() in inks


def test_what_it_comes_to_stands_on_top_and_beside_the_table(opened: Callable[..., DeepCheckWindow]) -> None:
    window = opened(outcome=deep_results.FAILED)
    assert window.panel.what.text() == deep_results.FAILED.verdict.sentence
    assert window.panel.side.label.text() == "The vendor's service"
    assert window.detail.overview.flag.text() == deep_results.FAILED.flag_sentence
    assert [text.text() for text in window.detail.overview.breaks] == list(deep_results.FAILED.breaks)
    assert cell(window, key.USER_DISABLE_LEGACY, Column.COST) == "Loses changes"
    assert cell(window, key.USER_DISABLE_LEGACY, Column.WORDING) == "Default"
    assert cell(window, key.USER_CREATE, Column.COST) == ""
    assert window.told.text() == "43 requests in 6.8 s. Nothing of it is left at the app."


@pytest.mark.parametrize("outcome", [deep_results.GOOD, deep_results.FAILED, deep_results.LEFT])
def test_nothing_is_cut_off_when_a_run_ends(
    opened: Callable[..., DeepCheckWindow], runs: Runs, outcome: DeepOutcome
) -> None:
    window = opened()
    window.start()
    settle()
    for check in deep_results.running(20):
        runs.listener.on_check(check)
    settle()
    runs.listener.on_outcome(outcome)
    settle()
    assert clipped(window) == []


def test_a_check_shows_what_it_means_its_source_and_all_that_was_said(
    qtbot: QtBot, opened: Callable[..., DeepCheckWindow]
) -> None:
    window = opened(outcome=deep_results.FAILED)
    window.table.choose(key.USER_DISABLE_LEGACY)
    check = window.table.checks[key.USER_DISABLE_LEGACY]
    assert window.detail.title.text() == check.title
    assert window.detail.means.text() == check.means
    assert check.source in window.detail.source.text()
    texts = [block.view.toPlainText() for block in window.detail.blocks]
    assert texts == [half for one in check.spoken for half in (one.request, one.answer)]
    qtbot.mouseClick(window.detail.copy_button, Qt.MouseButton.LeftButton)
    text = QGuiApplication.clipboard().text()
    assert str(check.sentence) in text
    assert '"value": "False"' in text
    assert '"active": true' in text
    qtbot.mouseClick(window.detail.back, Qt.MouseButton.LeftButton)
    assert window.table.current is None
    assert window.detail.overview.isVisible()


def test_the_table_is_walked_and_copied_with_the_keyboard(
    qtbot: QtBot, opened: Callable[..., DeepCheckWindow]
) -> None:
    window = opened(outcome=deep_results.FAILED)
    window.table.choose(key.USER_CREATE)
    qtbot.keyClick(window.table, Qt.Key.Key_Down)
    assert window.table.current is not None
    assert window.table.current.key == key.USER_READ
    qtbot.keyClick(window.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert str(window.table.checks[key.USER_READ].title) in QGuiApplication.clipboard().text()


def test_a_screen_reader_hears_how_each_check_came_out(opened: Callable[..., DeepCheckWindow]) -> None:
    window = opened(outcome=deep_results.FAILED)
    heard = window.table.item(key.USER_DISABLE_LEGACY).data(0, Qt.ItemDataRole.AccessibleTextRole)
    assert heard.startswith("Disabling with the text False: Failed. It answered 200")


def test_what_stayed_behind_is_said_with_what_and_where(opened: Callable[..., DeepCheckWindow]) -> None:
    window = opened(outcome=deep_results.LEFT)
    assert window.left.isVisible()
    assert deep_results.USER in window.left.why.text()
    assert "Nothing of it is left" not in window.told.text()
    assert not opened(outcome=deep_results.GOOD).left.isVisible()


@pytest.mark.parametrize(
    ("outcome", "first"),
    [
        (deep_results.GOOD, "Run again"),
        (deep_results.FAILED, "Write to the vendor…"),
        (deep_results.WITH_FLAG, "Back to Connect"),
        (deep_results.STOPPED, "Run again"),
    ],
    ids=["passed", "failed", "flag", "stopped"],
)
def test_the_first_button_is_the_one_next_thing_to_do(
    opened: Callable[..., DeepCheckWindow], outcome: DeepOutcome, first: str
) -> None:
    window = opened(outcome=outcome)
    assert next(iter(window.panel.buttons.values())).text() == first


def test_the_message_is_about_the_outcome_that_shows(
    qtbot: QtBot, opened: Callable[..., DeepCheckWindow]
) -> None:
    asked: list[DeepOutcome] = []
    window = opened(outcome=deep_results.FAILED, write_letter=asked.append)
    qtbot.mouseClick(window.panel.buttons["letter"], Qt.MouseButton.LeftButton)
    assert asked == [deep_results.FAILED]


def test_run_again_begins_with_every_row_waiting(
    qtbot: QtBot, opened: Callable[..., DeepCheckWindow], runs: Runs
) -> None:
    window = opened(outcome=deep_results.LEFT)
    qtbot.mouseClick(window.panel.buttons["again"], Qt.MouseButton.LeftButton)
    assert runs.domains == [DOMAIN]
    assert all(check.outcome is Outcome.WAITING for check in window.table.checks.values())
    assert not window.left.isVisible()
    assert window.detail.overview.breaks == []


def test_stop_is_asked_for_once_and_says_that_what_was_made_is_taken_away(
    qtbot: QtBot, opened: Callable[..., DeepCheckWindow], runs: Runs
) -> None:
    window = opened()
    window.start()
    qtbot.mouseClick(window.stop_button, Qt.MouseButton.LeftButton)
    window.stop()
    assert runs.cancelled == 1
    assert window.panel.next_step.text() == "What was made at ScreenSteps is being taken away."
    runs.listener.on_outcome(deep_results.STOPPED)
    assert window.panel.what.text() == deep_results.STOPPED.verdict.sentence
    assert not window.panel.side.isVisible(), "a run that was stopped is no pass"
    assert "Nothing of it is left at the app." in window.told.text()


def test_closing_while_it_runs_stops_it_and_goes_when_all_is_taken_away(
    qtbot: QtBot, opened: Callable[..., DeepCheckWindow], runs: Runs
) -> None:
    window = opened()
    window.start()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert runs.cancelled == 1
    assert window.isVisible()
    with qtbot.waitSignal(window.destroyed):
        runs.listener.on_outcome(deep_results.STOPPED)


def test_a_window_that_was_closed_stays_to_say_what_is_left_behind(
    qtbot: QtBot, opened: Callable[..., DeepCheckWindow], runs: Runs
) -> None:
    window = opened()
    window.start()
    window.close()
    runs.listener.on_outcome(replace(deep_results.LEFT, cancelled=True))
    assert window.isVisible()
    assert window.left.isVisible()


def test_a_run_that_could_not_begin_says_why_and_can_be_begun_again(
    opened: Callable[..., DeepCheckWindow], runs: Runs
) -> None:
    window = opened()
    window.start()
    runs.listener.on_error(sample.trouble("It was not begun.", "The disk is full.", "Make room."))
    assert window.trouble.isVisible()
    assert window.trouble.why.text() == "The disk is full."
    assert window.start_button.isVisible()


def test_details_stand_beside_the_table_or_below_it(opened: Callable[..., DeepCheckWindow]) -> None:
    window = opened(outcome=deep_results.FAILED)
    assert window.splitter.orientation() is Qt.Orientation.Horizontal
    window.resize(680, 740)
    settle()
    assert window.splitter.orientation() is Qt.Orientation.Vertical
    assert clipped(window) == []
    assert unnamed(window) == []


def test_the_colours_of_rows_follow_the_palette(qapp: Any, opened: Callable[..., DeepCheckWindow]) -> None:
    from scim_assistant.ui import theme

    window = opened(outcome=deep_results.FAILED)
    item = window.table.item(key.USER_DISABLE_LEGACY)
    light = item.foreground(Column.OUTCOME).color()
    try:
        theme.apply(qapp, theme.Scheme.DARK)
        settle()
        dark = item.foreground(Column.OUTCOME).color()
        assert dark != light
        assert dark == theme.colour(window.table.palette(), Tone.BAD)
    finally:
        theme.apply(qapp, theme.Scheme.LIGHT)
        settle()


# On the practice service, through the page


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with open_world("healthy", tmp_path) as opened_world:
        yield opened_world


def everything_at(place: Place) -> tuple[Any, Any]:
    service = place.world.scim
    return service.accounts(), service.groups()


def test_from_the_page_it_runs_on_the_practice_service_and_leaves_nothing_there(
    qtbot: QtBot, make_shell: ShellMaker, place: Place
) -> None:
    address, token = place.hint
    answers = sample.answered(tenant_url=address, secret=token, service_principal_id="", create_later=True)
    found = sample.signed_in(session=place.session)
    shell = make_shell(place.services, answers=answers, found=found, next_step=_in_order)
    shell.walk_to(StepKey.TEST_CONNECTION)
    page: Any = shell.page_here
    qtbot.waitUntil(page.deep_button.isEnabled, timeout=20_000)
    before = everything_at(place)
    qtbot.mouseClick(page.deep_button, Qt.MouseButton.LeftButton)
    window = shell.findChildren(DeepCheckWindow)[0]
    qtbot.mouseClick(window.start_button, Qt.MouseButton.LeftButton)
    assert not shell.button(shell.WizardButton.BackButton).isEnabled(), "nobody leaves half way"
    qtbot.waitUntil(lambda: window.state is State.ENDED, timeout=60_000)
    assert everything_at(place) == before
    assert [check.key for check in window.table.checks.values()] == [one.key for one in planned_checks()]
    assert all(
        check.outcome not in (Outcome.WAITING, Outcome.RUNNING) for check in window.table.checks.values()
    )
    assert shell.found.deep is window.outcome
    assert page.deep_pill.isVisible()
    assert page.deep_button.text() == "Open the deep check…"
    page.write_letter(window.outcome)
    letters = shell.findChildren(LetterWindow)
    assert len(letters) == 1
    window.close()
    shell.change(replace(shell.answers, tenant_url=address + "/other"))
    assert not page.deep_pill.isVisible(), "what was found was found at another address"


def _in_order(step: StepKey, answers: Any, found: Any) -> Any:
    from scim_assistant.steps.flow import next_step

    return next_step(step, replace(answers, resume=""), found)
