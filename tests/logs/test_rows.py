"""Rows at hand: no event twice, the order kept, filters as asked, memory bounded."""

from __future__ import annotations

import random
from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from scim_assistant.logs.row import Row
from scim_assistant.logs.rows import MemoryRows, Query
from scim_assistant.work import Work
from tests.logs.made import numbered, row, sample_rows


def shown(rows: MemoryRows, query: Query) -> list[Row]:
    found = [rows.peek(key) for key in rows.search(query, Work())]
    assert None not in found
    return [each for each in found if each is not None]


def people(rows: Iterable[Row]) -> list[str]:
    return [each.person for each in rows]


def filled() -> MemoryRows:
    rows = MemoryRows()
    mixed = sample_rows()
    random.Random(3).shuffle(mixed)
    rows.add(mixed)
    return rows


def test_an_event_is_kept_once() -> None:
    rows = MemoryRows()
    first = rows.add(sample_rows())
    again = rows.add(sample_rows())
    assert (len(first.keys), again.keys) == (8, ())
    assert sum(rows.counts().values()) == 8


def test_rows_come_in_the_order_of_time_then_id() -> None:
    twins = [row(numbered(n, seconds=5)) for n in (3, 1, 2)]
    rows = MemoryRows()
    rows.add([*twins, row(numbered(9, seconds=1))])
    assert people(shown(rows, Query())) == ["Person 0009", "Person 0001", "Person 0002", "Person 0003"]


def test_filter_by_status_and_words() -> None:
    rows = filled()
    assert people(shown(rows, Query(statuses=frozenset({"failure"})))) == ["Flo Reed", "Editors"]
    assert people(shown(rows, Query(text="  REED entryconflict "))) == ["Flo Reed"]
    assert people(shown(rows, Query(text="flo@EXAMPLE.com"))) == ["Flo Reed"]
    assert people(shown(rows, Query(text="userName is taken"))) == ["Flo Reed"]
    assert shown(rows, Query(text="nobody of that name")) == []


def test_only_one_person() -> None:
    rows = filled()
    ana = next(each for each in sample_rows() if each.person == "Ana Ruiz")
    assert people(shown(rows, Query(source_id=ana.source_id))) == ["Ana Ruiz"]


def test_sorted_by_person_regardless_of_case() -> None:
    assert people(shown(filled(), Query(sort="person"))) == sorted(people(sample_rows()), key=str.casefold)


def test_the_oldest_go_when_there_are_too_many() -> None:
    rows = MemoryRows(capacity=10)
    kept = rows.add(row(numbered(n)) for n in range(10))
    more = rows.add(row(numbered(n)) for n in range(10, 13))
    assert list(more.dropped) == list(kept.keys[:3])
    assert people(shown(rows, Query())) == [f"Person {n:04d}" for n in range(3, 13)]
    assert rows.peek(kept.keys[0]) is None
    assert rows.counts() == {"success": 10}


def test_a_row_older_than_all_in_a_full_store_is_not_announced() -> None:
    rows = MemoryRows(capacity=2)
    rows.add([row(numbered(5)), row(numbered(6))])
    late = rows.add([row(numbered(1))])
    assert (late.keys, late.dropped) == ((), ())


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 5)), max_size=40),
    st.sampled_from(["at", "person", "status"]),
)
def test_what_is_announced_is_exactly_what_is_there(batches: list[tuple[int, int]], sort: str) -> None:
    rows = MemoryRows(capacity=12)
    known: set[int] = set()
    for number, seconds in batches:
        added = rows.add([row(numbered(number, seconds=seconds))])
        known = (known - set(added.dropped)) | set(added.keys)
    query = Query(sort=sort)
    keys = list(rows.search(query, Work()))
    assert set(keys) == known
    places = [query.place(found) for found in shown(rows, query)]
    assert places == sorted(places)
