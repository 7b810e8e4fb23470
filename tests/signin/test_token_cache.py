"""Where tokens rest: encrypted or nowhere, shared by all windows, and never in the way of signing in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import msal
import pytest
from keyring import errors
from msal_extensions.persistence import PersistenceDecryptionError, PersistenceNotFound

from scim_assistant.errors import Cancelled, KnownError
from scim_assistant.signin import kept_cache, token_keepers
from scim_assistant.signin.file_lock import locked
from scim_assistant.signin.kept_cache import KeptCache
from scim_assistant.signin.offer import Rest, TokenPlace
from scim_assistant.signin.token_cache import KeptTokens, RestingTokens, open_tokens
from scim_assistant.signin.token_keepers import ENTRY, CurrentWork, ExtensionKeeper
from scim_assistant.vault import SERVICE, Vault
from scim_assistant.work import Work
from tests.signin.tokens import CLIENT, ENDPOINT, answer_of
from tests.test_vault import Forgetful, Memory, Refusing

KINDS = msal.TokenCache.CredentialType


class Moody(Memory):
    """A keyring that can be told to refuse, or to wait for its owner."""

    def __init__(self) -> None:
        super().__init__()
        self.trouble: Exception | None = None
        self.waits = threading.Event()
        self.waits.set()

    def _think(self) -> None:
        assert self.waits.wait(60)
        if self.trouble is not None:
            raise self.trouble

    def set_password(self, service: str, username: str, password: str) -> None:
        self._think()
        super().set_password(service, username, password)

    def get_password(self, service: str, username: str) -> str | None:
        self._think()
        return super().get_password(service, username)


@pytest.fixture
def keyring() -> Iterator[Moody]:
    moody = Moody()
    yield moody
    moody.waits.set()  # a thread that was left behind ends with the test


def opened(folder: Path, keyring: Memory) -> KeptTokens:
    return open_tokens(folder, Vault(backend=keyring), "linux", work=Work())


def refresh_tokens(tokens: KeptTokens) -> list[str]:
    return sorted(one["secret"] for one in tokens.cache.search(KINDS.REFRESH_TOKEN))


def accounts(tokens: KeptTokens) -> list[str]:
    return sorted(one["username"] for one in tokens.cache.search(KINDS.ACCOUNT))


class TestResting:
    """As long as the place takes them."""

    def test_a_sign_in_is_there_in_the_next_run_until_it_is_signed_out(
        self, tmp_path: Path, keyring: Moody
    ) -> None:
        first = opened(tmp_path, keyring)
        assert first.place.rest is Rest.SECRET_SERVICE
        first.cache.add(answer_of("ana", "refresh-1"))
        second = opened(tmp_path, keyring)
        assert (accounts(second), refresh_tokens(second)) == (["ana@example.com"], ["refresh-1"])
        second.forget_account("ana.home", Work())
        assert keyring.kept == {}, "nothing is left, not even an empty entry"
        assert accounts(opened(tmp_path, keyring)) == []

    def test_everything_of_an_account_goes_whatever_registration_it_was_for(
        self, tmp_path: Path, keyring: Moody
    ) -> None:
        tokens = opened(tmp_path, keyring)
        tokens.cache.add(answer_of("ana", "refresh-1"))
        tokens.cache.add(answer_of("ana", "refresh-2", client_id="another-registration"))
        tokens.cache.add(answer_of("bo", "refresh-3"))
        tokens.forget_account("ana.home", Work())
        text = keyring.kept[SERVICE, ENTRY]
        assert "refresh-3" in text
        for gone in ("refresh-1", "refresh-2", "ana"):
            assert gone not in text

    def test_one_answer_is_written_once(self, tmp_path: Path, keyring: Moody) -> None:
        opened(tmp_path, keyring).cache.add(answer_of("ana", "refresh-1"))
        assert len(keyring.sent) == 1

    def test_no_file_says_anything_of_them(self, tmp_path: Path, keyring: Moody) -> None:
        tokens = opened(tmp_path / "data", keyring)
        tokens.cache.add(answer_of("ana", "refresh-Zq7"))
        written = b"".join(path.read_bytes() for path in (tmp_path / "data").iterdir())
        assert len(written) < 100
        for word in (b"refresh-Zq7", b"ana", CLIENT.encode()):
            assert word not in written
        assert "refresh-Zq7" not in repr(tokens)
        if os.name != "nt":
            assert (tmp_path / "data").stat().st_mode & 0o077 == 0

    def test_msal_takes_it_as_its_own(self, tmp_path: Path, keyring: Moody) -> None:
        """An application on the cache finds account and token without asking anybody."""
        tokens = opened(tmp_path, keyring)
        tokens.cache.add(answer_of("ana", "refresh-1"))

        class Discovery:
            """Answers where the endpoints are, and nothing else."""

            status_code = 200
            headers: ClassVar[dict[str, str]] = {}
            text = json.dumps(
                {"authorization_endpoint": ENDPOINT, "token_endpoint": ENDPOINT, "issuer": ENDPOINT}
            )

            def get(self, url: str, **more: Any) -> Discovery:
                return self

            def post(self, url: str, **more: Any) -> object:
                raise AssertionError("asked for a token")

            def close(self) -> None: ...

        app = msal.PublicClientApplication(
            CLIENT,
            authority="https://login.microsoftonline.com/home",
            instance_discovery=False,
            token_cache=opened(tmp_path, keyring).cache,
            http_client=Discovery(),
        )
        (account,) = app.get_accounts()
        token = app.acquire_token_silent(["https://graph.microsoft.com/User.Read"], account)
        assert token["access_token"] == "access-refresh-1"
        app.remove_account(account)
        assert keyring.kept == {}


class TestTwoWindows:
    """Two programs on the same place."""

    def test_neither_loses_what_the_other_adds(self, tmp_path: Path, keyring: Moody) -> None:
        one, other = opened(tmp_path, keyring), opened(tmp_path, keyring)
        one.cache.add(answer_of("ana", "refresh-1"))
        other.cache.add(answer_of("bo", "refresh-2"))
        assert refresh_tokens(one) == refresh_tokens(other) == ["refresh-1", "refresh-2"]
        assert refresh_tokens(opened(tmp_path, keyring)) == ["refresh-1", "refresh-2"]

    def test_who_signs_out_in_one_is_signed_out_in_the_other(self, tmp_path: Path, keyring: Moody) -> None:
        one = opened(tmp_path, keyring)
        one.cache.add(answer_of("ana", "refresh-1"))
        other = opened(tmp_path, keyring)
        one.forget_account("ana.home", Work())
        assert accounts(other) == []
        other.cache.add(answer_of("bo", "refresh-2"))
        assert refresh_tokens(one) == ["refresh-2"]

    def test_many_threads_lose_nothing(self, tmp_path: Path, keyring: Moody) -> None:
        tokens = [opened(tmp_path, keyring), opened(tmp_path, keyring)]
        names = [f"person{number}" for number in range(12)]
        threads = [
            threading.Thread(target=tokens[number % 2].cache.add, args=(answer_of(name, f"refresh-{name}"),))
            for number, name in enumerate(names)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert refresh_tokens(opened(tmp_path, keyring)) == sorted(f"refresh-{name}" for name in names)

    def test_a_program_that_was_killed_leaves_no_lock_behind(self, tmp_path: Path, keyring: Moody) -> None:
        source = (
            "import sys, time\n"
            "from pathlib import Path\n"
            "from scim_assistant.signin.file_lock import locked\n"
            "with locked(Path(sys.argv[1]), at_most_s=10):\n"
            "    print('held', flush=True)\n"
            "    time.sleep(600)\n"
        )
        lock = tmp_path / "sign-ins.lock"
        with subprocess.Popen(
            [sys.executable, "-c", source, str(lock)], stdout=subprocess.PIPE, text=True
        ) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            with pytest.raises(TimeoutError), locked(lock, at_most_s=0.1):
                pass
            holder.kill()
            holder.wait()
        tokens = opened(tmp_path, keyring)
        tokens.cache.add(answer_of("ana", "refresh-1"))
        assert tokens.place.rest is Rest.SECRET_SERVICE

    def test_a_window_that_keeps_the_others_waiting_is_not_waited_for_for_ever(
        self, tmp_path: Path, keyring: Moody, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(token_keepers, "PATIENCE_S", 0.1)
        tokens = opened(tmp_path, keyring)
        with locked(tmp_path / "sign-ins.lock", at_most_s=10):
            tokens.cache.add(answer_of("ana", "refresh-1"))
        assert refresh_tokens(tokens) == ["refresh-1"]
        assert tokens.place.rest is Rest.MEMORY
        assert "Another window" in tokens.place.sentence


class TestNoPlace:
    """Where the keyring cannot, tokens live in this run and it is said why."""

    @pytest.mark.parametrize(
        ("error", "words"),
        [
            (errors.NoKeyringError("x"), "no keyring"),
            (errors.KeyringLocked("x"), "locked"),
            (errors.InitError("x"), "dismissed"),
            (errors.KeyringError("x"), "refused"),
            (OSError("x"), "unknown way"),
        ],
    )
    def test_from_the_start(self, tmp_path: Path, error: Exception, words: str) -> None:
        tokens = opened(tmp_path, Refusing(error))
        assert tokens.place.rest is Rest.MEMORY
        assert tokens.place.sentence.startswith("Sign-ins are kept for this run only.")
        assert words in tokens.place.sentence
        tokens.cache.add(answer_of("ana", "refresh-1"))
        assert refresh_tokens(tokens) == ["refresh-1"]
        tokens.forget_account("ana.home", Work())
        assert refresh_tokens(tokens) == []

    def test_a_keyring_that_loses_what_it_is_given_is_found_out(self, tmp_path: Path) -> None:
        tokens = opened(tmp_path, Forgetful())
        tokens.cache.add(answer_of("ana", "refresh-1"))
        assert refresh_tokens(tokens) == ["refresh-1"]
        assert tokens.place.rest is Rest.MEMORY
        assert "did not give it back" in tokens.place.sentence

    def test_a_folder_that_is_a_file(self, tmp_path: Path, keyring: Moody) -> None:
        (tmp_path / "data").write_text("", encoding="utf-8")
        tokens = opened(tmp_path / "data", keyring)
        tokens.cache.add(answer_of("ana", "refresh-1"))
        assert tokens.place.rest is Rest.MEMORY
        assert "disk refused" in tokens.place.sentence
        assert keyring.kept == {}

    @pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="these platforms encrypt")
    @pytest.mark.parametrize("platform", ["win32", "darwin"])
    def test_a_platform_whose_encryption_does_not_work(
        self, tmp_path: Path, keyring: Moody, platform: str
    ) -> None:
        tokens = open_tokens(tmp_path, Vault(backend=keyring), platform, work=Work())
        tokens.cache.add(answer_of("ana", "refresh-1"))
        assert refresh_tokens(tokens) == ["refresh-1"]
        assert tokens.place.rest is Rest.MEMORY
        assert keyring.kept == {}, "there is no second best"


class TestTroubleInTheMiddle:
    """A keyring that locks itself, or waits, while the program runs."""

    def test_it_does_not_come_out_of_msal_and_is_said_at_the_next_look(
        self, tmp_path: Path, keyring: Moody
    ) -> None:
        tokens = opened(tmp_path, keyring)
        tokens.cache.add(answer_of("ana", "refresh-1"))
        keyring.trouble = errors.KeyringLocked("x")
        tokens.cache.add(answer_of("ana", "refresh-2"))
        assert refresh_tokens(tokens) == ["refresh-2"]
        assert tokens.place.rest is Rest.MEMORY
        assert "locked" in tokens.place.sentence

    def test_it_is_not_asked_again_with_each_token(self, tmp_path: Path, keyring: Moody) -> None:
        """Each time it might open a question."""
        tokens = opened(tmp_path, keyring)
        tokens.cache.add(answer_of("ana", "refresh-1"))
        keyring.trouble = errors.KeyringLocked("x")
        tokens.cache.add(answer_of("ana", "refresh-2"))
        keyring.trouble = None
        tokens.cache.add(answer_of("ana", "refresh-3"))
        assert "refresh-3" not in keyring.kept[SERVICE, ENTRY]

    def test_signing_out_asks_it_again_and_loses_nobody(self, tmp_path: Path, keyring: Moody) -> None:
        tokens = opened(tmp_path, keyring)
        tokens.cache.add(answer_of("ana", "refresh-1"))
        keyring.trouble = errors.KeyringLocked("x")
        tokens.cache.add(answer_of("bo", "refresh-2"))
        with pytest.raises(KnownError, match="still kept") as told:
            tokens.forget_account("ana.home", Work())
        assert "locked" in told.value.why
        assert accounts(tokens) == ["bo@example.com"]

        keyring.trouble = None
        tokens.forget_account("ana.home", Work())
        assert tokens.place.rest is Rest.SECRET_SERVICE
        later = opened(tmp_path, keyring)
        assert refresh_tokens(later) == ["refresh-2"]

    def test_msals_own_way_of_signing_out_says_so_too(self, tmp_path: Path, keyring: Moody) -> None:
        tokens = opened(tmp_path, keyring)
        tokens.cache.add(answer_of("ana", "refresh-1"))
        keyring.trouble = errors.KeyringLocked("x")
        tokens.cache.add(answer_of("bo", "refresh-2"))
        (ana,) = tokens.cache.search(KINDS.ACCOUNT, query={"home_account_id": "ana.home"})
        (bo,) = tokens.cache.search(KINDS.ACCOUNT, query={"home_account_id": "bo.home"})
        tokens.cache.remove_account(bo)  # never rested anywhere
        with pytest.raises(KnownError, match="still kept"):
            tokens.cache.remove_account(ana)
        keyring.trouble = None
        tokens.cache.remove_account(ana)
        assert keyring.kept == {}

    def test_cancel_ends_the_wait_for_its_owner(self, tmp_path: Path, keyring: Moody) -> None:
        tokens = opened(tmp_path, keyring)
        keyring.waits.clear()
        work = Work()
        threading.Timer(0.1, work.cancel).start()
        with tokens.during(work):
            tokens.cache.add(answer_of("ana", "refresh-1"))
        assert work.cancelled
        assert refresh_tokens(tokens) == ["refresh-1"]
        assert tokens.place.rest is Rest.MEMORY
        assert "Cancel" in tokens.place.sentence

    def test_without_a_work_the_wait_has_an_end(
        self, tmp_path: Path, keyring: Moody, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tokens = opened(tmp_path, keyring)
        monkeypatch.setattr(token_keepers, "PATIENCE_S", 0.1)
        keyring.waits.clear()
        tokens.cache.add(answer_of("ana", "refresh-1"))
        assert refresh_tokens(tokens) == ["refresh-1"]
        assert "did not answer in time" in tokens.place.sentence

    def test_a_write_that_was_given_up_never_overtakes_a_later_one(
        self, tmp_path: Path, keyring: Moody, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tokens = opened(tmp_path, keyring)
        tokens.cache.add(answer_of("ana", "refresh-1"))
        with monkeypatch.context() as patch:
            patch.setattr(token_keepers, "PATIENCE_S", 0.1)
            keyring.waits.clear()
            tokens.cache.add(answer_of("ana", "refresh-2"))
        threading.Timer(0.1, keyring.waits.set).start()
        tokens.forget_account("ana.home", Work())
        assert keyring.kept == {}

    def test_opening_can_be_cancelled_and_tried_again(self, tmp_path: Path, keyring: Moody) -> None:
        opened(tmp_path, keyring).cache.add(answer_of("ana", "refresh-1"))
        keyring.waits.clear()
        work = Work()
        threading.Timer(0.1, work.cancel).start()
        with pytest.raises(Cancelled):
            open_tokens(tmp_path, Vault(backend=keyring), "linux", work=work)
        keyring.waits.set()
        assert refresh_tokens(opened(tmp_path, keyring)) == ["refresh-1"]


class TestDamage:
    """What is kept is not what was written."""

    @pytest.mark.parametrize(
        "text",
        [
            "not JSON",
            "[]",
            "5",
            '{"AccessToken": 5}',
            '{"AccessToken": {"a": "b"}}',
            '{"Account": []}',
            "[" * 100_000,
            '{"Account": {"a": {',
        ],
    )
    def test_it_is_forgotten_and_said_and_signing_in_works(
        self, tmp_path: Path, keyring: Moody, text: str
    ) -> None:
        keyring.kept[SERVICE, ENTRY] = text
        tokens = opened(tmp_path, keyring)
        assert accounts(tokens) == []
        assert tokens.place.rest is Rest.SECRET_SERVICE
        assert "damaged and is forgotten" in tokens.place.sentence
        tokens.cache.add(answer_of("ana", "refresh-1"))
        assert "damaged" not in tokens.place.sentence
        assert refresh_tokens(opened(tmp_path, keyring)) == ["refresh-1"]

    def test_damage_in_the_middle_of_a_run_does_not_break_it(self, tmp_path: Path, keyring: Moody) -> None:
        tokens = opened(tmp_path, keyring)
        tokens.cache.add(answer_of("ana", "refresh-1"))
        keyring.kept[SERVICE, ENTRY] = "not JSON"
        (tmp_path / "sign-ins.revision").write_text("other", encoding="ascii")
        assert accounts(tokens) == []
        tokens.cache.add(answer_of("bo", "refresh-2"))
        assert refresh_tokens(opened(tmp_path, keyring)) == ["refresh-2"]


class Encrypted:
    """What msal-extensions does on Windows, without Windows: a file that is not readable as it lies."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def save(self, content: str) -> None:
        self.path.write_bytes(bytes(byte ^ 0x5A for byte in content.encode()))

    def load(self) -> str:
        if not self.path.exists():
            raise PersistenceNotFound(location=str(self.path))
        raw = bytes(byte ^ 0x5A for byte in self.path.read_bytes())
        if not raw.startswith(b"{"):
            raise PersistenceDecryptionError(message="not ours", location=str(self.path))
        return raw.decode()


