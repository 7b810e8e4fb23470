"""Step 5: does the address answer with the token. Asked from this computer and from Microsoft's cloud."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import TYPE_CHECKING

from scim_assistant.check import Check, Fix, Outcome
from scim_assistant.scim import layers
from scim_assistant.scim.verdict import Side, SidedCheck, Verdict
from scim_assistant.sentence import say
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.asked import only_stored, target_of
from scim_assistant.steps.clean import clean_secret, clean_tenant_url, fingerprint
from scim_assistant.steps.found import Found
from scim_assistant.steps.from_cloud import ALLOW, CloudCheck, ask_cloud, passed_over, planned_rows
from scim_assistant.steps.needed import needed_profile, session_of
from scim_assistant.steps.profile import app_word, profile_of
from scim_assistant.steps.services import Services
from scim_assistant.steps.step import Problem, Step, StepGroup, StepKey, Tell, tell_nobody
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.scim.connection import HereTest

_WAY = frozenset({layers.ADDRESS, layers.NAME, layers.TCP, layers.TLS})
"""Layers that can be looked at without a token."""


class TestConnectionStep(Step):
    """Tests the connection from both sides."""

    __test__ = False  # a step, not a test case, whatever its name looks like

    key = StepKey.TEST_CONNECTION
    group = StepGroup.CONNECT
    title = say("Test the connection")
    short_title = say("Test")
    purpose = say("A few harmless questions to the app, asked from this computer and from Microsoft's cloud.")

    def problems(self, answers: Answers, found: Found) -> tuple[Problem, ...]:
        """A failed test stops until the person decides to go on anyway."""
        verdict = found.verdict
        if verdict is None:
            return (Problem("", say("The test is running.")),)
        if verdict.side == "none":
            return ()
        if verdict.may_go_on:
            return (Problem("", verdict.sentence, blocks=False),)
        sentence = say("{what} {next_step}", what=verdict.sentence, next_step=verdict.next_step)
        if answers.test_overridden:
            return (Problem("", sentence, blocks=False),)
        return (Problem("test_overridden", sentence),)

    def depends_on(self, answers: Answers, found: Found) -> Hashable:
        """Profile, address, token and app, and whether Microsoft's cloud may be asked."""
        profile = profile_of(answers, found)
        address = (
            clean_tenant_url(answers.tenant_url, profile, is_practice=_practice(found)).value
            if profile
            else ""
        )
        return (
            found.session.tenant_id if found.session else "",
            answers.profile_id,
            address,
            fingerprint(clean_secret(answers.secret).value),
            found.app.service_principal.id if found.app else "",
            _may_ask_cloud(found),
        )

    def lookup(
        self, services: Services, answers: Answers, found: Found, work: Work, tell: Tell = tell_nobody
    ) -> Found:
        """Ask from here and let Microsoft's cloud ask, both at the same time; each row is told as it is known."""
        from concurrent.futures import ThreadPoolExecutor

        from scim_assistant.steps.verdict import judge_test

        columns = _Columns(found, only_stored(answers, found), tell)
        problem = _input_problem(answers, found)
        if problem is not None:
            # Nothing is sent with an address or token that the Connect page does not take.
            columns.show_here(problem)
            for key in layers.TITLES:
                if key != problem.key:
                    columns.show_here(_not_looked_at(key))
            for row in columns.cloud:
                columns.show_cloud(passed_over(row, say("Not asked.")))
            return _judged(columns, judge_test(columns.here, None, columns.cloud, app_word(answers, found)))
        work.progress(0, 2, say("Testing from this computer and from Microsoft's cloud"))
        with ThreadPoolExecutor(1, thread_name_prefix="cloud-test") as other:
            asked = other.submit(_from_cloud, answers, found, work, columns)
            here = _from_here(answers, found, work, columns.show_here)
            work.progress(1, 2, say("Testing from Microsoft's cloud"))
            asked.result()
        work.check()
        work.progress(2, 2, say("The connection was tested"))
        verdict = here.verdict if here is not None else None
        judged = _judged(columns, judge_test(columns.here, verdict, columns.cloud, app_word(answers, found)))
        return replace(judged, here=here)


