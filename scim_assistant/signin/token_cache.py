"""Where tokens rest between two runs: encrypted by the operating system, or nowhere.

Windows encrypts a file for its user (DPAPI) and macOS keeps them in the Keychain, both through msal-extensions.
Elsewhere they are one entry of the desktop's keyring, through ``vault``. Where none of that works they live in memory
for this run, and ``KeptTokens.place`` says so and why. They are never in a file that others could read.

The keyring may wait for its owner to unlock it. ``open_tokens`` therefore belongs in a job and takes its ``Work``;
what MSAL reads and writes later is done under the ``Work`` given to ``KeptTokens.during``. On Cancel, and after
``token_keepers.PATIENCE_S`` where no work is given, the wait is given up and the tokens of this run stay in memory.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from scim_assistant import disk
from scim_assistant.sentence import say
from scim_assistant.signin.offer import Rest, TokenPlace
from scim_assistant.signin.token_keepers import (
    CurrentWork,
    Keeper,
    VaultKeeper,
    macos_keeper,
    windows_keeper,
)
from scim_assistant.vault import Vault
from scim_assistant.work import Work

if TYPE_CHECKING:
    import msal  # type: ignore[import-untyped]

    from scim_assistant.signin.kept_cache import KeptCache

_PLACES = {
    Rest.DPAPI: say("Sign-ins are kept on this computer, in a file that Windows encrypts for you alone."),
    Rest.KEYCHAIN: say("Sign-ins are kept in your macOS Keychain."),
    Rest.SECRET_SERVICE: say("Sign-ins are kept in your desktop's keyring, which is encrypted."),
}


class KeptTokens:
    """MSAL's cache and where it rests. Safe from several threads.

    Args:
        cache: Given to MSAL.
        place: Where it rests.

    Attributes:
        cache: Given to MSAL.
    """

    def __init__(self, cache: msal.TokenCache, place: TokenPlace) -> None:
        self.cache = cache
        self._place = place

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.place.rest.value})"

    @property
    def place(self) -> TokenPlace:
        """Where the tokens rest now, for the person. Changes when the place refuses in the middle of a run."""
        return self._place

    @contextmanager
    def during(self, work: Work) -> Iterator[None]:
        """While the block runs, Cancel of this work ends this thread's waits for the place."""
        yield

    def forget_account(self, account_id: str, work: Work) -> None:
        """Remove an account with all of its tokens, of every app registration, from memory and from the place.

        Args:
            account_id: MSAL's home account id (``Account.id``).
            work: Cancel ends the wait for the place.

        Raises:
            KnownError: The place refused, so what it holds is still there; in memory the account is gone.
            Cancelled: The person pressed Cancel.
        """
        from scim_assistant.signin.kept_cache import remove_everything

        remove_everything(self.cache, account_id)


class RestingTokens(KeptTokens):
    """Tokens that rest in a place for as long as the place takes them."""

    def __init__(self, cache: KeptCache, rest: Rest, current: CurrentWork) -> None:
        super().__init__(cache, TokenPlace(rest, _PLACES[rest]))
        self._kept = cache
        self._current = current

    @property
    def place(self) -> TokenPlace:
        """See ``KeptTokens.place``."""
        trouble = self._kept.trouble
        if trouble is not None:
            return TokenPlace(Rest.MEMORY, say("Sign-ins are kept for this run only. {why}", why=trouble.why))
        if self._kept.was_damaged:
            return TokenPlace(
                self._place.rest,
                say(
                    "{place} What was kept there before was damaged and is forgotten, so sign in once more.",
                    place=self._place.sentence,
                ),
            )
        return self._place

    @contextmanager
    def during(self, work: Work) -> Iterator[None]:
        """See ``KeptTokens.during``."""
        before, self._current.work = self._current.work, work
        try:
            yield
        finally:
            self._current.work = before

    def forget_account(self, account_id: str, work: Work) -> None:
        """See ``KeptTokens.forget_account``. A place that has refused before is asked once more."""
        with self.during(work):
            self._kept.forget(account_id)
            work.check()


def open_tokens(
    folder: Path, vault: Vault, platform: str = sys.platform, *, work: Work | None = None
) -> KeptTokens:
    """The tokens of earlier runs, or an empty cache, and where they rest from now on.

    Open them once a run, in a job, and share them between desks. It may wait for a person to unlock the keyring.

    Args:
        folder: The program's data folder, made when it is not there.
        vault: The system keyring.
        platform: As ``sys.platform`` has it, for tests.
        work: Cancel ends the wait.

    Raises:
        Cancelled: The person pressed Cancel; nothing was opened, and it can be tried again.
    """
    from scim_assistant.signin.kept_cache import KeptCache, disk_refused

    current = CurrentWork()
    keeper: Keeper
    if platform == "win32":
        keeper = windows_keeper(folder, current)
    elif platform == "darwin":
        keeper = macos_keeper(folder, current)
    else:
        keeper = VaultKeeper(vault, current)
    trouble = None
    try:
        disk.private_folder(folder)
    except OSError as error:
        trouble = disk_refused(error)
    cache = KeptCache(keeper, folder, current, trouble)
    tokens = RestingTokens(cache, keeper.rest, current)
    if work is None:
        cache.open()
    else:
        with tokens.during(work):
            cache.open()
    return tokens
