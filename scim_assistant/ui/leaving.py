"""Leaving the wizard and undoing a set-up: both ask first, and say what stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_assistant.errors import SignInNeeded
from scim_assistant.sentence import say
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.services import Services
from scim_assistant.steps.step import StepKey
from scim_assistant.ui.jobs import Lane
from scim_assistant.ui.theme import Tone
from scim_assistant.ui.wording import LEAVE, STAY
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.plan.undo import UndoPlan
    from scim_assistant.ui.shell import Shell


def ask_to_leave(shell: Shell, *, writing: bool, unfinished: bool) -> None:
    """Ask before the wizard closes; say what stays.

    Args:
        shell: The wizard.
        writing: Changes are being written now.
        unfinished: Something was written, and the set-up is not at its end.
    """
    from scim_assistant.ui.dialogs import ask

    question = say("Leave this set-up?")
    if writing:
        question = say("Leave while changes are being written?")
        explanation = say(
            "It stops after the change that is under way. What was written is in the journal, and the set-up is "
            "offered again on the start page."
        )
    elif unfinished:
        explanation = say(
            "What was written to the tenant stays, and the set-up is offered again on the start page. "
            "The Secret Token is not kept."
        )
    else:
        explanation = say("Nothing was written to the tenant. What you entered here is not kept.")
    ask(shell, question, explanation, do=LEAVE, stay=STAY, on_do=shell.leave)


def ask_to_undo(shell: Shell) -> None:
    """Show what undoing this set-up means; the person then decides."""
    from scim_assistant.steps import review

    def show_plan(plan: UndoPlan) -> None:
        from scim_assistant.ui.undo_dialog import UndoDialog

        UndoDialog(plan, lambda agreed: _undo(shell, agreed), shell).open()

    shell.run(review.make_undo, show_plan, busy=say("Reading what this set-up made"))


def _undo(shell: Shell, plan: UndoPlan) -> None:
    def task(services: Services, answers: Answers, found: Found, work: Work) -> tuple[Answers, Found]:
        from scim_assistant.steps import review

        return review.undo(services, answers, found, plan, work)

    shell.run(
        task,
        lambda result: _on_undone(shell, *result),
        busy=say("Undoing the set-up"),
        lane=Lane.TENANT_WRITE,
    )


def _on_undone(shell: Shell, answers: Answers, found: Found) -> None:
    if found.trouble is not None or found.applied is not None:
        shell.change(answers, found)
        if isinstance(found.trouble, SignInNeeded):
            shell.allow(found.trouble, lambda: ask_to_undo(shell))
        elif found.trouble is not None:
            shell.show_trouble(found.trouble)
        return
    shell.start_over(answers, found, StepKey.REGISTER)
    shell.page_here.banner.show_message(
        Tone.GOOD,
        say("The set-up was undone."),
        say("What it had made in the tenant is taken back."),
        say("Begin again from here, or close the window."),
    )
