"""Secrets in the system keyring, and nothing else.

There is no fallback: where the keyring cannot keep a secret, this room says so and keeps nothing. Only keyrings that
are known to encrypt are used; one that writes a plain file is refused like one that is not there.

The keyring may ask its owner to unlock it, and a broken one may never answer. So every call belongs in a job, is made
on a thread of its own, and is given up on Cancel: the thread is left behind and ends with the call or the program.

Keyrings cannot list what they hold. The vault therefore leaves an empty file for each vendor's secret it keeps, named
after tenant and app, so that the settings page can show and forget them. No file holds any part of a secret.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

from scim_assistant import disk
from scim_assistant.errors import Cancelled, Details, KnownError
from scim_assistant.secret import Secret
from scim_assistant.sentence import Sentence, counted, say
from scim_assistant.work import Asker, Slow, Work

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

T = TypeVar("T")

SERVICE = "SCIM Assistant"
PRACTICE_SERVICE = "SCIM Assistant practice"

WINDOWS_LIMIT = 1280
"""Characters that Windows keeps in one credential.

Source: CRED_MAX_CREDENTIAL_BLOB_SIZE, 5 * 512 bytes, of the Windows credential API; the keyring library writes two
bytes a character and does not check (read August 2026).
"""

PATIENCE_S = 180.0
"""How long the keyring may take in all, in seconds: a person may have to find the password that unlocks it."""

ENCRYPTED = frozenset({
    "keyring.backends.SecretService.Keyring",
    "keyring.backends.libsecret.Keyring",
    "keyring.backends.kwallet.DBusKeyring",
    "keyring.backends.kwallet.DBusKeyringKWallet4",
    "keyring.backends.macOS.Keyring",
    "keyring.backends.Windows.WinVaultKeyring",
})  # fmt: skip
"""Keyrings that are used: each encrypts for this user.

