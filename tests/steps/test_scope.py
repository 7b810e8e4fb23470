"""Step 7: who would arrive, who would be missed and why, and the safety net."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scim_assistant.check import Check, Outcome
from scim_assistant.errors import Cancelled
from scim_assistant.plan.wanted import Mode, Principal
from scim_assistant.sentence import say
from scim_assistant.steps import scope
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.preview import ScopePreview
from scim_assistant.steps.previewing import make_preview
from scim_assistant.steps.scope import ScopeStep
from scim_assistant.work import Work
from tests.steps import made
from tests.steps.made import USUAL, line
from tests.steps.worlds import Place, open_world

STEP = ScopeStep()
ANA = Principal("1", "User", "Ana Ruiz", "ana.ruiz@example.com")


def _blocking(answers: Answers, found: Found | None = None) -> list[str]:
    return [p.field for p in STEP.problems(answers, found or made.found()) if p.blocks]


class TestProblems:
    """What stops here, and what is only said."""

    def test_somebody_has_to_be_in_scope(self) -> None:
        assert _blocking(Answers(notify_email="it@example.com")) == ["people"]
        assert _blocking(Answers(notify_email="it@example.com", people=(ANA,))) == []

    def test_everyone_is_allowed_and_warned_of(self) -> None:
        problems = STEP.problems(Answers(everyone=True, notify_email="it@example.com"), made.found())
        assert [(p.field, p.blocks) for p in problems] == [("everyone", False)]

    def test_the_deletion_guard_needs_somebody_to_write_to(self) -> None:
        assert _blocking(Answers(people=(ANA,))) == ["notify_email"]
        assert _blocking(Answers(people=(ANA,), delete_guard=False)) == []

    def test_a_bad_address_or_number_is_told_at_its_field(self) -> None:
        answers = Answers(people=(ANA,), notify_email="it", delete_threshold="many")
        assert _blocking(answers) == ["notify_email", "delete_threshold"]

    def test_groups_without_a_licence_are_warned_of(self) -> None:
        check = Check("licence", say("Licence"), Outcome.WARN, say("None."))
        answers = Answers(groups=(Principal("2", "Group", "Authors"),), notify_email="it@example.com")
        problems = STEP.problems(answers, made.found(readiness=(check,)))
        assert [(p.field, p.blocks) for p in problems] == [("groups", False)]

    def test_a_group_that_cannot_be_assigned_stops(self) -> None:
        preview = ScopePreview((), (), blocked=(say("Newsletter is not a security group."),))
        answers = Answers(people=(ANA,), notify_email="it@example.com")
        assert _blocking(answers, made.found(preview=preview)) == ["groups"]

    def test_failure_mail_goes_to_who_sets_it_up_until_told_otherwise(self) -> None:
        assert STEP.suggest(Answers(), made.found()).notify_email == "noor@example.com"
        assert STEP.suggest(Answers(notify_email="x"), made.found()).notify_email == "x"

    def test_an_existing_app_keeps_its_mail_and_guard(self) -> None:
        stored = '{"Enabled":true,"Recipients":"it@example.com","DeleteThresholdEnabled":true,"DeleteThresholdValue":5}'
        app = made.app(job=True, secrets={"SyncNotificationSettings": stored})
        answers = STEP.suggest(Answers(), made.found(app=app))
        assert (answers.notify_email, answers.delete_threshold) == ("it@example.com", "5")
        odd = made.app(job=True, secrets={"SyncNotificationSettings": "[1"})
        assert STEP.suggest(Answers(), made.found(app=odd)).notify_email == "noor@example.com"

    def test_the_profiles_advice_is_given(self) -> None:
        lines = " ".join(scope.advice(Answers(mode=Mode.MANUAL), made.found()))
        assert "Contributor" in lines
        assert "on demand only" in lines


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with open_world("healthy", tmp_path_factory.mktemp("journals")) as place:
        yield place


def _found(place: Place, **more: object) -> Found:
    return replace(made.found(session=place.session), **more)  # type: ignore[arg-type]


def _group(place: Place, name: str) -> Principal:
    return next(one for one in scope.search_groups(place.session, name, Work()) if one.name == name)


def _preview(place: Place, answers: Answers, **more: int) -> ScopePreview:
    app = made.app(schema=made.schema(USUAL))
    return make_preview(place.session, answers, _found(place, app=app), Work(), **more)


class TestSearch:
    """Finding people and groups."""

    def test_people_are_found_by_name_and_by_address(self, place: Place) -> None:
        for text in ("ana", "ana.ruiz@example.com"):
            assert "Ana Ruiz" in [one.name for one in scope.search_people(place.session, text, Work())]

    def test_a_disabled_account_says_so(self, place: Place) -> None:
        (frank,) = scope.search_people(place.session, "frank.osei", Work())
        assert frank.detail == "frank.osei@example.com, disabled"

    def test_a_group_that_cannot_be_assigned_says_so(self, place: Place) -> None:
        with place.world.tenant.lock:
            name = next(
                group.display_name
                for group in place.world.tenant.groups.values()
                if not group.security_enabled
            )
        group = _group(place, name)
        assert not scope.is_assignable(group)
        assert "cannot be assigned" in group.detail


class TestPreview:
    """Who would arrive and who would be missed."""

    def test_a_group_brings_its_direct_members_and_says_who_is_missed(self, place: Place) -> None:
        preview = _preview(place, Answers(groups=(_group(place, "ScreenSteps Authors"),)))
        arriving = {person.user.user_principal_name: person for person in preview.included}
        assert set(arriving) == {
            "carla.mendes@example.com",
            "dev.patel@example.com",
            "emil.sorensen@example.com",
            "gita.rao@example.com",
        }
        assert arriving["carla.mendes@example.com"].through == ("ScreenSteps Authors",)
        assert dict(arriving["carla.mendes@example.com"].values)["userName"] == "carla.mendes@example.com"
        assert "no e-mail address" in arriving["gita.rao@example.com"].reason
        (frank,) = preview.missed
        assert "disabled" in frank.reason
        assert preview.groups == ("ScreenSteps Authors",)
        assert preview.sentence == "4 people and 1 group would be provisioned, 1 person missed."

    def test_people_in_a_group_inside_a_group_are_missed_by_name(self, place: Place) -> None:
        preview = _preview(place, Answers(groups=(_group(place, "ScreenSteps Readers"),)))
        missed = {person.user.display_name: person.reason for person in preview.missed}
        assert missed["Marco Bianchi"] == (
            "Marco Bianchi is in ScreenSteps Readers only through a group inside it."
        )
        assert any("Support Night Shift" in warning for warning in preview.warnings)

    def test_a_group_that_is_no_security_group_cannot_be_applied(self, place: Place) -> None:
        with place.world.tenant.lock:
            group = next(g for g in place.world.tenant.groups.values() if not g.security_enabled)
            wanted = Principal(group.id, "Group", group.display_name)
        preview = _preview(place, Answers(groups=(wanted,)))
        assert wanted.name in preview.blocked[0]
        assert preview.included == ()

    def test_whom_the_app_could_not_recognise_is_missed(self, place: Place) -> None:
        (gita,) = scope.search_people(place.session, "gita.rao", Work())
        app = made.app(schema=made.schema([line("userName", "mail", matchingPriority=1)]))
        preview = make_preview(place.session, Answers(people=(gita,)), _found(place, app=app), Work())
        (person,) = preview.missed
        assert person.reason == "Gita Rao has no value for mail, by which ScreenSteps recognises people."

    def test_a_scoping_filter_is_heeded(self, place: Place) -> None:
        (ana,) = scope.search_people(place.session, "ana.ruiz", Work())
        only = {
            "groups": [
                {
                    "name": "nobody",
                    "clauses": [
                        {
                            "sourceOperandName": "department",
                            "operatorName": "EQUALS",
                            "targetOperand": {"values": ["No such department"]},
                        }
                    ],
                }
            ]
        }
        app = made.app(schema=made.schema(USUAL, scope=only))
        preview = make_preview(place.session, Answers(people=(ana,)), _found(place, app=app), Work())
        (person,) = preview.missed
        assert "scoping filter" in person.reason

    def test_everyone_is_everyone_as_far_as_it_was_looked(self, place: Place) -> None:
        whole = _preview(place, Answers(everyone=True))
        with place.world.tenant.lock:
            assert len(whole.people) == len(place.world.tenant.people)
        assert whole.complete
        part = _preview(place, Answers(everyone=True), most_people=10)
        assert len(part.people) == 10
        assert not part.complete
        assert part.sentence.startswith("At least ")

    def test_a_group_larger_than_the_limit_is_a_lower_limit(self, place: Place) -> None:
        part = _preview(place, Answers(groups=(_group(place, "ScreenSteps Authors"),)), most_people=2)
        assert len(part.people) == 2
        assert not part.complete

    def test_before_the_mappings_are_known_only_assignment_is_judged(self, place: Place) -> None:
        (ana,) = scope.search_people(place.session, "ana.ruiz", Work())
        preview = make_preview(place.session, Answers(people=(ana,)), _found(place), Work())
        assert not preview.checked
        assert len(preview.included) == 1

    def test_cancel_is_heard(self, place: Place) -> None:
        work = Work()
        work.cancel()
        with pytest.raises(Cancelled):
            make_preview(place.session, Answers(everyone=True), _found(place), work)


def test_a_journal_folder_is_not_made_by_looking(tmp_path: Path) -> None:
    with open_world("healthy", tmp_path / "journals") as place:
        scope.search_people(place.session, "ana", Work())
    assert not (tmp_path / "journals").exists()
