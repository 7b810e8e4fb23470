"""Whose client ID, which tenant, which cloud: the environment, the settings page, or the organisation's file.

Each value is looked for by itself, and what cannot be used is passed over with a note. Nothing here can lead a sign-in
or a token to another place than the four clouds: there is no setting for an authority or for Graph's address.
"""

from __future__ import annotations

import codecs
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scim_assistant.sentence import Sentence, say
from scim_assistant.settings import Settings
from scim_assistant.signin.client import Client, Origin
from scim_assistant.signin.clouds import CLOUDS, Cloud, cloud_named
from scim_assistant.signin.tenant_text import OWN_TENANT, read_client_id, read_tenant

FILE_NAME = "signin.toml"
"""The organisation's file, in ``machine_folder()``."""
ENVIRONMENT = {
    "client_id": "SCIM_ASSISTANT_CLIENT_ID",
    "tenant": "SCIM_ASSISTANT_TENANT",
    "cloud": "SCIM_ASSISTANT_CLOUD",
}
"""Key of the file, and the variable that says the same."""
_LARGEST_BYTES = 16 * 1024
_MOST_NOTES = 3


def machine_folder() -> Path:
    """Where an organisation puts ``signin.toml`` for everybody on this computer. Nothing is made here.

    Windows: ``%ProgramData%\\SCIM Assistant``; macOS: ``/Library/Application Support/SCIM Assistant``; Linux:
    ``/etc/xdg/SCIM Assistant``.
    """
    import platformdirs

    return platformdirs.site_config_path("SCIM Assistant", appauthor=False)


@dataclass(frozen=True, slots=True)
class _Said:
    """A value as somebody said it, and how to name the place in a note."""

    text: str
    origin: Origin
    place: Sentence


def find_client(
    settings: Settings, environ: Mapping[str, str], machine_folder: Path
) -> tuple[Client, Sentence]:
    """With what one would sign in: for each value the environment, then the settings, then the organisation's file.

    Reads one small file, so it belongs in a job. Never raises: what cannot be used is passed over and told.

    Args:
        settings: What the person chose.
        environ: The process's environment.
        machine_folder: Where the organisation's file would be.

    Returns:
        The client, whose ``client_id`` is empty when nobody said one, and a note about what could not be used (empty
        when all is well).
    """
    file, notes = read_machine_file(machine_folder / FILE_NAME)
    own = {"client_id": settings.client_id, "tenant": settings.tenant, "cloud": settings.cloud}

    def said(key: str) -> tuple[_Said, ...]:
        variable = ENVIRONMENT[key]
        every = (
            _Said(environ.get(variable, ""), Origin.ENVIRONMENT, say("The variable {name}", name=variable)),
            _Said(own[key], Origin.SETTINGS, say("The {what} in the settings", what=_NAMES[key])),
            _Said(
                file.get(key, ""),
                Origin.MACHINE,
                say("'{key}' in {file}", key=key, file=str(machine_folder / FILE_NAME)),
            ),
        )
        return tuple(one for one in every if one.text.strip())

    client_id, client_id_from = "", Origin.NOBODY
    for one in said("client_id"):
        read_id = read_client_id(one.text)
        if read_id.client_id:
            client_id, client_id_from = read_id.client_id, one.origin
            break
        notes.append(
            say(
                "{place} is not used: it does not hold the client ID of an app registration.", place=one.place
            )
        )
    tenant, tenant_from = OWN_TENANT, Origin.NOBODY
    for one in said("tenant"):
        read = read_tenant(one.text)
        if read.tenant:
            tenant, tenant_from = read.tenant, one.origin
            break
        notes.append(say("{place} is not used: it does not name a tenant.", place=one.place))
    cloud, cloud_from = cloud_named(""), Origin.NOBODY
    for one in said("cloud"):
        known = _cloud(one.text)
        if known is not None:
            cloud, cloud_from = known, one.origin
            break
        notes.append(
            say(
                "{place} is not used: the clouds are {names}.",
                place=one.place,
                names=", ".join(each.name for each in CLOUDS),
            )
        )
    return Client(client_id, tenant, cloud, client_id_from, tenant_from, cloud_from), _joined(notes)


