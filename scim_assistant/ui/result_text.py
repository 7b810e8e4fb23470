"""The result of a test as plain text, for the clipboard: what the window shows, and all of what was seen. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from scim_assistant.check import Check, Outcome
from scim_assistant.scim.deep.found import DeepCheck, DeepOutcome
from scim_assistant.scim.verdict import Side, SidedCheck, Verdict
from scim_assistant.sentence import say
from scim_assistant.ui.widgets.check_list import took
from scim_assistant.ui.wording import OUTCOME_WORDS, show

HERE = say("From this computer")
CLOUD = say("From Microsoft's cloud")

_SIDE_WORDS = {
    Side.NONE: say("nobody has to act"),
    Side.ADDRESS: say("the Tenant URL"),
    Side.NETWORK: say("this network"),
    Side.TOKEN: say("the token"),
    Side.VENDOR: say("the vendor's service"),
    Side.ENTRA: say("Microsoft's side"),
}


def check_as_text(check: Check) -> str:
    """One check: its line, what to do, and what was seen."""
    word = show(OUTCOME_WORDS[check.outcome])
    head = f"{show(check.title)}: {word}"
    if check.seconds is not None and check.outcome is not Outcome.SKIPPED:
        head += f" ({show(took(check.seconds))})"
    lines = [f"{head}. {show(check.sentence)}".rstrip()]
    if isinstance(check, SidedCheck) and check.next_step:
        lines.append(f"    {show(check.next_step)}")
    facts = [*check.evidence, *(check.details.lines() if check.details is not None else ())]
    lines += [f"    {show(label)}: {_indented(show(value))}" for label, value in facts]
    return "\n".join(lines)


def verdict_as_text(verdict: Verdict) -> str:
    """A verdict: what, whose side, how sure, what to do."""
    lines = [show(verdict.sentence)]
    if verdict.side is not Side.NONE:
        side = show(_SIDE_WORDS[verdict.side])
        lines.append(show(say("Side: {side} ({sure})", side=side, sure=verdict.sure.value)))
    if verdict.next_step:
        lines.append(show(verdict.next_step))
    return "\n".join(lines)


def test_as_text(app: str, here: Sequence[Check], cloud: Sequence[Check], verdict: Verdict | None) -> str:
    """Both columns of the connection test and what they mean."""
    parts = [show(say("Connection test of {app}", app=app))]
    if verdict is not None:
        parts.append(verdict_as_text(verdict))
    for title, checks in ((HERE, here), (CLOUD, cloud)):
        if checks:
            parts.append("\n".join([show(title), *(check_as_text(check) for check in checks)]))
    return "\n\n".join(parts) + "\n"


test_as_text.__test__ = False  # type: ignore[attr-defined]  # a text, not a test case, whatever its name looks like


def deep_check_as_text(check: DeepCheck, *, spoken: bool = False) -> str:
    """One deep check; with what was said where ``spoken``."""
    lines = [check_as_text(check)]
    if check.means:
        lines.append(f"    {show(check.means)}")
    if check.source:
        lines.append(show(say("    Source: {source}", source=check.source)))
    if spoken:
        for each in check.spoken:
            lines += ["", each.request, "", each.answer]
    return "\n".join(lines)


def deep_as_text(app: str, outcome: DeepOutcome) -> str:
    """All of a deep check without the requests and answers."""
    parts = [show(say("Deep check of {app}", app=app)), verdict_as_text(outcome.verdict)]
    if outcome.flag_sentence:
        parts.append(show(outcome.flag_sentence))
    if outcome.breaks:
        parts.append("\n".join(f"- {show(one)}" for one in outcome.breaks))
    if outcome.left_behind:
        parts.append("\n".join([show(say("Left behind:")), *(f"- {one}" for one in outcome.left_behind)]))
    parts.append("\n".join(deep_check_as_text(check) for check in outcome.checks))
    return "\n\n".join(parts) + "\n"


def _indented(text: str) -> str:
    return text.replace("\n", "\n        ")
