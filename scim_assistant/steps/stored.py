"""What this program keeps on this computer, where, and forgetting it: values for the settings page.

Each thing is found by looking at the place itself, so what was removed there by other means is not listed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from scim_assistant import disk
from scim_assistant.errors import KnownError
from scim_assistant.sentence import Sentence, counted, day, say
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.settings import Folders
    from scim_assistant.signin.account import Account
    from scim_assistant.signin.offer import TokenPlace
    from scim_assistant.steps.answers import Answers
    from scim_assistant.steps.services import Services
    from scim_assistant.vault import KeptSecret

SIGN_IN = "sign-in:"
SECRET = "secret:"  # noqa: S105 - the beginning of a key
TOKEN_DAYS = "token-days"  # noqa: S105 - the name of a folder
JOURNALS = "journals"
LOGS = "logs"
PREFERENCES = "preferences"


@dataclass(frozen=True, slots=True)
class StoredThing:
    """One thing that is kept.

    Attributes:
        key: For ``forget``.
        title: What it is.
        place: Where it is.
        detail: What it holds, and what forgetting it means.
        can_forget: False where there is nothing to forget, or where that is done elsewhere.
    """

    key: str
    title: Sentence
    place: Sentence
    detail: Sentence
    can_forget: bool


@runtime_checkable
class ListedSecrets(Protocol):
    """A keyring that knows what it holds, as ``vault.Vault`` does."""

    def kept(self, work: Work | None = None) -> tuple[KeptSecret, ...]:
        """Which vendors' secrets are kept."""
        ...


@runtime_checkable
class ListedSignIns(Protocol):
    """A way to sign in that knows whose sign-ins are kept, as ``app.real.RealSessions`` does."""

    def kept(self, work: Work) -> tuple[tuple[Account, ...], TokenPlace]:
        """Everybody whose sign-in is kept, whatever was signed in with, and where."""
        ...


def stored(services: Services, answers: Answers, work: Work) -> tuple[StoredThing, ...]:
    """Everything that is kept. Asks the keyring and the disk, so it belongs in a job.

    A place that does not answer is listed with the reason, and hides nothing else.

    Raises:
        Cancelled: The person pressed Cancel.
    """
    from scim_assistant.settings import folders

    here = folders(services.is_practice)
    told = _journals(services.journals.folder)
    work.check()
    return (
        *_sign_ins(services, answers, work),
        *_secrets(services, told, work),
        *_token_days(services),
        _set_ups(services.journals.folder, told),
        *_logs(here),
        _preferences(here),
    )


def forget(services: Services, answers: Answers, key: str, work: Work) -> None:
    """Forget one thing, by its key; nothing happens when it is gone already.

    Raises:
        KnownError: Its place refused.
        Cancelled: The person pressed Cancel.
    """
    work.check()
    if key.startswith(SIGN_IN):
        if services.real is not None:
            services.real.sign_out(answers, key.removeprefix(SIGN_IN), work)
    elif key.startswith(SECRET):
        tenant_id, _, app_id = key.removeprefix(SECRET).partition("/")
        services.secrets.forget(tenant_id, app_id, work)
    elif key == TOKEN_DAYS:
        if services.token_days is not None:
            services.token_days.forget_all()
    elif key == JOURNALS:
        _forget_closed(services.journals.folder, work)
    elif key == LOGS:
        from scim_assistant.settings import folders

        what = say("The program's log was not removed.")
        for path in _log_files(folders(services.is_practice)):
            work.check()
            _remove(path, what)
    else:
        raise ValueError("nothing is kept under this key")


# ------------------------------------------------------------------------------------------------ one kind each


def _sign_ins(services: Services, answers: Answers, work: Work) -> tuple[StoredThing, ...]:
    if services.real is None:
        return ()
    title = say("Sign-ins")
    try:
        # Also of a client that is configured no more: its tokens are kept until somebody forgets them.
        if isinstance(services.real, ListedSignIns):
            accounts, rests = services.real.kept(work)
            place = rests.sentence
        else:
            offer = services.real.offer(answers, work)
            accounts, place = (
                offer.accounts,
                offer.place.sentence if offer.place is not None else Sentence(""),
            )
    except KnownError as error:
        return (StoredThing(SIGN_IN, title, say("Not known now."), error.why or error.what, False),)
    if not accounts:
        return (StoredThing(SIGN_IN, title, place, say("Nobody's sign-in is kept."), False),)
    return tuple(
        StoredThing(
            f"{SIGN_IN}{account.id}",
            say("Sign-in of {account}", account=account.username)
            if account.username
            else say("Sign-in of an account"),
            place,
            say("Tokens for Microsoft Graph. Forgetting them signs this account out of the program."),
            True,
        )
        for account in accounts
    )


