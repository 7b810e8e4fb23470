"""A token that looks like the real one and is not: whoever still answers to it does not check tokens. Pure."""

from __future__ import annotations

import re
import string

from scim_assistant.secret import Secret

_CLASSES = (string.digits, string.ascii_lowercase, string.ascii_uppercase)
_HEX_CLASSES = (string.digits, "abcdef", "ABCDEF")
_HEX = re.compile(r"[0-9a-fA-F-]+")


def spoilt(secret: Secret) -> Secret:
    """The same token with other letters and digits in its middle: same length, same shape.

    Of a JWT only the signature is changed, so that a service that reads one without verifying it is found out.
    """
    token = secret.reveal()
    parts = token.split(".")
    if len(parts) == 3 and all(parts) and parts[0].startswith("eyJ"):
        return Secret(f"{parts[0]}.{parts[1]}.{_changed(parts[2])}")
    return Secret(_changed(token))


def _changed(text: str) -> str:
    third = len(text) // 3
    made = _turned(text, third, len(text) - third)
    if made == text:  # nothing in the middle could be changed
        made = _turned(text, 0, len(text))
    return made if made != text else f"{text}0"


def _turned(text: str, begin: int, end: int) -> str:
    classes = _HEX_CLASSES if _HEX.fullmatch(text) else _CLASSES
    return text[:begin] + "".join(_next(one, classes) for one in text[begin:end]) + text[end:]


def _next(one: str, classes: tuple[str, ...]) -> str:
    for letters in classes:
        at = letters.find(one)
        if at >= 0:
            return letters[(at + 1) % len(letters)]
    return one
