"""Takes away what a deep check made, whatever happened to it; nothing else is ever deleted.

What has no id yet is looked for by its name, and everything is read and has to carry the mark before it is deleted.
Afterwards the service is asked whether it is gone, since some only say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from scim_assistant.scim.answer import ScimAnswer
from scim_assistant.scim.deep import catalogue as key
from scim_assistant.scim.deep import wire
from scim_assistant.scim.deep.found import Spoken
from scim_assistant.scim.deep.mine import Mine
from scim_assistant.scim.deep.reading import id_of, value_at
from scim_assistant.scim.deep.trial import Results, Search, Talk, read_search
from scim_assistant.scim.deep.wire import GROUPS, USERS
from scim_assistant.sentence import say

GONE: Final = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
_NOT_OFFERED: Final = (HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED)
_MOST: Final = 5
"""Things of one kind that are taken away in one go: a run makes one, and a second where doubles are allowed."""

KEYS: Final = {USERS: (key.USER_DELETE, key.USER_GONE), GROUPS: (key.GROUP_DELETE, key.GROUP_GONE)}
NOUNS: Final = {USERS: "person", GROUPS: "group"}
_INACTIVE: Final = "inactive"
_THERE: Final = "there"


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of taking away one kind of thing.

    Attributes:
        kind: People or groups.
        deleted: The service's answer to the last deletion; None when there was nothing to delete.
        search: The search afterwards; None when nothing was looked for.
        left: What is still there, in words.
        is_final: A later run could do no more about what is left.
        is_inactive: What is left was deleted and is kept as inactive.
        is_doubtful: A creation had no clear end and nothing was found: it may still appear.
        said: What was said while deleting, and while searching afterwards.
    """

    kind: str
    deleted: ScimAnswer | None = None
    search: Search | None = None
    left: tuple[str, ...] = ()
    is_final: bool = False
    is_inactive: bool = False
    is_doubtful: bool = False
    said: tuple[tuple[Spoken, ...], tuple[Spoken, ...]] = ((), ())

    @property
    def refused(self) -> bool:
        """True when a deletion was refused."""
        return self.deleted is not None and not self.deleted.good and self.deleted.status not in GONE


class Removal:
    """Takes away one kind of thing that a run made.

    Args:
        talk: The way to the service, with its own time limit.
        kind: People or groups.
        settle_s: Seconds after which what still shows is looked for once more.
    """

    def __init__(self, talk: Talk, kind: str, settle_s: float) -> None:
        self._talk = talk
        self._mine = talk.mine
        self._kind = kind
        self._settle_s = settle_s
        self._refused: dict[str, ScimAnswer] = {}
        self._tried: set[str] = set()
        self._has_nameless = False

    def run(self) -> Taken:
        """Delete, and look whether it is gone.

        Raises:
            Stop: The service does not take the token any more, or is too busy.
            KnownError: No answer came.
            Cancelled: Time is up.
        """
        mine, kind = self._mine, self._kind
        if not mine.may_be_left(kind):
            return Taken(kind)
        place = self._talk.here()
        was_unanswered = mine.is_unanswered(kind)
        if mine.is_unsure(kind):
            self._learn(self._search())
        deleted = self._delete_all()
        if was_unanswered and deleted is None:
            self._talk.work.wait(self._settle_s)  # the service may be at it still
        middle = self._talk.here()
        search = self._search()
        if any(id_of(each) in self._tried - self._refused.keys() for each in search.ours):
            self._talk.work.wait(self._settle_s)
            search = self._search()
        if self._learn(search):  # a double under the same name
            deleted = self._delete_all()
            search = self._search()
        states = self._states(search)
        deleted_inactive = bool(states) and all(
            state == _INACTIVE and each not in self._refused for each, state in states.items()
        )
        shown = {id_of(each) for each in search.ours}
        return Taken(
            kind,
            deleted,
            search,
            self._words(states),
            is_final=not mine.is_unsure(kind)
            and all(
                self._refused[each].status in _NOT_OFFERED if each in self._refused else each in shown
                for each in states
            ),
            is_inactive=deleted_inactive,
            is_doubtful=was_unanswered and not self._tried,
            said=(
                tuple(self._talk.since(place))[: middle - place],
                self._talk.since(middle),
            ),
        )

    def _learn(self, found: Search) -> bool:
        """Take note of what a search found of ours; True when any of it is new."""
        known = set(self._mine.ids(self._kind))
        fresh = [each for each in map(id_of, found.ours) if each and each not in known | self._tried]
        for each in fresh[:_MOST]:
            self._mine.made(self._kind, each)
        self._has_nameless = not all(map(id_of, found.ours))
        if not self._has_nameless and (_is_whole(found) or found.answer.status == HTTPStatus.NOT_FOUND):
            self._mine.settle(self._kind)
        return bool(fresh)

    def _delete_all(self) -> ScimAnswer | None:
        last: ScimAnswer | None = None
        for each in self._mine.ids(self._kind)[: 2 * _MOST]:
            if each in self._tried or not self._is_proven(each):
                continue
            self._tried.add(each)
            last = self._talk.send(wire.delete(self._kind, each))
            if not last.good and last.status not in GONE:
                self._refused[each] = last
        return last

    def _is_proven(self, resource_id: str) -> bool:
        if self._mine.is_proven(self._kind, resource_id):
            return True
        answer = self._talk.send(wire.read(self._kind, resource_id))
        if answer.status in GONE:
            self._mine.is_gone(self._kind, resource_id)
        elif answer.good and answer.document is not None:
            if self._mine.prove(self._kind, resource_id, answer.document):
                return True
            self._mine.disown(self._kind, resource_id)
        return False

    def _search(self) -> Search:
        names = self._mine.names
        ask = (
            wire.find(GROUPS, wire.DISPLAY_NAME, names.marker)
            if self._kind == GROUPS
            else wire.find(USERS, wire.USER_NAME, names.user_name)
        )
        return read_search(self._talk.send(ask), self._mine, self._kind)

    def _states(self, search: Search) -> dict[str, str]:
        """What is still there, by its id, and how."""
        shown = {id_of(each): each for each in search.ours}
        states: dict[str, str] = {}
        for each in self._mine.ids(self._kind):
            if each in shown:
                states[each] = _INACTIVE if value_at(shown[each], wire.ACTIVE) is False else _THERE
            elif self._is_surely_gone(each, search):
                self._mine.is_gone(self._kind, each)
            else:
                states[each] = _THERE
        for each, state in states.items():
            if each in self._refused and self._kind == USERS and state != _INACTIVE:
                # Who cannot be deleted has at least no access.
                answer = self._talk.send(wire.change_standard(each, {wire.ACTIVE: False}))
                states[each] = _INACTIVE if answer.good else _THERE
        return states

    def _is_surely_gone(self, resource_id: str, search: Search) -> bool:
        """True when the search would have named it, or else when nothing stands under its id."""
        if resource_id in self._tried - self._refused.keys() and _is_whole(search):
            return True
        return self._talk.send(wire.read(self._kind, resource_id)).status in GONE

    def _words(self, states: dict[str, str]) -> tuple[str, ...]:
        names, noun = self._mine.names, NOUNS[self._kind]
        name = names.user_name if self._kind == USERS else names.marker
        words = [
            f"{noun} {name} (id {each}{', inactive' if state == _INACTIVE else ''})"
            for each, state in states.items()
        ]
        if self._mine.is_unsure(self._kind):
            why = (
                "without an id that can be used"
                if self._has_nameless
                else "not found out whether it is there"
            )
            words.append(f"{noun} {name} ({why})")
        return tuple(words)


