"""Profiles: every file is complete, says nothing doubtful, and agrees with the independent facts."""

from __future__ import annotations

import re
from typing import Any

import pytest

from scim_assistant.resources import names
from scim_assistant.scim.profiles import AppProfile, load_profile, profiles
from scim_assistant.steps.step import StepKey
from tests.shared_data import shared_json

ALL = names("profiles", ".toml")


def test_screensteps_comes_first_and_the_custom_app_last() -> None:
    found = [profile.id for profile in profiles()]
    assert (found[0], found[-1]) == ("screensteps", "generic")
    assert sorted(found) == sorted(ALL)
    assert load_profile("generic").gallery_name is None
    with pytest.raises(KeyError):
        load_profile("../pyproject")


def sentences(profile: AppProfile) -> list[str]:
    return [
        text
        for text in (
            profile.where_url.sentence,
            profile.where_token.sentence,
            profile.tenant_url.note,
            profile.token.note,
            *(item.sentence for item in profile.prerequisites),
            *(advice.sentence for advice in profile.advice),
        )
        if text
    ]


@pytest.mark.parametrize("name", ALL)
def test_every_profile_is_complete_and_speaks_as_the_program_does(name: str) -> None:
    profile = load_profile(name)
    assert profile.display_name
    assert profile.sources
    titles = [item.title for item in profile.prerequisites]
    assert len(set(titles)) == len(titles)
    assert all(title and not title.endswith(".") for title in titles)
    assert len({advice.key for advice in profile.advice}) == len(profile.advice)
    assert {advice.step for advice in profile.advice} <= {key.value for key in StepKey}
    for text in sentences(profile):
        assert text.endswith("."), text
        assert "UNCONFIRMED" not in text
        assert "!" not in text
        assert "{" not in text
        assert not re.search(r"\b(please|successfully)\b", text, re.IGNORECASE)


@pytest.mark.parametrize("name", ALL)
def test_the_example_of_a_profile_fits_its_own_rule_and_a_mistake_does_not(name: str) -> None:
    form = load_profile(name).tenant_url
    if not form.example:
        return
    assert form.example.startswith("https://")
    assert form.fits(form.example)
    assert form.fits(form.example.upper().replace("HTTPS", "https"))
    if form.regex:
        assert not form.fits("http://" + form.example.removeprefix("https://"))
        assert not form.fits(f"https://evil.example.com/?{form.example}") or name == "1password"
    for ending in form.bad_endings:
        assert not form.example.endswith(ending)


def test_what_the_screensteps_profile_promises() -> None:
    profile = load_profile("screensteps")
    assert profile.can_be_set_up
    assert not profile.tenant_url.fits("https://example.screenstepslive.com/api/scim/v1")
    assert not profile.tenant_url.fits("https://example.screenstepslive.com.evil.example/api/scim/v2")
    assert any("groups" in text and "Admin" in text for text in profile.advice_for("scope"))
    assert profile.rate_limit is not None
    assert (profile.rate_limit.per_minute, profile.rate_limit.body_field) == (300, "retry_in")
    assert profile.one_app_for_sign_in
    assert profile.token.life == ""  # nobody says that it runs out, or that it does not


def test_profiles_agree_with_the_independent_facts() -> None:
    facts: list[dict[str, Any]] = shared_json("reference/app-profiles.json")["apps"]
    assert {fact["id"] for fact in facts} == set(ALL) - {"generic"}
    for fact in facts:
        profile = load_profile(fact["id"])
        assert profile.can_be_set_up == (fact["auth"] == "bearer"), fact["id"]
        assert profile.gallery_name == fact["gallery_name"]
        assert profile.tenant_url.regex == (fact["tenant_url"].get("regex") or "")
        assert profile.groups == fact["groups"]
        assert set(profile.required_attributes) == set(fact.get("required_user_attributes", ()))
        limit = fact.get("rate_limit")
        assert (profile.rate_limit is None) == (limit is None)
        if "UNCONFIRMED" in str(fact["token"].get("life", "")):
            assert profile.token.life == ""
