"""The monitor window in every state that matters, filled by hand, at example.com.

Nothing runs: the window is given a stand-in that starts no job, and each state is put in place directly.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from PySide6.QtWidgets import QWidget

from scim_assistant.errors import Details, Reach, ServiceRefused, Unreachable
from scim_assistant.logs.detail import Explained, read_detail
from scim_assistant.logs.live import Lack, LogsRefused
from scim_assistant.logs.row import Row
from scim_assistant.logs.rows import MemoryRows
from scim_assistant.scim.profiles import load_profile
from scim_assistant.sentence import say
from scim_assistant.steps.rotation_acts import RotationActs
from scim_assistant.steps.token_days import TokenDay
from scim_assistant.steps.token_life import life_of
from scim_assistant.ui.jobs import Handle, Lane
from scim_assistant.ui.log_viewer.watched import JobActions, TokenWatched, Watched
from scim_assistant.ui.log_viewer.window import MonitorWindow
from scim_assistant.work import Work
from tests.logs.made import MORNING, documents, jobs, logged

NOW = MORNING + timedelta(minutes=10)
LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff-" * 6 + "\u202eAna\r\nRuiz"


class StillJobs:
    """Starts nothing, so that a state stays as it was put."""

    def start(
        self, function: Callable[[Work], Any], *, owner: QWidget, lane: Lane = Lane.READ, **_: Any
    ) -> Handle:
        handle = Handle(owner, lane)
        handle.finished = True
        return handle


class NoFeed:
    """A log that says nothing."""

    interval_s = 20.0

    def fetch_pages(self, work: Work) -> Iterator[tuple[Row, ...]]:
        return iter(())


@dataclass(frozen=True)
class Told:
    """An explanation for pictures."""

    title: str
    meaning: str
    causes: tuple[str, ...]
    fixes: tuple[str, ...]


def _catalogue() -> tuple[
    Callable[[Any], Any], Callable[[Any], Explained | None], Callable[[str], Explained | None]
]:
    from scim_assistant.logs.explain import Catalogue

    catalogue = Catalogue.load()
    return catalogue.message, catalogue.explain_event, catalogue.explain


def _rows(made: list[dict[str, Any]]) -> list[Row]:
    from scim_assistant.logs.row import read_row

    message = _catalogue()[0]
    return [read_row(logged(document), message) for document in made]


def _window(job: str | None, made: list[dict[str, Any]], **changes: Any) -> MonitorWindow:
    def unused(work: Work) -> object:
        raise AssertionError("nothing runs in a picture")

    _, explain, explain_code = _catalogue()
    rows = MemoryRows()
    watched = Watched(
        app_name="ScreenSteps",
        tenant_name="Example Corporation",
        account="admin@example.com",
        fetch_job=unused,  # type: ignore[arg-type]
        feed=NoFeed(),
        explain=explain,
        explain_code=explain_code,
        actions=JobActions(unused, unused, unused, unused),
        rows=rows,
        is_practice=True,
        now=lambda: NOW,
    )
    watched = replace(watched, **changes)
    window = MonitorWindow(watched, StillJobs())  # type: ignore[arg-type]
    if job is not None:
        window.show_job(*window.judge(jobs()[job]))
    window.model.insert(watched.rows.add(_rows(made)).keys)
    window._on_log_read(len(made))
    return window


def _many(count: int) -> list[dict[str, Any]]:
    """Events of many people, as a first cycle writes them."""
    chance = random.Random(7)
    patterns = documents()
    names = (
        "Ana Ruiz",
        "Bo Lind",
        "Cy Park",
        "Dee Oak",
        "Eli Fox",
        "Flo Reed",
        "Gus Hale",
        "Ida Moss",
        "Jo Kent",
        "Kim Voss",
    )
    weights = (40, 20, 6, 20, 8, 4, 1, 1)
    made = []
    for number in range(count):
        import copy

        document = copy.deepcopy(chance.choices(patterns, weights)[0])
        at = NOW - timedelta(seconds=4 + number * 7)
        document["id"] = f"40000000-0000-4000-8000-{number:012d}"
        document["activityDateTime"] = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        if document["sourceIdentity"]["identityType"] == "User":
            name = chance.choice(names)
            document["sourceIdentity"]["displayName"] = name
            document["sourceIdentity"]["details"]["UserPrincipalName"] = (
                name.split()[0].lower() + "@example.com"
            )
        made.append(document)
    return made


def _choose(window: MonitorWindow, person: str) -> MonitorWindow:
    for row in range(window.model.rowCount()):
        event = window.model.event_at(row)
        if event is not None and event.person == person:
            window.table.selectRow(row)
            window.detail.show_detail(read_detail(event, window.watched.explain))
            break
    return window


def _empty() -> MonitorWindow:
    return _window("created", [])


def _busy() -> MonitorWindow:
    window = _window("first-cycle", [])
    window._log_rounds = 0
    window._show_emptiness()
    return window


def _first_cycle() -> MonitorWindow:
    return _window("first-cycle", _many(40))


def _live() -> MonitorWindow:
    return _window("active", _many(400))


def _reading() -> MonitorWindow:
    window = _choose(_window("active-some-failing", _many(300)), "Editors")
    window._on_unseen(37)
    return window


def _filtered_empty() -> MonitorWindow:
    from array import array

    window = _window("active", _many(120))
    window.filters.search.setText("nobody of that name")
    window.model.replace(array("q"), window.filters.query("at"), descending=True)
    window.filters._show_state()
    window._show_counts()
    window._show_emptiness()
    return window


def _quarantine_token() -> MonitorWindow:
    return _window("quarantine-token", documents(), now=lambda: MORNING + timedelta(hours=3))


def _token(days_left: int | None, job: str = "active", *, sure: bool = True, **more: Any) -> MonitorWindow:
    """A monitor that knows when the token ends; None for nothing that is known."""

    def unused(*_: Any) -> Any:
        raise AssertionError("nothing runs in a picture")

    acts = RotationActs(unused, unused, unused, unused, unused, unused)
    window = _window(job, _many(60), token=TokenWatched(unused, unused, acts), **more)
    told = None
    if days_left is not None:
        ends = NOW + timedelta(days=days_left)
        told = TokenDay("t", "a", "aws-iam-identity-center", set_on=(ends - timedelta(days=365)).date())
        told = replace(told, ends_at=ends) if sure else told
    window.show_token(life_of(told, load_profile("aws-iam-identity-center"), NOW))
    return window


def _token_small() -> MonitorWindow:
    window = _token(5)
    window.resize(window.minimumSize())
    return window


def _too_many_deletes() -> MonitorWindow:
    return _choose(
        _window("quarantine-removals", documents(), now=lambda: MORNING + timedelta(hours=1)), "Gus Hale"
    )


def _disabled() -> MonitorWindow:
    return _window("quarantine-disabled", documents(), now=lambda: MORNING + timedelta(days=1))


def _paused() -> MonitorWindow:
    return _window("paused", _many(60))


def _failure() -> MonitorWindow:
    return _choose(_window("active-some-failing", documents()), "Flo Reed")


def _created() -> MonitorWindow:
    return _choose(_window("active", documents()), "Ana Ruiz")


def _skip() -> MonitorWindow:
    return _choose(_window("active", documents()), "Eli Fox")


def _no_premium() -> MonitorWindow:
    return _refused(Lack.LICENCE, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")


def _no_scope() -> MonitorWindow:
    return _refused(Lack.SCOPE, "Authorization_RequestDenied")


def _refused(lack: Lack, code: str) -> MonitorWindow:
    window = _window("active", [])
    details = Details(
        at=NOW,
        method="GET",
        address="/v1.0/auditLogs/provisioning",
        status=403,
        codes=(code,),
        request_id="7f0a",
    )
    empty = say("")
    window._on_log_error(LogsRefused(lack, ServiceRefused(empty, empty, empty, details)), None)
    return window


def _offline() -> MonitorWindow:
    window = _window("active", _many(80))
    error = Unreachable(
        say("The state of provisioning could not be read."),
        say("This computer has no connection to graph.microsoft.com."),
        say("Check the network."),
        Details(at=NOW, method="GET", address="/v1.0/servicePrincipals/…/synchronization/jobs/…"),
        reach=Reach.NAME,
    )
    window._on_job_error(error, 20.0)
    return window


def _read_only() -> MonitorWindow:
    return _window("active", _many(60), actions=None, is_practice=False)


def _acted() -> MonitorWindow:
    window = _window("paused", _many(30))
    from scim_assistant.ui.log_viewer.acting import DONE
    from scim_assistant.ui.theme import Tone

    window.action_message.show_message(Tone.GOOD, DONE["pause"], actions=(("close", say("Close")),))
    return window


def _long_texts() -> MonitorWindow:
    made = documents()
    made[5]["sourceIdentity"]["displayName"] = LONG_NAME
    made[5]["provisioningStatusInfo"]["errorInformation"]["reason"] = (
        "x" * 400 + "\r\n" + "A long reason. " * 60
    )
    made[5]["modifiedProperties"] = [
        {
            "displayName": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department" * 2,
            "oldValue": "o" * 300,
            "newValue": "n" * 300,
        }
    ]
    made[4]["sourceIdentity"]["displayName"] = "محمد علي الحسن"
    window = _window(
        "active-some-failing", made, app_name="ScreenSteps for " + "a very long department name " * 6
    )
    return _choose(window, LONG_NAME)


def _small() -> MonitorWindow:
    window = _failure()
    window.resize(window.minimumSize())
    return window


def make_states() -> dict[str, Callable[[], QWidget]]:
    """Every state by name; each call of a factory makes a new window, not yet shown."""
    return {
        "monitor-empty": _empty,
        "monitor-busy": _busy,
        "monitor-first-cycle": _first_cycle,
        "monitor-live": _live,
        "monitor-reading": _reading,
        "monitor-filtered-empty": _filtered_empty,
        "monitor-quarantine-token": _quarantine_token,
        "monitor-too-many-deletes": _too_many_deletes,
        "monitor-token-far": lambda: _token(200),
        "monitor-token-unknown": lambda: _token(None),
        "monitor-token-soon": lambda: _token(12),
        "monitor-token-likely-soon": lambda: _token(12, sure=False),
        "monitor-token-last-days": lambda: _token(5),
        "monitor-token-ended": lambda: _token(
            -3, "quarantine-token", now=lambda: MORNING + timedelta(hours=3)
        ),
        "monitor-token-smallest": _token_small,
        "monitor-disabled": _disabled,
        "monitor-paused": _paused,
        "monitor-failure-detail": _failure,
        "monitor-success-detail": _created,
        "monitor-skip-detail": _skip,
        "monitor-no-premium": _no_premium,
        "monitor-no-consent": _no_scope,
        "monitor-offline": _offline,
        "monitor-read-only": _read_only,
        "monitor-acted": _acted,
        "monitor-long-texts": _long_texts,
        "monitor-smallest": _small,
    }
