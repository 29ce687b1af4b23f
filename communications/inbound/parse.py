"""parse_mail: bytes into a ParsedMail, read by a child process that may use ten seconds and 256 MiB, and may die."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from communications.inbound.limits import PastLimit, require_readable
from communications.inbound.parsed import ParsedMail, from_json

PATIENCE = 10.0  # seconds of the clock; the child's own limits are in child.py
CHILD = Path(__file__).with_name("child.py")


class Unreadable(Exception):
    """The mail could not be read; says why, for whoever looks at the parked one."""


def parse_mail(content: bytes, *, patience: float = PATIENCE) -> ParsedMail:
    """Read a mail apart, so that the worst one costs a child and not the desk. Raises Unreadable."""
    try:
        require_readable(content)
    except PastLimit as limit:
        raise Unreadable(f"Past a limit: {limit}.") from limit
    return from_json(json.loads(run_apart(CHILD, content, patience=patience)))


def run_apart(child: Path, content: bytes, *, patience: float = PATIENCE, packages: bool = False) -> bytes:
    """What a child prints about ``content``; with the installed packages only when asked. Raises Unreadable."""
    try:
        ended = subprocess.run(
            [sys.executable, "-I", *([] if packages else ["-S"]), str(child)],
            input=content,
            capture_output=True,
            timeout=patience,
            env={"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"},
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise Unreadable(f"Reading it took more than {patience:.0f} seconds and was ended.") from late
    if ended.returncode == 0:
        return ended.stdout
    raise Unreadable(_reason(ended.returncode, ended.stderr.decode("utf-8", "replace")))


def _reason(code: int, said: str) -> str:
    if code < 0:
        return f"Reading it ended the reader (signal {-code})."
    last = said.strip().splitlines()[-1:] or ["no reason given"]
    return f"It could not be read: {last[0][:300]}."
