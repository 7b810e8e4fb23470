"""The test from this computer, read with what is known beforehand: the app's profile, and what the token says of itself.

A token that says it has ended is at fault before anything is blamed on the vendor; where a vendor answers otherwise than
others do, its quirk is told and the judgement is less sure. The window and the command test through this.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from scim_assistant.check import Outcome
from scim_assistant.scim import layers
from scim_assistant.scim.connection import HereTest, run_layers
from scim_assistant.scim.here.verdict import judge_here
from scim_assistant.scim.target import Target
from scim_assistant.scim.token import TokenKind, TokenReading, read_token
from scim_assistant.scim.verdict import Side, SidedCheck, Sureness
from scim_assistant.sentence import Sentence, day, say
from scim_assistant.transport.survey import Surveyor
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.scim.profiles import AppProfile

_TESTED = (Outcome.PASS, Outcome.WARN, Outcome.FAIL)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known before a service is asked.

    Attributes:
        profile: Whose service it is; None for any.
        reading: What the token says of itself.
    """

    profile: AppProfile | None
    reading: TokenReading

    def read(self, check: SidedCheck) -> SidedCheck:
        """A layer with what is known of it. Pure."""
        if (
            self.profile is not None
            and check.outcome is Outcome.SKIPPED
            and check.key in self.profile.skip_checks
        ):
            return replace(check, sentence=self.profile.skip_checks[check.key])
        if check.key == layers.AUTHENTICATION and check.outcome in _TESTED:
            check = self._token(check)
        return self._quirks(check) if check.outcome in (Outcome.WARN, Outcome.FAIL) else check

    def _token(self, check: SidedCheck) -> SidedCheck:
        reading = self.reading
        if reading.kind is TokenKind.NONE:
            return check
        check = replace(check, evidence=(*check.evidence, *reading.evidence()))
        if check.outcome is Outcome.PASS:
            return self._end_of_token(check)
        if check.outcome is not Outcome.FAIL or check.side is Side.VENDOR:
            return check
        if reading.problem is not None:
            return replace(
                check,
                sentence=reading.problem,
                next_step=say("Create a new token where the app shows it, and test again with that."),
                side=Side.TOKEN,
                sure=Sureness.CERTAIN,
            )
        if reading.warnings:
            return replace(check, next_step=_joined(check.next_step, *reading.warnings))
        return check

    def _end_of_token(self, check: SidedCheck) -> SidedCheck:
        """A token that works, held to the end that it names."""
        reading = self.reading
        if reading.problem is not None and reading.expires_at is not None:
            sure = Sureness.POSSIBLE
            sentence = say(
                "The token says that it ended on {day}, and the service takes it all the same.",
                day=day(reading.expires_at),
            )
            step = say(
                "Check this computer's date and time. If they are right, replace the token before the service refuses "
                "it."
            )
        elif reading.ending is not None:
            sure, sentence = Sureness.LIKELY, reading.ending
            step = say("Replace it before that day.")
        else:
            return check
        return replace(
            check, outcome=Outcome.WARN, side=Side.TOKEN, sure=sure, sentence=sentence, next_step=step
        )

    def _quirks(self, check: SidedCheck) -> SidedCheck:
        """What the vendor is known for, beside what was found; nothing is certain of a refused token then."""
        status = check.details.status if check.details is not None else None
        told = self.profile.quirks_for(check.key, status) if self.profile is not None else ()
        if not told or (check.side is Side.TOKEN and self.reading.problem is not None):
            return check
        check = replace(check, evidence=(*check.evidence, *(("Known of this app", one) for one in told)))
        if check.outcome is Outcome.FAIL and check.key == layers.AUTHENTICATION:
            sure = Sureness.LIKELY if check.sure is Sureness.CERTAIN else check.sure
            return replace(check, sure=sure, next_step=_joined(check.next_step, *told))
        return check


def _joined(*sentences: Sentence) -> Sentence:
    """Sentences one after the other."""
    present = tuple(one for one in sentences if one)
    values: Mapping[str, object] = {f"s{n}": one for n, one in enumerate(present)}
    return say(" ".join(f"{{{name}}}" for name in values), **values) if values else Sentence("")


def run_known(
    transport: Surveyor,
    target: Target,
    profile: AppProfile | None,
    work: Work,
    on_layer: Callable[[SidedCheck], None] = lambda check: None,
    *,
    now: datetime | None = None,
    keep_stopped: bool = False,
) -> HereTest:
    """Test a service from this computer, with what is known of the app and of the token.

    Args:
        transport: The connection.
        target: Where, with which token.
        profile: Whose service it is; None for any.
        work: Cancels it.
        on_layer: Told each layer as RUNNING and then as it came out, from this thread.
        now: Aware UTC; the clock's by default.
        keep_stopped: Return what was found until Cancel, instead of raising.

    Raises:
        Cancelled: The person pressed Cancel.
    """
    known = Known(profile, read_token(target.secret, profile, now))
    here = run_layers(
        transport, target, work, lambda check: on_layer(known.read(check)), keep_stopped=keep_stopped
    )
    found = tuple(known.read(check) for check in here.layers)
    return replace(here, layers=found, verdict=judge_here(found, cancelled=here.cancelled))