@dataclass(frozen=True, slots=True)
class Configured:
    """With what one signs in, and with what one would without the person's own values.

    Attributes:
        used: With what one signs in now.
        without: The same as the environment and the organisation's file alone say it.
        note: About what could not be used; empty when all is well.
        file: Where the organisation's file is or would be, as text.
    """

    used: Client
    without: Client
    note: Sentence = Sentence("")
    file: str = ""


def who_configured(settings: Settings, environ: Mapping[str, str], machine_folder: Path) -> Configured:
    """Like ``find_client``, and also what would count if the person had chosen nothing; for the settings page."""
    used, note = find_client(settings, environ, machine_folder)
    bare = replace(settings, client_id="", tenant="", cloud="")
    without, _ = find_client(bare, environ, machine_folder)
    return Configured(used, without, note, str(machine_folder / FILE_NAME))


_NAMES = {"client_id": say("client ID"), "tenant": say("tenant"), "cloud": say("cloud")}


def _cloud(text: str) -> Cloud | None:
    return next((cloud for cloud in CLOUDS if cloud.name == text.strip().casefold()), None)


def read_machine_file(path: Path) -> tuple[Mapping[str, str], list[Sentence]]:
    """The organisation's file: the values that are texts, and a note on each thing that could not be read.

    A missing file is the usual case and worth no note. Of a file that is no TOML nothing is used.
    """
    name = str(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return {}, [say("{file} is not used: it is not a file.", file=name)]
        with path.open("rb") as opened:
            raw = opened.read(_LARGEST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return {}, []
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no reason given"
        return {}, [say("{file} cannot be read ({why}), so it is not used.", file=name, why=why)]
    if len(raw) > _LARGEST_BYTES:
        return {}, [
            say("{file} is not used: it is larger than {n} KiB.", file=name, n=_LARGEST_BYTES // 1024)
        ]
    data, line = _toml(raw)
    if data is None:
        if line:
            return {}, [say("{file} is not used: line {line} is not valid TOML.", file=name, line=line)]
        return {}, [say("{file} is not used: it is not a text in UTF-8.", file=name)]
    values: dict[str, str] = {}
    notes: list[Sentence] = []
    for key, value in data.items():
        if key not in ENVIRONMENT:
            notes.append(
                say(
                    "{file} has a key that is not known here: {key}. The keys are {keys}.",
                    file=name,
                    key=_shown(key),
                    keys=", ".join(ENVIRONMENT),
                )
            )
        elif not isinstance(value, str):
            notes.append(say("'{key}' in {file} is not used: it is not a text.", key=key, file=name))
        else:
            values[key] = value
    return values, notes


def _toml(raw: bytes) -> tuple[dict[str, Any] | None, int]:
    """What the bytes hold, or None and the line that is wrong (0 when they are no text at all)."""
    import tomllib

    wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        # Editors on Windows put a mark in front, and PowerShell 5.1 writes UTF-16.
        text = raw.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        return None, 0
    try:
        return tomllib.loads(text), 0
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        return None, int(found.group(1)) if found else max(1, text.count("\n") + 1)
    except (ValueError, RecursionError):
        return None, 1


def _shown(key: str) -> str:
    """A key fit for a sentence: whatever stands in the file, short and printable."""
    return "".join(character if character.isprintable() else "?" for character in key[:40])


def _joined(notes: list[Sentence]) -> Sentence:
    """Notes as one sentence that can still be translated part by part."""
    kept = notes[:_MOST_NOTES]
    if not kept:
        return Sentence("")
    whole = kept[0]
    for note in kept[1:]:
        whole = say("{first} {second}", first=whole, second=note)
    return whole
