"""The part of the deep check that makes one group, and puts its person in and takes it out in both dialects."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import Final

from scim_assistant.check import Outcome
from scim_assistant.scim.answer import ScimAnswer
from scim_assistant.scim.deep import catalogue as key
from scim_assistant.scim.deep import wire
from scim_assistant.scim.deep.catalogue import PLANNED, Part
from scim_assistant.scim.deep.found import Spoken
from scim_assistant.scim.deep.reading import id_of, member_ids
from scim_assistant.scim.deep.trial import Search, Trial, read_search
from scim_assistant.scim.deep.wire import GROUPS
from scim_assistant.sentence import Sentence, counted, say

GROUP_KEYS: Final = tuple(planned.key for planned in PLANNED if planned.part is Part.GROUPS)


class Groups:
    """One run's group.

    Args:
        trial: The run.
        user_id: Its person, which was created and proven.

    Attributes:
        id: What the service calls the group; empty until it was created and proven.
    """

    def __init__(self, trial: Trial, user_id: str) -> None:
        self._trial = trial
        self._talk = trial.talk
        self._results = trial.results
        self._user_id = user_id
        self._is_in = False
        self.id = ""

    def run(self) -> None:
        """All checks of the group.

        Raises:
            Stop: No further check makes sense.
            KnownError: No answer came.
            Cancelled: The person at the screen pressed Cancel.
        """
        if not self._trial.target.groups:
            self._results.skip_rest(say("This app takes no groups."), GROUP_KEYS)
            return
        if not self._results.begin(key.GROUP_CREATE):
            self._results.skip_rest(say("The profile of this app says not to make a group."), GROUP_KEYS)
            return
        if self._create():
            self._add_and_keep()
            self._find()
            self._remove_legacy()
            self._add_standard()
            self._remove_standard()
        self._results.skip_rest(say("There was no group to try it with."), GROUP_KEYS)

    # ------------------------------------------------------------ creation

    def _create(self) -> bool:
        values = self._trial.mine.names.group()
        place = self._talk.here()
        self._trial.record.about(GROUPS)
        self._trial.mine.begin(GROUPS)
        answer = first = self._talk.send(wire.create_group(values))
        if not first.good and first.status in (400, 422):
            answer = self._talk.send(wire.create_group(values, with_microsoft=False))
        self._trial.mine.answered(GROUPS)
        spoken = self._talk.since(place)
        if not answer.good:
            self._results.failed(
                key.GROUP_CREATE,
                say("The service knows no groups: it answered 404.")
                if answer.status == HTTPStatus.NOT_FOUND
                else say(
                    "The service refused to create the group with status {status}.", status=answer.status
                ),
                spoken,
                self._trial.said(answer),
            )
            return False
        group_id = id_of(answer.document)
        if not group_id:
            self._results.failed(
                key.GROUP_CREATE,
                say("The service answered {status} without an id for the group.", status=answer.status),
                spoken,
                self._trial.said(answer),
            )
            return False
        self._trial.record.note(GROUPS, group_id)
        self._trial.mine.made(GROUPS, group_id)
        read = self._talk.send(wire.read(GROUPS, group_id))
        spoken = self._talk.since(place)
        if (
            not read.good
            or read.document is None
            or not self._trial.mine.prove(GROUPS, group_id, read.document)
        ):
            self._trial.mine.disown(GROUPS, group_id)
            self._trial.mine.begin(GROUPS)
            self._results.failed(
                key.GROUP_CREATE,
                say("The id that the service gave does not lead to the new group."),
                spoken,
                self._trial.said(read),
                means=say("Microsoft would change another group from then on, or take this one for gone."),
            )
            return False
        self._trial.mine.settle(GROUPS)
        self.id = group_id
        if first.good:
            self._results.passed(
                key.GROUP_CREATE, say("The group was created and has an id."), spoken, (("Id", group_id),)
            )
        else:
            self._results.failed(
                key.GROUP_CREATE,
                say(
                    "The service refused the group with the schema that Microsoft names, and took it without."
                ),
                spoken,
                self._trial.said(first),
            )
        return True

    # ------------------------------------------------------------ members

    def _add_and_keep(self) -> None:
        """Add the person, then remove somebody else who is not in: one reading shows both."""
        is_adding = self._results.begin(key.MEMBER_ADD_LEGACY)
        is_removing = self._results.begin(key.MEMBER_OTHER_LEGACY)
        place = self._talk.here()
        added = self._talk.send(wire.add_member(self.id, self._user_id, standard=False))
        removed = (
            self._talk.send(wire.remove_member_legacy(self.id, self._somebody_else()))
            if is_removing and added.good
            else None
        )
        is_in = self._is_member(expected=added.good)
        was_emptied = False
        if added.good and not is_in and removed is not None:
            # Either the addition was dropped, or the removal emptied the group: add once more to tell.
            added = self._talk.send(wire.add_member(self.id, self._user_id, standard=False))
            was_emptied = is_in = self._is_member(expected=True)
        spoken = self._talk.since(place)
        if is_adding:
            self._judge_member(key.MEMBER_ADD_LEGACY, added, is_in, wanted=True, spoken=spoken)
        if not is_removing:
            return
        if removed is None or not is_in:
            self._results.skip(key.MEMBER_OTHER_LEGACY, say("The person could not be added before."))
        elif was_emptied:
            self._results.failed(
                key.MEMBER_OTHER_LEGACY,
                say("The service was asked to remove somebody else, and emptied the whole group."),
                spoken,
                self._trial.said(removed),
            )
        else:
            self._results.passed(
                key.MEMBER_OTHER_LEGACY,
                say("The member stayed when somebody else was removed."),
                spoken,
                self._trial.said(removed),
            )

    def _remove_legacy(self) -> None:
        if not self._results.begin(key.MEMBER_REMOVE_LEGACY):
            return
        if self._results.outcome(key.MEMBER_ADD_LEGACY) is not Outcome.PASS:
            self._results.skip(key.MEMBER_REMOVE_LEGACY, say("The person could not be added before."))
            return
        place = self._talk.here()
        answer = self._talk.send(wire.remove_member_legacy(self.id, self._user_id))
        is_in = self._is_member(expected=False)
        self._judge_member(
            key.MEMBER_REMOVE_LEGACY, answer, is_in, wanted=False, spoken=self._talk.since(place)
        )

    def _add_standard(self) -> None:
        if not self._results.begin(key.MEMBER_ADD_STANDARD):
            return
        place = self._talk.here()
        if self._results.outcome(key.MEMBER_REMOVE_LEGACY) is Outcome.FAIL:
            self._results.skip(
                key.MEMBER_ADD_STANDARD,
                say("The person could not be removed before, so this would show nothing."),
            )
            return
        answer = self._talk.send(wire.add_member(self.id, self._user_id, standard=True))
        is_in = self._is_member(expected=True)
        self._judge_member(
            key.MEMBER_ADD_STANDARD, answer, is_in, wanted=True, spoken=self._talk.since(place)
        )

    def _remove_standard(self) -> None:
        if not self._results.begin(key.MEMBER_REMOVE_STANDARD):
            return
        if not self._is_in:
            self._results.skip(key.MEMBER_REMOVE_STANDARD, say("The person could not be added before."))
            return
        place = self._talk.here()
        answer = self._talk.send(wire.remove_member_standard(self.id, self._user_id))
        is_in = self._is_member(expected=False)
        self._judge_member(
            key.MEMBER_REMOVE_STANDARD, answer, is_in, wanted=False, spoken=self._talk.since(place)
        )

    def _is_member(self, *, expected: bool) -> bool:
        """Whether the person is in the group, looked at once more after a moment where that is not as expected."""
        self._is_in = not expected
        for attempt in range(2):
            if attempt:
                self._trial.pause()
            answer = self._talk.send(wire.read(GROUPS, self.id))
            if answer.good and answer.document is not None:
                self._is_in = self._user_id in member_ids(answer.document)
                if self._is_in is expected:
                    break
        return self._is_in

    def _judge_member(
        self, of: str, answer: ScimAnswer, is_in: bool, *, wanted: bool, spoken: tuple[Spoken, ...]
    ) -> None:
        rows = self._trial.said(answer)
        if is_in is wanted and answer.good:
            self._results.passed(
                of,
                say("The person is in the group.") if wanted else say("The person is out of the group."),
                spoken,
                rows,
            )
        elif not answer.good:
            self._results.failed(
                of,
                say("The service refused the change with status {status}.", status=answer.status),
                spoken,
                rows,
            )
        else:
            self._results.failed(
                of,
                say(
                    "The service answered {status}, and the person is not in the group.", status=answer.status
                )
                if wanted
                else say(
                    "The service answered {status}, and the person is still in the group.",
                    status=answer.status,
                ),
                spoken,
                rows,
            )

    def _somebody_else(self) -> str:
        """An id in the form of the service's own that is nobody's whom this group holds."""
        if self._user_id.isdecimal() and len(self._user_id) < 16:
            return str(int(self._user_id) + 1_000_003)
        return str(uuid.uuid4())

    # ------------------------------------------------------------ search

    def _find(self) -> None:
        is_finding = self._results.begin(key.GROUP_FIND)
        is_leaving_out = self._results.begin(key.GROUP_WITHOUT_MEMBERS)
        if not is_finding and not is_leaving_out:
            return
        place = self._talk.here()
        found = self._search()
        if found.fault is None and not found.count:
            self._trial.pause()
            found = self._search()
        spoken = self._talk.since(place)
        is_found = (
            found.fault is None and found.count == 1 and [id_of(each) for each in found.ours] == [self.id]
        )
        if is_finding and is_found:
            self._results.passed(key.GROUP_FIND, say("The group was found."), spoken)
        elif is_finding:
            self._results.failed(key.GROUP_FIND, _not_found(found), spoken, self._trial.said(found.answer))
        if not is_leaving_out:
            return
        if not found.ours or not self._is_in:
            self._results.skip(
                key.GROUP_WITHOUT_MEMBERS,
                say("The group was not found.")
                if not found.ours
                else say("The group had no member to leave out."),
            )
        elif any(member_ids(each) for each in found.ours):
            self._results.warned(
                key.GROUP_WITHOUT_MEMBERS,
                say("The members came along although they were to be left out."),
                spoken,
            )
        else:
            self._results.passed(key.GROUP_WITHOUT_MEMBERS, say("The members were left out."), spoken)

    def _search(self) -> Search:
        values = self._trial.mine.names.group()
        attribute = self._trial.target.matching_group
        if attribute not in values:
            attribute = wire.DISPLAY_NAME
        answer = self._talk.send(wire.find(GROUPS, attribute, str(values[attribute])))
        return read_search(answer, self._trial.mine, GROUPS)


def _not_found(found: Search) -> Sentence:
    if found.fault is not None:
        return found.fault
    if not found.count:
        return say("The group was not found.")
    return say(
        "The service named {groups} for the name of one.", groups=counted(found.count, "group", "groups")
    )
