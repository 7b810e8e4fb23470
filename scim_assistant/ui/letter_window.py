"""The message to the vendor: to read, to add a word of one's own, and to take along. A window beside the wizard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from PySide6.QtCore import QStandardPaths, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from scim_assistant.errors import KnownError
from scim_assistant.sentence import say
from scim_assistant.ui import theme
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.copy_button import CopyButton
from scim_assistant.ui.widgets.empty_state import EmptyState
from scim_assistant.ui.widgets.field import Field
from scim_assistant.ui.widgets.glyph import Glyph
from scim_assistant.ui.widgets.message_bar import MessageBar
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import APP_NAME, CLOSE, show

SIZE = (760, 680)
LONGEST_MAIL = 1_800
"""Characters of a mailto address that every mail program takes; Windows cuts them at about 2,000."""


class Letter(Protocol):
    """A message in both its forms."""

    @property
    def subject(self) -> str:
        """Its subject line."""
        ...

    @property
    def plain(self) -> str:
        """For mail and web forms."""
        ...

    @property
    def markdown(self) -> str:
        """For issue trackers."""
        ...


SaveFile = Callable[[str, str, Callable[[], None], Callable[[KnownError], None]], object]
"""Writes a text to a file by a job: path, text, what to call when it is done or refused."""
AskWhere = Callable[[QWidget, str], str]
"""Asks for a file; empty when the person does not choose one."""


def ask_where(parent: QWidget, proposed: str) -> str:
    """Ask for a file with the platform's own window, which begins among the person's documents."""
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    start = str(Path(documents) / proposed) if documents else proposed
    path, _ = QFileDialog.getSaveFileName(parent, show(say("Save the message")), start)
    return path


def mail_link(subject: str, body: str) -> tuple[str, bool]:
    """The address that opens a new message in the mail program.

    Returns:
        The address, and whether the body is in it; one that is too long is left out.
    """
    head = f"mailto:?subject={quote(subject)}"
    whole = f"{head}&body={quote(body.replace(chr(10), chr(13) + chr(10)))}"
    return (whole, True) if len(whole) <= LONGEST_MAIL else (head, False)


class LetterWindow(QDialog):
    """Shows the message. Esc closes it; the wizard stays usable.

    Args:
        letter: The message; None when there is nothing to write about.
        save: Writes a file, by a job.
        where: Asks for a file.
        open_address: Opens the mail program.
    """

    def __init__(
        self,
        letter: Letter | None,
        save: SaveFile,
        parent: QWidget | None = None,
        *,
        where: AskWhere = ask_where,
        open_address: Callable[[str], object] = lambda address: QDesktopServices.openUrl(QUrl(address)),
    ) -> None:
        super().__init__(parent)
        self._save = save
        self._where = where
        self._open_address = open_address
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("letter")
        self.setWindowTitle(show(say("{app}: message to the vendor", app=APP_NAME)))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(Space.BLOCK, Space.LARGE, Space.BLOCK, Space.LARGE)
        outer.setSpacing(Space.MEDIUM)
        outer.addWidget(Text(say("Message to the vendor"), role=Role.TITLE))
        self.message = MessageBar()
        if letter is None:
            self.empty = EmptyState(
                "mail",
                say("There is nothing to write about"),
                say("Nothing was found that the vendor has to mend."),
            )
            outer.addWidget(self.empty, 0, Qt.AlignmentFlag.AlignTop)
            outer.addStretch(1)
        else:
            self._build(outer, letter)
        outer.addWidget(self.message)
        self.message.hide()
        outer.addLayout(self._foot(has_letter=letter is not None))
        self.resize(*SIZE)
        if letter is not None:
            self.mail_button.setFocus()

    @classmethod
    def open_for(cls, parent: QWidget, letter: Letter | None, save: SaveFile) -> LetterWindow:
        """Open it above a window, in place of one that is open."""
        for old in parent.findChildren(cls):
            old.close()
        window = cls(letter, save, parent)
        window.show()
        return window

    def _build(self, outer: QVBoxLayout, letter: Letter) -> None:
        quiet = QHBoxLayout()
        quiet.setSpacing(Space.SMALL)
        quiet.addWidget(Glyph("shield", Tone.QUIET, 16), 0, Qt.AlignmentFlag.AlignTop)
        quiet.addWidget(
            Text(
                say(
                    "The token and other people's data are left out. The address of the service and what it answered "
                    "are in it. Read it before you send it; you can change it here."
                ),
                tone=Tone.QUIET,
            ),
            1,
        )
        outer.addLayout(quiet)
        self.subject = QLineEdit(letter.subject)
        self.subject.setCursorPosition(0)
        self.copy_subject = CopyButton(self.subject.text, show(say("the subject")))
        outer.addWidget(Field(say("Subject"), self.subject, beside=self.copy_subject, keep_place=False))
        head = QHBoxLayout()
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.setAccessibleName(show(say("Form of the message")))
        head.addWidget(self.tabs)
        head.addStretch(1)
        self.copy_button = CopyButton(self.text, show(say("the message")), label=say("Copy message"))
        head.addWidget(self.copy_button)
        texts = QVBoxLayout()
        texts.setSpacing(Space.TIGHT)
        texts.addLayout(head)
        self.stack = QStackedWidget()
        self.editors: list[QPlainTextEdit] = []
        fixed = theme.scaled(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont), 0.95)
        for title, text in ((say("Plain text"), letter.plain), (say("Markdown"), letter.markdown)):
            self.tabs.addTab(show(title))
            editor = QPlainTextEdit(text)
            editor.setFont(fixed)
            editor.setTabChangesFocus(True)
            editor.setAccessibleName(show(say("Message, {form}", form=title)))
            self.editors.append(editor)
            self.stack.addWidget(editor)
        self.tabs.currentChanged.connect(self.stack.setCurrentIndex)
        texts.addWidget(self.stack, 1)
        outer.addLayout(texts, 1)

    def _foot(self, *, has_letter: bool) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.setSpacing(Space.SMALL)
        self.mail_button = QPushButton(show(say("Open in mail")))
        self.mail_button.setAutoDefault(True)
        theme.make_primary(self.mail_button)
        theme.give_icon(self.mail_button, "mail")
        self.mail_button.clicked.connect(lambda _: self._on_mail())
        self.save_button = QPushButton(show(say("Save as…")))
        self.save_button.setAutoDefault(False)
        self.save_button.clicked.connect(lambda _: self._on_save())
        for button in (self.mail_button, self.save_button):
            foot.addWidget(button)
            button.setVisible(has_letter)
        foot.addStretch(1)
        box = QDialogButtonBox()
        self.close_button = box.addButton(show(CLOSE), QDialogButtonBox.ButtonRole.RejectRole)
        self.close_button.setAutoDefault(False)
        box.rejected.connect(self.reject)
        foot.addWidget(box)
        return foot

    def text(self) -> str:
        """The message in the form that shows, as it stands now."""
        return self.editors[self.stack.currentIndex()].toPlainText()

    @property
    def markdown_shows(self) -> bool:
        """True while the form for issue trackers shows."""
        return self.stack.currentIndex() == 1

    def _on_mail(self) -> None:
        link, whole = mail_link(self.subject.text(), self.text())
        self._open_address(link)
        if not whole:
            QGuiApplication.clipboard().setText(self.text())
            self.message.show_message(
                Tone.ACCENT,
                say("The message is on the clipboard."),
                say("It is too long to be handed to a mail program, which got the subject only."),
                say("Paste it into the new mail."),
            )

    def _on_save(self) -> None:
        text = self.text()
        path = self._where(self, f"scim-message{'.md' if self.markdown_shows else '.txt'}")
        if path:
            self.save_button.setEnabled(False)
            self._save(path, text, self._on_saved, self._on_refused)

    def _on_saved(self) -> None:
        self.save_button.setEnabled(True)
        self.message.show_message(Tone.GOOD, say("The message was saved."))

    def _on_refused(self, error: KnownError) -> None:
        self.save_button.setEnabled(True)
        self.message.show_error(error)
