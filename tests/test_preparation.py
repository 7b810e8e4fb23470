"""A computer that cannot show a window is told what is missing, before Qt would end the process."""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path

import pytest

from scim_assistant.errors import PreparationMissing
from scim_assistant.ui import preparation


def everything(_library: str) -> bool:
    return True


def test_without_a_display_the_walk_is_named() -> None:
    with pytest.raises(PreparationMissing) as told:
        preparation.check({}, "linux", everything)
    assert "scim-assistant practice --walk" in str(told.value)


def test_a_display_that_does_not_answer_counts_as_none() -> None:
    with pytest.raises(PreparationMissing) as told:
        preparation.check({"DISPLAY": ":64321"}, "linux", everything)
    assert "no display" in str(told.value)


@pytest.mark.parametrize("library", preparation.ALWAYS)
def test_a_missing_library_is_named_with_the_line_that_installs_it(library: str) -> None:
    with pytest.raises(PreparationMissing) as told:
        preparation.check({"QT_QPA_PLATFORM": "offscreen"}, "linux", lambda name: name != library)
    assert library in str(told.value)
    assert preparation.APT_LINE in str(told.value)


def test_a_library_that_only_x11_needs_is_not_asked_for_offscreen() -> None:
    preparation.check({"QT_QPA_PLATFORM": "offscreen"}, "linux", lambda name: name not in preparation.ON_X11)


def test_a_wayland_display_is_enough() -> None:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as compositor:
        compositor.bind(str(Path(folder) / "wayland-7"))
        compositor.listen()
        preparation.check({"WAYLAND_DISPLAY": "wayland-7", "XDG_RUNTIME_DIR": folder}, "linux", everything)


def test_other_systems_are_left_alone() -> None:
    preparation.check({}, "win32", lambda _library: False)


def test_the_readme_holds_the_same_line() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    for package in preparation.APT_LINE.split()[3:]:
        assert package in readme
