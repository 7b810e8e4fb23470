"""Replacing the Secret Token of an app that exists: tested before it is saved, then as stored, then on one person.

Five rows, in this order: the new token is tested from this computer and from Microsoft's cloud; it is saved, as a plan
with a journal of its own; Microsoft tests what it has stored; one person is provisioned; then the old token may go.
It stops at the first row that fails. Nothing is written before the first one has passed, and after a stop it goes on
where it stopped. Killed anywhere, it is safe to begin again: saving the same token twice is saving it once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from scim_assistant.check import Check, Outcome
from scim_assistant.errors import KnownError
from scim_assistant.plan.wanted import Principal
from scim_assistant.secret import Secret
from scim_assistant.sentence import Sentence, say
from scim_assistant.steps.clean import clean_secret
from scim_assistant.steps.step import Problem

if TYPE_CHECKING:
    from scim_assistant.scim.profiles import AppProfile
    from scim_assistant.tenant.snapshot import AppSnapshot

TESTED: Final = "tested"
SAVED: Final = "saved"
STORED: Final = "stored"
PROVED: Final = "proved"
REVOKE: Final = "revoke"

TITLES: Final = {
    TESTED: say("Test the new token"),
    SAVED: say("Save it in Microsoft's cloud"),
    STORED: say("Test it as stored"),
    PROVED: say("Provision one person"),
    REVOKE: say("Revoke the old token"),
}

DOING: Final = {
    TESTED: say("The app is asked from this computer, then from Microsoft's cloud."),
    SAVED: say("It is saved, and what is stored is read back."),
    STORED: say("Microsoft's cloud asks the app with what it has stored."),
    PROVED: say("Microsoft provisions the person now."),
    REVOKE: Sentence(""),
}
"""What happens while a row runs."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What a replacement starts from.

    Attributes:
        app: The app as it is now.
        name: What to call it.
        where: Where the vendor makes a token; may be empty.
        link: A page of the vendor on it; empty for none.
        before: What to know before the new token is made: what becomes of the old one meanwhile.
        warnings: What saving cannot keep or take back, and what an earlier attempt has left open.
        people: On whom it can be proved.
        pilot: Who is proposed.
        paused: Microsoft has paused provisioning because of the credentials.
        practice_token: In a practice session, the new token that the pretend vendor has made; None otherwise.
    """

    app: AppSnapshot
    name: str
    where: Sentence = Sentence("")
    link: str = ""
    before: Sentence = Sentence("")
    warnings: tuple[Sentence, ...] = ()
    people: tuple[Principal, ...] = ()
    pilot: Principal | None = None
    paused: bool = False
    practice_token: Secret | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Order:
    """What the person has asked for.

    Attributes:
        secret: The new token, as typed.
        pilot: On whom to prove it; None leaves that out.
        save_anyway: Save it although the test failed.
    """

    secret: Secret = field(default_factory=Secret, repr=False)
    pilot: Principal | None = None
    save_anyway: bool = False


@dataclass(frozen=True, slots=True)
class Rotated:
    """How far a replacement has come.

    Attributes:
        rows: The five rows.
        saved: The new token is stored in Microsoft's cloud.
        doubtful: It may be stored: it was sent, and what came of that is not known.
        complete: Every row is done.
        stopped: The person stopped it between two steps.
        trouble: Why it stopped, where that was no outcome of a test; a ``SignInNeeded`` asks for more permissions.
        may_save_anyway: The test failed in a way that can be a mistake of the test.
        may_lift: All is done, and Microsoft still holds the job back because of the old token.
    """

    rows: tuple[Check, ...] = tuple(Check(key, title) for key, title in TITLES.items())
    saved: bool = False
    doubtful: bool = False
    complete: bool = False
    stopped: bool = False
    trouble: KnownError | None = None
    may_save_anyway: bool = False
    may_lift: bool = False

    def row(self, key: str) -> Check:
        """One row."""
        return next(row for row in self.rows if row.key == key)

    def with_row(self, key: str, **changes: object) -> Rotated:
        """A copy in which one row has changed."""
        rows = tuple(replace(row, **changes) if row.key == key else row for row in self.rows)  # type: ignore[arg-type]
        return replace(self, rows=rows)

    @property
    def failed(self) -> Check | None:
        """The row that it stopped at; None when none has failed."""
        return next((row for row in self.rows if row.outcome is Outcome.FAIL), None)


_CARE: Final = say("First make sure that it is not the one that you have just pasted.")
"""What is stored cannot be read, so a token that was pasted again passes every row."""

OnRotated = Callable[[Rotated], None]


def problems(order: Order, situation: Situation, profile: AppProfile | None) -> tuple[Problem, ...]:
    """What is wrong with the new token as it was typed. Pure and quick."""
    from scim_assistant.scim.token import read_token

    token = clean_secret(order.secret)
    found = [Problem("secret", note, blocks=False) for note in token.notes]
    reading = read_token(token.value, profile)
    wrong = token.problem or reading.problem
    if wrong is not None:
        found.append(Problem("secret", wrong))
    else:
        found += [Problem("secret", warning, blocks=False) for warning in reading.warnings]
    if order.pilot is None and situation.people:
        found.append(
            Problem(
                "pilot",
                say("Without a person, only the next cycle shows whether the new token does its work."),
                blocks=False,
            )
        )
    return tuple(found)


def before_making(profile: AppProfile | None, name: str) -> Sentence:
    """What becomes of the old token while the new one is made: it decides what to do when. Pure."""
    most = profile.token.max_active if profile is not None else None
    if most == 1:
        return say(
            "{app} keeps one token at a time: making the new one stops the old one at once, and nobody is provisioned "
            "until the new one is saved here. So make it now, with this window open.",
            app=name,
        )
    if most is not None:
        return say(
            "{app} keeps {n} tokens at a time: make the new one beside the old one, which works on until you revoke it.",
            app=name,
            n=most,
        )
    return say(
        "Make the new token beside the old one where {app} allows that, and leave the old one alone until all rows "
        "below are done. Where making one stops the other, nobody is provisioned until the new one is saved here.",
        app=name,
    )


def is_held_back(app: AppSnapshot) -> bool:
    """True when Microsoft has paused the job because of its credentials."""
    status = app.job.status if app.job is not None and app.job.is_quarantined else None
    error = status.quarantine.error if status is not None and status.quarantine is not None else None
    return error is not None and "credential" in (error.code or "").casefold()


def revoke_sentence(profile: AppProfile | None, name: str, *, proved: bool) -> Sentence:
    """What becomes of the old token now. Pure."""
    facts = profile.token if profile is not None else None
    app = profile.display_name if profile is not None else name
    if facts is not None and facts.max_active == 1:
        return say(
            "Nothing is left to revoke: {app} stopped the old token when the new one was made.", app=app
        )
    if not proved:
        return say(
            "Wait for a cycle without failures, since nobody was provisioned with the new token yet. Then the old one "
            "may be revoked at {app}. {care}",
            app=app,
            care=_CARE,
        )
    if facts is not None and facts.rotation:
        return say("The old token may now be revoked. {how} {care}", how=facts.rotation, care=_CARE)
    return say("The old token may now be revoked at {app}. {care}", app=app, care=_CARE)
