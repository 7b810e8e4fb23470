"""Log text is written by strangers: make it safe to show on one line, in a window or a terminal.

Nothing is removed. Characters that move the cursor, break the line or turn the reading direction are
shown as visible signs instead, so that a name cannot pretend to be another.
"""

from __future__ import annotations

import unicodedata

CUT = "…"

_JOINERS = {"\u200c", "\u200d"}  # letters of Persian and many emoji need them


def _sign(character: str) -> str:
    point = ord(character)
    if point < 0x20:
        return chr(0x2400 + point)
    if point == 0x7F:
        return "\u2421"
    return f"⟨U+{point:04X}⟩"


def _is_hidden(character: str) -> bool:
    if character in _JOINERS:
        return False
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def visible(text: str, limit: int = 0) -> str:
    """The text on one line, control characters as visible signs.

    Args:
        text: Anything.
        limit: Longest result in characters, cut with an ellipsis; 0 for no limit.
    """
    if limit and len(text) > limit:
        text = text[: limit - 1] + CUT
    if text.isprintable():
        return text
    return "".join(_sign(character) if _is_hidden(character) else character for character in text)


def visible_lines(text: str) -> str:
    """Like ``visible``, for a pane that may hold several lines: line ends and tabs stay what they are."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("\t".join(visible(part) for part in line.split("\t")) for line in lines)
