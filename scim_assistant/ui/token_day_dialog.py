"""Asks on which day a token was made, or on which it ends, where this program has not seen it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QDateEdit,
    QDialog,
    QDialogButtonBox,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from scim_assistant.errors import KnownError
from scim_assistant.sentence import say
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.field import Field
from scim_assistant.ui.widgets.message_bar import MessageBar
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import APP_NAME, CANCEL, show, visible

OnChosen = Callable[["date | None", "date | None"], None]
"""Gets the day on which it was made, or the day on which it ends; the other is None."""

LONGEST = timedelta(days=36_500)


class TokenDayDialog(QDialog):
    """Asks for one day.

    Args:
        app_name: Whose token.
        now: Proposes the days.
        on_chosen: Called when the person notes the day; closes the dialog by ``accept`` when that is done.
    """

    def __init__(
        self, app_name: str, now: datetime, on_chosen: OnChosen, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._on_chosen = on_chosen
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(show(say("{app}: day of the Secret Token", app=APP_NAME)))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(Space.BLOCK, Space.BLOCK, Space.BLOCK, Space.LARGE)
        outer.setSpacing(Space.MEDIUM)
        outer.addWidget(
            Text(say("Note a day of the Secret Token of {app}", app=visible(app_name, 60)), role=Role.HEADING)
        )
        outer.addWidget(
            Text(
                say(
                    "Microsoft shows neither the token nor its end. The vendor's page of tokens usually does. The day is "
                    "kept on this computer, to warn before the token ends."
                ),
                tone=Tone.QUIET,
            )
        )
        self.ends = QRadioButton(show(say("The token ends on this day")))
        self.made = QRadioButton(show(say("The token was made on this day")))
        self.ends.setChecked(True)
        group = QButtonGroup(self)
        for button in (self.ends, self.made):
            group.addButton(button)
            outer.addWidget(button)
        self.day = QDateEdit()
        self.day.setCalendarPopup(True)
        self.day.setDisplayFormat("d MMMM yyyy")
        self._today = now.date()
        self.ends.toggled.connect(lambda _: self._propose())
        outer.addWidget(Field(say("Day"), self.day, keep_place=False))
        self.trouble = MessageBar()
        self.trouble.hide()
        outer.addWidget(self.trouble)
        outer.addStretch(1)
        buttons = QDialogButtonBox()
        self.note = buttons.addButton(show(say("Note the day")), QDialogButtonBox.ButtonRole.AcceptRole)
        self.note.setDefault(True)
        buttons.addButton(show(CANCEL), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self._on_note)
        buttons.rejected.connect(self.reject)
        outer.addWidget(buttons)
        self._propose()
        self.resize(460, 320)
        self.ends.setFocus()

    def _propose(self) -> None:
        """A day ahead for an end, a day behind for a beginning; nothing else can be chosen."""
        ahead = self.ends.isChecked()
        first = self._today if ahead else self._today - LONGEST
        last = self._today + LONGEST if ahead else self._today
        self.day.setDateRange(_qt(first), _qt(last))
        self.day.setDate(_qt(self._today + timedelta(days=365) if ahead else self._today))

    def _on_note(self) -> None:
        chosen = self.day.date()
        one = date(chosen.year(), chosen.month(), chosen.day())
        self.note.setEnabled(False)
        self._on_chosen(None if self.ends.isChecked() else one, one if self.ends.isChecked() else None)

    def show_trouble(self, error: KnownError) -> None:
        """Say why the day was not noted."""
        self.note.setEnabled(True)
        self.trouble.show_error(error)


def _qt(day: date) -> QDate:
    return QDate(day.year, day.month, day.day)
