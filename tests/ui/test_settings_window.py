"""Settings are kept at once; who else has set something is seen; what is stored can be forgotten."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from scim_assistant.errors import KnownError
from scim_assistant.sentence import say
from scim_assistant.settings import Settings, SettingsStore, Theme, load_settings
from scim_assistant.signin.clouds import cloud_named
from scim_assistant.signin.configuration import who_configured
from scim_assistant.steps.stored import StoredThing
from scim_assistant.ui import theme
from scim_assistant.ui.jobs import Jobs
from scim_assistant.ui.registration_window import RegistrationWindow
from scim_assistant.ui.settings_signing_in import SigningInBlock
from scim_assistant.ui.settings_window import SettingsWindow
from scim_assistant.ui.widgets.text import Text
from scim_assistant.work import Work
from tests.gallery.looks import settle

ONE = "11111111-1111-4111-8111-111111111111"
TWO = "22222222-2222-4222-8222-222222222222"


class Shelf:
    """What is stored, in memory, as slow or unwilling as a test wants it."""

    def __init__(self) -> None:
        self.things = {
            "sign-in:1": StoredThing(
                "sign-in:1",
                say("Sign-in of ana@example.com"),
                say("The system keyring"),
                say("Tokens."),
                True,
            ),
            "preferences": StoredThing(
                "preferences", say("Preferences"), say("A file"), say("No secret."), False
            ),
        }
        self.refuses: KnownError | None = None
        self.may_answer = threading.Event()
        self.may_answer.set()

    def list(self, work: Work) -> Sequence[StoredThing]:
        """List, once it may."""
        work.wait_until(self.may_answer.is_set, 0.01, 60)
        if self.refuses is not None:
            raise self.refuses
        return tuple(self.things.values())

    def forget(self, key: str, work: Work) -> None:
        """Forget one."""
        if self.refuses is not None:
            raise self.refuses
        del self.things[key]


class Rig:
    """A settings window over real files in a folder of the test."""

    def __init__(self, qtbot: QtBot, jobs: Jobs, folder: Path) -> None:
        self.qtbot = qtbot
        self.jobs = jobs
        self.folder = folder
        self.machine = folder / "machine"
        self.environ: dict[str, str] = {}
        self.store = SettingsStore(folder / "config")
        self.shelf = Shelf()
        self.told: list[Settings] = []
        self.forgotten: list[str] = []

    def set_for_everybody(self, text: str) -> None:
        """Write the organisation's file."""
        self.machine.mkdir(exist_ok=True)
        (self.machine / "signin.toml").write_text(text, encoding="utf-8")

    def open(self, *, practice: bool = False) -> SettingsWindow:
        """The window, shown, when everything has been looked up."""
        window = SettingsWindow(
            jobs=self.jobs,
            store=self.store,
            configured=None
            if practice
            else lambda settings: who_configured(settings, self.environ, self.machine),
            stored=self.shelf.list,
            forget=self.shelf.forget,
            on_saved=self.told.append,
            on_forgotten=self.forgotten.append,
        )
        with self.qtbot.waitExposed(window):
            window.show()
        window.look()
        self.rest()
        return window

    def rest(self) -> None:
        """Until no job runs any more."""
        self.qtbot.waitUntil(lambda: not self.jobs.busy, timeout=20_000)
        settle()

    @property
    def saved(self) -> Settings:
        """What the next run of the program would read."""
        self.rest()
        return load_settings(self.folder / "config").settings


@pytest.fixture
def rig(qtbot: QtBot, jobs: Jobs, tmp_path: Path, qapp: Any) -> Iterator[Rig]:
    """A settings window can be opened."""
    yield Rig(qtbot, jobs, tmp_path)
    for widget in QApplication.topLevelWidgets():
        widget.close()
    settle()
    theme.apply(qapp, theme.Scheme.LIGHT)


def _block(window: SettingsWindow) -> SigningInBlock:
    assert window.signing_in is not None
    return window.signing_in


def _said(window: QWidget) -> str:
    return "\n".join(text.text() for text in window.findChildren(Text) if text.isVisibleTo(window))


def _type(rig: Rig, line: QWidget, text: str) -> None:
    line.setFocus()
    rig.qtbot.keyClicks(line, text)


def test_what_is_typed_is_cleaned_kept_and_told_when_the_field_is_left(rig: Rig) -> None:
    block = _block(rig.open())
    _type(rig, block.client_id, f" {ONE.upper()}")
    rig.qtbot.keyClick(block.client_id, Qt.Key.Key_Return)
    _type(rig, block.tenant, "ana@example.com")
    rig.qtbot.keyClick(block.tenant, Qt.Key.Key_Return)
    assert (rig.saved.client_id, rig.saved.tenant) == (ONE, "example.com")
    assert (block.client_id.text(), block.tenant.text()) == (ONE, "example.com")
    assert [settings.client_id for settings in rig.told] == [ONE, ONE]


