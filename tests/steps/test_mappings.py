"""Step 6: what goes where, what differs from the start, and what happens to people who leave."""

from __future__ import annotations

from pathlib import Path

import pytest

from scim_assistant.steps.answers import Answers
from scim_assistant.steps.mappings import Difference, Leaving, MappingsStep, leaving_of, make_table, make_view
from scim_assistant.steps.register import create_app
from scim_assistant.work import Work
from tests.steps import made
from tests.steps.made import USUAL, expression, line
from tests.steps.worlds import open_world


def test_each_line_says_target_source_and_when() -> None:
    table = make_table(made.schema(USUAL), None, "User", "ScreenSteps")
    assert table is not None
    told = [(row.target, row.source, row.is_expression, row.when, row.matching) for row in table.rows]
    assert told == [
        ("userName", "userPrincipalName", False, "always", 1),
        ("active", 'Switch([IsSoftDeleted], , "False", "True", "True", "False")', True, "always", 0),
        ('emails[type eq "work"].value', "mail", False, "always", 0),
        ("name.givenName", "givenName", False, "always", 0),
    ]


def test_constants_defaults_and_first_time_only_are_told() -> None:
    lines = [
        line("userName", "mail", matchingPriority=2, flowType="ObjectAddOnly", defaultValue="nobody"),
        line("userType", None, source={"type": "Constant", "name": "reader"}),
        line("externalId", "objectId", matchingPriority=1),
    ]
    table = make_table(made.schema(lines), None, "User", "ScreenSteps")
    assert table is not None
    first, second, third = table.rows
    assert (first.when, first.default, first.matching) == ("when created", "nobody", 2)
    assert second.source == "“reader”"
    assert third.matching == 1


def test_differences_to_the_start_are_marked() -> None:
    start = made.schema(USUAL)
    now = made.schema(
        [
            line("userName", "mail", matchingPriority=1),
            USUAL[1],
            USUAL[2],
            line("userType", None, source={"type": "Constant", "name": "reader"}),
        ]
    )
    table = make_table(now, start, "User", "ScreenSteps")
    assert table is not None
    assert {row.target: row.difference for row in table.rows} == {
        "userName": Difference.CHANGED,
        "active": Difference.SAME,
        'emails[type eq "work"].value': Difference.SAME,
        "userType": Difference.ADDED,
        "name.givenName": Difference.REMOVED,
    }
    assert table.rows[0].was == "userPrincipalName"
    assert table.changed == 3


def test_casing_that_drifts_is_no_difference() -> None:
    drifted = [line("userName", "userPrincipalName", matchingPriority=1, flowType="always")]
    table = make_table(made.schema(drifted), made.schema([USUAL[0]]), "User", "ScreenSteps")
    assert table is not None
    assert table.changed == 0


@pytest.mark.parametrize(
    ("people", "flows", "kept", "leaving"),
    [
        (USUAL, "Add, Update, Delete", False, Leaving.DISABLED),
        (USUAL, "Add", False, Leaving.KEPT),
        (USUAL, "Add, Update, Delete", True, Leaving.KEPT),
        ([USUAL[0]], "Add, Update, Delete", False, Leaving.DELETED),
        ([USUAL[0]], "Add, Update", False, Leaving.KEPT),
        ([USUAL[0], line("active", None)], "Add, Update, Delete", False, Leaving.DELETED),
    ],
)
def test_what_leaving_means_is_read_from_the_mapping(
    people: list[dict[str, object]], flows: str, kept: bool, leaving: Leaving
) -> None:
    pair = made.schema(people, flows=flows).mapping_of("User")
    assert pair is not None
    assert leaving_of(pair[1], kept=kept) is leaving


def test_the_setting_that_keeps_leavers_is_heeded() -> None:
    app = made.app(schema=made.schema(USUAL), secrets={"SkipOutOfScopeDeletions": "True"})
    (people, groups) = make_view(Answers(), made.found(app=app)).tables
    assert people.leaving is Leaving.KEPT
    assert "keeps their account" in people.leaving_sentence
    assert "stays" in groups.leaving_sentence


def test_modes_and_filters_are_told_in_words() -> None:
    scope = {
        "groups": [
            {
                "name": "sales",
                "clauses": [
                    {
                        "sourceOperandName": "department",
                        "operatorName": "EQUALS",
                        "targetOperand": {"values": ["Sales"]},
                    },
                    {
                        "sourceOperandName": "mail",
                        "operatorName": "IS NOT NULL",
                        "targetOperand": {"values": []},
                    },
                ],
            }
        ]
    }
    table = make_table(made.schema(USUAL, flows="Add, Update", scope=scope), None, "User", "ScreenSteps")
    assert table is not None
    assert table.modes == "The job may create and update."
    assert table.scope == ("Only where department EQUALS Sales and mail IS NOT NULL",)
    nothing = make_table(made.schema(USUAL, flows=""), None, "User", "ScreenSteps")
    assert nothing is not None
    assert nothing.modes == "Nothing is written at the app."


def test_without_an_app_they_are_shown_when_applied() -> None:
    view = make_view(Answers(create_later=True), made.found())
    assert view.tables == ()
    assert "when applied" in view.notes[0]
    assert MappingsStep().depends_on(Answers(), made.found()) is None


def test_a_schema_that_carries_nobody_is_told() -> None:
    schema = made.schema([], groups=True)
    document = schema.document
    document["synchronizationRules"][0]["objectMappings"].pop(0)
    from scim_assistant.graph.synchronization import schema_from

    view = make_view(Answers(), made.found(app=made.app(schema=schema_from(document))))
    assert "nobody would arrive" in view.notes[0]


def test_the_pretend_screensteps_is_shown_as_the_service_sends_it(tmp_path: Path) -> None:
    with open_world("healthy", tmp_path) as place:
        from tests.steps.test_register import STEP

        answers = Answers(app_name="ScreenSteps")
        found = STEP.lookup(place.services, answers, made.found(session=place.session), Work())
        answers, found = create_app(place.services, answers, found, Work())
        found = MappingsStep().lookup(place.services, answers, found, Work())
    view = make_view(answers, found)
    people = view.of("User")
    assert people is not None
    assert {row.target for row in people.rows} >= {
        "userName",
        "name.givenName",
        "name.familyName",
        "externalId",
    }
    assert people.changed == 0
    assert any("is disabled at ScreenSteps" in note for note in view.notes)
    assert expression("x")["source"]["type"] == "Function"
