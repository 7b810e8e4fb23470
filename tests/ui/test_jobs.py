"""The one door for background work: what is delivered, to whom, how often, and what never is."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from scim_assistant.errors import KnownError
from scim_assistant.sentence import say
from scim_assistant.ui.jobs import Jobs, Lane
from scim_assistant.work import Progress, Work

REFUSED = KnownError(say("It was not read."), say("The service said no."), say("Try again."))


@pytest.fixture
def owner(qapp: Any) -> QObject:
    return QObject()


def idle(jobs: Jobs) -> Callable[[], bool]:
    return lambda: not jobs.busy


def test_a_result_arrives_on_the_windows_thread(qtbot: QtBot, jobs: Jobs, owner: QObject) -> None:
    seen: list[Any] = []
    jobs.start(
        lambda work: threading.current_thread(),
        owner=owner,
        on_done=lambda result: seen.append((result, threading.current_thread())),
    )
    qtbot.waitUntil(lambda: bool(seen))
    ran_on, told_on = seen[0]
    assert told_on is threading.main_thread()
    assert ran_on is not threading.main_thread()


def test_a_known_error_goes_to_the_page_and_nowhere_else(
    qtbot: QtBot, jobs: Jobs, owner: QObject, faults: list[BaseException]
) -> None:
    errors: list[KnownError] = []
    done: list[object] = []

    def fail(work: Work) -> None:
        raise REFUSED

    jobs.start(fail, owner=owner, on_done=done.append, on_error=errors.append)
    qtbot.waitUntil(idle(jobs))
    assert errors == [REFUSED]
    assert done == []
    assert faults == []


@pytest.mark.parametrize("lane", list(Lane))
def test_a_fault_of_ours_goes_to_the_unexpected_dialog_once(
    qtbot: QtBot, jobs: Jobs, owner: QObject, faults: list[BaseException], lane: Lane
) -> None:
    errors: list[KnownError] = []
    jobs.start(lambda work: 1 / 0, owner=owner, on_done=lambda _: None, on_error=errors.append, lane=lane)
    qtbot.waitUntil(idle(jobs))
    assert [type(fault) for fault in faults] == [ZeroDivisionError]
    assert errors == []
    faults.clear()


def test_a_slot_that_fails_is_a_fault_too(
    qtbot: QtBot, jobs: Jobs, owner: QObject, faults: list[BaseException]
) -> None:
    jobs.start(lambda work: {}, owner=owner, on_done=lambda result: result["missing"])
    qtbot.waitUntil(lambda: bool(faults))
    assert isinstance(faults.pop(), KeyError)


def test_what_a_cancelled_job_found_is_dropped(qtbot: QtBot, jobs: Jobs, owner: QObject) -> None:
    begun, go_on = threading.Event(), threading.Event()
    done: list[object] = []
    ended: list[str] = []

    def slow(work: Work) -> str:
        begun.set()
        go_on.wait(60)
        return "found"

    handle = jobs.start(slow, owner=owner, on_done=done.append, on_cancelled=lambda: ended.append("ended"))
    assert begun.wait(60)
    handle.cancel()
    go_on.set()
    qtbot.waitUntil(idle(jobs))
    assert done == []
    assert ended == ["ended"]


def test_what_a_write_has_come_to_is_told_even_after_cancel(qtbot: QtBot, jobs: Jobs, owner: QObject) -> None:
    begun, go_on = threading.Event(), threading.Event()
    done: list[object] = []

    def write(work: Work) -> str:
        begun.set()
        go_on.wait(60)
        return "two of three changes"

    handle = jobs.start(write, owner=owner, on_done=done.append, lane=Lane.TENANT_WRITE)
    assert begun.wait(60)
    handle.cancel()
    go_on.set()
    qtbot.waitUntil(idle(jobs))
    assert done == ["two of three changes"]


def test_a_job_hears_that_its_owner_is_gone_and_tells_nobody(qtbot: QtBot, jobs: Jobs) -> None:
    owner = QObject()
    begun = threading.Event()
    heard: list[bool] = []
    told: list[object] = []

    def slow(work: Work) -> None:
        begun.set()
        end = time.monotonic() + 60
        while not work.cancelled and time.monotonic() < end:
            time.sleep(0.005)
        heard.append(work.cancelled)

    jobs.start(slow, owner=owner, on_done=told.append, on_cancelled=lambda: told.append("ended"))
    assert begun.wait(60)
    owner.deleteLater()
    qtbot.waitUntil(idle(jobs))
    assert heard == [True]
    assert told == []


def test_progress_comes_at_most_ten_times_a_second_and_the_latest_is_not_lost(
    qtbot: QtBot, jobs: Jobs, owner: QObject
) -> None:
    seen: list[tuple[float, int]] = []
    last_seen = threading.Event()

    def count(work: Work) -> None:
        end = time.monotonic() + 60
        number = 0
        while len(seen) < 4 and time.monotonic() < end:
            number += 1
            work.progress(number, None, say("Counting"))
            time.sleep(0.0005)
        work.progress(999_999, None, say("Counted"))
        last_seen.wait(60)

    def on_progress(progress: Progress) -> None:
        # The runner's own note: this test may be put aside before it has looked at a clock.
        seen.append((handle._delivered_at, progress.done))
        if progress.done == 999_999:
            last_seen.set()

    handle = jobs.start(count, owner=owner, on_done=lambda _: None, on_progress=on_progress)
    qtbot.waitUntil(idle(jobs))
    gaps = [later - earlier for (earlier, _), (later, _) in itertools.pairwise(seen)]
    assert len(seen) >= 4
    assert min(gaps) >= 0.0999
    assert seen[-1][1] == 999_999


def test_writes_go_one_at_a_time_in_their_order_and_reads_beside_them(
    qtbot: QtBot, jobs: Jobs, owner: QObject
) -> None:
    running = 0
    most = 0
    order: list[int] = []
    lock = threading.Lock()
    read_done = threading.Event()

    def write(number: int) -> Callable[[Work], None]:
        def run(work: Work) -> None:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
                order.append(number)
            read_done.wait(60)
            with lock:
                running -= 1

        return run

    for number in range(5):
        jobs.start(write(number), owner=owner, on_done=lambda _: None, lane=Lane.TENANT_WRITE)
    jobs.start(lambda work: read_done.set(), owner=owner, on_done=lambda _: None)
    qtbot.waitUntil(idle(jobs))
    assert read_done.is_set()
    assert most == 1
    assert order == [0, 1, 2, 3, 4]


def test_notes_arrive_in_order_and_before_the_jobs_own_end(qtbot: QtBot, jobs: Jobs, owner: QObject) -> None:
    seen: list[object] = []
    post = jobs.poster(owner, seen.append)

    def work_on(work: Work) -> str:
        for number in range(50):
            post(number)
        return "end"

    jobs.start(work_on, owner=owner, on_done=seen.append)
    qtbot.waitUntil(idle(jobs))
    assert seen == [*range(50), "end"]


def test_closing_ends_every_thread_and_delivers_nothing_more(
    qtbot: QtBot, faults: list[BaseException]
) -> None:
    jobs = Jobs(faults.append)
    owner = QObject()
    told: list[object] = []
    for _ in range(6):
        jobs.start(lambda work: work.wait(30), owner=owner, on_done=told.append, on_error=told.append)
    begun = time.monotonic()
    assert jobs.close()
    assert time.monotonic() - begun < 20
    qtbot.wait(1)
    assert told == []
    with pytest.raises(RuntimeError):
        jobs.start(lambda work: None, owner=owner, on_done=told.append)
