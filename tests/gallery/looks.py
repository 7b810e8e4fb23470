"""What must be true of every window, whatever it shows: no text cut off, a name on everything that takes the focus."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QRect
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QLabel,
    QPlainTextEdit,
    QScrollArea,
    QWidget,
)

from scim_assistant.ui.widgets.rail import GroupTitle, RailItem
from scim_assistant.ui.widgets.text import Text

SLACK = 1


def settle() -> None:
    """Let layouts come to rest."""
    for _ in range(4):
        QApplication.processEvents()


def clipped(window: QWidget) -> list[str]:
    """Every visible text that does not fit into its widget, or whose widget does not fit into what holds it."""
    found = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or widget.window() is not window:
            continue
        text = _text(widget)
        if not text:
            continue
        if _too_small(widget):
            found.append(
                f"{_where(widget)}: {text[:60]!r} has {widget.width()}x{widget.height()}, {_wanted(widget)}"
            )
        elif (holder := _cut_by(widget, window)) is not None:
            found.append(f"{_where(widget)}: {text[:60]!r} sticks out of {_where(holder)}")
    return found


def unnamed(window: QWidget) -> list[str]:
    """Everything that can take the focus and has no name for a screen reader."""
    QAccessible.setActive(True)
    top = QAccessible.queryAccessibleInterface(window)
    found = []
    for node in _nodes(top):
        state = node.state()
        if state.invisible or not state.focusable or state.disabled:
            continue
        if node.role() in (QAccessible.Role.Window, QAccessible.Role.Dialog, QAccessible.Role.Client):
            continue
        if not node.text(QAccessible.Text.Name).strip():
            widget = node.object()
            found.append(f"{node.role().name} {_where(widget) if isinstance(widget, QWidget) else widget}")
    return found


def names(window: QWidget) -> list[str]:
    """The name of every node, in tree order: what a screen reader can say of a window."""
    QAccessible.setActive(True)
    top = QAccessible.queryAccessibleInterface(window)
    return [name for node in _nodes(top) if (name := node.text(QAccessible.Text.Name).strip())]


def _nodes(node: QAccessibleInterface | None, depth: int = 0) -> Iterator[QAccessibleInterface]:
    if node is None or depth > 40:
        return
    yield node
    if node.role() in (QAccessible.Role.Table, QAccessible.Role.List, QAccessible.Role.Tree):
        return  # rows are data, and there may be very many
    for number in range(node.childCount()):
        yield from _nodes(node.child(number), depth + 1)


def _text(widget: QWidget) -> str:
    if isinstance(widget, RailItem | GroupTitle):
        return ""
    if isinstance(widget, QLabel | QAbstractButton):
        return widget.text() if widget.objectName() != "qt_spinbox_lineedit" else ""
    if isinstance(widget, QComboBox):
        return widget.currentText()
    return ""


def _too_small(widget: QWidget) -> bool:
    if isinstance(widget, Text):
        if widget._at_most_lines is not None:
            return widget.height() + SLACK < widget.fontMetrics().height()
        lacks_height = widget.height() + SLACK < widget.heightForWidth(widget.width())
        return lacks_height or widget.width() < 40 < widget.sizeHint().width()
    if isinstance(widget, QLabel) and widget.wordWrap():
        return widget.height() + SLACK < widget.heightForWidth(widget.width())
    if isinstance(widget, QComboBox):
        return widget.height() + SLACK < widget.minimumSizeHint().height()
    hint = widget.sizeHint()
    return widget.width() + SLACK < hint.width() or widget.height() + SLACK < hint.height()


def _wanted(widget: QWidget) -> str:
    hint = widget.sizeHint()
    tall = widget.heightForWidth(widget.width()) if isinstance(widget, Text) else hint.height()
    return f"wants {hint.width()}x{tall}"


def _cut_by(widget: QWidget, window: QWidget) -> QWidget | None:
    """The nearest holder that the widget sticks out of; what scrolls does not count downwards."""
    box = QRect(0, 0, widget.width(), widget.height())
    inner: QWidget = widget
    holder = widget.parentWidget()
    while holder is not None and inner is not window:
        box.translate(inner.pos())
        area = holder.parentWidget()
        scrolls = isinstance(area, QScrollArea | QAbstractScrollArea) and not isinstance(area, QPlainTextEdit)
        if box.left() < -SLACK or box.right() > holder.width() + SLACK:
            return holder
        if not scrolls and (box.top() < -SLACK or box.bottom() > holder.height() + SLACK):
            return holder
        if scrolls:
            return None
        inner = holder
        holder = holder.parentWidget()
    return None


def _where(widget: QWidget) -> str:
    chain = []
    each: QWidget | None = widget
    while each is not None and len(chain) < 4:
        chain.append(type(each).__name__)
        each = each.parentWidget()
    return " < ".join(chain)
