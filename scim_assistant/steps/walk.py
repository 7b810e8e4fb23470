"""The whole set-up without a window: the same steps, plan and journal, with what is picked taken from a scenario.

Each step's outcome is printed as it happens. A set-up of this tenant that was left half done is gone on with. How the
journey ended is looked up in the tenant, not assumed, and compared with what the scenario says.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from scim_assistant import resources
from scim_assistant.check import Check, Outcome
from scim_assistant.errors import KnownError
from scim_assistant.logs.text import visible
from scim_assistant.plan.change import Change, ChangeState
from scim_assistant.plan.resume import AppGone
from scim_assistant.plan.wanted import Mode, Principal
from scim_assistant.sentence import counted, say
from scim_assistant.steps import done, flow, mappings, prove, register, review, scope
from scim_assistant.steps.answers import Answers, AppChoice
from scim_assistant.steps.done import summary
from scim_assistant.steps.found import Found
from scim_assistant.steps.needed import session_of
from scim_assistant.steps.services import Services
from scim_assistant.steps.sign_in import NEW_APP
from scim_assistant.steps.start import SCENARIOS
from scim_assistant.steps.step import StepKey
from scim_assistant.steps.walk_end import End, watch
from scim_assistant.work import Work

SayLine = Callable[[str], None]

_MARKS = {
    Outcome.PASS: "ok",
    Outcome.WARN: "note",
    Outcome.FAIL: "failed",
    Outcome.SKIPPED: "skipped",
    Outcome.RUNNING: "...",
    Outcome.WAITING: "...",
}


@dataclass(frozen=True, slots=True)
class Picks:
    """What a walk picks where a person would choose.

    Attributes:
        scenario: Name of the practice world.
        people: User principal names to assign.
        groups: Names of groups to assign.
        pilot: User principal name of the person to prove it on.
        app_name: Name for the new app, or of the app to reuse.
        reuse: Use the app of this name that is there.
        mode: Automatic or manual.
        notify_email: Address for failure mail; empty takes the account's.
        delete_threshold: Most removals in one cycle; None leaves it as suggested.
        end: How the journey should end: ``state``, ``step``, ``log``.
    """

    scenario: str
    people: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    pilot: str = ""
    app_name: str = ""
    reuse: bool = False
    mode: Mode = Mode.AUTOMATIC
    notify_email: str = ""
    delete_threshold: int | None = None
    end: Mapping[str, Any] | None = None


def read_picks(scenario: str, told: Mapping[str, Any] | None = None) -> Picks:
    """The picks of a scenario file.

    Args:
        scenario: Name of the scenario.
        told: Its content, where it is at hand already.

    Raises:
        KnownError: There is no such scenario.
    """
    if told is None:
        if scenario not in resources.names(SCENARIOS, ".toml"):
            raise KnownError(
                say("The walk was not begun."),
                say("There is no scenario {name}.", name=scenario),
                say("Choose one of: {names}.", names=", ".join(resources.names(SCENARIOS, ".toml"))),
            )
        told = resources.read_toml(f"{SCENARIOS}/{scenario}.toml")
    suggest = told.get("suggest", {})
    return Picks(
        scenario=scenario,
        people=tuple(suggest.get("people", ())),
        groups=tuple(suggest.get("groups", ())),
        pilot=str(suggest.get("pilot", "")),
        app_name=str(suggest.get("app_name", "")),
        reuse=bool(suggest.get("reuse", False)),
        mode=Mode(suggest.get("mode", Mode.AUTOMATIC.value)),
        notify_email=str(suggest.get("notify_email", "")),
        delete_threshold=suggest.get("delete_threshold"),
        end=told.get("end"),
    )


def walk(services: Services, scenario: str | Picks, say_line: SayLine, work: Work) -> int:
    """Walk the whole journey.

    Args:
        services: The world outside, of a practice session.
        scenario: Name of the scenario, or the picks themselves.
        say_line: Told one line after the other.
        work: Cancel.

    Returns:
        0 when it ended as the scenario says, 1 otherwise.

    Raises:
        KnownError: There is no such scenario.
        Cancelled: The journey was broken off.
    """
    picks = scenario if isinstance(scenario, Picks) else read_picks(scenario)
    walker = Walker(services, picks, say_line, work)
    end = walker.go()
    say_line("")
    say_line(end.sentence)
    expected = picks.end or {"state": "live", "step": "done"}
    if end.fits(expected):
        return 0
    say_line(
        f"Expected of this scenario: {expected.get('state', 'live')} at {expected.get('step', 'done')}"
        f" ({expected.get('sentence', '')})"
    )
    say_line(f"What happened: {end.state} at {end.step.value}")
    return 1


class Stopped(Exception):
    """The journey stops at this step."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Walker:
    """One journey: answers and findings, moved from step to step."""

    def __init__(self, services: Services, picks: Picks, say_line: SayLine, work: Work) -> None:
        self.services = services
        self.picks = picks
        self.work = work
        self.say_line = say_line
        self.answers = Answers(scenario=picks.scenario, mode=picks.mode)
        self.found = Found()
        self.was_quarantined = False
        self._acts: dict[StepKey, Callable[[], None]] = {
            StepKey.SIGN_IN: self._sign_in,
            StepKey.REGISTER: self._register,
            StepKey.CONNECT: self._connect,
            StepKey.TEST_CONNECTION: self._test,
            StepKey.MAPPINGS: self._mappings,
            StepKey.SCOPE: self._scope,
            StepKey.REVIEW: self._review,
            StepKey.PROVE: self._prove,
        }

    def go(self) -> End:
        """Walk until the end or until a step stops it."""
        key: StepKey | None = StepKey.START
        step = StepKey.START
        while key is not None:
            step = key
            self._title(step)
            try:
                self._pick(step)
                self._look(step)
                self._acts.get(step, lambda: None)()
                self._hold(step)
            except Stopped as stop:
                return End("stopped", step, stop.sentence)
            except KnownError as error:
                self._trouble(error)
                return End("stopped", step, str(error))
            key = flow.next_step(step, self.answers, self.found)
        for line in summary(self.answers, self.found):
            self._line(line)
        return watch(
            self.answers,
            self.found,
            self.picks.end or {},
            self._line,
            self.work,
            was_quarantined=self.was_quarantined,
        )

    # -------------------------------------------------------------------------------------- speaking

    def _title(self, key: StepKey) -> None:
        step = flow.step_of(key)
        self.say_line("")
        self.say_line(f"{flow.ORDER.index(key) + 1}. {step.title}")

    def _line(self, text: str) -> None:
        # Names and what services say are written by strangers: none of them moves a terminal's cursor.
        for line in str(text).split("\n"):
            self.say_line(f"   {visible(line)}")

    def _check(self, check: Check) -> None:
        seconds = (
            f" ({check.seconds:.1f} seconds)" if check.seconds is not None and check.seconds >= 0.1 else ""
        )
        self._line(f"{_MARKS[check.outcome]:>7}  {check.title}: {check.sentence}{seconds}")

    def _trouble(self, error: KnownError) -> None:
        for part in (error.what, error.why, error.next_step):
            if part:
                self._line(part)
        for label, value in error.details.lines():
            self._line(f"  {label}: {value}")

    def _on_change(self, change: Change, state: ChangeState, trouble: KnownError | None) -> None:
        words = {
            ChangeState.DONE: "done",
            ChangeState.ALREADY: "was so already",
            ChangeState.FAILED: "failed",
        }
        if state in words:
            self._line(f"{change.sentence}: {words[state]}")

    # -------------------------------------------------------------------------------------- moving

    def _look(self, key: StepKey) -> None:
        """What a page does when it opens: look things up, and take over what they suggest."""
        step = flow.step_of(key)
        self.answers = step.suggest(self.answers, self.found)
        if step.depends_on(self.answers, self.found) is not None:
            self.found = step.lookup(self.services, self.answers, self.found, self.work)
            self.answers = step.suggest(self.answers, self.found)

    def _hold(self, key: StepKey) -> None:
        """Stop where Next would be disabled; say the rest."""
        problems = flow.step_of(key).problems(self.answers, self.found)
        for problem in problems:
            if not problem.blocks and key is not StepKey.SIGN_IN:
                self._line(f"   note  {problem.sentence}")
        for problem in problems:
            if problem.blocks:
                raise Stopped(problem.sentence)

    def _pick(self, key: StepKey) -> None:
        """What a person would have entered before looking."""
        if key is StepKey.CONNECT and self.services.practice_hint is not None:
            url, secret = self.services.practice_hint()
            self.answers = replace(self.answers, tenant_url=url, secret=secret)
        if key is StepKey.SCOPE and not self.answers.principals:
            self._pick_people()
        if key is StepKey.SCOPE:
            if self.picks.notify_email:
                self.answers = replace(self.answers, notify_email=self.picks.notify_email)
            if self.picks.delete_threshold is not None:
                self.answers = replace(self.answers, delete_threshold=str(self.picks.delete_threshold))
        if key is StepKey.REGISTER and self.picks.app_name and not self.answers.app_name:
            self.answers = replace(self.answers, app_name=self.picks.app_name)

    def _pick_people(self) -> None:
        session = session_of(self.found)
        people = tuple(
            self._exactly(upn, scope.search_people(session, upn, self.work), upn) for upn in self.picks.people
        )
        groups = tuple(
            self._exactly(name, scope.search_groups(session, name, self.work), "")
            for name in self.picks.groups
        )
        self.answers = replace(self.answers, people=people, groups=groups)

    def _exactly(self, wanted: str, shown: tuple[Principal, ...], upn: str) -> Principal:
        for one in shown:
            if (upn and upn.casefold() in one.detail.casefold().split(", ")) or one.name == wanted:
                return one
        raise Stopped(say("{name} was not found in the directory.", name=wanted))

    # -------------------------------------------------------------------------------------- steps

    def _sign_in(self) -> None:
        session = session_of(self.found)
        self._line(say("{account} at {tenant}", account=session.account, tenant=session.tenant_name))
        for check in self.found.readiness:
            self._check(check)
        self._go_on_with()

    def _go_on_with(self) -> None:
        """Take up a set-up of this tenant that was left half done."""
        tenant_id = session_of(self.found).tenant_id
        for one in self.found.unfinished:
            if one.tenant_id != tenant_id or one.profile_id != self.answers.profile_id:
                continue
            self._line(
                say(
                    "Going on with the set-up of {app} ({done} of {total} changes done).",
                    app=one.app_name,
                    done=one.done,
                    total=one.total,
                )
            )
            self.answers = replace(self.answers, resume=one.setup_id)
            try:
                self._look(StepKey.SIGN_IN)
                self._choose_app()
            except AppGone as error:
                # The app is gone, and with it everything the set-up had made: nothing is left to go on with.
                self._line(error.why)
                journal = self.services.journals.open(tenant_id, one.setup_id)
                self.services.journals.close(journal, "abandoned")
                self.answers = Answers(scenario=self.picks.scenario, mode=self.picks.mode)
                self.found = replace(self.found, resumption=None, setup_id="", app=None)
                continue
            for sentence in self.found.resumption.told if self.found.resumption else ():
                self._line(sentence)
            return

    def _choose_app(self) -> None:
        """Where it is not certain which app belongs to the set-up: the one that appeared just then, else a new one."""
        stands = self.found.resumption
        if stands is None or not stands.choices:
            return
        fitting = [one.service_principal.id for one in stands.choices if one.fits]
        self.answers = replace(self.answers, resume_app=fitting[0] if len(fitting) == 1 else NEW_APP)
        self._look(StepKey.SIGN_IN)

    def _register(self) -> None:
        template = register.chosen_template(self.answers, self.found)
        if template is None:
            return
        self._line(
            say(
                "{n} in the gallery; {app} chosen.",
                n=counted(len(self.found.templates), "match", "matches"),
                app=template.display_name or "",
            )
        )
        if self.picks.reuse and not self.answers.service_principal_id:
            for app in self.found.instances:
                if app.display_name == self.picks.app_name:
                    self.answers = replace(
                        self.answers, app_choice=AppChoice.REUSE, service_principal_id=app.id, app_name=""
                    )
                    self._look(StepKey.REGISTER)
                    self._line(say("Using the app {app} that is there.", app=app.display_name or ""))
        job = self.found.app.job if self.found.app else None
        self.was_quarantined = job is not None and job.is_quarantined
        if self.answers.app_choice is AppChoice.REUSE or register.is_read(self.answers, self.found):
            return
        self.answers, self.found = register.create_app(
            self.services, self.answers, self.found, self.work, self._on_change
        )
        if self.found.trouble is not None:
            self._trouble(self.found.trouble)
            raise Stopped(self.found.trouble.what)

    def _connect(self) -> None:
        self._line(say("Tenant URL: {url}", url=self.answers.tenant_url))

    def _test(self) -> None:
        for title, column in (
            (say("From this computer"), self.found.connection),
            (say("From Microsoft's cloud"), self.found.cloud),
        ):
            self._line(f"{title}")
            for check in column:
                self._check(check)
        if self.found.verdict is not None:
            self._line(self.found.verdict.sentence)
            self._line(self.found.verdict.next_step)

    def _mappings(self) -> None:
        view = mappings.make_view(self.answers, self.found)
        for table in view.tables:
            self._line(
                say(
                    "{title}: {n}. {modes}",
                    title=table.title,
                    n=counted(len(table.rows), "line", "lines"),
                    modes=table.modes,
                )
            )

    def _scope(self) -> None:
        preview = self.found.preview
        if preview is None:
            return
        self._line(done.who(self.answers))
        self._line(preview.sentence)
        for person in preview.missed[:5]:
            self._line(f"   {person.reason}")

    def _review(self) -> None:
        plan = self.found.plan
        if plan is None:
            return
        for change in plan.changes:
            self._line(f"{change.sentence}")
        if not plan.changes:
            return
        self._line(say("Applying"))
        self.found = review.apply(self.services, self.answers, self.found, self.work, self._on_change)
        self.answers = flow.step_of(StepKey.REVIEW).suggest(self.answers, self.found)
        if self.found.trouble is not None:
            self._trouble(self.found.trouble)
            raise Stopped(self.found.trouble.what)

    def _prove(self) -> None:
        if not self.answers.pilot and self.picks.pilot:
            shown = scope.search_people(session_of(self.found), self.picks.pilot, self.work)
            self.answers = replace(
                self.answers, pilot=self._exactly(self.picks.pilot, shown, self.picks.pilot)
            )
        if self.answers.pilot is not None:
            began = time.monotonic()
            self.found = prove.provision_one(self.services, self.answers, self.found, self.work)
            for check in self.found.proof:
                self._check(check)
            self._line(say("It took {n:.1f} seconds.", n=time.monotonic() - began))
            if self.found.proof and self.found.proof[-1].outcome is Outcome.FAIL:
                raise Stopped(self.found.proof[-1].sentence)
        if self.answers.mode is Mode.MANUAL:
            return
        self.found = prove.start_job(self.services, self.answers, self.found, self.work, self._on_change)
        if self.found.trouble is not None:
            self._trouble(self.found.trouble)
            raise Stopped(self.found.trouble.what)
