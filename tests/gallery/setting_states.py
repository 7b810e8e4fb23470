"""The settings window and the registration window in every state that matters, filled by hand, at example.com."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from scim_assistant.signin.client import Client, Origin
from scim_assistant.signin.clouds import cloud_named
from scim_assistant.signin.offer import Way
from scim_assistant.ui.registration_window import RegistrationWindow

if TYPE_CHECKING:
    from tests.gallery.states import Stage

CLIENT_ID = "1b2c3d4e-0000-4111-8222-abcdefabcdef"
TENANT_ID = "77777777-7777-4777-8777-777777777777"


class SettingPicture(Enum):
    """Every picture of these two windows."""

    REGISTRATION_EMPTY = "registration: nothing yet"
    REGISTRATION_AZURE = "registration: Azure CLI"
    REGISTRATION_HAND = "registration: by hand"
    REGISTRATION_FILLED = "registration: filled, with the shared client"
    REGISTRATION_PROBLEMS = "registration: problems"
    REGISTRATION_L5 = "registration: no Azure CLI in L5"

    @property
    def page(self) -> str:
        """The kind of window it shows."""
        return self.value.partition(":")[0]

    @property
    def file(self) -> str:
        """Name of its picture, without ending."""
        return self.name.lower()


def _registration(client: Client, *, tab: int = 0, ways: tuple[Way, ...] = ()) -> RegistrationWindow:
    window = RegistrationWindow(client, lambda *_: None, ways=ways, open_address=lambda _: None)
    window.tabs.setCurrentIndex(tab)
    window.show()
    return window


def _end(window: RegistrationWindow) -> RegistrationWindow:
    from tests.gallery.looks import settle

    settle()
    bar = window.scroll_area.verticalScrollBar()
    bar.setValue(bar.maximum())
    return window


def _empty(_: Stage) -> QWidget:
    return _registration(Client(""))


def _azure(_: Stage) -> QWidget:
    return _registration(Client("", cloud=cloud_named("usgov")), tab=1)


def _hand(_: Stage) -> QWidget:
    return _registration(Client(""), tab=2)


def _filled(_: Stage) -> QWidget:
    return _end(
        _registration(
            Client(CLIENT_ID, "example.com", client_id_from=Origin.SETTINGS), ways=(Way.BROKER, Way.BROWSER)
        )
    )


def _problems(_: Stage) -> QWidget:
    window = _registration(Client(""))
    window.client_id.setText("the one with the long name")
    window.tenant.setText("https://portal.azure.com/#home")
    window.show_problems()
    return _end(window)


def _l5(_: Stage) -> QWidget:
    return _registration(Client("", cloud=cloud_named("usgov-dod")), tab=1)


SETTING_MAKERS: dict[SettingPicture, Callable[[Stage], QWidget]] = {
    SettingPicture.REGISTRATION_EMPTY: _empty,
    SettingPicture.REGISTRATION_AZURE: _azure,
    SettingPicture.REGISTRATION_HAND: _hand,
    SettingPicture.REGISTRATION_FILLED: _filled,
    SettingPicture.REGISTRATION_PROBLEMS: _problems,
    SettingPicture.REGISTRATION_L5: _l5,
}
