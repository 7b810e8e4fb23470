"""One run of the deep check: how it speaks, and how what came of each check is noted down."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from scim_assistant.check import Outcome
from scim_assistant.errors import KnownError, Reach, Unreachable
from scim_assistant.scim.answer import ScimAnswer
from scim_assistant.scim.asking import ScimAsker
from scim_assistant.scim.deep.catalogue import BY_KEY, PLANNED
from scim_assistant.scim.deep.found import DeepCheck, Severity, Spoken
from scim_assistant.scim.deep.leftovers import Record
from scim_assistant.scim.deep.mine import Mine
from scim_assistant.scim.deep.reading import Resource
from scim_assistant.scim.deep.wire import Ask
from scim_assistant.scim.spoken import Masks
from scim_assistant.scim.target import Target
from scim_assistant.scim.verdict import Side, Sureness
from scim_assistant.sentence import Sentence, say
from scim_assistant.work import Work

Rows = Sequence[tuple[str, str]]
SAID_CHARACTERS: Final = 500


class Stop(Exception):
    """No further check makes sense.

    Attributes:
        reason: Why, as a sentence for each check that is not made.
        side, sure: Who has to act.
        next_step: What to do about it.
        sentence: What became of the check that was under way; empty where that is noted already.
    """

    def __init__(
        self,
        reason: Sentence,
        side: Side,
        next_step: Sentence,
        *,
        sure: Sureness = Sureness.CERTAIN,
        sentence: Sentence | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.side = side
        self.next_step = next_step
        self.sure = sure
        self.sentence = sentence or say("")


def stopped_by(error: KnownError) -> Stop:
    """What it means that no answer came, or none that could be read."""
    reach = error.reach if isinstance(error, Unreachable) else None
    near = reach in (Reach.NAME, Reach.PROXY, Reach.TLS)
    return Stop(
        say("The service stopped answering before this was tried."),
        Side.NETWORK if near else Side.VENDOR,
        error.next_step,
        sure=Sureness.LIKELY,
        sentence=error.why or error.what,
    )


class Talk:
    """Sends requests and keeps what was said.

    Args:
        asker: The way to the service.
        work: Cancel.
        mine: What may be changed and deleted.
        ends_at: When nothing more is sent, on the monotonic clock.
    """

    def __init__(self, asker: ScimAsker, work: Work, mine: Mine, ends_at: float = math.inf) -> None:
        self.asker = asker
        self.work = work
        self.mine = mine
        self._ends_at = ends_at
        self._said: list[Spoken] = []

    def send(self, ask: Ask) -> ScimAnswer:
        """Send one request.

        Raises:
            Stop: The token is not taken any more, the service stays busy, or time is up.
            KnownError: No answer came, or none that can be read.
            Cancelled: The person pressed Cancel.
        """
        if time.monotonic() > self._ends_at:
            raise Stop(
                say("The service answered too slowly to try this as well."),
                Side.VENDOR,
                say("Run the deep check again when the service answers faster."),
                sure=Sureness.LIKELY,
                sentence=say("The service answered so slowly that the check took too long."),
            )
        kind = ask.path.split("/")[1]
        if ask.method in ("PATCH", "PUT", "DELETE") and not self.mine.is_proven(kind, ask.about):
            raise RuntimeError("the deep check changes nothing but what it made")
        try:
            answer = self.asker.ask(
                ask.method,
                ask.path,
                self.work,
                query=ask.query,
                body=ask.body,
                what=say("The deep check was not finished."),
            )
        except KnownError as error:
            asked = self.asker.spoken_request(ask.method, ask.path, query=ask.query, body=ask.body)
            self._said.append(Spoken(asked, f"(no answer that can be read: {error.why or error.what})"))
            raise
        self._said.append(answer.spoken)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise Stop(
                say("The service did not take the token."),
                Side.TOKEN,
                say("Check the token, then run the deep check again."),
                sure=Sureness.LIKELY,
                sentence=say("The service did not take the token for this request."),
            )
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise Stop(
                say("The service was too busy to go on."),
                Side.VENDOR,
                say("Wait some minutes, then run the deep check again."),
                sentence=say("The service takes no more requests for now."),
            )
        return answer

    def evidence(self, answer: ScimAnswer) -> list[tuple[str, str]]:
        """What the service answered, as evidence: status, and of a refusal its code and its words, masked."""
        detail = answer.detail if not answer.good else ""
        return [
            ("Status", str(answer.status)),
            ("SCIM code", answer.scim_type if not answer.good else ""),
            ("The service said", self.asker.masks.text(detail, SAID_CHARACTERS) if detail else ""),
        ]

    def here(self) -> int:
        """Where the conversation stands, for ``since``."""
        return len(self._said)

    def since(self, place: int) -> tuple[Spoken, ...]:
        """What was said from a place on."""
        return tuple(self._said[place:])


class Results:
    """What came of each check, told as it begins and as it ends.

    Args:
        left_out: Keys that the app's profile says not to try.
        on_check: Told each change.
        work: For its progress.
        masks: Hides the token and other people in whatever is noted, since a service may put them into any value.
    """

    def __init__(
        self,
        left_out: frozenset[str],
        on_check: Callable[[DeepCheck], None],
        work: Work,
        masks: Masks,
    ) -> None:
        self._masks = masks
        self._left_out = left_out
        self._on_check = on_check
        self._work = work
        self._checks = {planned.key: planned.waiting() for planned in PLANNED}
        self._began: dict[str, float] = {}
        self._order: list[str] = []

    def begin(self, key: str) -> bool:
        """Begin a check; False when the profile says not to try it, which is noted then."""
        if key in self._left_out:
            self.skip(key, say("The profile of this app says not to try this."))
            return False
        self._began[key] = time.monotonic()
        planned = BY_KEY[key]
        self._tell(
            DeepCheck(
                key,
                planned.title,
                Outcome.RUNNING,
                severity=planned.severity,
                dialect=planned.dialect,
                source=planned.source,
            )
        )
        self._work.progress(len(self._order), len(PLANNED), planned.title)
        return True

    def passed(
        self, key: str, sentence: Sentence, spoken: tuple[Spoken, ...] = (), evidence: Rows = ()
    ) -> None:
        """It came out as it should."""
        self._end(key, Outcome.PASS, sentence, spoken, evidence)

    def warned(
        self,
        key: str,
        sentence: Sentence,
        spoken: tuple[Spoken, ...] = (),
        evidence: Rows = (),
        *,
        severity: Severity | None = None,
        means: Sentence | None = None,
    ) -> None:
        """It can be lived with."""
        self._end(key, Outcome.WARN, sentence, spoken, evidence, severity=severity, means=means)

    def failed(
        self,
        key: str,
        sentence: Sentence,
        spoken: tuple[Spoken, ...] = (),
        evidence: Rows = (),
        *,
        severity: Severity | None = None,
        means: Sentence | None = None,
    ) -> None:
        """It did not come out as it should."""
        self._end(key, Outcome.FAIL, sentence, spoken, evidence, severity=severity, means=means)

    def skip(self, key: str, reason: Sentence) -> None:
        """It was not tried."""
        self._end(key, Outcome.SKIPPED, reason)

    def outcome(self, key: str) -> Outcome:
        """How a check came out so far."""
        return self._checks[key].outcome

    def is_open(self, key: str) -> bool:
        """True while a check waits or runs."""
        return self.outcome(key) in (Outcome.WAITING, Outcome.RUNNING)

    def running(self) -> tuple[str, ...]:
        """Checks that have begun and not ended."""
        return tuple(key for key in self._began if self.outcome(key) is Outcome.RUNNING)

    def skip_rest(self, reason: Sentence, keys: Sequence[str] | None = None) -> None:
        """Note of every check that has not ended, or of those that are named, why it is not made."""
        for key in keys if keys is not None else tuple(self._checks):
            if self.is_open(key):
                self.skip(key, reason)

    def checks(self) -> tuple[DeepCheck, ...]:
        """All of them, in the order of the plan."""
        return tuple(self._checks.values())

    def _end(
        self,
        key: str,
        outcome: Outcome,
        sentence: Sentence,
        spoken: tuple[Spoken, ...] = (),
        evidence: Rows = (),
        *,
        severity: Severity | None = None,
        means: Sentence | None = None,
    ) -> None:
        planned = BY_KEY[key]
        usual = {Outcome.PASS: planned.good, Outcome.SKIPPED: Sentence("")}.get(outcome, planned.bad)
        began = self._began.get(key)
        self._order.append(key)
        shown = self._masks.text(sentence)
        self._tell(
            DeepCheck(
                key,
                planned.title,
                outcome,
                sentence if shown == sentence else Sentence(shown),
                tuple((label, self._masks.text(value)) for label, value in evidence if value),
                seconds=None if began is None else time.monotonic() - began,
                severity=severity or planned.severity,
                dialect=planned.dialect,
                means=usual if means is None else means,
                source=planned.source,
                spoken=spoken,
            )
        )

    def _tell(self, check: DeepCheck) -> None:
        self._checks[check.key] = check
        self._on_check(check)


@dataclass(frozen=True, slots=True)
class Trial:
    """What the parts of one run share.

    Attributes:
        target: The service.
        talk: The way to it.
        results: Where outcomes are noted.
        mine: What was made.
        record: The same on disk.
        settle_s: Seconds after which a change that does not show is looked for once more.
    """

    target: Target
    talk: Talk
    results: Results
    mine: Mine
    record: Record
    settle_s: float = field(default=2.0)

    def pause(self) -> None:
        """Give the service a moment: some show a change only a little later.

        Raises:
            Cancelled: The person pressed Cancel.
        """
        self.talk.work.wait(self.settle_s)

    def said(self, answer: ScimAnswer) -> list[tuple[str, str]]:
        """What the service answered, as evidence: see ``Talk.evidence``."""
        return self.talk.evidence(answer)


@dataclass(frozen=True, slots=True)
class Search:
    """What a search brought.

    Attributes:
        answer: As it came.
        fault: Why it is no answer to a search; None for a good one.
        ours: Resources in it that carry our mark.
        count: How many were named, ours included.
    """

    answer: ScimAnswer
    fault: Sentence | None
    ours: tuple[Resource, ...] = ()
    count: int = 0


def read_search(answer: ScimAnswer, mine: Mine, kind: str) -> Search:
    """Judge the answer to a search. Pure."""
    if answer.status == HTTPStatus.NOT_FOUND:
        return Search(answer, say("The service answered 404 to a search, where a list is due."))
    if answer.status == HTTPStatus.FORBIDDEN:
        return Search(answer, say("The service does not allow the search with this token."))
    if answer.status != HTTPStatus.OK:
        return Search(
            answer,
            say(
                "The service answered {status} to a search, where 200 and a list are due.",
                status=answer.status,
            ),
        )
    if answer.total is None:
        return Search(answer, say("The service answered with something that is not a SCIM list."))
    ours = tuple(each for each in answer.resources if mine.is_mine(kind, each))
    return Search(answer, None, ours, max(answer.total, len(answer.resources)))
