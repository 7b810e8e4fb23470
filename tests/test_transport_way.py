"""A look at the way to a service: each layer told as it is, and nothing said to the service above the layer looked at."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import certifi
import pytest

from scim_assistant.errors import Cancelled, KnownError, Reach, Unreachable
from scim_assistant.transport import HttpTransport, NoAnswer
from scim_assistant.transport.survey import Handshake, HandshakeFailed, Refusal
from scim_assistant.transport.way import MICROSOFT_SUITES
from scim_assistant.work import Work
from tests.authority.mapped import MappedTransport
from tests.certificates import Authority
from tests.hostile import HostileServer, reply
from tests.proxy import TunnelProxy

HOST = "scim.example.com"
PATIENCE_S = 20.0


@pytest.fixture(autouse=True)
def no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """An authority that this computer was told to trust, and nobody else."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.root))
    return authority


@pytest.fixture
def transport() -> Iterator[HttpTransport]:
    transport = HttpTransport(look_s=PATIENCE_S)
    yield transport
    transport.close()


def led(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Lead every name to these addresses; what was looked up is in the list."""
    asked: list[str] = []
    before = socket.getaddrinfo

    def look_up(host: str, port: int, *more: object, **options: object) -> object:
        if host in addresses:
            return before(host, port, *more, **options)  # type: ignore[arg-type]
        asked.append(host)
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (each, port, 0, 0))
            if ":" in each
            else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port))
            for each in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


def serving(authority: Authority, *names: str, **options: object) -> HostileServer:
    """A service with a certificate for ``localhost``, or for other names."""
    return HostileServer(tls=authority.context(*(names or ("localhost",)), **options))  # type: ignore[arg-type]


def limited(authority: Authority, version: ssl.TLSVersion, suites: str = "ALL:@SECLEVEL=0") -> HostileServer:
    """A service that speaks one version of TLS, and some suites."""
    context = authority.context("localhost")
    context.set_ciphers(suites)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that old versions are old is the point
        context.minimum_version = context.maximum_version = version
    return HostileServer(tls=context)


@contextlib.contextmanager
def odd_server(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port that does to each connection what a test wants; connections stay open until the end."""
    taken: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    taken.append(server.accept()[0])
                    with contextlib.suppress(OSError):
                        answer(taken[-1])

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            server.close()
            thread.join(60)
            for each in taken:
                each.close()


def at(server: HostileServer) -> str:
    return f"https://localhost:{server.port}/scim/Users?token=1"


def handshake(transport: HttpTransport, server: HostileServer) -> Handshake:
    """What a look brings, after which the service has heard nothing of HTTP."""
    found = transport.shake_hands(at(server), Work())
    assert server.seen == []
    return found


def failed(transport: HttpTransport, url: str) -> HandshakeFailed:
    with pytest.raises(HandshakeFailed) as caught:
        transport.shake_hands(url, Work())
    assert caught.value.reach is Reach.TLS
    assert not isinstance(caught.value, NoAnswer), "nothing was sent"
    assert "token" not in caught.value.details.as_text()
    return caught.value


def test_addresses_of_both_kinds_are_told_apart(
    transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = led(monkeypatch, "2001:db8::7", "203.0.113.7", "203.0.113.8", "203.0.113.7")
    found = transport.look_up(f"https://{HOST}/Users", Work())
    assert (found.v4, found.v6) == (("203.0.113.7", "203.0.113.8"), ("2001:db8::7",))
    assert (found.host, found.proxy, asked) == (HOST, "", [HOST])
    assert found.seconds >= 0


@pytest.mark.parametrize(
    ("url", "v4", "v6"),
    [
        ("https://203.0.113.7:8443/x", ("203.0.113.7",), ()),
        ("http://[2001:db8:0::7]/x", (), ("2001:db8::7",)),
    ],
)
def test_an_address_is_itself_and_nobody_is_asked(
    transport: HttpTransport, monkeypatch: pytest.MonkeyPatch, url: str, v4: object, v6: object
) -> None:
    asked = led(monkeypatch)
    found = transport.look_up(url, Work())
    assert (found.v4, found.v6, asked) == (v4, v6, [])


def test_behind_a_proxy_no_name_is_looked_up_here(
    transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = led(monkeypatch, "203.0.113.7")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:8080")
    found = transport.look_up(f"https://{HOST}/", Work())
    assert (found.v4, found.v6, found.proxy, asked) == ((), (), "proxy.example.com", [])
    assert transport.look_up("https://localhost/", Work()).proxy == "", "never for this computer itself"
    monkeypatch.setenv("HTTPS_PROXY", "socks5://proxy.example.com:1080")
    with pytest.raises(Unreachable) as caught:
        transport.look_up(f"https://{HOST}/", Work())
    assert caught.value.reach is Reach.PROXY


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (socket.EAI_NONAME, "The name scim.example.com was not found."),
        (socket.EAI_AGAIN, "No name server answered when scim.example.com was looked up."),
    ],
)
def test_a_name_that_does_not_exist_is_told_from_one_that_nobody_could_look_up(
    transport: HttpTransport, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def unknown(*_: object, **__: object) -> object:
        raise socket.gaierror(number, "as the system says it")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    for look in (transport.look_up, transport.connect, transport.shake_hands):
        with pytest.raises(Unreachable) as caught:
            look(f"https://{HOST}/", Work())
        assert (caught.value.reach, caught.value.why) == (Reach.NAME, words)
        assert "as the system says it" in (caught.value.details.said or "")


def test_a_look_up_that_takes_for_ever_hears_cancel_and_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, let = threading.Event(), threading.Event()

    def slow(*_: object, **__: object) -> object:
        asked.set()
        let.wait(60)
        raise socket.gaierror(socket.EAI_AGAIN, "late")

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    work, transport = Work(), HttpTransport(look_s=0.3)
    canceller = threading.Thread(target=lambda: (asked.wait(60), work.cancel()))
    canceller.start()
    with pytest.raises(Cancelled):
        HttpTransport(look_s=60).look_up(f"https://{HOST}/", work)
    canceller.join()
    with pytest.raises(Unreachable) as caught:
        transport.look_up(f"https://{HOST}/", Work())
    let.set()
    assert caught.value.reach is Reach.NAME
    assert "Nobody answered within 0.3 seconds" in caught.value.why


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "ftp://example.com/", "https://", "http://[::1/", "http://a:99999/", "http://a..b/"],
)
def test_an_address_that_is_none_is_a_known_error_at_every_layer(transport: HttpTransport, url: str) -> None:
    for look in (transport.look_up, transport.connect, transport.shake_hands):
        with pytest.raises(KnownError):
            look(url, Work())


