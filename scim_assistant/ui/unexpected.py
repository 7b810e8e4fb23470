"""The one place where faults of ours end up. Its dialog is imported only when there is one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from scim_assistant.ui.dialogs import UnexpectedDialog


class Unexpected:
    """Where every fault of ours ends up: the log, and one dialog at a time.

    Args:
        parent: Gives the window above which the dialog opens.
    """

    def __init__(self, parent: Callable[[], QWidget | None] = lambda: None) -> None:
        self._parent = parent
        self._open: UnexpectedDialog | None = None
        self.count = 0

    def __call__(self, error: BaseException) -> None:
        """Show it. While one shows, further faults are only logged: they are mostly the same one."""
        import logging

        from scim_assistant.ui.dialogs import UnexpectedDialog, fault_text

        self.count += 1
        logging.getLogger("scim_assistant").error("unexpected: %s", fault_text(error))
        if self._open is not None:
            return
        dialog = UnexpectedDialog(error, self._parent())
        self._open = dialog
        dialog.finished.connect(self._on_closed)
        dialog.open()

    def _on_closed(self, _: int) -> None:
        self._open = None
