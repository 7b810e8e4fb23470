"""Since when each app's Secret Token is in use, and when it ends where it says so: remembered on this computer.

One small file an app, in a folder a tenant, so that two windows cannot lose one another's. It holds days and ids,
never a token, a part of one, or anything made from one. A file that is damaged counts as not there.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scim_assistant import disk
from scim_assistant.errors import KnownError
from scim_assistant.sentence import say

if TYPE_CHECKING:
    from scim_assistant.scim.profiles import AppProfile
    from scim_assistant.secret import Secret
    from scim_assistant.steps.services import Services

_LARGEST_BYTES = 4096
_IS_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,99}")


@dataclass(frozen=True, slots=True)
class TokenDay:
    """What is remembered of one app's token.

    Attributes:
        tenant_id, app_id: Whose: the tenant, and the object id of its app.
        profile_id: App profile that the token's life is looked up in.
        set_on: The day on which it was saved, or made; None where only its end is known.
        ends_at: When it ends (aware UTC), where it says so itself or somebody has read it at the vendor; else None.
        entered: A person has entered it; False for what this program has seen.
    """

    tenant_id: str
    app_id: str
    profile_id: str
    set_on: date | None = None
    ends_at: datetime | None = None
    entered: bool = False


class TokenDays:
    """All days that are remembered. Safe from several threads and programs.

    Args:
        folder: Where they are, made when first needed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def remember(self, day: TokenDay) -> None:
        """Keep what is known of an app's token, instead of what was known of the one before.

        Raises:
            KnownError: The disk refused.
        """
        path = self._path(day.tenant_id, day.app_id)
        text = json.dumps(
            {
                "profile_id": day.profile_id,
                "set_on": day.set_on.isoformat() if day.set_on else None,
                "ends_at": day.ends_at.astimezone(UTC).isoformat() if day.ends_at else None,
                "entered": day.entered,
            }
        ).encode()
        try:
            disk.private_folder(self.folder)
            disk.private_folder(path.parent)
            disk.replace_file(path, text)
        except OSError as error:
            raise KnownError(
                say("The day of the Secret Token was not noted."),
                say("The disk refused: {why}.", why=error.strerror or "no reason given"),
                say("Check the rights of the folder {folder}.", folder=str(self.folder)),
            ) from error

    def of(self, tenant_id: str, app_id: str) -> TokenDay | None:
        """What is remembered of one app's token; None for nothing, or nothing that can be read."""
        try:
            return _read(self._path(tenant_id, app_id))
        except ValueError:
            return None

    def all(self) -> tuple[TokenDay, ...]:
        """Everything that is remembered and can be read, by tenant and app."""
        return tuple(day for path in self._files() if (day := _read(path)) is not None)

    def forget_all(self) -> None:
        """Remove everything, what is damaged too.

        Raises:
            KnownError: The disk refused.
        """
        for path in self._files():
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise KnownError(
                    say("The days of the Secret Tokens were not all removed."),
                    say("The disk refused: {why}.", why=error.strerror or "no reason given"),
                    say("Close other windows of the program, then try again."),
                ) from error
            with suppress(OSError):  # others of this tenant are still in it
                path.parent.rmdir()

    def _files(self) -> list[Path]:
        return sorted(path for path in self.folder.glob("*/*.json") if path.is_file())

    def _path(self, tenant_id: str, app_id: str) -> Path:
        for name in (tenant_id, app_id):
            if not _IS_NAME.fullmatch(name):
                raise ValueError("not the id of a tenant or an app")
        return self.folder / tenant_id / f"{app_id}.json"


def remember_saved(
    services: Services, tenant_id: str, app_id: str, profile: AppProfile | None, secret: Secret
) -> None:
    """Remember that a token was saved today, and its end where it names one.

    Raises:
        KnownError: The disk refused.
    """
    from scim_assistant.scim.token import read_token

    if services.token_days is None or not secret:
        return
    now = datetime.now(UTC)
    ends_at = read_token(secret, profile, now).expires_at
    profile_id = profile.id if profile is not None else ""
    services.token_days.remember(TokenDay(tenant_id, app_id, profile_id, now.date(), ends_at))


def _read(path: Path) -> TokenDay | None:
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST_BYTES + 1)
        data = json.loads(raw) if len(raw) <= _LARGEST_BYTES else None
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    set_on, ends_at = _day(data.get("set_on")), _moment(data.get("ends_at"))
    profile_id = data.get("profile_id")
    if set_on is None and ends_at is None:
        return None
    return TokenDay(
        tenant_id=path.parent.name,
        app_id=path.stem,
        profile_id=profile_id if isinstance(profile_id, str) else "",
        set_on=set_on,
        ends_at=ends_at,
        entered=data.get("entered") is True,
    )


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _moment(text: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
        return at.astimezone(UTC) if at is not None and at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
