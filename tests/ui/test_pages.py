"""The ten pages: they give back what they show, say problems where they belong, and start what their buttons promise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QTableWidget, QWizard
from pytestqt.qtbot import QtBot

from scim_assistant.check import Outcome
from scim_assistant.plan.wanted import Mode
from scim_assistant.secret import Secret
from scim_assistant.steps.answers import Answers, AppChoice
from scim_assistant.steps.step import StepKey
from scim_assistant.ui.jobs import Jobs
from scim_assistant.ui.pages import page_class
from scim_assistant.ui.pages.prove import candidates
from scim_assistant.ui.pages.register import first_matches
from scim_assistant.ui.shell import Shell
from scim_assistant.ui.undo_dialog import UndoDialog
from scim_assistant.ui.widgets.rail import RailState
from tests.gallery import sample
from tests.gallery.looks import settle
from tests.gallery.profile_states import made_token
from tests.gallery.states import MAKERS, Picture, Stage
from tests.steps.worlds import Place, open_world
from tests.ui.conftest import ShellMaker

Button = QWizard.WizardButton


@pytest.mark.parametrize("key", list(StepKey), ids=lambda key: key.value)
@pytest.mark.parametrize(
    "answers",
    [
        sample.answered(),
        sample.answered(
            mode=Mode.MANUAL,
            everyone=True,
            delete_guard=False,
            keep_secret=True,
            test_overridden=True,
            tenant_url='  "not cleaned/" ',
            secret=Secret("Bearer x y"),
            notify_email=" name <a@example.com>",
        ),
    ],
    ids=["plain", "unusual"],
)
def test_a_page_gives_back_the_answers_that_it_shows(
    at: Callable[..., Shell], key: StepKey, answers: Answers
) -> None:
    shell = at(key, answers, sample.planned())
    before = shell.answers
    assert shell.page_here.answers(before) == before


def test_every_page_has_help() -> None:
    for key in StepKey:
        assert page_class(key).help_lines, key


def test_an_unfinished_set_up_is_offered_with_what_it_needs(qtbot: QtBot, at: Callable[..., Shell]) -> None:
    one = sample.unfinished()
    shell = at(StepKey.START, Answers(profile_id="generic"), sample.begun(unfinished=(one,)))
    page: Any = shell.page_here
    button = page.setups.button(one.setup_id)
    assert "2 of 6 changes done, last 2 hours ago" in button.accessibleDescription()
    assert "Secret Token has to be entered again" in button.accessibleDescription()
    button.click()
    assert shell.answers.resume == one.setup_id
    assert shell.answers.profile_id == "screensteps"
    page.setups.button("new").click()
    assert shell.answers.resume == ""


def test_the_first_page_offers_a_real_tenant_and_the_practice_tenant_begins_anew(
    qtbot: QtBot, at: Callable[..., Shell]
) -> None:
    shell = at(StepKey.START, Answers(), sample.begun(scenarios=()), practice=False)
    page: Any = shell.page_here
    assert page.tenants.value() == "real"
    page.tenants.button("practice").click()
    with qtbot.waitSignal(shell.practise_wanted):
        shell.button(Button.NextButton).click()
    assert shell.here is StepKey.START
    page.tenants.button("real").click()
    shell.button(Button.NextButton).click()
    assert shell.here is StepKey.SIGN_IN


def test_a_practice_session_signs_in_to_no_real_tenant(at: Callable[..., Shell]) -> None:
    page: Any = at(StepKey.START, Answers(), sample.begun()).page_here
    real = page.tenants.button("real")
    assert not real.isEnabled()
    assert "without --practice" in real.accessibleDescription()


def test_look_only_is_an_answer_and_hides_what_would_write(qtbot: QtBot, at: Callable[..., Shell]) -> None:
    one = sample.unfinished()
    shell = at(StepKey.START, Answers(), sample.begun(unfinished=(one,)))
    page: Any = shell.page_here
    assert page.setup_section.isVisible()
    assert "no right to change" in page.aims.button("look").accessibleDescription()
    page.aims.button("look").click()
    assert shell.answers.read_only
    assert not page.setup_section.isVisible()
    page.aims.button("set-up").click()
    assert not shell.answers.read_only
    assert page.setup_section.isVisible()


def test_missing_consent_stops_the_sign_in_page_and_marks_the_rail(qtbot: QtBot, jobs: Jobs) -> None:
    shell: Any = MAKERS[Picture.SIGN_IN_CONSENT_MISSING](Stage(jobs))
    qtbot.addWidget(shell, before_close_func=lambda one: setattr(one, "_leaving", True))
    assert not shell.button(Button.NextButton).isEnabled()
    assert "Synchronization.ReadWrite.All" in shell.page_here.foot.text.text()


def test_only_what_takes_provisioning_can_be_chosen_and_the_choice_always_shows() -> None:
    able = sample.GALLERY[0]
    assert first_matches(sample.GALLERY, "") == (able,)
    assert sample.GALLERY[1] in first_matches(sample.GALLERY, sample.GALLERY[1].id)


def test_an_app_of_the_tenant_can_be_taken_instead(qtbot: QtBot, at: Callable[..., Shell]) -> None:
    there = sample.app().service_principal
    found = sample.searched(instances=(there,))
    shell = at(StepKey.REGISTER, Answers(), found)
    page: Any = shell.page_here
    assert page.create_button.isVisible()
    page.apps.button(there.id).click()
    assert shell.answers.app_choice is AppChoice.REUSE
    assert shell.answers.service_principal_id == there.id
    shell.change()
    assert not page.create_button.isVisible()
    page.apps.button("new").click()
    assert shell.answers.app_choice is AppChoice.NEW
    assert shell.answers.service_principal_id == ""


def test_a_name_that_cannot_be_used_stops_creating(qtbot: QtBot, at: Callable[..., Shell]) -> None:
    shell = at(StepKey.REGISTER, Answers(), sample.searched())
    page: Any = shell.page_here
    assert page.create_button.isEnabled()
    page.name.selectAll()
    qtbot.keyClick(page.name, Qt.Key.Key_Delete)
    assert page.name_field.problem == "Enter a name for the app."
    assert not page.create_button.isEnabled()


def test_what_is_pasted_is_kept_as_typed_and_cleaning_is_said(qtbot: QtBot, at: Callable[..., Shell]) -> None:
    shell = at(StepKey.CONNECT, sample.answered(tenant_url="", secret=Secret()), sample.registered())
    page: Any = shell.page_here
    assert page.url_field.problem == "", "an empty field is no mistake yet"
    assert not shell.button(Button.NextButton).isEnabled()
    qtbot.keyClicks(page.url, f"{sample.ADDRESS}/Users/ ")
    qtbot.keyClicks(page.secret.line, "Bearer tok-1234567890")
    assert shell.answers.tenant_url == f"{sample.ADDRESS}/Users/ "
    assert shell.answers.secret == Secret("Bearer tok-1234567890")
    assert "left out" in page.url_field.problem
    assert "Bearer was left out" in page.secret_field.problem
    assert page.strength.text() == "Token: Opaque, 14 characters"
    assert shell.button(Button.NextButton).isEnabled()


def test_advice_on_a_token_that_has_ended_warns_and_other_advice_informs(
    at: Callable[..., Any],
) -> None:
    shell = at(StepKey.CONNECT, sample.answered(secret=made_token(-3.5)), sample.registered())
    page: Any = shell.page_here
    field = page.secret_field
    assert field.problem.startswith("This token ended on")
    assert field.shape == "warn"
    shell = at(StepKey.CONNECT, sample.answered(secret=made_token(9.5)), sample.registered())
    page = shell.page_here
    field = page.secret_field
    assert field.problem.startswith("This token ends on")
    assert field.shape == "info"


def test_an_address_that_was_proposed_is_selected_so_that_pasting_replaces_it(
    qtbot: QtBot, at: Callable[..., Shell]
) -> None:
    shell = at(StepKey.CONNECT, sample.answered(secret=Secret()), sample.registered())
    page: Any = shell.page_here
    qtbot.waitUntil(lambda: shell.focusWidget() is page.secret.line)
    qtbot.mouseClick(page.url, Qt.MouseButton.LeftButton)
    assert page.url.selectedText() == sample.ADDRESS
    qtbot.keyClicks(page.url, "https://example.com/scim")
    assert page.url.text() == "https://example.com/scim"
    page.secret.line.setFocus()
    qtbot.mouseClick(page.url, Qt.MouseButton.LeftButton)
    assert not page.url.hasSelectedText(), "what was typed is edited, not replaced"


def test_keeping_the_token_says_what_it_waits_for(qtbot: QtBot, at: Callable[..., Shell]) -> None:
    shell = at(StepKey.CONNECT, sample.answered(secret=Secret()), sample.registered())
    page: Any = shell.page_here
    assert not page.keep.isEnabled()
    assert page.keep_note.text() == "Possible once a token is entered above."
    qtbot.keyClicks(page.secret.line, "tok-1234567890")
    assert page.keep.isEnabled()
    assert "later check" in page.keep_note.text()
    assert page.keep.accessibleDescription() == page.keep_note.text()


def look_only(found: Any) -> Any:
    return replace(found, session=sample.real_session(read_only=True), setup_id="", applied=None)


def test_who_only_looks_chooses_among_the_apps_that_are_there(qtbot: QtBot, at: Callable[..., Shell]) -> None:
    there = sample.app().service_principal
    found = look_only(sample.searched(instances=(there,)))
    answers = Answers(read_only=True, app_choice=AppChoice.REUSE)
    shell = at(StepKey.REGISTER, answers, found, practice=False)
    page: Any = shell.page_here
    assert page.apps.button(there.id).accessibleName() == "Look at ScreenSteps"
    assert not page.name_field.isVisible()
    assert not page.create_button.isVisible()
    page.apps.button(there.id).click()
    assert shell.answers.service_principal_id == there.id
    assert shell.answers.app_choice is AppChoice.REUSE


def test_who_only_looks_reads_of_no_missing_app_before_the_tenant_was_searched(
    at: Callable[..., Shell],
) -> None:
    answers = Answers(read_only=True, app_choice=AppChoice.REUSE)
    there = look_only(sample.signed_in(templates=sample.GALLERY))
    page: Any = at(StepKey.REGISTER, answers, there, practice=False).page_here
    assert page.apps_field.problem == ""
    assert page.apps_field.below.text() == "Looking for it in the tenant."
    assert not page.apps.isVisible()
    page = at(StepKey.REGISTER, answers, look_only(sample.searched()), practice=False).page_here
    assert "no app of ScreenSteps" in page.apps_field.problem


def test_where_the_checks_hold_the_set_up_up_one_starts_at_what_helps(at: Callable[..., Shell]) -> None:
    found = sample.signed_in(readiness=sample.judged("missing-consent"))
    shell = at(StepKey.SIGN_IN, Answers(), found)
    page: Any = shell.page_here
    assert not shell.button(Button.NextButton).isEnabled()
    assert page.first_focus() is page.checks.row("scopes").fix
    shell = at(StepKey.SIGN_IN, Answers(), sample.signed_in(readiness=sample.judged("missing-role")))
    assert shell.page_here.first_focus() is None, "a role is a hint, and Next is the way on"


def test_the_end_of_a_session_for_looking_is_the_monitor_and_no_undo(at: Callable[..., Shell]) -> None:
    found = look_only(sample.planned())
    shell = at(StepKey.DONE, sample.answered(read_only=True), found, practice=False)
    assert shell.button(Button.FinishButton).text() == "Watch"
    assert not shell.button(Button.CustomButton1).isVisible()
    page: Any = shell.page_here
    assert page.state.what.text() == "ScreenSteps can be watched."


def test_a_guest_is_told_where_the_account_is_at_home(at: Callable[..., Shell]) -> None:
    page: Any = at(
        StepKey.SIGN_IN, Answers(), sample.really_signed_in(sample.GUEST), practice=False
    ).page_here
    assert page.card.guest.isVisible()
    assert sample.GUEST.home_tenant_id in page.card.guest.text()
    page = at(StepKey.SIGN_IN, Answers(), sample.really_signed_in(), practice=False).page_here
    assert not page.card.guest.isVisible()


def test_a_cloud_says_what_does_not_work_there_before_anybody_signs_in(at: Callable[..., Shell]) -> None:
    found = replace(sample.offered(), offer=sample.offer(cloud="china"))
    page: Any = at(StepKey.SIGN_IN, Answers(), found, practice=False).page_here
    assert page.offer.caveats.isVisible()
    assert "Microsoft's pages disagree" in page.offer.caveats.text()


def test_a_token_in_the_address_field_is_one_sentence_below_it(qtbot: QtBot, jobs: Jobs) -> None:
    shell: Any = MAKERS[Picture.CONNECT_SWAPPED](Stage(jobs))
    qtbot.addWidget(shell, before_close_func=lambda one: setattr(one, "_leaving", True))
    page = shell.page_here
    assert page.url_field.problem
    assert "belongs under Tenant URL" in page.secret_field.problem
    assert not shell.button(Button.NextButton).isEnabled()


def test_the_pretend_vendors_values_are_copied_and_the_token_stays_masked(
    qtbot: QtBot, at: Callable[..., Shell]
) -> None:
    shell = at(StepKey.CONNECT, sample.answered(), sample.registered())
    page: Any = shell.page_here
    page.show_hint((sample.ADDRESS, Secret("practice-token")))
    settle()
    address, token = page.practice.copy_buttons
    qtbot.mouseClick(address, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == sample.ADDRESS
    qtbot.mouseClick(token, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "practice-token"
    QGuiApplication.clipboard().clear()


def test_the_mappings_say_what_leaving_means(at: Callable[..., Shell]) -> None:
    changed = sample.tested(app=sample.app(schema=sample.changed_schema()))
    page: Any = at(StepKey.MAPPINGS, sample.answered(), changed).page_here
    assert "is deleted at ScreenSteps" in page.leaving.what.text()
    assert "department EQUALS Support" in page.people.scope.text()
    table: QTableWidget = page.people.table
    cells = [table.item(row, 3).text() for row in range(table.rowCount())]
    assert any(text.startswith("changed, was") for text in cells)
    assert "taken out" in cells
    kept: Any = at(StepKey.MAPPINGS, sample.answered(), sample.tested()).page_here
    assert "is disabled at ScreenSteps" in kept.leaving.what.text()


def test_the_preview_counts_who_arrives_and_says_why_others_do_not(at: Callable[..., Shell]) -> None:
    page: Any = at(StepKey.SCOPE, sample.answered(), sample.tested(preview=sample.PREVIEW)).page_here
    assert page.preview.counts.text() == "5 people and 1 group would arrive; 2 people would be missed."
    missed = page.preview.missed._content
    said = [missed.item(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(missed.count())]
    assert said[0].startswith("Flo Reed, No e-mail address in Entra ID")
    assert "disabled" in said[1]


def test_people_and_groups_that_are_chosen_become_answers(qtbot: QtBot, at: Callable[..., Shell]) -> None:
    shell = at(StepKey.SCOPE, sample.answered(people=(), groups=()), sample.tested())
    page: Any = shell.page_here
    assert page.people_field.problem
    page.picker.set_results((*sample.GROUPS, *sample.PEOPLE))
    for row in (0, 2):
        page.picker.results.setCurrentRow(row)
        qtbot.keyClick(page.picker.results, Qt.Key.Key_Return)
    assert shell.answers.groups == sample.GROUPS[:1]
    assert shell.answers.people == sample.PEOPLE[:1]


def test_the_review_offers_apply_and_marks_what_is_done_and_what_failed(qtbot: QtBot, jobs: Jobs) -> None:
    shell: Any = MAKERS[Picture.REVIEW_FAILED](Stage(jobs))
    qtbot.addWidget(shell, before_close_func=lambda one: setattr(one, "_leaving", True))
    apply = shell.button(Button.CommitButton)
    assert apply.isVisible()
    assert apply.isEnabled(), "Apply goes on where it stopped"
    page = shell.page_here
    assert page.count.text() == "2 of 5 changes done"
    assert page.banner.what.text() == "Ana Ruiz was not assigned."
    assert shell.rail.item(StepKey.REVIEW).state is RailState.ATTENTION


def test_it_is_proved_on_somebody_who_is_in_scope() -> None:
    answers, found = sample.answered(people=(*sample.PEOPLE[:1], sample.PEOPLE[5])), sample.planned()
    names = [one.name for one in candidates(answers, found)]
    assert names == ["Ana Ruiz", "Ben Okafor", "Chen Wei", "Dana Levy", "Eli Fox"]


def test_a_pilot_is_found_by_typing_part_of_a_name(qtbot: QtBot, at: Callable[..., Shell]) -> None:
    shell = at(StepKey.PROVE, sample.answered(pilot=None), sample.planned())
    page: Any = shell.page_here
    line = page.people.lineEdit()
    line.selectAll()
    qtbot.keyClicks(line, "dana")
    page.people.completer().popup().hide()
    line.editingFinished.emit()
    assert shell.answers.pilot is not None
    assert shell.answers.pilot.name == "Dana Levy"


def test_the_last_page_says_what_happens_by_itself(at: Callable[..., Shell]) -> None:
    page: Any = at(StepKey.DONE, sample.answered(), replace(sample.planned(), started=True)).page_here
    assert page.state.what.text() == "ScreenSteps is set up, and provisioning runs."
    assert any("every 40 minutes" in text for text in page._shown)


@pytest.fixture
def place(tmp_path: Path) -> Any:
    with open_world("healthy", tmp_path) as opened:
        yield opened


def press(qtbot: QtBot, shell: Shell, which: Button) -> None:
    before = shell.here
    qtbot.waitUntil(lambda: shell.button(which).isEnabled() and not shell._must_wait(), timeout=20_000)
    qtbot.mouseClick(shell.button(which), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shell.here is not before, timeout=20_000)


def test_undo_shows_what_it_means_takes_the_app_away_and_leads_back(
    qtbot: QtBot, make_shell: ShellMaker, place: Place
) -> None:
    shell = make_shell(place.services)
    press(qtbot, shell, Button.NextButton)
    press(qtbot, shell, Button.NextButton)
    page: Any = shell.page_here
    qtbot.waitUntil(lambda: page.create_button.isVisible() and not shell.busy, timeout=20_000)
    qtbot.mouseClick(page.create_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shell.found.app is not None and not shell.busy, timeout=20_000)
    app = shell.found.app
    assert app is not None
    press(qtbot, shell, Button.NextButton)
    page = shell.page_here
    qtbot.keyClicks(page.url, place.hint[0])
    qtbot.keyClicks(page.secret.line, place.hint[1].reveal())
    press(qtbot, shell, Button.NextButton)
    qtbot.waitUntil(lambda: shell.found.verdict is not None, timeout=20_000)
    press(qtbot, shell, Button.NextButton)
    press(qtbot, shell, Button.NextButton)
    page = shell.page_here
    qtbot.keyClicks(page.picker.search, "ana r")
    qtbot.waitUntil(lambda: page.picker.results.count() > 0, timeout=20_000)
    page.picker.results.setCurrentRow(0)
    qtbot.keyClick(page.picker.results, Qt.Key.Key_Return)
    press(qtbot, shell, Button.NextButton)
    qtbot.waitUntil(lambda: shell.found.plan is not None and not shell.busy, timeout=20_000)
    press(qtbot, shell, Button.CommitButton)
    assert shell.here is StepKey.PROVE
    assert shell.found.applied is not None

    qtbot.mouseClick(shell.button(Button.CustomButton1), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(shell.findChildren(UndoDialog)), timeout=20_000)
    dialog = shell.findChildren(UndoDialog)[0]
    assert dialog.keep.hasFocus() or not dialog.isActiveWindow()
    qtbot.mouseClick(dialog.undo, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shell.here is StepKey.REGISTER, timeout=20_000)
    qtbot.waitUntil(lambda: not shell.busy, timeout=20_000)
    assert shell.page_here.banner.what.text() == "The set-up was undone."
    assert shell.answers.service_principal_id == ""
    assert place.services.journals.unfinished() == ()
    assert app.service_principal.id not in [one.id for one in shell.found.instances]
    assert all(check.outcome is not Outcome.FAIL for check in shell.found.readiness)
