"""Step 2: who works on which tenant, and whether everything is there that a set-up needs.

Looking up never opens a browser: it finds out with what one could sign in, and goes on where an account is known.
Signing in, allowing more and signing out are functions of their own, which the window calls when the person asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import TYPE_CHECKING

from scim_assistant.check import Check, Outcome
from scim_assistant.errors import KnownError, SignInFailed, SignInNeeded
from scim_assistant.sentence import say
from scim_assistant.signin.offer import SignInOffer, Waiting, Way, Wish
from scim_assistant.signin.permissions import CHANGE, LOOK, Permission, missing, names
from scim_assistant.signin.tenant_text import read_client_id, read_tenant
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.profile import profile_of
from scim_assistant.steps.services import RealSignIn, Services
from scim_assistant.steps.step import Problem, Step, StepGroup, StepKey, Tell, tell_nobody
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.tenant.session import Session

OnWaiting = Callable[[Waiting], None]
"""Told what the person has to do now, from the sign-in's thread."""

NEW_APP = "new"
"""Answer ``resume_app`` when none of the apps shown belongs to the set-up."""

OTHER_ACCOUNT = "other"
"""Answer ``account_id`` when somebody else than those signed in before is to sign in."""


_CONSENT_CODES = frozenset({"consent_required", "AADSTS65001", "AADSTS90094"})


def wants_consent(error: KnownError) -> bool:
    """True for a refusal that ends once an administrator has consented to the app registration."""
    return not _CONSENT_CODES.isdisjoint(error.details.codes)


class SignInStep(Step):
    """Signs in and checks readiness."""

    key = StepKey.SIGN_IN
    group = StepGroup.PREPARE
    title = say("Sign in")
    short_title = say("Sign in")
    purpose = say("Sign in to the tenant, and see whether everything is there that a set-up needs.")

    def problems(self, answers: Answers, found: Found) -> tuple[Problem, ...]:
        """Somebody has to be signed in; missing permissions stop here, roles and licences only warn."""
        if found.session is None:
            return _way_in(answers, found)
        if not found.readiness:
            return (Problem("", say("The checks are running.")),)
        if _resumes(answers):
            for one in found.unfinished:
                if one.setup_id == answers.resume and one.tenant_id != found.session.tenant_id:
                    return (
                        Problem(
                            "",
                            say(
                                "The set-up of {app} belongs to another tenant. Sign in there to go on.",
                                app=one.app_name,
                            ),
                        ),
                    )
        if found.resumption is not None and found.resumption.choices:
            return (
                Problem(
                    "resume_app",
                    say(
                        "More than one app may belong to this set-up. Choose the one to go on with, or a new one."
                    ),
                ),
            )
        problems = [
            Problem("", check.sentence, blocks=check.blocks)
            for check in found.readiness
            if check.outcome in {Outcome.FAIL, Outcome.WARN}
        ]
        if any(check.outcome in {Outcome.RUNNING, Outcome.WAITING} for check in found.readiness):
            problems.append(Problem("", say("The checks are running.")))
        elif _belongs_here(answers, found) and found.resumption is None:
            # The checks end before that is known, and going on without it would be a set-up without its answers.
            problems.append(Problem("", say("How far the set-up had come is not known yet.")))
        return tuple(problems)

    def depends_on(self, answers: Answers, found: Found) -> Hashable:
        """Who is to work where and with what; another scenario is another tenant, another profile asks other things."""
        signed_in = found.session.signed_in if found.session is not None else None
        account = answers.account_id
        if signed_in is not None and account in {"", OTHER_ACCOUNT}:
            account = signed_in.account.id
        return (
            *_checked_for(answers),
            answers.client_id.strip(),
            answers.tenant.strip(),
            answers.cloud,
            account,
            (signed_in.account.id, signed_in.tenant_id, signed_in.permissions) if signed_in else (),
        )

    def suggest(self, answers: Answers, found: Found) -> Answers:
        """Takes over who signed in, and the answers of the set-up that the person goes on with."""
        from scim_assistant.steps.targets import answers_from

        answers = replace(answers, account_id=_account_id(answers, found))
        if (
            found.resumption is None
            or found.resumption.setup_id != answers.resume
            or found.resumption.choices
        ):
            return answers
        return answers_from(found.resumption.wanted, answers)

    def lookup(
        self, services: Services, answers: Answers, found: Found, work: Work, tell: Tell = tell_nobody
    ) -> Found:
        """Open the session where that needs no person, then ask what a set-up needs, one check after the other."""
        from scim_assistant.tenant.readiness import check_readiness, waiting_checks

        if services.real is None:
            work.progress(0, None, say("Signing in"))
            session = replace(services.open_session(answers.scenario, work), read_only=answers.read_only)
        else:
            offer = services.real.offer(_usable(answers), work)
            found = replace(found, offer=offer)
            tell(found)
            work.progress(0, None, say("Looking who is signed in"))
            held = _held(found, answers, offer)
            if held is None or missing(LOOK, held.scopes):
                held = _resume(services.real, answers, found, work) or held
            if held is None:
                return _bare(found)
            session = held
        session = _named(_named_as(session, found), work)
        if not _is_same(found.session, session) or found.checked_for != _checked_for(answers):
            # Another tenant perhaps, or another set-up to go on with: nothing that was read before holds any more.
            found = _bare(found)
        found = replace(found, session=session, trouble=None)
        profile = profile_of(answers, found)
        if profile is None:
            return found
        found = replace(
            found,
            readiness=waiting_checks(profile, read_only=session.read_only),
            checked_for=_checked_for(answers),
        )
        tell(found)
        rows = list(found.readiness)

        def on_check(check: Check) -> None:
            for place, row in enumerate(rows):
                if row.key == check.key:
                    rows[place] = check
            tell(replace(found, readiness=tuple(rows)))

        found = replace(found, readiness=check_readiness(session, profile, work, on_check))
        if _belongs_here(answers, found) and found.resumption is None:
            found = take_up(services, answers, found, session, work)
        return found


