"""Two panels of the start page that seldom show: the hand-over to the portal, and own app profiles with mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from scim_assistant.scim.profiles import BrokenProfile
from scim_assistant.sentence import counted, say
from scim_assistant.steps.start import HandOver
from scim_assistant.ui import theme
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.card import Card
from scim_assistant.ui.widgets.copy_button import CopyButton
from scim_assistant.ui.widgets.disclosure import CodeBlock, Disclosure
from scim_assistant.ui.widgets.glyph import Glyph
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import DETAILS, show


def _head(card: Card, icon: str, title: Text, tone: Tone = Tone.ACCENT) -> None:
    row = QHBoxLayout()
    row.setSpacing(Space.SMALL)
    row.addWidget(Glyph(icon, tone, 20), 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(title, 1)
    card.rows.addLayout(row)


def _button(text: str, icon: str = "") -> QPushButton:
    button = QPushButton(show(text))
    button.setAutoDefault(False)
    if icon:
        theme.give_icon(button, icon)
    return button


class HandOverPanel(Card):
    """Says that an app is connected in the portal, and leads there.

    Signals:
        link_pressed: The address of the portal or of the tutorial.
        watch_pressed: The person would rather watch the app here.
    """

    link_pressed = Signal(str)
    watch_pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, padding=Space.MEDIUM)
        self.rows.setSpacing(Space.SMALL)
        self.title = Text(role=Role.STRONG)
        _head(self, "info", self.title)
        self.body = Text()
        self.rows.addWidget(self.body)
        self._told: HandOver | None = None
        self.portal = _button(say("Open the portal"), "open")
        self.portal.clicked.connect(lambda: self._open("portal"))
        self.tutorial = _button(say("Open the tutorial"), "open")
        self.tutorial.clicked.connect(lambda: self._open("tutorial"))
        self.watch = _button(say("Watch it here instead"), "eye")
        self.watch.clicked.connect(self.watch_pressed)
        foot = QHBoxLayout()
        foot.setSpacing(Space.SMALL)
        for button in (self.portal, self.tutorial, self.watch):
            foot.addWidget(button)
        foot.addStretch(1)
        self.rows.addLayout(foot)

    def show_hand_over(self, told: HandOver | None) -> None:
        """Show it, or nothing."""
        self.setVisible(told is not None)
        if told is None or told == self._told:
            return
        self._told = told
        self.title.set_text(told.title)
        self.body.set_text(told.sentence)
        self.portal.setVisible(bool(told.portal))
        self.tutorial.setVisible(bool(told.tutorial))
        self.setAccessibleName(f"{show(told.title)} {show(told.sentence)}")

    def _open(self, where: str) -> None:
        if self._told is not None:
            self.link_pressed.emit(self._told.portal if where == "portal" else self._told.tutorial)


class BrokenProfilesPanel(Card):
    """Says which of a person's own profiles have mistakes.

    Signals:
        again_pressed: The person has corrected them.
    """

    again_pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, padding=Space.MEDIUM)
        self.rows.setSpacing(Space.SMALL)
        self.title = Text(role=Role.STRONG)
        _head(self, "warn", self.title, Tone.CAUTION)
        self.first = Text()
        self.rows.addWidget(self.first)
        self._folder = Path()
        self._lines: tuple[str, ...] = ()
        self.folder = _button(say("Open folder"), "open")
        self.folder.clicked.connect(self._on_folder)
        self.again = _button(say("Read again"), "restart")
        self.again.clicked.connect(self.again_pressed)
        self.copy_button = CopyButton(lambda: "\n".join(self._lines), show(say("the mistakes")))
        self.all = Disclosure(DETAILS)
        self.all.button.setAccessibleName(show(say("Details of the mistakes")))
        foot = QHBoxLayout()
        foot.setSpacing(Space.SMALL)
        for button in (self.folder, self.again, self.copy_button):
            foot.addWidget(button)
        foot.addStretch(1)
        self.rows.addLayout(foot)
        self.rows.addWidget(self.all)

    def show_broken(self, broken: Sequence[BrokenProfile]) -> None:
        """Show them, or nothing."""
        self.setVisible(bool(broken))
        lines = tuple(line for one in broken for line in one.lines())
        if not broken or lines == self._lines:
            return
        self._lines = lines
        self._folder = broken[0].file.parent
        title = say(
            "{files} of your own app profiles cannot be used",
            files=counted(len(broken), "file", "files"),
        )
        self.title.set_text(title)
        self.first.set_text(lines[0])
        self.all.setVisible(len(lines) > 1)
        self.all.set_content(CodeBlock("\n".join(lines), show(say("the mistakes"))))
        self.setAccessibleName(f"{show(title)}. {lines[0]}")

    def _on_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))
