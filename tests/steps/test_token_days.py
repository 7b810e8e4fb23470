"""The day of a token is remembered without the token, damage is borne, and a warning comes ahead of the end."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scim_assistant.errors import KnownError
from scim_assistant.plan.journal import Journals
from scim_assistant.scim.profiles import AppProfile, load_profile
from scim_assistant.scim.token import Stage
from scim_assistant.sentence import say
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.done import summary
from scim_assistant.steps.found import Found
from scim_assistant.steps.services import Services
from scim_assistant.steps.start import StartStep
from scim_assistant.steps.token_days import TokenDay, TokenDays
from scim_assistant.steps.token_life import life_of
from scim_assistant.work import Work
from tests.steps import made
from tests.steps.made import TENANT
from tests.steps.worlds import MemoryStore

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
DAY = TokenDay(TENANT, "app-1", "screensteps", set_on=date(2026, 3, 3))


@pytest.fixture
def days(tmp_path: Path) -> TokenDays:
    return TokenDays(tmp_path / "token-days")


def lasting(days: int | None, words: str = "1 year") -> AppProfile:
    profile = load_profile("aws-iam-identity-center")
    return replace(profile, token=replace(profile.token, life_days=days, life=say(words)))


class TestRemembered:
    def test_what_was_remembered_comes_back(self, days: TokenDays) -> None:
        ends = datetime(2027, 3, 3, 10, tzinfo=UTC)
        for one in (DAY, replace(DAY, ends_at=ends), replace(DAY, set_on=None, ends_at=ends, entered=True)):
            days.remember(one)
            assert days.of(TENANT, "app-1") == one
        assert days.all() == (replace(DAY, set_on=None, ends_at=ends, entered=True),)

    def test_nothing_is_known_of_other_apps_and_of_ids_that_are_none(self, days: TokenDays) -> None:
        days.remember(DAY)
        assert days.of(TENANT, "app-2") is None
        assert days.of(TENANT, "../app-1") is None
        with pytest.raises(ValueError, match="not the id"):
            days.remember(replace(DAY, app_id="../../etc"))

    @pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
    def test_only_its_owner_may_read_it(self, days: TokenDays) -> None:
        days.remember(DAY)
        (file,) = days.folder.rglob("*.json")
        assert file.stat().st_mode & 0o077 == 0
        assert file.parent.stat().st_mode & 0o077 == 0
        assert [one.name for one in file.parent.iterdir()] == [file.name]

    @pytest.mark.parametrize(
        "damage",
        [
            b"",
            b"{",
            b"[]",
            b"null",
            b'{"set_on": 3}',
            b'{"set_on": "yesterday"}',
            b'{"ends_at": "2027-03-03T10:00:00"}',
            b"\xff\xfe\x00",
            b"[" * 4000,
            b'{"set_on": "2026-03-03"}' + b" " * 5000,
        ],
    )
    def test_a_damaged_file_counts_as_not_there_and_is_written_anew(
        self, days: TokenDays, damage: bytes
    ) -> None:
        days.remember(DAY)
        (file,) = days.folder.rglob("*.json")
        file.write_bytes(damage)
        assert days.of(TENANT, "app-1") is None
        assert days.all() == ()
        days.remember(DAY)
        assert days.of(TENANT, "app-1") == DAY

    def test_a_disk_that_refuses_is_said(self, tmp_path: Path) -> None:
        (tmp_path / "token-days").write_text("a file where the folder should be")
        with pytest.raises(KnownError, match="disk refused"):
            TokenDays(tmp_path / "token-days").remember(DAY)

    def test_forgetting_leaves_nothing(self, days: TokenDays) -> None:
        days.remember(DAY)
        days.remember(replace(DAY, app_id="app-2"))
        days.forget_all()
        assert days.all() == ()
        assert list(days.folder.rglob("*")) == []


class TestLife:
    def test_a_token_that_names_its_end_is_certain(self) -> None:
        told = replace(DAY, ends_at=NOW + timedelta(days=12))
        life = life_of(told, lasting(365), NOW)
        assert (life.stage, life.sure, life.ends_on) == (Stage.SOON, True, date(2026, 12, 10))
        assert life.short == "Ends in 12 days"
        assert life.more == "10 December 2026"
        assert life.what.startswith("The token ends on 10 December 2026, in 12 days.")
        assert "names its end itself" in life.why

    def test_the_vendors_lifetime_makes_it_likely_and_says_so(self) -> None:
        told = replace(DAY, set_on=date(2025, 12, 10))
        life = life_of(told, lasting(365), NOW)
        assert (life.stage, life.sure, life.ends_on) == (Stage.SOON, False, date(2026, 12, 10))
        assert life.short == "Ends in about 12 days"
        assert "vendor says" in life.what
        assert life.why == (
            "Saved from this computer on 10 December 2025. A token of AWS IAM Identity Center works for 1 year."
        )

    @pytest.mark.parametrize(
        ("days", "stage"),
        [
            (91, Stage.FAR),
            (90, Stage.AHEAD),
            (30, Stage.SOON),
            (7, Stage.LAST),
            (0, Stage.LAST),
            (-1, Stage.PAST),
        ],
    )
    def test_the_warning_comes_ahead_of_the_end(self, days: int, stage: Stage) -> None:
        assert life_of(replace(DAY, ends_at=NOW + timedelta(days=days)), None, NOW).stage is stage

    def test_what_is_not_known_is_said_to_be(self) -> None:
        for told, profile in ((None, lasting(365)), (DAY, lasting(None)), (DAY, None)):
            life = life_of(told, profile, NOW)
            assert life.short == "End not known"
            assert life.stage is Stage.FAR
            assert life.ends_on is None
        assert life_of(None, None, NOW).noted is False
        assert life_of(DAY, None, NOW).more == "Saved from this computer on 3 March 2026"

    def test_a_day_at_the_end_of_all_days_is_no_fault(self) -> None:
        assert life_of(replace(DAY, set_on=date.max), lasting(365), NOW).ends_on is None


class TestDonePage:
    """What the last page of a set-up says of the token."""

    def test_it_says_when_the_token_ends_that_was_saved(self) -> None:
        ends = replace(DAY, ends_at=NOW + timedelta(days=200))
        found = made.found(token=life_of(ends, None, NOW))
        lines = [line for line in summary(Answers(), found) if "token" in line]
        assert lines == [
            "The token ends on 16 June 2027. The monitor warns ahead of that; a new token is entered there."
        ]

    def test_where_nobody_knows_it_says_so_and_what_to_do(self) -> None:
        found = made.found(token=life_of(DAY, None, NOW))
        (line,) = [line for line in summary(Answers(), found) if "token" in line]
        assert line.startswith("When the token ends is not known.")

    def test_it_says_nothing_of_a_token_that_was_not_saved_from_here(self) -> None:
        for found in (made.found(), made.found(token=life_of(None, None, NOW))):
            assert not [line for line in summary(Answers(), found) if "token" in line]


class TestStartPage:
    """What the first page says of tokens that end soon."""

    def advice(self, ends_in_days: int, profile_id: str = "screensteps") -> list[str]:
        now = datetime.now(UTC)
        told = replace(DAY, profile_id=profile_id, ends_at=now + timedelta(days=ends_in_days, hours=1))
        later = replace(told, app_id="app-2", ends_at=now + timedelta(days=400))
        found = made.found(token_days=(later, told))
        problems = StartStep().problems(Answers(profile_id="screensteps"), found)
        assert not any(problem.blocks for problem in problems)
        return [problem.sentence for problem in problems]

    def test_the_token_that_ends_first_is_named_with_the_way_to_replace_it(self) -> None:
        (sentence,) = self.advice(12)
        assert "in 12 days" in sentence
        assert "Connect page" in sentence

    def test_one_that_is_far_or_of_another_app_is_not(self) -> None:
        assert self.advice(200) == []
        assert self.advice(12, "aws-iam-identity-center") == []

    def test_the_days_are_read_with_the_rest(self, days: TokenDays, tmp_path: Path) -> None:
        days.remember(DAY)
        services: Any = Services(
            open_session=lambda scenario, work: made.session(),
            journals=Journals(tmp_path / "journals"),
            secrets=MemoryStore(),
            token_days=days,
        )
        found = StartStep().lookup(services, Answers(), Found(), Work())
        assert found.token_days == (DAY,)
