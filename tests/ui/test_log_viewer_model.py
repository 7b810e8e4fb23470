"""The table's model: rows go where they belong while somebody reads, and nothing is reset."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPersistentModelIndex, Qt

from scim_assistant.logs.row import Row
from scim_assistant.logs.rows import MemoryRows, Query
from scim_assistant.ui.log_viewer.columns import Column
from scim_assistant.ui.log_viewer.model import EventModel
from scim_assistant.work import Work
from tests.logs.made import MORNING, documents, numbered, row, sample_rows


def model_of(rows: MemoryRows, query: Query | None = None, *, descending: bool = True) -> EventModel:
    model = EventModel(rows, now=lambda: MORNING + timedelta(minutes=10))
    query = query or Query()
    model.replace(rows.search(query, Work()), query, descending=descending)
    return model


def people(model: EventModel) -> list[str]:
    return [model.index(at, Column.PERSON).data() for at in range(model.rowCount())]


def numbers(*found: int) -> list[str]:
    return [f"Person {number:04d}" for number in found]


def resets(model: EventModel) -> list[str]:
    seen: list[str] = []
    model.modelReset.connect(lambda: seen.append("reset"))
    return seen


def test_the_model_keeps_qts_rules(qtmodeltester: Any) -> None:
    rows = MemoryRows()
    model = EventModel(rows)
    qtmodeltester.check(model)
    chance = random.Random(5)
    for start in range(0, 60, 6):
        batch = [row(numbered(number, seconds=chance.randrange(100))) for number in range(start, start + 6)]
        model.insert(rows.add(batch).keys)
    model.remove(list(rows.search(Query(), Work()))[::3])
    assert model.rowCount() == 40


def test_newest_first_also_for_rows_that_come_late() -> None:
    rows = MemoryRows()
    model = model_of(rows)
    seen = resets(model)
    for batch in ((5, 3), (9,), (4, 8, 1), (7, 6, 2)):
        model.insert(rows.add(row(numbered(number)) for number in batch).keys)
    assert people(model) == numbers(9, 8, 7, 6, 5, 4, 3, 2, 1)
    assert seen == []


def test_a_row_in_between_moves_what_is_below_it_only() -> None:
    rows = MemoryRows()
    rows.add(row(numbered(number)) for number in (1, 2, 3, 5))
    model = model_of(rows)
    held = [QPersistentModelIndex(model.index(at, 0)) for at in range(4)]
    model.insert(rows.add([row(numbered(4))]).keys)
    assert [each.row() for each in held] == [0, 2, 3, 4]
    assert [each.data() for each in held] == [model.index(at, 0).data() for at in (0, 2, 3, 4)]


def test_a_row_told_twice_is_shown_once() -> None:
    rows = MemoryRows()
    keys = rows.add(sample_rows()).keys
    model = model_of(rows)
    assert model.insert(keys) == 0
    assert model.rowCount() == len(keys)


def test_a_filter_holds_for_new_rows_too() -> None:
    rows = MemoryRows()
    model = model_of(rows, Query(statuses=frozenset({"failure"})))
    model.insert(rows.add(sample_rows()).keys)
    assert people(model) == ["Editors", "Flo Reed"]


def test_sorted_by_person_new_rows_go_between() -> None:
    rows = MemoryRows()
    rows.add(sample_rows())
    model = model_of(rows, Query(sort="person"), descending=False)
    document = numbered(77, name="Bea Holm")
    model.insert(rows.add([row(document)]).keys)
    assert people(model)[:3] == ["Ana Ruiz", "Bea Holm", "Bo Lind"]


def test_the_oldest_leave_without_a_reset() -> None:
    rows = MemoryRows(capacity=5)
    model = model_of(rows)
    seen = resets(model)
    for number in range(12):
        added = rows.add([row(numbered(number))])
        model.remove(added.dropped)
        model.insert(added.keys)
    assert people(model) == numbers(11, 10, 9, 8, 7)
    assert seen == []


def test_key_and_row_lead_to_each_other() -> None:
    rows = MemoryRows()
    rows.add(sample_rows())
    for descending in (True, False):
        model = model_of(rows, descending=descending)
        for at in range(model.rowCount()):
            key = model.key_at(at)
            assert key is not None
            assert model.row_of(key) == at
    assert model.key_at(-1) is None
    assert model.key_at(99) is None


def test_cells_are_words_fit_for_one_line() -> None:
    document = documents()[0]
    document["sourceIdentity"]["displayName"] = "Ana\r\n\u202eRuiz" + "x" * 1000
    rows = MemoryRows()
    rows.add([row(document)])
    model = model_of(rows)
    name = model.index(0, Column.PERSON).data()
    assert name.startswith("Ana␍␊⟨U+202E⟩Ruiz")
    assert name.endswith("…")
    assert model.index(0, Column.STATUS).data() == "Success"
    assert model.index(0, Column.TIME).data() == "8 minutes ago"
    assert model.index(0, Column.TIME).data(Qt.ItemDataRole.ToolTipRole).startswith("2026-05-04 08:01:15 UTC")


def test_every_column_has_a_title() -> None:
    model = EventModel(MemoryRows())
    titles = [model.headerData(column, Qt.Orientation.Horizontal) for column in Column]
    assert titles == ["Status", "Time", "Action", "Person or group", "What happened"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 8)), max_size=6), max_size=12),
    st.sampled_from(["at", "person", "status", "message"]),
    st.booleans(),
)
def test_inserting_ends_where_a_fresh_search_would(
    batches: list[list[tuple[int, int]]], sort: str, descending: bool
) -> None:
    rows = MemoryRows(capacity=15)
    query = Query(sort=sort)
    model = model_of(rows, query, descending=descending)
    for batch in batches:
        added = rows.add([row(numbered(number, seconds=seconds)) for number, seconds in batch])
        model.remove(added.dropped)
        model.insert(added.keys)
    assert people(model) == people(model_of(rows, query, descending=descending))


@pytest.mark.parametrize("descending", [True, False])
def test_a_million_rows_are_at_hand_at_once(descending: bool) -> None:
    class Million(MemoryRows):
        """Rows that need no memory."""

        def peek(self, key: int) -> Row | None:
            return row(numbered(key))

    from array import array

    model = EventModel(Million())
    model.replace(array("q", range(1_000_000)), Query(), descending=descending)
    assert model.rowCount() == 1_000_000
    assert model.row_of(123_456) == (999_999 - 123_456 if descending else 123_456)
    assert model.insert([1_000_005]) == 1
    assert model.key_at(0 if descending else 1_000_000) == 1_000_005
