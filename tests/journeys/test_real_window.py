"""The window on a real tenant: from the client ID to the monitor, with everything that a person is asked in between."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QLineEdit, QRadioButton, QWidget

from scim_assistant.app.monitor import open_monitor
from scim_assistant.settings import SettingsStore
from scim_assistant.signin.permissions import LOOK, names
from scim_assistant.steps.step import StepKey
from scim_assistant.ui import theme
from scim_assistant.ui.sign_in_dialog import SignInDialog
from scim_assistant.ui.start import Parts, Window
from tests.authority.mapped import GRAPH
from tests.authority.state import CLIENT, OPENID
from tests.journeys.ends import ENDS
from tests.journeys.journey import Journey
from tests.journeys.judged import judge
from tests.journeys.leaks import files_below, leaks
from tests.journeys.outside import assert_as_expected
from tests.journeys.person import Person
from tests.journeys.real import RealTenant, program

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def watched(tenant: RealTenant, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[RealTenant]:
    """A real tenant; afterwards no fault of the program was told, and nothing written holds a secret."""
    caplog.set_level(logging.DEBUG)
    yield tenant
    tenant.close()
    assert [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR] == []
    written = [*files_below(tmp_path), ("the log", caplog.text.encode())]
    assert list(leaks(written, tenant.secrets())) == []


@pytest.fixture
def tenant(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[RealTenant]:
    """Where nothing is set up yet."""
    yield from watched(RealTenant(), tmp_path, caplog)


@pytest.fixture
def paused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[RealTenant]:
    """Where provisioning was set up long ago and is in quarantine."""
    yield from watched(RealTenant("quarantine"), tmp_path, caplog)


@contextmanager
def window_on(tenant: RealTenant, home: Path, open_browser: Any = None) -> Iterator[Window]:
    """The program's window on a real tenant, wired as ``app`` wires it."""
    qapp = QApplication.instance()
    assert isinstance(qapp, QApplication)
    store = SettingsStore(home / "config")
    with program(tenant, home, open_browser=open_browser) as services:
        parts = Parts(
            services=lambda work: services,
            open_monitor=lambda jobs, answers, found: open_monitor(
                jobs, answers, found, store, lambda work: services
            ),
            memory=store,
        )
        theme.apply(qapp, parts.scheme)
        window = Window(parts)
        try:
            window.shell.show()
            yield window
        finally:
            window.close()


class RealJourney(Journey):
    """One set-up with the mouse on a real tenant."""

    def __init__(self, person: Person, window: Window, tenant: RealTenant) -> None:
        super().__init__(person, window, tenant.facts)
        self.tenant = tenant
        self.dialogs: list[str] = []
        self._acts[StepKey.SIGN_IN] = self.sign_in

    def enter_client(self) -> None:
        """Type with what to sign in."""
        person = self.person
        for name, text in (("Client ID", CLIENT), ("Tenant", "example.com")):
            person.wait(lambda name=name: self.field(name), f"the field {name}")
            person.click(person.one(QLineEdit, name))
            person.type_over(text)

    def field(self, name: str) -> bool:
        """True when this field shows."""
        fields = self.program.shell.findChildren(QLineEdit)
        return any(one.isVisible() and one.accessibleName() == name for one in fields)

    def sign_in(self) -> None:
        """Sign in, and wait for the checks."""
        self.enter_client()
        self.person.press("Sign in")
        self.person.wait_to_see(f"Tenant {self.tenant.tenant_id}, Microsoft cloud (worldwide)")

    def register(self, *, create: bool = True) -> None:
        """Create the app; the right to change is asked for now. Who looks only is content with the app that is there."""
        if self.program.shell.answers.read_only:
            return
        self.person.press("Create the app")
        self.allow("Allow changes")
        self.person.wait_to_see(f"{self.suggest['app_name']} is registered.")

    def connect(self) -> None:
        """Type what the vendor's page shows."""
        person, line = self.person, self.tenant.world.line
        for name, text in (("Tenant URL", line["scim"]), ("Secret Token", line["scim_token"])):
            person.click(person.one(QLineEdit, name))
            person.type_over(str(text))

    def allow(self, button: str, *, above: QWidget | None = None) -> None:
        """Agree in the dialog, sign in in the browser, and come back.

        Args:
            button: What the dialog's button says.
            above: The window that the dialog belongs to; the wizard unless told.
        """
        person, window = self.person, above or self.program.shell

        def dialog() -> SignInDialog | None:
            return next((one for one in window.findChildren(SignInDialog) if one.isVisible()), None)

        person.wait(dialog, "the dialog that asks for a sign-in")
        shown = dialog()
        assert shown is not None
        person.look_at(shown)
        self.dialogs.append("\n".join(person.seen()))
        person.press(button)
        person.wait(lambda: dialog() is None, "the dialog to close by itself")
        person.look_at(window)


