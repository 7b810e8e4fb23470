"""The settings window's last block: what is stored where, each with a way to forget it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from scim_assistant.errors import KnownError
from scim_assistant.sentence import say
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.card import Card, Hairline
from scim_assistant.ui.widgets.empty_state import EmptyState
from scim_assistant.ui.widgets.message_bar import MessageBar
from scim_assistant.ui.widgets.section import Section
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import show

if TYPE_CHECKING:
    from scim_assistant.steps.stored import StoredThing

FORGET = say("Forget")


class StoredBlock(Section):
    """What is stored where, each with a way to forget it.

    Args:
        on_forget: Told what the person wants to forget; asks before anything happens.
        on_again: Looks again.
    """

    def __init__(self, on_forget: Callable[[StoredThing], None], on_again: Callable[[], None]) -> None:
        super().__init__(say("What is stored"), say("What this program keeps on this computer, and where."))
        self._on_forget = on_forget
        self.looking = Text(say("Looking it up…"), tone=Tone.QUIET)
        self.trouble = MessageBar()
        self.trouble.pressed.connect(lambda _: on_again())
        self.card = Card()
        self.card.setAccessibleName(show(say("What is stored")))
        self.empty = EmptyState(
            "key",
            say("Nothing is stored yet"),
            say("Sign-ins, secrets that you keep and the journals of set-ups will be listed here."),
        )
        self.buttons: dict[str, QPushButton] = {}
        self.add(self.looking, self.trouble, self.card)
        self._only(self.looking)

    def show_looking(self) -> None:
        """Say that it is being looked up, unless there is something to see already."""
        if not self.buttons:
            self._only(self.looking)

    def show_trouble(self, error: KnownError) -> None:
        """Say why it cannot be seen or was not forgotten; what was there before stays."""
        self.trouble.show_error(error, ("again", say("Look again")))
        self.looking.hide()
        for button in self.buttons.values():
            button.setText(show(FORGET))
            button.setEnabled(True)

    def show_forgetting(self, key: str) -> None:
        """Say that one of them is being forgotten; nothing else can be until that has ended."""
        self.trouble.hide()
        for each, button in self.buttons.items():
            button.setEnabled(False)
            if each == key:
                button.setText(show(say("Forgetting…")))

    def show_things(self, things: Sequence[StoredThing]) -> None:
        """Show these."""
        focus = next((key for key, button in self.buttons.items() if button.hasFocus()), "")
        while (item := self.card.rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None and widget is not self.empty:
                widget.setParent(None)
                widget.deleteLater()
        self.buttons = {}
        for thing in things:
            if self.card.rows.count():
                self.card.rows.addWidget(Hairline(self.card))
            self.card.rows.addWidget(self._row(thing))
        if not things:
            self.card.rows.addWidget(self.empty)
        self.empty.setVisible(not things)
        self._only(self.card)
        if focus and self.buttons:
            (self.buttons.get(focus) or next(iter(self.buttons.values()))).setFocus()

    def _only(self, shown: QWidget) -> None:
        for widget in (self.looking, self.trouble, self.card):
            widget.setVisible(widget is shown)

    def _row(self, thing: StoredThing) -> QWidget:
        row = QWidget(self.card)
        row.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        across = QHBoxLayout(row)
        across.setContentsMargins(Space.MEDIUM, Space.SMALL, Space.MEDIUM, Space.SMALL)
        across.setSpacing(Space.MEDIUM)
        words = QVBoxLayout()
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(2)
        words.addWidget(Text(thing.title, role=Role.STRONG))
        words.addWidget(Text(thing.place))
        if thing.detail:
            words.addWidget(Text(thing.detail, role=Role.HINT, tone=Tone.QUIET))
        across.addLayout(words, 1)
        if thing.can_forget:
            button = QPushButton(show(FORGET), row)
            button.setAutoDefault(False)
            button.setAccessibleName(show(say("Forget {what}", what=show(thing.title))))
            button.clicked.connect(lambda: self._on_forget(thing))
            self.buttons[thing.key] = button
            across.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        return row
