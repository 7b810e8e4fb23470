"""What the pages tell of app profiles and tokens: the hand-over to the portal, own profiles, and a token's end."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QLabel, QWizard
from pytestqt.qtbot import QtBot

from scim_assistant.plan.journal import Journals
from scim_assistant.signin.clouds import CLOUDS
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.services import Services
from scim_assistant.steps.start import hand_over
from scim_assistant.steps.step import StepKey
from scim_assistant.ui.jobs import Jobs
from scim_assistant.ui.pages import start_panels
from scim_assistant.ui.shell import DEFAULT_SIZE, SMALLEST_SIZE, Shell
from tests.gallery import sample
from tests.gallery.looks import clipped, settle, unnamed
from tests.gallery.profile_states import BROKEN, MAKERS, ProfilePicture, broken_profiles, made_token
from tests.gallery.states import Stage
from tests.steps import made
from tests.ui.conftest import ShellMaker

Button = QWizard.WizardButton


class Opened:
    """What was handed to the desktop to open."""

    def __init__(self) -> None:
        self.urls: list[QUrl] = []

    def openUrl(self, url: QUrl) -> bool:
        self.urls.append(url)
        return True


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    """Nothing is opened; what would be is remembered."""
    seen = Opened()
    monkeypatch.setattr(QDesktopServices, "openUrl", seen.openUrl)
    return seen


class TestHandOver:
    """An app that the portal's consent window connects says so at the start, and leads there."""

    def test_the_page_says_it_and_leads_to_the_portal_and_the_tutorial(
        self, at: Callable[..., Shell], opened: Opened
    ) -> None:
        found = sample.begun(scenarios=())
        shell = at(StepKey.START, Answers(profile_id="zoom"), found, practice=False)
        page: Any = shell.page_here
        assert page.hand_over.isVisible()
        assert "Enterprise apps > Zoom > Provisioning" in page.hand_over.accessibleName()
        assert not shell.button(Button.NextButton).isEnabled()
        page.hand_over.portal.click()
        page.hand_over.tutorial.click()
        to_portal, to_tutorial = (url.toString() for url in opened.urls)
        assert to_portal.startswith("https://portal.azure.com/#view/Microsoft_AAD_IAM/")
        assert to_tutorial.startswith("https://learn.microsoft.com/")
        assert to_tutorial.endswith("/zoom-provisioning-tutorial")
        # It is no mistake of the person's, so nothing stands in red below the field.
        assert page.profile_field.problem == ""

    def test_watching_it_here_is_one_press_away(self, at: Callable[..., Shell]) -> None:
        shell = at(StepKey.START, Answers(profile_id="zoom"), sample.begun())
        page: Any = shell.page_here
        page.hand_over.watch.click()
        assert shell.answers.read_only
        assert page.hand_over.isHidden()
        assert shell.button(Button.NextButton).isEnabled()
        assert page.aims.button("look").hasFocus()
        page.aims.button("set-up").click()
        assert page.hand_over.isVisible()

    def test_another_app_takes_it_away_and_back(self, at: Callable[..., Shell]) -> None:
        shell = at(StepKey.START, Answers(), sample.begun())
        page: Any = shell.page_here
        assert page.hand_over is None
        for app, there in (("slack", True), ("screensteps", False), ("dropbox-business", True)):
            page.profile.setCurrentIndex(page.profile.findData(app))
            page.profile.activated.emit(page.profile.currentIndex())
            assert (page.hand_over is not None and page.hand_over.isVisible()) == there, app
        assert "Dropbox for Business" in page.hand_over.title.text()

    def test_a_practice_session_leads_into_no_real_portal(self, at: Callable[..., Shell]) -> None:
        page: Any = at(StepKey.START, Answers(profile_id="zoom"), sample.begun()).page_here
        assert page.hand_over.portal.isHidden()
        assert page.hand_over.tutorial.isVisible()

    @pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)
    def test_the_portal_is_that_of_the_cloud(self, cloud: Any) -> None:
        offer = sample.offer()
        found = sample.begun(offer=replace(offer, client=replace(offer.client, cloud=cloud)))
        told = hand_over(Answers(profile_id="zoom"), found, is_practice=False)
        assert told is not None
        assert told.portal.startswith(f"{cloud.portal}/#view/")
        session = replace(made.session(practice=False), portal=cloud.portal)
        told = hand_over(Answers(profile_id="zoom"), replace(found, session=session), is_practice=False)
        assert told is not None
        assert told.portal.startswith(f"{cloud.portal}/#@{session.tenant_id}/view/")

    def test_an_app_that_can_be_set_up_here_is_handed_over_to_nobody(self) -> None:
        found = sample.begun()
        for profile in found.profiles:
            told = hand_over(Answers(profile_id=profile.id), found, is_practice=False)
            assert (told is not None) == (profile.auth == "portal"), profile.id


