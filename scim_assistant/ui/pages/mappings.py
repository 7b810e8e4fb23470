"""Step 6 on the screen: what is sent, what the job may do, and what happens to people who leave. Read only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from scim_assistant.sentence import Sentence, say
from scim_assistant.steps import mappings
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.mappings import Difference, Leaving, MappingRow, MappingTable
from scim_assistant.steps.profile import app_word, profile_of
from scim_assistant.steps.step import StepKey
from scim_assistant.ui.pages.step_page import StepPage
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.empty_state import EmptyState
from scim_assistant.ui.widgets.message_bar import MessageBar
from scim_assistant.ui.widgets.section import Section
from scim_assistant.ui.widgets.text import Text
from scim_assistant.ui.wording import show, visible

DIFFERENCES = {
    Difference.SAME: Sentence(""),
    Difference.CHANGED: say("changed"),
    Difference.ADDED: say("added"),
    Difference.REMOVED: say("taken out"),
}


class MappingView(QTableWidget):
    """A mapping as a table: where a value comes from, where it goes, when it is sent."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(0, 4, parent)
        self.setAccessibleName(show(name))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column in (0, 1):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        for column in (2, 3):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def set_rows(self, rows: Sequence[MappingRow], app: str) -> None:
        """Show these lines."""
        names = (say("In Entra ID"), say("At {app}", app=app), say("Sent"), say("Against the default"))
        self.setHorizontalHeaderLabels([show(name) for name in names])
        changed = any(row.difference is not Difference.SAME for row in rows)
        self.setColumnHidden(3, not changed)
        self.setRowCount(len(rows))
        for number, row in enumerate(rows):
            source = row.source
            if row.default:
                source = show(say("{source}, else “{default}”", source=source, default=row.default))
            target = row.target
            if row.matching:
                target = show(say("{target}  (recognised by it)", target=target))
            difference = show(DIFFERENCES[row.difference])
            if row.was:
                difference = show(say("{what}, was {old}", what=difference, old=row.was))
            for column, text in enumerate((source, target, show(row.when), difference)):
                item = QTableWidgetItem(visible(text, 300))
                item.setToolTip(visible(text, 2000))
                item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
                self.setItem(number, column, item)
        self._fit()

    def _fit(self) -> None:
        row = self.fontMetrics().height() + Space.SMALL
        self.verticalHeader().setDefaultSectionSize(row)
        self.verticalHeader().setMinimumSectionSize(row)
        self.setFixedHeight(
            self.horizontalHeader().sizeHint().height() + row * self.rowCount() + 2 * self.frameWidth()
        )


class MappingBlock(Section):
    """One kind of object: its table, what the job may do, its filter."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, "", parent)
        self.modes = Text()
        self.table = MappingView(title)
        self.scope = Text(tone=Tone.QUIET)
        self.leaving = Text()
        self.add(self.modes, self.table, self.scope, self.leaving)

    def show_table(self, table: MappingTable, app: str) -> None:
        """Show one mapping."""
        self.title.set_text(table.title)
        self.title.setVisible(True)
        off = say("Switched off: Microsoft skips this kind.")
        self.modes.set_text(table.modes if table.enabled else off)
        self.table.set_rows(table.rows, app)
        if table.scope:
            self.scope.set_text(show(say(" or ")).join(show(part) for part in table.scope))
        else:
            self.scope.set_text(say("No scoping filter: everybody in scope passes."))
        self.leaving.set_text(table.leaving_sentence)
        self.leaving.setVisible(table.kind != "User")


class MappingsPage(StepPage):
    """Shows the mappings."""

    key = StepKey.MAPPINGS
    help_lines = (
        say("A mapping says which value in Entra ID becomes which attribute at the app."),
        say("The matching attribute is how Microsoft recognises somebody who is at the app already."),
        say("Mappings are edited in the portal under Enterprise apps > the app > Provisioning > Mappings."),
    )

    def build(self, column: QVBoxLayout) -> None:
        """Make the widgets of the body."""
        self.leaving = MessageBar()
        column.addWidget(self.leaving)
        self.people = MappingBlock(say("People"))
        self.groups = MappingBlock(say("Groups"))
        column.addWidget(self.people)
        column.addWidget(self.groups)
        self.advice = Text(tone=Tone.QUIET)
        column.addWidget(self.advice)
        self.empty = EmptyState("map", "")
        column.addWidget(self.empty)

    def show_found(self, answers: Answers, found: Found) -> None:
        """Show the mappings."""
        view = mappings.make_view(answers, found)
        app = app_word(answers, found)
        for kind, block in (("User", self.people), ("Group", self.groups)):
            table = view.of(kind)
            block.setVisible(table is not None)
            if table is not None:
                block.show_table(table, app)
        people = view.of("User")
        self.leaving.setVisible(people is not None)
        if people is not None:
            deletes = people.leaving in (Leaving.DELETED, Leaving.UNKNOWN)
            self.leaving.show_message(
                Tone.CAUTION if deletes else Tone.ACCENT,
                people.leaving_sentence,
                say("Read from the real mappings of this app.")
                if people.leaving is not Leaving.UNKNOWN
                else "",
            )
        self.empty.setVisible(not view.tables)
        if not view.tables:
            self.empty.set_words(
                say("No mappings to show yet."),
                " ".join(show(note) for note in view.notes),
            )
        profile = profile_of(answers, found)
        advice = (
            " ".join(show(line) for line in profile.advice_for("mappings")) if profile and view.tables else ""
        )
        self.advice.set_text(advice)
        self.advice.setVisible(bool(advice))

    def first_focus(self) -> QWidget | None:
        """Where the person starts: nothing is asked here, so Next has the focus."""
        return None
