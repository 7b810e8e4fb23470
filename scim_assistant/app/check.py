"""The check command: the window's own test of a SCIM service, for scripts and for terminals.

Runs ``scim.connection`` and ``scim.deep`` as the window does. Ctrl+C stops it between two requests; what a deep check has
made is taken away all the same.
"""

from __future__ import annotations

import getpass
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

from scim_assistant.app.check_inputs import (
    NOT_CHECKED,
    Inputs,
    find_profile,
    inputs,
    read_secret,
    standard_input,
)
from scim_assistant.app.check_report import CheckReport
from scim_assistant.app.check_text import Out, Teller
from scim_assistant.check import Outcome
from scim_assistant.errors import Cancelled, KnownError
from scim_assistant.scim import layers
from scim_assistant.scim.connection import HereTest
from scim_assistant.scim.known import run_known
from scim_assistant.scim.profiles import DEEP
from scim_assistant.scim.token import read_token
from scim_assistant.scim.verdict import Side, SidedCheck, Verdict
from scim_assistant.sentence import Sentence, say
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.scim.deep.found import DeepCheck
    from scim_assistant.settings import Folders
    from scim_assistant.transport.survey import Surveyor

GOOD: Final = 0
BAD: Final = 1
NOT_RUN: Final = 2
INTERRUPTED: Final = 130


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What the command was given.

    Attributes:
        url: Tenant URL.
        profile: Id or name of the app's profile; empty for any service.
        deep: Also make the deep check.
        as_json: Print one JSON document instead of text.
        token_env: The environment variable with the token; empty for standard input.
        timeout_s: Seconds for one exchange.
        domain: Mail domain of the deep check's throw-away person; empty for the usual one.
        everything: Print the evidence of what passed, too.
        letter: File for the message to the vendor; None for none.
    """

    url: str
    profile: str = ""
    deep: bool = False
    as_json: bool = False
    token_env: str = ""
    timeout_s: float = 30.0
    domain: str = ""
    everything: bool = False
    letter: Path | None = None


def _network() -> Surveyor:
    from scim_assistant.transport import HttpTransport

    return HttpTransport()


def run_check(
    options: CheckOptions,
    *,
    environ: Mapping[str, str] = os.environ,
    folders: Folders | None = None,
    make_transport: Callable[[], Surveyor] = _network,
) -> int:
    """Check a service and print what was found.

    Args:
        options: What to do.
        environ: Where the token may be.
        folders: Where the person's own profiles are, and the record of what a deep check has made.
        make_transport: Makes what asks; the seam for tests.

    Returns:
        0 when it passes, also with warnings; 1 when it fails; 2 when it could not be made; 130 when it was stopped.
    """
    from scim_assistant.settings import folders as usual_folders

    places = folders or usual_folders(practice=False)
    out, told = Out(sys.stdout), Out(sys.stderr)
    try:
        profile = find_profile(options.profile, places.config / "profiles")
        secret = read_secret(options.token_env, environ, standard_input(), getpass.getpass)
        given = inputs(profile, options.url, secret, options.timeout_s)
        if options.deep:
            _refuse_domain(options.domain)
    except KnownError as error:
        told.line(str(error))
        return NOT_RUN
    teller = Teller(Out(None) if options.as_json else out, everything=options.everything)
    work = Work()
    try:
        with closing(make_transport()) as transport, _interruptible(work, told, deep=options.deep):
            report = _Run(given, options, places, transport, teller, work).report()
    except Cancelled:
        told.line(say("Stopped. Nothing was changed at the app."))
        return INTERRUPTED
    if report.here.cancelled:
        told.line(say("Stopped. Nothing was changed at the app."))
    if report.not_begun is not None:
        told.line(str(report.not_begun))
    if options.as_json:
        out.line(json.dumps(report.document(), indent=2))
    else:
        teller.end(report)
    if options.letter is not None and not _write_letter(report, options.letter, told):
        return NOT_RUN
    if report.cancelled:
        return INTERRUPTED
    if out.refused:
        told.line(say("The result was not written: {why}.", why=out.refused))
        return NOT_RUN
    if report.here.put_off or report.not_begun is not None:
        return NOT_RUN
    return BAD if report.verdict.outcome is Outcome.FAIL else GOOD


def _refuse_domain(text: str) -> None:
    from scim_assistant.scim.deep.mine import read_domain

    problem = read_domain(text)[1]
    if problem is not None:
        raise KnownError(NOT_CHECKED, say("The mail domain after --domain is none."), problem)


@dataclass(frozen=True, slots=True)
class _Run:
    """One check under way."""

    given: Inputs
    options: CheckOptions
    places: Folders
    transport: Surveyor
    teller: Teller
    work: Work

    def report(self) -> CheckReport:
        target, profile, notes = self.given.target, self.given.profile, self.given.notes
        reading = read_token(target.secret, profile)
        unusable = _unusable(self.given.problem or Sentence(""))
        report = CheckReport(target, profile, reading, notes, unusable)
        self.teller.begin(report.url, profile.display_name, reading.sentence, (*notes, *reading.warnings))
        if self.given.problem is None:
            report = replace(
                report,
                here=run_known(
                    self.transport, target, profile, self.work, self.teller.layer, keep_stopped=True
                ),
            )
        else:
            for layer in unusable.layers:
                self.teller.layer(layer)
        return self._deepened(report) if self.options.deep else report

    def _deepened(self, report: CheckReport) -> CheckReport:
        from scim_assistant.scim.deep.leftovers import Leftovers
        from scim_assistant.scim.deep.run import planned_checks, run_deep

        why_not = _why_not_deep(report)
        if why_not is not None:
            self.teller.heading(why_not)
            return replace(report, planned=_passed_over(planned_checks(), why_not))
        self.teller.heading(
            say(
                "Deep check: one marked person and one marked group are made, changed and taken away again. Microsoft "
                "words some changes in another way with the flag aadOptscim062020 in the Tenant URL: both are tried."
            )
        )
        if report.profile.deep_note:
            self.teller.note(report.profile.deep_note)
        try:
            deep = run_deep(
                self.transport,
                report.target,
                Leftovers(self.places.deep_check),
                self.work,
                self.teller.check,
                domain=self.options.domain,
            )
        except KnownError as error:  # it was not begun
            reason = say("The deep check was not made: {why}", why=error.why)
            return replace(report, planned=_passed_over(planned_checks(), reason), not_begun=error)
        return replace(report, deep=deep)


def _passed_over(planned: tuple[DeepCheck, ...], reason: Sentence) -> tuple[DeepCheck, ...]:
    return tuple(replace(one, outcome=Outcome.SKIPPED, sentence=reason) for one in planned)


def _why_not_deep(report: CheckReport) -> Sentence | None:
    """Why nothing is written at the app; None when it may be."""
    if report.here.cancelled:
        return say("The deep check was not made, since the test was stopped.")
    if report.here.verdict.outcome is Outcome.FAIL:
        return say("The deep check was not made, since the test of the connection failed.")
    if report.here.put_off:
        return say("The deep check was not made, since the service was busy.")
    skipped = report.profile.skip_checks.get(DEEP)
    if skipped is not None:
        return say("The deep check was not made: {why}", why=skipped)
    return None


def _unusable(problem: Sentence) -> HereTest:
    """The test of an address that cannot be asked at all."""
    step = say("Copy the Tenant URL from the app's own settings again.")
    first = SidedCheck(
        layers.ADDRESS,
        layers.TITLES[layers.ADDRESS],
        Outcome.FAIL,
        problem,
        seconds=0.0,
        side=Side.ADDRESS,
        next_step=step,
    )
    rest = tuple(
        SidedCheck(key, title, Outcome.SKIPPED, say("Not tried, since the address cannot be used."))
        for key, title in layers.TITLES.items()
        if key != layers.ADDRESS
    )
    return HereTest((first, *rest), Verdict(Side.ADDRESS, problem, step), 0, 0.0)


@contextmanager
def _interruptible(work: Work, told: Out, *, deep: bool) -> Iterator[None]:
    """While it lasts, Ctrl+C, the system's request to end and a terminal that closes cancel the work; a second one ends
    the program at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        if work.cancelled:
            raise KeyboardInterrupt
        work.cancel()
        told.line(
            say("Stopping. What was made at the app is taken away first.") if deep else say("Stopping.")
        )

    wanted = (getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP"))
    # One that is ignored stays so: whoever starts this with nohup wants it to outlive the terminal.
    heard = [one for one in wanted if one is not None and signal.getsignal(one) is not signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _write_letter(report: CheckReport, file: Path, told: Out) -> bool:
    """Write the message to the vendor where there is something to write; False when the disk refused."""
    from scim_assistant.scim.deep.letter import letter
    from scim_assistant.steps.letter import save_letter

    written = letter(report.deep, report.here, report.target, app=report.profile.name_in_text)
    if written.is_empty:
        told.line(say("No letter was written: nothing was found that the vendor has to mend."))
        return True
    markdown = file.suffix.casefold() in (".md", ".markdown")
    text = written.markdown if markdown else f"{written.subject}\n\n{written.plain}"
    try:
        save_letter(str(file), text)
    except KnownError as error:
        told.line(str(error))
        return False
    return True
