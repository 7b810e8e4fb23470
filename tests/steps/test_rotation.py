"""A Secret Token is replaced step by step: nothing is written before the new one works, and nothing of it is kept."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scim_assistant.check import Outcome
from scim_assistant.errors import Cancelled, KnownError
from scim_assistant.graph.types import Identity, LoggedEvent, ProvisioningEvent, StatusInfo
from scim_assistant.plan.journal import Journal, Journals
from scim_assistant.plan.wanted import Principal
from scim_assistant.practice.world import Exchange
from scim_assistant.scim.profiles import load_profile, profiles
from scim_assistant.secret import Secret
from scim_assistant.steps import rotating, rotation_start
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.rotation import (
    PROVED,
    REVOKE,
    SAVED,
    STORED,
    TESTED,
    Order,
    Rotated,
    before_making,
    problems,
    revoke_sentence,
)
from scim_assistant.steps.rotation_account import people_in
from scim_assistant.steps.token_days import TokenDay
from scim_assistant.tenant.snapshot import fetch_app
from scim_assistant.vault import Vault
from scim_assistant.work import Work
from tests.journeys.leaks import files_below, leaks
from tests.practice.plain import until
from tests.steps.worlds import Place, open_world
from tests.test_vault import Memory

ROWS = (TESTED, SAVED, STORED, PROVED, REVOKE)


class Gate:
    """Acts on requests that change something, as they arrive at the world and before they are answered."""

    def __init__(self) -> None:
        self.writes: list[str] = []
        self.before: Callable[[Exchange], None] = lambda exchange: None
        self.during: Callable[[Exchange], None] = lambda exchange: None
        self.reading: Callable[[Exchange], None] = lambda exchange: None

    def __call__(self, stage: str, exchange: Exchange) -> None:
        if exchange.side != "graph":
            return
        if exchange.method == "GET":
            if stage == "before":
                self.reading(exchange)
        elif stage == "before":
            self.writes.append(f"{exchange.method} {exchange.path.rsplit('/', 1)[-1]}")
            self.before(exchange)
        elif stage == "during":
            self.during(exchange)


class Rig:
    """One app of a practice world and everything that replaces its token."""

    def __init__(self, place: Place, gate: Gate) -> None:
        self.place, self.gate = place, gate
        (self.app,) = [one for one in place.world.tenant.apps.values() if one.jobs]
        session = place.session
        self.answers = Answers(profile_id="screensteps", service_principal_id=self.app.id)
        self.found = Found(profiles=profiles(), session=session, app=fetch_app(session, self.app.id, Work()))
        self.new = Secret(str(place.line["new_scim_token"]))
        self.told: list[Rotated] = []

    @property
    def stored(self) -> str:
        return self.app.secrets["SecretToken"]

    @property
    def saves(self) -> int:
        return self.gate.writes.count("PUT secrets")

    def look(self) -> Any:
        return rotation_start.look(self.place.services, self.answers, self.found, Work())

    def order(self, **more: Any) -> Order:
        return replace(Order(self.new, self.look().pilot), **more)

    def rotate(self, order: Order, so_far: Rotated | None = None, work: Work | None = None) -> Rotated:
        return rotating.rotate(
            self.place.services,
            self.answers,
            self.found,
            order,
            so_far or Rotated(),
            work or Work(),
            self.told.append,
        )


@contextmanager
def rig(folder: Path, scenario: str = "quarantine") -> Iterator[Rig]:
    gate = Gate()
    with open_world(scenario, folder, on_exchange=gate) as place:
        yield Rig(place, gate)


def outcomes(rotated: Rotated) -> list[Outcome]:
    """The outcomes, where a test that passes with a warning passes: a practice world speaks plain http."""
    assert tuple(row.key for row in rotated.rows) == ROWS
    found = [row.outcome for row in rotated.rows]
    return [Outcome.PASS if found[0] is Outcome.WARN else found[0], *found[1:]]


P, W, F, S, N = Outcome.PASS, Outcome.WARN, Outcome.FAIL, Outcome.SKIPPED, Outcome.WAITING


def test_all_five_rows_are_done_and_the_job_goes_on(tmp_path: Path) -> None:
    with rig(tmp_path) as one:
        before = dict(one.app.secrets)
        start = one.look()
        assert start.paused
        assert start.pilot is not None
        done = one.rotate(one.order())
        assert outcomes(done) == [P, P, P, P, P], done
        assert done.complete
        assert one.app.secrets == before | {"SecretToken": one.new.reveal()}
        assert one.saves == 1
        assert done.row(PROVED).sentence.startswith(start.pilot.name)
        assert done.may_lift
        (job,) = one.app.jobs.values()
        watermark = job.watermark
        rotating.lift(one.place.services, one.answers, one.found, Work())
        until(lambda: job.quarantine is None, "the quarantine ends")
        assert watermark is None or job.watermark is not None, "nobody is evaluated anew"
        assert job.is_scheduled


def test_every_row_is_told_as_it_runs_and_as_it_ends(tmp_path: Path) -> None:
    with rig(tmp_path) as one:
        one.rotate(one.order())
        for key in ROWS:
            told = [rotated.row(key).outcome for rotated in one.told]
            assert Outcome.RUNNING in told
            assert told[-1] in ((P, W) if key == TESTED else (P,))


def test_a_wrong_new_token_is_never_saved(tmp_path: Path) -> None:
    with rig(tmp_path) as one:
        before = dict(one.app.secrets)
        done = one.rotate(one.order(secret=Secret("wrong-token-0123456789")))
        assert outcomes(done) == [F, N, N, N, N]
        assert "Nothing was saved" in done.row(TESTED).sentence
        assert not done.may_save_anyway
        assert not done.saved
        assert one.app.secrets == before
        assert one.saves == 0
        # Not even when somebody insists: the app itself has said no.
        again = one.rotate(one.order(secret=Secret("wrong-token-0123456789"), save_anyway=True), done)
        assert outcomes(again) == [F, N, N, N, N]
        assert one.saves == 0
        # And with the right one it goes on from the beginning.
        assert one.rotate(one.order(), again).complete


def test_a_refused_save_stops_there_and_can_be_done_again(tmp_path: Path) -> None:
    with rig(tmp_path) as one:
        scopes = one.place.world.tenant.scopes
        one.place.world.tenant.scopes = scopes - {"Synchronization.ReadWrite.All"}
        try:
            order = one.order()
            refused = one.rotate(order)
        finally:
            one.place.world.tenant.scopes = scopes
        assert refused.failed is not None
        assert refused.trouble is not None
        assert not refused.saved
        assert one.stored != one.new.reveal()
        assert one.rotate(order, refused).complete


def test_somebody_elses_change_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    with rig(tmp_path) as one:

        def meddle(exchange: Exchange) -> None:
            if exchange.path.endswith("validateCredentials"):
                one.app.secrets["SyncAll"] = "true"

        one.gate.before = meddle
        assert one.rotate(one.order()).complete
        assert one.app.secrets["SyncAll"] == "true"


def lose_answers(exchange: Exchange) -> None:
    """The settings are saved, and the line breaks before that is said."""
    if exchange.method == "PUT":
        raise ConnectionAbortedError


def test_where_the_answer_to_saving_is_lost_nobody_says_that_nothing_was_saved(tmp_path: Path) -> None:
    with rig(tmp_path) as one:
        order = one.order()
        one.gate.during = lose_answers
        lost = one.rotate(order)
        one.gate.during = lambda exchange: None
        assert one.stored == one.new.reveal()
        assert outcomes(lost) == [P, F, N, N, N]
        assert not lost.saved
        assert lost.doubtful
        assert "is not known" in lost.row(SAVED).sentence
        assert "not saved" not in lost.row(SAVED).sentence
        assert any("broke off" in line for line in one.look().warnings), "whoever comes next has to know"
        # A failed test does not take the doubt away, and says nothing else.
        wrong = one.rotate(replace(order, secret=Secret("wrong-token-0123456789")), lost)
        assert wrong.doubtful
        assert "Nothing was saved" not in wrong.row(TESTED).sentence
        done = one.rotate(order, wrong)
        assert done.complete
        assert not done.doubtful
        assert not any("broke off" in line for line in one.look().warnings)


def test_stopped_while_saving_is_tried_again_it_says_that_it_may_be_saved(tmp_path: Path) -> None:
    with rig(tmp_path) as one:
        work, order = Work(), one.order()

        def lose(exchange: Exchange) -> None:
            if exchange.method == "PUT":
                work.cancel()
                raise ConnectionAbortedError

        one.gate.during = lose
        stopped = one.rotate(order, work=work)
        assert one.stored == one.new.reveal()
        assert stopped.stopped
        assert stopped.doubtful


@pytest.mark.parametrize("trouble", ["broken", "refused"])
def test_what_was_saved_and_cannot_be_read_back_is_saved(tmp_path: Path, trouble: str) -> None:
    with rig(tmp_path) as one:
        order = one.order()
        tenant = one.place.world.tenant
        scopes = tenant.scopes

        def cut(exchange: Exchange) -> None:
            if one.saves and exchange.path.endswith("/secrets"):
                raise ConnectionAbortedError

        def forbid(exchange: Exchange) -> None:
            if exchange.method == "PUT" and trouble == "refused":
                tenant.scopes = frozenset()

        one.gate.during = forbid
        if trouble == "broken":
            one.gate.reading = cut
        half = one.rotate(order)
        tenant.scopes = scopes
        one.gate.reading = one.gate.during = lambda exchange: None
        assert one.stored == one.new.reveal()
        assert half.saved, half
        # A window has forgotten the token by now, and what is saved is never written again.
        done = one.rotate(replace(order, secret=Secret()), half)
        assert done.complete, done
        assert one.saves == 1
        assert one.stored == one.new.reveal()
        assert done.row(SAVED).outcome is W
        assert "could not be read back" in done.row(SAVED).sentence


def test_an_address_that_changed_after_the_test_never_gets_the_new_token(tmp_path: Path) -> None:
    with rig(tmp_path) as one:
        elsewhere = str(one.place.line["scim"]).replace("/scim", "/other")
        old = one.stored

        def meddle(exchange: Exchange) -> None:
            if exchange.path.endswith("validateCredentials"):
                one.app.secrets["BaseAddress"] = elsewhere

        one.gate.before = meddle
        stopped = one.rotate(one.order())
        assert outcomes(stopped) == [P, F, N, N, N]
        assert "Tenant URL" in stopped.row(SAVED).sentence
        assert (one.stored, one.app.secrets["BaseAddress"]) == (old, elsewhere)
        assert one.saves == 0


def test_a_token_that_ends_with_the_stored_one_may_be_another_one(tmp_path: Path) -> None:
    """Some vendors let all tokens of a day end together, and one that leaked has to be replaced on that day."""
    with rig(tmp_path) as one:
        ends_at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=90)
        parts = ({"alg": "none"}, {"exp": int(ends_at.timestamp())}, {"x": "0123456789abcdef"})
        coded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
        days = one.place.services.token_days
        assert days is not None
        days.remember(TokenDay(one.place.session.tenant_id, one.app.id, "screensteps", ends_at=ends_at))
        (job,) = one.app.jobs.values()
        job.quarantine = None
        order = one.order(secret=Secret(".".join(coded)))
        refused = one.rotate(order)
        assert outcomes(refused) == [F, N, N, N, N]
        assert "in use already" in refused.row(TESTED).sentence
        assert refused.may_save_anyway
        tried = one.rotate(replace(order, save_anyway=True), refused)
        assert "in use already" not in tried.row(TESTED).sentence
        assert one.saves == 0, "the pretend vendor has made no such token"


def test_insisting_does_not_pass_a_stored_token_that_the_app_refuses(tmp_path: Path) -> None:
    with rig(tmp_path) as one:

        def spoil(exchange: Exchange) -> None:
            if b"useSavedCredentials" in exchange.request_body:
                one.app.secrets["SecretToken"] = "something else"

        one.gate.before = spoil
        done = one.rotate(one.order(save_anyway=True, pilot=None))
        assert outcomes(done) == [P, P, F, N, N]
        assert not done.complete


@pytest.mark.parametrize("line", [b"rubbish\n", b"{}\n"])
def test_a_damaged_record_of_an_earlier_one_bars_no_replacement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: bytes
) -> None:
    with rig(tmp_path) as one:
        order = one.order()
        one.gate.during = lose_answers
        one.rotate(order)
        one.gate.during = lambda exchange: None
        one.place.services.journals.release_all()
        (journal,) = tmp_path.rglob("*.jsonl")
        lines = journal.read_bytes().splitlines(keepends=True)
        journal.write_bytes(b"".join([*lines[:2], line, *lines[2:]]))
        assert one.rotate(order).complete


def test_a_replacement_that_another_window_is_saving_is_waited_for(tmp_path: Path) -> None:
    with rig(tmp_path) as one:
        order = one.order()
        one.gate.during = lose_answers
        lost = one.rotate(order)
        one.gate.during = lambda exchange: None
        journals = one.place.services.journals
        (left,) = journals.unfinished(one.place.session.tenant_id, alone=True)
        held = Journals(tmp_path).open(one.place.session.tenant_id, left.setup_id)
        stopped = one.rotate(order, lost)
        assert outcomes(stopped) == [P, F, N, N, N]
        assert "Another window" in stopped.row(SAVED).sentence
        held.release()
        assert one.rotate(order, stopped).complete


@pytest.mark.parametrize("at", ["validateCredentials", "secrets", "provisionOnDemand"])
def test_stopped_anywhere_it_says_how_far_it_came_and_goes_on_there(tmp_path: Path, at: str) -> None:
    with rig(tmp_path) as one:
        work = Work()

        def stop(exchange: Exchange) -> None:
            if exchange.path.endswith(at):
                work.cancel()

        order = one.order()
        one.gate.before = stop
        stopped = one.rotate(order, work=work)
        one.gate.before = lambda exchange: None
        assert stopped.stopped
        assert not stopped.complete
        assert stopped.failed is None
        assert stopped.saved == (one.stored == one.new.reveal())
        assert stopped.saved == (at != "validateCredentials")
        done = one.rotate(order, stopped)
        assert done.complete
        assert one.saves == 1, "what is saved is not saved again"


@pytest.mark.parametrize(
    ("at", "said"),
    [("after", "whether it was cannot be seen"), ("confirmed", "broke off after the new token was saved")],
)
def test_killed_while_it_saves_it_says_so_and_is_safe_to_begin_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str, said: str
) -> None:
    class Killed(BaseException):
        pass

    write = Journal.write

    def killed(journal: Journal, kind: str, change: str = "", **data: Any) -> None:
        if kind == at:
            raise Killed
        write(journal, kind, change, **data)

    with rig(tmp_path) as one:
        order = one.order()
        with monkeypatch.context() as patch:
            patch.setattr(Journal, "write", killed)
            with pytest.raises(Killed):
                one.rotate(order)
        one.place.services.journals.release_all()
        (warning,) = [line for line in one.look().warnings if "broke off" in line]
        assert said in warning
        assert one.place.services.journals.unfinished() == (), "it is no set-up to go on with"
        assert one.rotate(order).complete
        assert not any("broke off" in line for line in one.look().warnings)


@pytest.mark.parametrize("at", ["_after_saving", "_test_stored", "_prove"])
def test_killed_after_it_was_saved_it_says_what_is_left_until_all_rows_are_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: Any) -> None:
        raise Killed

    with rig(tmp_path) as one:
        (job,) = one.app.jobs.values()
        job.quarantine = None
        key = (one.place.session.tenant_id, one.app.id)
        one.place.store.held[key] = Secret("the old one")
        order = one.order()
        with monkeypatch.context() as patch:
            patch.setattr(rotating._Run, at, killed)
            with pytest.raises(Killed):
                one.rotate(order)
        one.place.services.journals.release_all()
        assert one.stored == one.new.reveal()
        (warning,) = [line for line in one.look().warnings if "broke off" in line]
        assert "enter the new one again" in warning
        # The same token is asked for again, so nobody calls it the one that is in use already.
        assert one.rotate(order).complete
        assert one.place.store.held == {key: one.new}
        days = one.place.services.token_days
        assert days is not None
        assert days.of(*key) is not None
        assert not any("broke off" in line for line in one.look().warnings)


def test_stopped_after_it_was_saved_it_reminds_until_it_goes_on_to_the_end(tmp_path: Path) -> None:
    with rig(tmp_path) as one:
        order = one.order()
        nobody = Principal("00000000-0000-0000-0000-000000000000", "User", "Nobody")
        stopped = one.rotate(replace(order, pilot=nobody))
        assert any("broke off after the new token was saved" in line for line in one.look().warnings)
        assert one.rotate(order, stopped).complete
        assert not any("broke off" in line for line in one.look().warnings)


def test_the_token_that_microsoft_holds_is_tested_until_it_has_settled(tmp_path: Path) -> None:
    with rig(tmp_path) as one:
        old, looks = one.stored, 0

        def lag(exchange: Exchange) -> None:
            nonlocal looks
            if (
                exchange.path.endswith("validateCredentials")
                and b"useSavedCredentials" in exchange.request_body
            ):
                looks += 1
                one.app.secrets["SecretToken"] = old if looks == 1 else one.new.reveal()

        one.gate.before = lag
        done = one.rotate(one.order())
        assert done.complete
        assert looks == 2


def test_a_stored_token_that_is_refused_keeps_the_old_one_alive(tmp_path: Path) -> None:
    with rig(tmp_path) as one:

        def spoil(exchange: Exchange) -> None:
            if b"useSavedCredentials" in exchange.request_body:
                one.app.secrets["SecretToken"] = "something else"

        one.gate.before = spoil
        done = one.rotate(one.order())
        assert outcomes(done) == [P, P, F, N, N]
        assert "Leave the old one alone" in done.row(STORED).sentence
        assert done.saved
        one.gate.before = lambda exchange: None
        one.app.secrets["SecretToken"] = one.new.reveal()
        assert one.rotate(one.order(), done).complete
        assert one.saves == 1


def test_a_person_who_cannot_be_provisioned_stops_it_and_another_one_goes_on(tmp_path: Path) -> None:
    with rig(tmp_path) as one:
        order = one.order()
        nobody = Principal("00000000-0000-0000-0000-000000000000", "User", "Nobody")
        stopped = one.rotate(replace(order, pilot=nobody))
        assert outcomes(stopped) == [P, P, P, F, N]
        assert stopped.saved
        done = one.rotate(order, stopped)
        assert done.complete
        assert one.saves == 1


def provisioned_before(one: Rig) -> None:
    """Somebody is provisioned, and the log can be read by now."""
    assert one.rotate(one.order()).complete
    tenant = one.place.world.tenant
    until(lambda: any(row.readable_at <= tenant.clock.now() for row in tenant.log), "the log tells of it")


def forget_everybody(one: Rig) -> None:
    """The app as a token of another customer's account shows it: the same address, and none of the people."""
    store = one.place.world.scim.store
    (kind,) = [kind for kind in store.provider.resource_types if kind.name == "User"]
    for account in one.place.world.scim.accounts():
        store.delete(kind, account["id"])


