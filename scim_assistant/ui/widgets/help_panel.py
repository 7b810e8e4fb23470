"""Where to find something on the vendor's side: a quiet panel with steps, values to copy and a link."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from scim_assistant.sentence import say
from scim_assistant.ui import theme
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.card import Card
from scim_assistant.ui.widgets.copy_button import CopyButton
from scim_assistant.ui.widgets.glyph import Glyph
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import show


@dataclass(frozen=True)
class CopyValue:
    """A value that can be copied.

    Attributes:
        label: What it is.
        value: Gives the text at the moment of the click.
        shown: What stands on the panel; a mask for a secret.
        secret: Keep it out of clipboard histories.
    """

    label: str
    value: Callable[[], str]
    shown: str
    secret: bool = False


class HelpPanel(Card):
    """A quiet panel.

    Signals:
        link_pressed: The address of its link.
    """

    link_pressed = Signal(str)

    def __init__(self, title: str, icon: str = "help", parent: QWidget | None = None) -> None:
        super().__init__(parent, padding=Space.MEDIUM)
        self.rows.setSpacing(Space.SMALL)
        self.setAccessibleName(show(title))
        head = QHBoxLayout()
        head.setSpacing(Space.SMALL)
        head.addWidget(Glyph(icon, Tone.ACCENT, 20), 0, Qt.AlignmentFlag.AlignTop)
        self.title = Text(title, role=Role.STRONG)
        head.addWidget(self.title, 1)
        self.rows.addLayout(head)
        self._body = QVBoxLayout()
        self._body.setSpacing(Space.SMALL)
        self.rows.addLayout(self._body)
        self._address = ""
        self._link = QPushButton()
        self._link.setAutoDefault(False)
        theme.give_icon(self._link, "open")
        self._link.clicked.connect(lambda: self.link_pressed.emit(self._address))
        foot = QHBoxLayout()
        foot.addWidget(self._link)
        foot.addStretch(1)
        self.rows.addLayout(foot)
        self._link.hide()
        self.copy_buttons: list[CopyButton] = []

    def set_content(
        self,
        lines: Sequence[str] = (),
        values: Sequence[CopyValue] = (),
        link: str = "",
        link_label: str = "",
    ) -> None:
        """Show these lines, then these values, then the link."""
        self.copy_buttons = []
        while (item := self._body.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()
        for line in lines:
            self._body.addWidget(Text(line))
        for value in values:
            self._body.addWidget(self._value_row(value))
        self._address = link
        self._link.setVisible(bool(link))
        self._link.setText(show(link_label or say("Open the help page")))

    def _value_row(self, value: CopyValue) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.SMALL)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(Text(value.label, role=Role.HINT, tone=Tone.QUIET))
        words.addWidget(Text(value.shown))
        row.addLayout(words, 1)
        button = CopyButton(value.value, show(value.label), secret=value.secret)
        self.copy_buttons.append(button)
        row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        return holder
