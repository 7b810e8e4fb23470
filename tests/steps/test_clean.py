"""Whatever is pasted: put right where that is safe and said so, else one sentence; and no token ever shows."""

from __future__ import annotations

import base64
import json
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scim_assistant.scim.address import address_problem
from scim_assistant.scim.profiles import load_profile
from scim_assistant.scim.token import read_token
from scim_assistant.secret import Secret
from scim_assistant.steps.clean import (
    clean_app_name,
    clean_email,
    clean_secret,
    clean_tenant_url,
    clean_threshold,
)

SCREENSTEPS = load_profile("screensteps")
GENERIC = load_profile("generic")
GOOD = "https://acme.screenstepslive.com/api/scim/v2"


def jwt(**claims: object) -> str:
    """An unsigned JWT."""
    parts = ({"alg": "none"}, claims)
    head = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts
    )
    return f"{head}.c2lnbmF0dXJl"


class TestTenantUrl:
    """The address of the SCIM service."""

    @pytest.mark.parametrize(
        ("pasted", "said"),
        [
            (GOOD, ""),
            (f"  {GOOD}\n", "Spaces and line breaks"),
            (f"{GOOD}/", "slash at the end"),
            (f"{GOOD}/Users", "/Users was left out"),
            (f"{GOOD}/Groups/", "/Groups/ was left out"),
            (f"{GOOD}/Users/42", "was left out"),
            (f'{GOOD}/Users?filter=userName eq "x"', "belongs to one request"),
            (f'"{GOOD}"', "quotation marks"),
            (f"“{GOOD}”", "quotation marks"),
            (f"<{GOOD}>", "quotation marks"),
            ("https://acme.screenstepslive.com/\n  api/scim/v2", "Spaces and line breaks"),
            ("acme.screenstepslive.com/api/scim/v2", "https:// was put in front"),
            ("http://acme.screenstepslive.com/api/scim/v2", "http was changed to https"),
            ("https://user:password@acme.screenstepslive.com/api/scim/v2", "user name and password"),
            (f"SCIM Base URL: {GOOD}", "words in front"),
            ("\u202ehttps://acme.screenstepslive.com/api/scim/v2\u202c", "Invisible characters"),
            ("https://acme.screen\u200bstepslive.com/api/scim/v2", "Invisible characters"),
            ("https://ACME.screenstepslive.com:443//api/scim/v2", ""),
            (f"{GOOD}#top", "from '#' on"),
        ],
    )
    def test_what_is_safe_is_put_right_and_said(self, pasted: str, said: str) -> None:
        cleaned = clean_tenant_url(pasted, SCREENSTEPS, is_practice=False)
        assert cleaned.problem is None
        assert cleaned.value == GOOD
        assert said in " ".join(cleaned.notes)
        assert bool(cleaned.notes) == bool(said)

    @pytest.mark.parametrize(
        ("pasted", "sentence"),
        [
            ("", "Enter the Tenant URL"),
            ("   \n", "Enter the Tenant URL"),
            ("hello world", "not a web address"),
            ("https://[::1", "not a web address"),
            ("ftp://acme.screenstepslive.com/api/scim/v2", "not a web address"),
            ("https://portal.azure.com/#view/Microsoft_AAD_IAM/ManagedAppMenuBlade", "a page of Microsoft"),
            ("https://entra.microsoft.com/#home", "a page of Microsoft"),
            ("https://acme.screenstepslive.com/admin/settings", "a page of ScreenSteps"),
            ("https://acme.screenstepslive.com", "a page of ScreenSteps"),
            ("https://help.screensteps.com/a/1654218", "a help page"),
            ("https://acme.screenstepslive.com/api/scim/v1", "ends in /api/scim/v1"),
            ("https://acme.screenstepslive.com/api/scim/v1/Users", "ends in /api/scim/v1"),
            ("https://אב.screenstepslive.com/api/scim/v2", "hebrew letter alef at character 9"),
            ("x" * 10_000, "10,000 characters"),
            (jwt(exp=1), "looks like a token"),
            ("9f8a7b6c5d4e3f2a1b0c9f8a7b6c5d4e", "looks like a token"),
            ("Bearer abcdefgh", "looks like a token"),
            ("http://scim.other.example/scim/v2", "over https only"),
            ("https://127.0.0.1/api/scim/v2", "inside your network only"),
            ("http://localhost:8080/api/scim/v2", "inside your network only"),
            ("https://10.1.2.3/scim", "inside your network only"),
            ("https://192.168.0.9/scim", "inside your network only"),
            ("https://[fd00::1]/scim", "inside your network only"),
            ("https://scim.corp.internal/scim", "inside your network only"),
            ("https://intranet/scim", "inside your network only"),
            ("https://2130706433/scim", "inside your network only"),
            ("https://0x7f.1/scim", "inside your network only"),
        ],
    )
    def test_what_is_not_is_told_in_one_sentence(self, pasted: str, sentence: str) -> None:
        problem = clean_tenant_url(pasted, SCREENSTEPS, is_practice=False).problem
        assert problem is not None
        assert sentence in problem
        assert problem.rstrip(".").count(". ") == 0

    def test_an_unusual_address_of_another_host_is_allowed_with_a_word_of_advice(self) -> None:
        cleaned = clean_tenant_url("https://scim.example.com/scim", SCREENSTEPS, is_practice=False)
        assert cleaned.problem is None
        assert "usually look like" in " ".join(cleaned.notes)

    def test_the_flag_for_strict_scim_is_kept(self) -> None:
        cleaned = clean_tenant_url(f"{GOOD}/?aadOptscim062020", SCREENSTEPS, is_practice=False)
        assert cleaned.value == f"{GOOD}?aadOptscim062020"
        assert cleaned.problem is None

    def test_a_profile_without_a_rule_takes_any_public_address(self) -> None:
        cleaned = clean_tenant_url("https://app.example.com/api/provisioning", GENERIC, is_practice=False)
        assert (cleaned.value, cleaned.notes, cleaned.problem) == (
            "https://app.example.com/api/provisioning",
            (),
            None,
        )

    def test_practice_takes_literal_loopback_only(self) -> None:
        here = clean_tenant_url("http://127.0.0.1:8123/api/scim/v2/", SCREENSTEPS, is_practice=True)
        assert (here.value, here.problem) == ("http://127.0.0.1:8123/api/scim/v2", None)
        for other in (GOOD, "http://localhost:8123/api/scim/v2", "http://10.0.0.1/api/scim/v2"):
            problem = clean_tenant_url(other, SCREENSTEPS, is_practice=True).problem
            assert problem is not None
            assert "practice" in problem

    def test_the_old_version_is_told_in_practice_too(self) -> None:
        problem = clean_tenant_url("http://127.0.0.1:8123/api/scim/v1", SCREENSTEPS, is_practice=True).problem
        assert problem is not None
        assert "/api/scim/v2" in problem

    @given(st.text(max_size=300))
    def test_nothing_that_is_pasted_breaks_it_and_cleaning_again_changes_nothing(self, pasted: str) -> None:
        first = clean_tenant_url(pasted, SCREENSTEPS, is_practice=False)
        if first.problem is None:
            again = clean_tenant_url(first.value, SCREENSTEPS, is_practice=False)
            assert (again.value, again.problem) == (first.value, None)

    @given(
        st.tuples(
            st.sampled_from(["", " ", "\t", "\n", '"', "'", "“", "\u200b", "\u202e", "<"]),
            st.sampled_from(["http://", "https://", "HTTPS://", "", "ftp://"]),
            st.sampled_from(["", "u:p@", "@"]),
            st.sampled_from(
                ["acme.screenstepslive.com", "10.0.0.1", "127.0.0.1", "a.example", "[::1]", "x" * 70]
            ),
            st.sampled_from(["", ":443", ":8443", ":99999"]),
            st.sampled_from(["", "/", "/api/scim/v2", "/api/scim/v2/Users", "/api/scim/v1", "//", "/ü"]),
            st.sampled_from(["", "?aadOptscim062020", "?a=b", "#x"]),
        )
    )
    def test_what_passes_is_an_address_that_a_token_may_be_sent_to(self, parts: tuple[str, ...]) -> None:
        cleaned = clean_tenant_url("".join(parts), SCREENSTEPS, is_practice=False)
        if cleaned.problem is None:
            split = urlsplit(cleaned.value)
            assert split.scheme == "https"
            assert "@" not in split.netloc
            assert not split.path.endswith("/")
            assert address_problem(cleaned.value, allow_loopback=False) is None


