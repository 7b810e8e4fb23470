"""Replacing a Secret Token in every state that matters, filled by hand, at example.com. Nothing runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from scim_assistant.check import Outcome
from scim_assistant.errors import KnownError, SignInNeeded
from scim_assistant.plan.wanted import Principal
from scim_assistant.scim.profiles import load_profile
from scim_assistant.secret import Secret
from scim_assistant.sentence import say
from scim_assistant.steps.rotation import (
    DOING,
    PROVED,
    REVOKE,
    SAVED,
    STORED,
    TESTED,
    Rotated,
    Situation,
    before_making,
    problems,
    revoke_sentence,
)
from scim_assistant.steps.rotation_acts import RotationActs
from scim_assistant.steps.step import StepKey
from scim_assistant.steps.token_days import TokenDay
from scim_assistant.steps.token_life import life_of
from scim_assistant.ui.jobs import Handle, Lane
from scim_assistant.ui.rotation_window import RotationWindow
from scim_assistant.ui.token_day_dialog import TokenDayDialog
from tests.gallery import sample
from tests.gallery.monitor_states import NOW, StillJobs
from tests.steps import made

if TYPE_CHECKING:
    from tests.gallery.states import Stage

PEOPLE = (
    Principal("1", "User", "Ana Ruiz", "ana.ruiz@example.com"),
    Principal("2", "User", "Ben Okafor", "ben.okafor@example.com"),
)
TOKEN = "eyJhbGciOiJub25lIn0.eyJleHAiOjE4MDM4MTYwMDB9.x"
"""A JWT that ends in 2027."""


class RotationPicture(Enum):
    """Every picture of replacing a token."""

    LOOKING = "rotation: looking"
    BEFORE = "rotation: before"
    PRACTICE = "rotation: practice, a token entered"
    AT_ONCE = "rotation: the old one stops at once, broke off before"
    NO_TOKEN = "rotation: something else than a token"
    RUNNING = "rotation: running"
    WRONG = "rotation: the new token is refused"
    DOUBTFUL = "rotation: the test can be wrong"
    NOT_SAVED = "rotation: saving was refused"
    STOPPED = "rotation: stopped after saving"
    NOT_STORED = "rotation: refused as stored"
    NOT_PROVED = "rotation: the person failed"
    DONE = "rotation: done"
    LIFT = "rotation: done, provisioning is paused"
    SIGN_IN = "rotation: changes have to be allowed"
    UNREAD = "rotation: the app could not be read"
    LONG = "rotation: long texts"
    DAY = "dialog: the day of a token"
    DONE_PAGE = "done: the token ends soon"

    @property
    def page(self) -> str:
        """The kind of window it shows."""
        return self.value.partition(":")[0]

    @property
    def file(self) -> str:
        """Name of its picture."""
        words = self.value.replace(":", "").replace(",", "").replace(" ", "_").replace("-", "_")
        return words if self.page == "rotation" else f"rotation_{words}"


def _unused(*_: Any) -> Any:
    raise AssertionError("nothing runs in a picture")


def _window(
    profile_id: str = "screensteps", *, situation: Situation | None = None, name: str = "ScreenSteps"
) -> RotationWindow:
    profile = load_profile(profile_id)

    def reading(secret: Secret) -> Any:
        from scim_assistant.scim.token import read_token

        return read_token(secret, profile, NOW).sentence

    acts = RotationActs(
        _unused,
        _unused,
        _unused,
        _unused,
        lambda order, one: problems(order, one, profile),
        reading,
    )
    window = RotationWindow(name, acts, StillJobs(), is_practice=bool(situation and situation.practice_token))  # type: ignore[arg-type]
    window.show()
    if situation is not None:
        window.show_situation(situation)
    return window


def _situation(profile_id: str = "screensteps", **more: Any) -> Situation:
    profile = load_profile(profile_id)
    values: dict[str, Any] = {
        "app": made.app(job=True, runs=True),
        "name": profile.display_name,
        "where": profile.where_token.sentence,
        "link": profile.where_token.link or profile.help_link,
        "before": before_making(profile, profile.display_name),
        "warnings": (say("Microsoft does not show the earlier token, so it cannot be put back from here."),),
        "people": PEOPLE,
        "pilot": PEOPLE[0],
    }
    return Situation(**(values | more))


def _filled(profile_id: str = "screensteps", **more: Any) -> RotationWindow:
    window: RotationWindow = _window(
        profile_id, situation=_situation(profile_id, **more), name=load_profile(profile_id).display_name
    )
    window.secret.set_secret(Secret(TOKEN))
    window._show()
    return window


def _rows(*outcomes: Outcome, **sentences: str) -> Rotated:
    told = {
        TESTED: say("Both sides pass: the address and the token are right."),
        SAVED: say("Saved. Every other setting was left as it was."),
        STORED: say("Microsoft's cloud reached the app with the token that it has stored."),
        PROVED: say("Ana Ruiz is at ScreenSteps already, with the same values."),
        REVOKE: revoke_sentence(load_profile("screensteps"), "ScreenSteps", proved=True),
    }
    rotated = Rotated()
    for row, outcome in zip(rotated.rows, outcomes, strict=False):
        usual = {Outcome.PASS: told[row.key], Outcome.WARN: told[row.key], Outcome.RUNNING: DOING[row.key]}
        sentence = sentences.get(row.key, usual.get(outcome, ""))
        seconds = 0.8 if outcome not in (Outcome.RUNNING, Outcome.WAITING) and row.key != REVOKE else None
        rotated = rotated.with_row(row.key, outcome=outcome, sentence=sentence, seconds=seconds)
    return rotated


P, W, F, R, S = Outcome.PASS, Outcome.WARN, Outcome.FAIL, Outcome.RUNNING, Outcome.SKIPPED


def _with(rotated: Rotated, **changes: Any) -> RotationWindow:
    from dataclasses import replace

    window = _filled()
    window.show_rotated(replace(rotated, **changes))
    return window


def _running() -> QWidget:
    window = _filled()
    handle = Handle(window, Lane.TENANT_WRITE)
    window._running = handle
    window._take(_rows(P, R))
    window.progress.set_text(say("Save it in Microsoft's cloud"))
    return window


def _wrong() -> QWidget:
    return _with(
        _rows(
            F,
            tested="The app refused the token, from here and from Microsoft's cloud. Nothing was saved. Make a new token "
            "at ScreenSteps and enter it.",
        )
    )


def _doubtful() -> QWidget:
    return _with(
        _rows(
            F,
            tested="Microsoft's cloud reports a failed test and does not say what the app answered. Nothing was saved. "
            "Try again in a few minutes.",
        ),
        may_save_anyway=True,
    )


def _not_saved() -> QWidget:
    error = KnownError(
        say("The connection and the settings were not saved."),
        say("They were changed by somebody else after this plan was made."),
        say("Try again."),
    )
    return _with(_rows(P, F, saved=f"{error.what} {error.why}"), trouble=error)


def _sign_in() -> QWidget:
    window = _filled()
    error = SignInNeeded(
        say("The Secret Token was not replaced."),
        say("So far only the permissions for looking were asked for."),
        say("Allow changes, and the same thing goes on."),
        scopes=(),
        account_id="",
    )
    window.show_rotated(Rotated(trouble=error))
    return window


def _unread() -> QWidget:
    window = _window()
    window.trouble.show_error(
        KnownError(
            say("The Secret Token was not replaced."),
            say("ScreenSteps has no provisioning with a Tenant URL that a token belongs to."),
            say("Set up provisioning for the app first."),
        ),
        ("look", say("Try again")),
    )
    return window


def _long() -> QWidget:
    long = "ScreenSteps for " + "a very long department name " * 5
    window = _window(
        situation=_situation(
            name=long,
            warnings=tuple(say("A long warning. " * 12) for _ in range(3)),
            people=(Principal("9", "User", "Wolfeschlegelstein" * 8, "someone@example.com"),),
            pilot=None,
        ),
        name=long,
    )
    window.show_rotated(
        _rows(P, P, P, F, proved="Nobody was provisioned because " + "of a long reason " * 25)
    )
    return window


def _typed_address() -> QWidget:
    window = _filled()
    window.secret.set_secret(Secret("https://example.com/api/scim/v2"))
    window._show()
    return window


def _at_once() -> QWidget:
    return _window(
        "atlassian-cloud",
        situation=_situation(
            "atlassian-cloud",
            warnings=(
                say("Microsoft does not show the earlier token, so it cannot be put back from here."),
                say(
                    "A replacement on {day} broke off after the new token was saved. Enter that token again to go "
                    "through the rest: saving it once more does no harm.",
                    day="27 November 2026",
                ),
            ),
        ),
        name="Atlassian Cloud",
    )


def _day() -> QWidget:
    dialog = TokenDayDialog("ScreenSteps", NOW, lambda made_on, ends_on: None)
    dialog.show()
    return dialog


def _done_page(stage: Stage) -> QWidget:
    from dataclasses import replace

    ends = NOW + timedelta(days=12)
    life = life_of(TokenDay("t", "a", "screensteps", NOW.date(), ends), load_profile("screensteps"), NOW)
    found = replace(sample.planned(), started=True, token=life)
    return stage.page(StepKey.DONE, sample.answered(), found)


MAKERS: dict[RotationPicture, Callable[[Stage], QWidget]] = {
    RotationPicture.LOOKING: lambda stage: _window(),
    RotationPicture.BEFORE: lambda stage: _window(situation=_situation()),
    RotationPicture.PRACTICE: lambda stage: _filled(practice_token=Secret("abc")),
    RotationPicture.AT_ONCE: lambda stage: _at_once(),
    RotationPicture.NO_TOKEN: lambda stage: _typed_address(),
    RotationPicture.RUNNING: lambda stage: _running(),
    RotationPicture.WRONG: lambda stage: _wrong(),
    RotationPicture.DOUBTFUL: lambda stage: _doubtful(),
    RotationPicture.NOT_SAVED: lambda stage: _not_saved(),
    RotationPicture.STOPPED: lambda stage: _with(_rows(P, P), saved=True, stopped=True),
    RotationPicture.NOT_STORED: lambda stage: _with(
        _rows(
            P,
            P,
            F,
            stored="The app refused the token when Microsoft's cloud asked. The new token is stored. Leave the old one "
            "alone, and try again in a few minutes.",
        ),
        saved=True,
    ),
    RotationPicture.NOT_PROVED: lambda stage: _with(
        _rows(
            P,
            P,
            P,
            F,
            proved="Ana Ruiz was passed over: not assigned to the app. The new token stays stored. Choose somebody "
            "else, or nobody, and go on.",
        ),
        saved=True,
    ),
    RotationPicture.DONE: lambda stage: _with(_rows(P, P, P, P, P), saved=True, complete=True),
    RotationPicture.LIFT: lambda stage: _with(_rows(W, P, P, P, P), saved=True, complete=True, may_lift=True),
    RotationPicture.SIGN_IN: lambda stage: _sign_in(),
    RotationPicture.UNREAD: lambda stage: _unread(),
    RotationPicture.LONG: lambda stage: _long(),
    RotationPicture.DAY: lambda stage: _day(),
    RotationPicture.DONE_PAGE: _done_page,
}