# What the window calls when the person asks for it


def look_wish(answers: Answers, way: Way = Way.AUTOMATIC, window: int | None = None) -> Wish:
    """What a first sign-in asks for: the permissions to look, and none to change anything. Pure."""
    account = "" if answers.account_id == OTHER_ACCOUNT else answers.account_id
    return Wish(names(LOOK), way, account, window=window)


def sign_in(  # noqa: PLR0917 - services first, work and its listener last, as everywhere here
    services: Services, answers: Answers, found: Found, wish: Wish, work: Work, on_waiting: OnWaiting
) -> Found:
    """Let a person sign in.

    Args:
        services: Of a real session.
        answers: With what, and in which tenant and cloud.
        found: As it stands.
        wish: What for: ``look_wish``.
        work: Cancel.
        on_waiting: Told what the person has to do.

    Returns:
        ``found`` with the session and without readiness, so that the step's lookup runs the checks. What was read in
        the same tenant by the same account stays; else nothing of it does.

    Raises:
        SignInFailed: It was refused or broke off.
        Unreachable, UnreadableAnswer: The sign-in service did not answer, or something else did.
        Cancelled: The person pressed Cancel.
    """
    session = _real(services).sign_in(answers, wish, work, on_waiting)
    if _is_same(found.session, session):
        return replace(found, session=_named_as(session, found), readiness=(), trouble=None)
    return replace(_bare(found), session=session)


def allow(  # noqa: PLR0917 - services first, work and its listener last, as everywhere here
    services: Services,
    answers: Answers,
    found: Found,
    needed: SignInNeeded,
    way: Way,
    window: int | None,
    work: Work,
    on_waiting: OnWaiting,
) -> Found:
    """Let the person allow what was missing, or sign in once more; then the same thing can be done again.

    Args:
        services: Of a real session.
        answers: As they stand.
        found: As it stands.
        needed: Why something could not go on.
        way: How to sign in.
        window: The window that a broker's dialog belongs to.
        work: Cancel.
        on_waiting: Told what the person has to do.

    Returns:
        ``found`` with another session; everything else that was found stays.

    Raises:
        SignInFailed: It was refused, broke off, or somebody else signed in.
        KnownError: The person signed in, and what was missing was not granted.
        Unreachable, UnreadableAnswer: The sign-in service did not answer, or something else did.
        Cancelled: The person pressed Cancel.
    """
    before = found.session
    wish = allow_wish(answers, found, needed, way, window)
    session = _real(services).sign_in(answers, wish, work, on_waiting)
    if before is None:
        return replace(_bare(found), session=session)
    if not _is_same(before, session):
        raise SignInFailed(
            say("This did not go on."),
            say(
                "It was begun by {account}, and {other} signed in.",
                account=before.account,
                other=session.account,
            )
            if session.account != before.account
            else say("It was begun in one tenant, and this sign-in is for another."),
            say("Sign in as {account} to the tenant where it was begun.", account=before.account),
        )
    wanting = missing((one for one in CHANGE if one.name in wish.permissions), session.scopes)
    found = replace(found, session=_named_as(session, found), trouble=None)
    if wanting:
        raise KnownError(
            say("Changes are not allowed yet."),
            say(
                "You are signed in, but not granted: {names}.",
                names=", ".join(one.name for one in wanting),
            ),
            say("Have an administrator consent to the app registration, then allow changes again."),
        )
    return found


