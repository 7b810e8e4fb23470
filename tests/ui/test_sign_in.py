"""Signing in as the window shows it: on its page, where more has to be allowed, and in a session for looking only.

Behind the window is a practice world, and a person at Microsoft's page who does as the test says, when it says so.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QWizard
from pytestqt.qtbot import QtBot

from scim_assistant.errors import Details, KnownError, SignInFailed, SignInNeeded
from scim_assistant.sentence import say
from scim_assistant.signin.account import Account
from scim_assistant.signin.client import Client
from scim_assistant.signin.clouds import cloud_named
from scim_assistant.signin.offer import Rest, SignedIn, SignInOffer, TokenPlace, Waiting, Way, Wish
from scim_assistant.signin.permissions import CHANGE, LOOK, names
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.step import StepKey
from scim_assistant.tenant.session import Session
from scim_assistant.ui.registration_window import RegistrationWindow
from scim_assistant.ui.shell import Shell
from scim_assistant.ui.sign_in_dialog import SignInDialog
from scim_assistant.ui.widgets.waiting_panel import time_left
from scim_assistant.work import Work
from tests.gallery.looks import settle
from tests.steps.worlds import Place, open_world
from tests.ui.conftest import ShellMaker

Button = QWizard.WizardButton

# The offscreen platform says so of every dialog of a fixed size.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")

CLIENT = "0f4e5d6c-7b8a-4990-a1b2-c3d4e5f60718"
NOOR = Account("noor.home", "noor@example.com", "Noor Haddad", "home", "global")
REFUSED = SignInFailed(say("Nobody is signed in."), say("You pressed Cancel there."), say("Sign in again."))


class Person:
    """``RealSignIn`` with somebody at Microsoft's page who signs in when the test lets them."""

    def __init__(self, base: Session, client_id: str = CLIENT) -> None:
        self.base = base
        self.client_id = client_id
        self.known: dict[str, Account] = {}
        self.granted: frozenset[str] = frozenset()
        self.sessions: dict[bool, Session] = {}
        self.wishes: list[Wish] = []
        self.signs_in = threading.Event()
        self.refuses: KnownError | None = None
        self.waiting = 0

    def offer(self, answers: Answers, work: Work) -> SignInOffer:
        return SignInOffer(
            self._client(answers),
            tuple(self.known.values()),
            place=TokenPlace(Rest.MEMORY, say("Kept for this run only.")),
        )

    def resume(self, answers: Answers, work: Work) -> Session | None:
        return self.sessions.get(answers.read_only) if answers.account_id in self.known else None

    def sign_in(
        self, answers: Answers, wish: Wish, work: Work, on_waiting: Callable[[Waiting], None]
    ) -> Session:
        self.wishes.append(wish)
        by_code = wish.way is Way.CODE
        until = datetime.now(UTC) + timedelta(minutes=15)
        on_waiting(
            Waiting(Way.CODE, "https://microsoft.com/devicelogin", "F7KQ2MXRT", until)
            if by_code
            else Waiting(Way.BROWSER, "https://login.microsoftonline.com/once", expires_at=until)
        )
        self.waiting += 1
        try:
            assert work.wait_until(self.signs_in.is_set, 0.01, 60)
        finally:
            self.waiting -= 1
        self.signs_in.clear()
        if self.refuses is not None:
            raise self.refuses
        self.known[NOOR.id] = NOOR
        self.granted |= set(wish.permissions)
        signed_in = SignedIn(
            NOOR, self.base.tenant_id, self.granted, self._client(answers), Way.BROWSER, until
        )
        self.sessions[answers.read_only] = replace(
            self.base,
            signed_in=signed_in,
            account=NOOR.username,
            tenant_name="",
            scopes=self.granted,
            is_practice=False,
            read_only=answers.read_only,
        )
        return self.sessions[answers.read_only]

    def sign_out(self, answers: Answers, account_id: str, work: Work) -> None:
        self.sessions.clear()
        self.granted = frozenset()
        if self.refuses is not None:
            raise self.refuses
        self.known.pop(account_id, None)

    def _client(self, answers: Answers) -> Client:
        return Client(
            answers.client_id.strip() or self.client_id, "organizations", cloud_named(answers.cloud)
        )


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with open_world("healthy", tmp_path) as opened:
        yield opened


