"""How long the log window keeps the screen waiting while rows pour in.

Prints, for a window that shows a log of some thousand rows while more arrive each second: how long each repaint of the
table and each feeding took, and how many of them missed a frame of 16 ms; then the same while somebody scrolls
and with the rows in an order other than time. 'At work' leaves out the waits for other threads and other programs: on
a busy machine compare with ``--rate 0`` before blaming the window.

    python -m tests.bench.log_window [--seconds 10] [--rate 1000] [--start 20000]
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from scim_assistant.graph.client import GraphClient, fixed
from scim_assistant.graph.types import SynchronizationJob, when
from scim_assistant.logs.live import LiveFeed
from scim_assistant.secret import Secret
from scim_assistant.tenant.session import Session
from scim_assistant.transport import HttpAnswer, HttpRequest
from scim_assistant.work import Pace, Work
from tests.logs.made import documents, jobs

FRAME_MS = 16.0


JOB = "scim.0123.4567"


class Pouring:
    """A log service into which ``rate`` events a second are written; answers as Graph does, 1,000 a page."""

    def __init__(self, rate: int, start: int) -> None:
        self._patterns = []
        for document in documents():
            marked = copy.deepcopy(document)
            marked["id"] = "@@id@@"
            marked["activityDateTime"] = "@@at@@"
            self._patterns.append(json.dumps(marked).encode())
        self._rate = rate
        self._start = start
        self._begun = time.monotonic()
        self._origin = datetime.now(UTC) - timedelta(hours=5)

    def _at(self, number: int) -> datetime:
        return self._origin + timedelta(milliseconds=number * 100)

    def send(self, request: HttpRequest, work: Work) -> HttpAnswer:
        query = parse_qs(urlsplit(request.url).query)
        due = self._start + int((time.monotonic() - self._begun) * self._rate)
        after = when(query["$filter"][0].split(" gt ")[1])
        assert after is not None
        first = max(0, int((after - self._origin).total_seconds() * 10) + 1)
        first = int(query.get("$skiptoken", [first])[0])
        last = min(due, first + 1000)
        events = []
        for number in range(first, last):
            raw = self._patterns[number % len(self._patterns)]
            raw = raw.replace(b"@@id@@", f"50000000-0000-4000-8000-{number:012d}".encode())
            events.append(raw.replace(b"@@at@@", self._at(number).strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()))
            if number % 50 == 0:
                time.sleep(0.001)  # this part is the service's, which runs on another machine
        link = b""
        if last < due:
            link = json.dumps(request.url.split("&$skiptoken")[0] + f"&$skiptoken={last}").encode()
            link = b',"@odata.nextLink":' + link
        body = b'{"value":[' + b",".join(events) + b"]" + link + b"}"
        return HttpAnswer(200, {"content-type": "application/json"}, body, 0.01)

    def close(self) -> None:
        """Nothing is open."""


def _feed(service: Pouring) -> LiveFeed:
    pace = Pace(200.0)  # a round every half second
    client = GraphClient(service, "https://graph.example.com/v1.0", fixed(Secret("token")), pace=pace)
    session = Session(client, service, "tenant", "Example", "admin@example.com", frozenset(), pace=pace)
    return LiveFeed(session, JOB)


def _figures(name: str, took_ms: list[float]) -> None:
    if not took_ms:
        print(f"{name:<34} nothing happened")
        return
    took_ms.sort()
    late = sum(1 for each in took_ms if each > FRAME_MS)
    print(
        f"{name:<34} {len(took_ms):6d} times   median {took_ms[len(took_ms) // 2]:5.1f}   "
        f"p99 {took_ms[int(len(took_ms) * 0.99)]:5.1f}   longest {took_ms[-1]:5.1f} ms   over {FRAME_MS:.0f} ms: {late}"
    )


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--seconds", type=float, default=10.0)
    options.add_argument("--rate", type=int, default=1000)
    options.add_argument("--start", type=int, default=20_000)
    chosen = options.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

    from PySide6.QtCore import QEventLoop, QTimer
    from PySide6.QtWidgets import QApplication

    from scim_assistant.logs.explain import explain, explain_event
    from scim_assistant.ui import theme
    from scim_assistant.ui.jobs import Jobs
    from scim_assistant.ui.log_viewer.table import EventTable
    from scim_assistant.ui.log_viewer.watched import Watched
    from scim_assistant.ui.log_viewer.window import MonitorWindow

    app = QApplication([])
    theme.apply(app, theme.Scheme.LIGHT)
    painted: list[float] = []
    fed: list[float] = []
    paint_cpu: list[float] = []
    feed_cpu: list[float] = []

    class TimedTable(EventTable):
        """Notes how long painting took."""

        def paintEvent(self, event) -> None:
            begun, worked = time.perf_counter(), time.thread_time()
            super().paintEvent(event)
            painted.append((time.perf_counter() - begun) * 1000)
            paint_cpu.append((time.thread_time() - worked) * 1000)

    class TimedWindow(MonitorWindow):
        """Notes how long feeding took, everything that the table does about it included."""

        def _feed(self) -> None:
            begun, worked = time.perf_counter(), time.thread_time()
            super()._feed()
            fed.append((time.perf_counter() - begun) * 1000)
            feed_cpu.append((time.thread_time() - worked) * 1000)

    from scim_assistant.ui.log_viewer import window as window_module

    window_module.EventTable = TimedTable
    jobs_ = Jobs(lambda fault: print("fault:", fault))
    feed = _feed(Pouring(chosen.rate, chosen.start))
    job = jobs()["active"]

    def fetch_job(work: Work) -> SynchronizationJob:
        return job

    window = TimedWindow(
        Watched("ScreenSteps", "Example", "admin@example.com", fetch_job, feed, explain_event, explain),
        jobs_,
    )
    window.resize(1280, 900)
    window.show()

    gaps: list[float] = []
    last = [time.perf_counter()]
    beat = QTimer()
    beat.setTimerType(beat.timerType().PreciseTimer)

    def on_beat() -> None:
        now = time.perf_counter()
        gaps.append((now - last[0]) * 1000)
        last[0] = now
        window.table.viewport().update()  # ask for every frame, as a person who moves the mouse does

    beat.timeout.connect(on_beat)
    beat.start(16)

    def run(name: str, during: Callable[[], None] | None = None) -> None:
        for figures in (painted, fed, gaps, paint_cpu, feed_cpu):
            figures.clear()
        last[0] = time.perf_counter()
        step = QTimer()
        if during is not None:
            step.timeout.connect(during)
            step.start(30)
        loop = QEventLoop()
        QTimer.singleShot(int(chosen.seconds * 1000), loop.quit)
        before = window.model.rowCount()
        loop.exec()
        step.stop()
        print(f"\n{name}: {window.model.rowCount():,} rows, {window.model.rowCount() - before:,} came in")
        _figures("  painting the table", list(painted))
        _figures("    of that at work", list(paint_cpu))
        _figures("  feeding the table", list(fed))
        _figures("    of that at work", list(feed_cpu))
        _figures("  between two turns of the window", list(gaps))

    print(f"{threading.active_count()} threads, {chosen.rate} rows a second")
    run("first rows of a log")
    window.table.selectRow(5)
    run("live, one row chosen")
    bar = window.table.verticalScrollBar()
    run("live, scrolling", lambda: bar.setValue((bar.value() + 37) % max(1, bar.maximum())))
    window.table.horizontalHeader().setSortIndicator(3, window.table.horizontalHeader().sortIndicatorOrder())
    run("live, sorted by person")
    window.close()
    jobs_.close()


if __name__ == "__main__":
    main()
