"""Cleaning of what people paste, field by field: pure functions that never lose what was typed.

The answers keep the raw text; a cleaned value is made from it each time it is needed. What could be put right
safely comes with a note that says so; what could not is one sentence. No note or sentence repeats a secret.
"""

from __future__ import annotations

import re

from scim_assistant.secret import Secret
from scim_assistant.sentence import Sentence, say
from scim_assistant.steps.clean_address import clean_tenant_url
from scim_assistant.steps.pasted import (
    HEADER,
    INVISIBLE_LEFT_OUT,
    LABEL,
    QUOTES_LEFT_OUT,
    SPACES_LEFT_OUT,
    Cleaned,
    looks_like_address,
    strange_character,
    surely_token,
    unquoted,
    visible,
)

__all__ = [
    "Cleaned",
    "clean_app_name",
    "clean_email",
    "clean_secret",
    "clean_tenant_url",
    "clean_threshold",
    "fingerprint",
]

MAX_TOKEN = 8_000
"""Characters in a Secret Token; longer is a paste of something else."""
MAX_NAME = 120
"""Characters in the name of an app; the directory takes more, but lists become unreadable before."""
MAX_EMAIL = 254
"""Characters in an e-mail address. Source: RFC 5321 section 4.5.3.1.3, with erratum 1690."""


def clean_secret(text: str | Secret) -> Cleaned[Secret]:
    """Clean a Secret Token.

    Blanks and line breaks inside go too: a bearer token cannot hold any (RFC 6750 section 2.1), and a page that wraps
    it puts them in.
    """
    # One of the few places that look into a secret: what is seen here leaves it as a Secret again.
    raw = text.reveal() if isinstance(text, Secret) else text
    if len(raw) > MAX_TOKEN:
        return Cleaned(
            Secret(raw),
            problem=say(
                "This text is {n} characters long, too long for a token: copy the token alone.",
                n=f"{len(raw):,}",
            ),
        )
    notes: list[Sentence] = []
    bare, had = visible(raw)
    if had:
        notes.append(INVISIBLE_LEFT_OUT)
    bare, had = unquoted(bare)
    if had:
        notes.append(QUOTES_LEFT_OUT)
    header = HEADER.match(bare)
    if header:
        bare = unquoted(bare[header.end() :])[0]
        notes.append(say("Bearer was left out in front: Microsoft adds it by itself."))
    elif (label := LABEL.match(bare)) is not None:
        bare = unquoted(bare[label.end() :])[0]
        notes.append(say("The words in front of the token were left out."))
    packed = "".join(bare.split())
    if packed != bare or (raw != raw.strip() and not notes):
        notes.append(SPACES_LEFT_OUT)
    return Cleaned(Secret(packed), tuple(notes), _secret_problem(packed))


def _secret_problem(token: str) -> Sentence | None:
    if not token:
        return say("Enter the Secret Token.")
    if looks_like_address(token):
        return say("This is a web address: it belongs under Tenant URL, and the token belongs here.")
    if not token.strip("•●*·∙․…."):
        return say("These are the dots that stand for a hidden token: show the token first, then copy it.")
    strange = strange_character(token)
    if strange:
        return say(
            "The token holds a character that no token has ({character}): copy it again.", character=strange
        )
    return None


def fingerprint(secret: Secret) -> int:
    """A number that tells two secrets of this run of the program apart, and nothing else (Python salts it)."""
    return hash(secret.reveal())


def clean_email(text: str) -> Cleaned[str]:
    """Clean the address for failure mail; empty is allowed and means none."""
    if len(text) > MAX_EMAIL * 2:
        return Cleaned(
            text,
            problem=say("This text is {n} characters long: enter one e-mail address.", n=f"{len(text):,}"),
        )
    notes: list[Sentence] = []
    bare, had = visible(text)
    if had:
        notes.append(INVISIBLE_LEFT_OUT)
    inner = re.fullmatch(r"\s*[^<>@]*<\s*([^<>\s]+@[^<>\s]+)\s*>\s*", bare)
    if inner:
        bare = inner.group(1)
        notes.append(say("The name beside the address was left out."))
    bare = unquoted(bare)[0]
    if bare.casefold().startswith("mailto:"):
        bare = bare[len("mailto:") :].partition("?")[0]
        notes.append(say("mailto: was left out."))
    bare = bare.strip().rstrip(";,").strip()
    if not bare:
        return Cleaned("", tuple(notes))
    if bare.count("@") > 1 and re.search(r"[;,\s]", bare):
        return Cleaned(
            bare, tuple(notes), say("Enter one address only; for several people, use that of a group.")
        )
    if not re.fullmatch(r"[^@\s\"(),:;<>\[\]\\]+@[^@\s.,;:<>()\[\]\\]+(\.[^@\s.,;:<>()\[\]\\]+)+", bare):
        return Cleaned(
            bare, tuple(notes), say("This is not an e-mail address: it looks like name@example.com.")
        )
    if len(bare) > MAX_EMAIL:
        return Cleaned(bare, tuple(notes), say("An e-mail address has at most {n} characters.", n=MAX_EMAIL))
    return Cleaned(bare, tuple(notes))


def clean_threshold(text: str) -> Cleaned[int | None]:
    """Clean the number of removals above which Microsoft holds them back.

    Returns:
        None as the value where there is a problem.
    """
    asked = say("Enter a whole number of removals, such as 500.")
    bare = visible(text[:100])[0]
    digits = re.sub(r"[\s'’_]", "", unquoted(bare)[0])
    if re.fullmatch(r"\d{1,3}([.,]\d{3})+", digits):
        digits = re.sub(r"[.,]", "", digits)
    if len(text) > 100 or not re.fullmatch(r"\d{1,9}", digits):
        return Cleaned(None, problem=asked)
    number = int(digits)
    if number == 0:
        return Cleaned(None, problem=say("The guard needs at least 1 removal; switch it off to have none."))
    notes = () if digits == text.strip() else (say("Read as {n}.", n=f"{number:,}"),)
    return Cleaned(number, notes)


def clean_app_name(text: str) -> Cleaned[str]:
    """Clean the name of a new app."""
    notes: list[Sentence] = []
    bare, had = visible(text[: MAX_NAME * 10])
    if had:
        notes.append(INVISIBLE_LEFT_OUT)
    bare, had = unquoted(bare)
    if had:
        notes.append(QUOTES_LEFT_OUT)
    packed = " ".join(bare.split())
    if packed != bare:
        notes.append(say("Line breaks and double spaces were made one space."))
    if not packed:
        return Cleaned("", tuple(notes), say("Enter a name for the app."))
    if surely_token(packed):
        # A name is written to the tenant and to the journal; a token must not be.
        return Cleaned(
            packed,
            tuple(notes),
            say("This looks like a token: it belongs on the Connect page, and the name of the app here."),
        )
    if len(text) > MAX_NAME * 10 or len(packed) > MAX_NAME:
        return Cleaned(
            packed,
            tuple(notes),
            say("The name is {n} characters long: use at most {most}.", n=f"{len(text):,}", most=MAX_NAME),
        )
    return Cleaned(packed, tuple(notes))
