"""The monitor: one app's provisioning as it happens, and what to do when it does not.

Two rounds run beside each other, one that looks at the job and one that reads its log, each started again only
when it has ended. A round that fails says so in a place of its own and goes on trying, less often; what was read
before stays on screen. The table is fed at most ten times a second, in pieces, so that it never holds up the window.
"""

from __future__ import annotations

import time
from array import array
from collections import deque
from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QByteArray, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMainWindow,
    QMessageBox,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from scim_assistant.errors import KnownError, Unreachable
from scim_assistant.graph.types import SynchronizationJob
from scim_assistant.logs.detail import EventDetail, read_detail
from scim_assistant.logs.job_state import JobState, JobView, view_job
from scim_assistant.logs.live import LogsRefused
from scim_assistant.logs.row import HELD_BACK, Row
from scim_assistant.logs.rows import Added, Query
from scim_assistant.sentence import Sentence, counted, say
from scim_assistant.ui.jobs import Handle, Jobs, Lane
from scim_assistant.ui.log_viewer.banner import QuarantineBanner
from scim_assistant.ui.log_viewer.columns import LOOKS, Column
from scim_assistant.ui.log_viewer.detail_pane import DetailPane
from scim_assistant.ui.log_viewer.filter_bar import FilterBar
from scim_assistant.ui.log_viewer.header import JobHeader
from scim_assistant.ui.log_viewer.model import EventModel
from scim_assistant.ui.log_viewer.table import EventTable
from scim_assistant.ui.log_viewer.watched import Layouts, Watched
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.empty_state import EmptyState
from scim_assistant.ui.widgets.message_bar import MessageBar
from scim_assistant.ui.wording import APP_NAME, PRACTICE_MARK, TRY_AGAIN, both_times, show
from scim_assistant.work import Work

FEED_EVERY_MS = 100
"""How often new rows reach the table."""
FEED_ROWS = 250
"""Most rows that reach it in one piece."""
FEED_FOR_S = 0.004
"""After so long, feeding goes on with the next piece."""
SLOWEST = 6
"""A round that keeps failing is tried again after at most so many intervals."""
NARROW = 900
"""Below this width the details stand under the table, not beside it."""

