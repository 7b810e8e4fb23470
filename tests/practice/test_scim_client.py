"""The engine's own client stays on this computer and keeps the token out of what it tells."""

from __future__ import annotations

import pytest

from scim_assistant.practice.scim_bodies import USERS
from scim_assistant.practice.scim_client import ScimClient, ScimFailure
from tests.hostile import HostileServer, reply


@pytest.mark.parametrize(
    "address",
    [
        "https://vendor.example.com/api/scim/v2",
        "http://127.0.0.1.example.com/scim",
        "http://127.0.0.1:80@vendor.example.com/scim",
        "http://10.0.0.1/scim",
        "http://[::1/scim",
        "nonsense",
        "",
    ],
)
def test_nothing_that_is_sent_in_practice_leaves_this_computer(address: str) -> None:
    """Whoever writes the settings of an app over Graph, the pretend cloud calls no real service with a token."""
    with (
        ScimClient(address, "a-real-token") as client,
        pytest.raises(ScimFailure, match="WebException") as told,
    ):
        client.probe(USERS, "userName")
    assert "on this computer only" in told.value.body
    assert client.requests == 0


def test_a_token_that_no_header_can_carry_is_not_quoted() -> None:
    with HostileServer() as server:
        server.will_answer(reply(200, {}))
        with ScimClient(server.url, "first\nsecond-half") as client, pytest.raises(ScimFailure) as told:
            client.probe(USERS, "userName")
    assert "second-half" not in told.value.body
    assert server.seen == []
