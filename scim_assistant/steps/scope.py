"""Step 7: who is provisioned, and what happens when something goes wrong."""

from __future__ import annotations

import json
from collections.abc import Hashable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scim_assistant.check import Outcome
from scim_assistant.plan.wanted import Mode, Principal
from scim_assistant.sentence import Sentence, counted, say
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.clean import clean_email, clean_threshold
from scim_assistant.steps.found import Found
from scim_assistant.steps.needed import session_of
from scim_assistant.steps.profile import app_word, profile_of
from scim_assistant.steps.services import Services
from scim_assistant.steps.step import Problem, Step, StepGroup, StepKey, Tell, tell_nobody
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.graph.types import Group, User
    from scim_assistant.tenant.session import Session


class ScopeStep(Step):
    """Asks who is provisioned and how."""

    key = StepKey.SCOPE
    group = StepGroup.DECIDE
    title = say("Choose who is provisioned")
    short_title = say("Scope")
    purpose = say(
        "Pick people and groups, see who would arrive and who would be missed, and set the safety net."
    )

    def problems(self, answers: Answers, found: Found) -> tuple[Problem, ...]:
        """Somebody has to be in scope, and the safety net has to hold."""
        problems = list(self._who_problems(answers, found))
        email = clean_email(answers.notify_email)
        if email.problem is not None:
            problems.append(Problem("notify_email", email.problem))
        problems += [Problem("notify_email", note, blocks=False) for note in email.notes]
        if answers.delete_guard:
            threshold = clean_threshold(answers.delete_threshold)
            if threshold.problem is not None:
                problems.append(Problem("delete_threshold", threshold.problem))
            problems += [Problem("delete_threshold", note, blocks=False) for note in threshold.notes]
            if email.problem is None and not email.value:
                problems.append(
                    Problem(
                        "notify_email",
                        say(
                            "Enter an address: Microsoft holds removals back only when it can write to somebody."
                        ),
                    )
                )
        elif email.problem is None and not email.value:
            problems.append(
                Problem(
                    "notify_email",
                    say("Without an address nobody is told when Microsoft pauses provisioning."),
                    blocks=False,
                )
            )
        return tuple(problems)

    def _who_problems(self, answers: Answers, found: Found) -> tuple[Problem, ...]:
        if answers.everyone:
            return (
                Problem(
                    "everyone",
                    say(
                        "Everyone in the directory is provisioned, guests and service accounts too, as far as the "
                        "mappings let them through. Assigned people and groups only is safer."
                    ),
                    blocks=False,
                ),
            )
        problems: list[Problem] = []
        assigned = len(found.app.assignments) if found.app else 0
        if not answers.principals and not assigned:
            problems.append(Problem("people", say("Choose at least one person or group.")))
        elif not answers.principals:
            problems.append(
                Problem(
                    "people",
                    say("Nobody is added; {n} assigned already.", n=counted(assigned, "is", "are")),
                    blocks=False,
                )
            )
        if answers.groups and any(
            check.key == "licence" and check.outcome is Outcome.WARN for check in found.readiness
        ):
            problems.append(
                Problem(
                    "groups",
                    say(
                        "Assigning groups needs Entra ID P1 or P2, and none was found. Assign people one by one."
                    ),
                    blocks=False,
                )
            )
        if found.preview is not None:
            problems += [Problem("groups", sentence) for sentence in found.preview.blocked]
            problems += [Problem("", sentence, blocks=False) for sentence in found.preview.warnings]
        return tuple(problems)

    def suggest(self, answers: Answers, found: Found) -> Answers:
        """Failure mail as the app has it stored, else to who sets it up, until another address is given."""
        if answers.notify_email:
            return answers
        stored = _stored_notifications(found)
        recipient, most = stored.get("Recipients"), stored.get("DeleteThresholdValue")
        if isinstance(recipient, str) and recipient:
            answers = replace(answers, notify_email=recipient)
            if stored.get("DeleteThresholdEnabled") is True and isinstance(most, int):
                answers = replace(answers, delete_guard=True, delete_threshold=str(most))
            return answers
        if found.session is None or clean_email(found.session.account).problem is not None:
            return answers
        return replace(answers, notify_email=found.session.account)

    def depends_on(self, answers: Answers, found: Found) -> Hashable:
        """Who is chosen, and the mappings that decide."""
        return (
            found.session.tenant_id if found.session else "",
            found.app.service_principal.id if found.app else "",
            found.app.job.id if found.app and found.app.job else "",
            answers.everyone,
            tuple(principal.id for principal in answers.principals),
        )

    def lookup(
        self, services: Services, answers: Answers, found: Found, work: Work, tell: Tell = tell_nobody
    ) -> Found:
        """Look who would arrive and who would be missed."""
        from scim_assistant.steps.previewing import make_preview

        return replace(found, preview=make_preview(session_of(found), answers, found, work))


def _stored_notifications(found: Found) -> dict[str, Any]:
    """The failure mail and deletion guard that an existing app has stored."""
    try:
        stored = json.loads((found.app.secret("SyncNotificationSettings") if found.app else None) or "{}")
    except ValueError:
        return {}
    return stored if isinstance(stored, dict) else {}


def advice(answers: Answers, found: Found) -> tuple[Sentence, ...]:
    """What the profile says about this choice: *roles follow groups* and the like. Pure."""
    profile = profile_of(answers, found)
    lines = list(profile.advice_for("scope") if profile else ())
    if answers.mode is Mode.MANUAL:
        lines.append(
            say(
                "Manual: everything is prepared and nothing runs by itself; people reach {app} on demand only.",
                app=app_word(answers, found),
            )
        )
    return tuple(lines)


def search_people(session: Session, text: str, work: Work) -> tuple[Principal, ...]:
    """People whose name, mail or user principal name begins so; guests and disabled accounts say that they are."""
    from scim_assistant.graph import directory

    return tuple(person_principal(user) for user in directory.search_users(session.graph, text, work))


def search_groups(session: Session, text: str, work: Work) -> tuple[Principal, ...]:
    """Groups whose name holds the text; those that cannot be assigned say why in ``detail``."""
    from scim_assistant.graph import directory

    return tuple(group_principal(group) for group in directory.search_groups(session.graph, text, work))


def person_principal(user: User) -> Principal:
    """A person as somebody to assign; ``detail`` is the user principal name and what is special."""
    from scim_assistant.graph.types import same

    words = [user.user_principal_name or ""]
    if same(user.user_type, "Guest"):
        words.append("guest")
    if user.account_enabled is False:
        words.append("disabled")
    return Principal(
        user.id,
        "User",
        user.display_name or user.user_principal_name or user.id,
        ", ".join(filter(None, words)),
    )


NOT_SECURITY = "not a security group, so it cannot be assigned"


def group_principal(group: Group) -> Principal:
    """A group as somebody to assign; ``detail`` says what kind it is."""
    from scim_assistant.graph.types import same

    if group.security_enabled is False:
        detail = NOT_SECURITY
    elif any(same(kind, "DynamicMembership") for kind in group.group_types or ()):
        detail = "dynamic group: members follow a rule and may lag"
    else:
        detail = group.description or ""
    return Principal(group.id, "Group", group.display_name or group.id, detail)


def is_assignable(principal: Principal) -> bool:
    """False for a group that Microsoft does not take as an assignment."""
    return principal.detail != NOT_SECURITY
