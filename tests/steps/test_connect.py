"""Steps 4 and 5: address and token, and the test of both."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from scim_assistant.check import Outcome, worst
from scim_assistant.scim import layers
from scim_assistant.scim.verdict import Side, Verdict
from scim_assistant.secret import Secret
from scim_assistant.sentence import say
from scim_assistant.steps import connect
from scim_assistant.steps.answers import Answers, AppChoice
from scim_assistant.steps.connect import ConnectStep, token_reading
from scim_assistant.steps.found import Found
from scim_assistant.steps.from_cloud import CLOUD
from scim_assistant.steps.test_connection import TestConnectionStep
from scim_assistant.work import Work
from tests.steps import made
from tests.steps.test_clean import jwt
from tests.steps.worlds import open_world

URL = "http://127.0.0.1:8123/api/scim/v2"
STORED = {"BaseAddress": URL, "SecretToken": "***"}


def _problems(answers: Answers, found: Found | None = None) -> dict[str, list[tuple[str, bool]]]:
    told: dict[str, list[tuple[str, bool]]] = {}
    for problem in ConnectStep().problems(answers, found or made.found()):
        told.setdefault(problem.field, []).append((problem.sentence, problem.blocks))
    return told


class TestConnect:
    """Step 4."""

    def test_both_are_asked_for(self) -> None:
        told = _problems(Answers())
        assert told["tenant_url"][0][1]
        assert told["secret"][0][1]

    def test_good_ones_pass_in_silence(self) -> None:
        assert _problems(Answers(tenant_url=URL, secret=Secret("abc123"))) == {}

    def test_what_was_put_right_is_said_and_does_not_stop(self) -> None:
        told = _problems(Answers(tenant_url=f" {URL}/Users ", secret=Secret("Bearer abc123")))
        assert [blocks for field in told.values() for _, blocks in field] == [False, False, False]

    def test_a_token_in_the_host_name_is_told_before_anybody_looks_it_up(self) -> None:
        token = "Zq4711-Secret-Of-The-Vendor"
        answers = Answers(tenant_url=f"https://{token}.example.com/scim", secret=Secret(token))
        told = _problems(answers, made.found(session=made.session(practice=False)))
        assert told["tenant_url"][0][1]
        assert "holds the token" in told["tenant_url"][0][0]
        assert token.casefold() not in str(told).casefold()

    def test_a_token_that_the_keyring_cannot_hold_is_said_where_it_is_typed(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(connect, "sys", SimpleNamespace(platform="win32"))
        long = Answers(tenant_url=URL, secret=Secret("a1" * 641), keep_secret=True)
        ((sentence, blocks),) = _problems(long)["keep_secret"]
        assert blocks
        assert "1,280" in sentence
        for fine in (replace(long, keep_secret=False), replace(long, secret=Secret("a1" * 640))):
            assert "keep_secret" not in _problems(fine)
        monkeypatch.setattr(connect, "sys", SimpleNamespace(platform="linux"))
        assert "keep_secret" not in _problems(long)

    @pytest.mark.parametrize(
        "address",
        [
            "http://127.0.0.1:8123/api/scim/v2",
            "https://localhost/api/scim/v2",
            "https://10.1.2.3/api/scim/v2",
            "https://[fd00::1]/scim",
            "https://scim.corp.internal/v2",
            "http://scim.example.com/v2",
        ],
    )
    def test_a_real_tenant_takes_no_address_that_microsofts_cloud_cannot_use(self, address: str) -> None:
        found = made.found(session=made.session(practice=False))
        told = _problems(Answers(tenant_url=address, secret=Secret("abc123")), found)
        assert any(blocks for _, blocks in told["tenant_url"])

    def test_the_answers_keep_what_was_typed(self) -> None:
        answers = Answers(tenant_url=f" {URL}/ ", secret=Secret(" Bearer x "))
        _problems(answers)
        assert answers.tenant_url == f" {URL}/ "
        assert answers.secret == Secret(" Bearer x ")

    def test_an_app_that_has_a_token_stored_may_keep_it(self) -> None:
        found = made.found(app=made.app(job=True, secrets=STORED))
        told = _problems(Answers(tenant_url=URL, app_choice=AppChoice.REUSE), found)
        assert told == {"secret": [("Left empty, the token stored in Microsoft's cloud stays.", False)]}

    def test_but_not_with_another_address(self) -> None:
        found = made.found(app=made.app(job=True, secrets=STORED))
        told = _problems(
            Answers(tenant_url="http://127.0.0.1:9/api/scim/v2", app_choice=AppChoice.REUSE), found
        )
        assert told["secret"][0][1]

    def test_the_stored_address_is_taken_over(self) -> None:
        found = made.found(app=made.app(job=True, secrets=STORED))
        assert ConnectStep().suggest(Answers(app_choice=AppChoice.REUSE), found).tenant_url == URL
        typed = Answers(app_choice=AppChoice.REUSE, tenant_url="x")
        assert ConnectStep().suggest(typed, found).tenant_url == "x"

    def test_the_strength_of_the_token_is_told_without_showing_it(self) -> None:
        told = token_reading(Answers(secret=Secret(f" {'a' * 64}\n")), made.found())
        assert told.sentence == "Opaque, 64 characters"

    @pytest.mark.parametrize(
        ("days", "said"),
        [(-2, "ended on"), (20, "ends on"), (400, "")],
    )
    def test_a_token_near_its_end_is_said_and_stops_nobody(self, days: int, said: str) -> None:
        # What a token says of itself is not proven, and this computer's clock may be wrong: the test decides.
        ends = int((datetime.now(UTC) + timedelta(days=days)).timestamp())
        told = _problems(Answers(tenant_url=URL, secret=Secret(jwt(exp=ends))))
        assert [blocks for _, blocks in told.get("secret", [])] == ([False] if said else [])
        assert all(said in sentence for sentence, _ in told.get("secret", []))

    def test_a_token_of_another_kind_than_the_vendors_is_doubted(self) -> None:
        answers = Answers(
            profile_id="github-enterprise-managed-users",
            tenant_url=URL,
            secret=Secret("github_pat_" + "a1" * 40),
        )
        ((sentence, blocks),) = _problems(answers)["secret"]
        assert "begin with ghp_" in sentence
        assert not blocks


class TestTheTest:
    """Step 5."""

    step = TestConnectionStep()

    def test_nobody_goes_on_untested(self) -> None:
        assert self.step.problems(Answers(), made.found())[0].blocks

    def test_a_failed_test_stops_until_the_person_decides_otherwise(self) -> None:
        failed = Verdict(Side.TOKEN, say("ScreenSteps refuses the Secret Token."), say("Copy it again."))
        found = made.found(verdict=failed)
        assert [p.blocks for p in self.step.problems(Answers(), found)] == [True]
        assert [p.blocks for p in self.step.problems(Answers(test_overridden=True), found)] == [False]

    def test_another_token_is_tested_again(self) -> None:
        found = made.found()
        one, other = (
            self.step.depends_on(Answers(tenant_url=URL, secret=Secret(text)), found) for text in ("a1", "b2")
        )
        assert one != other
        assert self.step.depends_on(Answers(tenant_url=f" {URL}/", secret=Secret(" a1")), found) == one

    def test_without_an_app_the_cloud_is_asked_when_applied(self, tmp_path: Path) -> None:
        with open_world("healthy", tmp_path) as place:
            url, secret = place.hint
            shown: list[Found] = []
            found = self.step.lookup(
                place.services,
                Answers(tenant_url=url, secret=secret),
                made.found(session=place.session),
                Work(),
                shown.append,
            )
        assert worst(found.connection) is Outcome.PASS
        (cloud,) = found.cloud
        assert (cloud.key, cloud.outcome) == (CLOUD, Outcome.SKIPPED)
        assert "when applied" in cloud.sentence
        assert found.verdict is not None
        assert found.verdict.side is Side.NONE
        # The rows are there from the start, and change as they become known.
        assert all([check.key for check in one.connection] == list(layers.TITLES) for one in shown)
        assert all([row.key for row in one.cloud] == [CLOUD] for one in shown)
        assert all(one.verdict is None for one in shown)

    def test_a_practice_session_never_sends_the_token_elsewhere(self, tmp_path: Path) -> None:
        with open_world("healthy", tmp_path) as place:
            found = self.step.lookup(
                place.services,
                Answers(tenant_url="https://acme.screenstepslive.com/api/scim/v2", secret=Secret("abc")),
                made.found(session=place.session),
                Work(),
            )
        first, *others = found.connection
        assert (first.key, first.outcome) == (layers.ADDRESS, Outcome.FAIL)
        assert "practice tenant" in first.sentence
        assert {check.outcome for check in (*others, *found.cloud)} == {Outcome.SKIPPED}
