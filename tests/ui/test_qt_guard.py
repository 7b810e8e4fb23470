"""Guards against Qt versions that do not hold what the program needs of them."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal from Python 3.12 on")
def test_calls_into_qt_do_not_use_up_none(qtbot: QtBot) -> None:
    """A Qt binding that drops a reference to None on every call ends the process after some thousand calls."""
    label = QLabel()
    qtbot.addWidget(label)
    label.setToolTip("x")
    before = sys.getrefcount(None)
    for _ in range(1000):
        label.setToolTip("x")
    assert sys.getrefcount(None) > before - 300
