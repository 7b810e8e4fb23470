"""The real window, driven by mouse and keyboard against a practice world in another process, to every end there is."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QMessageBox

from scim_assistant.steps.step import StepKey
from scim_assistant.ui.log_viewer.columns import Column
from scim_assistant.ui.log_viewer.window import MonitorWindow
from tests.journeys.ends import ENDS
from tests.journeys.hosting import WorldHost, hosted
from tests.journeys.journey import Journey, program
from tests.journeys.judged import judge
from tests.journeys.leaks import files_below, leaks, secrets_of
from tests.journeys.outside import (
    assert_as_expected,
    assign,
    find_user,
    people_at_the_service,
    scenario,
    scenario_names,
)
from tests.journeys.person import Key, Person

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")

CANNOT_BE_LOOKED_AT = {"vendor-down", "vendor-html", "wrong-token"}
"""Scenarios whose SCIM service answers nobody."""


def log_of(monitor: MonitorWindow) -> set[tuple[str, str]]:
    """Action and person of every row that the log table shows."""
    model = monitor.table.model()

    def cell(row: int, column: Column) -> str:
        return str(model.index(row, column).data(Qt.ItemDataRole.DisplayRole))

    return {(cell(row, Column.ACTION), cell(row, Column.PERSON)) for row in range(model.rowCount())}


def test_the_table_names_every_scenario() -> None:
    assert sorted(ENDS) == scenario_names()


@pytest.mark.parametrize("name", scenario_names())
def test_every_scenario_ends_in_the_window_as_the_table_says(  # noqa: PLR0917
    name: str,
    qtbot: Any,
    world_host: WorldHost,
    tmp_path: Path,
    own_home: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    facts, end = scenario(name), ENDS[name]
    assert (end.state, end.step.value) == (facts["end"]["state"], facts["end"]["step"])
    caplog.set_level(logging.DEBUG)
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
        if name not in CANNOT_BE_LOOKED_AT:
            assert_as_expected(world.line, facts)
        judge(world.exchanges())
        written = [*files_below(own_home), ("the log", caplog.text.encode())]
        written += [("the terminal", text.encode()) for text in capfd.readouterr()]
        assert len(written) > 3 or end.step is StepKey.SIGN_IN, (
            "no file was written, so there was none to look at"
        )
        assert list(leaks(written, secrets_of(world.line))) == []


def test_all_ten_pages_and_then_the_log_comes_by_itself(
    qtbot: Any, world_host: WorldHost, tmp_path: Path
) -> None:
    facts = scenario("healthy")
    arrived = [one for one in facts["expect"]["users"] if one["externalId"]]
    names = {f"{one['givenName']} {one['familyName']}" for one in arrived}
    groups = {one["displayName"] for one in facts["expect"]["groups"]}
    with hosted(world_host, "healthy", tmp_path) as world, program(world.file) as window:
        person = Person(qtbot, window.shell)
        journey = Journey(person, window, facts)
        journey.go_to(StepKey.DONE)
        assert journey.visited == list(StepKey)
        monitor = journey.open_monitor()

        def written() -> set[str]:
            return {who for action, who in log_of(monitor) if action in {"Create", "Update"}}

        person.wait(lambda: written() == names | groups, "a row for everybody who arrived")
        assert_as_expected(world.line, facts)

        # Later somebody else is assigned in the portal. Nothing is touched here.
        assert "hana.kim@example.com" not in people_at_the_service(world.line)
        assign(world.line, "ScreenSteps", find_user(world.line, "hana.kim@example.com")["id"])
        person.wait(lambda: ("Create", "Hana Kim") in log_of(monitor), "the row of somebody assigned later")
        hana = people_at_the_service(world.line)["hana.kim@example.com"]
        assert (hana["givenName"], hana["familyName"], hana["externalId"]) == ("Hana", "Kim", "hana.kim")


def test_a_scenario_chosen_on_the_first_page_is_the_one_that_opens(qtbot: Any) -> None:
    facts, end = scenario("wrong-token"), ENDS["wrong-token"]
    with program(None) as window:
        person = Person(qtbot, window.shell)
        person.look_at(window.shell)
        person.wait(lambda: person.can_press("Next"), "the first page")
        person.tab_to("Practice scenario")
        box = person.one(QComboBox, "Practice scenario")
        assert box.currentText() == scenario("healthy")["title"]
        for _ in range(box.count()):
            if box.currentText() == facts["title"]:
                break
            person.key(Key.Key_Down)
        assert box.currentText() == facts["title"]
        person.wait_to_see(facts["description"])
        journey = Journey(person, window, facts)
        journey.to_the_end(end)
        person.wait_to_see(end.sentence, journey.place(end))


def test_where_the_world_is_given_no_scenario_is_offered(
    qtbot: Any, world_host: WorldHost, tmp_path: Path
) -> None:
    with hosted(world_host, "vendor-html", tmp_path) as world, program(world.file) as window:
        person = Person(qtbot, window.shell)
        person.look_at(window.shell)
        person.wait(lambda: person.can_press("Next"), "the first page")
        assert not person.sees("Practice scenario")


def test_a_window_ended_from_outside_asks_nothing_and_opens_in_its_size_again(
    qtbot: Any, world_host: WorldHost, tmp_path: Path
) -> None:
    facts = scenario("healthy")
    with hosted(world_host, "healthy", tmp_path) as world:
        with program(world.file) as window:
            window.shell.resize(720, 640)
            Journey(Person(qtbot, window.shell), window, facts).go_to(StepKey.REGISTER)
        assert not [box for box in QApplication.topLevelWidgets() if isinstance(box, QMessageBox)]
        with program(world.file) as window:
            assert (window.shell.width(), window.shell.height()) == (720, 640)
