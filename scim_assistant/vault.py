"""Secrets in the system keyring, and nothing else.

There is no fallback: where the keyring cannot keep a secret, this room says so and keeps nothing. The keyring may ask
its owner to unlock it, so every call here can wait for a person and belongs in a job.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

from scim_assistant.errors import Details, KnownError
from scim_assistant.secret import Secret
from scim_assistant.sentence import Sentence, counted, say

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "SCIM Assistant"
PRACTICE_SERVICE = "SCIM Assistant practice"

WINDOWS_LIMIT = 1280
"""Characters that Windows keeps in one credential.

Source: CRED_MAX_CREDENTIAL_BLOB_SIZE, 5 * 512 bytes, of the Windows credential API; the keyring library writes two
bytes a character and does not check (read August 2026).
"""


class Vault:
    """The system keyring, under one service name that people see there.

    Args:
        service: Name of the entries: ``SERVICE``, or ``PRACTICE_SERVICE`` for a practice session.
        backend: A keyring to use instead of the system's, for tests.
        platform: As ``sys.platform`` has it, for tests.
    """

    def __init__(
        self,
        service: str = SERVICE,
        *,
        backend: KeyringBackend | None = None,
        platform: str = sys.platform,
    ) -> None:
        self._service = service
        self._given = backend
        self._platform = platform

    def save(self, tenant_id: str, app_id: str, secret: Secret) -> None:
        """Keep a secret, and read it back, since some keyrings lose what they are given without a word.

        Raises:
            KnownError: The keyring refused or lost it; nothing else keeps it.
        """
        what = say("The Secret Token was not kept in the system keyring.")
        length = len(secret.reveal().encode("utf-16-le", "surrogatepass")) // 2
        if self._platform == "win32" and length > WINDOWS_LIMIT:
            raise KnownError(
                what,
                say(
                    "It has {length}, and Windows keeps at most {limit}.",
                    length=counted(length, "character", "characters"),
                    limit=f"{WINDOWS_LIMIT:,}",
                ),
                _SESSION_ONLY,
            )
        name = _name(tenant_id, app_id)
        try:
            backend = self._backend()
            backend.set_password(self._service, name, secret.reveal())
            kept = backend.get_password(self._service, name)
        except Exception as error:
            _refused(what, error)
        if kept is None or Secret(kept) != secret:
            raise KnownError(what, say("The keyring took it and did not give it back."), _SESSION_ONLY)

    def load(self, tenant_id: str, app_id: str) -> Secret | None:
        """A kept secret, or None.

        Raises:
            KnownError: The keyring did not answer.
        """
        try:
            kept = self._backend().get_password(self._service, _name(tenant_id, app_id))
        except Exception as error:
            _refused(say("The system keyring was not asked for the Secret Token."), error)
        return Secret(kept) if kept else None

    def forget(self, tenant_id: str, app_id: str) -> None:
        """Remove a kept secret; nothing happens when there is none.

        Raises:
            KnownError: The keyring refused.
        """
        what = say("The Secret Token was not removed from the system keyring.")
        name = _name(tenant_id, app_id)
        try:
            backend = self._backend()
            if backend.get_password(self._service, name) is None:
                return
            backend.delete_password(self._service, name)
        except Exception as error:
            _refused(what, error)

    def _backend(self) -> KeyringBackend:
        if self._given is not None:
            return self._given
        import keyring

        return keyring.get_keyring()


_SESSION_ONLY = say(
    "Go on without keeping it: the token stays in memory until the set-up is applied, and is asked for again when "
    "it is needed later."
)


def _name(tenant_id: str, app_id: str) -> str:
    return f"{tenant_id}/{app_id}"


def _refused(what: Sentence, error: Exception) -> NoReturn:
    """Say why in words. The original is left behind: a backend may quote the secret in what it raises."""
    from keyring import errors

    if isinstance(error, errors.NoKeyringError):
        why = say("This computer has no keyring that the program can use.")
    elif isinstance(error, errors.KeyringLocked):
        why = say("The keyring is locked, and was not unlocked.")
    elif isinstance(error, errors.InitError):
        why = say(
            "The keyring could not be opened: the question to unlock it was dismissed or could not be shown."
        )
    elif isinstance(error, errors.KeyringError):
        why = say("The keyring refused.")
    else:
        why = say("The keyring failed in an unknown way.")
    raise KnownError(what, why, _SESSION_ONLY, Details(codes=(type(error).__name__,))) from None