class TestExtensions:
    """Windows and macOS, through what msal-extensions offers."""

    def resting(self, folder: Path, persistence: Callable[[], Any]) -> RestingTokens:
        current = CurrentWork()
        cache = KeptCache(ExtensionKeeper(Rest.DPAPI, persistence, current), folder, current)
        tokens = RestingTokens(cache, Rest.DPAPI, current)
        cache.open()
        return tokens

    def test_a_sign_in_rests_and_goes(self, tmp_path: Path) -> None:
        def persistence() -> Encrypted:
            return Encrypted(tmp_path / "sign-ins.bin")

        tokens = self.resting(tmp_path, persistence)
        assert "Windows encrypts" in tokens.place.sentence
        tokens.cache.add(answer_of("ana", "refresh-1"))
        again = self.resting(tmp_path, persistence)
        assert refresh_tokens(again) == ["refresh-1"]
        again.forget_account("ana.home", Work())
        assert json.loads(persistence().load()) == {}

    def test_what_another_user_encrypted_is_damage(self, tmp_path: Path) -> None:
        (tmp_path / "sign-ins.bin").write_bytes(b"encrypted by somebody else")
        tokens = self.resting(tmp_path, lambda: Encrypted(tmp_path / "sign-ins.bin"))
        assert "damaged and is forgotten" in tokens.place.sentence
        tokens.cache.add(answer_of("ana", "refresh-1"))
        assert tokens.place.rest is Rest.DPAPI

    def test_a_refusal_is_said_without_what_was_to_be_kept(self, tmp_path: Path) -> None:
        class Full(Encrypted):
            def save(self, content: str) -> None:
                raise OSError(28, f"no room for {content}")

        tokens = self.resting(tmp_path, lambda: Full(tmp_path / "sign-ins.bin"))
        tokens.cache.add(answer_of("ana", "refresh-Zq7"))
        assert tokens.place.rest is Rest.MEMORY
        assert "Windows could not encrypt it." in tokens.place.sentence
        assert "refresh-Zq7" not in repr(tokens.place)


