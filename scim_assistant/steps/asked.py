"""Which service a test asks: the answers, cleaned, with what the app's profile says of it. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scim_assistant.steps.answers import Answers
from scim_assistant.steps.clean import clean_secret, clean_tenant_url
from scim_assistant.steps.connect import keeps_stored_secret, stored_address
from scim_assistant.steps.found import Found
from scim_assistant.steps.needed import needed_profile

if TYPE_CHECKING:
    from scim_assistant.scim.target import Target


def target_of(answers: Answers, found: Found) -> Target:
    """The service that the answers speak of.

    Its token is empty where the one that is stored in Microsoft's cloud stays, since that one is known there only.

    Raises:
        KnownError: No app profile is chosen.
    """
    profile = needed_profile(answers, found)
    is_practice = found.session is not None and found.session.is_practice
    address = clean_tenant_url(answers.tenant_url or stored_address(found), profile, is_practice=is_practice)
    target = profile.target(address.value, clean_secret(answers.secret).value, allow_loopback=is_practice)
    return replace(target, practice=is_practice)


def only_stored(answers: Answers, found: Found) -> bool:
    """True when the token is known to Microsoft's cloud only, so that nothing can be asked with it from here."""
    return keeps_stored_secret(answers, found)