Source: the keyring library's own backends (read 2026-11). Others may be installed beside it, plain files among them.
"""


@dataclass(frozen=True, slots=True)
class KeptSecret:
    """A vendor's secret that is in the keyring.

    Attributes:
        tenant_id, app_id: What it belongs to.
        kept_at: When it was kept last (aware UTC).
        seen: The keyring has just confirmed it; False where the keyring did not answer.
    """

    tenant_id: str
    app_id: str
    kept_at: datetime
    seen: bool = True


class Vault:
    """The system keyring, under one service name that people see there. Safe from several threads.

    Args:
        service: Name of the entries: ``SERVICE``, or ``PRACTICE_SERVICE`` for a practice session.
        names: Folder for the names of what is kept, made when first needed; without it nothing can be listed.
        backend: A keyring to use instead of the system's, for tests.
        platform: As ``sys.platform`` has it, for tests.
    """

    def __init__(
        self,
        service: str = SERVICE,
        *,
        names: Path | None = None,
        backend: KeyringBackend | None = None,
        platform: str = sys.platform,
    ) -> None:
        self._service = service
        self._names = _Names(names)
        self._given = backend
        self._platform = platform
        self._asker = Asker("keyring")

    def refusal(self, secret: Secret) -> Sentence:
        """Why this secret can never be kept on this platform; empty when it can. Quick, and asks nobody.

        For saying it where the secret is typed, before anything is written to a tenant.
        """
        length = len(secret.reveal().encode("utf-16-le", "surrogatepass")) // 2
        if self._platform != "win32" or length <= WINDOWS_LIMIT:
            return Sentence("")
        return say(
            "It has {length}, and Windows keeps at most {limit}.",
            length=counted(length, "character", "characters"),
            limit=f"{WINDOWS_LIMIT:,}",
        )

    def save(self, tenant_id: str, app_id: str, secret: Secret, work: Work | None = None) -> None:
        """Keep a vendor's secret. Cancelled, it is taken back as soon as the keyring has come to an end.

        Raises:
            KnownError: The keyring refused or lost it; nothing else keeps it.
            Cancelled: The person pressed Cancel.
        """
        what = say("The Secret Token was not kept in the system keyring.")
        # The name comes first: killed in between, the program may have a name without a secret, never the reverse.
        self._names.note(tenant_id, app_id, what)
        self.put(
            _name(tenant_id, app_id),
            secret,
            what=what,
            next_step=_SESSION_ONLY,
            work=work,
            taken_back_when_late=True,
        )
        self._names.note(
            tenant_id, app_id, what
        )  # another window may have looked before the secret was there

    def load(self, tenant_id: str, app_id: str, work: Work | None = None) -> Secret | None:
        """A vendor's secret that was kept, or None.

        Raises:
            KnownError: The keyring did not answer.
            Cancelled: The person pressed Cancel.
        """
        what = say("The system keyring was not asked for the Secret Token.")
        kept = self.get(_name(tenant_id, app_id), what=what, next_step=_SESSION_ONLY, work=work)
        if kept is not None:
            self._names.note(tenant_id, app_id, what)
        return kept

    def forget(self, tenant_id: str, app_id: str, work: Work | None = None) -> None:
        """Remove a vendor's secret; nothing happens when there is none.

        Raises:
            KnownError: The keyring refused.
            Cancelled: The person pressed Cancel.
        """
        what = say("The Secret Token was not removed from the system keyring.")
        self.remove(_name(tenant_id, app_id), what=what, next_step=_REMOVE_BY_HAND, work=work)
        self._names.drop(tenant_id, app_id)

    def kept(self, work: Work | None = None) -> tuple[KeptSecret, ...]:
        """Which vendors' secrets are kept, by tenant and app.

        The keyring is asked for each, so what was removed there by other means is noticed and left out. Where it does
        not answer, the names are listed as not seen.

        Raises:
            Cancelled: The person pressed Cancel.
        """
        noted = self._names.all()
        if not noted:
            return ()
        there: dict[KeptSecret, bool] = {}

        def look(backend: KeyringBackend) -> None:
            for one in noted:
                name = _name(one.tenant_id, one.app_id)
                there[one] = backend.get_password(self._service, name) is not None

        with suppress(KnownError):
            self._ask(look, what=say("The system keyring was not read."), next_step=_SESSION_ONLY, work=work)
        listed = []
        for one in noted:
            if there.get(one, True):
                listed.append(KeptSecret(one.tenant_id, one.app_id, one.kept_at, seen=one in there))
            else:
                self._names.drop(one.tenant_id, one.app_id)
        return tuple(listed)

    def put(
        self,
        name: str,
        secret: Secret,
        *,
        what: Sentence,
        next_step: Sentence,
        work: Work | None = None,
        patience_s: float = PATIENCE_S,
        taken_back_when_late: bool = False,
    ) -> None:
        """Keep any secret under a name, and read it back, since some keyrings lose what they are given without a word.

        Args:
            name: Name of the entry.
            secret: What to keep.
            what: For the error: what was not done.
            next_step: For the error: what now.
            work: Cancel ends the wait.
            patience_s: How long to wait, in seconds.
            taken_back_when_late: Remove it again when the keyring took it only after the wait was over.

        Raises:
            KnownError: The keyring refused or lost it.
            Cancelled: The person pressed Cancel.
        """
        refusal = self.refusal(secret)
        if refusal:
            raise KnownError(what, refusal, next_step)

        def keep(backend: KeyringBackend) -> bool:
            backend.set_password(self._service, name, secret.reveal())
            kept = backend.get_password(self._service, name)
            return kept is not None and Secret(kept) == secret

        def take_back(_: object) -> None:
            self._backend().delete_password(self._service, name)

        kept = self._ask(
            keep,
            what=what,
            next_step=next_step,
            work=work,
            patience_s=patience_s,
            when_late=take_back if taken_back_when_late else None,
        )
        if not kept:
            raise KnownError(what, say("The keyring took it and did not give it back."), next_step)

    def get(
        self,
        name: str,
        *,
        what: Sentence,
        next_step: Sentence,
        work: Work | None = None,
        patience_s: float = PATIENCE_S,
    ) -> Secret | None:
        """The secret under a name, or None. Arguments and errors as for ``put``."""
        kept = self._ask(
            lambda backend: backend.get_password(self._service, name),
            what=what,
            next_step=next_step,
            work=work,
            patience_s=patience_s,
        )
        return Secret(kept) if kept else None

    def remove(
        self,
        name: str,
        *,
        what: Sentence,
        next_step: Sentence,
        work: Work | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """Remove the secret under a name; nothing happens when there is none. Arguments and errors as for ``put``."""

        def delete(backend: KeyringBackend) -> None:
            if backend.get_password(self._service, name) is not None:
                backend.delete_password(self._service, name)

        self._ask(delete, what=what, next_step=next_step, work=work, patience_s=patience_s)

    def _ask(
        self,
        call: Callable[[KeyringBackend], T],
        *,
        what: Sentence,
        next_step: Sentence,
        work: Work | None,
        patience_s: float = PATIENCE_S,
        when_late: Callable[[T], object] | None = None,
    ) -> T:
        try:
            return self._asker.ask(
                lambda: call(self._backend()), work=work, patience_s=patience_s, when_late=when_late
            )
        except Cancelled:
            raise
        except Exception as error:
            failure = error
        _refused(what, next_step, failure)

    def _backend(self) -> KeyringBackend:
        if self._given is not None:
            return self._given
        import keyring

        return _encrypted(keyring.get_keyring())


class _Names:
    """Names of what is kept: an empty file for each, in a folder for each tenant, so that two windows cannot lose one
    another's."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def note(self, tenant_id: str, app_id: str, what: Sentence) -> None:
        """Leave a name.

        Raises:
            KnownError: The disk refused: a secret that cannot be listed is not kept.
        """
        if self._folder is None:
            return
        path = self._path(self._folder, tenant_id, app_id)
        try:
            for folder in (self._folder, path.parent):
                disk.private_folder(folder)
            path.touch(mode=0o600)
        except OSError as error:
            raise KnownError(
                what,
                say("Its name cannot be noted on the disk: {why}.", why=error.strerror or "no reason given"),
                say("Check the rights of the folder {folder}.", folder=str(self._folder)),
            ) from error

    def drop(self, tenant_id: str, app_id: str) -> None:
        """Remove a name; one that stays is noticed at the next look."""
        if self._folder is None:
            return
        path = self._path(self._folder, tenant_id, app_id)
        try:
            path.unlink(missing_ok=True)
        except OSError:
            return
        with suppress(OSError):  # others of this tenant are still in it
            path.parent.rmdir()

    def all(self) -> tuple[KeptSecret, ...]:
        """All names, sorted."""
        if self._folder is None:
            return ()
        found = []
        for path in sorted(self._folder.glob("*/*")):
            if _IS_NAME.fullmatch(path.name) and _IS_NAME.fullmatch(path.parent.name):
                try:
                    kept_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                except OSError:
                    continue  # another window has just forgotten it
                found.append(KeptSecret(path.parent.name, path.name, kept_at))
        return tuple(found)

    @staticmethod
    def _path(folder: Path, tenant_id: str, app_id: str) -> Path:
        for name in (tenant_id, app_id):
            if not _IS_NAME.fullmatch(name):
                raise ValueError("not the id of a tenant or an app")
        return folder / tenant_id / app_id