def allow_wish(
    answers: Answers,
    found: Found,
    needed: SignInNeeded,
    way: Way = Way.AUTOMATIC,
    window: int | None = None,
) -> Wish:
    """What is asked for so that something can go on: never less than was granted before. Pure."""
    session = found.session
    wanted = dict.fromkeys((*names(LOOK), *needed.scopes))
    if session is not None and session.may_write:
        wanted |= dict.fromkeys(names(CHANGE))
    if answers.read_only:
        wanted = dict.fromkeys(names(LOOK))
    account = needed.account_id
    if not account and session is not None and session.signed_in is not None:
        account = session.signed_in.account.id
    return Wish(tuple(wanted), way, account, needed.claims, window)


def asked_for(needed: SignInNeeded, found: Found | None = None) -> tuple[Permission, ...]:
    """The permissions that are new in what is asked for, each with its reason; empty where only a sign-in is. Pure.

    Args:
        needed: Why something could not go on.
        found: Where given, what is granted already is left out.
    """
    if found is not None and found.session is not None:
        asked = (one for one in (*LOOK, *CHANGE) if one.name in needed.scopes)
        return missing(asked, found.session.scopes)
    return tuple(one for one in CHANGE if one.name in needed.scopes)


def another_account(answers: Answers, found: Found) -> tuple[Answers, Found]:
    """Answers and findings as they stand before somebody else signs in: this session is left, its account kept. Pure."""
    return replace(answers, account_id=OTHER_ACCOUNT), _bare(found)


def sign_out(services: Services, answers: Answers, found: Found, account_id: str, work: Work) -> Found:
    """Forget an account and its tokens on this computer.

    Returns:
        ``found`` without that account; where it was the session's, nothing that hung under the session is left.

    Raises:
        KnownError: The place where tokens rest refused; the session has ended all the same (``without_session``).
    """
    _real(services).sign_out(answers, account_id, work)
    offer = found.offer
    if offer is not None:
        offer = replace(offer, accounts=tuple(one for one in offer.accounts if one.id != account_id))
    return replace(without_session(found, account_id), offer=offer)


def without_session(found: Found, account_id: str) -> Found:
    """What was found, with nothing left of a session of this account."""
    signed_in = found.session.signed_in if found.session is not None else None
    return _bare(found) if signed_in is None or signed_in.account.id == account_id else found


# What they share


def _real(services: Services) -> RealSignIn:
    if services.real is None:
        raise SignInFailed(
            say("Nobody was signed in."),
            say("This is the practice tenant, where nobody signs in."),
            say("Close it, and begin on the first page with Microsoft Entra ID."),
        )
    return services.real


def _bare(found: Found) -> Found:
    """What is left when nobody is signed in."""
    return Found(
        profiles=found.profiles,
        broken_profiles=found.broken_profiles,
        scenarios=found.scenarios,
        unfinished=found.unfinished,
        offer=found.offer,
    )


def _is_same(before: Session | None, after: Session) -> bool:
    """True when the same account works on the same tenant, with the same aim."""
    if before is None or before.read_only is not after.read_only:
        return False
    if before.signed_in is None or after.signed_in is None:
        return before.graph is after.graph
    return (before.signed_in.account.id, before.tenant_id) == (after.signed_in.account.id, after.tenant_id)


def _named_as(session: Session, found: Found) -> Session:
    """A session with the name that was read for the same one before it."""
    before = found.session
    if before is None or not _is_same(before, session):
        return session
    return replace(session, tenant_name=session.tenant_name or before.tenant_name)


def _checked_for(answers: Answers) -> tuple[Hashable, ...]:
    """What the checks and everything after them were read for."""
    if answers.read_only:
        return (answers.scenario, answers.profile_id, "", "", True)
    return (answers.scenario, answers.profile_id, answers.resume, answers.resume_app, False)


