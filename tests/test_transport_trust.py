"""Whom the program trusts: what the operating system trusts, a company's own authority included, and nothing else."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scim_assistant.errors import Cancelled, Reach, Unreachable
from scim_assistant.sentence import say
from scim_assistant.transport import HttpRequest, HttpTransport, NoAnswer
from scim_assistant.work import Work
from tests.certificates import Authority
from tests.hostile import HostileServer, reply
from tests.proxy import TunnelProxy

WHAT = say("The page was not read.")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def transport() -> Iterator[HttpTransport]:
    transport = HttpTransport()
    yield transport
    transport.close()


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """An authority that the operating system trusts, the way OpenSSL is told so on Linux."""
    if sys.platform != "linux":
        pytest.skip("another system's trust store is not changed for a test")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.root))
    return authority


def get(transport: HttpTransport, url: str, work: Work | None = None, timeout_s: float = 30.0) -> bytes:
    return transport.send(HttpRequest("GET", url, WHAT, timeout_s=timeout_s), work or Work()).body


def refused(transport: HttpTransport, url: str) -> Unreachable:
    with pytest.raises(Unreachable) as caught:
        get(transport, url)
    assert not isinstance(caught.value, NoAnswer), "the request was never sent"
    assert caught.value.reach is Reach.TLS
    return caught.value


def secure(authority: Authority, *names: str, **options: object) -> HostileServer:
    server = HostileServer(tls=authority.context(*(names or ("127.0.0.1", "localhost")), **options))  # type: ignore[arg-type]
    return server.will_answer(reply(200, b"hello"))


def test_a_service_with_the_certificate_of_a_company_is_trusted_once_the_system_trusts_the_company(
    authority: Authority, transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sys.platform != "linux":
        pytest.skip("another system's trust store is not changed for a test")
    with secure(authority) as server:
        url = f"https://localhost:{server.port}/"
        error = refused(transport, url)
        assert error.why == "This computer does not trust the certificate of localhost."
        assert "install its certificate" in error.next_step
        assert server.seen == []
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.root))
        assert get(transport, url) == b"hello"


def test_the_system_is_asked_in_a_process_of_its_own(authority: Authority) -> None:
    code = """if True:
        import sys
        from scim_assistant.errors import Unreachable
        from scim_assistant.sentence import say
        from scim_assistant.transport import HttpRequest, HttpTransport
        from scim_assistant.work import Work
        transport = HttpTransport()
        try:
            print(transport.send(HttpRequest("GET", sys.argv[1], say("Not read.")), Work()).body.decode())
        except Unreachable as error:
            print(error.reach.name)
        transport.close()
    """

    def run(**more: str) -> str:
        command = [sys.executable, "-c", code, f"https://localhost:{server.port}/"]
        return subprocess.run(
            command, env={**os.environ, **more}, capture_output=True, text=True, check=True
        ).stdout.strip()

    with secure(authority) as server:
        assert run() == "TLS"
        if sys.platform == "linux":
            assert run(SSL_CERT_FILE=str(authority.root)) == "hello"


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("localhost", {"days": (-9, -1)}, ("has expired", "date and time")),
        ("localhost", {"days": (1, 9)}, ("is not valid yet", "date and time")),
        ("scim.example.com", {}, ("issued for another name", "spelling of the address")),
        ("localhost", {"self_signed": True}, ("no authority has signed", "Check the address")),
    ],
)
def test_a_bad_certificate_is_named_for_what_is_wrong_with_it(
    trusted: Authority,
    transport: HttpTransport,
    name: str,
    options: dict[str, object],
    words: tuple[str, str],
) -> None:
    with secure(trusted, name, **options) as server:
        error = refused(transport, f"https://localhost:{server.port}/")
    assert words[0] in error.why
    assert "localhost" in error.why
    assert words[1] in error.next_step


def test_an_address_that_is_a_number_is_held_to_its_certificate_too(
    trusted: Authority, transport: HttpTransport
) -> None:
    with secure(trusted, "localhost") as server:
        assert "another name" in refused(transport, f"https://127.0.0.1:{server.port}/").why
    with secure(trusted, "127.0.0.1") as server:
        assert get(transport, f"https://127.0.0.1:{server.port}/") == b"hello"


def test_a_service_without_encryption_is_no_matter_of_certificates(transport: HttpTransport) -> None:
    with HostileServer() as server:
        error = refused(transport, f"https://127.0.0.1:{server.port}/")
    assert error.why == "What answers at 127.0.0.1 speaks without encryption."


def test_a_service_that_is_silent_while_hands_are_shaken_holds_up_no_other(
    trusted: Authority, transport: HttpTransport
) -> None:
    work = Work()
    ended: list[BaseException] = []

    def call(port: int) -> None:
        try:
            get(transport, f"https://localhost:{port}/", work, timeout_s=300)
        except BaseException as error:
            ended.append(error)

    with socket.create_server(("127.0.0.1", 0)) as silent, secure(trusted) as server:
        thread = threading.Thread(target=call, args=(silent.getsockname()[1],))
        thread.start()
        try:
            connection = silent.accept()[0]
            with connection:
                assert connection.recv(1), "hands are being shaken"
                began = time.monotonic()
                assert get(transport, f"https://localhost:{server.port}/") == b"hello"
                assert time.monotonic() - began < 15
                assert not ended, "the other one still waits"
                work.cancel()
                thread.join(15)
        finally:
            work.cancel()
            thread.join(60)
    assert [type(each) for each in ended] == [Cancelled], "Cancel is heard in the middle of a handshake"


def test_a_handshake_that_never_ends_was_never_a_request(transport: HttpTransport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(Unreachable) as caught:
        get(transport, f"https://localhost:{silent.getsockname()[1]}/", timeout_s=2.0)
    assert caught.value.reach is Reach.TIMEOUT
    assert not isinstance(caught.value, NoAnswer)
    assert "localhost took the connection, and then said nothing about encryption" in caught.value.why


def test_connections_that_failed_leave_room_for_those_that_work(trusted: Authority) -> None:
    transport = HttpTransport(connections=1)
    with secure(trusted, "scim.example.com") as wrong, secure(trusted) as right, TunnelProxy() as proxy:
        try:
            for _ in range(3):
                refused(transport, f"https://localhost:{wrong.port}/")
            assert get(transport, f"https://localhost:{right.port}/") == b"hello"
            assert proxy.seen == []
        finally:
            transport.close()