@pytest.fixture
def person(place: Place) -> Person:
    return Person(place.session)


@pytest.fixture
def shell(make_shell: ShellMaker, place: Place, person: Person) -> Shell:
    """A window on a real tenant."""
    services = replace(place.services, real=person, is_practice=False, practice_hint=None)
    return make_shell(services, practice=False)


def press(qtbot: QtBot, button: Any) -> None:
    qtbot.waitUntil(lambda: button.isVisible() and button.isEnabled())
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def go_on(qtbot: QtBot, shell: Shell) -> None:
    before = shell.here
    press(qtbot, shell.button(Button.NextButton))
    qtbot.waitUntil(lambda: shell.here is not before)


def to_the_offer(qtbot: QtBot, shell: Shell) -> Any:
    qtbot.waitUntil(lambda: bool(shell.found.profiles))
    go_on(qtbot, shell)
    page: Any = shell.page_here
    qtbot.waitUntil(page.offer.isVisible)
    return page


def sign_in(qtbot: QtBot, shell: Shell, person: Person) -> Any:
    """Go to the sign-in page and sign in there."""
    page = to_the_offer(qtbot, shell)
    press(qtbot, page.offer.sign_in_button)
    qtbot.waitUntil(lambda: person.waiting == 1)
    person.signs_in.set()
    qtbot.waitUntil(lambda: shell.found.session is not None and not shell.busy)
    return page


def dialog_of(shell: Shell) -> SignInDialog | None:
    return next((one for one in shell.findChildren(SignInDialog) if one.isVisible()), None)


def the_dialog(qtbot: QtBot, shell: Shell) -> Any:
    qtbot.waitUntil(lambda: dialog_of(shell) is not None)
    return dialog_of(shell)


def allow(qtbot: QtBot, shell: Shell, person: Person) -> None:
    """Press the dialog's button and sign in."""
    dialog = the_dialog(qtbot, shell)
    press(qtbot, dialog.go)
    qtbot.waitUntil(lambda: person.waiting == 1)
    person.signs_in.set()
    qtbot.waitUntil(lambda: dialog_of(shell) is None)


def test_signing_in_waits_says_what_to_do_and_asks_for_looking_alone(
    qtbot: QtBot, shell: Shell, person: Person
) -> None:
    page = to_the_offer(qtbot, shell)
    assert not shell.button(Button.NextButton).isEnabled()
    assert page.foot.text.text() == "Sign in to go on."
    assert "Kept for this run only." in page.offer.place.text()
    press(qtbot, page.offer.sign_in_button)
    qtbot.waitUntil(lambda: page.waiting.title.text() == "Go on in your browser")
    assert not page.offer.isVisible()
    assert not shell.button(Button.NextButton).isEnabled()
    assert page.foot.text.text() == "Waiting for you to sign in."
    page.waiting.copy_address.click()
    assert QGuiApplication.clipboard().text() == "https://login.microsoftonline.com/once"
    person.signs_in.set()
    qtbot.waitUntil(lambda: not shell.busy and bool(shell.found.readiness))
    assert not page.waiting.isVisible()
    assert page.card.account.text() == "Signed in as Noor Haddad (noor@example.com)"
    assert page.checks.isVisible()
    assert shell.answers.account_id == NOOR.id
    assert [wish.permissions for wish in person.wishes] == [names(LOOK)]
    qtbot.waitUntil(shell.button(Button.NextButton).isEnabled)


def test_a_code_can_be_taken_instead_and_the_browser_waits_no_more(
    qtbot: QtBot, shell: Shell, person: Person
) -> None:
    page = to_the_offer(qtbot, shell)
    press(qtbot, page.offer.sign_in_button)
    press(qtbot, page.waiting.other_button)
    qtbot.waitUntil(page.waiting.code.isVisible)
    assert page.waiting.code.text() == "F7KQ2MXRT"
    assert page.waiting.code.accessibleName() == "Code F 7 K Q 2 M X R T"
    assert "14 minutes" in page.waiting.left.text()
    qtbot.waitUntil(lambda: person.waiting == 1)
    assert [wish.way for wish in person.wishes] == [Way.AUTOMATIC, Way.CODE]
    person.signs_in.set()
    qtbot.waitUntil(lambda: shell.found.session is not None)


