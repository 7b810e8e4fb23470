"""What the check command is given, made ready: the app's profile, the address, and the token that no command line holds.

Whatever is wrong here means that nothing can be asked at all, and is a ``KnownError``. An address that cannot be used
is none of these: it is what the check finds first.
"""

from __future__ import annotations

import codecs
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Final
from urllib.parse import urlsplit

from scim_assistant.errors import KnownError
from scim_assistant.scim.address import TOKEN_IN_HOST, holds_token
from scim_assistant.scim.profiles import ANY, AppProfile, all_profiles
from scim_assistant.scim.target import Target
from scim_assistant.secret import Secret
from scim_assistant.sentence import Sentence, say
from scim_assistant.steps.clean import MAX_TOKEN, clean_secret
from scim_assistant.steps.clean_address import MAX_ADDRESS, clean_tenant_url
from scim_assistant.transport import is_loopback

NOT_CHECKED: Final = say("Nothing was checked.")
_BYTES_A_CHARACTER = 4


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that one check needs.

    Attributes:
        profile: The app that it should be.
        target: The service.
        notes: What was put right in the address and the token.
        problem: Why the address cannot be used at all; None when it can be tried.
    """

    profile: AppProfile
    target: Target
    notes: tuple[Sentence, ...] = ()
    problem: Sentence | None = None


def find_profile(name: str, own: Path | None) -> AppProfile:
    """A profile by its id or by the name of the app, in any case of letters.

    Args:
        name: As given; empty for any service.
        own: The folder with a person's own profiles.

    Raises:
        KnownError: There is none, or it is one of the person's own that is not used.
    """
    there = all_profiles(own)
    wanted = (name or ANY).casefold()
    for broken in there.broken:
        # Also where a built-in one has this id: the person meant to replace it.
        if name and wanted == broken.file.stem.casefold():
            raise KnownError(NOT_CHECKED, Sentence(" ".join(broken.lines())), say("Correct the file."))
    for profile in there.all:
        if wanted in (profile.id.casefold(), profile.display_name.casefold()):
            return profile
    raise KnownError(
        NOT_CHECKED,
        say("There is no profile {name}.", name=name[:80]),
        say("There are: {names}.", names=", ".join(profile.id for profile in there.all)),
    )


def read_secret(
    token_env: str,
    environ: Mapping[str, str],
    stdin: IO[str] | None,
    ask: Callable[[str], str],
) -> Secret:
    """The token: from a variable, from a person at a terminal, or from one line of a pipe.

    No sentence repeats anything of what was found, nor the name of the variable: somebody may have put the token there.

    Args:
        token_env: Name of an environment variable; empty for standard input.
        environ: The environment.
        stdin: Standard input; None where there is none.
        ask: Asks a person without showing what is typed.

    Raises:
        KnownError: There is no token.
    """
    if token_env:
        text = environ.get(token_env)
        if text is None:
            raise KnownError(
                NOT_CHECKED,
                say("The environment variable that --token-env names is not set."),
                say("Put the token into it, and name the variable, not the token."),
            )
        if not text.strip():
            raise KnownError(
                NOT_CHECKED,
                say("The environment variable that --token-env names is empty."),
                say("Put the token into it."),
            )
        return Secret(text)
    if stdin is None or stdin.closed:
        raise _no_token(say("There is no standard input to read the token from."))
    if stdin.isatty():
        try:
            return Secret(ask("Secret Token (stays hidden): "))
        except EOFError:
            raise _no_token(say("No token was entered.")) from None
    raw = stdin.buffer.readline(MAX_TOKEN * _BYTES_A_CHARACTER + 1)  # type: ignore[attr-defined]
    try:
        # Some shells pipe in UTF-16, where the line breaks off in the middle of its end.
        wide = raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        text = raw[: len(raw) // 2 * 2].decode("utf-16") if wide else raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _no_token(say("What came from standard input is not text.")) from None
    return Secret(text.rstrip("\r\n"))


def _no_token(why: Sentence) -> KnownError:
    return KnownError(
        NOT_CHECKED,
        why,
        say("Name an environment variable that holds the token with --token-env, or pipe the token in."),
    )


def inputs(profile: AppProfile, url: str, secret: Secret, timeout_s: float) -> Inputs:
    """Clean address and token as the window does, and put them together.

    Args:
        profile: The app.
        url: Tenant URL as given.
        secret: Token as given.
        timeout_s: Seconds for one exchange.

    Raises:
        KnownError: The token is empty, or cannot be one.
    """
    token = clean_secret(secret)
    if not token.value:
        raise _no_token(say("The token is empty."))
    if token.problem is not None:
        raise _no_token(token.problem)
    address, notes, problem = url.strip(), token.notes, None
    if holds_token(address, token.value):
        problem = TOKEN_IN_HOST  # nothing else is said of it, which could repeat a part
    elif not _leads_here(address):
        # This computer itself is no place for a vendor's service, so none of the vendor's rules hold there.
        cleaned = clean_tenant_url(address, profile, is_practice=False)
        address, notes, problem = cleaned.value, (*cleaned.notes, *token.notes), cleaned.problem
    target = profile.target(address, token.value, allow_loopback=True)
    return Inputs(profile, replace(target, timeout_s=timeout_s), notes, problem)


def _leads_here(address: str) -> bool:
    try:
        return len(address) <= MAX_ADDRESS and is_loopback(urlsplit(address).hostname or "")
    except ValueError:
        return False


def without_credentials(url: str) -> str:
    """An address without the user name and password that somebody put in front of the host."""
    before, slashes, rest = url.partition("://")
    if not slashes:
        return url
    host, slash, path = rest.partition("/")
    return f"{before}://{host.rpartition('@')[2]}{slash}{path}"


def standard_input() -> IO[str] | None:
    """Standard input; None for a program without one."""
    return sys.stdin
