"""A secret shows itself to nobody, and a service that repeats one is not quoted with it."""

from __future__ import annotations

import html
import json
from urllib.parse import quote

import pytest

from scim_assistant.secret import MASK, Secret

TOKEN = 'ab/c+d=="<&é>'


@pytest.mark.parametrize("spelling", ["as it is", "JSON", "JSON with letters", "JSON with escaped slashes"])
@pytest.mark.parametrize("end", ["ab/c+d==", TOKEN])
def test_an_echo_is_masked_however_json_spells_it(spelling: str, end: str) -> None:
    text = {
        "as it is": end,
        "JSON": json.dumps(end)[1:-1],
        "JSON with letters": json.dumps(end, ensure_ascii=False)[1:-1],
        "JSON with escaped slashes": json.dumps(end)[1:-1].replace("/", "\\/"),
    }[spelling]
    assert Secret(end).masked_in(f"bad token {text}, twice {text}") == f"bad token {MASK}, twice {MASK}"


@pytest.mark.parametrize("token", ["ab/c+d==", TOKEN])
def test_an_echo_in_an_address_or_a_page_is_masked(token: str) -> None:
    small = quote("/", safe="").lower()
    for text in (quote(token, safe=""), quote(token), html.escape(token)):
        assert Secret(token).masked_in(f"<{text}>") == f"<{MASK}>"
    assert Secret("a/b/c").masked_in(f"a{small}b{small}c") == MASK


def test_a_text_of_a_few_letters_is_left_alone() -> None:
    assert Secret("a").masked_in("a bad day") == "a bad day"
    assert Secret().masked_in("nothing") == "nothing"


def test_half_a_surrogate_pair_is_a_text_like_any_other() -> None:
    broken = "tok\ud83d"
    assert Secret(broken) == Secret(broken)
    assert Secret(broken) != Secret("tok")
    assert Secret(broken).masked_in("it said tok") == "it said tok"
    assert "tok" not in repr(Secret(broken))
