"""Is this account ready to set up provisioning: account, permissions, role, licence, log, apps, and what the vendor asks.

Each question is a ``Check`` that is reported as soon as it is answered; how it comes out is judged in ``checks.py``. Only
missing permissions fail: a role is a hint (roles that wait for activation and custom roles do not show), a licence is
needed for some parts only, and what the vendor has to switch on cannot be seen from here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from scim_assistant.check import Check, Outcome
from scim_assistant.errors import KnownError, ServiceRefused, SignInNeeded
from scim_assistant.graph import applications, directory
from scim_assistant.graph.logs import events_request
from scim_assistant.graph.read import read_all
from scim_assistant.graph.types import ApplicationTemplate, DirectoryRole
from scim_assistant.scim.profiles import AppProfile
from scim_assistant.sentence import Sentence, say
from scim_assistant.tenant import checks, explain
from scim_assistant.tenant.checks import TITLES, Cause
from scim_assistant.tenant.session import Session
from scim_assistant.work import Work

NEW_TOKEN_AFTER_S: Final = 60.0
"""A token that was used for so long (our seconds) is replaced before the checks: roles count from the next token on."""

OnCheck = Callable[[Check], None]


def waiting_checks(profile: AppProfile, *, read_only: bool = False) -> tuple[Check, ...]:
    """The rows before anything is known, so that each has its place from the start.

    Args:
        read_only: As the session's; what the vendor asks for matters to a set-up only.
    """
    return tuple(Check(key, title) for key, title in TITLES.items()) + _vendor(profile, read_only=read_only)


def check_readiness(
    session: Session, profile: AppProfile, work: Work, on_check: OnCheck | None = None
) -> tuple[Check, ...]:
    """Look whether everything is there that a set-up needs.

    Asked again after a while, it first gets a new token, so that a role that was activated meanwhile counts, for the
    checks and for what comes after them.

    Args:
        session: Who is signed in where.
        profile: Names the app and the vendor's prerequisites.
        work: Cancel and progress.
        on_check: Told each check as it begins and as it ends, from this thread.

    Returns:
        All checks in the order of the page.

    Raises:
        SignInNeeded: The sign-in has ended.
        Cancelled: The person pressed Cancel.
    """
    tell: OnCheck = on_check or (lambda check: None)
    _renew(session, work)
    questions = _Questions(session, profile, work)
    asks: tuple[tuple[str, Callable[[], Check]], ...] = (
        ("account", questions.account),
        ("scopes", questions.scopes),
        ("role", questions.role),
        ("licence", questions.licence),
        ("logs", questions.logs),
        ("apps", questions.apps),
    )
    done: list[Check] = []
    for place, (key, ask) in enumerate(asks):
        work.check()
        work.progress(place, len(asks), say("Checking: {what}", what=TITLES[key]))
        tell(Check(key, TITLES[key], Outcome.RUNNING))
        began = time.monotonic()
        check = replace(ask(), seconds=time.monotonic() - began)
        done.append(check)
        tell(check)
    for check in _vendor(profile, read_only=session.read_only):
        done.append(check)
        tell(check)
    work.progress(len(asks), len(asks), say("Checked what a set-up needs"))
    return tuple(done)


def _renew(session: Session, work: Work) -> None:
    try:
        session.graph.renew(work, used_for_s=NEW_TOKEN_AFTER_S)
    except SignInNeeded:
        raise
    except KnownError:
        pass  # the present token still serves; what does not work shows in the checks


class _Questions:
    """The questions of one look; later ones use what earlier ones found."""

    def __init__(self, session: Session, profile: AppProfile, work: Work) -> None:
        self._session = session
        self._profile = profile
        self._work = work
        self._roles: tuple[DirectoryRole, ...] | None = None
        self._premium: bool | None = None

    def account(self) -> Check:
        session = self._session
        account = session.signed_in.account if session.signed_in else None
        return checks.judge_account(account, session.tenant_id, session.account)

    def scopes(self) -> Check:
        session = self._session
        return checks.check_scopes(
            session.scopes,
            read_only=session.read_only,
            asks_later=session.signed_in is not None,
            fix=explain.consent_fix(session),
        )

    def role(self) -> Check:
        session = self._session
        try:
            self._roles = directory.own_roles(session.graph, self._work)
        except SignInNeeded:
            raise
        except KnownError as error:
            return _unknown("role", say("Your roles could not be read: {why}", why=error.why), error)
        return checks.judge_roles(self._roles, read_only=session.read_only, fix=explain.role_fix(session))

    def licence(self) -> Check:
        try:
            check = checks.judge_licence(directory.subscribed_skus(self._session.graph, self._work))
        except SignInNeeded:
            raise
        except KnownError as error:
            return _unknown("licence", say("The licences could not be read: {why}", why=error.why), error)
        self._premium = check.outcome is Outcome.PASS
        return check

    def logs(self) -> Check:
        session = self._session
        try:
            # No job has this id: whether the log may be read is the question, not what is in it.
            session.graph.send(events_request("readiness", top=1), self._work)
        except SignInNeeded:
            raise
        except ServiceRefused as error:
            cause = explain.judge_cause(error, session, self._roles, premium=self._premium)
            if cause is Cause.ROLE and self._roles is None:
                cause = Cause.UNKNOWN
            fixes = {
                Cause.PERMISSION: explain.consent_fix,
                Cause.ROLE: explain.role_fix,
            }
            fix = fixes[cause](session) if cause in fixes else None
            return checks.judge_logs(cause, error.why, error.details, read_only=session.read_only, fix=fix)
        except KnownError as error:
            return _unknown("logs", say("The log could not be asked: {why}", why=error.why), error)
        return Check("logs", TITLES["logs"], Outcome.PASS, checks.LOGS_READ)

    def apps(self) -> Check:
        session, name = self._session, self._profile.gallery_name
        if name is None:
            return Check(
                "apps",
                TITLES["apps"],
                Outcome.SKIPPED,
                say("An app that is not in the gallery is looked for on the next page."),
            )
        try:
            request = applications.find_templates_request(name, exactly=True)
            entries = read_all(session.graph, request, ApplicationTemplate, self._work)
            entry = next((one for one in entries if one.can_provision), entries[0] if entries else None)
            if entry is None:
                return Check(
                    "apps",
                    TITLES["apps"],
                    Outcome.WARN,
                    say(
                        "The gallery has no entry called {name}; search for another on the next page.",
                        name=name,
                    ),
                )
            found = applications.find_service_principals(session.graph, entry.id, self._work)
        except SignInNeeded:
            raise
        except KnownError as error:
            return _unknown(
                "apps", say("The apps of the tenant could not be listed: {why}", why=error.why), error
            )
        apps = sorted(found, key=lambda app: ((app.display_name or "").casefold(), app.id))
        return checks.judge_apps(self._profile, apps, read_only=session.read_only)


def _vendor(profile: AppProfile, *, read_only: bool) -> tuple[Check, ...]:
    return () if read_only else checks.vendor_checks(profile)


def _unknown(key: str, sentence: Sentence, error: KnownError) -> Check:
    return Check(key, TITLES[key], Outcome.WARN, sentence, details=error.details)
