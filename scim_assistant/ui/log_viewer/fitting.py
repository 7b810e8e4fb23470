"""A place that scrolls instead of cutting texts off when its window is too low for them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from scim_assistant.ui.widgets.scrolled import Scrolled


class Fitting(Scrolled):
    """Holds a column that is as high as the window, or as high as its wrapped texts need, whichever is more."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        body = QWidget()
        self.column = QVBoxLayout(body)
        self.setWidget(body)
        body.installEventFilter(self)

    def _fit(self) -> None:
        # A layout tells Qt the height of its texts at their widest only; how high they are wrapped has to be asked.
        body = self.widget()
        height = self.column.minimumHeightForWidth(self.viewport().width())
        if body is not None and height != body.minimumHeight():
            body.setMinimumHeight(height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().eventFilter(watched, event)