def test_cancel_leads_back_to_the_offer_and_nothing_is_left_waiting(
    qtbot: QtBot, shell: Shell, person: Person
) -> None:
    page = to_the_offer(qtbot, shell)
    press(qtbot, page.offer.sign_in_button)
    qtbot.waitUntil(lambda: person.waiting == 1)
    press(qtbot, page.waiting.cancel_button)
    qtbot.waitUntil(page.offer.isVisible)
    assert person.waiting == 0
    assert shell.found.session is None
    assert shell.focusWidget() is page.offer.sign_in_button


def test_leaving_the_page_leaves_no_sign_in_waiting(qtbot: QtBot, shell: Shell, person: Person) -> None:
    page = to_the_offer(qtbot, shell)
    press(qtbot, page.offer.sign_in_button)
    qtbot.waitUntil(lambda: person.waiting == 1)
    press(qtbot, shell.button(Button.BackButton))
    assert shell.here is StepKey.START
    qtbot.waitUntil(lambda: person.waiting == 0)
    go_on(qtbot, shell)
    qtbot.waitUntil(page.offer.isVisible)
    assert shell.found.session is None


def test_a_refused_sign_in_says_why_and_can_be_done_again(qtbot: QtBot, shell: Shell, person: Person) -> None:
    page = to_the_offer(qtbot, shell)
    person.refuses = REFUSED
    press(qtbot, page.offer.sign_in_button)
    person.signs_in.set()
    qtbot.waitUntil(page.banner.isVisible)
    assert page.banner.why.text() == "You pressed Cancel there."
    assert page.offer.isVisible()
    person.refuses = None
    press(qtbot, page.offer.sign_in_button)
    assert not page.banner.isVisible()
    person.signs_in.set()
    qtbot.waitUntil(lambda: shell.found.session is not None)


def test_without_a_client_id_the_field_is_asked_for_and_stays_when_it_is_filled(
    qtbot: QtBot, shell: Shell, person: Person
) -> None:
    person.client_id = ""
    page = to_the_offer(qtbot, shell)
    assert page.offer.client_id.isVisible()
    assert page.offer.help_button.isVisible()
    assert page.offer.client_field.problem == "", "an empty field is no mistake yet"
    assert not page.offer.sign_in_button.isEnabled()
    assert "client ID" in page.foot.text.text()
    qtbot.keyClicks(page.offer.client_id, "nonsense")
    assert page.offer.client_field.problem
    page.offer.client_id.clear()
    qtbot.keyClicks(page.offer.client_id, CLIENT)
    qtbot.waitUntil(lambda: not shell.busy and page.offer.sign_in_button.isEnabled())
    assert page.offer.client_id.isVisible()
    assert page.offer.client_id.text() == CLIENT


def test_another_account_can_be_taken_and_cancel_keeps_the_one_that_is_there(
    qtbot: QtBot, shell: Shell, person: Person
) -> None:
    page = sign_in(qtbot, shell, person)
    before = shell.found
    press(qtbot, page.card.other_account)
    qtbot.waitUntil(lambda: person.waiting == 1)
    assert person.wishes[-1].account_id == ""
    assert not shell.button(Button.NextButton).isEnabled()
    press(qtbot, page.waiting.cancel_button)
    qtbot.waitUntil(page.card.isVisible)
    assert shell.found.session is before.session
    assert shell.found.readiness == before.readiness


def test_signing_out_forgets_the_account_and_offers_to_sign_in(
    qtbot: QtBot, shell: Shell, person: Person
) -> None:
    page = sign_in(qtbot, shell, person)
    press(qtbot, page.card.sign_out)
    qtbot.waitUntil(page.offer.isVisible)
    assert person.known == {}
    assert shell.found.session is None
    assert shell.found.readiness == ()
    assert not page.offer.accounts.isVisible()


