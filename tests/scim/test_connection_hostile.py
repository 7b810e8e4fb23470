"""Servers that lie, stall, flood or break off: a bounded wait, bounded memory, a named layer, and the token stays home.

Each is a real socket. What the transport does within its bounds has tests of its own; here it is what a person is told.
"""

from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scim_assistant.check import Outcome
from scim_assistant.scim.connection import run_layers
from scim_assistant.transport import HttpTransport
from scim_assistant.work import Work
from tests.certificates import Authority
from tests.hostile import HostileServer, reply
from tests.scim.service import EMPTY, SCIM, TOKEN, Service, run, target_of

SLACK_S = 8.0
"""For a busy machine; every bound of the product below is a second or so."""


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as service:
        yield service


def drip(connection: socket.socket) -> None:
    """One byte each fifth of a second, for as long as somebody listens."""
    with contextlib.suppress(OSError):
        connection.sendall(
            b"HTTP/1.1 200 X\r\nContent-Type: application/scim+json\r\nContent-Length: 5000\r\n\r\n"
        )
        for _ in range(5000):
            connection.sendall(b" ")
            time.sleep(0.2)


def drip_head(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 X\r\n")
        for at in range(5000):
            connection.sendall(b"X-%d: y\r\n" % at)
            time.sleep(0.2)


def endless(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.sendall(
            b"HTTP/1.1 200 X\r\nContent-Type: application/scim+json\r\nConnection: close\r\n\r\n{"
        )
        for _ in range(100_000):
            connection.sendall(b'"a": "' + b"x" * 65536 + b'",')


def endless_head(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 X\r\n")
        for _ in range(100_000):
            connection.sendall(b"X-Filler: " + b"y" * 65536 + b"\r\n")


def silent(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.settimeout(60)
        connection.recv(1)


def bomb() -> bytes:
    inner = gzip.compress(b"\0" * 50_000_000, 9)
    return reply(200, inner, SCIM, Content_Encoding="gzip")


HOSTILE: dict[str, tuple[Callable[[socket.socket], None] | bytes, str, str]] = {
    # name: what comes; whose side, words of the sentence
    "one byte now and then": (drip, "vendor", "1 second"),
    "a head that never ends in time": (drip_head, "vendor", "1 second"),
    "no answer at all": (silent, "vendor", "1 second"),
    "an endless body": (endless, "vendor", "longer than 2,000,000"),
    "an endless head": (endless_head, "vendor", ""),
    "a head of 1 MB": (
        b"HTTP/1.1 200 X\r\nX-A: " + b"y" * 1_000_000 + b"\r\nContent-Length: 0\r\n\r\n",
        "vendor",
        "",
    ),
    "a gzip bomb": (bomb(), "vendor", "longer than 2,000,000"),
    "gzip that is none": (reply(200, b"{}", SCIM, Content_Encoding="gzip"), "vendor", "unpack"),
    "a length that lies": (
        b"HTTP/1.1 200 X\r\nContent-Length: 99\r\nConnection: close\r\n\r\n{",
        "vendor",
        "",
    ),
    "no HTTP": (b"220 mail.example.com ESMTP\r\n", "vendor", ""),
    "hangs up": (lambda _: None, "vendor", ""),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_lying_answer_ends_in_time_within_memory_at_the_layer_of_the_answer(
    service: Service, case: str
) -> None:
    answer, side, words = HOSTILE[case]
    run(target_of(service))  # everything is imported
    service.users = answer
    tracemalloc.start()
    began = time.monotonic()
    try:
        found = run(target_of(service, timeout_s=1.0))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    check = found.layer("http")
    assert (check.outcome, check.side) == (Outcome.FAIL, side), check
    assert words in check.sentence
    assert time.monotonic() - began < 1.0 + SLACK_S
    assert peak < 16_000_000
    assert found.layer("scim").outcome is Outcome.SKIPPED
    assert found.verdict.outcome is Outcome.FAIL


def test_a_redirect_to_a_hundred_thousand_slashes_is_judged_at_once(service: Service) -> None:
    service.users = reply(308, b"", SCIM, Location="http://127.0.0.1:1/" + "/" * 90_000 + "x")
    began = time.monotonic()
    assert run(target_of(service)).layer("http").side == "address"
    assert time.monotonic() - began < SLACK_S / 2


BULKY = {
    "empty lists": b"[]," * 600_000,
    "small objects": b'{"a":{}},' * 200_000,
    "numbers far inside": b"[" * 55 + b"0," * 900_000 + b"0" + b"]" * 55 + b",",
}


@pytest.mark.parametrize("case", BULKY)
def test_two_megabytes_of_small_values_are_read_within_time_and_memory(service: Service, case: str) -> None:
    """Each byte of JSON can become a hundred in memory, and a line of its own in what is shown."""
    run(target_of(service))
    body = b'{"schemas":[],"totalResults":0,"x":[' + BULKY[case] + b"0]}"
    for part in ("users", "groups", "config", "schemas", "page"):
        setattr(service, part, reply(200, body, SCIM))
    began = time.monotonic()
    run(target_of(service))
    assert time.monotonic() - began < SLACK_S
    # Watching memory makes reading slow, and two answers that are kept show as much as five.
    for part in ("groups", "config", "schemas"):
        setattr(service, part, reply(404))
    tracemalloc.start()
    try:
        run(target_of(service))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 60_000_000


def test_more_people_than_are_read_are_still_people_for_a_name_that_nobody_has(service: Service) -> None:
    service.users = reply(200, EMPTY | {"Resources": [{"id": str(n)} for n in range(101_000)]}, SCIM)
    check = run(target_of(service)).layer("scim")
    assert (check.outcome, check.side) == (Outcome.FAIL, "vendor")
    assert "wrong account" in check.next_step


@pytest.mark.parametrize("layer", ["groups", "config", "page"])
def test_a_stalling_hint_costs_one_wait_and_decides_nothing(service: Service, layer: str) -> None:
    setattr(service, layer, silent)
    began = time.monotonic()
    found = run(target_of(service, timeout_s=0.7))
    assert time.monotonic() - began < 0.7 + SLACK_S
    assert found.layer("scim").outcome is Outcome.PASS
    if layer == "groups":
        assert (found.verdict.outcome, found.verdict.side) == (Outcome.FAIL, "vendor")
    else:
        assert found.verdict.outcome is Outcome.PASS


def slowly(answer: bytes, seconds: float = 0.4) -> Callable[[socket.socket], None]:
    def answer_late(connection: socket.socket) -> None:
        time.sleep(seconds)
        with contextlib.suppress(OSError):
            connection.sendall(answer.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))

    return answer_late


def test_a_service_that_is_slow_every_time_does_not_make_the_whole_test_long(service: Service) -> None:
    """Nothing is asked that could end after the limit; what was not asked says why, and is nobody's fault."""
    for part in ("users", "page", "groups", "config", "schemas", "wrong"):
        setattr(service, part, slowly(getattr(service, part)))
    # One answer takes 0.4 seconds at least, and may take 5: a third question could end after 5.7, a second after 5.3.
    for limit_s, least, most in ((60.0, 6, 6), (5.7, 1, 2), (5.3, 1, 1)):
        service.seen.clear()
        with contextlib.closing(HttpTransport()) as transport:
            found = run_layers(transport, target_of(service, timeout_s=5.0), Work(), limit_s=limit_s)
        asked = len(service.seen)
        assert least <= asked <= most, limit_s
        assert found.verdict.outcome is not Outcome.FAIL
        assert found.seconds < limit_s
        assert found.layer("scim").outcome is Outcome.PASS
        if asked < 6:
            assert "the test had taken" in found.layer("groups").sentence
            assert found.layer("groups").outcome is Outcome.SKIPPED
        if asked < 2:
            check = found.layer("authentication")
            assert (check.outcome, check.side) == (Outcome.WARN, "vendor")
            assert found.verdict.sentence == check.sentence


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "place", ["http://127.0.0.1:{port}/scim/v2/Users", "http://localhost:{port}/x", "//127.0.0.1:{port}"]
)
def test_the_token_goes_to_no_other_host_or_port(service: Service, status: int, place: str) -> None:
    """Not to follow is not enough: the other server must not even see a connection."""
    with HostileServer() as other:
        other.will_answer(reply(200, EMPTY, SCIM))
        service.users = reply(status, b"", location=place.format(port=other.port) + f"?token={TOKEN}")
        found = run(target_of(service))
        assert (other.connections, other.seen) == (0, [])
    assert (found.layer("http").outcome, found.verdict.side) == (Outcome.FAIL, "address")


def test_the_token_goes_to_no_other_scheme(service: Service) -> None:
    service.users = reply(301, b"", location=service.url.replace("http:", "https:") + "/scim/v2/Users")
    found = run(target_of(service))
    assert "from http to https" in found.layer("http").sentence
    assert found.requests == len(service.seen) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://app.example.com/scim", "https://localhost/scim", "https://10.1.2.3/scim", "https://[::1]/scim",
        "https://169.254.169.254/scim", "https://0x7f000001/scim", "https://ann:word@app.example.com/scim",
        "ftp://app.example.com", "https://", "https://[::1/", "https://app.example.com:port/", "",
        "https://app.example.com:0/scim", "https://app.example.com/scim#part", "https://app.example.com/scim/Users",
        "https://app.example.com/scim/Groups/7", "https://app.example.com/scim?filter=a", "https://app.example.com/a b",
        "https://app.example.com\\@evil.example/", "https://app.example.com/scim/../x",
        "https://app.example.com/" + "a" * 2000,
        "https://app.example.com/scim/{tenant}", "https://app.example.com/<account>/scim",
        "https://app.example.com/scim/%7Btenant%7D", "https://app.example.com/scim\n", "https://app.example.com/sc\u200bim",
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_meant_fails_before_anything_is_looked_up(url: str) -> None:
    from scim_assistant.scim.connection import run_layers
    from scim_assistant.scim.target import Target
    from scim_assistant.secret import Secret
    from scim_assistant.work import Work
    from tests.steps.made import NoNetwork

    found = run_layers(NoNetwork(), Target(url, Secret(TOKEN)), Work())
    check = found.layers[0]
    assert (check.key, check.outcome, check.side) == ("address", Outcome.FAIL, "address")
    assert check.next_step
    assert {one.outcome for one in found.layers[1:]} == {Outcome.SKIPPED}
    assert (found.verdict.side, found.requests) == ("address", 0)


def trusting(monkeypatch: pytest.MonkeyPatch, authority: Authority) -> None:
    if sys.platform != "linux":
        pytest.skip("another system's trust store is not changed for a test")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.root))


TLS: dict[str, tuple[tuple[str, ...], dict[str, object], str, str]] = {
    # name: names in the certificate, how it is made; whose side, words
    "expired": (("localhost",), {"days": (-9, -1)}, "vendor", "expired"),
    "not valid yet": (("localhost",), {"days": (1, 9)}, "network", "not valid yet"),
    "self-signed": (("localhost",), {"self_signed": True}, "vendor", "vouches for itself"),
    "another name": (("app.example.com",), {}, "address", "another name"),
}


@pytest.mark.parametrize("case", TLS)
def test_a_bad_certificate_fails_at_encryption_and_the_token_is_not_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    names, options, side, words = TLS[case]
    authority = Authority(tmp_path)
    trusting(monkeypatch, authority)
    with Service(tls=authority.context(*names, **options)) as service:  # type: ignore[arg-type]
        service.url = f"https://localhost:{service.port}"
        found = run(target_of(service))
        assert service.seen == []
    check = found.layer("tls")
    assert (check.outcome, check.side, check.reach) == (Outcome.FAIL, side, "tls")
    assert words in check.sentence
    assert dict(check.evidence)["Certificate for"].startswith(names[0])
    assert found.requests == 0


def test_an_authority_that_this_computer_does_not_trust_points_to_the_network(tmp_path: Path) -> None:
    with Service(tls=Authority(tmp_path, "Example Filter").context("localhost")) as service:
        service.url = f"https://localhost:{service.port}"
        found = run(target_of(service))
        assert service.seen == []
    check = found.layer("tls")
    assert (check.outcome, check.side, check.sure) == (Outcome.FAIL, "network", "possible")
    assert dict(check.evidence)["Issued by"] == "Example Filter"


def test_a_service_that_wants_a_certificate_of_whoever_connects_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    trusting(monkeypatch, authority)
    context = authority.context("localhost", days=(-1, 300))
    context.load_verify_locations(str(authority.root))
    context.verify_mode = ssl.CERT_REQUIRED
    with Service(tls=context) as service:
        service.url = f"https://localhost:{service.port}"
        found = run(target_of(service))
        assert service.seen == []
    check = found.layer("http")
    assert (check.outcome, check.side) == (Outcome.FAIL, "vendor")
    assert "a certificate of whoever connects" in check.sentence
    assert found.verdict.sentence == check.sentence


def test_a_good_certificate_passes_and_shows_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = Authority(tmp_path)
    trusting(monkeypatch, authority)
    with Service(tls=authority.context("localhost", days=(-1, 300))) as service:
        service.url = f"https://localhost:{service.port}"
        found = run(target_of(service))
        assert set(service.tokens) >= {TOKEN}
    check = found.layer("tls")
    assert check.outcome is Outcome.PASS, check
    evidence = dict(check.evidence)
    assert (evidence["Version"], evidence["Public authority"], evidence["Key"]) == (
        "TLS 1.3",
        "no",
        "ECC 256",
    )
    assert "TLSv1.2 ECDHE" in evidence["As Microsoft asks"]
    assert found.verdict.outcome is Outcome.PASS


def test_a_plain_service_at_an_https_address_fails_at_encryption(service: Service) -> None:
    service.url = service.url.replace("http:", "https:")
    found = run(target_of(service, timeout_s=3.0))
    assert (found.layer("tls").outcome, found.layer("http").outcome) == (Outcome.FAIL, Outcome.SKIPPED)
    assert not [seen for seen in service.seen if "authorization" in seen.headers]


HEADS = st.sampled_from(
    [
        "application/scim+json",
        "application/json",
        "text/html",
        "text/plain",
        "",
        "application/xml",
        "a/b; x=\x7f",
    ]
)
BODIES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from([
        b"", b"[]", b"null", b"1e999", b'{"totalResults":0}', b'{"Resources":null,"totalResults":0}', b"<html>",
        b'{"schemas":[{}],"totalResults":"0","Resources":[[]]}', b'{"detail":{"a":1},"status":[]}', b"\xef\xbb\xbf",
        b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"Resources":[]}',
        b'{"patch":1,"filter":{"maxResults":true},"authenticationSchemes":[1,{"type":{}}]}', b'{"retry_in":-1}',
        b'{"Resources":[{"id":{}}],"totalResults":1,"startIndex":"1","itemsPerPage":null}', b'{"a":' * 150,
        f'{{"detail":"no {TOKEN}","status":"401"}}'.encode(), f"you sent {TOKEN[:16]}".encode(),
    ]),
)  # fmt: skip
HEADERS = st.dictionaries(
    st.sampled_from(["Location", "WWW-Authenticate", "Retry-After", "Server", "X-RateLimit-Limit", "ETag"]),
    st.one_of(
        st.sampled_from([TOKEN, f"https://x.example/{TOKEN}?t={TOKEN}", "//[", "1e9", "-1", "9999999999", "Bearer", "é"]),
        st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=30),
    ),
    max_size=3,
)  # fmt: skip
STATUSES = st.one_of(st.integers(200, 599), st.sampled_from([200, 200, 401, 404, 429, 302, 503]))


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """An answer of any status, kind, body and headers, well formed as HTTP."""
    body, kind, status = draw(BODIES), draw(HEADS), draw(STATUSES)
    bare = status in (204, 304)
    lines = [f"HTTP/1.1 {status} X".encode(), b"Content-Length: %d" % (0 if bare else len(body))]
    if kind:
        lines.append(b"Content-Type: " + kind.encode("latin-1"))
    lines += [f"{name}: {value}".encode("latin-1") for name, value in draw(HEADERS).items()]
    return b"\r\n".join(lines) + b"\r\n\r\n" + (b"" if bare else body)


