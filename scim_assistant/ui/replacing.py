"""The wizard's way to the window that replaces a stored token: opens it over the wizard, and tests again after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from scim_assistant.sentence import say
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.profile import app_word, profile_of
from scim_assistant.steps.services import Services
from scim_assistant.steps.step import StepKey
from scim_assistant.ui.jobs import Jobs
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.ui.shell import Shell

REPLACE_LINK = "replace:token"
"""The link of what opens that window."""


class Replacing(QObject):
    """Opens the window, for the wizard.

    Args:
        shell: The wizard; holds answers and findings.
        jobs: The door to background work.
        services: Gives what the replacement may use, from a job's thread.
    """

    def __init__(self, shell: Shell, jobs: Jobs, services: Callable[[Work], Services]) -> None:
        super().__init__(shell)
        self._shell = shell
        self._jobs = jobs
        self._services = services
        self._saved = False
        self._app_id = ""

    def open(self) -> None:
        """Open it, or bring it to the front; nothing happens while no app was read."""
        from scim_assistant.steps.rotation_acts import acts_on
        from scim_assistant.steps.rotation_start import not_replaced
        from scim_assistant.ui.rotation_window import RotationWindow

        shell = self._shell
        # As they are now: the wizard may turn to another app while the window is open, and a token of this app must
        # never go there. Only the session may be a later one.
        answers, found = shell.answers, shell.found
        app, session = found.app, found.session
        if app is None or session is None:
            return

        def given(work: Work) -> tuple[Services, Answers, Found]:
            now = shell.found.session
            if now is None or now.tenant_id != session.tenant_id:
                raise not_replaced(
                    say("The wizard has left the tenant that the app belongs to."),
                    say("Close this window, and open it again from there."),
                )
            return self._services(work), answers, replace(found, session=now)

        if app.service_principal.id != self._app_id:
            for old in shell.findChildren(RotationWindow):
                old.close()
        self._app_id = app.service_principal.id
        before = shell.findChildren(RotationWindow)
        window = RotationWindow.open_for(
            shell,
            app_word(answers, found),
            acts_on(given, profile_of(answers, found)),
            self._jobs,
            is_practice=session.is_practice,
        )
        if window in before:
            return
        self._saved = False
        window.sign_in_wanted.connect(shell.allow)
        window.saved.connect(self._on_saved)
        window.closed.connect(self._on_closed)

    def _on_saved(self) -> None:
        self._saved = True

    def _on_closed(self) -> None:
        if self._saved:
            # What is stored is another token now, which nothing of what the test depends on shows.
            self._saved = False
            self._shell.outdate(StepKey.TEST_CONNECTION)
