"""Secrets in the system keyring: kept, read back, removed; and said in words when the keyring will not."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring import errors
from keyring.backend import KeyringBackend

from scim_assistant.errors import Cancelled, KnownError
from scim_assistant.secret import Secret
from scim_assistant.sentence import say
from scim_assistant.vault import ENCRYPTED, PRACTICE_SERVICE, SERVICE, WINDOWS_LIMIT, Vault
from scim_assistant.work import Work

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


def test_whether_a_secret_can_be_kept_is_known_before_anything_is_written() -> None:
    """For the page where it is typed; nobody is asked."""
    memory = Memory()
    windows = Vault(backend=memory, platform="win32")
    assert windows.refusal(Secret("x" * WINDOWS_LIMIT)) == ""
    assert windows.refusal(Secret("x" * 1281)) == "It has 1,281 characters, and Windows keeps at most 1,280."
    for platform in ("linux", "darwin"):
        assert Vault(backend=memory, platform=platform).refusal(Secret("x" * 20_000)) == ""
    assert memory.sent == []


class TestList:
    """Which secrets are kept, although no keyring can tell."""

    @pytest.fixture
    def memory(self) -> Memory:
        return Memory()

    @pytest.fixture
    def vault(self, memory: Memory, tmp_path: Path) -> Vault:
        return Vault(names=tmp_path / "kept", backend=memory)

    def test_what_is_kept_is_listed_until_it_is_forgotten(self, vault: Vault, tmp_path: Path) -> None:
        assert vault.kept() == ()
        vault.save(TENANT, APP, Secret(TOKEN))
        vault.save("other", APP, Secret("another"))
        assert [(one.tenant_id, one.app_id, one.seen) for one in vault.kept()] == [
            (TENANT, APP, True),
            ("other", APP, True),
        ]
        vault.forget(TENANT, APP)
        assert [one.tenant_id for one in vault.kept()] == ["other"]
        vault.forget("other", APP)
        assert vault.kept() == ()
        assert list((tmp_path / "kept").iterdir()) == []

    def test_no_file_holds_any_part_of_a_secret(self, vault: Vault, tmp_path: Path) -> None:
        vault.save(TENANT, APP, Secret(TOKEN))
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert [path.read_bytes() for path in files] == [b""]
        if os.name != "nt":
            assert (tmp_path / "kept").stat().st_mode & 0o077 == 0

    def test_what_was_removed_elsewhere_is_noticed(
        self, vault: Vault, memory: Memory, tmp_path: Path
    ) -> None:
        vault.save(TENANT, APP, Secret(TOKEN))
        vault.save(TENANT, "other", Secret("another"))
        del memory.kept[SERVICE, f"{TENANT}/{APP}"]
        assert [one.app_id for one in vault.kept()] == ["other"]
        assert [path.name for path in (tmp_path / "kept" / TENANT).iterdir()] == ["other"]

    def test_where_the_keyring_does_not_answer_the_names_are_not_certain(
        self, vault: Vault, tmp_path: Path
    ) -> None:
        vault.save(TENANT, APP, Secret(TOKEN))
        locked = Vault(names=tmp_path / "kept", backend=Refusing(errors.KeyringLocked(TOKEN)))
        assert [(one.app_id, one.seen) for one in locked.kept()] == [(APP, False)]
        assert [(one.app_id, one.seen) for one in vault.kept()] == [(APP, True)]

    def test_one_that_was_kept_before_there_was_a_list_is_listed_once_it_is_used(
        self, vault: Vault, memory: Memory
    ) -> None:
        Vault(backend=memory).save(TENANT, APP, Secret(TOKEN))
        assert vault.kept() == ()
        assert vault.load(TENANT, APP) == Secret(TOKEN)
        assert [one.app_id for one in vault.kept()] == [APP]

    def test_one_that_was_never_kept_is_not_listed(self, memory: Memory, tmp_path: Path) -> None:
        """Refused, or killed between the name and the secret."""
        names = tmp_path / "kept"
        with pytest.raises(KnownError):
            Vault(names=names, backend=Forgetful()).save(TENANT, APP, Secret(TOKEN))
        assert Vault(names=names, backend=memory).kept() == ()

    def test_a_secret_that_cannot_be_listed_is_not_kept(self, memory: Memory, tmp_path: Path) -> None:
        (tmp_path / "kept").write_text("", encoding="utf-8")
        with pytest.raises(KnownError, match="name cannot be noted"):
            Vault(names=tmp_path / "kept", backend=memory).save(TENANT, APP, Secret(TOKEN))
        assert memory.kept == {}

    def test_strange_files_beside_the_names_are_left_alone(self, vault: Vault, tmp_path: Path) -> None:
        vault.save(TENANT, APP, Secret(TOKEN))
        (tmp_path / "kept" / TENANT / ".DS_Store").write_text("", encoding="utf-8")
        assert [one.app_id for one in vault.kept()] == [APP]

    @pytest.mark.parametrize("name", ["../up", "a/b", "", ".", "a b"])
    def test_nothing_but_ids_becomes_a_name(self, vault: Vault, memory: Memory, name: str) -> None:
        with pytest.raises(ValueError, match="not the id"):
            vault.save(TENANT, name, Secret(TOKEN))
        assert memory.kept == {}


class Waiting(Memory):
    """Waits for its owner, as a locked keyring does while its question is open."""

    def __init__(self) -> None:
        super().__init__()
        self.owner = threading.Event()
        self.asked = threading.Event()

    def _wait(self) -> None:
        self.asked.set()
        assert self.owner.wait(60)

    def set_password(self, service: str, username: str, password: str) -> None:
        self._wait()
        super().set_password(service, username, password)

    def get_password(self, service: str, username: str) -> str | None:
        self._wait()
        return super().get_password(service, username)


class SlowAtFirst(Waiting):
    """Waits for its owner once; whoever asks next is answered at once."""

    def _wait(self) -> None:
        if not self.asked.is_set():
            super()._wait()


class TestWaiting:
    """A keyring that does not answer holds nobody."""

    @pytest.fixture
    def waiting(self) -> Iterator[Waiting]:
        backend = Waiting()
        yield backend
        backend.owner.set()

    def cancelled_when_asked(self, backend: Waiting) -> Work:
        work = Work()

        def cancel() -> None:
            backend.asked.wait(60)
            work.cancel()

        threading.Thread(target=cancel).start()
        return work

    @pytest.mark.parametrize("act", ["save", "load", "forget"])
    def test_cancel_ends_the_wait(self, waiting: Waiting, act: str) -> None:
        vault = Vault(backend=waiting)
        work = self.cancelled_when_asked(waiting)
        call = {
            "save": lambda: vault.save(TENANT, APP, Secret(TOKEN), work),
            "load": lambda: vault.load(TENANT, APP, work),
            "forget": lambda: vault.forget(TENANT, APP, work),
        }[act]
        with pytest.raises(Cancelled):
            call()

    def test_a_secret_whose_keeping_was_cancelled_is_taken_back(
        self, waiting: Waiting, tmp_path: Path
    ) -> None:
        vault = Vault(names=tmp_path / "kept", backend=waiting)
        with pytest.raises(Cancelled):
            vault.save(TENANT, APP, Secret(TOKEN), self.cancelled_when_asked(waiting))
        waiting.owner.set()
        assert vault.load(TENANT, APP, Work()) is None
        assert waiting.sent == [TOKEN]
        assert vault.kept() == ()

    def test_without_cancel_the_wait_has_an_end(self, waiting: Waiting) -> None:
        with pytest.raises(KnownError, match="did not answer in time") as told:
            Vault(backend=waiting).get(
                "name", what=say("Not read."), next_step=say("Go on."), patience_s=0.05
            )
        assert "password" in told.value.why

    def test_the_next_question_waits_until_the_last_has_ended(self) -> None:
        """Else one that was given up could overtake it."""
        backend = SlowAtFirst()
        vault = Vault(backend=backend)
        with pytest.raises(Cancelled):
            vault.save(TENANT, APP, Secret("old"), self.cancelled_when_asked(backend))
        with pytest.raises(KnownError, match="did not answer in time"):
            vault.put("name", Secret("x"), what=say("Not kept."), next_step=say("Go on."), patience_s=0.2)
        assert backend.kept == {}, "the first one still waits"
        backend.owner.set()
        vault.save(TENANT, APP, Secret("new"), Work())
        assert backend.kept == {(SERVICE, f"{TENANT}/{APP}"): "new"}


def class_like(name: str) -> type[Memory]:
    """A keyring in memory whose class has the name of another."""
    module, _, kind = name.rpartition(".")
    return type(kind, (Memory,), {"__module__": module})


class TestWhichKeyring:
    """Only keyrings that are known to encrypt are used."""

    @pytest.fixture(autouse=True)
    def given_back(self) -> Iterator[None]:
        before = keyring.get_keyring()
        yield
        keyring.set_keyring(before)

    @pytest.mark.parametrize("name", sorted(ENCRYPTED))
    def test_those_that_encrypt_are_used(self, name: str) -> None:
        backend = class_like(name)()
        keyring.set_keyring(backend)
        Vault().save(TENANT, APP, Secret(TOKEN))
        assert backend.sent == [TOKEN]

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("keyrings.alt.file.PlaintextKeyring", "not one that the program knows to encrypt"),
            ("keyrings.alt.file.EncryptedKeyring", "not one that the program knows to encrypt"),
            ("keyring.backends.null.Keyring", "switched off"),
            ("keyring.backends.fail.Keyring", "no keyring"),
        ],
    )
    def test_others_are_never_given_a_secret(self, name: str, words: str) -> None:
        backend = class_like(name)()
        keyring.set_keyring(backend)
        with pytest.raises(KnownError, match=words) as told:
            Vault().save(TENANT, APP, Secret(TOKEN))
        assert backend.sent == []
        assert told.value.details.codes == (name,)

    def test_of_several_the_one_that_encrypts_is_used(self) -> None:
        plain = class_like("keyrings.alt.file.PlaintextKeyring")()
        good = class_like("keyring.backends.SecretService.Keyring")()
        several = class_like("keyring.backends.chainer.ChainerBackend")()
        several.backends = (plain, good)  # type: ignore[attr-defined]
        keyring.set_keyring(several)
        Vault().save(TENANT, APP, Secret(TOKEN))
        assert (plain.sent, good.sent, several.sent) == ([], [TOKEN], [])

    @pytest.mark.parametrize("names", [(), ("keyrings.alt.file.PlaintextKeyring",)])
    def test_several_without_one_that_encrypts_are_refused(self, names: tuple[str, ...]) -> None:
        several = class_like("keyring.backends.chainer.ChainerBackend")()
        several.backends = tuple(class_like(name)() for name in names)  # type: ignore[attr-defined]
        keyring.set_keyring(several)
        with pytest.raises(KnownError):
            Vault().save(TENANT, APP, Secret(TOKEN))
        assert all(one.sent == [] for one in several.backends)  # type: ignore[attr-defined]
