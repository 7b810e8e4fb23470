"""The message to the vendor says what was asked, expected and answered, and nothing that nobody else may read."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from scim_assistant.check import Outcome
from scim_assistant.scim.connection import HereTest
from scim_assistant.scim.deep.found import DeepCheck, DeepOutcome, Dialect, Flag, Severity, Spoken
from scim_assistant.scim.deep.letter import Letter, letter
from scim_assistant.scim.layers import AUTHENTICATION, HTTP, SCIM, TITLES, TLS
from scim_assistant.scim.target import Target
from scim_assistant.scim.verdict import Side, SidedCheck, Sureness, Verdict
from scim_assistant.secret import Secret
from scim_assistant.sentence import say
from tests.scim.deep.conftest import Run
from tests.scim.deep.small_server import TOKEN, SmallScim
from tests.scim.deep.test_lies import AnyTextIsTrue, DropsEveryPatch, IgnoresFilters, with_people

TARGET = Target("https://scim.example.com/scim/v2?account=of-a-customer", Secret(TOKEN))


def fences(markdown: str) -> list[str]:
    """The blocks of code in a Markdown text, as a reader of Markdown finds them."""
    blocks: list[str] = []
    lines = iter(markdown.splitlines())
    for line in lines:
        opened = re.match(r"(`{3,})", line)
        if not opened:
            continue
        block: list[str] = []
        for inner in lines:
            closed = re.fullmatch(r"(`{3,})\s*", inner)
            if closed and len(closed[1]) >= len(opened[1]):
                break
            block.append(inner)
        else:
            pytest.fail("a block of code is never closed")
        blocks.append("\n".join(block))
    return blocks


def outcome_of(*checks: DeepCheck, side: Side = Side.VENDOR, left: tuple[str, ...] = ()) -> DeepOutcome:
    return DeepOutcome(
        checks, Flag.UNKNOWN, say(""), (), left, Verdict(side, say("It is so."), say("Do it."))
    )


def failed(spoken: tuple[Spoken, ...] = (), key: str = "user-disable-legacy", **more: object) -> DeepCheck:
    return DeepCheck(
        key,
        say("Disabling with the text False"),
        Outcome.FAIL,
        say("The service answered 200, and the person is still active."),
        severity=Severity.BREAKS,
        dialect=Dialect.LEGACY,
        means=say("Who leaves keeps access."),
        source="RFC 7644 section 3.5.2",
        spoken=spoken,
        **more,  # type: ignore[arg-type]
    )


def test_a_letter_names_request_expectation_answer_and_source(run: Run) -> None:
    with AnyTextIsTrue() as server:
        found = run(server)
        target = Target(server.url, Secret(TOKEN), allow_loopback=True)
    written = letter(found, None, target, app="ScreenSteps")
    assert written.subject == "SCIM provisioning from Microsoft Entra ID to ScreenSteps: 1 finding"
    for text in (written.plain, written.markdown):
        for needed in (
            '"op": "Replace"',
            '"value": "False"',
            "PATCH /scim/Users/",
            "HTTP 200",
            "the text False taken for a boolean",
            "Known issues and resolutions with SCIM 2.0 protocol compliance",
            "/scim",
        ):
            assert needed in " ".join(text.split()).replace("\\", "")


def test_nothing_wrong_makes_an_empty_letter(run: Run) -> None:
    with SmallScim() as server:
        found = run(server)
    assert letter(found, None, TARGET, app="ScreenSteps") == Letter("", "", "")
    assert letter(None, None, TARGET, app="ScreenSteps").is_empty


def test_no_letter_holds_the_token_or_the_query_of_the_tenant_url() -> None:
    """Also where the service has written the token into its words."""
    echo = Spoken("GET /Users", f"HTTP 200\n\nyour token {TOKEN} is fine")
    found = outcome_of(failed((echo,), evidence=(("The service said", f"token {TOKEN}"),)))
    written = letter(found, None, TARGET, app="ScreenSteps")
    for text in (written.subject, written.plain, written.markdown):
        assert TOKEN not in text
        assert "of-a-customer" not in text


@pytest.mark.parametrize(
    ("key", "costs"), [(AUTHENTICATION, "open to anybody"), (SCIM, "provisioning does not work")]
)
def test_a_layer_costs_what_it_costs(key: str, costs: str) -> None:
    """A service that checks no tokens can be provisioned all the same: the letter claims nothing else."""
    layer = SidedCheck(
        key, TITLES[key], Outcome.FAIL, say("It is so."), side=Side.VENDOR, sure=Sureness.CERTAIN
    )
    here = HereTest((layer,), Verdict(Side.VENDOR, say("It is so."), say("")), 1, 0.1)
    written = letter(None, here, TARGET, app="ScreenSteps")
    assert f"1. {TITLES[key]} ({costs})" in written.plain
    assert f"1. {TITLES[key]} ({costs})" in written.markdown


def test_no_letter_holds_other_people(run: Run) -> None:
    with IgnoresFilters() as server:
        with_people(server)
        found = run(server)
    written = letter(found, None, TARGET, app="ScreenSteps")
    assert "ignores the filter" in written.plain
    for text in (written.plain, written.markdown):
        for name in ("ana", "Ruiz", "ben@", "Oak", "Writers"):
            assert not re.search(rf"\b{name}", text, re.IGNORECASE)


def test_no_letter_holds_a_path_of_this_computer(run: Run, tmp_path: object) -> None:
    with DropsEveryPatch() as server:
        found = run(server)
    written = letter(found, None, TARGET, app="ScreenSteps")
    assert str(tmp_path) not in written.plain + written.markdown
    assert "/home/" not in written.plain + written.markdown


def test_an_exchange_that_shows_several_faults_stands_there_once(run: Run) -> None:
    with DropsEveryPatch() as server:
        found = run(server)
    written = letter(found, None, TARGET, app="ScreenSteps")
    assert "see point" in written.plain
    exchanges = [
        block for block in fences(written.markdown) if block.startswith(("GET", "PATCH", "POST", "DELETE"))
    ]
    assert len(exchanges) == len(set(exchanges))


@pytest.mark.parametrize(
    "nasty",
    [
        "```\n# A heading of the service\n```",
        "`````text\nsomething",
        "~~~\n~~~",
        "*bold* _under_ [link](https://example.com) <b>tag</b> | # ## >",
    ],
)
def test_markdown_of_the_service_stays_inside_its_block(nasty: str) -> None:
    spoken = Spoken("PATCH /Users/1", f"HTTP 400\n\n{nasty}")
    found = outcome_of(failed((spoken,), evidence=(("The service said", nasty),)))
    markdown = letter(found, None, TARGET, app="Screen*Steps*").markdown
    blocks = fences(markdown)
    assert any(nasty in block for block in blocks)
    outside = markdown
    for block in blocks:
        outside = outside.replace(block, "")
    assert "A heading of the service" not in outside
    assert "<b>" not in outside
    assert "Screen\\*Steps\\*" in outside


def test_a_value_of_the_service_in_a_sentence_is_no_markdown() -> None:
    check = DeepCheck(
        "user-disable-legacy",
        say("Disabling"),
        Outcome.FAIL,
        say("The service kept the text {text}.", text="<img src=x> [a](b) `c`\n# d"),
        severity=Severity.BREAKS,
    )
    markdown = letter(outcome_of(check), None, TARGET, app="ScreenSteps").markdown
    assert not re.search(r"(?<!\\)[<\[`]", markdown)
    assert "\n# d" not in markdown


def test_the_worst_comes_first() -> None:
    small = DeepCheck("user-gone", say("Small"), Outcome.WARN, say("It stays."), severity=Severity.HINDERS)
    plain = letter(outcome_of(small, failed()), None, TARGET, app="ScreenSteps").plain
    assert plain.index("1. Disabling with the text False") < plain.index("2. Small")


def test_what_stayed_in_the_app_is_named() -> None:
    found = outcome_of(failed(), left=("person scim-assistant-check-0@example.com (id 7)",))
    plain = letter(found, None, TARGET, app="X").plain
    assert "scim-assistant-check-0@example.com (id 7)" in plain
    assert "taken away again" not in plain
    assert "taken away again" in letter(outcome_of(failed()), None, TARGET, app="X").plain


def test_where_the_service_went_away_nothing_is_claimed_of_the_change_that_was_under_way() -> None:
    # As the run ends it: with the sentence of the verdict, and with no meaning.
    broken = replace(failed(), sentence=say("It is so."), means=say(""))
    plain = letter(outcome_of(broken), None, TARGET, app="X").plain
    assert "1. Disabling with the text False (broke off here)" in plain
    assert "changes are lost" not in plain


def test_a_fault_of_the_token_is_not_the_vendor_s_to_mend() -> None:
    check = DeepCheck("user-create", say("Creation"), Outcome.FAIL, say("It is so."), severity=Severity.STOPS)
    assert letter(outcome_of(check, side=Side.TOKEN), None, TARGET, app="X").is_empty


def layer(key: str, outcome: Outcome, side: Side) -> SidedCheck:
    return SidedCheck(
        key,
        TITLES[key],
        outcome,
        say("The service named 12 people for a name that nobody has."),
        side=side,
        sure=Sureness.CERTAIN,
    )


def test_the_connection_test_is_reported_by_its_layers() -> None:
    here = HereTest(
        (
            layer(TLS, Outcome.WARN, Side.NETWORK),
            layer(HTTP, Outcome.PASS, Side.NONE),
            layer(SCIM, Outcome.FAIL, Side.VENDOR),
        ),
        Verdict(Side.VENDOR, say("It is so."), say("Do it.")),
        4,
        1.0,
        ((SCIM, Spoken("GET /scim/v2/Users?filter=x", "HTTP 200")),),
    )
    written = letter(None, here, TARGET, app="ScreenSteps")
    assert "1 finding" in written.subject
    assert "12 people" in written.plain
    assert "GET /scim/v2/Users?filter=x" in written.plain
    assert "totalResults 0" in " ".join(written.plain.split())
    assert "Encryption" not in written.plain


def test_prose_is_wrapped_for_a_mail_and_requests_are_not() -> None:
    written = letter(
        outcome_of(failed((Spoken("GET /" + "x" * 200, "HTTP 200"),))), None, TARGET, app="ScreenSteps"
    )
    prose = [line for line in written.plain.splitlines() if not line.startswith("      ")]
    assert max(map(len, prose)) <= 76
    assert "x" * 200 in written.plain
