"""What a service gives back is compared as tolerantly as SCIM is, and no more."""

from __future__ import annotations

from typing import Any

import pytest

from scim_assistant.scim.deep import wire
from scim_assistant.scim.deep.reading import differences, id_of, member_ids, same, value_at
from scim_assistant.scim.deep.wire import ENTERPRISE

EMAILS = 'emails[type eq "work"].value'


@pytest.mark.parametrize(
    ("path", "wanted", "got", "is_same"),
    [
        ("active", False, False, True),
        ("active", False, "False", False),
        ("active", False, "false", False),
        ("active", False, 0, False),
        ("active", True, 1, False),
        ("active", True, None, False),
        ("active", "False", False, False),
        ("displayName", "Ana", "Ana", True),
        ("displayName", "Ana", "ANA", True),
        ("displayName", "Ana", "Ana ", False),
        ("displayName", "Ana", ["Ana"], False),
        ("externalId", "a-1", "A-1", False),
        (wire.WORK_PHONE, "+12025550143", "tel:+1-202-555-0143", True),
        (wire.WORK_PHONE, "+12025550143", "+12025550144", False),
    ],
)
def test_same_is_as_scim_compares(path: str, wanted: Any, got: Any, is_same: bool) -> None:
    assert same(path, wanted, got) is is_same


@pytest.mark.parametrize(
    ("resource", "path", "value"),
    [
        ({"emails": [{"type": "home", "value": "h"}, {"type": "work", "value": "w"}]}, EMAILS, "w"),
        ({"emails": [{"type": "Work", "value": "w"}]}, EMAILS, "w"),
        ({"emails": [{"value": "only"}]}, EMAILS, "only"),
        ({"emails": [{"value": "a"}, {"value": "b"}]}, EMAILS, None),
        ({"emails": [{"type": "home", "value": "h"}]}, EMAILS, None),
        ({"emails": {"type": "work", "value": "w"}}, EMAILS, None),
        ({"emails": "w"}, EMAILS, None),
        ({"name": {"GivenName": "Ana"}}, "name.givenName", "Ana"),
        ({"name.givenName": "Ana"}, "name.givenName", None),
        ({"name": "Ana"}, "name.givenName", None),
        ({ENTERPRISE: {"department": "X"}}, f"{ENTERPRISE}:department", "X"),
        ({f"{ENTERPRISE}:department": "X"}, f"{ENTERPRISE}:department", None),
        ({}, "active", None),
    ],
)
def test_a_value_is_found_where_scim_keeps_it(resource: dict[str, Any], path: str, value: Any) -> None:
    assert value_at(resource, path) == value


def test_what_is_lost_is_named_with_what_is_there_instead() -> None:
    (one,) = differences({"displayName": "Old"}, {"displayName": "New"})
    assert one.row() == ("displayName", '"New" was written, "Old" is there')
    (other,) = differences({}, {f"{ENTERPRISE}:department": "X"})
    assert other.row() == ("department", '"X" was written, nothing is there')


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"id": "a"}, "a"),
        ({"ID": "a"}, "a"),
        ({"id": 7}, "7"),
        ({"id": True}, ""),
        ({"id": None}, ""),
        ({"id": ".."}, ""),
        ({"id": "."}, ""),
        ({"id": ""}, ""),
        ({"id": "half a pair: \ud800"}, ""),
        ({}, ""),
        (None, ""),
        ([], ""),
    ],
)
def test_an_id_is_what_can_stand_in_an_address(document: Any, found: str) -> None:
    assert id_of(document) == found


def test_half_a_surrogate_pair_is_shown_as_text_that_can_be_written() -> None:
    (one,) = differences({"displayName": "\ud800"}, {"displayName": "New"})
    assert one.row()[1].encode()


def test_members_that_are_no_members_are_passed_over() -> None:
    assert member_ids({"members": [{"value": "1"}, "2", None, {"$ref": "x"}, {"value": 3}]}) == (
        "1",
        "3",
    )
    assert member_ids({"members": None}) == ()
    assert member_ids({}) == ()
