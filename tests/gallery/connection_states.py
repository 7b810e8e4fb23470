"""The connection test, the deep check and the letter to the vendor in every state, filled by hand, at example.com."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from scim_assistant.check import Check
from scim_assistant.scim.verdict import Side, Verdict
from scim_assistant.sentence import say
from scim_assistant.steps.found import Found
from scim_assistant.steps.step import StepKey
from scim_assistant.ui.shell import Shell
from tests.gallery import results, sample

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
        for key in keys:
            page.here.checks.row(key).more.setChecked(True)

    return after


P = ConnectionPicture
MAKERS: dict[ConnectionPicture, Make] = {
    P.TEST_WAITING: _test((), (), None),
    P.TEST_RUNNING: _test(results.running(5), (), None, _running("Testing from this computer")),
    P.TEST_CLOUD_RUNNING: _test(
        results.here(), results.CLOUD_RUNNING, None, _running("Testing from Microsoft's cloud")
    ),
    P.TEST_PASSED: _test(results.here(), (results.CLOUD_GOOD,), results.GOOD),
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
}
"""How each picture is made."""
