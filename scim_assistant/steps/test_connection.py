"""Step 5: does the address answer with the token. Asked from this computer and from Microsoft's cloud."""

from __future__ import annotations

import time
from collections.abc import Hashable
from dataclasses import replace

from scim_assistant.check import Check, Fix, Outcome
from scim_assistant.errors import KnownError, OutcomeUnknown, ServiceRefused, SignInNeeded, Unreachable
from scim_assistant.sentence import say
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.clean import clean_secret, clean_tenant_url, fingerprint
from scim_assistant.steps.connect import keeps_stored_secret
from scim_assistant.steps.found import Found
from scim_assistant.steps.needed import explained, needed_profile, session_of
from scim_assistant.steps.profile import app_word, profile_of
from scim_assistant.steps.services import Services
from scim_assistant.steps.step import Problem, Step, StepGroup, StepKey, Tell, tell_nobody
from scim_assistant.work import Work

HERE = "here-users"
"""Key of the check that this computer makes."""
CLOUD = "cloud-credentials"
"""Key of the check that Microsoft's cloud makes."""

ALLOW = "allow:changes"
"""Where the fix of a check leads that needs more permissions than were asked for so far."""

TITLES = {HERE: say("From this computer"), CLOUD: say("From Microsoft's cloud")}


class TestConnectionStep(Step):
    """Tests the connection from both sides."""

    __test__ = False  # a step, not a test case, whatever its name looks like

    key = StepKey.TEST_CONNECTION
    group = StepGroup.CONNECT
    title = say("Test the connection")
    short_title = say("Test")
    purpose = say("One harmless search at the app, made from this computer and from Microsoft's cloud.")

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
        """Address, token and app, and whether Microsoft's cloud may be asked."""
        profile = profile_of(answers, found)
        address = (
            clean_tenant_url(answers.tenant_url, profile, is_practice=_practice(found)).value
            if profile
            else ""
        )
        return (
            found.session.tenant_id if found.session else "",
            address,
            fingerprint(clean_secret(answers.secret).value),
            found.app.service_principal.id if found.app else "",
            _may_ask_cloud(found),
        )

    def lookup(
        self, services: Services, answers: Answers, found: Found, work: Work, tell: Tell = tell_nobody
    ) -> Found:
        """Ask from here, then let Microsoft's cloud ask."""
        from scim_assistant.steps.verdict import judge_test

        rows = {key: Check(key, title) for key, title in TITLES.items()}

        def show(check: Check) -> None:
            rows[check.key] = check
            tell(replace(found, connection=tuple(rows.values()), verdict=None))

        work.progress(0, 2, say("Testing from this computer"))
        show(replace(rows[HERE], outcome=Outcome.RUNNING))
        problem = _input_problem(answers, found)
        if problem is not None:
            # Nothing is sent with an address or token that the Connect page does not take.
            show(problem)
            show(replace(rows[CLOUD], outcome=Outcome.SKIPPED, sentence=say("Not asked.")))
        else:
            show(_from_here(answers, found, work))
            work.check()
            work.progress(1, 2, say("Testing from Microsoft's cloud"))
            show(replace(rows[CLOUD], outcome=Outcome.RUNNING))
            show(from_cloud(answers, found, work))
        work.progress(2, 2, say("The connection was tested"))
        here, cloud = rows[HERE], rows[CLOUD]
        return replace(
            found,
            connection=(here, cloud),
            verdict=judge_test(here, cloud, app_word(answers, found)),
        )


def _may_ask_cloud(found: Found) -> bool:
    """False while the permission is not asked for yet that Microsoft wants for its own test, which changes nothing.

    Source: synchronizationJob: validateCredentials, permissions (read 2026-11).
    """
    session = found.session
    return session is None or session.signed_in is None or session.may_write


def _practice(found: Found) -> bool:
    return found.session is not None and found.session.is_practice


def _input_problem(answers: Answers, found: Found) -> Check | None:
    """A failed check for an address or token that cannot be used at all."""
    from scim_assistant.scim.verdict import Side, SidedCheck

    profile = needed_profile(answers, found)
    address = clean_tenant_url(answers.tenant_url, profile, is_practice=_practice(found)).problem
    token = None if keeps_stored_secret(answers, found) else clean_secret(answers.secret).problem
    if address is None and token is None:
        return None
    return SidedCheck(
        HERE,
        TITLES[HERE],
        Outcome.FAIL,
        address or token or say(""),
        side=Side.ADDRESS if address is not None else Side.TOKEN,
    )


