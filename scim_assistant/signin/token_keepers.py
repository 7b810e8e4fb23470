"""What keeps the tokens' text, encrypted: Windows, the macOS Keychain, or the desktop's keyring."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from scim_assistant.errors import Cancelled, Details, KnownError
from scim_assistant.secret import Secret
from scim_assistant.sentence import say
from scim_assistant.signin.offer import Rest
from scim_assistant.vault import PATIENCE_S as PERSON_S
from scim_assistant.vault import Vault
from scim_assistant.work import Asker, Slow, Work

ENTRY = "Microsoft sign-ins"
"""Name of the entry in the keyring, beside the program's name."""
PATIENCE_S = 20.0
"""How long MSAL waits for the place in the middle of a run where nobody gave a ``Work``, in seconds."""

NOT_KEPT = say("Your sign-in was not kept.")
SIGN_IN_AGAIN = say("Go on: it serves until the program ends. Next time, sign in again.")


class Damaged(Exception):
    """What was kept cannot be decrypted or is no token cache."""


class CurrentWork(threading.local):
    """The ``Work`` under which the calling thread uses the tokens; None where nobody gave one."""

    work: Work | None = None

    @property
    def patience_s(self) -> float:
        """How long a wait may take, in seconds: a person who can cancel may take longer."""
        return PATIENCE_S if self.work is None else PERSON_S


class Keeper(Protocol):
    """Keeps one text, encrypted. Each call may wait for a person."""

    @property
    def rest(self) -> Rest:
        """Where."""
        ...

    def load(self) -> str | None:
        """The text, or None when there is none.

        Raises:
            Damaged: There is one, and it cannot be decrypted.
            KnownError: It cannot be read now.
            Cancelled: The person pressed Cancel.
        """
        ...

    def save(self, text: str) -> None:
        """Keep a text and make sure that it is kept.

        Raises:
            KnownError: It is not kept.
            Cancelled: The person pressed Cancel.
        """
        ...

    def clear(self) -> None:
        """Remove the text. Errors as for ``save``."""
        ...


class VaultKeeper:
    """One entry of the desktop's keyring."""

    rest = Rest.SECRET_SERVICE

    def __init__(self, vault: Vault, current: CurrentWork) -> None:
        self._vault = vault
        self._current = current

    def load(self) -> str | None:
        """See ``Keeper.load``."""
        kept = self._vault.get(
            ENTRY,
            what=say("Your sign-ins were not read from the keyring."),
            next_step=SIGN_IN_AGAIN,
            work=self._current.work,
            patience_s=self._current.patience_s,
        )
        return kept.reveal() if kept is not None else None

    def save(self, text: str) -> None:
        """See ``Keeper.save``."""
        self._vault.put(
            ENTRY,
            Secret(text),
            what=NOT_KEPT,
            next_step=SIGN_IN_AGAIN,
            work=self._current.work,
            patience_s=self._current.patience_s,
        )

    def clear(self) -> None:
        """See ``Keeper.clear``."""
        self._vault.remove(
            ENTRY,
            what=say("Your sign-ins were not removed from the keyring."),
            next_step=SIGN_IN_AGAIN,
            work=self._current.work,
            patience_s=self._current.patience_s,
        )


class Persistence(Protocol):
    """What msal-extensions offers on each platform."""

    def load(self) -> str:
        """The text."""
        ...

    def save(self, content: str) -> None:
        """Keep a text."""
        ...


class ExtensionKeeper:
    """What msal-extensions keeps, on Windows and macOS.

    Args:
        rest: Where that is.
        open_persistence: Opens it, each time anew; may fail.
        current: Whose Cancel counts.
    """

    def __init__(self, rest: Rest, open_persistence: Callable[[], Persistence], current: CurrentWork) -> None:
        self._rest = rest
        self._open = open_persistence
        self._current = current
        self._asker = Asker("sign-ins")

    @property
    def rest(self) -> Rest:
        """See ``Keeper.rest``."""
        return self._rest

    def load(self) -> str | None:
        """See ``Keeper.load``."""
        return self._ask(self._load)

    def save(self, text: str) -> None:
        """See ``Keeper.save``."""

        def keep() -> str | None:
            self._open().save(text)
            return self._load()

        if self._ask(keep) != text:
            raise KnownError(NOT_KEPT, say("The system took it and did not give it back."), SIGN_IN_AGAIN)

    def clear(self) -> None:
        """Leaves an empty cache in its place, since msal-extensions cannot remove."""
        self.save("{}")

    def _load(self) -> str | None:
        from msal_extensions.persistence import (  # type: ignore[import-untyped]
            PersistenceDecryptionError,
            PersistenceNotFound,
        )

        try:
            return str(self._open().load())
        except PersistenceNotFound:
            return None
        except (PersistenceDecryptionError, UnicodeDecodeError):
            raise Damaged from None

    def _ask(self, call: Callable[[], str | None]) -> str | None:
        try:
            return self._asker.ask(call, work=self._current.work, patience_s=self._current.patience_s)
        except (Damaged, Cancelled):
            raise
        except Exception as error:
            code = type(error).__name__
            slow = isinstance(error, Slow)
        if slow:
            why = say("The system did not answer in time.")
        elif self._rest is Rest.KEYCHAIN:
            why = say("The Keychain refused.")
        else:
            why = say("Windows could not encrypt it.")
        raise KnownError(NOT_KEPT, why, SIGN_IN_AGAIN, Details(codes=(code,)))


def windows_keeper(folder: Path, current: CurrentWork) -> ExtensionKeeper:
    """A file that Windows encrypts for this user."""

    def opened() -> Persistence:
        from msal_extensions.persistence import FilePersistenceWithDataProtection

        return FilePersistenceWithDataProtection(str(folder / "sign-ins.bin"))  # type: ignore[no-any-return]

    return ExtensionKeeper(Rest.DPAPI, opened, current)


def macos_keeper(folder: Path, current: CurrentWork) -> ExtensionKeeper:
    """An entry of the Keychain, named as the program is. Its file in the folder is empty."""

    def opened() -> Persistence:
        from msal_extensions.persistence import KeychainPersistence

        signal = str(folder / "sign-ins.keychain")
        return KeychainPersistence(signal, "SCIM Assistant", ENTRY)  # type: ignore[no-any-return]

    return ExtensionKeeper(Rest.KEYCHAIN, opened, current)
