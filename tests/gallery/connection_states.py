"""The connection test, the deep check and the letter to the vendor in every state, filled by hand, at example.com."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from scim_assistant.check import Check, Outcome
from scim_assistant.errors import KnownError
from scim_assistant.scim.deep import catalogue as key
from scim_assistant.scim.deep.catalogue import PART_TITLES, PLANNED, planned_checks
from scim_assistant.scim.deep.found import DeepOutcome
from scim_assistant.scim.verdict import Side, Verdict
from scim_assistant.sentence import say
from scim_assistant.steps.found import Found
from scim_assistant.steps.step import StepKey
from scim_assistant.ui.deep_check_window import DeepCheckWindow
from scim_assistant.ui.letter_window import LetterWindow
from scim_assistant.ui.shell import Shell
from tests.gallery import deep_results, results, sample

if TYPE_CHECKING:
    from tests.gallery.states import Stage

Make = Callable[["Stage"], QWidget]


class ConnectionPicture(Enum):
    """Every picture of the test page and of the windows that open from it."""

    TEST_WAITING = "test_connection: not tested yet"
    TEST_RUNNING = "test_connection: running"
    TEST_CLOUD_RUNNING = "test_connection: the cloud's test runs"
    TEST_PASSED = "test_connection: passed"
    TEST_WARNINGS = "test_connection: passed with warnings"
    TEST_BUSY = "test_connection: the service is too busy"
    TEST_ADDRESS = "test_connection: the address is wrong"
    TEST_NETWORK = "test_connection: the network is in the way"
    TEST_TOKEN = "test_connection: token refused"
    TEST_VENDOR = "test_connection: the vendor's fault"
    TEST_ENTRA = "test_connection: Microsoft's side"
    TEST_ALLOW_LIST = "test_connection: an allow-list keeps the cloud out"
    TEST_OPENED = "test_connection: rows opened"
    TEST_STOPPED = "test_connection: stopped"
    TEST_OVERRIDDEN = "test_connection: going on anyway"
    TEST_LONG = "test_connection: long texts"
    TEST_DEEP_DONE = "test_connection: the deep check found faults"
    DEEP_BEFORE = "deep: before"
    DEEP_EXPECT = "deep: before, with what the profile says"
    DEEP_DOMAIN = "deep: a domain that is none"
    DEEP_RUNNING = "deep: running"
    DEEP_STOPPING = "deep: stopping"
    DEEP_STOPPED = "deep: stopped"
    DEEP_PASSED = "deep: all passed"
    DEEP_FAILED = "deep: faults"
    DEEP_FAILED_NARROW = "deep: faults, in a narrow window"
    DEEP_FLAG = "deep: only with the flag"
    DEEP_LEFT = "deep: something stayed behind"
    DEEP_GONE = "deep: the service went away"
    DEEP_REFUSED = "deep: not begun"
    DEEP_LONG = "deep: long texts"
    LETTER_PLAIN = "letter: plain text"
    LETTER_MARKDOWN = "letter: Markdown"
    LETTER_LONG_MAIL = "letter: too long for a mail program"
    LETTER_SAVED = "letter: not saved"
    LETTER_NONE = "letter: nothing to write about"

    @property
    def page(self) -> str:
        """The page or kind of window it shows."""
        return self.value.partition(":")[0]

    @property
    def file(self) -> str:
        """Name of its picture, without ending."""
        return self.name.lower()


def _found(here: Sequence[Check], cloud: Sequence[Check], verdict: Verdict | None, **more: Any) -> Found:
    return sample.tested(connection=tuple(here), cloud=tuple(cloud), verdict=verdict, **more)


def _test(
    here: Sequence[Check],
    cloud: Sequence[Check],
    verdict: Verdict | None,
    after: Callable[[Shell], Any] | None = None,
    **changes: Any,
) -> Make:
    found = _found(here, cloud, verdict)
    return lambda stage: stage.page(StepKey.TEST_CONNECTION, sample.answered(**changes), found, after)


def _running(told: str) -> Callable[[Shell], None]:
    def after(shell: Shell) -> None:
        page: Any = shell.page_here
        page._show(shell.answers, shell.found, running=True)
        page.foot.say(say(told), running=True)
        page.set_complete(False)

    return after


def _open(*keys: str) -> Callable[[Shell], None]:
    def after(shell: Shell) -> None:
        page: Any = shell.page_here
        for each in keys:
            page.here.checks.row(each).more.setChecked(True)

    return after


# The deep check


class Frozen:
    """A run that does nothing."""

    running = True

    def cancel(self) -> None:
        """Nothing runs."""


def deep_window(**more: Any) -> DeepCheckWindow:
    """The window of the deep check, whose runs do nothing."""
    parts = [(title, [one.key for one in PLANNED if one.part is part]) for part, title in PART_TITLES.items()]
    values: dict[str, Any] = {
        "app": results.APP,
        "parts": parts,
        "planned": planned_checks(),
        "start": lambda domain, listener: Frozen(),
    }
    return DeepCheckWindow(**(values | more))


def _deep(
    outcome: DeepOutcome | None = None,
    after: Callable[[DeepCheckWindow], Any] = lambda window: None,
    size: tuple[int, int] | None = None,
    expect: str = "",
) -> Make:
    def make(stage: Stage) -> QWidget:
        window = deep_window(outcome=outcome, expect=expect)
        if size is not None:
            window.resize(*size)
        window.show()
        after(window)
        return window

    return make


def _deep_running(window: DeepCheckWindow) -> None:
    window.start()
    for check in deep_results.running():
        window.on_check(check)
    window.table.choose(key.USER_DUPLICATE)


def _deep_stopping(window: DeepCheckWindow) -> None:
    _deep_running(window)
    window.stop()


def _deep_domain(window: DeepCheckWindow) -> None:
    window.domain.setText("not a domain")
    window._show_domain()


def _deep_refused(window: DeepCheckWindow) -> None:
    window.start()
    window.on_error(
        KnownError(
            say("The deep check was not begun."),
            say("This computer has no folder to remember in what has to be taken away."),
            say("Nothing was sent to the app."),
        )
    )


def _long() -> DeepOutcome:
    words, word = sample.LONG_WORDS, sample.LONG
    check = replace(
        deep_results.failed(key.USER_CREATE, words + word),
        title=say(word),
        means=say(words),
        evidence=((word, words), ("Said", word * 3)),
        spoken=(replace(deep_results.PATCH, request=word * 8, answer=words * 20),),
    )
    outcome = deep_results.FAILED
    return replace(
        outcome,
        checks=tuple(check if one.key == key.USER_CREATE else one for one in outcome.checks),
        breaks=(say(words), *outcome.breaks, say(word)),
        left_behind=(f"Person {word}", f"Group {words}"),
        verdict=replace(outcome.verdict, sentence=say(words), next_step=say(words)),
    )


# The letter


@dataclass(frozen=True)
class MadeLetter:
    """A message, as the program words it."""

    subject: str
    plain: str
    markdown: str


LETTER = MadeLetter(
    "SCIM at scim.example.com: disabling a person has no effect",
    """Hello,

