"""An input for a secret: hidden, shown only while the eye is held down, with a line on what was entered."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QWidget

from scim_assistant.secret import Secret
from scim_assistant.sentence import say
from scim_assistant.ui import theme
from scim_assistant.ui.theme import Space
from scim_assistant.ui.wording import show

MOST_CHARACTERS = 20_000


class SecretField(QWidget):
    """A line for a secret.

    Signals:
        edited: The person changed it.
    """

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.TIGHT)
        self.line = QLineEdit()
        self.line.setEchoMode(QLineEdit.EchoMode.Password)
        self.line.setMaxLength(MOST_CHARACTERS)
        hints = Qt.InputMethodHint
        self.line.setInputMethodHints(
            hints.ImhHiddenText
            | hints.ImhSensitiveData
            | hints.ImhNoPredictiveText
            | hints.ImhNoAutoUppercase
        )
        self.line.textEdited.connect(lambda _: self.edited.emit())
        self.setFocusProxy(self.line)
        row.addWidget(self.line, 1)
        self.eye = QToolButton()
        self.eye.setAccessibleName(show(say("Show the secret while held")))
        self.eye.setToolTip(show(say("Hold to show")))
        self.eye.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme.give_icon(self.eye, "eye")
        self.eye.pressed.connect(lambda: self._reveal(True))
        self.eye.released.connect(lambda: self._reveal(False))
        self.eye.installEventFilter(self)
        row.addWidget(self.eye)

    def secret(self) -> Secret:
        """What was typed, as typed."""
        return Secret(self.line.text())

    def set_secret(self, secret: Secret) -> None:
        """Fill it without telling anybody."""
        if self.secret() != secret:
            self.line.setText(secret.reveal())

    @property
    def revealed(self) -> bool:
        """True while it can be read."""
        return self.line.echoMode() is QLineEdit.EchoMode.Normal

    def _reveal(self, revealed: bool) -> None:
        self.line.setEchoMode(QLineEdit.EchoMode.Normal if revealed else QLineEdit.EchoMode.Password)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # The window may lose the release: another window comes up, Alt+Tab while the button is held.
        if event.type() in (QEvent.Type.FocusOut, QEvent.Type.Hide, QEvent.Type.WindowDeactivate):
            self._reveal(False)
        return False
