"""What a run remembers on disk: enough to take its things away, and nothing that anybody else may not read."""

from __future__ import annotations

import json
import os
import stat
import sys
import tracemalloc
from pathlib import Path

import pytest

from scim_assistant.errors import KnownError
from scim_assistant.scim.deep.leftovers import MOST_AT_ONCE, Leftovers
from scim_assistant.scim.deep.mine import Names

URL = "https://scim.example.com/scim/v2?key=not-for-others"


def test_what_was_noted_is_read_again_once_its_program_is_gone(folder: Path) -> None:
    record = Leftovers(folder).begin(URL, "example.com")
    record.about("Users")
    record.note("Users", "17")
    record.close()
    (again,) = Leftovers(folder).left(URL)
    assert again.names == record.names
    assert again.kinds == ("Users",)
    assert again.ids == (("Users", "17"),)
    again.close()


def test_a_record_in_use_is_nobody_else_s(folder: Path) -> None:
    record = Leftovers(folder).begin(URL, "example.com")
    assert list(Leftovers(folder).left(URL)) == []
    record.close()
    (again,) = Leftovers(folder).left(URL)
    assert list(Leftovers(folder).left(URL)) == []
    again.close()


def test_an_erased_record_is_gone(folder: Path) -> None:
    record = Leftovers(folder).begin(URL, "example.com")
    record.erase()
    assert list(folder.iterdir()) == []
    record.close()


def test_records_of_another_service_are_left_alone(folder: Path) -> None:
    Leftovers(folder).begin(URL, "example.com").close()
    assert list(Leftovers(folder).left("https://other.example.com/scim/v2")) == []
    assert list(Leftovers(folder).left(URL.replace("not-for-others", "another"))) == []
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize(
    "again",
    [
        "https://app.example.com/scim/v2?aadOptscim062020",
        "https://APP.example.com/scim/v2/",
        "https://app.example.com/scim/v2/?AADOPTSCIM062020=",
    ],
)
def test_a_run_is_remembered_also_where_the_flag_was_put_to_the_address_since(
    folder: Path, again: str
) -> None:
    """The advice of a deep check is to put it there or to take it away."""
    for first, second in (
        ("https://app.example.com/scim/v2", again),
        (again, "https://app.example.com/scim/v2"),
    ):
        Leftovers(folder).begin(first, "example.com").close()
        (record,) = Leftovers(folder).left(second)
        record.erase()


def test_no_more_than_a_few_are_taken_on_at_once(folder: Path) -> None:
    for _ in range(MOST_AT_ONCE + 2):
        Leftovers(folder).begin(URL, "example.com").close()
    taken = list(Leftovers(folder).left(URL))
    assert len(taken) == MOST_AT_ONCE
    for each in taken:
        each.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_only_the_owner_may_read_and_the_query_of_the_address_is_not_there(folder: Path) -> None:
    Leftovers(folder).begin(URL, "example.com").close()
    (path,) = folder.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "not-for-others" not in path.read_text()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]\n",
        '{"version": 99}\n',
        "\x00\xff\n",
        '{"version": 1, "target": "x"}\n',
        "x" * 100_000,
    ],
)
def test_a_damaged_record_hinders_nobody(folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / "check-0123456789ab.jsonl").write_text(text, encoding="latin-1")
    assert list(Leftovers(folder).left(URL)) == []
    Leftovers(folder).begin(URL, "example.com").close()


@pytest.mark.parametrize("at", ["first", "last"])
def test_a_line_of_endless_depth_hinders_nobody(folder: Path, at: str) -> None:
    Leftovers(folder).begin(URL, "example.com").close()
    (path,) = folder.iterdir()
    good, deep = path.read_bytes(), b"[" * 50_000 + b"\n"
    path.write_bytes(good + deep if at == "last" else deep + good)
    for record in (found := list(Leftovers(folder).left(URL))):
        record.close()
    assert len(found) == (1 if at == "last" else 0)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_a_name_that_leads_nowhere_hides_no_other_record(folder: Path) -> None:
    Leftovers(folder).begin(URL, "example.com").close()
    # As where another program has just taken its record away.
    (folder / "check-aaaaaaaaaaaa.jsonl").symlink_to(folder / "gone")
    (record,) = Leftovers(folder).left(URL)
    record.close()


def test_a_record_that_has_grown_without_end_is_not_read_whole(folder: Path) -> None:
    Leftovers(folder).begin(URL, "example.com").close()
    (path,) = folder.iterdir()
    os.truncate(path, 60_000_000)
    tracemalloc.start()
    try:
        (record,) = Leftovers(folder).left(URL)
        record.close()
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_a_record_cut_off_by_a_crash_is_read_as_far_as_it_goes(folder: Path) -> None:
    record = Leftovers(folder).begin(URL, "example.com")
    record.about("Users")
    record.close()
    (path,) = folder.iterdir()
    with path.open("ab") as file:
        file.write(b'{"kind": "Users", "id": "1')
    (again,) = Leftovers(folder).left(URL)
    assert (again.kinds, again.ids) == (("Users",), ())
    again.close()


def test_a_name_that_was_not_drawn_by_us_is_not_looked_for(folder: Path) -> None:
    """A record that somebody has written over cannot make us delete by a name of their choice."""
    Leftovers(folder).begin(URL, "example.com").close()
    (path,) = folder.iterdir()
    head = json.loads(path.read_text())
    path.write_text(json.dumps({**head, "token": "a"}) + "\n")
    assert list(Leftovers(folder).left(URL)) == []


@pytest.mark.skipif(sys.platform == "win32" or not hasattr(os, "geteuid"), reason="needs modes")
def test_what_the_disk_refuses_is_said(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(KnownError) as raised:
        Leftovers(blocked / "folder").begin(URL, "example.com")
    assert "not begun" in raised.value.what


def test_names_say_what_they_are_and_differ_between_runs(folder: Path) -> None:
    one, other = (Leftovers(folder).begin(URL, "example.com") for _ in range(2))
    assert one.names.marker.startswith("scim-assistant-check-")
    assert one.names.user_name == f"{one.names.marker}@example.com"
    assert one.names != other.names
    one.close()
    other.close()


MARKED = "scim-assistant-check-0123456789ab"


@pytest.mark.parametrize(
    ("resource", "in_run", "later"),
    [
        ({"userName": f"{MARKED}@example.com", "externalId": MARKED}, True, True),
        ({"userName": f"{MARKED.upper()}@EXAMPLE.COM", "externalId": MARKED}, True, True),
        ({"userName": f"{MARKED}@example.com", "displayName": MARKED}, True, True),
        ({"userName": f"{MARKED}@example.com"}, True, False),
        ({"userName": f"{MARKED}@example.com", "externalId": "somebody"}, False, False),
        ({"userName": "ana@example.com", "externalId": MARKED}, False, False),
        ({"userName": "scim-assistant-check-ffffffffffff@example.com"}, False, False),
        ({"userName": None, "externalId": MARKED}, False, False),
        ({}, False, False),
    ],
)
def test_ours_is_what_carries_the_mark(resource: dict[str, object], in_run: bool, later: bool) -> None:
    names = Names.of("0123456789ab", "example.com")
    assert names.mark("Users", resource, strictly=False) is in_run
    assert names.mark("Users", resource, strictly=True) is later
