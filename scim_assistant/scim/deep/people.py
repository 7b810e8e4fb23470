"""The part of the deep check that makes one person and looks for it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from scim_assistant.scim.answer import ScimAnswer
from scim_assistant.scim.deep import catalogue as key
from scim_assistant.scim.deep import wire
from scim_assistant.scim.deep.found import Severity, Spoken
from scim_assistant.scim.deep.reading import Difference, differences, id_of, member, short, value_at
from scim_assistant.scim.deep.trial import Search, Stop, Trial, read_search
from scim_assistant.scim.deep.wire import USERS
from scim_assistant.scim.verdict import Side, Sureness
from scim_assistant.sentence import Sentence, counted, say

_OPTIONAL: Final = (wire.MOBILE_PHONE, wire.DEPARTMENT)
"""Left out when a creation is refused, to see whether they were the reason."""
_SMALL_LETTERS: Final = (wire.USER_NAME, wire.WORK_EMAIL)
"""Attributes that SCIM compares without regard to letter case."""


class People:
    """One run's person.

    Attributes:
        id: What the service calls the person.
        kept: Paths of what the service was seen to keep.
        active: What it said last of whether the person is active; None where it said nothing.
    """

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._talk = trial.talk
        self._results = trial.results
        self._written: dict[str, object] = trial.mine.names.person()
        self._matching = trial.target.matching_user
        if self._matching not in self._written:
            self._matching = wire.USER_NAME
        self.id = ""
        self.kept: frozenset[str] = frozenset()
        self.active: object = None

    def run(self) -> None:
        """All checks of the person but the changes to it.

        Raises:
            Stop: No further check makes sense.
            KnownError: No answer came.
            Cancelled: The person at the screen pressed Cancel.
        """
        self._absent()
        self._create()
        self._read()
        self._find()
        self._duplicate()

    # ------------------------------------------------------------ before

    def _absent(self) -> None:
        if not self._results.begin(key.USER_ABSENT):
            return
        place = self._talk.here()
        found = self._search(self._matching_value())
        spoken = self._talk.since(place)
        refusal = Stop(
            say("Nothing was made at a service that does not tell who is new."),
            Side.VENDOR,
            say("Run the connection test, and mend what it names first."),
        )
        if found.fault is not None:
            self._results.failed(key.USER_ABSENT, found.fault, spoken, self._trial.said(found.answer))
            if found.answer.status == HTTPStatus.FORBIDDEN:
                refusal.side, refusal.sure = Side.TOKEN, Sureness.LIKELY
            raise refusal
        if found.count:
            self._results.failed(
                key.USER_ABSENT,
                say(
                    "The service named {people} for a name that nobody has: it ignores the filter.",
                    people=counted(found.count, "person", "people"),
                ),
                spoken,
            )
            raise refusal
        self._results.passed(key.USER_ABSENT, say("Nobody was found, as it should be."), spoken)

    # ------------------------------------------------------------ creation

    def _create(self) -> None:
        if not self._results.begin(key.USER_CREATE):
            raise Stop(say("The profile of this app says not to make anybody."), Side.NONE, Sentence(""))
        place = self._talk.here()
        self._trial.record.about(USERS)
        self._trial.mine.begin(USERS)
        answer = first = self._talk.send(wire.create_user(self._written))
        left_out: tuple[str, ...] = ()
        if _may_be_about_a_value(first):
            smaller = {path: value for path, value in self._written.items() if path not in _OPTIONAL}
            answer = self._talk.send(wire.create_user(smaller))
            left_out = _OPTIONAL
            if answer.good:
                self._written = smaller
        self._trial.mine.answered(USERS)
        spoken = self._talk.since(place)
        if not answer.good:
            self._refuse_creation(first, spoken)
        self.id = id_of(answer.document)
        if not self.id:
            self._results.failed(
                key.USER_CREATE,
                say("The service answered {status} without an id for the person.", status=answer.status),
                spoken,
                self._trial.said(answer),
            )
            raise _vendor(say("Without an id the person could not be looked at or changed."))
        self._trial.record.note(USERS, self.id)
        self._trial.mine.made(USERS, self.id)
        self._judge_creation(answer, first, left_out, spoken)

    def _judge_creation(
        self, answer: ScimAnswer, first: ScimAnswer, left_out: tuple[str, ...], spoken: tuple[Spoken, ...]
    ) -> None:
        if left_out:
            self._results.warned(
                key.USER_CREATE,
                say(
                    "The service refused the person with a telephone number and a department, and took it without."
                ),
                spoken,
                self._trial.said(first),
                severity=Severity.HINDERS,
                means=say(
                    "As long as the mappings hold what the service refuses, nobody who has it in Entra arrives. Take it"
                    " out of the mappings."
                ),
            )
        elif answer.status != HTTPStatus.CREATED:
            self._results.warned(
                key.USER_CREATE,
                say(
                    "The service created the person and answered {status}, where 201 is due.",
                    status=answer.status,
                ),
                spoken,
                severity=Severity.HINDERS,
                means=say("Microsoft documents 201; whether it takes another answer is not known."),
            )
        elif not isinstance(member(answer.document, "id"), str):
            self._results.warned(
                key.USER_CREATE,
                say("The person was created; its id is a number, where text is due."),
                spoken,
                severity=Severity.HINDERS,
                means=say("Strict readers refuse such an id; whether Microsoft does is not known."),
            )
        else:
            self._results.passed(
                key.USER_CREATE, say("The person was created and has an id."), spoken, (("Id", self.id),)
            )

    def _refuse_creation(self, answer: ScimAnswer, spoken: tuple[Spoken, ...]) -> None:
        rows = [*self._trial.said(answer), ("User name", self._trial.mine.names.user_name)]
        if answer.status == HTTPStatus.FORBIDDEN:
            sentence = say("The token may search for people and not create them.")
            stop = Stop(
                say("Nobody could be created."),
                Side.TOKEN,
                say("Make a token with the right to write, and enter it."),
                sure=Sureness.LIKELY,
            )
        else:
            sentence = say(
                "The service refused to create the person with status {status}.", status=answer.status
            )
            stop = Stop(
                say("Nobody could be created."),
                Side.VENDOR,
                say(
                    "Read what the service said. Some take only people of domains that they know: run the check with one"
                    " of yours."
                ),
                sure=Sureness.POSSIBLE if answer.status < 500 else Sureness.LIKELY,
            )
        self._results.failed(key.USER_CREATE, sentence, spoken, rows)
        raise stop

    def _read(self) -> None:
        """Read the person by its id: the proof that it is ours comes before everything that changes it."""
        is_tried = self._results.begin(key.USER_READ)
        place = self._talk.here()
        answer = self._talk.send(wire.read(USERS, self.id))
        if answer.status == HTTPStatus.NOT_FOUND:
            self._trial.pause()
            answer = self._talk.send(wire.read(USERS, self.id))
        if not answer.good or answer.document is None:
            if is_tried:
                self._results.failed(
                    key.USER_READ,
                    say(
                        "The person cannot be read by the id that the service gave: status {status}.",
                        status=answer.status,
                    ),
                    self._talk.since(place),
                    self._trial.said(answer),
                    severity=Severity.STOPS,
                    means=say("Microsoft reads everybody by that id, and takes such a person for gone."),
                )
            # It may be there under another id.
            self._trial.mine.begin(USERS)
            raise _vendor(say("What cannot be read back was not changed."))
        if not self._trial.mine.prove(USERS, self.id, answer.document):
            self._trial.mine.disown(USERS, self.id)
            self._trial.mine.begin(USERS)
            if is_tried:
                self._results.failed(
                    key.USER_READ,
                    say("The id that the service gave leads to somebody else."),
                    self._talk.since(place),
                    severity=Severity.STOPS,
                    means=say("Microsoft would change somebody else's account from then on."),
                )
            raise _vendor(say("What belongs to somebody else was not changed."))
        self._trial.mine.settle(USERS)
        lost = differences(answer.document, self._written)
        self.kept = frozenset(self._written) - {each.path for each in lost}
        self.active = value_at(answer.document, wire.ACTIVE)
        if not is_tried:
            return
        spoken = self._talk.since(place)
        if not lost:
            self._results.passed(
                key.USER_READ,
                say("Everything came back as it was written."),
                spoken,
                _kept_rows(self._written),
            )
            return
        self._results.warned(
            key.USER_READ,
            say("Not everything came back as it was written: {names}.", names=named(lost)),
            spoken,
            [each.row() for each in lost],
        )

    # ------------------------------------------------------------ search

    def _find(self) -> None:
        is_tried = self._results.begin(key.USER_FIND)
        value = self._matching_value()
        if self._matching not in _SMALL_LETTERS:
            self._results.skip(
                key.USER_FIND_CASE, say("Here people are recognised by a value of exact letters.")
            )
            if is_tried:
                self._try_to_find(value)
            return
        is_case_tried = self._results.begin(key.USER_FIND_CASE)
        place = self._talk.here()
        other = self._patient_search(value.upper()) if is_case_tried else None
        spoken = self._talk.since(place)
        if other is not None and self._is_found(other):
            self._results.passed(key.USER_FIND_CASE, say("The person was found in capital letters."), spoken)
            if is_tried:
                # Whoever finds it in other letters finds it in its own; the search for the disabled person asks so.
                self._results.passed(key.USER_FIND, say("The person was found."), spoken)
            return
        if is_tried:
            self._try_to_find(value)
        if other is not None:
            self._results.warned(
                key.USER_FIND_CASE,
                say("The person was not found under its name in capital letters."),
                spoken,
                self._trial.said(other.answer),
            )

    def _try_to_find(self, value: str) -> None:
        place = self._talk.here()
        found = self._patient_search(value)
        spoken = self._talk.since(place)
        if self._is_found(found):
            self._results.passed(key.USER_FIND, say("The person was found."), spoken)
        elif found.fault is not None:
            self._results.failed(key.USER_FIND, found.fault, spoken, self._trial.said(found.answer))
        else:
            self._results.failed(
                key.USER_FIND,
                say("The person was not found.")
                if not found.count
                else say(
                    "The service named {people} for the name of one.",
                    people=counted(found.count, "person", "people"),
                ),
                spoken,
            )

    def _is_found(self, found: Search) -> bool:
        return found.fault is None and found.count == 1 and [id_of(each) for each in found.ours] == [self.id]

    def _search(self, value: str) -> Search:
        answer = self._talk.send(wire.find(USERS, self._matching, value))
        return read_search(answer, self._trial.mine, USERS)

    def _patient_search(self, value: str) -> Search:
        """Search, and once more after a moment where nobody was found: some services index late."""
        found = self._search(value)
        if found.fault is None and not found.count:
            self._trial.pause()
            found = self._search(value)
        return found

    def matching(self) -> tuple[str, str]:
        """The attribute that people are recognised by, and this person's value of it, which is never changed."""
        return self._matching, self._matching_value()

    def _matching_value(self) -> str:
        return str(self._written[self._matching])

    # ------------------------------------------------------------ double

    def _duplicate(self) -> None:
        if not self._results.begin(key.USER_DUPLICATE):
            return
        place = self._talk.here()
        self._trial.mine.begin(USERS)
        answer = self._talk.send(wire.create_user(self._written))
        self._trial.mine.answered(USERS)
        # A second one that was kept all the same is found under the name when the first is gone.
        self._trial.mine.settle(USERS)
        if not answer.good:
            self._judge_duplicate(answer, self._talk.since(place))
            return
        double = id_of(answer.document)
        if double == self.id:
            self._results.failed(
                key.USER_DUPLICATE,
                say("The service wrote over the person that was there, where a refusal with 409 is due."),
                self._talk.since(place),
                means=say("Somebody new with the same name gets the account of somebody else."),
            )
            return
        if double:
            self._trial.record.note(USERS, double)
            self._trial.mine.made(USERS, double)
            self._take_double_away(double)
        self._results.failed(
            key.USER_DUPLICATE,
            say("The service created a second person with the same name, where a refusal with 409 is due."),
            self._talk.since(place),
            (("Id of the second", double),),
        )

    def _take_double_away(self, double: str) -> None:
        """Delete the second person at once, so that searches mean the first; what fails here is done at the end."""
        answer = self._talk.send(wire.read(USERS, double))
        if not answer.good or answer.document is None:
            return
        if not self._trial.mine.prove(USERS, double, answer.document):
            self._trial.mine.disown(USERS, double)
            return
        if self._talk.send(wire.delete(USERS, double)).good:
            check = self._talk.send(wire.read(USERS, double))
            if check.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
                self._trial.mine.is_gone(USERS, double)

    def _judge_duplicate(self, answer: ScimAnswer, spoken: tuple[Spoken, ...]) -> None:
        rows = self._trial.said(answer)
        if answer.status != HTTPStatus.CONFLICT:
            self._results.warned(
                key.USER_DUPLICATE,
                say(
                    "The service refused the second person with {status}, where 409 is due.",
                    status=answer.status,
                ),
                spoken,
                rows,
                severity=Severity.HINDERS,
                means=say(
                    "Nobody gets two accounts, but the log will not say that the name is taken already."
                ),
            )
        elif answer.scim_type != "uniqueness":
            self._results.warned(
                key.USER_DUPLICATE,
                say("The service refused the second person with 409, without the code uniqueness."),
                spoken,
                rows,
                severity=Severity.NOTE,
                means=say(
                    "Nobody gets two accounts. The code is what the standard asks for; the status says enough."
                ),
            )
        else:
            self._results.passed(
                key.USER_DUPLICATE, say("The service refused the second person with 409."), spoken, rows
            )


def named(lost: tuple[Difference, ...]) -> str:
    """What was lost, by the names that people know."""
    return ", ".join(short(each.path) for each in lost)


def _kept_rows(written: wire.Values) -> tuple[tuple[str, str], ...]:
    return (("Kept", ", ".join(short(path) for path in written)),)


def _may_be_about_a_value(answer: ScimAnswer) -> bool:
    """True for a refusal that something in the body may be the reason of."""
    return answer.status in (400, 413, 422) or answer.status >= 500


def _vendor(reason: Sentence) -> Stop:
    return Stop(reason, Side.VENDOR, say("Write to the vendor: its service has to be mended."))
