"""The two dialogs there are: a question before something that matters, and the one for faults of ours."""

from __future__ import annotations

import platform
import traceback
from collections.abc import Callable
from datetime import UTC, datetime

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QMessageBox, QVBoxLayout, QWidget

from scim_assistant import __version__
from scim_assistant.sentence import Sentence, say
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.disclosure import CodeBlock
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import APP_NAME, CLOSE, show


def ask(
    parent: QWidget,
    question: Sentence,
    explanation: Sentence,
    *,
    do: Sentence,
    stay: Sentence,
    on_do: Callable[[], None],
    risky: bool = True,
) -> QMessageBox:
    """Ask before something that matters, with verbs on both buttons. Esc and the default stay.

    Returns:
        The open dialog; it never blocks.
    """
    box = QMessageBox(parent)
    box.setWindowTitle(APP_NAME)
    box.setIcon(QMessageBox.Icon.Warning if risky else QMessageBox.Icon.Question)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(show(question))
    box.setInformativeText(show(explanation))
    doing = box.addButton(
        show(do), QMessageBox.ButtonRole.DestructiveRole if risky else QMessageBox.ButtonRole.AcceptRole
    )
    staying = box.addButton(show(stay), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(staying if risky else doing)
    box.setEscapeButton(staying)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowModality(Qt.WindowModality.WindowModal)
    box.buttonClicked.connect(lambda button: on_do() if button is doing else None)
    box.open()
    return box


def fault_text(error: BaseException) -> str:
    """A fault of ours as text for a report: versions and the place in the code, no values.

    The message of the exception is left out: it may quote what the person entered.
    """
    lines = [
        f"SCIM Assistant {__version__}, Python {platform.python_version()}, Qt {qVersion()}, {platform.system()}",
        f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC",
        type(error).__name__,
    ]
    chain: BaseException | None = error
    seen: set[int] = set()
    while chain is not None and id(chain) not in seen:
        seen.add(id(chain))
        if chain is not error:
            lines.append(f"caused by {type(chain).__name__}")
        # Not extract_tb, which opens the source files: this runs on the window's thread.
        for frame, number in traceback.walk_tb(chain.__traceback__):
            lines.append(f"  {_place(frame.f_code.co_filename)}:{number} in {frame.f_code.co_name}")
        chain = chain.__cause__ or chain.__context__
    return "\n".join(lines)


def _place(file: str) -> str:
    """A file below its package; of any other file the name and its folder, since a whole path may name a person."""
    parts = file.replace("\\", "/").split("/")
    for package in ("scim_assistant", "site-packages"):
        if package in parts[:-1]:
            return "/".join(parts[len(parts) - parts[::-1].index(package) :])
    return "/".join(parts[-2:])


class UnexpectedDialog(QDialog):
    """Says that the program was wrong, and gives a text for the report."""

    def __init__(self, error: BaseException, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(show(say("{app}: unexpected problem", app=APP_NAME)))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.BLOCK, Space.BLOCK, Space.BLOCK, Space.LARGE)
        column.setSpacing(Space.MEDIUM)
        column.addWidget(Text(say("This is a fault of SCIM Assistant."), role=Role.HEADING))
        column.addWidget(
            Text(
                say(
                    "It was not able to go on with what it was doing. What was written to the tenant is in the journal, "
                    "and the set-up can be resumed. Copy the report and send it to the makers; it holds no secret and "
                    "nothing that you entered."
                ),
                tone=Tone.QUIET,
            )
        )
        self.report = fault_text(error)
        column.addWidget(CodeBlock(self.report, show(say("Report"))))
        column.addStretch(1)
        buttons = QDialogButtonBox()
        close = buttons.addButton(show(CLOSE), QDialogButtonBox.ButtonRole.RejectRole)
        close.setDefault(True)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        self.resize(620, 420)
