"""Step 8 on the screen: every change as a sentence, the request behind it, and how far applying has come.

Next is *Apply* here. What was written stays written: a stop or trouble leaves the rest waiting, and Apply goes on.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from scim_assistant.errors import KnownError, SignInNeeded
from scim_assistant.plan.change import Change, ChangeState
from scim_assistant.sentence import counted, say
from scim_assistant.steps import review
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.services import Services
from scim_assistant.steps.step import Problem, StepKey
from scim_assistant.ui.jobs import Lane
from scim_assistant.ui.pages.step_page import StepPage
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.empty_state import EmptyState
from scim_assistant.ui.widgets.message_bar import MessageBar
from scim_assistant.ui.widgets.plan_row import PlanList
from scim_assistant.ui.widgets.section import Section
from scim_assistant.ui.widgets.text import Text
from scim_assistant.ui.wording import show
from scim_assistant.work import Work


class ReviewPage(StepPage):
    """Shows the plan and applies it."""

    key = StepKey.REVIEW
    help_lines = (
        say(
            "Nothing is written before you press Apply. Each line shows the request behind it when you open it."
        ),
        say(
            "Every change is noted in a journal on this computer before and after it is made, without the token."
        ),
        say(
            "After a crash or a lost network the set-up is offered on the start page, and makes nothing twice."
        ),
        say("Undo takes back what this set-up created, in reverse order, after showing what that means."),
    )

    def build(self, column: QVBoxLayout) -> None:
        """Make the widgets of the body."""
        self.warnings = MessageBar()
        self.warnings.hide()
        column.addWidget(self.warnings)
        self.plan = PlanList(say("Changes"))
        self.section = Section(say("Changes")).add(self.plan)
        self.count = Text(tone=Tone.QUIET)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(show(say("Progress of applying")))
        self.bar.hide()
        line = QHBoxLayout()
        line.setSpacing(Space.MEDIUM)
        line.addWidget(self.count)
        line.addWidget(self.bar, 1)
        self.section.column.insertLayout(2, line)
        column.addWidget(self.section)
        self.empty = EmptyState(
            "review", say("Nothing to change."), say("The tenant is as you want it. Apply goes on.")
        )
        self.empty.hide()
        column.addWidget(self.empty)
        self._applying = False

    def show_found(self, answers: Answers, found: Found) -> None:
        """Show the plan and how far it is."""
        plan = found.plan
        self.section.setVisible(plan is not None and bool(plan.changes))
        self.empty.setVisible(plan is not None and not plan.changes)
        self.warnings.setVisible(plan is not None and bool(plan.warnings))
        if plan is None:
            return
        self.plan.set_changes(plan.changes)
        if found.applied is not None:
            for change, state in found.applied.states:
                self.plan.set_state(change.key, state)
        if plan.warnings:
            self.warnings.show_message(
                Tone.CAUTION, say("Before you apply"), "\n".join(show(line) for line in plan.warnings)
            )
        self._count(found)

    def may_leave(self) -> bool:
        """Apply, then go on by itself."""
        found = self.host.found
        if review.is_applied(found) or (found.plan is not None and not found.plan.changes):
            return True
        self._apply()
        return False

    def _apply(self) -> None:
        found = self.host.found
        on_change = self.host.poster(self._on_change)

        def task(services: Services, answers: Answers, found: Found, work: Work) -> Found:
            return review.apply(services, answers, found, work, on_change)

        self.host.show_trouble(None)
        self._applying = True
        self.bar.setRange(0, len(found.plan.changes) if found.plan else 0)
        self.bar.setValue(self.plan.finished)
        self.bar.show()
        self.host.run(
            task,
            self._on_applied,
            lane=Lane.TENANT_WRITE,
            doing=say("Applying the changes"),
            on_error=self._on_failed,
            on_cancelled=self._on_stopped,
        )

    def holds(self, problems: Sequence[Problem]) -> Problem | None:
        """What is missing to apply; that it is not applied yet holds nobody, since Next applies."""
        return None if self.host.found.plan is not None else super().holds(problems)

    def first_focus(self) -> QWidget | None:
        """Where the person starts: reading; Apply is one Tab away, never under an accidental Enter."""
        return next((row.more for row in [self.plan.first_row()] if row is not None), None)

    def _count(self, found: Found) -> None:
        total = len(found.plan.changes) if found.plan else 0
        if self._applying or (found.applied is not None and self.plan.finished):
            self.count.set_text(
                say("{done} of {n} done", done=self.plan.finished, n=counted(total, "change", "changes"))
            )
        else:
            self.count.set_text(
                say(
                    "{n}, in this order. Nothing is written before you press Apply.",
                    n=counted(total, "change", "changes"),
                )
            )

    def _on_change(self, change: Change, state: ChangeState, error: KnownError | None) -> None:
        self.plan.set_state(change.key, state, error)
        self.bar.setValue(self.plan.finished)
        self._count(self.host.found)
        row = self.plan.row(change.key)
        if row is not None and state is ChangeState.RUNNING:
            self.scroll_area.ensureWidgetVisible(row, 0, Space.BLOCK * 2)

    def _on_applied(self, found: Found) -> None:
        self._applying = False
        self.bar.hide()
        self.host.change(found=found)
        applied = found.applied
        if applied is not None and applied.complete:
            self.host.go_on()
        elif applied is not None and isinstance(applied.trouble, SignInNeeded):
            self.host.allow(applied.trouble, self._apply)
        elif applied is not None and applied.trouble is not None:
            self.host.show_trouble(applied.trouble)
        else:
            self._on_stopped()

    def _on_failed(self, error: KnownError) -> None:
        self._applying = False
        self.bar.hide()
        self.host.show_trouble(error, again=self._apply)

    def _on_stopped(self) -> None:
        self._applying = False
        self.bar.hide()
        self.banner.show_message(
            Tone.ACCENT,
            say("Stopped between two changes."),
            say("What is done stays and is in the journal; the rest waits."),
            say("Press Apply to go on, or Undo to take back what was made."),
        )
