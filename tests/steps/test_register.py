"""Step 3: the app is created once, on purpose, or one that exists is used."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scim_assistant.errors import KnownError, OutcomeUnknown
from scim_assistant.graph.types import ApplicationTemplate, ServicePrincipal
from scim_assistant.sentence import say
from scim_assistant.steps import register
from scim_assistant.steps.answers import Answers, AppChoice
from scim_assistant.steps.found import Found
from scim_assistant.steps.register import CUSTOM_TEMPLATE_ID, RegisterStep
from scim_assistant.work import Work
from tests.journeys.outside import graph
from tests.steps import made
from tests.steps.worlds import Place, open_world

STEP = RegisterStep()


def _blocking(answers: Answers, found: Found) -> list[tuple[str, str]]:
    return [(p.field, str(p.sentence)) for p in STEP.problems(answers, found) if p.blocks]


def _searched(found: Found, answers: Answers | None = None) -> Found:
    """As it stands when gallery and tenant were searched for what the answers name."""
    answers = answers or Answers()
    template = register.chosen_template(answers, found)
    text = register.search_text(answers, found)
    return replace(found, searched=(text,) if template is None else (text, template.id))


def _looked(place: Place, answers: Answers) -> Found:
    return STEP.lookup(place.services, answers, made.found(session=place.session), Work())


class TestProblems:
    """What stops here."""

    def test_an_app_that_is_not_in_the_gallery(self) -> None:
        assert _blocking(Answers(), made.found()) == [("", "The gallery is being searched.")]
        assert _blocking(Answers(), _searched(made.found()))[0][0] == "template_id"

    def test_an_entry_that_takes_no_provisioning(self) -> None:
        entry = replace_template(supported_provisioning_types=())
        ((field, sentence),) = _blocking(Answers(app_name="ScreenSteps"), made.found(templates=(entry,)))
        assert field == "template_id"
        assert "no automatic provisioning" in sentence

    def test_a_new_app_has_to_be_created_or_deferred(self) -> None:
        found = made.found(templates=(made.TEMPLATE,))
        assert _blocking(Answers(app_name="ScreenSteps"), found)
        assert _blocking(Answers(app_name="ScreenSteps", create_later=True), found) == []
        done = replace(found, app=made.app())
        assert _blocking(Answers(app_name="ScreenSteps", service_principal_id="app-1"), done) == []

    def test_a_new_app_needs_a_name(self) -> None:
        ((field, _),) = _blocking(
            Answers(app_name=" \n", create_later=True), made.found(templates=(made.TEMPLATE,))
        )
        assert field == "app_name"

    def test_the_same_name_twice_is_advice_only(self) -> None:
        found = made.found(templates=(made.TEMPLATE,), instances=(made.APP,))
        problems = STEP.problems(Answers(app_name="screensteps", create_later=True), found)
        assert [(p.field, p.blocks) for p in problems] == [("app_name", False)]

    def test_to_reuse_one_it_has_to_be_chosen_and_read(self) -> None:
        found = made.found(templates=(made.TEMPLATE,), instances=(made.APP,))
        answers = Answers(app_choice=AppChoice.REUSE)
        assert _blocking(answers, found)[0][0] == "service_principal_id"
        answers = replace(answers, service_principal_id="app-1")
        assert _blocking(answers, found) == [("", "The app is being read.")]
        assert _blocking(answers, replace(found, app=made.app())) == []

    def test_that_it_runs_now_is_said(self) -> None:
        found = made.found(
            templates=(made.TEMPLATE,), instances=(made.APP,), app=made.app(job=True, runs=True)
        )
        (problem,) = STEP.problems(Answers(app_choice=AppChoice.REUSE, service_principal_id="app-1"), found)
        assert "runs in this app now" in problem.sentence
        assert not problem.blocks


class TestLookingOnly:
    """Who only looks picks an app that is there and has a job."""

    ANSWERS = Answers(read_only=True)

    def test_a_tenant_without_one_says_so_once_it_was_searched(self) -> None:
        found = made.found(templates=(made.TEMPLATE,))
        assert _blocking(self.ANSWERS, found) == [("", "The tenant is being searched.")]
        ((field, sentence),) = _blocking(self.ANSWERS, _searched(found))
        assert field == "service_principal_id"
        assert "no app of ScreenSteps" in sentence
        assert "another name" in sentence

    def test_the_only_one_is_taken_and_of_several_the_person_chooses(self) -> None:
        other = ServicePrincipal(id="app-2", display_name="ScreenSteps test")
        one = _searched(made.found(templates=(made.TEMPLATE,), instances=(made.APP,)))
        assert STEP.suggest(self.ANSWERS, one).service_principal_id == "app-1"
        two = replace(one, instances=(made.APP, other))
        assert STEP.suggest(self.ANSWERS, two).service_principal_id == ""
        assert _blocking(self.ANSWERS, two) == [("service_principal_id", "Choose the app to look at.")]

    def test_no_name_is_proposed_since_nothing_is_created(self) -> None:
        found = made.found(templates=(made.TEMPLATE,))
        assert STEP.suggest(self.ANSWERS, found).app_name == ""

    def test_without_a_job_there_is_nothing_to_watch(self) -> None:
        answers = replace(self.ANSWERS, service_principal_id="app-1")
        found = _searched(made.found(templates=(made.TEMPLATE,), instances=(made.APP,)))
        assert _blocking(answers, found) == [("", "The app is being read.")]
        ((_, sentence),) = _blocking(answers, replace(found, app=made.app()))
        assert "ScreenSteps has no provisioning job" in sentence
        assert _blocking(answers, replace(found, app=made.app(job=True))) == []


def replace_template(**more: object) -> ApplicationTemplate:
    """The gallery entry with other values."""
    import msgspec

    return msgspec.structs.replace(made.TEMPLATE, **more)


class TestLookup:
    """What is found in the gallery and in the tenant."""

    def test_the_entry_of_the_profiles_name_is_taken_and_the_new_app_named_after_it(
        self, tmp_path: Path
    ) -> None:
        with open_world("healthy", tmp_path) as place:
            found = _looked(place, Answers())
        template = register.chosen_template(Answers(), found)
        assert template is not None
        assert template.display_name == "ScreenSteps"
        assert template.can_provision
        assert STEP.suggest(Answers(), found).app_name == "ScreenSteps"

    def test_another_search_shows_other_entries_the_same_name_first(self, tmp_path: Path) -> None:
        with open_world("healthy", tmp_path) as place:
            found = _looked(place, Answers(gallery_search="screen"))
        names = [template.display_name or "" for template in found.templates]
        assert "ScreenSteps" in names
        assert all("screen" in name.casefold() for name in names)
        provisionable = [template.can_provision for template in found.templates]
        assert provisionable == sorted(provisionable, reverse=True)

    def test_apps_that_exist_are_offered_and_the_chosen_one_is_read(self, tmp_path: Path) -> None:
        with open_world("quarantine", tmp_path) as place:
            found = _looked(place, Answers(app_choice=AppChoice.REUSE))
            (app,) = found.instances
            assert found.app is None
            answers = Answers(app_choice=AppChoice.REUSE, service_principal_id=app.id)
            found = STEP.lookup(place.services, answers, found, Work())
        assert found.app is not None
        assert found.app.job is not None
        assert any("has paused provisioning" in p.sentence for p in STEP.problems(answers, found))

    def test_nothing_is_said_to_be_missing_while_it_is_searched_for(self, tmp_path: Path) -> None:
        answers = Answers(read_only=True)
        told: list[Found] = []
        with open_world("healthy", tmp_path) as place:
            before = made.found(session=place.session)
            found = STEP.lookup(place.services, answers, before, Work(), told.append)
            other = STEP.lookup(place.services, Answers(gallery_search="screen"), found, Work(), told.append)
        assert _blocking(answers, before) == [("", "The gallery is being searched.")]
        assert _blocking(answers, told[0]) == [("", "The tenant is being searched.")]
        assert "no app of ScreenSteps" in _blocking(answers, found)[0][1]
        assert other.searched[0] == "screen"
        assert _blocking(answers, other) != _blocking(answers, found)  # it was searched for something else

    def test_the_custom_profile_takes_the_gallerys_custom_app(self) -> None:
        answers = Answers(profile_id="generic")
        found = replace(
            made.found(), templates=(ApplicationTemplate(id=CUSTOM_TEMPLATE_ID, display_name="Custom app"),)
        )
        template = register.chosen_template(answers, found)
        assert template is not None
        assert template.id == CUSTOM_TEMPLATE_ID


class TestCreate:
    """The one-change plan."""

    def _ready(self, place: Place) -> tuple[Answers, Found]:
        answers = Answers(app_name="ScreenSteps")
        return answers, _looked(place, answers)

    def test_it_is_one_change_in_a_sentence(self, tmp_path: Path) -> None:
        with open_world("healthy", tmp_path) as place:
            plan = register.app_plan(*self._ready(place))
        assert [change.sentence for change in plan.changes] == [
            "Register ScreenSteps from Microsoft's gallery"
        ]
        assert plan.changes[0].undo

    def test_it_makes_one_app_and_reads_it_with_its_mappings(self, tmp_path: Path) -> None:
        with open_world("healthy", tmp_path) as place:
            answers, found = register.create_app(place.services, *self._ready(place), Work())
            apps = graph(place.line, "/servicePrincipals?$filter=displayName eq 'ScreenSteps'")["value"]
        assert [app["id"] for app in apps] == [answers.service_principal_id]
        assert found.trouble is None
        assert found.setup_id
        assert found.app is not None
        assert found.app.schema is not None
        assert found.app.created_at is not None
        assert _blocking(answers, found) == []

    def test_after_a_lost_answer_a_second_try_makes_no_second_app(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with open_world("healthy", tmp_path) as place:
            answers, found = self._ready(place)
            send = place.session.graph.send

            def lose(request: object, work: Work) -> object:
                answer = send(request, work)  # type: ignore[arg-type]
                if request.method == "POST":  # type: ignore[attr-defined]
                    raise OutcomeUnknown(say("No answer."), say("Lost."), say("Look."))
                return answer

            monkeypatch.setattr(place.session.graph, "send", lose)
            answers, found = register.create_app(place.services, answers, found, Work())
            monkeypatch.undo()
            if found.trouble is not None:
                answers, found = register.create_app(place.services, answers, found, Work())
            apps = graph(place.line, "/servicePrincipals?$filter=displayName eq 'ScreenSteps'")["value"]
        assert len(apps) == 1
        assert answers.service_principal_id == apps[0]["id"]
        assert len(list(tmp_path.rglob("*.jsonl"))) == 1

    def test_a_second_try_goes_on_with_the_journal_of_the_first(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with open_world("healthy", tmp_path) as place:
            answers, found = self._ready(place)
            send = place.session.graph.send

            def refuse(request: object, work: Work) -> object:
                if request.method == "POST":  # type: ignore[attr-defined]
                    raise KnownError(say("Not created."), say("Busy."), say("Try again."))
                return send(request, work)  # type: ignore[arg-type]

            with monkeypatch.context() as patched:
                patched.setattr(place.session.graph, "send", refuse)
                answers, found = register.create_app(place.services, answers, found, Work())
            assert found.trouble is not None
            answers, found = register.create_app(place.services, answers, found, Work())
            assert found.trouble is None
            assert [one.setup_id for one in place.services.journals.unfinished()] == [found.setup_id]

    def test_without_a_role_it_says_so_and_keeps_microsofts_words_for_the_report(
        self, tmp_path: Path
    ) -> None:
        from scim_assistant.steps.sign_in import SignInStep

        with open_world("missing-role", tmp_path) as place:
            found = SignInStep().lookup(place.services, Answers(), made.found(), Work())
            answers = Answers(app_name="ScreenSteps")
            found = STEP.lookup(place.services, answers, found, Work())
            answers, found = register.create_app(place.services, answers, found, Work())
        assert found.trouble is not None
        assert found.trouble.what == "The app was not created: no administrator role is active."
        assert "Cloud Application Administrator" in found.trouble.next_step
        assert found.trouble.details.status == 403
        assert found.trouble.details.request_id
        assert not answers.service_principal_id

    def test_where_another_right_is_missing_no_role_is_blamed(self, tmp_path: Path) -> None:
        with open_world("missing-role", tmp_path) as place:
            granted = place.session.scopes - {"Application.ReadWrite.All"}
            found = made.found(session=replace(place.session, scopes=granted))
            answers = Answers(app_name="ScreenSteps")
            found = STEP.lookup(place.services, answers, found, Work())
            answers, found = register.create_app(place.services, answers, found, Work())
        assert found.trouble is not None
        assert "role" not in found.trouble.what
        assert "Application.ReadWrite.All" in found.trouble.why

    def test_without_an_entry_there_is_nothing_to_create(self) -> None:
        with pytest.raises(KnownError):
            register.app_plan(Answers(app_name="x"), made.found())


def test_gallery_search_of_nothing_asks_nobody() -> None:
    assert register.search_gallery(made.session(), "  ", Work()) == ()


def test_instances_are_known_by_object_id() -> None:
    other = ServicePrincipal(id="app-2", display_name="ScreenSteps test")
    found = made.found(app=made.app(), instances=(made.APP, other))
    assert not register.is_read(Answers(service_principal_id="app-2"), found)
    assert register.is_read(Answers(service_principal_id="app-1"), found)
