"""Tokens and secrets in a real Secret Service: kept, found by a new program, forgotten; locked, gone and hung."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from scim_assistant.errors import Cancelled, KnownError
from scim_assistant.secret import Secret
from scim_assistant.signin.offer import Rest
from scim_assistant.signin.token_cache import open_tokens
from scim_assistant.signin.token_keepers import ENTRY
from scim_assistant.vault import SERVICE
from scim_assistant.work import Work
from tests.secret_service.daemon import MISSING, SecretService
from tests.signin.tokens import answer_of

TENANT = "11111111-2222-3333-4444-555555555555"
APP = "aaaaaaaa-2222-3333-4444-555555555555"
TOKEN = "tok-Zq7-very-secret"


def program(service: SecretService, act: str, *more: str, folder: str = "app") -> dict[str, Any]:
    """What a new program does and sees."""
    ended = service.run("-m", "tests.secret_service.program", act, str(service.folder / folder), *more)
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    seen = json.loads(ended.stdout)
    assert isinstance(seen, dict)
    return seen


def foreign(service: SecretService, name: str, act: str = "lookup") -> str:
    """What another program of the desktop finds under this name; with ``clear`` it removes it."""
    if shutil.which("secret-tool") is None:
        pytest.skip(f"{MISSING}: secret-tool missing")
    return subprocess.run(
        ["secret-tool", act, "service", SERVICE, "username", name],
        env=service.environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    ).stdout


def files_in(folder: Path) -> bytes:
    """Everything that lies in a folder, names too."""
    return b"".join(
        str(path).encode() + (path.read_bytes() if path.is_file() else b"") for path in folder.rglob("*")
    )


class TestSignIns:
    """What MSAL keeps."""

    def test_they_survive_the_end_of_the_program_and_are_gone_after_sign_out(
        self, secret_service: SecretService
    ) -> None:
        kept = program(secret_service, "keep", "ana", "refresh-Zq7")
        assert (kept["rest"], kept["refresh"]) == ("secret-service", ["refresh-Zq7"])
        again = program(secret_service, "list")
        assert again["accounts"] == ["ana@example.com"]
        assert again["refresh"] == ["refresh-Zq7"]
        assert "keyring, which is encrypted" in again["sentence"]
        assert "refresh-Zq7" in foreign(secret_service, ENTRY)

        gone = program(secret_service, "out", "ana")
        assert (gone["accounts"], gone["refresh"], gone["trouble"]) == ([], [], "")
        assert program(secret_service, "list")["refresh"] == []
        assert foreign(secret_service, ENTRY) == ""

    def test_no_file_of_the_program_or_of_the_keyring_holds_them_in_clear(
        self, secret_service: SecretService
    ) -> None:
        program(secret_service, "keep", "ana", "refresh-Zq7")
        written = files_in(secret_service.folder)
        assert b"keyring" in written
        assert b"refresh-Zq7" not in written

    def test_signing_out_leaves_the_others_signed_in(self, secret_service: SecretService) -> None:
        program(secret_service, "keep", "ana", "refresh-1")
        program(secret_service, "keep", "bo", "refresh-2")
        program(secret_service, "out", "ana")
        left = program(secret_service, "list")
        assert (left["accounts"], left["refresh"]) == (["bo@example.com"], ["refresh-2"])

    def test_a_locked_keyring_means_this_run_only(self, secret_service: SecretService) -> None:
        program(secret_service, "keep", "ana", "refresh-1")
        secret_service.stop()
        secret_service.start(unlocked=False)
        seen = program(secret_service, "keep", "bo", "refresh-2")
        assert (seen["accounts"], seen["rest"]) == (["bo@example.com"], "memory")
        assert "locked" in seen["sentence"]

        secret_service.stop()
        secret_service.start()
        later = program(secret_service, "list")
        assert later["refresh"] == ["refresh-1"], "what was kept before is still there, the other one is not"

    def test_no_keyring_on_the_bus_means_this_run_only(self, secret_service: SecretService) -> None:
        secret_service.stop()
        seen = program(secret_service, "keep", "ana", "refresh-1")
        assert (seen["refresh"], seen["rest"]) == (["refresh-1"], "memory")
        assert "no keyring" in seen["sentence"]
        assert b"refresh-1" not in files_in(secret_service.folder)

    def test_no_bus_means_this_run_only(self, secret_service: SecretService) -> None:
        secret_service.environ.pop("DBUS_SESSION_BUS_ADDRESS")
        seen = program(secret_service, "keep", "ana", "refresh-1")
        assert (seen["refresh"], seen["rest"]) == (["refresh-1"], "memory")
        assert "no keyring" in seen["sentence"]

    def test_a_keyring_that_is_switched_off_is_not_believed(self, secret_service: SecretService) -> None:
        secret_service.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
        seen = program(secret_service, "keep", "ana", "refresh-1")
        assert seen["rest"] == "memory"
        assert "switched off" in seen["sentence"]

    def test_a_keyring_that_locks_itself_in_the_middle_of_a_run_does_not_break_it(
        self, secret_service: SecretService, tmp_path: Path
    ) -> None:
        tokens = open_tokens(tmp_path, secret_service.vault(), "linux", work=Work())
        tokens.cache.add(answer_of("ana", "refresh-1"))
        assert tokens.place.rest is Rest.SECRET_SERVICE
        secret_service.lock()
        tokens.cache.add(answer_of("ana", "refresh-2"))
        kinds = tokens.cache.CredentialType
        assert [one["secret"] for one in tokens.cache.search(kinds.REFRESH_TOKEN)] == ["refresh-2"]
        assert tokens.place.rest is Rest.MEMORY
        assert "locked" in tokens.place.sentence

        with pytest.raises(KnownError, match="still kept") as told:
            tokens.forget_account("ana.home", Work())
        assert "locked" in told.value.why
        assert list(tokens.cache.search(kinds.REFRESH_TOKEN)) == []

        secret_service.stop()
        secret_service.start()
        tokens.forget_account("ana.home", Work())
        assert tokens.place.rest is Rest.SECRET_SERVICE
        assert foreign(secret_service, ENTRY) == ""

    def test_two_programs_at_once_lose_nothing(self, secret_service: SecretService) -> None:
        names = [f"person{number}" for number in range(4)]
        command = [sys.executable, "-m", "tests.secret_service.program", "keep"]
        running = [
            subprocess.Popen(
                [*command, str(secret_service.folder / "app"), name, f"refresh-{name}"],
                env=secret_service.environ,
                cwd=Path(__file__).resolve().parents[2],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            for name in names
        ]
        for one in running:
            _said, trouble = one.communicate(timeout=120)
            assert one.returncode == 0, trouble
        assert program(secret_service, "list")["refresh"] == [f"refresh-{name}" for name in names]


class TestVendorSecrets:
    """What the vault keeps for each tenant and app."""

    def test_they_are_kept_found_by_others_and_forgotten(
        self, secret_service: SecretService, tmp_path: Path
    ) -> None:
        vault = secret_service.vault(tmp_path / "names")
        vault.save(TENANT, APP, Secret(TOKEN), Work())
        assert secret_service.vault().load(TENANT, APP) == Secret(TOKEN)
        assert foreign(secret_service, f"{TENANT}/{APP}") == TOKEN
        assert [(one.tenant_id, one.app_id, one.seen) for one in vault.kept()] == [(TENANT, APP, True)]
        assert TOKEN.encode() not in files_in(tmp_path)
        vault.forget(TENANT, APP, Work())
        assert vault.load(TENANT, APP) is None
        assert foreign(secret_service, f"{TENANT}/{APP}") == ""
        assert vault.kept() == ()

    def test_one_that_somebody_else_removed_is_not_listed_any_more(
        self, secret_service: SecretService, tmp_path: Path
    ) -> None:
        vault = secret_service.vault(tmp_path / "names")
        vault.save(TENANT, APP, Secret(TOKEN))
        vault.save(TENANT, "other", Secret("another"))
        foreign(secret_service, f"{TENANT}/{APP}", "clear")
        assert [one.app_id for one in vault.kept()] == ["other"]

    def test_one_of_twenty_thousand_characters_is_no_problem_here(
        self, secret_service: SecretService
    ) -> None:
        vault = secret_service.vault()
        vault.save(TENANT, APP, Secret("x" * 20_000))
        assert vault.load(TENANT, APP) == Secret("x" * 20_000)

    def test_a_locked_keyring_is_said_and_what_it_holds_is_still_listed(
        self, secret_service: SecretService, tmp_path: Path
    ) -> None:
        vault = secret_service.vault(tmp_path / "names")
        vault.save(TENANT, APP, Secret(TOKEN))
        secret_service.lock()
        with pytest.raises(KnownError, match="locked"):
            vault.load(TENANT, APP)
        with pytest.raises(KnownError, match="locked"):
            vault.save(TENANT, APP, Secret("another"))
        assert [(one.app_id, one.seen) for one in vault.kept()] == [(APP, False)]

    def test_a_keyring_that_hangs_is_left_behind_on_cancel_and_used_again_when_it_is_back(
        self, secret_service: SecretService
    ) -> None:
        vault = secret_service.vault()
        vault.save(TENANT, APP, Secret(TOKEN))
        secret_service.hang()
        work = Work()
        threading.Timer(0.2, work.cancel).start()
        begun = time.monotonic()
        with pytest.raises(Cancelled):
            vault.load(TENANT, APP, work)
        assert time.monotonic() - begun < 60, "the keyring's own patience is three minutes"
        secret_service.resume()
        assert vault.load(TENANT, APP, Work()) == Secret(TOKEN)

    def test_a_keyring_that_went_away_is_said(self, secret_service: SecretService) -> None:
        vault = secret_service.vault()
        vault.save(TENANT, APP, Secret(TOKEN))
        secret_service.stop()
        with pytest.raises(KnownError) as told:
            vault.load(TENANT, APP)
        assert "stopped answering" in told.value.why
        assert told.value.next_step
