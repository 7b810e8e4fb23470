"""The recurring pieces: what they show, what they say to a screen reader, and how they answer to the keyboard."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from scim_assistant.check import Check, Fix, Outcome
from scim_assistant.graph.request import GraphRequest
from scim_assistant.plan.change import Change, ChangeKind, ChangeState
from scim_assistant.plan.wanted import Principal
from scim_assistant.secret import MASK, Secret
from scim_assistant.sentence import Sentence, say
from scim_assistant.ui.theme import Tone
from scim_assistant.ui.widgets.check_list import CheckList
from scim_assistant.ui.widgets.choice import ChoiceList, Option
from scim_assistant.ui.widgets.copy_button import CopyButton, take_secret_back
from scim_assistant.ui.widgets.disclosure import CodeBlock, Disclosure
from scim_assistant.ui.widgets.empty_state import EmptyState
from scim_assistant.ui.widgets.field import Field
from scim_assistant.ui.widgets.message_bar import MessageBar
from scim_assistant.ui.widgets.people import PeoplePicker
from scim_assistant.ui.widgets.plan_row import PlanList, paired, request_text
from scim_assistant.ui.widgets.relative_time import RelativeTime
from scim_assistant.ui.widgets.secret_field import SecretField
from scim_assistant.ui.widgets.status_pill import StatusPill
from scim_assistant.ui.widgets.text import Text
from scim_assistant.ui.widgets.veil import Veil
from scim_assistant.ui.wording import ago, show, visible
from scim_assistant.work import Progress
from tests.gallery import sample
from tests.gallery.looks import clipped, settle, unnamed

KEY = Qt.Key


@pytest.fixture
def place(qtbot: QtBot) -> QWidget:
    holder = QWidget()
    QVBoxLayout(holder)
    holder.resize(500, 400)
    qtbot.addWidget(holder)
    return holder


def shown(place: QWidget, *widgets: QWidget) -> None:
    layout = place.layout()
    assert isinstance(layout, QVBoxLayout)
    for widget in widgets:
        layout.addWidget(widget)
    layout.addStretch(1)
    place.show()
    settle()


def test_text_of_any_length_is_shown_whole(place: QWidget) -> None:
    text = Text(sample.LONG * 5)
    shown(place, text)
    place.resize(180, 900)
    settle()
    assert text.height() >= text.heightForWidth(text.width())
    assert clipped(place) == []
    assert text.accessibleName() == sample.LONG * 5


def test_text_never_reads_markup(place: QWidget) -> None:
    text = Text("<b>bold</b><img src=x>")
    shown(place, text)
    assert text.textFormat() is Qt.TextFormat.PlainText
    assert text.text() == "<b>bold</b><img src=x>"


def test_a_clipped_label_would_be_found(place: QWidget) -> None:
    text = Text("Two or three words of text")
    shown(place, text)
    assert clipped(place) == []
    text.setFixedHeight(5)
    settle()
    assert clipped(place)


def test_a_control_without_a_name_would_be_found(place: QWidget) -> None:
    line = QLineEdit()
    shown(place, line)
    assert unnamed(place)
    line.setAccessibleName("Tenant URL")
    assert unnamed(place) == []


def test_control_characters_from_outside_become_visible() -> None:
    assert visible("a\x00b\x1b[0m\u202egnp.exe") == "a␀b␛[0m‹U+202E›gnp.exe"
    assert len(visible("x" * 5000)) == 2000


def test_a_sentence_is_translated_with_its_values(monkeypatch: pytest.MonkeyPatch) -> None:
    german = {"Assign {name} to {app}": "{name} wird {app} zugewiesen"}
    monkeypatch.setattr(
        "scim_assistant.ui.wording.QCoreApplication.translate",
        staticmethod(lambda context, text: german.get(text, text)),
    )
    assert (
        show(say("Assign {name} to {app}", name="Ana", app="ScreenSteps"))
        == "Ana wird ScreenSteps zugewiesen"
    )
    assert show("data with {braces}") == "data with {braces}"
    assert show(say("literal {braces}")) == "literal {braces}"


def test_a_translation_that_lost_a_name_leaves_the_english_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "scim_assistant.ui.wording.QCoreApplication.translate",
        staticmethod(lambda context, text: "{unknown}"),
    )
    assert show(say("Hello {name}", name="Ana")) == "Hello Ana"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "now"),
        (12, "12 seconds ago"),
        (60, "1 minute ago"),
        (7300, "2 hours ago"),
        (90_000, "1 day ago"),
        (-150, "in 2 minutes"),
    ],
)
def test_times_are_relative_first(seconds: int, words: str) -> None:
    now = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    assert show(ago(now - timedelta(seconds=seconds), now)) == words


def test_a_relative_time_says_utc_on_hover_and_stops_when_hidden(place: QWidget) -> None:
    now = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    time = RelativeTime("Last cycle {when}", "no cycle yet", now=lambda: now)
    shown(place, time)
    assert time.text() == "no cycle yet"
    time.set_time(now - timedelta(minutes=3))
    assert time.text() == "Last cycle 3 minutes ago"
    assert "2026-11-24 11:57:00 UTC" in time.toolTip()
    assert time._timer.isActive()
    place.hide()
    assert not time._timer.isActive()


CHECKS = (
    Check(
        "a", say("Permissions"), Outcome.PASS, say("All are granted."), evidence=(("User.Read", "granted"),)
    ),
    Check("b", say("Licence"), Outcome.RUNNING),
    Check("c", say("Role"), Outcome.WAITING),
)


def test_check_rows_stay_in_their_place_while_outcomes_arrive(place: QWidget) -> None:
    checks = CheckList(say("Readiness"))
    shown(place, checks)
    checks.set_checks(CHECKS)
    settle()
    rows = [checks.row(key) for key in "abc"]
    tops = [row.y() for row in rows]
    rows[0].more.setChecked(True)
    settle()
    checks.set_checks((CHECKS[0], replace(CHECKS[1], outcome=Outcome.FAIL, sentence=say("None.")), CHECKS[2]))
    settle()
    assert [checks.row(key) for key in "abc"] == rows
    assert tops[0] == rows[0].y()
    assert rows[0].more.isChecked()
    assert rows[1].accessibleName() == "Licence: Failed. None."


def test_a_check_offers_its_fix_and_its_evidence(qtbot: QtBot, place: QWidget) -> None:
    checks = CheckList(say("Readiness"))
    fixable = replace(CHECKS[0], fix=Fix(say("Open the portal"), "https://portal.azure.com"))
    checks.set_checks((fixable,))
    shown(place, checks)
    row = checks.row("a")
    with qtbot.waitSignal(checks.fix_pressed) as pressed:
        qtbot.keyClick(row.fix, KEY.Key_Space)
    assert pressed.args == ["https://portal.azure.com"]
    qtbot.keyClick(row.more, KEY.Key_Return)
    assert row._evidence is not None
    assert row._evidence.isVisible()
    assert "User.Read: granted" in row._evidence.view.toPlainText()
    qtbot.keyClick(row.more, KEY.Key_Escape)
    assert not row._evidence.isVisible()


def test_a_message_says_what_why_and_the_next_step_and_copies_its_details(
    qtbot: QtBot, place: QWidget
) -> None:
    bar = MessageBar()
    shown(place, bar)
    bar.show_error(sample.REFUSED, ("again", say("Try again")))
    settle()
    assert bar.accessibleName().startswith("Problem: The app was not created.")
    assert [bar.what.text(), bar.why.text(), bar.next_step.text()] == [
        str(sample.REFUSED.what),
        str(sample.REFUSED.why),
        str(sample.REFUSED.next_step),
    ]
    qtbot.mouseClick(bar._details.button, Qt.MouseButton.LeftButton)
    block = bar._details._content
    assert isinstance(block, CodeBlock)
    qtbot.mouseClick(block.copy_button, Qt.MouseButton.LeftButton)
    copied = QGuiApplication.clipboard().text()
    assert "Authorization_RequestDenied" in copied
    assert "1f8e7a6b" in copied
    with qtbot.waitSignal(bar.pressed) as pressed:
        button = bar.button()
        assert button is not None
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert pressed.args == ["again"]


def test_a_field_keeps_the_place_of_its_problem(place: QWidget) -> None:
    line = QLineEdit()
    field = Field(say("Tenant URL"), line, say("As the vendor shows it."))
    below = QLineEdit()
    below.setAccessibleName("below")
    shown(place, field, below)
    top = below.y()
    field.set_problem(say("This is a portal page."))
    settle()
    assert below.y() == top
    assert field.problem == "This is a portal page."
    assert line.accessibleName() == "Tenant URL"
    assert line.accessibleDescription() == "This is a portal page."
    field.set_problem(None)
    assert line.accessibleDescription() == "As the vendor shows it."


def test_a_secret_shows_only_while_the_eye_is_held(qtbot: QtBot, place: QWidget) -> None:
    field = SecretField()
    field.line.setAccessibleName("Secret Token")
    shown(place, field)
    qtbot.keyClicks(field.line, "tok-1")
    assert field.secret() == Secret("tok-1")
    assert not field.revealed
    qtbot.mousePress(field.eye, Qt.MouseButton.LeftButton)
    assert field.revealed
    qtbot.mouseRelease(field.eye, Qt.MouseButton.LeftButton)
    assert not field.revealed
    qtbot.keyPress(field.eye, KEY.Key_Space)
    assert field.revealed
    field.eye.clearFocus()
    field.hide()
    assert not field.revealed


def test_a_hidden_secret_is_not_told_to_a_screen_reader_nor_copied(qtbot: QtBot, place: QWidget) -> None:
    from PySide6.QtGui import QAccessible

    field = SecretField()
    field.line.setAccessibleName("Secret Token")
    shown(place, field)
    qtbot.keyClicks(field.line, "tok-very-secret")
    QAccessible.setActive(True)
    node = QAccessible.queryAccessibleInterface(field.line)
    assert "very" not in node.text(QAccessible.Text.Value)
    QGuiApplication.clipboard().setText("before")
    field.line.selectAll()
    qtbot.keyClick(field.line, KEY.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "before"


def test_copying_a_secret_asks_clipboard_histories_to_keep_out(qtbot: QtBot, place: QWidget) -> None:
    button = CopyButton(lambda: "tok-1", "API token", secret=True)
    shown(place, button)
    width = button.sizeHint().width()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    data = QGuiApplication.clipboard().mimeData()
    assert data.text() == "tok-1"
    assert "ExcludeClipboardContentFromMonitorProcessing" in data.formats()
    assert button.text() == "Copied"
    assert button.sizeHint().width() == width


def test_a_secret_that_was_copied_does_not_outlive_the_window_and_other_texts_do(
    qtbot: QtBot, place: QWidget
) -> None:
    button = CopyButton(lambda: "tok-1", "API token", secret=True)
    shown(place, button)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    take_secret_back()
    assert QGuiApplication.clipboard().text() == ""
    QGuiApplication.clipboard().setText("of somebody else")
    take_secret_back()
    assert QGuiApplication.clipboard().text() == "of somebody else"


def test_options_are_chosen_by_keyboard_or_by_their_words(qtbot: QtBot, place: QWidget) -> None:
    options = ChoiceList(
        say("Mode"),
        (
            Option("a", say("Automatic"), say("By itself.")),
            Option("b", say("Manual"), say("On demand.")),
            Option("c", say("Never"), say("Not in this version."), enabled=False),
        ),
    )
    shown(place, options)
    options.set_value("a")
    options.button("a").setFocus()
    with qtbot.waitSignal(options.chosen) as chosen:
        qtbot.keyClick(options.button("a"), KEY.Key_Down)
    assert chosen.args == ["b"]
    words = [text for text in options.findChildren(Text) if text.text() == "By itself."]
    qtbot.mouseClick(words[0], Qt.MouseButton.LeftButton)
    assert options.value() == "a"
    never = [text for text in options.findChildren(Text) if text.text() == "Not in this version."]
    qtbot.mouseClick(never[0], Qt.MouseButton.LeftButton)
    assert options.value() == "a"
    assert options.button("a").accessibleDescription() == "By itself."


def change(key: str, sentence: str = "Assign Ana to ScreenSteps", **more: Any) -> Change:
    request = GraphRequest(
        "POST",
        "/servicePrincipals/1/appRoleAssignedTo",
        say("Nobody was assigned."),
        body={"a": Secret("tok-1")},
    )
    return Change(key, ChangeKind.ASSIGN, say(sentence), "not assigned", "assigned", request, **more)


def test_a_change_shows_its_request_without_the_secret(qtbot: QtBot, place: QWidget) -> None:
    plan = PlanList(say("Changes"))
    plan.set_changes((change("one"),))
    shown(place, plan)
    row = plan.row("one")
    assert row is not None
    qtbot.keyClick(row.more, KEY.Key_Return)
    assert row._request is not None
    text = row._request.view.toPlainText()
    assert text.startswith("POST /servicePrincipals/1/appRoleAssignedTo")
    assert MASK in text
    assert "tok-1" not in request_text(row.change.request)


def test_settings_are_compared_line_by_line() -> None:
    old = "Tenant URL: none\nFailure mail: none\nScope: assigned"
    new = "Tenant URL: https://a\nFailure mail: x@example.com\nScope: assigned"
    assert (
        paired(old, new)
        == "Tenant URL: none  →  https://a\nFailure mail: none  →  x@example.com\nScope: assigned"
    )
    assert paired("off", "on") == "off  →  on"


def test_of_a_long_plan_what_runs_or_failed_is_never_hidden(place: QWidget) -> None:
    plan = PlanList(say("Changes"))
    plan.set_changes(tuple(change(f"c{number}") for number in range(120)))
    shown(place, plan)
    assert plan.row("c100") is None
    assert plan._more.text() == "Show 80 more changes"
    plan.set_state("c100", ChangeState.FAILED, sample.REFUSED)
    row = plan.row("c100")
    assert row is not None
    assert row.state is ChangeState.FAILED
    assert row.trouble.text() == str(sample.REFUSED.why)


def test_the_veil_comes_down_only_when_it_lasts(qtbot: QtBot, place: QWidget) -> None:
    shown(place, Text("below"))
    veil = Veil(place)
    veil.begin(say("Reading"))
    assert not veil.isVisible()
    veil.end()
    qtbot.wait(450)
    assert not veil.isVisible()
    veil.begin(say("Reading"))
    qtbot.waitUntil(veil.isVisible, timeout=2000)
    assert veil.geometry() == place.rect()
    assert veil.button.hasFocus() or not place.isActiveWindow()
    veil.progress(Progress(3, None, say("Some")))
    assert veil.bar.maximum() == 0, "an unknown total is no percentage"
    veil.progress(Progress(3, 10, say("Some")))
    assert (veil.bar.value(), veil.bar.maximum()) == (3, 10)
    with qtbot.waitSignal(veil.cancelled):
        qtbot.mouseClick(veil.button, Qt.MouseButton.LeftButton)
    assert not veil.button.isEnabled()
    veil.end()
    assert not veil.isVisible()


def test_a_person_is_found_chosen_and_taken_out_by_keyboard(qtbot: QtBot, place: QWidget) -> None:
    picker = PeoplePicker(say("Search people and groups"), say("Chosen"))
    shown(place, picker)
    with qtbot.waitSignal(picker.search_wanted) as wanted:
        qtbot.keyClicks(picker.search, "ana")
    assert wanted.args == ["ana"]
    picker.set_results(sample.PEOPLE[:3])
    qtbot.keyClick(picker.search, KEY.Key_Return)
    with qtbot.waitSignal(picker.changed):
        qtbot.keyClick(picker.results, KEY.Key_Return)
    assert picker.chosen() == sample.PEOPLE[:1]
    assert picker.chosen_title.text() == "Chosen: 1 person"
    name = picker.results.item(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert name == "Ana Ruiz, ana.ruiz@example.com, chosen"
    picker.chosen_list.setCurrentRow(0)
    with qtbot.waitSignal(picker.changed):
        qtbot.keyClick(picker.chosen_list, KEY.Key_Delete)
    assert picker.chosen() == ()
    qtbot.keyClick(picker.search, KEY.Key_Escape)
    assert picker.search.text() == ""


def test_who_cannot_be_chosen_is_refused_with_the_reason(qtbot: QtBot, place: QWidget) -> None:
    picker = PeoplePicker(say("Search"), say("Chosen"))
    stranger = Principal("g", "Group", "Newsletter", "not a security group")
    picker.refuse = lambda one: say("{name} cannot be assigned.", name=one.name)
    shown(place, picker)
    picker.set_results((stranger,))
    picker.results.setCurrentRow(0)
    qtbot.keyClick(picker.results, KEY.Key_Space)
    assert picker.chosen() == ()
    assert picker.note.text() == "Newsletter cannot be assigned."


def test_a_disclosure_closes_on_escape(qtbot: QtBot, place: QWidget) -> None:
    content = QLineEdit()
    content.setAccessibleName("inside")
    disclosure = Disclosure(say("Details"), content)
    shown(place, disclosure)
    assert not content.isVisible()
    qtbot.keyClick(disclosure.button, KEY.Key_Return)
    assert content.isVisible()
    qtbot.keyClick(content, KEY.Key_Escape)
    assert not content.isVisible()


def test_pills_and_empty_places_have_words(qtbot: QtBot, place: QWidget) -> None:
    pill = StatusPill(say("Paused"), "pause", Tone.CAUTION)
    empty = EmptyState("map", say("No rows yet."), say("The first cycle has not begun."), say("Start"))
    shown(place, pill, empty)
    assert pill.accessibleName() == "Paused"
    with qtbot.waitSignal(empty.pressed):
        qtbot.mouseClick(empty.button, Qt.MouseButton.LeftButton)
    empty.set_words(Sentence("Nothing."))
    assert not empty.button.isVisible()
    assert clipped(place) == []
