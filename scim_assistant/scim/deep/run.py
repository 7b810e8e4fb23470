"""The deep check from its first request to its last: one person and one group are made, tried and taken away again.

Whatever happens on the way, what was made is taken away: after Cancel, after a fault of the service or of ours. Where
that cannot be done (the service is gone, the program is killed), the next run does it first.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from scim_assistant.errors import Cancelled, Details, KnownError
from scim_assistant.scim.address import address_problem
from scim_assistant.scim.asking import ScimAsker
from scim_assistant.scim.deep import catalogue as key
from scim_assistant.scim.deep.catalogue import Part, part_of, planned_checks
from scim_assistant.scim.deep.changes import Changes
from scim_assistant.scim.deep.found import DeepCheck, DeepOutcome, Spoken
from scim_assistant.scim.deep.groups import Groups
from scim_assistant.scim.deep.leftovers import Leftovers, Record
from scim_assistant.scim.deep.mine import DOMAIN, MARK, Mine, read_domain
from scim_assistant.scim.deep.outcome import judge
from scim_assistant.scim.deep.people import People
from scim_assistant.scim.deep.removal import KEYS, Removal, Taken, note_removal, what_may_be_left
from scim_assistant.scim.deep.trial import Results, Stop, Talk, Trial, stopped_by
from scim_assistant.scim.deep.wire import GROUPS, USERS
from scim_assistant.scim.profiles import DEEP
from scim_assistant.scim.target import Target
from scim_assistant.scim.verdict import Side, Sureness
from scim_assistant.sentence import Sentence, counted, say
from scim_assistant.transport import Transport
from scim_assistant.work import Work

__all__ = ["part_of", "planned_checks", "run_deep"]

SETTLE_S: Final = 2.0
"""So long a change may take to show."""
LIMIT_S: Final = 300.0
"""So long all of it may take, without what the vendor's limit takes and without taking away at the end."""
_MOST_ASKED: Final = 60
"""Requests that a run sends at most, about."""
CLEAN_UP_S: Final = 90.0
"""So long taking away may take; what is left then is done by the next run."""


def run_deep(
    transport: Transport,
    target: Target,
    records: Leftovers,
    work: Work,
    on_check: Callable[[DeepCheck], None] = lambda check: None,
    *,
    domain: str = DOMAIN,
    settle_s: float = SETTLE_S,
    clean_up_s: float = CLEAN_UP_S,
    limit_s: float = LIMIT_S,
) -> DeepOutcome:
    """Try at a service what Entra will send in daily use, and take everything away again.

    After Cancel the outcome says so and holds what was found until then.

    Args:
        transport: The connection.
        target: The service.
        records: Where this computer remembers what has to be taken away.
        work: Cancel and progress.
        on_check: Told each check as it begins and as it ends.
        domain: Mail domain of the throw-away person; some services take only those that they know.
        settle_s: Seconds after which a change that does not show is looked for once more.
        clean_up_s: Seconds that taking away may take.
        limit_s: Seconds after which nothing more is tried; longer where the vendor takes few requests a minute.

    Raises:
        KnownError: Nothing was begun: the address, the token, the domain or this computer's disk does not allow it.
    """
    domain, no_domain = read_domain(domain)
    _refuse_what_cannot_be(target, no_domain)
    started = time.monotonic()
    asker = ScimAsker(transport, target, marker=MARK)
    results = Results(target.skip, on_check, work, asker.masks)
    if DEEP in target.skip:
        results.skip_rest(say("The profile of this app says not to make the deep check."))
        return judge(results.checks(), target, (), None)
    if target.requests_per_minute > 0:
        limit_s += _MOST_ASKED / target.requests_per_minute * 60
    run = _Run(
        asker,
        target,
        records,
        work,
        results,
        domain=domain,
        settle_s=settle_s,
        clean_up_s=clean_up_s,
        ends_at=started + limit_s,
    )
    left = tuple(asker.masks.text(one) for one in run.go())
    return judge(
        results.checks(),
        target,
        left,
        run.stop,
        cancelled=run.cancelled,
        requests=asker.requests,
        seconds=time.monotonic() - started,
    )


