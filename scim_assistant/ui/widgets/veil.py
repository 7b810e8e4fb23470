"""Lies over a page while a job runs: text, progress and Cancel, but only when it takes longer than a moment."""

from __future__ import annotations

import contextlib

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from scim_assistant.sentence import say
from scim_assistant.ui.theme import Space
from scim_assistant.ui.widgets.card import Card
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import CANCEL, show
from scim_assistant.work import Progress

AFTER_MS = 400


class Veil(QWidget):
    """A veil over its parent.

    Signals:
        cancelled: The person pressed Cancel.
    """

    cancelled = Signal()

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._before: QWidget | None = None
        outer = QVBoxLayout(self)
        outer.setContentsMargins(Space.BLOCK, Space.BLOCK, Space.BLOCK, Space.BLOCK)
        outer.addStretch(2)
        self._card = Card(padding=Space.LARGE)
        self._card.rows.setSpacing(Space.MEDIUM)
        self.text = Text(role=Role.STRONG, widest=400)
        self.detail = Text(widest=400)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(show(say("Progress")))
        self.button = QPushButton(show(CANCEL))
        self.button.setAutoDefault(False)
        self.button.clicked.connect(self._on_cancel)
        for widget in (self.text, self.detail, self.bar):
            self._card.rows.addWidget(widget)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.button)
        self._card.rows.addLayout(row)
        self._card.setMinimumWidth(320)
        self._card.setMaximumWidth(440)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(self._card, 3)
        middle.addStretch(1)
        outer.addLayout(middle)
        outer.addStretch(3)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(AFTER_MS)
        self._timer.timeout.connect(self._on_due)
        over.installEventFilter(self)
        self.hide()

    def begin(self, text: str) -> None:
        """A job has started; the veil comes down if it lasts."""
        self.text.set_text(text)
        self.detail.set_text("")
        self.detail.hide()
        self.bar.setRange(0, 0)
        self.button.setEnabled(True)
        self.button.setText(show(CANCEL))
        if self.isHidden():
            self._timer.start()

    def progress(self, progress: Progress) -> None:
        """Show where the job stands."""
        self.detail.set_text(progress.sentence)
        self.detail.setVisible(bool(progress.sentence))
        if progress.total:
            self.bar.setRange(0, progress.total)
            self.bar.setValue(progress.done)
        else:
            self.bar.setRange(0, 0)

    def end(self) -> None:
        """The job has ended."""
        self._timer.stop()
        if not self.isHidden():
            had_focus = (
                self.isAncestorOf(self.window().focusWidget()) if self.window().focusWidget() else False
            )
            self.hide()
            if had_focus and self._before is not None:
                # The widget may have gone away with what the job replaced.
                with contextlib.suppress(RuntimeError):
                    self._before.setFocus()
        self._before = None

    def _on_due(self) -> None:
        parent = self.parentWidget()
        if parent is None:
            return
        self._before = self.window().focusWidget()
        self.setGeometry(parent.rect())
        self.raise_()
        self.show()
        self.button.setFocus()

    def _on_cancel(self) -> None:
        self.button.setEnabled(False)
        self.button.setText(show(say("Stopping…")))
        self.cancelled.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        parent = self.parentWidget()
        if event.type() == QEvent.Type.Resize and parent is not None and watched is parent:
            self.setGeometry(parent.rect())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        cover = QColor(self.palette().color(QPalette.ColorRole.Window))
        cover.setAlphaF(0.82)
        painter.fillRect(self.rect(), cover)
        painter.end()
