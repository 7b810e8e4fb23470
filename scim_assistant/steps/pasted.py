"""What pasted text is made of: quotes, invisible characters, and whether it looks like a token or an address.

Shared by the cleaners of the single fields (``clean.py``, ``clean_address.py``). Pure.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Generic, TypeVar

from scim_assistant.scim.token import JWT
from scim_assistant.sentence import Sentence, say

QUOTES = "\"'`“”„‘’‚«»‹›<>"
HEADER = re.compile(r"^(?:authorization\s*:\s*)?bearer[\s:]+", re.IGNORECASE)
LABEL = re.compile(r"^[A-Za-z][A-Za-z -]{0,30}:\s+(?=\S)")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cleaned(Generic[T]):
    """What became of a pasted text.

    Attributes:
        value: The cleaned value; where there is a problem, as far as cleaning came.
        notes: What was put right, and advice; none of them stops anybody.
        problem: Why the value cannot be used and what to do, in one sentence; None when it can.
    """

    value: T
    notes: tuple[Sentence, ...] = ()
    problem: Sentence | None = None


def _is_invisible(character: str) -> bool:
    """Control, format (zero width, direction marks) and private characters; line breaks count as space."""
    return unicodedata.category(character) in {"Cc", "Cf", "Co", "Cn", "Cs"} and not character.isspace()


def visible(text: str) -> tuple[str, bool]:
    """The text without invisible characters, and whether there were any."""
    kept = "".join(character for character in text if not _is_invisible(character))
    return kept, len(kept) != len(text)


def unquoted(text: str) -> tuple[str, bool]:
    """The text without quotes and brackets around it, and whether there were any."""
    bare = text.strip().strip(QUOTES).strip()
    return bare, bare != text.strip()


def strange_character(text: str) -> str:
    """The first character outside printable ASCII, told so that it can be found; empty when there is none."""
    for place, character in enumerate(text, start=1):
        if not "!" <= character <= "~":
            name = unicodedata.name(character, f"U+{ord(character):04X}").lower()
            return f"{name} at character {place:,}"
    return ""


INVISIBLE_LEFT_OUT = say("Invisible characters were left out.")
SPACES_LEFT_OUT = say("Spaces and line breaks were left out.")
QUOTES_LEFT_OUT = say("The quotation marks around it were left out.")


def looks_like_token(text: str) -> bool:
    """True for a text that is far more likely a token than an address."""
    bare = visible(text)[0].strip().strip(QUOTES)
    if HEADER.match(bare) or JWT.fullmatch(bare):
        return True
    return (
        len(bare) >= 16
        and "://" not in bare
        and not any(character.isspace() for character in bare)
        and re.fullmatch(r"[A-Za-z0-9_~+=|-]+(\.[A-Za-z0-9_~+=|-]+)?", bare) is not None
        and (any(character.isdigit() for character in bare) or "." not in bare)
        and not re.search(r"\.(com|net|org|io|example|live|cloud|app|dev)$", bare, re.IGNORECASE)
    )


def surely_token(text: str) -> bool:
    """True for a text that is a token where a long word, such as a name, would be taken too."""
    return (
        HEADER.match(text) is not None
        or JWT.fullmatch(text) is not None
        or (len(text) >= 32 and looks_like_token(text) and any(character.isdigit() for character in text))
    )


def looks_like_address(text: str) -> bool:
    """True for a text that is far more likely an address than a token."""
    bare = visible(text)[0].strip().strip(QUOTES)
    return (
        re.match(r"https?://", bare, re.IGNORECASE) is not None
        or re.match(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:\d+)?/.*scim", bare, re.IGNORECASE) is not None
    )
