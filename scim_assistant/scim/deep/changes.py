"""The part of the deep check that changes its person in both dialects, and looks after every change what became of it.

A service that answers with success and drops the change is what this is for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from scim_assistant.check import Outcome
from scim_assistant.scim.answer import ScimAnswer
from scim_assistant.scim.deep import catalogue as key
from scim_assistant.scim.deep import wire
from scim_assistant.scim.deep.found import Severity, Spoken
from scim_assistant.scim.deep.people import People, named
from scim_assistant.scim.deep.reading import Difference, Resource, differences, short, shown, value_at
from scim_assistant.scim.deep.trial import Trial, read_search
from scim_assistant.scim.deep.wire import USERS, Values
from scim_assistant.sentence import Sentence, say

_ADDED: Final = frozenset({key.USER_ADD_TYPED, key.USER_MANAGER})
"""What the person has no value of before."""
_NOTHING_KEPT: Final = say("The service keeps none of the values that would be changed.")


@dataclass(frozen=True, slots=True)
class _Sent:
    """Values that were sent for one check, the answer, and what was said."""

    key: str
    values: Values
    answer: ScimAnswer
    spoken: tuple[Spoken, ...]


class Changes:
    """Changes to the person of a run.

    Args:
        trial: The run.
        people: Its person, which was created and proven.
    """

    def __init__(self, trial: Trial, people: People) -> None:
        self._trial = trial
        self._talk = trial.talk
        self._results = trial.results
        self._people = people
        self._id = people.id
        self._active = people.active
        self._is_204_noted = False

    def run(self) -> None:
        """All changes.

        Raises:
            Stop: No further check makes sense.
            KnownError: No answer came.
            Cancelled: The person at the screen pressed Cancel.
        """
        self._disable_standard()
        self._change_standard()
        sent = self._change_legacy()
        self._disable_legacy(sent)

    # ------------------------------------------------------------ standard

    def _disable_standard(self) -> None:
        if not self._results.begin(key.USER_DISABLE_STANDARD):
            return
        if self._cannot_be_disabled(key.USER_DISABLE_STANDARD):
            return
        place = self._talk.here()
        answer = self._talk.send(wire.change_standard(self._id, {wire.ACTIVE: False}))
        self._look({wire.ACTIVE: False})
        self._judge_active(key.USER_DISABLE_STANDARD, answer, wanted=False, spoken=self._talk.since(place))

    def _cannot_be_disabled(self, of: str) -> bool:
        """True where the service does not say that the person is active, so that disabling could not be seen."""
        if self._active is True:
            return False
        self._results.failed(
            of,
            say("The service does not say whether the person is active, so nobody can be disabled.")
            if self._active is None
            else say("The person is not active although it was made so: {value}.", value=shown(self._active)),
        )
        return True

    def _change_standard(self) -> None:
        names = self._trial.mine.names
        values = self._kept({
            wire.WORK_EMAIL: names.email(2),
            wire.DISPLAY_NAME: f"{names.marker} 2",
            wire.GIVEN_NAME: "Changed",
            wire.FAMILY_NAME: "Twice",
            wire.DEPARTMENT: "Changes",
        })  # fmt: skip
        if not values:
            self._results.skip(key.USER_CHANGE_STANDARD, _NOTHING_KEPT)
        elif not self._results.begin(key.USER_CHANGE_STANDARD):
            values = {}
        is_enabling = self._active is False
        if not is_enabling:
            self._results.skip(
                key.USER_ENABLE_STANDARD,
                say("The person was not disabled before, so this would show nothing."),
            )
        else:
            is_enabling = self._results.begin(key.USER_ENABLE_STANDARD)
        wanted = {**values, **({wire.ACTIVE: True} if is_enabling else {})}
        if not wanted:
            return
        place = self._talk.here()
        answer = first = self._talk.send(wire.change_standard(self._id, wanted))
        if not first.good and wire.DEPARTMENT in wanted:
            wanted = {path: value for path, value in wanted.items() if path != wire.DEPARTMENT}
            answer = self._talk.send(wire.change_standard(self._id, wanted))
        _, lost = self._look(wanted)
        spoken = self._talk.since(place)
        if values and answer.good and not first.good:
            self._results.failed(
                key.USER_CHANGE_STANDARD,
                say("The service refused the changes with a department among them, and took them without."),
                spoken,
                self._trial.said(first),
            )
        elif values:
            self._judge_values(_Sent(key.USER_CHANGE_STANDARD, values, answer, spoken), lost)
        if is_enabling and values and not answer.good:
            # Refused together with the rest, which tells nothing of enabling: Entra sends that alone, too.
            place = self._talk.here()
            answer = self._talk.send(wire.change_standard(self._id, {wire.ACTIVE: True}))
            self._look({wire.ACTIVE: True})
            spoken = self._talk.since(place)
        if is_enabling:
            self._judge_active(key.USER_ENABLE_STANDARD, answer, wanted=True, spoken=spoken)

    # ------------------------------------------------------------ legacy

    def _change_legacy(self) -> tuple[_Sent, ...]:
        """Send the changes; what became of them is looked at after the person was disabled, in the same reading."""
        names = self._trial.mine.names
        replaced = self._kept({
            wire.WORK_EMAIL: names.email(3),
            wire.FAMILY_NAME: "Renamed",
            wire.DISPLAY_NAME: f"{names.marker} 3",
        })  # fmt: skip
        kept = self._people.kept
        phone: Values = {wire.WORK_PHONE: "+12025550144"} if wire.MOBILE_PHONE in kept else {}
        # Nobody else is there to be the manager; the department tells whether the extension is kept at all.
        manager: Values = {wire.MANAGER: self._id} if wire.DEPARTMENT in kept else {}
        parts: dict[str, Values] = {}
        for of, values, reason in (
            (key.USER_CHANGE_LEGACY, replaced, _NOTHING_KEPT),
            (key.USER_ADD_TYPED, phone, say("The service keeps no telephone number to try it with.")),
            (
                key.USER_EXTENSION_LEGACY,
                self._kept({wire.DEPARTMENT: "Renamed"}),
                say("The service keeps no department."),
            ),
            (
                key.USER_MANAGER,
                manager,
                say("The service keeps nothing of the extension that managers belong to."),
            ),
        ):
            if not values:
                self._results.skip(of, reason)
            elif self._results.begin(of):
                parts[of] = values
        if not parts:
            return ()
        place = self._talk.here()
        answer = self._send_legacy(parts)
        if answer.good or len(parts) == 1:
            spoken = self._talk.since(place)
            return tuple(_Sent(of, values, answer, spoken) for of, values in parts.items())
        # Refused together: which of them is it?
        sent = []
        for of, values in parts.items():
            place = self._talk.here()
            alone = self._send_legacy({of: values})
            if of == key.USER_MANAGER and not alone.good:
                # The plain id is the same in both dialects: a capital letter that is refused says nothing of it.
                alone = self._talk.send(wire.add_standard(self._id, values))
            sent.append(_Sent(of, values, alone, self._talk.since(place)))
        return tuple(sent)

    def _send_legacy(self, parts: dict[str, Values]) -> ScimAnswer:
        replaced: dict[str, object] = {}
        added: dict[str, object] = {}
        for of, values in parts.items():
            (added if of in _ADDED else replaced).update(values)
        return self._talk.send(wire.change_legacy(self._id, replaced, added))

    def _disable_legacy(self, sent: tuple[_Sent, ...]) -> None:
        is_tried = self._results.begin(key.USER_DISABLE_LEGACY)
        if is_tried and self._active is not True:
            self._talk.send(wire.change_legacy(self._id, {wire.ACTIVE: True}))
            self._look({wire.ACTIVE: True})
            is_tried = not self._cannot_be_disabled(key.USER_DISABLE_LEGACY)
        place = self._talk.here()
        answer = self._talk.send(wire.change_legacy(self._id, {wire.ACTIVE: False})) if is_tried else None
        looked = self._talk.here()
        resource = self._find_disabled() if answer is not None else None
        if answer is None:
            self._results.skip(key.USER_FIND_DISABLED, say("The person was not disabled before."))
        wanted = {path: value for each in sent for path, value in each.values.items()}
        active: Values = {wire.ACTIVE: False} if answer is not None else {}
        lost: tuple[Difference, ...] = ()
        if resource is None or differences(resource, {**wanted, **active}):
            # A search may show less than there is.
            resource, lost = self._look({**wanted, **active})
        else:
            self._active = value_at(resource, wire.ACTIVE)
        seen = self._talk.since(looked)
        for each in sent:
            mine = tuple(one for one in lost if one.path in each.values)
            self._judge_values(_Sent(each.key, each.values, each.answer, each.spoken + seen), mine)
        if answer is not None:
            self._judge_active(key.USER_DISABLE_LEGACY, answer, wanted=False, spoken=self._talk.since(place))

    def _find_disabled(self) -> Resource | None:
        """Look for the disabled person by its name, as it is looked for when it comes back."""
        is_tried = self._results.begin(key.USER_FIND_DISABLED)
        if self._results.outcome(key.USER_FIND) is Outcome.FAIL:
            if is_tried:
                self._results.skip(
                    key.USER_FIND_DISABLED, say("The person was not found while it was active either.")
                )
            return None
        place = self._talk.here()
        attribute, value = self._people.matching()
        found = read_search(self._talk.send(wire.find(USERS, attribute, value)), self._trial.mine, USERS)
        spoken = self._talk.since(place)
        if is_tried and found.ours:
            self._results.passed(
                key.USER_FIND_DISABLED, say("The person was found although it is disabled."), spoken
            )
        elif is_tried:
            self._results.failed(
                key.USER_FIND_DISABLED,
                found.fault or say("The person is not found any more since it was disabled."),
                spoken,
                self._trial.said(found.answer),
            )
        return found.ours[0] if found.ours else None

    # ------------------------------------------------------------ what became of it

    def _look(self, wanted: Values) -> tuple[Resource | None, tuple[Difference, ...]]:
        """Read the person, and once more after a moment where something is not there yet."""
        lost = tuple(Difference(path, value, None) for path, value in wanted.items())
        resource: Resource | None = None
        for attempt in range(2):
            if attempt:
                self._trial.pause()
            answer = self._talk.send(wire.read(USERS, self._id))
            if answer.good and answer.document is not None:
                resource = answer.document
                lost = differences(resource, wanted)
                if not lost:
                    break
        self._active = value_at(resource, wire.ACTIVE) if resource is not None else None
        return resource, lost

    def _kept(self, values: Values) -> Values:
        """Those that the service was seen to keep, and without the one by which the person is found."""
        usable = self._people.kept - {self._people.matching()[0]}
        return {path: value for path, value in values.items() if path in usable}

    def _judge_values(self, sent: _Sent, lost: tuple[Difference, ...]) -> None:
        # Managers are mapped at few apps, and one mapping fewer lets everything else go on.
        told = self._results.warned if sent.key == key.USER_MANAGER else self._results.failed
        rows = self._trial.said(sent.answer)
        status = sent.answer.status
        if not sent.answer.good:
            told(
                sent.key,
                say("The service refused the change with status {status}.", status=status),
                sent.spoken,
                rows,
            )
        elif len(lost) == len(sent.values):
            told(
                sent.key,
                say("The service answered {status}, and nothing has changed.", status=status),
                sent.spoken,
                [*rows, *(each.row() for each in lost)],
            )
        elif lost:
            told(
                sent.key,
                say(
                    "The service answered {status} and lost a part of it: {names}.",
                    status=status,
                    names=named(lost),
                ),
                sent.spoken,
                [*rows, *(each.row() for each in lost)],
            )
        else:
            arrived = ", ".join(short(path) for path in sent.values)
            self._pass(sent.key, say("Everything arrived: {names}.", names=arrived), sent.answer, sent.spoken)

    def _judge_active(self, of: str, answer: ScimAnswer, *, wanted: bool, spoken: tuple[Spoken, ...]) -> None:
        status, is_there = answer.status, self._active
        rows = [
            *self._trial.said(answer),
            ("Active afterwards", "nothing" if is_there is None else shown(is_there)),
        ]
        if is_there is wanted:
            done = say("The person is active again.") if wanted else say("The person was disabled.")
            if answer.good:
                self._pass(of, done, answer, spoken)
            else:
                self._results.failed(
                    of, say("The service did it and answered {status}.", status=status), spoken, rows,
                    means=say("Microsoft takes it for a failure and tries again and again."),
                )  # fmt: skip
        elif not answer.good:
            self._results.failed(
                of, say("The service refused with status {status}.", status=status), spoken, rows
            )
        elif isinstance(is_there, str):
            self._results.failed(
                of,
                say("The service kept the text {text}, where a boolean is due.", text=shown(is_there)),
                spoken,
                rows,
            )
        elif is_there is None:
            self._results.failed(
                of,
                say(
                    "The service answered {status} and does not say whether the person is active.",
                    status=status,
                ),
                spoken,
                rows,
            )
        else:
            self._results.failed(
                of,
                say("The service answered {status}, and the person is still disabled.", status=status)
                if wanted
                else say("The service answered {status}, and the person is still active.", status=status),
                spoken,
                rows,
            )

    def _pass(self, of: str, sentence: Sentence, answer: ScimAnswer, spoken: tuple[Spoken, ...]) -> None:
        if answer.status == 204 and not self._is_204_noted:
            self._is_204_noted = True
            self._results.warned(
                of,
                sentence,
                spoken,
                (("Status", "204 without a body"),),
                severity=Severity.NOTE,
                means=say(
                    "It arrived. The standard allows the answer 204; Microsoft documents 200 for people, and whether it"
                    " takes 204 is not documented."
                ),
            )
        else:
            self._results.passed(of, sentence, spoken, (("Status", str(answer.status)),))
