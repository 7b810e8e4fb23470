"""What the test from this computer comes to, all layers together. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from scim_assistant.check import Check, Outcome
from scim_assistant.scim.layers import AUTHENTICATION, HTTP, SCIM
from scim_assistant.scim.verdict import Side, SidedCheck, Sureness, Verdict
from scim_assistant.sentence import say


def judge_here(layers: Iterable[SidedCheck], *, cancelled: bool = False) -> Verdict:
    """The one judgement of this side: the first layer that failed, else the weightiest that warned.

    ======================================  ==================================================
    what was seen                           what it comes to
    ======================================  ==================================================
    a layer failed                          its side and its sentence; later ones follow from it
    the list is wrong, tokens unchecked     the wrong list, since it does harm without a thief
    the service was too busy to answer      that nothing is known of it yet
    layers warned                           the surest of them, and one may go on
    only what is nobody's fault warned      nobody has to act; the warning is told beside it
    neither                                 nobody has to act
    stopped before a layer failed           nothing yet, since the rest is not known
    ======================================  ==================================================

    Args:
        layers: Every layer.
        cancelled: The person stopped the test.
    """
    found = tuple(layers)
    failures = [check for check in found if check.outcome is Outcome.FAIL]
    if failures:
        return _of(_leading(failures), may_go_on=False)
    if cancelled:
        return Verdict(
            Side.NONE, say("The test was stopped before it had ended."), say("Test again."), may_go_on=True
        )
    busy = next((check for check in found if was_put_off(check)), None)
    if busy is not None:
        return Verdict(
            busy.side,
            say("{busy} Nothing is known of it yet.", busy=busy.sentence),
            say("Test again in a moment."),
            may_go_on=True,
            sure=busy.sure,
        )
    warnings = [check for check in found if check.outcome is Outcome.WARN]
    faults = [check for check in warnings if check.side is not Side.NONE]
    if faults:
        return _of(min(faults, key=lambda check: _ORDER[check.sure]), may_go_on=True)
    if warnings:
        noted = warnings[0]
        return Verdict(
            Side.NONE,
            say("{good} {noted}", good=_GOOD, noted=noted.sentence),
            noted.next_step,
            may_go_on=True,
        )
    return Verdict(Side.NONE, _GOOD, say("Nothing has to be done on this side."))


_GOOD = say("Everything that can be tested from this computer is as it should be.")


_ORDER = {Sureness.CERTAIN: 0, Sureness.LIKELY: 1, Sureness.POSSIBLE: 2}


def was_put_off(check: Check) -> bool:
    """Whether this layer tells that the service was too busy to answer the question at all."""
    status = check.details.status if check.details is not None else None
    return check.key == HTTP and check.outcome is Outcome.WARN and status == 429


def _leading(failures: list[SidedCheck]) -> SidedCheck:
    first = failures[0]
    if first.key == AUTHENTICATION and first.side is Side.VENDOR:
        return next((check for check in failures if check.key == SCIM), first)
    return first


def _of(check: SidedCheck, *, may_go_on: bool) -> Verdict:
    return Verdict(check.side, check.sentence, check.next_step, may_go_on=may_go_on, sure=check.sure)
