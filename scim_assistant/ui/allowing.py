"""Where the wizard needs a person to sign in once more: opens the dialog, takes over, and does the same thing again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from scim_assistant.errors import KnownError, SignInNeeded
from scim_assistant.sentence import Sentence, say
from scim_assistant.steps.found import Found
from scim_assistant.steps.services import Services
from scim_assistant.ui.jobs import Handle, Jobs, Lane
from scim_assistant.ui.wording import ALLOW_CHANGES, SIGN_IN_AGAIN
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.signin.offer import Waiting, Way
    from scim_assistant.signin.permissions import Permission
    from scim_assistant.ui.shell import Shell
    from scim_assistant.ui.sign_in_dialog import SignInDialog

ALLOW_LINK = "allow:changes"
"""The link of a fix that asks for the permissions to change."""

AllowTask = Callable[["SignInNeeded", "Way", "int | None", Work, Callable[["Waiting"], None]], Any]
"""What the dialog runs on a thread: why, how, the window's handle, cancel, and whom to tell what the person has to do."""


class Allowing(QObject):
    """Asks a person to sign in once more, for the wizard.

    Args:
        shell: The wizard; holds answers and findings.
        jobs: The door to background work.
        services: Gives what the sign-in may use, from a job's thread.
    """

    def __init__(self, shell: Shell, jobs: Jobs, services: Callable[[Work], Services]) -> None:
        super().__init__(shell)
        self._shell = shell
        self._jobs = jobs
        self._services = services
        self._open: SignInDialog | None = None

    def label(self, needed: SignInNeeded) -> Sentence:
        """What the button says that opens the dialog."""
        return ALLOW_CHANGES if new_permissions(needed, self._shell.found) else SIGN_IN_AGAIN

    def ask(
        self, needed: SignInNeeded, again: Callable[[], None], instead: Callable[[], None] | None = None
    ) -> None:
        """Open the dialog.

        Args:
            needed: Why.
            again: Does the same thing again, once somebody has signed in.
            instead: Called when the person does not.
        """
        if self._open is not None:
            return
        shell = self._shell
        answers, found = shell.answers, shell.found

        def task(needed: SignInNeeded, way: Way, window: int | None, work: Work, tell: Any) -> Found:
            from scim_assistant.steps import sign_in

            return sign_in.allow(self._services(work), answers, found, needed, way, window, work, tell)

        def on_signed_in(result: Found) -> None:
            self._open = None
            shell.take_session(result)
            again()

        def on_declined() -> None:
            self._open = None
            if instead is not None:
                instead()

        dialog = open_dialog(needed, task, self._jobs, shell, found)
        dialog.signed_in.connect(on_signed_in)
        dialog.declined.connect(on_declined)
        self._open = dialog

    def ask_for_changes(self, again: Callable[[], None]) -> None:
        """Ask for the permissions to change before they are needed, then do this."""
        session = self._shell.found.session
        if session is None:
            return
        try:
            session.require_write(say("Nothing was changed."))
        except SignInNeeded as needed:
            self.ask(needed, again)
        except KnownError as error:
            self._shell.show_trouble(error)
        else:
            again()


def open_dialog(
    needed: SignInNeeded, task: AllowTask, jobs: Jobs, parent: QWidget, found: Found
) -> SignInDialog:
    """Open the dialog over a window; its ``signed_in`` brings what the task came to."""
    from scim_assistant.signin.offer import Way
    from scim_assistant.signin.registration import admin_consent_link
    from scim_assistant.ui.sign_in_dialog import SignInDialog

    window = int(parent.window().winId())

    def begin(way: Way, on_waiting: Callable[[Waiting], None], **ends: Any) -> Handle:
        tell = jobs.poster(dialog, on_waiting)
        return jobs.start(
            lambda work: task(needed, way, window, work, tell), owner=dialog, lane=Lane.SIGN_IN, **ends
        )

    signed_in = found.session.signed_in if found.session is not None else None
    dialog = SignInDialog(
        needed,
        begin,
        parent,
        new=new_permissions(needed, found),
        account=found.session.account if found.session is not None else "",
        ways=(found.offer.ways if found.offer is not None else ()) or (Way.BROWSER, Way.CODE),
        consent_link=admin_consent_link(signed_in.client) if signed_in is not None else "",
    )
    dialog.open()
    return dialog


def new_permissions(needed: SignInNeeded, found: Found) -> tuple[Permission, ...]:
    """The permissions that are wanted and not granted yet, with their reasons."""
    from scim_assistant.steps.sign_in import asked_for

    return asked_for(needed, found)


def with_session(found: Found, signed_in: Found) -> Found:
    """What was found, with the session of a sign-in that came later."""
    return replace(found, session=signed_in.session, offer=signed_in.offer or found.offer)
