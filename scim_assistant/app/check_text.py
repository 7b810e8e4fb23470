"""What the check command prints for people: one paragraph a layer, as it finishes, then what it all means.

Made for 80 columns, and for terminals without colours. What services wrote is shown with its control characters as
signs, since a terminal obeys those.
"""

from __future__ import annotations

import errno
import sys
import textwrap
from collections.abc import Iterable
from contextlib import suppress
from typing import TextIO

from scim_assistant.app.check_report import CheckReport
from scim_assistant.check import Check, Outcome
from scim_assistant.logs.text import visible
from scim_assistant.scim.deep.found import DeepCheck, Dialect, Severity
from scim_assistant.scim.verdict import Side, SidedCheck, Sureness
from scim_assistant.sentence import Sentence, counted, lasted, say

WIDTH = 79
_INDENT = " " * 6
MARKS = {
    Outcome.PASS: "ok",
    Outcome.WARN: "warn",
    Outcome.FAIL: "FAIL",
    Outcome.SKIPPED: "skip",
    Outcome.WAITING: "wait",
    Outcome.RUNNING: "run",
}
SIDES = {
    Side.NONE: say("nobody has to act"),
    Side.ADDRESS: say("it is about the address"),
    Side.NETWORK: say("it is about this network"),
    Side.TOKEN: say("it is about the token"),
    Side.VENDOR: say("it is about the vendor's service"),
    Side.ENTRA: say("it is about Microsoft Entra"),
}
SURE = {
    Sureness.CERTAIN: say("certain"),
    Sureness.LIKELY: say("likely"),
    Sureness.POSSIBLE: say("possible"),
}
COSTS = {
    Severity.STOPS: say("stops provisioning"),
    Severity.BREAKS: say("breaks changes"),
    Severity.HINDERS: say("hinders"),
    Severity.NOTE: say("good to know"),
}
DIALECTS = {
    Dialect.LEGACY: say("without the flag"),
    Dialect.STANDARD: say("with the flag"),
    Dialect.BOTH: say("either way"),
}


_LEAST_S = 0.0005
"""Less than this took no time worth a figure."""
_DISK = frozenset({errno.ENOSPC, errno.EFBIG, errno.EIO, getattr(errno, "EDQUOT", errno.ENOSPC)})