class TestSecret:
    """The token."""

    @pytest.mark.parametrize(
        ("pasted", "said"),
        [
            ("abc123", ""),
            ("  abc123\n", "Spaces and line breaks"),
            ("abc\n123", "Spaces and line breaks"),
            ("Bearer abc123", "Bearer was left out"),
            ("bearer  abc123", "Bearer was left out"),
            ("Authorization: Bearer abc123", "Bearer was left out"),
            ('"abc123"', "quotation marks"),
            ("Token: abc123", "words in front"),
            ("abc\u200b123", "Invisible characters"),
        ],
    )
    def test_what_is_safe_is_put_right_and_said(self, pasted: str, said: str) -> None:
        cleaned = clean_secret(Secret(pasted))
        assert cleaned.value == Secret("abc123")
        assert cleaned.problem is None
        assert said in " ".join(cleaned.notes)
        assert bool(cleaned.notes) == bool(said)

    @pytest.mark.parametrize(
        ("pasted", "sentence"),
        [
            ("", "Enter the Secret Token"),
            (GOOD, "belongs under Tenant URL"),
            ("acme.screenstepslive.com/api/scim/v2", "belongs under Tenant URL"),
            ("••••••••", "dots that stand for a hidden token"),
            ("********", "dots that stand for a hidden token"),
            ("geheimnisß", "latin small letter sharp s at character 10"),
            ("x" * 10_000, "10,000 characters"),
        ],
    )
    def test_what_is_not_is_told_in_one_sentence(self, pasted: str, sentence: str) -> None:
        problem = clean_secret(Secret(pasted)).problem
        assert problem is not None
        assert sentence in problem

    @given(st.text(min_size=9, max_size=200))
    def test_no_note_or_sentence_repeats_a_token(self, pasted: str) -> None:
        cleaned = clean_secret(Secret(pasted))
        told = " ".join(
            (*cleaned.notes, cleaned.problem or "", repr(read_token(cleaned.value)), repr(cleaned))
        )
        if len(cleaned.value) > 8:
            assert cleaned.value.reveal() not in told
        again = clean_secret(cleaned.value)
        if cleaned.problem is None:
            assert again.problem is None
            assert len(again.value) <= len(cleaned.value)

    def test_a_token_pasted_as_address_is_not_repeated_either(self) -> None:
        token = jwt(exp=1)
        cleaned = clean_tenant_url(token, SCREENSTEPS, is_practice=False)
        assert token not in " ".join((*cleaned.notes, cleaned.problem or ""))


