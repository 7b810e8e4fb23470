"""Colours that can be read, in both palettes, and icons that follow them."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from scim_assistant import resources
from scim_assistant.ui import theme
from scim_assistant.ui.theme import Scheme, Tone
from scim_assistant.ui.widgets.glyph import OUTCOMES
from scim_assistant.ui.widgets.plan_row import STATES
from scim_assistant.ui.widgets.rail import SHAPES

SCHEMES = [Scheme.LIGHT, Scheme.DARK]
ROLE = QPalette.ColorRole


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        (ROLE.WindowText, ROLE.Window),
        (ROLE.Text, ROLE.Base),
        (ROLE.Text, ROLE.AlternateBase),
        (ROLE.ButtonText, ROLE.Button),
        (ROLE.HighlightedText, ROLE.Highlight),
        (ROLE.ToolTipText, ROLE.ToolTipBase),
        (ROLE.PlaceholderText, ROLE.Base),
        (ROLE.PlaceholderText, ROLE.Window),
        (ROLE.PlaceholderText, ROLE.Midlight),
        (ROLE.Link, ROLE.Base),
        (ROLE.Link, ROLE.Window),
    ],
)
def test_text_stands_out_from_its_ground(qapp: Any, scheme: Scheme, text: Any, ground: Any) -> None:
    palette = theme.palette_of(scheme)
    assert theme.contrast(palette.color(text), palette.color(ground)) >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("tone", list(Tone))
def test_every_meaning_can_be_read_on_window_panel_and_wash(qapp: Any, scheme: Scheme, tone: Tone) -> None:
    palette = theme.palette_of(scheme)
    ink = theme.colour(palette, tone)
    for ground in (palette.color(ROLE.Window), palette.color(ROLE.Base), theme.wash(palette, tone)):
        assert theme.contrast(ink, ground) >= 4.5
    for washed in (Tone.GOOD, Tone.CAUTION, Tone.BAD, Tone.ACCENT):
        text = palette.color(ROLE.WindowText)
        assert theme.contrast(text, theme.wash(palette, washed)) >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_outline_of_a_control_can_be_seen(qapp: Any, scheme: Scheme) -> None:
    theme.apply(qapp, scheme)
    for name in ("QLineEdit", "QRadioButton", "QCheckBox"):
        outline = qapp.palette(name).color(ROLE.Window).darker(140)  # how Fusion makes it
        assert theme.contrast(outline, qapp.palette().color(ROLE.Base)) >= 3.0


def test_contrast_is_the_one_of_wcag(qapp: Any) -> None:
    from PySide6.QtGui import QColor

    assert theme.contrast(QColor("#ffffff"), QColor("#000000")) == pytest.approx(21)
    assert theme.contrast(QColor("#999999"), QColor("#ffffff")) == pytest.approx(2.85, abs=0.01)


def test_states_differ_in_shape_not_only_in_colour() -> None:
    for table in (OUTCOMES, SHAPES):
        shapes = [row[0] for row in table.values()]
        assert len(set(shapes)) == len(shapes)
    # Done, and done before, look alike on purpose; the word beside them tells.
    assert len({word for _, _, word in STATES.values()}) == len(STATES)


def test_every_icon_that_is_named_is_there(qapp: Any) -> None:
    there = set(resources.names("icons", ".svg"))
    named = {row[0] for table in (OUTCOMES, SHAPES, STATES) for row in table.values()}
    assert named <= there
    for name in there:
        assert not theme.icon(name, theme.palette_of(Scheme.DARK)).pixmap(16).isNull()


def test_a_buttons_icon_follows_the_palette(qtbot: QtBot, qapp: Any) -> None:
    theme.apply(qapp, Scheme.LIGHT)
    button = QPushButton()
    qtbot.addWidget(button)
    theme.give_icon(button, "add")
    button.show()
    light = button.icon().pixmap(16).toImage()
    theme.apply(qapp, Scheme.DARK)
    qtbot.waitUntil(lambda: button.icon().pixmap(16).toImage() != light)
    theme.apply(qapp, Scheme.LIGHT)
