"""What the test of a connection costs on the pretend vendor: requests and seconds, quick and deep.

Each is made several times; the median counts, since whatever else the machine does only adds time. The service runs in
this process and on loopback, so nearly all of the seconds are ours and its own, not the network's.

    python -m tests.bench.connection_test [--turns 5]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from scim_assistant.practice.scim_service import ScimService
from scim_assistant.scim.connection import run_layers
from scim_assistant.scim.deep.leftovers import Leftovers
from scim_assistant.scim.deep.run import run_deep
from scim_assistant.scim.profiles import load_profile
from scim_assistant.scim.target import Target
from scim_assistant.secret import Secret
from scim_assistant.transport import HttpTransport
from scim_assistant.work import Work

TOKEN = "token-of-the-bench"
PEOPLE = [{"userName": f"person-{number}@example.com"} for number in range(200)]


def _quick(target: Target, _folder: Path) -> tuple[int, float]:
    with closing(HttpTransport()) as transport:
        test = run_layers(transport, target, Work())
    return test.requests, test.seconds


def _deep(target: Target, folder: Path) -> tuple[int, float]:
    with closing(HttpTransport()) as transport:
        outcome = run_deep(transport, target, Leftovers(folder), Work())
    return outcome.requests, outcome.seconds


CHECKS: dict[str, Callable[[Target, Path], tuple[int, float]]] = {"quick test": _quick, "deep check": _deep}


def main() -> None:
    """Measure both, and print one line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=5)
    turns = parser.parse_args().turns
    profile = load_profile("screensteps")
    for name, check in CHECKS.items():
        counted, took = set(), []
        for _ in range(turns):
            with ScimService(TOKEN) as service, tempfile.TemporaryDirectory() as folder:
                service.seed(PEOPLE)
                target = profile.target(service.base_address, Secret(TOKEN), allow_loopback=True)
                requests, seconds = check(target, Path(folder))
            counted.add(requests)
            took.append(seconds)
        print(
            f"{name}: {' or '.join(map(str, sorted(counted)))} requests, {statistics.median(took):.2f} seconds "
            f"({min(took):.2f} to {max(took):.2f} in {turns} turns)"
        )


if __name__ == "__main__":
    main()
