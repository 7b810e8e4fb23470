"""F1: what the page is for, in a small window beside the wizard."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPushButton, QVBoxLayout, QWidget

from scim_assistant.sentence import say
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.ui import theme
from scim_assistant.ui.pages.step_page import StepPage
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import APP_NAME, CLOSE, show

ENTRA_HELP = "https://learn.microsoft.com/entra/identity/app-provisioning/user-provisioning"
"""Where Microsoft explains app provisioning."""


class HelpWindow(QDialog):
    """Help for one page. Esc closes it; the wizard stays usable."""

    def __init__(self, page: StepPage, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("help")
        self.setWindowTitle(show(say("{app} help", app=APP_NAME)))
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.BLOCK, Space.BLOCK, Space.BLOCK, Space.LARGE)
        column.setSpacing(Space.MEDIUM)
        column.addWidget(Text(page.step.title, role=Role.HEADING))
        column.addWidget(Text(page.step.purpose, tone=Tone.QUIET))
        for line in page.help_lines:
            column.addWidget(Text(line))
        column.addStretch(1)
        link = QPushButton(show(say("Microsoft's page on provisioning")))
        link.setAutoDefault(False)
        theme.give_icon(link, "open")
        link.clicked.connect(lambda: QDesktopServices.openUrl(QUrl(ENTRA_HELP)))
        column.addWidget(link, 0, Qt.AlignmentFlag.AlignLeft)
        buttons = QDialogButtonBox()
        close = buttons.addButton(show(CLOSE), QDialogButtonBox.ButtonRole.RejectRole)
        close.setDefault(True)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        self.resize(480, 360)

    @classmethod
    def open_for(cls, page: StepPage, answers: Answers, found: Found, parent: QWidget) -> HelpWindow:
        """Open the help of a page, in place of one that is open."""
        for old in parent.findChildren(cls):
            old.close()
        window = cls(page, parent)
        window.show()
        return window
