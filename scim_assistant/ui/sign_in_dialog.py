"""Asks for one more sign-in: which permissions are new and why, whose account it is, then the sign-in itself.

Opened where something needs a person: a change that was not allowed yet, a sign-in that has ended, or one that
Microsoft wants to be stronger. Cancel leaves everything as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from scim_assistant.errors import KnownError, SignInNeeded
from scim_assistant.sentence import Sentence, say
from scim_assistant.signin.offer import Waiting, Way
from scim_assistant.signin.permissions import Permission
from scim_assistant.steps.sign_in import wants_consent
from scim_assistant.ui import theme
from scim_assistant.ui.signing_in import Begin, SigningIn, open_page
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.card import column
from scim_assistant.ui.widgets.copy_button import CopyButton
from scim_assistant.ui.widgets.message_bar import MessageBar
from scim_assistant.ui.widgets.permission_list import PermissionList
from scim_assistant.ui.widgets.scrolled import Scrolled
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.widgets.waiting_panel import WaitingPanel
from scim_assistant.ui.widgets.ways_button import WaysButton
from scim_assistant.ui.wording import ALLOW_CHANGES, APP_NAME, CANCEL, SIGN_IN_AGAIN, TRY_AGAIN, show, visible


class SignInDialog(QDialog):
    """Lets the person sign in for what is needed.

    Args:
        needed: Why it is asked.
        begin: Starts the sign-in's job.
        parent: The window that it belongs to.
        new: Permissions that are wanted and not granted yet; empty when only the sign-in has to be done again.
        account: Whose sign-in it is; empty for anybody's.
        ways: How one can sign in here, the usual way first.
        consent_link: Where an administrator consents; offered where a sign-in was refused for want of that.

    Signals:
        signed_in: It is done; carries what the job came to.
        declined: The person has closed it without signing in.
    """

    signed_in = Signal(object)
    declined = Signal()

    def __init__(
        self,
        needed: SignInNeeded,
        begin: Begin,
        parent: QWidget,
        *,
        new: Sequence[Permission] = (),
        account: str = "",
        ways: tuple[Way, ...] = (Way.BROWSER, Way.CODE),
        consent_link: str = "",
    ) -> None:
        super().__init__(parent)
        self.needed = needed
        self._ways = ways
        self._consent_link = consent_link
        self.setObjectName("sign-in")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        title = say("Allow changes") if new else say("Sign in again")
        self.setWindowTitle(show(say("{app}: {what}", app=APP_NAME, what=title)))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(Space.BLOCK, Space.BLOCK, Space.BLOCK, Space.LARGE)
        outer.setSpacing(Space.MEDIUM)
        question = say("Allow SCIM Assistant to make changes?") if new else say("Sign in again?")
        outer.addWidget(Text(question, role=Role.HEADING))
        outer.addWidget(Text(_why(needed, new), tone=Tone.QUIET))
        scroll = Scrolled()
        inside = QWidget()
        rows = column(inside, Space.MEDIUM)
        rows.setContentsMargins(0, 0, Space.MEDIUM, 0)
        if account:
            rows.addWidget(Text(say("Account: {account}", account=visible(account, 200)), role=Role.STRONG))
        self._asked = QWidget(inside)
        asked = column(self._asked, Space.MEDIUM)
        if new:
            asked.addWidget(PermissionList(say("Permissions that are asked for now"), new, self._asked))
            asked.addWidget(
                Text(
                    say("What was allowed before stays. Nothing is changed by signing in alone."),
                    role=Role.HINT,
                    tone=Tone.QUIET,
                )
            )
        self._asked.setVisible(bool(new))
        rows.addWidget(self._asked)
        self.panel = WaitingPanel(inside)
        self.panel.hide()
        rows.addWidget(self.panel)
        self.trouble = MessageBar(inside)
        self.trouble.hide()
        rows.addWidget(self.trouble)
        self.consent = CopyButton(
            lambda: self._consent_link,
            show(say("the link for an administrator")),
            inside,
            label=show(say("Copy the consent link")),
        )
        self.consent.hide()
        rows.addWidget(self.consent, 0, Qt.AlignmentFlag.AlignLeft)
        rows.addStretch(1)
        scroll.setWidget(inside)
        self._scroll = scroll
        outer.addWidget(scroll, 1)
        self._buttons = QWidget()
        buttons = QHBoxLayout(self._buttons)
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.setSpacing(Space.SMALL)
        self.other_ways = WaysButton(self._buttons)
        self.other_ways.set_ways(ways)
        self.other_ways.chosen.connect(self.start)
        buttons.addWidget(self.other_ways)
        buttons.addStretch(1)
        self.go = QPushButton(show(ALLOW_CHANGES if new else SIGN_IN_AGAIN))
        self.go.setDefault(True)
        theme.make_primary(self.go)
        self.go.clicked.connect(lambda: self.start(Way.AUTOMATIC))
        self.cancel = QPushButton(show(CANCEL))
        self.cancel.setAutoDefault(False)
        self.cancel.clicked.connect(self.reject)
        buttons.addWidget(self.go)
        buttons.addWidget(self.cancel)
        outer.addWidget(self._buttons)
        self.signing_in = SigningIn(begin, self)
        self.signing_in.began.connect(self._on_began)
        self.signing_in.waiting.connect(self.show_waiting)
        self.signing_in.done.connect(self._on_done)
        self.signing_in.failed.connect(self.show_failed)
        self.signing_in.stopped.connect(self._on_stopped)
        self.panel.cancelled.connect(self.signing_in.cancel)
        self.panel.other_way.connect(self.signing_in.start)
        self.panel.open_wanted.connect(open_page)
        self._new = bool(new)
        self.resize(640, 400 if new else 260)
        self.go.setFocus()

    def start(self, way: Way) -> None:
        """Begin to sign in."""
        self.signing_in.start(way)

    def show_waiting(self, waiting: Waiting) -> None:
        """Show what the person has to do."""
        self._wait()
        self.panel.show_waiting(waiting)
        self._look_at(self.panel)

    def show_failed(self, error: KnownError) -> None:
        """Show why nobody signed in; it can be tried again."""
        self._rest()
        self._asked.hide()
        self.trouble.show_error(error)
        self.consent.setVisible(bool(self._consent_link) and wants_consent(error))
        self._make_room()
        self.go.setText(show(TRY_AGAIN))
        self.go.setFocus()
        self._look_at(self.trouble)

    def _on_began(self) -> None:
        self.panel.begin(self._ways)
        self._wait()

    def _on_done(self, result: Any) -> None:
        self.accept()
        self.signed_in.emit(result)

    def _on_stopped(self) -> None:
        self._rest()
        self._asked.setVisible(self._new)
        self.go.setFocus()

    def _wait(self) -> None:
        had = self._buttons.isVisible()
        self.trouble.hide()
        self.consent.hide()
        # In the place of what was read before it.
        self._asked.hide()
        self.panel.show()
        self._make_room()
        self._buttons.hide()
        if had:
            self.panel.first_focus().setFocus()

    def _rest(self) -> None:
        self.panel.hide()
        self._buttons.show()

    def _make_room(self) -> None:
        """Grow where a question of a line or two has become a panel; never shrink, so that nothing jumps back."""
        self.resize(self.width(), max(self.height(), 400))

    def _look_at(self, widget: QWidget) -> None:
        self._scroll.ensureWidgetVisible(widget, 0, 0)

    def reject(self) -> None:
        self.signing_in.cancel()
        super().reject()
        self.declined.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.signing_in.running:
            # Esc closes what was opened last: the sign-in that waits, then the dialog.
            self.panel.stopping()
            self.signing_in.cancel()
            event.accept()
            return
        super().keyPressEvent(event)


def _why(needed: SignInNeeded, new: Sequence[Permission]) -> Sentence:
    if new:
        return say(
            "So far only the permissions for looking were asked for. Microsoft asks you to agree to these, and then the "
            "same thing goes on by itself."
        )
    return say("{why} Sign in again, and the same thing goes on by itself.", why=show(needed.why))
