"""A person at the window: looks at what is visible, moves the mouse, types. Sets nothing, calls no page.

Events go to the native window, as from the platform, so that what lies on top of a control really is in its way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QListWidget,
    QScrollArea,
    QWidget,
)

PATIENCE_MS = 90_000
"""How long something may take before the person gives up, in milliseconds."""

W = TypeVar("W", bound=QWidget)
Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier


class Person:
    """Somebody at one window.

    Args:
        qtbot: Waits.
        window: The window; give another with ``look_at``.
    """

    def __init__(self, qtbot: Any, window: QWidget) -> None:
        self._qtbot = qtbot
        self.window = window

    def look_at(self, window: QWidget) -> None:
        """Turn to another window."""
        self.window = window
        self.wait(lambda: window.isVisible() and window.windowHandle() is not None, "the window shows")
        self.wait(lambda: window.isActiveWindow() or window.activateWindow(), "the window is in front")

    def wait(self, condition: Callable[[], object], what: str = "") -> None:
        """Wait until something is so."""
        try:
            self._qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE_MS)
        except BaseException as error:
            seen = "\n".join(self.seen())
            raise AssertionError(f"waited in vain: {what}\nthe window says:\n{seen}") from error

    # Looking

    def seen(self) -> Iterator[str]:
        """Every text that is visible, by label or button."""
        for label in self.window.findChildren(QLabel):
            if label.isVisible() and label.text():
                yield label.text()
        for button in self.window.findChildren(QAbstractButton):
            if button.isVisible() and _plain(button):
                yield (
                    f"[{_plain(button)}]" if button.isEnabled() else f"[{_plain(button)}, cannot be pressed]"
                )

    def sees(self, text: str, inside: QWidget | None = None) -> bool:
        """True when a visible text says exactly this."""
        place = inside or self.window
        return any(
            label.isVisible() and text in label.text().split("\n") for label in place.findChildren(QLabel)
        )

    def wait_to_see(self, text: str, inside: QWidget | None = None) -> None:
        """Wait until a visible text says exactly this."""
        self.wait(lambda: self.sees(text, inside), f"to see {text!r}")

    def button(self, name: str) -> QAbstractButton | None:
        """The visible button of this text or accessible name."""
        found = [
            button
            for button in self.window.findChildren(QAbstractButton)
            if button.isVisible() and name in (_plain(button), button.accessibleName())
        ]
        return found[0] if found else None

    def can_press(self, name: str) -> bool:
        """True when there is such a button and it can be pressed."""
        button = self.button(name)
        return button is not None and button.isEnabled()

    def one(self, kind: type[W], name: str) -> W:
        """The visible control of this accessible name."""
        found = [
            widget
            for widget in self.window.findChildren(kind)
            if widget.isVisible() and widget.accessibleName() == name
        ]
        assert len(found) == 1, f"{len(found)} of {name!r}; the window says {list(self.seen())}"
        return found[0]

    # Mouse

    def press(self, name: str) -> None:
        """Wait until a button can be pressed, and click it."""
        self.wait(lambda: self.can_press(name), f"to press {name!r}")
        button = self.button(name)
        assert button is not None
        self.click(button)

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        """Click in the middle of a control, or at a place in it, scrolling there first."""
        place = at if at is not None else widget.rect().center()
        self.scroll_to(widget, place)
        top = widget.window()
        point = widget.mapTo(top, place)
        hit = top.childAt(point)
        self.wait(
            lambda: (
                (hit := top.childAt(widget.mapTo(top, place))) is widget
                or (hit is not None and widget.isAncestorOf(hit))
            ),
            f"nothing in the way of {widget.accessibleName()!r}, where {hit} is",
        )
        handle = top.windowHandle()
        assert handle is not None
        QTest.mouseClick(
            handle, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, widget.mapTo(top, place)
        )
        QApplication.processEvents()

    def mouse_is_forbidden(self, widget: QWidget, at: QPoint | None = None) -> None:
        """Stands in for ``click`` where only the keyboard may be used."""
        raise AssertionError(f"a click on {widget.accessibleName()!r}")

    def click_row(self, people: QListWidget, text: str) -> None:
        """Click the row of a list that says this."""
        role = Qt.ItemDataRole.AccessibleTextRole

        def row() -> int:
            texts = [str(people.item(number).data(role)) for number in range(people.count())]
            return next((number for number, one in enumerate(texts) if text in one), -1)

        self.wait(lambda: row() >= 0, f"{text!r} in the list {people.accessibleName()!r}")
        place = people.visualItemRect(people.item(row()))
        assert people.viewport().rect().contains(place.center()), f"{text!r} is below the fold of the list"
        self.click(people.viewport(), place.center())

    def scroll_to(self, widget: QWidget, at: QPoint) -> None:
        """Turn the wheel over the page until a place in a control shows."""
        area = widget.parentWidget()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parentWidget()
        if area is None:
            return
        view = area.viewport()
        for _ in range(200):
            y = widget.mapTo(view, at).y()
            if 8 <= y <= view.height() - 8:
                return
            middle = QPointF(view.width() - 4, view.height() / 2)
            turn = QWheelEvent(
                middle,
                view.mapToGlobal(middle),
                QPoint(),
                QPoint(0, 40 if y < 8 else -40),
                Qt.MouseButton.NoButton,
                Qt.KeyboardModifier.NoModifier,
                Qt.ScrollPhase.NoScrollPhase,
                False,
            )
            before = area.verticalScrollBar().value()
            QApplication.sendEvent(view, turn)
            QApplication.processEvents()
            if area.verticalScrollBar().value() == before:
                break
        y = widget.mapTo(view, at).y()
        assert 0 <= y <= view.height(), f"{widget.accessibleName()!r} cannot be scrolled into view"

    # Keyboard

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press one key; it goes where the keyboard's focus is."""
        top = QApplication.activePopupWidget() or QApplication.activeModalWidget() or self.window
        handle = top.windowHandle()
        assert handle is not None
        QTest.keyClick(handle, key, modifier)
        QApplication.processEvents()

    def type(self, text: str) -> None:
        """Type something where the focus is."""
        handle = self.window.windowHandle()
        assert handle is not None
        for character in text:
            QTest.keyClick(handle, character)
        QApplication.processEvents()

    def paste_over(self) -> None:
        """Select what is in the field that has the focus, and paste over it: Ctrl+A, Ctrl+V."""
        self.key(Key.Key_A, CTRL)
        self.key(Key.Key_V, CTRL)

    def type_over(self, text: str) -> None:
        """Select what is in the field that has the focus, and type something else."""
        self.key(Key.Key_A, CTRL)
        self.type(text)

    @property
    def focus(self) -> QWidget | None:
        """Where the keyboard goes."""
        return QApplication.focusWidget()

    def tab_to(self, *names: str, most: int = 80) -> QWidget:
        """Press Tab until the focus is on a control of one of these names or texts."""
        passed = []
        for _ in range(most):
            here = self.focus
            if here is not None and here.isVisible() and {here.accessibleName(), _plain(here)} & set(names):
                return here
            passed.append(f"{type(here).__name__} {(here.accessibleName() or _plain(here)) if here else ''}")
            self.key(Key.Key_Tab)
        raise AssertionError(f"Tab does not lead to {names}; it led to {passed}")


def _plain(widget: QWidget) -> str:
    """The text of a button without the mark of its shortcut."""
    return widget.text().replace("&", "") if isinstance(widget, QAbstractButton) else ""
