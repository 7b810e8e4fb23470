"""How each readiness check comes out, from what was found: pure judgements, in the words of the page.

``readiness.py`` asks the tenant and reports; ``explain.py`` says why a single call was refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Final

from scim_assistant.check import Check, Fix, Outcome
from scim_assistant.errors import Details
from scim_assistant.graph.rights import CONFIGURE, GLOBAL_READER, READ_LOGS, Role, holds
from scim_assistant.graph.types import DirectoryRole, ServicePrincipal, SubscribedSku, same
from scim_assistant.scim.profiles import AppProfile
from scim_assistant.sentence import Sentence, counted, say
from scim_assistant.signin import permissions
from scim_assistant.signin.account import Account
from scim_assistant.signin.permissions import Permission


class Cause(Enum):
    """What is missing where Microsoft refuses."""

    LICENCE = "licence"
    PERMISSION = "permission"
    ROLE = "role"
    UNKNOWN = "unknown"
    """Nothing that can be seen from here."""


TITLES: Final[dict[str, Sentence]] = {
    "account": say("Account"),
    "scopes": say("Permissions"),
    "role": say("Your directory role"),
    "licence": say("Entra ID licence"),
    "logs": say("Provisioning log"),
    "apps": say("Apps that exist already"),
}
"""What is looked at, in order; what the vendor asks for comes after."""

PREMIUM_PLANS: Final[dict[str, str]] = {
    "eec0eb4f-6444-4f95-aba0-50c24d67f998": "Entra ID P2",
    "41781fb2-bc02-4b7c-bd55-b576c07bb09d": "Entra ID P1",
}
"""Service plans that count as premium, by id. They hide inside suites, so plans are looked at and not product names."""
_PLAN_NAMES: Final = {"AAD_PREMIUM_P2": "Entra ID P2", "AAD_PREMIUM": "Entra ID P1"}

PERSONAL_TENANT: Final = "9188040d-6c67-4c5b-b112-36a304b66dad"
"""Where personal Microsoft accounts are at home."""

_SIGN_IN_MODES: Final = {"saml": "SAML", "oidc": "OpenID Connect", "password": "password"}
APPS_NAMED: Final = 3


def judge_account(account: Account | None, tenant_id: str, name: str) -> Check:
    """Judge where the account is at home.

    Args:
        account: Who signed in; None in a practice session.
        tenant_id: The tenant that is worked on.
        name: Its user principal name, for a practice session.
    """
    if account is None or not account.is_guest_in(tenant_id):
        who = account.username if account is not None else name
        return _check("account", Outcome.PASS, say("{account} belongs to this tenant.", account=who))
    name, at, domain = account.username.rpartition("@")
    if not at or "#" in name:  # a guest's name as this tenant spells it
        domain = ""
    if account.home_tenant_id.casefold() == PERSONAL_TENANT:
        home = say("This is a personal Microsoft account, and a guest in this tenant.")
    elif domain:
        home = say("This account is at home in {domain}, and a guest in this tenant.", domain=domain)
    else:
        home = say("This account is at home in another tenant, and a guest in this one.")
    return _check(
        "account",
        Outcome.WARN,
        say("{home} If something is refused, sign in with an account of this tenant.", home=home),
        (
            ("Account", account.username),
            ("Home tenant", account.home_tenant_id),
            ("This tenant", tenant_id),
        ),
    )


def check_scopes(
    scopes: Iterable[str], *, read_only: bool = False, asks_later: bool = False, fix: Fix | None = None
) -> Check:
    """Judge the permissions that were granted.

    Args:
        scopes: By name.
        read_only: Those for changes are never asked for.
        asks_later: Those for changes are asked for at the first change, so that they may be missing now.
        fix: Where an administrator consents; without, signing in again is offered.
    """
    granted = frozenset(scopes)
    needed = permissions.LOOK if read_only else (*permissions.LOOK, *permissions.CHANGE)
    missing = permissions.missing(needed, granted)
    later = tuple(one for one in missing if asks_later and one in permissions.CHANGE)
    missing = tuple(one for one in missing if one not in later)
    # What is missing comes first: it is what somebody looks for here.
    ordered = (*missing, *(one for one in needed if one not in missing))
    evidence = tuple((one.name, _in_words(one, missing, later)) for one in ordered)
    if not missing:
        n = counted(len(needed) - len(later), "permission", "permissions")
        if later:
            sentence = say(
                "All {n} for looking are granted. Those for changes are asked for just before the first change.",
                n=n,
            )
        elif read_only:
            sentence = say("All {n} for looking are granted, and nothing else is asked for.", n=n)
        else:
            sentence = say("All {n} are granted.", n=n)
        return _check("scopes", Outcome.PASS, sentence, evidence)
    names = ", ".join(one.name for one in missing)
    permission, verb = ("permission", "was") if len(missing) == 1 else ("permissions", "were")
    if not any(one.essential for one in missing):
        return _check(
            "scopes",
            Outcome.WARN,
            say(
                "The {permission} {names} {verb} not granted; only a part is missing without.",
                permission=permission,
                names=names,
                verb=verb,
            )
            if read_only
            else say(
                "The {permission} {names} {verb} not granted; the set-up works without.",
                permission=permission,
                names=names,
                verb=verb,
            ),
            evidence,
            fix=fix if any(one.needs_admin for one in missing) else None,
        )
    for_admin = [one.name for one in missing if one.needs_admin]
    if not for_admin:
        what_now = say("Sign in again and agree to it.")
    elif len(for_admin) == len(missing):
        what_now = say("An administrator has to consent, then sign in again.")
    else:
        what_now = say(
            "An administrator has to consent to {names}, then sign in again.", names=", ".join(for_admin)
        )
    return _check(
        "scopes",
        Outcome.FAIL,
        say(
            "The {permission} {names} {verb} not granted. {now}",
            permission=permission,
            names=names,
            verb=verb,
            now=what_now,
        ),
        evidence,
        fix=fix if fix is not None and for_admin else Fix(say("Sign in again"), "step:sign_in"),
    )


def _in_words(one: Permission, missing: Sequence[Permission], later: Sequence[Permission]) -> Sentence:
    if one in missing:
        return say("Missing. {reason}", reason=one.reason)
    if one in later:
        return say("Asked for at the first change. {reason}", reason=one.reason)
    return one.reason


def judge_roles(roles: Iterable[DirectoryRole], *, read_only: bool = False, fix: Fix | None = None) -> Check:
    """Judge the active directory roles of the person; never fails, since not every role shows.

    Args:
        read_only: What is wanted is the log and the state, not changes.
        fix: Where a role that waits for activation is activated.
    """
    held = tuple(roles)
    evidence = (
        ("Active roles", ", ".join(_role_name(role) for role in held) or "none shown"),
        ("May set up provisioning", ", ".join(role.name for role in CONFIGURE)),
        ("May read the provisioning log", ", ".join(role.name for role in READ_LOGS)),
        ("Not shown here", "roles that wait for activation, custom roles, being an owner of the app"),
    )
    mighty = holds(CONFIGURE, held)
    if mighty:
        sentence = (
            say("{role} may read all of it.", role=mighty[0].name)
            if read_only
            else say("{role} may set up provisioning.", role=mighty[0].name)
        )
        return _check("role", Outcome.PASS, sentence, evidence)
    readers = holds(READ_LOGS, held)
    if read_only and readers:
        return _judge_reader(readers, evidence)
    if any(role.role_template_id is None for role in held):
        return _check(
            "role",
            Outcome.WARN,
            say("Your roles cannot be read with the permissions granted, so it shows when the log is read.")
            if read_only
            else say(
                "Your roles cannot be read with the permissions granted, so this stays open until the first change."
            ),
            evidence,
        )
    return _check(
        "role",
        Outcome.WARN,
        say(
            "No active role that may read the provisioning log was found. Reports Reader is enough; an eligible role "
            "has to be activated first."
        )
        if read_only
        else say(
            "No active role that may set up provisioning was found. Application Administrator or Cloud Application "
            "Administrator is needed; an eligible role has to be activated first."
        ),
        evidence,
        fix=fix,
    )


def _judge_reader(readers: Sequence[Role], evidence: tuple[tuple[str, str], ...]) -> Check:
    names = " and ".join(role.name for role in readers)
    if GLOBAL_READER in readers:
        # Microsoft's page says so of this role alone.
        return _check(
            "role",
            Outcome.WARN,
            say(
                "{roles} may read the provisioning log, but Global Reader may not read how provisioning is configured.",
                roles=names,
            ),
            evidence,
        )
    return _check(
        "role",
        Outcome.PASS,
        say(
            "{roles} may read the provisioning log. The state of a job may need Application Administrator.",
            roles=names,
        ),
        evidence,
    )


def _role_name(role: DirectoryRole) -> str:
    known = next(
        (one.name for one in READ_LOGS if one.template_id == (role.role_template_id or "").lower()), ""
    )
    return role.display_name or known or "a role without a name"


def judge_licence(skus: Iterable[SubscribedSku]) -> Check:
    """Judge the licences of the tenant by their service plans."""
    plans: dict[str, str] = {}
    for sku in skus:
        if not (same(sku.capability_status, "Enabled") or same(sku.capability_status, "Warning")):
            continue
        for plan in sku.service_plans or ():
            name = PREMIUM_PLANS.get((plan.service_plan_id or "").lower()) or _PLAN_NAMES.get(
                (plan.service_plan_name or "").upper()
            )
            if name and same(plan.provisioning_status, "Success"):
                note = ", about to end" if same(sku.capability_status, "Warning") else ""
                plans.setdefault(name, f"{sku.sku_part_number or ''}{note}")
    if not plans:
        return _check(
            "licence",
            Outcome.WARN,
            say(
                "No Entra ID P1 or P2 was found. Groups cannot be assigned without it, and the provisioning log "
                "cannot be read; people can still be assigned one by one."
            ),
        )
    best = "Entra ID P2" if "Entra ID P2" in plans else "Entra ID P1"
    return _check(
        "licence", Outcome.PASS, say("The tenant has {plan}.", plan=best), tuple(sorted(plans.items()))
    )


LOGS_READ: Final = say("The provisioning log can be read.")


def judge_logs(
    cause: Cause, why: Sentence, details: Details, *, read_only: bool = False, fix: Fix | None = None
) -> Check:
    """Say why the log was refused.

    Args:
        cause: What is missing.
        why: The refusal's own words, for a cause that is not known.
        fix: Where it can be got.
    """
    reasons = {
        Cause.LICENCE: say("the tenant has no Entra ID P1 or P2, and the log needs one."),
        Cause.PERMISSION: say("the permission ProvisioningLog.Read.All was not granted."),
        Cause.ROLE: say(
            "none of your active roles allows it, as far as roles show; Reports Reader is enough."
        ),
    }
    reason = reasons.get(cause)
    told = (
        say("The log cannot be read: {reason}", reason=reason)
        if reason is not None
        else say("The log cannot be read. {why}", why=why)
    )
    return Check(
        "logs",
        TITLES["logs"],
        Outcome.WARN,
        told if read_only else say("{told} The set-up works without it.", told=told),
        details=details,
        fix=fix,
    )


def judge_apps(profile: AppProfile, apps: Sequence[ServicePrincipal], *, read_only: bool = False) -> Check:
    """Say which apps of the profile's gallery entry are in the tenant, and whether one is used for sign-in."""
    if not apps:
        if read_only:
            return _check(
                "apps",
                Outcome.WARN,
                say(
                    "No app from the gallery entry {name} is in this tenant.",
                    name=profile.gallery_name or profile.display_name,
                ),
            )
        return _check(
            "apps", Outcome.PASS, say("There is none yet; a new one is registered on the next page.")
        )
    evidence = tuple((_app_name(app), _sign_in(app) or "not set up for sign-in") for app in apps)
    names = ", ".join(_app_name(app) for app in apps[:APPS_NAMED])
    if len(apps) > APPS_NAMED:
        names = f"{names} and {counted(len(apps) - APPS_NAMED, 'more app', 'more apps')}"
    signing = [app for app in apps if _sign_in(app)]
    if read_only:
        sentence = say("{names} can be looked at.", names=names)
    elif not signing:
        sentence = say("{names} can be reused: choose on the next page.", names=names)
    elif profile.one_app_for_sign_in:
        sentence = say(
            "{name} is used for sign-in already: reuse it, since the same app serves sign-in and provisioning.",
            name=_app_name(signing[0]),
        )
    else:
        sentence = say(
            "{name} is used for sign-in already, and can be reused: choose on the next page.",
            name=_app_name(signing[0]),
        )
    return _check("apps", Outcome.PASS, sentence, evidence)


