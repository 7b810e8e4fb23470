"""What the replacement of a Secret Token starts from: the app as it is, whom to prove it on, and what broke off."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from scim_assistant.errors import JournalInUse, JournalTrouble, KnownError
from scim_assistant.plan.wanted import Principal
from scim_assistant.secret import Secret
from scim_assistant.sentence import Sentence, day, say
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.needed import explained, session_of
from scim_assistant.steps.profile import app_word, profile_of
from scim_assistant.steps.rotation import Situation, before_making, is_held_back
from scim_assistant.steps.services import Services
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.tenant.session import Session
    from scim_assistant.tenant.snapshot import AppSnapshot

NOT_REPLACED: Final = say("The Secret Token was not replaced.")
MOST_PEOPLE: Final = 100
"""So many people are proposed for the proof."""


def look(services: Services, answers: Answers, found: Found, work: Work) -> Situation:
    """Read what a replacement starts from. Changes nothing.

    Raises:
        KnownError: The app could not be read, or has no provisioning that a token belongs to.
        Cancelled: The person pressed Cancel.
    """
    from scim_assistant.plan.make import plan_token

    session = session_of(found)
    app = read_app(session, found, work)
    profile = profile_of(answers, found)
    name = app_word(answers, replace(found, app=app))
    if app.job is None or not app.secret("BaseAddress"):
        raise not_replaced(
            say("{app} has no provisioning with a Tenant URL that a token belongs to.", app=name),
            say("Set up provisioning for the app first."),
        )
    people = _people(session, app, work)
    warnings = [*plan_token(app, Secret("x")).warnings]
    left = left_open(services, session, app)
    if left is not None:
        warnings.append(left)
    return Situation(
        app=app,
        name=name,
        where=profile.where_token.sentence if profile is not None else Sentence(""),
        link=(profile.where_token.link or profile.help_link) if profile is not None else "",
        before=before_making(profile, profile.display_name if profile is not None else name),
        warnings=tuple(warnings),
        people=people,
        pilot=next((one for one in people if "disabled" not in one.detail), None),
        paused=is_held_back(app),
        practice_token=services.practice_new_token() if services.practice_new_token is not None else None,
    )


def read_app(session: Session, found: Found, work: Work) -> AppSnapshot:
    from scim_assistant.tenant.snapshot import fetch_app

    app = found.app
    if app is None:
        raise not_replaced(say("The app is not there yet."), say("Set up provisioning for the app first."))
    with explained(session, work):
        return fetch_app(
            session,
            app.service_principal.id,
            work,
            application_id=app.application_id,
            created_at=app.created_at,
            job_id=app.job.id if app.job else "",
            job_created_at=app.newest_at,
        )


def _people(session: Session, app: AppSnapshot, work: Work) -> tuple[Principal, ...]:
    """On whom it can be proved: people who are assigned, else members of the groups that are."""
    from scim_assistant.graph import directory
    from scim_assistant.graph.read import read_list
    from scim_assistant.graph.types import DirectoryObject, User, same
    from scim_assistant.steps.scope import person_principal

    assigned = [one for one in app.assignments if one.principal_id]
    people = [
        Principal(one.principal_id or "", "User", one.principal_display_name or one.principal_id or "")
        for one in assigned
        if same(one.principal_type, "User")
    ][:MOST_PEOPLE]
    if people:
        return tuple(people)
    for group in [one for one in assigned if same(one.principal_type, "Group")]:
        work.check()
        for answer in session.graph.pages(directory.list_members_request(group.principal_id or ""), work):
            for member, user in zip(read_list(answer, DirectoryObject), read_list(answer, User), strict=True):
                if member.odata_type is None or same(member.odata_type, "#microsoft.graph.user"):
                    people.append(person_principal(user))
            if len(people) >= MOST_PEOPLE:
                return tuple(people[:MOST_PEOPLE])
        if people:
            break
    return tuple(people)


def left_open(services: Services, session: Session, app: AppSnapshot) -> Sentence | None:
    """What to know of a replacement of this app's token that broke off; None when none did."""
    from scim_assistant.plan.ledger import WRITE_SECRETS, Fate, read_ledger

    for one in services.journals.unfinished(session.tenant_id, alone=True):
        if one.app_id != app.service_principal.id:
            continue
        try:
            journal = services.journals.open(session.tenant_id, one.setup_id)
        except JournalTrouble:
            continue  # another window works on it, and says so itself; or it is damaged, and says nothing
        try:
            fate = read_ledger(journal.entries()).fate(WRITE_SECRETS)
        finally:
            journal.release()
        if fate is Fate.OPEN:
            return say(
                "A replacement on {day} broke off while the token was being saved, and whether it was cannot be seen. "
                "Enter the newer token again: saving it once more does no harm.",
                day=day(one.last_at),
            )
        if fate is Fate.DONE:
            return say(
                "A replacement on {day} broke off after the new token was saved. Keep both tokens, and enter the new one "
                "again to go through the rest: saving it once more does no harm.",
                day=day(one.last_at),
            )
    return None


def close_left_open(
    services: Services, session: Session, app: AppSnapshot, outcome: str = "abandoned"
) -> None:
    """Close what replacements have left: earlier ones, since this one does the same anew, or this one at its end.

    Raises:
        JournalTrouble: Another window is saving a token of this app just now, or the disk refused.
    """
    from scim_assistant.plan.ledger import WRITE_SECRETS, read_ledger

    for one in services.journals.unfinished(session.tenant_id, alone=True):
        if one.app_id == app.service_principal.id:
            try:
                journal = services.journals.open(session.tenant_id, one.setup_id)
            except JournalInUse:
                raise
            except JournalTrouble:
                continue  # damaged, or of a newer version: that must not bar every replacement from now on
            if WRITE_SECRETS in read_ledger(journal.entries()).planned:
                services.journals.close(journal, outcome)
            else:
                journal.release()


def in_doubt(error: KnownError) -> KnownError:
    """The token was sent, and what came of it is not known."""
    return KnownError(
        say("Whether the new token was saved is not known."),
        error.why,
        say(
            "Try again with it: saving it once more does no harm. Keep the old token until all rows are done."
        ),
        error.details,
    )


def not_replaced(why: Sentence, next_step: Sentence) -> KnownError:
    """Why nothing was written, and what to do."""
    return KnownError(NOT_REPLACED, why, next_step)
