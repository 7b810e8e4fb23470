"""What follows from the deep check: which Tenant URL to use, what will go wrong in daily use, who has to act. Pure.

Faults in one dialect alone are answered by the form of the Tenant URL; what is left with the better form is what will
break. One fault that stops or breaks makes the verdict fail, everything else lets one go on.

Source: Microsoft Learn, "Known issues and resolutions with SCIM 2.0 protocol compliance" (read 2025-08).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scim_assistant.check import Outcome
from scim_assistant.scim.address import has_flag
from scim_assistant.scim.deep.found import DeepCheck, DeepOutcome, Dialect, Flag, Severity
from scim_assistant.scim.deep.trial import Stop
from scim_assistant.scim.target import Target
from scim_assistant.scim.verdict import Side, Sureness, Verdict
from scim_assistant.sentence import Sentence, say

_COSTLY: Final = (Severity.STOPS, Severity.BREAKS)
_WORST_FIRST: Final = (Severity.STOPS, Severity.BREAKS, Severity.HINDERS)
_OTHER: Final = {Dialect.LEGACY: Dialect.STANDARD, Dialect.STANDARD: Dialect.LEGACY}


def judge(
    checks: tuple[DeepCheck, ...],
    target: Target,
    left_behind: tuple[str, ...],
    stop: Stop | None,
    *,
    cancelled: bool = False,
    requests: int = 0,
    seconds: float = 0.0,
) -> DeepOutcome:
    """Put together what was found.

    Args:
        checks: All of them, in order.
        target: The service; its address tells whether the flag is in use.
        left_behind: What could not be taken away, in words.
        stop: What ended the run early; None when it came to its end.
    """
    flag = advised_flag(checks)
    is_flagged = has_flag(target.tenant_url)
    used = _used(flag, is_flagged=is_flagged)
    breaks = _breaks(checks, used)
    return DeepOutcome(
        checks=checks,
        flag=flag,
        flag_sentence=_flag_sentence(flag, is_flagged=is_flagged),
        breaks=tuple(check.means for check in breaks if check.means),
        left_behind=left_behind,
        verdict=_verdict(checks, flag, breaks, left_behind, stop, is_flagged=is_flagged, cancelled=cancelled),
        requests=requests,
        seconds=seconds,
        cancelled=cancelled,
    )


def advised_flag(checks: Sequence[DeepCheck]) -> Flag:
    """Which form of the Tenant URL serves better; unknown as long as one dialect was not tried."""
    states = {dialect: _state(checks, dialect) for dialect in (Dialect.LEGACY, Dialect.STANDARD)}
    legacy, standard = states[Dialect.LEGACY], states[Dialect.STANDARD]
    if legacy is None or standard is None:
        return Flag.UNKNOWN
    if legacy and standard:
        return Flag.EITHER
    if legacy:
        return Flag.WITHOUT
    return Flag.WITH if standard else Flag.NEITHER


def _state(checks: Sequence[DeepCheck], dialect: Dialect) -> bool | None:
    """True when all that was tried in a dialect works, None when nothing was tried."""
    tried = [
        check
        for check in checks
        if check.dialect is dialect and check.outcome in (Outcome.PASS, Outcome.WARN, Outcome.FAIL)
    ]
    if not tried:
        return None
    return not any(_is_costly(check) for check in tried)


def _is_costly(check: DeepCheck) -> bool:
    return check.outcome is Outcome.FAIL and check.severity in _COSTLY


def _used(flag: Flag, *, is_flagged: bool) -> Dialect:
    """The dialect that will be spoken when the advice is followed."""
    if flag is Flag.WITH:
        return Dialect.STANDARD
    if flag is Flag.WITHOUT:
        return Dialect.LEGACY
    return Dialect.STANDARD if is_flagged else Dialect.LEGACY


def _breaks(checks: Sequence[DeepCheck], used: Dialect) -> tuple[DeepCheck, ...]:
    """What goes wrong in daily use, worst first."""
    wrong = [
        check
        for check in checks
        if check.outcome in (Outcome.FAIL, Outcome.WARN)
        and check.severity in _WORST_FIRST
        and check.dialect is not _OTHER[used]
    ]
    return tuple(
        sorted(wrong, key=lambda check: (_WORST_FIRST.index(check.severity), check.outcome is Outcome.WARN))
    )


def _flag_sentence(flag: Flag, *, is_flagged: bool) -> Sentence:
    if flag is Flag.EITHER:
        return say(
            "The service understands both forms of Microsoft's changes: leave the Tenant URL as it is."
        )
    if flag is Flag.WITHOUT:
        return (
            say(
                "Take aadOptscim062020 out of the Tenant URL: the service does not understand what follows from it."
            )
            if is_flagged
            else say(
                "Leave the Tenant URL without aadOptscim062020: the service understands Microsoft's usual form only."
            )
        )
    if flag is Flag.WITH:
        return (
            say(
                "Keep aadOptscim062020 in the Tenant URL. Provisioning on demand takes no notice of it, and apps of the"
                " gallery may not either, so watch the first changes in the log."
            )
            if is_flagged
            else say(
                "Put ?aadOptscim062020 at the end of the Tenant URL: the service does not understand Microsoft's usual"
                " form. Provisioning on demand takes no notice of it, and apps of the gallery may not either."
            )
        )
    if flag is Flag.NEITHER:
        return say(
            "The service understands neither form of Microsoft's changes in full: the vendor has to mend it."
        )
    return say("Which form of the Tenant URL serves better was not found out.")


def _verdict(
    checks: Sequence[DeepCheck],
    flag: Flag,
    breaks: Sequence[DeepCheck],
    left_behind: tuple[str, ...],
    stop: Stop | None,
    *,
    is_flagged: bool,
    cancelled: bool,
) -> Verdict:
    if stop is not None and stop.side is not Side.NONE:
        failed = next((check for check in checks if check.outcome is Outcome.FAIL), None)
        return Verdict(
            stop.side, failed.sentence if failed is not None else stop.reason, stop.next_step, sure=stop.sure
        )
    write = say("Write to the vendor: the letter names what was asked, what was expected and what came.")
    worst = breaks[0] if breaks else None
    if worst is not None and _is_costly(worst):
        return Verdict(Side.VENDOR, worst.means or worst.sentence, write)
    if flag in (Flag.WITH, Flag.WITHOUT) and (flag is Flag.WITH) is not is_flagged:
        return Verdict(
            Side.ADDRESS,
            say(
                "The service understands only one form of Microsoft's changes, and the Tenant URL asks for the other."
            ),
            _flag_sentence(flag, is_flagged=is_flagged),
            may_go_on=True,
        )
    if worst is not None:
        return Verdict(Side.VENDOR, worst.means or worst.sentence, write, may_go_on=True)
    if left_behind:
        return Verdict(
            Side.VENDOR,
            say("What the check made is still in the app."),
            say("Remove it in the app by hand."),
            may_go_on=True,
        )
    if cancelled:
        return Verdict(
            Side.NONE,
            say("The check was stopped. Nothing wrong had been found until then."),
            say("Run the deep check again to see all of it."),
            sure=Sureness.POSSIBLE,
        )
    if not any(check.outcome in (Outcome.PASS, Outcome.WARN) for check in checks):
        return Verdict(Side.NONE, say("Nothing was tried."), say(""), sure=Sureness.POSSIBLE)
    if flag is Flag.UNKNOWN:
        return Verdict(
            Side.NONE,
            say("What was tried works. Not everything was tried."),
            say("The checks that were left out say why."),
            sure=Sureness.POSSIBLE,
        )
    if flag in (Flag.WITH, Flag.WITHOUT):
        return Verdict(
            Side.NONE,
            say("With the Tenant URL as it is, the service does everything that Microsoft will ask of it."),
            _flag_sentence(flag, is_flagged=is_flagged),
        )
    return Verdict(
        Side.NONE,
        say("The service did everything that Microsoft will ask of it."),
        say("Go on with the set-up."),
    )
