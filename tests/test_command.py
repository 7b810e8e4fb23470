"""The command line: what it takes is what the README says, and trouble is one sentence."""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scim_assistant import __main__ as command
from scim_assistant import app
from scim_assistant.errors import KnownError
from scim_assistant.resources import names
from scim_assistant.work import Work

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _options(parser: argparse.ArgumentParser) -> set[str]:
    options: set[str] = set()
    for action in parser._actions:
        options.update(option for option in action.option_strings if option.startswith("--"))
        if isinstance(action, argparse._SubParsersAction):
            for name, child in action.choices.items():
                options |= {name} | _options(child)
    return options


def test_every_option_has_a_line_in_the_readme() -> None:
    assert {option for option in _options(command.parser()) if option not in README} == set()


def test_every_scenario_is_named_in_the_readme() -> None:
    listed = set(re.findall(r"`([a-z-]+)`", README[README.index("Scenarios:") :].split("\n\n")[0]))
    assert listed == set(names("practice/scenarios", ".toml"))


@pytest.mark.parametrize("text", ["0", "-3", "fast", "nan", "1e9"])
def test_a_speed_that_makes_no_sense_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["--practice", "--speed", text])
    assert ended.value.code == 2
    assert "a number above 0" in capsys.readouterr().err


def test_a_misspelt_scenario_is_refused_before_a_window_opens(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--practice", "--scenario", "helthy"]) == 1
    told = capsys.readouterr().err
    assert "There is no scenario helthy." in told
    assert all(name in told for name in names("practice/scenarios", ".toml"))


@pytest.mark.parametrize("text", ["", "{}", "[]", "<html>", '{"graph": 3}', "{" * 50])
def test_a_file_that_holds_no_world_is_refused_with_a_way_on(text: str) -> None:
    with pytest.raises(KnownError) as told:
        app.read_world_line(text)
    assert "practice --json" in told.value.next_step


def test_a_missing_world_file_is_one_sentence_and_exit_code_1(tmp_path: Path) -> None:
    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "scim_assistant",
            "practice",
            "--walk",
            f"--practice={tmp_path / 'none.json'}",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "none.json cannot be read" in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr


def test_without_a_display_the_window_says_what_to_run_instead() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "scim_assistant", "--practice"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "", "HOME": "/nonexistent"},
    )
    assert ended.returncode == 1
    assert "scim-assistant practice --walk" in ended.stderr
    assert "Traceback" not in ended.stderr


class TestWorldProcess:
    """``practice --json`` runs the pretend tenant alone."""

    def test_its_first_line_says_where_it_listens_and_an_interrupt_ends_it(self) -> None:
        import signal

        with subprocess.Popen(
            [sys.executable, "-m", "scim_assistant", "practice", "--json", "--scenario", "wrong-token"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            line = json.loads(process.stdout.readline())
            wanted = {"graph", "token", "scim", "scim_token", "new_scim_token", "tenant_id", "scenario"}
            assert set(line) == wanted
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v1\.0", line["graph"])
            assert line["scenario"] == "wrong-token"
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=60) == 0

    def test_it_ends_with_the_program_that_started_it(self) -> None:
        with subprocess.Popen(
            [sys.executable, "-m", "scim_assistant", "practice", "--json", "--until-stdin-closes"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stdin is not None
            process.stdout.readline()
            process.stdin.close()
            assert process.wait(timeout=60) == 0

    def test_an_unknown_scenario_is_refused_by_name(self) -> None:
        ended = subprocess.run(
            [sys.executable, "-m", "scim_assistant", "practice", "--json", "--scenario", "sunny"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 1
        assert "sunny" in ended.stderr
        assert "healthy" in ended.stderr


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_file_of_a_world_is_read_as_any_shell_writes_it(tmp_path: Path, encoding: str) -> None:
    line = dict.fromkeys(("graph", "token", "scim", "scim_token", "tenant_id", "scenario"), "é")
    file = tmp_path / "world.json"
    file.write_bytes((json.dumps(line, ensure_ascii=False) + "\r\nmore\r\n").encode(encoding))
    assert app.PracticeWorlds(120, file).open("healthy", Work()) == line


@pytest.mark.parametrize(
    "raw", [b"\xff\xfe\x00", b"\x89PNG\r\n\x00\xff", b"[" * 200_000, b"\x80" * 2_000_000]
)
def test_a_file_of_any_bytes_is_one_sentence(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "world.json"
    file.write_bytes(raw)
    with pytest.raises(KnownError, match="does not hold the line"):
        app.PracticeWorlds(120, file).open("healthy", Work())