def test_esc_keeps_what_was_typed_last(rig: Rig) -> None:
    window = rig.open()
    _type(rig, _block(window).client_id, ONE)
    with rig.qtbot.waitSignal(window.finished):
        rig.qtbot.keyClick(_block(window).client_id, Qt.Key.Key_Escape)
    assert rig.saved.client_id == ONE
    assert rig.told[-1].client_id == ONE


def test_what_cannot_be_used_is_said_and_not_kept(rig: Rig) -> None:
    block = _block(rig.open())
    _type(rig, block.tenant, "consumers")
    assert "Personal" in block.fields["tenant"].problem
    rig.qtbot.keyClick(block.tenant, Qt.Key.Key_Return)
    assert rig.saved.tenant == ""
    assert block.tenant.text() == "consumers"
    assert rig.told == []


def test_an_emptied_field_is_kept_empty(rig: Rig) -> None:
    rig.store.change(client_id=ONE, tenant="example.com")
    block = _block(rig.open())
    block.client_id.selectAll()
    rig.qtbot.keyClick(block.client_id, Qt.Key.Key_Delete)
    rig.qtbot.keyClick(block.client_id, Qt.Key.Key_Return)
    assert (rig.saved.client_id, rig.saved.tenant) == ("", "example.com")


def test_a_cloud_is_kept_and_its_caveats_are_said(rig: Rig) -> None:
    window = rig.open()
    block = _block(window)
    assert not block.caveats.isVisibleTo(window)
    block.cloud.setFocus()
    rig.qtbot.keyClick(block.cloud, Qt.Key.Key_End)
    assert block.chosen_cloud().name == "china"
    assert all(caveat in block.caveats.text() for caveat in cloud_named("china").caveats)
    assert rig.saved.cloud == "china"
    rig.qtbot.keyClick(block.cloud, Qt.Key.Key_Home)
    assert rig.saved.cloud == ""


def test_what_the_environment_set_is_shown_with_the_reason_and_cannot_be_typed_over(rig: Rig) -> None:
    rig.environ |= {"SCIM_ASSISTANT_CLIENT_ID": ONE, "SCIM_ASSISTANT_CLOUD": "usgov"}
    block = _block(rig.open())
    assert block.client_id.text() == ONE
    assert block.client_id.isReadOnly()
    assert "SCIM_ASSISTANT_CLIENT_ID" in block.fields["client_id"].below.text()
    assert not block.make.isVisibleTo(block)
    assert block.chosen_cloud().name == "usgov"
    assert not block.cloud.isEnabled()
    assert not block.tenant.isReadOnly()
    _type(rig, block.client_id, TWO)
    rig.qtbot.keyClick(block.client_id, Qt.Key.Key_Return)
    assert rig.saved.client_id == ""


def test_what_the_organisation_set_is_shown_with_its_file_and_can_be_replaced_on_purpose(rig: Rig) -> None:
    rig.set_for_everybody(f'client_id = "{ONE}"\ntenant = "example.com"\ncloud = "usgov"\n')
    block = _block(rig.open())
    for line, text in ((block.client_id, ONE), (block.tenant, "example.com")):
        assert line.text() == text
        assert line.isReadOnly()
    assert "signin.toml" in block.fields["client_id"].below.text()
    assert not block.cloud.isEnabled()
    block.others["client_id"].click()
    assert not block.client_id.isReadOnly()
    assert block.client_id.text() == ""
    assert block.client_id.placeholderText() == ONE
    _type(rig, block.client_id, TWO)
    rig.qtbot.keyClick(block.client_id, Qt.Key.Key_Return)
    assert (rig.saved.client_id, rig.saved.tenant, rig.saved.cloud) == (TWO, "", "")
    assert block.tenant.isReadOnly()
    block.client_id.selectAll()
    rig.qtbot.keyClick(block.client_id, Qt.Key.Key_Delete)
    rig.qtbot.keyClick(block.client_id, Qt.Key.Key_Return)
    assert rig.saved.client_id == ""
    assert who_configured(rig.store.current, rig.environ, rig.machine).used.client_id == ONE


def test_another_cloud_than_the_organisations_can_be_chosen_on_purpose(rig: Rig) -> None:
    rig.set_for_everybody('cloud = "usgov"\n')
    block = _block(rig.open())
    assert block.chosen_cloud().name == "usgov"
    block.others["cloud"].click()
    assert block.cloud.isEnabled()
    assert "as your organization set it" in block.cloud.itemText(0)
    block.cloud.setFocus()
    rig.qtbot.keyClick(block.cloud, Qt.Key.Key_Down)
    assert rig.saved.cloud == "global"
    assert who_configured(rig.store.current, rig.environ, rig.machine).used.cloud.name == "global"


def test_a_file_that_cannot_be_used_is_told(rig: Rig) -> None:
    rig.set_for_everybody("client_id = \n")
    window = rig.open()
    assert "line 1" in _said(_block(window))