def _secrets(services: Services, told: tuple[_Told, ...], work: Work) -> tuple[StoredThing, ...]:
    if not isinstance(services.secrets, ListedSecrets):
        return ()
    names = {(one.tenant_id, one.app_id): one.app_name for one in told if one.app_id and one.app_name}
    things = []
    for kept in services.secrets.kept(work):
        name = names.get((kept.tenant_id, kept.app_id))
        if kept.seen:
            detail = say("The vendor's token, kept on {day}.", day=day(kept.kept_at))
        else:
            detail = say("The keyring did not answer, so it is not certain that it is still there.")
        things.append(
            StoredThing(
                f"{SECRET}{kept.tenant_id}/{kept.app_id}",
                say("Secret Token of {app}", app=name) if name else say("Secret Token of an app"),
                say("The system keyring, as {entry}.", entry=f"{kept.tenant_id}/{kept.app_id}"),
                detail,
                True,
            )
        )
    return tuple(things)


def _token_days(services: Services) -> tuple[StoredThing, ...]:
    days = services.token_days
    kept = days.all() if days is not None else ()
    if days is None or not kept:
        return ()
    return (
        StoredThing(
            TOKEN_DAYS,
            say("Since when tokens are in use"),
            say("The folder {folder}", folder=str(days.folder)),
            say(
                "The day of {n}, to warn before one ends. No token and nothing made from one.",
                n=counted(len(kept), "Secret Token", "Secret Tokens"),
            ),
            True,
        ),
    )


def _set_ups(folder: Path, told: tuple[_Told, ...]) -> StoredThing:
    closed = sum(one.is_closed for one in told)
    if told:
        detail = say(
            "{all}, {closed} of them closed. They hold names of apps, people and groups, and no secret. "
            "Forgetting removes the closed ones.",
            all=counted(len(told), "set-up", "set-ups"),
            closed=closed,
        )
    else:
        detail = say("No set-up has written anything yet.")
    return StoredThing(
        JOURNALS,
        say("Journals of set-ups"),
        say("The folder {folder}", folder=str(folder)),
        detail,
        bool(closed),
    )


def _logs(here: Folders) -> tuple[StoredThing, ...]:
    files = _log_files(here)
    if not files:
        return ()
    return (
        StoredThing(
            LOGS,
            say("The program's own log"),
            say("The folder {folder}", folder=str(here.logs)),
            say("{files}, without secrets.", files=counted(len(files), "file", "files")),
            True,
        ),
    )


def _preferences(here: Folders) -> StoredThing:
    from scim_assistant.settings import FILE_NAME

    return StoredThing(
        PREFERENCES,
        say("Preferences"),
        say("The file {file}", file=str(here.config / FILE_NAME)),
        say("What was chosen last, how to sign in, and how the windows were arranged. No secret."),
        False,
    )


# ------------------------------------------------------------------------------------------------------ journals


@dataclass(frozen=True, slots=True)
class _Told:
    """What a journal says at a glance; less than ``plan.ledger`` reads, but also of a damaged one."""

    path: Path
    tenant_id: str
    app_id: str
    app_name: str
    is_closed: bool


def _journals(folder: Path) -> tuple[_Told, ...]:
    return tuple(_told(path) for path in sorted(folder.glob("*/*.jsonl")))


def _told(path: Path) -> _Told:
    app_id = app_name = kind = ""
    alone = False
    with suppress(OSError):
        for line in path.read_bytes().splitlines():
            entry = _mapping(line)
            data = entry.get("data")
            kind = str(entry.get("kind", ""))
            if isinstance(data, Mapping):
                # A single act that broke off is nothing to go on with, so its journal is as good as closed.
                alone = alone or data.get("alone") is True
                wanted = data.get("wanted")
                for source in (wanted if isinstance(wanted, Mapping) else {}, data):
                    app_id = str(source.get("service_principal_id") or app_id)
                    app_name = str(source.get("app_name") or app_name)
    return _Told(path, path.parent.name, app_id, app_name, alone or kind == "closed")


def _mapping(line: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, Mapping) else {}


def _forget_closed(folder: Path, work: Work) -> None:
    what = say("The journals were not all removed.")
    for one in _journals(folder):
        work.check()
        if not one.is_closed:
            continue
        try:
            handle = disk.open_for_append(one.path, new=False)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise _disk_refused(what, error) from error
        try:
            # Another window may have opened it again, to undo what it did.
            mine = disk.lock(handle)
        except OSError:
            mine = False
        finally:
            # Windows removes no file that is open, and a closed journal that nobody holds stays as it is.
            os.close(handle)
        if mine:
            _remove(one.path, what)
            with suppress(OSError):  # other set-ups of this tenant are still in it
                one.path.parent.rmdir()


def _log_files(here: Folders) -> tuple[Path, ...]:
    return tuple(sorted(path for path in here.logs.glob("*.log*") if path.is_file()))


def _remove(path: Path, what: Sentence) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise _disk_refused(what, error) from error


def _disk_refused(what: Sentence, error: OSError) -> KnownError:
    return KnownError(
        what,
        say("The disk refused: {why}.", why=error.strerror or "no reason given"),
        say("Close other windows of the program, then try again."),
    )
