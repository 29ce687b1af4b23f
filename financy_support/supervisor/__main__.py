"""`python -m financy_support.supervisor run | servers`: the whole desk, or its two servers alone."""

import argparse
import sys
from pathlib import Path

from financy_support.supervisor.refusal import CannotStart
from financy_support.supervisor.run import run_desk
from financy_support.supervisor.servers import EmbeddedServers
from financy_support.supervisor.state import state_folder
from financy_support.supervisor.stopping import stoppable


def main() -> int:
    """Do what the command line asks until a signal ends it; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m financy_support.supervisor", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="the whole desk, until stopped")
    servers = commands.add_parser("servers", help="PostgreSQL and Valkey only, until stopped")
    servers.add_argument("--state", type=Path, default=state_folder(), help="data folder (default: DESK_STATE)")
    servers.add_argument("--fast", action="store_true", help="give the last commits up to a crash for speed, for tests")
    asked = parser.parse_args()
    try:
        if asked.command == "run":
            run_desk(state_folder())
        else:
            run_servers(asked.state.absolute(), durable=not asked.fast)
    except CannotStart as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except OSError as error:
        print(CannotStart.from_os_error(error), file=sys.stderr)
        return 1
    return 0


def run_servers(folder: Path, *, durable: bool) -> None:
    """Run the two servers in the foreground, their addresses in desk.json as a running desk has them."""
    servers = EmbeddedServers(folder, durable)
    with stoppable(), servers as urls:
        urls.state.publish(urls.environment())
        print(f"Servers ready, their addresses are in {folder}/desk.json", flush=True)
        servers.crew.changed.wait()
        raise CannotStart(str(servers.crew.given_up), "Mend what the log names and start again.")


if __name__ == "__main__":
    sys.exit(main())
