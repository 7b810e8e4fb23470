"""What can be seen of a Secret Token without asking anybody: its form, and what a JWT says of itself. Pure.

A JWT's signature is never checked here and nothing is ever decided by what stands in it: whoever wrote the token may
have written anything. It serves to tell a person that a token has ended before a service refuses it.

Source: RFC 7519 sections 4.1 and 7.2, RFC 7515 section 3.1 (read 2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from scim_assistant.secret import Secret
from scim_assistant.sentence import Sentence, counted, day, say

if TYPE_CHECKING:
    from scim_assistant.scim.profiles import AppProfile

JWT: Final = re.compile(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
"""A signed JSON Web Token as it is written."""
LARGEST: Final = 65_536
"""Characters of a token that is looked into."""
SHOWN: Final = 200
"""Characters of a name in a token that are shown."""
SKEW: Final = timedelta(minutes=5)
"""So much may two clocks differ."""
SOON: Final = timedelta(days=30)
"""A token that ends within so much is warned of."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TIMES: Final = ("nbf", "iat", "exp")


class TokenKind(StrEnum):
    """What a token is."""

    NONE = "none"
    """There is no token."""
    JWT = "jwt"
    """A JSON Web Token, whose claims anybody can read."""
    OPAQUE = "opaque"
    """Says nothing to anybody but the vendor."""


@dataclass(frozen=True, slots=True)
class TokenReading:
    """What was read of a token. Holds nothing of the token that would let anybody in.

    Attributes:
        kind: What it is.
        length: Its characters.
        issuer: Who made it, as it says; empty when it does not.
        audience: For whom it is, as it says.
        not_before, issued_at, expires_at: From when it works, when it was made, when it ends, as it says (aware UTC).
        sentence: What is to be seen of it in a few words: *JWT, expires 3 March 2027*.
        problem: Why it cannot work, by this computer's clock; None when nothing speaks against it.
        ending: That it ends soon, as one of the warnings says too; None when it does not.
        warnings: What else to know.
        unreadable: Claims that stand in it and cannot be used, such as ``exp``.
    """

    kind: TokenKind
    length: int = 0
    issuer: str = ""
    audience: tuple[str, ...] = ()
    not_before: datetime | None = None
    issued_at: datetime | None = None
    expires_at: datetime | None = None
    sentence: Sentence = Sentence("")
    problem: Sentence | None = None
    ending: Sentence | None = None
    warnings: tuple[Sentence, ...] = ()
    unreadable: tuple[str, ...] = ()

    @property
    def lifetime(self) -> timedelta | None:
        """From when it was made, else from when it works, until it ends; None when it does not say both."""
        began = self.issued_at or self.not_before
        if began is None or self.expires_at is None or self.expires_at <= began:
            return None
        return self.expires_at - began

    def evidence(self) -> tuple[tuple[str, str], ...]:
        """Label and value, in reading order, for *Details* and for the evidence of a test."""
        if self.kind is TokenKind.NONE:
            return ()
        lasts = self.lifetime
        rows = (
            ("Token", "JWT" if self.kind is TokenKind.JWT else "opaque"),
            ("Characters", f"{self.length:,}"),
            ("Issuer", self.issuer),
            ("Audience", ", ".join(self.audience)),
            ("Issued", _moment(self.issued_at)),
            ("Valid from", _moment(self.not_before)),
            ("Ends", _moment(self.expires_at)),
            ("Lifetime", "" if lasts is None else _span(lasts)),
            ("Not readable", ", ".join(self.unreadable)),
            (
                "Note",
                "Read from the token itself on this computer. Its signature was not checked, and nothing is decided"
                " by it."
                if self.kind is TokenKind.JWT
                else "",
            ),
        )
        return tuple(row for row in rows if row[1])


def read_token(
    secret: Secret, profile: AppProfile | None = None, now: datetime | None = None
) -> TokenReading:
    """Read what a token shows of itself. Never raises, whatever is in it.

    Args:
        secret: Cleaned.
        profile: The app that it should be for; None for no expectation.
        now: Aware UTC; the clock's by default.
    """
    if not secret:
        return TokenReading(TokenKind.NONE)
    now = now or datetime.now(UTC)
    claims = _claims(secret)
    if claims is None:
        return TokenReading(
            TokenKind.OPAQUE,
            len(secret),
            sentence=say("Opaque, {n} characters", n=f"{len(secret):,}"),
            warnings=_misfits(secret, TokenKind.OPAQUE, profile),
        )
    times = {name: _time(claims.get(name)) for name in _TIMES}
    until = times["exp"]
    unreadable = tuple(name for name in _TIMES if claims.get(name) is not None and times[name] is None)
    reading = TokenReading(
        TokenKind.JWT,
        len(secret),
        issuer=_text(claims.get("iss")),
        audience=_texts(claims.get("aud")),
        not_before=times["nbf"],
        issued_at=times["iat"],
        expires_at=until,
        unreadable=unreadable,
    )
    ended = until is not None and until <= now
    if until is None:
        sentence = (
            say("JWT, its end date cannot be read") if "exp" in unreadable else say("JWT, no end date inside")
        )
    elif ended:
        sentence = say("JWT, expired on {day}", day=day(until))
    else:
        sentence = say("JWT, expires {day}", day=day(until))
    problem = None
    if until is not None and ended:
        problem = say("This token ended on {day}. Create a new one at the vendor.", day=day(until))
    reading = replace(reading, sentence=sentence, problem=problem, ending=_ending(until, now))
    return replace(
        reading, warnings=(*_time_warnings(reading, now), *_misfits(secret, TokenKind.JWT, profile))
    )


