"""Step 9: provision one person now and see every step of it; then let it run by itself."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scim_assistant.check import Check, Outcome
from scim_assistant.errors import Cancelled, KnownError
from scim_assistant.plan.wanted import Mode
from scim_assistant.sentence import Sentence, say
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.needed import explained, session_of
from scim_assistant.steps.profile import app_word
from scim_assistant.steps.services import Services
from scim_assistant.steps.step import Problem, Step, StepGroup, StepKey
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.graph.types import OnDemandResult, OnDemandStep
    from scim_assistant.logs.explain import Catalogue
    from scim_assistant.plan.apply import OnChange
    from scim_assistant.tenant.snapshot import AppSnapshot


PATIENCE_S = 300.0
"""How long a fresh assignment may stay unknown to provisioning, in the service's seconds: minutes, says Microsoft."""
_WAITS_S = (5.0, 10.0, 20.0, 30.0)
_NOT_ENTITLED = frozenset({"NotEffectivelyEntitled", "EntrySynchronizationSkipped"})

STEPS: tuple[tuple[str, Sentence], ...] = (
    ("import", say("Read in Entra ID")),
    ("scoping", say("Check that the person is in scope")),
    ("matching", say("Look for the person at the app")),
    ("export", say("Write the person at the app")),
)
"""Types of step and what to call them, in the order in which they show; the service reports them in its own."""

OnChecks = Callable[[tuple[Check, ...]], None]


class ProveStep(Step):
    """Proves it on one person, then starts."""

    key = StepKey.PROVE
    group = StepGroup.GO_LIVE
    title = say("Prove it on one person")
    short_title = say("Prove")
    purpose = say("Provision one person now and see each step. Then let it run by itself.")

    def problems(self, answers: Answers, found: Found) -> tuple[Problem, ...]:
        """Nobody is held here: the proof is an offer, and starting can wait."""
        if answers.mode is Mode.AUTOMATIC and not found.started:
            return (
                Problem(
                    "", say("Provisioning is not started yet, so nobody arrives by itself."), blocks=False
                ),
            )
        return ()

    def suggest(self, answers: Answers, found: Found) -> Answers:
        """The first person who would be provisioned."""
        if answers.pilot is not None:
            return answers
        # Whoever was chosen after the preview was made is in neither of its lists.
        missed = {one.user.id for one in found.preview.missed} if found.preview else set()
        people = [one for one in answers.people if one.id not in missed]
        return replace(answers, pilot=people[0]) if people else answers


def waiting_steps() -> tuple[Check, ...]:
    """The rows before anything is known."""
    return tuple(Check(key, title) for key, title in STEPS)


def provision_one(
    services: Services,
    answers: Answers,
    found: Found,
    work: Work,
    on_checks: OnChecks | None = None,
) -> Found:
    """Provision the chosen person on demand, and tell what came of each step.

    An answer *not assigned* right after assigning is asked again for some minutes: new assignments are seen late.

    Returns:
        ``found`` with ``proof`` (one check a step, and the outcome as a last one) and ``proof_result``.

    Raises:
        SignInNeeded: The permissions for changes have to be allowed first.
        KnownError: It could not be asked at all.
        Cancelled: The person pressed Cancel.
    """
    from scim_assistant.graph import synchronization
    from scim_assistant.logs.explain import Catalogue
    from scim_assistant.tenant.patience import patiently

    session = session_of(found)
    pilot, app = answers.pilot, found.app
    if pilot is None:
        raise _not_possible(say("No person is chosen."), say("Choose the person to prove it on."))
    if app is None or app.job is None:
        raise _not_possible(say("The app has no provisioning job yet."), say("Apply the changes first."))
    pair = app.schema.mapping_of(pilot.kind) if app.schema else None
    if pair is None or pair[0].id is None:
        raise _not_possible(say("The mappings carry nobody of this kind."), say("Look at the Mappings page."))
    session.require_write(say("The person was not provisioned."))
    tell: OnChecks = on_checks or (lambda checks: None)
    catalogue = Catalogue.load()
    tell(tuple(replace(row, outcome=Outcome.RUNNING) for row in waiting_steps()))
    work.progress(0, None, say("Provisioning {name}", name=pilot.name))
    waited, tried = 0.0, 0
    app_id, job_id, rule_id = app.service_principal.id, app.job.id, pair[0].id
    born_at = _born_at(services, found)

    def ask() -> OnDemandResult:
        return synchronization.provision_on_demand(
            session.graph, app_id, job_id, rule_id, pilot.id, pilot.kind, work
        )

    while True:
        with explained(session, work):
            result = patiently(ask, session=session, born_at=born_at, work=work)
        if not _may_be_too_early(result) or waited >= PATIENCE_S or not _is_assigned(answers, found):
            break
        wait_s = _WAITS_S[min(tried, len(_WAITS_S) - 1)]
        tried, waited = tried + 1, waited + wait_s
        work.progress(
            0, None, say("The assignment of {name} is not seen yet; asking again in a while", name=pilot.name)
        )
        work.wait(session.pace.real_s(wait_s))
    checks = proof_checks(result, pilot.name, app_word(answers, found), catalogue)
    tell(checks)
    return replace(found, proof=checks, proof_result=result)