def test_plain_http_has_no_hands_to_shake(transport: HttpTransport) -> None:
    with HostileServer() as server, pytest.raises(KnownError):
        transport.shake_hands(server.url, Work())
    assert server.connections == 0


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_connection_is_made_and_closed_without_a_word(transport: HttpTransport, scheme: str) -> None:
    heard: list[bytes] = []
    ended = threading.Event()

    def listen(connection: socket.socket) -> None:
        heard.append(connection.recv(1))
        ended.set()

    with odd_server(listen) as port:
        found = transport.connect(f"{scheme}://localhost:{port}/Users", Work())
        assert ended.wait(60), "the connection was not closed"
    assert heard == [b""]
    assert (found.address, found.port, found.proxy, found.failed) == ("127.0.0.1", port, "", ())


def test_an_address_that_does_not_answer_is_noted_and_the_next_one_tried(
    transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    led(monkeypatch, "::1", "127.0.0.1")
    with HostileServer() as server:
        server.will_answer(reply(200, b"{}"))
        found = transport.connect(f"http://{HOST}:{server.port}/", Work())
    assert found.address == "127.0.0.1"
    assert [address for address, _ in found.failed] == ["::1"]
    assert found.failed[0][1], "the system says why"


def test_an_address_that_swallows_packets_leaves_time_for_the_next(
    transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    led(monkeypatch, "192.0.2.1", "127.0.0.1")
    patience: list[float] = []
    before = socket.create_connection

    def swallow(address: tuple[str, int], timeout: float, **more: object) -> socket.socket:
        if address[0] != "192.0.2.1":
            return before(address, timeout, **more)  # type: ignore[arg-type]
        patience.append(timeout)
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket, "create_connection", swallow)
    with HostileServer() as server:
        found = transport.connect(f"http://{HOST}:{server.port}/", Work())
    assert found.failed == (("192.0.2.1", "timed out"),)
    assert 0 < patience[0] <= PATIENCE_S / 2


def test_a_refused_connection_and_one_that_never_comes_are_told_apart(
    transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unreachable) as refused:
        transport.connect(f"https://localhost:{port}/", Work())
    assert refused.value.reach is Reach.REFUSED

    def late(*_: object, **__: object) -> socket.socket:
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket, "create_connection", late)
    with pytest.raises(Unreachable) as caught:
        transport.connect(f"https://localhost:{port}/", Work())
    assert caught.value.reach is Reach.TIMEOUT