def test_signing_out_ends_the_session_though_the_keyring_keeps_it(
    qtbot: QtBot, shell: Shell, person: Person
) -> None:
    page = sign_in(qtbot, shell, person)
    person.refuses = KnownError(
        say("The sign-in was not removed."), say("The keyring is locked."), say("Unlock it.")
    )
    press(qtbot, page.card.sign_out)
    qtbot.waitUntil(page.banner.isVisible)
    assert "locked" in page.banner.why.text()
    assert shell.found.session is None
    assert page.offer.isVisible()
    assert not shell.button(QWizard.WizardButton.NextButton).isEnabled()


def to_the_gallery(qtbot: QtBot, shell: Shell, person: Person) -> Any:
    sign_in(qtbot, shell, person)
    go_on(qtbot, shell)
    page: Any = shell.page_here
    qtbot.waitUntil(lambda: page.create_button.isVisible() and not shell.busy)
    return page


def test_the_first_change_asks_for_what_it_needs_and_then_goes_on_by_itself(
    qtbot: QtBot, shell: Shell, person: Person
) -> None:
    page = to_the_gallery(qtbot, shell, person)
    press(qtbot, page.create_button)
    dialog = the_dialog(qtbot, shell)
    assert page._banner is None or not page.banner.isVisible()
    shown = [child.text() for child in dialog.findChildren(QPushButton)] + [dialog.windowTitle()]
    assert "Allow changes" in shown
    asked = {permission.name for permission in CHANGE}
    told = " ".join(label.text() for label in dialog.findChildren(type(page.foot.text)))
    assert all(name in told for name in asked)
    assert all(permission.reason in told for permission in CHANGE)
    assert "User.Read.All" not in told, "what is granted already is not asked for again"
    assert "noor@example.com" in told
    allow(qtbot, shell, person)
    qtbot.waitUntil(lambda: shell.found.app is not None and not shell.busy)
    assert page.done.isVisible()
    assert set(person.wishes[-1].permissions) == {*names(LOOK), *names(CHANGE)}
    assert person.wishes[-1].account_id == NOOR.id
    session = shell.found.session
    assert session is not None
    assert session.may_write


def test_whoever_does_not_allow_it_loses_nothing_and_can_do_so_later(
    qtbot: QtBot, shell: Shell, person: Person
) -> None:
    page = to_the_gallery(qtbot, shell, person)
    press(qtbot, page.create_button)
    press(qtbot, the_dialog(qtbot, shell).cancel)
    qtbot.waitUntil(lambda: dialog_of(shell) is None)
    assert page.banner.isVisible()
    assert page.banner.button().text() == "Allow changes"
    assert page.name.text() == "ScreenSteps"
    assert shell.found.app is None
    press(qtbot, page.banner.button())
    allow(qtbot, shell, person)
    qtbot.waitUntil(lambda: shell.found.app is not None and not shell.busy)
    assert not page.banner.isVisible()


def test_escape_in_the_dialog_stops_what_waits_first_and_then_closes_it(
    qtbot: QtBot, shell: Shell, person: Person
) -> None:
    page = to_the_gallery(qtbot, shell, person)
    press(qtbot, page.create_button)
    dialog = the_dialog(qtbot, shell)
    press(qtbot, dialog.go)
    qtbot.waitUntil(lambda: person.waiting == 1)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(dialog.go.isVisible)
    assert person.waiting == 0
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: dialog_of(shell) is None)


def test_a_refusal_in_the_dialog_is_told_there_and_can_be_tried_again(
    qtbot: QtBot, shell: Shell, person: Person
) -> None:
    page = to_the_gallery(qtbot, shell, person)
    press(qtbot, page.create_button)
    dialog = the_dialog(qtbot, shell)
    person.refuses = REFUSED
    press(qtbot, dialog.go)
    person.signs_in.set()
    qtbot.waitUntil(dialog.trouble.isVisible)
    assert dialog.trouble.why.text() == "You pressed Cancel there."
    person.refuses = None
    allow(qtbot, shell, person)
    qtbot.waitUntil(lambda: shell.found.app is not None and not shell.busy)


def test_a_fix_of_a_check_may_ask_for_the_permissions(qtbot: QtBot, shell: Shell, person: Person) -> None:
    to_the_gallery(qtbot, shell, person)
    shell.open_address("allow:changes")
    allow(qtbot, shell, person)
    session = shell.found.session
    assert session is not None
    assert session.may_write
    qtbot.waitUntil(lambda: not shell.busy)