_IS_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,99}")

_SESSION_ONLY = say(
    "Go on without keeping it: the token stays in memory until the set-up is applied, and is asked for again when "
    "it is needed later."
)
_REMOVE_BY_HAND = say("Unlock the keyring and try again, or remove the entry in your system's keyring app.")
_NO_KEYRING = say("This computer has no keyring that the program can use.")

_SEVERAL = "keyring.backends.chainer.ChainerBackend"
_LOCKED = ("LockedException", "PromptDismissedException")
_GONE = ("SecretServiceNotAvailableException", "DBusErrorResponse", "ConnectionError", "EOFError")
"""What the Secret Service's library raises by itself, where the keyring library lets it through."""


class _Unfit(Exception):
    """The keyring that is set up here is not used."""

    def __init__(self, why: Sentence, name: str) -> None:
        super().__init__(name)
        self.why = why
        self.name = name


def _encrypted(backend: KeyringBackend) -> KeyringBackend:
    """The keyring itself, or of several the first, if it encrypts.

    Raises:
        _Unfit: None does.
    """
    name = _class_name(backend)
    several = getattr(backend, "backends", ()) if name == _SEVERAL else (backend,)
    for one in several:
        if _class_name(one) in ENCRYPTED:
            return one
    if name == "keyring.backends.null.Keyring":
        why = say("The keyring is switched off in the settings of this computer's keyring library.")
    elif name == "keyring.backends.fail.Keyring" or not several:
        why = _NO_KEYRING
    else:
        why = say("The keyring that is set up here is not one that the program knows to encrypt.")
    raise _Unfit(why, name)


def _class_name(backend: object) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def _name(tenant_id: str, app_id: str) -> str:
    return f"{tenant_id}/{app_id}"


def _refused(what: Sentence, next_step: Sentence, error: Exception) -> NoReturn:
    """Say why in words. The original is left behind: a backend may quote the secret in what it raises."""
    from keyring import errors

    kinds = _kinds(error)
    code = type(error).__name__
    if isinstance(error, Slow):
        why = say("The keyring did not answer in time. It may be waiting for its password.")
    elif isinstance(error, _Unfit):
        why, code = error.why, error.name
    elif isinstance(error, errors.NoKeyringError):
        why = _NO_KEYRING
    elif isinstance(error, errors.KeyringLocked) or kinds.intersection(_LOCKED):
        why = say("The keyring is locked, and was not unlocked.")
    elif _kinds(error.__cause__).intersection(_GONE) or kinds.intersection(_GONE):
        why = say("The keyring's service has stopped answering.")
    elif isinstance(error, errors.InitError):
        why = say(
            "The keyring could not be opened: the question to unlock it was dismissed or could not be shown."
        )
    elif isinstance(error, errors.KeyringError):
        why = say("The keyring refused.")
    else:
        why = say("The keyring failed in an unknown way.")
    raise KnownError(what, why, next_step, Details(codes=(code,))) from None


def _kinds(error: BaseException | None) -> set[str]:
    return {kind.__name__ for kind in type(error).__mro__}
