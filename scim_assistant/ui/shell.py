"""The frame of the wizard: it alone owns Back, Next, Cancel, the veil and the banner, and holds answers and findings.

Order and branching come from ``steps``; a page shows its step. A slow Next refuses, lets a job run, and goes on when
it has ended. Nothing here knows what a step is about, but for the rail, the commit page and Undo.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDesktopServices,
    QKeyEvent,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QAbstractButton, QLabel, QPushButton, QWidget, QWizard

from scim_assistant.errors import KnownError
from scim_assistant.sentence import Sentence, say
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.services import Services
from scim_assistant.steps.step import Problem, Step, StepKey
from scim_assistant.ui import theme
from scim_assistant.ui.jobs import Handle, Jobs, Lane
from scim_assistant.ui.memory import LayoutMemory, ShortMemory
from scim_assistant.ui.pages import PAGES, page_class
from scim_assistant.ui.pages.step_page import PageHost, StepPage, Task
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.rail import NARROW, WIDE, Rail, RailEntry, RailState
from scim_assistant.ui.wording import (
    APP_NAME,
    APPLY,
    BACK,
    CANCEL,
    CLOSE,
    HELP,
    LEAVE,
    NEXT,
    OPEN_MONITOR,
    PRACTICE_MARK,
    STAY,
    TRY_AGAIN,
    UNDO,
    show,
)
from scim_assistant.work import Progress, Work

if TYPE_CHECKING:
    from scim_assistant.plan.undo import UndoPlan

DEFAULT_SIZE = (960, 680)
SMALLEST_SIZE = (680, 600)
NARROW_BELOW = 900
TYPING_PAUSE_MS = 350
"""After the last key, before what depends on the text is looked up."""

Button = QWizard.WizardButton
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
        practise_wanted: Outside a practice session, the person went on from the first page: into practice.
    """

    monitor_wanted = Signal()
    left = Signal()
    practise_wanted = Signal()

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
        self._services = services
        self._answers = answers or Answers()
        self._found = found or Found()
        self._memory = memory or ShortMemory()
        self._commit = commit
        self._practice = practice
        self._looked: dict[StepKey, Hashable] = {}
        self._trouble: dict[StepKey, KnownError] = {}
        self._problems: tuple[Problem, ...] = ()
        self._lookup: Handle | None = None
        self._task: Handle | None = None
        self._progress: Sentence = Sentence("")
        self._silent = False
        self._let_through = False
        self._leaving = False
        self._frozen = False
        self._shown = False
        self._painted = False
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_PAUSE_MS)
        self._typing.timeout.connect(self._look_up)

        title = f"{APP_NAME} – {show(PRACTICE_MARK)}" if practice else APP_NAME
        self.setWindowTitle(title)
        self.setWizardStyle(QWizard.WizardStyle.ModernStyle)
        option = QWizard.WizardOption
        for each in (
            option.IgnoreSubTitles,
            option.IndependentPages,
            option.NoBackButtonOnStartPage,
            option.NoDefaultButton,
            option.HaveHelpButton,
            option.HaveCustomButton1,
            option.NoBackButtonOnLastPage,
        ):
            self.setOption(each, True)
        self.setOption(option.NoDefaultButton, False)
        for which, text in (
            (Button.BackButton, BACK),
            (Button.NextButton, NEXT),
            (Button.CommitButton, APPLY),
            (Button.FinishButton, OPEN_MONITOR),
            (Button.CancelButton, CANCEL),
            (Button.HelpButton, HELP),
            (Button.CustomButton1, UNDO),
        ):
            self.setButtonText(which, show(text))
        self.setButtonLayout(
            [
                Button.HelpButton,
                Button.CustomButton1,
                Button.Stretch,
                Button.BackButton,
                Button.NextButton,
                Button.CommitButton,
                Button.FinishButton,
                Button.CancelButton,
            ]
        )
        for which in (Button.NextButton, Button.CommitButton, Button.FinishButton):
            button = self.button(which)
            if isinstance(button, QPushButton):
                theme.make_primary(button)
        self.rail = Rail(entries)
        self.rail.chosen.connect(self._on_rail)
        self.setSideWidget(self.rail)
        self._makers = pages
        self._pages: dict[StepKey, StepPage] = {}
        self.page_of(self._order[0])
        self.setStartId(self._id(self._order[0]))
        self.currentIdChanged.connect(self._on_page)
        self.helpRequested.connect(self.show_help)
        self.customButtonClicked.connect(lambda _: self.ask_to_undo())
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
        return any(handle is not None and handle.running for handle in (self._lookup, self._task))

    def change(self, answers: Answers | None = None, found: Found | None = None) -> None:
        """Take over changed answers or findings and show everything anew."""
        if answers is not None:
            self._answers = answers
        if found is not None:
            self._found = found
        self._answers = self._steps[self.here].suggest(self._answers, self._found)
        self._refresh(fill=True)

    def run(
        self,
        task: Task,
        on_done: Callable[[Any], None],
        *,
        busy: Sentence | None = None,
        doing: Sentence | None = None,
        lane: Lane = Lane.READ,
        on_error: Callable[[KnownError], None] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        on_cancelled: Callable[[], None] | None = None,
    ) -> Handle:
        """Run something for a page; with ``busy`` the veil comes down over it until it ends."""
        answers, found, services = self._answers, self._found, self._services
        page = self.page_here
        if self._frozen:
            stopped = Handle(page, lane)
            stopped.finished = True
            return stopped
        covers = busy is not None
        if covers or lane is Lane.TENANT_WRITE:
            self._stop_lookup()

        def end() -> None:
            if covers:
                page.lift_veil()
            if self._task is handle:
                self._task = None

        def done(result: Any) -> None:
            end()
            on_done(result)
            self._refresh()

        def failed(error: KnownError) -> None:
            end()
            (on_error or self.show_trouble)(error)
            self._refresh()

        def cancelled() -> None:
            end()
            if on_cancelled is not None:
                on_cancelled()
            self._refresh()

        def progressed(progress: Progress) -> None:
            if self._task is handle:
                self._progress = progress.sentence
                self._show_line(page, None)
            if covers:
                page.veil.progress(progress)
            if on_progress is not None:
                on_progress(progress)

        handle = self._jobs.start(
            lambda work: task(services(work), answers, found, work),
            owner=page,
            on_done=done,
            on_error=failed,
            on_progress=progressed,
            on_cancelled=cancelled,
            lane=lane,
        )
        if covers or lane is Lane.TENANT_WRITE:
            self._task = handle
            self._progress = busy or doing or Sentence("")
            if covers:
                page.veil.begin(busy or "")
            self._refresh()
        return handle

    def poster(self, slot: Callable[..., None]) -> Callable[..., None]:
        """A function that a task may call from its thread to tell the page something."""
        return self._jobs.poster(self.page_here, slot)

    def cancel_work(self) -> None:
        """Stop what runs for the page that shows."""
        for handle in (self._task, self._lookup):
            if handle is not None and handle.running:
                handle.cancel()

    def look_up_again(self) -> None:
        """Run the lookup of the page that shows, though nothing it depends on has changed."""
        self._look_up(force=True)

    def open_address(self, address: str) -> None:
        """Open a web address in the browser, or go back to a step for ``step:NAME``."""
        if address.startswith("step:"):
            self._on_rail(StepKey(address.removeprefix("step:")))
        elif address.startswith("https://"):
            QDesktopServices.openUrl(QUrl(address))

    def show_trouble(self, error: KnownError | None, *actions: tuple[str, Sentence]) -> None:
        """Show an error in the page's banner; None takes it away."""
        page = self.page_here
        if error is None:
            self._trouble.pop(self.here, None)
            page.hide_banner()
        else:
            self._trouble[self.here] = error
            page.banner.show_error(error, *actions)
        self._show_rail()

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
        self._stop_lookup()
        self._looked.clear()
        self._trouble.clear()
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
        self._frozen = True

    # Showing

    def _on_page(self, number: int) -> None:
        if number < 0 or self._silent:
            return
        self._stop_lookup()
        self._polish()
        page = self.page_here
        self._answers = page.step.suggest(self._answers, self._found)
        self._progress = Sentence("")
        error = self._trouble.get(self.here)
        page.hide_banner()
        if error is not None:
            page.banner.show_error(error, ("again", TRY_AGAIN))
        self._refresh(fill=True)
        page.scroll_area.verticalScrollBar().setValue(0)
        page.entered()
        if not self._frozen:
            self._look_up()
        QTimer.singleShot(0, self, self._focus_first)

    def _focus_first(self) -> None:
        if self.isVisible() and not self._silent:
            widget = self.page_here.first_focus()
            if widget is None or not (widget.isEnabled() and widget.isVisible()):
                widget = next((one for one in self._ways() if one.isVisible() and one.isEnabled()), None)
            if widget is not None:
                widget.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ways(self) -> list[QAbstractButton]:
        """The buttons that lead on or away, in the order in which they are worth standing on."""
        ways = (Button.NextButton, Button.FinishButton, Button.CancelButton, Button.BackButton)
        return [self.button(way) for way in ways]

    def _refresh(self, *, fill: bool = False) -> None:
        page = self.page_here
        if fill:
            page.fill(self._answers, self._found)
        self._problems = page.step.problems(self._answers, self._found)
        page.show_problems(self._problems)
        held = page.holds(self._problems)
        page.set_complete(held is None and not self._must_wait() and self._rest is None)
        self._show_line(page, held)
        self._show_buttons()
        self._show_rail()

    def _show_rail(self) -> None:
        self.rail.update_states(self._state_of, self.here, self._may_go_back_to)

    def _must_wait(self) -> bool:
        task = self._task is not None and self._task.running
        lookup = self._lookup is not None and self._lookup.running and not self.page_here.quiet
        return task or lookup

    def _show_line(self, page: StepPage, held: Problem | None) -> None:
        if self.busy:
            page.foot.say(self._progress or say("Working"), running=True)
            page.foot.button.setEnabled(not (self._task is not None and self._task.cancelled))
        else:
            page.foot.say(held.sentence if held is not None else "")

    def _show_buttons(self) -> None:
        writing = self._task is not None and self._task.running and self._task.lane is Lane.TENANT_WRITE
        undo = self.button(Button.CustomButton1)
        applied = self._found.applied is not None
        undo.setVisible(applied and self.here in (self._commit, *self._after_commit()))
        undo.setEnabled(not writing)
        last = self.here is self._order[-1]
        self.setButtonText(Button.CancelButton, show(CLOSE if last else CANCEL))
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
        if self._must_wait() and self._task is not None:
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

    # Looking things up

    def _on_edited(self) -> None:
        page = self.page_here
        self._answers = page.answers(self._answers)
        self._refresh()
        self._typing.start()

    def _on_first_paint(self) -> None:
        """The window shows: now what takes longer may begin. Other pages are imported by a job and made one by one."""
        if self._frozen:
            return
        self._look_up()
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

    def _stop_lookup(self) -> None:
        self._typing.stop()
        if self._lookup is not None:
            self._lookup.cancel()
            self._looked.pop(self._lookup_key, None) if self._lookup.running else None
            self._lookup = None
        for page in self._pages.values():
            page.lift_veil()

    def _look_up(self, *, force: bool = False) -> None:
        if self._frozen or not self._painted or (self._must_wait() and not force):
            return
        page = self.page_here
        step = page.step
        key = step.depends_on(self._answers, self._found)
        if key is None or (not force and self._looked.get(step.key) == key):
            return
        self._stop_lookup()
        self._looked[step.key] = key
        self._lookup_key = step.key
        self._trouble.pop(step.key, None)
        page.hide_banner()
        answers, found, services = self._answers, self._found, self._services
        self._progress = say("Looking it up")
        handle: Handle | None = None

        def current() -> bool:
            return handle is not None and self._lookup is handle

        def part(partial: Found) -> None:
            if current():
                self._found = partial
                self._answers = step.suggest(self._answers, partial)
                self._refresh(fill=True)

        def done(result: Found) -> None:
            if not current():
                return
            self._lookup = None
            page.lift_veil()
            self._found = result
            self._answers = step.suggest(self._answers, result)
            self._looked[step.key] = step.depends_on(answers, result)
            if result.trouble is not None:
                self._on_trouble(result.trouble)
            self._refresh(fill=True)
            self._look_up()  # the person may have gone on typing, or what was found leads further
            if self.focusWidget() in self._ways():
                # There was nothing on the page to stand on before, and Enter must not fall on Back or Cancel.
                self._focus_first()

        def failed(error: KnownError) -> None:
            if not current():
                return
            self._lookup = None
            page.lift_veil()
            self._on_trouble(error)
            self._refresh()

        def cancelled() -> None:
            if not current():
                return
            self._lookup = None
            self._looked.pop(step.key, None)
            page.lift_veil()
            page.banner.show_message(
                Tone.ACCENT, say("Stopped."), say("Nothing was changed."), actions=(("again", TRY_AGAIN),)
            )
            self._refresh()

        def progressed(progress: Progress) -> None:
            if not current():
                return
            self._progress = progress.sentence
            if not page.quiet:
                page.veil.progress(progress)
            self._show_line(page, None)

        tell = self._jobs.poster(page, part)
        handle = self._jobs.start(
            lambda work: step.lookup(services(work), answers, found, work, tell),
            owner=page,
            on_done=done,
            on_error=failed,
            on_progress=progressed,
            on_cancelled=cancelled,
        )
        self._lookup = handle
        if not page.quiet:
            page.veil.begin(self._progress)
        self._refresh()

    _lookup_key: StepKey = StepKey.START

    def _on_trouble(self, error: KnownError) -> None:
        self.show_trouble(error, ("again", TRY_AGAIN))

    def _on_banner(self, action: str) -> None:
        if action == "again":
            self.page_here.hide_banner()
            self._trouble.pop(self.here, None)
            self.look_up_again()

    # Leaving

    def ask_to_leave(self) -> None:
        """Ask before the wizard closes; say what stays."""
        from scim_assistant.ui.dialogs import ask

        if self._jobs.writing:
            question = say("Leave while changes are being written?")
            explanation = say(
                "It stops after the change that is under way. What was written is in the journal, and the set-up is "
                "offered again on the start page."
            )
        elif self._found.setup_id and self.here is not self._order[-1]:
            question = say("Leave this set-up?")
            explanation = say(
                "What was written to the tenant stays, and the set-up is offered again on the start page. "
                "The Secret Token is not kept."
            )
        else:
            question = say("Leave this set-up?")
            explanation = say("Nothing was written to the tenant. What you entered here is not kept.")
        ask(self, question, explanation, do=LEAVE, stay=STAY, on_do=self.leave)

    def leave(self) -> None:
        """Close the wizard for good."""
        self._leaving = True
        self.cancel_work()
        self._memory.remember_layout("wizard", bytes(self.saveGeometry().data()))
        self.left.emit()
        super().reject()

    def ask_to_undo(self) -> None:
        """Show what undoing this set-up means; the person then decides."""
        from scim_assistant.steps import review

        self.run(review.make_undo, self._on_undo_plan, busy=say("Reading what this set-up made"))

    def _on_undo_plan(self, plan: UndoPlan) -> None:
        from scim_assistant.ui.undo_dialog import UndoDialog

        UndoDialog(plan, self._undo, self).open()

    def _undo(self, plan: UndoPlan) -> None:
        def task(services: Services, answers: Answers, found: Found, work: Work) -> tuple[Answers, Found]:
            from scim_assistant.steps import review

            return review.undo(services, answers, found, plan, work)

        self.run(task, self._on_undone, busy=say("Undoing the set-up"), lane=Lane.TENANT_WRITE)

    def _on_undone(self, result: tuple[Answers, Found]) -> None:
        answers, found = result
        if found.trouble is not None or found.applied is not None:
            self.change(answers, found)
            if found.trouble is not None:
                self.show_trouble(found.trouble)
            return
        self.start_over(answers, found, StepKey.REGISTER)
        self.page_here.banner.show_message(
            Tone.GOOD,
            say("The set-up was undone."),
            say("What it had made in the tenant is taken back."),
            say("Begin again from here, or close the window."),
        )

    def show_help(self) -> None:
        """Open the help of the page that shows."""
        from scim_assistant.ui.help_window import HelpWindow

        HelpWindow.open_for(self.page_here, self._answers, self._found, self)

    def _polish(self) -> None:
        # QWizard paints its page white and makes one label for all titles. The page gets the window's colour, so that
        # panels stand out, and the title the type and the left edge of everything below it.
        frame = self.rail.parentWidget()
        around = frame.parentWidget() if frame is not None else None
        if frame is None or around is None:
            return
        for child in around.children():
            if isinstance(child, QWidget) and child.backgroundRole() == QPalette.ColorRole.Base:
                child.setBackgroundRole(QPalette.ColorRole.Window)
            if isinstance(child, QLabel) and child is not frame and not child.buddy():
                child.setIndent(0)
                child.setMargin(0)
                child.setContentsMargins(Space.TIGHT - 2, 0, 0, 0)
                child.setFont(theme.scaled(self.font(), 1.5, strong=True))

    def _fit_rail(self) -> None:
        narrow = self.width() < NARROW_BELOW
        self.rail.set_narrow(narrow)
        frame = self.rail.parentWidget()
        if frame is not None and frame is not self:
            layout = frame.layout()
            if layout is not None:
                layout.setContentsMargins(0, 0, 0, 0)
            frame.setFixedWidth((NARROW if narrow else WIDE) + Space.MEDIUM)

    def _restore_geometry(self) -> None:
        kept = self._memory.layout("wizard")
        if not kept or not self.restoreGeometry(QByteArray(kept)):
            self.resize(*DEFAULT_SIZE)
        self._fit_rail()

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
        if not self._practice and self.here is StepKey.START:
            self.practise_wanted.emit()
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
        self._fit_rail()

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
