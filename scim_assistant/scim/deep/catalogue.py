"""Every check of the deep check: what is tried, in which order, what it means for a real sync, where that is written.

The keys are stable: profiles name them to leave one out, and the command prints them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from scim_assistant.check import Outcome
from scim_assistant.scim.deep.found import DeepCheck, Dialect, Severity
from scim_assistant.sentence import Sentence, say


class Part(StrEnum):
    """What a check is about, for a table in parts."""

    BEFORE = "before"
    PEOPLE = "people"
    CHANGES = "changes"
    GROUPS = "groups"
    REMOVAL = "removal"


PART_TITLES: Final[Mapping[Part, Sentence]] = {
    Part.BEFORE: say("Before anything is made"),
    Part.PEOPLE: say("People"),
    Part.CHANGES: say("Changes to people"),
    Part.GROUPS: say("Groups"),
    Part.REMOVAL: say("Removal"),
}


@dataclass(frozen=True, slots=True)
class Planned:
    """One check before it is made.

    Attributes:
        key: Stable name.
        part: What it is about.
        title: What is tried, a noun phrase.
        severity: What it costs where it fails.
        expected: What a service is to answer and do.
        good, bad: What the outcome means for a real sync.
        source: Where it is written, by the names of pages and sections.
        dialect: In which dialect it is asked.
    """

    key: str
    part: Part
    title: Sentence
    severity: Severity
    expected: Sentence
    good: Sentence
    bad: Sentence
    source: str
    dialect: Dialect = Dialect.BOTH

    def waiting(self) -> DeepCheck:
        """The check as a row that waits for its turn."""
        return DeepCheck(
            self.key,
            self.title,
            Outcome.WAITING,
            severity=self.severity,
            dialect=self.dialect,
            source=self.source,
        )


_ENDPOINT = "Microsoft Learn, Develop and plan provisioning for a SCIM endpoint"
_COMPLIANCE = "Microsoft Learn, Known issues and resolutions with SCIM 2.0 protocol compliance"
_HOW = "Microsoft Learn, How application provisioning works"

LEFTOVERS: Final = "leftovers"
USER_ABSENT: Final = "user-absent"
USER_CREATE: Final = "user-create"
USER_READ: Final = "user-read"
USER_FIND: Final = "user-find"
USER_FIND_CASE: Final = "user-find-case"
USER_DUPLICATE: Final = "user-duplicate"
USER_DISABLE_STANDARD: Final = "user-disable-standard"
USER_CHANGE_STANDARD: Final = "user-change-standard"
USER_ENABLE_STANDARD: Final = "user-enable-standard"
USER_CHANGE_LEGACY: Final = "user-change-legacy"
USER_ADD_TYPED: Final = "user-add-typed"
USER_EXTENSION_LEGACY: Final = "user-extension-legacy"
USER_MANAGER: Final = "user-manager"
USER_DISABLE_LEGACY: Final = "user-disable-legacy"
USER_FIND_DISABLED: Final = "user-find-disabled"
GROUP_CREATE: Final = "group-create"
GROUP_FIND: Final = "group-find"
GROUP_WITHOUT_MEMBERS: Final = "group-without-members"
MEMBER_ADD_LEGACY: Final = "member-add-legacy"
MEMBER_OTHER_LEGACY: Final = "member-remove-other-legacy"
MEMBER_REMOVE_LEGACY: Final = "member-remove-legacy"
MEMBER_ADD_STANDARD: Final = "member-add-standard"
MEMBER_REMOVE_STANDARD: Final = "member-remove-standard"
USER_DELETE: Final = "user-delete"
USER_GONE: Final = "user-gone"
GROUP_DELETE: Final = "group-delete"
GROUP_GONE: Final = "group-gone"

PLANNED: Final[tuple[Planned, ...]] = (
    Planned(
        LEFTOVERS,
        Part.BEFORE,
        say("What an earlier run left"),
        Severity.HINDERS,
        say("Nothing of an earlier check is in the app."),
        say("Nothing of an earlier deep check is in the app."),
        say(
            "A throw-away person or group of an earlier deep check is still in the app and can be removed there by hand."
        ),
        "",
    ),
    Planned(
        USER_ABSENT,
        Part.BEFORE,
        say("Search for a person who is not there"),
        Severity.STOPS,
        say("Status 200 and a ListResponse with totalResults 0."),
        say("Microsoft asks this before it creates anybody, and will see that the person is new."),
        say(
            "Microsoft asks this before it creates anybody. With such an answer it cannot tell who is new, or takes over"
            " somebody else's account."
        ),
        f"{_ENDPOINT}, general guidelines; RFC 7644 section 3.4.2",
    ),
    Planned(
        USER_CREATE,
        Part.PEOPLE,
        say("Creation of a person"),
        Severity.STOPS,
        say("Status 201 and the new person with an id."),
        say("New people arrive."),
        say("New people do not arrive."),
        f"{_ENDPOINT}, create user; RFC 7644 section 3.3",
    ),
    Planned(
        USER_READ,
        Part.PEOPLE,
        say("What was kept of the person"),
        Severity.HINDERS,
        say("Status 200 and the person with all values as they were written."),
        say("What Microsoft writes of a person stays as it was written."),
        say(
            "What the service does not keep never shows in the app, and may be written again and again: leave it out"
            " of the mappings."
        ),
        f"{_ENDPOINT}, get user; RFC 7644 section 3.4.1",
    ),
    Planned(
        USER_FIND,
        Part.PEOPLE,
        say("Search for the person"),
        Severity.STOPS,
        say("Status 200 and a ListResponse with just this person."),
        say("Accounts that exist already are recognised."),
        say(
            "Accounts that exist already are not recognised: Microsoft creates them again, and is refused or makes"
            " doubles."
        ),
        f"{_ENDPOINT}, get user by query; RFC 7644 section 3.4.2.2",
    ),
    Planned(
        USER_FIND_CASE,
        Part.PEOPLE,
        say("The same search in other letter case"),
        Severity.HINDERS,
        say("The same person as under the name in small letters."),
        say("An account is recognised also where its name is spelled with other capital letters."),
        say(
            "Somebody whose name is spelled with other capital letters in the app is not recognised, and may not be"
            " created either. A mapping with ToLower avoids it."
        ),
        "RFC 7643 section 8.7.1: userName is not case-exact; RFC 7644 section 3.4.2.2",
    ),
    Planned(
        USER_DUPLICATE,
        Part.PEOPLE,
        say("Second creation of the same person"),
        Severity.BREAKS,
        say("Status 409 with scimType uniqueness, and no second person."),
        say("Nobody can get two accounts, and Microsoft sees why a creation was refused."),
        say(
            "The same person can get two accounts, and Microsoft reports an error where its search finds both."
        ),
        "RFC 7644 section 3.3: status 409 with scimType uniqueness",
    ),
    Planned(
        USER_DISABLE_STANDARD,
        Part.CHANGES,
        say("Disabling with the boolean false"),
        Severity.BREAKS,
        say("Status 200 or 204, and active is the boolean false afterwards."),
        say("People who leave lose their access (wording with aadOptscim062020)."),
        say("People who leave keep their access to the app (wording with aadOptscim062020)."),
        f"{_COMPLIANCE}, disable user",
        Dialect.STANDARD,
    ),
    Planned(
        USER_CHANGE_STANDARD,
        Part.CHANGES,
        say("Several changes in one operation without a path"),
        Severity.BREAKS,
        say(
            "Status 200 or 204, and each key of the value is taken for a path: name.givenName changes the given name."
        ),
        say("Changed names, addresses and departments arrive (wording with aadOptscim062020)."),
        say(
            "Some changes to people never arrive, whatever the service answers (wording with aadOptscim062020)."
        ),
        f"{_COMPLIANCE}, replace multiple attributes",
        Dialect.STANDARD,
    ),
    Planned(
        USER_ENABLE_STANDARD,
        Part.CHANGES,
        say("Enabling again with the boolean true"),
        Severity.BREAKS,
        say("Status 200 or 204, and active is the boolean true afterwards."),
        say("People who come back get their access again (wording with aadOptscim062020)."),
        say("People who come back stay locked out (wording with aadOptscim062020)."),
        f"{_HOW}, deprovisioning; the form follows from {_COMPLIANCE}",
        Dialect.STANDARD,
    ),
    Planned(
        USER_CHANGE_LEGACY,
        Part.CHANGES,
        say("Several changes, an operation each"),
        Severity.BREAKS,
        say("Status 200 or 204, op in any letter case, and every value as it was sent afterwards."),
        say("Changed names and addresses arrive (Microsoft's default wording)."),
        say(
            "Some changes to people never arrive, whatever the service answers (Microsoft's default wording)."
        ),
        f"{_ENDPOINT}, update user (multi-valued properties); {_COMPLIANCE}",
        Dialect.LEGACY,
    ),
    Planned(
        USER_ADD_TYPED,
        Part.CHANGES,
        say("A value of a kind that was not there yet"),
        Severity.BREAKS,
        say("Status 200 or 204, and a new entry of this type afterwards."),
        say("A first value of its kind arrives, such as somebody's first work phone."),
        say("Somebody without a work phone at first does not get one later."),
        "Seen in public reports on SCIM servers; RFC 7644 section 3.5.2 leaves it open",
    ),
    Planned(
        USER_EXTENSION_LEGACY,
        Part.CHANGES,
        say("Change of the department"),
        Severity.BREAKS,
        say("Status 200 or 204, and the new department in the enterprise extension afterwards."),
        say("Changes to departments arrive (Microsoft's default wording)."),
        say("Changes to departments and the like do not arrive (Microsoft's default wording)."),
        f"{_COMPLIANCE}, replace multiple attributes; RFC 7643 section 4.3",
        Dialect.LEGACY,
    ),
    Planned(
        USER_MANAGER,
        Part.CHANGES,
        say("A manager, as a plain id"),
        Severity.HINDERS,
        say("Status 200 or 204 for the id as text, and a manager with this id afterwards."),
        say("Managers arrive, where they are mapped."),
        say(
            "Where managers are mapped they do not arrive; take them out of the mappings if that holds people up."
        ),
        "Seen in public reports on what Microsoft sends; RFC 7643 section 4.3 makes the manager an object",
    ),
    Planned(
        USER_DISABLE_LEGACY,
        Part.CHANGES,
        say("Disabling with the text False"),
        Severity.BREAKS,
        say("Status 200 or 204, the text False taken for a boolean, and active is false afterwards."),
        say("People who leave lose their access (Microsoft's default wording)."),
        say("People who leave keep their access to the app (Microsoft's default wording)."),
        f"{_COMPLIANCE}, disable user; {_ENDPOINT} shows a boolean there",
        Dialect.LEGACY,
    ),
    Planned(
        USER_FIND_DISABLED,
        Part.CHANGES,
        say("Search for the disabled person"),
        Severity.BREAKS,
        say("Status 200 and a ListResponse with this person, whose active is false."),
        say("People who come back are recognised and get their old account again."),
        say("People who come back are not recognised: Microsoft creates their account again and is refused."),
        f"{_ENDPOINT}, general guidelines: only deleted people may be missing from a search",
    ),
    Planned(
        GROUP_CREATE,
        Part.GROUPS,
        say("Creation of a group"),
        Severity.BREAKS,
        say("Status 201 and the new group with an id; Microsoft's own schema URI is ignored."),
        say("Groups arrive."),
        say("Groups do not arrive."),
        f"{_ENDPOINT}, create group; RFC 7644 section 3.3",
    ),
    Planned(
        MEMBER_ADD_LEGACY,
        Part.GROUPS,
        say("Adding a member"),
        Severity.BREAKS,
        say("Status 204 or 200, op in any letter case, and the person is a member afterwards."),
        say("People join their groups (Microsoft's default wording)."),
        say("People do not join their groups (Microsoft's default wording)."),
        f"{_ENDPOINT}, update group (add members)",
        Dialect.LEGACY,
    ),
    Planned(
        MEMBER_OTHER_LEGACY,
        Part.GROUPS,
        say("Removing somebody else by a list of values"),
        Severity.BREAKS,
        say("Only members that the value names are removed; all others stay."),
        say("When one person leaves a group, the others stay in it."),
        say(
            "As soon as one person leaves a group, all its members are removed (Microsoft's default wording)."
        ),
        f"{_ENDPOINT}, update group (remove members)",
        Dialect.LEGACY,
    ),
    Planned(
        GROUP_FIND,
        Part.GROUPS,
        say("Search for the group"),
        Severity.BREAKS,
        say("Status 200 and a ListResponse with just this group."),
        say("Groups that exist already are recognised."),
        say(
            "Groups that exist already are not recognised: Microsoft creates them again, and is refused or makes"
            " doubles."
        ),
        f"{_ENDPOINT}, get group by displayName",
    ),
    Planned(
        GROUP_WITHOUT_MEMBERS,
        Part.GROUPS,
        say("The same search without members"),
        Severity.HINDERS,
        say("The group without its members, as excludedAttributes=members asks."),
        say("Searches stay short, also for large groups."),
        say(
            "Members come along that were not asked for: large groups take long, and Microsoft may reject the answer."
        ),
        f"{_ENDPOINT}, get group: excludedAttributes=members; RFC 7644 section 3.9",
    ),
    Planned(
        MEMBER_REMOVE_LEGACY,
        Part.GROUPS,
        say("Removing the member by a list of values"),
        Severity.BREAKS,
        say("Status 204 or 200, and the person that the value names is no member afterwards."),
        say("People who leave a group lose what it gives (Microsoft's default wording)."),
        say("People who leave a group stay in it at the app (Microsoft's default wording)."),
        f"{_ENDPOINT}, update group (remove members)",
        Dialect.LEGACY,
    ),
    Planned(
        MEMBER_ADD_STANDARD,
        Part.GROUPS,
        say("Adding a member, in small letters"),
        Severity.BREAKS,
        say("Status 204 or 200, and the person is a member afterwards."),
        say("People join their groups (wording with aadOptscim062020)."),
        say("People do not join their groups (wording with aadOptscim062020)."),
        f"{_COMPLIANCE}; RFC 7644 section 3.5.2.1",
        Dialect.STANDARD,
    ),
    Planned(
        MEMBER_REMOVE_STANDARD,
        Part.GROUPS,
        say("Removing the member by a filter"),
        Severity.BREAKS,
        say("Status 204 or 200, and the person that the filter names is no member afterwards."),
        say("People who leave a group lose what it gives (wording with aadOptscim062020)."),
        say("People who leave a group stay in it at the app (wording with aadOptscim062020)."),
        f"{_COMPLIANCE}, remove group members; RFC 7644 section 3.5.2.2",
        Dialect.STANDARD,
    ),
    Planned(
        USER_DELETE,
        Part.REMOVAL,
        say("Deletion of the person"),
        Severity.HINDERS,
        say("Status 204."),
        say("People who are deleted for good in Entra are deleted in the app."),
        say(
            "People who are deleted for good in Entra stay in the app, and each attempt shows as a failure in the"
            " log."
        ),
        f"{_ENDPOINT}, delete user; RFC 7644 section 3.6",
    ),
    Planned(
        USER_GONE,
        Part.REMOVAL,
        say("Search for the deleted person"),
        Severity.HINDERS,
        say("Status 200 and a ListResponse with totalResults 0."),
        say("The name is free again for somebody new."),
        say(
            "The service keeps people whom it was told to delete. A person who is created again under the same name"
            " may be refused, or get the old account back."
        ),
        f"{_ENDPOINT}, general guidelines; RFC 7644 section 3.6",
    ),
    Planned(
        GROUP_DELETE,
        Part.REMOVAL,
        say("Deletion of the group"),
        Severity.HINDERS,
        say("Status 204."),
        say("Groups that are deleted in Entra are deleted in the app."),
        say("Groups that are deleted in Entra stay in the app."),
        f"{_ENDPOINT}, delete group; RFC 7644 section 3.6",
    ),
    Planned(
        GROUP_GONE,
        Part.REMOVAL,
        say("Search for the deleted group"),
        Severity.HINDERS,
        say("Status 200 and a ListResponse with totalResults 0."),
        say("The name is free again for another group."),
        say("The service keeps groups that it was told to delete, so their names stay taken."),
        "RFC 7644 section 3.6",
    ),
)
"""All of them, in the order in which they are made."""

BY_KEY: Final[Mapping[str, Planned]] = {planned.key: planned for planned in PLANNED}


def planned_checks() -> tuple[DeepCheck, ...]:
    """Every check as it waits for its turn, in order."""
    return tuple(planned.waiting() for planned in PLANNED)


def part_of(key: str) -> Part:
    """What a check is about.

    Raises:
        KeyError: There is no such check.
    """
    return BY_KEY[key].part