class Out:
    """A stream whose reader may go away: then nothing more is written, and what runs goes on.

    Args:
        stream: Where to; None for nowhere.

    Attributes:
        refused: Why the disk behind it takes nothing; empty while it does, and where only the reader went away.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self.refused = ""
        with suppress(AttributeError, ValueError):
            # A console that lacks a character shows a question mark rather than nothing at all.
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]

    def line(self, text: str = "") -> None:
        """Write one line."""
        if self._stream is None:
            return
        try:
            self._stream.write(text + "\n")
            self._stream.flush()
        except (OSError, ValueError) as error:
            if isinstance(error, OSError) and error.errno in _DISK:
                self.refused = error.strerror or "no reason given"
            self._give_up()

    def _give_up(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not sys.stdout:
            return
        # Python flushes standard output once more when it ends, and would complain there.
        import os

        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


class Teller:
    """Prints a check as it goes.

    Args:
        out: Where to.
        everything: Also print the evidence of what passed.
    """

    def __init__(self, out: Out, *, everything: bool = False) -> None:
        self._out = out
        self._everything = everything
        self._passed_over = Sentence("")

    def begin(self, report_of: str, app: str, token: Sentence, notes: Iterable[Sentence]) -> None:
        """The first lines: what is checked.

        Args:
            report_of: Tenant URL.
            app: The app that it should be.
            token: What is to be seen of the token.
            notes: What was put right.
        """
        self._paragraph(say("Checking {url}", url=report_of), "")
        self._paragraph(say("App: {app}. Token: {token}.", app=app, token=token), "")
        for note in notes:
            self._paragraph(note, "")
        self._out.line()

    def layer(self, layer: SidedCheck) -> None:
        """One layer, when it has come out."""
        if layer.outcome not in (Outcome.RUNNING, Outcome.WAITING):
            self._check(layer, "")
            if layer.outcome is Outcome.WARN:
                # A fault's next step is told at the end; a warning's would be lost there behind a worse one.
                self._paragraph(layer.next_step)

    def check(self, check: DeepCheck) -> None:
        """One check of the deep check, when it has come out."""
        if check.outcome in (Outcome.RUNNING, Outcome.WAITING):
            return
        words = [] if check.dialect is Dialect.BOTH else [str(DIALECTS[check.dialect])]
        if check.outcome in (Outcome.FAIL, Outcome.WARN):
            words.append(str(COSTS[check.severity]))
        self._check(check, ", ".join(words))
        if check.outcome in (Outcome.FAIL, Outcome.WARN):
            self._paragraph(check.means)
            self._paragraph(Sentence(check.source))

    def heading(self, text: Sentence) -> None:
        """A line between two parts."""
        self._out.line()
        self._paragraph(text, "")
        self._out.line()

    def note(self, text: Sentence) -> None:
        """A sentence in between."""
        self._paragraph(text, "")

    def end(self, report: CheckReport) -> None:
        """The last lines: what it means, and what to do."""
        verdict, deep = report.verdict, report.deep
        self._out.line()
        mark, side = MARKS[verdict.outcome], SIDES[verdict.side]
        if verdict.side is Side.NONE:
            self._labelled("Result", say("{mark}.", mark=mark))
        else:
            self._labelled(
                "Result", say("{mark}: {side} ({sure}).", mark=mark, side=side, sure=SURE[verdict.sure])
            )
        self._labelled("", verdict.sentence)
        self._labelled("Next", verdict.next_step)
        if deep is not None:
            if deep.verdict.sentence != verdict.sentence:
                self._labelled("Deep", deep.verdict.sentence)
            self._labelled("Flag", deep.flag_sentence)
            for number, sentence in enumerate(deep.breaks):
                self._labelled("Breaks" if number == 0 else "", sentence)
            for number, text in enumerate(deep.left_behind):
                self._labelled("Left" if number == 0 else "", say("still at the app: {what}", what=text))
            if not deep.left_behind and deep.requests:
                self._labelled("Left", say("nothing at the app"))
        self._labelled(
            "Cost",
            say(
                "{requests}, {time}",
                requests=counted(report.requests, "request", "requests"),
                time=lasted(report.seconds),
            ),
        )

    def _check(self, check: Check, words: str) -> None:
        took = lasted(check.seconds) if check.seconds is not None and check.seconds >= _LEAST_S else ""
        room = WIDTH - len(took) - 1
        first = f"{MARKS[check.outcome]:<5} {visible(check.title)}"
        aside = f"({words})" if words else ""
        if aside and len(first) + 1 + len(aside) <= room:
            first, aside = f"{first} {aside}", ""
        self._out.line(f"{first[:room]:<{room}} {took}".rstrip())
        self._paragraph(Sentence(aside))
        again = check.outcome is Outcome.SKIPPED and check.sentence == self._passed_over
        self._passed_over = check.sentence if check.outcome is Outcome.SKIPPED else Sentence("")
        if not again:  # one reason for ten rows is read once
            self._paragraph(check.sentence)
        if self._everything or check.outcome in (Outcome.FAIL, Outcome.WARN):
            for label, value in check.evidence:
                self._paragraph(Sentence(f"{label}: {value}"), _INDENT + "  ")

    def _labelled(self, label: str, text: Sentence) -> None:
        if text:
            self._wrapped(visible(text), f"{label + ':' if label else '':<8}", " " * 8)

    def _paragraph(self, text: Sentence, indent: str = _INDENT) -> None:
        if text:
            self._wrapped(visible(text), indent, indent)

    def _wrapped(self, text: str, first: str, rest: str) -> None:
        lines = textwrap.wrap(
            text,
            WIDTH,
            initial_indent=first,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in lines:
            self._out.line(line)
