"""The check command: the same test as the window's, in words for a terminal and as one JSON document for scripts."""

from __future__ import annotations

import base64
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scim_assistant.app.check_inputs import read_secret
from scim_assistant.app.check_text import Out, Teller
from scim_assistant.check import Outcome
from scim_assistant.errors import KnownError
from scim_assistant.practice.clock import Clock
from scim_assistant.practice.exchange import Exchange
from scim_assistant.practice.limits import Limits
from scim_assistant.practice.scim_service import ScimService
from scim_assistant.practice.state import Faults
from scim_assistant.resources import names
from scim_assistant.scim.layers import TITLES
from scim_assistant.scim.verdict import SidedCheck
from scim_assistant.sentence import Sentence
from tests.app.check_rig import TOKEN, CheckRig, rig
from tests.certificates import Authority
from tests.hostile import HostileServer, reply
from tests.practice.scim_wire import ERROR
from tests.proxy import TunnelProxy
from tests.scim.service import TOKEN as VENDORS_TOKEN
from tests.scim.service import Service

__all__ = ["rig"]

PEOPLE = [{"userName": "ana@example.com", "email": "ana@example.com"}, {"userName": "ben@example.com"}]
GROUPS = [{"displayName": "Editors", "members": ["ana@example.com"]}]
ESCAPE = "\x1b"


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def service(faults: Faults) -> Iterator[ScimService]:
    with ScimService(TOKEN, faults=faults) as running:
        running.seed(PEOPLE, GROUPS)
        yield running


# ---------------------------------------------------------------- the way to a service