def test_a_token_of_another_account_is_doubted_before_it_is_saved(tmp_path: Path) -> None:
    """The vendor picks the account by the token: the search for nobody passes, and one person would be made twice."""
    with rig(tmp_path) as one:
        provisioned_before(one)
        order = one.order()
        assert order.pilot is not None
        forget_everybody(one)
        saves = one.saves
        doubted = one.rotate(order)
        assert outcomes(doubted) == [F, N, N, N, N]
        assert f"does not know {order.pilot.name} under the new token" in doubted.row(TESTED).sentence
        assert doubted.may_save_anyway
        assert one.saves == saves
        done = one.rotate(replace(order, save_anyway=True, pilot=None), doubted)
        assert done.complete
        assert "may belong to another account" in done.row(TESTED).sentence


def test_whoever_is_found_with_the_new_token_is_evidence(tmp_path: Path) -> None:
    with rig(tmp_path) as one:
        provisioned_before(one)
        done = one.rotate(one.order())
        assert done.complete
        assert [line for label, line in done.row(TESTED).evidence if label == "Account"]


def test_where_the_log_may_not_be_read_nothing_is_claimed(tmp_path: Path) -> None:
    with rig(tmp_path) as one:
        provisioned_before(one)
        forget_everybody(one)
        one.place.world.tenant.scopes -= {"ProvisioningLog.Read.All", "AuditLog.Read.All"}
        done = one.rotate(one.order(pilot=None))
        assert done.complete
        assert "another account" not in done.row(TESTED).sentence


