"""Every page and window in every state that matters: one enumerated list, and how to make each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from PySide6.QtWidgets import QWidget

from scim_assistant.check import Outcome
from scim_assistant.plan.apply import Applied
from scim_assistant.plan.change import ChangeState
from scim_assistant.plan.look import Candidate
from scim_assistant.plan.make import plan_setup
from scim_assistant.plan.resume import Resumption
from scim_assistant.plan.undo import UndoPlan
from scim_assistant.plan.wanted import Principal
from scim_assistant.secret import Secret
from scim_assistant.sentence import say
from scim_assistant.steps import prove
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.flow import STEPS, next_step
from scim_assistant.steps.found import Found
from scim_assistant.steps.preview import ScopePreview
from scim_assistant.steps.step import StepKey
from scim_assistant.steps.targets import wanted_from
from scim_assistant.tenant.readiness import waiting_checks
from scim_assistant.ui.dialogs import UnexpectedDialog, ask
from scim_assistant.ui.help_window import HelpWindow
from scim_assistant.ui.jobs import Jobs
from scim_assistant.ui.pages import PAGES
from scim_assistant.ui.shell import Shell
from scim_assistant.ui.undo_dialog import UndoDialog
from scim_assistant.ui.wording import LEAVE, STAY, TRY_AGAIN
from scim_assistant.work import Progress
from tests.gallery import sample

Make = Callable[["Stage"], QWidget]


class Picture(Enum):
    """Every picture there has to be. A test holds the list to the pages and to what can be made."""

    START_LOADING = "start: loading"
    START_READY = "start: ready"
    START_RESUME = "start: a set-up left half done"
    START_PORTAL_APP = "start: an app that needs the portal"
    SIGN_IN_BUSY = "sign_in: signing in"
    SIGN_IN_CHECKING = "sign_in: checks running"
    SIGN_IN_READY = "sign_in: ready"
    SIGN_IN_CONSENT_MISSING = "sign_in: consent missing"
    SIGN_IN_NO_PREMIUM = "sign_in: no premium licence"
    SIGN_IN_NO_ROLE = "sign_in: no role active"
    SIGN_IN_OFFLINE = "sign_in: offline"
    SIGN_IN_RESUME_CHOICE = "sign_in: which app belongs to the set-up"
    SIGN_IN_LONG = "sign_in: long texts"
    REGISTER_SEARCHING = "register: searching"
    REGISTER_NOT_FOUND = "register: not in the gallery"
    REGISTER_NEW = "register: new app"
    REGISTER_EXISTING = "register: apps exist"
    REGISTER_LATER = "register: create later"
    REGISTER_CREATING = "register: creating"
    REGISTER_CREATED = "register: created"
    REGISTER_REFUSED = "register: refused"
    REGISTER_LONG = "register: long texts"
    CONNECT_EMPTY = "connect: empty"
    CONNECT_PRACTICE = "connect: the pretend vendor's page"
    CONNECT_FILLED = "connect: filled"
    CONNECT_CLEANED = "connect: cleaned"
    CONNECT_SWAPPED = "connect: token in the address"
    CONNECT_LONG = "connect: long texts"
    MAPPINGS_BUSY = "mappings: busy"
    MAPPINGS_DEFAULT = "mappings: default"
    MAPPINGS_CHANGED = "mappings: changed, filtered, deletes"
    MAPPINGS_NONE = "mappings: no app yet"
    SCOPE_EMPTY = "scope: empty"
    SCOPE_PICKED = "scope: picked, with preview"
    SCOPE_SEARCH = "scope: search results"
    SCOPE_NOBODY = "scope: nobody found"
    SCOPE_EVERYONE = "scope: everyone"
    SCOPE_MANY = "scope: very many people"
    SCOPE_PROBLEMS = "scope: problems"
    REVIEW_BUSY = "review: making the plan"
    REVIEW_PLAN = "review: plan"
    REVIEW_REQUEST = "review: a request opened"
    REVIEW_APPLYING = "review: applying"
    REVIEW_FAILED = "review: failed half way"
    REVIEW_STOPPED = "review: stopped"
    REVIEW_NOTHING = "review: nothing to change"
    REVIEW_MANY = "review: very many changes"
    PROVE_PICK = "prove: pick a person"
    PROVE_RUNNING = "prove: running"
    PROVE_SUCCESS = "prove: success"
    PROVE_SKIPPED = "prove: passed over"
    PROVE_FAILED = "prove: failed"
    PROVE_STARTED = "prove: started"
    PROVE_MANUAL = "prove: manual mode"
    DONE_RUNNING = "done: running"
    DONE_MANUAL = "done: manual mode"
    DONE_NOT_STARTED = "done: not started"
    DIALOG_LEAVE = "dialog: leave"
    DIALOG_UNDO = "dialog: undo"
    DIALOG_UNEXPECTED = "dialog: unexpected"
    DIALOG_HELP = "dialog: help"

    @property
    def page(self) -> str:
        """The page or kind of window it shows."""
        return self.value.partition(":")[0]

    @property
    def file(self) -> str:
        """Name of its picture, without ending."""
        return self.name.lower()


@dataclass
class Stage:
    """Where a picture is made: one job runner for all, which runs nothing."""

    jobs: Jobs

    def page(
        self,
        key: StepKey,
        answers: Answers,
        found: Found,
        after: Callable[[Shell], Any] | None = None,
        *,
        practice: bool = True,
    ) -> Shell:
        """The wizard, frozen at a page."""
        shell = Shell(
            jobs=self.jobs,
            steps=STEPS,
            pages=PAGES,
            next_step=_in_order,
            services=_no_services,
            answers=answers,
            found=found,
            practice=practice,
        )
        shell.freeze()
        shell.show()
        shell.walk_to(key)
        if after is not None:
            after(shell)
        return shell


def _in_order(key: StepKey, answers: Answers, found: Found) -> StepKey | None:
    return next_step(key, replace(answers, resume=""), found)


def _no_services(work: object) -> Any:
    raise AssertionError("a picture asks nobody")


def _veil(text: str, progress: Progress | None = None) -> Callable[[Shell], None]:
    def after(shell: Shell) -> None:
        page = shell.page_here
        page.veil.begin(say(text))
        page.veil._on_due()
        if progress is not None:
            page.veil.progress(progress)
        page.foot.say(progress.sentence if progress else say(text), running=True)
        page.set_complete(False)

    return after


def _working(text: str) -> Callable[[Shell], None]:
    def after(shell: Shell) -> None:
        shell.page_here.foot.say(say(text), running=True)
        shell.page_here.set_complete(False)

    return after


def _both(*steps: Callable[[Shell], Any]) -> Callable[[Shell], None]:
    def after(shell: Shell) -> None:
        for step in steps:
            step(shell)

    return after


def _end(shell: Shell) -> None:
    bar = shell.page_here.scroll_area.verticalScrollBar()
    bar.setValue(bar.maximum())


# Start and sign in


def _start_loading(stage: Stage) -> QWidget:
    return stage.page(StepKey.START, Answers(), Found(), _working("Looking it up"))


def _start_ready(stage: Stage) -> QWidget:
    return stage.page(StepKey.START, Answers(), sample.begun())


def _start_resume(stage: Stage) -> QWidget:
    one = sample.unfinished()
    other = sample.unfinished(
        setup_id="x", app_name="ScreenSteps test", done=5, needs_secret=False, damaged=True
    )
    return stage.page(StepKey.START, Answers(resume=one.setup_id), sample.begun(unfinished=(one, other)))


def _start_portal(stage: Stage) -> QWidget:
    found = sample.begun()
    portal = next((one.id for one in found.profiles if not one.can_be_set_up), "screensteps")
    return stage.page(StepKey.START, Answers(profile_id=portal), found)


def _sign_in_busy(stage: Stage) -> QWidget:
    return stage.page(StepKey.SIGN_IN, Answers(), sample.begun(), _working("Signing in"))


def _sign_in_checking(stage: Stage) -> QWidget:
    found = sample.signed_in()
    rows = list(waiting_checks(found.profiles[0]))
    known = {one.key: one for one in sample.READY}
    rows = [known.get(row.key, row) if number < 2 else row for number, row in enumerate(rows)]
    rows[2] = replace(rows[2], outcome=Outcome.RUNNING)
    return stage.page(
        StepKey.SIGN_IN, Answers(), replace(found, readiness=tuple(rows)), _working("Looking at the licence")
    )


def _sign_in_ready(stage: Stage) -> QWidget:
    return stage.page(
        StepKey.SIGN_IN, Answers(), sample.signed_in(session=sample.NOORS, readiness=sample.judged("healthy"))
    )


def _sign_in_consent(stage: Stage) -> QWidget:
    return stage.page(
        StepKey.SIGN_IN,
        Answers(),
        sample.signed_in(session=sample.NOORS, readiness=sample.judged("missing-consent")),
        lambda shell: shell.page_here.checks.row("scopes").more.setChecked(True),
    )


def _sign_in_no_premium(stage: Stage) -> QWidget:
    found = sample.signed_in(session=sample.NOORS, readiness=sample.judged("no-premium-licence"))
    return stage.page(StepKey.SIGN_IN, Answers(), found)


def _sign_in_no_role(stage: Stage) -> QWidget:
    return stage.page(
        StepKey.SIGN_IN,
        Answers(),
        sample.signed_in(session=sample.NOORS, readiness=sample.judged("missing-role")),
    )


def _sign_in_offline(stage: Stage) -> QWidget:
    return stage.page(
        StepKey.SIGN_IN,
        Answers(),
        sample.begun(),
        lambda shell: shell.show_trouble(sample.UNREACHABLE, ("again", TRY_AGAIN)),
    )


def _sign_in_choice(stage: Stage) -> QWidget:
    apps = tuple(
        Candidate(sample.app(f"ScreenSteps {word}").service_principal, "", sample.AT, fits=True)
        for word in ("of this morning", "of yesterday")
    )
    stands = Resumption(
        setup_id="x",
        profile_id="screensteps",
        wanted=wanted_from(sample.answered(), sample.registered()),
        service_principal_id="",
        application_id="",
        job_id="",
        created_at=None,
        needs_secret=True,
        choices=apps,
        newest_at=sample.AT,
    )
    return stage.page(StepKey.SIGN_IN, Answers(resume="x"), sample.signed_in(resumption=stands))


def _sign_in_long(stage: Stage) -> QWidget:
    long = sample.check("role", sample.LONG, Outcome.WARN, sample.LONG_WORDS + sample.LONG)
    session = sample.session(tenant_name=sample.LONG, account=f"{sample.LONG}@example.com")
    return stage.page(
        StepKey.SIGN_IN, Answers(), sample.signed_in(session=session, readiness=sample.readiness(role=long))
    )


# Register and connect


def _register(found: Found, **changes: Any) -> Callable[[Stage], QWidget]:
    return lambda stage: stage.page(StepKey.REGISTER, replace(Answers(), **changes), found)


def _gallery(**changes: Any) -> Found:
    return sample.searched(**changes)


def _register_refused(stage: Stage) -> QWidget:
    return stage.page(
        StepKey.REGISTER,
        Answers(),
        _gallery(),
        lambda shell: shell.show_trouble(sample.REFUSED),
    )


def _register_existing(stage: Stage) -> QWidget:
    first = sample.app().service_principal
    second = sample.app("ScreenSteps (single sign-on)").service_principal
    found = _gallery(instances=(first, _renamed(second, "0d1e")))
    return stage.page(StepKey.REGISTER, Answers(app_name="ScreenSteps"), found)


def _renamed(app: Any, start: str) -> Any:
    import msgspec

    return msgspec.structs.replace(app, id=start + app.id[4:])


def _register_long(stage: Stage) -> QWidget:
    import msgspec

    entries = tuple(
        msgspec.structs.replace(
            one, display_name=sample.LONG + str(number), publisher=sample.LONG, id=str(number)
        )
        for number, one in enumerate(sample.GALLERY * 4)
    )
    return stage.page(
        StepKey.REGISTER,
        Answers(template_id="0", app_name=sample.LONG * 2),
        sample.signed_in(templates=entries),
    )


def _connect(found: Found, **changes: Any) -> Callable[[Stage], QWidget]:
    return lambda stage: stage.page(StepKey.CONNECT, sample.answered(**changes), found)


def _connect_practice(stage: Stage) -> QWidget:
    hint = (sample.ADDRESS, Secret("practice-token"))
    return stage.page(
        StepKey.CONNECT,
        sample.answered(tenant_url="", secret=Secret()),
        sample.registered(),
        lambda shell: shell.page_here.show_hint(hint),
    )


# Mappings


def _mappings_changed(stage: Stage) -> QWidget:
    found = sample.tested(app=sample.app(schema=sample.changed_schema()))
    return stage.page(StepKey.MAPPINGS, sample.answered(), found)


# Scope


def _scope(found: Found, **changes: Any) -> Callable[[Stage], QWidget]:
    return lambda stage: stage.page(StepKey.SCOPE, sample.answered(**changes), found)


def _scope_picked(stage: Stage) -> QWidget:
    def after(shell: Shell) -> None:
        page: Any = shell.page_here
        page.preview.missed.open()
        page.scroll_area.ensureWidgetVisible(page.preview, 0, 0)
        _settle(shell)
        page.scroll_area.ensureWidgetVisible(page.preview, 0, 0)

    return stage.page(StepKey.SCOPE, sample.answered(), sample.tested(preview=sample.PREVIEW), after)


def _settle(shell: Shell) -> None:
    from PySide6.QtWidgets import QApplication

    for _ in range(3):
        QApplication.processEvents()


def _scope_search(results: tuple[Principal, ...]) -> Callable[[Stage], QWidget]:
    def after(shell: Shell) -> None:
        page: Any = shell.page_here
        page.picker.search.setText("sc")
        page.picker.set_results(results)
        _settle(shell)
        page.scroll_area.ensureWidgetVisible(page.picker, 0, 0)

    return lambda stage: stage.page(
        StepKey.SCOPE, sample.answered(), sample.tested(preview=sample.PREVIEW), after
    )


_STRANGERS = (
    *sample.GROUPS,
    Principal("g3", "Group", "Newsletter", "not a security group, so it cannot be assigned"),
    Principal("u9", "User", "Scott " + sample.LONG, "scott@example.com, guest"),
    *sample.PEOPLE[:2],
)


def _scope_many(stage: Stage) -> QWidget:
    many = tuple(
        Principal(f"m{number}", "User", f"Person {number:05d}", f"person{number:05d}@example.com")
        for number in range(3000)
    )
    preview = ScopePreview(
        people=tuple(sample.person(one) for one in many), groups=(), warnings=(), complete=False
    )

    def after(shell: Shell) -> None:
        page: Any = shell.page_here
        page.preview.arriving.open()
        _settle(shell)
        page.scroll_area.ensureWidgetVisible(page.preview, 0, 0)

    answers = sample.answered(people=many[:400], groups=())
    return stage.page(StepKey.SCOPE, answers, sample.tested(preview=preview), after)


def _scope_problems(stage: Stage) -> QWidget:
    answers = sample.answered(people=(), groups=(), notify_email="not an address", delete_threshold="lots")
    return stage.page(StepKey.SCOPE, answers, sample.tested(), _both(_settle, _end))


# Review, prove, done


def _states(found: Found, *states: ChangeState, **more: Any) -> Found:
    changes = found.plan.changes if found.plan else ()
    padded = [*states, *[ChangeState.WAITING] * len(changes)]
    applied = Applied(setup_id="x", states=tuple(zip(changes, padded, strict=False)), **more)
    return replace(found, applied=applied)


def _review(found: Found, after: Callable[[Shell], Any] | None = None) -> Callable[[Stage], QWidget]:
    return lambda stage: stage.page(StepKey.REVIEW, sample.answered(), found, after)


def _review_request(shell: Shell) -> None:
    page: Any = shell.page_here
    changes = shell.found.plan.changes if shell.found.plan else ()
    row = page.plan.row(changes[1].key)
    row.more.setChecked(True)
    _settle(shell)


def _review_applying(shell: Shell) -> None:
    page: Any = shell.page_here
    page._applying = True
    page.bar.setRange(0, 5)
    page.bar.setValue(2)
    page.bar.show()
    page._count(shell.found)
    _working("Assign Ana Ruiz to ScreenSteps")(shell)


def _review_failed(stage: Stage) -> QWidget:
    error = sample.trouble(
        "Ana Ruiz was not assigned.",
        "Microsoft Graph is busy and asked to come back later.",
        "Press Apply to go on where it stopped.",
    )
    found = _states(sample.planned(), ChangeState.DONE, ChangeState.DONE, ChangeState.FAILED, trouble=error)

    def after(shell: Shell) -> None:
        page: Any = shell.page_here
        changes = shell.found.plan.changes if shell.found.plan else ()
        page.plan.set_state(changes[2].key, ChangeState.FAILED, error)
        shell.show_trouble(error)

    return stage.page(StepKey.REVIEW, sample.answered(), found, after)


def _review_nothing(stage: Stage) -> QWidget:
    found = sample.planned()
    assert found.plan is not None
    return stage.page(
        StepKey.REVIEW, sample.answered(), replace(found, plan=replace(found.plan, changes=(), warnings=()))
    )


def _review_many(stage: Stage) -> QWidget:
    many = tuple(
        Principal(f"m{number}", "User", f"Person {number:05d}", "x@example.com") for number in range(300)
    )
    answers = sample.answered(people=many)
    found = sample.tested(preview=sample.PREVIEW)
    found = replace(found, plan=plan_setup(wanted_from(answers, found), found.app))
    return stage.page(StepKey.REVIEW, answers, found)


def _applied(**changes: Any) -> Found:
    found = sample.planned()
    count = len(found.plan.changes) if found.plan else 0
    return replace(_states(found, *[ChangeState.DONE] * count), **changes)


def _prove(found: Found, answers: Answers | None = None) -> Callable[[Stage], QWidget]:
    return lambda stage: stage.page(StepKey.PROVE, answers or sample.answered(), found)


_PROOF = (
    sample.check(
        "import",
        "Read in Entra ID",
        Outcome.PASS,
        "Found in Entra ID.",
        evidence=(("mail", "ana.ruiz@example.com"),),
    ),
    sample.check("scoping", "Check that the person is in scope", Outcome.PASS, "In scope."),
    sample.check("matching", "Look for the person at the app", Outcome.PASS, "Nobody there yet."),
    sample.check("export", "Write the person at the app", Outcome.PASS, "Created."),
    sample.check(
        "outcome",
        "Outcome",
        Outcome.PASS,
        "Ana Ruiz was created at ScreenSteps.",
        evidence=(("userName", "ana.ruiz@example.com"),),
    ),
)


def _proof(*changed: Any) -> tuple[Any, ...]:
    known = {one.key: one for one in changed}
    return tuple(known.get(one.key, one) for one in _PROOF)


_SKIPPED = _proof(
    sample.check("scoping", "Check that the person is in scope", Outcome.SKIPPED, "Not assigned to the app."),
    sample.check("matching", "Look for the person at the app", Outcome.SKIPPED, "Not reached."),
    sample.check("export", "Write the person at the app", Outcome.SKIPPED, "Not reached."),
    sample.check("outcome", "Outcome", Outcome.WARN, "Ana Ruiz was passed over: not assigned to the app."),
)
_FAILED = _proof(
    sample.check("export", "Write the person at the app", Outcome.FAIL, "The app refused the person."),
    sample.check(
        "outcome", "Outcome", Outcome.FAIL, "Ana Ruiz was not provisioned: the user name is taken there."
    ),
)


def _prove_running(stage: Stage) -> QWidget:
    def after(shell: Shell) -> None:
        page: Any = shell.page_here
        rows = prove.waiting_steps()
        page._on_checks((replace(_PROOF[0]), replace(rows[1], outcome=Outcome.RUNNING), *rows[2:]))
        _both(_settle, _end)(shell)

    return stage.page(
        StepKey.PROVE, sample.answered(), _applied(), _both(after, _working("Provisioning Ana Ruiz"))
    )


def _done(found: Found, answers: Answers | None = None) -> Callable[[Stage], QWidget]:
    return lambda stage: stage.page(StepKey.DONE, answers or sample.answered(), found)


# Dialogs


def _leave(stage: Stage) -> QWidget:
    shell = stage.page(StepKey.SCOPE, sample.answered(), sample.tested())
    return ask(
        shell,
        say("Leave this set-up?"),
        say("Nothing was written to the tenant. What you entered here is not kept."),
        do=LEAVE,
        stay=STAY,
        on_do=lambda: None,
    )


def _undo(stage: Stage) -> QWidget:
    found = _applied()
    shell = stage.page(StepKey.PROVE, sample.answered(), found)
    assert found.plan is not None
    changes = tuple(replace(one, sentence=one.undo or one.sentence) for one in reversed(found.plan.changes))
    stays = (say("Ana Ruiz, who was provisioned on demand, stays at ScreenSteps."),)
    plan = UndoPlan(replace(found.plan, changes=changes, made_at=datetime.now(UTC)), stays)
    dialog = UndoDialog(plan, lambda _: None, shell)
    dialog.show()
    return dialog


def _unexpected(stage: Stage) -> QWidget:
    try:
        _no_services(None)
    except AssertionError as error:
        dialog = UnexpectedDialog(error)
    dialog.show()
    return dialog


def _help(stage: Stage) -> QWidget:
    shell = stage.page(StepKey.CONNECT, sample.answered(), sample.registered())
    return HelpWindow.open_for(shell.page_here, shell.answers, shell.found, shell)


P = Picture
MAKERS: dict[Picture, Make] = {
    P.START_LOADING: _start_loading,
    P.START_READY: _start_ready,
    P.START_RESUME: _start_resume,
    P.START_PORTAL_APP: _start_portal,
    P.SIGN_IN_BUSY: _sign_in_busy,
    P.SIGN_IN_CHECKING: _sign_in_checking,
    P.SIGN_IN_READY: _sign_in_ready,
    P.SIGN_IN_CONSENT_MISSING: _sign_in_consent,
    P.SIGN_IN_NO_PREMIUM: _sign_in_no_premium,
    P.SIGN_IN_NO_ROLE: _sign_in_no_role,
    P.SIGN_IN_OFFLINE: _sign_in_offline,
    P.SIGN_IN_RESUME_CHOICE: _sign_in_choice,
    P.SIGN_IN_LONG: _sign_in_long,
    P.REGISTER_SEARCHING: lambda stage: stage.page(
        StepKey.REGISTER, Answers(), sample.signed_in(), _working("Searching the gallery for ScreenSteps")
    ),
    P.REGISTER_NOT_FOUND: _register(sample.signed_in(), gallery_search="Screen Stepps"),
    P.REGISTER_NEW: _register(_gallery()),
    P.REGISTER_EXISTING: _register_existing,
    P.REGISTER_LATER: _register(_gallery(), create_later=True),
    P.REGISTER_CREATING: lambda stage: stage.page(
        StepKey.REGISTER,
        Answers(),
        _gallery(),
        _veil(
            "Creating the app in the tenant",
            Progress(0, None, say("Waiting until Microsoft shows it everywhere")),
        ),
    ),
    P.REGISTER_CREATED: _register(
        sample.registered(), app_name="ScreenSteps", service_principal_id=sample.app().service_principal.id
    ),
    P.REGISTER_REFUSED: _register_refused,
    P.REGISTER_LONG: _register_long,
    P.CONNECT_EMPTY: _connect(sample.registered(), tenant_url="", secret=Secret()),
    P.CONNECT_PRACTICE: _connect_practice,
    P.CONNECT_FILLED: _connect(sample.registered()),
    P.CONNECT_CLEANED: _connect(
        sample.registered(),
        tenant_url=f'  "{sample.ADDRESS}/Users/" ',
        secret=Secret("Bearer " + sample.TOKEN.reveal()),
    ),
    P.CONNECT_SWAPPED: _connect(
        sample.registered(), tenant_url="tok-" + "7f3a9c51" * 8, secret=Secret(sample.ADDRESS)
    ),
    P.CONNECT_LONG: _connect(
        sample.registered(), tenant_url="https://example.com/" + "x" * 10_000, secret=Secret("y" * 10_000)
    ),
    P.MAPPINGS_BUSY: lambda stage: stage.page(
        StepKey.MAPPINGS,
        sample.answered(),
        sample.tested(),
        _veil("Reading the mappings that the app starts with", Progress(1, 3, say("Reading the template"))),
    ),
    P.MAPPINGS_DEFAULT: lambda stage: stage.page(StepKey.MAPPINGS, sample.answered(), sample.tested()),
    P.MAPPINGS_CHANGED: _mappings_changed,
    P.MAPPINGS_NONE: lambda stage: stage.page(
        StepKey.MAPPINGS, sample.answered(service_principal_id="", create_later=True), sample.tested(app=None)
    ),
    P.SCOPE_EMPTY: _scope(sample.tested(), people=(), groups=()),
    P.SCOPE_PICKED: _scope_picked,
    P.SCOPE_SEARCH: _scope_search(_STRANGERS),
    P.SCOPE_NOBODY: _scope_search(()),
    P.SCOPE_EVERYONE: _scope(sample.tested(preview=sample.PREVIEW), everyone=True),
    P.SCOPE_MANY: _scope_many,
    P.SCOPE_PROBLEMS: _scope_problems,
    P.REVIEW_BUSY: _review(
        sample.tested(), _veil("Looking it up", Progress(0, None, say("Reading the app")))
    ),
    P.REVIEW_PLAN: _review(sample.planned()),
    P.REVIEW_REQUEST: _review(sample.planned(), _review_request),
    P.REVIEW_APPLYING: _review(
        _states(sample.planned(), ChangeState.DONE, ChangeState.DONE, ChangeState.RUNNING), _review_applying
    ),
    P.REVIEW_FAILED: _review_failed,
    P.REVIEW_STOPPED: _review(
        _states(sample.planned(), ChangeState.DONE, stopped=True), lambda shell: shell.page_here._on_stopped()
    ),
    P.REVIEW_NOTHING: _review_nothing,
    P.REVIEW_MANY: _review_many,
    P.PROVE_PICK: _prove(_applied()),
    P.PROVE_RUNNING: _prove_running,
    P.PROVE_SUCCESS: _prove(_applied(proof=_PROOF)),
    P.PROVE_SKIPPED: _prove(_applied(proof=_SKIPPED)),
    P.PROVE_FAILED: _prove(_applied(proof=_FAILED)),
    P.PROVE_STARTED: _prove(_applied(proof=_PROOF, started=True)),
    P.PROVE_MANUAL: _prove(_applied(), sample.manual()),
    P.DONE_RUNNING: _done(_applied(started=True)),
    P.DONE_MANUAL: _done(_applied(), sample.manual()),
    P.DONE_NOT_STARTED: _done(_applied()),
    P.DIALOG_LEAVE: _leave,
    P.DIALOG_UNDO: _undo,
    P.DIALOG_UNEXPECTED: _unexpected,
    P.DIALOG_HELP: _help,
}
"""How each picture is made."""
