"""Secrets in the system keyring: kept, read back, removed; and said in words when the keyring will not."""

from __future__ import annotations

import pytest
from keyring import errors
from keyring.backend import KeyringBackend

from scim_assistant.errors import KnownError
from scim_assistant.secret import Secret
from scim_assistant.vault import PRACTICE_SERVICE, WINDOWS_LIMIT, Vault

TENANT = "11111111-2222-3333-4444-555555555555"
APP = "aaaaaaaa-2222-3333-4444-555555555555"
TOKEN = "tok-Zq7-very-secret"


class Memory(KeyringBackend):
    """A keyring in memory."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.sent: list[str] = []

    def set_password(self, service: str, username: str, password: str) -> None:
        self.sent.append(password)
        self.kept[service, username] = password

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise errors.PasswordDeleteError("not there")
        del self.kept[service, username]


class Forgetful(Memory):
    """Takes everything and keeps nothing, like the null backend."""

    def set_password(self, service: str, username: str, password: str) -> None:
        self.sent.append(password)


class Refusing(Memory):
    """Refuses, and quotes the secret in what it raises."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def set_password(self, service: str, username: str, password: str) -> None:
        raise self.error

    def get_password(self, service: str, username: str) -> str | None:
        raise self.error


def test_a_secret_comes_back_and_can_be_forgotten() -> None:
    vault = Vault(backend=Memory())
    assert vault.load(TENANT, APP) is None
    vault.save(TENANT, APP, Secret(TOKEN))
    assert vault.load(TENANT, APP) == Secret(TOKEN)
    vault.forget(TENANT, APP)
    assert vault.load(TENANT, APP) is None
    vault.forget(TENANT, APP)


def test_the_practice_tenant_has_entries_of_its_own() -> None:
    memory = Memory()
    Vault(PRACTICE_SERVICE, backend=memory).save(TENANT, APP, Secret(TOKEN))
    assert list(memory.kept) == [(PRACTICE_SERVICE, f"{TENANT}/{APP}")]
    assert Vault(backend=memory).load(TENANT, APP) is None


def test_each_app_of_each_tenant_has_an_entry_of_its_own() -> None:
    vault = Vault(backend=Memory())
    vault.save(TENANT, APP, Secret(TOKEN))
    vault.save(TENANT, "other", Secret("another"))
    assert vault.load(TENANT, APP) == Secret(TOKEN)
    assert vault.load("other", APP) is None


def test_a_keyring_that_loses_the_secret_is_found_out() -> None:
    with pytest.raises(KnownError, match="did not give it back"):
        Vault(backend=Forgetful()).save(TENANT, APP, Secret(TOKEN))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (errors.NoKeyringError(TOKEN), "no keyring"),
        (errors.KeyringLocked(TOKEN), "locked"),
        (errors.InitError(TOKEN), "dismissed"),
        (errors.PasswordSetError(TOKEN), "refused"),
        (OSError(TOKEN), "unknown way"),
    ],
)
@pytest.mark.parametrize("act", ["save", "load", "forget"])
def test_a_refusal_is_said_in_words_and_without_the_secret(error: Exception, words: str, act: str) -> None:
    vault = Vault(backend=Refusing(error))
    call = {
        "save": lambda: vault.save(TENANT, APP, Secret(TOKEN)),
        "load": lambda: vault.load(TENANT, APP),
        "forget": lambda: vault.forget(TENANT, APP),
    }[act]
    with pytest.raises(KnownError) as caught:
        call()
    told = caught.value
    assert words in told.why
    assert told.next_step
    assert TOKEN not in str(told) + told.details.as_text()
    assert told.__cause__ is None
    assert told.__suppress_context__


def test_windows_is_never_given_more_than_it_keeps() -> None:
    memory = Memory()
    vault = Vault(backend=memory, platform="win32")
    vault.save(TENANT, APP, Secret("x" * WINDOWS_LIMIT))
    memory.sent.clear()
    with pytest.raises(KnownError, match="1,281 characters"):
        vault.save(TENANT, APP, Secret("x" * (WINDOWS_LIMIT + 1)))
    assert memory.sent == []
    Vault(backend=memory, platform="linux").save(TENANT, APP, Secret("x" * 20_000))


def test_windows_counts_the_way_windows_counts() -> None:
    """A character outside the first plane takes two places there."""
    with pytest.raises(KnownError, match="Windows keeps at most 1,280"):
        Vault(backend=Memory(), platform="win32").save(TENANT, APP, Secret("\U0001f511" * 641))
