"""What a page runs when the person presses something: one task at a time holds the page, others run beside it.

A write that needs a sign-in first asks for it and is then done again; everything else goes to the page or its banner.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from scim_assistant.errors import KnownError, SignInNeeded
from scim_assistant.sentence import Sentence
from scim_assistant.steps.services import Services
from scim_assistant.ui.jobs import Handle, Jobs, Lane
from scim_assistant.work import Progress, Work

if TYPE_CHECKING:
    from scim_assistant.ui.pages.step_page import Task
    from scim_assistant.ui.shell import Shell


class Tasks:
    """Runs tasks for the page that shows.

    Args:
        shell: Whose pages; holds answers and findings.
        jobs: The door to background work.
        services: Gives what tasks may use, from a job's thread.
    """

    def __init__(self, shell: Shell, jobs: Jobs, services: Callable[[Work], Services]) -> None:
        self._shell = shell
        self._jobs = jobs
        self._services = services
        self._handle: Handle | None = None
        self.frozen = False
        self.progress: Sentence = Sentence("")
        """What runs now, in words."""

    @property
    def running(self) -> bool:
        """True while a task holds the page."""
        return self._handle is not None and self._handle.running

    @property
    def writing(self) -> bool:
        """True while that task writes to the tenant."""
        return self.running and self._lane is Lane.TENANT_WRITE

    @property
    def signing_in(self) -> bool:
        """True while that task waits for the person to sign in."""
        return self.running and self._lane is Lane.SIGN_IN

    @property
    def stopping(self) -> bool:
        """True when the person has stopped it and it has not ended yet."""
        return self._handle is not None and self._handle.cancelled

    def cancel(self) -> None:
        """Stop the task that holds the page."""
        if self._handle is not None and self._handle.running:
            self._handle.cancel()

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
        """Run something for the page; see ``PageHost.run``."""
        shell = self._shell
        answers, found, services = shell.answers, shell.found, self._services
        page = shell.page_here
        if self.frozen:
            stopped = Handle(page, lane)
            stopped.finished = True
            return stopped
        covers = busy is not None
        holds = covers or lane in (Lane.TENANT_WRITE, Lane.SIGN_IN)
        if holds:
            shell.stop_lookup()

        def again() -> None:
            self.run(
                task,
                on_done,
                busy=busy,
                doing=doing,
                lane=lane,
                on_error=on_error,
                on_progress=on_progress,
                on_cancelled=on_cancelled,
            )

        def tell(error: KnownError) -> None:
            if on_error is not None:
                on_error(error)
            else:
                shell.show_trouble(error, again=again)

        def end() -> None:
            if covers:
                page.lift_veil()
            if self._handle is handle:
                self._handle = None

        def show_state() -> None:
            shell.show_state()
            if holds:
                shell.focus_if_lost()  # the button that began it could not be stood on meanwhile

        def done(result: Any) -> None:
            end()
            on_done(result)
            show_state()

        def failed(error: KnownError) -> None:
            end()
            if isinstance(error, SignInNeeded) and lane is Lane.TENANT_WRITE:
                # The person has just asked for it: no message first that only says so.
                shell.allow(error, again, lambda: tell(error))
            else:
                tell(error)
            show_state()

        def cancelled() -> None:
            end()
            if on_cancelled is not None:
                on_cancelled()
            show_state()

        def progressed(progress: Progress) -> None:
            if self._handle is handle:
                self.progress = progress.sentence
                shell.show_line()
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
        if holds:
            self._handle = handle
            self.progress = busy or doing or Sentence("")
            if covers:
                page.veil.begin(busy or "")
            shell.show_state()
        return handle

    @property
    def _lane(self) -> Lane | None:
        return self._handle.lane if self._handle is not None else None
