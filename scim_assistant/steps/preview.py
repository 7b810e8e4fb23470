"""Who would be provisioned, who would be missed and why: what ``previewing.py`` finds out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_assistant.sentence import Sentence, counted, say

if TYPE_CHECKING:
    from scim_assistant.graph.types import User


@dataclass(frozen=True, slots=True)
class PreviewPerson:
    """One person of the preview.

    Attributes:
        user: As Graph has them.
        through: Names of the groups that bring them in; empty for a direct assignment.
        included: True when they would be created or updated.
        reason: Why not, for those who would be missed.
        values: Target attribute and value that would be sent, in mapping order.
    """

    user: User
    through: tuple[str, ...]
    included: bool
    reason: Sentence = Sentence("")
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ScopePreview:
    """The preview of a scope.

    Attributes:
        people: Everybody looked at, those included first.
        groups: Names of the groups that would be created in the app.
        warnings: Nested groups, groups that cannot be assigned, more people than were looked at.
        complete: False when a limit stopped the reading, so that counts are 'at least'.
        blocked: What cannot be applied as it stands: groups that Microsoft does not take as an assignment.
        checked: False when the mappings were not known, so that only assignment and account state were judged.
    """

    people: tuple[PreviewPerson, ...]
    groups: tuple[str, ...]
    warnings: tuple[Sentence, ...] = ()
    complete: bool = True
    blocked: tuple[Sentence, ...] = ()
    checked: bool = True

    @property
    def included(self) -> tuple[PreviewPerson, ...]:
        """Those who would be provisioned."""
        return tuple(person for person in self.people if person.included)

    @property
    def missed(self) -> tuple[PreviewPerson, ...]:
        """Those who would not, with reasons."""
        return tuple(person for person in self.people if not person.included)

    @property
    def sentence(self) -> Sentence:
        """The counts in one sentence."""
        at_least = "" if self.complete else "At least "
        people = counted(len(self.included), "person", "people")
        groups = counted(len(self.groups), "group", "groups")
        missed = counted(len(self.missed), "person", "people")
        return say(
            "{at_least}{people} and {groups} would be provisioned, {missed} missed.",
            at_least=at_least,
            people=people,
            groups=groups,
            missed=missed,
        )
