"""What is stored where: everything is listed by looking, nothing secret is shown, and forgetting really forgets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pytest

from scim_assistant.errors import Cancelled, KnownError, SignInFailed
from scim_assistant.plan.journal import Journals
from scim_assistant.plan.wanted import Wanted
from scim_assistant.secret import Secret
from scim_assistant.sentence import say
from scim_assistant.settings import folders
from scim_assistant.signin.account import Account
from scim_assistant.signin.client import Client
from scim_assistant.signin.offer import Rest, SignInOffer, TokenPlace, Waiting, Wish
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.services import Services
from scim_assistant.steps.stored import JOURNALS, LOGS, TOKEN_DAYS, StoredThing, forget, stored
from scim_assistant.steps.token_days import TokenDay, TokenDays
from scim_assistant.tenant.session import Session
from scim_assistant.vault import Vault
from scim_assistant.work import Work
from tests.test_vault import Memory

TENANT = "11111111-2222-3333-4444-555555555555"
APP = "aaaaaaaa-2222-3333-4444-555555555555"
TOKEN = "tok-Zq7-very-secret"


@dataclass
class Desk:
    """Signing in, as far as it is listed: who is known, until they are signed out."""

    known: dict[str, Account] = field(default_factory=dict)
    trouble: KnownError | None = None

    def offer(self, answers: Answers, work: Work) -> SignInOffer:
        if self.trouble is not None:
            raise self.trouble
        place = TokenPlace(Rest.SECRET_SERVICE, say("Sign-ins are kept in your desktop's keyring."))
        return SignInOffer(Client("c"), tuple(self.known.values()), place=place)

    def resume(self, answers: Answers, work: Work) -> Session | None:
        return None

    def sign_in(
        self, answers: Answers, wish: Wish, work: Work, on_waiting: Callable[[Waiting], None]
    ) -> Session:
        raise AssertionError("nobody signs in here")

    def sign_out(self, answers: Answers, account_id: str, work: Work) -> None:
        del self.known[account_id]


@dataclass
class Place:
    """Services on this test's own folders, keyring and desk."""

    services: Services
    desk: Desk
    memory: Memory
    vault: Vault

    def all(self) -> dict[str, StoredThing]:
        return {thing.key: thing for thing in stored(self.services, Answers(), Work())}

    def forget(self, key: str) -> None:
        forget(self.services, Answers(), key, Work())


def test_since_when_tokens_are_in_use_is_listed_and_forgotten(place: Place) -> None:
    assert TOKEN_DAYS not in place.all()
    days = TokenDays(folders(practice=False).token_days)
    place.services = replace(place.services, token_days=days)
    assert TOKEN_DAYS not in place.all()
    for app_id in (APP, TENANT):
        days.remember(TokenDay(TENANT, app_id, "screensteps", set_on=date(2026, 3, 3)))
    thing = place.all()[TOKEN_DAYS]
    assert thing.can_forget
    assert str(days.folder) in thing.place
    assert "2 Secret Tokens" in thing.detail
    place.forget(TOKEN_DAYS)
    assert TOKEN_DAYS not in place.all()
    assert days.all() == ()


def test_a_single_act_that_broke_off_is_forgotten_with_the_closed_set_ups(place: Place) -> None:
    journal = place.services.journals.begin(
        TENANT, "screensteps", Wanted(template_id="t", app_name="App"), alone=True
    )
    journal.release()
    assert place.all()[JOURNALS].can_forget
    place.forget(JOURNALS)
    assert not journal.path.exists()


def never(scenario: str, work: Work) -> Session:
    raise SignInFailed(say("No."), say("No."), say("No."))


@pytest.fixture
def place(own_home: Path) -> Place:
    here = folders(practice=False)
    memory = Memory()
    vault = Vault(names=here.data / "kept", backend=memory)
    desk = Desk({"u.t": Account("u.t", "ana@example.com"), "v.t": Account("v.t", "bo@example.com")})
    services = Services(never, Journals(here.journals), vault, is_practice=False, real=desk)
    return Place(services, desk, memory, vault)


def set_up(place: Place, name: str, app_id: str = "") -> None:
    """A set-up that made an app, as its journal tells it; finished."""
    journal = place.services.journals.begin(
        TENANT, "screensteps", Wanted(template_id="t", app_name=name, secret=Secret(TOKEN))
    )
    if app_id:
        journal.write("after", "create-app", service_principal_id=app_id)
    place.services.journals.close(journal, "finished")


