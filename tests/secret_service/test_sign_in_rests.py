"""Signing in for real, with MSAL and a real keyring: kept, taken up by the next run, renewed, gone after signing out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scim_assistant.errors import KnownError
from scim_assistant.signin.client import Client
from scim_assistant.signin.desk import SignInDesk
from scim_assistant.signin.offer import Rest
from scim_assistant.signin.token_cache import open_tokens
from scim_assistant.work import Work
from tests.authority.server import AUTHORIZE
from tests.authority.state import ADMIN, CLIENT, TENANT
from tests.secret_service.daemon import SecretService
from tests.signin.desk_rig import LOOK, Rig, nobody, rig


@pytest.fixture
def at() -> Iterator[Rig]:
    with rig() as made:
        yield made


def run_of_the_program(at: Rig, service: SecretService, folder: Path, *, person: bool = False) -> SignInDesk:
    """A desk as a new run of the program makes it: nothing but what rests is there."""
    return SignInDesk(
        Client(CLIENT, TENANT),
        transport=at.transport,
        kept=open_tokens(folder, service.vault(), "linux", work=Work()),
        open_browser=at.person() if person else nobody,
    )


def test_a_sign_in_survives_the_program_renews_silently_and_is_gone_after_sign_out(
    at: Rig, secret_service: SecretService, tmp_path: Path
) -> None:
    first = run_of_the_program(at, secret_service, tmp_path, person=True)
    signed_in = at.sign_in(first)
    token = first.token_source(signed_in)(Work())
    assert first.place.rest is Rest.SECRET_SERVICE
    first.close()

    second = run_of_the_program(at, secret_service, tmp_path)
    assert [account.username for account in second.accounts(Work())] == [ADMIN]
    resumed = second.resume(signed_in.account.id, LOOK, Work())
    assert resumed is not None
    source = second.token_source(resumed)
    assert source(Work()) == token
    renewed = source(Work(), refused=token)
    assert renewed != token
    assert at.authority.admission(renewed.reveal()) == frozenset(LOOK)
    assert len(at.authority.requests(AUTHORIZE)) == 1, "nobody was asked again"
    second.close()

    third = run_of_the_program(at, secret_service, tmp_path)
    taken_up = third.resume(signed_in.account.id, LOOK, Work())
    assert taken_up is not None
    assert third.token_source(taken_up)(Work()) == renewed, "what was renewed rests too"
    third.sign_out(signed_in.account.id, Work())
    third.close()

    fourth = run_of_the_program(at, secret_service, tmp_path)
    assert fourth.accounts(Work()) == ()
    assert fourth.resume(signed_in.account.id, LOOK, Work()) is None


def test_a_keyring_that_locks_itself_meanwhile_stops_nobody_and_signing_out_says_what_stays(
    at: Rig, secret_service: SecretService, tmp_path: Path
) -> None:
    desk = run_of_the_program(at, secret_service, tmp_path, person=True)
    signed_in = at.sign_in(desk)
    source = desk.token_source(signed_in)
    token = source(Work())
    secret_service.lock()
    assert source(Work(), refused=token) != token
    assert desk.place.rest is Rest.MEMORY
    with pytest.raises(KnownError) as told:
        desk.sign_out(signed_in.account.id, Work())
    assert "still kept" in told.value.what
    assert desk.accounts(Work()) == ()

    secret_service.stop()
    secret_service.start()
    later = run_of_the_program(at, secret_service, tmp_path)
    later.sign_out(signed_in.account.id, Work())
    assert run_of_the_program(at, secret_service, tmp_path).accounts(Work()) == ()


def test_tokens_are_in_no_file(at: Rig, secret_service: SecretService, tmp_path: Path) -> None:
    desk = run_of_the_program(at, secret_service, tmp_path / "data", person=True)
    token = desk.token_source(at.sign_in(desk))(Work()).reveal()
    for folder in (tmp_path, secret_service.folder):
        for path in folder.rglob("*"):
            if path.is_file():
                assert token.encode() not in path.read_bytes(), path.name
