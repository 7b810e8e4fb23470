"""The feed follows a log that is written late, out of order and in pages, and tells refusals apart."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from scim_assistant.errors import Cancelled, KnownError, ServiceRefused
from scim_assistant.graph.client import GraphClient, fixed
from scim_assistant.graph.types import when
from scim_assistant.logs.live import FAR_EVERY, POLL_AT_LEAST_S, Lack, LiveFeed, LogsRefused
from scim_assistant.logs.row import Row
from scim_assistant.secret import Secret
from scim_assistant.tenant.session import Session
from scim_assistant.transport import HttpAnswer, HttpRequest
from scim_assistant.work import Pace, Work
from tests.logs.made import MORNING, numbered, plain_message

ROOT = "https://graph.example.com/v1.0"
JOB = "scim.0123.4567"


class Log:
    """A log service: keeps events in the order in which they turn up, answers with the ones asked for, in pages."""

    def __init__(self, page: int = 1000) -> None:
        self.events: list[dict[str, Any]] = []
        self.page = page
        self.asked: list[datetime] = []
        self.refuse: tuple[int, Any] | None = None
        self.refuse_after_page = 0
        self.takes_time_filter = True
        self.ignores_time_filter = False
        self.roles: list[str | None] = []
        self.plans = ["AAD_PREMIUM"]

    def write(self, *numbers: int, at: Callable[[int], float] = float) -> None:
        self.events += [numbered(number, seconds=at(number)) for number in numbers]

    def send(self, request: HttpRequest, work: Work) -> HttpAnswer:
        parts = urlsplit(request.url)
        if parts.path.endswith(".directoryRole"):
            return self._answer(200, {"value": [{"id": "1", "roleTemplateId": one} for one in self.roles]})
        if parts.path.endswith("/subscribedSkus"):
            plans = [{"servicePlanName": one, "provisioningStatus": "Success"} for one in self.plans]
            return self._answer(
                200, {"value": [{"id": "1", "capabilityStatus": "Enabled", "servicePlans": plans}]}
            )
        assert parts.path == "/v1.0/auditLogs/provisioning"
        query = parse_qs(parts.query)
        start = int(query.get("$skiptoken", ["0"])[0])
        if self.refuse is not None and start >= self.refuse_after_page * self.page:
            return self._answer(*self.refuse)
        wanted = query["$filter"][0]
        assert wanted.startswith(f"jobId eq '{JOB}'")
        since = re.search(r"activityDateTime gt (\S+)", wanted)
        events = self.events
        if since is not None:
            if not self.takes_time_filter:
                return self._answer(400, {"error": {"code": "BadRequest", "message": "Unsupported filter."}})
            after = when(since.group(1))
            assert after is not None
            if start == 0:
                self.asked.append(after)
            if not self.ignores_time_filter:
                events = [event for event in events if (when(event["activityDateTime"]) or MORNING) > after]
        body: dict[str, Any] = {"value": events[start : start + self.page]}
        if start + self.page < len(events):
            body["@odata.nextLink"] = request.url.split("&$skiptoken")[0] + f"&$skiptoken={start + self.page}"
        return self._answer(200, body)

    def close(self) -> None:
        """Nothing is open."""

    @staticmethod
    def _answer(status: int, body: Any) -> HttpAnswer:
        headers = {"content-type": "application/json", "request-id": "11111111-2222-4333-8444-555555555555"}
        return HttpAnswer(status, headers, json.dumps(body).encode(), 0.01)


def feed_on(
    log: Log, *, speed: float = 10_000.0, scopes: tuple[str, ...] = ("ProvisioningLog.Read.All",)
) -> LiveFeed:
    pace = Pace(speed)
    client = GraphClient(log, ROOT, fixed(Secret("token")), pace=pace)
    session = Session(client, log, "tenant", "Example", "admin@example.com", frozenset(scopes), pace=pace)
    return LiveFeed(session, JOB, message=plain_message, now=lambda: MORNING + timedelta(hours=1))


def people(rows: tuple[Row, ...]) -> list[int]:
    return [int(row.person.split()[-1]) for row in rows]


def test_a_round_brings_what_is_new_newest_first() -> None:
    log = Log()
    feed = feed_on(log)
    log.write(1, 3, 2)
    assert people(feed.fetch_new(Work())) == [3, 2, 1]
    assert feed.fetch_new(Work()) == ()
    log.write(4)
    assert people(feed.fetch_new(Work())) == [4]


def test_a_row_that_turns_up_late_is_not_missed_and_none_comes_twice() -> None:
    log = Log()
    feed = feed_on(log)
    log.write(100, 120)
    feed.fetch_new(Work())
    log.write(110, 95)  # older than what was read, written later
    assert people(feed.fetch_new(Work())) == [110, 95]
    assert feed.fetch_new(Work()) == ()


def test_pages_are_followed_and_handed_on_one_by_one() -> None:
    log = Log(page=4)
    feed = feed_on(log)
    log.write(*range(1, 11))
    assert [people(page) for page in feed.fetch_pages(Work())] == [[4, 3, 2, 1], [8, 7, 6, 5], [10, 9]]


def test_a_round_that_breaks_off_loses_nothing_and_repeats_nothing() -> None:
    log = Log(page=4)
    feed = feed_on(log)
    log.write(*range(1, 11))
    log.refuse, log.refuse_after_page = (403, {"error": {"code": "Authorization_RequestDenied"}}), 1
    got: list[Row] = []
    with pytest.raises(LogsRefused):
        got.extend(row for page in feed.fetch_pages(Work()) for row in page)
    assert len(got) == 4
    log.refuse = None
    got += feed.fetch_new(Work())
    assert sorted(people(tuple(got))) == list(range(1, 11))


def test_cancel_takes_effect_between_pages() -> None:
    log = Log(page=2)
    feed = feed_on(log)
    log.write(*range(1, 9))
    work = Work()
    pages = feed.fetch_pages(work)
    next(pages)
    work.cancel()
    with pytest.raises(Cancelled):
        list(pages)


def test_the_first_look_goes_back_a_week_the_next_only_the_overlap() -> None:
    log = Log()
    feed = feed_on(log, speed=1.0)
    log.write(600)
    feed.fetch_new(Work())
    feed.fetch_new(Work())
    newest = MORNING + timedelta(seconds=600)
    assert log.asked == [MORNING + timedelta(hours=1) - timedelta(days=7), newest - timedelta(minutes=20)]


def test_now_and_then_it_looks_back_further() -> None:
    log = Log()
    feed = feed_on(log, speed=100.0)
    log.write(*range(400, 410))
    for _ in range(FAR_EVERY):
        feed.fetch_new(Work())
    log.asked.clear()
    feed.fetch_new(Work())
    assert log.asked == [MORNING + timedelta(seconds=409 - 3 * 3600 / 100)]


def test_memory_does_not_grow_for_weeks() -> None:
    log = Log()
    feed = feed_on(log)
    for hour in range(3 * FAR_EVERY):
        log.write(*range(hour * 1000, hour * 1000 + 20))
        assert len(feed.fetch_new(Work())) == 20
    assert len(feed._seen) < 20 * 3 * FAR_EVERY


@pytest.mark.parametrize("way", ["refused", "ignored"])
def test_where_the_time_filter_does_not_work_no_row_comes_twice(way: str) -> None:
    log = Log()
    log.takes_time_filter = way != "refused"
    log.ignores_time_filter = way == "ignored"
    feed = feed_on(log)
    got = 0
    for hour in range(3 * FAR_EVERY):
        log.write(*range(hour * 1000, hour * 1000 + 3))
        got += len(feed.fetch_new(Work()))
    assert got == 3 * 3 * FAR_EVERY


def test_an_event_without_a_time_comes_once() -> None:
    log = Log()
    feed = feed_on(log)
    log.write(1)
    bare = numbered(2)
    del bare["activityDateTime"]
    log.events.append(bare)
    log.takes_time_filter = False
    assert sorted(people(feed.fetch_new(Work()))) == [1, 2]
    assert feed.fetch_new(Work()) == ()


READER = "4a5d8f65-41da-4de4-8968-e035b65339cf"
DENIED = "Authorization_RequestDenied"
HELD = ("ProvisioningLog.Read.All",)


@pytest.mark.parametrize(
    ("code", "scopes", "found", "lack", "remedy"),
    [
        (
            "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
            HELD,
            ([READER], ["AAD_PREMIUM"]),
            Lack.LICENCE,
            "P1 or P2",
        ),
        (DENIED, HELD, ([READER], []), Lack.LICENCE, "P1 or P2"),
        (DENIED, ("User.Read",), ([READER], ["AAD_PREMIUM"]), Lack.SCOPE, "ProvisioningLog.Read.All"),
        (DENIED, ("auditlog.read.all",), ([], []), Lack.ROLE, "no role that may do this is active"),
        (DENIED, HELD, ([None], ["AAD_PREMIUM"]), Lack.ROLE, "could not be read"),
        ("", HELD, ([], ["AAD_PREMIUM"]), Lack.ROLE, "role"),
        (DENIED, HELD, ([READER], ["AAD_PREMIUM"]), Lack.ROLE, "the role Reports Reader is active"),
    ],
)
def test_the_three_refusals_are_told_apart(
    code: str, scopes: tuple[str, ...], found: tuple[list[str | None], list[str]], lack: Lack, remedy: str
) -> None:
    log = Log()
    log.refuse = (403, {"error": {"code": code, "message": "No."}})
    log.roles, log.plans = found
    with pytest.raises(LogsRefused) as caught:
        feed_on(log, scopes=scopes).fetch_new(Work())
    assert caught.value.lack is lack
    assert remedy in caught.value.why
    assert caught.value.next_step
    assert caught.value.details.request_id


def test_another_error_stays_what_it_is() -> None:
    log = Log()
    log.refuse = (404, {"error": {"code": "NotFound", "message": "No."}})
    with pytest.raises(KnownError) as caught:
        feed_on(log).fetch_new(Work())
    assert isinstance(caught.value, ServiceRefused)
    assert not isinstance(caught.value, LogsRefused)


def test_polling_keeps_to_the_limit_and_never_spins() -> None:
    assert 15 <= feed_on(Log(), speed=1.0).interval_s <= 30
    assert feed_on(Log(), speed=1e9).interval_s == POLL_AT_LEAST_S