def test_no_server_makes_it_crash_or_show_the_token() -> None:
    """Statuses, kinds, bodies and headers in any mixture: always a verdict, never the token, though it is echoed."""
    with Service() as service:

        @settings(
            max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
        )
        @given(users=answers(), wrong=answers(), other=answers(), stalls=st.booleans())
        def any_server(users: bytes, wrong: bytes, other: bytes, stalls: bool) -> None:
            service.users = users
            service.wrong = wrong
            service.groups = service.config = service.schemas = other
            service.page = users if stalls else other
            found = run(target_of(service, timeout_s=5.0))  # what holds of every test is looked at there
            assert found.verdict.sentence
            said = "".join(spoken.request + spoken.answer for _, spoken in found.spoken)
            assert TOKEN not in said
            assert TOKEN[:16] not in said

        any_server()


def test_many_tests_at_once_do_not_mix(service: Service) -> None:
    results: list[str] = []

    def one() -> None:
        results.append(run(target_of(service)).verdict.side.value)

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert results == ["none"] * 4


def test_a_refusal_with_a_damaged_body_still_names_its_status(service: Service) -> None:
    service.users = reply(401, b"zzz", SCIM, Content_Encoding="gzip")
    found = run(target_of(service))
    assert dict(found.layer("http").evidence)["Status"] == "401"