def test_a_filter_that_signs_anew_is_noticed_although_this_computer_trusts_it(
    rig: CheckRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sys.platform != "linux":
        pytest.skip("another system's trust store is not changed for a test")
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.root))
    context = authority.context("app.example.com", days=(-1, 300))
    with (
        Service(tls=context) as service,
        TunnelProxy(places={"app.example.com:443": service.port}) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        ended = rig.run("https://app.example.com/scim", VENDORS_TOKEN, as_json=True)
    assert (ended.code, ended.document["verdict"], ended.document["side"]) == (0, "warn", "network")
    assert "a filter in your network signs anew" in ended.layer("tls")["summary"]


# ---------------------------------------------------------------- a service that is well


def test_a_good_service_passes_with_a_warning_of_plain_http_and_says_every_layer_in_order(
    rig: CheckRig, service: ScimService
) -> None:
    ended = rig.run(service.base_address, profile="screensteps")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    told = [
        title for line in lines for title in TITLES.values() if line[6:].startswith(title) and line[0] != " "
    ]
    assert told == list(TITLES.values())
    # Only an address that cannot be broken may be longer than a line of a terminal.
    assert [line for line in lines if len(line) > 80 and "http" not in line] == []
    assert any(line.startswith("warn  Tenant URL") for line in lines)
    assert any(
        line.startswith("ok    Search for a person") and line.endswith((" ms", " seconds")) for line in lines
    )
    assert "Result:" in ended.out
    assert TOKEN not in ended.out


def test_json_is_one_document_and_nothing_else(rig: CheckRig, service: ScimService) -> None:
    ended = rig.run(service.base_address, as_json=True)
    found = ended.document
    assert (ended.code, ended.err) == (0, "")
    assert [each["name"] for each in found["layers"]] == list(TITLES)
    assert (found["verdict"], found["profile"], found["checks"]) == ("warn", "any", [])
    assert ended.layer("address")["status"] == "warn"
    assert ended.layer("tls")["status"] == "skipped"
    assert all(ended.layer(name)["status"] == "pass" for name in ("tcp", "http", "authentication", "scim"))
    assert (found["flag"], found["left_behind"], found["cancelled"]) == ("unknown", [], False)
    assert 0 < found["requests"] <= 10


def test_the_deep_check_leaves_everything_as_it_was_and_tells_what_was_said(
    rig: CheckRig, service: ScimService
) -> None:
    before = service.accounts(), service.groups()
    ended = rig.run(service.base_address, deep=True, as_json=True)
    found = ended.document
    assert ended.code == 0
    assert (service.accounts(), service.groups()) == before
    assert len(found["checks"]) > 10
    assert any(each["exchanges"] for each in found["checks"])
    assert found["left_behind"] == []
    assert {each["status"] for each in found["checks"]} <= {"pass", "warn", "skipped"}
    assert list(rig.folders.deep_check.glob("*")) == []


def test_the_text_of_a_deep_check_names_what_is_left_and_which_flag_to_use(
    rig: CheckRig, service: ScimService
) -> None:
    ended = rig.run(service.base_address, deep=True)
    assert ended.code == 0
    assert "Left:   nothing at the app" in ended.out
    assert "Flag:" in ended.out
    assert [line for line in ended.out.splitlines() if len(line) > 80 and "http" not in line] == []


def test_a_service_that_does_not_describe_itself_passes_both_checks(rig: CheckRig) -> None:
    with ScimService(TOKEN, discovery=False) as service:
        ended = rig.run(service.base_address, deep=True, as_json=True)
    assert ended.code == 0
    assert ended.layer("discovery")["status"] in ("pass", "warn", "skipped")
    assert {each["status"] for each in ended.document["checks"]} <= {"pass", "warn", "skipped"}


def test_a_service_that_limits_requests_is_waited_for_and_passes(rig: CheckRig) -> None:
    statuses: list[int] = []

    def count(stage: str, exchange: Exchange) -> None:
        if stage == "after":
            statuses.append(exchange.status or 0)

    # A minute passes in half a second there, and ten requests may come in it.
    limits = Limits(scim_calls=10)
    with ScimService(TOKEN, clock=Clock(120), limits=limits, on_exchange=count) as service:
        ended = rig.run(service.base_address, profile="screensteps", deep=True, as_json=True)
        assert (service.accounts(), service.groups()) == ([], [])
    assert ended.code == 0
    assert 429 in statuses
    assert {each["status"] for each in ended.document["checks"]} <= {"pass", "warn", "skipped"}


def test_a_service_that_puts_off_every_question_is_not_passed_and_nothing_is_made_there(
    rig: CheckRig,
) -> None:
    with HostileServer().will_answer(reply(429, b"", Retry_After="3600")) as server:
        ended = rig.run(server.url, deep=True, as_json=True)
        assert [seen.method for seen in server.seen] == ["GET"]
    document = ended.document
    assert (ended.code, document["verdict"], document["side"]) == (2, "warn", "vendor")
    assert {each["status"] for each in document["checks"]} == {"skipped"}


@pytest.mark.parametrize("as_json", [True, False])
def test_a_deep_check_that_this_computer_keeps_from_beginning_still_tells_the_test_of_the_connection(
    rig: CheckRig, service: ScimService, as_json: bool
) -> None:
    rig.folders.deep_check.parent.mkdir(parents=True)
    rig.folders.deep_check.write_text("a file where a folder belongs", encoding="utf-8")
    ended = rig.run(service.base_address, deep=True, as_json=as_json)
    assert ended.code == 2
    assert str(rig.folders.deep_check) in ended.err
    assert [account["userName"] for account in service.accounts()] == [each["userName"] for each in PEOPLE]
    if not as_json:
        assert "Result:" in ended.out
        return
    document = ended.document
    assert ended.layer("scim")["status"] == "pass"
    assert {each["status"] for each in document["checks"]} == {"skipped"}
    assert {each["summary"][:28] for each in document["checks"]} == {"The deep check was not made:"}


# ---------------------------------------------------------------- faults


def test_a_wrong_token_is_the_tokens_fault(rig: CheckRig, service: ScimService) -> None:
    ended = rig.run(service.base_address, "wrong-token", as_json=True)
    assert (ended.code, ended.document["verdict"], ended.document["side"]) == (1, "fail", "token")
    assert ended.layer("authentication")["status"] == "fail"
    assert ended.document["next_step"]


def test_a_token_that_says_it_has_ended_is_at_fault_before_anything_is_blamed_on_the_vendor(
    rig: CheckRig, service: ScimService
) -> None:
    parts = ({"alg": "HS256"}, {"iss": "https://vendor.example.com", "exp": 1_700_000_000})
    jwt = ".".join(
        [
            *(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts),
            "c2lnbmF0dXJl",
        ]
    )
    ended = rig.run(service.base_address, jwt, as_json=True)
    assert (ended.code, ended.document["side"], ended.document["sure"]) == (1, "token", "certain")
    assert "2023" in ended.document["summary"]
    assert ended.document["token"]["expires_at"] == "2023-11-14T22:13:20Z"
    assert ended.document["token"]["issuer"] == "https://vendor.example.com"
    assert jwt not in ended.out


def test_a_sign_in_page_is_no_scim_service_and_nothing_is_written_there(
    rig: CheckRig, service: ScimService, faults: Faults
) -> None:
    faults.scim_html = True
    ended = rig.run(service.base_address, deep=True, as_json=True)
    assert (ended.code, ended.document["verdict"]) == (1, "fail")
    assert {each["status"] for each in ended.document["checks"]} == {"skipped"}
    assert ended.document["checks"][0]["summary"]


def test_a_service_that_is_down_fails_at_the_connection(rig: CheckRig) -> None:
    with ScimService(TOKEN, faults=Faults(scim_down=True)) as service:
        ended = rig.run(service.base_address, as_json=True)
    assert ended.code == 1
    assert ended.layer("tcp")["status"] == "fail"
    assert ended.layer("scim")["status"] == "skipped"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "not an address",
        "http://scim.example.com/v2",
        "ftp://scim.example.com/v2",
        "https://",
        "https://[::1",
        "https://scim.example.com:99999/v2",
        "https://10.1.2.3/scim",
        "https://user:password-Zq4711@10.1.2.3/scim",
        "https://portal.azure.com/scim",
        "https://0x7f000001/scim",
        "x" * 5000,
    ],
)
def test_an_address_that_cannot_be_used_is_the_first_thing_that_is_found(rig: CheckRig, url: str) -> None:
    ended = rig.run(url, as_json=True)
    found = ended.document
    assert (ended.code, found["verdict"], found["side"], found["requests"]) == (1, "fail", "address", 0)
    assert ended.layer("address")["status"] == "fail"
    assert {each["status"] for each in found["layers"][1:]} == {"skipped"}
    assert "password-Zq4711" not in ended.out


