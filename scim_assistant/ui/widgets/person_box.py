"""One person out of some that are proposed, or somebody else by typing; or nobody, where that is offered."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QWidget

from scim_assistant.plan.wanted import Principal
from scim_assistant.sentence import Sentence
from scim_assistant.ui.wording import show, visible


class PersonBox(QComboBox):
    """A box to choose one person in.

    Args:
        nobody: What the first line says, which chooses nobody.

    Signals:
        changed: Somebody else was chosen, or nobody.
        search_wanted: A name was typed that fits none of those who are here.
    """

    changed = Signal()
    search_wanted = Signal(str)

    def __init__(self, nobody: Sentence, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._nobody = nobody
        self._people: tuple[Principal, ...] = ()
        self._chosen: Principal | None = None
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(24)
        line, completer = self.lineEdit(), self.completer()
        assert line is not None  # a box that can be edited has both
        assert completer is not None
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.activated.connect(self._on_row)
        line.editingFinished.connect(self._on_typed)

    @property
    def chosen(self) -> Principal | None:
        """Who is chosen; None for nobody."""
        return self._chosen

    def set_people(self, people: Sequence[Principal], chosen: Principal | None) -> None:
        """Propose these, telling nobody."""
        self._people, self._chosen = tuple(people), chosen
        self._fill()

    def add_found(self, found: Sequence[Principal]) -> None:
        """Add people who were searched for, on top; a single one is chosen."""
        known = {one.id for one in self._people}
        self._people = (*(one for one in found if one.id not in known), *self._people)
        if len(found) == 1:
            self._chosen = next(one for one in self._people if one.id == found[0].id)
        self._fill()
        if len(found) == 1:
            self.changed.emit()
        elif len(found) > 1 and self.isVisible():
            self.showPopup()

    def _fill(self) -> None:
        self.clear()
        self.addItem(show(self._nobody), "")
        for one in self._people:
            self.addItem(_line(one), one.id)
        row = self.findData(self._chosen.id) if self._chosen is not None else 0
        self.setCurrentIndex(max(row, 0))

    def _choose(self, one: Principal | None) -> None:
        if one == self._chosen:
            return
        self._chosen = one
        self.changed.emit()

    def _on_row(self, row: int) -> None:
        key = self.itemData(row)
        self._choose(next((one for one in self._people if one.id == key), None))

    def _on_typed(self) -> None:
        typed = self.currentText().strip()
        if not typed or typed == show(self._nobody):
            self._choose(None)
            self._fill()
            return
        fold = typed.casefold()
        matching = [one for one in self._people if fold in _line(one).casefold()]
        exact = [one for one in matching if _line(one).casefold() == fold]
        if len(exact or matching) == 1:
            self._choose((exact or matching)[0])
        elif not matching:
            self.search_wanted.emit(typed)
            return
        self._fill()


def _line(one: Principal) -> str:
    return visible(f"{one.name} ({one.detail})" if one.detail else one.name, 160)