def _held(found: Found, answers: Answers, offer: SignInOffer) -> Session | None:
    """The session that is there, where it is the one that these answers lead to."""
    session = found.session
    if session is None or session.signed_in is None or session.read_only is not answers.read_only:
        return None
    client, wanted = session.signed_in.client, offer.client
    is_client = (client.client_id, client.tenant, client.cloud.name) == (
        wanted.client_id,
        wanted.tenant,
        wanted.cloud.name,
    )
    is_account = answers.account_id in {"", OTHER_ACCOUNT, session.signed_in.account.id}
    return session if is_client and is_account else None


def _account_id(answers: Answers, found: Found) -> str:
    account = answers.account_id
    signed_in = found.session.signed_in if found.session is not None else None
    if signed_in is not None:
        return signed_in.account.id if account in {"", OTHER_ACCOUNT} else account
    if found.offer is None or found.session is not None or account == OTHER_ACCOUNT:
        return account
    # One that was signed out in the meantime can be chosen no more.
    return account if any(one.id == account for one in found.offer.accounts) else ""


def _typed(answers: Answers) -> tuple[Problem, ...]:
    """What is to be said about client ID and tenant as they were typed."""
    client_id, tenant = read_client_id(answers.client_id), read_tenant(answers.tenant)
    read = (("client_id", client_id.problem, client_id.note), ("tenant", tenant.problem, tenant.note))
    return tuple(
        Problem(field, problem or note, blocks=problem is not None)
        for field, problem, note in read
        if problem is not None or note
    )


def _usable(answers: Answers) -> Answers:
    """The answers without what cannot be used, so that the page can show the rest."""
    unusable = {problem.field for problem in _typed(answers) if problem.blocks}
    return replace(
        answers,
        client_id="" if "client_id" in unusable else answers.client_id,
        tenant="" if "tenant" in unusable else answers.tenant,
    )


def _way_in(answers: Answers, found: Found) -> tuple[Problem, ...]:
    """What to do before anybody is signed in."""
    if found.offer is None:
        return (Problem("", say("Sign in to go on.")),)
    problems = list(_typed(answers))
    if not answers.client_id.strip() and not found.offer.client.client_id:
        problems.insert(0, Problem("client_id", say("Enter the client ID of your app registration.")))
    if not any(problem.blocks for problem in problems):
        problems.append(Problem("", say("Sign in to go on.")))
    return tuple(problems)


def _resume(real: RealSignIn, answers: Answers, found: Found, work: Work) -> Session | None:
    if answers.account_id == OTHER_ACCOUNT or found.offer is None or not found.offer.client.client_id:
        return None
    if any(problem.blocks for problem in _typed(answers)):
        return None
    return real.resume(answers, work)


def _resumes(answers: Answers) -> bool:
    return bool(answers.resume) and not answers.read_only


def _belongs_here(answers: Answers, found: Found) -> bool:
    tenant_id = found.session.tenant_id if found.session else ""
    return _resumes(answers) and any(
        one.setup_id == answers.resume and one.tenant_id == tenant_id for one in found.unfinished
    )


def take_up(services: Services, answers: Answers, found: Found, session: Session, work: Work) -> Found:
    """Look where a set-up that was left half done stands, and read its app.

    Raises:
        KnownError: The tenant could not be asked, or the app of the set-up is gone.
        Cancelled: The person pressed Cancel.
    """
    from scim_assistant.plan.resume import choose, look_again, read_app

    work.progress(0, None, say("Looking how far the set-up had come"))
    journal = services.journals.open(session.tenant_id, answers.resume)
    stands = look_again(journal, session, work)
    if stands.choices and answers.resume_app:
        chosen = [one for one in stands.choices if one.service_principal.id == answers.resume_app]
        if chosen or answers.resume_app == NEW_APP:
            stands = choose(journal, chosen[0] if chosen else None)
    app = None if stands.choices else read_app(stands, session, work)
    return replace(found, resumption=stands, setup_id=stands.setup_id, app=app)


def _named(session: Session, work: Work) -> Session:
    """The session with the name that the organisation gives itself, where that can be read."""
    from scim_assistant.graph import directory

    try:
        organization = directory.organization(session.graph, work)
    except SignInNeeded:
        raise  # nobody is signed in any more, and every check would only say so again
    except KnownError:
        # Only the name is missing then; what really stops a set-up shows in the checks.
        return session
    return replace(
        session, tenant_name=(organization.display_name if organization else None) or session.tenant_name
    )