def test_a_registration_that_is_taken_into_use_goes_into_the_fields_and_is_kept(rig: Rig) -> None:
    window = rig.open()
    block = _block(window)
    block.make.click()
    (registration,) = window.findChildren(RegistrationWindow)
    registration.client_id.setText(TWO)
    registration.tenant.setText("example.com")
    registration.show_problems()
    registration.use.click()
    assert (rig.saved.client_id, rig.saved.tenant) == (TWO, "example.com")
    assert block.client_id.text() == TWO


def test_the_appearance_changes_at_once_and_is_kept(rig: Rig, qapp: QApplication) -> None:
    window = rig.open()
    window.theme.button("dark").click()
    assert theme.is_dark(qapp.palette())
    assert rig.saved.theme is Theme.DARK
    window.theme.button("light").click()
    assert not theme.is_dark(qapp.palette())
    assert rig.saved.theme is Theme.LIGHT


def test_a_full_disk_is_told_and_the_change_counts_until_the_program_ends(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = rig.open()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        window.theme.button("dark").click()
        rig.rest()
    assert window.trouble.isVisible()
    assert "No space left" in window.trouble.why.text()
    assert rig.store.current.theme is Theme.DARK
    again = window.trouble.button()
    assert again is not None
    again.click()
    assert rig.saved.theme is Theme.DARK
    assert not window.trouble.isVisible()


def test_in_practice_there_is_nothing_to_sign_in_with(rig: Rig) -> None:
    window = rig.open(practice=True)
    assert window.signing_in is None
    assert "practice" in _said(window)
    window.theme.button("dark").click()
    assert rig.saved.theme is Theme.DARK


def test_what_is_stored_is_listed_with_its_place(rig: Rig) -> None:
    rig.shelf.may_answer.clear()
    window = SettingsWindow(
        jobs=rig.jobs, store=rig.store, configured=None, stored=rig.shelf.list, forget=rig.shelf.forget
    )
    window.show()
    window.look()
    assert window.things.looking.isVisibleTo(window)
    rig.shelf.may_answer.set()
    rig.rest()
    said = _said(window.things)
    assert "Sign-in of ana@example.com" in said
    assert "The system keyring" in said
    assert "Looking" not in said
    assert list(window.things.buttons) == ["sign-in:1"]


def _answer(window: SettingsWindow, choose: Callable[[QMessageBox], Any]) -> None:
    (box,) = window.findChildren(QMessageBox)
    choose(box)
    settle()


def test_forgetting_asks_first_and_esc_keeps_it(rig: Rig) -> None:
    window = rig.open()
    window.things.buttons["sign-in:1"].click()
    _answer(window, lambda box: rig.qtbot.keyClick(box, Qt.Key.Key_Escape))
    rig.rest()
    assert "sign-in:1" in rig.shelf.things
    assert rig.forgotten == []
    assert window.isVisible()


def test_what_is_forgotten_is_gone_from_the_list_and_told(rig: Rig) -> None:
    window = rig.open()
    window.things.buttons["sign-in:1"].click()
    _answer(window, _press("Forget"))
    rig.rest()
    assert rig.forgotten == ["sign-in:1"]
    assert window.things.buttons == {}
    assert "ana@example.com" not in _said(window.things)


def test_a_place_that_refuses_is_told_and_the_list_stays(rig: Rig) -> None:
    window = rig.open()
    rig.shelf.refuses = KnownError(say("Not forgotten."), say("The keyring is locked."), say("Unlock it."))
    window.things.buttons["sign-in:1"].click()
    _answer(window, _press("Forget"))
    rig.rest()
    assert "The keyring is locked." in _said(window.things)
    assert window.things.buttons["sign-in:1"].isEnabled()
    assert rig.forgotten == []
    rig.shelf.refuses = None
    again = window.things.trouble.button()
    assert again is not None
    again.click()
    rig.rest()
    assert "locked" not in _said(window.things)


def _press(label: str) -> Callable[[QMessageBox], Any]:
    def press(box: QMessageBox) -> None:
        next(button for button in box.buttons() if button.text() == label).click()

    return press


def test_closing_while_a_keyring_hangs_waits_for_nobody(rig: Rig) -> None:
    rig.shelf.may_answer.clear()
    window = SettingsWindow(
        jobs=rig.jobs, store=rig.store, configured=None, stored=rig.shelf.list, forget=rig.shelf.forget
    )
    window.show()
    window.look()
    window.close()
    rig.rest()
    assert not shiboken6.isValid(window)
    assert not rig.shelf.may_answer.is_set()


def test_opened_again_the_same_window_comes_to_the_front(rig: Rig) -> None:
    parent = QWidget()
    rig.qtbot.addWidget(parent)
    parent.show()

    def opened() -> SettingsWindow:
        return SettingsWindow.open_for(
            parent,
            jobs=rig.jobs,
            store=rig.store,
            services=_no_services,
            answers=_no_answers,
            environ={},
            file_folder=rig.machine,
        )

    first = opened()
    assert opened() is first
    assert not first.isModal()
    rig.rest()
    assert "No services" in _said(first.things)
    first.close()


def _no_services(work: Work) -> Any:
    raise KnownError(say("Nothing was listed."), say("No services here."), say("Look again."))


def _no_answers() -> Any:
    return None