class _Columns:
    """Both columns as they fill. Told from two threads, one row at a time.

    Args:
        found: What was found before.
        stored: The cloud tests what it has stored.
        tell: Told the changed copy.
    """

    def __init__(self, found: Found, stored: bool, tell: Tell) -> None:
        self._lock = threading.Lock()
        self._tell = tell
        self._here: dict[str, Check] = {key: SidedCheck(key, title) for key, title in layers.TITLES.items()}
        self._cloud: dict[str, CloudCheck] = {row.key: row for row in planned_rows(found.app, stored=stored)}
        self._found = replace(found, verdict=None, here=None)

    @property
    def here(self) -> tuple[Check, ...]:
        """The left one."""
        return tuple(self._here.values())

    @property
    def cloud(self) -> tuple[CloudCheck, ...]:
        """The right one."""
        return tuple(self._cloud.values())

    @property
    def found(self) -> Found:
        """Both, as found so far."""
        return replace(self._found, connection=self.here, cloud=self.cloud)

    def show_here(self, check: Check) -> None:
        """Put a row of the left column in its place."""
        with self._lock:
            self._here[check.key] = check
            self._tell(self.found)

    def show_cloud(self, row: CloudCheck) -> None:
        """Put a row of the right column in its place."""
        with self._lock:
            self._cloud[row.key] = row
            self._tell(self.found)


def _judged(columns: _Columns, verdict: Verdict) -> Found:
    return replace(columns.found, verdict=verdict)


def _not_looked_at(key: str) -> SidedCheck:
    return SidedCheck(key, layers.TITLES[key], Outcome.SKIPPED, say("Not looked at."))


def _may_ask_cloud(found: Found) -> bool:
    """False while the permission is not asked for yet that Microsoft wants for its own test, which changes nothing.

    Source: synchronizationJob: validateCredentials, permissions (read 2026-11).
    """
    session = found.session
    return session is None or session.signed_in is None or session.may_write


def _practice(found: Found) -> bool:
    return found.session is not None and found.session.is_practice


def _input_problem(answers: Answers, found: Found) -> SidedCheck | None:
    """A failed layer for an address or token that cannot be used at all."""
    profile = needed_profile(answers, found)
    address = clean_tenant_url(answers.tenant_url, profile, is_practice=_practice(found)).problem
    token = None if only_stored(answers, found) else clean_secret(answers.secret).problem
    problem, key = (address, layers.ADDRESS) if address is not None else (token, layers.AUTHENTICATION)
    if problem is None:
        return None
    return SidedCheck(
        key,
        layers.TITLES[key],
        Outcome.FAIL,
        problem,
        side=Side.ADDRESS if key == layers.ADDRESS else Side.TOKEN,
        next_step=say("Correct it on the Connect page."),
    )


def _from_cloud(answers: Answers, found: Found, work: Work, columns: _Columns) -> None:
    """Fill the right column: what counts in the end, since provisioning comes from there."""
    app = found.app
    if app is None:
        _pass_over(columns, "Checked when applied: the app has to exist first.")
        return
    if not _may_ask_cloud(found):
        _pass_over(
            columns,
            "This test needs the permissions for changes, which are asked for when you apply.",
            Fix(say("Allow changes"), ALLOW),
        )
        return
    target = target_of(answers, found)
    ask_cloud(
        session_of(found),
        app,
        target.tenant_url,
        None if only_stored(answers, found) else target.secret,
        work,
        columns.show_cloud,
    )


def _pass_over(columns: _Columns, sentence: str, fix: Fix | None = None) -> None:
    for row in columns.cloud:
        columns.show_cloud(passed_over(row, say(sentence), fix))


def _from_here(
    answers: Answers, found: Found, work: Work, on_layer: Callable[[SidedCheck], None]
) -> HereTest | None:
    """Fill the left column, and tell the whole of it; None where only Microsoft's cloud knows the token.

    The way to the service is looked at all the same.
    """
    from scim_assistant.scim.known import run_known

    session, target = session_of(found), target_of(answers, found)
    profile = needed_profile(answers, found)
    if only_stored(answers, found):
        run_known(session.scim, target, profile, work, lambda check: on_layer(_without_token(check)))
        return None
    return run_known(session.scim, target, profile, work, on_layer)


def _without_token(check: SidedCheck) -> SidedCheck:
    """A layer where the token is known to Microsoft's cloud only, which is no fault."""
    if check.key in _WAY or check.outcome is Outcome.RUNNING:
        return check
    sentence = say("Not asked: the stored token is known to Microsoft's cloud only.")
    return SidedCheck(check.key, check.title, Outcome.SKIPPED, sentence)