def _ending(until: datetime | None, now: datetime) -> Sentence | None:
    if until is None or not now < until <= now + SOON:
        return None
    return say(
        "This token ends on {day}, in {left}. After that nobody is provisioned until a new one is entered.",
        day=day(until),
        left=_span(until - now),
    )


def _time_warnings(reading: TokenReading, now: datetime) -> tuple[Sentence, ...]:
    told = []
    until, begins = reading.expires_at, reading.not_before or reading.issued_at
    if begins is not None and begins > now + SKEW:
        told.append(
            say(
                "By this computer's clock this token works only from {when}: check the clock, or wait.",
                when=_moment(begins),
            )
        )
    if begins is not None and until is not None and until <= begins:
        told.append(say("This token ends before it begins. Create a new one at the vendor."))
    elif reading.ending is not None:
        told.append(reading.ending)
    return tuple(told)


def _misfits(secret: Secret, kind: TokenKind, profile: AppProfile | None) -> tuple[Sentence, ...]:
    """What tells that the token is not one of this vendor's, only where its form is known."""
    if profile is None:
        return ()
    facts = profile.token
    if facts.form.value == "jwt" and kind is not TokenKind.JWT:
        how = say("have three parts with dots between them and begin with eyJ")
    elif facts.shape and re.fullmatch(facts.shape, secret.reveal()) is None:
        how = facts.shape_note
    else:
        return ()
    return (say("This does not look like a token of {app}: those {how}.", app=profile.name_in_text, how=how),)


def _claims(secret: Secret) -> dict[str, Any] | None:
    """The claims of a JWT; None for anything else. One that stands twice has no value."""
    import base64
    import json

    text = secret.reveal()
    if len(text) > LARGEST or JWT.fullmatch(text) is None:
        return None
    middle = text.split(".")[1]

    def once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            found[name] = _Twice() if name in found else value
        return found

    try:
        raw = base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4))
        claims = json.loads(raw, object_pairs_hook=once)
    except (ValueError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None


class _Twice:
    """In place of a claim that stands twice: readers differ on which one counts."""


def _time(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return _EPOCH + timedelta(seconds=value)
    except (ValueError, OverflowError):
        return None


def _text(value: object) -> str:
    """A name from a token, made fit to be shown."""
    if not isinstance(value, str):
        return ""
    text = "".join(character if character.isprintable() else "�" for character in value[: SHOWN * 4]).strip()
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _texts(value: object) -> tuple[str, ...]:
    found = value if isinstance(value, list) else [value]
    return tuple(text for one in found[:5] if (text := _text(one)))


def _moment(at: datetime | None) -> str:
    return "" if at is None else f"{day(at)}, {at:%H:%M} UTC"


def _span(span: timedelta) -> str:
    if span >= timedelta(days=2):
        return counted(span.days, "day", "days")
    if span >= timedelta(hours=1):
        return counted(span // timedelta(hours=1), "hour", "hours")
    return counted(span // timedelta(minutes=1), "minute", "minutes")


# How long a token lasts


class Stage(StrEnum):
    """How near a token's end is."""

    FAR = "far"
    """More than 90 days, or not known."""
    AHEAD = "ahead"
    """Within 90 days: time to plan, since somebody at the vendor's may have to make the new one."""
    SOON = "soon"
    """Within 30 days: time to do it."""
    LAST = "last"
    """Within 7 days."""
    PAST = "past"


_STAGES: Final = ((7, Stage.LAST), (30, Stage.SOON), (90, Stage.AHEAD))


def expected_end(set_on: date, profile: AppProfile) -> date | None:
    """The day on which a token ends that was made on the day it was set, by what the vendor says; None where it says
    nothing. It may have been made earlier."""
    days = profile.token.life_days
    if days is None:
        return None
    try:
        return set_on + timedelta(days=days)
    except OverflowError:
        return None


def stage(end: date, today: date) -> Stage:
    """How near the end is."""
    left = (end - today).days
    if left < 0:
        return Stage.PAST
    return next((one for days, one in _STAGES if left <= days), Stage.FAR)


def warning(end: date, today: date, *, sure: bool = True) -> Sentence | None:
    """What to say ahead of a token's end; None while it is far.

    Args:
        end: Its last day.
        today: In UTC.
        sure: The token says so itself; False for what the vendor says of its tokens in general.
    """
    now = stage(end, today)
    if now is Stage.FAR:
        return None
    when = day(end)
    if now is Stage.PAST:
        if sure:
            return say(
                "The token ended on {day}. Nobody is provisioned until a new one is entered.", day=when
            )
        return say("By what the vendor says, the token may have ended on {day}. Replace it now.", day=when)
    days = (end - today).days
    left = say("today") if days == 0 else say("in {days}", days=counted(days, "day", "days"))
    asks = {
        Stage.AHEAD: say("Plan who makes the new one."),
        Stage.SOON: say("Replace it in good time."),
        Stage.LAST: say("Replace it now."),
    }[now]
    if sure:
        return say("The token ends on {day}, {left}. {asks}", day=when, left=left, asks=asks)
    return say(
        "By what the vendor says, the token ends about {day}, {left}. {asks}", day=when, left=left, asks=asks
    )
