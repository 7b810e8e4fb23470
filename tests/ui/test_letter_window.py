"""The message to the vendor: what shows is what is copied, saved and handed to the mail program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from scim_assistant.errors import KnownError
from scim_assistant.scim.verdict import Side
from scim_assistant.steps.letter import letter_for, save_letter
from scim_assistant.ui.letter_window import LONGEST_MAIL, LetterWindow, ask_where, mail_link
from tests.gallery import deep_results, results, sample
from tests.gallery.connection_states import LETTER


@pytest.fixture
def opened(qtbot: QtBot) -> Callable[..., LetterWindow]:
    """Opens the window; saves nothing unless told how."""

    def make(letter: Any = LETTER, save: Any = lambda *_: None, **more: Any) -> LetterWindow:
        window = LetterWindow(letter, save, **more)
        qtbot.addWidget(window)
        window.show()
        return window

    return make


def clicked(qtbot: QtBot, button: Any) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_what_shows_is_what_is_copied(qtbot: QtBot, opened: Callable[..., LetterWindow]) -> None:
    window = opened()
    clicked(qtbot, window.copy_button)
    assert QGuiApplication.clipboard().text() == LETTER.plain
    window.tabs.setCurrentIndex(1)
    clicked(qtbot, window.copy_button)
    assert QGuiApplication.clipboard().text() == LETTER.markdown
    clicked(qtbot, window.copy_subject)
    assert QGuiApplication.clipboard().text() == LETTER.subject


def test_ones_own_words_are_copied_too(qtbot: QtBot, opened: Callable[..., LetterWindow]) -> None:
    window = opened()
    editor = window.editors[0]
    qtbot.keyClicks(editor, "Ticket 4711. ")
    window.tabs.setCurrentIndex(1)
    window.tabs.setCurrentIndex(0)
    clicked(qtbot, window.copy_button)
    assert QGuiApplication.clipboard().text() == "Ticket 4711. " + LETTER.plain


def test_enter_opens_the_mail_where_the_person_begins(
    qtbot: QtBot, opened: Callable[..., LetterWindow]
) -> None:
    asked: list[str] = []
    window = opened(open_address=asked.append)
    begins = window.focusWidget()
    assert begins is window.mail_button
    qtbot.keyClick(begins, Qt.Key.Key_Return)
    assert asked[0].startswith("mailto:?subject=")


def test_it_says_what_is_left_out(opened: Callable[..., LetterWindow]) -> None:
    window = opened()
    said = " ".join(label.text() for label in window.findChildren(type(window.message.what)))
    assert "The token and other people's data are left out." in said


def test_the_place_to_save_it_begins_among_the_documents(
    monkeypatch: pytest.MonkeyPatch, opened: Callable[..., LetterWindow]
) -> None:
    asked: list[str] = []

    def chosen(parent: Any, title: str, start: str) -> tuple[str, str]:
        asked.append(start)
        return "", ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", chosen)
    assert ask_where(opened(), "scim-message.txt") == ""
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    assert Path(asked[0]) == Path(documents) / "scim-message.txt"


def test_the_chosen_form_is_saved_where_the_person_says(
    qtbot: QtBot, opened: Callable[..., LetterWindow], tmp_path: Path
) -> None:
    proposed: list[str] = []
    asked: list[Any] = []

    def where(parent: Any, name: str) -> str:
        proposed.append(name)
        return str(tmp_path / name)

    window = opened(save=lambda *values: asked.append(values), where=where)
    for form, text in enumerate((LETTER.plain, LETTER.markdown)):
        window.tabs.setCurrentIndex(form)
        clicked(qtbot, window.save_button)
        assert not window.save_button.isEnabled(), "one job at a time"
        path, written, on_done, _ = asked.pop()
        save_letter(path, written)
        on_done()
        assert Path(path).read_text(encoding="utf-8") == text
    assert proposed == ["scim-message.txt", "scim-message.md"]
    assert window.message.what.text() == "The message was saved."


def test_a_disk_that_refuses_is_said_with_what_to_do(
    qtbot: QtBot, opened: Callable[..., LetterWindow], tmp_path: Path
) -> None:
    asked: list[Any] = []
    window = opened(
        save=lambda *values: asked.append(values),
        where=lambda parent, name: str(tmp_path / "not there" / name),
    )
    clicked(qtbot, window.save_button)
    path, text, _, on_error = asked.pop()
    with pytest.raises(KnownError) as refused:
        save_letter(path, text)
    on_error(refused.value)
    assert window.message.what.text() == "The message was not saved."
    assert "copy the message instead" in window.message.next_step.text()
    assert window.save_button.isEnabled()


def test_nothing_is_saved_when_no_file_was_chosen(qtbot: QtBot, opened: Callable[..., LetterWindow]) -> None:
    saved: list[Any] = []
    window = opened(save=lambda *values: saved.append(values), where=lambda parent, name: "")
    clicked(qtbot, window.save_button)
    assert saved == []


def test_the_mail_program_gets_a_short_message_whole() -> None:
    link, whole = mail_link("A & B?", "Hello,\n\n50 % & more")
    assert whole
    assert urlsplit(link).scheme == "mailto"
    asked = parse_qs(urlsplit(link).query, strict_parsing=True)
    assert asked == {"subject": ["A & B?"], "body": ["Hello,\r\n\r\n50 % & more"]}


def test_the_mail_program_gets_the_subject_of_a_long_one_and_the_clipboard_the_rest(
    qtbot: QtBot, opened: Callable[..., LetterWindow]
) -> None:
    asked: list[str] = []
    window = opened(open_address=asked.append)
    long = "x" * LONGEST_MAIL
    window.editors[0].setPlainText(long)
    QGuiApplication.clipboard().clear()
    clicked(qtbot, window.mail_button)
    assert "body" not in asked[0]
    assert len(asked[0]) < LONGEST_MAIL
    assert QGuiApplication.clipboard().text() == long
    assert window.message.what.text() == "The message is on the clipboard."


def test_without_a_fault_of_the_vendors_there_is_nothing_to_write(
    opened: Callable[..., LetterWindow],
) -> None:
    assert letter_for(sample.answered(), sample.tested()) is None
    window = opened(None)
    assert window.empty.isVisible()
    assert not window.mail_button.isVisible()
    assert not window.save_button.isVisible()


def test_what_microsofts_cloud_was_answered_is_in_the_message_where_it_is_the_vendors_to_mend() -> None:
    found = sample.tested(cloud=(results.ALLOW_LIST_CLOUD,), verdict=results.ALLOW_LIST)
    assert results.ALLOW_LIST.side is Side.VENDOR
    written = letter_for(sample.answered(tenant_url=results.TENANT_URL), found)
    assert written is not None
    assert "The app refused Microsoft's cloud (403)." in written.plain.replace("\n   ", " ")
    assert "Forbidden" in written.plain
    plain = " ".join(written.plain.split())
    assert "Expected: Microsoft's cloud gets what everybody gets" in plain
    assert "service tag AzureActiveDirectory" in plain
    assert "Asked:" not in plain, "it was asked in one way only"
    assert sample.TOKEN.reveal() not in written.plain + written.markdown + written.subject


def test_a_deep_check_is_written_about_with_its_requests() -> None:
    written = letter_for(sample.answered(), sample.tested(), deep_results.FAILED)
    assert written is not None
    assert '"value": "False"' in written.plain
    assert '"value": "False"' in written.markdown