def test_a_cache_that_rests_nowhere_is_handled_alike() -> None:
    tokens = KeptTokens(msal.TokenCache(), TokenPlace(Rest.MEMORY, kept_cache.SIGN_IN_AGAIN))
    with tokens.during(Work()):
        tokens.cache.add(answer_of("ana", "refresh-1"))
    tokens.forget_account("ana.home", Work())
    assert accounts(tokens) == refresh_tokens(tokens) == []


def test_nothing_heavy_is_loaded_before_tokens_are_opened() -> None:
    source = (
        "import sys\n"
        "import scim_assistant.signin.token_cache, scim_assistant.vault\n"
        "print([name for name in ('msal', 'msal_extensions', 'keyring', 'cryptography') if name in sys.modules])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True, timeout=60
    )
    assert ended.stdout == "[]\n"


def test_searching_asks_the_keyring_only_after_another_window_has_written(
    tmp_path: Path, keyring: Moody
) -> None:
    """Every request asks for a token; the keyring is too slow for that."""
    tokens = opened(tmp_path, keyring)
    tokens.cache.add(answer_of("ana", "refresh-1"))
    keyring.trouble = AssertionError("asked")
    for _ in range(50):
        assert accounts(tokens) == ["ana@example.com"]
    assert tokens.place.rest is Rest.SECRET_SERVICE