# ---------------------------------------------------------------- what cannot be made


@pytest.mark.parametrize(
    ("token", "said"),
    [
        (None, "is not set"),
        ("", "The environment variable that --token-env names is empty"),
        (" \t ", "The environment variable that --token-env names is empty"),
        ("\u200b", "The token is empty"),
        ("x" * 8_001, "8,001 characters"),
        ("https://scim.example.com/v2", "web address"),
    ],
)
def test_without_a_token_nothing_is_sent_and_the_exit_code_says_so(
    rig: CheckRig, token: str | None, said: str
) -> None:
    with HostileServer().will_answer(reply(200)) as server:
        ended = rig.run(server.url, token)
    assert (ended.code, ended.out, server.seen) == (2, "", [])
    assert said in ended.err
    assert ended.err.startswith("Nothing was checked.")


def test_a_variable_that_is_not_set_is_not_named_since_it_may_be_the_token(rig: CheckRig) -> None:
    ended = rig.run("https://scim.example.com", token_env="sk_live_Zq4711_secret")
    assert (ended.code, ended.out) == (2, "")
    assert "Zq4711" not in ended.err


@pytest.mark.parametrize("name", ["screensteps", "ScreenSteps", "SCREENSTEPS"])
def test_a_profile_goes_by_id_and_by_name(rig: CheckRig, service: ScimService, name: str) -> None:
    assert rig.run(service.base_address, profile=name, as_json=True).document["profile"] == "screensteps"


def test_an_unknown_profile_gets_the_list(rig: CheckRig) -> None:
    ended = rig.run("https://scim.example.com", profile="acme")
    assert (ended.code, ended.out) == (2, "")
    assert all(name in ended.err for name in names("profiles", ".toml"))


def test_a_persons_own_profile_counts_and_a_broken_one_is_told_with_its_line(
    rig: CheckRig, service: ScimService
) -> None:
    folder = rig.folders.config / "profiles"
    folder.mkdir(parents=True)
    (folder / "broken.toml").write_text('display_name = "Broken"\nauth = 3\n', encoding="utf-8")
    ended = rig.run(service.base_address, profile="broken")
    assert ended.code == 2
    assert "broken.toml, line 2" in ended.err
    # One that should take the place of a built-in one is not passed over in silence either.
    (folder / "zoom.toml").write_text("auth = 3\n", encoding="utf-8")
    ended = rig.run(service.base_address, profile="zoom")
    assert ended.code == 2
    assert "zoom.toml, line 1" in ended.err


