"""MSAL's token cache, resting in a keeper, shared by all windows of the program.

Imports MSAL, so it is imported when tokens are first opened.

msal-extensions has such a cache of its own. It is not used, since it judges by clocks whether another program has
written, its lock outlives a program that is killed, and a keyring that refuses would come out of MSAL as an exception.
Here every change is made on what rests at that moment, under a lock that dies with its program; and where the place
refuses, the cache goes on in memory and says so in ``trouble``.

MSAL calls with its own lock held, so that lock is the one used here too: one order of locks, no deadlock. A thread
that waits for the place therefore holds up others that need a token, for as long as ``CurrentWork.patience_s``.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import msal  # type: ignore[import-untyped]

from scim_assistant.errors import Cancelled, KnownError
from scim_assistant.sentence import say
from scim_assistant.signin.file_lock import locked
from scim_assistant.signin.token_keepers import NOT_KEPT, SIGN_IN_AGAIN, CurrentWork, Damaged, Keeper

_QUICK_S = 0.5
_LONGEST_REVISION = 64


class KeptCache(msal.SerializableTokenCache):  # type: ignore[misc]
    """A token cache that rests in a keeper. Safe from several threads and programs.

    Args:
        keeper: Keeps the text.
        folder: For the lock and the revision, neither of which says anything of the tokens.
        current: Under whose ``Work`` the calling thread waits.
        trouble: Why there is no place from the start.

    Attributes:
        trouble: Why the tokens are in memory only; None while they rest in the place.
        was_damaged: What rested there could not be read and was forgotten, and nothing was kept since.
    """

    def __init__(
        self, keeper: Keeper, folder: Path, current: CurrentWork, trouble: KnownError | None = None
    ) -> None:
        super().__init__()
        self.trouble = trouble
        self.was_damaged = False
        self._keeper = keeper
        self._current = current
        self._lock_file = folder / "sign-ins.lock"
        self._revision_file = folder / "sign-ins.revision"
        self._seen = ""
        self._changing = False
        self._went_on_alone = False
        self._resting: frozenset[str] = frozenset()  # whose tokens the place holds, as far as this run knows

    def open(self) -> None:
        """Read what rests in the place, for the first time.

        Raises:
            Cancelled: The person pressed Cancel.
        """
        with self._lock:
            if self.trouble is None:
                self._attempt(self._read_under_lock, cancellable=True)

    def forget(self, account_id: str) -> None:
        """Remove all that is kept of an account, of every app registration. A place that refused is asked once more.

        Raises:
            KnownError: The place refused, so what it holds is still there; in memory it is gone.
        """
        with self._lock:
            if self.trouble is not None and account_id in self._resting:
                self.trouble = None
                self._went_on_alone = True
            with self.one_change():
                remove_everything(self, account_id)
            if self.trouble is not None and account_id in self._resting:
                raise KnownError(
                    say("You are signed out in this window, but your sign-in is still kept."),
                    self.trouble.why,
                    say("Unlock the keyring and sign out again, or remove it in your system's keyring app."),
                    self.trouble.details,
                )

    @contextmanager
    def one_change(self) -> Iterator[None]:
        """Read what rests in the place, let the block change it, and write it once."""
        with self._lock:
            if self._changing or self.trouble is not None:
                yield
                return
            self._changing = True
            try:
                with ExitStack() as held:
                    self._attempt(lambda: self._begin(held))
                    yield
                    if self.trouble is None:
                        self._attempt(self._write)
            finally:
                self._changing = False

    def add(self, event: Any, **more: Any) -> None:
        """MSAL's own; tokens, account and id token of one answer are written together."""
        with self.one_change():
            super().add(event, **more)

    def modify(self, credential_type: Any, old_entry: Any, new_key_value_pairs: Any = None) -> None:
        """MSAL's own, written at once."""
        with self.one_change():
            super().modify(credential_type, old_entry, new_key_value_pairs)

    def remove_account(self, account_item: Any) -> None:
        """MSAL's own, at the end of signing out: nothing of the account may stay behind. Raises as ``forget``."""
        self.forget(str(account_item["home_account_id"]))

    def search(self, credential_type: Any, **more: Any) -> Any:
        """MSAL's own, on what another window may have written meanwhile."""
        self._catch_up()
        return super().search(credential_type, **more)

    def _catch_up(self) -> None:
        with self._lock:
            if self._changing or self.trouble is not None or self._revision() == self._seen:
                return
            with suppress(TimeoutError):  # another window is writing: the next search sees it
                self._attempt(lambda: self._read_under_lock(_QUICK_S), busy_is_trouble=False)

    def _begin(self, held: ExitStack) -> None:
        held.enter_context(self._locked(self._current.patience_s))
        self._read()

    def _read_under_lock(self, at_most_s: float | None = None) -> None:
        with self._locked(self._current.patience_s if at_most_s is None else at_most_s):
            self._read()

    @contextmanager
    def _locked(self, at_most_s: float) -> Iterator[None]:
        with locked(self._lock_file, work=self._current.work, at_most_s=at_most_s):
            yield

    def _read(self) -> None:
        self._seen = self._revision()
        try:
            text = self._keeper.load()
            found = _cache_from(text)
        except Damaged:
            self.was_damaged = True
            found = {}
        self._resting = _people_in(found)
        if self._went_on_alone:
            for kind, entries in json.loads(self.serialize()).items():
                found.setdefault(kind, {}).update(entries)
            self._went_on_alone = False
        self.deserialize(json.dumps(found))

    def _write(self) -> None:
        text = self.serialize()
        people = _people_in(json.loads(text))
        if people:
            self._keeper.save(text)
        else:
            self._keeper.clear()
        self._resting = people
        self.was_damaged = False
        self._seen = secrets.token_hex(8)
        with suppress(OSError):  # it only spares other windows from looking: each change reads again anyway
            self._revision_file.write_text(self._seen, encoding="ascii")

    def _revision(self) -> str:
        try:
            with self._revision_file.open("rb") as file:
                return file.read(_LONGEST_REVISION).decode("ascii", "replace")
        except OSError:
            return ""

    def _attempt(
        self, call: Callable[[], None], *, cancellable: bool = False, busy_is_trouble: bool = True
    ) -> None:
        """Ask the place; where it refuses, go on in memory."""
        try:
            call()
            return
        except KnownError as error:
            trouble = error
        except Cancelled:
            if cancellable:
                raise
            trouble = KnownError(NOT_KEPT, say("You pressed Cancel while it was to be kept."), SIGN_IN_AGAIN)
        except TimeoutError:
            if not busy_is_trouble:
                raise
            trouble = KnownError(
                NOT_KEPT, say("Another window of SCIM Assistant is still at work on it."), SIGN_IN_AGAIN
            )
        except OSError as error:
            trouble = disk_refused(error)
        self.trouble = trouble


