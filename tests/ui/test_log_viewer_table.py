"""The log table while somebody reads: selection and place stay, keys do what they promise."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from datetime import timedelta

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtWidgets import QMenu

from scim_assistant.logs.rows import MemoryRows, Query
from scim_assistant.ui.log_viewer.model import EventModel
from scim_assistant.ui.log_viewer.table import EventTable
from scim_assistant.work import Work
from tests.logs.made import MORNING, documents, numbered, row


class Shown:
    """A table on screen with its rows."""

    def __init__(self, count: int) -> None:
        self.rows = MemoryRows()
        self.rows.add(row(numbered(number)) for number in range(count))
        self.model = EventModel(self.rows, now=lambda: MORNING + timedelta(hours=1))
        self.model.replace(self.rows.search(Query(), Work()), Query(), descending=True)
        self.table = EventTable(self.model)
        self.table.resize(700, 400)

    def add(self, *numbers: int) -> None:
        self.model.insert(self.rows.add(row(numbered(number)) for number in numbers).keys)

    def top(self) -> str:
        event = self.model.event_at(self.table.rowAt(0))
        return event.person if event is not None else ""

    def current(self) -> str:
        event = self.table.current_event()
        return event.person if event is not None else ""


@pytest.fixture
def shown(qtbot) -> Iterator[Shown]:
    made = Shown(200)
    qtbot.addWidget(made.table)
    made.table.show()
    qtbot.waitExposed(made.table)
    made.table.setFocus()
    return made


def test_at_the_top_with_nothing_chosen_new_rows_come_in(shown: Shown) -> None:
    shown.add(300)
    assert shown.top() == "Person 0300"
    assert shown.table.unseen == 0


def test_who_reads_keeps_their_place(shown: Shown, qtbot) -> None:
    shown.table.verticalScrollBar().setValue(50)
    before = shown.top()
    with qtbot.waitSignal(shown.table.unseen_changed):
        shown.add(300, 301, 302)
    assert shown.top() == before
    assert shown.table.unseen == 3
    qtbot.wait(20)  # let the table lay itself out; the place must survive that too
    assert shown.top() == before


def test_a_chosen_row_stays_chosen_and_in_place(shown: Shown) -> None:
    shown.table.selectRow(3)
    chosen = shown.current()
    place = shown.table.visualRect(shown.table.currentIndex()).top()
    shown.add(300, 301)
    assert shown.current() == chosen
    assert shown.table.selected_rows() == [5]
    assert shown.table.visualRect(shown.table.currentIndex()).top() == place
    shown.table.go_to_newest()
    assert shown.top() == "Person 0301"
    assert shown.table.unseen == 0


def test_another_filter_keeps_the_choice_where_it_is_still_shown(shown: Shown) -> None:
    shown.table.selectRow(3)
    chosen = shown.current()
    query = Query(text="person 019")
    shown.model.replace(shown.rows.search(query, Work()), query, descending=True)
    assert shown.current() == chosen
    assert len(shown.table.selected_rows()) == 1
    gone: list[object] = []
    shown.table.chosen.connect(gone.append)
    query = Query(statuses=frozenset({"failure"}))
    shown.model.replace(shown.rows.search(query, Work()), query, descending=True)
    assert shown.current() == ""
    assert gone == [None]


def test_focus_alone_chooses_nothing(shown: Shown) -> None:
    assert not shown.table.currentIndex().isValid()
    shown.add(300)
    assert shown.top() == "Person 0300"


def test_arrows_choose_enter_opens_escape_lets_go(shown: Shown, qtbot) -> None:
    table = shown.table
    with qtbot.waitSignal(table.chosen):
        qtbot.keyClick(table, Qt.Key.Key_Down)
    assert shown.current() == "Person 0199"
    qtbot.keyClick(table, Qt.Key.Key_Down)
    assert shown.current() == "Person 0198"
    with qtbot.waitSignal(table.opened):
        qtbot.keyClick(table, Qt.Key.Key_Return)
    qtbot.keyClick(table, Qt.Key.Key_End)
    assert shown.current() == "Person 0000"
    qtbot.keyClick(table, Qt.Key.Key_Home)
    assert shown.current() == "Person 0199"
    qtbot.keyClick(table, Qt.Key.Key_Escape)
    assert not table.currentIndex().isValid()
    assert table.selected_rows() == []


def test_control_c_copies_the_selected_rows(shown: Shown, qtbot) -> None:
    shown.table.selectRow(0)
    qtbot.keyClick(shown.table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(shown.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().split("\n")
    assert len(lines) == 2
    assert lines[0].startswith("2026-05-04 08:03:19 UTC\tSuccess\tCreate\tPerson 0199")


def test_the_menu_copies_ids_and_narrows_to_one_person(shown: Shown, qtbot) -> None:
    shown.table.selectRow(0)
    menu = shown.table._menu()
    assert isinstance(menu, QMenu)
    qtbot.addWidget(menu)
    actions = {action.text(): action for action in menu.actions() if action.text()}
    assert set(actions) == {
        "Copy row",
        "Copy id of the event",
        "Copy change id, for Microsoft support",
        "Show only this person or group",
    }
    actions["Copy id of the event"].trigger()
    assert QGuiApplication.clipboard().text() == numbered(199)["id"]
    with qtbot.waitSignal(shown.table.only_asked) as asked:
        actions["Show only this person or group"].trigger()
    assert asked.args[0].person == "Person 0199"


def test_a_click_on_a_title_asks_for_another_order(shown: Shown, qtbot) -> None:
    header = shown.table.horizontalHeader()
    where = QPoint(header.sectionViewportPosition(3) + 10, header.height() // 2)
    with qtbot.waitSignal(shown.table.sort_asked) as asked:
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert asked.args == [3, False]


def test_a_screen_reader_gets_the_cells_and_titles(shown: Shown) -> None:
    QAccessible.setActive(True)
    found = QAccessible.queryAccessibleInterface(shown.table)
    assert found is not None
    assert found.text(QAccessible.Text.Name) == "Provisioning events"
    table = found.tableInterface() if hasattr(found, "tableInterface") else None
    if table is not None:
        assert table.cellAt(0, 3).text(QAccessible.Text.Name) == "Person 0199"


@pytest.mark.parametrize("status", ["success", "failure", "skipped", "warning", "perplexed", ""])
def test_every_status_is_painted_as_word_and_shape(qtbot, status: str) -> None:
    made = Shown(0)
    qtbot.addWidget(made.table)
    document = documents()[0]
    document["provisioningStatusInfo"]["status"] = status
    made.model.insert(made.rows.add([row(document)]).keys)
    image = made.table.grab().toImage()
    rect = made.table.visualRect(made.model.index(0, 0)).translated(made.table.viewport().pos())
    strip = image.copy(rect)
    paper = strip.pixelColor(strip.width() - 1, 1)
    inked = {
        x for x in range(strip.width()) for y in range(strip.height()) if strip.pixelColor(x, y) != paper
    }
    assert any(x < 22 for x in inked), "no shape"
    assert any(24 < x < strip.width() - 2 for x in inked), "no word"


def test_rows_that_are_not_at_hand_do_not_break_the_picture(qtbot) -> None:
    made = Shown(3)
    qtbot.addWidget(made.table)
    made.model.replace(array("q", [1, 99, 2]), Query(), descending=True)
    assert not made.table.grab().isNull()
    assert made.model.index(1, 0).data() is None


def test_nothing_is_current_after_letting_go(shown: Shown) -> None:
    shown.table.selectRow(2)
    shown.table.go_to_newest()
    assert shown.table.currentIndex() == QModelIndex()
