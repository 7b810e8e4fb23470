"""The set-up as a person does it with the mouse: page by page, to the end that the scenario has."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PySide6.QtGui import QGuiApplication, QWindow
from PySide6.QtWidgets import QApplication, QLineEdit, QListWidget, QRadioButton, QWidget

from scim_assistant import app
from scim_assistant.steps.step import StepKey
from scim_assistant.ui import theme
from scim_assistant.ui.log_viewer.window import MonitorWindow
from scim_assistant.ui.start import Window
from scim_assistant.ui.widgets.check_list import CheckList
from tests.journeys.ends import End, Place
from tests.journeys.person import Person


@contextmanager
def program(file: Path | None, *, scenario: str = "healthy", speed: float = 2400.0) -> Iterator[Window]:
    """The program's own window on a world that runs, wired as the command wires it.

    Args:
        file: Holds the line of that world; None lets the program start worlds itself.
        scenario: What the command line would say.
        speed: Clock of worlds that the program starts.
    """
    qapp = QApplication.instance()
    assert isinstance(qapp, QApplication)
    came_up: list[str] = []

    def note(window: QWindow | None) -> None:
        if window is not None:
            came_up.append(window.objectName().removesuffix("ClassWindow"))

    # Here every window that shows gets the focus, so this tells of each one, however short its life.
    qapp.focusWindowChanged.connect(note)
    faults = _Faults()
    log = logging.getLogger("scim_assistant")
    log.addHandler(faults)
    try:
        with app.window_parts(practice=True, scenario=scenario, speed=speed, file=file) as parts:
            theme.apply(qapp, parts.scheme)
            window = Window(parts)
            try:
                window.shell.show()
                yield window
                assert faults.told == [], "a fault of the program"
                assert set(came_up) <= WINDOWS, f"{set(came_up) - WINDOWS} showed as a window of its own"
            finally:
                window.close()
                if parts.on_quit is not None:
                    parts.on_quit()
    finally:
        log.removeHandler(faults)
        qapp.focusWindowChanged.disconnect(note)


WINDOWS = {
    "Shell",
    "MonitorWindow",
    "deep-checkWindow",
    "letterWindow",
    "rotationWindow",
    "QMessageBox",
    "QComboBoxPrivateContainer",
}
"""What may come up as a window in these journeys."""


class _Faults(logging.Handler):
    """What the program reports as its own fault."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(record.getMessage())


class Journey:
    """One set-up with the mouse.

    Args:
        person: Does it.
        window: The program.
        facts: The scenario's own file.
    """

    def __init__(self, person: Person, window: Window, facts: Mapping[str, Any]) -> None:
        self.person = person
        self.program = window
        self.suggest = facts["suggest"]
        self.visited: list[StepKey] = []
        self._acts = {
            StepKey.REGISTER: self.register,
            StepKey.CONNECT: self.connect,
            StepKey.SCOPE: self.scope,
            StepKey.PROVE: self.prove,
        }

    @property
    def here(self) -> StepKey:
        """The page that shows."""
        return self.program.shell.here

    def go_to(self, last: StepKey) -> None:
        """Do what each page asks and press Next, until this page shows; nothing is done on that one."""
        self.person.look_at(self.program.shell)
        while self.here is not last:
            step = self.here
            self.visited.append(step)
            act = self._acts.get(step)
            if act is not None:
                act()
            self.advance("Apply" if step is StepKey.REVIEW else "Next")
            self.person.wait(lambda step=step: self.here is not step, f"to leave {step.value}")
        self.visited.append(last)

    def advance(self, name: str) -> None:
        """Leave the page by this button."""
        self.person.press(name)

    # What single pages ask

    def register(self, *, create: bool = True) -> None:
        """Take the app that is there, or create a new one."""
        person = self.person
        name = self.suggest["app_name"]
        if self.suggest["reuse"]:
            person.wait(lambda: person.button(f"Use {name}"), f"the app {name} of the tenant")
            person.click(person.one(QRadioButton, f"Use {name}"))
        elif create:
            person.press("Create the app")
            person.wait_to_see(f"{name} is registered.")

    def create_in_vain(self) -> None:
        """Press *Create the app* where it will be refused."""
        self.person.press("Create the app")

    def connect(self) -> None:
        """Copy both values from the pretend vendor's page and paste them."""
        person = self.person
        for copy, field in (("Copy SCIM Base URL", "Tenant URL"), ("Copy API token", "Secret Token")):
            person.press(copy)
            person.click(person.one(QLineEdit, field))
            person.paste_over()
        # A person who walks away must not leave the token behind; tests share one clipboard.
        QGuiApplication.clipboard().clear()

    def scope(self) -> None:
        """Search each person and group, and choose them."""
        person = self.person
        search = person.one(QLineEdit, "Search people and groups")
        results = person.one(QListWidget, "Search results")
        for wanted in (*self.suggest["people"], *self.suggest["groups"]):
            person.click(search)
            person.type_over(wanted)
            person.click_row(results, wanted)
        if "notify_email" in self.suggest:
            person.click(person.one(QLineEdit, "Address for failure mail"))
            person.type_over(self.suggest["notify_email"])
        if "delete_threshold" in self.suggest:
            person.click(person.one(QLineEdit, "Most removals in one cycle"))
            person.type_over(str(self.suggest["delete_threshold"]))

    def prove(self) -> None:
        """Provision the person who is proposed, and start."""
        person = self.person
        person.press("Provision this person")
        person.wait(lambda: person.can_press("Provision this person"), "the end of provisioning one person")
        self.assert_proved()
        person.press("Start provisioning")
        person.wait_to_see("Provisioning runs.")

    def assert_proved(self) -> None:
        """The proof went well, as its last row says."""
        outcome = self.program.shell.page_here.steps.row("outcome").check  # type: ignore[attr-defined]
        assert outcome is not None
        assert outcome.outcome.value == "pass", outcome.sentence

    def open_monitor(self) -> MonitorWindow:
        """Press the button of the last page."""
        self.person.press("Open monitor")
        self.person.wait(lambda: self.program.monitors, "the monitor")
        monitor = self.program.monitors[-1]
        assert isinstance(monitor, MonitorWindow)
        assert not self.program.shell.isVisible()
        self.person.look_at(monitor)
        return monitor

    # The end

    def to_the_end(self, end: End) -> MonitorWindow | None:
        """Go as far as the scenario lets one; the monitor where it leads there."""
        self.go_to(end.step)
        if end.step is StepKey.REGISTER:
            self.create_in_vain()
        if end.step is StepKey.DONE:
            return self.open_monitor()
        return None

    def place(self, end: End) -> QWidget:
        """The part of the screen where the end is said."""
        page = self.program.shell.page_here
        match end.place:
            case Place.CHECK:
                self.person.wait(lambda: _shown_lists(page), "a list of checks")
                return _shown_lists(page)[0]
            case Place.VERDICT:
                return page.verdict  # type: ignore[attr-defined, no-any-return]
            case Place.PAGE_BANNER:
                return page.banner
        monitor = self.program.monitors[-1]
        assert isinstance(monitor, MonitorWindow)
        match end.place:
            case Place.MONITOR_STATE:
                return monitor.header
            case Place.MONITOR_BANNER:
                return monitor.banner
            case _:
                return monitor.log_message


def _shown_lists(page: QWidget) -> list[CheckList]:
    """The check lists that show on a page now: one comes only once there is something to say."""
    return [each for each in page.findChildren(CheckList) if each.isVisible()]