def remove_everything(cache: msal.TokenCache, account_id: str) -> None:
    """Remove all that a cache holds of an account."""
    kinds = cache.CredentialType
    for kind in (kinds.REFRESH_TOKEN, kinds.ACCESS_TOKEN, kinds.ID_TOKEN, kinds.ACCOUNT):
        for entry in list(cache.search(kind, query={"home_account_id": account_id})):
            cache.modify(kind, entry)


def disk_refused(error: OSError) -> KnownError:
    """The data folder cannot be used."""
    return KnownError(
        NOT_KEPT, say("The disk refused: {why}.", why=error.strerror or "no reason given"), SIGN_IN_AGAIN
    )


def _cache_from(text: str | None) -> dict[str, dict[str, dict[str, Any]]]:
    """The cache in a text, as far as its shape tells.

    Raises:
        Damaged: It is none.
    """
    try:
        found = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        raise Damaged from None
    if not isinstance(found, dict) or not all(
        isinstance(entries, dict) and all(isinstance(entry, dict) for entry in entries.values())
        for entries in found.values()
    ):
        raise Damaged
    return found


def _people_in(cache: dict[str, dict[str, dict[str, Any]]]) -> frozenset[str]:
    """Whose tokens and names a cache holds, by home account id."""
    return frozenset(
        str(entry["home_account_id"])
        for entries in cache.values()
        for entry in entries.values()
        if "home_account_id" in entry
    )
