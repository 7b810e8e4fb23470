"""Log text cannot break the line, move the cursor or turn the reading direction."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from scim_assistant.logs.text import visible, visible_lines


def test_control_characters_become_signs() -> None:
    assert visible("Ana\r\nRuiz\t\x1b[31m\x7f") == "Ana␍␊Ruiz␉␛[31m␡"


def test_direction_marks_cannot_disguise_a_name() -> None:
    assert visible("ana\u202emoc.elpmaxe") == "ana⟨U+202E⟩moc.elpmaxe"


def test_names_in_any_script_and_emoji_stay_as_they_are() -> None:
    for name in ("Żółć Ærø", "محمد علی", "می‌خواهم", "山田 太郎", "👩‍🔧 Ana"):
        assert visible(name) == name


def test_long_text_is_cut_with_an_ellipsis() -> None:
    assert visible("x" * 500, 100) == "x" * 99 + "…"
    assert visible("x" * 100, 100) == "x" * 100


def test_a_pane_keeps_its_lines() -> None:
    assert visible_lines("one\r\ntwo\tthree\x07") == "one\ntwo\tthree␇"


@given(st.text())
def test_nothing_of_any_text_moves_the_cursor(text: str) -> None:
    shown = visible(text)
    assert not any(unicodedata.category(c) in {"Cc", "Zl", "Zp"} for c in shown)
    assert "\n" not in shown