def _app_name(app: ServicePrincipal) -> str:
    return app.display_name or app.id


def _sign_in(app: ServicePrincipal) -> str:
    mode = app.preferred_single_sign_on_mode or ""
    if not mode or same(mode, "notSupported"):
        return ""
    return f"sign-in with {_SIGN_IN_MODES.get(mode.casefold(), mode)}"


def vendor_checks(profile: AppProfile) -> tuple[Check, ...]:
    """What the vendor asks for and where it shows its token: both cannot be seen from here."""
    asked = tuple(
        Check(
            f"vendor-{number}",
            item.title,
            Outcome.SKIPPED,
            item.sentence,
            fix=Fix(say("Open the help page"), item.link) if item.link else None,
        )
        for number, item in enumerate(profile.prerequisites, start=1)
    )
    where = profile.where_token
    token = Check(
        "vendor-token",
        say("Where the Secret Token is"),
        Outcome.SKIPPED,
        where.sentence,
        fix=Fix(say("Open the help page"), where.link) if where.link else None,
    )
    return (*asked, token)


def _check(
    key: str,
    outcome: Outcome,
    sentence: Sentence,
    evidence: tuple[tuple[str, str], ...] = (),
    *,
    fix: Fix | None = None,
) -> Check:
    return Check(key, TITLES[key], outcome, sentence, evidence, fix)
