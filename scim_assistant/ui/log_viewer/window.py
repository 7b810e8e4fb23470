"""The monitor: one app's provisioning as it happens, and what to do when it does not.

Two rounds run beside each other, one that looks at the job and one that reads its log, each started again only
when it has ended. A round that fails says so in a place of its own and goes on trying, less often; what was read
before stays on screen. The table is fed at most ten times a second, in pieces, so that it never holds up the window.
"""

from __future__ import annotations

import time
from array import array
from collections import deque
from datetime import datetime

from PySide6.QtCore import QByteArray, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMainWindow,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from scim_assistant.errors import KnownError, SignInNeeded, Unreachable
from scim_assistant.graph.types import SynchronizationJob
from scim_assistant.logs.detail import EventDetail, Explained, read_detail
from scim_assistant.logs.job_state import JobState, JobView, view_job
from scim_assistant.logs.live import LogsRefused
from scim_assistant.logs.row import Row
from scim_assistant.logs.rows import Added, Query
from scim_assistant.scim.token import Stage
from scim_assistant.sentence import Sentence, counted, say
from scim_assistant.steps.token_life import TokenLife
from scim_assistant.ui.jobs import Handle, Jobs, Lane
from scim_assistant.ui.log_viewer.acting import JobActing
from scim_assistant.ui.log_viewer.banner import REPLACE, QuarantineBanner
from scim_assistant.ui.log_viewer.columns import LOOKS, Column
from scim_assistant.ui.log_viewer.detail_pane import DetailPane
from scim_assistant.ui.log_viewer.filter_bar import FilterBar
from scim_assistant.ui.log_viewer.fitting import Fitting
from scim_assistant.ui.log_viewer.header import NOTE, JobHeader
from scim_assistant.ui.log_viewer.model import EventModel
from scim_assistant.ui.log_viewer.round import Round
from scim_assistant.ui.log_viewer.table import EventTable
from scim_assistant.ui.log_viewer.tokens import TokenWatching
from scim_assistant.ui.log_viewer.watched import Watched
from scim_assistant.ui.memory import LayoutMemory
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.empty_state import EmptyState
from scim_assistant.ui.widgets.message_bar import MessageBar
from scim_assistant.ui.wording import (
    APP_NAME,
    CLOSE,
    PRACTICE_MARK,
    SIGN_IN,
    SIGN_IN_AGAIN,
    TRY_AGAIN,
    both_times,
    show,
)
from scim_assistant.work import Work

