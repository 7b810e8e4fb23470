"""What is seen of a token without asking anybody: when it ends, whose it is, and that no token breaks the reading."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scim_assistant.scim.profiles import TokenFacts, TokenForm, load_profile
from scim_assistant.scim.token import (
    Stage,
    TokenKind,
    TokenReading,
    expected_end,
    read_token,
    stage,
    warning,
)
from scim_assistant.secret import Secret
from scim_assistant.sentence import say

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
SCREENSTEPS = load_profile("screensteps")
GITHUB = load_profile("github-enterprise-managed-users")


def _part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def raw_jwt(claims: bytes) -> Secret:
    """A JWT with exactly these bytes as its claims, and no real signature."""
    head = _part(json.dumps({"alg": "none"}).encode())
    return Secret(f"{head}.{_part(claims)}.c2lnbmF0dXJl")


def jwt(**claims: object) -> Secret:
    """A JWT with these claims."""
    return raw_jwt(json.dumps(claims).encode())


def at(moment: datetime) -> int:
    """A moment as a JWT has it."""
    return int(moment.timestamp())


class TestWhatAJwtSays:
    """Read locally, shown, and never trusted."""

    def test_all_of_it_is_read(self) -> None:
        token = jwt(
            iss="https://id.example.com",
            aud=["scim", "other"],
            nbf=at(datetime(2026, 3, 3, tzinfo=UTC)),
            iat=at(datetime(2026, 3, 3, tzinfo=UTC)),
            exp=at(datetime(2027, 3, 3, 12, tzinfo=UTC)),
            sub="ana@example.com",
        )
        reading = read_token(token, SCREENSTEPS, NOW)
        assert reading.kind is TokenKind.JWT
        assert reading.sentence == "JWT, expires 3 March 2027"
        assert (reading.issuer, reading.audience) == ("https://id.example.com", ("scim", "other"))
        assert reading.lifetime == timedelta(days=365, hours=12)
        assert reading.problem is None
        assert reading.warnings == ()
        told = dict(reading.evidence())
        assert told["Ends"] == "3 March 2027, 12:00 UTC"
        assert told["Lifetime"] == "365 days"
        assert "signature was not checked" in told["Note"]
        # Whose the token is belongs to no report, and the token itself to none at all.
        assert "ana@" not in str(told)
        assert token.reveal() not in repr(reading)

    def test_one_that_has_ended_is_a_problem_with_its_day(self) -> None:
        reading = read_token(jwt(exp=at(datetime(2026, 1, 31, tzinfo=UTC))), None, NOW)
        assert reading.sentence == "JWT, expired on 31 January 2026"
        assert reading.problem is not None
        assert "31 January 2026" in reading.problem

    def test_it_has_ended_from_its_last_second_on(self) -> None:
        token = jwt(exp=at(NOW))
        assert read_token(token, None, NOW).problem is not None
        assert read_token(token, None, NOW - timedelta(seconds=1)).problem is None

    @pytest.mark.parametrize(("days", "warned"), [(1, True), (30, True), (31, False)])
    def test_one_that_ends_within_thirty_days_is_warned_of_with_the_day(
        self, days: int, warned: bool
    ) -> None:
        reading = read_token(jwt(exp=at(NOW + timedelta(days=days))), None, NOW)
        assert reading.problem is None
        assert len(reading.warnings) == warned
        if warned:
            assert "ends on" in reading.warnings[0]

    def test_one_that_works_only_later_points_to_the_clock(self) -> None:
        reading = read_token(jwt(nbf=at(NOW + timedelta(hours=2))), None, NOW)
        assert reading.problem is None
        assert "clock" in reading.warnings[0]
        # Two clocks never agree to the minute.
        assert read_token(jwt(nbf=at(NOW + timedelta(minutes=4))), None, NOW).warnings == ()

    def test_one_that_ends_before_it_begins_says_so(self) -> None:
        reading = read_token(jwt(iat=at(NOW + timedelta(days=9)), exp=at(NOW + timedelta(days=8))), None, NOW)
        assert any("ends before it begins" in one for one in reading.warnings)
        assert reading.lifetime is None


class TestHostile:
    """A token can hold anything; the reading holds out."""

    @pytest.mark.parametrize(
        "until",
        [b'"soon"', b'"1772539200"', b"true", b"1e30", b"-1e30", b"[1]", b"NaN", b"Infinity", b"-Infinity"],
    )
    def test_an_end_that_is_no_moment_is_none_and_is_said(self, until: bytes) -> None:
        reading = read_token(raw_jwt(b'{"exp":' + until + b"}"), None, NOW)
        assert reading.kind is TokenKind.JWT
        assert reading.expires_at is None
        assert reading.sentence == "JWT, its end date cannot be read"
        assert dict(reading.evidence())["Not readable"] == "exp"
        assert reading.problem is None

    def test_without_an_end_none_is_made_up(self) -> None:
        assert read_token(jwt(exp=None), None, NOW).sentence == "JWT, no end date inside"
        assert read_token(jwt(), None, NOW).sentence == "JWT, no end date inside"

    def test_a_claim_that_stands_twice_counts_for_nothing(self) -> None:
        reading = read_token(raw_jwt(b'{"exp":1,"exp":99999999999,"iss":"a","iss":"b"}'), None, NOW)
        assert reading.expires_at is None
        assert reading.unreadable == ("exp",)
        assert reading.issuer == ""

    @pytest.mark.parametrize(
        ("until", "said"),
        [(-5, "expired on 31 December 1969"), (253_402_300_799, "expires 31 December 9999")],
    )
    def test_far_away_moments_are_read_as_they_are(self, until: int, said: str) -> None:
        assert said in read_token(jwt(exp=until), None, NOW).sentence

    @pytest.mark.parametrize(
        "claims",
        [
            b"[" * 5_000,
            b'{"a":' * 3_000 + b"1" + b"}" * 3_000,
            b'{"exp":' + b"9" * 5_000 + b"}",
            b"\xff\xfe\x00",
            b'"text"',
            b"",
            b"null",
        ],
    )
    def test_what_is_no_set_of_claims_is_opaque(self, claims: bytes) -> None:
        assert read_token(raw_jwt(claims), None, NOW).kind is TokenKind.OPAQUE

    def test_a_huge_one_is_not_looked_into(self) -> None:
        reading = read_token(raw_jwt(b'{"iss":"' + b"a" * 200_000 + b'"}'), None, NOW)
        assert reading.kind is TokenKind.OPAQUE

    def test_names_are_cut_and_made_fit_to_be_shown(self) -> None:
        reading = read_token(jwt(iss="a\n\u202eb\x00" + "c" * 500, aud=["ü", 5, None, *"defghij"]), None, NOW)
        assert reading.issuer.isprintable()
        assert len(reading.issuer) <= 201
        assert reading.audience[0] == "ü"
        assert len(reading.audience) <= 5

    @given(st.text(max_size=80))
    def test_no_token_breaks_it(self, text: str) -> None:
        for token in (Secret(text), Secret(f"eyJ{text}.{text}.{text}"), raw_jwt(text.encode())):
            for profile in (None, SCREENSTEPS, GITHUB):
                read_token(token, profile, NOW).evidence()

    @given(st.dictionaries(st.sampled_from(["exp", "nbf", "iat", "iss", "aud"]), st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3), max_leaves=4,
    )))  # fmt: skip
    def test_no_claims_break_it(self, claims: dict[str, object]) -> None:
        read_token(jwt(**claims), None, NOW).evidence()


class TestOpaque:
    """A token that says nothing is held to what the vendor is known to make."""

    def test_it_tells_its_length_only(self) -> None:
        reading = read_token(Secret("a" * 64), SCREENSTEPS, NOW)
        assert reading.sentence == "Opaque, 64 characters"
        assert reading.warnings == ()
        assert read_token(Secret("eyJub3Q.anObject.x"), None, NOW).sentence == "Opaque, 18 characters"
        assert read_token(Secret(), SCREENSTEPS, NOW) == TokenReading(TokenKind.NONE)

    def test_one_of_another_vendor_is_doubted_only_where_the_form_is_known(self) -> None:
        assert read_token(Secret("ghp_" + "a" * 36), GITHUB, NOW).warnings == ()
        for other in (Secret("github_pat_" + "a" * 60), jwt(exp=at(NOW + timedelta(days=90)))):
            (told,) = read_token(other, GITHUB, NOW).warnings
            assert told.startswith("This does not look like a token of GitHub Enterprise Managed User: those")
            assert "ghp_" in told
            assert read_token(other, SCREENSTEPS, NOW).warnings == ()

    def test_one_that_is_no_jwt_is_doubted_where_the_vendor_makes_those(self) -> None:
        profile = replace(SCREENSTEPS, token=TokenFacts(form=TokenForm.JWT))
        assert "begin with eyJ" in read_token(Secret("abc123"), profile, NOW).warnings[0]
        assert read_token(jwt(), profile, NOW).warnings == ()


class TestHowLong:
    """The day on which a token ends, and what is said ahead of it."""

    AWS = load_profile("aws-iam-identity-center")

    def test_the_vendors_word_counts_from_the_day_on_which_it_was_set(self) -> None:
        assert expected_end(date(2026, 1, 1), self.AWS) == date(2027, 1, 1)

    def test_nobody_knows_is_said_as_nothing(self) -> None:
        assert expected_end(date(2026, 1, 1), SCREENSTEPS) is None
        assert expected_end(date(9999, 12, 1), self.AWS) is None

    @pytest.mark.parametrize(
        ("left", "near"),
        [(-1, Stage.PAST), (0, Stage.LAST), (7, Stage.LAST), (8, Stage.SOON), (30, Stage.SOON),
         (31, Stage.AHEAD), (90, Stage.AHEAD), (91, Stage.FAR)],
    )  # fmt: skip
    def test_warnings_come_ninety_thirty_and_seven_days_ahead(self, left: int, near: Stage) -> None:
        today = date(2026, 11, 24)
        end = today + timedelta(days=left)
        assert stage(end, today) is near
        for sure in (True, False):
            told = warning(end, today, sure=sure)
            assert (told is None) == (near is Stage.FAR)
            if told:
                assert ("By what the vendor says" in told) != sure
                assert str(end.year) in told

    def test_the_days_left_are_told_in_words(self) -> None:
        today = date(2026, 11, 24)
        assert warning(date(2026, 11, 25), today) == say(
            "The token ends on 25 November 2026, in 1 day. Replace it now."
        )
        assert "today" in (warning(today, today) or "")
