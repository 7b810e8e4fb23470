"""Practice worlds in a process of their own, which can kill the program at a chosen moment.

Run as ``python -m tests.journeys.world_host``; takes one JSON command a line on standard input and answers each
with one JSON line: ``open`` starts a world, ``arm`` says whom to kill at which write, ``state`` tells what the
tenant holds (the stored token too, which Graph masks), ``writes`` lists the writes so far, ``exchanges`` every request
and its answer, ``let-in`` makes the vendor take its token again, ``close`` ends the world.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from typing import Any

from scim_assistant.practice.world import Exchange, World

NOT_WRITES = ("validateCredentials", "provisionOnDemand", "parseExpression", "$batch")

AT_ONCE = 50
"""So many exchanges go into one answer."""


def as_data(exchange: Exchange) -> dict[str, Any]:
    """One exchange as plain data, as ``judged.judge`` reads it."""
    return {
        "side": exchange.side,
        "method": exchange.method,
        "path": exchange.path,
        "query": exchange.query,
        "request_headers": dict(exchange.request_headers),
        "request_body": exchange.request_body.decode("utf-8", "replace"),
        "status": exchange.status,
        "response_headers": dict(exchange.response_headers),
        "response_body": exchange.response_body.decode("utf-8", "replace"),
    }


class Host:
    """One world at a time, and the trap set in it."""

    def __init__(self) -> None:
        self._world: World | None = None
        self._lock = threading.Lock()
        self._pid = 0
        self._stage = ""
        self._number = 0
        self._writes: list[str] = []
        self._killed = False
        self._exchanges: list[Exchange] = []
        self._under_way: set[tuple[str, int]] = set()

    def _is_write(self, exchange: Exchange) -> bool:
        return (
            exchange.side == "graph"
            and exchange.method in ("POST", "PUT", "PATCH", "DELETE")
            and not exchange.path.endswith(NOT_WRITES)
        )

    def _on_exchange(self, stage: str, exchange: Exchange) -> None:
        if stage in ("before", "after"):
            with self._lock:
                if stage == "before":
                    self._under_way.add((exchange.side, exchange.number))
                else:
                    self._under_way.discard((exchange.side, exchange.number))
                    self._exchanges.append(exchange)
        if not self._is_write(exchange):
            return
        with self._lock:
            if stage == "before":
                self._writes.append(f"{exchange.method} {exchange.path}")
            due = (
                not self._killed and self._pid and stage == self._stage and len(self._writes) == self._number
            )
            if not due:
                return
            self._killed = True
            os.kill(self._pid, signal.SIGKILL)
        if stage == "before":
            # The program died before its request arrived: nothing of it may take effect.
            raise ConnectionAbortedError

    def handle(self, command: dict[str, Any]) -> Any:
        """Carry out one command."""
        match command["do"]:
            case "open":
                self._pid, self._killed, self._writes = 0, False, []
                self._exchanges, self._under_way = [], set()
                self._world = World(
                    command.get("scenario", "healthy"),
                    speed=command.get("speed", 2400),
                    on_exchange=self._on_exchange,
                )
                return dict(self._world.start())
            case "arm":
                with self._lock:
                    self._pid, self._stage, self._number = command["pid"], command["stage"], command["write"]
                    self._killed = False
                return {}
            case "writes":
                with self._lock:
                    return {"writes": list(self._writes), "killed": self._killed}
            case "state":
                return self._state()
            case "exchanges":
                start = command.get("start", 0)
                # A client may have read an answer before the world has told that it was sent.
                end = time.monotonic() + 20.0
                while self._under_way and time.monotonic() < end:
                    time.sleep(0.01)
                with self._lock:
                    part = self._exchanges[start : start + AT_ONCE]
                return {"exchanges": [as_data(each) for each in part]}
            case "let-in":
                assert self._world is not None
                self._world.tenant.faults.scim_token_refused = False
                return {}
            case "close":
                if self._world is not None:
                    self._world.stop()
                    self._world = None
                return {}
        raise ValueError(command)

    def _state(self) -> dict[str, Any]:
        assert self._world is not None
        tenant = self._world.tenant
        with tenant.lock:
            return {
                "apps": [
                    {
                        "id": app.id,
                        "name": app.display_name,
                        "secrets": dict(app.secrets),
                        "assignments": sorted(
                            made.principal_display_name for made in app.assignments.values()
                        ),
                        "jobs": [
                            {"id": job.id, "schedule": job.schedule_state, "code": job.status_code}
                            for job in app.jobs.values()
                        ],
                    }
                    for app in tenant.apps.values()
                ]
            }


def main() -> None:
    """Answer commands until the input ends."""
    host = Host()
    for text in sys.stdin:
        print(json.dumps(host.handle(json.loads(text))), flush=True)
    host.handle({"do": "close"})


if __name__ == "__main__":
    main()