FEED_EVERY_MS = 100
"""How often new rows reach the table."""
FEED_ROWS = 250
"""Most rows that reach it in one piece."""
FEED_FOR_S = 0.004
"""After so long, feeding goes on with the next piece."""
NARROW = 900
"""Below this width the details stand under the table, not beside it."""


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
        sign_in_wanted: A person has to sign in (``SignInNeeded``); and what is to be called once that is done.
    """

    fed = Signal(int)
    sign_in_wanted = Signal(object, object)

    def __init__(
        self, watched: Watched, jobs: Jobs, layouts: LayoutMemory | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.watched = watched
        self._jobs = jobs
        self._layouts = layouts
        self._job_view: JobView | None = None
        self._searching: Handle | None = None
        self._detailing: Handle | None = None
        self._log_read_at: datetime | None = None
        self._log_refused: LogsRefused | None = None
        self._log_rounds = 0
        self._token_life: TokenLife | None = None
        self._inbox: deque[Added] = deque()
        self._sort = Column.TIME
        self._descending = True
        self._needed: SignInNeeded | None = None
        self._action_needed: SignInNeeded | None = None
        self._closed = False
        self._build()
        self.tokens = TokenWatching(watched, jobs, self)
        self.tokens.known.connect(self.show_token)
        self.tokens.sign_in_wanted.connect(self.sign_in_wanted)
        self.tokens.lifted.connect(self.refresh)
        self.acting = JobActing(watched, jobs, self)
        self.acting.changed.connect(self._show_actions)
        self.acting.done.connect(self._on_acted)
        self.acting.failed.connect(self._on_action_failed)
        self.job_round = Round(
            lambda work: self.judge(watched.fetch_job(work)),
            lambda: watched.job_every_s,
            jobs,
            self,
            final=lambda error: isinstance(error, SignInNeeded),
        )
        self.job_round.answered.connect(self._on_job)
        self.job_round.failed.connect(self._on_job_error)
        self.log_round = Round(
            self._read_log,
            lambda: watched.feed.interval_s,
            jobs,
            self,
            # Asking again changes nothing until somebody grants something; F5 and the button ask again.
            final=lambda error: isinstance(error, LogsRefused | SignInNeeded),
        )
        self.log_round.answered.connect(self._on_log_read)
        self.log_round.failed.connect(self._on_log_error)
        self._feed_timer = QTimer(self)
        self._feed_timer.setInterval(FEED_EVERY_MS)
        self._feed_timer.timeout.connect(self._feed)
        self._restore()
        self._show_actions()
        self._show_emptiness()

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
        self.token_message = MessageBar()
        self.token_message.pressed.connect(self.ask)
        self.token_message.hide()
        self.banner = QuarantineBanner(watched.now)
        self.banner.can_replace = self.header.can_replace = (
            watched.token is not None and watched.token.acts is not None
        )
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
        body = Fitting()
        column = body.column
        column.setContentsMargins(Space.LARGE, Space.LARGE, Space.LARGE, Space.MEDIUM)
        column.setSpacing(Space.MEDIUM)
        for part in (
            self.header,
            self.action_message,
            self.job_message,
            self.banner,
            self.token_message,
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
        """Look at the job and the token's day, and read the log now."""
        self.tokens.look()
        self.job_round.ask_now()
        self.log_round.ask_now()

    def judge(self, job: SynchronizationJob) -> tuple[JobView, Explained | None]:
        """How a job stands, and what is known of why. Runs with the reading of it, since the catalogue is on disk."""
        view = view_job(job, self.watched.now(), self.watched.pace)
        return view, self.watched.explain_code(view.quarantine.code) if view.quarantine is not None else None

    def _on_job(self, judged: tuple[JobView, Explained | None]) -> None:
        self.job_message.hide()
        self.tokens.look_now_and_then()
        self.show_job(*judged)

    def show_job(self, view: JobView, explanation: Explained | None) -> None:
        """Show how the job stands."""
        self._job_view = self.acting.view = view
        self.header.show_job(view)
        self.banner.show_quarantine(view.quarantine, explanation)
        self._show_token_life()
        self._show_emptiness()

    def show_token(self, life: TokenLife) -> None:
        """Show how long the token still works, with a warning ahead of its end."""
        self._token_life = life
        self._show_token_life()

    def _show_token_life(self) -> None:
        life = self._token_life
        if life is None:
            return
        self.header.show_token(life)
        urgent = life.stage in (Stage.SOON, Stage.LAST, Stage.PAST)
        self.token_message.setVisible(urgent)
        if not urgent:
            return
        last = life.sure and life.stage is not Stage.SOON
        # Where Microsoft has paused the job because of the token, the banner above offers the same.
        offers = self.tokens.can_replace and self.banner.replace_button.isHidden()
        self.token_message.show_message(
            Tone.BAD if last else Tone.CAUTION,
            life.what,
            life.why,
            actions=(*((("replace", REPLACE),) if offers else ()), ("note", NOTE)),
        )

    def _on_job_error(self, error: KnownError, wait_s: float | None) -> None:
        self._say(self.job_message, "job", error, wait_s)

    # Reading the log

    def _read_log(self, work: Work) -> int:
        """One round, in a job's thread: keeps the rows, and leaves word of them for the window."""
        count = 0
        for page in self.watched.feed.fetch_pages(work):
            added = self.watched.rows.add(page)
            if added.keys or added.dropped:
                self._inbox.append(added)
            count += len(added.keys)
        return count

    def _on_log_read(self, count: int) -> None:
        self._log_rounds += 1
        self._log_refused = None
        self._log_read_at = self.watched.now()
        self.log_message.hide()
        self._feed()
        self._show_emptiness()

    def _on_log_error(self, error: KnownError, wait_s: float | None) -> None:
        self._log_refused = error if isinstance(error, LogsRefused) else None
        self._say(self.log_message, "log", error, wait_s)
        self._feed()
        self._show_emptiness()

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
        tone = Tone.CAUTION if isinstance(error, Unreachable | LogsRefused | SignInNeeded) else Tone.BAD
        action = (about, TRY_AGAIN)
        if isinstance(error, SignInNeeded):
            self._needed = error
            action = ("sign-in", SIGN_IN_AGAIN)
        bar.show_message(tone, error.what, error.why, next_step, details=error.details, actions=(action,))

    def _on_message(self, key: str) -> None:
        if key == "job":
            self.job_round.ask_now()
        elif key == "log":
            self.log_round.ask_now()
        elif key == "sign-in" and self._needed is not None:
            self.sign_in_wanted.emit(self._needed, self.refresh)
        elif key == "act" and self._action_needed is not None:
            self.sign_in_wanted.emit(self._action_needed, self.acting.repeat)
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
                    "may show events some minutes after they happen."
                ),
                "",
            )
        return (
            say("No events in the last 7 days"),
            say("Each change to a person or group appears here by itself, as soon as Microsoft shows it."),
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

    def ask(self, action: str) -> None:
        """Do ``start``, ``pause``, ``restart``, ``allow``, ``replace`` or ``note``; asks first where it is risky."""
        if action == "replace":
            self.tokens.replace()
        elif action == "note":
            self.tokens.note()
        else:
            self.acting.ask(action)

    @property
    def front(self) -> QWidget:
        """What a question to the person belongs over: this window, or the one that is open above it."""
        return self.tokens.window or self

    def _show_actions(self) -> None:
        why_not = self.acting.why_not
        if self.acting.busy:
            self.action_message.hide()
        # A session for looking only shows no button that writes, not even one that cannot be pressed.
        offered = self.watched.actions is not None
        self.header.allow(not why_not, why_not, offered=offered)
        self.banner.allow(not why_not, why_not, offered=offered)

    def _on_acted(self, sentence: Sentence) -> None:
        self.action_message.show_message(Tone.GOOD, sentence, actions=(("close", CLOSE),))
        self.job_round.ask_now()

    def _on_action_failed(self, error: KnownError) -> None:
        if isinstance(error, SignInNeeded):
            # The person has just asked for it, so the dialog comes at once; the message stays for who closes it.
            self._action_needed = error
            self.action_message.show_error(error, ("act", SIGN_IN), ("close", CLOSE))
            self.sign_in_wanted.emit(error, self.acting.repeat)
            return
        self.action_message.show_error(error, ("close", CLOSE))
        self.job_round.ask_now()

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
            self._layouts.remember_layout(name, bytes(saved.data()))

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
        if self.acting.writing:
            # A write is never abandoned half way; it takes a second or two.
            self.action_message.show_message(
                Tone.ACCENT, self.acting.why_not, "", say("Close again when it is done.")
            )
            event.ignore()
            return
        if not self.tokens.close():
            event.ignore()  # its own window says what it still does
            return
        self._closed = True
        self._feed_timer.stop()
        self.job_round.stop()
        self.log_round.stop()
        self.acting.cancel()
        for handle in (self._searching, self._detailing):
            if handle is not None:
                handle.cancel()
        self._remember()
        super().closeEvent(event)
