"""The whole set-up with the keyboard alone: Tab, Shift+Tab, Space, Enter, Esc, arrows, typing and pasting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QListWidget, QMessageBox

from scim_assistant.steps.step import StepKey
from scim_assistant.ui.log_viewer.window import MonitorWindow
from tests.journeys.ends import ENDS
from tests.journeys.hosting import WorldHost, hosted
from tests.journeys.journey import Journey, program
from tests.journeys.judged import judge
from tests.journeys.outside import assert_as_expected, scenario
from tests.journeys.person import CTRL, Key, Person

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


class KeyboardJourney(Journey):
    """One set-up with the keyboard. Whatever calls for a click here is a fault of the window."""

    def reach(self, name: str) -> None:
        """Tab to a button once it can be pressed, and press Space."""
        self.person.wait(lambda: self.person.can_press(name), f"to press {name!r}")
        self.person.tab_to(name)
        self.person.key(Key.Key_Space)

    def advance(self, name: str) -> None:
        """Leave the page by this button."""
        self.reach(name)

    def register(self, *, create: bool = True) -> None:
        """Create the app."""
        self.reach("Create the app")
        self.person.wait_to_see(f"{self.suggest['app_name']} is registered.")

    def connect(self) -> None:
        """Copy and paste both values; and look whether Esc asks before it throws anything away."""
        person = self.person
        for copy, field in (("Copy SCIM Base URL", "Tenant URL"), ("Copy API token", "Secret Token")):
            self.reach(copy)
            person.tab_to(field)
            person.paste_over()
        person.key(Key.Key_Escape)
        person.wait(lambda: self.program.shell.findChildren(QMessageBox), "the question before leaving")
        person.key(Key.Key_Escape)
        person.wait(lambda: not self.program.shell.findChildren(QMessageBox), "the question to go away")
        person.look_at(self.program.shell)  # a real platform does this by itself
        assert person.one(QLineEdit, "Tenant URL").text(), "what was typed is gone"

    def scope(self) -> None:
        """Type, and choose with Enter."""
        person = self.person
        chosen = person.one(QListWidget, "Chosen")
        results = person.one(QListWidget, "Search results")
        for number, wanted in enumerate((*self.suggest["people"], *self.suggest["groups"]), 1):
            person.tab_to("Search people and groups")
            person.type_over(wanted)
            person.key(Key.Key_Return)
            person.wait(lambda wanted=wanted: wanted in first_row(results), f"{wanted} in the list")
            person.key(Key.Key_Return)
            if person.focus is results:
                person.key(Key.Key_Return)
            person.wait(lambda number=number: chosen.count() == number, f"{wanted} to be chosen")

    def prove(self) -> None:
        """Provision the person who is proposed, and start."""
        self.reach("Provision this person")
        self.person.wait(
            lambda: self.person.can_press("Provision this person"), "the end of provisioning one person"
        )
        self.assert_proved()
        self.reach("Start provisioning")
        self.person.wait_to_see("Provisioning runs.")

    def open_monitor(self) -> MonitorWindow:
        """Open it, and look at the newest event."""
        self.reach("Open monitor")
        self.person.wait(lambda: self.program.monitors, "the monitor")
        monitor = self.program.monitors[-1]
        assert isinstance(monitor, MonitorWindow)
        self.person.look_at(monitor)
        return monitor


def first_row(people: QListWidget) -> str:
    """What the first row says."""
    return str(people.item(0).data(Qt.ItemDataRole.AccessibleTextRole)) if people.count() else ""


def test_the_whole_setup_and_the_monitor_with_the_keyboard_alone(
    qtbot: Any, world_host: WorldHost, tmp_path: Path
) -> None:
    facts = scenario("healthy")
    with hosted(world_host, "healthy", tmp_path) as world:
        with program(world.file) as window:
            person = Person(qtbot, window.shell)
            person.click = person.mouse_is_forbidden  # type: ignore[method-assign]
            journey = KeyboardJourney(person, window, facts)
            monitor = journey.to_the_end(ENDS["healthy"])
            assert monitor is not None
            assert journey.visited == list(StepKey)
            person.wait_to_see(ENDS["healthy"].sentence, monitor.header)
            person.wait(lambda: monitor.table.model().rowCount() >= 5, "rows of the log")
            person.tab_to(monitor.table.accessibleName())
            person.key(Key.Key_Home, CTRL)
            person.key(Key.Key_Return)
            person.wait(monitor.detail.isVisible, "the details of the event")
            person.key(Key.Key_Escape)
            person.wait(lambda: not monitor.detail.isVisible(), "the details to close")
        assert_as_expected(world.line, facts)
        judge(world.exchanges())
