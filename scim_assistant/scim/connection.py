"""The connection test from this computer: looks at the way to a service layer by layer, then asks it for nobody.

At most eight requests, in about two minutes at most. Each layer is told as it begins and as it ends; after a fault that
nothing can pass, the rest is not asked. What findings mean is judged in ``here``; facts come from the transport that is
handed in.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from scim_assistant.check import Outcome
from scim_assistant.errors import Cancelled, KnownError
from scim_assistant.scim.address import filter_query
from scim_assistant.scim.answer import ScimAnswer
from scim_assistant.scim.asking import ScimAsker
from scim_assistant.scim.deep.found import Spoken
from scim_assistant.scim.here import address, answer, hints, question, way
from scim_assistant.scim.here.row import failed, running, skipped, unanswered, warned
from scim_assistant.scim.here.verdict import judge_here
from scim_assistant.scim.layers import (
    ADDRESS,
    AUTHENTICATION,
    DISCOVERY,
    GROUPS,
    HTTP,
    LIMITS,
    NAME,
    SCIM,
    TCP,
    TITLES,
    TLS,
)
from scim_assistant.scim.spoilt import spoilt
from scim_assistant.scim.target import Target
from scim_assistant.scim.verdict import Side, SidedCheck, Sureness, Verdict
from scim_assistant.sentence import counted, say
from scim_assistant.transport.survey import Surveyor
from scim_assistant.work import Work

MOST_REQUESTS: Final = 8
PATIENCE_S: Final = 10.0
"""The longest wait that a busy service is granted during this test."""
LIMIT_S: Final = 120.0
"""Seconds after which nothing more is asked, however slow the way and the answers are."""
_LEAST_ASKED: Final = 3
"""So many slow answers are waited for where somebody allows each of them long."""
_PAGE: Final = "startIndex=1&count=1&attributes=id"

OnLayer = Callable[[SidedCheck], None]

_NOT_REACHED = say("Not asked, since the test stopped before.")
_STOPPED = say("Not asked, since the test was stopped.")
_NOT_ENCRYPTED = say("Plain http has no encryption.")
_PROFILE = say("Not asked: the app's profile says so.")


@dataclass(frozen=True, slots=True)
class HereTest:
    """What the test from this computer found.

    Attributes:
        layers: Every layer of ``layers.TITLES``, in order; those that were not reached are SKIPPED.
        verdict: What it comes to.
        requests: How many were sent to the service.
        seconds: How long all of it took.
        spoken: What was said, by the key of the layer, as anybody may see it.
        put_off: The service was too busy to answer at all, so nothing is known of it yet.
        cancelled: The person stopped it; what was not reached by then is not known.
    """

    layers: tuple[SidedCheck, ...]
    verdict: Verdict
    requests: int
    seconds: float
    spoken: tuple[tuple[str, Spoken], ...] = ()
    put_off: bool = False
    cancelled: bool = False

    def layer(self, key: str) -> SidedCheck:
        """One layer by its key."""
        return next(check for check in self.layers if check.key == key)


def tell_nobody(check: SidedCheck) -> None:
    """For whoever does not watch."""


def run_layers(
    transport: Surveyor,
    target: Target,
    work: Work,
    on_layer: OnLayer = tell_nobody,
    *,
    limit_s: float | None = None,
    keep_stopped: bool = False,
) -> HereTest:
    """Test a service from this computer.

    Args:
        transport: The connection.
        target: Where, with which token.
        work: Cancels it.
        on_layer: Told each layer as RUNNING and then as it came out, from this thread.
        limit_s: Nothing but the first question is asked that could still be unanswered then; ``LIMIT_S`` by default,
            or more where the target allows each exchange long.
        keep_stopped: Return what was found until Cancel, instead of raising.

    Raises:
        Cancelled: The person pressed Cancel.
    """
    return _Test(transport, target, work, on_layer, limit_s).run(keep_stopped=keep_stopped)


class _Stop(Exception):
    """A fault that nothing can pass."""


class _Test:
    def __init__(
        self, transport: Surveyor, target: Target, work: Work, on_layer: OnLayer, limit_s: float | None
    ) -> None:
        self._transport = transport
        self._target = target
        self._work = work
        self._on_layer = on_layer
        self._began = time.monotonic()
        self._limit_s = max(LIMIT_S, _LEAST_ASKED * target.timeout_s) if limit_s is None else limit_s
        self._asker = ScimAsker(transport, target, patience_s=PATIENCE_S, most=MOST_REQUESTS)
        self._masks = self._asker.masks
        self._found: dict[str, SidedCheck] = {}
        self._answers: list[ScimAnswer] = []
        self._page: ScimAnswer | None = None
        self._spoken: list[tuple[str, Spoken]] = []
        self._put_off = False

    def run(self, *, keep_stopped: bool) -> HereTest:
        cancelled = False
        try:
            self._look()
            self._ask()
        except _Stop:
            pass
        except Cancelled:
            if not keep_stopped:
                raise
            cancelled = True
        for key in TITLES:
            if key not in self._found:
                self._tell(skipped(key, _STOPPED if cancelled else _NOT_REACHED))
        layers = tuple(self._found[key] for key in TITLES)
        return HereTest(
            layers,
            judge_here(layers, cancelled=cancelled),
            self._asker.requests,
            self._seconds(),
            tuple(self._spoken),
            self._put_off,
            cancelled,
        )

    # ------------------------------------------------------------- the way

    @property
    def _host(self) -> str:
        return urlsplit(self._target.tenant_url).hostname or ""

    def _look(self) -> None:
        url = self._target.tenant_url
        self._begin(ADDRESS)
        self._end(address.judge_address(self._target))
        for key, look in ((NAME, self._name), (TCP, self._tcp), (TLS, self._tls)):
            if key == TLS and urlsplit(url).scheme == "http":
                self._tell(skipped(TLS, _NOT_ENCRYPTED))
                continue
            self._begin(key)
            began = time.monotonic()
            try:
                check = look(url)
            except KnownError as error:
                check = self._way_failed(key, error, time.monotonic() - began)
            self._end(check)

    def _name(self, url: str) -> SidedCheck:
        return way.judge_name(self._transport.look_up(url, self._work))

    def _tcp(self, url: str) -> SidedCheck:
        return way.judge_connected(self._transport.connect(url, self._work))

    def _tls(self, url: str) -> SidedCheck:
        found = self._transport.shake_hands(url, self._work)
        return way.judge_handshake(found, self._host, datetime.now(UTC))

    def _way_failed(self, key: str, error: KnownError, seconds: float) -> SidedCheck:
        if key == TLS:
            return way.judge_refused_handshake(error, self._host, self._masks, datetime.now(UTC), seconds)
        check = unanswered(key, error, self._masks, (("Host", self._host),), seconds=seconds)
        if not check.reach:  # the transport takes no address of this form at all
            return replace(check, side=Side.ADDRESS)
        return check

    # ------------------------------------------------------------ the questions

    def _ask(self) -> None:
        if not self._target.secret:
            self._tell(skipped(HTTP, say("Not asked, since there is no token to ask with.")))
            self._end(_without_token())
        self._begin(HTTP)
        name = str(uuid.uuid4())
        asked = f"one {self._target.matching_user} that nobody has"
        query = filter_query(self._target.matching_user, name)
        real = self._main_question(query, asked)
        lists_anyway = real.status == 404 and self._lists_people()
        self._end(answer.judge_http(real, asked, self._masks, found_anyway=lists_anyway))
        if real.status == 429:
            self._put_off = True
            raise _Stop
        self._authenticate(real, query)
        if SCIM in self._target.skip:
            self._tell(skipped(SCIM, _PROFILE))
        else:
            self._begin(SCIM)
            scim = question.judge_nobody(real, asked, self._masks, found_anyway=lists_anyway)
            self._end(scim, stops=scim.side is Side.ADDRESS)
        self._groups()
        self._discover()
        self._limits()

    def _main_question(self, query: str, asked: str) -> ScimAnswer:
        began = time.monotonic()
        try:
            return self._say(HTTP, "GET", "/Users", query)
        except KnownError as error:
            check = unanswered(
                HTTP, error, self._masks, (("Question", asked),), seconds=time.monotonic() - began
            )
            if check.side is Side.TOKEN:  # nothing was sent, since no header can carry such a token
                self._tell(skipped(HTTP, say("Not asked, since the token cannot be sent.")))
                self._end(replace(check, key=AUTHENTICATION, title=TITLES[AUTHENTICATION]))
            self._end(check)
            raise _Stop from error

    def _lists_people(self) -> bool:
        """Whether the address lists people without a filter: then its 404 meant that nobody was found."""
        with suppress(KnownError):
            self._page = self._say(HTTP, "GET", "/Users", _PAGE)
        return self._page is not None and self._page.status == 200 and self._page.total is not None

    def _authenticate(self, real: ScimAnswer, query: str) -> None:
        self._begin(AUTHENTICATION)
        refused = answer.judge_refusal(real, self._masks)
        if refused is not None:
            self._end(refused)
        if AUTHENTICATION in self._target.skip:
            self._tell(skipped(AUTHENTICATION, _PROFILE))
            return
        if not self._has_time():
            self._end(
                warned(
                    AUTHENTICATION,
                    Side.VENDOR,
                    Sureness.POSSIBLE,
                    say("Whether the service checks tokens was not asked: the test had taken long enough."),
                    say("Test again when the service answers faster."),
                )
            )
            return
        try:
            wrong = self._say(AUTHENTICATION, "GET", "/Users", query, spoilt_token=True)
        except KnownError as error:
            check = unanswered(AUTHENTICATION, error, self._masks)
            self._end(
                replace(
                    check,
                    outcome=Outcome.WARN,
                    side=Side.VENDOR,
                    sure=Sureness.POSSIBLE,
                    reach="",
                    sentence=say("A spoilt token got no usable answer, where 401 was expected."),
                    next_step=say("Go on; a token that has ended may be reported as something else."),
                )
            )
            return
        self._end(answer.judge_spoilt(real, wrong, self._masks), stops=False)

    def _groups(self) -> None:
        if not self._target.groups:
            self._tell(skipped(GROUPS, say("Not asked: this app takes people only.")))
            return
        if not self._asked_for(GROUPS):
            return
        asked = f"one {self._target.matching_group} of a group that does not exist"
        query = "excludedAttributes=members&" + filter_query(self._target.matching_group, str(uuid.uuid4()))
        try:
            found = self._say(GROUPS, "GET", "/Groups", query)
        except KnownError as error:
            self._end(unanswered(GROUPS, error, self._masks, (("Question", asked),)), stops=False)
            return
        self._end(question.judge_no_group(found, asked, self._masks), stops=False)

    def _discover(self) -> None:
        if not self._asked_for(DISCOVERY):
            return
        found: list[ScimAnswer | None] = [None, None]
        for at, path in enumerate(("/ServiceProviderConfig", "/Schemas")):
            try:
                found[at] = self._say(DISCOVERY, "GET", path, "") if self._has_time() else None
            except KnownError:
                break
        self._end(hints.judge_discovery(found[0], found[1], self._masks))

    def _limits(self) -> None:
        if not self._asked_for(LIMITS):
            return
        if self._page is None and self._has_time():
            with suppress(KnownError):
                self._page = self._say(LIMITS, "GET", "/Users", _PAGE)
        self._end(hints.judge_limits(self._page, self._answers, self._target, self._masks))

    def _asked_for(self, key: str) -> bool:
        if key in self._target.skip:
            self._tell(skipped(key, _PROFILE))
            return False
        if self._asker.requests >= MOST_REQUESTS:
            self._tell(skipped(key, say("Not asked, since the service was busy and enough was asked.")))
            return False
        if key != LIMITS and not self._has_time():  # limits are judged by what was answered, too
            took = counted(round(self._seconds()), "second", "seconds")
            self._tell(skipped(key, say("Not asked, since the test had taken {took} by then.", took=took)))
            return False
        self._begin(key)
        return True

    def _has_time(self) -> bool:
        """Whether a question that is asked now ends within the limit, answered or not."""
        return self._seconds() + self._target.timeout_s <= self._limit_s

    def _seconds(self) -> float:
        return time.monotonic() - self._began

    def _say(self, key: str, method: str, path: str, query: str, *, spoilt_token: bool = False) -> ScimAnswer:
        found = self._asker.ask(
            method,
            path,
            self._work,
            query=query,
            secret=spoilt(self._target.secret) if spoilt_token else None,
        )
        self._answers.append(replace(found, document=None))  # a large one is not kept to the end
        self._spoken.append((key, found.spoken))
        return found

    # ------------------------------------------------------------------ telling

    def _begin(self, key: str) -> None:
        self._work.check()
        self._on_layer(running(key))

    def _tell(self, check: SidedCheck) -> None:
        self._found[check.key] = check
        self._on_layer(check)

    def _end(self, check: SidedCheck, *, stops: bool = True) -> None:
        """Tell how a layer came out; after a fault that nothing can pass, the test is over."""
        self._tell(check)
        if stops and check.outcome is Outcome.FAIL:
            raise _Stop


def _without_token() -> SidedCheck:
    return failed(
        AUTHENTICATION,
        Side.TOKEN,
        Sureness.CERTAIN,
        say("There is no token to ask with."),
        say("Enter the token that the app shows."),
    )