def begin(qtbot: Any, window: Window, tenant: RealTenant) -> RealJourney:
    """A person at the first page."""
    return RealJourney(Person(qtbot, window.shell), window, tenant)


def assert_finished(tenant: RealTenant) -> None:
    """The set-up is done, once each, and the vendor holds who was chosen."""
    made = tenant.made(tenant.facts["suggest"]["app_name"])
    assert made["jobs"] == ["Active"]
    assert len(made["assignments"]) == len(set(made["assignments"])) == 3
    assert_as_expected(tenant.outside, tenant.facts)
    judge(tenant.judged_exchanges())


def test_from_the_client_id_to_the_monitor(qtbot: Any, tenant: RealTenant, tmp_path: Path) -> None:
    with window_on(tenant, tmp_path) as window:
        journey = begin(qtbot, window, tenant)
        journey.to_the_end(ENDS["healthy"])
        journey.person.wait_to_see(ENDS["healthy"].sentence, journey.place(ENDS["healthy"]))
        (dialog,) = journey.dialogs
        assert "Registers the app and assigns people and groups to it" in dialog
        assert "Creates, tests and starts provisioning" in dialog
    assert_finished(tenant)


def test_a_sign_in_that_ends_while_applying_is_asked_for_and_applying_goes_on_by_itself(
    qtbot: Any, tenant: RealTenant, tmp_path: Path
) -> None:
    def revoke() -> None:
        tenant.authority.revoke(tenant.upn)
        tenant.authority.expire_now()

    tenant.at_write(4, revoke)
    with window_on(tenant, tmp_path) as window:
        journey = begin(qtbot, window, tenant)
        journey.go_to(StepKey.REVIEW)
        journey.advance("Apply")
        journey.allow("Sign in again")
        journey.person.wait(lambda: journey.here is StepKey.PROVE, "applying to end")
        journey.to_the_end(ENDS["healthy"])
        journey.person.wait_to_see(ENDS["healthy"].sentence, journey.place(ENDS["healthy"]))
    assert_finished(tenant)


def test_a_sign_in_that_nobody_ends_can_be_stopped_and_begun_again(
    qtbot: Any, tenant: RealTenant, tmp_path: Path
) -> None:
    opened: list[str] = []

    def open_browser(address: str) -> bool:
        opened.append(address)
        return True if len(opened) == 1 else tenant.visitor(address)

    with window_on(tenant, tmp_path, open_browser) as window:
        journey = begin(qtbot, window, tenant)
        person = journey.person
        journey.go_to(StepKey.SIGN_IN)
        journey.enter_client()
        person.press("Sign in")
        person.wait(lambda: opened, "the browser to be opened")
        person.wait(lambda: person.can_press("Stop signing in"), "a way to stop")
        assert not person.can_press("Next")
        person.press("Stop signing in")
        journey.sign_in()
        person.wait(lambda: person.can_press("Next"), "the checks to end")
    assert len(opened) == 2
    assert tenant.writes == []


def test_the_helpdesk_looks_is_asked_for_nothing_more_and_signs_in_again_where_it_watches(
    qtbot: Any, paused: RealTenant, tmp_path: Path
) -> None:
    with window_on(paused, tmp_path) as window:
        journey = begin(qtbot, window, paused)
        person = journey.person
        person.look_at(window.shell)
        person.wait(lambda: person.button("Look only"), "the choice of what to do")
        person.click(person.one(QRadioButton, "Look only"))
        journey.go_to(StepKey.DONE)
        person.press("Watch")
        person.wait(lambda: window.monitors, "the monitor")
        monitor = window.monitors[-1]
        person.look_at(monitor)
        person.wait_to_see("Paused by Microsoft")
        for name in ("Pause provisioning", "Restart provisioning…", "Start provisioning"):
            assert not person.can_press(name)
        paused.authority.revoke(paused.upn)
        paused.authority.expire_now()
        person.press("Sign in again")
        journey.allow("Sign in again", above=monitor)
        person.wait(lambda: person.button("Sign in again") is None, "the monitor to go on")
        assert not any("Allow" in one for one in journey.dialogs)
    looking = set(names(LOOK))
    for each in paused.authority.requests("authorize"):
        wanted = {scope.removeprefix(f"{GRAPH}/") for scope in each.fields["scope"].split()}
        assert wanted - OPENID == looking
    assert paused.writes == []
