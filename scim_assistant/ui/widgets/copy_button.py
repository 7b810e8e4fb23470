"""Puts a text on the clipboard and says so."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QMimeData, QSize, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QToolButton, QWidget

from scim_assistant.sentence import say
from scim_assistant.ui import theme
from scim_assistant.ui.theme import Tone
from scim_assistant.ui.wording import COPIED, COPY, show

SHOWN_MS = 1600
OURS = "application/x-scim-assistant-secret"
"""Marks a secret on the clipboard as put there by this program."""


def take_secret_back() -> None:
    """Empty the clipboard if it still holds a secret that was copied here; called when the window closes for good."""
    clipboard = QGuiApplication.clipboard()
    held = clipboard.mimeData()
    if held is not None and held.hasFormat(OURS):
        clipboard.clear()


class CopyButton(QToolButton):
    """A small button that copies.

    Args:
        text: Gives what is copied, at the moment of the click.
        of: What it is, for the screen reader and the tool tip: "Copy Tenant URL".
        secret: Ask clipboard histories to keep out of it.
        label: What stands on it, where *Copy* alone would leave open what.
    """

    def __init__(
        self,
        text: Callable[[], str],
        of: str,
        parent: QWidget | None = None,
        *,
        secret: bool = False,
        label: str = COPY,
    ) -> None:
        super().__init__(parent)
        self._text = text
        self._secret = secret
        self._label = label
        name = show(say("Copy {thing}", thing=of))
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setText(show(label))
        self.setAutoRaise(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme.give_icon(self, "copy")
        self._back = QTimer(self)
        self._back.setSingleShot(True)
        self._back.setInterval(SHOWN_MS)
        self._back.timeout.connect(self._on_back)
        self.clicked.connect(self._on_clicked)

    def _on_clicked(self) -> None:
        clipboard = QGuiApplication.clipboard()
        if self._secret:
            data = QMimeData()
            data.setText(self._text())
            # What Windows and KDE look for before they remember a clipboard.
            data.setData("ExcludeClipboardContentFromMonitorProcessing", b"1")
            data.setData("x-kde-passwordManagerHint", b"secret")
            data.setData(OURS, b"secret")
            clipboard.setMimeData(data)
        else:
            clipboard.setText(self._text())
        self.setText(show(COPIED))
        theme.give_icon(self, "pass", Tone.GOOD)
        self._back.start()

    def _on_back(self) -> None:
        self.setText(show(self._label))
        theme.give_icon(self, "copy")

    def sizeHint(self) -> QSize:
        # As wide as the longer of its two words, so that nothing moves when it answers.
        own = super().sizeHint()
        flag = Qt.TextFlag.TextShowMnemonic
        metrics = self.fontMetrics()
        longest = max(metrics.size(flag, show(word)).width() for word in (self._label, COPIED))
        return QSize(own.width() - metrics.size(flag, self.text()).width() + longest, own.height())
