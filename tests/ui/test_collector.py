"""Garbage is collected where the window lives, whoever makes it."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from scim_assistant.ui.jobs import Jobs
from scim_assistant.work import Work


@pytest.fixture
def python_collects() -> Iterator[None]:
    """As in the program, before the window opens."""
    gc.enable()
    yield
    gc.disable()


class Tangled:
    """Part of a cycle, as a closed window is."""

    def __init__(self, ended_on: list[threading.Thread]) -> None:
        self.me = self
        self._ended_on = ended_on

    def __del__(self) -> None:
        self._ended_on.append(threading.current_thread())


def test_what_a_job_leaves_is_collected_on_the_windows_thread(qtbot: QtBot, python_collects: None) -> None:
    faults: list[BaseException] = []
    ended_on: list[threading.Thread] = []
    owner = QObject()
    jobs = Jobs(faults.append)

    def work_hard(work: Work) -> None:
        for _ in range(20_000):
            Tangled(ended_on)

    for _ in range(3):
        jobs.start(work_hard, owner=owner, on_done=lambda _: None)
    qtbot.waitUntil(lambda: not jobs.busy and len(ended_on) >= 50_000)
    assert set(ended_on) == {threading.main_thread()}
    assert jobs.close()
    assert not faults
    assert gc.isenabled(), "Python collects by itself again once no job can run"


def test_what_lives_longer_is_collected_too(qtbot: QtBot, python_collects: None) -> None:
    faults: list[BaseException] = []
    ended_on: list[threading.Thread] = []
    jobs = Jobs(faults.append)
    old = Tangled(ended_on)
    gc.collect(0)
    del old
    crowd: list[object] = []

    def crowded() -> bool:
        crowd.extend([each] for each in range(1_000))
        return bool(ended_on)

    qtbot.waitUntil(crowded)
    assert jobs.close()
