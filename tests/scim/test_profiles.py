"""Profiles: every file is complete, says nothing doubtful, and agrees with the independent facts."""

from __future__ import annotations

import re
from typing import Any

import pytest

from scim_assistant.resources import names
from scim_assistant.scim.profiles import DEEP, AppProfile, TokenForm, load_profile, profiles
from scim_assistant.secret import Secret
from tests.shared_data import shared_json

ALL = names("profiles", ".toml")
NO_APP = {"generic", "any"}
"""Those that are no vendor's."""


def test_screensteps_comes_first_and_those_of_no_vendor_last() -> None:
    found = [profile.id for profile in profiles()]
    assert found[0] == "screensteps"
    assert found[-2:] == ["generic", "any"]
    assert sorted(found) == sorted(ALL)
    with pytest.raises(KeyError):
        load_profile("../pyproject")


def test_a_custom_app_can_be_set_up_and_any_service_only_be_tested() -> None:
    custom, unknown = load_profile("generic"), load_profile("any")
    assert custom.gallery_name is None
    assert custom.can_be_set_up
    assert not unknown.can_be_set_up
    # Nothing is known of it, so nothing is held against it or left out.
    assert unknown.tenant_url.fits("https://scim.example.com/anything")
    assert (unknown.rate_limit, unknown.quirks, dict(unknown.skip_checks)) == (None, (), {})
    assert unknown.token.form is TokenForm.UNKNOWN


def sentences(profile: AppProfile) -> list[str]:
    return [
        text
        for text in (
            profile.where_url.sentence,
            profile.where_token.sentence,
            profile.tenant_url.note,
            profile.token.note,
            profile.token.rotation,
            profile.deep_note,
            *(item.sentence for item in profile.prerequisites),
            *(advice.sentence for advice in profile.advice),
            *(quirk.sentence for quirk in profile.quirks),
            *profile.skip_checks.values(),
        )
        if text
    ]


@pytest.mark.parametrize("name", ALL)
def test_every_profile_is_complete_and_speaks_as_the_program_does(name: str) -> None:
    profile = load_profile(name)
    assert profile.display_name
    assert profile.sources
    assert all(item.title and not item.title.endswith(".") for item in profile.prerequisites)
    for text in sentences(profile):
        assert text.endswith("."), text
        assert "UNCONFIRMED" not in text
        assert "!" not in text
        assert "{" not in text
        assert not re.search(r"\b(please|successfully)\b", text, re.IGNORECASE)
    if profile.auth == "portal":
        # What cannot be finished here has to lead to where it can.
        assert profile.help_link
    if profile.token.life_days:
        assert profile.token.life, "the days are never shown without the words"


@pytest.mark.parametrize("name", ALL)
def test_the_examples_of_a_profile_fit_its_own_rule_and_mistakes_do_not(name: str) -> None:
    form = load_profile(name).tenant_url
    for example in form.examples:
        assert example.startswith("https://")
        assert form.fits(example.upper().replace("HTTPS", "https"))
        if form.regex:
            assert not form.fits("http://" + example.removeprefix("https://"))
            assert not form.fits(f"https://evil.example.com/?{example}") or name == "1password"
    if form.regex:
        assert form.examples
    for example in form.examples_bad:
        assert form.refuses(example)


def test_what_the_screensteps_profile_promises() -> None:
    profile = load_profile("screensteps")
    assert profile.can_be_set_up
    assert not profile.tenant_url.fits("https://example.screenstepslive.com/api/scim/v1")
    assert not profile.tenant_url.fits("https://example.screenstepslive.com.evil.example/api/scim/v2")
    assert any("groups" in text and "Admin" in text for text in profile.advice_for("scope"))
    assert profile.rate_limit is not None
    assert (profile.rate_limit.per_minute, profile.rate_limit.body_field) == (300, "retry_in")
    assert profile.one_app_for_sign_in
    # Nobody says that it runs out, or that it does not; nor what it looks like.
    assert (profile.token.life, profile.token.life_days, profile.token.shown_once) == ("", None, None)
    assert (profile.token.form, profile.token.shape) == (TokenForm.UNKNOWN, "")
    # A missing description of the service is no failure there, and is not left untested either.
    assert profile.quirks_for("discovery", 404)
    assert not profile.quirks_for("discovery", 500)
    assert not profile.skip_checks


def test_a_target_holds_what_the_profile_knows() -> None:
    secret = Secret("abc123")
    target = load_profile("screensteps").target(
        "https://example.screenstepslive.com/api/scim/v2/", secret, allow_loopback=False
    )
    assert target.tenant_url == "https://example.screenstepslive.com/api/scim/v2"
    assert (target.requests_per_minute, target.wait_field) == (300, "retry_in")
    assert (target.matching_user, target.matching_group) == ("userName", "displayName")
    assert target.skip == frozenset()
    assert not target.allow_loopback
    github = load_profile("github-enterprise-managed-users").target("https://x", secret, allow_loopback=True)
    assert (github.matching_user, github.matching_group) == ("externalId", "externalId")
    slack = load_profile("slack").target("https://x", secret, allow_loopback=False)
    assert {"scim", "groups", DEEP} <= slack.skip
    zoom = load_profile("zoom").target("https://x", secret, allow_loopback=False)
    assert not zoom.groups
    assert "groups" in zoom.skip


def test_a_quirk_stands_beside_what_it_explains() -> None:
    atlassian, aws = load_profile("atlassian-cloud"), load_profile("aws-iam-identity-center")
    assert len(atlassian.quirks_for("user-create", 400)) == 1
    assert atlassian.quirks_for("user-read") == ()
    # What is known of the deep check as a whole stands beside each of its checks, and beside no layer.
    assert aws.quirks_for("member-remove-legacy", 400)
    assert aws.quirks_for("tls") == ()
    assert aws.quirks_for("authentication", 401)
    assert aws.quirks_for("authentication", 403) == ()


DAYS = {"1 year": 365, "6 months": 180}


def test_profiles_agree_with_the_independent_facts() -> None:
    facts: list[dict[str, Any]] = shared_json("reference/app-profiles.json")["apps"]
    assert {fact["id"] for fact in facts} == set(ALL) - NO_APP
    for fact in facts:
        profile, token, address = load_profile(fact["id"]), fact["token"], fact["tenant_url"]
        assert profile.can_be_set_up == (fact["auth"] == "bearer"), fact["id"]
        assert profile.gallery_name == fact["gallery_name"]
        assert profile.tenant_url.regex == (address.get("regex") or "")
        assert profile.groups == fact["groups"]
        assert set(profile.required_attributes) == set(fact.get("required_user_attributes", ()))
        if address.get("variables"):
            assert profile.tenant_url.pattern == address["pattern"]
        limit = fact.get("rate_limit")
        assert (profile.rate_limit is None) == (limit is None)
        if limit and profile.rate_limit:
            assert profile.rate_limit.per_minute == limit["requests_per_minute"]
            assert profile.rate_limit.body_field == limit["body_field"]
        if "UNCONFIRMED" in str(token.get("life", "")):
            assert (profile.token.life, profile.token.life_days) == ("", None)
        for words, days in DAYS.items():
            if str(token.get("life", "")).startswith(words):
                assert profile.token.life_days == days, fact["id"]
        certain = token.get("shown_once") if "shown_once_status" not in token else None
        assert profile.token.shown_once == (certain if isinstance(certain, bool) else None), fact["id"]
        most = token.get("max_active")
        assert profile.token.max_active == (most if isinstance(most, int) else None)
        assert profile.scope_recommended == "assigned"
