"""The monitor acts on the job for real: what its buttons say was done is so in the tenant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scim_assistant.steps.step import StepKey
from tests.journeys.hosting import WorldHost, hosted
from tests.journeys.journey import Journey, program
from tests.journeys.outside import assert_as_expected, scenario
from tests.journeys.person import Person

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


class LeavesItUnstarted(Journey):
    """Sets everything up, and goes on without proving or starting."""

    def prove(self) -> None:
        """Do neither."""


def test_provisioning_is_started_and_paused_in_the_monitor(
    qtbot: Any, world_host: WorldHost, tmp_path: Path
) -> None:
    facts = scenario("healthy")

    def schedule() -> str:
        (app,) = [app for app in world.state()["apps"] if app["name"] == facts["suggest"]["app_name"]]
        (job,) = app["jobs"]
        return str(job["schedule"])

    with hosted(world_host, "healthy", tmp_path) as world:
        with program(world.file) as window:
            person = Person(qtbot, window.shell)
            journey = LeavesItUnstarted(person, window, facts)
            journey.go_to(StepKey.DONE)
            person.wait_to_see("ScreenSteps is set up, but provisioning is not started.")
            monitor = journey.open_monitor()
            person.wait_to_see("Not started", monitor.header)
            assert schedule() != "Active"

            person.press("Start provisioning")
            person.wait_to_see("Provisioning was started.", monitor)
            assert schedule() == "Active"
            person.wait(lambda: monitor.table.model().rowCount() > 0, "rows of the first cycle")

            person.press("Pause provisioning")
            person.wait_to_see("Provisioning is paused. A cycle that is running still finishes.", monitor)
            assert schedule() == "Paused"
            person.wait_to_see("Paused", monitor.header)
        assert_as_expected(world.line, facts)
