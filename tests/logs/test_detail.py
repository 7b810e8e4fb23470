"""An event in full: why, each step, each value, each id."""

from __future__ import annotations

import json
from dataclasses import dataclass

from scim_assistant.check import Outcome
from scim_assistant.graph.types import ProvisioningEvent
from scim_assistant.logs.detail import Explained, read_detail
from tests.logs.made import documents, row


@dataclass(frozen=True)
class Told:
    title: str
    meaning: str = ""
    causes: tuple[str, ...] = ()
    fixes: tuple[str, ...] = ()
    also: Explained | None = None


def told(view: ProvisioningEvent) -> Explained:
    info = view.provisioning_status_info
    return Told(f"about {(info.status if info else None)}")


def test_steps_are_checks_in_the_order_of_the_service() -> None:
    detail = read_detail(row(documents()[5]), told)
    assert [(step.title, step.outcome) for step in detail.steps] == [
        ("Read the change", Outcome.PASS),
        ("Decide whether it is in scope", Outcome.PASS),
        ("Write to the app", Outcome.FAIL),
    ]
    assert ("ReportableIdentifier", "flo@example.com") in detail.steps[2].evidence
    assert len({step.key for step in detail.steps}) == 3


def test_changed_values_have_old_and_new() -> None:
    change = read_detail(row(documents()[1]), told).changes[0]
    assert (change.name, change.old, change.new) == ("name.familyName", "Lindh", "Lind")


def test_what_went_well_needs_no_explanation() -> None:
    assert read_detail(row(documents()[0]), told).explanation is None
    explained = read_detail(row(documents()[5]), told).explanation
    assert explained is not None
    assert explained.title == "about failure"


def test_ids_for_support_are_named() -> None:
    ids = dict(read_detail(row(documents()[5]), told).ids)
    assert ids["Code"] == "EntryConflict"
    assert ids["Id in Entra"] == documents()[5]["sourceIdentity"]["id"]
    assert "Id in ScreenSteps" not in ids  # it has none there
    assert ids["Change id"] == documents()[5]["changeId"]


def test_the_original_is_whole_and_the_reason_too() -> None:
    detail = read_detail(row(documents()[5]), told)
    assert json.loads(detail.original) == documents()[5]
    assert detail.said == documents()[5]["provisioningStatusInfo"]["errorInformation"]["reason"]


def test_results_inside_a_step_are_opened() -> None:
    document = documents()[4]
    document["provisioningSteps"][1]["details"] = {
        "ScopeEvaluationResult": '{"Staff.department EQUALS": false}',
        "Nested": {"a": {"b": 1}},
    }
    evidence = dict(read_detail(row(document), told).steps[1].evidence)
    assert evidence["ScopeEvaluationResult: Staff.department EQUALS"] == "false"
    assert evidence["Nested: a: b"] == "1"


def test_strange_steps_are_shown_as_they_are() -> None:
    document = documents()[0]
    document["provisioningSteps"] = [
        {
            "name": "EntryHibernate\u202e",
            "provisioningStepType": "hibernate",
            "status": "Perplexed",
            "details": None,
        }
    ]
    step = read_detail(row(document), told).steps[0]
    assert (step.title, step.outcome) == ("EntryHibernate⟨U+202E⟩", Outcome.WAITING)


def test_an_event_with_nothing_in_it_has_details() -> None:
    detail = read_detail(row({"id": "x"}), told)
    assert (detail.steps, detail.changes) == ((), ())
    assert dict(detail.ids) == {"Event id": "x"}
