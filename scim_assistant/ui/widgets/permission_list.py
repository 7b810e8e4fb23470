"""Permissions by name, each with what it is for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from scim_assistant.sentence import say
from scim_assistant.signin.permissions import Permission
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.card import Card, Hairline
from scim_assistant.ui.widgets.glyph import Glyph
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import show


class PermissionList(Card):
    """Permissions below each other."""

    def __init__(self, name: str, permissions: Sequence[Permission], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(show(name))
        for number, permission in enumerate(permissions):
            if number:
                self.rows.addWidget(Hairline(self))
            self.rows.addWidget(self._row(permission))

    def _row(self, permission: Permission) -> QWidget:
        row = QWidget(self)
        row.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        across = QHBoxLayout(row)
        across.setContentsMargins(Space.MEDIUM, Space.SMALL, Space.MEDIUM, Space.SMALL)
        across.setSpacing(Space.MEDIUM)
        across.addWidget(Glyph("key", Tone.QUIET, 16), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(2)
        words.addWidget(Text(permission.reason, role=Role.STRONG))
        told = permission.name
        if permission.needs_admin:
            told = show(say("{permission}. An administrator consents to it once.", permission=told))
        words.addWidget(Text(told, role=Role.HINT, tone=Tone.QUIET))
        across.addLayout(words, 1)
        return row
