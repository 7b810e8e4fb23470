"""The command: arguments, logging, and the hand-over to the app.

``scim-assistant`` opens the window; ``scim-assistant practice`` runs the pretend tenant, or walks the whole journey in
it without a window. Every known error ends in one sentence and exit code 1, never in a traceback.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

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


def parser() -> argparse.ArgumentParser:
    """The whole command line, for ``--help`` and for the test that holds the README to it."""
    top = argparse.ArgumentParser(
        prog="scim-assistant",
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
    practice = commands.add_parser("practice", help="the pretend tenant without a window")
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
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        0 when all went well, 1 for a known error (said on standard error), 2 for wrong arguments.
    """
    options = parser().parse_args(arguments)
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


if __name__ == "__main__":
    sys.exit(main())
