"""The test page at the real window: all green, the deep check from there, and the letter where the vendor has to act."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QWidget

from scim_assistant.steps.step import StepKey
from scim_assistant.ui.start import Window
from tests.journeys.hosting import WorldHost, hosted
from tests.journeys.journey import Journey, program
from tests.journeys.leaks import files_below, leaks, secrets_of
from tests.journeys.outside import people_at_the_service, scenario, scim_all
from tests.journeys.person import Person

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def at_the_test(qtbot: Any, window: Window, name: str) -> Person:
    """Somebody who has gone as far as the test page and has seen both columns end."""
    person = Person(qtbot, window.shell)
    Journey(person, window, scenario(name)).go_to(StepKey.TEST_CONNECTION)
    person.wait(lambda: person.can_press("Test again"), "the end of the test")
    return person


def other_window(person: Person, kind: str) -> QWidget:
    """The window of this kind that has come up."""

    def shown() -> list[QWidget]:
        return [
            one for one in QApplication.topLevelWidgets() if type(one).__name__ == kind and one.isVisible()
        ]

    person.wait(shown, f"a {kind}")
    (found,) = shown()
    person.look_at(found)
    return found


def test_the_deep_check_runs_from_the_page_and_leaves_nothing_at_the_service(
    qtbot: Any, world_host: WorldHost, tmp_path: Path, own_home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with hosted(world_host, "healthy", tmp_path) as world:
        before = people_at_the_service(world.line), scim_all(world.line, "Groups")
        with program(world.file) as window:
            person = at_the_test(qtbot, window, "healthy")
            person.wait_to_see("ScreenSteps answers and accepts the token.")
            person.press("Run the deep check…")
            other_window(person, "DeepCheckWindow")
            person.press("Start the deep check")
            person.wait_to_see("The service did everything that Microsoft will ask of it.")
            person.press("Close")
            # What it found stays on the page, and nothing holds the person there.
            person.look_at(window.shell)
            person.wait_to_see("The service did everything that Microsoft will ask of it.")
            assert person.can_press("Next")
            # Left open while the wizard turns to another app, the window runs nothing there.
            person.press("Open the deep check…")
            other_window(person, "DeepCheckWindow")
            shell = window.shell
            shell.change(replace(shell.answers, app_name="Another app"), replace(shell.found, app=None))
            person.press("Run again")
            person.wait_to_see(
                "This window belongs to ScreenSteps, and the wizard has turned to another app."
            )
            person.press("Close")
        assert (people_at_the_service(world.line), scim_all(world.line, "Groups")) == before
        tried = [one for one in world.exchanges() if one["side"] == "scim" and one["method"] != "GET"]
        assert {one["method"] for one in tried} >= {"POST", "PATCH", "DELETE"}
        written = [*files_below(own_home), ("the log", caplog.text.encode())]
        assert list(leaks(written, secrets_of(world.line))) == []


def test_where_the_vendor_has_to_act_the_letter_says_what_microsoft_was_answered(
    qtbot: Any, world_host: WorldHost, tmp_path: Path
) -> None:
    with hosted(world_host, "allow-list", tmp_path) as world, program(world.file) as window:
        person = at_the_test(qtbot, window, "allow-list")
        person.press("Write to the vendor…")
        other_window(person, "LetterWindow")
        plain = person.one(QPlainTextEdit, "Message, Plain text").toPlainText()
        assert "Requests from this address are not allowed." in plain
        assert "403" in plain
        person.press("Copy message")
        person.wait(lambda: "403" in QApplication.clipboard().text(), "the message on the clipboard")
        for text in (plain, QApplication.clipboard().text()):
            assert list(leaks([("the letter", text.encode())], secrets_of(world.line))) == []
        QApplication.clipboard().clear()
        person.press("Close")
