"""Step 2: looking asks nobody to sign in, no more is asked for than the moment needs, and nothing is lost by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest

from scim_assistant.check import Outcome
from scim_assistant.errors import Cancelled, KnownError, SignInFailed, SignInNeeded
from scim_assistant.sentence import say
from scim_assistant.signin.offer import Way, Wish
from scim_assistant.signin.permissions import CHANGE, LOOK, names
from scim_assistant.steps import sign_in
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.services import Services
from scim_assistant.steps.sign_in import OTHER_ACCOUNT, SignInStep
from scim_assistant.steps.start import StartStep
from scim_assistant.work import Work
from tests.steps import made
from tests.steps.signed_in import BO, CLIENT, NOOR, PretendSignIn
from tests.steps.worlds import Place, open_world

STEP = SignInStep()
FINE = Answers()
ELSEWHERE = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with open_world("healthy", tmp_path / "journals") as place:
        yield place


@pytest.fixture
def door(place: Place) -> PretendSignIn:
    return PretendSignIn(place.session)


@pytest.fixture
def services(place: Place, door: PretendSignIn) -> Services:
    return replace(place.services, is_practice=False, real=door, practice_hint=None)


@pytest.fixture
def begun(services: Services) -> Found:
    """Findings when the page opens."""
    return StartStep().lookup(services, FINE, Found(), Work())


def look(services: Services, answers: Answers, found: Found) -> tuple[Answers, Found]:
    """What the page does when it opens, until nothing more is to be looked up."""
    answers = STEP.suggest(answers, found)
    found = STEP.lookup(services, answers, found, Work())
    seen = STEP.depends_on(answers, found)
    answers = STEP.suggest(answers, found)
    assert STEP.depends_on(answers, found) == seen, "the same would be looked up twice"
    return answers, found


def enter(services: Services, answers: Answers, found: Found, wish: Wish | None = None) -> Found:
    """The person signs in."""
    return sign_in.sign_in(
        services, answers, found, wish or sign_in.look_wish(answers), Work(), lambda waiting: None
    )


def allow(services: Services, answers: Answers, found: Found, needed: SignInNeeded) -> Found:
    """The person allows what is needed."""
    return sign_in.allow(services, answers, found, needed, Way.AUTOMATIC, None, Work(), lambda waiting: None)


def needs_change(found: Found) -> SignInNeeded:
    """What the first change raises."""
    assert found.session is not None
    with pytest.raises(SignInNeeded) as needed:
        found.session.require_write(say("Nothing was changed."))
    return needed.value


def expired(found: Found, *, claims: str = "") -> SignInNeeded:
    """What a token source raises when the sign-in has ended."""
    assert found.session is not None
    assert found.session.signed_in is not None
    return SignInNeeded(
        say("Nothing was read."),
        say("The sign-in has ended."),
        say("Sign in again."),
        claims=claims,
        account_id=found.session.signed_in.account.id,
    )


def blocking(answers: Answers, found: Found) -> list[tuple[str, str]]:
    return [(one.field, str(one.sentence)) for one in STEP.problems(answers, found) if one.blocks]


class TestBeforeAnybodySignsIn:
    """The page shows with what one would sign in, and says what is missing."""

    def test_looking_asks_nobody_to_sign_in(
        self, services: Services, door: PretendSignIn, begun: Found
    ) -> None:
        _, found = look(services, FINE, begun)
        assert door.wishes == []
        assert found.session is None
        assert found.offer is not None
        assert found.offer.client.client_id == CLIENT
        assert found.readiness == ()
        assert blocking(FINE, found) == [("", "Sign in to go on.")]

    def test_without_a_client_id_it_is_asked_for(
        self, services: Services, door: PretendSignIn, begun: Found
    ) -> None:
        door.client_id = ""
        _, found = look(services, FINE, begun)
        assert blocking(FINE, found) == [("client_id", "Enter the client ID of your app registration.")]
        assert blocking(replace(FINE, client_id=CLIENT), found) == [("", "Sign in to go on.")]

    @pytest.mark.parametrize(
        ("typed", "field"),
        [
            (Answers(client_id="my app"), "client_id"),
            (Answers(tenant="not a tenant"), "tenant"),
            (Answers(tenant="https://example.com/scim"), "tenant"),
        ],
    )
    def test_nonsense_is_said_under_its_field_and_the_rest_stays(
        self, services: Services, door: PretendSignIn, begun: Found, typed: Answers, field: str
    ) -> None:
        door.known[NOOR.id] = NOOR
        _, found = look(services, typed, begun)
        assert [place for place, _ in blocking(typed, found)] == [field]
        assert found.offer is not None
        assert found.offer.accounts == (NOOR,), "the page has something to show"
        assert door.resumed == [], "nobody is signed in by what cannot be used"

    def test_what_was_taken_out_of_a_pasted_tenant_is_said(self, services: Services, begun: Found) -> None:
        answers = Answers(tenant="alex@example.com")
        _, found = look(services, answers, begun)
        (note,) = [one for one in STEP.problems(answers, found) if not one.blocks]
        assert note.field == "tenant"
        assert "example.com" in note.sentence

    def test_every_choice_that_leads_elsewhere_is_looked_up_anew(
        self, services: Services, begun: Found
    ) -> None:
        _, found = look(services, FINE, begun)
        seen = {
            STEP.depends_on(answers, found)
            for answers in (
                FINE,
                replace(FINE, client_id=CLIENT),
                replace(FINE, tenant="example.com"),
                replace(FINE, cloud="china"),
                replace(FINE, account_id=BO.id),
                replace(FINE, read_only=True),
            )
        }
        assert len(seen) == 6


class TestSilently:
    """Where an account is known and its sign-in still holds, nobody is asked."""

    @pytest.fixture(autouse=True)
    def earlier(self, services: Services, door: PretendSignIn, begun: Found) -> None:
        enter(services, FINE, begun)
        door.sessions.clear()
        door.wishes.clear()

    def test_who_was_last_is_signed_in_and_the_checks_run(
        self, services: Services, door: PretendSignIn, begun: Found
    ) -> None:
        told: list[Found] = []
        found = STEP.lookup(services, FINE, begun, Work(), told.append)
        assert door.wishes == []
        assert found.session is not None
        assert found.session.account == NOOR.username
        assert found.session.tenant_name, "the organisation's own name was read"
        assert all(check.outcome is not Outcome.WAITING for check in found.readiness)
        assert told[0].offer is not None, "with what one would sign in shows before anybody is"
        assert STEP.suggest(FINE, found).account_id == NOOR.id

    def test_a_sign_in_that_has_ended_leaves_the_page_to_the_person(
        self, services: Services, door: PretendSignIn, begun: Found
    ) -> None:
        door.alive.clear()
        answers, found = look(services, replace(FINE, account_id=NOOR.id), begun)
        assert found.session is None
        assert answers.account_id == NOOR.id, "the account that was chosen stays chosen"
        assert blocking(answers, found) == [("", "Sign in to go on.")]

    def test_somebody_else_is_not_signed_in_as_the_last_one(
        self, services: Services, door: PretendSignIn, begun: Found
    ) -> None:
        _, signed_in = look(services, FINE, begun)
        door.resumed.clear()
        answers, found = sign_in.another_account(FINE, signed_in)
        assert found.session is None
        answers, found = look(services, answers, found)
        assert found.session is None
        assert door.resumed == []
        assert sign_in.look_wish(answers).account_id == ""
        door.at_the_browser = BO
        answers, found = look(services, answers, enter(services, answers, found))
        assert answers.account_id == BO.id
        assert found.offer is not None
        assert found.offer.accounts == (BO, NOOR), "both stay signed in side by side"


class TestSigningIn:
    """The first sign-in asks for looking only."""

    @pytest.mark.parametrize("read_only", [False, True])
    def test_it_asks_for_looking_and_for_no_change(
        self, services: Services, door: PretendSignIn, begun: Found, read_only: bool
    ) -> None:
        answers = replace(FINE, read_only=read_only)
        found = enter(services, answers, begun)
        assert [wish.permissions for wish in door.wishes] == [names(LOOK)]
        assert found.session is not None
        assert not found.session.may_write
        assert found.readiness == ()
        assert STEP.depends_on(answers, found) != STEP.depends_on(answers, begun), "the checks run then"

    def test_the_checks_run_afterwards_on_the_same_session(
        self, services: Services, door: PretendSignIn, begun: Found
    ) -> None:
        found = enter(services, FINE, begun)
        answers, looked = look(services, FINE, found)
        assert looked.readiness
        assert looked.session is not None
        assert found.session is not None
        assert looked.session.graph is found.session.graph
        assert len(door.wishes) == 1
        assert [one for one in blocking(answers, looked) if "permission" in one[1].casefold()] == []

    def test_checking_again_keeps_what_was_read(self, services: Services, begun: Found) -> None:
        answers, found = look(services, FINE, enter(services, FINE, begun))
        found = replace(found, app=made.app(), setup_id="setup-1")
        again = STEP.lookup(services, answers, found, Work())
        assert (again.app, again.setup_id) == (found.app, "setup-1")
        assert [check.key for check in again.readiness] == [check.key for check in found.readiness]

    def test_checking_again_sees_what_an_administrator_granted_meanwhile(
        self, services: Services, door: PretendSignIn, begun: Found
    ) -> None:
        door.declined = frozenset({"User.Read.All"})
        answers, found = look(services, FINE, enter(services, FINE, begun))
        assert any("User.Read.All" in sentence for _, sentence in blocking(answers, found))
        found = replace(found, app=made.app())
        door.consented = frozenset(names(LOOK))
        answers, again = look(services, answers, found)
        assert blocking(answers, again) == []
        assert again.app is found.app
        assert len(door.wishes) == 1, "nobody had to sign in again"

    def test_another_app_profile_drops_it(self, services: Services, begun: Found) -> None:
        answers, found = look(services, FINE, enter(services, FINE, begun))
        found = replace(found, app=made.app(), setup_id="setup-1")
        again = STEP.lookup(services, replace(answers, profile_id="generic"), found, Work())
        assert (again.app, again.setup_id) == (None, "")

    def test_the_same_account_again_keeps_what_was_read_and_another_does_not(
        self, services: Services, door: PretendSignIn, begun: Found
    ) -> None:
        answers, found = look(services, FINE, enter(services, FINE, begun))
        found = replace(found, app=made.app(), setup_id="setup-1")
        same = enter(services, answers, found)
        assert (same.app, same.setup_id) == (found.app, "setup-1")
        door.at_the_browser = BO
        other = enter(services, replace(answers, account_id=OTHER_ACCOUNT), found)
        assert (other.app, other.setup_id) == (None, "")

    def test_looking_only_is_another_session(self, services: Services, begun: Found) -> None:
        answers, found = look(services, FINE, enter(services, FINE, begun))
        found = replace(found, app=made.app())
        _, looking = look(services, replace(answers, read_only=True), found)
        assert looking.session is not None
        assert looking.session.read_only
        assert looking.app is None

    def test_cancel_leaves_everything_as_it_was(
        self, services: Services, door: PretendSignIn, begun: Found
    ) -> None:
        door.cancels = True
        with pytest.raises(Cancelled):
            enter(services, FINE, begun)
        assert door.known == {}

    def test_practice_has_no_sign_in(self, place: Place) -> None:
        with pytest.raises(SignInFailed):
            enter(place.services, FINE, Found())
        _, found = look(place.services, FINE, made.found(session=None))
        assert found.offer is None
        assert found.session is not None
        assert found.session.is_practice


class TestAllowing:
    """What is missing is asked for when it is needed, with the reason, and nothing that was found is lost."""

    @pytest.fixture
    def found(self, services: Services, begun: Found) -> Found:
        _, found = look(services, FINE, enter(services, FINE, begun))
        return replace(found, app=made.app(), setup_id="setup-1", trouble=needs_change(found))

    def test_only_the_session_changes(self, services: Services, door: PretendSignIn, found: Found) -> None:
        needed = needs_change(found)
        allowed = allow(services, FINE, found, needed)
        assert door.wishes[-1].permissions == names(LOOK, CHANGE)
        assert door.wishes[-1].account_id == NOOR.id
        assert allowed.session is not None
        assert found.session is not None
        assert allowed.session.may_write
        assert allowed.session.tenant_name == found.session.tenant_name
        same = [one.name for one in fields(Found) if one.name not in {"session", "trouble"}]
        assert all(getattr(allowed, name) == getattr(found, name) for name in same)
        assert allowed.trouble is None
        allowed.session.require_write(say("Nothing was changed."))

    def test_each_new_permission_has_its_reason(self, services: Services, found: Found) -> None:
        needed = needs_change(found)
        assert sign_in.asked_for(needed) == CHANGE
        assert sign_in.asked_for(needed, found) == CHANGE
        assert all(one.reason for one in sign_in.asked_for(needed))
        allowed = allow(services, FINE, found, needed)
        assert sign_in.asked_for(needed, allowed) == ()
        assert sign_in.asked_for(expired(found)) == ()

    def test_a_sign_in_that_has_ended_asks_for_no_less_than_before(
        self, services: Services, door: PretendSignIn, found: Found
    ) -> None:
        assert sign_in.allow_wish(FINE, found, expired(found)).permissions == names(LOOK)
        allowed = allow(services, FINE, found, needs_change(found))
        allow(services, FINE, allowed, expired(allowed))
        assert door.wishes[-1].permissions == names(LOOK, CHANGE)

    def test_a_challenge_is_passed_on(self, services: Services, door: PretendSignIn, found: Found) -> None:
        claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
        allow(services, FINE, found, expired(found, claims=claims))
        assert door.wishes[-1].claims == claims

    def test_the_helpdesk_is_never_asked_for_changes(
        self, services: Services, door: PretendSignIn, begun: Found
    ) -> None:
        answers, looking = look(
            services, replace(FINE, read_only=True), enter(services, replace(FINE, read_only=True), begun)
        )
        assert looking.session is not None
        with pytest.raises(KnownError) as refused:
            looking.session.require_write(say("Nothing was changed."))
        assert not isinstance(refused.value, SignInNeeded)
        wide = replace_scopes(expired(looking), names(LOOK, CHANGE))
        allow(services, answers, looking, wide)
        assert door.wishes[-1].permissions == names(LOOK)

    def test_somebody_else_does_not_go_on_with_it(
        self, services: Services, door: PretendSignIn, found: Found
    ) -> None:
        door.at_the_browser = BO
        with pytest.raises(SignInFailed):
            allow(services, FINE, found, needs_change(found))
        anybody = replace_account(needs_change(found))
        with pytest.raises(SignInFailed):
            allow(services, FINE, found, anybody)

    def test_the_same_account_in_another_tenant_does_not_either(
        self, services: Services, door: PretendSignIn, found: Found
    ) -> None:
        door.tenant_id = ELSEWHERE
        with pytest.raises(SignInFailed, match="for another"):
            allow(services, FINE, found, needs_change(found))

    def test_what_was_not_granted_is_named(
        self, services: Services, door: PretendSignIn, found: Found
    ) -> None:
        door.declined = frozenset({"Application.ReadWrite.All"})
        with pytest.raises(KnownError) as told:
            allow(services, FINE, found, needs_change(found))
        assert not isinstance(told.value, SignInNeeded)
        assert "Application.ReadWrite.All" in told.value.why
        assert "Synchronization.ReadWrite.All" not in told.value.why
        assert "administrator" in told.value.next_step


class TestSigningOut:
    """Signing out forgets the account, and what hung under it."""

    def test_nothing_of_the_session_is_left(
        self, services: Services, door: PretendSignIn, begun: Found
    ) -> None:
        answers, found = look(services, FINE, enter(services, FINE, begun))
        found = replace(found, app=made.app(), setup_id="setup-1")
        left = sign_in.sign_out(services, answers, found, NOOR.id, Work())
        assert left.session is None
        assert (left.app, left.setup_id, left.readiness) == (None, "", ())
        assert left.profiles == found.profiles
        assert left.offer is not None
        assert left.offer.accounts == ()
        answers, left = look(services, answers, left)
        assert left.session is None
        assert sign_in.look_wish(answers).account_id == "", "anybody may sign in next"

    def test_another_account_can_be_forgotten_beside_it(
        self, services: Services, door: PretendSignIn, begun: Found
    ) -> None:
        door.known[BO.id] = BO
        answers, found = look(services, FINE, enter(services, FINE, begun))
        left = sign_in.sign_out(services, answers, found, BO.id, Work())
        assert left.session is found.session
        assert left.offer is not None
        assert left.offer.accounts == (NOOR,)


def replace_scopes(needed: SignInNeeded, scopes: tuple[str, ...]) -> SignInNeeded:
    return SignInNeeded(
        needed.what, needed.why, needed.next_step, scopes=scopes, account_id=needed.account_id
    )


def replace_account(needed: SignInNeeded) -> SignInNeeded:
    return SignInNeeded(needed.what, needed.why, needed.next_step, scopes=needed.scopes)
