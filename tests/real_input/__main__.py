"""`python -m tests.real_input --data DIR [--state DIR]`: the main job on real input, on a desk that runs (make run).

Imports five files, asks two thousand questions over HTTP, answers some, lets eight days pass, counts every mail at the
mailbox, and holds the end against what was promised. Exit 1 when anything does not come out even. Use a desk of its
own: its tickets are in the future afterwards.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.real_input import desk


def main() -> int:
    """Live through the story; 0 when all checks hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.real_input", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the five CSV files")
    parser.add_argument("--state", type=Path, help="state folder of the running desk (default: DESK_STATE)")
    parser.add_argument("--rows", type=int, help="take so many rows of each file only")
    parser.add_argument("--asked", type=int, default=2000, help="questions over HTTP (default 2000)")
    parser.add_argument("--answered", type=int, default=300, help="tickets each agent takes (default 300)")
    told = parser.parse_args()
    desk.join(told.state)
    import django

    django.setup()
    from tests.nemesis.budget import raise_budgets
    from tests.real_input.story import tell

    raise_budgets()

    return tell(told.data, rows=told.rows, asked=told.asked, answered=told.answered)


if __name__ == "__main__":
    sys.exit(main())
