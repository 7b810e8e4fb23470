"""App profiles and what is read of tokens: pictures of the pages that tell of them. All names are at example.com."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from scim_assistant.scim.profile_file import Mistakes, read_profile
from scim_assistant.scim.profiles import BrokenProfile
from scim_assistant.secret import Secret
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.step import StepKey
from tests.gallery import sample

if TYPE_CHECKING:
    from tests.gallery.states import Stage


class ProfilePicture(Enum):
    """Every picture of this kind."""

    START_HAND_OVER = "start: an app that the portal connects, in a real tenant"
    START_BROKEN_PROFILES = "start: own profiles with mistakes"
    START_OWN_PROFILE = "start: a profile of one's own"
    CONNECT_TOKEN_SOON = "connect: the token ends soon"
    CONNECT_TOKEN_ENDED = "connect: the token has ended"
    CONNECT_TOKEN_DETAILS = "connect: what the token says of itself"
    CONNECT_TOKEN_OTHER = "connect: a token of another kind"

    @property
    def page(self) -> str:
        """The page it shows."""
        return self.value.partition(":")[0]

    @property
    def file(self) -> str:
        """Name of its picture, without ending."""
        return self.name.lower()


BROKEN = """\
display_name = "Shelfwork"
auth = "token"
groups = "yes"

[tenant_url]
pattern = "https://{account}.shelfwork.example.com/scim/v2"
regexp = 'https://[a-z]+'
"""


def broken_profiles() -> tuple[BrokenProfile, ...]:
    """Two files with mistakes, as they would be read."""
    made = []
    for name, text in (("shelfwork", BROKEN), ("stagehand", "display_name = Stagehand\n")):
        try:
            read_profile(name, text)
        except Mistakes as error:
            made.append(BrokenProfile(Path("profiles") / f"{name}.toml", error.mistakes))
    return tuple(made)


def made_token(days: float, **claims: object) -> Secret:
    """A JWT that nobody signed, which ends in so many days."""
    now = datetime.now(UTC)
    told = {
        "iss": "https://id.shelfwork.example.com",
        "aud": "https://shelfwork.example.com/scim",
        "iat": int((now + timedelta(days=days - 365)).timestamp()),
        "exp": int((now + timedelta(days=days)).timestamp()),
        **claims,
    }
    parts = (json.dumps(part).encode() for part in ({"alg": "none"}, told))
    return Secret(".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + ".c2ln")


def _start_hand_over(stage: Stage) -> QWidget:
    return stage.page(StepKey.START, Answers(profile_id="zoom"), sample.begun(scenarios=()), practice=False)


def _start_broken(stage: Stage) -> QWidget:
    return stage.page(StepKey.START, Answers(), sample.begun(broken_profiles=broken_profiles()))


def _start_own(stage: Stage) -> QWidget:
    found = sample.begun(scenarios=())
    mine = replace(found.profiles[0], id="shelfwork", display_name="Shelfwork", yours=True)
    found = replace(found, profiles=(*found.profiles, mine))
    return stage.page(StepKey.START, Answers(profile_id=mine.id), found, practice=False)


def _connect(
    secret: Secret, act: Callable[[Any], None] | None = None, **changes: Any
) -> Callable[[Stage], QWidget]:
    def make(stage: Stage) -> QWidget:
        answers = sample.answered(secret=secret, **changes)
        return stage.page(StepKey.CONNECT, answers, sample.registered(), act)

    return make


MAKERS: dict[ProfilePicture, Callable[[Stage], QWidget]] = {
    ProfilePicture.START_HAND_OVER: _start_hand_over,
    ProfilePicture.START_BROKEN_PROFILES: _start_broken,
    ProfilePicture.START_OWN_PROFILE: _start_own,
    ProfilePicture.CONNECT_TOKEN_SOON: _connect(made_token(9.5)),
    ProfilePicture.CONNECT_TOKEN_ENDED: _connect(made_token(-3.5)),
    ProfilePicture.CONNECT_TOKEN_DETAILS: _connect(
        made_token(200.5), lambda shell: shell.page_here.token_details.open()
    ),
    ProfilePicture.CONNECT_TOKEN_OTHER: _connect(
        Secret("github_pat_" + "a1B2" * 18),
        profile_id="github-enterprise-managed-users",
        tenant_url="https://api.github.com/scim/v2/enterprises/example",
    ),
}
