"""`make bench`: prints one line a figure of design §10, each against its limit or goal, taken in one run.

    python -m tests.benchmarks [--tickets 10000,1000000] [--only P1,P5] [--rounds 3] [--state FOLDER]

The servers are the desk's own, durable, in a temporary folder; `--state` keeps folder and databases for the next run.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path

from financy_support.supervisor.servers import EmbeddedServers

PARTS = {
    "P9": "audit",  # first: it copies a database, which nobody may be using
    "P1": "create",
    "P2": "listing",
    "P3": "detail",
    "P4": "queue_page",
    "P5": "search",
    "P6": "sweep",
    "P7": "help_centre",
    "P8": "claim",
}


def main() -> int:
    """Seed, measure, print; 0 when every goal is met, 1 when one is missed."""
    options = _options()
    with ExitStack() as stack:
        folder = options.state or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="desk-bench-")))
        folder.mkdir(exist_ok=True, parents=True)
        folder.chmod(0o755)  # the servers run as nobody for root
        (folder / "static").mkdir(exist_ok=True)
        os.environ.update(_surroundings(folder))
        urls = stack.enter_context(EmbeddedServers(folder / "servers", durable=True))
        os.environ.update(urls.environment())
        return _measure(options, folder)


def _measure(options: argparse.Namespace, folder: Path) -> int:
    import django

    django.setup()
    from tests.benchmarks.bench import Bench

    with ExitStack() as stack:
        bench = Bench(folder, options.tickets, options.rounds, options.seconds, stack)
        missed = []
        for part in options.only:
            began = time.monotonic()
            for figure in import_module(f"tests.benchmarks.{PARTS[part]}").figures(bench):
                print(figure, flush=True)
                if figure.is_missed:
                    missed.append(figure)
            print(f"{part}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    for figure in missed:
        print(f"missed: {figure.name} is {figure.ratio:.3g} of {figure.against}, wanted {figure.goal}", file=sys.stderr)
    return 1 if missed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--tickets", type=_sizes, default=[10_000, 1_000_000], help="how many, smallest first")
    parser.add_argument("--only", type=_parts, default=list(PARTS), help=f"some of {','.join(PARTS)}")
    parser.add_argument("--rounds", type=int, default=3, help="medians are taken over so many")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long a round presses each server")
    parser.add_argument("--state", type=Path, help="keep servers' data here for the next run")
    return parser.parse_args()


def _sizes(text: str) -> list[int]:
    sizes = sorted({int(size) for size in text.split(",")})
    if sizes[0] < 2000:
        raise argparse.ArgumentTypeError("at least 2000 tickets")
    return sizes


def _parts(text: str) -> list[str]:
    unknown = set(text.split(",")) - set(PARTS)
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(PARTS)}")
    return text.split(",")


def _surroundings(folder: Path) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "financy_support.settings",
        "DESK_ENV": "development",
        "DESK_STATE": str(folder),
        "DESK_SECOND_FACTOR": "0",
        "DESK_LOG_LEVEL": "WARNING",
        "DESK_API_REQUESTS_PER_MINUTE": "100000000",
        "EMAIL_URL": "smtp://127.0.0.1:1",
    }


if __name__ == "__main__":
    sys.exit(main())
