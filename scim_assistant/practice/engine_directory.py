"""The directory as one cycle sees it: who is assigned, through what, and what has changed since the last cycle.

Taken once, under the tenant's lock, so that a cycle works on one state while people go on changing the real one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from scim_assistant.practice.engine_rules import ObjectRule
from scim_assistant.practice.state import App, Group, Person, Tenant
from scim_assistant.rules.entitlement import Decision, decide, directory_attributes


@dataclass(slots=True)
class Source:
    """A person or group of the directory.

    Attributes:
        name: User principal name, or the group's name.
        version: Of its last change.
        members: For a group: ids of direct members.
    """

    id: str
    object_type: str
    name: str
    display_name: str
    attributes: dict[str, Any]
    version: int
    members: tuple[str, ...] = ()


@dataclass(slots=True)
class DirectoryView:
    """A frozen look at the directory for one app.

    Attributes:
        version: The tenant's version at that moment: the next watermark.
        assigned: Ids of the people and groups that the engine knows as assigned.
        groups_of: Person id to the assigned groups that it is a direct member of, and whether each is for security.
        nested_of: Person id to the assigned groups that it is in only through another group.
    """

    tenant: Tenant
    version: int
    sync_all: bool
    assigned: frozenset[str]
    groups_of: dict[str, dict[str, bool]] = field(default_factory=dict)
    nested_of: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def take(cls, tenant: Tenant, app: App) -> DirectoryView:
        """Look now."""
        with tenant.lock:
            known = tenant.known_assignments(app)
            view = cls(
                tenant,
                tenant.version,
                app.syncs_everyone,
                frozenset(assignment.principal_id for assignment in known),
            )
            for group_id in view.assigned:
                group = tenant.groups.get(group_id)
                if group is not None:
                    view._add_group(group)
        return view

    def _add_group(self, group: Group) -> None:
        for member in group.members:
            if member in self.tenant.people:
                self.groups_of.setdefault(member, {})[group.id] = group.security_enabled
            elif member in self.tenant.groups:
                for nested in self._people_below(member, {group.id}):
                    self.nested_of.setdefault(nested, set()).add(group.id)

    def _people_below(self, group_id: str, seen: set[str]) -> set[str]:
        if group_id in seen:
            return set()
        seen.add(group_id)
        people: set[str] = set()
        for member in self.tenant.groups[group_id].members:
            if member in self.tenant.groups:
                people |= self._people_below(member, seen)
            else:
                people.add(member)
        return people

    @property
    def assigned_people(self) -> set[str]:
        """Ids of the people who are assigned, themselves or as direct members of an assigned group."""
        people = {each for each in self.assigned if each in self.tenant.people}
        return people | self.groups_of.keys()

    def source(self, object_type: str, object_id: str) -> Source | None:
        """A person or group as it stands; None when it is gone for good."""
        with self.tenant.lock:
            if object_type == "Group":
                group = self.tenant.groups.get(object_id)
                return _group_source(group) if group is not None else None
            person = self.tenant.people.get(object_id)
            return _person_source(person) if person is not None else None

    def candidates(self, object_type: str, watermark: int | None) -> set[str]:
        """Ids that a cycle has to look at: assigned ones, everyone where everyone is in scope, and changed ones."""
        with self.tenant.lock:
            everything = self.tenant.groups if object_type == "Group" else self.tenant.people
            if self.sync_all:
                return set(everything)
            if object_type == "Group":
                found = {each for each in self.assigned if each in everything}
            else:
                found = self.assigned_people
            if watermark is not None:
                found |= {each.id for each in everything.values() if each.version > watermark}
            return found

    def decide(self, rule: ObjectRule, source: Source) -> Decision:
        """Who is entitled: the same rules as the program's own preview."""
        return decide(
            source.attributes,
            assigned=self.assigned,
            groups=self.groups_of.get(source.id),
            nested_groups=self.nested_of.get(source.id, ()),
            sync_all=self.sync_all,
            scope=rule.mapping.get("scope"),
        )


def _person_source(person: Person) -> Source:
    return Source(
        id=person.id,
        object_type="User",
        name=person.user_principal_name,
        display_name=person.display_name,
        attributes=directory_attributes(person.graph()),
        version=person.version,
    )


def _group_source(group: Group) -> Source:
    return Source(
        id=group.id,
        object_type="Group",
        name=group.display_name,
        display_name=group.display_name,
        attributes=directory_attributes(group.graph()),
        version=group.version,
        members=tuple(group.members),
    )