def logged(
    number: int, target_id: str, action: str, status: str = "success", kind: str = "User"
) -> LoggedEvent:
    view = ProvisioningEvent(
        id=f"{number}",
        activity_date_time=f"2026-11-01T00:00:{number:02}Z",
        provisioning_action=action,
        provisioning_status_info=StatusInfo(status=status),
        source_identity=Identity(
            id=f"s-{target_id}", display_name=f"Name of {target_id}", identity_type=kind
        ),
        target_identity=Identity(id=target_id),
    )
    return LoggedEvent(view=view, raw=b"{}")


def test_only_people_whom_the_newest_word_says_to_be_there_are_looked_for() -> None:
    events = (
        logged(1, "a", "create"),
        logged(2, "b", "create"),
        logged(3, "b", "disable"),
        logged(4, "c", "create", "failure"),
        logged(5, "g", "create", kind="Group"),
        logged(6, "", "create"),
        *(logged(10 + n, f"p{n}", "update") for n in range(2)),
    )
    assert [target_id for _, target_id in people_in(events)] == ["p1", "p0", "a"]
    assert people_in(()) == ()


def test_without_a_person_the_old_token_waits_for_a_cycle(tmp_path: Path) -> None:
    with rig(tmp_path) as one:
        done = one.rotate(one.order(pilot=None))
        assert outcomes(done) == [P, P, P, S, W]
        assert done.complete
        assert "Wait for a cycle" in done.row(REVOKE).sentence


