"""The set-up as a person does it with the mouse: page by page, to the end that the scenario has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PySide6.QtGui import QGuiApplication
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
    with app.window_parts(practice=True, scenario=scenario, speed=speed, file=file) as parts:
        theme.apply(qapp, parts.scheme)
        window = Window(parts)
        try:
            window.shell.show()
            yield window
            assert window.unexpected.count == 0, "a fault of the program"
        finally:
            window.close()
            if parts.on_quit is not None:
                parts.on_quit()


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
            act = self._acts.get(step)
            if act is not None:
                act()
            self.person.press("Apply" if step is StepKey.REVIEW else "Next")
            self.person.wait(lambda step=step: self.here is not step, f"to leave {step.value}")

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
        outcome = self.program.shell.page_here.steps.row("outcome").check  # type: ignore[attr-defined]
        assert outcome is not None
        assert outcome.outcome.value == "pass", outcome.sentence
        person.press("Start provisioning")
        person.wait_to_see("Provisioning runs.")

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
                return next(each for each in page.findChildren(CheckList) if each.isVisible())
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
