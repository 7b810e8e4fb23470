"""Whose side it is when no encryption is agreed on, for reasons that the certificate itself does not show."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scim_assistant.scim.here.way import judge_refused_handshake
from scim_assistant.scim.spoken import Masks
from scim_assistant.secret import Secret
from scim_assistant.sentence import say
from scim_assistant.transport.survey import Handshake, HandshakeFailed, Refusal

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SHOWN = Handshake(
    "TLSv1.2", "ECDHE-RSA-AES128-SHA", 0.1, "scim.example.com", ("scim.example.com",), "Example Trust"
)


@pytest.mark.parametrize(
    ("refusal", "shown", "side"),
    [
        (Refusal.WEAK, SHOWN, "vendor"),
        (Refusal.REVOKED, SHOWN, "vendor"),
        (Refusal.NOTHING_SHARED, SHOWN, "vendor"),
        (Refusal.NOT_TLS, None, "address"),
        (Refusal.UNKNOWN_NAME, SHOWN, "address"),
        (Refusal.UNTRUSTED, SHOWN, "network"),
    ],
)
def test_a_good_looking_certificate_does_not_turn_the_blame(
    refusal: Refusal, shown: Handshake | None, side: str
) -> None:
    error = HandshakeFailed(say("Not done."), say("Why."), say("Next."), refusal=refusal, shown=shown)
    check = judge_refused_handshake(error, "scim.example.com", Masks([Secret("token-123456")]), NOW, 0.1)
    assert (check.side, check.reach) == (side, "tls")
