"""Servers that lie, each in its own way: the right check fails, the advice is right, and nobody else is touched."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from scim_assistant.check import Outcome
from scim_assistant.scim.deep.found import DeepCheck, DeepOutcome, Flag, Severity
from scim_assistant.scim.verdict import Side
from tests.scim.deep.conftest import Run, records
from tests.scim.deep.small_server import ENTERPRISE, TOKEN, Answer, Json, SmallScim, error

Bad = dict[str, tuple[Outcome, Severity]]
FAIL, WARN = Outcome.FAIL, Outcome.WARN
BREAKS, HINDERS, NOTE, STOPS = Severity.BREAKS, Severity.HINDERS, Severity.NOTE, Severity.STOPS


def with_people(server: SmallScim) -> dict[str, dict[str, Json]]:
    """People and groups who were there before; the store as it stands."""
    server.put("Users", userName="ana@example.net", displayName="Ana Ruiz", externalId="ana", active=True)
    server.put("Users", userName="ben@example.net", displayName="Ben Oak", externalId="ben", active=True)
    server.put("Groups", displayName="Writers", members=[{"value": "small-101"}])
    return server.look()


def bad(outcome: DeepOutcome) -> Bad:
    """What did not pass, with what it costs."""
    return {
        check.key: (check.outcome, check.severity)
        for check in outcome.checks
        if check.outcome in (Outcome.FAIL, Outcome.WARN)
    }


def check(outcome: DeepOutcome, key: str) -> DeepCheck:
    return next(each for each in outcome.checks if each.key == key)


# ---------------------------------------------------------------- the liars


class DropsEveryPatch(SmallScim):
    """Answers 200 and changes nothing."""

    def operate(self, resource: Json, op: str, operation: Json) -> None:
        pass


class AnyTextIsTrue(SmallScim):
    """``bool("False")`` is true."""

    def boolean(self, value: Any) -> Any:
        return bool(value)


class KeepsText(SmallScim):
    """Keeps ``"False"`` as it comes."""

    def boolean(self, value: Any) -> Any:
        return value


class RefusesText(SmallScim):
    """Takes nothing but booleans, and says so."""

    def patch(self, kind: str, resource_id: str, operations: list[Json]) -> Answer:
        if any(each.get("path") == "active" and isinstance(each["value"], str) for each in operations):
            return error(400, "active has to be a boolean", "invalidValue")
        return super().patch(kind, resource_id, operations)


class WantsManagersWhole(SmallScim):
    """Takes a manager as the schema has it, an object, and refuses the plain id."""

    def patch(self, kind: str, resource_id: str, operations: list[Json]) -> Answer:
        if any(
            str(each.get("path")).endswith(":manager") and isinstance(each["value"], str)
            for each in operations
        ):
            return error(400, "manager has to be an object", "invalidValue")
        return super().patch(kind, resource_id, operations)


class LiteralKeys(SmallScim):
    """Takes the keys of a bundle for names of attributes."""

    def set_bundled(self, resource: Json, key: str, value: Any) -> None:
        resource[key] = value


class NeedsPaths(SmallScim):
    """Refuses an operation without a path."""

    def patch(self, kind: str, resource_id: str, operations: list[Json]) -> Answer:
        if any("path" not in each for each in operations):
            return error(400, "path is missing", "noTarget")
        return super().patch(kind, resource_id, operations)


class RefusesExtensionInBundle(SmallScim):
    """Refuses a bundle only for its extension."""

    def patch(self, kind: str, resource_id: str, operations: list[Json]) -> Answer:
        if any(key.startswith("urn:") for each in operations if "path" not in each for key in each["value"]):
            return error(400, "unknown attribute", "invalidPath")
        return super().patch(kind, resource_id, operations)


class CaseOfOperations(SmallScim):
    """Knows only ``add``, ``replace`` and ``remove`` in small letters."""

    def patch(self, kind: str, resource_id: str, operations: list[Json]) -> Answer:
        if any(each["op"] != each["op"].lower() for each in operations):
            return error(400, "op is unknown", "invalidSyntax")
        return super().patch(kind, resource_id, operations)


class EmptiesGroups(SmallScim):
    """Ignores the value of a removal."""

    def remove_members(self, group: Json, value: Any) -> None:
        group["members"] = []


class KeepsMembers(SmallScim):
    """Does not understand a removal by a filter, and says 204."""

    def change_members(self, group: Json, op: str, path: str, value: Any) -> None:
        if path == "members":
            super().change_members(group, op, path, value)


class DropsAdditions(SmallScim):
    """Says 204 to an addition and adds nobody."""

    def change_members(self, group: Json, op: str, path: str, value: Any) -> None:
        if op != "add":
            super().change_members(group, op, path, value)


class CaseOfNames(SmallScim):
    """Compares names letter by letter."""

    caseless = False


class No200(SmallScim):
    """Answers a changed person with 204."""

    def patch(self, kind: str, resource_id: str, operations: list[Json]) -> Answer:
        super().patch(kind, resource_id, operations)
        return 204, None


class SoftDelete(SmallScim):
    """Keeps who was deleted, as inactive."""

    def delete(self, kind: str, resource_id: str) -> Answer:
        if kind == "Groups":
            return super().delete(kind, resource_id)
        self.store[kind][resource_id]["active"] = False
        return 204, None


class OnlySaysDeleted(SmallScim):
    """Answers 204 to a deletion and deletes nothing; the person was never to be disabled either."""

    def delete(self, kind: str, resource_id: str) -> Answer:
        return 204, None


class NoDelete(SmallScim):
    """Offers no deletion."""

    def delete(self, kind: str, resource_id: str) -> Answer:
        return error(405, "deletion is not offered")


class ForbidsDelete(SmallScim):
    """The token may not delete."""

    def delete(self, kind: str, resource_id: str) -> Answer:
        return error(403, "not with this token")


class AllowsDoubles(SmallScim):
    """Creates the same person as often as it is asked."""

    def create(self, kind: str, body: Json) -> Answer:
        return 201, deepcopy(self._keep(kind, body))


class WritesOver(SmallScim):
    """A second creation changes the first."""

    def create(self, kind: str, body: Json) -> Answer:
        for each in self.store[kind].values():
            if kind == "Users" and self.same(each["userName"], body["userName"]):
                each.update(deepcopy(body))
                return 201, deepcopy(each)
        return super().create(kind, body)


class HidesTheDisabled(SmallScim):
    """Leaves inactive people out of every search."""

    def search(self, kind: str, query: dict[str, str]) -> Answer:
        status, document = super().search(kind, query)
        assert document is not None
        left = [each for each in document["Resources"] if each.get("active", True)]
        return status, {**document, "Resources": left, "totalResults": len(left)}


class NamesMembers(SmallScim):
    """Takes no notice of ``excludedAttributes``."""

    def shown(self, resource: Json, query: dict[str, str]) -> Json:
        return deepcopy(resource)


class OnlyTypedThere(SmallScim):
    """Changes typed values that are there, and passes over those that are not."""

    def set_typed(self, entries: list[Json], kind: str, name: str, value: Any) -> None:
        if any(each.get("type") == kind for each in entries):
            super().set_typed(entries, kind, name, value)


class KeepsLittle(SmallScim):
    """Keeps no telephone, no department and no external id."""

    def create(self, kind: str, body: Json) -> Answer:
        kept = {k: v for k, v in body.items() if k not in ("phoneNumbers", ENTERPRISE, "externalId")}
        return super().create(kind, kept)


class NoSecondSchema(SmallScim):
    """Refuses a group with a schema that it does not know."""

    def create(self, kind: str, body: Json) -> Answer:
        if kind == "Groups" and len(body["schemas"]) > 1:
            return error(400, "unknown schema", "invalidSyntax")
        return super().create(kind, body)


class NoGroups(SmallScim):
    """Has no endpoint for groups."""

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        return (
            error(404, "no such endpoint")
            if path.startswith("/Groups")
            else super().answer(method, path, query, body)
        )


class Strict(SmallScim):
    """Refuses a person with anything beyond the core."""

    def create(self, kind: str, body: Json) -> Answer:
        return error(400, "unknown attribute") if ENTERPRISE in body else super().create(kind, body)


LIARS: list[tuple[type[SmallScim], Bad, Flag, Outcome]] = [
    (
        DropsEveryPatch,
        {
            "user-disable-standard": (FAIL, BREAKS),
            "user-change-standard": (FAIL, BREAKS),
            "user-change-legacy": (FAIL, BREAKS),
            "user-add-typed": (FAIL, BREAKS),
            "user-extension-legacy": (FAIL, BREAKS),
            "user-manager": (WARN, HINDERS),
            "user-disable-legacy": (FAIL, BREAKS),
            "member-add-legacy": (FAIL, BREAKS),
            "member-add-standard": (FAIL, BREAKS),
        },
        Flag.NEITHER,
        FAIL,
    ),
    (AnyTextIsTrue, {"user-disable-legacy": (FAIL, BREAKS)}, Flag.WITH, WARN),
    (KeepsText, {"user-disable-legacy": (FAIL, BREAKS)}, Flag.WITH, WARN),
    (RefusesText, {"user-disable-legacy": (FAIL, BREAKS)}, Flag.WITH, WARN),
    (WantsManagersWhole, {"user-manager": (WARN, HINDERS)}, Flag.EITHER, WARN),
    (LiteralKeys, {"user-change-standard": (FAIL, BREAKS)}, Flag.WITHOUT, Outcome.PASS),
    (
        NeedsPaths,
        {"user-change-standard": (FAIL, BREAKS)},
        Flag.WITHOUT,
        Outcome.PASS,
    ),
    (RefusesExtensionInBundle, {"user-change-standard": (FAIL, BREAKS)}, Flag.WITHOUT, Outcome.PASS),
    (
        CaseOfOperations,
        {
            "user-change-legacy": (FAIL, BREAKS),
            "user-add-typed": (FAIL, BREAKS),
            "user-extension-legacy": (FAIL, BREAKS),
            "user-disable-legacy": (FAIL, BREAKS),
            "member-add-legacy": (FAIL, BREAKS),
        },
        Flag.WITH,
        FAIL,
    ),
    (EmptiesGroups, {"member-remove-other-legacy": (FAIL, BREAKS)}, Flag.WITH, WARN),
    (KeepsMembers, {"member-remove-standard": (FAIL, BREAKS)}, Flag.WITHOUT, Outcome.PASS),
    (
        DropsAdditions,
        {"member-add-legacy": (FAIL, BREAKS), "member-add-standard": (FAIL, BREAKS)},
        Flag.NEITHER,
        FAIL,
    ),
    (CaseOfNames, {"user-find-case": (WARN, HINDERS)}, Flag.EITHER, WARN),
    (No200, {"user-disable-standard": (WARN, NOTE)}, Flag.EITHER, Outcome.PASS),
    (AllowsDoubles, {"user-duplicate": (FAIL, BREAKS)}, Flag.EITHER, FAIL),
    (WritesOver, {"user-duplicate": (FAIL, BREAKS)}, Flag.EITHER, FAIL),
    (HidesTheDisabled, {"user-find-disabled": (FAIL, BREAKS)}, Flag.EITHER, FAIL),
    (NamesMembers, {"group-without-members": (WARN, HINDERS)}, Flag.EITHER, WARN),
    (OnlyTypedThere, {"user-add-typed": (FAIL, BREAKS)}, Flag.EITHER, FAIL),
    (KeepsLittle, {"user-read": (WARN, HINDERS)}, Flag.EITHER, WARN),
    (NoSecondSchema, {"group-create": (FAIL, BREAKS)}, Flag.EITHER, FAIL),
    (NoGroups, {"group-create": (FAIL, BREAKS)}, Flag.EITHER, FAIL),
    (Strict, {"user-create": (WARN, HINDERS)}, Flag.EITHER, WARN),
]


@pytest.mark.parametrize(
    ("liar", "expected", "flag", "outcome"), LIARS, ids=[each[0].__name__ for each in LIARS]
)
def test_the_fault_is_named_the_flag_is_right_and_nothing_stays(
    *, run: Run, folder: Any, liar: type[SmallScim], expected: Bad, flag: Flag, outcome: Outcome
) -> None:
    with liar() as server:
        before = with_people(server)
        found = run(server)
        assert server.look() == before
    assert bad(found) == expected
    assert found.flag is flag
    assert found.outcome is outcome
    assert found.left_behind == ()
    assert records(folder) == []


def test_advice_that_the_tenant_url_follows_already_leaves_nothing_to_do(run: Run) -> None:
    with AnyTextIsTrue() as server:
        server.url += "?aadOptscim062020"
        found = run(server)
    assert found.flag is Flag.WITH
    assert found.outcome is Outcome.PASS
    assert found.breaks == ()


def test_a_tenant_url_that_asks_for_the_dialect_that_fails_is_to_be_changed(run: Run) -> None:
    with LiteralKeys() as server:
        server.url += "?aadOptscim062020"
        found = run(server)
    assert found.flag is Flag.WITHOUT
    assert found.verdict.side is Side.ADDRESS
    assert found.outcome is Outcome.WARN
    assert "Take aadOptscim062020 out" in found.flag_sentence


def test_what_a_bundle_lost_is_named(run: Run) -> None:
    """The keys that were taken literally are in the store; what the mappings meant is not."""
    with LiteralKeys() as server:
        found = run(server)
    sentence = check(found, "user-change-standard").sentence
    assert "name.givenName" in sentence
    assert "department" in sentence
    assert "displayName" not in sentence


def test_a_missing_way_to_say_active_is_named(run: Run) -> None:
    class NoActive(SmallScim):
        def shown(self, resource: Json, query: dict[str, str]) -> Json:
            return {name: value for name, value in super().shown(resource, query).items() if name != "active"}

    with NoActive() as server:
        before = with_people(server)
        found = run(server)
        assert server.look() == before
    assert check(found, "user-disable-legacy").outcome is FAIL
    assert check(found, "user-disable-standard").outcome is FAIL
    assert found.flag is Flag.NEITHER


# ---------------------------------------------------------------- what stays, and what must never be touched


def test_who_is_kept_as_inactive_is_named_and_not_asked_for_again(run: Run, folder: Any) -> None:
    with SoftDelete() as server:
        before = with_people(server)
        found = run(server)
        left = [each for each in server.look()["Users"].values() if each["id"] not in before["Users"]]
        assert [each["active"] for each in left] == [False]
        assert bad(found) == {"user-gone": (WARN, HINDERS)}
        assert len(found.left_behind) == 1
        assert left[0]["id"] in found.left_behind[0]
        assert left[0]["userName"] in found.left_behind[0]
        assert found.outcome is Outcome.WARN
        assert records(folder) == []
        assert server.look()["Groups"] == before["Groups"]


def test_a_service_without_deletion_gets_its_person_disabled_and_says_so(run: Run, folder: Any) -> None:
    with NoDelete() as server:
        before = with_people(server)
        found = run(server)
        after = server.look()
        mine = [each for key, each in after["Users"].items() if key not in before["Users"]]
        assert [each["active"] for each in mine] == [False]
        assert all(after["Users"][key] == each for key, each in before["Users"].items())
    assert check(found, "user-delete").outcome is FAIL
    assert check(found, "group-delete").outcome is FAIL
    assert len(found.left_behind) == 2
    assert found.outcome is Outcome.WARN
    assert records(folder) == []


def test_a_deletion_that_is_only_said_is_noticed(run: Run) -> None:
    with OnlySaysDeleted() as server:
        found = run(server)
    assert check(found, "group-gone").outcome is FAIL
    assert len(found.left_behind) == 2


def test_what_a_token_may_not_delete_is_tried_again_by_the_next_run(run: Run, folder: Any) -> None:
    with ForbidsDelete() as server:
        before = with_people(server)
        found = run(server)
        assert len(found.left_behind) == 2
        assert len(records(folder)) == 1
        server.__class__ = SmallScim  # the token got the right
        again = run(server)
        assert server.look() == before
    assert check(again, "leftovers").outcome is Outcome.PASS
    assert records(folder) == []


class AnswersSomebodyElsesId(SmallScim):
    """Creates the person, and answers with the id of somebody who was there."""

    victim = ""

    def create(self, kind: str, body: Json) -> Answer:
        status, document = super().create(kind, body)
        return (
            (status, {**document, "id": self.victim}) if kind == "Users" and document else (status, document)
        )


def test_a_real_person_whose_id_was_given_for_ours_is_never_touched(run: Run, folder: Any) -> None:
    with AnswersSomebodyElsesId() as server:
        before = with_people(server)
        server.victim = next(iter(before["Users"]))
        found = run(server)
        assert server.look() == before
        assert not any(server.victim in path for _, path in server.writes())
    assert check(found, "user-read").outcome is FAIL
    assert check(found, "user-read").severity is STOPS
    assert found.outcome is Outcome.FAIL
    assert found.left_behind == ()
    assert records(folder) == []


class CreatesOverSomebody(SmallScim):
    """Takes the new person for somebody who was there, and answers with that account."""

    def create(self, kind: str, body: Json) -> Answer:
        return 201, deepcopy(next(iter(self.store[kind].values())))


def test_a_creation_that_answers_with_somebody_else_changes_nobody(run: Run) -> None:
    with CreatesOverSomebody() as server:
        before = with_people(server)
        found = run(server)
        assert server.look() == before
        assert server.writes() == []
    assert found.outcome is Outcome.FAIL
    assert found.left_behind == ()


class IgnoresFilters(SmallScim):
    """Names everybody, whoever is asked for."""

    def fits(self, resource: Json, text: str) -> bool:
        return True


def test_nothing_is_made_at_a_service_that_ignores_filters(run: Run) -> None:
    with IgnoresFilters() as server:
        with_people(server)
        found = run(server)
        assert [method for method, _ in server.seen] == ["GET"]
    assert bad(found) == {"user-absent": (FAIL, STOPS)}
    assert found.verdict.side is Side.VENDOR
    assert "2 people" in check(found, "user-absent").sentence
    spoken = check(found, "user-absent").spoken[0]
    assert "ana" not in spoken.answer.casefold()
    assert "ben" not in spoken.answer.casefold()


def test_a_service_that_ignores_filters_never_makes_a_later_run_delete_others(run: Run, folder: Any) -> None:
    """What a killed run left is deleted by its mark alone, also where the search brings everybody."""
    with SmallScim() as server:
        before = with_people(server)
        server.dies_at = 14
        run(server)
        assert len(server.look()["Users"]) == 3
        server.dies_at = None
        server.__class__ = IgnoresFilters
        run(server)
        assert server.look() == before
        assert records(folder) == []


def test_somebody_with_our_name_but_another_external_id_is_not_deleted(run: Run, folder: Any) -> None:
    """Only what carries the mark twice is taken for a leftover."""
    with SmallScim() as server:
        server.dies_at = 2
        run(server)
        (ours,) = server.store["Users"].values()
        ours["externalId"] = "somebody-real"
        before = server.look()
        server.dies_at = None
        run(server)
        assert server.look() == before


def test_an_answer_to_a_creation_without_an_id_is_named_and_the_person_is_found_and_removed(run: Run) -> None:
    class NoId(SmallScim):
        def create(self, kind: str, body: Json) -> Answer:
            status, document = super().create(kind, body)
            return status, {k: v for k, v in (document or {}).items() if k != "id"}

    with NoId() as server:
        before = with_people(server)
        found = run(server)
        assert server.look() == before
    assert check(found, "user-create").outcome is FAIL
    assert found.left_behind == ()


@pytest.mark.parametrize("wrong", ["..", "", "\ud800", ["1"]])
def test_who_has_an_id_that_no_address_can_hold_is_named_as_left_and_remembered(
    run: Run, folder: Any, wrong: Any
) -> None:
    """Half a surrogate pair in an id ended the run with the person left at the service."""

    class Unusable(SmallScim):
        def shown(self, resource: Json, query: dict[str, str]) -> Json:
            return {**super().shown(resource, query), "id": wrong}

        def create(self, kind: str, body: Json) -> Answer:
            status, document = super().create(kind, body)
            return status, {**(document or {}), "id": wrong}

    with Unusable() as server:
        found = run(server)
        assert len(server.look()["Users"]) == 1
    assert check(found, "user-create").outcome is FAIL
    assert check(found, "user-gone").outcome is WARN
    (left,) = found.left_behind
    assert "scim-assistant-check-" in left
    assert "id" in left
    assert len(records(folder)) == 1


def test_a_creation_that_fails_after_it_was_done_leaves_nothing(run: Run) -> None:
    """A fault of the service hides that the person is there."""

    class Trips(SmallScim):
        def create(self, kind: str, body: Json) -> Answer:
            super().create(kind, body)
            return 500, None

    with Trips() as server:
        before = with_people(server)
        found = run(server)
        assert server.look() == before
    assert check(found, "user-create").outcome is FAIL


def test_a_service_that_puts_the_token_and_other_people_into_what_it_keeps_gets_neither_shown(
    run: Run,
) -> None:
    class Repeats(SmallScim):
        def create(self, kind: str, body: Json) -> Answer:
            status, document = super().create(kind, body)
            return (
                (409, {**(document or {}), "scimType": f"is {TOKEN}"})
                if status == 409
                else (status, document)
            )

        def new_id(self) -> str:
            return f"{super().new_id()}-{TOKEN}"

        def shown(self, resource: Json, query: dict[str, str]) -> Json:
            person = {**super().shown(resource, query), "displayName": f"\x1b[31m{TOKEN}"}
            return {
                **person,
                "active": f"ceo@contoso.com {TOKEN}",
                "emails": [{"type": "work", "value": TOKEN}],
            }

        def delete(self, kind: str, resource_id: str) -> Answer:
            return error(405, TOKEN, TOKEN)

    with Repeats() as server:
        found = run(server)
    assert found.left_behind
    text = repr(found)
    assert TOKEN not in text
    assert "ceo@contoso.com" not in text
    assert "\\x1b" not in text
    assert "is there" in text


def test_the_words_of_a_refusal_are_in_the_evidence(run: Run) -> None:
    class VerifiedDomains(SmallScim):
        def create(self, kind: str, body: Json) -> Answer:
            return error(400, "example.com is not a verified domain of this organisation", "invalidValue")

    with VerifiedDomains() as server:
        found = run(server)
    create = check(found, "user-create")
    assert (
        "The service said",
        "example.com is not a verified domain of this organisation",
    ) in create.evidence
    assert check(found, "group-create").outcome is Outcome.SKIPPED
    assert check(found, "user-delete").outcome is Outcome.SKIPPED
    assert "domain" in found.verdict.next_step


def test_a_token_that_may_only_read_is_the_token_s_side(run: Run) -> None:
    class ReadOnly(SmallScim):
        def create(self, kind: str, body: Json) -> Answer:
            return error(403, "read only")

    with ReadOnly() as server:
        found = run(server)
    assert found.verdict.side is Side.TOKEN
    assert found.outcome is Outcome.FAIL


def test_a_token_that_is_withdrawn_half_way_is_the_token_s_side(run: Run, folder: Any) -> None:
    class Withdrawn(SmallScim):
        def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
            if len(self.seen) > 7:
                return error(401, "who is that?")
            return super().answer(method, path, query, body)

    with Withdrawn() as server:
        found = run(server)
    assert found.verdict.side is Side.TOKEN
    assert found.left_behind
    assert records(folder)


def test_a_change_that_shows_a_moment_later_is_no_fault(run: Run) -> None:
    """A store that is behind by one reading is looked at twice."""

    class Late(SmallScim):
        behind: dict[str, Json] | None = None

        def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
            parts = path.strip("/").split("/")
            if method == "PATCH":
                self.behind = {parts[1]: deepcopy(self.store[parts[0]][parts[1]])}
            elif method == "GET" and len(parts) == 2 and self.behind and parts[1] in self.behind:
                return 200, self.behind.pop(parts[1])
            return super().answer(method, path, query, body)

    with Late() as server:
        found = run(server)
    assert bad(found) == {}


def test_names_of_attributes_in_other_letters_and_telephones_in_another_notation_are_no_fault(
    run: Run,
) -> None:
    class Differs(SmallScim):
        def shown(self, resource: Json, query: dict[str, str]) -> Json:
            shown = super().shown(resource, query)
            for phone in shown.get("phoneNumbers", ()):
                phone["value"] = "tel:" + phone["value"].replace("+1", "+1-")
            shown.get("emails", []).reverse()
            return {("displayname" if name == "displayName" else name): each for name, each in shown.items()}

    with Differs() as server:
        found = run(server)
    assert bad(found) == {}


class FirstPageOnly(SmallScim):
    """Names its first two people, whoever is asked for."""

    def search(self, kind: str, query: dict[str, str]) -> Answer:
        status, document = super().search(kind, {})
        everybody = list(self.store[kind].values())
        assert document is not None
        return status, {**document, "totalResults": len(everybody), "Resources": deepcopy(everybody[:2])}


def test_what_a_search_cannot_show_is_found_by_its_id(run: Run, folder: Any) -> None:
    with SmallScim() as server:
        before = with_people(server)
        server.dies_at = 6
        run(server)
        server.dies_at = None
        server.__class__ = FirstPageOnly
        run(server)
        assert server.look() == before
        assert records(folder) == []


def test_a_search_that_names_others_does_not_prove_that_ours_is_gone(run: Run, folder: Any) -> None:
    """The creation broke off before its id came, and the search shows other people only."""
    with SmallScim() as server:
        with_people(server)
        server.dies_at, server.dies_after = 1, True
        run(server)
        server.dies_at = None
        server.__class__ = FirstPageOnly
        again = run(server)
        assert again.left_behind
        assert len(records(folder)) == 1


def test_a_double_that_is_made_and_denied_is_taken_away_too(run: Run, folder: Any) -> None:
    class DeniesDoubles(SmallScim):
        def create(self, kind: str, body: Json) -> Answer:
            answer = super().create(kind, body)
            if answer[0] == 409:
                self._keep(kind, body)
            return answer

    with DeniesDoubles() as server:
        before = with_people(server)
        run(server)
        assert server.look() == before
    assert records(folder) == []


def test_an_id_under_a_name_in_capital_letters_is_not_called_a_number(run: Run) -> None:
    class Loud(SmallScim):
        def create(self, kind: str, body: Json) -> Answer:
            status, document = super().create(kind, body)
            return status, {key.upper(): value for key, value in (document or {}).items()}

    with Loud() as server:
        assert check(run(server), "user-create").outcome is Outcome.PASS


def test_a_double_is_taken_away_before_anything_is_changed(run: Run) -> None:
    with AllowsDoubles() as server:
        run(server)
        methods = [method for method, _ in server.seen]
    assert methods.index("DELETE") < methods.index("PATCH")
