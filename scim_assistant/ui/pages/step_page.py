"""What every page has: title, purpose, a scrolling body, the banner, and the line that says why Next waits.

The shell fills banner, line and veil; a page only builds its body and turns widgets into answers and back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
    QWizardPage,
)

from scim_assistant.errors import KnownError, SignInNeeded
from scim_assistant.sentence import Sentence
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.services import Services
from scim_assistant.steps.step import Problem, Step, StepKey
from scim_assistant.ui.jobs import Handle, Lane
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.field import Field
from scim_assistant.ui.widgets.glyph import Glyph
from scim_assistant.ui.widgets.scrolled import Scrolled
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import STOP, show
from scim_assistant.work import Progress, Work

if TYPE_CHECKING:
    from scim_assistant.ui.widgets.message_bar import MessageBar
    from scim_assistant.ui.widgets.veil import Veil

Task = Callable[[Services, Answers, Found, Work], Any]
"""What a page lets the shell run for it, on a thread."""


class PageHost(Protocol):
    """What a page may ask of the shell."""

    @property
    def answers(self) -> Answers:
        """The answers so far."""
        ...

    @property
    def found(self) -> Found:
        """What was found so far."""
        ...

    @property
    def practice(self) -> bool:
        """True in a practice session."""
        ...

    @property
    def busy(self) -> bool:
        """True while something runs for the page that shows."""
        ...

    def change(self, answers: Answers | None = None, found: Found | None = None) -> None:
        """Take over changed answers or findings and show everything anew."""
        ...

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
        """Run something for the page.

        Args:
            task: Runs on a thread of the lane.
            on_done: Gets the result.
            busy: What the veil says that comes down over the page until it ends.
            doing: What the line above the buttons says instead, for a page that shows the progress itself.
            lane: A write holds Next and Back until it ends; one that needs a sign-in first asks for it and goes on. A
                sign-in holds Next.
            on_error, on_progress, on_cancelled: As for any job; errors go to the banner by default.
        """
        ...

    def poster(self, slot: Callable[..., None]) -> Callable[..., None]:
        """A function that a task may call from its thread to tell the page something."""
        ...

    def look_up_again(self) -> None:
        """Run the lookup of the page that shows, though nothing it depends on has changed."""
        ...

    def open_address(self, address: str) -> None:
        """Open a web address in the browser; or go to a step for ``step:NAME``, or ask for ``allow:changes``."""
        ...

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
        ...

    def allow(self, needed: SignInNeeded, again: Callable[[], None]) -> None:
        """Let the person sign in for what is needed, then do the same thing again; the banner says so else."""
        ...

    def practise(self) -> None:
        """Leave for a practice session."""
        ...

    def go_on(self) -> None:
        """Go to the next page, the checks of this one being done."""
        ...


class Body(QWidget):
    """What scrolls. As wide as the window lets it, as high as its content needs."""

    def __init__(self) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, Space.MEDIUM, Space.SMALL)
        self.column.setSpacing(Space.BLOCK)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, super().minimumSizeHint().height())


class FootLine(QWidget):
    """One line above the buttons: what runs, or why Next waits. Its place is kept.

    Signals:
        cancelled: The person stopped what runs.
    """

    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, Space.MEDIUM, 0)
        row.setSpacing(Space.SMALL)
        self._glyph = Glyph("info", Tone.QUIET, 16)
        row.addWidget(self._glyph)
        self.text = Text(role=Role.HINT, tone=Tone.QUIET, at_most_lines=2, widest=2000)
        self.text.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.text, 1)
        self.button = QPushButton(show(STOP))
        self.button.setAutoDefault(False)
        self.button.clicked.connect(self.cancelled)
        row.addWidget(self.button)
        keep = self.button.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self.button.setSizePolicy(keep)
        self.setFixedHeight(max(self.button.sizeHint().height(), self.fontMetrics().lineSpacing() * 2) + 2)
        self.say("")

    def say(self, text: str, *, running: bool = False) -> None:
        """Show a sentence; with ``running`` as something under way that can be stopped."""
        self.text.set_text(text)
        self._glyph.set("running" if running else "info", Tone.ACCENT if running else Tone.QUIET)
        self._glyph.setVisible(bool(text))
        self.button.setVisible(running)


class StepPage(QWizardPage):
    """A page of the wizard.

    Attributes:
        step: Which step it shows.
        quiet: True when its lookup fills rows that are there already, so that no veil is needed.
        waits: True when Next waits for a quiet lookup, since what it finds belongs to the decision.

    Signals:
        edited: The person changed an answer; the shell asks the step again.
        banner_pressed: An action of the banner was chosen; carries its key.
        cancelled: The person pressed Cancel on the veil.
    """

    edited = Signal()
    banner_pressed = Signal(str)
    cancelled = Signal()

    key: ClassVar[StepKey]
    quiet: ClassVar[bool] = False
    waits: ClassVar[bool] = False
    help_lines: ClassVar[tuple[Sentence, ...]] = ()

    def __init__(self, step: Step, host: PageHost) -> None:
        super().__init__()
        self.step = step
        self.host = host
        self._complete = False
        self._filling = False
        self.setTitle(show(step.title))
        self.setAccessibleName(show(step.title))
        self.setAccessibleDescription(show(step.purpose))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, Space.TIGHT, Space.TIGHT)
        column.setSpacing(Space.MEDIUM)
        self.purpose = Text(step.purpose, tone=Tone.QUIET)
        column.addWidget(self.purpose)
        self.scroll_area = Scrolled()
        self.scroll_area.setAccessibleName(show(step.title))  # the focus rests here while nothing can be done
        self.body = Body()
        self.scroll_area.setWidget(self.body)
        self.scroll_area.setMinimumHeight(120)
        column.addWidget(self.scroll_area, 1)
        self._banner: MessageBar | None = None
        self._veil: Veil | None = None
        self.foot = FootLine()
        column.addWidget(self.foot)
        self.build(self.body.column)
        self.body.column.addStretch(1)

    def set_head(self, title: Sentence, purpose: Sentence) -> None:
        """Say another title and purpose, for a session in which the page is for something else."""
        if (self.title(), self.purpose.text()) != (show(title), show(purpose)):
            self.setTitle(show(title))
            self.setAccessibleName(show(title))
            self.setAccessibleDescription(show(purpose))
            self.purpose.set_text(purpose)

    # What a page fills in

    def build(self, column: QVBoxLayout) -> None:
        """Make the widgets of the body."""
        raise NotImplementedError

    def show_answers(self, answers: Answers) -> None:
        """Fill the widgets; emit nothing."""

    def answers(self, before: Answers) -> Answers:
        """The answers with what the widgets hold: a changed copy."""
        return before

    def show_found(self, answers: Answers, found: Found) -> None:
        """Show what was found."""

    def fields(self) -> dict[str, Field]:
        """The fields by the names that problems use."""
        return {}

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Show problems under the fields they name. What blocks wins over advice."""
        for name, field in self.fields().items():
            mine = [problem for problem in problems if problem.field == name]
            worst = next((problem for problem in mine if problem.blocks), mine[0] if mine else None)
            if worst is None:
                field.set_problem(None)
                continue
            sentences = [problem.sentence for problem in mine if problem.blocks == worst.blocks]
            text = Sentence(" ".join(show(sentence) for sentence in sentences))
            field.set_problem(text, blocks=worst.blocks)

    def holds(self, problems: Sequence[Problem]) -> Problem | None:
        """What keeps Next disabled, and is said above the buttons; the page's general problem first."""
        blocking = [problem for problem in problems if problem.blocks]
        return next((one for one in blocking if not one.field), blocking[0] if blocking else None)

    def first_focus(self) -> QWidget | None:
        """Where the person starts."""
        return None

    def entered(self) -> None:
        """The page has come up."""

    def may_leave(self) -> bool:
        """Asked by Next. False holds it; the page then calls ``host.go_on()`` when it is done."""
        return True

    # What the shell calls

    @property
    def banner(self) -> MessageBar:
        """The banner, made when there is first something to say; hidden then."""
        if self._banner is None:
            from scim_assistant.ui.widgets.message_bar import MessageBar

            self._banner = MessageBar()
            self._banner.hide()
            self._banner.pressed.connect(self.banner_pressed)
            layout = self.layout()
            assert isinstance(layout, QVBoxLayout)
            row = QHBoxLayout()
            row.setContentsMargins(0, 0, Space.MEDIUM, 0)  # as the body's, so that right edges line up
            row.addWidget(self._banner)
            # Below the body: when it comes, nothing that the person looks at moves.
            layout.insertLayout(layout.indexOf(self.foot), row)
        return self._banner

    @property
    def veil(self) -> Veil:
        """The veil, made when something first runs."""
        if self._veil is None:
            from scim_assistant.ui.widgets.veil import Veil

            self._veil = Veil(self)
            self._veil.cancelled.connect(self.cancelled)
        return self._veil

    def hide_banner(self) -> None:
        """Take the banner away, if there is one."""
        if self._banner is not None:
            self._banner.hide()

    def lift_veil(self) -> None:
        """Take the veil away, if there is one."""
        if self._veil is not None:
            self._veil.end()

    def fill(self, answers: Answers, found: Found) -> None:
        """Show answers and findings without any of it counting as an edit."""
        self._filling = True
        try:
            self.show_answers(answers)
            self.show_found(answers, found)
        finally:
            self._filling = False

    def note_edit(self, *_: object) -> None:
        """Connect the signals of inputs to this."""
        if not self._filling:
            self.edited.emit()

    def set_complete(self, complete: bool) -> None:
        """Let Next be pressed, or not."""
        if complete != self._complete:
            self._complete = complete
            self.completeChanged.emit()

    def isComplete(self) -> bool:
        return self._complete
