"""The practice world as a whole: its line, its recorder hook, its process, and that it leaves nothing behind."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from scim_assistant.practice.exchange import Exchange
from scim_assistant.practice.limits import REAL_LIMITS, Limits
from scim_assistant.practice.world import World
from tests.practice.plain import Plain, until

MEMBERS = ["graph", "token", "scim", "scim_token", "new_scim_token", "tenant_id", "scenario"]


def _payload(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    payload: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return payload


def test_the_line_holds_all_that_a_client_needs() -> None:
    with World("healthy", speed=300) as world:
        line = world.line
        assert list(line) == MEMBERS
        assert line["graph"].startswith("http://127.0.0.1:")
        assert line["graph"].endswith("/v1.0")
        assert line["scim"].startswith("http://127.0.0.1:")
        assert line["scim"].endswith("/api/scim/v2")
        assert line["token"].endswith(".practice")
        payload = _payload(line["token"])
        assert payload["tid"] == line["tenant_id"]
        assert payload["speed"] == 300
        assert payload["practice"] is True
        assert payload["upn"] == "noor.haddad@example.com"
        assert "Synchronization.ReadWrite.All" in payload["scp"].split(" ")
        users = httpx.get(
            f"{line['scim']}/Users",
            headers={"Authorization": f"Bearer {line['scim_token']}"},
            trust_env=False,
            timeout=60,
        )
        assert users.status_code == 200


def test_no_world_opens_with_the_token_of_another() -> None:
    with World(speed=2400) as one, World(speed=2400) as other:
        assert one.line["tenant_id"] != other.line["tenant_id"]
        assert one.line["scim_token"] != other.line["scim_token"]
        with Plain({**other.line, "token": one.line["token"]}) as stranger:
            assert stranger.ask("GET", "/me").status_code == 401


def test_the_real_figures_hold_unless_told() -> None:
    assert World().tenant.limits == REAL_LIMITS
    assert World(limits=Limits(log_calls=9)).tenant.limits.log_calls == 9


def test_stopping_leaves_no_thread_and_no_socket() -> None:
    before = set(threading.enumerate())
    world = World(speed=2400)
    line = world.start()
    with Plain(line) as graph:
        graph.get("/me")
        # The connection is still open: stopping must not wait for the client.
        world.stop()
    assert [thread for thread in threading.enumerate() if thread not in before] == []
    for address in (line["graph"], line["scim"]):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", urlsplit(address).port or 0)) != 0
    world.stop()


def test_both_sides_are_told_before_during_and_after() -> None:
    told: list[tuple[str, Exchange]] = []
    with World(speed=2400, on_exchange=lambda stage, exchange: told.append((stage, exchange))) as world:
        with Plain(world.line) as graph:
            graph.ask("GET", "/users/ana.ruiz@example.com?$select=id")
        httpx.get(f"{world.line['scim']}/Users", trust_env=False, timeout=60)
        until(lambda: len(told) >= 6, "not told")
    for side, status in (("graph", 200), ("scim", 401)):
        stages = [(stage, exchange) for stage, exchange in told if exchange.side == side]
        assert [stage for stage, _ in stages] == ["before", "during", "after"]
        assert [exchange.status for _, exchange in stages] == [None, status, status]
        assert {exchange.number for _, exchange in stages} == {1}
    (graph_exchange,) = [each for stage, each in told if stage == "after" and each.side == "graph"]
    assert graph_exchange.path == "/v1.0/users/ana.ruiz@example.com"
    assert graph_exchange.query in {"$select=id", "%24select=id"}
    assert json.loads(graph_exchange.response_body)["id"]


def test_what_is_stopped_before_takes_no_effect_and_what_is_stopped_during_does() -> None:
    stage_to_break = ["before"]

    def break_writes(stage: str, exchange: Exchange) -> None:
        if exchange.method == "POST" and stage == stage_to_break[0]:
            raise ConnectionAbortedError

    with World(speed=2400, on_exchange=break_writes) as world, Plain(world.line) as graph:
        (template,) = graph.get("/applicationTemplates?$filter=displayName eq 'ScreenSteps'")["value"]
        path = f"/applicationTemplates/{template['id']}/instantiate"
        for stage, apps in (("before", 0), ("during", 1)):
            stage_to_break[0] = stage
            with pytest.raises(httpx.TransportError):
                graph.ask("POST", path, {"displayName": stage})
            assert len(world.tenant.apps) == apps


class Started:
    """A world in a process of its own."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "scim_assistant", "practice", "--json", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self.process.stdout is not None
        self.line: dict[str, Any] = json.loads(self.process.stdout.readline())

    def ended(self) -> tuple[int, bytes, bytes]:
        """Exit code, and what else it wrote."""
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


@pytest.fixture
def started() -> Iterator[list[Started]]:
    worlds: list[Started] = []
    yield worlds
    for world in worlds:
        if world.process.poll() is None:
            world.process.kill()
            world.process.communicate()


@pytest.mark.skipif(os.name == "nt", reason="SIGINT cannot be sent to one process there")
@pytest.mark.parametrize("arguments", [(), ("--until-stdin-closes",)])
def test_a_process_prints_its_line_first_and_ends_with_an_interrupt(
    started: list[Started], arguments: tuple[str, ...]
) -> None:
    world = Started("--scenario", "quarantine", "--speed", "600", *arguments)
    started.append(world)
    assert list(world.line) == MEMBERS
    assert world.line["scenario"] == "quarantine"
    assert _payload(world.line["token"])["speed"] == 600
    with Plain(world.line) as graph:
        assert len(graph.get("/servicePrincipals")["value"]) == 1
        assert graph.ask("GET", "/nowhere").status_code == 404
    world.process.send_signal(signal.SIGINT)
    assert world.ended() == (0, b"", b"")


def test_a_process_ends_with_the_program_that_started_it_when_asked_to(started: list[Started]) -> None:
    world = Started("--until-stdin-closes", "--speed", "600")
    started.append(world)
    assert world.process.stdin is not None
    world.process.stdin.close()
    world.process.stdin = None
    assert world.ended() == (0, b"", b"")


def test_a_second_token_works_beside_the_first_and_after_it_was_revoked() -> None:
    with World("healthy", speed=2400) as world:

        def answer(token: str) -> int:
            return httpx.get(
                f"{world.line['scim']}/Users",
                headers={"Authorization": f"Bearer {token}"},
                trust_env=False,
                timeout=60,
            ).status_code

        first, second = world.line["scim_token"], world.line["new_scim_token"]
        assert (answer(first), answer(second), answer("wrong")) == (200, 200, 401)
        world.tenant.faults.scim_token_refused = True
        assert (answer(first), answer(second)) == (401, 200)
