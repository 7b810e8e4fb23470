"""Kill the program anywhere while it applies, start it again: one app, one job, each assignment once, same secrets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scim_assistant.plan.journal import Journal, Journals
from tests.plan.fake_graph import FakeGraph, Killed
from tests.plan.rig import TOKEN, assert_complete, begin, run_again, set_up

BOUNDARIES = 44
"""So many one whole run has."""


class Fuse:
    """Kills at the boundary of a given number: before and after every request and every line of the journal."""

    def __init__(self, at: int) -> None:
        self.left = at

    def tick(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed


def wired(graph: FakeGraph, journal: Journal, fuse: Fuse) -> None:
    """Put the fuse to both sides of every boundary."""
    real = Journal.write

    def write(kind: str, change: str = "", **data: Any) -> None:
        fuse.tick()
        real(journal, kind, change, **data)
        fuse.tick()

    journal.write = write  # type: ignore[method-assign]

    def hook(stage: str, method: str, path: str) -> None:
        if method != "GET":
            fuse.tick()

    graph.hook = hook


def run_until(graph: FakeGraph, folder: Path, at: int, *, first: bool) -> bool:
    """One run of the program that is killed at a boundary; True when it came through."""
    fuse = Fuse(at)
    try:
        if first:
            journal = begin(Journals(folder))
            wired(graph, journal, fuse)
            applied = set_up(graph, journal)
        else:
            applied = run_again(graph, folder, wire=lambda journal: wired(graph, journal, fuse))
    except Killed:
        return False
    finally:
        graph.hook = lambda *_: None
    assert applied.trouble is None, applied.trouble
    return True


def boundaries(folder: Path) -> int:
    """How many boundaries one whole run has."""
    graph, fuse = FakeGraph(), Fuse(0)
    journal = begin(Journals(folder))
    wired(graph, journal, fuse)
    set_up(graph, journal)
    return -fuse.left


def test_the_boundaries_of_a_run_are_all_tried(tmp_path: Path) -> None:
    assert boundaries(tmp_path) == BOUNDARIES


@pytest.mark.parametrize("lag_s", [0.0, 240.0])
@pytest.mark.parametrize("at", range(1, BOUNDARIES + 1))
def test_a_kill_at_any_boundary_makes_nothing_twice(tmp_path: Path, at: int, lag_s: float) -> None:
    graph = FakeGraph(lag_s=lag_s)
    if not run_until(graph, tmp_path, at, first=True):
        assert run_again(graph, tmp_path).complete
    assert_complete(graph)
    assert [end for _, end in graph.writes].count("start") == 0
    assert len(Journals(tmp_path).unfinished()) == 1
    assert all(TOKEN not in journal.read_text(encoding="utf-8") for journal in tmp_path.rglob("*.jsonl"))


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.integers(1, BOUNDARIES), min_size=1, max_size=5),
    st.sampled_from([0.0, 60.0, 400.0]),
)
def test_kills_again_and_again_make_nothing_twice(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], lag_s: float
) -> None:
    graph, folder = FakeGraph(lag_s=lag_s), tmp_path_factory.mktemp("journals")
    through = run_until(graph, folder, cuts[0], first=True)
    for at in cuts[1:]:
        if through:
            break
        through = run_until(graph, folder, at, first=False)
    if not through:
        assert run_again(graph, folder).complete
    assert_complete(graph)
    assert len(Journals(folder).unfinished()) == 1
