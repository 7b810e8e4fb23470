"""From the answers to what a plan is for. Pure."""

from __future__ import annotations

from dataclasses import replace

from scim_assistant.check import Outcome
from scim_assistant.errors import KnownError
from scim_assistant.plan.wanted import Wanted
from scim_assistant.sentence import say
from scim_assistant.steps.answers import Answers, AppChoice
from scim_assistant.steps.clean import (
    clean_app_name,
    clean_email,
    clean_secret,
    clean_tenant_url,
    clean_threshold,
)
from scim_assistant.steps.connect import stored_address
from scim_assistant.steps.found import Found
from scim_assistant.steps.from_cloud import CloudCheck, Told
from scim_assistant.steps.needed import needed_profile
from scim_assistant.steps.register import chosen_template


def wanted_from(answers: Answers, found: Found) -> Wanted:
    """The answers, cleaned and boiled down.

    Raises:
        KnownError: No app profile or gallery entry is chosen.
    """
    profile = needed_profile(answers, found)
    app = found.app
    is_there = app is not None and app.service_principal.id == answers.service_principal_id
    template = chosen_template(answers, found)
    template_id = template.id if template else answers.template_id
    name = clean_app_name(answers.app_name).value
    if is_there and app is not None:
        template_id = app.service_principal.application_template_id or template_id
        name = app.service_principal.display_name or name
    if not template_id:
        raise KnownError(
            say("The plan was not made."), say("No gallery app is chosen."), say("Choose it on the App page.")
        )
    is_practice = found.session is not None and found.session.is_practice
    address = clean_tenant_url(answers.tenant_url or stored_address(found), profile, is_practice=is_practice)
    return Wanted(
        template_id=template_id,
        app_name=name or profile.display_name,
        service_principal_id=answers.service_principal_id or None,
        tenant_url=address.value,
        secret=clean_secret(answers.secret).value or None,
        mode=answers.mode,
        everyone=answers.everyone,
        principals=() if answers.everyone else answers.principals,
        notify_email=clean_email(answers.notify_email).value,
        delete_threshold=clean_threshold(answers.delete_threshold).value if answers.delete_guard else None,
        cloud_tested=answers.test_overridden or _cloud_passed(found),
    )


def _cloud_passed(found: Found) -> bool:
    """True when Microsoft's cloud has tested these credentials, or can only be doubted and not asked again."""
    return any(
        isinstance(row, CloudCheck)
        and (row.told is Told.ACCEPTED or (row.told is Told.UNCLEAR and row.outcome is Outcome.WARN))
        for row in found.cloud
    )


def answers_from(wanted: Wanted, answers: Answers) -> Answers:
    """The answers of a set-up that was left half done, from its journal; what the person typed since stays."""
    return replace(
        answers,
        app_choice=AppChoice.NEW,
        template_id=wanted.template_id,
        service_principal_id=wanted.service_principal_id or "",
        app_name=answers.app_name or wanted.app_name,
        create_later=not wanted.service_principal_id,
        tenant_url=answers.tenant_url or wanted.tenant_url,
        mode=wanted.mode,
        everyone=wanted.everyone,
        people=answers.people or tuple(one for one in wanted.principals if one.kind == "User"),
        groups=answers.groups or tuple(one for one in wanted.principals if one.kind == "Group"),
        notify_email=answers.notify_email or wanted.notify_email,
        delete_guard=wanted.delete_threshold is not None,
        delete_threshold=str(wanted.delete_threshold)
        if wanted.delete_threshold
        else answers.delete_threshold,
    )
