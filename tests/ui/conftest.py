"""What tests of the window share: the theme of the pictures, a job runner whose faults fail the test, and a shell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from scim_assistant.steps.answers import Answers
from scim_assistant.steps.flow import STEPS, next_step
from scim_assistant.steps.found import Found
from scim_assistant.steps.step import StepKey
from scim_assistant.ui import theme
from scim_assistant.ui.jobs import Jobs
from scim_assistant.ui.pages import PAGES
from scim_assistant.ui.shell import Shell
from tests.gallery.looks import settle
from tests.gallery.states import Stage


@pytest.fixture
def faults() -> list[BaseException]:
    """What the job runner called unexpected."""
    return []


@pytest.fixture
def jobs(qapp: Any, faults: list[BaseException]) -> Iterator[Jobs]:
    """A job runner; a fault that the test does not take out of ``faults`` fails it."""
    theme.apply(qapp, theme.Scheme.LIGHT)
    runner = Jobs(faults.append)
    yield runner
    assert runner.close(), "a job did not end"
    assert not faults, faults


ShellMaker = Callable[..., Shell]


@pytest.fixture
def make_shell(qtbot: QtBot, jobs: Jobs) -> Iterator[ShellMaker]:
    """Makes wizards, shown, on services of the test's choice."""
    made: list[Shell] = []

    def make(services: Any = None, **more: Any) -> Shell:
        shell = Shell(
            **(
                {
                    "jobs": jobs,
                    "steps": STEPS,
                    "pages": PAGES,
                    "next_step": next_step,
                    "services": lambda work: services,
                    "answers": Answers(),
                    "found": Found(),
                    "practice": True,
                }
                | more
            )
        )
        made.append(shell)
        qtbot.addWidget(shell, before_close_func=lambda one: setattr(one, "_leaving", True))
        with qtbot.waitExposed(shell):
            shell.show()
        return shell

    yield make
    jobs.close()


@pytest.fixture
def at(qtbot: QtBot, jobs: Jobs) -> Callable[..., Shell]:
    """A wizard at one page, with these answers and findings, that looks nothing up."""

    def make(key: StepKey, answers: Answers, found: Any, **more: Any) -> Shell:
        shell = Stage(jobs).page(key, answers, found, **more)
        qtbot.addWidget(shell, before_close_func=lambda one: setattr(one, "_leaving", True))
        settle()
        return shell

    return make