def test_a_look_goes_through_the_proxy_that_requests_go_through(
    trusted: Authority, transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        HostileServer(tls=trusted.context(HOST)) as service,
        TunnelProxy(places={f"{HOST}:443": service.port}) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        found = transport.connect(f"https://{HOST}/Users", Work())
        assert (found.proxy, found.address, found.port) == ("127.0.0.1", "127.0.0.1", proxy.port)
        assert [(seen.method, seen.target) for seen in proxy.seen] == [("CONNECT", f"{HOST}:443")]
        shaken = transport.shake_hands(f"https://{HOST}/Users", Work())
        assert (shaken.names, shaken.for_microsoft) == ((HOST,), True)
        assert {seen.method for seen in proxy.seen} == {"CONNECT"}
        before = len(proxy.seen)
        plain = transport.connect(f"http://{HOST}/Users", Work())
        assert (plain.proxy, plain.port, len(proxy.seen)) == ("127.0.0.1", proxy.port, before)
        proxy.places = {}
        with pytest.raises(Unreachable) as caught:
            transport.connect(f"https://{HOST}/Users", Work())
        assert (caught.value.reach, caught.value.details.said) == (Reach.PROXY, "502 Bad Gateway")
    assert service.seen == []


def test_a_handshake_tells_what_the_certificate_says(trusted: Authority, transport: HttpTransport) -> None:
    with serving(trusted, "localhost", HOST, "127.0.0.1", days=(-3, 40), rsa_bits=2048) as server:
        found = handshake(transport, server)
    assert (found.version, found.subject, found.issuer) == ("TLSv1.3", "localhost", "Example Authority")
    assert found.cipher.startswith("TLS_")
    assert found.names == ("localhost", HOST, "127.0.0.1")
    assert (found.key, found.key_bits) == ("RSA 2048", 2048)
    assert found.not_before is not None
    assert found.not_after is not None
    assert 42 < (found.not_after - found.not_before).total_seconds() / 86400 < 44
    assert found.not_after > datetime.now(UTC)
    assert (found.for_microsoft, found.for_microsoft_said.split()[0]) == (True, "TLSv1.2")
    assert found.for_microsoft_said.split()[1] in MICROSOFT_SUITES


def test_an_authority_that_only_this_computer_trusts_is_told_from_one_that_everybody_does(
    trusted: Authority, transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(trusted) as server:
        assert handshake(transport, server).public is False
        monkeypatch.setattr(certifi, "where", lambda: str(trusted.root))
        assert handshake(transport, server).public is True


def test_a_certificate_that_browsers_know_but_came_without_a_link_of_its_chain_is_not_held_against_a_filter(
    trusted: Authority, transport: HttpTransport
) -> None:
    with serving(trusted, logged=True) as server:
        assert handshake(transport, server).public is None


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("localhost", {"days": (-9, -1)}, (Refusal.EXPIRED, "The certificate of localhost has expired.")),
        ("localhost", {"days": (1, 9)}, (Refusal.NOT_YET_VALID, "is not valid yet")),
        (HOST, {}, (Refusal.WRONG_NAME, "was issued for another name")),
        (
            "localhost",
            {"self_signed": True},
            (Refusal.SELF_SIGNED, "no authority has signed its certificate"),
        ),
        ("localhost", {"rsa_bits": 1024}, (Refusal.WEAK, "a key or a signature that is too weak")),
    ],
)
def test_a_certificate_that_is_refused_is_shown_all_the_same(
    trusted: Authority,
    transport: HttpTransport,
    name: str,
    options: dict[str, object],
    expected: tuple[Refusal, str],
) -> None:
    with serving(trusted, name, **options) as server:
        error = failed(transport, at(server))
        assert server.seen == []
    assert error.refusal is expected[0]
    assert expected[1] in error.why
    shown = error.shown
    assert shown is not None
    assert shown.names == (name,)
    assert shown.issuer == (name if "self_signed" in options else "Example Authority")
    assert shown.not_after is not None
    assert (shown.not_after < datetime.now(UTC)) == ("has expired" in error.why)
    assert shown.key == ("RSA 1024" if "rsa_bits" in options else "ECC 256")


