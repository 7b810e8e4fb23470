"""The pictures: each state is there, no text is cut, and everything that takes the focus has a name."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from scim_assistant.steps.flow import STEPS
from scim_assistant.steps.step import StepKey
from scim_assistant.ui.jobs import Jobs
from scim_assistant.ui.pages import PAGES, RAIL
from scim_assistant.ui.shell import DEFAULT_SIZE, SMALLEST_SIZE, Shell
from tests.gallery.connection_states import MAKERS as CONNECTION_MAKERS
from tests.gallery.connection_states import ConnectionPicture
from tests.gallery.looks import clipped, names, settle, unnamed
from tests.gallery.monitor_states import make_states
from tests.gallery.sign_in_states import MAKERS as SIGN_IN_MAKERS
from tests.gallery.sign_in_states import SignInPicture
from tests.gallery.states import MAKERS, Picture, Stage

ROOT = Path(__file__).resolve().parents[2]


def take_away() -> None:
    for window in QApplication.topLevelWidgets():
        window.hide()
        window.deleteLater()
    settle()


def test_every_picture_of_the_list_can_be_made() -> None:
    assert set(MAKERS) == set(Picture)
    assert set(SIGN_IN_MAKERS) == set(SignInPicture)
    assert set(CONNECTION_MAKERS) == set(ConnectionPicture)
    files = [picture.file for picture in (*Picture, *SignInPicture, *ConnectionPicture)]
    assert len(files) == len(set(files))


def test_every_step_has_a_page_and_pictures_of_more_than_one_state() -> None:
    assert set(PAGES) == set(StepKey) == {step.key for step in STEPS}
    for key in StepKey:
        assert sum(picture.page == key.value for picture in (*Picture, *ConnectionPicture)) >= 3, key


def test_every_kind_of_state_is_among_them() -> None:
    told = " ".join(picture.value for picture in Picture)
    for kind in (
        "loading",
        "running",
        "busy",
        "long",
        "very many",
        "refused",
        "failed",
        "offline",
        "empty",
        "problems",
    ):
        assert kind in told, kind
    monitor = " ".join(make_states())
    assert all(kind in monitor for kind in ("empty", "live", "offline", "quarantine", "long"))


def test_the_rail_shows_before_the_steps_are_imported_what_it_shows_after() -> None:
    assert [(one.key, one.group, str(one.title)) for one in RAIL] == [
        (step.key, step.group, str(step.short_title)) for step in STEPS
    ]


@pytest.mark.parametrize(
    "picture", [*Picture, *SignInPicture, *ConnectionPicture], ids=lambda picture: picture.file
)
def test_nothing_is_cut_off_and_all_has_a_name(
    qtbot: QtBot, jobs: Jobs, picture: Picture | SignInPicture | ConnectionPicture
) -> None:
    makers: dict[Any, Any] = {**MAKERS, **SIGN_IN_MAKERS, **CONNECTION_MAKERS}
    window = makers[picture](Stage(jobs))
    for size in (DEFAULT_SIZE, SMALLEST_SIZE):
        if isinstance(window, Shell):
            window.resize(*size)
        settle()
        assert clipped(window) == []
        assert unnamed(window) == []
    take_away()


@pytest.mark.parametrize("name", list(make_states()))
def test_the_monitor_cuts_nothing_off_and_names_all(qtbot: QtBot, jobs: Jobs, name: str) -> None:
    window = make_states()[name]()
    settle()
    assert clipped(window) == []
    assert unnamed(window) == []
    take_away()


def test_at_200_percent_nothing_is_cut_off_either(tmp_path: Path) -> None:
    """Qt takes its scale at the start, so this runs in a process of its own."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.gallery", str(tmp_path), "--scale", "2", "--check"],
        cwd=ROOT,
        env=dict(os.environ, QT_QPA_PLATFORM="offscreen", QT_SCALE_FACTOR="2"),
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_pictures_are_written_with_an_index(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.gallery", str(tmp_path / "out"), "--only", "done_running"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    made = sorted(file.name for file in (tmp_path / "out" / "done").iterdir())
    assert made == [
        "done_running-dark-1x.png",
        "done_running-dark-2x.png",
        "done_running-light-1x-small.png",
        "done_running-light-1x.png",
        "done_running-light-2x-small.png",
        "done_running-light-2x.png",
    ]
    index = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert all(name in index for name in made)


def test_a_secret_is_on_no_picture(qtbot: QtBot, jobs: Jobs) -> None:
    from tests.gallery.sample import TOKEN

    for picture in (Picture.CONNECT_FILLED, Picture.REVIEW_REQUEST, Picture.CONNECT_PRACTICE):
        window: Any = MAKERS[picture](Stage(jobs))
        settle()
        assert isinstance(window, QWidget)
        said = " ".join(names(window))
        assert TOKEN.reveal() not in said
        assert "practice-token" not in said
        take_away()
