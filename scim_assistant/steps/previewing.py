"""Makes the preview of a scope: decided by ``rules`` from what Graph shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from scim_assistant.graph import directory
from scim_assistant.graph.read import read_list
from scim_assistant.graph.types import DirectoryObject, Group, User, same
from scim_assistant.rules.entitlement import Decision, Reason, decide, directory_attributes, with_decision
from scim_assistant.rules.expressions import EvaluationError, ExpressionError
from scim_assistant.rules.mapping import (
    flows,
    logged_values,
    mapped_values,
    matching_values,
    object_mapping_for,
)
from scim_assistant.sentence import Sentence, counted, say
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.preview import PreviewPerson, ScopePreview
from scim_assistant.tenant.session import Session
from scim_assistant.work import Work

Json = Mapping[str, Any]

MOST_PEOPLE = 2_000
"""So many people are looked at; with more, the counts say *at least*."""
MOST_GROUPS = 200
"""So many groups are looked into."""


@dataclass(slots=True)
class _Gathered:
    """Who was read so far, while the preview is made."""

    users: dict[str, User] = field(default_factory=dict)
    direct: set[str] = field(default_factory=set)
    """Ids of people and groups that are, or are to be, assigned."""
    member_of: dict[str, dict[str, bool]] = field(default_factory=dict)
    """For each person the assigned groups that they are a direct member of, and whether those are security groups."""
    nested_in: dict[str, set[str]] = field(default_factory=dict)
    """For each person the assigned groups that they are in only through another group."""
    groups: dict[str, Group] = field(default_factory=dict)
    warnings: list[Sentence] = field(default_factory=list)
    complete: bool = True


def make_preview(
    session: Session, answers: Answers, found: Found, work: Work, *, most_people: int = MOST_PEOPLE
) -> ScopePreview:
    """Look who would arrive and who would be missed.

    Args:
        session: Who asks where.
        answers: Scope, and whom to assign.
        found: The app with mappings and assignments, as far as it exists.
        work: Cancel and progress.
        most_people: When to stop reading.

    Raises:
        KnownError: People or groups could not be read.
        Cancelled: The person pressed Cancel.
    """
    schema = found.app.schema.document if found.app and found.app.schema else None
    people_rule = object_mapping_for(schema, "User") if schema else None
    group_rule = object_mapping_for(schema, "Group") if schema else None
    got = _Gathered()
    wanted_groups = {one.id for one in answers.groups}
    for one in answers.principals:
        got.direct.add(one.id)
    for assignment in found.app.assignments if found.app else ():
        if assignment.principal_id:
            got.direct.add(assignment.principal_id)
            if same(assignment.principal_type, "Group"):
                wanted_groups.add(assignment.principal_id)
    if answers.everyone:
        _read_everyone(session, got, work, most_people)
    else:
        _read_groups(session, got, sorted(wanted_groups), work, most_people)
        _read_people(session, got, wanted_groups, work, most_people)
    app = _app_name(found)
    mapping = people_rule[1] if people_rule else None
    people = [_judge(user, got, answers, mapping, app) for user in got.users.values()]
    people.sort(key=lambda one: (not one.included, (one.user.display_name or "").casefold(), one.user.id))
    if people_rule is not None and mapping is not None and not flows(mapping, "Add"):
        got.warnings.append(
            say("The mappings create nobody at {app}: creating is switched off there.", app=app)
        )
    blocked = tuple(
        say(
            "{group} is not a security group, so it cannot be assigned. Take it out.",
            group=group.display_name or "",
        )
        for group in got.groups.values()
        if group.security_enabled is False and group.id in {one.id for one in answers.groups}
    )
    carries_groups = group_rule is None or group_rule[1].get("enabled") is not False
    names = tuple(
        sorted(
            (
                group.display_name or group.id
                for group in got.groups.values()
                if group.security_enabled is not False and carries_groups
            ),
            key=str.casefold,
        )
    )
    if got.groups and not carries_groups:
        got.warnings.append(
            say("The mappings for groups are switched off: their members arrive, the groups do not.")
        )
    if not got.complete:
        got.warnings.append(
            say(
                "Only {n} were looked at, so the numbers are lower limits.",
                n=counted(len(got.users), "person", "people"),
            )
        )
    work.progress(1, 1, say("Looked at {n}", n=counted(len(people), "person", "people")))
    return ScopePreview(
        people=tuple(people),
        groups=names,
        warnings=tuple(got.warnings),
        complete=got.complete,
        blocked=blocked,
        checked=mapping is not None,
    )


# ---------------------------------------------------------------------------------------------- reading


def _read_everyone(session: Session, got: _Gathered, work: Work, most: int) -> None:
    for page in directory.list_users(session.graph, work):
        for user in page:
            if len(got.users) >= most:
                got.complete = False
                return
            got.users[user.id] = user
        work.progress(
            len(got.users), None, say("Looking at {n}", n=counted(len(got.users), "person", "people"))
        )
        work.check()


def _read_groups(session: Session, got: _Gathered, ids: list[str], work: Work, most: int) -> None:
    for place, group_id in enumerate(ids):
        if place >= MOST_GROUPS:
            got.complete = False
            return
        work.check()
        group = directory.get_group(session.graph, group_id, work)
        got.groups[group.id] = group
        name = group.display_name or group.id
        work.progress(place, len(ids), say("Looking into {group}", group=name))
        nested = []
        is_security = group.security_enabled is not False
        for member, user in _members(session, group_id, work):
            if member.is_group:
                nested.append(member)
            elif member.odata_type is None or same(member.odata_type, "#microsoft.graph.user"):
                if len(got.users) >= most and user.id not in got.users:
                    got.complete = False
                    break
                got.users[user.id] = user
                got.member_of.setdefault(user.id, {})[group.id] = is_security
        if nested:
            _warn_nested(session, got, group, nested, work, most)


def _members(session: Session, group_id: str, work: Work) -> Iterator[tuple[DirectoryObject, User]]:
    """Direct members twice: as what they are, and with the properties of a person."""
    for answer in session.graph.pages(directory.list_members_request(group_id), work):
        yield from zip(read_list(answer, DirectoryObject), read_list(answer, User), strict=True)


def _warn_nested(  # noqa: PLR0917
    session: Session, got: _Gathered, group: Group, nested: list[DirectoryObject], work: Work, most: int
) -> None:
    """Name the groups inside a group, and whom they would leave out."""
    only_there = 0
    for answer in session.graph.pages(directory.list_transitive_members_request(group.id), work):
        for member, user in zip(read_list(answer, DirectoryObject), read_list(answer, User), strict=True):
            if member.is_group or not same(member.odata_type, "#microsoft.graph.user"):
                continue
            if group.id in got.member_of.get(user.id, {}):
                continue
            only_there += 1
            if len(got.users) < most or user.id in got.users:
                got.users.setdefault(user.id, user)
                got.nested_in.setdefault(user.id, set()).add(group.id)
            else:
                got.complete = False
        work.check()
    got.warnings.append(
        say(
            "{group} holds {inner}. Groups inside a group are ignored, so {people} would be missed. Assign the inner "
            "group itself.",
            group=group.display_name or group.id,
            inner=_listed([one.display_name or one.id for one in nested]),
            people=counted(only_there, "person", "people"),
        )
    )


def _listed(names: list[str]) -> str:
    """Up to three names, then how many more."""
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3:,} more"


def _read_people(session: Session, got: _Gathered, groups: set[str], work: Work, most: int) -> None:
    ids = sorted(got.direct - groups - set(got.users))
    for place, user_id in enumerate(ids):
        if len(got.users) >= most:
            got.complete = False
            return
        work.check()
        work.progress(place, len(ids), say("Looking at the people chosen"))
        got.users[user_id] = directory.get_user(session.graph, user_id, work)


# ---------------------------------------------------------------------------------------------- judging


def _judge(user: User, got: _Gathered, answers: Answers, mapping: Json | None, app: str) -> PreviewPerson:
    name = user.display_name or user.user_principal_name or user.id
    attributes = directory_attributes(user_json(user))
    through_all = got.member_of.get(user.id, {})
    decision = decide(
        attributes,
        assigned=got.direct,
        groups=through_all,
        nested_groups=got.nested_in.get(user.id, ()),
        sync_all=answers.everyone,
        scope=mapping.get("scope") if mapping else None,
    )
    through = tuple(
        got.groups[group].display_name or group for group in decision.through if group in got.groups
    )
    if not decision.entitled:
        return PreviewPerson(
            user, through, False, say("{reason}.", reason=_reason(decision, name, app, got, user))
        )
    if mapping is None:
        return PreviewPerson(user, through, True)
    attributes = with_decision(attributes, decision)
    try:
        matching = matching_values(mapping, attributes)
        values = logged_values(mapping, mapped_values(mapping, attributes, creating=True))
    except (EvaluationError, ExpressionError) as error:
        return PreviewPerson(
            user, through, False, say("{name} cannot be mapped: {why}", name=name, why=str(error))
        )
    if not matching:
        return PreviewPerson(
            user,
            through,
            False,
            say(
                "{name} has no value for {attribute}, by which {app} recognises people.",
                name=name,
                attribute=_matching_source(mapping),
                app=app,
            ),
        )
    return PreviewPerson(user, through, True, _advice(user, name), tuple(values.items()))


def _reason(decision: Decision, name: str, app: str, got: _Gathered, user: User) -> Sentence:
    if decision.reason is Reason.NESTED_GROUP:
        outer = [got.groups[group].display_name or group for group in sorted(got.nested_in.get(user.id, ()))]
        return say("{name} is in {group} only through a group inside it", name=name, group=_listed(outer))
    return decision.sentence(name, app)


def _advice(user: User, name: str) -> Sentence:
    """What to know about somebody who would arrive nevertheless."""
    if same(user.user_type, "Guest"):
        return say("{name} is a guest.", name=name)
    if not user.mail:
        return say("{name} has no e-mail address in Entra ID.", name=name)
    return Sentence("")


def _matching_source(mapping: Json) -> str:
    for line in mapping.get("attributeMappings") or ():
        if int(line.get("matchingPriority") or 0) > 0:
            source = line.get("source") or {}
            return str(source.get("name") or source.get("expression") or line.get("targetAttributeName"))
    return "the matching attribute"


def user_json(user: User) -> dict[str, Any]:
    """A person as Graph's JSON, for ``rules``."""
    document = msgspec.to_builtins(user)
    if not isinstance(document, dict):  # a Struct always becomes a mapping; this tells the type checker
        raise TypeError("a user is a mapping")
    return document


def _app_name(found: Found) -> str:
    principal = found.app.service_principal if found.app else None
    return (principal.display_name or principal.id) if principal else "the app"