def _born_at(services: Services, found: Found) -> datetime | None:
    """When the app or its job was made by this set-up, whichever is later; None when both were there before."""
    from scim_assistant.plan.ledger import read_ledger

    times = [found.app.created_at if found.app else None]
    if found.setup_id:
        journal = services.journals.open(session_of(found).tenant_id, found.setup_id)
        times.append(read_ledger(journal.entries()).newest_at)
    return max((at for at in times if at is not None), default=None)


def _not_possible(why: Sentence, next_step: Sentence) -> KnownError:
    return KnownError(say("The person was not provisioned."), why, next_step)


def _is_assigned(answers: Answers, found: Found) -> bool:
    """True when the pilot should be in scope, so that 'not assigned' can only mean 'not seen yet'."""
    if answers.pilot is None or answers.everyone:
        return answers.everyone
    if any(one.id == answers.pilot.id for one in answers.principals):
        return True
    if found.app is not None and any(one.principal_id == answers.pilot.id for one in found.app.assignments):
        return True
    return found.preview is not None and any(
        one.user.id == answers.pilot.id for one in found.preview.included
    )


def _may_be_too_early(result: OnDemandResult) -> bool:
    from scim_assistant.graph.types import same

    if not same(result.status, "skipped"):
        return False
    for step in result.steps:
        if same(step.type, "scoping") and same(str((step.details or {}).get("Assigned", "")), "false"):
            return True
    return (result.error_code or "") in _NOT_ENTITLED and not any(
        same(step.type, "scoping") for step in result.steps
    )


def proof_checks(result: OnDemandResult, name: str, app: str, catalogue: Catalogue) -> tuple[Check, ...]:
    """One check for each step that was reported, missing ones skipped, and the outcome as the last. Pure."""
    from scim_assistant.graph.types import same

    checks = []
    for key, title in STEPS:
        steps = [step for step in result.steps if same(step.type, key)]
        if not steps:
            checks.append(Check(key, title, Outcome.SKIPPED, say("Not reached.")))
        for step in steps[-1:]:
            checks.append(_step_check(key, title, step))
    known = {key for key, _ in STEPS}
    for step in result.steps:
        kind = (step.type or "").casefold()
        if kind not in known:
            checks.append(_step_check(kind or "step", Sentence(step.name or kind), step))
    return (*checks, _outcome_check(result, name, app, catalogue))


_OUTCOMES = {
    "success": Outcome.PASS,
    "warning": Outcome.WARN,
    "failure": Outcome.FAIL,
    "failed": Outcome.FAIL,
    "skipped": Outcome.SKIPPED,
}


def _step_check(key: str, title: Sentence, step: OnDemandStep) -> Check:
    outcome = _OUTCOMES.get((step.status or "").casefold(), Outcome.WARN)
    return Check(key, title, outcome, _step_sentence(key, step, outcome), _flat(step.details or {}))


def _step_sentence(key: str, step: OnDemandStep, outcome: Outcome) -> Sentence:
    if key == "matching" and outcome is Outcome.PASS:
        return say("Found at the app.") if (step.details or {}).get("id") else say("Nobody there yet.")
    if key == "import" and outcome is Outcome.PASS:
        return say("Found in Entra ID.")
    if key == "scoping" and outcome is Outcome.PASS:
        return say("In scope.")
    # What is left is Microsoft's own wording, shown as it came.
    return Sentence(step.description or "")


