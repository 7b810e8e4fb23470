"""What the connection test and the deep check have to say of SCIM servers that nobody here wrote, and why.

Every line was looked up in the server's own source, and tried by hand beside our check; it is not what our check
happened to print. Only what is not as it should be is listed.

scim2-server 0.8 without a token, as its command starts it
    Quick: fails, the vendor's. It takes every request, so a spoilt token gets the same answer as the real one
    (``BaseApplication.check_auth`` accepts all).
    Deep, also with a token:
    - *user-disable-standard* warns: a changed person is answered with 204, which RFC 7644 section 3.5.2 allows and
      Microsoft's page does not mention.
    - *user-add-typed* fails: by its policy a path with a filter has to find something (400 noTarget), so a first
      work telephone cannot be added (``ScimPolicy.UnmatchedPathFilter`` would allow it).
    - *user-manager* warns: a manager has to be an object there, as the schema says, and Microsoft sends the plain id.
    - *group-create* fails: it refuses schemas that it does not know, and Microsoft names one of its own on groups.
    - *member-remove-legacy* fails: a removal may not carry a value (``ScimPolicy.RemoveValue`` would allow it). With
      the flag members are removed by a filter, which it takes: so the flag is advised.

scim2-server 0.8 with its option --bearer-token
    Quick: nothing is wrong. Deep: as above.

django-scim2 0.23, in the smallest project that can use it
    Quick: passes with a warning: its ServiceProviderConfig says that it takes no filters, in order to promise too
    little rather than too much; it does take them, so that must not fail.
    Deep: neither form of Microsoft's changes works.
    - *user-read* warns: ``SCIMUser`` keeps neither telephone numbers nor the enterprise extension, and makes displayName
      of the names.
    - *user-duplicate* warns: 409 without scimType (the database's own words instead).
    - *user-change-legacy* and *user-change-standard* fail: paths with a filter, and displayName, are answered with
      501 (``SCIMUser.handle_replace``).
    - *user-disable-legacy* fails: ``_default_validate_op`` takes a boolean only. The boolean form works, and so does
      enabling again by itself, although it is refused together with other changes.
    - *group-find* fails: ``GroupFilterQuery.attr_map`` is empty, and then nothing is ever found.
    - *member-remove-standard* fails with 501: ``SCIMGroup.handle_remove`` knows the plain path only.

django-scim2-server 1.1, with Django's own users and groups
    Quick: nothing is wrong.
    Deep: passes with warnings; both forms of changes work, also the text False (Django's field turns it into a boolean).
    - *user-create* warns: the enterprise extension is an unknown member to it (400), so people who have a department
      do not arrive until the mapping is taken out.
    - *user-read* warns: displayName is not kept.
    - *group-without-members* warns: it does not look at excludedAttributes.
    - *user-gone* warns, and the person is left behind as inactive: ``DefaultUserAdapter.delete`` only disables.

canaille 0.3.6, which nothing here was made for
    With the scim2-models that pip installs beside it today, each search ends in a page for people with status 500
    (it passes ``attributes`` to a ``model_dump`` that takes them no more), labelled as SCIM, while a wrong token is
    refused with 401 and its discovery is healthy. Quick: fails, the vendor's, whatever discovery says. Deep: nothing is
    made at a service that cannot tell who is new.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from scim_assistant.check import Check, Outcome
from scim_assistant.scim.connection import run_layers
from scim_assistant.scim.deep.found import Flag
from scim_assistant.scim.deep.leftovers import Leftovers
from scim_assistant.scim.deep.run import run_deep
from scim_assistant.scim.layers import AUTHENTICATION, HTTP
from scim_assistant.scim.target import Target
from scim_assistant.scim.verdict import Side
from scim_assistant.secret import Secret
from scim_assistant.transport import HttpTransport
from scim_assistant.work import Work
from tests.app.check_rig import CheckRig, rig
from tests.scim.foreign.hosting import ForeignServer

__all__ = ["rig"]

PASS, WARN, FAIL = Outcome.PASS, Outcome.WARN, Outcome.FAIL


@dataclass(frozen=True)
class Expected:
    """What is not as it should be.

    Attributes:
        verdict, side: Of the quick test.
        layers: Its layers that warn or fail.
        deep, flag: Of the deep check.
        checks: Its checks that warn or fail.
        left: How many things the service keeps that it was told to delete.
    """

    verdict: Outcome = PASS
    side: Side = Side.NONE
    layers: Mapping[str, Outcome] = field(default_factory=dict)
    deep: Outcome = PASS
    flag: Flag = Flag.EITHER
    checks: Mapping[str, Outcome] = field(default_factory=dict)
    left: int = 0


WITH_TOKEN = Expected(
    deep=FAIL,
    flag=Flag.WITH,
    checks={
        "user-disable-standard": WARN,
        "user-add-typed": FAIL,
        "user-manager": WARN,
        "group-create": FAIL,
        "member-remove-legacy": FAIL,
    },
)
EXPECTED: Mapping[str, Expected] = {
    "scim2-server": replace(WITH_TOKEN, verdict=FAIL, side=Side.VENDOR, layers={"authentication": FAIL}),
    "scim2-server-token": WITH_TOKEN,
    "django-scim2": Expected(
        verdict=WARN,
        side=Side.VENDOR,
        layers={"discovery": WARN},
        deep=FAIL,
        flag=Flag.NEITHER,
        checks={
            "user-read": WARN,
            "user-duplicate": WARN,
            "user-change-standard": FAIL,
            "user-change-legacy": FAIL,
            "user-disable-legacy": FAIL,
            "group-find": FAIL,
            "member-remove-standard": FAIL,
        },
    ),
    "django-scim2-server": Expected(
        deep=WARN,
        checks={
            "user-create": WARN,
            "user-read": WARN,
            "group-without-members": WARN,
            "user-gone": WARN,
        },
        left=1,
    ),
    "canaille": Expected(
        verdict=FAIL,
        side=Side.VENDOR,
        layers={"http": FAIL},
        deep=FAIL,
        flag=Flag.UNKNOWN,
        checks={"user-absent": FAIL},
    ),
}


@pytest.fixture
def transport() -> Iterator[HttpTransport]:
    with closing(HttpTransport()) as made:
        yield made


@pytest.fixture
def target(server: ForeignServer) -> Target:
    # As in a practice session, where plain http to this computer is no matter.
    return Target(server.url, Secret(server.token), allow_loopback=True, practice=True)


def not_well(checks: tuple[Check, ...]) -> dict[str, Outcome]:
    """Those that warn or fail."""
    return {check.key: check.outcome for check in checks if check.outcome in (WARN, FAIL)}


def test_the_connection_test_is_right_about_it_and_changes_nothing(
    name: str, server: ForeignServer, transport: HttpTransport, target: Target
) -> None:
    expected, before = EXPECTED[name], server.kept()
    found = run_layers(transport, target, Work())
    assert not_well(found.layers) == expected.layers
    assert (found.verdict.outcome, found.verdict.side) == (expected.verdict, expected.side)
    assert found.requests <= 8
    assert server.kept() == before


def test_the_deep_check_is_right_about_it_and_leaves_nothing_that_can_be_taken_away(
    name: str, server: ForeignServer, transport: HttpTransport, target: Target, tmp_path: Path
) -> None:
    expected, before = EXPECTED[name], server.kept()
    found = run_deep(transport, target, Leftovers(tmp_path / "records"), Work(), settle_s=0.0)
    assert not_well(found.checks) == expected.checks
    assert (found.verdict.outcome, found.flag) == (expected.deep, expected.flag)
    assert len(found.left_behind) == expected.left
    after = server.kept()
    new = [row for kind, rows in after.items() for row in rows if row not in before[kind]]
    assert len(new) == expected.left
    assert all(row.startswith("scim-assistant-check-") and row.endswith("active=False") for row in new)
    assert [row for kind, rows in before.items() for row in rows if row not in after[kind]] == []


def test_a_wrong_token_is_told_from_a_service_that_takes_any(
    name: str, server: ForeignServer, transport: HttpTransport, target: Target
) -> None:
    found = run_layers(transport, replace(target, secret=Secret("wrong-token-Zq4711")), Work())
    if name == "scim2-server":
        assert (found.verdict.outcome, found.verdict.side) == (FAIL, Side.VENDOR)
    else:
        assert (found.verdict.outcome, found.verdict.side) == (FAIL, Side.TOKEN)
    assert found.layer(HTTP).outcome is PASS
    assert found.layer(AUTHENTICATION).outcome is FAIL
    assert "Zq4711" not in repr(found)


def test_an_address_beside_the_service_is_not_taken_for_it(
    server: ForeignServer, transport: HttpTransport, target: Target
) -> None:
    found = run_layers(transport, replace(target, tenant_url=f"{server.url}/nothing"), Work())
    assert (found.verdict.outcome, found.verdict.side) == (FAIL, Side.ADDRESS)


def test_the_command_says_the_same_in_its_document_and_its_exit_code(
    name: str, server: ForeignServer, rig: CheckRig
) -> None:
    expected = EXPECTED[name]
    ended = rig.run(server.url, server.token, as_json=True)
    found = ended.document
    assert ended.code == (1 if expected.verdict is FAIL else 0)
    # Plain http is a warning of its own there, and nobody's fault.
    assert found["verdict"] == ("fail" if expected.verdict is FAIL else "warn")
    assert found["side"] == expected.side.value
    assert {each["name"] for each in found["layers"] if each["status"] in ("warn", "fail")} == {
        "address",
        *expected.layers,
    }
    assert server.token not in ended.out
    if expected.left:
        deep = rig.run(server.url, server.token, deep=True)
        assert deep.code == 0
        assert "Left:   still at the app: person scim-assistant-check-" in deep.out
