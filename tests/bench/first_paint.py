"""How long it takes until the first window can be used, against an empty PySide6 window on the same machine.

Both are started as processes of their own, turn by turn, and the shortest of all turns counts: what a machine does
beside it only ever adds time. Told are the first picture, and the moment at which Next can be pressed. A bare wizard
with a page of Qt's own widgets stands between them, to tell what Qt takes from what we add.

    python -m tests.bench.first_paint [--turns 8]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time

GOAL = 1.4
"""At most so many times the empty window."""

EMPTY = """
import os, time
from PySide6.QtWidgets import QApplication, QWidget

class Empty(QWidget):
    def paintEvent(self, event):
        super().paintEvent(event)
        print("picture", time.time(), flush=True)
        os._exit(0)

app = QApplication([])
window = Empty()
window.resize(960, 680)
window.show()
app.exec()
"""

WIZARD = """
import os, time
from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon, QPainter, QPalette
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QRadioButton, QVBoxLayout, QWizard, QWizardPage

class Bare(QWizard):
    def paintEvent(self, event):
        super().paintEvent(event)
        print("picture", time.time(), flush=True)
        os._exit(0)

app = QApplication([])
window = Bare()
window.setWizardStyle(QWizard.WizardStyle.ModernStyle)
page = QWizardPage()
column = QVBoxLayout(page)
for text in ("One", "Two"):
    column.addWidget(QLabel(text, alignment=Qt.AlignmentFlag.AlignLeft))
    column.addWidget(QRadioButton(text))
column.addWidget(QComboBox())
window.addPage(page)
window.resize(960, 680)
window.show()
app.exec()
"""

PROGRAM = """
import os, sys, time
from scim_assistant.__main__ import main
from scim_assistant.ui.shell import Shell, QTimer

paint = Shell.paintEvent
told = []

def look(shell):
    if shell.page_here.isComplete():
        print("usable", time.time(), flush=True)
        os._exit(0)
    QTimer.singleShot(2, shell, lambda: look(shell))

def painted(shell, event):
    paint(shell, event)
    if not told:
        told.append(True)
        print("picture", time.time(), flush=True)
        look(shell)

Shell.paintEvent = painted
sys.exit(main(["--practice"]))
"""


def measure(code: str) -> dict[str, float]:
    """Seconds from starting a process to each moment that it tells."""
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {
            "HOME": home,
            "XDG_CONFIG_HOME": f"{home}/config",
            "XDG_DATA_HOME": f"{home}/data",
            "LOCALAPPDATA": home,
        }
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
        # As on the second start of an installed program: without it every start would compile every module.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        began = time.time()
        ended = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            env=environment,
            check=True,
            timeout=120,
        )
    told = (line.split() for line in ended.stdout.splitlines())
    return {name: float(at) - began for name, at in told}


def main() -> int:
    """Measure and print. Returns 1 when the first picture takes longer than the goal allows."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--turns", type=int, default=8)
    turns = parser.parse_args().turns
    empty: list[float] = []
    wizard: list[float] = []
    picture: list[float] = []
    usable: list[float] = []
    for _ in range(turns):
        empty.append(measure(EMPTY)["picture"])
        wizard.append(measure(WIZARD)["picture"])
        ours = measure(PROGRAM)
        picture.append(ours["picture"])
        usable.append(ours["usable"])
    base = min(empty)
    for name, times in (
        ("empty window, first picture", empty),
        ("bare wizard, first picture", wizard),
        ("SCIM Assistant, first picture", picture),
        ("SCIM Assistant, usable", usable),
    ):
        print(f"{name:30} {min(times) * 1000:4.0f} ms   {min(times) / base:.2f} times the empty window")
    return 0 if min(picture) / base <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
