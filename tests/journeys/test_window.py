"""The real window, driven by mouse and keyboard against a practice world in another process, to every end there is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from scim_assistant.steps.step import StepKey
from scim_assistant.ui.log_viewer.columns import Column
from scim_assistant.ui.log_viewer.window import MonitorWindow
from tests.journeys.ends import ENDS
from tests.journeys.hosting import WorldHost, hosted
from tests.journeys.journey import Journey, program
from tests.journeys.judged import judge
from tests.journeys.outside import assert_as_expected, scenario, scenario_names
from tests.journeys.person import Person

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def log_of(monitor: MonitorWindow) -> set[tuple[str, str]]:
    """Action and person of every row that the log table shows."""
    model = monitor.table.model()

    def cell(row: int, column: Column) -> str:
        return str(model.index(row, column).data(Qt.ItemDataRole.DisplayRole))

    return {(cell(row, Column.ACTION), cell(row, Column.PERSON)) for row in range(model.rowCount())}


def test_the_table_names_every_scenario() -> None:
    assert sorted(ENDS) == scenario_names()


@pytest.mark.parametrize("name", scenario_names())
def test_every_scenario_ends_in_the_window_as_the_table_says(
    name: str, qtbot: Any, world_host: WorldHost, tmp_path: Path
) -> None:
    facts, end = scenario(name), ENDS[name]
    assert (end.state, end.step.value) == (facts["end"]["state"], facts["end"]["step"])
    with hosted(world_host, name, tmp_path) as world:
        with program(world.file) as window:
            person = Person(qtbot, window.shell)
            journey = Journey(person, window, facts)
            journey.to_the_end(end)
            person.wait_to_see(end.sentence, journey.place(end))
            if end.step is not StepKey.DONE:
                assert not person.can_press("Next")
        if end.state == "quarantined":
            world.let_the_token_in()
        if name not in {"vendor-down", "vendor-html", "wrong-token"}:
            assert_as_expected(world.line, facts)
        judge(world.exchanges())


def test_ten_pages_and_the_log_comes_by_itself(qtbot: Any, world_host: WorldHost, tmp_path: Path) -> None:
    facts = scenario("healthy")
    with hosted(world_host, "healthy", tmp_path) as world:
        with program(world.file) as window:
            person = Person(qtbot, window.shell)
            journey = Journey(person, window, facts)
            journey.go_to(StepKey.DONE)
            monitor = journey.open_monitor()
            person.wait(lambda: len(log_of(monitor)) >= len(facts["expect"]["users"]) - 1, "the first rows")
            print(sorted(log_of(monitor)))
        assert_as_expected(world.line, facts)
        judge(world.exchanges())