we provision people from Microsoft Entra ID into ScreenSteps by SCIM. A check of the service at
https://scim.example.com/scim/v2 found this:

1. Disabling with the text False
   Expected: after the request below, active is false.
   Came: 200, and active is still true.

   Request:
   PATCH /scim/v2/Users/4b1c2d3e
   {"Operations": [{"op": "Replace", "path": "active", "value": "False"}]}

   Answer:
   200 OK
   {"active": true}

Could you say when this can be mended?
""",
    """Hello,

we provision people from Microsoft Entra ID into ScreenSteps by SCIM. A check of the service at
`https://scim.example.com/scim/v2` found this:

### 1. Disabling with the text False

- **Expected:** after the request below, `active` is `false`.
- **Came:** 200, and `active` is still `true`.

```http
PATCH /scim/v2/Users/4b1c2d3e

{"Operations": [{"op": "Replace", "path": "active", "value": "False"}]}
```
""",
)


def letter_window(letter: MadeLetter | None = LETTER, **more: Any) -> LetterWindow:
    """The window of the message, which saves nothing."""
    return LetterWindow(letter, lambda *_: None, open_address=lambda _: True, **more)


def _letter(
    letter: MadeLetter | None = LETTER, after: Callable[[LetterWindow], Any] = lambda window: None
) -> Make:
    def make(stage: Stage) -> QWidget:
        window = letter_window(letter)
        window.show()
        after(window)
        return window

    return make


P = ConnectionPicture
MAKERS: dict[ConnectionPicture, Make] = {
    P.TEST_WAITING: _test((), (), None),
    P.TEST_RUNNING: _test(results.running(5), (), None, _running("Testing from this computer")),
    P.TEST_CLOUD_RUNNING: _test(
        results.here(), results.CLOUD_RUNNING, None, _running("Testing from Microsoft's cloud")
    ),
    P.TEST_PASSED: _test(results.here(), (results.CLOUD_GOOD,), results.GOOD),
    P.TEST_BUSY: _test(
        results.BUSY_HERE, (results.cloud(Outcome.SKIPPED, "Checked when applied."),), results.BUSY
    ),
    P.TEST_WARNINGS: _test(results.WARNED_HERE, (results.CLOUD_GOOD,), results.WARNED),
    P.TEST_ADDRESS: _test(results.ADDRESS_HERE, (results.ADDRESS_CLOUD,), results.ADDRESS),
    P.TEST_NETWORK: _test(results.NETWORK_HERE, (results.CLOUD_GOOD,), results.NETWORK),
    P.TEST_TOKEN: _test(results.TOKEN_HERE, (results.TOKEN_CLOUD,), results.TOKEN),
    P.TEST_VENDOR: _test(results.VENDOR_HERE, (results.CLOUD_GOOD,), results.VENDOR),
    P.TEST_ENTRA: _test(results.here(), (results.ENTRA_CLOUD,), results.ENTRA),
    P.TEST_ALLOW_LIST: _test(results.here(), (results.ALLOW_LIST_CLOUD,), results.ALLOW_LIST),
    P.TEST_OPENED: _test(results.here(), (results.CLOUD_GOOD,), results.GOOD, _open("name", "tls", "scim")),
    P.TEST_STOPPED: _test(results.running(3), (), None),
    P.TEST_OVERRIDDEN: _test(results.TOKEN_HERE, (results.TOKEN_CLOUD,), results.TOKEN, test_overridden=True),
    P.TEST_LONG: _test(
        results.long_rows(sample.LONG_WORDS, sample.LONG),
        (results.CLOUD_GOOD,),
        Verdict(Side.VENDOR, say(sample.LONG_WORDS), say(sample.LONG + sample.LONG_WORDS)),
    ),
    P.TEST_DEEP_DONE: lambda stage: stage.page(
        StepKey.TEST_CONNECTION, sample.answered(), sample.tested(deep=deep_results.FAILED)
    ),
    P.DEEP_BEFORE: _deep(),
    P.DEEP_EXPECT: _deep(
        expect=say(
            "The service keeps people whom it is told to delete as inactive ones, and each takes a seat."
        )
    ),
    P.DEEP_DOMAIN: _deep(after=_deep_domain),
    P.DEEP_RUNNING: _deep(after=_deep_running),
    P.DEEP_STOPPING: _deep(after=_deep_stopping),
    P.DEEP_STOPPED: _deep(deep_results.STOPPED),
    P.DEEP_PASSED: _deep(deep_results.GOOD),
    P.DEEP_FAILED: _deep(deep_results.FAILED),
    P.DEEP_FAILED_NARROW: _deep(deep_results.FAILED, size=(680, 760)),
    P.DEEP_FLAG: _deep(deep_results.WITH_FLAG),
    P.DEEP_LEFT: _deep(deep_results.LEFT),
    P.DEEP_GONE: _deep(deep_results.GONE),
    P.DEEP_REFUSED: _deep(after=_deep_refused),
    P.DEEP_LONG: _deep(_long(), lambda window: window.table.choose(key.USER_CREATE)),
    P.LETTER_PLAIN: _letter(),
    P.LETTER_MARKDOWN: _letter(after=lambda window: window.tabs.setCurrentIndex(1)),
    P.LETTER_LONG_MAIL: _letter(
        replace(LETTER, plain=LETTER.plain * 4), lambda window: window.mail_button.click()
    ),
    P.LETTER_SAVED: _letter(
        after=lambda window: window._on_refused(
            KnownError(
                say("The message was not saved."),
                say("The system says: {reason}.", reason="Permission denied"),
                say("Choose another folder, or copy the message instead."),
            )
        )
    ),
    P.LETTER_NONE: _letter(None),
}
"""How each picture is made."""
