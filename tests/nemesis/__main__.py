"""`make nemesis`: break a whole desk on purpose, print what was lost, doubled and recovered; exit 1 on a breach."""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

from tests.nemesis.stage import Stage

SCENARIOS = ("R1", "R2", "R3", "D1")


def main() -> int:
    """Play the scenarios that the command line asks for on one stage."""
    parser = argparse.ArgumentParser(prog="python -m tests.nemesis", description=__doc__)
    parser.add_argument("scenarios", nargs="*", default=[], metavar="SCENARIO", help="R1, R2, R3, D1 (default: all)")
    parser.add_argument("--kills", type=int, default=100, help="how often R1 kills (default 100)")
    parser.add_argument("--seconds", type=float, default=60, help="how long R2's broker is away (default 60)")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="to repeat a run's dice")
    parser.add_argument("--quick", action="store_true", help="a smoke test: what is late is told and fails nothing")
    asked = parser.parse_args()
    chosen = [name for name in SCENARIOS if name in (asked.scenarios or SCENARIOS)]
    if asked.quick:
        asked.kills, asked.seconds = min(asked.kills, 3), min(asked.seconds, 7)
    print(f"Nemesis {' '.join(chosen)}, seed {asked.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="desk-nemesis-") as folder:
        Path(folder).chmod(0o755)  # the servers run as nobody when we are root
        os.environ.pop("DATABASE_URL", None)
        with Stage(Path(folder), confirming=0.004) as stage:
            return play(stage, chosen, asked)


def play(stage: Stage, chosen: list[str], asked: argparse.Namespace) -> int:
    """Play one after the other; 1 when a promise was broken."""
    cast = import_module("tests.cast").hire_cast()  # models can be imported now that Django is set up
    token = import_module("tests.nemesis.token").token_of(cast.monitor)
    import_module("tests.nemesis.budget").raise_budgets()
    failed = False
    for name in chosen:
        began = time.monotonic()
        if name == "R1":
            verdict = import_module("tests.nemesis.kills").play(
                stage,
                cast,
                kills=asked.kills,
                pause=0.6 if asked.quick else 2.5,
                seed=asked.seed,
            )
        elif name == "R2":
            verdict = import_module("tests.nemesis.outage").play(
                stage, cast, token, creates=round(asked.seconds * 1000 / 60), seconds=asked.seconds
            )
        elif name == "D1":
            others, rate = (400, 40) if asked.quick else (10_000, 60)
            verdict = import_module("tests.nemesis.dead_endpoint").play(stage, cast, others=others, rate=rate)
        else:
            keys, clients = (8, 8) if asked.quick else (40, 25)
            verdict = import_module("tests.nemesis.retries").play(
                stage, cast, token, keys=keys, clients=clients, pause=0.5 if asked.quick else 1.0, seed=asked.seed
            )
        print(f"{verdict}\n    took: {time.monotonic() - began:.0f} s", flush=True)
        failed = failed or bool(verdict.breaches) or (bool(verdict.late) and not asked.quick)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
