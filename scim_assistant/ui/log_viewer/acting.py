"""Doing something to the job that is watched: asks first where it is risky, runs as a write, says what came of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from scim_assistant.errors import KnownError
from scim_assistant.logs.job_state import JobView
from scim_assistant.logs.row import HELD_BACK
from scim_assistant.logs.rows import Query, Rows
from scim_assistant.sentence import Sentence, counted, say
from scim_assistant.ui.jobs import Handle, Jobs, Lane
from scim_assistant.ui.log_viewer.watched import Watched
from scim_assistant.ui.wording import show
from scim_assistant.work import Work

RUNNING = {
    "start": say("Starting provisioning…"),
    "pause": say("Pausing provisioning…"),
    "restart": say("Restarting provisioning…"),
    "allow": say("Letting the removals go ahead…"),
}
DONE = {
    "start": say("Provisioning was started."),
    "pause": say("Provisioning is paused. A cycle that is running still finishes."),
    "restart": say("Provisioning was restarted: everybody is looked at again."),
    "allow": say("The removals go ahead with the next cycle."),
}
COUNTING = say("Counting the removals…")
KEEP = say("Keep as it is")
_NOTHING = Sentence("")


class JobActing(QObject):
    """Start, pause, restart, allow removals; one at a time.

    Signals:
        changed: It began or ended to be busy; read ``why_not``.
        done: What was done, as a sentence.
        failed: The known error.
    """

    changed = Signal()
    done = Signal(object)
    failed = Signal(object)

    def __init__(self, watched: Watched, jobs: Jobs, window: QWidget) -> None:
        super().__init__(window)
        self._watched = watched
        self._jobs = jobs
        self._window = window
        self._running: Handle | None = None
        self._words = _NOTHING
        self._last = ""
        self.view: JobView | None = None
        """How the job stands, as last seen."""

    @property
    def busy(self) -> bool:
        """True while something runs."""
        return self._running is not None

    @property
    def writing(self) -> bool:
        """True while a write to the tenant runs; it is never abandoned half way."""
        return self._running is not None and self._running.lane is Lane.TENANT_WRITE

    @property
    def why_not(self) -> Sentence:
        """Why nothing can be asked for now; empty when something can."""
        if self._watched.actions is None:
            return self._watched.read_only
        return self._words if self.busy else _NOTHING

    def ask(self, action: str) -> None:
        """Do ``start``, ``pause``, ``restart`` or ``allow``; asks first where it is risky."""
        if self.why_not:
            return
        if action == "restart":
            what, why = restart_question(self._watched.app_name, self.view)
            self._confirm(action, what, why, say("Restart provisioning"))
        elif action == "allow":
            self._count()
        else:
            self._act(action)

    def repeat(self) -> None:
        """Do once more what was done last, without asking again: it failed for want of a sign-in."""
        if self._last:
            self._act(self._last)

    def cancel(self) -> None:
        """Stop what may be stopped: counting, not writing."""
        if self._running is not None and not self.writing:
            self._running.cancel()

    def _set(self, running: Handle | None, words: Sentence = _NOTHING) -> None:
        self._running, self._words = running, words
        self.changed.emit()

    def _count(self) -> None:
        rows, since = self._watched.rows, _held_since(self.view)
        self._set(
            self._jobs.start(
                lambda work: count_held(rows, since, work),
                owner=self,
                on_done=self._on_counted,
                lane=Lane.ARCHIVE,
            ),
            COUNTING,
        )

    def _on_counted(self, number: int) -> None:
        self._set(None)
        guard = self.view.delete_threshold if self.view is not None else None
        what, why = removals_question(self._watched.app_name, number, guard)
        self._confirm("allow", what, why, say("Allow removals"))

    def _confirm(self, action: str, what: Sentence, why: Sentence, verb: Sentence) -> None:
        box = QMessageBox(self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle(self._window.windowTitle())
        box.setIcon(QMessageBox.Icon.Warning)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(show(what))
        box.setInformativeText(show(why))
        go = box.addButton(show(verb), QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton(show(KEEP), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)
        box.buttonClicked.connect(lambda button: self._act(action) if button is go else None)
        box.open()

    def _act(self, action: str) -> None:
        actions = self._watched.actions
        if actions is None or self.busy:
            return
        self._last = action
        run: Callable[[Work], object] = {
            "start": actions.start,
            "pause": actions.pause,
            "restart": actions.restart,
            "allow": actions.allow_removals,
        }[action]

        def on_done(_: object) -> None:
            self._set(None)
            self.done.emit(DONE[action])

        def on_error(error: KnownError) -> None:
            self._set(None)
            self.failed.emit(error)

        self._set(
            self._jobs.start(run, owner=self, on_done=on_done, on_error=on_error, lane=Lane.TENANT_WRITE),
            RUNNING[action],
        )


def _held_since(view: JobView | None) -> datetime | None:
    """From when on removals that were held back belong to this quarantine."""
    if view is None or view.quarantine is None or view.quarantine.since is None:
        return None
    began = view.last_cycle.began_at if view.last_cycle is not None else None
    return min(view.quarantine.since, began) if began is not None else view.quarantine.since


def count_held(rows: Rows, since: datetime | None, work: Work) -> int:
    """How many people and groups the log shows whose removal is held back."""
    found = (rows.peek(key) for key in rows.search(Query(operation=HELD_BACK), work))
    return len(
        {row.source_id or row.id for row in found if row and (since is None or not row.at or row.at >= since)}
    )


def restart_question(app: str, view: JobView | None) -> tuple[Sentence, Sentence]:
    """What a restart does, and what cannot be undone about it."""
    what = say("Restart provisioning of {app}?", app=app)
    if view is not None and view.quarantine is not None and view.quarantine.removals_held:
        return what, say(
            "Put the people and groups back first: if they are still missing, the restart lets the removals through, "
            "and that cannot be undone. Everybody is looked at again; accounts stay linked."
        )
    return what, say(
        "Everybody in scope is looked at again from the beginning, which can take from minutes to hours. Failed "
        "people and groups are tried again at once; accounts stay linked. A restart cannot be undone."
    )


def removals_question(app: str, number: int, guard: int | None) -> tuple[Sentence, Sentence]:
    """How many are removed, and that it is final.

    Args:
        number: People and groups whose removal the log shows as held back; 0 when the log does not show them.
        guard: Most removals that the job takes without asking, where it says so.
    """
    if number:
        amount = counted(number, "person or group", "people and groups")
        return (
            say("Remove {amount} from {app}?", amount=amount, app=app),
            say(
                "The log shows {amount} whose removal is held back. They are disabled or deleted in {app} with the "
                "next cycle. This cannot be undone from here.",
                amount=amount,
                app=app,
            ),
        )
    what = say("Let all held-back removals in {app} go ahead?", app=app)
    if guard:
        return what, say(
            "How many there are is not known, because the log does not show them; it is more than the guard of "
            "{guard}. They are disabled or deleted in {app} with the next cycle. This cannot be undone from here.",
            guard=counted(guard, "removal", "removals"),
            app=app,
        )
    return what, say(
        "How many there are is not known, because the log does not show them. They are disabled or deleted in "
        "{app} with the next cycle. This cannot be undone from here.",
        app=app,
    )
