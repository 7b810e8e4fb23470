"""The quiet menu with the other ways to sign in."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QStyleOptionToolButton, QToolButton, QWidget

from scim_assistant.sentence import Sentence, say
from scim_assistant.signin.offer import Way
from scim_assistant.ui import theme
from scim_assistant.ui.wording import show

WAYS: dict[Way, Sentence] = {
    Way.BROWSER: say("In the browser"),
    Way.CODE: say("With a code, on any device"),
    Way.BROKER: say("With the account of this computer"),
}


class WaysButton(QToolButton):
    """Opens a menu of ways.

    Signals:
        chosen: A way was chosen (``Way``).
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setText(show(say("Other ways")))
        self.setAccessibleName(show(say("Other ways to sign in")))
        self.setAutoRaise(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        theme.give_icon(self, "chevron-down")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        menu = QMenu(self)
        self.setMenu(menu)
        self._actions: dict[Way, QAction] = {}
        for way, words in WAYS.items():
            action = menu.addAction(show(words))
            action.triggered.connect(lambda _=False, way=way: self.chosen.emit(way))
            self._actions[way] = action

    def set_ways(self, ways: tuple[Way, ...]) -> None:
        """Offer these, all but the first, which the button beside this one takes."""
        for way, action in self._actions.items():
            action.setVisible(way in ways[1:])
        self.setHidden(len(ways) < 2)

    def action(self, way: Way) -> QAction:
        """One entry of the menu, for tests."""
        return self._actions[way]

    def initStyleOption(self, option: QStyleOptionToolButton) -> None:
        super().initStyleOption(option)
        # The chevron tells of the menu; the style's own mark would stand on the letters.
        option.features &= ~QStyleOptionToolButton.ToolButtonFeature.HasMenu
