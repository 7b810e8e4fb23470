"""What a window may ask for around an app's Secret Token: how long it works, noting its day, and replacing it.

Whoever opens the window says where session, answers and app come from at the moment of asking; the window knows
neither. Every callable that takes ``Work`` runs in a job.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from scim_assistant.errors import KnownError
from scim_assistant.plan.wanted import Principal
from scim_assistant.secret import Secret
from scim_assistant.sentence import Sentence, say
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.clean import clean_secret
from scim_assistant.steps.found import Found
from scim_assistant.steps.needed import session_of
from scim_assistant.steps.profile import profile_of
from scim_assistant.steps.rotation import OnRotated, Order, Rotated, Situation, problems
from scim_assistant.steps.services import Services
from scim_assistant.steps.step import Problem
from scim_assistant.steps.token_days import TokenDay
from scim_assistant.steps.token_life import TokenLife, life_of
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.scim.profiles import AppProfile

Given = Callable[[Work], tuple[Services, Answers, Found]]
"""Services, answers and what was found, with the session as it is now and the app."""

Replace = Callable[[Order, Rotated, Work, OnRotated], Rotated]


@dataclass(frozen=True, slots=True)
class RotationActs:
    """What the window of a replacement may ask for.

    Attributes:
        look: Reads what the replacement starts from.
        rotate: Replaces the token, or goes on with that.
        lift: Lets provisioning go on that was paused because of the old token.
        search: People by the beginning of their name or address.
        problems: What is wrong with the token as typed; quick, asks nobody.
        reading: What is to be seen of the token: *JWT, expires 3 March 2027*; quick, asks nobody.
    """

    look: Callable[[Work], Situation]
    rotate: Replace
    lift: Callable[[Work], None]
    search: Callable[[str, Work], tuple[Principal, ...]]
    problems: Callable[[Order, Situation], tuple[Problem, ...]]
    reading: Callable[[Secret], Sentence]


def acts_on(given: Given, profile: AppProfile | None) -> RotationActs:
    """What may be asked for around the app that is given."""

    def look(work: Work) -> Situation:
        from scim_assistant.steps.rotation_start import look

        return look(*given(work), work)

    def rotate(order: Order, so_far: Rotated, work: Work, tell: OnRotated) -> Rotated:
        from scim_assistant.steps.rotating import rotate

        return rotate(*given(work), order, so_far, work, tell)

    def lift(work: Work) -> None:
        from scim_assistant.steps.rotating import lift

        lift(*given(work), work)

    def search(text: str, work: Work) -> tuple[Principal, ...]:
        from scim_assistant.steps.scope import search_people

        return search_people(session_of(given(work)[2]), text, work)

    def reading(secret: Secret) -> Sentence:
        from scim_assistant.scim.token import read_token

        return read_token(clean_secret(secret).value, profile).sentence

    return RotationActs(
        look, rotate, lift, search, lambda order, situation: problems(order, situation, profile), reading
    )


def read_life(services: Services, answers: Answers, found: Found) -> TokenLife:
    """How long the token of the app still works, as far as it is known here. Reads the disk."""
    told = None
    if services.token_days is not None and found.session is not None and found.app is not None:
        told = services.token_days.of(found.session.tenant_id, found.app.service_principal.id)
    return life_of(told, profile_of(answers, found), datetime.now(UTC))


def note_day(
    services: Services,
    answers: Answers,
    found: Found,
    *,
    made_on: date | None = None,
    ends_on: date | None = None,
) -> TokenLife:
    """Note by hand on which day a token was made, or on which it ends, where this program has not seen it.

    Raises:
        KnownError: The disk refused, or there is nothing to note it for.
    """
    if services.token_days is None or found.app is None:
        raise KnownError(
            say("The day was not noted."), say("There is no app to note it for."), say("Open the app again.")
        )
    profile = profile_of(answers, found)
    services.token_days.remember(
        TokenDay(
            session_of(found).tenant_id,
            found.app.service_principal.id,
            profile.id if profile is not None else "",
            set_on=made_on,
            ends_at=datetime.combine(ends_on, time(12), UTC) if ends_on is not None else None,
            entered=True,
        )
    )
    return read_life(services, answers, found)
