"""The right column of the connection test: Microsoft's cloud asks the app, with what was entered or with what is stored.

Two requests of Graph make that test, one that hangs under the job and one that names the job's template. The one that
fits the app is made; the other one only where the first tells nothing of the app, so never more than two. What counts
of a failure is the code inside it and what the app answered Microsoft, not the heading, which is always the same.

Source: Microsoft Graph v1.0 reference, synchronizationJob: validateCredentials (2026-11).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from scim_assistant.check import Fix, Outcome
from scim_assistant.errors import KnownError, OutcomeUnknown, ServiceRefused, SignInNeeded, Unreachable
from scim_assistant.scim.verdict import Side, SidedCheck, Sureness
from scim_assistant.secret import Secret
from scim_assistant.sentence import Sentence, say
from scim_assistant.steps.needed import explained
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.graph.validation import Validation
    from scim_assistant.tenant.session import Session
    from scim_assistant.tenant.snapshot import AppSnapshot

CLOUD: Final = "cloud-credentials"
"""Key of the first row: address and token as they were entered."""
STORED: Final = "cloud-stored"
"""Key of the first row where nothing was entered: address and token as Microsoft's cloud has them."""
OTHER: Final = "cloud-other"
"""Key of the second row: the same, asked for by the other request."""

ALLOW: Final = "allow:changes"
"""Where the fix of a check leads that needs more permissions than were asked for so far."""

_TITLES: Final = {
    CLOUD: say("Address and token as entered"),
    STORED: say("Address and token as stored"),
    OTHER: say("The same, asked for in another way"),
}
_MOST_CONTENT: Final = 600


class Told(StrEnum):
    """What a row of the cloud's test tells of the app."""

    NOT_ASKED = "not-asked"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    """The app did not take the token."""
    FORBIDDEN = "forbidden"
    """The app answered Microsoft with 403."""
    BUSY = "busy"
    """The app answered Microsoft with 429."""
    ODD = "odd"
    """The app answered Microsoft, and not as it should."""
    UNREACHED = "unreached"
    """Microsoft got no answer from the app."""
    UNCLEAR = "unclear"
    """An error that names no answer of the app, or one that cannot be read: nothing is known of the app."""


@dataclass(frozen=True, slots=True)
class CloudCheck(SidedCheck):
    """A row of the cloud's test.

    Attributes:
        told: What it tells of the app.
        status: How the app answered Microsoft; None where that is not said.
        asked_for: What Microsoft asked the app for, such as an address that ends in ``/Groups``; may be empty.
    """

    told: Told = Told.NOT_ASKED
    status: int | None = None
    asked_for: str = ""

    @property
    def is_known(self) -> bool:
        """True when it tells something of the app."""
        return self.told not in (Told.NOT_ASKED, Told.UNCLEAR)


OnCheck = Callable[[CloudCheck], None]


def planned_rows(app: AppSnapshot | None, *, stored: bool) -> tuple[CloudCheck, ...]:
    """The rows as they are before anything was asked."""
    first = STORED if stored else CLOUD
    both = app is not None and app.job is not None and app.template is not None
    return tuple(CloudCheck(key, _TITLES[key]) for key in ((first, OTHER) if both else (first,)))


def passed_over(row: CloudCheck, sentence: Sentence, fix: Fix | None = None) -> CloudCheck:
    """A row that is not asked."""
    return replace(row, outcome=Outcome.SKIPPED, sentence=sentence, fix=fix)


def ask_cloud(  # noqa: PLR0917 - work and listener last, as everywhere here
    session: Session,
    app: AppSnapshot,
    tenant_url: str,
    secret: Secret | None,
    work: Work,
    on_check: OnCheck = lambda row: None,
) -> tuple[CloudCheck, ...]:
    """Let Microsoft's cloud test address and token. Changes nothing.

    Args:
        app: The app, with its job where it has one.
        tenant_url: Cleaned.
        secret: None tests what is stored.
        on_check: Told each row as it begins and as it ends.

    Raises:
        Unreachable, OutcomeUnknown, SignInNeeded: Microsoft was not asked at all, which says nothing about the app.
        ServiceRefused: Microsoft refused to make the test: a permission, a role, too many requests.
        Cancelled: The person pressed Cancel.
    """
    rows = list(planned_rows(app, stored=secret is None))

    def show(at: int, row: CloudCheck) -> None:
        rows[at] = row
        on_check(row)

    if app.job is None and app.template is None:
        sentence = say("Microsoft's cloud offers no test for this app before it has a provisioning job.")
        show(0, replace(rows[0], outcome=Outcome.WARN, sentence=sentence, side=Side.ENTRA, told=Told.UNCLEAR))
        return tuple(rows)
    asking = _Asking(session, app, tenant_url, secret, work)
    show(0, replace(rows[0], outcome=Outcome.RUNNING))
    show(0, asking.ask(rows[0], by_job=app.job is not None))
    if len(rows) == 1:
        return tuple(rows)
    if rows[0].is_known:
        show(1, passed_over(rows[1], say("Not needed: the first answer is clear.")))
        return tuple(rows)
    work.check()
    show(1, replace(rows[1], outcome=Outcome.RUNNING))
    show(1, asking.ask(rows[1], by_job=False))
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class _Asking:
    """What both requests have in common."""

    session: Session
    app: AppSnapshot
    tenant_url: str
    secret: Secret | None
    work: Work

    def ask(self, row: CloudCheck, *, by_job: bool) -> CloudCheck:
        """Make one request and judge what comes."""
        began = time.monotonic()
        try:
            self._send(by_job=by_job)
        except (Unreachable, OutcomeUnknown, SignInNeeded):
            raise
        except ServiceRefused as error:
            from scim_assistant.graph.validation import explain_validation

            told = explain_validation(error)
            if not told.is_about_credentials and error.status in {401, 403, 429}:
                with explained(self.session, self.work):
                    raise
            return _failed(row, error, told, time.monotonic() - began)
        except KnownError as error:
            return replace(
                row,
                outcome=Outcome.WARN,
                sentence=say("Microsoft's answer could not be read: {why}", why=error.why),
                seconds=time.monotonic() - began,
                details=error.details,
                side=Side.ENTRA,
                told=Told.UNCLEAR,
            )
        return replace(
            row,
            outcome=Outcome.PASS,
            sentence=say("Microsoft's cloud reached the app, and the token was accepted."),
            seconds=time.monotonic() - began,
            told=Told.ACCEPTED,
        )

    def _send(self, *, by_job: bool) -> None:
        from scim_assistant.graph import synchronization
        from scim_assistant.tenant.patience import patiently

        app, work = self.app, self.work
        patiently(
            lambda: synchronization.validate_credentials(
                self.session.graph,
                app.service_principal.id,
                app.job.id if by_job and app.job else None,
                app.template.id if app.template else None,
                self.tenant_url,
                self.secret,
                work,
                use_saved=self.secret is None,
            ),
            session=self.session,
            born_at=app.created_at,
            work=work,
            on_wait=lambda: work.progress(1, 2, say("Waiting until Microsoft knows the new app everywhere")),
        )


