"""What the window is built from: a practice session has no sign-in at all, a real one no practice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scim_assistant import app
from scim_assistant.errors import SignInFailed
from scim_assistant.settings import Settings, Theme, folders, save_settings
from scim_assistant.steps.answers import Answers
from scim_assistant.work import Work

LOOK = """
import sys
from pathlib import Path
from scim_assistant import app
from scim_assistant.steps.answers import Answers
from scim_assistant.work import Work
with app.window_parts(practice={practice}, scenario="healthy", speed=120, file=None) as parts:
    services = parts.services(Work())
    if services.real is not None:
        services.real.offer(Answers(), Work())
print(sorted({{"msal", "keyring", "cryptography", "httpx"}} & set(sys.modules)))
"""


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CLIENT_ID", "TENANT", "CLOUD"):
        monkeypatch.delenv(f"SCIM_ASSISTANT_{name}", raising=False)


def test_a_real_session_signs_in_and_opens_no_practice_world() -> None:
    with app.window_parts(practice=False, scenario="healthy", speed=120, file=None) as parts:
        services = parts.services(Work())
        assert parts.services(Work()) is services
        assert services.real is not None
        assert not services.is_practice
        assert services.real.offer(Answers(), Work()).client.client_id == ""
        with pytest.raises(SignInFailed):
            services.open_session("healthy", Work())


def test_a_practice_session_has_no_sign_in() -> None:
    with app.window_parts(practice=True, scenario="healthy", speed=120, file=None) as parts:
        services = parts.services(Work())
        assert services.real is None
        assert services.is_practice
        assert not parts.answers.read_only


@pytest.mark.parametrize("practice", [True, False])
def test_putting_it_together_loads_nothing_that_takes_long(practice: bool) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", LOOK.format(practice=practice)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip() == "[]"


def test_the_last_aim_app_and_theme_are_proposed_again(own_home: Path) -> None:
    save_settings(
        folders(practice=False).config,
        Settings(theme=Theme.DARK, last_profile="generic", read_only=True, client_id="x"),
    )
    with app.window_parts(practice=False, scenario="healthy", speed=120, file=None) as parts:
        assert (parts.answers.profile_id, parts.answers.read_only) == ("generic", True)
        assert parts.answers.client_id == "", "what is configured is not typed"
        assert parts.scheme.value == "dark"
        assert parts.settings is not None
        assert parts.settings.current.client_id == "x"
