"""Apply a plan: one change after the other, each journaled before and after, cancel taking effect between changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from scim_assistant.errors import Cancelled, JournalTrouble, KnownError, ServiceRefused, SignInNeeded
from scim_assistant.plan.carry_out import CarryOut
from scim_assistant.plan.change import Change, ChangeState, Plan
from scim_assistant.plan.journal import Journal, Journals, wanted_data
from scim_assistant.plan.ledger import Fate, read_ledger
from scim_assistant.plan.sending import error_data
from scim_assistant.sentence import say
from scim_assistant.tenant.explain import explain_refusal
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
        fates: What is known of each change that was sent, by change key; only of a plan that was applied alone.
    """

    setup_id: str
    states: tuple[tuple[Change, ChangeState], ...]
    service_principal_id: str = ""
    application_id: str = ""
    job_id: str = ""
    trouble: KnownError | None = None
    stopped: bool = False
    fates: Mapping[str, Fate] = field(default_factory=dict)

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
    makes nothing twice. So does somebody whose sign-in ended in the middle (``trouble`` is a ``SignInNeeded``), with
    the session of the new sign-in.

    Args:
        on_change: Told each change as it begins and ends, with the error when it failed.

    Returns:
        How far it came; ``trouble`` says why it stopped.

    Raises:
        JournalTrouble: The journal cannot be read, or belongs to another tenant; nothing was sent.
        SignInNeeded: The person has not been asked yet for the permissions to change something; nothing was sent or
            journaled.
        KnownError: The session is for looking only.
    """
    same_tenant(journal, session)
    require_write(plan, session)
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
        except SignInNeeded as needed:
            # Not a failure of the change: what took effect stays, and the rest is done after a sign-in.
            states[change.key] = ChangeState.DONE if run.took_effect(change) else ChangeState.WAITING
            on_change(change, states[change.key], needed)
            _note_stop(journal, change, needed)
            return replace(so_far(), trouble=needed)
        except KnownError as error:
            _note_stop(journal, change, error)
            trouble = _explained(error, session, work)
            states[change.key] = ChangeState.FAILED
            on_change(change, ChangeState.FAILED, trouble)
            return replace(so_far(), trouble=trouble)
        on_change(change, states[change.key], None)
    work.progress(len(plan.changes), len(plan.changes), say("All changes are made"))
    return so_far()


def apply_alone(
    plan: Plan,
    session: Session,
    journals: Journals,
    work: Work,
    on_change: OnChange,
    *,
    profile_id: str = "",
    leave_open: bool = False,
) -> Applied:
    """Apply a plan that belongs to no set-up, such as pausing a job in the monitor, with a journal of its own.

    Broken off, it is never taken for a set-up: what is left of it is not planned from what the journal says. Where
    nobody can say what came of a change, the journal is not closed, so that whoever comes next knows.

    Args:
        leave_open: More follows that is no change, so whoever asked closes the journal where a change was made.

    Raises:
        JournalTrouble: The journal cannot be written; nothing was sent.
        SignInNeeded, KnownError: As ``apply_plan``.
    """
    require_write(plan, session)
    journal = journals.begin(session.tenant_id, profile_id, plan.wanted, alone=True)
    applied = apply_plan(plan, session, journal, work, on_change)
    done = {change.key: Fate.DONE for change, state in applied.states if state is ChangeState.DONE}
    applied = replace(applied, fates=done)
    try:
        writes = read_ledger(journal.entries()).writes
        applied = replace(applied, fates={key: write.fate for key, write in writes.items()})
        fates = set(applied.fates.values())
        if Fate.OPEN not in fates and not (leave_open and Fate.DONE in fates):
            journals.close(journal, "finished" if applied.complete else "abandoned")
    except JournalTrouble as error:
        # What was sent is a fact all the same.
        applied = replace(applied, trouble=applied.trouble or error)
    journal.release()
    return applied


def require_write(plan: Plan, session: Session) -> None:
    """See that the changes of a plan are allowed, before the journal is touched; a plan without any always is.

    Raises:
        SignInNeeded: The person has not been asked for the permissions yet.
        KnownError: The session is for looking only.
    """
    if plan.changes:
        alone = len(plan.changes) == 1
        session.require_write(plan.changes[0].request.what if alone else say("The changes were not made."))


def _explained(error: KnownError, session: Session, work: Work) -> KnownError:
    """A refusal with its cause, where that can be found without more trouble."""
    if not isinstance(error, ServiceRefused):
        return error
    try:
        return explain_refusal(error, session, work)
    except (Cancelled, SignInNeeded):
        return error


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
