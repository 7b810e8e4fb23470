"""What people paste by mistake: every field keeps it, and says one sentence or what was cleaned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QMimeData
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtWidgets import QLineEdit, QWidget

from scim_assistant.secret import Secret
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.flow import step_of
from scim_assistant.steps.step import StepKey
from scim_assistant.ui.shell import Shell
from tests.gallery import sample
from tests.gallery.looks import settle
from tests.gallery.states import _in_order
from tests.ui.conftest import ShellMaker

TOKEN = "tok-" + "7f3a9c51" * 8
PASTED = {
    "blanks": "  \t\n ",
    "spaces around": f"  {sample.ADDRESS}  ",
    "line breaks": f"{sample.ADDRESS}\r\n\r\n",
    "quotes": f'"{sample.ADDRESS}"',
    "bearer": f"Bearer {TOKEN}",
    "header": f"Authorization: Bearer {TOKEN}\n",
    "slash": sample.ADDRESS + "/",
    "tail": sample.ADDRESS + "/Users",
    "http": "http://example.screenstepslive.com/api/scim/v2",
    "password": "https://ann:word@example.screenstepslive.com/api/scim/v2",
    "portal": "https://portal.azure.com/#view/Microsoft_AAD_IAM/StartboardApplicationsMenuBlade",
    "token": TOKEN,
    "address": sample.ADDRESS,
    "long": "x" * 10_000,
    "long address": "https://" + "a." * 5_000 + "example.com/" + "b" * 9_000,
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u202e moc.live \u2066x\u2069",
    "null": "tok\x00en\x00",
    "controls": "".join(map(chr, range(1, 32))),
    "emoji": "👩‍💻🔑" * 20,
    "half a pair": "abc\ud83ddef",
    "markup": "<b>bold</b><img src=x onerror=1>&amp;",
    "braces": "{name} {0} {{ %s %1 &File",
    "brackets": "https://[::1/scim",
    "port": "https://example.com:99999999/scim",
    "backslash": "https://example.com\\@evil.example/scim",
    "names": "https://xn--e1awd7f.example/\u0441\u0441",
    "many lines": "line\n" * 500,
}
FIELDS: dict[str, tuple[StepKey, str, Callable[[Any], QLineEdit]]] = {
    "name": (StepKey.REGISTER, "app_name", lambda page: page.name),
    "address": (StepKey.CONNECT, "tenant_url", lambda page: page.url),
    "token": (StepKey.CONNECT, "secret", lambda page: page.secret.line),
    "mail": (StepKey.SCOPE, "notify_email", lambda page: page.email),
    "guard": (StepKey.SCOPE, "delete_threshold", lambda page: page.threshold),
}


def _open(make_shell: ShellMaker, key: StepKey, answers: Answers) -> Shell:
    found = sample.tested(verdict=None)
    if key is StepKey.REGISTER:
        found = sample.signed_in(templates=sample.GALLERY)
    shell = make_shell(next_step=_in_order, answers=answers, found=found)
    shell.freeze()
    shell.walk_to(key)
    settle()
    assert shell.here is key
    return shell


def _paste(line: QLineEdit, text: str) -> None:
    data = QMimeData()
    data.setText(text)
    data.setHtml(f"<p style='color:red'><b>{text}</b></p>")
    QGuiApplication.clipboard().setMimeData(data)
    line.selectAll()
    line.paste()
    QGuiApplication.clipboard().clear()
    settle()


@pytest.mark.parametrize("field", FIELDS)
def test_no_paste_is_lost_or_stops_the_program(
    field: str, make_shell: ShellMaker, faults: list[BaseException]
) -> None:
    key, name, find = FIELDS[field]
    answers = sample.answered(tenant_url="", secret=Secret(), app_name="")
    if key is StepKey.REGISTER:
        answers = replace(answers, template_id=sample.TEMPLATE_ID, service_principal_id="")
    shell = _open(make_shell, key, answers)
    line = find(shell.page_here)
    assert line.isVisible()
    for what, text in PASTED.items():
        _paste(line, text)
        kept = line.text()
        assert len(kept) >= len(text) - text.count("\ud83d"), what
        told = [one for one in step_of(key).problems(shell.answers, shell.found) if one.field == name]
        assert sum(one.blocks for one in told) <= 1, what
        assert all(TOKEN not in one.sentence for one in told), what
        # Going away and coming back fills the page from the answers.
        shell.page_here.show_answers(shell.answers)
        assert line.text() == kept, what
    assert not faults


def test_a_token_stays_hidden_from_everything_but_the_eye(make_shell: ShellMaker) -> None:
    shell = _open(make_shell, StepKey.CONNECT, sample.answered(tenant_url="", secret=Secret()))
    field: Any = shell.page_here
    line: QLineEdit = field.secret.line
    _paste(line, TOKEN)
    for widget in shell.findChildren(QWidget):
        face = QAccessible.queryAccessibleInterface(widget)
        told = [face.text(kind) for kind in QAccessible.Text] if face is not None else []
        assert TOKEN not in "\n".join((*told, widget.toolTip(), widget.objectName())), widget
    line.selectAll()
    line.copy()
    line.cut()
    assert TOKEN not in QGuiApplication.clipboard().text()
    assert not line.dragEnabled()
    line.undo()
    line.redo()
    face = QAccessible.queryAccessibleInterface(line)
    assert TOKEN not in face.text(QAccessible.Text.Value)