class _Run:
    """One run: what stopped it, and what it could not take away."""

    def __init__(
        self,
        asker: ScimAsker,
        target: Target,
        records: Leftovers,
        work: Work,
        results: Results,
        *,
        domain: str,
        settle_s: float,
        clean_up_s: float,
        ends_at: float,
    ) -> None:
        self._asker = asker
        self._target = target
        self._records = records
        self._work = work
        self._results = results
        self._domain = domain
        self._settle_s = settle_s
        self._clean_up_s = clean_up_s
        self._ends_at = ends_at
        self._talk: Talk | None = None
        self.stop: Stop | None = None
        self.cancelled = False

    def go(self) -> tuple[str, ...]:
        """Everything; what is left behind, in words."""
        old: list[str] = []
        with self._until_stopped():
            self._take_leftovers(old)
        if self.stop is not None or self.cancelled:
            self._end_open_checks()
            return tuple(old)
        record = self._records.begin(self._target.tenant_url, self._domain)
        mine = Mine(record.names)
        try:
            with self._until_stopped():
                self._try_everything(mine, record)
            self._end_open_checks(Part.REMOVAL)
        finally:
            # Also on the way of a fault of ours, or of Ctrl+C: what was made is taken away first.
            left = self._take_own(mine, record)
        self._end_open_checks()
        return (*old, *left)

    def _try_everything(self, mine: Mine, record: Record) -> None:
        talk = self._talk = Talk(self._asker, self._work, mine, self._ends_at)
        trial = Trial(self._target, talk, self._results, mine, record, self._settle_s)
        people = People(trial)
        people.run()
        Changes(trial, people).run()
        Groups(trial, people.id).run()

    @contextmanager
    def _until_stopped(self) -> Iterator[None]:
        try:
            yield
        except Stop as stop:
            self.stop = stop
        except Cancelled:
            self.cancelled = True
        except KnownError as error:
            self.stop = stopped_by(error)

    def _end_open_checks(self, but: Part | None = None) -> None:
        """Say of every check that has not ended why: the one that was under way, and those that were not reached."""
        open_keys = [key for key in self._results.running() if part_of(key) is not but]
        if self.stop is not None and self.stop.sentence and open_keys:
            said = self._talk.since(max(0, self._talk.here() - 1)) if self._talk is not None else ()
            self._results.failed(open_keys[-1], self.stop.sentence, said, means=Sentence(""))
        reason = say("The check was stopped.") if self.cancelled else self.stop.reason if self.stop else None
        if reason is not None:
            keys = [check.key for check in self._results.checks() if part_of(check.key) is not but]
            self._results.skip_rest(reason, keys)

    # ------------------------------------------------------------ taking away

    def _take_leftovers(self, left: list[str]) -> None:
        """Take away what earlier runs left; what stays is put into words in ``left``."""
        if not self._results.begin(key.LEFTOVERS):
            return
        runs = 0
        said: list[Spoken] = []
        for record in self._records.left(self._target.tenant_url):
            runs += 1
            mine = Mine(record.names, strictly=True)
            try:
                taken = self._take(record, mine)
                said += [one for each in taken for half in each.said for one in half]
                left += [words for each in taken for words in each.left]
                if all(each.is_final for each in taken if each.left):
                    record.erase()
            except (Stop, KnownError, Cancelled):
                left += what_may_be_left(mine)
                raise
            finally:
                record.close()
        if not runs:
            self._results.passed(key.LEFTOVERS, say("No earlier run left anything."))
        elif left:
            self._results.warned(
                key.LEFTOVERS,
                say("Something of an earlier run is still in the app."),
                tuple(said),
                [("Still there", words) for words in left],
            )
        else:
            self._results.passed(
                key.LEFTOVERS,
                say(
                    "Nothing is left of {runs}.",
                    runs=counted(runs, "run that broke off", "runs that broke off"),
                ),
                tuple(said),
            )

    def _take(self, record: Record, mine: Mine) -> list[Taken]:
        """Take away what another run has noted: by the ids that it learned, and by the names that it was to use."""
        talk = self._talk = Talk(self._asker, self._work, mine, self._ends_at)
        for kind in record.kinds:
            if not any(of == kind for of, _ in record.ids):
                mine.begin(kind)
        for kind, resource_id in record.ids:
            mine.made(kind, resource_id)
        return [Removal(talk, kind, self._settle_s).run() for kind in (USERS, GROUPS)]

    def _take_own(self, mine: Mine, record: Record) -> tuple[str, ...]:
        """Take away what this run made, in time of its own, so that Cancel does not stop it."""
        own = Work()
        limit = threading.Timer(self._clean_up_s, own.cancel)
        limit.daemon = True
        limit.start()
        talk = self._talk = Talk(self._asker, own, mine)
        left: tuple[str, ...] = ()
        is_final = False
        try:
            taken = [self._take_kind(talk, kind) for kind in (USERS, GROUPS)]
            left = tuple(words for each in taken for words in each.left)
            is_final = all(each.is_final if each.left else not each.is_doubtful for each in taken)
        except (Stop, KnownError, Cancelled) as trouble:
            if self.stop is None and not self.cancelled:
                self.stop = trouble if isinstance(trouble, Stop) else _stop_of(trouble)
            left = what_may_be_left(mine)
            is_final = not left
        finally:
            limit.cancel()
            if is_final:
                record.erase()
            record.close()
        return left

    def _take_kind(self, talk: Talk, kind: str) -> Taken:
        if talk.mine.may_be_left(kind):
            for each in KEYS[kind]:
                self._results.begin(each)
        taken = Removal(talk, kind, self._settle_s).run()
        note_removal(self._results, talk, taken)
        return taken


def _stop_of(trouble: KnownError | Cancelled) -> Stop:
    if isinstance(trouble, KnownError):
        return stopped_by(trouble)
    return Stop(
        say("The service took too long."),
        Side.VENDOR,
        say("Run the deep check again later: it takes away first what is left."),
        sure=Sureness.LIKELY,
        sentence=say("The service took too long to take away what was made."),
    )


def _refuse_what_cannot_be(target: Target, no_domain: Sentence | None) -> None:
    problem = address_problem(target.tenant_url, allow_loopback=target.allow_loopback)
    if problem is None and not target.secret:
        problem = say("There is no token to ask with.")
    problem = problem or no_domain
    if problem is not None:
        raise KnownError(
            say("The deep check was not begun."), problem, say("Nothing was sent to the app."), Details()
        )
