"""The settings window and the registration window in every state that matters, filled by hand, at example.com."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from scim_assistant.errors import KnownError
from scim_assistant.sentence import say
from scim_assistant.settings import SettingsStore, Theme
from scim_assistant.signin.client import Client, Origin
from scim_assistant.signin.clouds import cloud_named
from scim_assistant.signin.configuration import Configured
from scim_assistant.signin.offer import Way
from scim_assistant.steps.stored import StoredThing
from scim_assistant.ui.dialogs import ask
from scim_assistant.ui.registration_window import RegistrationWindow
from scim_assistant.ui.settings_stored import FORGET
from scim_assistant.ui.settings_window import KEEP, SettingsWindow
from scim_assistant.ui.wording import TRY_AGAIN

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
    SETTINGS_LOOKING = "settings: looking"
    SETTINGS_EMPTY = "settings: nothing set"
    SETTINGS_OWN = "settings: own registration, China"
    SETTINGS_ORGANIZATION = "settings: set by the organization"
    SETTINGS_ENVIRONMENT = "settings: set by the environment, with a note"
    SETTINGS_PROBLEMS = "settings: problems, not saved"
    SETTINGS_PRACTICE = "settings: practice"
    SETTINGS_STORED = "settings: what is stored"
    SETTINGS_FORGETTING = "settings: forgetting failed"
    SETTINGS_NOTHING_STORED = "settings: nothing stored"
    SETTINGS_FORGET = "settings: asking before forgetting"

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


FILE = "/etc/xdg/SCIM Assistant/signin.toml"
LONG = "Provisioning of knowledge base accounts for all subsidiaries of Example Holding International (production)"
STORED = (
    StoredThing(
        "sign-in:1",
        say("Sign-in of {account}", account="ana.admin@example.com"),
        say("The system keyring, encrypted for you."),
        say("Tokens for Microsoft Graph. Forgetting them signs this account out of the program."),
        True,
    ),
    StoredThing(
        "secret:1/2",
        say("Secret Token of {app}", app=LONG),
        say("The system keyring, as {entry}.", entry=f"{TENANT_ID}/{CLIENT_ID}"),
        say("The vendor's token, kept on {day}.", day="3 March 2026"),
        True,
    ),
    StoredThing(
        "journals",
        say("Journals of set-ups"),
        say("The folder {folder}", folder="/home/ana/.local/share/SCIM Assistant/journals"),
        say("3 set-ups, 2 of them closed. They hold names of apps, people and groups, and no secret."),
        True,
    ),
    StoredThing(
        "preferences",
        say("Preferences"),
        say("The file {file}", file="/home/ana/.config/SCIM Assistant/settings.json"),
        say("What was chosen last, how to sign in, and how the windows were arranged. No secret."),
        False,
    ),
)


def _settings(
    stage: Stage,
    used: Client | None = None,
    without: Client | None = None,
    note: str = "",
    *,
    practice: bool = False,
    things: tuple[StoredThing, ...] | None = STORED,
    **own: object,
) -> SettingsWindow:
    store = SettingsStore(Path("nowhere"))
    store.change(**own)
    client = used or Client("")
    told = Configured(client, without or Client(""), say(note), FILE)
    window = SettingsWindow(
        jobs=stage.jobs,
        store=store,
        configured=None if practice else lambda _: told,
        stored=lambda _: (),
        forget=lambda *_: None,
    )
    window.show()
    if used is not None:
        window.show_configured(told)
    if things is not None:
        window.things.show_things(things)
    return window


def _settings_end(window: SettingsWindow) -> SettingsWindow:
    from tests.gallery.looks import settle

    settle()
    bar = window.scroll_area.verticalScrollBar()
    bar.setValue(bar.maximum())
    return window


def _settings_looking(stage: Stage) -> QWidget:
    return _settings(stage, things=None)


def _settings_empty(stage: Stage) -> QWidget:
    return _settings(stage, Client(""))


def _settings_own(stage: Stage) -> QWidget:
    china = cloud_named("china")
    used = Client(CLIENT_ID, "example.com", china, Origin.SETTINGS, Origin.SETTINGS, Origin.SETTINGS)
    return _settings(stage, used, client_id=CLIENT_ID, tenant="example.com", cloud="china", theme=Theme.DARK)


def _settings_organization(stage: Stage) -> QWidget:
    client = Client(
        CLIENT_ID, TENANT_ID, cloud_named("usgov"), Origin.MACHINE, Origin.MACHINE, Origin.MACHINE
    )
    return _settings(stage, client, client)


def _settings_environment(stage: Stage) -> QWidget:
    client = Client(CLIENT_ID, "example.com", cloud_named(""), Origin.ENVIRONMENT, Origin.ENVIRONMENT)
    note = "The variable SCIM_ASSISTANT_CLOUD is not used: the clouds are global, usgov, usgov-dod, china."
    return _settings(stage, client, client, note)


def _settings_problems(stage: Stage) -> QWidget:
    window = _settings(stage, Client(""))
    assert window.signing_in is not None
    window.signing_in.client_id.setText("my app")
    window.signing_in.tenant.setText("consumers")
    window.signing_in.show_problems()
    window.trouble.show_error(
        KnownError(
            say("Your preferences were not saved."),
            say("The disk refused: No space left on device."),
            say("Check the rights of the folder {folder}.", folder="/home/ana/.config/SCIM Assistant"),
        ),
        ("again", TRY_AGAIN),
    )
    return window


def _settings_practice(stage: Stage) -> QWidget:
    return _settings(stage, practice=True)


def _settings_stored(stage: Stage) -> QWidget:
    return _settings_end(_settings(stage, Client("")))


def _settings_forgetting(stage: Stage) -> QWidget:
    window = _settings(stage, Client(""))
    window.things.show_forgetting("secret:1/2")
    window.things.show_trouble(
        KnownError(
            say("The secret was not forgotten."),
            say("The system keyring is locked."),
            say("Unlock it, then try again."),
        )
    )
    return _settings_end(window)


def _settings_nothing_stored(stage: Stage) -> QWidget:
    return _settings_end(_settings(stage, Client(""), things=()))


def _settings_forget(stage: Stage) -> QWidget:
    window = _settings(stage, Client(""))
    thing = STORED[0]
    return ask(
        window,
        say("Forget this: {what}?", what=thing.title),
        thing.detail,
        do=FORGET,
        stay=KEEP,
        on_do=lambda: None,
    )


SETTING_MAKERS: dict[SettingPicture, Callable[[Stage], QWidget]] = {
    SettingPicture.REGISTRATION_EMPTY: _empty,
    SettingPicture.REGISTRATION_AZURE: _azure,
    SettingPicture.REGISTRATION_HAND: _hand,
    SettingPicture.REGISTRATION_FILLED: _filled,
    SettingPicture.REGISTRATION_PROBLEMS: _problems,
    SettingPicture.REGISTRATION_L5: _l5,
    SettingPicture.SETTINGS_LOOKING: _settings_looking,
    SettingPicture.SETTINGS_EMPTY: _settings_empty,
    SettingPicture.SETTINGS_OWN: _settings_own,
    SettingPicture.SETTINGS_ORGANIZATION: _settings_organization,
    SettingPicture.SETTINGS_ENVIRONMENT: _settings_environment,
    SettingPicture.SETTINGS_PROBLEMS: _settings_problems,
    SettingPicture.SETTINGS_PRACTICE: _settings_practice,
    SettingPicture.SETTINGS_STORED: _settings_stored,
    SettingPicture.SETTINGS_FORGETTING: _settings_forgetting,
    SettingPicture.SETTINGS_NOTHING_STORED: _settings_nothing_stored,
    SettingPicture.SETTINGS_FORGET: _settings_forget,
}
