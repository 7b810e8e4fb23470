"""The whole journey without a window, in every scenario, ends as the scenario's own file says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from scim_assistant.errors import KnownError
from scim_assistant.plan.wanted import Mode
from scim_assistant.steps.step import StepKey
from scim_assistant.steps.walk import read_picks, walk
from scim_assistant.steps.walk_end import End
from scim_assistant.work import Work
from tests.journeys.outside import assert_as_expected, graph, scenario, scenario_names
from tests.steps.worlds import Place, open_world

APP = "ScreenSteps"


def _walk(place: Place, name: str) -> tuple[int, list[str]]:
    said: list[str] = []
    return walk(place.services, name, said.append, Work()), said


def _apps(place: Place) -> list[dict[str, object]]:
    found = graph(place.line, "/servicePrincipals?$filter=displayName eq 'ScreenSteps'")["value"]
    return list(found)


@pytest.mark.parametrize("name", scenario_names())
def test_every_scenario_ends_as_its_file_says(name: str, tmp_path: Path) -> None:
    facts = scenario(name)
    with open_world(name, tmp_path) as place:
        code, said = _walk(place, name)
        text = "\n".join(said)
        assert code == 0, text
        assert facts["end"]["sentence"] in text
        if facts["end"]["state"] == "quarantined":
            # The token that was revoked is let in again, so that the test can look at the service.
            place.world.tenant.faults.scim_token_refused = False
        if facts["end"]["state"] != "stopped":
            assert_as_expected(place.line, facts)
        # The world's token is no secret to it, but the habit of never printing one is.
        assert place.line["scim_token"] not in text
        assert place.line["token"] not in text
        assert place.line["scim_token"] not in "".join(
            path.read_text(encoding="utf-8") for path in tmp_path.rglob("*") if path.is_file()
        )


def test_a_journey_that_ends_otherwise_than_told_is_a_failure(tmp_path: Path) -> None:
    picks = replace(
        read_picks("healthy"), end={"state": "stopped", "step": "register", "sentence": "Not so."}
    )
    said: list[str] = []
    with open_world("healthy", tmp_path) as place:
        assert walk(place.services, picks, said.append, Work()) == 1
    assert "What happened: live at done" in said


@pytest.mark.parametrize(
    ("end", "fits"),
    [
        (End("live", StepKey.DONE, ""), True),
        (End("quarantined", StepKey.DONE, ""), False),
        (End("live", StepKey.PROVE, ""), False),
        (End("live", StepKey.DONE, "", log=False), False),
    ],
)
def test_state_step_and_log_have_to_be_as_told(end: End, fits: bool) -> None:
    assert end.fits({"state": "live", "step": "done", "log": True}) is fits


def test_each_step_is_said_as_it_comes(tmp_path: Path) -> None:
    with open_world("healthy", tmp_path) as place:
        _, said = _walk(place, "healthy")
    titles = [line for line in said if line[:1].isdigit()]
    assert [title.partition(".")[0] for title in titles] == [str(n) for n in range(1, 11)]
    assert any("Assign Ana Ruiz to ScreenSteps: done" in line for line in said)
    assert any("Ana Ruiz was created at ScreenSteps." in line for line in said)
    assert any("Provisioning log" in line for line in said)


def test_a_second_walk_makes_an_app_of_its_own_only_when_the_first_is_finished(tmp_path: Path) -> None:
    with open_world("healthy", tmp_path) as place:
        assert _walk(place, "healthy")[0] == 0
        assert place.services.journals.unfinished() == ()
        assert len(_apps(place)) == 1


def test_manual_mode_prepares_everything_and_starts_nothing(tmp_path: Path) -> None:
    picks = replace(
        read_picks("healthy"), mode=Mode.MANUAL, end={"state": "prepared", "step": "done", "sentence": ""}
    )
    said: list[str] = []
    with open_world("healthy", tmp_path) as place:
        assert walk(place.services, picks, said.append, Work()) == 0, "\n".join(said)
        (app,) = _apps(place)
        (job,) = graph(place.line, f"/servicePrincipals/{app['id']}/synchronization/jobs")["value"]
        assert job["schedule"]["state"] != "Active"
        assert place.services.journals.unfinished() == ()
    assert any("Ana Ruiz was created at ScreenSteps." in line for line in said)
    assert "Everything is prepared, and people are provisioned on demand." in said


class _Killed(BaseException):
    """Stands in for a kill: nothing in the program catches it."""


@pytest.mark.parametrize("write", range(1, 9))
@pytest.mark.parametrize("stage", ["before", "after"])
def test_broken_off_anywhere_a_second_walk_goes_on_and_makes_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: int, stage: str
) -> None:
    facts = scenario("healthy")
    with open_world("healthy", tmp_path) as place:
        _kill_at(place, monkeypatch, write, stage)
        with pytest.raises(_Killed):
            _walk(place, "healthy")
        monkeypatch.undo()
        # What a kill does to the lock of the journal.
        place.services.journals.release_all()
        code, said = _walk(place, "healthy")
        assert code == 0, "\n".join(said)
        (app,) = _apps(place)
        jobs = graph(place.line, f"/servicePrincipals/{app['id']}/synchronization/jobs")["value"]
        assert len(jobs) == 1
        assigned = graph(place.line, f"/servicePrincipals/{app['id']}/appRoleAssignedTo")["value"]
        assert sorted(one["principalDisplayName"] for one in assigned) == [
            "Ana Ruiz",
            "Ben Okafor",
            "ScreenSteps Authors",
        ]
        assert_as_expected(place.line, facts)
        if write > 1 or stage == "after":
            assert any("Going on with the set-up of ScreenSteps" in line for line in said)


def _kill_at(place: Place, monkeypatch: pytest.MonkeyPatch, number: int, stage: str) -> None:
    """Break off at the n-th write to the tenant: create app, job, secrets, three assignments, pilot, start."""
    client = place.session.graph
    send = client.send
    seen = 0

    def killed(request: object, work: Work) -> object:
        nonlocal seen
        method, path = request.method, request.path  # type: ignore[attr-defined]
        if method == "GET" or path.endswith("validateCredentials"):
            return send(request, work)  # type: ignore[arg-type]
        seen += 1
        if seen != number:
            return send(request, work)  # type: ignore[arg-type]
        if stage == "before":
            raise _Killed
        send(request, work)  # type: ignore[arg-type]
        raise _Killed

    monkeypatch.setattr(client, "send", killed)


def test_a_setup_whose_app_was_removed_is_left_behind_and_a_new_one_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_world("healthy", tmp_path) as place:
        _kill_at(place, monkeypatch, 4, "before")
        with pytest.raises(_Killed):
            _walk(place, "healthy")
        monkeypatch.undo()
        place.services.journals.release_all()
        with place.world.tenant.lock:
            place.world.tenant.apps.clear()
        code, said = _walk(place, "healthy")
        assert code == 0, "\n".join(said)
        assert any("is not in the tenant any more" in line for line in said)
        assert len(_apps(place)) == 1
        assert place.services.journals.unfinished() == ()


def test_a_scenario_that_does_not_exist_is_refused_with_the_names_of_those_that_do() -> None:
    with pytest.raises(KnownError) as told:
        read_picks("sunny")
    assert "healthy" in told.value.next_step


def test_the_picks_of_a_scenario_are_those_of_its_file() -> None:
    picks = read_picks("too-many-deletes")
    facts = scenario("too-many-deletes")["suggest"]
    assert (list(picks.people), list(picks.groups), picks.pilot) == (
        facts["people"],
        facts["groups"],
        facts["pilot"],
    )
    assert picks.reuse
    assert json.dumps(picks.end) == json.dumps(scenario("too-many-deletes")["end"])


def test_no_name_moves_the_cursor_of_the_terminal(tmp_path: Path) -> None:
    with open_world("healthy", tmp_path) as place:
        with place.world.tenant.lock:
            place.world.tenant.name = "Example\x1b[2J\x07"
        _, said = _walk(place, "healthy")
    assert not any("\x1b" in line or "\x07" in line for line in said)
