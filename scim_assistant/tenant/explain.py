"""Why Microsoft refused: permission, role or licence, looked up where the refusal alone does not tell.

A 403, and the 401 that says no more than 'UnknownError', stand for all of them. The readiness checks, the plan, the steps
and the log explain a refusal through the same judgement, made from what was granted, which roles are active and
whether there is a licence. What is needed for a call stands in ``graph/rights.py``.
"""

from __future__ import annotations

from dataclasses import replace

from scim_assistant.check import Fix, Outcome
from scim_assistant.errors import KnownError, ServiceRefused, SignInNeeded
from scim_assistant.graph import directory
from scim_assistant.graph.challenge import CLAIMS_CODE
from scim_assistant.graph.refusal import PREMIUM_CODES, role_names
from scim_assistant.graph.rights import Right, right_for
from scim_assistant.graph.types import DirectoryRole
from scim_assistant.sentence import Sentence, say
from scim_assistant.signin import permissions
from scim_assistant.tenant.checks import Cause, judge_licence
from scim_assistant.tenant.session import Session
from scim_assistant.work import Work

ASSIGN = "AppRoleAssignment.ReadWrite.All"
"""What the documents name for assigning; a wider permission is said to do, and is what the program asks for."""


class Explained(ServiceRefused):
    """A refusal whose cause was looked up.

    Attributes:
        cause: What is missing.
        fix: Where it can be got, if there is a page for it.
    """

    def __init__(
        self, error: ServiceRefused, cause: Cause, why: Sentence, next_step: Sentence, fix: Fix | None = None
    ) -> None:
        super().__init__(error.what, why, next_step, error.details, not_there_yet=error.not_there_yet)
        self.cause = cause
        self.fix = fix


def explain_refusal(error: ServiceRefused, session: Session, work: Work) -> ServiceRefused:
    """Say which of the possible causes a refusal of Graph has. May ask Graph for the person's own roles, and of the log
    for the tenant's licences.

    Returns:
        An ``Explained``; the error itself where it is about something else.

    Raises:
        SignInNeeded: The roles could not be read without a person signing in again.
        Cancelled: The person pressed Cancel.
    """
    right = _right(error, session)
    if right is None:
        return error
    if PREMIUM_CODES.intersection(error.details.codes):
        return Explained(error, Cause.LICENCE, error.why, error.next_step)
    if not right.is_granted_by(session.scopes):
        return _no_permission(error, right.permission, session)
    roles = own_roles(session, work) if right.roles else ()
    if judge_cause(error, session, roles) is Cause.ROLE:
        return _no_role(error, right, roles, session)
    if _is_log(right) and error.status == 403 and not has_premium(session, work, otherwise=True):
        return Explained(
            error,
            Cause.LICENCE,
            say("No Entra ID P1 or P2 was found in this tenant, and the provisioning log needs one."),
            say("Add a P1 or P2 licence in the Microsoft 365 admin center, then try again."),
        )
    if error.status == 401:
        return error  # everything is there, so it is as the error says: too new, or the sign-in
    return _nothing_missing(error, right, roles or (), session)


def judge_cause(
    error: ServiceRefused,
    session: Session,
    roles: tuple[DirectoryRole, ...] | None,
    *,
    premium: bool | None = None,
) -> Cause:
    """What is missing, by code, by what was granted, and by what else is known. Pure.

    Args:
        roles: The person's active roles; None where they could not be read.
        premium: Whether the tenant has P1 or P2; None where that is not known.
    """
    if PREMIUM_CODES.intersection(error.details.codes):
        return Cause.LICENCE
    right = _right(error, session)
    if right is None:
        return Cause.UNKNOWN
    if not right.is_granted_by(session.scopes):
        return Cause.PERMISSION
    if premium is False and error.status == 403 and _is_log(right):
        return Cause.LICENCE
    return Cause.ROLE if right.roles and not right.held(roles or ()) else Cause.UNKNOWN


def lacks_permission(error: ServiceRefused, session: Session) -> bool:
    """True where a refusal is certain not to be about the age of something: the permission was not granted."""
    right = _right(error, session)
    return right is not None and not right.is_granted_by(session.scopes)


def lacks_role(error: ServiceRefused, roles: tuple[DirectoryRole, ...] | None, session: Session) -> bool:
    """True where the roles could be read and none of them allows what was refused."""
    right = _right(error, session)
    return (
        right is not None
        and bool(right.roles)
        and roles is not None
        and all(role.role_template_id for role in roles)
        and not right.held(roles)
    )


