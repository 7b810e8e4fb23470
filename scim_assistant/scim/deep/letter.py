"""The message to the vendor: what Microsoft's service asks, what was expected, what came, and what to mend.

Made from what the tests found, in plain text and in Markdown. Everything in it may be read by anybody: the token and
other people's data are masked where requests and answers are kept, and the token once more here. Pure.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scim_assistant.check import Outcome
from scim_assistant.scim import layers
from scim_assistant.scim.deep.catalogue import BY_KEY
from scim_assistant.scim.deep.found import DeepCheck, DeepOutcome, Dialect, Severity, Spoken
from scim_assistant.scim.target import Target
from scim_assistant.scim.verdict import Side, SidedCheck
from scim_assistant.sentence import Sentence, counted, say
from scim_assistant.transport import plain_address

if TYPE_CHECKING:
    from scim_assistant.scim.connection import HereTest

WIDTH: Final = 76
_ORDER: Final = (Severity.STOPS, Severity.BREAKS, Severity.HINDERS, Severity.NOTE)
_COSTS: Final[Mapping[Severity, Sentence]] = {
    Severity.STOPS: say("provisioning does not work"),
    Severity.BREAKS: say("changes are lost"),
    Severity.HINDERS: say("works with detours"),
    Severity.NOTE: say("good to know"),
}
_DIALECTS: Final[Mapping[Dialect, Sentence]] = {
    Dialect.LEGACY: say("as Microsoft's service writes by default"),
    Dialect.STANDARD: say("as Microsoft's service writes with aadOptscim062020 in the Tenant URL"),
    Dialect.BOTH: Sentence(""),
}
"""How it was asked, where that makes a difference."""
_EXPECTED: Final[Mapping[str, Sentence]] = {
    layers.TCP: say("A connection from anywhere, Microsoft's cloud included."),
    layers.TLS: say(
        "TLS 1.2 and a certificate that everybody trusts, with the name of this host, that has not ended."
    ),
    layers.HTTP: say("Status 200 and JSON, without a redirect."),
    layers.AUTHENTICATION: say("The token is taken, and a wrong one is refused with 401."),
    layers.SCIM: say("Status 200 and a ListResponse with totalResults 0 for a person who does not exist."),
    layers.GROUPS: say("Status 200 and a ListResponse with totalResults 0 for a group that does not exist."),
    layers.DISCOVERY: say("A description that fits what the service does."),
    layers.LIMITS: say("totalResults, itemsPerPage and startIndex that fit each other."),
}


_EXPECTED_BY_CLOUD: Final = say(
    "Microsoft's cloud gets what everybody gets: status 200 and a ListResponse with totalResults 0 for a person who does"
    " not exist. Its addresses have the service tag AzureActiveDirectory."
)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to the vendor.

    Attributes:
        subject: One line.
        plain: The body as plain text.
        markdown: The body as Markdown.
    """

    subject: str
    plain: str
    markdown: str

    @property
    def is_empty(self) -> bool:
        """True when there is nothing to write about."""
        return not self.plain


@dataclass(frozen=True, slots=True)
class _Finding:
    """One thing to mend, as the letter words it."""

    title: Sentence
    costs: Sentence
    asked: Sentence
    expected: Sentence
    came: Sentence
    evidence: tuple[tuple[str, str], ...]
    means: Sentence
    source: str
    spoken: tuple[Spoken, ...]


def letter(outcome: DeepOutcome | None, here: HereTest | None, target: Target, *, app: str) -> Letter:
    """Write to the vendor about what the tests found at its service.

    Args:
        outcome: The deep check; None when it was not made.
        here: The connection test from this computer; None when it was not made.
        target: The service. Its token never shows.
        app: What the app is called.

    Returns:
        An empty letter when nothing is wrong at the vendor's side.
    """
    findings = (*_of_layers(here), *_of_checks(outcome))
    if not findings:
        return Letter("", "", "")
    subject = (
        f"SCIM provisioning from Microsoft Entra ID to {app}: {counted(len(findings), 'finding', 'findings')}"
    )
    address = plain_address(target.tenant_url)
    clean = target.secret.masked_in
    return Letter(
        clean(" ".join(subject.split())),
        clean(_plain(findings, app, address, outcome)),
        clean(_markdown(findings, app, address, outcome)),
    )


# ---------------------------------------------------------------- findings


def _of_layers(here: HereTest | None) -> tuple[_Finding, ...]:
    if here is None:
        return ()
    heard: dict[str, list[Spoken]] = {}
    for key, one in here.spoken:
        heard.setdefault(key, []).append(one)
    return tuple(
        _Finding(
            title=check.title,
            costs=_costs_of_layer(check),
            asked=Sentence(""),
            expected=_EXPECTED.get(
                check.key, Sentence("") if check.key in layers.TITLES else _EXPECTED_BY_CLOUD
            ),
            came=check.sentence,
            evidence=check.evidence,
            means=Sentence(""),
            source="",
            spoken=tuple(heard.get(check.key, ())),
        )
        for check in here.layers
        if _is_vendors(check)
    )


def _costs_of_layer(check: SidedCheck) -> Sentence:
    if check.outcome is not Outcome.FAIL:
        return _COSTS[Severity.HINDERS]
    # Who checks no tokens can be provisioned well enough, by anybody.
    return say("open to anybody") if check.key == layers.AUTHENTICATION else _COSTS[Severity.STOPS]


def _is_vendors(check: SidedCheck) -> bool:
    return check.side is Side.VENDOR and check.outcome in (Outcome.FAIL, Outcome.WARN)


