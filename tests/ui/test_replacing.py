"""The window of a replacement keeps to the app that it was opened for, whatever the wizard behind it turns to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from scim_assistant.errors import KnownError
from scim_assistant.steps import rotation_acts
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.rotation_acts import Given, RotationActs
from scim_assistant.steps.services import Services
from scim_assistant.ui.jobs import Jobs
from scim_assistant.ui.replacing import Replacing
from scim_assistant.ui.rotation_window import RotationWindow
from scim_assistant.work import Work
from tests.gallery import sample
from tests.ui.test_rotation_window import Acts

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


class Behind(QWidget):
    """The wizard, as far as the window knows it."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = sample.answered()
        self.found = sample.planned()
        self.open_again: Any = None

    def allow(self, *_: Any) -> None:
        """Nobody signs in here."""


@pytest.fixture
def opened(qtbot: QtBot, jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The wizard, and what the window that was opened over it gives to its jobs."""
    kept: list[Given] = []
    acts = Acts().all()

    def acts_on(given: Given, profile: object) -> RotationActs:
        kept.append(given)
        return acts

    monkeypatch.setattr(rotation_acts, "acts_on", acts_on)
    behind = Behind()
    qtbot.addWidget(behind)
    replacing = Replacing(cast("Any", behind), jobs, lambda work: cast("Services", None))
    replacing.open()
    (window,) = behind.findChildren(RotationWindow)
    qtbot.waitUntil(lambda: not window.busy)
    behind.open_again = replacing.open
    yield behind, lambda: kept[0](Work())
    for left in behind.findChildren(RotationWindow):
        left.close()


def test_a_token_never_goes_to_an_app_that_was_chosen_since(opened: Any) -> None:
    behind, given = opened
    first, answers = behind.found.app, behind.answers
    other = replace(first, service_principal=replace_id(first.service_principal, "another-app"))
    behind.found = replace(behind.found, app=other)
    behind.answers = Answers(profile_id="slack")
    _, now_answers, now = given()
    assert now.app is first
    assert now_answers == answers


def test_for_another_app_another_window_opens(qtbot: QtBot, opened: Any) -> None:
    behind, _ = opened
    (first,) = behind.findChildren(RotationWindow)
    behind.open_again()
    assert [one for one in behind.findChildren(RotationWindow) if one.isVisible()] == [first]
    app = behind.found.app
    other = replace(app, service_principal=replace_id(app.service_principal, "another-app"))
    behind.found = replace(behind.found, app=other)
    behind.open_again()
    (second,) = [one for one in behind.findChildren(RotationWindow) if one.isVisible()]
    assert second is not first
    qtbot.waitUntil(lambda: not second.busy)
    second.close()


def test_a_session_that_came_since_is_used(opened: Any) -> None:
    behind, given = opened
    later = replace(behind.found.session, scopes=frozenset({"More"}))
    behind.found = replace(behind.found, session=later)
    assert given()[2].session is later


@pytest.mark.parametrize("session", [None, "other"])
def test_in_another_tenant_nothing_is_done(opened: Any, session: str | None) -> None:
    behind, given = opened
    found: Found = behind.found
    assert found.session is not None
    elsewhere = replace(found.session, tenant_id="99999999-2222-3333-4444-555555555555") if session else None
    behind.found = replace(found, session=elsewhere)
    with pytest.raises(KnownError, match="tenant"):
        given()


def replace_id(principal: Any, new: str) -> Any:
    """A service principal under another id."""
    import msgspec

    return msgspec.structs.replace(principal, id=new)