def _from_here(answers: Answers, found: Found, work: Work) -> Check:
    from scim_assistant.scim.probe import probe_users

    session = session_of(found)
    profile = needed_profile(answers, found)
    if keeps_stored_secret(answers, found):
        return Check(
            HERE,
            TITLES[HERE],
            Outcome.SKIPPED,
            say(
                "The stored token is known to Microsoft's cloud only, so there is nothing to test with from here."
            ),
        )
    began = time.monotonic()
    check = probe_users(
        session.scim,
        clean_tenant_url(answers.tenant_url, profile, is_practice=session.is_practice).value,
        clean_secret(answers.secret).value,
        profile.matching_user,
        work,
        allow_loopback=session.is_practice,
    )
    return replace(check, key=HERE, title=TITLES[HERE], seconds=check.seconds or time.monotonic() - began)


def from_cloud(answers: Answers, found: Found, work: Work) -> Check:
    """Let Microsoft's cloud test the credentials: what counts in the end, since provisioning comes from there."""
    from scim_assistant.graph import synchronization
    from scim_assistant.tenant.patience import patiently

    app = found.app
    if app is None:
        return Check(
            CLOUD,
            TITLES[CLOUD],
            Outcome.SKIPPED,
            say("Checked when applied: the app has to exist first."),
        )
    template = app.template
    if template is None and app.job is None:
        return Check(
            CLOUD,
            TITLES[CLOUD],
            Outcome.WARN,
            say("Microsoft's cloud offers no test for this app before it has a provisioning job."),
        )
    if not _may_ask_cloud(found):
        return Check(
            CLOUD,
            TITLES[CLOUD],
            Outcome.SKIPPED,
            say("This test needs the permissions for changes, which are asked for when you apply."),
            fix=Fix(say("Allow changes"), ALLOW),
        )
    session = session_of(found)
    profile = needed_profile(answers, found)
    keeps = keeps_stored_secret(answers, found)
    began = time.monotonic()
    try:
        patiently(
            lambda: synchronization.validate_credentials(
                session.graph,
                app.service_principal.id,
                app.job.id if app.job else None,
                template.id if template else None,
                clean_tenant_url(answers.tenant_url, profile, is_practice=session.is_practice).value,
                None if keeps else clean_secret(answers.secret).value,
                work,
                use_saved=keeps,
            ),
            session=session,
            born_at=app.created_at,
            work=work,
            on_wait=lambda: work.progress(1, 2, say("Waiting until Microsoft knows the new app everywhere")),
        )
    except (Unreachable, OutcomeUnknown, SignInNeeded):
        raise  # Microsoft was not asked at all, which says nothing about the app
    except ServiceRefused as error:
        if error.status in {403, 429} or (
            error.status == 401 and "Credential" not in " ".join(error.details.codes)
        ):
            with explained(session, work):
                raise
        return _explained(error, time.monotonic() - began)
    except KnownError as error:
        return Check(
            CLOUD,
            TITLES[CLOUD],
            Outcome.WARN,
            say("Microsoft's answer could not be read: {why}", why=error.why),
            seconds=time.monotonic() - began,
            details=error.details,
        )
    return Check(
        CLOUD,
        TITLES[CLOUD],
        Outcome.PASS,
        say("Microsoft's cloud reached the app, and the token was accepted."),
        seconds=time.monotonic() - began,
    )


def _explained(error: ServiceRefused, seconds: float) -> Check:
    from scim_assistant.graph import synchronization

    code, status, text = synchronization.explain_validation(error)
    refused = code.endswith("CredentialValidationFailure")
    evidence = tuple(
        row
        for row in (("Code", code), ("Answer of the app", status or ""), ("Microsoft said", text[:600]))
        if row[1]
    )
    return Check(
        CLOUD,
        TITLES[CLOUD],
        Outcome.FAIL,
        say("The app refused the token when Microsoft's cloud asked.")
        if refused
        else say("Microsoft's cloud did not get the answer that it needs from the app."),
        evidence,
        seconds=seconds,
        details=error.details,
    )