def _failed(row: CloudCheck, error: ServiceRefused, told: Validation, seconds: float) -> CloudCheck:
    """A row for a test that Microsoft did not pass."""
    kind = _kind(told)
    side, sure = _SIDES[kind]
    sentence = _sentence(kind, told)
    return replace(
        row,
        # Of an error that says nothing of the app it is not known whether it stops provisioning.
        outcome=Outcome.WARN if kind is Told.UNCLEAR and error.status >= 500 else Outcome.FAIL,
        sentence=sentence,
        evidence=_evidence(kind, told),
        seconds=seconds,
        details=error.details,
        side=side,
        sure=sure,
        reach=told.reach.value if kind is Told.UNREACHED and told.reach else "",
        told=kind,
        status=told.status,
        asked_for=told.resource,
    )


def _kind(told: Validation) -> Told:
    if told.is_refusal:
        return Told.REFUSED
    if told.status is not None:
        return {403: Told.FORBIDDEN, 429: Told.BUSY}.get(told.status, Told.ODD)
    return Told.UNREACHED if told.is_about_credentials and told.reach is not None else Told.UNCLEAR


_SIDES: Final = {
    Told.REFUSED: (Side.TOKEN, Sureness.LIKELY),
    Told.FORBIDDEN: (Side.VENDOR, Sureness.POSSIBLE),
    Told.BUSY: (Side.VENDOR, Sureness.LIKELY),
    Told.ODD: (Side.VENDOR, Sureness.LIKELY),
    Told.UNREACHED: (Side.VENDOR, Sureness.POSSIBLE),
    Told.UNCLEAR: (Side.ENTRA, Sureness.POSSIBLE),
}


def _sentence(kind: Told, told: Validation) -> Sentence:
    match kind:
        case Told.REFUSED:
            return say("The app refused the token when Microsoft's cloud asked.")
        case Told.FORBIDDEN:
            return say("The app does not let Microsoft's cloud in (status 403).")
        case Told.BUSY:
            return say("The app was too busy to answer Microsoft's cloud (status 429).")
        case Told.ODD if told.status == 200:
            return say("The app answered Microsoft's cloud with something else than an empty list.")
        case Told.ODD:
            return say("The app answered Microsoft's cloud with status {status}.", status=told.status)
        case Told.UNREACHED:
            return say("Microsoft's cloud got no answer from the app.")
    return say("Microsoft's cloud reports a failed test and does not say what the app answered.")


def _evidence(kind: Told, told: Validation) -> tuple[tuple[str, str], ...]:
    from scim_assistant.logs.explain import catalogue
    from scim_assistant.logs.text import visible

    known = catalogue().explain(told.code, told.status, told.text) if told.code else None
    rows = [
        ("Answer of the app", _answer(told)),
        ("The app said", told.content[:_MOST_CONTENT]),
        ("Asked for", f"{told.operation} {told.resource}".strip()),
        ("Code", told.code),
    ]
    # The code is the same for a token that is refused and for an address that is kept out.
    if known is not None and known.exact and kind not in (Told.FORBIDDEN, Told.BUSY, Told.ODD):
        rows.append(("What the code means", known.meaning))
        # Where the app's answer is known, it says more than the causes that are usual.
        if kind in (Told.UNREACHED, Told.UNCLEAR):
            rows.append(("Usual causes", " ".join(known.causes)))
    if not told.content:
        rows.append(("Microsoft said", told.text[:_MOST_CONTENT]))
    return tuple((label, visible(value)) for label, value in rows if value)


def _answer(told: Validation) -> str:
    """The status as Microsoft writes it, and as a number."""
    if told.status is None or told.response_status is None:
        return ""
    return (
        told.response_status if told.response_status.isdecimal() else f"{told.status} {told.response_status}"
    )
