"""A token that the vendor takes no more is replaced from the monitor, as a person does it, and provisioning goes on."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit

from scim_assistant.steps.step import StepKey
from scim_assistant.ui.rotation_window import RotationWindow
from tests.journeys.ends import ENDS
from tests.journeys.hosting import WorldHost, hosted
from tests.journeys.journey import Journey, program
from tests.journeys.leaks import files_below, leaks, secrets_of
from tests.journeys.outside import scenario
from tests.journeys.person import Person

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def replace_it(person: Person) -> None:
    """In the window that is open: copy the new token from the pretend vendor's page, paste it, go."""
    person.press("Copy New API token")
    person.click(person.one(QLineEdit, "New Secret Token"))
    person.paste_over()
    QGuiApplication.clipboard().clear()
    person.press("Test and replace")
    person.wait_to_see("The token was replaced.")


def test_a_stored_token_is_replaced_before_it_ends_from_the_page_where_one_is_entered(
    qtbot: Any, world_host: WorldHost, tmp_path: Path
) -> None:
    facts = scenario("quarantine")
    with hosted(world_host, "quarantine", tmp_path) as world, program(world.file) as window:
        person = Person(qtbot, window.shell)
        Journey(person, window, facts).go_to(StepKey.CONNECT)
        person.press("Replace the stored token…")
        person.wait(lambda: window.shell.findChildren(RotationWindow), "the window of the replacement")
        (rotation,) = window.shell.findChildren(RotationWindow)
        person.look_at(rotation)
        replace_it(person)
        person.press("Close")
        person.look_at(window.shell)
        person.press("Next")
        person.wait(lambda: window.shell.here is StepKey.TEST_CONNECTION, "the test")
        person.wait(lambda: person.can_press("Next"), "that what is stored now passes")


class LeavesTheToken(Journey):
    """Takes the app that is there with the address and the token that it has stored."""

    def connect(self) -> None:
        """Enter nothing."""
        self.person.wait(lambda: self.person.can_press("Next"), "that what is stored may stay")


def test_a_stored_token_that_is_refused_is_replaced_from_the_test(
    qtbot: Any, world_host: WorldHost, tmp_path: Path
) -> None:
    facts = scenario("quarantine")
    with hosted(world_host, "quarantine", tmp_path) as world:
        with program(world.file) as window:
            person = Person(qtbot, window.shell)
            LeavesTheToken(person, window, facts).go_to(StepKey.TEST_CONNECTION)
            person.press("Replace the token…")
            person.wait(lambda: window.shell.findChildren(RotationWindow), "the window of the replacement")
            (rotation,) = window.shell.findChildren(RotationWindow)
            person.look_at(rotation)
            replace_it(person)
            person.press("Close")
            person.look_at(window.shell)
            # What is stored is tested again by itself, and nobody has to go on although it failed.
            person.wait(lambda: person.can_press("Next"), "that the test passes now")
            assert not person.sees("Go on although the test failed")
        (app,) = [one for one in world.state()["apps"] if one["name"] == facts["suggest"]["app_name"]]
        assert app["secrets"]["SecretToken"] == world.line["new_scim_token"]


def test_the_token_is_replaced_from_the_monitor(  # noqa: PLR0917
    qtbot: Any,
    world_host: WorldHost,
    tmp_path: Path,
    own_home: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    facts = scenario("token-revoked-later")
    caplog.set_level(logging.DEBUG)
    with hosted(world_host, "token-revoked-later", tmp_path) as world:
        with program(world.file) as window:
            person = Person(qtbot, window.shell)
            journey = Journey(person, window, facts)
            monitor = journey.to_the_end(ENDS["token-revoked-later"])
            assert monitor is not None
            person.wait(monitor.header.token.isVisible, "what is known of the token")
            person.wait(monitor.banner.replace_button.isVisible, "that Microsoft has paused the job")

            person.click(monitor.banner.replace_button)
            person.wait(lambda: monitor.findChildren(RotationWindow), "the window of the replacement")
            (rotation,) = monitor.findChildren(RotationWindow)
            person.look_at(rotation)
            replace_it(person)
            person.press("Let provisioning go on")
            person.wait_to_see("The token was replaced, and provisioning goes on.")
            person.press("Close")

            person.look_at(monitor)
            person.wait_to_see("Running", monitor.header)
            assert not monitor.banner.isVisible()
        (app,) = [one for one in world.state()["apps"] if one["name"] == facts["suggest"]["app_name"]]
        assert app["secrets"]["SecretToken"] == world.line["new_scim_token"]
        assert "DeleteThresholdValue" in app["secrets"]["SyncNotificationSettings"]
        written = [*files_below(own_home), ("the log", caplog.text.encode())]
        written += [("the terminal", text.encode()) for text in capfd.readouterr()]
        assert any("token-days" in name for name, _ in written)
        assert list(leaks(written, secrets_of(world.line))) == []