def test_a_copy_in_the_keyring_is_replaced_too_and_none_is_made(tmp_path: Path) -> None:
    with rig(tmp_path) as one:
        assert one.rotate(one.order()).complete
        assert one.place.store.held == {}
        key = (one.place.session.tenant_id, one.app.id)
        one.place.store.held[key] = Secret("the old one")
        assert one.rotate(one.order()).complete
        assert one.place.store.held == {key: one.new}


def test_a_token_that_the_keyring_holds_already_is_doubted(tmp_path: Path) -> None:
    """One that says nothing of itself passes every row, and then it would be revoked as the old one."""
    with rig(tmp_path) as one:
        (job,) = one.app.jobs.values()
        job.quarantine = None
        one.place.store.held[one.place.session.tenant_id, one.app.id] = one.new
        doubted = one.rotate(one.order())
        assert outcomes(doubted) == [F, N, N, N, N]
        assert "keyring holds the same one" in doubted.row(TESTED).sentence
        assert doubted.may_save_anyway
        assert one.saves == 0
        assert one.rotate(one.order(save_anyway=True), doubted).complete


def test_a_keyring_that_does_not_answer_bars_no_replacement(tmp_path: Path) -> None:
    with rig(tmp_path) as one:

        def refuse(*_: Any) -> None:
            raise KnownError("Not asked.", "It is locked.", "Unlock it.")  # type: ignore[arg-type]

        (job,) = one.app.jobs.values()
        job.quarantine = None
        one.place.store.load = refuse  # type: ignore[assignment,method-assign]
        assert one.rotate(one.order()).complete


