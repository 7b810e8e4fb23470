"""What a test comes to: what is the matter, whose side it is on and how sure that is, what to do, and one next action."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from scim_assistant.check import Outcome
from scim_assistant.scim.verdict import Side, Sureness, Verdict
from scim_assistant.sentence import Sentence, say
from scim_assistant.ui import theme
from scim_assistant.ui.theme import TEXT_WIDTH, Space, Tone
from scim_assistant.ui.widgets.card import Card
from scim_assistant.ui.widgets.copy_button import CopyButton
from scim_assistant.ui.widgets.glyph import OUTCOMES, Glyph
from scim_assistant.ui.widgets.status_pill import StatusPill
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import OUTCOME_WORDS, TEST_AGAIN, show

SIDES: dict[Side, tuple[str, Sentence]] = {
    Side.NONE: ("pass", say("No action needed")),
    Side.ADDRESS: ("link", say("The Tenant URL")),
    Side.NETWORK: ("network", say("This network")),
    Side.TOKEN: ("key", say("The token")),
    Side.VENDOR: ("app", say("The vendor's service")),
    Side.ENTRA: ("tenant", say("Microsoft's side")),
}
"""Drawing and words for whose side a fault is on."""

SURE: dict[Sureness, Sentence] = {
    Sureness.CERTAIN: say("Certain"),
    Sureness.LIKELY: say("Likely: other causes are rare"),
    Sureness.POSSIBLE: say("Possible: one of several causes"),
}
"""How sure a verdict is, in words."""

NARROW = 580
"""Below this width what stands beside the buttons stands under them."""

VERDICT_LINES = 2
"""Lines of the verdict that have their place before there is one; a short one leaves room for a longer next step."""

_TONES = {Outcome.PASS: Tone.GOOD, Outcome.WARN: Tone.CAUTION, Outcome.FAIL: Tone.BAD}


class VerdictPanel(Card):
    """Shows a verdict, or how far the test is. Its height is the same before and after, so that nothing below it moves.

    Args:
        name: What is tested, for a screen reader.
        copied: Gives what the copy button copies.
        copies: What that is, for its name.

    Signals:
        pressed: An action was chosen; carries its key.
    """

    pressed = Signal(str)

    def __init__(
        self, name: Sentence, copied: Callable[[], str], copies: Sentence, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._name = name
        across = QHBoxLayout()
        across.setContentsMargins(Space.MEDIUM, Space.MEDIUM, Space.MEDIUM, Space.MEDIUM)
        across.setSpacing(Space.MEDIUM)
        self._glyph = Glyph("waiting", Tone.QUIET)
        across.addWidget(self._glyph, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(Space.SMALL)
        self.what = Text(role=Role.VERDICT, widest=760)
        top = QHBoxLayout()
        top.setSpacing(Space.SMALL)
        top.addWidget(self.what, 1)
        self.copy_button = CopyButton(copied, show(copies))
        top.addWidget(self.copy_button, 0, Qt.AlignmentFlag.AlignTop)
        words.addLayout(top)
        whose = QHBoxLayout()
        whose.setSpacing(Space.SMALL)
        self.side = StatusPill()
        self.sure = Text(tone=Tone.QUIET)
        whose.addWidget(self.side, 0, Qt.AlignmentFlag.AlignVCenter)
        whose.addWidget(self.sure, 1, Qt.AlignmentFlag.AlignVCenter)
        self._side_keeper = QWidget()
        self._side_keeper.setFixedSize(0, self.side.sizeHint().height())
        whose.addWidget(self._side_keeper)
        words.addLayout(whose)
        self.next_step = Text(widest=760)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.bar.setAccessibleName(show(say("Progress")))
        words.addWidget(self.bar)
        words.addWidget(self.next_step)
        words.addStretch(1)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(Space.SMALL)
        self._foot = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._foot.setSpacing(Space.LARGE)
        self._foot.addLayout(self._buttons)
        words.addLayout(self._foot)
        across.addLayout(words, 1)
        self.rows.addLayout(across)
        self.buttons: dict[str, QPushButton] = {}
        self._primary = ""
        self._buttons.addStretch(1)
        sample = QPushButton(show(TEST_AGAIN))
        theme.give_icon(sample, "restart")
        self.setMinimumHeight(
            2 * Space.MEDIUM
            + 3 * Space.SMALL
            + Text("\n" * (VERDICT_LINES - 1), role=Role.VERDICT).heightForWidth(TEXT_WIDTH)
            + self.side.sizeHint().height()
            + self.fontMetrics().lineSpacing()
            + sample.sizeHint().height()
        )
        self.show_idle()

    def add_beside(self, widget: QWidget) -> None:
        """Put something beside the buttons, or below them where there is no room."""
        self._foot.insertWidget(1, widget)
        self._foot.setStretch(0, 0)
        self._foot.addStretch(1)

    def show_idle(self, what: Sentence | None = None, next_step: str = "", shape: str = "waiting") -> None:
        """Nothing was tested, or it was stopped."""
        self._show(None, shape, Tone.QUIET, what or say("Not tested yet"))
        self.next_step.set_text(next_step)
        for part in (self.sure, self._side_keeper):
            part.hide()  # nobody is named, so what to do comes next

    def show_running(self, what: Sentence, done: int, total: int, told: str = "") -> None:
        """Show how far the test is.

        Args:
            what: What is tested.
            done: How many checks have ended.
            total: How many there are.
            told: What runs now.
        """
        self._show(None, "running", Tone.ACCENT, what)
        self.sure.set_text(say("{done} of {total} checks done", done=done, total=total))
        self.next_step.set_text(told)
        self.next_step.setVisible(bool(told))
        self.bar.setRange(0, max(1, total))
        self.bar.setValue(done)
        self.bar.setVisible(True)
        self.setAccessibleName(" ".join((show(self._name) + ":", self.what.text(), self.sure.text())))

    def show_verdict(self, verdict: Verdict) -> None:
        """Show what it came to."""
        shape, tone = OUTCOMES[verdict.outcome]
        self._show(_TONES[verdict.outcome], shape, tone, verdict.sentence)
        icon, side = SIDES[verdict.side]
        self.side.set_state(side, icon, tone)
        self.side.show()
        good = verdict.side is Side.NONE
        self.sure.set_text("" if good else SURE[verdict.sure])
        self.next_step.set_text(verdict.next_step)
        parts = [
            show(self._name) + ":",
            show(OUTCOME_WORDS[verdict.outcome]) + ".",
            show(verdict.sentence),
            show(side) + ".",
            "" if good else show(SURE[verdict.sure]) + ".",
            show(verdict.next_step),
        ]
        self.setAccessibleName(" ".join(part for part in parts if part))

    def set_actions(self, *actions: tuple[str, Sentence, str], primary: str = "") -> None:
        """Its buttons. One that stays keeps the focus.

        Args:
            actions: Key, label and icon of each, the next action first.
            primary: Key of the one that is filled with the accent; empty for none.
        """
        wanted = {key for key, _, _ in actions}
        for key in [
            key for key in self.buttons if key not in wanted or (key == primary) != (key == self._primary)
        ]:
            gone = self.buttons.pop(key)
            self._buttons.removeWidget(gone)
            gone.setParent(None)
            gone.deleteLater()
        self._primary = primary
        known, self.buttons = self.buttons, {}
        for place, (key, label, icon) in enumerate(actions):
            button = known.get(key)
            if button is None:
                button = QPushButton(self)
                button.setAutoDefault(True)  # whoever stands on it may press Enter
                button.clicked.connect(lambda _=False, key=key: self.pressed.emit(key))
                if key == primary:
                    theme.make_primary(button)
            self.buttons[key] = button
            button.setText(show(label))
            theme.give_icon(button, icon)
            if self._buttons.indexOf(button) != place:
                self._buttons.removeWidget(button)
                self._buttons.insertWidget(place, button)
            button.show()
        # A new button would be reached last of the whole page.
        before: QWidget = self.copy_button
        for button in self.buttons.values():
            QWidget.setTabOrder(before, button)
            before = button

    def _show(self, wash: Tone | None, shape: str, tone: Tone, what: str) -> None:
        self.set_tone(wash)
        self._glyph.set(shape, tone)
        self.what.set_text(what)
        self.side.hide()
        self.sure.set_text("")
        for part in (self.sure, self._side_keeper):
            part.show()
        self.next_step.set_text("")
        self.next_step.show()
        self.bar.hide()
        self.setAccessibleName(f"{show(self._name)}: {show(what)}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = event.size().width() < NARROW
        self._foot.setDirection(
            QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        )
        self._foot.setSpacing(Space.SMALL if narrow else Space.LARGE)
