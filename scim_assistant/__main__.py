"""The command: arguments, logging, and the hand-over to the app.

``scim-assistant`` opens the window; ``scim-assistant practice`` runs the pretend tenant, or walks the whole journey in
it without a window; ``scim-assistant check`` tests one SCIM service. Every known error ends in one sentence and exit
code 1 (2 for a check that could not be made), never in a traceback.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from scim_assistant import __version__

DEFAULT_SCENARIO = "healthy"
DEFAULT_SPEED = 120.0
"""How much faster than Microsoft's the clock of a practice world runs: a cycle every 20 seconds."""


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= 100_000:  # also refuses nan
        raise argparse.ArgumentTypeError("a number above 0, at most 100000")
    return speed


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 600:  # also refuses nan
        raise argparse.ArgumentTypeError("a number of seconds from 1 to 600")
    return seconds


class _Parser(argparse.ArgumentParser):
    """Says which arguments it does not know without repeating them: somebody may have put a token there."""

    def error(self, message: str) -> NoReturn:
        """End with exit code 2."""
        kind, _, rest = message.partition(": ")
        if kind == "unrecognized arguments":
            # Names of options alone; a value may stand behind an equals sign or follow as a word.
            names = dict.fromkeys(re.findall(r"(?:^|(?<=\s))--[a-z][a-z-]{0,20}(?=[=\s]|$)", rest))
            message = f"unknown arguments{': ' + ', '.join(names) if names else ''}"
            if re.search(r"token|secret|bearer|password|key", " ".join(names)) or not names:
                message += " (a token comes through --token-env or standard input, not on the command line)"
        message = re.sub(r"invalid choice: .* \(choose", "there is no such choice (choose", message)
        message = re.sub(r"ignored explicit argument .*", "it takes no value", message)
        super().error(message)


def parser() -> argparse.ArgumentParser:
    """The whole command line, for ``--help`` and for the test that holds the README to it."""
    # No abbreviations: --token would be taken for --token-env, and a token for the name of a variable.
    top = _Parser(
        prog="scim-assistant",
        allow_abbrev=False,
        description="Sets up user provisioning from Microsoft Entra ID, proves it, explains it when it fails.",
    )
    top.add_argument("--version", action="version", version=f"SCIM Assistant {__version__}")
    top.add_argument(
        "--practice",
        nargs="?",
        const="",
        metavar="FILE",
        help="work in a pretend tenant; FILE holds the line that 'scim-assistant practice --json' printed",
    )
    top.add_argument(
        "--scenario", metavar="NAME", default=DEFAULT_SCENARIO, help="which practice scenario to start with"
    )
    top.add_argument(
        "--speed", type=_speed, default=DEFAULT_SPEED, metavar="N", help="clock of the pretend tenant"
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    practice = commands.add_parser("practice", help="the pretend tenant without a window", allow_abbrev=False)
    doing = practice.add_mutually_exclusive_group(required=True)
    doing.add_argument(
        "--json", action="store_true", help="run the pretend tenant alone; prints where it listens"
    )
    doing.add_argument("--walk", action="store_true", help="walk the whole set-up without a window")
    practice.add_argument("--practice", metavar="FILE", help="walk in a world that runs already")
    practice.add_argument("--scenario", metavar="NAME", default=DEFAULT_SCENARIO, help="which scenario")
    practice.add_argument(
        "--speed", type=_speed, default=DEFAULT_SPEED, metavar="N", help="clock of the pretend tenant"
    )
    practice.add_argument(
        "--until-stdin-closes", action="store_true", help="with --json: end when standard input is closed"
    )
    _add_check(commands)
    return top


def _add_check(commands: argparse._SubParsersAction[_Parser]) -> None:
    check = commands.add_parser(
        "check",
        help="tests a SCIM service as Microsoft Entra would use it",
        description="Tests a SCIM service layer by layer, says whose side a fault is on and what to do.",
        epilog="The token comes from the environment variable that --token-env names, else from standard input: asked "
        "for on a terminal, one line of a pipe. It is never part of the command line, where other programs could read "
        "it. Exit code: 0 passed, also with warnings; 1 failed; 2 could not be made; 130 stopped with Ctrl+C.",
        allow_abbrev=False,
    )
    check.add_argument("--url", required=True, metavar="URL", help="the Tenant URL that the app shows")
    check.add_argument(
        "--profile",
        default="",
        metavar="NAME",
        help="the app: id or name of its profile; any service by default",
    )
    check.add_argument(
        "--deep",
        action="store_true",
        help="also make one marked person and one marked group at the app, change them as Entra does, and take them "
        "away again: about 30 requests",
    )
    check.add_argument("--json", action="store_true", help="print one JSON document instead of text")
    check.add_argument(
        "--token-env", default="", metavar="NAME", help="the environment variable that holds the token"
    )
    check.add_argument(
        "--timeout", type=_seconds, default=30.0, metavar="SECONDS", help="for each request (30)"
    )
    check.add_argument(
        "--domain",
        default="",
        metavar="DOMAIN",
        help="with --deep: mail domain of the marked person, where the app takes only its own (example.com)",
    )
    check.add_argument("--evidence", action="store_true", help="also print what was seen where all is well")
    check.add_argument(
        "--letter", default="", metavar="FILE", help="write a message to the vendor there (.md for Markdown)"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        0 when all went well, 1 for a known error (said on standard error) or a check that fails, 2 for wrong arguments
        or a check that could not be made.
    """
    options = parser().parse_args(arguments)
    if options.command == "check":
        return _check(options)
    # Imported here, so that --help and --version need nothing else.
    from scim_assistant import app
    from scim_assistant.errors import KnownError

    file = Path(options.practice) if options.practice else None
    try:
        if options.practice is not None and file is None and options.scenario != DEFAULT_SCENARIO:
            # Said before a window opens: a misspelt name would only come up on its second page.
            app.check_scenario(options.scenario)
        if options.command == "practice" and options.json:
            return app.run_practice_world(
                options.scenario, options.speed, until_stdin_closes=options.until_stdin_closes
            )
        if options.command == "practice":
            return app.walk(options.scenario, options.speed, file)
        return app.open_window(
            practice=options.practice is not None, scenario=options.scenario, speed=options.speed, file=file
        )
    except KnownError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _check(options: argparse.Namespace) -> int:
    from scim_assistant.app.check import CheckOptions, run_check

    try:
        return run_check(
            CheckOptions(
                url=options.url,
                profile=options.profile,
                deep=options.deep,
                as_json=options.json,
                token_env=options.token_env,
                timeout_s=options.timeout,
                domain=options.domain,
                everything=options.evidence,
                letter=Path(options.letter) if options.letter else None,
            )
        )
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