class TestEmail:
    """The address for failure mail."""

    @pytest.mark.parametrize(
        "pasted",
        [
            "it@example.com",
            " it@example.com\n",
            "mailto:it@example.com?subject=x",
            "IT Team <it@example.com>",
            "<it@example.com>",
            '"it@example.com"',
            "it@example.com;",
            "it\u200b@example.com",
        ],
    )
    def test_one_address_is_found(self, pasted: str) -> None:
        cleaned = clean_email(pasted)
        assert (cleaned.value, cleaned.problem) == ("it@example.com", None)

    def test_none_is_allowed(self) -> None:
        assert clean_email("  ").problem is None

    @pytest.mark.parametrize(
        ("pasted", "sentence"),
        [
            ("it", "looks like name@example.com"),
            ("it@example", "looks like name@example.com"),
            ("a@example.com, b@example.com", "one address only"),
            ("a@example.com; b@example.com", "one address only"),
            (f"{'a' * 250}@example.com", "at most 254"),
            ("x" * 10_000, "10,000 characters"),
        ],
    )
    def test_anything_else_is_told(self, pasted: str, sentence: str) -> None:
        problem = clean_email(pasted).problem
        assert problem is not None
        assert sentence in problem

    @given(st.text(max_size=120))
    def test_no_text_breaks_it(self, text: str) -> None:
        cleaned = clean_email(text)
        if cleaned.problem is None and cleaned.value:
            assert clean_email(cleaned.value).value == cleaned.value


class TestThreshold:
    """How many removals are too many."""

    @pytest.mark.parametrize(
        ("typed", "number"),
        [("500", 500), (" 500 ", 500), ("1,000", 1000), ("1.000", 1000), ("1 000", 1000), ("٥٠", 50)],
    )
    def test_numbers_are_read_as_people_write_them(self, typed: str, number: int) -> None:
        cleaned = clean_threshold(typed)
        assert (cleaned.value, cleaned.problem) == (number, None)

    @pytest.mark.parametrize("typed", ["", "0", "-1", "1.5", "many", "9" * 10, "x" * 10_000])
    def test_anything_else_is_told(self, typed: str) -> None:
        assert clean_threshold(typed).problem is not None

    @given(st.text(max_size=40))
    def test_no_text_breaks_it(self, text: str) -> None:
        cleaned = clean_threshold(text)
        assert (cleaned.value is None) == (cleaned.problem is not None)


class TestAppName:
    """The name of a new app."""

    def test_blanks_and_quotes_go(self) -> None:
        assert clean_app_name('  "Screen\n Steps" ').value == "Screen Steps"

    def test_letters_of_any_language_stay(self) -> None:
        assert clean_app_name("צעדים").value == "צעדים"
        assert clean_app_name("\u202eevil\u202c").value == "evil"

    @pytest.mark.parametrize("typed", ["", "  ", "''", "x" * 121, "x" * 10_000])
    def test_none_or_too_long_is_told(self, typed: str) -> None:
        assert clean_app_name(typed).problem is not None

    @given(st.text(max_size=200))
    def test_no_text_breaks_it(self, text: str) -> None:
        cleaned = clean_app_name(text)
        if cleaned.problem is None:
            assert clean_app_name(cleaned.value).value == cleaned.value


@pytest.mark.parametrize(
    "text",
    [
        "Bearer abc",
        "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjF9.c2ln",
        "tok-" + "7f3a9c51" * 8,
        " 7f3a9c51" + "0a" * 20,
    ],
)
def test_a_token_is_no_name_of_an_app(text: str) -> None:
    """A name is written to the tenant and to the journal."""
    cleaned = clean_app_name(text)
    assert cleaned.problem is not None
    assert "Connect page" in cleaned.problem
    assert text.strip() not in cleaned.problem


@pytest.mark.parametrize(
    "text",
    ["ScreenSteps", "ScreenStepsProductionForEverybodyInTheHouse", "ScreenSteps 2026 (test)", "Bearer"],
)
def test_a_long_word_is_a_name_all_the_same(text: str) -> None:
    assert clean_app_name(text).problem is None
