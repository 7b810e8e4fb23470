"""Step 5 against a practice world: both columns at the same time, every row as it is known, and whose side it is."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scim_assistant.check import Outcome
from scim_assistant.errors import Cancelled, ServiceRefused
from scim_assistant.practice.exchange import Exchange
from scim_assistant.scim import layers
from scim_assistant.scim.verdict import Side, Sureness
from scim_assistant.secret import Secret
from scim_assistant.steps.answers import Answers, AppChoice
from scim_assistant.steps.found import Found
from scim_assistant.steps.from_cloud import CLOUD, OTHER, STORED, CloudCheck, Told
from scim_assistant.steps.step import Tell, tell_nobody
from scim_assistant.steps.test_connection import TestConnectionStep
from scim_assistant.tenant.snapshot import fetch_app
from scim_assistant.work import Work
from tests.steps import made
from tests.steps.worlds import Place, open_world

PATIENCE_S = 15.0


class Meeting:
    """Holds the first request of each side until the other side's has come, too."""

    def __init__(self) -> None:
        self.barrier: threading.Barrier | None = None
        self.met = 0

    def __call__(self, stage: str, exchange: Exchange) -> None:
        barrier = self.barrier
        if barrier is None or stage != "before":
            return
        from_here = exchange.side == "scim" and exchange.request_headers.get("user-agent") == "scim-assistant"
        if not from_here and not exchange.path.endswith("validateCredentials"):
            return
        barrier.wait(PATIENCE_S)
        self.barrier = None
        self.met += 1


class Rig:
    """An app of a practice world that has a job, and somebody who tests its connection."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.faults = place.world.tenant.faults
        (app,) = place.world.tenant.apps.values()
        url, secret = place.hint
        self.answers = Answers(
            tenant_url=url, secret=secret, app_choice=AppChoice.REUSE, service_principal_id=app.id
        )
        self.found = made.found(session=place.session, app=fetch_app(place.session, app.id, Work()))
        self.stored = replace(self.answers, secret=Secret())

    def test(
        self, answers: Answers | None = None, tell: Tell = tell_nobody, work: Work | None = None
    ) -> Found:
        return TestConnectionStep().lookup(
            self.place.services, answers or self.answers, self.found, work or Work(), tell
        )


@pytest.fixture(params=[False, True], ids=["as described", "with quirks"])
def quirks(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def rig(tmp_path: Path, quirks: bool) -> Iterator[Rig]:
    with open_world("quarantine", tmp_path, quirks=quirks) as place:
        yield Rig(place)


@pytest.mark.parametrize(
    ("fault", "value", "side", "sure", "told"),
    [
        ("", None, Side.NONE, Sureness.CERTAIN, Told.ACCEPTED),
        ("scim_token_refused", True, Side.TOKEN, Sureness.LIKELY, Told.REFUSED),
        ("scim_html", True, Side.ADDRESS, Sureness.CERTAIN, Told.ODD),
        ("scim_turns_away", "cloud", Side.VENDOR, Sureness.LIKELY, Told.FORBIDDEN),
        ("scim_turns_away", "desk", Side.VENDOR, Sureness.LIKELY, Told.ACCEPTED),
        ("cloud_cut_off", True, Side.VENDOR, Sureness.LIKELY, Told.UNREACHED),
    ],
)
def test_the_difference_of_the_columns_names_the_side(  # noqa: PLR0917
    rig: Rig, fault: str, value: object, side: Side, sure: Sureness, told: Told
) -> None:
    if fault:
        setattr(rig.faults, fault, value)
    found = rig.test()
    verdict = found.verdict
    assert verdict is not None
    first, other = found.cloud
    assert isinstance(first, CloudCheck)
    assert (verdict.side, verdict.sure, first.told) == (side, sure, told), verdict
    # The second request is not made where the first tells something, however its answer is nested.
    assert (other.key, other.outcome) == (OTHER, Outcome.SKIPPED)
    assert rig.answers.secret.reveal() not in repr(found.connection) + repr(found.cloud)


def test_what_is_stored_is_tested_where_nothing_was_entered(rig: Rig) -> None:
    found = rig.test(rig.stored)
    first, *_ = found.cloud
    # The stored token of this world is a wrong one.
    assert isinstance(first, CloudCheck)
    assert (first.key, first.told) == (STORED, Told.REFUSED)
    assert found.verdict is not None
    assert (found.verdict.side, found.verdict.sure) == (Side.TOKEN, Sureness.LIKELY)
    here = {check.key: check for check in found.connection}
    assert here[layers.TCP].outcome is Outcome.PASS
    for key in (
        layers.HTTP,
        layers.AUTHENTICATION,
        layers.SCIM,
        layers.GROUPS,
        layers.DISCOVERY,
        layers.LIMITS,
    ):
        assert here[key].outcome is Outcome.SKIPPED
        assert "known to Microsoft's cloud only" in here[key].sentence


class TestTelling:
    """What the page sees while it runs."""

    @pytest.fixture
    def quirks(self) -> bool:
        return False

    def test_every_row_is_there_from_the_start_and_is_told_as_it_is_known(self, rig: Rig) -> None:
        shown: list[Found] = []
        found = rig.test(tell=shown.append)
        for one in (*shown, found):
            assert [check.key for check in one.connection] == list(layers.TITLES)
            assert [row.key for row in one.cloud] == [CLOUD, OTHER]
        assert all(one.verdict is None for one in shown)
        for key in layers.TITLES:
            outcomes = [check.outcome for one in shown for check in one.connection if check.key == key]
            final = next(check.outcome for check in found.connection if check.key == key)
            assert outcomes[-1] is final
            assert Outcome.WAITING in outcomes or key == layers.ADDRESS
        # A row never goes back to what it was before.
        for before, after in itertools.pairwise(shown):
            for old, new in zip(
                (*before.connection, *before.cloud), (*after.connection, *after.cloud), strict=True
            ):
                assert old.outcome in (Outcome.WAITING, Outcome.RUNNING) or old == new

    def test_both_columns_are_asked_at_the_same_time(self, tmp_path: Path) -> None:
        meeting = Meeting()
        with open_world("quarantine", tmp_path, on_exchange=meeting) as place:
            rig = Rig(place)
            meeting.barrier = threading.Barrier(2)
            found = rig.test()
        assert meeting.met == 2
        assert found.verdict is not None
        assert found.verdict.side is Side.NONE

    def test_cancel_ends_both_columns(self, rig: Rig) -> None:
        work = Work()
        with pytest.raises(Cancelled):
            rig.test(tell=lambda found: work.cancel(), work=work)
        assert not any(thread.name.startswith("cloud-test") for thread in threading.enumerate())

    def test_a_test_that_microsoft_refuses_to_make_is_no_finding(self, rig: Rig) -> None:
        with rig.place.world.tenant.lock:
            rig.place.world.tenant.roles = ()
        shown: list[Found] = []
        with pytest.raises(ServiceRefused) as refused:
            rig.test(tell=shown.append)
        assert "role" in f"{refused.value.why}"
        # What this computer found was told all the same.
        assert {check.outcome for check in shown[-1].connection} <= {Outcome.PASS, Outcome.SKIPPED}