def test_a_sign_in_that_has_ended_is_done_again_and_the_lookup_with_it(
    qtbot: QtBot, shell: Shell, person: Person
) -> None:
    page = to_the_gallery(qtbot, shell, person)
    step, looked = page.step, []
    look_up = step.lookup

    def ended(services: Any, answers: Any, found: Any, work: Work, tell: Any) -> Any:
        looked.append(found.session)
        if len(looked) == 1:
            raise SignInNeeded(
                say("The gallery was not searched."),
                say("The sign-in of noor@example.com has ended."),
                say("Sign in again, and the same thing goes on."),
                account_id=NOOR.id,
            )
        return look_up(services, answers, found, work, tell)

    step.lookup = ended
    try:
        shell.look_up_again()
        qtbot.waitUntil(lambda: page.banner.isVisible() and not shell.busy)
        assert page.banner.button().text() == "Sign in again"
        press(qtbot, page.banner.button())
        allow(qtbot, shell, person)
        qtbot.waitUntil(lambda: len(looked) == 2 and not shell.busy)
    finally:
        del step.lookup
    assert looked[1] is not looked[0], "it goes on with the new session"
    assert not page.banner.isVisible()
    assert shell.found.templates


def test_looking_only_shows_no_button_that_writes_and_asks_for_nothing_more(
    qtbot: QtBot, shell: Shell, person: Person, place: Place
) -> None:
    qtbot.waitUntil(lambda: bool(shell.found.profiles))
    page: Any = shell.page_here
    page.aims.button("look").click()
    page = sign_in(qtbot, shell, person)
    assert page.card.kind.label.text() == "Look only"
    go_on(qtbot, shell)
    page = shell.page_here
    qtbot.waitUntil(lambda: not shell.busy)
    assert page.title() == "Choose the app to look at"
    assert not page.create_section.isVisible()
    assert page.apps._buttons.get("new") is None
    shown = [key for key in StepKey if not shell.rail.item(key).isHidden()]
    assert shown == [StepKey.START, StepKey.SIGN_IN, StepKey.REGISTER, StepKey.DONE]
    assert not shell.button(Button.CustomButton1).isVisible()
    assert {name for wish in person.wishes for name in wish.permissions} == set(names(LOOK))


