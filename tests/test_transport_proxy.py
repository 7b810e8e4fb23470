"""Ways out through a web proxy: chosen as the person has set it, and every way in which one fails named."""

from __future__ import annotations

import logging
import socket
import time
import urllib.request
from collections.abc import Iterator

import pytest

from scim_assistant.errors import Reach, Unreachable
from scim_assistant.secret import Secret
from scim_assistant.sentence import say
from scim_assistant.transport import HttpRequest, HttpTransport, NoAnswer
from scim_assistant.transport.proxies import proxy_for
from scim_assistant.work import Work
from tests.certificates import Authority
from tests.hostile import HostileServer, Script, reply
from tests.proxy import TunnelProxy

WHAT = say("The page was not read.")
HOST = "scim.example.com"
VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
PASSWORD = "p@ss:wörd/1"
IN_ADDRESS = "p%40ss%3Aw%C3%B6rd%2F1"


@pytest.fixture(autouse=True)
def no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def service(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[HostileServer]:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.root))
    with HostileServer(tls=authority.context(HOST)) as server:
        yield server.will_answer(reply(200, b"hello"))


@pytest.fixture
def proxy(service: HostileServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[TunnelProxy]:
    with TunnelProxy(places={f"{HOST}:443": service.port}) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        yield proxy


@pytest.fixture
def transport() -> Iterator[HttpTransport]:
    transport = HttpTransport()
    yield transport
    transport.close()


def get(
    transport: HttpTransport, url: str = f"https://{HOST}/Users?token=1", timeout_s: float = 30.0
) -> bytes:
    headers = {"Authorization": "Bearer top-secret"}
    return transport.send(HttpRequest("GET", url, WHAT, headers, timeout_s=timeout_s), Work()).body


def refused(transport: HttpTransport, reach: Reach = Reach.PROXY, timeout_s: float = 30.0) -> Unreachable:
    """The failure, which never was a request and gives away neither the sign-in of the proxy nor the token."""
    with pytest.raises(Unreachable) as caught:
        get(transport, timeout_s=timeout_s)
    error = caught.value
    assert not isinstance(error, NoAnswer), "the request was never sent"
    assert error.reach is reach
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    shown = f"{causes!r} {causes} {error} {error.details} {error.details.as_text()}"
    for secret in ("top-secret", PASSWORD, IN_ADDRESS, "cDBzc"):
        assert secret not in shown
    return error


def test_a_tunnel_leads_to_the_service_and_is_kept(
    proxy: TunnelProxy, service: HostileServer, transport: HttpTransport
) -> None:
    assert get(transport) == b"hello"
    assert get(transport) == b"hello"
    assert [(seen.method, seen.target) for seen in proxy.seen] == [("CONNECT", f"{HOST}:443")]
    assert [seen.target for seen in service.seen] == ["/Users?token=1"] * 2
    assert "authorization" not in proxy.seen[0].headers, "the token is for the service alone"


def test_a_user_name_and_password_in_the_address_are_given_and_never_told(
    proxy: TunnelProxy,
    transport: HttpTransport,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    proxy.sign_in = f"ann@example.com:{PASSWORD}"
    monkeypatch.setenv("HTTPS_PROXY", f"http://ann%40example.com:{IN_ADDRESS}@127.0.0.1:{proxy.port}")
    assert get(transport) == b"hello"
    proxy.places = {}
    refused(HttpTransport())
    for secret in (PASSWORD, IN_ADDRESS, "top-secret", "Basic "):
        assert secret not in caplog.text


def test_a_proxy_that_wants_a_sign_in_says_where_to_put_it(
    proxy: TunnelProxy, transport: HttpTransport
) -> None:
    proxy.sign_in = "ann:word"
    error = refused(transport)
    assert error.why == "The proxy 127.0.0.1 asks for a user name and password."
    assert f"HTTPS_PROXY to http://name:password@127.0.0.1:{proxy.port}" in error.next_step
    assert error.details.said == "407 Proxy Authentication Required"


def test_a_wrong_password_is_told_from_none(
    proxy: TunnelProxy, transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy.sign_in = "ann:word"
    monkeypatch.setenv("https_proxy", f"http://ann:{IN_ADDRESS}@127.0.0.1:{proxy.port}")
    error = refused(transport)
    assert "did not accept the user name and password" in error.why
    assert "https_proxy" in error.next_step


def test_a_sign_in_that_this_program_cannot_give_is_said_to_be_one(
    proxy: TunnelProxy, transport: HttpTransport
) -> None:
    proxy.sign_in = "ann:word"
    proxy.challenges = ("Negotiate", "NTLM")
    error = refused(transport)
    assert "a sign-in of the kind Negotiate, NTLM, which this program cannot give" in error.why
    assert HOST in error.next_step


def test_a_request_without_encryption_meets_the_same_words(
    proxy: TunnelProxy, transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    proxy.sign_in = "ann:word"
    with pytest.raises(Unreachable, match="asks for a user name and password") as caught:
        get(transport, f"http://{HOST}/")
    assert caught.value.reach is Reach.PROXY
    assert "HTTP_PROXY" in caught.value.next_step
    proxy.challenges = ("NTLM",)
    with pytest.raises(Unreachable, match="of the kind NTLM"):
        get(transport, f"http://{HOST}/")
    proxy.sign_in = ""
    proxy.will_answer(reply(200, b"by the proxy"))
    assert get(transport, f"http://{HOST}/") == b"by the proxy"


PAGE = b"<html>Filtered</html>"


def answered(connection: socket.socket) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")


@pytest.mark.parametrize(
    ("refusal", "why"),
    [
        (reply(403, PAGE, "text/html"), "did not let the connection through"),
        (reply(502, PAGE, "text/html"), "could not reach scim.example.com"),
        (reply(504), "could not reach scim.example.com"),
        (reply(302, location="http://portal.example.com/"), "wants to show a web page first"),
        (reply(200, PAGE, "text/html"), "answered with a web page instead of a connection"),
        (reply(500), "did not let the connection through"),
        (answered, "is not a web proxy"),
        (lambda connection: None, "closed the connection without an answer"),
    ],
)
def test_a_proxy_that_makes_no_tunnel_is_named_for_what_it_did(
    proxy: TunnelProxy, transport: HttpTransport, refusal: bytes | Script, why: str
) -> None:
    proxy.refusal = refusal
    error = refused(transport)
    assert why in error.why
    assert "127.0.0.1" in error.why
    assert error.next_step


def test_a_proxy_that_hangs_is_not_blamed_on_the_service(
    proxy: TunnelProxy, transport: HttpTransport
) -> None:
    def hang(connection: socket.socket) -> None:
        proxy.ended.wait()

    proxy.refusal = hang
    assert refused(transport, timeout_s=2.0).why == "The proxy 127.0.0.1 did not answer in time."


def test_a_page_in_place_of_a_tunnel_is_seen_before_anything_is_said_into_it(
    proxy: TunnelProxy, transport: HttpTransport
) -> None:
    def page_and_hang(connection: socket.socket) -> None:
        connection.sendall(reply(200, PAGE, "text/html"))
        proxy.ended.wait()

    proxy.refusal = page_and_hang
    began = time.monotonic()
    assert "answered with a web page" in refused(transport).why
    assert time.monotonic() - began < 15, "a handshake is given up after 20 seconds"


def test_a_service_that_is_silent_behind_the_proxy_is(proxy: TunnelProxy, transport: HttpTransport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        proxy.places = {f"{HOST}:443": silent.getsockname()[1]}
        error = refused(transport, Reach.TIMEOUT, timeout_s=2.0)
    assert "scim.example.com did not answer in time" in error.why


def test_a_proxy_that_opens_the_encryption_is_trusted_like_any_service(
    proxy: TunnelProxy, transport: HttpTransport, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Authority(authority.root.parent, "Inspecting Company")
    with HostileServer(tls=other.context(HOST)) as inspecting:
        inspecting.will_answer(reply(200, b"inspected"))
        proxy.places = {f"{HOST}:443": inspecting.port}
        error = refused(transport, Reach.TLS)
        assert error.why == "This computer does not trust the certificate of scim.example.com."
        assert "inspects encrypted traffic" in error.next_step
        monkeypatch.setenv("SSL_CERT_FILE", str(other.root))
        assert get(transport) == b"inspected"


def test_tunnels_that_failed_leave_room_for_those_that_work(
    proxy: TunnelProxy, service: HostileServer, authority: Authority
) -> None:
    transport = HttpTransport(connections=2)
    try:
        with HostileServer(tls=authority.context("other.example.com")) as wrong:
            proxy.places = {f"{HOST}:443": wrong.port}
            for _ in range(3):
                refused(transport, Reach.TLS)
        proxy.refusal = reply(403)
        for _ in range(3):
            refused(transport)
        proxy.refusal = None
        proxy.places = {f"{HOST}:443": service.port}
        assert get(transport) == b"hello"
    finally:
        transport.close()


def test_a_proxy_may_speak_tls_itself(
    service: HostileServer,
    transport: HttpTransport,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with TunnelProxy(
        places={f"{HOST}:443": service.port}, tls=authority.context("127.0.0.1"), sign_in="ann:word"
    ) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"https://ann:word@127.0.0.1:{proxy.port}")
        assert get(transport) == b"hello"
        monkeypatch.setenv("HTTPS_PROXY", f"https://ann:word@localhost:{proxy.port}")
        error = refused(transport)
        assert error.why == "The certificate that came from localhost was issued for another name."
        assert "HTTPS_PROXY" in error.next_step


def test_a_proxy_that_cannot_be_reached_is_blamed_itself(
    service: HostileServer, transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv("HTTPS_PROXY", f"http://ann:{IN_ADDRESS}@127.0.0.1:{port}")
    error = refused(transport)
    assert error.why == "No connection to the proxy 127.0.0.1 could be made."
    assert "HTTPS_PROXY" in error.next_step

    def unknown(*_: object, **__: object) -> object:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    monkeypatch.setenv("HTTPS_PROXY", f"http://ann:{IN_ADDRESS}@proxy.example.com:8080")
    assert refused(transport).why == "The name of the proxy, proxy.example.com, was not found."


@pytest.mark.parametrize(
    "address", ["socks5://127.0.0.1:1080", "socks5h://ann:p%40ss@127.0.0.1", "socks://h:1"]
)
def test_a_socks_proxy_is_said_to_be_of_no_use(
    transport: HttpTransport, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", address)
    error = refused(transport)
    assert f"is of the kind {address.partition(':')[0].upper()}, which this program cannot use" in error.why
    assert "HTTPS_PROXY" in error.next_step
    assert HOST in error.next_step


@pytest.mark.parametrize(
    "address",
    [f"http://ann:pa#{PASSWORD}@proxy.example.com:8080", "http://proxy:none", "http://:8080", "http://[::1:80",
     "proxy one", "http://pröxy.example.com:8080", "http://proxy:99999"],
)  # fmt: skip
def test_a_proxy_address_that_is_none_is_not_shown(
    transport: HttpTransport, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", address)
    error = refused(transport)
    assert error.why == "The proxy address in HTTPS_PROXY is not one that can be used."
    assert "%40" in error.next_step


def chosen(url: str = f"https://{HOST}/") -> str:
    proxy = proxy_for(url)
    return proxy.address() if proxy is not None else ""


def test_a_proxy_is_taken_from_the_variable_of_the_scheme_then_from_the_one_for_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert chosen() == ""
    monkeypatch.setenv("HTTP_PROXY", "http://plain.example.com:1")
    assert chosen() == ""
    monkeypatch.setenv("ALL_PROXY", "all.example.com:2")
    assert chosen() == "http://all.example.com:2"
    monkeypatch.setenv("HTTPS_PROXY", "http://secure.example.com:3/")
    assert chosen() == "http://secure.example.com:3"
    monkeypatch.setenv("https_proxy", "http://lower.example.com")
    assert chosen() == "http://lower.example.com"
    assert chosen(f"http://{HOST}/") == "http://plain.example.com:1"
    monkeypatch.setenv("https_proxy", "http://[2001:db8::1]:8080")
    assert chosen() == "http://[2001:db8::1]:8080"


def test_this_computer_is_never_asked_for_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://all.example.com:2")
    for host in ("127.0.0.1", "127.1.2.3", "localhost", "LocalHost.", "[::1]"):
        assert chosen(f"https://{host}:8443/") == ""


@pytest.mark.parametrize(
    ("rules", "bypassed"),
    [
        ("*", True),
        ("a.example.org, *", True),
        ("example.com", True),
        (".example.com", True),
        ("*.example.com", True),
        ("EXAMPLE.com.", True),
        ("scim.example.com", True),
        ("scim.example.com:443", True),
        ("a.example.org scim.example.com", True),
        ("scim.example.com:8443", False),
        ("ample.com", False),
        ("im.example.com", False),
        ("www.scim.example.com", False),
        ("", False),
        (",,", False),
        (".", False),
        (":443", False),
        ("10.0.0.0/8", False),
    ],
)
def test_no_proxy_takes_hosts_out(monkeypatch: pytest.MonkeyPatch, rules: str, bypassed: bool) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:8080")
    monkeypatch.setenv("NO_PROXY", rules)
    assert (chosen() == "") is bypassed


@pytest.mark.parametrize(
    ("url", "rules", "bypassed"),
    [
        ("https://10.1.2.3/", "10.0.0.0/8", True),
        ("https://10.1.2.3/", "10.1.2.3", True),
        ("https://10.1.2.3:8443/", "10.1.2.3:8443", True),
        ("https://10.1.2.3:8443/", "10.1.2.3:443", False),
        ("https://11.1.2.3/", "10.0.0.0/8", False),
        ("https://[2001:db8::1]/", "2001:db8::/32", True),
        ("https://[2001:db8::1]:8443/", "[2001:db8::1]:8443", True),
        ("https://[2001:db8::1]/", "2001:db8::1", True),
        ("https://[2001:db9::1]/", "2001:db8::1", False),
        ("http://scim.example.com/", "scim.example.com:80", True),
    ],
)
def test_no_proxy_knows_addresses_networks_and_ports(
    monkeypatch: pytest.MonkeyPatch, url: str, rules: str, bypassed: bool
) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example.com:8080")
    monkeypatch.setenv("NO_PROXY", rules)
    assert (chosen(url) == "") is bypassed


def test_without_variables_the_settings_of_the_system_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urllib.request, "getproxies", lambda: {"https": "http://system.example.com:8080"})
    monkeypatch.setattr(
        urllib.request, "proxy_bypass", lambda host: host == "inside.example.com", raising=False
    )
    assert chosen() == "http://system.example.com:8080"
    assert chosen("https://inside.example.com/") == ""
    assert chosen("https://localhost/") == ""
    monkeypatch.setattr(urllib.request, "getproxies", lambda: {"socks": "socks://system.example.com:1080"})
    assert chosen() == "socks://system.example.com:1080"
    monkeypatch.setenv("HTTPS_PROXY", "http://environment.example.com")
    assert chosen() == "http://environment.example.com"


def test_a_proxy_shows_no_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://ann:{IN_ADDRESS}@proxy.example.com:8080")
    proxy = proxy_for(f"https://{HOST}/")
    assert proxy is not None
    assert (proxy.user, proxy.password) == (Secret("ann"), Secret(PASSWORD))
    assert "ann" not in f"{proxy!r} {proxy} {proxy.address()}"


def test_a_direct_way_that_is_shut_hints_at_a_proxy_that_is_not_known(
    transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shut(*_: object, **__: object) -> socket.socket:
        raise TimeoutError("timed out")

    place = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 443))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [place])
    monkeypatch.setattr(socket, "create_connection", shut)
    error = refused(transport, Reach.TIMEOUT)
    assert "script (PAC)" in error.next_step
    assert "HTTPS_PROXY" in error.next_step
