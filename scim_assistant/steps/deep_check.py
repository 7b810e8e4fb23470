"""The deep check as the test page offers it: whether it can be made, and the run itself as a job."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from scim_assistant.errors import KnownError
from scim_assistant.scim.deep.mine import DOMAIN
from scim_assistant.sentence import Sentence, say
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.asked import only_stored, target_of
from scim_assistant.steps.clean import clean_secret, clean_tenant_url
from scim_assistant.steps.found import Found
from scim_assistant.steps.needed import needed_profile, session_of
from scim_assistant.steps.profile import profile_of
from scim_assistant.steps.services import Services
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.scim.deep.found import DeepCheck, DeepOutcome

TellCheck = Callable[["DeepCheck"], None]
"""Told each check as it begins and as it ends, from the job's thread."""


def why_no_deep_check(answers: Answers, found: Found) -> Sentence | None:
    """Why the deep check cannot be made now, for the button that offers it; None when it can. Pure and quick."""
    from scim_assistant.scim.profiles import DEEP

    profile = profile_of(answers, found)
    if profile is None or found.session is None:
        return say("Choose the app and sign in first.")
    if found.session.read_only:
        return say("This session is for looking only, and the deep check writes at the app.")
    if only_stored(answers, found):
        return say(
            "The stored token is known to Microsoft's cloud only. Enter the token on the Connect page to try it from "
            "here."
        )
    if DEEP in profile.skip_checks:
        return profile.skip_checks[DEEP]
    address = clean_tenant_url(answers.tenant_url, profile, is_practice=found.session.is_practice)
    return address.problem or clean_secret(answers.secret).problem


def what_to_expect(answers: Answers, found: Found) -> Sentence:
    """What this app's profile says before a throw-away person is made there; empty where it says nothing. Pure."""
    profile = profile_of(answers, found)
    return profile.deep_note if profile is not None else Sentence("")


def run_deep_check(
    services: Services,
    answers: Answers,
    found: Found,
    work: Work,
    tell: TellCheck = lambda check: None,
    *,
    domain: str = DOMAIN,
) -> DeepOutcome:
    """Try at the app what Entra will send in daily use, and take everything away again. Runs as a job.

    Args:
        services: Where this computer remembers what a run is about to make.
        answers: Address and token.
        found: The session and the profile.
        work: Cancel and progress. After Cancel the run still takes away what it made.
        tell: Told each check.
        domain: Mail domain of the throw-away person; some services take only those that they know.

    Raises:
        KnownError: It cannot be made: the reason is that of ``why_no_deep_check``.
    """
    from scim_assistant.scim.deep.leftovers import Leftovers
    from scim_assistant.scim.deep.run import run_deep

    session = session_of(found)
    needed_profile(answers, found)
    problem = why_no_deep_check(answers, found)
    if problem is not None or services.leftovers is None:
        raise KnownError(
            say("The deep check was not begun."),
            problem or say("This computer has no folder to remember in what has to be taken away."),
            say("Nothing was sent to the app."),
        )
    return run_deep(
        session.scim,
        target_of(answers, found),
        Leftovers(services.leftovers),
        work,
        tell,
        domain=domain,
    )
