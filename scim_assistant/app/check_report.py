"""Everything that one run of the check command found, and the JSON document made of it.

Other programs read that document, so its names stay; the README lists them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scim_assistant.app.check_inputs import without_credentials
from scim_assistant.check import Check, Outcome
from scim_assistant.errors import KnownError
from scim_assistant.scim.address import holds_token
from scim_assistant.scim.connection import HereTest
from scim_assistant.scim.deep.found import DeepCheck, DeepOutcome
from scim_assistant.scim.profiles import AppProfile
from scim_assistant.scim.target import Target
from scim_assistant.scim.token import TokenReading
from scim_assistant.scim.verdict import Verdict
from scim_assistant.secret import MASK
from scim_assistant.sentence import Sentence

_BADNESS = (Outcome.PASS, Outcome.WARN, Outcome.FAIL)


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What was found.

    Attributes:
        target: The service.
        profile: The app.
        reading: What the token shows of itself.
        notes: What was put right in the address and the token.
        here: The test of the connection.
        deep: The deep check; None when it was not made.
        planned: Its checks, all skipped with the reason, where it was asked for and not made.
        not_begun: Why the deep check could not begin on this computer; None where nothing kept it.
    """

    target: Target
    profile: AppProfile
    reading: TokenReading
    notes: tuple[Sentence, ...]
    here: HereTest
    deep: DeepOutcome | None = None
    planned: tuple[DeepCheck, ...] = ()
    not_begun: KnownError | None = None

    @property
    def verdict(self) -> Verdict:
        """The worse of both verdicts; that of the deep check where they are alike, since it looks closer."""
        verdicts = [self.here.verdict]
        if self.deep is not None:
            verdicts.insert(0, self.deep.verdict)
        return max(verdicts, key=lambda one: _BADNESS.index(one.outcome))

    @property
    def cancelled(self) -> bool:
        """It was stopped half way."""
        return self.here.cancelled or (self.deep is not None and self.deep.cancelled)

    @property
    def checks(self) -> tuple[DeepCheck, ...]:
        """Those of the deep check."""
        return self.deep.checks if self.deep else self.planned

    @property
    def requests(self) -> int:
        """How many were sent in all."""
        return self.here.requests + (self.deep.requests if self.deep else 0)

    @property
    def seconds(self) -> float:
        """How long it took in all."""
        return self.here.seconds + (self.deep.seconds if self.deep else 0.0)

    @property
    def url(self) -> str:
        """The Tenant URL, as it may be shown."""
        if holds_token(self.target.tenant_url, self.target.secret):
            return MASK
        return self.target.secret.masked_in(without_credentials(self.target.tenant_url))

    def document(self) -> Mapping[str, Any]:
        """The same as plain data, for other programs."""
        verdict, deep = self.verdict, self.deep
        return {
            "verdict": verdict.outcome.value,
            "side": verdict.side.value,
            "sure": verdict.sure.value,
            "summary": verdict.sentence,
            "next_step": verdict.next_step,
            "url": self.url,
            "profile": self.profile.id,
            "token": _token(self.reading),
            "notes": list(self.notes),
            "layers": [
                {**_row(layer), "side": layer.side.value, "next_step": layer.next_step}
                for layer in self.here.layers
            ],
            "checks": [_deep_row(check) for check in self.checks],
            "flag": deep.flag.value if deep else "unknown",
            "flag_advice": deep.flag_sentence if deep else "",
            "breaks": list(deep.breaks) if deep else [],
            "left_behind": list(deep.left_behind) if deep else [],
            "cancelled": self.cancelled,
            "requests": self.requests,
            "seconds": round(self.seconds, 3),
        }


def _row(check: Check) -> dict[str, Any]:
    return {
        "name": check.key,
        "title": check.title,
        "status": check.outcome.value,
        "seconds": None if check.seconds is None else round(check.seconds, 3),
        "summary": check.sentence,
        "evidence": [{"label": label, "value": value} for label, value in check.evidence],
    }


def _deep_row(check: DeepCheck) -> dict[str, Any]:
    return {
        **_row(check),
        "severity": check.severity.value,
        "dialect": check.dialect.value,
        "means": check.means,
        "source": check.source,
        "exchanges": [
            {"request": one.request, "answer": one.answer, "seconds": round(one.seconds, 3)}
            for one in check.spoken
        ],
    }


def _token(reading: TokenReading) -> dict[str, Any]:
    ends = reading.expires_at
    return {
        "kind": reading.kind.value,
        "summary": reading.sentence,
        "issuer": reading.issuer,
        "audience": list(reading.audience),
        "expires_at": None if ends is None else f"{ends:%Y-%m-%dT%H:%M:%SZ}",
        "problem": reading.problem or "",
        "warnings": list(reading.warnings),
    }
