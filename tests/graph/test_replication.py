"""What was just made may be unknown for a while; what is old and unknown is a real failure."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from scim_assistant.errors import Cancelled, Details, ServiceRefused
from scim_assistant.graph.replication import when_replicated
from scim_assistant.sentence import say
from scim_assistant.work import Pace, Work

PACE = Pace(1000.0)


def refusal(status: int, *codes: str) -> ServiceRefused:
    return ServiceRefused(say("a"), say("b"), say("c"), Details(status=status, codes=codes))


def failing(times: int, error: Callable[[], ServiceRefused]) -> tuple[Callable[[], str], list[int]]:
    calls: list[int] = []

    def action() -> str:
        calls.append(1)
        if len(calls) <= times:
            raise error()
        return "done"

    return action, calls


def now() -> datetime:
    return datetime.now(UTC)


@pytest.mark.parametrize(
    ("status", "codes"),
    [(404, ("Request_ResourceNotFound",)), (401, ("UnknownError",)), (403, ()), (409, ("Conflict",))],
)
def test_a_young_object_is_waited_for(status: int, codes: tuple[str, ...]) -> None:
    action, calls = failing(4, lambda: refusal(status, *codes))
    waits: list[int] = []
    done = when_replicated(action, born_at=now(), work=Work(), pace=PACE, on_wait=lambda: waits.append(1))
    assert (done, len(calls), len(waits)) == ("done", 5, 4)


@pytest.mark.parametrize(
    ("status", "codes"),
    [
        (400, ()),
        (401, ("InvalidAuthenticationToken",)),
        (401, ("UnknownError", "insufficient_claims")),
        (403, ("Authentication_RequestFromNonPremiumTenantOrB2CTenant",)),
        (429, ()),
        (500, ()),
    ],
)
def test_what_replication_never_causes_is_raised_at_once(status: int, codes: tuple[str, ...]) -> None:
    action, calls = failing(9, lambda: refusal(status, *codes))
    with pytest.raises(ServiceRefused) as caught:
        when_replicated(action, born_at=now(), work=Work(), pace=PACE)
    assert (len(calls), caught.value.not_there_yet) == (1, False)


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("born_at", [None, datetime(2020, 1, 1, tzinfo=UTC)])
def test_an_old_object_is_not_waited_for(status: int, born_at: datetime | None) -> None:
    action, calls = failing(9, lambda: refusal(status))
    with pytest.raises(ServiceRefused) as caught:
        when_replicated(action, born_at=born_at, work=Work(), pace=PACE)
    assert (len(calls), caught.value.not_there_yet) == (1, False)


@pytest.mark.parametrize(("status", "not_there_yet"), [(404, True), (409, True), (403, False)])
def test_patience_ends_with_the_real_error(status: int, not_there_yet: bool) -> None:
    action, calls = failing(10**6, lambda: refusal(status))
    began = time.monotonic()
    with pytest.raises(ServiceRefused) as caught:
        # Two seconds of ours, in which even a busy machine gets round to some tries.
        when_replicated(action, born_at=now(), work=Work(), patience_s=2000, pace=PACE)
    assert time.monotonic() - began < 60
    assert len(calls) > 3
    assert caught.value.status == status
    assert caught.value.not_there_yet is not_there_yet


def test_an_answer_that_took_longer_than_all_patience_is_not_the_last() -> None:
    answers = iter([refusal(404)])

    def slow_once() -> str:
        for error in answers:
            time.sleep(PACE.real_s(60) * 2)
            raise error
        return "known by now"

    assert when_replicated(slow_once, born_at=now(), work=Work(), patience_s=60, pace=PACE) == "known by now"


def test_patience_counts_from_birth_and_in_the_seconds_of_the_service() -> None:
    action, calls = failing(10**6, lambda: refusal(404))
    with pytest.raises(ServiceRefused):
        # 0.1 of our seconds are 100 of the service's: older than the patience of 60.
        when_replicated(action, born_at=now() - timedelta(seconds=0.1), work=Work(), patience_s=60, pace=PACE)
    assert len(calls) == 1


def test_cancel_ends_the_wait() -> None:
    work = Work()
    action, _ = failing(9, lambda: refusal(404))
    with pytest.raises(Cancelled):
        when_replicated(action, born_at=now(), work=work, on_wait=work.cancel)


def test_an_object_from_the_future_is_waited_for_no_longer_than_a_new_one() -> None:
    """Its date is the service's, and the clock here may be hours behind, or was set back meanwhile."""
    action, _ = failing(10**9, lambda: refusal(404, "Request_ResourceNotFound"))
    began = time.monotonic()
    with pytest.raises(ServiceRefused):
        when_replicated(action, born_at=now() + timedelta(days=1), work=Work(), patience_s=100, pace=PACE)
    assert time.monotonic() - began < 60
