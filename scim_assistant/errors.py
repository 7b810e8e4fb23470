"""Every error that SCIM Assistant raises on purpose.

Two families. A ``KnownError`` means that the world said no: it carries what could not be done, why,
and the next step, each a sentence, and ``Details`` for the person who has to report it. Anything else
that escapes is a fault of ours and goes to the "unexpected" dialog. ``Cancelled`` is neither.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum

from scim_assistant.sentence import Sentence, say


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Details:
    """What a support engineer asks for. Never holds a secret.

    ``address`` has no query and no credentials; ``said`` is what the service wrote, cut to 2,000 characters.
    """

    at: datetime = field(default_factory=_now)
    method: str | None = None
    address: str | None = None
    status: int | None = None
    codes: tuple[str, ...] = ()
    """Service error codes, outermost first; the last is the most specific."""
    request_id: str | None = None
    client_request_id: str | None = None
    said: str | None = None

    def lines(self) -> tuple[tuple[str, str], ...]:
        """Label and value, in reading order, for the Details disclosure and for copying."""
        rows = (
            ("Request", f"{self.method or ''} {self.address or ''}".strip()),
            ("HTTP status", str(self.status) if self.status is not None else ""),
            ("Code", " / ".join(self.codes)),
            ("Request id", self.request_id or ""),
            ("Client request id", self.client_request_id or ""),
            ("Time (UTC)", self.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")),
            ("Service said", self.said or ""),
        )
        return tuple(row for row in rows if row[1])

    def as_text(self) -> str:
        """All lines as one block of plain text, for the clipboard."""
        return "\n".join(f"{label}: {value}" for label, value in self.lines())


class ScimAssistantError(Exception):
    """Base of everything below."""


class Cancelled(ScimAssistantError):
    """The person pressed Cancel. Not a failure; shown nowhere."""


class KnownError(ScimAssistantError):
    """The world said no.

    Args:
        what: What could not be done, as a full sentence ("The provisioning job was not created.").
        why: The cause in plain words.
        next_step: What the person can do now.
        details: For the report.
    """

    def __init__(
        self, what: Sentence, why: Sentence, next_step: Sentence, details: Details | None = None
    ) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.next_step = next_step
        self.details = details or Details()

    def __str__(self) -> str:
        return " ".join(part for part in (self.what, self.why, self.next_step) if part)


class Reach(Enum):
    """At which layer a service could not be reached."""

    NAME = "name"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    TLS = "tls"
    PROXY = "proxy"
    BROKEN = "broken"


class Unreachable(KnownError):
    """No HTTP answer came. ``reach`` names the layer."""

    def __init__(
        self,
        what: Sentence,
        why: Sentence,
        next_step: Sentence,
        details: Details | None = None,
        *,
        reach: Reach = Reach.BROKEN,
    ) -> None:
        super().__init__(what, why, next_step, details)
        self.reach = reach


class UnreadableAnswer(KnownError):
    """An HTTP answer came that is not what the protocol promises.

    ``json_path`` points at the member that was wrong (``$.status.code``), empty when the whole body was.
    """

    def __init__(
        self,
        what: Sentence,
        why: Sentence,
        next_step: Sentence,
        details: Details | None = None,
        *,
        json_path: str = "",
    ) -> None:
        super().__init__(what, why, next_step, details)
        self.json_path = json_path


class ServiceRefused(KnownError):
    """The service answered with an error status. ``details.status`` and ``details.codes`` say which.

    ``not_there_yet`` is True when the age of the object makes replication lag the likely cause.
    """

    def __init__(
        self,
        what: Sentence,
        why: Sentence,
        next_step: Sentence,
        details: Details | None = None,
        *,
        not_there_yet: bool = False,
    ) -> None:
        super().__init__(what, why, next_step, details)
        self.not_there_yet = not_there_yet

    @property
    def status(self) -> int:
        """HTTP status."""
        return self.details.status or 0

    @property
    def code(self) -> str:
        """The most specific service code, or an empty text."""
        return self.details.codes[-1] if self.details.codes else ""


class OutcomeUnknown(KnownError):
    """A write was sent and no answer came back, so whether it took effect has to be looked up."""


class SignInFailed(KnownError):
    """Nobody is signed in. ``details.codes`` holds the OAuth error, then any AADSTS number."""


class SignInNeeded(KnownError):
    """A person has to sign in, or to allow more, before this can go on; then the same thing can simply be done again.

    Raised by whoever wants a token and cannot have it without a person: nobody is signed in any more, a permission was
    not asked for yet, or the service asks for a stronger sign-in. Nothing was sent.

    Attributes:
        scopes: Delegated permissions, by name, that are wanted; empty for those that were granted before.
        claims: The claims challenge to answer, as JSON text; empty for none. Not a secret, but never shown.
        account_id: Whose sign-in it is (``Account.id``); empty for anybody's.
    """

    def __init__(
        self,
        what: Sentence,
        why: Sentence,
        next_step: Sentence,
        details: Details | None = None,
        *,
        scopes: tuple[str, ...] = (),
        claims: str = "",
        account_id: str = "",
    ) -> None:
        super().__init__(what, why, next_step, details)
        self.scopes = scopes
        self.claims = claims
        self.account_id = account_id


class JournalTrouble(KnownError):
    """The journal of a set-up cannot be read or written."""


class JournalInUse(JournalTrouble):
    """Another window or program works with that journal."""


class PreparationMissing(KnownError):
    """Something this computer needs is missing (a Qt library, a display, an extra package)."""


def bad_input(what: str, next_step: str, **values: object) -> KnownError:
    """A known error for input that cannot be used at all, where no field is at hand to hang it on."""
    return KnownError(say(what, **values), Sentence(""), say(next_step, **values))