def test_a_mail_domain_that_is_none_is_refused_before_anything_is_asked(rig: CheckRig) -> None:
    with HostileServer().will_answer(reply(200)) as server:
        ended = rig.run(server.url, deep=True, domain="not a domain")
    assert (ended.code, ended.out, server.seen) == (2, "", [])
    assert ended.err.startswith("Nothing was checked. The mail domain after --domain is none. Enter a domain")


def test_the_marked_person_has_the_mail_domain_that_is_asked_for(rig: CheckRig, service: ScimService) -> None:
    ended = rig.run(service.base_address, deep=True, as_json=True, domain="corp.example.com")
    created = next(each for each in ended.document["checks"] if each["name"] == "user-create")
    assert "@corp.example.com" in created["exchanges"][0]["request"]


# ---------------------------------------------------------------- how the token comes in


class Typed(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


def piped(raw: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(raw), encoding="ascii")


@pytest.mark.parametrize(
    "raw",
    [
        b"the-token",
        b"the-token\n",
        b"the-token\r\nand more\n",
        b"\xef\xbb\xbfthe-token\n",
        "the-token\r\n".encode("utf-16"),
        b"\xfe\xff" + "the-token\n".encode("utf-16-be"),
    ],
)
def test_one_line_of_a_pipe_is_the_token_as_any_shell_writes_it(raw: bytes) -> None:
    assert read_secret("", {}, piped(raw), _nobody).reveal() == "the-token"


def test_a_pipe_is_read_no_further_than_a_token_can_be_long() -> None:
    stream = piped(b"x" * 1_000_000)
    assert len(read_secret("", {}, stream, _nobody)) <= 40_000
    assert stream.buffer.tell() < 100_000


@pytest.mark.parametrize("raw", [b"\xff\xfa\x80", b"\x80\x81\x82\n"])
def test_what_is_no_text_is_no_token(raw: bytes) -> None:
    with pytest.raises(KnownError, match="is not text"):
        read_secret("", {}, piped(raw), _nobody)


def test_a_person_at_a_terminal_is_asked() -> None:
    assert read_secret("", {}, Typed(), lambda prompt: f"typed after {prompt}").reveal().startswith("typed")


def test_a_program_without_standard_input_says_so() -> None:
    with pytest.raises(KnownError, match="no standard input"):
        read_secret("", {}, None, _nobody)


def _nobody(prompt: str) -> str:
    raise AssertionError(f"somebody was asked: {prompt}")


# ---------------------------------------------------------------- what must not get out


def _echo(token: str) -> list[bytes]:
    """Answers that repeat the token in every place an answer has."""
    said = {"detail": f"unknown token {token}", "echo": [f"Bearer {token}"], token: token}
    return [
        reply(401, said, WWW_Authenticate=f'Bearer error="{token}"', X_Token=token),
        reply(302, b"", Location=f"https://elsewhere.example.com/?token={token}"),
        reply(200, f"<html><title>{token}</title>{token}</html>".encode(), kind=f"text/html; x={token}"),
        reply(200, {"schemas": [token], "totalResults": token, "Resources": [said]}),
        reply(500, token.encode(), kind=token),
        f"HTTP/1.1 {token} {token}\r\n\r\n".encode(),
    ]


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("as_json", [False, True])
def test_a_service_that_repeats_the_token_does_not_get_it_printed(
    rig: CheckRig, number: int, as_json: bool, tmp_path: Path
) -> None:
    token = "secret/token+Zq4711-abcdef"
    letter = tmp_path / "letter.md"
    with HostileServer().will_answer(_echo(token)[number]) as server:
        ended = rig.run(
            f"{server.url}/scim?key={token}",
            token,
            as_json=as_json,
            everything=True,
            deep=True,
            letter=letter,
        )
        assert server.seen
    assert ended.code == 1
    written = ended.out + ended.err + (letter.read_text(encoding="utf-8") if letter.exists() else "")
    assert token not in written
    assert "Zq4711" not in written


@pytest.mark.parametrize(
    "url",
    [
        "https://{token}.example.com/scim",
        "https://{TOKEN}/scim",
        "https://a-{token}-b.localhost/scim",
        "https://{token}.localhost:1/scim/Users",
    ],
)
def test_a_token_in_the_host_name_is_looked_up_nowhere_and_shown_in_no_case_of_letters(
    rig: CheckRig, url: str
) -> None:
    token = "Zq4711-Secret-Of-The-Vendor"
    place = url.format(token=token, TOKEN=token.upper())
    for as_json in (True, False):
        ended = rig.run(place, token, as_json=as_json)
        assert ended.code == 1
        assert token.casefold() not in (ended.out + ended.err).casefold()
        assert "The host name of the address holds the token" in " ".join(ended.out.split())
        if as_json:
            assert ended.layer("name")["status"] == "skipped"


def test_a_terminal_gets_no_control_characters_of_a_service(rig: CheckRig) -> None:
    said = f"{ESCAPE}[2J{ESCAPE}]0;owned\x07\u202egnp.exe"
    answer = reply(403, {"detail": said, "schemas": [said]}, X_Odd="1", WWW_Authenticate="Bearer \x9b2J")
    with HostileServer().will_answer(answer) as server:
        ended = rig.run(server.url, everything=True)
    assert ended.code == 1
    assert [each for each in ended.out if not (each.isprintable() or each == "\n")] == []


def test_one_reason_for_many_rows_is_read_once() -> None:
    printed = io.StringIO()
    teller = Teller(Out(printed))
    for name in ("tls", "http", "scim"):
        teller.layer(SidedCheck(name, TITLES[name], Outcome.SKIPPED, Sentence("Not asked.")))
    assert printed.getvalue().count("Not asked.") == 1
    assert printed.getvalue().count("skip ") == 3


def test_a_deep_check_without_a_fault_is_told_also_where_something_else_warns(
    rig: CheckRig, service: ScimService
) -> None:
    ended = rig.run(service.base_address, deep=True)
    assert "Deep:   The service did everything that Microsoft will ask of it." in ended.out
    assert "flag aadOptscim062020" in " ".join(ended.out.split())


def test_an_app_without_a_name_of_its_own_is_called_the_app(rig: CheckRig) -> None:
    ended = rig.run("nonsense")
    assert "copy the Tenant URL that the app shows" in " ".join(ended.out.split())


def test_whatever_a_row_holds_a_terminal_is_given_no_orders() -> None:
    printed = io.StringIO()
    said = f"{ESCAPE}[2J{ESCAPE}]0;owned\x07 \u202egnp.exe\r\nResult: ok"
    row = SidedCheck("scim", Sentence(said), Outcome.FAIL, Sentence(said), ((said, said),), seconds=0.1)
    Teller(Out(printed)).layer(row)
    lines = printed.getvalue().split("\n")
    assert all(line.isprintable() for line in lines)
    assert not any(line.startswith("Result:") for line in lines)


@pytest.mark.parametrize(("name", "head"), [("letter.txt", "SCIM"), ("letter.md", "")])
def test_a_letter_to_the_vendor_holds_what_was_said_and_not_the_token(
    rig: CheckRig, tmp_path: Path, name: str, head: str
) -> None:
    file = tmp_path / name
    with HostileServer().will_answer(
        reply(500, {"schemas": [ERROR], "detail": "out of order: secret-Zq4711"})
    ) as server:
        ended = rig.run(server.url, "secret-Zq4711", letter=file)
    assert ended.code == 1
    text = file.read_text(encoding="utf-8")
    assert text.startswith(head)
    assert "Microsoft Entra" in text
    assert "out of order" in text
    assert "Zq4711" not in text


def test_no_letter_is_written_where_the_vendor_has_nothing_to_mend(
    rig: CheckRig, service: ScimService, tmp_path: Path
) -> None:
    ended = rig.run(service.base_address, "wrong-token", letter=tmp_path / "letter.txt")
    assert ended.code == 1
    assert "No letter was written" in ended.err
    assert list(tmp_path.glob("letter*")) == []


def test_a_letter_that_cannot_be_written_is_told(rig: CheckRig, tmp_path: Path) -> None:
    with HostileServer().will_answer(reply(500)) as server:
        ended = rig.run(server.url, letter=tmp_path / "none" / "letter.txt")
    assert ended.code == 2
    assert "The message was not saved" in ended.err