def test_a_keyring_that_knows_that_it_holds_nothing_is_not_asked(tmp_path: Path) -> None:
    with rig(tmp_path) as one:

        class Counting(Memory):
            asked = 0

            def get_password(self, service: str, username: str) -> str | None:
                self.asked += 1
                return super().get_password(service, username)

        memory = Counting()
        vault = Vault(names=tmp_path / "kept", backend=memory)
        one.place.services = replace(one.place.services, secrets=vault)
        assert one.rotate(one.order()).complete
        assert memory.asked == 0
        key = (one.place.session.tenant_id, one.app.id)
        vault.save(*key, Secret("the old one"))
        assert one.rotate(one.order()).complete
        assert vault.load(*key) == one.new


def test_a_keyring_that_refuses_is_said_and_stops_nothing(tmp_path: Path) -> None:
    with rig(tmp_path) as one:

        def refuse(*_: Any) -> None:
            raise KnownError("Not kept.", "It is locked.", "Unlock it.")  # type: ignore[arg-type]

        one.place.store.held[one.place.session.tenant_id, one.app.id] = Secret("the old one")
        one.place.store.save = refuse  # type: ignore[assignment,method-assign]
        done = one.rotate(one.order())
        assert outcomes(done) == [P, W, P, P, P]
        assert "may still be the old token: It is locked." in done.row(SAVED).sentence