def _of_checks(outcome: DeepOutcome | None) -> tuple[_Finding, ...]:
    if outcome is None:
        return ()
    elsewhere = outcome.verdict.side in (Side.TOKEN, Side.NETWORK)
    wrong = [
        check
        for check in outcome.checks
        if check.outcome in (Outcome.FAIL, Outcome.WARN)
        # What ended the run there is for the owner of the token or of the network to mend.
        and not (elsewhere and check.sentence == outcome.verdict.sentence)
        and check.key != "leftovers"
    ]
    wrong.sort(key=lambda check: _ORDER.index(check.severity))
    return tuple(_of_check(check, outcome) for check in wrong)


def _of_check(check: DeepCheck, outcome: DeepOutcome) -> _Finding:
    planned = BY_KEY.get(check.key)
    broke_off = not check.means and check.sentence == outcome.verdict.sentence
    return _Finding(
        title=check.title,
        costs=say("broke off here") if broke_off else _COSTS[check.severity],
        asked=_DIALECTS[check.dialect],
        expected=planned.expected if planned is not None else Sentence(""),
        came=check.sentence,
        evidence=check.evidence,
        means=check.means,
        source=check.source,
        spoken=check.spoken,
    )


# ---------------------------------------------------------------- words


def _opening(app: str, address: str, findings: Sequence[_Finding], outcome: DeepOutcome | None) -> list[str]:
    if outcome is None:
        how = say(
            "We asked your service what Microsoft's provisioning service asks when it tests a connection."
        )
    elif outcome.left_behind:
        how = say(
            "We tried what Microsoft's provisioning service sends, with one person and one group that were made for it."
        )
    else:
        how = say(
            "We tried what Microsoft's provisioning service sends, with one person and one group that were made for it"
            " and taken away again."
        )
    return [
        say(
            "We provision people and groups from Microsoft Entra ID to {app} through SCIM 2.0 (RFC 7643, RFC 7644). The"
            " address of the service is {address}.",
            app=" ".join(app.split()),
            address=address,
        ),
        how
        + " "
        + say(
            "{findings} came out otherwise than Microsoft documents or the standard asks for.",
            findings=counted(len(findings), "point", "points"),
        )
        + " "
        + say("The token and other people's data are left out below."),
    ]


def _closing(outcome: DeepOutcome | None) -> list[str]:
    lines: list[str] = [
        say(
            "Which of these points can be mended, and when? Where a setting of your service or of the account changes"
            " one of them, tell us which."
        )
    ]
    if outcome is not None and outcome.left_behind:
        lines.append(
            say("Still in the app, and to be removed: {things}.", things="; ".join(outcome.left_behind))
        )
    return lines


def _facts(finding: _Finding) -> list[tuple[str, str]]:
    rows = [
        ("Asked", finding.asked),
        ("Expected", finding.expected),
        ("What came", finding.came),
        ("What it means", finding.means),
        ("Source", finding.source),
    ]
    return [(label, " ".join(str(text).split())) for label, text in rows if text]


def _plain(findings: Sequence[_Finding], app: str, address: str, outcome: DeepOutcome | None) -> str:
    blocks = ["Hello,", *(_wrapped(each) for each in _opening(app, address, findings, outcome))]
    for number, finding, exchanges in _numbered(findings):
        head = f"{number}. {finding.title} ({finding.costs})"
        blocks.append("\n".join([head, *(_labelled(label, text) for label, text in _facts(finding))]))
        if finding.evidence:
            blocks.append(_indented("\n".join(f"{label}: {value}" for label, value in finding.evidence)))
        blocks += [
            _indented(text) if text else f"   (request and answer: see point {seen})"
            for text, seen in exchanges
        ]
    blocks += [_wrapped(each) for each in _closing(outcome)]
    return "\n\n".join(blocks) + "\n"


def _markdown(findings: Sequence[_Finding], app: str, address: str, outcome: DeepOutcome | None) -> str:
    blocks = ["Hello,", *(_escaped(each) for each in _opening(app, address, findings, outcome))]
    for number, finding, exchanges in _numbered(findings):
        blocks.append(f"## {number}. {_escaped(finding.title)} ({_escaped(finding.costs)})")
        blocks.append("\n".join(f"- **{label}:** {_escaped(text)}" for label, text in _facts(finding)))
        if finding.evidence:
            blocks.append(_fenced("\n".join(f"{label}: {value}" for label, value in finding.evidence)))
        blocks += [
            _fenced(text) if text else f"(Request and answer: see point {seen}.)" for text, seen in exchanges
        ]
    blocks += [_escaped(each) for each in _closing(outcome)]
    return "\n\n".join(blocks) + "\n"


def _numbered(
    findings: Sequence[_Finding],
) -> Iterable[tuple[int, _Finding, list[tuple[str, int]]]]:
    """Each finding with its number and what was said; what stands under an earlier one is only pointed to."""
    seen: dict[str, int] = {}
    for number, finding in enumerate(findings, 1):
        exchanges: list[tuple[str, int]] = []
        for one in finding.spoken:
            text = f"{one.request}\n\n{one.answer}"
            if text not in seen:
                exchanges.append((text, number))
            elif seen[text] != number and ("", seen[text]) not in exchanges:
                exchanges.append(("", seen[text]))
            seen.setdefault(text, number)
        yield number, finding, exchanges


def _wrapped(text: str) -> str:
    return "\n".join(textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False))


def _labelled(label: str, text: str) -> str:
    return "\n".join(
        textwrap.wrap(
            f"{label}: {text}",
            WIDTH,
            initial_indent="   ",
            subsequent_indent="   ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    )


def _indented(text: str) -> str:
    return textwrap.indent(text, "      ")


def _fenced(text: str) -> str:
    """A block of code whose fence is longer than any in the text."""
    longest = max((len(found) for found in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _escaped(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return re.sub(r"([\\`*_{}\[\]<>#|~&])", r"\\\1", " ".join(text.split()))
