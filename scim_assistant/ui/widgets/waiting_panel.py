"""What the person has to do while a sign-in waits: in the browser, with a code, or in a window of the system."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFontDatabase, QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from scim_assistant.sentence import Sentence, counted, say
from scim_assistant.signin.offer import Waiting, Way
from scim_assistant.ui import theme
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.card import Card
from scim_assistant.ui.widgets.copy_button import CopyButton
from scim_assistant.ui.widgets.glyph import Glyph
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import STOP, show

_WORDS: dict[Way, tuple[str, Sentence, Sentence]] = {
    Way.BROWSER: (
        "open",
        say("Go on in your browser"),
        say("Microsoft's sign-in page has opened there. Once you have signed in, this window goes on."),
    ),
    Way.CODE: (
        "key",
        say("Type this code on Microsoft's page"),
        say("Open the page on this computer or on a phone, type the code there and sign in."),
    ),
    Way.BROKER: (
        "person",
        say("Choose your account in the window of the system"),
        say("It lies above this one, or flashes in the task bar."),
    ),
}


class WaitingPanel(Card):
    """Shows a sign-in that waits. One for the sign-in page and for the dialog that asks for more.

    Signals:
        cancelled: The person stops it.
        other_way: The person takes another way (``Way``).
        open_wanted: The person opens the page again; carries its address.
    """

    cancelled = Signal()
    other_way = Signal(object)
    open_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, padding=Space.LARGE)
        self.setAccessibleName(show(say("Signing in")))
        self._waiting: Waiting | None = None
        self._ways: tuple[Way, ...] = ()
        across = QHBoxLayout()
        across.setSpacing(Space.MEDIUM)
        self._glyph = Glyph("open", Tone.ACCENT, 32)
        across.addWidget(self._glyph, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(Space.SMALL)
        self.title = Text(role=Role.HEADING)
        self.told = Text()
        words.addWidget(self.title)
        words.addWidget(self.told)
        self._code_row = QWidget()
        code_row = QHBoxLayout(self._code_row)
        code_row.setContentsMargins(0, Space.TIGHT, 0, Space.TIGHT)
        code_row.setSpacing(Space.MEDIUM)
        self.code = Text(firm=True)
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        self.code.setFont(theme.scaled(fixed, 2.2, strong=True))
        code_row.addWidget(self.code)
        self.copy_code = CopyButton(
            lambda: self._waiting.code if self._waiting else "", show(say("the code")), label=say("Copy code")
        )
        code_row.addWidget(self.copy_code)
        code_row.addStretch(1)
        words.addWidget(self._code_row)
        self.page = Text(tone=Tone.QUIET, widest=760)
        words.addWidget(self.page)
        self.left = Text(role=Role.HINT, tone=Tone.QUIET)
        words.addWidget(self.left)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(0, Space.TIGHT, 0, 0)
        buttons.setSpacing(Space.SMALL)
        self.open_button = QPushButton()
        self.open_button.setAutoDefault(False)
        theme.give_icon(self.open_button, "open")
        self.open_button.clicked.connect(self._on_open)
        self.copy_address = CopyButton(
            lambda: self._waiting.address if self._waiting else "",
            show(say("the address of the page")),
            label=say("Copy address"),
        )
        for button in (self.open_button, self.copy_address):
            buttons.addWidget(button)
        buttons.addStretch(1)
        words.addLayout(buttons)
        last = QHBoxLayout()
        last.setContentsMargins(0, Space.TIGHT, 0, 0)
        last.setSpacing(Space.SMALL)
        self.other_button = QPushButton()
        self.other_button.setAutoDefault(False)
        self.other_button.clicked.connect(self._on_other)
        # Not "Cancel": the wizard has a button of that name, which leaves the whole set-up.
        self.cancel_button = QPushButton(show(STOP))
        self.cancel_button.setAccessibleName(show(say("Stop signing in")))
        self.cancel_button.setAutoDefault(False)
        self.cancel_button.clicked.connect(self._on_cancel)
        last.addWidget(self.other_button)
        last.addStretch(1)
        last.addWidget(self.cancel_button)
        words.addLayout(last)
        across.addLayout(words, 1)
        self.rows.addLayout(across)
        for button in (self.open_button, self.other_button):
            # Their places are kept, so that the panel does not grow when the page has opened.
            keep = button.sizePolicy()
            keep.setRetainSizeWhenHidden(True)
            button.setSizePolicy(keep)
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self._show_left)
        self.begin(())

    def begin(self, ways: tuple[Way, ...]) -> None:
        """A sign-in was started and does not wait yet.

        Args:
            ways: What works here, for the offer to take another way.
        """
        self._ways = ways
        self._waiting = None
        self._glyph.set("running", Tone.ACCENT)
        self.title.set_text(say("Getting the sign-in ready"))
        self.told.set_text(say("Microsoft's sign-in service is being asked."))
        for widget in (self._code_row, self.page, self.open_button, self.copy_address, self.other_button):
            widget.setVisible(False)
        self._show_left()
        self._enable(True)

    def show_waiting(self, waiting: Waiting) -> None:
        """Show what the person has to do."""
        again = self._waiting is not None and self._waiting.way is waiting.way
        self._waiting = waiting
        icon, title, told = _WORDS.get(waiting.way, _WORDS[Way.BROWSER])
        self._glyph.set(icon, Tone.ACCENT)
        self.title.set_text(title)
        self.told.set_text(told)
        by_code = waiting.way is Way.CODE
        self._code_row.setVisible(by_code)
        self.code.set_text(waiting.code)
        self.code.setAccessibleName(show(say("Code {code}", code=" ".join(waiting.code))))
        self.page.setVisible(by_code)
        self.page.set_text(waiting.address)
        for widget in (self.open_button, self.copy_address):
            widget.setVisible(bool(waiting.address))
        label = show(say("Open the page") if by_code else say("Open the page again"))
        self.open_button.setText(label)
        other = self._other()
        self.other_button.setVisible(other is not None)
        self.other_button.setText(
            show(say("Use a code instead") if other is Way.CODE else say("Use the browser instead"))
        )
        self._show_left()
        if not again and self.isVisible():
            self.first_focus().setFocus(Qt.FocusReason.OtherFocusReason)

    def stopping(self) -> None:
        """It was told to stop and has not yet ended."""
        focus = self.focusWidget()
        if focus is not None and focus.hasFocus():
            # A button that is switched off would hand the focus on, perhaps to one that leaves the wizard.
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        self._enable(False)
        self.left.set_text(say("Stopping…"))

    def first_focus(self) -> QWidget:
        """Where the person starts: the code is copied first, a page opened again only if need be."""
        if not self.cancel_button.isEnabled():
            return self  # it is being stopped
        by_code = self._waiting is not None and self._waiting.way is Way.CODE
        return self.copy_code if by_code else self.cancel_button

    def _other(self) -> Way | None:
        by_code = self._waiting is not None and self._waiting.way is Way.CODE
        wanted = Way.BROWSER if by_code else Way.CODE
        return wanted if wanted in self._ways else None

    def _enable(self, enabled: bool) -> None:
        for button in (self.open_button, self.other_button, self.cancel_button, self.copy_address):
            button.setEnabled(enabled)
        self.copy_code.setEnabled(enabled)

    def _show_left(self) -> None:
        at = self._waiting.expires_at if self._waiting is not None else None
        # The line keeps its place, whether there is a time or not.
        self.left.set_text(time_left(at, datetime.now(UTC)) if at is not None else "")

    def _on_open(self) -> None:
        if self._waiting is not None:
            self.open_wanted.emit(self._waiting.address)

    def _on_other(self) -> None:
        other = self._other()
        if other is not None:
            self.stopping()
            self.other_way.emit(other)

    def _on_cancel(self) -> None:
        self.stopping()
        self.cancelled.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.cancel_button.isEnabled():
            self._on_cancel()
            event.accept()
            return
        super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        self._timer.start()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        super().hideEvent(event)


def time_left(until: datetime, now: datetime) -> Sentence:
    """How long a sign-in still waits: minutes, and seconds in the last one."""
    seconds = int((until - now).total_seconds())
    if seconds <= 0:
        return say("The time for it is over.")
    if seconds < 60:
        return say("It waits for another {time}.", time=counted(seconds, "second", "seconds"))
    return say("It waits for another {time}.", time=counted(seconds // 60, "minute", "minutes"))