class TestOwnProfiles:
    """A person's own profiles are among the apps, and mistakes in them stop nothing."""

    def test_they_are_marked_in_the_list(self, at: Callable[..., Shell]) -> None:
        found = sample.begun()
        mine = replace(found.profiles[0], id="shelfwork", display_name="Shelfwork", yours=True)
        page: Any = at(StepKey.START, Answers(), replace(found, profiles=(*found.profiles, mine))).page_here
        names = [page.profile.itemText(row) for row in range(page.profile.count())]
        assert "Shelfwork (yours)" in names
        assert "ScreenSteps" in names

    def test_mistakes_are_said_with_file_and_line_and_the_set_up_goes_on(
        self, at: Callable[..., Shell], opened: Opened
    ) -> None:
        shell = at(StepKey.START, Answers(), sample.begun(broken_profiles=broken_profiles()))
        page: Any = shell.page_here
        panel: start_panels.BrokenProfilesPanel = page.broken_profiles
        assert panel.isVisible()
        assert panel.title.text().startswith("2 files")
        assert re.match(r"shelfwork\.toml, line 2: ", panel.first.text())
        panel.copy_button.click()
        copied = QGuiApplication.clipboard().text().splitlines()
        assert len(copied) > 3
        assert all(re.match(r"(shelfwork|stagehand)\.toml", line) for line in copied)
        panel.folder.click()
        assert [url.isLocalFile() for url in opened.urls] == [True]
        assert shell.button(Button.NextButton).isEnabled()

    def test_corrected_files_are_read_again_at_a_press(
        self, qtbot: QtBot, make_shell: ShellMaker, tmp_path: Path
    ) -> None:
        folder = tmp_path / "profiles"
        folder.mkdir()
        (folder / "shelfwork.toml").write_text(BROKEN, encoding="utf-8")
        services = Services(
            open_session=None,  # type: ignore[arg-type]
            journals=Journals(tmp_path / "journals"),
            secrets=None,  # type: ignore[arg-type]
            own_profiles=folder,
        )
        shell = make_shell(services)
        page: Any = shell.page_here
        qtbot.waitUntil(lambda: page.broken_profiles is not None and page.broken_profiles.isVisible())
        assert page.profile.findData("shelfwork") == -1
        # What can only be tested is no app to set up.
        assert page.profile.findData("any") == -1
        good = (
            BROKEN.replace('"token"', '"bearer"').replace('"yes"', "true").replace("regexp", "regex")
            + "[where_url]\nsentence = 'There.'\n"
            + "[where_token]\nsentence = 'There.'\n"
        )
        text = 'scope_recommended = "assigned"\n' + good
        (folder / "shelfwork.toml").write_text(text, encoding="utf-8")
        page.broken_profiles.again.click()
        qtbot.waitUntil(lambda: page.profile.findData("shelfwork") >= 0)
        assert page.broken_profiles.isHidden()
        assert page.profile.itemText(page.profile.findData("shelfwork")) == "Shelfwork (yours)"


class TestTokens:
    """What is read of a token stands beside its field."""

    def test_a_token_near_its_end_is_said_and_its_claims_can_be_opened(
        self, at: Callable[..., Shell]
    ) -> None:
        token = made_token(9.5)
        shell = at(StepKey.CONNECT, sample.answered(secret=token), sample.registered())
        page: Any = shell.page_here
        assert "in 9 days" in page.secret_field.problem
        assert page.strength.text().startswith("Token: JWT, expires")
        assert page.token_details.isVisible()
        page.token_details.open()
        text = page.token_details.findChild(start_panels.CodeBlock).view.toPlainText()
        assert "Issuer: https://id.shelfwork.example.com" in text
        assert "signature was not checked" in text
        assert token.reveal() not in text
        assert shell.button(Button.NextButton).isEnabled()

    def test_a_token_that_says_nothing_has_no_details(self, at: Callable[..., Shell]) -> None:
        page: Any = at(StepKey.CONNECT, sample.answered(), sample.registered()).page_here
        assert page.token_details.isHidden()
        page.secret.line.setText(made_token(200).reveal())
        page.secret.edited.emit()
        assert page.token_details.isVisible()
        page.secret.line.setText("")
        page.secret.edited.emit()
        assert page.token_details.isHidden()
        assert page.strength.text() == ""


def test_what_a_vendor_does_with_a_throw_away_person_is_said_before_one_is_made(
    at: Callable[..., Shell],
) -> None:
    for app, said in (("atlassian-cloud", "verified there"), ("screensteps", "")):
        answers = sample.answered(profile_id=app, tenant_url="http://127.0.0.1:40123/api/scim/v2")
        page: Any = at(StepKey.TEST_CONNECTION, answers, sample.tested()).page_here
        assert page.deep_button.isEnabled()
        assert said in page.deep_why.text()
        assert page.deep_why.isHidden() == (not said)


def test_where_the_token_is_entered_every_form_of_the_address_and_whose_token_it_is_are_told(
    at: Callable[..., Shell],
) -> None:
    answers = sample.answered(profile_id="github-enterprise-managed-users", tenant_url="")
    page: Any = at(StepKey.CONNECT, answers, sample.registered()).page_here
    assert "enterprises/{enterprise} or https://api.{subdomain}.ghe.com" in page.url_field.below.text()
    told = [label.text() for label in page.vendor.findChildren(QLabel)]
    assert "The token belongs to the setup user." in told


@pytest.mark.parametrize("picture", list(ProfilePicture), ids=lambda picture: picture.file)
def test_nothing_is_cut_off_and_all_has_a_name(qtbot: QtBot, jobs: Jobs, picture: ProfilePicture) -> None:
    window = MAKERS[picture](Stage(jobs))
    qtbot.addWidget(window, before_close_func=lambda one: setattr(one, "_leaving", True))
    for size in (DEFAULT_SIZE, SMALLEST_SIZE):
        window.resize(*size)
        settle()
        assert clipped(window) == []
        assert unnamed(window) == []


def test_every_picture_can_be_made() -> None:
    assert set(MAKERS) == set(ProfilePicture)
