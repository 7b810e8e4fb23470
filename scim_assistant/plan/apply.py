"""Apply a plan: one change after the other, each journaled before and after, cancel taking effect between changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from scim_assistant.errors import Cancelled, JournalTrouble, KnownError
from scim_assistant.plan.carry_out import CarryOut
from scim_assistant.plan.change import Change, ChangeState, Plan
from scim_assistant.plan.journal import Journal, Journals, wanted_data
from scim_assistant.plan.sending import error_data
from scim_assistant.sentence import say
from scim_assistant.tenant.session import Session
from scim_assistant.work import Work

OnChange = Callable[[Change, ChangeState, KnownError | None], None]
"""Told each change as it begins and as it ends, from the job's thread."""


@dataclass(frozen=True, slots=True)
class Applied:
    """How far a plan has come.

    Attributes:
        setup_id: The journal that tells the same on disk.
        states: State of each change, by change key, in plan order.
        service_principal_id, application_id, job_id: What exists now; empty when unknown.
        trouble: Why it stopped, if it did.
        stopped: True when the person cancelled between two changes.
    """

    setup_id: str
    states: tuple[tuple[Change, ChangeState], ...]
    service_principal_id: str = ""
    application_id: str = ""
    job_id: str = ""
    trouble: KnownError | None = None
    stopped: bool = False

    @property
    def complete(self) -> bool:
        """True when every change is done; a plan without changes is complete at once."""
        return (
            self.trouble is None
            and not self.stopped
            and all(state in (ChangeState.DONE, ChangeState.ALREADY) for _, state in self.states)
        )


def apply_plan(plan: Plan, session: Session, journal: Journal, work: Work, on_change: OnChange) -> Applied:
    """Make the changes of a plan, in order.

    It first sees that the app is there and then, change by change, that things still are as the plan saw them. What is
    so already is not sent. After trouble or Cancel the rest waits; applying again with the same journal goes on, and
    makes nothing twice.

    Args:
        on_change: Told each change as it begins and ends, with the error when it failed.

    Returns:
        How far it came; ``trouble`` says why it stopped.

    Raises:
        JournalTrouble: The journal cannot be read, or belongs to another tenant; nothing was sent.
    """
    same_tenant(journal, session)
    journal.hide(plan.wanted.secret)
    journal.write(
        "planned",
        wanted=wanted_data(plan.wanted),
        changes=[{"key": one.key, "kind": one.kind, "sentence": one.sentence} for one in plan.changes],
    )
    return make_changes(plan, session, journal, work, on_change)


def make_changes(
    plan: Plan, session: Session, journal: Journal, work: Work, on_change: OnChange, *, check: bool = True
) -> Applied:
    """The changes of a plan whose journal says already that it is to be applied.

    Args:
        check: See first that the app is there.
    """
    run = CarryOut(plan.wanted, session, journal, work)
    states = {change.key: ChangeState.WAITING for change in plan.changes}

    def so_far() -> Applied:
        return Applied(
            setup_id=journal.setup_id,
            states=tuple((change, states[change.key]) for change in plan.changes),
            service_principal_id=run.ids.app,
            application_id=run.ids.application,
            job_id=run.ids.job,
        )

    checked = not check
    for number, change in enumerate(plan.changes):
        try:
            work.check()
            work.progress(number, len(plan.changes), change.sentence)
            states[change.key] = ChangeState.RUNNING
            on_change(change, ChangeState.RUNNING, None)
            if not checked:
                run.check_app()
                checked = True
            states[change.key] = run.carry_out(change)
        except Cancelled:
            if states[change.key] is ChangeState.RUNNING:
                states[change.key] = ChangeState.DONE if run.took_effect(change) else ChangeState.WAITING
                on_change(change, states[change.key], None)
            _note_stop(journal, change)
            return replace(so_far(), stopped=True)
        except KnownError as trouble:
            states[change.key] = ChangeState.FAILED
            on_change(change, ChangeState.FAILED, trouble)
            _note_stop(journal, change, trouble)
            return replace(so_far(), trouble=trouble)
        on_change(change, states[change.key], None)
    work.progress(len(plan.changes), len(plan.changes), say("All changes are made"))
    return so_far()


def apply_alone(
    plan: Plan, session: Session, journals: Journals, work: Work, on_change: OnChange, *, profile_id: str = ""
) -> Applied:
    """Apply a plan that belongs to no set-up, such as pausing a job in the monitor, with a journal of its own.

    Raises:
        JournalTrouble: The journal cannot be written; nothing was sent.
    """
    journal = journals.begin(session.tenant_id, profile_id, plan.wanted)
    applied = apply_plan(plan, session, journal, work, on_change)
    journals.close(journal, "finished" if applied.complete else "abandoned")
    return applied


def _note_stop(journal: Journal, change: Change, trouble: KnownError | None = None) -> None:
    """Journal why it stopped; a journal that cannot be written is the trouble itself then."""
    if isinstance(trouble, JournalTrouble):
        return
    try:
        journal.write("stopped", change.key, **(error_data(trouble) if trouble else {"cancelled": True}))
    except JournalTrouble:
        return


def same_tenant(journal: Journal, session: Session) -> None:
    """See that a journal belongs to the tenant that is signed in.

    Raises:
        JournalTrouble: It does not.
    """
    if journal.tenant_id != session.tenant_id:
        raise JournalTrouble(
            say("The plan was not applied."),
            say("The set-up belongs to another tenant than the one that is signed in."),
            say("Sign in to the tenant of the set-up, or begin a new set-up."),
        )
