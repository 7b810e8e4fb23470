"""The deep check finds a good service good, and leaves nothing behind: after Cancel, a dead server, a killed program."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scim_assistant.check import Outcome
from scim_assistant.errors import KnownError
from scim_assistant.practice.scim_service import ScimService
from scim_assistant.scim.answer import LIST
from scim_assistant.scim.asking import ScimAsker
from scim_assistant.scim.deep import wire
from scim_assistant.scim.deep.found import DeepCheck, Flag
from scim_assistant.scim.deep.leftovers import Leftovers
from scim_assistant.scim.deep.letter import letter
from scim_assistant.scim.deep.mine import Mine, Names
from scim_assistant.scim.deep.run import planned_checks, run_deep
from scim_assistant.scim.deep.trial import Talk
from scim_assistant.scim.target import Target
from scim_assistant.scim.verdict import Side
from scim_assistant.secret import Secret
from scim_assistant.transport import HttpAnswer, HttpRequest, HttpTransport
from scim_assistant.work import Work
from tests.scim.deep.conftest import Run, records
from tests.scim.deep.small_server import TOKEN, SmallScim

WHOLE_RUN = 28
"""Requests of a run at a service without a fault."""
SOME_WAYS = [
    *((at, True) for at in range(WHOLE_RUN)),
    *((at, False) for at in (0, 1, 4, 12, 24, WHOLE_RUN - 1)),
]
"""At which request, and whether it is still carried out: at every one, and not at some, which is the request before."""


@pytest.fixture
def server() -> Iterator[SmallScim]:
    with SmallScim() as server:
        server.put("Users", userName="ana@example.net", displayName="Ana Ruiz", active=True)
        server.put("Groups", displayName="Writers", members=[])
        yield server


# ---------------------------------------------------------------- a good service


def test_the_practice_service_passes_everything_and_is_left_as_it_was(
    transport: HttpTransport, folder: Path
) -> None:
    with ScimService(TOKEN) as service:
        service.seed(
            [{"userName": "ana@example.net", "email": "ana@example.net"}],
            [{"displayName": "Writers", "members": ["ana@example.net"]}],
        )
        before = service.accounts(), service.groups()
        outcome = run_deep(
            transport,
            Target(service.base_address, Secret(TOKEN), allow_loopback=True),
            Leftovers(folder),
            Work(),
            settle_s=0.0,
        )
        assert (service.accounts(), service.groups()) == before
    assert {check.key: check.outcome for check in outcome.checks} == {
        check.key: Outcome.PASS for check in planned_checks()
    }
    assert outcome.flag is Flag.EITHER
    assert outcome.verdict.side is Side.NONE
    assert outcome.outcome is Outcome.PASS
    assert outcome.breaks == outcome.left_behind == ()
    assert records(folder) == []


def test_a_run_without_faults_sends_few_requests(server: SmallScim, run: Run) -> None:
    outcome = run(server)
    assert outcome.requests == len(server.seen) == WHOLE_RUN


def test_rows_are_there_from_the_start_and_each_is_told_as_it_begins_and_ends(
    server: SmallScim, run: Run
) -> None:
    told: list[DeepCheck] = []
    outcome = run(server, on_check=told.append)
    assert [check.key for check in outcome.checks] == [check.key for check in planned_checks()]
    assert all(check.outcome is Outcome.WAITING for check in planned_checks())
    for check in outcome.checks:
        mine = [each.outcome for each in told if each.key == check.key]
        assert mine == [Outcome.RUNNING, check.outcome]


def test_every_check_says_what_it_means_where_that_is_written_and_what_was_said(
    server: SmallScim, run: Run
) -> None:
    for check in run(server).checks:
        if check.key == "leftovers":
            continue
        assert check.sentence
        assert check.means
        assert check.source
        assert check.spoken
        assert all(TOKEN not in one.request + one.answer for one in check.spoken)


def test_the_person_is_marked_for_whoever_sees_it(server: SmallScim, run: Run) -> None:
    run(server)
    created = [body for (method, _), body in zip(server.seen, server.bodies, strict=True) if method == "POST"]
    for body in created:
        name = body.get("userName") or body["displayName"]
        assert name.startswith("scim-assistant-check-")
        assert body["externalId"].startswith("scim-assistant-check-")
        assert body["displayName"].startswith("scim-assistant-check-")


def test_the_domain_of_the_person_can_be_chosen(
    server: SmallScim, transport: HttpTransport, folder: Path
) -> None:
    target = Target(server.url, Secret(TOKEN), allow_loopback=True)
    run_deep(transport, target, Leftovers(folder), Work(), domain="@Verified.Example", settle_s=0.0)
    created = next(
        body for (method, _), body in zip(server.seen, server.bodies, strict=True) if method == "POST"
    )
    assert created["userName"].endswith("@verified.example")


@pytest.mark.parametrize("domain", ["no domain", "a@", "example", "x" * 300 + ".example"])
def test_what_is_no_domain_is_refused_before_anything_is_sent(
    server: SmallScim, transport: HttpTransport, folder: Path, domain: str
) -> None:
    target = Target(server.url, Secret(TOKEN), allow_loopback=True)
    with pytest.raises(KnownError):
        run_deep(transport, target, Leftovers(folder), Work(), domain=domain)
    assert server.seen == []


def test_an_app_without_groups_is_asked_for_none(server: SmallScim, run: Run) -> None:
    outcome = run(server, groups=False)
    assert not any(path.startswith("/Groups") for _, path in server.seen)
    skipped = {check.key for check in outcome.checks if check.outcome is Outcome.SKIPPED}
    assert {"group-create", "group-find", "member-add-legacy", "group-delete"} <= skipped
    assert outcome.flag is Flag.EITHER
    assert outcome.outcome is Outcome.PASS


@pytest.mark.parametrize("key", [check.key for check in planned_checks() if check.key != "leftovers"])
def test_a_check_that_the_profile_leaves_out_is_skipped_and_nothing_stays(
    server: SmallScim, run: Run, key: str
) -> None:
    before = server.look()
    outcome = run(server, skip=frozenset({key}))
    assert next(check for check in outcome.checks if check.key == key).outcome is Outcome.SKIPPED
    assert not [check.key for check in outcome.checks if check.outcome in (Outcome.FAIL, Outcome.WARN)]
    assert server.look() == before
    assert outcome.left_behind == ()


def test_a_profile_can_leave_the_whole_check_out(server: SmallScim, run: Run) -> None:
    outcome = run(server, skip=frozenset({"deep"}))
    assert server.seen == []
    assert {check.outcome for check in outcome.checks} == {Outcome.SKIPPED}
    assert outcome.flag is Flag.UNKNOWN


@pytest.mark.parametrize("matching", ["userName", "externalId", 'emails[type eq "work"].value', "nickName"])
def test_people_are_looked_for_by_what_the_app_matches_on(server: SmallScim, run: Run, matching: str) -> None:
    outcome = run(server, matching_user=matching)
    assert next(check for check in outcome.checks if check.key == "user-find").outcome in (
        Outcome.PASS,
        Outcome.FAIL if "[" in matching else Outcome.PASS,  # the small server does not search in lists
    )
    assert outcome.left_behind == ()


# ---------------------------------------------------------------- cancel, death, kill


class CancellingTransport:
    """Sends through a real transport, and presses Cancel around one request."""

    def __init__(self, inner: HttpTransport, work: Work, at: int, *, after: bool) -> None:
        self._inner = inner
        self._work = work
        self._at = at
        self._after = after
        self._count = 0

    def send(self, request: HttpRequest, work: Work) -> HttpAnswer:
        number, self._count = self._count, self._count + 1
        if number == self._at and not self._after:
            self._work.cancel()
        answer = self._inner.send(request, work)
        if number == self._at and self._after:
            self._work.cancel()
            work.check()  # the answer never comes back
        return answer

    def close(self) -> None:
        self._inner.close()


@pytest.mark.parametrize(("at", "after"), SOME_WAYS)
def test_cancel_at_any_request_leaves_the_service_as_it_was(
    *, server: SmallScim, run: Run, transport: HttpTransport, folder: Path, at: int, after: bool
) -> None:
    before, work = server.look(), Work()
    outcome = run(server, through=CancellingTransport(transport, work, at, after=after), work=work)
    assert server.look() == before
    assert outcome.left_behind == ()
    is_cancelled_in_time = at < WHOLE_RUN - 4  # the removal is not to be stopped
    assert outcome.cancelled == is_cancelled_in_time
    assert not any(check.outcome in (Outcome.WAITING, Outcome.RUNNING) for check in outcome.checks)
    assert not any(check.outcome is Outcome.FAIL for check in outcome.checks)
    # A creation that broke off before its answer may yet be carried out: the next run looks for it.
    if records(folder):
        run(server)
    assert records(folder) == []
    assert server.look() == before


@pytest.mark.parametrize(("at", "after"), SOME_WAYS)
def test_a_server_that_dies_at_any_request_is_cleaned_by_the_next_run(
    server: SmallScim, run: Run, folder: Path, at: int, after: bool
) -> None:
    before = server.look()
    server.dies_at, server.dies_after = at, after
    outcome = run(server)
    assert not outcome.cancelled
    assert not any(check.outcome in (Outcome.WAITING, Outcome.RUNNING) for check in outcome.checks)
    assert any(check.outcome is Outcome.FAIL for check in outcome.checks)
    assert outcome.outcome is Outcome.FAIL
    if server.look() != before:
        assert outcome.left_behind
        assert records(folder)
    server.dies_at = None
    run(server)
    assert server.look() == before
    assert records(folder) == []


_CHILD = """
import sys
from pathlib import Path
from scim_assistant.scim.deep.leftovers import Leftovers
from scim_assistant.scim.deep.letter import letter
from scim_assistant.scim.deep.mine import Mine, Names
from scim_assistant.scim.deep.run import run_deep
from scim_assistant.scim.deep.trial import Talk
from scim_assistant.scim.target import Target
from scim_assistant.secret import Secret
from scim_assistant.transport import HttpTransport
from scim_assistant.work import Work
url, folder, token = sys.argv[1:]
run_deep(HttpTransport(), Target(url, Secret(token), allow_loopback=True), Leftovers(Path(folder)), Work())
"""


@pytest.mark.parametrize("at", [1, 2, 5, 12, 13, 24])
def test_what_a_killed_run_leaves_is_taken_away_by_the_next(
    server: SmallScim, run: Run, folder: Path, at: int
) -> None:
    before = server.look()
    child = subprocess.Popen([sys.executable, "-c", _CHILD, server.url, str(folder), TOKEN])

    def kill(number: int) -> None:
        if number == at:
            child.kill()
            child.wait()

    server.on_request = kill
    child.wait(60)
    assert child.returncode != 0
    assert server.look() != before
    server.on_request = lambda number: None
    outcome = run(server)
    assert server.look() == before
    assert records(folder) == []
    assert next(check for check in outcome.checks if check.key == "leftovers").outcome is Outcome.PASS
    assert outcome.outcome is Outcome.PASS


def test_a_run_that_is_under_way_is_not_taken_for_a_leftover(
    server: SmallScim, run: Run, transport: HttpTransport, folder: Path
) -> None:
    def run_another(number: int) -> None:
        if number == 15:
            server.on_request = lambda number: None
            outcomes.append(run(server))

    outcomes: list[Any] = []
    server.on_request = run_another
    outcomes.append(run(server))
    assert [outcome.outcome for outcome in outcomes] == [Outcome.PASS, Outcome.PASS]


def test_an_exception_of_ours_still_takes_everything_away(server: SmallScim, run: Run, folder: Path) -> None:
    before = server.look()

    def explode(check: DeepCheck) -> None:
        if check.key == "group-create" and check.outcome is Outcome.PASS:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(server, on_check=explode)
    assert server.look() == before
    assert records(folder) == []


def test_ctrl_c_still_takes_everything_away(server: SmallScim, run: Run) -> None:
    before = server.look()

    def interrupt(check: DeepCheck) -> None:
        if check.key == "user-find":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(server, on_check=interrupt)
    assert server.look() == before


def test_taking_away_ends_when_its_time_is_up(
    server: SmallScim, transport: HttpTransport, folder: Path
) -> None:
    """A service that answers every deletion slowly does not hold the program for ever."""

    def drag(number: int) -> None:
        if server.seen[number][0] == "DELETE":
            time.sleep(1.5)

    server.on_request = drag
    target = Target(server.url, Secret(TOKEN), allow_loopback=True)
    outcome = run_deep(transport, target, Leftovers(folder), Work(), settle_s=0.0, clean_up_s=0.3)
    assert outcome.left_behind
    assert records(folder)
    assert outcome.outcome is Outcome.FAIL


def test_a_service_that_answers_slowly_every_time_is_left_when_its_time_is_up_and_nothing_stays(
    server: SmallScim, transport: HttpTransport, folder: Path
) -> None:
    """Each answer within its own time, all of them together for a quarter of an hour."""
    before = server.look()
    server.on_request = lambda number: time.sleep(0.1)
    target = Target(server.url, Secret(TOKEN), allow_loopback=True)
    outcome = run_deep(transport, target, Leftovers(folder), Work(), settle_s=0.0, limit_s=0.8)
    assert (outcome.outcome, outcome.verdict.side) == (Outcome.FAIL, "vendor")
    assert "slow" in outcome.verdict.sentence
    assert 3 <= outcome.requests < 20
    assert outcome.left_behind == ()
    assert server.look() == before


# ---------------------------------------------------------------- what is remembered


def test_nothing_is_made_where_the_disk_refuses_to_remember_it(
    server: SmallScim, transport: HttpTransport, tmp_path: Path
) -> None:
    blocked = tmp_path / "a-file"
    blocked.write_text("in the way")
    target = Target(server.url, Secret(TOKEN), allow_loopback=True)
    with pytest.raises(KnownError):
        run_deep(transport, target, Leftovers(blocked / "below"), Work())
    assert not any(method == "POST" for method, _ in server.seen)


def test_nothing_is_changed_that_was_not_read_and_found_ours(
    transport: HttpTransport, server: SmallScim
) -> None:
    """The last guard, whatever the code above it gets wrong."""
    names = Names.of("0" * 12, "example.com")
    mine = Mine(names)
    mine.made("Users", "small-101")
    talk = Talk(ScimAsker(transport, Target(server.url, Secret(TOKEN), allow_loopback=True)), Work(), mine)
    for ask in (
        wire.delete("Users", "small-101"),
        wire.change_standard("small-101", {wire.ACTIVE: False}),
        wire.remove_member_legacy("small-102", "small-101"),
    ):
        with pytest.raises(RuntimeError):
            talk.send(ask)
    assert server.seen == []


def test_a_busy_service_is_waited_for_and_one_that_stays_busy_ends_the_run(
    server: SmallScim, run: Run, folder: Path
) -> None:
    before = server.look()
    server.busy_at = {3, 9}
    assert run(server).outcome is Outcome.PASS
    start = len(server.seen)
    server.busy_at = set(range(start + 10, start + 1000))
    outcome = run(server)
    assert outcome.outcome is Outcome.FAIL
    assert "no more requests" in outcome.verdict.sentence
    assert outcome.left_behind
    server.busy_at = set()
    run(server)
    assert server.look() == before
    assert records(folder) == []


def test_what_an_earlier_run_left_is_named_where_the_service_does_not_answer(
    server: SmallScim, run: Run
) -> None:
    server.dies_at = 4
    first = run(server)
    again = run(server)
    assert first.left_behind
    assert again.left_behind
    assert first.left_behind[0].split()[1] == again.left_behind[0].split()[1]


class MixedTransport:
    """Hands requests to a small server without a network, and now and then puts nonsense in place of its answer."""

    def __init__(self, server: SmallScim, draw: Callable[[], tuple[int, bytes] | None]) -> None:
        self._server = server
        self._draw = draw

    def send(self, request: HttpRequest, work: Work) -> HttpAnswer:
        work.check()
        parts = urlsplit(request.url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        body = json.loads(request.body) if request.body else None
        status, document = self._server.answer(request.method, parts.path.removeprefix("/scim"), query, body)
        content = b"" if document is None else json.dumps(document).encode()
        status, content = self._draw() or (status, content)
        return HttpAnswer(status, {"content-type": "application/scim+json"}, content, 0.0)

    def close(self) -> None:
        pass


_NAMES = st.sampled_from(
    ["id", "userName", "active", "members", "Resources", "totalResults", "schemas", "emails"]
)
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from(["", "a", "..", "False", LIST, "small-101", "small-102"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=8,
)
_NONSENSE = st.tuples(
    st.sampled_from([200, 200, 201, 201, 204, 302, 400, 401, 403, 404, 409, 500]),
    _JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=9),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nonsense=st.dictionaries(st.integers(0, WHOLE_RUN), _NONSENSE, min_size=1, max_size=4))
def test_whatever_is_answered_there_is_a_verdict_and_nobody_else_is_touched(
    tmp_path: Path, nonsense: dict[int, tuple[int, bytes]]
) -> None:
    """Statuses, types and shapes at random in the place of some answers."""
    server, number = SmallScim(), itertools.count()
    server.put("Users", userName="ana@example.net", displayName="Ana Ruiz", active=True)
    server.put("Groups", displayName="Writers", members=[{"value": "small-101"}])
    before = server.look()
    target = Target("http://127.0.0.1:9/scim", Secret(TOKEN), allow_loopback=True)
    outcome = run_deep(
        MixedTransport(server, lambda: nonsense.get(next(number))),
        target,
        Leftovers(tmp_path / "kept"),
        Work(),
        settle_s=0.0,
    )
    after = server.look()
    assert all(after[kind][key] == value for kind in before for key, value in before[kind].items())
    # What could not be taken away is said.
    assert after == before or outcome.left_behind or records(tmp_path / "kept")
    assert not any(check.outcome in (Outcome.WAITING, Outcome.RUNNING) for check in outcome.checks)
    assert outcome.verdict.sentence
    assert TOKEN not in repr(outcome)
    assert TOKEN not in letter(outcome, None, target, app="ScreenSteps").plain


class LateCreation:
    """Cancel comes while a creation is under way, and the service carries it out only after the run has ended."""

    def __init__(self, inner: HttpTransport, work: Work) -> None:
        self._inner = inner
        self._work = work
        self.held: HttpRequest | None = None

    def send(self, request: HttpRequest, work: Work) -> HttpAnswer:
        if request.method == "POST":
            self.held = request
            self._work.cancel()
            work.check()
        return self._inner.send(request, work)

    def carry_out(self) -> None:
        assert self.held is not None
        self._inner.send(self.held, Work())

    def close(self) -> None:
        pass


def test_a_creation_that_is_carried_out_after_cancel_is_found_by_the_next_run(
    server: SmallScim, run: Run, transport: HttpTransport, folder: Path
) -> None:
    before, work = server.look(), Work()
    slow = LateCreation(transport, work)
    assert run(server, through=slow, work=work).cancelled
    slow.carry_out()
    assert server.look() != before
    run(server)
    assert server.look() == before
    assert records(folder) == []