def test_each_kind_is_listed_with_its_place_and_without_any_secret(place: Place) -> None:
    set_up(place, "ScreenSteps", APP)
    place.vault.save(TENANT, APP, Secret(TOKEN))
    things = place.all()
    assert things["sign-in:u.t"].title == "Sign-in of ana@example.com"
    assert "keyring" in things["sign-in:u.t"].place
    secret = things[f"secret:{TENANT}/{APP}"]
    assert secret.title == "Secret Token of ScreenSteps"
    assert APP in secret.place
    assert things[JOURNALS].detail.startswith("1 set-up, 1 of them closed.")
    assert str(folders(practice=False).journals) in things[JOURNALS].place
    assert "settings.json" in things["preferences"].place
    assert TOKEN not in repr(things)


def test_on_a_new_computer_there_is_nothing_to_forget(place: Place) -> None:
    place.desk.known.clear()
    things = place.all()
    assert [thing.title for thing in things.values()] == ["Sign-ins", "Journals of set-ups", "Preferences"]
    assert not any(thing.can_forget for thing in things.values())
    assert things["sign-in:"].detail == "Nobody's sign-in is kept."


def test_a_sign_in_that_is_forgotten_is_signed_out_and_the_other_stays(place: Place) -> None:
    place.forget("sign-in:u.t")
    assert "sign-in:u.t" not in place.all()
    assert "sign-in:v.t" in place.all()


def test_a_secret_that_is_forgotten_is_gone_from_the_keyring(place: Place) -> None:
    place.vault.save(TENANT, APP, Secret(TOKEN))
    place.vault.save(TENANT, "other", Secret("another"))
    place.forget(f"secret:{TENANT}/{APP}")
    assert place.vault.load(TENANT, APP) is None
    assert [key for key in place.all() if key.startswith("secret:")] == [f"secret:{TENANT}/other"]


def test_a_secret_that_was_removed_by_other_means_is_not_listed(place: Place) -> None:
    place.vault.save(TENANT, APP, Secret(TOKEN))
    place.memory.kept.clear()
    assert f"secret:{TENANT}/{APP}" not in place.all()


def test_only_closed_set_ups_are_forgotten(place: Place) -> None:
    set_up(place, "Done app", APP)
    begun = place.services.journals.begin(
        TENANT, "screensteps", Wanted(template_id="t", app_name="Half done")
    )
    begun.release()  # as after the end of the program that began it
    assert place.all()[JOURNALS].can_forget
    place.forget(JOURNALS)
    things = place.all()
    assert things[JOURNALS].detail.startswith("1 set-up, 0 of them closed.")
    assert not things[JOURNALS].can_forget
    assert begun.path.exists()


def test_a_closed_set_up_that_is_open_in_a_window_stays(place: Place) -> None:
    journal = place.services.journals.begin(TENANT, "screensteps", Wanted(template_id="t", app_name="App"))
    setup_id = journal.setup_id
    place.services.journals.close(journal, "finished")
    again = place.services.journals.open(TENANT, setup_id)
    place.forget(JOURNALS)
    assert again.path.exists()
    again.release()
    place.forget(JOURNALS)
    assert not again.path.exists()


def test_the_programs_log_is_listed_where_there_is_one(place: Place) -> None:
    logs = folders(practice=False).logs
    assert LOGS not in place.all()
    logs.mkdir(parents=True)
    (logs / "scim-assistant.log").write_text("started", encoding="utf-8")
    (logs / "scim-assistant.log.1").write_text("before", encoding="utf-8")
    assert place.all()[LOGS].detail.startswith("2 files")
    place.forget(LOGS)
    assert list(logs.iterdir()) == []


def test_sign_ins_that_cannot_be_read_hide_nothing_else(place: Place) -> None:
    place.desk.trouble = KnownError(say("Not read."), say("The keyring is locked."), say("Unlock it."))
    things = place.all()
    assert things["sign-in:"].detail == "The keyring is locked."
    assert not things["sign-in:"].can_forget
    assert JOURNALS in things


def test_a_damaged_journal_hides_nothing_else(place: Place) -> None:
    set_up(place, "ScreenSteps", APP)
    folder = folders(practice=False).journals / TENANT
    (folder / "20250101-000000-damaged.jsonl").write_bytes(b'\xff\x00{"kind": 5\n[]\n{"data": []}\n')
    assert place.all()[JOURNALS].detail.startswith("2 set-ups, 1 of them closed.")


def test_a_practice_session_lists_its_own_things_only(place: Place) -> None:
    place.vault.save(TENANT, APP, Secret(TOKEN))
    here = folders(practice=True)
    practice = replace(
        place.services,
        journals=Journals(here.journals),
        secrets=Vault("practice", names=here.data / "kept", backend=Memory()),
        is_practice=True,
        real=None,
    )
    things = stored(practice, Answers(), Work())
    assert [thing.key for thing in things] == [JOURNALS, "preferences"]
    assert "practice" in things[1].place


def test_cancel_stops_the_look(place: Place) -> None:
    work = Work()
    work.cancel()
    with pytest.raises(Cancelled):
        stored(place.services, Answers(), work)