def own_roles(session: Session, work: Work) -> tuple[DirectoryRole, ...] | None:
    """The person's active roles; None where they cannot be read.

    Raises:
        SignInNeeded: Only a person can get the token for it.
        Cancelled: The person pressed Cancel.
    """
    try:
        return directory.own_roles(session.graph, work)
    except SignInNeeded:
        raise
    except KnownError:
        return None


def has_premium(session: Session, work: Work, *, otherwise: bool) -> bool:
    """Whether the tenant has P1 or P2; ``otherwise`` where the licences cannot be read.

    Raises:
        SignInNeeded, Cancelled: As ``own_roles``.
    """
    try:
        return judge_licence(directory.subscribed_skus(session.graph, work)).outcome is Outcome.PASS
    except SignInNeeded:
        raise
    except KnownError:
        return otherwise


def consent_fix(session: Session) -> Fix | None:
    """Where an administrator consents for the whole organisation; None in a practice session."""
    if session.signed_in is None:
        return None
    from scim_assistant.signin.registration import admin_consent_link

    link = admin_consent_link(
        replace(session.signed_in.client, tenant=session.tenant_id),
        wanted=permissions.names(permissions.LOOK) if session.read_only else (),
    )
    return Fix(say("Open the administrator's consent page"), link) if link else None


def role_fix(session: Session) -> Fix | None:
    """Where a role that waits for activation is activated; None in a practice session.

    Source: Entra, page on activating a role in Privileged Identity Management (2026-11).
    """
    if session.signed_in is None:
        return None
    return Fix(
        say("Activate a role in the portal"),
        f"{session.portal}/#@{session.tenant_id}/view/Microsoft_Azure_PIMCommon/ActivationMenuBlade/~/aadmigratedroles",
    )


def _right(error: ServiceRefused, session: Session) -> Right | None:
    """What the refused call needs; None where the refusal is not Graph's, or about something else."""
    codes, address = error.details.codes, error.details.address or ""
    if isinstance(error, Explained) or not address.startswith(session.graph.root + "/"):
        return None
    if not codes and not error.details.request_id:
        return None  # something on the way answered, which knows nothing of rights
    if CLAIMS_CODE in codes or not (error.status == 403 or (error.status == 401 and "UnknownError" in codes)):
        return None
    return right_for(error.details.method or "", address.removeprefix(session.graph.root))


def _is_log(right: Right) -> bool:
    return right.path.startswith("/auditLogs")


def _no_permission(error: ServiceRefused, name: str, session: Session) -> Explained:
    known = next((one for one in (*permissions.LOOK, *permissions.CHANGE) if one.name == name), None)
    return Explained(
        error,
        Cause.PERMISSION,
        say("The permission {name} was not granted to this sign-in.", name=name),
        say("Ask an administrator to consent to {name}, then sign in again.", name=name)
        if known is None or known.needs_admin
        else say("Sign in again, and agree to {name}.", name=name),
        consent_fix(session),
    )


def _no_role(
    error: ServiceRefused, right: Right, roles: tuple[DirectoryRole, ...] | None, session: Session
) -> Explained:
    wanted = role_names(right.roles)
    unknown = roles is None or any(not role.role_template_id for role in roles)
    return Explained(
        error,
        Cause.ROLE,
        say(
            "The permission {name} was granted; which of your roles are active could not be read.",
            name=right.permission,
        )
        if unknown
        else say(
            "The permission {name} was granted; no role that may do this is active, as far as roles show.",
            name=right.permission,
        ),
        say(
            "Have {roles} assigned, or activate it if it waits for activation, then try again.", roles=wanted
        ),
        role_fix(session),
    )


def _nothing_missing(
    error: ServiceRefused, right: Right, roles: tuple[DirectoryRole, ...], session: Session
) -> Explained:
    held = right.held(roles)
    if right.permission == ASSIGN and ASSIGN.casefold() not in {one.casefold() for one in session.scopes}:
        return Explained(
            error,
            Cause.PERMISSION,
            say("The permission that this program asks for should do, and Microsoft refused it here."),
            say("Ask an administrator to consent to {name} too, then sign in again.", name=ASSIGN),
        )
    return Explained(
        error,
        Cause.UNKNOWN,
        say(
            "Microsoft refused it, although {name} was granted and the role {role} is active.",
            name=right.permission,
            role=held[0].name,
        )
        if held
        else say("Microsoft refused it, although {name} was granted.", name=right.permission),
        say(
            "A role or permission that was given a moment ago can take some minutes to count: wait, then try again. "
            "If it stays so, report it with the details."
        ),
    )
