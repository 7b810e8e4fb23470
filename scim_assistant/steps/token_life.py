"""How long a stored Secret Token still works, in words: from its own end, the vendor's lifetime, or not known. Pure.

Microsoft does not show a stored token, so all this rests on the day that was remembered (``token_days``) and on the
profile. It is about the token that was saved from here or noted by hand: that one was replaced elsewhere since is
not seen, so the sentences say what they rest on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from scim_assistant.scim.token import Stage, expected_end, stage, warning
from scim_assistant.sentence import Sentence, counted, day, say
from scim_assistant.steps.token_days import TokenDay

if TYPE_CHECKING:
    from scim_assistant.scim.profiles import AppProfile


@dataclass(frozen=True, slots=True)
class TokenLife:
    """How long a token still works.

    Attributes:
        stage: How near its end is; ``FAR`` also where that is not known.
        short: In few words, for a table of facts: *Ends in 12 days*.
        more: What goes below that: *10 December 2026*.
        what: A sentence of its own: the warning where there is one.
        why: How it is known, or why it is not.
        ends_on: Its last day; None when not known.
        sure: It says so itself; False where that follows from what the vendor says of its tokens.
        noted: Something is remembered of it.
        by_hand: What is remembered was noted by hand.
    """

    stage: Stage
    short: Sentence
    more: Sentence
    what: Sentence
    why: Sentence
    ends_on: date | None = None
    sure: bool = False
    noted: bool = True
    by_hand: bool = False


def life_of(told: TokenDay | None, profile: AppProfile | None, now: datetime) -> TokenLife:
    """How long the token still works.

    Args:
        told: What is remembered of it; None for nothing.
        profile: Knows how long the vendor's tokens work; None for nothing.
        now: Aware UTC.
    """
    if told is None:
        return TokenLife(
            Stage.FAR,
            say("End not known"),
            say("Not saved from this computer"),
            say("When the Secret Token ends is not known."),
            say("It was not saved from this computer, and Microsoft shows neither it nor its end."),
            noted=False,
        )
    if told.ends_at is not None:
        return _ending(told, told.ends_at.astimezone(UTC).date(), now, sure=True, profile=profile)
    ends_on = expected_end(told.set_on, profile) if told.set_on is not None and profile is not None else None
    if ends_on is not None:
        return _ending(told, ends_on, now, sure=False, profile=profile)
    return TokenLife(
        Stage.FAR,
        say("End not known"),
        _since(told),
        say("When the Secret Token ends is not known."),
        say("How long tokens of {app} work is not known here.", app=_app(profile)),
        by_hand=told.entered,
    )


def _ending(
    told: TokenDay, ends_on: date, now: datetime, *, sure: bool, profile: AppProfile | None
) -> TokenLife:
    today = now.astimezone(UTC).date()
    left = (ends_on - today).days
    if left < 0:
        short = say("Ended") if sure else say("May have ended")
    elif left == 0:
        short = say("Ends today") if sure else say("May end today")
    else:
        days = counted(left, "day", "days")
        short = say("Ends in {days}", days=days) if sure else say("Ends in about {days}", days=days)
    what = warning(ends_on, today, sure=sure)
    if what is None:
        what = (
            say("The token ends on {day}.", day=day(ends_on))
            if sure
            else say("By what the vendor says, the token ends about {day}.", day=day(ends_on))
        )
    return TokenLife(
        stage(ends_on, today),
        short,
        Sentence(day(ends_on)),
        what,
        _because(told, profile, sure=sure),
        ends_on,
        sure,
        by_hand=told.entered,
    )


def _because(told: TokenDay, profile: AppProfile | None, *, sure: bool) -> Sentence:
    if sure and told.entered:
        return say("Its end was noted by hand.")
    if sure:
        return say("{since}, and it names its end itself.", since=_since(told))
    life = profile.token.life if profile is not None else ""
    return say(
        "{since}. A token of {app} works for {life}.", since=_since(told), app=_app(profile), life=life
    )


def _since(told: TokenDay) -> Sentence:
    if told.set_on is None:
        return say("Noted by hand")
    if told.entered:
        return say("Made on {day}, as noted by hand", day=day(told.set_on))
    return say("Saved from this computer on {day}", day=day(told.set_on))


def _app(profile: AppProfile | None) -> str:
    return profile.display_name if profile is not None else say("this app")