def test_the_settings_open_from_the_rail_and_by_their_keys(qtbot: QtBot, shell: Shell) -> None:
    with qtbot.waitSignal(shell.settings_wanted):
        qtbot.mouseClick(shell.rail.settings, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(shell.settings_wanted):
        shell._settings_keys.activated.emit()
    assert shell._settings_keys.key().toString() == "Ctrl+,"
    shell.resize(680, 600)
    settle()
    assert shell.rail.settings.toolTip() == "Settings"


def test_how_long_a_sign_in_waits_is_said_in_minutes_and_then_in_seconds() -> None:
    now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    assert time_left(now + timedelta(minutes=14, seconds=59), now) == "It waits for another 14 minutes."
    assert time_left(now + timedelta(seconds=1), now) == "It waits for another 1 second."
    assert time_left(now - timedelta(seconds=1), now) == "The time for it is over."


def key(qtbot: QtBot, window: Any, *keys: Qt.Key) -> None:
    """Press keys wherever the focus is, as a person does who never takes the mouse."""
    for each in keys:
        qtbot.keyClick(window.focusWidget() or window, each)


def test_one_can_sign_in_with_the_keyboard_alone(qtbot: QtBot, shell: Shell, person: Person) -> None:
    person.client_id = ""
    page = to_the_offer(qtbot, shell)
    qtbot.waitUntil(lambda: shell.focusWidget() is page.offer.client_id)
    key(qtbot, shell, Qt.Key.Key_Return)
    assert person.wishes == [], "without a client ID there is nothing to sign in with"
    qtbot.keyClicks(page.offer.client_id, CLIENT)
    key(qtbot, shell, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: person.waiting == 1)
    assert page.waiting.isAncestorOf(shell.focusWidget())
    key(qtbot, shell, Qt.Key.Key_Escape)
    qtbot.waitUntil(page.offer.isVisible)
    assert shell.focusWidget() is page.offer.sign_in_button
    key(qtbot, shell, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: person.waiting == 1)
    person.signs_in.set()
    ahead = shell.button(Button.NextButton)
    qtbot.waitUntil(lambda: ahead.isEnabled() and not shell.busy)
    assert shell.focusWidget() is ahead
    key(qtbot, shell, Qt.Key.Key_Return)
    assert shell.here is StepKey.REGISTER


def test_tab_goes_through_the_way_in_from_top_to_bottom(qtbot: QtBot, shell: Shell, person: Person) -> None:
    person.known[NOOR.id] = NOOR
    page = to_the_offer(qtbot, shell)
    press(qtbot, page.offer.change_button)
    assert shell.focusWidget() is page.offer.client_id
    qtbot.keyClicks(page.offer.client_id, CLIENT)
    qtbot.waitUntil(lambda: not shell.busy and page.offer.sign_in_button.isEnabled())
    offer = page.offer
    way = []
    for _ in range(8):
        way.append(shell.focusWidget())
        key(qtbot, shell, Qt.Key.Key_Tab)
    chosen = offer.accounts.button(offer.accounts.value())
    assert way == [
        offer.client_id,
        offer.help_button,
        offer.tenant,
        offer.cloud,
        chosen,
        offer.sign_in_button,
        offer.other_ways,
        offer.asked.button,
    ]


def test_a_sign_in_that_is_being_stopped_leaves_the_focus_where_enter_does_no_harm(
    qtbot: QtBot, shell: Shell, person: Person
) -> None:
    page = to_the_offer(qtbot, shell)
    press(qtbot, page.offer.sign_in_button)
    qtbot.waitUntil(lambda: person.waiting == 1)
    page.waiting.cancel_button.setFocus()
    page.waiting.stopping()
    assert shell.focusWidget() is page.waiting
    page.signing_in.cancel()
    qtbot.waitUntil(page.offer.isVisible)
    assert shell.focusWidget() is page.offer.sign_in_button


def test_enter_in_the_dialog_signs_in(qtbot: QtBot, shell: Shell, person: Person) -> None:
    page = to_the_gallery(qtbot, shell, person)
    press(qtbot, page.create_button)
    dialog = the_dialog(qtbot, shell)
    assert dialog.focusWidget() is dialog.go
    key(qtbot, dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: person.waiting == 1)
    assert dialog.panel.isAncestorOf(dialog.focusWidget())
    person.signs_in.set()
    qtbot.waitUntil(lambda: shell.found.app is not None and not shell.busy)


def test_where_an_administrator_has_to_consent_the_link_for_it_is_one_press_away(
    qtbot: QtBot, shell: Shell, person: Person
) -> None:
    page = to_the_offer(qtbot, shell)
    person.refuses = SignInFailed(
        REFUSED.what, REFUSED.why, REFUSED.next_step, Details(codes=("invalid_grant", "AADSTS65001"))
    )
    press(qtbot, page.offer.sign_in_button)
    person.signs_in.set()
    qtbot.waitUntil(page.banner.isVisible)
    assert page.banner.button().text() == "Show the consent link"
    press(qtbot, page.banner.button())
    (window,) = shell.findChildren(RegistrationWindow)
    assert window.focusWidget() is window.link
    assert CLIENT in window.link.text()
    qtbot.waitUntil(lambda: not window.open_link.visibleRegion().isEmpty())
    window.close()


def test_where_changes_need_an_administrator_the_dialog_copies_the_link_for_them(
    qtbot: QtBot, shell: Shell, person: Person
) -> None:
    page = to_the_gallery(qtbot, shell, person)
    press(qtbot, page.create_button)
    dialog = the_dialog(qtbot, shell)
    person.refuses = SignInFailed(
        REFUSED.what, REFUSED.why, REFUSED.next_step, Details(codes=("invalid_grant", "AADSTS90094"))
    )
    press(qtbot, dialog.go)
    person.signs_in.set()
    qtbot.waitUntil(dialog.consent.isVisible)
    press(qtbot, dialog.consent)
    copied = QGuiApplication.clipboard().text()
    assert CLIENT in copied
    assert "Application.ReadWrite.All" in copied
    press(qtbot, dialog.cancel)
