"""The test page: both columns and what they come to, row by row as they end, and the one next thing to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from scim_assistant.check import Outcome
from scim_assistant.scim import layers
from scim_assistant.scim.verdict import Side, Sureness, Verdict
from scim_assistant.secret import Secret
from scim_assistant.sentence import say
from scim_assistant.steps.found import Found
from scim_assistant.steps.step import StepKey
from scim_assistant.ui.deep_check_window import DeepCheckWindow
from scim_assistant.ui.jobs import Jobs
from scim_assistant.ui.shell import DEFAULT_SIZE, SMALLEST_SIZE, Shell
from scim_assistant.ui.widgets.verdict_panel import SIDES, SURE
from scim_assistant.ui.wizard_frame import Button
from tests.gallery import deep_results, results, sample
from tests.gallery.connection_states import MAKERS, ConnectionPicture
from tests.gallery.looks import names, settle
from tests.gallery.states import Stage
from tests.steps import made

P = ConnectionPicture


@pytest.fixture
def at(qtbot: QtBot, jobs: Jobs) -> Callable[[ConnectionPicture], Any]:
    """The wizard at the test page in a state of the gallery."""

    def make(picture: ConnectionPicture) -> Any:
        shell: Any = MAKERS[picture](Stage(jobs))
        qtbot.addWidget(shell, before_close_func=lambda one: setattr(one, "_leaving", True))
        settle()
        return shell

    return make


def tops(page: Any) -> list[int]:
    """Where each row of the left column begins, from the top of the page."""
    rows = [page.here.checks.row(key) for key in layers.TITLES]
    return [row.mapTo(page.body, row.rect().topLeft()).y() for row in rows]


def test_every_layer_has_its_row_before_anything_is_known(at: Callable[..., Any]) -> None:
    page = at(P.TEST_WAITING).page_here
    rows = [page.here.checks.row(key) for key in layers.TITLES]
    assert all(row.isVisible() for row in rows)
    assert [row.title.text() for row in rows] == [str(title) for title in layers.TITLES.values()]
    assert page.cloud.checks.isVisible()
    assert page.verdict.what.text() == "Not tested yet"


def test_rows_stay_where_they_are_while_they_fill_and_when_the_verdict_comes(at: Callable[..., Any]) -> None:
    shell = at(P.TEST_RUNNING)
    page = shell.page_here
    before = tops(page)
    for found in (
        replace(shell.found, connection=results.running(8)),
        replace(shell.found, connection=results.here(), cloud=(results.CLOUD_GOOD,)),
    ):
        page._show(shell.answers, found, running=True)
        settle()
        assert tops(page) == before
    page._show(shell.answers, replace(found, verdict=results.GOOD), running=False)
    settle()
    assert tops(page) == before


def test_the_panel_counts_what_has_ended_while_the_test_runs(at: Callable[..., Any]) -> None:
    page = at(P.TEST_RUNNING).page_here
    assert page.verdict.bar.isVisible()
    assert page.verdict.sure.text() == "5 of 11 checks done"
    assert not page.verdict.buttons["again"].isEnabled()
    assert not page.deep_button.isEnabled()
    assert page.deep_why.text() == "It can be run once the test has ended."


def test_a_failed_test_says_whose_side_it_is_how_sure_and_lets_one_go_on_anyway(
    at: Callable[..., Any],
) -> None:
    shell = at(P.TEST_TOKEN)
    page = shell.page_here
    assert page.verdict.what.text() == "ScreenSteps refuses the Secret Token."
    assert page.verdict.side.label.text() == "The token"
    assert page.verdict.sure.text() == "Certain"
    assert not shell.button(Button.NextButton).isEnabled()
    assert "choose to go on although the test failed" in page.foot.text.text()
    page.override.click()
    assert shell.answers.test_overridden
    assert shell.button(Button.NextButton).isEnabled()


@pytest.mark.parametrize(
    ("picture", "first"),
    [
        (P.TEST_PASSED, "Test again"),
        (P.TEST_ADDRESS, "Back to Connect"),
        (P.TEST_TOKEN, "Back to Connect"),
        (P.TEST_NETWORK, "Test again"),
        (P.TEST_VENDOR, "Write to the vendor…"),
        (P.TEST_ENTRA, "Test again"),
    ],
    ids=lambda value: value.file if isinstance(value, ConnectionPicture) else "",
)
def test_the_first_button_is_the_one_next_thing_to_do(
    at: Callable[..., Any], picture: ConnectionPicture, first: str
) -> None:
    page = at(picture).page_here
    assert next(iter(page.verdict.buttons.values())).text() == first


def test_of_a_busy_service_the_one_thing_to_do_is_to_test_again(at: Callable[..., Any]) -> None:
    page = at(P.TEST_BUSY).page_here
    assert [button.text() for button in page.verdict.buttons.values()] == ["Test again"]
    assert page.first_focus() is page.verdict.buttons["again"]
    assert not page.override.isVisible()


def test_back_to_connect_leads_there(qtbot: QtBot, at: Callable[..., Any]) -> None:
    shell: Shell = at(P.TEST_TOKEN)
    page: Any = shell.page_here
    qtbot.mouseClick(page.verdict.buttons["connect"], Qt.MouseButton.LeftButton)
    assert shell.here is StepKey.CONNECT


def test_enter_presses_the_one_next_thing_where_the_page_begins(qtbot: QtBot, at: Callable[..., Any]) -> None:
    shell: Shell = at(P.TEST_TOKEN)
    qtbot.keyClick(shell.page_here.first_focus(), Qt.Key.Key_Return)
    assert shell.here is StepKey.CONNECT


def test_where_one_can_go_on_the_page_begins_at_next(at: Callable[..., Any]) -> None:
    for picture in (P.TEST_PASSED, P.TEST_WARNINGS, P.TEST_NETWORK):
        assert at(picture).page_here.first_focus() is None


def test_going_on_anyway_is_offered_only_where_something_failed_that_stops(at: Callable[..., Any]) -> None:
    assert not at(P.TEST_PASSED).page_here.override.isVisible()
    assert not at(P.TEST_WARNINGS).page_here.override.isVisible()
    assert at(P.TEST_VENDOR).page_here.override.isVisible()


def test_what_is_well_takes_one_line_and_what_failed_is_open(at: Callable[..., Any]) -> None:
    page = at(P.TEST_TOKEN).page_here
    good, failed = page.here.checks.row(layers.NAME), page.here.checks.row(layers.AUTHENTICATION)
    assert not good.opened
    assert not good.sentence.isVisible()
    assert failed.opened
    assert failed.sentence.text() == "The token is refused (401)."
    assert failed.next_step.isVisible()
    assert any("JWT, ended on 1 November 2026" in name for name in names(failed))
    warned = at(P.TEST_WARNINGS).page_here.here.checks.row(layers.TLS)
    assert warned.sentence.isVisible()
    assert not warned.opened


def test_what_the_cloud_said_is_open_only_where_all_is_well_from_here(at: Callable[..., Any]) -> None:
    refused = at(P.TEST_TOKEN).page_here.cloud.checks.row("cloud-credentials")
    assert not refused.opened
    assert refused.sentence.isVisible()
    assert at(P.TEST_ALLOW_LIST).page_here.cloud.checks.row("cloud-credentials").opened


def test_it_is_told_from_a_test_that_was_stopped_whether_one_was_begun(at: Callable[..., Any]) -> None:
    waiting = at(P.TEST_WAITING).page_here
    assert waiting.verdict.buttons["again"].text() == "Test now"
    assert waiting.foot.text.text() == "To go on, test the connection."
    stopped = at(P.TEST_STOPPED).page_here
    assert stopped.verdict.what.text() == "The test was stopped"
    assert stopped.verdict.buttons["again"].text() == "Test again"
    assert stopped.foot.text.text() == "To go on, test the connection."


def test_a_good_test_does_not_send_one_past_what_the_deep_check_found(at: Callable[..., Any]) -> None:
    page = at(P.TEST_DEEP_DONE).page_here
    assert page.verdict.what.text() == "ScreenSteps answers, and the deep check found faults."
    assert page.verdict.side.label.text() == "The vendor's service"
    assert "open the deep check" in page.verdict.next_step.text()
    page.verdict.buttons["deep"].click()
    (window,) = page.window().findChildren(DeepCheckWindow)
    assert window.outcome is deep_results.FAILED
    window.close()


def test_the_verdict_is_larger_than_the_text_around_it(at: Callable[..., Any]) -> None:
    page = at(P.TEST_TOKEN).page_here
    around = page.verdict.next_step.font().pointSizeF()
    assert page.verdict.what.font().pointSizeF() >= 1.25 * around


def test_a_row_opens_with_the_keyboard_and_with_a_click_on_its_line(
    qtbot: QtBot, at: Callable[..., Any]
) -> None:
    page = at(P.TEST_PASSED).page_here
    row = page.here.checks.row(layers.TLS)
    qtbot.keyClick(row.more, Qt.Key.Key_Return)
    assert row.opened
    assert row.sentence.isVisible()
    qtbot.keyClick(row.more, Qt.Key.Key_Escape)
    assert not row.opened
    qtbot.mouseClick(row, Qt.MouseButton.LeftButton, pos=row.title.geometry().center())
    assert row.opened


def test_a_row_that_was_opened_stays_open_while_others_are_told(at: Callable[..., Any]) -> None:
    shell = at(P.TEST_PASSED)
    page = shell.page_here
    page.here.checks.row(layers.NAME).more.setChecked(True)
    page._show(shell.answers, replace(shell.found, cloud=(results.ALLOW_LIST_CLOUD,)), running=False)
    assert page.here.checks.row(layers.NAME).opened


def test_the_columns_stand_side_by_side_and_below_each_other_in_a_narrow_window(
    at: Callable[..., Any],
) -> None:
    shell = at(P.TEST_PASSED)
    page = shell.page_here
    shell.resize(*DEFAULT_SIZE)
    settle()
    here, cloud = (side.mapTo(page.body, side.rect().topLeft()) for side in (page.here, page.cloud))
    assert here.y() == cloud.y()
    assert here.x() < cloud.x()
    shell.resize(*SMALLEST_SIZE)
    settle()
    here, cloud = (side.mapTo(page.body, side.rect().topLeft()) for side in (page.here, page.cloud))
    assert here.x() == cloud.x()
    assert here.y() < cloud.y()


def test_the_whole_result_is_copied_as_text(qtbot: QtBot, at: Callable[..., Any]) -> None:
    page = at(P.TEST_TOKEN).page_here
    qtbot.mouseClick(page.verdict.copy_button, Qt.MouseButton.LeftButton)
    text = QGuiApplication.clipboard().text()
    for part in (
        "Connection test of ScreenSteps",
        "ScreenSteps refuses the Secret Token.",
        "Side: the token (certain)",
        "From this computer",
        "Token: Failed (121 ms). The token is refused (401).",
        'WWW-Authenticate: Bearer error="invalid_token"',
        "Pages and limits: Skipped. Not reached.",
        "From Microsoft's cloud",
        "Answer of the app: Unauthorized",
    ):
        assert part in text
    assert sample.TOKEN.reveal() not in text


def test_a_screen_reader_hears_outcome_side_and_sureness(at: Callable[..., Any]) -> None:
    page = at(P.TEST_NETWORK).page_here
    said = page.verdict.accessibleName()
    for part in ("Result of the test:", "Warning.", "This network.", "Likely"):
        assert part in said
    row = page.here.checks.row(layers.TLS)
    assert row.accessibleName().startswith("Encryption: Failed. The certificate was signed")
    assert row.more.accessibleName() == "Details of Encryption"
    assert "Encryption: Failed." in row.more.accessibleDescription()


def test_every_side_and_every_sureness_has_words() -> None:
    assert set(SIDES) == set(Side)
    assert set(SURE) == set(Sureness)


def test_a_test_that_was_stopped_shows_nothing_as_running_and_can_be_begun_again(
    at: Callable[..., Any],
) -> None:
    page = at(P.TEST_STOPPED).page_here
    outcomes = [page.here.checks.row(key).check.outcome for key in layers.TITLES]
    assert Outcome.RUNNING not in outcomes
    assert outcomes.count(Outcome.PASS) == 3
    assert page.verdict.buttons["again"].isEnabled()


def test_the_deep_check_waits_for_a_token_that_is_accepted(at: Callable[..., Any]) -> None:
    assert at(P.TEST_PASSED).page_here.deep_button.isEnabled()
    page = at(P.TEST_TOKEN).page_here
    assert not page.deep_button.isEnabled()
    assert page.deep_why.text() == "It can be run once the token is accepted."


def test_a_row_that_was_told_again_with_a_new_verdict_keeps_its_buttons(at: Callable[..., Any]) -> None:
    shell = at(P.TEST_VENDOR)
    page = shell.page_here
    button = page.verdict.buttons["letter"]
    button.setFocus()
    other = Verdict(Side.VENDOR, say("It is something else."), say("Write to the vendor."))
    page._show(shell.answers, replace(shell.found, verdict=other), running=False)
    assert page.verdict.buttons["letter"] is button


def test_the_tab_key_goes_through_the_page_as_it_is_read(qtbot: QtBot, at: Callable[..., Any]) -> None:
    shell = at(P.TEST_VENDOR)
    page = shell.page_here
    shell.activateWindow()
    page.verdict.copy_button.setFocus()
    reached = []
    for _ in range(5):
        qtbot.keyClick(shell.focusWidget(), Qt.Key.Key_Tab)
        reached.append(shell.focusWidget())
    assert reached == [
        page.verdict.buttons["letter"],
        page.verdict.buttons["again"],
        page.override,
        page.here.checks.row(layers.ADDRESS).more,
        page.here.checks.row(layers.NAME).more,
    ]


def test_found_without_anything_shows_rows_of_the_cloud_too(at: Callable[..., Any]) -> None:
    assert Found().cloud == ()
    page = at(P.TEST_WAITING).page_here
    assert page.cloud.checks.row("cloud-credentials").check.outcome is Outcome.WAITING


def test_a_stored_token_that_is_refused_leads_to_replacing_it(at: Callable[..., Any]) -> None:
    shell = at(P.TEST_TOKEN)
    page = shell.page_here
    stored = {"BaseAddress": "https://example.screenstepslive.com/api/scim/v2", "SecretToken": "*"}
    found = replace(shell.found, app=made.app(job=True, secrets=stored))
    page._show(replace(shell.answers, secret=Secret()), found, running=False)
    assert next(iter(page.verdict.buttons.values())).text() == "Replace the token…"
    # Of a token that was just typed, the place to correct it is where it was typed.
    page._show(replace(shell.answers, secret=Secret("typed-0123456789")), found, running=False)
    assert next(iter(page.verdict.buttons.values())).text() == "Back to Connect"
