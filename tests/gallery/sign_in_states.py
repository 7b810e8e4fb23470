"""Signing in, asking for more, and looking only: every state of them, filled by hand, at example.com."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from scim_assistant.check import Fix, Outcome
from scim_assistant.errors import Details, Reach, SignInFailed, SignInNeeded, Unreachable
from scim_assistant.plan.apply import Applied
from scim_assistant.scim.verdict import Side, Verdict
from scim_assistant.sentence import say
from scim_assistant.signin.account import Account
from scim_assistant.signin.client import Client
from scim_assistant.signin.offer import Rest, TokenPlace, Waiting, Way
from scim_assistant.signin.permissions import CHANGE, LOOK, names
from scim_assistant.signin.registration import admin_consent_link
from scim_assistant.steps.answers import Answers, AppChoice
from scim_assistant.steps.found import Found
from scim_assistant.steps.step import StepKey
from scim_assistant.ui.allowing import new_permissions
from scim_assistant.ui.shell import Shell
from scim_assistant.ui.sign_in_dialog import SignInDialog
from tests.gallery import results, sample

if TYPE_CHECKING:
    from tests.gallery.states import Stage

Make = Callable[["Stage"], QWidget]

ADDRESS = "https://login.microsoftonline.com/example.com/oauth2/v2.0/authorize?client_id=" + sample.CLIENT_ID
DEVICE_PAGE = "https://microsoft.com/devicelogin"

REFUSED = SignInFailed(
    say("You are not signed in."),
    say(
        "The tenant lets nobody sign in to this app registration before an administrator has consented to it."
    ),
    say("Send the administrator the consent link, then sign in again."),
    Details(
        at=sample.AT,
        codes=("invalid_grant", "AADSTS65001"),
        request_id="2f1e0d9c-1111-4222-8333-777777777777",
        client_request_id="9c8b7a6f-1111-4222-8333-777777777777",
        said="The user or administrator has not consented to use the application.",
    ),
)
SECOND = SignInFailed(
    say("You are not signed in."),
    say("Another sign-in is waiting already."),
    say("Finish it, or cancel it and start again."),
)
OFFLINE = Unreachable(
    say("You are not signed in."),
    say("The name login.microsoftonline.com was not found."),
    say("Check the network of this computer, then try again."),
    Details(at=sample.AT, address="https://login.microsoftonline.com"),
    reach=Reach.NAME,
)
CHANGES = SignInNeeded(
    say("The app was not created."),
    say("So far only the permissions for looking were asked for."),
    say("Allow changes, and the same thing goes on."),
    scopes=names(LOOK, CHANGE),
    account_id=sample.ANA.id,
)
ENDED = SignInNeeded(
    say("The job was not read."),
    say("The sign-in of ana.ruiz@example.com has ended."),
    say("Sign in again, and the same thing goes on."),
    account_id=sample.ANA.id,
)


class SignInPicture(Enum):
    """Every picture of signing in to a real tenant, and of a session for looking only."""

    START_REAL = "start: a real tenant"
    START_LOOK = "start: look only"
    NO_CLIENT = "sign_in: no client ID"
    NO_CLIENT_NONSENSE = "sign_in: nonsense for a client ID"
    FIRST = "sign_in: nobody has been here"
    ACCOUNTS = "sign_in: accounts from before"
    CHINA = "sign_in: a cloud with caveats"
    NOTE = "sign_in: configuration in part unusable"
    OFFER_LONG = "sign_in: long names in the offer"
    LOOKING = "sign_in: looking who is signed in"
    PREPARING = "sign_in: getting ready"
    BROWSER = "sign_in: waiting for the browser"
    CODE = "sign_in: waiting with a code"
    BROKER = "sign_in: waiting for the system"
    STOPPING = "sign_in: stopping"
    FAILED = "sign_in: refused"
    SECOND = "sign_in: another one waits"
    NO_NETWORK = "sign_in: offline in a real session"
    SIGNED_IN = "sign_in: signed in to a real tenant"
    GUEST = "sign_in: a guest"
    LOOK_ONLY = "sign_in: signed in to look only"
    SIGNED_IN_LONG = "sign_in: long names signed in"
    NEEDED = "review: changes have to be allowed"
    TEST_NEEDED = "test_connection: the cloud test waits for a permission"
    REGISTER_LOOK = "register: look only"
    REGISTER_LOOK_SEARCHING = "register: look only, searching"
    REGISTER_LOOK_NONE = "register: look only, none there"
    DONE_LOOK = "done: look only"
    DIALOG_ALLOW = "dialog: allow changes"
    DIALOG_ALLOW_WAITING = "dialog: allow changes, in the browser"
    DIALOG_ALLOW_CODE = "dialog: allow changes, with a code"
    DIALOG_ALLOW_FAILED = "dialog: allow changes, refused"
    DIALOG_AGAIN = "dialog: sign in again"
    DIALOG_AGAIN_LONG = "dialog: sign in again, long names"

    @property
    def page(self) -> str:
        """The page or kind of window it shows."""
        return self.value.partition(":")[0]

    @property
    def file(self) -> str:
        """Name of its picture, without ending."""
        name = self.name.lower()
        return name if name.startswith(self.page) else f"{self.page}_{name}"


def _in_minutes(minutes: int) -> datetime:
    return datetime.now(UTC) + timedelta(minutes=minutes, seconds=30)


def _waiting(way: Way, **changes: Any) -> Waiting:
    values: dict[Way, Waiting] = {
        Way.BROWSER: Waiting(way, ADDRESS, expires_at=_in_minutes(14)),
        Way.CODE: Waiting(way, DEVICE_PAGE, "F7KQ2MXRT", _in_minutes(14)),
        Way.BROKER: Waiting(way),
    }
    return replace(values[way], **changes)


def _at(
    key: StepKey, found: Found, after: Callable[[Shell], Any] | None = None, answers: Answers | None = None
) -> Make:
    return lambda stage: stage.page(key, answers or Answers(), found, after, practice=False)


def _wait(way: Way | None, *, stop: bool = False) -> Make:
    def after(shell: Shell) -> None:
        page: Any = shell.page_here
        page._on_began()
        if way is not None:
            page.show_waiting(_waiting(way))
        page.foot.say(say("Waiting for you to sign in."))
        if stop:
            page.waiting.stopping()

    ways = (Way.BROKER, Way.BROWSER, Way.CODE) if way is Way.BROKER else (Way.BROWSER, Way.CODE)
    return _at(
        StepKey.SIGN_IN, replace(sample.offered(sample.ANA), offer=sample.offer(sample.ANA, ways=ways)), after
    )


def _refused(error: Any) -> Callable[[Shell], None]:
    """A sign-in of this page that ended so."""

    def after(shell: Shell) -> None:
        page: Any = shell.page_here
        page.signing_in.failed.emit(error)

    return after


def _looking(shell: Shell) -> None:
    page: Any = shell.page_here
    page.foot.say(say("Looking who is signed in"), running=True)


_LONG_NAMES = replace(
    sample.GUEST, username=f"{sample.LONG}@example.com", name=sample.LONG + "von und zu " + sample.LONG
)
_NO_CLIENT = replace(sample.offered(), offer=sample.offer(client=Client(""), place=None))


def _start(**changes: Any) -> Make:
    return _at(
        StepKey.START, sample.begun(scenarios=(), unfinished=(sample.unfinished(),)), None, Answers(**changes)
    )


def _signed_in(account: Account, scenario: str = "healthy", *, read_only: bool = False) -> Make:
    def make(stage: Stage) -> QWidget:
        found = sample.really_signed_in(
            account,
            session=sample.real_session(account, read_only=read_only),
            readiness=sample.judged(scenario, account, read_only=read_only),
        )
        return stage.page(StepKey.SIGN_IN, Answers(read_only=read_only), found, practice=False)

    return make


def _dialog(
    needed: SignInNeeded, after: Callable[[SignInDialog], Any] | None = None, account: str = ""
) -> Make:
    def make(stage: Stage) -> QWidget:
        found = replace(sample.planned(), session=sample.real_session(), offer=sample.offer(sample.ANA))
        shell = stage.page(StepKey.REVIEW, sample.answered(), found, practice=False)
        dialog = SignInDialog(
            needed,
            _never,
            shell,
            new=new_permissions(needed, found),
            account=account or sample.ANA.username,
            consent_link=admin_consent_link(sample.offer().client),
        )
        dialog.show()
        if after is not None:
            after(dialog)
        return dialog

    return make


def _dialog_waits(way: Way) -> Callable[[SignInDialog], None]:
    def after(dialog: SignInDialog) -> None:
        dialog._on_began()
        dialog.show_waiting(_waiting(way))

    return after


def _never(*_: Any, **__: Any) -> Any:
    raise AssertionError("a picture signs nobody in")


def _needed(stage: Stage) -> QWidget:
    found = replace(sample.planned(), session=sample.real_session(), offer=sample.offer(sample.ANA))
    return stage.page(
        StepKey.REVIEW, sample.answered(), found, lambda shell: shell.show_trouble(CHANGES), practice=False
    )


def _test_needed(stage: Stage) -> QWidget:
    cloud = results.cloud(
        Outcome.SKIPPED,
        "It needs the permission for changes, which is asked for when you apply.",
        fix=Fix(say("Allow changes"), "allow:changes"),
    )
    verdict = Verdict(
        Side.NONE,
        say("{app} answers this computer.", app=results.APP),
        say("Microsoft's cloud tests it too when the changes are applied."),
    )
    found = replace(
        sample.tested(cloud=(cloud,), verdict=verdict),
        session=sample.real_session(),
        offer=sample.offer(sample.ANA),
    )
    answers = sample.answered(tenant_url="https://example.screenstepslive.com/api/scim/v2")
    return stage.page(StepKey.TEST_CONNECTION, answers, found, practice=False)


def _searching(shell: Shell) -> None:
    shell.page_here.foot.say(say("Looking for apps of ScreenSteps in the tenant"), running=True)


def _look(key: StepKey, found: Found, after: Callable[[Shell], Any] | None = None, **changes: Any) -> Make:
    answers = sample.answered(read_only=True, app_choice=AppChoice.REUSE, secret=type(sample.TOKEN)())
    session = sample.real_session(read_only=True)
    return _at(
        key,
        replace(found, session=session, offer=sample.offer(sample.ANA), setup_id=""),
        after,
        replace(answers, **changes),
    )


P = SignInPicture
_THERE = sample.searched(instances=(sample.app().service_principal,), app=sample.running())
MAKERS: dict[SignInPicture, Make] = {
    P.START_REAL: _start(),
    P.START_LOOK: _start(read_only=True),
    P.NO_CLIENT: _at(StepKey.SIGN_IN, _NO_CLIENT),
    P.NO_CLIENT_NONSENSE: _at(
        StepKey.SIGN_IN, _NO_CLIENT, None, Answers(client_id="my registration", tenant="exa mple")
    ),
    P.FIRST: _at(StepKey.SIGN_IN, sample.offered()),
    P.ACCOUNTS: _at(StepKey.SIGN_IN, sample.offered(sample.ANA, sample.GUEST)),
    P.CHINA: _at(StepKey.SIGN_IN, replace(sample.offered(), offer=sample.offer(sample.ANA, cloud="china"))),
    P.NOTE: _at(
        StepKey.SIGN_IN,
        replace(
            sample.offered(),
            offer=sample.offer(
                note=say("The variable SCIM_ASSISTANT_CLOUD names no cloud: 'germany'."),
                place=TokenPlace(
                    Rest.MEMORY,
                    say(
                        "The sign-in is kept for this run only, because no keyring answers on this computer."
                    ),
                ),
            ),
        ),
    ),
    P.OFFER_LONG: _at(StepKey.SIGN_IN, sample.offered(_LONG_NAMES, sample.ANA)),
    P.LOOKING: _at(StepKey.SIGN_IN, sample.begun(scenarios=()), _looking),
    P.PREPARING: _wait(None),
    P.BROWSER: _wait(Way.BROWSER),
    P.CODE: _wait(Way.CODE),
    P.BROKER: _wait(Way.BROKER),
    P.STOPPING: _wait(Way.BROWSER, stop=True),
    P.FAILED: _at(StepKey.SIGN_IN, sample.offered(sample.ANA), _refused(REFUSED)),
    P.SECOND: _at(StepKey.SIGN_IN, sample.offered(sample.ANA), _refused(SECOND)),
    P.NO_NETWORK: _at(StepKey.SIGN_IN, sample.offered(sample.ANA), _refused(OFFLINE)),
    P.SIGNED_IN: _signed_in(sample.ANA),
    P.GUEST: _signed_in(sample.GUEST),
    P.LOOK_ONLY: _signed_in(sample.ANA, "quarantine", read_only=True),
    P.SIGNED_IN_LONG: _at(
        StepKey.SIGN_IN,
        sample.really_signed_in(session=sample.real_session(_LONG_NAMES, tenant_name=sample.LONG)),
    ),
    P.NEEDED: _needed,
    P.TEST_NEEDED: _test_needed,
    P.REGISTER_LOOK: _look(
        StepKey.REGISTER,
        _THERE,
        service_principal_id=sample.app().service_principal.id,
    ),
    P.REGISTER_LOOK_SEARCHING: _look(
        StepKey.REGISTER,
        sample.signed_in(templates=sample.GALLERY),
        _searching,
        service_principal_id="",
    ),
    P.REGISTER_LOOK_NONE: _look(StepKey.REGISTER, sample.searched(), service_principal_id=""),
    P.DONE_LOOK: _look(
        StepKey.DONE,
        replace(_THERE, applied=Applied(setup_id="", states=())),
        service_principal_id=sample.app().service_principal.id,
    ),
    P.DIALOG_ALLOW: _dialog(CHANGES),
    P.DIALOG_ALLOW_WAITING: _dialog(CHANGES, _dialog_waits(Way.BROWSER)),
    P.DIALOG_ALLOW_CODE: _dialog(CHANGES, _dialog_waits(Way.CODE)),
    P.DIALOG_ALLOW_FAILED: _dialog(CHANGES, lambda one: one.show_failed(REFUSED)),
    P.DIALOG_AGAIN: _dialog(ENDED),
    P.DIALOG_AGAIN_LONG: _dialog(
        SignInNeeded(ENDED.what, say("The sign-in of {who} has ended.", who=sample.LONG), ENDED.next_step),
        account=f"{sample.LONG}@example.com",
    ),
}
"""How each picture is made."""