def test_the_day_is_remembered_and_the_token_is_nowhere(tmp_path: Path, own_home: Path) -> None:
    with rig(tmp_path) as one:
        done = one.rotate(one.order())
        assert done.complete
        days = one.place.services.token_days
        assert days is not None
        told = days.of(one.place.session.tenant_id, one.app.id)
        assert told is not None
        assert told.set_on == datetime.now(UTC).date()
        assert told.profile_id == "screensteps"
        secret = {"new token": one.new.reveal()}
        written = [*files_below(tmp_path), *files_below(own_home)]
        assert any(name.endswith(".jsonl") for name, _ in written)
        assert any("token-days" in name for name, _ in written)
        assert list(leaks(written, secret)) == []
        assert list(leaks([("values", repr((done, one.told)).encode())], secret)) == []


def test_who_may_only_look_changes_nothing(tmp_path: Path) -> None:
    with rig(tmp_path) as one:
        order = one.order()
        one.found = replace(one.found, session=replace(one.place.session, read_only=True))
        with pytest.raises(KnownError, match="for looking only"):
            one.rotate(order)
        assert one.gate.writes == []


def test_an_app_without_provisioning_has_no_token_to_replace(tmp_path: Path) -> None:
    with rig(tmp_path) as one:
        one.app.secrets.clear()
        with pytest.raises(KnownError, match="no provisioning with a Tenant URL"):
            one.look()


