"""Calls that Microsoft limits wait for their turn here instead of being refused there."""

from __future__ import annotations

import threading
import time
from collections import deque

import pytest

from scim_assistant.errors import Cancelled, ServiceRefused
from scim_assistant.graph.budgets import CALLS, WINDOW_S, Budgets
from scim_assistant.graph.client import GraphClient, fixed
from scim_assistant.graph.request import Budget, GraphRequest
from scim_assistant.secret import Secret
from scim_assistant.sentence import say
from scim_assistant.work import Pace, Work
from tests.graph.conftest import Desk
from tests.hostile import reply

PACE = Pace(50.0)  # a window of 10 seconds takes 0.2
LOG = GraphRequest("GET", "/auditLogs/provisioning", say("The log was not read."), budget=Budget.LOGS)


class Noted(deque[float]):
    """Turns, with the moments of all that were ever taken."""

    def __init__(self) -> None:
        super().__init__()
        self.all: list[float] = []

    def append(self, at: float) -> None:
        super().append(at)
        self.all.append(at)


def most_in_a_window(times: list[float], pace: Pace) -> int:
    """The most turns in any stretch as long as the service's window."""
    window = pace.real_s(WINDOW_S)
    return max(sum(1 for other in times if start <= other < start + window) for start in times)


def test_many_threads_together_never_exceed_five_in_ten_seconds() -> None:
    pace = Pace(20.0)
    budgets, turns = Budgets(pace), Noted()
    budgets._taken[Budget.LOGS] = turns

    def many() -> None:
        for _ in range(6):
            budgets.take(Budget.LOGS, Work())

    threads = [threading.Thread(target=many) for _ in range(3)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(turns.all) == 18
    assert most_in_a_window(turns.all, pace) == CALLS
    # 18 calls need three waits of half a second, not one each, which would be nine seconds.
    assert time.monotonic() - began < 8


def test_each_kind_of_call_has_turns_of_its_own() -> None:
    budgets = Budgets()
    began = time.monotonic()
    for _ in range(CALLS):
        budgets.take(Budget.LOGS, Work())
        budgets.take(Budget.ON_DEMAND, Work())
    assert time.monotonic() - began < WINDOW_S / 2


def test_cancel_ends_the_wait_for_a_turn() -> None:
    budgets, work = Budgets(), Work()
    for _ in range(CALLS):
        budgets.take(Budget.LOGS, work)
    work.cancel()
    with pytest.raises(Cancelled):
        budgets.take(Budget.LOGS, work)


def test_two_clients_share_the_turns_and_a_refusal_holds_both_back(desk: Desk) -> None:
    budgets = Budgets(PACE)
    clients = [
        GraphClient(desk.client._transport, desk.client.root, fixed(Secret("t")), pace=PACE, budgets=budgets)
        for _ in range(2)
    ]
    desk.server.will_answer(reply(429, {"error": {}}, retry_after="0.4"), reply(200, {"value": []}))
    began = time.monotonic()
    first = threading.Thread(target=lambda: clients[0].send(LOG, Work()))
    first.start()
    while not budgets._held_until[Budget.LOGS]:
        first.join(0.005)
    clients[1].send(LOG, Work())
    assert time.monotonic() - began >= 0.4 - 0.02
    first.join()


def test_each_try_of_a_limited_call_takes_a_turn(desk: Desk) -> None:
    desk.server.will_answer(reply(503, {"error": {}}), reply(503, {"error": {}}), reply(200, {"value": []}))
    budgets = Budgets()
    client = GraphClient(
        desk.client._transport, desk.client.root, fixed(Secret("t")), pace=desk.client.pace, budgets=budgets
    )
    client.send(LOG, Work())
    assert len(budgets._taken[Budget.LOGS]) == 3


def test_a_hold_without_end_does_not_stop_the_program_for_good(desk: Desk) -> None:
    desk.server.will_answer(
        reply(429, {"error": {"code": "TooManyRequests", "message": ""}}, retry_after="999999999"),
        reply(200, {"value": []}),
    )
    with pytest.raises(ServiceRefused):
        desk.client.send(LOG, desk.work)
    work = Work()
    alarm = threading.Timer(20, work.cancel)
    alarm.start()
    assert desk.client.send(LOG, work).status == 200
    alarm.cancel()
    alarm.join()
