"""What belongs to a deep check, and the proof of it: nothing else is ever changed or deleted.

An id is proven by reading it: what stands under it has to carry the run's mark. A service that answers with somebody
else's id, or ignores filters, is believed nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from scim_assistant.scim.deep import wire
from scim_assistant.scim.deep.reading import Resource, member, value_at
from scim_assistant.sentence import Sentence, say

MARK: Final = "scim-assistant-check-"
"""Begins the names of everything that a deep check makes, so that whoever sees one knows what it is."""
DOMAIN: Final = "example.com"
"""Mail domain of the throw-away person unless another one is asked for: nobody's, and no mail ever arrives there."""
_DOMAIN = re.compile(
    r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])"
)


def read_domain(text: str) -> tuple[str, Sentence | None]:
    """The mail domain for the throw-away person out of what was typed, and why it is none.

    Args:
        text: A domain, or a whole e-mail address; empty takes the usual one.

    Returns:
        The domain in lower case, empty where there is a problem; and the problem, None where there is none.
    """
    domain = text.strip().rpartition("@")[2].strip(". ").lower()
    if not domain and not text.strip():
        return DOMAIN, None
    if _DOMAIN.fullmatch(domain):
        return domain, None
    return "", say("Enter a domain such as {domain}.", domain=DOMAIN)


@dataclass(frozen=True, slots=True)
class Names:
    """How the throw-away person and group of one run are called.

    Attributes:
        marker: The mark with what was drawn for this run; in every name.
        user_name: User name and e-mail address.
    """

    marker: str
    user_name: str

    @classmethod
    def of(cls, token: str, domain: str) -> Names:
        """The names of the run for which ``token`` was drawn."""
        marker = MARK + token
        return cls(marker, f"{marker}@{domain}")

    def email(self, version: int) -> str:
        """E-mail address after so many changes; the first is the user name."""
        local, _, domain = self.user_name.partition("@")
        return f"{local}{f'-{version}' if version else ''}@{domain}"

    def person(self) -> dict[str, object]:
        """All that is written of the person at first."""
        return {
            wire.USER_NAME: self.user_name,
            wire.EXTERNAL_ID: self.marker,
            wire.ACTIVE: True,
            wire.DISPLAY_NAME: self.marker,
            wire.GIVEN_NAME: "Throwaway",
            wire.FAMILY_NAME: "Check",
            wire.WORK_EMAIL: self.email(0),
            # From the range that is kept for fiction.
            wire.MOBILE_PHONE: "+12025550143",
            wire.DEPARTMENT: "Checks",
        }

    def group(self) -> dict[str, object]:
        """All that is written of the group at first."""
        return {wire.DISPLAY_NAME: self.marker, wire.EXTERNAL_ID: self.marker}

    def mark(self, kind: str, resource: Resource, *, strictly: bool) -> bool:
        """True when a resource carries the mark of this run, and nothing speaks against it.

        Args:
            strictly: In two places: the external id as well or, where the service keeps none of a person, the display
                name or the e-mail address. Within the run that drew the mark its name alone will do, since nobody
                had it before.
        """
        if not self._in(member(resource, wire.DISPLAY_NAME if kind == wire.GROUPS else wire.USER_NAME)):
            return False
        external = member(resource, wire.EXTERNAL_ID)
        if external not in (None, ""):
            return self._in(external)
        others = (wire.DISPLAY_NAME, wire.WORK_EMAIL)
        return (
            not strictly or kind == wire.GROUPS or any(self._in(value_at(resource, path)) for path in others)
        )

    def _in(self, value: object) -> bool:
        return isinstance(value, str) and self.marker in value.casefold()


class Mine:
    """What a run has made, as far as it is known.

    Args:
        names: How its things are called.
        strictly: It was an earlier run: see ``Names.mark``.
    """

    def __init__(self, names: Names, *, strictly: bool = False) -> None:
        self.names = names
        self._strictly = strictly
        self._ids: list[tuple[str, str]] = []
        self._proven: set[tuple[str, str]] = set()
        self._gone: set[tuple[str, str]] = set()
        self._unsure: set[str] = set()
        self._unanswered: set[str] = set()

    def begin(self, kind: str) -> None:
        """One is about to be created: from now on there may be one."""
        self._unsure.add(kind)
        self._unanswered.add(kind)

    def answered(self, kind: str) -> None:
        """An answer came. Also after a refusal there may be one: some services refuse what they have kept already."""
        self._unanswered.discard(kind)

    def made(self, kind: str, resource_id: str) -> None:
        """The service says that it created one under this id, which is believed once it was read."""
        if (kind, resource_id) not in self._ids:
            self._ids.append((kind, resource_id))

    def settle(self, kind: str) -> None:
        """Every one of this kind is known by its id."""
        self._unsure.discard(kind)

    def prove(self, kind: str, resource_id: str, resource: Resource) -> bool:
        """Look at what stands under an id; True when it is ours and may be changed and deleted."""
        if not self.is_mine(kind, resource):
            return False
        self.made(kind, resource_id)
        self._proven.add((kind, resource_id))
        return True

    def is_mine(self, kind: str, resource: Resource) -> bool:
        """True when a resource carries the mark."""
        return self.names.mark(kind, resource, strictly=self._strictly)

    def is_proven(self, kind: str, resource_id: str) -> bool:
        """True when this may be changed and deleted."""
        return (kind, resource_id) in self._proven

    def disown(self, kind: str, resource_id: str) -> None:
        """What stands under this id is somebody else's: it is never touched."""
        self._proven.discard((kind, resource_id))
        self._ids = [each for each in self._ids if each != (kind, resource_id)]

    def is_gone(self, kind: str, resource_id: str) -> None:
        """It was deleted and not found again."""
        self._gone.add((kind, resource_id))

    def ids(self, kind: str) -> tuple[str, ...]:
        """Ids of this kind that are not known to be gone."""
        return tuple(each for of, each in self._ids if of == kind and (of, each) not in self._gone)

    def is_unanswered(self, kind: str) -> bool:
        """True while a creation may still be under way at the service."""
        return kind in self._unanswered

    def is_unsure(self, kind: str) -> bool:
        """True while there may be one whose id is not known."""
        return kind in self._unsure

    def may_be_left(self, kind: str) -> bool:
        """True while anything of this kind may be there."""
        return bool(self.ids(kind)) or self.is_unsure(kind)
