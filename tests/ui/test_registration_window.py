"""The registration window gives everything to copy, reads what is pasted, and hands a registration over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from scim_assistant.signin.client import COMMAND_LINE_CLIENT, Client
from scim_assistant.signin.clouds import cloud_named
from scim_assistant.signin.offer import Way
from scim_assistant.signin.registration import (
    WHY,
    azure_cli,
    graph_powershell,
    permissions_to_add,
    redirects,
    registrations_page,
)
from scim_assistant.ui.jobs import Jobs
from scim_assistant.ui.registration_window import RegistrationWindow
from scim_assistant.ui.shell import DEFAULT_SIZE, SMALLEST_SIZE
from scim_assistant.ui.widgets.copy_button import CopyButton
from scim_assistant.ui.widgets.text import Text
from tests.gallery.looks import clipped, settle, unnamed
from tests.gallery.setting_states import SETTING_MAKERS, SettingPicture
from tests.gallery.states import Stage

CLIENT_ID = "1b2c3d4e-0000-4111-8222-abcdefabcdef"
TENANT_ID = "77777777-7777-4777-8777-777777777777"


class Person:
    """What was taken into use and which pages were opened."""

    def __init__(self) -> None:
        self.used: list[tuple[str, str]] = []
        self.opened: list[str] = []


@pytest.fixture
def person() -> Person:
    """Nobody has done anything yet."""
    return Person()


@pytest.fixture
def window(qtbot: QtBot, jobs: Jobs, person: Person) -> Iterator[RegistrationWindow]:
    """The window, with nothing known yet."""
    yield _opened(qtbot, Client(""), person)
    _take_away()


def _opened(qtbot: QtBot, client: Client, person: Person, ways: tuple[Way, ...] = ()) -> RegistrationWindow:
    window = RegistrationWindow(
        client,
        lambda client_id, tenant: person.used.append((client_id, tenant)),
        ways=ways,
        open_address=person.opened.append,
    )
    with qtbot.waitExposed(window):
        window.show()
    return window


def _take_away() -> None:
    for widget in QApplication.topLevelWidgets():
        widget.close()
    settle()


def _said(window: QWidget) -> str:
    return "\n".join(text.text() for text in window.findChildren(Text) if text.isVisibleTo(window))


def _copied(window: QWidget) -> list[str]:
    texts = []
    for button in window.findChildren(CopyButton):
        if button.isVisibleTo(window) and button.isEnabled():
            button.click()
            texts.append(QGuiApplication.clipboard().text())
    return texts


def test_it_says_why_in_three_sentences(window: RegistrationWindow) -> None:
    assert all(sentence in _said(window) for sentence in WHY)


def test_each_way_to_make_it_can_be_copied_whole(window: RegistrationWindow) -> None:
    assert graph_powershell() in _copied(window)
    window.tabs.setCurrentIndex(1)
    assert azure_cli() in _copied(window)
    window.tabs.setCurrentIndex(2)
    copied = _copied(window)
    assert {one.address for one in redirects(cloud_named(""))} <= set(copied)
    assert {one.name for one in permissions_to_add()} <= set(copied)
    said = _said(window)
    assert all(one.reason in said for one in permissions_to_add())
    assert "Allow public client flows" in said


def test_scripts_and_addresses_are_those_of_the_cloud(qtbot: QtBot, jobs: Jobs, person: Person) -> None:
    china = cloud_named("china")
    window = _opened(qtbot, Client("", cloud=china), person)
    assert graph_powershell(cloud=china) in _copied(window)
    window.tabs.setCurrentIndex(2)
    assert f"{china.authority}/common/oauth2/nativeclient" in _copied(window)
    _take_away()


def test_where_azure_cli_has_no_cloud_it_says_so(qtbot: QtBot, jobs: Jobs, person: Person) -> None:
    window = _opened(qtbot, Client("", cloud=cloud_named("usgov-dod")), person)
    window.tabs.setCurrentIndex(1)
    assert "use the PowerShell script" in _said(window)
    _take_away()


def test_the_portal_opens_on_the_app_registrations(
    window: RegistrationWindow, person: Person, qtbot: QtBot
) -> None:
    window.tabs.setCurrentIndex(2)
    window.portal.click()
    assert person.opened == [registrations_page(cloud_named(""))]


def test_without_a_client_id_nothing_can_be_used_and_the_field_says_what_is_missing(
    window: RegistrationWindow,
) -> None:
    assert not window.use.isEnabled()
    assert not window.open_link.isEnabled()
    assert window.link.text() == ""
    assert "Enter it" in window.client_field.below.text()
    assert window.client_field.problem == ""


def test_what_is_pasted_is_cleaned_and_handed_over_and_the_window_closes(
    window: RegistrationWindow, person: Person, qtbot: QtBot
) -> None:
    window.client_id.setFocus()
    qtbot.keyClicks(window.client_id, f"{{{CLIENT_ID.upper()}}} ")
    qtbot.keyClicks(window.tenant, "ana@example.com")
    assert "example.com" in window.tenant_field.problem
    assert window.use.isEnabled()
    with qtbot.waitSignal(window.finished):
        window.use.click()
    assert person.used == [(CLIENT_ID, "example.com")]


def test_enter_in_a_field_takes_it_into_use_too(
    window: RegistrationWindow, person: Person, qtbot: QtBot
) -> None:
    qtbot.keyClicks(window.client_id, CLIENT_ID)
    with qtbot.waitSignal(window.finished):
        qtbot.keyClick(window.client_id, Qt.Key.Key_Return)
    assert person.used == [(CLIENT_ID, "organizations")]


@pytest.mark.parametrize(
    ("client_id", "tenant", "field"),
    [("nonsense", "", "client"), (CLIENT_ID, "consumers", "tenant"), (CLIENT_ID, CLIENT_ID, "tenant")],
)
def test_what_cannot_be_used_is_said_under_its_field(
    window: RegistrationWindow, qtbot: QtBot, client_id: str, tenant: str, field: str
) -> None:
    window.client_id.setFocus()
    qtbot.keyClicks(window.client_id, client_id)
    qtbot.keyClicks(window.tenant, tenant)
    shown = window.client_field if field == "client" else window.tenant_field
    assert shown.problem
    assert not window.use.isEnabled()
    qtbot.keyClick(window.tenant, Qt.Key.Key_Return)
    assert window.isVisible()


def test_the_link_for_an_administrator_follows_the_fields(
    window: RegistrationWindow, person: Person, qtbot: QtBot
) -> None:
    qtbot.keyClicks(window.client_id, CLIENT_ID)
    assert window.link.text().startswith("https://login.microsoftonline.com/organizations/v2.0/adminconsent?")
    qtbot.keyClicks(window.tenant, TENANT_ID)
    assert f"/{TENANT_ID}/v2.0/adminconsent?client_id={CLIENT_ID}&" in window.link.text()
    window.open_link.click()
    assert person.opened == [window.link.text()]
    window.copy_link.click()
    assert QGuiApplication.clipboard().text() == window.link.text()
    qtbot.keyClicks(window.client_id, "x")
    assert window.link.text() == ""


def test_the_address_for_windows_holds_the_client_id_once_it_is_known(
    window: RegistrationWindow, qtbot: QtBot
) -> None:
    window.tabs.setCurrentIndex(2)
    assert "in place of CLIENT-ID" in _said(window)
    qtbot.keyClicks(window.client_id, CLIENT_ID)
    settle()
    assert f"ms-appx-web://Microsoft.AAD.BrokerPlugin/{CLIENT_ID}" in _copied(window)
    assert "in place of CLIENT-ID" not in _said(window)


def test_the_shared_client_is_offered_only_with_the_broker_and_with_its_caveat(
    qtbot: QtBot, jobs: Jobs, person: Person
) -> None:
    assert not hasattr(_opened(qtbot, Client(""), person, (Way.BROWSER, Way.CODE)), "use_shared")
    _take_away()
    window = _opened(qtbot, Client("", "example.com"), person, (Way.BROKER, Way.BROWSER))
    assert "neither Conditional Access nor the sign-in log" in _said(window)
    window.use_shared.click()
    assert person.used == [(COMMAND_LINE_CLIENT, "example.com")]
    _take_away()


def test_esc_closes_it_and_takes_nothing_over(
    window: RegistrationWindow, person: Person, qtbot: QtBot
) -> None:
    qtbot.keyClicks(window.client_id, CLIENT_ID)
    with qtbot.waitSignal(window.finished):
        qtbot.keyClick(window.client_id, Qt.Key.Key_Escape)
    assert person.used == []


def test_a_second_one_takes_the_place_of_the_first(qtbot: QtBot, jobs: Jobs) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.show()
    RegistrationWindow.open_for(parent, Client(""), lambda *_: None)
    second = RegistrationWindow.open_for(parent, Client(CLIENT_ID), lambda *_: None)
    settle()
    assert [one for one in parent.findChildren(RegistrationWindow) if one.isVisible()] == [second]
    assert not second.isModal()
    second.close()


def test_everything_is_within_reach_of_the_keyboard(window: RegistrationWindow, qtbot: QtBot) -> None:
    qtbot.keyClicks(window.client_id, CLIENT_ID)
    window.activateWindow()
    window.tabs.setFocus()
    seen: list[Any] = []
    for _ in range(40):
        here = QApplication.focusWidget()
        if here in seen:
            break
        seen.append(here)
        qtbot.keyClick(here, Qt.Key.Key_Tab)
    for wanted in (
        window.tabs,
        window.client_id,
        window.tenant,
        window.use,
        window.link,
        window.close_button,
    ):
        assert wanted in seen, wanted


@pytest.mark.parametrize("picture", list(SettingPicture), ids=lambda picture: picture.file)
def test_nothing_is_cut_off_and_all_has_a_name(qtbot: QtBot, jobs: Jobs, picture: SettingPicture) -> None:
    window = SETTING_MAKERS[picture](Stage(jobs))
    for size in (DEFAULT_SIZE, SMALLEST_SIZE):
        if picture is not SettingPicture.SETTINGS_FORGET:
            window.resize(*size)
        settle()
        assert clipped(window) == []
        assert unnamed(window) == []
    _take_away()


def test_every_picture_can_be_made() -> None:
    assert set(SETTING_MAKERS) == set(SettingPicture)
