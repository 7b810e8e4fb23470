"""The frame of the wizard: it alone owns Back, Next, Cancel, the veil and the banner, and holds answers and findings.

Order and branching come from ``steps``; a page shows its step. A slow Next refuses, lets a job run, and goes on when
it has ended. Nothing here knows what a step is about, but for the rail, the commit page and Undo.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QByteArray, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDesktopServices,
    QKeyEvent,
    QKeySequence,
    QPaintEvent,
    QResizeEvent,
    QShortcut,
    QShowEvent,
)
from PySide6.QtWidgets import QAbstractButton, QWidget, QWizard

from scim_assistant.errors import KnownError, SignInNeeded
from scim_assistant.sentence import Sentence, say
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.services import Services
from scim_assistant.steps.step import Problem, Step, StepKey
from scim_assistant.ui import wizard_frame
from scim_assistant.ui.allowing import ALLOW_LINK, Allowing, with_session
from scim_assistant.ui.jobs import Jobs
from scim_assistant.ui.lookups import Lookups
from scim_assistant.ui.memory import LayoutMemory, ShortMemory
from scim_assistant.ui.pages import PAGES, page_class
from scim_assistant.ui.pages.step_page import PageHost, StepPage
from scim_assistant.ui.replacing import REPLACE_LINK, Replacing
from scim_assistant.ui.tasks import Tasks
from scim_assistant.ui.widgets.rail import Rail, RailEntry, RailState
from scim_assistant.ui.wizard_frame import DEFAULT_SIZE, SMALLEST_SIZE, Button
from scim_assistant.ui.wording import (
    APP_NAME,
    CANCEL,
    CLOSE,
    OPEN_MONITOR,
    PRACTICE_MARK,
    TRY_AGAIN,
    WATCH,
    show,
)
from scim_assistant.work import Work

NextStep = Callable[[StepKey, Answers, Found], "StepKey | None"]
PageMaker = Callable[[Step, PageHost], StepPage]


class Shell(QWizard):
    """The wizard.

    Args:
        jobs: The door to background work.
        steps: All steps, in order; or the first alone when ``rest`` brings all of them later.
        pages: How to make the page of each step.
        next_step: Which step follows; None after the last.
        rest: Imports and gives all steps and their order; called by a job, after the first picture.
        entries: What the rail shows until then.
        services: Gives what lookups may use, from a job's thread; the first call may take a moment.
        practice: True in a practice session.
        memory: Keeps the window's geometry.
        commit: The step whose Next writes to the tenant.

    Signals:
        monitor_wanted: The person opens the monitor on the app that was set up.
        left: The wizard was closed.
        practise_wanted: Outside a practice session, the person chose the practice tenant and went on.
        settings_wanted: The person opens the settings.
    """

    monitor_wanted = Signal()
    left = Signal()
    practise_wanted = Signal()
    settings_wanted = Signal()

    def __init__(
        self,
        *,
        jobs: Jobs,
        steps: Sequence[Step],
        pages: Mapping[StepKey, PageMaker],
        next_step: NextStep,
        rest: Callable[[], tuple[Sequence[Step], NextStep]] | None = None,
        entries: Sequence[RailEntry] = (),
        services: Callable[[Work], Services],
        answers: Answers | None = None,
        found: Found | None = None,
        practice: bool = False,
        memory: LayoutMemory | None = None,
        commit: StepKey = StepKey.REVIEW,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._steps = {step.key: step for step in steps}
        self._rest = rest
        entries = entries or [RailEntry(step.key, step.group, step.short_title) for step in steps]
        self._order = [entry.key for entry in entries]
        self._next_step = next_step
        self._answers = answers or Answers()
        self._found = found or Found()
        self._memory = memory or ShortMemory()
        self._commit = commit
        self._practice = practice
        self._trouble: dict[StepKey, KnownError] = {}
        self._again: dict[StepKey, Callable[[], None]] = {}
        self._problems: tuple[Problem, ...] = ()
        self._lookups = Lookups(self, jobs, services)
        self._allowing = Allowing(self, jobs, services)
        self._replacing = Replacing(self, jobs, services)
        self._tasks = Tasks(self, jobs, services)
        self.run = self._tasks.run
        self._silent = False
        self._let_through = False
        self._leaving = False
        self._frozen = False
        self._shown = False
        self._painted = False
        self._shown_path = tuple(self._order)

        title = f"{APP_NAME} – {show(PRACTICE_MARK)}" if practice else APP_NAME
        self.setWindowTitle(title)
        wizard_frame.dress(self)
        self.rail = Rail(entries)
        self.rail.chosen.connect(self._on_rail)
        self.rail.settings_pressed.connect(self.settings_wanted)
        self.setSideWidget(self.rail)
        self._makers = pages
        self._pages: dict[StepKey, StepPage] = {}
        self.page_of(self._order[0])
        self.setStartId(self._id(self._order[0]))
        self.currentIdChanged.connect(self._on_page)
        self.helpRequested.connect(self.show_help)
        self.customButtonClicked.connect(lambda _: self.ask_to_undo())
        self._settings_keys = QShortcut(QKeySequence("Ctrl+,"), self)
        self._settings_keys.activated.connect(self.settings_wanted)
        self.setMinimumSize(*SMALLEST_SIZE)
        self._restore_geometry()

    # What pages and the program ask

    @property
    def answers(self) -> Answers:
        """The answers so far."""
        return self._answers

    @property
    def found(self) -> Found:
        """What was found so far."""
        return self._found

    @property
    def practice(self) -> bool:
        """True in a practice session."""
        return self._practice

    @property
    def here(self) -> StepKey:
        """The step whose page shows."""
        number = self.currentId()
        return self._order[number] if 0 <= number < len(self._order) else self._order[0]

    @property
    def page_here(self) -> StepPage:
        """The page that shows."""
        return self._pages[self.here]

    def page_of(self, key: StepKey) -> StepPage:
        """The page of a step, made when it is first asked for."""
        page = self._pages.get(key)
        if page is None:
            page = self._makers[key](self._steps[key], self)
            if key is self._commit:
                page.setCommitPage(True)
            page.edited.connect(self._on_edited)
            page.cancelled.connect(self.cancel_work)
            page.foot.cancelled.connect(self.cancel_work)
            page.banner_pressed.connect(self._on_banner)
            self._pages[key] = page
            self.setPage(self._id(key), page)
        return page

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What the step that shows has to say about the answers."""
        return self._problems

    @property
    def busy(self) -> bool:
        """True while a lookup or a task of the page that shows runs."""
        return self._lookups.running or self._tasks.running

    def change(self, answers: Answers | None = None, found: Found | None = None) -> None:
        """Take over changed answers or findings and show everything anew."""
        if answers is not None:
            self._answers = answers
        if found is not None:
            self._found = found
        self._answers = self._steps[self.here].suggest(self._answers, self._found)
        self._refresh(fill=True)

    def poster(self, slot: Callable[..., None]) -> Callable[..., None]:
        """A function that a task may call from its thread to tell the page something."""
        return self._jobs.poster(self.page_here, slot)

    def cancel_work(self) -> None:
        """Stop what runs for the page that shows."""
        self._tasks.cancel()
        self._lookups.cancel()

    def look_up_again(self) -> None:
        """Run the lookup of the page that shows, though nothing it depends on has changed."""
        self._lookups.look_up(force=True)

    def outdate(self, key: StepKey) -> None:
        """What was looked up for a step is true no more: it is looked up anew, now or when its page comes up."""
        self._lookups.forget_one(key)
        if self.here is key:
            self.look_up_again()

    def open_address(self, address: str) -> None:
        """Open a web address in the browser; or go back to a step for ``step:NAME``, ask for ``allow:changes``, or
        open the window for ``replace:token``."""
        if address.startswith("step:"):
            self._on_rail(StepKey(address.removeprefix("step:")))
        elif address == ALLOW_LINK:
            self._allowing.ask_for_changes(self.look_up_again)
        elif address == REPLACE_LINK:
            self._replacing.open()
        elif address.startswith("https://"):
            QDesktopServices.openUrl(QUrl(address))

    def show_trouble(
        self,
        error: KnownError | None,
        *actions: tuple[str, Sentence],
        again: Callable[[], None] | None = None,
    ) -> None:
        """Show an error in the page's banner; None takes it away.

        Args:
            error: What to show. One that needs a person to sign in gets an action for that.
            actions: Key and label of buttons beside it.
            again: What is done again after such a sign-in; by default the page's lookup.
        """
        page = self.page_here
        self._again.pop(self.here, None)
        if error is None:
            self._trouble.pop(self.here, None)
            page.hide_banner()
        else:
            self._trouble[self.here] = error
            if again is not None:
                self._again[self.here] = again
            if isinstance(error, SignInNeeded):
                actions = (("allow", self._allowing.label(error)),)
            page.banner.show_error(error, *actions)
        self._show_rail()

    def allow(
        self, needed: SignInNeeded, again: Callable[[], None], instead: Callable[[], None] | None = None
    ) -> None:
        """Let the person sign in for what is needed, then do the same thing again.

        Args:
            needed: Why.
            again: Does it again.
            instead: Called when the person does not sign in; by default the banner says what is needed.
        """
        self._allowing.ask(needed, again, instead or (lambda: self.show_trouble(needed, again=again)))

    def take_session(self, signed_in: Found) -> None:
        """Work on with the session of a later sign-in; everything else that was found stays."""
        self._lookups.stop()
        self._found = with_session(self._found, signed_in)
        for key in [key for key, error in self._trouble.items() if isinstance(error, SignInNeeded)]:
            del self._trouble[key]
            self._again.pop(key, None)
            self._pages[key].hide_banner()
        self._refresh(fill=True)

    def look_up_before_sign_in(self) -> None:
        """Show with what one can sign in now, while nobody is: the settings have changed."""
        if self.here is StepKey.SIGN_IN and self._found.session is None and not self._must_wait():
            self.look_up_again()

    def practise(self) -> None:
        """Leave for a practice session."""
        self.practise_wanted.emit()

    def go_on(self) -> None:
        """Go to the next page, the checks of this one being done."""
        self._let_through = True
        try:
            self.next()
        finally:
            self._let_through = False

    def walk_to(self, key: StepKey) -> None:
        """Go forward to a step without stopping, so that Back leads through the pages before it."""
        self._silent = True
        self.setUpdatesEnabled(False)
        try:
            while self._order.index(self.here) < self._order.index(key):
                before = self.here
                self.next()
                if self.here is before:
                    break
        finally:
            self._silent = False
            self.setUpdatesEnabled(True)
        self._on_page(self.currentId())

    def start_over(self, answers: Answers, found: Found, at: StepKey | None = None) -> None:
        """Begin again with these answers, at the first page or at a later one."""
        self._lookups.forget()
        self._trouble.clear()
        self._again.clear()
        self._answers = answers
        self._found = found
        self._silent = at is not None
        try:
            self.restart()
        finally:
            self._silent = False
        if at is not None:
            self.walk_to(at)

    def freeze(self) -> None:
        """Look nothing up any more: for pictures of hand-made states."""
        self._frozen = self._lookups.frozen = self._tasks.frozen = True

    # What looking up asks

    def may_look_up(self, *, force: bool) -> bool:
        """True when a lookup may start: the window has shown, and nothing else holds the page."""
        return self._painted and (force or not self._must_wait())

    def take_over(self, answers: Answers, found: Found) -> None:
        """Show what a lookup has found so far."""
        self._answers, self._found = answers, found
        self._refresh(fill=True)

    def show_state(self) -> None:
        """Show again what holds Next, what runs, and how the steps stand."""
        self._refresh()

    def lift_veils(self) -> None:
        """Take the veil away from every page."""
        for page in self._pages.values():
            page.lift_veil()

    def stop_lookup(self) -> None:
        """A task holds the page from now on; what is being looked up is of no use any more."""
        self._lookups.stop()

    def focus_if_lost(self) -> None:
        """Give the focus to the page when it stands on a button that leads away.

        There was nothing on the page to stand on before, and Enter must not fall on Back or Cancel.
        """
        if self.focusWidget() in (*self._ways(), self.page_here.scroll_area, None):
            self._focus_first()

    # Showing

    def _on_page(self, number: int) -> None:
        if number < 0 or self._silent:
            return
        self._lookups.stop()
        if self._tasks.signing_in:
            self._tasks.cancel()  # nobody waits any more on the page that was left
        wizard_frame.polish(self, self.rail)
        page = self.page_here
        self._answers = page.step.suggest(self._answers, self._found)
        error = self._trouble.get(self.here)
        page.hide_banner()
        if error is not None:
            self.show_trouble(error, ("again", TRY_AGAIN), again=self._again.get(self.here))
        self._refresh(fill=True)
        page.scroll_area.verticalScrollBar().setValue(0)
        page.entered()
        self._lookups.look_up()
        QTimer.singleShot(0, self, self._focus_first)

    def _focus_first(self) -> None:
        if self.isVisible() and not self._silent:
            widget = self.page_here.first_focus()
            if widget is None or not (widget.isEnabled() and widget.isVisible()):
                onward = (one for one in self._ways()[:2] if one.isVisible() and one.isEnabled())
                # Whoever presses Enter once more while something runs must not be asked whether to leave.
                widget = next(onward, None) or self.page_here.scroll_area
            widget.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ways(self) -> list[QAbstractButton]:
        """The buttons that lead on, then those that lead away."""
        ways = (Button.NextButton, Button.FinishButton, Button.CancelButton, Button.BackButton)
        return [self.button(way) for way in ways]

    def _refresh(self, *, fill: bool = False) -> None:
        page = self.page_here
        if fill:
            page.fill(self._answers, self._found)
        self._problems = page.step.problems(self._answers, self._found)
        page.show_problems(self._problems)
        held = page.holds(self._problems)
        waits = self._must_wait() or (page.waits and self._lookups.pending)
        page.set_complete(held is None and not waits and self._rest is None)
        self.show_line(held)
        self._show_buttons()
        self._show_rail()

    def _show_rail(self) -> None:
        path = self._path()
        if path != self._shown_path:
            self._shown_path = path
            self.rail.show_only(path)
        self.rail.update_states(self._state_of, self.here, self._may_go_back_to)

    def _path(self) -> tuple[StepKey, ...]:
        """The steps that the rail shows: all, but for a session for looking only, which skips most of them."""
        if self._rest is not None or not self._answers.read_only:
            return tuple(self._order)
        keys = [self._order[0]]
        while (key := self._next_step(keys[-1], self._answers, self._found)) is not None and key not in keys:
            keys.append(key)
        return tuple(keys)

    def _must_wait(self) -> bool:
        return self._tasks.running or (self._lookups.running and not self.page_here.quiet)

    def show_line(self, held: Problem | None = None) -> None:
        """Show above the buttons what runs, or why Next waits."""
        foot = self.page_here.foot
        if self._tasks.signing_in:
            foot.say(self._tasks.progress or say("Working"))  # the page has a Cancel of its own
        elif self.busy:
            running = self._lookups.progress if self._lookups.running else self._tasks.progress
            foot.say(running or say("Working"), running=True)
            foot.button.setEnabled(not self._tasks.stopping)
        else:
            foot.say(held.sentence if held is not None else "")

    def _show_buttons(self) -> None:
        writing = self._tasks.writing
        undo = self.button(Button.CustomButton1)
        applied = self._found.applied is not None
        write = not self._answers.read_only
        undo.setVisible(write and applied and self.here in (self._commit, *self._after_commit()))
        undo.setEnabled(not writing)
        last = self.here is self._order[-1]
        self.setButtonText(Button.CancelButton, show(CLOSE if last else CANCEL))
        self.setButtonText(Button.FinishButton, show(OPEN_MONITOR if write else WATCH))
        back = self.button(Button.BackButton)
        if writing:
            back.setEnabled(False)

    def _after_commit(self) -> list[StepKey]:
        return self._order[self._order.index(self._commit) + 1 :] if self._commit in self._order else []

    def _state_of(self, key: StepKey) -> RailState:
        visited = [self._order[number] for number in self.visitedIds()]
        if key is self.here:
            return RailState.ATTENTION if key in self._trouble else RailState.CURRENT
        if key not in visited:
            return RailState.WAITING
        if self._order.index(key) > self._order.index(self.here):
            return RailState.WAITING
        problems = self._steps[key].problems(self._answers, self._found)
        blocked = any(problem.blocks for problem in problems)
        return RailState.ATTENTION if blocked or key in self._trouble else RailState.DONE

    def _may_go_back_to(self, key: StepKey) -> bool:
        if self._must_wait() and self._tasks.running:
            return False
        visited = [self._order[number] for number in self.visitedIds()]
        if key not in visited or key is self.here:
            return False
        here = self._order.index(self.here)
        there = self._order.index(key)
        commit = self._order.index(self._commit) if self._commit in self._order else len(self._order)
        return there < here and not (there <= commit < here)

    def _on_rail(self, key: StepKey) -> None:
        if not self._may_go_back_to(key):
            return
        self._silent = True
        try:
            while self.here is not key:
                before = self.here
                self.back()
                if self.here is before:
                    break
        finally:
            self._silent = False
        self._on_page(self.currentId())

    def _on_edited(self) -> None:
        page = self.page_here
        self._answers = page.answers(self._answers)
        self._lookups.after_a_pause()
        self._refresh()

    def _on_first_paint(self) -> None:
        """The window shows: now what takes longer may begin. Other pages are imported by a job and made one by one."""
        if self._frozen:
            return
        self._lookups.look_up()
        keys, rest = tuple(self._order), self._rest
        imports = self._makers is PAGES

        def load(work: Work) -> tuple[Sequence[Step], NextStep] | None:
            brought = rest() if rest is not None else None
            for key in keys if imports else ():
                work.check()
                page_class(key)
            return brought

        self._jobs.start(load, owner=self, on_done=self._on_rest)

    def _on_rest(self, brought: tuple[Sequence[Step], NextStep] | None) -> None:
        if brought is not None:
            steps, self._next_step = brought
            self._steps = {step.key: step for step in steps}
        self._rest = None
        self._make_next_page()
        self._refresh()

    def _make_next_page(self) -> None:
        missing = next((key for key in self._order if key not in self._pages), None)
        if missing is not None:
            self.page_of(missing)
            QTimer.singleShot(0, self, self._make_next_page)

    def _on_banner(self, action: str) -> None:
        error = self._trouble.get(self.here)
        if action == "again":
            self.show_trouble(None)
            self.look_up_again()
        elif action == "allow" and isinstance(error, SignInNeeded):
            again = self._again.get(self.here, self.look_up_again)
            self.allow(error, again, lambda: None)

    # Leaving

    def ask_to_leave(self) -> None:
        """Ask before the wizard closes; say what stays."""
        from scim_assistant.ui import leaving

        unfinished = bool(self._found.setup_id) and self.here is not self._order[-1]
        leaving.ask_to_leave(self, writing=self._jobs.writing, unfinished=unfinished)

    def leave(self) -> None:
        """Close the wizard for good."""
        self._leaving = True
        self.cancel_work()
        self._memory.remember_layout("wizard", bytes(self.saveGeometry().data()))
        self.left.emit()
        super().reject()

    def ask_to_undo(self) -> None:
        """Show what undoing this set-up means; the person then decides."""
        from scim_assistant.ui import leaving

        leaving.ask_to_undo(self)

    def show_help(self) -> None:
        """Open the help of the page that shows."""
        from scim_assistant.ui.help_window import HelpWindow

        HelpWindow.open_for(self.page_here, self._answers, self._found, self)

    def _restore_geometry(self) -> None:
        kept = self._memory.layout("wizard")
        if not kept or not self.restoreGeometry(QByteArray(kept)):
            self.resize(*DEFAULT_SIZE)
        wizard_frame.fit_rail(self, self.rail)

    # Qt

    def nextId(self) -> int:
        if self.currentId() < 0:
            return -1
        key = self._next_step(self.here, self._answers, self._found)
        return -1 if key is None else self._id(key)

    def validateCurrentPage(self) -> bool:
        following = self.nextId()
        if following >= 0:
            self.page_of(self._order[following])
        if self._silent or self._let_through:
            return True
        if not self.page_here.isComplete():
            return False
        return self.page_here.may_leave()

    def accept(self) -> None:
        if self.here is self._order[-1]:
            self.monitor_wanted.emit()

    def reject(self) -> None:
        if self._leaving:
            super().reject()
        elif self.here is self._order[-1] and not self._jobs.writing:
            self.leave()
        else:
            self.ask_to_leave()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._leaving:
            event.accept()
            return
        event.ignore()
        self.reject()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F1:
            self.show_help()
            event.accept()
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wizard_frame.fit_rail(self, self.rail)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self, self._on_first_paint)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._shown:
            self._shown = True
            self._focus_first()

    def _id(self, key: StepKey) -> int:
        return self._order.index(key)
