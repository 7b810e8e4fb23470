"""A change of the plan: what is done, old and new value, how far it is, and the Graph call on demand."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from scim_assistant.errors import KnownError
from scim_assistant.graph.request import GraphRequest
from scim_assistant.plan.change import Change, ChangeState
from scim_assistant.sentence import say
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.card import Card, Hairline
from scim_assistant.ui.widgets.disclosure import CodeBlock, DisclosureButton
from scim_assistant.ui.widgets.glyph import Glyph
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import show

STATES: dict[ChangeState, tuple[str, Tone, str]] = {
    ChangeState.WAITING: ("waiting", Tone.QUIET, say("Waiting")),
    ChangeState.RUNNING: ("running", Tone.ACCENT, say("Working")),
    ChangeState.DONE: ("pass", Tone.GOOD, say("Done")),
    ChangeState.ALREADY: ("pass", Tone.GOOD, say("Was so already")),
    ChangeState.FAILED: ("fail", Tone.BAD, say("Failed")),
    ChangeState.UNDONE: ("undo", Tone.QUIET, say("Undone")),
}


def request_text(request: GraphRequest) -> str:
    """The call behind a change as text, secrets masked."""
    body = request.shown_body()
    return f"{request.method} {request.target}" + (f"\n\n{body}" if body else "")


def paired(old: str, new: str) -> str:
    """Old and new value side by side; where both are lists of labelled lines, line by line."""
    before, after = old.split("\n"), new.split("\n")
    labels = [line.partition(": ")[0] for line in before]
    if len(before) > 1 and labels == [line.partition(": ")[0] for line in after]:
        rows = []
        for label, one, other in zip(labels, before, after, strict=True):
            was, now = one.partition(": ")[2], other.partition(": ")[2]
            rows.append(f"{label}: {now}" if was == now else f"{label}: {was}  →  {now}")
        return "\n".join(rows)
    return f"{old}  →  {new}"


class PlanRow(QWidget):
    """One change."""

    def __init__(self, change: Change, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.change = change
        self.state = ChangeState.WAITING
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.MEDIUM, Space.SMALL + 2, Space.MEDIUM, Space.SMALL + 2)
        row.setSpacing(Space.MEDIUM)
        self._glyph = Glyph("waiting", Tone.QUIET)
        row.addWidget(self._glyph, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(2)
        self.sentence = Text(change.sentence, role=Role.STRONG)
        words.addWidget(self.sentence)
        self.values = Text(self._values(), tone=Tone.QUIET)
        if not self.values.text():
            # Never the reverse: shown before it has a parent, it is a window of its own and takes the keyboard with it.
            self.values.hide()
        words.addWidget(self.values)
        self.trouble = Text(tone=Tone.BAD)
        self.trouble.hide()
        words.addWidget(self.trouble)
        self._words = words
        self._request: CodeBlock | None = None
        row.addLayout(words, 1)
        self.word = Text(role=Role.HINT, tone=Tone.QUIET, firm=True)
        row.addWidget(self.word, 0, Qt.AlignmentFlag.AlignTop)
        self.more = DisclosureButton(say("Request"))
        self.more.setAccessibleName(show(say("Request behind: {change}", change=show(change.sentence))))
        self.more.toggled.connect(self._on_more)
        row.addWidget(self.more, 0, Qt.AlignmentFlag.AlignTop)
        self.set_state(ChangeState.WAITING)

    def _values(self) -> str:
        old, new = self.change.old, self.change.new
        if not old and not new:
            return ""
        if not old:
            return show(new)
        return paired(show(old), show(new))

    def set_state(self, state: ChangeState, error: KnownError | None = None) -> None:
        """Show how far it is, and why it failed."""
        self.state = state
        shape, tone, word = STATES[state]
        self._glyph.set(shape, tone)
        self.word.set_text("" if state is ChangeState.WAITING else word)
        self.trouble.setVisible(error is not None)
        if error is not None:
            self.trouble.set_text(error.why or error.what)
        self.setAccessibleName(f"{show(self.change.sentence)}: {show(word)}")

    def _on_more(self, opened: bool) -> None:
        if self._request is None:
            # Made on the first look only: a plan may hold hundreds of assignments.
            self._request = CodeBlock(request_text(self.change.request), self.more.accessibleName())
            self._words.addWidget(self._request)
        self._request.setVisible(opened)


class PlanList(Card):
    """The changes of a plan, in order. Of a long plan the first rows show, and the rest on request.

    Args:
        name: What the list is, for a screen reader.
    """

    FIRST_ROWS = 40

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(show(name))
        self._changes: tuple[Change, ...] = ()
        self._states: dict[str, tuple[ChangeState, KnownError | None]] = {}
        self._rows: dict[str, PlanRow] = {}
        self._widgets: list[QWidget] = []
        self._more = DisclosureButton("")
        self._more.toggled.connect(self._on_more)
        self._more.hide()
        self.rows.addWidget(self._more)

    def set_changes(self, changes: Sequence[Change]) -> None:
        """Show these changes, all waiting."""
        if tuple(changes) == self._changes:
            return
        self._changes = tuple(changes)
        self._states = {}
        for widget in self._widgets:
            self.rows.removeWidget(widget)
            widget.setParent(None)
            widget.deleteLater()
        self._widgets = []
        self._rows = {}
        self._more.setChecked(False)
        self._add(self._changes[: self.FIRST_ROWS])
        rest = len(self._changes) - self.FIRST_ROWS
        self._more.setVisible(rest > 0)
        label = show(say("Show {n} more changes", n=max(rest, 0)))
        self._more.setText(label)
        self._more.setAccessibleName(label)
        self.setVisible(bool(self._changes))

    def set_state(self, key: str, state: ChangeState, error: KnownError | None = None) -> None:
        """Show how far one change is."""
        self._states[key] = (state, error)
        if key not in self._rows and state not in (
            ChangeState.WAITING,
            ChangeState.DONE,
            ChangeState.ALREADY,
        ):
            self._more.setChecked(True)  # what runs or failed is never hidden
        row = self._rows.get(key)
        if row is not None:
            row.set_state(state, error)

    def state(self, key: str) -> ChangeState:
        """How far one change is."""
        return self._states.get(key, (ChangeState.WAITING, None))[0]

    @property
    def finished(self) -> int:
        """How many changes are done."""
        return sum(state in (ChangeState.DONE, ChangeState.ALREADY) for state, _ in self._states.values())

    def row(self, key: str) -> PlanRow | None:
        """One row, when it shows."""
        return self._rows.get(key)

    def first_row(self) -> PlanRow | None:
        """The first row, when there is one."""
        return next(iter(self._rows.values()), None)

    def _add(self, changes: Sequence[Change]) -> None:
        place = self.rows.indexOf(self._more)
        for change in changes:
            if self._rows:
                line = Hairline(self)
                self.rows.insertWidget(place, line)
                self._widgets.append(line)
                place += 1
            row = PlanRow(change, self)
            state, error = self._states.get(change.key, (ChangeState.WAITING, None))
            row.set_state(state, error)
            self.rows.insertWidget(place, row)
            self._widgets.append(row)
            self._rows[change.key] = row
            place += 1

    def _on_more(self, opened: bool) -> None:
        if opened and len(self._rows) < len(self._changes):
            self._add(self._changes[self.FIRST_ROWS :])
            self._more.hide()
