"""The check command as a program of its own: its exit codes, what it takes as a token, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from scim_assistant import __main__ as command
from scim_assistant.practice.exchange import Exchange
from scim_assistant.practice.scim_service import ScimService

ROOT = Path(__file__).parents[1]
TOKEN = "right-token-of-the-practice-service"
CHECK = [sys.executable, "-m", "scim_assistant", "check"]
NO_QT = "import sys\nsys.modules['PySide6'] = None\nsys.modules['shiboken6'] = None\n"


@pytest.fixture
def service() -> Iterator[ScimService]:
    with ScimService(TOKEN) as running:
        running.seed(
            [{"userName": "ana@example.com"}], [{"displayName": "Editors", "members": ["ana@example.com"]}]
        )
        yield running


def check(
    *arguments: str, stdin: bytes = b"", environ: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*CHECK, *arguments],
        input=stdin,
        capture_output=True,
        env={**os.environ, **(environ or {})},
        cwd=ROOT,
        check=False,
        timeout=120,
    )


# ---------------------------------------------------------------- arguments


def _refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    assert ended.value.code == 2
    told = capsys.readouterr()
    assert told.out == ""
    return told.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "--url", "https://a.example", "--token", "sekret-Zq4711"],
        ["check", "--url", "https://a.example", "--token=sekret-Zq4711"],
        ["check", "--url", "https://a.example", "--secret", "sekret-Zq4711"],
        ["check", "--url", "https://a.example", "-t", "sekret-Zq4711"],
        ["check", "--url", "https://a.example", "-sekret-Zq4711"],
        ["check", "--url", "https://a.example", "sekret-Zq4711"],
        ["check", "--url", "https://a.example", "Bearer sekret-Zq4711"],
        ["check", "--url", "https://a.example", "--timeout", "sekret-Zq4711"],
        ["check", "--url", "https://a.example", "--deep=sekret-Zq4711"],
        ["sekret-Zq4711", "check"],
        ["--token", "sekret-Zq4711", "check", "--url", "https://a.example"],
    ],
)
def test_a_token_on_the_command_line_is_refused_and_not_repeated(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert "Zq4711" not in _refused(arguments, capsys)


def test_an_option_that_looks_like_one_for_tokens_is_told_where_tokens_come_from(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = _refused(["check", "--url", "https://a.example", "--token", "sekret-Zq4711"], capsys)
    assert "--token-env" in told
    assert "standard input" in told


@pytest.mark.parametrize(
    "arguments",
    [
        ["check"],
        ["check", "--url"],
        ["check", "--url", "https://a.example", "--timeout", "0"],
        ["check", "--url", "https://a.example", "--timeout", "nan"],
    ],
)
def test_wrong_arguments_end_with_exit_code_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert "usage:" in _refused(arguments, capsys)


# ---------------------------------------------------------------- whole runs


def test_a_pipe_gives_the_token_and_scripts_get_one_document(service: ScimService) -> None:
    ended = check("--url", service.base_address, "--json", stdin=f"{TOKEN}\n".encode())
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert json.loads(ended.stdout)["verdict"] == "warn"
    assert TOKEN.encode() not in ended.stdout


def test_a_failed_check_ends_with_1_and_one_that_could_not_be_made_with_2(service: ScimService) -> None:
    failed = check("--url", service.base_address, "--token-env", "T", environ={"T": "wrong-token-Zq4711"})
    assert failed.returncode == 1
    assert b"FAIL" in failed.stdout
    assert b"Zq4711" not in failed.stdout + failed.stderr
    empty = check("--url", service.base_address)
    assert (empty.returncode, empty.stdout) == (2, b"")
    assert b"The token is empty" in empty.stderr
    assert b"Traceback" not in failed.stderr + empty.stderr


def test_it_runs_without_qt_and_in_a_terminal_that_knows_ascii_only(
    service: ScimService, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(NO_QT, encoding="utf-8")
    environ = {
        "PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT))),
        "PYTHONIOENCODING": "ascii",
        "T": TOKEN,
    }
    ended = check("--url", service.base_address, "--deep", "--token-env", "T", environ=environ)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b"Left:   nothing at the app" in ended.stdout
    assert [account["userName"] for account in service.accounts()] == ["ana@example.com"]


def test_a_reader_that_goes_away_stops_nothing(service: ScimService) -> None:
    with subprocess.Popen(
        [*CHECK, "--url", service.base_address, "--deep", "--token-env", "T"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "T": TOKEN},
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=120) == 0
    assert [account["userName"] for account in service.accounts()] == ["ana@example.com"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_disk_that_takes_no_result_is_told_and_is_no_pass(
    service: ScimService, form: tuple[str, ...]
) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [*CHECK, "--url", service.base_address, "--token-env", "T", *form],
            stdout=full,
            stderr=subprocess.PIPE,
            env={**os.environ, "T": TOKEN},
            cwd=ROOT,
            timeout=120,
            check=False,
        )
    assert ended.returncode == 2
    assert b"result was not written" in ended.stderr
    assert b"Traceback" not in ended.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent the POSIX way")
@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_stopped_in_the_middle_of_a_deep_check_it_takes_away_what_it_made(number: str) -> None:
    running: list[subprocess.Popen[bytes]] = []
    made: list[str] = []

    def stop(stage: str, exchange: Exchange) -> None:
        # While the service answers, so the program knows of the person by nothing but its own record.
        if stage == "during" and exchange.method == "POST" and exchange.status == 201 and not made:
            made.append(exchange.path)
            running[0].send_signal(getattr(signal, number))

    with ScimService(TOKEN, on_exchange=stop) as service:
        running.append(
            subprocess.Popen(
                [*CHECK, "--url", service.base_address, "--deep", "--json", "--token-env", "T"],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**os.environ, "T": TOKEN},
                cwd=ROOT,
            )
        )
        out, err = running[0].communicate(timeout=120)
        assert (running[0].returncode, len(made)) == (130, 1)
        assert service.accounts() == []
    document = json.loads(out)
    assert (document["cancelled"], document["left_behind"]) == (True, [])
    assert b"is taken away first" in err
    assert b"Traceback" not in err


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent the POSIX way")
@pytest.mark.parametrize("form", [(), ("--json",), ("--json", "--deep")])
def test_stopped_while_it_waits_for_an_answer_it_ends_soon_and_says_so(form: tuple[str, ...]) -> None:
    from tests.hostile import HostileServer

    asked = threading.Event()

    def silent(connection: object) -> None:
        asked.set()
        server.ended.wait(60)

    with HostileServer().will_answer(silent) as server:
        process = subprocess.Popen(
            [*CHECK, "--url", server.url, "--token-env", "T", *form],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "T": TOKEN},
            cwd=ROOT,
        )
        assert asked.wait(60)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=25)  # less than the 30 seconds that an answer may take
    assert process.returncode == 130
    assert b"Stopped." in err
    if "--deep" not in form:
        assert b"made at the app" not in err  # nothing ever was
    assert b"Traceback" not in err
    if not form:
        return
    document = json.loads(out)
    outcomes = {each["name"]: each["status"] for each in document["layers"]}
    assert (document["cancelled"], document["verdict"], document["requests"]) == (True, "warn", 1)
    assert (outcomes["tcp"], outcomes["http"], outcomes["limits"]) == ("pass", "skipped", "skipped")
    assert {each["status"] for each in document["checks"]} <= {"skipped"}


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX's kind")
def test_at_a_terminal_the_token_is_asked_for_and_not_shown(service: ScimService) -> None:
    import pty  # not there on Windows

    ours, theirs = pty.openpty()
    # Its own session with this terminal as the controlling one, as a shell's window has it.
    run = (
        "import fcntl, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); from scim_assistant.__main__ import main; "
        "sys.exit(main())"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", run, "check", "--url", service.base_address, "--json"],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        start_new_session=True,
        cwd=ROOT,
    )
    os.close(theirs)
    shown = b""
    while b"stays hidden" not in shown:
        shown += os.read(ours, 1000)
    os.write(ours, f"{TOKEN}\n".encode())
    assert process.stdout is not None
    document = json.loads(process.stdout.read())
    assert process.wait(timeout=60) == 0
    while True:
        try:
            more = os.read(ours, 1000)
        except OSError:  # the other end has gone
            break
        if not more:
            break
        shown += more
    os.close(ours)
    process.stdout.close()
    assert document["verdict"] == "warn"
    assert TOKEN.encode() not in shown
