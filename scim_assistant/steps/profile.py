"""Which app profile the answers speak of, among those that the start page has read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found

if TYPE_CHECKING:
    from scim_assistant.scim.profiles import AppProfile


def profile_of(answers: Answers, found: Found) -> AppProfile | None:
    """The chosen profile; None before the start page has read them. Reads no file, so it may run anywhere."""
    return next((profile for profile in found.profiles if profile.id == answers.profile_id), None)


def app_word(answers: Answers, found: Found) -> str:
    """What to call the app in a sentence: its own name, else the product's, else *the app*."""
    if found.app is not None and found.app.service_principal.display_name:
        return found.app.service_principal.display_name
    profile = profile_of(answers, found)
    return answers.app_name.strip() or (profile.name_in_text if profile else "") or "the app"