def test_a_token_revoked_after_the_first_cycle_is_replaced(tmp_path: Path) -> None:
    """The scenario that is made for this: all was well, then the vendor takes the token no more."""
    with rig(tmp_path) as one:
        one.place.world.tenant.faults.scim_token_refused = True
        old = Secret(str(one.place.line["scim_token"]))
        assert outcomes(one.rotate(one.order(secret=old))) == [F, N, N, N, N]
        assert one.rotate(one.order()).complete


class TestWords:
    def test_a_vendor_with_one_token_says_that_the_old_one_stops_at_once(self) -> None:
        profile = load_profile("atlassian-cloud")
        assert profile.token.max_active == 1
        assert "stops the old one at once" in before_making(profile, "Atlassian Cloud")
        assert revoke_sentence(profile, "x", proved=True).startswith("Nothing is left to revoke")

    def test_a_vendor_with_two_says_that_the_old_one_works_on(self) -> None:
        profile = load_profile("aws-iam-identity-center")
        assert "2 tokens at a time" in before_making(profile, "AWS")
        assert revoke_sentence(profile, "AWS", proved=True).startswith("The old token may now be revoked.")

    @pytest.mark.parametrize("name", ["aws-iam-identity-center", "screensteps"])
    @pytest.mark.parametrize("proved", [True, False])
    def test_the_token_that_was_pasted_twice_is_not_revoked(self, name: str, proved: bool) -> None:
        said = revoke_sentence(load_profile(name), name, proved=proved)
        assert said.endswith("First make sure that it is not the one that you have just pasted.")

    def test_where_it_is_not_known_both_are_said(self) -> None:
        profile = load_profile("screensteps")
        assert profile.token.max_active is None
        assert "where ScreenSteps allows that" in before_making(profile, "ScreenSteps")

    def test_what_is_wrong_with_the_new_token_is_said_before_anything_is_sent(self) -> None:
        profile = load_profile("screensteps")
        situation: Any = type("Situation", (), {"people": ()})()
        (empty,) = problems(Order(), situation, profile)
        assert empty.blocks
        assert not any(
            one.blocks for one in problems(Order(Secret("abcdefgh-0123456789")), situation, profile)
        )
        (address,) = problems(Order(Secret("https://example.com/x")), situation, profile)
        assert address.blocks


def test_cancel_before_the_first_request_is_heard(tmp_path: Path) -> None:
    with rig(tmp_path) as one:
        work = Work()
        work.cancel()
        order = one.order()
        assert one.rotate(order, work=work).stopped
        with pytest.raises(Cancelled):
            rotation_start.look(one.place.services, one.answers, one.found, work)