def test_an_authority_that_everybody_but_this_computer_trusts_is_no_fault_of_the_service(
    authority: Authority, transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(authority) as server:
        unknown = failed(transport, at(server))
        assert unknown.why == "This computer does not trust the certificate of localhost."
        assert unknown.refusal is Refusal.UNTRUSTED
        assert unknown.shown is not None
        assert unknown.shown.public is False
        monkeypatch.setattr(certifi, "where", lambda: str(authority.root))
        shown = failed(transport, at(server)).shown
        assert shown is not None
        assert shown.public is True


def test_a_service_with_the_newest_version_alone_is_out_of_reach_for_microsoft(
    trusted: Authority, transport: HttpTransport
) -> None:
    with limited(trusted, ssl.TLSVersion.TLSv1_3) as server:
        found = handshake(transport, server)
    assert (found.version, found.for_microsoft) == ("TLSv1.3", False)
    assert "PROTOCOL_VERSION" in found.for_microsoft_said


@pytest.mark.parametrize(
    ("suite", "agreed"),
    [
        ("ECDHE-ECDSA-AES256-GCM-SHA384", True),
        ("ECDHE-ECDSA-AES128-SHA256", True),
        ("ECDHE-ECDSA-CHACHA20-POLY1305", False),
    ],
)
def test_the_suites_of_microsoft_are_asked_for(
    trusted: Authority, transport: HttpTransport, suite: str, agreed: bool
) -> None:
    with limited(trusted, ssl.TLSVersion.TLSv1_2, f"{suite}:@SECLEVEL=0") as server:
        found = handshake(transport, server)
    assert (found.version, found.cipher, found.for_microsoft) == ("TLSv1.2", suite, agreed)
    assert (suite in found.for_microsoft_said) is agreed


def test_every_suite_of_microsoft_can_be_asked_for_here() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers(":".join(MICROSOFT_SUITES))
    assert {each["name"] for each in context.get_ciphers() if each["protocol"] == "TLSv1.2"} == set(
        MICROSOFT_SUITES
    )


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_an_old_version_is_refused_and_named(
    trusted: Authority, transport: HttpTransport, version: ssl.TLSVersion
) -> None:
    with limited(trusted, version) as server:
        if not _can_speak(version, server.port):
            pytest.skip("the OpenSSL of this computer cannot speak it any more, not even to look")
        error = failed(transport, at(server))
    assert error.why == "localhost speaks no version of TLS that is still safe."
    assert error.refusal is Refusal.OLD_VERSION
    assert error.shown is not None
    assert error.shown.version == {"TLSv1": "TLSv1", "TLSv1_1": "TLSv1.1"}[version.name]
    assert error.shown.for_microsoft is False


def _can_speak(version: ssl.TLSVersion, port: int) -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = version
    with socket.create_connection(("127.0.0.1", port)) as plain:
        try:
            context.wrap_socket(plain).close()
        except OSError:
            return False
    return True


def test_nothing_in_common_is_said_to_be_that(trusted: Authority, transport: HttpTransport) -> None:
    with limited(trusted, ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0") as server:
        error = failed(transport, at(server))
    assert error.why == "localhost and this computer have no way of encryption in common."
    assert error.refusal is Refusal.NOTHING_SHARED
    assert error.shown is None


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_service_that_wants_a_certificate_of_whoever_connects_is_not_said_to_lack_suites(
    trusted: Authority, transport: HttpTransport, newest: ssl.TLSVersion
) -> None:
    context = trusted.context("localhost")
    context.maximum_version = newest
    context.load_verify_locations(str(trusted.root))
    context.verify_mode = ssl.CERT_REQUIRED
    with HostileServer(tls=context) as server:
        if newest is ssl.TLSVersion.TLSv1_2:
            error = failed(transport, at(server))
            assert error.refusal is Refusal.WANTS_CERTIFICATE
            assert "most likely it wants a certificate of whoever connects" in error.why
        else:  # where TLS 1.3 wants one, it says so after the request only
            found = handshake(transport, server)
            assert (found.version, found.for_microsoft) == ("TLSv1.3", True)
            assert found.for_microsoft_said.startswith("TLSv1.2 ECDHE-ECDSA-AES")


@pytest.mark.parametrize("alert", [41, 42, 46])
def test_an_alert_about_our_own_certificate_means_that_one_is_wanted(
    transport: HttpTransport, alert: int
) -> None:
    def refuse(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(bytes([21, 3, 3, 0, 2, 2, alert]))

    with odd_server(refuse) as port:
        error = failed(transport, f"https://localhost:{port}/?token=1")
    assert error.refusal is Refusal.WANTS_CERTIFICATE


def _reset(connection: socket.socket) -> None:
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _close(connection: socket.socket) -> None:
    # All that was said is read first, or the system would reset the connection instead of closing it.
    connection.recv(65536)
    connection.close()


@pytest.mark.parametrize(
    ("answer", "refusal", "words"),
    [
        (_close, Refusal.CLOSED, "closed the connection while encryption was agreed on"),
        (_reset, Refusal.CLOSED, "closed the connection while encryption was agreed on"),
        (
            lambda connection: connection.sendall(b"220 mail.example.com ESMTP\r\n"),
            Refusal.NOT_TLS,
            "speaks without encryption",
        ),
        (
            lambda connection: connection.sendall(b"HTTP/1.1 400 X\r\n\r\n"),
            Refusal.NOT_TLS,
            "speaks without encryption",
        ),
    ],
    ids=["closes", "resets", "mail", "http"],
)
def test_what_breaks_a_handshake_is_named(
    transport: HttpTransport, answer: Callable[[socket.socket], None], refusal: Refusal, words: str
) -> None:
    with odd_server(answer) as port:
        error = failed(transport, f"https://localhost:{port}/")
    assert words in error.why
    assert error.refusal is refusal


def test_a_handshake_that_gets_no_answer_has_an_end_and_hears_cancel() -> None:
    with odd_server(lambda connection: None) as port:
        url = f"https://localhost:{port}/"
        began = time.monotonic()
        with pytest.raises(Unreachable) as caught:
            HttpTransport(look_s=0.5).shake_hands(url, Work())
        assert caught.value.reach is Reach.TIMEOUT
        assert "took the connection, and then said nothing about encryption" in caught.value.why
        work = Work()
        alarm = threading.Timer(0.3, work.cancel)
        alarm.start()
        with pytest.raises(Cancelled):
            HttpTransport(look_s=60).shake_hands(url, work)
        alarm.join()
        assert time.monotonic() - began < 30


def test_a_service_that_falls_silent_after_the_first_look_costs_a_fact_and_little_time(
    trusted: Authority,
) -> None:
    context = trusted.context("localhost")
    number = iter(range(9))

    def once(connection: socket.socket) -> None:
        if next(number) == 0:
            with contextlib.suppress(OSError):
                context.wrap_socket(connection, server_side=True).close()

    began = time.monotonic()
    with odd_server(once) as port:
        found = HttpTransport(look_s=4.0).shake_hands(f"https://localhost:{port}/", Work())
    assert (found.names, found.public, found.for_microsoft) == (("localhost",), None, None)
    assert time.monotonic() - began < 30


def test_the_stand_in_for_real_services_can_be_looked_at_too() -> None:
    with HostileServer() as server:
        mapped = MappedTransport({f"https://{HOST}": server.url})
        url = f"https://{HOST}/scim/Users"
        assert mapped.look_up(url, Work()).v4 == (mapped.connect(url, Work()).address,) == ("203.0.113.10",)
        assert mapped.shake_hands(url, Work()).names == (HOST,)
        assert mapped.connect(f"{server.url}/x", Work()).address == "127.0.0.1"
        with pytest.raises(AssertionError, match="would have gone to"):
            mapped.connect("https://elsewhere.example.com/", Work())
        mapped.close()
    with pytest.raises(Unreachable):
        MappedTransport({f"https://{HOST}": server.url}).connect(url, Work())
