"""Is this account ready to set up provisioning: permissions, role, licence, logs, and what the vendor asks for.

Each question is a ``Check`` that is reported as soon as it is answered. Only missing permissions fail: a role is a hint
(roles that wait for activation and custom roles do not show), a licence is needed for some parts only, and what the
vendor has to switch on cannot be seen from here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from scim_assistant.check import Check, Fix, Outcome
from scim_assistant.errors import KnownError, ServiceRefused
from scim_assistant.graph import directory
from scim_assistant.graph.logs import events_request
from scim_assistant.graph.types import DirectoryRole, SubscribedSku, same
from scim_assistant.scim.profiles import AppProfile
from scim_assistant.sentence import Sentence, counted, say
from scim_assistant.signin import permissions
from scim_assistant.tenant.session import Session
from scim_assistant.work import Work

CONFIGURING_ROLES: dict[str, str] = {
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": "Application Administrator",
    "158c047a-c907-4556-b7ef-446551a6b5f7": "Cloud Application Administrator",
    "62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
}
"""Roles that may configure provisioning, by role template id.

Source: Entra built-in roles reference, read 2026-11.
"""

PREMIUM_PLANS: dict[str, str] = {
    "eec0eb4f-6444-4f95-aba0-50c24d67f998": "Entra ID P2",
    "41781fb2-bc02-4b7c-bd55-b576c07bb09d": "Entra ID P1",
}
"""Service plans that count as premium, by id. They hide inside suites, so plans are looked at and not product names."""

_PLAN_NAMES = {"AAD_PREMIUM_P2": "Entra ID P2", "AAD_PREMIUM": "Entra ID P1"}

TITLES: dict[str, Sentence] = {
    "scopes": say("Permissions"),
    "role": say("Your directory role"),
    "licence": say("Entra ID licence"),
    "logs": say("Provisioning log"),
}
"""What is looked at, in order; the vendor's prerequisites come after."""

OnCheck = Callable[[Check], None]


def waiting_checks(profile: AppProfile) -> tuple[Check, ...]:
    """The rows before anything is known, so that each has its place from the start."""
    return tuple(Check(key, title) for key, title in TITLES.items()) + vendor_checks(profile)


def check_readiness(
    session: Session, profile: AppProfile, work: Work, on_check: OnCheck | None = None
) -> tuple[Check, ...]:
    """Look whether everything is there that a set-up needs.

    Args:
        session: Who is signed in where.
        profile: Names the vendor's prerequisites.
        work: Cancel and progress.
        on_check: Told each check as it begins and as it ends, from this thread.

    Returns:
        All checks in the order of the page.

    Raises:
        Cancelled: The person pressed Cancel.
    """
    tell: OnCheck = on_check or (lambda check: None)
    questions: tuple[tuple[str, Callable[[], Check]], ...] = (
        ("scopes", lambda: check_scopes(session.scopes)),
        ("role", lambda: _check_role(session, work)),
        ("licence", lambda: _check_licence(session, work)),
        ("logs", lambda: _check_logs(session, work)),
    )
    done: list[Check] = []
    for place, (key, ask) in enumerate(questions):
        work.check()
        work.progress(place, len(questions), say("Checking: {what}", what=TITLES[key]))
        tell(Check(key, TITLES[key], Outcome.RUNNING))
        began = time.monotonic()
        check = replace(ask(), seconds=time.monotonic() - began)
        done.append(check)
        tell(check)
    for check in vendor_checks(profile):
        done.append(check)
        tell(check)
    work.progress(len(questions), len(questions), say("Checked what a set-up needs"))
    return tuple(done)


def check_scopes(scopes: Iterable[str]) -> Check:
    """Judge the permissions that were granted. Pure."""
    granted = frozenset(scopes)
    needs = (*permissions.LOOK, *permissions.CHANGE)
    missing = permissions.missing(needs, granted)
    evidence = tuple(
        (need.name, say("Missing. {reason}", reason=need.reason) if need in missing else need.reason)
        for need in needs
    )
    if not missing:
        return Check(
            "scopes",
            TITLES["scopes"],
            Outcome.PASS,
            say("All {n} are granted.", n=counted(len(needs), "permission", "permissions")),
            evidence,
        )
    names = ", ".join(need.name for need in missing)
    permission, verb = ("permission", "was") if len(missing) == 1 else ("permissions", "were")
    essential = [need for need in missing if need.essential]
    if essential:
        return Check(
            "scopes",
            TITLES["scopes"],
            Outcome.FAIL,
            say(
                "The {permission} {names} {verb} not granted. An administrator has to consent, then sign in again.",
                permission=permission,
                names=names,
                verb=verb,
            ),
            evidence,
            Fix(say("Sign in again"), "step:sign_in"),
        )
    return Check(
        "scopes",
        TITLES["scopes"],
        Outcome.WARN,
        say(
            "The {permission} {names} {verb} not granted; the set-up works without.",
            permission=permission,
            names=names,
            verb=verb,
        ),
        evidence,
    )