def _flat(details: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((str(label), str(value)) for label, value in details.items() if value not in (None, ""))


def _outcome_check(result: OnDemandResult, name: str, app: str, catalogue: Catalogue) -> Check:
    from scim_assistant.graph.types import same

    title = say("Outcome")
    changed = tuple(
        (change.display_name or "", change.new_value or "") for change in result.modified if change.new_value
    )
    if same(result.status, "success"):
        done = {
            "create": say("{name} was created at {app}.", name=name, app=app),
            "update": say("{name} was updated at {app}.", name=name, app=app),
            "disable": say("{name} was disabled at {app}.", name=name, app=app),
            "delete": say("{name} was deleted at {app}.", name=name, app=app),
        }
        sentence = done.get(
            result.action.casefold(), say("{name} is up to date at {app}.", name=name, app=app)
        )
        return Check("outcome", title, Outcome.PASS, sentence, changed)
    code = result.error_code or _skip_reason(result)
    if same(code, "RedundantExport"):
        return Check(
            "outcome",
            title,
            Outcome.PASS,
            say("{name} is at {app} already, with the same values.", name=name, app=app),
        )
    explained = catalogue.explain(code or "", text=result.reason or "")
    skipped = same(result.status, "skipped")
    evidence = tuple(
        row
        for row in (
            ("Code", code or ""),
            ("Microsoft said", result.reason or ""),
            ("What it means", explained.meaning),
            *(("What to do", fix) for fix in explained.fixes),
            ("Change id", result.change_id or ""),
        )
        if row[1]
    )
    return Check(
        "outcome",
        title,
        Outcome.WARN if skipped else Outcome.FAIL,
        say("{name} was passed over: {why}", name=name, why=explained.title)
        if skipped
        else say("{name} was not provisioned: {why}", name=name, why=explained.title),
        evidence,
    )


def _skip_reason(result: OnDemandResult) -> str | None:
    for step in reversed(result.steps):
        reason = (step.details or {}).get("SkipReason")
        if reason:
            return str(reason)
    return None


def start_job(
    services: Services, answers: Answers, found: Found, work: Work, on_change: OnChange | None = None
) -> Found:
    """Let provisioning run by itself, as a plan with its journal; the set-up is finished then.

    Returns:
        ``found`` with ``started``; ``trouble`` says why it was not started.

    Raises:
        SignInNeeded: The permissions for changes have to be allowed first.
        KnownError: There is nothing to start, or the journal cannot be written.
        Cancelled: The person pressed Cancel.
    """
    from scim_assistant.plan.apply import apply_plan
    from scim_assistant.plan.ledger import read_ledger
    from scim_assistant.plan.make import plan_start
    from scim_assistant.steps.targets import wanted_from

    session = session_of(found)
    if found.app is None:
        raise KnownError(
            say("Provisioning was not started."),
            say("The app is not there yet."),
            say("Apply the changes first."),
        )
    session.require_write(say("Provisioning was not started."))
    app = _read_again(services, found, found.app, work)
    wanted = replace(wanted_from(answers, found), mode=Mode.AUTOMATIC)
    if found.setup_id:
        journal = services.journals.open(session.tenant_id, found.setup_id)
    else:
        journal = services.journals.begin(session.tenant_id, answers.profile_id, wanted)
    again = read_ledger(journal.entries()).needs_restart
    plan = plan_start(wanted, app, again=again)
    applied = apply_plan(plan, session, journal, work, on_change or (lambda change, state, trouble: None))
    found = replace(
        found, app=app, setup_id=journal.setup_id, trouble=applied.trouble, started=applied.complete
    )
    if applied.complete:
        with contextlib.suppress(KnownError, Cancelled):  # it runs, whether or not it can be read just now
            found = replace(found, app=_read_again(services, found, app, work))
        services.journals.close(journal, "finished")
    return found


def _read_again(services: Services, found: Found, app: AppSnapshot, work: Work) -> AppSnapshot:
    from scim_assistant.tenant.snapshot import fetch_app

    return fetch_app(
        session_of(found),
        app.service_principal.id,
        work,
        application_id=app.application_id,
        created_at=app.created_at,
        job_id=app.job.id if app.job else "",
        job_created_at=_born_at(services, found),
    )
