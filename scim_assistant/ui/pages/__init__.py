"""One page a step, same file names as ``steps/``.

The modules are imported when their page is made: the first window opens long before most of them are needed.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from scim_assistant.sentence import say
from scim_assistant.steps.step import Step, StepGroup, StepKey
from scim_assistant.ui.widgets.rail import RailEntry

if TYPE_CHECKING:
    from scim_assistant.ui.pages.step_page import PageHost, StepPage

_CLASSES = {
    StepKey.START: "StartPage",
    StepKey.SIGN_IN: "SignInPage",
    StepKey.REGISTER: "RegisterPage",
    StepKey.CONNECT: "ConnectPage",
    StepKey.TEST_CONNECTION: "TestConnectionPage",
    StepKey.MAPPINGS: "MappingsPage",
    StepKey.SCOPE: "ScopePage",
    StepKey.REVIEW: "ReviewPage",
    StepKey.PROVE: "ProvePage",
    StepKey.DONE: "DonePage",
}


RAIL = tuple(
    RailEntry(key, group, say(title))
    for key, group, title in (
        (StepKey.START, StepGroup.PREPARE, "Start"),
        (StepKey.SIGN_IN, StepGroup.PREPARE, "Sign in"),
        (StepKey.REGISTER, StepGroup.PREPARE, "App"),
        (StepKey.CONNECT, StepGroup.CONNECT, "Connect"),
        (StepKey.TEST_CONNECTION, StepGroup.CONNECT, "Test"),
        (StepKey.MAPPINGS, StepGroup.CONNECT, "Mappings"),
        (StepKey.SCOPE, StepGroup.DECIDE, "Scope"),
        (StepKey.REVIEW, StepGroup.DECIDE, "Review"),
        (StepKey.PROVE, StepGroup.GO_LIVE, "Prove"),
        (StepKey.DONE, StepGroup.GO_LIVE, "Done"),
    )
)
"""What the rail shows before the steps themselves are imported; a test holds it to them."""


def page_class(key: StepKey) -> type[StepPage]:
    """The page of a step; imports its module. Safe from any thread."""
    module = importlib.import_module(f"scim_assistant.ui.pages.{key.value}")
    found: type[StepPage] = getattr(module, _CLASSES[key])
    return found


def _maker(key: StepKey) -> Callable[[Step, PageHost], StepPage]:
    def make(step: Step, host: PageHost) -> StepPage:
        return page_class(key)(step, host)

    return make


PAGES: dict[StepKey, Callable[[Step, PageHost], StepPage]] = {key: _maker(key) for key in _CLASSES}
"""How the page of every step is made."""
