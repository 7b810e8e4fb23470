"""Blocks side by side where there is room, below each other where there is not."""

from __future__ import annotations

from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QWidget

from scim_assistant.ui.theme import Space


class Columns(QWidget):
    """Columns of the same width, or one column.

    Args:
        columns: From left to right, which is also from top to bottom.
    """

    def __init__(self, *columns: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(Space.LARGE)
        for column in columns:
            self._box.addWidget(column, 1)

    @property
    def stacked(self) -> bool:
        """True while they stand below each other."""
        return self._box.direction() == QBoxLayout.Direction.TopToBottom

    def stack(self, stacked: bool) -> None:
        """Put them below each other, or side by side."""
        if stacked != self.stacked:
            self._box.setDirection(
                QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight
            )
            self._box.setSpacing(Space.BLOCK if stacked else Space.LARGE)