def judge_roles(roles: Iterable[DirectoryRole]) -> Check:
    """Judge the active directory roles of the person. Pure; never fails, since not every role shows."""
    held = tuple(roles)
    known = [CONFIGURING_ROLES.get((role.role_template_id or "").lower(), "") for role in held]
    names = [role.display_name or name for role, name in zip(held, known, strict=True)]
    evidence = (("Active roles", ", ".join(filter(None, names)) or "none shown"),)
    fitting = [name for name in known if name]
    if fitting:
        return Check(
            "role",
            TITLES["role"],
            Outcome.PASS,
            say("{role} may set up provisioning.", role=fitting[0]),
            evidence,
        )
    if any(role.role_template_id is None for role in held):
        return Check(
            "role",
            TITLES["role"],
            Outcome.WARN,
            say(
                "Your roles cannot be read with the permissions granted, so this stays open until the first change."
            ),
            evidence,
        )
    return Check(
        "role",
        TITLES["role"],
        Outcome.WARN,
        say(
            "No active role that may set up provisioning was found. Application Administrator or Cloud Application "
            "Administrator is needed; an eligible role has to be activated first."
        ),
        evidence,
    )


def _check_role(session: Session, work: Work) -> Check:
    try:
        return judge_roles(directory.own_roles(session.graph, work))
    except KnownError as error:
        return _unknown("role", say("Your roles could not be read: {why}", why=error.why), error)


def judge_licence(skus: Iterable[SubscribedSku]) -> Check:
    """Judge the licences of the tenant by their service plans. Pure."""
    plans: dict[str, str] = {}
    for sku in skus:
        if not (same(sku.capability_status, "Enabled") or same(sku.capability_status, "Warning")):
            continue
        for plan in sku.service_plans or ():
            name = PREMIUM_PLANS.get((plan.service_plan_id or "").lower()) or _PLAN_NAMES.get(
                (plan.service_plan_name or "").upper()
            )
            if name and same(plan.provisioning_status, "Success"):
                plans.setdefault(name, sku.sku_part_number or "")
    if not plans:
        return Check(
            "licence",
            TITLES["licence"],
            Outcome.WARN,
            say(
                "No Entra ID P1 or P2 was found. Groups cannot be assigned without it, and the provisioning log "
                "cannot be read; people can still be assigned one by one."
            ),
        )
    best = "Entra ID P2" if "Entra ID P2" in plans else "Entra ID P1"
    return Check(
        "licence",
        TITLES["licence"],
        Outcome.PASS,
        say("The tenant has {plan}.", plan=best),
        tuple((plan, sku) for plan, sku in sorted(plans.items())),
    )


def _check_licence(session: Session, work: Work) -> Check:
    try:
        return judge_licence(directory.subscribed_skus(session.graph, work))
    except KnownError as error:
        return _unknown("licence", say("The licences could not be read: {why}", why=error.why), error)


def _check_logs(session: Session, work: Work) -> Check:
    try:
        # No job has this id: whether the log may be read is the question, not what is in it.
        session.graph.send(events_request("readiness", top=1), work)
    except ServiceRefused as error:
        return Check(
            "logs",
            TITLES["logs"],
            Outcome.WARN,
            say("The log cannot be read: {why} The set-up works without it.", why=error.why),
            details=error.details,
        )
    except KnownError as error:
        return _unknown("logs", say("The log could not be asked: {why}", why=error.why), error)
    return Check("logs", TITLES["logs"], Outcome.PASS, say("The provisioning log can be read."))


def vendor_checks(profile: AppProfile) -> tuple[Check, ...]:
    """What the vendor asks for, which cannot be seen from here."""
    return tuple(
        Check(
            f"vendor-{number}",
            say("{app} asks for", app=profile.display_name),
            Outcome.SKIPPED,
            Sentence(text),
        )
        for number, text in enumerate(profile.prerequisites, start=1)
    )


def _unknown(key: str, sentence: Sentence, error: KnownError) -> Check:
    return Check(key, TITLES[key], Outcome.WARN, sentence, details=error.details)
