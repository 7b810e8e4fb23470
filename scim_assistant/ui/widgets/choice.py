"""One of several: radio buttons with a line below each that says what it means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QRadioButton, QSizePolicy, QVBoxLayout, QWidget

from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.card import Card, Hairline
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import show


@dataclass(frozen=True)
class Option:
    """One possibility.

    Attributes:
        key: What choosing it means to the page.
        label: Its name.
        hint: What it means, one sentence.
        enabled: False when it cannot be chosen; the hint then says why.
        mark: A short word at the right, such as *recommended*.
    """

    key: str
    label: str
    hint: str = ""
    enabled: bool = True
    mark: str = ""


class ChoiceList(Card):
    """Options below each other.

    Args:
        name: The question, for a screen reader.

    Signals:
        chosen: The person chose an option; carries its key.
    """

    chosen = Signal(str)

    def __init__(self, name: str, options: Sequence[Option] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(show(name))
        self._options: tuple[Option, ...] = ()
        self._buttons: dict[str, QRadioButton] = {}
        self._group = QButtonGroup(self)
        self._group.buttonClicked.connect(self._on_clicked)
        self.set_options(options)

    def set_options(self, options: Sequence[Option]) -> None:
        """Offer these; what was chosen stays chosen where it still exists."""
        if tuple(options) == self._options:
            return
        self._options = tuple(options)
        before = self.value()
        had_focus = next((key for key, button in self._buttons.items() if button.hasFocus()), None)
        for button in self._buttons.values():
            self._group.removeButton(button)
        while (item := self.rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()
        self._buttons = {}
        for index, option in enumerate(self._options):
            if index:
                self.rows.addWidget(Hairline(self))
            self.rows.addWidget(self._row(option))
        self._put_in_tab_order()
        self.set_value(before)
        if had_focus in self._buttons:
            self._buttons[had_focus].setFocus()

    def value(self) -> str:
        """Key of what is chosen; empty for nothing."""
        return next((key for key, button in self._buttons.items() if button.isChecked()), "")

    def set_value(self, key: str) -> None:
        """Choose without telling anybody."""
        if key in self._buttons:
            self._buttons[key].setChecked(True)
        elif (checked := self._group.checkedButton()) is not None:
            self._group.setExclusive(False)
            checked.setChecked(False)
            self._group.setExclusive(True)

    def button(self, key: str) -> QRadioButton:
        """One radio button, for focus and tests."""
        return self._buttons[key]

    def _put_in_tab_order(self) -> None:
        """New buttons come last in Qt's order; they belong where the list is."""
        before: QWidget | None = self.previousInFocusChain()
        while before is not None and before is not self:
            if before.focusPolicy() != Qt.FocusPolicy.NoFocus and not self.isAncestorOf(before):
                break
            before = before.previousInFocusChain()
        if before is None or before is self or before.window() is not self.window():
            return
        for button in self._buttons.values():
            QWidget.setTabOrder(before, button)
            before = button

    def _row(self, option: Option) -> QWidget:
        row = QWidget(self)
        row.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        across = QHBoxLayout(row)
        across.setContentsMargins(Space.MEDIUM, Space.SMALL + 2, Space.MEDIUM, Space.SMALL + 2)
        across.setSpacing(Space.SMALL)
        button = QRadioButton(row)
        button.setAccessibleName(show(option.label))
        button.setAccessibleDescription(show(option.hint))
        button.setEnabled(option.enabled)
        self._group.addButton(button)
        self._buttons[option.key] = button
        across.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(2)
        label = _Clickable(option.label, button, role=Role.STRONG)
        words.addWidget(label)
        if option.hint:
            words.addWidget(_Clickable(option.hint, button, tone=Tone.QUIET))
        across.addLayout(words, 1)
        label.setEnabled(option.enabled)
        if option.mark:
            mark = Text(option.mark, role=Role.HINT, tone=Tone.GOOD, firm=True)
            across.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        return row

    def _on_clicked(self, _: object) -> None:
        self.chosen.emit(self.value())


class _Clickable(Text):
    """Words that belong to a radio button: a click on them chooses it."""

    def __init__(
        self, text: str, button: QRadioButton, *, role: Role = Role.BODY, tone: Tone = Tone.PLAIN
    ) -> None:
        super().__init__(text, role=role, tone=tone)
        self._button = button

    def mouseReleaseEvent(self, event: object) -> None:
        if self._button.isEnabled():
            self._button.setFocus(Qt.FocusReason.MouseFocusReason)
            self._button.click()
