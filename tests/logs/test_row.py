"""A log event as one line for a person."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from scim_assistant.logs.row import Row, action_words, read_row
from tests.logs.made import documents, logged, plain_message, row, sample_rows


def by_person(name: str) -> Row:
    return next(found for found in sample_rows() if found.person == name)


def test_a_created_person_reads_as_one_line() -> None:
    ana = by_person("Ana Ruiz")
    assert ana.at == datetime(2026, 5, 4, 8, 1, 15, 123456, tzinfo=UTC)
    assert (ana.status, ana.status_word, ana.action, ana.kind) == ("success", "Success", "Create", "User")
    assert ana.user_name == "ana@example.com"
    assert ana.code == ""


def test_a_skip_shows_the_reason_that_its_last_step_gives() -> None:
    assert by_person("Eli Fox").code == "NotEffectivelyEntitled"
    assert by_person("Dee Oak").code == "RedundantExport"


def test_a_failure_shows_its_code() -> None:
    assert by_person("Flo Reed").code == "EntryConflict"


def test_a_group_is_told_from_a_person() -> None:
    editors = by_person("Editors")
    assert (editors.kind, editors.user_name) == ("Group", "")


@pytest.mark.parametrize(
    ("service", "words"),
    [
        ("create", "Create"),
        ("stagedDelete", "Removal held back"),
        ("stageddelete", "Removal held back"),
        ("STAGEDDELETE", "Removal held back"),
        ("other", "Check"),
        (None, "Check"),
        ("hibernate", "Hibernate"),
    ],
)
def test_actions_are_words_whatever_their_casing(service: str | None, words: str) -> None:
    assert action_words(service) == words


def test_the_whole_event_comes_back_byte_for_byte() -> None:
    for document in documents():
        event = logged(document)
        made = read_row(event, plain_message)
        assert made.event.raw == event.raw
        assert json.loads(made.raw) == document
        assert made.event.view == event.view


def test_an_event_with_nothing_in_it_is_still_a_row() -> None:
    bare = row({"id": "x"})
    assert (bare.id, bare.at, bare.person, bare.status_word, bare.code) == ("x", None, "", "Unknown", "")
    assert bare.as_text()


def test_odd_members_do_not_hide_an_event() -> None:
    document = documents()[0]
    document["activityDateTime"] = "yesterday"
    document["provisioningStatusInfo"]["status"] = "Perplexed"
    document["provisioningSteps"][0]["details"] = {"SkipReason": 7, "ReportableIdentifier": None}
    odd = row(document)
    assert (odd.at, odd.status, odd.status_word) == (None, "perplexed", "Perplexed")


def test_a_person_without_a_display_name_is_shown_by_user_name_then_id() -> None:
    document = documents()[5]
    document["sourceIdentity"]["displayName"] = ""
    document["sourceIdentity"]["details"] = {}
    assert row(document).person == "flo@example.com"
    document["provisioningSteps"] = []
    document["modifiedProperties"] = []
    assert row(document).person == document["sourceIdentity"]["id"]


def test_a_copied_row_has_absolute_time_and_one_line() -> None:
    text = by_person("Flo Reed").as_text()
    assert text.startswith("2026-05-04 08:06:15 UTC\tFailure\tCreate\tFlo Reed (flo@example.com)\t")
    assert text.endswith("\tEntryConflict")
    assert "\n" not in text
