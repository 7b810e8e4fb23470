"""What a step needs from the steps before it and of the tenant, or the sentence that says what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from scim_assistant.errors import KnownError, ServiceRefused
from scim_assistant.sentence import say
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.profile import profile_of
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.scim.profiles import AppProfile
    from scim_assistant.tenant.session import Session


def session_of(found: Found) -> Session:
    """The session.

    Raises:
        KnownError: Nobody is signed in.
    """
    if found.session is None:
        raise KnownError(say("Nothing was read."), say("Nobody is signed in."), say("Sign in first."))
    return found.session


def needed_profile(answers: Answers, found: Found) -> AppProfile:
    """The chosen profile.

    Raises:
        KnownError: None is chosen.
    """
    profile = profile_of(answers, found)
    if profile is None:
        raise KnownError(
            say("Nothing was read."),
            say("No app profile is chosen."),
            say("Choose the app on the first page."),
        )
    return profile


@contextmanager
def explained(session: Session, work: Work) -> Iterator[None]:
    """Whatever Graph refuses inside says whether a permission, a role or a licence is the cause.

    Raises:
        ServiceRefused: As it came, or explained.
    """
    try:
        yield
    except ServiceRefused as error:
        from scim_assistant.tenant.explain import explain_refusal

        told = explain_refusal(error, session, work)
        if told is error:
            raise
        raise told from error
