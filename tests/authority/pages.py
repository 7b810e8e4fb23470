"""The pages that the pretend sign-in service shows to a browser: plain forms, as simple as they can be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape


def _page(title: str, body: str, *, onload: str = "") -> str:
    load = f' onload="{onload}"' if onload else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title></head>'
        f"<body{load}><h1>{escape(title)}</h1>{body}</body></html>"
    )


def _hidden(fields: Mapping[str, str]) -> str:
    return "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in fields.items()
    )


def login(action: str, visit: str, name: str, problem: str) -> str:
    """Asks for user name and password."""
    return _page(
        "Sign in",
        f'<p id="problem">{escape(problem)}</p><form method="post" action="{escape(action)}">'
        f"{_hidden({'visit': visit})}"
        f'<input name="login" type="text" value="{escape(name)}"><input name="passwd" type="password">'
        '<button id="next" type="submit" name="do" value="sign-in">Sign in</button></form>',
    )


def consent(action: str, visit: str, app: str, asked: Iterable[str]) -> str:
    """Asks whether the app may have these permissions."""
    rows = "".join(f"<li>{escape(each)}</li>" for each in asked)
    return _page(
        "Permissions requested",
        f'<p>{escape(app)}</p><ul id="asked">{rows}</ul><form method="post" action="{escape(action)}">'
        f"{_hidden({'visit': visit})}"
        '<button id="cancel" type="submit" name="do" value="cancel">Cancel</button>'
        '<button id="accept" type="submit" name="do" value="accept">Accept</button></form>',
    )


def approval(action: str, visit: str, asked: Iterable[str]) -> str:
    """Says that only an administrator can grant this."""
    rows = "".join(f"<li>{escape(each)}</li>" for each in asked)
    return _page(
        "Need admin approval",
        f'<ul id="asked">{rows}</ul><form method="post" action="{escape(action)}">{_hidden({"visit": visit})}'
        '<button id="back" type="submit" name="do" value="back">Return without granting consent</button></form>',
    )


def device(action: str, problem: str) -> str:
    """Asks for the code that a device shows."""
    return _page(
        "Enter code",
        f'<p id="problem">{escape(problem)}</p><form method="post" action="{escape(action)}">'
        '<input name="user_code" type="text">'
        '<button id="next" type="submit" name="do" value="code">Next</button></form>',
    )


def back(address: str, fields: Mapping[str, str]) -> str:
    """Posts the answer to the program by itself, as ``response_mode=form_post`` wants it.

    Source: OAuth 2.0 Form Post Response Mode, OpenID Foundation (read 2026-11).
    """
    return _page(
        "Working",
        f'<form method="post" action="{escape(address)}">{_hidden(fields)}'
        '<noscript><button type="submit">Continue</button></noscript></form>',
        onload="document.forms[0].submit()",
    )


def said(title: str, text: str) -> str:
    """An end without a form."""
    return _page(title, f'<p id="said">{escape(text)}</p>')
