"""What undoing this set-up means, before it is done: each change, and what stays."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from scim_assistant.plan.undo import UndoPlan
from scim_assistant.sentence import counted, say
from scim_assistant.ui import theme
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.card import column
from scim_assistant.ui.widgets.message_bar import MessageBar
from scim_assistant.ui.widgets.plan_row import PlanList
from scim_assistant.ui.widgets.scrolled import Scrolled
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import APP_NAME, CLOSE, show


class UndoDialog(QDialog):
    """Shows the plan of an undo and asks. Esc and the default leave everything as it is.

    Args:
        plan: What would be taken back.
        on_undo: Called when the person goes ahead.
    """

    def __init__(self, plan: UndoPlan, on_undo: Callable[[UndoPlan], None], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(show(say("{app}: undo set-up", app=APP_NAME)))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(Space.BLOCK, Space.BLOCK, Space.BLOCK, Space.LARGE)
        outer.setSpacing(Space.MEDIUM)
        outer.addWidget(Text(say("Undo this set-up?"), role=Role.HEADING))
        scroll = Scrolled()
        scroll.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # so that the keyboard can scroll it
        inside = QWidget()
        rows = column(inside, Space.MEDIUM)
        rows.setContentsMargins(0, 0, Space.MEDIUM, 0)
        if plan.changes:
            changes = counted(len(plan.changes), "change", "changes")
            rows.addWidget(
                Text(
                    say("{changes}, in this order. What was there before the set-up stays.", changes=changes),
                    tone=Tone.QUIET,
                )
            )
            listed = PlanList(say("Changes that undo the set-up"))
            # Placed first: what is shown without a parent is a window of its own.
            rows.addWidget(listed)
            listed.set_changes(plan.changes)
        else:
            rows.addWidget(Text(say("There is nothing left to take back.")))
        if plan.stays:
            bar = MessageBar()
            rows.addWidget(bar)
            bar.show_message(
                Tone.CAUTION, say("What is not taken back"), "\n".join(show(line) for line in plan.stays)
            )
        rows.addStretch(1)
        scroll.setWidget(inside)
        outer.addWidget(scroll, 1)
        buttons = QDialogButtonBox()
        self.keep = buttons.addButton(
            show(say("Keep it") if plan.changes else CLOSE), QDialogButtonBox.ButtonRole.RejectRole
        )
        self.keep.setDefault(True)
        if plan.changes:
            self.undo = buttons.addButton(
                show(say("Undo {n}", n=counted(len(plan.changes), "change", "changes"))),
                QDialogButtonBox.ButtonRole.DestructiveRole,
            )
            self.undo.setAutoDefault(False)
            theme.give_icon(self.undo, "undo")
            self.undo.clicked.connect(lambda _: self._go_ahead(on_undo, plan))
        buttons.rejected.connect(self.reject)
        outer.addWidget(buttons)
        self.resize(640, 480)
        self.keep.setFocus()

    def _go_ahead(self, on_undo: Callable[[UndoPlan], None], plan: UndoPlan) -> None:
        self.accept()
        on_undo(plan)
