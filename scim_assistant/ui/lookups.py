"""Looking up what a page shows: when it starts, what becomes of the answer, and what comes too late.

One lookup runs at a time, for the page that shows. It starts again when what it depends on has changed, after a pause
in typing, and is stopped when the page is left.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from scim_assistant.errors import KnownError
from scim_assistant.sentence import Sentence, say
from scim_assistant.steps.found import Found
from scim_assistant.steps.services import Services
from scim_assistant.steps.step import StepKey
from scim_assistant.ui.jobs import Handle, Jobs
from scim_assistant.ui.theme import Tone
from scim_assistant.ui.wording import TRY_AGAIN
from scim_assistant.work import Progress, Work

if TYPE_CHECKING:
    from scim_assistant.ui.shell import Shell

TYPING_PAUSE_MS = 350
"""After the last key, before what depends on the text is looked up."""


class Lookups(QObject):
    """Looks things up for the page that shows.

    Args:
        shell: Whose pages; holds answers and findings.
        jobs: The door to background work.
        services: Gives what lookups may use, from a job's thread.
    """

    def __init__(self, shell: Shell, jobs: Jobs, services: Callable[[Work], Services]) -> None:
        super().__init__(shell)
        self._shell = shell
        self._jobs = jobs
        self._services = services
        self._looked: dict[StepKey, Hashable] = {}
        self._handle: Handle | None = None
        self._key = StepKey.START
        self.frozen = False
        self.progress: Sentence = Sentence("")
        """What runs now, in words."""
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_PAUSE_MS)
        self._typing.timeout.connect(self._on_pause)

    @property
    def running(self) -> bool:
        """True while something is looked up."""
        return self._handle is not None and self._handle.running

    @property
    def pending(self) -> bool:
        """True while something is looked up, or will be after a pause in typing."""
        return self.running or self._typing.isActive()

    def cancel(self) -> None:
        """Stop what runs, because the person wants it; the page then says so."""
        if self._handle is not None and self._handle.running:
            self._handle.cancel()

    def stop(self) -> None:
        """Stop what runs, because it is of no use any more; nothing is said."""
        self._typing.stop()
        if self._handle is not None:
            self._handle.cancel()
            if self._handle.running:
                self._looked.pop(self._key, None)
            self._handle = None
        self._shell.lift_veils()

    def forget(self) -> None:
        """Look everything up anew when its page comes up."""
        self.stop()
        self._looked.clear()

    def forget_one(self, key: StepKey) -> None:
        """Look this step up anew when its page comes up."""
        self._looked.pop(key, None)

    def after_a_pause(self) -> None:
        """Look up when the person has paused in typing."""
        if not self.frozen:
            self._typing.start()

    def look_up(self, *, force: bool = False) -> None:
        """Look up what the page that shows depends on, unless that was done already."""
        shell = self._shell
        if self.frozen or not shell.may_look_up(force=force):
            return
        page = shell.page_here
        step = page.step
        key = step.depends_on(shell.answers, shell.found)
        if key is None or (not force and self._looked.get(step.key) == key):
            return
        self.stop()
        self._looked[step.key] = key
        self._key = step.key
        shell.show_trouble(None)
        answers, found, services = shell.answers, shell.found, self._services
        self.progress = say("Looking it up")
        handle: Handle | None = None

        def current() -> bool:
            return handle is not None and self._handle is handle

        def part(partial: Found) -> None:
            if current():
                shell.take_over(step.suggest(shell.answers, partial), partial)

        def done(result: Found) -> None:
            if not current():
                return
            self._handle = None
            page.lift_veil()
            self._looked[step.key] = step.depends_on(answers, result)
            if result.trouble is not None:
                shell.show_trouble(result.trouble, ("again", TRY_AGAIN))
            shell.take_over(step.suggest(shell.answers, result), result)
            self.look_up()  # the person may have gone on typing, or what was found leads further
            shell.focus_if_lost()

        def failed(error: KnownError) -> None:
            if not current():
                return
            self._handle = None
            page.lift_veil()
            shell.show_trouble(error, ("again", TRY_AGAIN))
            shell.show_state()
            shell.focus_if_lost()

        def cancelled() -> None:
            if not current():
                return
            self._handle = None
            self._looked.pop(step.key, None)
            page.lift_veil()
            page.banner.show_message(
                Tone.ACCENT, say("Stopped."), say("Nothing was changed."), actions=(("again", TRY_AGAIN),)
            )
            shell.show_state()

        def progressed(progress: Progress) -> None:
            if not current():
                return
            self.progress = progress.sentence
            if not page.quiet:
                page.veil.progress(progress)
            shell.show_line()

        tell = self._jobs.poster(page, part)
        handle = self._jobs.start(
            lambda work: step.lookup(services(work), answers, found, work, tell),
            owner=page,
            on_done=done,
            on_error=failed,
            on_progress=progressed,
            on_cancelled=cancelled,
        )
        self._handle = handle
        if not page.quiet:
            page.veil.begin(self.progress)
        shell.show_state()

    def _on_pause(self) -> None:
        self.look_up()
        if not self.running:
            self._shell.show_state()  # nothing had to be looked up, and Next may have waited for that
