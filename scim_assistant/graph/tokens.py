"""Which token a request is sent with, and which one it is sent with again when the first was not taken.

Tokens come from a ``TokenSource``; how a new one is had is its own business. Here is decided when to ask for one: after
a refusal for the token's sake once, after a claims challenge once, and never again and again.

Source: Microsoft identity platform, page on claims challenges; Microsoft Graph, error responses page (2026-11).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final, Protocol

from scim_assistant.errors import ServiceRefused, SignInNeeded
from scim_assistant.graph.challenge import CLAIMS_CODE, read_claims
from scim_assistant.secret import Secret
from scim_assistant.sentence import Sentence, say
from scim_assistant.transport import HttpAnswer
from scim_assistant.work import Work

TOKEN_CODES: Final = frozenset({"InvalidAuthenticationToken", "Authentication_ExpiredToken"})
"""Codes that are about the token and nothing else."""


class TokenSource(Protocol):
    """Gives access tokens; ``signin`` has the real one. Safe from several threads."""

    def __call__(self, work: Work, *, claims: str = "", refused: Secret | None = None) -> Secret:
        """A token that is good for some minutes, renewed silently when it has to be.

        Args:
            work: Cancel; a renewal goes over the network.
            claims: A claims challenge that the token has to answer, JSON text.
            refused: The token that the service has just turned away: never given again while another can be had.

        Raises:
            SignInNeeded: It cannot be had without a person.
            Unreachable: The sign-in service did not answer.
            Cancelled: The person pressed Cancel.
        """
        ...


def fixed(token: Secret) -> TokenSource:
    """A source of one token that never changes, as in a practice session."""

    def give(work: Work, *, claims: str = "", refused: Secret | None = None) -> Secret:
        return token

    return give


@dataclass(slots=True)
class Asked:
    """What was done for one request whose token was not taken.

    Attributes:
        renewed, challenged: Another token was asked for, for that reason.
        better: What came of it, for the next try.
    """

    renewed: bool = False
    challenged: bool = False
    better: Secret | None = None


class Tokens:
    """The tokens of one client. Safe from several threads.

    Args:
        source: Gives them.
        account_id: Whose they are (``Account.id``), so that the right person is asked to sign in again; empty where
            nobody can be asked, as in a practice session.
    """

    def __init__(self, source: TokenSource, account_id: str = "") -> None:
        self._source = source
        self._account_id = account_id
        self._in_use: tuple[Secret, float] | None = None
        self._renewed: Secret | None = None

    def next(self, what: Sentence, asked: Asked, work: Work) -> Secret:
        """The token to send a request with.

        Args:
            what: What is not done without one, as a full sentence.

        Raises:
            SignInNeeded: Only a person can get one.
            Unreachable, Cancelled: As the source does.
        """
        better, asked.better = asked.better, None
        return self._used(better if better is not None else self._ask(what, None, work))

    def may_send_again(
        self, answer: HttpAnswer, error: ServiceRefused, token: Secret, asked: Asked, work: Work
    ) -> bool:
        """Get a better token for a request that was turned away for the sake of its token.

        Args:
            answer, error: The refusal, which had no effect.
            token: What was turned away.
            asked: What was done before; changed.

        Returns:
            False where the token is not the cause, or no other can be had.

        Raises:
            SignInNeeded: Only a person can get one, or what could be got is not taken either.
            Unreachable, Cancelled: As the source does.
        """
        codes = error.details.codes
        if CLAIMS_CODE in codes and answer.status in (401, 403):
            claims = read_claims(answer.headers)
            if not claims:
                return False
            if asked.challenged:
                raise self._needed(error, error.why, error.next_step, claims=claims)
            asked.challenged = True
            asked.better = self._ask(error.what, error, work, claims=claims)
            return True
        if answer.status != 401:
            return False
        # A server that does not know a new app yet says so minute after minute, also to a token that was just made:
        # for that, one renewal is enough.
        vague = "UnknownError" in codes and token == self._renewed
        if not asked.renewed and not vague:
            asked.renewed = True
            better = self._ask(error.what, error, work, refused=token)
            if better != token:
                self._renewed = asked.better = better
                return True
        if self._account_id and TOKEN_CODES.intersection(codes):
            raise self._needed(
                error,
                say("Microsoft does not accept this sign-in any more."),
                say("Sign in again, and the same thing goes on."),
            )
        return False

    def renew(self, work: Work, used_for_s: float) -> None:
        """Get a new token, where the present one has been used for so long (our seconds)."""
        token = self._used(self._source(work))
        if self._in_use is None or time.monotonic() - self._in_use[1] >= used_for_s:
            self._used(self._source(work, refused=token))

    def _used(self, token: Secret) -> Secret:
        if self._in_use is None or self._in_use[0] != token:
            self._in_use = (token, time.monotonic())
        return token

    def _ask(
        self,
        what: Sentence,
        after: ServiceRefused | None,
        work: Work,
        *,
        claims: str = "",
        refused: Secret | None = None,
    ) -> Secret:
        try:
            return self._source(work, claims=claims, refused=refused)
        except SignInNeeded as needed:
            # Said of what the person was doing, with the ids of the refusal where the source has none.
            details = after.details if after is not None and not needed.details.codes else needed.details
            raise SignInNeeded(
                what,
                needed.why,
                needed.next_step,
                details,
                scopes=needed.scopes,
                claims=needed.claims or claims,
                account_id=needed.account_id or self._account_id,
            ) from needed

    def _needed(
        self, error: ServiceRefused, why: Sentence, next_step: Sentence, *, claims: str = ""
    ) -> SignInNeeded:
        return SignInNeeded(
            error.what, why, next_step, error.details, claims=claims, account_id=self._account_id
        )
