"""One page a step, same file names as ``steps/``."""

from __future__ import annotations

from scim_assistant.steps.step import StepKey
from scim_assistant.ui.pages.connect import ConnectPage
from scim_assistant.ui.pages.done import DonePage
from scim_assistant.ui.pages.mappings import MappingsPage
from scim_assistant.ui.pages.prove import ProvePage
from scim_assistant.ui.pages.register import RegisterPage
from scim_assistant.ui.pages.review import ReviewPage
from scim_assistant.ui.pages.scope import ScopePage
from scim_assistant.ui.pages.sign_in import SignInPage
from scim_assistant.ui.pages.start import StartPage
from scim_assistant.ui.pages.step_page import StepPage
from scim_assistant.ui.pages.test_connection import TestConnectionPage

PAGES: dict[StepKey, type[StepPage]] = {
    page.key: page
    for page in (
        StartPage,
        SignInPage,
        RegisterPage,
        ConnectPage,
        TestConnectionPage,
        MappingsPage,
        ScopePage,
        ReviewPage,
        ProvePage,
        DonePage,
    )
}
"""The page of every step."""