def what_may_be_left(mine: Mine) -> tuple[str, ...]:
    """What may still be there when it could not be taken away at all, in words."""
    words: list[str] = []
    for kind, noun in NOUNS.items():
        name = mine.names.user_name if kind == USERS else mine.names.marker
        words += [f"{noun} {name} (id {each})" for each in mine.ids(kind)]
        if mine.is_unsure(kind):
            words.append(f"{noun} {name} (not found out whether it is there)")
    return tuple(words)


def note_removal(results: Results, talk: Talk, taken: Taken) -> None:
    """Note down what came of the checks of a removal that was made."""
    if taken.search is None or (taken.deleted is None and not taken.left):
        results.skip_rest(say("There was nothing to delete."), KEYS[taken.kind])
        return
    of_delete, of_gone = KEYS[taken.kind]
    if results.is_open(of_delete):
        _note_deletion(results, talk, taken, of_delete)
    if results.is_open(of_gone):
        _note_search(results, talk, taken, taken.search, of_gone)


def _note_deletion(results: Results, talk: Talk, taken: Taken, of: str) -> None:
    answer = taken.deleted
    if answer is None:
        results.skip(of, say("It could not be told which one to delete."))
        return
    rows = talk.evidence(answer)
    if not taken.refused:
        results.passed(of, say("The {noun} was deleted.", noun=NOUNS[taken.kind]), taken.said[0], rows)
    elif answer.status in _NOT_OFFERED:
        results.failed(
            of,
            say("The service does not offer deletion: it answered {status}.", status=answer.status),
            taken.said[0],
            rows,
        )
    else:
        results.failed(
            of,
            say("The service refused the deletion with status {status}.", status=answer.status),
            taken.said[0],
            rows,
        )


def _note_search(results: Results, talk: Talk, taken: Taken, search: Search, of: str) -> None:
    noun, spoken = NOUNS[taken.kind], taken.said[1]
    rows = [("Still there", words) for words in taken.left]
    if not taken.left and search.fault is not None:
        results.warned(of, search.fault, spoken, talk.evidence(search.answer))
    elif not taken.left:
        results.passed(of, say("The {noun} is gone.", noun=noun), spoken)
    elif taken.refused or taken.deleted is None:
        results.warned(of, say("The {noun} is still there.", noun=noun), spoken, rows)
    elif taken.is_inactive:
        results.warned(of, say("The service keeps the deleted {noun} as inactive.", noun=noun), spoken, rows)
    else:
        results.failed(
            of,
            say("The service said that the {noun} was deleted, and it is still there.", noun=noun),
            spoken,
            rows,
        )


def _is_whole(found: Search) -> bool:
    """True when a search named nothing but ours, so that what it does not name is not there."""
    return found.fault is None and found.count == len(found.ours)