ASKED = {
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
KEEP = say("Keep as it is")


def _centred(content: QWidget) -> QWidget:
    """A place that keeps its content in the middle, however high it is."""
    place = QWidget()
    column = QVBoxLayout(place)
    column.setContentsMargins(0, 0, 0, 0)
    column.addStretch(2)
    column.addWidget(content)
    column.addStretch(3)
    return place


class MonitorWindow(QMainWindow):
    """Watches one provisioned app.

    Args:
        watched: What to watch, and what may be done.
        jobs: Runs everything that waits.
        layouts: Remembers sizes and columns; None for nothing.

    Signals:
        fed: Rows reached the table; how many.
    """

    fed = Signal(int)

    def __init__(
        self, watched: Watched, jobs: Jobs, layouts: Layouts | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.watched = watched
        self._jobs = jobs
        self._layouts = layouts
        self._job_view: JobView | None = None
        self._job_round: Handle | None = None
        self._log_round: Handle | None = None
        self._searching: Handle | None = None
        self._detailing: Handle | None = None
        self._acting: Handle | None = None
        self._acting_words = Sentence("")
        self._job_failures = 0
        self._log_failures = 0
        self._log_read_at: datetime | None = None
        self._log_refused: LogsRefused | None = None
        self._log_rounds = 0
        self._inbox: deque[Added] = deque()
        self._sort = Column.TIME
        self._descending = True
        self._closed = False
        self._build()
        self._job_timer = self._timer(self._look_at_job)
        self._log_timer = self._timer(self._read_log)
        self._feed_timer = QTimer(self)
        self._feed_timer.setInterval(FEED_EVERY_MS)
        self._feed_timer.timeout.connect(self._feed)
        self._restore()
        self._show_actions()
        self._show_emptiness()

    def _timer(self, run: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.timeout.connect(run)
        return timer

    # Building

    def _build(self) -> None:
        watched = self.watched
        mark = f"{show(PRACTICE_MARK)} – " if watched.is_practice else ""
        self.setWindowTitle(f"{mark}{watched.app_name} – {show(say('Monitor'))} – {APP_NAME}")
        self.setMinimumSize(680, 560)
        self.resize(1180, 760)
        where = show(
            say("{tenant}, signed in as {account}", tenant=watched.tenant_name, account=watched.account)
        )
        self.header = JobHeader(watched.app_name, f"{mark}{where}", watched.now)
        self.header.asked.connect(self.ask)
        self.job_message = MessageBar()
        self.job_message.pressed.connect(self._on_message)
        self.job_message.hide()
        self.action_message = MessageBar()
        self.action_message.pressed.connect(self._on_message)
        self.action_message.hide()
        self.banner = QuarantineBanner(watched.now)
        self.banner.asked.connect(self.ask)
        self.filters = FilterBar()
        self.filters.changed.connect(self._search)
        self.log_message = MessageBar()
        self.log_message.pressed.connect(self._on_message)
        self.log_message.hide()
        self.model = EventModel(watched.rows, watched.now, self)
        self.table = EventTable(self.model)
        self.table.chosen.connect(self._on_chosen)
        self.table.opened.connect(self._on_opened)
        self.table.sort_asked.connect(self._on_sort)
        self.table.only_asked.connect(self.filters.only_person)
        self.table.unseen_changed.connect(self._on_unseen)
        self.empty = EmptyState("waiting", "")
        self.empty.pressed.connect(self._on_empty_pressed)
        self._table_place = QStackedWidget()
        self._table_place.addWidget(self.table)
        self._empty_place = _centred(self.empty)
        self._table_place.addWidget(self._empty_place)
        self.newest = QPushButton()
        self.newest.setAutoDefault(False)
        self.newest.clicked.connect(self.go_to_newest)
        self.newest.hide()
        left = QWidget()
        left_column = QVBoxLayout(left)
        left_column.setContentsMargins(0, 0, 0, 0)
        left_column.setSpacing(Space.TIGHT)
        left_column.addWidget(self._table_place, 1)
        jump = QHBoxLayout()
        jump.addStretch(1)
        jump.addWidget(self.newest)
        jump.addStretch(1)
        left_column.addLayout(jump)
        self.detail = DetailPane(watched.now)
        self.detail.closed.connect(self._on_detail_closed)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(left)
        self.splitter.addWidget(self.detail)
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 2)
        self.splitter.setSizes([700, 440])
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(Space.LARGE, Space.LARGE, Space.LARGE, Space.MEDIUM)
        column.setSpacing(Space.MEDIUM)
        for part in (
            self.header,
            self.action_message,
            self.job_message,
            self.banner,
            self.filters,
            self.log_message,
        ):
            column.addWidget(part)
        column.addWidget(self.splitter, 1)
        self.setCentralWidget(body)
        for keys, run in (
            (QKeySequence(QKeySequence.StandardKey.Find), self._find),
            (QKeySequence(QKeySequence.StandardKey.Refresh), self.refresh),
            (QKeySequence(QKeySequence.StandardKey.Close), self.close),
        ):
            shortcut = QShortcut(keys, self)
            shortcut.activated.connect(run)

    # Looking at the job

    def start(self) -> None:
        """Begin to watch. Called by itself when the window is first shown."""
        self._feed_timer.start()
        self.refresh()

    def refresh(self) -> None:
        """Look at the job and read the log now."""
        self._log_refused = None
        self._look_at_job()
        self._read_log()

    def _look_at_job(self) -> None:
        if self._closed or (self._job_round is not None and self._job_round.running):
            return
        self._job_timer.stop()
        self._job_round = self._jobs.start(
            self.watched.fetch_job,
            owner=self,
            on_done=self._on_job,
            on_error=self._on_job_error,
            lane=Lane.READ,
        )

    def _on_job(self, job: SynchronizationJob) -> None:
        self._job_failures = 0
        self.job_message.hide()
        self.show_job(job)
        self._job_timer.start(self._in_ms(self.watched.job_every_s))

    def show_job(self, job: SynchronizationJob) -> None:
        """Show how the job stands."""
        self._job_view = view_job(job, self.watched.now(), self.watched.pace)
        self.header.show_job(self._job_view)
        quarantine = self._job_view.quarantine
        explanation = self.watched.explain_code(quarantine.code) if quarantine is not None else None
        self.banner.show_quarantine(quarantine, explanation)
        self._show_emptiness()

    def _on_job_error(self, error: KnownError) -> None:
        self._job_failures += 1
        wait_s = self._patience_s(self.watched.job_every_s, self._job_failures)
        self._say(self.job_message, "job", error, wait_s)
        self._job_timer.start(self._in_ms(wait_s))

    # Reading the log

    def _read_log(self) -> None:
        if self._closed or (self._log_round is not None and self._log_round.running):
            return
        self._log_timer.stop()
        watched = self.watched
        inbox = self._inbox

        def read(work: Work) -> int:
            count = 0
            for page in watched.feed.fetch_pages(work):
                added = watched.rows.add(page)
                if added.keys or added.dropped:
                    inbox.append(added)
                count += len(added.keys)
            return count

        self._log_round = self._jobs.start(
            read, owner=self, on_done=self._on_log_read, on_error=self._on_log_error, lane=Lane.READ
        )

    def _on_log_read(self, count: int) -> None:
        self._log_failures = 0
        self._log_rounds += 1
        self._log_refused = None
        self._log_read_at = self.watched.now()
        self.log_message.hide()
        self._feed()
        self._show_emptiness()
        self._log_timer.start(self._in_ms(self.watched.feed.interval_s))

    def _on_log_error(self, error: KnownError) -> None:
        self._log_failures += 1
        if isinstance(error, LogsRefused):
            # Asking again changes nothing until somebody grants something; F5 and the button ask again.
            self._log_refused = error
            self._say(self.log_message, "log", error, None)
        else:
            wait_s = self._patience_s(self.watched.feed.interval_s, self._log_failures)
            self._say(self.log_message, "log", error, wait_s)
            self._log_timer.start(self._in_ms(wait_s))
        self._feed()
        self._show_emptiness()

    @staticmethod
    def _in_ms(seconds: float) -> int:
        return max(1, int(seconds * 1000))

    @staticmethod
    def _patience_s(interval_s: float, failures: int) -> float:
        return interval_s * min(SLOWEST, 2 ** (failures - 1))

    def _say(self, bar: MessageBar, about: str, error: KnownError, wait_s: float | None) -> None:
        next_step: str = error.next_step
        if wait_s is not None:
            again = show(say("It is tried again in {n} s.", n=max(1, round(wait_s))))
            if isinstance(error, Unreachable) and self._log_read_at is not None:
                again = show(
                    say(
                        "What is shown is from {time}. {again}",
                        time=both_times(self._log_read_at),
                        again=again,
                    )
                )
            next_step = f"{show(next_step)} {again}".strip()
        tone = Tone.CAUTION if isinstance(error, Unreachable | LogsRefused) else Tone.BAD
        bar.show_message(
            tone, error.what, error.why, next_step, details=error.details, actions=((about, TRY_AGAIN),)
        )

    def _on_message(self, key: str) -> None:
        if key == "job":
            self._look_at_job()
        elif key == "log":
            self._log_refused = None
            self._read_log()
        elif key == "close":
            self.action_message.hide()
            self.table.setFocus()

    # Feeding the table

    def _feed(self) -> None:
        if self._searching is not None and self._searching.running:
            return  # what arrives meanwhile is merged with the result
        inserted = 0
        end = time.perf_counter() + FEED_FOR_S
        while self._inbox and time.perf_counter() < end:
            added = self._inbox.popleft()
            if len(added.keys) > FEED_ROWS:
                rest = Added(added.keys[:-FEED_ROWS], ())
                added = Added(added.keys[-FEED_ROWS:], added.dropped)
                self._inbox.appendleft(rest)
            self.model.remove(added.dropped)
            inserted += self.model.insert(added.keys)
        if self._inbox:
            QTimer.singleShot(16, self, self._feed)
        if inserted:
            self._show_emptiness()
            self.fed.emit(inserted)
        self._show_counts()

    def _show_counts(self) -> None:
        counts = self.watched.rows.counts()
        self.filters.set_counts(counts)
        total = sum(counts.values())
        shown = self.model.rowCount()
        if self.model.query.narrows:
            text = say("{shown} of {total}", shown=f"{shown:,}", total=counted(total, "event", "events"))
        else:
            text = say("{total}, newest first", total=counted(total, "event", "events"))
            if self._sort is not Column.TIME or not self._descending:
                text = say("{total}", total=counted(total, "event", "events"))
        self.filters.set_shown(text)

    def _search(self) -> None:
        if self._searching is not None:
            self._searching.cancel()
        query = self.filters.query(LOOKS[self._sort].sort)
        descending = self._descending
        rows = self.watched.rows

        def found(keys: array[int]) -> None:
            self.model.replace(keys, query, descending=descending)
            self._show_emptiness()
            self._feed()

        self._searching = self._jobs.start(
            lambda work: rows.search(query, work), owner=self, on_done=found, lane=Lane.ARCHIVE
        )

    def _on_sort(self, column: int, descending: bool) -> None:
        self._sort, self._descending = Column(column), descending
        self._search()

    def _on_unseen(self, count: int) -> None:
        self.newest.setVisible(count > 0)
        if count:
            self.newest.setText(show(say("{events} above", events=counted(count, "new event", "new events"))))

    def go_to_newest(self) -> None:
        """Show the newest events, sorted by time."""
        self.table.go_to_newest()
        self.table.setFocus()

    def _show_emptiness(self) -> None:
        if self.model.rowCount():
            self._table_place.setCurrentWidget(self.table)
            return
        what, why, action = self._emptiness()
        self.empty.set_words(what, why, action)
        self._table_place.setCurrentWidget(self._empty_place)

    def _emptiness(self) -> tuple[str, str, str]:
        """What would be here, why it is not, what to do."""
        state = self._job_view.state if self._job_view is not None else None
        if self.model.query.narrows:
            total = counted(sum(self.watched.rows.counts().values()), "event", "events")
            return (
                say("No event fits the filter"),
                say("{total} are here when the filter is taken away.", total=total),
                say("Show all events"),
            )
        if self._log_refused is not None:
            return (
                say("The log cannot be shown"),
                say("The state of provisioning above stays up to date without it."),
                "",
            )
        if not self._log_rounds:
            return say("Reading the log"), say("Events of the last 7 days appear here as they are read."), ""
        if state in (JobState.NOT_STARTED, JobState.PAUSED):
            return (
                say("No events yet"),
                say("Events appear here, one for each person and group, once provisioning is started."),
                "",
            )
        if state is JobState.FIRST_CYCLE:
            return (
                say("No events yet"),
                say(
                    "The first cycle is running. Each person and group appears here with how it came out; Microsoft "
                    "shows events some minutes after they happen."
                ),
                "",
            )
        return (
            say("No events in the last 7 days"),
            say("Each change to a person or group appears here by itself, some minutes after it happens."),
            "",
        )

    def _on_empty_pressed(self) -> None:
        self.filters.reset()
        self.table.setFocus()

    # Details

    def _on_chosen(self, row: Row | None) -> None:
        if self._detailing is not None:
            self._detailing.cancel()
        if row is None:
            self.detail.show_detail(None)
            return
        explain = self.watched.explain

        self._detailing = self._jobs.start(
            lambda work: read_detail(row, explain), owner=self, on_done=self._show_detail, lane=Lane.ARCHIVE
        )

    def _show_detail(self, detail: EventDetail) -> None:
        appears = not self.detail.isVisible()
        self.detail.show_detail(detail)
        if appears:  # the table has less room now; the chosen row must not be what it loses
            QTimer.singleShot(0, self.table, self._show_current)

    def _show_current(self) -> None:
        if self.table.currentIndex().isValid():
            self.table.scrollTo(self.table.currentIndex())

    def _on_opened(self) -> None:
        if self.detail.isVisible():
            self.detail.first_focus().setFocus()

    def _on_detail_closed(self) -> None:
        self.table.setFocus()
        self.table.let_go()

    def _find(self) -> None:
        self.filters.search.setFocus()
        self.filters.search.selectAll()

    # Acting on the job

    def _show_actions(self) -> None:
        if self.watched.actions is None:
            enabled, why = False, self.watched.read_only
        elif self._acting is not None and self._acting.running:
            enabled, why = False, self._acting_words
        else:
            enabled, why = True, Sentence("")
        self.header.allow(enabled, why)
        self.banner.allow(enabled, why)

    def ask(self, action: str) -> None:
        """Do something to the job: ``start``, ``pause``, ``restart`` or ``allow``; asks first where it is risky."""
        if self.watched.actions is None or (self._acting is not None and self._acting.running):
            return
        if action == "restart":
            self._confirm(action, *self._restart_words(), show(say("Restart provisioning")))
        elif action == "allow":
            self._count_held()
        else:
            self._act(action)

    def _restart_words(self) -> tuple[str, str]:
        what = say("Restart provisioning of {app}?", app=self.watched.app_name)
        quarantine = self._job_view.quarantine if self._job_view is not None else None
        if quarantine is not None and quarantine.removals_held:
            why = say(
                "Put the people and groups back first: if they are still missing, the restart lets the removals "
                "through, and that cannot be undone. Everybody is looked at again; accounts stay linked."
            )
        else:
            why = say(
                "Everybody in scope is looked at again from the beginning, which can take from minutes to hours. Failed "
                "people and groups are tried again at once; accounts stay linked. A restart cannot be undone."
            )
        return show(what), show(why)

    def _count_held(self) -> None:
        rows = self.watched.rows
        quarantine = self._job_view.quarantine if self._job_view is not None else None
        since = quarantine.since if quarantine is not None else None
        last = self._job_view.last_cycle if self._job_view is not None else None
        if since is not None and last is not None and last.began_at is not None:
            since = min(since, last.began_at)

        def count(work: Work) -> int:
            found = (rows.peek(key) for key in rows.search(Query(operation=HELD_BACK), work))
            return len(
                {
                    row.source_id or row.id
                    for row in found
                    if row and (since is None or not row.at or row.at >= since)
                }
            )

        self._acting_words = say("Counting the removals…")
        self._acting = self._jobs.start(count, owner=self, on_done=self._on_held, lane=Lane.ARCHIVE)
        self._show_actions()

    def _on_held(self, number: int) -> None:
        self._acting = None
        self._show_actions()
        app = self.watched.app_name
        threshold = self._job_view.delete_threshold if self._job_view is not None else None
        guard = counted(threshold, "removal", "removals") if threshold else ""
        if number:
            amount = counted(number, "person or group", "people and groups")
            what = say("Remove {amount} from {app}?", amount=amount, app=app)
            why = say(
                "The log shows {amount} whose removal is held back. They are disabled or deleted in {app} with the next "
                "cycle. This cannot be undone from here.",
                amount=amount,
                app=app,
            )
        else:
            what = say("Let all held-back removals in {app} go ahead?", app=app)
            why = say(
                "How many there are is not known, because the log does not show them{guard}. They are disabled or "
                "deleted in {app} with the next cycle. This cannot be undone from here.",
                app=app,
                guard=show(say("; it is more than the guard of {guard}", guard=guard)) if guard else "",
            )
        self._confirm("allow", show(what), show(why), show(say("Allow removals")))

    def _confirm(self, action: str, what: str, why: str, verb: str) -> None:
        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setObjectName(f"confirm-{action}")
        box.setWindowTitle(self.windowTitle())
        box.setIcon(QMessageBox.Icon.Warning)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(what)
        box.setInformativeText(why)
        go = box.addButton(verb, QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton(show(KEEP), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)
        box.buttonClicked.connect(lambda button: self._act(action) if button is go else None)
        box.open()

    def _act(self, action: str) -> None:
        actions = self.watched.actions
        if actions is None:
            return
        run: Callable[[Work], object] = {
            "start": actions.start,
            "pause": actions.pause,
            "restart": actions.restart,
            "allow": actions.allow_removals,
        }[action]

        def done(_: object) -> None:
            self._acting = None
            self.action_message.show_message(Tone.GOOD, DONE[action], actions=(("close", say("Close")),))
            self._show_actions()
            self._look_at_job()

        def failed(error: KnownError) -> None:
            self._acting = None
            self.action_message.show_error(error, ("close", say("Close")))
            self._show_actions()
            self._look_at_job()

        self.action_message.hide()
        self._acting_words = ASKED[action]
        self._acting = self._jobs.start(
            run, owner=self, on_done=done, on_error=failed, lane=Lane.TENANT_WRITE
        )
        self._show_actions()

    # Sizes, opening, closing

    def _restore(self) -> None:
        if self._layouts is None:
            return
        for name, restore in (
            ("monitor/window", self.restoreGeometry),
            ("monitor/splitter", self.splitter.restoreState),
            ("monitor/columns", self.table.horizontalHeader().restoreState),
        ):
            saved = self._layouts.layout(name)
            if saved:
                header = self.table.horizontalHeader()
                blocked = header.blockSignals(True)
                restore(QByteArray(saved))
                header.blockSignals(blocked)
        header = self.table.horizontalHeader()
        if header.count() == len(Column):
            self._sort = Column(header.sortIndicatorSection())
            self._descending = header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder
            self.model.replace(array("q"), Query(sort=LOOKS[self._sort].sort), descending=self._descending)

    def _remember(self) -> None:
        if self._layouts is None:
            return
        for name, saved in (
            ("monitor/window", self.saveGeometry()),
            ("monitor/splitter", self.splitter.saveState()),
            ("monitor/columns", self.table.horizontalHeader().saveState()),
        ):
            self._layouts.remember_layout(name, saved.data())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._feed_timer.isActive() and not self._closed:
            self._search()  # rows that were at hand before this window was
            self.start()
            self.table.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = event.size().width() < NARROW
        wanted = Qt.Orientation.Vertical if narrow else Qt.Orientation.Horizontal
        if self.splitter.orientation() != wanted:
            self.splitter.setOrientation(wanted)
            total = sum(self.splitter.sizes())
            self.splitter.setSizes([total * 3 // 5, total * 2 // 5])

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._acting is not None and self._acting.running and self._acting.lane is Lane.TENANT_WRITE:
            # A write is never abandoned half way; it takes a second or two.
            self.action_message.show_message(
                Tone.ACCENT, self._acting_words, "", say("Close again when it is done.")
            )
            event.ignore()
            return
        self._closed = True
        self._feed_timer.stop()
        self._job_timer.stop()
        self._log_timer.stop()
        for handle in (self._job_round, self._log_round, self._searching, self._detailing, self._acting):
            if handle is not None:
                handle.cancel()
        self._remember()
        super().closeEvent(event)
