"""Enter in a search chooses; it does not turn the page as well."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout
from pytestqt.qtbot import QtBot

from scim_assistant.plan.wanted import Principal
from scim_assistant.sentence import say
from scim_assistant.ui.widgets.people import PeoplePicker


def test_enter_in_the_search_chooses_the_one_found_and_presses_no_button(qtbot: QtBot) -> None:
    dialog = QDialog()
    qtbot.addWidget(dialog)
    picker = PeoplePicker(say("Search people and groups"), say("Chosen"))
    forward = QPushButton("Next")
    forward.setDefault(True)
    pressed: list[bool] = []
    forward.clicked.connect(pressed.append)
    column = QVBoxLayout(dialog)
    column.addWidget(picker)
    column.addWidget(forward)
    dialog.show()
    qtbot.waitExposed(dialog)
    picker.search.setFocus()
    ana = Principal("1", "User", "Ana Ruiz", "ana.ruiz@example.com")
    picker.set_results([ana])
    qtbot.keyClick(picker.search, Qt.Key.Key_Return)
    assert picker.chosen() == (ana,)
    assert pressed == []
